/** Commands as a person would type them, for "what next". */

const PLAIN = /^[\w@%+=:,./\\-]+$/;

const quoted = (word: string): string => (PLAIN.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`);

/** Words without a value are left out; what needs quotes gets double ones, which every shell takes. */
export const commandLine = (...words: readonly (string | undefined)[]): string =>
  ["entra-rollout", ...words.filter((word) => word !== undefined).map(quoted)].join(" ");

/** An option with its value, or nothing when it was not given. */
export const option = (name: string, value: string | undefined): readonly string[] => (value === undefined ? [] : [name, value]);
