import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markdown } from "../../src/render/markdown.ts";

const cases: readonly (readonly [text: string, want: string])[] = [
  ["MFA: heads", "MFA: heads"],
  ["head@alder.county.example", "head@alder.county.example"],
  ["a|b", "a\\|b"],
  ["<img src=x>", "\\<img src=x\\>"],
  ["[here](https://evil.example)", "\\[here\\](https&#58;//evil.example)"],
  ["WWW.evil.example", "WWW&#46;evil.example"],
  ["# not a heading", "\\# not a heading"],
  ["- not a list", "\\- not a list"],
  ["1. not one either", "1&#8203;. not one either"],
  ["two\nlines", "two\\\\u{a}lines"],
];

describe("text in Markdown", () => {
  test.each(cases)("%j", (text, want) => {
    expect(markdown(text)).toBe(want);
  });

  test("nothing of it is left to be markup, a link or another line, whatever it says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const written = markdown(text);
        expect(written).not.toMatch(/[\n\r]/);
        expect(written.replaceAll(/\\./gsu, "")).not.toMatch(/[`*_[\]<>|~]/);
        expect(written).not.toContain("://");
      }),
    );
  });
});
