/** Whose manager is who (user: List manager, Assign manager, Remove manager). */

import { idOf } from "../collection.ts";
import type { Call } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { notBuilt } from "../refusal.ts";
import type { Store } from "../store.ts";
import { shownObject } from "./directory-object.ts";

/** Who was deleted manages nobody until restored. */
export const managerOf = (store: Store, user: WireObject): WireObject | undefined => {
  const manager = store.seen("managers", idOf(user))?.["manager"];
  return typeof manager === "string" ? store.seen("users", manager) : undefined;
};

const NOTHING = (): WireObject => ({});

/**
 * What `$expand=manager` adds to one account; nothing where it has no manager.
 * @throws Refusal 501 for any other `$expand`, and for the chain of managers
 */
export const expandedManager = (call: Call): ((user: WireObject) => WireObject) => {
  const text = call.query.get("expand");
  if (text === undefined) return NOTHING;
  const [whole, inner = ""] = /^\s*manager\s*(?:\(([^()]*)\))?\s*$/i.exec(text) ?? [];
  if (whole === undefined) throw notBuilt(`$expand=${text}`);
  let selected: ReadonlySet<string> | undefined;
  for (const option of inner.split(";").filter((part) => part.trim() !== "")) {
    const [name = "", value = ""] = option.split("=", 2).map((part) => part.trim().toLowerCase());
    if (name === "$select") selected = new Set(value.split(",").map((part) => part.trim()));
    else if (name !== "$levels" || value !== "1") throw notBuilt(`$expand=${text}`);
  }
  return (user) => {
    const manager = managerOf(call.store, user);
    return manager === undefined ? {} : { manager: shownObject("user", manager, selected, true) };
  };
};
