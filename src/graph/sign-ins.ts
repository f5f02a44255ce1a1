/**
 * The log of sign-ins: streams, newest first, each question narrowed by the service, since a large tenant has millions of rows.
 * Facts, sections 3 and 7.11; filters by learn.microsoft.com/graph/api/resources/signin ("Supports $filter").
 */

import type { SignIn } from "@microsoft/microsoft-graph-types";
import { OLD_PROGRAMS, type SignInRow, type Stamps } from "../core/sign-in-digest.ts";
import type { Instant, ObjectId } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { idIn, instantIn, isId, objectIn, optionalFlag, optionalObject, optionalText, Unreadable } from "./wire.ts";

export const PATH = "/auditLogs/signIns";
/** The greatest page, and the one that the service gives unasked. */
export const PAGE = "1000";
const DAY_MS = 86_400_000;
const NOON_MS = DAY_MS / 2;

/** A failure proves a spray of passwords, and no use. */
export const SUCCEEDED = "status/errorCode eq 0";
/** v1.0 and an unfiltered beta tell sign-ins of people alone. */
export const WITHOUT_PERSON = "signInEventTypes/any(t: t eq 'nonInteractiveUser')";
export const byPrograms = (names: readonly string[]): string => `(${names.map((name) => `clientAppUsed eq '${name}'`).join(" or ")})`;
const BY_OLD_PROGRAM = byPrograms(OLD_PROGRAMS);
/** Filtered by in production, but not documented to be: who asks has to live with a refusal. */
const BY_PASSWORD_GRANT = "authenticationProtocol eq 'ropc'";

export type SignInQuestion = { readonly version?: "beta"; readonly filter: readonly string[] };

/** SMTP and IMAP may be logged as sign-ins of people or without one: nobody documents it, so both are asked. */
export const OLD_PROGRAM_QUESTIONS: readonly SignInQuestion[] = [
  { filter: [BY_OLD_PROGRAM, SUCCEEDED] },
  { version: "beta", filter: [WITHOUT_PERSON, BY_OLD_PROGRAM, SUCCEEDED] },
];
export const PASSWORD_GRANT_QUESTIONS: readonly SignInQuestion[] = [
  { version: "beta", filter: [BY_PASSWORD_GRANT, SUCCEEDED] },
  { version: "beta", filter: [WITHOUT_PERSON, BY_PASSWORD_GRANT, SUCCEEDED] },
];
/** Whether a person signed in with one of these accounts: in a browser or an app of today. */
export const personQuestion = (accounts: readonly ObjectId[]): SignInQuestion => ({
  filter: [
    `(${accounts.map((id) => `userId eq '${id}'`).join(" or ")})`,
    "(clientAppUsed eq 'Browser' or clientAppUsed eq 'Mobile Apps and Desktop clients')",
    SUCCEEDED,
  ],
});
export const PLACE_QUESTION: SignInQuestion = { filter: [SUCCEEDED] };

type WireSignIn = { readonly [K in keyof SignIn]?: unknown };

/** A service principal's row has no account, and some rows name one that is no id. @throws Unreadable */
export const rowIn = (value: unknown): SignInRow => {
  const wire: WireSignIn = objectIn(value, "a sign-in");
  const at = instantIn(wire.createdDateTime);
  if (at === undefined) throw new Unreadable("when somebody signed in", "a moment");
  const account = optionalText(wire.userId, "who signed in");
  const said = (text: unknown, where: string): string | undefined => optionalText(text, where) || undefined;
  return {
    at,
    account: account === undefined || !isId(account) ? undefined : account.toLowerCase(),
    client: said(wire.clientAppUsed, "the program of a sign-in"),
    address: said(wire.ipAddress, "the address of a sign-in"),
    country: said(optionalObject(wire.location, "the place of a sign-in")?.countryOrRegion, "the country of a sign-in")?.toUpperCase(),
    interactive: optionalFlag(wire.isInteractive, "whether a person signed in"),
  };
};

export type Into<T> = { readonly read: (row: SignInRow) => void; readonly finish: () => T };

/** `since`: from here on everything was read; `cut`: before it there may be more. */
export type Told<T> = { readonly value: T; readonly rows: number; readonly since: Instant; readonly cut: boolean };

/** Both ends count, as the service filters by `ge` and `le` alone. */
type Span = { readonly from: Instant; readonly to?: Instant };

const askFor = ({ version, filter }: SignInQuestion, { from, to }: Span): Ask => ({
  method: "GET",
  path: PATH,
  ...(version !== undefined && { version }),
  query: {
    $filter: [
      `createdDateTime ge ${new Date(from).toISOString()}`,
      ...(to === undefined ? [] : [`createdDateTime le ${new Date(to).toISOString()}`]),
      ...filter,
    ].join(" and "),
    $top: PAGE,
  },
});

/** What one span told: `oldest` of the rows read, and whether the last page that was allowed may not have been the last. */
type Swept = { readonly pages: number; readonly oldest: Instant | undefined; readonly cut: boolean };

