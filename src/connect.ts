/** From `--tenant` to a tenant that can be talked to. The only place, besides the sandbox commands, that knows practice tenants. */

import { z } from "zod";
import type { ExchangeConnection } from "./exchange/client.ts";
import { Failure, usage } from "./failure.ts";
import type { Connection, RequestLine } from "./graph/client.ts";
import type { Clock, Fetch, Runtime } from "./runtime.ts";
import { tenantClock } from "./sandbox/clock.ts";
import { fills } from "./sandbox/fills/index.ts";
import {
  FillUnknown,
  fillSandbox,
  NoSandbox,
  openSandbox,
  PRACTICE_TOKEN,
  type Sandbox,
  SandboxBusy,
  SandboxDamaged,
  SandboxExists,
} from "./sandbox/sandbox.ts";
import { fillsOf, readSnapshot, rehearsalName, type Snapshot, SnapshotUnusable } from "./sandbox/snapshot.ts";
import type { Tenant, Wish } from "./tenant.ts";
import { pathsOf } from "./text-file.ts";

/** All fills are in England. */
export const PRACTICE_ZONE = "Europe/London";

const OWN_FOLDER = ".entra-rollout";

export const sandboxFolder = (runtime: Runtime): string => pathsOf(runtime).join(runtime.cwd, OWN_FOLDER, "sandbox");
export const runsFolder = (runtime: Runtime): string => pathsOf(runtime).join(runtime.cwd, OWN_FOLDER, "runs");

const EXAMPLE_FILL = "entra-rollout sandbox fill county fills one in this folder";

/** What the practice tenant refuses, as a sentence with an exit code. */
export const sandboxFailure = (error: unknown): unknown => {
  if (error instanceof NoSandbox) return usage(error.message, EXAMPLE_FILL);
  if (error instanceof SandboxExists) return usage(error.message, "--again replaces it, and forgets its runs");
  if (error instanceof FillUnknown) return usage(error.message);
  if (error instanceof SandboxBusy)
    return new Failure("unavailable", error.message, [
      "if it is being served, use it with --tenant http://127.0.0.1:PORT; otherwise wait until the other command has ended",
    ]);
  if (error instanceof SandboxDamaged) return new Failure("failed", error.message, ["entra-rollout sandbox fill county --again makes a new one"]);
  return error;
};

/** The fill that has the plan's domain; `county` when none has it or there is no plan. */
export const fillFor = (addresses: readonly string[]): string => {
  const domains = addresses.map((address) => address.slice(address.indexOf("@") + 1).toLowerCase());
  const fits = Object.entries(fills).find(([, maker]) => maker.make(undefined).tenant.verifiedDomains.some(({ name }) => domains.includes(name.toLowerCase())));
  return fits?.[0] ?? "county";
};

const aboutFill = (name: string): string => Object.entries(fills).find(([fill]) => fill === name)?.[1].about ?? "no fill of that name";

const aboutSchema = z.object({
  practice: z.literal(true),
  instance: z.string(),
  fill: z.string(),
  name: z.string(),
  tenantId: z.string(),
  now: z.iso.datetime({ offset: true }),
});
const dialsSchema = z.object({ clock: z.enum(["stored", "running"]) });
const tokenSchema = z.object({ token: z.string().min(1) });
const nowSchema = z.object({ now: z.iso.datetime({ offset: true }) });

