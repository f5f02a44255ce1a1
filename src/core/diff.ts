/** Desired against observed: what would have to change. Ours is what bears the plan's mark; nothing else is ever in a change. */

import { decidedFor } from "./accounts/deciding.ts";
import { type AccountWish, isAccountWish, listOf as reviewListOf } from "./accounts/wishes.ts";
import { type Belonging, belongingOf } from "./belonging.ts";
import { sortedOnce } from "./canonical.ts";
import type { Change, Desired, DesiredResource, Diff } from "./changes.ts";
import { hashOf } from "./hash.ts";
import type { IdIndex } from "./ids.ts";
import { byKindAndKey, fieldChanges, idsIn, laidOver, mapIds, nameOf, normalise, partOf, refsIn, settingsOf } from "./kinds/index.ts";
import { mailboxChangesIn } from "./mailbox-changes.ts";
import type { MailboxWish } from "./mailbox-wishes.ts";
import { managedChanges } from "./managed-policies.ts";
import { nameWithoutMark } from "./mark.ts";
import { memberChanges } from "./membership.ts";
import type { Observed } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import { PROGRESS_KEY, progressOf } from "./progress.ts";
import { stateChangesIn } from "./state-changes.ts";
import {
  type Instant,
  isTenantWide,
  KINDS,
  type Kind,
  type Known,
  type ObjectId,
  type Ref,
  type Resource,
  type Settings,
  TENANT_KEY,
  unknown,
} from "./tenant.ts";

export type DiffOptions = {
  /** What is left over is deleted with the rest. */
  readonly prune?: boolean;
  /** The moment for which listed accounts are judged; absent: that of the look. */
  readonly moment?: Instant;
};

const refOf = (kind: Kind, key: string): Ref => `@${kind}/${key}`;

const isMailboxWish = (each: DesiredResource): each is MailboxWish =>
  each.kind === "mailbox-plan" || each.kind === "mailbox-protocols" || each.kind === "smtp-auth";

type Ours = ReadonlyMap<Ref, readonly Resource[]>;

const listOf = (observed: Observed, kind: Kind): readonly Resource[] => {
  const list: Known<readonly Resource[]> = observed.resources[kind];
  return list.type === "present" ? list.value : [];
};

const oursOf = (plan: Plan, observed: Observed): Ours => {
  const found = new Map<Ref, readonly Resource[]>();
  for (const resource of KINDS.flatMap((kind) => listOf(observed, kind))) {
    // There is one of it, nobody made it, and only what the plan names of it is ever changed.
    if (isTenantWide(resource.kind)) found.set(refOf(resource.kind, TENANT_KEY), [resource]);
    if (resource.managed || resource.mark?.plan !== plan.id) continue;
    const ref = refOf(resource.kind, resource.mark.key);
    found.set(ref, [...(found.get(ref) ?? []), resource]);
  }
  return found;
};

const membersOf = (observed: Observed, group: ObjectId): Known<IdIndex> => observed.members.get(group) ?? unknown("the members of this group were not read");

type Context = {
  readonly plan: Plan;
  readonly observed: Observed;
  readonly ours: Ours;
  readonly belonging: Belonging;
  /** Ids of references: one resource of ours, an emergency account that is there. */
  readonly idOf: ReadonlyMap<string, ObjectId>;
  readonly refOfId: ReadonlyMap<ObjectId, string>;
  /** References on which nothing may stand, since nobody can say what they are or whom they hold. */
  readonly unsure: ReadonlySet<string>;
};

const contextOf = (plan: Plan, desired: Desired, observed: Observed): Context => {
  const ours = oursOf(plan, observed);
  const idOf = new Map<string, ObjectId>();
  const unsure = new Set<string>();
  for (const [ref, [first, second]] of ours) {
    if (second !== undefined) unsure.add(ref);
    else if (first !== undefined) idOf.set(ref, first.id);
  }
  for (const { kind, key, membership, settings } of desired.resources) {
    const ref = refOf(kind, key);
    if (observed.resources[kind].type === "unknown") unsure.add(ref);
    // Whom a rule found was not written by us, and has to be known all the same.
    if (membership === undefined && !("dynamic" in settings)) continue;
    const id = idOf.get(ref);
    if (observed.roster.type !== "present" || (id !== undefined && membersOf(observed, id).type === "unknown")) unsure.add(ref);
  }
  for (const address of plan.emergencyAccounts) {
    const account = observed.emergency.find((each) => each.address === address)?.account ?? unknown("it was not looked up");
    // One that is not there stays a reference, which is never sent; a guard stops at it.
    if (account.type === "present") idOf.set(`@account/${address}`, account.value.id);
    else if (account.type === "unknown") unsure.add(`@account/${address}`);
  }
  return { plan, observed, ours, belonging: belongingOf(plan, desired), idOf, refOfId: new Map([...idOf].map(([ref, id]) => [id, ref])), unsure };
};

