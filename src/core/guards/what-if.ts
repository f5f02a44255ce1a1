/**
 * Where the service itself can be asked what policies make of a sign-in, it is, about a few accounts. Should it read a
 * policy otherwise than this tool does, the proof that nobody is locked out stands on sand.
 */

import type { Finding } from "../changes.ts";
import { type Ground, stanceOf } from "../evaluate.ts";
import { nameWithoutMark } from "../mark.ts";
import type { Observed, WhatIfAnswer } from "../observed.ts";
import { present, type ResourceOf } from "../tenant.ts";
import { counted, type Guard, type GuardInput, listed } from "./guard.ts";

const GUARD = "what-if";

/** With these words it says nothing of the policy, or of another state of it than the one that was read. */
const NO_ANSWER = ["notEnoughInformation", "invalidCondition", "invalidPolicy", "emptyPolicy", "policyNotEnabled"];

const groundOf = ({ resources }: Observed): Ground => {
  const list = resources["named-location"];
  return { locations: list.type === "present" ? present(new Map(list.value.map(({ id, settings }) => [id, settings]))) : list };
};

type Comparison = { readonly type: "same" } | { readonly type: "open" } | { readonly type: "differs"; readonly finding: Finding };

const compared = (policy: ResourceOf<"conditional-access">, { address, as, signIn, policies }: WhatIfAnswer, ground: Ground): Comparison => {
  const told = policies.get(policy.id);
  if (told === undefined || told.reasons.some((reason) => NO_ANSWER.includes(reason))) return { type: "open" };
  const { applies, because } = stanceOf(policy, signIn, ground);
  if (applies === "unknown") return { type: "open" };
  if ((applies === "yes") === told.applies) return { type: "same" };
  const [theirs, ours] = told.applies ? ["is", "is not"] : ["is not", "is"];
  const why = told.reasons.length === 0 ? "" : ` (${told.reasons.join(", ")})`;
  return {
    type: "differs",
    finding: {
      guard: GUARD,
      verdict: "unclear",
      detail: `What-If says that the policy "${nameWithoutMark(policy.settings.name)}" (${policy.id}) ${theirs} about ${address}, ${as}${why}; this tool says that it ${ours}: ${because}`,
      hint: "look at this account in What If in the admin centre, and at the policy; what the tool reads wrongly is worth a report",
      accounts: [address],
      count: 1,
      allowable: true,
    },
  };
};

const check = ({ observed }: GuardInput): readonly Finding[] => {
  const { whatIf } = observed;
  const list = observed.resources["conditional-access"];
  if (whatIf === undefined || whatIf.type === "absent" || list.type !== "present") return [];
  if (whatIf.type === "unknown") {
    return [
      {
        guard: GUARD,
        verdict: "go",
        detail: `What-If could not be asked whether it reads the policies in report-only as this tool does: ${whatIf.because}`,
        hint: "it needs the permission Policy.Read.ConditionalAccess; without it, try one account in What If in the admin centre",
        allowable: false,
      },
    ];
  }
  const ground = groundOf(observed);
  // Of one that is off it only says that it is off.
  const policies = list.value.filter(({ settings }) => settings.state !== "off");
  const all = whatIf.value.flatMap((answer) => policies.map((policy) => compared(policy, answer, ground)));
  const differing = all.flatMap((each) => (each.type === "differs" ? [each.finding] : []));
  const same = all.filter(({ type }) => type === "same").length;
  const open = all.filter(({ type }) => type === "open").length;
  const told = open === 0 ? "" : `; of ${counted(open, "answer")} more one of them cannot tell`;
  const who = listed(whatIf.value.map(({ address, as }) => `${address} (${as})`));
  if (differing.length > 0 || same === 0) return differing;
  return [{ guard: GUARD, verdict: "go", detail: `What-If and this tool agree in ${counted(same, "answer")} about ${who}${told}`, allowable: false }];
};

export const whatIf: Guard = {
  name: GUARD,
  about: "where policies stand in report-only, the service's What-If reads them as this tool does, for a few accounts",
  allowable: true,
  check,
};
