/** Text that came from a tenant or a file, in Markdown: it stays text, whatever stands in it. */

import { safe } from "./text-safe.ts";

const MARKUP = /[\\`*_[\]<>|~&#]/g;

/**
 * In a sentence or a table. What GitHub makes a link of by itself is written so that it does not.
 * @see https://spec.commonmark.org/0.31.2/#backslash-escapes and https://github.github.com/gfm/#autolinks-extension-
 */
export const markdown = (text: string): string =>
  safe(text)
    .replaceAll(MARKUP, "\\$&")
    .replaceAll("://", "&#58;//")
    .replaceAll(/www\./gi, (found) => `${found.slice(0, -1)}&#46;`)
    // What begins a list or a heading stands at the beginning of a line only.
    .replace(/^(\s*)([-+=]|\d+(?=[.)]))/, (_, space: string, sign: string) => `${space}${/\d/.test(sign) ? `${sign}&#8203;` : `\\${sign}`}`);
