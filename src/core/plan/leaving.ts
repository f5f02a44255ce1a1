/** Which phase of a plan takes the place of security defaults, as far as its words tell; in the tenant the accounts are counted. */

import type { Phase, Plan } from "./plan.ts";
import { fault, quoted } from "./problems.ts";
import type { Sheet } from "./sheet.ts";

const CLIENTS = ["web", "clients"] as const;

/** The first phase with which everybody is asked in every app, program and place, and kept from old programs. */
export const leavingPhase = ({ cohorts, phases }: Plan): Phase | undefined => {
  const isEverybody = (name: string): boolean => cohorts.some((cohort) => cohort.name === name && cohort.source.type === "all");
  const asked = new Set<string>();
  let isBlocked = false;
  return phases.find(({ requireMfa, blockLegacy }) => {
    if (requireMfa !== undefined && isEverybody(requireMfa.for) && requireMfa.apps === "all" && requireMfa.outside.length === 0)
      for (const client of requireMfa.on) asked.add(client);
    isBlocked ||= blockLegacy !== undefined && isEverybody(blockLegacy.for);
    return isBlocked && CLIENTS.every((client) => asked.has(client));
  });
};

/** Who says what becomes of Microsoft's policies means to leave security defaults: when that is, is worth a look. */
export const remarkLeaving = (sheet: Sheet, plan: Plan): void => {
  const [first] = plan.phases;
  if (plan.mechanism !== "conditional-access" || plan.microsoftManaged === undefined || first === undefined) return;
  const phase = leavingPhase(plan);
  if (phase === undefined) {
    const what = "no phase asks everybody in every app, program and place and blocks old programs for everybody";
    sheet.remarks.add(first.place, fault(`${what}: a tenant on security defaults keeps them, and the policies of this plan stay in report-only there`));
    return;
  }
  sheet.remarks.add(
    phase.place,
    fault(
      `a tenant on security defaults leaves them with the phase ${quoted(phase.id)}, the first that covers everybody; what comes before it stays in report-only there`,
    ),
  );
};
