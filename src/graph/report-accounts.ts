/** All accounts for a report: a stream of pages, nothing kept. Facts, sections 5, 7.7 and 7.8. */

import type { IdIndex } from "../core/ids.ts";
import type { AttributeWord } from "../core/plan/plan.ts";
import type { Account, Stamps } from "../core/reports/account.ts";
import type { Instant, ObjectId, Person, PerUserState } from "../core/tenant.ts";
import type { Ask, GraphClient } from "./client.ts";
import { pagesOf, readableOr } from "./pager.ts";
import { personIn, USER_FIELDS } from "./people.ts";
import { stateIn } from "./per-user-mfa.ts";
import { instantIn, listIn, objectIn, optionalText, textIn, type WireObject } from "./wire.ts";

const PAGE = "999";
/** The greatest with `signInActivity`. */
const PAGE_WITH_ACTIVITY = "500";

export type AccountsWish = {
  readonly attributes: readonly AttributeWord[];
  readonly activity: boolean;
  /** Undocumented, so only where somebody has looked whether the list tells it. */
  readonly perUser: boolean;
  /** When they were made and hired, and whether an invitation was accepted. */
  readonly story: boolean;
};

/**
 * An object that is copied and added to costs V8 several times what reading the whole page costs, and a million pass: these are made in
 * one go. What was not told is no member, as everywhere.
 */
class MadeStamps implements Stamps {
  declare readonly attempted?: Instant;
  declare readonly other?: Instant;
  declare readonly succeeded?: Instant;

  constructor(attempted: Instant | undefined, other: Instant | undefined, succeeded: Instant | undefined) {
    if (attempted !== undefined) this.attempted = attempted;
    if (other !== undefined) this.other = other;
    if (succeeded !== undefined) this.succeeded = succeeded;
  }
}

class MadeAccount implements Account {
  readonly id: ObjectId;
  readonly address: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly guest: boolean;
  readonly synced: boolean;
  readonly pupil: boolean;
  readonly aliases: readonly string[];
  readonly nobody: boolean;
  readonly upn: string;
  readonly licences: readonly ObjectId[];
  readonly stamps: Account["stamps"];
  readonly pending: boolean;
  declare readonly attributes?: { readonly [attribute: string]: string };
  declare readonly created?: Instant;
  declare readonly hired?: Instant;
  declare readonly perUser?: PerUserState;

  constructor(person: Person, wire: WireObject, wish: AccountsWish) {
    this.id = person.id;
    this.address = person.address;
    this.name = person.name;
    this.enabled = person.enabled;
    this.guest = person.guest;
    this.synced = person.synced;
    this.pupil = person.pupil;
    this.aliases = person.aliases;
    this.nobody = person.nobody;
    this.upn = textIn(wire.userPrincipalName, "an account's address");
    this.licences = licencesIn(wire.assignedLicenses);
    this.stamps = wish.activity ? stampsIn(wire.signInActivity) : "unknown";
    this.pending = wish.story && optionalText(wire.externalUserState, "the state of an invitation") === "PendingAcceptance";
    const created = wish.story ? instantIn(wire.createdDateTime) : undefined;
    const hired = wish.story ? instantIn(wire.employeeHireDate) : undefined;
    if (person.attributes !== undefined) this.attributes = person.attributes;
    if (created !== undefined) this.created = created;
    if (hired !== undefined) this.hired = hired;
    if (wish.perUser) this.perUser = stateIn(wire.perUserMfaState ?? "disabled");
  }
}

/** @throws Unreadable */
export const stampsIn = (value: unknown): Account["stamps"] => {
  // Not said at all: never. Said, and empty: nobody can tell.
  if (value === undefined) return "never";
  if (value === null) return "unknown";
  const wire = objectIn(value, "an account's sign-in activity");
  const attempted = instantIn(wire.lastSignInDateTime);
  const other = instantIn(wire.lastNonInteractiveSignInDateTime);
  const succeeded = instantIn(wire.lastSuccessfulSignInDateTime);
  if (attempted === undefined && other === undefined && succeeded === undefined) return "never";
  return new MadeStamps(attempted, other, succeeded);
};

const NONE: readonly ObjectId[] = [];

/** Most accounts have one product or none. */
const licencesIn = (value: unknown): readonly ObjectId[] => {
  const list = listIn(value ?? NONE, "an account's licences");
  return list.length === 0 ? NONE : list.map((item) => textIn(objectIn(item, "a licence").skuId, "a licence's id").toLowerCase());
};

/** @throws Unreadable */
export const accountIn = (value: unknown, students: ReadonlySet<ObjectId>, nobodies: IdIndex, wish: AccountsWish): Account => {
  const wire: WireObject = objectIn(value, "an account");
  return new MadeAccount(personIn(value, students, nobodies, wish), wire, wish);
};

/** What has to be selected for it. */
export const accountFields = ({ attributes, activity, perUser, story }: AccountsWish): readonly string[] => [
  ...USER_FIELDS,
  ...attributes.filter((attribute) => !attribute.startsWith("extensionAttribute")),
  ...(attributes.some((attribute) => attribute.startsWith("extensionAttribute")) ? ["onPremisesExtensionAttributes"] : []),
  ...(story ? ["createdDateTime", "employeeHireDate", "externalUserState"] : []),
  ...(perUser ? ["perUserMfaState"] : []),
  ...(activity ? ["signInActivity"] : []),
];

/**
 * Every account, page by page, in the order of the service.
 *
 * @param nobodies accounts that synchronise the directory
 * @throws ServiceError; `ExpiredPages` when whoever reads has to begin anew
 */
export async function* accountPages(
  client: GraphClient,
  students: ReadonlySet<ObjectId>,
  nobodies: IdIndex,
  wish: AccountsWish,
): AsyncGenerator<readonly Account[], void, undefined> {
  const ask: Ask = {
    method: "GET",
    path: "/users",
    query: { $select: accountFields(wish).join(","), $top: wish.activity ? PAGE_WITH_ACTIVITY : PAGE },
  };
  for await (const page of pagesOf(client, ask)) yield readableOr(ask, () => page.map((value) => accountIn(value, students, nobodies, wish)));
}
