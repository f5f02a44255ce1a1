/** Groups that hold a cohort. Their members are compared apart from their settings, as they may be half a million. */

import type { CohortGroupSettings } from "../tenant.ts";
import type { KindRules } from "./rules.ts";

export const cohortGroup: KindRules<"cohort-group"> = {
  is: (settings): settings is CohortGroupSettings => "description" in settings && !("grant" in settings),
  name: ({ name }) => name,
  over: (_observed, wanted) => wanted,
  normalise: ({ name, description, dynamic }) => ({
    name,
    description,
    ...(dynamic !== undefined && { dynamic: { rule: dynamic.rule.trim(), processing: dynamic.processing } }),
  }),
  fields: ({ name, description, dynamic }) => [
    { path: "name", value: name },
    { path: "description", value: description },
    { path: "rule", value: dynamic?.rule ?? null },
    { path: "processing", value: dynamic?.processing ?? null },
  ],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
