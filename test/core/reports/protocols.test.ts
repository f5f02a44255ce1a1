import { describe, expect, test } from "vitest";
import type { PhaseCourse } from "../../../src/core/changes.ts";
import { MailboxTypes } from "../../../src/core/mailbox-types.ts";
import type { TurnOffPhase } from "../../../src/core/mailbox-wishes.ts";
import { turnOffPhases } from "../../../src/core/mailbox-wishes.ts";
import type { MailboxState } from "../../../src/core/mailboxes.ts";
import type { TurnOff } from "../../../src/core/plan/plan.ts";
import type { LoggedSignIn } from "../../../src/core/reports/log-row.ts";
import { ProtocolUses, type Use } from "../../../src/core/reports/protocol-uses.ts";
import { type Context, judgedOf, Protocols, protocols, type SeenMailbox } from "../../../src/core/reports/protocols.ts";
import type { Cell } from "../../../src/core/reports/shape.ts";
import { NO_WORDS, type Owner, turnedOffBy, type Words, type WordsOf } from "../../../src/core/reports/turned-off.ts";
import { at, id } from "../county.ts";
import { box, keep, OFF, ON, offPhase } from "../mail-world.ts";

const NOW = at("2026-03-02T08:00:00");

const turning = (name: string, words: Partial<TurnOff> = {}, starts = "2026-02-16"): TurnOffPhase => {
  const [only] = turnOffPhases({ phases: [offPhase(name, starts, words)] });
  if (only === undefined) throw new Error("it turns nothing off");
  return only;
};

// ---- what the plan says

/** `off a`, `later b`, `kept c`, `unsure` */
const told = ({ off, later, kept, unsure }: Words): string =>
  [
    ...(off === undefined ? [] : [`off ${off.id}`]),
    ...(later === undefined ? [] : [`later ${later.id}`]),
    ...(kept === undefined ? [] : [`kept ${kept.phase.id} ${kept.pattern}`]),
    ...(unsure ? ["unsure"] : []),
  ].join(", ");

const OFFICE: Owner = { address: "office@alder.example", isIn: (cohort) => cohort === "offices" };
const DARK: Owner = { address: "office@alder.example", isIn: () => "unknown" };
const STRANGER: Owner = { address: undefined, isIn: () => false };

describe("what phases say of POP3", () => {
  const KEEPS = { keepOn: [keep(["copier@*"]), keep(["office@*", "office@alder.*"])] };
  const lines: readonly (readonly [
    name: string,
    phases: readonly (readonly [id: string, course: PhaseCourse | undefined, words?: Partial<TurnOff>])[],
    owner: Owner,
    want: string,
  ])[] = [
    ["no phase", [], OFFICE, ""],
    ["one that has started", [["a", "started"]], OFFICE, "off a"],
    ["one to come", [["a", "later"]], OFFICE, "later a"],
    ["one on hold", [["a", "held"]], OFFICE, "later a"],
    ["one that waits for a gate", [["a", "waiting"]], OFFICE, "later a"],
    ["one in report-only", [["a", "staged"]], OFFICE, "later a"],
    ["where it stands nobody can say", [["a", undefined]], OFFICE, "later a, unsure"],
    ["another protocol", [["a", "started", { protocols: ["smtpAuth"] }]], OFFICE, ""],
    ["another cohort", [["a", "started", { for: "heads" }]], OFFICE, ""],
    ["its cohort", [["a", "started", { for: "offices" }]], OFFICE, "off a"],
    ["a cohort that could not be read", [["a", "started", { for: "heads" }]], DARK, "unsure"],
    [
      "a cohort that could not be read, and everybody",
      [
        ["a", "started", { for: "heads" }],
        ["b", "started"],
      ],
      DARK,
      "off b",
    ],
    ["kept on, by the second word that has it", [["a", "started", KEEPS]], OFFICE, "kept a office@*"],
    ["kept on later", [["a", "later", KEEPS]], OFFICE, "kept a office@*"],
    ["kept on, where the phase stands nobody can say: it is kept either way", [["a", undefined, KEEPS]], OFFICE, "kept a office@*"],
    [
      "kept on by one and turned off by another",
      [
        ["a", "started", KEEPS],
        ["b", "started"],
      ],
      OFFICE,
      "off b",
    ],
    [
      "kept on today, turned off by one to come",
      [
        ["a", "started", KEEPS],
        ["b", "later"],
      ],
      OFFICE,
      "later b, kept a office@*",
    ],
    [
      "turned off by two, the first that started counts",
      [
        ["a", "held"],
        ["b", "started"],
      ],
      OFFICE,
      "off b",
    ],
    ["nobody's account", [["a", "started"]], STRANGER, "off a"],
    ["nobody's account, which may be one that keeps it", [["a", "started", KEEPS]], STRANGER, "unsure"],
    ["nobody's account is in no cohort", [["a", "started", { for: "offices" }]], STRANGER, ""],
  ];

  test.each(lines)("%s", (_name, phases, owner, want) => {
    const courses = new Map(phases.map(([name, course]) => [name, course]));
    const wordsOf = turnedOffBy(
      phases.map(([name, , words]) => turning(name, words)),
      (name) => courses.get(name),
    );
    expect(told(wordsOf(owner).pop3)).toBe(want);
  });
});

