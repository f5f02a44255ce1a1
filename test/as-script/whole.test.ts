/** The whole command, then the script as an administrator runs it: what it does is what `apply` does. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  boxesOf,
  byHand,
  flat,
  goTo,
  mailOf,
  PLAN,
  plansOf,
  planText,
  type TurnOffWords,
  tenantSmtpOf,
  told,
  writePlan,
} from "../scenarios/mailboxes-world.ts";
import { NO_LOG, type Stage, stageFrom, stageOf } from "../scenarios/stage.ts";
import { copyOf, type Session, sessionOn, type World } from "./world.ts";

const SOME = ["volunteer-1", "volunteer-2", "info", "reception", "donations", "newsletter"];

/** A small organisation with a scanner that sends mail; mail goes on the ninth, somebody is asked for MFA on the nineteenth. */
const smallPlan = (words: TurnOffWords = {}): string =>
  planText({ keepOn: ["scanner@small.example"], ...words })
    .replaceAll("2018-11-", "2024-10-")
    .replaceAll("2019-03-29", "2025-03-31")
    .replaceAll("county.example", "small.example")
    .replace('"head@*.small.example"', SOME.map((name) => `"${name}@small.example"`).join(", "));

const small = async (day: string, words?: TurnOffWords): Promise<Stage> => {
  const stage = await stageOf("small", undefined, NO_LOG);
  writePlan(stage, smallPlan(words));
  await goTo(stage, day);
  return stage;
};

const worldOf = async (stage: Stage): Promise<World> => ({
  tenantId: (await stage.reader.json<{ readonly tenantId: string }>("GET", "/_practice")).tenantId,
  boxes: [...(await boxesOf(stage)).values()].map(
    ({ Guid, ExternalDirectoryObjectId, PrimarySmtpAddress, PopEnabled, ImapEnabled, ActiveSyncEnabled, SmtpClientAuthenticationDisabled }) => ({
      Guid,
      ExternalDirectoryObjectId,
      PrimarySmtpAddress,
      PopEnabled,
      ImapEnabled,
      ActiveSyncEnabled,
      SmtpClientAuthenticationDisabled,
    }),
  ),
  plans: (await plansOf(stage)).map(({ Name, PopEnabled, ImapEnabled, ActiveSyncEnabled }) => ({ Name, PopEnabled, ImapEnabled, ActiveSyncEnabled })),
  smtpOff: (await tenantSmtpOf(stage)) ?? null,
});

/** As `mailOf` tells it. */
const mailIn = ({ boxes, plans, smtpOff }: World): readonly string[] => [
  ...boxes.map((box) => `${box.PrimarySmtpAddress} ${box.PopEnabled} ${box.ImapEnabled} ${box.ActiveSyncEnabled} ${box.SmtpClientAuthenticationDisabled}`),
  ...plans.map((plan) => `${plan.Name} ${plan.PopEnabled} ${plan.ImapEnabled} ${plan.ActiveSyncEnabled}`),
  `tenant ${smtpOff}`,
];

const VALUES: Readonly<Record<string, boolean | null>> = { True: true, False: false, Null: null };

/** What the script wrote, written to the practice tenant by hand. */
const writeToo = async (stage: Stage, { writes }: Session): Promise<void> => {
  for (const write of writes) {
    const [cmdlet = "", ...words] = write.split(" ");
    const pairs = words.map((word): readonly [string, string | boolean | null] => {
      const [name = "", value] = word.split("=");
      return value === undefined ? ["Identity", name] : [name, VALUES[value] ?? null];
    });
    await byHand(stage, cmdlet, Object.fromEntries(pairs));
  }
};

/** Values that differ from one mailbox to the next, so that "on" for all would be seen. */
const unlike = async (stage: Stage): Promise<void> => {
  const boxes = [...(await boxesOf(stage)).values()];
  const smtp = [null, true, false];
  const chosen = boxes.filter(({ PrimarySmtpAddress }) => SOME.includes(PrimarySmtpAddress.toLowerCase().replace(/@.*$/, "")));
  for (const [at, { Guid }] of [...chosen, ...boxes.filter((box) => !chosen.includes(box)).slice(0, 24)].entries()) {
    await byHand(stage, "Set-CASMailbox", {
      Identity: Guid,
      PopEnabled: at % 2 === 0,
      ImapEnabled: at % 3 === 0,
      SmtpClientAuthenticationDisabled: smtp[at % 3] ?? null,
    });
  }
};

