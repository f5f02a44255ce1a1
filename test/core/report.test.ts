import { describe, expect, test } from "vitest";
import type { Finding, PhaseState } from "../../src/core/changes.ts";
import type { DesiredOptions } from "../../src/core/desired.ts";
import type { DiffDocument, StatusDocument } from "../../src/core/document.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { diffDocument, namesIn, statusDocument } from "../../src/core/report.ts";
import { unknown } from "../../src/core/tenant.ts";
import {
  applied,
  at,
  cohort,
  E1,
  groupWith,
  HEADS,
  id,
  moment,
  phase,
  plan,
  policyWith,
  type Someone,
  see,
  tenant,
  withMembers,
  withPolicy,
} from "./county.ts";

const COUNTY = plan();
const EMPTY = tenant(COUNTY);
const LIVE = applied(COUNTY, EMPTY, at("2018-11-19"));
const staging = plan({
  phases: [
    phase("heads-web", "2018-11-19", "heads", ["web"]),
    phase("heads-clients", "2018-11-26", "heads", ["clients"], { reportOnlyFrom: moment("2018-11-22") }),
  ],
});

const diffAt = (
  of: Plan,
  observed: Observed,
  when: string,
  options: DesiredOptions = {},
  findings: readonly (Finding & { allowed?: boolean })[] = [],
): DiffDocument => diffDocument({ plan: of, ...see(of, observed, at(when), options), findings, moment: at(when) });
const statusAt = (of: Plan, observed: Observed, when: string): StatusDocument =>
  statusDocument({ plan: of, ...see(of, observed, at(when)), findings: [], moment: at(when) });
const states = ({ phases }: DiffDocument | StatusDocument): readonly PhaseState[] => phases.map(({ state }) => state);

describe("where phases stand", () => {
  const cases: readonly (readonly [name: string, of: Plan, observed: Observed, when: string, want: readonly PhaseState[]])[] = [
    ["all ahead", COUNTY, EMPTY, "2018-11-05", ["later", "later"]],
    ["to be staged", COUNTY, EMPTY, "2018-11-12", ["staged", "later"]],
    ["due", COUNTY, EMPTY, "2018-11-19", ["due", "later"]],
    ["live", COUNTY, LIVE, "2018-11-19", ["live", "later"]],
    ["the next one due, the first live", COUNTY, LIVE, "2018-11-26", ["live", "due"]],
    ["both live", COUNTY, applied(COUNTY, LIVE, at("2018-11-26")), "2018-11-26", ["live", "live"]],
    ["live beside a twin", staging, applied(staging, LIVE, at("2018-11-22")), "2018-11-22", ["live", "staged"]],
    ["the twin's moment: the one behind it is due, not the first", staging, applied(staging, LIVE, at("2018-11-22")), "2018-11-26", ["live", "due"]],
    [
      "a policy that somebody narrowed",
      COUNTY,
      withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, other: { conditions: { platforms: ["x"] } } })),
      "2018-11-19",
      ["due", "later"],
    ],
    [
      "a member missing is due for all over the cohort",
      COUNTY,
      withMembers(applied(COUNTY, LIVE, at("2018-11-26")), groupWith(LIVE, "heads").id, []),
      "2018-11-26",
      ["due", "due"],
    ],
    [
      "policies that were not read are not live",
      COUNTY,
      { ...LIVE, resources: { ...LIVE.resources, "conditional-access": unknown("503") } },
      "2018-11-19",
      ["due", "later"],
    ],
  ];
  test.each(cases)("%s", (_name, of, observed, when, want) => {
    expect(states(diffAt(of, observed, when))).toEqual(want);
  });

  test("on hold", () => {
    const held = applied(COUNTY, LIVE, at("2018-11-19"), { progress: { begun: [], held: ["heads-web"] } });
    expect(states(diffAt(COUNTY, held, "2018-11-19"))).toEqual(["held", "later"]);
    expect(diffAt(COUNTY, held, "2018-11-19").changes).toEqual([]);
    expect(policyWith(held, "mfa-heads").settings.state).toBe("report-only");
  });
});

