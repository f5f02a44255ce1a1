/** Accounts out of the deleted items, with the ids that they had. Facts, section 7.7. */

import type { StepOutcome } from "../core/changes.ts";
import type { ObjectId } from "../core/tenant.ts";
import type { ServiceError } from "../service.ts";
import { whyNot } from "./account-words.ts";
import { type BatchAnswer, type BatchItem, readBatches } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { outcomeOf } from "./errors.ts";
import { INTERRUPTED } from "./kind.ts";
import { type Refused, sendPatiently } from "./patience.ts";

/** What came of one account. `lacks`: what of it did not come along. */
export type Restored =
  | { readonly type: "back"; readonly lacks: readonly string[] }
  | { readonly type: "not"; readonly outcome: Exclude<StepOutcome, { readonly type: "done" }>; readonly because: string };

const ADDRESS_TAKEN = "its address is used by another account; rename that one, then run it again";
const ADDRESS_LOST = "it is back without a mail address that another account uses now";
const GONE = "it is neither among the accounts nor among the deleted ones; only the archive can make it again";

/** A batch takes no write without a body (facts, section 4); an empty one asks for nothing beyond the restore. */
const restoreItem = (id: ObjectId, reconciles: boolean): BatchItem => ({
  method: "POST",
  path: `/directory/deletedItems/${id}/restore`,
  body: reconciles ? { autoReconcileProxyConflict: true } : {},
});

/** Class, not text: which of the two the service answers, and in which words, is unconfirmed. */
const isConflict = ({ status }: ServiceError): boolean => status === 400 || status === 409;

/** Where dropping addresses did not help, or there are none, only the name is left to be in the way. */
export const isTaken = ({ status, code, message }: ServiceError): boolean =>
  status === 409 || /conflict/i.test(code) || /userPrincipalName|conflict|already (?:exists|in use|been taken)/i.test(message);

type Round = { readonly answers: readonly BatchAnswer[]; readonly live: ReadonlySet<ObjectId> };

/** `live`: those that are no deleted items since they are accounts, by an earlier try or by somebody else. */
const restoreRound = async (client: GraphClient, ids: readonly ObjectId[], reconciles: boolean): Promise<Round> => {
  const live = new Set<ObjectId>();
  const early = async (refused: readonly Refused[]): Promise<ReadonlySet<number>> => {
    const away = refused.filter(({ error }) => error.status === 404);
    const looked = await readBatches(
      client,
      away.map(({ place }) => ({ method: "GET", path: `/users/${ids[place] ?? ""}?$select=id` })),
    );
    // What was deleted a moment ago may be neither yet; one that still looks like an account then shows when it is read back.
    return new Set(
      away.flatMap(({ place }, at) => {
        if (looked[at]?.type !== "done") return [place];
        live.add(ids[place] ?? "");
        return [];
      }),
    );
  };
  const answers = await sendPatiently(
    client,
    ids.map((id) => restoreItem(id, reconciles)),
    early,
  );
  return { answers, live };
};

const notBack = (error: ServiceError, because: string): Restored => ({ type: "not", outcome: outcomeOf(error), because });

const restoredBy = (answer: BatchAnswer | undefined, isLive: boolean, lacks: readonly string[]): Restored => {
  if (answer?.type === "done" || isLive) return { type: "back", lacks };
  if (answer?.type !== "failed") return { type: "not", outcome: INTERRUPTED, because: INTERRUPTED.because };
  const { error } = answer;
  if (error.status === 404) return notBack(error, GONE);
  return notBack(error, isConflict(error) && isTaken(error) ? ADDRESS_TAKEN : whyNot(error));
};

/**
 * Brings accounts back. Where an address is another's now, the account comes back without it; nobody gets another name for that, since a
 * name is what people know each other by.
 *
 * @returns what came of each. Never rejects for an answer of the service, nor for an abort.
 */
export const restoreAccounts = async (client: GraphClient, ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, Restored>> => {
  const first = await restoreRound(client, ids, false);
  const clashing = ids.filter((_, place) => {
    const answer = first.answers[place];
    return answer?.type === "failed" && answer.error.outcome === "refused" && isConflict(answer.error);
  });
  const second = await restoreRound(client, clashing, true);
  return new Map(
    ids.map((id, place) => {
      const again = clashing.indexOf(id);
      if (again < 0) return [id, restoredBy(first.answers[place], first.live.has(id), [])];
      return [id, restoredBy(second.answers[again], second.live.has(id), [ADDRESS_LOST])];
    }),
  );
};
