import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Step, Write } from "../../src/core/changes.ts";
import type { Observed } from "../../src/core/observed.ts";
import { parsePlan } from "../../src/core/plan/parse.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { GLOBAL_ADMINISTRATOR, type Known, type PolicySettings, type PolicyUsers } from "../../src/core/tenant.ts";
import type { Connection, RequestLine } from "../../src/gateway.ts";
import { ServiceError } from "../../src/service.ts";
import { withoutMail } from "../plans.ts";
import { memoryTenant, type Tenant } from "../sandbox/memory-tenant.ts";
import { gatewayOn } from "./gateway-on.ts";
import { json, ORIGIN } from "./scripted.ts";

const planNamed = (name: string): Plan => {
  const text = readFileSync(new URL(`../../rollout-plans/${name}.yaml`, import.meta.url), "utf8");
  const list = { type: "text", text: readFileSync(new URL("../../rollout-plans/early-adopters.csv", import.meta.url), "utf8") } as const;
  const parsed = parsePlan(`${name}.yaml`, name.startsWith("county") ? withoutMail(text) : text, new Map([["early-adopters.csv", list]]));
  if (parsed.type !== "sound") throw new Error(parsed.problems.map((problem) => problem.message).join("\n"));
  return parsed.plan;
};

const COUNTY = planNamed("county-schools-2018");
const TRUST = planNamed("academy-trust-2022");

type World = { readonly tenant: Tenant; readonly lines: RequestLine[]; readonly connection: Connection };

