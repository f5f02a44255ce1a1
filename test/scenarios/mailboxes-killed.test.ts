/** The real program among many mailboxes: killed in the middle and run again, taken back and killed in that; and what it holds meanwhile. */

import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dice } from "./dice.ts";
import {
  boxesOf,
  countOf,
  goTo,
  mailOf,
  mixed,
  PLAN,
  planText,
  protocolsOf,
  type Sent,
  told,
  twiceIn,
  watching,
  worldOf,
  writePlan,
} from "./mailboxes-world.ts";
import { startProgram } from "./program.ts";
import { type Served, serveFill } from "./served.ts";

const SOAK = process.env["SOAK"] !== undefined;
const SEED = Number(process.env["SEED"] ?? 20181109);
const WORLD = SOAK ? "county" : "trust";
const SOME = SOAK ? 8_000 : undefined;
/** Of these 50,000 and more have a mailbox. */
const MANY = 52_400;
const KILLS = SOAK ? 8 : 1;
/** Batches that may be under way at a time. */
const LANES = 3;

/** What stays for each mailbox while it is written: the step that it stands in, with what it was before, and its place in the lists. Measured: 300. */
const BYTES_EACH = 1_000;
/** The program itself, and a page or two. */
const BYTES_ALWAYS = 50 * 2 ** 20;
/** What is added with each that is written: the word that it is done. Measured: 150. */
const BYTES_EACH_WRITTEN = 400;

const open: Served[] = [];
afterAll(async () => {
  for (const served of open) await served.close();
});

/** A served tenant on its mail day, every cmdlet that arrives noted. */
const served = async (
  accounts: number | undefined,
  watch?: (when: "before" | "after", request: Request) => void,
): Promise<{ readonly tenant: Served; readonly arrived: () => readonly Sent[] }> => {
  const line = watching(async () => new Response(null));
  const tenant = await serveFill(WORLD, {
    ...(accounts !== undefined && { accounts }),
    dials: { signIns: "empty", throttling: "off" },
    watch: (when, request) => {
      if (when === "before") void line.fetch(request.clone());
      watch?.(when, request);
    },
  });
  open.push(tenant);
  writePlan(tenant, planText({ world: WORLD }));
  await goTo(tenant, worldOf(WORLD).day);
  return { tenant, arrived: () => line.writes().filter(({ cmdlet }) => cmdlet === "Set-CASMailbox") };
};

const isBatch = (request: Request): boolean => request.url.includes("/adminapi/") && request.url.endsWith("/$batch");

describe("killed", () => {
  test("SIGKILL at any batch, again and again: the next does the rest; and so it is on the way back", { timeout: 1_200_000 }, async () => {
    let fuse = Number.POSITIVE_INFINITY;
    let dieWhen: "before" | "after" = "before";
    let victim: ChildProcess | undefined;
    const { tenant, arrived } = await served(SOME, (when, request) => {
      if (victim === undefined || when !== dieWhen || !isBatch(request)) return;
      fuse -= 1;
      if (fuse <= 0) victim.kill("SIGKILL");
    });
    await mixed(tenant);
    const before = await mailOf(tenant);
    const { size } = await boxesOf(tenant);
    const random = dice(SEED);

    const killed = async (args: readonly string[], batches: number): Promise<number> => {
      let kills = 0;
      for (let round = 0; ; round += 1) {
        expect(round, `${args.join(" ")} does not converge`).toBeLessThan(KILLS + 3);
        fuse = kills < KILLS ? 2 + Math.floor(random() * (batches / (KILLS + 1))) : Number.POSITIVE_INFINITY;
        dieWhen = random() < 0.5 ? "before" : "after";
        const { child, ended } = startProgram(tenant, args);
        victim = child;
        const end = await ended;
        victim = undefined;
        // By the time somebody types it again the list shows what was done.
        await tenant.reader.forward(5_000);
        if (end.signal === "SIGKILL") {
          kills += 1;
          continue;
        }
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        return kills;
      }
    };

    expect(await killed(["apply", PLAN, "--yes"], size / 10)).toBe(KILLS);
    const off = protocolsOf((await boxesOf(tenant)).values());
    const { kept } = worldOf(WORLD);
    const [keeper] = Object.keys(protocolsOf([(await boxesOf(tenant)).get(kept)].flatMap((box) => box ?? [])));
    expect(off).toEqual(keeper === "none" ? { none: size } : { none: size - 1, [keeper ?? ""]: 1 });
    // Twice is sent only what was under way when it died.
    const sent = arrived();
    expect(twiceIn(sent).length).toBeLessThanOrEqual(KILLS * LANES * 10);
    expect(await tenant.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });

    // Each run is taken back by itself, the last one first, as long as it did something.
    type Runs = { readonly runs: readonly { readonly id: string; readonly undoes?: string }[] };
    const runs = (JSON.parse((await tenant.cli(["runs", "--json"])).stdout) as Runs).runs.filter(({ undoes }) => undoes === undefined).toReversed();
    const most = runs[0]?.id ?? "";
    await killed(["undo", most, "--no-hold", "--yes"], size / 10 / (KILLS + 1));
    for (const { id } of runs.slice(1)) {
      const back = await tenant.cli(["undo", id, "--no-hold", "--yes"]);
      expect([0, 64], told(back)).toContain(back.exit);
    }
    await tenant.reader.forward(5_000);
    expect(await mailOf(tenant)).toEqual(before);
  });
});

describe.runIf(SOAK)("what it holds", () => {
  test("50,000 mailboxes: each a few bytes, and no more at the end of the writing than at its beginning", { timeout: 1_200_000 }, async () => {
    const { tenant, arrived } = await served(MANY);
    const { size } = await boxesOf(tenant);
    expect(size).toBeGreaterThan(50_000);
    const [heapFile, usageFile] = [join(tenant.cwd, "heap.jsonl"), join(tenant.cwd, "usage.json")];
    const { ended } = startProgram(tenant, ["apply", PLAN, "--yes"], {
      node: ["--expose-gc", "--require", resolve("scripts/usage.cjs"), "--require", resolve("scripts/heap.cjs")],
      env: { HEAP_FILE: heapFile, HEAP_EVERY: "250", USAGE_FILE: usageFile },
    });
    const end = await ended;
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(countOf(arrived())).toEqual({ "Set-CASMailbox": size - 1 });
    expect(twiceIn(arrived())).toEqual([]);

    expect(existsSync(heapFile)).toBe(true);
    const samples = readFileSync(heapFile, "utf8")
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text) as { readonly batches: number; readonly heapMB: number });
    expect(samples.length).toBeGreaterThan(15);
    const { maxMB } = JSON.parse(readFileSync(usageFile, "utf8")) as { readonly maxMB: number };
    process.stdout.write(
      `heap after gc, by batches: ${samples.map(({ batches, heapMB }) => `${batches}: ${heapMB.toFixed(1)} MB`).join(", ")}; most at a time ${maxMB.toFixed(0)} MB\n`,
    );
    const [first, last] = [samples[0]?.heapMB ?? 0, samples.at(-1)?.heapMB ?? 0];
    expect(Math.max(...samples.map(({ heapMB }) => heapMB)) * 2 ** 20).toBeLessThan(BYTES_ALWAYS + size * BYTES_EACH);
    // What is worked out before the first write is let go of: this is its height.
    expect(maxMB).toBeLessThan(640);
    expect((last - first) * 2 ** 20).toBeLessThan(size * BYTES_EACH_WRITTEN);
  });
});
