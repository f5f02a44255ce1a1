/** The way back from a run: for each of its steps the step that undoes it, in the reverse order, as far as nobody changed anything since. */

import type { AccountLinks } from "./accounts/facts.ts";
import type { Step, StepId, Write } from "./changes.ts";
import { refOf, withIds } from "./history.ts";
import { happened, type RecordedStep, type Run } from "./journal.ts";
import { fieldChanges, idsIn, mapIds, partOf, sameSettings, settingsOf } from "./kinds/index.ts";
import type { Observed } from "./observed.ts";
import { PROGRESS_KEY } from "./progress.ts";
import { type Remade, remadeBy, withRemade } from "./remade.ts";
import { inWorkingOrder, isMadeAnew } from "./steps.ts";
import type { Kind, ObjectId, PhaseId, ResourceOf, Settings } from "./tenant.ts";
import { type UndoneMany, undoMany } from "./undo-many.ts";
import { usersOf } from "./undo-users.ts";

const AT_ONCE = 20;

export type UndoLeft = { readonly kind: Kind; readonly key: string; readonly name: string; readonly because: string };

export type UndoPlan = {
  readonly steps: readonly Step[];
  /** What stays as it is since somebody changed it, or it cannot be brought back. One a resource and reason. */
  readonly left: readonly UndoLeft[];
  /** The phases whose steps are undone: they are to be held, or the next apply does them again. */
  readonly phases: readonly PhaseId[];
};

export type UndoInput = {
  readonly run: Run;
  /** The runs of the plan after it, oldest first. */
  readonly later: readonly Run[];
  readonly observed: Observed;
  readonly planId: string;
  /** What belonged to accounts that the run deleted, by the archive. */
  readonly links?: ReadonlyMap<ObjectId, AccountLinks>;
};

type Draft = { readonly of: RecordedStep; readonly steps: readonly Step[] };
type Undone = { readonly steps: readonly Step[] } | { readonly left: string } | UndoneMany;
const NOTHING: Undone = { steps: [] };

type Context = UndoInput & {
  /** Ids of what the run made, by reference. */
  readonly ids: ReadonlyMap<string, ObjectId>;
  /** What the run or a later one deleted, and was made anew since. */
  readonly since: Remade;
  /** Of these, what an earlier try to take this run back made anew. */
  readonly broughtBack: Remade;
  readonly recorded: readonly RecordedStep[];
  readonly manyBack: ReturnType<typeof undoMany>;
  /** What the steps drafted so far would have made of resources, by kind and id: what a tenant has once goes by the tenant's id, whatever it is. */
  readonly restored: Map<string, Settings>;
};

const listOf = ({ observed }: UndoInput, kind: Kind): readonly ResourceOf<Kind>[] => {
  const list = observed.resources[kind];
  return list.type === "present" ? list.value : [];
};

const byMark = (input: UndoInput, kind: Kind, key: string): ResourceOf<Kind> | undefined =>
  listOf(input, kind).find(({ managed, mark }) => !managed && mark?.plan === input.planId && mark.key === key);

const isSame = (kind: Kind, a: Settings, b: Settings): boolean => sameSettings(kind, settingsOf(kind, a), settingsOf(kind, b));

const keyOf = ({ write }: Step): { readonly kind: Kind; readonly key: string } =>
  write.type === "add-members" || write.type === "remove-member" ? { kind: "cohort-group", key: write.key } : write;

/** Who changed it: a later run of this tool, if one touched it, or somebody else. */
const changedSince = ({ later }: Context, kind: Kind, key: string, what: string): Undone => {
  const run = later.findLast(({ steps }) => steps.some((each) => happened(each) !== "no" && keyOf(each.step).kind === kind && keyOf(each.step).key === key));
  return {
    left:
      run === undefined
        ? `it was changed since (${what}), not by this tool; it stays as it is`
        : run.start.undoes === undefined
          ? `it was changed since (${what}) by the run ${run.id}: undo that one first`
          : `it was changed since (${what}) by the run ${run.id}, which took ${run.start.undoes} back; it stays as it is`,
  };
};

