/** What a cmdlet of this tenant is: the parameters of its page, and what it answers. */

import type { Json, WireObject } from "../fill.ts";
import type { Store } from "../store.ts";
import { wrongType } from "./trouble.ts";

export type Parameters = { readonly [name: string]: Json };

/** Rows in an order that stays, each with its place; or what a write says. */
export type Output = { readonly rows: (after: number) => Iterable<{ readonly place: number; readonly row: WireObject }>; readonly warnings: readonly string[] };

export type Cmdlet = { readonly parameters: readonly string[]; readonly run: (store: Store, parameters: Parameters) => Output };

export const NOTHING: Output = { rows: () => [], warnings: [] };
export const listed = (rows: readonly WireObject[]): Output => ({
  rows: (after) => rows.map((row, place) => ({ place, row })).filter(({ place }) => place > after),
  warnings: [],
});

export const textOf = (value: Json | undefined, name: string): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(name, value, "System.String");
  return value;
};

/** A switch, which is off when nobody names it. */
export const switchOf = (parameters: Parameters, name: string): boolean => {
  const value = parameter(parameters, name);
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw wrongType(name, value, "System.Management.Automation.SwitchParameter");
  return value;
};

/** Names of parameters compare without regard to case. */
export const parameter = (parameters: Parameters, name: string): Json | undefined =>
  Object.entries(parameters).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

export const has = (parameters: Parameters, name: string): boolean => Object.keys(parameters).some((key) => key.toLowerCase() === name.toLowerCase());

export const unchanged = (name: string): Output => ({
  rows: () => [],
  warnings: [`The command completed successfully but no settings of '${name}' have been modified.`],
});
