/** Without Entra ID P1 the service refuses every write that conditional access needs. */

import { settingsOf } from "../kinds/index.ts";
import type { Kind } from "../tenant.ts";
import { changesOf, counted, type Guard, listed } from "./guard.ts";

const GUARD = "licence";

export const licence: Guard = {
  name: GUARD,
  about: "the tenant's licences allow what the plan needs",
  allowable: false,
  check: ({ observed, diff }) => {
    const rules = changesOf(diff, "cohort-group").filter(({ after }) => after !== undefined && settingsOf("cohort-group", after).dynamic !== undefined);
    const needing = [...rules, ...changesOf(diff, "named-location"), ...changesOf(diff, "conditional-access")].map(({ kind, key }) => ({ kind, key }));
    if (needing.length === 0) return [];
    const { licence: held } = observed;
    if (held.type === "unknown") {
      return [
        {
          guard: GUARD,
          verdict: "unclear",
          detail: `whether the tenant has Entra ID P1 is not known: ${held.because}`,
          hint: "run it again; if it stays so, check that this tool may read the licences",
          allowable: false,
        },
      ];
    }
    const count = (kind: Kind): number => needing.filter((each) => each.kind === kind).length;
    const missing = [
      ...(count("named-location") > 0 ? [counted(count("named-location"), "network")] : []),
      ...(count("conditional-access") > 0 ? [counted(count("conditional-access"), "policy", "policies")] : []),
    ];
    if (held.type === "present" && (held.value.p1 || held.value.p2)) return [];
    return [
      {
        guard: GUARD,
        verdict: "stop",
        detail: `the tenant has no Entra ID P1; conditional access cannot be used: the service would refuse ${listed(missing)}`,
        hint: "buy or start a trial of a licence with Entra ID P1 (in Microsoft 365 A3, A5, E3, E5, Business Premium), or plan without it: mechanism: security-defaults asks everybody and needs no licence; mechanism: per-user asks account by account, cohort after cohort",
        allowable: false,
      },
    ];
  },
};