const parsedBody = (text: string): unknown => {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

const messageOf = (body: unknown): string => {
  const parsed = z.object({ error: z.object({ message: z.string() }) }).safeParse(body);
  return parsed.success ? parsed.data.error.message : "it gave no reason";
};

const controlOf =
  (origin: string, token: string, fetch: Fetch): Tenant["control"] =>
  async (path, body, method) => {
    const request = new Request(`${origin}/_practice${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: "error",
    });
    let response: Response;
    try {
      response = await fetch(request);
    } catch (error) {
      throw new Failure("unavailable", `no practice tenant answers at ${origin}`, ["entra-rollout sandbox serve starts one and says its address"], {
        cause: error,
      });
    }
    const answer = parsedBody(await response.text());
    if (response.ok) return answer;
    if (response.status === 401)
      throw new Failure("not-permitted", `the practice tenant at ${origin} does not take this token`, [
        "set ENTRA_ROLLOUT_TOKEN to the token that sandbox serve printed",
      ]);
    if (response.status === 400) throw usage(messageOf(answer));
    throw new Failure("unavailable", `${origin} is no practice tenant, or not well: ${response.status}`, [
      "--tenant takes the address that sandbox serve printed",
    ]);
  };

const requestText = ({ method, path, status, ms }: RequestLine): string => `${method} ${path} ${status === 0 ? "no answer" : status} ${Math.round(ms)} ms`;

/**
 * A practice tenant gives out tokens that say what was granted, as the service does. Its own token opens it as well, and does where it gives
 * out none: it is one of an earlier version, or not well, which is told by whatever is asked of it next.
 */
const issuedBy = (control: Tenant["control"], own: string, resource: "graph" | "exchange"): Connection["getToken"] => {
  const ask = async (): Promise<string> => {
    const issued = tokenSchema.safeParse(
      await control(`/token?resource=${resource}`).catch((error: unknown) => {
        if (error instanceof Failure) return undefined;
        throw error;
      }),
    );
    return issued.success ? issued.data.token : own;
  };
  let asked: Promise<string> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
};

const connectionOf = (
  runtime: Runtime,
  origin: string,
  getToken: Connection["getToken"],
  fetch: Fetch,
  clock: Clock,
  log: ((line: string) => void) | undefined,
): Connection => ({
  origin,
  getToken,
  fetch,
  clock,
  uuid: runtime.uuid,
  signal: runtime.signal,
  practice: true,
  ...(log !== undefined && { onRequest: (line) => log(requestText(line)) }),
});

/** As an application signs in: on a mailbox of the service's own, which every tenant has. Exchange facts, section 3. */
const anchorOf = (tenant: string): string => `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${tenant}`;

/** @param getToken for Exchange; the connection's own where that opens both */
export const exchangeOf = (
  { origin, getToken: own, fetch, clock, uuid, signal, onRequest }: Connection,
  tenant: string,
  getToken = own,
): ExchangeConnection => ({
  origin,
  tenant,
  anchor: anchorOf(tenant),
  getToken,
  fetch,
  clock,
  uuid,
  signal,
  ...(onRequest !== undefined && { onRequest }),
});

const inProcess = (sandbox: Sandbox, runtime: Runtime, log: ((line: string) => void) | undefined, stateFolder = runsFolder(runtime)): Tenant => {
  const origin = "http://127.0.0.1";
  const control = controlOf(origin, PRACTICE_TOKEN, sandbox.fetch);
  const connection = connectionOf(runtime, origin, issuedBy(control, PRACTICE_TOKEN, "graph"), sandbox.fetch, sandbox.clock, log);
  return {
    connection,
    exchange: exchangeOf(connection, sandbox.about.tenantId, issuedBy(control, PRACTICE_TOKEN, "exchange")),
    clock: sandbox.clock,
    name: sandbox.about.name,
    fill: sandbox.about.fill,
    tenantId: sandbox.about.tenantId,
    zone: PRACTICE_ZONE,
    stateFolder,
    control,
    moveClockTo: async (to) => {
      await control("/clock", { to: new Date(to).toISOString() });
    },
    clockAheadMs: () => undefined,
    mayWrite: () => undefined,
    close: sandbox.close,
  };
};

/** The clock of a served practice tenant lives there; this one is set by it and moves it along. */
const served = async (origin: string, token: string, runtime: Runtime, log: ((line: string) => void) | undefined): Promise<Tenant> => {
  const control = controlOf(origin, token, runtime.fetch);
  const about = aboutSchema.safeParse(await control(""));
  if (!about.success) throw usage(`what answers at ${origin} is no practice tenant`, "--tenant takes the address that sandbox serve printed");
  const { instance, fill, name, tenantId, now } = about.data;
  const dials = dialsSchema.safeParse(await control("/dials"));
  const clock = tenantClock(Date.parse(now), runtime.clock, async () => {
    const wanted = clock.now();
    // Somebody else may have moved it on meanwhile: then that is what time it is.
    const isLater = async (): Promise<boolean> => {
      const there = Date.parse(nowSchema.parse(await control("")).now);
      if (there >= wanted) clock.restore(there);
      return there >= wanted;
    };
    if (await isLater()) return;
    try {
      await control("/clock", { to: new Date(wanted).toISOString() });
    } catch (error) {
      // It moves forward only, and may have done so between the question and this.
      if (!(await isLater())) throw error;
    }
  });
  clock.run(dials.success && dials.data.clock === "running");
  const connection = connectionOf(runtime, origin, issuedBy(control, token, "graph"), runtime.fetch, clock, log);
  return {
    connection,
    exchange: exchangeOf(connection, tenantId, issuedBy(control, token, "exchange")),
    clock,
    name,
    fill,
    tenantId,
    zone: PRACTICE_ZONE,
    stateFolder: pathsOf(runtime).join(runtime.cwd, OWN_FOLDER, `served-${instance.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-")}`),
    control,
    moveClockTo: clock.moveTo,
    clockAheadMs: () => undefined,
    mayWrite: () => undefined,
    close: async () => {},
  };
};

/** @throws Failure (usage) for everything that is no address of a practice tenant on this machine. */
const servedOrigin = (where: string): string => {
  const url = URL.canParse(where) ? new URL(where) : undefined;
  const loopback = url !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url?.protocol !== "http:" || !loopback || url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw usage(
      `--tenant ${where}: only practice tenants on this machine are served, as http://127.0.0.1:PORT`,
      "entra-rollout sandbox serve starts one and says its address",
    );
  }
  return url.origin;
};

const isFile = async (path: string, runtime: Runtime): Promise<boolean> => (await runtime.files.size(path)) !== undefined;

/** Words that are meant as a file and not as a domain or an id, also where there is no such file. */
const looksLikeFile = (where: string): boolean => /[/\\]/.test(where) || /\.(?:jsonl?|gz)$/i.test(where);

const snapshotIn = async (path: string, runtime: Runtime): Promise<Snapshot> => {
  try {
    return await readSnapshot(runtime.files, path);
  } catch (error) {
    if (error instanceof SnapshotUnusable) throw usage(error.message, "entra-rollout snapshot FILE writes one");
    if (error instanceof Error && "code" in error && error.code === "EISDIR") throw usage(`--tenant ${path}: it is a folder`);
    throw error;
  }
};

/** What is rehearsed on a snapshot is kept beside the practice tenant, by the file and what it says, so that the next command goes on. */
const rehearsed = async (path: string, runtime: Runtime, wish: Wish): Promise<Tenant> => {
  const snapshot = await snapshotIn(path, runtime);
  const paths = pathsOf(runtime);
  const own = paths.join(runtime.cwd, OWN_FOLDER, "snapshots", rehearsalName(path, snapshot));
  const where = { folder: paths.join(own, "sandbox"), runtime, fills: fillsOf(snapshot) };
  try {
    return inProcess(await openSandbox(where), runtime, wish.log, paths.join(own, "runs"));
  } catch (error) {
    if (!(error instanceof NoSandbox)) throw sandboxFailure(error);
  }
  try {
    const sandbox = await fillSandbox({ ...where, fill: snapshot.fill.name });
    wish.say(`a rehearsal on ${path} begins; what is done is kept in ${own}, and the file stays as it is`);
    return inProcess(sandbox, runtime, wish.log, paths.join(own, "runs"));
  } catch (error) {
    throw sandboxFailure(error);
  }
};

/** What `--tenant` says, or ENTRA_ROLLOUT_TENANT where it says nothing. */
export const tenantWord = (tenant: string | undefined, { env }: Pick<Runtime, "env">): string | undefined => {
  const usual = env["ENTRA_ROLLOUT_TENANT"] ?? "";
  return tenant ?? (usual === "" ? undefined : usual);
};

/** Whether it names neither a practice tenant nor a file. */
export const isRealTenant = async (tenant: string | undefined, runtime: Runtime): Promise<boolean> => {
  const word = tenantWord(tenant, runtime);
  if (word === undefined || word === "sandbox" || /^https?:/i.test(word) || looksLikeFile(word)) return false;
  return !(await isFile(pathsOf(runtime).resolve(runtime.cwd, word), runtime));
};

/** @throws Failure when there is no such tenant, or nobody can sign in to it. */
export const connect = async (wish: Wish, runtime: Runtime): Promise<Tenant> => {
  const { addresses, say, log } = wish;
  const tenant = tenantWord(wish.tenant, runtime);
  if (tenant !== undefined && /^https?:/i.test(tenant)) {
    const origin = servedOrigin(tenant);
    const token = runtime.env.ENTRA_ROLLOUT_TOKEN;
    if (token === undefined || token === "") throw usage("ENTRA_ROLLOUT_TOKEN is not set", "set it to the token that sandbox serve printed");
    return await served(origin, token, runtime, log);
  }
  if (tenant !== undefined && tenant !== "sandbox") {
    const path = pathsOf(runtime).resolve(runtime.cwd, tenant);
    if (await isFile(path, runtime)) return await rehearsed(path, runtime, wish);
    if (looksLikeFile(tenant)) throw usage(`--tenant ${tenant}: there is no such file`, "entra-rollout snapshot FILE writes one");
    return await (await import("./real-tenant.ts")).realTenant(tenant, wish, runtime);
  }
  if (tenant === undefined) say("no tenant is configured: this is the practice tenant in this folder");
  const folder = sandboxFolder(runtime);
  try {
    return inProcess(await openSandbox({ folder, runtime }), runtime, log);
  } catch (error) {
    if (!(error instanceof NoSandbox) || addresses === undefined) throw sandboxFailure(error);
  }
  const fill = fillFor(addresses);
  say(`there was none yet: filled with ${fill} (${aboutFill(fill)})`);
  try {
    return inProcess(await fillSandbox({ folder, runtime, fill }), runtime, log);
  } catch (error) {
    throw sandboxFailure(error);
  }
};
