/** A policy of Exchange Online that says what may sign in with a password alone. It has no description, and cannot be renamed. */

import type { KindRules } from "./rules.ts";

export const authenticationPolicy: KindRules<"authentication-policy"> = {
  is: (settings) => "allowBasic" in settings,
  name: ({ name }) => name,
  over: (_observed, wanted) => wanted,
  normalise: ({ name, allowBasic }) => ({ name, allowBasic: [...new Set(allowBasic)].sort() }),
  fields: ({ name, allowBasic }) => [
    { path: "name", value: name },
    { path: "allowBasic", value: allowBasic },
  ],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
