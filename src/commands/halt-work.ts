/** `halt`: a plan's policies ask nobody any longer, or one domain's accounts are left out of them. */

import { commandLine, option } from "../command-line.ts";
import { nearest } from "../core/plan/problems.ts";
import { haltOf, outGroupIn, outOf, plansIn, type ReliefPlan } from "../core/relief.ts";
import type { ReliefDocument, ReliefLine } from "../core/run-document.ts";
import { exitCode } from "../exit-codes.ts";
import { Failure, usage } from "../failure.ts";
import { safe } from "../render/text-safe.ts";
import type { Runtime } from "../runtime.ts";
import { needsAnswer } from "./apply-work.ts";
import type { Options } from "./options.ts";
import { agreed, carry, declined, documentOf, finish, type Looked, lineOf, look, planIdIn, policyCount, type Work, withSession } from "./relief-work.ts";
import { again } from "./see-work.ts";

/** Longer than this with the question open, and the tenant is read again. */
const FRESH_MS = 60_000;

type Halt = { readonly looked: Looked; readonly plan: ReliefPlan; readonly line: ReliefLine; readonly document: ReliefDocument };

const noSuchPlan = (typed: string, looked: Looked, { session }: Work): Failure => {
  const known = plansIn(looked);
  const meant = nearest(typed, known);
  if (/[/\\]|\.(ya?ml|csv)$/i.test(typed))
    return usage(
      `${typed}: halt takes the plan's id, as it stands in the file behind id:`,
      ...(known.length > 0 ? [`in ${session.tenant.name} there are ${known.join(", ")}`] : []),
    );
  return usage(
    `nothing in ${session.tenant.name} bears the mark of a plan ${typed}`,
    meant === undefined ? (known.length === 0 ? "no plan of this tool made anything there" : `these plans did: ${known.join(", ")}`) : `did you mean ${meant}?`,
    "a plan by per-user MFA or security defaults leaves no mark: entra-rollout runs lists its runs, and undo RUN takes one back",
  );
};

/** What could not be read may bear the mark all the same. */
const isSure = ({ policies, groups }: Looked): boolean => policies.type !== "unknown" && groups.type !== "unknown";

const halted = (work: Work, looked: Looked, planId: string): ReliefPlan => haltOf(looked, planId, work.session.tenant.clock.now());

const takenOut = async (work: Work, looked: Looked, planId: string, domain: string): Promise<{ readonly plan: ReliefPlan; readonly accounts: number }> => {
  const { gateway, tenant, progress } = work.session;
  if (looked.policies.type === "present" && policyCount(looked, planId) === 0)
    throw usage(
      `no policy of ${planId} is in ${tenant.name}: there is nothing to leave ${domain} out of`,
      `${commandLine("halt", planId, ...again(work.options))} says what else can be done`,
    );
  progress.tell(`reading the accounts of ${domain}`);
  const there = outGroupIn(looked, planId, domain);
  const [accounts, members] = await Promise.all([gateway.accountsIn(domain), there === undefined ? undefined : gateway.members(there.id)]);
  progress.end();
  if (looked.policies.type === "unknown" || looked.groups.type === "unknown" || accounts.type === "unknown" || members?.type === "unknown") {
    const because = [looked.policies, looked.groups, accounts, ...(members === undefined ? [] : [members])].flatMap((each) =>
      each.type === "unknown" ? [each.because] : [],
    );
    throw new Failure("unavailable", `who is in ${domain}, and what is there to leave them out of, could not all be read: ${because[0] ?? ""}`, [
      `${commandLine("halt", planId, ...again(work.options))} halts the whole plan, and needs to read its policies only`,
    ]);
  }
  const ids = accounts.type === "present" ? accounts.value : [];
  if (ids.length === 0)
    throw usage(`no account of ${tenant.name} has an address that ends in @${domain}`, "the domain stands behind the @, as in head@alder.county.example");
  const inside = new Set(members?.type === "present" ? members.value : []);
  const plan = outOf(looked, planId, domain, ids, inside, tenant.clock.now());
  // Without the word of it the next run would ask them again.
  if (plan.note.type === "cannot")
    throw new Failure("failed", `${domain} cannot be taken out: ${plan.note.because}`, [
      "end another first: apply PLAN --back-in DOMAIN; or halt the whole plan",
    ]);
  return { plan, accounts: ids.length };
};

const worked = async (work: Work): Promise<Halt> => {
  const { options } = work;
  const [typed = ""] = options.arguments;
  const looked = await look(work);
  const planId = planIdIn(looked, typed);
  if (planId === undefined && isSure(looked)) throw noSuchPlan(typed, looked, work);
  const id = planId ?? typed;
  if (options.domain === undefined) {
    const plan = halted(work, looked, id);
    const line = lineOf(looked, id, plan, "halt");
    return { looked, plan, line, document: documentOf(work, { action: "halt", plans: [line] }) };
  }
  const { plan, accounts } = await takenOut(work, looked, id, options.domain);
  const line = lineOf(looked, id, plan, "out");
  return { looked, plan, line, document: documentOf(work, { action: "out", domain: options.domain, accounts, plans: [line] }) };
};

const commandsOf = ({ options }: Work, { line, looked }: Halt, id: string | null) => {
  const file = line.plan.file === "" ? "PLAN" : line.plan.file;
  const goOn =
    options.domain === undefined
      ? commandLine("apply", file, "--phase", "ID", ...again(options))
      : commandLine("apply", file, "--back-in", options.domain, ...again(options));
  return {
    again: commandLine("halt", line.plan.id, ...option("--domain", options.domain), ...again(options)),
    goOn: policyCount(looked, line.plan.id) === 0 ? [] : [goOn],
    // What switches policies on is checked against the plan, which has to be there.
    undo: id === null || line.plan.file === "" ? [] : [commandLine("undo", id, ...again(options))],
  };
};

/** What nothing can be done about here is not done, however little that was. */
const withRest = (halt: Halt, line: ReliefLine): ReliefLine => {
  const isUnread = halt.looked.policies.type === "unknown" || halt.line.policies.length === 0;
  return isUnread && line.run.exit === exitCode("done") ? { ...line, run: { ...line.run, exit: exitCode("partly") } } : line;
};

export const runHalt = async (options: Options, runtime: Runtime): Promise<number> => {
  needsAnswer(options, runtime);
  return await withSession(options, runtime, async (work) => {
    const shown = await worked(work);
    const askedAt = runtime.clock.now();
    const where = safe(work.session.tenant.name);
    const what = options.domain === undefined ? `halt ${safe(shown.line.plan.id)}` : `take ${options.domain} out of ${safe(shown.line.plan.id)}`;
    if (!(await agreed(work, shown.document, `${what} in ${where}?`))) return declined(work, shown.document);
    // What is halted is what is there now, more policies or fewer than were shown.
    const halt = runtime.clock.now() - askedAt > FRESH_MS ? await worked(work) : shown;
    const { plan, line, looked } = halt;
    const relief = options.domain === undefined ? ({ type: "halt" } as const) : ({ type: "out", domain: options.domain } as const);
    const done = withRest(halt, await carry(work, looked, line, plan, relief, commandsOf(work, halt, null).again));
    return await finish(work, halt.document, [done], commandsOf(work, halt, done.run.done > 0 ? done.run.id : null));
  });
};
