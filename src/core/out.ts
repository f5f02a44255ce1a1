/**
 * Whole domains that somebody took out of a plan on a bad morning: a group each, whose members are left out of all the
 * plan's policies. The plan itself does not know of them; the tenant does, in the plan's progress group.
 */

import type { Progress } from "./observed.ts";
import type { Cohort, Plan } from "./plan/plan.ts";

const PREFIX = "out-";

/** Keys hold no dots, and no domain holds an underscore. */
export const outKey = (domain: string): string => `${PREFIX}${domain.replaceAll(".", "_")}`;

/** Cohorts of a plan have keys without underscores. */
export const isOutKey = (key: string): boolean => key.startsWith(PREFIX) && key.includes("_");

export const outGroupName = (domain: string): string => `MFA rollout: ${domain} is out`.slice(0, 256);

/** What the group's description says behind its mark. */
export const OUT_KEPT = "its members are left out of this plan's policies until apply --back-in";

export const withoutOut = (progress: Progress, domain: string): Progress => {
  const { out = [], ...others } = progress;
  const left = out.filter((each) => each !== domain);
  return left.length === 0 ? others : { ...others, out: left };
};

/** A name that no cohort of a plan can have. */
export const outCohortName = (domain: string): string => `*out ${domain}`;

/** What is told of the words of a plan is not told of these. */
export const isOutCohort = (name: string): boolean => name.startsWith("*out ");

const cohortOf = ({ file }: Plan, domain: string): Cohort => ({
  name: outCohortName(domain),
  slug: outKey(domain),
  source: { type: "domains", patterns: [domain] },
  except: [],
  pupils: "in",
  guests: "in",
  serviceAccounts: "in",
  place: { file, line: 1, column: 1 },
});

/** The plan with a cohort for each domain that is out, so that their accounts are read and counted like others. */
export const planWithOut = (plan: Plan, progress: Pick<Progress, "out"> | undefined): Plan => {
  const out = progress?.out ?? [];
  return out.length === 0 ? plan : { ...plan, cohorts: [...plan.cohorts, ...out.map((domain) => cohortOf(plan, domain))] };
};
