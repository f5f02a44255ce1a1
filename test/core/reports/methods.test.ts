import { describe, expect, test } from "vitest";
import type { Account } from "../../../src/core/reports/account.ts";
import { countingIn, planWordsOf, wordlessIn } from "../../../src/core/reports/counting.ts";
import {
  handoverOf,
  type MethodsOf,
  type MethodsRowInput,
  MethodsSums,
  methods,
  methodsRow,
  type Registering,
  type SharedLook,
} from "../../../src/core/reports/methods.ts";
import { MethodsDay, trendTable } from "../../../src/core/reports/methods-history.ts";
import { type RegistrationEvent, Registrations } from "../../../src/core/reports/registrations.ts";
import type { Cell } from "../../../src/core/reports/shape.ts";
import { absent, type Instant, type Known, present, unknown } from "../../../src/core/tenant.ts";
import { at, cohort, id, network, phase, plan } from "../county.ts";

describe("words", () => {
  test.each([
    { name: "the app and its codes", registered: ["microsoftAuthenticatorPush", "softwareOneTimePasscode"], words: ["app", "code"], others: [] },
    { name: "a mobile number takes calls and texts", registered: ["mobilePhone"], words: ["call", "text"], others: [] },
    { name: "an office number takes calls", registered: ["officePhone"], words: ["call"], others: [] },
    { name: "every sort of passkey", registered: ["passKeyDeviceBoundAuthenticator", "passKeySynced"], words: ["passkey"], others: [] },
    { name: "in whatever case the service writes", registered: ["WindowsHelloForBusiness", "EMAIL"], words: ["hello", "email"], others: [] },
    { name: "what the plan has no word for", registered: ["securityQuestion", "somethingNew"], words: [], others: ["securityQuestion", "somethingNew"] },
    {
      name: "a pass and a certificate",
      registered: ["temporaryAccessPass", "certificateBasedAuthentication"],
      words: ["certificate", "temporaryAccessPass"],
      others: [],
    },
  ])("$name", ({ registered, words, others }) => {
    expect(planWordsOf(registered)).toEqual(words);
    expect(wordlessIn(registered)).toEqual(others);
  });

  test("what counts, apart from what perhaps does", () => {
    expect(countingIn(["app", "perhaps call", "Temporary Access Pass"])).toEqual({ counted: ["app", "temporaryAccessPass"], uncertain: ["call"] });
  });
});

const DAY = 86_400_000;
const NOW = at("2018-11-20T08:00:00");
const CHANGED = NOW - 10 * DAY;
const LOG = { since: NOW - 30 * DAY };

describe("a shared account and its change of hands", () => {
  const look = (password: Known<Instant>, ...moments: readonly (Instant | null)[]): SharedLook => ({ password, methods: present(moments) });
  const inLog = (when: Instant): Registering => ({ at: when, from: "192.0.2.1", where: undefined });

  test.each<{ name: string; look: SharedLook; registering?: Registering; log?: typeof LOG | undefined; older: string | null; newest: Cell }>([
    { name: "every method dated, and older", look: look(present(CHANGED), CHANGED - DAY, CHANGED - 2 * DAY), older: "yes", newest: "2018-11-09T08:00:00Z" },
    { name: "one that is younger", look: look(present(CHANGED), CHANGED - DAY, CHANGED + DAY), older: "no", newest: "2018-11-11T08:00:00Z" },
    { name: "one that came with the new password", look: look(present(CHANGED), CHANGED), older: "no", newest: "2018-11-10T08:00:00Z" },
    {
      name: "one without a date, and a log that would tell of it",
      look: look(present(CHANGED), CHANGED - DAY, null),
      older: "yes",
      newest: "2018-11-09T08:00:00Z",
    },
    { name: "one without a date, and a log that does not go back so far", look: look(present(NOW - 40 * DAY), null), older: "unknown", newest: "unknown" },
    { name: "one without a date, and no log", look: look(present(CHANGED), null), log: undefined, older: "unknown", newest: "unknown" },
    {
      name: "one without a date that the log saw since",
      look: look(present(CHANGED), null),
      registering: inLog(CHANGED + DAY),
      older: "no",
      newest: "2018-11-11T08:00:00Z",
    },
    {
      name: "one that the log saw before",
      look: look(present(CHANGED), null),
      registering: inLog(CHANGED - DAY),
      older: "yes",
      newest: "2018-11-09T08:00:00Z",
    },
    { name: "nobody knows when it changed hands", look: look(absent, CHANGED), older: "unknown", newest: "2018-11-10T08:00:00Z" },
    { name: "nobody may know", look: look(unknown("403"), CHANGED), older: "unknown", newest: "2018-11-10T08:00:00Z" },
    { name: "no method that could be too old", look: look(present(CHANGED)), older: null, newest: null },
    { name: "methods that could not be read", look: { password: present(CHANGED), methods: unknown("403") }, older: "unknown", newest: "unknown" },
  ])("$name", ({ look: own, registering, older, newest, ...more }) => {
    const log = "log" in more ? more.log : LOG;
    expect(handoverOf(own, registering, log)).toMatchObject({ older, newest });
  });
});