// ---- one mailbox

const ACCOUNT: SeenMailbox["account"] = { upn: "Office@Alder.example", address: "office@alder.example", name: "Office", enabled: true };
const USE: Use = {
  last: { protocol: "imap", at: at("2026-02-25T05:00:00"), client: "IMAP4", app: "Exchange", agent: undefined, address: "203.0.113.7" },
  lasts: { imap: at("2026-02-25T05:00:00"), pop3: at("2026-02-20T05:00:00") },
  count: 3,
};

const seen = (state: Partial<MailboxState>, words: Partial<WordsOf> = {}, more: Partial<SeenMailbox> = {}): SeenMailbox => ({
  mailbox: { id: box(1), owner: id(1), state: { ...OFF, activeSync: false, smtpAuth: "off", ...state } },
  account: ACCOUNT,
  type: "user",
  use: undefined,
  words: { ...NO_WORDS, ...words },
  ...more,
});

const CONTEXT: Context = { now: NOW, today: "2026-03-02", all: false, tenantSmtp: "off", log: "whole", courseOf: () => "started" };

const A = turning("a");
const OFF_BY_A: Words = { off: A, unsure: false };
const LATER: Words = { later: turning("b", {}, "2026-03-16"), unsure: false };
const KEPT: Words = { kept: { phase: A, exception: keep(["office@*"], { until: "2026-03-01" }), pattern: "office@*" }, unsure: false };
const UNSURE: Words = { later: A, unsure: true };

describe("how a mailbox stands to the plan", () => {
  test.each<[name: string, one: SeenMailbox, tenant: Context["tenantSmtp"], want: string]>([
    ["nothing is said, nothing is on", seen({}), "off", "no word"],
    ["nothing is said, all is on", seen(ON), "on", "no word"],
    ["on, and turned off", seen({ pop3: true }, { pop3: OFF_BY_A }), "off", "drifted"],
    ["off, and turned off", seen({}, { pop3: OFF_BY_A }), "off", "as planned"],
    ["on, and goes off", seen({ imap: true }, { imap: LATER }), "off", "goes off"],
    ["off already, and goes off", seen({}, { imap: LATER }), "off", "as planned"],
    ["on, and kept", seen({ imap: true }, { imap: KEPT }), "off", "kept on"],
    ["kept, and off all the same", seen({}, { imap: KEPT }), "off", "as planned"],
    ["on, and nobody can say", seen({ imap: true }, { imap: UNSURE }), "off", "unknown"],
    ["off, and nobody can say: it is off", seen({}, { imap: UNSURE }), "off", "as planned"],
    ["kept today, goes off later", seen({ imap: true }, { imap: { ...KEPT, ...LATER } }), "off", "goes off"],
    ["drifted goes before all else", seen({ pop3: true, imap: true, activeSync: true }, { pop3: UNSURE, imap: LATER, activeSync: OFF_BY_A }), "off", "drifted"],
    ["unknown goes before what is to come", seen({ pop3: true, imap: true }, { pop3: LATER, imap: UNSURE }), "off", "unknown"],
    ["SMTP AUTH by its own word, whatever the tenant says", seen({ smtpAuth: "on" }, { smtpAuth: OFF_BY_A }), "off", "drifted"],
    ["SMTP AUTH off by its own word", seen({ smtpAuth: "off" }, { smtpAuth: OFF_BY_A }), "on", "as planned"],
    ["SMTP AUTH by the tenant's word, which is on", seen({ smtpAuth: "inherit" }, { smtpAuth: OFF_BY_A }), "on", "drifted"],
    ["SMTP AUTH by the tenant's word, which is off", seen({ smtpAuth: "inherit" }, { smtpAuth: OFF_BY_A }), "off", "as planned"],
    ["SMTP AUTH by the tenant's word, which was not read", seen({ smtpAuth: "inherit" }, { smtpAuth: OFF_BY_A }), "unknown", "unknown"],
    ["the same with a phase to come", seen({ smtpAuth: "inherit" }, { smtpAuth: LATER }), "unknown", "unknown"],
    ["of which the plan says nothing", seen({ smtpAuth: "inherit" }), "unknown", "no word"],
    ["kept, whatever the tenant says", seen({ smtpAuth: "inherit" }, { smtpAuth: KEPT }), "unknown", "kept on"],
  ])("%s", (_name, one, tenantSmtp, want) => {
    expect(judgedOf(one, { tenantSmtp }).state).toBe(want);
  });
});

