/** The lines of `run --json` as a schema. Only tests and scripts load this. */

import { z } from "zod";
import type { RunEvent } from "./run-events.ts";
import { KINDS } from "./tenant.ts";

const text = z.string();
const at = z.string().meta({ description: "ISO 8601, UTC, by the tenant's clock" });
const moment = z.string().meta({ description: "ISO 8601 with the plan's offset" });
const texts = z.array(text).readonly();
const count = z.int().min(0);
const exit = z.int().min(0).max(255);

export const runEventSchema: z.ZodType<RunEvent> = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("begin"),
    schemaVersion: z.literal(1),
    at,
    plan: z.strictObject({ id: text, name: text, file: text }),
    tenant: z.strictObject({ id: text, name: text, practice: z.boolean() }),
  }),
  z.strictObject({ event: z.literal("wait"), at, until: at }),
  z.strictObject({
    event: z.literal("look"),
    at,
    look: z.enum(["short", "whole", "full"]).meta({ description: "a few lists; all that decides what would change; with all that the checks ask" }),
    requests: count.meta({ description: "of this command, so far" }),
    because: text.exactOptional(),
    changes: count.exactOptional(),
  }),
  z.strictObject({
    event: z.literal("phase"),
    at,
    id: text,
    title: text,
    starts: moment,
    state: z.enum(["done", "live", "due", "waiting", "held", "later", "staged"]),
  }),
  z
    .strictObject({
      event: z.literal("set-aside"),
      at,
      halted: moment.exactOptional().meta({ description: "since when phases are on hold by halt" }),
      out: texts.meta({ description: "domains whose accounts this plan asks nothing" }),
      letIn: z.array(z.strictObject({ id: text, address: text.exactOptional(), until: moment })).readonly(),
    })
    .meta({ description: "what somebody did on a bad morning and what is still so" }),
  z
    .strictObject({ event: z.literal("waiting"), at, phase: text, because: text, accounts: texts })
    .meta({ description: "a phase whose moment has come and which does not start: why, and for whom it waits" }),
  z
    .strictObject({
      event: z.literal("finding"),
      at,
      guard: text,
      verdict: z.enum(["go", "stop", "unclear"]),
      phase: text.exactOptional(),
      detail: text,
      hint: text.exactOptional(),
      accounts: texts.exactOptional(),
      count: count.exactOptional(),
      allowed: z.boolean().exactOptional(),
    })
    .meta({ description: "a check that says stop or is unclear" }),
  z.strictObject({
    event: z.literal("step"),
    at,
    step: text,
    kind: z.enum(KINDS),
    key: text,
    name: text,
    write: text,
    result: z.enum(["done", "refused", "unknown", "left-out"]),
    because: text.exactOptional(),
  }),
  z.strictObject({
    event: z.literal("end"),
    at,
    result: z.enum(["nothing-due", "done", "partly", "stopped", "failed", "interrupted"]),
    exit,
    run: text.nullable().meta({ description: "null: nothing was begun" }),
    done: count,
    left: count,
    requests: count,
    next: z.strictObject({ starts: moment, phases: texts }).exactOptional(),
    message: text.exactOptional(),
  }),
]);
