/** What is wrong with a plan, or what it is about when nothing is. */

import type { CheckDocument, ProblemLine } from "../core/run-document.ts";
import { table } from "./layout.ts";
import type { Style } from "./style.ts";
import { safe } from "./text-safe.ts";
import { MAX_COLUMNS } from "./view.ts";
import { shortDay, shortTime } from "./when.ts";

const problemText = (problem: ProblemLine, style: Style): readonly string[] => [
  `${style.strong(safe(`${problem.file}:${problem.line}:${problem.column}`))}: ${safe(problem.message)}`,
  ...(problem.hint === undefined ? [] : [`  ${style.note("hint:")} ${safe(problem.hint)}`]),
];

const phasesText = (plan: NonNullable<CheckDocument["plan"]>): readonly string[] =>
  table(
    plan.phases.map((phase) => [shortDay(phase.starts, undefined), shortTime(phase.starts), safe(phase.title)]),
    [{ align: "right" }, {}, {}],
    MAX_COLUMNS,
  );

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;

export const checkText = (document: CheckDocument, style: Style): string => {
  const { plan } = document;
  const problems = document.problems.flatMap((problem) => problemText(problem, style));
  const remarks = document.remarks.flatMap((remark) => problemText(remark, style));
  const lines =
    plan === undefined
      ? [...problems, "", style.bad(`${count(document.problems.length, "problem")} in ${safe(document.file)}`)]
      : [
          `${style.strong(safe(plan.name))}: ${style.good("sound")}`,
          "",
          ...phasesText(plan),
          ...(remarks.length === 0 ? [] : ["", style.strong("Worth a look"), ...remarks]),
          "",
          `all times in ${plan.timeZone}`,
          `next: entra-rollout status ${safe(plan.file)}`,
        ];
  return `${lines.join("\n")}\n`;
};
