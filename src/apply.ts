/**
 * Performs steps: wave by wave, each on disk before it is written and after it was read back. Whatever stops it, the
 * journal says how far it came, and the same command run again goes on from there.
 */

import { accountsIn } from "./account-states.ts";
import { listedIn } from "./account-waves.ts";
import type { AccountState } from "./core/accounts/facts.ts";
import type { Step, StepId, StepOutcome, Write } from "./core/changes.ts";
import { refOf } from "./core/history.ts";
import { settingsOf } from "./core/kinds/index.ts";
import { nextWave } from "./core/steps.ts";
import { isRef, KINDS, type Kind, type ObjectId, type ResourceOf } from "./core/tenant.ts";
import { mailboxesIn } from "./mailbox-states.ts";
import { differing, type Lists, readBack, withMade } from "./read-back.ts";
import { ServiceError } from "./service.ts";
import { lookForTwins } from "./twins.ts";
import { unmoved } from "./unmoved.ts";
import { type ApplyInput, type ApplyProgress, INTERRUPTED, leave, leftOut, tellingOf, tellingOfAccounts, type Work } from "./working.ts";

export type ApplyResult = {
  /** One a step. Those that an interruption kept from being tried are `left-out`. */
  readonly outcomes: ReadonlyMap<StepId, StepOutcome>;
  /** What was done, but not quite as it was asked for. */
  readonly remarks: ReadonlyMap<StepId, string>;
  /** Accounts that the last look left out, each with its reasons. */
  readonly spared: ReadonlyMap<StepId, readonly string[]>;
  /** How many accounts of lists were seen to have become so. */
  readonly reached: ReadonlyMap<AccountState, number>;
  /** Steps that were added on the way, for policies that appeared. */
  readonly further: readonly Step[];
  readonly exit: 0 | 1 | 4 | 69 | 77 | 130;
};

/** Why a step cannot be tried; undefined when it can. */
const hindrance = ({ input, outcomes }: Work, step: Step, known: ReadonlyMap<StepId, Step>): string | undefined => {
  const told = input.leaveOut?.get(refOf(step.kind, step.key));
  if (told !== undefined) return told;
  for (const id of step.after) {
    const before = known.get(id);
    if (before === undefined) return `it stands on the step ${id}, which is not part of this run`;
    const outcome = outcomes.get(id);
    const isOwn = before.kind === step.kind && before.key === step.key;
    if (outcome !== undefined && outcome.type !== "done")
      return isOwn ? "an earlier write of its own was not done" : `it stands on ${before.name}, which was not done`;
  }
  return undefined;
};

/** The step with the id of what this run made, where it is a change of that. */
const withOwnId = (step: Step, made: ReadonlyMap<string, ObjectId>): Step => {
  const { write } = step;
  const id = write.type === "update" && isRef(write.id) ? made.get(write.id) : undefined;
  return write.type === "update" && id !== undefined ? { ...step, write: { ...write, id } } : step;
};

const turnsDefaultsOff = ({ kind, after }: Extract<Write, { readonly type: "update" }>): boolean =>
  kind === "security-defaults" && !settingsOf(kind, after).enabled;

/** Whether a step that is for the worst has its turn. */
const isNeeded = ({ outcomes }: Work, { after, unless = [] }: Step): boolean => {
  const tried = unless.map((id) => outcomes.get(id)?.type);
  if (tried.includes(undefined) || tried.includes("done")) return false;
  // What was refused or never sent left nothing behind that would have to be mended.
  return after.every((id) => ["done", "unknown"].includes(outcomes.get(id)?.type ?? ""));
};

/** Says of each step what the service said; a step that it said nothing of may have happened once it could have left. */
const perform = async (work: Work, wave: readonly Step[], onOutcome: (done: number) => void): Promise<ReadonlyMap<StepId, StepOutcome>> => {
  const { gateway, clock, input, made } = work;
  const sent = new Set<StepId>();
  const beforeSend = async (step: StepId): Promise<void> => {
    await input.journal.append([{ type: "sent", at: clock.now(), step }]);
    sent.add(step);
  };
  let told: ReadonlyMap<StepId, StepOutcome> = new Map();
  let silence = "the service said nothing of it";
  try {
    told = await gateway.perform(wave, made, beforeSend, onOutcome);
  } catch (error) {
    if (!input.signal.aborted && !(error instanceof ServiceError)) throw error;
    silence = input.signal.aborted ? "interrupted while it was written" : error instanceof Error ? error.message : "it was broken off";
  }
  return new Map(
    wave.map((step) => {
      const outcome = told.get(step.id);
      const never = step.write.type === "create" && !sent.has(step.id);
      return [step.id, outcome ?? (never ? leftOut(INTERRUPTED) : { type: "unknown", because: silence })] as const;
    }),
  );
};