const cellsOf = (one: SeenMailbox, context: Partial<Context> = {}): Readonly<Record<string, Cell>> | undefined => {
  const row = new Protocols({ ...CONTEXT, ...context }).take(one);
  expect(row === undefined ? protocols.columns.length : row.length).toBe(protocols.columns.length);
  return row === undefined ? undefined : Object.fromEntries(protocols.columns.map(({ name }, place) => [name, row[place] ?? null]));
};

describe("which mailboxes have rows", () => {
  test.each<[name: string, one: SeenMailbox, context: Partial<Context>, want: boolean]>([
    ["as planned", seen({}, { pop3: OFF_BY_A }), {}, false],
    ["kept on", seen({ pop3: true }, { pop3: KEPT }), {}, false],
    ["no word, and everything on", seen(ON), {}, false],
    ["drifted", seen({ pop3: true }, { pop3: OFF_BY_A }), {}, true],
    ["goes off", seen({ pop3: true }, { pop3: LATER }), {}, true],
    ["unknown", seen({ pop3: true }, { pop3: UNSURE }), {}, true],
    ["somebody came by it, though it is off by now", seen({}, { imap: OFF_BY_A }, { use: USE }), {}, true],
    ["somebody may have come by what is on", seen({ activeSync: true }), { log: "nothing" }, true],
    ["or in the part of the log that was not read", seen({ activeSync: true }), { log: "part" }, true],
    ["or by what nobody knows to be off", seen({ smtpAuth: "inherit" }), { log: "nothing", tenantSmtp: "unknown" }, true],
    ["nobody can come by what is off", seen({}), { log: "nothing" }, false],
    ["all", seen({}), { all: true }, true],
    ["without a plan, nobody came", seen(ON), { courseOf: undefined }, false],
    ["without a plan, somebody came", seen(ON, {}, { use: USE }), { courseOf: undefined }, true],
  ])("%s", (_name, one, context, want) => {
    expect(cellsOf(one, context) !== undefined).toBe(want);
    const fold = new Protocols({ ...CONTEXT, ...context });
    fold.take(one);
    expect(fold.counts.hidden).toBe(want ? 0 : 1);
  });
});