/** Whether nothing may be done to a resource: it, what it names, or what is on hold is not surely known. */
const isBlocked = ({ plan, observed, ours, refOfId, unsure }: Context, kind: Kind, key: string, settings: Settings): boolean =>
  observed.resources[kind].type === "unknown" ||
  // It is never made: where it was not seen, it was not asked for.
  (isTenantWide(kind) && !ours.has(refOf(kind, key))) ||
  (ours.get(refOf(kind, key))?.length ?? 0) > 1 ||
  ((kind === "conditional-access" || key === PROGRESS_KEY) && progressOf(observed, plan.id).type === "unknown") ||
  idsIn(kind, settings).some((id) => unsure.has(refOfId.get(id) ?? id));

const memberChangeOf = ({ plan, observed }: Context, { membership }: DesiredResource, id: ObjectId | undefined): Pick<Change, "members"> => {
  const members = membership === undefined ? undefined : memberChanges(plan, observed, membership, id === undefined ? undefined : membersOf(observed, id));
  return members === undefined ? {} : { members };
};

const needsOf = (kind: Kind, after: Settings): Change["needs"] =>
  refsIn(kind, after).flatMap((ref) => {
    const needed = KINDS.find((each) => ref.startsWith(`@${each}/`));
    return needed === undefined ? [] : [{ kind: needed, key: ref.slice(needed.length + 2) }];
  });

/** What a policy on hold asked in, it goes on asking in: which of its phases had begun by then nobody has to know. */
const asHeld = ({ kind, settings, ifThere }: DesiredResource, there: Resource | undefined): Settings =>
  ifThere === undefined || kind !== "conditional-access" || there === undefined
    ? settings
    : { ...settingsOf("conditional-access", settings), clients: settingsOf("conditional-access", there.settings).clients };

/** @returns undefined when the tenant has what is wanted. */
const changeOf = (context: Context, wanted: DesiredResource, there: Resource | undefined): Change | undefined => {
  const { kind, key } = wanted;
  const wish = asHeld(wanted, there);
  const before = there === undefined ? undefined : normalise<Kind>(kind, partOf<Kind>(kind, there.settings, wish));
  const after = normalise<Kind>(
    kind,
    laidOver<Kind>(
      kind,
      before,
      mapIds<Kind>(kind, wish, (id) => context.idOf.get(id) ?? id),
    ),
  );
  const fields = fieldChanges<Kind>(kind, before, after);
  const members = memberChangeOf(context, wanted, there?.id);
  if (there !== undefined && fields.length === 0 && members.members === undefined) return undefined;
  return {
    kind,
    key,
    action: there === undefined ? "create" : "update",
    name: nameWithoutMark(nameOf<Kind>(kind, after)),
    ...(there !== undefined && { id: there.id }),
    phases: context.belonging.ofWanted(wanted, before, fields),
    mark: { plan: context.plan.id, key },
    ...(before !== undefined && { before }),
    after,
    fields,
    ...members,
    needs: [...needsOf(kind, after), ...(wanted.needs ?? [])],
  };
};

const deletionOf = ({ plan, observed, belonging }: Context, { kind, id, settings }: Resource, key: string): Change => {
  const before = normalise<Kind>(kind, settings);
  // Whom a rule found is found again by it, and cannot be put in.
  const isAssigned = kind === "cohort-group" && settingsOf("cohort-group", before).dynamic === undefined;
  const members = isAssigned ? membersOf(observed, id) : undefined;
  const removed = members?.type === "present" ? sortedOnce([...members.value]) : [];
  return {
    kind,
    key,
    action: "delete",
    name: nameWithoutMark(nameOf<Kind>(kind, before)),
    id,
    phases: belonging.ofDeletion(kind, key, before),
    mark: { plan: plan.id, key },
    before,
    fields: fieldChanges<Kind>(kind, before, undefined),
    ...(removed.length > 0 && { members: { added: [], removed } }),
    needs: [],
  };
};

/** What phases on hold keep, and nobody would make: gone, unless it is there or a policy that is there needs it. */
const withoutAbsentHeld = ({ ours }: Context, resources: readonly DesiredResource[]): readonly DesiredResource[] => {
  const isThere = ({ kind, key }: DesiredResource): boolean => ours.has(refOf(kind, key));
  const kept = resources.filter((each) => each.ifThere === undefined || isThere(each));
  const needed = new Set(kept.flatMap(({ kind, settings }) => refsIn<Kind>(kind, settings)));
  return resources.filter((each) => kept.includes(each) || needed.has(refOf(each.kind, each.key)));
};