const sweep = async (client: GraphClient, ask: Ask, most: number, read: (row: SignInRow) => void): Promise<Swept> => {
  let oldest: Instant | undefined;
  let pages = 0;
  for await (const page of pagesOf(client, ask)) {
    readableOr(ask, () => {
      for (const value of page) {
        const row = rowIn(value);
        if (oldest === undefined || row.at < oldest) oldest = row.at;
        read(row);
      }
    });
    pages += 1;
    if (pages >= most) return { pages, oldest, cut: true };
  }
  return { pages, oldest, cut: false };
};

/** Days that end at noon, newest first: where a day is longer than what is read of it, that is the morning, when a school is in its network. */
const daysBefore = (from: Instant, to: Instant): readonly Span[] => {
  const days: Span[] = [];
  for (let end = to; end >= from; ) {
    const start = Math.max(from, Math.floor((end - NOON_MS) / DAY_MS) * DAY_MS + NOON_MS);
    days.push({ from: start, to: end });
    end = start - 1;
  }
  return days;
};

/** The service did not manage so much at once: after its own tries, smaller questions may do. */
export const isTooMuch = (error: unknown): boolean => error instanceof ServiceError && (error.status >= 500 || error.status === 408) && error.status !== 501;

type Reading<T> = {
  readonly question: SignInQuestion;
  readonly from: Instant;
  readonly now: Instant;
  /** Pages that are read at most, one after the other. */
  readonly pages: number;
  /** Of each day before those, further pages: fewer rows, but of every day. */
  readonly pagesADay?: number;
  /** Made anew for a fresh start. */
  readonly begin: () => Into<T>;
  readonly progress: (rows: number) => void;
};

/**
 * One question, newest first. Where the pages that may be read do not reach back to `from`, the answer says how far they do.
 *
 * @throws ServiceError
 */
export const readSignIns = <T>(client: GraphClient, { question, from, now, pages, pagesADay, begin, progress }: Reading<T>): Promise<Told<T>> =>
  withFreshStart(async () => {
    const into = begin();
    let rows = 0;
    const read = (row: SignInRow): void => {
      rows += 1;
      into.read(row);
      if (rows % 1_000 === 0) progress(rows);
    };
    const told = (since: Instant, cut: boolean): Told<T> => ({ value: into.finish(), rows, since, cut });

    /** @returns from when on everything was read. */
    const byDays = async (to: Instant, mostADay: number, most: number): Promise<Instant> => {
      let left = most;
      let since = to + 1;
      let isWhole = true;
      for (const day of daysBefore(from, to)) {
        if (left <= 0) break;
        const swept = await sweep(client, askFor(question, day), Math.min(left, mostADay), read);
        left -= swept.pages;
        if (isWhole) since = swept.cut ? (swept.oldest ?? since) : day.from;
        isWhole = isWhole && !swept.cut;
      }
      return since;
    };

    let whole: Swept;
    try {
      whole = await sweep(client, askFor(question, { from }), pages, read);
    } catch (error) {
      // Nothing was read yet, or it would be counted twice.
      if (rows > 0 || !isTooMuch(error)) throw error;
      const since = await byDays(now, pages, pages);
      return told(since, since > from);
    }
    if (!whole.cut) return told(from, false);
    const reached = whole.oldest ?? now;
    if (pagesADay !== undefined) await byDays(reached - 1, pagesADay, Number.POSITIVE_INFINITY);
    return told(reached, true);
  });

/** Whether anybody is in the log at all. @throws ServiceError */
export const isLogged = async (client: GraphClient, from: Instant): Promise<boolean> => {
  const ask: Ask = { method: "GET", path: PATH, query: { $filter: `createdDateTime ge ${new Date(from).toISOString()}`, $top: "1" } };
  for await (const page of pagesOf(client, ask)) if (page.length > 0) return true;
  return false;
};

/** The greatest page with `signInActivity`. Facts, section 5. */
const STAMPS_PAGE = "500";

/**
 * When each account was last signed in with. Attempts count as sign-ins there, so somebody looks alive rather than not.
 *
 * @param untold an account of which the service does not tell
 * @throws ServiceError
 */
export const readStamps = (
  client: GraphClient,
  begin: () => { readonly read: (id: ObjectId, stamps: Stamps) => void; readonly untold: () => void },
  progress: (done: number) => void,
): Promise<void> => {
  const ask: Ask = { method: "GET", path: "/users", query: { $select: "id,signInActivity", $top: STAMPS_PAGE } };
  return withFreshStart(async () => {
    const { read, untold } = begin();
    let done = 0;
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const value of page) {
          const wire = objectIn(value, "an account");
          const id = idIn(wire.id, "an account's id");
          const activity = wire.signInActivity;
          // Not said at all: never. Said, and empty: nobody can tell.
          if (activity === null) {
            untold();
            continue;
          }
          const stamps = optionalObject(activity, "an account's sign-in activity");
          read(id, { interactive: instantIn(stamps?.lastSignInDateTime), other: instantIn(stamps?.lastNonInteractiveSignInDateTime) });
        }
      });
      done += page.length;
      progress(done);
    }
  });
};
