/** Exclusions whose end has passed and which the plan still has. Only time makes them wrong, so nothing is stopped. */

import type { Finding } from "../changes.ts";
import { formatDay, localOf } from "../plan/moments.ts";
import { type Guard, listed } from "./guard.ts";

const GUARD = "overdue";

export const overdue: Guard = {
  name: GUARD,
  about: "exclusions whose end has passed: told, never stopped",
  allowable: false,
  check: ({ plan, moment }) => {
    const today = localOf(moment, plan.timeZone).slice(0, 10);
    return plan.cohorts.flatMap(({ name, except }) =>
      except
        // The day named is the last on which it holds.
        .filter(({ until }) => until !== undefined && until < today)
        .map(({ accounts, because, owner, until = today, place }): Finding => {
          const patterns = listed(accounts);
          return {
            guard: GUARD,
            verdict: "go",
            detail: `the exclusion of ${patterns} from ${name} ended on ${formatDay(until)} and is overdue: they are still not asked (because: ${because}; ${owner} answers for it)`,
            hint: `take it out of ${place.file}, line ${place.line}, or give it a new end`,
            allowable: false,
          };
        }),
    );
  },
};
