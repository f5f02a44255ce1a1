/** Accounts of a review list, live: what the directory and Exchange Online say of each, and what holds for all of them. */

import type { Listed, ListedAccount, ListedGround, ListedRead, MailFacts } from "./core/accounts/facts.ts";
import { IdIndex } from "./core/ids.ts";
import { absent, DIRECTORY_SYNCHRONIZATION_ACCOUNTS, type Known, type ObjectId, present, unknown } from "./core/tenant.ts";
import type { ExchangeClient } from "./exchange/client.ts";
import { type MailboxOwner, readMailFacts } from "./exchange/listed-mailboxes.ts";
import type { Ask, GraphClient } from "./graph/client.ts";
import { type ListedInDirectory, type ListedWish, readListedAccounts } from "./graph/listed-accounts.ts";
import { knownOr } from "./graph/live-account.ts";
import { listOf, oneOf, pagesOf, readableOr, withFreshStart } from "./graph/pager.ts";
import { productsOf } from "./graph/products.ts";
import { stampsIn } from "./graph/report-accounts.ts";
import { roleSets, rolesIn } from "./graph/role-sets.ts";
import { licenceOf } from "./graph/surroundings.ts";
import { usageReportsOf } from "./graph/usage-reports.ts";
import { idIn, lowerId, objectIn, optionalText, textIn } from "./graph/wire.ts";
import { withStamps } from "./read-people.ts";
import { ServiceError } from "./service.ts";

type Anybody = ListedGround["anybody"];
const NOBODY: Anybody = { stamped: false, succeeded: false };

const STAMPS: Ask = { method: "GET", path: "/users", query: { $select: "id,signInActivity", $top: "500" } };

/** Page after page until somebody's success is found, which is on the first nearly always. @throws ServiceError */
const anybodyIn = (client: GraphClient): Promise<Anybody> =>
  withFreshStart(async () => {
    let stamped = false;
    for await (const page of pagesOf(client, STAMPS)) {
      const stamps = readableOr(STAMPS, () => page.map((row) => stampsIn(objectIn(row, "an account").signInActivity)));
      for (const each of stamps) {
        if (each === "never" || each === "unknown") continue;
        stamped = true;
        if (each.succeeded !== undefined) return { stamped, succeeded: true };
      }
    }
    return { stamped, succeeded: false };
  });

const ME: Ask = { method: "GET", path: "/me", query: { $select: "id" } };

/** Who is signed in; absent: an application by itself, which is what the service says then (msgraph-sdk-php#1163 and others). */
const selfOf = async (client: GraphClient): Promise<Known<ObjectId>> => {
  try {
    const id = await oneOf(client, ME, (value) => idIn(objectIn(value, "an account").id, "an account's id"));
    return id === undefined ? unknown("the service knows no such account as the one that is signed in") : present(id);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return error.status === 400 && /delegated authentication/i.test(error.message) ? absent : unknown(error.message);
  }
};

/** Roles by their ids and by their templates, those of the tenant's own making as well. A name that nobody tells is no reason to tell nothing. */
const definitionsOf = async (client: GraphClient): Promise<ReadonlyMap<string, string>> => {
  const ask: Ask = { method: "GET", path: "/roleManagement/directory/roleDefinitions", query: { $select: "id,templateId,displayName" } };
  const known = await knownOr(() =>
    listOf(client, ask, (value) => {
      const wire = objectIn(value, "a role");
      return {
        id: textIn(wire.id, "a role's id"),
        template: optionalText(wire.templateId, "a role's template"),
        name: textIn(wire.displayName, "a role's name"),
      };
    }),
  );
  if (known.type !== "present") return new Map();
  return new Map(
    known.value.flatMap(({ id, template, name }) => [id, ...(template === undefined ? [] : [template])].map((each) => [lowerId(each), name] as const)),
  );
};

type Ground = { readonly ground: ListedGround; readonly wish: ListedWish };

