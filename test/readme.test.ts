import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyProject, ROOT } from "../scripts/copy.js";
import { freshFolder, runCli } from "./cli/harness.ts";
import { createWatch } from "./cli/watch.ts";

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

/** The real tenant of the README is a practice tenant of the same fill, served from a folder of its own. */
const TENANT = "ENTRA_ROLLOUT_TENANT";
const TOKEN = "a-token-for-the-readers-first-tenant";
const EXPORT = /^export /;

let folder = "";
let elsewhere = "";
let served: { readonly child: ChildProcess; readonly origin: string } | undefined;
/** What the reader exported stands until the end of the page. */
const exported: Record<string, string> = {};

const program = join(ROOT, "bin/entra-rollout.cjs");

/** In a process of its own, since the reader's commands are waited for. */
const serveIn = async (cwd: string): Promise<NonNullable<typeof served>> => {
  expect(spawnSync(process.execPath, [program, "sandbox", "fill", "county"], { cwd }).status).toBe(0);
  const child = spawn(process.execPath, [program, "sandbox", "serve"], {
    cwd,
    env: { ...process.env, ENTRA_ROLLOUT_TOKEN: TOKEN },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [said]: unknown[] = await once(child.stdout, "data");
  return { child, origin: /http:\/\/127\.0\.0\.1:\d+/.exec(String(said))?.[0] ?? "" };
};

/** What the reader waits for between two lines is the first tenant's own day. */
const DAYS: readonly (readonly [line: RegExp, moment: string])[] = [
  [/apply \S+ --stage --yes$/, "2018-11-11T18:00:00Z"],
  [/apply \S+ --yes$/, "2018-11-12T00:00:00Z"],
];

const dayComes = async (typed: string): Promise<void> => {
  const day = exported[TENANT] === undefined ? undefined : DAYS.find(([line]) => line.test(typed))?.[1];
  if (day === undefined || served === undefined) return;
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const moved = await fetch(`${served.origin}/_practice/clock`, { method: "POST", headers, body: JSON.stringify({ to: day }) });
  expect(moved.status, await moved.text()).toBe(200);
};

/** The tenant that a line names itself, as its runs are asked for. */
const runsOf = (typed: string): string => `npx entra-rollout runs ${/--tenant \S+/.exec(typed)?.[0] ?? ""}`;

const type = (typed: string) => {
  const { ENTRA_ROLLOUT_TOKEN: _token, ...env } = process.env;
  return spawnSync("bash", ["-c", typed], {
    cwd: folder,
    encoding: "utf8",
    env: { ...env, ...exported, CI: "true", NO_COLOR: "1", npm_config_update_notifier: "false" },
  });
};

/** @returns the names that were set */
const exportAll = (typed: string): readonly string[] => {
  const pairs = typed
    .replace(EXPORT, "")
    .split(" ")
    .map((pair) => pair.split("=", 2));
  for (const [name = "", value = ""] of pairs) exported[name] = value;
  if (exported[TENANT] !== undefined && served !== undefined) {
    exported[TENANT] = served.origin;
    exported["ENTRA_ROLLOUT_TOKEN"] = TOKEN;
  }
  return pairs.map(([name = ""]) => name);
};

beforeAll(async () => {
  folder = copyProject("readme");
  cpSync(join(ROOT, "dist"), join(folder, "dist"), { recursive: true });
  elsewhere = freshFolder();
  served = await serveIn(elsewhere);
});

afterAll(() => {
  served?.child.kill();
  rmSync(folder, { recursive: true, force: true });
  rmSync(elsewhere, { recursive: true, force: true });
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

  // Built it is already, for all tests: `.ci/run` proves that a clean checkout builds it first.
  test("npm start shows the county's timeline and the next phase's dry run", () => {
    expect(readFileSync(join(ROOT, "package.json"), "utf8")).toContain('"prestart": "npm run build"');
    const start = type("npm start --ignore-scripts");
    expect(start.stderr + start.stdout).toContain("County schools");
    expect(start.stdout).toContain("to create");
    expect(start.status, start.stderr).toBe(0);
  });

  // One after the other, as a reader would: each line stands on what the lines before it did.
  describe.sequential("every further line does what it says", () => {
    test.each(lines.filter(({ typed }) => !PROVEN.test(typed)))("$typed ends with $exit", async ({ typed, exit }) => {
      if (EXPORT.test(typed)) {
        expect(exportAll(typed)).toEqual([TENANT, "AZURE_CLIENT_ID"]);
        return;
      }
      await dayComes(typed);
      const newest = RUN_ID.test(typed)
        ? type(direct(runsOf(typed)))
            .stdout.match(new RegExp(RUN_ID, "g"))
            ?.at(-1)
        : undefined;
      const meant = newest === undefined ? typed : typed.replace(RUN_ID, newest);
      const run = type(THROUGH_NPX.test(typed) ? meant : direct(meant));
      expect(run.status, `${run.stdout}\n${run.stderr}`).toBe(exit);
      expect(run.stderr).not.toMatch(/^\s+at /m);
      if (exported[TENANT] === undefined) return;
      // On the first real tenant nothing falls back to a practice tenant unseen, and the token is not told.
      expect(run.stderr).not.toContain("no tenant is configured");
      const watch = createWatch({ ENTRA_ROLLOUT_TOKEN: TOKEN });
      watch.search(run.stdout + run.stderr, "what the reader sees");
    });
  });

  test("at its end the first tenant is as the plan wants it, by the hands of the reader alone", () => {
    const diff = type(direct("npx entra-rollout diff rollout-plans/mine.yaml --exit-code"));
    expect([diff.status, diff.stdout], diff.stderr).toEqual([0, expect.stringMatching(/live\s+12 Nov\s+Schools that volunteered[\s\S]*nothing to apply/)]);
  });

  test("every command that it names has help", async () => {
    const named = [...readme.matchAll(/`(?:npx entra-rollout )?(check|status|diff|apply|runs|undo|sandbox \w+|help [\w-]+|--help)[^`]*`/g)].map(
      (match) => match[1] ?? "",
    );
    expect(named.length).toBeGreaterThan(4);
    for (const name of new Set(named)) {
      const words = [...name.split(" "), ...(name.startsWith("help") || name === "--help" ? [] : ["--help"])];
      const help = await runCli(words, { cwd: folder });
      expect(help.exit, name).toBe(0);
      expect(help.stdout.length, name).toBeGreaterThan(40);
    }
  });
});
