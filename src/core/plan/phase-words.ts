/** The part of a plan that says what happens when, one phase at a time. */

import { daysLater, formatLocal, titleFault, typed } from "./moments.ts";
import { lineFault } from "./names.ts";
import { checkPhases, type Draft, type Known } from "./phase-checks.ts";
import { readGate, readParts } from "./phase-parts.ts";
import type { Moment, Phase } from "./plan.ts";
import { fault, listed, quoted } from "./problems.ts";
import { PARTS } from "./schema.ts";
import { phaseName } from "./shape.ts";
import { check, childOf, entryOf, isSaid, itemsOf, type Sheet, wordsOf } from "./sheet.ts";
import type { Item } from "./tree.ts";
import { readWhen } from "./when.ts";

const readStarts = (sheet: Sheet, known: Known, phase: Item, name: string): Draft["starts"] => {
  const week = entryOf(phase, "weekCommencing");
  const starts = entryOf(phase, "starts");
  if (starts !== undefined && week !== undefined)
    sheet.problems.add(week.key, fault(`${name} says when it starts twice, by starts and by weekCommencing`, "keep one of the two"));
  if (!isSaid(sheet, phase, "starts") && !isSaid(sheet, phase, "weekCommencing"))
    sheet.problems.add(phase.home, fault(`${name} does not say when it starts`, "for example starts: 2018-11-19"));
  const words = wordsOf(sheet, (starts ?? week)?.item);
  const moment = words === undefined ? undefined : readWhen(sheet, known.zone, words, starts === undefined);
  return words === undefined || moment === undefined ? undefined : { moment, at: words.item.at };
};

const readReportOnly = (sheet: Sheet, known: Known, phase: Item, starts: Moment | undefined): Draft["reportOnlyFrom"] => {
  const entry = entryOf(phase, "reportOnlyFrom");
  const words = wordsOf(sheet, entry?.item);
  const moment = words === undefined ? undefined : readWhen(sheet, known.zone, words);
  if (entry === undefined || words === undefined || moment === undefined) return undefined;
  const latest = starts === undefined ? undefined : daysLater(starts.local, -1);
  if (starts !== undefined && latest !== undefined && moment.local > latest)
    sheet.problems.add(
      words.item.at,
      fault(`${quoted(words.text)} is less than a day before the phase starts, on ${formatLocal(starts.local)}`, `write ${typed(latest)} or an earlier moment`),
    );
  return { moment, at: entry.key };
};

const readPhase = (sheet: Sheet, known: Known, item: Item, place: number): Draft => {
  const name = phaseName(item, place);
  const starts = item.type === "map" ? readStarts(sheet, known, item, name) : undefined;
  const title = wordsOf(sheet, childOf(item, "title"));
  if (title !== undefined && check(sheet, title.item.at, lineFault(title.text)) && starts !== undefined)
    check(sheet, title.item.at, titleFault(title.text, starts.moment.local));
  if (item.type === "map" && !PARTS.some((part) => isSaid(sheet, item, part)))
    sheet.problems.add(item.home, fault(`${name} does nothing`, `give it one of ${listed(PARTS)}, as in requireMfa: { for: heads, on: [web] }`));
  const parts = readParts(sheet, known, item);
  return {
    name,
    id: wordsOf(sheet, childOf(item, "id")),
    title: title?.text.trim(),
    starts,
    reportOnlyFrom: readReportOnly(sheet, known, item, starts?.moment),
    parts,
    gate: readGate(sheet, item, parts),
    item,
  };
};

const phaseOf = ({ id, title, starts, reportOnlyFrom, parts, gate, item }: Draft): readonly Phase[] => {
  if (id === undefined || starts === undefined) return [];
  const { requireMfa, blockLegacy, protectRegistration, allowMethods, campaign, retirePerUser, securityDefaults } = parts;
  const { turnOff, blockBasic, blockSignIn, deleteAccounts, external } = parts;
  return [
    {
      id: id.text,
      title: title ?? id.text,
      starts: starts.moment,
      ...(reportOnlyFrom !== undefined && { reportOnlyFrom: reportOnlyFrom.moment }),
      ...(requireMfa !== undefined && { requireMfa: requireMfa.words }),
      ...(blockLegacy !== undefined && { blockLegacy: blockLegacy.words }),
      ...(protectRegistration !== undefined && { protectRegistration: protectRegistration.words }),
      ...(allowMethods !== undefined && { allowMethods: allowMethods.words }),
      ...(campaign !== undefined && { campaign: campaign.words }),
      ...(retirePerUser !== undefined && { retirePerUser: retirePerUser.words }),
      ...(securityDefaults !== undefined && { securityDefaults: securityDefaults.words }),
      ...(turnOff !== undefined && { turnOff: turnOff.words }),
      ...(blockBasic !== undefined && { blockBasic: blockBasic.words }),
      ...(blockSignIn !== undefined && { blockSignIn: blockSignIn.words }),
      ...(deleteAccounts !== undefined && { deleteAccounts: deleteAccounts.words }),
      ...(external !== undefined && { external: external.words }),
      ...(gate !== undefined && { ready: gate }),
      place: item.at,
    },
  ];
};

/** @returns the phases in the order of the plan; fewer than there are only when problems were found. */
export const readPhases = (sheet: Sheet, known: Known, item: Item | undefined): readonly Phase[] => {
  const drafts = itemsOf(item).map((phase, place) => readPhase(sheet, known, phase, place));
  checkPhases(sheet, known, drafts);
  return drafts.flatMap(phaseOf);
};
