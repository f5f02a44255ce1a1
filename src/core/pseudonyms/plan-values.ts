/** A plan under pseudonyms: its words and moments stay, its names become those that the snapshot has. */

import type { ObjectId } from "../tenant.ts";
import type { Addresses } from "./addresses.ts";
import type { Ids } from "./marks.ts";
import type { Ranges } from "./ranges.ts";
import type { Texts } from "./texts.ts";

export type PlanParts = {
  readonly addresses: Addresses;
  readonly texts: Texts;
  readonly ids: Ids;
  readonly guid: (id: ObjectId) => ObjectId;
  readonly range: Ranges;
  /** What a file that the plan names is called beside the new plan. */
  readonly file: (name: string) => string;
};

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** Keys behind which a plan's own words stand, moments and numbers: whatever is there came through the plan's schema. */
const KEPT: ReadonlySet<string> = new Set(
  `after allow apps askAgainAfter atMostShare atLeast certificate countries createdBefore gate guests mechanism method microsoftManaged notCount notOn on perDomain
  protocols pupils reportOnlyFrom securityDefaults snooze starts state strength text timeZone unknownCountries until weekCommencing window
  app code call email hello passkey temporaryAccessPass token`.split(/\s+/),
);

/** What a title and a reason may be long at most, with room to spare. */
const LONGEST_TITLE = 120;
const LONGEST_LINE = 300;
const LONGEST_GROUP = 256;

type Way = (text: string) => string;

/** @param plain the plan as values, sound */
export const planValues = (plain: unknown, { addresses, texts, ids, guid, range, file }: PlanParts): unknown => {
  const line: Way = (text) => texts.within(texts.foreign(text), LONGEST_LINE);
  const contact: { readonly [key: string]: Way } = { name: line, email: addresses.address };
  const ways: { readonly [key: string]: Way } = {
    id: ids.id,
    name: ids.name,
    title: (text) => texts.within(texts.text(text), LONGEST_TITLE),
    emergencyAccounts: addresses.address,
    serviceAccounts: addresses.pattern,
    sharedAccounts: addresses.pattern,
    accounts: addresses.pattern,
    keep: addresses.pattern,
    domains: addresses.domainPattern,
    file,
    list: file,
    group: (text) => texts.within(texts.foreign(text), LONGEST_GROUP),
    dynamic: texts.rule,
    because: line,
    owner: line,
    what: line,
    checklist: line,
    cohorts: ids.name,
    without: ids.name,
    for: ids.name,
    outside: ids.name,
    ranges: (text) => range(text.trim()) ?? text,
  };

  const textUnder = (key: string, text: string, way: Way | undefined): string => {
    // A cohort says in or out of them; the plan lists them.
    if (key === "serviceAccounts" && (text === "in" || text === "out")) return text;
    if (way !== undefined) return way(text);
    return KEPT.has(key) ? text : texts.text(text);
  };

  const under = (key: string, value: unknown, way: Way | undefined): unknown => {
    if (typeof value === "string") return textUnder(key, value, way);
    if (Array.isArray(value)) return value.map((each: unknown) => (key === "apps" && typeof each === "string" ? guid(each) : under(key, each, way)));
    if (!isFields(value)) return value;
    const entries = Object.entries(value);
    if (key === "contact") return Object.fromEntries(entries.map(([name, each]) => [name, under(name, each, contact[name])]));
    if (key === "where") return Object.fromEntries(entries.map(([name, each]) => [name, under(name, each, texts.attributePattern)]));
    // Their keys are names that the plan gave.
    if (key === "cohorts" || key === "networks") return Object.fromEntries(entries.map(([name, each]) => [ids.name(name), under("", each, undefined)]));
    // Methods are words here, some of which mean something else elsewhere.
    if (key === "allowMethods") return value;
    return Object.fromEntries(entries.map(([name, each]) => [name, under(name, each, ways[name])]));
  };
  return under("", plain, undefined);
};
