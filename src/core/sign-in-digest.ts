/**
 * What the log of sign-ins tells about a plan, folded as its rows stream past: who still uses old programs, from where people
 * sign in, which accounts look like programs. No row is kept.
 */

import ipaddr from "ipaddr.js";
import { localOf } from "./plan/moments.ts";
import { type Network, PROTOCOLS, type ProtocolWord } from "./plan/plan.ts";
import type { Roster } from "./roster.ts";
import type { Instant, Known, ObjectId } from "./tenant.ts";

/** How far back is looked for old programs and for accounts of programs: as far as the service keeps its log. */
export const USE_DAYS = 30;
/** And for where people sign in. */
export const PLACE_DAYS = 14;
/** So many accounts of the tenant at one address are no household: a school behind an egress that nobody named. */
export const CROWD = 10;

/** A sign-in as far as anybody here asks; whatever the service does not say is undefined. */
export type SignInRow = {
  readonly at: Instant;
  readonly account: ObjectId | undefined;
  /** In the service's words: `IMAP4`, `Browser`. */
  readonly client: string | undefined;
  readonly address: string | undefined;
  /** Two letters, upper case. */
  readonly country: string | undefined;
  readonly interactive: boolean | undefined;
};

/** Something that could not be had. `lasting`: this service never tells it, so that waiting helps nobody. */
export type Gap = { readonly words: string; readonly lasting: boolean };

/** How far a question was answered. */
export type Looked = {
  /** From here on everything was read. */
  readonly since: Instant;
  /** There is more than is read of it: before `since` little or nothing was looked at. */
  readonly cut: boolean;
  readonly gaps: readonly Gap[];
};

/** Successful sign-ins with programs that know the password only; `client` and `last` are those of the newest. */
export type OldUse = { readonly client: string; readonly last: Instant; readonly count: number };

/** By which protocols somebody got at a mailbox, whether with a password or with a token: the log has one word for both. */
export type MailUse = { readonly [protocol in ProtocolWord]?: { readonly last: Instant; readonly count: number } };

/** An address (an IPv6 one by its /64) outside every network of the plan, and who signed in from there, sorted. */
export type Crowd = { readonly address: string; readonly accounts: readonly ObjectId[] };

/** `password`: a program sends it; `refresh`: there are only sign-ins without a person. */
export type ServiceWay = "smtp" | "password" | "refresh";
export type ServiceUse = { readonly way: ServiceWay; readonly last: Instant };

/** A part that is not there was not asked for; `absent`: the tenant has no licence by which the service would tell. */
export type SignInDigest = {
  /** Nobody is in the log at all, so that it proves nothing. */
  readonly empty: boolean;
  readonly legacy?: Known<Looked & { readonly uses: ReadonlyMap<ObjectId, OldUse>; readonly mail?: ReadonlyMap<ObjectId, MailUse> }>;
  readonly places?: Known<
    Looked & {
      /** By the plan's name for the network; one from which nobody came is not there. */
      readonly networks: ReadonlyMap<string, { readonly last: Instant; readonly count: number }>;
      /** Only of `CROWD` accounts or more, the greatest first. */
      readonly crowds: readonly Crowd[];
    }
  >;
  readonly services?: Known<Looked & { readonly accounts: ReadonlyMap<ObjectId, ServiceUse> }>;
};

// ---- old programs

export type OldUses = ReadonlyMap<ObjectId, OldUse>;

const newer = (one: OldUse | undefined, other: OldUse): OldUse =>
  one === undefined ? other : { ...(other.last > one.last ? other : one), count: one.count + other.count };

/** Mail that a program hands in with a password. */
const SMTP = /^(?:authenticated )?smtp$/i;

/** When a program signed in last, and whether the service logs that as if a person had. */
export type ProgramUse = { readonly last: Instant; readonly interactive: boolean };
export type ProgramUses = ReadonlyMap<ObjectId, ProgramUse>;

const later = (one: ProgramUse | undefined, other: ProgramUse): ProgramUse =>
  one === undefined ? other : { last: Math.max(one.last, other.last), interactive: one.interactive || other.interactive };

