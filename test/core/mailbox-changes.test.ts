/** Protocols of mailboxes between plan and diff: who loses what, who keeps it, and what is left alone since nobody can say. */

import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import { applicable, withAllowances } from "../../src/core/allowances.ts";
import type { Finding } from "../../src/core/changes.ts";
import { checkGuards } from "../../src/core/guards/index.ts";
import { effectiveSmtp, isMailOnly, mailboxCount } from "../../src/core/mailbox-changes.ts";
import { type TurnOffPhase, turnOffPhases, wishedMailboxes } from "../../src/core/mailbox-wishes.ts";
import { Mailboxes } from "../../src/core/mailboxes.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { diffDocument } from "../../src/core/report.ts";
import { absent, present, type SmtpAuth, unknown } from "../../src/core/tenant.ts";
import { at, cohort, id, phase, type Someone, see } from "./county.ts";
import { boxesOf, keep, mailboxPlan, mailPlan, mailTenant, OFF, ON, offPhase, type States, told } from "./mail-world.ts";

const DAY = at("2018-11-09");
const LATER = at("2018-12-09");

/** Three people and a copier; the heads are a cohort. */
const PEOPLE: readonly Someone[] = [
  { id: id(0x10), address: "head@alder.county.example", standings: { heads: "in" } },
  { id: id(0x11), address: "office@alder.county.example" },
  { id: id(0x12), address: "copier@alder.county.example" },
  { id: id(0x13), address: "copier@birch.county.example", enabled: false },
];
const [HEAD, OFFICE, COPIER, OTHER_COPIER, NOBODY] = [0x10, 0x11, 0x12, 0x13, 0x99];
const ALL: States = { [HEAD]: ON, [OFFICE]: ON, [COPIER]: ON, [OTHER_COPIER]: ON };
const OF_HEADS = { for: "heads" };

type World = Parameters<typeof mailTenant>[2];
const diffOf = (of: Plan, states: States = ALL, world: World = {}, when = DAY, options: Parameters<typeof see>[3] = {}): readonly string[] =>
  told(see(of, mailTenant(of, states, { people: PEOPLE, ...world }), when, options).diff);

const phases = (...all: readonly ReturnType<typeof offPhase>[]): Plan => mailPlan({}, { phases: all });

describe("who loses POP3 and IMAP", () => {
  const lost = (...accounts: readonly number[]): readonly string[] => accounts.map((account) => `*: 10${account.toString(16)} pop3 on>off, imap on>off (off)`);
  test.each<readonly [string, Plan, States, readonly string[]]>([
    [
      "everybody, the disabled copier and one whom nobody knows as well",
      mailPlan(),
      { ...ALL, [NOBODY]: ON },
      lost(HEAD, OFFICE, COPIER, OTHER_COPIER, NOBODY),
    ],
    ["only what is on", mailPlan(), { [HEAD]: OFF, [OFFICE]: { pop3: false } }, ["*: 1011 imap on>off (off)"]],
    ["all as it should be", mailPlan(), { [HEAD]: OFF, [OFFICE]: OFF }, []],
    ["no mailbox at all", mailPlan(), {}, []],
    ["one protocol alone", mailPlan({ protocols: ["pop3"] }), { [HEAD]: ON }, ["*: 1010 pop3 on>off (off)"]],
    [
      "ActiveSync only where the plan says so",
      mailPlan({ protocols: ["activeSync"] }),
      { [HEAD]: OFF, [OFFICE]: { activeSync: false } },
      ["*: 1010 activeSync on>off (off)"],
    ],
    ["a cohort alone", mailPlan(OF_HEADS), ALL, ["heads: 1010 pop3 on>off, imap on>off (off)"]],
    ["a cohort of which nobody has a mailbox", mailPlan(OF_HEADS), { [OFFICE]: ON }, []],
    ["copiers keep them, by pattern", mailPlan({ keepOn: [keep(["copier@*"])] }), ALL, lost(HEAD, OFFICE)],
    ["one copier keeps them", mailPlan({ keepOn: [keep(["copier@birch.*"])] }), ALL, lost(HEAD, OFFICE, COPIER)],
    ["several patterns and entries", mailPlan({ keepOn: [keep(["copier@alder.*", "x@*"]), keep(["office@*"])] }), ALL, lost(HEAD, OTHER_COPIER)],
    ["who keeps them and lost them before does not get them back", mailPlan({ keepOn: [keep(["copier@*"])] }), { [COPIER]: OFF }, []],
    ["an account that nobody knows may be one that keeps them", mailPlan({ keepOn: [keep(["copier@*"])] }), { [HEAD]: ON, [NOBODY]: ON }, lost(HEAD)],
    ["keepOn past its end is told of, and kept", mailPlan({ keepOn: [keep(["copier@*"], { until: "2018-11-01" })] }), ALL, lost(HEAD, OFFICE)],
  ])("%s", (_, of, states, want) => {
    expect(diffOf(of, states)).toEqual(want);
  });
});

