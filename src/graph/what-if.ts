/** What-If on the wire: what the service's own evaluation makes of one sign-in. Facts, section 7.5. */

import type { SignIn } from "../core/sign-in.ts";
import type { ObjectId } from "../core/tenant.ts";
import type { Ask, GraphClient } from "./client.ts";
import { readableOr } from "./pager.ts";
import { flagIn, idIn, listIn, objectIn, textIn } from "./wire.ts";

/** Why a policy does not apply, in the service's words; none of them when it does. */
type WhatIfVerdict = { readonly applies: boolean; readonly reasons: readonly string[] };

const PROGRAMS = { browser: "browser", "mobile-and-desktop": "mobileAppsAndDesktopClients", activesync: "exchangeActiveSync", legacy: "other" } as const;

/** What is not known is left out: a condition that stands on it is then not evaluated. */
const bodyOf = ({ subject, target, program, address, country, platform, signInRisk, userRisk, insiderRisk, flow }: SignIn) => ({
  signInIdentity: { "@odata.type": "#microsoft.graph.userSignIn", userId: subject.id },
  signInContext: {
    "@odata.type": "#microsoft.graph.applicationContext",
    includeApplications: target.type === "application" ? [target.id] : [],
  },
  signInConditions: {
    ...(program !== undefined && { clientAppType: PROGRAMS[program] }),
    ...(typeof address === "string" && { ipAddress: address }),
    ...(typeof country === "string" && { country }),
    ...(typeof platform === "string" && { devicePlatform: platform }),
    ...(signInRisk !== undefined && { signInRiskLevel: signInRisk }),
    ...(userRisk !== undefined && { userRiskLevel: userRisk }),
    ...(insiderRisk !== undefined && { insiderRiskLevel: insiderRisk }),
    ...(flow === "none" && { authenticationFlow: { transferMethod: "none" } }),
  },
  appliedPoliciesOnly: false,
});

const verdictIn = (value: unknown): readonly [ObjectId, WhatIfVerdict] => {
  const wire = objectIn(value, "a result of What-If");
  const reasons = textIn(wire.analysisReasons ?? "notSet", "why a policy does not apply").split(/\s*,\s*/);
  return [
    idIn(wire.id, "a policy's id"),
    { applies: flagIn(wire.policyApplies, "whether a policy applies"), reasons: reasons.filter((reason) => reason !== "notSet" && reason !== "") },
  ];
};

/**
 * One account and one application a call; calls are paced with the others of conditional access. Only reads, although by POST,
 * and is not repeated when no answer comes.
 *
 * @returns by policy; one that the answer does not hold is not judged by it.
 * @throws ServiceError
 */
export const askWhatIf = async (client: GraphClient, signIn: SignIn): Promise<ReadonlyMap<ObjectId, WhatIfVerdict>> => {
  const ask: Ask = {
    method: "POST",
    path: "/identity/conditionalAccess/evaluate",
    headers: { Prefer: "include-unknown-enum-members" },
    body: bodyOf(signIn),
  };
  const { body } = await client.send(ask);
  return readableOr(ask, () => new Map(listIn(objectIn(body, "the answer of What-If").value, "the results of What-If").map(verdictIn)));
};
