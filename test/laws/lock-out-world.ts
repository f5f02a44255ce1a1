/**
 * Random small tenants with random policies of other people, and a random plan for each: plain data, so that a counter-example
 * can be printed and cut down. Most of each is as a careful administrator keeps it, so that most plans go ahead.
 */

import { parsePlan } from "../../src/core/plan/parse.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { dice } from "../scenarios/dice.ts";

/** A registered method; `password` everybody has. */
export type Method = "app" | "code" | "mobile" | "office" | "passkey" | "hello" | "pass" | "email";

export type Person = {
  readonly address: string;
  readonly enabled: boolean;
  readonly synced: boolean;
  readonly guest: boolean;
  readonly methods: readonly Method[];
  readonly perUser: "disabled" | "enabled" | "enforced";
  readonly isAdministrator: boolean;
};

/** Members are addresses, or names of groups: also of itself, or in a circle. */
export type Group = { readonly name: string; readonly members: readonly string[]; readonly isAdministrator: boolean };

export type Place = {
  readonly name: string;
  readonly trusted: boolean;
  readonly ranges: readonly string[];
  readonly countries: readonly string[];
  readonly unknownToo: boolean;
};

/** Users by address, groups by name, roles by template id, places by name. */
export type Foreign = {
  readonly name: string;
  readonly state: "enabled" | "disabled" | "enabledForReportingButNotEnforced";
  readonly include: { readonly users: readonly string[]; readonly groups: readonly string[]; readonly roles: readonly string[] };
  readonly exclude: { readonly users: readonly string[]; readonly groups: readonly string[]; readonly roles: readonly string[] };
  readonly apps: {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
    readonly actions: readonly string[];
    readonly contexts: readonly string[];
  };
  readonly clients: readonly string[];
  readonly places: { readonly include: readonly string[]; readonly exclude: readonly string[] } | null;
  readonly platforms: { readonly include: readonly string[]; readonly exclude: readonly string[] } | null;
  readonly deviceRule: { readonly mode: "include" | "exclude"; readonly rule: string } | null;
  readonly signInRisk: readonly string[];
  readonly flows: string | null;
  /** Null: session controls alone. */
  readonly grant: { readonly operator: "AND" | "OR"; readonly controls: readonly string[]; readonly strength: number | null } | null;
};

export type World = {
  readonly seed: number;
  /** Years before and after Microsoft's own demand in the portals. */
  readonly year: 2018 | 2026;
  readonly premium: boolean;
  readonly defaults: boolean;
  readonly managed: "none" | "on" | "report-only-later-on";
  readonly migration: "preMigration" | "migrationInProgress" | "migrationComplete";
  readonly methodsOn: readonly string[];
  readonly federated: readonly string[];
  /** Whose token it is; null: an application's. */
  readonly operator: string | null;
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  readonly places: readonly Place[];
  readonly policies: readonly Foreign[];
  /** Words of the plan above its phases. */
  readonly head: readonly string[];
  readonly phases: readonly (readonly string[])[];
  /** Days and minutes after the plan's first day. */
  readonly moments: readonly number[];
  readonly stage: boolean;
  /** Everything that can be let pass is. */
  readonly lenient: boolean;
};

export const EMERGENCY = ["emergency-1@school.example", "emergency-2@school.example"];
export const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";
const USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1";
const DOMAINS = ["school.example", "hill.school.example"];
const INITIAL = "school.onmicrosoft.example";
const AZURE_PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
const AZURE_MANAGEMENT = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
const GRAPH = "00000003-0000-0000-c000-000000000000";
const METHOD_SETTINGS = ["Email", "Fido2", "MicrosoftAuthenticator", "Sms", "SoftwareOath", "TemporaryAccessPass", "Voice"];

type Dice = {
  readonly chance: (of: number) => boolean;
  readonly upTo: (most: number) => number;
  readonly one: <T>(...list: readonly [T, ...T[]]) => T;
  /** Each by its weight. */
  readonly weighed: <T>(...list: readonly (readonly [number, T])[]) => T;
  readonly some: <T>(list: readonly T[], share: number) => readonly T[];
};

