/**
 * One random world from plan text to written tenant, along the way that `apply --yes` takes: the real loader, reads, guards, steps and
 * client chain, over the practice tenant's `fetch`. After each single write the tenant's own evaluator is asked who can still sign in.
 */

import { carryOut } from "../../src/carry-out.ts";
import { exchangeOf } from "../../src/connect.ts";
import { ALLOWABLE, isStopping } from "../../src/core/allowances.ts";
import { appearedChanges } from "../../src/core/managed-policies.ts";
import { orderSteps } from "../../src/core/steps.ts";
import { createGateway } from "../../src/gateway.ts";
import { createClient } from "../../src/graph/client.ts";
import type { Fetch, Runtime } from "../../src/runtime.ts";
import { type Session, survey, toApply } from "../../src/session.ts";
import { openState } from "../../src/state.ts";
import { testRuntime } from "../sandbox/support.ts";
import { type MemoryTenant, memoryTenantOf, ORIGIN, TOKEN } from "./lock-out-tenant.ts";
import { EMERGENCY, firstDay, loaded, planText, type World } from "./lock-out-world.ts";

/** What came of a world. `broken`: after which write who could no longer sign in; never to be there. */
export type Outcome = {
  readonly type: "applied" | "stopped" | "nothing due";
  /** The guards that held something back, each once. */
  readonly stopping: readonly string[];
  readonly writes: number;
  readonly broken?: string;
};

const GRAPH = "00000003-0000-0000-c000-000000000000";

/** What somebody has to reach to mend a tenant. */
const DOORS = [
  { app: "entra admin", client: "browser" },
  { app: GRAPH, client: "mobile-and-desktop" },
] as const;

/** In no network of any world: where the service cannot tell the country, where a policy may expect people to be, and where it may not. */
const PLACES = [{ address: "203.0.113.77" }, { address: "203.0.113.77", country: "GB" }, { address: "2001:db8:ffff::1", country: "AQ" }] as const;

type Place = { readonly address: string; readonly country?: string };

/** Why the account cannot get in; undefined when it can, with what it has registered today. */
const keptOut = (tenant: MemoryTenant, account: string, places: readonly Place[] = PLACES): string | undefined => {
  for (const door of DOORS) {
    for (const place of places) {
      const { outcome, why } = tenant.signIn({ account, ...door, ...place, platform: "windows" });
      if (outcome !== "asked" && outcome !== "let in") return `${account} ${String(outcome)} at ${door.app} from ${JSON.stringify(place)}: ${String(why)}`;
    }
  }
  return undefined;
};

/** Who holds the role, directly or through a group that may hold it. */
const administratorsOf = ({ people, groups }: World): readonly string[] => {
  const held = new Set(people.filter(({ isAdministrator }) => isAdministrator).map(({ address }) => address));
  const waiting = groups.filter(({ isAdministrator }) => isAdministrator).flatMap(({ members }) => members);
  const seen = new Set<string>();
  for (let member = waiting.pop(); member !== undefined; member = waiting.pop()) {
    if (seen.has(member)) continue;
    seen.add(member);
    if (member.includes("@")) held.add(member);
    waiting.push(...(groups.find(({ name }) => name === member)?.members ?? []));
  }
  return people.map(({ address }) => address).filter((address) => held.has(address));
};

/** An account that stands although the school's own servers, and those it trusts, do not. */
const standsAlone = ({ people, federated }: World, address: string): boolean => {
  const person = people.find((each) => each.address === address);
  return person !== undefined && !person.synced && !federated.includes(address.slice(address.indexOf("@") + 1));
};

/** Why the tenant is lost; undefined when two administrators, one an emergency account, get in. */
const lockedOut = (world: World, tenant: MemoryTenant): string | undefined => {
  const out: string[] = [];
  const holders = administratorsOf(world);
  const emergency = EMERGENCY.filter((address) => holders.includes(address) && standsAlone(world, address));
  let inside = 0;
  let byEmergency = 0;
  for (const account of [...emergency, ...holders.filter((address) => !EMERGENCY.includes(address))]) {
    const because = keptOut(tenant, account);
    if (because === undefined) {
      inside += 1;
      byEmergency += emergency.includes(account) ? 1 : 0;
      if (inside >= 2 && byEmergency >= 1) return undefined;
    } else out.push(because);
  }
  return `${inside} administrators get in, ${byEmergency} of them emergency accounts: ${out.join(" | ")}`;
};