/** What could not be read is unknown there. @throws whatever aborted the connection */
const groundOf = async (client: GraphClient, practice: boolean): Promise<Ground> => {
  const licensed = knownOr(() => licenceOf(client));
  const stamps = licensed.then(async (licence): Promise<{ readonly told: Known<true>; readonly value: Anybody | undefined }> => {
    try {
      return await withStamps(client, licence, async (activity) => (activity ? await anybodyIn(client) : undefined));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // Nobody is never then, and whoever is asked for by itself may still tell that it signed in.
      return { told: unknown(error.message), value: NOBODY };
    }
  });
  const [licence, { told, value: anybody }, products, roles, usage, self] = await Promise.all([
    licensed,
    stamps,
    knownOr(() => productsOf(client)),
    knownOr(() => roleSets(client)),
    usageReportsOf(client),
    selfOf(client),
  ]);
  const names = products.type === "present" ? products.value : new Map<ObjectId, string>();
  const sync = roles.type === "present" ? roles.value.sets.get(DIRECTORY_SYNCHRONIZATION_ACCOUNTS) : undefined;
  let definitions: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    ground: { told, anybody: anybody ?? NOBODY, products, usage, practice, self },
    wish: {
      students: new Set(licence.type === "present" ? licence.value.studentSkus : []),
      nobodies: sync?.type === "present" ? sync.value : new IdIndex(),
      activity: anybody !== undefined,
      licence,
      productName: (id) => names.get(id) ?? id,
      heldRoles: rolesIn(roles),
      roleNames: () => {
        definitions ??= definitionsOf(client).then((all) => new Map([...(roles.type === "present" ? roles.value.names : []), ...all]));
        return definitions;
      },
    },
  };
};

type Found = Omit<ListedAccount, "mail">;

const ownerOf = ({ account }: Found): MailboxOwner => ({ id: account.id, addresses: [account.address, ...account.aliases] });

export type ListedReader = (ids: readonly ObjectId[], progress?: (done: number) => void) => Promise<Listed>;

/**
 * Reads accounts, time and again; what holds for all of them is read the first time, and so is a missing grant for mailboxes found.
 * A read that failed makes its part unknown. The reader rejects with whatever aborted the connection, and for nothing else.
 */
export const listedReader = (client: GraphClient, exchange: () => ExchangeClient, practice: boolean): ListedReader => {
  let kept: Promise<Ground> | undefined;
  let denied: Known<never> | undefined;

  const mailFactsOf = async (owners: readonly MailboxOwner[], told: () => void): Promise<ReadonlyMap<ObjectId, Known<MailFacts>>> => {
    const known = denied;
    if (known === undefined && owners.length > 0) {
      const read = await readMailFacts(exchange(), owners, told);
      denied = read.denied;
      return read.facts;
    }
    for (const _ of owners) told();
    return new Map(owners.map(({ id }) => [id, known ?? unknown("it was not read")]));
  };

  return async (ids, progress = () => undefined) => {
    kept ??= groundOf(client, practice);
    const { ground, wish } = await kept;
    const wanted = [...new Set(ids)];
    let done = 0;
    const step = (): void => {
      done += 1;
      progress(done);
    };
    const inDirectory = new Map<ObjectId, ListedInDirectory>();
    const owners: MailboxOwner[] = [];
    await readListedAccounts(client, wanted, wish, (id, read) => {
      inDirectory.set(id, read);
      if (read.type === "found" && read.listed.mailbox !== "none") owners.push(ownerOf(read.listed));
      else step();
    });
    const mail = await mailFactsOf(owners, step);
    return {
      ground,
      accounts: new Map(
        wanted.map((id): readonly [ObjectId, ListedRead] => {
          const read = inDirectory.get(id) ?? { type: "unknown", because: "it was not read" };
          if (read.type !== "found") return [id, read];
          const { listed } = read;
          return [id, { type: "found", listed: { ...listed, mail: listed.mailbox === "none" ? absent : (mail.get(id) ?? unknown("it was not read")) } }];
        }),
      ),
    };
  };
};