describe("several phases", () => {
  test.each<readonly [string, Plan, number, readonly string[]]>([
    [
      "a mailbox of two phases is written once, under the first",
      phases(offPhase("heads", "2018-11-09", { ...OF_HEADS, protocols: ["pop3"] }), offPhase("all", "2018-11-09", { protocols: ["imap"] })),
      DAY,
      ["*: 1011 imap on>off (all)", "heads: 1010 pop3 on>off, imap on>off (heads, all)"],
    ],
    [
      "the other way round the same, under the other key",
      phases(offPhase("all", "2018-11-09", { protocols: ["imap"] }), offPhase("heads", "2018-11-09", { ...OF_HEADS, protocols: ["pop3"] })),
      DAY,
      ["*: 1010 pop3 on>off, imap on>off (all, heads)", "*: 1011 imap on>off (all, heads)"],
    ],
    [
      "one keeps what another turns off: it is turned off",
      phases(offPhase("heads", "2018-11-09", OF_HEADS), offPhase("all", "2018-11-09", { keepOn: [keep(["head@*"])] })),
      DAY,
      ["*: 1011 pop3 on>off, imap on>off (all)", "heads: 1010 pop3 on>off, imap on>off (heads)"],
    ],
    ["one ahead wants nothing", phases(offPhase("all", "2018-11-10")), DAY, []],
    [
      "of two the one that has begun",
      phases(offPhase("heads", "2018-11-09", OF_HEADS), offPhase("all", "2018-12-01")),
      DAY,
      ["heads: 1010 pop3 on>off, imap on>off (heads)"],
    ],
  ])("%s", (_, of, when, want) => {
    expect(diffOf(of, { [HEAD]: ON, [OFFICE]: ON }, {}, when)).toEqual(want);
  });

  test("a change is of those phases that want something of it", () => {
    const of = phases(offPhase("heads", "2018-11-09", { ...OF_HEADS, protocols: ["pop3"] }), offPhase("all", "2018-11-09", { protocols: ["imap"] }));
    expect(diffOf(of, { [HEAD]: ON, [OFFICE]: ON })).toEqual(["*: 1011 imap on>off (all)", "heads: 1010 pop3 on>off, imap on>off (heads, all)"]);
    expect(diffOf(of, { [HEAD]: { imap: false } })).toEqual(["heads: 1010 pop3 on>off (heads)"]);
  });

  test("one on hold wants nothing, and gives nothing back", () => {
    const held = { progress: { begun: [], held: ["off"] } };
    expect(diffOf(mailPlan(), ALL, {}, DAY, held).filter((line) => !line.startsWith("cohort-group"))).toEqual([]);
    expect(diffOf(mailPlan(), { [HEAD]: OFF }, {}, DAY, held).filter((line) => !line.startsWith("cohort-group"))).toEqual([]);
  });

  test("what drifts back, and a mailbox made since, are mended by the phase that is done", () => {
    const of = mailPlan();
    const first = mailTenant(of, ALL, { people: PEOPLE });
    const done = applyChanges(first, see(of, first, DAY).diff);
    expect(told(see(of, done, LATER).diff)).toEqual([]);
    const drifted: Observed = { ...done, mailboxes: present(boxesOf({ [HEAD]: OFF, [OFFICE]: { ...OFF, imap: true }, [NOBODY]: ON })) };
    expect(told(see(of, drifted, LATER).diff)).toEqual(["*: 1011 imap on>off (off)", "*: 1099 pop3 on>off, imap on>off (off)"]);
  });
});

