/** Puts a fill together from its people and everything else. */

import type { Instant } from "../../runtime.ts";
import type { Fill, FillDomain, FillGroup, WireObject } from "../fill.ts";
import { type Account, DAY_MS, momentOf, userOf } from "./account.ts";
import { type Sku, subscribedSkus } from "./licences.ts";
import { type MethodsTraits, methodsFill } from "./methods.ts";
import { type IdSpace, idSpace } from "./numbers.ts";
import { type Layout, peopleOf } from "./people.ts";
import { methodsOf, registrationOf } from "./registration.ts";
import { auditsOf, registeredAt } from "./registrations.ts";
import { type RoleName, rolesOf } from "./roles.ts";
import { type SignInTraits, signInsOf } from "./sign-ins.ts";
import { mailAppsOf, usageBySignIns } from "./usage.ts";

/** Ids are drawn from the first eight digits; beyond this many accounts a page would take too long to be of use. */
const MOST_ACCOUNTS = 10_000_000;

/** How long before its start the tenant's registration report was computed. */
/** A tenant of usual size is read whole by nearly every command, several times; of a large one the beginning is enough to keep. */
const MOST_KEPT = 4_096;

const REPORT_AGE_MS = 3 * 3_600_000;

export type Ids = {
  /** The object id of an account that is there, by its user principal name. */
  readonly user: (address: string) => string;
  readonly group: IdSpace;
  readonly policy: IdSpace;
  readonly location: IdSpace;
};

export type SchoolFill = {
  readonly name: string;
  readonly displayName: string;
  readonly startsAt: Instant;
  readonly createdDateTime: string;
  readonly domains: readonly FillDomain[];
  readonly layout: Omit<Layout, "seed" | "startsAt">;
  /** Active members by role, by user principal name. */
  readonly roles: Readonly<Partial<Record<RoleName, readonly string[]>>>;
  readonly groups: (ids: Ids) => readonly FillGroup[];
  readonly policies: (ids: Ids) => readonly WireObject[];
  readonly locations: (ids: Ids) => readonly WireObject[];
  /** Off when missing. */
  readonly securityDefaults?: boolean;
  /** Which methods may be used; as in most tenants when missing. */
  readonly methods?: MethodsTraits;
  /** The subscriptions that were bought; all of a school's when missing. */
  readonly skus?: readonly Sku[];
  /** How many accounts hold each; by the shares of a school when missing. */
  readonly consumed?: (total: number) => Readonly<Record<Sku, number>>;
  /** From where and with what people sign in. */
  readonly signIns: SignInTraits;
  /** How the address of a school's head begins, who manages whoever else works there. */
  readonly head?: string;
  /** The directory on premises from which accounts come. */
  readonly onPremisesDomain?: string;
  /** Mailboxes with a hold, a forwarding or a delegate, by user principal name; none when missing. */
  readonly mailboxes?: (ids: Ids) => Readonly<Record<string, WireObject>>;
};

/**
 * @param accounts how many; the fill's own number when undefined
 * @throws RangeError when there are fewer than the fill needs, or too many
 */
