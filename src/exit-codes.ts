/** What the tool says by its exit code. The first that applies, in this order. */

export const EXIT_CODES = [
  { code: 130, name: "interrupted", meaning: "interrupted, or the question was answered with no" },
  { code: 64, name: "usage", meaning: "wrong usage; or an answer is needed and there is no terminal to ask on" },
  { code: 65, name: "bad-plan", meaning: "the plan, or a list it names, is not sound" },
  { code: 5, name: "stale", meaning: "what was approved is no longer what would be done; nothing was written" },
  { code: 3, name: "stopped", meaning: "a check says stop" },
  { code: 4, name: "partly", meaning: "partly done, or something could not be read; run it again" },
  { code: 77, name: "not-permitted", meaning: "not signed in, not permitted, or not licensed" },
  { code: 69, name: "unavailable", meaning: "the service did not answer or was too busy" },
  { code: 1, name: "failed", meaning: "failed" },
  { code: 2, name: "pending", meaning: "there are changes to apply (only diff --exit-code)" },
  { code: 0, name: "done", meaning: "done, or nothing to do" },
] as const;

export type ExitName = (typeof EXIT_CODES)[number]["name"];
export type ExitCode = (typeof EXIT_CODES)[number]["code"];

export const exitCode = (name: ExitName): ExitCode => {
  for (const each of EXIT_CODES) if (each.name === name) return each.code;
  return 1;
};
