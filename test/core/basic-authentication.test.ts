/** Passwords alone, between plan and steps: one policy of the plan's own, that it is the default, and what is said of both. */

import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import type { Change, Finding } from "../../src/core/changes.ts";
import { entrySchema } from "../../src/core/entry-schema.ts";
import { basicAuthentication } from "../../src/core/guards/basic-authentication.ts";
import { LOOSER } from "../../src/core/guards/looser.ts";
import { oldMail } from "../../src/core/guards/old-mail.ts";
import type { History } from "../../src/core/history.ts";
import type { Run } from "../../src/core/journal.ts";
import { fieldChanges, idsIn, laidOver, mapIds, nameOf, normalise, settingsOf } from "../../src/core/kinds/index.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { BlockBasic, Phase, Plan } from "../../src/core/plan/plan.ts";
import { diffDocument, statusDocument } from "../../src/core/report.ts";
import { orderSteps } from "../../src/core/steps.ts";
import { logQuestions } from "../../src/core/switching.ts";
import { type BasicWord, type Known, type ObjectId, present, type ResourceOf } from "../../src/core/tenant.ts";
import { undoPlan } from "../../src/core/undo.ts";
import { kindsUsed } from "../../src/core/uses.ts";
import { at, id, moment, PLACE, phase, plan, see, tenant } from "./county.ts";
import { DAY_MS, LOOKED, logOf } from "./guards/log-world.ts";
import { boxesOf, keep, offPhase, tenantsSmtp } from "./mail-world.ts";
import { planOf, problemsOf, remarksOf, SMALLEST } from "./plan-check.ts";

const DAY = at("2018-11-19");
const OURS = id(0x700);
const THEIRS = id(0x701);

const block = (name: string, starts: string, words: Partial<BlockBasic> = {}, fields: Partial<Phase> = {}): Phase => ({
  id: name,
  title: name,
  starts: moment(starts),
  blockBasic: { allow: [], atMost: 0, ...words },
  place: PLACE,
  ...fields,
});
const basicPlan = (...phases: readonly Phase[]): Plan => plan({ phases: phases.length > 0 ? phases : [block("off", "2018-11-09")] });

const PLAN_ID = plan().id;
const NAME = `No basic authentication [${PLAN_ID}/no-basic]`;
const policyOf = (allowBasic: readonly BasicWord[], fields: Partial<ResourceOf<"authentication-policy">> = {}): ResourceOf<"authentication-policy"> => ({
  kind: "authentication-policy",
  id: OURS,
  mark: { plan: PLAN_ID, key: "no-basic" },
  settings: { name: NAME, allowBasic },
  managed: false,
  ...fields,
});
const THEIR_POLICY: ResourceOf<"authentication-policy"> = {
  kind: "authentication-policy",
  id: THEIRS,
  settings: { name: "Old printers", allowBasic: ["imap", "smtpAuth"] },
  managed: false,
};

type World = { readonly policies?: readonly ResourceOf<"authentication-policy">[]; readonly standard?: string | null; readonly dehydrated?: boolean };
const seen = (of: Plan, { policies = [], standard = null, dehydrated = false }: World = {}, fields: Partial<Observed> = {}): Observed => {
  const base = tenant(of, fields);
  return {
    ...base,
    resources: {
      ...base.resources,
      "authentication-policy": present(policies),
      "default-authentication-policy": present([
        { kind: "default-authentication-policy", id: "tenant", settings: { defaultPolicy: standard, dehydrated }, managed: false },
      ]),
    },
  };
};
const LIVE: World = { policies: [policyOf([])], standard: OURS };

/** `create authentication-policy no-basic: name (off)` */
const told = ({ changes }: { readonly changes: readonly Change[] }): readonly string[] =>
  changes.map(({ action, kind, key, fields, phases }) => `${action} ${kind} ${key}: ${fields.map(({ path }) => path).join(", ")} (${phases.join(", ")})`);

const inputOf = (of: Plan, observed: Observed, when = DAY, history?: History) => {
  const { desired, diff } = see(of, observed, when);
  return { plan: of, moment: when, observed, desired, diff, after: applyChanges(observed, diff), history, attended: true };
};

