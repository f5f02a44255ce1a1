/** Who signed in, or tried to, from where no staff are or with an old program: one row an account, success apart from failure. */

import type { Plan } from "../plan/plan.ts";
import type { Capable } from "../roster.ts";
import { errorWords } from "../sign-in-errors.ts";
import type { Instant } from "../tenant.ts";
import type { Span } from "./log-days.ts";
import { domainOf, momentText, UNKNOWN } from "./log-row.ts";
import type { Row, Shape, SumTable } from "./shape.ts";
import { countriesIn, type Seen, type SignInFold } from "./sign-in-fold.ts";

export const signIns: Shape = {
  name: "sign-ins",
  about: "who signed in, or tried to, from a country outside the plan's or with an old program",
  splitBy: "domain",
  columns: [
    { name: "account", heading: "Account", sort: "text", about: "the address of the account", shown: "wide" },
    { name: "name", heading: "Name", sort: "text", about: "the name of the account, as the log of sign-ins has it" },
    { name: "id", heading: "Object id", sort: "word", about: "its object id" },
    { name: "domain", heading: "Domain", sort: "text", about: "what stands behind the @, in lower case" },
    { name: "enabled", heading: "Enabled", sort: "flag", about: "whether the account is enabled; empty: the directory has no such account any more" },
    { name: "guest", heading: "Guest", sort: "flag", about: "whether the account is a guest's; empty as before" },
    {
      name: "seen",
      heading: "Seen",
      sort: "list",
      about:
        "what is worth seeing, the gravest first: `signed in outside`, `old program`, `stopped after the password`, `tried outside`, `tried an old program`, `signed in from an unknown country`, `tried from an unknown country`",
      shown: "narrow",
    },
    {
      name: "signedInFrom",
      heading: "Signed in from",
      sort: "list",
      about:
        "countries outside the plan's from which a sign-in succeeded, as ISO 3166 codes; where the plan names no country, outside is every one but the tenant's own",
      shown: "narrow",
    },
    {
      name: "triedFrom",
      heading: "Tried from",
      sort: "list",
      about: "countries outside the plan's from which a sign-in failed; a failed attempt is no sign-in",
      shown: "narrow",
    },
    { name: "succeededOutside", heading: "Succeeded outside", sort: "number", about: "sign-ins that succeeded from those countries", shown: "narrow" },
    { name: "failedOutside", heading: "Failed outside", sort: "number", about: "sign-ins that failed from those countries", shown: "narrow" },
    {
      name: "stoppedOutside",
      heading: "Stopped after the password",
      sort: "number",
      about: "of those that failed outside, how many got past the password, and were stopped by MFA or a policy: somebody knows the password",
    },
    {
      name: "lastOutside",
      heading: "Last success outside",
      sort: "moment",
      about: "when the last sign-in from outside succeeded; where there is none, the last from an unknown country",
      shown: "narrow",
    },
    { name: "lastOutsideCountry", heading: "Country of it", sort: "text", about: "from which country that was; `unknown`: the service does not say" },
    { name: "lastOutsideAddress", heading: "Address of it", sort: "word", about: "from which IP address that was" },
    { name: "lastOutsideApp", heading: "Application of it", sort: "text", about: "to which application that was" },
    {
      name: "succeededUnknown",
      heading: "Succeeded, country unknown",
      sort: "number",
      about: "sign-ins that succeeded from an address of which the service tells no country and the plan no network",
    },
    { name: "failedUnknown", heading: "Failed, country unknown", sort: "number", about: "sign-ins that failed from such an address" },
    {
      name: "oldPrograms",
      heading: "Old programs",
      sort: "list",
      about: "programs that know the password only (IMAP, POP, SMTP, ActiveSync, ...) with which a sign-in succeeded",
    },
    { name: "oldTried", heading: "Old programs tried", sort: "list", about: "such programs with which a sign-in failed" },
    { name: "lastOld", heading: "Last use of an old program", sort: "moment", about: "when a sign-in with an old program succeeded last", shown: "narrow" },
    { name: "oldSucceeded", heading: "Succeeded with old programs", sort: "number", about: "sign-ins with old programs that succeeded, from wherever" },
    { name: "oldFailed", heading: "Failed with old programs", sort: "number", about: "sign-ins with old programs that failed, from wherever" },
    {
      name: "lastFailure",
      heading: "Last failure",
      sort: "moment",
      about: "when the last of the failures outside, from an unknown country or with an old program was",
    },
    { name: "lastFailureFrom", heading: "Country of the failure", sort: "text", about: "from which country that was; `unknown`: the service does not say" },
    { name: "lastFailureWords", heading: "Why it failed", sort: "text", about: "why that one failed, in words" },
    { name: "succeeded", heading: "Succeeded", sort: "number", about: "all sign-ins of the account that succeeded, inside as well" },
    { name: "failed", heading: "Failed", sort: "number", about: "all sign-ins of the account that failed, inside as well" },
    {
      name: "capable",
      heading: "MFA capable",
      sort: "word",
      about: "whether the service says that the account can do MFA: `yes`, `no`, `unknown`",
      shown: "narrow",
    },
    {
      name: "phase",
      heading: "Phase",
      sort: "text",
      about: "the first phase of the plan that asks the account for MFA; empty: none does; `unknown`: it cannot be said",
      shown: "narrow",
    },
    { name: "phaseStarts", heading: "Phase starts", sort: "moment", about: "when that phase starts by the plan" },
  ],
};

