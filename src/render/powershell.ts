/** Text as PowerShell reads it. Whatever a tenant or a plan calls things, it stays one literal, or one line of a comment. */

import { safe } from "./text-safe.ts";

/** PowerShell ends a single-quoted text at any of these, not at the apostrophe alone; doubled, each stands for itself. */
const SINGLE_QUOTES = /['\u2018-\u201b]/g;

/** In a single-quoted text nothing else means anything, so that it may have several lines. */
const quoted = (text: string): string => `'${text.replace(SINGLE_QUOTES, "$&$&")}'`;

export const literal = (text: string): string => quoted(safe(text));

/** Many lines as one literal: half a hundred thousand of them would be slow to read as a list. */
export const literalLines = (lines: readonly string[]): string => (lines.length === 0 ? "''" : quoted(`\n${lines.map(safe).join("\n")}\n`));

/** Without a `#>`: that ends only comments of the other sort, and is left as it is. */
export const comment = (text: string): string => (text === "" ? "#" : `# ${safe(text)}`);

/** With the mark by which Windows PowerShell 5.1 knows UTF-8, and the line ends that its users' editors know. */
export const scriptText = (lines: readonly string[]): string => `\u{feff}${lines.join("\n").replaceAll("\n", "\r\n")}\r\n`;
