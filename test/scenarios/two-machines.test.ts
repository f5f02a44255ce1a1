/** Two machines carry out the same plan at the same moment, with no disk in common: what comes of it is there once. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import { type CliResult, freshFolder } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { dice } from "./dice.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";

const PLAN = "rollout-plans/academy-trust-2022.yaml";
const ROUNDS = process.env["SOAK"] === undefined ? 1 : 60;
const QUARTER_MS = 15 * 60_000;

let before: string;
beforeAll(async () => {
  const stage = await stageOf("trust");
  try {
    await stage.reader.json("POST", "/_practice/clock", { to: "2022-02-14T06:30:00Z" });
    before = stage.copy();
  } finally {
    await stage.close();
  }
});
afterAll(() => {
  rmSync(before, { recursive: true, force: true });
});

/** Of all requests that stand at the door one is let in at a time, drawn by lot; a machine may also be let go on for a while. */
const door = (fetch: Fetch, random: () => number): ((machine: string) => Fetch) => {
  const waiting: { readonly machine: string; readonly enter: () => void }[] = [];
  let last = "";
  let isOpen = false;
  const pump = (): void => {
    if (isOpen || waiting.length === 0) return;
    isOpen = true;
    // Both have time to come to the door.
    setImmediate(() =>
      setImmediate(() => {
        const stay = random() < 0.3 ? waiting.findIndex(({ machine }) => machine === last) : -1;
        const [next] = waiting.splice(stay === -1 ? Math.floor(random() * waiting.length) : stay, 1);
        last = next?.machine ?? last;
        next?.enter();
      }),
    );
  };
  return (machine) => async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/_practice")) return await fetch(request);
    await new Promise<void>((enter) => {
      waiting.push({ machine, enter });
      pump();
    });
    try {
      return await fetch(request);
    } finally {
      isOpen = false;
      pump();
    }
  };
};

type Machine = { readonly cwd: string; readonly run: (fetch?: Fetch) => Promise<CliResult> };
const machineAt = (stage: Stage): Machine => {
  const cwd = freshFolder();
  copyPlans(cwd);
  return { cwd, run: (fetch) => stage.cli(["run", PLAN, "--quiet"], { cwd, ...(fetch !== undefined && { fetch }) }) };
};

const MARK = /entra-rollout:trust-2022\/[a-z0-9-]+|\[trust-2022\/[a-z0-9-]+\]/;
const markOf = (text: string | null): readonly string[] => MARK.exec(text ?? "")?.slice(0, 1) ?? [];

/** Every mark as often as it stands in the tenant, read by somebody else; and ids that a policy names although nothing has them. */
const stock = async ({ reader }: Stage): Promise<{ readonly marks: readonly string[]; readonly lost: readonly string[] }> => {
  await reader.forward(120_000);
  const [groups, policies, locations] = [await reader.groups(), await reader.policies(), await reader.locations()];
  const ours = policies.filter(({ description }) => description?.startsWith("entra-rollout:trust-2022/") === true);
  const known = new Set([...groups, ...locations].map(({ id }) => id));
  const named = ours.flatMap(({ conditions: { users, locations: where } }) => [
    ...users.includeGroups,
    ...users.excludeGroups,
    ...(where?.excludeLocations ?? []),
  ]);
  return {
    marks: [
      ...groups.flatMap(({ description }) => markOf(description)),
      ...ours.flatMap(({ description }) => markOf(description)),
      ...locations.flatMap(({ displayName }) => markOf(displayName)),
    ].toSorted(),
    lost: named.filter((id) => !known.has(id)),
  };
};

const round = async (seed: number): Promise<{ readonly leftAtOnce: number }> => {
  const random = dice(seed);
  const stage = await stageFrom(before);
  const machines = [machineAt(stage), machineAt(stage)];
  const [a, b] = machines;
  try {
    if (a === undefined || b === undefined) throw new Error("two machines are needed");
    let leftAtOnce = 0;
    for (const moment of ["2022-02-14T06:30:00Z", "2022-02-21T00:00:00Z", "2022-02-28T06:30:00Z"]) {
      await stage.reader.json("POST", "/_practice/clock", { to: moment });
      const enter = door(stage.fetch, random);
      const together = await Promise.all([a.run(enter("a")), b.run(enter("b"))]);
      for (const { exit, stdout, stderr } of together) expect([0, 4], stdout + stderr).toContain(exit);
      const { marks } = await stock(stage);
      leftAtOnce += marks.length - new Set(marks).size;
      // The next runs, one after the other, mend what is left; the ones behind them find nothing to do.
      const next: CliResult[] = [];
      for (const machine of [a, b, a, b]) {
        await stage.reader.forward(QUARTER_MS / 2);
        next.push(await machine.run());
      }
      for (const { exit, stdout, stderr } of next.slice(2)) expect(exit, `${moment}\n${stdout}${stderr}`).toBe(0);
      const after = await stock(stage);
      expect(after.marks, moment).toEqual([...new Set(after.marks)]);
      expect(after.lost, moment).toEqual([]);
    }
    const policies = (await stage.reader.policies()).filter(({ description }) => description?.startsWith("entra-rollout:trust-2022/") === true);
    expect(policies.map(({ state }) => state)).toEqual(["enabled", "enabled"]);
    expect((await stage.cli(["diff", PLAN, "--exit-code", "--quiet"], { cwd: a.cwd })).exit).toBe(0);
    return { leftAtOnce };
  } finally {
    await stage.close();
    for (const { cwd } of machines) rmSync(cwd, { recursive: true, force: true });
  }
};

describe("two machines at once", () => {
  test(`${ROUNDS} rounds, interleaved at every request: everything once, and nothing named that is gone`, { timeout: 1_200_000 }, async () => {
    const first = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    const failures: string[] = [];
    let left = 0;
    for (let at = 0; at < ROUNDS; at += 1) {
      try {
        left += (await round(first + at)).leftAtOnce;
      } catch (error) {
        failures.push(`SEED=${first + at}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    expect(failures, failures.join("\n\n")).toEqual([]);
    if (process.env["SOAK"] !== undefined) process.stdout.write(`two machines: ${ROUNDS} rounds, ${left} doubles left to the next run\n`);
  });
});