const ACCOUNT: Account = {
  id: id(1),
  address: "head@birch.county.example",
  upn: "Head@Birch.county.example",
  name: "Head, Birch",
  enabled: true,
  guest: false,
  synced: false,
  pupil: false,
  aliases: [],
  nobody: false,
  licences: [],
  stamps: "unknown",
  pending: false,
};

const FOUND: NonNullable<MethodsOf> = {
  registered: ["mobilePhone", "securityQuestion"],
  counting: { counted: ["call"], uncertain: [] },
  capability: "capable",
  said: { passwordless: false, preferred: "sms", systemPreferred: true, resetRegistered: true, resetEnabled: false, resetCapable: false },
};

const lineOf = (more: Partial<MethodsRowInput>): Readonly<Record<string, Cell>> => {
  const row = methodsRow({
    account: ACCOUNT,
    found: FOUND,
    isShared: false,
    handover: undefined,
    registering: undefined,
    log: LOG,
    hasNetworks: true,
    ...more,
  });
  expect(row).toHaveLength(methods.columns.length);
  return Object.fromEntries(methods.columns.map(({ name }, place) => [name, row[place] ?? null]));
};

describe("a row", () => {
  const registering: Registering = { at: NOW - DAY, from: "198.51.100.7", where: "elsewhere" };
  test.each<{ name: string; given: Partial<MethodsRowInput>; want: Readonly<Record<string, Cell>> }>([
    {
      name: "all that is known",
      given: { registering },
      want: {
        account: "Head@Birch.county.example",
        domain: "birch.county.example",
        methods: ["call", "text"],
        registered: ["mobilePhone", "securityQuestion"],
        counts: ["call"],
        uncertain: [],
        capability: "capable",
        default: "sms",
        systemPreferred: true,
        resetRegistered: true,
        resetEnabled: false,
        resetCapable: false,
        shared: false,
        handedOver: null,
        registeredAt: "2018-11-19T08:00:00Z",
        registeredFrom: "198.51.100.7",
        registeredWhere: "elsewhere",
      },
    },
    {
      name: "of whom the report has no row: unknown, and not nothing",
      given: { found: undefined },
      want: {
        methods: "unknown",
        registered: "unknown",
        counts: "unknown",
        capability: "unknown",
        default: "unknown",
        resetCapable: "unknown",
        passwordless: "unknown",
      },
    },
    {
      name: "by its own methods alone",
      given: { found: { registered: ["fido2"], counting: { counted: ["passkey"], uncertain: [] }, capability: "capable" } },
      want: { methods: ["passkey"], capability: "capable", default: "unknown", systemPreferred: "unknown", resetCapable: "unknown" },
    },
    {
      name: "no default",
      given: {
        found: {
          ...FOUND,
          said: { passwordless: true, preferred: "", systemPreferred: false, resetRegistered: false, resetEnabled: false, resetCapable: false },
        },
      },
      want: { default: null },
    },
    { name: "not registered while the log goes back", given: {}, want: { registeredAt: null, registeredFrom: null, registeredWhere: null } },
    {
      name: "a log that could not be read",
      given: { log: undefined },
      want: { registeredAt: "unknown", registeredFrom: "unknown", registeredWhere: "unknown" },
    },
    { name: "no networks to be in", given: { registering, hasNetworks: false }, want: { registeredFrom: "198.51.100.7", registeredWhere: null } },
    {
      name: "an event without an address",
      given: { registering: { at: NOW, from: undefined, where: undefined } },
      want: { registeredFrom: "unknown", registeredWhere: "unknown" },
    },
    { name: "no plan that could say what is shared", given: { isShared: undefined }, want: { shared: null } },
    {
      name: "shared",
      given: { isShared: true, handover: { handedOver: "2018-11-10T08:00:00Z", newest: null, older: null } },
      want: { shared: true, handedOver: "2018-11-10T08:00:00Z", olderThanHandover: null },
    },
  ])("$name", ({ given, want }) => {
    expect(lineOf(given)).toMatchObject(want);
  });

  test("an address, a name, a method's name: nothing that somebody typed goes unguarded into a CSV", () => {
    const own = new Set(["id", "capability", "olderThanHandover"]);
    for (const { name, sort } of methods.columns) if (sort === "word") expect(own).toContain(name);
  });
});

