/** Many mailboxes: what they cost in requests, what is told meanwhile, and days on which a part of them fails. */

import { describe, expect, test } from "vitest";
import { machineClock } from "../cli/harness.ts";
import { dice } from "./dice.ts";
import {
  boxesOf,
  countOf,
  exchangeOnly,
  faultFor,
  flat,
  idsAt,
  LOCKED,
  LOCKED_WORDS,
  mailDays,
  PLAN,
  protocolsOf,
  since,
  told,
  twiceIn,
  typedWith,
} from "./mailboxes-world.ts";

const SOAK = process.env["SOAK"] !== undefined;
const SEED = Number(process.env["SEED"] ?? 20181109);
/** Of 52,400 accounts of a county 50,000 and more have a mailbox. */
const ACCOUNTS = SOAK ? 52_400 : 1_512;

const { begun, closed } = mailDays();

const isBatch = ({ path }: { readonly path: string }): boolean => path.includes("/$batch");
const isListing = ({ path }: { readonly path: string }): boolean => path.includes("/InvokeCommand?$select=Guid,");

describe("what it costs", () => {
  test(`${ACCOUNTS.toLocaleString("en-GB")} accounts: ten to a batch, a thousand to a page, three listings at most, and a handful besides`, {
    timeout: 1_200_000,
  }, async () => {
    const stage = await begun({}, ACCOUNTS);
    const mailboxes = (await boxesOf(stage)).size;
    expect(mailboxes).toBeGreaterThan(SOAK ? 50_000 : 1_000);
    const pages = Math.ceil(mailboxes / 1_000);
    const first = await since(stage.reader);
    const clock = machineClock();
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], {
      clock,
      fetch: (request) => {
        // As if ten mailboxes took the service six seconds.
        if (request.url.endsWith("/$batch")) clock.pass(6_000);
        return stage.fetch(request);
      },
    });
    expect(run.exit, told(run)).toBe(0);
    expect(countOf(run.writes)).toEqual({ "Set-CASMailboxPlan": 3, "Set-CASMailbox": mailboxes - 1 });
    expect(twiceIn(run.writes)).toEqual([]);

    const asked = exchangeOnly(await stage.reader.requests(first)).filter(({ path }) => !/\/InvokeCommand\/[A-Z]/.test(path));
    expect(asked.filter(({ status }) => status !== 200)).toEqual([]);
    const sent = asked.filter(isBatch);
    expect(sent).toHaveLength(1 + Math.ceil((mailboxes - 1) / 10));
    const listed = asked.filter(isListing).length;
    // Before the writes; once more where reading all else took more than a minute; and what came of it.
    expect([2 * pages, 3 * pages]).toContain(listed);
    expect(asked.length - sent.length - listed).toBeLessThanOrEqual(4);

    const lines = run.stderr.split("\n").filter((line) => line.startsWith("writing mailboxes"));
    expect(lines.length).toBeGreaterThan((mailboxes / 30) * 0.9);
    const count = (mailboxes - 1).toLocaleString("en-GB");
    for (const line of lines.slice(6))
      expect(line).toMatch(new RegExp(`^writing mailboxes: [\\d,]+ of ${count}, [\\d,]+ left, about (a minute|\\d+ minutes|\\d+ hours)$`));
    const done = lines.map((line) => Number((/: ([\d,]+) of/.exec(line)?.[1] ?? "0").replaceAll(",", "")));
    expect(done).toEqual(done.toSorted((a, b) => a - b));

    const second = await typedWith(stage, ["run", PLAN]);
    expect([second.exit, second.writes], told(second)).toEqual([0, []]);
    expect(countOf(second.sent)["Get-CASMailbox"]).toBe(pages);
    await closed(stage);
  });
});

/** Each has a fifth of all cmdlets fail, and goes away. */
const STUMBLES = [
  { as: "transient", world: SOAK ? "county" : "trust", accounts: SOAK ? ACCOUNTS : undefined },
  { as: "throttled", world: "trust", accounts: 4_000 },
  { as: "throttled-for", world: "trust", accounts: 4_000 },
  { as: "unavailable", world: "trust", accounts: 4_000 },
] as const;

