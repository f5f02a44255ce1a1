import { describe, expect, test } from "vitest";
import { diffText, type Standing, type Standpoint } from "../../src/render/diff.ts";
import { widthOf } from "../../src/render/width.ts";
import { document, view } from "./fixture.ts";
import { matchesGolden } from "./golden.ts";

const at = (standing: Standing): Standpoint => ({
  standing,
  browserOnly: new Set(["mfa-heads"]),
  blocking: new Set(),
  registering: new Set(),
  askedWho: new Map(),
});

describe("a dry run as text", () => {
  test("on 100 columns", () => {
    matchesGolden("render/diff-100.txt", diffText(document, view, at("stopped")));
  });

  test("on 60 columns", () => {
    const text = diffText(document, { ...view, columns: 60 }, at("stopped"));
    matchesGolden("render/diff-60.txt", text);
  });

  test("no line is wider than the terminal", () => {
    for (const columns of [72, 80, 100, 120, 200]) {
      const wide = diffText(document, { ...view, columns }, at("partly"))
        .split("\n")
        .filter((line) => widthOf(line) > columns);
      expect(wide, `at ${columns}`).toEqual([]);
    }
  });

  test("with nothing to do", () => {
    const nothing = { ...document, changes: [], leftOver: [], findings: [], summary: { create: 0, update: 0, delete: 0, unchanged: 7 } };
    matchesGolden("render/diff-nothing.txt", diffText(nothing, view, at("open")));
  });

  test("names cannot move the cursor, add a line or reverse the text", () => {
    const evil = "\u001b[2J\r\n\u202egnp.exe\u0007\u009b31m\u2028";
    const text = diffText(
      {
        ...document,
        plan: { ...document.plan, name: evil },
        tenant: { ...document.tenant, name: evil },
        phases: document.phases.map((phase) => ({ ...phase, title: evil, accounts: { count: 2, notReady: 1, sample: [evil] } })),
        changes: document.changes.map((change) => ({ ...change, name: evil, fields: [...change.fields, { path: evil, before: evil, after: [evil] }] })),
        leftOver: document.leftOver.map((change) => ({ ...change, name: evil })),
        findings: document.findings.map((finding) => ({ ...finding, detail: evil, hint: evil, accounts: [evil] })),
      },
      { ...view, nameOf: () => evil },
      at("stopped"),
    );
    expect(text).not.toMatch(/[\p{Cc}\u202e\u2028]/u.exec(text.replaceAll("\n", ""))?.[0] ?? /(?!)/);
    expect(text.split("\n").some((line) => line.startsWith("gnp"))).toBe(false);
    expect(text).toContain("\\u{1b}[2J");
  });
});
