/** Bytes of a file to text, as Windows, a spreadsheet or an editor may have saved it. */

/** A larger plan is refused by its size, before it is read. */
export const MAX_PLAN_BYTES = 1_000_000;
/** A larger list is refused by its size, before it is read: some two hundred thousand rows. */
export const MAX_LIST_BYTES = 8_000_000;
/** A larger review list is refused by its size, before it is read: some twenty thousand rows of a spreadsheet that writes two bytes a letter. */
export const MAX_REVIEW_BYTES = 32_000_000;

/** What makes text no text: a byte that no editor writes. */
export const isBinary = (text: string): boolean => text.includes("\0");

const decoded = (bytes: Uint8Array, encoding: string): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/**
 * Text of a file in UTF-8, or in UTF-16 with its byte order mark, as Windows Notepad writes it.
 *
 * @returns the text without byte order mark, or in a few words why it is none: "it is not a text file". Never throws.
 */
export const decodeText = (bytes: Uint8Array): { readonly text: string } | { readonly problem: string } => {
  const [first, second] = bytes;
  const encoding = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  const text = decoded(bytes, encoding);
  if (text === undefined && !bytes.includes(0)) return { problem: "it is not in UTF-8; save it as UTF-8 and try again" };
  return text === undefined || isBinary(text) ? { problem: "it is not a text file" } : { text };
};
