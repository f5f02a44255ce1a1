/** What people did in the programs of Microsoft 365, as far as it follows from when and with what they signed in. */

import type { MailApp, UsageOfAccount, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import type { Program } from "./account.ts";

const OF_TODAY: readonly MailApp[] = ["Outlook For Windows", "Outlook For Web", "Outlook For Mobile"];

const OF_PROGRAMS: Readonly<Record<Program, readonly MailApp[]>> = {
  script: [],
  smtp: ["SMTP App"],
  imap: ["IMAP4 App", "SMTP App"],
  pop: ["POP3 App", "SMTP App"],
  activesync: ["Other For Mobile"],
  other: ["Mail For Mac"],
};

/** @param programs with which the account fetches or sends mail besides @param person whether somebody sits at it */
export const mailAppsOf = (programs: readonly Program[], person: boolean, number: number): readonly MailApp[] => [
  ...new Set([...(person ? [OF_TODAY[number % OF_TODAY.length] ?? "Outlook For Web"] : []), ...programs.flatMap((program) => OF_PROGRAMS[program])]),
];

/** Who never got in did nothing, however often it was tried. */
export const usageBySignIns = (user: WireObject, mailApps: readonly MailApp[], person = true): UsageOfAccount => {
  const activity = user["signInActivity"];
  const last = isObject(activity) ? activity["lastSuccessfulSignInDateTime"] : undefined;
  if (typeof last !== "string") return { mailApps: [] };
  const day = last.slice(0, 10);
  return { ...(mailApps.length > 0 && { exchange: day }), ...(person && { oneDrive: day, sharePoint: day, teams: day }), mailApps };
};
