/** What a file of a kind gives that Exchange Online keeps: reading what is there, and performing steps on it. */

import type { Step, StepId, StepOutcome } from "../core/changes.ts";
import type { Kind, ResourceOf } from "../core/tenant.ts";
import { outcomeOf } from "../graph/errors.ts";
import { unreadableAnswer } from "../graph/pager.ts";
import { Unreadable, type WireObject } from "../graph/wire.ts";
import { type MadeIds, ServiceError } from "../service.ts";
import type { Cmdlet, ExchangeClient, ItemReply } from "./client.ts";
import { isObject } from "./sending.ts";

export type ExchangePerforming = {
  readonly client: ExchangeClient;
  /** Ids of what this run made. */
  readonly made: MadeIds;
  /** Awaited directly before a create leaves. */
  readonly beforeSend: (step: StepId) => Promise<void>;
  readonly settle: (step: Step, outcome: StepOutcome) => void;
  /** Told how many mailboxes have their answer, as batches come back. */
  readonly progress: (done: number) => void;
};

export type ExchangeAdapter<K extends Kind> = {
  /** None for a kind that is no resource. @throws ServiceError */
  readonly list?: (client: ExchangeClient) => Promise<readonly ResourceOf<K>[]>;
  /** Settles every step. */
  readonly perform: (context: ExchangePerforming, steps: readonly Step[]) => Promise<void>;
};

/** What an answer holds of which a tenant has exactly one. @param what in words: `transport configuration` @throws ServiceError */
export const onlyOne = async <T>(client: ExchangeClient, cmdlet: Cmdlet, what: string, read: (object: WireObject) => T | Promise<T>): Promise<T> => {
  const { objects } = await client.run(cmdlet);
  const [only, ...more] = objects;
  const unreadable = (why: string): ServiceError => unreadableAnswer({ method: "POST", path: `/adminapi/beta/${cmdlet.name}` }, why);
  if (!isObject(only) || more.length > 0) throw unreadable(`there is not exactly one ${what}`);
  try {
    return await read(only);
  } catch (error) {
    throw error instanceof Unreadable ? unreadable(error.message) : error;
  }
};

/** One cmdlet for a step; not sent once the connection was aborted. */
export const performOne = async (client: ExchangeClient, cmdlet: Cmdlet): Promise<StepOutcome> => {
  if (client.signal.aborted) return outcomeFrom({ type: "unsent" });
  try {
    await client.run(cmdlet);
    return { type: "done" };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return outcomeFrom({ type: "failed", error, exception: undefined });
  }
};

export const outcomeFrom = (reply: ItemReply): StepOutcome =>
  reply.type === "done" ? { type: "done" } : reply.type === "unsent" ? { type: "left-out", because: "interrupted before it was sent" } : outcomeOf(reply.error);
