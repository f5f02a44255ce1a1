/** What each kind must be able to say of its settings, and what all kinds have in common. */

import { byText, canonicalText } from "../canonical.ts";
import type { Json, Kind, Settings, SettingsOf } from "../tenant.ts";

/** One thing that settings say. `path` is dotted; `value` is null where nothing is said. */
export type Field = { readonly path: string; readonly value: Json };

export type KindRules<K extends Kind> = {
  readonly is: (settings: Settings) => settings is SettingsOf[K];
  /** What people are shown it as, with the mark if it bears one. */
  readonly name: (settings: SettingsOf[K]) => string;
  /**
   * What is wanted laid over what is there, where the plan need not say everything.
   * @param observed undefined for what is to be made.
   */
  readonly over: (observed: SettingsOf[K] | undefined, wanted: SettingsOf[K]) => SettingsOf[K];
  /** Of what is there, what the wish speaks of: no more than that is shown, approved and compared. Not there: all of it. */
  readonly part?: (observed: SettingsOf[K], wanted: SettingsOf[K]) => SettingsOf[K];
  /** Lists sorted and each entry once, nothing empty in `other`: equal settings become deeply equal. */
  readonly normalise: (settings: SettingsOf[K]) => SettingsOf[K];
  /** All that the settings say, `other` leaf by leaf. */
  readonly fields: (settings: SettingsOf[K]) => readonly Field[];
  /** The paths in which a difference does not count: the service may not keep what was written there, or one side says nothing of it. */
  readonly lenient: (observed: SettingsOf[K], wanted: SettingsOf[K]) => readonly string[];
  /** The ids and references in the settings that stand for other resources and for accounts. */
  readonly ids: (settings: SettingsOf[K]) => readonly string[];
  readonly mapIds: (settings: SettingsOf[K], change: (id: string) => string) => SettingsOf[K];
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const isObject = (value: Json): value is { readonly [key: string]: Json } => typeof value === "object" && value !== null && !isList(value);

/**
 * A value without what says nothing: null, false, empty texts, lists and objects. Lists are sets here, since no list in a
 * policy or location has an order that means something.
 *
 * @returns null when nothing is left.
 */
export const settled = (value: Json): Json => {
  if (value === false || value === "") return null;
  if (isList(value)) {
    const entries = new Map(value.map((entry) => settled(entry)).flatMap((entry) => (entry === null ? [] : [[canonicalText(entry), entry] as const])));
    return entries.size === 0 ? null : [...entries].sort(([a], [b]) => byText(a, b)).map(([, entry]) => entry);
  }
  if (isObject(value)) {
    const kept = Object.entries(value).flatMap(([name, inner]) => {
      const left = settled(inner);
      return left === null ? [] : [[name, left] as const];
    });
    return kept.length === 0 ? null : Object.fromEntries(kept.sort(([a], [b]) => byText(a, b)));
  }
  return value;
};

/** `other` in its settled form: an object wherever it can be. */
export const settledOther = (other: Json): Json => settled(other) ?? {};

/** The leaves of `other`; a list is one leaf. */
export const otherFields = (other: Json, path = "other"): readonly Field[] => {
  if (!isObject(other)) return [{ path, value: other }];
  return Object.entries(other).flatMap(([name, value]) => otherFields(value, `${path}.${name}`));
};
