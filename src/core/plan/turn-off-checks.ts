/** Phases that turn off protocols of mailboxes, against each other: who keeps one by the word of a phase loses it by no other's. */

import type { Coverage, Reach } from "./coverage.ts";
import { patternCovers, patternsMeet } from "./patterns.ts";
import type { Part } from "./phase-parts.ts";
import { type Cohort, type Exception, PROTOCOL_NAMES, type TurnOff } from "./plan.ts";
import { fault, listed, quoted } from "./problems.ts";
import type { Sheet } from "./sheet.ts";

/** A phase by the name that people are shown. */
type Named = { readonly name: string; readonly part: Part<TurnOff> };

type Given = { readonly sheet: Sheet; readonly cohorts: ReadonlyMap<string, Cohort>; readonly coverage: Coverage };

/** Addresses that a phase is about, those of keepOn as well; nothing where only the tenant can tell. */
const reachOf = ({ cohorts, coverage }: Given, { for: name }: TurnOff): readonly Reach[] => {
  if (name === undefined) return [{ pattern: "*@*", kept: [] }];
  const cohort = cohorts.get(name);
  return cohort === undefined ? [] : coverage.of(cohort);
};

const keptBy = ({ keepOn }: TurnOff): readonly string[] => keepOn.flatMap(({ accounts }) => accounts);

/** Which of some patterns a phase turns something off for. */
const turnedOff = (given: Given, words: TurnOff, patterns: readonly string[], meets: (reach: string, pattern: string) => boolean): readonly string[] => {
  const reach = reachOf(given, words);
  return patterns.filter(
    (each) =>
      !keptBy(words).some((kept) => patternCovers(kept, each)) &&
      reach.some(({ pattern, kept }) => meets(pattern, each) && !kept.some((other) => patternCovers(other, each))),
  );
};

/** Whom a phase leaves a protocol on purpose, and by what words. */
type Spared = { readonly exception: Exception; readonly words: string; readonly end: string };

const sparedBy = ({ cohorts }: Given, { name, part: { words } }: Named): readonly Spared[] => [
  ...words.keepOn.map((exception) => ({ exception, words: `which ${name} keeps on`, end: `take them out of keepOn of ${name}` })),
  ...(cohorts.get(words.for ?? "")?.except ?? []).map((exception) => ({
    exception,
    words: `which cohort ${quoted(words.for ?? "")} leaves out`,
    end: `end the exception of ${quoted(words.for ?? "")}`,
  })),
];

/** @returns whether the later phase takes from somebody what the earlier one left them. */
const checkSpared = (given: Given, earlier: Named, later: Named, protocols: string): boolean => {
  let isVoid = false;
  for (const { exception, words, end } of sparedBy(given, earlier)) {
    const hint = `name them under keepOn of ${later.name} as well, or ${end}`;
    const voided = turnedOff(given, later.part.words, exception.accounts, patternCovers);
    const touched = voided.length > 0 ? [] : turnedOff(given, later.part.words, exception.accounts, patternsMeet);
    if (voided.length > 0)
      given.sheet.problems.add(later.part.forAt, fault(`${later.name} turns off ${protocols} of ${voided.join(", ")}, ${words} (${exception.because})`, hint));
    else if (touched.length > 0)
      given.sheet.remarks.add(later.part.forAt, fault(`${later.name} may turn off ${protocols} of some of ${touched.join(", ")}, ${words}`, hint));
    isVoid ||= voided.length > 0;
  }
  return isVoid;
};

/** Keeping on in a later phase what an earlier one turned off turns nothing on again. */
const checkKeepers = (given: Given, earlier: Named, later: Named, protocols: string): void => {
  for (const { accounts, place } of later.part.words.keepOn) {
    const gone = turnedOff(given, earlier.part.words, accounts, patternCovers);
    if (gone.length > 0)
      given.sheet.problems.add(
        place,
        fault(
          `${later.name} keeps ${protocols} on for ${gone.join(", ")}, of whom ${earlier.name} turns it off before`,
          `name them under keepOn of ${earlier.name}; what is off is never turned on again`,
        ),
      );
  }
};

const remarksOf = ({ sheet }: Given, { name, part: { words, at } }: Named): void => {
  if (words.protocols.includes("activeSync"))
    sheet.remarks.add(at, fault(`${name} turns off ActiveSync, by which the built-in mail programs of many telephones get their mail, with MFA too`));
  if (words.protocols.includes("smtpAuth") && words.keepOn.length === 0)
    sheet.remarks.add(
      at,
      fault(
        `${name} turns off ${PROTOCOL_NAMES.smtpAuth} for everybody it is about: copiers and programs that send mail stop`,
        "name those that shall go on under keepOn:",
      ),
    );
};

/** @param phases in the plan's order. */
export const checkTurnOffs = (given: Given, phases: readonly Named[]): void => {
  phases.forEach((later, at) => {
    const { protocols, for: cohort } = later.part.words;
    const before = phases.slice(0, at);
    let isVoid = false;
    for (const earlier of before) {
      const both = protocols.filter((protocol) => earlier.part.words.protocols.includes(protocol)).map((protocol) => PROTOCOL_NAMES[protocol]);
      if (both.length === 0) continue;
      isVoid = checkSpared(given, earlier, later, listed(both, "and")) || isVoid;
      if (!isVoid) checkKeepers(given, earlier, later, listed(both, "and"));
    }
    const wider = before.filter(({ part }) => part.words.for === undefined || part.words.for === cohort);
    const covering = protocols.map((protocol) => wider.find(({ part }) => part.words.protocols.includes(protocol)));
    // Whom an earlier phase spares, the later one does turn something off for.
    if (covering.length > 0 && !isVoid && covering.every((each) => each !== undefined))
      given.sheet.problems.add(
        later.part.at,
        fault(
          `${later.name} turns off nothing that ${[...new Set(covering.map((each) => each.name))].join(" and ")} does not turn off already`,
          "take it out; who shall keep a protocol is named under keepOn where it is turned off first",
        ),
      );
    remarksOf(given, later);
  });
};
