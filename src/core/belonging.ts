/** To which phases a change belongs: under whose name it is shown, and which of them is thereby due. */

import type { Desired, FieldChange, PhaseCourse } from "./changes.ts";
import { type Demand, type Layout, layoutOf } from "./demands.ts";
import { clientsOf } from "./desired.ts";
import type { Phase, Plan } from "./plan/plan.ts";
import { PROGRESS_KEY, readProgress } from "./progress.ts";
import type { CohortGroupSettings, Kind, PhaseId, PolicySettings } from "./tenant.ts";

export type Belonging = {
  /** Of a policy that is there or is to be made. */
  readonly ofPolicy: (key: string, before: PolicySettings | undefined, fields: readonly FieldChange[]) => readonly PhaseId[];
  /** Of a policy that goes. */
  readonly ofDeletion: (key: string, before: PolicySettings) => readonly PhaseId[];
  readonly ofGroup: (key: string, before: CohortGroupSettings | undefined, after: CohortGroupSettings, phases: readonly PhaseId[]) => readonly PhaseId[];
  /** Whether the policy asks what the phase wants asked by its course. */
  readonly isMet: (phase: Phase, before: PolicySettings | undefined) => boolean;
  readonly demandOf: (phase: PhaseId) => Demand | undefined;
  readonly makes: (kind: Kind, key: string) => boolean;
};

const covers = (settings: PolicySettings, phase: Phase): boolean => settings.clients.includes("all") || clientsOf([phase]).every((client) => settings.clients.includes(client));

const changedIn = (before: readonly PhaseId[], after: readonly PhaseId[]): readonly PhaseId[] => [
  ...before.filter((id) => !after.includes(id)),
  ...after.filter((id) => !before.includes(id)),
];

/** The fields in which one phase after the other moves a policy; a difference elsewhere is nobody's moment. */
const GROWS_IN = new Set(["clients", "state"]);

export const belongingOf = (plan: Plan, desired: Desired, layout: Layout = layoutOf(plan)): Belonging => {
  const courses = new Map<PhaseId, PhaseCourse>(desired.phases.map(({ id, course }) => [id, course]));
  const courseOf = ({ id }: Phase): PhaseCourse => courses.get(id) ?? "later";
  const active = (demand: Demand): readonly Phase[] => demand.phases.filter((phase) => courseOf(phase) !== "later");
  const demandWith = (key: string): Demand | undefined => layout.demands.find((each) => each.key === key || each.stagedKey === key);
  const made = new Set(layout.makes.map(({ kind, key }) => `${kind}/${key}`));

  const isMet: Belonging["isMet"] = (phase, before) => {
    const course = courseOf(phase);
    if (course === "later") return true;
    if (before === undefined) return false;
    if (course === "held") return before.state !== "on" || !covers(before, phase);
    return covers(before, phase) && (before.state === "on" || (course === "staged" && before.state === "report-only"));
  };

  return {
    isMet,
    demandOf: (id) => layout.demands.find(({ phases }) => phases.some((phase) => phase.id === id)),
    makes: (kind, key) => made.has(`${kind}/${key}`),
    ofPolicy: (key, before, fields) => {
      const demand = demandWith(key);
      const wanted = desired.resources.find((each) => each.kind === "conditional-access" && each.key === key)?.phases ?? [];
      if (demand === undefined || key === demand.stagedKey) return wanted;
      const grows = before === undefined || fields.every(({ path }) => GROWS_IN.has(path));
      // A phase that is staged beside a policy that is on has its own policy, the twin.
      const isOn = active(demand).some((phase) => courseOf(phase) === "started");
      const asking = active(demand).filter((phase) => !isOn || courseOf(phase) !== "staged");
      const unmet = asking.filter((phase) => !isMet(phase, before) && (before !== undefined || courseOf(phase) !== "held"));
      return (grows && unmet.length > 0 ? unmet : asking).map(({ id }) => id);
    },
    ofDeletion: (key, before) => {
      const demand = demandWith(key);
      if (demand === undefined) return [];
      const carried = active(demand).filter((phase) => clientsOf([phase]).some((client) => before.clients.includes(client)));
      const belongs = key === demand.stagedKey && carried.length > 0 ? carried : active(demand);
      return (belongs.length > 0 ? belongs : demand.phases).map(({ id }) => id);
    },
    ofGroup: (key, before, after, phases) => {
      if (key !== PROGRESS_KEY) return phases;
      const old = (before === undefined ? undefined : readProgress(before.description)) ?? { begun: [], held: [] };
      const now = readProgress(after.description) ?? { begun: [], held: [] };
      const moved = new Set([...changedIn(old.begun, now.begun), ...changedIn(old.held, now.held)]);
      return plan.phases.map(({ id }) => id).filter((id) => moved.has(id));
    },
  };
};
