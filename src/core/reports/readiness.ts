/**
 * How ready each phase's people are, phase by phase and domain by domain: by the same words as its gate, which counts those
 * who are active, and as `status`, which counts all.
 */

import { peopleOf } from "../cohorts.ts";
import { ACTIVE_DAYS, isEnough, percentsOf } from "../gates.ts";
import type { Observed } from "../observed.ts";
import type { Phase, Plan } from "../plan/plan.ts";
import type { Instant } from "../tenant.ts";
import type { Counted, Counts, PhaseCounts } from "./readiness-counts.ts";
import type { Cell, Column, Ending, Filter, Gap, Row, Shape, SumTable } from "./shape.ts";

const COLUMNS = [
  { name: "phase", heading: "Phase", sort: "word", about: "the phase's id in the plan", shown: "wide" },
  { name: "title", heading: "Title", sort: "text", about: "what the plan calls the phase" },
  { name: "starts", heading: "Starts", sort: "moment", about: "the phase's moment in the plan; a gate that is closed makes it wait longer" },
  {
    name: "state",
    heading: "State",
    sort: "word",
    about: "where the phase stands, as `status` has it: done, live, due, waiting, held, later or staged",
  },
  {
    name: "domain",
    heading: "Domain",
    sort: "text",
    about: "the part of the phase's people that the row counts, by the domain of their address; `all`: every one of them",
    shown: "wide",
  },
  { name: "inScope", heading: "In scope", sort: "number", about: "enabled accounts that the phase is about", shown: "narrow" },
  {
    name: "ready",
    heading: "Ready",
    sort: "number",
    about: "those of them who could do MFA today with methods that the plan counts, by the service's registration report",
    shown: "narrow",
  },
  { name: "notReady", heading: "Not ready", sort: "number", about: "those of whom the registration report says that they could not", shown: "narrow" },
  {
    name: "unknown",
    heading: "Unknown",
    sort: "number",
    about: "those of whom the registration report says nothing; gates, and `status`, count them as not ready",
    shown: "narrow",
  },
  {
    name: "exempt",
    heading: "Exempt",
    sort: "number",
    about: "enabled accounts that the phase would be about if the plan did not except them, with a reason and an owner",
  },
  { name: "active", heading: "Active", sort: "number", about: `those in scope who signed in during the last ${ACTIVE_DAYS} days` },
  { name: "activeReady", heading: "Active and ready", sort: "number", about: "those who are active and ready" },
  {
    name: "activeUnknown",
    heading: "Activity unknown",
    sort: "number",
    about: "those not ready of whom the service does not say whether they were active; a gate counts them as active",
  },
  {
    name: "share",
    heading: "Share ready",
    sort: "number",
    about: "of those who are active, and of those not ready who may be, the share in percent that is ready, cut to one decimal; empty: nobody is",
    shown: "narrow",
  },
  {
    name: "asked",
    heading: "Share asked",
    sort: "number",
    about: "the share in percent that the plan's gate asks: of all in the row `all`, of each domain in the others; empty: none",
  },
  {
    name: "gate",
    heading: "Gate",
    sort: "word",
    about:
      "whether the gate would be open today, whatever the phase's moment: open, closed, unknown (which opens nothing); none: the plan asks for no share here",
    shown: "narrow",
  },
  { name: "because", heading: "Because", sort: "text", about: "what the gate is measured by and how it came out" },
  {
    name: "registrationAge",
    heading: "Registration age",
    sort: "number",
    about:
      "how many hours ago the service computed its registration report; older than 48 hours, it opens no gate; empty: there is none, and each account's methods were read",
  },
] as const satisfies readonly Column[];

export const readiness: Shape = {
  name: "readiness",
  about: "each phase of the plan, and each domain in it: who is ready, who is not, and whether its gate would open today",
  columns: COLUMNS,
  splitBy: "domain",
};

/** Stands in the place of a domain, and is none: it has no dot. */
const ALL = "all";
const UNKNOWN = "unknown";

