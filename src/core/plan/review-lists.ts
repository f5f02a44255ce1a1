/** The review lists that a plan names: each read once, however many phases name it. */

import { type ReviewFile, readReviews } from "../review/read.ts";
import { besidePlan } from "./cohort-sources.ts";
import { lineFault } from "./names.ts";
import type { NamedFile, Problem, ReviewList } from "./plan.ts";
import { type Fault, fault, quoted } from "./problems.ts";
import { check, namesOf, type Sheet, type Words } from "./sheet.ts";
import type { Item } from "./tree.ts";

/** As many schools as one list is split over. */
const MOST_FILES = 1000;

/** A file's name for comparing: the same file may be written in more ways than one. */
export const sameFile = (name: string): string => name.replaceAll("\\", "/").replace(/^(?:\.\/+)+/, "");

/** The files of a list, each once; what is wrong with their names is said. */
const filesIn = (sheet: Sheet, item: Item | undefined): readonly Words[] => {
  const named = new Map<string, Words>();
  for (const words of namesOf(sheet, item)) {
    if (!check(sheet, words.item.at, lineFault(words.text, 260))) continue;
    const key = sameFile(words.text);
    if (named.has(key)) sheet.problems.add(words.item.at, fault(`${quoted(words.text)} stands here twice`));
    else if (named.size === MOST_FILES) {
      sheet.problems.add(words.item.at, fault(`the list is in more than ${MOST_FILES.toLocaleString("en-GB")} files`, "put some of them together"));
      break;
    } else named.set(key, words);
  }
  return [...named.values()];
};

const NOTHING = "nothing is done by it";

const absence = (name: string, file: Exclude<NamedFile, { readonly type: "text" }> | undefined): Fault =>
  file?.missing === true
    ? fault(`the list ${quoted(name)} is not there yet: ${NOTHING}`, `entra-rollout report stale PLAN --for-review FILE writes one, on which people decide`)
    : fault(`the list ${quoted(name)} cannot be used, so ${NOTHING}: ${file?.because ?? "it was not read"}`);

const undecidedFault = (undecided: number, rows: number): Fault =>
  fault(
    `${undecided.toLocaleString("en-GB")} of ${rows === 1 ? "1 row has" : `${rows.toLocaleString("en-GB")} rows have`} no decision: nothing is done by ${undecided === 1 ? "it" : "them"}`,
    "delete or keep, under Decision",
  );

export class ReviewLists {
  readonly #known = new Map<string, ReviewList>();
  readonly #plan: string;
  readonly #emergency: ReadonlySet<string>;
  readonly #files: ReadonlyMap<string, NamedFile>;

  /** @param emergency addresses, lower case */
  constructor(plan: string, emergency: readonly string[], files: ReadonlyMap<string, NamedFile>) {
    this.#plan = plan;
    this.#emergency = new Set(emergency);
    this.#files = files;
  }

  /** What is wrong with its rows is worth a look, and no mistake of the plan's: the other phases go on. */
  read(sheet: Sheet, item: Item | undefined): ReviewList | undefined {
    const named = filesIn(sheet, item);
    if (named.length === 0) return undefined;
    const key = JSON.stringify(named.map(({ text }) => sameFile(text)));
    const list = this.#known.get(key) ?? this.#readAll(sheet, named);
    this.#known.set(key, list);
    return list;
  }

  #readAll(sheet: Sheet, named: readonly Words[]): ReviewList {
    const texts: ReviewFile[] = [];
    const absent: Problem[] = [];
    let missing = 0;
    for (const { item, text: name } of named) {
      const file = this.#files.get(name);
      if (file?.type === "text") texts.push({ file: besidePlan(sheet.file, name), text: file.text });
      else absent.push({ ...item.at, ...absence(name, file) });
      if (file?.type === "unusable" && file.missing === true) missing += 1;
    }
    const { rows, problems } = readReviews(texts, { plan: this.#plan });
    const undecided = rows.filter(({ decision }) => decision === undefined).length;
    const [first] = named;
    if (undecided > 0 && first !== undefined) sheet.remarks.add(first.item.at, undecidedFault(undecided, rows.length));
    for (const problem of [...absent, ...problems]) sheet.remarks.add(problem, problem);
    for (const { at, account, decision } of rows)
      if (decision === "delete" && this.#emergency.has(account))
        sheet.remarks.add(at, fault(`${account} is an emergency account of the plan, and is spared whatever the list says`, "write keep"));
    return {
      file: named.map(({ text }) => text).join(", "),
      ...(missing === named.length && { missing: true as const }),
      rows,
      problems: [...absent, ...problems],
    };
  }
}
