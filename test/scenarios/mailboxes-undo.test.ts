/** Each mailbox goes back to what it had itself, and to nothing else. */

import { describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { dice } from "./dice.ts";
import {
  type Box,
  boxesOf,
  byHand,
  countOf,
  flat,
  idsAt,
  mailDays,
  mailOf,
  mixed,
  PLAN,
  plansOf,
  planText,
  type Sent,
  tenantSmtpOf,
  told,
  twiceIn,
  typedWith,
  worldOf,
  writePlan,
} from "./mailboxes-world.ts";
import type { Stage } from "./stage.ts";
import { runsOf } from "./stories.ts";

const SEED = Number(process.env["SEED"] ?? 20181109);
const ALL = ["pop3", "imap", "smtpAuth", "activeSync"] as const;

const { begun } = mailDays();

const lastRun = async (stage: Stage): Promise<string> => (await runsOf(stage)).at(-1)?.id ?? "";
const undone = async (stage: Stage, ...more: readonly string[]): Promise<CliResult> => stage.cli(["undo", await lastRun(stage), "--no-hold", "--yes", ...more]);

const shown = ({ exit, stdout }: CliResult): string => `exit ${exit}\n${stdout.replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, "RUN")}`;

describe("undo", () => {
  test("field by field as it was: off stays off, a word of its own comes back, and a keeper's goes", { timeout: 120_000 }, async () => {
    const stage = await begun({ world: "trust", protocols: ALL });
    await mixed(stage);
    const before = await mailOf(stage);
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(0);
    const boxes = await boxesOf(stage);
    const { kept } = worldOf("trust");
    for (const [address, { PopEnabled, ImapEnabled, ActiveSyncEnabled, SmtpClientAuthenticationDisabled: smtp }] of boxes)
      if (address !== kept) expect([PopEnabled, ImapEnabled, ActiveSyncEnabled, smtp !== false], address).toEqual([false, false, false, true]);
    expect(await tenantSmtpOf(stage)).toBe(true);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });

    const id = await lastRun(stage);
    const back = await typedWith(stage, ["undo", id, "--no-hold", "--yes"]);
    expect(back.exit, told(back)).toBe(0);
    await stage.reader.forward(10_000);
    expect(await mailOf(stage)).toEqual(before);
    // Nothing was set that had not been changed.
    const changed = new Map(
      run.writes.filter(({ cmdlet }) => cmdlet === "Set-CASMailbox").map(({ parameters }) => [parameters["Identity"], Object.keys(parameters).toSorted()]),
    );
    for (const { cmdlet, parameters } of back.writes)
      if (cmdlet === "Set-CASMailbox") expect(Object.keys(parameters).toSorted()).toEqual(changed.get(parameters["Identity"]));
    expect(countOf(back.writes)).toEqual(countOf(run.writes));
    expect(twiceIn(back.writes)).toEqual([]);

    // The way back from that is to begin the phase again, from where it is.
    expect(await stage.cli(["undo", await lastRun(stage), "--yes"])).toMatchObject({ exit: 64 });
    const again = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect([again.exit, countOf(again.writes)], told(again)).toEqual([0, countOf(run.writes)]);
    expect(await undone(stage)).toMatchObject({ exit: 0 });
    await stage.reader.forward(10_000);
    expect(await mailOf(stage)).toEqual(before);
  });

  test("what somebody changed since is left, told and named; what is gone is gone", async () => {
    const stage = await begun({ world: "trust" });
    await mixed(stage);
    expect(await stage.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    const was = await boxesOf(stage);
    const [first, second, third] = idsAt(was, 6, 4) as readonly [Box, Box, Box];
    await byHand(stage, "Set-CASMailbox", { Identity: first.Guid, PopEnabled: true, ImapEnabled: false });
    await byHand(stage, "Set-CASMailbox", { Identity: second.Guid, ActiveSyncEnabled: !second.ActiveSyncEnabled });
    await stage.reader.send("DELETE", `/v1.0/users/${third.ExternalDirectoryObjectId}`);
    await stage.reader.forward(10_000);
    const id = await lastRun(stage);
    const back = await stage.cli(["undo", id, "--no-hold", "--yes"]);
    expect(back.exit, told(back)).toBe(4);
    matchesGolden("scenarios/mailboxes-undo-left.txt", shown(back));
    const now = await boxesOf(stage);
    const at = (box: Box): unknown => ({
      pop: now.get(box.PrimarySmtpAddress.toLowerCase())?.PopEnabled,
      imap: now.get(box.PrimarySmtpAddress.toLowerCase())?.ImapEnabled,
    });
    expect(at(first)).toEqual({ pop: true, imap: false });
    // Of another field nothing was asked, so that it hinders nothing.
    expect(at(second)).toEqual({ pop: true, imap: true });
    expect(now.get(second.PrimarySmtpAddress.toLowerCase())?.ActiveSyncEnabled).toBe(!second.ActiveSyncEnabled);
    expect(now.has(third.PrimarySmtpAddress.toLowerCase())).toBe(false);
  });

  test("a run of drift is taken back before the run that turned them off, or left and told", async () => {
    const stage = await begun({ world: "trust" });
    await mixed(stage);
    const before = await mailOf(stage);
    expect(await stage.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    const first = await lastRun(stage);
    const [box] = idsAt(await boxesOf(stage), 6, 4);
    await byHand(stage, "Set-CASMailbox", { Identity: box?.Guid, ImapEnabled: true });
    await stage.reader.forward(10_000);
    expect(await stage.cli(["run", PLAN])).toMatchObject({ exit: 0 });
    const drift = await lastRun(stage);
    expect(drift).not.toBe(first);
    const back = await stage.cli(["undo", drift, "--no-hold", "--yes"]);
    expect(back.exit, told(back)).toBe(0);
    expect((await boxesOf(stage)).get(box?.PrimarySmtpAddress.toLowerCase() ?? "")).toMatchObject({ PopEnabled: false, ImapEnabled: true });
    // Now it differs from what the first run left, by nobody of ours.
    const rest = await stage.cli(["undo", first, "--no-hold", "--yes"]);
    expect(rest.exit, told(rest)).toBe(4);
    expect(flat(rest.stdout)).toMatch(/1 of its mailboxes was changed since, not by this tool; it stays as it is: \S+@\S+ \(/);
    const differing = (await mailOf(stage)).filter((line, at) => line !== before[at]);
    expect(differing.map((line) => line.split(" ")[0])).toEqual([box?.PrimarySmtpAddress]);
  });

  test("killed in the middle, at any batch, it goes on from there", async () => {
    const stage = await begun({ world: "trust" });
    await mixed(stage);
    const before = await mailOf(stage);
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(0);
    const id = await lastRun(stage);
    const random = dice(SEED);
    const sent: Sent[] = [];
    for (let cuts = 0; cuts < 2; cuts += 1) {
      const controller = new AbortController();
      const fuse = 1 + Math.floor(random() * 12);
      let batches = 0;
      const cut = await typedWith(stage, ["undo", id, "--no-hold", "--yes"], {
        signal: controller.signal,
        fetch: (request) => {
          if (request.url.endsWith("/$batch")) batches += 1;
          if (batches === fuse) controller.abort(new Error("interrupted"));
          return stage.fetch(request);
        },
      });
      expect(cut.exit, told(cut)).toBe(130);
      expect(cut.stdout).toContain(`undo ${id}`);
      sent.push(...cut.writes);
      await stage.reader.forward(5_000);
    }
    const last = await typedWith(stage, ["undo", id, "--no-hold", "--yes"]);
    expect(last.exit, told(last)).toBe(0);
    sent.push(...last.writes);
    await stage.reader.forward(10_000);
    expect(await mailOf(stage)).toEqual(before);
    expect(twiceIn(sent)).toEqual([]);
    expect(sent.length).toBe(run.writes.length);
  });

  test("undone and on hold, a scheduler leaves them on until somebody begins it again", async () => {
    const stage = await begun({ world: "trust" });
    const before = await mailOf(stage);
    expect(await stage.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    expect(await stage.cli(["undo", await lastRun(stage), "--yes"])).toMatchObject({ exit: 0 });
    await stage.reader.forward(10_000);
    const run = await typedWith(stage, ["run", PLAN]);
    expect([run.exit, run.writes], told(run)).toEqual([0, []]);
    expect(await mailOf(stage)).toEqual(before);
    expect((await stage.cli(["status", PLAN])).stdout).toMatch(/held +8 Feb +Old mail protocols off/);
    const begin = await typedWith(stage, ["apply", PLAN, "--phase", "pop-imap-off", "--yes"]);
    expect([begin.exit, begin.writes.length], told(begin)).toEqual([0, 757 + 3]);
  });
});

/** Whether a mailbox can hand in mail by SMTP AUTH: its own word, or where it has none the tenant's. */
const canSend = (box: Box | undefined, tenant: boolean | null | undefined): boolean => {
  const own = box?.SmtpClientAuthenticationDisabled;
  return own === null || own === undefined ? tenant !== true : !own;
};

describe("SMTP AUTH", () => {
  const { kept } = worldOf("trust");

  test.each([
    ["by the tenant's word", null],
    ["by a word of its own", false],
  ] as const)("the copier that sends %s sends before, after and in between", async (_, own) => {
    const stage = await begun({ world: "trust", protocols: ["smtpAuth"] });
    await mixed(stage);
    await stage.reader.dials({ lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } });
    const copier = (await boxesOf(stage)).get(kept);
    await byHand(stage, "Set-CASMailbox", { Identity: copier?.Guid, SmtpClientAuthenticationDisabled: own });
    const stateOf = async (): Promise<boolean> => {
      const [box] = await byHand<Box>(stage, "Get-CASMailbox", { Identity: copier?.Guid });
      return canSend(box, await tenantSmtpOf(stage));
    };
    const states: boolean[] = [];
    const watched = async (request: Request): Promise<Response> => {
      const isSetting = request.method === "POST" && request.url.includes("/adminapi/") && (await request.clone().text()).includes('"Set-');
      const response = await stage.fetch(request);
      if (isSetting) states.push(await stateOf());
      return response;
    };
    const before = await mailOf(stage);
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], { fetch: watched });
    expect(run.exit, told(run)).toBe(0);
    expect(states.length).toBeGreaterThan(5);
    expect(states.filter((sends) => !sends)).toEqual([]);
    expect(await tenantSmtpOf(stage)).toBe(true);
    const boxes = await boxesOf(stage);
    expect([...boxes].filter(([, box]) => canSend(box, true)).map(([address]) => address)).toEqual([kept]);
    // Its own word is there before the tenant's goes, and nobody else is left with one that says on.
    const tenantAt = run.writes.findIndex(({ cmdlet }) => cmdlet === "Set-TransportConfig");
    const ownAt = run.writes.findIndex(({ parameters }) => parameters["Identity"] === copier?.Guid);
    expect([tenantAt, ownAt < tenantAt, ownAt >= 0]).toEqual([run.writes.length - 1, true, own === null]);
    // No plan of new mailboxes has a word on it.
    expect(countOf(run.writes)["Set-CASMailboxPlan"]).toBe(undefined);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });

    // Also on the way back.
    states.length = 0;
    const back = await typedWith(stage, ["undo", await lastRun(stage), "--no-hold", "--yes"], { fetch: watched });
    expect(back.exit, told(back)).toBe(0);
    expect(states.filter((sends) => !sends)).toEqual([]);
    expect(await mailOf(stage)).toEqual(before);
  });

  test("the copier's own word is refused: the tenant's stays on", async () => {
    const stage = await begun({ world: "trust", protocols: ["smtpAuth"] });
    const copier = (await boxesOf(stage)).get(kept);
    await stage.reader.dials({
      faults: [{ method: "POST", path: `/adminapi/InvokeCommand/Set-CASMailbox/${copier?.Guid}$`, effect: { type: "status", status: 503 } }],
    });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(4);
    expect(countOf(run.writes)["Set-TransportConfig"]).toBe(undefined);
    expect(await tenantSmtpOf(stage)).toBe(false);
    expect(flat(run.stdout)).toMatch(/left out setting "SMTP AUTH of the tenant"/);
    await stage.reader.dials({});
    const rest = await typedWith(stage, ["run", PLAN]);
    expect([rest.exit, countOf(rest.writes)], told(rest)).toEqual([0, { "Set-CASMailbox": 1, "Set-TransportConfig": 1 }]);
  });

  test("a plan that names nobody leaves nobody a word of their own, and every mailbox off", async () => {
    const stage = await begun({ world: "trust", protocols: ["smtpAuth"], keepOn: [] });
    await mixed(stage);
    expect(await stage.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    await stage.reader.forward(10_000);
    expect([...(await boxesOf(stage)).values()].filter((box) => canSend(box, true))).toEqual([]);
    writePlan(stage, planText({ world: "trust", protocols: ["smtpAuth"] }));
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    expect((await plansOf(stage)).length).toBe(3);
  });
});
