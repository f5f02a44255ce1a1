import { describe, expect, test } from "vitest";
import type { Progress } from "../../src/core/observed.ts";
import { isHeld, progressText, readProgress } from "../../src/core/progress.ts";
import { id } from "./county.ts";

const PLAN = "county-2018";
const MARK = `entra-rollout:${PLAN}/progress`;
const EIGHT = Date.UTC(2018, 11, 13, 8, 0, 0);
const EIGHT_TEXT = "2018-12-13T08:00:00Z";
const [JO, KIM] = [id(0x51), id(0x52)];

describe("what the progress group says", () => {
  const both: readonly (readonly [name: string, progress: Progress, text: string])[] = [
    ["nothing yet", { begun: [], held: [] }, "begun= held="],
    ["phases", { begun: ["early"], held: ["heads-web", "offices"] }, "begun=early held=heads-web,offices"],
    ["security defaults were left", { begun: [], held: [], defaults: "left" }, "begun= held= defaults=left"],
    ["everything halted", { begun: ["early"], held: ["*"], halted: EIGHT }, `begun=early held=* halted=${EIGHT_TEXT}`],
    [
      "a domain is out",
      { begun: [], held: [], out: ["alder.county.example", "birch.county.example"] },
      "begun= held= out=alder.county.example,birch.county.example",
    ],
    [
      "two are let in",
      {
        begun: [],
        held: [],
        letIn: [
          { id: JO, until: EIGHT },
          { id: KIM, until: EIGHT },
        ],
      },
      `begun= held= let=${JO}~${EIGHT_TEXT},${KIM}~${EIGHT_TEXT}`,
    ],
  ];
  test.each(both)("%s", (_name, progress, text) => {
    expect(progressText(PLAN, progress)).toBe(`${MARK} ${text}`);
    expect(readProgress(`${MARK} ${text}`)).toEqual(progress);
  });

  const readings: readonly (readonly [name: string, text: string, want: Progress | undefined])[] = [
    [
      "words in any order, and people's own behind them",
      `held=a let=${JO}~${EIGHT_TEXT} begun=b halted by Jo`,
      { begun: ["b"], held: ["a"], letIn: [{ id: JO, until: EIGHT }] },
    ],
    ["milliseconds are understood", `begun= held=* halted=2018-12-13T08:00:00.000Z`, { begun: [], held: ["*"], halted: EIGHT }],
    [
      "of one account the later end counts",
      `begun= held= let=${JO}~${EIGHT_TEXT},${JO}~2018-12-13T09:00:00Z`,
      { begun: [], held: [], letIn: [{ id: JO, until: EIGHT + 3_600_000 }] },
    ],
    ["empty words say nothing", "begun= held= out= let=", { begun: [], held: [] }],
    ["a word of a later version", "begun= held= frozen=everything", undefined],
    ["a word twice", "begun= held=a held=b", undefined],
    ["no word on holds", "begun=", undefined],
    ["no word on beginnings", "held=", undefined],
    ["a moment that is none", "begun= held=* halted=this-morning", undefined],
    ["a day without a time", "begun= held=* halted=2018-12-13", undefined],
    ["a moment of no calendar", "begun= held=* halted=2018-13-45T08:00:00Z", undefined],
    ["halted at no time at all", "begun= held=* halted=", undefined],
    ["somebody without an id", `begun= held= let=jo@alder.county.example~${EIGHT_TEXT}`, undefined],
    ["somebody without an end", `begun= held= let=${JO}`, undefined],
    ["defaults in another way", "begun= held= defaults=on", undefined],
  ];
  test.each(readings)("%s", (_name, text, want) => {
    expect(readProgress(`${MARK} ${text}`)).toEqual(want);
  });
});

test("a hold on every phase is one on each", () => {
  expect(isHeld({ begun: [], held: ["*"] }, "any")).toBe(true);
  expect(isHeld({ begun: [], held: ["one"] }, "any")).toBe(false);
  expect(isHeld({ begun: [], held: ["any"] }, "any")).toBe(true);
});
