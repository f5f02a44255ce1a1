/** All pseudonyms of one tenant, and of the plan that goes with it. The same key gives the same ones. */

import { stringify } from "yaml";
import { openPlan } from "../plan/parse.ts";
import type { CohortSource, NamedFile, Plan } from "../plan/plan.ts";
import type { ObjectId } from "../tenant.ts";
import { type Addresses, type AddressPatterns, addressesBy } from "./addresses.ts";
import { guidFrom, type Keyed, keyedBy } from "./keyed.ts";
import { cohortListText, reviewListText } from "./lists.ts";
import { idsBy, marksBy, type Pair } from "./marks.ts";
import { planValues } from "./plan-values.ts";
import { type Ranges, rangesBy } from "./ranges.ts";
import { personNameBy, type Renamed, resourcesBy } from "./resources.ts";
import { type Texts, textsBy } from "./texts.ts";
import { isPublicId } from "./vocabulary.ts";

/** A plan as it was found: its text, the files that it names, and what was read of them. */
export type FoundPlan = {
  readonly plan: Plan;
  readonly text: string;
  readonly files: ReadonlyMap<string, NamedFile>;
};

export type MadePlan = {
  readonly text: string;
  /** By name, as the new plan names them. */
  readonly files: ReadonlyMap<string, string>;
  /** The plan that the text is. */
  readonly plan: Plan;
};

/** A list of the plan that could not be taken along. */
export class ListUnusable extends Error {
  readonly list: string;

  constructor(list: string, because: string) {
    super(because);
    this.name = "ListUnusable";
    this.list = list;
  }
}

const patternsIn = ({ source }: { readonly source: CohortSource }): readonly string[] => (source.type === "accounts" ? source.patterns : []);

const addressPatternsOf = (plan: Plan | undefined): AddressPatterns => ({
  accounts: [
    ...new Set(
      plan === undefined
        ? []
        : [
            ...plan.cohorts.flatMap((cohort) => [...patternsIn(cohort), ...cohort.except.flatMap(({ accounts }) => accounts)]),
            ...plan.serviceAccounts,
            ...(plan.sharedAccounts ?? []),
            ...plan.phases.flatMap(({ turnOff, deleteAccounts }) => [
              ...(turnOff?.keepOn.flatMap(({ accounts }) => accounts) ?? []),
              ...(deleteAccounts?.keep ?? []),
            ]),
          ],
    ),
  ],
  domains: [...new Set(plan?.cohorts.flatMap(({ source }) => (source.type === "domains" ? source.patterns : [])) ?? [])],
});

const attributePatternsOf = (plan: Plan | undefined): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>();
  for (const { source } of plan?.cohorts ?? [])
    for (const { attribute, patterns } of source.type === "where" ? source.conditions : [])
      found.set(attribute, [...(found.get(attribute) ?? []), ...patterns]);
  return found;
};

const HEADER = "# Written by entra-rollout snapshot --pseudonymise: names, addresses and ids are made up, and fit the snapshot beside it.\n";

type Common = {
  readonly keyed: Keyed;
  readonly guid: (id: ObjectId) => ObjectId;
  readonly addresses: Addresses;
  readonly texts: Texts;
  readonly range: Ranges;
};

const planBy = ({ keyed, guid, addresses, texts, range }: Common, { plan, text, files }: FoundPlan, called: string): MadePlan => {
  const ids = idsBy(keyed, texts);
  const opened = openPlan(plan.file, text);
  const made = new Map<string, string>();
  const names = new Map(opened.files.map((name, place) => [name, `${called}.${opened.reviews.includes(name) ? "review" : "list"}-${place + 1}.csv`]));
  for (const [name, newName] of names) {
    const file = files.get(name);
    // A list that is not there yet stays so.
    if (file === undefined || (file.type === "unusable" && file.missing === true)) continue;
    if (file.type === "unusable") throw new ListUnusable(name, file.because);
    const review = { addresses, texts, guid, person: personNameBy(keyed), plan: { original: plan.id, pseudonym: ids.id(plan.id) } };
    const list = opened.reviews.includes(name) ? reviewListText(name, file.text, review) : cohortListText(name, file.text, addresses);
    if (list === undefined) throw new ListUnusable(name, opened.reviews.includes(name) ? "it is no review list" : "it holds no row that can be read");
    made.set(newName, list);
  }
  const values = planValues(opened.values, { addresses, texts, ids, guid, range, file: (name) => names.get(name) ?? name });
  const newText = `${HEADER}${stringify(values, { lineWidth: 0 })}`;
  const parsed = openPlan(`${called}.plan.yaml`, newText).parse(
    new Map([...names.values()].map((name): [string, NamedFile] => [name, fileOf(made.get(name))])),
  );
  if (parsed.type === "unsound")
    throw new Error(`the plan's pseudonym is not sound: ${parsed.problems.map(({ line, message }) => `${line}: ${message}`).join("; ")}`);
  return { text: newText, files: made, plan: parsed.plan };
};

const fileOf = (text: string | undefined): NamedFile =>
  text === undefined ? { type: "unusable", because: "there is no such file", missing: true } : { type: "text", text };

export type Pseudonyms = {
  readonly resource: Renamed;
  readonly plan: MadePlan | undefined;
};

export type Wish = {
  readonly key: Uint8Array;
  readonly plan: FoundPlan | undefined;
  /** What the files beside the snapshot begin with. */
  readonly called: string;
  /** Every range of the tenant. */
  readonly ranges: readonly string[];
  /** Told a pattern of the plan that an account would be in or out of by its pseudonyms alone. */
  readonly outOfStep: (pattern: string) => void;
};

/** @throws ListUnusable; RangeError where there is no other place for a range */
export const pseudonymsBy = ({ key, plan: found, called, ranges, outOfStep }: Wish): Pseudonyms => {
  const keyed = keyedBy(key);
  const guid = (id: ObjectId): ObjectId => {
    const lower = id.toLowerCase();
    return isPublicId(lower) ? lower : guidFrom(keyed("id", lower));
  };
  const addresses = addressesBy(keyed, addressPatternsOf(found?.plan));
  const texts = textsBy(keyed, attributePatternsOf(found?.plan), { ...addresses, guid });
  const planRanges = found?.plan.networks.flatMap((network) => (network.sort === "ip" ? network.ranges : [])) ?? [];
  const range = rangesBy(keyed, [...planRanges, ...ranges]);
  const common: Common = { keyed, guid, addresses, texts, range };
  const made = found === undefined ? undefined : planBy(common, found, called);
  const pair: Pair | undefined = found === undefined || made === undefined ? undefined : { original: found.plan, pseudonym: made.plan };
  const marks = marksBy({ texts, ids: idsBy(keyed, texts), domain: addresses.domain, guid, pair });
  return { resource: resourcesBy({ ...common, marks, outOfStep }), plan: made };
};
