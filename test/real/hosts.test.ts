/** A token goes to no host but those of the list, whatever an answer, a redirect or a setting says. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../../src/connect.ts";
import { createExchangeClient } from "../../src/exchange/client.ts";
import { sendBatches } from "../../src/graph/batch.ts";
import { createClient } from "../../src/graph/client.ts";
import { pagesOf } from "../../src/graph/pager.ts";
import type { Tenant } from "../../src/tenant.ts";
import { forgetMachine } from "./machine.ts";
import { BY_GITHUB, BY_SECRET, CLIENT, openWorld, PLAN, SECRET, type World } from "./world.ts";

const EVIL = "evil.example";
/** As close to the real ones as somebody could have them. */
const NEAR = [
  `https://${EVIL}`,
  "https://graph.microsoft.com.evil.example",
  "https://graph.microsoft.com@evil.example",
  "http://graph.microsoft.com",
  "https://graph.microsoft.com:8443",
  "https://graph.microsoft.us",
];

let world: World;
const before = { ...process.env };
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  // Nothing at all went there: no token, no secret, no assertion.
  const strange = world.left.filter(
    ({ host }) =>
      !/^(graph\.microsoft\.com|outlook\.office365\.com|login\.microsoftonline\.com|run-1\.actions\.githubusercontent\.com|169\.254\.169\.254)$/.test(host),
  );
  await world.close();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  expect(strange).toEqual([]);
});

const real = (): Promise<Tenant> =>
  connect({ tenant: world.tenantId, addresses: undefined, say: () => undefined, log: undefined }, world.runtime({ env: BY_SECRET }));
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
const status = (env: Readonly<Record<string, string>>, ...more: readonly string[]) => world.cli(["status", PLAN, "--tenant", world.tenantId, ...more], { env });

describe("whatever Graph answers", () => {
  test.each(NEAR)("a nextLink to %s", async (there) => {
    const { connection } = await real();
    world.told.service = () => json(200, { value: [{ id: "1" }], "@odata.nextLink": `${there}/v1.0/users?$skiptoken=x` });
    const pages = async (): Promise<void> => {
      for await (const page of pagesOf(createClient(connection), { method: "GET", path: "/users" })) expect(page).toBeDefined();
    };
    await expect(pages()).rejects.toThrow(/no token is sent there/);
  });

  test.each([301, 302, 307, 308])("a redirect (%i)", async (code) => {
    const { connection } = await real();
    world.told.service = () => new Response(null, { status: code, headers: { location: `https://${EVIL}/v1.0/users` } });
    await expect(createClient(connection).send({ method: "GET", path: "/users" })).rejects.toThrow(/redirect, which is never followed/);
  });

  test("a Location of a write", async () => {
    const { connection } = await real();
    world.told.service = () => json(202, {}, { location: `https://${EVIL}/operations/1` });
    expect(await createClient(connection).send({ method: "POST", path: "/groups", body: {} })).toMatchObject({ status: 202 });
  });

  test("the address of a report: it is asked, without a token", async () => {
    const { connection } = await real();
    const client = createClient(connection);
    await expect(client.fetchBare(`http://${EVIL}/report`)).rejects.toThrow("from which no file is fetched");
    await expect(client.fetchBare("https://127.0.0.1/report")).rejects.toThrow("from which no file is fetched");
    const asked: Request[] = [];
    const watching = createClient({
      ...connection,
      fetch: async (request) => {
        asked.push(request);
        return json(200, {});
      },
    });
    await watching.fetchBare("https://reports.example/report?key=1");
    expect(asked.map(({ headers }) => [...headers.keys()])).toEqual([[]]);
  });

  test("an item of a batch: the batch itself goes to Graph, whatever address stands in its answer", async () => {
    const { connection } = await real();
    world.told.service = () =>
      json(200, { responses: [{ id: "1", status: 302, headers: { Location: `https://${EVIL}/x` } }], "@odata.nextLink": `https://${EVIL}/batch` });
    const [answer] = await sendBatches(createClient(connection), [{ method: "GET", path: "/groups/22222222-3333-4444-8555-666666666666" }]);
    expect(answer).toMatchObject({ type: "failed", error: { status: 302 } });
  });
});

describe("whatever Exchange answers", () => {
  const CMDLET = { name: "Get-CASMailbox", parameters: {} };
  test.each([
    `https://${EVIL}`,
    "https://outlook.office365.com.evil.example",
    "https://evil-outlook.office365.com",
    "http://outlook.office365.com",
    "https://graph.microsoft.com",
  ])("a nextLink to %s", async (there) => {
    const { exchange } = await real();
    world.told.service = () => json(200, { value: [{}], "@odata.nextLink": `${there}/adminapi/beta/x/InvokeCommand?$skiptoken=1` });
    await expect(createExchangeClient(exchange).list(CMDLET)).rejects.toThrow(/no token is sent there/);
  });

  test("a redirect", async () => {
    const { exchange } = await real();
    world.told.service = () => new Response(null, { status: 302, headers: { location: `https://${EVIL}/adminapi` } });
    await expect(createExchangeClient(exchange).run(CMDLET)).rejects.toThrow(/no token is sent there/);
  });
});

