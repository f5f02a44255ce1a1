/** The contract's own line at the end of a run. */

import type { Reporter, Vitest } from "vitest/node";
import type { Counts } from "./recorder.ts";

export type Closing = { readonly line: string; readonly isBad: boolean };

/** @param isWhole nobody asked for some of the tests only: then there must have been exchanges */
export const closingOf = (counts: readonly Counts[], isWhole: boolean): Closing => {
  const checked = counts.reduce((sum, one) => sum + one.checked, 0);
  const exempt = counts.reduce((sum, one) => sum + one.exempt, 0);
  const isBad = checked === 0 && isWhole;
  const line = `contract: ${checked} checked, ${exempt} exempt, ${checked + exempt} total`;
  return { line: isBad ? `${line}: nothing was held against the contract` : line, isBad };
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
