/**
 * Tenants that are one mistake away from a lock-out that has happened to somebody. Each is stopped before anything is written, by a
 * sentence that names the mistake and the way out; and who does what it says can go on with the same command.
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import { type CliResult, freshFolder, runCli } from "../cli/harness.ts";
import { writesIn } from "../laws/lock-out-run.ts";
import { memoryTenantOf, policyId, TOKEN, userId } from "../laws/lock-out-tenant.ts";
import { EMERGENCY, type Foreign, GLOBAL_ADMINISTRATOR, type Method, type Person, type World } from "../laws/lock-out-world.ts";
import { matchesGolden } from "../render/golden.ts";
import { Reader } from "./reader.ts";

const ORIGIN = "http://127.0.0.1:8080";
const PLAN = "school.yaml";
const POLICIES = "/v1.0/identity/conditionalAccess/policies";
const [FIRST = "", SECOND = ""] = EMERGENCY;
const ORLA = "orla@school.example";
const BREAK_GLASS = "break-glass@school.onmicrosoft.example";

const person = (address: string, methods: readonly Method[], more: Partial<Person> = {}): Person => ({
  address,
  enabled: true,
  synced: false,
  guest: false,
  methods,
  perUser: "disabled",
  isAdministrator: false,
  ...more,
});

const TEACHERS = Array.from({ length: 12 }, (_, at) => person(`teacher-${at + 1}@school.example`, ["app"]));

/** A school in 2026, in good order. */
const SCHOOL: World = {
  seed: 2026,
  year: 2026,
  premium: true,
  defaults: false,
  managed: "none",
  migration: "migrationComplete",
  methodsOn: ["Email", "Fido2", "MicrosoftAuthenticator", "Sms", "SoftwareOath", "Voice"],
  federated: [],
  operator: null,
  people: [
    ...EMERGENCY.map((address) => person(address, ["passkey"], { isAdministrator: true })),
    person(BREAK_GLASS, ["passkey"], { isAdministrator: true, enabled: false }),
    person(ORLA, ["app"], { isAdministrator: true }),
    person("head@school.example", ["app", "mobile"]),
    ...TEACHERS,
  ],
  groups: [{ name: "Break glass", members: EMERGENCY, isAdministrator: false }],
  places: [
    { name: "School", trusted: true, ranges: ["192.0.2.0/24"], countries: [], unknownToo: false },
    { name: "Great Britain", trusted: false, ranges: [], countries: ["GB"], unknownToo: false },
  ],
  policies: [],
  head: [],
  phases: [],
  moments: [],
  stage: false,
  lenient: false,
};

const withPeople = (change: (person: Person) => Partial<Person>): Partial<World> => ({
  people: SCHOOL.people.map((each) => ({ ...each, ...change(each) })),
});
const only = (...addresses: readonly string[]) => ({
  with: (more: Partial<Person>): Partial<World> => withPeople(({ address }) => (addresses.includes(address) ? more : {})),
});

const NOBODY: Foreign["include"] = { users: [], groups: [], roles: [] };

/** A policy of somebody else's that is on and blocks everybody everywhere, unless told otherwise. */
const theirs = (name: string, more: Partial<Foreign> = {}): Partial<World> => ({
  policies: [
    {
      name,
      state: "enabled",
      include: { ...NOBODY, users: ["All"] },
      exclude: NOBODY,
      apps: { include: ["All"], exclude: [], actions: [], contexts: [] },
      clients: ["all"],
      places: null,
      platforms: null,
      deviceRule: null,
      signInRisk: [],
      flows: null,
      grant: { operator: "OR", controls: ["block"], strength: null },
      ...more,
    },
  ],
});

const COHORTS = "cohorts:\n  staff: { domains: [school.example] }\n  everyone: { all: true, pupils: in, guests: in }\n";
const MFA_FOR_STAFF = "{ id: staff, title: All staff, starts: 2026-03-02, requireMfa: { for: staff, on: [web, clients] } }";

type Words = { readonly mechanism?: string; readonly more?: string; readonly phase?: string };

const planOf = ({ mechanism = "conditional-access", more = COHORTS, phase = MFA_FOR_STAFF }: Words = {}): string => `id: school-2026
name: School 2026
timeZone: Europe/London
mechanism: ${mechanism}
emergencyAccounts: [${EMERGENCY.join(", ")}]
${more}phases:
  - ${phase}
`;

