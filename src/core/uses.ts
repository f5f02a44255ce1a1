/** Which kinds a plan is about: of the others nothing is asked. */

import { blockBasicPhases } from "./basic-wishes.ts";
import { asksForMailboxes } from "./mailbox-wishes.ts";
import { asksForStates } from "./per-user-wishes.ts";
import type { Plan } from "./plan/plan.ts";
import type { Kind } from "./tenant.ts";

/** Security defaults are always looked at, since the service lets no policy be switched on beside them. */
const ALWAYS: readonly Kind[] = ["cohort-group", "named-location", "conditional-access", "security-defaults"];

export const kindsUsed = (plan: Plan): ReadonlySet<Kind> => {
  const used = new Set(ALWAYS);
  if (plan.phases.some(({ allowMethods }) => allowMethods !== undefined)) used.add("authentication-methods");
  if (plan.phases.some(({ campaign }) => campaign !== undefined)) used.add("registration-campaign");
  if (asksForStates(plan)) used.add("per-user-mfa");
  if (asksForMailboxes(plan)) for (const kind of ["mailbox-plan", "mailbox-protocols", "smtp-auth"] as const) used.add(kind);
  if (blockBasicPhases(plan).length > 0) for (const kind of ["authentication-policy", "default-authentication-policy"] as const) used.add(kind);
  return used;
};
