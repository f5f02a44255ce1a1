/** A report as a folder: a file a domain, an index of them, and what they are of. */

import type { ReportAbout } from "./core/reports/document.ts";
import type { Row, Shape, SumTable } from "./core/reports/shape.ts";
import { domainKey, fileNamer } from "./core/reports/split-names.ts";
import { Failure, usage } from "./failure.ts";
import { jsonText } from "./render/json.ts";
import { type CsvWish, csvHeading, csvLine, csvRecord } from "./render/report-csv.ts";
import { forget, type Machine, pourWhole, putInPlace, sweep, temporaryPath, type Whole } from "./report-files.ts";
import type { Sink } from "./report-pour.ts";
import type { Made } from "./reports/report.ts";
import { pathsOf } from "./text-file.ts";

/** A domain's text goes to disk when it is so long, and the longer ones of all when they are so long together. No file stays open. */
const LONG_CHARACTERS = 262_144;
const TOGETHER_CHARACTERS = 16_777_216;

const INDEX = "index.csv";
const ABOUT = "about.json";
/** For the name of the folder in which the files grow. */
const SPLIT = "split";
const MOST_SUM_COLUMNS = 12;

type Part = { readonly domain: string; readonly name: string; text: string; rows: number };

export type SplitWish = {
  readonly out: string;
  readonly csv: CsvWish;
  readonly about: (whole: Whole, files: readonly string[]) => ReportAbout;
};

export type Split = Whole & {
  readonly files: readonly string[];
  /** CSV files in the folder that are no part of it: an earlier split's, or somebody else's. */
  readonly others: readonly string[];
};

/** The table of sums that goes by domain, if there is one: its numbers stand in the index as well. */
const sumsByDomain = (sums: readonly SumTable[]): SumTable | undefined =>
  sums.find(({ columns }) => columns[0]?.toLowerCase() === "domain" && columns.length <= MOST_SUM_COLUMNS);

const indexText = (parts: readonly Part[], sums: readonly SumTable[], { excel }: CsvWish): string => {
  const table = sumsByDomain(sums);
  const byDomain = new Map(table?.rows.map(([domain, ...rest]) => [domainKey(String(domain ?? "")), rest]));
  const more = table?.columns.slice(1) ?? [];
  const lines = parts.map(({ domain, name, rows }) => csvRecord([domain, name, rows, ...more.map((_, at) => byDomain.get(domain)?.[at] ?? null)]));
  return (excel ? "\ufeff" : "") + csvRecord(["Domain", "File", "Rows", ...more]) + lines.join("");
};

const splitSink = (folder: string, wish: SplitWish, machine: Machine) => {
  const { files } = machine;
  const paths = pathsOf(machine);
  const parts = new Map<string, Part>();
  let nameOf = fileNamer();
  let heading = "";
  let lineOf: (row: Row) => string = () => "";
  let at = -1;
  let together = 0;

  const spill = async (part: Part): Promise<void> => {
    const { text } = part;
    part.text = "";
    together -= text.length;
    await files.extend(paths.join(folder, part.name), text);
  };
  const partFor = (row: Row): Part => {
    const cell = row[at];
    const domain = domainKey(typeof cell === "string" ? cell : "");
    const known = parts.get(domain);
    if (known !== undefined) return known;
    const part = { domain, name: nameOf(domain), text: heading, rows: 0 };
    together += heading.length;
    parts.set(domain, part);
    return part;
  };
  const sink: Sink = {
    begin: async (shape: Shape) => {
      at = shape.columns.findIndex(({ name }) => name === shape.splitBy);
      if (at < 0) throw usage(`report ${shape.name} is not by domain: it cannot be split`, "leave --split away");
      heading = csvHeading(shape, wish.csv);
      lineOf = csvLine(shape);
    },
    rows: async (rows) => {
      for (const row of rows) {
        const part = partFor(row);
        const line = lineOf(row);
        part.text += line;
        part.rows += 1;
        together += line.length;
        if (part.text.length > LONG_CHARACTERS) await spill(part);
      }
      if (together > TOGETHER_CHARACTERS) {
        const usual = together / parts.size;
        for (const part of parts.values()) if (part.text.length >= usual) await spill(part);
      }
      return "on";
    },
    discard: async () => {
      parts.clear();
      together = 0;
      nameOf = fileNamer();
      await files.remove(folder);
      await files.makeFolder(folder);
      return true;
    },
  };
  return {
    sink,
    /** By domain, each whole and on disk. */
    end: async (): Promise<readonly Part[]> => {
      const all = [...parts.values()].sort((a, b) => (a.domain < b.domain ? -1 : 1));
      for (const part of all) {
        await spill(part);
        await files.flush(paths.join(folder, part.name));
      }
      return all;
    },
  };
};

const folderFor = async (out: string, machine: Machine): Promise<string> => {
  const folder = pathsOf(machine).resolve(machine.cwd, out);
  const found = await machine.files.look(folder);
  if (found !== undefined && found.sort !== "folder")
    throw usage(`--out ${out}: with --split it is a folder that is needed`, "name a folder; it is made where there is none");
  if (found === undefined) await machine.files.makeFolder(folder);
  return found?.path ?? folder;
};

/** The files grow in a folder of their own and are moved when all are whole; the index comes last. */
export const writeSplit = async (wish: SplitWish, make: () => Promise<Made>, machine: Machine): Promise<Split> => {
  const { files } = machine;
  const paths = pathsOf(machine);
  const folder = await folderFor(wish.out, machine);
  await sweep(folder, SPLIT, machine);
  const temporary = temporaryPath(folder, SPLIT, machine);
  const { sink, end } = splitSink(temporary, wish, machine);
  try {
    await files.makeFolder(temporary);
    const whole = await pourWhole(make, sink);
    const parts = await end();
    const names = parts.map(({ name }) => name);
    await files.create(paths.join(temporary, ABOUT), jsonText(wish.about(whole, names)));
    await files.create(paths.join(temporary, INDEX), indexText(parts, whole.ending.sums, wish.csv));
    for (const name of [...names, ABOUT, INDEX]) {
      const inTheWay = await files.look(paths.join(folder, name));
      if (inTheWay !== undefined && inTheWay.sort !== "file") throw new Failure("failed", `${paths.join(folder, name)}: it is no file that could be replaced`);
    }
    for (const name of [...names, ABOUT, INDEX]) await putInPlace(paths.join(temporary, name), paths.join(folder, name), machine);
    const own = new Set([...names, INDEX]);
    const others = (await files.list(folder)).filter((name) => name.endsWith(".csv") && !own.has(name));
    return { ...whole, files: names, others };
  } finally {
    await forget(temporary, files);
  }
};
