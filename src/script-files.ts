/** A script and the one that takes it back: both stand there, or neither does, and nobody else's file is lost. */

import { Failure, usage } from "./failure.ts";
import { SCRIPT_MARK } from "./render/script.ts";
import { forget, type Machine, putInPlace, sweep, temporaryPath } from "./report-files.ts";
import { pathsOf } from "./text-file.ts";

const FLAG = "--as-script";
const ENDING = /\.ps1$/i;

export type ScriptPaths = {
  /** As it was typed. */
  readonly typed: string;
  readonly folder: string;
  readonly script: string;
  readonly rollback: string;
};

/** Enough for its first line. */
const HEAD_BYTES = 256;

const headOf = async (path: string, { files }: Machine): Promise<string> =>
  new TextDecoder().decode((await files.read(path, HEAD_BYTES)).subarray(0, HEAD_BYTES)).replace(/^\u{feff}/u, "");

/** @throws Failure (usage) where something stands that is not ours to replace. */
const checkFree = async (path: string, machine: Machine): Promise<void> => {
  const found = await machine.files.look(path);
  if (found === undefined) return;
  if (found.sort !== "file") throw usage(`${FLAG}: ${path} is ${found.sort === "folder" ? "a folder" : "no file that could be replaced"}`);
  if ((await headOf(found.path, machine)).startsWith(SCRIPT_MARK)) return;
  throw usage(`${FLAG}: ${path} is there already, and entra-rollout did not write it`, "move it away, or name another file");
};

/** Looked at before the tenant is read, which may take minutes. @throws Failure (usage) for a name under which no script can be written. */
export const scriptPaths = async (typed: string, machine: Machine): Promise<ScriptPaths> => {
  const paths = pathsOf(machine);
  if (!ENDING.test(typed)) throw usage(`${FLAG} ${typed}: PowerShell runs only files whose name ends in .ps1`, `${FLAG} ${typed}.ps1`);
  const target = paths.resolve(machine.cwd, typed);
  const folder = await machine.files.look(paths.dirname(target));
  if (folder?.sort !== "folder") throw usage(`${FLAG} ${typed}: there is no folder ${paths.dirname(target)}`, "make it first, or name another");
  const script = paths.basename(target);
  const own = { typed, folder: folder.path, script, rollback: script.replace(ENDING, ".rollback.ps1") };
  for (const name of [own.script, own.rollback]) await checkFree(paths.join(own.folder, name), machine);
  return own;
};

/** Beside the script, by what stands in it: another script of the same name has another log. */
export const logName = ({ script }: Pick<ScriptPaths, "script">, digest: string): string => script.replace(ENDING, `.${digest}.log.jsonl`);

/** The text that stands at a path; undefined: nothing does. */
const textAt = async (path: string, { files }: Machine): Promise<Uint8Array | undefined> =>
  (await files.look(path)) === undefined ? undefined : files.read(path);

/**
 * The rollback is in its place before the script is, so that nobody runs a script that has none. @throws Failure, or what the disk said;
 * what was there before is there then.
 */
export const writeScripts = async (where: ScriptPaths, texts: { readonly script: string; readonly rollback: string }, machine: Machine): Promise<void> => {
  const { files } = machine;
  const paths = pathsOf(machine);
  const at = (name: string): string => paths.join(where.folder, name);
  // Somebody may have put a file there while the tenant was read.
  for (const name of [where.script, where.rollback]) await checkFree(at(name), machine);
  for (const name of [where.script, where.rollback]) await sweep(where.folder, name, machine);
  const [script, rollback] = [temporaryPath(where.folder, where.script, machine), temporaryPath(where.folder, where.rollback, machine)];
  const before = await textAt(at(where.rollback), machine);
  try {
    await files.create(script, texts.script);
    await files.create(rollback, texts.rollback);
    await putInPlace(rollback, at(where.rollback), machine);
    try {
      await putInPlace(script, at(where.script), machine);
    } catch (error) {
      if (before === undefined) await files.remove(at(where.rollback));
      else await files.write(at(where.rollback), before);
      throw error;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Failure("failed", `${FLAG} ${where.typed}: it cannot be written (${why}); nothing was changed there`, ["name a file in another folder"]);
  } finally {
    await forget(script, files);
    await forget(rollback, files);
  }
};
