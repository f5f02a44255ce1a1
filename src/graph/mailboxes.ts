/** What mailboxes are for, of a few accounts: no list tells it (facts, section 7.7), so twenty are asked in one. */

import type { Mailbox } from "../core/reports/deletable.ts";
import type { ObjectId } from "../core/tenant.ts";
import type { ServiceError } from "../service.ts";
import { type BatchAnswer, type BatchItem, sendBatches } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { isObject } from "./wire.ts";

/** CSDL: `userPurpose`. A linked mailbox is one person's, whose account is elsewhere; `others` says nothing. */
const PURPOSES: Readonly<Record<string, Mailbox>> = { user: "user", linked: "user", shared: "shared", room: "room", equipment: "equipment" };

/** The account has no mailbox in Exchange Online. Any other refusal says nothing, a 404 included. */
const NONE = "MailboxNotEnabledForRESTAPI";

/** The question, and what its answer says: what the mailbox is for, or the refusal. */
export const purposeItem = (id: ObjectId): BatchItem => ({ method: "GET", path: `/users/${id}/mailboxSettings/userPurpose` });

export const mailboxIn = (answer: BatchAnswer | undefined): Mailbox | ServiceError => {
  if (answer === undefined || answer.type === "unsent") return "unknown";
  if (answer.type === "failed") return answer.error.status === 404 && answer.error.code === NONE ? "none" : answer.error;
  const word = isObject(answer.body) ? (answer.body.value ?? answer.body.userPurpose) : undefined;
  return (typeof word === "string" ? PURPOSES[word.toLowerCase()] : undefined) ?? "unknown";
};

export type MailboxesRead = {
  /** In the order of the ids. */
  readonly mailboxes: readonly Mailbox[];
  /** The first of the refusals, if there were any: those mailboxes are unknown. */
  readonly error: ServiceError | undefined;
};

/** Never rejects for a read that failed; rejects with whatever aborted the connection. */
export const mailboxesOf = async (client: GraphClient, ids: readonly ObjectId[]): Promise<MailboxesRead> => {
  const answers = await sendBatches(client, ids.map(purposeItem));
  client.signal.throwIfAborted();
  const found = ids.map((_, place) => mailboxIn(answers[place]));
  const refused = found.flatMap((each) => (typeof each === "string" ? [] : [each]));
  return { mailboxes: found.map((each) => (typeof each === "string" ? each : "unknown")), error: refused[0] };
};
