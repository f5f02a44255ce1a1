import { describe, expect, test } from "vitest";
import { fieldChanges, idsIn, normalise, settingsOf } from "../../../src/core/kinds/index.ts";
import type { NamedLocationSettings } from "../../../src/core/tenant.ts";

const network = (fields: Partial<NamedLocationSettings> = {}): NamedLocationSettings => ({
  name: "schools",
  sort: "ip",
  trusted: false,
  ranges: ["192.0.2.0/24", "2001:db8:10::/48"],
  other: {},
  ...fields,
});

describe("named-location", () => {
  test.each<readonly [string, Partial<NamedLocationSettings>, readonly string[]]>([
    ["nothing", {}, []],
    ["ranges in another order and spelling", { ranges: ["2001:0DB8:0010:0::/48", "192.0.2.0/24", "192.0.2.0/24"] }, []],
    ["an address within the range for the range", { ranges: ["192.0.2.77/24", "2001:db8:10::1/48"] }, []],
    ["another length", { ranges: ["192.0.2.0/25", "2001:db8:10::/48"] }, ["ranges"]],
    ["a range less", { ranges: ["192.0.2.0/24"] }, ["ranges"]],
    ["trust", { trusted: true }, ["trusted"]],
    ["the sort", { sort: "country" }, ["sort"]],
    ["the name", { name: "x" }, ["name"]],
    ["what we have no word for", { other: { countryLookupMethod: "x" } }, ["other.countryLookupMethod"]],
  ])("differs in: %s", (_name, change, paths) => {
    expect(fieldChanges("named-location", network(change), network()).map(({ path }) => path)).toEqual(paths);
  });

  test("trust is told as yes or no, not as nothing", () => {
    expect(fieldChanges("named-location", network({ trusted: true }), network())).toEqual([{ path: "trusted", before: true, after: false }]);
  });

  test("what is no range stays as it is, countries too", () => {
    expect(normalise("named-location", network({ ranges: ["nonsense", "192.0.2.0/99"] })).ranges).toEqual(["192.0.2.0/99", "nonsense"]);
    expect(normalise("named-location", network({ sort: "country", ranges: ["NZ", "GB"] })).ranges).toEqual(["GB", "NZ"]);
  });

  test("names no other resource", () => {
    expect(idsIn("named-location", network())).toEqual([]);
    expect(() => settingsOf("named-location", { name: "x", description: "y" })).toThrow(TypeError);
  });
});
