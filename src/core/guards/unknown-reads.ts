/** What could not be read is never taken for nothing there: what stands on it is held back. */

import type { Finding } from "../changes.ts";
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
} as const satisfies Record<Kind, string>;

const unclear = (detail: string, holds?: readonly Held[]): Finding => ({
  guard: GUARD,
  verdict: "unclear",
  detail,
  hint: AGAIN,
  allowable: false,
  ...(holds !== undefined && { holds }),
});

const check = ({ plan, observed, desired }: GuardInput): readonly Finding[] => {
  const found: Finding[] = [];
  const isWanted = (kind: Kind): boolean => desired.resources.some((each) => each.kind === kind);
  // Even where the plan asks for nothing of a kind, something of ours may be left over there.
  for (const kind of KINDS) {
    const list = observed.resources[kind];
    const holds = isTenantWide(kind) ? [{ kind, key: TENANT_KEY }] : undefined;
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
