/** A report as a file: under its name stands a whole one, or the one that was there before. */

import { shortDigest } from "./core/hash.ts";
import type { ReportAbout } from "./core/reports/document.ts";
import type { Shape } from "./core/reports/shape.ts";
import { Failure, usage } from "./failure.ts";
import { jsonText } from "./render/json.ts";
import type { ReportForm } from "./render/report-form.ts";
import { type Poured, pour, type Sink } from "./report-pour.ts";
import type { Made } from "./reports/report.ts";
import type { Files, GrowingFile, Runtime } from "./runtime.ts";
import { pathsOf } from "./text-file.ts";

export type Machine = Pick<Runtime, "clock" | "cwd" | "files" | "isProcessAlive" | "pid" | "platform" | "uuid">;

export type Whole = Extract<Poured, { readonly type: "whole" }>;

const BUFFER_CHARACTERS = 262_144;
const TEMPORARY = /^\.entra-rollout-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp$/;

/** The temporary files of this very process: a container gives every process the same number, so the number alone does not tell. */
const ours = new Set<string>();

/** The name for a while of what will be called `name`, in the same folder: only so a rename cannot stop halfway. */
export const temporaryPath = (folder: string, name: string, machine: Machine): string => {
  const path = pathsOf(machine).join(folder, `.entra-rollout-${shortDigest(name)}-${machine.pid}-${machine.uuid().slice(0, 8)}.tmp`);
  ours.add(path);
  return path;
};

export const forget = async (path: string, files: Files): Promise<void> => {
  await files.remove(path).catch(() => undefined);
  ours.delete(path);
};

/** Takes away what runs for the same name left behind that were killed. */
export const sweep = async (folder: string, name: string, machine: Machine): Promise<void> => {
  const paths = pathsOf(machine);
  for (const each of await machine.files.list(folder)) {
    const [, digest, pid] = TEMPORARY.exec(each) ?? [];
    const path = paths.join(folder, each);
    if (digest !== shortDigest(name) || ours.has(path)) continue;
    if (Number(pid) === machine.pid || !machine.isProcessAlive(Number(pid))) await machine.files.remove(path).catch(() => undefined);
  }
};

const HELD = ["EPERM", "EBUSY", "EACCES"];
const FIRST_PAUSE_MS = 100;
const TRIES = 6;

/** On Windows a file that somebody looks at, a virus scanner also, cannot be replaced at that moment. */
export const putInPlace = async (from: string, to: string, { files, clock }: Pick<Machine, "files" | "clock">): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await files.rename(from, to);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && HELD.includes(String(error.code)))) throw error;
      if (tries === TRIES)
        throw new Failure("failed", `${to}: it cannot be replaced: another program has it open, or it may not be written`, [
          "close it there, then run the same command again",
        ]);
      await clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1));
    }
  }
};

/** @throws Failure (usage) for a name under which no file can be written. */
const targetOf = async (out: string, machine: Machine): Promise<string> => {
  const paths = pathsOf(machine);
  const target = paths.resolve(machine.cwd, out);
  const found = await machine.files.look(target);
  if (found?.sort === "folder") throw usage(`--out ${out}: it is a folder`, "name a file in it, or add --split domain for one file a domain");
  if (found?.sort === "other") throw usage(`--out ${out}: it is no file that could be replaced`, `leave --out away and send the rows there: > ${out}`);
  const folder = await machine.files.look(paths.dirname(target));
  if (folder?.sort !== "folder") throw usage(`--out ${out}: there is no folder ${paths.dirname(target)}`, "make it first, or name another");
  return found?.path ?? paths.join(folder.path, paths.basename(target));
};

/** Rows into a file that nobody looks at yet. It is there before anything is read: a disk that takes none is told at once. */
const fileSink = async (temporary: string, formOf: (shape: Shape) => ReportForm, files: Files) => {
  let form: ReportForm | undefined;
  let file: GrowingFile | undefined = await files.begin(temporary);
  let held = "";
  const give = async (text: string, atLeast: number): Promise<void> => {
    held += text;
    if (held.length < atLeast) return;
    const whole = held;
    held = "";
    await file?.write(whole);
  };
  const leave = async (): Promise<void> => {
    const left = file;
    file = undefined;
    await left?.leave();
  };
  const sink: Sink = {
    begin: async (shape) => {
      form = formOf(shape);
      await give(form.begin(), BUFFER_CHARACTERS);
    },
    rows: async (rows) => {
      await give(form?.rows(rows) ?? "", BUFFER_CHARACTERS);
      return "on";
    },
    discard: async () => {
      await leave();
      held = "";
      await files.remove(temporary);
      file = await files.begin(temporary);
      return true;
    },
  };
  return {
    sink,
    end: async ({ ending }: Whole): Promise<void> => {
      await give(form?.end({ complete: true, ...ending }) ?? "", 0);
      const whole = file;
      file = undefined;
      await whole?.end();
    },
    leave,
  };
};

/** Half a list is no file. @throws what broke it off, and as `pour`; a reader of a file cannot go away. */
export const pourWhole = async (make: () => Promise<Made>, sink: Sink): Promise<Whole> => {
  const poured = await pour(make, sink);
  if (poured.type === "whole") return poured;
  throw poured.type === "cut" ? poured.error : new Error("nobody reads a file while it is written");
};

export type FileWish = {
  /** As it was typed. */
  readonly out: string;
  readonly formOf: (shape: Shape) => ReportForm;
  /** What is told in a file beside it; undefined: the report tells it itself. */
  readonly about: ((whole: Whole) => ReportAbout) | undefined;
};

/** The file beside a report that says of when it is, and of what. */
export const besideName = (name: string): string => `${name}.about.json`;

/** Writes the report under a name for a while, and gives it its own once all of it is on disk. Whatever fails leaves what was there. */
export const writeReport = async (wish: FileWish, make: () => Promise<Made>, machine: Machine): Promise<Whole> => {
  const { files } = machine;
  const paths = pathsOf(machine);
  const target = await targetOf(wish.out, machine);
  const folder = paths.dirname(target);
  const name = paths.basename(target);
  await sweep(folder, name, machine);
  const temporary = temporaryPath(folder, name, machine);
  const { sink, end, leave } = await fileSink(temporary, wish.formOf, files);
  try {
    const whole = await pourWhole(make, sink);
    await end(whole);
    if (wish.about !== undefined) await files.write(paths.join(folder, besideName(name)), jsonText(wish.about(whole)));
    await putInPlace(temporary, target, machine);
    return whole;
  } finally {
    await leave().catch(() => undefined);
    await forget(temporary, files);
  }
};
