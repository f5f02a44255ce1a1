/** Changes as single writes in a safe order, each with what takes it back. */

import type { Change, DefaultsCourse, Diff, Step, StepId, Undo, Write } from "./changes.ts";
import { byKindAndKey, idsIn, kindOrder, nameOf, settingsOf } from "./kinds/index.ts";
import { PROGRESS_KEY } from "./progress.ts";
import { restingState } from "./replacement.ts";
import { KINDS, type Kind, type ObjectId, type Ref, TENANT_KEY } from "./tenant.ts";

/** The service adds no more members at once, and adds all or none; of states, no more go into one batch. */
const ACCOUNTS_A_WRITE = 20;

/** What other settings name. */
const GROUND: ReadonlySet<Kind> = new Set(["cohort-group", "named-location"]);

/** What is made anew when it is to come back: the service keeps nothing of it, or need not. */
const MADE_ANEW: ReadonlySet<Kind> = new Set(["cohort-group", "authentication-policy"]);
export const isMadeAnew = (kind: Kind): boolean => MADE_ANEW.has(kind);

/** Set by another service, and nothing of Graph's stands on it. */
const BY_EXCHANGE: ReadonlySet<Kind> = new Set(["mailbox-plan", "mailbox-protocols", "authentication-policy", "default-authentication-policy", "smtp-auth"]);

/** What is done to accounts themselves, once all that is done for people is. */
const ABOUT_ACCOUNTS: ReadonlySet<Kind> = new Set(["account-block", "account-deletion"]);

/** A step before it has a number: `after` names other drafts. */
type Draft = {
  readonly change: Change;
  readonly write: Write;
  readonly undo: Undo;
  readonly after: readonly Draft[];
  readonly first?: true;
  readonly unless?: readonly Draft[];
};

type Place = { readonly write: Write; readonly kind: Kind; readonly key: string; readonly first?: true };

const isProgress = (kind: Kind, key: string): boolean => kind === "cohort-group" && key === PROGRESS_KEY;

/**
 * Holds and beginnings are written before anything else; deletes of what policies name come after the policies, which
 * themselves go in one wave: made, changed and deleted.
 */
const rankOf = ({ write, kind, key, first }: Place): number => {
  if (first === true) return -1;
  if (isProgress(kind, key) && write.type !== "delete") return 0;
  if (write.type === "delete" && kind !== "conditional-access") return 2 * KINDS.length - kindOrder(kind);
  return 1 + kindOrder(kind);
};

const refTo = ({ kind, key }: Change): Ref => `@${kind}/${key}`;

/** What the change's resource is called by in other settings: its id and, when it is made in this run, its reference. */
const isNamed = (change: Change, ids: readonly string[]): boolean => (change.id !== undefined && ids.includes(change.id)) || ids.includes(refTo(change));

const chunks = <T>(all: readonly T[], size = ACCOUNTS_A_WRITE): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

const memberDrafts = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { key, members } = change;
  if (members === undefined) return [];
  const group = change.id ?? refTo(change);
  return [
    ...chunks(members.added).map(
      (ids): Draft => ({ change, write: { type: "add-members", key, group, ids }, undo: { type: "members", added: ids, removed: [] }, after }),
    ),
    ...members.removed.map(
      (id): Draft => ({ change, write: { type: "remove-member", key, group, ids: [id] }, undo: { type: "members", added: [], removed: [id] }, after }),
    ),
  ];
};

/** A write for the settings, if they differ, then those for the members. */
const upserts = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { kind, key, id, before, after: settings, action, fields } = change;
  if (settings === undefined) return [];
  if (action === "create") {
    const made: Draft = { change, write: { type: "create", kind, key, settings }, undo: { type: "delete" }, after };
    return [made, ...memberDrafts(change, [made])];
  }
  if (id === undefined || before === undefined) return [];
  const update: Draft = { change, write: { type: "update", kind, key, id, before, after: settings }, undo: { type: "restore", before }, after };
  return [...(fields.length > 0 ? [update] : []), ...memberDrafts(change, after)];
};

/** Exchange Online takes no more in one batch. */
const MAILBOXES_A_WRITE = 10;

const mailboxDrafts = (change: Change, after: readonly Draft[]): readonly Draft[] =>
  chunks(change.mailboxes ?? [], MAILBOXES_A_WRITE).map(
    (mailboxes): Draft => ({
      change,
      write: { type: "set-mailboxes", kind: "mailbox-protocols", key: change.key, mailboxes },
      undo: { type: "mailboxes", mailboxes },
      after,
    }),
  );

