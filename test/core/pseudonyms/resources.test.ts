/** Resources and plans under pseudonyms, property by property. */

import { describe, expect, test } from "vitest";
import { openPlan } from "../../../src/core/plan/parse.ts";
import { type FoundPlan, ListUnusable, pseudonymsBy } from "../../../src/core/pseudonyms/pseudonyms.ts";

const KEY = new Uint8Array(32).fill(3);
const ID = "6c1f3a52-0d5e-4b8e-9b1a-7f3f5a0c2d11";

const PLAN = `
id: north-2022
name: North 2022
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@north.example, emergency-2@north.example]
cohorts:
  heads of quill: { accounts: ["head@*"] }
  early: { file: early.csv, pupils: out }
networks:
  quill hall: { ranges: [192.0.2.0/25] }
phases:
  - id: quill-web
    title: Quill, on the web
    starts: 2022-02-14T06:30
    requireMfa: { for: heads of quill, on: [web], outside: quill hall }
  - id: early
    starts: 2022-03-14T06:30
    requireMfa: { for: early, on: [web] }
`;

const found = (text: string, list: string | undefined): FoundPlan => {
  const files = new Map([
    [
      "early.csv",
      list === undefined ? ({ type: "unusable", because: "there is no such file", missing: true } as const) : ({ type: "text", text: list } as const),
    ],
  ]);
  const parsed = openPlan("plan.yaml", text).parse(files);
  if (parsed.type !== "sound") throw new Error(JSON.stringify(parsed.problems));
  return { plan: parsed.plan, text, files };
};

const told: string[] = [];
const { resource, plan } = pseudonymsBy({
  key: KEY,
  plan: found(PLAN, "account,action\nann@north.example,leave\nquill.north.example,join\n??\n"),
  called: "made",
  ranges: ["198.51.100.0/24"],
  outOfStep: (pattern) => told.push(pattern),
});
const madeOf = (path: string, value: { readonly [name: string]: unknown }) => resource({ path, value }).value;

