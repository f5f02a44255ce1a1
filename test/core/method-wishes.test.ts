/** What phases with methods and campaigns want, when, and to which of them a change belongs. */

import { describe, expect, test } from "vitest";
import { desiredAt } from "../../src/core/desired.ts";
import { phasesOfMethods } from "../../src/core/method-wishes.ts";
import type { Phase, Plan } from "../../src/core/plan/plan.ts";
import { kindsUsed } from "../../src/core/uses.ts";
import { at, cohort, moment, PLACE, phase, plan } from "./county.ts";

const setting = (id: string, starts: string, parts: Pick<Phase, "allowMethods" | "campaign">): Phase => ({
  id,
  title: id,
  starts: moment(starts),
  place: PLACE,
  ...parts,
});
const on = (fields: { readonly for?: string; readonly method?: "app" | "passkey"; readonly snoozeDays?: number } = {}): NonNullable<Phase["campaign"]> => ({
  state: "on",
  method: "app",
  snoozeDays: 1,
  ...fields,
});

const rollout = plan({
  cohorts: [cohort("heads"), cohort("everyone", { source: { type: "all" }, pupils: "out" })],
  phases: [
    setting("first", "2018-11-12", { allowMethods: { app: "on", text: "on" }, campaign: on({ for: "heads" }) }),
    setting("second", "2018-11-19", { allowMethods: { text: "off" } }),
    setting("third", "2018-11-26", { campaign: on({ for: "everyone", method: "passkey", snoozeDays: 0 }) }),
    setting("last", "2018-12-03", { campaign: { state: "off" } }),
  ],
});

const held = (...ids: readonly string[]) => ({ progress: { begun: [], held: ids } });

/** `app on, text off: first, second` */
const methodsAt = (of: Plan, when: string, options = {}): string | undefined =>
  desiredAt(of, at(when), options).resources.flatMap((each) =>
    each.kind === "authentication-methods"
      ? [
          `${Object.entries(each.settings.methods)
            .map(([name, { state }]) => `${name} ${state}`)
            .join(", ")}: ${each.phases.join(", ")}`,
        ]
      : [],
  )[0];
const campaignAt = (of: Plan, when: string, options = {}) => desiredAt(of, at(when), options).resources.find(({ kind }) => kind === "registration-campaign");

describe("methods", () => {
  test.each<readonly [string, string, object, string | undefined]>([
    ["before everything", "2018-11-11T23:59:59", {}, undefined],
    ["the first", "2018-11-12", {}, "app on, text on: first"],
    ["of two phases that speak of one method the last counts", "2018-11-19", {}, "app on, text off: first, second"],
    ["on hold it wants nothing, and what came before stands", "2018-11-19", held("second"), "app on, text on: first"],
    ["all on hold", "2018-11-19", held("first", "second"), undefined],
  ])("%s", (_name, when, options, want) => {
    expect(methodsAt(rollout, when, options)).toBe(want);
  });
});

test.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
  ["what only one phase speaks of", ["first", "second"], ["methods.app"], ["first"]],
  ["what two speak of is the later one's", ["first", "second"], ["methods.text"], ["second"]],
  ["both", ["first", "second"], ["methods.app", "methods.text"], ["first", "second"]],
  ["before the later one began", ["first"], ["methods.text"], ["first"]],
])("a change belongs to the phases whose words it carries out: %s", (_name, wanted, paths, want) => {
  expect(phasesOfMethods(rollout, wanted, paths)).toEqual(want);
});

describe("the campaign", () => {
  test("for a cohort: its group, and the emergency accounts left out by id", () => {
    expect(campaignAt(rollout, "2018-11-12")).toMatchObject({
      key: "tenant",
      phases: ["first"],
      settings: {
        campaign: "on",
        method: "app",
        snoozeDays: 1,
        include: { all: false, groups: ["@cohort-group/heads"] },
        exclude: { users: ["@account/emergency-1@county.example", "@account/emergency-2@county.example"], groups: [] },
      },
    });
  });

  test("for everybody: those whom the cohort leaves out are left out by their group; there is one campaign, and the last counts", () => {
    expect(campaignAt(rollout, "2018-11-26")).toMatchObject({
      phases: ["third"],
      settings: { method: "passkey", snoozeDays: 0, include: { all: true, groups: [] }, exclude: { groups: ["@cohort-group/everyone-except"] } },
    });
    const all = plan({ phases: [setting("only", "2018-11-12", { campaign: on() })] });
    expect(campaignAt(all, "2018-11-12")).toMatchObject({ settings: { include: { all: true }, exclude: { groups: [] } } });
  });

  test("ends, and on hold goes on", () => {
    expect(campaignAt(rollout, "2018-12-03")).toMatchObject({ phases: ["last"], settings: { campaign: "off" } });
    expect(campaignAt(rollout, "2018-12-03", held("last"))).toMatchObject({ phases: ["third"], settings: { campaign: "on" } });
  });
});

test("the tenant is asked for what the plan names, and for nothing else", () => {
  expect([...kindsUsed(rollout)]).toEqual(expect.arrayContaining(["authentication-methods", "registration-campaign"]));
  const none = kindsUsed(plan({ phases: [phase("heads-web", "2018-11-19", "heads", ["web"])] }));
  expect([none.has("authentication-methods"), none.has("registration-campaign")]).toEqual([false, false]);
});
