import { describe, expect, test } from "vitest";
import type { CohortContext } from "../../../src/core/cohorts.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import { cohortsAsked, type Outside, whyOutReader } from "../../../src/core/reports/why-out.ts";
import { absent, type Known, type Person, present, unknown } from "../../../src/core/tenant.ts";
import { phase } from "../county.ts";
import { id, person, planWith } from "../people.ts";

const MEMBER = person("maria@birch.county.example", { id: id(501) });
const SYNC = person("sync@county.onmicrosoft.example", { id: id(502), nobody: true });
const RENAMED = person("glass@county.example", { id: id(503) });

const GROUPS: ReadonlyMap<string, Known<IdIndex>> = new Map<string, Known<IdIndex>>([
  ["it support", present(IdIndex.of([MEMBER.id]))],
  ["gone", absent],
  ["hidden", unknown("403 Authorization_RequestDenied")],
]);
const CONTEXT: CohortContext = { emergencyIds: IdIndex.of([RENAMED.id]), syncIds: IdIndex.of([SYNC.id]) };

/** `reason through: cohorts` */
const words = ({ reasons }: Outside): readonly string[] =>
  reasons.map(({ reason, cohorts }) => {
    const through =
      reason.type === "exception"
        ? ` ${reason.pattern} (${reason.exception.because}, ${reason.exception.owner}, ${reason.exception.until ?? "no end"})`
        : reason.type === "service account"
          ? ` ${reason.pattern}`
          : reason.type === "leave row"
            ? ` ${reason.file}:${reason.row.line}`
            : reason.type === "left out of a sum"
              ? ` ${reason.without}`
              : reason.type === "not read"
                ? ` ${reason.because}`
                : "";
    return `${reason.type}${through}: ${cohorts.join(", ")}`;
  });

type Given = {
  readonly cohorts: Readonly<Record<string, string>>;
  readonly who: Person;
  readonly list?: string;
  readonly services?: readonly string[];
  readonly dynamic?: CohortContext["dynamic"];
  readonly asked?: readonly string[];
};

const outside = ({ cohorts, who, list, services = [], dynamic, asked = Object.keys(cohorts) }: Given): Outside => {
  const plan = { ...planWith(cohorts, list === undefined ? {} : { "l.csv": list }), serviceAccounts: services };
  return whyOutReader(plan, GROUPS, dynamic === undefined ? CONTEXT : { ...CONTEXT, dynamic }, asked)(who);
};

const HEADS = '{ accounts: ["head@*"] }';
const ALL = "{ all: true, pupils: out }";
const EXCEPT = `except: [{ accounts: ["office@*", "*@birch.county.example"], because: shared, owner: bursar, until: 2019-04-01 }]`;

