/** Lists that come in pages. A list is whole or it is an error; a shorter one never passes for a whole one. */

import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { shownPath } from "./hosts.ts";
import { isObject, Unreadable } from "./wire.ts";

/** The token of a following page was no longer good: begin again with the first. Facts, section 5. */
export class ExpiredPages extends ServiceError {}

/** An answer that came, but not in the shape of what was asked for. */
export const unreadableAnswer = (ask: Pick<Ask, "method" | "path" | "version">, what: string): ServiceError =>
  new ServiceError({
    method: ask.method,
    path: `/${ask.version ?? "v1.0"}${ask.path}`,
    status: 200,
    code: "UnreadableAnswer",
    message: `the answer to ${ask.method} ${ask.path} could not be read: ${what}`,
    outcome: "unknown",
  });

/** 404 as well: what was there for the first page cannot be nothing for the next. */
const expired = (error: ServiceError): boolean => error.status === 410 || error.status === 400 || error.status === 404;

/**
 * The pages of a list, each as the rows that it holds. Following pages get the same headers as the first, since
 * `ConsistencyLevel` must be sent again (facts, section 5).
 *
 * @throws ServiceError; `ExpiredPages` when a page after the first is gone, so that the reader can begin anew with
 * nothing in hand
 */
export async function* pagesOf(client: GraphClient, first: Ask): AsyncGenerator<readonly unknown[], void, undefined> {
  const seen = new Set<string>();
  let ask: Ask = first;
  for (;;) {
    const answer = await client.send(ask).catch((error: unknown) => {
      if (ask.address !== undefined && error instanceof ServiceError && expired(error)) {
        throw new ExpiredPages({
          method: error.method,
          path: error.path,
          status: error.status,
          code: error.code,
          message: error.message,
          requestId: error.requestId,
          outcome: error.outcome,
        });
      }
      throw error;
    });
    if (!isObject(answer.body) || !Array.isArray(answer.body.value)) throw unreadableAnswer(first, "a page has no list of values");
    const rows: readonly unknown[] = answer.body.value;
    yield rows;
    const next = answer.body["@odata.nextLink"];
    if (next === undefined || next === null) return;
    if (typeof next !== "string" || next === "") throw unreadableAnswer(first, "the address of the next page is not text");
    if (seen.has(next)) throw unreadableAnswer(first, `the next page is one that was there before (${shownPath(next).slice(0, 80)})`);
    seen.add(next);
    ask = { ...first, address: next };
  }
}

/** Reads once more from the start when the pages expired on the way. `read` begins with nothing each time. */
export const withFreshStart = async <T>(read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ExpiredPages) return await read();
    throw error;
  }
};

/** Turns a shape that could not be read into an error of the service. */
export const readableOr = <T>(ask: Pick<Ask, "method" | "path" | "version">, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) throw unreadableAnswer(ask, error.message);
    throw error;
  }
};

/** A whole list, each row read by `row`. One row that cannot be read spoils the list. */
export const listOf = <T>(client: GraphClient, ask: Ask, row: (value: unknown) => T): Promise<readonly T[]> =>
  withFreshStart(async () => {
    const rows: T[] = [];
    for await (const page of pagesOf(client, ask)) for (const value of page) rows.push(readableOr(ask, () => row(value)));
    return rows;
  });

/** One object. @returns undefined when the service says 404. */
export const oneOf = async <T>(client: GraphClient, ask: Ask, read: (value: unknown) => T): Promise<T | undefined> => {
  try {
    const answer = await client.send(ask);
    return readableOr(ask, () => read(answer.body));
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    throw error;
  }
};
