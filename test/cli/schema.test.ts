import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import { jsonText } from "../../src/render/json.ts";
import { document } from "../render/fixture.ts";

describe("the published schemas", () => {
  test.each(Object.entries(DOCUMENT_SCHEMAS))("%s is the code's own", (name, schema) => {
    const path = fileURLToPath(new URL(`../../schema/${name}.schema.json`, import.meta.url));
    const text = `${JSON.stringify(z.toJSONSchema(schema, { target: "draft-2020-12" }), undefined, 2)}\n`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, text);
    expect(text).toBe(readFileSync(path, "utf8"));
  });
});

test("a dry run with everything in it is as its schema says", () => {
  const printed: unknown = JSON.parse(jsonText(document));
  expect(DOCUMENT_SCHEMAS.diff.parse(printed)).toEqual(printed);
  const done = {
    ...document,
    run: { id: null, done: 0, left: [{ kind: "conditional-access", key: "a", name: "A", result: "differs", because: "it does" }], exit: 4 },
  };
  expect(DOCUMENT_SCHEMAS.apply.parse(JSON.parse(jsonText(done))).run.exit).toBe(4);
});

test("accounts of reviewed lists, before and after, are as the schemas say", () => {
  const listed = {
    to: "restored",
    count: 1,
    accounts: ["a"],
    sample: ["ann@alder.county.example"],
    domains: [{ domain: "alder.county.example", count: 1 }],
    back: { memberships: 2, licences: 1, managers: 0 },
  };
  const change = { phases: ["a"], kind: "account-deletion", action: "update", key: "a", name: "unused.csv", fields: [], listed };
  const lists = [
    { to: "deleted", file: "unused.csv", rows: 4, undecided: 2, now: { toDo: 1, done: 1, spared: 1, missing: 1 } },
    { to: "blocked", file: "unused.csv", rows: null, undecided: 0, now: null },
  ];
  const left = [{ kind: "account-deletion", key: "a", name: "A", result: "differs", because: "spared at the last look", accounts: ["ann: it signed in"] }];
  const whole = {
    ...document,
    phases: [...document.phases, { id: "a", title: "A", starts: "2019-01-07T00:00:00+00:00", state: "due", lists }],
    changes: [change],
    run: { id: "r", done: 1, listed: [{ to: "deleted", count: 1 }], left, exit: 4 },
  };
  const printed: unknown = JSON.parse(jsonText(whole));
  expect(DOCUMENT_SCHEMAS.apply.parse(printed)).toEqual(printed);
});

test("a word too many is refused", () => {
  expect(DOCUMENT_SCHEMAS.diff.safeParse({ ...document, extra: 1 }).success).toBe(false);
});
