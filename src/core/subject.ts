/** An account that was looked up live, as policies see it. */

import type { Belongs, Subject } from "./sign-in.ts";
import type { Known, LiveAccount, ObjectId } from "./tenant.ts";
import { present } from "./tenant.ts";

export const belongsAs = (guest: boolean, invited: boolean): Belongs => {
  if (invited) return guest ? "b2b-guest" : "b2b-member";
  return guest ? "internal-guest" : "member";
};

/** Of somebody invited nobody here can say how: only guests who were not invited are told for certain. */
export const belongsOf = ({ guest, invited }: Pick<LiveAccount, "guest" | "invited">): Belongs | undefined => {
  if (guest === undefined || invited === undefined) return undefined;
  return belongsAs(guest, invited);
};

const setOf = (known: Known<readonly ObjectId[]>): Known<ReadonlySet<ObjectId>> => (known.type === "present" ? present(new Set(known.value)) : known);

/** @param groups where they are not those that the account is in at present */
export const subjectOf = (account: LiveAccount, groups: Known<ReadonlySet<ObjectId>> = setOf(account.groups)): Subject => ({
  id: account.id,
  groups,
  roles: setOf(account.roles),
  belongs: belongsOf(account),
  homeTenant: undefined,
});
