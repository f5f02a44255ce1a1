/** Mailboxes and the protocols that lead to them. Exchange facts, sections 4, 5 and 8. */

import type { MailboxChange, Step, StepOutcome } from "../core/changes.ts";
import { Mailboxes, type MailboxState } from "../core/mailboxes.ts";
import type { Json, MailboxFields, ObjectId, SmtpAuth } from "../core/tenant.ts";
import { mismatch } from "../graph/kind.ts";
import { unreadableAnswer } from "../graph/pager.ts";
import { flagIn, idIn, isId, objectIn, optionalFlag, optionalText, Unreadable } from "../graph/wire.ts";
import type { Cmdlet, ExchangeClient, ItemReply } from "./client.ts";
import { isNotFound } from "./errors.ts";
import { type ExchangeAdapter, outcomeFrom } from "./kind.ts";

const READ: Cmdlet = {
  name: "Get-CASMailbox",
  // The service's own limit is 1,000 a call; whether this lifts it, or the pages do, sources disagree, so both are used.
  parameters: { ResultSize: "Unlimited" },
  select: ["Guid", "ExternalDirectoryObjectId", "Name", "PopEnabled", "ImapEnabled", "ActiveSyncEnabled", "SmtpClientAuthenticationDisabled"],
};

/** Not every row is seen to name its account; these do. */
const READ_OWNERS: Cmdlet = { name: "Get-Mailbox", parameters: { ResultSize: "Unlimited" }, select: ["Guid", "ExternalDirectoryObjectId"] };

/** True is off, false is on, null is whatever the tenant says: the three are three things. */
const smtpIn = (value: unknown): SmtpAuth => {
  const disabled = optionalFlag(value, "whether SMTP AUTH of a mailbox is off");
  return disabled === undefined ? "inherit" : disabled ? "off" : "on";
};

const SMTP_DISABLED = { on: false, off: true, inherit: null } as const satisfies Record<SmtpAuth, boolean | null>;

type Row = { readonly id: ObjectId; readonly owner: ObjectId | undefined; readonly state: MailboxState };

const ownerIn = (value: unknown): ObjectId | undefined => {
  const text = optionalText(value, "the account of a mailbox");
  return text === undefined || !isId(text) ? undefined : text.toLowerCase();
};

/** @throws Unreadable */
const rowIn = (value: unknown): Row => {
  const wire = objectIn(value, "a mailbox");
  return {
    id: idIn(wire["Guid"], "a mailbox's id"),
    owner: ownerIn(wire["ExternalDirectoryObjectId"]),
    state: {
      pop3: flagIn(wire["PopEnabled"], "whether POP3 of a mailbox is on"),
      imap: flagIn(wire["ImapEnabled"], "whether IMAP of a mailbox is on"),
      activeSync: flagIn(wire["ActiveSyncEnabled"], "whether ActiveSync of a mailbox is on"),
      smtpAuth: smtpIn(wire["SmtpClientAuthenticationDisabled"]),
    },
  };
};

const readable = <T>(cmdlet: Cmdlet, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Unreadable) && !(error instanceof RangeError)) throw error;
    throw unreadableAnswer({ method: "POST", path: `/adminapi/beta/${cmdlet.name}` }, error.message);
  }
};

/** Which account each mailbox belongs to, for lists that do not say it themselves. */
const ownersOf = (client: ExchangeClient): Promise<ReadonlyMap<ObjectId, ObjectId>> =>
  client.fold(READ_OWNERS, () => {
    const owners = new Map<ObjectId, ObjectId>();
    return {
      take: (value) =>
        readable(READ_OWNERS, () => {
          const wire = objectIn(value, "a mailbox");
          const owner = ownerIn(wire["ExternalDirectoryObjectId"]);
          if (owner !== undefined) owners.set(idIn(wire["Guid"], "a mailbox's id"), owner);
        }),
      done: () => owners,
    };
  });

/**
 * Every mailbox that belongs to an account. The service's own, such as the one for searches, belong to none and are passed over.
 * @throws ServiceError; one row that cannot be read spoils the list.
 */
export const readMailboxes = async (client: ExchangeClient, progress: (done: number) => void): Promise<Mailboxes> => {
  const { all, ownerless } = await client.fold(
    READ,
    () => {
      const [all, ownerless] = [new Mailboxes(), new Map<ObjectId, MailboxState>()];
      return {
        take: (value) =>
          readable(READ, () => {
            const { id, owner, state } = rowIn(value);
            if (owner === undefined) ownerless.set(id, state);
            else all.add(id, owner, state);
          }),
        done: () => ({ all, ownerless }),
      };
    },
    progress,
  );
  if (ownerless.size === 0) return all;
  const owners = await ownersOf(client);
  for (const [id, state] of ownerless) {
    const owner = owners.get(id);
    if (owner !== undefined) readable(READ_OWNERS, () => all.add(id, owner, state));
  }
  return all;
};

// ---- writing

/** Only what differs goes out, and null as null. */
const parametersOf = ({ pop3, imap, activeSync, smtpAuth }: MailboxFields): { readonly [name: string]: Json } => ({
  ...(pop3 !== undefined && { PopEnabled: pop3 }),
  ...(imap !== undefined && { ImapEnabled: imap }),
  ...(activeSync !== undefined && { ActiveSyncEnabled: activeSync }),
  ...(smtpAuth !== undefined && { SmtpClientAuthenticationDisabled: SMTP_DISABLED[smtpAuth] }),
});

const cmdletFor = ({ id, after }: MailboxChange): Cmdlet => ({ name: "Set-CASMailbox", parameters: { Identity: id, ...parametersOf(after) } });

/** A mailbox that is gone has no protocols: reading back finds it gone as well. */
const isSet = (reply: ItemReply): boolean => reply.type === "done" || (reply.type === "failed" && isNotFound(reply));

/** A step that was done in part is neither done nor refused: reading back tells what arrived. */
const together = (mailboxes: readonly MailboxChange[], replies: readonly ItemReply[]): StepOutcome => {
  const failed = mailboxes.flatMap(({ id }, at) => {
    const reply = replies[at] ?? { type: "unsent" as const };
    return isSet(reply) ? [] : [{ id, outcome: outcomeFrom(reply) }];
  });
  const [first] = failed;
  if (first === undefined) return { type: "done" };
  const { outcome } = first;
  if (failed.length === mailboxes.length && failed.every((each) => each.outcome.type === outcome.type)) return outcome;
  const why = outcome.type === "refused" ? outcome.error.message : "because" in outcome ? outcome.because : outcome.type;
  return {
    type: "unknown",
    because: why,
    lacking: failed.map(({ id }) => id),
    ...(failed.every((each) => each.outcome.type === "refused") && { refused: true }),
  };
};

export const mailboxProtocols: ExchangeAdapter<"mailbox-protocols"> = {
  // One mailbox after the other, across the steps, so that no batch goes half empty.
  perform: async ({ client, settle, progress }, steps) => {
    const parts = steps.map((step: Step) => ({ step, mailboxes: step.write.type === "set-mailboxes" ? step.write.mailboxes : [] }));
    let answered = 0;
    const replies = await client.batch(
      parts.flatMap(({ mailboxes }) => mailboxes.map(cmdletFor)),
      () => {
        answered += 1;
        progress(answered);
      },
    );
    let at = 0;
    for (const { step, mailboxes } of parts) {
      const own = replies.slice(at, at + mailboxes.length);
      at += mailboxes.length;
      settle(step, step.write.type === "set-mailboxes" ? together(mailboxes, own) : mismatch(step));
    }
  },
};
