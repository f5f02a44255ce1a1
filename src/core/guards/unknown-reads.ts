/** What could not be read is never taken for nothing there: what stands on it is held back. */

import type { Finding } from "../changes.ts";
import { nameWithoutMark } from "../mark.ts";
import { progressOf } from "../progress.ts";
import { KINDS, type Kind } from "../tenant.ts";
import { type Guard, type GuardInput, type Held, isOurs } from "./guard.ts";

const GUARD = "unknown-reads";
const AGAIN = "run it again; if it stays so, check that this tool may read it";

const LISTS = { "cohort-group": "the groups", "named-location": "the named locations", "conditional-access": "the policies" } as const satisfies Record<
  Kind,
  string
>;

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
  // Even where the plan asks for nothing of a kind, something of ours may be left over there.
  for (const kind of KINDS) {
    const list = observed.resources[kind];
    if (list.type === "unknown") found.push(unclear(`${LISTS[kind]} could not be read: ${list.because}`));
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
  // Nothing is changed by it; it only means that nobody can be shown as not ready.
  if (registration.type === "unknown") {
    found.push({
      guard: GUARD,
      verdict: "go",
      detail: `who is ready is not known, since the registration report could not be read: ${registration.because}`,
      allowable: false,
    });
  }
  return found;
};

export const unknownReads: Guard = { name: GUARD, about: "everything that the changes stand on could be read", allowable: false, check };
