/** What speaks for a mailbox, and so for its account: holds, other people, where its mail goes on to. Exchange facts, sections 4 to 6. */

import type { MailFacts } from "../core/accounts/facts.ts";
import { type Known, type ObjectId, present, unknown } from "../core/tenant.ts";
import { flagIn, listIn, objectIn, optionalText, sortedOnce, textIn, Unreadable, type WireObject } from "../graph/wire.ts";
import type { Cmdlet, ExchangeClient, ItemReply } from "./client.ts";
import { isNotFound } from "./errors.ts";

/** Whose mailbox, by the account's id, and the account's own addresses in lower case: who is there under one of them is nobody else. */
export type MailboxOwner = { readonly id: ObjectId; readonly addresses: readonly string[] };

const HOLDS = ["LitigationHoldEnabled", "ComplianceTagHoldApplied", "DelayHoldApplied", "DelayReleaseHoldApplied"] as const;

const cmdletsFor = (id: ObjectId): readonly [mailbox: Cmdlet, permissions: Cmdlet, senders: Cmdlet] => [
  {
    name: "Get-Mailbox",
    parameters: { Identity: id },
    select: ["ExternalDirectoryObjectId", ...HOLDS, "InPlaceHolds", "ForwardingAddress", "ForwardingSmtpAddress", "GrantSendOnBehalfTo"],
  },
  { name: "Get-MailboxPermission", parameters: { Identity: id }, select: ["User", "AccessRights", "IsInherited", "Deny"] },
  { name: "Get-RecipientPermission", parameters: { Identity: id }, select: ["Trustee", "AccessRights", "AccessControlType", "IsInherited"] },
];
const CMDLETS = 3;

const textsIn = (value: unknown, where: string): readonly string[] =>
  value === undefined || value === null ? [] : listIn(value, where).map((each) => textIn(each, where));

/** `smtp:` stands before an address of the wide world. */
const forwardsTo = (wire: WireObject): string | undefined => {
  const found = [wire["ForwardingAddress"], wire["ForwardingSmtpAddress"]].flatMap((value) => {
    const text = optionalText(value, "where mail goes on to")?.replace(/^smtp:/i, "");
    return text === undefined || text === "" ? [] : [text];
  });
  return found.length === 0 ? undefined : found.join(" and ");
};

/**
 * A policy that leaves this mailbox out stands among the holds as well, with a minus (Purview, identify a hold on an Exchange Online mailbox).
 * A policy for the whole organization stands in none of them, and would hold everybody.
 */
const isHeld = (wire: WireObject): boolean =>
  HOLDS.map((name) => flagIn(wire[name], "whether a mailbox is on hold")).some(Boolean) ||
  listIn(wire["InPlaceHolds"], "the holds of a mailbox").some((hold) => !textIn(hold, "a hold").startsWith("-"));

type OfMailbox = Omit<MailFacts, "delegates"> & { readonly behalf: readonly string[] };

const mailboxIn = (id: ObjectId, values: readonly unknown[]): OfMailbox => {
  const [only, ...more] = values;
  if (more.length > 0) throw new Unreadable("the answer", "about one mailbox");
  const wire = objectIn(only, "a mailbox");
  const owner = optionalText(wire["ExternalDirectoryObjectId"], "the account of a mailbox") ?? "";
  if (owner !== "" && owner.toLowerCase() !== id) throw new Unreadable("the answer", "about that mailbox");
  return { onHold: isHeld(wire), forwardsTo: forwardsTo(wire), behalf: textsIn(wire["GrantSendOnBehalfTo"], "who may send on behalf") };
};

/** In which form switches come is not confirmed; what does not say yes plainly says no. */
const saysYes = (value: unknown): boolean =>
  value === true ||
  (typeof value === "string" && value.toLowerCase() === "true") ||
  (typeof value === "object" && value !== null && "IsPresent" in value && value.IsPresent === true);

/** The owner, as the system has it. */
const SELF = /(?:^|\\)SELF$|^S-1-5-10$/i;

