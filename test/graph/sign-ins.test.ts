/** The log of sign-ins over a scripted service: what is asked, how far, how fast, and what comes of a refusal. */

import { describe, expect, test } from "vitest";
import type { Network } from "../../src/core/plan/plan.ts";
import { Roster } from "../../src/core/roster.ts";
import { PLACE_DAYS, type SignInDigest, USE_DAYS } from "../../src/core/sign-in-digest.ts";
import type { LogQuestions } from "../../src/core/switching.ts";
import { absent, type Known, type Licence, present, unknown } from "../../src/core/tenant.ts";
import { createClient } from "../../src/graph/client.ts";
import { PLACE_QUESTION, readSignIns } from "../../src/graph/sign-ins.ts";
import { readLog } from "../../src/read-log.ts";
import { ORIGIN, type Reply, refusal, type Script, type Scripted, type Seen, scripted } from "./scripted.ts";

const DAY_MS = 86_400_000;
/** Where the scripted clock begins: a Monday. */
const NOW = Date.parse("2022-02-07T08:00:00Z");
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const iso = (at: number): string => new Date(at).toISOString();

const signIn = (at: string | number, more: object = {}): object => ({
  id: id(900),
  createdDateTime: typeof at === "string" ? at : iso(at),
  userId: id(1).toUpperCase(),
  clientAppUsed: "IMAP4",
  ipAddress: "198.51.100.7",
  location: { countryOrRegion: "gb" },
  isInteractive: true,
  status: { errorCode: 0 },
  ...more,
});

const page = (rows: readonly object[], next?: string): Reply => ({
  value: rows,
  ...(next !== undefined && { "@odata.nextLink": `${ORIGIN}/v1.0/auditLogs/signIns?$skiptoken=${next}` }),
});

const filterOf = ({ url }: Seen): string => new URL(url).searchParams.get("$filter") ?? "";

const swept = async (script: Script, more: { readonly pages?: number; readonly pagesADay?: number; readonly days?: number } = {}) => {
  const world = scripted(script);
  const rows: string[] = [];
  const told = await readSignIns(createClient(world.connection), {
    question: PLACE_QUESTION,
    from: NOW - (more.days ?? PLACE_DAYS) * DAY_MS,
    now: NOW,
    pages: more.pages ?? 3,
    ...(more.pagesADay !== undefined && { pagesADay: more.pagesADay }),
    begin: () => {
      rows.length = 0;
      return { read: ({ at }) => rows.push(iso(at)), finish: () => rows.length };
    },
    progress: () => undefined,
  });
  return { ...world, told, rows };
};

