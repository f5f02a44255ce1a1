/** Scripts run as an administrator runs them, against mailboxes that somebody else changes too. The interpreter is a stand-in: test/as-script/powershell.ts. */

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Script, ScriptRow } from "../../src/core/script/script.ts";
import { aboutOf, boxOf, guid, PLAN_NAME, seenScript, TENANT, textsOf, worldWith } from "./told.ts";
import { copyOf, sessionOn, type World } from "./world.ts";

const SMTP = "SmtpClientAuthenticationDisabled";
const PLANS: readonly ScriptRow[] = [{ moves: "PopEnabled=True>False", id: PLAN_NAME, name: "ExchangeOnlineEnterprise" }];
const TENANT_ROW: readonly ScriptRow[] = [{ moves: `${SMTP}=False>True`, id: "tenant", name: "SMTP AUTH of the tenant" }];
const row = (number: number, moves: string): ScriptRow => ({ moves, id: guid(number), name: `somebody-${number}@county.example` });

/** One that loses a word of its own, one that is given one, one that has neither. */
const seen = seenScript(
  [
    row(1, `PopEnabled=True>False ImapEnabled=True>False ${SMTP}=False>Null`),
    row(2, `PopEnabled=True>False ${SMTP}=Null>False`),
    row(3, "ImapEnabled=True>False"),
  ],
  PLANS,
  TENANT_ROW,
);
const world = (): World => worldWith([boxOf(1, { [SMTP]: false }), boxOf(2), boxOf(3, { PopEnabled: false }), boxOf(4)]);

const off = "PopEnabled=True>False,False>False";
const unseen: Script = {
  ...seen,
  plans: { seen: false, rows: [{ moves: off, id: "*", name: "every plan for new mailboxes" }] },
  mailboxes: {
    seen: false,
    rows: [
      { moves: `${off} ${SMTP}=Null-while-on>False,Null-while-off>Null,False>False,True>True`, id: guid(902), name: "copier@county.example" },
      { moves: "-", id: guid(903), name: "kept@county.example" },
      { moves: `${off} ${SMTP}=False>Null,Null>Null,True>True`, id: "*", name: "every other mailbox of an account" },
    ],
  },
  tenant: { seen: false, rows: [{ moves: `${SMTP}=False>True,True>True`, id: "tenant", name: "SMTP AUTH of the tenant" }] },
  back: { plans: [], mailboxes: [], tenant: [] },
};

const flagsIn = ({ boxes, plans, smtpOff }: World): readonly string[] => [
  ...boxes.map((box) => `${box.Guid.slice(-1)} ${box.PopEnabled} ${box.ImapEnabled} ${box[SMTP]}`),
  `plan ${plans[0]?.PopEnabled}`,
  `tenant ${smtpOff}`,
];

test("first what new mailboxes start with, then mailboxes, then the tenant; the way back the other way round", async () => {
  const own = world();
  const session = sessionOn(own);
  const texts = textsOf(seen);
  expect((await session.run(texts.script, { apply: true })).exit).toBe(0);
  expect(session.writes.splice(0)).toEqual([
    `Set-CASMailboxPlan ${PLAN_NAME} PopEnabled=False`,
    `Set-CASMailbox ${guid(1)} ImapEnabled=False PopEnabled=False ${SMTP}=Null`,
    `Set-CASMailbox ${guid(2)} PopEnabled=False ${SMTP}=False`,
    `Set-CASMailbox ${guid(3)} ImapEnabled=False`,
    `Set-TransportConfig ${SMTP}=True`,
  ]);
  expect((await session.run(texts.rollback, { apply: true })).exit).toBe(0);
  expect(session.writes).toEqual([
    `Set-TransportConfig ${SMTP}=False`,
    `Set-CASMailbox ${guid(1)} ImapEnabled=True PopEnabled=True ${SMTP}=False`,
    `Set-CASMailbox ${guid(2)} PopEnabled=True ${SMTP}=Null`,
    `Set-CASMailbox ${guid(3)} ImapEnabled=True`,
    `Set-CASMailboxPlan ${PLAN_NAME} PopEnabled=True`,
  ]);
  expect(own).toEqual(world());
});

