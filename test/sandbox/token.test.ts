/** Access token claims reference (learn.microsoft.com): what a token of the practice tenant says, and what it opens. */

import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { fillSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { fakeRuntime, freshFolder } from "../cli/harness.ts";

const KEY = "a-key";
const EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de";
/** In every token, beside whatever roles there are. */
const EVERY_APPLICATION = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
const EVERY_PERSON = "b79fbf4d-3ef9-4689-8143-76b194e85509";
const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";

let folder = "";
let sandbox: Sandbox;
beforeEach(async () => {
  folder = freshFolder();
  sandbox = await fillSandbox({ folder, fill: "small", runtime: fakeRuntime({ cwd: folder }) });
});
afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
  sandbox.fetchAs(KEY)(new Request(`http://127.0.0.1${path}`, { ...init, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } }));

const dials = async (values: object): Promise<void> => {
  expect((await ask("/_practice/dials", KEY, { method: "PUT", body: JSON.stringify(values) })).status).toBe(200);
};

const issued = async (resource: string): Promise<string> => {
  const response = await ask(`/_practice/token?resource=${resource}`, KEY);
  expect(response.status).toBe(200);
  return z.object({ token: z.string() }).parse(await response.json()).token;
};

const claimsIn = (token: string): unknown => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));

describe("what it says", () => {
  test("of an application: its roles, those of the directory, and no scope", async () => {
    await dials({ permissions: ["Policy.Read.All", "Domain.Read.All"] });
    const claims = claimsIn(await issued("graph"));
    expect(claims).toMatchObject({
      aud: "https://graph.microsoft.com",
      idtyp: "app",
      ver: "1.0",
      roles: ["Domain.Read.All", "Policy.Read.All"],
      wids: [EVERY_APPLICATION, EXCHANGE_ADMINISTRATOR],
      tid: sandbox.about.tenantId,
    });
    expect(claims).not.toHaveProperty("scp");
    expect(claims).not.toHaveProperty("upn");
  });

  test("of an application that was given nothing: no roles at all", async () => {
    await dials({ permissions: [], exchangeGrants: "none" });
    expect(claimsIn(await issued("graph"))).not.toHaveProperty("roles");
    expect(claimsIn(await issued("exchange"))).not.toHaveProperty("roles");
  });

  test("of somebody who signed in: who, their scopes and their own roles", async () => {
    await dials({ operator: "EMERGENCY-1@small.example", permissions: ["User.Read.All", "Domain.Read.All"], exchangeGrants: "none" });
    const claims = claimsIn(await issued("graph"));
    expect(claims).toMatchObject({
      idtyp: "user",
      upn: "emergency-1@small.example",
      scp: "Domain.Read.All User.Read.All",
      wids: [GLOBAL_ADMINISTRATOR, EVERY_PERSON],
    });
    expect(claims).not.toHaveProperty("roles");
    const { id } = z.object({ id: z.string() }).parse(await (await ask("/v1.0/users/emergency-1@small.example?$select=id", KEY)).json());
    expect(claims).toMatchObject({ oid: id });
  });

  test.each([
    [{ exchangeGrants: "both" }, ["Exchange.ManageAsApp"]],
    [{ exchangeGrants: "permission-only" }, ["Exchange.ManageAsApp"]],
    [{ exchangeGrants: "none" }, undefined],
  ])("for Exchange Online, with %j", async (values, roles) => {
    await dials(values);
    expect(claimsIn(await issued("exchange"))).toMatchObject({ aud: "https://outlook.office365.com", ...(roles !== undefined && { roles }) });
  });

  test("of a resource that there is not: 400", async () => {
    expect((await ask("/_practice/token?resource=sharepoint", KEY)).status).toBe(400);
  });
});

describe("what it opens", () => {
  const cmdlet = (token: string): Promise<Response> =>
    ask(`/adminapi/beta/${sandbox.about.tenantId}/InvokeCommand`, token, {
      method: "POST",
      body: JSON.stringify({ CmdletInput: { CmdletName: "Get-TransportConfig", Parameters: {} } }),
    });

  test("each its own service, and not the other", async () => {
    const [graph, exchange] = [await issued("graph"), await issued("exchange")];
    expect((await ask("/v1.0/organization", graph)).status).toBe(200);
    expect((await ask("/v1.0/organization", exchange)).status).toBe(401);
    expect((await cmdlet(exchange)).status).toBe(200);
    expect((await cmdlet(graph)).status).toBe(401);
  });

  test("not the tenant's own controls", async () => {
    expect((await ask("/_practice/dials", await issued("graph"))).status).toBe(401);
  });

  test("nothing, once a letter of it was changed, or where another key opens", async () => {
    const token = await issued("graph");
    const [header = "", payload = "", signature = ""] = token.split(".");
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const wider = Buffer.from(JSON.stringify({ ...z.record(z.string(), z.unknown()).parse(claims), roles: ["Everything"] })).toString("base64url");
    for (const changed of [`${header}.${wider}.${signature}`, `${header}.${payload}.`, `${header}.${payload}`, `${header}.${payload}.${signature}x`])
      expect((await ask("/v1.0/organization", changed)).status, changed).toBe(401);
    const other = await sandbox.fetchAs("another-key")(new Request("http://127.0.0.1/v1.0/organization", { headers: { authorization: `Bearer ${token}` } }));
    expect(other.status).toBe(401);
  });
});