/** Undefined where nobody can say, since the accounts could not be read. */
const accountChange = (plan: Plan, wish: AccountWish, observed: Observed, moment: Instant): Change | "same" | undefined => {
  const decided = decidedFor(plan, wish, observed, moment);
  if (decided === undefined || progressOf(observed, plan.id).type === "unknown") return undefined;
  if (decided.go.length === 0) return "same";
  const phase = plan.phases.find(({ id }) => id === wish.key);
  return {
    kind: wish.kind,
    key: wish.key,
    action: wish.kind === "account-deletion" ? "delete" : "update",
    name: (phase === undefined ? undefined : reviewListOf(phase, wish)?.file) ?? wish.key,
    phases: wish.phases,
    mark: { plan: plan.id, key: wish.key },
    fields: [],
    accounts: { to: wish.kind === "account-deletion" ? "deleted" : "blocked", ids: decided.go.map(({ row }) => row.id) },
    needs: [],
  };
};

/** A group or network goes only when the policies that may name it, and its members, were read. */
const canGo = ({ observed }: Context, { kind, id }: Change): boolean =>
  kind === "conditional-access" ||
  (observed.resources["conditional-access"].type !== "unknown" &&
    (kind !== "cohort-group" || (id !== undefined && membersOf(observed, id).type !== "unknown")));

const doublesOf = ({ plan, ours }: Context): Diff["doubles"] =>
  [...ours.values()]
    .flatMap((found) => {
      const [first] = found;
      return first?.mark === undefined || found.length < 2 ? [] : [{ kind: first.kind, key: first.mark.key, ids: sortedOnce(found.map(({ id }) => id)) }];
    })
    .sort(byKindAndKey)
    .map(({ kind, key, ids }) => ({ mark: { plan: plan.id, key }, kind, ids }));

/**
 * What would have to change, in stable order. What could not be read, and what depends on it, yields no change; a guard says so.
 *
 * A policy that the plan makes at another moment is deleted as planned; groups and networks of another moment stay. What no
 * phase of the plan can make any more is left over.
 */
export const diff = (plan: Plan, desired: Desired, observed: Observed, options: DiffOptions = {}): Diff => {
  const context = contextOf(plan, desired, observed);
  const { ours, belonging, refOfId } = context;
  const wanted = withoutAbsentHeld(context, desired.resources);
  const changes: Change[] = [];
  const leftOver: Change[] = [];
  let unchanged = 0;
  const stateChangeOf = stateChangesIn(plan, wanted, observed);
  const mailboxChanges = mailboxChangesIn(plan, wanted.filter(isMailboxWish), observed);
  for (const each of wanted) {
    if (each.kind === "per-user-mfa") {
      const found = stateChangeOf(each);
      if (found === "same") unchanged += 1;
      else if (found !== undefined) changes.push(found);
      continue;
    }
    if (each.kind === "mailbox-plan" || each.kind === "mailbox-protocols") {
      const found = mailboxChanges.of(each);
      if (found?.length === 0) unchanged += 1;
      changes.push(...(found ?? []));
      continue;
    }
    if (isAccountWish(each)) {
      const found = accountChange(plan, each, observed, options.moment ?? observed.readAt);
      if (found === "same") unchanged += 1;
      else if (found !== undefined) changes.push(found);
      continue;
    }
    if (isBlocked(context, each.kind, each.key, each.settings)) continue;
    const needs = each.kind === "smtp-auth" ? mailboxChanges.beforeSmtpAuth() : each.needs;
    if (each.kind === "smtp-auth" && needs === undefined) continue;
    const [there] = ours.get(refOf(each.kind, each.key)) ?? [];
    const change = changeOf(context, { ...each, ...(needs !== undefined && { needs }) }, there);
    if (change === undefined) unchanged += 1;
    else changes.push(change);
  }
  const asked = new Set(wanted.map(({ kind, key }) => refOf(kind, key)));
  /** What stands in report-only beside a policy that is on hold waits with it. */
  const isHeldTwin = (key: string): boolean => {
    const base = belonging.demandWith(key)?.key;
    return base !== key && wanted.some((each) => each.kind === "conditional-access" && each.key === base && each.ifThere !== undefined);
  };
  for (const [ref, [resource, second]] of ours) {
    const key = resource?.mark?.key;
    if (resource === undefined || key === undefined || second !== undefined || asked.has(ref)) continue;
    if (!belonging.makes(resource.kind, key)) leftOver.push(deletionOf(context, resource, key));
    else if (resource.kind === "conditional-access" && !isHeldTwin(key) && !isBlocked(context, resource.kind, key, resource.settings))
      changes.push(deletionOf(context, resource, key));
  }
  changes.push(...managedChanges(plan, desired, observed, changes));
  const pruned = options.prune === true ? leftOver.filter((change) => canGo(context, change)) : [];
  const sorted = [...changes, ...pruned].sort(byKindAndKey);
  return {
    planId: plan.id,
    tenantId: observed.tenant.id,
    changes: sorted,
    leftOver: leftOver.filter((change) => !pruned.includes(change)).sort(byKindAndKey),
    doubles: doublesOf(context),
    unchanged,
    hash: hashOf(observed.tenant.id, plan.id, sorted, (id) => refOfId.get(id) ?? id),
  };
};
