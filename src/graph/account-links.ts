/**
 * What belongs to accounts: their groups, licences and manager, read live and given back where it is missing. Which of it the service
 * brings back by itself with a deleted account is unconfirmed (facts, 7.7), so that only a look tells.
 */

import type { AccountLinks } from "../core/accounts/facts.ts";
import { isNothing, type LinksHeld, type LinksMissing, linksMissing } from "../core/accounts/links.ts";
import type { ObjectId } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import { whyNot } from "./account-words.ts";
import { type BatchAnswer, type BatchItem, type ReadAnswer, readBatches } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { REPLICATION_MS } from "./kind.ts";
import { listOf, readableOr } from "./pager.ts";
import { type Refused, sendPatiently } from "./patience.ts";
import { idIn, listIn, objectIn, optionalText, sortedOnce, type WireObject } from "./wire.ts";

/** `id`: the account as it is now, which for one that was made anew is not the one that the links were kept of. */
export type Wanted = { readonly id: ObjectId; readonly links: AccountLinks };

type Licence = AccountLinks["licences"][number];

/** `located`: it has a usage location, without which no licence is given. */
type Held = LinksHeld & { readonly located: boolean };

const idOfRow = (value: unknown): ObjectId => idIn(objectIn(value, "a membership").id, "an id");

const licenceIn = (value: unknown): Licence & { readonly wire: WireObject } => {
  const wire = objectIn(value, "a licence");
  const off = listIn(wire.disabledPlans ?? [], "the services of a licence that are off");
  return { sku: idIn(wire.skuId, "a product"), off: sortedOnce(off.map((plan) => idIn(plan, "a service"))), wire };
};

/** Of those by a group the states alone tell; a product that no state tells of was given to the account itself. */
export const directLicencesIn = (account: WireObject): readonly Licence[] => {
  const states = listIn(account.licenseAssignmentStates ?? [], "the states of licences").map(licenceIn);
  const own = states.filter(({ wire }) => !wire.assignedByGroup && wire.state !== "Error");
  const untold = listIn(account.assignedLicenses ?? [], "licences")
    .map(licenceIn)
    .filter(({ sku }) => !states.some((state) => state.sku === sku));
  return [...own, ...untold].map(({ sku, off }) => ({ sku, off }));
};

const MEMBERSHIPS = { $select: "id", $top: "999" } as const;

const readsOf = (id: ObjectId): readonly [BatchItem, BatchItem, BatchItem] => [
  { method: "GET", path: `/users/${id}?$select=id,usageLocation,assignedLicenses,licenseAssignmentStates` },
  { method: "GET", path: `/users/${id}/memberOf?$select=${MEMBERSHIPS.$select}&$top=${MEMBERSHIPS.$top}` },
  { method: "GET", path: `/users/${id}/manager?$select=id` },
];

const isAway = (answer: ReadAnswer | undefined): boolean => answer?.type === "failed" && answer.error.status === 404;

const bodyOf = (answer: ReadAnswer | undefined): unknown => {
  if (answer?.type === "done") return answer.body;
  throw answer?.type === "failed" ? answer.error : new Error("a read was never asked for");
};

/** @throws ServiceError */
const heldIn = async (client: GraphClient, id: ObjectId, answers: readonly (ReadAnswer | undefined)[]): Promise<Held> => {
  const [accountItem, groupsItem, managerItem] = readsOf(id);
  const [accountAnswer, groupsAnswer, managerAnswer] = answers;
  const account = bodyOf(accountAnswer);
  const page = bodyOf(groupsAnswer);
  const manager = isAway(managerAnswer) ? undefined : bodyOf(managerAnswer);
  const isLong = readableOr(groupsItem, () => objectIn(page, "memberships")["@odata.nextLink"] !== undefined);
  const groups = isLong
    ? await listOf(client, { method: "GET", path: `/users/${id}/memberOf`, query: MEMBERSHIPS }, idOfRow)
    : readableOr(groupsItem, () => listIn(objectIn(page, "memberships").value, "memberships").map(idOfRow));
  return {
    groups,
    manager: manager === undefined ? undefined : readableOr(managerItem, () => idIn(objectIn(manager, "a manager").id, "a manager's id")),
    ...readableOr(accountItem, () => {
      const wire = objectIn(account, "an account");
      return { licences: directLicencesIn(wire), located: Boolean(optionalText(wire.usageLocation, "a usage location")) };
    }),
  };
};

