/** What a reader sees of a plan and a tenant, before any format. */

import { type Belonging, belongingOf } from "./belonging.ts";
import type { Change, CoursedPhase, Desired, Diff, Finding, PhaseCourse, PhaseState } from "./changes.ts";
import { NO_PROGRESS, nextPhases } from "./course.ts";
import type { AccountCount, ChangeLine, DiffDocument, FindingLine, PhaseLine, StatusDocument } from "./document.ts";
import { nameWithoutMark } from "./mark.ts";
import type { Observed } from "./observed.ts";
import { isoIn } from "./plan/moments.ts";
import type { Plan } from "./plan/plan.ts";
import { progressOf } from "./progress.ts";
import { accountsInGroup, accountsMoved, accountsOf } from "./readiness.ts";
import { type Instant, KINDS, type ObjectId, type PhaseId, type PolicySettings } from "./tenant.ts";

export type ReportInput = {
  readonly plan: Plan;
  readonly observed: Observed;
  readonly desired: Desired;
  readonly diff: Diff;
  /** `allowed` where the administrator let the finding pass. */
  readonly findings: readonly (Finding & { readonly allowed?: boolean })[];
  /** The moment for which the desired state was worked out. */
  readonly moment: Instant;
};

const STATES = { held: "held", staged: "staged", later: "later" } as const satisfies Partial<Record<PhaseCourse, PhaseState>>;

const policyOf = (observed: Observed, plan: Plan, key: string): PolicySettings | undefined => {
  const list = observed.resources["conditional-access"];
  const found = list.type === "present" ? list.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id && mark.key === key) : [];
  const [only, second] = found;
  return second === undefined ? only?.settings : undefined;
};

/** Whether the tenant is seen to ask what the phase wants; what could not be read is not seen. */
const hasArrived = ({ plan, observed }: ReportInput, belonging: Belonging, id: PhaseId): boolean => {
  const phase = plan.phases.find((each) => each.id === id);
  const demand = belonging.demandOf(id);
  return phase !== undefined && demand !== undefined && belonging.isMet(phase, policyOf(observed, plan, demand.key));
};

const stateOf = (input: ReportInput, belonging: Belonging, { id, course }: CoursedPhase): PhaseState => {
  if (course !== "started") return STATES[course];
  const isPending = input.diff.changes.some(({ phases }) => phases.includes(id));
  return isPending || !hasArrived(input, belonging, id) ? "due" : "live";
};

/** The cohort's people, as far as anybody can say: of one by list, or whose words could not be read, those in its group are what counts. */
const accountsOfCohort = ({ plan, observed, desired, diff }: ReportInput, cohort: string): AccountCount | undefined => {
  const unread = observed.remarks.some((remark) => remark.cohort === cohort && (remark.type === "list-unusable" || remark.type === "no-group"));
  const source = plan.cohorts.find(({ name }) => name === cohort)?.source.type;
  if (!unread && source !== "file") return accountsOf(observed, cohort);
  const key = desired.resources.find(({ membership }) => membership?.cohort === cohort && membership.standing === "in")?.key;
  const groups = observed.resources["cohort-group"];
  const own = groups.type === "present" ? groups.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id && mark.key === key) : [];
  const [group, second] = own;
  const change = diff.changes.find((each) => each.kind === "cohort-group" && each.key === key);
  const inside = group === undefined || second !== undefined ? undefined : accountsInGroup(observed, group.id, change);
  return inside ?? (unread ? undefined : accountsOf(observed, cohort));
};

const phaseLine = (input: ReportInput, belonging: Belonging, phase: CoursedPhase): PhaseLine => {
  const accounts = accountsOfCohort(input, phase.cohort);
  return {
    id: phase.id,
    title: phase.title,
    starts: isoIn(phase.starts.instant, input.plan.timeZone),
    state: stateOf(input, belonging, phase),
    ...(accounts !== undefined && { accounts }),
  };
};

