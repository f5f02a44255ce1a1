/**
 * One connection to Exchange Online: cmdlets as JSON, alone or ten at a time. What the service's own PowerShell module uses;
 * there is no contract for others, so every answer is looked at before it is believed. Exchange facts, sections 2 to 6.
 */

import { CHALLENGE } from "../graph/challenge.ts";
import type { Clock } from "../runtime.ts";
import { ServiceError } from "../service.ts";
import { batched, type ItemReply, mayRepeat, sentFor, type Wire } from "./batches.ts";
import { missingGrant, type Offered } from "./grants.ts";
import { type Cmdlet, createSender, type ExchangeConnection, isObject, PageGone, type Reply, type Sender, type Sent, unread } from "./sending.ts";

export type { ItemReply } from "./batches.ts";
export type { Cmdlet, ExchangeConnection, Reply } from "./sending.ts";

export type Fold<T> = { readonly take: (object: unknown) => void; readonly done: () => T };

export type ExchangeClient = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /**
   * Every object, page after page, each page from the server of the first; no page is kept. `begin` is called anew when the list
   * has to be begun anew. @throws ServiceError; a list is whole or an error.
   */
  readonly fold: <T>(cmdlet: Cmdlet, begin: () => Fold<T>, progress?: (done: number) => void) => Promise<T>;
  /** All objects at once, of what there are few of. @throws ServiceError */
  readonly list: (cmdlet: Cmdlet) => Promise<readonly unknown[]>;
  readonly run: (cmdlet: Cmdlet) => Promise<Reply>;
  /**
   * Ten to a request, a few requests side by side; those that a moment was bad for are sent again.
   * @param told called for each cmdlet as soon as its reply is final, by its place
   * @returns one reply a cmdlet, in their order. Never rejects for an answer of the service, nor for an abort.
   */
  readonly batch: (cmdlets: readonly Cmdlet[], told?: (place: number, reply: ItemReply) => void) => Promise<readonly ItemReply[]>;
  /** Names of the cmdlets that the service offers to this caller. */
  readonly offered: () => Promise<ReadonlySet<string>>;
};

/** What a list that is not whole says of itself. */
const CUT_SHORT = /there are more results available/i;
const MOST_PAGES = 2_000;
/** Of the module of which this is the interface. */
const MODULE = "/EXOModuleFile?Version=3.9.2";

const NEEDS_IDENTITY = /^Set-(CASMailbox|CASMailboxPlan|Mailbox|User)$/;

/** A cmdlet that is given no identity means every object there is. @throws RangeError */
const checked = ({ name, parameters }: Cmdlet): void => {
  const identity = parameters["Identity"];
  if (identity === undefined && !NEEDS_IDENTITY.test(name)) return;
  if (typeof identity !== "string" || identity.trim() === "") throw new RangeError(`${name} was given no identity`);
};

const foldOnce = async <T>(sender: Sender, wire: Wire, cmdlet: Cmdlet, { take, done }: Fold<T>, progress: (done: number) => void): Promise<T> => {
  let count = 0;
  const seen = new Set<string>();
  let sent = sentFor(wire, cmdlet);
  for (let pages = 1; ; pages += 1) {
    const { raw, body } = await sender.send(sent, true);
    const page = sender.replyIn(sent, raw, body);
    for (const object of page.objects) take(object);
    count += page.objects.length;
    progress(count);
    const next = isObject(body) ? body["@odata.nextLink"] : undefined;
    if (next === undefined || next === null) {
      if (page.warnings.some((warning) => CUT_SHORT.test(warning))) throw sender.errorOf(sent, 0, unread("CutShort", "the list is not whole"));
      return done();
    }
    if (typeof next !== "string" || seen.has(next) || pages >= MOST_PAGES) throw sender.errorOf(sent, 0, unread("UnreadablePages", "its pages lead nowhere"));
    seen.add(next);
    sent = sentFor(wire, cmdlet, next);
  }
};

// ---- the client

