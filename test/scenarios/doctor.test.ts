/** Tenants of which one thing was broken: `doctor` names that and nothing else. And such as are well: it finds no problem. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import { type CommandName, UNATTENDED } from "../../src/core/permissions/commands.ts";
import type { Scheme } from "../../src/core/permissions/names.ts";
import { needsOf } from "../../src/core/permissions/needs.ts";
import { openPlan } from "../../src/core/plan/parse.ts";
import "../seed.ts";
import { FOREIGN_ID, foreignPolicy, wholeUser } from "./arranged.ts";
import type { Reader } from "./reader.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";

const doctorSchema = DOCUMENT_SCHEMAS.doctor;
type Line = z.output<typeof doctorSchema>["lines"][number];

const PLANS = {
  county: "rollout-plans/county-schools-2018.yaml",
  trust: "rollout-plans/academy-trust-2022.yaml",
  college: "rollout-plans/college-14-days.yaml",
  "remote-desktop": "rollout-plans/remote-desktop-trust.yaml",
  small: "rollout-plans/security-defaults.yaml",
} as const;
type Fill = keyof typeof PLANS;
const fillWord = z.enum(["county", "trust", "college", "remote-desktop", "small"]);
const PER_USER = "rollout-plans/county-schools-2018-per-user.yaml";
/** The county's plan with a phase over mailboxes. */
const MAIL = "mail.yaml";

const TIMEOUT = 60_000;
const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";

const MAIL_PLAN = `id: mail-off
name: Old mail off
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
phases:
  - id: old-mail
    title: Old mail off
    starts: 2018-11-09
    turnOff: { protocols: [pop3, imap] }
  - id: passwords
    title: No passwords alone
    starts: 2018-11-16
    blockBasic: { allow: [smtpAuth] }
`;

const copies = new Map<Fill, string>();

beforeAll(async () => {
  for (const fill of ["county", "trust", "college", "remote-desktop", "small"] as const) {
    const stage = await stageOf(fill);
    writeFileSync(join(stage.cwd, MAIL), MAIL_PLAN);
    copies.set(fill, stage.copy());
    await stage.close();
  }
}, TIMEOUT);
afterAll(() => {
  for (const folder of copies.values()) rmSync(folder, { recursive: true, force: true });
});

const on = async <T>(fill: Fill, use: (stage: Stage) => Promise<T>): Promise<T> => {
  const stage = await stageFrom(copies.get(fill) ?? "");
  try {
    return await use(stage);
  } finally {
    await stage.close();
  }
};

type Examined = { readonly lines: readonly Line[]; readonly exit: number };

const examined = async (stage: Stage, words: readonly string[]): Promise<Examined> => {
  const { exit, stdout, stderr } = await stage.cli(["doctor", ...words, "--json", "--quiet"]);
  expect(stderr).toBe("");
  return { lines: doctorSchema.parse(JSON.parse(stdout)).lines, exit };
};

const golden = (name: string, text: string): void => {
  const folder = "test/golden/doctor";
  const path = join(folder, `${name}.txt`);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
};

// ---- arranging

const user = async (reader: Reader, address: string, fields: object): Promise<void> => {
  await reader.put("users", { ...(await wholeUser(reader, address)), ...fields });
};

const idOf = async (reader: Reader, address: string): Promise<string> => (await wholeUser(reader, address)).id;

const first = async (reader: Reader, path: string): Promise<{ readonly [name: string]: unknown }> => {
  const [row] = await reader.all<{ readonly [name: string]: unknown }>(path);
  return row ?? {};
};

const withoutContext = ({ "@odata.context": _, ...rest }: { readonly [name: string]: unknown }) => rest;

const methodsPolicy = async (reader: Reader, fields: object): Promise<void> => {
  const path = "/beta/policies/authenticationMethodsPolicy";
  const { authenticationMethodConfigurations: _, ...policy } = withoutContext(await reader.json<{ readonly [name: string]: unknown }>("GET", path));
  await reader.put("authenticationMethodsPolicy", { ...policy, ...fields });
};

