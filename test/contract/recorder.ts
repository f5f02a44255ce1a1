/** What became of the exchanges of one test file: counted, and held in the order in which they happened, without anybody waiting for it. */

export type Counts = {
  readonly checked: number;
  readonly exempt: number;
  /** Facts about Exchange that were exercised, by name. */
  readonly seen?: readonly string[];
};

declare module "vitest" {
  interface TaskMeta {
    /** On each test file: its exchanges with Graph. */
    contract?: Counts;
  }
}

export type Recorder = {
  /** Files share a process: each begins with nothing counted and nothing excused. */
  readonly begin: () => void;
  /** Ids of what this file's tests arranged although the table does not allow it. */
  readonly odd: Set<string>;
  /** Questions that the practice tenant's door has seen: they are not counted again where they left the client. */
  readonly counted: Set<string>;
  /** Does it in its turn. Bodies are read in the background: an answer is not later than it would be without anybody listening. */
  readonly later: (act: () => Promise<void>) => void;
  readonly count: (isExempt: boolean) => void;
  readonly fault: (text: string) => void;
  /** Facts about Exchange that an exchange exercised. */
  readonly saw: (facts: readonly string[]) => void;
  readonly seenSoFar: () => readonly string[];
  readonly countsSoFar: () => Counts;
  /** The faults since the last time, each once. */
  readonly faultsSince: () => Promise<readonly string[]>;
};

export const createRecorder = (): Recorder => {
  let checked = 0;
  let exempt = 0;
  let faults: string[] = [];
  let work: Promise<void> = Promise.resolve();
  const odd = new Set<string>();
  const counted = new Set<string>();
  const seen = new Set<string>();
  return {
    begin: () => {
      checked = 0;
      exempt = 0;
      odd.clear();
      counted.clear();
      seen.clear();
    },
    odd,
    counted,
    later: (act) => {
      work = work.then(act).catch((error: unknown) => {
        faults.push(`an exchange that could not be held: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      });
    },
    count: (isExempt) => {
      if (isExempt) exempt += 1;
      else checked += 1;
    },
    fault: (text) => void faults.push(text),
    saw: (facts) => {
      for (const fact of facts) seen.add(fact);
    },
    seenSoFar: () => [...seen].sort(),
    countsSoFar: () => ({ checked, exempt }),
    faultsSince: async () => {
      await work;
      const found = [...new Set(faults)];
      faults = [];
      return found;
    },
  };
};

/** The one of this test file. */
export const recorder = createRecorder();
