/** Which addresses a cohort reaches, as far as the plan's own words tell. */

import { patternsMeet } from "./patterns.ts";
import type { Cohort } from "./plan.ts";

/** Addresses of a pattern, but for those that are left out. */
export type Reach = { readonly pattern: string; readonly kept: readonly string[] };

// No plan comes near these. They bound the time that sums of sums, or very many patterns, can cost.
const MOST_REACHES = 500;
const MOST_PAIRS = 400;

export class Coverage {
  readonly #cohorts: ReadonlyMap<string, Cohort>;
  readonly #known = new Map<Cohort, readonly Reach[]>();

  constructor(cohorts: ReadonlyMap<string, Cohort>) {
    this.#cohorts = cohorts;
  }

  /** Nothing of cohorts that are told by anything but addresses; a sum is told by its parts. */
  of(cohort: Cohort): readonly Reach[] {
    const known = this.#known.get(cohort);
    if (known !== undefined) return known;
    // What leads back to itself reaches nothing by itself.
    this.#known.set(cohort, []);
    const found = this.#read(cohort);
    const reaches = found.length > MOST_REACHES ? [] : found;
    this.#known.set(cohort, reaches);
    return reaches;
  }

  /** Whether two cohorts may hold the same account: only of patterns that never meet it is known that they do not. */
  mayShare(one: Cohort, other: Cohort): boolean {
    if (one === other) return true;
    const [mine, theirs] = [this.of(one), this.of(other)];
    if (mine.length === 0 || theirs.length === 0 || mine.length * theirs.length > MOST_PAIRS) return true;
    return mine.some((a) => theirs.some((b) => patternsMeet(a.pattern, b.pattern)));
  }

  #read(cohort: Cohort): readonly Reach[] {
    const { source } = cohort;
    const kept = cohort.except.flatMap((exception) => exception.accounts);
    const whole = (patterns: readonly string[]): readonly Reach[] => patterns.map((pattern) => ({ pattern, kept }));
    if (source.type === "accounts") return whole(source.patterns);
    if (source.type === "domains") return whole(source.patterns.map((domain) => `*@${domain}`));
    if (source.type === "all") return whole(["*@*"]);
    if (source.type !== "sum") return [];
    // What is taken away and itself has exceptions is not surely gone.
    const gone = this.#parts(source.without).flatMap((reach) => (reach.kept.length === 0 ? [reach.pattern] : []));
    const sum = new Map<string, Reach>();
    for (const reach of this.#parts(source.of)) {
      const all = [...new Set([...reach.kept, ...kept, ...gone])].sort();
      sum.set(JSON.stringify([reach.pattern, all]), { pattern: reach.pattern, kept: all });
    }
    return [...sum.values()];
  }

  #parts(names: readonly string[]): readonly Reach[] {
    return names.flatMap((name) => {
      const part = this.#cohorts.get(name);
      return part === undefined ? [] : this.of(part);
    });
  }
}