type School = {
  readonly world: World;
  readonly cwd: string;
  readonly reader: Reader;
  readonly cli: (...args: readonly string[]) => Promise<CliResult>;
  /** Every request that is no read. */
  readonly writes: readonly string[];
  readonly editPlan: (find: string, replace: string) => void;
  readonly register: (address: string, type: string) => Promise<void>;
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const schoolOf = (world: World, plan: string): School => {
  const cwd = freshFolder();
  folders.push(cwd);
  const path = join(cwd, PLAN);
  writeFileSync(path, plan);
  const tenant = memoryTenantOf(world);
  const writes: string[] = [];
  const fetch: Fetch = async (request) => {
    if (!new URL(request.url).pathname.startsWith("/_practice")) writes.push(...(await writesIn(request)));
    return tenant.fetch(request);
  };
  const reader = new Reader(ORIGIN, TOKEN, async (request) => tenant.fetch(request));
  return {
    world,
    cwd,
    reader,
    cli: (...args) => runCli([...args, "--tenant", ORIGIN], { cwd, env: { ENTRA_ROLLOUT_TOKEN: TOKEN }, fetch }),
    writes,
    editPlan: (find, replace) => {
      const text = readFileSync(path, "utf8");
      expect(text).toContain(find);
      writeFileSync(path, text.replace(find, replace));
    },
    register: async (address, type) => {
      const user = userId(world, address);
      const { value } = await reader.json<{ value: readonly object[] }>("GET", `/v1.0/users/${user}/authentication/methods`);
      const method = { "@odata.type": `#microsoft.graph.${type}AuthenticationMethod`, id: "e0000000-0000-4000-8000-0000000000ff", displayName: "New" };
      await reader.put("authenticationMethods", { id: user, value: [...value, method] });
    },
  };
};

/** By naming the accounts themselves, as it is advised. */
const spare = async ({ reader, world }: School, ...addresses: readonly string[]): Promise<void> => {
  const policy = await reader.json<{ conditions: { users: { excludeUsers: readonly string[] } } }>("GET", `${POLICIES}/${policyId(0)}`);
  const { users } = policy.conditions;
  const excludeUsers = [...users.excludeUsers, ...addresses.map((address) => userId(world, address))];
  await reader.json("PATCH", `${POLICIES}/${policyId(0)}`, { conditions: { ...policy.conditions, users: { ...users, excludeUsers } } });
};
const spareBoth = (school: School): Promise<void> => spare(school, ...EMERGENCY);

const registerBoth =
  (type: string) =>
  async (school: School): Promise<void> => {
    for (const address of EMERGENCY) await school.register(address, type);
  };

/** Everybody at the school signed in from one address on each of the last days. */
const signedInFrom =
  (address: string) =>
  async ({ world, reader }: School): Promise<void> => {
    for (const [at, { address: who }] of world.people.entries()) {
      await reader.put("signIns", {
        id: `51000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
        createdDateTime: `2026-02-${String(20 + (at % 8)).padStart(2, "0")}T09:00:00Z`,
        userId: userId(world, who),
        userPrincipalName: who,
        ipAddress: address,
      });
    }
  };

type Row = {
  readonly name: string;
  readonly world?: Partial<World>;
  readonly plan?: string;
  readonly arrange?: (school: School) => Promise<void>;
  /** The mistake, and the way out. */
  readonly says: RegExp;
  readonly hint: RegExp;
  readonly mend: (school: School) => Promise<void>;
  /** What asks or blocks nobody is made all the same: groups and networks. */
  readonly prepares?: true;
};

const OUTSIDE = "{ id: staff, title: All staff, starts: 2026-03-02, requireMfa: { for: staff, on: [web, clients], outside: school } }";
const NETWORK = `${COHORTS}networks:\n  school: { ranges: [192.0.2.0/24] }\n`;

const ROWS: readonly Row[] = [
  {
    name: "a block policy of somebody else's for everybody",
    world: theirs("Close the tenant over the holidays"),
    says: /"Close the tenant over the holidays" .*blocks emergency-1@school\.example, emergency-2@school\.example/,
    hint: /exclude emergency-1@school\.example and .*from the policy "Close the tenant over the holidays"/,
    mend: spareBoth,
  },
  {
    name: "an emergency account that left the group that spares it",
    world: {
      ...theirs("Only from the school", { exclude: { ...NOBODY, groups: ["Break glass"] }, places: { include: ["All"], exclude: ["School"] } }),
      groups: [{ name: "Break glass", members: [SECOND], isAdministrator: false }],
    },
    says: /"Only from the school" .*blocks emergency-1@school\.example.* only of emergency-2@school\.example/,
    hint: /exclude emergency-1@school\.example.* by naming the account itself/,
    mend: (school) => spare(school, FIRST),
  },
  {
    name: "administrators without a method under MFA for everybody",
    world: only(SECOND, ORLA).with({ methods: [] }),
    plan: planOf({ phase: "{ id: everyone, starts: 2026-03-02, requireMfa: { for: everyone, on: [web, clients] } }" }),
    says: /emergency-2@school\.example has registered no method/,
    hint: /register a passkey \(FIDO2 key\) or an authenticator app for emergency-2@school\.example/,
    mend: (school) => school.register(SECOND, "fido2"),
  },
  {
    name: "administrators only at a trusted network, whose range changed",
    world: {
      ...theirs("Administrators: only at the school", {
        include: { ...NOBODY, roles: [GLOBAL_ADMINISTRATOR] },
        places: { include: ["All"], exclude: ["AllTrusted"] },
      }),
      places: [{ name: "School", trusted: true, ranges: ["198.51.100.0/24"], countries: [], unknownToo: false }],
    },
    says: /"Administrators: only at the school" .*emergency-1@school\.example/,
    hint: /exclude emergency-1@school\.example/,
    mend: spareBoth,
  },
  {
    name: "a whole school behind an IPv6 egress that nobody named",
    plan: planOf({ more: NETWORK, phase: OUTSIDE }),
    arrange: async (school) => {
      await signedInFrom("2001:db8:77:1::20")(school);
      await school.reader.put("signIns", {
        id: "52000000-0000-4000-8000-000000000001",
        createdDateTime: "2026-02-27T08:00:00Z",
        userId: userId(school.world, ORLA),
        userPrincipalName: ORLA,
        ipAddress: "192.0.2.10",
      });
    },
    says: /14 accounts that would be asked for MFA sign in from an address outside every network of the plan.*2001:db8:77:/,
    hint: /if that is a site of yours, add it under networks in school\.yaml/,
    prepares: true,
    mend: async (school) => school.editPlan("ranges: [192.0.2.0/24]", 'ranges: [192.0.2.0/24, "2001:db8:77::/48"]'),
  },
  {
    name: "a methods phase that takes the administrators' last method",
    plan: planOf({ phase: "{ id: methods, starts: 2026-03-02, allowMethods: { passkey: off } }" }),
    says: /would take from emergency-1@school\.example and emergency-2@school\.example the last one/,
    hint: /register a passkey or an authenticator app for .*before it/,
    mend: registerBoth("microsoftAuthenticator"),
  },
  {
    name: "passkeys that nobody may use, whatever the next phase would change about it",
    world: { methodsOn: ["MicrosoftAuthenticator", "Sms"] },
    plan: planOf({ phase: "{ id: methods, starts: 2026-03-02, allowMethods: { passkey: on } }" }),
    says: /emergency-1@school\.example and emergency-2@school\.example cannot get in: nothing that they have registered, and may use/,
    hint: /register .* for emergency-1@school\.example/,
    mend: registerBoth("microsoftAuthenticator"),
  },
  {
    name: "a policy of Microsoft's that switched itself on",
    arrange: async ({ reader }) => {
      const made = theirs("Microsoft-managed: MFA for all users", { state: "enabled", grant: { operator: "OR", controls: ["mfa"], strength: null } });
      const tenant = memoryTenantOf({ ...SCHOOL, ...made });
      const policy = await new Reader(ORIGIN, TOKEN, async (request) => tenant.fetch(request)).json<object>("GET", `${POLICIES}/${policyId(0)}`);
      await reader.put("policies", { ...policy, templateId: "a3d0a415-b068-4326-9251-f9cdf9feeb64" });
    },
    plan: planOf({ phase: "{ id: head, starts: 2026-03-02, requireMfa: { for: head, on: [web] } }", more: 'cohorts:\n  head: { accounts: ["head@*"] }\n' }),
    says: /Microsoft's policy "Microsoft-managed: MFA for all users" .* is on and asks \d+ accounts whom the plan has not reached yet/,
    hint: /write microsoftManaged: off/,
    mend: async (school) => school.editPlan("mechanism: conditional-access\n", "mechanism: conditional-access\nmicrosoftManaged: off\n"),
  },
  {
    name: "an authentication strength that nobody meets",
    world: {
      ...only(...EMERGENCY).with({ methods: ["app"] }),
      ...theirs("Administrators: keys only", {
        include: { ...NOBODY, roles: [GLOBAL_ADMINISTRATOR] },
        grant: { operator: "OR", controls: [], strength: 4 },
      }),
    },
    says: /"Administrators: keys only" .*asks emergency-1@school\.example, .*does not meet it/,
    hint: /register a method for .*such as a passkey/,
    mend: async (school) => {
      await registerBoth("fido2")(school);
      await spareBoth(school);
    },
  },
  {
    name: "a role that takes the emergency accounts in",
    world: theirs("No administrators in the portals", {
      include: { ...NOBODY, roles: [GLOBAL_ADMINISTRATOR] },
      exclude: { ...NOBODY, users: [ORLA] },
      apps: { include: ["MicrosoftAdminPortals"], exclude: [], actions: [], contexts: [] },
    }),
    says: /"No administrators in the portals" .*blocks emergency-1@school\.example and emergency-2@school\.example in the admin centre/,
    hint: /exclude emergency-1@school\.example and emergency-2@school\.example/,
    mend: spareBoth,
  },
  {
    name: "an emergency account that is disabled",
    world: only(FIRST).with({ enabled: false }),
    says: /the emergency account emergency-1@school\.example is disabled, so nobody could sign in with it/,
    hint: /enable emergency-1@school\.example and try its password/,
    mend: async ({ reader, world }) => void (await reader.json("PATCH", `/v1.0/users/${userId(world, FIRST)}`, { accountEnabled: true })),
  },
  {
    name: "an emergency account that is an administrator no longer",
    world: only(SECOND).with({ isAdministrator: false }),
    says: /the emergency account emergency-2@school\.example is not an active Global Administrator/,
    hint: /assign emergency-2@school\.example the role Global Administrator as active and permanent/,
    mend: async ({ reader, world }) => {
      const roles = await reader.all<{ id: string; roleTemplateId: string }>("/v1.0/directoryRoles");
      const role = roles.find(({ roleTemplateId }) => roleTemplateId === GLOBAL_ADMINISTRATOR);
      await reader.put("members", { id: role?.id, members: [...EMERGENCY, BREAK_GLASS, ORLA].map((address) => userId(world, address)) });
    },
  },
  {
    name: "per-user MFA enforced for the administrator who does it, and who has no method",
    world: { ...only(ORLA).with({ methods: [] }), operator: ORLA },
    plan: planOf({ mechanism: "per-user" }),
    says: /per-user MFA.* would ask orla@school\.example for MFA, and nothing that they have registered.* the account that you are signed in with/,
    hint: /register an authenticator app first, at https:\/\/aka\.ms\/mysecurityinfo/,
    mend: (school) => school.register(ORLA, "microsoftAuthenticator"),
  },
  {
    name: "security defaults that leave, and nobody said what becomes of Microsoft's own policies",
    world: { defaults: true },
    plan: planOf({
      phase: "{ id: everyone, starts: 2026-03-02, requireMfa: { for: everyone, on: [web, clients] }, blockLegacy: { for: everyone } }",
    }),
    says: /when security defaults go off, Microsoft may add policies of its own that are on at once, for all users/,
    hint: /write microsoftManaged: off \(or reportOnly, or keep\) into school\.yaml/,
    prepares: true,
    mend: async (school) => school.editPlan("mechanism: conditional-access\n", "mechanism: conditional-access\nmicrosoftManaged: off\n"),
  },
  {
    name: "devices that have to be managed, the emergency accounts' as well",
    world: theirs("Managed devices only", { grant: { operator: "OR", controls: ["compliantDevice", "domainJoinedDevice"], strength: null } }),
    says: /"Managed devices only" .*asks emergency-1@school\.example, .*device/,
    hint: /exclude emergency-1@school\.example/,
    mend: spareBoth,
  },
  {
    name: "methods that can be registered at the school alone, by administrators who have none",
    world: {
      ...only(SECOND, ORLA).with({ methods: [] }),
      ...theirs("Registering only at the school", {
        apps: { include: [], exclude: [], actions: ["urn:user:registersecurityinfo"], contexts: [] },
        places: { include: ["All"], exclude: ["AllTrusted"] },
      }),
    },
    says: /emergency-2@school\.example has registered no method/,
    hint: /register a passkey .* for emergency-2@school\.example/,
    mend: (school) => school.register(SECOND, "fido2"),
  },
  {
    name: "countries that are blocked, with the emergency accounts in them",
    world: theirs("Nobody from abroad", { places: { include: ["All"], exclude: ["Great Britain"] } }),
    says: /"Nobody from abroad" .*blocks emergency-1@school\.example, .*from some countries/,
    hint: /exclude emergency-1@school\.example/,
    mend: spareBoth,
  },
  {
    name: "emergency accounts on a domain that was federated",
    world: {
      federated: ["school.example"],
      people: [
        ...SCHOOL.people.map((each) => (each.address === BREAK_GLASS ? { ...each, enabled: true } : each)),
        person("glass-2@school.onmicrosoft.example", ["passkey"], { isAdministrator: true }),
        person("pilot@school.onmicrosoft.example", ["app"]),
      ],
    },
    plan: planOf({
      more: 'cohorts:\n  pilot: { accounts: ["pilot@*"] }\n',
      phase: "{ id: pilot, starts: 2026-03-02, requireMfa: { for: pilot, on: [web] } }",
    }),
    says: /the domain of the emergency account emergency-1@school\.example is federated, so its sign-in depends on another server/,
    hint: /use an account in the tenant's onmicrosoft\.com domain and name it in the plan instead/,
    mend: async (school) => {
      school.editPlan(EMERGENCY.join(", "), `${BREAK_GLASS}, glass-2@school.onmicrosoft.example`);
    },
  },
];

/** The sentence as one line, however wide the terminal is. */
const unwrapped = (text: string): string => text.replaceAll(/\n +/g, " ");

const checksIn = ({ exit, stdout, stderr }: CliResult): string => {
  const said = stderr.split("\n").filter((line) => !/^(?:reading|writing) /.test(line));
  const told = stdout.slice(Math.max(0, stdout.indexOf("\nChecks\n") + 1)).replace(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, "RUN");
  return `exit ${exit}\n${told}-- stderr\n${said.join("\n")}`;
};

test.each(ROWS)("$name", async ({ name, world = {}, plan = planOf(), arrange, says, hint, mend, prepares = false }) => {
  const school = schoolOf({ ...SCHOOL, ...world }, plan);
  await arrange?.(school);
  const command = ["apply", PLAN, "--as-of", "2026-03-02", "--yes"];
  const stopped = await school.cli(...command);
  matchesGolden(`mistakes/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.txt`, checksIn(stopped));
  const harmless = prepares ? /\/groups(?:\/|$)|\/namedLocations$/ : /^$/;
  expect([stopped.exit, school.writes.filter((write) => !harmless.test(write))]).toEqual([3, []]);
  expect(unwrapped(stopped.stdout)).toMatch(says);
  expect(unwrapped(stopped.stdout)).toMatch(hint);
  if (!prepares) expect(stopped.stderr).toMatch(/^nothing was written: /m);
  const before = school.writes.length;

  await mend(school);
  expect(await school.cli(...command)).toMatchObject({ exit: 0 });
  expect(school.writes.length).toBeGreaterThan(before);
});

test("nothing of it is a mistake of the school itself", async () => {
  const school = schoolOf(SCHOOL, planOf());
  expect(await school.cli("apply", PLAN, "--as-of", "2026-03-02", "--yes")).toMatchObject({ exit: 0 });
});
