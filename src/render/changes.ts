/** The changes of a diff under the phases that ask for them: what, and before -> after. */

import type { ChangeLine, PhaseLine } from "../core/document.ts";
import { hanging, padEnd } from "./layout.ts";
import { columnsOf, type View } from "./view.ts";
import { widthOf } from "./width.ts";
import { changeWords, titleWords } from "./words.ts";

export type Heading = { readonly phase: PhaseLine | undefined; readonly changes: readonly ChangeLine[] };

/** The phase under which a change is shown: the first that is new in it, since the others were told of it before. */
const phaseOf = (change: ChangeLine, phases: readonly PhaseLine[]): PhaseLine | undefined => {
  const its = phases.filter((phase) => change.phases.includes(phase.id));
  return its.find((phase) => phase.state === "due") ?? its.find((phase) => phase.state === "staged" || phase.state === "waiting") ?? its[0];
};

/** Every change once, in the plan's order of phases; last those that no phase asks for. */
export const headings = (changes: readonly ChangeLine[], phases: readonly PhaseLine[]): readonly Heading[] => {
  const under = changes.map((change) => ({ change, phase: phaseOf(change, phases) }));
  return [...phases, undefined]
    .map((phase) => ({ phase, changes: under.filter((each) => each.phase === phase).map((each) => each.change) }))
    .filter((heading) => heading.changes.length > 0);
};

const SIGNS = { create: "+", update: "~", delete: "-" } as const;
const PAINTS = { create: "good", update: "warning", delete: "bad" } as const satisfies Record<ChangeLine["action"], keyof View["style"]>;

const what = ({ kind, name }: ChangeLine): string => titleWords(kind, name);

/** Two resources of one kind may bear one name, as two policies of one cohort do; then the key tells them apart. */
const titles = (changes: readonly ChangeLine[]): ReadonlyMap<ChangeLine, string> => {
  const seen = new Map<string, number>();
  for (const change of changes) seen.set(what(change), (seen.get(what(change)) ?? 0) + 1);
  return new Map(changes.map((change) => [change, (seen.get(what(change)) ?? 0) > 1 ? `${what(change)} (${change.key})` : what(change)]));
};

/** How wide the columns are: one measure for all the changes of a text, so that they stand under each other. */
type Measure = { readonly titles: ReadonlyMap<ChangeLine, string>; readonly title: number; readonly label: number; readonly beside: boolean };

const measured = (changes: readonly ChangeLine[], view: View): Measure => {
  const named = titles(changes);
  const title = Math.max(0, ...changes.map((change) => widthOf(named.get(change) ?? "")));
  const label = Math.max(0, ...changes.flatMap((change) => changeWords(change, view).map((field) => widthOf(field.label))));
  // Addresses are long words: of a list of them a narrow column would make a long one.
  const room = changes.some(({ listed }) => listed !== undefined) ? 64 : 32;
  return { titles: named, title, label, beside: 4 + title + 2 + label + 2 + room <= columnsOf(view) };
};

const linesOf = (change: ChangeLine, { titles: named, title: titleWidth, label, beside }: Measure, view: View): readonly string[] => {
  const title = named.get(change) ?? what(change);
  const head = `  ${view.style[PAINTS[change.action]](SIGNS[change.action])} `;
  const indent = beside ? 4 + titleWidth + 2 : 6;
  const lines = changeWords(change, view).map((field) => hanging(" ".repeat(indent) + padEnd(field.label, label + 2), field.text, columnsOf(view)));
  const [first, ...rest] = lines;
  if (first === undefined) return [head + title];
  return beside ? [head + padEnd(title, titleWidth + 2) + first.slice(indent), ...rest] : [head + title, ...lines];
};

/** The resource stands once, its fields beside it, or beneath it where the terminal is narrow. `among`: all the changes of the text. */
export const changeLines = (changes: readonly ChangeLine[], view: View, among: readonly ChangeLine[] = changes): readonly string[] => {
  const measure = measured(among, view);
  return changes.flatMap((change) => linesOf(change, measure, view));
};