const group = (id: string, mark: string): object => ({
  id,
  displayName: `rollout: ${id.slice(0, 4)}`,
  description: `entra-rollout:${mark}`,
  mailEnabled: false,
  mailNickname: `rollout-${id.slice(0, 4)}`,
  securityEnabled: true,
  groupTypes: [],
  createdDateTime: "2018-10-01T09:00:00Z",
});

const location = (displayName: string, ranges: readonly string[], isTrusted: boolean): object => ({
  "@odata.type": "#microsoft.graph.ipNamedLocation",
  id: "22222222-2222-4222-8222-222222222222",
  displayName,
  isTrusted,
  ipRanges: ranges.map((cidrAddress) => ({ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress })),
  createdDateTime: "2018-10-01T09:00:00Z",
  modifiedDateTime: "2018-10-01T09:00:00Z",
  deletedDateTime: null,
});

const journal = (stage: Stage, text: string): void => {
  const [state] = stage.stateFolders();
  const folder = state ?? join(stage.cwd, ".entra-rollout", `served-${instanceIn(stage)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "20181101T090000Z-0001.jsonl"), text);
};
const instanceIn = (stage: Stage): string => {
  const [header = "{}"] = readFileSync(join(stage.cwd, "served", "tenant.jsonl"), "utf8").split("\n");
  return z.object({ instance: z.string() }).parse(JSON.parse(header)).instance.toLowerCase();
};

// ---- rights

const planOf = (file: string) => {
  const parsed = openPlan(file, readFileSync(file, "utf8")).parse(new Map());
  if (parsed.type !== "sound") throw new Error(`${file} is not sound`);
  return parsed.plan;
};
const rightsOf = (commands: readonly CommandName[], file: string, scheme: Scheme = "application"): readonly string[] =>
  needsOf(commands, planOf(file), scheme)
    .permissions.filter(({ service }) => service === "graph")
    .map(({ name }) => name);

/** Just what a scheduler needs for the plan. */
const RIGHTS = { trust: rightsOf(UNATTENDED, PLANS.trust), signedIn: rightsOf(["doctor", "status", "diff", "apply"], PLANS.trust, "delegated") };
const READING_RIGHTS = rightsOf(["doctor", "status", "diff"], PLANS.trust);

// ---- broken

type Broken = {
  /** What was broken, as its golden file is called. */
  readonly name: string;
  readonly fill: Fill;
  readonly plan?: string;
  /** Dials of the tenant while it was well. */
  readonly given?: object;
  readonly breaks: (stage: Stage) => Promise<unknown>;
  /** The lines that turn: `check verdict`. */
  readonly turns: readonly string[];
  readonly exit: number;
};

const EMERGENCY = "emergency-1@county.example";

const BROKEN: readonly Broken[] = [
  {
    name: "emergency-account-disabled",
    fill: "county",
    breaks: ({ reader }) => user(reader, EMERGENCY, { accountEnabled: false }),
    turns: ["emergency-accounts problem"],
    exit: 3,
  },
  {
    name: "emergency-account-gone",
    fill: "county",
    breaks: async ({ reader }) => reader.remove("users", await idOf(reader, EMERGENCY)),
    turns: ["emergency-accounts problem"],
    exit: 3,
  },
  {
    name: "emergency-account-synced",
    fill: "county",
    breaks: ({ reader }) => user(reader, EMERGENCY, { onPremisesSyncEnabled: true }),
    turns: ["emergency-accounts problem"],
    exit: 3,
  },
  {
    name: "emergency-account-on-a-federated-domain",
    fill: "county",
    breaks: async ({ reader }) =>
      reader.put("domains", { ...withoutContext(await reader.json("GET", "/v1.0/domains/county.example")), authenticationType: "Federated" }),
    turns: ["emergency-accounts problem", "emergency-accounts problem", "lock-out problem", "federated-domains warning"],
    exit: 3,
  },
  {
    name: "emergency-account-without-its-role",
    fill: "county",
    breaks: async ({ reader }) => {
      const role = await first(reader, `/v1.0/directoryRoles?$filter=roleTemplateId eq '${GLOBAL_ADMINISTRATOR}'`);
      const members = await reader.all<{ readonly id: string }>(`/v1.0/directoryRoles/${String(role["id"])}/members?$select=id`);
      const out = await idOf(reader, EMERGENCY);
      await reader.put("members", { id: role["id"], members: members.map(({ id }) => id).filter((id) => id !== out) });
    },
    turns: ["emergency-accounts problem"],
    exit: 3,
  },
  {
    name: "emergency-account-with-a-pass-alone",
    fill: "county",
    breaks: async ({ reader }) =>
      reader.put("authenticationMethods", {
        id: await idOf(reader, EMERGENCY),
        value: [
          { "@odata.type": "#microsoft.graph.passwordAuthenticationMethod", id: "28c10230-6103-485e-b985-444c60001490" },
          {
            "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethod",
            id: "33333333-3333-4333-8333-333333333333",
            isUsable: true,
            isUsableOnce: false,
            lifetimeInMinutes: 480,
            createdDateTime: "2018-11-05T07:00:00Z",
            startDateTime: "2018-11-05T07:00:00Z",
            methodUsabilityReason: "EnabledByPolicy",
            temporaryAccessPass: null,
          },
        ],
      }),
    turns: ["emergency-accounts problem"],
    exit: 3,
  },
  {
    name: "somebody-elses-policy-catches-the-emergency-accounts",
    fill: "county",
    breaks: ({ reader }) => reader.put("policies", foreignPolicy({ includeUsers: ["All"] })),
    turns: ["emergency-accounts problem"],
    exit: 3,
  },
  {
    name: "microsofts-policy-catches-the-emergency-accounts",
    fill: "county",
    breaks: ({ reader }) =>
      reader.put("policies", foreignPolicy({ includeUsers: ["All"] }, { displayName: "Microsoft-managed: MFA for all", templateId: FOREIGN_ID })),
    turns: ["managed-policies warning", "emergency-accounts problem"],
    exit: 3,
  },
  { name: "no-premium-licence", fill: "trust", breaks: ({ reader }) => reader.dials({ licence: "free" }), turns: ["entra-id-p1 problem"], exit: 3 },
  {
    name: "no-licence-with-mail",
    fill: "county",
    plan: MAIL,
    breaks: async ({ reader }) => {
      for (const sku of await reader.all<{ readonly servicePlans: readonly { readonly servicePlanName: string }[] }>("/v1.0/subscribedSkus"))
        await reader.put("subscribedSkus", { ...sku, servicePlans: sku.servicePlans.filter(({ servicePlanName }) => !servicePlanName.startsWith("EXCHANGE")) });
    },
    turns: ["exchange-online problem"],
    exit: 3,
  },
  {
    name: "security-defaults-on",
    fill: "trust",
    breaks: async ({ reader }) =>
      reader.put("securityDefaults", {
        ...withoutContext(await reader.json("GET", "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy")),
        isEnabled: true,
      }),
    turns: ["security-defaults problem"],
    exit: 3,
  },
  {
    name: "methods-not-migrated",
    fill: "county",
    breaks: ({ reader }) => methodsPolicy(reader, { policyMigrationState: "preMigration" }),
    turns: ["methods-migration warning"],
    exit: 0,
  },
  { name: "names-concealed", fill: "college", breaks: ({ reader }) => reader.dials({ concealedNames: true }), turns: ["report-names warning"], exit: 0 },
  {
    name: "a-federated-domain",
    fill: "trust",
    breaks: async ({ reader }) =>
      reader.put("domains", { ...withoutContext(await reader.json("GET", "/v1.0/domains/quarry.trust.example")), authenticationType: "Federated" }),
    turns: ["federated-domains warning"],
    exit: 0,
  },
  { name: "clock-ahead", fill: "small", breaks: ({ reader }) => reader.dials({ dateAheadMs: -95_000 }), turns: ["clock warning"], exit: 0 },
  { name: "clock-behind", fill: "small", breaks: ({ reader }) => reader.dials({ dateAheadMs: 95_000 }), turns: ["clock warning"], exit: 0 },
  {
    name: "signed-in-as-an-emergency-account",
    fill: "college",
    given: { operator: "admin.linnea@college.example" },
    breaks: ({ reader }) => reader.dials({ operator: "emergency-1@college.example" }),
    turns: ["sign-in warning"],
    exit: 0,
  },
  {
    name: "a-site-that-the-plan-forgot",
    fill: "trust",
    breaks: ({ reader }) => reader.put("namedLocations", location("Hilltop annexe", ["192.0.2.192/27"], true)),
    turns: ["networks warning"],
    exit: 0,
  },
  {
    name: "a-network-with-other-addresses",
    fill: "trust",
    breaks: ({ reader }) => reader.put("namedLocations", location("Schools", ["192.0.2.0/26", "198.51.100.0/25"], false)),
    turns: ["networks warning"],
    exit: 0,
  },
  {
    name: "mail-without-any-grant",
    fill: "county",
    plan: MAIL,
    breaks: ({ reader }) => reader.dials({ exchangeGrants: "none" }),
    turns: ["reading problem", "roles problem", "protocols problem", "smtp-auth note"],
    exit: 3,
  },
  {
    name: "mail-without-a-role",
    fill: "county",
    plan: MAIL,
    breaks: ({ reader }) => reader.dials({ exchangeGrants: "permission-only" }),
    turns: ["roles problem", "protocols problem", "smtp-auth note"],
    exit: 3,
  },
  {
    name: "mail-with-a-lesser-role",
    fill: "county",
    plan: MAIL,
    breaks: ({ reader }) => reader.dials({ exchangeRole: "global-reader" }),
    turns: ["roles problem", "protocols problem"],
    exit: 3,
  },
  {
    name: "a-right-to-read-missing",
    fill: "trust",
    given: { permissions: RIGHTS.trust },
    breaks: ({ reader }) => reader.dials({ permissions: RIGHTS.trust.filter((name) => name !== "AuditLog.Read.All") }),
    turns: ["reading problem"],
    exit: 3,
  },
  {
    name: "a-right-to-write-missing",
    fill: "trust",
    given: { permissions: RIGHTS.trust },
    breaks: ({ reader }) => reader.dials({ permissions: [...RIGHTS.trust.filter((name) => name !== "Group.ReadWrite.All"), "GroupMember.Read.All"] }),
    turns: ["writing problem"],
    exit: 3,
  },
  {
    name: "signed-in-to-read-only",
    fill: "trust",
    given: { permissions: RIGHTS.trust },
    breaks: ({ reader }) => reader.dials({ permissions: READING_RIGHTS }),
    turns: ["writing warning"],
    exit: 0,
  },
  {
    name: "a-right-too-many",
    fill: "trust",
    given: { permissions: RIGHTS.trust, reachesAdministrators: false, exchangeGrants: "none" },
    breaks: ({ reader }) => reader.dials({ permissions: [...RIGHTS.trust, "Mail.Send"], reachesAdministrators: false, exchangeGrants: "none" }),
    turns: ["needless warning"],
    exit: 0,
  },
  {
    name: "signed-in-without-a-role",
    fill: "trust",
    given: { operator: "admin.priya@trust.example", permissions: RIGHTS.signedIn, exchangeGrants: "none" },
    breaks: ({ reader }) => reader.dials({ operator: "headteacher@harbour.trust.example", permissions: RIGHTS.signedIn, exchangeGrants: "none" }),
    turns: ["roles problem"],
    exit: 3,
  },
  {
    name: "another-plan",
    fill: "college",
    breaks: ({ reader }) => reader.put("groups", group("44444444-4444-4444-8444-444444444444", "spring-2027/everyone")),
    turns: ["marks warning"],
    exit: 0,
  },
  {
    name: "two-groups-with-one-mark",
    fill: "trust",
    breaks: async ({ reader }) => {
      for (const id of ["55555555-5555-4555-8555-555555555555", "66666666-6666-4666-8666-666666666666"])
        await reader.put("groups", group(id, "trust-2022/it-staff"));
    },
    turns: ["doubles problem"],
    exit: 3,
  },
  {
    name: "a-journal-that-cannot-be-read",
    fill: "small",
    breaks: async (stage) => journal(stage, "this was a journal\n"),
    turns: ["journals problem"],
    exit: 3,
  },
  {
    name: "reading-refused",
    fill: "college",
    breaks: ({ reader }) => reader.dials({ faults: [{ path: "^/policies/authenticationMethodsPolicy", effect: { type: "status", status: 403 } }] }),
    turns: ["methods-migration unread", "lock-out unread"],
    exit: 77,
  },
  {
    name: "reading-fails",
    fill: "college",
    breaks: ({ reader }) => reader.dials({ faults: [{ path: "^/domains", effect: { type: "status", status: 500, code: "InternalServerError" } }] }),
    turns: ["federated-domains unread", "emergency-accounts unread", "emergency-accounts unread", "lock-out unread"],
    exit: 4,
  },
];

const written = ({ verdict, detail, todo, command, names }: Line): string =>
  [
    `${verdict}: ${detail}`,
    ...(todo === undefined ? [] : [`-> ${todo}`]),
    ...(command === undefined ? [] : [`-> ${command.join(" ")}`]),
    ...(names === undefined ? [] : [`names: ${names.join(", ")}`]),
    "",
  ].join("\n");

const isWell = ({ verdict }: Line): boolean => verdict === "ok";
const keyOf = (line: Line): string => JSON.stringify(line);

describe("a tenant of which one thing was broken", () => {
  test.each(BROKEN)(
    "$name",
    ({ name, fill, plan = PLANS[fill], given, breaks, turns, exit }) =>
      on(fill, async (stage) => {
        if (given !== undefined) await stage.reader.dials(given);
        const before = await examined(stage, [plan]);
        await breaks(stage);
        const { requests } = await stage.reader.json<{ requests: readonly object[] }>("GET", "/_practice/requests");
        const after = await examined(stage, [plan]);
        const known = new Set(before.lines.map(keyOf));
        const turned = after.lines.filter((line) => !isWell(line) && !known.has(keyOf(line)));
        expect(turned.map(({ check, verdict }) => `${check} ${verdict}`).sort()).toEqual([...turns].sort());
        expect(after.exit).toBe(exit);
        // What is not well was named as the only thing, and everything that was well besides still is.
        const checks = new Set(turned.map(({ check }) => check));
        const gone = before.lines.filter(
          (line) => isWell(line) && !checks.has(line.check) && !after.lines.some(({ check, verdict }) => check === line.check && verdict === line.verdict),
        );
        expect(gone).toEqual([]);
        golden(name, turned.map(written).join("\n").replaceAll(stage.cwd, "FOLDER").replaceAll(instanceIn(stage), "INSTANCE"));
        // Nothing but reading.
        const asked = (await stage.reader.requests(requests.length + 1)).map(({ method, path }) => `${method} ${path}`);
        expect(asked.length).toBeGreaterThan(5);
        expect(asked.filter((line) => !line.startsWith("GET ") && !/InvokeCommand$|InvokeCommand\?/.test(line))).toEqual([]);
      }),
    TIMEOUT,
  );
});

// ---- well

const HEALTHY: readonly { readonly name: string; readonly fill: Fill; readonly words: readonly string[]; readonly dials?: object }[] = [
  ...Object.entries(PLANS).map(([fill, plan]) => ({
    name: `${fill} with its plan`,
    fill: fillWord.parse(fill),
    words: [plan],
  })),
  { name: "county with a plan account by account", fill: "county", words: [PER_USER] },
  { name: "county with a plan over mailboxes", fill: "county", words: [MAIL] },
  { name: "small with Entra ID P1", fill: "small", words: [PLANS.small], dials: { licence: "p1" } },
  { name: "college with Entra ID P2", fill: "college", words: [PLANS.college], dials: { licence: "p2" } },
  { name: "trust, somebody signed in", fill: "trust", words: [PLANS.trust], dials: { operator: "admin.priya@trust.example" } },
  {
    name: "trust with just the rights of a scheduler",
    fill: "trust",
    words: [PLANS.trust],
    dials: { permissions: RIGHTS.trust, reachesAdministrators: false, exchangeGrants: "none" },
  },
  { name: "county without a plan", fill: "county", words: [] },
  { name: "small without a plan", fill: "small", words: [] },
  { name: "remote-desktop without a plan, somebody signed in", fill: "remote-desktop", words: [], dials: { operator: "emergency-1@desktop.example" } },
];

describe("a tenant that is well", () => {
  test.each(HEALTHY)(
    "$name",
    ({ fill, words, dials }) =>
      on(fill, async (stage) => {
        if (dials !== undefined) await stage.reader.dials(dials);
        const { lines, exit } = await examined(stage, words);
        expect(lines.filter(({ verdict }) => verdict === "problem" || verdict === "unread")).toEqual([]);
        expect(exit).toBe(0);
        // What nobody can read or set is said everywhere.
        const said = lines.filter(({ section }) => section === "by-hand").map(({ check }) => check);
        expect(said).toEqual(["remember-mfa", "app-passwords", "mfa-trusted-ips", "self-service-reset", "nps-gateway"]);
        expect(lines.some(({ check, detail }) => check === "smtp-auth" && detail.includes("end of December 2026"))).toBe(true);
      }),
    TIMEOUT,
  );
});

test("a tenant costs some dozen requests, however many accounts it has", async () => {
  const counts: number[] = [];
  for (const accounts of [1_000, 4_000]) {
    const stage = await stageOf("trust", accounts);
    try {
      await examined(stage, [PLANS.trust]);
      counts.push((await stage.reader.requests()).length);
    } finally {
      await stage.close();
    }
  }
  expect(counts[0]).toBeLessThan(60);
  expect(counts[1]).toBe(counts[0]);
});

test(
  "a plan at work: what bears its mark is told as its own, and nothing is wrong",
  () =>
    on("trust", async (stage) => {
      const { exit, stdout } = await stage.cli(["apply", PLANS.trust, "--phase", "it-staff", "--yes", "--quiet"]);
      expect(exit, stdout).toBe(0);
      const { lines, exit: well } = await examined(stage, [PLANS.trust]);
      expect(lines.filter(({ verdict }) => verdict === "problem" || verdict === "unread")).toEqual([]);
      expect(lines.find(({ check }) => check === "marks")).toMatchObject({ verdict: "ok", detail: expect.stringContaining("this plan's: ") });
      expect(lines.find(({ check }) => check === "journals")).toMatchObject({ verdict: "ok", detail: expect.stringContaining("1 run known") });
      expect(well).toBe(0);
    }),
  TIMEOUT,
);

/** Dials that make a tenant another one, and none of them worse. */
const harmless = fc.record({
  licence: fc.constantFrom("filled", "p1", "p2"),
  throttling: fc.constantFrom("off", "real"),
  lagMs: fc.record({ directory: fc.nat(5_000), conditionalAccess: fc.nat(5_000), exchange: fc.nat(5_000) }),
  bulkPerUserMfa: fc.constantFrom("told", "left-out"),
  dateAheadMs: fc.integer({ min: -60_000, max: 60_000 }),
  usageAgeDays: fc.nat(5),
  sendAsRows: fc.constantFrom("whole", "bare"),
  reachesAdministrators: fc.boolean(),
});

test("tenants of every sort that are well", { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(PLANS)), fc.boolean(), harmless, async (name, withPlan, dials) => {
      const fill = fillWord.parse(name);
      await on(fill, async (stage) => {
        await stage.reader.dials(dials);
        const { lines, exit } = await examined(stage, withPlan ? [PLANS[fill]] : []);
        expect(lines.filter(({ verdict }) => verdict === "problem" || verdict === "unread")).toEqual([]);
        expect(exit).toBe(0);
      });
    }),
    { numRuns: process.env["SOAK"] === undefined ? 6 : 200 },
  );
});

describe("what people read", () => {
  test.each([
    { name: "county", fill: "county", words: [PLANS.county], columns: 80 },
    { name: "county-mail", fill: "county", words: [MAIL], columns: 120 },
    { name: "trust", fill: "trust", words: [PLANS.trust], columns: 120 },
    { name: "remote-desktop", fill: "remote-desktop", words: [PLANS["remote-desktop"]], columns: 100 },
    { name: "small-without-a-plan", fill: "small", words: [], columns: 100 },
  ] as const)(
    "$name, $columns columns",
    ({ name, fill, words, columns }) =>
      on(fill, async (stage) => {
        const { stdout, exit } = await stage.cli(["doctor", ...words, "--quiet"], { columns });
        expect(exit).toBe(0);
        // A command is one line, to be copied.
        expect(stdout.split("\n").filter((line) => line.length > columns && !line.includes("-> entra-rollout"))).toEqual([]);
        golden(`whole-${name}`, stdout);
      }),
    TIMEOUT,
  );
});
