/** Bad days: something is dangerous, something is lost, somebody interrupts. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applySchema, runsSchema } from "../../src/core/document-schema.ts";
import { openSandbox } from "../../src/sandbox/sandbox.ts";
import { openState } from "../../src/state.ts";
import { copyPlans } from "../plans.ts";
import { matchesGolden } from "../render/golden.ts";
import { type CliOptions, fakeRuntime, freshFolder, runCli } from "./harness.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";
const RUN = /\d{8}T\d{6}Z-[0-9a-f]{4}/g;

let cwd = "";
const cli = (args: readonly string[], options: Partial<CliOptions> = {}) => runCli(args, { cwd, ...options });

beforeEach(async () => {
  cwd = freshFolder();
  copyPlans(cwd);
  expect((await cli(["sandbox", "fill", "county"])).exit).toBe(0);
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

type User = { readonly id: string; readonly userPrincipalName: string; readonly [key: string]: unknown };

/** Asks the practice tenant directly, and arranges in it what Graph itself cannot. */
const arrange = async (work: (send: (method: string, path: string, body?: unknown) => Promise<unknown>) => Promise<void>): Promise<void> => {
  const sandbox = await openSandbox({ folder: join(cwd, ".entra-rollout", "sandbox"), runtime: fakeRuntime({ cwd }) });
  try {
    await work(async (method, path, body) => {
      const response = await sandbox.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method,
          headers: { authorization: "Bearer practice", "content-type": "application/json" },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      );
      expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
      return await response.json();
    });
  } finally {
    await sandbox.close();
  }
};

const disableEmergency = (): Promise<void> =>
  arrange(async (send) => {
    const user = (await send("GET", "/v1.0/users/emergency-1@county.example")) as User;
    await send("POST", "/_practice/objects", { put: [{ collection: "users", object: { ...user, accountEnabled: false } }] });
  });

const written = async (): Promise<readonly string[]> => {
  let methods: readonly string[] = [];
  await arrange(async (send) => {
    const { requests } = (await send("GET", "/_practice/requests?since=0")) as {
      readonly requests: readonly { readonly method: string; readonly path: string }[];
    };
    methods = requests
      .filter(({ method, path }) => method !== "GET" && !path.includes("_practice") && !path.includes("$batch"))
      .map(({ method, path }) => `${method} ${path}`);
  });
  return methods;
};

describe("a check says stop", () => {
  test("exit 3, one sentence, how to mend it, and nothing written", async () => {
    await disableEmergency();
    const { exit, stdout, stderr } = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"]);
    expect(exit).toBe(3);
    expect(stderr).toContain("nothing was written: one check says stop");
    matchesGolden("cli/stopped.txt", stdout);
    expect(await written()).toEqual([]);
    expect((await cli(["runs"])).stdout).toContain("no runs");
  });

  test("diff says what apply would: 3 with --exit-code, 0 without", async () => {
    await disableEmergency();
    expect((await cli(["diff", PLAN, "--as-of", "2018-11-12"])).exit).toBe(0);
    expect((await cli(["diff", PLAN, "--as-of", "2018-11-12", "--exit-code"])).exit).toBe(3);
    expect((await cli(["diff", PLAN, "--exit-code"])).exit).toBe(0);
  });

  test("for programs the document says why", async () => {
    await disableEmergency();
    const { exit, stdout } = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes", "--json"]);
    expect(exit).toBe(3);
    expect(applySchema.parse(JSON.parse(stdout)).run).toEqual({ id: null, done: 0, left: [], exit: 3 });
  });
});

const faults = (...rules: readonly object[]): Promise<unknown> => cli(["sandbox", "dial", `faults=${JSON.stringify(rules)}`]);

