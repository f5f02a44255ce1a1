/** Whether what was written arrived: what the tenant shows afterwards, compared with what each step was to make of it. */

import { accountsIn, isStates, seenStates } from "./account-states.ts";
import { isAccounts, listedIn, seenAccounts } from "./account-waves.ts";
import type { AccountStanding } from "./core/accounts/facts.ts";
import type { Step, StepId, StepOutcome } from "./core/changes.ts";
import type { IdIndex } from "./core/ids.ts";
import { fieldChanges, mapIds, sameSettings, settingsOf } from "./core/kinds/index.ts";
import type { Mailboxes } from "./core/mailboxes.ts";
import { markOf } from "./core/mark.ts";
import type { PerUserStates } from "./core/per-user-states.ts";
import type { Instant, Kind, Known, Mark, ObjectId, ResourceOf, Settings } from "./core/tenant.ts";
import { LAG_BOUND_MS, lookAgain } from "./look-again.ts";
import { isMailboxes, seenMailboxes } from "./mailbox-states.ts";
import type { Clock } from "./runtime.ts";
import type { Gateway, MadeIds } from "./service.ts";

/** The last list of each kind, with the moment at which it was asked for. */
export type Lists = Map<Kind, { readonly at: Instant; readonly list: Known<readonly ResourceOf<Kind>[]> }>;

/** The mark that settings carry in their description or name. */
export const markIn = (settings: Settings): Mark | undefined =>
  "name" in settings ? markOf("description" in settings ? settings.description : undefined, settings.name) : undefined;

export const bears = (resource: ResourceOf<Kind>, mark: Mark): boolean =>
  !resource.managed && resource.mark?.plan === mark.plan && resource.mark.key === mark.key;

/** The settings with the ids of what this run made. */
export const withMade = (kind: Kind, settings: Settings, made: MadeIds): Settings => mapIds(kind, settingsOf(kind, settings), (id) => made.get(id) ?? id);

export const isSame = (kind: Kind, observed: Settings, wanted: Settings): boolean => sameSettings(kind, settingsOf(kind, observed), settingsOf(kind, wanted));

/** `state, clients`: what differs, in words for people. */
export const differing = (kind: Kind, observed: Settings, wanted: Settings): string =>
  fieldChanges(kind, settingsOf(kind, observed), settingsOf(kind, wanted))
    .map(({ path }) => path)
    .join(", ");

/** What one look tells of one step: how it ended, or why to look again. */
type Seen =
  | { readonly type: "over"; readonly outcome: StepOutcome }
  /** `lacking`: of many, those that do not show it. */
  | { readonly type: "not-yet"; readonly because: string; readonly lacking?: readonly ObjectId[] };
const over = (outcome: StepOutcome): Seen => ({ type: "over", outcome });
const notYet = (because: string, lacking?: readonly ObjectId[]): Seen => ({ type: "not-yet", because, ...(lacking !== undefined && { lacking }) });

const seenUpdate = (step: Step, wanted: Settings, before: Settings | undefined, id: ObjectId, list: readonly ResourceOf<Kind>[]): Seen => {
  const found = list.find((each) => each.id === id);
  if (found === undefined) return notYet("the service does not list it");
  if (isSame(step.kind, found.settings, wanted)) return over({ type: "done", id });
  if (before === undefined || isSame(step.kind, found.settings, before))
    return notYet(`the service still shows the old ${differing(step.kind, found.settings, wanted)}`);
  return over({ type: "unknown", because: `somebody else changed it meanwhile: it shows another ${differing(step.kind, found.settings, wanted)}` });
};

const seenByMark = (settings: Settings, list: readonly ResourceOf<Kind>[]): Seen => {
  const mark = markIn(settings);
  const found = mark === undefined ? [] : list.filter((each) => bears(each, mark));
  const [first] = found;
  if (first === undefined) return notYet("nothing with its mark is listed");
  if (found.length > 1)
    return over({
      type: "unknown",
      because: `${found.length} resources bear its mark: ${found
        .map(({ id }) => id)
        .sort()
        .join(", ")}`,
    });
  return over({ type: "done", id: first.id, settings: first.settings });
};