describe("sums", () => {
  test("by domain, by method, who can do MFA, who can reset", () => {
    const sums = new MethodsSums();
    const row = (domain: string, found: MethodsOf, isShared = false, older: "yes" | "no" | "unknown" | null = null): void =>
      sums.add(domain, found, isShared, isShared ? { handedOver: null, newest: null, older } : undefined);
    const reset = (resetRegistered: boolean, resetEnabled: boolean) => ({
      passwordless: false,
      preferred: "",
      systemPreferred: false,
      resetRegistered,
      resetEnabled,
      resetCapable: resetRegistered && resetEnabled,
    });
    row("alder.example", { ...FOUND, said: reset(true, true) });
    row("alder.example", { ...FOUND, counting: { counted: [], uncertain: ["call"] }, capability: "registered only", said: reset(true, false) }, true, "yes");
    row("birch.example", { registered: ["email"], counting: { counted: [], uncertain: [] }, capability: "nothing", said: reset(false, true) });
    row("birch.example", { registered: [], counting: { counted: [], uncertain: [] }, capability: "nothing", said: reset(false, false) }, true);
    row("birch.example", undefined);
    expect(Object.fromEntries(sums.tables().map(({ title, rows }) => [title, rows]))).toEqual({
      "By domain": [
        ["alder.example", 2, 1, 1, 0, 0, 1],
        ["birch.example", 3, 0, 0, 2, 1, 0],
      ],
      "By method": [
        ["call", 2, 1, 1],
        ["text", 2, 0, 0],
        ["email", 1, 0, 0],
        ["securityQuestion", 2, 0, 0],
      ],
      "Who can do MFA": [
        ["capable", 1],
        ["registered only", 1],
        ["nothing", 2],
        ["unknown", 1],
      ],
      "Self-service reset": [
        ["can reset", 1],
        ["registered, not allowed", 1],
        ["allowed, not registered", 1],
        ["neither", 1],
        ["unknown", 1],
      ],
      "Shared accounts: methods older than the change of hands": [
        ["yes", 1],
        ["no", 0],
        ["unknown", 0],
        ["no method", 1],
      ],
    });
  });
});

