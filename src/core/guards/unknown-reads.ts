/** What could not be read is never taken for nothing there: what stands on it is held back. */

import type { DesiredResource, Finding } from "../changes.ts";
import { nameWithoutMark } from "../mark.ts";
import { progressOf } from "../progress.ts";
import { staleness } from "../registration-age.ts";
import { isTenantWide, KINDS, type Kind, TENANT_KEY } from "../tenant.ts";
import { type Guard, type GuardInput, type Held, isOurs } from "./guard.ts";

const GUARD = "unknown-reads";
const AGAIN = "run it again; if it stays so, check that this tool may read it";

const LISTS = {
  "cohort-group": "the groups",
  "named-location": "the named locations",
  "authentication-methods": "the authentication methods",
  "registration-campaign": "the registration campaign",
  "conditional-access": "the policies",
  "security-defaults": "security defaults",
  "per-user-mfa": "the states of per-user MFA",
  "mailbox-plan": "the plans for new mailboxes",
  "mailbox-protocols": "the protocols of mailboxes",
  "authentication-policy": "the authentication policies of Exchange Online",
  "default-authentication-policy": "the default authentication policy",
  "smtp-auth": "SMTP AUTH of the tenant",
  "account-block": "the accounts of a review list",
  "account-deletion": "the accounts of a review list",
} as const satisfies Record<Kind, string>;

/** What Exchange Online tells is nothing that anything else stands on. */
const BY_EXCHANGE: readonly Kind[] = ["mailbox-plan", "authentication-policy", "default-authentication-policy", "smtp-auth"];

const unclear = (detail: string, holds?: readonly Held[]): Finding => ({
  guard: GUARD,
  verdict: "unclear",
  detail,
  hint: AGAIN,
  allowable: false,
  ...(holds !== undefined && { holds }),
});

const NO_RIGHT = "whoever may can do this part with a script: diff PLAN --as-script FILE";

type Unread = { readonly kind: Kind; readonly because: string; readonly holds: readonly Held[] };

/** All that one missing right of Exchange Online hides is told once. */
const denied = (unread: readonly Unread[]): readonly Finding[] => {
  const [first] = unread;
  if (first === undefined) return [];
  const names = unread.map(({ kind }) => LISTS[kind]);
  const all = names.length === 1 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const detail = `${all} could not be read: ${first.because}`;
  return [
    {
      ...unclear(
        detail,
        unread.flatMap(({ holds }) => holds),
      ),
      hint: NO_RIGHT,
    },
  ];
};

const check = ({ plan, observed, desired }: GuardInput): readonly Finding[] => {
  const found: Finding[] = [];
  const hidden: Unread[] = [];
  /** Whether a mailbox has SMTP AUTH on, only the tenant's word tells where it has none of its own. */
  const standsOn = (each: DesiredResource, kind: Kind): boolean =>
    each.kind === kind || (kind === "smtp-auth" && each.kind === "mailbox-protocols" && each.settings.off.includes("smtpAuth"));
  const isWanted = (kind: Kind): boolean => desired.resources.some((each) => standsOn(each, kind));
  // Even where the plan asks for nothing of a kind, something of ours may be left over there.
  for (const kind of KINDS) {
    const list = observed.resources[kind];
    const own = desired.resources.filter((each) => standsOn(each, kind)).map((each) => ({ kind: each.kind, key: each.key }));
    const holds = BY_EXCHANGE.includes(kind) ? own : isTenantWide(kind) ? [{ kind, key: TENANT_KEY }] : undefined;
    if (list.type === "unknown" && list.denied === true && BY_EXCHANGE.includes(kind)) {
      if (isWanted(kind)) hidden.push({ kind, because: list.because, holds: own });
      continue;
    }
    if (list.type === "unknown" && (holds === undefined || isWanted(kind))) found.push(unclear(`${LISTS[kind]} could not be read: ${list.because}`, holds));
    if (list.type === "absent" && holds !== undefined && isWanted(kind)) found.push(unclear(`${LISTS[kind]} were not asked for`, holds));
  }
  const progress = progressOf(observed, plan.id);
  if (progress.type === "unknown" && observed.resources["cohort-group"].type !== "unknown") found.push(unclear(progress.because));
  const { roster, registration } = observed;
  if (roster.type === "unknown") found.push(unclear(`the accounts could not be read, so nobody knows who belongs to whom: ${roster.because}`));
  const groups = observed.resources["cohort-group"];
  for (const group of groups.type === "present" ? groups.value : []) {
    const key = group.mark?.key;
    const wanted = desired.resources.some((each) => each.kind === "cohort-group" && each.key === key && each.membership !== undefined);
    if (key === undefined || !isOurs(plan, group) || !wanted) continue;
    const members = observed.members.get(group.id) ?? { type: "unknown", because: "they were not looked up" };
    if (members.type === "unknown") {
      found.push(
        unclear(`the members of the group "${nameWithoutMark(group.settings.name)}" (${group.id}) could not be read: ${members.because}`, [
          { kind: "cohort-group", key },
        ]),
      );
    }
  }
  const wishes = desired.resources.filter(({ kind }) => kind === "per-user-mfa").map(({ kind, key }) => ({ kind, key }));
  if (wishes.length > 0 && roster.type !== "unknown" && observed.perUser?.type !== "present") {
    const why = observed.perUser?.type === "unknown" ? observed.perUser.because : "they were not asked for";
    found.push(unclear(`${LISTS["per-user-mfa"]} could not be read: ${why}`, wishes));
  }
  // Who would lose SMTP AUTH with the tenant's word, and who is to keep it, nobody knows either.
  const boxes = desired.resources.filter(({ kind }) => kind === "mailbox-protocols" || kind === "smtp-auth").map(({ kind, key }) => ({ kind, key }));
  if (boxes.length > 0 && roster.type !== "unknown" && observed.mailboxes?.type !== "present") {
    const why = observed.mailboxes?.type === "unknown" ? observed.mailboxes.because : "they were not asked for";
    if (observed.mailboxes?.type === "unknown" && observed.mailboxes.denied === true) hidden.push({ kind: "mailbox-protocols", because: why, holds: boxes });
    else found.push(unclear(`${LISTS["mailbox-protocols"]} could not be read: ${why}`, boxes));
  }
  found.push(...denied(hidden));
  // Nothing is changed by it; it only means that nobody can be shown as not ready.
  if (registration.type === "unknown") {
    found.push({
      guard: GUARD,
      verdict: "go",
      detail: `who is ready is not known, since the registration report could not be read: ${registration.because}`,
      allowable: false,
    });
  }
  const old = registration.type === "present" ? staleness(registration.value.refreshed, observed.readAt) : undefined;
  if (old !== undefined) {
    found.push({
      guard: GUARD,
      verdict: "go",
      detail: `who is ready is not known for sure: the registration report ${old}, and only one of the last 48 hours says so`,
      allowable: false,
    });
  }
  return found;
};

export const unknownReads: Guard = { name: GUARD, about: "everything that the changes stand on could be read", allowable: false, check };
