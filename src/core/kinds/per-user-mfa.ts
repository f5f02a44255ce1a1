/** Per-user MFA: the state that the accounts of a cohort are to have. Who differs is told by account, not by settings. */

import type { KindRules } from "./rules.ts";

export const perUserMfa: KindRules<"per-user-mfa"> = {
  is: (settings) => "perUser" in settings,
  name: () => "Per-user MFA",
  over: (_observed, wanted) => wanted,
  normalise: ({ perUser }) => ({ perUser }),
  fields: ({ perUser }) => [{ path: "perUser", value: perUser }],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
