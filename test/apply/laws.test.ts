import fc from "fast-check";
import { expect, test } from "vitest";
import { desiredAt } from "../../src/core/desired.ts";
import { diff } from "../../src/core/diff.ts";
import { countsOf, Disk, FakeClock, HEADS, Killed, MOMENT, PLAN, runOnce, Tenant, WANTED } from "./model.ts";

const MINUTE = 60_000;
const RUNS = process.env.SOAK === undefined ? 40 : 1_000;

type Trouble = {
  /** At which operation, appends and writes counted together, the process dies; how the journal's last line then looks. */
  readonly dies: readonly { readonly after: number; readonly how: "torn" | "never" | "written" }[];
  readonly lost: readonly number[];
  readonly nothing: readonly number[];
  readonly lagMs: number;
  readonly pauses: readonly number[];
};

const trouble: fc.Arbitrary<Trouble> = fc.record({
  dies: fc.array(fc.record({ after: fc.integer({ min: 0, max: 16 }), how: fc.constantFrom("torn", "never", "written") }), { maxLength: 4 }),
  lost: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 4 }),
  nothing: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 3 }),
  lagMs: fc.constantFrom(0, 1_500, 30_000, 119_000, 121_000, 10 * MINUTE, 50 * MINUTE),
  pauses: fc.array(fc.constantFrom(0, 1_000, MINUTE, 20 * MINUTE), { minLength: 6, maxLength: 6 }),
});

/** Runs again and again, killed and lied to; asserts at every write that nothing is there twice. */
const survive = async ({ dies, lost, nothing, lagMs, pauses }: Trouble): Promise<Tenant> => {
  const tenant = new Tenant(new FakeClock(MOMENT));
  tenant.lagMs = lagMs;
  const disk = new Disk();
  let operations = 0;
  let deaths = 0;
  let writes = 0;
  const dying = (): "torn" | "never" | "written" | undefined => {
    const next = dies[deaths];
    operations += 1;
    if (next === undefined || operations <= next.after) return undefined;
    deaths += 1;
    operations = 0;
    return next.how;
  };
  disk.onAppend = () => {
    const how = dying();
    return how === undefined ? "whole" : how === "written" ? "never" : how;
  };
  tenant.fate = () => {
    writes += 1;
    return lost.includes(writes) ? "lost" : nothing.includes(writes) ? "nothing" : "done";
  };
  tenant.onWrite = () => {
    for (const count of countsOf(tenant)) expect(count).toBeLessThanOrEqual(1);
    if (dying() !== undefined) throw new Killed("killed while writing");
  };
  // A create that was lost and did not happen costs an hour each time.
  for (const pause of [...pauses, ...Array.from({ length: 12 }, () => 61 * MINUTE)]) {
    try {
      await runOnce(tenant, disk, MOMENT);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    tenant.clock.at += pause;
  }
  return tenant;
};

test("stopped anywhere, answers lost, lists late: run again it converges, and nothing is ever there twice", async () => {
  await fc.assert(
    fc.asyncProperty(trouble, async (each) => {
      const tenant = await survive(each);
      expect(countsOf(tenant)).toEqual(WANTED.map(() => 1));
      expect(tenant.ours("cohort-group", "heads")[0]?.members.size).toBe(HEADS);
      tenant.clock.at += 61 * MINUTE;
      expect(diff(PLAN, desiredAt(PLAN, MOMENT), tenant.observe()).changes).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test("a second run with nothing due writes nothing", async () => {
  const tenant = new Tenant(new FakeClock(MOMENT));
  const disk = new Disk();
  expect((await runOnce(tenant, disk, MOMENT)).result.exit).toBe(0);
  const before = tenant.writes.length;
  const again = await runOnce(tenant, disk, MOMENT);
  expect(again.steps).toEqual([]);
  expect(again.result.exit).toBe(0);
  expect(tenant.writes).toHaveLength(before);
});
