/** Where the plan's words about people do not meet the tenant's people. */

import type { Change, Finding } from "../changes.ts";
import { partsOf } from "../cohorts.ts";
import { settingsOf } from "../kinds/index.ts";
import { nameWithoutMark } from "../mark.ts";
import type { Remark } from "../observed.ts";
import { changesOf, type Guard, type GuardInput, isOurs, keysOfCohort, liveCohorts, phaseOf } from "./guard.ts";

const GUARD = "lists";

/** The cohort and the sums that it is a part of. */
const within = ({ plan }: GuardInput, cohort: string): readonly string[] =>
  plan.cohorts.map(({ name }) => name).filter((name) => partsOf(plan, name).has(cohort));

/** The groups that go by the cohort are there, so that leaving them as they are means something. */
const hasGroup = (input: GuardInput, cohort: string): boolean => {
  const { plan, observed, desired } = input;
  const groups = observed.resources["cohort-group"];
  const named = within(input, cohort);
  const keys = desired.resources.filter(({ membership }) => membership !== undefined && named.includes(membership.cohort)).map(({ key }) => key);
  const there = groups.type === "present" ? groups.value.flatMap((group) => (isOurs(plan, group) && group.mark !== undefined ? [group.mark.key] : [])) : [];
  return keys.length > 0 && keys.every((key) => there.includes(key));
};

/** With a hint also where nothing is stopped and somebody should still put it right, as when a live list is lost. */
type Judged = { readonly stops: boolean; readonly hint?: string };

const judge = (input: GuardInput, remark: Remark): Judged => {
  const lives = liveCohorts(input.desired);
  const live = within(input, remark.cohort).some((name) => lives.has(name));
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
    case "rule-pending":
      return { stops: false, ...(live && { hint: "nobody is asked by it until the service is done; look again, or at the rule" }) };
    case "pupils-by-rule":
      return { stops: false, hint: `if they are not meant, say so in the rule of the cohort ${remark.cohort} in ${input.plan.file}` };
    case "row-unreadable":
      return { stops: false, hint: "correct the list and apply again; until then the rows that can be read hold" };
    case "no-account":
    case "alias-only":
      return { stops: false };
  }
};

const finding = (input: GuardInput, remark: Remark): Finding => {
  const { stops, hint } = judge(input, remark);
  const named = within(input, remark.cohort);
  const [phase] = named.flatMap((name) => phaseOf(input.desired, name) ?? []);
  return {
    guard: GUARD,
    verdict: stops ? "stop" : "go",
    ...(phase !== undefined && { phase }),
    detail: `${remark.cohort}: ${remark.detail}`,
    ...(hint !== undefined && { hint }),
    ...(remark.accounts.length > 0 && { accounts: remark.accounts }),
    allowable: false,
    ...(stops && { holds: named.flatMap((name) => keysOfCohort(input.desired, name)) }),
  };
};

/** That a rule has found nobody says something only once its group is to be used. */
const isTimely = (input: GuardInput, { type, cohort }: Remark): boolean =>
  type !== "rule-pending" || within(input, cohort).some((name) => liveCohorts(input.desired).has(name));

/** The service follows in its own time; meanwhile those whom it found before are asked. */
const newRule = ({ action, name, before, after, phases: [phase] }: Change): readonly Finding[] => {
  if (action !== "update" || before === undefined || after === undefined) return [];
  const [old, now] = [settingsOf("cohort-group", before).dynamic, settingsOf("cohort-group", after).dynamic];
  if (now === undefined || (old?.rule === now.rule && old.processing === now.processing)) return [];
  return [
    {
      guard: GUARD,
      verdict: "go",
      ...(phase !== undefined && { phase }),
      detail: `the group "${nameWithoutMark(name)}" is to find its members by ${old === undefined ? "a rule" : "another rule"}: the service takes minutes to a day for it, and until then those who are in are asked`,
      allowable: false,
    },
  ];
};

export const lists: Guard = {
  name: GUARD,
  about: "the plan's lists, groups and patterns name people who are there, and it says of pupils whether they are meant",
  allowable: false,
  check: (input) => [
    ...input.observed.remarks.filter((remark) => isTimely(input, remark)).map((remark) => finding(input, remark)),
    ...changesOf(input.diff, "cohort-group").flatMap(newRule),
  ],
};
