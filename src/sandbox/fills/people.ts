/**
 * Who is in a tenant of schools: where each account stands and what it is like, from its number alone, and its number
 * from its address alone. The central accounts and those of the schools come first; whatever is asked for beyond them
 * are further staff and pupils, dealt out over the schools.
 */

import type { Instant } from "../../runtime.ts";
import { type Account, type Activity, accountOf, DAY_MS, type Registered, type Special } from "./account.ts";
import { NAMES, nameAt, numberOfLocal } from "./names.ts";
import { keyOf, mix, pick, share } from "./numbers.ts";
import { examplePhone } from "./registration.ts";

export type School = {
  readonly place: number;
  /** One word, lower case. */
  readonly name: string;
  readonly title: string;
  readonly domain: string;
  /** As some addresses spell it. */
  readonly spelledDomain: string;
  readonly staff: number;
  readonly pupils: number;
  /** What its staff's accounts say of synchronisation. */
  readonly synced: boolean | null;
};

/** An account that every school has. */
export type Post = { readonly local: string; readonly of: (school: School) => Special };

export type Layout = {
  /** Whatever varies comes from it. */
  readonly seed: string;
  readonly startsAt: Instant;
  readonly central: readonly Special[];
  readonly schools: readonly School[];
  readonly posts: readonly Post[];
  /** Domains in which an account may have an old address, by the school's domain. */
  readonly oldDomain: (school: School) => string | undefined;
  /** What an ordinary member of staff or pupil is like here; its address stays. As everywhere when missing. */
  readonly adapt?: (usual: Special, of: "staff" | "pupil", number: number) => Special;
  /** How a pupil's address begins, letters only; `pupil` when missing. */
  readonly pupilWord?: string;
};

export type People = {
  /** How many there are before any further ones. */
  readonly usual: number;
  readonly at: (number: number) => Account;
  /** The number of a user principal name in any case. @param total how many accounts there are */
  readonly numberOf: (address: string, total: number) => number | undefined;
};

// A prime that does not divide `NAMES`: every name comes once before any comes again.
const STEP = 30_011;

const inverseOf = (step: number, modulus: number): number => {
  let [old, rest, oldFactor, factor] = [step, modulus, 1, 0];
  while (rest !== 0) {
    const quotient = Math.floor(old / rest);
    [old, rest, oldFactor, factor] = [rest, old - quotient * rest, factor, oldFactor - quotient * factor];
  }
  if (old !== 1) throw new RangeError(`${step} has no inverse modulo ${modulus}`);
  return ((oldFactor % modulus) + modulus) % modulus;
};
const BACK = inverseOf(STEP, NAMES);

const SUBJECTS = [
  "English",
  "Mathematics",
  "Science",
  "Music",
  "Art",
  "Humanities",
  "Languages",
  "Sport",
  "Early years",
  "Inclusion",
  "Catering",
  "Site",
  "Library",
];
const JOBS = [
  "Teacher",
  "Teaching assistant",
  "Class teacher",
  "Cover supervisor",
  "Technician",
  "Midday supervisor",
  "Caretaker",
  "Librarian",
  "Governor",
  "Trainee teacher",
];

/** Of a hundred staff who have signed in, which have registered what; the rest have registered nothing. */
const REGISTERED: readonly { readonly upTo: number; readonly what: readonly Registered[] }[] = [
  { upTo: 0.42, what: ["microsoftAuthenticatorPush", "softwareOneTimePasscode"] },
  { upTo: 0.64, what: ["mobilePhone", "microsoftAuthenticatorPush", "softwareOneTimePasscode"] },
  { upTo: 0.75, what: ["mobilePhone"] },
  { upTo: 0.77, what: ["officePhone", "email"] },
  { upTo: 0.785, what: ["softwareOneTimePasscode"] },
  { upTo: 0.8, what: ["fido2", "windowsHelloForBusiness"] },
  { upTo: 0.805, what: ["hardwareOneTimePasscode"] },
  { upTo: 0.87, what: ["email"] },
  { upTo: 0.92, what: ["securityQuestion"] },
  { upTo: 0.93, what: ["email", "securityQuestion"] },
];

const activityAt = (chance: number, number: number): Activity => {
  if (chance < 0.04) return "never";
  if (chance < 0.045) return "attempts";
  return chance < 0.085 ? 90 + (number % 300) : number % 40 === 0 ? 45 : number % 12;
};

const pupilLocal = (word: string, ordinal: number): string => `${word}${String(ordinal + 1).padStart(4, "0")}`;

