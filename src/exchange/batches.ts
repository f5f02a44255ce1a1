/** Cmdlets as requests, ten to one where there are many. Exchange facts, sections 3 and 5. */

import { claimsIn } from "../graph/challenge.ts";
import type { Instant } from "../runtime.ts";
import { ServiceError, type TokenWish } from "../service.ts";
import { type Complaint, complaintOf, isThrottled, isTransient } from "./errors.ts";
import { type Cmdlet, type ExchangeConnection, isObject, LONGEST_SLOW_DOWN_MS, type Reply, type Sender, type Sent, TRIES, unread } from "./sending.ts";

const BATCH_SIZE = 10;
/** Batches side by side: a mailbox takes the service up to a second, and a tenant may have only so many calls open at once. */
const LANES = 3;

export type ItemReply =
  | ({ readonly type: "done" } & Reply)
  | { readonly type: "failed"; readonly error: ServiceError; readonly exception: string | undefined }
  /** The connection was aborted first. */
  | { readonly type: "unsent" };

/** All but making something are the same when done twice. */
export const mayRepeat = ({ name }: Cmdlet): boolean => !name.startsWith("New-");

export type Wire = { readonly root: string; readonly headers: (cmdlet: string, prefer: string) => Readonly<Record<string, string>> };

const addressOf = ({ root }: Wire, { select }: Cmdlet): string => `${root}/InvokeCommand${select === undefined ? "" : `?$select=${select.join(",")}`}`;
const inputOf = ({ name, parameters }: Cmdlet) => ({ CmdletInput: { CmdletName: name, Parameters: parameters } });

const PAGE = "odata.maxpagesize=1000";
export const sentFor = (wire: Wire, cmdlet: Cmdlet, address = addressOf(wire, cmdlet)): Sent => ({
  method: "POST",
  address,
  cmdlet: cmdlet.name,
  headers: wire.headers(cmdlet.name, PAGE),
  body: JSON.stringify(inputOf(cmdlet)),
});

type Response = { readonly status: number; readonly headers: Headers; readonly body: unknown };

const headersIn = (value: unknown): Headers => {
  const headers = new Headers();
  for (const [name, text] of Object.entries(isObject(value) ? value : {})) {
    if (/^[A-Za-z0-9-]+$/.test(name) && typeof text === "string" && !/[^\t\x20-\x7e]/.test(text)) headers.set(name, text);
  }
  return headers;
};

/** By id, without regard to case; one that was answered twice counts as not answered. */
const responsesIn = (body: unknown): ReadonlyMap<string, Response> => {
  const found = new Map<string, Response>();
  const twice = new Set<string>();
  for (const each of isObject(body) && Array.isArray(body["responses"]) ? body["responses"] : []) {
    if (!isObject(each) || typeof each["id"] !== "string" || !Number.isInteger(Number(each["status"]))) continue;
    const id = each["id"].toLowerCase();
    if (found.has(id)) twice.add(id);
    found.set(id, { status: Number(each["status"]), headers: headersIn(each["headers"]), body: each["body"] });
  }
  for (const id of twice) found.delete(id);
  return found;
};

const textIn = (body: unknown): string | undefined =>
  body === undefined || body === null ? undefined : typeof body === "string" ? body : JSON.stringify(body);

/** How an item is to be sent once more: after a wait, or with another token. */
type Again = { readonly type: "again"; readonly headers: Headers } | { readonly type: "renew"; readonly claims: string | undefined };

