import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyProject, ROOT } from "../scripts/copy.js";

/** What a reader types: each line of each `sh` block, with the exit code that a comment at its end announces. */
type Line = { readonly typed: string; readonly exit: number };

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => ({ language: match[1] ?? "", text: match[2] ?? "" }));
const lines: readonly Line[] = blocks
  .filter(({ language }) => language === "sh")
  .flatMap(({ text }) => text.trimEnd().split("\n"))
  .map((text) => {
    const [, typed = text, exit = "0"] = /^(.*?)\s+# exit code (\d+)$/.exec(text) ?? [];
    return { typed, exit: Number(exit) };
  });

/** A run's id is never the same twice: in the README it stands for the newest run of those that the reader made. */
const RUN_ID = /\d{8}T\d{6}Z-[0-9a-f]{4}/;

/** `npm ci` has run, or this test would not, and `npm test` is running: `.ci/run` proves both from a clean checkout. */
const PROVEN = /^npm ci && npm (start|test)$/;

/** What `npx entra-rollout` starts. One line goes through npx itself, which takes longer than the tool; the others start it directly. */
const direct = (typed: string): string => typed.replaceAll("npx entra-rollout", "node bin/entra-rollout.cjs");
const THROUGH_NPX = /^npx entra-rollout check /;

let folder = "";

const type = (typed: string) => {
  const { ENTRA_ROLLOUT_TOKEN: _token, ...env } = process.env;
  return spawnSync("bash", ["-c", typed], { cwd: folder, encoding: "utf8", env: { ...env, CI: "true", NO_COLOR: "1", npm_config_update_notifier: "false" } });
};

beforeAll(() => {
  folder = copyProject("readme");
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("README.md", () => {
  test("opens with the rehearsal and the proofs, in these very words", () => {
    expect(lines.slice(0, 2)).toEqual([
      { typed: "npm ci && npm start", exit: 0 },
      { typed: "npm ci && npm test", exit: 0 },
    ]);
    expect(lines.filter(({ typed }) => THROUGH_NPX.test(typed))).toHaveLength(1);
    expect(blocks.map(({ language }) => language)).not.toContain("");
  });

  test("npm start builds the tool and shows the county's timeline and the next phase's dry run", () => {
    const start = type("npm start");
    expect(start.stderr + start.stdout).toContain("County schools");
    expect(start.stdout).toContain("to create");
    expect(start.status, start.stderr).toBe(0);
  });

  // One after the other, as a reader would: each line stands on what the lines before it did.
  describe.sequential("every further line does what it says", () => {
    test.each(lines.filter(({ typed }) => !PROVEN.test(typed)))("$typed ends with $exit", ({ typed, exit }) => {
      const newest = RUN_ID.test(typed) ? type(direct("npx entra-rollout runs")).stdout.match(new RegExp(RUN_ID, "g"))?.at(-1) : undefined;
      const meant = newest === undefined ? typed : typed.replace(RUN_ID, newest);
      const run = type(THROUGH_NPX.test(typed) ? meant : direct(meant));
      expect(run.status, `${run.stdout}\n${run.stderr}`).toBe(exit);
      expect(run.stderr).not.toMatch(/^\s+at /m);
    });
  });

  test("every command that it names has help", () => {
    const named = [...readme.matchAll(/`(?:npx entra-rollout )?(check|status|diff|apply|runs|undo|sandbox \w+|help [\w-]+|--help)[^`]*`/g)].map(
      (match) => match[1] ?? "",
    );
    expect(named.length).toBeGreaterThan(4);
    for (const name of new Set(named)) {
      const help = type(direct(`npx entra-rollout ${name}${name.startsWith("help") || name === "--help" ? "" : " --help"}`));
      expect(help.status, name).toBe(0);
      expect(help.stdout.length, name).toBeGreaterThan(40);
    }
  });
});
