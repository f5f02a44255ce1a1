/**
 * Per-user MFA on the wire. Documented is one request an account, in beta alone; besides, the list of accounts tells the
 * states of all in bulk, which nobody documents and production code relies on. Facts, section 7.8.
 */

import type { Step, StepOutcome } from "../core/changes.ts";
import { PerUserStates } from "../core/per-user-states.ts";
import type { ObjectId, PerUserState } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import { BATCH_SIZE, type BatchAnswer, type BatchItem, sendBatches } from "./batch.ts";
import type { Ask, GraphClient } from "./client.ts";
import { outcomeOf } from "./errors.ts";
import { INTERRUPTED, type KindAdapter, mismatch, type Performing } from "./kind.ts";
import { pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { idIn, objectIn, textIn, Unreadable } from "./wire.ts";

const STATES: readonly PerUserState[] = ["disabled", "enabled", "enforced"];

/** @throws Unreadable for a state that nobody knows: it may ask for more or for less than those that we know. */
export const stateIn = (value: unknown): PerUserState => {
  const word = textIn(value, "a state of per-user MFA").toLowerCase();
  const state = STATES.find((each) => each === word);
  if (state === undefined) throw new Unreadable("a state of per-user MFA", "one that this tool knows");
  return state;
};

const requirementsOf = (id: ObjectId): string => `/users/${id}/authentication/requirements`;

const inBatches = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH_SIZE) }, (_, at) => items.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE));

/** Tries of a batch of reads, the first one included; the client repeats no POST by itself. */
const TRIES = 4;
const FIRST_PAUSE_MS = 1_000;

/** @returns undefined for an account that is not there. @throws ServiceError */
const lookedIn = (item: BatchItem, answer: BatchAnswer | undefined): PerUserState | undefined => {
  if (answer?.type === "done") return readableOr(item, () => stateIn(objectIn(answer.body, "the requirements of an account").perUserMfaState));
  if (answer?.type === "failed" && answer.error.status === 404) return undefined;
  throw answer?.type === "failed" ? answer.error : new Error(`${item.path} was not asked for, and nobody interrupted`);
};

const lookAt = async (client: GraphClient, ids: readonly ObjectId[]): Promise<readonly (PerUserState | undefined)[]> => {
  const items = ids.map((id): BatchItem => ({ method: "GET", path: requirementsOf(id) }));
  for (let tries = 1, pause = FIRST_PAUSE_MS; ; tries += 1, pause *= 2) {
    client.signal.throwIfAborted();
    const answers = await sendBatches(client, items, "beta");
    client.signal.throwIfAborted();
    const isBroken = answers.some((answer) => answer.type === "failed" && answer.error.outcome === "unknown");
    if (!isBroken || tries >= TRIES) return items.map((item, place) => lookedIn(item, answers[place]));
    await client.clock.sleep(pause, client.signal);
  }
};

/**
 * The states of some accounts, each read the documented way, twenty to a request. One that is not there is in no state.
 * @throws ServiceError
 */
export const statesOf = async (client: GraphClient, ids: readonly ObjectId[], progress: (done: number) => void = () => undefined): Promise<PerUserStates> => {
  const states = new PerUserStates("looked-up");
  let done = 0;
  for (const some of inBatches(ids)) {
    const looked = await lookAt(client, some);
    some.forEach((id, place) => {
      const state = looked[place];
      if (state !== undefined) states.set(id, state);
    });
    done += some.length;
    progress(done);
  }
  return states;
};

// ---- in bulk

const PAGE = "999";

/** Who is `disabled` has no such property at all. @throws ServiceError */
const listed = (client: GraphClient, progress: (done: number) => void): Promise<PerUserStates> => {
  const ask: Ask = { method: "GET", path: "/users", query: { $select: "id,perUserMfaState", $top: PAGE } };
  return withFreshStart(async () => {
    const states = new PerUserStates("listed");
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const row of page) {
          const account = objectIn(row, "an account");
          states.set(idIn(account.id, "an account's id"), stateIn(account.perUserMfaState ?? "disabled"));
        }
      });
      progress(states.size);
    }
    return states;
  });
};

/** How many accounts are looked at the documented way before the list is believed. */
const SAMPLE = 40;

