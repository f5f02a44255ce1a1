/** Writes of which a second one does no harm, sent again while there is hope: after a bad moment, and while something is not known everywhere. */

import type { ServiceError } from "../service.ts";
import { type BatchAnswer, type BatchItem, sendBatches } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { REPLICATION_MS } from "./kind.ts";

/** Tries of a write that nobody can say whether it was done, the first one included. */
const TRIES = 4;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

const NEVER_SENT: BatchAnswer = { type: "unsent" };

const isUnclear = (answer: BatchAnswer | undefined): boolean => answer?.type === "failed" && answer.error.outcome === "unknown";

/** A write that the service said no to, by its place among those that were sent. */
export type Refused = { readonly place: number; readonly error: ServiceError };

/**
 * Only for what comes to the same when it is done twice.
 *
 * @param early of those that were refused, by their places, the ones that came too early: tried again for `REPLICATION_MS`
 * @returns one answer an item, in their order; what was to be tried again when the connection was aborted counts as never sent. Never
 *   rejects for an answer of the service, nor for an abort.
 */
export const sendPatiently = async (
  client: GraphClient,
  items: readonly BatchItem[],
  early: (refused: readonly Refused[]) => Promise<ReadonlySet<number>>,
): Promise<readonly BatchAnswer[]> => {
  const answers = items.map((): BatchAnswer => NEVER_SENT);
  const until = client.clock.now() + REPLICATION_MS;
  let waiting = items.map((item, place) => ({ item, place }));
  try {
    for (let tries = 1, pause = FIRST_PAUSE_MS; waiting.length > 0; tries += 1, pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const got = await sendBatches(
        client,
        waiting.map(({ item }) => item),
      );
      const failed = waiting.flatMap(({ place }, at): readonly Refused[] => {
        const answer = got[at] ?? NEVER_SENT;
        // One that nobody can say of whether it was done stays so when its second try never left.
        if (answer.type !== "unsent" || !isUnclear(answers[place])) answers[place] = answer;
        return answer.type === "failed" ? [{ place, error: answer.error }] : [];
      });
      const refused = failed.filter(({ error }) => error.outcome === "refused");
      const late = refused.length === 0 ? new Set<number>() : await early(refused);
      const unclear = failed.filter(({ error }) => error.outcome === "unknown" && tries < TRIES).map(({ place }) => place);
      const again = new Set([...late, ...unclear]);
      waiting = waiting.filter(({ place }) => again.has(place));
      if (client.clock.now() + pause > until) break;
      if (waiting.length > 0) await client.clock.sleep(pause, client.signal);
    }
  } catch (error) {
    if (!client.signal.aborted) throw error;
    // What was refused did not happen, and was about to be tried again; of the rest nobody can say.
    for (const { place } of waiting) {
      const answer = answers[place];
      if (answer?.type === "failed" && answer.error.outcome === "refused") answers[place] = NEVER_SENT;
    }
  }
  return answers;
};
