/** Accounts of a reviewed list that are not to sign in any more. Who differs is told by account, not by settings. */

import type { KindRules } from "./rules.ts";

export const accountBlock: KindRules<"account-block"> = {
  is: (settings) => "signIn" in settings,
  name: () => "Sign-in of listed accounts",
  over: (_observed, wanted) => wanted,
  normalise: (settings) => settings,
  fields: ({ signIn }) => [{ path: "signIn", value: signIn }],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
