/** A run while it is under way: what it was given, what it has done, and how a step is left out. */

import { type LookOnceMore, listedIn } from "./account-waves.ts";
import type { AccountState } from "./core/accounts/facts.ts";
import type { Entry, Step, StepId, StepOutcome } from "./core/changes.ts";
import type { Observed } from "./core/observed.ts";
import type { Kind, ObjectId, ResourceOf } from "./core/tenant.ts";
import type { ReadingBack } from "./read-back.ts";
import type { Clock } from "./runtime.ts";
import type { Gateway } from "./service.ts";

export type ApplyProgress = {
  readonly doing: "reading" | "writing" | "reading back";
  readonly kind: Kind;
  /** Steps of the whole run; accounts while these are read again. */
  readonly done: number;
  readonly total: number;
  /** Of accounts of a list, what is made of them: they are looked at, written and read back twenty by twenty, which is told as one thing. */
  readonly to?: AccountState;
};

export type ApplyInput = {
  /** In an order in which each comes behind those it stands on. */
  readonly steps: readonly Step[];
  readonly gateway: Gateway;
  readonly journal: { readonly append: (entries: readonly Entry[]) => Promise<void> };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What the steps were worked out from. */
  readonly observed: Observed;
  /** Keys, as `@kind/key`, that must not be made in this run, and why. */
  readonly leaveOut?: ReadonlyMap<string, string>;
  readonly progress?: (progress: ApplyProgress) => void;
  /** Without it nothing is taken from accounts. */
  readonly lookOnceMore?: LookOnceMore;
  /** The plan of which another machine may make the same at the same moment; without it nobody looks. */
  readonly twinsOf?: string;
  /** What is done about policies that appeared when security defaults went off. Their steps stand on nothing, and their ids are new. */
  readonly appeared?: (policies: readonly ResourceOf<"conditional-access">[]) => readonly Step[];
};

export const INTERRUPTED = "interrupted before it was begun";
export const leftOut = (because: string): StepOutcome => ({ type: "left-out", because });

export type Work = ReadingBack & {
  readonly input: ApplyInput;
  readonly outcomes: Map<StepId, StepOutcome>;
  readonly remarks: Map<StepId, string>;
  /** Accounts that the last look left out, with their reasons, for people alone. */
  readonly spared: Map<StepId, readonly string[]>;
  /** How many accounts were seen to have become so. */
  readonly reached: Map<AccountState, number>;
  /** The same map as `made`, to be written. */
  readonly ids: Map<string, ObjectId>;
  /** What this run wrote itself: that it moved is no surprise. */
  readonly own: Set<ObjectId>;
};

/** Each account is read by itself, so that of many it takes a while. */
export const tellingOf =
  ({ input }: Work, doing: ApplyProgress["doing"], total: number, kind: Kind = "per-user-mfa") =>
  (done: number): void =>
    input.progress?.({ doing, kind, done, total });

/** People count accounts, and a step is twenty of them. @returns undefined for a wave that is about none of a list */
export const tellingOfAccounts = ({ input, outcomes }: Work, wave: readonly Step[]): ((done: number) => void) | undefined => {
  const write = wave[0]?.write;
  if (write?.type !== "set-accounts") return undefined;
  const { kind, to } = write;
  const all = input.steps.filter((step) => step.kind === kind && step.write.type === "set-accounts" && step.write.to === to);
  const before = listedIn(all.filter(({ id }) => outcomes.has(id))).length;
  const total = listedIn(all).length;
  return (done) => input.progress?.({ doing: "writing", kind, done: before + done, total, to });
};

export const leave = async (work: Work, steps: readonly Step[], because: (step: Step) => string): Promise<void> => {
  const at = work.clock.now();
  const entries = steps.flatMap((step): readonly Entry[] => {
    const outcome = leftOut(because(step));
    work.outcomes.set(step.id, outcome);
    return [
      { type: "intent", at, step },
      { type: "outcome", at, step: step.id, outcome },
    ];
  });
  if (entries.length > 0) await work.input.journal.append(entries);
};
