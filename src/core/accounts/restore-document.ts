/** What `accounts restore` prints. */

import type { PlanName, RunResult } from "../run-document.ts";
import type { ObjectId } from "../tenant.ts";
import type { AccountStanding } from "./facts.ts";
import type { Way } from "./restoring.ts";

export type RestoreLine = {
  /** By which the directory knows it now. */
  readonly id: ObjectId;
  readonly address: string;
  readonly standing: AccountStanding;
  readonly way: Way;
  /** It is let sign in again. */
  readonly enable: boolean;
  /** Whether anybody can sign in with it afterwards. */
  readonly canSignIn: boolean;
  /** When this tool deleted it. ISO 8601. */
  readonly deleted: string;
  /** Until when the service keeps it. */
  readonly until: string;
  /** What is put back where it is missing: names of groups, and how many licences. */
  readonly groups: readonly string[];
  readonly licences: number;
  readonly manager: boolean;
  /** What this tool does not put back, in words. */
  readonly besides: readonly string[];
  /** Where the list says `delete` of it. */
  readonly list: { readonly file: string; readonly line: number };
  /** What came of it; null: nothing was tried. */
  readonly result: "back" | "not" | null;
  /** The id that it got when it was made anew. */
  readonly newId?: ObjectId;
  /** What the service would not give back. */
  readonly left: readonly string[];
};

/** A row that names no account that this tool deleted. */
export type MissingLine = { readonly line: number | null; readonly text: string; readonly because: string };

export type RestoreDocument = {
  readonly schemaVersion: 1;
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  readonly asOf: string;
  readonly plan: PlanName;
  /** Sorted by address. */
  readonly accounts: readonly RestoreLine[];
  readonly missing: readonly MissingLine[];
  /** How many rows of a review list are of accounts that were never deleted. */
  readonly kept: number;
  /** Archives and journals of which something could not be read. */
  readonly unread: readonly string[];
  readonly run: RunResult;
  readonly exit: number;
};
