/**
 * What helps on a bad morning: a plan's policies into report-only, a domain or a person out of them. Worked out from what
 * bears the plan's mark in the tenant alone, since neither a plan nor a journal need be at hand.
 */

import { byText, sortedOnce } from "./canonical.ts";
import type { Step } from "./changes.ts";
import { groupSettings } from "./desired.ts";
import { nameWithoutMark } from "./mark.ts";
import type { LetIn, Progress } from "./observed.ts";
import { OUT_KEPT, outGroupName, outKey } from "./out.ts";
import { EVERY_PHASE, isLetIn, LONGEST_PROGRESS, PROGRESS_KEY, PROGRESS_NAME, progressGroupsOf, progressIn, progressText } from "./progress.ts";
import type { Instant, Json, Known, ObjectId, PolicySettings, ResourceOf } from "./tenant.ts";

type Policy = ResourceOf<"conditional-access">;
type Group = ResourceOf<"cohort-group">;

/** All that is read of the tenant. */
export type Ground = { readonly policies: Known<readonly Policy[]>; readonly groups: Known<readonly Group[]> };

/** What is noted in the tenant, or why it is not. */
type Note = { readonly type: "write"; readonly step: Step } | { readonly type: "there" } | { readonly type: "cannot"; readonly because: string };

export type ReliefPlan = {
  readonly steps: readonly Step[];
  readonly note: Note;
  /** Every policy of the plan, by name, as it is and as it will be. */
  readonly policies: readonly { readonly policy: Policy; readonly after: PolicySettings }[];
};

const AT_ONCE = 20;
const WEEK_MS = 7 * 86_400_000;

const valuesOf = <T>(known: Known<readonly T[]>): readonly T[] => (known.type === "present" ? known.value : []);

/** Every plan whose mark stands somewhere, sorted. */
export const plansIn = ({ policies, groups }: Ground): readonly string[] =>
  sortedOnce([...valuesOf(policies), ...valuesOf(groups)].flatMap(({ managed, mark }) => (managed || mark === undefined ? [] : [mark.plan])));

/** By name. What Microsoft or somebody else made is never among them. */
export const policiesOf = ({ policies }: Ground, planId: string): readonly Policy[] =>
  valuesOf(policies)
    .filter(({ managed, mark }) => !managed && mark?.plan === planId)
    .toSorted((a, b) => byText(a.settings.name, b.settings.name) || byText(a.id, b.id));

const keyOf = ({ mark }: Policy | Group): string => mark?.key ?? "";

/** Whose end is long past is forgotten when something else is noted. */
const remembered = (letIn: readonly LetIn[], at: Instant): readonly LetIn[] => letIn.filter((each) => isLetIn(each, at - WEEK_MS));

const noted = (planId: string, { groups }: Ground, at: Instant, change: (before: Progress) => Progress): Note => {
  const known = progressIn(groups, planId);
  if (known.type === "unknown") return { type: "cannot", because: known.because };
  const before: Progress = known.type === "present" ? known.value : { begun: [], held: [] };
  const changed = change(before);
  const letIn = remembered(changed.letIn ?? [], at);
  const description = progressText(planId, { ...changed, letIn });
  const [there] = progressGroupsOf(groups, planId);
  if (there !== undefined && progressText(planId, before) === progressText(planId, changed)) return { type: "there" };
  if (description.length > LONGEST_PROGRESS)
    return {
      type: "cannot",
      because: `the group "${PROGRESS_NAME}" keeps it in a description of ${LONGEST_PROGRESS} characters, and it would be ${description.length}`,
    };
  const settings = { name: there?.settings.name ?? PROGRESS_NAME, description };
  const common = { id: "note", kind: "cohort-group", key: PROGRESS_KEY, name: settings.name, after: [], phases: [] } as const;
  if (there === undefined)
    return { type: "write", step: { ...common, write: { type: "create", kind: "cohort-group", key: PROGRESS_KEY, settings }, undo: { type: "delete" } } };
  return {
    type: "write",
    step: {
      ...common,
      write: { type: "update", kind: "cohort-group", key: PROGRESS_KEY, id: there.id, before: there.settings, after: { ...there.settings, description } },
      undo: { type: "restore", before: there.settings },
    },
  };
};

