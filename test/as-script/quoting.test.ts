/**
 * Whatever people and tenants are called, a script stays what it is. Where a text ends is judged by the grammar by which editors colour
 * PowerShell, which knows that it has five single quotes; whether it is PowerShell at all, by another one.
 */

import { createOnigurumaEngine } from "@shikijs/engine-oniguruma";
import powershell from "@shikijs/langs/powershell";
import { type IGrammar, INITIAL, Registry } from "@shikijs/vscode-textmate";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { aboutOf, boxOf, guid, seenScript, textsOf, worldWith } from "./told.ts";
import { treeIn } from "./tree.ts";
import { sessionOn } from "./world.ts";

const NAMES = 10_000;
const A_SCRIPT = 1_000;

let grammar: IGrammar;
beforeAll(async () => {
  const [language] = powershell;
  if (language === undefined) throw new Error("there is no grammar");
  const engine = await createOnigurumaEngine(import("@shikijs/engine-oniguruma/wasm-inlined"));
  const registry = new Registry({
    onigLib: {
      createOnigScanner: (patterns) => engine.createScanner(patterns),
      createOnigString: (text) => engine.createString(text),
    },
    loadGrammar: (scope) => (scope === language.scopeName ? language : undefined),
  });
  const loaded = registry.loadGrammar("source.powershell");
  if (loaded === null) throw new Error("there is no grammar");
  grammar = loaded;
});

type Coloured = { readonly code: string; readonly texts: readonly string[]; readonly comments: readonly string[] };

/** What is code, what a single-quoted text says, and what is a comment. */
const coloured = (script: string): Coloured => {
  let [stack, code, open] = [INITIAL, "", undefined as string | undefined];
  const texts: string[] = [];
  const comments: string[] = [];
  for (const line of script.split("\r\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    let comment = "";
    for (const { startIndex, endIndex, scopes } of tokens) {
      const text = line.slice(startIndex, endIndex);
      const is = (scope: string): boolean => scopes.some((each) => each.startsWith(scope));
      if (is("comment")) comment += text;
      else if (!is("string.quoted.single")) code += text;
      else if (is("punctuation.definition.string.begin")) open = "";
      else if (is("punctuation.definition.string.end")) {
        texts.push(open ?? "");
        open = undefined;
      } else open = `${open ?? ""}${is("constant.character.escape") ? text.slice(0, 1) : text}`;
    }
    if (open !== undefined) open += "\n";
    else code += "\n";
    if (comment !== "") comments.push(comment);
  }
  return { code, texts, comments };
};

const PIECES = [
  ..."'\u2018\u2019\u201a\u201b\"\u201c\u201d\u201e`$#|;&{}()@<>\\%,=*-".split(""),
  ..."\0\u0007\u001b\r\n\t\u0085\u00a0\u00ad\u2028\u2029\u200b\u200f\u202e\u2066\ufeff\uffff".split(""),
  "\ud83d\ude00",
  "\ud83d",
  "\r\n",
  "''",
  "'@",
  "@'\r\n",
  "\r\n'@\r\n",
  "\u2019@",
  "#>",
  "<#",
  "$(Remove-Mailbox x)",
  "$" + "{env:USERNAME}",
  "`n",
  " | ",
  "'; Remove-Mailbox -Identity * -Confirm:$false; '",
  "\u2019; Remove-Mailbox -Identity * -Confirm:$false; \u2018",
  "O'Dell",
  "*",
  "-Apply",
  "#Requires -Modules Other",
  "\u0627\u0644",
  "e\u0301",
  "a",
  "Head",
  "x".repeat(70),
];

const hostile = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) }),
  {
    minLength: 1,
    maxLength: 12,
  },
);

const HIDDEN = /[\p{Cc}\u2028\u2029\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|\p{Cs}/u;

/** Letters and signs that everybody sees, curly quotes among them. */
const PLAIN = /^[\x20-\x7e\u2018-\u201e]*$/;

test(`${NAMES} hostile names stay names`, async () => {
  const names = fc.sample(
    hostile.map((pieces) => pieces.join("")),
    NAMES,
  );
  const rowsOf = (own: readonly string[]) => own.map((name, at) => ({ moves: "PopEnabled=True>False", id: guid(at), name }));
  const plain = textsOf(seenScript(rowsOf(Array.from({ length: A_SCRIPT }, () => "plain"))));
  const want = { script: coloured(plain.script), rollback: coloured(plain.rollback) };
  expect(want.script.texts.some((text) => text.includes(`PopEnabled=True>False | ${guid(0)} | plain\n`))).toBe(true);

  for (let at = 0; at < names.length; at += A_SCRIPT) {
    const own = names.slice(at, at + A_SCRIPT);
    const [first = "", second = "", third = ""] = own;
    const script = { ...seenScript(rowsOf(own)), phases: [third] };
    const texts = textsOf(script, { plan: { id: "county-2018", name: first }, tenant: { ...aboutOf(script).tenant, name: second } });
    // The other has the same rows, turned round.
    for (const which of at === 0 ? (["script", "rollback"] as const) : (["script"] as const)) {
      const text = texts[which];
      const got = coloured(text);
      // Nothing of a name is code, and nothing of the code became part of a name.
      expect(got.code).toBe(want[which].code);
      expect(got.comments.length).toBe(want[which].comments.length);
      expect(got.texts.length).toBe(want[which].texts.length);
      const rows = got.texts.find((each) => each.includes(guid(0)))?.split("\n") ?? [];
      expect(rows).toHaveLength(own.length + 2);
      const lines = rows.slice(1, -1);
      expect(lines.every((line, place) => line.includes(`=True>False | ${guid(place)} | `) || line.includes(`=False>True | ${guid(place)} | `))).toBe(true);
      expect(text.startsWith("\u{feff}")).toBe(true);
      expect(text.slice(1).replaceAll("\r\n", "")).not.toMatch(HIDDEN);
      expect((await treeIn(text.slice(1))).faults).toEqual([]);
      // What is plain to see stands there as it is.
      const shown = own.flatMap((name, place) => (PLAIN.test(name) ? [{ name, line: lines[place] ?? "" }] : []));
      expect(shown.length).toBeGreaterThan(50);
      for (const { name, line } of shown) expect(line.endsWith(` | ${name}`)).toBe(true);
    }
  }
}, 120_000);

test("a script with hostile names does what its ids say, and nothing else", async () => {
  const names = PIECES.map((piece) => `${piece}x${piece}`);
  const boxes = names.map((_, at) => boxOf(at + 1));
  const texts = textsOf(seenScript(names.map((name, at) => ({ moves: "PopEnabled=True>False", id: guid(at + 1), name }))), {
    names: { script: "it's.ps1", rollback: "it's.rollback.ps1", log: "it\u2019s.log.jsonl" },
  });
  const world = worldWith(boxes);
  const session = sessionOn(world);
  const done = await session.run(texts.script, { apply: true });
  expect(done.exit, done.said).toBe(0);
  expect(session.writes).toEqual(boxes.map(({ Guid }) => `Set-CASMailbox ${Guid} PopEnabled=False`));
  expect([...session.host.files.keys()]).toEqual(["C:/scripts/it\u2019s.log.jsonl"]);
  const back = await session.run(texts.rollback, { apply: true });
  expect(back.exit, back.said).toBe(0);
  expect(world.boxes.every(({ PopEnabled }) => PopEnabled)).toBe(true);
});
