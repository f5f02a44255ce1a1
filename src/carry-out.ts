/** From steps to a run: its journal begun, the steps performed, and what came of each of them. `apply` and `undo` share it. */

import type { LookOnceMore } from "./account-waves.ts";
import { apply } from "./apply.ts";
import type { AccountState } from "./core/accounts/facts.ts";
import { addressIn } from "./core/accounts/listed-lines.ts";
import type { Entry, Relief, Step, StepId, StepOutcome } from "./core/changes.ts";
import type { Settled } from "./core/journal.ts";
import { mailboxNames } from "./core/mailbox-names.ts";
import type { Observed } from "./core/observed.ts";
import type { LeftStep, PlanName, RunResult } from "./core/run-document.ts";
import type { Instant, Kind, PhaseId } from "./core/tenant.ts";
import { DuringRun } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";
import type { JournalWriter } from "./state.ts";
import { pathsOf } from "./text-file.ts";
import { VERSION } from "./version.ts";
import type { ApplyInput } from "./working.ts";

/** Told what came of a step, once that is in the journal. */
export type Stepped = (step: Step, outcome: StepOutcome, at: Instant) => void;

export type Task = {
  readonly plan: PlanName;
  readonly moment: Instant;
  readonly hash: string;
  readonly phases: readonly PhaseId[];
  readonly undoes?: string;
  readonly relief?: Relief;
  readonly restores?: true;
  readonly allowed: readonly { readonly guard: string; readonly count: number; readonly reason: string }[];
  readonly steps: readonly Step[];
  readonly observed: Observed;
  readonly settled: readonly Settled[];
  /** Keys, as `@kind/key`, that must not be made in this run, and why. */
  readonly leaveOut: ReadonlyMap<string, string>;
  readonly lookOnceMore?: (run: string) => LookOnceMore;
  /** What is done about policies of Microsoft's that appear on the way. */
  readonly appeared?: ApplyInput["appeared"];
  readonly stepped?: Stepped;
  /** Other machines may carry out the same plan at the same moment. */
  readonly mindsTwins?: boolean;
};

/** The journal, with somebody who is told what it comes to. */
const telling = (journal: JournalWriter, stepped: Stepped | undefined): JournalWriter => {
  if (stepped === undefined) return journal;
  const steps = new Map<StepId, Step>();
  return {
    append: async (entries) => {
      await journal.append(entries);
      for (const entry of entries) {
        if (entry.type === "intent") steps.set(entry.step.id, entry.step);
        const step = entry.type === "outcome" ? steps.get(entry.step) : undefined;
        if (entry.type === "outcome" && step !== undefined) stepped(step, entry.outcome, entry.at);
      }
    },
  };
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
  "account-block": "accounts",
  "account-deletion": "accounts",
} as const satisfies Record<Kind, string>;

const TO_WORDS = {
  blocked: "blocking accounts",
  enabled: "letting accounts sign in again",
  deleted: "deleting accounts",
  restored: "bringing accounts back",
} as const satisfies Record<AccountState, string>;

const reasonOf = (outcome: Exclude<StepOutcome, { readonly type: "done" }>): string => (outcome.type === "refused" ? outcome.error.message : outcome.because);

/** Of a step for many, those that it was not done for. */
const mailboxesOf = ({ write }: Step, outcome: StepOutcome, observed: Observed): Pick<LeftStep, "mailboxes"> => {
  if (write.type !== "set-mailboxes" || (outcome.type !== "refused" && outcome.type !== "unknown")) return {};
  const lacking = outcome.type === "unknown" ? outcome.lacking : undefined;
  return { mailboxes: mailboxNames(observed, lacking ?? write.mailboxes.map(({ id }) => id)) };
};

/** Of accounts, what came of each that was not done whole; who they are nobody but people has to know. */
const accountsOf = ({ write }: Step, outcome: StepOutcome, observed: Observed): Pick<LeftStep, "accounts"> => {
  if (write.type !== "set-accounts" || outcome.type !== "unknown") return {};
  const each = outcome.each ?? (outcome.lacking ?? write.ids).map((id) => ({ id, because: outcome.because }));
  return { accounts: each.map(({ id, because }) => `${addressIn(observed, id) ?? id}: ${because}`) };
};

/** What came of a step besides its outcome. */
type Besides = { readonly remark: string | undefined; readonly spared: readonly string[] | undefined };

const leftOf = (step: Step, outcome: StepOutcome | undefined, { remark, spared }: Besides, observed: Observed): readonly LeftStep[] => {
  const { kind, key, name } = step;
  const differs: readonly LeftStep[] =
    remark === undefined ? [] : [{ kind, key, name, result: "differs", because: remark, ...(spared !== undefined && { accounts: spared }) }];
  if (outcome === undefined && step.unless !== undefined) return [];
  if (outcome === undefined) return [{ kind, key, name, result: "left-out", because: "it was not tried" }];
  if (outcome.type !== "done") {
    const result = outcome.type === "unknown" && outcome.refused === true ? "refused" : outcome.type;
    return [
      {
        kind,
        key,
        name,
        result,
        because: outcome.type === "left-out" ? (remark ?? reasonOf(outcome)) : reasonOf(outcome),
        ...mailboxesOf(step, outcome, observed),
        ...(outcome.type === "left-out" && spared !== undefined ? { accounts: spared } : accountsOf(step, outcome, observed)),
      },
      // Of twenty accounts some may be spared, and others refused.
      ...(outcome.type !== "left-out" && spared !== undefined ? differs : []),
    ];
  }
  return differs;
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
  ...(task.restores !== undefined && { restores: task.restores }),
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
  tenant.mayWrite();
  const unsignedBefore = tenant.signIn?.failure();
  const begunAt = clock.now();
  const journal = await state.begin(begunAt, (run) => [startOf(task, begunAt, run), ...task.settled]);
  try {
    const { outcomes, remarks, spared, reached, further, exit } = await apply({
      steps: task.steps,
      gateway,
      journal: telling(journal, task.stepped),
      clock,
      signal: runtime.signal,
      observed: task.observed,
      leaveOut: task.leaveOut,
      ...(task.lookOnceMore !== undefined && { lookOnceMore: task.lookOnceMore(journal.run) }),
      ...(task.mindsTwins === true && { twinsOf: task.plan.id }),
      ...(task.appeared !== undefined && { appeared: task.appeared }),
      progress: ({ doing, kind, done, total, to }) => progress.tell(to === undefined ? `${doing} ${KIND_WORDS[kind]}` : TO_WORDS[to], done, total),
    });
    const left = [...task.steps, ...further].flatMap((step) =>
      leftOf(step, outcomes.get(step.id), { remark: remarks.get(step.id), spared: spared.get(step.id) }, task.observed),
    );
    // What came of each step is in the journal; why the rest was never sent is what somebody has to mend.
    const unsigned = exit === 0 ? undefined : tenant.signIn?.failure();
    if (unsigned !== undefined && unsigned !== unsignedBefore) throw unsigned;
    const done = [...outcomes.values()].filter(({ type }) => type === "done").length;
    const listed = [...reached].map(([to, count]) => ({ to, count }));
    return { id: journal.run, done, ...(listed.length > 0 && { listed }), left, exit };
  } catch (error) {
    throw new DuringRun(error, [`the journal of this run is ${pathsOf(runtime).join(state.folder, `${journal.run}.jsonl`)}`, `go on with: ${again}`]);
  } finally {
    progress.end();
  }
};

/** A run that was never begun. */
export const notBegun = (exit: number): RunResult => ({ id: null, done: 0, left: [], exit });