describe("whoever moved something meanwhile is believed", () => {
  test("a mailbox that is neither as it was nor as it is to be is left, and told", async () => {
    const own = world();
    const [, second] = own.boxes;
    if (second !== undefined) second[SMTP] = true;
    const session = sessionOn(own);
    const done = await session.run(textsOf(seen).script, { apply: true });
    expect(done.exit).toBe(4);
    expect(done.said).toContain(`left, somebody changed it: somebody-2@county.example (${guid(2)}): ${SMTP} is True`);
    // It was to keep SMTP AUTH, so that the tenant's word stays on.
    expect(done.said).toContain("left: SMTP AUTH of the tenant (tenant): 1 mailboxes that are to keep SMTP AUTH do not have a word of their own yet");
    expect(flagsIn(own)).toEqual(["1 false false null", "2 true true true", "3 false false null", "4 true true null", "plan false", "tenant false"]);
  });

  test("the way back leaves what somebody changed since", async () => {
    const own = world();
    const session = sessionOn(own);
    const texts = textsOf(seen);
    await session.run(texts.script, { apply: true });
    const [first] = own.boxes;
    if (first !== undefined) first[SMTP] = true;
    const back = await session.run(texts.rollback, { apply: true });
    expect(back.exit).toBe(4);
    expect(back.said).toContain(`left, somebody changed it: somebody-1@county.example (${guid(1)}): ${SMTP} is True`);
    expect(flagsIn(own)).toEqual(["1 false false true", "2 true true null", "3 false true null", "4 true true null", "plan true", "tenant false"]);
  });

  test("who goes by the tenant's word is not given it back while that is off", async () => {
    const own = world();
    const session = sessionOn(own);
    const texts = textsOf(seen);
    await session.run(texts.script, { apply: true });
    session.tenantIsStuck = true;
    const back = await session.run(texts.rollback, { apply: true });
    expect(back.exit).toBe(4);
    expect(back.said).toContain(`left: somebody-2@county.example (${guid(2)}): SMTP AUTH of the tenant is still off, so that it would lose its own`);
    expect(flagsIn(own)[1]).toBe("2 false true false");
    session.tenantIsStuck = false;
    expect((await session.run(texts.rollback, { apply: true })).exit).toBe(0);
    expect(own).toEqual(world());
  });
});

test("one that cannot be written is named, the others go on, and the next run does only the rest", async () => {
  const own = world();
  const session = sessionOn(own);
  session.broken.add(guid(1));
  const texts = textsOf(seen);
  const done = await session.run(texts.script, { apply: true });
  expect(done.exit).toBe(4);
  expect(done.said).toContain(`failed: somebody-1@county.example (${guid(1)}): The operation can't be performed`);
  expect(flagsIn(own)).toEqual(["1 true true false", "2 false true false", "3 false false null", "4 true true null", "plan false", "tenant true"]);
  session.broken.clear();
  session.writes.length = 0;
  expect((await session.run(texts.script, { apply: true })).exit).toBe(0);
  expect(session.writes).toEqual([`Set-CASMailbox ${guid(1)} ImapEnabled=False PopEnabled=False ${SMTP}=Null`]);
  const back = await session.run(texts.rollback, { apply: true });
  expect(back.exit, back.said).toBe(0);
  expect(own).toEqual(world());
});

test("a keeper that cannot be written keeps the tenant's word on", async () => {
  const own = world();
  const session = sessionOn(own);
  session.broken.add(guid(2));
  expect((await session.run(textsOf(seen).script, { apply: true })).exit).toBe(4);
  expect(own.smtpOff).toBe(false);
});

test("unread, the script looks itself: keepers, those on no list, the service's own", async () => {
  const own = worldWith([
    boxOf(1, { [SMTP]: false }),
    boxOf(2),
    boxOf(3),
    boxOf(4, { PopEnabled: false, [SMTP]: true }),
    boxOf(5, { ExternalDirectoryObjectId: "" }),
  ]);
  const before = copyOf(own);
  const session = sessionOn(own);
  const texts = textsOf(unseen);
  expect((await session.run(texts.script)).exit).toBe(2);
  expect(session.writes).toEqual([]);
  expect((await session.run(texts.script, { apply: true })).exit).toBe(0);
  expect(flagsIn(own)).toEqual([
    "1 false true null",
    "2 false true false",
    "3 true true null",
    "4 false true true",
    "5 true true null",
    "plan false",
    "tenant true",
  ]);
  const { length } = session.writes;
  expect((await session.run(texts.script, { apply: true })).exit).toBe(0);
  expect(session.writes).toHaveLength(length);
  expect((await session.run(texts.rollback, { apply: true })).exit).toBe(0);
  expect(own).toEqual(before);
  // What is taken back and done again is taken back again.
  await session.run(texts.script, { apply: true });
  await session.run(texts.rollback, { apply: true });
  expect(own).toEqual(before);
});

