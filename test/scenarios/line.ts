/** The line between the command line and the service on a bad day: answers that are lost, late pages of a proxy, faults. */

import type { Fetch } from "../../src/runtime.ts";

/** `done`: whether the service did what it was asked before the answer went wrong. */
export type Trouble =
  | { readonly type: "lost"; readonly done: boolean }
  | { readonly type: "status"; readonly status: 500 | 502 | 503 | 504; readonly done: boolean }
  | { readonly type: "page"; readonly status: 200 | 502; readonly done: boolean }
  /** Done, and the answer ends in the middle. */
  | { readonly type: "cut" }
  /** Of a batch one item fails; other writes fail as a whole. */
  | { readonly type: "item"; readonly status: 500 | 503; readonly done: boolean }
  /** Of a batch one item is done and not answered. */
  | { readonly type: "item-unanswered" };

export const TROUBLES: readonly Trouble[] = [
  ...[true, false].flatMap((done): readonly Trouble[] => [
    { type: "lost", done },
    ...([500, 502, 503, 504] as const).map((status): Trouble => ({ type: "status", status, done })),
    { type: "page", status: 502, done },
    { type: "page", status: 200, done },
    { type: "item", status: 503, done },
    { type: "item", status: 500, done },
  ]),
  { type: "cut" },
  { type: "item-unanswered" },
];

const PAGE = "<html><head><title>Bad gateway</title></head><body>The proxy could not reach the server</body></html>";

const lost = (): TypeError => new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });

const fault = (status: number): unknown => ({
  error: { code: status === 503 ? "serviceNotAvailable" : "UnknownError", message: "Something went wrong.", innerError: {} },
});

const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

const isWrite = (request: Request): boolean => request.method !== "GET" && !new URL(request.url).pathname.startsWith("/_practice");

const isBatch = (request: Request): boolean => new URL(request.url).pathname.endsWith("/$batch");

type Batch = { readonly requests: readonly { readonly id: string }[] };
type Answers = { readonly responses: readonly { readonly id: string }[] };

/** The item in the middle is the one that fails. */
const batchWith = async (fetch: Fetch, request: Request, trouble: Extract<Trouble, { readonly type: "item" | "item-unanswered" }>): Promise<Response> => {
  const { requests } = JSON.parse(await request.clone().text()) as Batch;
  const victim = requests[Math.floor(requests.length / 2)]?.id;
  const others = requests.filter(({ id }) => id !== victim);
  const isDone = trouble.type === "item-unanswered" || trouble.done;
  const sent = isDone ? requests : others;
  const answered: Answers =
    sent.length === 0
      ? { responses: [] }
      : ((await (
          await fetch(new Request(request.url, { method: "POST", headers: request.headers, body: JSON.stringify({ requests: sent }) }))
        ).json()) as Answers);
  const rest = answered.responses.filter(({ id }) => id !== victim);
  const told = trouble.type === "item" ? [{ id: victim ?? "", status: trouble.status, headers: {}, body: fault(trouble.status) }] : [];
  return json(200, { responses: [...rest, ...told] });
};

const troubled = async (fetch: Fetch, request: Request, trouble: Trouble): Promise<Response> => {
  if (trouble.type === "item" || trouble.type === "item-unanswered") {
    if (isBatch(request)) return batchWith(fetch, request, trouble);
    return troubled(fetch, request, trouble.type === "item" ? { type: "status", status: trouble.status, done: trouble.done } : { type: "lost", done: true });
  }
  const answer = trouble.type === "cut" || trouble.done ? await fetch(request) : undefined;
  const text = (await answer?.text()) ?? "";
  switch (trouble.type) {
    case "lost":
      throw lost();
    case "status":
      return json(trouble.status, fault(trouble.status));
    case "page":
      return new Response(PAGE, { status: trouble.status, headers: { "content-type": "text/html" } });
    case "cut": {
      const status = answer?.status ?? 500;
      return status === 204 ? new Response(null, { status }) : new Response(text.slice(0, text.length / 2), { status });
    }
  }
};

/** `PATCH /groups/ID`: what sort of write it is. */
const sortOf = (request: Request): string =>
  `${request.method} ${new URL(request.url).pathname.replace("/v1.0", "").replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID")}`;

/**
 * @param fetch the service at the other end.
 * @param at which of the writes, counted from 0, the trouble hits; none: every write.
 * @returns the line, and the sorts of the writes that went over it.
 */
export const badLine = (fetch: Fetch, trouble?: Trouble, at?: number): { readonly fetch: Fetch; readonly writes: readonly string[] } => {
  const writes: string[] = [];
  return {
    fetch: async (request) => {
      if (!isWrite(request)) return fetch(request);
      writes.push(sortOf(request));
      return trouble !== undefined && (at === undefined || at === writes.length - 1) ? troubled(fetch, request, trouble) : fetch(request);
    },
    writes,
  };
};
