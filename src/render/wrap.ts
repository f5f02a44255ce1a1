/** Words in lines of at most `width`. A word that is longer stands in a line of its own, whole, so that it can be copied. */
export const wrap = (text: string, width: number, measure: (text: string) => number = (each) => each.length): readonly string[] => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && measure(line) + 1 + measure(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
};