describe("the kinds", () => {
  const settings = { name: NAME, allowBasic: ["smtpAuth", "imap", "imap"] as const };

  test("a policy is its name and what it lets in, in whatever order", () => {
    expect(normalise("authentication-policy", settings).allowBasic).toEqual(["imap", "smtpAuth"]);
    expect(fieldChanges("authentication-policy", settings, { name: NAME, allowBasic: ["smtpAuth"] }).map(({ path }) => path)).toEqual(["allowBasic"]);
    expect(nameOf("authentication-policy", settings)).toBe(NAME);
    expect(settingsOf("authentication-policy", settings)).toBe(settings);
  });

  test("the default is a reference; that the tenant takes none is told, and never wished", () => {
    const wish = { defaultPolicy: "@authentication-policy/no-basic", dehydrated: false };
    expect(idsIn("default-authentication-policy", wish)).toEqual(["@authentication-policy/no-basic"]);
    expect(mapIds("default-authentication-policy", wish, () => OURS)).toEqual({ defaultPolicy: OURS, dehydrated: false });
    expect(laidOver("default-authentication-policy", { defaultPolicy: null, dehydrated: true }, wish)).toEqual({ ...wish, dehydrated: true });
    expect(fieldChanges("default-authentication-policy", { defaultPolicy: OURS, dehydrated: true }, { defaultPolicy: OURS, dehydrated: false })).toEqual([]);
    expect(idsIn("default-authentication-policy", { defaultPolicy: null, dehydrated: false })).toEqual([]);
  });

  test("a journal keeps both", () => {
    for (const step of orderSteps(see(basicPlan(), seen(basicPlan()), DAY).diff)) {
      const entry = { type: "intent", at: 1, step };
      expect(entrySchema.parse(JSON.parse(JSON.stringify(entry)))).toEqual(entry);
    }
  });

  test("what lets in more, or is no longer ours, is looser", () => {
    const looser = LOOSER["default-authentication-policy"];
    expect(LOOSER["authentication-policy"]({ name: "", allowBasic: [] }, { name: "", allowBasic: ["pop3"] })).toEqual([
      { path: "allowBasic", what: "told to let POP3 in with a password alone" },
    ]);
    expect(LOOSER["authentication-policy"]({ name: "", allowBasic: ["pop3"] }, { name: "", allowBasic: [] })).toEqual([]);
    const [one, none, other] = [OURS, null, THEIRS].map((defaultPolicy) => ({ defaultPolicy, dehydrated: false }));
    if (one === undefined || none === undefined || other === undefined) throw new Error("three values");
    expect([looser(one, none), looser(one, other), looser(one, one), looser(none, one)].map((found) => found.map(({ what }) => what))).toEqual([
      ["taken away"],
      ["given to another policy"],
      [],
      [],
    ]);
  });
});

describe("what a plan says", () => {
  const withBlock = (words: string, more = ""): string => `${SMALLEST}  - id: off\n    starts: 2018-12-03\n    blockBasic: ${words}\n${more}`;
  const blockIn = (text: string) => planOf(text).phases.find(({ id: name }) => name === "off")?.blockBasic;

  test("nothing unless it is named", () => {
    expect(blockIn(withBlock("{}"))).toEqual({ allow: [], atMost: 0 });
    expect(blockIn(withBlock("{ allow: [smtpAuth], atMost: 12 }"))).toEqual({ allow: ["smtpAuth"], atMost: 12 });
  });

  test.each([
    ["a protocol that the service took away itself", "{ allow: [imap] }", /imap/],
    ["an empty list", "{ allow: [] }", /allow/],
    ["a word twice", "{ allow: [smtpAuth, smtpAuth] }", /"smtpAuth" stands here twice/],
    ["half an account", "{ atMost: 1.5 }", /1\.5 is not a number of accounts/],
    ["a cohort", "{ for: heads }", /for/],
    ["a word alone", "on", /blockBasic/],
  ])("is no plan: %s", (_name, words, want) => {
    expect(problemsOf(withBlock(words)).join("\n")).toMatch(want);
  });

  test("a later phase takes something away, or says nothing", () => {
    const later = (words: string): string => withBlock("{ allow: [smtpAuth] }", `  - id: more\n    starts: 2018-12-10\n    blockBasic: ${words}\n`);
    expect(problemsOf(later("{}"))).toEqual([]);
    expect(problemsOf(later("{ allow: [smtpAuth], atMost: 3 }")).join("\n")).toContain("phase more blocks nothing that phase off does not block already");
    expect(problemsOf(withBlock("{}", "  - id: more\n    starts: 2018-12-10\n    blockBasic: { allow: [smtpAuth] }\n")).length).toBe(1);
  });

  test("who keeps SMTP AUTH on keeps nothing where no password is taken", () => {
    const keeping = (words: string, protocol = "smtpAuth"): string =>
      withBlock(
        words,
        `  - id: mail\n    starts: 2018-12-10\n    turnOff: { protocols: [${protocol}], keepOn: [{ accounts: ["copier@*"], because: scans, owner: x }] }\n`,
      );
    const said = (text: string): boolean => remarksOf(text).some(({ message }) => message.includes("lets nothing send with a password alone"));
    expect([said(keeping("{}")), said(keeping("{ allow: [smtpAuth] }")), said(keeping("{}", "imap"))]).toEqual([true, false, false]);
  });

  test("costs a plan without it no request", () => {
    expect([...kindsUsed(plan())].filter((kind) => kind.includes("authentication-policy"))).toEqual([]);
    expect([...kindsUsed(basicPlan())].filter((kind) => kind.includes("authentication-policy"))).toEqual([
      "authentication-policy",
      "default-authentication-policy",
    ]);
  });
});

