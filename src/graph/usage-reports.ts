/**
 * The usage reports: which account last used which app on which day. Facts, section 7.15.
 *
 * The service answers with a redirect to an address that is itself the key to the file. It is a secret for as long as it is good,
 * so it stands in no message and in no log, and it is asked without anything of ours.
 */

import { CsvError, parse } from "csv-parse/stream";
import type { Usage, UsageReports } from "../core/reports/app-use.ts";
import { MAILBOX_SORTS, type MailboxSort, UsageTable } from "../core/reports/usage-table.ts";
import { type Instant, type Known, present, unknown } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import { NoAnswer, NotSent } from "./chain.ts";
import type { Ask, GraphClient } from "./client.ts";
import { listIn, textIn, Unreadable } from "./wire.ts";

export const USAGE_REPORTS = ["active-users", "mail-programs", "mailboxes"] as const;
export type UsageReport = (typeof USAGE_REPORTS)[number];

type Layout = {
  readonly path: string;
  /** Which column tells of an activity, and what it is called here; undefined: it does not. */
  readonly activity: (heading: string) => string | undefined;
  /** Activities without which the report does not say what it is asked for. */
  readonly needed: readonly string[];
  /** Columns of programs, each of which was used or not. */
  readonly isProgram: (heading: string) => boolean;
  /** Accounts that use nothing have a row as well, so that none at all is no answer. */
  readonly hasRows: boolean;
};

const ACTIVITY = " Last Activity Date";

/** The widest period there is. The names of products come from the headings, since those were renamed before. */
const LAYOUTS: Readonly<Record<UsageReport, Layout>> = {
  "active-users": {
    path: "/reports/getOffice365ActiveUserDetail(period='D180')",
    activity: (heading) => (heading.endsWith(ACTIVITY) ? heading.slice(0, -ACTIVITY.length) : undefined),
    needed: ["Exchange", "OneDrive", "SharePoint", "Teams"],
    isProgram: () => false,
    hasRows: true,
  },
  "mail-programs": {
    path: "/reports/getEmailAppUsageUserDetail(period='D180')",
    activity: (heading) => (heading === "Last Activity Date" ? "mail" : undefined),
    needed: ["mail"],
    isProgram: (heading) => / App$|^(?:Mail|Outlook|Other) For /.test(heading),
    hasRows: false,
  },
  mailboxes: {
    path: "/reports/getMailboxUsageDetail(period='D180')",
    activity: (heading) => (heading === "Last Activity Date" ? "mailbox" : undefined),
    needed: ["mailbox"],
    isProgram: () => false,
    hasRows: false,
  },
};

const MOST_BYTES = 1024 ** 3;
const LONGEST_MS = 15 * 60_000;
/** From one address to the next, and no further. */
const MOST_HOPS = 3;
/** The address is good for minutes, and each try asks for a new one: fourteen in ten minutes are allowed. Facts, section 3. */
const TRIES = 3;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_ROW = 64 * 1024;
const MOST_PROGRAMS = 32;

/** The tenant hides who is who in its usage reports, so that nothing in them can be said of anybody. */
export class NamesConcealed extends ServiceError {}

/** The file did not come whole, or is none. Worth another try. */
class FileTrouble extends Error {}

const askOf = (report: UsageReport): Ask => ({ method: "GET", path: LAYOUTS[report].path, file: true });

const fieldsOf = (report: UsageReport) => ({ method: "GET", path: `/v1.0${LAYOUTS[report].path}`, outcome: "unknown" }) as const;

const isRedirect = (response: Response): boolean => [301, 302, 303, 307, 308].includes(response.status);

const locationOf = (response: Response, from: string | undefined): string => {
  const told = response.headers.get("location");
  if (told === null || !URL.canParse(told, from)) throw new FileTrouble("the service did not say where the file is");
  return new URL(told, from).href;
};

/** Whoever put it away is not told what is in it, so it is not left half read. */
const dropped = async (response: Response): Promise<void> => {
  await response.body?.cancel().catch(() => undefined);
};

const fileBehind = async (client: GraphClient, first: Response): Promise<Response> => {
  let from: string | undefined;
  let response = first;
  for (let hops = 0; isRedirect(response); hops += 1) {
    if (hops === MOST_HOPS) throw new FileTrouble("the file is behind too many redirects");
    await dropped(response);
    // The address on the service's own side is never the start of another: a relative one would lead back there without a token.
    const address = locationOf(response, from);
    response = await client.fetchBare(address);
    from = address;
  }
  if (response.status !== 200) {
    await dropped(response);
    throw new FileTrouble(`where the file should be, the answer was ${response.status}`);
  }
  return response;
};

