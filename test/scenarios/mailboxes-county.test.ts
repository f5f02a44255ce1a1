/** The county on the day its mailboxes lose POP3 and IMAP, and what comes after: new mailboxes, drift, and the copier that keeps them. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import { wholeUser } from "./arranged.ts";
import {
  type Box,
  boxesOf,
  byHand,
  countOf,
  flat,
  goTo,
  KEPT,
  MAIL_DAY,
  PLAN,
  plansOf,
  planText,
  protocolsOf,
  type Sent,
  told,
  typedWith,
  writePlan,
} from "./mailboxes-world.ts";
import { NO_LOG, type Stage, stageFrom, stageOf } from "./stage.ts";

const MAILBOXES = 1_435;

const stages = new Set<Stage>();
const folders: string[] = [];
const opened = async (folder: string): Promise<Stage> => {
  const stage = await stageFrom(folder, NO_LOG);
  stages.add(stage);
  await stage.reader.dials({});
  return stage;
};
afterAll(async () => {
  for (const stage of stages) await stage.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let county: Stage;
/** The county once its mailboxes are off. */
let live = "";

beforeAll(async () => {
  county = await stageOf("county");
  stages.add(county);
  writePlan(county, planText());
  await goTo(county, MAIL_DAY);
});

const kindsInOrder = (sent: readonly Sent[]): readonly string[] => sent.map(({ cmdlet }) => cmdlet).filter((cmdlet, at, all) => cmdlet !== all[at - 1]);

