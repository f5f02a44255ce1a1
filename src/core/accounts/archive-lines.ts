/**
 * What is kept of accounts that were blocked, spared, deleted and brought back, one JSON line each: who is no more in the directory
 * stands there in full. Rows of people, for a file that its owner alone may read.
 */

import { z } from "zod";
import { byText } from "../canonical.ts";
import type { Run } from "../journal.ts";
import type { Instant, ObjectId, PhaseId } from "../tenant.ts";
import type { ArchivedAccount } from "./facts.ts";

type Said = { readonly decidedBy: string; readonly reason: string };
type InPhase = { readonly at: Instant; readonly run: string; readonly plan: string; readonly phase: PhaseId };

/** Written before the account's delete. */
export type AccountLine = InPhase &
  Said & { readonly type: "account"; readonly account: ArchivedAccount; readonly list: { readonly file: string; readonly line: number } };

export type ArchiveLine =
  | AccountLine
  | (InPhase & Said & { readonly type: "blocked"; readonly id: ObjectId; readonly upn: string })
  /** Just before its write something spoke for it. */
  | (InPhase & { readonly type: "spared"; readonly id: ObjectId; readonly upn: string; readonly reasons: readonly string[] })
  /** `newId`: it was made anew, and is another account to the directory. */
  | {
      readonly type: "restored";
      readonly at: Instant;
      readonly run: string;
      readonly id: ObjectId;
      readonly newId?: ObjectId;
      readonly upn: string;
    };

const id = z.string();
const instant = z.int();
const texts = z.array(z.string()).readonly();

const account: z.ZodType<ArchivedAccount> = z.strictObject({
  id,
  groups: texts,
  licences: z.array(z.strictObject({ sku: id, off: texts })).readonly(),
  manager: id.exactOptional(),
  upn: z.string(),
  enabled: z.boolean(),
  profile: z.record(z.string(), z.json()),
  groupNames: z.record(z.string(), z.string()),
  besides: texts,
});

const inPhase = { at: instant, run: z.string(), plan: z.string(), phase: z.string() };
const said = { decidedBy: z.string(), reason: z.string() };

const lineSchema: z.ZodType<ArchiveLine> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("account"), ...inPhase, ...said, account, list: z.strictObject({ file: z.string(), line: z.int() }) }),
  z.strictObject({ type: z.literal("blocked"), ...inPhase, ...said, id, upn: z.string() }),
  z.strictObject({ type: z.literal("spared"), ...inPhase, id, upn: z.string(), reasons: texts }),
  z.strictObject({ type: z.literal("restored"), at: instant, run: z.string(), id, newId: id.exactOptional(), upn: z.string() }),
]);

/** Each with its line feed. */
export const archiveText = (lines: readonly ArchiveLine[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

const lineOf = (text: string): ArchiveLine | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = lineSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
};

/** `damaged`: the lines, counted from 1, that are whole and yet none that this version knows; the others are believed all the same. */
export type ArchiveText = { readonly lines: readonly ArchiveLine[]; readonly damaged: readonly number[] };

/**
 * Reads an archive back. What stands behind the last line feed was being written when the run was killed, and what it
 * would have gone before was not done: it is passed over, whole or not.
 */
export const readArchive = (text: string): ArchiveText => {
  const texts = text.split("\n").slice(0, -1);
  const damaged: number[] = [];
  const lines = texts.flatMap((each, at): readonly ArchiveLine[] => {
    const line = lineOf(each);
    if (line === undefined) damaged.push(at + 1);
    return line === undefined ? [] : [line];
  });
  return { lines, damaged };
};

/** Oldest first. A practice tenant's clock stands still between commands, so the ids of runs, which grow, decide a tie. */
export const inArchiveOrder = (lines: readonly ArchiveLine[]): readonly ArchiveLine[] => [...lines].sort((a, b) => a.at - b.at || byText(a.run, b.run));

/** What earlier runs did to one tenant's accounts, as far as this folder knows. */
export type Past = {
  /** Oldest first. */
  readonly lines: readonly ArchiveLine[];
  readonly runs: readonly Run[];
  /** Archives and journals of which something could not be read. */
  readonly unread: readonly { readonly file: string; readonly because: string }[];
};
