/** A snapshot as a compressed file: there when it is whole, read by what it is and not by its name, refused where it was cut or spoilt. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeFiles } from "../../src/node-runtime.ts";
import type { Files } from "../../src/runtime.ts";
import { type CliOptions, type CliResult, freshFolder, runCli } from "../cli/harness.ts";

const cwd = freshFolder();
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const cli = (args: readonly string[], more: Partial<CliOptions> = {}): Promise<CliResult> => runCli(args, { cwd, ...more });
const well = async (...args: readonly string[]): Promise<CliResult> => {
  const result = await cli(args);
  expect(result, `${args.join(" ")}\n${result.stderr}`).toMatchObject({ exit: 0 });
  return result;
};
const bytes = (name: string): Buffer => readFileSync(join(cwd, name));
const put = (name: string, content: Uint8Array | string): void => writeFileSync(join(cwd, name), content);
const left = (): readonly string[] => readdirSync(cwd).filter((name) => name !== ".entra-rollout");

beforeAll(async () => {
  await well("sandbox", "fill", "trust");
  await well("snapshot", "plain.jsonl", "--tenant", "sandbox");
  await well("snapshot", "tenant.jsonl.gz", "--tenant", "plain.jsonl");
});

describe("compressed by its name", () => {
  test("holds the same, in a fifth of the room at most", () => {
    expect(gunzipSync(bytes("tenant.jsonl.gz")).equals(bytes("plain.jsonl"))).toBe(true);
    expect(bytes("tenant.jsonl.gz").length * 5).toBeLessThan(bytes("plain.jsonl").length);
  });

  test("the same tenant gives the same bytes", async () => {
    await well("snapshot", "AGAIN.GZ", "--tenant", "tenant.jsonl.gz");
    expect(bytes("AGAIN.GZ").equals(bytes("tenant.jsonl.gz"))).toBe(true);
  });
});

describe("read by what it is", () => {
  test.each([
    ["packed.jsonl", (): Uint8Array => bytes("tenant.jsonl.gz")],
    ["unpacked.gz", (): Uint8Array => bytes("plain.jsonl")],
    [
      "in two parts.gz",
      (): Uint8Array => Buffer.concat([bytes("plain.jsonl").subarray(0, 70_000), bytes("plain.jsonl").subarray(70_000)].map((part) => gzipSync(part))),
    ],
  ])("%s", async (name, content) => {
    put(name, content());
    expect((await well("sandbox", "clock", "--tenant", name)).stdout).toContain("Academy trust");
  });

  test("in whatever pieces the disk gives it", async () => {
    const files: Files = {
      ...nodeFiles,
      async *chunks(path) {
        const all = readFileSync(path);
        for (let at = 0; at < 4; at += 1) yield all.subarray(at, at + 1);
        yield all.subarray(4);
      },
    };
    put("drops.gz", bytes("tenant.jsonl.gz"));
    expect(await cli(["sandbox", "clock", "--tenant", "drops.gz"], { files })).toMatchObject({ exit: 0 });
  });

  test("of an older format", async () => {
    const text = bytes("plain.jsonl").toString("utf8");
    put("older.gz", gzipSync(text.replace("entra-rollout snapshot 2", "entra-rollout snapshot 1")));
    expect((await well("sandbox", "clock", "--tenant", "older.gz")).stdout).toContain("Academy trust");
  });
});

describe("refused in one sentence", () => {
  const whole = (): Buffer => bytes("tenant.jsonl.gz");
  const spoilt = (from: number, length: number): Buffer => Buffer.from(whole()).fill(0xff, from, from + length);
  const newer = (): Buffer => gzipSync(bytes("plain.jsonl").toString("utf8").replace("entra-rollout snapshot 2", "entra-rollout snapshot 12"));
  test.each([
    ["cut in the middle", () => whole().subarray(0, Math.floor(whole().length / 2)), "it was cut short, or is still being written"],
    ["without its last bytes", () => whole().subarray(0, -6), "it was cut short, or is still being written"],
    ["its first bytes alone", () => whole().subarray(0, 2), "it was cut short, or is still being written"],
    ["another sum at its end", () => spoilt(whole().length - 8, 4), "it is damaged, and cannot be unpacked"],
    ["another method", () => spoilt(2, 1), "it is damaged, and cannot be unpacked"],
    // What is unpacked until zlib notices may be no JSON by then.
    ["spoilt in the middle", () => spoilt(Math.floor(whole().length / 2), 64), "spoilt-in-the-middle.gz:"],
    [
      "without its last line",
      () =>
        gzipSync(
          bytes("plain.jsonl")
            .toString("utf8")
            .replace(/\n\{"end".*\n$/, "\n"),
        ),
      "it ends here without its last line",
    ],
    ["packed twice", () => gzipSync(whole()), "it is no"],
    ["of a newer version", newer, "a newer version wrote it, in format 12"],
  ])("%s", async (name, content, said) => {
    const file = `${name.replaceAll(" ", "-")}.gz`;
    put(file, content());
    const { exit, stderr } = await cli(["sandbox", "clock", "--tenant", file]);
    expect({ exit, stderr }).toMatchObject({ exit: 64, stderr: expect.stringContaining(said) });
    expect(stderr.trimEnd().split("\n")).toEqual([expect.stringContaining(file), "hint: entra-rollout snapshot FILE writes one"]);
  });

  test("one that is not there is a file, and no domain", async () => {
    expect(await cli(["status", "plan.yaml", "--tenant", "gone.gz"])).toMatchObject({ exit: 65 });
    expect(await cli(["sandbox", "clock", "--tenant", "gone.gz"])).toMatchObject({ exit: 64, stderr: expect.stringContaining("there is no such file") });
  });
});

describe("there when it is whole", () => {
  test("nothing stands under its name while it is read, and nothing is left of one that was interrupted", async () => {
    const before = left();
    const abort = new AbortController();
    const seen: string[][] = [];
    const files: Files = {
      ...nodeFiles,
      begin: async (path) => {
        const file = await nodeFiles.begin(path);
        seen.push(readdirSync(cwd).filter((name) => !before.includes(name) && name !== ".entra-rollout"));
        abort.abort(new Error("interrupted"));
        return file;
      },
    };
    const { exit, stderr } = await cli(["snapshot", "cut.jsonl.gz", "--tenant", "sandbox"], { files, signal: abort.signal });
    expect({ exit, stderr }).toMatchObject({ exit: 130, stderr: expect.stringContaining("interrupted") });
    expect(seen).toEqual([[expect.stringMatching(/^\.entra-rollout-[0-9a-f]{8}-\d+-[0-9a-f]{8}\.tmp$/)]]);
    expect(left()).toEqual(before);
  });

  test("a full disk leaves nothing, and says so", async () => {
    const before = left();
    const files: Files = {
      ...nodeFiles,
      begin: async (path) => ({
        ...(await nodeFiles.begin(path)),
        write: async () => {
          throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
        },
      }),
    };
    const { exit, stderr } = await cli(["snapshot", "full.jsonl.gz", "--tenant", "sandbox"], { files });
    expect(exit).not.toBe(0);
    expect(stderr).toContain("no space left");
    expect(left()).toEqual(before);
  });

  test("what a killed one left is taken away by the next, and one that somebody put there meanwhile stays", async () => {
    const before = left();
    let began = 0;
    const files: Files = {
      ...nodeFiles,
      begin: async (path) => {
        began += 1;
        if (began === 1) {
          put(path.slice(cwd.length + 1).replace(/-\d+-([0-9a-f]{8}\.tmp)$/, "-999999999-$1"), "half");
          put("theirs.jsonl", "theirs");
        }
        return await nodeFiles.begin(path);
      },
    };
    const { exit, stderr } = await cli(["snapshot", "theirs.jsonl", "--tenant", "sandbox"], { files });
    expect({ exit, stderr }).toMatchObject({ exit: 64, stderr: expect.stringContaining("theirs.jsonl is there already") });
    expect(bytes("theirs.jsonl").toString()).toBe("theirs");
    expect(left().filter((name) => name.endsWith(".tmp"))).toHaveLength(1);
    rmSync(join(cwd, "theirs.jsonl"));
    await well("snapshot", "theirs.jsonl", "--tenant", "sandbox");
    expect(left()).toEqual([...before, "theirs.jsonl"].sort());
  });
});