describe("an account", () => {
  const made = madeOf("/users", {
    id: ID,
    displayName: "Ann Quill",
    givenName: "Ann",
    surname: "Quill",
    userPrincipalName: "ann.quill@north.example",
    mail: "ann.quill@north.example",
    mailNickname: "annquill",
    proxyAddresses: ["SMTP:ann.quill@north.example", "x500:/o=North/cn=Quill"],
    accountEnabled: true,
    assignedLicenses: [{ skuId: "4b590615-0888-425a-a965-b3bf7789848d", disabledPlans: [] }],
    createdDateTime: "2020-01-02T03:04:05Z",
    department: "Quill wing",
    employeeType: "Quillworker",
    usageLocation: "GB",
    userType: "Member",
    onPremisesImmutableId: "T0FLUVVJTEw=",
    onPremisesDomainName: "inside.north.example",
    onPremisesExtensionAttributes: { extensionAttribute1: "Quill", extensionAttribute2: null },
    signInActivity: { lastSignInDateTime: "2022-01-01T00:00:00Z", lastSignInRequestId: "45469a75-c696-4c89-b156-ce4bdb2b392d" },
    quillProperty: "Quill, whatever it is",
  });

  test("keeps what says nothing", () => {
    expect(made).toMatchObject({
      accountEnabled: true,
      assignedLicenses: [{ skuId: "4b590615-0888-425a-a965-b3bf7789848d", disabledPlans: [] }],
      createdDateTime: "2020-01-02T03:04:05Z",
      usageLocation: "GB",
      userType: "Member",
      signInActivity: { lastSignInDateTime: "2022-01-01T00:00:00Z" },
      onPremisesExtensionAttributes: { extensionAttribute2: null },
    });
  });

  test("says nothing else, whatever property it is", () => {
    const text = JSON.stringify(made).replaceAll("quillProperty", "");
    expect(text).not.toMatch(/quill|ann[^"]|north|6c1f3a52|45469a75|T0FLUVVJTEw/i);
  });

  test("is called after its id, and under one address everywhere", () => {
    expect(made["displayName"]).toBe(`${made["givenName"]} ${made["surname"]}`);
    expect(made["mail"]).toBe(made["userPrincipalName"]);
    const row = madeOf("/reports/authenticationMethods/userRegistrationDetails", {
      id: ID,
      userDisplayName: "Otherwise",
      userPrincipalName: "ANN.quill@north.example",
    });
    expect(row).toMatchObject({ id: made["id"], userDisplayName: made["displayName"], userPrincipalName: made["userPrincipalName"] });
    const other = madeOf("/users", { id: "7c1f3a52-0d5e-4b8e-9b1a-7f3f5a0c2d11", displayName: "Ann Quill", userPrincipalName: "b@north.example" });
    expect(other["displayName"]).not.toBe(made["displayName"]);
  });

  test("that was deleted has its id before its address", () => {
    const gone = madeOf("/directory/deletedItems/microsoft.graph.user", { id: ID, userPrincipalName: `${ID.replaceAll("-", "")}ann.quill@north.example` });
    expect(gone["userPrincipalName"]).toBe(`${String(made["id"]).replaceAll("-", "")}${made["userPrincipalName"]}`);
  });
});

describe("what belongs together", () => {
  test("members stand under their group, and policies name who they named", () => {
    const [{ path, value }, group] = [
      resource({ path: `/groups/${ID}/members`, value: { "@odata.type": "#microsoft.graph.user", id: ID } }),
      madeOf("/groups", { id: ID, displayName: "Quill", mailNickname: "quill" }),
    ];
    expect(path).toBe(`/groups/${group["id"]}/members`);
    expect(value).toEqual({ "@odata.type": "#microsoft.graph.user", id: group["id"] });
    const policy = madeOf("/identity/conditionalAccess/policies", {
      id: ID,
      displayName: "Quill",
      conditions: { users: { includeUsers: ["All"], excludeUsers: [ID], includeRoles: ["62e90394-69f5-4237-9190-012177145e10"] } },
    });
    expect(policy).toMatchObject({
      conditions: { users: { includeUsers: ["All"], excludeUsers: [group["id"]], includeRoles: ["62e90394-69f5-4237-9190-012177145e10"] } },
    });
  });

  test("a group that is not ours: its name word by word, its description whole", () => {
    const made = madeOf("/groups", { id: ID, displayName: "IT Support", description: "Everybody of Quill", mailNickname: "it-support" });
    expect(made["displayName"]).toMatch(/^[A-Z][a-z]{7} [A-Z][a-z]{7}$/);
    expect(made["description"]).toMatch(/^[A-Z][a-z]{7}, as somebody wrote$/);
    expect(JSON.stringify(made)).not.toMatch(/support|quill/i);
  });

  test("built-in things keep their names", () => {
    const role = { id: ID, displayName: "Global Administrator", description: "Can manage all", roleTemplateId: "62e90394-69f5-4237-9190-012177145e10" };
    expect(madeOf("/directoryRoles", role)).toMatchObject({ ...role, id: expect.not.stringContaining("6c1f3a52") });
    expect(madeOf(`/users/${ID}/authentication/methods`, { id: "28c10230-6103-485e-b985-444c60001490" })).toEqual({
      id: "28c10230-6103-485e-b985-444c60001490",
    });
    expect(madeOf("/subscribedSkus", { id: `${ID}_4b590615-0888-425a-a965-b3bf7789848d` })["id"]).toMatch(
      /^(?!6c1f3a52).{36}_4b590615-0888-425a-a965-b3bf7789848d$/,
    );
  });
});

describe("what this tool made", () => {
  const cohort = Object.keys(Object(openPlan("made.plan.yaml", plan?.text ?? "").values).cohorts)[0] ?? "";
  const id = plan?.plan.id ?? "";

  test("is called as it would call it by the plan's pseudonym", () => {
    const group = madeOf("/groups", {
      id: ID,
      displayName: "MFA rollout: heads of quill",
      description: "entra-rollout:north-2022/heads-of-quill. Made and kept by entra-rollout; members are synced from the plan",
    });
    expect(group).toMatchObject({
      displayName: `MFA rollout: ${cohort}`,
      description: `entra-rollout:${id}/${plan?.plan.cohorts[0]?.slug}. Made and kept by entra-rollout; members are synced from the plan`,
    });
    const location = madeOf("/identity/conditionalAccess/namedLocations", {
      id: ID,
      displayName: "quill hall [north-2022/quill-hall]",
      ipRanges: [{ cidrAddress: "192.0.2.0/25" }],
    });
    const network = plan?.plan.networks[0];
    expect(location).toMatchObject({
      displayName: `${network?.name} [${id}/${network?.slug}]`,
      ipRanges: [{ cidrAddress: network?.sort === "ip" ? network.ranges[0] : "" }],
    });
  });

  test("what was renamed by somebody stays renamed", () => {
    const renamed = madeOf("/groups", { id: ID, displayName: "Quill's own", description: "entra-rollout:north-2022/heads-of-quill. By hand" });
    expect(renamed["displayName"]).not.toBe(`MFA rollout: ${cohort}`);
    expect(renamed["description"]).toMatch(new RegExp(`^entra-rollout:${id}/`));
  });

  test("its notes on phases, domains and accounts go along", () => {
    const description = `entra-rollout:north-2022/progress begun=early held=quill-web halted=2022-02-14T08:05:00Z out=quill.north.example let=${ID}~2022-02-15T08:00:00Z`;
    const made = String(madeOf("/groups", { id: ID, displayName: "MFA rollout: progress", description })["description"]);
    const phases = plan?.plan.phases.map((phase) => phase.id) ?? [];
    expect(made).toMatch(
      new RegExp(
        `^entra-rollout:${id}/progress begun=${phases[1]} held=${phases[0]} halted=2022-02-14T08:05:00Z out=[a-z]+\\.[a-z]+\\.example let=[0-9a-f-]{36}~2022-02-15T08:00:00Z$`,
      ),
    );
    expect(made).not.toMatch(/quill|north|6c1f3a52/);
    const out = madeOf("/groups", {
      id: ID,
      displayName: "MFA rollout: quill.north.example is out",
      description: "entra-rollout:north-2022/out-quill_north_example. Made and kept by entra-rollout",
    });
    const domain = /out=(\S+)/.exec(made)?.[1] ?? "";
    expect(out).toMatchObject({
      displayName: `MFA rollout: ${domain} is out`,
      description: expect.stringContaining(`entra-rollout:${id}/out-${domain.replaceAll(".", "_")}.`),
    });
  });
});

describe("the plan", () => {
  test("is sound, keeps its moments and words, and names nothing", () => {
    expect(plan?.plan.phases.map(({ starts }) => starts.local)).toEqual(["2022-02-14T06:30", "2022-03-14T06:30"]);
    expect(plan?.plan.cohorts[0]?.source).toEqual({ type: "accounts", patterns: ["head@*"] });
    expect(plan?.text).not.toMatch(/quill|north|192\.0\.2\.0|early\.csv/);
    expect(plan?.text).toContain("timeZone: Europe/London");
  });

  test("its list comes along, with what could not be read", () => {
    expect([...(plan?.files.keys() ?? [])]).toEqual(["made.list-1.csv"]);
    expect(plan?.files.get("made.list-1.csv")).toMatch(
      /^account,action\n[a-z]{10}[0-9a-f]{6}@[a-z]{10}\.example,leave\n[a-z]{10}\.[a-z]{10}\.example,join\ncould not be read,join\n$/,
    );
  });

  test("a list that is not there stays so, and one that cannot be read is named", () => {
    const wish = { key: KEY, called: "made", ranges: [], outOfStep: () => {} };
    expect(pseudonymsBy({ ...wish, plan: found(PLAN, undefined) }).plan?.files.size).toBe(0);
    expect(() => pseudonymsBy({ ...wish, plan: found(PLAN, 'account\n"ann@north.example\n') })).toThrow(ListUnusable);
    const locked = new Map([["early.csv", { type: "unusable", because: "permission denied" } as const]]);
    expect(() => pseudonymsBy({ ...wish, plan: { ...found(PLAN, undefined), files: locked } })).toThrow("permission denied");
  });

  test("an account that would change its cohort is told", () => {
    expect(told).toEqual([]);
    const heard: string[] = [];
    const two = pseudonymsBy({
      key: KEY,
      plan: found(PLAN.replace('"head@*"', '"h*@*", "head*@*"'), undefined),
      called: "made",
      ranges: [],
      outOfStep: (pattern) => heard.push(pattern),
    });
    for (const local of ["head", "headteacher", "hope"]) two.resource({ path: "/users", value: { id: ID, userPrincipalName: `${local}@north.example` } });
    expect(heard.length).toBeGreaterThan(0);
  });
});
