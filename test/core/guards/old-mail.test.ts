/** Whoever loses mail calls on Monday: told beforehand, by name, as far as the log knows them. */

import { describe, expect, test } from "vitest";
import { applyChanges } from "../../../src/core/after.ts";
import type { Finding } from "../../../src/core/changes.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { oldMail } from "../../../src/core/guards/old-mail.ts";
import { overdue } from "../../../src/core/guards/overdue.ts";
import type { Observed } from "../../../src/core/observed.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import type { Looked, MailUse, SignInDigest } from "../../../src/core/sign-in-digest.ts";
import { absent, type Known, type ObjectId, present, unknown } from "../../../src/core/tenant.ts";
import { at, type Someone, see } from "../county.ts";
import { keep, mailPlan, mailTenant, OFF, ON, offPhase, type States } from "../mail-world.ts";
import { DAY_MS, logOf } from "./log-world.ts";
import { id, told } from "./world.ts";

const DAY = at("2018-11-09");
const NOW = at("2018-11-05");
const LOOKED: Looked = { since: NOW - 30 * DAY_MS, cut: false, gaps: [] };
const YESTERDAY = NOW - DAY_MS / 2;

const [HEAD, OFFICE, COPIER, SCRIPT] = [0x10, 0x11, 0x12, 0x13];
const PEOPLE: readonly Someone[] = [
  { id: id(HEAD), address: "head@alder.county.example", standings: { heads: "in" } },
  { id: id(OFFICE), address: "office@alder.county.example" },
  { id: id(COPIER), address: "copier@alder.county.example" },
  { id: id(SCRIPT), address: "script@alder.county.example", enabled: false },
];
const ALL: States = { [HEAD]: ON, [OFFICE]: ON, [COPIER]: ON, [SCRIPT]: ON };

type Uses = Readonly<Record<number, MailUse>>;
const used = (...protocols: readonly (keyof MailUse)[]): MailUse => Object.fromEntries(protocols.map((protocol) => [protocol, { last: YESTERDAY, count: 3 }]));
const logged = (uses: Uses, looked: Partial<Looked> = {}): Known<SignInDigest> =>
  logOf({
    legacy: present({
      ...LOOKED,
      ...looked,
      uses: new Map(),
      mail: new Map(Object.entries(uses).map(([account, use]): [ObjectId, MailUse] => [id(Number(account)), use])),
    }),
  });

type World = Parameters<typeof mailTenant>[2];
const inputOf = (of: Plan, log: Known<SignInDigest> | undefined, states: States = ALL, world: World = {}, fields: Partial<Observed> = {}): GuardInput => {
  const observed: Observed = { ...mailTenant(of, states, { people: PEOPLE, ...world }), ...(log !== undefined && { log }), ...fields };
  const { desired, diff } = see(of, observed, DAY);
  return { plan: of, moment: DAY, observed, desired, diff, after: applyChanges(observed, diff), history: undefined, attended: true };
};
const foundIn = (...args: Parameters<typeof inputOf>): readonly Finding[] => oldMail.check(inputOf(...args));
const short = (found: readonly Finding[]): readonly string[] =>
  found.map(({ verdict, count, accounts = [] }) => `${verdict} ${count ?? "-"}: ${accounts.map((each) => each.split("@")[0]).join(", ")}`);

const POP = mailPlan({ protocols: ["pop3"] });

