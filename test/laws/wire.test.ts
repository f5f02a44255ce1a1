/** What goes to the wire comes back the same; what came from the wire loses nothing. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClientType, Json, NamedLocationSettings, PolicySettings, PolicyUsers } from "../../src/core/tenant.ts";
import * as group from "../../src/graph/cohort-group.ts";
import * as policy from "../../src/graph/conditional-access.ts";
import * as location from "../../src/graph/named-location.ts";

const ID = "11111111-2222-4333-8444-555555555555";

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
const ids = fc.array(fc.uuid(), { maxLength: 4 }).map(sorted);
const name = fc.string({ minLength: 1, maxLength: 40 });

const users: fc.Arbitrary<PolicyUsers> = fc.record({ all: fc.boolean(), none: fc.boolean(), guests: fc.boolean(), users: ids, groups: ids, roles: ids });
const CLIENTS: readonly ClientType[] = ["activesync", "activesync-supported", "all", "browser", "legacy", "mobile-and-desktop"];
const words = (...all: readonly string[]): fc.Arbitrary<readonly string[]> =>
  fc.tuple(fc.subarray([...all]), ids).map(([some, more]) => sorted([...some, ...more]));

const settings: fc.Arbitrary<PolicySettings> = fc.record({
  name,
  description: fc.string(),
  state: fc.constantFrom("on", "report-only", "off"),
  include: users,
  exclude: users,
  apps: fc.record({
    include: words("all", "none", "office365", "admin-portals"),
    exclude: words("office365"),
    userActions: fc.subarray(["urn:user:registerdevice", "urn:user:registersecurityinfo"]),
  }),
  clients: fc.subarray([...CLIENTS]),
  locations: fc.option(
    fc.record({ include: words("all", "all-trusted"), exclude: words("all-trusted") }).filter(({ include, exclude }) => include.length + exclude.length > 0),
  ),
  grant: fc.option(
    fc.record({
      operator: fc.constantFrom("and", "or"),
      controls: fc.subarray(["block", "compliantDevice", "mfa", "riskRemediation"]),
      strength: fc.option(fc.uuid()),
    }),
  ),
  signInFrequency: fc.oneof(
    fc.constant(null),
    fc.constant("every-time" as const),
    fc.record({ every: fc.integer({ min: 1, max: 365 }), unit: fc.constantFrom("hours" as const, "days" as const) }),
  ),
  other: fc.constantFrom<Json>(
    {},
    { conditions: { platforms: { includePlatforms: ["all"] }, users: { includeGuestsOrExternalUsers: { guestOrExternalUserTypes: "internalGuest" } } } },
    { sessionControls: { persistentBrowser: { isEnabled: false, mode: "always" } } },
    { somethingNew: { flags: [1, "x", false] } },
  ),
});

const locations: fc.Arbitrary<NamedLocationSettings> = fc.record({
  name,
  sort: fc.constant("ip" as const),
  trusted: fc.boolean(),
  ranges: fc.subarray(["192.0.2.0/24", "198.51.100.0/25", "2001:db8:10::/48", "2001:db8::1/128"]).map(sorted),
  other: fc.constant<Json>({}),
});

/** As the service answers: every member there, those without a value as null. */
const answered = (wire: { readonly [key: string]: Json }): Json => ({
  templateId: null,
  createdDateTime: "2024-01-01T00:00:00Z",
  modifiedDateTime: null,
  deletedDateTime: null,
  ...wire,
  id: ID,
});

describe("laws of the wire", () => {
  test("a policy comes back as it went", () => {
    fc.assert(
      fc.property(settings, (value) => {
        expect(policy.fromWire(JSON.parse(JSON.stringify(answered(policy.toWire(value))))).settings).toEqual(value);
      }),
    );
  });

  test("a location comes back as it went", () => {
    fc.assert(
      fc.property(locations, (value) => {
        expect(location.fromWire(answered(location.toWire(value))).settings).toEqual(value);
      }),
    );
  });

  test("a group comes back as it went", () => {
    fc.assert(
      fc.property(fc.record({ name, description: fc.string() }), (value) => {
        expect(group.fromWire({ id: ID, ...group.toWire(value) }).settings).toEqual(value);
      }),
    );
  });

  test("nothing differs from itself", () => {
    fc.assert(
      fc.property(settings, (value) => {
        expect(policy.patchOf(value, value)).toEqual({});
      }),
    );
    fc.assert(
      fc.property(locations, (value) => {
        expect(location.patchOf(value, value)).toEqual({});
      }),
    );
  });

  test("a patch brings the one to the other, whether the service replaces nested objects or merges into them", () => {
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const patch = policy.patchOf(before, after);
        for (const apply of [replaced, merged]) expect(policy.fromWire(answered(apply(policy.toWire(before), patch))).settings).toEqual(after);
      }),
    );
  });

  test("only the state differs: only the state is sent", () => {
    fc.assert(
      fc.property(settings, (value) => {
        expect(policy.patchOf({ ...value, state: "report-only" }, { ...value, state: "on" })).toEqual({ state: "enabled" });
      }),
    );
  });
});

type Wire = { readonly [key: string]: Json };
const isWire = (value: Json | undefined): value is Wire => typeof value === "object" && value !== null && !Array.isArray(value);
const replaced = (before: Wire, patch: Wire): Wire => ({ ...before, ...patch });
const merged = (before: Wire, patch: Wire): Wire =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(patch)])].map((key) => {
      const [old, next] = [before[key], patch[key]];
      return [key, next === undefined ? (old ?? null) : isWire(old) && isWire(next) ? merged(old, next) : next];
    }),
  );

const FOLDER = new URL("../../../shared/tenants/ca-policies/", import.meta.url);
const READ_ONLY = ["id", "createdDateTime", "modifiedDateTime", "deletedDateTime", "templateId"];

/** Without what says nothing, so that two texts of one policy compare. */
const essence = (value: unknown): unknown => {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : [...new Set(value.map(essence))].sort();
  if (typeof value !== "object") return value;
  const kept = Object.entries(value)
    .map(([key, inner]) => [key, key === "authenticationStrength" && inner !== null ? { id: inner.id } : essence(inner)] as const)
    .filter(([key, inner]) => inner !== undefined && (key === "@odata.type" || !key.includes("@")));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
};

describe.runIf(existsSync(FOLDER))("46 published policies", () => {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(".json")) : [];
  test("are all there", () => {
    expect(files.length).toBe(46);
  });

  test.each(files)("%s keeps everything that it says", (file) => {
    const wire: unknown = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
    const read = policy.fromWire(wire);
    expect(read.mark).toBeUndefined();
    const back = policy.toWire(read.settings);
    const want = Object.fromEntries(Object.entries(Object(wire)).filter(([key]) => !READ_ONLY.includes(key)));
    expect(essence(back)).toEqual(essence(want));
    expect(policy.fromWire({ ...Object(wire), ...back }).settings).toEqual(read.settings);
  });
});
