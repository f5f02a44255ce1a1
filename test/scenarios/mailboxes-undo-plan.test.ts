/** The way back needs no plan that still speaks of mailboxes: on a bad morning nobody shall have to mend a file first. */

import { expect, test } from "vitest";
import { mailDays, mailOf, told, writePlan } from "./mailboxes-world.ts";
import { runsOf } from "./stories.ts";

const { begun } = mailDays();

test("mailboxes, their plans and the tenant's word go back from a plan that nobody can read any more", async () => {
  const stage = await begun({ world: "trust", protocols: ["pop3", "imap", "smtpAuth"] });
  const before = await mailOf(stage);
  const run = await stage.cli(["apply", "mail.yaml", "--yes"]);
  expect(run.exit, told(run)).toBe(0);
  const off = await mailOf(stage);
  // A mailbox, a plan for new ones, and the tenant's own word.
  expect(off.at(-1)).toBe("tenant true");
  expect(off.filter((line) => !before.includes(line)).length).toBeGreaterThan(2);

  writePlan(stage, "id: [\n");
  const back = await stage.cli(["undo", (await runsOf(stage)).at(-1)?.id ?? "", "--no-hold", "--yes"]);
  expect(back.exit, told(back)).toBe(0);
  await stage.reader.forward(10_000);
  expect(await mailOf(stage)).toEqual(before);
});