/** Keeps the ids of what was made, for those that stand on it, and notes where an answer differs from what was asked. */
const noteMade = (work: Work, wave: readonly Step[], outcomes: ReadonlyMap<StepId, StepOutcome>): void => {
  for (const step of wave) {
    const outcome = outcomes.get(step.id);
    if (outcome?.type !== "done") continue;
    const { write } = step;
    if (write.type === "update") work.own.add(write.id);
    if (write.type !== "create" && write.type !== "restore") continue;
    if (outcome.id !== undefined) {
      work.ids.set(refOf(write.kind, write.key), outcome.id);
      work.own.add(outcome.id);
    }
    if (outcome.settings === undefined) continue;
    const differs = differing(write.kind, outcome.settings, withMade(write.kind, write.settings, work.made));
    if (differs !== "") work.remarks.set(step.id, `it is there, but the service shows another ${differs} than was asked for`);
  }
};

/** A step of twenty accounts may be done for some of them. */
const noteReached = ({ reached }: Work, wave: readonly Step[], outcomes: ReadonlyMap<StepId, StepOutcome>): void => {
  for (const { id, write } of wave) {
    if (write.type !== "set-accounts") continue;
    const outcome = outcomes.get(id);
    const missed = outcome?.type === "done" ? 0 : outcome?.type === "unknown" ? (outcome.lacking ?? write.ids).length : write.ids.length;
    reached.set(write.to, (reached.get(write.to) ?? 0) + write.ids.length - missed);
  }
};

const runWave = async (work: Work, kind: Kind, ready: readonly Step[]): Promise<void> => {
  const { input, clock, outcomes } = work;
  const onListed = tellingOfAccounts(work, ready);
  onListed?.(0);
  const wave = await unmoved(work, kind, ready);
  if (wave.length === 0) return;
  const before = outcomes.size;
  const tell = (doing: ApplyProgress["doing"], done: number): void =>
    input.progress?.({ doing, kind, done: before + done, total: input.steps.filter(({ unless }) => unless === undefined).length });
  const at = clock.now();
  await input.journal.append(wave.map((step) => ({ type: "intent", at, step })));
  // A step is ten mailboxes, which people count one by one.
  const mailboxes = mailboxesIn(wave).length;
  const all = input.observed.mailboxes?.type === "present" ? input.observed.mailboxes.value.size : mailboxes;
  const onMailboxes = tellingOf(work, "reading back", all, kind);
  const onWritten = mailboxes > 0 ? tellingOf(work, "writing", mailboxes, kind) : (done: number): void => tell("writing", done);
  if (onListed === undefined) onWritten(0);
  const told = await perform(work, wave, onListed === undefined ? onWritten : () => onListed(listedIn(wave).length));
  noteMade(work, wave, told);
  if (mailboxes > 0) onMailboxes(0);
  else if (onListed === undefined) tell("reading back", wave.length);
  const onStates = tellingOf(work, "reading back", accountsIn(wave).length);
  const shown = await readBack({ ...work, onStates, onMailboxes }, wave, told);
  noteMade(work, wave, shown);
  // What is on beside ours is looked at anew before anything is switched on in place of the defaults.
  if (wave.some(({ write }) => write.type === "update" && turnsDefaultsOff(write))) work.lists.delete("conditional-access");
  for (const [id, outcome] of shown) outcomes.set(id, outcome);
  noteReached(work, wave, shown);
  const then = clock.now();
  await input.journal.append([...shown].map(([step, outcome]) => ({ type: "outcome", at: then, step, outcome })));
  await lookForTwins(work, kind, wave);
};

