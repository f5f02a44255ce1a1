/** What a phase does, part by part, as the plan says it. */

import { type AccountGiven, readBlockSignIn, readDeleteAccounts } from "./account-words.ts";
import { readDays, readLimit, readShare } from "./amounts.ts";
import { readException } from "./cohort-words.ts";
import { lineFault } from "./names.ts";
import {
  ALLOWABLE_METHODS,
  type AllowableMethod,
  type Apps,
  BASIC_ALLOWABLE,
  type BlockBasic,
  type BlockLegacy,
  type BlockSignIn,
  type Campaign,
  type DeleteAccounts,
  type External,
  type Phase,
  type Place,
  PROTOCOLS,
  type ProtectRegistration,
  type ReadyGate,
  type RequireMfa,
  type Strength,
  type TurnOff,
} from "./plan.ts";
import { type Fault, fault, quoted, suggestion } from "./problems.ts";
import { check, childOf, entriesOf, entryOf, itemsOf, namesOf, type Sheet, textOf, type Words, wordsOf } from "./sheet.ts";
import type { Item } from "./tree.ts";

/** What the parts may name. Of what is not sound the name alone is known, and naming it is no second mistake. */
export type Names = AccountGiven & {
  /** Undefined where the mechanism knows none. */
  readonly cohortNames: readonly string[] | undefined;
  readonly networkNames: readonly string[];
};

/** A part as far as it could be read, with the places that later checks point at: its key, and the name of its cohort. */
export type Part<T> = { readonly words: T; readonly at: Place; readonly forAt: Place };

export type Parts = {
  readonly requireMfa?: Part<RequireMfa> | undefined;
  readonly blockLegacy?: Part<BlockLegacy> | undefined;
  readonly protectRegistration?: Part<ProtectRegistration> | undefined;
  readonly allowMethods?: Part<NonNullable<Phase["allowMethods"]>> | undefined;
  readonly campaign?: Part<Campaign> | undefined;
  readonly retirePerUser?: Part<BlockLegacy> | undefined;
  readonly securityDefaults?: Part<"on"> | undefined;
  readonly turnOff?: Part<TurnOff> | undefined;
  readonly blockBasic?: Part<BlockBasic> | undefined;
  readonly blockSignIn?: Part<BlockSignIn> | undefined;
  readonly deleteAccounts?: Part<DeleteAccounts> | undefined;
  readonly external?: Part<External> | undefined;
};

const MOST_STEPS = 50;
const DEFAULT_SNOOZE_DAYS = 1;
const MOST_SNOOZE_DAYS = 14;

const readOutside = (sheet: Sheet, names: Names, item: Item | undefined): readonly string[] => {
  const known = new Set<string>();
  for (const { item: one, text } of namesOf(sheet, item)) {
    if (!names.networkNames.includes(text))
      sheet.problems.add(
        one.at,
        fault(
          `there is no network ${quoted(text)}`,
          names.networkNames.length === 0
            ? `give it its ranges under networks:, as in ${text}: { ranges: [192.0.2.0/24] }`
            : suggestion(text, names.networkNames, "networks are named under networks:"),
        ),
      );
    else if (known.has(text)) sheet.problems.add(one.at, fault(`network ${quoted(text)} stands here twice`));
    known.add(text);
  }
  return [...known];
};

const readOn = (sheet: Sheet, item: Item | undefined): RequireMfa["on"] => {
  const words = itemsOf(item).map((one) => wordsOf(sheet, one));
  words.forEach((one, at) => {
    if (one !== undefined && words.findIndex((other) => other?.text === one.text) < at)
      sheet.problems.add(one.item.at, fault(`${quoted(one.text)} stands here twice`));
  });
  return (["web", "clients"] as const).filter((word) => words.some((one) => one?.text === word));
};

const readApps = (sheet: Sheet, item: Item | undefined): Apps => {
  if (item?.type !== "list") return textOf(sheet, item) === "office365" ? "office365" : "all";
  const ids = new Set<string>();
  for (const one of item.items) {
    const words = wordsOf(sheet, one);
    const id = words?.text.toLowerCase();
    if (words === undefined || id === undefined) continue;
    if (ids.has(id)) sheet.problems.add(words.item.at, fault(`the application ${id} stands here twice`));
    ids.add(id);
  }
  return { ids: [...ids].sort() };
};

