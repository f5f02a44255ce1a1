/** What can be set on a practice tenant to make it behave as a tenant does on a good or a bad day. */

import { z } from "zod";

const natural = z.number().int().min(0);

const effect = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("status"),
    status: z.number().int().min(400).max(599),
    code: z.string().optional(),
    message: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ type: z.literal("drop-before") }),
  z.strictObject({ type: z.literal("drop-after") }),
  z.strictObject({ type: z.literal("delay"), ms: natural }),
  z.strictObject({ type: z.literal("partial-page") }),
  z.strictObject({ type: z.literal("html"), status: z.number().int().min(200).max(599).default(502) }),
]);

const isPattern = (text: string): boolean => {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
};

const faultRule = z.strictObject({
  /** Upper case; any method when missing. */
  method: z.string().optional(),
  /** A regular expression, tested against path and query below the version, without regard to case. */
  path: z.string().refine(isPattern, "not a regular expression"),
  /** How many matching requests go untouched first. */
  skip: natural.default(0),
  /** How many are hit after that; every one when missing. */
  times: natural.optional(),
  effect,
});

export const dialsSchema = z.strictObject({
  /** `all`, or the names of Graph permissions that the caller has. */
  permissions: z.union([z.literal("all"), z.array(z.string())]).default("all"),
  throttling: z.enum(["off", "real"]).default("real"),
  /** How long a write stays unseen by readers. */
  lagMs: z.strictObject({ directory: natural.default(1500), conditionalAccess: natural.default(1000) }).default({ directory: 1500, conditionalAccess: 1000 }),
  /** `free` takes Entra ID P1 and P2 out of every subscription. */
  licence: z.enum(["filled", "free"]).default("filled"),
  /** `stored` stands still but for what is waited; `running` also goes on with the machine's clock while the tenant is open. */
  clock: z.enum(["stored", "running"]).default("stored"),
  /** The first rule that matches and is not used up applies. */
  faults: z.array(faultRule).default([]),
});

export type Dials = z.output<typeof dialsSchema>;
export type FaultRule = z.output<typeof faultRule>;
export type FaultEffect = z.output<typeof effect>;

export const defaultDials: Dials = dialsSchema.parse({});
