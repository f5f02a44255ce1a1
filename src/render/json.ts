/** Documents for programs: keys in the order of their shape, two spaces, one line feed at the end. */

import { safeJson } from "./text-safe.ts";

/** The same document always gives the same text, and none of its text can move a cursor. */
export const jsonText = (document: object): string => `${safeJson(JSON.stringify(document, undefined, 2))}\n`;