export type MailUses = ReadonlyMap<ObjectId, MailUse>;

/** What the log calls the protocols that a mailbox has; some by two words. Facts, section 7.11. */
const PROTOCOLS_USED: Readonly<Record<string, ProtocolWord>> = {
  pop: "pop3",
  pop3: "pop3",
  imap: "imap",
  imap4: "imap",
  smtp: "smtpAuth",
  "authenticated smtp": "smtpAuth",
  "exchange activesync": "activeSync",
};

/** @param client in the service's words */
export const protocolOf = (client: string): ProtocolWord | undefined => PROTOCOLS_USED[client.toLowerCase()];

const withMail = (one: MailUse, other: MailUse): MailUse => {
  const joined: { [protocol in ProtocolWord]?: { readonly last: Instant; readonly count: number } } = { ...one };
  for (const protocol of PROTOCOLS) {
    const [a, b] = [one[protocol], other[protocol]];
    const both = a === undefined || b === undefined ? (a ?? b) : { last: Math.max(a.last, b.last), count: a.count + b.count };
    if (both !== undefined) joined[protocol] = both;
  }
  return joined;
};

export const joinedMail = (parts: readonly MailUses[]): MailUses => {
  const all = new Map<ObjectId, MailUse>();
  for (const part of parts) for (const [account, use] of part) all.set(account, withMail(all.get(account) ?? {}, use));
  return all;
};

/** @returns what reads rows, and what it made of them: of all old programs, and of those that hand in mail. */
export const oldUseReader = (): {
  readonly read: (row: SignInRow) => void;
  readonly uses: OldUses;
  readonly smtp: ProgramUses;
  readonly mail: MailUses;
} => {
  const [uses, smtp, mail] = [new Map<ObjectId, OldUse>(), new Map<ObjectId, ProgramUse>(), new Map<ObjectId, MailUse>()];
  return {
    uses,
    smtp,
    mail,
    read: ({ account, at, client = "an old program", interactive }) => {
      if (account === undefined) return;
      uses.set(account, newer(uses.get(account), { client, last: at, count: 1 }));
      const protocol = protocolOf(client);
      if (protocol !== undefined) mail.set(account, withMail(mail.get(account) ?? {}, { [protocol]: { last: at, count: 1 } }));
      if (SMTP.test(client)) smtp.set(account, later(smtp.get(account), { last: at, interactive: interactive === true }));
    },
  };
};

/** The log is told in two parts, which share no sign-in. */
export const joinedUses = (parts: readonly OldUses[]): OldUses => {
  const all = new Map<ObjectId, OldUse>();
  for (const part of parts) for (const [account, use] of part) all.set(account, newer(all.get(account), use));
  return all;
};

/** What the service calls programs that know the password only; of some it has two words. Facts, section 7.11. */
export const OLD_PROGRAMS = [
  "AutoDiscover",
  "Authenticated SMTP",
  "Exchange ActiveSync",
  "Exchange Online PowerShell",
  "Exchange Web Services",
  "IMAP",
  "IMAP4",
  "MAPI",
  "MAPI Over HTTP",
  "Offline Address Book",
  "Other clients",
  "Outlook Anywhere (RPC over HTTP)",
  "Outlook Service",
  "POP",
  "POP3",
  "Reporting Web Services",
  "SMTP",
] as const;

/** Those of them that are ways to a mailbox which can be turned off. */
export const MAIL_PROGRAMS: readonly string[] = OLD_PROGRAMS.filter((name) => protocolOf(name) !== undefined);

/** As people say them; the service has two words for some. */
const PROGRAMS: Readonly<Record<string, string>> = {
  imap4: "IMAP",
  pop3: "POP",
  "authenticated smtp": "SMTP",
  "exchange activesync": "ActiveSync",
  "other clients": "an old program",
};

const OLD_WORDS: ReadonlyMap<string, string> = new Map(OLD_PROGRAMS.map((name) => [name.toLowerCase(), PROGRAMS[name.toLowerCase()] ?? name]));

