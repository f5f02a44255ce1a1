/** What a reader sees of a plan and a tenant, before any format. */

import { listedLineOf, listLinesOf } from "./accounts/listed-lines.ts";
import { isAccountWish, listOf } from "./accounts/wishes.ts";
import { allowedBy, blockBasicPhases } from "./basic-wishes.ts";
import { type Belonging, belongingOf } from "./belonging.ts";
import { reachLineOf } from "./campaign-reach.ts";
import type { Change, CoursedPhase, Desired, Diff, Finding, PhaseCourse, PhaseState } from "./changes.ts";
import { isGrowing, peopleOf } from "./cohorts.ts";
import { NO_PROGRESS, nextPhases } from "./course.ts";
import type { AccountCount, ChangeLine, DiffDocument, FindingLine, PhaseLine, SetAside, StatusDocument } from "./document.ts";
import { nameOf, sameSettings } from "./kinds/index.ts";
import { isMailKnown, isMailOnly, mailboxCount } from "./mailbox-changes.ts";
import { turnOffPhases } from "./mailbox-wishes.ts";
import { nameWithoutMark } from "./mark.ts";
import type { Observed } from "./observed.ts";
import { stateWishOf } from "./per-user-wishes.ts";
import { isoIn } from "./plan/moments.ts";
import { isListOnly, type Plan } from "./plan/plan.ts";
import { isLetIn, progressOf } from "./progress.ts";
import { accountsInGroup, accountsMoved, accountsOf } from "./readiness.ts";
import { statesLineOf } from "./state-lines.ts";
import { type Instant, isTenantWide, KINDS, type Kind, type Known, type ObjectId, type PhaseId, type PolicySettings, type ResourceOf } from "./tenant.ts";

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

const STATES = { held: "held", waiting: "waiting", staged: "staged", later: "later" } as const satisfies Record<Exclude<PhaseCourse, "started">, PhaseState>;

const policyOf = (observed: Observed, plan: Plan, key: string): PolicySettings | undefined => {
  const list = observed.resources["conditional-access"];
  const found = list.type === "present" ? list.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id && mark.key === key) : [];
  const [only, second] = found;
  return second === undefined ? only?.settings : undefined;
};

/** What others stand on says nothing by itself. */
const GROUND: ReadonlySet<Kind> = new Set(["cohort-group", "named-location"]);

/**
 * Mailboxes were there before the plan, and somebody makes one every day: a phase about them has arrived once most of them are as
 * it wants them, so that those that drifted back are told apart from those that nobody touched yet.
 */
const mailboxesArrived = ({ plan, observed, desired, diff }: ReportInput, id: PhaseId): boolean => {
  if (!desired.resources.some(({ kind, phases }) => kind === "mailbox-protocols" && phases.includes(id))) return true;
  const planned = turnOffPhases(plan).find((phase) => phase.id === id);
  if (planned === undefined || observed.mailboxes?.type !== "present" || !isMailKnown(observed, planned)) return false;
  const lacking = diff.changes.flatMap(({ kind, phases, mailboxes }) => (kind === "mailbox-protocols" && phases.includes(id) ? (mailboxes ?? []) : []));
  return lacking.length * 2 < observed.mailboxes.value.size;
};

/**
 * A phase that blocks passwords has arrived once the policy is there, and is not just what the phases before it made of it.
 *
 * @returns undefined for a phase that has nothing to do with it.
 */
const basicArrived = ({ plan, observed, desired }: ReportInput, id: PhaseId): boolean | undefined => {
  const wish = desired.resources.find(({ kind, phases }) => kind === "authentication-policy" && phases.includes(id));
  if (wish?.kind !== "authentication-policy") return undefined;
  const list = observed.resources["authentication-policy"];
  const there = list.type === "present" ? list.value.find(({ mark }) => mark?.plan === plan.id && mark.key === wish.key) : undefined;
  if (there === undefined) return false;
  const others = blockBasicPhases(plan).filter((phase) => phase.id !== id && wish.phases.includes(phase.id));
  const isAsBefore = sameSettings("authentication-policy", there.settings, { ...wish.settings, allowBasic: allowedBy(others) });
  return others.length === 0 || !isAsBefore || sameSettings("authentication-policy", there.settings, wish.settings);
};

