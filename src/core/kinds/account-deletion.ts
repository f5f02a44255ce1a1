/** Accounts of a reviewed list that are to be deleted. Who differs is told by account, not by settings. */

import type { KindRules } from "./rules.ts";

export const accountDeletion: KindRules<"account-deletion"> = {
  is: (settings) => "accounts" in settings,
  name: () => "Listed accounts",
  over: (_observed, wanted) => wanted,
  normalise: (settings) => settings,
  fields: ({ accounts }) => [{ path: "accounts", value: accounts }],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
