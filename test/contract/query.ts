/** The names in `$select`, `$filter`, `$orderby` and `$expand`, against the properties that there are. */

import { type Members, widestMembersOf } from "./table.ts";

const OPTIONS = new Set(["select", "filter", "top", "skip", "count", "orderby", "expand", "search", "skiptoken", "deltatoken", "format"]);

/** Not properties of anything: seen in queries, and written down in the facts, section 7.8. */
const BEYOND: Readonly<Record<string, readonly string[]>> = { user: ["perusermfastate"] };

const NONE: Members = { exact: new Map(), anyCase: new Map(), isOpen: false };

/**
 * What a path of properties leads to.
 * @param path its parts separated by slashes, in any case
 * @returns the name of the type at its end, or a fault
 */
const follow = (type: string, path: string, option: string): { readonly type: string } | { readonly fault: string } => {
  let at = type;
  for (const part of path.split("/")) {
    if (part === "$count" || part === "") continue;
    const member = (at === "" ? NONE : widestMembersOf(at)).anyCase.get(part.toLowerCase());
    if (member === undefined) {
      if (BEYOND[at]?.includes(part.toLowerCase()) === true) return { type: "String" };
      return { fault: `${option} names ${path}, but ${at} has no property ${part}` };
    }
    at = member.type.name;
  }
  return { type: at };
};

const pathFaults = (type: string, path: string, option: string): readonly string[] => {
  const end = follow(type, path, option);
  return "fault" in end ? [end.fault] : [];
};

/** Commas that stand in parentheses separate nothing. */
const splitOutside = (text: string, separator: string): readonly string[] => {
  const parts = [""];
  let depth = 0;
  for (const sign of text) {
    depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    if (sign === separator && depth === 0) parts.push("");
    else parts[parts.length - 1] += sign;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
};

const OPERATORS = new Set(["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in", "has", "true", "false", "null", "asc", "desc"]);
const TOKEN = /'(?:[^']|'')*'|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d[\w.:+-]*|[A-Za-z_$][\w$/.]*(?::|\s*\()?|[(),-]|\s+|./gi;

const filterFaults = (type: string, text: string): readonly string[] => {
  const variables = new Map<string, string>();
  const faults: string[] = [];
  let list = type;
  for (const [token] of text.matchAll(TOKEN)) {
    if (!/^[A-Za-z_$]/.test(token) || OPERATORS.has(token.toLowerCase()) || /^[0-9a-f]{8}-/i.test(token)) continue;
    if (token.endsWith(":")) {
      variables.set(token.slice(0, -1), list);
      continue;
    }
    const call = /^(.*?)\s*\($/.exec(token)?.[1];
    const path = call === undefined ? token : /^(.+)\/(?:any|all)$/i.exec(call)?.[1];
    // A function: its arguments come by themselves.
    if (path === undefined) continue;
    const [first = "", ...rest] = path.split("/");
    const start = variables.get(first);
    if (start !== undefined && rest.length === 0) continue;
    const end = follow(start ?? type, start === undefined ? path : rest.join("/"), "$filter");
    if ("fault" in end) faults.push(end.fault);
    else if (call !== undefined) list = end.type;
  }
  return faults;
};

const expandFaults = (type: string, text: string): readonly string[] =>
  splitOutside(text, ",").flatMap((part) => {
    const [, name = "", inner = ""] = /^([^(]+)(?:\((.*)\))?$/.exec(part) ?? [];
    const member = widestMembersOf(type).anyCase.get(name.trim().toLowerCase());
    if (member?.isNavigation !== true) return [`$expand names ${name}, but ${type} leads to nothing of that name`];
    return splitOutside(inner, ";").flatMap((option) => {
      const at = option.indexOf("=");
      return optionFaults(member.type.name, option.slice(0, at), option.slice(at + 1));
    });
  });

const optionFaults = (type: string, key: string, value: string): readonly string[] => {
  const name = key.replace(/^\$/, "").toLowerCase();
  if (!OPTIONS.has(name)) return key.startsWith("$") ? [`nobody knows the query option ${key}`] : [];
  switch (name) {
    case "select":
      return value.split(",").flatMap((one) => (["", "*"].includes(one.trim()) ? [] : pathFaults(type, one.trim(), "$select")));
    case "orderby":
      return value.split(",").flatMap((one) => pathFaults(type, one.trim().split(/\s+/)[0] ?? "", "$orderby"));
    case "filter":
      return filterFaults(type, value);
    case "expand":
      return expandFaults(type, value);
    case "top":
      return /^[1-9]\d*$/.test(value) ? [] : [`$top is ${value}, not a number of rows`];
    case "count":
      return /^(?:true|false)$/i.test(value) ? [] : [`$count is ${value}, neither true nor false`];
    default:
      return [];
  }
};

/** @param query what stands behind the question mark, as it is @param type what the route answers with */
export const queryFaults = (query: string, type: string): readonly string[] =>
  [...new URLSearchParams(query)].flatMap(([key, value]) => optionFaults(type, key, value));
