/** Archives: what is kept is there again, what was cut was never promised, and one bad line costs no other. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArchiveLine, archiveText, inArchiveOrder, readArchive } from "../../../src/core/accounts/archive-lines.ts";
import { accountLine, blockedLine, sparedLine } from "./archive-world.ts";
import { addressOf, id } from "./listed-world.ts";

const LINES: readonly ArchiveLine[] = [
  blockedLine(1, "r1"),
  accountLine(1, "r2", { account: { manager: id(9), profile: { displayName: "Zoë \u2028 \n Ltd", employeeOrgData: { division: null } } } }),
  sparedLine(2, "r2"),
  { type: "restored", at: 3, run: "r3", id: id(1), upn: addressOf(1) },
  { type: "restored", at: 4, run: "r3", id: id(1), newId: id(7), upn: addressOf(1) },
];

test("every sort of line is read back as it was written", () => {
  expect(readArchive(archiveText(LINES))).toEqual({ lines: LINES, damaged: [] });
});

test("wherever it is cut, the whole lines before are there and nothing else is", () => {
  const text = archiveText(LINES);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length }), (length) => {
      const cut = text.slice(0, length);
      const whole = cut.split("\n").length - 1;
      expect(readArchive(cut)).toEqual({ lines: LINES.slice(0, whole), damaged: [] });
    }),
  );
});

describe("a whole line that is none", () => {
  const [line] = LINES;
  test.each([
    ["no JSON", "{"],
    ["empty", ""],
    ["of a later version", JSON.stringify({ ...line, type: "purged" })],
    ["a property too many", JSON.stringify({ ...line, colour: "red" })],
    ["an account without its groups", JSON.stringify({ ...LINES[1], account: { ...accountLine(1, "r").account, groups: undefined } })],
  ])("%s: it is told, and the others are believed", (_, bad) => {
    const text = `${archiveText(LINES.slice(0, 1))}${bad}\n${archiveText(LINES.slice(1))}`;
    expect(readArchive(text)).toEqual({ lines: LINES, damaged: [2] });
  });
});

test("in order: by moment, then by run, and within a run as they were written", () => {
  const given = [sparedLine(1, "r2", 5), sparedLine(2, "r1", 5), sparedLine(3, "r9", 1), sparedLine(4, "r2", 5)];
  expect(inArchiveOrder(given)).toEqual([given[2], given[1], given[0], given[3]]);
});
