/**
 * Who asked what: every request to the service, the parts of a batch as requests of their own. Kept beside the tenant,
 * for people and tests; never a header or a body. A kill may lose the last rows, which no promise rests on.
 */

import { z } from "zod";
import type { Files, Instant } from "../runtime.ts";

const rowSchema = z.object({
  /** Counted from 1. */
  n: z.number().int(),
  /** ISO 8601, by the tenant's clock. */
  at: z.string(),
  method: z.string(),
  /** Path and query with the version: `/v1.0/groups?$top=5`. */
  path: z.string(),
  /** 0 when the connection was lost instead of an answer. */
  status: z.number().int(),
  /** The `n` of the batch that it was part of. */
  batch: z.number().int().exactOptional(),
});

type RequestRow = z.output<typeof rowSchema>;
export type RequestNote = { readonly at: Instant; readonly method: string; readonly path: string; readonly status: number };

export type RequestLog = {
  /** How many there are. */
  readonly count: () => number;
  /** A request that was answered, with its parts when it was a batch. */
  readonly add: (request: RequestNote, parts: readonly RequestNote[]) => void;
  /** Rows from a number on. */
  readonly since: (n: number) => readonly RequestRow[];
  /** Writes out what is not on disk yet. */
  readonly close: () => Promise<void>;
};

const rowsIn = (text: string): RequestRow[] => {
  const rows: RequestRow[] = [];
  for (const line of text.split("\n")) {
    try {
      const row = rowSchema.safeParse(JSON.parse(line));
      if (row.success) rows.push(row.data);
    } catch {
      // An empty or torn line.
    }
  }
  return rows;
};

export const openRequestLog = async (files: Files, path: string): Promise<RequestLog> => {
  const size = await files.size(path);
  const text = size === undefined ? "" : Buffer.from(await files.read(path)).toString("utf8");
  const rows = rowsIn(text);
  let last = rows.at(-1)?.n ?? 0;
  let pending = text === "" || text.endsWith("\n") ? "" : "\n";
  let writing: Promise<void> | undefined;

  const writeOut = async (): Promise<void> => {
    while (pending !== "") {
      const lines = pending;
      pending = "";
      await files.extend(path, lines);
    }
  };
  // In the background, many rows at a time: no answer waits for it. An error shows at `close`.
  const start = (): void => {
    if (writing !== undefined) return;
    writing = writeOut().finally(() => {
      writing = undefined;
    });
    writing.catch(() => undefined);
  };
  const keep = (note: RequestNote, batch: number | undefined): number => {
    last += 1;
    const row: RequestRow = {
      n: last,
      at: new Date(note.at).toISOString(),
      method: note.method,
      path: note.path,
      status: note.status,
      ...(batch === undefined ? {} : { batch }),
    };
    rows.push(row);
    pending += `${JSON.stringify(row)}\n`;
    return last;
  };

  return {
    count: () => last,
    add: (request, parts) => {
      const n = keep(request, undefined);
      for (const part of parts) keep(part, n);
      start();
    },
    since: (n) => rows.filter((row) => row.n >= n),
    close: async () => {
      await writing;
      await writeOut();
    },
  };
};
