/** Groups that hold a cohort. Their members are compared apart from their settings, as they may be half a million. */

import type { CohortGroupSettings } from "../tenant.ts";
import type { KindRules } from "./rules.ts";

export const cohortGroup: KindRules<"cohort-group"> = {
  is: (settings): settings is CohortGroupSettings => !("sort" in settings) && !("state" in settings),
  normalise: ({ name, description }) => ({ name, description }),
  fields: ({ name, description }) => [
    { path: "name", value: name },
    { path: "description", value: description },
  ],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
