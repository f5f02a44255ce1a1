/** Each way to sign in: the right request goes out, its token is used, and one that ends is renewed. */

import { createVerify, X509Certificate } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signIn } from "../../src/identity/sign-in.ts";
import { makeCertificate } from "./certificate.ts";
import { forgetMachine } from "./machine.ts";
import { BY_GITHUB, BY_SECRET, CLIENT, openWorld, PLAN, SECRET, type World } from "./world.ts";

let world: World;
const before = { ...process.env };
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
  // The library reads some of its settings from the process: they are of one test alone.
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

const MINUTE = 60_000;
const GRAPH = "https://graph.microsoft.com";
const tokenRequests = () => world.asked.filter(({ path }) => path.endsWith("/token"));
const status = (env: Readonly<Record<string, string>>, ...more: readonly string[]) => world.cli(["status", PLAN, "--tenant", world.tenantId, ...more], { env });

/** Through the way's own tokens: used until shortly before their end, then another. */
const renews = async (env: Readonly<Record<string, string>>, auth?: string): Promise<void> => {
  const own = signIn({ tenant: world.tenantId, wish: { auth }, runtime: world.runtime({ env }), onRequest: undefined, home: () => world.folder });
  const first = await own.graphToken();
  expect(await own.graphToken()).toBe(first);
  await world.pass(54 * MINUTE);
  expect(await own.graphToken()).toBe(first);
  await world.pass(2 * MINUTE);
  const second = await own.graphToken();
  expect(second).not.toBe(first);
  expect(world.given.map(({ token }) => token)).toEqual([first, second]);
  const exchange = await own.exchangeToken();
  expect(world.given.at(-1)).toMatchObject({ token: exchange, audience: "https://outlook.office365.com" });
};

const used = (): void => {
  const tokens = new Set(world.left.flatMap(({ host, token }) => (host === "graph.microsoft.com" ? [token] : [])));
  expect([...tokens]).toEqual([world.given[0]?.token]);
};

describe("a client secret", () => {
  test("goes to the tenant's token endpoint, and its token to Graph", async () => {
    const { exit, stderr, stdout } = await status(BY_SECRET);
    expect(stderr).toContain(`${world.tenantId}: signing in with the client secret of application ${CLIENT} (AZURE_CLIENT_SECRET)\n`);
    expect(exit).toBe(0);
    expect(stdout).toContain("Small organisation");
    expect(stdout).not.toContain("practice");
    const [one, ...more] = tokenRequests();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ host: "login.microsoftonline.com", path: `/${world.tenantId}/oauth2/v2.0/token` });
    expect(Object.fromEntries(one?.form ?? [])).toMatchObject({
      grant_type: "client_credentials",
      client_id: CLIENT,
      client_secret: SECRET,
      scope: `${GRAPH}/.default`,
    });
    // It can be asked for more later on: continuous access evaluation.
    expect(JSON.parse(one?.form.get("claims") ?? "")).toMatchObject({ access_token: { xms_cc: { values: ["cp1"] } } });
    used();
  });

  test("is sent again before a token ends", () => renews(BY_SECRET));

  test("a token of Exchange is another one", async () => {
    const own = signIn({ tenant: world.tenantId, wish: {}, runtime: world.runtime({ env: BY_SECRET }), onRequest: undefined, home: () => world.folder });
    expect(await own.exchangeToken()).not.toBe(await own.graphToken());
    expect(tokenRequests().map(({ form }) => form.get("scope"))).toEqual(["https://outlook.office365.com/.default", `${GRAPH}/.default`]);
  });
});

