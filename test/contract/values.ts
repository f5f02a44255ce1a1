/** Values against the types that the metadata gives them. */

import { lineOf, type Member, type Members, membersOf, refOf, type TypeRef, table, widestMembersOf } from "./table.ts";

/** Which way a value goes. In what is asked, names may be written in any case; in what is answered they may not. */
export type Way = {
  readonly isAnswer: boolean;
  /** `Prefer: include-unknown-enum-members` was sent. */
  readonly knowsNewWords: boolean;
  /** `Accept: application/json;odata.metadata=none` was sent: types are not told. */
  readonly isTypeless: boolean;
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d)$/i;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const isWhole = (value: unknown, most: number): boolean => typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= most;
const isText = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);

const PRIMITIVES: Readonly<Record<string, (value: unknown) => boolean>> = {
  Binary: isText(/^[A-Za-z0-9+/_=-]*$/),
  Boolean: (value) => typeof value === "boolean",
  Date: isText(/^\d{4}-\d\d-\d\d$/),
  DateTimeOffset: isText(DATE_TIME),
  Double: (value) => typeof value === "number",
  Duration: isText(/^-?P(?=.)/),
  Guid: isText(GUID),
  Int32: (value) => isWhole(value, 2_147_483_648),
  Int64: (value) => isWhole(value, Number.MAX_SAFE_INTEGER),
  Stream: () => true,
  String: (value) => typeof value === "string",
  TimeOfDay: isText(/^\d\d:\d\d/),
};

/** What the service gives besides its own metadata, each with where that is written down; `null`: never anything else. */
const BEYOND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The examples on the pages of group-post-groups and group-get, v1.0.
  group: { creationOptions: "[String]" },
  // Facts, section 7.2: seen in answers, always null.
  conditionalAccessPolicy: { partialEnablementStrategy: "null" },
  conditionalAccessConditionSet: { times: "null", deviceStates: "null", clients: "null" },
  conditionalAccessApplications: { networkAccess: "null", globalSecureAccess: "null" },
  // Facts, section 7.8: a member of the open type that people read in bulk; documented in beta only.
  user: { perUserMfaState: "String?" },
};

/** Facts, section 7.10: the reference page's own example has an empty text there. */
const EMPTY_WORDS: ReadonlySet<string> = new Set(["userDefaultAuthenticationMethod"]);

/** `@odata.context` and its like: parts of the format, of no type. */
const ANNOTATIONS = new Set(["context", "nextlink", "count", "deltalink", "type", "id", "etag", "editlink", "readlink", "bind", "navigationlink"]);
const ANNOTATION = /^([A-Za-z_]\w*)?@odata\.([A-Za-z]+)$/;
const EXTENSION = /^(?:extension_[0-9a-f]{32}|ext[a-z0-9]{8})_\w+$/;

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const wordFaults = (value: unknown, name: string, way: Way, place: string): readonly string[] => {
  const facts = table.enums[name];
  if (value === "" && way.isAnswer && EMPTY_WORDS.has(name)) return [];
  if (facts === undefined) return [`${place}: nobody knows the type ${name}`];
  if (typeof value !== "string") return [`${place} is ${shown(value)}, not a word of ${name}`];
  const words = facts.flags === true ? value.split(",").map((word) => word.trim()) : [value];
  const sentinel = facts.values.indexOf("unknownFutureValue");
  return words.flatMap((word) => {
    const at = facts.values.indexOf(word);
    if (at < 0) return [`${place} is ${shown(word)}, which ${name} does not have`];
    const isNew = sentinel >= 0 && at > sentinel;
    return way.isAnswer && isNew && !way.knowsNewWords ? [`${place} is ${shown(word)}, which is told only to those who ask for new words`] : [];
  });
};

const named = (members: Members, name: string, way: Way): Member | undefined =>
  members.exact.get(name) ?? (way.isAnswer ? undefined : members.anyCase.get(name.toLowerCase()));

