/** Many small requests in one: `$batch`, twenty at a time. Facts, section 4. */

import { withRights } from "../core/permissions/words.ts";
import { ServiceError } from "../service.ts";
import { type Ask, BATCH_PATH, type GraphClient, LONGEST_SLOW_DOWN_MS, type Method } from "./client.ts";
import { complaintOf } from "./errors.ts";
import { isObject } from "./wire.ts";

export const BATCH_SIZE = 20;

/** `path` is below the version. A query in it is already encoded. */
export type BatchItem = { readonly method: Method; readonly path: string; readonly body?: unknown };

/** All items of a batch are of the version that the batch itself is sent to. */
type BatchVersion = "v1.0" | "beta";

export type BatchAnswer =
  | { readonly type: "done"; readonly status: number; readonly body: unknown }
  | { readonly type: "failed"; readonly error: ServiceError }
  /** The connection was aborted first. */
  | { readonly type: "unsent" };

type Raw = { readonly status: number; readonly headers: Headers; readonly body: unknown };

const headersOf = (value: unknown): Headers => {
  const headers = new Headers();
  if (!isObject(value)) return headers;
  for (const [name, text] of Object.entries(value)) {
    if (/^[A-Za-z0-9-]+$/.test(name) && (typeof text === "string" || typeof text === "number") && !/[^\t\x20-\x7e]/.test(String(text)))
      headers.set(name, String(text));
  }
  return headers;
};

/** Answers by id; ids compare without regard to case. An id that was answered twice counts as not answered. */
const answersById = (body: unknown): ReadonlyMap<string, Raw> | undefined => {
  if (!isObject(body) || !Array.isArray(body.responses)) return undefined;
  const answers = new Map<string, Raw>();
  const twice = new Set<string>();
  for (const response of body.responses) {
    if (!isObject(response) || !Number.isInteger(Number(response.status))) continue;
    if (typeof response.id !== "string" && typeof response.id !== "number") continue;
    const id = String(response.id).toLowerCase();
    if (answers.has(id)) twice.add(id);
    answers.set(id, { status: Number(response.status), headers: headersOf(response.headers), body: response.body });
  }
  for (const id of twice) answers.delete(id);
  return answers;
};

/** A sentence names the resource; the query is for whoever looks at the error itself. */
const namedIn = ({ method, path }: BatchItem): string => `${method} ${path.split("?", 1)[0] ?? path}`;

const unanswered = (item: BatchItem, version: BatchVersion, why: string): ReadAnswer => ({
  type: "failed",
  error: new ServiceError({
    method: item.method,
    path: `/${version}${item.path}`,
    status: 0,
    code: "NoAnswer",
    message: `nobody can say whether ${namedIn(item)} was done: ${why}`,
    outcome: "unknown",
  }),
});

const answerOf = (client: GraphClient, item: BatchItem, version: BatchVersion, raw: Raw): BatchAnswer => {
  const { status } = raw;
  if (status >= 200 && status < 300) return { type: "done", status, body: raw.body };
  const complaint = complaintOf(status, typeof raw.body === "string" ? raw.body : JSON.stringify(raw.body ?? ""));
  const refused = (status >= 400 && status < 500 && status !== 408) || status === 501;
  const code = client.cleaned(complaint.code);
  const label = code === String(status) ? code : `${status} ${code}`;
  const said = withRights(client.cleaned(complaint.message), status, code, item.method, `/${version}${item.path}`);
  return {
    type: "failed",
    error: new ServiceError({
      method: item.method,
      path: `/${version}${item.path}`,
      status,
      code,
      message: `the service answered ${label} to ${namedIn(item)}: ${said}`,
      requestId: raw.headers.get("request-id") ?? complaint.requestId,
      outcome: refused ? "refused" : "unknown",
    }),
  };
};

/** A batch that failed as a whole after it had left says nothing of its items; one that was refused did none of them. */
const failedAll = (item: BatchItem, version: BatchVersion, error: ServiceError): BatchAnswer => ({
  type: "failed",
  error: new ServiceError({
    method: item.method,
    path: `/${version}${item.path}`,
    status: error.status,
    code: error.code,
    message: error.message,
    requestId: error.requestId,
    outcome: error.outcome,
    cause: error.cause,
  }),
});

const askFor = (client: GraphClient, pack: readonly { readonly id: string; readonly item: BatchItem }[], version: BatchVersion): Ask => ({
  method: "POST",
  path: BATCH_PATH,
  ...(version === "beta" && { address: `${client.origin}/beta${BATCH_PATH}` }),
  body: {
    requests: pack.map(({ id, item }) => ({
      id,
      method: item.method,
      url: item.path,
      ...(item.body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: item.body }),
    })),
  },
});

