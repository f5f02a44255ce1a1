/** Who signs in, as conditional access sees the account: groups through groups, roles, where a guest comes from. */

import { idOf } from "./collection.ts";
import type { WireObject } from "./fill.ts";
import type { Store } from "./store.ts";

/** conditionalAccessGuestOrExternalUserTypes, as far as an account in the directory can be one. */
export type GuestType = "internalGuest" | "b2bCollaborationGuest" | "b2bCollaborationMember" | "b2bDirectConnectUser" | "otherExternalUser" | "serviceProvider";

export type Subject = {
  readonly id: string;
  readonly user: WireObject;
  /** Object ids of the groups in which the account is, directly or through others. */
  readonly groups: ReadonlySet<string>;
  /** Template ids of active roles, also those held through a group. */
  readonly roles: ReadonlySet<string>;
  /** Undefined for the tenant's own people. */
  readonly guest: GuestType | undefined;
  /** Where a guest comes from; an account does not say it, What-If may. */
  readonly homeTenant: string | undefined;
};

const isExternal = (user: WireObject): boolean => user["creationType"] === "Invitation" || /#EXT#/i.test(String(user["userPrincipalName"] ?? ""));

const guestTypeOf = (user: WireObject): GuestType | undefined => {
  const isGuest = String(user["userType"] ?? "").toLowerCase() === "guest";
  if (isExternal(user)) return isGuest ? "b2bCollaborationGuest" : "b2bCollaborationMember";
  return isGuest ? "internalGuest" : undefined;
};

/** @param user as readers see it now */
export const subjectOf = (store: Store, user: WireObject): Subject => {
  const id = idOf(user);
  const groups = new Set(store.groupsOf(id, true).map(idOf));
  const held = [...store.of("directoryRoles").rows(store.now)]
    .map((row) => row.object)
    .filter((role) => [id, ...groups].some((holder) => store.members.sees(idOf(role), holder, store.now)));
  const roles = new Set(held.map((role) => String(role["roleTemplateId"] ?? "").toLowerCase()));
  return { id, user, groups, roles, guest: guestTypeOf(user), homeTenant: undefined };
};
