import { describe, expect, test } from "vitest";
import type { Network } from "../../src/core/plan/plan.ts";
import { Roster } from "../../src/core/roster.ts";
import {
  agoWords,
  joinedUses,
  oldUseReader,
  oldUseWords,
  type ProgramUse,
  placesReader,
  programReader,
  type ServiceLog,
  type SignInRow,
  type Stamps,
  servicesReader,
} from "../../src/core/sign-in-digest.ts";
import { at, id, PLACE } from "./county.ts";

const NOW = at("2018-11-12T08:00:00");
const ANN = id(1);
const BOB = id(2);

const row = (fields: Partial<SignInRow> = {}): SignInRow => ({
  at: at("2018-11-11T09:00:00"),
  account: ANN,
  client: "Browser",
  address: "192.0.2.7",
  country: "GB",
  interactive: true,
  ...fields,
});

describe("old programs", () => {
  const used = (rows: readonly Partial<SignInRow>[]) => {
    const { read, uses, smtp } = oldUseReader();
    for (const each of rows) read(row(each));
    return { uses: [...uses], smtp: [...smtp.keys()] };
  };

  test("the newest tells the program, all are counted", () => {
    const rows = [
      { client: "POP3", at: at("2018-11-10") },
      { client: "IMAP4", at: at("2018-11-11") },
      { client: "POP3", at: at("2018-11-09") },
      { client: "IMAP4", at: at("2018-11-08"), account: BOB },
    ];
    expect(used(rows).uses).toEqual([
      [ANN, { client: "IMAP4", last: at("2018-11-11"), count: 3 }],
      [BOB, { client: "IMAP4", last: at("2018-11-08"), count: 1 }],
    ]);
  });

  test("a row without an account tells of nobody, one without a program of some old one", () => {
    expect(used([{ account: undefined, client: "IMAP4" }]).uses).toEqual([]);
    expect(used([{ client: undefined }]).uses).toEqual([[ANN, { client: "an old program", last: row().at, count: 1 }]]);
  });

  test.each([
    ["Authenticated SMTP", [ANN]],
    ["SMTP", [ANN]],
    ["IMAP4", []],
  ])("%s hands in mail: %j", (client, want) => {
    expect(used([{ client }, { client: "IMAP4", at: at("2018-11-12") }]).smtp).toEqual(want);
  });

  test("what both logs tell adds up", () => {
    const one = new Map([[ANN, { client: "IMAP4", last: 5, count: 2 }]]);
    const other = new Map([
      [ANN, { client: "POP3", last: 7, count: 1 }],
      [BOB, { client: "POP3", last: 1, count: 1 }],
    ]);
    expect([...joinedUses([one, other])]).toEqual([
      [ANN, { client: "POP3", last: 7, count: 3 }],
      [BOB, { client: "POP3", last: 1, count: 1 }],
    ]);
  });

  test.each([
    ["2018-11-12T00:00:00", "today"],
    ["2018-11-11T23:59:59", "yesterday"],
    ["2018-11-11T00:00:00", "yesterday"],
    ["2018-11-10T23:59:59", "2 days ago"],
    ["2018-10-14T09:00:00", "29 days ago"],
    ["2018-11-13T09:00:00", "today"],
  ])("%s is %s", (when, want) => {
    expect(agoWords(at(when), NOW, "Europe/London")).toBe(want);
  });

  test("the day is the zone's", () => {
    expect(agoWords(at("2018-11-11T23:30:00"), NOW, "Europe/Paris")).toBe("today");
  });

  test.each([
    ["IMAP4", "IMAP, yesterday"],
    ["Authenticated SMTP", "SMTP, yesterday"],
    ["Exchange ActiveSync", "ActiveSync, yesterday"],
    ["Other clients", "an old program, yesterday"],
    ["MAPI Over HTTP", "MAPI Over HTTP, yesterday"],
  ])("%s is %s", (client, want) => {
    expect(oldUseWords({ client, last: at("2018-11-11T09:00:00"), count: 1 }, NOW, "Europe/London")).toBe(want);
  });
});

const FLAGS = { enabled: true, guest: false, pupil: false };

const people = (count: number, disabled = 0): Roster => {
  const roster = new Roster(["staff"]);
  for (let number = 1; number <= count; number += 1)
    roster.add(id(number), `a${number}@alder.county.example`, { ...FLAGS, enabled: number > disabled }, ["in"]);
  return roster;
};

