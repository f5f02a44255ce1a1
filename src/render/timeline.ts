/** The phases of a plan as lines: where each stands, when it starts, whom it is about. */

import type { PhaseState } from "../core/changes.ts";
import type { AccountCount, PhaseLine } from "../core/document.ts";
import { counted, table } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { distance, shortMoment, yearOf } from "./when.ts";

const readyWords = (accounts: AccountCount, columns: "short" | "long"): string => {
  const all = counted(accounts.count, "account");
  if (accounts.notReady === null) return columns === "short" ? all : `${all}, nobody can say who is ready`;
  const ready = Math.max(0, accounts.count - accounts.notReady);
  if (accounts.count === 0) return "no accounts";
  return accounts.notReady === 0 ? `${all}, all ready` : `${ready.toLocaleString("en-GB")} of ${accounts.count.toLocaleString("en-GB")} ready`;
};

/** The first phase that is still to come, as long as nothing is due before it. */
export const nextPhase = (phases: readonly PhaseLine[]): PhaseLine | undefined => phases.find((phase) => phase.state === "later" || phase.state === "staged");

export const stateWord = (phase: PhaseLine, phases: readonly PhaseLine[]): string => (phase.state === "later" && nextPhase(phases) === phase ? "next" : phase.state);

const PAINTS = {
  done: "good",
  live: "good",
  due: "warning",
  waiting: "warning",
  held: "bad",
  later: "quiet",
  staged: "note",
} as const satisfies Record<PhaseState, keyof View["style"]>;

const tail = (phase: PhaseLine, asOf: string): string => {
  const ready = readyWords(phase.accounts, "short");
  return phase.state === "later" || phase.state === "staged" ? `${distance(asOf, phase.starts)}, ${ready}` : ready;
};

export const timeline = (phases: readonly PhaseLine[], asOf: string, view: View): readonly string[] => {
  const year = yearOf(asOf);
  const paint = (text: string, row: number): string => {
    const state = phases[row]?.state;
    return state === undefined ? text : view.style[PAINTS[state]](text);
  };
  return table(
    phases.map((phase) => [stateWord(phase, phases), shortMoment(phase.starts, year), safe(phase.title), tail(phase, asOf)]),
    [{ paint }, { align: "right" }, { flexible: true }, {}],
    columnsOf(view),
  );
};