describe("the log of registrations", () => {
  const networks = [network("schools", ["192.0.2.0/24", "2001:db8:10::/48"])];
  const folded = (events: readonly RegistrationEvent[], of = networks): Registrations => {
    const log = new Registrations(of, "Europe/London");
    for (const event of events) log.read(event);
    return log;
  };
  const event = (account: number, when: string, from?: string): RegistrationEvent => ({ account: id(account), at: at(when), from });

  test("the last of each account counts, in whatever order they come", () => {
    const [first, last] = [event(1, "2018-11-01T09:00:00", "192.0.2.9"), event(1, "2018-11-03T09:00:00", "198.51.100.7")];
    const want = { at: last.at, from: "198.51.100.7", where: "elsewhere" };
    expect(folded([first, last]).last(id(1))).toEqual(want);
    expect(folded([last, first]).last(id(1))).toEqual(want);
    expect(folded([first]).last(id(2))).toBeUndefined();
  });

  test.each([
    { name: "inside", from: "192.0.2.9", where: "schools" },
    { name: "inside by IPv6", from: "2001:db8:10::9", where: "schools" },
    { name: "inside, in the clothes of IPv6", from: "::ffff:192.0.2.9", where: "schools" },
    { name: "outside", from: "203.0.113.1", where: "elsewhere" },
    { name: "no address at all", from: "somewhere", where: undefined },
  ])("$name", ({ from, where }) => {
    expect(folded([event(1, "2018-11-01T09:00:00", from)]).last(id(1))?.where).toBe(where);
  });

  test("by the days of the plan's clock: registrations, accounts, and how many from elsewhere", () => {
    const log = folded([
      event(1, "2018-06-02T22:30:00", "192.0.2.9"),
      event(1, "2018-06-02T23:30:00", "203.0.113.1"),
      event(2, "2018-06-03T08:00:00", "203.0.113.1"),
      event(2, "2018-06-03T08:01:00"),
    ]);
    expect(log.byDay(at("2018-05-20"))).toMatchObject({
      title: "Registered since 2018-05-20, by day, in the whole tenant",
      columns: ["day", "registrations", "accounts", "outside the plan's networks"],
      rows: [
        ["2018-06-02", 1, 1, 0],
        ["2018-06-03", 3, 2, 2],
      ],
    });
    expect(folded([event(1, "2018-06-02T10:00:00", "203.0.113.1")], []).byDay(at("2018-05-20"))).toMatchObject({
      columns: ["day", "registrations", "accounts"],
      rows: [["2018-06-02", 1, 1]],
    });
  });
});

