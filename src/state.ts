/** The folder that remembers: one journal a run, and the lock that lets one run at a time at a plan's part of a tenant. */

import type { Entry } from "./core/changes.ts";
import { inOrder, linesOf, type Run, readJournal, runOf } from "./core/journal.ts";
import type { Instant, ObjectId } from "./core/tenant.ts";
import { Failure } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import { pathsOf } from "./text-file.ts";

/** Appends are on disk when the promise is kept; they follow each other in the order in which they were asked for. */
export type JournalWriter = { readonly append: (entries: readonly Entry[]) => Promise<void> };

export type Lock = { readonly release: () => Promise<void> };

export type DamagedRun = { readonly id: string; readonly file: string; readonly because: string };

export type State = {
  readonly folder: string;
  /** Every run, oldest first, and the journals that cannot be read. Writes nothing; a folder that is not there holds no run. */
  readonly runs: () => Promise<{ readonly runs: readonly Run[]; readonly damaged: readonly DamagedRun[] }>;
  /** Creates a run's journal under an id of its own, with its first entries in it. */
  readonly begin: (now: Instant, first: (run: string) => readonly Entry[]) => Promise<JournalWriter & { readonly run: string }>;
  /** @throws Failure when a live process holds it. */
  readonly lock: (of: { readonly tenant: ObjectId; readonly plan: string; readonly command: string; readonly now: Instant }) => Promise<Lock>;
};

type Machine = Pick<Runtime, "files" | "clock" | "pid" | "isProcessAlive" | "uuid" | "platform">;

export const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/;
export const SUFFIX = ".jsonl";

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && "code" in error && error.code === code;

