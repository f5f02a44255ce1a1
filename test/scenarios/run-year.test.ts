/**
 * The trust's plan under `run` every quarter of an hour of a year: two machines, restarts, both clock changes, outages, and a halt that
 * somebody sets and releases. What was done when is counted at the wire, by nobody of the client's.
 *
 * By default the hours around everything that happens; with SOAK=1 every quarter of an hour of the year.
 */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Fetch, Files } from "../../src/runtime.ts";
import { type CliResult, freshFolder, hastyFiles } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";

const PLAN = "rollout-plans/academy-trust-2022.yaml";
const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 4 * QUARTER_MS;
const MOST = 12;
const isWhole = process.env["SOAK"] !== undefined;

const utc = (text: string): number => Date.parse(`${text}:00Z`);
const BEGIN = utc("2022-02-08T00:00");
const END = BEGIN + 365 * 24 * HOUR_MS;

/** What happens, and when; half open. */
const OUTAGE = { from: utc("2022-02-28T06:00"), to: utc("2022-02-28T07:05"), status: 503 } as const;
const TROUBLES: readonly { readonly from: number; readonly to: number; readonly status: 503 | 429 | "silence" }[] = [
  { from: utc("2022-02-10T09:00"), to: utc("2022-02-10T11:00"), status: "silence" },
  OUTAGE,
  { from: utc("2022-07-04T12:00"), to: utc("2022-07-04T13:00"), status: 429 },
  { from: utc("2022-10-30T00:30"), to: utc("2022-10-30T02:30"), status: 503 },
];
const HALT = utc("2022-03-05T10:07");
const RELEASE = utc("2022-03-09T15:07");
/** The machine loses its power in the middle of the run. */
const CUTS: readonly number[] = [utc("2022-02-14T06:30"), utc("2022-02-21T00:00"), utc("2022-05-02T08:00")];
/** The second machine runs in these weeks, at the same moments. */
const SECOND = [
  { from: utc("2022-02-12T00:00"), to: utc("2022-03-02T00:00") },
  { from: utc("2022-10-28T00:00"), to: utc("2022-11-01T00:00") },
] as const;
/** Europe/London: 27 March and 30 October 2022, at 01:00 UTC. */
const CLOCK_CHANGES = [utc("2022-03-27T01:00"), utc("2022-10-30T01:00")] as const;

/** Moments of the plan, and the first run that could do what they ask. */
const DUE = [
  { phase: "it-staff", at: utc("2022-02-14T06:30"), first: utc("2022-02-14T06:30") },
  { phase: "everyone, in report-only", at: utc("2022-02-21T00:00"), first: utc("2022-02-21T00:00") },
  { phase: "everyone", at: utc("2022-02-28T06:30"), first: utc("2022-02-28T07:15") },
] as const;

const within = (at: number, spans: readonly { readonly from: number; readonly to: number }[]): boolean => spans.some(({ from, to }) => at >= from && at < to);
const EVENTS = [BEGIN, HALT, RELEASE, ...CUTS, ...CLOCK_CHANGES, ...DUE.map(({ at }) => at), ...TROUBLES.flatMap(({ from, to }) => [from, to])];
const isLookedAt = (at: number): boolean => isWhole || EVENTS.some((event) => at >= event - QUARTER_MS && at <= event + 3 * QUARTER_MS);

type Name = "a" | "b";
type Write = { readonly machine: Name; readonly tick: number; readonly what: string };

type Machine = { readonly name: Name; readonly cwd: string };

let stage: Stage;
const machines: Machine[] = [];
beforeAll(async () => {
  stage = await stageOf("trust", undefined, NO_LOG);
  for (const name of ["a", "b"] as const) {
    const cwd = freshFolder();
    copyPlans(cwd);
    machines.push({ name, cwd });
  }
});
afterAll(async () => {
  await stage.close();
  for (const { cwd } of machines) rmSync(cwd, { recursive: true, force: true });
});

