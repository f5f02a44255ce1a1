/**
 * The state of a practice tenant: its fill plus everything written since. Nothing here is a rule of the service; routes
 * and rules decide what may be written, this keeps it and says who sees it when.
 */

import type { Clock, Instant } from "../runtime.ts";
import { type Base, baseOf, Collection, idOf } from "./collection.ts";
import { type Dials, defaultDials } from "./dials.ts";
import { createDynamicMembers, type DynamicMembers } from "./dynamic-members.ts";
import { ORGANIZATION, plansOf, transportOf } from "./exchange/defaults.ts";
import type { Fill, WireObject } from "./fill.ts";
import { USUAL_METHODS } from "./fills/methods.ts";
import { guidFrom } from "./ids.ts";
import { Members, ownersOf } from "./members.ts";

export { guidFrom } from "./ids.ts";

export const COLLECTIONS = [
  "users",
  "groups",
  "policies",
  "namedLocations",
  "deletedUsers",
  "deletedGroups",
  "deletedPolicies",
  "deletedNamedLocations",
  "directoryRoles",
  "subscribedSkus",
  "domains",
  /** One object an account: `{id, value: [methods]}`. */
  "authenticationMethods",
  /** One object an account, its `id` the account's. */
  "registrationDetails",
  /** One object, `isEnabled`. */
  "securityDefaults",
  /** One object an account, its `id` the account's: `perUserMfaState`, and since when. */
  "perUserMfa",
  /** One object, its configurations apart. */
  "authenticationMethodsPolicy",
  "authenticationMethodConfigurations",
  /** Policies that change their state by themselves: `{id, state, at}`. */
  "scheduledStates",
  /** Sign-ins that tests put there, beside those that the fill computes. */
  "signIns",
  /** What tests say that somebody did in the directory, beside what the fill computes. */
  "directoryAudits",
  /** One object, `displayConcealedNames`, once somebody has set it. */
  "reportSettings",
  /** One object an account, its `id` the account's: `manager`, an id or null. */
  "managers",
  /** Applications that tests put there, for somebody to own. */
  "applications",
  /** Assignments of roles for a part of the directory (unifiedRoleAssignment), which tests put there, beside the members of roles. */
  "roleAssignments",
  /** Roles that somebody may activate (unifiedRoleEligibilityScheduleInstance), which tests put there. */
  "roleEligibilities",
  /** One object a subscription, its `id` the skuId: how many units are in use beyond those that the fill has counted. */
  "licenceUse",
  /** What tests say of mailboxes, each `{id, userPurpose}` with the account's id; null: it has none. */
  "mailboxes",
  /** One object an account, its `id` the account's: which protocols its mailbox has, once they are not as the fill has them. */
  "casMailboxes",
  "casMailboxPlans",
  /** What tests say of mailboxes beside that, with the account's id: holds, forwarding, who else may (exchange/keeping.ts). */
  "exchangeMailboxes",
  /** One object. */
  "transportConfig",
  "authenticationPolicies",
  /** One object: what the cmdlets of the organization show and set. */
  "organizationConfig",
] as const;
export type CollectionName = (typeof COLLECTIONS)[number];

export const METHODS_POLICY_ID = "authenticationMethodsPolicy";
export const SECURITY_DEFAULTS_ID = "00000000-0000-0000-0000-000000000005";

/**
 * One effect of a write, as the log keeps it. `seenFrom` is when readers begin to see it; `made` takes a new id;
 * `keeps`: what went on by itself in the object, as an account's sign-ins do, goes on.
 */
export type Change =
  | {
      readonly type: "put";
      readonly collection: CollectionName;
      readonly object: WireObject;
      readonly seenFrom: Instant;
      readonly made?: true;
      readonly keeps?: true;
    }
  | { readonly type: "remove"; readonly collection: CollectionName; readonly id: string; readonly seenFrom: Instant }
  /** `container` is the id of a group or of a directory role. */
  | { readonly type: "members"; readonly container: string; readonly added: readonly string[]; readonly removed: readonly string[]; readonly seenFrom: Instant }
  | { readonly type: "dials"; readonly dials: Dials }
  /** Matching requests that each fault rule has met so far. */
  | { readonly type: "faults"; readonly met: readonly number[] };

/** One line of the log: what was written in one go. */
export type Entry = { readonly at: Instant; readonly changes: readonly Change[] };

