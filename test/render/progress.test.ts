/** What is told while something takes long: now and then a line, and what is left of it. */

import { expect, test } from "vitest";
import { progressOn } from "../../src/render/progress.ts";
import { fakeRuntime, freshFolder, machineClock } from "../cli/harness.ts";

type Told = { readonly afterMs: number; readonly what: string; readonly done?: number; readonly total?: number };

const linesOf = async (told: readonly Told[], quiet = false): Promise<readonly string[]> => {
  const clock = machineClock();
  const runtime = fakeRuntime({ cwd: freshFolder(), clock });
  const progress = await progressOn(runtime, quiet);
  for (const { afterMs, what, done, total } of told) {
    clock.pass(afterMs);
    progress.tell(what, done, total);
  }
  progress.end();
  return runtime.stderr.text().split("\n").slice(0, -1);
};

const writing = (afterMs: number, done: number, total = 50_000): Told => ({ afterMs, what: "writing mailboxes", done, total });

test("a line when something begins, and one every five seconds", async () => {
  expect(await linesOf([writing(0, 0), writing(4_999, 10), writing(1, 20), writing(1_000, 30), writing(4_000, 40)])).toEqual([
    "writing mailboxes",
    "writing mailboxes: 20 of 50,000",
    "writing mailboxes: 40 of 50,000",
  ]);
});

const guesses: readonly { readonly name: string; readonly told: readonly Told[]; readonly last: string }[] = [
  { name: "none in the first twenty seconds", told: [writing(0, 0), writing(19_999, 1_000)], last: "writing mailboxes: 1,000 of 50,000" },
  { name: "by how it went so far", told: [writing(0, 0), writing(60_000, 1_000)], last: "writing mailboxes: 1,000 of 50,000, 49,000 left, about 49 minutes" },
  { name: "hours", told: [writing(0, 0), writing(600_000, 1_000)], last: "writing mailboxes: 1,000 of 50,000, 49,000 left, about 8 hours" },
  { name: "hardly anything", told: [writing(0, 0), writing(60_000, 49_900)], last: "writing mailboxes: 49,900 of 50,000, 100 left, about a minute" },
  { name: "nothing left", told: [writing(0, 0), writing(60_000, 50_000)], last: "writing mailboxes: 50,000 of 50,000" },
  {
    name: "what was done before it began does not count",
    told: [writing(0, 40_000), writing(60_000, 41_000)],
    last: "writing mailboxes: 41,000 of 50,000, 9,000 left, about 9 minutes",
  },
  {
    name: "begun anew, it is guessed anew",
    told: [writing(0, 0), writing(60_000, 30_000), writing(5_000, 0), writing(20_000, 1_000)],
    last: "writing mailboxes: 1,000 of 50,000, 49,000 left, about 17 minutes",
  },
  {
    name: "of what nobody has counted there is no rest",
    told: [
      { afterMs: 0, what: "reading accounts", done: 1 },
      { afterMs: 60_000, what: "reading accounts", done: 999 },
    ],
    last: "reading accounts: 999",
  },
];

test.each(guesses)("how long it still takes: $name", async ({ told, last }) => {
  expect((await linesOf(told)).at(-1)).toBe(last);
});

test("quiet is quiet", async () => {
  expect(await linesOf([writing(0, 0), writing(60_000, 1_000)], true)).toEqual([]);
});
