import { describe, expect, test } from "vitest";
import type { Step, StepOutcome, Write } from "../../src/core/changes.ts";
import type { NamedLocationSettings, PolicySettings, PolicyUsers } from "../../src/core/tenant.ts";
import { patchOf } from "../../src/graph/conditional-access.ts";
import { isObject } from "../../src/graph/wire.ts";
import type { MadeIds } from "../../src/service.ts";
import { gatewayOn } from "./gateway-on.ts";
import { inOrder, json, noAnswer, ORIGIN, type Reply, refusal, type Script, type Seen, scripted } from "./scripted.ts";

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const GROUP = id(900);
const LOCATION = id(901);
const POLICY = id(902);

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };
const policy: PolicySettings = {
  name: "MFA: heads [county/mfa-heads]",
  description: "entra-rollout:county/mfa-heads. Made and kept by entra-rollout",
  state: "report-only",
  include: { ...NOBODY, groups: [GROUP] },
  exclude: { ...NOBODY, users: [id(1)] },
  apps: { include: ["all"], exclude: [], userActions: [] },
  clients: ["browser"],
  locations: null,
  grant: { operator: "or", controls: ["mfa"], strength: null },
  signInFrequency: null,
  other: {},
};
const location: NamedLocationSettings = {
  name: "schools [trust/schools]",
  sort: "ip",
  trusted: false,
  ranges: ["192.0.2.0/24", "2001:db8:10::/48"],
  other: {},
};
const group = { name: "MFA rollout: heads", description: "entra-rollout:county/heads. Made and kept by entra-rollout" };

const stepOf = (kind: Step["kind"], write: Write, place = 0): Step => ({
  id: `${write.type}-${place}`,
  kind,
  key: write.key,
  name: write.key,
  write,
  undo: { type: "delete" },
  after: [],
  phases: [],
});

type Done = { readonly outcomes: readonly StepOutcome[]; readonly seen: readonly Seen[]; readonly events: readonly string[]; readonly ms: number };

const performed = async (steps: readonly Step[], script: Script, made: MadeIds = new Map()): Promise<Done> => {
  const events: string[] = [];
  const world = scripted((seen, place) => {
    events.push(`${seen.method} ${seen.path}`);
    return script(seen, place);
  });
  const start = world.clock.now();
  const outcomes = await gatewayOn(world.connection).perform(steps, made, async (step) => void events.push(`before ${step}`));
  return {
    outcomes: steps.map((step) => outcomes.get(step.id) ?? { type: "unknown", because: "no outcome" }),
    seen: world.seen,
    events,
    ms: world.clock.now() - start,
  };
};

const types = (done: Done): readonly string[] => done.outcomes.map((outcome) => outcome.type);
const none = (): Reply => new Response(null, { status: 204 });
const asMade = (seen: Seen, more: object = {}): Reply => json(201, { ...Object(seen.body), id: POLICY, ...more });