export const fillOf = (description: SchoolFill, accounts: number | undefined): Fill => {
  const { name, startsAt } = description;
  const seed = `practice tenant ${name}`;
  const people = peopleOf({ ...description.layout, seed, startsAt });
  // What is told of an account stands in several collections: whoever goes through a list asks for the same one several times on end.
  let last: { readonly number: number; readonly account: Account } | undefined;
  const kept: Account[] = [];
  const accountAt = (number: number): Account => {
    const known = kept[number];
    if (known !== undefined) return known;
    if (last?.number !== number) last = { number, account: people.at(number) };
    if (number < MOST_KEPT) kept[number] = last.account;
    return last.account;
  };
  const total = accounts ?? people.usual;
  if (!Number.isInteger(total) || total < people.usual || total > MOST_ACCOUNTS) {
    throw new RangeError(`the fill ${name} takes ${people.usual.toLocaleString("en-GB")} to ${MOST_ACCOUNTS.toLocaleString("en-GB")} accounts, not ${total}`);
  }
  const users = idSpace(`${seed} users`);
  const methods = idSpace(`${seed} methods`);
  const wire = { startsAt, users, requests: idSpace(`${seed} sign-ins`), onPremisesDomain: description.onPremisesDomain ?? "schools.internal.example" };
  const briefUsers: WireObject[] = [];
  const ids: Ids = {
    user: (address) => {
      const number = people.numberOf(address, total);
      if (number === undefined) throw new RangeError(`the fill ${name} has no account ${address}`);
      return users.idAt(number);
    },
    group: idSpace(`${seed} groups`),
    policy: idSpace(`${seed} policies`),
    location: idSpace(`${seed} locations`),
  };
  const tenantId = idSpace(seed).idAt(0);
  const mailboxes = new Map(Object.entries(description.mailboxes?.(ids) ?? {}).map(([address, kept]) => [ids.user(address), kept]));
  const admins = new Set(Object.values(description.roles).flatMap((addresses) => addresses.map(ids.user)));
  const refreshed = momentOf(startsAt - REPORT_AGE_MS);
  const inRange = (number: number | undefined): number | undefined => (number === undefined || number >= total ? undefined : number);
  const domains = new Set(description.layout.schools.map((school) => school.domain));
  const headOf = ({ address, employeeType, guest }: Account): number | undefined => {
    const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    const isStaff = description.head !== undefined && guest === undefined && employeeType !== "Pupil" && domains.has(domain);
    return isStaff ? people.numberOf(`${description.head}@${domain}`, total) : undefined;
  };
  const pupils = description.layout.schools.reduce((sum, school) => sum + school.pupils, 0) + Math.floor((total - people.usual) / 3);
  return {
    name,
    seed,
    startsAt,
    tenant: {
      id: tenantId,
      displayName: description.displayName,
      createdDateTime: description.createdDateTime,
      countryLetterCode: "GB",
      verifiedDomains: description.domains,
    },
    accounts: total,
    user: (index, now, brief) => {
      if (brief !== true || index >= MOST_KEPT) return userOf(accountAt(index), index, wire, now, brief);
      const user = briefUsers[index] ?? userOf(accountAt(index), index, wire, startsAt, true);
      briefUsers[index] = user;
      return user;
    },
    perUserMfa: (index) => accountAt(index).perUserMfa ?? "disabled",
    ...(description.methods === undefined ? {} : { authenticationMethods: methodsFill(description.methods) }),
    indexOfId: (id) => inRange(users.numberOf(id)),
    indexOfAddress: (address) => people.numberOf(address, total),
    ...(mailboxes.size > 0 && { exchangeMailbox: (index: number) => mailboxes.get(users.idAt(index)) }),
    signIns: signInsOf(description.signIns, { seed, startsAt, total, accountAt: people.at, users, requests: wire.requests, tenantId }),
    audits: auditsOf({
      seed,
      startsAt,
      total,
      accountAt: people.at,
      users,
      siteOf: description.signIns.siteOf,
      elsewhere: description.signIns.elsewhere,
    }),
    methods: (index) => methodsOf(accountAt(index), index, methods, registeredAt(index, startsAt) * 1000),
    usage: (index, user) => {
      const account = accountAt(index);
      const old = description.signIns.oldProgramOf?.(account, index);
      const programs = [...(account.program === undefined ? [] : [account.program]), ...(old === undefined ? [] : [old])];
      const isPerson = account.program === undefined;
      return usageBySignIns(user, account.mail === null ? [] : mailAppsOf(programs, isPerson, index), isPerson);
    },
    manager: (index) => {
      const head = headOf(accountAt(index));
      return head === undefined || head === index ? undefined : users.idAt(head);
    },
    registration: (index) => registrationOf(accountAt(index), users.idAt(index), admins.has(users.idAt(index)), refreshed),
    groups: description.groups(ids),
    policies: description.policies(ids),
    locations: description.locations(ids),
    roles: rolesOf(seed, Object.fromEntries(Object.entries(description.roles).map(([role, addresses]) => [role, addresses.map(ids.user)]))),
    // Counted by share, since counting a million accounts one by one would cost more than the number is worth.
    subscribedSkus: subscribedSkus(
      tenantId,
      description.displayName,
      description.consumed?.(total) ?? {
        faculty: Math.floor((total - pupils) * 0.86),
        basic: Math.floor((total - pupils) * 0.06),
        student: Math.floor(pupils / 9),
        studentBenefit: pupils - Math.floor(pupils / 9),
      },
      description.skus,
    ),
    securityDefaults: description.securityDefaults ?? false,
  };
};

/** The moment some days before another, ISO 8601. */
export const daysBefore = (at: Instant, days: number): string => momentOf(at - days * DAY_MS);
