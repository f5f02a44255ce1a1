/**
 * What became of creates that earlier runs may have made: nothing that may stand in the tenant already is made a second
 * time. A create whose answer was lost is looked for by its mark; one that was answered is looked for too, since a list
 * may not show it yet.
 */

import { byText } from "./core/canonical.ts";
import { refOf } from "./core/history.ts";
import type { IdIndex } from "./core/ids.ts";
import { createsOf, GIVEN_UP_AFTER_MS, type RecentCreate, type Run, type Settled } from "./core/journal.ts";
import type { Observed } from "./core/observed.ts";
import { type Instant, KINDS, type Kind, type Known, type ObjectId, type ResourceOf } from "./core/tenant.ts";
import { LAG_BOUND_MS, lookAgain } from "./look-again.ts";
import { bears, markIn } from "./read-back.ts";
import type { Clock } from "./runtime.ts";
import type { Gateway } from "./service.ts";

export type SettleInput = {
  /** Earlier runs of this plan in this tenant. */
  readonly runs: readonly Run[];
  readonly observed: Observed;
  /** What this run would make or undo, as `@kind/key`: nothing else is waited for. */
  readonly wanted: ReadonlySet<string>;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of `--allow unanswered=N`: up to so many are made again at once. */
  readonly allow?: number;
  /** Called before it begins to wait, with the names of what is looked for. */
  readonly onWait?: (names: readonly string[]) => void;
};

/** A create that must not be repeated yet. */
export type Waiting = RecentCreate & { readonly from: Instant };

export type Settlement = {
  /** With what was found meanwhile. */
  readonly observed: Observed;
  /** For the journal of the run that now begins. */
  readonly settled: readonly Settled[];
  /** Not to be made in this run; empty where `allow` lets them all pass. Oldest first. */
  readonly waiting: readonly Waiting[];
};

const resourceOf = (create: RecentCreate, list: Known<readonly ResourceOf<Kind>[]>): ResourceOf<Kind> | undefined => {
  if (list.type !== "present") return undefined;
  const mark = markIn(create.settings);
  return list.value.find((each) => each.id === create.id || (mark !== undefined && bears(each, mark)));
};

/** `observed` with a kind's list read anew; a list that now fails leaves the old one, which was read. */
const withList = <K extends Kind>(observed: Observed, kind: K, list: Known<readonly ResourceOf<K>[]>): Observed =>
  list.type === "present"
    ? { ...observed, resources: { ...observed.resources, [kind]: { type: "present", value: [...list.value].sort((a, b) => byText(a.id, b.id)) } } }
    : observed;

const withMembers = async ({ gateway }: SettleInput, observed: Observed, groups: readonly ObjectId[]): Promise<Observed> => {
  const members = new Map<ObjectId, Known<IdIndex>>(observed.members);
  for (const group of groups) if (!members.has(group)) members.set(group, await gateway.members(group));
  return { ...observed, members };
};

/**
 * Waits up to 120 s for what does not show. Writes nothing, neither to the tenant nor to a journal.
 *
 * @throws the signal's reason when it is interrupted while waiting.
 */
export const settle = async (input: SettleInput): Promise<Settlement> => {
  const { gateway, clock, signal, wanted } = input;
  let observed = input.observed;
  const found = (create: RecentCreate): ResourceOf<Kind> | undefined => resourceOf(create, observed.resources[create.kind]);
  const isYoung = ({ sentAt }: RecentCreate): boolean => clock.now() - sentAt < GIVEN_UP_AFTER_MS;
  // What could not be read holds everything of its kind back already.
  const open = createsOf(input.runs).filter(({ kind }) => observed.resources[kind].type !== "unknown");
  const missing = (): readonly RecentCreate[] =>
    open.filter((create) => wanted.has(refOf(create.kind, create.key)) && isYoung(create) && found(create) === undefined);

  const first = missing();
  if (first.length > 0) {
    input.onWait?.(first.map(({ name }) => name));
    const looked = await lookAgain(clock, signal, clock.now() + LAG_BOUND_MS, async () => {
      const kinds = new Set(missing().map(({ kind }) => kind));
      for (const kind of KINDS) if (kinds.has(kind)) observed = withList(observed, kind, await gateway.list(kind));
      return missing().length === 0;
    });
    if (!looked) throw signal.reason;
    const late = first.flatMap((create) => (create.kind === "cohort-group" ? (found(create)?.id ?? []) : []));
    observed = await withMembers(input, observed, late);
  }

  const at = clock.now();
  const gone = first.filter((create) => found(create) === undefined);
  const allowed = input.allow !== undefined && gone.length <= input.allow;
  const settled = open.flatMap((create): readonly Settled[] => {
    const there = found(create);
    const entry = { type: "settled", at, run: create.run, step: create.step } as const;
    // Of one that was answered the id is known: there is nothing to find out, but that it was deleted or lags.
    if (there !== undefined) return create.id === undefined ? [{ ...entry, found: there.id }] : [];
    if (gone.includes(create)) return allowed ? [entry] : [];
    return create.id === undefined && !isYoung(create) ? [entry] : [];
  });
  return { observed, settled, waiting: allowed ? [] : gone.map((create) => ({ ...create, from: create.sentAt + GIVEN_UP_AFTER_MS })) };
};
