/** What came of a run: what arrived, what did not and why, and what to type next. */

import { MOST_NAMED, namesInShort } from "../core/mailbox-names.ts";
import type { ApplyDocument, LeftStep } from "../core/run-document.ts";
import { doneWords, haveReasons, reasonLines } from "./accounts.ts";
import { counted, hanging, padEnd } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { widthOf } from "./width.ts";
import { titleWords } from "./words.ts";

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

/** Accounts that something still speaks for were looked at and let be: that is no refusal. */
const isSpared = ({ accounts, result }: LeftStep): boolean => accounts !== undefined && (result === "differs" || result === "left-out");

type Fate = { readonly step: LeftStep; readonly title: string; readonly times: number; readonly mailboxes: string[]; readonly accounts: string[] };

const because = ({ step, times, mailboxes, accounts }: Fate): string => {
  const said = safe(step.because);
  if (accounts.length > 0) return `${counted(accounts.length, "account")}${isSpared(step) ? ` ${said}` : " not done, or not whole"}`;
  if (mailboxes.length > 0) return `${said.replace(/[.\s]+$/, "")}: ${namesWords(step, mailboxes)}`;
  return `${said}${times > 1 ? ` (${times} writes)` : ""}`;
};

export const leftLines = (left: readonly LeftStep[], view: View): readonly string[] => {
  const titles = left.map(({ kind, name }) => titleWords(kind, name));
  const width = Math.min(48, Math.max(0, ...titles.map(widthOf)));
  // Twenty members a step, ten mailboxes: many steps may share one fate, which is told once. Of accounts each has its own.
  const told = new Map<string, Fate>();
  for (const [at, step] of left.entries()) {
    const title = titles[at] ?? "";
    const key = `${title}\n${isSpared(step) ? "spared" : step.result}\n${step.accounts === undefined ? step.because : ""}`;
    const before = told.get(key) ?? { step, title, times: 0, mailboxes: [], accounts: [] };
    before.mailboxes.push(...(step.mailboxes ?? []));
    before.accounts.push(...(step.accounts ?? []));
    told.set(key, { ...before, times: before.times + 1 });
  }
  return [...told.values()].flatMap((fate) => {
    const { step, title, accounts } = fate;
    const word = padEnd(isSpared(step) ? "spared" : RESULTS[step.result], 9);
    const head = `  ${word}  ${padEnd(title, width)}  `;
    const line = hanging(head, because(fate), columnsOf(view)).replace(word, view.style[PAINTS[step.result]](word));
    return [line, ...(haveReasons(accounts) ? reasonLines(accounts, " ".repeat(13), view) : [])];
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
  const accounts = doneWords(run.listed ?? []);
  const isSome = run.done > 0 || run.listed?.some(({ count }) => count > 0) === true;
  const lines = [
    ...(accounts === "" ? [] : [style.strong(accounts)]),
    `${sum}   run ${run.id}`,
    ...(run.left.length === 0 ? [] : ["", style.strong(undone.length === 0 ? "Not quite as asked" : "Not done"), ...leftLines(run.left, view)]),
    "",
    ...(run.left.length === 0 ? [] : [`to go on:      ${commands.again}`]),
    ...(!isSome || commands.undo === undefined ? [] : [`to take back:  ${commands.undo}`]),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
};