/** Of accounts that are blocked or deleted each is looked at again just before: one write at a time. */
const accountDrafts = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { kind, key, accounts } = change;
  if (accounts === undefined || (kind !== "account-block" && kind !== "account-deletion")) return [];
  return chunks(accounts.ids).map(
    (ids): Draft => ({
      change,
      write: { type: "set-accounts", kind, key, to: accounts.to, ids },
      undo: { type: "accounts", to: kind === "account-block" ? "enabled" : "restored", ids },
      after,
    }),
  );
};

/** A batch each. */
const stateDrafts = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { key, states } = change;
  if (states === undefined) return [];
  return chunks(states.accounts).map(
    (accounts): Draft => ({
      change,
      write: { type: "set-states", kind: "per-user-mfa", key, to: states.to, accounts },
      undo: { type: "states", accounts },
      after,
    }),
  );
};

const deletes = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { kind, key, id, before, members } = change;
  if (id === undefined || before === undefined) return [];
  if (isMadeAnew(kind)) {
    // Groups are made anew, as their soft delete is a preview that no tenant has to have.
    return [{ change, write: { type: "delete", kind, key, id, before }, undo: { type: "recreate", before, members: members?.removed ?? [] }, after }];
  }
  const location = kind === "named-location" ? settingsOf("named-location", before) : undefined;
  if (location?.trusted !== true) return [{ change, write: { type: "delete", kind, key, id, before }, undo: { type: "restore-deleted", id, before }, after }];
  // The service deletes no location that is still trusted.
  const plain = { ...location, trusted: false };
  const loosened: Draft = { change, write: { type: "update", kind, key, id, before, after: plain }, undo: { type: "restore", before }, after };
  return [
    loosened,
    { change, write: { type: "delete", kind, key, id, before: plain }, undo: { type: "restore-deleted", id, before: plain }, after: [loosened] },
  ];
};

const idsBefore = ({ kind, before }: Change): readonly string[] => (before === undefined ? [] : idsIn<Kind>(kind, before));
const idsAfter = ({ kind, after }: Change): readonly string[] => (after === undefined ? [] : idsIn<Kind>(kind, after));

const hasPhaseOf = (a: Change, b: Change): boolean => a.phases.some((phase) => b.phases.includes(phase));

/** Of Microsoft's policies those that go once ours are there. */
const isLast = ({ kind, needs }: Change): boolean => kind === "conditional-access" && needs.some((each) => each.kind === kind);

/** The write that gives the tenant its defaults back after an earlier run left it without. */
const isClosing = ({ kind }: Change, course: DefaultsCourse | undefined): boolean => kind === "security-defaults" && course?.type === "close";

const isSwitchedOn = ({ kind, before, after }: Change): boolean =>
  kind === "conditional-access" &&
  after !== undefined &&
  settingsOf(kind, after).state === "on" &&
  (before === undefined || settingsOf(kind, before).state !== "on");

/** The write that turns security defaults off or on, beside those of the diff. */
const defaultsDraft = (of: Change, id: ObjectId, enabled: boolean, more: Pick<Draft, "after" | "first" | "unless">): Draft => {
  const [before, after] = [{ enabled: !enabled }, { enabled }];
  const name = nameOf("security-defaults", after);
  const change: Change = { ...of, kind: "security-defaults", key: TENANT_KEY, action: "update", name, id, before, after, fields: [], needs: [] };
  return { change, write: { type: "update", kind: "security-defaults", key: TENANT_KEY, id, before, after }, undo: { type: "restore", before }, ...more };
};

/** Everything of a policy but that it is on; then its state alone, which is what waits until security defaults are off. */
const inTwo = (change: Change, after: readonly Draft[]): { readonly staged: readonly Draft[]; readonly flip: (then: readonly Draft[]) => Draft } => {
  const { key, id, before, after: settings } = change;
  if (settings === undefined) throw new RangeError(`${change.name} is not to be switched on`);
  const wanted = settingsOf("conditional-access", settings);
  const quiet = { ...wanted, state: before === undefined ? restingState(wanted) : settingsOf("conditional-access", before).state };
  const staged = upserts(
    { ...change, after: quiet, fields: change.action === "create" ? change.fields : change.fields.filter(({ path }) => path !== "state") },
    after,
  );
  return {
    staged,
    flip: (then) => ({
      change,
      // Made in the same run, it goes by its reference until then.
      write: { type: "update", kind: "conditional-access", key, id: id ?? refTo(change), before: quiet, after: wanted },
      undo: { type: "restore", before: quiet },
      after: [...after, ...staged, ...then],
    }),
  };
};

const byOpening =
  (first: string) =>
  (a: Change, b: Change): number =>
    Number(b.key === first) - Number(a.key === first) || byKindAndKey(a, b);

/**
 * Policies in report-only first; then the defaults off, then at once the policy that asks most people, alone, so that one
 * write stands between the two; then the others. Where that first one does not come on, the defaults go on again.
 */
