/** The way back from a run as changes, so that it is shown, approved and checked like any other. */

import { byText } from "./canonical.ts";
import type { Change, Diff, MailboxChange, StateChanges, Step, Write } from "./changes.ts";
import { LOOSER } from "./guards/looser.ts";
import { hashOf } from "./hash.ts";
import type { Run } from "./journal.ts";
import { byKindAndKey, fieldChanges, refsIn, settingsOf } from "./kinds/index.ts";
import type { Observed, Progress } from "./observed.ts";
import { EVERY_PHASE, PROGRESS_KEY, PROGRESS_NAME, progressGroupsOf, progressOf, progressText, readProgress } from "./progress.ts";
import { reliefTakenBack } from "./relief.ts";
import { KINDS, type Kind, type ObjectId, type PhaseId, type Settings } from "./tenant.ts";

type Gathered = {
  readonly first: Step;
  readonly phases: ReadonlySet<PhaseId>;
  readonly id?: ObjectId;
  /** Undefined: it is not there. */
  readonly before: Settings | undefined;
  readonly after: Settings | undefined;
  readonly added: readonly ObjectId[];
  readonly removed: readonly ObjectId[];
  readonly states?: StateChanges;
  readonly mailboxes?: readonly MailboxChange[];
  readonly accounts?: Change["accounts"];
};

/** Accounts of one cohort that had different states go back to different ones: a change each. */
const keyOf = ({ kind, key, write }: Pick<Step, "kind" | "key" | "write">): string => `@${kind}/${key}${write.type === "set-states" ? `/${write.to}` : ""}`;

const beforeOf = ({ write }: Step, observed: Observed): Settings | undefined => {
  if (write.type === "update" || write.type === "delete") return write.before;
  if (!("group" in write)) return undefined;
  const groups = observed.resources["cohort-group"];
  return groups.type === "present" ? groups.value.find(({ id }) => id === write.group)?.settings : undefined;
};

const withAccounts = (so: Change["accounts"], { to, ids, back }: Extract<Write, { readonly type: "set-accounts" }>): NonNullable<Change["accounts"]> => {
  const all = [...(so?.back ?? []), ...(back ?? [])];
  return { to, ids: [...(so?.ids ?? []), ...ids], ...(all.length > 0 && { back: all }) };
};

const withStep = (so: Gathered, step: Step): Gathered => {
  const { write } = step;
  const phases = new Set([...so.phases, ...step.phases]);
  switch (write.type) {
    case "create":
      return { ...so, phases, after: write.settings };
    case "restore":
      return { ...so, phases, id: write.id, after: write.settings };
    case "update":
      return { ...so, phases, id: write.id, after: write.after };
    case "delete":
      return { ...so, phases, id: write.id, after: undefined };
    case "add-members":
      return { ...so, phases, added: [...so.added, ...write.ids] };
    case "remove-member":
      return { ...so, phases, removed: [...so.removed, ...write.ids] };
    case "set-states":
      return { ...so, phases, states: { to: write.to, accounts: [...(so.states?.accounts ?? []), ...write.accounts] } };
    case "set-mailboxes":
      return { ...so, phases, mailboxes: [...(so.mailboxes ?? []), ...write.mailboxes] };
    case "set-accounts":
      return { ...so, phases, accounts: withAccounts(so.accounts, write) };
  }
};

const needsOf = (kind: Kind, after: Settings | undefined): Change["needs"] =>
  after === undefined
    ? []
    : refsIn<Kind>(kind, settingsOf(kind, after)).flatMap((ref) => {
        const needed = KINDS.find((each) => ref.startsWith(`@${each}/`));
        return needed === undefined ? [] : [{ kind: needed, key: ref.slice(needed.length + 2) }];
      });

const changeOf = (planId: string, { first, phases, id, before, after, added, removed, states, mailboxes, accounts }: Gathered): Change => {
  const { kind, key, name } = first;
  const settings = (value: Settings | undefined) => (value === undefined ? undefined : settingsOf(kind, value));
  return {
    kind,
    key,
    action:
      states !== undefined || mailboxes !== undefined || accounts !== undefined
        ? "update"
        : before === undefined
          ? "create"
          : after === undefined
            ? "delete"
            : "update",
    name,
    ...(id !== undefined && { id }),
    phases: [...phases].sort(),
    mark: { plan: planId, key },
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    fields: fieldChanges<Kind>(kind, settings(before), settings(after)),
    ...(added.length + removed.length > 0 && { members: { added: added.toSorted(), removed: removed.toSorted() } }),
    ...(states !== undefined && { states: { ...states, accounts: states.accounts.toSorted((a, b) => (a.id < b.id ? -1 : 1)) } }),
    ...(mailboxes !== undefined && { mailboxes: mailboxes.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }),
    ...(accounts !== undefined && { accounts: { ...accounts, ids: accounts.ids.toSorted() } }),
    needs: needsOf(kind, after),
  };
};

