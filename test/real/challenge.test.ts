/** A claims challenge is answered once, then explained; and what keeps a token from being got in the middle of something is told as it is. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../../src/connect.ts";
import { createExchangeClient } from "../../src/exchange/client.ts";
import { wantedBy } from "../../src/graph/challenge.ts";
import { createClient } from "../../src/graph/client.ts";
import type { Tenant } from "../../src/tenant.ts";
import { BY_SECRET, CLIENT, type Given, openWorld, PLAN, refusal, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const CLAIMS = { access_token: { nbf: { essential: true, value: "1726258122" } } };
const DUE = "2024-10-07T00:30:00Z";

const challenge = (claims: unknown = CLAIMS): Response =>
  new Response(
    JSON.stringify({
      error: {
        code: "InvalidAuthenticationToken",
        message: "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
      },
    }),
    {
      status: 401,
      headers: {
        "content-type": "application/json",
        date: new Date(world.clock.now()).toUTCString(),
        "www-authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="${Buffer.from(JSON.stringify(claims)).toString("base64")}"`,
      },
    },
  );

const has = ({ claims }: Given): boolean => JSON.stringify(claims ?? {}).includes("1726258122");
/** Takes no token that was not got for the challenge, from the request on that fits. */
const challenging = (fits: (request: Request) => boolean): void => {
  let begun = false;
  world.told.service = (request, given) => {
    begun ||= fits(request);
    return begun && !has(given) ? challenge() : undefined;
  };
};
const onReal = (command: readonly string[]) => world.cli([...command, "--tenant", world.tenantId], { env: BY_SECRET });
const real = (): Promise<Tenant> =>
  connect({ tenant: world.tenantId, addresses: undefined, say: () => undefined, log: undefined }, world.runtime({ env: BY_SECRET }));
const tokenRequests = () => world.asked.filter(({ path }) => path.endsWith("/token"));
const PATCH = "/policies/identitySecurityDefaultsEnforcementPolicy";
const patches = () => world.left.filter(({ method, path }) => method === "PATCH" && path.endsWith(PATCH));

describe("a challenge", () => {
  test("of a read is answered with a token that holds what it asks for", async () => {
    challenging(({ url }) => url.includes("/domains"));
    expect(await onReal(["status", PLAN])).toMatchObject({ exit: 0 });
    expect(tokenRequests().map(({ form }) => JSON.parse(form.get("claims") ?? "").access_token)).toEqual([
      { xms_cc: { values: ["cp1"] } },
      { ...CLAIMS.access_token, xms_cc: { values: ["cp1"] } },
    ]);
  });

  test("of a write: it is sent once more, and done once", async () => {
    await world.moveTo(DUE);
    challenging(({ method, url }) => method === "PATCH" && url.includes(PATCH));
    const { exit, stdout } = await onReal(["apply", PLAN, "--yes", "--json"]);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout).run).toMatchObject({ done: 1, left: [] });
    expect(patches().map(({ token }) => world.given.findIndex((each) => each.token === token))).toEqual([0, 1]);
  });

  test("a second time is explained, and not answered for ever", async () => {
    world.told.service = (request) => (request.url.includes("/organization") ? challenge() : undefined);
    const { exit, stderr } = await onReal(["status", PLAN]);
    expect(stderr).toContain("it asks for more than this sign-in gives, and a new token changed nothing: a sign-in since 2024-09-13T20:08:42.000Z\n");
    expect(exit).toBe(77);
    expect(tokenRequests()).toHaveLength(2);
  });

  test("that Entra does not grant is told in Entra's words", async () => {
    challenging(({ url }) => url.includes("/organization"));
    world.told.refuse = ({ form }) =>
      form.get("claims")?.includes("nbf") === true
        ? refusal(400, "interaction_required", 53003, "Access has been blocked by Conditional Access policies.")
        : undefined;
    const { exit, stderr } = await onReal(["status", PLAN]);
    expect(stderr).toContain("could not sign in: conditional access blocks this sign-in\nhint: ");
    expect(exit).toBe(77);
  });

  test("of Exchange is answered there as well, and a second one explained", async () => {
    const { exchange } = await real();
    world.told.service = ({ url }, given) =>
      !url.includes("outlook")
        ? undefined
        : has(given)
          ? new Response(JSON.stringify({ value: [{ Name: "x" }] }), { headers: { "content-type": "application/json" } })
          : challenge();
    expect(await createExchangeClient(exchange).list({ name: "Get-OrganizationConfig", parameters: {} })).toEqual([{ Name: "x" }]);
    world.told.service = ({ url }) => (url.includes("outlook") ? challenge({ access_token: { acrs: { essential: true, value: "c1" } } }) : undefined);
    await expect(createExchangeClient(exchange).list({ name: "Get-OrganizationConfig", parameters: {} })).rejects.toThrow(
      /a new token changed nothing: conditional access wants the authentication context c1 for this$/,
    );
  });

  test("without claims, once, with another token: the first one may have been revoked", async () => {
    const { connection } = await real();
    const [first] = world.given;
    world.told.service = (_, given) =>
      given === first
        ? new Response(JSON.stringify({ error: { code: "InvalidAuthenticationToken", message: "x" } }), {
            status: 401,
            headers: { "content-type": "application/json" },
          })
        : undefined;
    expect(await createClient(connection).send({ method: "GET", path: "/organization" })).toMatchObject({ status: 200 });
    expect(world.given).toHaveLength(2);
  });

  test("brings whoever sits there back to sign in, and nobody in a pipe", async () => {
    challenging(({ url }) => url.includes("/domains"));
    world.told.refuse = ({ form }) =>
      form.get("grant_type") === "refresh_token" && world.asked.filter(({ path }) => path.endsWith("/devicecode")).length < 2
        ? refusal(400, "interaction_required", 50076, "you must use multi-factor authentication")
        : undefined;
    const args = ["status", PLAN, "--tenant", world.tenantId, "--auth", "device-code", "--client-id", CLIENT];
    expect(await world.cli(args, { answer: true })).toMatchObject({ exit: 0 });
    expect(world.asked.filter(({ path }) => path.endsWith("/devicecode"))).toHaveLength(2);
    world.asked.length = 0;
    challenging(({ url }) => url.includes("/organization"));
    const piped = await world.cli(args);
    expect(piped.stderr).toContain("conditional access asks this account for multi-factor authentication");
    expect(piped.exit).toBe(77);
    expect(world.asked.filter(({ path }) => path.endsWith("/devicecode"))).toHaveLength(1);
  });

  test.each([
    [undefined, undefined],
    ["no JSON", /conditional access wants something else of it$/],
    ['{"access_token":{"xms_rp_ipaddr":{"value":"192.0.2.1"}}}', /an address that conditional access allows$/],
    ['{"access_token":{"acrs":{"values":["c2","c3"]},"nbf":{"value":"x"}}}', /context c2 for this, and a sign-in since now$/],
    ['{"access_token":{"acrs":{"value":"\\u001b[2J"}}}', /something else of it$/],
  ])("asking for %s", (claims, want) => {
    if (want === undefined) expect(wantedBy(claims)).toBeUndefined();
    else expect(wantedBy(claims)).toMatch(want);
  });
});