describe("the service has a bad day", () => {
  test("a policy is refused: what stands on it is told, exit 4, and the same command goes on", async () => {
    await faults({ method: "POST", path: "conditionalAccess/policies", effect: { type: "status", status: 400, code: "BadRequest", message: "no" }, times: 1 });
    const first = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"]);
    expect(first.exit).toBe(4);
    matchesGolden("cli/partly.txt", first.stdout.replaceAll(RUN, "RUN").replace(/^.*\n\n(?=\d+ of)/s, ""));
    expect((await cli(["runs"])).stdout).toContain("partly: 7 of 8 writes");
    expect((await cli(["apply", PLAN, "--yes"])).exit).toBe(0);
    expect((await cli(["diff", PLAN, "--exit-code"])).exit).toBe(0);
  });

  test("an answer is lost and the group is there: it is found, and not made twice", async () => {
    await faults({ method: "POST", path: "^/groups$", effect: { type: "drop-after" }, times: 1 });
    const first = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"]);
    expect([0, 4]).toContain(first.exit);
    expect((await cli(["apply", PLAN, "--yes"])).exit).toBe(0);
    await arrange(async (send) => {
      const { value } = (await send("GET", "/v1.0/groups?$filter=startswith(displayName,'MFA rollout')")) as {
        readonly value: readonly { readonly displayName: string }[];
      };
      expect(value.map(({ displayName }) => displayName).toSorted()).toEqual(["MFA rollout: early adopters", "MFA rollout: heads"]);
    });
  });

  test("a create that never arrived is made again an hour later, or at once when somebody says so", async () => {
    await faults({ method: "POST", path: "^/groups$", effect: { type: "drop-before" }, times: 1 });
    expect((await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"])).exit).toBe(4);
    const soon = await cli(["apply", PLAN, "--yes"]);
    expect(soon.exit).toBe(4);
    expect(soon.stderr).toContain("looking for what an earlier run may have made: MFA rollout: ");
    expect(soon.stdout.replaceAll(/\s+/g, " ")).toContain("or at once with --allow unanswered=1 --reason");
    expect((await cli(["apply", PLAN, "--yes", "--allow", "unanswered=1", "--reason", "looked in the portal"])).exit).toBe(0);
    expect((await cli(["diff", PLAN, "--exit-code"])).exit).toBe(0);
  });

  test("undone before anybody knows: what is not to be seen is named, exit 4", async () => {
    await faults({ method: "POST", path: "^/groups$", effect: { type: "drop-before" }, times: 1 });
    const { stdout } = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"]);
    const [id = ""] = stdout.match(RUN) ?? [];
    const undone = await cli(["undo", id, "--yes"]);
    expect(undone.exit).toBe(4);
    expect(undone.stderr).toContain("looking for what that run may have made: MFA rollout: ");
    expect(undone.stdout.replaceAll(/\s+/g, " ")).toContain("it was sent and not answered, and it is not to be seen");
  });

  test("accounts that cannot be read: the report is partial, 4, and nothing is written", async () => {
    await faults({
      method: "GET",
      path: "^/users\\?",
      effect: { type: "status", status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." },
    });
    const status = await cli(["status", PLAN]);
    expect(status.exit).toBe(4);
    expect(status.stdout).toContain("accounts not known");
    const apply = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"]);
    expect([3, 4]).toContain(apply.exit);
    expect(await written()).toEqual([]);
  });

  test("the tenant itself cannot be read: 77 with the code and what to do", async () => {
    await faults({
      path: "^/organization",
      effect: { type: "status", status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." },
    });
    const { exit, stderr } = await cli(["status", PLAN, "--tenant", "sandbox", "--quiet"]);
    expect(exit).toBe(77);
    expect(stderr).toMatch(/^could not read \S+: 403 Authorization_RequestDenied: .*\nhint: /);
  });

  test("the service is down: 69", async () => {
    await faults({ path: "^/organization", effect: { type: "status", status: 503 } });
    expect((await cli(["status", PLAN])).exit).toBe(69);
  });
});

describe("somebody interrupts", () => {
  test("in the middle of the writes: 130, how to go on, and the same command goes on", async () => {
    const controller = new AbortController();
    let aborted = false;
    const stderr = (text: string): void => {
      if (text.startsWith("writing policies") && !aborted) {
        aborted = true;
        controller.abort(new Error("interrupted"));
      }
    };
    const { exit, stdout } = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"], { signal: controller.signal, onStderr: stderr });
    expect(aborted).toBe(true);
    expect(exit).toBe(130);
    expect(stdout).toContain(`to go on:      entra-rollout apply ${PLAN} --yes`);
    expect((await cli(["runs"])).stdout).toContain("cut after ");
    expect((await cli(["runs"])).stdout).toContain("to go on:");
    expect((await cli(["apply", PLAN, "--yes"])).exit).toBe(0);
    expect((await cli(["diff", PLAN, "--exit-code"])).exit).toBe(0);
    expect(runsSchema.parse(JSON.parse((await cli(["runs", "--json"])).stdout)).runs.map(({ result }) => result)).toEqual(["cut", "done"]);
  });

  test("while reading: 130, one line, no stack", async () => {
    const { exit, stderr, stdout } = await cli(["status", PLAN, "--quiet"], { signal: AbortSignal.abort(new Error("interrupted")) });
    expect({ exit, stdout, stderr }).toEqual({
      exit: 130,
      stdout: "",
      stderr: "interrupted: nothing was written to the tenant\nhint: run the same command again\n",
    });
  });

  test("a practice tenant that somebody else has open", async () => {
    const sandbox = await openSandbox({ folder: join(cwd, ".entra-rollout", "sandbox"), runtime: fakeRuntime({ cwd }) });
    try {
      const { exit, stderr } = await cli(["status", PLAN]);
      expect(exit).toBe(69);
      expect(stderr).toContain("is in use by process");
    } finally {
      await sandbox.close();
    }
  });

  test("another run of the same plan", async () => {
    const runtime = fakeRuntime({ cwd });
    const state = openState(join(cwd, ".entra-rollout", "runs"), runtime);
    const { tenant } = runsSchema.parse(JSON.parse((await cli(["runs", "--json"])).stdout));
    const lock = await state.lock({ tenant: tenant.id, plan: "county-2018", command: "apply", now: 0 });
    const { exit, stderr } = await cli(["apply", PLAN, "--as-of", "2018-11-12", "--yes"]);
    expect(exit).toBe(1);
    expect(stderr).toContain("another run of county-2018 is under way");
    await lock.release();
  });
});
