/** What moved between the look from which the steps were worked out and their writes: those are left out. */

import { accountsIn, isStates, type Rest, restOfStates } from "./account-states.ts";
import { forAccounts, isTaking } from "./account-waves.ts";
import type { Step } from "./core/changes.ts";
import type { Kind, Known, ResourceOf } from "./core/tenant.ts";
import { isMailboxes, restOfMailboxes } from "./mailbox-states.ts";
import { bears, differing, freshList, isSame, markIn } from "./read-back.ts";
import { ServiceError } from "./service.ts";
import { INTERRUPTED, leave, tellingOf, type Work } from "./working.ts";

/** A list that is older may hide what somebody else did since. */
const FRESH_MS = 60_000;

const isMembers = (step: Step): boolean => step.write.type === "add-members" || step.write.type === "remove-member";

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
    case "set-accounts":
      return undefined;
  }
};

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

const SPARED = "spared at the last look";

/** One step, whose accounts are looked at directly before it. */
const unspared = async (work: Work, wave: readonly Step[]): Promise<readonly Step[]> => {
  const { input, signal, remarks } = work;
  const kept: Step[] = [];
  for (const step of wave) {
    const left = (await input.lookOnceMore?.(step).catch((error: unknown): Known<never> => {
      if (!signal.aborted && !(error instanceof ServiceError)) throw error;
      return { type: "unknown", because: signal.aborted ? INTERRUPTED : error instanceof Error ? error.message : "it was broken off" };
    })) ?? { type: "absent" };
    if (signal.aborted) return kept;
    if (left.type !== "present") {
      await leave(work, [step], () => `its accounts could not be looked at once more${left.type === "unknown" ? `: ${left.because}` : ""}`);
      continue;
    }
    const { ids, spared } = left.value;
    // Whom and why people are told; a journal holds no names.
    if (spared.length > 0) {
      remarks.set(step.id, SPARED);
      work.spared.set(step.id, spared);
    }
    if (ids.length === 0) await leave(work, [step], () => `its accounts were ${SPARED}`);
    else kept.push(forAccounts(step, ids));
  }
  return kept;
};

/** The wave without the steps whose resource moved; reads the kind again only when the last list is old. */
export const unmoved = async (work: Work, kind: Kind, wave: readonly Step[]): Promise<readonly Step[]> => {
  const last = work.lists.get(kind);
  if (wave.some(isStates)) return unmovedStates(work, wave);
  if (wave.some(isTaking)) return unspared(work, wave);
  if (wave.some(({ write }) => write.type === "set-accounts")) return wave;
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
