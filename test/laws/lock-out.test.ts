/**
 * The promise that matters most, from outside: whatever the tenant, other people's policies, the plan and the moment, after each single
 * write of a run two Global Administrators, one of them an emergency account, can sign in according to the practice tenant's own
 * evaluator; or the run stopped before its first write.
 *
 * `SEED=17` begins with the world 17, which is how one is looked at again.
 */

import { describe, expect, test } from "vitest";
import { type Outcome, outcomeOf } from "./lock-out-run.ts";
import { planText, smaller, type World, worldFrom } from "./lock-out-world.ts";

const SOAK = process.env["SOAK"] !== undefined;
const CASES = SOAK ? 10_000 : 350;
const typed = Number(process.env["SEED"] ?? Number.NaN);
const FIRST = Number.isSafeInteger(typed) ? typed : Math.floor(Math.random() * 2 ** 31);

const LEAST_APPLIED = 0.4;
/** Each of these has to have kept somebody's run back, or the worlds are too tame to prove anything. */
const EXPECTED = [
  ...["emergency-accounts", "lock-out", "security-defaults", "last-method"],
  // In one to three worlds of a hundred: among few there may be none.
  ...(SOAK ? ["licence", "federated"] : []),
];

const brokenBy = async (world: World): Promise<string | undefined> => {
  try {
    return (await outcomeOf(world)).broken;
  } catch (error) {
    // A smaller world may have no sound plan; then it shows nothing.
    if (error instanceof Error) return undefined;
    throw error;
  }
};

/** The same fault with as little around it as will do. */
const cutDown = async (world: World, broken: string): Promise<readonly [World, string]> => {
  for (const less of smaller(world)) {
    const still = await brokenBy(less);
    if (still !== undefined) return cutDown(less, still);
  }
  return [world, broken];
};

const shown = (world: World, broken: string): string => {
  const { head: _, phases: __, ...rest } = world;
  return `SEED=${world.seed}: ${broken}\n${planText(world)}${JSON.stringify(rest, undefined, 1)}`;
};

describe("nobody is locked out", () => {
  test("whatever the tenant, other people's policies, the plan and the moment", { timeout: SOAK ? 7_200_000 : 600_000 }, async () => {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < CASES; at += 1) {
      const world = worldFrom(FIRST + at);
      const outcome = await outcomeOf(world);
      if (outcome.broken !== undefined) expect.fail(shown(...(await cutDown(world, outcome.broken))));
      outcomes.push(outcome);
    }
    const of = (type: Outcome["type"]): readonly Outcome[] => outcomes.filter((each) => each.type === type);
    const stopped = new Map<string, number>();
    for (const guard of of("stopped").flatMap(({ stopping }) => stopping)) stopped.set(guard, (stopped.get(guard) ?? 0) + 1);
    const byGuard = [...stopped].sort(([, a], [, b]) => b - a).map(([guard, count]) => `${guard} ${count}`);
    const applied = of("applied").length;
    process.stdout.write(
      `lock-out law: ${applied} applied, ${of("stopped").length} stopped (by guard: ${byGuard.join(", ")}), ${of("nothing due").length} with nothing due\n`,
    );
    expect(applied / CASES, `applied, from SEED=${FIRST}`).toBeGreaterThanOrEqual(LEAST_APPLIED);
    expect(
      EXPECTED.filter((guard) => !stopped.has(guard)),
      `guards that never stopped anything, from SEED=${FIRST}`,
    ).toEqual([]);
  });
});
