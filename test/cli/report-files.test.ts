/** Reports as files: whole ones under their names, or nothing. With reports made up here, since what stands in them does not matter. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, posix, win32 } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { shortDigest } from "../../src/core/hash.ts";
import type { ReportAbout } from "../../src/core/reports/document.ts";
import type { Row } from "../../src/core/reports/shape.ts";
import { ExpiredPages } from "../../src/graph/pager.ts";
import { nodeFiles } from "../../src/node-runtime.ts";
import { csvForm } from "../../src/render/report-csv.ts";
import { type FileWish, type Machine, type Whole, writeReport } from "../../src/report-files.ts";
import { pourOut } from "../../src/report-out.ts";
import { type SplitWish, writeSplit } from "../../src/report-split.ts";
import type { Made } from "../../src/reports/report.ts";
import type { Files } from "../../src/runtime.ts";
import { ServiceError } from "../../src/service.ts";
import { ENDING, HEAD, made, row, SHAPE } from "../render/report-fixture.ts";
import { fakeRuntime, freshFolder } from "./harness.ts";

let cwd = "";
beforeEach(() => {
  cwd = freshFolder();
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const machine = (files: Partial<Files> = {}, more: Partial<Machine> = {}): Machine => ({ ...fakeRuntime({ cwd }), files: { ...nodeFiles, ...files }, ...more });

const about = ({ shape, count, ending }: Whole, files?: readonly string[]): ReportAbout => ({
  ...HEAD,
  tool: "entra-rollout 0.0.0",
  columns: shape.columns.map(({ name, heading, about: words }) => ({ name, heading, about: words })),
  rows: count,
  ...(files !== undefined && { files }),
  complete: true,
  ...ending,
});
const wish = (out: string): FileWish => ({ out, formOf: (shape) => csvForm(shape, { excel: false }), about });

const ROWS = [row("head@alder.county.example", "alder.county.example"), row("office@birch.county.example", "birch.county.example")];
const fields = {
  method: "GET",
  path: "/v1.0/users",
  status: 503,
  code: "ServiceUnavailable",
  message: "the service answered 503",
  outcome: "unknown" as const,
};
const broken = new ServiceError(fields);
const expired = new ExpiredPages({ ...fields, status: 410 });

/** Chunks, then an error in the place of the next one. */
const breaking = (chunks: readonly (readonly Row[])[], error: Error): Made => ({
  ...made([]),
  rows: (async function* () {
    yield* chunks;
    throw error;
  })(),
});

const HEADING = "Address,Domain,Capable,Registered methods,Enabled,Last sign-in,Age of data\r\n";
const LINES = ["head@alder.county.example,alder.county.example", "office@birch.county.example,birch.county.example"].map(
  (start) => `${start},yes,"app; text",yes,2018-07-05T08:00:00Z,1512\r\n`,
);
const WHOLE = HEADING + LINES.join("");
const inFolder = (): readonly string[] => readdirSync(cwd).sort();

