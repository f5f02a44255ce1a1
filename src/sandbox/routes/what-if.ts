/** What-If: which policies would be about a sign-in, and why the others would not (conditionalAccessRoot: evaluate). */

import { bodyOf, type Call, Refusal, type Route } from "../context.ts";
import { placesOf } from "../evaluate.ts";
import { reasonsAgainst } from "../evaluate-policy.ts";
import { subjectOf } from "../evaluate-subject.ts";
import type { WireObject } from "../fill.ts";
import { hasP1, notLicensed } from "../rules/licence.ts";
import { asShown } from "../rules/policy.ts";
import { whatIfOf } from "../rules/what-if.ts";
import { knowsNewValues, preferenceApplied } from "./policies.ts";

/**
 * Policies in report-only apply here like those that are on (the page's examples); disabled ones do not. What the service says
 * without a licence, and of an account that is not there, is not documented.
 */
const evaluateRoute = (call: Call) => {
  const { store } = call;
  const { identity, facts, appliedOnly } = whatIfOf(bodyOf(call));
  if (!hasP1(store)) throw notLicensed();
  const user = store.seen("users", identity.userId);
  if (user === undefined) throw new Refusal(404, "ResourceNotFound", `User with id ${identity.userId} does not exist in the directory.`);
  const found = subjectOf(store, user);
  const subject = { ...found, guest: identity.guest ?? found.guest, homeTenant: identity.homeTenant };
  const places = placesOf(store);
  const value = [...store.of("policies").rows(call.now)].flatMap(({ object }): readonly WireObject[] => {
    const reasons = reasonsAgainst(object, subject, facts, places);
    if (appliedOnly && reasons.length > 0) return [];
    const shown = asShown(object, knowsNewValues(call));
    return [{ ...shown, policyApplies: reasons.length === 0, analysisReasons: reasons.length === 0 ? "notSet" : reasons.join(",") }];
  });
  return {
    status: 200,
    headers: preferenceApplied(call),
    body: { "@odata.context": `${call.root}/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)`, value },
  };
};

export const whatIfRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/identity/conditionalAccess/evaluate",
    permissions: ["Policy.Read.ConditionalAccess", "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"],
    bucket: "conditionalAccess",
    handle: evaluateRoute,
  },
];
