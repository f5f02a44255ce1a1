/** The watch's own line at the end of a run. */

import type { Reporter, Vitest } from "vitest/node";
import type { WatchCounts } from "./watch.ts";

export type Closing = { readonly line: string; readonly isBad: boolean };

/** @param isWhole nobody asked for some of the tests only: then something must have been searched, and for something */
export const closingOf = (all: readonly WatchCounts[], isWhole: boolean): Closing => {
  const sum = (count: keyof WatchCounts): number => all.reduce((total, each) => total + each[count], 0);
  const [texts, secrets, tokensSent] = [sum("texts"), sum("secrets"), sum("tokensSent")];
  const isBad = isWhole && (texts === 0 || secrets === 0 || tokensSent === 0);
  return { line: `watch: ${texts} texts searched for ${secrets} secrets, ${tokensSent} tokens followed${isBad ? ": nothing was watched" : ""}`, isBad };
};

export const watchReporter = (): Reporter => {
  let vitest: Vitest | undefined;
  return {
    onInit: (context) => {
      vitest = context;
    },
    onTestRunEnd: async (modules) => {
      const all = await vitest?.globTestSpecifications();
      const isWhole = all?.length === modules.length && vitest?.config.testNamePattern === undefined;
      const { line, isBad } = closingOf(
        modules.flatMap((module) => module.meta().watch ?? []),
        isWhole,
      );
      vitest?.logger.log(line);
      if (isBad) process.exitCode = 1;
    },
  };
};