const isSame = (a: PolicySettings, b: PolicySettings): boolean => JSON.stringify(a) === JSON.stringify(b);

const policyStep = ({ policy, after }: ReliefPlan["policies"][number], stands: readonly string[]): readonly Step[] => {
  const { id, settings } = policy;
  if (isSame(settings, after)) return [];
  const key = keyOf(policy);
  return [
    {
      id: `policy-${id}`,
      kind: "conditional-access",
      key,
      name: nameWithoutMark(settings.name),
      write: { type: "update", kind: "conditional-access", key, id, before: settings, after },
      undo: { type: "restore", before: settings },
      after: stands,
      phases: [],
    },
  ];
};

const isObject = (value: Json): value is { readonly [key: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);

/** A state that only the service knows is one in which the policy may ask. */
const withoutOwnState = (other: Json): Json => {
  if (!isObject(other)) return other;
  const { state: _state, ...others } = other;
  return others;
};

/** Of a user action report-only can tell nothing, and the service takes none: such a policy goes off (facts, 7.2). */
const rested = (settings: PolicySettings): PolicySettings => {
  const asks = settings.state === "on";
  return asks ? { ...settings, state: settings.apps.userActions.length > 0 ? "off" : "report-only", other: withoutOwnState(settings.other) } : settings;
};

/**
 * The plan's policies, so that they ask nobody, and a hold on all of its phases, which is written first: what is halted
 * without it the next run on another machine would switch on again. No policy waits for it to come about.
 */
export const haltOf = (ground: Ground, planId: string, at: Instant): ReliefPlan => {
  const policies = policiesOf(ground, planId).map((policy) => ({ policy, after: rested(policy.settings) }));
  const note = noted(planId, ground, at, (before) => ({
    ...before,
    held: [EVERY_PHASE],
    // Halted once more, with nothing left to halt, it is on hold since the first time.
    halted:
      before.held.includes(EVERY_PHASE) && before.halted !== undefined && policies.every(({ policy, after }) => isSame(policy.settings, after))
        ? before.halted
        : at,
  }));
  return { steps: [...(note.type === "write" ? [note.step] : []), ...policies.flatMap((each) => policyStep(each, []))], note, policies };
};

const without = (settings: PolicySettings, exclude: Partial<Pick<PolicySettings["exclude"], "users" | "groups">>): PolicySettings => {
  const users = sortedOnce([...settings.exclude.users, ...(exclude.users ?? [])]);
  const groups = sortedOnce([...settings.exclude.groups, ...(exclude.groups ?? [])]);
  const isMore = users.length > settings.exclude.users.length || groups.length > settings.exclude.groups.length;
  return isMore ? { ...settings, exclude: { ...settings.exclude, users, groups } } : settings;
};

/** The group of a domain that is or was out. */
export const outGroupIn = ({ groups }: Ground, planId: string, domain: string): Group | undefined =>
  valuesOf(groups).find(({ managed, mark }) => !managed && mark?.plan === planId && mark.key === outKey(domain));

/**
 * All accounts of a domain into a group, and the group left out of each of the plan's policies, those too that ask nobody
 * yet: that is what the plan wants from then on, whichever of its phases comes next.
 *
 * @param members of the group, where it is there
 */
export const outOf = (
  ground: Ground,
  planId: string,
  domain: string,
  accounts: readonly ObjectId[],
  members: ReadonlySet<ObjectId>,
  at: Instant,
): ReliefPlan => {
  const key = outKey(domain);
  const there = outGroupIn(ground, planId, domain);
  const name = outGroupName(domain);
  const reference = there?.id ?? `@cohort-group/${key}`;
  const common = { kind: "cohort-group", key, name, phases: [] } as const;
  const settings = groupSettings({ id: planId }, key, name, OUT_KEPT);
  const made: readonly Step[] =
    there === undefined
      ? [{ ...common, id: "group", write: { type: "create", kind: "cohort-group", key, settings }, undo: { type: "delete" }, after: [] }]
      : [];
  const stands = made.map(({ id }) => id);
  const lacking = accounts.filter((id) => !members.has(id)).toSorted();
  const joining = Array.from({ length: Math.ceil(lacking.length / AT_ONCE) }, (_, part): Step => {
    const ids = lacking.slice(part * AT_ONCE, (part + 1) * AT_ONCE);
    return {
      ...common,
      id: `members-${part}`,
      write: { type: "add-members", key, group: reference, ids },
      undo: { type: "members", added: ids, removed: [] },
      after: stands,
    };
  });
  const policies = policiesOf(ground, planId).map((policy) => ({ policy, after: without(policy.settings, { groups: [reference] }) }));
  const note = noted(planId, ground, at, (before) => ({ ...before, out: sortedOnce([...(before.out ?? []), domain]) }));
  return {
    steps: [...(note.type === "write" ? [note.step] : []), ...made, ...joining, ...policies.flatMap((each) => policyStep(each, stands))],
    note,
    policies,
  };
};

/** One account left out of each of the plan's policies by its id, until then. */
export const letInOf = (ground: Ground, planId: string, account: LetIn, at: Instant): ReliefPlan => {
  const policies = policiesOf(ground, planId).map((policy) => ({ policy, after: without(policy.settings, { users: [account.id] }) }));
  const note = noted(planId, ground, at, (before) => ({
    ...before,
    letIn: [...(before.letIn ?? []).filter(({ id }) => id !== account.id), account],
  }));
  return { steps: [...(note.type === "write" ? [note.step] : []), ...policies.flatMap((each) => policyStep(each, []))], note, policies };
};

/** Whom policies are asked about. Unknown is as good as in. */
export type Someone = {
  readonly id: ObjectId;
  readonly guest: boolean;
  readonly groups: Known<readonly ObjectId[]>;
  readonly roles: Known<readonly ObjectId[]>;
};

const meets = (known: Known<readonly ObjectId[]>, wanted: readonly string[]): boolean =>
  wanted.length > 0 && (known.type === "unknown" || (known.type === "present" && known.value.some((id) => wanted.includes(id))));

const surelyMeets = (known: Known<readonly ObjectId[]>, wanted: readonly string[]): boolean =>
  known.type === "present" && known.value.some((id) => wanted.includes(id));

/** Whether a policy could ask this account for anything: it takes it in, and does not surely leave it out. */
export const couldBeAbout = ({ include, exclude }: PolicySettings, { id, guest, groups, roles }: Someone): boolean => {
  const isIn = include.all || include.users.includes(id) || (include.guests && guest) || meets(groups, include.groups) || meets(roles, include.roles);
  const isOut =
    exclude.all || exclude.users.includes(id) || (exclude.guests && guest) || surelyMeets(groups, exclude.groups) || surelyMeets(roles, exclude.roles);
  return isIn && !isOut;
};

/**
 * Puts the plan's progress back as it was before a halt, without what others noted since: what the halt held, took out or
 * let in is given up, and nothing else.
 *
 * @param before what the group said when the run wrote it; undefined: there was none.
 */
export const reliefTakenBack = (now: Progress, before: Progress | undefined, written: Progress): Progress => {
  const was = before ?? { begun: [], held: [] };
  const isHalt = written.halted !== was.halted || written.held.join() !== was.held.join();
  const { halted: _halted, out = [], letIn = [], ...others } = now;
  const addedOut = (written.out ?? []).filter((domain) => was.out?.includes(domain) !== true);
  const addedLet = (written.letIn ?? []).filter(({ id, until }) => was.letIn?.some((each) => each.id === id && each.until === until) !== true);
  const halted = isHalt ? was.halted : now.halted;
  const stillOut = out.filter((domain) => !addedOut.includes(domain));
  const givenUp = (each: LetIn): boolean => addedLet.some(({ id, until }) => each.id === id && each.until === until);
  // Who was let in for longer is let in for as long as before.
  const stillIn = letIn.flatMap((each): readonly LetIn[] => (givenUp(each) ? (was.letIn ?? []).filter(({ id }) => id === each.id) : [each]));
  return {
    ...others,
    ...(isHalt && { held: was.held }),
    ...(halted !== undefined && { halted }),
    ...(stillOut.length > 0 && { out: stillOut }),
    ...(stillIn.length > 0 && { letIn: stillIn }),
  };
};