const seenInList = (step: Step, list: readonly ResourceOf<Kind>[], made: MadeIds): Seen => {
  const { write } = step;
  switch (write.type) {
    case "create":
      return seenByMark(write.settings, list);
    case "update":
      return seenUpdate(step, withMade(write.kind, write.after, made), write.before, write.id, list);
    case "delete":
      return list.some((each) => each.id === write.id) ? notYet("the service still lists it") : over({ type: "done", id: write.id });
    case "restore": {
      const found = list.find((each) => each.id === write.id);
      return found === undefined ? notYet("the service does not list it") : over({ type: "done", id: write.id, settings: found.settings });
    }
    case "add-members":
    case "remove-member":
      return notYet("its members were not read");
    case "set-states":
      return notYet("the states of its accounts were not read");
    case "set-mailboxes":
      return notYet("its mailboxes were not read");
    case "set-accounts":
      return notYet("its accounts were not read");
  }
};

const seenInGroup = (ids: readonly ObjectId[], adding: boolean, members: Known<IdIndex>): Seen => {
  if (members.type === "unknown") return notYet(members.because);
  const lacking = ids.filter((id) => (members.type === "present" && members.value.has(id)) !== adding);
  if (lacking.length === 0) return over({ type: "done" });
  return notYet(`${lacking.length} of ${ids.length} ${adding ? "are not in the group yet" : "are still in the group"}`);
};

/** A refusal or a step never sent leaves nothing to look for. */
const needsLook = (outcome: StepOutcome): boolean => outcome.type === "unknown" || outcome.type === "done";

/**
 * A create's own answer is its read-back. That a list shows it is waited for all the same: the next command, in a process
 * of its own, would otherwise take it for not made.
 */
const isProven = (step: Step, outcome: StepOutcome | undefined): boolean =>
  outcome?.type === "done" && (step.write.type === "create" || step.write.type === "restore") && outcome.id !== undefined && outcome.settings !== undefined;

export type ReadingBack = {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly made: MadeIds;
  /** Kept up to date with every list that is read. */
  readonly lists: Lists;
  /** Told how many accounts were looked at, since each is read by itself. */
  readonly onStates?: (done: number) => void;
  /** Told how many mailboxes were listed. */
  readonly onMailboxes?: (done: number) => void;
};

const groupOf = (step: Step, made: MadeIds): ObjectId | undefined => {
  const { write } = step;
  return write.type === "add-members" || write.type === "remove-member" ? (made.get(write.group) ?? write.group) : undefined;
};

export const freshList = async (
  { gateway, clock, lists }: Pick<ReadingBack, "gateway" | "clock" | "lists">,
  kind: Kind,
): Promise<Known<readonly ResourceOf<Kind>[]>> => {
  const at = clock.now();
  const list: Known<readonly ResourceOf<Kind>[]> = await gateway.list(kind);
  lists.set(kind, { at, list });
  return list;
};

/**
 * Looks at what a wave was to change: one list a kind and look, one list of members a group and look. A step that the
 * service took and that never shows, or shows as something else, ends as unknown: nobody can say what holds.
 *
 * @param outcomes what the service said to the wave's steps; refusals come back as they are.
 */
