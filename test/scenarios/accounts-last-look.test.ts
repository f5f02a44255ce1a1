/** Between the diff and the write everything that can happen to an account happens to one: the last look spares each, and nobody else. */

import { afterEach, expect, test } from "vitest";
import { befall, CHANGE_NAMES, CHANGES, type ChangeName, type Facts, furnish, PLAIN } from "./accounts-law-case.ts";
import {
  archivedIn,
  archiveLines,
  csvOf,
  DAY,
  frozenOf,
  idOf,
  markOf,
  PLAN_FILE,
  planText,
  rowFor,
  START,
  smallStage,
  tenantIdOf,
  watched,
  writeList,
  writePlan,
} from "./accounts-law-world.ts";
import { flat } from "./mailboxes-world.ts";
import type { Stage } from "./stage.ts";

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** One to whom nothing happens before and behind them, so that there are two waves. */
const WHAT: readonly (ChangeName | "nothing")[] = ["nothing", ...CHANGE_NAMES, "nothing"];

const begun = async (words: Parameters<typeof planText>[0]): Promise<{ readonly of: Stage; readonly world: Map<number, Facts> }> => {
  const of = await smallStage();
  stage = of;
  const world = new Map(WHAT.map((_, number) => [number, PLAIN] as const));
  await furnish(of, world);
  writePlan(of, planText(words));
  const mark = markOf(await tenantIdOf(of));
  writeList(of, csvOf([...world.keys()].map((number) => rowFor(frozenOf(number), mark))));
  return { of, world };
};

/** Everything happens as soon as an account is looked at for the second time. */
const applied = async (of: Stage, world: Map<number, Facts>, now: number) => {
  let looks = 0;
  const writes: (readonly [to: "blocked" | "deleted", number: number])[] = [];
  const early: string[] = [];
  const line = watched(of.fetch, async (_n, parts) => {
    if (parts.some(({ method, path }) => method === "GET" && path.startsWith(`/users/${idOf(0)}?$select=`))) looks += 1;
    if (looks === 2) {
      looks = 3;
      for (const [number, what] of WHAT.entries()) {
        if (what === "nothing") continue;
        world.set(number, { ...(world.get(number) ?? PLAIN), ...CHANGES[what] });
        await befall(of, world, number, now);
      }
    }
    for (const { method, path } of parts) {
      const id = /^\/users\/([0-9a-f-]{36})$/.exec(path)?.[1];
      if (id === undefined || method === "GET") continue;
      writes.push([method === "DELETE" ? "deleted" : "blocked", Number.parseInt(id.slice(-12), 16)]);
      if (method === "DELETE" && !archivedIn(of).has(id)) early.push(id);
    }
  });
  const { exit, stdout, stderr } = await of.cli(["apply", PLAN_FILE, "--yes"], { fetch: line.fetch });
  expect(early, "deleted before they were archived").toEqual([]);
  const who = (to: "blocked" | "deleted"): readonly string[] => writes.flatMap(([word, number]) => (word === to ? [WHAT[number] ?? "somebody"] : []));
  return { exit, text: flat(`${stdout}${stderr}`), blocked: who("blocked"), deleted: who("deleted") };
};

test("deleted at once", async () => {
  const { of, world } = await begun({ onlyDeletes: true });
  const { exit, deleted, text } = await applied(of, world, START);
  // Who only tried in vain, or could sign in all along, has not signed in.
  expect(deleted).toEqual(["nothing", "is tried", "may sign in again", "nothing"]);
  // Not all that was shown was done.
  expect(exit, text).toBe(4);
  expect(text).toContain("4 accounts deleted");
  expect(text).toContain("18 accounts spared at the last look");
  expect(text).toContain(`unused-${WHAT.indexOf("is deleted by hand")}@small.example: somebody deleted it since it was read`);
  const spared = archiveLines(of).filter(({ type }) => type === "spared");
  expect(spared.map(({ upn }) => upn)).toHaveLength(WHAT.length - 4);
  expect([...archivedIn(of)].map((id) => WHAT[Number.parseInt(id.slice(-12), 16)])).toEqual(deleted);
});

test("blocked first: whom something speaks for can go on signing in", async () => {
  const { of, world } = await begun({ after: 28, deleteFrom: "2024-10-28" });
  const { blocked, deleted } = await applied(of, world, START);
  expect([blocked, deleted]).toEqual([["nothing", "is tried", "may sign in again", "nothing"], []]);
});

test("blocked, and deleted after they cooled off", async () => {
  const { of, world } = await begun({ after: 28, deleteFrom: "2024-10-28" });
  expect((await of.cli(["apply", PLAN_FILE, "--yes"])).exit).toBe(0);
  for (const [number, facts] of world) world.set(number, { ...facts, enabled: false });
  await of.reader.forward(28 * DAY);
  const { blocked, deleted } = await applied(of, world, START + 28 * DAY);
  expect([blocked, deleted]).toEqual([[], ["nothing", "nothing"]]);
});

test("a day before they cooled off nobody goes, though the phase has begun", async () => {
  const { of, world } = await begun({ after: 28, deleteFrom: "2024-10-28" });
  await of.reader.forward(DAY);
  expect((await of.cli(["apply", PLAN_FILE, "--yes"])).exit).toBe(0);
  for (const [number, facts] of world) world.set(number, { ...facts, enabled: false });
  await of.reader.forward(27 * DAY);
  const line = watched(of.fetch);
  const { stdout } = await of.cli(["apply", PLAN_FILE, "--yes"], { fetch: line.fetch });
  expect(line.asked.filter(({ method }) => method === "DELETE" || method === "PATCH")).toEqual([]);
  expect(flat(stdout)).toContain("it was blocked by this tool too short a time ago, and can be deleted from 2024-10-29 on");
});