/** Whoever works with the tool may do so in a network alone, and not every day from elsewhere. */
const operatorKeptOut = (world: World, tenant: MemoryTenant, operator: string): string | undefined => {
  const inside = world.places.flatMap(({ ranges: [range] }) => (range === undefined ? [] : [{ address: range.replace(/0?\/.*/, "1"), country: "GB" }]));
  const because = [...PLACES, ...inside].map((place) => keptOut(tenant, operator, [place]));
  return because.includes(undefined) ? undefined : `the operator: ${because[0]}`;
};

type Batch = { readonly requests: readonly { readonly method: string; readonly url: string }[] };

/** Everything in a request that is no read, the parts of a batch by themselves. */
export const writesIn = async (request: Request): Promise<readonly string[]> => {
  const { method, url } = request;
  if (method === "GET") return [];
  const { pathname } = new URL(url);
  if (!pathname.endsWith("/$batch")) return [`${method} ${pathname}`];
  const { requests } = (await request.clone().json()) as Batch;
  return requests.filter((part) => part.method !== "GET").map((part) => `${part.method} ${part.url}`);
};

const sessionOn = ({ clock, moveClockTo }: MemoryTenant, fetch: Fetch, runtime: Runtime): Session => {
  const connection = { origin: ORIGIN, getToken: async () => TOKEN, fetch, clock, uuid: runtime.uuid, signal: runtime.signal, practice: true };
  const none = async (): Promise<void> => undefined;
  return {
    tenant: {
      connection,
      exchange: exchangeOf(connection, "law"),
      clock,
      name: "School",
      fill: "law",
      tenantId: "law",
      zone: "Europe/London",
      stateFolder: "runs",
      control: none,
      moveClockTo,
      clockAheadMs: () => undefined,
      mayWrite: () => undefined,
      close: none,
    },
    gateway: createGateway(connection, exchangeOf(connection, "law")),
    client: createClient(connection),
    state: openState("runs", runtime),
    progress: { tell: () => undefined, end: () => undefined },
    close: none,
  };
};

export const outcomeOf = async (world: World): Promise<Outcome> => {
  const plan = loaded(world);
  if (plan === undefined) throw new Error(`the loader has something against\n${planText(world)}`);
  const runtime = testRuntime();
  const tenant = memoryTenantOf(world);
  // Who was shut out before is not shut out by us.
  const operator = world.operator !== null && operatorKeptOut(world, tenant, world.operator) === undefined ? world.operator : undefined;
  const written: string[] = [];
  let broken: string | undefined;
  const fetch: Fetch = async (request) => {
    const writes = await writesIn(request);
    const response = await tenant.fetch(request);
    if (writes.length === 0) return response;
    written.push(...writes.map((write) => `${write} ${response.status}`));
    if (broken === undefined) {
      const lost = lockedOut(world, tenant) ?? (operator === undefined ? undefined : operatorKeptOut(world, tenant, operator));
      if (lost !== undefined) broken = `after ${written.join(", ")}: ${lost}`;
    }
    return response;
  };
  const session = sessionOn(tenant, fetch, runtime);
  const stopping = new Set<string>();
  let changed = false;
  for (const minutes of world.moments) {
    const moment = firstDay(world) + minutes * 60_000;
    await tenant.moveClockTo(moment);
    const allow = world.lenient ? ALLOWABLE.map((guard) => ({ guard, count: 1_000 })) : [];
    const seen = await survey(session, { plan, moment, phase: undefined, stage: world.stage, prune: false, allow, attended: true }, { log: false });
    for (const { guard } of seen.findings.filter(isStopping)) stopping.add(guard);
    changed ||= seen.diff.changes.length > 0;
    const changes = toApply(seen);
    if (changes.length === 0) continue;
    await carryOut(
      {
        plan: { id: plan.id, name: plan.name, file: plan.file },
        moment,
        hash: seen.diff.hash,
        phases: [],
        allowed: [],
        steps: orderSteps({ ...seen.diff, changes }, seen.desired.defaults),
        observed: seen.observed,
        settled: [],
        leaveOut: new Map(),
        appeared: (policies) =>
          orderSteps({ ...seen.diff, changes: appearedChanges(plan, policies).filter(({ key }) => !changes.some((each) => each.key === key)) }).map((step) => ({
            ...step,
            id: `appeared-${step.id}`,
            undo: { type: "impossible", because: "it appeared" },
          })),
      },
      session,
      runtime,
      "apply",
    );
  }
  const type = written.length > 0 ? "applied" : changed || stopping.size > 0 ? "stopped" : "nothing due";
  return { type, stopping: [...stopping].sort(), writes: written.length, ...(broken !== undefined && { broken }) };
};
