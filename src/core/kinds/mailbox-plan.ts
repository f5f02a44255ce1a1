/** What new mailboxes of a licence start with. A wish is for every such plan of the tenant, and names no plan. */

import { MAILBOX_FLAGS, type MailboxPlanSettings } from "../tenant.ts";
import type { KindRules } from "./rules.ts";

const picked = (flags: MailboxPlanSettings["flags"], wanted: MailboxPlanSettings["flags"] = flags): MailboxPlanSettings["flags"] =>
  Object.fromEntries(MAILBOX_FLAGS.flatMap((flag) => (wanted[flag] === undefined || flags[flag] === undefined ? [] : [[flag, flags[flag]]])));

/** The service puts an id of its own behind the name that people know. */
const shortName = (plan: string): string => plan.replace(/-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "");

export const mailboxPlan: KindRules<"mailbox-plan"> = {
  is: (settings) => "flags" in settings,
  name: ({ plan }) => (plan === "" ? "New mailboxes" : shortName(plan)),
  over: (observed, wanted) => ({ plan: observed?.plan ?? wanted.plan, flags: { ...observed?.flags, ...wanted.flags } }),
  part: ({ plan, flags }, wanted) => ({ plan, flags: picked(flags, wanted.flags) }),
  normalise: ({ plan, flags }) => ({ plan, flags: picked(flags) }),
  // Off has to be told from not said, so both are words.
  fields: ({ flags }) => MAILBOX_FLAGS.map((flag) => ({ path: flag, value: flags[flag] === undefined ? null : flags[flag] ? "on" : "off" })),
  lenient: (observed, wanted) => MAILBOX_FLAGS.filter((flag) => wanted.flags[flag] === undefined || observed.flags[flag] === undefined),
  ids: () => [],
  mapIds: (settings) => settings,
};