const writes: Write[] = [];
let tick = 0;
let again = 0;
const requests: Record<Name, number> = { a: 0, b: 0 };

const troubled = (fetch: Fetch, status: 503 | 429 | "silence" | undefined): Fetch => {
  if (status === undefined) return fetch;
  return async (request) => {
    if (new URL(request.url).pathname.startsWith("/_practice")) return fetch(request);
    if (status === "silence") throw new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
    const body = { error: { code: status === 429 ? "TooManyRequests" : "serviceNotAvailable", message: "Later.", innerError: {} } };
    return Response.json(body, { status, headers: { "retry-after": "5" } });
  };
};

/** Counts at the wire, and loses the machine's power before a write: nothing leaves it any more, and nothing reaches its disk. */
const lineOf = (machine: Name, status: 503 | 429 | "silence" | undefined, cutAt: number | undefined): { readonly fetch: Fetch; readonly files: Files } => {
  const through = troubled(stage.fetch, status);
  let sent = 0;
  let isDead = false;
  const alive = <T>(path: string, done: () => Promise<T>): Promise<T> =>
    // The next start finds a process that is gone; here it is the same one, so that the lock has to be given back.
    isDead && !path.includes("lock-") ? Promise.reject(Object.assign(new Error("EIO"), { code: "EIO", syscall: "write" })) : done();
  return {
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (isDead && !pathname.startsWith("/_practice")) throw new TypeError("fetch failed");
      if (pathname.startsWith("/_practice")) return await through(request);
      if (request.method === "GET") {
        const answer = await through(request);
        // What the other machine was faster at is asked again, which is counted apart.
        if (answer.status === 429) again += 1;
        else requests[machine] += 1;
        return answer;
      }
      requests[machine] += 1;
      sent += 1;
      if (cutAt !== undefined && sent > cutAt) {
        isDead = true;
        throw new TypeError("fetch failed");
      }
      writes.push({ machine, tick, what: `${request.method} ${pathname.replace(/^\/v1\.0/, "").replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID")}` });
      return through(request);
    },
    files: {
      ...hastyFiles,
      append: (path, content) => alive(path, () => hastyFiles.append(path, content)),
      create: (path, content) => alive(path, () => hastyFiles.create(path, content)),
      write: (path, content, mode) => alive(path, () => hastyFiles.write(path, content, mode)),
    },
  };
};

const runOn = ({ name, cwd }: Machine, cutAt?: number): Promise<CliResult> => {
  const status = TROUBLES.find(({ from, to }) => tick >= from && tick < to)?.status;
  return stage.cli(["run", PLAN, "--json", "--quiet"], { cwd, ...lineOf(name, status, cutAt) });
};

const moveTo = async (at: number): Promise<void> => {
  const { now } = await stage.reader.json<{ now: string }>("GET", "/_practice");
  if (Date.parse(now) < at) await stage.reader.json("POST", "/_practice/clock", { to: new Date(at).toISOString() });
};

type Counts = { looks: number; most: number; all: number; short: number; again: number };

