/** What is wrong with a plan, collected while it is read, and how it is said. */

import type { Place, Problem } from "./plan.ts";

/** More than this many at once help nobody; the rest is counted. */
const SHOWN = 200;
const LONGEST_QUOTE = 60;
/** Above this the nearest word is not looked for among all of them: it would cost more than it helps. */
const MOST_CANDIDATES = 1000;

/** Something wrong with a piece of text, before it is known where that stands. */
export type Fault = { readonly message: string; readonly hint?: string };

export const fault = (message: string, hint?: string): Fault => (hint === undefined ? { message } : { message, hint });

/** Text of a file inside a message: on one line, cut where it is long, so that it cannot swamp or fake what is around it. */
export const quoted = (text: string): string => JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE - 3)}...` : text);

/** `a, b or c`. */
export const listed = (words: readonly string[], conjunction: "or" | "and" = "or"): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;

const before = (a: Problem, b: Problem): number => a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : a.message > b.message ? 1 : 0);

/** In the order of the files, and of the places in each. */
export const byPlace = (a: Problem, b: Problem): number => (a.file < b.file ? -1 : a.file > b.file ? 1 : before(a, b));

export class Problems {
  /** By place and message: an anchored part that is wrong is met once where it stands and again at each alias. */
  readonly #found = new Map<string, Problem>();

  add(place: Place, wrong: Fault): void {
    const key = `${place.file}\n${place.line}:${place.column} ${wrong.message}`;
    if (this.#found.has(key)) return;
    const { file, line, column } = place;
    this.#found.set(key, { file, line, column, ...fault(wrong.message, wrong.hint) });
  }

  get size(): number {
    return this.#found.size;
  }

  /** Sorted by place; of very many the first, and how many more there are. */
  sorted(most = SHOWN): readonly Problem[] {
    const all = [...this.#found.values()].sort(byPlace);
    const next = all[most];
    if (next === undefined) return all;
    const { file, line, column } = next;
    return [...all.slice(0, most), { file, line, column, message: `${(all.length - most).toLocaleString("en-GB")} more problems from here on` }];
  }
}

/** Letters to change, drop, add or swap with a neighbour; gives up above `most`. */
const distance = (a: string, b: string, most: number): number => {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let last: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (last[j - 2] ?? 0) + 1);
      next.push(least);
    }
    last = row;
    row = next;
  }
  return row[b.length] ?? 0;
};

/** @returns the known word that was most likely meant, or undefined when none is near. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  if (word.length > 100) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known.slice(0, MOST_CANDIDATES)) {
    const away = distance(wanted, candidate.toLowerCase(), least);
    if (away < least) {
      best = candidate;
      least = away;
    }
  }
  return best;
};

/** `did you mean "heads"?`, else what there is to choose from, else nothing. */
export const suggestion = (word: string, known: readonly string[], otherwise: string): string => {
  const meant = nearest(word, known);
  if (meant !== undefined) return `did you mean ${quoted(meant)}?`;
  return known.length > 0 && known.length <= 12 ? `known here: ${known.map((name) => quoted(name)).join(", ")}` : otherwise;
};
