/** What somebody is told who gets no token: what it was, what to do, and an exit code that a scheduler can tell apart. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type About, explained } from "../../src/identity/refusals.ts";
import { BY_GITHUB, BY_SECRET, CLIENT, openWorld, PLAN, refusal, SECRET, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => {
  world.told.refuse = undefined;
  world.told.pending = 0;
  world.asked.length = 0;
  world.left.length = 0;
});
afterAll(() => world.close());

const status = (env: Readonly<Record<string, string>>, ...more: readonly string[]) => world.cli(["status", PLAN, "--tenant", world.tenantId, ...more], { env });
const isToken = (path: string): boolean => path.endsWith("/token");
const refuseTokens = (error: string, code: number, text: string): void => {
  world.told.refuse = ({ path }) => (isToken(path) ? refusal(400, error, code, text) : undefined);
};

type Case = {
  readonly name: string;
  readonly error?: string;
  readonly code: number;
  readonly text: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
  readonly exit: number;
  readonly says: readonly string[];
};

const DEVICE = { env: { AZURE_CLIENT_ID: CLIENT }, more: ["--auth", "device-code"] } as const;

const cases: readonly Case[] = [
  {
    name: "a wrong secret",
    error: "invalid_client",
    code: 7000215,
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
    exit: 77,
    says: [
      `the client secret is not one of application ${CLIENT}\n`,
      "hint: AZURE_CLIENT_SECRET takes the secret's Value",
      "trace id 0000aaaa-11bb-cccc-dd22-eeeeee333333",
    ],
  },
  {
    name: "a secret that has expired",
    error: "invalid_client",
    code: 7000222,
    text: "The provided client secret keys are expired.",
    exit: 77,
    says: ["has expired\n", "hint: make a new one in Entra: App registrations"],
  },
  {
    name: "an application of another tenant",
    error: "unauthorized_client",
    code: 700016,
    text: "Application with identifier was not found in the directory.",
    exit: 64,
    says: [`application ${CLIENT} is not known in the tenant `, "hint: --client-id, or AZURE_CLIENT_ID, takes the Application (client) ID"],
  },
  {
    name: "a tenant that there is not",
    code: 90002,
    text: "Tenant was not found. Check to make sure you have the correct tenant ID.",
    exit: 64,
    says: ["there is no tenant ", " in the public cloud\n", "hint: --tenant takes the tenant's id or one of its domains"],
  },
  {
    name: "consent that nobody gave",
    error: "invalid_grant",
    code: 65001,
    text: "The user or administrator has not consented to use the application.",
    ...DEVICE,
    exit: 77,
    says: [`nobody has consented to what application ${CLIENT} asks for\n`, "hint: grant admin consent in Entra: App registrations"],
  },
  {
    name: "conditional access that wants a second step",
    error: "interaction_required",
    code: 50076,
    text: "Due to a configuration change made by your administrator, you must use multi-factor authentication to access the service.",
    ...DEVICE,
    exit: 77,
    says: [
      "conditional access asks this account for multi-factor authentication",
      "hint: sign in with --auth browser",
      "hint: Entra's log of sign-ins shows which policy it was",
    ],
  },
  {
    name: "conditional access that blocks",
    error: "interaction_required",
    code: 53003,
    text: "Access has been blocked by Conditional Access policies.",
    ...DEVICE,
    exit: 77,
    says: ["conditional access blocks this sign-in\n", "use an application, of which no second step is asked"],
  },
  {
    name: "conditional access that blocks an application",
    code: 53003,
    text: "Access has been blocked by Conditional Access policies.",
    exit: 77,
    says: ["conditional access blocks this sign-in\n", "hint: a policy for workload identities asks it of the application"],
  },
  {
    name: "conditional access that wants a managed device",
    error: "interaction_required",
    code: 530003,
    text: "Your device is required to be managed to access this resource.",
    ...DEVICE,
    exit: 77,
    says: ["wants a device that is managed", "a code that is entered elsewhere proves no device"],
  },
  { name: "an account that is disabled", code: 50057, text: "The user account is disabled.", ...DEVICE, exit: 77, says: ["this account is disabled\n"] },
  {
    name: "a code that nobody entered",
    error: "expired_token",
    code: 70020,
    text: "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    ...DEVICE,
    exit: 77,
    says: ["the code has expired before anybody entered it\n", "hint: run the same command again and sign in once more"],
  },
  {
    name: "a job of another repository",
    error: "invalid_client",
    code: 700213,
    text: "No matching federated identity record found for presented assertion subject 'repo:example/other'.",
    env: BY_GITHUB,
    exit: 77,
    says: ["no federated credential of application", "issuer, subject and audience must be those", "subject 'repo:example/other'"],
  },
  {
    name: "something without a line of its own",
    code: 99999,
    text: "Something else is wrong.",
    exit: 77,
    says: ["could not sign in: AADSTS99999: Something else is wrong.\n", "hint: https://login.microsoftonline.com/error says what"],
  },
];

describe("a refusal says what to do", () => {
  test.each(cases)("$name", async ({ error = "invalid_request", code, text, env = BY_SECRET, more = [], exit, says }) => {
    refuseTokens(error, code, text);
    const result = await status(env, ...more);
    for (const words of says) expect(result.stderr).toContain(words);
    expect(result.exit).toBe(exit);
    expect(result.stdout).toBe("");
    expect(result.stderr).not.toContain(SECRET);
    // Nobody is asked a second time, and Graph is not asked at all.
    expect(world.asked.filter(({ path }) => isToken(path))).toHaveLength(1);
    expect(world.left.filter(({ host }) => host.startsWith("graph."))).toEqual([]);
  });

  test("a domain that is nobody's is told before anybody signs in", async () => {
    world.told.refuse = ({ path }) =>
      path.includes("openid-configuration") ? refusal(400, "invalid_tenant", 90002, "Tenant 'nobody.example' not found.") : undefined;
    const { exit, stderr } = await world.cli(["status", PLAN, "--tenant", "nobody.example", "--auth", "device-code", "--client-id", CLIENT]);
    expect(stderr).toContain("could not sign in: there is no tenant nobody.example in the public cloud\n");
    expect(exit).toBe(64);
    expect(world.asked).toHaveLength(1);
  });
});

describe("no answer", () => {
  test("is waited for a little, then told with the host", async () => {
    const from = world.clock.now();
    const { exit, stderr } = await world.cli(["status", PLAN, "--tenant", world.tenantId], {
      env: BY_SECRET,
      fetch: async () => {
        throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
      },
    });
    expect(stderr).toContain("could not sign in: no answer came from login.microsoftonline.com (ECONNREFUSED)\n");
    expect(exit).toBe(69);
    expect(world.clock.now() - from).toBe(3_000);
  });

  test("a fault of the service that passes is not told", async () => {
    let times = 2;
    world.told.refuse = ({ path }) => {
      if (!isToken(path) || times === 0) return undefined;
      times -= 1;
      return { status: 503, body: "<html>", headers: { "retry-after": "7" } };
    };
    const from = world.clock.now();
    expect(await status(BY_SECRET)).toMatchObject({ exit: 0 });
    expect(world.clock.now() - from).toBeGreaterThanOrEqual(14_000);
  });

  test("one that stays is", async () => {
    world.told.refuse = () => ({ status: 503, body: "<html>" });
    const { exit, stderr } = await status(BY_SECRET);
    expect(stderr).toContain("could not sign in: login.microsoftonline.com answered 503, 3 times\n");
    expect(exit).toBe(69);
    expect(world.asked).toHaveLength(3);
  });

  test("a proxy's page in place of an answer is", async () => {
    world.told.refuse = () => ({ status: 200, body: "<html><title>Log in to the guest network</title>" });
    const { exit, stderr } = await status(BY_SECRET);
    expect(stderr).toContain("login.microsoftonline.com answered 200 with something that is no JSON\nhint: a proxy may stand in between");
    expect(exit).toBe(69);
  });
});

describe("what is missing is named before anything is sent", () => {
  const nothing: readonly (readonly [name: string, env: Readonly<Record<string, string>>, more: readonly string[], says: string])[] = [
    ["nothing at all, in a pipe", {}, [], "nothing here says how to sign in\nhint: there is no terminal, so nobody is asked"],
    ["the application of a secret", { AZURE_CLIENT_SECRET: SECRET }, [], "secret: which application signs in is not said\n"],
    ["the secret of --auth secret", { AZURE_CLIENT_ID: CLIENT }, ["--auth", "secret"], "--auth secret: AZURE_CLIENT_SECRET is not set\n"],
    [
      "a GitHub job without the right",
      { AZURE_CLIENT_ID: CLIENT },
      ["--auth", "github"],
      "--auth github: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set\n",
    ],
    [
      "a way that there is not",
      {},
      ["--auth", "password"],
      "--auth password: there is no such way to sign in\nhint: there are secret, certificate, workload, github,",
    ],
    ["a cloud that there is not", BY_SECRET, ["--cloud", "mars"], "--cloud mars: there is no such cloud\n"],
    ["an application's name instead of its id", { ...BY_SECRET, AZURE_CLIENT_ID: "rollout" }, [], "AZURE_CLIENT_ID: an application's id is needed"],
    [
      "another tenant in the environment",
      { ...BY_SECRET, AZURE_TENANT_ID: "99999999-8888-4777-8666-555555555555" },
      [],
      "are two tenants\nhint: nothing was sent",
    ],
    [
      "two clouds",
      { ...BY_SECRET, AZURE_AUTHORITY_HOST: "https://login.microsoftonline.us" },
      ["--cloud", "china"],
      "--cloud china and AZURE_AUTHORITY_HOST=https://login.microsoftonline.us are two clouds",
    ],
    [
      "a file that is not there",
      { AZURE_CLIENT_ID: CLIENT, AZURE_FEDERATED_TOKEN_FILE: "/nowhere/token" },
      [],
      "the file of AZURE_FEDERATED_TOKEN_FILE is not there\n",
    ],
    [
      "a certificate that is not there",
      { AZURE_CLIENT_ID: CLIENT, AZURE_CLIENT_CERTIFICATE_PATH: "/nowhere/both.pem" },
      [],
      "the certificate cannot be read: there is no such file\n",
    ],
  ];
  test.each(nothing)("%s", async (_, env, more, says) => {
    const { exit, stderr } = await status(env, ...more);
    expect(stderr).toContain(says);
    expect(exit).toBe(64);
    expect(world.left).toEqual([]);
  });

  test("a file that is no certificate", async () => {
    const file = join(world.folder, "no.pem");
    writeFileSync(file, "not one\n");
    const { exit, stderr } = await status({ AZURE_CLIENT_ID: CLIENT, AZURE_CLIENT_CERTIFICATE_PATH: file });
    expect(stderr).toContain("the certificate cannot be read\nhint: AZURE_CLIENT_CERTIFICATE_PATH takes a PEM file");
    expect(exit).toBe(64);
  });
});

test("every line of the table ends in something to do, and none in the service's trace", () => {
  const about: About = { way: "secret", tenant: "county.example", clientId: CLIENT, cloud: "public" };
  const CODES = [
    7000215, 7000222, 700016, 7000229, 90002, 900023, 900382, 65001, 90094, 500011, 50076, 50074, 50078, 50158, 50079, 50072, 53000, 53001, 530002, 530003,
    50097,
  ];
  const MORE = [
    53003, 50105, 50057, 50055, 50020, 50034, 7000112, 7000218, 50011, 700027, 700024, 70021, 700211, 700212, 700213, 7002138, 70016, 70018, 70019, 70020,
    50173, 700082,
  ];
  for (const code of [...CODES, ...MORE]) {
    for (const way of ["secret", "browser", "azure-cli"] as const) {
      const { message, hints } = explained(
        { status: 400, error: "x", description: `AADSTS${code}: Text. Trace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333`, codes: [code] },
        { ...about, way },
      );
      expect(message).toMatch(/^could not sign in: .*[^.]$/);
      expect(message).not.toContain("AADSTS");
      expect(hints.length).toBeGreaterThanOrEqual(3);
      expect(hints.slice(0, -1).join(" ")).not.toContain("Trace ID");
    }
  }
});
