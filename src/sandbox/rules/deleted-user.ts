/** How an account is deleted, kept for thirty days, restored, and gone for good (user-delete, directory-deleteditems-restore, -delete). */

import { idOf } from "../collection.ts";
import { followsRule } from "../dynamic-members.ts";
import type { Json, WireObject } from "../fill.ts";
import { ownersOf } from "../members.ts";
import { badRequest, denied, Refusal } from "../refusal.ts";
import { type Change, plainAddress, type Store } from "../store.ts";
import { licencesRestored, unitsFreed } from "./assignment.ts";
import { deletionOf } from "./directory-object.ts";
import { textsIn } from "./shape.ts";
import { checkAddress, checkFree } from "./user.ts";

/** Administrators, and who is in a group that may be one or owns it (users: "Who can perform sensitive actions"). */
const isPrivileged = (store: Store, id: string): boolean => {
  const groups = [...store.of("groups").rows(store.now)].map((row) => row.object).filter((group) => group["isAssignableToRole"] === true);
  return (
    store.rolesOf(id).length > 0 ||
    store.groupsOf(id, true).some((group) => group["isAssignableToRole"] === true || store.rolesOf(idOf(group)).length > 0) ||
    groups.some((group) => store.members.sees(ownersOf(idOf(group)), id, store.now))
  );
};

/** Permissions alone do not reach administrators. @throws Refusal 403 */
export const checkReach = (store: Store, id: string): void => {
  const reaches = store.dials.reachesAdministrators ?? store.dials.permissions === "all";
  if (!reaches && isPrivileged(store, id)) throw denied();
};

/** A directory on premises is read every half an hour. */
const SYNC_MS = 1_800_000;

/**
 * What moves an account to the deleted items. Memberships, ownerships, roles and the manager are kept where they are and nobody sees
 * them; so are its registered methods and its per-user MFA, of which no page says anything.
 * @throws Refusal 400 for a synced one unless the dials say otherwise: sources conflict, and refusing is what portals do; 403 for an administrator
 */
export const userDeletion = (store: Store, user: WireObject): readonly Change[] => {
  const id = idOf(user);
  const synced = user["onPremisesSyncEnabled"] === true;
  if (synced && store.dials.syncedDeletion === "refused") {
    throw badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.");
  }
  checkReach(store, id);
  if (!synced) return [...deletionOf("user", user, store), ...unitsFreed(store, user)];
  const seenFrom = Math.max((Math.floor(store.now / SYNC_MS) + 1) * SYNC_MS, store.seenFrom("directory"));
  return [
    ...deletionOf("user", user, store),
    { type: "put", collection: "users", object: user, seenFrom },
    { type: "remove", collection: "deletedUsers", id, seenFrom },
  ];
};

/** Deleted accounts bear their id before their old address, so that another may have it; their other properties stay as they were. */
export const shownDeleted = (user: WireObject): WireObject => ({
  ...user,
  userPrincipalName: `${idOf(user).replaceAll("-", "")}${String(user["userPrincipalName"])}`,
});

export type RestoreWish = { readonly autoReconcileProxyConflict: boolean; readonly newUserPrincipalName: string | undefined };

/** @throws Refusal 400 */
export const restoreWishOf = (body: WireObject | undefined): RestoreWish => {
  let wish: RestoreWish = { autoReconcileProxyConflict: false, newUserPrincipalName: undefined };
  const wrong = (name: string): Refusal => badRequest(`Invalid value specified for parameter '${name}' of action 'restore'.`);
  for (const [name, value] of Object.entries(body ?? {})) {
    switch (name.toLowerCase()) {
      case "autoreconcileproxyconflict":
        if (value !== null && typeof value !== "boolean") throw wrong(name);
        wish = { ...wish, autoReconcileProxyConflict: value === true };
        break;
      case "newuserprincipalname":
        if (value !== null && typeof value !== "string") throw wrong(name);
        wish = { ...wish, newUserPrincipalName: value ?? undefined };
        break;
      default:
        throw wrong(name);
    }
  }
  return wish;
};

/** Without the addresses that another account has taken since. @throws Refusal 400, worded as for a taken name; the service's own text is unconfirmed */
const withOwnAddresses = (store: Store, user: WireObject, reconciles: boolean): WireObject => {
  const id = idOf(user);
  const proxies = textsIn(user["proxyAddresses"]);
  const taken = proxies.filter((proxy) => {
    const other = store.hasMailAddress(plainAddress(proxy));
    return other !== undefined && idOf(other) !== id;
  });
  if (taken.length === 0) return user;
  if (!reconciles) {
    const message = "Another object with the same value for property proxyAddresses already exists.";
    throw new Refusal(400, "Request_BadRequest", message, { details: [{ code: "ObjectConflict", target: "proxyAddresses", message }] });
  }
  const lost = new Set(taken.map(plainAddress));
  const mail = user["mail"];
  return {
    ...user,
    mail: typeof mail === "string" && lost.has(mail.toLowerCase()) ? null : (mail ?? null),
    proxyAddresses: proxies.filter((proxy) => !taken.includes(proxy)),
  };
};

/** Everything that the account is in, owns, or holds is taken from it. */
const partingsOf = (store: Store, id: string, seenFrom: number): readonly Change[] => {
  const groups = [...store.of("groups").currentRows()].map((row) => row.object);
  const owned = [...groups, ...[...store.of("applications").currentRows()].map((row) => row.object)].map((object) => ownersOf(idOf(object)));
  const roles = [...store.of("directoryRoles").currentRows()].map((row) => idOf(row.object));
  return [...groups.filter((group) => !followsRule(group)).map(idOf), ...owned, ...roles]
    .filter((container) => store.members.has(container, id))
    .map((container) => ({ type: "members", container, added: [], removed: [id], seenFrom }));
};

const noManager = (id: string, seenFrom: number): Change => ({ type: "put", collection: "managers", object: { id, manager: null }, seenFrom });

/**
 * What brings a deleted account back, with the same id; blocked if it was blocked.
 * @throws Refusal 400 where its name or one of its addresses is another's now; 403 for an administrator
 */
export const userRestored = (store: Store, deleted: WireObject, wish: RestoreWish): { readonly user: WireObject; readonly changes: readonly Change[] } => {
  const id = idOf(deleted);
  checkReach(store, id);
  const name = wish.newUserPrincipalName ?? String(deleted["userPrincipalName"]);
  if (wish.newUserPrincipalName !== undefined) checkAddress(name, store);
  checkFree(name, id, store);
  const named: Readonly<Record<string, Json>> = { ...deleted, userPrincipalName: name, deletedDateTime: null };
  const { user, changes } = licencesRestored(store, withOwnAddresses(store, named, wish.autoReconcileProxyConflict));
  const { memberships, manager } = store.dials.restoreBrings;
  const seenFrom = store.seenFrom("directory");
  return {
    user,
    changes: [
      { type: "remove", collection: "deletedUsers", id, seenFrom },
      { type: "put", collection: "users", object: user, seenFrom },
      ...changes,
      ...(memberships ? [] : partingsOf(store, id, store.now)),
      ...(manager ? [] : [noManager(id, store.now)]),
    ],
  };
};

/** What makes a deleted account go for good. */
export const userPurged = (store: Store, id: string): readonly Change[] => {
  const seenFrom = store.seenFrom("directory");
  return [{ type: "remove", collection: "deletedUsers", id, seenFrom }, ...partingsOf(store, id, seenFrom), noManager(id, seenFrom)];
};
