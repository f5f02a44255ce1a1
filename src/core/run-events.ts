/** What `run --json` prints: one of these a line, as it happens. The summary for people is drawn from the same. */

import type { StepOutcome } from "./changes.ts";
import type { FindingLine, PhaseLine, SetAside } from "./document.ts";
import type { PlanName } from "./run-document.ts";
import type { Kind, ObjectId } from "./tenant.ts";

/** `at` is ISO 8601 in UTC, by the tenant's clock. */
export type RunEvent =
  | {
      readonly event: "begin";
      readonly schemaVersion: 1;
      readonly at: string;
      readonly plan: PlanName;
      readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
    }
  /** Of `--wait-until`. */
  | { readonly event: "wait"; readonly at: string; readonly until: string }
  | {
      readonly event: "look";
      readonly at: string;
      /** `short`: a few lists, which are as at the last whole look. `whole`: all that decides what would change. `full`: with all that the checks ask. */
      readonly look: "short" | "whole" | "full";
      /** Of this command, so far. */
      readonly requests: number;
      /** Why it was no short one. */
      readonly because?: string;
      /** Missing after a short look, which finds none. */
      readonly changes?: number;
    }
  | ({ readonly event: "phase"; readonly at: string } & Pick<PhaseLine, "id" | "title" | "starts" | "state">)
  /** What somebody did on a bad morning and what is still so. */
  | ({ readonly event: "set-aside"; readonly at: string } & SetAside)
  /** A phase whose moment has come and which does not start: why, and for whom it waits. */
  | {
      readonly event: "waiting";
      readonly at: string;
      readonly phase: string;
      readonly because: string;
      readonly accounts: readonly string[];
    }
  /** What says stop, or is unclear. */
  | ({ readonly event: "finding"; readonly at: string } & FindingLine)
  | {
      readonly event: "step";
      readonly at: string;
      readonly step: string;
      readonly kind: Kind;
      readonly key: string;
      readonly name: string;
      readonly write: string;
      readonly result: StepOutcome["type"];
      readonly because?: string;
    }
  | {
      readonly event: "end";
      readonly at: string;
      readonly result: "nothing-due" | "done" | "partly" | "stopped" | "failed" | "interrupted";
      readonly exit: number;
      /** Null: nothing was begun. */
      readonly run: string | null;
      readonly done: number;
      readonly left: number;
      readonly requests: number;
      /** The next moment at which a phase starts by itself; missing: none is ahead, or nobody looked. */
      readonly next?: { readonly starts: string; readonly phases: readonly string[] };
      /** Of a run that failed. */
      readonly message?: string;
    };

export type EndEvent = Extract<RunEvent, { readonly event: "end" }>;
