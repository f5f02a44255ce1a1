/** Opening, filling and closing a practice tenant in a folder. */

import { join } from "node:path";
import type { Clock, Fetch, Runtime } from "../runtime.ts";
import { createApp, LOST } from "./app.ts";
import { tenantClock } from "./clock.ts";
import { type Dials, dialsSchema } from "./dials.ts";
import { createDispatch } from "./dispatch.ts";
import { createExchange } from "./exchange/serve.ts";
import type { Fill, Fills } from "./fill.ts";
import { fills as allFills } from "./fills/index.ts";
import { takeLock } from "./lock.ts";
import { appendingLog, createLog, readLog } from "./log.ts";
import { type About, createPractice } from "./practice.ts";
import { openRequestLog } from "./requests.ts";
import { guidFrom, Store } from "./store.ts";

export { SandboxBusy } from "./lock.ts";
export { SandboxDamaged } from "./log.ts";

/** The token of a practice tenant in the process. */
export const PRACTICE_TOKEN = "practice";

export type Sandbox = {
  /** The tenant behind the token `practice`. Rejects with a TypeError when a fault drops the connection. */
  readonly fetch: Fetch;
  /** The same tenant behind another token. */
  readonly fetchAs: (token: string) => Fetch;
  /** The tenant's own: a sleep moves it forward and ends at once. */
  readonly clock: Clock;
  readonly about: About;
  /** Writes out what is left and lets others open it. */
  readonly close: () => Promise<void>;
};

/** The connection was lost, as `fetch` says it. */
export class LostConnection extends TypeError {
  constructor() {
    super("fetch failed", { cause: Object.assign(new Error("the connection was lost"), { code: "ECONNRESET" }) });
  }
}

/** There is no practice tenant in the folder. */
export class NoSandbox extends Error {
  constructor(folder: string) {
    super(`there is no practice tenant in ${folder}`);
    this.name = "NoSandbox";
  }
}

/** There is one already, and it was not said that it may be replaced. */
export class SandboxExists extends Error {
  constructor(folder: string) {
    super(`there is a practice tenant in ${folder} already`);
    this.name = "SandboxExists";
  }
}

/** No fill has that name, or it cannot have that many accounts. */
export class FillUnknown extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FillUnknown";
  }
}

const TENANT_FILE = "tenant.jsonl";
const REQUESTS_FILE = "requests.jsonl";
const LOCK_FILE = "owner.lock";

export type OpenOptions = {
  readonly folder: string;
  readonly runtime: Runtime;
  /** The fills that there are; those of `fills/` when missing. */
  readonly fills?: Fills;
};

export type FillOptions = OpenOptions & {
  /** Name of a fill. */
  readonly fill: string;
  readonly accounts?: number;
  /** Those that differ from the usual ones. */
  readonly dials?: Partial<Dials>;
  /** Whether a practice tenant that is there already may go. */
  readonly replace?: boolean;
};

/** What a maker made last: a fill is the same every time, and nothing in it changes. */
const lastMade = new WeakMap<object, { readonly accounts: number | undefined; readonly fill: Fill }>();

const fillNamed = (fills: Fills, name: string, accounts: number | undefined): Fill => {
  const maker = Object.hasOwn(fills, name) ? fills[name] : undefined;
  if (maker === undefined) throw new FillUnknown(`no fill is called ${JSON.stringify(name)}; there are ${Object.keys(fills).sort().join(", ")}`);
  const last = lastMade.get(maker);
  if (last !== undefined && last.accounts === accounts) return last.fill;
  try {
    const fill = maker.make(accounts);
    lastMade.set(maker, { accounts, fill });
    return fill;
  } catch (error) {
    if (error instanceof RangeError) throw new FillUnknown(error.message);
    throw error;
  }
};

const isThere = async (runtime: Runtime, path: string): Promise<boolean> => (await runtime.files.size(path)) !== undefined;

/**
 * Opens the practice tenant that is in a folder.
 * @throws NoSandbox, SandboxBusy while another process has it open, SandboxDamaged
 */
