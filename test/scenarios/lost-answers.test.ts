/** Every write of a rollout, its answer lost or gone wrong: run again as a person would, nothing is there twice, and it ends where it should. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { dice, oneOf } from "./dice.ts";
import { essenceOf } from "./dump.ts";
import { badLine, TROUBLES, type Trouble } from "./line.ts";
import { NO_LOG, type Stage, stageFrom, stageOf } from "./stage.ts";
import { type Act, STORIES, type Story } from "./stories.ts";

const SOAK = process.env["SOAK"] !== undefined;
/** Of each write; every write with every trouble and lag would take hours, and another SEED takes others. */
const SOAK_TROUBLES = 4;
const SEED = Number(process.env["SEED"] ?? 20221119);
const HOUR_MS = 3_600_000;

const LAGS = {
  none: { directory: 0, conditionalAccess: 0 },
  usual: { directory: 1_500, conditionalAccess: 1_000 },
  "near the bound": { directory: 119_000, conditionalAccess: 119_000 },
  "directory 10 minutes": { directory: 600_000, conditionalAccess: 1_000 },
  "conditional access 10 minutes": { directory: 1_500, conditionalAccess: 600_000 },
  "50 minutes": { directory: 3_000_000, conditionalAccess: 3_000_000 },
} as const;
type Lag = keyof typeof LAGS;
const LAG_NAMES = Object.keys(LAGS).filter((lag): lag is Lag => lag in LAGS);

/** One act of a story as it went undisturbed, and the tenant as it was before. */
type Scene = { readonly story: Story; readonly act: Act; readonly before: string; readonly writes: readonly string[]; readonly essence: readonly string[] };