export const readBack = async (
  context: ReadingBack,
  steps: readonly Step[],
  outcomes: ReadonlyMap<StepId, StepOutcome>,
): Promise<ReadonlyMap<StepId, StepOutcome>> => {
  const { gateway, clock, signal, made } = context;
  const result = new Map(outcomes);
  let open = steps.filter((step) => {
    const outcome = outcomes.get(step.id);
    return outcome !== undefined && needsLook(outcome);
  });
  if (open.length === 0) return result;
  const last = new Map<StepId, Extract<Seen, { readonly type: "not-yet" }>>();
  const look = async (): Promise<boolean> => {
    const kinds = new Set(
      open.filter((step) => !isStates(step) && !isMailboxes(step) && !isAccounts(step) && groupOf(step, made) === undefined).map(({ kind }) => kind),
    );
    const groups = new Set(open.flatMap((step) => groupOf(step, made) ?? []));
    const lists = new Map<Kind, Known<readonly ResourceOf<Kind>[]>>();
    for (const kind of kinds) lists.set(kind, await freshList(context, kind));
    const members = new Map<ObjectId, Known<IdIndex>>();
    for (const group of groups) members.set(group, await gateway.members(group));
    const accounts = accountsIn(open);
    const states: Known<PerUserStates> = accounts.length === 0 ? { type: "absent" } : await gateway.states(accounts, context.onStates);
    const ofLists = listedIn(open);
    const standing: Known<ReadonlyMap<ObjectId, AccountStanding>> = ofLists.length === 0 ? { type: "absent" } : await gateway.standing(ofLists);
    const mailboxes: Known<Mailboxes> = open.some(isMailboxes) ? await gateway.mailboxes(context.onMailboxes) : { type: "absent" };
    open = open.filter((step) => {
      const told = outcomes.get(step.id);
      const seen =
        told?.type === "done" && isProven(step, told) ? listed(step, told, lists) : seenNow(step, told, { lists, members, states, mailboxes, standing }, made);
      if (seen.type === "not-yet") last.set(step.id, seen);
      else result.set(step.id, seen.outcome);
      return seen.type === "not-yet";
    });
    return open.length === 0;
  };
  const looked = await lookAgain(clock, signal, clock.now() + LAG_BOUND_MS, look);
  for (const step of open) {
    const told = outcomes.get(step.id);
    if (isProven(step, told)) continue;
    if (!looked) {
      // Taken for done, what does not show yet would look to the next run as if somebody had taken it back.
      if (told?.type === "done") result.set(step.id, { type: "unknown", because: "the service took it; interrupted before it was read back" });
      continue;
    }
    const { because = "it could not be read back", lacking } = last.get(step.id) ?? {};
    result.set(step.id, {
      type: "unknown",
      ...(lacking !== undefined && { lacking }),
      because:
        told?.type === "unknown"
          ? `${told.because.replace(/[.\s]+$/, "")}; after ${LAG_BOUND_MS / 1000} s ${because}`
          : `the service took it, but after ${LAG_BOUND_MS / 1000} s ${because}`,
    });
  }
  return result;
};

const listed = (step: Step, told: Extract<StepOutcome, { type: "done" }>, lists: ReadonlyMap<Kind, Known<readonly ResourceOf<Kind>[]>>): Seen => {
  const list = lists.get(step.kind);
  return list?.type === "present" && list.value.some(({ id }) => id === told.id) ? over(told) : notYet("the service does not list it yet");
};

/** What one look showed. */
type Look = {
  readonly lists: ReadonlyMap<Kind, Known<readonly ResourceOf<Kind>[]>>;
  readonly members: ReadonlyMap<ObjectId, Known<IdIndex>>;
  readonly states: Known<PerUserStates>;
  readonly mailboxes: Known<Mailboxes>;
  readonly standing: Known<ReadonlyMap<ObjectId, AccountStanding>>;
};

const seenNow = (step: Step, told: StepOutcome | undefined, { lists, members, states, mailboxes, standing }: Look, made: MadeIds): Seen => {
  const group = groupOf(step, made);
  const { write } = step;
  if (write.type === "set-states") {
    if (states.type !== "present")
      return notYet(states.type === "unknown" ? `its accounts could not be read: ${states.because}` : "its accounts were not read");
    const seen = seenStates(write, states.value);
    return typeof seen === "string" ? notYet(seen) : over(seen);
  }
  if (write.type === "set-mailboxes") {
    if (mailboxes.type !== "present")
      return notYet(mailboxes.type === "unknown" ? `its mailboxes could not be read: ${mailboxes.because}` : "its mailboxes were not read");
    const seen = seenMailboxes(write, mailboxes.value, told);
    return "type" in seen ? over(seen) : notYet("it does not show", seen);
  }
  if (write.type === "set-accounts") {
    if (standing.type !== "present")
      return notYet(standing.type === "unknown" ? `its accounts could not be read: ${standing.because}` : "its accounts were not read");
    const seen = seenAccounts(write, standing.value, told);
    return "type" in seen ? over(seen) : notYet("it does not show", seen);
  }
  if (group !== undefined && (write.type === "add-members" || write.type === "remove-member")) {
    return seenInGroup(write.ids, write.type === "add-members", members.get(group) ?? { type: "unknown", because: "they were not looked up" });
  }
  const list = lists.get(step.kind) ?? { type: "unknown", because: "it was not listed" };
  if (list.type === "unknown") return notYet(`it could not be read: ${list.because}`);
  return seenInList(step, list.type === "absent" ? [] : list.value, made);
};