export const openSandbox = async (options: OpenOptions): Promise<Sandbox> => {
  const { folder, runtime } = options;
  if (!(await isThere(runtime, join(folder, TENANT_FILE)))) throw new NoSandbox(folder);
  const release = await takeLock(runtime, join(folder, LOCK_FILE));
  try {
    return await opened(options, release);
  } catch (error) {
    await release();
    throw error;
  }
};

/**
 * Makes a practice tenant in a folder and opens it.
 * @throws SandboxExists, SandboxBusy, FillUnknown
 */
export const fillSandbox = async (options: FillOptions): Promise<Sandbox> => {
  const { folder, runtime } = options;
  const fill = fillNamed(options.fills ?? allFills, options.fill, options.accounts);
  await runtime.files.makeFolder(folder);
  const release = await takeLock(runtime, join(folder, LOCK_FILE));
  try {
    const path = join(folder, TENANT_FILE);
    if (options.replace !== true && (await isThere(runtime, path))) throw new SandboxExists(folder);
    if (await isThere(runtime, join(folder, REQUESTS_FILE))) await runtime.files.remove(join(folder, REQUESTS_FILE));
    await createLog(runtime.files, path, { instance: runtime.uuid(), fill: options.fill, accounts: options.accounts ?? null });
    if (options.dials !== undefined) {
      const log = appendingLog(runtime.files, path);
      log.record({ at: fill.startsAt, changes: [{ type: "dials", dials: dialsSchema.parse(options.dials) }] });
      await log.flush();
    }
    return await opened(options, release);
  } catch (error) {
    await release();
    throw error;
  }
};

const opened = async ({ folder, runtime, fills = allFills }: OpenOptions, release: () => Promise<void>): Promise<Sandbox> => {
  const path = join(folder, TENANT_FILE);
  const { header, entries, mended } = await readLog(runtime.files, path);
  // A write whose line was cut short was never answered.
  if (mended !== undefined) await runtime.files.write(path, mended);
  const fill = fillNamed(fills, header.fill, header.accounts ?? undefined);
  const log = appendingLog(runtime.files, path);
  const requests = await openRequestLog(runtime.files, join(folder, REQUESTS_FILE));
  const keepClock = async (): Promise<void> => {
    log.recordClock(clock.now());
    await log.flush();
  };
  const clock = tenantClock(fill.startsAt, runtime.clock, keepClock);
  const store = new Store(fill, clock, log.record);
  for (const entry of entries) {
    clock.restore(entry.at);
    store.apply(entry);
  }
  clock.run(store.dials.clock === "running");

  const about: About = { instance: header.instance, fill: fill.name, name: fill.tenant.displayName, tenantId: fill.tenant.id };
  const dispatcher = createDispatch(store, clock);
  const practice = createPractice(about, store, clock, requests);
  let answered = requests.count();
  const nextRequestId = (): string => {
    answered += 1;
    return guidFrom(`${fill.seed} request ${answered}`);
  };
  let closed: Promise<void> | undefined;

  const fetchAs = (token: string): Fetch => {
    const app = createApp({
      token,
      now: clock.now,
      date: () => clock.now() + store.dials.dateAheadMs,
      dispatcher,
      exchange: createExchange(store),
      practice,
      requests,
      flush: log.flush,
      nextRequestId,
    });
    return async (request) => {
      request.signal.throwIfAborted();
      if (closed !== undefined) throw new Error("the practice tenant is closed");
      const response = await app.fetch(request);
      if (response.headers.has(LOST)) throw new LostConnection();
      return response;
    };
  };
  const finish = async (): Promise<void> => {
    try {
      if (store.dials.clock === "running") log.recordClock(clock.now());
      await log.flush();
      await requests.close();
    } finally {
      await release();
    }
  };

  return {
    fetch: fetchAs(PRACTICE_TOKEN),
    fetchAs,
    clock: { now: clock.now, sleep: clock.sleep },
    about,
    close: () => {
      closed ??= finish();
      return closed;
    },
  };
};