export const peopleOf = (layout: Layout): People => {
  const { schools, posts, central, startsAt } = layout;
  const pupilWord = layout.pupilWord ?? "pupil";
  const pupilPattern = new RegExp(`^${pupilWord}(\\d{4,9})$`, "u");
  const adapted = (usual: Special, of: "staff" | "pupil", number: number): Account =>
    accountOf(layout.adapt === undefined ? usual : { ...layout.adapt(usual, of, number), address: usual.address }, startsAt);
  const key = keyOf(layout.seed);
  const traits = { enabled: mix(key, 1), licence: mix(key, 2), activity: mix(key, 3), registered: mix(key, 4), age: mix(key, 5), job: mix(key, 6) };
  const starts: number[] = [central.length];
  for (const school of schools) starts.push((starts.at(-1) ?? 0) + posts.length + school.staff + school.pupils);
  const usual = starts.at(-1) ?? 0;
  const centralPlaces = new Map(central.map((special, place) => [special.address.toLowerCase(), place]));
  const schoolsByDomain = new Map(schools.map((school) => [school.domain, school]));
  const postPlaces = new Map(posts.map((post, place) => [post.local, place]));
  const shiftOf = (school: School): number => mix(key, 1000 + school.place) % NAMES;
  const startOf = (school: School): number => starts[school.place] ?? 0;

  const staffAt = (school: School, ordinal: number, number: number): Account => {
    const name = nameAt(((ordinal % NAMES) * STEP + shiftOf(school)) % NAMES);
    const round = Math.floor(ordinal / NAMES);
    const base = name.local + (round === 0 ? "" : String(round + 1));
    const local = number % 16 === 5 ? base.replaceAll(/(^|\.)[a-z]/gu, (letter) => letter.toUpperCase()) : base;
    const address = `${local}@${school.domain}`;
    const old = number % 23 === 7 ? layout.oldDomain(school) : undefined;
    const activity = activityAt(share(traits.activity, number), number);
    const chance = share(traits.registered, number);
    const registered = activity === "never" || activity === "attempts" ? [] : (REGISTERED.find((row) => chance < row.upTo)?.what ?? []);
    const licence = share(traits.licence, number);
    return adapted(
      {
        address,
        displayName: `${name.given} ${name.surname}`,
        given: name.given,
        surname: name.surname,
        aliases: old === undefined ? [] : [`${base}@${old}`],
        enabled: share(traits.enabled, number) >= 0.03,
        created: startsAt - Math.floor(60 + share(traits.age, number) * 2000) * DAY_MS,
        synced: school.synced,
        licences: licence < 0.06 ? [] : licence < 0.12 ? ["basic"] : ["faculty"],
        department: pick(SUBJECTS, mix(traits.job, number)),
        jobTitle: pick(JOBS, mix(traits.job, number) >>> 8),
        company: school.title,
        employeeType: "Staff",
        mobile: registered.includes("mobilePhone") ? examplePhone(number) : null,
        activity,
        registered,
      },
      "staff",
      number,
    );
  };

  const pupilAt = (school: School, ordinal: number, number: number): Account => {
    const name = nameAt(mix(traits.job, number) % NAMES);
    return adapted(
      {
        address: `${pupilLocal(pupilWord, ordinal)}@${school.domain}`,
        displayName: `${name.given} ${name.surname.slice(0, 1)}`,
        given: name.given,
        surname: name.surname.slice(0, 1),
        enabled: share(traits.enabled, number) >= 0.02,
        created: startsAt - Math.floor(40 + share(traits.age, number) * 1500) * DAY_MS,
        synced: school.synced,
        licences: number % 9 === 4 ? ["student"] : ["studentBenefit"],
        department: `Year ${1 + (number % 6)}`,
        company: school.title,
        employeeType: "Pupil",
        activity: activityAt(share(traits.activity, number), number),
      },
      "pupil",
      number,
    );
  };

  const atSchool = (school: School, inside: number, number: number): Account => {
    const post = posts[inside];
    if (post !== undefined) return accountOf({ company: school.title, ...post.of(school) }, startsAt);
    const ordinal = inside - posts.length;
    return ordinal < school.staff ? staffAt(school, ordinal, number) : pupilAt(school, ordinal - school.staff, number);
  };

  // Of three further accounts of a school two are staff and one is a pupil.
  const further = (place: number, number: number): Account => {
    const school = pick(schools, place);
    const turn = Math.floor(place / schools.length);
    const threes = Math.floor(turn / 3);
    return turn % 3 === 2 ? pupilAt(school, school.pupils + threes, number) : staffAt(school, school.staff + threes * 2 + (turn % 3), number);
  };

  const at = (number: number): Account => {
    const special = central[number];
    if (special !== undefined) return accountOf(special, startsAt);
    if (number >= usual) return further(number - usual, number);
    const place = starts.findLastIndex((start) => start <= number);
    const school = schools[place];
    if (school === undefined) throw new RangeError(`no account ${number}`);
    return atSchool(school, number - startOf(school), number);
  };

  const staffNumber = (school: School, ordinal: number): number => {
    if (ordinal < school.staff) return startOf(school) + posts.length + ordinal;
    const beyond = ordinal - school.staff;
    return usual + (Math.floor(beyond / 2) * 3 + (beyond % 2)) * schools.length + school.place;
  };

  const pupilNumber = (school: School, ordinal: number): number => {
    if (ordinal < school.pupils) return startOf(school) + posts.length + school.staff + ordinal;
    return usual + ((ordinal - school.pupils) * 3 + 2) * schools.length + school.place;
  };

  const guess = (address: string): number | undefined => {
    const special = centralPlaces.get(address);
    if (special !== undefined) return special;
    const split = address.lastIndexOf("@");
    const school = schoolsByDomain.get(address.slice(split + 1));
    if (split < 1 || school === undefined) return undefined;
    const local = address.slice(0, split);
    const post = postPlaces.get(local);
    if (post !== undefined) return startOf(school) + post;
    const pupil = pupilPattern.exec(local)?.[1];
    if (pupil !== undefined) return pupilNumber(school, Number(pupil) - 1);
    const parts = /^([a-z]+\.[a-z]+)(\d{0,5})$/u.exec(local);
    const name = numberOfLocal(parts?.[1] ?? "");
    if (name === undefined) return undefined;
    const round = parts?.[2] === "" ? 0 : Number(parts?.[2]) - 1;
    return staffNumber(school, round * NAMES + ((((name - shiftOf(school) + NAMES) % NAMES) * BACK) % NAMES));
  };

  return {
    usual,
    at,
    numberOf: (address, total) => {
      const wanted = address.toLowerCase();
      const number = guess(wanted);
      // A guess reads the address leniently; only the account that bears it is the answer.
      return number !== undefined && number >= 0 && number < total && at(number).address.toLowerCase() === wanted ? number : undefined;
    },
  };
};
