/** What `doctor` prints, as a schema. Only tests and scripts load this. */

import { z } from "zod";
import { DOCTOR_SECTIONS, type DoctorDocument } from "./document.ts";

const text = z.string();
const count = z.int().min(0);

export const doctorSchema: z.ZodType<DoctorDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  plan: z.strictObject({ id: text, name: text, file: text }).nullable().meta({ description: "null: without a plan" }),
  tenant: z.strictObject({ id: text, name: text, practice: z.boolean() }),
  asOf: text.meta({ description: "ISO 8601 with an offset" }),
  lines: z
    .array(
      z.strictObject({
        section: z.enum(DOCTOR_SECTIONS),
        check: text.meta({ description: "what it is about: the same word whatever the verdict" }),
        verdict: z
          .enum(["ok", "warning", "problem", "unread", "note"])
          .meta({ description: "unread: nobody can say, since something could not be read; note: to be looked at by hand, or only so" }),
        detail: text,
        todo: text.exactOptional().meta({ description: "a page of a portal, or what else is to be done" }),
        command: z.array(text).readonly().exactOptional().meta({ description: "the words of a command of this tool, without the tenant" }),
        names: z.array(text).readonly().exactOptional().meta({ description: "all that the sentence counts and names only a few of" }),
      }),
    )
    .readonly(),
  summary: z.strictObject({ ok: count, warning: count, problem: count, unread: count, note: count }),
});
