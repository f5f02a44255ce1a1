/** The archives in the state folder: one file a run, with whom it was about. Owner-only, since rows of people stand in it. */

import { type ArchiveLine, archiveText, inArchiveOrder, type Past, readArchive } from "./core/accounts/archive-lines.ts";
import type { ObjectId } from "./core/tenant.ts";
import type { Runtime } from "./runtime.ts";
import { filesIn, lineWriter, RUN_ID, type State, SUFFIX } from "./state.ts";
import { pathsOf } from "./text-file.ts";

type Machine = Pick<Runtime, "files" | "platform">;

const FOLDER = "archive";

export const archiveFolder = (folder: string, machine: Pick<Runtime, "platform">): string => pathsOf(machine).join(folder, FOLDER);

/** Appends are on disk when the promise is kept; they follow each other in the order in which they were asked for. */
export type ArchiveWriter = { readonly append: (lines: readonly ArchiveLine[]) => Promise<void> };

/** @param folder the state folder. Nothing is made before something is kept. */
export const openArchive = (folder: string, run: string, machine: Machine): ArchiveWriter => {
  const place = archiveFolder(folder, machine);
  return lineWriter(async (lines) => {
    await machine.files.makeFolder(place);
    await machine.files.append(pathsOf(machine).join(place, `${run}${SUFFIX}`), archiveText(lines));
  });
};

/** Of every run, oldest first. `damaged`: files with lines that cannot be read; all others are there. */
export type Archives = { readonly lines: readonly ArchiveLine[]; readonly damaged: Past["unread"] };

/** @param folder the state folder; one without archives has no lines. */
export const readArchives = async (folder: string, machine: Machine): Promise<Archives> => {
  const place = archiveFolder(folder, machine);
  const lines: ArchiveLine[] = [];
  const damaged: Past["unread"][number][] = [];
  for (const name of [...(await filesIn(machine, place))].sort()) {
    if (!name.endsWith(SUFFIX) || !RUN_ID.test(name.slice(0, -SUFFIX.length))) continue;
    const file = pathsOf(machine).join(place, name);
    const read = readArchive(new TextDecoder().decode(await machine.files.read(file)));
    for (const line of read.lines) lines.push(line);
    if (read.damaged.length > 0)
      damaged.push({
        file,
        because: `line ${read.damaged.slice(0, 5).join(", ")}${read.damaged.length > 5 ? " and more" : ""}: no row that this version knows`,
      });
  }
  return { lines: inArchiveOrder(lines), damaged };
};

/** Where a journal is lost, its archive is believed: ids are no other tenant's by chance. */
export const readPast = async (state: State, tenant: ObjectId, machine: Machine): Promise<Past> => {
  const archives = await readArchives(state.folder, machine);
  const { runs, damaged } = await state.runs();
  const others = new Set(runs.filter(({ start }) => start.tenant !== tenant).map(({ id }) => id));
  return {
    lines: archives.lines.filter(({ run }) => !others.has(run)),
    runs: runs.filter(({ id }) => !others.has(id)),
    unread: [...archives.damaged, ...damaged.map(({ file, because }) => ({ file, because }))],
  };
};
