/** What `doctor` prints: what it looked at, line by line, and what to do. */

import type { DiffDocument } from "../document.ts";

/**
 * `unread`: nobody can say, since something could not be read. `note`: neither well nor wrong: what somebody has to look at by
 * hand, or what only is so.
 */
export type DoctorVerdict = "ok" | "warning" | "problem" | "unread" | "note";

/** In the order in which they are told. */
export const DOCTOR_SECTIONS = ["sign-in", "permissions", "licences", "tenant", "emergency", "networks", "mail", "journals", "by-hand"] as const;
export type DoctorSection = (typeof DOCTOR_SECTIONS)[number];

export type DoctorLine = {
  readonly section: DoctorSection;
  /** Of what it is about: the same word for every verdict on it, several times where it is about several things. */
  readonly check: string;
  readonly verdict: DoctorVerdict;
  readonly detail: string;
  /** A page of a portal, or what else is to be done. */
  readonly todo?: string;
  /** The words of a command of this tool, without the tenant. */
  readonly command?: readonly string[];
  /** All that the sentence counts and names only a few of. */
  readonly names?: readonly string[];
};

export type DoctorDocument = {
  readonly schemaVersion: 1;
  /** Null: without a plan. */
  readonly plan: DiffDocument["plan"] | null;
  readonly tenant: DiffDocument["tenant"];
  /** ISO 8601 with an offset. */
  readonly asOf: string;
  readonly lines: readonly DoctorLine[];
  readonly summary: { readonly [verdict in DoctorVerdict]: number };
};
