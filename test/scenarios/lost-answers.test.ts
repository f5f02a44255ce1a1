/** Every write of a rollout, its answer lost or gone wrong: run again as a person would, nothing is there twice, and it ends where it should. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { dice, oneOf } from "./dice.ts";
import { essenceOf } from "./dump.ts";
import { badLine, type Trouble, TROUBLES } from "./line.ts";
import { type Act, STORIES, type Story } from "./stories.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";

const SOAK = process.env["SOAK"] !== undefined;
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

/** One act of a story as it went undisturbed, and the tenant as it was before. */
type Scene = { readonly story: Story; readonly act: Act; readonly before: string; readonly writes: number; readonly essence: readonly string[] };

const folders: string[] = [];
const stages = new Set<Stage>();
const kept = (stage: Stage): Stage => {
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

/** The marks that more than one thing bears; members are a set in the service itself. */
const twice = async ({ reader }: Stage): Promise<readonly string[]> => {
  const marked = (kind: string, text: string | null | undefined, mark: RegExp): readonly string[] => {
    const found = mark.exec(text ?? "")?.[0];
    return found === undefined ? [] : [`${kind} ${found}`];
  };
  const policies = await reader.policies();
  const groups = await reader.groups();
  const marks = [
    ...groups.flatMap((group) => marked("group", group.description, MARK)),
    ...policies.flatMap((policy) => marked("policy", policy.description, MARK)),
    ...policies.flatMap((policy) => marked("policy", policy.displayName, NAME)),
    ...(await reader.locations()).flatMap((location) => marked("location", location.displayName, NAME)),
  ];
  const members = await Promise.all(
    groups
      .filter((group) => MARK.test(group.description ?? ""))
      .map(async (group) => (await reader.members(group.id)).map(({ id }) => `member ${id} of ${group.displayName}`)),
  );
  const all = [...marks, ...members.flat()];
  return all.filter((each, at) => all.indexOf(each) !== at);
};

const scenesOf = async (story: Story): Promise<readonly Scene[]> => {
  const stage = kept(await stageOf(story.fill));
  const scenes: Scene[] = [];
  for (const act of story.acts) {
    act.prepare?.(stage);
    const before = stage.copy();
    folders.push(before);
    const line = badLine(undefined);
    const result = await stage.cli(await act.words(stage), { fetch: line.fetch });
    expect(result, `${story.name}, ${act.name}: ${result.stdout}${result.stderr}`).toMatchObject({ exit: 0 });
    const after = await stageFrom(folders[folders.push(stage.copy()) - 1] ?? "");
    await after.reader.forward(HOUR_MS);
    scenes.push({ story, act, before, writes: line.writes(), essence: await essenceOf(after.reader) });
    await after.close();
  }
  await closed(stage);
  return scenes;
};

type Case = { readonly scene: Scene; readonly at: number; readonly trouble: Trouble; readonly lag: Lag };

const titleOf = ({ scene, at, trouble, lag }: Case): string => `${scene.story.name}: ${scene.act.name}, write ${at}, ${JSON.stringify(trouble)}, lag ${lag}`;

const told = (results: readonly CliResult[]): string => results.map(({ exit, stdout, stderr }) => `exit ${exit}\n${stdout}${stderr}`).join("\n----\n");

/** Four times at once, then every hour. */
const PATIENCE = 4;
const MOST = 9;

const play = async ({ scene, at, trouble, lag }: Case): Promise<readonly CliResult[]> => {
  const stage = kept(await stageFrom(scene.before));
  const results: CliResult[] = [];
  const words = await scene.act.words(stage);
  await stage.reader.dials({ lagMs: LAGS[lag] });
  for (let round = 0; round < MOST; round += 1) {
    if (round >= PATIENCE) await stage.reader.forward(HOUR_MS);
    results.push(await stage.cli(words, round === 0 ? { fetch: badLine(trouble, at).fetch } : {}));
    const last = results.at(-1);
    expect(await twice(stage), told(results)).toEqual([]);
    expect([0, 4], told(results)).toContain(last?.exit);
    if (last?.exit === 4) expect(last.stdout, told(results)).toMatch(/Not done|Not quite|Left as it is/);
    if (last?.exit === 0) break;
  }
  expect(results.at(-1)?.exit, told(results)).toBe(0);
  await stage.reader.forward(2 * HOUR_MS);
  expect(await twice(stage), told(results)).toEqual([]);
  expect(await essenceOf(stage.reader), told(results)).toEqual(scene.essence);
  await closed(stage);
  return results;
};

let scenes: readonly Scene[] = [];
beforeAll(async () => {
  scenes = (await Promise.all(STORIES.map(scenesOf))).flat();
}, 120_000);

describe("an answer that is lost", () => {
  test("each write of the rollouts once, with whatever trouble and lag the dice give", { timeout: 3_600_000 * 4 }, async () => {
    const random = dice(SEED);
    const writes = scenes.flatMap((scene) => Array.from({ length: scene.writes }, (_, at) => ({ scene, at })));
    expect(writes.length).toBeGreaterThan(30);
    const lags = Object.keys(LAGS).filter((lag): lag is Lag => lag in LAGS);
    const cases: readonly Case[] = SOAK
      ? writes.flatMap((write) => TROUBLES.flatMap((trouble) => lags.map((lag) => ({ ...write, trouble, lag }))))
      : writes.map((write) => ({ ...write, trouble: oneOf(random, TROUBLES), lag: oneOf(random, lags) }));
    const failed: string[] = [];
    for (const each of cases) {
      if ((globalThis as any).PICK && !(globalThis as any).PICK(titleOf(each))) continue;
      try {
        const results = await play(each);
        (globalThis as any).LOG?.(titleOf(each), results);
      } catch (error) {
        failed.push(titleOf(each));
        (globalThis as any).LOG?.(titleOf(each) + " FAILED " + error, []);
      }
    }
    expect(failed).toEqual([]);
  });
});