describe("who is told of", () => {
  test.each<readonly [string, Plan, Uses, States, readonly string[]]>([
    ["nobody used it", POP, {}, ALL, []],
    ["nobody loses it", POP, { [HEAD]: used("pop3") }, { [HEAD]: OFF }, []],
    ["one did", POP, { [HEAD]: used("pop3") }, ALL, ["stop 1: head"]],
    ["by the protocol that stays on", POP, { [HEAD]: used("imap", "activeSync", "smtpAuth") }, ALL, []],
    ["three did, by name", POP, { [HEAD]: used("pop3"), [OFFICE]: used("pop3"), [COPIER]: used("pop3") }, ALL, ["stop 3: copier, head, office"]],
    [
      "of a cohort the others do not matter",
      mailPlan({ protocols: ["pop3"], for: "heads" }),
      { [HEAD]: used("pop3"), [OFFICE]: used("pop3") },
      ALL,
      ["stop 1: head"],
    ],
    [
      "who keeps it is not hit",
      mailPlan({ protocols: ["pop3"], keepOn: [keep(["head@*"])] }),
      { [HEAD]: used("pop3"), [OFFICE]: used("pop3") },
      ALL,
      ["stop 1: office"],
    ],
    ["a disabled account's program may still be waited for", POP, { [SCRIPT]: used("pop3") }, ALL, ["stop 1: script"]],
    ["ActiveSync", mailPlan({ protocols: ["activeSync"] }), { [HEAD]: used("activeSync") }, ALL, ["stop 1: head"]],
    ["the plan lets one be hit, and one is", mailPlan({ protocols: ["pop3"], atMost: 1 }), { [HEAD]: used("pop3") }, ALL, ["go 1: head"]],
    ["and one more", mailPlan({ protocols: ["pop3"], atMost: 1 }), { [HEAD]: used("pop3"), [OFFICE]: used("pop3") }, ALL, ["stop 2: head, office"]],
    ["before the day nobody", mailPlan({}, { phases: [offPhase("off", "2018-12-01")] }), { [HEAD]: used("pop3") }, ALL, []],
  ])("%s", (_, of, uses, states, want) => {
    expect(short(foundIn(of, logged(uses), states))).toEqual(want);
  });

  test("by what, when, the newest first, and what to do", () => {
    const uses = {
      [HEAD]: { pop3: { last: NOW - 3 * DAY_MS, count: 1 }, imap: { last: NOW - 20 * DAY_MS, count: 1 } },
      [OFFICE]: { imap: { last: YESTERDAY, count: 9 } },
    };
    expect(foundIn(mailPlan(), logged(uses))).toEqual([
      {
        guard: "old-mail",
        verdict: "stop",
        phase: "off",
        detail: "2 accounts used what goes off in the last 30 days: mail stops in those programs",
        accounts: ["office@alder.county.example (IMAP, yesterday)", "head@alder.county.example (POP3, 3 days ago; IMAP, 20 days ago)"],
        count: 2,
        hint: "report protocols --phase off names them; write to them first, or name those that shall go on under keepOn, with a reason; atMost: says how many may be hit",
        allowable: true,
        holds: [{ kind: "mailbox-protocols", key: "*" }],
      },
    ]);
  });

  test("let be hit by the plan, it says how many", () => {
    expect(told(foundIn(mailPlan({ protocols: ["pop3"], atMost: 25 }), logged({ [HEAD]: used("pop3") })))).toEqual([
      "go: 1 account used what goes off in the last 30 days: mail stops in that program; the plan lets up to 25 be hit",
    ]);
  });
});

describe("SMTP AUTH", () => {
  const SMTP = mailPlan({ protocols: ["smtpAuth"], keepOn: [keep(["copier@*"])] });
  const uses = { [HEAD]: used("smtpAuth"), [COPIER]: used("smtpAuth") };
  test.each<readonly [string, Plan, States, World, readonly string[]]>([
    ["who goes by the tenant's word loses it with that", SMTP, ALL, {}, ["stop 1: head"]],
    ["who has a word of its own, which goes with it", SMTP, { [HEAD]: { smtpAuth: "on" } }, {}, ["stop 1: head"]],
    ["who has it off loses nothing", SMTP, { [HEAD]: { smtpAuth: "off" } }, {}, []],
    ["the tenant's is off already, and so is who goes by it", SMTP, ALL, { smtpAuth: "off" }, []],
    ["but not who has a word of its own", SMTP, { [HEAD]: { smtpAuth: "on" } }, { smtpAuth: "off" }, ["stop 1: head"]],
    ["of a cohort by its own word", mailPlan({ protocols: ["smtpAuth"], for: "heads" }), ALL, {}, ["stop 1: head"]],
    ["kept for both", mailPlan({ protocols: ["smtpAuth"], keepOn: [keep(["*@*"])] }), ALL, {}, []],
  ])("%s", (_, of, states, world, want) => {
    expect(short(foundIn(of, logged(uses), states, world))).toEqual(want);
  });

  test("what goes by mailbox and what goes by the tenant are counted together, each account once, and held together", () => {
    const of = mailPlan({ protocols: ["pop3", "smtpAuth"], atMost: 2 });
    const both = { [HEAD]: used("pop3"), [OFFICE]: used("smtpAuth"), [COPIER]: used("pop3", "smtpAuth") };
    const [finding, ...more] = foundIn(of, logged(both));
    expect([finding?.verdict, finding?.count, more]).toEqual(["stop", 3, []]);
    expect(finding?.holds).toEqual([
      { kind: "mailbox-protocols", key: "*" },
      { kind: "smtp-auth", key: "tenant" },
    ]);
    expect(finding?.accounts).toContain("copier@alder.county.example (POP3, yesterday; SMTP AUTH, yesterday)");
    expect(short(foundIn(mailPlan({ protocols: ["pop3", "smtpAuth"], atMost: 3 }), logged(both)))).toEqual(["go 3: copier, head, office"]);
  });
});

describe("several phases", () => {
  const two = (first: number, second: number): Plan =>
    mailPlan(
      {},
      {
        phases: [
          offPhase("heads", "2018-11-09", { for: "heads", protocols: ["pop3"], atMost: first }),
          offPhase("all", "2018-11-09", { protocols: ["imap"], atMost: second }),
        ],
      },
    );
  const uses = { [HEAD]: used("pop3", "imap"), [OFFICE]: used("imap") };
  test("that share a mailbox let together so many be hit", () => {
    expect(short(foundIn(two(1, 1), logged(uses)))).toEqual(["go 2: head, office"]);
    expect(short(foundIn(two(0, 1), logged(uses)))).toEqual(["stop 2: head, office"]);
  });
  test("that share none each for itself", () => {
    const of = mailPlan(
      {},
      { phases: [offPhase("heads", "2018-11-09", { for: "heads", protocols: ["pop3"], atMost: 1 }), offPhase("all", "2018-11-09", { protocols: ["imap"] })] },
    );
    const apart = { [HEAD]: { imap: false }, [OFFICE]: ON };
    const found = foundIn(of, logged({ [HEAD]: used("pop3"), [OFFICE]: used("imap") }), apart);
    expect(found.map(({ verdict, phase, count }) => [verdict, phase, count])).toEqual([
      ["stop", "all", 1],
      ["go", "heads", 1],
    ]);
  });
});