describe("people", () => {
  const people: readonly Someone[] = [
    { id: id(1), address: "c@x.example", capable: false, standings: { heads: "in" } },
    { id: id(2), address: "a@x.example", capable: true, standings: { heads: "in" } },
    { id: id(3), address: "b@x.example", standings: { heads: "in" } },
    { id: id(4), address: "d@x.example", capable: false, standings: { heads: "in" } },
    { id: id(5), address: "0@x.example", capable: false, enabled: false, standings: { heads: "in" } },
    { id: id(6), address: "1@x.example", capable: false },
    { id: id(7), address: "e@x.example", capable: true, standings: { heads: "in" } },
    { id: id(8), address: "f@x.example", capable: true, standings: { heads: "in" } },
  ];
  const counted = tenant(COUNTY, {}, people);
  const want = { count: 6, notReady: 3, sample: ["c@x.example", "d@x.example", "b@x.example", "a@x.example", "e@x.example"] };

  test("enabled accounts, those not ready first", () => {
    const document = diffAt(COUNTY, counted, "2018-11-19");
    expect(document.phases[0]?.accounts).toEqual(want);
    expect(document.changes.map(({ accounts }) => accounts)).toEqual([want, want]);
  });

  test("nobody knows who is ready", () => {
    expect(diffAt(COUNTY, { ...counted, registration: unknown("403") }, "2018-11-19").phases[0]?.accounts).toMatchObject({ count: 6, notReady: null });
  });

  test("nobody knows who is there", () => {
    const document = diffAt(COUNTY, { ...LIVE, roster: unknown("503") }, "2018-11-19");
    expect(document.phases.map(({ accounts }) => accounts)).toEqual([undefined, undefined]);
  });

  test("a group's change is about those who move", () => {
    const more = {
      ...LIVE,
      roster: tenant(COUNTY, {}, [...HEADS, { id: id(0x55), address: "head@elm.county.example", capable: false, standings: { heads: "in" } }]).roster,
    };
    expect(diffAt(COUNTY, more, "2018-11-19").changes).toMatchObject([
      { kind: "cohort-group", accounts: { count: 1, notReady: 1, sample: ["head@elm.county.example"] } },
    ]);
  });
});

describe("the document of a dry run", () => {
  test("header and sums", () => {
    expect(diffAt(COUNTY, EMPTY, "2018-11-19")).toMatchObject({
      schemaVersion: 1,
      plan: { id: "county-2018", name: "County schools 2018", file: "county.yaml" },
      tenant: { id: id(0xfff), name: "County schools", practice: true },
      asOf: "2018-11-19T00:00:00+00:00",
      summary: { create: 2, update: 0, delete: 0, unchanged: 0 },
      leftOver: [],
    });
  });

  test("moments have the zone's offset of their day", () => {
    const of = plan({ phases: [phase("p", "2018-07-01", "heads", ["web"])] });
    expect(diffAt(of, tenant(of), "2018-12-01")).toMatchObject({ asOf: "2018-12-01T00:00:00+00:00", phases: [{ starts: "2018-07-01T01:00:00+01:00" }] });
  });

  test("a finding without what only the guards need", () => {
    const finding: Finding & { allowed: boolean } = {
      guard: "size",
      verdict: "stop",
      phase: "heads-web",
      detail: "much",
      hint: "look",
      count: 7,
      allowable: true,
      holds: [{ kind: "cohort-group", key: "heads" }],
      allowed: true,
    };
    expect(diffAt(COUNTY, EMPTY, "2018-11-19", {}, [finding]).findings).toEqual([
      { guard: "size", verdict: "stop", phase: "heads-web", detail: "much", hint: "look", count: 7, allowed: true },
    ]);
  });

  test("names are without their mark, ids known by name", () => {
    expect(diffAt(COUNTY, LIVE, "2018-11-26").changes.map(({ name }) => name)).toEqual(["MFA: heads"]);
    const nameOf = namesIn(LIVE);
    expect([groupWith(LIVE, "heads").id, policyWith(LIVE, "mfa-heads").id, E1, id(0x10), id(0x999), "all"].map(nameOf)).toEqual([
      "MFA rollout: heads",
      "MFA: heads",
      "emergency-1@county.example",
      "head@alder.county.example",
      undefined,
      undefined,
    ]);
  });
});

describe("the document of a status", () => {
  test("what comes next", () => {
    expect(statusAt(COUNTY, LIVE, "2018-11-19").next).toEqual({ starts: "2018-11-26T00:00:00+00:00", phases: ["heads-clients"] });
    expect(statusAt(COUNTY, LIVE, "2018-11-26").next).toBeNull();
  });

  test.each<readonly [string, Observed, string, readonly string[], readonly string[]]>([
    ["a phase whose moment came is pending", LIVE, "2018-11-26", [], ["mfa-heads"]],
    [
      "what a live phase lost is drift",
      withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, exclude: { ...s.exclude, guests: true } })),
      "2018-11-19",
      ["mfa-heads"],
      [],
    ],
    ["members too", withMembers(LIVE, groupWith(LIVE, "heads").id, []), "2018-11-19", ["heads"], []],
    ["a policy that is off asks nobody: pending", withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, state: "off" })), "2018-11-19", [], ["mfa-heads"]],
    ["nothing", LIVE, "2018-11-19", [], []],
  ])("%s", (_name, observed, when, drift, pending) => {
    const document = statusAt(COUNTY, observed, when);
    expect([document.drift.map(({ key }) => key), document.pending.map(({ key }) => key)]).toEqual([drift, pending]);
  });

  test("left over, with nobody to count", () => {
    const less = plan({ cohorts: [cohort("heads"), cohort("offices")], phases: [phase("offices", "2019-01-01", "offices", ["web"])] });
    const document = statusAt(less, { ...LIVE, roster: tenant(less).roster }, "2018-11-19");
    expect(document.leftOver.map(({ key, accounts }) => [key, accounts])).toEqual([
      ["heads", undefined],
      ["mfa-heads", undefined],
    ]);
  });
});