const changeLine = (input: ReportInput, change: Change): ChangeLine => {
  const { observed, desired } = input;
  const { phases, kind, action, key, name, id, fields, members } = change;
  const cohort = desired.phases.find((phase) => phases.includes(phase.id))?.cohort;
  const standing = desired.resources.find((each) => each.kind === kind && each.key === key)?.membership?.standing ?? "in";
  const accounts = kind === "conditional-access" && cohort !== undefined ? accountsOfCohort(input, cohort) : accountsMoved(observed, change, cohort, standing);
  return {
    phases,
    kind,
    action,
    key,
    name,
    ...(id !== undefined && { id }),
    fields,
    ...(members !== undefined && { members }),
    ...(accounts !== undefined && { accounts }),
  };
};

const findingLine = ({ guard, verdict, phase, detail, hint, accounts, count, allowed }: ReportInput["findings"][number]): FindingLine => ({
  guard,
  verdict,
  ...(phase !== undefined && { phase }),
  detail,
  ...(hint !== undefined && { hint }),
  ...(accounts !== undefined && { accounts }),
  ...(count !== undefined && { count }),
  ...(allowed !== undefined && { allowed }),
});

const header = ({ plan, observed, moment }: ReportInput): Pick<DiffDocument, "schemaVersion" | "plan" | "tenant" | "asOf"> => ({
  schemaVersion: 1,
  plan: { id: plan.id, name: plan.name, file: plan.file },
  tenant: { id: observed.tenant.id, name: observed.tenant.name, practice: observed.tenant.practice },
  asOf: isoIn(moment, plan.timeZone),
});

const counted = (changes: readonly Change[], action: Change["action"]): number => changes.filter((change) => change.action === action).length;

/** What `diff` prints. */
export const diffDocument = (input: ReportInput): DiffDocument => {
  const { plan, desired, diff } = input;
  const belonging = belongingOf(plan, desired);
  return {
    ...header(input),
    hash: diff.hash,
    phases: desired.phases.map((phase) => phaseLine(input, belonging, phase)),
    changes: diff.changes.map((change) => changeLine(input, change)),
    leftOver: diff.leftOver.map((change) => changeLine(input, change)),
    findings: input.findings.map(findingLine),
    summary: {
      create: counted(diff.changes, "create"),
      update: counted(diff.changes, "update"),
      delete: counted(diff.changes, "delete"),
      unchanged: diff.unchanged,
    },
  };
};

/** What `status` prints. */
export const statusDocument = (input: ReportInput): StatusDocument => {
  const { plan, observed, desired, diff, moment } = input;
  const belonging = belongingOf(plan, desired);
  const started = new Set(desired.phases.filter(({ course }) => course === "started").map(({ id }) => id));
  const isDrift = ({ phases }: Change): boolean => {
    const own = phases.filter((id) => started.has(id));
    return own.length > 0 && own.every((id) => hasArrived(input, belonging, id));
  };
  const progress = progressOf(observed, plan.id);
  const next = nextPhases(plan, moment, progress.type === "present" ? progress.value : NO_PROGRESS);
  const [first] = next;
  return {
    ...header(input),
    phases: desired.phases.map((phase) => phaseLine(input, belonging, phase)),
    drift: diff.changes.filter(isDrift).map((change) => changeLine(input, change)),
    pending: diff.changes.filter((change) => !isDrift(change)).map((change) => changeLine(input, change)),
    leftOver: diff.leftOver.map((change) => changeLine(input, change)),
    findings: input.findings.map(findingLine),
    next: first === undefined ? null : { starts: isoIn(first.starts.instant, plan.timeZone), phases: next.map(({ id }) => id) },
  };
};

/**
 * What people call the things whose ids stand in fields: resources, and accounts of the roster.
 *
 * @returns a function that gives undefined for an id that nobody here knows.
 */
export const namesIn = (observed: Observed): ((id: ObjectId) => string | undefined) => {
  const names = new Map<ObjectId, string>();
  for (const kind of KINDS) {
    const list = observed.resources[kind];
    for (const { id, settings } of list.type === "present" ? list.value : []) names.set(id, nameWithoutMark(settings.name));
  }
  for (const { address, account } of observed.emergency) if (account.type === "present") names.set(account.value.id, address);
  const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  return (id) => names.get(id) ?? (observed.roster.type === "present" && isId.test(id) ? observed.roster.value.address(id) : undefined);
};