/** Whoever is still to go is a change; where nobody can say who that is, nothing has arrived. */
const accountsArrived = ({ plan, observed, desired, diff }: ReportInput, id: PhaseId): boolean => {
  const wishes = desired.resources.filter(isAccountWish).filter(({ key }) => key === id);
  const phase = plan.phases.find((each) => each.id === id);
  if (wishes.length === 0 || phase === undefined) return true;
  if (diff.changes.some(({ accounts, phases }) => accounts !== undefined && phases.includes(id))) return false;
  if (observed.listed?.type !== "present" || wishes.some((wish) => listOf(phase, wish)?.missing === true)) return false;
  const { ground, accounts } = observed.listed.value;
  return accounts.size === 0 || (ground.told.type === "present" && ground.anybody.stamped);
};

/** Whether the tenant is seen to do what the phase wants; what could not be read is not seen. */
const hasArrived = (input: ReportInput, belonging: Belonging, id: PhaseId): boolean => {
  const { plan, observed, desired, diff } = input;
  const phase = plan.phases.find((each) => each.id === id);
  if (phase === undefined) return false;
  const isSeen = desired.resources.every(({ kind, phases }) => !phases.includes(id) || GROUND.has(kind) || observed.resources[kind].type !== "unknown");
  // A state has nothing of its own that could be there or not: it has arrived when no account lacks it.
  const lacks = (kind: Kind, phases: readonly PhaseId[]): boolean => kind === "per-user-mfa" && phases.includes(id);
  if (desired.resources.some(({ kind, phases }) => lacks(kind, phases)) && observed.perUser?.type !== "present") return false;
  if (diff.changes.some(({ kind, phases }) => lacks(kind, phases))) return false;
  if (!mailboxesArrived(input, id) || !accountsArrived(input, id)) return false;
  const demands = belonging.demandsOf(id);
  const basic = basicArrived(input, id);
  if (basic === false) return false;
  // Nor has a setting of the tenant, which was there before the plan; what else the phase made tells whether it was done.
  if (demands.length === 0 && basic === undefined && diff.changes.some(({ kind, phases }) => isTenantWide(kind) && phases.includes(id))) return false;
  return isSeen && demands.every((demand) => belonging.isMet(demand, phase, policyOf(observed, plan, demand.key)));
};

/** Neither a user action nor a state of accounts or mailboxes can be staged: a phase of nothing else is still to come. */
const isStaged = ({ plan }: ReportInput, belonging: Belonging, id: PhaseId): boolean => {
  const demands = belonging.demandsOf(id);
  const isOfStates = plan.phases.some(
    (phase) =>
      phase.id === id && (stateWishOf(plan, phase) !== undefined || phase.turnOff !== undefined || phase.blockBasic !== undefined || isListOnly(phase)),
  );
  if (demands.length === 0 && isOfStates) return false;
  return demands.length === 0 || demands.some(({ sort }) => sort !== "register");
};

const stateOf = (input: ReportInput, belonging: Belonging, { id, course }: CoursedPhase): PhaseState => {
  if (course === "staged" && !isStaged(input, belonging, id)) return "later";
  if (course !== "started") return STATES[course];
  const isPending = input.diff.changes.some(({ phases }) => phases.includes(id));
  if (isPending || !hasArrived(input, belonging, id)) return "due";
  // What happens elsewhere leaves nothing in the tenant that could be live.
  const isElsewhere = input.plan.phases.some((phase) => phase.id === id && phase.external !== undefined);
  return isElsewhere && !input.desired.resources.some(({ kind, phases }) => kind !== "cohort-group" && phases.includes(id)) ? "done" : "live";
};

/** The cohort's people, as far as anybody can say: of one by list, or whose words could not be read, those in its group are what counts. */
const accountsOfCohort = ({ plan, observed, desired, diff }: ReportInput, cohort: string): AccountCount | undefined => {
  const unread = observed.remarks.some((remark) => remark.cohort === cohort && (remark.type === "list-unusable" || remark.type === "no-group"));
  const planned = plan.cohorts.find(({ name }) => name === cohort);
  if (!unread && (planned === undefined || !isGrowing(plan, planned))) return accountsOf(observed, cohort);
  const key = desired.resources.find(({ membership }) => membership?.cohort === cohort && membership.standing === "in")?.key;
  const groups = observed.resources["cohort-group"];
  const own = groups.type === "present" ? groups.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id && mark.key === key) : [];
  const [group, second] = own;
  const change = diff.changes.find((each) => each.kind === "cohort-group" && each.key === key);
  const inside = group === undefined || second !== undefined ? undefined : accountsInGroup(observed, group.id, change);
  return inside ?? (unread ? undefined : accountsOf(observed, cohort));
};