describe("what would change", () => {
  const TWO = basicPlan(block("some", "2018-11-09", { allow: ["smtpAuth"] }), block("all", "2018-11-26"));
  const [CREATE, DEFAULT] = ["create authentication-policy no-basic: name (off)", "update default-authentication-policy tenant: defaultPolicy (off)"];

  test.each<readonly [string, Plan, World, string, readonly string[]]>([
    ["everything, where nothing is there", basicPlan(), {}, "2018-11-19", [CREATE, DEFAULT]],
    ["nothing before its moment", basicPlan(), {}, "2018-11-08", []],
    ["nothing where all is as wanted", basicPlan(), LIVE, "2018-11-19", []],
    ["the default alone, where somebody took it away", basicPlan(), { ...LIVE, standard: null }, "2018-11-19", [DEFAULT]],
    ["the default alone, where it is somebody else's", basicPlan(), { policies: [policyOf([]), THEIR_POLICY], standard: THEIRS }, "2018-11-19", [DEFAULT]],
    [
      "a switch that somebody turned on",
      basicPlan(),
      { ...LIVE, policies: [policyOf(["imap"])] },
      "2018-11-19",
      ["update authentication-policy no-basic: allowBasic (off)"],
    ],
    ["nothing of other people's policies", basicPlan(), { policies: [policyOf([]), THEIR_POLICY], standard: OURS }, "2018-11-19", []],
    ["what both phases let in", TWO, { policies: [policyOf(["smtpAuth"])], standard: OURS }, "2018-11-19", []],
    [
      "the later phase takes it away",
      TWO,
      { policies: [policyOf(["smtpAuth"])], standard: OURS },
      "2018-11-26",
      ["update authentication-policy no-basic: allowBasic (all)"],
    ],
    ["nothing where one bears the mark twice", basicPlan(), { policies: [policyOf([]), policyOf([], { id: id(0x702) })], standard: null }, "2018-11-19", []],
  ])("%s", (_name, of, world, when, want) => {
    expect(told(see(of, seen(of, world), at(when)).diff)).toEqual(want);
  });

  test("after the changes nothing is left to do, and nothing is left over on hold", () => {
    const of = basicPlan();
    const first = inputOf(of, seen(of));
    expect(told(see(of, first.after, DAY).diff)).toEqual([]);
    expect(first.after.resources["authentication-policy"]).toMatchObject({ value: [{ settings: { allowBasic: [] }, mark: { key: "no-basic" } }] });
    const held = see(of, seen(of, LIVE), DAY, { progress: { begun: [], held: ["off"] } });
    expect([told(held.diff), held.diff.leftOver]).toEqual([[expect.stringContaining("cohort-group progress")], []]);
    const unmade = see(of, seen(of), DAY, { progress: { begun: [], held: ["off"] } });
    expect(told(unmade.diff)).toEqual([expect.stringContaining("cohort-group progress")]);
  });

  test("what could not be read changes nothing", () => {
    const of = basicPlan();
    const base = seen(of);
    for (const kind of ["authentication-policy", "default-authentication-policy"] as const) {
      const unread = { ...base, resources: { ...base.resources, [kind]: { type: "unknown", because: "403" } } } as Observed;
      expect(
        told(see(of, unread, DAY).diff).filter((line) => line.includes(` ${kind} `)),
        kind,
      ).toEqual([]);
    }
  });

  test("made before it is the default, behind the mailboxes' own settings and before the tenant's", () => {
    const of = basicPlan(offPhase("mail", "2018-11-09", { protocols: ["smtpAuth"] }), block("off", "2018-11-12"));
    const base = seen(of, {}, { mailboxes: present(boxesOf({ 16: { smtpAuth: "on" } })) });
    const observed = { ...base, resources: { ...base.resources, "mailbox-plan": present([]), "smtp-auth": present([tenantsSmtp("on")]) } };
    const steps = orderSteps(see(of, observed, DAY).diff);
    expect(steps.map(({ kind }) => kind)).toEqual(["mailbox-protocols", "authentication-policy", "default-authentication-policy", "smtp-auth"]);
    const [, made, standard, smtp] = steps;
    expect(standard?.after).toEqual([made?.id]);
    expect([made?.after, smtp?.after]).toEqual([[], []]);
    expect([made?.undo, standard?.undo]).toEqual([{ type: "delete" }, { type: "restore", before: { defaultPolicy: null, dehydrated: false } }]);
  });
});

