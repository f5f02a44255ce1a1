/** What the checks say, each with its verdict first. */

import type { Verdict } from "../core/changes.ts";
import type { FindingLine } from "../core/document.ts";
import { haveReasons, reasonLines } from "./accounts.ts";
import { hanging, listed, padEnd } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";

const PAINTS = { go: "good", stop: "bad", unclear: "warning" } as const satisfies Record<Verdict, keyof View["style"]>;
const ORDER = { stop: 0, unclear: 1, go: 2 } as const satisfies Record<Verdict, number>;

const LABEL = 9;

export const findingLines = (findings: readonly FindingLine[], view: View): readonly string[] => {
  const columns = columnsOf(view);
  return findings
    .toSorted((a, b) => ORDER[b.verdict] - ORDER[a.verdict])
    .flatMap((finding) => {
      const verdict = finding.allowed === true ? "allowed" : finding.verdict;
      const paint = finding.allowed === true ? view.style.warning : view.style[PAINTS[finding.verdict]];
      const label = padEnd(verdict, LABEL - 1);
      const detail = hanging(`  ${label} `, safe(finding.detail), columns).replace(label, paint(verdict) + label.slice(verdict.length));
      const under = " ".repeat(LABEL + 2);
      // Whom the sentence names already need not stand under it again.
      const unnamed = finding.accounts?.some((account) => !finding.detail.includes(account)) === true ? finding.accounts : [];
      const named = (): readonly string[] => [under + listed(unnamed.map(safe), columns - under.length, Math.max(finding.count ?? 0, unnamed.length))];
      const accounts = unnamed.length === 0 ? [] : haveReasons(unnamed) ? reasonLines(unnamed, under, view) : named();
      // What was let pass is settled for this run.
      const hint = finding.allowed === true || finding.hint === undefined ? [] : [hanging(`${under}-> `, safe(finding.hint), columns)];
      return [detail, ...accounts, ...hint];
    });
};

/** `one check says stop`, `two checks say stop and one is unclear`. */
export const stopWords = (findings: readonly FindingLine[]): string => {
  const open = findings.filter((finding) => finding.allowed !== true);
  const stops = open.filter((finding) => finding.verdict === "stop").length;
  const unclear = open.filter((finding) => finding.verdict === "unclear").length;
  const stop = stops === 1 ? "one check says stop" : `${stops} checks say stop`;
  const dark = unclear === 1 ? "one is unclear" : `${unclear} are unclear`;
  if (stops > 0 && unclear > 0) return `${stop} and ${dark}`;
  return stops > 0 ? stop : unclear === 1 ? "one check is unclear" : `${unclear} checks are unclear`;
};
