/** Report `networks`: sign-ins of school hours against the plan's networks. */

import { AddressFold } from "../core/reports/address-fold.ts";
import { schoolHours } from "../core/reports/log-days.ts";
import { Lacking, looksLike, networks, rowOf, sumsOf } from "../core/reports/networks.ts";
import type { Gap, Row } from "../core/reports/shape.ts";
import { PLACE_DAYS } from "../core/sign-in-digest.ts";
import { fewOf, filterGap, logPeopleOf } from "./log-people.ts";
import { openLog, readLog } from "./log-read.ts";
import type { Made, MakeReport, ReportAsk } from "./report.ts";

const CHUNK = 500;

const noLines = async function* (): AsyncIterable<readonly Row[]> {};
const nothing = (gaps: readonly Gap[]): Made => ({ shape: networks, rows: noLines(), finish: () => ({ sums: [], gaps, notes: [] }) });

const whoWords = ({ plan, filter: { phase, cohort, domain, all } }: ReportAsk): string => {
  const who =
    cohort !== undefined
      ? `the cohort ${cohort}`
      : phase !== undefined
        ? `the people of the phase ${phase}`
        : plan === undefined || all
          ? "everybody"
          : "everybody whom the plan's phases name";
  return domain === undefined ? who : `${who}, of the domain ${domain} alone`;
};

const notesOf = (ask: ReportAsk, fold: AddressFold, lacking: Lacking, days: number): readonly string[] => [
  `sign-ins that succeeded, of ${whoWords(ask)}: 08:00 to 16:00 by the clock of ${ask.zone}, on ${days} school days of the last ${PLACE_DAYS} days: Monday to Friday${ask.plan === undefined ? "" : ", and not on the plan's notOn days"}`,
  "IPv6 addresses are counted by their /64; a school has a /56 or a /48 as a rule: ask its provider, and add that",
  ...(lacking.count > 0 && ask.plan !== undefined
    ? [`an address that looks like a school's is one only if somebody there says so: look before it is added to ${ask.plan.file}`]
    : []),
  ...(fold.nowhere > 0 ? [`${fold.nowhere} sign-ins have no address that could be read, and no row`] : []),
  ...(fold.rows === 0 ? ["nobody of those who were asked for signed in then"] : []),
];

export const makeNetworks: MakeReport = async (ask) => {
  const { plan, filter, now, zone } = ask;
  const spans = schoolHours(now, zone, plan?.notOn ?? [], PLACE_DAYS);
  if (spans.length === 0)
    return nothing([
      {
        sort: "setting",
        what: "sign-ins of school hours",
        because: `none of the last ${PLACE_DAYS} days was a school day by the plan (Monday to Friday, and not in notOn)`,
        todo: "run the report in term",
      },
    ]);
  const opened = await openLog(ask);
  if (opened.type === "closed") return nothing(opened.gaps);
  const people = await logPeopleOf(ask, { registration: false, named: true, licence: opened.licence });
  const { roster, wanted } = people;
  if (wanted === "unknown") return nothing([...opened.gaps, ...people.gaps, filterGap(filter)]);
  const fold = new AddressFold(plan?.networks ?? [], spans.length, (id) => roster?.address(id), wanted);
  const few = fewOf(people);
  const log = await readLog(ask, { spans, succeeded: true, ...(few !== undefined && { accounts: few }), read: (row, span) => fold.read(row, span) });
  const lacking = new Lacking();
  const rows = async function* (): AsyncIterable<readonly Row[]> {
    let chunk: Row[] = [];
    for (const spot of fold.spots()) {
      const looks = looksLike(spot);
      lacking.add(spot, looks);
      chunk.push(rowOf(spot, looks, plan, fold.rows - fold.nowhere));
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = [];
    }
    if (chunk.length > 0) yield chunk;
  };
  return {
    shape: networks,
    rows: rows(),
    finish: () => ({
      sums: sumsOf(fold, lacking, plan, spans, log.unread),
      gaps: [...opened.gaps, ...people.gaps, ...log.gaps],
      notes: notesOf(ask, fold, lacking, spans.length),
    }),
  };
};
