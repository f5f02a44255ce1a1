/** What the cells of a plan's table say: whose accounts, and what happens to them. */

import { slugOf } from "./names.ts";
import { isDomain } from "./patterns.ts";
import { type Fault, fault, quoted } from "./problems.ts";
import type { Cell } from "./table.ts";
import { listItem, mapItem, valueItem } from "./table-items.ts";
import type { Item } from "./tree.ts";

/** What holds for all rows. */
export type TableWords = {
  /** The schools' domains, which "of every school" and "all other accounts" mean. */
  readonly domains: readonly Cell[];
  /** `pupils: out` and the like, for every cohort. */
  readonly inOrOut: readonly (readonly [string, Item])[];
};

export type Accounts = { readonly name: string; readonly item: Item };

const EVERYBODY = /^(?:everyone|everybody|all|all accounts|every account|all users|every mailbox|all mailboxes)$/i;
const OTHERS = /^(?:all|every|everyone|everybody) (?:other|else|remaining)\b.*$/i;
const OF_SCHOOLS = /\s+(?:of|in|at) (?:every|each|all|any)(?: of)?(?: the)? (?:schools?|domains?|sites?)$/i;
const GROUP = /^group:?\s+(.+)$/i;

const named = (cell: Cell, name: string, source: readonly [string, Item], { inOrOut }: TableWords): Accounts => ({
  name,
  item: mapItem([source, ...inOrOut], cell.at),
});

const texts = (cell: Cell, words: readonly string[]): Item =>
  listItem(
    words.map((word) => valueItem(word, cell.at)),
    cell.at,
  );

/** `head@`, `head@*.county.example`, `head@ of every school`; several with commas, semicolons, spaces or `and` between them. */
const patternsOf = (text: string, domains: readonly string[]): readonly string[] | undefined => {
  const ofSchools = OF_SCHOOLS.test(text);
  const words = text
    .replace(OF_SCHOOLS, "")
    .split(/\s*[,;&]\s*|\s+and\s+|\s+/)
    .filter((word) => word !== "");
  if (words.length === 0 || !words.every((word) => word.includes("@"))) return undefined;
  return words.flatMap((word) => {
    if (!word.endsWith("@")) return [word];
    return ofSchools && domains.length > 0 ? domains.map((domain) => `${word}${domain}`) : [`${word}*`];
  });
};

const nameOf = (patterns: readonly string[]): string => {
  const locals = [...new Set(patterns.map((pattern) => pattern.slice(0, pattern.indexOf("@")).replace(/[*?]/g, "")))].filter((local) => local !== "");
  return slugOf(locals.join(" ")) === "" ? slugOf(patterns.join(" ")) : locals.join(" and ");
};

/** @returns a cohort as the plan's YAML would say it, with a name of its own, or what is wrong with the cell. */
export const accountsOf = (cell: Cell, words: TableWords): Accounts | Fault => {
  const { text } = cell;
  const domains = words.domains.map((domain) => domain.text);
  if (EVERYBODY.test(text)) return named(cell, "everyone", ["all", valueItem(true, cell.at)], words);
  if (OTHERS.test(text)) {
    if (domains.length === 0)
      return fault(`${quoted(text)}: of which domains?`, "name them above the table, in a row that begins with schools: schools, *.county.example");
    return named(cell, "everyone else", ["domains", texts(cell, domains)], words);
  }
  const group = GROUP.exec(text)?.[1];
  if (group !== undefined) return named(cell, group, ["group", valueItem(group, cell.at)], words);
  if (/\.(?:csv|txt)$/i.test(text)) return named(cell, text.replace(/\.[a-z]+$/i, "").replace(/[-_]+/g, " "), ["file", valueItem(text, cell.at)], words);
  const patterns = patternsOf(text, domains);
  if (patterns !== undefined) return named(cell, nameOf(patterns), ["accounts", texts(cell, patterns)], words);
  if (isDomain(text.toLowerCase().replaceAll("*", "x"))) return named(cell, slugOf(text), ["domains", texts(cell, [text])], words);
  return fault(
    `${quoted(text)} does not say whose accounts`,
    "write head@ of every school, head@*.county.example, everyone, all other accounts, group IT Support, or the name of a list as early-adopters.csv",
  );
};

export type Action =
  | { readonly type: "part"; readonly parts: readonly ("web" | "clients" | "block")[] }
  /** What this tool does by other means, or not yet: the row is left out, and that is said. */
  | { readonly type: "elsewhere"; readonly because: string };

const WEB = ["web", "browser", "browsers", "owa", "enabled"];
const CLIENTS = ["client", "clients", "outlook", "app", "apps", "program", "programs", "desktop", "mobile", "enforced"];
const MFA = ["mfa", "multi-factor", "multifactor", "two-factor", "2fa", "two-step"];
const OLD = ["old", "older", "legacy"];
const BLOCK = ["block", "blocked", "blocking"];
/** Words that change nothing; any other one may, so that the cell is not understood. */
const FILLERS = new Set(
  "a all also and are as asked at authentication be both compulsory for from in is it mandatory must needed now of on only or required sign-in sign-ins the then to together too turned use used verification with".split(
    " ",
  ),
);

/** @returns what a row does, or what is wrong with the cell. */
export const actionOf = ({ text }: Cell): Action | Fault => {
  if (/\b(?:pop3?|imap4?|smtp)\b/i.test(text))
    return { type: "elsewhere", because: "this version does not turn mail protocols off; it blocks old clients: block old clients" };
  if (/\bdelet(?:e|ed|ing|ion)\b/i.test(text)) return { type: "elsewhere", because: "this version does not delete accounts" };
  const words = text
    .toLowerCase()
    .replace(/\([^)]*\)/g, " ")
    .replace(/outlook (?:on|in) the web|outlook web (?:app|access)/g, "web")
    .replace(/[:;,.+/&]/g, " ")
    .split(/\s+/)
    .filter((word) => word !== "");
  const has = (some: readonly string[]): boolean => words.some((word) => some.includes(word));
  const strange = words.find((word) => !FILLERS.has(word) && ![WEB, CLIENTS, MFA, OLD, BLOCK].some((some) => some.includes(word)));
  const hint = "write MFA on the web, MFA in clients, MFA on the web and in clients, or block old clients";
  if (strange !== undefined) return fault(`${quoted(text)} is not understood: ${quoted(strange)} means nothing there`, hint);
  if (has(BLOCK)) return has(OLD) && !has(MFA) ? { type: "part", parts: ["block"] } : fault(`${quoted(text)} is not understood`, hint);
  if (has(OLD) || !has(MFA)) return fault(`${quoted(text)} is not understood`, hint);
  const [web, clients] = [has(WEB), has(CLIENTS)];
  return { type: "part", parts: [...(web || !clients ? ["web" as const] : []), ...(clients || !web ? ["clients" as const] : [])] };
};