describe("the log", () => {
  test("without it the way back goes by what was seen", async () => {
    const own = world();
    const session = sessionOn(own);
    const texts = textsOf(seen);
    await session.run(texts.script, { apply: true });
    session.host.files.clear();
    expect((await session.run(texts.rollback, { apply: true })).exit).toBe(0);
    expect(own).toEqual(world());
  });

  test("without it, and nothing seen, it does not begin", async () => {
    const session = sessionOn(world());
    const back = await session.run(textsOf(unseen).rollback, { apply: true });
    expect(back).toMatchObject({ exit: 1 });
    expect(back.said).toContain("there is no log C:/scripts/mail-off.1a2b3c4d.log.jsonl: what there was before stands nowhere else");
    expect(session.writes).toEqual([]);
  });

  test("a write that was begun and never ended is taken back; a line that is cut off is passed over", async () => {
    const own = world();
    const session = sessionOn(own);
    const texts = textsOf(seen);
    await session.run(texts.script, { apply: true });
    const [path = "", log = ""] = [...session.host.files][0] ?? [];
    const lines = log.split("\r\n").filter((line) => !line.includes('"do":"done"'));
    session.host.files.set(path, [...lines.slice(0, -1), '{"at":"2018-11'].join("\r\n"));
    const back = await session.run(texts.rollback, { apply: true });
    expect(back.exit, back.said).toBe(0);
    expect(back.said).toContain("a line of the log is cut off");
    expect(own).toEqual(world());
  });

  test("of a line of the log every word is as it was written", async () => {
    const session = sessionOn(world());
    await session.run(textsOf(seen).script, { apply: true });
    const [, log = ""] = [...session.host.files][0] ?? [];
    const entries = log
      .trim()
      .split("\r\n")
      .map((line): unknown => JSON.parse(line));
    expect(entries).toHaveLength(10);
    expect(entries[4]).toEqual({
      at: "2018-11-09T09:00:00.0000000Z",
      hash: "1a2b3c4d",
      do: "writing",
      kind: "mailbox",
      id: guid(2),
      name: "somebody-2@county.example",
      was: { PopEnabled: "True", [SMTP]: "Null" },
      set: { PopEnabled: "False", [SMTP]: "False" },
      because: "",
    });
  });
});

describe("whose tenant it is", () => {
  const OTHER = "99999999-0000-4000-8000-000000000009";

  test("a session of another tenant writes nothing, and stays connected", async () => {
    const session = sessionOn(world());
    session.connected = OTHER;
    const done = await session.run(textsOf(seen).script, { apply: true });
    expect(done).toEqual({ exit: 1, said: `stopped: this session is connected to the tenant ${OTHER}; the script is for ${TENANT}` });
    expect({ writes: session.writes, disconnects: session.disconnects(), files: session.host.files.size }).toEqual({ writes: [], disconnects: 0, files: 0 });
  });

  test("whoever signs in to another tenant is signed out again", async () => {
    const session = sessionOn(world(), OTHER);
    expect((await session.run(textsOf(seen).script, { apply: true })).exit).toBe(1);
    expect({ writes: session.writes, disconnects: session.disconnects() }).toEqual({ writes: [], disconnects: 1 });
  });

  test("a session that was there stays", async () => {
    const session = sessionOn(world());
    session.connected = TENANT;
    expect((await session.run(textsOf(seen).script, { apply: true })).exit).toBe(0);
    expect({ connected: session.connected, disconnects: session.disconnects() }).toEqual({ connected: TENANT, disconnects: 0 });
  });
});

describe("golden", () => {
  const cases = [
    ["seen", seen],
    ["unseen", unseen],
  ] as const;
  test.each(cases)("%s", (name, script) => {
    const texts = textsOf(script, aboutOf(script));
    for (const which of ["script", "rollback"] as const) {
      const file = new URL(`golden/${name}.${which}.ps1.txt`, import.meta.url);
      // Git may give a text other line ends; the bytes are held by test/as-script/whole.test.ts.
      const text = texts[which].slice(1).replaceAll("\r\n", "\n");
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
      expect(text).toBe(readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
    }
  });
});