describe("one question", () => {
  test("asks for the greatest page, narrowed by the service, and follows pages as they are", async () => {
    const { seen, told, rows } = await swept((_, place) => page([signIn(NOW - place * 1_000)], place < 2 ? `next%20${place}` : undefined));
    expect(seen.map(({ url }) => url.slice(ORIGIN.length))).toEqual([
      `/v1.0/auditLogs/signIns?$filter=${encodeURIComponent(`createdDateTime ge ${iso(NOW - 14 * DAY_MS)} and status/errorCode eq 0`).replaceAll("%3A", ":")}&$top=1000`,
      "/v1.0/auditLogs/signIns?$skiptoken=next%200",
      "/v1.0/auditLogs/signIns?$skiptoken=next%201",
    ]);
    expect(rows).toHaveLength(3);
    // As many pages as were allowed: nobody looked whether there is a fourth.
    expect(told).toMatchObject({ rows: 3, cut: true, since: NOW - 2_000 });
  });

  test("told whole when the last page is no cap", async () => {
    const { told } = await swept(() => page([signIn(NOW)]));
    expect(told).toEqual({ value: 1, rows: 1, since: NOW - 14 * DAY_MS, cut: false });
  });

  test("stops at its cap, and says how far back it came", async () => {
    const { seen, told } = await swept((_, place) => page([signIn(NOW - place * DAY_MS)], String(place)), { pages: 5 });
    expect(seen).toHaveLength(5);
    expect(told).toMatchObject({ cut: true, since: NOW - 4 * DAY_MS });
  });

  test("past the cap a page of each day before, from noon backwards", async () => {
    const { seen, told } = await swept(
      (one, place) => (filterOf(one).includes(" le ") ? page([signIn(NOW - 9 * DAY_MS)], "more") : page([signIn(NOW - 1_000 * place)], String(place))),
      { pages: 2, pagesADay: 1, days: 3 },
    );
    const windows = seen.slice(2).map((one) => /createdDateTime ge (\S+) and createdDateTime le (\S+) and/.exec(filterOf(one))?.slice(1, 3));
    expect(windows).toEqual([
      ["2022-02-06T12:00:00.000Z", iso(NOW - 1_001)],
      ["2022-02-05T12:00:00.000Z", "2022-02-06T11:59:59.999Z"],
      ["2022-02-04T12:00:00.000Z", "2022-02-05T11:59:59.999Z"],
      ["2022-02-04T08:00:00.000Z", "2022-02-04T11:59:59.999Z"],
    ]);
    expect(told).toMatchObject({ cut: true, since: NOW - 1_000, rows: 6 });
  });

  test("goes day by day where the service does not manage all at once", async () => {
    const { seen, told, rows } = await swept((one) => (filterOf(one).includes(" le ") ? page([signIn(NOW - DAY_MS)]) : refusal(504, "UnknownError", "")), {
      pages: 10,
      days: 2,
    });
    // Four tries of the whole, then three windows for two days, since days end at noon.
    expect(seen.slice(0, 4).every((one) => !filterOf(one).includes(" le "))).toBe(true);
    expect(seen.slice(4)).toHaveLength(3);
    expect(told).toMatchObject({ cut: false, since: NOW - 2 * DAY_MS, rows: 3 });
    expect(rows).toHaveLength(3);
  });

  test("day by day there is a cap as well", async () => {
    const isWhole = (one: Seen): boolean => filterOf(one) !== "" && !filterOf(one).includes(" le ");
    const { seen, told } = await swept((one, place) => (isWhole(one) ? refusal(500, "UnknownError", "") : page([signIn(NOW - 60_000)], String(place))), {
      pages: 2,
    });
    expect(seen.slice(4)).toHaveLength(2);
    expect(told).toMatchObject({ cut: true, since: NOW - 60_000 });
  });

  test("begins anew when its pages expire, and counts nothing twice", async () => {
    let expired = false;
    const { told, rows } = await swept((one) => {
      if (!one.url.includes("skiptoken")) return page([signIn(NOW)], "a");
      if (expired) return page([signIn(NOW - 1_000)]);
      expired = true;
      return refusal(410, "Gone", "the token expired");
    });
    expect(told).toMatchObject({ cut: false });
    expect(rows).toHaveLength(2);
  });

  test("five requests in ten seconds", async () => {
    const { seen } = await swept((_, place) => page([signIn(NOW)], place < 10 ? String(place) : undefined), { pages: 20 });
    expect(seen.map(({ at }) => Math.floor((at - NOW) / 1_000))).toEqual([0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 20]);
  });

  test.each([
    ["no moment", { createdDateTime: undefined }, /when somebody signed in is not a moment/],
    ["an account that is a number", { userId: 7 }, /who signed in is not text/],
    ["a place that is text", { location: "GB" }, /the place of a sign-in is not an object/],
  ])("a row with %s spoils the answer", async (_name, more, want) => {
    await expect(swept(() => page([signIn(NOW, more)]))).rejects.toThrow(want);
  });
});

// ---- all questions together

const P1: Known<Licence> = present({ p1: true, p2: false, studentSkus: [] });
const SCHOOLS: Network = {
  name: "schools",
  slug: "schools",
  sort: "ip",
  ranges: ["192.0.2.0/24"],
  trusted: false,
  place: { file: "plan.yaml", line: 1, column: 1 },
};
const ALL: LogQuestions = { legacy: true, places: true, services: true };

const roster = (): Roster => {
  const people = new Roster(["staff"]);
  for (let number = 1; number <= 3; number += 1)
    people.add(id(number), `a${number}@alder.county.example`, { enabled: true, guest: false, pupil: false }, ["in"]);
  return people;
};