export const filesIn = async (machine: Pick<Machine, "files">, folder: string): Promise<readonly string[]> => {
  try {
    return await machine.files.list(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
};

/** `20181119T000000Z`: no colon, which Windows takes for a stream of a file. */
const stamp = (now: Instant): string => `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** Ids of one second grow, since a practice tenant's clock may give many runs the same moment. */
const nextRunId = (names: readonly string[], now: Instant, uuid: string): string => {
  const prefix = `${stamp(now)}-`;
  const taken = names.filter((name) => name.startsWith(prefix)).map((name) => Number.parseInt(name.slice(prefix.length, prefix.length + 4), 16));
  const number = taken.length === 0 ? Number.parseInt(uuid.slice(0, 4), 16) & 0x7fff : Math.max(...taken) + 1;
  if (number > 0xffff) return nextRunId(names, now + 1000, uuid);
  return `${prefix}${number.toString(16).padStart(4, "0")}`;
};

const readRuns = async (machine: Machine, folder: string): ReturnType<State["runs"]> => {
  const runs: Run[] = [];
  const damaged: DamagedRun[] = [];
  for (const name of await filesIn(machine, folder)) {
    const id = name.slice(0, -SUFFIX.length);
    if (!name.endsWith(SUFFIX) || !RUN_ID.test(id)) continue;
    const file = pathsOf(machine).join(folder, name);
    const journal = readJournal(new TextDecoder().decode(await machine.files.read(file)));
    if (journal.type === "damaged") {
      damaged.push({ id, file, because: `line ${journal.line}: ${journal.because}` });
      continue;
    }
    const run = runOf(journal.entries);
    if (run !== undefined) runs.push(run);
  }
  return { runs: inOrder(runs), damaged };
};

/** One append after the other; once one failed the file may end in half a line, so nothing may follow it. */
export const lineWriter = <T>(append: (lines: readonly T[]) => Promise<void>): { readonly append: (lines: readonly T[]) => Promise<void> } => {
  let last: Promise<void> = Promise.resolve();
  return {
    append: (lines) => {
      if (lines.length === 0) return last;
      last = last.then(() => append(lines));
      // Whoever asked sees the failure; the chain itself must not end the process.
      last.catch(() => undefined);
      return last;
    },
  };
};

const begin = async (machine: Machine, folder: string, now: Instant, first: (run: string) => readonly Entry[]): ReturnType<State["begin"]> => {
  await machine.files.makeFolder(folder);
  for (;;) {
    const run = nextRunId(await filesIn(machine, folder), now, machine.uuid());
    const file = pathsOf(machine).join(folder, `${run}${SUFFIX}`);
    try {
      await machine.files.create(file, linesOf(first(run)));
      return { run, ...lineWriter<Entry>((entries) => machine.files.append(file, linesOf(entries))) };
    } catch (error) {
      // Another plan's run of the same second took the name.
      if (!hasCode(error, "EEXIST")) throw error;
    }
  }
};

type Owner = { readonly pid: number; readonly startedAt: string; readonly command: string; readonly released: boolean };

const ownerOf = (text: string): Owner | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, startedAt, command, released }: { pid?: unknown; startedAt?: unknown; command?: unknown; released?: unknown } = value;
  if (typeof pid !== "number" || typeof startedAt !== "string" || typeof command !== "string" || typeof released !== "boolean") return undefined;
  return { pid, startedAt, command, released };
};

/** The locks of this very process: a container gives every process the same number, so the number alone does not tell. */
const heldHere = new Set<string>();

const READ_AGAIN_MS = 50;
const READS = 10;

/** A lock without its words is being written at this moment; one that stays so was left by a process that died over it. */
const readOwner = async (machine: Machine, file: string): Promise<Owner | undefined> => {
  for (let read = 1; ; read += 1) {
    try {
      const owner = ownerOf(new TextDecoder().decode(await machine.files.read(file)));
      if (owner !== undefined || read === READS) return owner;
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
      return undefined;
    }
    await machine.clock.sleep(READ_AGAIN_MS);
  }
};

/**
 * Locks are numbered, and the highest number alone counts. Taking one means creating the next number exclusively, so of
 * two processes that both found a dead owner one wins. The highest file is never removed, only marked as released: a
 * slow process that still wants a lower number finds the higher one when it looks again, and steps back.
 */
const take = async (machine: Machine, folder: string, of: Parameters<State["lock"]>[0]): Promise<Lock> => {
  await machine.files.makeFolder(folder);
  const prefix = `lock-${of.tenant}-${of.plan.toLowerCase().replaceAll(/[^a-z0-9-]/g, "_")}.`;
  const numbers = async (): Promise<readonly number[]> =>
    (await filesIn(machine, folder))
      .filter((name) => name.startsWith(prefix) && name.endsWith(".json"))
      .map((name) => Number(name.slice(prefix.length, -".json".length)))
      .filter(Number.isSafeInteger);
  const fileOf = (number: number): string => pathsOf(machine).join(folder, `${prefix}${number}.json`);
  const words = (released: boolean): string =>
    `${JSON.stringify({ pid: machine.pid, startedAt: new Date(of.now).toISOString(), command: of.command, released } satisfies Owner)}\n`;
  for (;;) {
    const highest = Math.max(0, ...(await numbers()));
    const owner = highest === 0 ? undefined : await readOwner(machine, fileOf(highest));
    const alive = owner !== undefined && (owner.pid === machine.pid ? heldHere.has(fileOf(highest)) : machine.isProcessAlive(owner.pid));
    if (owner !== undefined && !owner.released && alive) {
      throw new Failure("failed", `another run of ${of.plan} is under way: ${owner.command}, process ${owner.pid}, since ${owner.startedAt}`, [
        "wait until it has ended, or end it with Ctrl-C: it can be resumed",
        `if no process ${owner.pid} of this tool is there any more, remove ${fileOf(highest)}`,
      ]);
    }
    const mine = highest + 1;
    try {
      await machine.files.create(fileOf(mine), words(false));
    } catch (error) {
      if (hasCode(error, "EEXIST")) continue;
      throw error;
    }
    const now = await numbers();
    if (now.some((number) => number > mine)) {
      await machine.files.remove(fileOf(mine));
      continue;
    }
    for (const number of now) if (number < mine) await machine.files.remove(fileOf(number)).catch(() => undefined);
    heldHere.add(fileOf(mine));
    return {
      release: async () => {
        await machine.files.write(fileOf(mine), words(true));
        heldHere.delete(fileOf(mine));
      },
    };
  }
};

/** @param folder need not exist; it is made, owner-only, when something is first written. */
export const openState = (folder: string, machine: Machine): State => ({
  folder,
  runs: () => readRuns(machine, folder),
  begin: (now, first) => begin(machine, folder, now, first),
  lock: (of) => take(machine, folder, of),
});
