/** The two kinds that share one policy of the tenant: which methods people may use, and the campaign. */

import { describe, expect, test } from "vitest";
import { fieldChanges, idsIn, laidOver, mapIds, normalise, partOf, sameSettings } from "../../../src/core/kinds/index.ts";
import type { AuthenticationMethodsSettings, MethodSettings, RegistrationCampaignSettings } from "../../../src/core/tenant.ts";

const method = (state: "on" | "off", fields: Partial<MethodSettings> = {}): MethodSettings => ({
  state,
  include: { all: true, groups: [] },
  exclude: [],
  other: {},
  ...fields,
});
const tenant: AuthenticationMethodsSettings = {
  methods: { app: method("on"), text: method("on", { include: { all: false, groups: ["g2", "g1"] }, exclude: ["g3"] }), call: method("off") },
  migration: "complete",
  other: {},
};
/** As a plan wants it: nothing but on or off. */
const wanted = (methods: { readonly [name: string]: "on" | "off" }): AuthenticationMethodsSettings => ({
  methods: Object.fromEntries(Object.entries(methods).map(([name, state]) => [name, method(state, { include: { all: false, groups: [] } })])),
  migration: null,
  other: {},
});
const paths = (before: AuthenticationMethodsSettings, after: AuthenticationMethodsSettings): readonly string[] =>
  fieldChanges("authentication-methods", before, after).map(({ path }) => path);

describe("authentication-methods", () => {
  test.each<readonly [string, { readonly [name: string]: "on" | "off" }, readonly string[]]>([
    ["what is on already", { app: "on" }, []],
    ["nothing named", {}, []],
    ["one that goes off", { text: "off" }, ["methods.text"]],
    ["one that comes on", { call: "on", app: "on" }, ["methods.call"]],
    ["one that the tenant does not list", { passkey: "on" }, ["methods.passkey"]],
  ])("differs by what the plan names alone: %s", (_name, methods, want) => {
    expect(paths(tenant, wanted(methods))).toEqual(want);
    expect(sameSettings("authentication-methods", tenant, wanted(methods))).toBe(want.length === 0);
  });

  test("what is named is laid over what is there: targets, the rest and other methods stay", () => {
    const after = laidOver("authentication-methods", tenant, wanted({ text: "off" }));
    expect(after).toEqual({ ...tenant, methods: { ...tenant.methods, text: { ...tenant.methods["text"], state: "off" } } });
  });

  test("shown and approved is only the part that the plan names", () => {
    const part = partOf("authentication-methods", tenant, wanted({ text: "off", passkey: "on" }));
    expect(Object.keys(part.methods)).toEqual(["text"]);
    // Somebody else's change of another method makes no difference to what was approved.
    const later = { ...tenant, methods: { ...tenant.methods, call: method("on") } };
    expect(partOf("authentication-methods", later, wanted({ text: "off" }))).toEqual(partOf("authentication-methods", tenant, wanted({ text: "off" })));
    expect(sameSettings("authentication-methods", later, part)).toBe(true);
  });

  test("lists are sorted, each entry once; ids of targets are changed with the rest", () => {
    const text = normalise("authentication-methods", tenant).methods["text"];
    expect(text?.include.groups).toEqual(["g1", "g2"]);
    expect(idsIn("authentication-methods", tenant)).toEqual(["g1", "g2", "g3"]);
    expect(mapIds("authentication-methods", tenant, (id) => `x-${id}`).methods["text"]?.exclude).toEqual(["x-g3"]);
  });
});

const campaign = (fields: Partial<RegistrationCampaignSettings> = {}): RegistrationCampaignSettings => ({
  campaign: "on",
  method: "app",
  snoozeDays: 3,
  include: { all: false, users: [], groups: ["g1", "g2"] },
  exclude: { users: ["e1"], groups: [] },
  other: {},
  ...fields,
});

describe("registration-campaign", () => {
  test.each<readonly [string, Partial<RegistrationCampaignSettings>, readonly string[]]>([
    ["nothing", {}, []],
    ["groups in another order", { include: { all: false, users: [], groups: ["g2", "g1", "g1"] } }, []],
    ["left to Microsoft", { campaign: "default" }, ["campaign"]],
    ["another method", { method: "passkey" }, ["method"]],
    ["how long it can be put off", { snoozeDays: 0 }, ["snoozeDays"]],
    ["everybody", { include: { all: true, users: [], groups: [] } }, ["include.all", "include.groups"]],
    ["an emergency account that is asked", { exclude: { users: [], groups: [] } }, ["exclude.users"]],
    ["a target that is asked for something else", { other: { includeTargets: [{ id: "g9" }] } }, ["other.includeTargets"]],
  ])("differs in: %s", (_name, change, want) => {
    expect(fieldChanges("registration-campaign", campaign(change), campaign()).map(({ path }) => path)).toEqual(want);
  });

  test("one that ends keeps its words; one that begins is the plan's own, whole", () => {
    const there = campaign({ snoozeDays: 9, other: { includeTargets: [{ id: "g9" }] } });
    expect(laidOver("registration-campaign", there, campaign({ campaign: "off", snoozeDays: 0 }))).toEqual({ ...there, campaign: "off" });
    expect(laidOver("registration-campaign", there, campaign())).toEqual(campaign());
  });

  test("names groups and accounts", () => {
    expect(idsIn("registration-campaign", campaign())).toEqual(["e1", "g1", "g2"]);
    expect(mapIds("registration-campaign", campaign(), (id) => `x-${id}`).exclude.users).toEqual(["x-e1"]);
  });
});
