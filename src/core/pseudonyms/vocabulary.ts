/** Words and ids that say nothing about a tenant, because every tenant may have them: what pseudonyms leave as it is. */

import { isKnownApplication } from "../applications.ts";
import type { ObjectId } from "../tenant.ts";

const wordsIn = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

/** What shared accounts, devices and programs are called before the `@`. */
const ROLES = wordsIn(`
  absence accounts admin administration administrator admissions alarm alerts attendance automation backup bot break breakglass bursar careers caretaker clerk
  contact copier copiers cover deputy desk display emergency enquiries equipment events exams ext fax finance glass governors guest guests head heads headteacher
  headteachers helpdesk hello hr info it itsupport jobs kiosk kitchen library mail minibus monitoring news newsletter no noreply nurse office offices parents
  payroll phone postmaster print printer printers principal projector pupil pupils purchase reception reply room rooms safeguarding sales scan scanner scanners
  script sen senco service servicedesk services share shared site staff student students supply support svc sync teacher teachers team test trainer training
  visitor web webmaster website whiteboard whiteboards
`);

/** What this tool says of what it makes, and plans of what they do: no word here names an organisation. */
const NAMES = wordsIn(`
  access account accounts adopters after again all and app application applications apply are as asked at back because block but by change clients come
  conditional date day days default defaults delete early entra everybody everyone except for from group groups imap in is its kept left list lists made members
  mfa mobile multifactor named network networks never new nobody not of off office365 old on one only or others out outlook outside own passwordless phase phases
  phishing pilot plan policies policy pop pop3 program programs progress protocols register registering registration remote resistant rollout rule s security
  smtp staged strength synced t that the this to two until unused user users web week who with without year
`);

const WORDS: ReadonlySet<string> = new Set([...ROLES, ...NAMES]);
const ROLE_WORDS: ReadonlySet<string> = new Set(ROLES);

/** A word, in lower case and without accents, that stays: a number of up to four digits is a year, a room or a count. */
export const isPublicWord = (word: string): boolean => WORDS.has(word) || /^\d{1,4}$/.test(word);

/** What stays of a text that somebody wrote: a number that is no year, and nobody's. */
export const isNumber = (word: string): boolean => /^\d{1,2}$/.test(word);

/** `emergency-1`, `office`, `svc.print`: nobody's name. A longer number behind the word may be somebody's. */
export const isRole = (local: string): boolean => {
  const words = local.toLowerCase().split(/[._-]+/);
  return (
    words.some((word) => ROLE_WORDS.has(word.replace(/\d{1,2}$/, ""))) &&
    words.every((word) => ROLE_WORDS.has(word.replace(/\d{1,2}$/, "")) || /^\d{1,2}$/.test(word))
  );
};

/** Parts of domain names that stay: the reserved end (RFC 2606), and where the service puts a tenant's first domain. */
const LABELS: ReadonlySet<string> = new Set(["example", "onmicrosoft"]);
export const isPublicLabel = (label: string): boolean => LABELS.has(label);
export const END = "example";

/**
 * Ids that Microsoft gave and that are the same everywhere: those of built-in things begin with zeros, those of its older applications
 * end alike, and the others are known by name.
 */
export const isPublicId = (id: ObjectId): boolean => /^0{8}-|-0000-0ff1-ce00-0{12}$|-0000-0000-c000-0{12}$/.test(id) || isKnownApplication(id);
