/** Whether programs may hand in mail with a password: the tenant's own word, which a mailbox's word overrides. */

import type { KindRules } from "./rules.ts";

export const smtpAuth: KindRules<"smtp-auth"> = {
  is: (settings) => "smtpAuth" in settings,
  name: () => "SMTP AUTH of the tenant",
  over: (_observed, wanted) => wanted,
  normalise: ({ smtpAuth: value }) => ({ smtpAuth: value }),
  fields: ({ smtpAuth: value }) => [{ path: "smtpAuth", value }],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
