/** What `halt` and `let-in` have in common: a look at what bears a plan's mark, and a run without a plan. */

import { carryOut, notBegun } from "../carry-out.ts";
import type { Relief } from "../core/changes.ts";
import { refOf } from "../core/history.ts";
import { createsOf, GIVEN_UP_AFTER_MS, type Run } from "../core/journal.ts";
import { NOT_ASKED, type Observed } from "../core/observed.ts";
import { formatMoment, isoIn } from "../core/plan/moments.ts";
import { PROGRESS_KEY, progressGroupsOf, progressIn } from "../core/progress.ts";
import { type Ground, plansIn, policiesOf, type ReliefPlan } from "../core/relief.ts";
import type { PlanName, ReliefDocument, ReliefLine } from "../core/run-document.ts";
import { absent, type Instant, unknown } from "../core/tenant.ts";
import { EXIT_CODES, exitCode } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { jsonText } from "../render/json.ts";
import { type ReliefCommands, reliefOutcome, reliefText } from "../render/relief.ts";
import { styleFor } from "../render/style.ts";
import type { View } from "../render/view.ts";
import { POLICIES_BY_HAND } from "../render/words.ts";
import type { Runtime } from "../runtime.ts";
import { openSession, type Session } from "../session.ts";
import { unseenWords } from "./apply-work.ts";
import type { Options } from "./options.ts";
import { speaker, tenantOf } from "./speak.ts";

export type Work = { readonly options: Options; readonly runtime: Runtime; readonly session: Session };

export const withSession = async (options: Options, runtime: Runtime, use: (work: Work) => Promise<number>): Promise<number> => {
  const session = await openSession({ ...tenantOf(options), state: options.state, quiet: options.quiet, ...speaker(options, runtime) }, undefined, runtime);
  try {
    return await use({ options, runtime, session });
  } finally {
    await session.close();
  }
};

export type Looked = Ground & {
  readonly readAt: Instant;
  /** Earlier runs of this machine, as far as their journals can be read: nothing here depends on any. */
  readonly runs: readonly Run[];
};

/** Two requests: every policy, and every group of this tool. */
export const look = async ({ session }: Work): Promise<Looked> => {
  const { gateway, progress, state, tenant } = session;
  progress.tell("reading policies and groups");
  const readAt = tenant.clock.now();
  const [policies, groups, { runs }] = await Promise.all([gateway.list("conditional-access"), gateway.list("cohort-group"), state.runs()]);
  progress.end();
  if (policies.type === "unknown" && groups.type === "unknown") {
    throw new Failure("unavailable", `neither the policies nor the groups could be read: ${policies.because}`, [
      `sign in as a Conditional Access Administrator or Global Administrator, or set the policies to report-only by hand: ${POLICIES_BY_HAND}`,
    ]);
  }
  return { policies, groups, readAt, runs: runs.filter(({ start }) => start.tenant === tenant.tenantId) };
};

/** The plan as it is marked in the tenant, whatever the case in which it was typed. */
export const planIdIn = (looked: Looked, typed: string): string | undefined => plansIn(looked).find((id) => id.toLowerCase() === typed.toLowerCase());

/** Where this machine applied the plan before, its journals know its file. */
const planNameOf = ({ runs }: Looked, id: string): PlanName => {
  const known = runs.findLast(({ start }) => start.plan.id === id && start.plan.file !== "");
  return known === undefined ? { id, name: id, file: "" } : known.start.plan;
};

const leftDefaults = ({ groups }: Looked, planId: string): boolean => {
  const progress = progressIn(groups, planId);
  return progress.type === "present" && progress.value.defaults === "left";
};

export const lineOf = (looked: Looked, planId: string, plan: ReliefPlan, action: ReliefDocument["action"]): ReliefLine => ({
  plan: planNameOf(looked, planId),
  policies: plan.policies.map(({ policy, after }) => ({
    id: policy.id,
    name: policy.settings.name,
    before: policy.settings.state,
    after: after.state,
    leftOut: action !== "halt" && after === policy.settings,
    blocks: policy.settings.grant?.controls.includes("block") === true,
  })),
  ...(looked.policies.type === "unknown" && { unread: looked.policies.because }),
  ...(leftDefaults(looked, planId) && { defaultsLeft: true }),
  noted: plan.note.type === "write" ? "now" : plan.note.type === "there" ? "before" : "not",
  ...(plan.note.type === "cannot" && { because: plan.note.because }),
  run: notBegun(exitCode("done")),
});

/** All that is known of the tenant: what was asked for. */
const observedOf = ({ policies, groups, readAt }: Looked, { tenant }: Session): Observed => {
  const unread = unknown("it was not asked for");
  return {
    tenant: { id: tenant.tenantId, name: tenant.name, practice: tenant.connection.practice },
    readAt,
    resources: { ...NOT_ASKED, "named-location": absent, "cohort-group": groups, "conditional-access": policies },
    members: new Map(),
    roster: unread,
    registration: unread,
    licence: unread,
    securityDefaults: unread,
    emergency: [],
    remarks: [],
  };
};