describe("the history", () => {
  const of = plan({
    cohorts: [cohort("heads"), cohort("offices"), cohort("staff")],
    phases: [
      phase("heads", "2018-11-19", "heads", ["web"]),
      phase("offices", "2018-12-03", "offices", ["web"]),
      phase("staff", "2018-12-13", "staff", ["web"]),
    ],
  });
  const NAMES = ["heads", "offices", "staff"];
  const dayOf = (when: string, ready: number, notReady: number, unread: readonly string[] = []): string => {
    const day = new MethodsDay(of, NAMES);
    for (let done = 0; done < ready; done += 1) day.add(["out", "in", "in"], "capable", true);
    for (let done = 0; done < notReady; done += 1) day.add(["out", "in", "out"], "nothing", false);
    day.add(["out", "in", "out"], "unknown", undefined);
    return day.text(at(when), new Set(unread));
  };

  test("a line: as of when, of which plan, each phase, and everybody", () => {
    expect(JSON.parse(dayOf("2018-11-20T08:00:00", 2, 1))).toEqual({
      schemaVersion: 1,
      asOf: "2018-11-20T08:00:00Z",
      plan: "county-2018",
      phases: {
        heads: { inScope: 0, ready: 0, notReady: 0, unknown: 0 },
        offices: { inScope: 4, ready: 2, notReady: 1, unknown: 1 },
        staff: { inScope: 2, ready: 2, notReady: 0, unknown: 0 },
      },
      total: { accounts: 4, capable: 2, registeredOnly: 0, nothing: 1, unknown: 1 },
    });
  });

  test("a phase whose people nobody can name is left out of it", () => {
    expect(Object.keys(JSON.parse(dayOf("2018-11-20T08:00:00", 2, 1, ["offices"])).phases)).toEqual(["heads", "staff"]);
  });

  test("without a plan it still tells of everybody", () => {
    const day = new MethodsDay(undefined, []);
    day.add([], "registered only", false);
    expect(JSON.parse(day.text(NOW, new Set()))).toMatchObject({ plan: null, phases: {}, total: { accounts: 1, registeredOnly: 1 } });
  });

  const offices = (texts: readonly string[], now = NOW): readonly (readonly Cell[])[] =>
    trendTable(of, texts, now, "Europe/London")
      .rows.filter(([name]) => name === "offices")
      .map(([, , ...rest]) => rest);

  test.each<{ name: string; texts: readonly string[]; want: readonly (readonly Cell[])[] }>([
    {
      name: "a line a day, towards the phase",
      texts: [dayOf("2018-11-18T08:00:00", 1, 3), dayOf("2018-11-20T08:00:00", 3, 1)],
      want: [
        ["2018-11-18", 1, 3, 1],
        ["2018-11-20", 3, 1, 1],
      ],
    },
    {
      name: "of one day the last run counts",
      texts: [dayOf("2018-11-20T07:00:00", 1, 3), dayOf("2018-11-20T08:00:00", 2, 2)],
      want: [["2018-11-20", 2, 2, 1]],
    },
    {
      name: "whatever the order of the lines",
      texts: [dayOf("2018-11-20T08:00:00", 2, 2), dayOf("2018-11-20T07:00:00", 1, 3)],
      want: [["2018-11-20", 2, 2, 1]],
    },
    {
      name: "of one moment the later line counts",
      texts: [dayOf("2018-11-20T08:00:00", 1, 3), dayOf("2018-11-20T08:00:00", 2, 2)],
      want: [["2018-11-20", 2, 2, 1]],
    },
    {
      name: "the day is that of the plan's clock",
      texts: [dayOf("2018-06-19T23:30:00", 1, 3), dayOf("2018-06-20T08:00:00", 2, 2)],
      want: [["2018-06-20", 2, 2, 1]],
    },
    {
      name: "what cannot be read is a day less, and no reason to stop",
      texts: [
        "",
        "{",
        "null",
        '{"schemaVersion":2}',
        '{"schemaVersion":1,"asOf":"then","plan":"county-2018","phases":{},"total":{}}',
        dayOf("2018-11-20T08:00:00", 2, 2),
      ],
      want: [["2018-11-20", 2, 2, 1]],
    },
    {
      name: "another plan's lines are another's",
      texts: [dayOf("2018-11-19T08:00:00", 9, 9).replace("county-2018", "other"), dayOf("2018-11-20T08:00:00", 2, 2)],
      want: [["2018-11-20", 2, 2, 1]],
    },
    {
      name: "the last few days",
      texts: Array.from({ length: 9 }, (_, day) => dayOf(`2018-11-1${day}T08:00:00`, day, 1)),
      want: [3, 4, 5, 6, 7, 8].map((day) => [`2018-11-1${day}`, day, 1, 1]),
    },
    { name: "nothing kept, nothing told", texts: [], want: [] },
  ])("$name", ({ texts, want }) => {
    expect(offices(texts)).toEqual(want);
  });

  test("of the phases that are still to come, with the days on which they start", () => {
    const rows = trendTable(of, [dayOf("2018-11-20T08:00:00", 2, 1)], NOW, "Europe/London").rows;
    expect(rows.map(([name, starts]) => `${name} ${starts}`)).toEqual(["offices 2018-12-03", "staff 2018-12-13"]);
    expect(offices([dayOf("2018-11-20T08:00:00", 2, 1)], at("2018-12-03"))).toEqual([]);
  });
});