describe("places", () => {
  const ranged = (name: string, ranges: readonly string[]): Network => ({ name, slug: name, sort: "ip", ranges, trusted: false, place: PLACE });
  const country = (name: string, countries: readonly string[], unknownCountries: "in" | "out"): Network => ({
    name,
    slug: name,
    sort: "country",
    countries,
    unknownCountries,
    place: PLACE,
  });
  const SCHOOLS = ranged("schools", ["192.0.2.0/24", "2001:db8:10::/48"]);

  const inside = (networks: readonly Network[], each: Partial<SignInRow>) => {
    const reader = placesReader(networks, people(20));
    reader.read(row(each));
    return [...reader.finish().networks.keys()];
  };

  test.each<readonly [string, readonly Network[], Partial<SignInRow>, readonly string[]]>([
    ["an address of a range", [SCHOOLS], { address: "192.0.2.255" }, ["schools"]],
    ["one beside it", [ranged("hall", ["192.0.2.8/29"])], { address: "192.0.2.16" }, []],
    ["IPv6", [SCHOOLS], { address: "2001:DB8:10:ffff::1" }, ["schools"]],
    ["IPv6 beside it", [SCHOOLS], { address: "2001:db8:11::1" }, []],
    ["IPv4 in the clothes of IPv6", [SCHOOLS], { address: "::ffff:192.0.2.9" }, ["schools"]],
    ["no address", [SCHOOLS], { address: undefined }, []],
    ["nonsense", [SCHOOLS], { address: "somewhere" }, []],
    ["two networks", [SCHOOLS, ranged("hall", ["192.0.2.8/29"])], { address: "192.0.2.9" }, ["schools", "hall"]],
    ["a country", [country("home", ["GB", "IE"], "out")], { country: "IE" }, ["home"]],
    ["another country", [country("home", ["GB", "IE"], "out")], { country: "FR" }, []],
    ["no country", [country("home", ["GB"], "out")], { country: undefined }, []],
    ["no country, where that counts as inside", [country("home", ["GB"], "in")], { country: undefined }, ["home"]],
  ])("%s", (_name, networks, given, want) => {
    expect(inside(networks, given)).toEqual(want);
  });

  test("how often, and when last", () => {
    const reader = placesReader([SCHOOLS], people(1));
    for (const day of ["2018-11-10", "2018-11-11", "2018-11-09"]) reader.read(row({ at: at(day) }));
    expect([...reader.finish().networks]).toEqual([["schools", { last: at("2018-11-11"), count: 3 }]]);
  });

  /** So many accounts, each from the address that is made for it. */
  const crowds = (count: number, addressOf: (number: number) => string, networks: readonly Network[] = [SCHOOLS], disabled = 0) => {
    const reader = placesReader(networks, people(count, disabled));
    for (let number = 1; number <= count; number += 1) {
      for (let times = 0; times < 2; times += 1) reader.read(row({ account: id(number), address: addressOf(number), country: "GB" }));
    }
    return reader.finish().crowds.map(({ address, accounts }) => `${address} ${accounts.length}`);
  };

  test.each<readonly [string, readonly string[], readonly string[]]>([
    ["ten at one address", crowds(10, () => "198.51.100.7"), ["198.51.100.7 10"]],
    ["nine are a household", crowds(9, () => "198.51.100.7"), []],
    ["ten inside a network", crowds(10, () => "192.0.2.7"), []],
    ["ten of whom one is disabled", crowds(10, () => "198.51.100.7", [SCHOOLS], 1), []],
    ["addresses of one /64", crowds(10, (number) => `2001:db8:99:1::${number}`), ["2001:db8:99:1::/64 10"]],
    ["ten prefixes", crowds(10, (number) => `2001:db8:99:${number}::1`), []],
    ["the greatest first", crowds(30, (number) => (number <= 10 ? "198.51.100.7" : "198.51.100.8")), ["198.51.100.8 20", "198.51.100.7 10"]],
    ["inside a network by country", crowds(10, () => "198.51.100.7", [country("home", ["GB"], "out")]), []],
  ])("%s", (_name, found, want) => {
    expect(found).toEqual(want);
  });

  test("a stranger to the tenant makes no crowd", () => {
    const reader = placesReader([SCHOOLS], people(9));
    for (let number = 1; number <= 10; number += 1) reader.read(row({ account: id(number), address: "198.51.100.7" }));
    reader.read(row({ account: undefined, address: "198.51.100.7" }));
    expect(reader.finish().crowds).toEqual([]);
  });
});