const STRENGTHS: readonly Strength[] = ["multifactor", "passwordless", "phishing-resistant"];

/** @returns the cohort's name, which was looked for in the plan. */
const readFor = (sheet: Sheet, names: Names, item: Item): Words | undefined => {
  const cohort = wordsOf(sheet, childOf(item, "for"));
  if (cohort !== undefined && names.cohortNames?.includes(cohort.text) === false)
    sheet.problems.add(
      cohort.item.at,
      fault(`there is no cohort ${quoted(cohort.text)}`, suggestion(cohort.text, names.cohortNames, "cohorts are named under cohorts:")),
    );
  return cohort;
};

type Reader<T> = (sheet: Sheet, names: Names, item: Item, cohort: Words | undefined) => T | undefined;

/** A part of a phase; one that names a cohort says where that stands. */
const partOf = <T>(sheet: Sheet, names: Names, phase: Item, key: string, read: Reader<T>): Part<T> | undefined => {
  const entry = entryOf(phase, key);
  if (entry?.item.type !== "map") return undefined;
  const cohort = readFor(sheet, names, entry.item);
  const words = read(sheet, names, entry.item, cohort);
  return words === undefined ? undefined : { words, at: entry.key, forAt: cohort?.item.at ?? entry.key };
};

const readDemand: Reader<RequireMfa> = (sheet, names, item, cohort) => {
  const days = readDays(sheet, childOf(item, "askAgainAfter"), 1, 365);
  const on = readOn(sheet, childOf(item, "on"));
  const outside = readOutside(sheet, names, childOf(item, "outside"));
  const strength = STRENGTHS.find((word) => word === textOf(sheet, childOf(item, "strength")));
  if (cohort === undefined) return undefined;
  return {
    for: cohort.text,
    on,
    apps: readApps(sheet, childOf(item, "apps")),
    outside,
    ...(strength !== undefined && { strength }),
    ...(days !== undefined && { askAgainAfterDays: days }),
  };
};

const readForAlone: Reader<BlockLegacy> = (_sheet, _names, _item, cohort) => (cohort === undefined ? undefined : { for: cohort.text });

const readProtection: Reader<ProtectRegistration> = (sheet, names, item, cohort) => {
  const outside = readOutside(sheet, names, childOf(item, "outside"));
  const pass = childOf(item, "temporaryAccessPass");
  return cohort === undefined ? undefined : { for: cohort.text, outside, temporaryAccessPass: pass?.type === "value" && pass.value === true };
};

const readAllowed: Reader<NonNullable<Phase["allowMethods"]>> = (sheet, _names, item) => {
  const said: { [method in AllowableMethod]?: "on" | "off" } = {};
  for (const method of ALLOWABLE_METHODS) {
    const state = textOf(sheet, childOf(item, method));
    if (state === "on" || state === "off") said[method] = state;
  }
  if (entriesOf(item).length === 0) sheet.problems.add(item.home, fault("allowMethods names no method", "for example allowMethods: { text: off }"));
  return said;
};

const readCampaign: Reader<Campaign> = (sheet, _names, item, cohort) => {
  const days = readDays(sheet, childOf(item, "snooze"), 0, MOST_SNOOZE_DAYS);
  if (textOf(sheet, childOf(item, "state")) !== "off")
    return {
      state: "on",
      ...(cohort !== undefined && { for: cohort.text }),
      method: textOf(sheet, childOf(item, "method")) === "passkey" ? "passkey" : "app",
      snoozeDays: days ?? DEFAULT_SNOOZE_DAYS,
    };
  for (const [key, entry] of entriesOf(item))
    if (key !== "state") sheet.problems.add(entry.key, fault(`${key} says nothing where the campaign ends`, "take it out"));
  return { state: "off" };
};

const stepFault = (text: string): Fault | undefined => (text.trim() === "" ? fault("nothing is said here") : lineFault(text, 300));

