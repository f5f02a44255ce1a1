/** A real tenant: signed in to, known to be the one that is meant, and by the machine's clock. */

import { Failure, usage } from "./failure.ts";
import { type Connection, createClient } from "./graph/client.ts";
import { whichTenant } from "./graph/surroundings.ts";
import { isTenantId, type SignIn, signIn } from "./identity/sign-in.ts";
import type { Fetch, Runtime } from "./runtime.ts";
import type { Tenant, Wish } from "./tenant.ts";
import { pathsOf } from "./text-file.ts";
import { claimsOf, type TokenClaims } from "./token-claims.ts";

/** Further apart than this, and phases would begin at the wrong minute. */
const MOST_APART_MS = 60_000;

/**
 * The user's own folder for what programs keep: XDG_STATE_HOME or ~/.local/state, %LOCALAPPDATA% on Windows.
 *
 * @throws Failure (usage) where the environment names none
 * @see XDG Base Directory Specification: a path that is not absolute is to be ignored
 */
export const stateHome = (runtime: Pick<Runtime, "env" | "platform">): string => {
  const paths = pathsOf(runtime);
  const named = (name: string): string | undefined => {
    const value = runtime.env[name] ?? "";
    return paths.isAbsolute(value) ? value : undefined;
  };
  if (runtime.platform === "win32") {
    const profile = named("USERPROFILE");
    const local = named("LOCALAPPDATA") ?? (profile === undefined ? undefined : paths.join(profile, "AppData", "Local"));
    if (local !== undefined) return paths.join(local, "entra-rollout");
    throw usage("LOCALAPPDATA is not set, so that there is no folder in which runs could be kept", "--state FOLDER names one");
  }
  const home = named("HOME");
  const state = named("XDG_STATE_HOME") ?? (home === undefined ? undefined : paths.join(home, ".local", "state"));
  if (state !== undefined) return paths.join(state, "entra-rollout");
  throw usage("neither XDG_STATE_HOME nor HOME is set, so that there is no folder in which runs could be kept", "--state FOLDER names one");
};

const minutes = (ms: number): string => {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
};

const apart = (aheadMs: number): string => `this machine's clock is ${minutes(aheadMs)} ${aheadMs > 0 ? "ahead of" : "behind"} the service's`;

type Watch = {
  readonly fetch: Fetch;
  /** How far this machine's clock is ahead, by the last answer that told the time. */
  readonly aheadMs: () => number | undefined;
};

/** Holds each answer's `Date`, which is exact to a second, against the machine's clock. */
const watched = (runtime: Runtime, say: (line: string) => void): Watch => {
  let aheadMs: number | undefined;
  let told = false;
  return {
    aheadMs: () => aheadMs,
    fetch: async (request) => {
      const response = await runtime.fetch(request);
      const there = Date.parse(response.headers.get("date") ?? "");
      if (Number.isNaN(there)) return response;
      aheadMs = runtime.clock.now() - there;
      if (Math.abs(aheadMs) > MOST_APART_MS && !told) {
        told = true;
        say(`${apart(aheadMs)}: what is due is reckoned by this machine's, and nothing is written until it is set right`);
      }
      return response;
    },
  };
};

const otherTenant = (wanted: string, is: string): Failure =>
  usage(`this sign-in is for the tenant ${is}, and ${wanted} is meant`, "nothing was read or written: sign in to the other one, or say --tenant for this one");

const checkClaims = (claims: TokenClaims | undefined, tenantId: string): void => {
  if (claims !== undefined && claims.tenantId !== tenantId) throw otherTenant(tenantId, claims.tenantId);
};

/** As the tenant's name is not known yet when this can go wrong, its id stands for it. */
const checkAddresses = (addresses: readonly string[], domains: readonly string[], name: string): void => {
  const strange = addresses.filter((address) => !domains.includes(address.slice(address.lastIndexOf("@") + 1).toLowerCase()));
  if (strange.length === 0) return;
  throw new Failure(
    "bad-plan",
    `this plan is not for ${name}: ${strange.join(" and ")}, ${strange.length === 1 ? "its emergency account, is" : "its emergency accounts, are"} of no domain of that tenant`,
    [
      `its domains are ${domains.slice(0, 6).join(", ")}${domains.length > 6 ? ` and ${domains.length - 6} more` : ""}`,
      "nothing was written: is it the right plan, and the right --tenant?",
    ],
  );
};

