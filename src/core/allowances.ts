/** What findings leave to be applied, once a person has let some of them pass. */

import type { Change, Diff, Finding } from "./changes.ts";
import type { Held } from "./guards/guard.ts";
import { allowableCount, GUARDS } from "./guards/index.ts";

export type Allowance = { readonly guard: string; readonly count: number };

/** `allowed`: it would have stopped the run and was let pass. */
export type JudgedFinding = Finding & { readonly allowed: boolean };

/** Beside the guards: a create whose answer was lost may be made again at once, when somebody looked and says so. */
export const UNANSWERED = "unanswered";

/** What `--allow` may name, sorted. */
export const ALLOWABLE: readonly string[] = [...GUARDS.filter(({ allowable }) => allowable).map(({ name }) => name), UNANSWERED].sort();

/**
 * An allowance covers all findings of its guard that may be let pass, or none of them: a number that was meant for three
 * must not pick any three of five.
 */
export const withAllowances = (findings: readonly Finding[], allowances: readonly Allowance[]): readonly JudgedFinding[] =>
  findings.map((finding) => {
    const allowance = allowances.find(({ guard }) => guard === finding.guard);
    const allowed = finding.allowable && finding.verdict !== "go" && allowance !== undefined && allowableCount(findings, finding.guard) <= allowance.count;
    return { ...finding, allowed };
  });

/** `unclear` acts as stop. */
export const isStopping = (finding: JudgedFinding): boolean => finding.verdict !== "go" && !finding.allowed;

export type Applicable =
  | { readonly type: "everything" }
  | { readonly type: "nothing" }
  /** Sorted as the diff is; with what depends on them. */
  | { readonly type: "all-but"; readonly held: readonly Held[] };

const mentions = (settings: Change["before"], id: string): boolean => settings !== undefined && JSON.stringify(settings).includes(id);

/** Whether a change may not be made while another is held back. */
const dependsOn = (change: Change, held: Change): boolean =>
  change.needs.some(({ kind, key }) => kind === held.kind && key === held.key) ||
  // It names what is held back as it is now.
  (held.id !== undefined && held.kind !== change.kind && mentions(change.after, held.id)) ||
  // Who would be asked in its place was worked out from all that asks.
  (change.states?.to === "disabled" && held.kind !== change.kind) ||
  // What is held back goes on naming what would be deleted.
  (change.action === "delete" && change.id !== undefined && held.kind !== change.kind && mentions(held.before, change.id));

/** The keys that findings hold back, and whatever cannot be done without them. */
export const applicable = (findings: readonly JudgedFinding[], diff: Diff): Applicable => {
  const stopping = findings.filter(isStopping);
  if (stopping.length === 0) return { type: "everything" };
  if (stopping.some(({ holds }) => holds === undefined)) return { type: "nothing" };
  const names = new Set(stopping.flatMap(({ holds = [] }) => holds.map(({ kind, key }) => `@${kind}/${key}`)));
  const isHeld = ({ kind, key }: Held): boolean => names.has(`@${kind}/${key}`);
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const change of diff.changes) {
      if (!isHeld(change) && diff.changes.some((held) => isHeld(held) && dependsOn(change, held))) names.add(`@${change.kind}/${change.key}`);
    }
  }
  return { type: "all-but", held: diff.changes.filter(isHeld).map(({ kind, key }) => ({ kind, key })) };
};
