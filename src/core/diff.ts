/** Desired against observed: what would have to change. Ours is what bears the plan's mark; nothing else is ever in a change. */

import { type Belonging, belongingOf } from "./belonging.ts";
import { byText, sortedOnce } from "./canonical.ts";
import type { Change, Desired, DesiredOf, DesiredResource, Diff } from "./changes.ts";
import { hashOf } from "./hash.ts";
import { byKindAndKey, fieldChanges, idsIn, mapIds, normalise, refsIn } from "./kinds/index.ts";
import { nameWithoutMark } from "./mark.ts";
import { memberChanges } from "./membership.ts";
import type { Observed } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import { progressOf } from "./progress.ts";
import { type Kind, KINDS, type Known, type ObjectId, type Ref, type ResourceOf, type SettingsOf } from "./tenant.ts";

export type DiffOptions = {
  /** What is left over is deleted with the rest. */
  readonly prune?: boolean;
};

const refOf = (kind: Kind, key: string): Ref => `@${kind}/${key}`;

type OursOf<K extends Kind> = ReadonlyMap<string, readonly ResourceOf<K>[]>;
type Ours = { readonly [K in Kind]: OursOf<K> };

const oursOf = <K extends Kind>(plan: Plan, list: Known<readonly ResourceOf<K>[]>): OursOf<K> => {
  const byKey = new Map<string, ResourceOf<K>[]>();
  for (const resource of list.type === "present" ? list.value : []) {
    if (resource.managed || resource.mark?.plan !== plan.id) continue;
    byKey.set(resource.mark.key, [...(byKey.get(resource.mark.key) ?? []), resource]);
  }
  return byKey;
};

/** What is known of references: their ids, and those on which nothing may stand, since nobody can say what they are. */
type Names = { readonly idOf: ReadonlyMap<string, ObjectId>; readonly refOf: ReadonlyMap<ObjectId, string>; readonly unsure: ReadonlySet<string> };

const namesOf = (plan: Plan, desired: Desired, observed: Observed, ours: Ours): Names => {
  const idOf = new Map<string, ObjectId>();
  const unsure = new Set<string>();
  for (const kind of KINDS) {
    for (const [key, found] of ours[kind]) {
      const [only] = found;
      if (found.length === 1 && only !== undefined) idOf.set(refOf(kind, key), only.id);
      else unsure.add(refOf(kind, key));
    }
  }
  for (const { kind, key, membership } of desired.resources) {
    if (observed.resources[kind].type === "unknown") unsure.add(refOf(kind, key));
    if (membership === undefined) continue;
    const id = idOf.get(refOf(kind, key));
    // A policy is not switched on over a group of which nobody can say whom it holds, or will hold.
    if (observed.roster.type !== "present" || (id !== undefined && (observed.members.get(id)?.type ?? "unknown") === "unknown")) unsure.add(refOf(kind, key));
  }
  for (const { address, account } of observed.emergency) {
    if (account.type === "present") idOf.set(`@account/${address}`, account.value.id);
    else if (account.type === "unknown") unsure.add(`@account/${address}`);
  }
  for (const address of plan.emergencyAccounts) if (!observed.emergency.some((each) => each.address === address)) unsure.add(`@account/${address}`);
  // Ids of doubles have no reference that would be theirs alone, and stand as they are.
  return { idOf, refOf: new Map([...idOf].map(([ref, id]) => [id, ref])), unsure };
};

type Context = {
  readonly plan: Plan;
  readonly observed: Observed;
  readonly names: Names;
  readonly belonging: Belonging;
  /** Nobody can say which phases are on hold. */
  readonly isHoldUnknown: boolean;
};

/** Whether nothing may be done to a resource, as something that it names, or it itself, is not surely known. */
const isBlocked = <K extends Kind>({ observed, names, isHoldUnknown }: Context, kind: K, key: string, settings: SettingsOf[K], found: number): boolean =>
  observed.resources[kind].type === "unknown" ||
  found > 1 ||
  (kind === "conditional-access" && isHoldUnknown) ||
  idsIn(kind, settings).some((id) => names.unsure.has(id) || names.unsure.has(names.refOf.get(id) ?? id)) ||
  (found === 0 && kind === "conditional-access" && names.unsure.has(refOf(kind, key)));

const memberChangeOf = ({ plan, observed }: Context, wanted: DesiredResource, id: ObjectId | undefined): Pick<Change, "members"> => {
  if (wanted.membership === undefined) return {};
  const known = id === undefined ? undefined : (observed.members.get(id) ?? { type: "unknown" as const, because: "they were not read" });
  const members = memberChanges(plan, observed, wanted.membership, known);
  return members === undefined ? {} : { members };
};

/** Settings of ours with ids for the references that are known. What the service may not have kept is not asked of it again. */
const afterOf = <K extends Kind>({ names }: Context, wanted: DesiredOf<K>): SettingsOf[K] =>
  normalise(wanted.kind, mapIds(wanted.kind, wanted.settings, (id) => names.idOf.get(id) ?? id));

const needsOf = <K extends Kind>(kind: K, after: SettingsOf[K]): Change["needs"] =>
  refsIn(kind, after).flatMap((ref) => {
    const needed = KINDS.find((each) => ref.startsWith(`@${each}/`));
    return needed === undefined ? [] : [{ kind: needed, key: ref.slice(needed.length + 2) }];
  });

/** @returns undefined when the tenant has what is wanted. */
const changeOf = <K extends Kind>(context: Context, wanted: DesiredOf<K>, there: ResourceOf<K> | undefined): Change | undefined => {
  const { plan, belonging } = context;
  const { kind, key } = wanted;
  const before = there === undefined ? undefined : normalise(kind, there.settings);
  const after = afterOf(context, wanted);
  const fields = fieldChanges(kind, before, after);
  const membership = memberChangeOf(context, asUnion(wanted), there?.id);
  if (fields.length === 0 && membership.members === undefined) return undefined;
  return {
    kind,
    key,
    action: there === undefined ? "create" : "update",
    name: nameWithoutMark(after.name),
    ...(there !== undefined && { id: there.id }),
    phases: belonging.of({ kind, key, before, after, fields, phases: wanted.phases }),
    mark: { plan: plan.id, key },
    ...(before !== undefined && { before }),
    after,
    fields,
    ...membership,
    needs: needsOf(kind, after),
  };
};
