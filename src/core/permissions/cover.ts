/** The fewest rights that let everything through that is asked. */

/** Ways in which one request is let through; each is a set of names that suffices, the least first. None at all: it needs no right. */
export type Demand = readonly (readonly string[])[];

export const isMet = (demand: Demand, held: ReadonlySet<string>): boolean =>
  demand.length === 0 || demand.some((names) => names.every((name) => held.has(name)));

/**
 * What has to be given, beside what is held, so that every demand is met. Demands with few ways come first, so that what they
 * want anyway is not asked for twice under another name; of several ways that one is taken that adds least, and of equals the first.
 * What turns out not to be missed is left out again: without any of the names some demand would not be met.
 *
 * @returns sorted names, none of them held
 */
export const cover = (demands: readonly Demand[], held: ReadonlySet<string> = new Set()): readonly string[] => {
  const taken = new Set<string>();
  const has = (): ReadonlySet<string> => new Set([...held, ...taken]);
  // Stable: as they come, those with fewer ways before the others.
  for (const demand of demands.toSorted((a, b) => a.length - b.length)) {
    const now = has();
    const ways = demand.map((names) => names.filter((name) => !now.has(name)));
    const [least = []] = ways.toSorted((a, b) => a.length - b.length);
    for (const name of least) taken.add(name);
  }
  for (const name of [...taken].sort()) {
    const without = new Set([...has()].filter((other) => other !== name));
    if (demands.every((demand) => isMet(demand, without))) taken.delete(name);
  }
  return [...taken].sort();
};

/**
 * The held ones without which everything that was let through still is: where either of two would do, the one stays that is asked for.
 *
 * @returns sorted
 */
export const needless = (demands: readonly Demand[], held: readonly string[], asked: readonly string[]): readonly string[] => {
  const kept = new Set(held);
  const met = demands.filter((demand) => isMet(demand, kept));
  const spare: string[] = [];
  // What nobody asked for goes first.
  const order = [...held].sort((a, b) => Number(asked.includes(a)) - Number(asked.includes(b)) || (a < b ? -1 : 1));
  for (const name of order) {
    kept.delete(name);
    if (met.every((demand) => isMet(demand, kept))) spare.push(name);
    else kept.add(name);
  }
  return spare.sort();
};