/** What was taken back and then done anew is not this run's any more. */
const writtenAgain = ({ run, later }: UndoInput, { step }: RecordedStep): Undone | undefined => {
  const { kind, key } = keyOf(step);
  const touches = (each: Run): boolean =>
    each.steps.some((other) => happened(other) !== "no" && keyOf(other.step).kind === kind && keyOf(other.step).key === key);
  const at = later.findIndex((each) => each.start.undoes === run.id && touches(each));
  const by = at < 0 ? undefined : later.slice(at + 1).findLast((each) => each.start.undoes === undefined && touches(each));
  return by === undefined ? undefined : { left: `it was taken back by the run ${later[at]?.id ?? ""} and written again by the run ${by.id}: undo that one` };
};

const differing = (kind: Kind, a: Settings, b: Settings): string =>
  fieldChanges(kind, settingsOf(kind, a), settingsOf(kind, b))
    .map(({ path }) => path)
    .join(", ");

const stepFrom = (of: Step, write: Write, undo: Step["undo"], suffix = ""): Step => ({
  id: `undo-${of.id}${suffix}`,
  kind: of.kind,
  key: of.key,
  name: of.name,
  write,
  undo,
  after: [],
  phases: of.phases,
});

/** Those whom the run put into the group of this key and did not take out again. */
const putIn = ({ recorded }: Context, key: string): ReadonlySet<ObjectId> =>
  new Set(recorded.flatMap(({ step: { write } }) => (write.type === "add-members" && write.key === key ? write.ids : [])));

const undoCreate = (context: Context, of: RecordedStep, write: Extract<Write, { readonly type: "create" | "restore" }>): Undone => {
  const { kind, key } = write;
  const id = of.outcome?.type === "done" ? of.outcome.id : context.ids.get(refOf(kind, key));
  const found = id === undefined ? byMark(context, kind, key) : listOf(context, kind).find((each) => each.id === id);
  if (found === undefined) return NOTHING;
  const made = of.outcome?.type === "done" && of.outcome.settings !== undefined ? of.outcome.settings : withIds(kind, write.settings, context.ids);
  // A later write of the same run may have changed it, and is taken back first.
  const now = context.restored.get(`${kind}/${found.id}`) ?? found.settings;
  if (!isSame(kind, now, made)) return changedSince(context, kind, key, differing(kind, now, made));
  let members: readonly ObjectId[] = [];
  if (kind === "cohort-group" && settingsOf("cohort-group", found.settings).dynamic === undefined) {
    const inside = context.observed.members.get(found.id) ?? { type: "unknown", because: "they were not looked up" };
    if (inside.type === "unknown") return { left: `its members could not be read: ${inside.because}` };
    members = inside.type === "present" ? [...inside.value] : [];
    const own = putIn(context, key);
    if (members.some((member) => !own.has(member))) return changedSince(context, kind, key, "who is in it");
  }
  return {
    steps: [
      stepFrom(
        of.step,
        { type: "delete", kind, key, id: found.id, before: now },
        isMadeAnew(kind) ? { type: "recreate", before: now, members } : { type: "restore-deleted", id: found.id, before: now },
      ),
    ],
  };
};

const undoUpdate = (context: Context, of: RecordedStep, write: Extract<Write, { readonly type: "update" }>): Undone => {
  const { kind, key, id, before } = write;
  const now = context.restored.get(`${kind}/${id}`) ?? listOf(context, kind).find((each) => each.id === id)?.settings;
  if (now === undefined) return { left: "it is not there any more" };
  const back = withIds(kind, before, context.ids);
  if (isSame(kind, now, back)) return NOTHING;
  if (of.step.undo.type === "impossible") return { left: of.step.undo.because };
  const after = withIds(kind, write.after, context.ids);
  if (!isSame(kind, now, after)) return changedSince(context, kind, key, differing(kind, now, after));
  context.restored.set(`${kind}/${id}`, back);
  const was = partOf(kind, settingsOf(kind, now), settingsOf(kind, back));
  return { steps: [stepFrom(of.step, { type: "update", kind, key, id, before: was, after: back }, { type: "restore", before: was })] };
};