const worldOf = async (fill: string, dials?: object): Promise<World> => {
  const tenant = await memoryTenant(fill, dials);
  const lines: RequestLine[] = [];
  let count = 0;
  const connection: Connection = {
    origin: ORIGIN,
    getToken: async () => "practice",
    fetch: tenant.sandbox.fetch,
    clock: tenant.sandbox.clock,
    uuid: () => {
      count += 1;
      return `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
    },
    signal: new AbortController().signal,
    practice: true,
    onRequest: (line) => lines.push(line),
  };
  return { tenant, lines, connection };
};

const valueIn = <T>(known: Known<T>): T => {
  if (known.type !== "present") throw new Error(known.type === "unknown" ? known.because : "absent");
  return known.value;
};
const sayings = (known: Known<unknown>): string => (known.type === "unknown" ? known.because : known.type);

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };
const faulty = (...faults: readonly object[]): object => ({ ...CALM, faults });
const status = (path: string, code: number, more: object = {}): object => ({ path, effect: { type: "status", status: code, ...more } });

describe("the county, read whole", () => {
  let observed: Observed;
  let world: World;
  const progress: string[] = [];
  beforeAll(async () => {
    world = await worldOf("county", { lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } });
    observed = await gatewayOn(world.connection).readTenant(COUNTY, (what, done) => progress.push(`${what} ${done}`));
  });

  test("the tenant, its licence and its settings", () => {
    expect(observed.tenant).toMatchObject({ name: "County schools", practice: true });
    expect(valueIn(observed.licence)).toMatchObject({ p1: true });
    expect(valueIn(observed.licence).studentSkus.length).toBeGreaterThan(0);
    expect(valueIn(observed.securityDefaults)).toBe(false);
  });

  test("40 heads, although in 40 domains and mixed case", () => {
    expect(valueIn(observed.roster).counts("heads")).toMatchObject({ in: 40 });
    expect(valueIn(observed.roster).counts("offices")).toMatchObject({ in: 40 });
  });

  test("registration says who is ready, and when it was refreshed", () => {
    expect(valueIn(observed.registration).refreshed).toBeTypeOf("number");
    const heads = valueIn(observed.roster).counts("heads");
    expect(heads.notReady + heads.unclear).toBeLessThan(heads.enabled);
  });

  test("emergency accounts are enabled, cloud-only Global Administrators with a method", () => {
    const told = observed.emergency.map(({ address, account }) => {
      const { enabled, synced, federated, roles, methods } = valueIn(account);
      return {
        address,
        enabled,
        synced,
        federated: valueIn(federated),
        global: valueIn(roles).includes(GLOBAL_ADMINISTRATOR),
        strong: valueIn(methods).some((method) => method !== "password"),
      };
    });
    expect(told).toEqual(
      ["emergency-1@county.example", "emergency-2@county.example"].map((address) => ({
        address,
        enabled: true,
        synced: false,
        federated: false,
        global: true,
        strong: true,
      })),
    );
  });

  test("administrators and what they may use, unless nobody wants to know", async () => {
    const access = valueIn(observed.access ?? { type: "absent" });
    expect(valueIn(access.administrators).looked.map(({ address }) => address)).toHaveLength(3);
    expect(valueIn(access.methods).methods["passkey"]?.state).toBe("on");
    expect([access.operator, access.strengths]).toEqual([{ type: "absent" }, { type: "absent" }]);
    const other = await worldOf("county", { lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } });
    expect((await gatewayOn(other.connection).readTenant(COUNTY, undefined, { access: false })).access).toEqual({ type: "absent" });
    const asked = /\/me\?|authenticationMethodsPolicy|62e90394/;
    expect(other.lines.filter((line) => asked.test(line.path))).toEqual([]);
    expect(world.lines.filter((line) => asked.test(line.path))).toHaveLength(3);
  });

  test("foreign policies and locations are there, and none bears a mark", () => {
    const { "conditional-access": policies, "named-location": locations, "cohort-group": groups } = observed.resources;
    expect([...valueIn(policies), ...valueIn(locations)].filter((resource) => resource.mark !== undefined)).toEqual([]);
    expect(valueIn(groups)).toEqual([]);
    const ids = valueIn(policies).map((policy) => policy.id);
    expect(ids).toEqual([...ids].sort());
  });

  test("costs one list of policies, one of locations, and the fewest pages of accounts", () => {
    const count = (pattern: RegExp): number => world.lines.filter((line) => pattern.test(line.path)).length;
    expect([count(/conditionalAccess\/policies/), count(/namedLocations/), count(/v1\.0\/users\?/)]).toEqual([
      1,
      1,
      Math.ceil(valueIn(observed.roster).size / 999),
    ]);
    // An application has no account of its own, and is told so.
    expect(world.lines.filter((line) => line.status !== 200).map(({ path }) => path)).toEqual([expect.stringMatching(/\/me\?/)]);
    expect(progress).toContain(`accounts ${valueIn(observed.roster).size}`);
  });
});

describe("the trust, read whole", () => {
  test("the group that a cohort names is read with the groups inside it", async () => {
    const { connection } = await worldOf("trust");
    const observed = await gatewayOn(connection).readTenant(TRUST);
    const cohort = TRUST.cohorts.find(({ source }) => source.type === "group");
    expect(valueIn(observed.roster).counts(cohort?.name ?? "").in).toBeGreaterThan(0);
    expect(observed.remarks.filter((remark) => remark.type === "no-group")).toEqual([]);
  });

  const cases: readonly { name: string; fault: object; want: RegExp }[] = [
    {
      name: "cannot be looked for",
      fault: status("^/groups\\?.*displayName", 403, { code: "Authorization_RequestDenied" }),
      want: /group "IT Support" cannot be read: the service answered 403/,
    },
    { name: "cannot be read", fault: status("transitiveMembers", 500), want: /cannot be read: the service answered 500/ },
  ];
  test.each(cases)("a group that $name is a remark, and nobody is in", async ({ fault, want }) => {
    const { connection } = await worldOf("trust", faulty(fault));
    const observed = await gatewayOn(connection).readTenant(TRUST);
    expect(observed.remarks.find((remark) => remark.type === "no-group")?.detail).toMatch(want);
  });

  test("two groups of one name are no group", async () => {
    const { tenant, connection } = await worldOf("trust");
    const double = { displayName: "IT support", mailEnabled: false, mailNickname: "it2", securityEnabled: true };
    expect((await tenant.ask("POST", "/groups", double)).status).toBe(201);
    const observed = await gatewayOn(connection).readTenant(TRUST);
    expect(observed.remarks.find((remark) => remark.type === "no-group")?.detail).toContain('2 security groups are named "IT Support"');
  });
});

describe("a read that fails is unknown, never less", () => {
  const cases: readonly { name: string; fault: object; of: (observed: Observed) => Known<unknown>; want: RegExp }[] = [
    {
      name: "policies, 403",
      fault: status("conditionalAccess/policies", 403, { code: "AccessDenied" }),
      of: (o) => o.resources["conditional-access"],
      want: /^the service answered 403 AccessDenied to GET /,
    },
    { name: "policies, 500 for good", fault: status("conditionalAccess/policies", 500), of: (o) => o.resources["conditional-access"], want: /500/ },
    {
      name: "locations, a proxy's page",
      fault: { path: "namedLocations", effect: { type: "html", status: 200 } },
      of: (o) => o.resources["named-location"],
      want: /a web page instead of data/,
    },
    { name: "our groups", fault: status("^/groups\\?.*entra-rollout", 503), of: (o) => o.resources["cohort-group"], want: /503/ },
    { name: "licences", fault: status("subscribedSkus", 403), of: (o) => o.licence, want: /403 .*subscribedSkus/ },
    { name: "no licences, no roster", fault: status("subscribedSkus", 403), of: (o) => o.roster, want: /who is a pupil is not known, since the licences/ },
    { name: "security defaults", fault: status("identitySecurityDefaults", 403), of: (o) => o.securityDefaults, want: /403 .*identitySecurityDefaults/ },
    { name: "holders of the sync role", fault: status("directoryRoles", 500), of: (o) => o.roster, want: /synchronises the directory is not known/ },
    { name: "accounts, first page", fault: status("^/users\\?", 403), of: (o) => o.roster, want: /^the service answered 403 / },
    {
      name: "accounts, a later page for good",
      fault: { path: "^/users\\?", skip: 1, effect: { type: "status", status: 500 } },
      of: (o) => o.roster,
      want: /^the service answered 500 /,
    },
    {
      name: "accounts, a page cut short for good",
      fault: { path: "^/users\\?", skip: 1, effect: { type: "partial-page" } },
      of: (o) => o.roster,
      want: /the answer broke off$/,
    },
    {
      name: "registration",
      fault: status("userRegistrationDetails", 403, { code: "Authentication_MSGraphPermissionMissing" }),
      of: (o) => o.registration,
      want: /403 Authentication_MSGraphPermissionMissing/,
    },
    {
      name: "registration without a premium licence",
      fault: status("userRegistrationDetails", 403, { message: "Tenant is not a B2C tenant and doesn't have premium licenses" }),
      of: (o) => o.registration,
      want: /only to tenants with Entra ID P1/,
    },
    {
      name: "an emergency account",
      fault: status("^/users/emergency-1", 500),
      of: (o) => o.emergency[0]?.account ?? o.licence,
      want: /^the service answered 500 .*emergency-1%40county.example/,
    },
    {
      name: "methods of an emergency account",
      fault: status("authentication/methods", 403),
      of: (o) => valueIn(o.emergency[0]?.account ?? { type: "absent" }).methods,
      want: /403 .*\/authentication\/methods/,
    },
    {
      name: "groups of an emergency account",
      fault: status("transitiveMemberOf", 403),
      of: (o) => valueIn(o.emergency[0]?.account ?? { type: "absent" }).groups,
      want: /403 .*\/transitiveMemberOf/,
    },
    {
      name: "domains",
      fault: status("^/domains", 403),
      of: (o) => valueIn(o.emergency[0]?.account ?? { type: "absent" }).federated,
      want: /403 .*\/domains/,
    },
  ];
  test.each(cases)("$name", async ({ fault, of, want }) => {
    const { connection } = await worldOf("county", faulty(fault));
    expect(sayings(of(await gatewayOn(connection).readTenant(COUNTY)))).toMatch(want);
  });

  test("what fails once is read again", async () => {
    const once = ["users\\?", "policies", "namedLocations", "groups", "subscribedSkus", "methods", "userRegistrationDetails"].map((path) => ({
      path,
      times: 1,
      effect: { type: "drop-after" },
    }));
    const { connection } = await worldOf("county", faulty(...once));
    const observed = await gatewayOn(connection).readTenant(COUNTY);
    const { "cohort-group": groups, "named-location": locations, "conditional-access": policies } = observed.resources;
    expect([observed.roster, observed.registration, observed.licence, groups, locations, policies].map((known) => known.type)).toEqual(
      Array.from({ length: 6 }, () => "present"),
    );
  });

  test("a licensed tenant that is told now and then that it is not is asked again", async () => {
    const { connection } = await worldOf(
      "county",
      faulty({ ...status("userRegistrationDetails", 403, { code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant" }), times: 3 }),
    );
    expect((await gatewayOn(connection).readTenant(COUNTY)).registration.type).toBe("present");
  });

  test("half a registration report leaves nobody's readiness known", async () => {
    const { connection } = await worldOf("county", faulty({ path: "userRegistrationDetails", skip: 1, effect: { type: "status", status: 500 } }));
    const observed = await gatewayOn(connection).readTenant(COUNTY);
    expect(observed.registration.type).toBe("unknown");
    const heads = valueIn(observed.roster).counts("heads");
    expect(heads.unclear).toBe(heads.enabled);
  });

  test("an emergency account that is not there is absent", async () => {
    const { connection } = await worldOf("county");
    const observed = await gatewayOn(connection).readTenant({ ...COUNTY, emergencyAccounts: ["nobody@county.example"] });
    expect(observed.emergency).toEqual([{ address: "nobody@county.example", account: { type: "absent" } }]);
  });

  const ends: readonly [string, object, number][] = [
    ["may read nothing", { ...CALM, permissions: [] }, 403],
    ["is not let in", faulty(status(".", 401, { code: "InvalidAuthenticationToken" })), 401],
    ["reaches nobody", faulty({ path: ".", effect: { type: "drop-before" } }), 0],
  ];
  test.each(ends)("a connection that %s rejects", async (_, dials, want) => {
    const { connection } = await worldOf("county", dials);
    const error: unknown = await gatewayOn(connection)
      .readTenant(COUNTY)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ status: want });
  });
});

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };

const stepOf = (write: Write, kind: Step["kind"]): Step => ({
  id: `${kind}/${write.type}/${write.key}`,
  kind,
  key: write.key,
  name: write.key,
  write,
  undo: { type: "delete" },
  after: [],
  phases: [],
});

describe("against the practice tenant, with its lag and its limits", () => {
  test("a group, its members, a location and a policy over both are made, listed and taken back", async () => {
    const { connection, lines } = await worldOf("county", {});
    const gateway = gatewayOn(connection);
    const observed = await gateway.readTenant(COUNTY);
    const heads = [...valueIn(observed.roster).members("heads")];
    const made = new Map<string, string>();
    const run = async (step: Step): Promise<string> => {
      const outcome = (await gateway.perform([step], made, async () => undefined)).get(step.id);
      if (outcome?.type !== "done") throw new Error(`${step.id}: ${JSON.stringify(outcome)}`);
      if (outcome.id !== undefined) made.set(`@${step.kind}/${step.key}`, outcome.id);
      return outcome.id ?? "";
    };
    const group = await run(
      stepOf(
        {
          type: "create",
          kind: "cohort-group",
          key: "heads",
          settings: { name: "MFA rollout: heads", description: "entra-rollout:county-2018/heads. Made by a test" },
        },
        "cohort-group",
      ),
    );
    await connection.clock.sleep(2_000);
    expect(valueIn(await gateway.list("cohort-group")).map((each) => [each.id, each.mark])).toEqual([[group, { plan: "county-2018", key: "heads" }]]);
    for (const ids of [heads.slice(0, 20), heads.slice(20)])
      await run({ ...stepOf({ type: "add-members", key: "heads", group: "@cohort-group/heads", ids }, "cohort-group"), id: ids[0] ?? "" });
    const location = await run(
      stepOf(
        {
          type: "create",
          kind: "named-location",
          key: "schools",
          settings: { name: "schools [county-2018/schools]", sort: "ip", trusted: false, ranges: ["192.0.2.0/24"], other: {} },
        },
        "named-location",
      ),
    );
    const settings: PolicySettings = {
      name: "MFA: heads [county-2018/mfa-heads]",
      description: "entra-rollout:county-2018/mfa-heads. Made by a test",
      state: "report-only",
      include: { ...NOBODY, groups: ["@cohort-group/heads"] },
      exclude: { ...NOBODY, users: observed.emergency.map(({ account }) => valueIn(account).id) },
      apps: { include: ["all"], exclude: [], userActions: [] },
      clients: ["browser"],
      locations: { include: ["all"], exclude: ["@named-location/schools"] },
      grant: { operator: "or", controls: ["mfa"], strength: null },
      signInFrequency: { every: 90, unit: "days" },
      other: {},
    };
    const policy = await run(stepOf({ type: "create", kind: "conditional-access", key: "mfa-heads", settings }, "conditional-access"));
    const known = {
      ...settings,
      include: { ...NOBODY, groups: [group] },
      exclude: { ...settings.exclude, users: [...settings.exclude.users].sort() },
      locations: { include: ["all"], exclude: [location] },
    };
    const listed = valueIn(await gateway.list("conditional-access")).find((each) => each.id === policy);
    expect(listed).toMatchObject({ settings: known, mark: { plan: "county-2018", key: "mfa-heads" }, managed: false });

    await run(
      stepOf(
        {
          type: "update",
          kind: "conditional-access",
          key: "mfa-heads",
          id: policy,
          before: known,
          after: { ...known, state: "on", clients: ["browser", "mobile-and-desktop"] },
        },
        "conditional-access",
      ),
    );
    await connection.clock.sleep(5_000);
    expect(valueIn(await gateway.list("conditional-access")).find((each) => each.id === policy)?.settings).toEqual({
      ...known,
      state: "on",
      clients: ["browser", "mobile-and-desktop"],
    });
    expect([...valueIn(await gateway.members(group))].sort()).toEqual([...heads].sort());

    await run(stepOf({ type: "remove-member", key: "heads", group, ids: [heads[0] ?? ""] }, "cohort-group"));
    await run(stepOf({ type: "delete", kind: "conditional-access", key: "mfa-heads", id: policy, before: known }, "conditional-access"));
    await connection.clock.sleep(5_000);
    expect(valueIn(await gateway.members(group)).size).toBe(39);
    const back = await run(stepOf({ type: "restore", kind: "conditional-access", key: "mfa-heads", id: policy, settings: known }, "conditional-access"));
    expect(back).toBe(policy);
    expect(lines.filter((line) => line.status === 501)).toEqual([]);
  });

  test("what was just made is shown although the list lags", async () => {
    const { connection } = await worldOf("county");
    const lagging: Connection = {
      ...connection,
      // The list never shows it; looked at by its id it is there.
      fetch: async (request) =>
        new URL(request.url).pathname === "/v1.0/groups" && request.method === "GET" ? json(200, { value: [] }) : connection.fetch(request),
    };
    const gateway = gatewayOn(lagging);
    const step = stepOf(
      { type: "create", kind: "cohort-group", key: "heads", settings: { name: "heads", description: "entra-rollout:county-2018/heads" } },
      "cohort-group",
    );
    await gateway.perform([step], new Map(), async () => undefined);
    expect(valueIn(await gateway.list("cohort-group")).map((group) => group.settings.name)).toEqual(["heads"]);
    expect(valueIn(await gatewayOn(lagging).list("cohort-group"))).toEqual([]);
  });
});
