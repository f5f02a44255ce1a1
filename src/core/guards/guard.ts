/** What every guard gets and gives. A guard looks at one danger and says nothing when it does not see it. */

import type { Change, Desired, Diff, Finding } from "../changes.ts";
import type { History } from "../history.ts";
import type { Observed } from "../observed.ts";
import type { Plan } from "../plan/plan.ts";
import type { Instant, Kind, ObjectId, PhaseId, ResourceOf } from "../tenant.ts";

export type GuardInput = {
  readonly plan: Plan;
  /** The moment for which the changes were worked out. */
  readonly moment: Instant;
  readonly observed: Observed;
  readonly desired: Desired;
  readonly diff: Diff;
  /** Observed with the changes applied. */
  readonly after: Observed;
  /** Undefined when the state folder knows no run of this plan in this tenant. */
  readonly history: History | undefined;
  /** A person is there who saw the changes. */
  readonly attended: boolean;
};

export type Guard = {
  /** As `--allow GUARD=NUMBER` takes it. */
  readonly name: string;
  /** For `help findings`: one sentence. */
  readonly about: string;
  readonly allowable: boolean;
  readonly check: (input: GuardInput) => readonly Finding[];
};

export type Held = { readonly kind: Kind; readonly key: string };

/** `1 account`, `40 accounts`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`; past `atMost` the rest is counted. */
export const listed = (words: readonly string[], atMost = 5): string => {
  const shown = words.length > atMost ? [...words.slice(0, atMost), `${words.length - atMost} more`] : words;
  const last = shown.at(-1);
  return last === undefined || shown.length === 1 ? (last ?? "") : `${shown.slice(0, -1).join(", ")} and ${last}`;
};

/** The changes of one kind, with settings of that kind. */
export const changesOf = (diff: Diff, kind: Kind): readonly Change[] => diff.changes.filter((change) => change.kind === kind);

const isLive = ({ course }: Desired["phases"][number]): boolean => course === "started" || course === "staged" || course === "waiting";

/** Cohorts of phases that something is, or is about to be, in the tenant for. */
export const liveCohorts = (desired: Desired): ReadonlySet<string> => new Set(desired.phases.filter(isLive).flatMap(({ cohorts }) => cohorts));

/** The first phase over the cohort that started or is staged; else the first over it. */
export const phaseOf = (desired: Desired, cohort: string): PhaseId | undefined => {
  const over = desired.phases.filter((phase) => phase.cohorts.includes(cohort));
  return (over.find(isLive) ?? over[0])?.id;
};

/** What stands on a cohort: its group, the policies of its phases, and the states of its accounts. */
export const keysOfCohort = (desired: Desired, cohort: string): readonly Held[] => {
  const phases = new Set(desired.phases.filter((phase) => phase.cohorts.includes(cohort)).map(({ id }) => id));
  return desired.resources
    .filter(
      ({ kind, membership, phases: asking }) =>
        membership?.cohort === cohort ||
        ((kind === "conditional-access" || kind === "per-user-mfa") && asking.length > 0 && asking.every((id) => phases.has(id))),
    )
    .map(({ kind, key }) => ({ kind, key }));
};

/** What people know accounts by, sorted; an id where nobody can say. */
export const addressesOf = ({ observed }: GuardInput, ids: readonly ObjectId[]): readonly string[] =>
  ids.map((id) => (observed.roster.type === "present" ? observed.roster.value.address(id) : undefined) ?? id).sort();

export const isOurs = <K extends Kind>(plan: Plan, resource: ResourceOf<K>): boolean => !resource.managed && resource.mark?.plan === plan.id;
