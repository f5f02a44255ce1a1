/** Per-user MFA, in beta only (authentication-get and -update): v1.0 has no such member. */

import { idOf } from "../collection.ts";
import { type Answer, badRequest, bodyOf, type Call, noContent, noSuchResource, Refusal, type Route } from "../context.ts";
import { property } from "../odata.ts";
import { perUserRecord, perUserStateNamed, perUserStateOf } from "../rules/per-user-mfa.ts";
import { userNamed } from "../rules/user.ts";

const PATH = "/users/{id}/authentication/requirements";
const READ = ["Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"];
const WRITE = ["Policy.ReadWrite.AuthenticationMethod"];

const get = (call: Call): Answer => {
  const id = idOf(userNamed(call.store, call.parameter("id")));
  return {
    status: 200,
    body: { "@odata.context": `${call.root}/$metadata#users('${id}')/authentication/requirements`, perUserMfaState: perUserStateOf(call.store, id) },
  };
};

const change = (call: Call): Answer => {
  const { store } = call;
  const key = call.parameter("id");
  const user = store.writable("users", idOf(userNamed(store, key)));
  if (user === undefined) throw noSuchResource(key);
  const body = bodyOf(call);
  const word = property(body, "perUserMfaState");
  const state = typeof word === "string" ? perUserStateNamed(word) : undefined;
  const foreign = Object.keys(body).find((name) => !["perusermfastate", "@odata.type", "@odata.context"].includes(name.toLowerCase()));
  // Status and code are the directory's for such mistakes; the text is unconfirmed.
  if (state === undefined || foreign !== undefined) {
    throw badRequest(`Invalid value specified for property '${foreign ?? "perUserMfaState"}' of resource 'strongAuthenticationRequirements'.`);
  }
  store.put("perUserMfa", perUserRecord(store, user, state), "directory");
  return noContent;
};

/** The usual wording of OData; the service's own is unconfirmed. */
const noSuchMember = (): never => {
  throw new Refusal(400, "BadRequest", "Resource not found for the segment 'requirements'.");
};

// Which limit they count against is not stated; they are about users, so the directory's.
export const requirementRoutes: readonly Route[] = [
  { method: "GET", path: PATH, permissions: READ, bucket: "directory", versions: ["beta"], handle: get },
  { method: "PATCH", path: PATH, permissions: WRITE, bucket: "directory", versions: ["beta"], handle: change },
  { method: "GET", path: PATH, permissions: READ, bucket: "directory", handle: noSuchMember },
  { method: "PATCH", path: PATH, permissions: WRITE, bucket: "directory", handle: noSuchMember },
];