/** The bytes of a file, counted as they flow past; what has no end is stopped. */
const metered = (
  client: GraphClient,
  body: ReadableStream<Uint8Array>,
  since: Instant,
): { readonly bytes: ReadableStream<Uint8Array>; readonly endsInLine: () => boolean } => {
  const reader = body.getReader();
  let count = 0;
  let last = 0x0a;
  const bytes = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const part = await reader.read().catch((error: unknown) => {
        client.signal.throwIfAborted();
        throw new FileTrouble("it broke off", { cause: error });
      });
      client.signal.throwIfAborted();
      if (part.done) return controller.close();
      count += part.value.byteLength;
      last = part.value.at(-1) ?? last;
      if (count > MOST_BYTES) throw new FileTrouble("it is longer than any such report");
      if (client.clock.now() - since > LONGEST_MS) throw new FileTrouble("it took longer than a quarter of an hour");
      controller.enqueue(part.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { bytes, endsInLine: () => last === 0x0a || last === 0x0d };
};

type Columns = {
  readonly count: number;
  readonly refreshed: number;
  readonly address: number;
  readonly deleted: number;
  readonly recipient: number;
  readonly activities: readonly (readonly [name: string, at: number])[];
  readonly programs: readonly (readonly [name: string, at: number])[];
};

/** By their headings, never by their places; those that nobody asked for are passed over. */
const columnsIn = (report: UsageReport, headings: readonly string[]): Columns => {
  const { activity, needed, isProgram } = LAYOUTS[report];
  const at = (heading: string): number => headings.indexOf(heading);
  const activities = headings.flatMap((heading, place) => {
    const name = activity(heading);
    return name === undefined ? [] : [[name, place] as const];
  });
  const missing = needed.filter((name) => !activities.some(([each]) => each === name));
  if (at("User Principal Name") < 0 || missing.length > 0) {
    const what = at("User Principal Name") < 0 ? "names" : `days of ${missing.join(", ")}`;
    throw new FileTrouble(`what came has no column for ${what}`);
  }
  return {
    count: headings.length,
    refreshed: at("Report Refresh Date"),
    address: at("User Principal Name"),
    deleted: at("Is Deleted"),
    recipient: at("Recipient Type"),
    activities,
    programs: headings.flatMap((heading, place) => (isProgram(heading) ? [[heading, place] as const] : [])).slice(0, MOST_PROGRAMS),
  };
};

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAY_MS = 86_400_000;

/** @returns days since 1970; 0 for none */
const dayIn = (text: string): number => {
  if (text === "") return 0;
  const [, year, month, day] = DAY.exec(text) ?? [];
  const at = year === undefined ? Number.NaN : Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
  if (!(at > 0 && at < 65_536)) throw new FileTrouble("a day in it cannot be read");
  return at;
};

/**
 * What the values of these columns are is not documented: a version, `Undetermined` where it is not known, a word for yes. What does not say no
 * says yes: use that was none spares an account, the other way round it would not.
 */
const isUsed = (text: string): boolean => !/^(?:|no|false|0|n\/a)$/i.test(text);

const mailboxIn = (text: string): MailboxSort => {
  const word = text.toLowerCase();
  return MAILBOX_SORTS.find((sort) => sort !== "unknown" && word.replace(/mailbox$/, "") === sort) ?? "unknown";
};

/** The rows of one file, into a table. */
const createReader = (report: UsageReport) => {
  let columns: Columns | undefined;
  let table = new UsageTable([], []);
  let refreshed = 0;
  let rows = 0;
  return {
    read: (record: unknown): void => {
      const cells = listIn(record, "a row").map((cell) => textIn(cell, "a cell").trim());
      if (columns === undefined) {
        columns = columnsIn(report, cells);
        table = new UsageTable(
          columns.activities.map(([name]) => name),
          columns.programs.map(([name]) => name),
        );
        return;
      }
      if (cells.length !== columns.count) throw new FileTrouble("a row of it broke off");
      rows += 1;
      const cell = (at: number): string => cells[at] ?? "";
      const day = dayIn(cell(columns.refreshed));
      if (day !== 0 && (refreshed === 0 || day < refreshed)) refreshed = day;
      const address = cell(columns.address);
      if (!address.includes("@")) {
        // What was deleted has no name that anything could be joined by; of what is there, every name is one or none is.
        if (/^(?:true|yes)$/i.test(cell(columns.deleted))) return;
        throw new NamesConcealed({ ...fieldsOf(report), status: 200, code: "NamesConcealed", message: "the usage reports of this tenant conceal names" });
      }
      let bits = 0;
      for (const [place, [, at]] of columns.programs.entries()) if (isUsed(cell(at))) bits |= 1 << place;
      const days: number[] = columns.activities.map(([, at]) => dayIn(cell(at)));
      // Used, and no day told: at the latest on the last one that the row is about.
      if (bits !== 0 && Math.max(...days) === 0) {
        if (day === 0) throw new FileTrouble("it tells a use without any day");
        days[0] = day;
      }
      table.add(address, days, bits, mailboxIn(cell(columns.recipient)));
    },
    finish: (): Usage => {
      if (columns === undefined) throw new FileTrouble("what came was empty");
      if (rows === 0 && LAYOUTS[report].hasRows) throw new FileTrouble("it came without a single row");
      return { table, ...(refreshed !== 0 && { refreshed: refreshed * DAY_MS }) };
    },
  };
};

/** @throws FileTrouble, ServiceError, Unreadable, CsvError, NotSent, NoAnswer */
const readOnce = async (client: GraphClient, report: UsageReport): Promise<Usage> => {
  const { body, started } = await client.send(askOf(report));
  if (!(body instanceof Response)) throw new FileTrouble("what came is no file");
  const file = await fileBehind(client, body);
  if (file.body === null) throw new FileTrouble("what came was empty");
  const reader = createReader(report);
  const { bytes, endsInLine } = metered(client, file.body, started);
  const isLengthTold = file.headers.has("content-length");
  const records: AsyncIterable<unknown> = bytes.pipeThrough(
    parse({ bom: true, relax_column_count: true, max_record_size: LONGEST_ROW, skip_empty_lines: true }),
  );
  for await (const record of records) reader.read(record);
  // Without its length nothing says that this was the end, and what is missing would be taken for people who use nothing.
  if (!isLengthTold && !endsInLine()) throw new FileTrouble("it broke off");
  return reader.finish();
};

/** What went wrong beside the service's own refusals, without an address, a name or a cell. */
const troubleIn = (error: unknown): { readonly what: string; readonly again: boolean } | undefined => {
  if (error instanceof FileTrouble) return { what: error.message, again: true };
  if (error instanceof NotSent) return { what: error.message, again: false };
  if (error instanceof NoAnswer) return { what: `no answer came where the file should be (${error.code})`, again: true };
  if (error instanceof Unreadable) return { what: error.message, again: true };
  if (error instanceof CsvError) return { what: `what came is no such table (${error.code})`, again: true };
  return undefined;
};

/**
 * One usage report of the last 180 days, packed by address.
 *
 * @throws NamesConcealed where the tenant hides who is who; ServiceError when the report, or the file behind it, could not be read
 * whole; whatever aborted the connection
 */
export const readUsage = async (client: GraphClient, report: UsageReport): Promise<Usage> => {
  for (let tries = 1, pause = FIRST_PAUSE_MS; ; tries += 1, pause *= 2) {
    try {
      return await readOnce(client, report);
    } catch (error) {
      client.signal.throwIfAborted();
      const trouble = troubleIn(error);
      if (trouble === undefined) throw error;
      if (tries >= TRIES || !trouble.again)
        throw new ServiceError({
          ...fieldsOf(report),
          status: 0,
          code: "FileNotRead",
          message: `the usage report GET ${LAYOUTS[report].path} could not be read: ${trouble.what}`,
        });
      await client.clock.sleep(pause, client.signal);
    }
  }
};

/** All of them, each by itself. @param failed told of each that could not be read */
export const usageReportsOf = async (
  client: GraphClient,
  failed: (report: UsageReport, error: ServiceError) => void = () => undefined,
): Promise<UsageReports> => {
  const one = async (report: UsageReport): Promise<Known<Usage>> => {
    try {
      return present(await readUsage(client, report));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      failed(report, error);
      return unknown(error instanceof NamesConcealed ? "the tenant conceals names in its usage reports" : error.message);
    }
  };
  const [products, programs, mailboxes] = await Promise.all([one("active-users"), one("mail-programs"), one("mailboxes")]);
  return { products, programs, mailboxes };
};
