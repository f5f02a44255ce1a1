/** Where the plan's words about people do not meet the tenant's people. */

import type { Finding } from "../changes.ts";
import type { Remark } from "../observed.ts";
import { type Guard, type GuardInput, isOurs, keysOfCohort, liveCohorts, phaseOf } from "./guard.ts";

const GUARD = "lists";

/** The cohort's group is there, so that leaving it as it is means something. */
const hasGroup = ({ plan, observed, desired }: GuardInput, cohort: string): boolean => {
  const groups = observed.resources["cohort-group"];
  const keys = desired.resources.filter(({ membership }) => membership?.cohort === cohort).map(({ key }) => key);
  return groups.type === "present" && groups.value.some((group) => isOurs(plan, group) && group.mark !== undefined && keys.includes(group.mark.key));
};

/** With a hint also where nothing is stopped and somebody should still put it right, as when a live list is lost. */
type Judged = { readonly stops: boolean; readonly hint?: string };

const judge = (input: GuardInput, remark: Remark): Judged => {
  const live = liveCohorts(input.desired).has(remark.cohort);
  switch (remark.type) {
    case "pupils-unsaid":
      return { stops: true, hint: `say in ${input.plan.file} whether pupils are meant: pupils: in, or pupils: out, at the cohort ${remark.cohort}` };
    case "no-group":
      return { stops: live, ...(live && { hint: `make the group, or correct its name at the cohort ${remark.cohort} in ${input.plan.file}` }) };
    case "list-unusable":
      return {
        stops: live && !hasGroup(input, remark.cohort),
        ...(live && {
          hint: `mend the list of the cohort ${remark.cohort}, or put it back where ${input.plan.file} names it; whoever leaves needs a row that says so`,
        }),
      };
    case "row-unreadable":
      return { stops: false, hint: "correct the list and apply again; until then the rows that can be read hold" };
    case "no-account":
    case "alias-only":
      return { stops: false };
  }
};

const finding = (input: GuardInput, remark: Remark): Finding => {
  const { stops, hint } = judge(input, remark);
  const phase = phaseOf(input.desired, remark.cohort);
  return {
    guard: GUARD,
    verdict: stops ? "stop" : "go",
    ...(phase !== undefined && { phase }),
    detail: `${remark.cohort}: ${remark.detail}`,
    ...(hint !== undefined && { hint }),
    ...(remark.accounts.length > 0 && { accounts: remark.accounts }),
    allowable: false,
    ...(stops && { holds: keysOfCohort(input.desired, remark.cohort) }),
  };
};

export const lists: Guard = {
  name: GUARD,
  about: "the plan's lists, groups and patterns name people who are there, and it says of pupils whether they are meant",
  allowable: false,
  check: (input) => input.observed.remarks.map((remark) => finding(input, remark)),
};