/** Of somebody who signed in, their own mailbox; an application signs in on a mailbox of the service's own. Exchange facts, section 3. */
const anchorFor = (claims: TokenClaims | undefined, tenantId: string): string =>
  claims?.userPrincipalName === undefined ? `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${tenantId}` : `UPN:${claims.userPrincipalName}`;

const onlyPractice = (what: string): Failure =>
  usage(
    `${what} is for practice tenants`,
    "a real tenant's clock cannot be moved: --tenant sandbox is the practice tenant in this folder, FILE a snapshot to rehearse on",
  );

const machineZone = (): string => new Intl.DateTimeFormat("en-GB").resolvedOptions().timeZone;

/** @throws Failure when nobody can sign in, or it is another tenant than the one that is meant. */
export const realTenant = async (tenant: string, wish: Wish, runtime: Runtime): Promise<Tenant> => {
  const { say, log, addresses } = wish;
  const lineOf = ({ method, path, status, ms }: { readonly method: string; readonly path: string; readonly status: number; readonly ms: number }): string =>
    `${method} ${path} ${status === 0 ? "no answer" : status} ${Math.round(ms)} ms`;
  const own: SignIn = signIn({
    tenant,
    wish: wish.signIn ?? {},
    runtime,
    home: () => stateHome(runtime),
    onRequest: log === undefined ? undefined : (line) => log(lineOf(line)),
  });
  say(`${tenant}: signing in with ${own.source}`);
  const tenantId = await own.tenantId();
  const claims = claimsOf(await own.graphToken());
  checkClaims(claims, tenantId);
  const other = (runtime.env["AZURE_TENANT_ID"] ?? "").toLowerCase();
  if (isTenantId(other) && other !== tenantId) throw otherTenant(other, tenantId);

  const watch = watched(runtime, say);
  const shared = { fetch: watch.fetch, clock: runtime.clock, uuid: runtime.uuid, signal: runtime.signal };
  const onRequest = log === undefined ? {} : { onRequest: (line: Parameters<typeof lineOf>[0]) => log(lineOf(line)) };
  const connection: Connection = { ...shared, ...onRequest, origin: own.cloud.graph, getToken: own.graphToken, practice: false };
  const organization = await whichTenant(createClient(connection));
  if (organization.id !== tenantId) throw otherTenant(tenantId, organization.id);
  if (!isTenantId(tenant.toLowerCase()) && !organization.domains.includes(tenant.toLowerCase())) throw otherTenant(tenant, organization.name);
  if (addresses !== undefined) checkAddresses(addresses, organization.domains, organization.name);

  return {
    connection,
    exchange: { ...shared, ...onRequest, origin: own.cloud.exchange, tenant: tenantId, anchor: anchorFor(claims, tenantId), getToken: own.exchangeToken },
    clock: runtime.clock,
    name: organization.name,
    fill: undefined,
    tenantId,
    zone: machineZone(),
    // Asked for where --state names no other.
    get stateFolder() {
      return pathsOf(runtime).join(stateHome(runtime), tenantId);
    },
    signIn: own,
    clockAheadMs: watch.aheadMs,
    mayWrite: () => {
      const aheadMs = watch.aheadMs();
      if (aheadMs === undefined || Math.abs(aheadMs) <= MOST_APART_MS) return;
      throw new Failure("failed", `${apart(aheadMs)}, so nothing is written: phases would begin at the wrong time`, [
        "set the machine's clock right (timedatectl, or w32tm /resync on Windows), then run the same command again",
      ]);
    },
    control: () => Promise.reject(onlyPractice("this command")),
    moveClockTo: () => Promise.reject(onlyPractice("--as-of with apply")),
    close: async () => {},
  };
};
