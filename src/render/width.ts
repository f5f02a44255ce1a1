/** How many cells of a terminal a text takes: a wide character two, a combining one none. Text without colour codes. */

const ASCII = /^[ -~]*$/;
const EMOJI_SIGN = "\ufe0f";
const ZERO = /^[\p{M}\p{Cf}\p{Cc}]+$/u;
/** East Asian Wide and Fullwidth (UAX 11) as far as names have them, and what is shown as an emoji. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})/u;

/** Cells of one grapheme. */
const cellsOf = (grapheme: string): number => {
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) || grapheme.includes(EMOJI_SIGN) ? 2 : 1;
};

/** Made when it is first needed: most text is plain, and the tables cost more to load than the rest of a short command. */
const segments = (text: string): Iterable<{ readonly segment: string }> => new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);

export const widthOf = (text: string): number => {
  if (ASCII.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of segments(text)) cells += cellsOf(segment);
  return cells;
};

/** Cut to `width` cells, with three dots where it was cut. */
export const fit = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  const room = Math.max(0, width - 3);
  let cut = "";
  let used = 0;
  for (const { segment } of segments(text)) {
    const cells = cellsOf(segment);
    if (used + cells > room) break;
    cut += segment;
    used += cells;
  }
  return `${cut.trimEnd()}${".".repeat(Math.min(3, Math.max(0, width)))}`;
};