type Asked = Scripted & { readonly log: Known<SignInDigest>; readonly told: readonly string[] };

const asked = async (questions: LogQuestions, script: Script, licence: Known<Licence> = P1, known: Known<Roster> = present(roster())): Promise<Asked> => {
  const world = scripted(script);
  const told: string[] = [];
  const log = await readLog(createClient(world.connection), [SCHOOLS], questions, { licence, roster: known }, (what, done) => told.push(`${what} ${done}`));
  return { ...world, log, told };
};

const digestOf = (log: Known<SignInDigest>): SignInDigest => {
  if (log.type !== "present") throw new Error(log.type === "unknown" ? log.because : "absent");
  return log.value;
};

const isBeta = ({ url }: Seen): boolean => url.startsWith(`${ORIGIN}/beta/`);
const isRopc = (one: Seen): boolean => filterOf(one).includes("authenticationProtocol eq 'ropc'");
const isOld = (one: Seen): boolean => filterOf(one).includes("clientAppUsed eq 'IMAP4'");
const isUsers = ({ url }: Seen): boolean => url.includes("/users?");

/** A tenant with one of each. */
const tenant: Script = (one) => {
  if (isUsers(one)) {
    return page([
      { id: id(1), signInActivity: { lastSignInDateTime: iso(NOW - DAY_MS), lastNonInteractiveSignInDateTime: iso(NOW) } },
      { id: id(2) },
      { id: id(3), signInActivity: { lastSignInDateTime: iso(NOW - 40 * DAY_MS), lastNonInteractiveSignInDateTime: iso(NOW - DAY_MS) } },
    ]);
  }
  if (isRopc(one))
    return page(isBeta(one) && filterOf(one).includes("nonInteractiveUser") ? [signIn(NOW - DAY_MS, { userId: id(2), isInteractive: false })] : []);
  if (isOld(one))
    return page([signIn(NOW - 2 * DAY_MS), signIn(NOW - DAY_MS, { clientAppUsed: isBeta(one) ? "POP3" : "IMAP4", userId: id(isBeta(one) ? 3 : 1) })]);
  return page([signIn(NOW - DAY_MS, { ipAddress: "192.0.2.9", clientAppUsed: "Browser" })]);
};