/** @returns undefined for a program of today, and for one that nobody knows. */
export const oldProgram = (client: string): string | undefined => OLD_WORDS.get(client.toLowerCase());

const DAY_MS = 86_400_000;

const dayIn = (instant: Instant, zone: string): number => Date.parse(`${localOf(instant, zone).slice(0, 10)}T00:00:00Z`) / DAY_MS;

/** `today`, `yesterday`, `12 days ago`, by the calendar of the zone. */
export const agoWords = (at: Instant, now: Instant, zone: string): string => {
  const days = dayIn(now, zone) - dayIn(at, zone);
  return days <= 0 ? "today" : days === 1 ? "yesterday" : `${days} days ago`;
};

/** `IMAP, yesterday` */
export const oldUseWords = ({ client, last }: OldUse, now: Instant, zone: string): string =>
  `${PROGRAMS[client.toLowerCase()] ?? client}, ${agoWords(last, now, zone)}`;

// ---- places

const MOST_ADDRESSES_KNOWN = 50_000;
const V6_PREFIX = 64;

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Where = { readonly networks: readonly string[] /** Undefined: it is inside, or no address. */; readonly outside?: string };

export const addressIn = (text: string): Address | undefined => (ipaddr.isValid(text) ? ipaddr.process(text) : undefined);