/** A group that an earlier run may have made, and that no list shows, is not made a second time; nothing else waits for it. */
const leaveOutOf = (looked: Looked, planId: string, { session }: Work): ReadonlyMap<string, string> => {
  const { clock, zone } = session.tenant;
  const own = looked.runs.filter(({ start }) => start.plan.id === planId);
  const isSeen = (id: string | undefined): boolean =>
    (looked.groups.type === "present" && looked.groups.value.some((group) => group.id === id)) || progressGroupsOf(looked.groups, planId).length > 0;
  return new Map(
    createsOf(own)
      .filter(({ kind, key, id, sentAt }) => kind === "cohort-group" && key === PROGRESS_KEY && clock.now() - sentAt < GIVEN_UP_AFTER_MS && !isSeen(id))
      .map(({ kind, key, id, sentAt, run }) => [
        refOf(kind, key),
        `${unseenWords(run, id)}: if it still does not show, it is made again from ${formatMoment(sentAt + GIVEN_UP_AFTER_MS, zone)} on`,
      ]),
  );
};

/** One plan's part of it as a run of its own, with a journal like any other. */
export const carry = async (work: Work, looked: Looked, line: ReliefLine, plan: ReliefPlan, relief: Relief, again: string): Promise<ReliefLine> => {
  const { session, runtime } = work;
  const unnoted = line.noted === "not" ? exitCode("partly") : exitCode("done");
  if (plan.steps.length === 0) return { ...line, run: notBegun(unnoted) };
  const lock = await session.state.lock({ tenant: session.tenant.tenantId, plan: line.plan.id, command: relief.type, now: runtime.clock.now() });
  try {
    const run = await carryOut(
      {
        plan: line.plan,
        moment: session.tenant.clock.now(),
        hash: "",
        phases: [],
        relief,
        allowed: [],
        steps: plan.steps,
        observed: observedOf(looked, session),
        settled: [],
        leaveOut: leaveOutOf(looked, line.plan.id, work),
      },
      session,
      runtime,
      again,
    );
    return { ...line, run: run.exit === 0 ? { ...run, exit: unnoted } : run };
  } finally {
    await lock.release();
  }
};

const viewOf = async ({ runtime, session }: Work): Promise<View> => ({
  columns: runtime.stdout.columns,
  style: await styleFor(runtime, "stdout"),
  zone: session.tenant.zone,
  nameOf: () => undefined,
});

export const documentOf = ({ session }: Work, more: Pick<ReliefDocument, "action" | "plans"> & Partial<ReliefDocument>): ReliefDocument => ({
  schemaVersion: 1,
  tenant: { id: session.tenant.tenantId, name: session.tenant.name, practice: session.tenant.connection.practice },
  asOf: isoIn(session.tenant.clock.now(), session.tenant.zone),
  ...more,
  exit: more.exit ?? exitCode("done"),
});

/** Shows what is about to be done, and asks unless told not to. */
export const agreed = async (work: Work, document: ReliefDocument, question: string): Promise<boolean> => {
  const { options, runtime } = work;
  const text = reliefText(document, await viewOf(work));
  // With --json standard output is the document's alone.
  if (!options.json) runtime.stdout.write(text);
  else if (!options.yes) runtime.stderr.write(text);
  if (options.yes || (await runtime.ask(question))) return true;
  runtime.stderr.write("nothing was written\n");
  return false;
};

/** The first of these that the table of exit codes names. */
const firstExit = (plans: readonly ReliefLine[]): number => EXIT_CODES.find(({ code }) => plans.some(({ run }) => run.exit === code))?.code ?? exitCode("done");

export const finish = async (work: Work, document: ReliefDocument, plans: readonly ReliefLine[], commands: ReliefCommands): Promise<number> => {
  const exit = firstExit(plans);
  const done = { ...document, plans, exit };
  const { options, runtime } = work;
  if (options.json) runtime.stdout.write(jsonText(done));
  else {
    const text = reliefOutcome(done, commands, await viewOf(work));
    if (text.trim() !== "") runtime.stdout.write(`\n${text}`);
  }
  return exit;
};

/** Declined. */
export const declined = (work: Work, document: ReliefDocument): number => {
  const exit = exitCode("interrupted");
  const plans = document.plans.map((line) => ({ ...line, run: notBegun(exit) }));
  if (work.options.json) work.runtime.stdout.write(jsonText({ ...document, plans, exit }));
  return exit;
};

/** How many policies of the plan there are. */
export const policyCount = (looked: Looked, planId: string): number => policiesOf(looked, planId).length;