const handover = (
  defaults: Change,
  first: string,
  switched: readonly Change[],
  before: readonly Draft[],
  forerunners: (change: Change) => readonly Draft[],
): readonly Draft[] => {
  const parts = [...switched].sort(byOpening(first)).map((change) => inTwo(change, forerunners(change)));
  const staged = parts.flatMap((each) => each.staged);
  const off = defaultsDraft(defaults, defaults.id ?? "", false, { after: [...before, ...staged, ...parts.flatMap(({ flip }) => flip([]).after)] });
  const [opening, ...others] = parts;
  const opened = opening?.flip([off]);
  if (opened === undefined) return staged;
  const again = defaultsDraft(defaults, defaults.id ?? "", true, { after: [off], unless: [opened] });
  return [...staged, off, opened, ...others.map(({ flip }) => flip([opened])), again];
};

/** An earlier run left the tenant without: the policy that asks most people comes first of all, else the defaults do. */
const closing = (id: ObjectId, first: string, switched: readonly Change[], forerunners: (change: Change) => readonly Draft[]): readonly Draft[] => {
  const opening = switched.find(({ key }) => key === first);
  if (opening === undefined) return switched.flatMap((change) => upserts(change, forerunners(change)));
  const made = forerunners(opening).filter(({ write, change }) => write.type === "create" && !isProgress(change.kind, change.key));
  const opened = upserts(opening, made).map((draft): Draft => ({ ...draft, first: true }));
  const others = switched.filter((change) => change !== opening);
  return [
    ...opened,
    ...others.flatMap((change) => upserts(change, [...forerunners(change), ...opened])),
    defaultsDraft(opening, id, true, { after: [], unless: opened }),
  ];
};

const keepsSmtp = ({ write }: Draft): boolean => write.type === "set-mailboxes" && write.mailboxes.some(({ after }) => after.smtpAuth === "on");

const draftsOf = (changes: readonly Change[], course: DefaultsCourse | undefined): readonly Draft[] => {
  const kept = changes.filter(({ action }) => action !== "delete");
  const progress = kept.filter(({ kind, key }) => isProgress(kind, key)).flatMap((change) => upserts(change, []));
  // A hold or a beginning that is not written down would be gone with the next run: what a phase does comes after it.
  const toldFor = (change: Change): readonly Draft[] => progress.filter((each) => hasPhaseOf(each.change, change));
  const groundwork = kept.filter(({ kind, key }) => GROUND.has(kind) && !isProgress(kind, key)).flatMap((change) => upserts(change, toldFor(change)));
  const standsOn = (change: Change): readonly Draft[] => {
    const ids = idsAfter(change);
    // Whom a policy is for, and whom it leaves out, is in place before the policy; who is to leave a group can leave later.
    return groundwork.filter((each) => each.write.type !== "remove-member" && isNamed(each.change, ids));
  };
  const forerunners = (change: Change): readonly Draft[] => [...toldFor(change), ...standsOn(change)];
  const leaving = course?.type === "leave" ? kept.find(({ kind }) => kind === "security-defaults") : undefined;
  const settings = kept
    .filter(
      (change) =>
        change.kind !== "conditional-access" &&
        change.kind !== "per-user-mfa" &&
        !BY_EXCHANGE.has(change.kind) &&
        !ABOUT_ACCOUNTS.has(change.kind) &&
        !GROUND.has(change.kind) &&
        change !== leaving,
    )
    .flatMap((change) =>
      upserts(change, forerunners(change)).map((draft) => (isClosing(change, course) ? { ...draft, after: [], first: true as const } : draft)),
    );
  const switched = leaving !== undefined || (course?.type === "close" && course.by === "policies") ? kept.filter(isSwitchedOn) : [];
  const plain = changes
    .filter((change) => change.kind === "conditional-access" && !switched.includes(change) && !isLast(change))
    .flatMap((change) => (change.action === "delete" ? deletes(change, toldFor(change)) : upserts(change, forerunners(change))));
  const ours = [
    ...plain,
    ...(leaving !== undefined && course?.type === "leave" ? handover(leaving, course.first, switched, progress, forerunners) : []),
    ...(course?.type === "close" && course.by === "policies" ? closing(course.id, course.first, switched, forerunners) : []),
  ];
  const policies = [
    ...ours,
    ...kept.filter(isLast).flatMap((change) =>
      upserts(
        change,
        ours.filter((each) => change.needs.some(({ kind, key }) => kind === each.change.kind && key === each.change.key)),
      ),
    ),
  ];
  const lastly = changes
    .filter(({ action, kind }) => action === "delete" && kind !== "conditional-access")
    .flatMap((change) =>
      deletes(
        change,
        policies.filter((each) => isNamed(change, idsBefore(each.change)) && !isNamed(change, idsAfter(each.change))),
      ),
    );
  // Per-user MFA is turned off only once all that asks in its place is there.
  const states = kept
    .filter(({ kind }) => kind === "per-user-mfa")
    .flatMap((change) =>
      stateDrafts(change, [
        ...toldFor(change),
        ...(change.states?.to === "disabled" ? [...settings, ...policies].filter(({ unless }) => unless === undefined) : []),
      ]),
    );
  // By their rank new mailboxes come first, or those made meanwhile would be missed; but where a plan for them is refused, those that are there are no worse
  // for being done. The tenant's word comes last, so that who keeps a protocol has a word of its own by then.
  const ofKind = (kind: Kind): readonly Change[] => kept.filter((change) => change.kind === kind);
  const mailboxPlans = ofKind("mailbox-plan").flatMap((change) => upserts(change, toldFor(change)));
  const mailboxes = ofKind("mailbox-protocols").flatMap((change) => mailboxDrafts(change, toldFor(change)));
  const smtpAuth = ofKind("smtp-auth").flatMap((change) => upserts(change, [...toldFor(change), ...mailboxes.filter(keepsSmtp)]));
  // A policy that is not whole yet is nobody's default.
  const basic = ofKind("authentication-policy").flatMap((change) => upserts(change, toldFor(change)));
  const basicDefault = ofKind("default-authentication-policy").flatMap((change) => upserts(change, [...toldFor(change), ...basic]));
  const accounts = changes.filter(({ kind }) => ABOUT_ACCOUNTS.has(kind)).flatMap((change) => accountDrafts(change, toldFor(change)));
  return [
    ...progress,
    ...groundwork,
    ...settings,
    ...policies,
    ...states,
    ...mailboxPlans,
    ...mailboxes,
    ...basic,
    ...basicDefault,
    ...smtpAuth,
    ...accounts,
    ...lastly,
  ];
};

