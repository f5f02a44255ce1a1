/** To which phases a change belongs: under whose name it is shown, and which of them is thereby due. */

import { phasesOfBasic } from "./basic-wishes.ts";
import type { Desired, DesiredResource, FieldChange, PhaseCourse } from "./changes.ts";
import { NO_PROGRESS } from "./course.ts";
import { type Demand, type Layout, layoutOf } from "./demands.ts";
import { clientsOf, restStateOf } from "./desired.ts";
import { settingsOf } from "./kinds/index.ts";
import { phasesOfMethods } from "./method-wishes.ts";
import type { Progress } from "./observed.ts";
import { isOutKey } from "./out.ts";
import type { Phase, Plan } from "./plan/plan.ts";
import { isHeld, PROGRESS_KEY, readProgress } from "./progress.ts";
import type { Kind, PhaseId, PolicySettings, Settings } from "./tenant.ts";

export type Belonging = {
  /** Of what is there, or is to be made. */
  readonly ofWanted: (wanted: DesiredResource, before: Settings | undefined, fields: readonly FieldChange[]) => readonly PhaseId[];
  /** Of what goes; none for what is left over. */
  readonly ofDeletion: (kind: Kind, key: string, before: Settings) => readonly PhaseId[];
  /** Whether the policy asks what the phase wants asked by its course. */
  readonly isMet: (demand: Demand, phase: Phase, before: PolicySettings | undefined) => boolean;
  readonly demandsOf: (phase: PhaseId) => readonly Demand[];
  /** Of the policy with this key, be it the one in report-only beside another. */
  readonly demandWith: (key: string) => Demand | undefined;
  readonly makes: (kind: Kind, key: string) => boolean;
};

const covers = (settings: PolicySettings, { sort }: Demand, phase: Phase): boolean =>
  settings.clients.includes("all") || clientsOf(sort, [phase]).every((client) => settings.clients.includes(client));

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

  const isMet: Belonging["isMet"] = (demand, phase, before) => {
    const course = courseOf(phase);
    if (course === "later") return true;
    if (course === "held") return before?.state !== "on" || !covers(before, demand, phase);
    if (before === undefined) return false;
    return covers(before, demand, phase) && (before.state === "on" || (course !== "started" && before.state === restStateOf(demand)));
  };

  const ofPolicy = (wanted: DesiredResource, before: PolicySettings | undefined, fields: readonly FieldChange[]): readonly PhaseId[] => {
    const demand = demandWith(wanted.key);
    if (demand === undefined || wanted.key === demand.stagedKey) return wanted.phases;
    // A phase that is staged beside a policy that is on has its own policy, the twin.
    const isOn = active(demand).some((phase) => courseOf(phase) === "started");
    const asking = active(demand).filter((phase) => !isOn || (courseOf(phase) !== "staged" && courseOf(phase) !== "waiting"));
    const grows = before === undefined || fields.every(({ path }) => GROWS_IN.has(path));
    const unmet = asking.filter((phase) => !isMet(demand, phase, before));
    return (grows && unmet.length > 0 ? unmet : asking).map(({ id }) => id);
  };

  const ofProgress = (before: Settings | undefined, after: Settings): readonly PhaseId[] => {
    const told = (settings: Settings | undefined): Progress =>
      (settings === undefined ? undefined : readProgress(settingsOf("cohort-group", settings).description)) ?? NO_PROGRESS;
    const [old, now] = [told(before), told(after)];
    const begun = new Set(changedIn(old.begun, now.begun));
    return plan.phases.map(({ id }) => id).filter((id) => begun.has(id) || isHeld(old, id) !== isHeld(now, id));
  };

  return {
    isMet,
    demandsOf: (id) => layout.demands.filter(({ phases }) => phases.some((phase) => phase.id === id)),
    demandWith,
    // The group of a domain that was out stays, and is used when it is out again.
    makes: (kind, key) => made.has(`${kind}/${key}`) || (kind === "cohort-group" && isOutKey(key)),
    ofWanted: (wanted, before, fields) => {
      if (wanted.kind === "conditional-access") return ofPolicy(wanted, before === undefined ? undefined : settingsOf("conditional-access", before), fields);
      if (wanted.kind === "cohort-group" && wanted.key === PROGRESS_KEY) return ofProgress(before, wanted.settings);
      if (wanted.kind === "authentication-methods")
        return phasesOfMethods(
          plan,
          wanted.phases,
          fields.map(({ path }) => path),
        );
      if (wanted.kind === "authentication-policy")
        return phasesOfBasic(plan, wanted.phases, before === undefined ? undefined : settingsOf("authentication-policy", before).allowBasic);
      return wanted.phases;
    },
    ofDeletion: (kind, key, before) => {
      const demand = kind === "conditional-access" ? demandWith(key) : undefined;
      if (demand === undefined) return [];
      const { clients } = settingsOf("conditional-access", before);
      const carried = active(demand).filter((phase) => clientsOf(demand.sort, [phase]).some((client) => clients.includes(client)));
      const belongs = key === demand.stagedKey && carried.length > 0 ? carried : active(demand);
      return (belongs.length > 0 ? belongs : demand.phases).map(({ id }) => id);
    },
  };
};