const phaseLine = (input: ReportInput, belonging: Belonging, phase: CoursedPhase): PhaseLine => {
  const planned = input.plan.phases.find(({ id }) => id === phase.id);
  const [cohort] = planned === undefined ? phase.cohorts : peopleOf(planned);
  const isOfLists = planned !== undefined && isListOnly(planned);
  const accounts = cohort === undefined || (planned !== undefined && isMailOnly(planned)) ? undefined : accountsOfCohort(input, cohort);
  const external = planned?.external;
  return {
    id: phase.id,
    title: phase.title,
    starts: isoIn(phase.starts.instant, input.plan.timeZone),
    state: stateOf(input, belonging, phase),
    ...(accounts !== undefined && { accounts }),
    ...(planned !== undefined && isMailOnly(planned) && { mailboxes: mailboxCount(input.observed, planned) }),
    ...(isOfLists && { lists: listLinesOf(input.plan, input.desired, input.observed, input.moment, planned) }),
    ...(external !== undefined && { external: { what: external.what, checklist: external.checklist } }),
  };
};

/** Whose sign-ins, or whose membership, a change is about: a phase may be about several cohorts. */
const cohortOf = ({ desired }: ReportInput, belonging: Belonging, { kind, key, phases }: Change): string | undefined =>
  (kind === "conditional-access" ? belonging.demandWith(key)?.cohort.name : undefined) ??
  desired.resources.find((each) => each.kind === kind && each.key === key)?.membership?.cohort ??
  desired.phases.find((phase) => phases.includes(phase.id))?.cohorts[0];

const changeLine = (input: ReportInput, belonging: Belonging, change: Change): ChangeLine => {
  const { observed, desired } = input;
  const { phases, kind, action, key, name, id, fields, members, mailboxes } = change;
  const listed = listedLineOf(observed, change);
  const states = statesLineOf(input.plan, observed, change);
  const reach = reachLineOf(input.plan, observed, change);
  const cohort = cohortOf(input, belonging, change);
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
    ...(states !== undefined && { states }),
    ...(mailboxes !== undefined && { mailboxes }),
    ...(listed !== undefined && { listed }),
    ...(reach !== undefined && { reach }),
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

/** What the tenant says of a bad morning, as far as it is still so. */
const setAsideOf = ({ plan, observed, desired, moment }: ReportInput): { readonly setAside?: SetAside } => {
  const known = progressOf(observed, plan.id);
  if (known.type !== "present") return {};
  const { halted, out = [], letIn = [] } = known.value;
  const people = letIn.filter((each) => isLetIn(each, moment));
  const isHalted = halted !== undefined && desired.phases.some(({ course }) => course === "held");
  if (!isHalted && out.length === 0 && people.length === 0) return {};
  const roster = observed.roster.type === "present" ? observed.roster.value : undefined;
  return {
    setAside: {
      ...(isHalted && { halted: isoIn(halted, plan.timeZone) }),
      out,
      letIn: people.map(({ id, until }) => {
        const address = roster?.address(id);
        return { id, ...(address !== undefined && { address }), until: isoIn(until, plan.timeZone) };
      }),
    },
  };
};

const counted = (changes: readonly Change[], action: Change["action"]): number => changes.filter((change) => change.action === action).length;

/** What `diff` prints. */
export const diffDocument = (input: ReportInput): DiffDocument => {
  const { plan, desired, diff } = input;
  const belonging = belongingOf(plan, desired);
  return {
    ...header(input),
    hash: diff.hash,
    phases: desired.phases.map((phase) => phaseLine(input, belonging, phase)),
    ...setAsideOf(input),
    changes: diff.changes.map((change) => changeLine(input, belonging, change)),
    leftOver: diff.leftOver.map((change) => changeLine(input, belonging, change)),
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
    ...setAsideOf(input),
    drift: diff.changes.filter(isDrift).map((change) => changeLine(input, belonging, change)),
    pending: diff.changes.filter((change) => !isDrift(change)).map((change) => changeLine(input, belonging, change)),
    leftOver: diff.leftOver.map((change) => changeLine(input, belonging, change)),
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
    const list: Known<readonly ResourceOf<Kind>[]> = observed.resources[kind];
    for (const { id, settings } of list.type === "present" ? list.value : []) names.set(id, nameWithoutMark(nameOf<Kind>(kind, settings)));
  }
  for (const { address, account } of observed.emergency) if (account.type === "present") names.set(account.value.id, address);
  const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  return (id) => names.get(id) ?? (observed.roster.type === "present" && isId.test(id) ? observed.roster.value.address(id) : undefined);
};