/** Which lag applies: the two services replicate on their own. */
export type Service = "directory" | "conditionalAccess";

/** The service's way to write a moment: whole seconds, UTC. */
export const moment = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const addressOf = (user: WireObject | undefined): string | undefined => {
  const address = user?.["userPrincipalName"];
  return typeof address === "string" ? address.toLowerCase() : undefined;
};

/** `SMTP:a@b.example` and `smtp:a@b.example` are the same address. */
export const plainAddress = (proxy: string): string => proxy.replace(/^smtp:/i, "").toLowerCase();

const mailAddressesOf = (user: WireObject): readonly string[] => {
  const proxies = user["proxyAddresses"];
  return Array.isArray(proxies) ? proxies.filter((each) => typeof each === "string").map(plainAddress) : [];
};

const ofAccounts = (fill: Fill, at: Base["at"]): Base => ({ count: fill.accounts, at, indexOf: fill.indexOfId });

/** People go on signing in, also when somebody changed a property of theirs; with a blocked account nobody does. */
const usersOf = (fill: Fill, now: () => Instant): Base => {
  const at = (index: number, brief = false): WireObject => fill.user(index, now(), brief);
  const refreshed = (object: WireObject, index: number): WireObject => {
    const { signInActivity } = object["accountEnabled"] === false ? object : at(index);
    const { signInActivity: _, ...rest } = object;
    return signInActivity === undefined ? rest : { ...rest, signInActivity };
  };
  return { ...ofAccounts(fill, at), refreshed };
};

const collectionsOf = (fill: Fill, now: () => Instant): Record<CollectionName, Collection> => ({
  users: new Collection(usersOf(fill, now)),
  perUserMfa: new Collection(
    ofAccounts(fill, (index) => ({ id: idOf(fill.user(index, undefined, true)), perUserMfaState: fill.perUserMfa?.(index) ?? "disabled" })),
  ),
  authenticationMethodsPolicy: new Collection(baseOf([(fill.authenticationMethods ?? USUAL_METHODS).policy])),
  authenticationMethodConfigurations: new Collection(baseOf((fill.authenticationMethods ?? USUAL_METHODS).configurations)),
  scheduledStates: new Collection(baseOf([])),
  signIns: new Collection(baseOf([])),
  directoryAudits: new Collection(baseOf([])),
  reportSettings: new Collection(baseOf([])),
  managers: new Collection(ofAccounts(fill, (index) => ({ id: idOf(fill.user(index, undefined, true)), manager: fill.manager?.(index) ?? null }))),
  applications: new Collection(baseOf([])),
  roleAssignments: new Collection(baseOf([])),
  roleEligibilities: new Collection(baseOf([])),
  licenceUse: new Collection(baseOf([])),
  mailboxes: new Collection(baseOf([])),
  casMailboxes: new Collection(baseOf([])),
  casMailboxPlans: new Collection(baseOf(plansOf(fill.seed))),
  exchangeMailboxes: new Collection(baseOf([])),
  transportConfig: new Collection(baseOf([transportOf(fill.smtpAuth === "off")])),
  authenticationPolicies: new Collection(baseOf([])),
  organizationConfig: new Collection(baseOf([ORGANIZATION])),
  authenticationMethods: new Collection(ofAccounts(fill, (index) => ({ id: idOf(fill.user(index, undefined, true)), value: fill.methods(index) }))),
  registrationDetails: new Collection(ofAccounts(fill, fill.registration)),
  groups: new Collection(baseOf(fill.groups.map((group) => group.object))),
  policies: new Collection(baseOf(fill.policies)),
  namedLocations: new Collection(baseOf(fill.locations)),
  directoryRoles: new Collection(baseOf(fill.roles.map((role) => role.object))),
  subscribedSkus: new Collection(baseOf(fill.subscribedSkus)),
  domains: new Collection(
    baseOf(
      fill.domains ??
        fill.tenant.verifiedDomains.map((domain) => ({
          authenticationType: domain.authenticationType,
          availabilityStatus: null,
          id: domain.name,
          isAdminManaged: true,
          isDefault: domain.isDefault,
          isInitial: domain.isInitial,
          isRoot: !fill.tenant.verifiedDomains.some((other) => other !== domain && domain.name.endsWith(`.${other.name}`)),
          isVerified: true,
          supportedServices: ["Email", "OfficeCommunicationsOnline"],
          passwordValidityPeriodInDays: null,
          passwordNotificationWindowInDays: null,
          state: null,
        })),
    ),
  ),
  securityDefaults: new Collection(
    baseOf([
      fill.securityDefaultsPolicy ?? {
        id: SECURITY_DEFAULTS_ID,
        displayName: "Security Defaults",
        description: "Security defaults is a set of basic identity security mechanisms recommended by Microsoft.",
        isEnabled: fill.securityDefaults,
      },
    ]),
  ),
  deletedUsers: new Collection(baseOf(fill.deleted?.users ?? [])),
  deletedGroups: new Collection(baseOf(fill.deleted?.groups ?? [])),
  deletedPolicies: new Collection(baseOf(fill.deleted?.policies ?? [])),
  deletedNamedLocations: new Collection(baseOf(fill.deleted?.locations ?? [])),
});

