import { describe, expect, test } from "vitest";
import { filesNamedBy } from "../../src/core/plan/parse.ts";
import { decodeText, MAX_PLAN_BYTES } from "../../src/core/plan/text.ts";
import { problemsOf, SMALLEST } from "./plan-check.ts";

/** Milliseconds of work, not of waiting: the best of three, since other work on the machine can only add to it. */
const fastest = (work: () => void): number =>
  Math.min(
    ...[1, 2, 3].map(() => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    }),
  );

describe("what is no plan", () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[..."bcdefghij"].map((name, at) => `${name}: &${name} [${Array(10).fill(`*${"abcdefghij"[at]}`).join(",")}]`).join("\n")}\n`;
  const big = (piece: string): string => piece.repeat(Math.floor((MAX_PLAN_BYTES - 1) / piece.length));
  test.each([
    ["nothing", "", "1:1 the plan is empty"],
    ["comments only", "# later\n", "1:1 the plan is empty"],
    ["null", "null\n", "1:1 the plan is empty"],
    ["2 MB", "x".repeat(2_000_000), "1:1 the plan is larger than 1 MB"],
    ["a binary file", "PK\u0003\u0004\0\0\0", "1:1 the plan is not a text file"],
    ["a sentence", "not a plan at all", "1:1 the plan is text, where a map of keys is needed"],
    ["a list", "- a\n- b\n", "1:1 the plan is a list, where a map of keys is needed"],
    ["an alias bomb", bomb, "5:7 written out, the aliases here make far more than a plan can hold"],
    ["ten thousand brackets", "[".repeat(10_000), "1:41 the plan is nested too deeply"],
    ["a million brackets", big("["), "1:41 the plan is nested too deeply"],
    ["a deep list", big("- "), "1:80 the plan is nested too deeply"],
    ["deep maps", big("{a: "), "1:158 the plan is nested too deeply"],
    ["a long list", big("- a\n"), "6001:1 the plan is far longer than a plan can be"],
    ["closing brackets", big("}"), '1:1 not YAML: unexpected flow-map-end token in YAML document: "}"'],
    ["two plans", `${SMALLEST}---\n${SMALLEST}`, "14:1 a plan is one YAML document; another one starts here"],
    ["many documents", big("---\n"), "2:1 a plan is one YAML document; another one starts here"],
    ["a tab", "id: a\ncohorts:\n\theads: 1\n", "3:1 a tab indents this line"],
    ["a bracket that does not close", "id: a\nphases: [a, b\n", "3:1 a ] is missing here: what was opened above is not closed"],
    ["a quote that does not close", 'id: "a\n', '2:1 a " is missing here: what was opened above is not closed'],
    ["a broken indentation", "id: a\n  name: b\n", "1:5 not YAML: nested mappings are not allowed in compact mappings"],
    ["a list as a key", "? [a, b]\n: c\n", "1:3 a key is one word or name, not a list or map of its own"],
    ["an unknown tag", "id: !secret a\n", "1:5 not YAML: unresolved tag: !secret"],
    ["a date by its tag", "id: !!timestamp 2018-11-19\n", "1:5 not YAML: unresolved tag: tag:yaml.org,2002:timestamp"],
  ])("%s is one clear line", (_, text, want) => {
    const problems = problemsOf(text);
    expect(fastest(() => problemsOf(text))).toBeLessThan(500);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.split(" | ")[0]).toBe(want);
    expect(filesNamedBy(text)).toEqual([]);
  });

  test("a thousand mistakes are told up to a point, and the rest counted", () => {
    const problems = problemsOf(`${SMALLEST}${Array.from({ length: 1000 }, (_, at) => `k${at}: 1`).join("\n")}\n`);
    expect(problems).toHaveLength(201);
    expect(problems[200]).toBe("214:1 800 more problems from here on");
  });
});

describe("bytes to text", () => {
  const utf16 = (text: string, little: boolean): Uint8Array =>
    Uint8Array.from(
      [...`\ufeff${text}`].flatMap((letter) =>
        little ? [letter.charCodeAt(0) & 255, letter.charCodeAt(0) >> 8] : [letter.charCodeAt(0) >> 8, letter.charCodeAt(0) & 255],
      ),
    );
  test.each([
    ["UTF-8", new TextEncoder().encode("id: é\n"), { text: "id: é\n" }],
    ["UTF-8 with its mark", new TextEncoder().encode("\ufeffid: é\n"), { text: "id: é\n" }],
    ["UTF-16 of Windows Notepad", utf16("id: é\r\n", true), { text: "id: é\r\n" }],
    ["UTF-16, big end first", utf16("id: é\n", false), { text: "id: é\n" }],
    ["nothing", new Uint8Array(), { text: "" }],
    ["Windows-1252", Uint8Array.of(0x69, 0x64, 0x3a, 0x20, 0xe9), { problem: "it is not in UTF-8; save it as UTF-8 and try again" }],
    ["a zip file", Uint8Array.of(0x50, 0x4b, 0, 0xff, 0xfe), { problem: "it is not a text file" }],
    ["text with a zero in it", Uint8Array.of(0x69, 0), { problem: "it is not a text file" }],
    ["half a letter of UTF-16", Uint8Array.of(0xff, 0xfe, 0x69), { problem: "it is not in UTF-8; save it as UTF-8 and try again" }],
  ])("%s", (_, bytes, want) => expect(decodeText(bytes)).toEqual(want));
});