describe("plans for new mailboxes", () => {
  const PLANS = [mailboxPlan(1, { pop3: true, imap: true, activeSync: true }), mailboxPlan(2, { pop3: false, imap: false }, "ExchangeOnlineDeskless")];
  test.each<readonly [string, Plan, readonly string[]]>([
    ["each of those that differ, by what differs", mailPlan(), ["mailbox-plan 501: imap, pop3 (off)"]],
    ["ActiveSync, where the plan says so and the tenant has the flag", mailPlan({ protocols: ["activeSync"] }), ["mailbox-plan 501: activeSync (off)"]],
    ["a cohort's are nobody's", mailPlan(OF_HEADS), []],
    ["of SMTP AUTH they know nothing", mailPlan({ protocols: ["smtpAuth"] }), ["smtp-auth tenant: smtpAuth (off)"]],
    ["before the day", phases(offPhase("off", "2018-11-10")), []],
    [
      "of two phases that of the protocol",
      phases(offPhase("pop", "2018-11-09", { protocols: ["pop3"] }), offPhase("sync", "2018-11-09", { protocols: ["activeSync", "smtpAuth"] })),
      ["mailbox-plan 501: activeSync, pop3 (pop, sync)", "smtp-auth tenant: smtpAuth (sync)"],
    ],
  ])("%s", (_, of, want) => {
    expect(diffOf(of, {}, { plans: PLANS })).toEqual(want);
  });

  test("a plan is of the phases that want something of it, and of no others", () => {
    const of = phases(offPhase("pop", "2018-11-09", { protocols: ["pop3"] }), offPhase("sync", "2018-11-09", { protocols: ["activeSync"] }));
    const plans = [mailboxPlan(1, { pop3: false, activeSync: true }), mailboxPlan(2, { pop3: true, activeSync: false })];
    expect(diffOf(of, {}, { plans })).toEqual(["mailbox-plan 501: activeSync (sync)", "mailbox-plan 502: pop3 (pop)"]);
  });

  test("named without the service's id behind it, from what it had to what it is to have", () => {
    const of = mailPlan();
    const [change] = see(of, mailTenant(of, {}, { plans: PLANS }), DAY).diff.changes;
    expect(change).toMatchObject({
      kind: "mailbox-plan",
      name: "ExchangeOnlineEnterprise",
      id: id(0x501),
      before: { flags: { pop3: true, imap: true } },
      after: { flags: { pop3: false, imap: false } },
      fields: [
        { path: "imap", before: "on", after: "off" },
        { path: "pop3", before: "on", after: "off" },
      ],
    });
    expect(change?.after).not.toHaveProperty("flags.activeSync");
  });
});