describe("a certificate", () => {
  const files = (password?: string): { readonly env: Readonly<Record<string, string>>; readonly pem: string } => {
    const both = join(world.folder, "both.pem");
    const { key, certificate: pem } = makeCertificate(password);
    writeFileSync(both, key + pem);
    return {
      env: { AZURE_CLIENT_ID: CLIENT, AZURE_CLIENT_CERTIFICATE_PATH: both, ...(password !== undefined && { AZURE_CLIENT_CERTIFICATE_PASSWORD: password }) },
      pem,
    };
  };

  test.each([
    ["without a password", undefined],
    ["with a password", "a-password-of-the-key"],
  ])("%s signs an assertion that its public part proves", async (_, password) => {
    const { env, pem } = files(password);
    expect(await status(env)).toMatchObject({ exit: 0 });
    const form = tokenRequests()[0]?.form;
    expect(form?.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    expect(form?.has("client_secret")).toBe(false);
    const [header = "", payload = "", signature = ""] = (form?.get("client_assertion") ?? "").split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    expect(claims).toMatchObject({ iss: CLIENT, sub: CLIENT, aud: `https://login.microsoftonline.com/${world.tenantId}/oauth2/v2.0/token` });
    const { alg } = JSON.parse(Buffer.from(header, "base64url").toString());
    expect(alg).toBe("PS256");
    const proof = createVerify("sha256").update(`${header}.${payload}`);
    expect(proof.verify({ key: new X509Certificate(pem).publicKey, padding: 6, saltLength: 32 }, Buffer.from(signature, "base64url"))).toBe(true);
    used();
  });

  test("signs anew before a token ends", () => renews(files().env));
});

describe("workload identity", () => {
  test("in Kubernetes: the file's token is the assertion", async () => {
    const file = join(world.folder, "token");
    writeFileSync(file, "the.cluster's.token\n");
    const env = { AZURE_CLIENT_ID: CLIENT, AZURE_FEDERATED_TOKEN_FILE: file, AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/" };
    expect(await status(env)).toMatchObject({ exit: 0 });
    expect(Object.fromEntries(tokenRequests()[0]?.form ?? [])).toMatchObject({
      grant_type: "client_credentials",
      client_id: CLIENT,
      client_assertion: "the.cluster's.token",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      scope: `${GRAPH}/.default`,
    });
    used();
    world.given.length = 0;
    await renews(env);
  });

  test("in GitHub: the job's token is asked for, for the exchange, and is the assertion", async () => {
    expect(await status(BY_GITHUB)).toMatchObject({ exit: 0 });
    const [github, entra] = world.asked;
    expect(github).toMatchObject({ host: "run-1.actions.githubusercontent.com", path: "/idtoken" });
    expect(Object.fromEntries(github?.query ?? [])).toEqual({ "api-version": "2.0", audience: "api://AzureADTokenExchange" });
    const [, payload = ""] = (entra?.form.get("client_assertion") ?? "").split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ sub: "repo:example/rollout:environment:real" });
    // GitHub's token goes to GitHub alone.
    const bearers = world.left.filter(({ token }) => token === BY_GITHUB.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
    expect(bearers.map(({ host }) => host)).toEqual(["run-1.actions.githubusercontent.com"]);
    used();
    world.given.length = 0;
    await renews(BY_GITHUB);
  });
});

describe("a managed identity", () => {
  /** The library keeps these in a memory of the whole process, by its own clock: those that end within five minutes it asks for anew. */
  const SHORT_S = 290;
  beforeEach(forgetMachine);

  test("of a virtual machine is asked of its metadata service", async () => {
    world.told.lifetime = SHORT_S;
    expect(await status({}, "--auth", "managed-identity")).toMatchObject({ exit: 0 });
    const [one] = world.asked;
    expect(one).toMatchObject({ method: "GET", host: "169.254.169.254", path: "/metadata/identity/oauth2/token" });
    expect(one?.query.get("resource")).toBe(GRAPH);
    expect(world.asked.every(({ host }) => host === "169.254.169.254")).toBe(true);
    used();
  });

  test("one of several is named", async () => {
    world.told.lifetime = SHORT_S;
    expect(await status({}, "--auth", "managed-identity", "--client-id", CLIENT)).toMatchObject({ exit: 0 });
    expect(world.asked[0]?.query.get("client_id")).toBe(CLIENT);
  });

  test("of a service is asked of the endpoint that its environment names, and renewed", async () => {
    world.told.lifetime = SHORT_S;
    const env = { IDENTITY_ENDPOINT: `${world.origin}/msi/token`, IDENTITY_HEADER: "the-header-of-this-service" };
    Object.assign(process.env, env);
    const { exit, stderr } = await status(env);
    expect(stderr).toContain("signing in with this machine's managed identity\n");
    expect(exit).toBe(0);
    expect(world.asked[0]?.query.get("resource")).toBe(GRAPH);
    used();
    world.asked.length = 0;
    await forgetMachine();
    const own = signIn({ tenant: world.tenantId, wish: {}, runtime: world.runtime({ env }), onRequest: undefined, home: () => world.folder });
    const first = await own.graphToken();
    expect(await own.graphToken()).toBe(first);
    await world.pass((SHORT_S / 2 + 1) * 1_000);
    expect(await own.graphToken()).not.toBe(first);
    expect(world.asked).toHaveLength(2);
  });
});

describe("somebody", () => {
  const TERMINAL = { canAsk: true };

  test("with a code on another machine: it is shown, waited for, and used; what ends is renewed without asking again", async () => {
    const env = { AZURE_CLIENT_ID: CLIENT };
    world.told.pending = 2;
    const { exit, stderr } = await status(env, "--auth", "device-code");
    expect(stderr).toContain("To sign in, open https://microsoft.com/devicelogin and enter the code ABCD1234\n");
    expect(exit).toBe(0);
    const [code, ...polls] = world.asked;
    expect(code?.path).toBe(`/${world.tenantId}/oauth2/v2.0/devicecode`);
    expect(code?.form.get("client_id")).toBe(CLIENT);
    expect(code?.form.get("scope")?.split(" ")).toContain(`${GRAPH}/.default`);
    // The library's word for it; RFC 8628 has a longer one, which Entra takes as well.
    expect(polls.map(({ form }) => form.get("grant_type"))).toEqual(["device_code", "device_code", "device_code"]);
    used();

    world.asked.length = 0;
    world.given.length = 0;
    await renews(env, "device-code");
    expect(world.asked.filter(({ path }) => path.endsWith("/devicecode"))).toHaveLength(1);
    expect(world.asked.filter(({ form }) => form.get("grant_type") === "refresh_token").length).toBeGreaterThanOrEqual(2);
  });

  test.skipIf(process.platform === "win32" || process.platform === "darwin")(
    "in a browser: an address with a proof, its way back to this machine, and the code with the proof's other half",
    async () => {
      const browser = join(world.folder, "browser.mjs");
      const line = `const there = new URL(process.argv[2]);
const { appendFileSync } = await import("node:fs");
appendFileSync(${JSON.stringify(join(world.folder, "opened"))}, there.href + "\\n");
const answer = await fetch(${JSON.stringify(world.origin)} + there.pathname + there.search, { redirect: "manual", headers: { "x-meant-for": there.host } });
await fetch(answer.headers.get("location"), { redirect: "manual" });`;
      writeFileSync(browser, `#!${process.execPath}\n${line}\n`);
      chmodSync(browser, 0o755);
      // What opens addresses on this platform asks for it where there is no desktop.
      process.env["BROWSER"] = browser;
      for (const name of ["DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP", "DESKTOP_SESSION"]) delete process.env[name];
      writeFileSync(join(world.folder, "xdg-open"), "");
      const { exit } = await status({ AZURE_CLIENT_ID: CLIENT, PATH: `/nowhere:${world.folder}` }, "--auth", "browser");
      expect(exit).toBe(0);
      const opened = new URL(readFileSync(join(world.folder, "opened"), "utf8").trim());
      expect(opened.host).toBe("login.microsoftonline.com");
      expect(Object.fromEntries(opened.searchParams)).toMatchObject({ client_id: CLIENT, response_type: "code", code_challenge_method: "S256" });
      expect(new URL(opened.searchParams.get("redirect_uri") ?? "").hostname).toMatch(/^(localhost|127\.0\.0\.1)$/);
      expect(tokenRequests()[0]?.form.get("grant_type")).toBe("authorization_code");
      used();
    },
  );

  test("in a browser where none can be opened is sent to another way", async () => {
    const args = ["status", PLAN, "--tenant", world.tenantId, "--auth", "browser", "--client-id", CLIENT];
    const { exit, stderr } = await world.cli(args, { platform: "linux", env: { PATH: "/nowhere" } });
    expect(stderr).toContain("no browser can be opened on this machine: there is no xdg-open on the PATH\nhint: --auth device-code shows a code");
    expect(exit).toBe(64);
    expect(world.asked).toEqual([]);
  });

  test("is taken at a terminal alone, a browser where there is one", async () => {
    const taken = (env: Readonly<Record<string, string>>, canAsk: boolean) => {
      const runtime = { ...world.runtime({ env, platform: "linux" }), ...TERMINAL, canAsk };
      return signIn({ tenant: world.tenantId, wish: { clientId: CLIENT }, runtime, onRequest: undefined, home: () => world.folder }).way;
    };
    expect(taken({ DISPLAY: ":0" }, true)).toBe("browser");
    expect(taken({}, true)).toBe("device-code");
    expect(taken({ DISPLAY: ":0", SSH_CONNECTION: "192.0.2.1 22" }, true)).toBe("device-code");
    expect(() => taken({ DISPLAY: ":0" }, false)).toThrow("nothing here says how to sign in");
    expect(world.asked).toEqual([]);
  });
});

describe("Azure CLI", () => {
  const standIn = (script: string): void => {
    const path = join(world.folder, "az");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    process.env["PATH"] = `${world.folder}${delimiter}${process.env["PATH"] ?? ""}`;
  };
  const give = (): string => {
    const token = world.issue(GRAPH);
    const ends = Math.floor((world.clock.now() + 3_599_000) / 1_000);
    writeFileSync(join(world.folder, "answer.json"), JSON.stringify({ accessToken: token, expires_on: ends, tenant: world.tenantId, tokenType: "Bearer" }));
    return token;
  };

  test.skipIf(process.platform === "win32")("gives the token of whoever it signed in, and another before that one ends", async () => {
    standIn(`echo "$@" >> '${world.folder}/asked'\ncat '${world.folder}/answer.json'`);
    give();
    expect(await status({}, "--auth", "azure-cli")).toMatchObject({ exit: 0 });
    expect(readFileSync(join(world.folder, "asked"), "utf8")).toBe(`account get-access-token --output json --resource ${GRAPH} --tenant ${world.tenantId}\n`);
    expect(world.asked).toEqual([]);
    used();
    const own = signIn({ tenant: world.tenantId, wish: { auth: "azure-cli" }, runtime: world.runtime(), onRequest: undefined, home: () => world.folder });
    const first = give();
    expect(await own.graphToken()).toBe(first);
    const second = give();
    await world.pass(50 * MINUTE);
    expect(await own.graphToken()).toBe(first);
    await world.pass(6 * MINUTE);
    expect(await own.graphToken()).toBe(second);
  });

  test.skipIf(process.platform === "win32")("with nobody signed in says what to type", async () => {
    standIn("echo 'ERROR: Please run az login to setup account.' >&2; exit 1");
    const { exit, stderr } = await status({}, "--auth", "azure-cli");
    expect(exit).toBe(77);
    expect(stderr).toContain(`could not sign in: Azure CLI has nobody signed in to this tenant\nhint: az login --tenant ${world.tenantId}, then`);
  });

  test.skipIf(process.platform === "win32")("that is not there is named", async () => {
    process.env["PATH"] = "/bin-that-is-not-there";
    const { exit, stderr } = await status({}, "--auth", "azure-cli");
    expect(exit).toBe(64);
    expect(stderr).toContain("could not sign in: Azure CLI (az) is not installed, or not on the PATH\n");
  });
});

describe("in the other clouds", () => {
  test.each([
    ["us-gov", "login.microsoftonline.us", "graph.microsoft.us", "api://AzureADTokenExchangeUSGov"],
    ["us-dod", "login.microsoftonline.us", "dod-graph.microsoft.us", "api://AzureADTokenExchangeUSGov"],
    ["china", /^login\.(chinacloudapi|partner\.microsoftonline)\.cn$/, "microsoftgraph.chinacloudapi.cn", "api://AzureADTokenExchangeChina"],
  ])("%s: its own sign-in, its own Graph and nothing of another's", async (cloud, login, graph, audience) => {
    expect(await status(BY_GITHUB, "--cloud", cloud)).toMatchObject({ exit: 0 });
    const [github, ...entra] = world.asked;
    expect(github?.query.get("audience")).toBe(audience);
    for (const { host } of entra) expect(host).toMatch(login);
    expect(tokenRequests()[0]?.form.get("scope")).toBe(`https://${graph}/.default`);
    expect(new Set(world.left.flatMap(({ host }) => (/graph/.test(host) ? [host] : [])))).toEqual(new Set([graph]));
  });

  test("AZURE_AUTHORITY_HOST says so as well", async () => {
    expect(await status({ ...BY_SECRET, AZURE_AUTHORITY_HOST: "login.microsoftonline.us" })).toMatchObject({ exit: 0 });
    expect(world.left.map(({ host }) => host)).toContain("graph.microsoft.us");
  });
});
