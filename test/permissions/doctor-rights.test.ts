/** `doctor --permissions` and `doctor --app-registration` as people and programs get them. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../../scripts/copy.js";
import type { PermissionsDocument } from "../../src/core/permissions/document.ts";
import type { RegistrationDocument } from "../../src/core/permissions/registration.ts";
import { permissionsSchema, registrationSchema } from "../../src/core/permissions/schema.ts";
import { freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { matchesGolden } from "../render/golden.ts";

const cwd = freshFolder();
copyPlans(cwd, "as published");
const COUNTY = "rollout-plans/county-schools-2018.yaml";
const TRUST = "rollout-plans/academy-trust-2022.yaml";

const doctor = (...args: readonly string[]) => runCli(["doctor", ...args], { cwd, fetch: () => Promise.reject(new Error("a tenant was asked")) });

const permissions = async (...args: readonly string[]): Promise<PermissionsDocument> =>
  permissionsSchema.parse(JSON.parse((await doctor(...args, "--permissions", "--json")).stdout));
const registration = async (...args: readonly string[]): Promise<RegistrationDocument> =>
  registrationSchema.parse(JSON.parse((await doctor(...args, "--app-registration", "--json")).stdout));

const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);

afterAll(() => {
  // Nothing of a tenant was made beside what was written.
  expect(readFileSync(join(cwd, "app.json"), "utf8")).toContain("AzureADMyOrg");
});

describe("as people read it", () => {
  test.each([
    ["trust-permissions", [TRUST, "--permissions"]],
    ["any-permissions", ["--permissions"]],
    ["county-read-permissions", [COUNTY, "--permissions", "--read-only"]],
    ["trust-registration", [TRUST, "--app-registration"]],
    ["county-registration-github", [COUNTY, "--app-registration", "--github", "example/rollout:environment:production"]],
    ["trust-registration-kubernetes", [TRUST, "--app-registration", "--read-only", "--kubernetes", "https://oidc.cluster.example"]],
    ["county-registration-signed-in", [COUNTY, "--app-registration", "--signed-in"]],
  ] as const)("%s", async (name, args) => {
    const { exit, stdout, stderr } = await doctor(...args);
    expect([exit, stderr]).toEqual([0, ""]);
    matchesGolden(`cli/doctor-${name}.txt`, stdout);
    const wide = stdout.split("\n").filter((line) => line.length > 100 && !/^ {5}az /.test(line));
    expect(wide).toEqual([]);
  });
});

describe("as programs read it", () => {
  test("a plan is asked for no more than it may come to do", async () => {
    const trust = await permissions(TRUST, "--only", "diff,run,undo");
    expect(names(trust.permissions)).not.toContain("Exchange.ManageAsApp");
    expect(names(trust.permissions)).not.toContain("User.DeleteRestore.All");
    const run = trust.commands.find(({ command }) => command === "run");
    expect(run?.application).toEqual({
      permissions: [
        "AuditLog.Read.All",
        "Domain.Read.All",
        "Group.ReadWrite.All",
        "LicenseAssignment.Read.All",
        "Policy.Read.All",
        "Policy.ReadWrite.ConditionalAccess",
        "RoleManagement.Read.Directory",
        "User.Read.All",
        "UserAuthenticationMethod.Read.All",
      ],
      roles: [],
    });
    expect(run?.delegated.roles).toEqual(["Conditional Access Administrator", "Global Reader", "Groups Administrator"]);
  });

  test("read-only commands are given rights that read", async () => {
    for (const file of [COUNTY, TRUST]) {
      const { permissions: all, roles } = await permissions(file, "--read-only");
      expect(all.filter(({ reads, service }) => !reads && service === "graph")).toEqual([]);
      expect(names(roles)).toEqual(["Global Reader"]);
    }
  });

  test("the application's body has the ids of just these", async () => {
    const { application, permissions: needs, scheme, commands } = await registration(COUNTY);
    expect([scheme, commands]).toEqual(["application", ["doctor", "status", "diff", "run"]]);
    const ids = application.requiredResourceAccess.flatMap(({ resourceAccess }) => resourceAccess);
    expect(ids.map(({ id }) => id).toSorted()).toEqual(needs.map(({ id }) => id).toSorted());
    expect(new Set(ids.map(({ type }) => type))).toEqual(new Set(["Role"]));
    expect(application.requiredResourceAccess.map(({ resourceAppId }) => resourceAppId)).toEqual([
      "00000003-0000-0000-c000-000000000000",
      "00000002-0000-0ff1-ce00-000000000000",
    ]);
    const [dc50] = ids.filter(({ id }) => id.startsWith("dc50"));
    expect(dc50).toEqual({ id: "dc50a0fb-09a3-484d-be87-e023b12c6440", type: "Role" });
  });

  test("for somebody who signs in it asks for scopes, and is a public client", async () => {
    const { application, federated, steps } = await registration(TRUST, "--signed-in", "--only", "diff");
    expect(new Set(application.requiredResourceAccess.flatMap(({ resourceAccess }) => resourceAccess.map(({ type }) => type)))).toEqual(new Set(["Scope"]));
    expect(application).toMatchObject({ isFallbackPublicClient: true, publicClient: { redirectUris: ["http://localhost"] } });
    expect(federated).toEqual([]);
    expect(steps.map(({ title }) => title)).toEqual([
      "Register the application",
      "Give it these permissions, and no more",
      "Give whoever signs in these roles",
    ]);
  });

  test.each([
    [["--github", "example/rollout"], "repo:example/rollout:ref:refs/heads/main"],
    [["--github", "example/rollout:environment:production"], "repo:example/rollout:environment:production"],
    [["--kubernetes", "https://oidc.cluster.example"], "system:serviceaccount:entra-rollout:entra-rollout"],
    [["--kubernetes", "https://oidc.cluster.example", "--service-account", "ops:rollout"], "system:serviceaccount:ops:rollout"],
  ] as const)("%j signs in without a secret", async (args, subject) => {
    const { federated } = await registration(TRUST, ...args);
    expect(federated.map((each) => [each.subject, each.audiences])).toEqual([[subject, ["api://AzureADTokenExchange"]]]);
  });

  test("every id and every way to grant is in one of the steps", async () => {
    const { steps, roles, application } = await registration(COUNTY, "--only", "run");
    expect(names(roles)).toEqual(["Exchange Administrator"]);
    const files = steps.flatMap((step) => step.files);
    expect(files.map(({ name }) => name)).toEqual(["entra-rollout-app.json", "exchange-administrator.json"]);
    expect(files[0]?.json).toEqual(application);
    expect(files[1]?.json).toMatchObject({ roleDefinitionId: "29232cdf-9323-42fd-ade2-1d097af3e4de", directoryScopeId: "/" });
    const named = new Set(steps.flatMap(({ commands }) => commands.flatMap((line) => /@?([\w-]+\.json)/.exec(line)?.[1] ?? [])));
    for (const { name } of files) expect(named.has(name), name).toBe(true);
  });
});

test("to a file goes the body of the request", async () => {
  const { exit, stdout, stderr } = await doctor(TRUST, "--app-registration", "--out", "app.json");
  expect([exit, stderr]).toEqual([0, "written to app.json\n"]);
  expect(stdout).toContain("--body @app.json");
  expect(JSON.parse(readFileSync(join(cwd, "app.json"), "utf8"))).toEqual((await registration(TRUST)).application);
  await doctor(TRUST, "--permissions", "--out", "table.json");
  expect(JSON.parse(readFileSync(join(cwd, "table.json"), "utf8"))).toEqual(await permissions(TRUST));
});

describe("what makes no sense is refused", () => {
  test.each([
    [["--permissions", "--app-registration"], "two questions"],
    [["--permissions", "--only", "stauts"], "--only stauts: no command of that name asks a tenant"],
    [["--permissions", "--only", "diff", "--read-only"], "contradict each other"],
    [["--permissions", "--signed-in"], "--signed-in is only for --app-registration"],
    [["--permissions", "--github", "a/b"], "--github is only for --app-registration"],
    [["--app-registration", "--github", "example"], "a repository is needed"],
    [["--app-registration", "--github", "example/rollout", "--signed-in"], "leave one of them out"],
    [["--app-registration", "--kubernetes", "http://oidc.cluster.example"], "issuer of tokens"],
    [["--app-registration", "--service-account", "a:b"], "only for --kubernetes"],
    [["--app-registration", "--kubernetes", "https://oidc.cluster.example", "--service-account", "rollout"], "NAMESPACE:NAME is needed"],
  ] as const)("%j", async (args, says) => {
    const { exit, stdout, stderr } = await doctor(...args);
    expect([exit, stdout]).toEqual([64, ""]);
    expect(stderr).toContain(says);
  });

  test("a plan that is not sound", async () => {
    writeFileSync(join(cwd, "bad.yaml"), "id: x\n");
    expect((await doctor("bad.yaml", "--permissions")).exit).toBe(65);
  });
});

test.each([
  ["doctor-permissions", permissionsSchema],
  ["doctor-app-registration", registrationSchema],
] as const)("schema/%s is the code's own", (name, schema) => {
  const path = `${ROOT}schema/${name}.schema.json`;
  const text = `${JSON.stringify(z.toJSONSchema(schema, { target: "draft-2020-12" }), undefined, 2)}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
});
