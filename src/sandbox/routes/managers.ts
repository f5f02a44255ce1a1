/** An account's manager (v1.0 user: List manager, Assign manager, Remove manager). */

import { idOf } from "../collection.ts";
import { type Answer, bodyOf, type Call, noContent, noSuchResource, type Route } from "../context.ts";
import { property, selectedOf } from "../odata.ts";
import { shownObject } from "../rules/directory-object.ts";
import { checkCloud, memberIdOf } from "../rules/group.ts";
import { managerOf } from "../rules/manager.ts";
import { userNamed } from "../rules/user.ts";

const READ = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const WRITE = ["User.ReadWrite.All", "Directory.ReadWrite.All"];

const get = (call: Call): Answer => {
  const manager = managerOf(call.store, userNamed(call.store, call.parameter("id")));
  // The service names the property here, and no object.
  if (manager === undefined) throw noSuchResource("manager");
  const shown = shownObject("user", manager, selectedOf(call.query), true);
  return { status: 200, body: { "@odata.context": `${call.root}/$metadata#directoryObjects/$entity`, ...shown } };
};

/** @param manager its id; null takes it away @throws Refusal 400 for an account whose master is on premises, 404 */
const set = (call: Call, manager: string | null): Answer => {
  const { store } = call;
  const key = call.parameter("id");
  const user = store.writable("users", idOf(userNamed(store, key)));
  if (user === undefined) throw noSuchResource(key);
  checkCloud(user);
  // Whether taking away a manager that is not there is refused is unconfirmed.
  if (manager === null && managerOf(store, user) === undefined) throw noSuchResource("manager");
  if (manager !== null && (store.seenType(manager) !== "user" || !store.canBeNamed(manager))) throw noSuchResource(manager);
  store.put("managers", { id: idOf(user), manager }, "directory");
  return noContent;
};

const PATH = "/users/{id}/manager";

export const managerRoutes: readonly Route[] = [
  { method: "GET", path: PATH, permissions: READ, bucket: "directory", options: ["select"], handle: get },
  {
    method: "PUT",
    path: `${PATH}/$ref`,
    permissions: WRITE,
    bucket: "directory",
    handle: (call) => set(call, memberIdOf(property(bodyOf(call), "@odata.id"))),
  },
  { method: "DELETE", path: `${PATH}/$ref`, permissions: WRITE, bucket: "directory", handle: (call) => set(call, null) },
];