const annotationFaults = (name: string, value: unknown, members: Members, way: Way, place: string): readonly string[] => {
  const [, owner, term = ""] = ANNOTATION.exec(name) ?? [];
  if (!ANNOTATIONS.has(term.toLowerCase())) return [`${place} has ${name}, which is no annotation`];
  const member = owner === undefined ? undefined : named(members, owner, way);
  if (owner !== undefined && member === undefined) return [`${place} has ${name}, but no property ${owner}`];
  if (term !== "bind") return [];
  if (member?.isNavigation !== true) return [`${place}: ${owner ?? "nothing"} cannot be bound to another object`];
  const links = member.type.isList ? value : [value];
  const fine = Array.isArray(links) && links.every((link) => typeof link === "string" && /\/[A-Za-z]+(?:\/|\(')[^/]+$/.test(link));
  return fine ? [] : [`${place}.${name} is ${shown(value)}, not ${member.type.isList ? "a list of addresses" : "an address"}`];
};

/** The type that an object says it is. @returns a fault where that is no such type */
const typeTold = (object: Readonly<Record<string, unknown>>, declared: string, place: string): string | { readonly fault: string } => {
  const told = object["@odata.type"];
  if (told === undefined) return declared;
  const name = typeof told === "string" ? /^#?microsoft\.graph\.(\w+)$/.exec(told)?.[1] : undefined;
  if (name === undefined || table.types[name] === undefined) return { fault: `${place} says it is ${shown(told)}, which nobody knows` };
  if (!lineOf(name).includes(declared)) return { fault: `${place} says it is ${name}, where only ${declared} can stand` };
  return table.types[name]?.abstract === true ? { fault: `${place} says it is ${name}, which nothing ever is by itself` } : name;
};

const beyondFaults = (line: readonly string[], name: string, value: unknown, way: Way, place: string): readonly string[] | undefined => {
  const type = line.map((one) => BEYOND[one]?.[name]).find((found) => found !== undefined);
  if (type === undefined) return undefined;
  if (type !== "null") return valueFaults(value, refOf(type), way, place);
  return way.isAnswer && value === null ? [] : [`${place} is ${shown(value)}, but the metadata does not have it and it was only ever seen as null`];
};

/** @param at where it stands, for people: `value[2].conditions` */
export const objectFaults = (value: unknown, declared: string, way: Way, at: string): readonly string[] => {
  if (!isObject(value)) return [`${at} is ${shown(value)}, not a ${declared}`];
  const type = typeTold(value, declared, at);
  if (typeof type !== "string") return [type.fault];
  const members = way.isTypeless ? widestMembersOf(type) : membersOf(type);
  const faults: string[] = [];
  for (const [name, inner] of Object.entries(value)) {
    const place = `${at}.${name}`;
    if (name.includes("@")) {
      faults.push(...annotationFaults(name, inner, members, way, at));
      continue;
    }
    const member = named(members, name, way);
    if (member !== undefined) {
      const optional = member.isNavigation && !member.type.isList ? { ...member.type, isOptional: true } : member.type;
      faults.push(...valueFaults(inner, optional, way, place));
      continue;
    }
    if (members.isOpen && EXTENSION.test(name)) continue;
    const beyond = beyondFaults(lineOf(type), name, inner, way, place);
    const meant = members.anyCase.get(name.toLowerCase());
    faults.push(
      ...(beyond ?? [meant === undefined ? `${at} has ${name}, but ${type} has no such property` : `${at} has ${name}, which is spelt ${meant.name}`]),
    );
  }
  return faults;
};

/** Of a long list the first, the last and some between. */
export const sampleOf = <T>(list: readonly T[]): readonly (readonly [index: number, item: T])[] => {
  const all = list.map((item, index) => [index, item] as const);
  const step = Math.ceil(list.length / 6);
  return list.length <= 12 ? all : all.filter(([index]) => index < 3 || index % step === 0 || index === list.length - 1);
};

export const valueFaults = (value: unknown, type: TypeRef, way: Way, at: string): readonly string[] => {
  if (type.isList) {
    if (!Array.isArray(value)) return [`${at} is ${shown(value)}, not a list`];
    return sampleOf(value).flatMap(([index, item]) => valueFaults(item, { ...type, isList: false }, way, `${at}[${index}]`));
  }
  if (value === null) return type.isOptional ? [] : [`${at} is null, which it never is`];
  const primitive = PRIMITIVES[type.name];
  if (primitive !== undefined) return primitive(value) ? [] : [`${at} is ${shown(value)}, not a ${type.name}`];
  if (table.types[type.name] !== undefined) return objectFaults(value, type.name, way, at);
  return wordFaults(value, type.name, way, at);
};
