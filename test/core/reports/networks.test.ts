/** From where people sign in during school hours: addresses, the plan's networks, and what looks like a school that it lacks. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Network } from "../../../src/core/plan/plan.ts";
import { AddressFold, type Spot } from "../../../src/core/reports/address-fold.ts";
import { schoolHours } from "../../../src/core/reports/log-days.ts";
import type { LoggedSignIn } from "../../../src/core/reports/log-row.ts";
import { Lacking, looksLike, networks, rowOf, sumsOf } from "../../../src/core/reports/networks.ts";
import { Bits, Numbers, Pairs, Texts } from "../../../src/core/reports/packed.ts";
import { at, id, network, PLACE, plan } from "../county.ts";

const SCHOOLS = network("schools", ["192.0.2.0/25", "2001:db8:10::/48"]);
const DESK = network("desk", ["192.0.2.0/28", "2001:db8:10:5::77/128"]);
const GB: Network = { name: "gb", slug: "gb", sort: "country", countries: ["GB"], unknownCountries: "out", place: PLACE };

/** Two schools: even and odd accounts. */
const addressOf = (account: string): string | undefined =>
  account > id(800) ? undefined : `a@${Number.parseInt(account.slice(-4), 16) % 2 === 0 ? "alder" : "Birch"}.county.example`;

const row = (number: number, fields: Partial<LoggedSignIn> = {}): LoggedSignIn => ({
  id: "",
  at: at("2018-11-05T09:00:00"),
  account: id(number),
  client: "Browser",
  address: "192.0.2.200",
  country: "GB",
  interactive: true,
  code: 0,
  reason: undefined,
  app: undefined,
  name: undefined,
  upn: "old@elsewhere.example",
  ...fields,
});

const folded = (
  rows: readonly (readonly [number, Partial<LoggedSignIn>, number?])[],
  own: readonly Network[] = [SCHOOLS, DESK],
  wanted?: (account: string) => boolean,
): AddressFold => {
  const fold = new AddressFold(own, 10, addressOf, wanted);
  for (const [number, fields, day = 0] of rows) fold.read(row(number, fields), day);
  return fold;
};
const spotsOf = (...given: Parameters<typeof folded>): readonly Spot[] => [...folded(...given).spots()];

describe("an address", () => {
  test.each<[string, Partial<LoggedSignIn>, Partial<Spot>]>([
    ["IPv4", {}, { address: "192.0.2.200", family: "IPv4", networks: [], isRanged: false }],
    ["IPv4 of a network", { address: "192.0.2.100" }, { address: "192.0.2.100", networks: ["schools"], isRanged: true }],
    ["IPv4 of two", { address: "192.0.2.1" }, { networks: ["schools", "desk"] }],
    ["the highest IPv4", { address: "255.255.255.254" }, { address: "255.255.255.254", family: "IPv4" }],
    ["IPv6 by its /64", { address: "2001:db8:99:1:a:b:c:d" }, { address: "2001:db8:99:1::/64", family: "IPv6", networks: [] }],
    ["IPv6 of a network", { address: "2001:DB8:10:5::1" }, { address: "2001:db8:10:5::/64", networks: ["schools"] }],
    ["IPv4 in the dress of IPv6", { address: "::ffff:192.0.2.100" }, { address: "192.0.2.100", family: "IPv4", networks: ["schools"] }],
    ["no country", { country: undefined }, { country: undefined }],
  ])("%s", (_name, fields, want) => {
    expect(spotsOf([[2, fields]])).toMatchObject([want]);
  });

  test("an IPv6 network of which the plan has a part stands twice, inside and outside", () => {
    const spots = spotsOf(
      [
        [2, { address: "2001:db8:10:5::77" }],
        [4, { address: "2001:db8:10:5::78" }],
      ],
      [DESK],
    );
    expect(spots.map(({ address, networks: own, accounts }) => [address, own, accounts])).toEqual([
      ["2001:db8:10:5::/64", ["desk"], 1],
      ["2001:db8:10:5::/64", [], 1],
    ]);
  });

  test("a country of the plan is a network, and no range", () => {
    expect(
      spotsOf(
        [
          [2, {}],
          [2, { address: "198.51.100.1", country: "FR" }],
        ],
        [GB],
      ),
    ).toMatchObject([
      { networks: ["gb"], isRanged: false },
      { networks: [], isRanged: false, country: "FR" },
    ]);
  });

  test("accounts once, sign-ins each, days, the first and the last", () => {
    const [spot] = spotsOf([
      [2, { at: at("2018-11-05T09:00:00") }, 0],
      [2, { at: at("2018-11-05T11:00:00") }, 0],
      [3, { at: at("2018-11-02T15:59:59") }, 1],
      [4, { at: at("2018-11-02T08:00:00") }, 1],
      [900, { at: at("2018-11-02T08:30:00") }, 1],
    ]);
    expect(spot).toEqual({
      address: "192.0.2.200",
      family: "IPv4",
      networks: [],
      isRanged: false,
      country: "GB",
      accounts: 4,
      signIns: 5,
      first: at("2018-11-02T08:00:00"),
      last: at("2018-11-05T11:00:00"),
      days: 2,
      domains: [
        { domain: "alder.county.example", accounts: 2 },
        { domain: "birch.county.example", accounts: 1 },
        { domain: "elsewhere.example", accounts: 1 },
      ],
    });
  });

  test("failed attempts are from nowhere", () => {
    const fold = folded([
      [2, { code: 50126 }],
      [2, { code: 50140 }],
      [2, { code: undefined }],
    ]);
    expect([fold.rows, [...fold.spots()]]).toEqual([0, []]);
  });

  test("without an address there is no row, and a count", () => {
    const fold = folded([
      [2, { address: undefined }],
      [2, { address: "nowhere" }],
      [2, {}],
    ]);
    expect([fold.rows, fold.nowhere, [...fold.spots()].length]).toEqual([3, 2, 1]);
  });

  test("whom nobody asks for is not counted", () => {
    expect(
      spotsOf(
        [
          [2, {}],
          [3, {}],
        ],
        [SCHOOLS],
        (account) => account === id(3),
      ),
    ).toMatchObject([{ accounts: 1, domains: [{ domain: "birch.county.example" }] }]);
  });

  test("most accounts first, then most sign-ins", () => {
    const spots = spotsOf([
      [2, { address: "198.51.100.1" }],
      [2, { address: "198.51.100.2" }],
      [2, { address: "198.51.100.2" }],
      [2, { address: "198.51.100.3" }],
      [4, { address: "198.51.100.3" }],
    ]);
    expect(spots.map(({ address }) => address)).toEqual(["198.51.100.3", "198.51.100.2", "198.51.100.1"]);
  });
});