/** What the directory and the plan say of an account. Undefined: the directory has none of that id. */
export type Known = {
  readonly address: string;
  readonly enabled: boolean;
  readonly guest: boolean;
  readonly capable: Capable;
};

/** `unread`: the directory could not be read, so that nothing is known of anybody. */
export type About = {
  readonly account: Known | "gone" | "unread";
  readonly phase: { readonly id: string; readonly starts: Instant } | "unknown" | undefined;
};

const WORDS: readonly (readonly [string, (seen: Seen) => boolean])[] = [
  ["signed in outside", ({ succeededOutside }) => succeededOutside > 0],
  ["old program", ({ oldSucceeded }) => oldSucceeded > 0],
  ["stopped after the password", ({ stoppedOutside }) => stoppedOutside > 0],
  ["tried outside", ({ failedOutside }) => failedOutside > 0],
  ["tried an old program", ({ oldFailed }) => oldFailed > 0],
  ["signed in from an unknown country", ({ succeededUnknown }) => succeededUnknown > 0],
  ["tried from an unknown country", ({ failedUnknown }) => failedUnknown > 0],
];

const seenWords = (seen: Seen): readonly string[] => WORDS.flatMap(([word, is]) => (is(seen) ? [word] : []));

const moment = (at: Instant | undefined): string | null => (at === undefined ? null : momentText(at));

/** In the order of the columns. */
export const rowOf = (seen: Seen, { account, phase }: About): Row => {
  const known = typeof account === "string" ? undefined : account;
  const address = known?.address ?? seen.upn ?? "";
  const told = (flag: boolean | undefined): boolean | string | null => flag ?? (account === "unread" ? UNKNOWN : null);
  return [
    address === "" ? seen.id : address,
    seen.name ?? null,
    seen.id,
    address === "" ? null : domainOf(address),
    told(known?.enabled),
    told(known?.guest),
    seenWords(seen),
    seen.signedInFrom,
    seen.triedFrom,
    seen.succeededOutside,
    seen.failedOutside,
    seen.stoppedOutside,
    moment(seen.last?.at),
    seen.last?.country ?? null,
    seen.last?.address ?? null,
    seen.last?.app ?? null,
    seen.succeededUnknown,
    seen.failedUnknown,
    seen.oldPrograms,
    seen.oldTried,
    moment(seen.lastOld),
    seen.oldSucceeded,
    seen.oldFailed,
    moment(seen.lastFailure?.at),
    seen.lastFailure?.from ?? null,
    seen.lastFailure === undefined ? null : errorWords(seen.lastFailure.code, seen.lastFailure.reason).words,
    seen.succeeded,
    seen.failed,
    known?.capable ?? UNKNOWN,
    phase === undefined ? null : phase === "unknown" ? UNKNOWN : phase.id,
    phase === undefined || phase === "unknown" ? null : momentText(phase.starts),
  ];
};