export class Store {
  readonly fill: Fill;
  readonly members: Members;
  readonly #collections: Record<CollectionName, Collection>;
  readonly #clock: Pick<Clock, "now">;
  readonly #record: (entry: Entry) => void;
  /** Ids by address of accounts that were written since the start; an address may be out of date and is checked. */
  readonly #addresses = new Map<string, string>();
  /** Ids by mail address, as far as accounts were written since the start; checked as well. */
  readonly #mailAddresses = new Map<string, string>();
  readonly #dynamic: DynamicMembers;
  #dials: Dials = defaultDials;
  #faultsMet: readonly number[] = [];
  #made = 0;
  #revision = 0;

  /** @param record gets every entry as it is written; replayed ones do not come again */
  constructor(fill: Fill, clock: Pick<Clock, "now">, record: (entry: Entry) => void) {
    this.fill = fill;
    this.#clock = clock;
    this.#record = record;
    this.#collections = collectionsOf(fill, clock.now);
    const { groups, users } = this.#collections;
    this.#dynamic = createDynamicMembers({ groups, users, now: clock.now, lagMs: () => this.#dials.dynamicGroupsLagMs });
    this.members = new Members(this.#dynamic.of);
    for (const { object } of fill.groups) this.#dynamic.note(object);
    for (const id of fill.withoutRegistration ?? []) {
      this.#collections.registrationDetails.set(id, undefined, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY);
    }
    for (const container of [...fill.groups, ...fill.roles]) this.members.fill(idOf(container.object), container.members);
    for (const { object, owners } of fill.groups) if (owners !== undefined) this.members.fill(ownersOf(idOf(object)), owners);
  }

  get now(): Instant {
    return this.#clock.now();
  }

  get dials(): Dials {
    return this.#dials;
  }

  /** Another number after every write. */
  get revision(): number {
    return this.#revision;
  }

  get faultsMet(): readonly number[] {
    return this.#faultsMet;
  }

  of(collection: CollectionName): Collection {
    return this.#collections[collection];
  }

  /** What a reader sees now. */
  seen(collection: CollectionName, id: string): WireObject | undefined {
    return this.of(collection).seen(id, this.now);
  }

  /** What a write can be done to: seen by readers, and still there. A new object is not, until it has replicated. */
  writable(collection: CollectionName, id: string): WireObject | undefined {
    return this.seen(collection, id) === undefined ? undefined : this.of(collection).current(id);
  }

  /** The account with an object id or a user principal name, as a reader sees it now. */
  seenUser(key: string): WireObject | undefined {
    return key.includes("@") ? this.#byAddress(key.toLowerCase(), (id) => this.seen("users", id)) : this.seen("users", key);
  }

  /** As `seenUser`, whether readers see it yet or not. */
  currentUser(key: string): WireObject | undefined {
    return key.includes("@") ? this.#byAddress(key.toLowerCase(), (id) => this.of("users").current(id)) : this.of("users").current(key);
  }

  /**
   * The account that has an address of mail now. Those of the fill have each their own: only who was written since can have another's.
   * @param address without what tells its kind, in any case
   */
  hasMailAddress(address: string): WireObject | undefined {
    const wanted = address.toLowerCase();
    const id = this.#mailAddresses.get(wanted);
    const user = id === undefined ? undefined : this.of("users").current(id);
    return user !== undefined && mailAddressesOf(user).includes(wanted) ? user : undefined;
  }

  /** What a reader finds under an object id now; the object itself is not computed. */
  seenType(id: string): "user" | "group" | undefined {
    if (this.of("users").isSeen(id, this.now)) return "user";
    return this.of("groups").isSeen(id, this.now) ? "group" : undefined;
  }

  /** A user or a group as a reader sees it now, with its type; of a user that signs in it may not say when. */
  seenObject(id: string): { readonly type: "user" | "group"; readonly object: WireObject } | undefined {
    const type = this.seenType(id);
    const object = type === undefined ? undefined : this.of(type === "user" ? "users" : "groups").seen(id, this.now, true);
    return type === undefined || object === undefined ? undefined : { type, object };
  }

  /** Whether a user or group is there, seen by readers and not deleted since. */
  canBeNamed(id: string): boolean {
    const type = this.seenType(id);
    return type !== undefined && this.of(type === "user" ? "users" : "groups").isSeen(id, Number.POSITIVE_INFINITY);
  }

  /** Groups in which an account or a group is, as a reader sees it now. @param transitive through other groups, too; cycles are safe */
  groupsOf(id: string, transitive: boolean): readonly WireObject[] {
    const now = this.now;
    const groups = [...this.of("groups").rows(now)].map((row) => row.object);
    const found = new Set<string>();
    const waiting = [id.toLowerCase()];
    for (let member = waiting.pop(); member !== undefined; member = waiting.pop()) {
      for (const group of groups) {
        const groupId = idOf(group);
        if (found.has(groupId) || !this.members.sees(groupId, member, now)) continue;
        found.add(groupId);
        if (transitive) waiting.push(groupId);
      }
    }
    return groups.filter((group) => found.has(idOf(group)));
  }

  /** Active directory roles of an account or a group, as a reader sees it now. */
  rolesOf(id: string): readonly WireObject[] {
    return [...this.of("directoryRoles").rows(this.now)].map((row) => row.object).filter((role) => this.members.sees(idOf(role), id, this.now));
  }

  /** When readers will see what a service writes now. */
  seenFrom(service: Service): Instant {
    return this.now + this.#dials.lagMs[service];
  }

  /**
   * The id of the next new thing: the same in every tenant of this fill that has made as many before. Taken by a put that says `made`.
   * @param ahead how many are made before it in the same write
   */
  newId(ahead = 0): string {
    return guidFrom(`${this.fill.seed} made ${this.#made + 1 + ahead}`);
  }

  /** Writes in one go: all of it is in the log, or nothing is. The request is answered only after it is on disk. */
  write(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const entry: Entry = { at: this.now, changes };
    this.apply(entry);
    this.#record(entry);
  }

  put(collection: CollectionName, object: WireObject, service: Service): void {
    this.write([{ type: "put", collection, object, seenFrom: this.seenFrom(service) }]);
  }

  /** What `write` does to the state, without the log. */
  apply(entry: Entry): void {
    this.#revision += 1;
    for (const change of entry.changes) this.#applyChange(change, entry.at);
  }

  #applyChange(change: Change, now: Instant): void {
    switch (change.type) {
      case "put": {
        this.of(change.collection).set(idOf(change.object), change.object, change.seenFrom, now, change.keeps === true);
        if (change.made) this.#made += 1;
        if (change.collection === "groups") this.#dynamic.note(change.object);
        const address = change.collection === "users" ? addressOf(change.object) : undefined;
        if (address !== undefined) this.#addresses.set(address, idOf(change.object));
        for (const each of change.collection === "users" ? mailAddressesOf(change.object) : []) this.#mailAddresses.set(each, idOf(change.object));
        return;
      }
      case "remove":
        this.of(change.collection).set(change.id, undefined, change.seenFrom, now);
        return;
      case "members":
        for (const id of change.removed) this.members.set(change.container, id, false, change.seenFrom, now);
        for (const id of change.added) this.members.set(change.container, id, true, change.seenFrom, now);
        return;
      case "dials":
        this.#dials = change.dials;
        this.#faultsMet = [];
        return;
      case "faults":
        this.#faultsMet = change.met;
        return;
    }
  }

  #byAddress(address: string, read: (id: string) => WireObject | undefined): WireObject | undefined {
    const written = this.#addresses.get(address);
    const user = written === undefined ? undefined : read(written);
    if (user !== undefined && addressOf(user) === address) return user;
    const index = this.fill.indexOfAddress(address);
    if (index === undefined) return undefined;
    const filled = read(idOf(this.fill.user(index, undefined, true)));
    return addressOf(filled) === address ? filled : undefined;
  }
}
