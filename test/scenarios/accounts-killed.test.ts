/** The real program among many unused accounts: killed again and again, and each of them deleted once, with its line in the archive before. */

import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { goTo, newYearPlan, PLAN, rowsIn, SENT_OUT, sendBack, told, withUnused, writePlan } from "./accounts-world.ts";
import { dice } from "./dice.ts";
import { type Ended, startProgram } from "./program.ts";
import { type Served, serveFill } from "./served.ts";

const SOAK = process.env["SOAK"] !== undefined;
const SEED = Number(process.env["SEED"] ?? 20190107);
const MANY = SOAK ? 20_000 : 90;
const KILLS = SOAK ? 10 : 2;

const open: Served[] = [];
afterAll(async () => {
  for (const served of open) await served.close();
});

type Batch = { readonly requests?: readonly { readonly id: string; readonly method: string; readonly url: string }[] };
type ArchiveLine = { readonly type: string; readonly account?: { readonly id: string } };

/** Whole lines of all archives: what a kill cut short is no line. */
const archived = ({ cwd }: Served): readonly string[] => {
  const folder = join(cwd, "state", "archive");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .flatMap((line) => {
        const { type, account } = JSON.parse(line) as ArchiveLine;
        return type === "account" && account !== undefined ? [account.id] : [];
      }),
  );
};

test("SIGKILL at any moment, again and again: each is deleted once, and archived before", { timeout: 3_000_000 }, async () => {
  let fuse = Number.POSITIVE_INFINITY;
  let dieWhen: "before" | "after" = "before";
  let victim: ChildProcess | undefined;
  const unarchived: string[] = [];
  const asked = new Map<string, number>();
  const tenant = await serveFill("trust", {
    dials: { signIns: "empty", throttling: "off" },
    watch: (when, request) => {
      if (victim === undefined || !request.url.endsWith("/$batch")) return;
      if (when === "before") bodies.push(request.clone().json() as Promise<Batch>);
      if (when !== dieWhen) return;
      fuse -= 1;
      if (fuse <= 0) victim.kill("SIGKILL");
    },
  });
  const bodies: Promise<Batch>[] = [];
  open.push(tenant);
  const ids = await withUnused(tenant.reader, "office@harbour.trust.example", "harbour.trust.example", MANY, "2021-02-01T09:00:00Z");
  writePlan(tenant, newYearPlan({ domain: "trust.example", deleted: "2022-03-01", atMost: MANY + 100 }));
  const listed = await tenant.cli(["report", "stale", PLAN, "--for-review", SENT_OUT, "--state", "state"]);
  expect(listed.exit, told(listed)).toBe(0);
  expect(rowsIn(tenant, SENT_OUT).length).toBeGreaterThanOrEqual(MANY);
  const own = new Set(ids);
  sendBack(
    tenant,
    () => ({ decision: "delete", by: "head teacher" }),
    rowsIn(tenant, SENT_OUT).filter(({ Id = "" }) => own.has(Id)),
  );
  await goTo(tenant.reader, "2022-03-01");
  const before = await tenant.reader.json<{ readonly "@odata.count": number }>("GET", "/v1.0/users?$count=true&$top=1", undefined, {
    ConsistencyLevel: "eventual",
  });

  const random = dice(SEED);
  let kills = 0;
  let last: Ended | undefined;
  for (let round = 0; last?.signal !== null || last.code !== 0; round += 1) {
    expect(round, `does not converge: ${last === undefined ? "" : `${last.stdout}${last.stderr}`}`).toBeLessThan(KILLS + 3);
    // Looking takes a third of a batch for each account that is left, writing half of one: some are killed in this, some in that.
    const left = MANY - asked.size;
    fuse = kills < KILLS ? 2 + Math.floor(random() * left * 0.6) : Number.POSITIVE_INFINITY;
    dieWhen = random() < 0.5 ? "before" : "after";
    const { child, ended } = startProgram(tenant, ["apply", PLAN, "--yes", "--state", "state"]);
    victim = child;
    last = await ended;
    victim = undefined;
    if (last.signal === "SIGKILL") kills += 1;
    // Whatever was asked for by then stands in the archive, whether the answer arrived or not.
    const kept = new Set(archived(tenant));
    for (const { requests = [] } of await Promise.all(bodies.splice(0)))
      for (const { method, url } of requests) {
        const id = /^\/?users\/([0-9a-f-]{36})$/.exec(url)?.[1];
        if (method !== "DELETE" || id === undefined) continue;
        asked.set(id, (asked.get(id) ?? 0) + 1);
        if (!kept.has(id)) unarchived.push(id);
      }
    await tenant.reader.forward(5_000);
  }
  expect(kills).toBe(KILLS);
  expect(unarchived).toEqual([]);
  expect([...asked.keys()].sort()).toEqual(ids);
  // A delete that was answered to nobody is not sent again once the directory shows it done.
  expect([...asked.values()].filter((count) => count > 1)).toEqual([]);
  const after = await tenant.reader.json<{ readonly "@odata.count": number }>("GET", "/v1.0/users?$count=true&$top=1", undefined, {
    ConsistencyLevel: "eventual",
  });
  expect(after["@odata.count"]).toBe(before["@odata.count"] - MANY);
  const again = await tenant.cli(["apply", PLAN, "--yes", "--state", "state"]);
  expect([again.exit, again.stdout.includes("nothing to apply")], told(again)).toEqual([0, true]);
});
