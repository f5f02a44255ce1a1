/** From where people sign in while school is on: one row an address, and those that the plan lacks. */

import type { Plan } from "../plan/plan.ts";
import { CROWD, PLACE_DAYS } from "../sign-in-digest.ts";
import type { AddressFold, Part, Spot } from "./address-fold.ts";
import type { Span } from "./log-days.ts";
import { momentText, UNKNOWN } from "./log-row.ts";
import type { Row, Shape, SumTable } from "./shape.ts";

export const networks: Shape = {
  name: "networks",
  about: `addresses from which people signed in during school hours of the last ${PLACE_DAYS} days, and those that the plan lacks`,
  columns: [
    { name: "address", heading: "Address", sort: "word", about: "an IPv4 address, or the /64 of an IPv6 one", shown: "narrow" },
    { name: "family", heading: "Family", sort: "word", about: "`IPv4` or `IPv6`" },
    {
      name: "inside",
      heading: "Inside",
      sort: "flag",
      about: "whether it is in a network of the plan, a range or a country; empty: the plan names none, or there is none",
      shown: "narrow",
    },
    { name: "networks", heading: "Networks", sort: "list", about: "the plan's networks that it is in", shown: "narrow" },
    { name: "country", heading: "Country", sort: "text", about: "the country that the service has for it, as ISO 3166 code; `unknown`: none" },
    { name: "accounts", heading: "Accounts", sort: "number", about: "accounts that signed in from there", shown: "narrow" },
    { name: "signIns", heading: "Sign-ins", sort: "number", about: "their sign-ins from there that succeeded", shown: "narrow" },
    { name: "share", heading: "Share, %", sort: "number", about: "of all sign-ins that were counted, in percent", shown: "narrow" },
    { name: "days", heading: "Days", sort: "number", about: "on how many school days somebody signed in from there", shown: "narrow" },
    { name: "first", heading: "First seen", sort: "moment", about: "the first of these sign-ins" },
    { name: "last", heading: "Last seen", sort: "moment", about: "the last of them" },
    { name: "domains", heading: "Domains", sort: "list", about: "the domains of the accounts, the one with the most first", shown: "wide" },
    { name: "mostOfOne", heading: "Accounts of the first domain", sort: "number", about: "how many of the accounts are of the first of these domains" },
    {
      name: "looksLike",
      heading: "Looks like",
      sort: "word",
      about: `an address in no range of the plan that people of a school share: \`a school\` (${CROWD} accounts or more, half of them of one domain), \`several schools\` (as many, of several), \`perhaps a school\` (three or more of one domain, on two days or more); empty: none of these`,
      shown: "narrow",
    },
  ],
};

/** A household is smaller, and so are few schools. */
const SMALL_SCHOOL = 3;
const TWICE = 2;

export type Looks = "a school" | "several schools" | "perhaps a school" | undefined;

export const looksLike = ({ isRanged, accounts, days, domains }: Spot): Looks => {
  const [most] = domains;
  if (isRanged || most === undefined) return undefined;
  const isMostOfOne = most.accounts * TWICE >= accounts;
  if (accounts >= CROWD) return isMostOfOne ? "a school" : "several schools";
  return isMostOfOne && most.accounts >= SMALL_SCHOOL && days >= TWICE ? "perhaps a school" : undefined;
};

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 10);

const hasNetworks = (plan: Plan | undefined): boolean => plan !== undefined && plan.networks.length > 0;

/** In the order of the columns. */
export const rowOf = (spot: Spot, looks: Looks, plan: Plan | undefined, total: number): Row => [
  spot.address,
  spot.family,
  hasNetworks(plan) ? spot.networks.length > 0 : null,
  spot.networks,
  spot.country ?? UNKNOWN,
  spot.accounts,
  spot.signIns,
  percent(spot.signIns, total),
  spot.days,
  momentText(spot.first),
  momentText(spot.last),
  spot.domains.map(({ domain }) => domain),
  spot.domains[0]?.accounts ?? 0,
  looks ?? null,
];

const MOST_LACKING = 10;
const MOST_DOMAINS = 3;

/** The most used of those that the plan lacks, kept as the rows pass. */
export class Lacking {
  readonly #spots: Spot[] = [];
  count = 0;

  add(spot: Spot, looks: Looks): void {
    if (looks === undefined) return;
    this.count += 1;
    if (this.#spots.length < MOST_LACKING) this.#spots.push(spot);
  }

  table(plan: Plan | undefined): readonly SumTable[] {
    if (this.#spots.length === 0) return [];
    const rows = this.#spots.map(({ address, accounts, signIns, days, domains }) => [
      accounts,
      signIns,
      days,
      `- ${address}  # ${domains
        .slice(0, MOST_DOMAINS)
        .map(({ domain }) => domain)
        .join(", ")}${domains.length > MOST_DOMAINS ? ", ..." : ""}`,
    ]);
    const more = this.count > this.#spots.length ? `, the first ${this.#spots.length} of ${this.count}` : "";
    return [
      {
        title: `${plan === undefined ? "Most used of those that look like a school's" : "Most used that the plan lacks"}${more}`,
        columns: ["Accounts", "Sign-ins", "Days", "Line under ranges: of a network"],
        rows,
      },
    ];
  }
}

export const sumsOf = (
  fold: AddressFold,
  lacking: Lacking,
  plan: Plan | undefined,
  spans: readonly Span[],
  unread: ReadonlyMap<number, "part" | "nothing">,
): readonly SumTable[] => {
  const line = (words: string, { addresses, accounts, signIns }: Part): SumTable["rows"][number] => [
    words,
    addresses,
    accounts,
    signIns,
    percent(signIns, fold.rows - fold.nowhere),
  ];
  return [
    ...lacking.table(plan),
    {
      title: "Sign-ins during school hours",
      columns: ["Where", "Addresses", "Accounts", "Sign-ins", "Share, %"],
      rows: [
        ...(hasNetworks(plan) ? [line("inside", fold.part("inside")), line("outside", fold.part("outside"))] : []),
        line("IPv4", fold.part("IPv4")),
        line("IPv6", fold.part("IPv6")),
        ...(plan?.networks ?? []).map(({ name }) => line(`network ${name}`, fold.network(name))),
      ],
    },
    {
      title: "Days",
      columns: ["Day", "Read", "Sign-ins"],
      rows: spans.map(({ day }, at) => {
        const missing = unread.get(at);
        return missing === "nothing" ? [day, "not read", null] : [day, missing === "part" ? "in part" : "whole", fold.days[at] ?? 0];
      }),
    },
  ];
};
