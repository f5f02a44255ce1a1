/** The service refuses a policy that is on while security defaults are; one in report-only it takes. */

import { changesOf, counted, type Guard } from "./guard.ts";

const GUARD = "security-defaults";

export const securityDefaults: Guard = {
  name: GUARD,
  about: "security defaults are off where a policy is to be switched on",
  allowable: false,
  check: ({ observed, diff }) => {
    const enabling = changesOf(diff, "conditional-access").filter(({ after }) => after !== undefined && "state" in after && after.state === "on");
    if (enabling.length === 0) return [];
    const { securityDefaults: on } = observed;
    const holds = enabling.map(({ kind, key }) => ({ kind, key }));
    if (on.type === "unknown") {
      return [
        {
          guard: GUARD,
          verdict: "unclear",
          detail: `whether security defaults are on is not known: ${on.because}`,
          hint: "run it again; if it stays so, check that this tool may read the policies",
          allowable: false,
          holds,
        },
      ];
    }
    if (on.type === "absent" || !on.value) return [];
    return [
      {
        guard: GUARD,
        verdict: "stop",
        detail: `security defaults are on, and as long as they are the service lets no policy be switched on; ${counted(enabling.length, "policy", "policies")} would be`,
        hint: "turn security defaults off in the Entra admin centre (Overview, Properties) once policies for everyone they covered are ready in report-only, then apply at once: between the two the tenant has neither",
        allowable: false,
        holds,
      },
    ];
  },
};
