/** Which kinds a plan is about: of the others nothing is asked. */

import { asksForStates } from "./per-user-wishes.ts";
import type { Plan } from "./plan/plan.ts";
import type { Kind } from "./tenant.ts";

/** Security defaults are always looked at, since the service lets no policy be switched on beside them. */
export const kindsUsed = (plan: Plan): ReadonlySet<Kind> =>
  new Set<Kind>(["cohort-group", "named-location", "conditional-access", "security-defaults", ...(asksForStates(plan) ? (["per-user-mfa"] as const) : [])]);