/** Half of those of whom the list names a state, half of those whom the plan is about and of whom it does not, in the plan's order. */
const sampleOf = (states: PerUserStates, wanted: Iterable<ObjectId>): readonly ObjectId[] => {
  const sample: ObjectId[] = [];
  for (const [id] of states.asked()) {
    if (sample.length >= SAMPLE / 2) break;
    sample.push(id);
  }
  for (const id of wanted) {
    if (sample.length >= SAMPLE) break;
    if (states.get(id) === "disabled") sample.push(id);
  }
  return [...new Set(sample)];
};

const isUndocumented = (error: unknown): boolean => error instanceof ServiceError && (error.status === 400 || error.status === 501);

/**
 * The states of all accounts by the list, if what the documented way says of some of them agrees with it; else of those whom
 * the plan is about, each the documented way. What a run writes is looked at the documented way again before it is written.
 *
 * @param wanted whom the plan is about, those of its first phases first; asked for more than once.
 * @throws ServiceError
 */
export const readStates = async (client: GraphClient, wanted: () => Iterable<ObjectId>, progress: (done: number) => void): Promise<PerUserStates> => {
  const documented = (): Promise<PerUserStates> => statesOf(client, [...new Set(wanted())], progress);
  const bulk = await listed(client, progress).catch((error: unknown) => {
    // A service that does not know the property may also say so.
    if (isUndocumented(error)) return undefined;
    throw error;
  });
  if (bulk === undefined) return documented();
  const sample = sampleOf(bulk, wanted());
  const looked = await statesOf(client, sample);
  // One that is gone, or was made meanwhile, says nothing about the list.
  if (sample.some((id) => looked.get(id) !== undefined && looked.get(id) !== bulk.get(id))) return documented();
  return bulk.asked().next().done === true ? bulk.with([], "unnamed") : bulk;
};

// ---- performing

type Setting = { readonly step: Step; readonly ids: readonly ObjectId[]; readonly to: PerUserState };

/** An account that is gone has no state to set: reading back finds it gone as well. */
const isSet = (answer: BatchAnswer): boolean => answer.type === "done" || (answer.type === "failed" && answer.error.status === 404);

const outcomeFrom = (answer: BatchAnswer): StepOutcome =>
  answer.type === "done" ? { type: "done" } : answer.type === "unsent" ? INTERRUPTED : outcomeOf(answer.error);

/** A step that was done in part is neither done nor refused: reading back tells what arrived. */
const together = (ids: readonly ObjectId[], answers: readonly BatchAnswer[]): StepOutcome => {
  const out = ids.flatMap((id, place) => {
    const answer = answers[place] ?? { type: "unsent" as const };
    return isSet(answer) ? [] : [{ id, outcome: outcomeFrom(answer) }];
  });
  const [first] = out;
  if (first === undefined) return { type: "done" };
  const { outcome } = first;
  if (out.length === ids.length && out.every((each) => each.outcome.type === outcome.type)) return outcome;
  const why = outcome.type === "refused" ? outcome.error.message : "because" in outcome ? outcome.because : outcome.type;
  return { type: "unknown", because: `${ids.length - out.length} of ${ids.length} accounts were set; account ${first.id} was not: ${why}` };
};

const set = async (context: Performing, { step, ids, to }: Setting): Promise<void> => {
  const answers = await sendBatches(
    context.client,
    ids.map((id) => ({ method: "PATCH", path: requirementsOf(id), body: { perUserMfaState: to } })),
    "beta",
  );
  context.settle(step, together(ids, answers));
};

const perform = async (context: Performing, steps: readonly Step[]): Promise<void> => {
  for (const step of steps) {
    const { write } = step;
    if (write.type !== "set-states") context.settle(step, mismatch(step));
    else if (write.accounts.length === 0) context.settle(step, { type: "done" });
    else if (write.accounts.length > BATCH_SIZE)
      context.settle(step, {
        type: "refused",
        error: { status: 0, code: "WrongStep", message: `${step.name}: ${write.accounts.length} states in one step, more than one batch takes` },
      });
    else if (context.client.signal.aborted) context.settle(step, INTERRUPTED);
    else await set(context, { step, ids: write.accounts.map(({ id }) => id), to: write.to });
  }
};

/** A state of accounts is no resource: it has no list, and is read by `statesOf` and `readStates`. */
export const perUserMfa: KindAdapter<"per-user-mfa"> = { perform };
