/** The history of `report methods`: a line a run, of which each day counts once, and what it tells about the way to the next phases. */

import { peopleOf } from "../cohorts.ts";
import { asksNobody } from "../mailbox-changes.ts";
import { localOf } from "../plan/moments.ts";
import type { Plan } from "../plan/plan.ts";
import type { Standing } from "../roster.ts";
import type { Instant, PhaseId } from "../tenant.ts";
import { CAPABILITIES, type Capability, isoOf } from "./methods.ts";
import type { SumTable } from "./shape.ts";

/** Of the enabled accounts that a phase is about. */
type PhaseDay = { readonly inScope: number; readonly ready: number; readonly notReady: number; readonly unknown: number };

/** Of all enabled accounts. */
type TotalDay = { readonly accounts: number; readonly capable: number; readonly registeredOnly: number; readonly nothing: number; readonly unknown: number };

type HistoryLine = {
  readonly schemaVersion: 1;
  readonly asOf: string;
  readonly plan: string | null;
  readonly phases: Readonly<Record<PhaseId, PhaseDay>>;
  readonly total: TotalDay;
};

/** Counts one day's line as the accounts pass: all of them, whichever rows somebody asked for. */
export class MethodsDay {
  readonly #plan: Plan | undefined;
  readonly #phases: readonly {
    readonly id: PhaseId;
    readonly places: readonly number[];
    readonly cohorts: readonly string[];
    readonly day: { -readonly [K in keyof PhaseDay]: number };
  }[];
  readonly #total: { -readonly [K in keyof TotalDay]: number } = { accounts: 0, capable: 0, registeredOnly: 0, nothing: 0, unknown: 0 };

  /** @param names of the cohorts, in the order of the standings that `add` is given */
  constructor(plan: Plan | undefined, names: readonly string[]) {
    this.#plan = plan;
    this.#phases = (plan?.phases ?? [])
      .filter((phase) => !asksNobody(phase))
      .map((phase) => {
        const cohorts = peopleOf(phase);
        return { id: phase.id, cohorts, places: cohorts.map((name) => names.indexOf(name)), day: { inScope: 0, ready: 0, notReady: 0, unknown: 0 } };
      });
  }

  /** One enabled account. @param ready by the plan, as its gates count; undefined: nobody can say */
  add(standings: readonly Standing[], capability: Capability, ready: boolean | undefined): void {
    this.#total.accounts += 1;
    this.#total[CAPABILITIES[capability]] += 1;
    for (const { places, day } of this.#phases) {
      if (!places.some((place) => standings[place] === "in")) continue;
      day.inScope += 1;
      day[ready === undefined ? "unknown" : ready ? "ready" : "notReady"] += 1;
    }
  }

  /** @param unread cohorts of which nobody can say who is in: their phases are left out */
  text(now: Instant, unread: ReadonlySet<string>): string {
    const line: HistoryLine = {
      schemaVersion: 1,
      asOf: isoOf(now),
      plan: this.#plan?.id ?? null,
      phases: Object.fromEntries(this.#phases.filter(({ cohorts }) => !cohorts.some((name) => unread.has(name))).map(({ id, day }) => [id, day])),
      total: this.#total,
    };
    return JSON.stringify(line);
  }
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } => typeof value === "object" && value !== null && !Array.isArray(value);

const isDay = <K extends string>(value: unknown, keys: readonly K[]): value is Readonly<Record<K, number>> =>
  isObject(value) && keys.every((key) => Number.isInteger(value[key]));

const PHASE_KEYS = ["inScope", "ready", "notReady", "unknown"] as const;
const TOTAL_KEYS = ["accounts", "capable", "registeredOnly", "nothing", "unknown"] as const;

/** @returns undefined for a line that somebody cut or wrote: a day less, and no reason to stop. */
const lineIn = (text: string): HistoryLine | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { schemaVersion, asOf, plan, phases, total } = value;
  if (schemaVersion !== 1 || typeof asOf !== "string" || Number.isNaN(Date.parse(asOf)) || !(plan === null || typeof plan === "string")) return undefined;
  if (!isObject(phases) || !isDay(total, TOTAL_KEYS)) return undefined;
  const days = Object.entries(phases).flatMap(([id, day]) => (isDay(day, PHASE_KEYS) ? [[id, day] as const] : []));
  return { schemaVersion, asOf, plan, phases: Object.fromEntries(days), total };
};

const PHASES = 3;
const DAYS = 6;

/**
 * How many were ready on the last days on which somebody looked, for each of the next phases.
 *
 * @param texts oldest first, this run's included; those of other plans, and what cannot be read, are passed over
 */
export const trendTable = (plan: Plan, texts: readonly string[], now: Instant, zone: string): SumTable => {
  const days = new Map<string, HistoryLine>();
  const lines = texts.flatMap((text) => lineIn(text) ?? []).filter((line) => line.plan === plan.id);
  // A day counts once, the last run of it: a stable order keeps two of one moment as they were written.
  for (const line of lines.sort((a, b) => Date.parse(a.asOf) - Date.parse(b.asOf))) days.set(localOf(Date.parse(line.asOf), zone).slice(0, 10), line);
  const next = plan.phases.filter((phase) => phase.starts.instant > now && !asksNobody(phase)).slice(0, PHASES);
  return {
    title: "Towards the next phases",
    columns: ["phase", "starts", "date", "ready", "not ready", "unknown"],
    rows: next.flatMap(({ id, starts }) =>
      [...days]
        .flatMap(([day, { phases }]) => {
          const counts = phases[id];
          return counts === undefined ? [] : [[id, localOf(starts.instant, zone).slice(0, 10), day, counts.ready, counts.notReady, counts.unknown] as const];
        })
        .slice(-DAYS),
    ),
  };
};
