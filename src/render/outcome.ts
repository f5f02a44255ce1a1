/** What came of a run: what arrived, what did not and why, and what to type next. */

import { MOST_NAMED, namesInShort } from "../core/mailbox-names.ts";
import type { ApplyDocument, LeftStep } from "../core/run-document.ts";
import { counted, hanging, padEnd } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { widthOf } from "./width.ts";
import { kindWord, nameWithoutMark } from "./words.ts";

const RESULTS = { refused: "refused", unknown: "not known", "left-out": "left out", differs: "differs" } as const satisfies Record<LeftStep["result"], string>;
const PAINTS = { refused: "bad", unknown: "warning", "left-out": "warning", differs: "warning" } as const satisfies Record<
  LeftStep["result"],
  keyof View["style"]
>;

/** An address says who it is; its mailbox's own id, which stands behind it, is for programs. */
const byAddress = (name: string): string => name.replace(/ \([0-9a-f-]{36}\)$/, "");

/** Of what nobody knows yet the first names say nothing of the others; whoever was refused is told as far as there is room. */
const namesWords = ({ result }: LeftStep, names: readonly string[]): string => {
  const count = `${names.length.toLocaleString("en-GB")} mailboxes`;
  if (result === "unknown" && names.length > MOST_NAMED) return count;
  return safe(`${names.length > 1 ? `${count}, ` : ""}${namesInShort(names.map(byAddress))}`);
};

export const leftLines = (left: readonly LeftStep[], view: View): readonly string[] => {
  const titles = left.map(({ kind, name }) => `${kindWord(kind)} "${safe(nameWithoutMark(name))}"`);
  const width = Math.min(48, Math.max(0, ...titles.map(widthOf)));
  // Twenty members a step, ten mailboxes: many steps may share one fate, which is told once.
  const told = new Map<string, { readonly step: LeftStep; readonly title: string; readonly times: number; readonly mailboxes: string[] }>();
  for (const [at, step] of left.entries()) {
    const title = titles[at] ?? "";
    const key = `${title}\n${step.result}\n${step.because}`;
    const before = told.get(key) ?? { step, title, times: 0, mailboxes: [] };
    before.mailboxes.push(...(step.mailboxes ?? []));
    told.set(key, { ...before, times: before.times + 1 });
  }
  return [...told.values()].map(({ step, title, times, mailboxes }) => {
    const word = padEnd(RESULTS[step.result], 9);
    const head = `  ${word}  ${padEnd(title, width)}  `;
    return hanging(
      head,
      `${mailboxes.length > 0 ? `${safe(step.because).replace(/[.\s]+$/, "")}: ${namesWords(step, mailboxes)}` : safe(step.because)}${mailboxes.length === 0 && times > 1 ? ` (${times} writes)` : ""}`,
      columnsOf(view),
    ).replace(word, view.style[PAINTS[step.result]](word));
  });
};

export type Commands = {
  /** What was typed, to be typed again. */
  readonly again: string;
  /** Undefined where there is no way back. */
  readonly undo: string | undefined;
};

/** Nothing for a run that was never begun. */
export const outcomeText = (document: ApplyDocument, view: View, commands: Commands): string => {
  const { run } = document;
  if (run.id === null) return "";
  const { style } = view;
  const undone = run.left.filter(({ result }) => result !== "differs");
  const total = run.done + undone.length;
  const did = document.undoes === undefined ? "written and read back" : "put back and read back";
  const sum = undone.length === 0 ? style.good(`${counted(run.done, "write")}, all ${did}`) : style.warning(`${run.done} of ${counted(total, "write")} ${did}`);
  const lines = [
    `${sum}   run ${run.id}`,
    ...(run.left.length === 0 ? [] : ["", style.strong(undone.length === 0 ? "Not quite as asked" : "Not done"), ...leftLines(run.left, view)]),
    "",
    ...(run.left.length === 0 ? [] : [`to go on:      ${commands.again}`]),
    ...(run.done === 0 || commands.undo === undefined ? [] : [`to take back:  ${commands.undo}`]),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
};