export const createExchangeClient = (connection: ExchangeConnection): ExchangeClient => {
  const { clock, signal, origin, tenant, anchor } = connection;
  const sender = createSender(connection);
  const connectionId = connection.uuid();
  const wire: Wire = {
    root: `${origin}/adminapi/beta/${tenant}`,
    headers: (cmdlet, prefer) => ({
      "Content-Type": "application/json; charset=utf-8",
      Accept: "application/json",
      "X-AnchorMailbox": anchor,
      "X-CmdletName": cmdlet,
      "X-ResponseFormat": "json",
      Prefer: prefer,
      "connection-id": connectionId,
    }),
  };
  const offered = async (): Promise<ReadonlySet<string>> => {
    const sent: Sent = {
      method: "GET",
      address: `${origin}/adminapi/v1.0/${tenant}${MODULE}`,
      cmdlet: "EXOModuleFile",
      headers: { Accept: "application/json", "X-AnchorMailbox": anchor, CommandName: "*" },
    };
    const { raw, body } = await sender.send(sent, true);
    const [first] = sender.replyIn(sent, raw, body).objects;
    const names = isObject(first) ? first["exportedCmdlets"] : undefined;
    if (typeof names !== "string") throw sender.errorOf(sent, 0, unread("UnreadableAnswer", "it names no cmdlets"));
    return new Set(names.split(",").map((name) => name.trim()));
  };

  let asked: Promise<Offered> | undefined;
  const offeredOnce = (): Promise<Offered> => {
    asked ??= offered().catch((error: unknown) => {
      if (error instanceof ServiceError) return error.status === 401 || error.status === 403 ? "refused" : "unknown";
      throw error;
    });
    return asked;
  };

  /** The same error with which grant is missing, where that is what it is about and can be told. */
  const told = async (error: ServiceError, cmdlet: string): Promise<ServiceError> => {
    if (!sender.isAboutGrants(error) || error.code === CHALLENGE || signal.aborted) return error;
    // What the service says itself is not talked over.
    const why = missingGrant(error.status, cmdlet, sender.claims(), error.status === 401 ? "unknown" : await offeredOnce());
    if (why === undefined) return error;
    const { method, path, status, code, requestId, outcome } = error;
    return new ServiceError({ method, path, status, code, requestId, outcome, message: `Exchange Online answered ${status} to ${cmdlet}: ${why}` });
  };
  const telling = async <T>(cmdlet: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw error instanceof ServiceError ? await told(error, cmdlet) : error;
    }
  };

  const fold: ExchangeClient["fold"] = (cmdlet, begin, progress = () => undefined) => {
    checked(cmdlet);
    const once = () => foldOnce(sender, wire, cmdlet, begin(), progress);
    const shown = (error: unknown): never => {
      throw error instanceof PageGone ? error.error : error;
    };
    return telling(cmdlet.name, () => once().catch((error: unknown) => (error instanceof PageGone ? once().catch(shown) : shown(error))));
  };

  /** One answer for all that were refused for the same reason. */
  const itemsTold = async (cmdlets: readonly Cmdlet[], replies: readonly ItemReply[]): Promise<readonly ItemReply[]> => {
    const errors = new Map<string, ServiceError>();
    const result: ItemReply[] = [];
    for (const [at, reply] of replies.entries()) {
      const name = cmdlets[at]?.name ?? "";
      if (reply.type !== "failed" || !sender.isAboutGrants(reply.error)) {
        result.push(reply);
        continue;
      }
      const error = errors.get(name) ?? (await told(reply.error, name));
      errors.set(name, error);
      result.push({ ...reply, error });
    }
    return result;
  };

  return {
    clock,
    signal,
    run: (cmdlet) =>
      telling(cmdlet.name, async () => {
        checked(cmdlet);
        const sent = sentFor(wire, cmdlet);
        const { raw, body } = await sender.send(sent, mayRepeat(cmdlet));
        return sender.replyIn(sent, raw, body);
      }),
    fold,
    list: (cmdlet) =>
      fold(cmdlet, () => {
        const objects: unknown[] = [];
        return { take: (object) => objects.push(object), done: () => objects };
      }),
    batch: (cmdlets, each = () => undefined) => {
      for (const cmdlet of cmdlets) checked(cmdlet);
      return batched(connection, sender, wire, cmdlets, each).then((replies) => itemsTold(cmdlets, replies));
    },
    offered,
  };
};