/** An IPv6 address changes by the hour, its network does not. */
const placeOf = (address: Address): string => {
  if (address.kind() === "ipv4") return address.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${V6_PREFIX}`);
  return `${network.toString()}/${V6_PREFIX}`;
};

type Range = ReturnType<typeof ipaddr.parseCIDR>;
export const isWithin = (address: Address, [network, bits]: Range): boolean => address.kind() === network.kind() && address.match(network, bits);

/** Networks of a plan, compiled once. */
const whereIn = (networks: readonly Network[]): ((address: string | undefined, country: string | undefined) => Where) => {
  const ranged = networks.flatMap((each) => (each.sort === "ip" ? [{ name: each.name, ranges: each.ranges.map((range) => ipaddr.parseCIDR(range)) }] : []));
  const countries = networks.flatMap((each) => (each.sort === "country" ? [each] : []));
  const known = new Map<string, Where>();
  const byAddress = (text: string): Where => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const address = addressIn(text);
    const inside = address === undefined ? [] : ranged.filter(({ ranges }) => ranges.some((range) => isWithin(address, range))).map(({ name }) => name);
    const where = { networks: inside, ...(address !== undefined && inside.length === 0 && { outside: placeOf(address) }) };
    if (known.size >= MOST_ADDRESSES_KNOWN) known.clear();
    known.set(text, where);
    return where;
  };
  return (address, country) => {
    const where = address === undefined ? { networks: [] } : byAddress(address);
    const at = countries.filter(({ countries: own, unknownCountries }) => (country === undefined ? unknownCountries === "in" : own.includes(country)));
    return at.length === 0 ? where : { networks: [...where.networks, ...at.map(({ name }) => name)] };
  };
};

type PlacesReader = {
  readonly read: (row: SignInRow) => void;
  readonly finish: () => Pick<Extract<NonNullable<SignInDigest["places"]>, { readonly type: "present" }>["value"], "networks" | "crowds">;
};

const byGreatest = (a: Crowd, b: Crowd): number => b.accounts.length - a.accounts.length || (a.address < b.address ? -1 : 1);

/** From where the roster's enabled accounts sign in. Holds a pair a row at most, and only so many pages are read. */
export const placesReader = (networks: readonly Network[], roster: Roster): PlacesReader => {
  const whereOf = whereIn(networks);
  const seen = new Map<string, { last: Instant; count: number }>();
  const outside = new Map<string, Set<ObjectId>>();
  return {
    read: ({ at, account, address, country }) => {
      const where = whereOf(address, country);
      for (const name of where.networks) {
        const before = seen.get(name);
        seen.set(name, { last: Math.max(at, before?.last ?? at), count: (before?.count ?? 0) + 1 });
      }
      if (where.outside === undefined || account === undefined || roster.flags(account)?.enabled !== true) return;
      const accounts = outside.get(where.outside) ?? new Set<ObjectId>();
      accounts.add(account);
      outside.set(where.outside, accounts);
    },
    finish: () => ({
      networks: seen,
      crowds: [...outside]
        .filter(([, accounts]) => accounts.size >= CROWD)
        .map(([address, accounts]): Crowd => ({ address, accounts: [...accounts].sort() }))
        .sort(byGreatest),
    }),
  };
};

// ---- programs

/** When an account was last signed in with, by a person and without one. Undefined: never. */
export type Stamps = { readonly interactive: Instant | undefined; readonly other: Instant | undefined };

/** More are not told apart by name. */
const MOST_SERVICES = 10_000;

/** Stamps are to the second, and so are not rows. */
const SECOND_MS = 1_000;

/** A program's sign-in may be stamped as that of a person (nobody documents which are): that stamp says nothing of one. */
const isPrograms = (interactive: Instant, use: ProgramUse | undefined): boolean => use?.interactive === true && interactive <= use.last + SECOND_MS;

export type ServiceLog = { readonly smtp: ProgramUses; readonly passwords: ProgramUses };

type Judged = ServiceUse | "person" | "doubtful";

const judged = (id: ObjectId, { interactive, other }: Stamps, since: Instant, log: ServiceLog, roster: Roster): Judged => {
  const [smtp, password] = [log.smtp.get(id), log.passwords.get(id)];
  // A program registers no method.
  const isRegistered = roster.methods(id) !== 0 || roster.flags(id)?.capable === "yes";
  if (interactive !== undefined && interactive >= since && !isPrograms(interactive, password)) {
    return isPrograms(interactive, smtp) && !isRegistered ? "doubtful" : "person";
  }
  if (smtp !== undefined) return { way: "smtp", last: smtp.last };
  if (password !== undefined) return { way: "password", last: password.last };
  // Somebody who stays signed in for a month looks the same, but for the methods.
  return other === undefined || other < since || isRegistered ? "person" : { way: "refresh", last: other };
};

export type ServicesRead = {
  readonly accounts: ReadonlyMap<ObjectId, ServiceUse>;
  /** A program hands in mail, and whether a person signs in as well the stamps do not tell. */
  readonly doubtful: ReadonlyMap<ObjectId, ServiceUse>;
  readonly more: boolean;
};

/** Enabled accounts with which no person has signed in for `USE_DAYS` days, while something has. */
export const servicesReader = (
  roster: Roster,
  log: ServiceLog,
  now: Instant,
): { readonly read: (id: ObjectId, stamps: Stamps) => void; readonly finish: () => ServicesRead } => {
  const since = now - USE_DAYS * DAY_MS;
  const [accounts, doubtful] = [new Map<ObjectId, ServiceUse>(), new Map<ObjectId, ServiceUse>()];
  let more = false;
  return {
    read: (id, stamps) => {
      const use = roster.flags(id)?.enabled === true ? judged(id, stamps, since, log, roster) : "person";
      if (use === "doubtful") doubtful.set(id, { way: "smtp", last: log.smtp.get(id)?.last ?? since });
      else if (use !== "person" && accounts.size < MOST_SERVICES) accounts.set(id, use);
      else if (use !== "person") more = true;
    },
    finish: () => ({ accounts, doubtful, more }),
  };
};

export const programReader = (): { readonly read: (row: SignInRow) => void; readonly uses: ProgramUses } => {
  const uses = new Map<ObjectId, ProgramUse>();
  return {
    uses,
    read: ({ account, at, interactive }) => {
      if (account !== undefined) uses.set(account, later(uses.get(account), { last: at, interactive: interactive === true }));
    },
  };
};

export const joinedPrograms = (parts: readonly ProgramUses[]): ProgramUses => {
  const all = new Map<ObjectId, ProgramUse>();
  for (const part of parts) for (const [account, use] of part) all.set(account, later(all.get(account), use));
  return all;
};