const undoDelete = (context: Context, of: RecordedStep, write: Extract<Write, { readonly type: "delete" }>): Undone => {
  const { kind, key, id, before } = write;
  const { undo } = of.step;
  const found = listOf(context, kind).find((each) => each.id === id);
  if (found !== undefined) return namingTheNew(context, of.step, found, before);
  const other = byMark(context, kind, key);
  if (other !== undefined && undo.type === "recreate" && context.broughtBack.get(id) === other.id) return madeWhole(context, of.step, other, undo);
  if (other !== undefined) return changedSince(context, kind, key, `made again as ${other.id}`);
  if (undo.type === "impossible") return { left: undo.because };
  if (undo.type !== "recreate") {
    context.restored.set(`${kind}/${id}`, before);
    return { steps: [stepFrom(of.step, { type: "restore", kind, key, id, settings: before }, { type: "delete" })] };
  }
  // Nobody may rely on the service's deleted groups, so a new one is made; whatever named the old one is put right below.
  const create = stepFrom(of.step, { type: "create", kind, key, settings: undo.before }, { type: "delete" });
  return { steps: [create, ...adding(context, of.step, refOf(kind, key), undo.members, [create.id])] };
};

/** What was brought back already may still name a group by the id that it had. */
const namingTheNew = ({ since }: Context, of: Step, found: ResourceOf<Kind>, before: Settings): Undone => {
  const { kind, key } = of;
  const after = mapIds(kind, settingsOf(kind, before), (id) => since.get(id) ?? id);
  if (isSame(kind, found.settings, after) || !isSame(kind, found.settings, before)) return NOTHING;
  return { steps: [stepFrom(of, { type: "update", kind, key, id: found.id, before: found.settings, after }, { type: "restore", before: found.settings })] };
};

/** What may be lacking of a group that was brought back already are members. */
const madeWhole = (context: Context, of: Step, group: ResourceOf<Kind>, undo: Extract<Step["undo"], { readonly type: "recreate" }>): Undone => {
  if (!isSame(of.kind, group.settings, undo.before)) return changedSince(context, of.kind, of.key, differing(of.kind, group.settings, undo.before));
  const now = context.observed.members.get(group.id) ?? { type: "unknown", because: "they were not looked up" };
  if (now.type === "unknown") return { left: `its members could not be read: ${now.because}` };
  const out = undo.members.filter((id) => now.type === "absent" || !now.value.has(id));
  return { steps: adding(context, of, group.id, out, []) };
};

/** Puts accounts that are still there into a group, 20 a step. */
const adding = ({ observed }: Context, of: Step, group: string, ids: readonly ObjectId[], after: readonly StepId[]): readonly Step[] => {
  const { roster } = observed;
  const there = roster.type === "present" ? ids.filter((id) => roster.value.has(id)) : ids;
  return Array.from({ length: Math.ceil(there.length / AT_ONCE) }, (_, part) => {
    const some = there.slice(part * AT_ONCE, (part + 1) * AT_ONCE);
    return { ...stepFrom(of, { type: "add-members", key: of.key, group, ids: some }, { type: "members", added: some, removed: [] }, `-in-${part}`), after };
  });
};

const undoMembers = (context: Context, of: RecordedStep, write: Extract<Write, { readonly type: "add-members" | "remove-member" }>): Undone => {
  const group = context.ids.get(write.group) ?? write.group;
  if (!listOf(context, "cohort-group").some(({ id }) => id === group)) return NOTHING;
  const now = context.observed.members.get(group) ?? { type: "unknown", because: "they were not looked up" };
  if (now.type === "unknown") return { left: `its members could not be read: ${now.because}` };
  const isIn = (id: ObjectId): boolean => now.type === "present" && now.value.has(id);
  if (write.type === "remove-member")
    return {
      steps: adding(
        context,
        of.step,
        group,
        write.ids.filter((id) => !isIn(id)),
        [],
      ),
    };
  return {
    steps: write.ids
      .filter(isIn)
      .map((id, at) =>
        stepFrom(of.step, { type: "remove-member", key: write.key, group, ids: [id] }, { type: "members", added: [], removed: [id] }, `-out-${at}`),
      ),
  };
};

/** The tenant's word, as it is or as this run's own steps give it back: those come before the mailboxes that stood behind them. */
const smtpAuthAfter = (input: UndoInput, recorded: readonly RecordedStep[]): "on" | "off" | undefined => {
  const [only] = listOf(input, "smtp-auth");
  const isBack = recorded.some((each) => {
    const { write } = each.step;
    const wasOn = write.type === "update" && write.kind === "smtp-auth" && settingsOf("smtp-auth", write.before).smtpAuth === "on";
    return wasOn && writtenAgain(input, each) === undefined;
  });
  return only !== undefined && isBack ? "on" : only === undefined ? undefined : settingsOf("smtp-auth", only.settings).smtpAuth;
};

