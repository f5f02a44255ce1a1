/** The mailboxes of the thirty as an administrator left them half way, who came by old protocols of late, and the plan for them. */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Dials } from "../../../src/sandbox/dials.ts";
import type { WireObject } from "../../../src/sandbox/fill.ts";
import { openThirty, type Thirty } from "./tenant.ts";
import { CASES, caseOf } from "./wire.ts";

export const MAIL_PLAN = "mail-plan.yaml";

/** What differs from POP3 and IMAP off, and SMTP AUTH as the tenant has it, which is off. */
const MAILBOXES: Readonly<Record<string, WireObject>> = {
  // Off since the 16th, and back with a new licence.
  "email-only": { ImapEnabled: true },
  quote: { ImapEnabled: true },
  "shared-mailbox": { PopEnabled: true, ImapEnabled: true },
  exempt: { PopEnabled: true },
  "leading-zeros": { PopEnabled: true, ImapEnabled: true },
  "shared-account": { SmtpClientAuthenticationDisabled: false },
  synced: { SmtpClientAuthenticationDisabled: false },
  formula: { SmtpClientAuthenticationDisabled: true, ActiveSyncEnabled: false },
};

const casOf = (key: string, id: string): WireObject => ({
  id,
  PopEnabled: false,
  ImapEnabled: false,
  ActiveSyncEnabled: true,
  SmtpClientAuthenticationDisabled: null,
  ...MAILBOXES[key],
});

/** Beside those of the thirty: the log has a POP3 of the caretaker and an IMAP of O'Neill. */
const SIGN_INS: readonly WireObject[] = [
  {
    userId: caseOf("shared-account").id,
    createdDateTime: "2026-03-01T02:00:00Z",
    ipAddress: "192.0.2.40",
    clientAppUsed: "Authenticated SMTP",
    userAgent: "Ricoh MP C3004",
    isInteractive: false,
  },
  {
    userId: caseOf("shared-account").id,
    createdDateTime: "2026-02-20T02:00:00Z",
    ipAddress: "192.0.2.40",
    clientAppUsed: "Authenticated SMTP",
    isInteractive: false,
  },
  {
    userId: caseOf("passkey-only").id,
    createdDateTime: "2026-02-28T21:15:00Z",
    ipAddress: "203.0.113.77",
    clientAppUsed: "Exchange ActiveSync",
    userAgent: "Apple-iPhone12C1/1707.000001",
    isInteractive: true,
  },
  // Older than the log tells.
  { userId: caseOf("head-ready").id, createdDateTime: "2026-01-15T09:00:00Z", ipAddress: "192.0.2.17", clientAppUsed: "POP3", isInteractive: true },
].map((row, place) => ({ ...row, id: `35353535-0000-4000-8000-${(place + 1).toString(16).padStart(12, "0")}` }));

/** @param licence as `openThirty` takes it */
export const openMail = async (dials: Partial<Dials> = {}, licence: "p1" | "free" = "p1"): Promise<Thirty> => {
  const tenant = await openThirty(licence, { lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 }, ...dials });
  copyFileSync(`test/reports/thirty/${MAIL_PLAN}`, join(tenant.cwd, MAIL_PLAN));
  await tenant.control("POST", "/_practice/objects", {
    put: [
      ...CASES.filter(({ mailbox }) => mailbox !== undefined).map(({ key, id }) => ({ collection: "casMailboxes", object: casOf(key, id) })),
      { collection: "transportConfig", object: { id: "transport", Name: "Transport Settings", SmtpClientAuthenticationDisabled: true } },
      ...SIGN_INS.map((object) => ({ collection: "signIns", object })),
    ],
  });
  return tenant;
};
