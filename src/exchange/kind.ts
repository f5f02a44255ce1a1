/** What a file of a kind gives that Exchange Online keeps: reading what is there, and performing steps on it. */

import type { Step, StepId, StepOutcome } from "../core/changes.ts";
import type { Kind, ResourceOf } from "../core/tenant.ts";
import { outcomeOf } from "../graph/errors.ts";
import type { MadeIds } from "../service.ts";
import type { ExchangeClient, ItemReply } from "./client.ts";

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

export const outcomeFrom = (reply: ItemReply): StepOutcome =>
  reply.type === "done" ? { type: "done" } : reply.type === "unsent" ? { type: "left-out", because: "interrupted before it was sent" } : outcomeOf(reply.error);