describe("accounts of programs", () => {
  const OLD = at("2018-10-12T08:00:00");
  const RECENT = at("2018-11-11");
  const NONE: Stamps = { interactive: undefined, other: undefined };
  const smtp: ServiceLog = { smtp: new Map([[ANN, { last: RECENT, interactive: false }]]), passwords: new Map() };
  const stampedSmtp: ServiceLog = { smtp: new Map([[ANN, { last: RECENT, interactive: true }]]), passwords: new Map() };
  const password = (interactive: boolean): ServiceLog => ({ smtp: new Map(), passwords: new Map([[ANN, { last: RECENT, interactive }]]) });
  const nothing: ServiceLog = { smtp: new Map(), passwords: new Map() };

  type Setting = { readonly methods?: number; readonly capable?: boolean; readonly enabled?: boolean };
  const way = (stamps: Stamps, log: ServiceLog, { methods = 0, capable = false, enabled = true }: Setting = {}): string | undefined => {
    const roster = new Roster(["staff"]);
    roster.add(ANN, "ann@county.example", { ...FLAGS, enabled }, ["in"]);
    roster.setCapable(ANN, capable, methods);
    const reader = servicesReader(roster, log, NOW);
    reader.read(ANN, stamps);
    const { accounts, doubtful } = reader.finish();
    return doubtful.has(ANN) ? `${doubtful.get(ANN)?.way}?` : accounts.get(ANN)?.way;
  };

  test.each<readonly [string, Stamps, ServiceLog, Setting, string | undefined]>([
    ["only refreshes", { interactive: undefined, other: RECENT }, nothing, {}, "refresh"],
    ["a person long ago, refreshes since", { interactive: OLD, other: RECENT }, nothing, {}, "refresh"],
    ["a person of late", { interactive: RECENT, other: RECENT }, nothing, {}, undefined],
    ["a person just before thirty days", { interactive: NOW - 30 * 86_400_000 - 1, other: RECENT }, nothing, {}, "refresh"],
    ["a person just within thirty days", { interactive: NOW - 30 * 86_400_000, other: RECENT }, nothing, {}, undefined],
    ["nobody and nothing", NONE, nothing, {}, undefined],
    ["nothing of late", { interactive: OLD - 1, other: OLD - 1 }, nothing, {}, undefined],
    ["only refreshes, with a method registered: a person who stays signed in", { interactive: OLD, other: RECENT }, nothing, { methods: 1 }, undefined],
    ["only refreshes, ready for MFA", { interactive: OLD, other: RECENT }, nothing, { capable: true }, undefined],
    ["mail by SMTP", NONE, smtp, {}, "smtp"],
    ["mail by SMTP, with a method registered", NONE, smtp, { methods: 1, capable: true }, "smtp"],
    ["mail by SMTP, and a person", { interactive: RECENT, other: undefined }, smtp, {}, undefined],
    ["a password grant", NONE, password(false), {}, "password"],
    ["a password grant, with a method registered", NONE, password(false), { methods: 1 }, "password"],
    ["a password grant, and a person before it", { interactive: RECENT - 60_000, other: undefined }, password(false), {}, undefined],
    ["a password grant that is stamped as a person", { interactive: RECENT, other: undefined }, password(true), {}, "password"],
    ["a password grant that is stamped as a person, and a person later", { interactive: RECENT + 60_000, other: undefined }, password(true), {}, undefined],
    ["mail by SMTP that may be stamped as a person", { interactive: RECENT, other: undefined }, stampedSmtp, {}, "smtp?"],
    ["mail by SMTP that may be stamped so, with a method registered", { interactive: RECENT, other: undefined }, stampedSmtp, { methods: 1 }, undefined],
    ["mail by SMTP that may be stamped so, and a person later", { interactive: RECENT + 60_000, other: undefined }, stampedSmtp, {}, undefined],
    ["mail by SMTP that is stamped so no longer", { interactive: OLD - 1, other: undefined }, stampedSmtp, {}, "smtp"],
    ["disabled", NONE, smtp, { enabled: false }, undefined],
  ])("%s", (_name, stamps, log, setting, want) => {
    expect(way(stamps, log, setting)).toBe(want);
  });

  test("somebody whom the roster does not hold", () => {
    const reader = servicesReader(people(1), smtp, NOW);
    reader.read(id(77), { interactive: undefined, other: RECENT });
    expect(reader.finish()).toEqual({ accounts: new Map(), doubtful: new Map(), more: false });
  });

  test("of password grants the newest counts, and whether any was stamped as a person's", () => {
    const { read, uses } = programReader();
    read(row({ at: 5, interactive: false }));
    read(row({ at: 9, interactive: true }));
    read(row({ at: 7, interactive: undefined }));
    read(row({ account: undefined }));
    expect([...uses]).toEqual<readonly (readonly [string, ProgramUse])[]>([[ANN, { last: 9, interactive: true }]]);
  });
});