/** What SMTP AUTH of one mailbox becomes: the tenant's word, whether the plan turns that off, the plan's word for the mailbox, what it says itself. */
describe("SMTP AUTH of a mailbox", () => {
  type Row = readonly [tenant: "on" | "off", word: "off" | "keep", own: SmtpAuth, want: SmtpAuth, because: string];
  const EVERY: readonly Row[] = [
    ["on", "off", "inherit", "inherit", "it goes with the tenant's word"],
    ["on", "off", "on", "inherit", "a word of its own would outlive the tenant's"],
    ["on", "off", "off", "off", "it is off"],
    ["off", "off", "inherit", "inherit", "it is off with the tenant"],
    ["off", "off", "on", "inherit", "the tenant's word is off, and its own overrides it"],
    ["off", "off", "off", "off", "it is off"],
    ["on", "keep", "inherit", "on", "or it would stop with the tenant's word"],
    ["on", "keep", "on", "on", "it has its own word"],
    ["on", "keep", "off", "off", "what is off is not turned on"],
    ["off", "keep", "inherit", "inherit", "it is off with the tenant, and is not turned on"],
    ["off", "keep", "on", "on", "it has its own word"],
    ["off", "keep", "off", "off", "what is off is not turned on"],
  ];
  const COHORT: readonly Row[] = [
    ["on", "off", "inherit", "off", "the tenant's word stays on for the others, so it needs its own"],
    ["on", "off", "on", "off", "its own word is on"],
    ["on", "off", "off", "off", "it is off"],
    ["off", "off", "inherit", "inherit", "it is off with the tenant"],
    ["off", "off", "on", "off", "its own word is on"],
    ["off", "off", "off", "off", "it is off"],
    ["on", "keep", "inherit", "inherit", "nothing is taken from it"],
    ["on", "keep", "on", "on", "nothing is taken from it"],
    ["on", "keep", "off", "off", "what is off is not turned on"],
    ["off", "keep", "inherit", "inherit", "it is off with the tenant"],
    ["off", "keep", "on", "on", "it has its own word"],
    ["off", "keep", "off", "off", "what is off is not turned on"],
  ];
  const becomes = (of: Plan, tenant: "on" | "off", own: SmtpAuth): { readonly now: SmtpAuth | undefined; readonly before: string; readonly after: string } => {
    const observed = mailTenant(of, { [HEAD]: { smtpAuth: own } }, { smtpAuth: tenant, people: PEOPLE });
    const after = applyChanges(observed, see(of, observed, DAY).diff);
    const list = after.resources["smtp-auth"];
    const word = list.type === "present" ? (list.value[0]?.settings.smtpAuth ?? "on") : "on";
    const now = after.mailboxes?.type === "present" ? after.mailboxes.value.ofOwner(id(HEAD))?.state.smtpAuth : undefined;
    return { now, before: effectiveSmtp(own, tenant), after: effectiveSmtp(now ?? "off", word) };
  };
  const check = (rows: readonly Row[], words: Parameters<typeof mailPlan>[0]): void => {
    test.each(rows)("tenant %s, the plan says %s, own word %s: %s, since %s", (tenant, word, own, want) => {
      const of = mailPlan({ protocols: ["smtpAuth"], ...words, keepOn: word === "keep" ? [keep(["head@*"])] : [] });
      const { now, before, after } = becomes(of, tenant, own);
      expect(now).toBe(want);
      // Kept is kept, and nothing is ever turned on.
      expect(after).toBe(word === "keep" ? before : "off");
    });
  };
  describe("of everybody: the tenant's word goes off", () => check(EVERY, {}));
  describe("of a cohort: the tenant's word stays", () => check(COHORT, OF_HEADS));

  test("whose account nobody knows may be one that keeps it, and needs a word of its own as well", () => {
    const of = mailPlan({ protocols: ["smtpAuth"], keepOn: [keep(["copier@*"])] });
    expect(diffOf(of, { [NOBODY]: ON, [HEAD]: ON })).toEqual(["*: 1099 smtpAuth inherit>on (off)", "smtp-auth tenant: smtpAuth (off)"]);
    expect(diffOf(mailPlan({ protocols: ["smtpAuth"] }), { [NOBODY]: ON })).toEqual(["smtp-auth tenant: smtpAuth (off)"]);
  });

  test("one phase keeps it and another, of a cohort, takes it: off with the tenant", () => {
    const of = phases(
      offPhase("all", "2018-11-09", { protocols: ["smtpAuth"], keepOn: [keep(["head@*"])] }),
      offPhase("heads", "2018-11-09", { ...OF_HEADS, protocols: ["smtpAuth"] }),
    );
    expect(diffOf(of, { [HEAD]: { smtpAuth: "on" } })).toEqual(["heads: 1010 smtpAuth on>inherit (heads)", "smtp-auth tenant: smtpAuth (all)"]);
  });

  test("who kept it, and is taken out of keepOn later, goes back to the tenant's word", () => {
    const of = mailPlan({ protocols: ["smtpAuth"] });
    expect(diffOf(of, { [COPIER]: { smtpAuth: "on" } }, { smtpAuth: "off" })).toEqual(["*: 1012 smtpAuth on>inherit (off)"]);
  });
});

