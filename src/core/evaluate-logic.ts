/** Three answers, and reading what a policy says in Graph's own shape. */

import type { Json } from "./tenant.ts";

export type Answer = "yes" | "no" | "unknown";

/** An answer with its reason, in words that follow "because". */
export type Verdict = { readonly applies: Answer; readonly because: string };

export const yes = (because: string): Verdict => ({ applies: "yes", because });
export const no = (because: string): Verdict => ({ applies: "no", because });
export const unsure = (because: string): Verdict => ({ applies: "unknown", because });

const first = (verdicts: readonly Verdict[], applies: Answer): Verdict | undefined => verdicts.find((verdict) => verdict.applies === applies);

/** All assignments are ANDed ("Building a Conditional Access policy"): one no decides, whatever else nobody knows. */
export const allOf = (verdicts: readonly Verdict[], otherwise: string): Verdict => first(verdicts, "no") ?? first(verdicts, "unknown") ?? yes(otherwise);

/** One yes decides, whatever else nobody knows. */
export const anyOf = (verdicts: readonly Verdict[], otherwise: string): Verdict => first(verdicts, "yes") ?? first(verdicts, "unknown") ?? no(otherwise);

/** Exclusion beats inclusion ("Users and groups": the exclude action overrides the include action). */
export const butNot = (included: Verdict, excluded: Verdict): Verdict => {
  if (included.applies === "no") return included;
  if (excluded.applies === "yes") return no(excluded.because);
  if (excluded.applies === "unknown") return unsure(excluded.because);
  return included;
};

export type JsonObject = { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** No members where there is nothing, or no object; a type's name is no member that says anything. */
export const membersOf = (value: Json | undefined): readonly (readonly [key: string, value: Json])[] =>
  isObject(value)
    ? Object.entries(value).filter(([key, inner]) => key !== "@odata.type" && inner !== null && !(Array.isArray(inner) && inner.length === 0))
    : [];

export const at = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);

export const textOf = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);

/** A list of words, or Graph's flags in one text (`a,b`); undefined when it is neither. */
export const wordsOf = (value: Json | undefined): readonly string[] | undefined => {
  if (value === undefined || value === null) return [];
  const list = typeof value === "string" ? value.split(",").map((word) => word.trim()) : value;
  if (!Array.isArray(list)) return undefined;
  const words = list.filter((word): word is string => typeof word === "string" && word !== "");
  return words.length === list.length ? words : undefined;
};

/** Members of which we know no meaning: whether they narrow a policy nobody can say. */
export const strangersIn = (value: Json | undefined, known: readonly string[], where: string): readonly Verdict[] => {
  if (value !== undefined && value !== null && !isObject(value)) return [unsure(`${where} is nothing that this tool can read`)];
  return membersOf(value)
    .filter(([key]) => !known.includes(key))
    .map(([key]) => unsure(`its ${where === "" ? "" : `${where}.`}${key} is a condition that this tool does not know`));
};
