/** Security defaults: on or off, for the whole tenant. */

import type { KindRules } from "./rules.ts";

export const securityDefaults: KindRules<"security-defaults"> = {
  is: (settings) => "enabled" in settings,
  name: () => "Security defaults",
  over: (_observed, wanted) => wanted,
  normalise: ({ enabled }) => ({ enabled }),
  fields: ({ enabled }) => [{ path: "enabled", value: enabled }],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