const placeOf = ({ change, write, first }: Draft): Place => ({ write, kind: change.kind, key: change.key, ...(first !== undefined && { first }) });

/**
 * One step a write, in the order in which they may be done: the plan's progress first, groups, their members, networks,
 * policies, states of accounts, then the deletes of networks and groups. An id is a number with leading zeros, `0001`, in that order.
 *
 * An undo of type `members` tells what the step did: `added` are to be taken out, `removed` to be put back.
 *
 * @param defaults what becomes of security defaults, as the desired state says it.
 */
export const orderSteps = (diff: Diff, defaults?: DefaultsCourse): readonly Step[] => {
  const drafts = draftsOf([...diff.changes].sort(byKindAndKey), defaults).map((draft, at) => ({ draft, at }));
  const ordered = drafts.sort((a, b) => rankOf(placeOf(a.draft)) - rankOf(placeOf(b.draft)) || a.at - b.at).map(({ draft }) => draft);
  const width = Math.max(4, String(ordered.length).length);
  const ids = new Map<Draft, StepId>(ordered.map((draft, at) => [draft, String(at + 1).padStart(width, "0")]));
  const idOf = (draft: Draft): StepId => ids.get(draft) ?? "";
  return ordered.map((draft) => ({
    id: idOf(draft),
    kind: draft.change.kind,
    key: draft.change.key,
    name: draft.change.name,
    write: draft.write,
    undo: draft.undo,
    after: [...new Set(draft.after)].map(idOf),
    ...(draft.first !== undefined && { first: draft.first }),
    ...(draft.unless !== undefined && { unless: draft.unless.map(idOf) }),
    phases: draft.change.phases,
  }));
};

/**
 * The steps to perform next: all of one kind, in the order of kinds, with everything done that they stand on. Of those about accounts
 * one alone, since little time may pass between the look at an account and its write.
 *
 * @param steps those that were not tried yet.
 * @returns nothing when none is left, or when what is left stands on steps that were not done.
 */
export const nextWave = (steps: readonly Step[], done: ReadonlySet<StepId>): readonly Step[] => {
  const ready = steps.filter(({ after }) => after.every((id) => done.has(id)));
  const first = Math.min(...new Set(ready.map(rankOf)));
  const wave = ready.filter((step) => rankOf(step) === first);
  return wave.some(({ write }) => write.type === "set-accounts") ? wave.slice(0, 1) : wave;
};

/** Each step behind those it stands on, else as they came. */
export const inWorkingOrder = (steps: readonly Step[]): readonly Step[] => {
  const known = new Map(steps.map((step) => [step.id, step]));
  const ordered = new Set<Step>();
  const visit = (step: Step, trail: ReadonlySet<StepId>): void => {
    if (ordered.has(step) || trail.has(step.id)) return;
    for (const id of step.after) {
      const before = known.get(id);
      if (before !== undefined) visit(before, new Set([...trail, step.id]));
    }
    ordered.add(step);
  };
  for (const step of steps) visit(step, new Set());
  return [...ordered];
};
