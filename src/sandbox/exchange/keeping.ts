/**
 * What Exchange keeps of a mailbox beside its protocols: holds, forwarding, and who else may open it or send as it
 * (learn.microsoft.com: Get-Mailbox, Set-Mailbox, Get-MailboxPermission, Get-RecipientPermission, "Identify the type of hold placed on
 * an Exchange Online mailbox"). No cmdlet of this tenant writes any of it: fills and tests say it.
 */

import { z } from "zod";
import { idOf } from "../collection.ts";
import type { WireObject } from "../fill.ts";
import { guidFrom } from "../ids.ts";
import { Refusal } from "../refusal.ts";
import { isGuid } from "../rules/shape.ts";
import type { Store } from "../store.ts";

/** An account or a group by its object id, or whatever else the service would show: `Discovery Management`, `S-1-5-21-…`. */
const principal = z.string().min(1);

const keepingSchema = z.strictObject({
  /** The account's. */
  id: z.string(),
  LitigationHoldEnabled: z.boolean().default(false),
  LitigationHoldDate: z.iso.datetime({ offset: true }).nullable().default(null),
  /** `UniH…` a case, `mbx…` and `skp…` a retention policy, bare or `cld…` an old In-Place Hold; `-mbx…` says that a policy leaves the mailbox out. */
  InPlaceHolds: z.array(z.string()).default([]),
  ComplianceTagHoldApplied: z.boolean().default(false),
  DelayHoldApplied: z.boolean().default(false),
  DelayReleaseHoldApplied: z.boolean().default(false),
  /** No hold in spite of its name: for as long, the retention policy does not work on the mailbox (Set-Mailbox). */
  RetentionHoldEnabled: z.boolean().default(false),
  ForwardingAddress: principal.nullable().default(null),
  /** With its `smtp:` before it. */
  ForwardingSmtpAddress: z.string().startsWith("smtp:").nullable().default(null),
  DeliverToMailboxAndForward: z.boolean().default(false),
  GrantSendOnBehalfTo: z.array(principal).default([]),
  MailboxPermission: z
    .array(
      z.strictObject({
        User: principal,
        /** As they stand in the answer: one element can hold several, with commas between. */
        AccessRights: z.array(z.string().min(1)).min(1),
        Deny: z.boolean().default(false),
        IsInherited: z.boolean().default(false),
      }),
    )
    .default([]),
  RecipientPermission: z
    .array(z.strictObject({ Trustee: principal, AccessControlType: z.enum(["Allow", "Deny"]).default("Allow"), IsInherited: z.boolean().default(false) }))
    .default([]),
});

export type Keeping = z.output<typeof keepingSchema>;

const NOTHING_KEPT: Keeping = keepingSchema.parse({ id: "" });

/** @throws Refusal 400 for what no mailbox has */
export const checkKeeping = (object: WireObject): void => {
  const result = keepingSchema.safeParse(object);
  if (!result.success) throw new Refusal(400, "BadRequest", z.prettifyError(result.error));
};

export const keepingOf = (store: Store, user: WireObject): Keeping => {
  const id = idOf(user);
  const index = store.fill.indexOfId(id);
  const said = store.seen("exchangeMailboxes", id) ?? (index === undefined ? undefined : store.fill.exchangeMailbox?.(index));
  return said === undefined ? NOTHING_KEPT : keepingSchema.parse({ ...said, id });
};

/** Whether a mailbox stays when its account goes (Get-Mailbox: inactive mailboxes). */
export const isOnHold = ({ LitigationHoldEnabled, InPlaceHolds, ComplianceTagHoldApplied, DelayHoldApplied, DelayReleaseHoldApplied }: Keeping): boolean =>
  LitigationHoldEnabled || ComplianceTagHoldApplied || DelayHoldApplied || DelayReleaseHoldApplied || InPlaceHolds.some((hold) => !hold.startsWith("-"));

// ---- who is meant

/** The part before the @, by which Exchange names things in its own directory. */
export const aliasOf = (user: WireObject): string => String(user["userPrincipalName"]).split("@")[0] ?? "";

export type Principal = {
  /** By which permissions show it; none for whom the directory does not have. */
  readonly shown: string | undefined;
  /** By which other recipients name it. */
  readonly name: string | undefined;
  readonly sid: string;
  readonly state: "there" | "soft-deleted" | "gone";
};

const part = (text: string, at: number): number => Number.parseInt(guidFrom(text).slice(at, at + 8), 16);

const sidOf = ({ fill }: Store, id: string): string =>
  `S-1-5-21-${["a", "b", "c"].map((each) => part(`${fill.seed} sid ${each}`, 0)).join("-")}-${part(`${fill.seed} sid of ${id.toLowerCase()}`, 0) % 10_000_000}`;

/** Everybody to their own mailbox. */
export const SELF = { shown: "NT AUTHORITY\\SELF", sid: "S-1-5-10" } as const;

/** @param said an object id, or what is shown as it is */
export const principalOf = (store: Store, said: string): Principal => {
  if (!isGuid(said)) return { shown: said, name: said, sid: said.startsWith("S-1-") ? said : sidOf(store, said), state: "there" };
  const sid = sidOf(store, said);
  const found = store.seenObject(said);
  if (found === undefined) return { shown: undefined, name: undefined, sid, state: store.seen("deletedUsers", said) === undefined ? "gone" : "soft-deleted" };
  const { type, object } = found;
  const title = String(object["displayName"]);
  return type === "group"
    ? { shown: title, name: title, sid, state: "there" }
    : { shown: String(object["userPrincipalName"]), name: aliasOf(object), sid, state: "there" };
};