describe("a token that cannot be got in the middle of a run", () => {
  test("is why it ends: with what to do, its exit code, and nothing of which nobody knows", async () => {
    await world.moveTo(DUE);
    // The secret expires between the last read and the first write.
    challenging(({ method }) => method === "PATCH");
    world.told.refuse = ({ form }) =>
      form.get("claims")?.includes("nbf") === true ? refusal(401, "invalid_client", 7000222, "The provided client secret keys are expired.") : undefined;
    const { exit, stderr } = await onReal(["apply", PLAN, "--yes"]);
    expect(stderr).toContain(`could not sign in: the client secret of application ${CLIENT} has expired\nhint: make a new one in Entra`);
    expect(stderr).toMatch(/hint: the journal of this run is .*\.jsonl\nhint: go on with: entra-rollout apply/);
    expect(exit).toBe(77);
    const folder = join(world.folder, ".local", "state", "entra-rollout", world.tenantId);
    const [name = ""] = readdirSync(folder).filter((each) => each.endsWith(".jsonl"));
    const entries = readFileSync(join(folder, name), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const outcomes = entries.filter(({ type }) => type === "outcome").map(({ outcome }) => outcome.type);
    expect(outcomes).toEqual(["refused"]);

    // Mended, the same command goes on: nothing is looked for, and it is done once.
    world.told.refuse = undefined;
    world.told.service = undefined;
    expect(await onReal(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
  });

  test("of Exchange as well", async () => {
    const tenant = await real();
    world.told.refuse = () => refusal(401, "invalid_client", 7000222, "expired");
    const client = createExchangeClient(tenant.exchange);
    const error = await client.run({ name: "Set-CASMailbox", parameters: { Identity: "x" } }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "NoToken",
      outcome: "refused",
      cause: { exit: 77, hints: expect.arrayContaining([expect.stringContaining("make a new one")]) },
    });
    expect(tenant.signIn?.failure()).toMatchObject({ exit: 77 });
  });

  test("does not end a run whose token still lasts: the service may be well again before it ends", async () => {
    const tenant = await real();
    const [first] = world.given;
    await world.pass(56 * 60_000);
    world.told.refuse = () => ({ status: 503, body: "" });
    expect(await tenant.connection.getToken({})).toBe(first?.token);
    await world.pass(5 * 60_000);
    await expect(tenant.connection.getToken({})).rejects.toMatchObject({ exit: 69 });
  });
});

test("Ctrl-C ends a sign-in that nobody takes up", async () => {
  const controller = new AbortController();
  world.told.pending = 1_000;
  world.told.refuse = ({ form }) => {
    if (form.has("device_code")) controller.abort(new Error("interrupted"));
    return undefined;
  };
  const args = ["status", PLAN, "--tenant", world.tenantId, "--auth", "device-code", "--client-id", CLIENT];
  const { exit, stderr } = await world.cli(args, { signal: controller.signal });
  expect(stderr).toContain("interrupted: nothing was written to the tenant\n");
  expect(exit).toBe(130);
});
