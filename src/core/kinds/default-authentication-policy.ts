/** Which authentication policy counts for every account that has none of its own. */

import type { KindRules } from "./rules.ts";

export const defaultAuthenticationPolicy: KindRules<"default-authentication-policy"> = {
  is: (settings) => "defaultPolicy" in settings,
  name: () => "Default authentication policy",
  over: (observed, { defaultPolicy }) => ({ defaultPolicy, dehydrated: observed?.dehydrated ?? false }),
  normalise: ({ defaultPolicy, dehydrated }) => ({ defaultPolicy, dehydrated }),
  fields: ({ defaultPolicy }) => [{ path: "defaultPolicy", value: defaultPolicy }],
  lenient: () => [],
  ids: ({ defaultPolicy }) => (defaultPolicy === null ? [] : [defaultPolicy]),
  mapIds: ({ defaultPolicy, dehydrated }, change) => ({ defaultPolicy: defaultPolicy === null ? null : change(defaultPolicy), dehydrated }),
};