describe("what was not read", () => {
  const of = mailPlan({ protocols: ["pop3", "smtpAuth"], keepOn: [keep(["copier@*"])] });
  const PLANS = [mailboxPlan(1, { pop3: true })];
  const whole = mailTenant(of, ALL, { plans: PLANS, people: PEOPLE });
  const findingsOf = (observed: Observed, plan = of): readonly Finding[] => {
    const { desired, diff } = see(plan, observed, DAY);
    return checkGuards({ plan, moment: DAY, observed, desired, diff, after: applyChanges(observed, diff), history: undefined, attended: true });
  };
  const held = (observed: Observed, plan = of): readonly string[] =>
    findingsOf(observed, plan).flatMap(({ guard, verdict, holds = [] }) =>
      guard === "unknown-reads" && verdict === "unclear" ? holds.map(({ kind, key }) => `${kind} ${key}`) : [],
    );
  const stateOf = (observed: Observed, plan = of): unknown => {
    const { desired, diff } = see(plan, observed, DAY);
    return diffDocument({ plan, observed, desired, diff, findings: [], moment: DAY }).phases.map(({ state, mailboxes }) => ({ state, mailboxes }));
  };
  const lists = (fields: Partial<Observed["resources"]>): Observed => ({ ...whole, resources: { ...whole.resources, ...fields } });

  test.each<readonly [string, Observed, readonly string[], readonly string[] | "all"]>([
    ["the mailboxes", { ...whole, mailboxes: unknown("503") }, ["mailbox-plan 501: pop3 (off)"], ["mailbox-protocols *", "smtp-auth tenant"]],
    ["the mailboxes were not asked for", { ...whole, mailboxes: absent }, ["mailbox-plan 501: pop3 (off)"], ["mailbox-protocols *", "smtp-auth tenant"]],
    ["the accounts", { ...whole, roster: unknown("503") }, ["mailbox-plan 501: pop3 (off)"], "all"],
    ["the tenant's word", lists({ "smtp-auth": unknown("503") }), ["mailbox-plan 501: pop3 (off)"], ["mailbox-protocols *", "smtp-auth tenant"]],
    ["the tenant's word was not asked for", lists({ "smtp-auth": absent }), ["mailbox-plan 501: pop3 (off)"], ["mailbox-protocols *", "smtp-auth tenant"]],
    ["what is held", lists({ "cohort-group": unknown("503") }), [], "all"],
  ])("%s: no mailbox is changed, nor the tenant's word", (_, observed, want, holds) => {
    expect(told(see(of, observed, DAY).diff)).toEqual(want);
    if (holds === "all") expect(findingsOf(observed).some((each) => each.verdict === "unclear" && each.holds === undefined)).toBe(true);
    else expect(held(observed)).toEqual(holds);
  });

  test("the plans for new mailboxes: the others go on", () => {
    const observed = lists({ "mailbox-plan": unknown("503") });
    expect(told(see(of, observed, DAY).diff).filter((line) => line.startsWith("mailbox-plan"))).toEqual([]);
    expect(see(of, observed, DAY).diff.changes.map(({ kind }) => kind)).toEqual(["mailbox-protocols", "smtp-auth"]);
    expect(held(observed)).toEqual(["mailbox-plan *"]);
  });

  test("a cohort that the accounts were not asked about: nobody is in or out of it", () => {
    const other = mailPlan(OF_HEADS, { cohorts: [cohort("others")] });
    expect(told(see(other, mailTenant(other, ALL), DAY).diff)).toEqual([]);
  });

  test("the tenant's word is asked for by nobody who turns off POP3 alone", () => {
    const pop = mailPlan({ protocols: ["pop3"] });
    expect(told(see(pop, lists({ "smtp-auth": unknown("403") }), DAY).diff)).toHaveLength(5);
    expect(held(lists({ "smtp-auth": unknown("403") }), pop)).toEqual([]);
  });

  test("of a cohort's SMTP AUTH only the tenant's word tells what it is now", () => {
    const heads = mailPlan({ ...OF_HEADS, protocols: ["smtpAuth"] });
    const observed = lists({ "smtp-auth": unknown("403") });
    expect(told(see(heads, observed, DAY).diff)).toEqual([]);
    expect(held(observed, heads)).toEqual(["mailbox-protocols heads"]);
    expect(stateOf(observed, heads)).toEqual([{ state: "due", mailboxes: null }]);
  });

  test("a phase of which nobody can say anything is not live", () => {
    const pop = mailPlan({ protocols: ["pop3"] });
    const off: Observed = { ...whole, mailboxes: present(boxesOf({ [HEAD]: OFF })), resources: { ...whole.resources, "mailbox-plan": present([]) } };
    expect(stateOf(off, pop)).toEqual([{ state: "live", mailboxes: { count: 1, on: 0 } }]);
    expect(stateOf({ ...off, mailboxes: unknown("503") }, pop)).toEqual([{ state: "due", mailboxes: null }]);
    expect(stateOf({ ...off, roster: unknown("503") }, pop)).toEqual([{ state: "due", mailboxes: null }]);
  });
});

