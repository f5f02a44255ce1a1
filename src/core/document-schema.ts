/** The documents as schemas, from which the published JSON Schemas are written. Only tests and scripts load this. */

import { z } from "zod";
import type { CheckDocument, RunsDocument } from "./run-document.ts";
import { KINDS } from "./tenant.ts";

const id = z.string();
const text = z.string();
const moment = z.string().meta({ description: "ISO 8601 with an offset, or Z" });
const texts = z.array(text).readonly();
const kind = z.enum(KINDS);
const plan = z.strictObject({ id, name: text, file: text });
const tenant = z.strictObject({ id, name: text, practice: z.boolean() });
const count = z.int().min(0);

const accounts = z.strictObject({
  count,
  notReady: count.nullable().meta({ description: "null: nobody can say" }),
  sample: texts.meta({ description: "up to five addresses, those not ready first" }),
});

const phase = z.strictObject({
  id,
  title: text,
  starts: moment,
  state: z.enum(["done", "live", "due", "waiting", "held", "later", "staged"]),
  accounts: accounts.exactOptional(),
  external: z.strictObject({ what: text, checklist: texts }).exactOptional().meta({ description: "what happens elsewhere, by hand" }),
});

const perUserState = z.enum(["disabled", "enabled", "enforced"]);
const states = z.strictObject({
  to: perUserState,
  accounts: z.array(z.strictObject({ id, before: perUserState })).readonly(),
  jump: z.strictObject({ count: count.nullable(), sample: texts, accounts: texts }).meta({
    description: "who becomes enforced without a write, since they are registered; null: nobody can say",
  }),
  already: count.meta({ description: "accounts of the cohort for which nothing changes" }),
});

const reach = z
  .strictObject({
    count,
    unreached: count.nullable().meta({ description: "null: nobody can say" }),
    sample: texts.meta({ description: "up to five addresses of those who are not reached" }),
  })
  .meta({ description: "whom a registration campaign is for, and who of them never completes MFA, so that it never asks them" });

const change = z.strictObject({
  phases: texts,
  kind,
  action: z.enum(["create", "update", "delete"]),
  key: text,
  name: text,
  id: id.exactOptional(),
  fields: z.array(z.strictObject({ path: text, before: z.json().optional(), after: z.json().optional() })).readonly(),
  members: z.strictObject({ added: texts, removed: texts }).exactOptional(),
  states: states.exactOptional(),
  reach: reach.exactOptional(),
  accounts: accounts.exactOptional(),
});

const finding = z.strictObject({
  guard: text,
  verdict: z.enum(["go", "stop", "unclear"]),
  phase: id.exactOptional(),
  detail: text,
  hint: text.exactOptional(),
  accounts: texts.exactOptional(),
  count: count.exactOptional(),
  allowed: z.boolean().exactOptional(),
});

const diffFields = {
  schemaVersion: z.literal(1),
  plan,
  tenant,
  asOf: moment,
  hash: text.meta({ description: "SHA-256 of the changes, in hexadecimal" }),
  phases: z.array(phase).readonly(),
  changes: z.array(change).readonly(),
  leftOver: z.array(change).readonly(),
  findings: z.array(finding).readonly(),
  summary: z.strictObject({ create: count, update: count, delete: count, unchanged: count }),
};

const problem = z.strictObject({ file: text, line: z.int(), column: z.int(), message: text, hint: text.exactOptional() });
const exit = z.int().min(0).max(255);

const run = z.strictObject({
  id: id.nullable(),
  done: count,
  left: z.array(z.strictObject({ kind, key: text, name: text, result: z.enum(["refused", "unknown", "left-out", "differs"]), because: text })).readonly(),
  exit,
});

/** As printed: `JSON.stringify` leaves out what is undefined, so `before` and `after` may be missing. */
export const diffSchema = z.strictObject(diffFields);
export const statusSchema = z.strictObject({
  schemaVersion: z.literal(1),
  plan,
  tenant,
  asOf: moment,
  phases: diffFields.phases,
  drift: diffFields.changes.meta({ description: "what live phases have lost since" }),
  pending: diffFields.changes.meta({ description: "what is waiting to be applied, without the drift" }),
  leftOver: diffFields.leftOver,
  findings: diffFields.findings,
  next: z.strictObject({ starts: moment, phases: texts }).nullable(),
});
export const applySchema = z.strictObject({ ...diffFields, undoes: id.exactOptional(), run });

export const checkSchema: z.ZodType<CheckDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  file: text,
  sound: z.boolean(),
  plan: z.strictObject({ ...plan.shape, timeZone: text, phases: z.array(z.strictObject({ id, title: text, starts: moment })).readonly() }).exactOptional(),
  problems: z.array(problem).readonly(),
  remarks: z.array(problem).readonly(),
});

export const runsSchema: z.ZodType<RunsDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  tenant,
  runs: z
    .array(
      z.strictObject({
        id,
        at: moment,
        plan,
        phases: texts,
        done: count,
        left: count,
        result: z.enum(["done", "partly", "cut", "failed"]),
        exit: exit.nullable(),
        undoes: id.exactOptional(),
        undoneBy: id.exactOptional(),
      }),
    )
    .readonly(),
  damaged: z.array(z.strictObject({ id, file: text, because: text })).readonly(),
});

export const clockSchema = z.strictObject({ schemaVersion: z.literal(1), now: moment });
const serveSchema = z.strictObject({
  schemaVersion: z.literal(1),
  origin: z.string().meta({ description: "for --tenant" }),
  token: z.string().meta({ description: "for ENTRA_ROLLOUT_TOKEN" }),
  instance: id,
  name: text,
});

/** What each command prints with `--json`, by the name of its published schema. */
export const DOCUMENT_SCHEMAS = {
  check: checkSchema,
  status: statusSchema,
  diff: diffSchema,
  apply: applySchema,
  undo: applySchema,
  runs: runsSchema,
  "sandbox-clock": clockSchema,
  "sandbox-serve": serveSchema,
} as const;
