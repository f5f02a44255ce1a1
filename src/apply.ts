/**
 * Performs steps: wave by wave, each on disk before it is written and after it was read back. Whatever stops it, the
 * journal says how far it came, and the same command run again goes on from there.
 */

import { accountsIn, isStates, type Rest, restOfStates } from "./account-states.ts";
import type { Entry, Step, StepId, StepOutcome, Write } from "./core/changes.ts";
import { refOf } from "./core/history.ts";
import { settingsOf } from "./core/kinds/index.ts";
import type { Observed } from "./core/observed.ts";
import { nextWave } from "./core/steps.ts";
import { isRef, KINDS, type Kind, type Known, type ObjectId, type ResourceOf } from "./core/tenant.ts";
import { isMailboxes, mailboxesIn, restOfMailboxes } from "./mailbox-states.ts";
import { bears, differing, freshList, isSame, type Lists, markIn, type ReadingBack, readBack, withMade } from "./read-back.ts";
import type { Clock } from "./runtime.ts";
import { type Gateway, ServiceError } from "./service.ts";

export type ApplyProgress = {
  readonly doing: "reading" | "writing" | "reading back";
  readonly kind: Kind;
  /** Steps of the whole run; accounts while these are read again. */
  readonly done: number;
  readonly total: number;
};

export type ApplyInput = {
  /** In an order in which each comes behind those it stands on. */
  readonly steps: readonly Step[];
  readonly gateway: Gateway;
  readonly journal: { readonly append: (entries: readonly Entry[]) => Promise<void> };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What the steps were worked out from. */
  readonly observed: Observed;
  /** Keys, as `@kind/key`, that must not be made in this run, and why. */
  readonly leaveOut?: ReadonlyMap<string, string>;
  readonly progress?: (progress: ApplyProgress) => void;
  /** What is done about policies that appeared when security defaults went off. Their steps stand on nothing, and their ids are new. */
  readonly appeared?: (policies: readonly ResourceOf<"conditional-access">[]) => readonly Step[];
};

export type ApplyResult = {
  /** One a step. Those that an interruption kept from being tried are `left-out`. */
  readonly outcomes: ReadonlyMap<StepId, StepOutcome>;
  /** What was done, but not quite as it was asked for. */
  readonly remarks: ReadonlyMap<StepId, string>;
  /** Steps that were added on the way, for policies that appeared. */
  readonly further: readonly Step[];
  readonly exit: 0 | 1 | 4 | 69 | 77 | 130;
};

/** A list that is older may hide what somebody else did since. */
const FRESH_MS = 60_000;

const INTERRUPTED = "interrupted before it was begun";
const leftOut = (because: string): StepOutcome => ({ type: "left-out", because });

type Work = ReadingBack & {
  readonly input: ApplyInput;
  readonly outcomes: Map<StepId, StepOutcome>;
  readonly remarks: Map<StepId, string>;
  /** The same map as `made`, to be written. */
  readonly ids: Map<string, ObjectId>;
  /** What this run wrote itself: that it moved is no surprise. */
  readonly own: Set<ObjectId>;
};

const isMembers = (step: Step): boolean => step.write.type === "add-members" || step.write.type === "remove-member";

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

/** What moved since the steps were worked out, in words; undefined when nothing did. */
const moved = (work: Work, step: Step, list: Known<readonly ResourceOf<Kind>[]>): string | undefined => {
  if (isMembers(step)) return undefined;
  if (list.type === "unknown") return `it could not be read again before writing: ${list.because}`;
  const resources = list.type === "absent" ? [] : list.value;
  const { write } = step;
  switch (write.type) {
    case "create": {
      const mark = markIn(write.settings);
      const there = mark === undefined ? undefined : resources.find((each) => bears(each, mark));
      return there === undefined ? undefined : `somebody made it since it was read (${there.id})`;
    }
    case "restore":
      return resources.some(({ id }) => id === write.id) ? "somebody restored it since it was read" : undefined;
    case "update":
    case "delete": {
      if (work.own.has(write.id)) return undefined;
      const found = resources.find(({ id }) => id === write.id);
      if (found === undefined) return "somebody deleted it since it was read";
      return isSame(write.kind, found.settings, write.before)
        ? undefined
        : `somebody changed its ${differing(write.kind, found.settings, write.before)} since it was read`;
    }
    case "add-members":
    case "remove-member":
    case "set-states":
    case "set-mailboxes":
      return undefined;
  }
};

/** Each account is read by itself, so that of many it takes a while. */
const tellingOf =
  ({ input }: Work, doing: ApplyProgress["doing"], total: number, kind: Kind = "per-user-mfa") =>
  (done: number): void =>
    input.progress?.({ doing, kind, done, total });

/** One write for many, each of which is compared by itself: how it is looked at, and what of a step that leaves to do. */
type Many<T> = {
  readonly look: () => Promise<Known<T>>;
  readonly rest: (step: Step, now: T) => Rest | undefined;
  readonly unread: string;
  readonly some: (moved: number) => string;
  readonly all: string;
};

