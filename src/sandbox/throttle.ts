/**
 * The service's limits on the tenant's clock (throttling-limits): resource units for the directory, one call a second for
 * conditional access, five in ten seconds for reports. A refused call counts, too.
 */

import type { Instant } from "../runtime.ts";
import type { Bucket, Route } from "./context.ts";
import type { Query } from "./odata.ts";
import { Refusal } from "./refusal.ts";
import { guidFrom, type Store } from "./store.ts";

type Window = { startedAt: Instant; used: number };

export type Throttle = {
  /**
   * Counts a call.
   * @returns headers for its answer
   * @throws Refusal 429
   */
  readonly take: (route: Route, query: Query) => Readonly<Record<string, string>>;
};

const DIRECTORY_MS = 10_000;
const WRITES_MS = 150_000;
const WRITES_MOST = 3_000;
/** As CSV, an application in a tenant. */
const USAGE_MS = 600_000;
const USAGE_MOST = 14;

const unitsFor = (users: number): number => {
  if (users < 50) return 3_500;
  return users <= 500 ? 5_000 : 8_000;
};

const costOf = (route: Route, query: Query): number => {
  if (route.method !== "GET") return 1;
  const top = query.get("top");
  const cost = (route.units ?? 1) - (query.has("select") ? 1 : 0) + (query.has("expand") ? 1 : 0) - (top !== undefined && Number(top) < 20 ? 1 : 0);
  return Math.max(1, cost);
};

const tooMany = (headers: Readonly<Record<string, string>>): Refusal =>
  new Refusal(429, "TooManyRequests", "Too many requests. Please slow down.", { headers });

export const createThrottle = (store: Store): Throttle => {
  const windows = new Map<string, Window>();
  const appId = guidFrom(`${store.fill.seed} application`);

  /** @returns what is used with this call, and how long until the window starts anew */
  const use = (name: string, ms: number, amount: number): { readonly used: number; readonly restMs: number } => {
    const { now } = store;
    const found = windows.get(name);
    const window = found !== undefined && now - found.startedAt < ms ? found : { startedAt: now, used: 0 };
    window.used += amount;
    windows.set(name, window);
    return { used: window.used, restMs: window.startedAt + ms - now };
  };
  const slowDown = (restMs: number, kind: "ReadWrite" | "Write", information: string): Readonly<Record<string, string>> => ({
    "Retry-After": String(Math.max(1, Math.ceil(restMs / 1000))),
    "x-ms-throttle-scope": `Tenant_Application/${kind}/${appId}/${store.fill.tenant.id}`,
    "x-ms-throttle-information": information,
  });
  const takers: Readonly<Record<Bucket, Throttle["take"]>> = {
    directory: (route, query) => {
      const cost = costOf(route, query);
      const most = unitsFor(store.fill.accounts);
      if (route.method !== "GET") {
        const writes = use("writes", WRITES_MS, 1);
        if (writes.used > WRITES_MOST) throw tooMany(slowDown(writes.restMs, "Write", "WriteLimitExceeded"));
      }
      const units = use("directory", DIRECTORY_MS, cost);
      const share = units.used / most;
      const percentage: Record<string, string> = share > 0.8 ? { "x-ms-throttle-limit-percentage": Math.min(share, 1.8).toFixed(1) } : {};
      if (share > 1) throw tooMany({ ...slowDown(units.restMs, "ReadWrite", "ResourceUnitLimitExceeded"), ...percentage });
      return { "x-ms-resource-unit": String(cost), ...percentage };
    },
    // No Retry-After here: the service gives none.
    conditionalAccess: () => {
      if (use("conditionalAccess", 1_000, 1).used > 1) throw tooMany({});
      return {};
    },
    // Whether the service gives a Retry-After is not stated: without one, a client has to cope on its own.
    reports: () => {
      if (use("reports", 10_000, 1).used > 5) throw tooMany({});
      return {};
    },
    // Each report is counted by itself.
    usageReports: (route) => {
      if (use(`usage ${route.path}`, USAGE_MS, 1).used > USAGE_MOST) throw tooMany({});
      return {};
    },
    // Ten thousand in ten minutes for each mailbox, of which nobody here asks one more than a few times.
    outlook: () => ({}),
  };
  return { take: (route, query) => (store.dials.throttling === "off" ? {} : takers[route.bucket](route, query)) };
};
