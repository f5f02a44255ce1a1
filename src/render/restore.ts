/** Accounts that come back, in words: who and how, what cannot come back, and what is still to do by hand. */

import type { RestoreDocument, RestoreLine } from "../core/accounts/restore-document.ts";
import type { Way } from "../core/accounts/restoring.ts";
import { headerLine, section } from "./diff.ts";
import { counted, hanging, listed, padEnd } from "./layout.ts";
import { leftLines } from "./outcome.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { shortDay, yearOf } from "./when.ts";
import { widthOf } from "./width.ts";
import { wrap } from "./wrap.ts";

const paragraph = (text: string, view: View): readonly string[] => wrap(text, columnsOf(view) - 2, widthOf).map((line) => `  ${line}`);

/** The service ends its sentences, and ours go on. */
const withoutStop = (text: string): string => safe(text).replace(/[.\s]+$/, "");

/** `2 groups (Choir, Office), 1 licence and its manager`; nothing where nothing belonged to it. */
const belongings = ({ groups, licences, manager }: RestoreLine, view: View): string => {
  const parts = [
    ...(groups.length === 0 ? [] : [`${counted(groups.length, "group")} (${safe(listed(groups, Math.max(24, columnsOf(view) - 60)))})`]),
    ...(licences === 0 ? [] : [counted(licences, "licence")]),
    ...(manager ? ["its manager"] : []),
  ];
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
};

const wordsOf = (line: RestoreLine, document: RestoreDocument, view: View): string => {
  const day = (iso: string): string => shortDay(iso, yearOf(document.asOf));
  const what = belongings(line, view);
  const back = what === "" ? [] : [`with ${what}`];
  const enabled = line.enable ? ["can sign in again"] : line.way !== "anew" && !line.canSignIn ? ["stays blocked"] : [];
  switch (line.way) {
    case "restore":
      return [`deleted ${day(line.deleted)}, kept until ${day(line.until)}`, ...back, ...enabled].join("; ");
    case "anew":
      return [`deleted ${day(line.deleted)}, gone for good since ${day(line.until)}`, ...back, ...enabled].join("; ");
    case "rest":
      return [what === "" ? "is there" : `is there; what is missing of ${what}`, ...enabled].join("; ");
    case "nothing":
      return ["is back already", ...enabled].join("; ");
    case "taken":
      return "gone for good, and somebody has its address by now: give that account another address, or do without";
  }
};

const TITLES = {
  restore: "Out of the deleted items",
  anew: "Made anew",
  rest: "There already: what is missing is put back",
  nothing: "Back already",
  taken: "Cannot come back",
} as const satisfies Record<Way, string>;

const WAYS = ["restore", "anew", "rest", "nothing", "taken"] as const satisfies readonly Way[];

/** Facts, section 7.7: a password is required of who is made, so it gets one that nobody knows. */
const ANEW =
  "Who is made anew is another account to every service: it has a new id, and its mailbox, its files and what it owned do not come back. It is blocked, and its password is nobody's: let it sign in, and reset the password or give a Temporary Access Pass.";

const accountLines = (lines: readonly RestoreLine[], document: RestoreDocument, view: View): readonly string[] => {
  const width = Math.min(40, Math.max(0, ...lines.map(({ address }) => widthOf(safe(address)))));
  return lines.map((line) => hanging(`  ${padEnd(safe(line.address), width)}  `, wordsOf(line, document, view), columnsOf(view)));
};

/** Many lack the same; it is told once. */
const besidesLines = (lines: readonly RestoreLine[], view: View): readonly string[] => {
  const by = new Map<string, string[]>();
  for (const { address, besides } of lines) for (const each of besides) by.set(each, [...(by.get(each) ?? []), address]);
  return [...by].map(([each, addresses]) => hanging("  ", safe(`${each}: ${listed(addresses, columnsOf(view))}`), columnsOf(view)));
};

const MOST_MISSING = 20;

const missingLines = ({ missing, kept }: RestoreDocument, view: View): readonly string[] => [
  ...missing
    .slice(0, MOST_MISSING)
    .map(({ line, text, because }) => hanging(`  ${line === null ? "" : `line ${line}: `}`, safe(`${text}: ${because}`), columnsOf(view))),
  ...(missing.length > MOST_MISSING ? [`  and ${(missing.length - MOST_MISSING).toLocaleString("en-GB")} more`] : []),
  ...(kept === 0
    ? []
    : paragraph(`${counted(kept, "row")} of the list ${kept === 1 ? "is" : "are"} of accounts that this tool never deleted: nothing is done to them`, view)),
];

