/**
 * The log of sign-ins whole, as reports ask for it: span after span, newest first, with no cap. A list that breaks off is gone on
 * with where it broke off; what cannot be had is named. Facts, sections 3 and 7.11.
 */

import { type Span, spanAt } from "../core/reports/log-days.ts";
import type { LoggedSignIn } from "../core/reports/log-row.ts";
import type { Instant, ObjectId } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { ExpiredPages, pagesOf, readableOr } from "./pager.ts";
import { saysNotPremium } from "./people.ts";
import { byPrograms, isTooMuch, PAGE, PATH, rowIn, type SignInQuestion, SUCCEEDED, WITHOUT_PERSON } from "./sign-ins.ts";
import { objectIn, optionalObject, optionalText } from "./wire.ts";

const HOUR_MS = 3_600_000;
/** Of a span that is no longer than this, no smaller one is asked for. */
const SHORTEST_MS = HOUR_MS;
const PARTS = 4;

/** A list that breaks off at the same place so often is given up. */
const TRIES = 3;
const PAUSE_MS = 2_000;
/** When nothing comes of so many spans one after the other, the others are not asked for. */
const MOST_EMPTY_HANDED = 3;

/** Spans of which a small tenant has a page together are asked for at once, with what is between them: else there would be a request for each. */
const FEW_PAGES = 2;
const MANY_PAGES = 8;

/** The log has two sides, which share no row. */
export type Side = "people" | "without a person";
export const SIDES: readonly Side[] = ["people", "without a person"];

export type LogQuestion = {
  readonly side: Side;
  readonly succeeded?: boolean;
  readonly accounts?: readonly ObjectId[];
  /** In the service's words; those with others are not told. */
  readonly programs?: readonly string[];
};

const questionOf = ({ side, succeeded, accounts, programs }: LogQuestion): SignInQuestion => ({
  ...(side === "without a person" && { version: "beta" }),
  filter: [
    ...(side === "without a person" ? [WITHOUT_PERSON] : []),
    ...(accounts === undefined ? [] : [`(${accounts.map((id) => `userId eq '${id}'`).join(" or ")})`]),
    ...(programs === undefined ? [] : [byPrograms(programs)]),
    ...(succeeded === true ? [SUCCEEDED] : []),
  ],
});

/** @throws Unreadable */
const loggedIn = (value: unknown): LoggedSignIn => {
  const wire = objectIn(value, "a sign-in");
  const status = optionalObject(wire.status, "how a sign-in ended");
  const code = status?.errorCode;
  const said = (text: unknown, where: string): string | undefined => optionalText(text, where) || undefined;
  return {
    ...rowIn(value),
    id: optionalText(wire.id, "a sign-in's id") ?? "",
    code: typeof code === "number" ? code : undefined,
    reason: said(status?.failureReason, "why a sign-in failed"),
    agent: said(wire.userAgent, "the program that a sign-in names"),
    app: said(wire.appDisplayName, "the application of a sign-in") ?? said(wire.resourceDisplayName, "the resource of a sign-in"),
    name: said(wire.userDisplayName, "the name of who signed in"),
    upn: said(wire.userPrincipalName, "the address of who signed in")?.toLowerCase(),
  };
};

const askFor = ({ version, filter }: SignInQuestion, from: Instant, to: Instant): Ask => ({
  method: "GET",
  path: PATH,
  ...(version !== undefined && { version }),
  query: {
    $filter: [`createdDateTime ge ${new Date(from).toISOString()}`, `createdDateTime lt ${new Date(to).toISOString()}`, ...filter].join(" and "),
    $top: PAGE,
  },
});

type Window = { readonly from: Instant; readonly to: Instant };
/** `reached`: from there on everything was read. */
type Ended = { readonly pages: number; readonly rows: number } & (
  | { readonly type: "whole" }
  | { readonly type: "broken"; readonly reached: Instant; readonly error: ServiceError }
);

/** What no other try makes better: no permission, no licence, a question that the service does not take. */
const isLasting = (error: ServiceError): boolean =>
  !(error instanceof ExpiredPages) && !saysNotPremium(error) && [400, 401, 403, 404, 501].includes(error.status);

type Into = { readonly read: (row: LoggedSignIn) => void; readonly told: (rows: number) => void };

/**
 * One window, newest first, which the service documents (signin-list). Where the list breaks off it is asked for again from the last row on,
 * whose like are not counted twice. Rows that come in another order cannot be gone on with.
 */
