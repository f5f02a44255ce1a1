/** The accounts that every tenant of schools has in its centre, and the names that programs stumble over. */

import type { Instant } from "../../runtime.ts";
import { DAY_MS, type Special } from "./account.ts";
import { NAMES, nameAt } from "./names.ts";
import { keyOf, mix } from "./numbers.ts";

const APP: Pick<Special, "registered"> = { registered: ["microsoftAuthenticatorPush", "softwareOneTimePasscode"] };

/** Enabled, cloud-only, with a security key that lies in a safe; nobody signs in with them on ordinary days. */
export const emergencyAccounts = (domain: string): readonly Special[] =>
  [1, 2].map((place) => ({
    address: `emergency-${place}@${domain}`,
    displayName: `Emergency access ${place}`,
    mail: null,
    activity: 20 + place,
    registered: ["fido2"],
  }));

/** Accounts of their own for the administration, without a mailbox. */
export const administrators = (domain: string, given: readonly string[]): readonly Special[] =>
  given.map((name, place) => ({
    address: `admin.${name.toLowerCase()}@${domain}`,
    displayName: `${name} (administration)`,
    given: name,
    mail: null,
    licences: ["faculty"],
    activity: place,
    registered: place === 0 ? ["fido2"] : ["microsoftAuthenticatorPush", "softwareOneTimePasscode"],
  }));

export const synchronisationAccount = (initialDomain: string): Special => ({
  address: `Sync_DC01_3f1c9a2b7d4e@${initialDomain}`,
  displayName: "On-Premises Directory Synchronization Service Account",
  mail: null,
  activity: 0,
  program: "script",
});

/** People of the centre with names of their own. @param jobs one an account, each `department: job` */
export const centralStaff = (seed: string, domain: string, company: string, jobs: readonly string[]): readonly Special[] =>
  jobs.map((job, place) => {
    const key = keyOf(seed);
    const name = nameAt((mix(key, 77) + place * 20_011) % NAMES);
    const [department = job, jobTitle = job] = job.split(": ");
    const address = `${name.local}@${domain}`;
    return {
      address,
      displayName: `${name.given} ${name.surname}`,
      given: name.given,
      surname: name.surname,
      department,
      jobTitle,
      company,
      employeeType: "Staff",
      licences: ["faculty"],
      activity: place % 9,
      registered: place % 7 === 6 ? ["email"] : (APP.registered ?? []),
    };
  });

/** Guests keep the address of their own organisation inside their user principal name. */
export const guests = (initialDomain: string, addresses: readonly string[]): readonly Special[] =>
  addresses.map((mail, place) => ({
    address: `${mail.replace("@", "_")}#EXT#@${initialDomain}`,
    displayName: mail.slice(0, mail.indexOf("@")),
    mail,
    guest: { accepted: place % 3 !== 2 },
    activity: place % 3 === 2 ? "never" : 5 + place * 11,
    registered: place % 3 === 0 ? ["mobilePhone"] : [],
  }));

/** Mailboxes that nobody signs in to: the account behind them is blocked and has no licence. */
export const sharedMailboxes = (domain: string, names: Readonly<Record<string, string>>): readonly Special[] =>
  Object.entries(names).map(([local, displayName]) => ({ address: `${local}@${domain}`, displayName, enabled: false, activity: "never" as const }));

const LONG = "Long ".repeat(51).trim();

const ODD: readonly { readonly local: string; readonly name: string }[] = [
  { local: "reception.class", name: "🌻 Reception class 👩‍🏫" },
  { local: "l.haddad", name: "ليلى حداد" },
  { local: "backwards", name: "Layla \u202Etxt.exe" },
  { local: "maeve.o'dell", name: `Maeve "Mo" O'Dell` },
  { local: "p.ashworth", name: "Ashworth, Dr. Piers" },
  { local: "two.lines", name: "First line\nsecond line" },
  { local: "formula", name: "=cmd|'/C calc'!A0" },
  { local: "sum", name: "@SUM(1+1)*cmd" },
  { local: "very.long", name: LONG },
  { local: "red", name: "\u001b[31mRed\u001b[0m \u001b]0;title\u0007" },
  { local: "markup", name: "<img src=x onerror=alert(1)>" },
];

/** Names that break programs which trust them, on ordinary staff accounts. */
export const oddNames = (domain: string, company: string, startsAt: Instant): readonly Special[] =>
  ODD.map(({ local, name }, place) => ({
    address: `${local}@${domain}`,
    displayName: name,
    licences: ["faculty"],
    department: place === 4 ? "Sport, music & art" : "English",
    jobTitle: "Teacher",
    company,
    employeeType: "Staff",
    created: startsAt - (200 + place) * DAY_MS,
    activity: place,
    registered: place % 4 === 3 ? [] : (APP.registered ?? []),
  }));
