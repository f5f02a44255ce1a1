/** Accounts of reviewed lists in words: how many, to what, of which domains, where a phase stands, and who is spared for what. */

import type { AccountState } from "../core/accounts/facts.ts";
import type { ChangeLine, ListedLine, ListLine, PhaseLine } from "../core/document.ts";
import { counted, GLUE, hanging } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";

const number = (count: number): string => count.toLocaleString("en-GB");

const DONE = {
  blocked: "blocked",
  enabled: "unblocked",
  deleted: "deleted",
  restored: "brought back",
} as const satisfies Record<AccountState, string>;

const TO_DO = {
  blocked: "to block",
  enabled: "to unblock",
  deleted: "to delete",
  restored: "to bring back",
} as const satisfies Record<AccountState, string>;

type Some = { readonly to: AccountState; readonly count: number };

const summed = (all: readonly Some[]): readonly Some[] => {
  const counts = new Map<AccountState, number>();
  for (const { to, count } of all) counts.set(to, (counts.get(to) ?? 0) + count);
  return [...counts].map(([to, count]) => ({ to, count }));
};

const sumWords = (all: readonly Some[], words: Record<AccountState, string>): string =>
  summed(all)
    .map(({ to, count }, at) => `${at === 0 ? counted(count, "account") : number(count)} ${words[to]}`)
    .join(", ");

const listedIn = (changes: readonly ChangeLine[]): readonly Some[] => changes.flatMap(({ listed }) => listed ?? []);

/** `25 accounts deleted, 3 blocked`, in the order in which they were met. */
export const doneWords = (all: readonly Some[]): string => sumWords(all, DONE);

const toDoWords = (changes: readonly ChangeLine[]): string => sumWords(listedIn(changes), TO_DO);

/** `2 to create, 0 to change, 0 to delete; 25 accounts to block`: a list is one change, and people count its accounts. */
export const changesSum = (changes: readonly ChangeLine[]): string => {
  const others = changes.filter(({ listed }) => listed === undefined);
  const count = (action: ChangeLine["action"]): string => number(others.filter((change) => change.action === action).length);
  const accounts = toDoWords(changes);
  const words = `${count("create")} to create, ${count("update")} to change, ${count("delete")} to delete`;
  return accounts === "" ? words : [...(others.length === 0 ? [] : [words]), accounts].join("; ");
};

/** `57 accounts are deleted`: what whoever answers a question has to know. */
export const warningWords = (changes: readonly ChangeLine[]): string =>
  summed(listedIn(changes))
    .map(({ to, count }) => `${counted(count, "account")} ${count === 1 ? "is" : "are"} ${DONE[to]}`)
    .join(", ");

/** A county has forty schools: the first say where to look. */
const MOST_DOMAINS = 12;

const andMore = (more: number): string => (more > 0 ? ` and${GLUE}${number(more)}${GLUE}more` : "");

const domainsWords = ({ domains, count }: ListedLine): string => {
  const [only, second] = domains;
  if (only === undefined) return "";
  if (second === undefined && only.count === count) return `all of ${safe(only.domain)}`;
  const named = domains.slice(0, MOST_DOMAINS).map((each) => `${safe(each.domain)}${GLUE}${number(each.count)}`);
  return `${named.join(", ")}${andMore(domains.length - named.length)}`;
};

const backWords = ({ to, back }: ListedLine): string => {
  if (to !== "restored") return "";
  const { memberships = 0, licences = 0, managers = 0 } = back ?? {};
  const all = [
    ...(memberships === 0 ? [] : [counted(memberships, "group membership")]),
    ...(licences === 0 ? [] : [counted(licences, "licence")]),
    ...(managers === 0 ? [] : [counted(managers, "manager")]),
  ];
  return ` from the deleted items${all.length === 0 ? "" : `, with ${[all.slice(0, -1).join(", "), all.at(-1)].filter((each) => each !== "").join(" and ")}`}`;
};

