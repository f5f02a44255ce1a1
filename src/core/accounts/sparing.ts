/**
 * Why an account that people decided to delete is spared all the same. Asked twice: for the diff, and again just before its write,
 * since weeks lie between the two. What nobody can say spares it.
 */

import { appUseOf } from "../reports/app-use.ts";
import { deletionOf } from "../reports/deletable.ts";
import { historyOf, lastSignIn } from "../reports/last-sign-in.ts";
import { type Instant, type Known, type ObjectId, present } from "../tenant.ts";
import type { AccountTold, ListedAccount, ListedGround, MailFacts } from "./facts.ts";

export type SpareRules = {
  /** The address by which it stands on the list. */
  readonly listed: string;
  /** Made on that day or later: too young. */
  readonly createdBefore?: Instant | undefined;
  /** The plan wants it to have been blocked by this tool for some days. `from`: the day from which on it can be deleted; missing: it never was. */
  readonly cooling?: { readonly from?: string; readonly isOver: boolean } | undefined;
  readonly isKept: boolean;
  /** One of the plan's emergency accounts, by its id or its address. */
  readonly isEmergency: boolean;
  readonly told: AccountTold | undefined;
  readonly now: Instant;
};

const dayOf = (instant: Instant): string => new Date(instant).toISOString().slice(0, 10);

const someOf = (names: readonly string[]): string => `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;

const ofMail = (mail: Known<MailFacts>): readonly string[] => {
  if (mail.type === "unknown") return [`what its mailbox is used for could not be read: ${mail.because}`];
  if (mail.type === "absent") return [];
  const { onHold, delegates, forwardsTo } = mail.value;
  return [
    ...(onHold ? ["its mailbox is on hold, which the account's deletion would work around"] : []),
    ...(delegates.length > 0 ? [`others use its mailbox: ${someOf(delegates)}`] : []),
    ...(forwardsTo === undefined ? [] : [`its mail goes on to ${forwardsTo}`]),
  ];
};

const ofAge = (created: Instant | undefined, before: Instant | undefined): readonly string[] => {
  if (before === undefined) return [];
  if (created === undefined) return ["when it was made is not known"];
  return created < before ? [] : [`it was made on ${dayOf(created)}, and the plan says before ${dayOf(before)}`];
};

/** By what this tool did itself: whoever let it sign in again, or brought it back, objected. */
const ofHistory = ({ account }: ListedAccount, { told, cooling }: SpareRules): readonly string[] => {
  const { blocked, back } = told ?? {};
  const { stamps, enabled } = account;
  const tries = typeof stamps === "string" ? [] : [stamps.attempted, stamps.other];
  const tried = tries.find((at) => at !== undefined && blocked !== undefined && at > blocked);
  return [
    ...(back === undefined ? [] : [`this tool brought it back, or let it sign in again, on ${dayOf(back)}: take it off the list, or write keep`]),
    ...(blocked !== undefined && enabled ? [`this tool blocked it on ${dayOf(blocked)}, and somebody let it sign in again since`] : []),
    ...(tried === undefined ? [] : [`somebody tried to sign in with it on ${dayOf(tried)}, after it was blocked`]),
    ...(cooling === undefined || enabled || cooling.from !== undefined
      ? []
      : ["it cannot sign in, but this tool did not block it, so nobody knows since when"]),
    ...(cooling !== undefined && enabled && cooling.from === undefined ? ["it can still sign in: it has to be blocked first"] : []),
    ...(cooling?.from === undefined || cooling.isOver ? [] : [`it was blocked by this tool too short a time ago, and can be deleted from ${cooling.from} on`]),
  ];
};

/** @returns every reason for which nothing is done to it; none: it may be. */
export const sparedBecause = (listed: ListedAccount, ground: ListedGround, rules: SpareRules): readonly string[] => {
  const { account, roles, eligible, owns, mailbox, mail, archive } = listed;
  const { now, isEmergency, isKept, createdBefore } = rules;
  const use = appUseOf(ground.usage, account.address, account.licences.length > 0);
  const signIn = lastSignIn(
    { stamps: account.stamps, used: use.used, ...(account.created !== undefined && { created: account.created }) },
    { now, history: historyOf(now, ground.practice), told: ground.told, anybody: ground.anybody },
  );
  const { products } = ground;
  const names =
    products.type === "present" ? present(account.licences.map((id) => products.value.get(id) ?? id)) : account.licences.length === 0 ? present([]) : products;
  const deletion = deletionOf({ account, signIn, roles, emergency: isEmergency, mailbox, used: use.used, products: names, now });
  return [
    ...(deletion.answer === "yes" ? [] : deletion.reasons),
    ...(rules.listed.toLowerCase() === account.address.toLowerCase() ? [] : [`it is called ${account.address} now, and stands on the list as ${rules.listed}`]),
    ...(isKept ? ["the plan keeps it"] : []),
    ...isOwn(account.id, ground.self),
    ...ofAge(account.created, createdBefore),
    ...(owns.type === "unknown" ? [`whether it owns groups or applications could not be read: ${owns.because}`] : []),
    ...(owns.type === "present" && owns.value > 0
      ? [`it owns ${owns.value === 1 ? "a group or an application" : `${owns.value} groups or applications`}`]
      : []),
    ...(eligible.type === "unknown" ? [`which roles it may activate could not be read: ${eligible.because}`] : []),
    ...(eligible.type === "present" && eligible.value.length > 0 ? [`it may activate a role: ${someOf(eligible.value)}`] : []),
    ...ofMail(mail),
    ...(archive.type === "present" ? [] : [`what would bring it back could not be read${archive.type === "unknown" ? `: ${archive.because}` : ""}`]),
    ...ofHistory(listed, rules),
  ];
};

const isOwn = (id: ObjectId, self: Known<ObjectId>): readonly string[] => {
  if (self.type === "unknown") return [`by which account this tool works could not be read: ${self.because}`];
  return self.type === "present" && self.value === id ? ["this tool works by it"] : [];
};
