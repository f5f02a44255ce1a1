/** The bad morning: a plan halted with no plan at hand, a school taken out, a person let in, and what a scheduler makes of it. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import type { CliOptions, CliResult } from "../cli/harness.ts";
import { freshFolder } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { FOREIGN_ID, foreignPolicy, membersOf, ownGroup, ownPolicy } from "./arranged.ts";
import type { LoggedRequest, Policy } from "./reader.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";
import { COUNTY } from "./stories.ts";

const ID = "county-2018";
const POLICIES = ["mfa-early-adopters", "mfa-everyone", "mfa-heads", "mfa-offices"];
const JO = "head@alder.county.example";

const folders: string[] = [];
const elsewhere = (): string => {
  const folder = freshFolder();
  folders.push(folder);
  return folder;
};

/** Everything applied on the last day, with somebody else's policy beside it. */
let live: string;
beforeAll(async () => {
  const stage = await stageOf("county");
  await stage.reader.put("policies", foreignPolicy({ includeGroups: ["22222222-2222-4222-8222-222222222222"] }));
  const done = await stage.cli(["apply", COUNTY, "--as-of", "2018-12-13", "--yes"]);
  expect(done, done.stdout + done.stderr).toMatchObject({ exit: 0 });
  live = stage.copy();
  folders.push(live);
  await stage.close();
}, 60_000);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const on = async (use: (stage: Stage) => Promise<void>): Promise<void> => {
  const stage = await stageFrom(live);
  try {
    await use(stage);
  } finally {
    await stage.close();
  }
};

type Typed = CliResult & { readonly requests: readonly LoggedRequest[]; readonly writes: readonly string[] };

const typed = async (stage: Stage, args: readonly string[], options: Partial<CliOptions> = {}): Promise<Typed> => {
  const before = (await stage.reader.requests()).length;
  const result = await stage.cli(args, options);
  // Who is told to wait comes again.
  const requests = (await stage.reader.requests()).slice(before).filter(({ status }) => status !== 429);
  const writes = requests
    .filter(({ method, path }) => method !== "GET" && !path.endsWith("/$batch"))
    .map(({ method, path }) => `${method} ${path.replace(/[0-9a-f-]{36}/g, "ID")}`);
  return { ...result, requests, writes };
};

/** Output without what differs from one run to the next, and without what any dry run says. */
const said = ({ exit, stdout }: CliResult): string =>
  `exit ${exit}\n${stdout.replace(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, "RUN").replace(/hash [0-9a-f]{8}/, "hash HASH")}`;

const statesOf = async (stage: Stage): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    await Promise.all(
      POLICIES.map(
        async (key) =>
          [
            key,
            ({ enabled: "on", enabledForReportingButNotEnforced: "report-only" } as Record<string, string>)[(await ownPolicy(stage.reader, ID, key)).state] ??
              "off",
          ] as const,
      ),
    ),
  );
const ALL = (state: string): Readonly<Record<string, string>> => Object.fromEntries(POLICIES.map((key) => [key, state]));
const foreignState = async (stage: Stage): Promise<string | undefined> => (await stage.reader.policies()).find(({ id }) => id === FOREIGN_ID)?.state;
const textOf = async (stage: Stage): Promise<string | undefined> =>
  (await stage.reader.groups())
    .find(({ description }) => description?.startsWith(`entra-rollout:${ID}/progress`) === true)
    ?.description?.replace(/T\d\d:\d\d:\d\dZ/g, "TZ") ?? undefined;

describe("run", () => {
  test("begins what is due within the plan's window, unasked; later than that it stops and says so", { timeout: 60_000 }, async () => {
    const stage = await stageOf("county");
    try {
      await stage.reader.forward(7 * 24 * 3_600_000 - 8 * 3_600_000 + 3_600_000);
      const due = await typed(stage, ["run", COUNTY]);
      expect(due, due.stdout).toMatchObject({ exit: 0, questions: [] });
      expect((await ownPolicy(stage.reader, ID, "mfa-early-adopters")).state).toBe("enabled");
      await stage.reader.forward(7 * 24 * 3_600_000 + 6 * 3_600_000);
      const missed = await typed(stage, ["run", COUNTY]);
      expect(missed).toMatchObject({ exit: 3, writes: [] });
      expect(missed.stdout.replace(/\s+/g, " ")).toContain("which is longer ago than the plan's window allows");
    } finally {
      await stage.close();
    }
  });
});