const folders: string[] = [];
const stages = new Set<Stage>();
const opened = async (folder: string): Promise<Stage> => {
  const stage = await stageFrom(folder, NO_LOG);
  stages.add(stage);
  return stage;
};
const closed = async (stage: Stage): Promise<void> => {
  stages.delete(stage);
  await stage.close();
};
afterAll(async () => {
  for (const stage of stages) await stage.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const MARK = /^entra-rollout:[^\s]+?(?=[.\s]|$)/;
const NAME = /\[[^\]]+\]$/;

/** What is there more than once, by its mark in whatever place; of a group's members, by id. */
const twice = async ({ reader }: Stage): Promise<readonly string[]> => {
  const marked = (kind: string, text: string | null | undefined, mark: RegExp): readonly string[] => {
    const found = mark.exec(text ?? "")?.[0];
    return found === undefined ? [] : [`${kind} ${found}`];
  };
  const policies = await reader.policies();
  const ours = (await reader.groups()).filter(({ description }) => MARK.test(description ?? ""));
  const members = await Promise.all(ours.map(async (group) => (await reader.members(group.id)).map(({ id }) => `member ${id} of ${group.id}`)));
  const all = [
    ...ours.flatMap((group) => marked("group", group.description, MARK)),
    ...policies.flatMap((policy) => marked("policy", policy.description, MARK)),
    ...policies.flatMap((policy) => marked("policy", policy.displayName, NAME)),
    ...(await reader.locations()).flatMap((location) => marked("location", location.displayName, NAME)),
    ...members.flat(),
  ];
  return all.filter((each, at) => all.indexOf(each) !== at);
};

const copyOf = (stage: Stage): string => {
  const folder = stage.copy();
  folders.push(folder);
  return folder;
};

const scenesOf = async (story: Story): Promise<readonly Scene[]> => {
  const stage = await stageOf(story.fill, undefined, NO_LOG);
  stages.add(stage);
  const scenes: Scene[] = [];
  for (const act of story.acts) {
    act.prepare?.(stage);
    const before = copyOf(stage);
    const line = badLine(stage.fetch);
    const result = await stage.cli(await act.words(stage), { fetch: line.fetch });
    expect(result, `${story.name}, ${act.name}: ${result.stdout}${result.stderr}`).toMatchObject({ exit: 0 });
    const after = await opened(copyOf(stage));
    await after.reader.forward(HOUR_MS);
    scenes.push({ story, act, before, writes: line.writes, essence: await essenceOf(after.reader) });
    await closed(after);
  }
  await closed(stage);
  return scenes;
};

let scenes: readonly Scene[] = [];
beforeAll(async () => {
  scenes = (await Promise.all(STORIES.map(scenesOf))).flat();
}, 240_000);

const sceneOf = (story: string, act: string): Scene => {
  const found = scenes.find((scene) => scene.story.name === story && scene.act.name === act);
  if (found === undefined) throw new Error(`no scene ${story}, ${act}`);
  return found;
};

const told = (results: readonly CliResult[]): string => results.map(({ exit, stdout, stderr }) => `exit ${exit}\n${stdout}${stderr}`).join("\n----\n");

/** Nothing is there twice, and the tenant is what an undisturbed run makes of it; looked at once every lag is over. */
const arrived = async (stage: Stage, scene: Scene, results: readonly CliResult[]): Promise<void> => {
  await stage.reader.forward(2 * HOUR_MS);
  expect(await twice(stage), told(results)).toEqual([]);
  expect(await essenceOf(stage.reader), told(results)).toEqual(scene.essence);
};

/** At once as often as this, then every hour. */
const PATIENCE = 4;
const MOST = 9;

type Case = { readonly scene: Scene; readonly at: number; readonly trouble: Trouble; readonly lag: Lag };
/** Those in the smaller tenant, where there are some. */
const cheapest = <T extends Pick<Case, "scene">>(list: readonly T[]): readonly T[] => {
  const small = list.filter(({ scene }) => scene.story.fill === "trust");
  return small.length > 0 ? small : list;
};

const titleOf = ({ scene, at, trouble, lag }: Case): string =>
  `${scene.story.name}: ${scene.act.name}, ${scene.writes[at]} (${at}), ${JSON.stringify(trouble)}, lag ${lag}`;

const play = async ({ scene, at, trouble, lag }: Case): Promise<void> => {
  const stage = await opened(scene.before);
  const results: CliResult[] = [];
  const words = await scene.act.words(stage);
  await stage.reader.dials({ lagMs: LAGS[lag] });
  for (let round = 0; round < MOST && results.at(-1)?.exit !== 0; round += 1) {
    if (round >= PATIENCE) await stage.reader.forward(HOUR_MS);
    const result = await stage.cli(words, round === 0 ? { fetch: badLine(stage.fetch, trouble, at).fetch } : {});
    results.push(result);
    expect([0, 4], told(results)).toContain(result.exit);
    if (result.exit === 4) expect(result.stdout, told(results)).toMatch(/Not done|Left as it is/);
    expect(await twice(stage), told(results)).toEqual([]);
  }
  expect(results.at(-1)?.exit, told(results)).toBe(0);
  await arrived(stage, scene, results);
  await closed(stage);
};

describe("an answer that is lost", () => {
  test("each sort of write, with whatever trouble and lag the dice give; each write with several where there is time", {
    timeout: 4 * HOUR_MS,
  }, async () => {
    const random = dice(SEED);
    const writes = scenes.flatMap((scene) => scene.writes.map((sort, at) => ({ scene, sort, at })));
    const sorts = [...new Set(writes.map(({ sort }) => sort))].toSorted();
    expect(sorts).toEqual([
      "DELETE /groups/ID",
      "DELETE /identity/conditionalAccess/namedLocations/ID",
      "DELETE /identity/conditionalAccess/policies/ID",
      "PATCH /identity/conditionalAccess/policies/ID",
      "POST /$batch",
      "POST /groups",
      "POST /identity/conditionalAccess/deletedItems/namedLocations/ID/restore",
      "POST /identity/conditionalAccess/deletedItems/policies/ID/restore",
      "POST /identity/conditionalAccess/namedLocations",
      "POST /identity/conditionalAccess/policies",
    ]);
    const cases: readonly Case[] = SOAK
      ? writes.flatMap((write) => Array.from({ length: SOAK_TROUBLES }, () => ({ ...write, trouble: oneOf(random, TROUBLES), lag: oneOf(random, LAG_NAMES) })))
      : sorts.map((sort) => ({
          ...oneOf(random, cheapest(writes.filter((write) => write.sort === sort))),
          trouble: oneOf(random, TROUBLES),
          lag: oneOf(random, LAG_NAMES),
        }));
    const failed: string[] = [];
    for (const each of cases) {
      try {
        await play(each);
      } catch (error) {
        failed.push(`${titleOf(each)}\n${error instanceof Error ? error.message : String(error)}`);
      }
    }
    expect(failed).toEqual([]);
  });

  test.each<readonly [string, string, string, Trouble, Lag]>([
    [
      "a policy that was brought back names the group that was made anew",
      "the pruning taken back",
      "PATCH /identity/conditionalAccess/policies/ID",
      { type: "lost", done: false },
      "usual",
    ],
    ["a group that an undo makes anew is not made twice", "the pruning taken back", "POST /groups", { type: "lost", done: true }, "directory 10 minutes"],
    [
      "nor is the group that remembers holds",
      "the growing taken back, held",
      "POST /groups",
      { type: "page", status: 502, done: true },
      "directory 10 minutes",
    ],
  ])("%s", { timeout: 60_000 }, async (_, act, sort, trouble, lag) => {
    const scene = scenes.find((each) => each.act.name === act);
    const at = scene?.writes.indexOf(sort) ?? -1;
    expect(at).toBeGreaterThanOrEqual(0);
    if (scene !== undefined) await play({ scene, at, trouble, lag });
  });

  test("the service's own dial: done, and the connection lost", { timeout: 60_000 }, async () => {
    const scene = sceneOf("trust", "2022-02-14T06:30");
    const stage = await opened(scene.before);
    const fault = (path: string): unknown => ({ method: "POST", path, times: 1, effect: { type: "drop-after" } });
    await stage.reader.dials({
      lagMs: LAGS["near the bound"],
      faults: [fault("^/groups$"), fault("^/\\$batch"), fault("namedLocations$"), fault("policies$")],
    });
    const results = [await stage.cli(await scene.act.words(stage))];
    expect(results[0]?.exit, told(results)).toBe(0);
    await arrived(stage, scene, results);
    await closed(stage);
  });

  test("none arrives: nothing is made again before an hour has passed, unless somebody who looked says so", { timeout: 60_000 }, async () => {
    const scene = sceneOf("trust", "2022-02-14T06:30");
    const stage = await opened(scene.before);
    const words = await scene.act.words(stage);
    const allowed = (count: number): readonly string[] => [...words, "--allow", `unanswered=${count}`, "--reason", "looked in the admin centre"];
    const lost = await stage.cli(words, { fetch: badLine(stage.fetch, { type: "lost", done: false }).fetch });
    const soon = await stage.cli(words);
    const few = await stage.cli(allowed(1));
    const line = badLine(stage.fetch);
    expect([lost.exit, soon.exit, few.exit], told([lost, soon, few])).toEqual([4, 4, 4]);
    expect(soon.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /the run \S+ sent it and got no answer, and it is not there yet: if it still does not show, it is made again from \S+ 14 Feb 2022 07:\d\d:\d\d on, or at once with --allow unanswered=2/,
    );
    expect(await twice(stage)).toEqual([]);
    const enough = await stage.cli(allowed(2), { fetch: line.fetch });
    expect(enough.exit, told([lost, soon, few, enough])).toBe(0);
    await arrived(stage, scene, [lost, soon, few, enough]);
    await closed(stage);
  });
});

describe("without the journals", () => {
  test("the state folder is lost between two runs: what was made is found by its mark", { timeout: 120_000 }, async () => {
    const scene = sceneOf("county", "2018-11-12");
    const chosen = SOAK ? scene.writes.keys() : [1, 3];
    for (const at of chosen) {
      const stage = await opened(scene.before);
      await stage.reader.dials({ lagMs: LAGS["near the bound"] });
      const words = await scene.act.words(stage);
      const first = await stage.cli(words, { fetch: badLine(stage.fetch, { type: "lost", done: at % 2 === 0 }, at).fetch });
      expect([0, 4]).toContain(first.exit);
      for (const folder of stage.stateFolders()) rmSync(folder, { recursive: true });
      const second = await stage.cli(words);
      expect(second.exit, told([first, second])).toBe(0);
      await arrived(stage, scene, [first, second]);
      await closed(stage);
    }
  });
});

describe("two at once", () => {
  test("the second is told who is at it, and writes nothing", { timeout: 60_000 }, async () => {
    const scene = sceneOf("county", "2018-11-12");
    const stage = await opened(scene.before);
    const words = await scene.act.words(stage);
    let second: CliResult | undefined;
    const first = await stage.cli(words, {
      fetch: async (request) => {
        if (request.method === "POST" && request.url.endsWith("/policies") && second === undefined) second = await stage.cli(words);
        return stage.fetch(request);
      },
    });
    expect(first.exit, first.stderr).toBe(0);
    expect(second).toMatchObject({ exit: 1, stdout: "" });
    expect(second?.stderr).toMatch(new RegExp(`another run of county-2018 is under way: apply, process ${process.pid}, since `));
    expect(second?.stderr).toContain("hint: wait until it has ended, or end it with Ctrl-C: it can be resumed");
    await arrived(stage, scene, [first]);
    await closed(stage);
  });
});

describe("Ctrl-C", () => {
  /** Before which of its requests it is pressed. */
  const PRESSES = ["reading", "the write", "reading back"] as const;

  test("while reading, writing or reading back: 130, how to go on, and the next run ends where it should", { timeout: HOUR_MS }, async () => {
    const scene = sceneOf("county", "2018-12-06");
    const writes = [...scene.writes.keys()];
    const all = PRESSES.flatMap((press) => (press === "reading" ? [0] : writes).map((write) => ({ press, write })));
    const chosen = SOAK ? all : [all[0], all[1], all[4], all.at(-1)].flatMap((each) => each ?? []);
    for (const { press, write } of chosen) {
      const stage = await opened(scene.before);
      const words = await scene.act.words(stage);
      const controller = new AbortController();
      const line = badLine(stage.fetch);
      const cut = await stage.cli(words, {
        signal: controller.signal,
        fetch: (request) => {
          const sent = line.writes.length;
          const isRead = request.method === "GET" && !request.url.includes("/_practice");
          if (
            press === "reading"
              ? isRead
              : press === "the write"
                ? !isRead && !request.url.includes("/_practice") && sent === write
                : isRead && sent === write + 1
          )
            controller.abort(new Error("interrupted"));
          return line.fetch(request);
        },
      });
      // Between two batches nothing is read.
      expect(cut.exit, `${press} ${write}: ${told([cut])}`).toBe(controller.signal.aborted ? 130 : 0);
      if (cut.exit === 0) expect(press).toBe("reading back");
      else if (press === "reading") expect(cut.stderr).toMatch(/interrupted: nothing was written to the tenant\nhint: run the same command again\n$/);
      else expect(cut.stdout, told([cut])).toMatch(/to go on: {6}entra-rollout apply .* --yes|65 writes, all written/);
      const next = await stage.cli(words);
      expect(next.exit, told([cut, next])).toBe(0);
      await arrived(stage, scene, [cut, next]);
      await closed(stage);
    }
  });
});
