/** The way back from a run, before it is gone. */

import type { Run } from "../core/journal.ts";
import { isoIn } from "../core/plan/moments.ts";
import { PROGRESS_KEY } from "../core/progress.ts";
import type { ApplyDocument } from "../core/run-document.ts";
import type { PhaseId } from "../core/tenant.ts";
import type { UndoPlan } from "../core/undo.ts";
import { changeLines } from "./changes.ts";
import { headerLine, section, summaryLine } from "./diff.ts";
import { findingLines, stopWords } from "./findings.ts";
import { hanging } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View, zoneWord } from "./view.ts";
import { minuteMoment } from "./when.ts";
import { nameWithoutMark, titleWords } from "./words.ts";

const leftLines = ({ left }: UndoPlan, view: View): readonly string[] =>
  left.map(({ kind, name, because }) => hanging(`  ${titleWords(kind, name)}  `, safe(because), columnsOf(view)));

/** The group that remembers is one of the writes that are counted below. */
const keptIn = ({ changes }: Omit<ApplyDocument, "run">): string => {
  const group = changes.find(({ key }) => key === PROGRESS_KEY);
  return group === undefined ? "" : `, as the group "${safe(nameWithoutMark(group.name))}" will say`;
};

export const undoText = (document: Omit<ApplyDocument, "run">, run: Run, back: UndoPlan, hold: readonly PhaseId[], view: View): string => {
  const began = `${minuteMoment(isoIn(run.start.at, view.zone))} ${zoneWord(view.zone)}`;
  const stops = document.findings.some((finding) => finding.verdict !== "go");
  const lines = [
    headerLine(document, view),
    `takes back the run ${run.id} of ${began}${run.start.phases.length === 0 ? "" : `: ${safe(run.start.phases.join(", "))}`}`,
    ...section(
      "Put back",
      changeLines(
        document.changes.filter(({ key }) => key !== PROGRESS_KEY || run.start.relief !== undefined),
        view,
      ),
      view,
    ),
    ...section("Left as it is", leftLines(back, view), view),
    ...section(
      "On hold afterwards, until apply --phase begins them again",
      hold.length === 0 || back.steps.length === 0 ? [] : [`  ${safe(hold.join(", "))}${keptIn(document)}`],
      view,
    ),
    ...section("Checks", findingLines(document.findings, view), view),
    "",
    ...(document.changes.length === 0
      ? [back.left.length === 0 ? "nothing to take back: the tenant is as it was before that run" : "nothing can be taken back"]
      : [summaryLine(document, view)]),
    ...(stops ? [view.style.bad(`not to be taken back: ${stopWords(document.findings)}`)] : []),
  ];
  return `${lines.join("\n")}\n`;
};
