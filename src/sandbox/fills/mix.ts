/** Registration as shares of a hundred people. */

import type { Registered, Special } from "./account.ts";
import { keyOf, share } from "./numbers.ts";

/** `upTo`: from 0 to 1, rising. Whoever is beyond the last has registered nothing. */
export type Mix = readonly { readonly upTo: number; readonly what: readonly Registered[]; readonly prefersCall?: true }[];

/** What the person with a number has registered; who never signed in has nothing. @param seed another one, another draw */
export const registeredOf = (mix: Mix, seed: string, usual: Special, number: number): Pick<Special, "registered" | "prefersCall"> => {
  if (usual.activity === "never" || usual.activity === "attempts") return { registered: [] };
  const chance = share(keyOf(seed), number);
  const row = mix.find(({ upTo }) => chance < upTo);
  return { registered: row?.what ?? [], ...(row?.prefersCall === undefined ? {} : { prefersCall: row.prefersCall }) };
};

export const TEACHING = "Teaching staff";
const SUPPORT = "Support staff";

const TEACHES = /teacher|tutor|lecturer|supervisor/i;

/** Whether somebody teaches, as the directory of a school has it: in the department, beside the job's own title. */
export const departmentFor = (jobTitle: string | null | undefined): string => (TEACHES.test(jobTitle ?? "") ? TEACHING : SUPPORT);
