/** What a plan says of the protocols of one mailbox: which phase turns each off, or will, and for whom it is kept on. */

import type { PhaseCourse } from "../changes.ts";
import type { CohortReader } from "../cohorts.ts";
import { type TurnOffPhase, turnOffPhases } from "../mailbox-wishes.ts";
import { patternMatches } from "../plan/patterns.ts";
import type { Exception, Plan, ProtocolWord } from "../plan/plan.ts";
import type { Person, PhaseId } from "../tenant.ts";

export type Kept = { readonly phase: TurnOffPhase; readonly exception: Exception; readonly pattern: string };

/** The first of a phase's words by which an account keeps what the phase turns off for others. */
const keptBy = (phase: TurnOffPhase, address: string): Kept | undefined => {
  for (const exception of phase.turnOff.keepOn) {
    const pattern = exception.accounts.find((each) => patternMatches(each, address));
    if (pattern !== undefined) return { phase, exception, pattern };
  }
  return undefined;
};

/** An account as the plan's words see it; without an address the directory does not list it. */
export type Owner = { readonly address: string | undefined; readonly isIn: (cohort: string) => boolean | "unknown" };

export type Words = {
  /** A phase that has started turns it off. */
  readonly off?: TurnOffPhase;
  /** None that has started does, and this one will. */
  readonly later?: TurnOffPhase;
  readonly kept?: Kept;
  /** Whether a phase is about the mailbox, or whether it has started, nobody can say. */
  readonly unsure: boolean;
};

export type WordsOf = { readonly [protocol in ProtocolWord]: Words };

const NOTHING: Words = { unsure: false };
export const NO_WORDS: WordsOf = { pop3: NOTHING, imap: NOTHING, smtpAuth: NOTHING, activeSync: NOTHING };

type Said = { readonly phase: TurnOffPhase; readonly word: "off" | "unknown" | Kept };

const saidBy = (phase: TurnOffPhase, { address, isIn }: Owner): Said | undefined => {
  const { for: cohort, keepOn } = phase.turnOff;
  const about = cohort === undefined || isIn(cohort);
  if (about === false) return undefined;
  // Whose mailbox it is nobody can say, so that it may be one that keeps it.
  if (about === "unknown" || (address === undefined && keepOn.length > 0)) return { phase, word: "unknown" };
  return { phase, word: (address === undefined ? undefined : keptBy(phase, address)) ?? "off" };
};

/** Where one phase keeps a protocol and another does not, it is turned off. */
const together = (said: readonly Said[], courseOf: (id: PhaseId) => PhaseCourse | undefined): Words => {
  if (said.length === 0) return NOTHING;
  const off = said.filter(({ word }) => word === "off").map(({ phase }) => phase);
  const started = off.find(({ id }) => courseOf(id) === "started");
  if (started !== undefined) return { off: started, unsure: false };
  const [later] = off;
  const kept = said.flatMap(({ word }) => (typeof word === "string" ? [] : [word]))[0];
  const unsure = said.some(({ phase, word }) => word === "unknown" || (word === "off" && courseOf(phase.id) === undefined));
  return { ...(later !== undefined && { later }), ...(kept !== undefined && { kept }), unsure };
};

/**
 * @param phases in the plan's order
 * @param courseOf undefined: where the phase stands could not be read
 */
export const turnedOffBy =
  (phases: readonly TurnOffPhase[], courseOf: (id: PhaseId) => PhaseCourse | undefined): ((owner: Owner) => WordsOf) =>
  (owner) => {
    const said = phases.flatMap((phase) => saidBy(phase, owner) ?? []);
    if (said.length === 0) return NO_WORDS;
    const of = (protocol: ProtocolWord): Words =>
      together(
        said.filter(({ phase }) => phase.turnOff.protocols.includes(protocol)),
        courseOf,
      );
    return { pop3: of("pop3"), imap: of("imap"), smtpAuth: of("smtpAuth"), activeSync: of("activeSync") };
  };

/** Whether a phase has anything to say of the mailbox. */
export const isAboutOwner = (phase: TurnOffPhase, owner: Owner): boolean => saidBy(phase, owner) !== undefined;

/**
 * Every word by which an account keeps what goes off for others, phase by phase.
 *
 * @param cohorts a reader of the plan's cohorts; not asked for where nobody keeps anything
 */
export const keptReader = (plan: Plan, cohorts: () => CohortReader): ((person: Person) => readonly Kept[]) => {
  const phases = turnOffPhases(plan).filter(({ turnOff }) => turnOff.keepOn.length > 0);
  if (phases.length === 0) return () => [];
  const { names, unreadable, read } = cohorts();
  // Who is named to keep something is told, also where nobody can say who is in the cohort.
  const unread = new Set(unreadable.map(({ cohort }) => cohort));
  return (person) => {
    const { standings } = read(person);
    return phases.flatMap((phase) => {
      const { for: cohort } = phase.turnOff;
      const isOut = cohort !== undefined && !unread.has(cohort) && standings[names.indexOf(cohort)] !== "in";
      return isOut ? [] : (keptBy(phase, person.address) ?? []);
    });
  };
};