describe("cells", () => {
  const all = { all: true };

  test.each<[own: MailboxState["smtpAuth"], tenant: Context["tenantSmtp"], want: string]>([
    ["on", "off", "on (own)"],
    ["on", "unknown", "on (own)"],
    ["off", "on", "off (own)"],
    ["inherit", "on", "on (tenant)"],
    ["inherit", "off", "off (tenant)"],
    ["inherit", "unknown", "unknown (tenant)"],
  ])("SMTP AUTH: a mailbox says %s, the tenant %s", (smtpAuth, tenantSmtp, want) => {
    expect(cellsOf(seen({ smtpAuth }), { ...all, tenantSmtp })?.["smtpAuth"]).toBe(want);
  });

  test("who came last, by what, from where; each protocol has its own last", () => {
    expect(cellsOf(seen({}, {}, { use: USE }))).toMatchObject({
      account: "Office@Alder.example",
      domain: "alder.example",
      lastUsedBy: "IMAP",
      lastUsed: "2026-02-25T05:00:00Z",
      lastAddress: "203.0.113.7",
      lastClient: "IMAP4",
      lastApp: "Exchange",
      lastAgent: null,
      signIns: 3,
      pop3Used: "2026-02-20T05:00:00Z",
      imapUsed: "2026-02-25T05:00:00Z",
      smtpAuthUsed: null,
      activeSyncUsed: null,
    });
    // Of what was read something is known; of the other protocols nothing.
    expect(cellsOf(seen({}, {}, { use: USE }), { log: "part" })).toMatchObject({
      lastUsedBy: "IMAP",
      pop3Used: "2026-02-20T05:00:00Z",
      smtpAuthUsed: "unknown",
    });
    expect(cellsOf(seen({}), { ...all, log: "part" })).toMatchObject({
      lastUsedBy: "unknown",
      lastAddress: "unknown",
      lastAgent: "unknown",
      signIns: "unknown",
    });
  });

  const keeping = (until?: string): SeenMailbox => {
    const kept = { phase: A, exception: keep(["office@*"], until === undefined ? {} : { until }), pattern: "office@*" };
    return seen({ imap: true }, { imap: { kept, unsure: false } });
  };

  test.each<[name: string, one: SeenMailbox, courses: Readonly<Record<string, PhaseCourse>>, plan: readonly string[], state: readonly Cell[]]>([
    ["off since", seen({}, { pop3: OFF_BY_A }), { a: "started" }, ["POP3: off by a since 2026-02-16T00:00:00Z"], ["a", "started", "2026-02-16T00:00:00Z"]],
    [
      "begun early",
      seen({ pop3: true }, { pop3: { off: turning("b", {}, "2026-03-16"), unsure: false } }),
      { b: "started" },
      ["POP3: off by b, begun before 2026-03-16T00:00:00Z"],
      ["b", "started", "2026-03-16T00:00:00Z"],
    ],
    ["off from", seen({ pop3: true }, { pop3: LATER }), { b: "later" }, ["POP3: off by b from 2026-03-16T00:00:00Z"], ["b", "later", "2026-03-16T00:00:00Z"]],
    [
      "on hold",
      seen({ pop3: true }, { pop3: LATER }),
      { b: "held" },
      ["POP3: off by b from 2026-03-16T00:00:00Z, on hold"],
      ["b", "held", "2026-03-16T00:00:00Z"],
    ],
    [
      "waiting",
      seen({ pop3: true }, { pop3: LATER }),
      { b: "waiting" },
      ["POP3: off by b from 2026-03-16T00:00:00Z, waiting"],
      ["b", "waiting", "2026-03-16T00:00:00Z"],
    ],
    [
      "nobody knows",
      seen({ pop3: true }, { pop3: UNSURE }),
      {},
      ["POP3: off by a from 2026-02-16T00:00:00Z, if it is not on hold"],
      ["a", "unknown", "2026-02-16T00:00:00Z"],
    ],
    ["of whom nobody knows", seen({ pop3: true }, { pop3: { unsure: true } }), {}, ["POP3: unknown"], [null, null, null]],
    ["kept", keeping(), { a: "started" }, ["IMAP: kept on by a, site manager: scans to mail"], ["a", "started", "2026-02-16T00:00:00Z"]],
    [
      "kept until",
      keeping("2026-03-02"),
      { a: "started" },
      ["IMAP: kept on by a until 2026-03-02, site manager: scans to mail"],
      ["a", "started", "2026-02-16T00:00:00Z"],
    ],
    [
      "the phase by which the state is so goes before the others",
      seen({ imap: true }, { pop3: OFF_BY_A, imap: LATER }),
      { a: "started", b: "later" },
      ["POP3: off by a since 2026-02-16T00:00:00Z", "IMAP: off by b from 2026-03-16T00:00:00Z"],
      ["b", "later", "2026-03-16T00:00:00Z"],
    ],
  ])("the plan: %s", (_name, one, courses, plan, [phase, phaseState, phaseStarts]) => {
    expect(cellsOf(one, { ...all, courseOf: (name) => courses[name] })).toMatchObject({ plan, phase, phaseState, phaseStarts });
  });

  test("the last day is still within; the day after it is overdue", () => {
    expect(cellsOf(keeping("2026-03-02"), all)).toMatchObject({
      keptOn: ["IMAP"],
      because: "scans to mail",
      owner: "site manager",
      until: "2026-03-02",
      overdue: false,
    });
    expect(cellsOf(keeping("2026-03-01"), all)).toMatchObject({ overdue: true });
    expect(cellsOf(keeping(), all)).toMatchObject({ until: null, overdue: null });
    expect(cellsOf(seen({}), all)).toMatchObject({ keptOn: [], because: null, owner: null, until: null, overdue: null });
  });

  test("what is still on: what the plan turns off or will, not what it keeps, nor what it says nothing of", () => {
    const one = seen(ON, { pop3: OFF_BY_A, imap: LATER, activeSync: KEPT });
    expect(cellsOf(one, { ...all, tenantSmtp: "on" })?.["stillOn"]).toEqual(["POP3", "IMAP"]);
    expect(cellsOf(seen(ON, { smtpAuth: OFF_BY_A }), { ...all, tenantSmtp: "unknown" })?.["stillOn"]).toEqual(["SMTP AUTH"]);
    expect(cellsOf(seen(OFF, { pop3: OFF_BY_A }), all)?.["stillOn"]).toEqual([]);
  });

  test("an account that the directory does not list, and a mailbox of which nobody says what for", () => {
    expect(cellsOf(seen({}, {}, { account: undefined, type: undefined }), all)).toMatchObject({
      account: id(1),
      name: null,
      domain: null,
      enabled: null,
      mailbox: "unknown",
    });
  });

  test("without a plan nothing is said of one", () => {
    expect(cellsOf(seen(ON), { ...all, courseOf: undefined })).toMatchObject({ state: null, plan: [], phase: null, stillOn: [] });
  });
});

