/**
 * A real tenant, as far as one can be had: Entra's sign-in on loopback, reached under the names of its hosts, and behind Graph's and
 * Exchange's names a practice tenant that takes the tokens of that sign-in and no other.
 */

import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import type { Clock, Fetch } from "../../src/runtime.ts";
import { fillSandbox, PRACTICE_TOKEN, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { type CliOptions, type CliResult, fakeRuntime, runCli } from "../cli/harness.ts";

export const CLIENT = "33333333-4444-4555-8666-777777777777";
export const SECRET = "a-secret-that-nobody-may-see";
export const PLAN = "rollout-plans/security-defaults.yaml";
const OBJECT = "22222222-3333-4444-8555-666666666666";
const GITHUB_TOKEN = "the-token-of-this-job-and-of-no-other";
const ADMIN = "admin@small.example";

/** What reached the sign-in, by the name that it was sent to. */
export type Asked = {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly headers: Headers;
};

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

export type Given = { readonly token: string; readonly audience: string; readonly claims: unknown; readonly endsAt: number };

/** As the service words it. @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export const refusal = (status: number, error: string, code: number, text: string): Answer => ({
  status,
  body: {
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: 0000aaaa-11bb-cccc-dd22-eeeeee333333 Correlation ID: aaaa0000-bb11-2222-33cc-444444dddddd Timestamp: 2024-09-30 07:00:00Z`,
    error_codes: [code],
  },
});

export type Told = {
  /** Seconds that a token is good for; the service's usual when it is not said. */
  lifetime: number;
  /** What is answered instead of a token. */
  refuse: ((asked: Asked) => Answer | undefined) | undefined;
  /** What Graph and Exchange answer to a request; undefined: the practice tenant does. */
  service: ((request: Request, given: Given) => Response | undefined | Promise<Response | undefined>) | undefined;
  /** What the tokens say besides. */
  claims: Readonly<Record<string, unknown>>;
  /** How often a code is not entered yet when it is asked for. */
  pending: number;
};