const unreadLines = ({ unread }: RestoreDocument, view: View): readonly string[] =>
  unread.map((each) => hanging("  ", view.style.warning(safe(each)), columnsOf(view)));

/** What is about to be done. */
export const restoreText = (document: RestoreDocument, view: View): string => {
  const { accounts, plan } = document;
  const todo = accounts.filter(({ way, enable }) => (way !== "nothing" && way !== "taken") || enable);
  const name = plan.name === plan.id ? safe(plan.id) : `${safe(plan.name)} (${safe(plan.id)})`;
  const lines = [
    headerLine(document, view),
    "",
    view.style.strong(
      todo.length === 0
        ? `nothing to bring back of ${counted(accounts.length, "account")} that ${name} deleted`
        : `brings back ${counted(todo.length, "account")} that ${name} deleted`,
    ),
    ...WAYS.flatMap((way) => {
      const some = accounts.filter((line) => line.way === way);
      const notes = way === "anew" && some.length > 0 ? paragraph(ANEW, view) : [];
      return section(TITLES[way], [...accountLines(some, document, view), ...notes], view);
    }),
    ...section("What this tool does not put back", besidesLines(todo, view), view),
    ...section("Not deleted by this tool", missingLines(document, view), view),
    ...section("Could not be read", unreadLines(document, view), view),
  ];
  return `${lines.join("\n")}\n`;
};

/** `unused.csv, lines 3, 9`: where somebody still decided to delete them. */
const listLines = (lines: readonly RestoreLine[]): readonly string[] => {
  const files = new Map<string, number[]>();
  for (const { list } of lines) files.set(list.file, [...(files.get(list.file) ?? []), list.line]);
  return [...files].map(([file, places]) => {
    const sorted = [...new Set(places)].sort((a, b) => a - b);
    return `${safe(file)}, ${sorted.length === 1 ? "line" : "lines"} ${sorted.join(", ")}`;
  });
};

const STILL_LISTED =
  "write keep there. This tool does not delete them again by itself, since its journal says that it brought them back; another machine does not know that.";

const leftByAccount = ({ accounts }: RestoreDocument, view: View): readonly string[] => {
  const left = accounts.flatMap(({ address, left: all }) => all.map((because) => [safe(address), because] as const));
  const width = Math.min(40, Math.max(0, ...left.map(([address]) => widthOf(address))));
  return left.map(([address, because]) => hanging(`  ${padEnd(address, width)}  `, withoutStop(because), columnsOf(view)));
};

/** What came of it. Nothing for a run that was never begun. */
export const restoreOutcome = (document: RestoreDocument, again: string, view: View): string => {
  const { run, accounts } = document;
  if (run.id === null) return "";
  const { style } = view;
  const tried = accounts.filter(({ result }) => result !== null);
  const back = tried.filter(({ result }) => result === "back");
  const left = leftByAccount(document, view);
  const sum = `${back.length === tried.length ? counted(back.length, "account") : `${back.length} of ${counted(tried.length, "account")}`} back`;
  const anew = back.filter(({ newId }) => newId !== undefined);
  const remarks = run.left.filter(({ result, accounts: told }) => told === undefined && result === "differs");
  const lines = [
    `${back.length === tried.length && left.length === 0 ? style.good(`${sum}, and looked at`) : style.warning(sum)}   run ${run.id}`,
    ...section("Not given back", [...left, ...leftLines(remarks, view)], view),
    ...section(
      "Made anew, and blocked: let them sign in, and reset the password or give a Temporary Access Pass",
      anew.map(({ address, newId }) => `  ${safe(address)}  ${newId ?? ""}`),
      view,
    ),
    ...section(
      "Still to be deleted by their list",
      back.length === 0 ? [] : [...listLines(back).map((each) => `  ${each}`), ...paragraph(STILL_LISTED, view)],
      view,
    ),
    "",
    ...(run.exit === 0 ? [] : [`to go on:  ${again}`]),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
};
