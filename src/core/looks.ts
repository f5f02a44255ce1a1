/**
 * What a whole look found, kept so that the next ones need look at less. It is only an optimisation: where it is lost, wrong or
 * old, the next look is a whole one.
 */

import { byText } from "./canonical.ts";
import type { PhaseLine, SetAside } from "./document.ts";
import { digestOf } from "./hash.ts";
import { createsOf, GIVEN_UP_AFTER_MS, type Run } from "./journal.ts";
import type { Observed } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import { isLetIn, progressOf } from "./progress.ts";
import { type Instant, KINDS, type Kind, type ObjectId, type ResourceOf } from "./tenant.ts";

/** People come and go, and mailboxes drift, which a short look does not read: they wait no longer than this. */
const WHOLE_EVERY_MS = 6 * 3_600_000;

export type Look = {
  readonly schema: 1;
  /** Of this tool: another one may want something else of the same plan. */
  readonly version: string;
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  readonly plan: { readonly id: string; readonly name: string; readonly file: string };
  /** When the whole look began. */
  readonly at: Instant;
  /** From when on it says nothing any more. */
  readonly until: Instant;
  /** The plan and the lists that it names, by their whole paths. */
  readonly files: readonly { readonly path: string; readonly digest: string }[];
  /** Which runs this machine knew of. */
  readonly journals: string;
  /** What was listed of each kind that the plan is about. */
  readonly lists: readonly { readonly kind: Kind; readonly digest: string }[];
  readonly phases: readonly Pick<PhaseLine, "id" | "title" | "starts" | "state">[];
  readonly setAside?: SetAside;
};

export const listDigest = (list: readonly ResourceOf<Kind>[]): string => digestOf(JSON.stringify(list));

export const journalsDigest = (names: readonly string[]): string => digestOf([...names].sort(byText).join("\n"));

/** The first moment after this one at which the plan wants something else, whatever the tenant does. */
const nextTurn = (plan: Plan, observed: Observed, moment: Instant): Instant => {
  const progress = progressOf(observed, plan.id);
  const letIn = progress.type === "present" ? (progress.value.letIn ?? []).filter((each) => isLetIn(each, moment)).map(({ until }) => until) : [];
  const starts = plan.phases.flatMap((phase) => [phase.starts.instant, ...(phase.reportOnlyFrom === undefined ? [] : [phase.reportOnlyFrom.instant])]);
  return Math.min(...[...starts, ...letIn].filter((each) => each > moment));
};

export type Looked = {
  readonly plan: Plan;
  readonly moment: Instant;
  readonly observed: Observed;
  readonly runs: readonly Run[];
  readonly phases: readonly PhaseLine[];
  readonly setAside?: SetAside;
};

/** Something may come of it by itself at any time, and nobody can say when: people register, an account of a list is no longer spoken for. */
const isUnsettled = ({ observed, runs, phases, moment }: Looked): boolean =>
  phases.some(({ state }) => state === "waiting" || state === "due") ||
  (observed.listed?.type === "present" && observed.listed.value.accounts.size > 0) ||
  createsOf(runs).some(({ id, sentAt }) => id === undefined && moment - sentAt < GIVEN_UP_AFTER_MS);

/**
 * What a whole look that found nothing to do leaves to the next ones.
 *
 * @returns undefined where the next look has to be a whole one as well.
 */
export const lookToKeep = (looked: Looked, kept: Pick<Look, "version" | "files" | "journals"> & { readonly tenant: Look["tenant"] }): Look | undefined => {
  const { plan, moment, observed, phases } = looked;
  if (isUnsettled(looked)) return undefined;
  const lists = KINDS.flatMap((kind) => {
    const list = observed.resources[kind];
    return list.type === "present" ? [{ kind, digest: listDigest(list.value) }] : [];
  });
  return {
    schema: 1,
    version: kept.version,
    tenant: kept.tenant,
    plan: { id: plan.id, name: plan.name, file: plan.file },
    at: moment,
    until: Math.min(moment + WHOLE_EVERY_MS, nextTurn(plan, observed, moment)),
    files: kept.files,
    journals: kept.journals,
    lists,
    phases: phases.map(({ id, title, starts, state }) => ({ id, title, starts, state })),
    ...(looked.setAside !== undefined && { setAside: looked.setAside }),
  };
};

/** What can be told without the tenant: why this look has to be a whole one; undefined: it may be short. */
export const whyWhole = (
  look: Look | undefined,
  now: Pick<Look, "version" | "files" | "journals"> & { readonly at: Instant; readonly tenant: ObjectId },
): string | undefined => {
  if (look === undefined) return "nothing is known of an earlier look";
  if (look.version !== now.version || look.tenant.id !== now.tenant) return "the last whole look was another version's, or at another tenant";
  if (now.at < look.at) return "the clock went back";
  if (now.at >= look.until) return look.until - look.at === WHOLE_EVERY_MS ? "the last whole look was hours ago" : "a moment of the plan has come";
  const isSame =
    look.files.length === now.files.length && look.files.every((file, at) => file.path === now.files[at]?.path && file.digest === now.files[at]?.digest);
  if (!isSame) return "the plan, or a list that it names, was changed";
  if (look.journals !== now.journals) return "there was another run since";
  return undefined;
};
