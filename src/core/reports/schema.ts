/** The documents of reports as schemas, from which the published JSON Schemas are written. Only tests load this. */

import { z } from "zod";
import { type Column, REPORTS, type Shape } from "./shape.ts";

const text = z.string();
const count = z.int().min(0);
const moment = z.string().meta({ description: "ISO 8601 with an offset, or Z" });
const word = z.string().nullable();

/** What could not be read says so in a word, in the place of a number, a moment or a list as well. Null: there is nothing to say. */
const CELLS = {
  text: word,
  word,
  moment: word,
  number: z.union([z.number(), z.string()]).nullable(),
  flag: z.union([z.boolean(), z.string()]).nullable(),
  list: z.union([z.array(z.string()).readonly(), z.string()]).nullable(),
} as const satisfies Record<Column["sort"], z.ZodType>;

const head = {
  schemaVersion: z.literal(1),
  plan: z.strictObject({ id: text, name: text, file: text }).nullable(),
  tenant: z.strictObject({ id: text, name: text, practice: z.boolean() }),
  asOf: moment,
  timeZone: text.meta({ description: "in which people there read the clock: an IANA name" }),
  filter: z
    .strictObject({ phase: text.exactOptional(), cohort: text.exactOptional(), domain: text.exactOptional(), all: z.boolean() })
    .meta({ description: "which rows were asked for" }),
};

const end = {
  complete: z.boolean().meta({ description: "false: the list broke off, and rows are missing" }),
  sums: z
    .array(
      z.strictObject({ title: text, columns: z.array(text).readonly(), rows: z.array(z.array(z.union([text, z.number()]).nullable()).readonly()).readonly() }),
    )
    .readonly(),
  gaps: z
    .array(
      z.strictObject({
        sort: z.enum(["failed", "setting", "permission", "licence"]),
        what: text.meta({ description: "what is missing" }),
        because: text,
        todo: text.exactOptional(),
      }),
    )
    .readonly(),
  notes: z.array(text).readonly().meta({ description: "what a reader has to know to believe the rows" }),
};

const rowOf = ({ columns }: Shape) =>
  z.strictObject(Object.fromEntries(columns.map(({ name, sort, about, heading }) => [name, CELLS[sort].meta({ title: heading, description: about })])));

/** What `report --json` prints. */
export const reportSchema = (shapes: readonly [Shape, ...Shape[]]) => {
  const [first, ...more] = shapes.map((shape) => z.strictObject({ report: z.literal(shape.name), ...head, rows: z.array(rowOf(shape)).readonly(), ...end }));
  if (first === undefined) throw new Error("a schema of no report");
  return z.discriminatedUnion("report", [first, ...more]);
};

/** What stands beside a CSV. */
export const reportAboutSchema = z.strictObject({
  report: z.enum(REPORTS),
  ...head,
  tool: text.meta({ description: "what wrote it, with its version" }),
  columns: z.array(z.strictObject({ name: text, heading: text, about: text })).readonly(),
  rows: count,
  files: z.array(text).readonly().exactOptional().meta({ description: "of a report that was split" }),
  ...end,
});