const readWindow = async (client: GraphClient, question: SignInQuestion, { from, to }: Window, into: Into): Promise<Ended> => {
  let [reached, pages, rows, tries] = [to, 0, 0, 0];
  let isInOrder = true;
  let atReached = new Set<string>();
  for (;;) {
    const before = reached;
    // The service tells finer than a thousandth of a second, and such a row is before the next thousandth.
    const ask = askFor(question, from, rows === 0 ? to : Math.min(to, reached + 1));
    try {
      for await (const page of pagesOf(client, ask)) {
        readableOr(ask, () => {
          for (const value of page) {
            const row = loggedIn(value);
            if (row.at === reached && atReached.has(row.id)) continue;
            if (row.at > reached) isInOrder = false;
            if (row.at < reached) {
              reached = row.at;
              atReached = new Set();
            }
            atReached.add(row.id);
            rows += 1;
            into.read(row);
          }
        });
        pages += 1;
        into.told(rows);
      }
      return { type: "whole", pages, rows };
    } catch (error) {
      if (!(error instanceof ServiceError) || (isLasting(error) && rows === 0)) throw error;
      tries = reached < before ? 1 : tries + 1;
      // Nothing was read, and so much at once may be too much: smaller windows are the caller's.
      const isUp = tries >= TRIES || !isInOrder || isLasting(error) || (rows === 0 && isTooMuch(error));
      if (isUp) return { type: "broken", pages, rows, reached, error };
      if (!(error instanceof ExpiredPages)) await client.clock.sleep(PAUSE_MS * 2 ** (tries - 1), client.signal);
    }
  }
};

const partsOf = ({ from, to }: Window): readonly Window[] => {
  const length = Math.ceil((to - from) / PARTS);
  return Array.from({ length: PARTS }, (_, place) => ({ from: Math.max(from, to - (place + 1) * length), to: to - place * length })).filter(
    (part) => part.to > part.from,
  );
};

/** What of the spans was not read, by place: nothing of it, or not to its end. */
export type LogRead = {
  readonly rows: number;
  readonly unread: ReadonlyMap<number, "part" | "nothing">;
  readonly because?: ServiceError;
};

type Reading = {
  /** Newest first; no two share a moment. */
  readonly spans: readonly Span[];
  /** @param span the place of the span that the row is of */
  readonly read: (row: LoggedSignIn, span: number) => void;
  /** The spans that are being read, and how many rows came so far. */
  readonly progress: (spans: readonly Span[], rows: number) => void;
};

/**
 * One question, answered for all spans.
 *
 * @throws ServiceError when the service does not take the question at all, or not from this caller
 */
export const readLogged = async (client: GraphClient, wanted: LogQuestion, { spans, read, progress }: Reading): Promise<LogRead> => {
  const question = questionOf(wanted);
  const unread = new Map<number, "part" | "nothing">();
  let [rows, width, emptyHanded] = [0, wanted.accounts === undefined ? 1 : spans.length, 0];
  let because: ServiceError | undefined;

  const windowRead = async (some: readonly Span[], window: Window): Promise<Ended> => {
    const before = rows;
    const into: Into = {
      read: (row) => {
        const span = spanAt(spans, row.at);
        // Between spans: read for the sake of those beside it.
        if (span !== undefined) read(row, span);
      },
      told: (more) => progress(some, before + more),
    };
    const ended = await readWindow(client, question, window, into);
    rows += ended.rows;
    return ended;
  };

  /** A single span in smaller parts, as far as that goes. @returns the first error. */
  const inParts = async (some: readonly Span[], window: Window): Promise<Ended> => {
    const whole = await windowRead(some, window);
    if (whole.type === "whole" || whole.rows > 0 || !isTooMuch(whole.error) || window.to - window.from <= SHORTEST_MS) return whole;
    let [got, pages] = [0, 0];
    for (const part of partsOf(window)) {
      const ended = await inParts(some, part);
      got += ended.rows;
      pages += ended.pages;
      if (ended.type === "broken") return { ...ended, rows: got, pages };
    }
    return { type: "whole", rows: got, pages };
  };

  const missing = (some: readonly Span[], first: number, reached: Instant): void => {
    for (const [place, span] of some.entries()) {
      if (reached <= span.from) continue;
      unread.set(first + place, reached < span.to ? "part" : "nothing");
    }
  };

  for (let at = 0; at < spans.length; ) {
    const some = spans.slice(at, at + width);
    const window: Window = { from: some.at(-1)?.from ?? 0, to: some[0]?.to ?? 0 };
    progress(some, rows);
    let ended: Ended;
    try {
      ended = some.length === 1 ? await inParts(some, window) : await windowRead(some, window);
    } catch (error) {
      // What was read stays read; what is refused now will be for the others.
      if (!(error instanceof ServiceError) || rows === 0) throw error;
      because ??= error;
      for (; at < spans.length; at += 1) unread.set(at, "nothing");
      break;
    }
    if (ended.type === "broken" && ended.rows === 0 && some.length > 1) {
      width = 1;
      continue;
    }
    if (ended.type === "broken") {
      because ??= ended.error;
      missing(some, at, ended.reached);
    }
    emptyHanded = ended.type === "broken" && ended.rows === 0 ? emptyHanded + 1 : 0;
    at += some.length;
    if (emptyHanded >= MOST_EMPTY_HANDED) {
      for (; at < spans.length; at += 1) unread.set(at, "nothing");
    }
    width = ended.pages <= FEW_PAGES ? width * 2 : ended.pages > MANY_PAGES ? Math.max(1, width >> 1) : width;
  }
  return { rows, unread, ...(because !== undefined && { because }) };
};
