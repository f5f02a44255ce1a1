/** `run` every quarter of an hour: what it costs when nothing is due, and that it misses nothing. */

import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import type { RunEvent } from "../../src/core/run-events.ts";
import type { Fetch } from "../../src/runtime.ts";
import { freshFolder } from "../cli/harness.ts";
import { dice, oneOf } from "./dice.ts";
import type { LoggedRequest } from "./reader.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";

const PLAN = "rollout-plans/academy-trust-2022.yaml";
const MOST = 12;
const QUARTER_MS = 15 * 60_000;

let pilot: string;
beforeAll(async () => {
  const stage = await stageOf("trust");
  try {
    expect(await stage.cli(["apply", PLAN, "--as-of", "2022-02-14T06:30", "--yes", "--quiet"])).toMatchObject({ exit: 0 });
    await stage.reader.forward(QUARTER_MS);
    pilot = stage.copy();
  } finally {
    await stage.close();
  }
});
afterAll(() => {
  rmSync(pilot, { recursive: true, force: true });
});

type Ran = { readonly exit: number; readonly stderr: string; readonly events: readonly RunEvent[]; readonly requests: readonly LoggedRequest[] };

const ran = async (stage: Stage, ...more: readonly string[]): Promise<Ran> => {
  const before = (await stage.reader.requests()).length;
  const { exit, stdout, stderr } = await stage.cli(["run", PLAN, "--json", "--quiet", ...more]);
  const requests = (await stage.reader.requests()).slice(before).filter(({ path }) => !path.startsWith("/_practice"));
  return { exit, stderr, events: stdout.split("\n").flatMap((line) => (line === "" ? [] : [DOCUMENT_SCHEMAS.run.parse(JSON.parse(line))])), requests };
};
const looksOf = ({ events }: Ran): readonly string[] => events.flatMap((event) => (event.event === "look" ? [event.look] : []));
const on = async (story: (stage: Stage) => Promise<void>): Promise<void> => {
  const stage = await stageFrom(pilot);
  try {
    await story(stage);
  } finally {
    await stage.close();
  }
};

describe("when nothing is due", () => {
  test("a whole look and the short ones behind it each cost twelve requests at most, counted by the tenant", async () => {
    await on(async (stage) => {
      const whole = await ran(stage);
      expect([whole.exit, looksOf(whole)], whole.stderr).toEqual([0, ["whole"]]);
      expect(whole.requests.length).toBeLessThanOrEqual(MOST);
      for (let turn = 0; turn < 5; turn += 1) {
        await stage.reader.forward(QUARTER_MS);
        const short = await ran(stage);
        expect([short.exit, looksOf(short)], short.stderr).toEqual([0, ["short"]]);
        expect(short.requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "GET"]);
        const end = short.events.at(-1);
        expect(end).toMatchObject({ event: "end", result: "nothing-due", exit: 0, run: null, requests: 4, next: { phases: ["everyone"] } });
      }
    });
  });
});

/** No sooner than the service takes the next one. */
const write = async ({ reader }: Stage, method: string, path: string, body: unknown): Promise<void> => {
  await reader.forward(2_000);
  await reader.json(method, path, body);
};
const POLICIES = "/v1.0/identity/conditionalAccess/policies";
const ours = async ({ reader }: Stage) => (await reader.policies()).filter(({ description }) => description?.startsWith("entra-rollout:trust-2022/") === true);
const edit = (stage: Stage, change: (text: string) => string): void => {
  const file = join(stage.cwd, PLAN);
  writeFileSync(file, change(readFileSync(file, "utf8")));
};
const kept = (stage: Stage): readonly string[] =>
  stage.stateFolders().flatMap((folder) => readdirSync(folder).flatMap((name) => (name.startsWith("look-") ? [join(folder, name)] : [])));