export const batched = async (
  connection: ExchangeConnection,
  sender: Sender,
  wire: Wire,
  cmdlets: readonly Cmdlet[],
  told: (place: number, reply: ItemReply) => void,
): Promise<readonly ItemReply[]> => {
  const { clock, signal, uuid, anchor } = connection;
  const replies = new Map<number, ItemReply>();
  const tries = new Map<number, number>();
  /** When those that have to be sent again were first answered. */
  const firsts = new Map<number, Instant>();
  const begunAt = (place: number): Instant => {
    const first = firsts.get(place) ?? clock.now();
    firsts.set(place, first);
    return first;
  };
  let lanes = LANES;
  const settle = (place: number, reply: ItemReply): void => {
    replies.set(place, reply);
    told(place, reply);
  };

  const packed = (items: readonly { readonly id: string; readonly cmdlet: Cmdlet }[], token: string): Sent => {
    const name = items[0]?.cmdlet.name ?? "";
    return {
      method: "POST",
      address: `${wire.root}/$batch`,
      cmdlet: name,
      headers: wire.headers(name, "odata.continue-on-error"),
      body: JSON.stringify({
        requests: items.map(({ id, cmdlet }) => ({
          id,
          method: "POST",
          url: addressOf(wire, cmdlet),
          headers: {
            Authorization: `Bearer ${token}`,
            "Content-Type": "application/json; charset=utf-8",
            Accept: "application/json",
            "X-AnchorMailbox": anchor,
            "X-CmdletName": cmdlet.name,
            Prefer: `${PAGE};odata.continue-on-error`,
          },
          body: inputOf(cmdlet),
        })),
      }),
    };
  };

  /** What is missing for one is missing for all that are still to come. */
  let refusal: { readonly error: ServiceError; readonly exception: string | undefined } | undefined;
  const renewed = new Set<number>();

  /** @returns what is to be said of one item, or how long to wait before it is sent again. */
  const judged = (place: number, cmdlet: Cmdlet, sent: Sent, own: Response | undefined): ItemReply | Again => {
    const failed = (status: number, complaint: Complaint, headers?: Headers): ItemReply => ({
      type: "failed",
      error: sender.errorOf({ ...sent, cmdlet: cmdlet.name }, status, complaint, headers?.get("request-id")),
      exception: complaint.exception,
    });
    if (own === undefined) return failed(0, unread("NoAnswer", "the batch came back without an answer to it"));
    if (own.status >= 200 && own.status < 300) {
      try {
        return { type: "done", ...sender.replyIn({ ...sent, cmdlet: cmdlet.name }, own, own.body ?? undefined) };
      } catch (error) {
        if (error instanceof ServiceError) return { type: "failed", error, exception: undefined };
        throw error;
      }
    }
    const complaint = complaintOf(own.status, own.headers, textIn(own.body));
    if (own.status === 401 && !renewed.has(place)) {
      renewed.add(place);
      return { type: "renew", claims: claimsIn(own.headers) };
    }
    const count = (tries.get(place) ?? 0) + 1;
    tries.set(place, count);
    // What was throttled was not begun, so that nothing but time speaks against another try.
    const isAgain = isThrottled(own.status, complaint)
      ? clock.now() - begunAt(place) <= LONGEST_SLOW_DOWN_MS
      : count < TRIES && isTransient(own.status, complaint) && mayRepeat(cmdlet);
    return isAgain ? { type: "again", headers: own.headers } : failed(own.status, complaint, own.headers);
  };

  /** @returns the places that are to be sent once more. */
  const oneBatch = async (places: readonly number[]): Promise<readonly number[]> => {
    const items = places.flatMap((place) => {
      const cmdlet = cmdlets[place];
      return cmdlet === undefined ? [] : [{ place, cmdlet, id: uuid() }];
    });
    let answer: { readonly body: unknown };
    let sent: Sent;
    let token: string;
    try {
      token = await sender.token({});
      sent = packed(items, token);
      answer = await sender.send(
        sent,
        items.every(({ cmdlet }) => mayRepeat(cmdlet)),
      );
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        // What an abort cuts short is a wait before a batch: one that has left is waited for.
        if (signal.aborted) return [];
        throw error;
      }
      for (const { place } of items) settle(place, { type: "failed", error, exception: undefined });
      if (sender.isAboutGrants(error)) refusal = { error, exception: undefined };
      return [];
    }
    const byId = responsesIn(answer.body);
    const again: number[] = [];
    let waits: Headers | undefined;
    let renewal: TokenWish | undefined;
    for (const { place, cmdlet, id } of items) {
      const reply = judged(place, cmdlet, sent, byId.get(id.toLowerCase()));
      if (reply.type !== "again" && reply.type !== "renew") {
        settle(place, reply);
        if (reply.type === "failed" && sender.isAboutGrants(reply.error)) refusal = reply;
        continue;
      }
      again.push(place);
      if (reply.type === "renew") renewal = reply.claims === undefined ? (renewal ?? { fresh: true }) : { claims: reply.claims };
      else if (waits === undefined || reply.headers.has("retry-after")) waits = reply.headers;
    }
    // What could not be renewed is refused with the old one, item by item.
    if (renewal !== undefined) await sender.token({ ...renewal, refused: token }).catch(() => undefined);
    if (waits !== undefined) {
      // It said that it was too much, so that it gets less at once from here on.
      lanes = Math.max(1, lanes - 1);
      await sender.pause(Math.max(...again.map((place) => tries.get(place) ?? 1)), waits).catch(() => undefined);
    }
    return again;
  };

  let waiting = cmdlets.map((_, place) => place);
  const oneLane = async (lane: number): Promise<void> => {
    while (waiting.length > 0 && lane < lanes && refusal === undefined && !signal.aborted) {
      const places = waiting.slice(0, BATCH_SIZE);
      waiting = waiting.slice(places.length);
      const again = await oneBatch(places);
      waiting = [...again, ...waiting];
      if (sender.writesApartMs() > 0 && waiting.length > 0) await clock.sleep(sender.writesApartMs(), signal).catch(() => undefined);
    }
  };
  // A lane that gave way may have left something behind it after the others had ended.
  while (waiting.length > 0 && refusal === undefined && !signal.aborted) {
    const ends = await Promise.allSettled(
      Array.from({ length: lanes }, (_, lane) =>
        oneLane(lane).catch((error: unknown) => {
          // The others end after what has left.
          waiting = [];
          throw error;
        }),
      ),
    );
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
  if (refusal !== undefined) for (const place of waiting) settle(place, { type: "failed", ...refusal });
  return cmdlets.map((_, place) => replies.get(place) ?? { type: "unsent" });
};