describe("the tenant's word waits for those who keep it", () => {
  const of = mailPlan({ protocols: ["smtpAuth", "pop3"], keepOn: [keep(["copier@*"])] });
  const heldWith = (states: States): unknown => {
    const { diff } = see(of, mailTenant(of, states, { people: PEOPLE }), DAY);
    const stop: Finding = { guard: "old-mail", verdict: "stop", detail: "", allowable: true, count: 3, holds: [{ kind: "mailbox-protocols", key: "*" }] };
    const found = applicable(withAllowances([stop], []), diff);
    return found.type === "all-but" ? found.held.map(({ kind }) => kind) : found.type;
  };
  test("where the change that gives them their own word is held back, so is the tenant's", () => {
    expect(heldWith({ [COPIER]: ON, [HEAD]: ON })).toEqual(["mailbox-protocols", "smtp-auth"]);
  });
  test("where nobody needs one, it goes on", () => {
    expect(heldWith({ [COPIER]: { smtpAuth: "on" }, [HEAD]: ON })).toEqual(["mailbox-protocols"]);
  });
});

describe("what is wished", () => {
  const courses = (of: Plan, course: "started" | "held" = "started") => new Map(of.phases.map(({ id: phaseId }) => [phaseId, course] as const));
  test("once for everybody and once a cohort, what any of its phases turns off", () => {
    const of = phases(
      offPhase("pop", "2018-11-09", { protocols: ["pop3"] }),
      offPhase("heads", "2018-11-09", { ...OF_HEADS, protocols: ["smtpAuth", "activeSync"] }),
      offPhase("imap", "2018-11-09", { protocols: ["smtpAuth", "imap"] }),
    );
    expect(wishedMailboxes(of, courses(of))).toEqual([
      { kind: "mailbox-plan", key: "*", settings: { plan: "", flags: { pop3: false, imap: false } }, phases: ["pop", "imap"] },
      { kind: "mailbox-protocols", key: "*", settings: { off: ["pop3", "imap", "smtpAuth"] }, phases: ["pop", "imap"] },
      { kind: "mailbox-protocols", key: "heads", settings: { off: ["smtpAuth", "activeSync"] }, phases: ["heads"] },
      { kind: "smtp-auth", key: "tenant", settings: { smtpAuth: "off" }, phases: ["imap"] },
    ]);
    expect(wishedMailboxes(of, courses(of, "held"))).toEqual([]);
    expect(wishedMailboxes(of, new Map())).toEqual([]);
  });

  test("the key of a cohort is its slug", () => {
    const of = mailPlan({ for: "it staff" }, { cohorts: [cohort("it staff")] });
    expect(wishedMailboxes(of, courses(of)).map(({ key }) => key)).toEqual(["it-staff"]);
  });

  test("nothing of a phase about something else, and no group is made for a mailbox", () => {
    const mfa = mailPlan({}, { phases: [phase("web", "2018-11-09", "heads", ["web"])] });
    expect(wishedMailboxes(mfa, courses(mfa))).toEqual([]);
    const of = mailPlan(OF_HEADS);
    expect(see(of, mailTenant(of, ALL), DAY).desired.resources.map(({ kind }) => kind)).toEqual(["mailbox-protocols"]);
  });
});

