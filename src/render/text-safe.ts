/**
 * What comes from a tenant or a file may hold anything; on a terminal it may not become an escape code, a second line, or
 * letters that run the other way.
 */

// Controls (C0, C1, DEL), line and paragraph separators, marks and overrides of direction, characters without width that
// hide what stands there, tags, interlinear notes, and halves of surrogate pairs.
const UNSAFE =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|\u034f|\p{Cs}/gu;

/** Most text by far, and a pattern that needs no table of all letters to be compiled. */
const PLAIN = /^[\x20-\x7e]*$/;

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

const codeUnits = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

/** One line of visible text: whatever could move the cursor, hide or reorder text is written out, as in `\u{202e}`. */
export const safe = (text: string): string => (PLAIN.test(text) ? text : text.replace(UNSAFE, escaped));

/** JSON text that says the same and holds none of these characters but the line breaks between its values. */
export const safeJson = (json: string): string => json.replace(UNSAFE, (character) => (character === "\n" ? character : codeUnits(character)));
