import { describe, expect, test } from "vitest";
import type { Access } from "../../src/core/observed.ts";
import { GLOBAL_ADMINISTRATOR, type Known, type LiveAccount, type LookedUp, present, unknown } from "../../src/core/tenant.ts";
import { accessOf } from "../../src/graph/administrators.ts";
import { createClient } from "../../src/graph/client.ts";
import { accountNamed } from "../../src/graph/emergency.ts";
import { knownOr, roleHoldersOf } from "../../src/graph/live-account.ts";
import { foreign } from "../core/guards/world.ts";
import { json, type Reply, refusal, type Scripted, type Seen, scripted } from "./scripted.ts";

const id = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
const USER = "#microsoft.graph.user";
const GROUP = "#microsoft.graph.group";

const user = (number: number, name: string, more: object = {}) => ({
  "@odata.type": USER,
  id: id(number),
  userPrincipalName: `${name}@county.example`,
  accountEnabled: true,
  onPremisesSyncEnabled: null,
  userType: "Member",
  ...more,
});

const EMERGENCY = user(1, "emergency-1");
const ROLE = { id: id(0xa0), roleTemplateId: GLOBAL_ADMINISTRATOR };
const METHODS_POLICY = {
  id: "authenticationMethodsPolicy",
  policyMigrationState: "migrationComplete",
  authenticationMethodConfigurations: [{ "@odata.type": "#x", id: "Fido2", state: "enabled", includeTargets: [{ id: "all_users" }], excludeTargets: [] }],
};
const method = (word: string, more: object = {}) => ({ "@odata.type": `#microsoft.graph.${word}AuthenticationMethod`, id: "x", ...more });
const APPLICATION = refusal(400, "BadRequest", "/me request is only valid with delegated authentication flow.");

/** A tenant by path, the first that fits; what nobody scripted is 501. */
type Paths = readonly (readonly [path: RegExp, reply: (seen: Seen) => Reply])[];

const USUAL: Paths = [
  [/^\/v1\.0\/me\?\$select=id,userPrincipalName$/, () => APPLICATION.clone()],
  [
    /\/directoryRoles\(roleTemplateId='62e90394.*'\)\/members\?\$select=id,userPrincipalName,accountEnabled,/,
    () => ({ value: [EMERGENCY, user(2, "admin.bo"), user(3, "Admin.ada")] }),
  ],
  [/\/users\/emergency-1@county\.example\?/, () => EMERGENCY],
  [/\/users\/[^/]*\/transitiveMemberOf/, () => ({ value: [{ "@odata.type": "#microsoft.graph.directoryRole", ...ROLE }] })],
  [/\/users\/[^/]*\/authentication\/methods/, () => ({ value: [method("password"), method("fido2", { aaGuid: "2FC0579F-8113-47EA-B116-BB5A8DB9202A" })] })],
  [/\/policies\/authenticationMethodsPolicy/, () => METHODS_POLICY],
];

const tenantWith = (...paths: Paths): Scripted =>
  scripted((seen) => [...paths, ...USUAL].find(([path]) => path.test(seen.path))?.[1](seen) ?? json(501, { error: { code: "X", message: seen.path } }));

const DOMAINS = present(new Map([["county.example", false]]));

type Ground = { readonly policies?: Parameters<typeof accessOf>[1]["policies"]; readonly methods?: Parameters<typeof accessOf>[1]["methods"] };

const read = async ({ connection }: Scripted, { policies = Promise.resolve(present([])), methods }: Ground = {}): Promise<Access> => {
  const client = createClient(connection);
  const around = { domains: Promise.resolve(DOMAINS), holders: roleHoldersOf(client) };
  const emergency = Promise.all([accountNamed(client, "emergency-1@county.example", around)]);
  return accessOf(client, { ...around, emergency, policies, methods });
};

const valueIn = <T>(known: Known<T>): T => {
  if (known.type !== "present") throw new Error(known.type === "unknown" ? known.because : "absent");
  return known.value;
};
const lookedIn = ({ administrators }: Access): readonly LookedUp[] => valueIn(administrators).looked;
const accountIn = (looked: LookedUp | undefined): LiveAccount => {
  if (looked === undefined) throw new Error("nobody");
  return valueIn(looked.account);
};

