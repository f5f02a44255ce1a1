/** Of which tenant a list is: a plan knows none, so it is asked once there is one. */

import type { ReviewList } from "../plan/plan.ts";
import { byPlace, Problems } from "../plan/problems.ts";
import type { ObjectId } from "../tenant.ts";
import { MOST_PROBLEMS, tenantFault } from "./read.ts";

/** @returns the list without the rows of other tenants, which are problems of it from then on. */
export const ofTenant = (list: ReviewList, tenant: ObjectId): ReviewList => {
  const own = tenant.toLowerCase();
  const others = list.rows.filter(({ mark }) => mark.tenant !== own);
  if (others.length === 0) return list;
  const problems = new Problems();
  for (const { at, mark } of others) problems.add(at, tenantFault(mark));
  return { ...list, rows: list.rows.filter(({ mark }) => mark.tenant === own), problems: [...list.problems, ...problems.sorted(MOST_PROBLEMS)].sort(byPlace) };
};