/** Whom rows of permissions name; inherited ones are those of administrators and of the service, which every mailbox has. */
const namedIn = (values: readonly unknown[], who: "User" | "Trustee", isDenied: (wire: WireObject) => boolean): readonly string[] =>
  values.flatMap((value) => {
    const wire = objectIn(value, "a permission");
    const name = textIn(wire[who], "whose permission it is");
    return SELF.test(name) || saysYes(wire["IsInherited"]) || isDenied(wire) ? [] : [name];
  });

const permittedIn = (values: readonly unknown[]): readonly string[] => namedIn(values, "User", (wire) => saysYes(wire["Deny"]));
const sendersIn = (values: readonly unknown[]): readonly string[] => namedIn(values, "Trustee", (wire) => wire["AccessControlType"] === "Deny");

const UNSENT = unknown("it was not asked for");

/** @returns what was read, or why it was not */
const objectsOf = (reply: ItemReply): Known<readonly unknown[]> => {
  if (reply.type === "done") return present(reply.objects);
  if (reply.type === "unsent") return UNSENT;
  if (isNotFound(reply)) return unknown("Exchange Online has no such mailbox, though the account is said to have one");
  const { status, message } = reply.error;
  return { type: "unknown", because: message, ...((status === 401 || status === 403) && { denied: true as const }) };
};

const factsFrom = ({ id, addresses }: MailboxOwner, replies: readonly ItemReply[]): Known<MailFacts> => {
  const [mailbox = UNSENT, permissions = UNSENT, senders = UNSENT] = replies.map(objectsOf);
  if (mailbox.type !== "present") return mailbox;
  if (permissions.type !== "present") return permissions;
  if (senders.type !== "present") return senders;
  try {
    const { behalf, ...facts } = mailboxIn(id, mailbox.value);
    const named = [...behalf, ...permittedIn(permissions.value), ...sendersIn(senders.value)];
    return present({ ...facts, delegates: sortedOnce(named.filter((name) => !addresses.includes(name.toLowerCase()))) });
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return unknown(`what Exchange Online answered could not be read: ${error.message}`);
  }
};

/** So many mailboxes' answers are held at once. */
const AT_ONCE = 300;

/** A grant that is missing is missing for all of them, and nobody is asked about the others. */
const deniedFor = (facts: readonly Known<MailFacts>[]): Known<never> | undefined => {
  const [first] = facts;
  const isDenied = facts.every((each) => each.type === "unknown" && each.denied === true);
  return first?.type === "unknown" && isDenied ? first : undefined;
};

/**
 * Three cmdlets a mailbox, ten to a request. What could not be read is unknown.
 *
 * @param told called with each account as soon as its last answer is there
 * @returns the missing grant, where there is one; in the order of the owners
 * @throws whatever aborted the connection
 */
export const readMailFacts = async (
  client: ExchangeClient,
  owners: readonly MailboxOwner[],
  told: () => void,
): Promise<{ readonly facts: ReadonlyMap<ObjectId, Known<MailFacts>>; readonly denied: Known<never> | undefined }> => {
  const facts = new Map<ObjectId, Known<MailFacts>>();
  let denied: Known<never> | undefined;
  for (let from = 0; from < owners.length; from += AT_ONCE) {
    const some = owners.slice(from, from + AT_ONCE);
    if (denied !== undefined) {
      for (const { id } of some) {
        facts.set(id, denied);
        told();
      }
      continue;
    }
    const came = new Map<number, number>();
    const replies = await client.batch(
      some.flatMap(({ id }) => cmdletsFor(id)),
      (place) => {
        const owner = Math.floor(place / CMDLETS);
        const count = (came.get(owner) ?? 0) + 1;
        came.set(owner, count);
        if (count === CMDLETS) told();
      },
    );
    client.signal.throwIfAborted();
    const read = some.map((owner, at) => [owner.id, factsFrom(owner, replies.slice(at * CMDLETS, (at + 1) * CMDLETS))] as const);
    for (const [id, known] of read) facts.set(id, known);
    denied = deniedFor(read.map(([, known]) => known));
  }
  return { facts, denied };
};