test("each phase is applied once and on time, nothing else is written, and a look when nothing is due costs twelve requests at most", {
  timeout: 1_800_000,
}, async () => {
  const [a, b] = machines;
  if (a === undefined || b === undefined) throw new Error("two machines are needed");
  const quiet: Counts = { looks: 0, most: 0, all: 0, short: 0, again: 0 };
  const strange: string[] = [];
  const cpu = process.cpuUsage();
  let ticks = 0;
  for (tick = BEGIN; tick < END; tick += QUARTER_MS) {
    if (!isLookedAt(tick)) continue;
    ticks += 1;
    await moveTo(tick);
    const before = writes.length;
    again = 0;
    requests.a = 0;
    requests.b = 0;
    const cut = CUTS.indexOf(tick);
    const isTwo = within(tick, SECOND);
    const ran = await Promise.all([runOn(a, cut === -1 ? undefined : cut + 1), ...(isTwo ? [runOn(b)] : [])]);
    const isTrouble = within(tick, TROUBLES) || cut !== -1;
    const isDue = DUE.some(({ first }) => tick === first || tick === first + QUARTER_MS);
    if (!isTrouble && !isDue) {
      for (const { exit, stdout, stderr } of ran) if (exit !== 0) strange.push(`${new Date(tick).toISOString()}: exit ${exit}\n${stdout}${stderr}`);
      if (writes.length > before) strange.push(`${new Date(tick).toISOString()}: written ${JSON.stringify(writes.slice(before))}`);
      quiet.looks += ran.length;
      quiet.all += requests.a + requests.b;
      quiet.again += again;
      quiet.most = Math.max(quiet.most, requests.a, requests.b);
      quiet.short += ran.filter(({ stdout }) => stdout.includes('"look":"short"')).length;
    }
    // Between two runs, somebody at a machine of their own.
    for (const [at, words] of [
      [HALT, ["halt", "trust-2022", "--yes", "--quiet"]],
      [RELEASE, ["apply", PLAN, "--phase", "everyone", "--yes", "--quiet"]],
      [RELEASE + 60_000, ["apply", PLAN, "--phase", "it-staff", "--yes", "--quiet"]],
    ] as const) {
      if (at < tick || at >= tick + QUARTER_MS) continue;
      await moveTo(at);
      const typed = await stage.cli(words);
      if (typed.exit !== 0) strange.push(`${words.join(" ")}: exit ${typed.exit}\n${typed.stdout}${typed.stderr}`);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  expect(strange, strange.slice(0, 5).join("\n")).toEqual([]);

  // Every write by a run lies at the first run after a moment, or at the one behind it, which finishes what was cut or had met another.
  const stray = writes.filter(({ tick: at }) => !DUE.some(({ first }) => at === first || at === first + QUARTER_MS));
  expect(stray).toEqual([]);
  for (const { phase, first } of DUE) {
    const own = writes.filter(({ tick: at, what }) => (at === first || at === first + QUARTER_MS) && what.includes("/policies"));
    const count = (verb: string): number => own.filter(({ what }) => what.startsWith(verb)).length;
    // Made once, or made by both and one of the two taken away; switched on once, or to the same by both.
    const made = count("POST") - count("DELETE");
    expect([phase, made], JSON.stringify(own)).toEqual([phase, phase === "everyone" ? 0 : 1]);
    expect(
      own.some(({ tick: at }) => at === first),
      `${phase}: on time`,
    ).toBe(true);
    if (phase === "everyone") expect(count("PATCH")).toBeGreaterThan(0);
  }
  const policies = (await stage.reader.policies()).filter(({ description }) => description?.startsWith("entra-rollout:trust-2022/") === true);
  expect(policies.map(({ state }) => state).toSorted()).toEqual(["enabled", "enabled"]);

  // The journals of both machines tell of the same moments, and of no other.
  const told = new Set<number>();
  for (const { cwd } of machines) {
    const { runs } = JSON.parse((await stage.cli(["runs", "--json"], { cwd })).stdout) as { runs: readonly { at: string; done: number }[] };
    for (const { at, done } of runs) if (done > 0) told.add(Math.floor(Date.parse(at) / QUARTER_MS) * QUARTER_MS);
  }
  for (const { first } of DUE)
    expect(
      [...told].some((at) => at === first || at === first + QUARTER_MS),
      new Date(first).toISOString(),
    ).toBe(true);
  expect([...told].filter((at) => !DUE.some(({ first }) => at === first || at === first + QUARTER_MS)).map((at) => new Date(at).toISOString())).toEqual([]);

  expect(quiet.most).toBeLessThanOrEqual(MOST);
  process.stdout.write(
    `a year of run: ${ticks} quarters of an hour, ${quiet.looks} looks with nothing due, ${quiet.short} of them short, ${(quiet.all / quiet.looks).toFixed(1)} requests each, at most ${quiet.most}, ${quiet.again} refused as too many at once and asked again; ${((user + system) / 1e6).toFixed(0)} s CPU\n`,
  );
});