/** The wave for those alone that are as they were when the steps were worked out. */
const unmovedOf = async <T>(work: Work, wave: readonly Step[], { look, rest, unread, some, all }: Many<T>): Promise<readonly Step[]> => {
  const { signal, remarks, outcomes } = work;
  const now = await look().catch((error: unknown): Known<never> => {
    if (!signal.aborted) throw error;
    return { type: "unknown", because: INTERRUPTED };
  });
  if (signal.aborted) return [];
  if (now.type !== "present") {
    await leave(work, wave, () => `${unread} could not be read again before writing${now.type === "unknown" ? `: ${now.because}` : ""}`);
    return [];
  }
  const gone: Step[] = [];
  const kept = wave.flatMap((step): readonly Step[] => {
    const left = rest(step, now.value);
    if (left === undefined) return [step];
    if (left.step !== undefined) {
      if (left.moved > 0) remarks.set(step.id, `${some(left.moved)} since they were read, and ${left.moved === 1 ? "was" : "were"} left alone`);
      return [left.step];
    }
    if (left.moved > 0) gone.push(step);
    else outcomes.set(step.id, { type: "done" });
    return [];
  });
  await leave(work, gone, () => `${all} since they were read`);
  return kept;
};

/** Looked at one by one, since it may have been a list that nobody documents that told of them. */
const unmovedStates = (work: Work, wave: readonly Step[]): Promise<readonly Step[]> => {
  const ids = accountsIn(wave);
  return unmovedOf(work, wave, {
    look: () => work.gateway.states(ids, tellingOf(work, "reading", ids.length)),
    rest: restOfStates,
    unread: "the states of its accounts",
    some: (moved) => `of its accounts ${moved} got another state`,
    all: "somebody gave its accounts another state",
  });
};

/** One list tells of all mailboxes, so that a fresh one is not read again. */
const unmovedMailboxes = async (work: Work, wave: readonly Step[]): Promise<readonly Step[]> => {
  const { gateway, input, clock } = work;
  const last = input.observed.mailboxes?.type === "present" ? input.observed.mailboxes.value : undefined;
  if (last !== undefined && clock.now() - input.observed.readAt <= FRESH_MS) return wave;
  return unmovedOf(work, wave, {
    look: () => gateway.mailboxes(tellingOf(work, "reading", last?.size ?? 0, "mailbox-protocols")),
    rest: restOfMailboxes,
    unread: "its mailboxes",
    some: (moved) => `of its mailboxes ${moved} were changed`,
    all: "somebody changed its mailboxes",
  });
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

/** The wave without the steps whose resource moved; reads the kind again only when the last list is old. */
const unmoved = async (work: Work, kind: Kind, wave: readonly Step[]): Promise<readonly Step[]> => {
  const last = work.lists.get(kind);
  if (wave.some(isStates)) return unmovedStates(work, wave);
  if (wave.some(isMailboxes)) return unmovedMailboxes(work, wave);
  if (wave.every(isMembers) || (last !== undefined && work.clock.now() - last.at <= FRESH_MS)) return wave;
  const list = await freshList(work, kind).catch((error: unknown): Known<never> => {
    if (!work.signal.aborted) throw error;
    return { type: "unknown", because: INTERRUPTED };
  });
  if (work.signal.aborted) return [];
  const out = new Map(
    wave.flatMap((step) => {
      const because = moved(work, step, list);
      return because === undefined ? [] : [[step.id, because] as const];
    }),
  );
  await leave(
    work,
    wave.filter(({ id }) => out.has(id)),
    (step) => out.get(step.id) ?? "",
  );
  return wave.filter(({ id }) => !out.has(id));
};

const leave = async (work: Work, steps: readonly Step[], because: (step: Step) => string): Promise<void> => {
  const at = work.clock.now();
  const entries = steps.flatMap((step): readonly Entry[] => {
    const outcome = leftOut(because(step));
    work.outcomes.set(step.id, outcome);
    return [
      { type: "intent", at, step },
      { type: "outcome", at, step: step.id, outcome },
    ];
  });
  if (entries.length > 0) await work.input.journal.append(entries);
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

const runWave = async (work: Work, kind: Kind, ready: readonly Step[]): Promise<void> => {
  const { input, clock, outcomes } = work;
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
  onWritten(0);
  const told = await perform(work, wave, onWritten);
  noteMade(work, wave, told);
  if (mailboxes > 0) onMailboxes(0);
  else tell("reading back", wave.length);
  const onStates = tellingOf(work, "reading back", accountsIn(wave).length);
  const shown = await readBack({ ...work, onStates, onMailboxes }, wave, told);
  noteMade(work, wave, shown);
  // What is on beside ours is looked at anew before anything is switched on in place of the defaults.
  if (wave.some(({ write }) => write.type === "update" && turnsDefaultsOff(write))) work.lists.delete("conditional-access");
  for (const [id, outcome] of shown) outcomes.set(id, outcome);
  const then = clock.now();
  await input.journal.append([...shown].map(([step, outcome]) => ({ type: "outcome", at: then, step, outcome })));
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
  const work: Work = { input, gateway, clock, signal, made: ids, ids, lists, outcomes: new Map(), remarks: new Map(), own: new Set() };
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
  return { outcomes: work.outcomes, remarks: work.remarks, further, exit };
};
