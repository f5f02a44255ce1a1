/** What a file of a kind gives: reading the resources of the tenant, and performing steps on them. */

import type { ArchivedAccount } from "../core/accounts/facts.ts";
import type { Step, StepId, StepOutcome } from "../core/changes.ts";
import { isRef, type Kind, type ObjectId, type ResourceOf, type Settings, type SettingsOf } from "../core/tenant.ts";
import { type MadeIds, ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { outcomeOf } from "./errors.ts";

export type Performing = {
  readonly client: GraphClient;
  /** Ids of what this run made. */
  readonly made: MadeIds;
  /** Ids of what this connection made: the service may not know them everywhere yet. */
  readonly fresh: ReadonlySet<ObjectId>;
  readonly beforeSend: (step: StepId) => Promise<void>;
  /** A random GUID. */
  readonly uuid: () => string;
  /** An account that is gone for good, as it was kept before it was deleted. */
  readonly archived?: (id: ObjectId) => ArchivedAccount | undefined;
  readonly settle: (step: Step, outcome: StepOutcome) => void;
};

export type KindAdapter<K extends Kind> = {
  /** Ours and foreign; of what is tenant-wide a list of one. None for a kind that is no resource. @throws ServiceError */
  readonly list?: (client: GraphClient) => Promise<readonly ResourceOf<K>[]>;
  /**
   * One that was just made and that the list does not show yet; undefined when it cannot be seen by its id either. Not
   * there where a call costs a second: those lists are looked at again as a whole.
   * @throws ServiceError
   */
  readonly get?: (client: GraphClient, id: ObjectId) => Promise<ResourceOf<K> | undefined>;
  /** Settles every step. Throws only what `beforeSend` threw. */
  readonly perform: (context: Performing, steps: readonly Step[]) => Promise<void>;
};

/** How long a write waits for something that was just made to be known everywhere. UNCONFIRMED in facts, section 5. */
export const REPLICATION_MS = 60_000;

export const INTERRUPTED = { type: "left-out", because: "interrupted before it was sent" } as const satisfies StepOutcome;

export const isGroupSettings = (settings: Settings): settings is SettingsOf["cohort-group"] => "description" in settings && !("grant" in settings);
export const isLocationSettings = (settings: Settings): settings is SettingsOf["named-location"] => "sort" in settings;
export const isMethodsSettings = (settings: Settings): settings is SettingsOf["authentication-methods"] => "methods" in settings;
export const isCampaignSettings = (settings: Settings): settings is SettingsOf["registration-campaign"] => "snoozeDays" in settings;
export const isPolicySettings = (settings: Settings): settings is SettingsOf["conditional-access"] => "grant" in settings;
export const isDefaultsSettings = (settings: Settings): settings is SettingsOf["security-defaults"] => "enabled" in settings;

/**
 * The object id that a reference stands for in this run.
 * @returns an id stays as it is; undefined for a reference to what was not made.
 */
export const resolved = (reference: string, made: MadeIds): ObjectId | undefined => (isRef(reference) ? made.get(reference) : reference);

/** A step that stands on something that is not there is never sent. */
export const missing = (references: readonly string[]): StepOutcome => ({
  type: "left-out",
  because: `it stands on ${references.map((reference) => reference.slice(1)).join(", ")}, which ${references.length === 1 ? "has" : "have"} no object id in this tenant yet`,
});

export const mismatch = (step: Step): StepOutcome => ({
  type: "refused",
  error: { status: 0, code: "WrongStep", message: `${step.name}: a ${step.write.type} is nothing that a ${step.kind} can do` },
});

/** Runs the write of one step and says what came of it; an abort before it left leaves it out. */
const settled = async (context: Performing, work: () => Promise<StepOutcome>): Promise<StepOutcome> => {
  if (context.client.signal.aborted) return INTERRUPTED;
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServiceError) return outcomeOf(error);
    // Writes are never aborted once they have left, so what an abort ends is a wait before one.
    if (context.client.signal.aborted) return INTERRUPTED;
    throw error;
  }
};

export const performEach = async (context: Performing, steps: readonly Step[], one: (step: Step) => Promise<StepOutcome>): Promise<void> => {
  for (const step of steps) context.settle(step, await settled(context, () => one(step)));
};

/** A delete of what is not there has nothing left to do. */
export const deleted = async (client: GraphClient, path: string): Promise<StepOutcome> => {
  try {
    await client.send({ method: "DELETE", path });
  } catch (error) {
    if (!(error instanceof ServiceError && error.status === 404)) throw error;
  }
  return { type: "done" };
};

/**
 * Sends a create or restore. An answer that says yes but whose content cannot be read means that it is there and
 * nobody knows its id: unknown, so that it is looked for by its mark.
 */
export const createdFrom = async <K extends Kind>(client: GraphClient, ask: Ask, read: (body: unknown) => ResourceOf<K>): Promise<StepOutcome> => {
  const answer = await client.send(ask);
  try {
    const resource = read(answer.body);
    return { type: "done", id: resource.id, settings: resource.settings };
  } catch (error) {
    return {
      type: "unknown",
      because: `the service said ${answer.status} to ${ask.method} ${ask.path}, but its answer could not be read: ${error instanceof Error ? error.message : "no reason"}`,
    };
  }
};

/**
 * Takes a resource out of the deleted items, which can be asked for twice: it comes back with the id that it had. What is
 * not among them may be back already and not be listed yet.
 */
export const restoredFrom = async <K extends Kind>(client: GraphClient, ask: Ask, read: (body: unknown) => ResourceOf<K>): Promise<StepOutcome> => {
  try {
    return await createdFrom(client, ask, read);
  } catch (error) {
    if (!(error instanceof ServiceError && error.status === 404)) throw error;
    return { type: "unknown", because: "it is not among the deleted items any more" };
  }
};

/**
 * Tries again while the service does not yet know everywhere what was just made.
 * @param look awaited before each further try, to see whether it has arrived.
 */
export const onceReplicated = async (
  client: GraphClient,
  isTooEarly: (error: ServiceError) => boolean,
  send: () => Promise<StepOutcome>,
  look?: () => Promise<void>,
): Promise<StepOutcome> => {
  const until = client.clock.now() + REPLICATION_MS;
  for (let pause = 2_000; ; pause = Math.min(pause * 2, 15_000)) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.outcome !== "refused" || !isTooEarly(error) || client.clock.now() + pause > until) throw error;
      await client.clock.sleep(pause, client.signal);
      await look?.();
    }
  }
};
