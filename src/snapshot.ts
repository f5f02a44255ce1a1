/**
 * A tenant as a file: one resource a line, in the service's own JSON, compressed where its name says so. It holds rows of people and is
 * for its owner alone. A practice tenant reads it by a reader of its own; the format is all that the two share.
 */

import { Failure, usage } from "./failure.ts";
import { type Connection, createClient } from "./graph/client.ts";
import { type Resource, snapshotOf } from "./graph/snapshot.ts";
import { gzipped } from "./gzip.ts";
import { forget, putInPlace, sweep, temporaryPath } from "./report-files.ts";
import type { GrowingFile, Runtime } from "./runtime.ts";
import { pathsOf } from "./text-file.ts";

const FORMAT = "entra-rollout snapshot 2";
const COMPRESSED = /\.gz$/i;

/** So many characters are written at a time. */
const PIECE = 1_000_000;

const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?$/i;
/** Besides, a colon would name a stream of another file. */
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/;

const unfitOnWindows = (name: string): string | undefined => {
  if (RESERVED.test(name)) return "Windows takes it for a device";
  if (FORBIDDEN.test(name)) return 'Windows allows none of < > : " | ? * in a name';
  return /[. ]$/.test(name) ? "on Windows no name ends with a dot or a space" : undefined;
};

/**
 * Where a snapshot goes that is to be written to a file.
 * @throws Failure (usage) for a name that the system would not take as it is written
 */
export const snapshotPath = (file: string, runtime: Pick<Runtime, "cwd" | "platform">): string => {
  const paths = pathsOf(runtime);
  const path = paths.resolve(runtime.cwd, file);
  if (/[/\\]$/.test(file) || paths.basename(path) === "") throw usage(`${file}: a file is needed, not a folder`);
  const unfit = runtime.platform === "win32" ? unfitOnWindows(paths.basename(path)) : undefined;
  if (unfit !== undefined) throw usage(`${file}: ${unfit}`, "another name will do, for example tenant.jsonl.gz");
  return path;
};

/** @throws Failure (usage) where a file would be replaced, or there is no folder. */
export const refuseTaken = async (path: string, { files, platform }: Pick<Runtime, "files" | "platform">): Promise<void> => {
  if ((await files.look(path)) !== undefined)
    throw usage(`${path} is there already, and a snapshot replaces nothing`, "name another file, or remove that one first");
  if ((await files.look(pathsOf({ platform }).dirname(path)))?.sort !== "folder") throw usage(`${path}: there is no such folder`);
};

export type Counts = ReadonlyMap<string, number>;

type Page = readonly Resource[];

/** What is done with each resource before it is written. */
export type Through = (pages: AsyncIterable<Page>) => AsyncIterable<Page>;

export type Lines = {
  /** The number of resources so far. */
  readonly told: (resources: number) => void;
  /** Puts pseudonyms for names; missing: resources are written as they are. */
  readonly pseudonyms?: Through;
};

/** Resources as lines, written so many characters at a time. */
const writeLines = async (connection: Connection, file: GrowingFile, signal: AbortSignal, { told, pseudonyms }: Lines): Promise<Counts> => {
  const counts = new Map<string, number>();
  let resources = 0;
  const takenAt = new Date(connection.clock.now()).toISOString();
  let piece = `${JSON.stringify({ format: FORMAT, takenAt, ...(pseudonyms !== undefined && { pseudonymised: true }) })}\n`;
  const writeOut = async (): Promise<void> => {
    const text = piece;
    piece = "";
    await file.write(text);
  };
  const pages = snapshotOf(createClient(connection));
  for await (const page of pseudonyms === undefined ? pages : pseudonyms(pages)) {
    for (const resource of page) {
      piece += `${JSON.stringify(resource)}\n`;
      counts.set(resource.path, (counts.get(resource.path) ?? 0) + 1);
    }
    resources += page.length;
    told(resources);
    if (piece.length >= PIECE) await writeOut();
    if (signal.aborted) throw new Failure("interrupted", "interrupted: no snapshot was written");
  }
  piece += `${JSON.stringify({ end: true, resources })}\n`;
  await writeOut();
  return counts;
};

/**
 * Reads the tenant through a connection and writes it to a file that is not there yet: under its name stands a whole one, or none.
 *
 * @param path as `snapshotPath` gives it; compressed where it ends in .gz
 * @returns how many resources by where Graph lists them
 * @throws ServiceError; Failure (usage) for the file
 */
export const writeSnapshot = async (connection: Connection, path: string, runtime: Runtime, lines: Lines): Promise<Counts> => {
  const { files } = runtime;
  const paths = pathsOf(runtime);
  const [folder, name] = [paths.dirname(path), paths.basename(path)];
  await refuseTaken(path, runtime);
  await sweep(folder, name, runtime);
  const temporary = temporaryPath(folder, name, runtime);
  let file: GrowingFile | undefined;
  try {
    const begun = await files.begin(temporary);
    file = COMPRESSED.test(name) ? gzipped(begun) : begun;
    const counts = await writeLines(connection, file, runtime.signal, lines);
    await file.end();
    file = undefined;
    // Somebody may have put one there meanwhile.
    await refuseTaken(path, runtime);
    await putInPlace(temporary, path, runtime);
    return counts;
  } finally {
    await file?.leave().catch(() => undefined);
    await forget(temporary, files);
  }
};
