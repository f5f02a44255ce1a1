import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Entry } from "../src/core/changes.ts";
import { nodeRuntime } from "../src/node-runtime.ts";
import { openState, type State } from "../src/state.ts";
import { startEntry } from "./apply/model.ts";

const NOW = Date.parse("2018-11-19T00:00:00Z");
const node = nodeRuntime(".");
let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "entra-rollout-state-")), "runs");
});
afterEach(() => {
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

type Process = { readonly pid: number; readonly alive?: readonly number[]; readonly files?: Partial<typeof node.files> };
const stateOf = ({ pid, alive = [pid], files = {} }: Process): State =>
  openState(folder, {
    ...node,
    pid,
    isProcessAlive: (each) => alive.includes(each),
    clock: { now: () => NOW, sleep: () => Promise.resolve() },
    files: { ...node.files, ...files },
  });

const start = (run: string): readonly Entry[] => [{ ...startEntry(0, NOW), run } as Entry & { readonly type: "start" }];
const END: Entry = { type: "end", at: NOW, exit: 0 };

describe("journals", () => {
  test("a folder that is not there holds no run, and reading makes none", async () => {
    expect(await stateOf({ pid: 1 }).runs()).toEqual({ runs: [], damaged: [] });
    expect(() => statSync(folder)).toThrow();
  });

  test("a run is read back as it was written", async () => {
    const state = stateOf({ pid: 1 });
    const writer = await state.begin(NOW, start);
    await writer.append([END]);
    const { runs } = await state.runs();
    expect(runs).toMatchObject([{ id: writer.run, end: { exit: 0 } }]);
    expect(writer.run).toMatch(/^20181119T000000Z-[0-9a-f]{4}$/);
  });

  test("runs of one moment keep their order", async () => {
    const state = stateOf({ pid: 1 });
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) ids.push((await state.begin(NOW, start)).run);
    expect((await state.runs()).runs.map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(5);
  });

  test("two processes that begin at once get two ids", async () => {
    const both = await Promise.all([stateOf({ pid: 1 }).begin(NOW, start), stateOf({ pid: 2 }).begin(NOW, start)]);
    expect(new Set(both.map(({ run }) => run)).size).toBe(2);
  });

  test("appends follow each other in the order in which they were asked for", async () => {
    const state = stateOf({ pid: 1 });
    const writer = await state.begin(NOW, start);
    await Promise.all(Array.from({ length: 20 }, (_, exit) => writer.append([{ type: "end", at: NOW, exit }])));
    const lines = readFileSync(join(folder, `${writer.run}.jsonl`), "utf8")
      .trim()
      .split("\n");
    expect(lines.slice(1).map((line) => (JSON.parse(line) as { exit: number }).exit)).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  test("after an append that failed nothing follows, since the file may end in half a line", async () => {
    let calls = 0;
    const state = stateOf({
      pid: 1,
      files: {
        append: async () => {
          calls += 1;
          throw new Error("disk full");
        },
      },
    });
    const writer = await state.begin(NOW, start);
    await expect(writer.append([END])).rejects.toThrow("disk full");
    await expect(writer.append([END])).rejects.toThrow("disk full");
    expect(calls).toBe(1);
  });

  test("a torn last line is passed over, a damaged one is named, other files are not ours", async () => {
    const state = stateOf({ pid: 1 });
    const torn = await state.begin(NOW, start);
    const broken = await state.begin(NOW, start);
    writeFileSync(join(folder, `${torn.run}.jsonl`), '{"type":"end","at":1,"ex', { flag: "a" });
    writeFileSync(join(folder, `${broken.run}.jsonl`), '{"type":"end"}\n', { flag: "a" });
    writeFileSync(join(folder, "notes.txt"), "hello");
    writeFileSync(join(folder, "20181119T000000Z-7fff.jsonl"), "");
    const { runs, damaged } = await state.runs();
    expect(runs.map(({ id }) => id)).toEqual([torn.run]);
    expect(damaged).toMatchObject([{ id: broken.run, because: "line 2: it is no journal entry that this version knows" }]);
  });

  test.skipIf(process.platform === "win32")("only the owner may read them", async () => {
    const state = stateOf({ pid: 1 });
    const { run } = await state.begin(NOW, start);
    expect(statSync(join(folder, `${run}.jsonl`)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});

describe("the lock", () => {
  const of = { tenant: "00000000-0000-4000-8000-000000000fff", plan: "county-2018", command: "apply county.yaml", now: NOW };

  test("is held by one at a time, and says by whom", async () => {
    const lock = await stateOf({ pid: 1 }).lock(of);
    await expect(stateOf({ pid: 2, alive: [1, 2] }).lock(of)).rejects.toThrow(
      "another run of county-2018 is under way: apply county.yaml, process 1, since 2018-11-19T00:00:00.000Z",
    );
    await lock.release();
    await (await stateOf({ pid: 2, alive: [1, 2] }).lock(of)).release();
  });

  test("of another plan or tenant is another lock", async () => {
    const state = stateOf({ pid: 1 });
    const locks = [
      await state.lock(of),
      await state.lock({ ...of, plan: "trust-2022" }),
      await state.lock({ ...of, tenant: "00000000-0000-4000-8000-000000000ffe" }),
    ];
    for (const lock of locks) await lock.release();
    expect(locks).toHaveLength(3);
  });

  test("of a process that died is taken over", async () => {
    await stateOf({ pid: 1 }).lock(of);
    const lock = await stateOf({ pid: 2, alive: [2] }).lock(of);
    await expect(stateOf({ pid: 3, alive: [2, 3] }).lock(of)).rejects.toThrow("process 2");
    await lock.release();
  });

  test("of an earlier process with the same number is taken over, as in a container", async () => {
    const words = { pid: 7, startedAt: "2018-11-18T00:00:00.000Z", command: "apply", released: false };
    const state = stateOf({ pid: 7 });
    await (await state.lock(of)).release();
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name ?? ""), JSON.stringify(words));
    const lock = await state.lock(of);
    await expect(state.lock(of)).rejects.toThrow("process 7");
    await lock.release();
  });

  test("that was left empty is taken over", async () => {
    await (await stateOf({ pid: 1 }).lock(of)).release();
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name ?? ""), "");
    await (await stateOf({ pid: 2, alive: [1, 2] }).lock(of)).release();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("of many that find a dead one at once, one gets it", async () => {
    await stateOf({ pid: 1 }).lock(of);
    const pids = Array.from({ length: 12 }, (_, at) => at + 2);
    const taken = await Promise.allSettled(pids.map((pid) => stateOf({ pid, alive: pids }).lock(of)));
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("a slow process that found a dead one gets nothing once others took it, ended, and took it again", async () => {
    await stateOf({ pid: 1 }).lock(of);
    // It looks, and before it creates its file the world goes on.
    let gate: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      gate = resolve;
    });
    let first = true;
    const create: typeof node.files.create = async (path, content) => {
      if (first) {
        first = false;
        await held;
      }
      await node.files.create(path, content);
    };
    const slow = stateOf({ pid: 9, alive: [3, 9], files: { create } }).lock(of);
    await (await stateOf({ pid: 2, alive: [2, 9] }).lock(of)).release();
    const current = await stateOf({ pid: 3, alive: [3, 9] }).lock(of);
    gate();
    await expect(slow).rejects.toThrow("process 3");
    await expect(stateOf({ pid: 4, alive: [3, 4] }).lock(of)).rejects.toThrow("process 3");
    await current.release();
  });

  test("names are safe on Windows", async () => {
    const state = stateOf({ pid: 1 });
    await state.begin(NOW, start);
    await (await state.lock({ ...of, plan: "Odd:Plan" })).release();
    for (const name of readdirSync(folder)) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
  });
});