describe("policies", () => {
  const create = stepOf("conditional-access", { type: "create", kind: "conditional-access", key: "mfa-heads", settings: policy });

  test("a create says when it leaves, sends the whole policy, and its answer is its own read-back", async () => {
    const done = await performed([create], (seen) => asMade(seen));
    expect(done.events).toEqual(["before create-0", "POST /v1.0/identity/conditionalAccess/policies"]);
    expect(done.outcomes).toEqual([{ type: "done", id: POLICY, settings: policy }]);
    expect(done.seen[0]?.body).toEqual({
      displayName: "MFA: heads [county/mfa-heads]",
      description: "entra-rollout:county/mfa-heads. Made and kept by entra-rollout",
      state: "enabledForReportingButNotEnforced",
      conditions: {
        clientAppTypes: ["browser"],
        applications: { includeApplications: ["All"], excludeApplications: [], includeUserActions: [] },
        users: { includeUsers: [], excludeUsers: [id(1)], includeGroups: [GROUP], excludeGroups: [], includeRoles: [], excludeRoles: [] },
        locations: null,
      },
      grantControls: { operator: "OR", builtInControls: ["mfa"] },
      sessionControls: null,
    });
  });

  test("K policies cost K writes, a second apart", async () => {
    const steps = Array.from({ length: 5 }, (_, n) =>
      stepOf("conditional-access", { type: "create", kind: "conditional-access", key: `p${n}`, settings: policy }, n),
    );
    const done = await performed(steps, (seen, n) => asMade(seen, { id: id(n) }));
    expect([done.seen.length, done.ms]).toEqual([5, 4_000]);
  });

  const flip = stepOf("conditional-access", {
    type: "update",
    kind: "conditional-access",
    key: "mfa-heads",
    id: POLICY,
    before: policy,
    after: { ...policy, state: "on" },
  });
  test("a flip is one PATCH of the state", async () => {
    const done = await performed([flip], none);
    expect(done.seen.map((seen) => [seen.method, seen.path, seen.body])).toEqual([
      ["PATCH", `/v1.0/identity/conditionalAccess/policies/${POLICY}`, { state: "enabled" }],
    ]);
    expect(types(done)).toEqual(["done"]);
  });

  test("nothing differs: nothing is sent", async () => {
    const done = await performed(
      [stepOf("conditional-access", { type: "update", kind: "conditional-access", key: "x", id: POLICY, before: policy, after: policy })],
      none,
    );
    expect([done.seen.length, types(done)]).toEqual([0, ["done"]]);
  });

  const patches: readonly { name: string; after: Partial<PolicySettings>; before?: Partial<PolicySettings>; want: readonly string[]; holds: object }[] = [
    {
      name: "whole conditions when clients differ",
      after: { clients: ["browser", "mobile-and-desktop"] },
      want: ["conditions"],
      holds: { conditions: { clientAppTypes: ["browser", "mobileAppsAndDesktopClients"], users: { includeGroups: [GROUP] } } },
    },
    {
      name: "session controls",
      after: { signInFrequency: { every: 90, unit: "days" } },
      want: ["sessionControls"],
      holds: { sessionControls: { signInFrequency: { isEnabled: true, type: "days", value: 90, frequencyInterval: "timeBased" } } },
    },
    { name: "session controls removed", before: { signInFrequency: "every-time" }, after: {}, want: ["sessionControls"], holds: { sessionControls: null } },
    {
      name: "somebody's platforms taken out again",
      before: { other: { conditions: { platforms: { includePlatforms: ["iOS"] } } } },
      after: {},
      want: ["conditions"],
      holds: { conditions: { platforms: null, locations: null } },
    },
    {
      name: "somebody's platforms kept beside another change",
      before: { other: { conditions: { platforms: { includePlatforms: ["iOS"] } } } },
      after: { clients: ["all"], other: { conditions: { platforms: { includePlatforms: ["iOS"] } } } },
      want: ["conditions"],
      holds: { conditions: { platforms: { includePlatforms: ["iOS"] }, clientAppTypes: ["all"] } },
    },
    {
      name: "strength instead of mfa",
      after: { grant: { operator: "or", controls: [], strength: id(2) } },
      want: ["grantControls"],
      holds: { grantControls: { builtInControls: [], authenticationStrength: { id: id(2) } } },
    },
  ];
  test.each(patches)("patch: $name", ({ before, after, want, holds }) => {
    const patch = patchOf({ ...policy, ...before }, { ...policy, ...after });
    expect(Object.keys(patch)).toEqual(want);
    expect(patch).toMatchObject(holds);
  });

  test("references become ids; one that has none leaves the step out", async () => {
    const settings: PolicySettings = {
      ...policy,
      include: { ...NOBODY, groups: ["@cohort-group/heads"] },
      exclude: { ...NOBODY, users: ["@account/emergency-1@county.example"] },
      locations: { include: ["all"], exclude: ["@named-location/schools"] },
    };
    const step = stepOf("conditional-access", { type: "create", kind: "conditional-access", key: "p", settings });
    const some = await performed([step], (seen) => asMade(seen), new Map([["@cohort-group/heads", GROUP]]));
    expect([some.seen.length, some.outcomes]).toEqual([
      0,
      [{ type: "left-out", because: "it stands on account/emergency-1@county.example, named-location/schools, which have no object id in this tenant yet" }],
    ]);
    const all = new Map([
      ["@cohort-group/heads", GROUP],
      ["@named-location/schools", LOCATION],
      ["@account/emergency-1@county.example", id(1)],
    ]);
    const done = await performed([step], (seen) => asMade(seen), all);
    expect(done.seen[0]?.body).toMatchObject({
      conditions: { users: { includeGroups: [GROUP], excludeUsers: [id(1)] }, locations: { includeLocations: ["All"], excludeLocations: [LOCATION] } },
    });
    expect(JSON.stringify(done.seen[0]?.body)).not.toContain("@");
  });

  const outside = { ...policy, locations: { include: ["all"], exclude: [LOCATION] } };
  const createOutside = stepOf("conditional-access", { type: "create", kind: "conditional-access", key: "p", settings: outside });
  const tooNew = (): Reply => refusal(400, "BadRequest", "1040: NamedLocation was not found.");

  test("1040 after a new location: look at it, then try again", async () => {
    let posts = 0;
    const done = await performed([createOutside], (seen) => {
      if (seen.method === "GET") return { id: LOCATION };
      posts += 1;
      return posts < 3 ? tooNew() : asMade(seen);
    });
    expect(types(done)).toEqual(["done"]);
    expect(done.events.map((event) => event.replace(/ .*\//, " "))).toEqual([
      "before create-0",
      "POST policies",
      `GET ${LOCATION}`,
      "before create-0",
      "POST policies",
      `GET ${LOCATION}`,
      "before create-0",
      "POST policies",
    ]);
  });

  test("1040 for good ends within about a minute, refused", async () => {
    const done = await performed([createOutside], (seen) => (seen.method === "GET" ? refusal(404, "ResourceNotFound", "no") : tooNew()));
    expect(done.outcomes).toMatchObject([{ type: "refused", error: { status: 400, code: "BadRequest" } }]);
    expect(done.ms).toBeGreaterThan(30_000);
    expect(done.ms).toBeLessThanOrEqual(61_000);
  });

  test("1040 inside an id is no 1040", async () => {
    const done = await performed([createOutside], () => refusal(400, "BadRequest", `1032: ${"00000000-1040-4000-8000-000000001040"} bad`));
    expect([types(done), done.seen.length]).toEqual([["refused"], 1]);
  });

  const ends: readonly { name: string; step: Step; script: Script; want: string; requests: number }[] = [
    { name: "create, no answer", step: create, script: () => noAnswer("ECONNRESET"), want: "unknown", requests: 1 },
    { name: "create, 500", step: create, script: () => refusal(500, "x", "y"), want: "unknown", requests: 1 },
    { name: "create, 201 that breaks off", step: create, script: () => new Response("{", { status: 201 }), want: "unknown", requests: 1 },
    { name: "create, 201 without an id", step: create, script: () => json(201, { displayName: "x" }), want: "unknown", requests: 1 },
    { name: "create, 403", step: create, script: () => refusal(403, "AccessDenied", "not licensed"), want: "refused", requests: 1 },
    { name: "create, throttled, then made", step: create, script: (seen, n) => (n === 0 ? refusal(429, "x", "y") : asMade(seen)), want: "done", requests: 2 },
    { name: "update, 503", step: flip, script: () => refusal(503, "x", "y"), want: "unknown", requests: 1 },
    { name: "update, 404 of a policy that somebody deleted", step: flip, script: () => refusal(404, "ResourceNotFound", "y"), want: "refused", requests: 1 },
    {
      name: "delete",
      step: stepOf("conditional-access", { type: "delete", kind: "conditional-access", key: "p", id: POLICY, before: policy }),
      script: none,
      want: "done",
      requests: 1,
    },
    {
      name: "delete, gone already",
      step: stepOf("conditional-access", { type: "delete", kind: "conditional-access", key: "p", id: POLICY, before: policy }),
      script: () => refusal(404, "ResourceNotFound", "y"),
      want: "done",
      requests: 1,
    },
    {
      name: "restore",
      step: stepOf("conditional-access", { type: "restore", kind: "conditional-access", key: "p", id: POLICY, settings: policy }),
      script: (seen) =>
        seen.path.endsWith(`/deletedItems/policies/${POLICY}/restore`)
          ? json(200, { ...Object({ displayName: "x", state: "disabled", conditions: {} }), id: POLICY })
          : refusal(400, "x", "y"),
      want: "done",
      requests: 1,
    },
    {
      name: "restore of what was purged",
      step: stepOf("conditional-access", { type: "restore", kind: "conditional-access", key: "p", id: POLICY, settings: policy }),
      script: () => refusal(404, "ResourceNotFound", "y"),
      want: "unknown",
      requests: 1,
    },
    {
      name: "settings of another kind",
      step: stepOf("conditional-access", { type: "create", kind: "conditional-access", key: "p", settings: group }),
      script: none,
      want: "refused",
      requests: 0,
    },
    {
      name: "members of a policy",
      step: stepOf("conditional-access", { type: "add-members", key: "p", group: GROUP, ids: [id(1)] }),
      script: none,
      want: "refused",
      requests: 0,
    },
  ];
  test.each(ends)("$name", async ({ step, script, want, requests }) => {
    const done = await performed([step], script);
    expect([types(done)[0], done.seen.length]).toEqual([want, requests]);
  });
});

describe("locations", () => {
  test("create and update carry their type", async () => {
    const made = await performed([stepOf("named-location", { type: "create", kind: "named-location", key: "schools", settings: location })], (seen) =>
      asMade(seen, { id: LOCATION }),
    );
    expect(made.outcomes).toEqual([{ type: "done", id: LOCATION, settings: location }]);
    expect(made.seen[0]?.body).toEqual({
      "@odata.type": "#microsoft.graph.ipNamedLocation",
      displayName: "schools [trust/schools]",
      isTrusted: false,
      ipRanges: [
        { "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "192.0.2.0/24" },
        { "@odata.type": "#microsoft.graph.iPv6CidrRange", cidrAddress: "2001:db8:10::/48" },
      ],
    });
    const changed = await performed(
      [
        stepOf("named-location", {
          type: "update",
          kind: "named-location",
          key: "schools",
          id: LOCATION,
          before: location,
          after: { ...location, trusted: true },
        }),
      ],
      none,
    );
    expect(changed.seen[0]?.body).toEqual({ "@odata.type": "#microsoft.graph.ipNamedLocation", isTrusted: true });
  });

  test("a trusted location is first no longer trusted, then deleted", async () => {
    const done = await performed(
      [stepOf("named-location", { type: "delete", kind: "named-location", key: "schools", id: LOCATION, before: { ...location, trusted: true } })],
      none,
    );
    expect(done.seen.map((seen) => seen.method)).toEqual(["PATCH", "DELETE"]);
  });

  test("no longer trusted, but not deleted either: nobody says that nothing happened", async () => {
    const step = stepOf("named-location", { type: "delete", kind: "named-location", key: "schools", id: LOCATION, before: { ...location, trusted: true } });
    expect(
      types(
        await performed(
          [step],
          inOrder(none, () => refusal(400, "BadRequest", "in use")),
        ),
      ),
    ).toEqual(["unknown"]);
  });
});

type Item = {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly body?: { readonly "members@odata.bind"?: readonly string[]; readonly "@odata.id"?: string };
};
const itemsOf = (seen: Seen): readonly Item[] => (isObject(seen.body) && Array.isArray(seen.body.requests) ? seen.body.requests : []);
type Fate = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };
const batch =
  (fate: (item: Item, place: number) => Fate): Script =>
  (seen, place) =>
    json(200, { responses: itemsOf(seen).map((item) => ({ id: item.id, ...fate(item, place) })) });
const ALREADY: Fate = {
  status: 400,
  body: {
    error: { code: "Request_BadRequest", message: "One or more added object references already exist for the following modified properties: 'members'." },
  },
};
const NOT_THERE: Fate = { status: 404, body: { error: { code: "Request_ResourceNotFound", message: "Resource does not exist" } } };

const adds = (people: number, of = GROUP): readonly Step[] =>
  Array.from({ length: Math.ceil(people / 20) }, (_, n) =>
    stepOf(
      "cohort-group",
      { type: "add-members", key: "heads", group: of, ids: Array.from({ length: Math.min(20, people - n * 20) }, (_each, at) => id(n * 20 + at)) },
      n,
    ),
  );

describe("groups", () => {
  test("create: a security group with assigned members, its nickname without spaces", async () => {
    const done = await performed([stepOf("cohort-group", { type: "create", kind: "cohort-group", key: "heads", settings: group })], (seen) =>
      asMade(seen, { id: GROUP }),
    );
    expect(done.seen[0]?.body).toEqual({
      displayName: group.name,
      description: group.description,
      mailEnabled: false,
      mailNickname: "mfa-rollout-county-heads",
      securityEnabled: true,
      groupTypes: [],
    });
    expect(done.outcomes).toEqual([{ type: "done", id: GROUP, settings: group }]);
  });

  test("50,000 members are 125 requests of 20 by 20", async () => {
    const people = new Set<string>();
    const done = await performed(
      adds(50_000),
      batch((item) => {
        for (const address of item.body?.["members@odata.bind"] ?? []) people.add(address);
        return { status: 204 };
      }),
    );
    expect(done.seen.length).toBe(125);
    expect(new Set(done.seen.map((seen) => itemsOf(seen).length))).toEqual(new Set([20]));
    expect(people.size).toBe(50_000);
    expect([...people][0]).toBe(`${ORIGIN}/v1.0/directoryObjects/${id(0)}`);
    expect(new Set(types(done))).toEqual(new Set(["done"]));
  });

  test("one who is a member already: the step goes singly, the others do not", async () => {
    const done = await performed(
      adds(60),
      batch((item, place) => {
        if (place === 0) return item.id === "2" ? ALREADY : { status: 204 };
        return item.body?.["@odata.id"]?.endsWith(id(25)) === true ? ALREADY : { status: 204 };
      }),
    );
    expect(types(done)).toEqual(["done", "done", "done"]);
    expect(itemsOf(done.seen[1] ?? ({} as Seen)).map((item) => `${item.method} ${item.url}`)).toEqual(
      Array.from({ length: 20 }, () => `POST /groups/${GROUP}/members/$ref`),
    );
    expect(done.seen.length).toBe(2);
  });

  test("one whose account is gone: the others get in, and the step says so", async () => {
    const done = await performed(
      adds(3),
      batch((item, place) => (place === 0 || item.body?.["@odata.id"]?.endsWith(id(1)) === true ? NOT_THERE : { status: 204 })),
    );
    expect(done.outcomes).toMatchObject([{ type: "unknown" }]);
    expect(JSON.stringify(done.outcomes[0])).toContain(`2 of 3 accounts were added; account ${id(1)} was not`);
  });

  test("a group made a moment ago is waited for", async () => {
    const done = await performed(
      adds(20, "@cohort-group/heads"),
      batch((_, place) => (place < 3 ? NOT_THERE : { status: 204 })),
      new Map([["@cohort-group/heads", GROUP]]),
    );
    expect([types(done), done.seen.length, done.ms]).toEqual([["done"], 4, 7_000]);
  });

  test("a group that never arrives is given up after a minute", async () => {
    const done = await performed(
      adds(20, "@cohort-group/heads"),
      batch(() => NOT_THERE),
      new Map([["@cohort-group/heads", GROUP]]),
    );
    expect(types(done)).toEqual(["refused"]);
    expect(done.ms).toBeLessThanOrEqual(60_000);
  });

  test("members of a group that was not made are left out", async () => {
    const done = await performed(adds(20, "@cohort-group/heads"), none);
    expect([types(done), done.seen.length]).toEqual([["left-out"], 0]);
  });

  test("only throttled items go again", async () => {
    const done = await performed(
      adds(100),
      batch((item, place) => (place === 0 && item.id === "3" ? { status: 429, headers: { "Retry-After": "2" } } : { status: 204 })),
    );
    expect([types(done), done.seen.map((seen) => itemsOf(seen).length), done.ms]).toEqual([Array.from({ length: 5 }, () => "done"), [5, 1], 2_000]);
  });

  const removals = (count: number): readonly Step[] =>
    Array.from({ length: count }, (_, n) => stepOf("cohort-group", { type: "remove-member", key: "heads", group: GROUP, ids: [id(n)] }, n));
  test("removals go twenty to a request and never without /$ref", async () => {
    const done = await performed(
      removals(41),
      batch((item) => (item.id === "1" ? NOT_THERE : { status: 204 })),
    );
    expect(done.seen.map((seen) => itemsOf(seen).length)).toEqual([20, 20, 1]);
    expect(
      done.seen.flatMap(itemsOf).every((item) => item.method === "DELETE" && /^\/groups\/[0-9a-f-]{36}\/members\/[0-9a-f-]{36}\/\$ref$/.test(item.url)),
    ).toBe(true);
    expect(new Set(types(done))).toEqual(new Set(["done"]));
  });

  const lost: readonly { name: string; script: Script; want: string }[] = [
    { name: "a lost batch leaves every step unknown", script: () => noAnswer("ECONNRESET"), want: "unknown" },
    { name: "a batch that never left leaves every step refused", script: () => noAnswer("ECONNREFUSED"), want: "refused" },
    {
      name: "a synced group is refused",
      script: batch(() => ({
        status: 400,
        body: { error: { code: "Request_BadRequest", message: "Unable to update the specified properties for on-premises mastered Directory Sync objects" } },
      })),
      want: "refused",
    },
  ];
  test.each(lost)("$name", async ({ script, want }) => {
    expect(types(await performed(adds(60), script))).toEqual([want, want, want]);
  });

  test("an interruption keeps what is known and sends nothing more", async () => {
    const world = scripted((seen) => {
      world.controller.abort(new Error("interrupted"));
      return json(200, { responses: itemsOf(seen).map((item) => ({ id: item.id, status: 204 })) });
    });
    const steps = adds(800);
    const outcomes = await gatewayOn(world.connection).perform(steps, new Map(), async () => undefined);
    const got = steps.map((step) => outcomes.get(step.id)?.type);
    expect([got.filter((type) => type === "done").length, got.filter((type) => type === "left-out").length, world.seen.length]).toEqual([20, 20, 1]);
  });

  test("restore is nothing that a group can do", async () => {
    expect(types(await performed([stepOf("cohort-group", { type: "restore", kind: "cohort-group", key: "heads", id: GROUP, settings: group })], none))).toEqual(
      ["refused"],
    );
  });

  test("what the journal cannot take is never sent", async () => {
    const world = scripted(() => none());
    const full = new Error("disk full");
    const work = gatewayOn(world.connection).perform(
      [stepOf("cohort-group", { type: "create", kind: "cohort-group", key: "heads", settings: group })],
      new Map(),
      () => Promise.reject(full),
    );
    await expect(work).rejects.toBe(full);
    expect(world.seen.length).toBe(0);
  });
});