const textIn = (stage: Stage, name: string): string => readFileSync(join(stage.cwd, name), "utf8");

const cases: readonly (readonly [name: string, words: TurnOffWords])[] = [
  ["POP3 and IMAP off everywhere but at a copier's", {}],
  ["SMTP AUTH too, which the copier keeps by a word of its own", { protocols: ["pop3", "imap", "smtpAuth"] }],
  ["everything, and nobody keeps anything", { protocols: ["pop3", "imap", "smtpAuth", "activeSync"], keepOn: [] }],
  ["of one cohort, SMTP AUTH in the mailbox itself", { protocols: ["imap", "smtpAuth"], for: "heads", keepOn: ["reception@small.example"] }],
];

describe("the script does what apply does, read or unread", () => {
  test.each(cases)("%s", async (_, words) => {
    const stage = await small("2024-10-09", words);
    await unlike(stage);
    // By now every server shows it.
    await goTo(stage, "2024-10-09T08:00:00Z");
    const before = await worldOf(stage);
    const seen = await stage.cli(["diff", PLAN, "--as-script", "seen.ps1"]);
    expect(seen.exit, told(seen)).toBe(0);
    await stage.reader.dials({ exchangeGrants: "none" });
    const unseen = await stage.cli(["diff", PLAN, "--as-script", "unseen.ps1"]);
    expect(unseen.exit, told(unseen)).toBe(77);
    await stage.reader.dials({});
    const applied = await stageFrom(stage.copy(), NO_LOG);
    expect((await applied.cli(["apply", PLAN, "--yes"])).exit).toBe(0);
    const want = await mailOf(applied);
    await applied.close();
    const wanted = want.filter((line, at) => line !== mailIn(before)[at]).length;
    expect(wanted).toBeGreaterThan(1);

    for (const name of ["seen", "unseen"]) {
      const world = copyOf(before);
      const session = sessionOn(world);
      const dry = await session.run(textIn(stage, `${name}.ps1`));
      expect({ exit: dry.exit, writes: session.writes, files: session.host.files.size }, dry.said).toEqual({ exit: 2, writes: [], files: 0 });
      expect(mailIn(world)).toEqual(mailIn(before));
      expect(dry.said).toContain(`${wanted} would be set; nothing was written`);

      const done = await session.run(textIn(stage, `${name}.ps1`), { apply: true });
      expect(done.exit, done.said).toBe(0);
      expect(mailIn(world)).toEqual(want);
      expect(session.writes).toHaveLength(wanted);

      const again = await session.run(textIn(stage, `${name}.ps1`), { apply: true });
      expect(again.exit, again.said).toBe(0);
      expect(session.writes).toHaveLength(wanted);

      if (name === "seen") {
        await writeToo(stage, session);
        const status = await stage.cli(["status", PLAN]);
        expect(status.exit, told(status)).toBe(0);
        const diff = await stage.cli(["diff", PLAN]);
        expect(flat(diff.stdout)).toContain("nothing to apply");
      }
      // Somebody lost the log of the first: what was seen is enough.
      if (name === "seen") session.host.files.clear();
      const back = await session.run(textIn(stage, `${name}.rollback.ps1`), { apply: true });
      expect(back.exit, back.said).toBe(0);
      expect(mailIn(world)).toEqual(mailIn(before));
      expect(session.writes).toHaveLength(wanted * 2);
      expect(session.disconnects()).toBe(4);
    }
    await stage.close();
  });
});

