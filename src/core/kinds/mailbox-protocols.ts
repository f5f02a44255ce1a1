/** Protocols of mailboxes: those that are to be off for a cohort, or for all. Who differs is told by mailbox, not by settings. */

import type { KindRules } from "./rules.ts";

export const mailboxProtocols: KindRules<"mailbox-protocols"> = {
  is: (settings) => "off" in settings,
  name: () => "Protocols of mailboxes",
  over: (_observed, wanted) => wanted,
  normalise: ({ off }) => ({ off: [...new Set(off)].sort() }),
  fields: ({ off }) => [{ path: "off", value: off }],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