describe("why an account is out", () => {
  const cases: readonly (readonly [name: string, given: Given, want: readonly string[]])[] = [
    ["a head is in", { cohorts: { heads: HEADS }, who: person("head@birch.county.example") }, []],
    ["nobody named the clerk", { cohorts: { heads: HEADS }, who: person("clerk@birch.county.example") }, ["not named: "]],
    [
      "an exception, with the pattern that matched and all that the plan says",
      { cohorts: { all: `{ all: true, pupils: out, ${EXCEPT} }` }, who: person("head@birch.county.example") },
      ["exception *@birch.county.example (shared, bursar, 2019-04-01): all"],
    ],
    [
      "the first of two patterns that match, once",
      { cohorts: { all: `{ all: true, pupils: out, ${EXCEPT} }` }, who: person("office@birch.county.example") },
      ["exception office@* (shared, bursar, 2019-04-01): all"],
    ],
    [
      "an exception of a cohort that would not hold it anyway is no reason",
      { cohorts: { heads: `{ accounts: ["head@*"], ${EXCEPT} }` }, who: person("office@birch.county.example") },
      ["not named: "],
    ],
    ["an emergency account by address", { cohorts: { all: ALL }, who: person("emergency-1@county.example") }, ["emergency account: all"]],
    ["an emergency account by id, whatever its address is now", { cohorts: { all: ALL }, who: RENAMED }, ["emergency account: all"]],
    ["an emergency account that no cohort means is one all the same", { cohorts: { heads: HEADS }, who: RENAMED }, ["emergency account: "]],
    ["the account that synchronises the directory", { cohorts: { all: ALL, heads: HEADS }, who: SYNC }, ["directory synchronisation: all"]],
    ["an agent", { cohorts: { all: ALL }, who: person("assistant@county.example", { nobody: true }) }, ["agent: all"]],
    [
      "a pupil in two cohorts, told once",
      { cohorts: { all: ALL, birch: "{ domains: [birch.county.example], pupils: out }" }, who: person("p1@birch.county.example", { pupil: true }) },
      ["pupil: all, birch"],
    ],
    ["a pupil whom the plan takes in", { cohorts: { all: "{ all: true, pupils: in }" }, who: person("p1@birch.county.example", { pupil: true }) }, []],
    ["a guest", { cohorts: { all: ALL }, who: person("a_b.example#ext#@county.onmicrosoft.example", { guest: true }) }, ["guest: all"]],
    [
      "a guest whom the plan takes in",
      { cohorts: { all: "{ all: true, pupils: out, guests: in }" }, who: person("a_b.example#ext#@county.onmicrosoft.example", { guest: true }) },
      [],
    ],
    [
      "a service account, by the plan's pattern",
      { cohorts: { all: ALL }, who: person("svc-print@county.example"), services: ["scan@*", "svc-*@*"] },
      ["service account svc-*@*: all"],
    ],
    [
      "a service account whom a cohort takes in",
      { cohorts: { all: "{ all: true, pupils: out, serviceAccounts: in }" }, who: person("svc-print@county.example"), services: ["svc-*@*"] },
      [],
    ],
    [
      "several reasons at once, each told",
      { cohorts: { all: `{ all: true, pupils: out, ${EXCEPT} }` }, who: person("p1@birch.county.example", { pupil: true, guest: true }) },
      ["exception *@birch.county.example (shared, bursar, 2019-04-01): all", "guest: all", "pupil: all"],
    ],
    [
      "a row that says leave",
      {
        cohorts: { list: "{ file: l.csv, pupils: out }" },
        who: person("a@birch.county.example"),
        list: "birch.county.example\na@birch.county.example,leave\n",
      },
      ["leave row l.csv:2: list"],
    ],
    [
      "a whole domain that leaves",
      { cohorts: { list: "{ file: l.csv, pupils: out }" }, who: person("a@birch.county.example"), list: "x@y.example\nbirch.county.example,leave\n" },
      ["leave row l.csv:2: list"],
    ],
    [
      "an account's own row goes before its domain's",
      {
        cohorts: { list: "{ file: l.csv, pupils: out }" },
        who: person("a@birch.county.example"),
        list: "a@birch.county.example\nbirch.county.example,leave\n",
      },
      [],
    ],
    [
      "of two rows the later one holds",
      {
        cohorts: { list: "{ file: l.csv, pupils: out }" },
        who: person("a@birch.county.example"),
        list: "a@birch.county.example,leave\na@birch.county.example\n",
      },
      [],
    ],
    [
      "a list that cannot be used says nothing of anybody",
      { cohorts: { list: "{ file: l.csv, pupils: out }" }, who: person("a@birch.county.example"), list: "" },
      ["not read l.csv: it holds no row: list"],
    ],
    ["a member of a group", { cohorts: { it: "{ group: IT Support }" }, who: MEMBER }, []],
    ["somebody else", { cohorts: { it: "{ group: IT Support }" }, who: person("b@county.example") }, ["not named: "]],
    ["a member who is a pupil", { cohorts: { it: "{ group: IT Support, pupils: out }" }, who: { ...MEMBER, pupil: true } }, ["pupil: it"]],
    ["a group that the tenant has not", { cohorts: { it: "{ group: Gone }" }, who: MEMBER }, ["not named: "]],
    ["a group that could not be read", { cohorts: { it: "{ group: Hidden }" }, who: MEMBER }, ["not read 403 Authorization_RequestDenied: it"]],
    ["that is of no account to whom another cohort holds", { cohorts: { it: "{ group: Hidden }", all: ALL }, who: MEMBER }, []],
    [
      "by a rule: a pupil is in, if the rule takes them in",
      {
        cohorts: { rule: '{ dynamic: "(user.department -eq 1)" }' },
        who: { ...MEMBER, pupil: true },
        dynamic: new Map([["rule", GROUPS.get("it support") ?? absent]]),
      },
      [],
    ],
    [
      "by a rule: the group is not there yet",
      { cohorts: { rule: '{ dynamic: "(user.department -eq 1)" }' }, who: MEMBER, dynamic: new Map([["rule", absent]]) },
      ["not read the group that finds its members by a rule is not there yet: rule"],
    ],
    [
      "by a rule: what keeps an emergency account out is that, and nothing that a rule does not know",
      {
        cohorts: { rule: '{ dynamic: "(user.department -eq 1)" }' },
        who: { ...RENAMED, pupil: true },
        dynamic: new Map([["rule", present(IdIndex.of([RENAMED.id]))]]),
      },
      ["emergency account: rule"],
    ],
    [
      "what a sum leaves out",
      { cohorts: { all: ALL, heads: HEADS, rest: "{ cohorts: [all], without: [heads] }" }, who: person("head@birch.county.example"), asked: ["rest"] },
      ["left out of a sum heads: rest"],
    ],
    [
      "a part's own exception keeps out of the sum as well",
      {
        cohorts: { all: `{ all: true, pupils: out, ${EXCEPT} }`, heads: HEADS, rest: "{ cohorts: [all], without: [heads] }" },
        who: person("office@cedar.county.example"),
        asked: ["rest"],
      },
      ["exception office@* (shared, bursar, 2019-04-01): rest"],
    ],
    [
      "of a part that is out where another holds it nothing is said",
      {
        cohorts: { all: `{ all: true, pupils: out, ${EXCEPT} }`, offices: '{ accounts: ["office@*"] }', both: "{ cohorts: [all, offices] }" },
        who: person("office@cedar.county.example"),
        asked: ["both"],
      },
      [],
    ],
  ];
  test.each(cases)("%s", (_, given, want) => {
    expect(words(outside(given))).toEqual(want);
  });

  test("who is held is told, in the plan's order, of those that were asked about", () => {
    const cohorts = { all: ALL, heads: HEADS, offices: '{ accounts: ["office@*"] }' };
    const who = person("head@birch.county.example");
    expect(outside({ cohorts, who }).held).toEqual(["all", "heads"]);
    expect(outside({ cohorts, who, asked: ["heads"] }).held).toEqual(["heads"]);
    expect(outside({ cohorts, who, asked: [] })).toEqual({ held: [], reasons: [] });
  });
});

describe("which cohorts a phase asks", () => {
  test.each([
    ["for MFA", phase("p", "2018-11-19", "heads", ["web"]), ["heads"]],
    ["for MFA, and to use no old programs", phase("p", "2018-11-19", "heads", ["web"], { blockLegacy: { for: "offices" } }), ["heads", "offices"]],
    [
      "a campaign asks nobody, and what happens elsewhere is asked elsewhere",
      phase("p", "2018-11-19", "heads", ["web"], {
        external: { what: "gateway", for: "all", checklist: [] },
        campaign: { state: "on", method: "app", snoozeDays: 1 },
      }),
      ["heads"],
    ],
  ])("%s", (_, given, want) => {
    expect(cohortsAsked(given)).toEqual(want);
  });
});