test("what is written, and what is said of it", async () => {
  const stage = await stageOf("county");
  writePlan(stage, planText());
  await goTo(stage, "2018-11-20");
  const files = (): readonly string[] => readdirSync(stage.cwd).filter((name) => name.includes("mail-off") || name.endsWith(".tmp"));

  const all = await stage.cli(["diff", PLAN, "--as-script", "mail-off.ps1"]);
  expect(files()).toEqual(["mail-off.ps1", "mail-off.rollback.ps1"]);
  expect(flat(all.stdout)).toMatch(
    /script: mail-off\.ps1: 3 plans for new mailboxes, [\d,]+ mailboxes; mail-off\.rollback\.ps1 takes it back not in it: \d+ other changes of this diff; apply makes them/,
  );
  expect(flat(all.stdout)).toContain("then entra-rollout status mail.yaml shows whether it is done");
  for (const name of files()) {
    const text = textIn(stage, name);
    expect([...readFileSync(join(stage.cwd, name)).subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(text).toMatch(/^#Requires -Modules ExchangeOnlineManagement\r$/m);
    expect(text).not.toMatch(/-Credential/);
  }
  // Ours are written anew, and say the same at the same moment.
  const first = textIn(stage, "mail-off.ps1");
  const twice = await stage.cli(["diff", PLAN, "--as-script", "mail-off.ps1", "--json"]);
  expect(JSON.parse(twice.stdout)).toMatchObject({ plan: { id: "county-mail" } });
  expect(twice.stderr).toContain("script:    mail-off.ps1");
  expect(textIn(stage, "mail-off.ps1").split("\r\n").slice(1)).toEqual(first.split("\r\n").slice(1));

  const refused: readonly (readonly [name: string, want: string])[] = [
    ["mail-off.txt", "PowerShell runs only files whose name ends in .ps1"],
    ["nowhere/mail-off.ps1", "there is no folder"],
    ["theirs.ps1", "is there already, and entra-rollout did not write it"],
    ["half.ps1", "half.rollback.ps1 is there already, and entra-rollout did not write it"],
  ];
  writeFileSync(join(stage.cwd, "theirs.ps1"), "Get-Date\r\n");
  writeFileSync(join(stage.cwd, "half.rollback.ps1"), "Get-Date\r\n");
  for (const [name, want] of refused) {
    const result = await stage.cli(["diff", PLAN, "--as-script", name]);
    expect({ exit: result.exit, stdout: result.stdout }).toEqual({ exit: 64, stdout: "" });
    expect(result.stderr).toContain(want);
  }
  expect(textIn(stage, "theirs.ps1")).toBe("Get-Date\r\n");
  expect(textIn(stage, "half.rollback.ps1")).toBe("Get-Date\r\n");
  expect(existsSync(join(stage.cwd, "half.ps1"))).toBe(false);

  // What a check stops is in none.
  writePlan(stage, planText({ protocols: ["pop3"] }).replace(/atMost: \d+/, "atMost: 0"));
  const stopped = await stage.cli(["diff", PLAN, "--as-script", "mail-off.ps1", "--exit-code"]);
  expect(stopped.exit, told(stopped)).toBe(3);
  expect(flat(stopped.stdout)).toContain("held back: 1 change that a check stops; the script leaves them out");
  const session = sessionOn(await worldOf(stage));
  const done = await session.run(textIn(stage, "mail-off.ps1"), { apply: true });
  expect(done.exit, done.said).toBe(0);
  expect([...new Set(session.writes.map((write) => write.split(" ")[0]))]).toEqual(["Set-CASMailboxPlan"]);
  await stage.close();
});

test("where nothing is to be done, or nothing may be, there is no script", async () => {
  const stage = await small("2024-10-20");
  const stopped = await stage.cli(["diff", PLAN, "--as-script", "none.ps1"]);
  expect(flat(stopped.stdout), told(stopped)).toContain("no script: a check stops what Exchange Online would be told; none was written");
  const early = await stage.cli(["diff", PLAN, "--as-script", "none.ps1", "--as-of", "2024-10-01"]);
  expect(flat(early.stdout), told(early)).toContain("no script: Exchange Online is as the plan wants it by now; none was written");
  expect(readdirSync(stage.cwd).filter((name) => name.startsWith("none"))).toEqual([]);
  await stage.close();
});
