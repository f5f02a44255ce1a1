/** The example plans in a folder of a test's own. */

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const COUNTY = "county-schools-2018.yaml";
const MAIL_PHASE = / {2}# Few schools use POP3[\s\S]*? {2}- id: pop-imap-off\n[\s\S]*?\n\n(?= {2}- id: early-adopters\n)/;

/** The county's plan as it goes on after its first phase. */
export const withoutMail = (text: string): string => {
  const rest = text.replace(MAIL_PHASE, "");
  if (rest === text || rest.includes("pop-imap-off")) throw new Error(`${COUNTY} has no phase pop-imap-off to leave out`);
  return rest;
};

/**
 * `without mail`: the county's first phase, which is about 1,434 mailboxes, is left out. It has scenarios of its own
 * (test/scenarios/mailboxes-*.test.ts); everywhere else each command would only read and write all of them besides.
 */
export const copyPlans = (cwd: string, county: "as published" | "without mail" = "without mail"): void => {
  const folder = join(cwd, "rollout-plans");
  cpSync("rollout-plans", folder, { recursive: true });
  if (county === "without mail") writeFileSync(join(folder, COUNTY), withoutMail(readFileSync(join(folder, COUNTY), "utf8")));
};