describe("sums", () => {
  const folded = (all: readonly SeenMailbox[], context: Partial<Context> = {}) => {
    const fold = new Protocols({ ...CONTEXT, ...context });
    for (const one of all) fold.take(one);
    return { sums: fold.sums(), counts: fold.counts };
  };
  const ALL = [
    seen({ ...ON, smtpAuth: "on" }, { pop3: OFF_BY_A, imap: LATER, smtpAuth: KEPT }, { use: USE }),
    seen({ smtpAuth: "inherit" }, { pop3: OFF_BY_A, imap: LATER }),
    seen({ activeSync: true, smtpAuth: "inherit" }, {}, { account: { upn: "x@birch.example", address: "x@birch.example", name: "X", enabled: true } }),
    seen({}, {}, { account: undefined }),
  ];

  test("by protocol, SMTP AUTH by whose word; by state; by domain; shown or not", () => {
    const { sums, counts } = folded(ALL);
    expect(counts).toEqual({ hidden: 3, inherit: 2 });
    expect(sums).toEqual([
      {
        title: "By protocol",
        columns: ["Protocol", "On", "Off", "Unknown", "Used", "Drifted", "Goes off", "Kept on"],
        rows: [
          ["POP3", 1, 3, 0, 1, 1, 0, 0],
          ["IMAP", 1, 3, 0, 1, 0, 1, 0],
          ["SMTP AUTH (own)", 1, 1, 0, 0, 0, 0, 1],
          ["SMTP AUTH (tenant)", 0, 2, 0, 0, 0, 0, 0],
          ["ActiveSync", 2, 2, 0, 0, 0, 0, 0],
        ],
      },
      {
        title: "By state",
        columns: ["State", "Mailboxes"],
        rows: [
          ["drifted", 1],
          ["as planned", 1],
          ["no word", 2],
        ],
      },
      {
        title: "By domain",
        columns: ["Domain", "Mailboxes", "POP3 on", "IMAP on", "SMTP AUTH on", "ActiveSync on", "Used", "Drifted", "Goes off", "Kept on"],
        rows: [
          ["alder.example", 2, 1, 1, 1, 1, 1, 1, 0, 0],
          ["birch.example", 1, 0, 0, 0, 1, 0, 0, 0, 0],
          ["not in the directory", 1, 0, 0, 0, 0, 0, 0, 0, 0],
        ],
      },
    ]);
  });

  test("without a plan nothing of one; without the log nobody knows who came", () => {
    const { sums } = folded(ALL, { courseOf: undefined, log: "nothing", tenantSmtp: "unknown" });
    expect(sums.map(({ title }) => title)).toEqual(["By protocol", "By domain"]);
    expect(sums[0]?.rows[3]).toEqual(["SMTP AUTH (tenant)", 0, 0, 2, "unknown"]);
    expect(sums[1]?.rows[0]).toEqual(["alder.example", 2, 1, 1, 1, 1, "unknown"]);
  });
});

