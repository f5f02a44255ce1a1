/** Two workers end together when neither is left alone with a long file at the end. */

import { existsSync } from "node:fs";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Whatever a fresh checkout, which knows no durations and goes by the size of files, would begin too late; the longest first. */
const LONG = [
  "readme.test.ts",
  "scenarios/mailboxes-line.test.ts",
  "laws/lock-out.test.ts",
  "scenarios/lists.test.ts",
  "cli/process.test.ts",
  "scenarios/snapshot.test.ts",
  "scenarios/per-user.test.ts",
  "scenarios/mailboxes-undo.test.ts",
  "scenarios/lost-answers.test.ts",
  "scenarios/interrupted.test.ts",
  "as-script/whole.test.ts",
  "adding-a-kind.test.ts",
].map((name) => {
  const url = new URL(name, import.meta.url);
  if (!existsSync(url)) throw new Error(`test/sequencer.ts names a file that is not there: ${name}`);
  return url.pathname;
});

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = LONG.indexOf(moduleId);
  return place < 0 ? LONG.length : place;
};

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((left, right) => placeOf(left) - placeOf(right));
  }
}