describe("the way back", () => {
  const of = basicPlan();
  const run: Run = {
    id: "r1",
    start: {
      type: "start",
      at: DAY,
      run: "r1",
      schema: 1,
      toolVersion: "0.0.0",
      plan: { id: PLAN_ID, name: "x", file: "x.yaml" },
      tenant: id(0xfff),
      asOf: DAY,
      hash: "x",
      phases: ["off"],
      allowed: [],
    },
    steps: orderSteps(see(of, seen(of), DAY).diff).map((step) => ({
      step,
      intentAt: DAY,
      outcome: step.write.type === "create" ? { type: "done" as const, id: OURS, settings: step.write.settings } : { type: "done" as const },
    })),
    settled: [],
    twins: [],
  };
  const back = (observed: Observed) => {
    const { steps, left } = undoPlan({ run, later: [], observed, planId: PLAN_ID });
    return { steps: steps.map(({ kind, write }) => `${write.type} ${kind}`), left: left.map(({ kind, because }) => `${kind}: ${because}`), first: steps };
  };

  test("the default first, then the policy, which could only be made anew", () => {
    const { steps, left, first } = back(seen(of, LIVE));
    expect([steps, left]).toEqual([["update default-authentication-policy", "delete authentication-policy"], []]);
    expect(first[1]?.after).toEqual([first[0]?.id]);
    expect(first[1]?.undo).toEqual({ type: "recreate", before: { name: NAME, allowBasic: [] }, members: [] });
  });

  test("a policy that is the default, or may be, stays", () => {
    const base = seen(of, LIVE);
    const unread = {
      ...base,
      resources: { ...base.resources, "default-authentication-policy": { type: "unknown", because: "503" } },
    } as const satisfies Observed;
    expect(back(unread)).toMatchObject({
      steps: [],
      left: ["default-authentication-policy: it could not be read: 503", expect.stringContaining("as far as anybody can say, would go on naming it")],
    });
    // Somebody gave the policy back its place after the run, in other words than the run's: it is in force.
    const again = { ...run, steps: run.steps.filter(({ step }) => step.kind === "authentication-policy") };
    expect(undoPlan({ run: again, later: [], observed: base, planId: PLAN_ID })).toMatchObject({
      steps: [],
      left: [{ because: '"Default authentication policy" (tenant) would go on naming it' }],
    });
  });

  test("a policy that somebody changed since stays as it is", () => {
    expect(back(seen(of, { ...LIVE, policies: [policyOf(["imap"])] }))).toMatchObject({
      steps: ["update default-authentication-policy"],
      left: [expect.stringContaining("changed since (allowBasic)")],
    });
  });
});