describe("what it looks like", () => {
  const spot = (domains: readonly number[], fields: Partial<Spot> = {}): Spot => ({
    address: "198.51.100.9",
    family: "IPv4",
    networks: [],
    isRanged: false,
    country: "GB",
    accounts: domains.reduce((sum, each) => sum + each, 0),
    signIns: 100,
    first: 1,
    last: 2,
    days: 5,
    domains: domains.map((accounts, place) => ({ domain: `school-${place}.example`, accounts })),
    ...fields,
  });

  test.each<[string, Spot, ReturnType<typeof looksLike>]>([
    ["ten of one school", spot([10]), "a school"],
    ["a school, and visitors", spot([8, 4, 3]), "a school"],
    ["many of many", spot([8, 7, 6]), "several schools"],
    ["nine of one school", spot([9]), "perhaps a school"],
    ["three of one school on two days", spot([3, 1], { days: 2 }), "perhaps a school"],
    ["three of one school on one day", spot([3], { days: 1 }), undefined],
    ["three of one school among as many others", spot([3, 2, 2], { days: 2 }), undefined],
    ["two at home", spot([2]), undefined],
    ["a school that the plan has", spot([40], { networks: ["schools"], isRanged: true }), undefined],
    ["a school in a country of the plan is still no range", spot([40], { networks: ["gb"] }), "a school"],
    ["nobody", spot([]), undefined],
  ])("%s", (_name, given, want) => {
    expect(looksLike(given)).toBe(want);
  });

  test("the line to be added names the schools", () => {
    const lacking = new Lacking();
    lacking.add(spot([12, 3, 2, 1]), "a school");
    lacking.add(spot([2]), undefined);
    expect(lacking.table(plan())[0]).toMatchObject({
      title: "Most used that the plan lacks",
      rows: [[18, 100, 5, "- 198.51.100.9  # school-0.example, school-1.example, school-2.example, ..."]],
    });
    expect(new Lacking().table(plan())).toEqual([]);
  });

  test("of many, ten", () => {
    const lacking = new Lacking();
    for (let more = 0; more < 12; more += 1) lacking.add(spot([20 - more]), "a school");
    const [table] = lacking.table(plan());
    expect([table?.title, table?.rows.length]).toEqual(["Most used that the plan lacks, the first 10 of 12", 10]);
  });

  test("cells stand in the order of the columns", () => {
    const made = rowOf(spot([10, 2], { networks: ["gb"] }), "a school", plan({ networks: [GB] }), 300);
    expect(Object.fromEntries(networks.columns.map(({ name }, place) => [name, made[place]]))).toEqual({
      address: "198.51.100.9",
      family: "IPv4",
      inside: true,
      networks: ["gb"],
      country: "GB",
      accounts: 12,
      signIns: 100,
      share: 33.3,
      days: 5,
      first: "1970-01-01T00:00:00Z",
      last: "1970-01-01T00:00:00Z",
      domains: ["school-0.example", "school-1.example"],
      mostOfOne: 10,
      looksLike: "a school",
    });
    expect(rowOf(spot([1]), undefined, undefined, 0).slice(2, 4)).toEqual([null, []]);
  });
});