const undoOne = (context: Context, of: RecordedStep): Undone => {
  const { write, kind } = of.step;
  const list = context.observed.resources[kind];
  if (list.type === "unknown") return { left: `it could not be read: ${list.because}` };
  switch (write.type) {
    case "create":
    case "restore":
      return undoCreate(context, of, write);
    case "update":
      return undoUpdate(context, of, write);
    case "delete":
      return undoDelete(context, of, write);
    case "add-members":
    case "remove-member":
      return undoMembers(context, of, write);
    case "set-states":
    case "set-mailboxes":
    case "set-accounts":
      return context.manyBack(of) ?? NOTHING;
  }
};

const usersIn = ({ observed }: UndoInput, id: ObjectId, drafts: readonly Draft[]): readonly string[] =>
  usersOf(
    observed,
    drafts.flatMap(({ steps }) => steps.map(({ write }) => write)),
    id,
  );

/** Drops deletes of what something would still name; each may leave another with a user, so until none is left. */
const withoutDanglers = (context: Context, drafts: readonly Draft[], left: UndoLeft[]): readonly Draft[] => {
  const bad = drafts.find(({ steps }) =>
    steps.some(({ write }) => write.type === "delete" && write.kind !== "conditional-access" && usersIn(context, write.id, drafts).length > 0),
  );
  if (bad === undefined) return drafts;
  const { step } = bad.of;
  const ids = bad.steps.flatMap(({ write }) => (write.type === "delete" ? [write.id] : []));
  const users = ids.flatMap((id) => usersIn(context, id, drafts));
  left.push({ ...keyOf(step), name: step.name, because: `${users.join(", ")} would go on naming it` });
  return withoutDanglers(
    context,
    drafts.filter((draft) => draft !== bad),
    left,
  );
};

type NewNames = ReadonlyMap<ObjectId, { readonly ref: string; readonly step?: StepId }>;

/** Old ids of groups that were made anew since or are now, and what stands for the new one: its id, or a reference. */
const remade = (drafts: readonly Draft[], since: Remade): NewNames =>
  new Map([
    ...[...since].map(([old, ref]) => [old, { ref }] as const),
    ...drafts.flatMap(({ of: { step }, steps }) =>
      steps.flatMap(({ id, write }) =>
        write.type === "create" && step.write.type === "delete" ? [[step.write.id, { ref: refOf(write.kind, write.key), step: id }] as const] : [],
      ),
    ),
  ]);

/** What named a group that is made anew must name the new one: a restored policy is put right by a step of its own. */
const renamed = (steps: readonly Step[], groups: NewNames): readonly Step[] => {
  const put = (kind: Kind, settings: Settings): Settings => mapIds(kind, settingsOf(kind, settings), (id) => groups.get(id)?.ref ?? id);
  const needed = (kind: Kind, settings: Settings): readonly StepId[] => idsIn(kind, settingsOf(kind, settings)).flatMap((id) => groups.get(id)?.step ?? []);
  return steps.flatMap((step): readonly Step[] => {
    const { write } = step;
    if (write.type === "update")
      return [{ ...step, write: { ...write, after: put(write.kind, write.after) }, after: [...step.after, ...needed(write.kind, write.after)] }];
    if (write.type !== "restore" || isSame(write.kind, write.settings, put(write.kind, write.settings))) return [step];
    const after = [step.id, ...needed(write.kind, write.settings)];
    const { kind, key, id, settings } = write;
    return [
      step,
      {
        ...step,
        id: `${step.id}-names`,
        write: { type: "update", kind, key, id, before: settings, after: put(kind, settings) },
        undo: { type: "restore", before: settings },
        after,
      },
    ];
  });
};