// ---- rows

/** ISO 8601, UTC, to the second. */
const isoOf = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

/** Cut and not rounded: 89.96 % is not 90 %. */
const shareOf = ({ active, activeReady, activeUnknown }: Counts): number | null =>
  active + activeUnknown === 0 ? null : Math.floor((activeReady * 1000) / (active + activeUnknown)) / 10;

const gateOf = ({ gate }: PhaseCounts, counts: Counts | undefined, asked: number | undefined, isAll: boolean): string => {
  if (gate === undefined) return "none";
  // Shut for one of its domains, a gate is shut, whether anything is asked of all together or not.
  if (isAll) return gate.state;
  if (asked === undefined) return "none";
  if (gate.state === "unknown" || counts === undefined) return UNKNOWN;
  return isEnough({ active: counts.active, ready: counts.activeReady, unclear: counts.activeUnknown, missing: [] }, asked) ? "open" : "closed";
};

const rowOf = (whole: Counted, one: PhaseCounts, domain: string, counts: Counts | undefined): Row => {
  const { phase, state, gate } = one;
  const { isRegistrationKnown: isTold, isActivityKnown: isSeen } = whole;
  const isAll = domain === ALL;
  const percents = gate === undefined ? undefined : percentsOf(phase);
  const asked = isAll ? percents?.atLeast : percents?.perDomain;
  const cell = (key: keyof Counts, isKnown = true): Cell => (counts === undefined || !isKnown ? UNKNOWN : counts[key]);
  return [
    phase.id,
    phase.title,
    isoOf(phase.starts.instant),
    state,
    domain,
    cell("inScope"),
    cell("ready", isTold),
    cell("notReady", isTold),
    cell("unknown"),
    cell("exempt"),
    cell("active", isSeen),
    cell("activeReady", isSeen && isTold),
    cell("activeUnknown", isSeen && isTold),
    counts === undefined || !isTold || !isSeen ? UNKNOWN : shareOf(counts),
    asked ?? null,
    gateOf(one, counts, asked, isAll),
    isAll ? (gate?.detail ?? null) : null,
    whole.age ?? (whole.source === "each" ? null : UNKNOWN),
  ];
};

const isAbout = ({ phase, cohort }: Filter, planned: Phase): boolean =>
  (phase === undefined || phase === planned.id) && (cohort === undefined || peopleOf(planned).includes(cohort));

/** A chunk a phase: everybody first, then each domain in the order of the alphabet. */
export const readinessRows = (whole: Counted, filter: Filter): readonly (readonly Row[])[] =>
  whole.phases
    .filter(({ phase }) => isAbout(filter, phase))
    .map((one): readonly Row[] => {
      const domains = [...(one.counts?.by ?? [])]
        .filter(([domain]) => filter.domain === undefined || domain === filter.domain)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([domain, counts]) => rowOf(whole, one, domain, counts));
      return filter.domain === undefined ? [rowOf(whole, one, ALL, one.counts?.all), ...domains] : domains;
    });

// ---- the end

const exemptTable = (phases: readonly PhaseCounts[]): SumTable => ({
  title: "Left out by the plan",
  columns: ["phase", "because", "owner", "until", "accounts"],
  rows: phases.flatMap(({ phase, exempt }) =>
    exempt.map(({ exception, accounts }) => [phase.id, exception.because, exception.owner, exception.until ?? null, accounts] as const),
  ),
});

const phaseTable = (whole: Counted, phases: readonly PhaseCounts[]): SumTable => ({
  title: "By phase",
  columns: ["phase", "starts", "state", "in scope", "ready", "not ready", "unknown", "exempt", "gate"],
  rows: phases.map(({ phase, state, counts, gate }) => {
    const all = counts?.all;
    const told = (key: keyof Counts, isKnown = true): string | number => (all === undefined || !isKnown ? UNKNOWN : all[key]);
    return [
      phase.id,
      isoOf(phase.starts.instant),
      state,
      told("inScope"),
      told("ready", whole.isRegistrationKnown),
      told("notReady", whole.isRegistrationKnown),
      told("unknown"),
      told("exempt"),
      gate?.state ?? "none",
    ];
  }),
});

