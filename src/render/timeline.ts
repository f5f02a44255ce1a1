/** The phases of a plan as lines: where each stands, when it starts, whom it is about. */

import type { PhaseState } from "../core/changes.ts";
import type { AccountCount, PhaseLine } from "../core/document.ts";
import { listsWords } from "./accounts.ts";
import { counted, table } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { distance, shortDay, shortTime, yearOf } from "./when.ts";

const readyWords = (accounts: AccountCount | undefined): string => {
  if (accounts === undefined) return "accounts not known";
  if (accounts.count === 0) return "no accounts";
  const all = counted(accounts.count, "account");
  if (accounts.notReady === null) return all;
  const ready = Math.max(0, accounts.count - accounts.notReady);
  return accounts.notReady === 0 ? `${all}, all ready` : `${ready.toLocaleString("en-GB")} of ${accounts.count.toLocaleString("en-GB")} ready`;
};

const mailboxWords = (mailboxes: PhaseLine["mailboxes"]): string => {
  if (mailboxes === null || mailboxes === undefined) return "mailboxes not known";
  const all = counted(mailboxes.count, "mailbox", "mailboxes");
  return mailboxes.on === 0 ? `${all}, all off` : mailboxes.on === mailboxes.count ? all : `${all}, ${mailboxes.on.toLocaleString("en-GB")} still on`;
};

const tailWords = (phase: PhaseLine): string => {
  if (phase.lists !== undefined) return listsWords(phase);
  return phase.mailboxes === undefined ? readyWords(phase.accounts) : mailboxWords(phase.mailboxes);
};

const isToCome = (phase: Pick<PhaseLine, "state">): boolean => phase.state === "later" || phase.state === "staged";

/** The first phase that is still to come, as long as nothing is due before it. */
export const nextPhase = <T extends Pick<PhaseLine, "state">>(phases: readonly T[]): T | undefined => phases.find(isToCome);

const stateWord = (phase: PhaseLine, phases: readonly PhaseLine[]): string => (phase.state === "later" && nextPhase(phases) === phase ? "next" : phase.state);

const PAINTS = {
  done: "good",
  live: "good",
  due: "warning",
  waiting: "warning",
  held: "bad",
  later: "quiet",
  staged: "note",
} as const satisfies Record<PhaseState, keyof View["style"]>;

export const timeline = (phases: readonly PhaseLine[], asOf: string, view: View): readonly string[] => {
  const year = yearOf(asOf);
  const columns = columnsOf(view);
  const next = nextPhase(phases);
  // How far off it is matters of what comes next; of the others the day says enough.
  const tail = (phase: PhaseLine): string =>
    `${phase.starts === next?.starts && isToCome(phase) ? `${distance(asOf, phase.starts)}, ` : ""}${tailWords(phase)}`;
  const paint = (text: string, row: number): string => {
    const state = phases[row]?.state;
    return state === undefined ? text : view.style[PAINTS[state]](text);
  };
  return table(
    phases.map((phase) => [stateWord(phase, phases), shortDay(phase.starts, year), shortTime(phase.starts), safe(phase.title), tail(phase)]),
    [{ paint }, { align: "right" }, {}, { flexible: true }, {}],
    columns,
  );
};