describe("halt", () => {
  test("from a folder without plan and journal; a scheduler leaves it so and says why; one phase goes on", { timeout: 60_000 }, async () => {
    await on(async (stage) => {
      const halted = await typed(stage, ["halt", ID, "--yes"], { cwd: elsewhere() });
      matchesGolden("scenarios/bad-morning-halt.txt", said(halted));
      expect(halted.requests.length).toBe(POLICIES.length + 5);
      expect(await statesOf(stage)).toEqual(ALL("report-only"));
      expect(await foreignState(stage)).toBe("enabled");

      const run = await typed(stage, ["run", COUNTY]);
      expect(run.writes).toEqual([]);
      expect(run.exit).toBe(0);
      matchesGolden("scenarios/bad-morning-run.txt", said(run).replace(/\nChecks\n[\s\S]*?\n\n/, "\nChecks\n  ...\n\n"));

      // This folder's journals know nothing of the halt: that they are in report-only is nobody's meddling.
      const begun = await typed(stage, ["apply", COUNTY, "--phase", "heads-web", "--yes"]);
      expect(begun, begun.stdout).toMatchObject({ exit: 0 });
      expect(await statesOf(stage)).toEqual({ ...ALL("report-only"), "mfa-heads": "on" });
      expect((await ownPolicy(stage.reader, ID, "mfa-heads")).conditions.clientAppTypes).toEqual(["browser"]);
      expect(await typed(stage, ["run", COUNTY])).toMatchObject({ exit: 0, writes: [] });

      const again = await typed(stage, ["halt", ID, "--yes"], { cwd: elsewhere() });
      expect(again).toMatchObject({ exit: 0 });
      expect(again.requests.length).toBe(1 + 5);
      expect(await statesOf(stage)).toEqual(ALL("report-only"));
      const third = await typed(stage, ["halt", ID.toUpperCase(), "--yes"], { cwd: elsewhere() });
      expect(third).toMatchObject({ exit: 0, writes: [] });
      expect(third.requests.length).toBe(2);
    });
  });

  test("cut in the middle, then typed again; then taken back where the plan is", { timeout: 60_000 }, async () => {
    await on(async (stage) => {
      const control = new AbortController();
      let patches = 0;
      const fetch: CliOptions["fetch"] = async (request) => {
        if (request.method === "PATCH" && request.url.includes("/conditionalAccess/")) {
          patches += 1;
          if (patches === 2) control.abort(new Error("Ctrl-C"));
        }
        return await stage.fetch(request);
      };
      const cut = await stage.cli(["halt", ID, "--yes"], { fetch, signal: control.signal });
      expect(cut.exit).toBe(130);
      const between = Object.values(await statesOf(stage));
      expect(between).toContain("on");
      expect(between).toContain("report-only");
      expect((await stage.cli(["runs"])).stdout).toMatch(/cut after 1 write, \d+ more begun {2}halt\n[\s\S]*to go on: {6}entra-rollout halt county-2018 /);
      // What was to be halted is on hold already: no run switches the first half on again.
      expect(await stage.cli(["halt", ID, "--yes"])).toMatchObject({ exit: 0 });
      expect(await statesOf(stage)).toEqual(ALL("report-only"));
      expect(await textOf(stage)).toBe("entra-rollout:county-2018/progress begun= held=* halted=2018-12-13TZ");
    });
    await on(async (stage) => {
      expect(await stage.cli(["halt", ID, "--yes"])).toMatchObject({ exit: 0 });
      const runs = JSON.parse((await stage.cli(["runs", "--json"])).stdout) as { readonly runs: readonly { readonly id: string; readonly did?: string }[] };
      const last = runs.runs.at(-1);
      expect(last?.did).toBe("halt");
      const back = await stage.cli(["undo", last?.id ?? "", "--yes"]);
      expect(back, back.stdout).toMatchObject({ exit: 0 });
      expect(await statesOf(stage)).toEqual(ALL("on"));
      expect(await textOf(stage)).toBe("entra-rollout:county-2018/progress begun= held=");
      expect(await typed(stage, ["run", COUNTY])).toMatchObject({ exit: 0, writes: [] });
    });
  });

  test("in a tenant in trouble: what can be done is done, and what not is said", { timeout: 60_000 }, async () => {
    const forbidden = { type: "status", status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." };
    await on(async (stage) => {
      await stage.reader.dials({ faults: [{ path: "^/groups", effect: forbidden }] });
      const groups = await typed(stage, ["halt", ID, "--yes"], { cwd: elsewhere() });
      matchesGolden("scenarios/bad-morning-halt-no-groups.txt", said(groups));
      expect(groups.writes).toEqual(POLICIES.map(() => "PATCH /v1.0/identity/conditionalAccess/policies/ID"));
      await stage.reader.dials({ faults: [] });
      expect(await statesOf(stage)).toEqual(ALL("report-only"));
      expect(await textOf(stage)).toBeUndefined();
      // Halted again with the rights for it, the hold is set.
      expect(await stage.cli(["halt", ID, "--yes"], { cwd: elsewhere() })).toMatchObject({ exit: 0 });
      expect(await textOf(stage)).toContain("held=*");
    });
    await on(async (stage) => {
      await stage.reader.dials({ faults: [{ path: "^/identity/conditionalAccess", effect: forbidden }] });
      const policies = await stage.cli(["halt", ID, "--yes"], { cwd: elsewhere() });
      matchesGolden("scenarios/bad-morning-halt-no-policies.txt", said(policies));
      // One of four is refused: the others are done, and typed again so is that one.
      await stage.reader.dials({ faults: [{ method: "PATCH", path: "^/identity/conditionalAccess", skip: 1, times: 1, effect: forbidden }] });
      const partly = await stage.cli(["halt", ID, "--yes"]);
      expect(partly.exit).toBe(4);
      expect(partly.stdout).toMatch(/4 of 5 writes done[\s\S]*refused +policy "MFA: everyone"[\s\S]*to do the rest: {2}entra-rollout halt county-2018/);
      expect(await statesOf(stage)).toEqual({ ...ALL("report-only"), "mfa-everyone": "on" });
      expect(await stage.cli(["halt", ID, "--yes"])).toMatchObject({ exit: 0 });
      expect(await statesOf(stage)).toEqual(ALL("report-only"));
    });
    await on(async (stage) => {
      await stage.reader.dials({ faults: [{ path: "^/(identity/conditionalAccess|groups)", effect: forbidden }] });
      expect(await stage.cli(["halt", ID, "--yes"], { cwd: elsewhere() })).toMatchObject({ exit: 69 });
      // Each answer is lost after the service did as it was asked.
      await stage.reader.dials({ faults: [{ method: "PATCH", path: "^/identity/conditionalAccess", effect: { type: "drop-after" } }] });
      const lost = await stage.cli(["halt", ID, "--yes", "--json"], { cwd: elsewhere() });
      expect(lost.exit).toBe(0);
      expect(DOCUMENT_SCHEMAS.halt.parse(JSON.parse(lost.stdout)).plans[0]?.run).toMatchObject({ done: 1 + POLICIES.length, left: [], exit: 0 });
      await stage.reader.dials({ faults: [] });
      expect(await statesOf(stage)).toEqual(ALL("report-only"));
    });
  });

  test("it asks first, and knows no other plan", { timeout: 60_000 }, async () => {
    await on(async (stage) => {
      const cwd = elsewhere();
      expect(await typed(stage, ["halt", ID], { cwd })).toMatchObject({ exit: 64, requests: [] });
      const no = await typed(stage, ["halt", ID], { cwd, answer: false });
      expect(no).toMatchObject({ exit: 130, writes: [], questions: ["halt county-2018 in County schools?"] });
      expect(await typed(stage, ["halt", ID, "--json"], { cwd, answer: true })).toMatchObject({ exit: 0, questions: ["halt county-2018 in County schools?"] });
      const other = await typed(stage, ["halt", "county-2019", "--yes"], { cwd });
      expect(other).toMatchObject({ exit: 64, writes: [] });
      expect(other.stderr).toContain("did you mean county-2018?");
      expect(other.stderr).toContain("a plan by per-user MFA or security defaults leaves no mark");
      expect((await stage.cli(["halt", COUNTY, "--yes"])).stderr).toContain("halt takes the plan's id");
    });
  });
});

describe("one school out", () => {
  test("its accounts are asked nothing, the plan wants the same, and it comes back by hand", { timeout: 60_000 }, async () => {
    await on(async (stage) => {
      const out = await typed(stage, ["halt", ID, "--domain", "alder.county.example", "--yes"], { cwd: elsewhere() });
      matchesGolden("scenarios/bad-morning-domain.txt", said(out));
      expect(await statesOf(stage)).toEqual(ALL("on"));
      const group = (await stage.reader.groups()).find(({ displayName }) => displayName === "MFA rollout: alder.county.example is out")?.id ?? "";
      expect(await membersOf(stage.reader, group)).toContain(JO);
      expect((await membersOf(stage.reader, group)).filter((address) => !address.endsWith("@alder.county.example"))).toEqual([]);
      for (const key of POLICIES) expect((await ownPolicy(stage.reader, ID, key)).conditions.users.excludeGroups).toContain(group);

      const run = await typed(stage, ["run", COUNTY, "--json"]);
      expect(run).toMatchObject({ exit: 0, writes: [] });
      const events = run.stdout.split("\n").flatMap((line) => (line === "" ? [] : [DOCUMENT_SCHEMAS.run.parse(JSON.parse(line))]));
      expect(events).toContainEqual({ event: "set-aside", at: expect.any(String), out: ["alder.county.example"], letIn: [] });

      expect((await stage.cli(["apply", COUNTY, "--back-in", "birch.county.example", "--yes"])).stderr).toContain("did you mean alder.county.example?");
      const back = await typed(stage, ["apply", COUNTY, "--back-in", "alder.county.example", "--yes"]);
      expect(back, back.stdout).toMatchObject({ exit: 0 });
      for (const key of POLICIES) expect((await ownPolicy(stage.reader, ID, key)).conditions.users.excludeGroups).not.toContain(group);
      expect((await stage.cli(["halt", ID, "--domain", "nowhere.example", "--yes"])).exit).toBe(64);
    });
  });
});

describe("one person let in", () => {
  const leftOut = async (stage: Stage, id: string): Promise<readonly string[]> =>
    (await Promise.all(POLICIES.map((key): Promise<Policy> => ownPolicy(stage.reader, ID, key)))).flatMap((policy, at) =>
      policy.conditions.users.excludeUsers.includes(id) ? [POLICIES[at] ?? ""] : [],
    );

  test("by id in each policy, until the first run after the end", { timeout: 60_000 }, async () => {
    await on(async (stage) => {
      const id = (await stage.reader.users()).find((user) => user.userPrincipalName.toLowerCase() === JO)?.id ?? "";
      const cwd = elsewhere();
      const inside = await typed(stage, ["let-in", JO, "--because", "phone lost", "--yes"], { cwd });
      matchesGolden("scenarios/bad-morning-let-in.txt", said(inside));
      expect(await leftOut(stage, id)).toEqual(POLICIES);
      expect(JSON.stringify([await stage.reader.groups(), await stage.reader.policies()])).not.toContain("phone lost");
      expect((await stage.cli(["runs"], { cwd })).stdout).toContain(`let in ${id}: phone lost`);
      await stage.reader.forward(23 * 3_600_000);
      const before = await typed(stage, ["run", COUNTY]);
      expect(before).toMatchObject({ exit: 0, writes: [] });
      expect(before.stdout).toContain(`${JO} is let in until Fri 14 Dec 2018`);
      await stage.reader.forward(3_600_000);
      const ended = await typed(stage, ["run", COUNTY]);
      expect(ended, ended.stdout).toMatchObject({ exit: 0 });
      expect(await leftOut(stage, id)).toEqual([]);
      expect(await typed(stage, ["run", COUNTY])).toMatchObject({ exit: 0, writes: [] });
    });
  });

  const refused: readonly (readonly [name: string, args: readonly string[], exit: number, says: string])[] = [
    ["an emergency account", ["emergency-1@county.example", "--because", "x"], 0, "left out of each of these policies by its id already"],
    ["an account that nothing of ours asks", ["servicedesk@county.example", "--because", "x"], 64, "there is no account"],
    ["for no reason", [JO], 64, "--because is missing"],
    ["for too long", [JO, "--because", "x", "--for", "4d"], 64, "at most 72h"],
    ["for no time", [JO, "--because", "x", "--for", "soon"], 64, "30m, 24h or 3d"],
    ["out of another plan", [JO, "--because", "x", "--plan", "county-2019"], 64, "did you mean county-2018?"],
  ];
  test("not everybody, nor for ever", { timeout: 60_000 }, async () => {
    await on(async (stage) => {
      for (const [name, args, exit, says] of refused) {
        const result = await typed(stage, ["let-in", ...args, "--yes"], { cwd: elsewhere() });
        expect(result, name).toMatchObject({ exit, writes: [] });
        expect(result.stdout + result.stderr, name).toContain(says);
      }
      expect(await ownGroup(stage.reader, ID, "heads")).not.toBe("");
    });
  });
});
