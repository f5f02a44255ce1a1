/** Users, groups and roles as lists of mixed directory objects show them, and what deleting one does. */

import { idOf } from "../collection.ts";
import type { WireObject } from "../fill.ts";
import { project } from "../odata.ts";
import { type Change, moment, type Store } from "../store.ts";

export type ObjectType = "user" | "group" | "directoryRole" | "application";

/** What the service shows of a user unless asked for more (user: List). */
const USUAL_USER = [
  "businessPhones",
  "displayName",
  "givenName",
  "id",
  "jobTitle",
  "mail",
  "mobilePhone",
  "officeLocation",
  "preferredLanguage",
  "surname",
  "userPrincipalName",
];
const USUAL: ReadonlySet<string> = new Set(USUAL_USER.map((name) => name.toLowerCase()));

/** @param typed with its `@odata.type`, as in lists that hold several types */
export const shownObject = (type: ObjectType, object: WireObject, selected: ReadonlySet<string> | undefined, typed: boolean): WireObject => {
  const { "@odata.type": _, signInActivity: __, ...shown } = project(object, selected ?? (type === "user" ? USUAL : undefined));
  return typed ? { "@odata.type": `#microsoft.graph.${type}`, ...shown } : shown;
};

/** Then it is gone for good. */
const KEPT_MS = 30 * 86_400_000;

/** Whether something that was deleted can still come back. */
export const isKept = (object: WireObject, now: number): boolean => now - Date.parse(String(object["deletedDateTime"])) < KEPT_MS;

/** The changes that move a user or a group to the deleted items; who is in which group is kept for a restore. */
export const deletionOf = (type: "user" | "group", object: WireObject, store: Store): readonly Change[] => {
  const seenFrom = store.seenFrom("directory");
  return [
    { type: "remove", collection: type === "user" ? "users" : "groups", id: idOf(object), seenFrom },
    {
      type: "put",
      collection: type === "user" ? "deletedUsers" : "deletedGroups",
      object: { ...object, deletedDateTime: moment(store.now) },
      seenFrom,
    },
  ];
};