// ---- the log, and what mailboxes are for

const logged = (fields: Partial<LoggedSignIn>): LoggedSignIn => ({
  id: "",
  at: at("2026-02-25T05:00:00"),
  account: id(1),
  client: "IMAP4",
  address: "203.0.113.7",
  country: "GB",
  interactive: true,
  code: 0,
  reason: undefined,
  app: "Exchange",
  agent: undefined,
  name: undefined,
  upn: undefined,
  ...fields,
});

const usedBy = (rows: readonly Partial<LoggedSignIn>[], account = id(1)): Use | undefined => {
  const uses = new ProtocolUses();
  for (const row of rows) uses.read(logged(row));
  return uses.of(account);
};

describe("who came by which protocol", () => {
  test.each([
    ["POP", "pop3"],
    ["POP3", "pop3"],
    ["IMAP", "imap"],
    ["imap4", "imap"],
    ["SMTP", "smtpAuth"],
    ["Authenticated SMTP", "smtpAuth"],
    ["Exchange ActiveSync", "activeSync"],
  ] as const)("%s", (client, protocol) => {
    expect(usedBy([{ client }])).toMatchObject({ last: { protocol, client }, lasts: { [protocol]: at("2026-02-25T05:00:00") }, count: 1 });
  });

  test.each<[name: string, row: Partial<LoggedSignIn>]>([
    ["a failure", { code: 50126 }],
    ["one of which nobody says how it ended", { code: undefined }],
    ["a browser", { client: "Browser" }],
    ["an old program that leads to no mailbox of the four", { client: "Other clients" }],
    ["no program", { client: undefined }],
    ["nobody", { account: undefined }],
  ])("%s is no use", (_name, row) => {
    expect(usedBy([row])).toBeUndefined();
  });

  test("the newest counts, in whichever order they come, with all that it says and nothing of the others", () => {
    const rows: readonly Partial<LoggedSignIn>[] = [
      { at: at("2026-02-20T05:00:00"), client: "POP3", agent: "old", address: "203.0.113.1" },
      { at: at("2026-02-26T05:00:00"), client: "Authenticated SMTP", agent: undefined, address: undefined, app: undefined },
      { at: at("2026-02-25T05:00:00"), client: "POP3", agent: "middle" },
    ];
    const want: Use = {
      last: { protocol: "smtpAuth", at: at("2026-02-26T05:00:00"), client: "Authenticated SMTP", app: undefined, agent: undefined, address: undefined },
      lasts: { pop3: at("2026-02-25T05:00:00"), smtpAuth: at("2026-02-26T05:00:00") },
      count: 3,
    };
    expect(usedBy(rows)).toEqual(want);
    expect(usedBy(rows.toReversed())).toEqual(want);
  });

  test("accounts are told apart, thousands of them", () => {
    const uses = new ProtocolUses();
    for (let number = 1; number <= 5_000; number += 1)
      uses.read(logged({ account: id(number), at: NOW - number, address: `2001:db8::${number.toString(16)}`, client: number % 2 === 0 ? "POP3" : "IMAP4" }));
    expect(uses.size).toBe(5_000);
    expect(uses.of(id(4_321))).toMatchObject({ last: { protocol: "imap", at: NOW - 4_321, address: "2001:db8::10e1" }, count: 1 });
    expect(uses.of(id(5_001))).toBeUndefined();
  });
});

describe("what mailboxes are for", () => {
  test("a word each, thousands of them; the last word of one that comes twice", () => {
    const types = new MailboxTypes();
    for (let number = 1; number <= 3_000; number += 1) types.add(box(number), number % 10 === 0 ? "shared" : "user");
    types.add(box(7), "room");
    expect([types.size, types.of(box(10)), types.of(box(11)), types.of(box(7)), types.of(box(3_001))]).toEqual([3_000, "shared", "user", "room", undefined]);
  });

  test("of more words than fit nothing false is told", () => {
    const types = new MailboxTypes();
    for (let number = 1; number <= 300; number += 1) types.add(box(number), `word ${number}`);
    expect([types.of(box(255)), types.of(box(256)), types.of(box(300)), types.of(box(1))]).toEqual(["word 255", undefined, undefined, "word 1"]);
  });
});
