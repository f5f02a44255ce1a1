/** Authentication strengths (authenticationStrengthRoot: List policies, authenticationStrengthPolicy: Get). */

import { entity, filterOf, pageOf, Refusal, type Route } from "../context.ts";
import { STRENGTHS, strengthWithId } from "../rules/strengths.ts";

const READ = ["Policy.Read.AuthenticationMethod", "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Policy.ReadWrite.AuthenticationMethod"];

const PATH = "/policies/authenticationStrengthPolicies";

export const strengthRoutes: readonly Route[] = [
  {
    method: "GET",
    path: PATH,
    permissions: READ,
    bucket: "directory",
    options: ["select", "filter"],
    handle: (call) =>
      pageOf(call, {
        context: PATH.slice(1),
        rows: (after) => STRENGTHS.map((object, place) => ({ place, object })).filter((row) => row.place > after),
        filter: filterOf(call, { id: ["eq"], displayname: ["eq"], policytype: ["eq"] }),
      }),
  },
  {
    method: "GET",
    path: `${PATH}/{id}`,
    permissions: READ,
    bucket: "directory",
    options: ["select"],
    handle: (call) => {
      const id = call.parameter("id");
      const strength = strengthWithId(id);
      if (strength === undefined) throw new Refusal(404, "ResourceNotFound", `AuthenticationStrengthPolicy with id ${id} does not exist in the directory.`);
      return entity(call, PATH.slice(1), strength);
    },
  },
];