/** One that came back a moment ago may not be known everywhere yet. Facts, section 5. @throws whatever aborted the connection */
const readHeld = async (client: GraphClient, ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, Held | ServiceError>> => {
  const held = new Map<ObjectId, Held | ServiceError>();
  const until = client.clock.now() + REPLICATION_MS;
  let waiting = ids;
  for (let pause = 1_000; waiting.length > 0; pause = Math.min(pause * 2, 15_000)) {
    const answers = await readBatches(client, waiting.flatMap(readsOf));
    const early: ObjectId[] = [];
    for (const [place, id] of waiting.entries()) {
      const own = answers.slice(place * 3, place * 3 + 3);
      // Nobody who has no manager is away for that.
      if (own.slice(0, 2).some(isAway) && client.clock.now() + pause <= until) early.push(id);
      else {
        const read = await heldIn(client, id, own).catch((error: unknown) => {
          if (error instanceof ServiceError) return error;
          throw error;
        });
        held.set(id, read);
      }
    }
    waiting = early;
    if (waiting.length > 0) await client.clock.sleep(pause, client.signal);
  }
  return held;
};

// ---- giving back

type Gift = { readonly account: ObjectId; readonly located: boolean } & (
  | { readonly type: "group"; readonly group: ObjectId }
  | { readonly type: "licences"; readonly licences: readonly Licence[] }
  | { readonly type: "manager"; readonly manager: ObjectId }
);

const giftsFor = (account: ObjectId, { groups, licences, manager }: LinksMissing, located: boolean): readonly Gift[] => [
  ...groups.map((group): Gift => ({ type: "group", account, located, group })),
  // Together, since one may stand on another.
  ...(licences.length === 0 ? [] : [{ type: "licences", account, located, licences } satisfies Gift]),
  ...(manager === undefined ? [] : [{ type: "manager", account, located, manager } satisfies Gift]),
];

const reference = (client: GraphClient, id: ObjectId) => ({ "@odata.id": `${client.origin}/v1.0/directoryObjects/${id}` });

const itemFor = (client: GraphClient, gift: Gift): BatchItem => {
  switch (gift.type) {
    case "group":
      return { method: "POST", path: `/groups/${gift.group}/members/$ref`, body: reference(client, gift.account) };
    case "licences":
      return {
        method: "POST",
        path: `/users/${gift.account}/assignLicense`,
        body: { addLicenses: gift.licences.map(({ sku, off }) => ({ skuId: sku, disabledPlans: off })), removeLicenses: [] },
      };
    case "manager":
      return { method: "PUT", path: `/users/${gift.account}/manager/$ref`, body: reference(client, gift.manager) };
  }
};

/** What besides the account has to be there; nothing else of a gift can be gone. */
const targetOf = (gift: Gift): string | undefined =>
  gift.type === "group" ? `/groups/${gift.group}?$select=id` : gift.type === "manager" ? `/users/${gift.manager}?$select=id` : undefined;

const isThere = (error: ServiceError): boolean => error.status === 400 && /already exist/i.test(error.message);
const isUnlocated = (error: ServiceError): boolean => error.status === 400 && /usage location/i.test(error.message);
const isUsedUp = (error: ServiceError): boolean => error.status === 400 && /available licen[sc]es/i.test(error.message);

/** A 404 says that something is not there, and not what: those whose group or manager is there came too early for the account itself. */
const earlyOf =
  (client: GraphClient, gifts: readonly Gift[], gone: Set<Gift>) =>
  async (refused: readonly Refused[]): Promise<ReadonlySet<number>> => {
    const early = new Set<number>();
    const asked: { readonly place: number; readonly gift: Gift; readonly item: BatchItem }[] = [];
    for (const { place, error } of refused) {
      const gift = gifts[place];
      if (gift === undefined) continue;
      // The location of an account may arrive after it.
      if (error.status !== 404) {
        if (gift.located && isUnlocated(error)) early.add(place);
        continue;
      }
      const path = targetOf(gift);
      if (path === undefined) early.add(place);
      else asked.push({ place, gift, item: { method: "GET", path } });
    }
    const answers = await readBatches(
      client,
      asked.map(({ item }) => item),
    );
    for (const [at, { place, gift }] of asked.entries()) {
      if (isAway(answers[at])) gone.add(gift);
      else early.add(place);
    }
    return early;
  };

/** What a gift is, for a sentence. */
const nameOf = (gift: Gift): string => {
  switch (gift.type) {
    case "group":
      return `group ${gift.group}`;
    case "licences":
      return `licence ${gift.licences.map(({ sku }) => sku).join(", ")}`;
    case "manager":
      return `manager ${gift.manager}`;
  }
};

const lackOf = (gift: Gift, error: ServiceError, isGone: boolean): string => {
  if (isGone) return "it is gone";
  if (gift.type === "licences" && !gift.located) return "the account has no usage location";
  if (gift.type === "licences" && isUsedUp(error)) return "none is left";
  if (gift.type === "group" && error.status === 400) return `${whyNot(error)}, as of a group that has a rule now, or is kept on premises`;
  return whyNot(error);
};

/** @returns why not, in words; undefined when it has it. */
const shortOf = (gift: Gift, answer: BatchAnswer | undefined, gone: ReadonlySet<Gift>): string | undefined => {
  if (answer === undefined || answer.type === "unsent") return `${nameOf(gift)}: interrupted before it was given back`;
  if (answer.type === "done" || (gift.type === "group" && isThere(answer.error))) return undefined;
  return `${nameOf(gift)}: ${lackOf(gift, answer.error, gone.has(gift))}`;
};

type Lacks = Map<ObjectId, string[]>;

const note = (lacks: Lacks, account: ObjectId, lack: string | undefined): void => {
  if (lack !== undefined) lacks.set(account, [...(lacks.get(account) ?? []), lack]);
};

/** @returns licences that were refused together, of which some may be had alone. */
const give = async (client: GraphClient, gifts: readonly Gift[], lacks: Lacks): Promise<readonly Extract<Gift, { readonly type: "licences" }>[]> => {
  const gone = new Set<Gift>();
  const items = gifts.map((gift) => itemFor(client, gift));
  const answers = await sendPatiently(client, items, earlyOf(client, gifts, gone));
  return gifts.flatMap((gift, place) => {
    const answer = answers[place];
    const isRefused = answer?.type === "failed" && answer.error.outcome === "refused";
    if (gift.type === "licences" && gift.licences.length > 1 && isRefused) return [gift];
    note(lacks, gift.account, shortOf(gift, answer, gone));
    return [];
  });
};

/** Of each account one product after another: two at once for one account may come into each other's way. */
const giveSingly = async (client: GraphClient, refused: readonly Extract<Gift, { readonly type: "licences" }>[], lacks: Lacks): Promise<void> => {
  for (let turn = 0; ; turn += 1) {
    const round = refused.flatMap((gift): readonly Gift[] => gift.licences.slice(turn, turn + 1).map((licence) => ({ ...gift, licences: [licence] })));
    if (round.length === 0) return;
    await give(client, round, lacks);
  }
};

const wantsNothing = ({ groups, licences, manager }: AccountLinks): boolean => isNothing({ groups, licences, manager });

/**
 * Gives each account what it lacks of its links, and nothing that it has. May be asked for again and again.
 *
 * @returns what it does not have all the same, in words and ids alone, by account; who has everything is not in it. Never rejects for an
 *   answer of the service, nor for an abort.
 */
export const giveBack = async (client: GraphClient, wanted: readonly Wanted[]): Promise<ReadonlyMap<ObjectId, readonly string[]>> => {
  const lacks: Lacks = new Map();
  const some = wanted.filter(({ links }) => !wantsNothing(links));
  try {
    const held = await readHeld(
      client,
      some.map(({ id }) => id),
    );
    const gifts = some.flatMap(({ id, links }): readonly Gift[] => {
      const have = held.get(id);
      if (have === undefined || have instanceof ServiceError) {
        note(lacks, id, `what belongs to it could not be read${have === undefined ? "" : `: ${have.status === 404 ? "it is not there" : whyNot(have)}`}`);
        return [];
      }
      return giftsFor(id, linksMissing(links, have), have.located);
    });
    await giveSingly(client, await give(client, gifts, lacks), lacks);
  } catch (error) {
    if (!client.signal.aborted) throw error;
    for (const { id } of some) if (!lacks.has(id)) note(lacks, id, "interrupted before everything was given back");
  }
  return lacks;
};
