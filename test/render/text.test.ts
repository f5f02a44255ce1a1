import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonText } from "../../src/render/json.ts";
import { hanging, listed, table } from "../../src/render/layout.ts";
import { wantsColour } from "../../src/render/style.ts";
import { safe, safeJson } from "../../src/render/text-safe.ts";
import { distance, fullMoment, shortDay, shortTime, typedMoment } from "../../src/render/when.ts";
import { fit, widthOf } from "../../src/render/width.ts";

describe("text from outside", () => {
  test.each([
    ["plain text", "Head teachers, Ünïcödé, 校長", "Head teachers, Ünïcödé, 校長"],
    ["an escape code", "\u001b[31mred", "\\u{1b}[31mred"],
    ["a C1 escape", "\u009b31m", "\\u{9b}31m"],
    ["line ends", "a\r\nb\u2028c\u0085d", "a\\u{d}\\u{a}b\\u{2028}c\\u{85}d"],
    ["a tab", "a\tb", "a\\u{9}b"],
    ["text that runs backwards", "\u202egnp.exe\u202c", "\\u{202e}gnp.exe\\u{202c}"],
    ["isolates", "\u2066a\u2069", "\\u{2066}a\\u{2069}"],
    ["what has no width", "a\u200bb\ufeffc", "a\\u{200b}b\\u{feff}c"],
    ["half a character", "a\ud800b", "a\\u{d800}b"],
    ["tags", "a\u{e0041}", "a\\u{e0041}"],
    ["an emoji", "😀", "😀"],
  ])("%s", (_name, given, want) => {
    expect(safe(given)).toBe(want);
  });

  test("whatever comes, it is one line without controls", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(safe(text)).not.toMatch(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  test("a document says the same after it was made safe", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), (value) => {
        const text = jsonText(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
    expect(safeJson('"\u{e0041}"')).toBe('"\\udb40\\udc41"');
  });
});

describe("columns", () => {
  test.each([
    ["ascii", "abc", 3],
    ["wide", "校長", 4],
    ["combining", "e\u0301", 1],
    ["an emoji", "😀", 2],
  ])("%s", (_name, text, want) => {
    expect(widthOf(text)).toBe(want);
  });

  test.each([
    ["fits", "abc", 3, "abc"],
    ["cut", "abcdef", 5, "ab..."],
    ["a wide character is not halved", "校長先生方", 6, "校..."],
    ["no space before the dots", "ab cdef", 6, "ab..."],
  ])("%s", (_name, text, width, want) => {
    expect(fit(text, width)).toBe(want);
  });

  test("a cut text is never wider than it may be", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 3, max: 40 }), (text, width) => {
        expect(widthOf(fit(safe(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("the flexible column gives way", () => {
    const rows = [
      ["a", "a very long title that does not fit", "1"],
      ["bb", "短い題", "22"],
    ];
    expect(table(rows, [{}, { flexible: true }, { align: "right" }], 30)).toEqual(["  a   a very long title...   1", "  bb  短い題                22"]);
  });

  test("a column without a word takes no room", () => {
    expect(table([["a", "", "b"]], [{}, {}, {}], 80)).toEqual(["  a  b"]);
  });

  test.each([
    ["all fit", ["a", "b"], 80, 2, "a, b"],
    ["more than were given", ["a", "b"], 80, 14, "a, b and 12 more"],
    ["cut by the width", ["head@alder", "head@birch", "head@cedar"], 24, 3, "head@alder and 2 more"],
    ["one at least", ["a very long address"], 5, 1200, "a very long address and 1,199 more"],
  ])("%s", (_name, items, width, total, want) => {
    expect(listed(items, width, total)).toBe(want);
  });

  test("later lines stand under the first", () => {
    expect(hanging("  go  ", "one two three four five six seven", 26)).toBe("  go  one two three four\n      five six seven");
  });
});

describe("moments", () => {
  test.each([
    ["midnight", "2018-11-26T00:00:00+00:00", "Mon 26 Nov 2018 00:00", "26 Nov", "", "2018-11-26"],
    ["to the minute", "2022-02-28T06:30:00+00:00", "Mon 28 Feb 2022 06:30", "28 Feb 2022", "06:30", "2022-02-28T06:30"],
    ["to the second, in summer", "2022-06-01T06:29:59+01:00", "Wed 1 Jun 2022 06:29:59", "1 Jun 2022", "06:29:59", "2022-06-01T06:29:59"],
  ])("%s", (_name, iso, full, day, time, typed) => {
    expect([fullMoment(iso), shortDay(iso, 2018), shortTime(iso), typedMoment(iso)]).toEqual([full, day, time, typed]);
  });

  test.each([
    ["2018-11-19T08:00:00+00:00", "2018-11-26T00:00:00+00:00", "in 7 days"],
    ["2018-11-25T23:00:00+00:00", "2018-11-26T00:00:00+00:00", "tomorrow"],
    ["2018-11-26T00:00:00+00:00", "2018-11-26T06:30:00+00:00", "in 7 h"],
    ["2018-11-26T06:29:00+00:00", "2018-11-26T06:30:00+00:00", "in 1 min"],
    ["2018-11-26T06:30:00+00:00", "2018-11-26T06:30:00+00:00", "now"],
    ["2018-11-26T06:30:00+00:00", "2018-11-26T06:00:00+00:00", "30 min ago"],
    ["2018-11-27T06:30:00+00:00", "2018-11-26T06:30:00+00:00", "yesterday"],
    ["2019-11-27T06:30:00+00:00", "2018-11-26T06:30:00+00:00", "366 days ago"],
    ["not a moment", "2018-11-26T06:30:00+00:00", ""],
  ])("from %s to %s", (from, to, want) => {
    expect(distance(from, to)).toBe(want);
  });
});

describe("colour", () => {
  test.each([
    ["a terminal", {}, true, true],
    ["a pipe", {}, false, false],
    ["NO_COLOR", { NO_COLOR: "1" }, true, false],
    ["an empty NO_COLOR says nothing", { NO_COLOR: "" }, true, true],
    ["FORCE_COLOR in a pipe", { FORCE_COLOR: "1" }, false, true],
    ["FORCE_COLOR=0", { FORCE_COLOR: "0" }, true, false],
    ["NO_COLOR wins", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    ["a dumb terminal", { TERM: "dumb" }, true, false],
  ])("%s", (_name, env, isTTY, want) => {
    expect(wantsColour(env, isTTY)).toBe(want);
  });
});
