/**
 * What a practice tenant is on disk: one header line that says what it was filled with, then one line a write. A write is
 * answered only when its line is on disk; a last line that a kill cut short was never answered and is dropped.
 */

import { z } from "zod";
import type { Files, Instant } from "../runtime.ts";
import { dialsSchema } from "./dials.ts";
import type { WireObject } from "./fill.ts";
import { COLLECTIONS, type Entry } from "./store.ts";

const FORMAT = "entra-rollout practice tenant 1";

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  instance: z.string(),
  fill: z.string(),
  /** Null: the fill's own number. */
  accounts: z.number().int().min(0).nullable(),
});

export type Header = Omit<z.output<typeof headerSchema>, "format">;

const wireObject = z.custom<WireObject>((value) => typeof value === "object" && value !== null && !Array.isArray(value));
const instant = z.number();

const entrySchema = z.object({
  at: instant,
  changes: z.array(
    z.discriminatedUnion("type", [
      z.object({
        type: z.literal("put"),
        collection: z.enum(COLLECTIONS),
        object: wireObject,
        seenFrom: instant,
        made: z.literal(true).exactOptional(),
        keeps: z.literal(true).exactOptional(),
      }),
      z.object({ type: z.literal("remove"), collection: z.enum(COLLECTIONS), id: z.string(), seenFrom: instant }),
      z.object({ type: z.literal("members"), container: z.string(), added: z.array(z.string()), removed: z.array(z.string()), seenFrom: instant }),
      z.object({ type: z.literal("dials"), dials: dialsSchema }),
      z.object({ type: z.literal("faults"), met: z.array(z.number()) }),
    ]),
  ),
});

/** The practice tenant on disk is no practice tenant, or is damaged before its end. */
export class SandboxDamaged extends Error {
  constructor(path: string, line: number) {
    super(`the practice tenant cannot be read: ${path}, line ${line}`);
    this.name = "SandboxDamaged";
  }
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const headerLine = (header: Header): string => `${JSON.stringify({ format: FORMAT, ...header })}\n`;

export const createLog = async (files: Files, path: string, header: Header): Promise<void> => files.write(path, headerLine(header));

export type Replayed = {
  readonly header: Header;
  readonly entries: readonly Entry[];
  /** What the file should hold, when its last line was cut short. Only the owner may put that right. */
  readonly mended: string | undefined;
};

/**
 * Reads a log, and writes nothing.
 * @throws SandboxDamaged when anything but the last line cannot be read
 */
export const readLog = async (files: Files, path: string): Promise<Replayed> => {
  const text = Buffer.from(await files.read(path)).toString("utf8");
  const lines = text.split("\n");
  const torn = lines.pop() ?? "";
  const header = headerSchema.safeParse(parsed(lines[0] ?? ""));
  if (!header.success) throw new SandboxDamaged(path, 1);
  const entries: Entry[] = [];
  let whole = lines.length;
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const entry = entrySchema.safeParse(parsed(line));
    if (entry.success) entries.push(entry.data);
    else if (index === lines.length - 1) whole = index;
    else throw new SandboxDamaged(path, index + 1);
  }
  const { format: _, ...rest } = header.data;
  return { header: rest, entries, mended: torn === "" && whole === lines.length ? undefined : `${lines.slice(0, whole).join("\n")}\n` };
};

export type Log = {
  readonly record: (entry: Entry) => void;
  /** Keeps where the clock is. */
  readonly recordClock: (at: Instant) => void;
  /** Resolves when everything recorded before is on disk. Rejects, then and ever after, when it cannot be. */
  readonly flush: () => Promise<void>;
};

/** Lines recorded while a flush is under way share the next one. */
export const appendingLog = (files: Files, path: string): Log => {
  let pending: Entry[] = [];
  let writing: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  const writeOut = async (): Promise<void> => {
    if (failure !== undefined) throw failure.error;
    if (pending.length === 0) return;
    const entries = pending;
    pending = [];
    try {
      await files.append(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    } catch (error) {
      // The state in memory is ahead of the disk from here on: nothing may be answered any more.
      failure = { error };
      throw error;
    }
  };

  return {
    record: (entry) => {
      pending.push(entry);
    },
    recordClock: (at) => {
      // Only the last place of the clock counts.
      if (pending.at(-1)?.changes.length === 0) pending.pop();
      pending.push({ at, changes: [] });
    },
    flush: () => {
      writing = writing.catch(() => undefined).then(writeOut);
      return writing;
    },
  };
};
