/**
 * The lines of a snapshot, read as they come, unpacked where they are packed. First line: `{"format": "entra-rollout snapshot 2", "takenAt":
 * ISO 8601}`, and `"pseudonymised": true` where its names are made up. Then one resource a line, `{"path": where Graph lists it, "value": the service's own JSON}`. Last line: `{"end": true, "resources": how many}`.
 */

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Files, Instant } from "../runtime.ts";
import type { WireObject } from "./fill.ts";
import { PackedBadly, unpacked } from "./gunzip.ts";

const FAMILY = "entra-rollout snapshot ";
/** Those that are read. What an older one cannot hold is missing there. */
const FORMATS: readonly number[] = [1, 2];

/** Longer than anything the service says of one resource. */
const LONGEST_LINE = 4_000_000;

/** The file is no snapshot, or not a whole one. */
export class SnapshotUnusable extends Error {
  /** Counted from 1; undefined when it is about the file as a whole. */
  readonly line: number | undefined;

  constructor(path: string, line: number | undefined, because: string) {
    super(`${path}${line === undefined ? "" : `:${line}`}: ${because}`);
    this.name = "SnapshotUnusable";
    this.line = line;
  }
}

export type Line = { readonly number: number; readonly text: string };

/**
 * Lines without their ends, of which Windows has another sort; a byte order mark is left out.
 * @throws SnapshotUnusable for what is no UTF-8 or goes on without an end
 */
async function* linesOf(files: Pick<Files, "chunks">, path: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let number = 0;
  const decoded = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new SnapshotUnusable(path, number + 1, "it is no UTF-8 text");
    }
  };
  const lineOf = (text: string): Line => {
    number += 1;
    return { number, text: text.endsWith("\r") ? text.slice(0, -1) : text };
  };
  for await (const chunk of unpacked(files.chunks(path))) {
    const parts = (rest + decoded(chunk)).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw new SnapshotUnusable(path, number + parts.length + 1, "the line is too long to be a resource");
    for (const part of parts) yield lineOf(part);
  }
  rest += decoded();
  if (rest !== "") yield lineOf(rest);
}

const headerSchema = z.strictObject({ format: z.string(), takenAt: z.iso.datetime(), pseudonymised: z.literal(true).optional() });
const resourceSchema = z.strictObject({
  path: z.string(),
  value: z.custom<WireObject>((value) => typeof value === "object" && value !== null && !Array.isArray(value)),
});
const endSchema = z.strictObject({ end: z.literal(true), resources: z.number().int() });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export type Resource = { readonly line: number; readonly path: string; readonly value: WireObject };

export type Read = {
  readonly takenAt: Instant;
  /** SHA-256 of the lines, whatever stands between them. */
  readonly digest: string;
};

const takenAtIn = (path: string, { number, text }: Line): Instant => {
  const value = parsed(text);
  const found = headerSchema.safeParse(value);
  const format = z.object({ format: z.string() }).safeParse(value);
  const version = format.success && format.data.format.startsWith(FAMILY) ? Number(format.data.format.slice(FAMILY.length)) : Number.NaN;
  const newest = Math.max(...FORMATS);
  if (Number.isInteger(version) && version > newest)
    throw new SnapshotUnusable(
      path,
      number,
      `a newer version wrote it, in format ${version}, and this one reads up to ${newest}: read it with that one, or write it anew with this one`,
    );
  if (!found.success || !FORMATS.includes(version)) throw new SnapshotUnusable(path, number, "it is no snapshot");
  return Date.parse(found.data.takenAt);
};

/** The lines up to where the file cannot be unpacked. */
async function* whole(lines: AsyncIterable<Line>, path: string, last: () => number): AsyncGenerator<Line> {
  try {
    yield* lines;
  } catch (error) {
    throw error instanceof PackedBadly ? new SnapshotUnusable(path, last() + 1, error.message) : error;
  }
}

/**
 * Reads a snapshot line by line.
 * @param take gets each resource in turn; a reason that it gives back is why the line cannot be used
 * @throws SnapshotUnusable; Node's errors when the file cannot be read
 */
export const readResources = async (files: Pick<Files, "chunks">, path: string, take: (resource: Resource) => string | undefined): Promise<Read> => {
  const hash = createHash("sha256");
  let takenAt: Instant | undefined;
  let resources = 0;
  let ended = false;
  let last = 0;
  for await (const line of whole(linesOf(files, path), path, () => last)) {
    const { number, text } = line;
    last = number;
    hash.update(`${text}\n`);
    if (ended) throw new SnapshotUnusable(path, number, "it goes on after its end");
    if (takenAt === undefined) {
      takenAt = takenAtIn(path, line);
      continue;
    }
    const value = parsed(text);
    const resource = resourceSchema.safeParse(value);
    if (resource.success) {
      resources += 1;
      const against = take({ line: number, ...resource.data });
      if (against !== undefined) throw new SnapshotUnusable(path, number, against);
      continue;
    }
    const end = endSchema.safeParse(value);
    if (!end.success) throw new SnapshotUnusable(path, number, value === undefined ? "the line is cut short or no JSON" : "the line is no resource");
    if (end.data.resources !== resources)
      throw new SnapshotUnusable(
        path,
        number,
        `${resources} resources stand before its end, and ${end.data.resources} were written: lines are missing or were added`,
      );
    ended = true;
  }
  if (takenAt === undefined) throw new SnapshotUnusable(path, undefined, "it is empty");
  if (!ended) throw new SnapshotUnusable(path, last, "it ends here without its last line: it was cut short, or is still being written");
  return { takenAt, digest: hash.digest("hex") };
};