/**
 * Sends the items, twenty to a request, one request after another. An item that was throttled slows the whole
 * connection down and is sent again, alone or with the others of its kind; the rest of its batch is not.
 *
 * @returns one answer an item, in their order. Never rejects for an answer of the service, nor for an abort.
 */
export const sendBatches = async (client: GraphClient, items: readonly BatchItem[], version: BatchVersion = "v1.0"): Promise<readonly BatchAnswer[]> => {
  const answers = new Map<number, BatchAnswer>();
  const throttledSince = new Map<number, number>();
  let waiting = items.map((_, place) => place);
  while (waiting.length > 0) {
    const places = waiting.slice(0, BATCH_SIZE);
    const again: number[] = [];
    const pack = places.flatMap((place) => {
      const item = items[place];
      return item === undefined ? [] : [{ id: String(place + 1), place, item }];
    });
    try {
      const answer = await client.send(askFor(client, pack, version));
      const { started } = answer;
      const byId = answersById(answer.body);
      for (const { id, place, item } of pack) {
        const raw = byId?.get(id);
        if (raw === undefined) {
          answers.set(
            place,
            unanswered(item, version, byId === undefined ? "the answer to the batch could not be read" : "the batch came back without an answer to it"),
          );
        } else if (raw.status === 429) {
          client.slowDown(raw.headers, started);
          const since = throttledSince.get(place) ?? started;
          throttledSince.set(place, since);
          if (client.clock.now() - since > LONGEST_SLOW_DOWN_MS) answers.set(place, answerOf(client, item, version, raw));
          else again.push(place);
        } else answers.set(place, answerOf(client, item, version, raw));
      }
      if (again.length === 0) client.letThrough(started);
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        // A batch that has left is waited for, so what an abort cuts short is a wait before it.
        if (client.signal.aborted) break;
        throw error;
      }
      for (const { place, item } of pack) answers.set(place, failedAll(item, version, error));
    }
    waiting = [...again, ...waiting.slice(places.length)];
  }
  return items.map((_, place) => answers.get(place) ?? { type: "unsent" });
};

// ---- reading

/** Tries of a read, the first one included; the client repeats no POST by itself. */
const READ_TRIES = 4;
const FIRST_PAUSE_MS = 1_000;

export type ReadAnswer = Exclude<BatchAnswer, { readonly type: "unsent" }>;

/** What a bad moment was to blame for. */
const isUnclear = ({ outcome }: ServiceError): boolean => outcome === "unknown";

/**
 * Reads: those that a bad moment came between are asked again, they alone.
 *
 * @param isBadMoment what another try may help against
 * @returns one answer an item, in their order. Rejects with whatever aborted the connection, and for nothing else.
 */
export const readBatches = async (
  client: GraphClient,
  items: readonly BatchItem[],
  isBadMoment: (error: ServiceError) => boolean = isUnclear,
): Promise<readonly ReadAnswer[]> => {
  const answers = new Map<number, ReadAnswer>();
  let places = items.map((_, place) => place);
  for (let tries = 1, pause = FIRST_PAUSE_MS; ; tries += 1, pause *= 2) {
    const asked = places.flatMap((place) => {
      const item = items[place];
      return item === undefined ? [] : [{ place, item }];
    });
    client.signal.throwIfAborted();
    const got = await sendBatches(
      client,
      asked.map(({ item }) => item),
    );
    client.signal.throwIfAborted();
    places = [];
    for (const [at, { place, item }] of asked.entries()) {
      const answer = got[at];
      const told = answer === undefined || answer.type === "unsent" ? unanswered(item, "v1.0", "it was not sent") : answer;
      answers.set(place, told);
      if (told.type === "failed" && isBadMoment(told.error)) places.push(place);
    }
    if (places.length === 0 || tries >= READ_TRIES) break;
    await client.clock.sleep(pause, client.signal);
  }
  return items.map((item, place) => answers.get(place) ?? unanswered(item, "v1.0", "it was not sent"));
};

/** So many groups of reads side by side, each of which sends several batches at once. */
const LANES = 3;

/** Twenty ids at a time, some of them side by side. @throws what `read` throws; those after it are not begun then. */
export const twentyAtATime = async (ids: readonly string[], read: (some: readonly string[]) => Promise<void>): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < ids.length) {
      const some = ids.slice(next, next + BATCH_SIZE);
      next += BATCH_SIZE;
      try {
        await read(some);
      } catch (error) {
        next = ids.length;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
};
