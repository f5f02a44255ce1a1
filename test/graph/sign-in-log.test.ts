/** The whole log over a scripted service: in which windows it is asked for, and what comes of lists that break off. */

import { describe, expect, test } from "vitest";
import { daysOfLog, type Span } from "../../src/core/reports/log-days.ts";
import type { LoggedSignIn } from "../../src/core/reports/log-row.ts";
import { createClient } from "../../src/graph/client.ts";
import { type LogQuestion, type LogRead, readLogged } from "../../src/graph/sign-in-log.ts";
import { ORIGIN, type Reply, refusal, type Script, type Seen, scripted } from "./scripted.ts";

const NOW = Date.parse("2022-02-07T08:00:00Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const iso = (at: number): string => new Date(at).toISOString();

const signIn = (number: number, at: number, more: object = {}): object => ({
  id: id(number),
  createdDateTime: iso(at),
  userId: id(1),
  userPrincipalName: "A@Alder.county.example",
  userDisplayName: "A",
  appDisplayName: "OfficeHome",
  clientAppUsed: "Browser",
  ipAddress: "198.51.100.7",
  location: { countryOrRegion: "GB" },
  isInteractive: true,
  status: { errorCode: 0 },
  ...more,
});

const page = (rows: readonly object[], next?: string): Reply => ({
  value: rows,
  ...(next !== undefined && { "@odata.nextLink": `${ORIGIN}/v1.0/auditLogs/signIns?$skiptoken=${next}` }),
});

const windowOf = ({ url }: Seen): readonly [number, number] => {
  const filter = new URL(url).searchParams.get("$filter") ?? "";
  const [, from = "", to = ""] = /createdDateTime ge (\S+) and createdDateTime lt (\S+)/.exec(filter) ?? [];
  return [Date.parse(from), Date.parse(to)];
};
const isPage = ({ url }: Seen): boolean => url.includes("skiptoken");
const windows = (seen: readonly Seen[]): readonly string[] =>
  seen
    .filter((one) => !isPage(one))
    .map((one) =>
      windowOf(one)
        .map((at) => iso(at).slice(5, 16))
        .join(" "),
    );

const SPANS = daysOfLog(NOW, "UTC", 4);

type World = {
  readonly answer: LogRead;
  readonly read: readonly (readonly [LoggedSignIn, number])[];
  readonly seen: readonly Seen[];
  readonly told: readonly string[];
};

const asked = async (
  script: Script,
  { question = { side: "people" }, spans = SPANS }: { readonly question?: LogQuestion; readonly spans?: readonly Span[] } = {},
): Promise<World> => {
  const world = scripted(script);
  const read: (readonly [LoggedSignIn, number])[] = [];
  const told: string[] = [];
  const answer = await readLogged(createClient(world.connection), question, {
    spans,
    read: (row, span) => read.push([row, span]),
    progress: (of, rows) => told.push(`${of[0]?.day} ${of.length} ${rows}`),
  });
  return { answer, read, seen: world.seen, told };
};
const idsOf = ({ read }: World): readonly number[] => read.map(([{ id: own }]) => Number(own.slice(-12)));

/** A service with rows, in pages of so many, newest first. */
const service =
  (rows: readonly (readonly [number, number])[], size = 1_000): Script =>
  (one) => {
    const url = new URL(one.url);
    const [from, to, start] = isPage(one) ? (url.searchParams.get("$skiptoken") ?? "").split("_").map(Number) : [...windowOf(one), 0];
    const inside = rows.filter(([, at]) => at >= (from ?? 0) && at < (to ?? 0)).toSorted((a, b) => b[1] - a[1]);
    const begin = start ?? 0;
    const next = begin + size < inside.length ? `${from}_${to}_${begin + size}` : undefined;
    return page(
      inside.slice(begin, begin + size).map(([number, at]) => signIn(number, at)),
      next,
    );
  };

/** Spoils some of the requests. */
const spoilt =
  (script: Script, spoil: (one: Seen, place: number) => Reply | undefined): Script =>
  (one, place) =>
    spoil(one, place) ?? script(one, place);

const MANY = Array.from({ length: 24 }, (_, number) => [number, NOW - HOUR - number * 4 * HOUR + 1] as const);

describe("windows", () => {
  test("a small tenant's days are asked for together, more and more of them, and none is missing", async () => {
    const world = await asked(service(MANY));
    expect(windows(world.seen)).toEqual(["02-07T00:00 02-07T08:00", "02-05T00:00 02-07T00:00", "02-03T08:00 02-05T00:00"]);
    expect(idsOf(world)).toEqual(MANY.map(([number]) => number));
    expect(world.answer).toEqual({ rows: 24, unread: new Map() });
  });

  test("a large one's day by day; after a window of many pages comes a smaller one", async () => {
    const hourly = Array.from({ length: 100 }, (_, number) => [number, NOW - (number + 1) * HOUR] as const);
    const world = await asked(service(hourly, 2), { spans: SPANS.slice(0, 4) });
    expect(windows(world.seen)).toEqual(["02-07T00:00 02-07T08:00", "02-06T00:00 02-07T00:00", "02-05T00:00 02-06T00:00", "02-04T00:00 02-05T00:00"]);
    const quiet = hourly.map(([number]) => [number, number < 1 ? NOW - HOUR : NOW - (8 + number) * HOUR] as const);
    expect(windows((await asked(service(quiet, 2))).seen)).toEqual([
      "02-07T00:00 02-07T08:00",
      "02-05T00:00 02-07T00:00",
      "02-04T00:00 02-05T00:00",
      "02-03T08:00 02-04T00:00",
    ]);
  });

  test("each row comes with its day", async () => {
    const { read } = await asked(service(MANY));
    expect(read.every(([{ at }, span]) => at >= (SPANS[span]?.from ?? 0) && at < (SPANS[span]?.to ?? 0))).toBe(true);
    expect(new Set(read.map(([, span]) => span))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  test("what is between spans is read and dropped", async () => {
    const hours: readonly Span[] = [0, 1, 2].map((back) => ({ day: `day ${back}`, from: NOW - back * DAY - HOUR, to: NOW - back * DAY }));
    const rows = [0.5, 12, 24.5, 40, 48.5].map((back, number) => [number, NOW - back * HOUR] as const);
    const world = await asked(service(rows), { spans: hours });
    expect(world.read.map(([, span]) => span)).toEqual([0, 1, 2]);
    expect(windows(world.seen)).toHaveLength(2);
  });

  test("few accounts are asked for by their ids, and all days at once", async () => {
    const world = await asked(() => page([]), { question: { side: "people", accounts: [id(1), id(2)], succeeded: true } });
    expect(world.seen.map(({ url }) => new URL(url).searchParams.get("$filter"))).toEqual([
      `createdDateTime ge ${iso(NOW - 4 * DAY)} and createdDateTime lt ${iso(NOW)} and (userId eq '${id(1)}' or userId eq '${id(2)}') and status/errorCode eq 0`,
    ]);
  });

  test("sign-ins without a person are asked of beta, by their type", async () => {
    const { seen } = await asked(() => page([]), { question: { side: "without a person" }, spans: SPANS.slice(0, 1) });
    expect(seen[0]?.url.startsWith(`${ORIGIN}/beta/auditLogs/signIns?`)).toBe(true);
    expect(new URL(seen[0]?.url ?? "").searchParams.get("$filter")).toContain("signInEventTypes/any(t: t eq 'nonInteractiveUser')");
    expect(new URL(seen[0]?.url ?? "").searchParams.get("$top")).toBe("1000");
  });

  test("five requests in ten seconds, and progress as it comes", async () => {
    const { seen, told } = await asked(service(MANY, 1));
    expect(seen.slice(0, 11).map(({ at }) => Math.floor((at - NOW) / 1_000))).toEqual([0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 20]);
    expect(told.slice(0, 3)).toEqual(["2022-02-07 1 0", "2022-02-07 1 1", "2022-02-07 1 2"]);
    expect(told.at(-1)).toBe("2022-02-03 1 24");
  });
});

describe("a row", () => {
  test("what is read of it", async () => {
    const { read } = await asked(() => page([signIn(7, NOW - HOUR, { status: { errorCode: 50126, failureReason: "Bad." }, userId: id(0xa).toUpperCase() })]), {
      spans: SPANS.slice(0, 1),
    });
    expect(read[0]?.[0]).toEqual({
      id: id(7),
      at: NOW - HOUR,
      account: id(0xa),
      client: "Browser",
      address: "198.51.100.7",
      country: "GB",
      interactive: true,
      code: 50126,
      reason: "Bad.",
      app: "OfficeHome",
      name: "A",
      upn: "a@alder.county.example",
    });
  });

  test("what the service does not say is not success", async () => {
    const { read } = await asked(() => page([signIn(7, NOW - HOUR, { status: null, appDisplayName: null, resourceDisplayName: "Exchange", location: null })]), {
      spans: SPANS.slice(0, 1),
    });
    expect(read[0]?.[0]).toMatchObject({ code: undefined, app: "Exchange", country: undefined });
  });
});

describe("a list that breaks off", () => {
  const ONE_DAY: readonly Span[] = [{ day: "2022-02-06", from: NOW - DAY, to: NOW }];
  const rows = Array.from({ length: 12 }, (_, number) => [number, NOW - HOUR - Math.floor(number / 2) * HOUR] as const);

  test("pages that expire are gone on with where they stopped, and nothing is counted twice", async () => {
    let expired = 0;
    const world = await asked(
      spoilt(service(rows, 5), (one) => {
        if (!isPage(one) || expired > 1) return undefined;
        expired += 1;
        return refusal(410, "Gone", "the token expired");
      }),
      { spans: ONE_DAY },
    );
    expect(idsOf(world).toSorted((a, b) => a - b)).toEqual(rows.map(([number]) => number));
    expect(world.answer).toEqual({ rows: 12, unread: new Map() });
    expect(windows(world.seen)).toEqual(["02-06T08:00 02-07T08:00", "02-06T08:00 02-07T05:00", "02-06T08:00 02-07T03:00"]);
  });

  test("a list that expires again and again at the same place is given up, and the day named", async () => {
    const world = await asked(
      spoilt(service(rows, 5), (one) => (isPage(one) ? refusal(410, "Gone", "the token expired") : undefined)),
      { spans: [...ONE_DAY, { day: "2022-02-05", from: NOW - 2 * DAY, to: NOW - DAY }] },
    );
    // It moves on as long as it gets further: what is left at the end fits a page.
    expect(world.answer.unread.size).toBe(0);
    const stuck = await asked(
      spoilt(
        service(
          rows.map(([number]) => [number, NOW - HOUR] as const),
          5,
        ),
        (one) => (isPage(one) ? refusal(410, "Gone", "the token expired") : undefined),
      ),
      { spans: [...ONE_DAY, { day: "2022-02-05", from: NOW - 2 * DAY, to: NOW - DAY }] },
    );
    expect([stuck.answer.rows, stuck.answer.unread, stuck.answer.because?.status]).toEqual([5, new Map([[0, "part"]]), 410]);
  });

  test("an error on the way is waited out", async () => {
    let broken = 0;
    const world = await asked(
      spoilt(service(rows, 5), (one) => {
        broken += isPage(one) ? 1 : 0;
        return isPage(one) && broken <= 4 ? refusal(503, "x", "busy") : undefined;
      }),
      { spans: ONE_DAY },
    );
    expect(idsOf(world).toSorted((a, b) => a - b)).toEqual(rows.map(([number]) => number));
    expect(world.answer.unread.size).toBe(0);
  });

  test("rows in no order cannot be gone on with: the day is in part", async () => {
    const world = await asked((one) => (isPage(one) ? refusal(410, "Gone", "x") : page([signIn(1, NOW - 3 * HOUR), signIn(2, NOW - HOUR)], "a")), {
      spans: ONE_DAY,
    });
    expect([world.answer.rows, world.answer.unread]).toEqual([2, new Map([[0, "part"]])]);
  });

  test("too much at once: smaller parts, down to an hour", async () => {
    const world = await asked(
      spoilt(service(rows), (one) => {
        const [from, to] = windowOf(one);
        return to - from > 2 * HOUR ? refusal(504, "UnknownError", "timeout") : undefined;
      }),
      { spans: ONE_DAY },
    );
    expect(idsOf(world)).toEqual(rows.map(([number]) => number));
    expect(world.answer).toEqual({ rows: 12, unread: new Map() });
  });

  test("one day that cannot be had is named, and the others are read", async () => {
    const bad = SPANS[2];
    const world = await asked(
      spoilt(service(MANY), (one) => {
        const [from, to] = windowOf(one);
        return from < (bad?.to ?? 0) && to > (bad?.from ?? 0) ? refusal(500, "x", "broken") : undefined;
      }),
    );
    expect(world.answer.unread).toEqual(new Map([[2, "nothing"]]));
    expect(world.answer.because?.status).toBe(500);
    expect(new Set(world.read.map(([, span]) => span))).toEqual(new Set([0, 1, 3, 4]));
    expect(new Set(idsOf(world)).size).toBe(world.read.length);
  });

  test("when nothing comes any more, the others are not asked for one by one", async () => {
    const world = await asked(
      spoilt(service(MANY), (one) => (windowOf(one)[0] < (SPANS[0]?.from ?? 0) ? refusal(500, "x", "broken") : undefined)),
      { spans: daysOfLog(NOW, "UTC", 30) },
    );
    expect(world.answer.unread.size).toBe(30);
    expect(world.seen.length).toBeLessThan(80);
  });

  test("a question that is refused from the start is the caller's", async () => {
    await expect(asked(() => refusal(400, "BadRequest", "Invalid filter clause"))).rejects.toThrow(/Invalid filter clause/);
    await expect(asked(() => refusal(403, "Authentication_MSGraphPermissionMissing", "no"))).rejects.toThrow(/403/);
  });

  test("a refusal in the middle leaves what was read, and names the rest", async () => {
    const world = await asked(spoilt(service(MANY), (one) => (windowOf(one)[0] < (SPANS[0]?.from ?? 0) ? refusal(403, "Forbidden", "no longer") : undefined)));
    expect([world.answer.rows, [...world.answer.unread], world.answer.because?.status]).toEqual([2, [1, 2, 3, 4].map((at) => [at, "nothing"]), 403]);
  });

  test("a licensed tenant that is called unlicensed for a moment", async () => {
    let said = 0;
    const world = await asked(
      spoilt(service(rows, 5), (one) => {
        said += isPage(one) ? 1 : 0;
        return isPage(one) && said === 1
          ? refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license")
          : undefined;
      }),
      { spans: ONE_DAY },
    );
    expect([world.answer.unread.size, idsOf(world).length]).toEqual([0, 12]);
  });
});