describe("a bad day", () => {
  test.each(SOAK ? STUMBLES : STUMBLES.slice(0, 1))(
    "one in five fails, $as, and some for good: all others are done, those are named, and a good day does the rest",
    {
      timeout: 1_200_000,
    },
    async ({ as, world, accounts }) => {
      const stage = await begun({ world }, accounts);
      const boxes = await boxesOf(stage);
      const locked = idsAt(boxes, world === "county" ? 5_000 : 200, 7);
      const names = locked.map(({ PrimarySmtpAddress, Guid }) => `${PrimarySmtpAddress.toLowerCase()} (${Guid})`).toSorted();
      const isLocked = new Set(locked.map(({ Guid }) => Guid));
      await stage.reader.dials({ exchangeStumbles: { percent: 20, as }, faults: [faultFor([...isLocked], LOCKED)] });

      const run = await typedWith(stage, ["apply", PLAN, "--yes", "--json"]);
      expect(run.exit, run.stderr).toBe(4);
      type Left = { readonly result: string; readonly because: string; readonly mailboxes: readonly string[] };
      const { left } = (JSON.parse(run.stdout) as { readonly run: { readonly left: readonly Left[] } }).run;
      const refused = left.filter(({ because }) => because === LOCKED_WORDS);
      expect(refused.flatMap(({ mailboxes }) => mailboxes.map((name) => name.toLowerCase())).toSorted()).toEqual(names);
      expect(refused.map(({ result }) => result).filter((result) => result !== "refused")).toEqual([]);
      // Six bad moments in a row happen to one in sixteen thousand; who is told to wait is waited for.
      const unlucky = left.filter(({ because }) => because !== LOCKED_WORDS).flatMap(({ mailboxes }) => mailboxes);
      expect(unlucky.length).toBeLessThanOrEqual(as === "transient" || as === "unavailable" ? boxes.size / 2_000 : 0);
      await stage.reader.dials({});
      await stage.reader.forward(10_000);
      const still = [...(await boxesOf(stage)).values()].filter(({ PopEnabled, ImapEnabled }) => PopEnabled || ImapEnabled).length - 1;
      expect(still).toBe(locked.length + unlucky.length);
      // Of those that a moment was bad for each was sent again, and of those that were refused none.
      const twice = new Set(twiceIn(run.writes));
      expect([...isLocked].filter((id) => twice.has(id))).toEqual([]);
      expect(twice.size).toBeGreaterThan(boxes.size * 0.15);

      const status = await stage.cli(["status", PLAN]);
      expect(status.stdout).toContain(`${still.toLocaleString("en-GB")} still on`);
      const rest = await typedWith(stage, ["run", PLAN]);
      expect([rest.exit, rest.writes.length], told(rest)).toEqual([0, still]);
      expect(protocolsOf((await boxesOf(stage)).values())).toEqual({ none: boxes.size - 1, "POP3 IMAP": 1 });
      await closed(stage);
    },
  );

  test("a handful that is refused for good is not waited for, and is named to people by address", async () => {
    const stage = await begun({ world: "trust" });
    const boxes = await boxesOf(stage);
    const locked = idsAt(boxes, 30, 3);
    await stage.reader.dials({
      faults: [
        faultFor(
          locked.map(({ Guid }) => Guid),
          LOCKED,
        ),
      ],
    });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(4);
    // Read, and read back once.
    expect(countOf(run.sent)["Get-CASMailbox"]).toBe(2);
    expect(flat(run.stdout)).toContain(`refused mailboxes "every mailbox" ${LOCKED_WORDS.slice(0, -1)}: 26 mailboxes, `);
    expect(flat(run.stdout)).toMatch(/ and 6 more /);
    const named = locked.filter(({ PrimarySmtpAddress }) => flat(run.stdout).toLowerCase().includes(` ${PrimarySmtpAddress.toLowerCase()}`));
    expect(named).toHaveLength(20);
    // Alone in a step they are refused as a whole, and named all the same.
    const again = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(again.exit, told(again)).toBe(1);
    expect(flat(again.stdout)).toMatch(/refused mailboxes "every mailbox" .*: 26 mailboxes, \S+@\S+, /);
    await closed(stage);
  });
});

/** What stops in the middle, in this process: the signal of Ctrl-C. */
describe("interrupted in the middle", () => {
  test("at any batch: the next run does the rest and nothing twice", { timeout: 600_000 }, async () => {
    const random = dice(SEED);
    const stage = await begun({ world: "trust" });
    const mailboxes = (await boxesOf(stage)).size;
    const sent: Awaited<ReturnType<typeof typedWith>>["writes"][number][] = [];
    for (let cuts = 0; cuts < 2; cuts += 1) {
      const controller = new AbortController();
      const fuse = 2 + Math.floor(random() * 18);
      let batches = 0;
      const cut = await typedWith(stage, ["apply", PLAN, "--yes"], {
        signal: controller.signal,
        fetch: (request) => {
          if (request.url.endsWith("/$batch")) batches += 1;
          if (batches === fuse) controller.abort(new Error("interrupted"));
          return stage.fetch(request);
        },
      });
      expect(cut.exit, told(cut)).toBe(130);
      expect(cut.stdout, told(cut)).toMatch(/to go on: {6}entra-rollout apply .* --yes/);
      sent.push(...cut.writes);
      await stage.reader.forward(5_000);
    }
    const before = sent.length;
    expect(before).toBeGreaterThan(20);
    const last = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(last.exit, told(last)).toBe(0);
    sent.push(...last.writes);
    expect(twiceIn(sent)).toEqual([]);
    expect(countOf(sent)).toEqual({ "Set-CASMailboxPlan": 3, "Set-CASMailbox": mailboxes - 1 });
    expect(protocolsOf((await boxesOf(stage)).values())).toEqual({ none: mailboxes - 1, "POP3 IMAP": 1 });
    await closed(stage);
  });
});
