/** Report `sign-ins`: the whole log of thirty days against the directory and the plan. */

import { daysOfLog } from "../core/reports/log-days.ts";
import { momentText } from "../core/reports/log-row.ts";
import type { Gap, Row } from "../core/reports/shape.ts";
import { countriesIn, type Seen, SignInFold } from "../core/reports/sign-in-fold.ts";
import { type About, Gravest, placesOf, rowOf, signIns, sumsOf } from "../core/reports/sign-ins.ts";
import { USE_DAYS } from "../core/sign-in-digest.ts";
import { knownOr } from "../graph/live-account.ts";
import { countryOf } from "../graph/surroundings.ts";
import { fewOf, filterGap, type LogPeople, logPeopleOf } from "./log-people.ts";
import { openLog, readLog, type WholeLog } from "./log-read.ts";
import type { Made, MakeReport, ReportAsk } from "./report.ts";

const CHUNK = 500;

const aboutOf = ({ roster, phaseOf }: LogPeople, { id }: Seen): About => {
  if (roster === undefined) return { account: "unread", phase: phaseOf(id) };
  const flags = roster.flags(id);
  if (flags === undefined) return { account: "gone", phase: undefined };
  return { account: { address: roster.address(id) ?? "", enabled: flags.enabled, guest: flags.guest, capable: flags.capable }, phase: phaseOf(id) };
};

const noLines = async function* (): AsyncIterable<readonly Row[]> {};

const nothing = (gaps: readonly Gap[]): Made => ({ shape: signIns, rows: noLines(), finish: () => ({ sums: [], gaps, notes: [] }) });

/** The tenant's own country, where the plan names none; undefined also where nobody can say: then every country is told. */
const homeOf = async ({ plan, client }: ReportAsk): Promise<string | undefined> => {
  if (plan !== undefined && countriesIn(plan.networks).length > 0) return undefined;
  const known = await knownOr(() => countryOf(client));
  return known.type === "present" ? known.value : undefined;
};

/** What outside means in these rows. */
const outsideWords = ({ plan }: ReportAsk, home: string | undefined): string => {
  const countries = plan === undefined ? [] : countriesIn(plan.networks);
  const unless = plan !== undefined && plan.networks.length > 0 ? ", unless the address is in a network of the plan" : "";
  if (countries.length > 0) return `outside is every country but ${countries.join(", ")}${unless}`;
  const why = plan === undefined ? "without a plan" : "since the plan names no countries";
  const way = "a network of the plan can name others: home: { countries: [GB, IE] }";
  return home === undefined
    ? `${why}, every country counts as outside${unless}; ${way}`
    : `${why}, outside is every country but ${home}, which is the tenant's own${unless}; ${way}`;
};

const notesOf = (ask: ReportAsk, fold: SignInFold, { rows }: WholeLog, from: number, home: string | undefined): readonly string[] => {
  const { zone, now, filter } = ask;
  return [
    `the log of sign-ins from ${momentText(from)} to ${momentText(now)} was read, ${rows} rows; days are those of ${zone}; the service keeps ${USE_DAYS} days, and nothing older can be had`,
    outsideWords(ask, home),
    "a failed attempt is no sign-in; an interruption that asks for something on the way is neither",
    "countries are the service's guess from the address, and it may be wrong, above all for telephones and IPv6",
    ...(fold.nobodies > 0 ? [`${fold.nobodies} rows name no account of the directory: attempts on addresses that there are not, counted by day alone`] : []),
    ...(fold.untold > 0 ? [`${fold.untold} rows do not say how they ended, and are counted as neither`] : []),
    ...(filter.all ? [] : ["accounts with nothing of the kind have no row; --all shows everybody who is in the log"]),
    ...(fold.rows === 0 ? ["the log holds no sign-in of those who were asked for"] : []),
  ];
};

export const makeSignIns: MakeReport = async (ask) => {
  const { plan, filter, now, zone } = ask;
  const opened = await openLog(ask);
  if (opened.type === "closed") return nothing(opened.gaps);
  const people = await logPeopleOf(ask, { registration: true, named: false, licence: opened.licence });
  const { wanted } = people;
  if (wanted === "unknown") return nothing([...opened.gaps, ...people.gaps, filterGap(filter)]);
  const spans = daysOfLog(now, zone);
  const home = await homeOf(ask);
  const fold = new SignInFold({
    networks: plan?.networks ?? [],
    ...(home !== undefined && { home }),
    days: spans.length,
    ...(wanted !== undefined && { wanted }),
  });
  const few = fewOf(people);
  const log = await readLog(ask, { spans, ...(few !== undefined && { accounts: few }), read: (row, span) => fold.read(row, span) });
  const gravest = new Gravest();
  const rows = async function* (): AsyncIterable<readonly Row[]> {
    let chunk: Row[] = [];
    for (const place of placesOf(fold, filter.all)) {
      const seen = fold.seen(place);
      gravest.add(seen);
      chunk.push(rowOf(seen, aboutOf(people, seen)));
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = [];
    }
    if (chunk.length > 0) yield chunk;
  };
  return {
    shape: signIns,
    rows: rows(),
    finish: () => ({
      sums: sumsOf(fold, gravest, plan, spans, log.unread, home),
      gaps: [...opened.gaps, ...people.gaps, ...log.gaps],
      notes: notesOf(ask, fold, log, spans.at(-1)?.from ?? now, home),
    }),
  };
};
