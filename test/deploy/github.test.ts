import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { deployed } from "./deployments.ts";

const text = deployed("github/entra-rollout.yml");
/** What each action takes, from its action.yml; actionlint knows none of these versions. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  "actions/checkout@v4": ["persist-credentials"],
  "actions/setup-node@v4": ["node-version"],
  "actions/cache/restore@v4": ["path", "key", "restore-keys"],
  "actions/cache/save@v4": ["path", "key"],
  "actions/upload-artifact@v4": ["name", "path", "if-no-files-found", "retention-days"],
};

const Step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const workflow = z
  .object({
    on: z.object({ schedule: z.array(z.object({ cron: z.string() })), workflow_dispatch: z.object({ inputs: z.record(z.string(), z.unknown()) }) }),
    permissions: z.record(z.string(), z.string()),
    concurrency: z.object({ group: z.string(), "cancel-in-progress": z.boolean() }),
    jobs: z.object({
      run: z.object({ environment: z.string(), "timeout-minutes": z.number(), env: z.record(z.string(), z.string()), steps: z.array(Step) }),
    }),
  })
  .parse(parse(text));
const { run } = workflow.jobs;

describe("the workflow", () => {
  test("uses known actions, and of each what it takes", () => {
    const unknown = run.steps.flatMap(({ uses, with: inputs }) =>
      uses === undefined ? [] : Object.keys(inputs).flatMap((name) => (INPUTS[uses]?.includes(name) === true ? [] : [`${uses}: ${name}`])),
    );
    expect(unknown).toEqual([]);
  });

  test("may read the repository and ask for its own token, and nothing else", () => {
    expect(workflow.permissions).toEqual({ contents: "read", "id-token": "write" });
    expect(run.environment).not.toBe("");
    expect(text).not.toContain("secrets.");
  });

  test("starts every quarter of an hour and not at the full hour, one at a time, and never cancels one that may be writing", () => {
    const minutes = workflow.on.schedule.map(({ cron }) => cron.split(" "));
    expect(minutes).toEqual([["7,22,37,52", "*", "*", "*", "*"]]);
    expect(workflow.concurrency).toEqual({ group: "entra-rollout", "cancel-in-progress": false });
    // A job ends after six hours at the latest: before that, the steps that keep its state must have had their turn.
    expect(run["timeout-minutes"]).toBeLessThan(360);
  });

  test("pastes nothing that somebody types into a line of a shell", () => {
    expect(run.steps.flatMap(({ run: line = "" }) => line.match(/\$\{\{.*?\}\}/g) ?? [])).toEqual([]);
  });

  test("keeps its state whatever happens, under a name that is never taken, and finds the newest", () => {
    const [restore] = run.steps.filter(({ uses }) => uses?.startsWith("actions/cache/restore@") === true);
    const [save] = run.steps.filter(({ uses }) => uses?.startsWith("actions/cache/save@") === true);
    expect(save?.if).toBe("always()");
    expect(save?.with["key"]).toBe(restore?.with["key"]);
    expect(restore?.with["key"]).toMatch(/\$\{\{ github\.run_id \}\}/);
    expect(String(restore?.with["key"]).startsWith(String(restore?.with["restore-keys"]))).toBe(true);
    expect([restore?.with["path"], save?.with["path"]]).toEqual(["state", "state"]);
    const places = run.steps.flatMap(({ uses = "", run: line = "" }) =>
      uses.includes("/cache/") ? [uses] : line.startsWith("entra-rollout run") ? ["run"] : [],
    );
    expect(places).toEqual(["actions/cache/restore@v4", "run", "run", "actions/cache/save@v4"]);
  });

  test("starts exactly one of its two runs", () => {
    const conditions = run.steps.filter(({ run: line }) => line?.startsWith("entra-rollout run") === true).map((step) => step.if);
    expect(conditions).toEqual(["env.WAIT_UNTIL == ''", "env.WAIT_UNTIL != ''"]);
    expect(run.env["WAIT_UNTIL"]).toBe(`\${{ inputs.wait-until }}`);
  });
});