describe("whatever the sign-in answers", () => {
  test.each([301, 302, 303, 307, 308])("a redirect (%i) takes the secret nowhere", async (code) => {
    world.told.refuse = () => ({ status: code, body: {}, headers: { location: `https://${EVIL}/token` } });
    expect(await status(BY_SECRET)).toMatchObject({ exit: 77 });
    expect(world.asked).toHaveLength(1);
  });

  test("endpoints on another host, in the OpenID configuration", async () => {
    world.told.refuse = ({ path }) =>
      path.includes("openid-configuration")
        ? {
            status: 200,
            body: {
              issuer: `https://${EVIL}/${world.tenantId}/v2.0`,
              token_endpoint: `https://${EVIL}/token`,
              authorization_endpoint: `https://${EVIL}/authorize`,
            },
          }
        : undefined;
    expect(await world.cli(["status", PLAN, "--tenant", "small.example"], { env: BY_SECRET })).toMatchObject({ exit: 0 });
  });
});

describe("whatever a setting says", () => {
  const refused: readonly (readonly [name: string, env: Readonly<Record<string, string>>, more: readonly string[], says: string, exit: number])[] = [
    ["AZURE_AUTHORITY_HOST", { ...BY_SECRET, AZURE_AUTHORITY_HOST: `https://${EVIL}` }, [], "signs in for none of Microsoft's clouds", 64],
    ["AZURE_AUTHORITY_HOST, without its scheme", { ...BY_SECRET, AZURE_AUTHORITY_HOST: EVIL }, [], "signs in for none of Microsoft's clouds", 64],
    [
      "AZURE_AUTHORITY_HOST, over http",
      { ...BY_SECRET, AZURE_AUTHORITY_HOST: "http://login.microsoftonline.com" },
      [],
      "signs in for none of Microsoft's clouds",
      64,
    ],
    [
      "the address of GitHub's tokens",
      { ...BY_GITHUB, ACTIONS_ID_TOKEN_REQUEST_URL: `https://${EVIL}/idtoken` },
      [],
      "evil.example is none of the hosts that take part in signing in",
      77,
    ],
    [
      "the address of GitHub's tokens, over http",
      { ...BY_GITHUB, ACTIONS_ID_TOKEN_REQUEST_URL: "http://run-1.actions.githubusercontent.com/idtoken" },
      [],
      "is none of the hosts",
      77,
    ],
    [
      "the address of GitHub's tokens, nearly",
      { ...BY_GITHUB, ACTIONS_ID_TOKEN_REQUEST_URL: "https://evilactions.githubusercontent.com/idtoken" },
      [],
      "is none of the hosts",
      77,
    ],
    [
      "the endpoint of a managed identity",
      { IDENTITY_ENDPOINT: `https://${EVIL}/msi/token`, IDENTITY_HEADER: "the-header-of-this-service" },
      [],
      "is none of the hosts",
      77,
    ],
    ["the region of the sign-in", { ...BY_SECRET, AZURE_REGIONAL_AUTHORITY_NAME: EVIL.replace(".example", "") }, [], "is none of the hosts", 77],
  ];
  test.each(refused)("%s", async (_, env, more, says, exit) => {
    for (const [key, value] of Object.entries(env)) if (/ENDPOINT|HEADER|REGIONAL/.test(key)) process.env[key] = value;
    await forgetMachine();
    const result = await status(env, ...more);
    expect(result.stderr).toContain(says);
    expect(result.stderr).not.toContain(SECRET);
    expect(result.exit).toBe(exit);
  });

  test.each([`https://${EVIL}`, `http://${EVIL}`, "http://127.0.0.1.evil.example", `http://user@${EVIL}`])("ENTRA_ROLLOUT_TENANT=%s", async (there) => {
    const { exit, stderr } = await world.cli(["status", PLAN], {
      env: { ...BY_SECRET, ENTRA_ROLLOUT_TENANT: there, ENTRA_ROLLOUT_TOKEN: "a-token-of-a-served-one" },
    });
    expect(stderr).toContain("only practice tenants on this machine are served");
    expect(exit).toBe(64);
    expect(world.left).toEqual([]);
  });

  test("a tenant whose name leads out of the address", async () => {
    const { exit } = await world.cli(["status", PLAN, "--tenant", `x@${EVIL}`], { env: { ...BY_SECRET, AZURE_CLIENT_ID: CLIENT } });
    expect(exit).toBe(64);
    expect(world.left).toEqual([]);
  });
});
