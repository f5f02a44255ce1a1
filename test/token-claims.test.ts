/** What a token says of its holder, whichever version it is and whoever holds it. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { claimsOf, type TokenClaims } from "../src/token-claims.ts";

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (payload: unknown): string => `${part({ alg: "RS256", typ: "JWT" })}.${part(payload)}.signature`;

const TENANT = "11111111-2222-4333-8444-555555555555";
const OBJECT = "22222222-3333-4444-8555-666666666666";
const APP = "33333333-4444-4555-8666-777777777777";
const IDS = { tid: TENANT, oid: OBJECT, appid: APP };
const READ = { tenantId: TENANT, objectId: OBJECT, appId: APP, isApplication: true, scopes: [], roles: [], wids: [] } as const;

const cases: readonly (readonly [name: string, payload: unknown, want: TokenClaims | undefined])[] = [
  [
    "an application",
    { ...IDS, idtyp: "app", app_displayname: "rollout", roles: ["User.Read.All", "AuditLog.Read.All"], wids: ["29232CDF-9323-42FD-ADE2-1D097AF3E4DE"] },
    { ...READ, name: "rollout", roles: ["AuditLog.Read.All", "User.Read.All"], wids: ["29232cdf-9323-42fd-ade2-1d097af3e4de"] },
  ],
  [
    "somebody who signed in",
    { ...IDS, idtyp: "user", upn: "admin@county.example", name: "Admin", app_displayname: "rollout", scp: "User.Read.All  openid AuditLog.Read.All" },
    {
      ...READ,
      isApplication: false,
      userPrincipalName: "admin@county.example",
      name: "Admin",
      scopes: ["AuditLog.Read.All", "User.Read.All", "openid"],
    },
  ],
  ["an application of version 2, without idtyp", { tid: TENANT, oid: OBJECT, azp: APP }, READ],
  [
    "somebody of version 2, without idtyp",
    { tid: TENANT, oid: OBJECT, azp: APP, preferred_username: "admin@county.example", scp: "openid" },
    { ...READ, isApplication: false, userPrincipalName: "admin@county.example", scopes: ["openid"] },
  ],
  ["an application has no address, whatever its token says", { ...IDS, upn: "admin@county.example" }, READ],
  ["ids in capitals", { tid: TENANT.toUpperCase(), oid: OBJECT.toUpperCase(), appid: APP.toUpperCase() }, READ],
  ["what is there twice counts once", { ...IDS, roles: ["b", "a", "b"] }, { ...READ, roles: ["a", "b"] }],
  ["claims of another shape", { ...IDS, roles: "User.Read.All", wids: [1], scp: 5, name: {} }, READ],
  ["no tenant", { oid: OBJECT, appid: APP }, undefined],
  ["nobody", { tid: TENANT, appid: APP }, undefined],
  ["no application", { tid: TENANT, oid: OBJECT }, undefined],
  ["a list", [IDS], undefined],
  ["nothing", null, undefined],
];

test.each(cases)("a token of %s", (_, payload, want) => {
  expect(claimsOf(tokenOf(payload))).toEqual(want);
});

test.each([
  ["an opaque one", "practice"],
  ["an empty one", ""],
  ["one whose middle is no JSON", "a.b.c"],
  ["an encrypted one, of five parts", `${tokenOf(IDS)}.x.y`],
  ["one without its signature", tokenOf(IDS).replace(/\.signature$/, "")],
  ["one beyond measure", tokenOf({ ...IDS, filler: "x".repeat(200_000) })],
])("%s says nothing", (_, token) => {
  expect(claimsOf(token)).toBeUndefined();
});

test("whatever stands there, nothing is thrown", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map(JSON.parse).map(tokenOf),
        fc.dictionary(fc.constantFrom("tid", "oid", "appid", "scp", "roles", "wids"), fc.jsonValue()).map(tokenOf),
      ),
      (token) => {
        const claims = claimsOf(token);
        for (const list of claims === undefined ? [] : [claims.scopes, claims.roles, claims.wids]) expect(list).toEqual([...new Set(list)].sort());
      },
    ),
  );
});
