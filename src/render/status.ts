/** Where a plan stands in its tenant. */

import type { StatusDocument } from "../core/document.ts";
import { changesSum } from "./accounts.ts";
import { changeLines, headings } from "./changes.ts";
import { byHandLines, headerLine, section } from "./diff.ts";
import { findingLines } from "./findings.ts";
import { counted } from "./layout.ts";
import { SET_ASIDE, setAsideLines } from "./set-aside.ts";
import { safe } from "./text-safe.ts";
import { timeline } from "./timeline.ts";
import type { View } from "./view.ts";
import { distance } from "./when.ts";
import { kindWord, nameWithoutMark } from "./words.ts";

const dueLine = (document: StatusDocument): readonly string[] => {
  if (document.pending.length === 0) return [];
  const due = document.phases.filter((phase) => phase.state === "due").map((phase) => safe(phase.title));
  return [`${due.length === 0 ? "waiting to be applied" : `due now: ${due.join("; ")}`}: ${changesSum(document.pending)}`];
};

const waitingLine = (document: StatusDocument): readonly string[] => {
  const waiting = document.phases.filter((phase) => phase.state === "waiting").map((phase) => safe(phase.title));
  return waiting.length === 0 ? [] : [`waiting: ${waiting.join("; ")}`];
};

const nextLine = (document: StatusDocument): readonly string[] => {
  const { next } = document;
  if (next === null) return [];
  const titles = next.phases.map((id) => safe(document.phases.find((phase) => phase.id === id)?.title ?? id));
  return [`next: ${titles.join("; ")}, ${distance(document.asOf, next.starts)}`];
};

/** Everything but the last lines, which say what to type. */
export const statusText = (document: StatusDocument, view: View): string => {
  const open = document.findings.filter((finding) => finding.verdict !== "go" || finding.hint !== undefined);
  const drift = headings(document.drift, document.phases).flatMap(({ changes }) => changeLines(changes, view, document.drift));
  const leftOver = document.leftOver.map((change) => `  ${kindWord(change.kind)} "${safe(nameWithoutMark(change.name))}"`);
  const lines = [
    headerLine(document, view),
    view.style.strong(safe(document.plan.name)),
    "",
    ...timeline(document.phases, document.asOf, view),
    ...section(SET_ASIDE, setAsideLines(document.setAside, view), view),
    ...section("To do by hand", byHandLines(document.phases, document.asOf, view), view),
    ...section("Changed since, in phases that are live", drift, view),
    ...section("Made by this plan, no longer named in it", leftOver, view),
    ...section("What needs a look", findingLines(open, view), view),
    "",
    ...(open.length === 0 ? [view.style.quiet(`${counted(document.findings.length, "check")}: all go`)] : []),
    ...dueLine(document),
    ...waitingLine(document),
    ...nextLine(document),
  ];
  return `${lines.join("\n")}\n`;
};
