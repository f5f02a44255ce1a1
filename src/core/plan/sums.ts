/** Cohorts that are made of other cohorts, against each other. */

import type { Cohort } from "./plan.ts";
import { fault, quoted } from "./problems.ts";
import type { Sheet } from "./sheet.ts";

const partsOf = (cohort: Cohort | undefined): readonly string[] => (cohort?.source.type === "sum" ? [...cohort.source.of, ...cohort.source.without] : []);

/** @returns the shortest way from a cohort back to itself, or undefined. */
const circleOf = (cohorts: ReadonlyMap<string, Cohort>, name: string): readonly string[] | undefined => {
  const from = new Map<string, string>();
  let edge: readonly string[] = [name];
  while (edge.length > 0) {
    const next: string[] = [];
    for (const at of edge)
      for (const part of partsOf(cohorts.get(at))) {
        if (part === name) {
          const way = [at];
          for (let back = at; back !== name; ) {
            back = from.get(back) ?? name;
            way.unshift(back);
          }
          return [...way, name];
        }
        if (!from.has(part)) {
          from.set(part, at);
          next.push(part);
        }
      }
    edge = next;
  }
  return undefined;
};

/** Says which sums lead back to themselves, each circle once, and which take what cannot be counted. */
export const checkSums = (sheet: Sheet, cohorts: ReadonlyMap<string, Cohort>): void => {
  const told = new Set<string>();
  for (const [name, cohort] of cohorts) {
    for (const part of partsOf(cohort))
      if (cohorts.get(part)?.source.type === "dynamic")
        sheet.problems.add(
          cohort.place,
          fault(
            `cohort ${quoted(name)} counts with ${quoted(part)}, whose members only the service knows`,
            `name the accounts of ${quoted(part)} by where: in place of dynamic:`,
          ),
        );
    const circle = told.has(name) ? undefined : circleOf(cohorts, name);
    if (circle === undefined) continue;
    for (const one of circle) told.add(one);
    sheet.problems.add(
      cohort.place,
      fault(
        circle.length === 2 ? `cohort ${quoted(name)} is made of itself` : `cohort ${quoted(name)} is made of itself: ${circle.join(", ")}`,
        "one of them has to be said without the others",
      ),
    );
  }
};
