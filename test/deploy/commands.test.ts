import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/copy.js";
import { parseCommandLine } from "../../src/commands/parse.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { chooseWay } from "../../src/identity/ways.ts";
import { freshFolder, runCli } from "../cli/harness.ts";
import { type Deployment, deployments } from "./deployments.ts";

const all = deployments();
const named = all.map((each) => [each.name, each] as const);

test("there is a command of each", () => {
  expect(all.map(({ name }) => name)).toEqual([
    "GitHub Actions: Everything that is due",
    "GitHub Actions: Everything that is due, on the second",
    "systemd",
    "Windows",
    "Kubernetes",
  ]);
});

describe("what is started", () => {
  const optionsOf = ({ words }: Deployment) => parseCommandLine(words, COMMANDS);

  test.each(named)("is a command line of this tool: %s", (_name, deployment) => {
    const { command, options } = optionsOf(deployment);
    expect(command.name).toBe("run");
    expect(options).toMatchObject({ arguments: ["plan.yaml"], tenant: "11111111-1111-4111-8111-111111111111" });
    // Where the working folder comes back empty, or is not there, runs would be forgotten.
    expect(options.state).toBeDefined();
    expect(options.summary).toBeDefined();
    expect(options.allow).toEqual([]);
  });

  test.each(named)("has in its environment what it signs in with, and nobody is asked: %s", (_name, deployment) => {
    const { auth, cloud } = optionsOf(deployment).options;
    const { way, clientId } = chooseWay({ auth, cloud }, { env: deployment.env, canAsk: false, platform: deployment.platform });
    expect({ way: way.name, asks: way.asks, clientId }).toEqual({ way: auth, asks: false, clientId: "22222222-2222-4222-8222-222222222222" });
    expect(deployment.env["AZURE_CLIENT_SECRET"]).toBeUndefined();
  });
});

test("settings that were forgotten are refused: nothing is run on a practice tenant instead", async () => {
  const cwd = freshFolder();
  try {
    const [{ words } = { words: [] }] = all.filter(({ name }) => name === "systemd");
    const empty = words.map((word) => (word.startsWith("11111111-") ? "" : word));
    expect(empty).toContain("");
    cpSync(join(ROOT, "rollout-plans/academy-trust-2022.yaml"), join(cwd, "plan.yaml"));
    expect(await runCli(empty, { cwd })).toMatchObject({ exit: 64, stdout: "" });
    expect(existsSync(join(cwd, ".entra-rollout"))).toBe(false);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});

describe("played on the practice tenant", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = freshFolder();
    cpSync(join(ROOT, "rollout-plans/academy-trust-2022.yaml"), join(cwd, "plan.yaml"));
    expect(await runCli(["sandbox", "fill", "trust"], { cwd })).toMatchObject({ exit: 0 });
  });
  afterAll(() => {
    rmSync(cwd, { recursive: true, force: true });
  });

  /** The same words, but for those that are of another machine. */
  const here = ({ words }: Deployment, soon: string): readonly string[] =>
    words.map((word, at) => {
      const before = words[at - 1];
      if (before === "--tenant") return "sandbox";
      if (before === "--state") return join(cwd, "state");
      if (before === "--summary") return join(cwd, "summary.md");
      return before === "--wait-until" ? soon : word;
    });

  test.each(named)("it ends with 0, and says so in its summary: %s", async (_name, deployment) => {
    rmSync(join(cwd, "summary.md"), { force: true });
    const clock = await runCli(["sandbox", "clock", "--json"], { cwd });
    const now = /"now": "(\d{4}-\d\d-\d\dT\d\d:\d\d)/.exec(clock.stdout)?.[1] ?? "";
    // One minute on; the practice tenants' clocks begin at whole hours, and a run takes seconds of them.
    const soon = `${now.slice(0, -2)}${String(Number(now.slice(-2)) + 1).padStart(2, "0")}`;
    const { exit, stderr } = await runCli(here(deployment, soon), { cwd });
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    expect(readFileSync(join(cwd, "summary.md"), "utf8")).toMatch(/Academy trust|trust/i);
  });
});
