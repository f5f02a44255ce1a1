/** What became of accounts: there and enabled, there and blocked, among the deleted, or gone for good. Facts, section 7.7. */

import type { AccountStanding } from "../core/accounts/facts.ts";
import type { ObjectId } from "../core/tenant.ts";
import { type BatchItem, type ReadAnswer, readBatches, twentyAtATime } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { isMissing } from "./listed-accounts.ts";
import { readableOr, unreadableAnswer } from "./pager.ts";
import { flagIn, idIn, objectIn, type WireObject } from "./wire.ts";

type Standings = ReadonlyMap<ObjectId, AccountStanding>;
type Look = { readonly path: (id: ObjectId) => string; readonly select: string };

const LIVE: Look = { path: (id) => `/users/${id}`, select: "id,accountEnabled" };
const DELETED: Look = { path: (id) => `/directory/deletedItems/${id}`, select: "id,deletedDateTime" };

const itemFor = ({ path, select }: Look, id: ObjectId): BatchItem => ({ method: "GET", path: `${path(id)}?$select=${select}` });

/** Of those whom the directory has there. @throws ServiceError */
const foundBy = async (client: GraphClient, look: Look, ids: readonly ObjectId[], standing: (wire: WireObject) => AccountStanding): Promise<Standings> => {
  const answers = await readBatches(
    client,
    ids.map((id) => itemFor(look, id)),
  );
  const one = (id: ObjectId, answer: ReadAnswer | undefined): AccountStanding | undefined => {
    if (answer?.type === "failed") {
      if (isMissing(answer.error)) return undefined;
      throw answer.error;
    }
    const ask = { method: "GET", path: look.path(id) } as const;
    return readableOr(ask, () => {
      const wire = objectIn(answer?.body, "an account");
      if (idIn(wire.id, "an account's id") !== id) throw unreadableAnswer(ask, "it is about another account");
      return standing(wire);
    });
  };
  return new Map(
    ids.flatMap((id, place) => {
      const found = one(id, answers[place]);
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
};

const liveOf = (client: GraphClient, ids: readonly ObjectId[]): Promise<Standings> =>
  foundBy(client, LIVE, ids, (wire) => (flagIn(wire.accountEnabled, "whether an account is enabled") ? "enabled" : "blocked"));

const deletedOf = (client: GraphClient, ids: readonly ObjectId[]): Promise<Standings> => foundBy(client, DELETED, ids, () => "deleted");

const standingOfTwenty = async (client: GraphClient, ids: readonly ObjectId[]): Promise<readonly (readonly [ObjectId, AccountStanding])[]> => {
  const found = new Map<ObjectId, AccountStanding>();
  // One that came back between the two would be in neither, and who is gone is made anew: so the living are looked at again.
  for (const look of [liveOf, deletedOf, liveOf]) {
    const left = ids.filter((id) => !found.has(id));
    if (left.length > 0) for (const [id, standing] of await look(client, left)) found.set(id, standing);
  }
  return ids.map((id) => [id, found.get(id) ?? "gone"]);
};

/**
 * In the order of the ids, each once.
 * @throws ServiceError when of one of them nobody can say; whatever aborted the connection
 */
export const standingsOf = async (
  client: GraphClient,
  ids: readonly ObjectId[],
  progress: (done: number) => void = () => undefined,
): Promise<ReadonlyMap<ObjectId, AccountStanding>> => {
  const wanted = [...new Set(ids)];
  const found = new Map<ObjectId, AccountStanding>();
  await twentyAtATime(wanted, async (some) => {
    for (const [id, standing] of await standingOfTwenty(client, some)) found.set(id, standing);
    progress(found.size);
  });
  return new Map(
    wanted.flatMap((id) => {
      const standing = found.get(id);
      return standing === undefined ? [] : [[id, standing] as const];
    }),
  );
};
