/** Lists of accounts that somebody wants back, as people keep them. */

import { describe, expect, test } from "vitest";
import { accountNamed, readWanted, type WantedRow } from "../../../src/core/accounts/restore-list.ts";
import { checkOf, markText } from "../../../src/core/review/frozen.ts";
import { addressOf, id, PLAN, TENANT } from "./listed-world.ts";

const rowsOf = (text: string): readonly (Omit<WantedRow, "text" | "meant"> & { readonly meant?: false })[] => {
  const read = readWanted(text);
  if (read.type === "unusable") throw new Error(read.because);
  expect(read.unreadable).toEqual([]);
  return read.rows.map(({ text: _, meant, ...row }) => ({ ...row, ...(!meant && { meant }) }));
};

const [A, B] = [addressOf(1), addressOf(2)];
const [X, Y] = [id(1), id(2)];

describe("a list is understood", () => {
  test.each([
    [
      "one address a line",
      `${A}\n${B}\n`,
      [
        { line: 1, address: A },
        { line: 2, address: B },
      ],
    ],
    [
      "ids",
      `${X}\n${Y.toUpperCase()}\n`,
      [
        { line: 1, id: X },
        { line: 2, id: Y },
      ],
    ],
    ["with a note at the top and a blank line", `# wanted back\n\n${A}\n`, [{ line: 3, address: A }]],
    ["of a guest, with a hash in its middle", "kim_other.example#EXT#@school.example\n", [{ line: 1, address: "kim_other.example#ext#@school.example" }]],
    ["a column Account, in any case", `Name,ACCOUNT\n"Kim, Lee",${A.toUpperCase()}\n`, [{ line: 2, address: A }]],
    ["a column Id beside it", `Account;Id\n${A};${X}\n`, [{ line: 2, address: A, id: X }]],
    ["user principal name", `User principal name\tWhy\n${A}\tx\n`, [{ line: 2, address: A }]],
    ["an id alone, since the address was emptied", `Account,Id\n,${X}\n`, [{ line: 2, id: X }]],
    ["with the guard against formulas", `Account\n'${A}\n`, [{ line: 2, address: A }]],
    ["with Excel's first line", `sep=;\r\nAccount;Id\r\n${A};${X}\r\n`, [{ line: 3, address: A, id: X }]],
    [
      "a cell with a line end in it: the row is where it begins",
      `Why,Account\n"a\nb",${A}\nc,${B}\n`,
      [
        { line: 2, address: A },
        { line: 4, address: B },
      ],
    ],
    [
      "a review list, of which some rows were never deleted",
      `Account,Id,Decision\n${A},${X},delete\n${B},${Y},keep\n`,
      [
        { line: 2, address: A, id: X, meant: false },
        { line: 3, address: B, id: Y, meant: false },
      ],
    ],
  ])("%s", (_, text, want) => {
    expect(rowsOf(text)).toEqual(want);
  });

  test("a review list as it is written", () => {
    const mark = { plan: PLAN, tenant: TENANT, asOf: 0 };
    const frozen = { account: A, name: "Unused 1", why: "never", created: "2024-09-02", id: X };
    const check = checkOf(mark, frozen);
    const text = `Account,Domain,Name,Why,Created,Decision,Reason,Decided by,Id,List,Check\r\n${A},alder.county.example,Unused 1,never,2024-09-02,delete,r,h,${X},${markText(mark)},${check}\r\n`;
    expect(rowsOf(text)).toEqual([{ line: 2, address: A, id: X, meant: false }]);
  });
});

test("what is no account is named with its line, and costs no other", () => {
  expect(readWanted(`Account\n${A}\nKim Lee\n${B}\n`)).toEqual({
    type: "read",
    rows: [
      { line: 2, text: A, meant: true, address: A },
      { line: 4, text: B, meant: true, address: B },
    ],
    unreadable: [{ line: 3, text: "Kim Lee" }],
  });
});

test.each([
  ["", "it holds no row"],
  ["Account\n", "it holds no row"],
  ['Account\n"open', "not CSV: "],
])("%j is no list", (text, because) => {
  const read = readWanted(text);
  expect(read.type === "unusable" ? read.because : "").toContain(because);
});

test.each([
  [` ${A.toUpperCase()} `, { address: A }],
  [X.toUpperCase(), { id: X }],
  ["wanted.csv", undefined],
  ["head@*", undefined],
])("%j on the command line", (typed, want) => {
  expect(accountNamed(typed)).toEqual(want);
});
