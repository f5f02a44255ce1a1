import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unlessHeld } from "../../src/held.ts";
import { nodeFilesOn } from "../../src/node-runtime.ts";
import type { Files } from "../../src/runtime.ts";

const refusal = (code: string): Error => Object.assign(new Error(`${code}: operation not permitted`), { code });

/** What fails so often, and then answers. */
const heldFor = (times: number, code: string): { readonly act: () => Promise<string>; readonly tried: () => number } => {
  let tried = 0;
  return {
    act: async () => {
      tried += 1;
      if (tried <= times) throw refusal(code);
      return "done";
    },
    tried: () => tried,
  };
};

const waits = (): { readonly sleep: (ms: number) => Promise<void>; readonly each: number[] } => {
  const each: number[] = [];
  return {
    sleep: async (ms) => {
      each.push(ms);
    },
    each,
  };
};

describe("what another program holds on Windows", () => {
  test.each(["EPERM", "EACCES", "EBUSY"])("%s is tried again until it is let go", async (code) => {
    const { act, tried } = heldFor(3, code);
    const { sleep, each } = waits();
    expect(await unlessHeld(act, "win32", sleep)).toBe("done");
    expect([tried(), each]).toEqual([4, [10, 20, 40]]);
  });

  test("is given up after some two and a half seconds, with what was said", async () => {
    const { act, tried } = heldFor(1000, "EBUSY");
    const { sleep, each } = waits();
    await expect(unlessHeld(act, "win32", sleep)).rejects.toMatchObject({ code: "EBUSY" });
    expect(tried()).toBe(9);
    expect(each.reduce((sum, ms) => sum + ms, 0)).toBe(2550);
  });

  test.each([
    ["win32", "ENOENT"],
    ["win32", "EEXIST"],
    ["win32", "ENOSPC"],
    ["linux", "EPERM"],
    ["darwin", "EBUSY"],
  ] as const)("is not meant on %s by %s, which is told at once", async (platform, code) => {
    const { act, tried } = heldFor(1, code);
    const { sleep, each } = waits();
    await expect(unlessHeld(act, platform, sleep)).rejects.toMatchObject({ code });
    expect([tried(), each]).toEqual([1, []]);
  });
});

// A folder in which nobody may make anything, not even the machine's owner, stands in for files that are held.
describe.skipIf(!existsSync("/sys/kernel"))("every writing to disk waits for it", () => {
  const refused = "/sys/kernel/entra-rollout";
  const writings: readonly (readonly [name: string, act: (files: Files) => Promise<unknown>])[] = [
    ["a whole file", (files) => files.write(refused, "text")],
    ["a line", (files) => files.append(refused, "text")],
    ["a new file", (files) => files.create(refused, "text")],
    ["a growing file", (files) => files.begin(refused)],
    ["a line that is flushed later", (files) => files.extend(refused, "text")],
  ];

  test.each(writings)("%s", async (_name, act) => {
    const { sleep, each } = waits();
    await expect(act(nodeFilesOn("win32", sleep))).rejects.toMatchObject({ code: expect.stringMatching(/^(EPERM|EACCES)$/) });
    expect(each).toHaveLength(8);
    const elsewhere = waits();
    await expect(act(nodeFilesOn("linux", elsewhere.sleep))).rejects.toBeDefined();
    expect(elsewhere.each).toEqual([]);
  });
});

describe("files that nobody holds", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "entra-rollout-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("are written as they are elsewhere, without waiting", async () => {
    const { sleep, each } = waits();
    const files = nodeFilesOn("win32", sleep);
    const at = (name: string): string => join(folder, name);
    await files.create(at("journal"), "one\n");
    await files.append(at("journal"), "two\n");
    await files.extend(at("journal"), "three\n");
    await files.flush(at("journal"));
    await files.write(at("whole"), "before");
    await files.write(at("whole"), "after");
    writeFileSync(at("away"), "");
    await files.remove(at("away"));
    expect(readFileSync(at("journal"), "utf8")).toBe("one\ntwo\nthree\n");
    expect(readFileSync(at("whole"), "utf8")).toBe("after");
    expect(readdirSync(folder).sort()).toEqual(["journal", "whole"]);
    expect(each).toEqual([]);
  });
});
