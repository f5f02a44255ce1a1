/** The example plans in a folder of a test's own. */

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const COUNTY = "county-schools-2018.yaml";
const MAIL_PHASE = / {2}# Few schools use POP3[\s\S]*? {2}- id: pop-imap-off\n[\s\S]*?\n\n(?= {2}- id: early-adopters\n)/;
const ACCOUNT_PHASES = /\n {2}# Accounts that were asked for and that nobody ever used\.[\s\S]*$/;

/** The county's plan from after its first phase until before its last two. */
export const withoutMail = (text: string): string => {
  const rest = text.replace(MAIL_PHASE, "").replace(ACCOUNT_PHASES, "");
  if (["pop-imap-off", "unused-"].some((id) => !text.includes(`- id: ${id}`) || rest.includes(`- id: ${id}`)))
    throw new Error(`${COUNTY} has no such phases to leave out`);
  return rest;
};

/**
 * `without mail`: the county's first phase, which is about 1,434 mailboxes, and the last two, which are about accounts on a list, are
 * left out. They have scenarios of their own (test/scenarios/mailboxes-*.test.ts, accounts-*.test.ts); everywhere else each command
 * would only read and write all of them besides.
 */
export const copyPlans = (cwd: string, county: "as published" | "without mail" = "without mail"): void => {
  const folder = join(cwd, "rollout-plans");
  cpSync("rollout-plans", folder, { recursive: true });
  if (county === "without mail") writeFileSync(join(folder, COUNTY), withoutMail(readFileSync(join(folder, COUNTY), "utf8")));
};
