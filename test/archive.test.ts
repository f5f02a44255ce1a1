/** Archives on disk: owner-only, there before the promise is kept, and nothing after a write that failed. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { archiveFolder, openArchive, readArchives, readPast } from "../src/archive.ts";
import { linesOf } from "../src/core/journal.ts";
import { nodeRuntime } from "../src/node-runtime.ts";
import { openState } from "../src/state.ts";
import { startEntry } from "./apply/model.ts";
import { accountLine, blockedLine, runName, sparedLine } from "./core/accounts/archive-world.ts";

const node = nodeRuntime(".");
let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "entra-rollout-archive-")), "runs");
});
afterEach(() => {
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

const [R1, R2] = [runName(1), runName(2)];
const fileOf = (run: string): string => join(archiveFolder(folder, node), `${run}.jsonl`);
const isWindows = process.platform === "win32";

describe("writing", () => {
  test("nothing is made before something is kept, and nothing for no lines", async () => {
    await openArchive(folder, R1, node).append([]);
    expect(() => statSync(folder)).toThrow();
  });

  test("it is on disk when the promise is kept, for its owner alone", async () => {
    const archive = openArchive(folder, R1, node);
    await archive.append([accountLine(1, R1)]);
    expect(readFileSync(fileOf(R1), "utf8")).toContain("unused-1@");
    if (isWindows) return;
    expect(statSync(fileOf(R1)).mode & 0o077).toBe(0);
    expect(statSync(archiveFolder(folder, node)).mode & 0o077).toBe(0);
  });

  test("appends follow each other, and are read back with those of other runs, oldest first", async () => {
    const archive = openArchive(folder, R2, node);
    await Promise.all([archive.append([blockedLine(1, R2, 5)]), archive.append([sparedLine(2, R2, 6)])]);
    await openArchive(folder, R1, node).append([accountLine(3, R1, { at: 1 })]);
    expect(await readArchives(folder, node)).toEqual({ lines: [accountLine(3, R1, { at: 1 }), blockedLine(1, R2, 5), sparedLine(2, R2, 6)], damaged: [] });
  });

  test("nothing follows half a line", async () => {
    let isFull = false;
    const files = {
      ...node.files,
      append: async (path: string, content: string) => {
        if (isFull) throw new Error("no space left");
        isFull = true;
        await node.files.append(path, content.slice(0, 50));
        throw new Error("no space left");
      },
    };
    const archive = openArchive(folder, R1, { ...node, files });
    await expect(archive.append([accountLine(1, R1)])).rejects.toThrow("no space left");
    isFull = false;
    await expect(archive.append([accountLine(2, R1)])).rejects.toThrow("no space left");
    expect(readFileSync(fileOf(R1), "utf8")).toHaveLength(50);
    expect(await readArchives(folder, node)).toEqual({ lines: [], damaged: [] });
  });
});

describe("reading", () => {
  test("a folder without archives has none, and reading makes none", async () => {
    expect(await readArchives(folder, node)).toEqual({ lines: [], damaged: [] });
    expect(() => statSync(folder)).toThrow();
  });

  test("a damaged line is told with its file; other files in the folder are nobody's", async () => {
    await openArchive(folder, R1, node).append([blockedLine(1, R1)]);
    writeFileSync(fileOf(R1), `${readFileSync(fileOf(R1), "utf8")}{}\n`);
    writeFileSync(join(archiveFolder(folder, node), "notes.jsonl"), "{}\n");
    expect(await readArchives(folder, node)).toEqual({
      lines: [blockedLine(1, R1)],
      damaged: [{ file: fileOf(R1), because: "line 2: no row that this version knows" }],
    });
    expect(readdirSync(archiveFolder(folder, node))).toHaveLength(2);
  });

  test("another tenant's runs are left out, with their archives; an archive without its journal is believed", async () => {
    const state = openState(folder, node);
    const journal = (run: string, number: number, tenant: string) =>
      node.files.append(join(folder, `${run}.jsonl`), linesOf([startEntry(number, 1, { tenant })]));
    for (const [number, run] of [R1, R2, runName(3)].entries()) await openArchive(folder, run, node).append([accountLine(number, run)]);
    await journal(R1, 1, "tenant-a");
    await journal(R2, 2, "tenant-b");
    const past = await readPast(state, "tenant-a", node);
    expect(past.lines.map(({ run }) => run)).toEqual([R1, runName(3)]);
    expect(past.runs.map(({ id }) => id)).toEqual([R1]);
    expect(past.unread).toEqual([]);
  });
});