export type World = {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly tenantId: string;
  readonly asked: Asked[];
  readonly given: Given[];
  /** Every request that left, to whichever host: method, host and path, and the token that it bore. */
  readonly left: { readonly method: string; readonly host: string; readonly path: string; readonly token: string | undefined }[];
  readonly told: Told;
  /** Under which the sign-in itself listens. */
  readonly origin: string;
  readonly fetch: Fetch;
  readonly folder: string;
  /** A token, without anybody asking for it at the sign-in. */
  readonly issue: (audience: string) => string;
  readonly moveTo: (moment: string) => Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
  readonly cli: (args: readonly string[], options?: Partial<CliOptions>) => Promise<CliResult>;
  readonly runtime: (options?: Partial<CliOptions>) => ReturnType<typeof fakeRuntime>;
  readonly close: () => Promise<void>;
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (payload: unknown): string => `${part({ alg: "RS256", typ: "JWT" })}.${part(payload)}.${randomUUID().replaceAll("-", "")}`;

const LOGIN = /^login\.|^169\.254\.|\.actions\.githubusercontent\.com$/;
const SERVICE = /^(?:dod-)?graph\.microsoft\.(?:com|us)$|^microsoftgraph\.chinacloudapi\.cn$|^outlook(?:-dod)?\.office365\.(?:com|us|cn)$/;

export const openWorld = async (fill = "small-off"): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-"));
  const base = fakeRuntime({ cwd: folder });
  const sandbox = await fillSandbox({ folder: join(folder, "sandbox"), runtime: base, fill });
  const { clock } = sandbox;
  const { tenantId } = sandbox.about;
  const asked: Asked[] = [];
  const given: Given[] = [];
  const left: World["left"] = [];
  const told: Told = { lifetime: 3_599, refuse: undefined, service: undefined, claims: {}, pending: 1 };
  const codes = new Map<string, { readonly challenge: string | null; readonly redirect: string | null; readonly nonce: string | null }>();

  const issue = (audience: string, more: Readonly<Record<string, unknown>> = {}, wanted?: string): string => {
    const isApp = !("upn" in more);
    const token = jwt({
      aud: audience,
      tid: tenantId,
      oid: OBJECT,
      appid: CLIENT,
      idtyp: isApp ? "app" : "user",
      ...(isApp ? { roles: ["Exchange.ManageAsApp"], wids: ["29232cdf-9323-42fd-ade2-1d097af3e4de"] } : { scp: "Directory.Read.All" }),
      jti: randomUUID(),
      ...more,
      ...told.claims,
    });
    given.push({ token, audience, claims: wanted === undefined ? undefined : JSON.parse(wanted), endsAt: clock.now() + told.lifetime * 1_000 });
    return token;
  };

  const tokenAnswer = (form: URLSearchParams): Answer => {
    const grant = form.get("grant_type") ?? "";
    const scope = form.get("scope") ?? "";
    const [resource = ""] = scope.split(" ").filter((each) => each.endsWith("/.default"));
    const audience = resource.replace(/\/\.default$/, "");
    const bad = (why: string): Answer => refusal(400, "invalid_request", 900144, why);
    const common = { token_type: "Bearer", expires_in: told.lifetime, ext_expires_in: told.lifetime };
    if (grant === "client_credentials") return { status: 200, body: { ...common, access_token: issue(audience, {}, form.get("claims") ?? undefined) } };
    let nonce: string | null = null;
    if (/device_code$/.test(grant) && told.pending > 0) {
      told.pending -= 1;
      return refusal(400, "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");
    }
    if (grant === "authorization_code") {
      const code = codes.get(form.get("code") ?? "");
      const proof = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      if (code === undefined || code.challenge !== proof || code.redirect !== form.get("redirect_uri"))
        return bad("the code, its proof or its address is another one");
      codes.delete(form.get("code") ?? "");
      nonce = code.nonce;
    }
    const user = { upn: ADMIN, name: "Admin" };
    return {
      status: 200,
      body: {
        ...common,
        scope: `${audience}/Directory.Read.All ${audience}/.default openid profile offline_access`,
        access_token: issue(audience, user, form.get("claims") ?? undefined),
        refresh_token: `refresh-${randomUUID()}`,
        id_token: jwt({
          aud: CLIENT,
          iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
          tid: tenantId,
          oid: OBJECT,
          sub: OBJECT,
          preferred_username: ADMIN,
          name: "Admin",
          ...(nonce !== null && { nonce }),
        }),
        client_info: part({ uid: OBJECT, utid: tenantId }),
      },
    };
  };

  /** Entra, the metadata service of a machine, and GitHub's token host, by what each documents. */
  const endpoint = (one: Asked): Answer => {
    const { method, path, host, query, form, headers } = one;
    const refused = told.refuse?.(one);
    if (refused !== undefined) return refused;
    if (path.startsWith("/metadata/identity/oauth2/token") || path.startsWith("/msi/token")) {
      const isMetadata = path.startsWith("/metadata");
      if (isMetadata ? headers.get("metadata")?.toLowerCase() !== "true" : headers.get("x-identity-header") !== "the-header-of-this-service")
        return { status: 400, body: { error: "bad_request", error_description: "a header is missing" } };
      const seconds = String(told.lifetime);
      const expires = String(Math.floor(Date.now() / 1_000) + told.lifetime);
      return {
        status: 200,
        body: {
          access_token: issue(query.get("resource") ?? ""),
          expires_in: seconds,
          expires_on: expires,
          resource: query.get("resource"),
          token_type: "Bearer",
        },
      };
    }
    if (host.endsWith(".actions.githubusercontent.com"))
      return headers.get("authorization") === `Bearer ${GITHUB_TOKEN}`
        ? {
            status: 200,
            body: {
              value: jwt({ iss: "https://token.actions.githubusercontent.com", sub: "repo:example/rollout:environment:real", aud: query.get("audience") }),
            },
          }
        : { status: 401, body: { message: "no" } };
    if (path.endsWith("/v2.0/.well-known/openid-configuration")) {
      const login = `https://${host}/${tenantId}`;
      return {
        status: 200,
        body: {
          issuer: `${login}/v2.0`,
          token_endpoint: `${login}/oauth2/v2.0/token`,
          authorization_endpoint: `${login}/oauth2/v2.0/authorize`,
          device_authorization_endpoint: `${login}/oauth2/v2.0/devicecode`,
          jwks_uri: `${login}/discovery/v2.0/keys`,
        },
      };
    }
    if (method === "POST" && path.endsWith("/oauth2/v2.0/devicecode"))
      return {
        status: 200,
        body: {
          user_code: "ABCD1234",
          device_code: `device-${randomUUID()}`,
          verification_uri: "https://microsoft.com/devicelogin",
          expires_in: 900,
          interval: 0,
          message: "To sign in, open https://microsoft.com/devicelogin and enter the code ABCD1234",
        },
      };
    if (method === "GET" && path.endsWith("/oauth2/v2.0/authorize")) {
      const code = `code-${randomUUID()}`;
      codes.set(code, { challenge: query.get("code_challenge"), redirect: query.get("redirect_uri"), nonce: query.get("nonce") });
      const back = new URL(query.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", query.get("state") ?? "");
      return { status: 302, body: {}, headers: { location: back.href } };
    }
    if (method === "POST" && path.endsWith("/oauth2/v2.0/token")) return tokenAnswer(form);
    return { status: 404, body: { error: "not_found", error_description: `${method} ${path}` } };
  };

  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    overrideGlobalObjects: false,
    fetch: async (request) => {
      const url = new URL(request.url);
      const one: Asked = {
        method: request.method,
        host: request.headers.get("x-meant-for") ?? url.host,
        path: url.pathname,
        query: url.searchParams,
        form: new URLSearchParams(request.method === "POST" ? await request.text() : ""),
        headers: request.headers,
      };
      asked.push(one);
      const { status, body, headers } = endpoint(one);
      return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
    },
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;

  const onLoopback = async (request: Request, url: URL): Promise<Response> => {
    const headers = new Headers(request.headers);
    headers.set("x-meant-for", url.host);
    const body = request.method === "GET" ? undefined : await request.text();
    const answer = await fetch(`${origin}${url.pathname}${url.search}`, {
      method: request.method,
      headers,
      redirect: "manual",
      ...(body !== undefined && { body }),
    });
    const there = answer.headers.get("location");
    // As fetch would, under the names of the hosts.
    return there === null || request.redirect === "manual" ? answer : await worldFetch(new Request(there, { redirect: request.redirect }));
  };

  const onService = async (request: Request, url: URL, token: string | undefined): Promise<Response> => {
    const own = given.find((each) => each.token === token);
    const unauthorized = (why: string): Response =>
      new Response(JSON.stringify({ error: { code: "InvalidAuthenticationToken", message: why } }), {
        status: 401,
        headers: { "content-type": "application/json", date: new Date(clock.now()).toUTCString() },
      });
    if (own === undefined || new URL(own.audience).origin !== url.origin) return unauthorized("Access token validation failure. Invalid audience.");
    if (clock.now() >= own.endsAt) return unauthorized("Lifetime validation failed, the token is expired.");
    const scripted = await told.service?.(request, own);
    if (scripted !== undefined) return scripted;
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${PRACTICE_TOKEN}`);
    return await sandbox.fetch(new Request(request, { headers }));
  };

  const worldFetch: Fetch = async (request) => {
    const url = new URL(request.url);
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
    left.push({ method: request.method, host: url.host, path: url.pathname, token });
    if (LOGIN.test(url.hostname) || url.origin === origin) return await onLoopback(request, url);
    if (SERVICE.test(url.hostname)) return await onService(request, url, token);
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }) });
  };

  const optionsWith = (options: Partial<CliOptions> = {}): CliOptions => ({
    cwd: process.cwd(),
    fetch: worldFetch,
    clock,
    ...options,
    env: { HOME: folder, ...options.env },
  });
  const control = async (to: number): Promise<void> => {
    const request = new Request("http://127.0.0.1/_practice/clock", {
      method: "POST",
      headers: { authorization: `Bearer ${PRACTICE_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ to: new Date(to).toISOString() }),
    });
    const { ok } = await sandbox.fetch(request);
    if (!ok) throw new Error("the clock did not move");
  };
  return {
    sandbox,
    clock,
    tenantId,
    asked,
    given,
    left,
    told,
    origin,
    fetch: worldFetch,
    folder,
    issue: (audience) => issue(audience),
    moveTo: (moment) => control(Date.parse(moment)),
    pass: (ms) => control(clock.now() + ms),
    cli: (args, options) => runCli(args, optionsWith(options)),
    runtime: (options) => fakeRuntime(optionsWith(options)),
    close: async () => {
      await sandbox.close();
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export const BY_SECRET = { AZURE_CLIENT_ID: CLIENT, AZURE_CLIENT_SECRET: SECRET } as const;
export const BY_GITHUB = {
  AZURE_CLIENT_ID: CLIENT,
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://run-1.actions.githubusercontent.com/idtoken?api-version=2.0",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: GITHUB_TOKEN,
} as const;
