/** Whose mailbox is whose, and what it is for (mailboxSettings: userPurpose). */

import { idOf } from "../collection.ts";
import { MAILBOX_PURPOSES, type MailboxPurpose, type WireObject } from "../fill.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store.ts";

const isPurpose = (value: unknown): value is MailboxPurpose => MAILBOX_PURPOSES.some((purpose) => purpose === value);

const isLicensed = (user: WireObject): boolean => Array.isArray(user["assignedLicenses"]) && user["assignedLicenses"].length > 0;

/** Blocked, without a licence, and still with an address: a mailbox that people open from their own. */
const byTraits = (user: WireObject): MailboxPurpose | undefined => {
  if (user["userType"] === "Guest" || typeof user["mail"] !== "string") return undefined;
  if (isLicensed(user)) return "user";
  if (user["accountEnabled"] !== false) return undefined;
  const address = user["mail"].toLowerCase();
  if (/^room[-.@]/.test(address)) return "room";
  return /^(?:equipment|projector|minibus)[-.@]/.test(address) ? "equipment" : "shared";
};

/** @returns undefined when the account has no mailbox */
export const mailboxPurposeOf = (store: Store, user: WireObject): MailboxPurpose | undefined => {
  const id = idOf(user);
  const put = store.seen("mailboxes", id);
  if (put !== undefined) return isPurpose(put["userPurpose"]) ? put["userPurpose"] : undefined;
  const index = store.fill.mailbox === undefined ? undefined : store.fill.indexOfId(id);
  return index === undefined ? byTraits(user) : store.fill.mailbox?.(index);
};

/** Exchange's answer, not the directory's (rest-api-is-not-yet-supported-for-this-mailbox-error). */
const noMailbox = (): Refusal => new Refusal(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.");

/** Exchange's own words for a caller without the permission. */
export const noAccess = (): Refusal => new Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.");

/** @throws Refusal 404 */
export const mailboxPurpose = (store: Store, user: WireObject): MailboxPurpose => {
  const purpose = mailboxPurposeOf(store, user);
  if (purpose === undefined) throw noMailbox();
  return purpose;
};

/** As far as anybody here asks for it (CSDL: `mailboxSettings`). */
export const mailboxSettings = (store: Store, user: WireObject): WireObject => ({
  archiveFolder: null,
  timeZone: "GMT Standard Time",
  delegateMeetingMessageDeliveryOptions: "sendToDelegateOnly",
  dateFormat: "dd/MM/yyyy",
  timeFormat: "HH:mm",
  // The reference page shows it in an object of its own; the metadata, which counts here, has it as a word.
  userPurpose: mailboxPurpose(store, user),
});
