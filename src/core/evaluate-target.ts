/** What a policy protects: applications, user actions, authentication contexts. "Conditional Access: Target resources". */

import { earlyBound, meansApplication } from "./applications.ts";
import { anyOf, at, butNot, membersOf, no, strangersIn, textOf, unsure, type Verdict, wordsOf, yes } from "./evaluate-logic.ts";
import type { SignIn, Target } from "./sign-in.ts";
import type { Json, ObjectId, PolicySettings } from "./tenant.ts";

const ACTIONS = { "register-security-info": "urn:user:registersecurityinfo", "register-device": "urn:user:registerdevice" } as const satisfies Record<
  Extract<Target, { readonly type: "user-action" }>["action"],
  string
>;

const CONTEXTS = "includeAuthenticationContextClassReferences";
const KNOWN = [CONTEXTS, "applicationFilter"];

const named = (entries: readonly string[], id: ObjectId): readonly Verdict[] =>
  entries.map((entry): Verdict => {
    const applies = meansApplication(entry, id);
    if (applies === "yes") return yes(entry === "all" ? "all applications" : `application ${entry}`);
    return applies === "no" ? no("it names other applications") : unsure(`nobody can say whether ${entry} means application ${id}`);
  });

/** Attributes of applications can be read by those only who are given a role for it, which this tool is not ("Filter for applications"). */
const filtered = (applications: Json | undefined, mode: "include" | "exclude"): readonly Verdict[] => {
  const filter = at(applications, "applicationFilter");
  if (membersOf(filter).length === 0) return [];
  const said = textOf(at(filter, "mode"));
  return said === mode || (said !== "include" && said !== "exclude") ? [unsure("it goes by attributes of applications, which cannot be read")] : [];
};

const newMembers = (applications: Json | undefined, otherSide: "include" | "exclude"): readonly Verdict[] =>
  strangersIn(applications, [...KNOWN, ...membersOf(applications).flatMap(([key]) => (key.startsWith(otherSide) ? [key] : []))], "applications");

/** Who filters and takes everything may mean either: that the filter adds nothing, or that it narrows. */
const byFilter = (included: Verdict, filters: readonly Verdict[], all: boolean): Verdict => {
  const [filter] = filters;
  if (filter === undefined) return included;
  return included.applies === "yes" && !all ? included : filter;
};

const applicationVerdict = ({ apps, other }: PolicySettings, id: ObjectId): Verdict => {
  const applications = at(other, "conditions", "applications");
  const direct = anyOf([...named(apps.include, id), ...newMembers(applications, "exclude")], "it names other applications");
  const included = byFilter(direct, filtered(applications, "include"), apps.include.includes("all"));
  const excluded = anyOf([...named(apps.exclude, id), ...filtered(applications, "exclude"), ...newMembers(applications, "include")], "");
  const leftOut: Verdict =
    excluded.applies === "yes"
      ? yes(`it leaves out ${excluded.because}`)
      : excluded.applies === "unknown"
        ? unsure(`it may leave out the application: ${excluded.because}`)
        : excluded;
  const own = butNot(included, leftOut);
  if (own.applies === "yes") return own;
  // "Early-bound policy enforcement means a user must satisfy the dependent service policy before accessing the calling app" ("Service dependencies").
  const below = anyOf(
    earlyBound(id).map((service) => butNot(anyOf(named(apps.include, service), ""), anyOf(named(apps.exclude, service), ""))),
    "",
  );
  if (below.applies === "no") return own;
  const because = `${below.because}, on which application ${id} stands`;
  // Left out by name and asked through what it stands on: the pages say both.
  return excluded.applies === "no" ? anyOf([{ ...below, because }, own], "") : unsure(because);
};

/**
 * A policy is for applications, for user actions or for authentication contexts, one of the three ("Target resources"). One for all
 * applications is about user actions as well: "All admin roles except au1_All resources_No conditions_MFA" applies to registering in
 * the third example of conditionalAccessRoot: evaluate. Applications that it leaves out change nothing there: an action is none of them.
 */
export const targetVerdict = (settings: PolicySettings, { target }: SignIn): Verdict => {
  const applications = at(settings.other, "conditions", "applications");
  switch (target.type) {
    case "application":
      return applicationVerdict(settings, target.id);
    case "user-action": {
      const wanted = ACTIONS[target.action];
      const named = settings.apps.userActions.some((action) => action.toLowerCase() === wanted);
      const filters = filtered(applications, "include");
      return anyOf(
        [
          ...(named ? [yes("that user action")] : []),
          ...(settings.apps.include.includes("all") ? [filters[0] ?? yes("all applications")] : []),
          ...newMembers(applications, "exclude"),
        ],
        "it is not about that user action",
      );
    }
    case "authentication-context": {
      const contexts = wordsOf(at(applications, CONTEXTS));
      if (contexts === undefined) return unsure("the authentication contexts that it names cannot be read");
      const named = contexts.some((context) => context.toLowerCase() === target.value.toLowerCase());
      return anyOf(
        [...(named ? [yes("that authentication context")] : []), ...newMembers(applications, "exclude")],
        "it is not about that authentication context",
      );
    }
  }
};
