/** The county under per-user MFA, moment by moment, disturbed and taken back; and states that are retired once policies ask. */

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { dumpOf } from "./dump.ts";
import { badLine, type Trouble } from "./line.ts";
import { NO_LOG, type Stage, stageFrom, stageOf } from "./stage.ts";
import { runsOf } from "./stories.ts";

const PLAN = "rollout-plans/county-schools-2018-per-user.yaml";
const MOMENTS = ["2018-11-12", "2018-11-19", "2018-11-26", "2018-12-03", "2018-12-10", "2018-12-13"] as const;

const SOAK = process.env["SOAK"] !== undefined;

type States = ReadonlyMap<string, string>;
type Account = { readonly id: string; readonly userPrincipalName: string; readonly perUserMfaState?: string };

/** By address; nobody has a state who is disabled. */
const statesOf = async ({ reader }: Stage): Promise<States> => {
  const users = await reader.all<Account>("/v1.0/users?$select=id,userPrincipalName,perUserMfaState&$top=999");
  return new Map(
    users.flatMap(({ userPrincipalName, perUserMfaState }) =>
      perUserMfaState === undefined ? [] : [[userPrincipalName.toLowerCase(), perUserMfaState] as const],
    ),
  );
};
const counted = (states: States, pattern: RegExp): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const [address, state] of states) if (pattern.test(address)) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};
const HEADS = /^head@[a-z-]+\.county\.example$/;
const OFFICES = /^office@[a-z-]+\.county\.example$/;

const londonOf = (day: string): string => `${day}T00:00:00Z`;
const goTo = (stage: Stage, day: string): Promise<unknown> => stage.reader.json("POST", "/_practice/clock", { to: londonOf(day) });
const told = (...results: readonly CliResult[]): string => results.map(({ exit, stdout, stderr }) => `exit ${exit}\n${stdout}${stderr}`).join("\n----\n");

