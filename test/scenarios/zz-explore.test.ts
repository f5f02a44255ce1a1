import { writeFileSync, rmSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { serveFill } from "./served.ts";
const PLAN = "rollout-plans/county-schools-2018.yaml";
const TRUST = "rollout-plans/academy-trust-2022.yaml";
const FIELDS =
  "accountEnabled,assignedLicenses,businessPhones,companyName,createdDateTime,creationType,deletedDateTime,department,displayName,employeeType,externalUserState,givenName,id,identityParentId,jobTitle,mail,mailNickname,mobilePhone,officeLocation,onPremisesDomainName,onPremisesImmutableId,onPremisesLastSyncDateTime,onPremisesSyncEnabled,otherMails,preferredLanguage,proxyAddresses,surname,usageLocation,userPrincipalName,userType";
test("explore", { timeout: 300_000 }, async () => {
  const s = await serveFill("county");
  const tr = await serveFill("trust");
  let out = "";
  const t = async (w: typeof s, title: string, ...args: string[]) => {
    const at = Date.now();
    const before = (await w.reader.requests()).length;
    const r = await w.cli(args);
    const writes = (await w.reader.requests()).slice(before).filter((q) => q.method !== "GET" && !q.path.endsWith("$batch"));
    out += `\n===== ${title}: ${args.join(" ")} -> ${r.exit} (${Date.now() - at} ms)\n${r.stdout}--- stderr\n${r.stderr}--- writes ${writes.length}\n${writes.map((q) => q.method + " " + q.path + " " + q.status).join("\n")}\n`;
  };
  const faults: [string, unknown][] = [
    ["users 503", { method: "GET", path: "^/users\\?", effect: { type: "status", status: 503 } }],
    ["users page 2 cut", { method: "GET", path: "^/users\\?", skip: 1, effect: { type: "partial-page" } }],
    ["policies 500", { method: "GET", path: "conditionalAccess/policies", effect: { type: "status", status: 500 } }],
    [
      "policies 403",
      {
        method: "GET",
        path: "conditionalAccess/policies",
        effect: {
          type: "status",
          status: 403,
          code: "AccessDenied",
          message: "You cannot perform the requested operation, required scopes are missing in the token.",
        },
      },
    ],
    ["locations html", { method: "GET", path: "namedLocations", effect: { type: "html" } }],
    ["groups cut", { method: "GET", path: "^/groups\\?", effect: { type: "partial-page" } }],
    ["licences", { method: "GET", path: "subscribedSkus", effect: { type: "status", status: 500 } }],
    ["defaults", { method: "GET", path: "identitySecurityDefaults", effect: { type: "status", status: 500 } }],
    ["organization", { method: "GET", path: "^/organization", effect: { type: "status", status: 403 } }],
    ["registration", { method: "GET", path: "userRegistrationDetails", effect: { type: "status", status: 500 } }],
    [
      "all writes 403",
      {
        method: "POST",
        path: "^/groups",
        effect: { type: "status", status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." },
      },
    ],
  ];
  for (const [n, f] of faults) {
    await s.reader.dials({ faults: [f] });
    await s.reader.forward(15000);
    await t(s, n, "apply", PLAN, "--as-of", "2018-11-19", "--yes");
  }
  await s.reader.dials({});
  await t(s, "start", "apply", PLAN, "--as-of", "2018-11-19", "--yes");
  const heads = (await s.reader.groups()).find((g) => g.displayName === "MFA rollout: heads")!;
  await s.reader.dials({ faults: [{ method: "GET", path: `${heads.id}/members`, effect: { type: "status", status: 500 } }] });
  await t(s, "members 500", "apply", PLAN, "--as-of", "2018-11-26", "--yes");
  await s.reader.dials({});
  const pol = (await s.reader.policies()).find((g) => g.displayName.startsWith("MFA: heads"))!;
  const ea = (await s.reader.policies()).find((g) => g.displayName.startsWith("MFA: early"))!;
  await s.reader.forward(86400000);
  const P = `/v1.0/identity/conditionalAccess/policies/`;
  await s.reader.send("PATCH", P + ea.id, { state: "enabledForReportingButNotEnforced" });
  await t(s, "loosened report-only", "diff", PLAN, "--as-of", "2018-11-27");
  await t(s, "loosened report-only", "status", PLAN);
  await t(s, "loosened report-only", "apply", PLAN, "--yes");
  await t(s, "loosened report-only", "diff", PLAN, "--exit-code", "--as-of", "2018-12-03");
  await s.reader.forward(10000);
  const users = await s.reader.users();
  const some = users.find((u) => u.userPrincipalName.startsWith("head@cedar"))!;
  const c = pol.conditions as any;
  await s.reader.send("PATCH", P + pol.id, { conditions: { ...c, users: { ...c.users, excludeUsers: [c.users.excludeUsers[0], some.id] } } });
  await s.reader.put("members", { id: heads.id, members: [] });
  await s.reader.forward(10000);
  await t(s, "loosened three", "diff", PLAN);
  await t(s, "loosened three", "apply", PLAN, "--yes", "--allow", "loosened=1", "--reason", "asked");
  await t(s, "loosened three", "apply", PLAN, "--yes", "--allow", "loosened=2", "--reason", "asked");
  await t(s, "loosened three", "apply", PLAN, "--yes", "--allow", "loosened=3", "--reason", "asked");
  await t(s, "after", "status", PLAN);

  // trusted
  const plan = readFileSync(join(tr.cwd, TRUST), "utf8").replace("  schools:\n", "  schools:\n    trusted: true\n");
  writeFileSync(join(tr.cwd, "trusted.yaml"), plan);
  const f = (await tr.reader.policies())[0]! as any;
  await tr.reader.put("policies", {
    ...f,
    id: "22222222-2222-4222-8222-222222222222",
    displayName: "Block old offices",
    state: "enabled",
    conditions: { ...f.conditions, users: { ...f.conditions.users }, locations: { includeLocations: ["All"], excludeLocations: ["AllTrusted"] } },
  });
  await t(tr, "trusted", "diff", "trusted.yaml", "--as-of", "2022-02-14T06:30");
  await t(tr, "trusted", "apply", "trusted.yaml", "--as-of", "2022-02-14T06:30", "--yes");
  await t(tr, "trusted", "apply", "trusted.yaml", "--yes", "--allow", "all-trusted=1", "--reason", "agreed");
  await s.close();
  await tr.close();
  writeFileSync("/tmp/explore/guards.txt", out);
});