describe("administrators", () => {
  test("each is looked at live, by address and without the emergency accounts", async () => {
    const access = await read(tenantWith());
    expect(lookedIn(access).map(({ address }) => address)).toEqual(["Admin.ada@county.example", "admin.bo@county.example"]);
    expect(accountIn(lookedIn(access)[0])).toEqual({
      id: id(3),
      enabled: true,
      synced: false,
      guest: false,
      invited: false,
      federated: present(false),
      roles: present([GLOBAL_ADMINISTRATOR]),
      groups: present([]),
      groupNames: new Map(),
      methods: present(["fido2", "password"]),
      keys: ["2fc0579f-8113-47ea-b116-bb5a8db9202a"],
    });
    expect(access.operator).toEqual({ type: "absent" });
    expect(access.strengths).toEqual({ type: "absent" });
    expect(valueIn(access.methods)).toMatchObject({ migration: "complete", methods: { passkey: { state: "on" } } });
  });

  test("one who is disabled is none; one who was invited is told", async () => {
    const holders = [user(2, "gone", { accountEnabled: false }), user(3, "ada_trust.example#EXT#", { userType: "Guest" })];
    const access = await read(tenantWith([/directoryRoles\(/, () => ({ value: holders })]));
    expect(lookedIn(access).map((each) => accountIn(each))).toMatchObject([{ id: id(3), guest: true, invited: true }]);
  });

  test("who holds the role through a group is one, once, and the group's members are read to the bottom", async () => {
    const tenant = tenantWith(
      [
        /directoryRoles\(/,
        () => ({ value: [{ "@odata.type": GROUP, id: id(0xb0) }, user(2, "admin.bo"), { "@odata.type": "#microsoft.graph.servicePrincipal", id: id(0xc0) }] }),
      ],
      [/\/groups\/.*b0\/transitiveMembers/, () => ({ value: [user(2, "admin.bo"), { "@odata.type": GROUP, id: id(0xb1) }, user(4, "admin.cy")] })],
    );
    expect(lookedIn(await read(tenant)).map(({ address }) => address)).toEqual(["admin.bo@county.example", "admin.cy@county.example"]);
  });

  test("past the tenth they are counted", async () => {
    const holders = Array.from({ length: 14 }, (_, at) => user(0x20 + at, `admin.${String(at).padStart(2, "0")}`));
    const tenant = tenantWith([/directoryRoles\(/, () => ({ value: [EMERGENCY, ...holders] })]);
    const access = await read(tenant);
    expect(valueIn(access.administrators)).toMatchObject({ unlooked: 4 });
    expect(lookedIn(access)).toHaveLength(10);
    expect(tenant.seen.filter(({ path }) => path.includes("/authentication/methods"))).toHaveLength(11);
  });

  test("roles that groups hold are asked for once, however many accounts are in such groups", async () => {
    const tenant = tenantWith(
      [/transitiveMemberOf/, () => ({ value: [{ "@odata.type": GROUP, id: id(0xb0), displayName: "Admins", isAssignableToRole: true }] })],
      [/\/directoryRoles\/.*a0\/members/, () => ({ value: [{ id: id(0xb0) }] })],
      [/\/directoryRoles$/, () => ({ value: [ROLE] })],
    );
    const access = await read(tenant);
    expect(lookedIn(access).map((each) => valueIn(accountIn(each).roles))).toEqual([[GLOBAL_ADMINISTRATOR], [GLOBAL_ADMINISTRATOR]]);
    expect(tenant.seen.filter(({ path }) => path === "/v1.0/directoryRoles")).toHaveLength(1);
  });

  test("a role that nobody ever had is nobody's", async () => {
    const access = await read(tenantWith([/directoryRoles\(/, () => refusal(404, "Request_ResourceNotFound", "no")]));
    expect(lookedIn(access)).toEqual([]);
  });

  test.each<readonly [name: string, path: RegExp, of: (access: Access) => Known<unknown>]>([
    ["the holders", /directoryRoles\(/, (access) => access.administrators],
    ["one's methods", /3\/authentication\/methods/, (access) => accountIn(lookedIn(access)[0]).methods],
    ["one's groups", /3\/transitiveMemberOf/, (access) => accountIn(lookedIn(access)[0]).groups],
    ["what is allowed", /authenticationMethodsPolicy/, (access) => access.methods],
    ["who is signed in", /\/me\?/, (access) => access.operator],
  ])("a read that failed is unknown: %s", async (_name, path, of) => {
    const access = await read(tenantWith([path, () => refusal(403, "Denied", "not you")]));
    expect(of(access)).toMatchObject({ type: "unknown", because: expect.stringMatching(/403 Denied/) });
  });

  test.each<readonly [name: string, wire: object, want: string]>([
    ["a mobile telephone", method("phone", { phoneType: "mobile" }), "phone"],
    ["a telephone on a desk", method("phone", { phoneType: "office" }), "officePhone"],
    ["a telephone of which nobody says what it is", method("phone"), "officePhone"],
    ["a pass", method("temporaryAccessPass", { isUsable: true }), "temporaryAccessPass"],
    ["a pass that ran out", method("temporaryAccessPass", { isUsable: false }), "expiredPass"],
  ])("%s", async (_name, wire, want) => {
    const access = await read(tenantWith([/authentication\/methods/, () => ({ value: [wire] })]));
    expect(valueIn(accountIn(lookedIn(access)[0]).methods)).toEqual([want]);
  });
});

describe("whoever works with the tool", () => {
  const me = (number: number, name: string) => [/\/me\?/, () => ({ id: id(number), userPrincipalName: `${name}@county.example` })] as const;

  test("one who was looked at already is not looked at again", async () => {
    const tenant = tenantWith(me(2, "admin.bo"));
    expect(valueIn((await read(tenant)).operator)).toMatchObject({ address: "admin.bo@county.example", account: { type: "present" } });
    expect(tenant.seen.filter(({ path }) => path.includes(`${id(2)}/authentication/methods`))).toHaveLength(1);
    expect(tenant.seen.some(({ path }) => path.startsWith(`/v1.0/users/${id(2)}?`))).toBe(false);
  });

  test("an emergency account is known as well", async () => {
    expect(valueIn((await read(tenantWith(me(1, "emergency-1")))).operator)).toMatchObject({ address: "emergency-1@county.example" });
  });

  test("anybody else is looked up by id", async () => {
    const tenant = tenantWith(me(9, "it"), [/\/users\/00000000-0000-4000-8000-000000000009\?/, () => user(9, "it")]);
    const operator = valueIn((await read(tenant)).operator);
    expect(operator.address).toBe("it@county.example");
    expect(accountIn(operator).id).toBe(id(9));
  });

  test("another complaint is no application", async () => {
    const access = await read(tenantWith([/\/me\?/, () => refusal(400, "BadRequest", "something else")]));
    expect(access.operator).toMatchObject({ type: "unknown" });
  });
});

describe("strengths", () => {
  const STRENGTH = id(0x77);
  const uses = Promise.resolve(present([foreign({ grant: { operator: "and", controls: [], strength: STRENGTH } })]));
  const path = /\/policies\/authenticationStrengthPolicies/;
  const strength = (more: object) => ({ id: STRENGTH, displayName: "Ours", policyType: "custom", allowedCombinations: ["fido2", "password,sms"], ...more });

  test.each<readonly [name: string, wire: object, narrowed: readonly string[]]>([
    ["without conditions", strength({ combinationConfigurations: [] }), []],
    ["for certain keys", strength({ combinationConfigurations: [{ appliesToCombinations: ["fido2"] }] }), ["fido2"]],
    ["whose conditions are left out", strength({}), ["fido2", "password,sms"]],
    ["that every tenant has", strength({ policyType: "builtIn" }), []],
  ])("one %s", async (_name, wire, narrowed) => {
    const access = await read(tenantWith([path, () => ({ value: [wire] })]), { policies: uses });
    expect(valueIn(access.strengths)).toEqual(new Map([[STRENGTH, { name: "Ours", combinations: ["fido2", "password,sms"], narrowed }]]));
  });

  test("are not asked for unless a policy asks for one, and are unknown when the policies are", async () => {
    const tenant = tenantWith();
    await read(tenant, { policies: Promise.resolve(present([foreign()])) });
    expect(tenant.seen.some((seen) => path.test(seen.path))).toBe(false);
    expect((await read(tenantWith(), { policies: Promise.resolve(unknown("429")) })).strengths).toMatchObject({ type: "unknown" });
    expect((await read(tenantWith([path, () => refusal(403, "Denied", "no")]), { policies: uses })).strengths).toMatchObject({ type: "unknown" });
  });
});

test("what was asked for already is not asked for again", async () => {
  const tenant = tenantWith();
  const settings = { methods: {}, migration: "pre", other: {} } as const;
  const methods = knownOr(async () => [{ kind: "authentication-methods" as const, id: "x", managed: false, settings }]);
  expect((await read(tenant, { methods })).methods).toEqual(present(settings));
  expect(tenant.seen.some(({ path }) => path.includes("authenticationMethodsPolicy"))).toBe(false);
});
