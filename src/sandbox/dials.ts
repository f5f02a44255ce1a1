/** What can be set on a practice tenant to make it behave as a tenant does on a good or a bad day. */

import { z } from "zod";

const natural = z.number().int().min(0);

const DAY_MS = 86_400_000;

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
  /** What a cmdlet of Exchange says beside its rows, in a 200; with an error it has done nothing. Graph has no such thing. */
  z.strictObject({ type: z.literal("aside"), errors: z.array(z.string()).default([]), warnings: z.array(z.string()).default([]) }),
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
  lagMs: z
    .strictObject({ directory: natural.default(1500), conditionalAccess: natural.default(1000), exchange: natural.default(1000) })
    .default({ directory: 1500, conditionalAccess: 1000, exchange: 1000 }),
  /** `free` takes Entra ID P1 and P2 out of every subscription, `p1` and `p2` put them in. */
  licence: z.enum(["filled", "free", "p1", "p2"]).default("filled"),
  /**
   * Microsoft-managed policies that appear when security defaults are turned off in a tenant with P1: none; four that are
   * on at once (seen in August 2026); the four in report-only, switching themselves on later.
   */
  managedPolicies: z.enum(["none", "on", "report-only-later-on"]).default("none"),
  /** How long after their making managed policies switch themselves on; at least 45 days are documented, less has been announced. */
  managedPoliciesOnAfterMs: natural.default(45 * DAY_MS),
  /** Whether security defaults can be turned on beside enabled policies: the portal refuses, what the API does is unconfirmed. */
  securityDefaultsBesidePolicies: z.enum(["refused", "accepted"]).default("refused"),
  /** When an account that is set to `enabled` and has registered already becomes `enforced`; sources say both that it does and that it need not. */
  registeredJump: z.enum(["never", "at-sign-in", "at-once"]).default("at-sign-in"),
  /** Whether `GET /users` tells `perUserMfaState` to those who select it: nobody documents it. */
  bulkPerUserMfa: z.enum(["told", "left-out"]).default("told"),
  /**
   * What comes back with a deleted account that is restored. The page of user-delete says that licences and memberships do; older
   * pages say nothing, and of the manager no page does.
   */
  restoreBrings: z
    .strictObject({ licences: z.boolean().default(true), memberships: z.boolean().default(true), manager: z.boolean().default(true) })
    .default({ licences: true, memberships: true, manager: true }),
  /** What the deletion of a synced account comes to: portals refuse it; some paths accept it, and the next sync brings it back. */
  syncedDeletion: z.enum(["refused", "undone-by-sync"]).default("refused"),
  /** Whether the caller holds a directory role that reaches administrators, beside its permissions; whoever has all of these does when missing. */
  reachesAdministrators: z.boolean().optional(),
  /** How long the members of a dynamic group take to follow its rule: minutes to a day. */
  dynamicGroupsLagMs: natural.default(300_000),
  /** The log of sign-ins: what the fill computes and what tests put there, or the latter alone. */
  signIns: z.enum(["filled", "empty"]).default("filled"),
  /** Whether usage reports hide who it was: what stands for a name then has no `@`. Until somebody sets it by Graph. */
  concealedNames: z.boolean().default(false),
  /** How old the data of usage reports is: 48 hours as a rule. */
  usageAgeDays: natural.default(2),
  /** The report of mailboxes as its page lists the columns, as the page's sample has them, or with the recipients' type, which has been seen. */
  mailboxColumns: z.enum(["listed", "sample", "with-recipient-type"]).default("listed"),
  /** A school whose address changed: by domain, the address from which all of its people sign in from now on, and always did. */
  egress: z.record(z.string(), z.union([z.ipv4(), z.ipv6()])).default({}),
  /** What the caller was given of the two that Exchange Online wants: the permission Exchange.ManageAsApp, and a directory role. */
  exchangeGrants: z.enum(["both", "permission-only", "none"]).default("both"),
  /** The directory role, which decides which cmdlets are offered. */
  exchangeRole: z
    .enum(["exchange-administrator", "recipient-administrator", "global-reader", "recipient-administrator-and-global-reader"])
    .default("exchange-administrator"),
  /** Whether rows of Get-RecipientPermission say if they are inherited: in inventories they do, a client that was run against it in 2026 found neither. */
  sendAsRows: z.enum(["whole", "bare"]).default("whole"),
  /** How many of a hundred cmdlets have a bad moment, and which. */
  exchangeStumbles: z
    .strictObject({ percent: natural.max(100), as: z.enum(["crowded", "throttled", "throttled-for", "transient", "unavailable"]).default("transient") })
    .optional(),
  /** Whose token it is: an account's user principal name; an application's own when missing. */
  operator: z.string().optional(),
  /** How far the Date of its answers is ahead of its clock, by which whoever asks goes: as if their clock were behind. */
  dateAheadMs: z.number().int().default(0),
  /** `stored` stands still but for what is waited; `running` also goes on with the machine's clock while the tenant is open. */
  clock: z.enum(["stored", "running"]).default("stored"),
  /** The first rule that matches and is not used up applies. */
  faults: z.array(faultRule).default([]),
});

export type Dials = z.output<typeof dialsSchema>;
export type FaultRule = z.output<typeof faultRule>;
export type FaultEffect = z.output<typeof effect>;

export const defaultDials: Dials = dialsSchema.parse({});
