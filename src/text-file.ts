/** Files that people write, as text: their size is looked at before they are read, and what is no text is said to be none. */

import { posix, win32 } from "node:path";
import type { NamedFile } from "./core/plan/plan.ts";
import { decodeText } from "./core/plan/text.ts";
import type { Files, Runtime } from "./runtime.ts";

export type PathRules = typeof posix;

/** The path rules of the machine the tool runs on, whatever machine tests it. */
export const pathsOf = (runtime: Pick<Runtime, "platform">): PathRules => (runtime.platform === "win32" ? win32 : posix);

const sized = (bytes: number): string => (bytes >= 1_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${Math.ceil(bytes / 1000)} KB`);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  EBUSY: "another program has it open",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "it cannot be read";
  return REASONS[code] ?? code;
};

/** Never rejects: `because` says why there is no text. */
export const readText = async (path: string, atMostBytes: number, files: Files): Promise<NamedFile> => {
  try {
    const size = await files.size(path);
    if (size === undefined) return { type: "unusable", because: "there is no such file", missing: true };
    if (size > atMostBytes) return { type: "unusable", because: `it is ${sized(size)} long; at most ${sized(atMostBytes)} are read` };
    const bytes = await files.read(path, atMostBytes);
    // It may have grown since its size was looked at.
    if (bytes.length > atMostBytes) return { type: "unusable", because: `it is longer than the ${sized(atMostBytes)} that are read` };
    const decoded = decodeText(bytes);
    return "text" in decoded ? { type: "text", text: decoded.text } : { type: "unusable", because: decoded.problem };
  } catch (error) {
    return { type: "unusable", because: reasonOf(error) };
  }
};