/** What is only done when nothing else came of it, as soon as that can be told. */
const forTheWorst = async (work: Work): Promise<void> => {
  const { input, outcomes, remarks, signal } = work;
  for (const step of input.steps) {
    if (step.unless === undefined || outcomes.has(step.id) || signal.aborted || !isNeeded(work, step)) continue;
    await runWave(work, step.kind, [step]);
    if (outcomes.get(step.id)?.type === "done") remarks.set(step.id, "what was to stand in their place did not come about, so they are on again");
  }
};

const asPolicy = (resource: ResourceOf<Kind>): ResourceOf<"conditional-access"> => ({
  ...resource,
  kind: "conditional-access",
  settings: settingsOf("conditional-access", resource.settings),
});

/** Turning security defaults off may bring policies of Microsoft's own, which nobody knew of when the steps were worked out. */
const followUp = async (work: Work): Promise<readonly Step[]> => {
  const { input, outcomes, lists, signal } = work;
  const list = lists.get("conditional-access")?.list;
  const isOff = input.steps.some(({ id, write }) => write.type === "update" && turnsDefaultsOff(write) && outcomes.get(id)?.type === "done");
  if (!isOff || signal.aborted || list?.type !== "present") return [];
  const further = input.appeared?.(list.value.map(asPolicy)) ?? [];
  if (further.length > 0) await runWave(work, "conditional-access", further);
  return further.filter(({ id }) => outcomes.has(id));
};

/** 130, 4, 77, 69, 1, 0: the first that applies. Where nothing at all was done, the refusals say which. */
const exitOf = ({ input, outcomes, remarks }: Work): ApplyResult["exit"] => {
  if (input.signal.aborted) return 130;
  const all = [...outcomes.values()];
  if (all.every(({ type }) => type === "done")) return remarks.size === 0 ? 0 : 4;
  const refused = all.flatMap((outcome) => (outcome.type === "refused" ? [outcome.error.status] : []));
  // Steps are left out also because what they stand on was refused: with a refusal these say nothing of their own.
  if (refused.length === 0 || all.some(({ type }) => type === "done" || type === "unknown")) return 4;
  if (refused.some((status) => status === 401 || status === 403)) return 77;
  return refused.some((status) => status === 0 || status === 429 || status >= 500) ? 69 : 1;
};

/**
 * Never rejects for what the service does; rejects when the journal cannot be written, since nothing may be written to
 * the tenant that the journal does not know of. Writes the journal's end.
 */
export const apply = async (input: ApplyInput): Promise<ApplyResult> => {
  const { steps, gateway, clock, signal, observed, journal } = input;
  const ids = new Map<string, ObjectId>();
  const lists: Lists = new Map(KINDS.map((kind) => [kind, { at: observed.readAt, list: observed.resources[kind] }]));
  const work: Work = {
    input,
    gateway,
    clock,
    signal,
    made: ids,
    ids,
    lists,
    outcomes: new Map(),
    remarks: new Map(),
    spared: new Map(),
    reached: new Map(),
    own: new Set(),
  };
  const known = new Map(steps.map((step) => [step.id, step]));
  const isOpen = ({ id, unless }: Step): boolean => !work.outcomes.has(id) && unless === undefined;
  while (steps.some(isOpen) && !signal.aborted) {
    const hindered = new Map(
      steps.filter(isOpen).flatMap((step) => {
        const because = hindrance(work, step, known);
        return because === undefined ? [] : [[step.id, because] as const];
      }),
    );
    if (hindered.size > 0) {
      await leave(
        work,
        steps.filter(({ id }) => hindered.has(id)),
        ({ id }) => hindered.get(id) ?? "",
      );
      continue;
    }
    // Whatever was not done left its dependants hindered: of those that are open all that has an outcome is done.
    const wave = nextWave(steps.filter(isOpen), new Set(work.outcomes.keys()));
    const [first] = wave;
    if (first === undefined) {
      await leave(work, steps.filter(isOpen), () => "the steps stand on each other in a circle");
      break;
    }
    await runWave(
      work,
      first.kind,
      wave.map((step) => withOwnId(step, ids)),
    );
    await forTheWorst(work);
  }
  await forTheWorst(work);
  const further = await followUp(work);
  for (const { id } of steps.filter(isOpen)) work.outcomes.set(id, leftOut(INTERRUPTED));
  const exit = exitOf(work);
  await journal.append([{ type: "end", at: clock.now(), exit }]);
  const { outcomes, remarks, spared, reached } = work;
  return { outcomes, remarks, spared, reached, further, exit };
};
