/**
 * A tenant as a file: one resource a line, in the service's own JSON. It holds rows of people and is for its owner alone. A practice
 * tenant reads it by a reader of its own; the format is all that the two share.
 */

import { Failure, usage } from "./failure.ts";
import { type Connection, createClient } from "./graph/client.ts";
import { snapshotOf } from "./graph/snapshot.ts";
import type { Runtime } from "./runtime.ts";
import { pathsOf } from "./text-file.ts";

const FORMAT = "entra-rollout snapshot 1";

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
  if (unfit !== undefined) throw usage(`${file}: ${unfit}`, "another name will do, for example tenant.jsonl");
  return path;
};

const hasCode = (error: unknown, ...codes: readonly string[]): boolean => error instanceof Error && "code" in error && codes.includes(String(error.code));

const begun = async (path: string, first: string, runtime: Runtime): Promise<void> => {
  try {
    await runtime.files.create(path, first);
  } catch (error) {
    if (hasCode(error, "EEXIST", "EISDIR"))
      throw usage(`${path} is there already, and a snapshot replaces nothing`, "name another file, or remove that one first");
    if (hasCode(error, "ENOENT", "ENOTDIR")) throw usage(`${path}: there is no such folder`);
    throw error;
  }
};

export type Counts = ReadonlyMap<string, number>;

/**
 * Reads the tenant through a connection and writes it to a file that is not there yet. What is left of one that failed is removed.
 *
 * @param path as `snapshotPath` gives it
 * @param told the number of resources so far
 * @returns how many resources by where Graph lists them
 * @throws ServiceError; Failure (usage) for the file
 */
export const writeSnapshot = async (connection: Connection, path: string, runtime: Runtime, told: (resources: number) => void): Promise<Counts> => {
  const takenAt = new Date(connection.clock.now()).toISOString();
  await begun(path, `${JSON.stringify({ format: FORMAT, takenAt })}\n`, runtime);
  const counts = new Map<string, number>();
  let resources = 0;
  let piece = "";
  const writeOut = async (): Promise<void> => {
    const text = piece;
    piece = "";
    if (text !== "") await runtime.files.append(path, text);
  };
  try {
    for await (const page of snapshotOf(createClient(connection))) {
      for (const resource of page) {
        piece += `${JSON.stringify(resource)}\n`;
        counts.set(resource.path, (counts.get(resource.path) ?? 0) + 1);
      }
      resources += page.length;
      told(resources);
      if (piece.length >= PIECE) await writeOut();
      if (runtime.signal.aborted) throw new Failure("interrupted", "interrupted: no snapshot was written");
    }
    piece += `${JSON.stringify({ end: true, resources })}\n`;
    await writeOut();
  } catch (error) {
    await runtime.files.remove(path);
    throw error;
  }
  return counts;
};
