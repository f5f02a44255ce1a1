import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalText } from "../../src/core/canonical.ts";
import type { Change } from "../../src/core/changes.ts";
import { hashOf, idFor, shortDigest } from "../../src/core/hash.ts";
import { mapIds, settingsOf } from "../../src/core/kinds/index.ts";
import type { Observed } from "../../src/core/observed.ts";
import { applied, at, E1, E2, HEADS, id, plan, policyWith, see, tenant, withPolicy } from "./county.ts";

const NOV19 = at("2018-11-19");
const COUNTY = plan();
const LIVE = applied(COUNTY, tenant(COUNTY), NOV19);
const hashAt = (observed: Observed, when: string, of = COUNTY): string => see(of, observed, at(when)).diff.hash;

describe("what the hash is of", () => {
  test("is 64 hexadecimal digits", () => {
    expect(hashAt(LIVE, "2018-11-26")).toMatch(/^[0-9a-f]{64}$/);
  });

  const base = hashAt(LIVE, "2018-11-26");
  const same: readonly (readonly [string, string])[] = [
    ["the moment", hashAt(LIVE, "2018-11-27")],
    ["when it was read", hashAt({ ...LIVE, readAt: at("2018-12-01") }, "2018-11-26")],
    [
      "the names of tenant, plan and people",
      hashAt({ ...LIVE, tenant: { ...LIVE.tenant, name: "Other" } }, "2018-11-26", plan({ name: "Other", file: "other.yaml" })),
    ],
    [
      "who is ready",
      hashAt(
        {
          ...LIVE,
          roster: tenant(
            COUNTY,
            {},
            HEADS.map((head) => ({ ...head, capable: false })),
          ).roster,
        },
        "2018-11-26",
      ),
    ],
    [
      "the order in which lists come",
      hashAt(
        withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, exclude: { ...s.exclude, users: [E2, E1] } })),
        "2018-11-26",
      ),
    ],
    [
      "foreign resources",
      hashAt(
        {
          ...LIVE,
          resources: {
            ...LIVE.resources,
            "conditional-access": {
              type: "present",
              value: [policyWith(LIVE, "mfa-heads"), { ...policyWith(LIVE, "mfa-heads"), id: id(0x900), managed: true }],
            },
          },
        },
        "2018-11-26",
      ),
    ],
  ];
  test.each(same)("not of %s", (_name, hash) => {
    expect(hash).toBe(base);
  });

  const others: readonly (readonly [string, string])[] = [
    ["the tenant", hashAt({ ...LIVE, tenant: { ...LIVE.tenant, id: id(0xffe) } }, "2018-11-26")],
    [
      "what was there before",
      hashAt(
        withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, grant: { operator: "or", controls: ["block"], strength: null } })),
        "2018-11-26",
      ),
    ],
    [
      "who joins",
      hashAt(
        { ...LIVE, roster: tenant(COUNTY, {}, [...HEADS, { id: id(0x55), address: "head@elm.county.example", standings: { heads: "in" } }]).roster },
        "2018-11-26",
      ),
    ],
    ["that something changes at all", hashAt(LIVE, "2018-11-19")],
    [
      "a name that is put right",
      hashAt(
        withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, name: "Heads" })),
        "2018-11-26",
      ),
    ],
  ];
  test.each(others)("but of %s", (_name, hash) => {
    expect(hash).not.toBe(base);
  });

  test("every one of these differs from every other", () => {
    expect(new Set(others.map(([, hash]) => hash)).size).toBe(others.length);
  });

  test("of the plan's id", () => {
    expect(hashAt(tenant(COUNTY), "2018-11-19", plan({ id: "county-2019" }))).not.toBe(hashAt(tenant(COUNTY), "2018-11-19"));
  });

  test("a name for people in what is made does not count", () => {
    const { changes } = see(COUNTY, tenant(COUNTY), NOV19).diff;
    const renamed = changes.map((change) => (change.after === undefined ? change : { ...change, after: { ...change.after, name: "other" } }));
    expect(hashOf("t", "p", renamed, (ref) => ref)).toBe(hashOf("t", "p", changes, (ref) => ref));
  });

  test("a reference and the id that it stands for give one hash", () => {
    const { changes } = see(COUNTY, LIVE, at("2018-11-26")).diff;
    const refs = new Map([
      [E1, "@account/emergency-1@county.example"],
      [E2, "@account/emergency-2@county.example"],
    ]);
    const refOf = (each: string): string => refs.get(each) ?? each;
    const unresolved = changes.map((change): Change => {
      if (change.after === undefined) return change;
      return { ...change, after: mapIds(change.kind, settingsOf(change.kind, change.after), refOf) };
    });
    expect(JSON.stringify(unresolved)).toContain("@account/emergency-1");
    expect(hashOf("t", "p", unresolved, refOf)).toBe(hashOf("t", "p", changes, refOf));
  });
});

test("is of canonical JSON, to be checked by others", () => {
  const { diff } = see(COUNTY, tenant(COUNTY), NOV19);
  const fields = {
    "apps.include": ["all"],
    clients: ["browser"],
    description: "entra-rollout:county-2018/mfa-heads. Made and kept by entra-rollout; change the plan, not this policy",
    "exclude.users": ["@account/emergency-1@county.example", "@account/emergency-2@county.example"],
    "grant.controls": ["mfa"],
    "grant.operator": "or",
    "include.groups": ["@cohort-group/heads"],
    state: "on",
  };
  const changes = [
    {
      kind: "cohort-group",
      key: "heads",
      action: "create",
      before: null,
      after: { description: "entra-rollout:county-2018/heads. Made and kept by entra-rollout; members are synced from the plan" },
      members: { added: HEADS.map((head) => head.id), removed: [] },
    },
    { kind: "conditional-access", key: "mfa-heads", action: "create", before: null, after: fields, members: null },
  ];
  expect(diff.hash).toBe(
    createHash("sha256")
      .update(canonicalText({ tenant: id(0xfff), plan: "county-2018", changes }))
      .digest("hex"),
  );
});

test("a digest for keys and an id for what is not made yet", () => {
  expect(shortDigest("")).toBe("e3b0c442");
  expect(idFor("x")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(idFor("x")).toBe(idFor("x"));
  expect(idFor("x")).not.toBe(idFor("y"));
});

test("canonical text sorts keys", () => {
  expect(canonicalText({ b: [2, 1], a: { d: null, c: "\u00e9" } })).toBe('{"a":{"c":"\u00e9","d":null},"b":[2,1]}');
});