describe("where a phase stands", () => {
  const TWO = basicPlan(block("some", "2018-11-09", { allow: ["smtpAuth"] }), block("all", "2018-11-26"));
  const documents = (of: Plan, world: World, when: string) => {
    const observed = seen(of, world);
    const { desired, diff } = see(of, observed, at(when));
    const input = { plan: of, observed, desired, diff, findings: [], moment: at(when) };
    const status = statusDocument(input);
    return [diffDocument(input).phases.map(({ state }) => state), status.drift.map(({ kind }) => kind), status.pending.map(({ kind }) => kind)];
  };
  const BOTH = ["authentication-policy", "default-authentication-policy"];

  test.each<readonly [string, World, string, readonly (readonly string[])[]]>([
    ["not begun", {}, "2018-11-08", [["next", "later"].map(() => "later"), [], []]],
    ["due", {}, "2018-11-19", [["due", "later"], [], BOTH]],
    ["live", { policies: [policyOf(["smtpAuth"])], standard: OURS }, "2018-11-19", [["live", "later"], [], []]],
    ["drifted", { policies: [policyOf(["smtpAuth"])], standard: null }, "2018-11-19", [["due", "later"], ["default-authentication-policy"], []]],
    [
      "the second is due, and is no drift of the first",
      { policies: [policyOf(["smtpAuth"])], standard: OURS },
      "2018-11-26",
      [["live", "due"], [], ["authentication-policy"]],
    ],
    ["both live", { policies: [policyOf([])], standard: OURS }, "2018-11-26", [["live", "live"], [], []]],
  ])("%s", (_name, world, when, want) => {
    expect(documents(TWO, world, when)).toEqual(want);
  });
});

describe("findings", () => {
  const found = (world: World, of = basicPlan(), history?: History, fields: Partial<Observed> = {}): readonly Finding[] =>
    basicAuthentication.check(inputOf(of, { ...seen(of, world), ...fields }, DAY, history));
  const lines = (findings: readonly Finding[]): readonly string[] => findings.map(({ verdict, detail }) => `${verdict} ${detail}`);

  test("it takes a day, and users with a policy of their own keep it", () => {
    expect(lines(found({}))).toEqual([
      "go the service takes up to 24 hours until passwords alone are refused everywhere; accounts that have an authentication policy of their own go by that",
    ]);
    expect(found(LIVE)).toEqual([]);
    expect(found({}, plan())).toEqual([]);
  });

  test("a tenant that takes no policy", () => {
    const [only, ...more] = found({ dehydrated: true });
    expect(more).toEqual([]);
    expect(only).toMatchObject({ verdict: "stop", allowable: false, phase: "off", hint: expect.stringContaining("Enable-OrganizationCustomization") });
    expect(only?.holds).toEqual([
      { kind: "authentication-policy", key: "no-basic" },
      { kind: "default-authentication-policy", key: "tenant" },
    ]);
    expect(found({ ...LIVE, dehydrated: true })).toEqual([]);
  });

  test.each<readonly [string, World, Partial<BlockBasic>, string]>([
    [
      "lets in more",
      { policies: [THEIR_POLICY], standard: THEIRS },
      {},
      'the default authentication policy "Old printers" is replaced, and stays in the tenant: it lets IMAP and SMTP AUTH in with a password alone, which the plan\'s does not',
    ],
    ["lets in what ours does not", { policies: [THEIR_POLICY], standard: THEIRS }, { allow: ["smtpAuth"] }, "it lets IMAP in with a password alone"],
    [
      "lets in nothing more",
      { policies: [{ ...THEIR_POLICY, settings: { name: "x", allowBasic: [] } }], standard: THEIRS },
      {},
      "it lets in nothing more with a password alone",
    ],
    ["is nowhere to be seen", { standard: "Gone" }, {}, '"Gone" is replaced, and stays in the tenant: what it lets in with a password alone is not known'],
  ])("a former default that is not ours %s", (_name, world, words, want) => {
    const [first] = found(world, basicPlan(block("off", "2018-11-09", words)));
    expect(`${first?.verdict} ${first?.detail}`).toContain(want);
    expect(first?.verdict).toBe("go");
  });

  test("another plan's default stops", () => {
    const other = policyOf([], { id: THEIRS, mark: { plan: "other", key: "no-basic" } });
    const [first] = found({ policies: [other], standard: THEIRS });
    expect(first).toMatchObject({ verdict: "stop", allowable: false, holds: [{ kind: "default-authentication-policy", key: "tenant" }] });
    expect(first?.detail).toContain("that of the plan other");
  });

  const writtenAgo = (ms: number): History => ({
    written: new Map([
      [
        "@default-authentication-policy/tenant",
        {
          kind: "default-authentication-policy",
          key: "tenant",
          possible: [],
          sure: true,
          at: at("2018-11-05") - ms,
          run: "r",
          members: new Set(),
          whole: false,
        },
      ],
    ]),
  });

  test("within a day of the write some may still get in", () => {
    expect(lines(found(LIVE, basicPlan(), writtenAgo(3_600_000)))).toEqual([
      "go passwords alone are blocked since Sun 4 Nov 2018 23:00, and the service takes up to 24 hours: some may get in until Mon 5 Nov 2018 23:00",
    ]);
    expect(found(LIVE, basicPlan(), writtenAgo(DAY_MS))).toEqual([]);
  });
});

