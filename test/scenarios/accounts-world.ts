/** Tenants with accounts that nobody ever used, plans that let them go, and lists as they come back from people. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { CliResult } from "../cli/harness.ts";
import { wholeUser } from "./arranged.ts";
import type { Reader } from "./reader.ts";

export const PLAN = "new-year.yaml";
export const LIST = "unused-reviewed.csv";
export const SENT_OUT = "unused.csv";

export type NewYear = {
  readonly domain?: string;
  readonly blocked?: string;
  readonly deleted: string;
  readonly atMost?: number;
  readonly more?: string;
};

/** A plan that blocks, if it says when, and deletes. */
export const newYearPlan = ({ domain = "county.example", blocked, deleted, atMost = 80, more = "" }: NewYear): string => `id: new-year
name: New Year
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@${domain}, emergency-2@${domain}]
cohorts: {}
phases:
${
  blocked === undefined
    ? ""
    : `  - id: unused-blocked
    title: Unused accounts blocked
    starts: ${blocked}
    blockSignIn: { list: ${LIST}, atMost: ${atMost} }
`
}  - id: unused-deleted
    title: Unused accounts deleted
    starts: ${deleted}
    deleteAccounts: { list: ${LIST}, atMost: ${atMost}${blocked === undefined ? "" : ", after: 28 days"}${more} }
`;

type Folder = { readonly cwd: string };

export const writePlan = ({ cwd }: Folder, text: string): void => writeFileSync(join(cwd, PLAN), text);

export type Row = { readonly [column: string]: string };

export const rowsIn = ({ cwd }: Folder, file: string): readonly Row[] =>
  parse(readFileSync(join(cwd, file)), { bom: true, columns: true, relax_column_count: true });

const cell = (text: string): string => (/["\n\r,;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** What people make of a list: the words that they fill in. */
export type Answer = (row: Row, at: number) => { readonly decision: string; readonly reason?: string; readonly by?: string };

const ALL_GO: Answer = () => ({ decision: "delete", reason: "asked for, never used", by: "head teacher" });

/** Plain CSV, as nobody but a program would send it back. */
export const sendBack = (folder: Folder, answer: Answer = ALL_GO, rows: readonly Row[] = rowsIn(folder, SENT_OUT)): void => {
  const columns = Object.keys(rows[0] ?? {});
  const answered = rows.map((row, at): Row => {
    const { decision, reason = "", by = "" } = answer(row, at);
    return { ...row, Decision: decision, Reason: reason, "Decided by": by };
  });
  writeFileSync(
    join(folder.cwd, LIST),
    [columns, ...answered.map((row) => columns.map((column) => row[column] ?? ""))].map((cells) => `${cells.map(cell).join(",")}\n`).join(""),
  );
};

export const goTo = async (reader: Reader, day: string): Promise<void> => {
  await reader.json("POST", "/_practice/clock", { to: `${day}T00:00:00Z` });
};

/** Accounts that were asked for long ago and never used, without a mailbox. @returns their ids, sorted */
export const withUnused = async (reader: Reader, like: string, domain: string, count: number, made = "2018-02-01T09:00:00Z"): Promise<readonly string[]> => {
  const model = await wholeUser(reader, like);
  const ids: string[] = [];
  for (let from = 0; from < count; from += 500) {
    const put = Array.from({ length: Math.min(500, count - from) }, (_, at) => {
      const number = String(from + at).padStart(5, "0");
      const id = `7a000000-0000-4000-8000-0000000${number}`;
      ids.push(id);
      const upn = `unused-${number}@${domain}`;
      return {
        collection: "users",
        object: {
          ...model,
          id,
          userPrincipalName: upn,
          mailNickname: `unused-${number}`,
          displayName: `Unused ${number}`,
          mail: null,
          proxyAddresses: [],
          assignedLicenses: [],
          createdDateTime: made,
        },
      };
    });
    await reader.json("POST", "/_practice/objects", { put });
  }
  return ids.sort();
};

export const told = ({ exit, stdout, stderr }: Pick<CliResult, "exit" | "stdout" | "stderr">): string => `exit ${exit}\n${stdout}\n${stderr}`;
