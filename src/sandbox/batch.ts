/** `$batch`: up to twenty requests in one (json-batching). */

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Instant } from "../runtime.ts";
import { type Dispatch, type Incoming, type Outcome, type Reply, refusalReply } from "./dispatch.ts";
import type { Json, WireObject } from "./fill.ts";
import { notBuilt, Refusal } from "./refusal.ts";

const MOST = 20;

const json = z.custom<Json>(() => true);

const itemSchema = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  method: z.string().transform((method) => method.toUpperCase()),
  url: z.string().min(1),
  dependsOn: z.array(z.string()).exactOptional(),
  headers: z.record(z.string(), z.string()).exactOptional(),
  body: json.optional(),
});
const batchSchema = z.object({ requests: z.array(z.unknown()) });

type Item = z.output<typeof itemSchema>;

type BatchPart = { readonly method: string; readonly target: string; readonly status: number };

export type BatchOutcome = { readonly outcome: Outcome; readonly parts: readonly BatchPart[] };

const bad = (message: string): Refusal => new Refusal(400, "BadRequest", message);

const headerOf = (item: Item, name: string): string | undefined =>
  Object.entries(item.headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

const JSON_TYPE = /^application\/(?:[a-z.+-]*\+)?json\b/i;

/** @throws Refusal 400 for the whole batch */
const itemsOf = (body: Json | undefined): readonly Item[] => {
  const batch = batchSchema.safeParse(body);
  if (!batch.success) throw bad("Invalid batch payload format.");
  const { requests } = batch.data;
  if (requests.length === 0) throw bad("Invalid batch payload format. At least one request is needed.");
  if (requests.length > MOST) throw bad(`Number of batch request steps exceeds the maximum value of ${MOST}.`);
  const items = requests.map((request) => {
    const item = itemSchema.safeParse(request);
    if (!item.success) throw bad("Invalid batch payload format. Every request needs an id, a method and a url.");
    return item.data;
  });
  const ids = new Set<string>();
  for (const item of items) {
    const id = item.id.toLowerCase();
    if (ids.has(id)) throw bad(`Request Id ${item.id} is not unique in the batch.`);
    ids.add(id);
  }
  const earlier = new Set<string>();
  for (const item of items) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(item.url) || item.url.startsWith("//")) throw bad(`The url of request ${item.id} is not relative.`);
    if (/^\/?\$batch\b/i.test(item.url)) throw bad(`Request ${item.id} is a batch itself.`);
    if (item.body !== undefined && item.body !== null && headerOf(item, "Content-Type") === undefined)
      throw bad(`Write request id : ${item.id} does not contain Content-Type header or body.`);
    for (const other of item.dependsOn ?? []) {
      // What a request depends on stands before it, or the service refuses the whole (microsoftgraph/msgraph-sdk-java#2109).
      if (!earlier.has(other.toLowerCase())) throw bad(`Invalid dependency for request Id: ${item.id}.`);
    }
    earlier.add(item.id.toLowerCase());
  }
  return items;
};

const incomingOf = (item: Item, batch: Incoming): Incoming => {
  const isJson = JSON_TYPE.test(headerOf(item, "Content-Type") ?? "");
  const hasBody = item.body !== undefined && item.body !== null;
  return {
    method: item.method,
    version: batch.version,
    target: item.url.startsWith("/") ? item.url : `/${item.url}`,
    root: batch.root,
    header: (name) => headerOf(item, name),
    body: hasBody ? (isJson ? { type: "json", value: item.body ?? null } : { type: "unreadable" }) : { type: "none" },
    requestId: batch.requestId,
    clientRequestId: headerOf(item, "client-request-id") ?? batch.clientRequestId,
  };
};

const responseOf = (id: string, reply: Reply): WireObject => ({
  id,
  status: reply.status,
  headers: { ...(reply.body === undefined ? {} : { "Content-Type": "application/json" }), ...reply.headers },
  ...(reply.body === undefined ? {} : { body: reply.body }),
});

/** The status is documented, code and text are unconfirmed. */
const failedDependency = (item: Item): Refusal =>
  new Refusal(424, "FailedDependency", `Request ${item.id} was not done because one that it depends on failed.`);

// The service answers in any order; this tenant mixes it on purpose, the same way every time.
const mixed = (seed: string, responses: readonly WireObject[]): readonly WireObject[] => {
  const rank = (response: WireObject): string =>
    createHash("sha256")
      .update(`${seed} ${String(response["id"])}`)
      .digest("hex");
  return responses
    .map((response) => ({ response, rank: rank(response) }))
    .sort((left, right) => (left.rank < right.rank ? -1 : 1))
    .map(({ response }) => response);
};

/** @throws Refusal 400 when the batch as a whole is refused */
export const runBatch = async (dispatch: Dispatch, batch: Incoming, now: Instant): Promise<BatchOutcome> => {
  if (batch.body.type !== "json") throw bad("Invalid batch payload format.");
  const items = itemsOf(batch.body.value);
  const replies = new Map<string, Reply>();
  const parts: BatchPart[] = [];
  let spoilt: Outcome | undefined;
  let isCut = false;

  const run = async (item: Item, incoming: Incoming): Promise<Reply> => {
    const outcome = await dispatch(incoming);
    const reply: Reply =
      outcome.type === "reply" || outcome.type === "cut" ? outcome.reply : { status: outcome.type === "html" ? outcome.status : 0, headers: {} };
    if (outcome.type === "cut") isCut = true;
    if (outcome.type === "drop" || (outcome.type === "html" && spoilt?.type !== "drop")) spoilt = outcome;
    parts.push({ method: item.method, target: incoming.target, status: reply.status });
    if (reply.text === undefined) return reply;
    return refusalReply(notBuilt("answers in plain text inside $batch"), incoming, now);
  };

  for (const item of items) {
    const failed = (item.dependsOn ?? []).some((id) => (replies.get(id.toLowerCase())?.status ?? 0) >= 400);
    const incoming = incomingOf(item, batch);
    const reply = failed ? refusalReply(failedDependency(item), incoming, now) : await run(item, incoming);
    if (failed) parts.push({ method: item.method, target: incoming.target, status: reply.status });
    replies.set(item.id.toLowerCase(), reply);
  }
  if (spoilt !== undefined) return { outcome: spoilt, parts };
  const responses = items.flatMap((item) => {
    const reply = replies.get(item.id.toLowerCase());
    return reply === undefined ? [] : [responseOf(item.id, reply)];
  });
  const reply: Reply = { status: 200, headers: {}, body: { responses: mixed(batch.requestId, responses) } };
  return { outcome: { type: isCut ? "cut" : "reply", reply }, parts };
};