/** What is done to accounts of a list, and to whom. */
export const listedWords = (line: ListedLine): readonly { readonly label: string; readonly text: string }[] => {
  const names = line.sample.map(safe).join(", ");
  const domains = domainsWords(line);
  return [
    { label: DONE[line.to], text: `${counted(line.count, "account")}${backWords(line)}` },
    ...(domains === "" ? [] : [{ label: "where", text: domains }]),
    ...(names === "" ? [] : [{ label: "who", text: `${names}${andMore(line.count - line.sample.length)}` }]),
  ];
};

const lineWords = ({ to, rows, undecided, now }: ListLine, isAhead: boolean): string => {
  if (rows === null) return "its list is not there";
  const open = undecided > 0 ? `, ${number(undecided)} undecided` : "";
  if (rows === 0 && undecided > 0) return `${counted(undecided, "account")} undecided`;
  if (now === null) return isAhead ? `${counted(rows, "account")} on its list${open}` : `${number(rows)} on its list, who may go is not known`;
  const { toDo, done, spared, missing } = now;
  const all = [
    { count: toDo, word: TO_DO[to] },
    { count: done, word: DONE[to] },
    { count: spared, word: "spared" },
    { count: missing, word: "not found" },
  ].filter(({ count }) => count > 0);
  if (all.length === 0) return "nobody on its list";
  // The more there is to tell, the less room is left for the phase's title.
  const isShort = all.length <= 2;
  return all.map(({ count, word }, at) => `${at === 0 && isShort ? counted(count, "account") : number(count)} ${word}`).join(", ") + open;
};

/** Where a phase of lists stands, for its line of the timeline. */
export const listsWords = ({ lists = [], state }: Pick<PhaseLine, "lists" | "state">): string => {
  const isAhead = state === "later" || state === "staged" || state === "held";
  return lists.map((each) => lineWords(each, isAhead)).join("; ");
};

/** More than these are in the document alone. */
const MOST_REASONS = 20;
const MOST_SHARING = 10;

type Group = { readonly because: string; readonly who: string[] };

const groupsOf = (entries: readonly string[]): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const at = entry.indexOf(": ");
    const because = entry.slice(at + 2);
    const group = groups.get(because) ?? { because, who: [] };
    group.who.push(entry.slice(0, at));
    groups.set(because, group);
  }
  // What many share is read first; who stands alone keeps the order of the list.
  return [...groups.values()].sort((a, b) => b.who.length - a.who.length);
};

/** An address and its line of the list stay together. */
const sharingWords = (who: readonly string[]): string =>
  `${who
    .slice(0, MOST_SHARING)
    .map((each) => safe(each).replaceAll(" ", GLUE))
    .join(", ")}${andMore(who.length - MOST_SHARING)}`;

/** Whether each of these says why: `ann@alder.county.example: it signed in on 2018-12-03`. */
export const haveReasons = (entries: readonly string[]): boolean => entries.length > 0 && entries.every((entry) => entry.includes(": "));

/** Accounts with their reasons, a line each; those that share one stand together. */
export const reasonLines = (entries: readonly string[], indent: string, view: View): readonly string[] => {
  const groups = groupsOf(entries);
  const columns = columnsOf(view);
  const rest = groups.slice(MOST_REASONS).reduce((sum, { who }) => sum + who.length, 0);
  return [
    ...groups.slice(0, MOST_REASONS).flatMap(({ because, who }): readonly string[] => {
      const [only, second] = who;
      const under = `${indent}  `;
      if (only !== undefined && second === undefined) return [indent + hanging(under, safe(`${only}: ${because}`), columns).slice(under.length)];
      const head = `${counted(who.length, "account")}: ${because}`;
      return [indent + hanging(under, safe(head), columns).slice(under.length), hanging(under, sharingWords(who), columns)];
    }),
    ...(rest === 0 ? [] : [`${indent}and ${counted(rest, "more account")}: --json tells of each`]),
  ];
};
