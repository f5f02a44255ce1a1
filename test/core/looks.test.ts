import { expect, test } from "vitest";
import { type Look, whyWhole } from "../../src/core/looks.ts";

const AT = Date.UTC(2022, 1, 14, 6, 30);
const HOUR_MS = 3_600_000;
const look: Look = {
  schema: 1,
  version: "1",
  tenant: { id: "t", name: "T", practice: true },
  plan: { id: "p", name: "P", file: "p.yaml" },
  at: AT,
  until: AT + 6 * HOUR_MS,
  files: [{ path: "/p.yaml", digest: "a" }],
  journals: "j",
  lists: [],
  phases: [],
};
const now = { version: "1", tenant: "t", files: look.files, journals: "j", at: AT + HOUR_MS };

const cases: readonly (readonly [name: string, kept: Look | undefined, now: Parameters<typeof whyWhole>[1], want: string | undefined])[] = [
  ["as it was", look, now, undefined],
  ["directly behind it", look, { ...now, at: AT }, undefined],
  ["a second before its end", look, { ...now, at: AT + 6 * HOUR_MS - 1_000 }, undefined],
  ["nothing kept", undefined, now, "nothing is known of an earlier look"],
  ["another version", look, { ...now, version: "2" }, "another version's"],
  ["another tenant", look, { ...now, tenant: "u" }, "another version's, or at another tenant"],
  ["the clock went back", look, { ...now, at: AT - 1 }, "the clock went back"],
  ["hours ago", look, { ...now, at: AT + 6 * HOUR_MS }, "hours ago"],
  ["a moment of the plan", { ...look, until: AT + HOUR_MS }, now, "a moment of the plan has come"],
  ["the plan changed", look, { ...now, files: [{ path: "/p.yaml", digest: "b" }] }, "was changed"],
  ["a list more", look, { ...now, files: [...look.files, { path: "/l.csv", digest: "c" }] }, "was changed"],
  ["another run", look, { ...now, journals: "k" }, "another run"],
];

test.each(cases)("%s", (_, kept, present, want) => {
  const because = whyWhole(kept, present);
  if (want === undefined) expect(because).toBeUndefined();
  else expect(because).toContain(want);
});