describe("the log of a plan", () => {
  test("old programs are asked of both logs, for thirty days, successes alone", async () => {
    const { seen, log } = await asked({ legacy: true, places: false, services: false }, tenant);
    const { legacy, places, services, empty } = digestOf(log);
    expect(seen.map((one) => [isBeta(one), filterOf(one).replace(/\(clientAppUsed.*?'\)/, "(...)")])).toEqual([
      [false, `createdDateTime ge ${iso(NOW - USE_DAYS * DAY_MS)} and (...) and status/errorCode eq 0`],
      [true, `createdDateTime ge ${iso(NOW - USE_DAYS * DAY_MS)} and signInEventTypes/any(t: t eq 'nonInteractiveUser') and (...) and status/errorCode eq 0`],
    ]);
    expect([places, services, empty]).toEqual([undefined, undefined, false]);
    expect(legacy?.type === "present" && [...legacy.value.uses]).toEqual([
      [id(1), { client: "IMAP4", last: NOW - DAY_MS, count: 3 }],
      [id(3), { client: "POP3", last: NOW - DAY_MS, count: 1 }],
    ]);
  });

  test("the words that the service has for old programs", async () => {
    const { seen } = await asked({ legacy: true, places: false, services: false }, tenant);
    const [first] = seen;
    const names = [...(first === undefined ? "" : filterOf(first)).matchAll(/clientAppUsed eq '([^']*)'/g)].map(([, name]) => name);
    for (const name of ["AutoDiscover", "Exchange ActiveSync", "IMAP4", "POP3", "Authenticated SMTP", "Other clients", "Outlook Anywhere (RPC over HTTP)"])
      expect(names).toContain(name);
    expect(names).not.toContain("Browser");
    expect(names).not.toContain("Mobile Apps and Desktop clients");
  });

  test("places are asked of people's sign-ins, for fourteen days", async () => {
    const { seen, log } = await asked({ legacy: false, places: true, services: false }, tenant);
    expect(seen.map(filterOf)).toEqual([`createdDateTime ge ${iso(NOW - PLACE_DAYS * DAY_MS)} and status/errorCode eq 0`]);
    const { places } = digestOf(log);
    expect(places?.type === "present" && places.value).toEqual({
      since: NOW - PLACE_DAYS * DAY_MS,
      cut: false,
      gaps: [],
      networks: new Map([["schools", { last: NOW - DAY_MS, count: 1 }]]),
      crowds: [],
    });
  });

  test("accounts of programs by their stamps, by password grants and by mail", async () => {
    const { seen, log, told } = await asked({ legacy: false, places: false, services: true }, tenant);
    const { legacy, services } = digestOf(log);
    expect(legacy).toBeUndefined();
    expect(seen.map((one) => (isUsers(one) ? "stamps" : `${isBeta(one) ? "beta" : "v1.0"} ${isRopc(one) ? "ropc" : isOld(one) ? "old" : "?"}`))).toEqual([
      "v1.0 old",
      "beta old",
      "beta ropc",
      "beta ropc",
      "stamps",
    ]);
    expect(services?.type === "present" && [...services.value.accounts]).toEqual([
      [id(2), { way: "password", last: NOW - DAY_MS }],
      [id(3), { way: "refresh", last: NOW - DAY_MS }],
    ]);
    expect(told).toContain("stamps 3");
  });

  test("a service that does not filter by password grants is asked once, and nothing is missing for it", async () => {
    const { seen, log } = await asked({ legacy: false, places: false, services: true }, (one, place) =>
      isRopc(one) ? refusal(400, "BadRequest", "Invalid filter clause") : tenant(one, place),
    );
    const { services } = digestOf(log);
    expect(seen.filter(isRopc)).toHaveLength(1);
    expect(services?.type === "present" && services.value).toMatchObject({ gaps: [], accounts: new Map([[id(3), { way: "refresh", last: NOW - DAY_MS }]]) });
  });

  /** Mail that is handed in is logged, and stamped, as if people had signed in; of two such accounts one is a person's too. */
  const stamped: Script = (one) => {
    if (isUsers(one)) return page([1, 2].map((number) => ({ id: id(number), signInActivity: { lastSignInDateTime: iso(NOW - DAY_MS) } })));
    if (filterOf(one).includes("userId eq")) return page([signIn(NOW - 3 * DAY_MS, { clientAppUsed: "Browser" })]);
    if (isOld(one) && !isBeta(one)) return page([1, 2].map((number) => signIn(NOW - DAY_MS, { clientAppUsed: "Authenticated SMTP", userId: id(number) })));
    return page([]);
  };

  test("where a stamp may be the program's, the log is asked for a person", async () => {
    const { seen, log } = await asked({ legacy: false, places: false, services: true }, stamped);
    const { services } = digestOf(log);
    expect(seen.flatMap((one) => /\(userId.*/.exec(filterOf(one))?.[0] ?? [])).toEqual([
      `(userId eq '${id(1)}' or userId eq '${id(2)}') and (clientAppUsed eq 'Browser' or clientAppUsed eq 'Mobile Apps and Desktop clients') and status/errorCode eq 0`,
    ]);
    expect(services?.type === "present" && [services.value.gaps, ...services.value.accounts]).toEqual([[], [id(2), { way: "smtp", last: NOW - DAY_MS }]]);
  });

  test("where that cannot be had, it is a gap", async () => {
    const { log } = await asked({ legacy: false, places: false, services: true }, (one, place) =>
      filterOf(one).includes("userId eq") ? refusal(503, "x", "later") : stamped(one, place),
    );
    const { services } = digestOf(log);
    expect(services?.type === "present" && services.value).toMatchObject({
      accounts: new Map(),
      gaps: [{ words: expect.stringMatching(/^sign-ins of people beside their programs: the service answered 503/), lasting: false }],
    });
  });

  test("an account whose stamps are empty is told of by nobody", async () => {
    const { log } = await asked({ legacy: false, places: false, services: true }, (one, place) =>
      isUsers(one) ? page([{ id: id(2), signInActivity: null }, { id: id(3) }]) : tenant(one, place),
    );
    const { services } = digestOf(log);
    expect(services?.type === "present" && services.value).toMatchObject({
      gaps: [{ words: "the service does not say when 1 account was last signed in with", lasting: true }],
      accounts: new Map(),
    });
  });

  test("one of the two logs fails: what the other says counts, and the gap is told", async () => {
    const { log } = await asked({ legacy: true, places: false, services: false }, (one, place) =>
      isBeta(one) ? refusal(503, "ServiceUnavailable", "later") : tenant(one, place),
    );
    const { legacy } = digestOf(log);
    expect(legacy?.type === "present" && legacy.value.uses.size).toBe(1);
    expect(legacy?.type === "present" && legacy.value.gaps).toMatchObject([
      { words: expect.stringMatching(/^sign-ins without a person with old programs: the service answered 503 .*\/beta\/auditLogs/), lasting: false },
    ]);
  });

  test("both fail: nothing is known of old programs, and places are", async () => {
    const { log } = await asked({ legacy: true, places: true, services: false }, (one, place) =>
      isOld(one) ? refusal(400, "BadRequest", "no") : tenant(one, place),
    );
    expect(digestOf(log)).toMatchObject({ legacy: { type: "unknown" }, places: { type: "present" } });
  });

  test("stamps fail", async () => {
    const { log } = await asked({ legacy: false, places: false, services: true }, (one, place) =>
      isUsers(one) ? refusal(503, "x", "later") : tenant(one, place),
    );
    expect(digestOf(log).services).toMatchObject({
      type: "unknown",
      because: expect.stringMatching(/^when accounts were last signed in with: the service answered 503/),
    });
  });

  test("not permitted: asked once, and unknown", async () => {
    const { log, seen } = await asked(ALL, () => refusal(403, "Authentication_MSGraphPermissionMissing", "The principal lacks AuditLog.Read.All"));
    expect(seen).toHaveLength(1);
    expect(log).toEqual(unknown(expect.stringMatching(/^the service answered 403 Authentication_MSGraphPermissionMissing .*lacks AuditLog\.Read\.All/)));
  });

  const NOT_PREMIUM = (): Reply =>
    refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license");

  test("a licensed tenant that is said to have no licence is asked again", async () => {
    let times = 0;
    const { log } = await asked({ legacy: false, places: true, services: false }, (one, place) => {
      times += 1;
      return times < 3 ? NOT_PREMIUM() : tenant(one, place);
    });
    expect(digestOf(log).places?.type).toBe("present");
  });

  test("four times, and no more", async () => {
    const { log, seen } = await asked(ALL, NOT_PREMIUM);
    expect(seen).toHaveLength(4);
    expect(log).toEqual(unknown(expect.stringMatching(/only to tenants with Entra ID P1 or P2/)));
  });

  test.each<readonly [string, Known<Licence>]>([
    ["without a licence", present({ p1: false, p2: false, studentSkus: [] })],
    ["without any licences", absent],
  ])("%s nothing is asked, and there is nothing to know", async (_name, licence) => {
    const { log, seen } = await asked({ legacy: true, places: false, services: true }, tenant, licence);
    expect(seen).toEqual([]);
    expect(log).toEqual(present({ empty: false, legacy: absent, services: absent }));
  });

  test("licences, or accounts, that could not be read", async () => {
    expect((await asked(ALL, tenant, unknown("503"))).log).toEqual(unknown("whether the tenant has the licence for it is not known: 503"));
    expect((await asked(ALL, tenant, P1, unknown("503"))).log).toEqual(unknown("the accounts whose sign-ins they are could not be read"));
  });

  test("where nothing was found, one row of anybody's tells an empty log from a quiet one", async () => {
    const quiet = await asked({ legacy: true, places: false, services: false }, (one) =>
      page(one.url.includes("$top=1&") || one.url.endsWith("$top=1") ? [signIn(NOW)] : []),
    );
    expect([digestOf(quiet.log).empty, quiet.seen.length]).toEqual([false, 3]);
    const empty = await asked({ legacy: true, places: false, services: false }, () => page([]));
    expect([digestOf(empty.log).empty, empty.seen.length]).toEqual([true, 3]);
  });
});