/** Places of the fold that have a row, those first that are to be looked at first. @param all those with nothing worth seeing as well */
export const placesOf = (fold: SignInFold, all: boolean): Int32Array => {
  let count = 0;
  const places = new Int32Array(fold.size);
  for (let place = 0; place < fold.size; place += 1) {
    if (!fold.isWanted(place) || !(all || fold.isWorthSeeing(place))) continue;
    places[count] = place;
    count += 1;
  }
  const rank = fold.ranks();
  const ranks = new Float64Array(fold.size);
  const wanted = places.subarray(0, count);
  for (const place of wanted) ranks[place] = rank(place);
  return wanted.sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0) || fold.lastAt(b) - fold.lastAt(a) || a - b);
};

/** How many accounts there is what to see of, each once by its gravest. */
export class Gravest {
  readonly #counts = new Map<string, number>(WORDS.map(([word]) => [word, 0]));

  add(seen: Seen): void {
    const [word] = seenWords(seen);
    if (word !== undefined) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  table(): SumTable {
    const rows = [...this.#counts].filter(([, count]) => count > 0);
    return { title: "Accounts, each once by the gravest", columns: ["Seen", "Accounts"], rows };
  }
}

const SHOWN_COUNTRIES = 30;

const ofPlan = (plan: Plan | undefined, home: string | undefined): string =>
  home !== undefined || (plan !== undefined && countriesIn(plan.networks).length > 0) ? "outside" : "not in a network of the plan";

/** @param unread places of spans that were not read to their end, each with whether anything of it was */
export const sumsOf = (
  fold: SignInFold,
  gravest: Gravest,
  plan: Plan | undefined,
  spans: readonly Span[],
  unread: ReadonlyMap<number, "part" | "nothing">,
  home?: string,
): readonly SumTable[] => {
  const countries = fold.byCountry();
  const shown = countries.slice(0, SHOWN_COUNTRIES);
  const outside = ofPlan(plan, home);
  const programs = fold.byProgram();
  const place = { inside: "inside", outside, unknown: UNKNOWN } as const;
  return [
    gravest.table(),
    {
      title: shown.length < countries.length ? `Countries, the first ${SHOWN_COUNTRIES} of ${countries.length}` : "Countries",
      columns: ["Country", "Is", "Accounts that signed in", "Sign-ins", "Accounts that failed", "Failures"],
      rows: shown.map(({ country, where, accounts, succeeded, tried, failed }) => [country, place[where], accounts, succeeded, tried, failed]),
    },
    ...(programs.length === 0
      ? []
      : [
          {
            title: "Old programs",
            columns: ["Program", "Accounts that signed in", "Sign-ins", "Accounts that failed", "Failures"],
            rows: programs.map(({ program, accounts, succeeded, tried, failed }) => [program, accounts, succeeded, tried, failed]),
          },
        ]),
    {
      title: "Days",
      columns: ["Day", "Read", "Sign-ins", "Failures", "Sign-ins outside", "Failures outside"],
      rows: spans.map(({ day }, at) => {
        const total = fold.days[at];
        const missing = unread.get(at);
        if (total === undefined || missing === "nothing") return [day, "not read", null, null, null, null];
        return [day, missing === "part" ? "in part" : "whole", total.succeeded, total.failed, total.signedInOutside, total.triedOutside];
      }),
    },
  ];
};
