/** `let-in`: one account is left out of what this tool made, for some hours. */

import { commandLine, option } from "../command-line.ts";
import { isoIn } from "../core/plan/moments.ts";
import { nearest } from "../core/plan/problems.ts";
import { isLetIn, progressIn } from "../core/progress.ts";
import { couldBeAbout, letInOf, plansIn, policiesOf, type ReliefPlan } from "../core/relief.ts";
import type { ReliefLine } from "../core/run-document.ts";
import type { Instant, LiveAccount } from "../core/tenant.ts";
import { exitCode } from "../exit-codes.ts";
import { Failure, usage } from "../failure.ts";
import { jsonText } from "../render/json.ts";
import { safe } from "../render/text-safe.ts";
import type { Runtime } from "../runtime.ts";
import { needsAnswer } from "./apply-work.ts";
import type { Options } from "./options.ts";
import { agreed, carry, declined, documentOf, finish, type Looked, lineOf, look, planIdIn, type Work, withSession } from "./relief-work.ts";
import { again } from "./see-work.ts";

const USUAL_MS = 24 * 3_600_000;

const accountOf = async ({ session }: Work, key: string): Promise<LiveAccount> => {
  const { account } = await session.gateway.lookUp(key);
  if (account.type === "unknown") throw new Failure("unavailable", `the account ${key} could not be looked up: ${account.because}`);
  if (account.type === "absent")
    throw usage(`there is no account ${key} in ${session.tenant.name}`, "ACCOUNT is the address with which they sign in, or the object id");
  return account.value;
};

const plansFor = ({ options, session }: Work, looked: Looked): readonly string[] => {
  if (options.plan === undefined) return plansIn(looked);
  const id = planIdIn(looked, options.plan);
  if (id !== undefined) return [id];
  const known = plansIn(looked);
  const meant = nearest(options.plan, known);
  throw usage(
    `--plan ${options.plan}: nothing in ${session.tenant.name} bears the mark of such a plan`,
    meant === undefined ? (known.length === 0 ? "no plan of this tool made anything there" : `these plans did: ${known.join(", ")}`) : `did you mean ${meant}?`,
  );
};

/** Somebody who is let in already is given another end. */
const isIn = (looked: Looked, planId: string, id: string, at: Instant): boolean => {
  const progress = progressIn(looked.groups, planId);
  return progress.type === "present" && (progress.value.letIn ?? []).some((each) => each.id === id && isLetIn(each, at));
};

const concerns = (looked: Looked, planId: string, account: LiveAccount, at: Instant): boolean =>
  isIn(looked, planId, account.id, at) ||
  policiesOf(looked, planId).some(({ settings }) => settings.state === "on" && couldBeAbout(settings, { ...account, guest: account.guest === true }));

const whyNot = (work: Work, looked: Looked, plans: readonly string[], account: LiveAccount, address: string): string => {
  const all = plans.flatMap((id) => policiesOf(looked, id));
  if (all.length === 0) return `there is no policy of this tool in ${work.session.tenant.name}: nothing of it asks ${address}`;
  if (all.every(({ settings }) => settings.exclude.users.includes(account.id)))
    return `${address} is left out of each of these policies by its id already, as emergency accounts are: nothing to do`;
  return `none of this tool's policies that is on asks ${address} for anything: if they cannot get in, it is by something else`;
};

type Planned = { readonly line: ReliefLine; readonly plan: ReliefPlan };

const planned = (looked: Looked, planId: string, id: string, until: Instant, at: Instant): Planned => {
  const plan = letInOf(looked, planId, { id, until }, at);
  // Without the word of it the next run would end it, or take it for somebody's meddling.
  if (plan.note.type === "cannot")
    throw new Failure("failed", `nobody can be let in: ${plan.note.because}`, ["name them under except: in the plan, and apply it; or halt the plan"]);
  return { plan, line: lineOf(looked, planId, plan, "let-in") };
};

export const runLetIn = async (options: Options, runtime: Runtime): Promise<number> => {
  const [key = ""] = options.arguments;
  const because = options.because?.trim() ?? "";
  if (because === "") throw usage("--because is missing", "say in a few words why: they are kept with the run, on this machine");
  needsAnswer(options, runtime);
  return await withSession(options, runtime, async (work) => {
    const { clock, zone } = work.session.tenant;
    const [account, looked] = await Promise.all([accountOf(work, key), look(work)]);
    if (looked.policies.type === "unknown") throw new Failure("unavailable", `the policies could not be read: ${looked.policies.because}`);
    const at = clock.now();
    const until = at + (options.forMs ?? USUAL_MS);
    const plans = plansFor(work, looked);
    const about = { action: "let-in", account: { id: account.id, address: key.toLowerCase() }, until: isoIn(until, zone), reason: because } as const;
    const ours = plans.filter((id) => concerns(looked, id, account, at)).map((id) => planned(looked, id, account.id, until, at));
    if (ours.length === 0) {
      if (options.json) runtime.stdout.write(jsonText(documentOf(work, { ...about, plans: [] })));
      else runtime.stdout.write(`${safe(whyNot(work, looked, plans, account, key))}\n`);
      return exitCode("done");
    }
    const document = documentOf(work, { ...about, plans: ours.map(({ line }) => line) });
    if (!(await agreed(work, document, `let ${safe(key)} in?`))) return declined(work, document);
    const typed = commandLine("let-in", key, "--because", because, ...option("--plan", options.plan), ...again(options));
    const done: ReliefLine[] = [];
    for (const { line, plan } of ours) done.push(await carry(work, looked, line, plan, { type: "let-in", account: account.id, until, because }, typed));
    const undo = done.flatMap(({ plan, run }) =>
      run.id === null || run.done === 0 || plan.file === "" ? [] : [commandLine("undo", run.id, ...again(options))],
    );
    return await finish(work, document, done, { again: typed, goOn: [], undo });
  });
};
