/** Both sides of the log for a report: asked whether there is one, read span by span, and what is missing of it. */

import { daysWords, type Span } from "../core/reports/log-days.ts";
import type { LoggedSignIn } from "../core/reports/log-row.ts";
import type { Gap } from "../core/reports/shape.ts";
import { USE_DAYS } from "../core/sign-in-digest.ts";
import type { Known, Licence, ObjectId } from "../core/tenant.ts";
import { type LogQuestion, type LogRead, readLogged, SIDES, type Side } from "../graph/sign-in-log.ts";
import { isLogged } from "../graph/sign-ins.ts";
import { licenceOf } from "../graph/surroundings.ts";
import { LICENCE_TRIES, whileSaidUnlicensed } from "../read-people.ts";
import { ServiceError } from "../service.ts";
import { gapOf, knownAs } from "./ground.ts";
import { isLicensed } from "./log-people.ts";
import type { ReportAsk } from "./report.ts";

const DAY_MS = 86_400_000;
const WHAT = "sign-ins";
const PERMISSION = "grant AuditLog.Read.All to the application, and have an administrator consent to it";
const AGAIN = "run the report again: the service may have been busy";

const SIDE_WORDS = { people: "sign-ins of people", "without a person": "sign-ins without a person" } as const satisfies Record<Side, string>;

export type WholeLog = {
  /** By the place of the span; a side of which nothing came leaves each in part. */
  readonly unread: ReadonlyMap<number, "part" | "nothing">;
  readonly rows: number;
  readonly gaps: readonly Gap[];
};

const withTodo = (gap: Gap): Gap => {
  if (gap.sort === "permission") return { ...gap, todo: PERMISSION };
  if (gap.sort === "licence") return { ...gap, todo: "the log can be read only with Entra ID P1 or P2; without it, the portal shows seven days" };
  return { ...gap, todo: AGAIN };
};

export type Opened =
  | { readonly type: "open"; readonly licence: Known<Licence>; readonly gaps: readonly Gap[] }
  /** There is nothing to be read, and nothing to be reported. */
  | { readonly type: "closed"; readonly licence: Known<Licence>; readonly gaps: readonly Gap[] };

/** Whether there is a log to be read, and anything in it: asked before all else, since without it nothing else is worth a request. */
export const openLog = async ({ client, now, tenant }: ReportAsk): Promise<Opened> => {
  const gaps: Gap[] = [];
  const licence = await knownAs(gaps, "licences", () => licenceOf(client));
  const closed = (gap: Gap): Opened => ({ type: "closed", licence, gaps: [...gaps, gap] });
  try {
    const isThere = await whileSaidUnlicensed(client, isLicensed(licence) ? LICENCE_TRIES : 1, () => isLogged(client, now - USE_DAYS * DAY_MS));
    // A practice tenant is there to rehearse, and may have no log.
    if (isThere || tenant.practice) return { type: "open", licence, gaps };
    return closed({
      sort: "failed",
      what: WHAT,
      because: `the log holds no sign-in of ${USE_DAYS} days at all, which proves nothing`,
      todo: "look into the portal whether sign-ins are logged there",
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return closed(withTodo(gapOf(WHAT, error)));
  }
};

/** Few accounts are asked for by their ids, some at a time. */
const BY_ID_AT_ONCE = 10;

const chunked = (accounts: readonly ObjectId[] | undefined): readonly (readonly ObjectId[] | undefined)[] =>
  accounts === undefined
    ? [undefined]
    : Array.from({ length: Math.ceil(accounts.length / BY_ID_AT_ONCE) }, (_, at) => accounts.slice(at * BY_ID_AT_ONCE, (at + 1) * BY_ID_AT_ONCE));

const progressWords = (side: Side, spans: readonly Span[]): string => `${SIDE_WORDS[side]}, ${daysWords(spans).join(", ")}`;

type Wish = {
  readonly spans: readonly Span[];
  readonly succeeded?: boolean;
  /** Whom it is about, where these are few. */
  readonly accounts?: readonly ObjectId[];
  /** In the service's words; those with others are not asked for. */
  readonly programs?: readonly string[];
  readonly read: (row: LoggedSignIn, span: number) => void;
};

const gapFor = (side: Side, spans: readonly Span[], { unread, because }: LogRead): readonly Gap[] => {
  if (because === undefined) return [];
  const days = daysWords([...unread.keys()].flatMap((at) => spans[at] ?? []));
  return [withTodo(gapOf(`${SIDE_WORDS[side]} of ${days.join(", ")}`, because))];
};

/** Never rejects for what could not be read. */
export const readLog = async ({ client, progress }: ReportAsk, { spans, succeeded, accounts, programs, read }: Wish): Promise<WholeLog> => {
  const unread = new Map<number, "part" | "nothing">();
  const gaps: Gap[] = [];
  let rows = 0;
  for (const side of SIDES) {
    const sideUnread = new Map<number, "part" | "nothing">();
    let because: ServiceError | undefined;
    for (const some of chunked(accounts)) {
      const question: LogQuestion = {
        side,
        ...(succeeded !== undefined && { succeeded }),
        ...(some !== undefined && { accounts: some }),
        ...(programs !== undefined && { programs }),
      };
      try {
        const before = rows;
        const answer = await readLogged(client, question, { spans, read, progress: (of, done) => progress(progressWords(side, of), before + done) });
        rows += answer.rows;
        because ??= answer.because;
        for (const [at, how] of answer.unread) sideUnread.set(at, how);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        because ??= error;
        for (const at of spans.keys()) sideUnread.set(at, "nothing");
        break;
      }
    }
    gaps.push(...gapFor(side, spans, { rows, unread: sideUnread, ...(because !== undefined && { because }) }));
    for (const [at, how] of sideUnread) {
      const other = unread.get(at);
      const isFirst = side === SIDES[0];
      unread.set(at, isFirst ? how : other === "nothing" && how === "nothing" ? "nothing" : "part");
    }
    if (side !== SIDES[0]) for (const [at, how] of unread) if (!sideUnread.has(at) && how === "nothing") unread.set(at, "part");
  }
  return { unread, rows, gaps };
};
