import { describe, expect, test } from "vitest";
import { readList } from "../../src/core/plan/lists.ts";

/** Rows as `line entry`, a leaving one with a minus; remarks as `line message`. */
const read = (text: string): string | readonly (readonly string[])[] => {
  const list = readList("list.csv", text);
  if (list.type === "unusable") return list.because;
  return [list.rows.map(({ entry, leaves, line }) => `${line} ${leaves ? "-" : ""}${entry}`), list.remarks.map(({ line, message }) => `${line} ${message}`)];
};

const nobody = (cell: string): string => `${JSON.stringify(cell)} is neither an address nor a domain: nobody joins or leaves by this row`;

describe("a cohort's list", () => {
  test.each([
    ["addresses and domains without a heading", "Head@Alder.county.example\nbirch.county.example\n", ["1 head@alder.county.example", "2 birch.county.example"]],
    ["a heading and an action", "account,action\na@x.example,join\nb@x.example,LEAVE\nc@x.example,\n", ["2 a@x.example", "3 -b@x.example", "4 c@x.example"]],
    [
      "a domain as people write it",
      "@birch.county.example\n*@birch.county.example\nBirch.County.Example",
      ["1 birch.county.example", "2 birch.county.example", "3 birch.county.example"],
    ],
    ["Windows line ends, a mark and semicolons", "\ufeffaccount;action\r\na@x.example;leave\r\n", ["2 -a@x.example"]],
    ["tabs", "a@x.example\tleave\n", ["1 -a@x.example"]],
    ["what Excel says first", "sep=;\naccount;action\na@x.example;leave\n", ["3 -a@x.example"]],
    ["old line ends", "a@x.example\rb@x.example\r", ["1 a@x.example", "2 b@x.example"]],
    ["mixed line ends", "a@x.example\r\nb@x.example\nc@x.example", ["1 a@x.example", "2 b@x.example", "3 c@x.example"]],
    ["quotes", '"a@x.example","join"\n', ["1 a@x.example"]],
    ["blank lines, empty cells and comments", "\n# account,action\na@x.example\n\n,,\n   \n  # b@x.example\n", ["3 a@x.example"]],
    ["a guest's address is no comment", "x_y.example#EXT#@x.example\n", ["1 x_y.example#ext#@x.example"]],
    ["columns in another order", "school,action,account\nBirch,leave,a@x.example\n", ["2 -a@x.example"]],
    ["more columns than are used", "a@x.example,join,because he asked\n", ["1 a@x.example"]],
    ["no line end at the end", "a@x.example\nb@x.example", ["1 a@x.example", "2 b@x.example"]],
  ])("%s", (_, text, rows) => expect(read(text)).toEqual([rows, []]));

  test.each([
    ["a row that is no address", "heda\na@x.example\n", ["2 a@x.example"], [`1 ${nobody("heda")}`]],
    ["a row that was cut off", "a@x.example\nhead@bir", ["1 a@x.example"], [`2 ${nobody("head@bir")}`]],
    [
      "a last row that breaks off before its action",
      "a@x.example,leave\nb@x.example",
      ["1 -a@x.example"],
      ["2 the file ends in the middle of this row, so it may be cut short: nobody joins or leaves by this row"],
    ],
    ["a pattern", "head@*\n", [], [`1 ${nobody("head@*")}`]],
    ["an action that is none", "a@x.example,leav\n", [], ['1 "leav" is no action: nobody joins or leaves by this row']],
    ["an unknown heading", "Schule\na@x.example\n", ["2 a@x.example"], [`1 ${nobody("Schule")}`]],
    ["an escape code", "\u001b[31m\n", [], [`1 ${nobody("\u001b[31m")}`]],
  ])("%s is a remark and nobody's row", (_, text, rows, remarks) => expect(read(text)).toEqual([rows, remarks]));

  test.each([
    ["nothing", "", "it holds no row"],
    ["blank lines", "\n\n", "it holds no row"],
    ["a heading alone", "account,action\n", "it holds no row"],
    ["comments alone", "# later\n", "it holds no row"],
    ["a binary file", "PK\u0003\0", "it is not a text file"],
    ["a quote that does not close", 'a@x.example\n"b@x.example\n', "a quotation mark is opened in line 2 and not closed, so it may be cut short"],
  ])("%s cannot be used", (_, text, because) => expect(read(text)).toBe(because));

  test("of very many bad rows the first are told and the rest counted", () => {
    const list = readList("list.csv", "x y\n".repeat(1000));
    expect(list.type === "read" && [list.remarks.length, list.remarks[200]?.message]).toEqual([201, "800 more such rows from here on"]);
  });
});
