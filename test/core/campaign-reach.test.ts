/** Whom a campaign reaches, and what people are told of it. */

import { describe, expect, test } from "vitest";
import { reachLineOf } from "../../src/core/campaign-reach.ts";
import type { Change } from "../../src/core/changes.ts";
import { methodBits } from "../../src/core/methods.ts";
import type { Phase } from "../../src/core/plan/plan.ts";
import { Roster } from "../../src/core/roster.ts";
import { present, type RegistrationCampaignSettings, unknown } from "../../src/core/tenant.ts";
import { change, cohort, id, MOMENT, observed, plan } from "./guards/world.ts";

const phaseWith = (campaign: NonNullable<Phase["campaign"]>): Phase => ({
  id: "nudge",
  title: "Nudge",
  starts: { local: "2018-11-19T00:00", instant: MOMENT },
  campaign,
  place: { file: "county.yaml", line: 1, column: 1 },
});
const on = (name?: string): Phase => phaseWith({ state: "on", method: "app", snoozeDays: 1, ...(name !== undefined && { for: name }) });
const settings = (fields: Partial<RegistrationCampaignSettings> = {}): RegistrationCampaignSettings => ({
  campaign: "on",
  method: "app",
  snoozeDays: 1,
  include: { all: true, users: [], groups: [] },
  exclude: { users: [id(1)], groups: [] },
  other: {},
  ...fields,
});
const changed = (after: RegistrationCampaignSettings = settings()): Change =>
  change({ kind: "registration-campaign", key: "tenant", action: "update", phases: ["nudge"], before: settings({ campaign: "off" }), after });

const roster = (): Roster => {
  const people = new Roster(["heads"]);
  const add = (
    at: number,
    address: string,
    where: "in" | "out",
    methods: readonly string[] | null,
    ready = methods !== null && methods.length > 1,
    enabled = true,
  ): void => {
    people.add(id(at), address, { enabled, guest: false, pupil: false }, [where]);
    if (methods !== null) people.setCapable(id(at), ready, methodBits(methods));
  };
  add(1, "emergency@county.example", "out", []);
  add(2, "ready@county.example", "in", ["mobilePhone", "microsoftAuthenticatorPush"]);
  // Not ready by a plan that counts two methods, and yet asked for MFA and then nudged.
  add(3, "text@county.example", "in", ["mobilePhone"], false);
  add(4, "b-none@county.example", "in", []);
  add(5, "a-mail@county.example", "in", ["email"], false);
  add(6, "unheard@county.example", "in", null);
  add(7, "disabled@county.example", "in", [], false, false);
  add(8, "other@county.example", "out", []);
  return people;
};
const world = observed({ roster: present(roster()), registration: present({}) });

describe("whom a campaign never reaches", () => {
  test.each([
    ["a cohort", on("heads"), { count: 5, unreached: 3, sample: ["a-mail@county.example", "b-none@county.example", "unheard@county.example"] }],
    [
      "everybody, but for the emergency accounts",
      on(),
      { count: 6, unreached: 4, sample: ["a-mail@county.example", "b-none@county.example", "other@county.example", "unheard@county.example"] },
    ],
  ])("%s", (_name, phase, want) => {
    expect(reachLineOf(plan({ cohorts: [cohort()], phases: [phase] }), world, changed())).toEqual(want);
  });

  test("where nobody can say, nobody is counted as reached or not", () => {
    const unheard = observed({ ...world, registration: unknown("no licence") });
    expect(reachLineOf(plan({ phases: [on("heads")] }), unheard, changed())).toEqual({ count: 5, unreached: null, sample: [] });
    expect(reachLineOf(plan({ phases: [on("heads")] }), observed({ roster: unknown("502") }), changed())).toBeUndefined();
  });

  test.each([
    ["one that ends", phaseWith({ state: "off" }), changed(settings({ campaign: "off" }))],
    ["one that is taken back", on("heads"), changed(settings({ campaign: "default" }))],
    ["a change of another kind", on("heads"), change({ kind: "security-defaults", key: "tenant", action: "update", phases: ["nudge"] })],
  ])("nothing is told of %s", (_name, phase, given) => {
    expect(reachLineOf(plan({ phases: [phase] }), world, given)).toBeUndefined();
  });
});
