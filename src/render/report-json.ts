/** A report as one JSON document, a row a line: written as the rows stream past, so that it is never whole in memory. */

import type { ReportEnd, ReportHead } from "../core/reports/document.ts";
import type { Row, Shape } from "../core/reports/shape.ts";
import type { ReportForm } from "./report-form.ts";
import { safeJson } from "./text-safe.ts";

const PLAIN = /^[\x20-\x7e]*$/;

const inner = (value: object): string => safeJson(JSON.stringify(value, undefined, 2)).replaceAll("\n", "\n  ");
const members = (value: object): string =>
  Object.entries(value)
    .map(([key, each]) => `  ${JSON.stringify(key)}: ${typeof each === "object" && each !== null ? inner(each) : safeJson(JSON.stringify(each))}`)
    .join(",\n");

export const jsonForm = ({ columns }: Shape, head: ReportHead): ReportForm => {
  const keys = columns.map(({ name }, at) => `${at === 0 ? "" : ", "}${JSON.stringify(name)}: `);
  let isFirst = true;
  const line = (row: Row): string => {
    let text = "{ ";
    for (let at = 0; at < keys.length; at += 1) text += (keys[at] ?? "") + JSON.stringify(row[at] ?? null);
    text += " }";
    return PLAIN.test(text) ? text : safeJson(text);
  };
  return {
    begin: () => `{\n${members(head)},\n  "rows": [`,
    rows: (rows) => {
      let text = "";
      for (const row of rows) {
        text += `${isFirst ? "" : ","}\n    ${line(row)}`;
        isFirst = false;
      }
      return text;
    },
    end: ({ complete, sums, gaps, notes }: ReportEnd) => `${isFirst ? "" : "\n  "}],\n${members({ complete, sums, gaps, notes })}\n}\n`,
  };
};