/** What a reason in the service's words makes of a gap. */
const sortOf = (because: string): Gap["sort"] => (/premium|\bP1\b/i.test(because) ? "licence" : /\b40[13]\b/.test(because) ? "permission" : "failed");

const GRANT = { permission: "have somebody grant it", failed: "run it again", licence: undefined, setting: undefined } as const;

const gap = (what: string, because: string, sort: Gap["sort"] = sortOf(because)): Gap => {
  const todo = GRANT[sort];
  return { sort, what, because, ...(todo !== undefined && { todo }) };
};

const KIND_WORDS: Readonly<Record<string, string>> = {
  "cohort-group": "the plan's groups",
  "named-location": "networks",
  "authentication-methods": "which methods are allowed",
  "registration-campaign": "the registration campaign",
  "conditional-access": "policies",
  "security-defaults": "security defaults",
};

/** Everything that the counts, or where a phase stands, would need and that was not to be had. */
export const readinessGaps = (
  plan: Plan,
  { roster, registration, activity, resources, members, perUser, remarks }: Observed,
  source: Counted["source"] = "report",
): readonly Gap[] => {
  const settings = Object.entries(resources).flatMap(([kind, known]) =>
    known.type === "unknown" ? [gap(`${KIND_WORDS[kind] ?? kind}, by which a phase stands where it does`, known.because)] : [],
  );
  const groups = [...members.values()].flatMap((known) => (known.type === "unknown" ? [gap("who is in a group of the plan", known.because)] : []));
  const used = new Set(plan.phases.flatMap(peopleOf));
  const words = remarks.flatMap(({ cohort, type, detail }) =>
    used.has(cohort) && (type === "list-unusable" || type === "no-group")
      ? [gap(`who is in ${cohort}`, detail, detail.includes("cannot be read") ? sortOf(detail) : "setting")]
      : [],
  );
  if (roster.type !== "present")
    return [gap("all counts", roster.type === "unknown" ? roster.because : "the accounts were not read"), ...settings, ...groups, ...words];
  return [
    ...(registration.type === "unknown" ? [gap(source === "each" ? "the registration report, by which gates go" : "who is ready", registration.because)] : []),
    ...(activity?.type === "unknown" ? [gap("who is active", activity.because)] : []),
    ...settings,
    ...groups,
    ...(perUser?.type === "unknown" ? [gap("states of per-user MFA", perUser.because)] : []),
    ...words,
  ];
};

export const readinessEnding = (plan: Plan, observed: Observed, whole: Counted, filter: Filter): Ending => {
  const phases = whole.phases.filter(({ phase }) => isAbout(filter, phase));
  const exempt = exemptTable(phases);
  return {
    sums: [phaseTable(whole, phases), ...(exempt.rows.length === 0 ? [] : [exempt])],
    gaps: readinessGaps(plan, observed, whole.source),
    notes: [
      ...(whole.source === "each" ? ["who is ready was told by each account's own methods, where security questions and hardware tokens are not told"] : []),
      ...(whole.age === undefined
        ? []
        : [`the service computed its registration report ${whole.age === 0 ? "within the last hour" : `${whole.age} hours ago`}`]),
      ...(plan.methods.atLeast > 1 || plan.methods.notCount.length > 0 || (plan.sharedAccounts?.length ?? 0) > 0
        ? [
            "ready is meant as gates mean it, by the sorts of methods that the registration report tells; report unregistered also looks at which of them each account may use, and at shared accounts",
          ]
        : []),
      `gates count those who signed in during the last ${ACTIVE_DAYS} days; the counts of ready and not ready are of all enabled accounts`,
    ],
  };
};
