/** The contract's own line at the end of a run. */

import type { Reporter, Vitest } from "vitest/node";
import { coverageOf, exchangeTable, factsOf } from "./exchange-table.ts";
import type { Counts } from "./recorder.ts";

export type Closing = { readonly line: string; readonly isBad: boolean };

/** A table whose facts nobody meets proves nothing: in a whole run each is met, or excused with a reason that still holds. */
const factsMet = (counts: readonly Counts[], isWhole: boolean): Closing => {
  const seen = new Set(counts.flatMap((one) => one.seen ?? []));
  if (seen.size === 0) return { line: "", isBad: false };
  const { missing, stale } = coverageOf(seen, exchangeTable.unexercised);
  const all = factsOf(exchangeTable);
  const met = all.filter((fact) => seen.has(fact)).length;
  const line = `contract: ${met} of ${all.length} facts about Exchange met, ${all.length - met - missing.length} excused`;
  if (!isWhole) return { line, isBad: false };
  const told = [...missing.map((fact) => `never met: ${fact}`), ...stale.map((fact) => `excused and yet met, or no fact: ${fact}`)];
  return { line: [line, ...told].join("\n"), isBad: told.length > 0 };
};

/** @param isWhole nobody asked for some of the tests only: then there must have been exchanges */
export const closingOf = (counts: readonly Counts[], isWhole: boolean): Closing => {
  const checked = counts.reduce((sum, one) => sum + one.checked, 0);
  const exempt = counts.reduce((sum, one) => sum + one.exempt, 0);
  const isBad = checked === 0 && isWhole;
  const line = `contract: ${checked} checked, ${exempt} exempt, ${checked + exempt} total`;
  if (isBad) return { line: `${line}: nothing was held against the contract`, isBad };
  const facts = factsMet(counts, isWhole);
  return { line: facts.line === "" ? line : `${line}\n${facts.line}`, isBad: facts.isBad };
};

export const contractReporter = (): Reporter => {
  let vitest: Vitest | undefined;
  return {
    onInit: (context) => {
      vitest = context;
    },
    onTestRunEnd: async (modules) => {
      const all = await vitest?.globTestSpecifications();
      const isWhole = all?.length === modules.length && vitest?.config.testNamePattern === undefined;
      const { line, isBad } = closingOf(
        modules.flatMap((module) => module.meta().contract ?? []),
        isWhole,
      );
      vitest?.logger.log(`\n${line}`);
      if (isBad) process.exitCode = 1;
    },
  };
};
