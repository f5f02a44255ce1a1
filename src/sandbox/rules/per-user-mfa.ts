/** Per-user MFA: what state an account is in, and how it moves by itself (howto-mfa-userstates). */

import { idOf } from "../collection.ts";
import type { PerUserMfaState, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import { moment, type Store } from "../store.ts";

const STATES: readonly PerUserMfaState[] = ["disabled", "enabled", "enforced"];

export const perUserStateNamed = (word: string): PerUserMfaState | undefined => STATES.find((state) => state.toLowerCase() === word.toLowerCase());

const hasRegistered = (store: Store, id: string): boolean => store.seen("registrationDetails", id)?.["isMfaRegistered"] === true;

const signedInSince = (store: Store, id: string, since: string): boolean => {
  const activity = store.seen("users", id)?.["signInActivity"];
  const last = isObject(activity) ? (activity["lastSuccessfulSignInDateTime"] ?? activity["lastSignInDateTime"]) : undefined;
  return typeof last === "string" && Date.parse(last) > Date.parse(since);
};

/**
 * The state as the service tells it now. Who is `enabled` and registers becomes `enforced`; when one who had registered
 * before becomes so, a dial says. A state that was filled in or put there stays as it was written.
 */
export const perUserStateOf = (store: Store, id: string): PerUserMfaState => {
  const record = store.seen("perUserMfa", id);
  const state = perUserStateNamed(String(record?.["perUserMfaState"] ?? "disabled")) ?? "disabled";
  const setAt = record?.["setAt"];
  if (state !== "enabled" || typeof setAt !== "string" || !hasRegistered(store, id)) return state;
  if (record?.["wasRegistered"] !== true) return "enforced";
  switch (store.dials.registeredJump) {
    case "never":
      return "enabled";
    case "at-once":
      return "enforced";
    case "at-sign-in":
      return signedInSince(store, id, setAt) ? "enforced" : "enabled";
  }
};

/** What is kept of an account whose state is set now. */
export const perUserRecord = (store: Store, user: WireObject, state: PerUserMfaState): WireObject => ({
  id: idOf(user),
  perUserMfaState: state,
  setAt: moment(store.now),
  wasRegistered: hasRegistered(store, idOf(user)),
});
