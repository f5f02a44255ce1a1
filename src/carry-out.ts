/** From steps to a run: its journal begun, the steps performed, and what came of each of them. `apply` and `undo` share it. */

import { type ApplyInput, apply } from "./apply.ts";
import type { Entry, Relief, Step, StepOutcome } from "./core/changes.ts";
import type { Settled } from "./core/journal.ts";
import { mailboxNames } from "./core/mailbox-names.ts";
import type { Observed } from "./core/observed.ts";
import type { LeftStep, PlanName, RunResult } from "./core/run-document.ts";
import type { Instant, Kind, PhaseId } from "./core/tenant.ts";
import { DuringRun } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";
import { pathsOf } from "./text-file.ts";
import { VERSION } from "./version.ts";

export type Task = {
  readonly plan: PlanName;
  readonly moment: Instant;
  readonly hash: string;
  readonly phases: readonly PhaseId[];
  readonly undoes?: string;
  readonly relief?: Relief;
  readonly allowed: readonly { readonly guard: string; readonly count: number; readonly reason: string }[];
  readonly steps: readonly Step[];
  readonly observed: Observed;
  readonly settled: readonly Settled[];
  /** Keys, as `@kind/key`, that must not be made in this run, and why. */
  readonly leaveOut: ReadonlyMap<string, string>;
  /** What is done about policies of Microsoft's that appear on the way. */
  readonly appeared?: ApplyInput["appeared"];
};

const KIND_WORDS = {
  "cohort-group": "groups and their members",
  "named-location": "networks",
  "authentication-methods": "authentication methods",
  "registration-campaign": "the registration campaign",
  "conditional-access": "policies",
  "security-defaults": "security defaults",
  "per-user-mfa": "per-user states",
  "mailbox-plan": "plans for new mailboxes",
  "mailbox-protocols": "mailboxes",
  "authentication-policy": "authentication policies",
  "default-authentication-policy": "the default authentication policy",
  "smtp-auth": "SMTP AUTH",
} as const satisfies Record<Kind, string>;

const reasonOf = (outcome: Exclude<StepOutcome, { readonly type: "done" }>): string => (outcome.type === "refused" ? outcome.error.message : outcome.because);

/** Of a step for many, those that it was not done for. */
const mailboxesOf = ({ write }: Step, outcome: StepOutcome, observed: Observed): Pick<LeftStep, "mailboxes"> => {
  if (write.type !== "set-mailboxes" || (outcome.type !== "refused" && outcome.type !== "unknown")) return {};
  const lacking = outcome.type === "unknown" ? outcome.lacking : undefined;
  return { mailboxes: mailboxNames(observed, lacking ?? write.mailboxes.map(({ id }) => id)) };
};

const leftOf = (step: Step, outcome: StepOutcome | undefined, remark: string | undefined, observed: Observed): readonly LeftStep[] => {
  const { kind, key, name } = step;
  if (outcome === undefined && step.unless !== undefined) return [];
  if (outcome === undefined) return [{ kind, key, name, result: "left-out", because: "it was not tried" }];
  if (outcome.type !== "done") {
    const result = outcome.type === "unknown" && outcome.refused === true ? "refused" : outcome.type;
    return [{ kind, key, name, result, because: reasonOf(outcome), ...mailboxesOf(step, outcome, observed) }];
  }
  return remark === undefined ? [] : [{ kind, key, name, result: "differs", because: remark }];
};

const startOf = (task: Task, at: Instant, run: string): Entry => ({
  type: "start",
  at,
  run,
  schema: 1,
  toolVersion: VERSION,
  plan: task.plan,
  tenant: task.observed.tenant.id,
  asOf: task.moment,
  hash: task.hash,
  phases: task.phases,
  ...(task.undoes !== undefined && { undoes: task.undoes }),
  ...(task.relief !== undefined && { relief: task.relief }),
  allowed: task.allowed,
  ...(task.observed.roster.type === "present" && { accounts: task.observed.roster.value.size }),
});

/**
 * @returns what came of it; `again` in its hints is how to go on.
 * @throws DuringRun with the place of the journal, when it cannot be gone on with.
 */
export const carryOut = async (task: Task, session: Session, runtime: Runtime, again: string): Promise<RunResult> => {
  const { tenant, gateway, state, progress } = session;
  const { clock } = tenant;
  const begunAt = clock.now();
  const journal = await state.begin(begunAt, (run) => [startOf(task, begunAt, run), ...task.settled]);
  try {
    const { outcomes, remarks, further, exit } = await apply({
      steps: task.steps,
      gateway,
      journal,
      clock,
      signal: runtime.signal,
      observed: task.observed,
      leaveOut: task.leaveOut,
      ...(task.appeared !== undefined && { appeared: task.appeared }),
      progress: ({ doing, kind, done, total }) => progress.tell(`${doing} ${KIND_WORDS[kind]}`, done, total),
    });
    const left = [...task.steps, ...further].flatMap((step) => leftOf(step, outcomes.get(step.id), remarks.get(step.id), task.observed));
    const done = [...outcomes.values()].filter(({ type }) => type === "done").length;
    return { id: journal.run, done, left, exit };
  } catch (error) {
    throw new DuringRun(error, [`the journal of this run is ${pathsOf(runtime).join(state.folder, `${journal.run}.jsonl`)}`, `go on with: ${again}`]);
  } finally {
    progress.end();
  }
};

/** A run that was never begun. */
export const notBegun = (exit: number): RunResult => ({ id: null, done: 0, left: [], exit });