describe("how many a phase is about", () => {
  const countOf = (words: Parameters<typeof mailPlan>[0], states: States, world: World = {}): unknown => {
    const of = mailPlan(words);
    const [first] = turnOffPhases(of);
    return first === undefined ? undefined : mailboxCount(mailTenant(of, states, { people: PEOPLE, ...world }), first);
  };
  test.each<readonly [string, Parameters<typeof mailPlan>[0], States, World, unknown]>([
    ["all, and how many still have one of them", {}, { ...ALL, [HEAD]: OFF }, {}, { count: 4, on: 3 }],
    ["half off is still on", {}, { [HEAD]: { pop3: false } }, {}, { count: 1, on: 1 }],
    ["but for those that keep them", { keepOn: [keep(["copier@*"])] }, ALL, {}, { count: 2, on: 2 }],
    ["a cohort's", OF_HEADS, ALL, {}, { count: 1, on: 1 }],
    ["SMTP AUTH by the tenant's word", { protocols: ["smtpAuth"] }, { [HEAD]: ON, [OFFICE]: { smtpAuth: "off" } }, {}, { count: 2, on: 1 }],
    ["and where that is off", { protocols: ["smtpAuth"] }, { [HEAD]: ON, [OFFICE]: { smtpAuth: "on" } }, { smtpAuth: "off" }, { count: 2, on: 1 }],
  ])("%s", (_, words, states, world, want) => expect(countOf(words, states, world)).toEqual(want));

  test("a phase about mailboxes alone", () => {
    const alone: TurnOffPhase | undefined = turnOffPhases(mailPlan())[0];
    expect(alone !== undefined && isMailOnly(alone)).toBe(true);
    expect(isMailOnly(phase("web", "2018-11-09", "heads", ["web"]))).toBe(false);
    expect(isMailOnly({ ...offPhase("off", "2018-11-09"), blockLegacy: { for: "heads" } })).toBe(false);
  });
});

test("the hash is of which mailbox loses what, from what, and not of the order in which they were listed", () => {
  const of = mailPlan();
  const hash = (states: States): string => see(of, mailTenant(of, states), DAY).diff.hash;
  const hashes = [{ [HEAD]: ON }, { [OFFICE]: ON }, { [HEAD]: { pop3: false } }, { [HEAD]: OFF }].map(hash);
  expect(new Set(hashes).size).toBe(4);
  const turned: Observed = { ...mailTenant(of, {}), mailboxes: present(Mailboxes.of([...boxesOf(ALL)].toReversed())) };
  expect(see(of, turned, DAY).diff.hash).toBe(hash(ALL));
});