/** A group that the run made and that a policy goes on naming keeps its members: without them the policy would ask others. */
const withoutEmptied = (context: Context, drafts: readonly Draft[]): readonly Draft[] => {
  const made = context.recorded.flatMap(({ step: { write } }) => (write.type === "create" && write.kind === "cohort-group" ? [write.key] : []));
  const stays = new Set(
    made.filter((key) => {
      const id = context.ids.get(refOf("cohort-group", key));
      return id !== undefined && usersIn(context, id, drafts).length > 0;
    }),
  );
  return drafts.filter(({ of: { step } }) => (step.write.type !== "add-members" && step.write.type !== "remove-member") || !stays.has(step.write.key));
};

/** Members are not taken out one by one of a group that goes altogether. */
const withoutLostWork = (drafts: readonly Draft[]): readonly Draft[] => {
  const gone = new Set(drafts.flatMap(({ steps }) => steps.flatMap(({ write }) => (write.type === "delete" ? [write.id] : []))));
  return drafts.map((draft) => ({ ...draft, steps: draft.steps.filter(({ write }) => !("group" in write) || !gone.has(write.group)) }));
};

const onceEach = (left: readonly UndoLeft[]): readonly UndoLeft[] =>
  left.filter((each, at) => left.findIndex(({ kind, key, because }) => kind === each.kind && key === each.key && because === each.because) === at);

/**
 * The planned reverse of a run. What is as it was before the run already is passed over; a resource that is no longer
 * what the run left is left as it is, with the reason.
 *
 * The group that keeps which phases are held is left alone: what is to be held after the undo is for the caller to write.
 *
 * @param input.run a run that is no undo itself: of such there is no way back but `apply --phase`.
 */
export const undoPlan = (input: UndoInput): UndoPlan => {
  const { run } = input;
  const settled = input.later.flatMap((each) => each.settled).filter((each) => each.run === run.id);
  const givenUp = new Set(settled.filter(({ found }) => found === undefined).map(({ step }) => step));
  const there = (kind: Kind, key: string): ResourceOf<Kind> | undefined => byMark(input, kind, key);
  const since = remadeBy([run, ...input.later], there);
  const broughtBack = remadeBy([run, ...input.later.filter(({ start }) => start.undoes === run.id)], there);
  const recorded = run.steps
    .filter((each) => happened(each) !== "no" && !givenUp.has(each.step.id) && keyOf(each.step).key !== PROGRESS_KEY)
    .map((each) => withRemade(each, since));
  const ids = new Map<string, ObjectId>();
  for (const { step, outcome } of recorded) {
    const { write } = step;
    if (write.type !== "create" && write.type !== "restore") continue;
    const id =
      write.type === "restore"
        ? write.id
        : outcome?.type === "done"
          ? outcome.id
          : (settled.find((each) => each.step === step.id)?.found ?? byMark(input, write.kind, write.key)?.id);
    if (id !== undefined) ids.set(refOf(write.kind, write.key), id);
  }
  const context: Context = {
    ...input,
    ids,
    since,
    broughtBack,
    recorded,
    manyBack: undoMany({ ...input, smtpAuth: smtpAuthAfter(input, recorded) }),
    restored: new Map(),
  };
  const left: UndoLeft[] = [];
  const drafts: Draft[] = [];
  for (const of of [...recorded].reverse()) {
    // The group of a domain that was out stays, with who is in it, until the domain is out again.
    if (run.start.relief !== undefined && of.step.kind !== "conditional-access") continue;
    const undone = writtenAgain(context, of) ?? undoOne(context, of);
    const reasons = "left" in undone ? [undone.left].flat() : [];
    left.push(...reasons.map((because) => ({ ...keyOf(of.step), name: of.step.name, because })));
    if ("steps" in undone && undone.steps.length > 0) drafts.push({ of, steps: undone.steps });
  }
  const bound = withoutDanglers(context, drafts, left);
  const sound = withoutLostWork(withoutEmptied(context, bound)).filter(({ steps }) => steps.length > 0);
  const groups = remade(sound, since);
  const steps = sound.flatMap((draft) => {
    // Whatever stood on a step is undone before the step itself.
    const before = sound.filter(({ of }) => of.step.after.includes(draft.of.step.id)).flatMap((other) => other.steps.map(({ id }) => id));
    return renamed(
      draft.steps.map((step) => ({ ...step, after: [...before, ...step.after] })),
      groups,
    );
  });
  const phases = new Set(steps.flatMap((step) => step.phases));
  return { steps: inWorkingOrder(steps), left: onceEach(left), phases: [...phases].sort() };
};