describe("what the log does not know", () => {
  const detail = (log: Known<SignInDigest> | undefined, fields: Partial<Observed> = {}): readonly string[] => told(foundIn(POP, log, ALL, {}, fields));
  test.each<readonly [string, Known<SignInDigest> | undefined, readonly (string | RegExp)[]]>([
    ["not read", undefined, [/^unclear: who still gets or sends mail by a protocol that goes off is not known: the log of sign-ins was not read$/]],
    ["nobody asks", absent, []],
    ["unreadable", unknown("403"), [/^unclear: .* could not be read: 403$/]],
    ["that part was not asked for", logOf({}), [/^unclear: .* was not asked for it$/]],
    ["that part is unreadable", logOf({ legacy: unknown("504") }), [/^unclear: .* could not be read: 504$/]],
    ["no licence: nobody will ever know", logOf({ legacy: absent }), [/^go: .* P1 or P2$/]],
    [
      "an empty log of a practice tenant",
      present({ empty: true, legacy: present({ ...LOOKED, uses: new Map() }) }),
      [/^go: .* this practice tenant has no log/],
    ],
    ["a gap that may be filled", logged({}, { gaps: [{ words: "beta: 503", lasting: false }] }), [/^unclear: .* is known in part: beta: 503$/]],
    [
      "a gap that stays, beside who is known",
      logged({ [HEAD]: used("pop3") }, { gaps: [{ words: "beta: 400", lasting: true }] }),
      [/^stop: 1 account/, /^go: .* in part: beta: 400$/],
    ],
    ["a log that is too long", logged({}, { cut: true, since: NOW - 2 * DAY_MS }), [/^go: .* is known back to Sat 3 Nov 2018/]],
  ])("%s", (_, log, want) => {
    const lines = detail(log);
    expect(lines).toHaveLength(want.length);
    for (const [place, one] of want.entries()) expect(lines[place]).toMatch(one);
  });

  test("what is not known takes as many to let pass as lose it, and holds what takes it", () => {
    expect(foundIn(mailPlan({ protocols: ["pop3", "smtpAuth"] }), unknown("503"))).toMatchObject([
      {
        verdict: "unclear",
        allowable: true,
        // The disabled one is not counted, as in the other checks on the log.
        count: 3,
        holds: [
          { kind: "mailbox-protocols", key: "*" },
          { kind: "smtp-auth", key: "tenant" },
        ],
      },
    ]);
  });

  test("where nothing goes off, nothing is asked", () => {
    expect(foundIn(POP, unknown("503"), { [HEAD]: { pop3: false } })).toEqual([]);
  });
});

describe("overdue", () => {
  const until = (day: string | undefined, words: Parameters<typeof mailPlan>[0] = {}): readonly Finding[] =>
    overdue.check(inputOf(mailPlan({ ...words, keepOn: [keep(["copier@*", "script@*"], day === undefined ? {} : { until: day })] }), undefined));
  test.each<readonly [string, string | undefined, number]>([
    ["no end", undefined, 0],
    ["ends later", "2018-11-10", 0],
    ["the last day", "2018-11-09", 0],
    ["the day after", "2018-11-08", 1],
  ])("a protocol kept on: %s", (_, day, count) => expect(until(day)).toHaveLength(count));

  test("who keeps it, why, and where that stands; nothing is turned off by it", () => {
    expect(until("2018-11-08")).toEqual([
      {
        guard: "overdue",
        verdict: "go",
        phase: "off",
        detail:
          "keepOn of copier@* and script@* in off ended on Thu 8 Nov 2018 and is overdue: 2 mailboxes keep what the phase turns off (because: scans to mail; site manager answers for it)",
        hint: "take it out of county.yaml, line 30, or give it a new end",
        accounts: ["copier@alder.county.example", "script@alder.county.example"],
        count: 2,
        allowable: false,
      },
    ]);
  });

  test("of a cohort only those in it", () => {
    expect(until("2018-11-08", { for: "heads" })).toMatchObject([{ detail: expect.stringContaining("is overdue (because:") }]);
    expect(until("2018-11-08", { for: "heads" })[0]).not.toHaveProperty("accounts");
  });

  test("with mailboxes unread it is told all the same", () => {
    const of = mailPlan({ keepOn: [keep(["copier@*"], { until: "2018-11-01" })] });
    const [finding] = overdue.check(inputOf(of, undefined, ALL, {}, { mailboxes: unknown("503") }));
    expect([finding?.verdict, finding?.count]).toEqual(["go", undefined]);
  });
});