describe("who sends with a password alone", () => {
  const [ALDER, BIRCH] = [id(0x10), id(0x11)];
  const mail = (...senders: readonly ObjectId[]): Known<NonNullable<Extract<Observed["log"], { type: "present" }>>["value"]> =>
    logOf({
      legacy: present({
        ...LOOKED,
        uses: new Map(),
        mail: new Map(senders.map((sender) => [sender, { smtpAuth: { last: at("2018-11-04"), count: 2 }, imap: { last: at("2018-11-04"), count: 2 } }])),
      }),
    });
  const hit = (of: Plan, world: World, senders: readonly ObjectId[], fields: Partial<Observed> = {}): readonly string[] =>
    oldMail
      .check(inputOf(of, { ...seen(of, world), log: mail(...senders), ...fields }))
      .map(({ verdict, count, holds }) => `${verdict} ${count} ${holds?.map(({ kind }) => kind).join(" ") ?? ""}`);

  test.each<readonly [string, Partial<BlockBasic>, World, readonly ObjectId[], readonly string[]]>([
    ["two lose it", {}, {}, [ALDER, BIRCH], ["stop 2 default-authentication-policy"]],
    ["nobody sends", {}, {}, [], []],
    ["it goes on", { allow: ["smtpAuth"] }, {}, [ALDER], []],
    ["the plan lets two be hit", { atMost: 2 }, {}, [ALDER, BIRCH], ["go 2 "]],
    ["and one more is one too many", { atMost: 1 }, {}, [ALDER, BIRCH], ["stop 2 default-authentication-policy"]],
    ["the policy in force lets it in no longer", {}, { policies: [policyOf(["smtpAuth"])], standard: OURS }, [ALDER], ["stop 1 authentication-policy"]],
    [
      "a policy that is not in force lost it before",
      {},
      { policies: [{ ...THEIR_POLICY, settings: { name: "x", allowBasic: [] } }], standard: THEIRS },
      [ALDER],
      [],
    ],
    ["the former default let it in", {}, { policies: [THEIR_POLICY], standard: THEIRS }, [ALDER], ["stop 1 default-authentication-policy"]],
    ["all is done already", {}, LIVE, [ALDER], []],
  ])("%s", (_name, words, world, senders, want) => {
    expect(hit(basicPlan(block("off", "2018-11-09", words)), world, senders)).toEqual(want);
  });

  test("not those whose mailbox has it off", () => {
    const of = basicPlan();
    const base = seen(of);
    const fields: Partial<Observed> = {
      mailboxes: present(boxesOf({ 16: { smtpAuth: "off" }, 17: { smtpAuth: "inherit" } })),
      resources: { ...base.resources, "smtp-auth": present([tenantsSmtp("on")]) },
    };
    expect(hit(of, {}, [ALDER, BIRCH], fields)).toEqual(["stop 1 default-authentication-policy"]);
    expect(hit(of, {}, [ALDER, BIRCH], { ...fields, resources: { ...base.resources, "smtp-auth": present([tenantsSmtp("off")]) } })).toEqual([]);
  });

  test("a phase that turns it off as well counts everybody once", () => {
    const of = basicPlan({ ...block("off", "2018-11-09", { atMost: 1 }), turnOff: { protocols: ["smtpAuth"], keepOn: [keep(["head@birch.*"])], atMost: 1 } });
    const base = seen(of);
    const fields: Partial<Observed> = {
      mailboxes: present(boxesOf({ 16: { smtpAuth: "on" }, 17: { smtpAuth: "on" } })),
      resources: { ...base.resources, "mailbox-plan": present([]), "smtp-auth": present([tenantsSmtp("on")]) },
    };
    expect(hit(of, {}, [ALDER, BIRCH], fields)).toEqual(["go 2 "]);
  });

  test("the log is asked only where something is blocked", () => {
    const of = basicPlan();
    expect([logQuestions(inputOf(of, seen(of))).legacy, logQuestions(inputOf(of, seen(of, LIVE))).legacy]).toEqual([true, false]);
    expect(phase("x", "2018-11-19", "heads", ["web"]).blockBasic).toBeUndefined();
  });
});