const diceOf = (seed: number): Dice => {
  const random = dice(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  return {
    chance: (of) => random() < of,
    upTo,
    one: (...list) => list[upTo(list.length - 1)] ?? list[0],
    weighed: (...list) => {
      let left = random() * list.reduce((sum, [weight]) => sum + weight, 0);
      const found = list.find(([weight]) => {
        left -= weight;
        return left < 0;
      });
      const [, value] = found ?? list.at(-1) ?? [];
      if (value === undefined) throw new RangeError("nothing to choose from");
      return value;
    },
    some: (list, share) => list.filter(() => random() < share),
  };
};

const SOUND_METHODS: readonly Method[] = ["app", "code", "mobile", "passkey", "hello"];

const methodsBy = ({ chance, some, one }: Dice, sound: number): readonly Method[] =>
  chance(sound)
    ? [...new Set([one("app", "passkey", "code", "mobile", ...SOUND_METHODS), ...some(SOUND_METHODS, 0.25)])]
    : some(["pass", "email", "office"] as const, 0.35);

const emergencyBy = (dice: Dice, address: string): Person => {
  const flawed = dice.chance(0.06);
  const flaw = dice.one("disabled", "synced", "methods", "role");
  const is = (what: typeof flaw): boolean => flawed && flaw === what;
  return {
    address,
    enabled: !is("disabled"),
    synced: is("synced"),
    guest: false,
    methods: is("methods")
      ? methodsBy(dice, 0)
      : dice.weighed<readonly Method[]>([6, ["passkey"]], [2, ["app"]], [2, ["app", "passkey"]], [1, ["mobile"]], [1, ["code"]], [1, ["hello"]]),
    perUser: dice.weighed([20, "disabled"], [1, "enabled"], [1, "enforced"]),
    isAdministrator: !is("role"),
  };
};

const personBy = (dice: Dice, address: string, isAdministrator: boolean, guest: boolean): Person => ({
  address,
  enabled: dice.chance(0.92),
  synced: dice.chance(0.25),
  guest,
  methods: methodsBy(dice, isAdministrator ? 0.85 : 0.6),
  perUser: dice.weighed([8, "disabled"], [1, "enabled"], [1, "enforced"]),
  isAdministrator,
});

const peopleBy = (dice: Dice): readonly Person[] => [
  ...EMERGENCY.map((address) => emergencyBy(dice, address)),
  ...Array.from({ length: 1 + dice.upTo(2) }, (_, at) => personBy(dice, `admin-${at}@${dice.one(DOMAINS[0] ?? "", INITIAL)}`, true, false)),
  ...["head", "office"].flatMap((name) => DOMAINS.map((domain) => personBy(dice, `${name}@${domain}`, false, false))),
  ...Array.from({ length: dice.upTo(8) }, (_, at) => personBy(dice, `p${at}@${dice.one(DOMAINS[0] ?? "", DOMAINS[1] ?? "")}`, false, false)),
  ...(dice.chance(0.3) ? [personBy(dice, `someone_home.example#EXT#@${INITIAL}`, false, true)] : []),
];

const GROUPS = ["IT Support", "Break glass", "Staff", "Inner", "Outer"] as const;

const groupsBy = (dice: Dice, people: readonly Person[]): readonly Group[] => {
  const addresses = people.filter(({ guest }) => !guest).map(({ address }) => address);
  return GROUPS.map((name) => ({
    name,
    members: [
      ...(name === "Break glass" ? dice.some(EMERGENCY, 0.85) : dice.some(addresses, 0.3)),
      ...dice.some(
        GROUPS.filter((other) => other !== "Break glass" || dice.chance(0.3)),
        0.15,
      ),
    ],
    isAdministrator: name === "IT Support" && dice.chance(0.1),
  }));
};

const placesBy = ({ chance }: Dice): readonly Place[] => [
  { name: "Office", trusted: chance(0.6), ranges: ["192.0.2.0/24"], countries: [], unknownToo: false },
  { name: "Office six", trusted: chance(0.3), ranges: ["2001:db8:10::/48"], countries: [], unknownToo: false },
  { name: "Home", trusted: false, ranges: [], countries: chance(0.5) ? ["GB", "IE"] : ["GB"], unknownToo: chance(0.3) },
  { name: "Far away", trusted: false, ranges: [], countries: ["AQ"], unknownToo: chance(0.3) },
];

const ANY_APPS: Foreign["apps"] = { include: ["All"], exclude: [], actions: [], contexts: [] };

/** What a policy says of the sign-in and asks for; whom it is for comes on top. */
const CORES: Readonly<Record<string, (dice: Dice) => Partial<Foreign>>> = {
  mfa: ({ one }) => ({ clients: one(["all"], ["browser", "mobileAppsAndDesktopClients"]) }),
  strength: ({ one }) => ({ grant: { operator: "OR", controls: [], strength: one(2, 3, 4) } }),
  block: () => ({ grant: { operator: "OR", controls: ["block"], strength: null } }),
  "old programs": () => ({ clients: ["exchangeActiveSync", "other"], grant: { operator: "OR", controls: ["block"], strength: null } }),
  "away from the office": ({ one }) => ({
    places: { include: ["All"], exclude: one(["AllTrusted"], ["Office"], ["Office", "Office six"]) },
    grant: { operator: "OR", controls: [one("block", "mfa")], strength: null },
  }),
  country: ({ one }) => ({
    places: one({ include: ["Far away"], exclude: [] }, { include: ["All"], exclude: ["Home"] }, { include: ["Home"], exclude: [] }),
    grant: { operator: "OR", controls: [one("block", "block", "mfa")], strength: null },
  }),
  device: ({ one }) => ({
    grant: {
      operator: one("OR", "AND"),
      controls: one(["compliantDevice"], ["compliantDevice", "domainJoinedDevice"], ["mfa", "compliantDevice"]),
      strength: null,
    },
  }),
  "device rule": ({ one }) => ({
    deviceRule: { mode: one("include", "exclude"), rule: one("device.isCompliant -eq True", 'device.trustType -eq "ServerAD"') },
    grant: { operator: "OR", controls: ["block"], strength: null },
  }),
  platform: ({ one }) => ({
    platforms: one(
      { include: ["all"], exclude: ["windows", "macOS", "iOS", "android"] },
      { include: ["android", "iOS"], exclude: [] },
      { include: ["all"], exclude: ["android"] },
    ),
    grant: { operator: "OR", controls: [one("block", "mfa")], strength: null },
  }),
  portals: ({ one }) => ({
    apps: { ...ANY_APPS, include: [one("MicrosoftAdminPortals", AZURE_MANAGEMENT, AZURE_PORTAL, GRAPH)] },
    grant: { operator: "OR", controls: [one("mfa", "mfa", "compliantDevice", "block")], strength: null },
  }),
  "but the portals": ({ one }) => ({
    apps: { ...ANY_APPS, exclude: [one("MicrosoftAdminPortals", AZURE_PORTAL, GRAPH)] },
    grant: { operator: "OR", controls: [one("mfa", "block")], strength: null },
  }),
  office: () => ({ apps: { ...ANY_APPS, include: ["Office365"] }, grant: { operator: "OR", controls: ["block"], strength: null } }),
  registering: ({ one }) => ({
    apps: { ...ANY_APPS, include: [], actions: ["urn:user:registersecurityinfo"] },
    places: one(null, { include: ["All"], exclude: ["AllTrusted"] }),
    grant: { operator: "OR", controls: [one("block", "mfa")], strength: null },
  }),
  context: () => ({ apps: { ...ANY_APPS, include: [], contexts: ["c1"] }, grant: { operator: "OR", controls: ["compliantDevice"], strength: null } }),
  risk: ({ one }) => ({ signInRisk: one(["high"], ["none"], ["medium", "high"]), grant: { operator: "OR", controls: [one("block", "mfa")], strength: null } }),
  flow: () => ({ flows: "deviceCodeFlow", grant: { operator: "OR", controls: ["block"], strength: null } }),
  password: () => ({ grant: { operator: "AND", controls: ["mfa", "passwordChange"], strength: null } }),
  session: () => ({ grant: null }),
  browser: ({ one }) => ({
    clients: [one("browser", "mobileAppsAndDesktopClients")],
    grant: { operator: "OR", controls: [one("mfa", "block")], strength: null },
  }),
};

const policyBy = (dice: Dice, number: number, defaults: boolean, addresses: readonly string[]): Foreign => {
  const { chance, one, weighed, some } = dice;
  const [first = "mfa", ...others] = Object.keys(CORES);
  const core = one(first, "mfa", "mfa", ...others);
  const none = { users: [], groups: [], roles: [] };
  const include: Foreign["include"] = weighed(
    [5, { ...none, users: ["All"] }],
    [2, { ...none, roles: [GLOBAL_ADMINISTRATOR, ...(chance(0.5) ? [USER_ADMINISTRATOR] : [])] }],
    [2, { ...none, groups: [one(...GROUPS)] }],
    [1, { ...none, users: some(addresses, 0.3) }],
    [0.5, { ...none, users: ["GuestsOrExternalUsers"] }],
    [0.3, { ...none, users: ["None"] }],
  );
  const exclude: Foreign["exclude"] = weighed(
    [9, { ...none, users: EMERGENCY }],
    [1, { ...none, users: EMERGENCY.slice(0, 1) }],
    [1.5, { ...none, groups: ["Break glass"] }],
    [0.5, { ...none, groups: [one(...GROUPS)] }],
    [0.4, { ...none, roles: [GLOBAL_ADMINISTRATOR] }],
    [0.9, none],
  );
  return {
    name: `${core} ${number}`,
    // Beside security defaults nothing can be on.
    state: defaults ? one("disabled", "enabledForReportingButNotEnforced") : weighed([7, "enabled"], [2, "enabledForReportingButNotEnforced"], [1, "disabled"]),
    include,
    exclude,
    apps: ANY_APPS,
    clients: ["all"],
    places: null,
    platforms: null,
    deviceRule: null,
    signInRisk: [],
    flows: null,
    grant: { operator: "OR", controls: ["mfa"], strength: null },
    ...CORES[core]?.(dice),
  };
};

const day = (year: number, add: number): string => new Date(Date.UTC(year, 2, 2 + add)).toISOString().slice(0, 10);

const COHORTS = {
  heads: '{ accounts: ["head@*"] }',
  staff: `{ domains: [${DOMAINS.join(", ")}], guests: out }`,
  everyone: "{ all: true, pupils: in, guests: in }",
  it: "{ group: IT Support }",
} as const;
type CohortName = keyof typeof COHORTS;

const demandBy = ({ chance, one }: Dice, cohort: CohortName): string => {
  const parts = [
    `for: ${cohort}`,
    `on: ${one("[web]", "[clients]", "[web, clients]", "[web, clients]")}`,
    ...(chance(0.25) ? ["outside: office"] : []),
    ...(chance(0.15) ? [`strength: ${one("multifactor", "passwordless", "phishing-resistant")}`] : []),
    ...(chance(0.1) ? ["apps: office365"] : []),
    ...(chance(0.15) ? ["askAgainAfter: 30 days"] : []),
  ];
  return `requireMfa: { ${parts.join(", ")} }`;
};

const allowedBy = ({ one }: Dice): string =>
  `allowMethods: { ${one("text: off", "app: off", "passkey: off", "text: off, call: off", "app: on, text: off", "passkey: on", "code: off, app: on", "app: off, code: off, text: off")} }`;

const phaseBy = (dice: Dice, world: Pick<World, "defaults">, number: number): readonly string[] => {
  const { chance, weighed } = dice;
  const cohort = weighed<CohortName>([2, "heads"], [3, "staff"], [world.defaults ? 8 : 3, "everyone"], [2, "it"]);
  const sort = weighed<"mfa" | "legacy" | "methods" | "registering" | "retire" | "campaign">(
    [7, "mfa"],
    [1, "legacy"],
    [1, "methods"],
    [0.5, "registering"],
    [0.7, "retire"],
    [0.4, "campaign"],
  );
  switch (sort) {
    case "methods":
      return [allowedBy(dice)];
    case "legacy":
      return [`blockLegacy: { for: ${cohort} }`];
    case "campaign":
      return ["campaign: { method: app, snooze: 3 days }"];
    case "registering":
      return [`protectRegistration: { for: ${cohort}, outside: office, temporaryAccessPass: true }`];
    case "retire":
      return [demandBy(dice, cohort), `retirePerUser: { for: ${cohort} }`];
    case "mfa":
      return [
        demandBy(dice, cohort),
        ...(chance(world.defaults ? 0.8 : 0.25) ? [`blockLegacy: { for: ${cohort} }`] : []),
        ...(chance(0.25) && number > 0 ? ["staged"] : []),
      ];
  }
};

const planBy = (dice: Dice, world: Pick<World, "defaults" | "year">): Pick<World, "head" | "phases"> => {
  const { weighed, upTo, chance, one } = dice;
  const mechanism = weighed([8, "conditional-access"], [1.2, "per-user"], [0.8, "security-defaults"]);
  const head = [
    "id: law",
    "name: A plan",
    "timeZone: Europe/London",
    `mechanism: ${mechanism}`,
    `emergencyAccounts: [${EMERGENCY.join(", ")}]`,
    ...(mechanism === "conditional-access" && (world.defaults || chance(0.2)) ? [`microsoftManaged: ${one("off", "reportOnly", "keep")}`] : []),
  ];
  const dated = (phases: readonly (readonly string[])[]): World["phases"] =>
    phases.map((words, at) => [
      `id: p${at}`,
      `starts: ${day(world.year, 7 * at)}`,
      ...words.map((word) => (word === "staged" ? `reportOnlyFrom: ${day(world.year, 7 * at - 3)}` : word)),
    ]);
  if (mechanism === "security-defaults") return { head, phases: dated([["securityDefaults: on"]]) };
  const cohorts = ["cohorts:", ...Object.entries(COHORTS).map(([name, words]) => `  ${name}: ${words}`)];
  const count = 1 + upTo(2);
  if (mechanism === "per-user") {
    const words = Array.from({ length: count }, () => [`requireMfa: { for: ${one("heads", "staff", "it")}, on: ${one("[web]", "[web, clients]")} }`]);
    return { head: [...head, ...cohorts], phases: dated(words) };
  }
  const trusted = chance(0.08) ? ", trusted: true" : "";
  const phases = dated(Array.from({ length: count }, (_, at) => phaseBy(dice, world, at)));
  const named = phases.flat().some((word) => word.includes("outside: office"));
  const networks = named ? ["networks:", `  office: { ranges: [192.0.2.0/24, "2001:db8:10::/48"]${trusted} }`] : [];
  return { head: [...head, ...cohorts, ...networks], phases };
};

export const worldFrom = (seed: number): World => {
  const rolled = diceOf(seed);
  const { chance, upTo, one, weighed, some } = rolled;
  const plan = planFor(Math.floor(seed / SHARING));
  const people = peopleBy(rolled);
  const addresses = people.map(({ address }) => address);
  const count = weighed([3, 0], [3, 1], [3, 2], [2, 3], [1, 4], [1, 5]);
  const first = 7 * upTo(plan.phases.length - 1);
  const premium = chance(0.95);
  const minute = 60 * 24 * first + upTo(90);
  return {
    seed,
    ...plan,
    premium,
    managed: weighed([3, "none"], [1, "on"], [1, "report-only-later-on"]),
    migration: weighed([4, "migrationComplete"], [1, "migrationInProgress"], [1, "preMigration"]),
    methodsOn: some(METHOD_SETTINGS, 0.9),
    federated: chance(0.07) ? [one(...(["school.example", "hill.school.example"] as const))] : [],
    people,
    groups: groupsBy(rolled, people),
    places: placesBy(rolled),
    operator: chance(0.25) ? (addresses.find((address) => address.startsWith("admin-")) ?? null) : null,
    // Without a licence nobody could have made one.
    policies: Array.from({ length: premium ? count : 0 }, (_, at) => policyBy(rolled, at, plan.defaults, addresses)),
    // Some go on to a later day, over what the first run left.
    moments: chance(0.12) ? [minute, minute + 60 * 24 * 7] : [minute],
    stage: chance(0.05),
    lenient: chance(0.5),
  };
};

export const planText = ({ head, phases }: Pick<World, "head" | "phases">): string =>
  `${[...head, "phases:", ...phases.flatMap((words) => words.map((word, at) => `${at === 0 ? "  - " : "    "}${word}`))].join("\n")}\n`;

/** Reading a plan takes as long as many requests: worlds side by side share one. */
const SHARING = 4;

type Planned = Pick<World, "year" | "defaults" | "head" | "phases">;

let lastPlan: { readonly text: string; readonly plan: Plan | undefined } | undefined;

/** The plan of the world through the real loader; undefined where that has something against it. */
export const loaded = (world: Pick<World, "head" | "phases">): Plan | undefined => {
  const text = planText(world);
  if (lastPlan?.text !== text) {
    const parsed = parsePlan("plan.yaml", text, new Map());
    lastPlan = { text, plan: parsed.type === "sound" ? parsed.plan : undefined };
  }
  return lastPlan.plan;
};

let lastPlanned: { readonly seed: number; readonly planned: Planned } | undefined;

/** Thrown again until the loader has nothing against it: it takes no phase that asks nothing new. */
const planFor = (seed: number): Planned => {
  if (lastPlanned?.seed === seed) return lastPlanned.planned;
  const rolled = diceOf(seed ^ 0x5eed);
  const ground = { year: rolled.one<World["year"]>(2018, 2026, 2026), defaults: rolled.chance(0.12) };
  for (;;) {
    const planned = { ...ground, ...planBy(rolled, ground) };
    if (loaded(planned) === undefined) continue;
    lastPlanned = { seed, planned };
    return planned;
  }
};

/** The plan's first day, at midnight in London, where it is winter. */
export const firstDay = ({ year }: Pick<World, "year">): number => Date.UTC(year, 2, 2);

/** Each world with one thing less, to find what a counter-example really needs. */
export const smaller = function* (world: World): Iterable<World> {
  const without = <T>(list: readonly T[], at: number): readonly T[] => list.filter((_, number) => number !== at);
  for (const at of world.policies.keys()) yield { ...world, policies: without(world.policies, at) };
  if (world.moments.length > 1) yield { ...world, moments: world.moments.slice(0, 1) };
  if (world.phases.length > 1) for (const at of world.phases.keys()) yield { ...world, phases: without(world.phases, at) };
  for (const [at, { address, isAdministrator }] of world.people.entries()) {
    if (EMERGENCY.includes(address) || isAdministrator) continue;
    yield {
      ...world,
      people: without(world.people, at),
      groups: world.groups.map((group) => ({ ...group, members: group.members.filter((member) => member !== address) })),
      policies: world.policies.map((policy) => ({
        ...policy,
        include: { ...policy.include, users: policy.include.users.filter((user) => user !== address) },
      })),
    };
  }
  for (const [at, group] of world.groups.entries()) {
    for (const member of group.members.keys()) {
      yield { ...world, groups: world.groups.map((other, place) => (place === at ? { ...group, members: without(group.members, member) } : other)) };
    }
  }
};