describe("a file", () => {
  test("stands under its name, whole, for its owner alone, with what it is of beside it", async () => {
    const done = await writeReport(wish("out.csv"), async () => made([ROWS.slice(0, 1), [], ROWS.slice(1)]), machine());
    expect(done).toMatchObject({ type: "whole", count: 2, ending: ENDING });
    expect(inFolder()).toEqual(["out.csv", "out.csv.about.json"]);
    expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe(WHOLE);
    expect(JSON.parse(readFileSync(join(cwd, "out.csv.about.json"), "utf8"))).toEqual(about(done));
    if (process.platform !== "win32") expect(inFolder().map((name) => statSync(join(cwd, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  test("that was there is replaced only when the new one is whole", async () => {
    writeFileSync(join(cwd, "out.csv"), "old");
    const seen: string[] = [];
    const watched = async (): Promise<Made> => ({
      ...made([]),
      rows: (async function* () {
        yield ROWS;
        seen.push(readFileSync(join(cwd, "out.csv"), "utf8"), ...inFolder());
      })(),
    });
    await writeReport(wish("out.csv"), watched, machine());
    expect(seen[0]).toBe("old");
    expect(seen[1]).toMatch(new RegExp(`^\\.entra-rollout-${shortDigest("out.csv")}-\\d+-[0-9a-f]{8}\\.tmp$`));
    expect(seen.slice(2)).toEqual(["out.csv"]);
    expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe(WHOLE);
  });

  test.each([
    ["the list breaks off", async () => breaking([ROWS], broken), broken],
    ["the list does not begin", () => Promise.reject(broken), broken],
    ["the sums cannot be made", async () => made([ROWS], broken), broken],
    ["a mistake of ours", async () => breaking([ROWS], new TypeError("ours")), new TypeError("ours")],
  ])("is not there when %s", async (_name, make, error) => {
    writeFileSync(join(cwd, "old.csv"), "old");
    for (const out of ["new.csv", "old.csv"]) await expect(writeReport(wish(out), make, machine())).rejects.toEqual(error);
    expect(inFolder()).toEqual(["old.csv"]);
    expect(readFileSync(join(cwd, "old.csv"), "utf8")).toBe("old");
  });

  test("is begun anew, once, when the pages expired", async () => {
    const tries = [breaking([ROWS, ROWS], expired), made([ROWS])];
    const done = await writeReport(wish("out.csv"), async () => tries.shift() ?? made([]), machine());
    expect(done.count).toBe(2);
    expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe(WHOLE);
    await expect(writeReport(wish("twice.csv"), async () => breaking([ROWS], expired), machine())).rejects.toBe(expired);
    expect(inFolder()).toEqual(["out.csv", "out.csv.about.json"]);
  });

  test("of a run that was killed is swept by the next; a live run's, and anybody else's, is not", async () => {
    const left = (name: string, pid: number): string => `.entra-rollout-${shortDigest(name)}-${pid}-0a1b2c3d.tmp`;
    const names = [left("out.csv", 4), left("out.csv", 5), left("other.csv", 4), ".entra-rollout-notes.tmp"];
    for (const name of names) writeFileSync(join(cwd, name), "half");
    await writeReport(wish("out.csv"), async () => made([ROWS]), machine({}, { isProcessAlive: (pid) => pid === 5 }));
    expect(inFolder()).toEqual([...names.slice(1), "out.csv", "out.csv.about.json"].sort());
  });

  test("of a process that bore our number and died is swept; one that we write at this moment is not", async () => {
    const mine = machine();
    writeFileSync(join(cwd, `.entra-rollout-${shortDigest("out.csv")}-${mine.pid}-0a1b2c3d.tmp`), "half");
    const inner = async (): Promise<Made> => {
      await writeReport(wish("out.csv"), async () => made([ROWS.slice(0, 1)]), mine);
      return made([ROWS]);
    };
    await writeReport(wish("out.csv"), inner, mine);
    expect(inFolder()).toEqual(["out.csv", "out.csv.about.json"]);
    expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe(WHOLE);
  });

  const held = (times: number, code: string): { readonly files: Partial<Files>; readonly tries: () => number } => {
    let tries = 0;
    return {
      tries: () => tries,
      files: {
        rename: async (from, to) => {
          tries += 1;
          if (tries <= times) throw Object.assign(new Error(code), { code });
          await nodeFiles.rename(from, to);
        },
      },
    };
  };
  test.each(["EPERM", "EBUSY", "EACCES"])("that somebody looks at (%s) is tried again", async (code) => {
    const { files, tries } = held(3, code);
    await writeReport(wish("out.csv"), async () => made([ROWS]), machine(files));
    expect(tries()).toBe(4);
    expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe(WHOLE);
  });

  test("that stays open elsewhere is told, and stays as it is", async () => {
    writeFileSync(join(cwd, "out.csv"), "old");
    const { files } = held(100, "EBUSY");
    await expect(writeReport(wish("out.csv"), async () => made([ROWS]), machine(files))).rejects.toThrow(
      /out\.csv: it cannot be replaced: another program has it open/,
    );
    expect(readFileSync(join(cwd, "out.csv"), "utf8")).toBe("old");
    expect(inFolder().filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("another fault of the disk is not tried again", async () => {
    const { files, tries } = held(100, "ENOSPC");
    await expect(writeReport(wish("out.csv"), async () => made([ROWS]), machine(files))).rejects.toThrow("ENOSPC");
    expect(tries()).toBe(1);
  });

  test.skipIf(process.platform === "win32")("that is a link is written where it leads", async () => {
    mkdirSync(join(cwd, "share"));
    writeFileSync(join(cwd, "share", "real.csv"), "old");
    symlinkSync(join(cwd, "share", "real.csv"), join(cwd, "out.csv"));
    await writeReport(wish("out.csv"), async () => made([ROWS]), machine());
    expect(readFileSync(join(cwd, "share", "real.csv"), "utf8")).toBe(WHOLE);
    expect(statSync(join(cwd, "out.csv")).size).toBe(WHOLE.length);
  });

  test.each([
    ["a folder", ".", /--out \.: it is a folder/],
    ["in a folder that is not there", "none/out.csv", /--out none\/out\.csv: there is no folder /],
    ...(process.platform === "win32" ? [] : [["a device", "/dev/null", /--out \/dev\/null: it is no file that could be replaced/] as const]),
  ] as const)("that is %s is refused before anything is read", async (_name, out, said) => {
    let asked = 0;
    const make = async (): Promise<Made> => {
      asked += 1;
      return made([ROWS]);
    };
    await expect(writeReport(wish(out), make, machine())).rejects.toThrow(said);
    expect(asked).toBe(0);
  });
});

describe("standard output", () => {
  const quiet = { tell: () => undefined, end: () => undefined };
  const formOf = wish("").formOf;

  test("is written chunk by chunk, no faster than it is taken", async () => {
    const log: string[] = [];
    const output = { write: (text: string) => void log.push(text), isTTY: false, columns: 80, isClosed: false, drained: async () => void log.push("taken") };
    await pourOut(formOf, async () => made(ROWS.map((each) => [each])), output, quiet);
    expect(log).toEqual([HEADING + LINES[0], "taken", LINES[1], "taken", "", "taken"]);
  });

  test("whose reader went away reads no page more", async () => {
    const { stdout } = fakeRuntime({ cwd, readsAtMost: 10 });
    let pages = 0;
    let isLeft = false;
    const long = async (): Promise<Made> => ({
      ...made([]),
      rows: (async function* () {
        try {
          for (; pages < 50; ) {
            pages += 1;
            yield ROWS;
          }
        } finally {
          isLeft = true;
        }
      })(),
    });
    expect(await pourOut(formOf, long, stdout, quiet)).toEqual({ type: "left" });
    expect({ pages, isLeft }).toEqual({ pages: 1, isLeft: true });
  });

  test("that has rows already is ended as cut short", async () => {
    const { stdout } = fakeRuntime({ cwd });
    expect(await pourOut(formOf, async () => breaking([ROWS], broken), stdout, quiet)).toMatchObject({ type: "cut", count: 2, error: broken });
    expect(stdout.text()).toBe(WHOLE);
  });

  test("without a row is no report", async () => {
    const { stdout } = fakeRuntime({ cwd });
    await expect(pourOut(formOf, async () => breaking([], broken), stdout, quiet)).rejects.toBe(broken);
    expect(stdout.text()).toBe("");
  });

  test("on which nothing stands yet is begun anew when the pages expired", async () => {
    const { stdout } = fakeRuntime({ cwd });
    const tries = [breaking([], expired), made([ROWS])];
    await pourOut(formOf, async () => tries.shift() ?? made([]), stdout, quiet);
    expect(stdout.text()).toBe(WHOLE);
  });

  test("on which rows stand is not", async () => {
    const { stdout } = fakeRuntime({ cwd });
    const tries = [breaking([ROWS], expired), made([ROWS])];
    expect(await pourOut(formOf, async () => tries.shift() ?? made([]), stdout, quiet)).toMatchObject({ type: "cut", count: 2 });
    expect(stdout.text()).toBe(WHOLE);
  });
});

describe("a folder", () => {
  const split = (out = "schools", excel = false): SplitWish => ({ out, csv: { excel }, about: (whole, files) => about(whole, files) });
  const ODD = [
    "con.example",
    "Alder.county.example",
    "alder.county.example",
    "birch/county\\example",
    "AUX",
    "nul.",
    "",
    "a\u0000b",
    "..",
    `${"x".repeat(300)}.example`,
    "\ud83d\ude00.example",
    "a:b",
    "a*b",
  ];

  test("has a file a domain, an index and what they are of", async () => {
    const done = await writeSplit(split(), async () => made([[...ROWS, row("second@ALDER.county.example", "ALDER.county.example")]]), machine());
    expect(done).toMatchObject({ count: 3, files: ["alder.county.example.csv", "birch.county.example.csv"], others: [] });
    const folder = join(cwd, "schools");
    expect(readdirSync(folder).sort()).toEqual(["about.json", "alder.county.example.csv", "birch.county.example.csv", "index.csv"]);
    expect(readFileSync(join(folder, "alder.county.example.csv"), "utf8")).toBe(
      `${HEADING}${LINES[0]}second@ALDER.county.example,ALDER.county.example,yes,"app; text",yes,2018-07-05T08:00:00Z,1512\r\n`,
    );
    expect(readFileSync(join(folder, "birch.county.example.csv"), "utf8")).toBe(HEADING + LINES[1]);
    expect(readFileSync(join(folder, "index.csv"), "utf8")).toBe(
      "Domain,File,Rows,Accounts,Not ready\r\nalder.county.example,alder.county.example.csv,2,2,1\r\nbirch.county.example,birch.county.example.csv,1,1512,\r\n",
    );
    expect(JSON.parse(readFileSync(join(folder, "about.json"), "utf8"))).toMatchObject({
      rows: 3,
      files: ["alder.county.example.csv", "birch.county.example.csv"],
    });
  });

  test("for Excel has its mark in each file", async () => {
    await writeSplit(split("schools", true), async () => made([ROWS]), machine());
    for (const name of ["alder.county.example.csv", "index.csv"]) expect(readFileSync(join(cwd, "schools", name), "utf8").charCodeAt(0)).toBe(0xfeff);
  });

  test("has a sound file for every domain, on every system", async () => {
    const done = await writeSplit(split(), async () => made([ODD.map((domain) => row("a", domain))]), machine());
    // Two that differ in case are one.
    expect(done.files).toHaveLength(ODD.length - 1);
    expect(new Set(done.files.map((name) => name.toLowerCase())).size).toBe(done.files.length);
    for (const name of done.files) {
      for (const { join: joined, dirname, basename } of [posix, win32]) {
        expect(dirname(joined("folder", name))).toBe("folder");
        expect(basename(joined("folder", name))).toBe(name);
      }
      expect(name).toMatch(/^[a-z0-9_][a-z0-9._-]*\.csv$/);
      expect(name.split(".")[0]).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d|index|about)$/);
      expect(existsSync(join(cwd, "schools", name))).toBe(true);
    }
    expect(done.files).toContain(`domain-con.example-${shortDigest("con.example")}.csv`);
    expect(done.files).toContain("no-domain.csv");
  });

  test("keeps what an earlier split left, and says so", async () => {
    mkdirSync(join(cwd, "schools"));
    for (const name of ["cedar.county.example.csv", "letter.txt", "alder.county.example.csv"]) writeFileSync(join(cwd, "schools", name), "old");
    const done = await writeSplit(split(), async () => made([ROWS]), machine());
    expect(done.others).toEqual(["cedar.county.example.csv"]);
    expect(readFileSync(join(cwd, "schools", "cedar.county.example.csv"), "utf8")).toBe("old");
    expect(readFileSync(join(cwd, "schools", "alder.county.example.csv"), "utf8")).toBe(HEADING + LINES[0]);
  });

  test.each([
    ["the list breaks off", async () => breaking([ROWS], broken)],
    ["the sums cannot be made", async () => made([ROWS], broken)],
  ])("is as it was when %s", async (_name, make) => {
    await writeSplit(split(), async () => made([ROWS.slice(0, 1)]), machine());
    const before = readdirSync(join(cwd, "schools"));
    await expect(writeSplit(split(), make, machine())).rejects.toBe(broken);
    expect(readdirSync(join(cwd, "schools"))).toEqual(before);
    expect(readFileSync(join(cwd, "schools", "alder.county.example.csv"), "utf8")).toBe(HEADING + LINES[0]);
  });

  test("is begun anew, once, when the pages expired", async () => {
    const tries = [breaking([[row("gone@oak.example", "oak.example")]], expired), made([ROWS])];
    const done = await writeSplit(split(), async () => tries.shift() ?? made([]), machine());
    expect(done.files).toEqual(["alder.county.example.csv", "birch.county.example.csv"]);
    expect(readFileSync(join(cwd, "schools", "alder.county.example.csv"), "utf8")).toBe(HEADING + LINES[0]);
  });

  test("of a run that was killed is swept by the next", async () => {
    const left = join(cwd, "schools", `.entra-rollout-${shortDigest("split")}-4-0a1b2c3d.tmp`);
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, "alder.county.example.csv"), "half");
    await writeSplit(split(), async () => made([ROWS]), machine({}, { isProcessAlive: () => false }));
    expect(existsSync(left)).toBe(false);
  });

  test("of thousands of domains keeps no file open and writes each of them seldom", async () => {
    let writes = 0;
    const counting: Partial<Files> = {
      extend: async (path, content) => {
        writes += 1;
        await nodeFiles.extend(path, content);
      },
      flush: async () => undefined,
    };
    const chunks = Array.from({ length: 40 }, () => Array.from({ length: 250 }, (_, at) => row(`user@school-${at}.example`, `school-${at}.example`)));
    const done = await writeSplit(split(), async () => made(chunks), machine(counting));
    expect(done.files).toHaveLength(250);
    expect(writes).toBe(250);
    const text = readFileSync(join(cwd, "schools", "school-7.example.csv"), "utf8");
    expect(text.split("\r\n")).toHaveLength(1 + 40 + 1);
  });

  test("whose rows are more than fit in memory is written as they come", async () => {
    const long = Array.from({ length: 3000 }, (_, at) => row(`${"x".repeat(200)}-${at}@a.example`, "a.example"));
    const sizes: number[] = [];
    const files: Partial<Files> = {
      extend: async (path, content) => {
        sizes.push(content.length);
        await nodeFiles.extend(path, content);
      },
    };
    await writeSplit(split(), async () => made([long]), machine(files));
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(300_000);
    expect(readFileSync(join(cwd, "schools", "a.example.csv"), "utf8").split("\r\n")).toHaveLength(3002);
  });

  test.each([
    ["a file is in its place", "taken", () => writeFileSync(join(cwd, "taken"), ""), SHAPE, /--out taken: with --split it is a folder/],
    ["the report has no domain", "schools", () => undefined, { ...SHAPE, splitBy: "nothing" }, /cannot be split/],
  ])("is refused when %s", async (_name, out, arrange, shape, said) => {
    arrange();
    await expect(writeSplit(split(out), async () => made([ROWS], ENDING, shape), machine())).rejects.toThrow(said);
  });
});
