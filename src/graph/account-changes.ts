/** Accounts blocked, let sign in again, deleted, brought back and made anew, twenty in a batch. Facts, section 7.7. */

import type { Refusal, Step, StepOutcome, Write } from "../core/changes.ts";
import type { ObjectId } from "../core/tenant.ts";
import { makeAnew } from "./account-anew.ts";
import { giveBack } from "./account-links.ts";
import { restoreAccounts } from "./account-restore.ts";
import { RIGHTS_HINT, whyNot } from "./account-words.ts";
import { BATCH_SIZE, type BatchAnswer, type BatchItem, sendBatches } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { outcomeOf } from "./errors.ts";
import { INTERRUPTED, mismatch, type Performing } from "./kind.ts";
import { type Refused, sendPatiently } from "./patience.ts";

type SetAccounts = Extract<Write, { readonly type: "set-accounts" }>;
type NotDone = Exclude<StepOutcome, { readonly type: "done" }>;

/** `short`: what it lacks although it was done. */
type Fate = { readonly id: ObjectId } & (
  | { readonly type: "done"; readonly short?: string }
  | { readonly type: "not"; readonly outcome: NotDone; readonly because: string }
);

const wrong = (step: Step, message: string): StepOutcome => ({
  type: "refused",
  error: { status: 0, code: "WrongStep", message: `${step.name}: ${message}` },
});

const isForbidden = (fate: Fate): fate is Fate & { readonly outcome: { readonly type: "refused"; readonly error: Refusal } } =>
  fate.type === "not" && fate.outcome.type === "refused" && fate.outcome.error.status === 403;

/**
 * A step that was done in part is neither done nor refused: reading back tells what arrived. Nothing here quotes the service but where
 * nobody in the step may be written to: names are no matter of the journal's.
 */
const together = (fates: readonly Fate[]): StepOutcome => {
  const lacking = fates.flatMap((fate) => (fate.type === "not" ? [fate] : []));
  const each = fates.flatMap((fate) => {
    const because = fate.type === "not" ? fate.because : fate.short;
    return because === undefined ? [] : [{ id: fate.id, because }];
  });
  const [first] = each;
  if (first === undefined) return { type: "done" };
  const forbidden = fates.filter(isForbidden);
  const [refused] = forbidden;
  if (refused !== undefined && forbidden.length === fates.length) {
    const { error } = refused.outcome;
    return { type: "refused", error: { ...error, message: `${error.message}; ${RIGHTS_HINT}` } };
  }
  if (lacking.length === fates.length && lacking.every(({ outcome }) => outcome.type === "left-out")) return INTERRUPTED;
  const isNo = lacking.length > 0 && lacking.every(({ outcome }) => outcome.type === "refused");
  return {
    type: "unknown",
    because: first.because,
    ...(lacking.length > 0 && { lacking: lacking.map(({ id }) => id) }),
    ...(isNo && { refused: true as const }),
    each,
  };
};

// ---- blocked, enabled, deleted

const requestFor = (to: "blocked" | "enabled" | "deleted", id: ObjectId): BatchItem =>
  to === "deleted" ? { method: "DELETE", path: `/users/${id}` } : { method: "PATCH", path: `/users/${id}`, body: { accountEnabled: to === "enabled" } };

const fateOf = (to: "blocked" | "enabled" | "deleted", id: ObjectId, answer: BatchAnswer | undefined): Fate => {
  if (answer?.type === "done") return { id, type: "done" };
  if (answer?.type !== "failed") return { id, type: "not", outcome: INTERRUPTED, because: INTERRUPTED.because };
  const { error } = answer;
  // Deleting what is gone has nothing left to do.
  if (to === "deleted" && error.status === 404) return { id, type: "done" };
  return { id, type: "not", outcome: outcomeOf(error), because: error.status === 404 ? "there is no such account any more" : whyNot(error) };
};

/** What a connection brought back, and what may therefore not be known everywhere yet. */
const broughtBack = new WeakMap<GraphClient, Set<ObjectId>>();

const early =
  (client: GraphClient, ids: readonly ObjectId[]) =>
  (refused: readonly Refused[]): Promise<ReadonlySet<number>> => {
    const fresh = broughtBack.get(client);
    return Promise.resolve(new Set(refused.flatMap(({ place, error }) => (error.status === 404 && fresh?.has(ids[place] ?? "") === true ? [place] : []))));
  };

/**
 * What takes something from an account is sent once: it was looked at just before, and a second try would come after that has grown old.
 * Reading back tells whether it was done, and the next run looks again. What only gives is sent until it is there.
 */
const set = async (client: GraphClient, to: "blocked" | "enabled" | "deleted", ids: readonly ObjectId[]): Promise<StepOutcome> => {
  const items = ids.map((id) => requestFor(to, id));
  const answers = to === "enabled" ? await sendPatiently(client, items, early(client, ids)) : await sendBatches(client, items);
  return together(ids.map((id, place) => fateOf(to, id, answers[place])));
};

// ---- restored

const restore = async (client: GraphClient, { ids, back = [] }: SetAccounts): Promise<StepOutcome> => {
  const restored = await restoreAccounts(client, ids);
  const there = ids.filter((id) => restored.get(id)?.type === "back");
  broughtBack.set(client, new Set([...(broughtBack.get(client) ?? []), ...there]));
  const lacks = await giveBack(
    client,
    there.flatMap((id) => back.filter((links) => links.id === id).map((links) => ({ id, links }))),
  );
  return together(
    ids.map((id): Fate => {
      const one = restored.get(id);
      if (one?.type !== "back") return { id, type: "not", outcome: one?.outcome ?? INTERRUPTED, because: one?.because ?? INTERRUPTED.because };
      const short = [...one.lacks, ...(lacks.get(id) ?? [])];
      return short.length === 0 ? { id, type: "done" } : { id, type: "done", short: short.join("; ") };
    }),
  );
};

const anew = (context: Performing, step: Step, { ids, back = [] }: SetAccounts): StepOutcome | Promise<StepOutcome> => {
  const [id, ...more] = ids;
  // The outcome of a step tells one new id.
  if (id === undefined || more.length > 0) return wrong(step, `${ids.length} accounts in one step, and one at a time is made again`);
  const archived = context.archived?.(id);
  if (archived === undefined) return wrong(step, `account ${id} stands in no archive that this run was given`);
  return makeAnew(context, step, archived, back.find((links) => links.id === id) ?? archived);
};

const outcomeFor = (context: Performing, step: Step): StepOutcome | Promise<StepOutcome> => {
  const { client } = context;
  const { write } = step;
  if (write.type !== "set-accounts" || (write.anew === true && write.to !== "restored")) return mismatch(step);
  if (write.ids.length === 0) return { type: "done" };
  if (write.ids.length > BATCH_SIZE) return wrong(step, `${write.ids.length} accounts in one step, more than one batch takes`);
  if (write.to !== "restored") return set(client, write.to, write.ids);
  return write.anew === true ? anew(context, step, write) : restore(client, write);
};

export const performAccounts = async (context: Performing, steps: readonly Step[]): Promise<void> => {
  for (const step of steps) context.settle(step, await outcomeFor(context, step));
};