describe.sequential("9 November 2018", () => {
  test("what would be done is told first", async () => {
    const diff = await county.cli(["diff", PLAN]);
    expect(diff.exit, told(diff)).toBe(0);
    matchesGolden("scenarios/mailboxes-county.diff.txt", diff.stdout);
    matchesGolden("scenarios/mailboxes-county.status.txt", (await county.cli(["status", PLAN])).stdout);
  });

  test("the plans for new mailboxes, then every mailbox but the copier's, each once; a second run writes nothing", { timeout: 120_000 }, async () => {
    const run = await typedWith(county, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(0);
    expect(kindsInOrder(run.sent)).toEqual([
      "Get-CASMailboxPlan",
      "Get-TransportConfig",
      "Get-CASMailbox",
      "Set-CASMailboxPlan",
      "Get-CASMailboxPlan",
      "Set-CASMailbox",
      "Get-CASMailbox",
    ]);
    expect(countOf(run.writes)).toEqual({ "Set-CASMailboxPlan": 3, "Set-CASMailbox": MAILBOXES - 1 });
    for (const { parameters } of run.writes.filter(({ cmdlet }) => cmdlet === "Set-CASMailbox"))
      expect(parameters).toEqual({ Identity: parameters["Identity"], PopEnabled: false, ImapEnabled: false });
    // Deskless has no IMAP as it comes.
    expect(run.writes.filter(({ cmdlet }) => cmdlet === "Set-CASMailboxPlan").map(({ parameters }) => Object.keys(parameters).sort())).toEqual([
      ["Identity", "ImapEnabled", "PopEnabled"],
      ["Identity", "ImapEnabled", "PopEnabled"],
      ["Identity", "PopEnabled"],
    ]);

    const boxes = await boxesOf(county);
    expect(protocolsOf(boxes.values())).toEqual({ none: MAILBOXES - 1, "POP3 IMAP": 1 });
    expect(boxes.get(KEPT)).toMatchObject({ PopEnabled: true, ImapEnabled: true });
    expect(protocolsOf(await plansOf(county))).toEqual({ none: 3 });
    expect(new Set([...boxes.values()].map(({ ActiveSyncEnabled, SmtpClientAuthenticationDisabled: smtp }) => `${ActiveSyncEnabled} ${smtp}`))).toEqual(
      new Set(["true null"]),
    );

    live = county.copy();
    folders.push(live);
    const again = await typedWith(county, ["apply", PLAN, "--yes"]);
    expect([again.exit, again.writes], told(again)).toEqual([0, []]);
    expect(await county.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    matchesGolden("scenarios/mailboxes-county-live.status.txt", (await county.cli(["status", PLAN])).stdout);
  });

  test("before the day nothing is written", async () => {
    const early = await stageOf("county", undefined, NO_LOG);
    stages.add(early);
    writePlan(early, planText());
    await goTo(early, "2018-11-08T23:00:00Z");
    const run = await typedWith(early, ["run", PLAN]);
    expect([run.exit, run.writes], told(run)).toEqual([0, []]);
    expect(protocolsOf((await boxesOf(early)).values())).toEqual({ "POP3 IMAP": MAILBOXES });
  });
});

/** Somebody new, by Graph; the licence comes from where licences come from. */
const hired = async (stage: Stage, name: string): Promise<string> => {
  const address = `${name}@birch.county.example`;
  const { id } = await stage.reader.json<{ readonly id: string }>("POST", "/v1.0/users", {
    accountEnabled: true,
    displayName: `New ${name}`,
    mailNickname: name,
    userPrincipalName: address,
    usageLocation: "GB",
    passwordProfile: { forceChangePasswordNextSignIn: true, password: "Not-the-real-one-1" },
  });
  await stage.reader.forward(5_000);
  const { assignedLicenses } = await wholeUser(stage.reader, "head@birch.county.example");
  await stage.reader.put("users", { ...(await wholeUser(stage.reader, id)), mail: address, proxyAddresses: [`SMTP:${address}`], assignedLicenses });
  return address;
};

/** What an account's licence is swapped for, as in August. */
const relicensed = async (stage: Stage, address: string): Promise<void> => {
  const user = await wholeUser(stage.reader, address);
  const licences = Array.isArray(user["assignedLicenses"]) ? user["assignedLicenses"] : [];
  await stage.reader.put("users", { ...user, assignedLicenses: [...licences, { disabledPlans: [], skuId: "e82ae690-a2d5-4d76-8d30-7c6e01e6022e" }] });
};

const setByHand = (stage: Stage, address: string, parameters: object): Promise<unknown> =>
  byHand(stage, "Set-CASMailbox", { Identity: address, ...parameters });

const OFF: Partial<Box> = { PopEnabled: false, ImapEnabled: false };

describe("afterwards", () => {
  test("a mailbox that is made later is off from its first minute, and nothing has to be done about it", async () => {
    const stage = await opened(live);
    const address = await hired(stage, "new.teacher");
    await stage.reader.forward(5_000);
    expect((await boxesOf(stage)).get(address)).toMatchObject(OFF);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    const run = await typedWith(stage, ["run", PLAN]);
    expect([run.exit, run.writes], told(run)).toEqual([0, []]);
  });

  test("what is set on by hand is found by status and mended by apply, or by a scheduler, and nothing else is touched", async () => {
    const stage = await opened(live);
    const boxes = await boxesOf(stage);
    for (const words of [
      ["apply", PLAN, "--yes"],
      ["run", PLAN],
    ]) {
      await setByHand(stage, "head@cedar.county.example", { ImapEnabled: true });
      await setByHand(stage, "head@birch.county.example", { PopEnabled: true, ImapEnabled: true });
      await stage.reader.forward(10_000);
      if (words[0] === "apply") {
        const status = await stage.cli(["status", PLAN]);
        expect(status.exit, told(status)).toBe(0);
        matchesGolden("scenarios/mailboxes-county-drift.status.txt", status.stdout);
        expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 2 });
      }
      const run = await typedWith(stage, words);
      expect(run.exit, told(run)).toBe(0);
      expect(run.writes.map(({ parameters }) => parameters).toSorted((a, b) => Object.keys(a).length - Object.keys(b).length)).toEqual([
        { Identity: boxes.get("head@cedar.county.example")?.Guid, ImapEnabled: false },
        { Identity: boxes.get("head@birch.county.example")?.Guid, PopEnabled: false, ImapEnabled: false },
      ]);
      expect(protocolsOf((await boxesOf(stage)).values())).toEqual({ none: MAILBOXES - 1, "POP3 IMAP": 1 });
    }
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
  });

  test("a plan that somebody turned on again brings a protocol back with a new licence; the plan is mended first, then the mailbox", async () => {
    const stage = await opened(live);
    const [first] = await plansOf(stage);
    await byHand(stage, "Set-CASMailboxPlan", { Identity: first?.Name, ImapEnabled: true });
    await stage.reader.forward(10_000);
    await relicensed(stage, "head@birch.county.example");
    const address = await hired(stage, "late.comer");
    await stage.reader.forward(10_000);
    expect(protocolsOf((await boxesOf(stage)).values())).toEqual({ none: MAILBOXES - 2, IMAP: 2, "POP3 IMAP": 1 });
    const status = await stage.cli(["status", PLAN]);
    expect(flat(status.stdout)).toMatch(/Changed since, in phases that are live.*plan "ExchangeOnlineEnterprise" IMAP on -> off/);
    const run = await typedWith(stage, ["run", PLAN]);
    expect(run.exit, told(run)).toBe(0);
    expect(run.writes.map(({ cmdlet }) => cmdlet)).toEqual(["Set-CASMailboxPlan", "Set-CASMailbox", "Set-CASMailbox"]);
    const boxes = await boxesOf(stage);
    expect(protocolsOf(boxes.values())).toEqual({ none: MAILBOXES, "POP3 IMAP": 1 });
    expect(boxes.get(address)).toMatchObject(OFF);
  });

  test("the copier keeps what it has as long as the plan says so, and loses it with the line", async () => {
    const stage = await opened(live);
    const run = await typedWith(stage, ["run", PLAN]);
    expect([run.exit, run.writes], told(run)).toEqual([0, []]);
    writePlan(stage, planText({ keepOn: [] }));
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 2 });
    const without = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect([without.exit, without.writes.length], told(without)).toEqual([0, 1]);
    expect(protocolsOf((await boxesOf(stage)).values())).toEqual({ none: MAILBOXES });
    // Put back into the plan it is left as it is: keeping is not turning on.
    writePlan(stage, planText());
    const back = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect([back.exit, back.writes], told(back)).toEqual([0, []]);
  });
});