/** What somebody does between two looks; none of it is about people, whom a short look leaves to the next whole one. */
const DOINGS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  "switches a policy of ours off": async (stage) => {
    for (const { id } of (await ours(stage)).slice(0, 1)) await write(stage, "PATCH", `${POLICIES}/${id}`, { state: "disabled" });
  },
  "deletes one": async (stage) => {
    for (const { id } of (await ours(stage)).slice(0, 1)) await write(stage, "DELETE", `${POLICIES}/${id}`, undefined);
  },
  "makes a policy of their own": async (stage) => {
    const [group] = await stage.reader.groups();
    await write(stage, "POST", POLICIES, {
      displayName: "theirs",
      state: "enabledForReportingButNotEnforced",
      conditions: { clientAppTypes: ["all"], applications: { includeApplications: ["All"] }, users: { includeGroups: [group?.id ?? ""] } },
      grantControls: { operator: "OR", builtInControls: ["mfa"] },
    });
  },
  "writes another address into the schools' network": async (stage) => {
    const [location] = (await stage.reader.locations()).filter(({ displayName }) => displayName.includes("trust-2022"));
    if (location === undefined) return;
    await write(stage, "PATCH", `/v1.0/identity/conditionalAccess/namedLocations/${location.id}`, {
      "@odata.type": "#microsoft.graph.ipNamedLocation",
      ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "192.0.2.0/25" }],
    });
  },
  "halts the plan": async (stage) => {
    await stage.cli(["halt", "trust-2022", "--yes", "--quiet"]);
  },
  "halts it from another machine": async (stage) => {
    const folder = freshFolder();
    try {
      await stage.cli(["halt", "trust-2022", "--yes", "--quiet"], { cwd: folder });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  "goes on with the pilot": async (stage) => {
    await stage.cli(["apply", PLAN, "--phase", "it-staff", "--yes", "--quiet"]);
  },
  "lets somebody in for half an hour": async (stage) => {
    const user = (await stage.reader.users()).find(({ userPrincipalName }) => userPrincipalName.startsWith("it-"));
    await stage.cli(["let-in", user?.userPrincipalName ?? "", "--because", "phone lost", "--for", "30m", "--yes", "--quiet"]);
  },
  "edits the plan": async (stage) =>
    edit(stage, (text) => (text.includes("90 days") ? text.replaceAll("90 days", "30 days") : text.replaceAll("30 days", "90 days"))),
  "edits a comment of the plan": async (stage) => edit(stage, (text) => `${text}# looked at\n`),
  "loses what was kept": async (stage) => {
    for (const file of kept(stage)) rmSync(file);
  },
  "damages what was kept": async (stage) => {
    for (const file of kept(stage)) appendFileSync(file, "x");
  },
  "takes the last run back": async (stage) => {
    const runs = JSON.parse((await stage.cli(["runs", "--json"])).stdout) as { runs: readonly { id: string }[] };
    await stage.cli(["undo", runs.runs.at(-1)?.id ?? "", "--yes", "--quiet"]);
  },
  "waits for some hours": async ({ reader }) => {
    await reader.forward(7 * 3_600_000);
  },
  nothing: async () => {},
};

describe("a short look", () => {
  test.each([
    "switches a policy of ours off",
    "makes a policy of their own",
    "halts it from another machine",
    "edits the plan",
    "damages what was kept",
    "waits for some hours",
  ])("becomes a whole one when somebody %s", async (name) => {
    await on(async (stage) => {
      expect(looksOf(await ran(stage))).toEqual(["whole"]);
      expect(kept(stage)).toHaveLength(1);
      await stage.reader.forward(QUARTER_MS);
      await DOINGS[name]?.(stage);
      await stage.reader.forward(QUARTER_MS);
      expect(looksOf(await ran(stage))[0]).toBe("whole");
    });
  });

  test("what could not be read is not taken for nothing to do, and nothing is kept of such a look", async () => {
    await on(async (stage) => {
      const denied = { error: { code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation.", innerError: {} } };
      const fetch: Fetch = async (request) => (request.url.includes("/users?$select=") ? Response.json(denied, { status: 403 }) : stage.fetch(request));
      expect((await stage.cli(["run", PLAN, "--quiet"], { fetch })).exit).toBe(4);
      expect(kept(stage)).toEqual([]);
    });
  });

  test("calls nothing quiet of which the whole survey finds something to apply", { timeout: 600_000 }, async () => {
    const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
    const random = dice(seed);
    const turns = process.env["SOAK"] === undefined ? 14 : 100;
    const said: string[] = [`SEED=${seed}`];
    let shorts = 0;
    await on(async (stage) => {
      for (let turn = 0; turn < turns; turn += 1) {
        // Most of the time nobody does anything, and at first in any case.
        const name = turn < 3 || random() < 0.4 ? "nothing" : oneOf(random, Object.keys(DOINGS));
        await DOINGS[name]?.(stage);
        await stage.reader.forward(Math.floor(random() * 3 * QUARTER_MS) + 5_000);
        const run = await ran(stage);
        said.push(`${name}: ${looksOf(run).join(" ")} ${run.exit}`);
        const isQuiet = run.events.at(-1)?.event === "end" && looksOf(run).every((look) => look !== "full") && run.exit === 0;
        if (!isQuiet) continue;
        shorts += looksOf(run).includes("short") ? 1 : 0;
        const diff = JSON.parse((await stage.cli(["diff", PLAN, "--json", "--quiet"])).stdout) as { changes: readonly unknown[] };
        expect(diff.changes, said.join("\n")).toEqual([]);
        await stage.reader.forward(5_000);
      }
    });
    expect(shorts, said.join("\n")).toBeGreaterThan(0);
  });
});

describe("what is told", () => {
  test("line by line, and in a summary: what was done, what stands, what comes next", async () => {
    await on(async (stage) => {
      await stage.reader.forward(7 * 24 * 3_600_000);
      const run = await ran(stage, "--summary", "summary.md");
      expect(run.exit, run.stderr).toBe(0);
      const steps = run.events.filter(({ event }) => event === "step").length;
      expect(run.events.map(({ event }) => event)).toEqual(["begin", "look", "look", "phase", "phase", ...Array<string>(steps).fill("step"), "end"]);
      expect(run.events.at(-1)).toMatchObject({ result: "done", done: steps, left: 0, exit: 0 });
      const text = readFileSync(join(stage.cwd, "summary.md"), "utf8");
      expect(text).toContain("# Academy trust 2022\n");
      expect(text).toContain(`**Done.** ${steps} writes read back`);
      expect(text).toContain("## Done\n\n- group ");
      expect(text).toContain("Next: All staff, from Monday 28 February, 06:30, Mon 28 Feb 2022 06:30.");
    });
  });

  test("the plan that is not sound ends with 65, a line and a summary that say so", async () => {
    await on(async (stage) => {
      edit(stage, (text) => text.replace("mechanism:", "mechanisme:"));
      const run = await ran(stage, "--summary", "summary.md");
      expect(run.exit).toBe(65);
      expect(run.events.at(-1)).toMatchObject({ event: "end", result: "failed", exit: 65, run: null, message: expect.stringContaining("mechanisme") });
      expect(readFileSync(join(stage.cwd, "summary.md"), "utf8")).toContain("**Failed.** ");
      expect(existsSync(join(stage.cwd, "no-folder"))).toBe(false);
      expect((await ran(stage, "--summary", "no-folder/summary.md")).stderr).toContain("could not be written");
    });
  });
});