/** One change a resource, whatever number of steps it takes. */
const changesOfSteps = (planId: string, steps: readonly Step[], observed: Observed): readonly Change[] => {
  const gathered = new Map<string, Gathered>();
  for (const step of steps) {
    const before = beforeOf(step, observed);
    const so = gathered.get(keyOf(step)) ?? { first: step, phases: new Set(), before, after: before, added: [], removed: [] };
    gathered.set(keyOf(step), withStep(so, step));
  }
  return [...gathered.values()].map((each) => changeOf(planId, each)).sort((a, b) => byKindAndKey(a, b) || byText(a.states?.to ?? "", b.states?.to ?? ""));
};

export const diffOfSteps = (planId: string, steps: readonly Step[], observed: Observed): Diff => {
  const changes = changesOfSteps(planId, steps, observed);
  return {
    planId,
    tenantId: observed.tenant.id,
    changes,
    leftOver: [],
    doubles: [],
    unchanged: 0,
    hash: hashOf(observed.tenant.id, planId, changes, (id) => id),
  };
};

/** Whether somebody could be asked who was not asked before: only then can a way back lock anybody out. */
export const isTighter = (change: Change): boolean => {
  if (change.kind !== "conditional-access" || change.after === undefined) return false;
  const after = settingsOf("conditional-access", change.after);
  if (after.state !== "on") return false;
  return change.before === undefined || LOOSER["conditional-access"](after, settingsOf("conditional-access", change.before)).length > 0;
};

const progressStep = (planId: string, progress: Progress, observed: Observed, phases: readonly PhaseId[]): Step => {
  const [there] = progressGroupsOf(observed.resources["cohort-group"], planId);
  const name = there?.settings.name ?? PROGRESS_NAME;
  const settings = { name, description: progressText(planId, progress) };
  const common = { id: "hold", kind: "cohort-group", key: PROGRESS_KEY, name, after: [], phases } as const;
  if (there === undefined) return { ...common, write: { type: "create", kind: "cohort-group", key: PROGRESS_KEY, settings }, undo: { type: "delete" } };
  return {
    ...common,
    write: { type: "update", kind: "cohort-group", key: PROGRESS_KEY, id: there.id, before: there.settings, after: settings },
    undo: { type: "restore", before: there.settings },
  };
};

const NO_PROGRESS: Progress = { begun: [], held: [] };

/**
 * The write that gives up what a halt held, took out or let in: else the next run would do it again.
 *
 * @returns undefined when the tenant does not say it any longer, or nobody can read what it says.
 */
export const releaseStep = (planId: string, run: Run, observed: Observed): Step | undefined => {
  const known = progressOf(observed, planId);
  const write = run.steps.find(({ step, outcome }) => step.key === PROGRESS_KEY && outcome?.type === "done")?.step.write;
  if (known.type !== "present" || (write?.type !== "create" && write?.type !== "update")) return undefined;
  const told = (settings: Settings): Progress | undefined => readProgress(settingsOf("cohort-group", settings).description);
  const written = told(write.type === "create" ? write.settings : write.after);
  if (written === undefined) return undefined;
  const progress = reliefTakenBack(known.value, write.type === "create" ? undefined : told(write.before), written);
  return progressText(planId, progress) === progressText(planId, known.value) ? undefined : progressStep(planId, progress, observed, []);
};

/**
 * The write that puts phases on hold, done before anything else: a hold that is not written down would be gone with the next run.
 *
 * @returns undefined when they are on hold already.
 */
export const holdStep = (planId: string, hold: readonly PhaseId[], observed: Observed): Step | undefined => {
  const known = progressOf(observed, planId);
  if (hold.length === 0 || known.type === "unknown") return undefined;
  const before: Progress = known.type === "present" ? known.value : NO_PROGRESS;
  const { halted, begun, held } = before;
  const { halted: _over, ...others } = before;
  const progress = {
    ...others,
    // A halt whose holds are all released has nothing to do with this one.
    ...(halted !== undefined && held.length > 0 && { halted }),
    begun: begun.filter((id) => !hold.includes(id)),
    held: held.includes(EVERY_PHASE) ? held : [...new Set([...held, ...hold])].sort(),
  };
  if (known.type === "present" && progressText(planId, progress) === progressText(planId, known.value)) return undefined;
  return progressStep(planId, progress, observed, hold);
};