const readExternal: Reader<External> = (sheet, _names, item, cohort) => {
  const what = wordsOf(sheet, childOf(item, "what"));
  if (what !== undefined) check(sheet, what.item.at, stepFault(what.text));
  const checklist = childOf(item, "checklist");
  const steps = itemsOf(checklist).flatMap((one) => wordsOf(sheet, one) ?? []);
  for (const step of steps) check(sheet, step.item.at, stepFault(step.text));
  if (checklist !== undefined && steps.length > MOST_STEPS)
    sheet.problems.add(checklist.home, fault(`the checklist has more than ${MOST_STEPS} steps`, "make it several phases"));
  if (what === undefined) return undefined;
  return {
    what: what.text.trim(),
    ...(cohort !== undefined && { for: cohort.text }),
    ...(textOf(sheet, childOf(item, "gate")) === "ready" && { gate: "ready" }),
    checklist: steps.map(({ text }) => text.trim()),
  };
};

/** A list of words in which none stands twice. */
const readOnce = (sheet: Sheet, item: Item | undefined): readonly Words[] => {
  const said = itemsOf(item).flatMap((one) => wordsOf(sheet, one) ?? []);
  said.forEach(({ item: one, text }, at) => {
    if (said.findIndex((other) => other.text === text) < at) sheet.problems.add(one.at, fault(`${quoted(text)} stands here twice`));
  });
  return said;
};

const readTurnOff: Reader<TurnOff> = (sheet, _names, item, cohort) => {
  const said = readOnce(sheet, childOf(item, "protocols"));
  const protocols = PROTOCOLS.filter((protocol) => said.some(({ text }) => text === protocol));
  const atMost = readLimit(sheet, childOf(item, "atMost"));
  const keepOn = itemsOf(childOf(item, "keepOn")).flatMap((one) => readException(sheet, one) ?? []);
  if (protocols.length === 0) return undefined;
  return { protocols, ...(cohort !== undefined && { for: cohort.text }), keepOn, atMost };
};

const readBlockBasic: Reader<BlockBasic> = (sheet, _names, item) => {
  const said = readOnce(sheet, childOf(item, "allow"));
  return { allow: BASIC_ALLOWABLE.filter((word) => said.some(({ text }) => text === word)), atMost: readLimit(sheet, childOf(item, "atMost")) };
};

const readDefaults = (sheet: Sheet, phase: Item): Part<"on"> | undefined => {
  const entry = entryOf(phase, "securityDefaults");
  return entry !== undefined && textOf(sheet, entry.item) === "on" ? { words: "on", at: entry.key, forAt: entry.key } : undefined;
};

export const readParts = (sheet: Sheet, names: Names, phase: Item): Parts => ({
  requireMfa: partOf(sheet, names, phase, "requireMfa", readDemand),
  blockLegacy: partOf(sheet, names, phase, "blockLegacy", readForAlone),
  protectRegistration: partOf(sheet, names, phase, "protectRegistration", readProtection),
  allowMethods: partOf(sheet, names, phase, "allowMethods", readAllowed),
  campaign: partOf(sheet, names, phase, "campaign", readCampaign),
  retirePerUser: partOf(sheet, names, phase, "retirePerUser", readForAlone),
  securityDefaults: readDefaults(sheet, phase),
  turnOff: partOf(sheet, names, phase, "turnOff", readTurnOff),
  blockBasic: partOf(sheet, names, phase, "blockBasic", readBlockBasic),
  blockSignIn: partOf(sheet, names, phase, "blockSignIn", readBlockSignIn),
  deleteAccounts: partOf(sheet, names, phase, "deleteAccounts", readDeleteAccounts),
  external: partOf(sheet, names, phase, "external", readExternal),
});

/** @returns the gate; that of a part which waits for everybody, when the phase does not say one itself. */
export const readGate = (sheet: Sheet, phase: Item, { external }: Parts): ReadyGate | undefined => {
  const item = childOf(phase, "ready");
  if (item === undefined) return external?.words.gate === "ready" ? { atLeast: 100 } : undefined;
  const [atLeast, perDomain] = [readShare(sheet, childOf(item, "atLeast")), readShare(sheet, childOf(item, "perDomain"))];
  if (item.type === "map" && item.entries.size === 0) sheet.problems.add(item.home, fault("ready says no share", "for example ready: { atLeast: 90% }"));
  return { ...(atLeast !== undefined && { atLeast }), ...(perDomain !== undefined && { perDomain }) };
};