const stages = new Set<Stage>();
const folders: string[] = [];
/** The log of sign-ins is what the days of the county read, and takes longest: most of the others are about something else. */
const opened = async (folder: string, always: Parameters<typeof stageFrom>[1] = NO_LOG): Promise<Stage> => {
  const stage = await stageFrom(folder, always);
  stages.add(stage);
  await stage.reader.dials({});
  return stage;
};
afterAll(async () => {
  for (const stage of stages) await stage.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let county: Stage;
/** As it was at midnight of a day, before the day's phase. */
const before = new Map<string, string>();
beforeAll(async () => {
  county = await stageOf("county");
  stages.add(county);
});

describe.sequential("the county under per-user MFA", () => {
  test.each(MOMENTS)("%s", { timeout: 60_000 }, async (moment) => {
    await goTo(county, moment);
    if (moment === "2018-11-19" || moment === "2018-11-26") {
      before.set(moment, county.copy());
      folders.push(before.get(moment) ?? "");
    }
    const shown = await county.cli(["diff", PLAN, "--as-of", moment]);
    matchesGolden(`scenarios/county-per-user-${moment}.diff.txt`, shown.stdout);
    // Of the last phase's 1,147 accounts the text says how many.
    if (moment !== "2018-12-13")
      matchesGolden(`scenarios/county-per-user-${moment}.diff.json`, (await county.cli(["diff", PLAN, "--as-of", moment, "--json"])).stdout);
    // Who is enforced loses an old program: eleven still used one.
    const past = moment === "2018-12-13" ? ["--allow", "legacy-clients=11", "--reason", "they have new programs from Monday on"] : [];
    const run = await county.cli(["apply", PLAN, "--yes", ...past]);
    expect(run.exit, told(run)).toBe(0);
    const last = (await county.reader.requests()).length;
    expect(await county.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    expect(await county.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    const again = (await county.reader.requests()).slice(last);
    expect(again.filter(({ method, path }) => method !== "GET" && !path.includes("$batch") && !path.includes("_practice"))).toEqual([]);

    const states = await statesOf(county);
    expect([...states].filter(([address]) => address.endsWith("@county.example"))).toEqual([]);
    const expected = {
      "2018-11-12": [{ enforced: 2 }, { enforced: 2 }],
      "2018-11-19": [{ enforced: 2, enabled: 38 }, { enforced: 2 }],
      "2018-11-26": [{ enforced: 40 }, { enforced: 2 }],
      "2018-12-03": [{ enforced: 40 }, { enforced: 2, enabled: 38 }],
      "2018-12-10": [{ enforced: 40 }, { enforced: 40 }],
      "2018-12-13": [{ enforced: 40 }, { enforced: 40 }],
    } as const satisfies Record<(typeof MOMENTS)[number], unknown>;
    expect([counted(states, HEADS), counted(states, OFFICES)]).toEqual(expected[moment]);
    if (moment === "2018-12-13") expect(counted(states, /./)["enforced"]).toBeGreaterThan(1_200);
    expect((await county.reader.groups()).filter(({ description }) => description?.startsWith("entra-rollout:") === true)).toEqual([]);
    expect((await county.reader.policies()).filter(({ description }) => description?.startsWith("entra-rollout:") === true)).toEqual([]);
  });

  test("in the clients phase who has registered is changed by nobody", async () => {
    const stage = await opened(before.get("2018-11-26") ?? "");
    const diff = JSON.parse((await stage.cli(["diff", PLAN, "--json"])).stdout) as {
      readonly changes: readonly { readonly states: { readonly accounts: readonly { readonly id: string }[]; readonly already: number } }[];
    };
    const [change] = diff.changes;
    type Registered = { readonly id: string; readonly isMfaRegistered: boolean };
    const report = await stage.reader.all<Registered>("/v1.0/reports/authenticationMethods/userRegistrationDetails");
    const registered = new Set(report.filter(({ isMfaRegistered }) => isMfaRegistered).map(({ id }) => id));
    expect(change?.states.accounts.filter(({ id }) => registered.has(id))).toEqual([]);
    expect([diff.changes.length, change?.states.accounts.length, change?.states.already]).toEqual([1, 3, 37]);
  });

  test("all of it taken back: every field of the tenant as it was", { timeout: 60_000 }, async () => {
    const first = await opened(before.get("2018-11-19") ?? "");
    const untouched = await dumpOf(first.reader);
    const runs = (await runsOf(county)).filter(({ done }) => done > 0).toSorted((a, b) => (a.id < b.id ? 1 : -1));
    expect(runs).toHaveLength(6);
    for (const run of runs) {
      const undone = await county.cli(["undo", run.id, "--no-hold", "--yes"]);
      expect(undone.exit, told(undone)).toBe(0);
    }
    expect([...(await statesOf(county))]).toEqual([]);
    expect(await dumpOf(county.reader)).toEqual(untouched);
  });
});

const heads = async (): Promise<Stage> => opened(before.get("2018-11-19") ?? "");
const headsOf = async (stage: Stage): Promise<readonly Account[]> =>
  (await stage.reader.all<Account>("/v1.0/users?$select=id,userPrincipalName&$top=999"))
    .filter(({ userPrincipalName }) => HEADS.test(userPrincipalName.toLowerCase()))
    .toSorted((a, b) => (a.userPrincipalName.toLowerCase() < b.userPrincipalName.toLowerCase() ? -1 : 1));
const setState = async (stage: Stage, id: string, perUserMfaState: string): Promise<void> => {
  expect((await stage.reader.send("PATCH", `/beta/users/${id}/authentication/requirements`, { perUserMfaState })).status).toBe(204);
};

describe("a bad line", () => {
  const TROUBLES: readonly Trouble[] = [
    { type: "lost", done: true },
    { type: "page", status: 200, done: false },
    { type: "item", status: 503, done: false },
    { type: "item-unanswered" },
    { type: "lost", done: false },
    { type: "status", status: 503, done: true },
    { type: "cut" },
    { type: "item", status: 500, done: true },
  ];
  const isWrite = async (request: Request): Promise<boolean> => request.url.endsWith("/beta/$batch") && (await request.clone().text()).includes('"PATCH"');

  test.each(SOAK ? TROUBLES : TROUBLES.slice(1, 2))("a batch of states whose answer goes wrong: %j", { timeout: 60_000 }, async (trouble) => {
    const stage = await heads();
    const line = badLine(stage.fetch, trouble, 0);
    let hits = 0;
    const disturbed = await stage.cli(["apply", PLAN, "--yes"], {
      fetch: async (request) => {
        if (!(await isWrite(request))) return stage.fetch(request);
        hits += 1;
        return hits === 1 ? line.fetch(request) : stage.fetch(request);
      },
    });
    expect(hits).toBe(2);
    const results = [disturbed];
    for (let round = 0; round < 3 && results.at(-1)?.exit !== 0; round += 1) results.push(await stage.cli(["apply", PLAN, "--yes"]));
    expect(results.at(-1)?.exit, told(...results)).toBe(0);
    // What was done is seen when it is read back; what was not is written by the next run.
    const wasDone = !("done" in trouble) || trouble.done;
    expect(results.map(({ exit }) => exit)).toEqual(wasDone ? [0] : [4, 0]);
    expect(counted(await statesOf(stage), HEADS)).toEqual({ enforced: 2, enabled: 38 });
    const last = (await runsOf(stage)).filter(({ done }) => done > 0);
    for (const run of last.toReversed()) expect(await stage.cli(["undo", run.id, "--no-hold", "--yes"])).toMatchObject({ exit: 0 });
    expect([...(await statesOf(stage))]).toEqual([]);
  });

  test("killed at each of its requests: the next run goes on", { timeout: 120_000 }, async () => {
    const whole = await heads();
    let requests = 0;
    const isOther = (request: Request): boolean => new URL(request.url).pathname.startsWith("/_practice");
    await whole.cli(["apply", PLAN, "--yes"], {
      fetch: (request) => {
        if (!isOther(request)) requests += 1;
        return whole.fetch(request);
      },
    });
    expect(requests).toBeGreaterThan(20);
    // The last six: two looks before the writes, two writes, two looks after them.
    for (const back of SOAK ? Array.from({ length: requests }, (_, place) => place) : [2, 5]) {
      const at = requests - back;
      const stage = await heads();
      const controller = new AbortController();
      let seen = 0;
      const cut = await stage.cli(["apply", PLAN, "--yes"], {
        signal: controller.signal,
        fetch: (request) => {
          if (!isOther(request)) seen += 1;
          if (seen === at) controller.abort(new Error("interrupted"));
          return stage.fetch(request);
        },
      });
      expect(cut.exit, `${at} of ${requests}: ${told(cut)}`).toBe(130);
      const next = await stage.cli(["apply", PLAN, "--yes"]);
      expect(next.exit, `${at} of ${requests}: ${told(cut, next)}`).toBe(0);
      expect(counted(await statesOf(stage), HEADS)).toEqual({ enforced: 2, enabled: 38 });
      stages.delete(stage);
      await stage.close();
    }
  });
});

describe("what others do meanwhile", () => {
  test("an account that moves between the reading and the writing is left alone", async () => {
    const stage = await heads();
    const [first, second] = (await headsOf(stage)).slice(4);
    let batches = 0;
    const run = await stage.cli(["apply", PLAN, "--phase", "heads-clients", "--yes"], {
      fetch: async (request) => {
        batches += request.url.endsWith("/beta/$batch") ? 1 : 0;
        // Two look at a sample, the third at those who are about to be written.
        if (batches === 3) {
          batches += 1;
          await setState(stage, first?.id ?? "", "enabled");
          await setState(stage, second?.id ?? "", "enforced");
          await stage.reader.forward(10_000);
        }
        return stage.fetch(request);
      },
    });
    expect(run.exit, told(run)).toBe(4);
    expect(run.stdout.replaceAll(/\s+/g, " ")).toContain("of its accounts 1 got another state since they were read, and was left alone");
    const states = await statesOf(stage);
    expect([states.get(first?.userPrincipalName.toLowerCase() ?? ""), counted(states, HEADS)]).toEqual(["enabled", { enforced: 39, enabled: 1 }]);
    const sent = (await runsOf(stage)).at(-1);
    expect(await stage.cli(["undo", sent?.id ?? "", "--no-hold", "--yes"])).toMatchObject({ exit: 0 });
    expect(counted(await statesOf(stage), HEADS)).toEqual({ enforced: 3, enabled: 1 });
  });

  test("an account that somebody lowered is not raised again without a person who wants it", async () => {
    const stage = await heads();
    expect(await stage.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    const [, , , , , victim] = await headsOf(stage);
    await setState(stage, victim?.id ?? "", "disabled");
    await stage.reader.forward(10_000);
    const stopped = await stage.cli(["apply", PLAN, "--yes"]);
    expect(stopped.exit, told(stopped)).toBe(3);
    expect(stopped.stdout.replaceAll(/\s+/g, " ")).toContain("the per-user MFA of 1 account of heads was lowered since the run of");
    const allowed = await stage.cli(["apply", PLAN, "--yes", "--allow", "loosened=1", "--reason", "asked him"]);
    expect(allowed.exit, told(allowed)).toBe(0);
    expect(counted(await statesOf(stage), HEADS)).toEqual({ enforced: 2, enabled: 38 });
  });

  test("undo leaves alone whom somebody changed since", async () => {
    const stage = await heads();
    expect(await stage.cli(["apply", PLAN, "--as-of", "2018-11-26", "--yes"])).toMatchObject({ exit: 0 });
    const run = (await runsOf(stage)).at(-1)?.id ?? "";
    const [, , , , , victim] = await headsOf(stage);
    await setState(stage, victim?.id ?? "", "enabled");
    await stage.reader.forward(10_000);
    const undone = await stage.cli(["undo", run, "--no-hold", "--yes"]);
    expect(undone.exit, told(undone)).toBe(4);
    expect(undone.stdout.replaceAll(/\s+/g, " ")).toContain("1 of its accounts got another state since, not by this tool; it stays as it is");
    expect(counted(await statesOf(stage), HEADS)).toEqual({ enforced: 2, enabled: 1 });
  });
});

describe("retired under conditional access", () => {
  const CA = "heads-2018.yaml";
  const planWith = (stage: Stage): void =>
    writeFileSync(
      join(stage.cwd, CA),
      `id: heads-2018
name: Head teachers by policy
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*.county.example"] }
phases:
  - { id: heads, title: Head teachers, starts: 2018-11-27, requireMfa: { for: heads, on: [web, clients] } }
  - { id: retire, title: Per-user MFA of the head teachers off, starts: 2018-12-03, retirePerUser: { for: heads } }
`,
    );

  test("not before something else asks; then for these accounts alone, and back again", { timeout: 60_000 }, async () => {
    const stage = await opened(before.get("2018-11-26") ?? "", {});
    const others = counted(await statesOf(stage), /./);
    const start = counted(await statesOf(stage), HEADS);
    expect(start).toEqual({ enforced: 37, enabled: 3 });

    planWith(stage);
    expect(await stage.cli(["apply", CA, "--as-of", "2018-11-27", "--yes"])).toMatchObject({ exit: 0 });
    expect(await stage.cli(["undo", (await runsOf(stage)).at(-1)?.id ?? "", "--yes"])).toMatchObject({ exit: 0 });
    const bare = await stage.cli(["apply", CA, "--as-of", "2018-12-03", "--yes"]);
    expect(bare.exit, told(bare)).toBe(3);
    expect(bare.stdout.replaceAll(/\s+/g, " ")).toContain("per-user MFA of 40 accounts would be turned off, and no policy that is on asks them");
    expect(counted(await statesOf(stage), HEADS)).toEqual(start);

    const shown = await stage.cli(["diff", CA, "--as-of", "2018-12-03", "--phase", "heads"]);
    matchesGolden("scenarios/per-user-retired.diff.txt", shown.stdout);
    const sent = (await stage.reader.requests()).at(-1)?.n ?? 0;
    const run = await stage.cli(["apply", CA, "--phase", "heads", "--yes"]);
    expect(run.exit, told(run)).toBe(0);
    expect(counted(await statesOf(stage), HEADS)).toEqual({});
    expect(counted(await statesOf(stage), /./)).toEqual({ enforced: (others["enforced"] ?? 0) - 37 });
    expect(await stage.cli(["diff", CA, "--exit-code"])).toMatchObject({ exit: 0 });
    const writes = (await stage.reader.requests(sent)).filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
    const policy = writes.findLastIndex((line) => line.includes("/identity/conditionalAccess/policies"));
    const state = writes.findIndex((line) => line.startsWith("PATCH /beta/users/"));
    expect([policy >= 0, state > policy]).toEqual([true, true]);

    const last = (await runsOf(stage)).at(-1);
    const undone = await stage.cli(["undo", last?.id ?? "", "--no-hold", "--yes"]);
    expect(undone.exit, told(undone)).toBe(0);
    expect([counted(await statesOf(stage), HEADS), counted(await statesOf(stage), /./)]).toEqual([start, others]);
    expect((await stage.reader.policies()).filter(({ displayName }) => displayName.includes("heads-2018"))).toEqual([]);
  });

  test("a policy that cannot be made keeps them asked", { timeout: 60_000 }, async () => {
    const stage = await opened(before.get("2018-11-26") ?? "");
    const start = counted(await statesOf(stage), HEADS);
    planWith(stage);
    await stage.reader.dials({ faults: [{ method: "POST", path: "conditionalAccess/policies$", times: 99, effect: { type: "status", status: 403 } }] });
    const run = await stage.cli(["apply", CA, "--as-of", "2018-12-03", "--yes"]);
    expect(run.exit, told(run)).not.toBe(0);
    expect(counted(await statesOf(stage), HEADS)).toEqual(start);
  });
});

describe("what it costs", () => {
  test("to read: pages and a sample; to write: a look, a batch and a look for twenty accounts", { timeout: 60_000 }, async () => {
    const stage = await opened(before.get("2018-11-26") ?? "");
    await goTo(stage, "2018-12-13");
    const first = ((await stage.reader.requests()).at(-1)?.n ?? -1) + 1;
    const read = await stage.cli(["diff", PLAN]);
    expect(read.exit, told(read)).toBe(0);
    const isBatch = ({ path }: { readonly path: string }): boolean => path.startsWith("/beta/$batch");
    const reading = (await stage.reader.requests(first)).filter(({ path }) => path.includes("perUserMfaState") || isBatch({ path }));
    const pages = Math.ceil((await stage.reader.users()).length / 999);
    expect([reading.filter(isBatch).length, reading.filter((each) => !isBatch(each)).length]).toEqual([2, pages]);

    const second = (await stage.reader.requests()).at(-1)?.n ?? 0;
    const run = await stage.cli(["apply", PLAN, "--yes", "--json", "--allow", "legacy-clients=11", "--reason", "told"]);
    expect(run.exit, told(run)).toBe(0);
    const { changes } = JSON.parse(run.stdout) as { readonly changes: readonly { readonly states: { readonly accounts: readonly unknown[] } }[] };
    const counts = changes.map(({ states }) => states.accounts.length);
    const steps = counts.reduce((sum, count) => sum + Math.ceil(count / 20), 0);
    const looks = Math.ceil(counts.reduce((sum, count) => sum + count, 0) / 20);
    expect(steps).toBeGreaterThan(50);
    expect((await stage.reader.requests(second)).filter(isBatch)).toHaveLength(2 + looks + steps + looks);
  });
});

describe("a service that tells less, or later", () => {
  test.each([
    ["its list says nothing of states", { bulkPerUserMfa: "left-out" }],
    ["whoever registered jumps at once", { registeredJump: "at-once" }],
    ["it lags by two minutes, all but a second", { lagMs: { directory: 119_000, conditionalAccess: 1_000, exchange: 0 } }],
  ] as const)("%s", { timeout: 60_000 }, async (_, dials) => {
    const stage = await heads();
    await stage.reader.dials(dials);
    const run = await stage.cli(["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(0);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    await stage.reader.dials({ bulkPerUserMfa: "told", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } });
    const states = counted(await statesOf(stage), HEADS);
    expect((states["enabled"] ?? 0) + (states["enforced"] ?? 0)).toBe(40);
  });

  test("without P1 nothing is missing but who is registered", async () => {
    const stage = await heads();
    await stage.reader.dials({ licence: "free" });
    const run = await stage.cli(["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(0);
    expect(run.stdout.replaceAll(/\s+/g, " ")).toContain("whoever has registered becomes enforced at the next sign-in; who has is not known");
    expect(counted(await statesOf(stage), HEADS)).toEqual({ enforced: 2, enabled: 38 });
  });
});