describe("sums", () => {
  test("each account once, whether inside or outside, and in each network", () => {
    const fold = folded([
      [2, { address: "192.0.2.1" }],
      [2, { address: "2001:db8:10:1::1" }],
      [2, { address: "198.51.100.1" }],
      [4, { address: "192.0.2.2" }],
      [6, { address: "2001:db8:99::1" }],
      [6, { address: undefined }],
    ]);
    const tables = sumsOf(fold, new Lacking(), plan({ networks: [SCHOOLS, DESK, GB] }), [{ day: "2018-11-05", from: 0, to: 1 }], new Map());
    expect(tables.map(({ rows }) => rows)).toEqual([
      [
        ["inside", 3, 2, 3, 60],
        ["outside", 2, 2, 2, 40],
        ["IPv4", 3, 2, 3, 60],
        ["IPv6", 2, 2, 2, 40],
        ["network schools", 3, 2, 3, 60],
        ["network desk", 2, 2, 2, 40],
        ["network gb", 0, 0, 0, 0],
      ],
      [["2018-11-05", "whole", 6]],
    ]);
  });
});

describe("school hours", () => {
  const days = (now: string, notOn: readonly string[] = [], zone = "Europe/London"): readonly string[] =>
    schoolHours(at(now), zone, notOn, 14).map(
      ({ day, from, to }) => `${day} ${new Date(from).toISOString().slice(11, 16)}-${new Date(to).toISOString().slice(11, 16)}`,
    );

  test("ten days of two weeks, 08:00 to 16:00 by the clock", () => {
    expect(days("2018-11-05T17:00:00")).toEqual([
      "2018-11-05 08:00-16:00",
      "2018-11-02 08:00-16:00",
      "2018-11-01 08:00-16:00",
      "2018-10-31 08:00-16:00",
      "2018-10-30 08:00-16:00",
      "2018-10-29 08:00-16:00",
      "2018-10-26 07:00-15:00",
      "2018-10-25 07:00-15:00",
      "2018-10-24 07:00-15:00",
      "2018-10-23 07:00-15:00",
    ]);
  });

  test("today as far as it has got; not before it began", () => {
    expect(days("2018-11-05T09:30:00")[0]).toBe("2018-11-05 08:00-09:30");
    expect(days("2018-11-05T08:00:00")[0]).toBe("2018-11-02 08:00-16:00");
  });

  test("not on the plan's days off", () => {
    expect(days("2018-11-05T07:00:00", ["2018-10-29", "2018-10-30", "2018-10-31", "2018-11-01", "2018-11-02"])).toHaveLength(4);
  });

  test("the zone's own days", () => {
    expect(days("2018-11-05T02:00:00", [], "Pacific/Auckland")[0]).toBe("2018-11-05 19:00-02:00");
  });
});

describe("packed", () => {
  const word = fc.integer({ min: 0, max: 0xffff_ffff });

  test("pairs are found again, in the order in which they came", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(word, fc.nat(3)), fc.oneof(word, fc.nat(3))), { minLength: 300, maxLength: 900 }), (given) => {
        const pairs = new Pairs();
        const known = new Map<string, number>();
        for (const [left, right] of given) {
          const key = `${left} ${right}`;
          const place = known.get(key) ?? known.size;
          known.set(key, place);
          expect(pairs.add(left, right)).toBe(place);
        }
        expect(Array.from({ length: pairs.size }, (_, place) => `${pairs.left(place)} ${pairs.right(place)}`)).toEqual([...known.keys()]);
      }),
      { numRuns: 40 },
    );
  });

  test("numbers and bits grow, and are 0 where nothing was put", () => {
    const [counts, moments, bits] = [new Numbers("count"), new Numbers("moment"), new Bits()];
    counts.add(5_000, 7);
    counts.add(5_000, 0xffff_fff0);
    moments.set(300, Date.UTC(2199, 0, 1));
    for (const bit of [255, 31, 0, 32]) bits.set(1_000, bit);
    expect([counts.at(5_000), counts.at(4_999), counts.at(9_999_999), moments.at(300)]).toEqual([0xffff_fff7, 0, 0, Date.UTC(2199, 0, 1)]);
    expect([bits.of(1_000), bits.of(999), bits.has(1_000, 31), bits.has(1_000, 30), bits.has(999, 31)]).toEqual([[0, 31, 32, 255], [], true, false, false]);
  });

  test("texts beyond the most stand together", () => {
    const texts = new Texts(3, "others");
    expect(["a", "b", "c", "d", "a"].map((text) => texts.at(texts.add(text)))).toEqual(["a", "b", "others", "others", "a"]);
    expect(texts.size).toBe(3);
  });
});
