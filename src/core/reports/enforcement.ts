/**
 * What enforces MFA for an account today: policies in force, security defaults, its own state of per-user MFA, nothing. Whether a
 * policy is about an account `evaluate-users.ts` decides, once for all accounts that are in the same groups and roles.
 */

import { wantedBy } from "../evaluate-controls.ts";
import { at, membersOf, wordsOf } from "../evaluate-logic.ts";
import { nameWithoutMark } from "../mark.ts";
import {
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  GLOBAL_ADMINISTRATOR,
  type Json,
  type Known,
  type NamedLocationSettings,
  type ObjectId,
  type PerUserState,
  type PolicySettings,
  type ResourceOf,
} from "../tenant.ts";
import { type Somebody as About, belongsBy, isAbout, withoutExclusions } from "./about.ts";
import type { Belonging, Held } from "./belonging.ts";

/** `partly`: only somewhere, or something else will do in its place. */
export type Enforced = "yes" | "partly" | "no" | "unknown";

export type Enforcement = {
  readonly enforced: Enforced;
  /** In words, what asks: in force, or perhaps in force where nobody can say. */
  readonly by: readonly string[];
  /** Policies in report-only, which ask nobody. */
  readonly reportOnly: readonly string[];
  /** Policies in force that would be about the account but leave it out. */
  readonly leftOut: readonly string[];
};

export type Grounds = {
  readonly policies: Known<readonly ResourceOf<"conditional-access">[]>;
  readonly locations: Known<ReadonlyMap<ObjectId, NamedLocationSettings>>;
  readonly securityDefaults: Known<boolean>;
  readonly groups: Belonging;
  readonly groupNames: ReadonlyMap<ObjectId, Known<string>>;
  readonly roles: Belonging;
  /** Templates of the roles that anybody holds. */
  readonly heldRoles: Known<readonly ObjectId[]>;
};

/** `address` in lower case; `perUser` undefined: not known. */
export type Somebody = { readonly id: ObjectId; readonly address: string; readonly guest: boolean; readonly perUser: PerUserState | undefined };

const BROWSER = 1;
const PROGRAMS = 2;
const EVERYWHERE = BROWSER | PROGRAMS;

/** A policy that wants MFA of somebody, as far as it is the same for everybody. */
type Demanding = {
  readonly settings: PolicySettings;
  readonly name: string;
  /** Bits of the clients in which it asks. */
  readonly clients: number;
  /** Where it asks, in words; none: everywhere. */
  readonly limits: readonly string[];
  /** Whether nobody can say that it asks at all. */
  readonly dark: boolean;
};

// ---- what a policy asks, and where

/** Another provider's control is MFA to whoever set it up. */
const isMfa = (control: string): boolean => control === "mfa" || control.startsWith("strength:") || control.startsWith("custom:");

const CONTROLS: Readonly<Record<string, string>> = {
  compliantdevice: "a compliant device",
  domainjoineddevice: "a device joined to the domain",
  approvedapplication: "an approved app",
  compliantapplication: "an app with a protection policy",
};

const controlWord = (control: string): string => {
  if (control.startsWith("terms-of-use:")) return "terms of use";
  if (control.startsWith("unknown:")) return "something that this tool does not know";
  return CONTROLS[control.toLowerCase()] ?? control;
};

/** Policies from before August 2020 may name no client and mean those that can answer. */
const clientsIn = ({ clients }: PolicySettings): number => {
  if (clients.includes("all") || clients.length === 0) return EVERYWHERE;
  return (clients.includes("browser") ? BROWSER : 0) | (clients.includes("mobile-and-desktop") ? PROGRAMS : 0);
};

const CLIENT_WORDS: Readonly<Record<number, string>> = { [BROWSER]: "on the web only", [PROGRAMS]: "in programs only" };

const APPS: Readonly<Record<string, string>> = { office365: "Office 365", "admin-portals": "Microsoft's admin portals" };
const listed = (words: readonly string[], most: number, what: string): string =>
  words.length > most ? `${words.length} ${what}` : words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
const appsWord = (ids: readonly string[]): string => {
  const words = ids.filter((id) => APPS[id] !== undefined).map((id) => APPS[id] ?? id);
  const others = ids.length - words.length;
  return listed(others === 0 ? words : [...words, others === 1 ? "1 application" : `${others} applications`], 3, "applications");
};

const inApps = ({ apps, other }: PolicySettings): readonly string[] => {
  const filtered = membersOf(at(other, "conditions", "applications", "applicationFilter")).length > 0 ? ["for applications with certain attributes"] : [];
  if (apps.include.includes("all")) return [...(apps.exclude.length === 0 ? [] : [`not in ${appsWord(apps.exclude)}`]), ...filtered];
  const named = apps.include.filter((app) => app !== "none");
  if (named.length > 0) return [`in ${appsWord(named)} only`, ...filtered];
  return membersOf(at(other, "conditions", "applications")).length > 0 ? ["where an authentication context asks for it"] : [];
};

/** Whether it is about any sign-in at all: one about registering alone is not. */
const isAboutSignIns = ({ apps, other }: PolicySettings): boolean =>
  apps.include.some((app) => app !== "none") || membersOf(at(other, "conditions", "applications")).length > 0;

const fromPlaces = ({ locations }: PolicySettings, known: Grounds["locations"]): readonly string[] => {
  if (locations === null) return [];
  const names = known.type === "present" ? known.value : new Map<ObjectId, NamedLocationSettings>();
  const word = (ids: readonly string[]): string =>
    listed(
      ids.map((id) => (id === "all-trusted" ? "trusted networks" : nameWithoutMark(names.get(id)?.name ?? `location ${id}`))),
      3,
      "networks",
    );
  return [
    ...(locations.include.includes("all") ? [] : locations.include.length === 0 ? ["somewhere"] : [`inside ${word(locations.include)} only`]),
    ...(locations.exclude.length === 0 ? [] : [`outside ${word(locations.exclude)}`]),
  ];
};

const flagged = (value: Json | undefined): string => (wordsOf(value) ?? []).join(" or ");

/** Conditions by Graph's names. Of one that is not here nobody can say what it does. */
const CONDITIONS: Readonly<Record<string, (value: Json | undefined) => string>> = {
  platforms: () => "on some platforms",
  devices: () => "on some devices",
  signInRiskLevels: (value) => `at a sign-in risk of ${flagged(value)}`,
  userRiskLevels: (value) => `at a user risk of ${flagged(value)}`,
  insiderRiskLevels: (value) => `at an insider risk of ${flagged(value)}`,
  authenticationFlows: () => "in some sign-in flows",
};
/** Told of elsewhere. */
const ELSEWHERE = ["users", "applications", "locations", "clientAppTypes"];

/** Undefined: it wants no MFA of people who sign in. */
const demandingOf = ({ settings }: ResourceOf<"conditional-access">, places: Grounds["locations"]): Demanding | undefined => {
  const wanted = settings.state === "off" ? null : wantedBy(settings);
  const clients = clientsIn(settings);
  if (wanted === null || wanted.controls.includes("block") || !wanted.controls.some(isMfa) || clients === 0 || !isAboutSignIns(settings)) return undefined;
  const conditions = at(settings.other, "conditions");
  // One about programs that sign in by themselves is not about people.
  if (membersOf(at(conditions, "clientApplications")).length > 0) return undefined;
  const others = wanted.any ? wanted.controls.filter((control) => !isMfa(control)) : [];
  const named = membersOf(conditions).filter(([key]) => !ELSEWHERE.includes(key));
  const strange = [
    ...named.filter(([key]) => CONDITIONS[key] === undefined).map(([key]) => key),
    ...membersOf(settings.other)
      .filter(([key]) => !["conditions", "grantControls", "sessionControls"].includes(key))
      .map(([key]) => key),
    ...["applications", "locations"].flatMap((part) =>
      membersOf(at(conditions, part))
        .map(([key]) => key)
        .filter((key) => !["applicationFilter", "includeAuthenticationContextClassReferences"].includes(key)),
    ),
    ...(at(conditions, "clientAppTypes") === undefined ? [] : ["clientAppTypes"]),
  ];
  const word = CLIENT_WORDS[clients];
  return {
    settings,
    name: nameWithoutMark(settings.name),
    clients,
    limits: [
      ...(word === undefined ? [] : [word]),
      ...inApps(settings),
      ...fromPlaces(settings, places),
      ...named.flatMap(([key, value]) => CONDITIONS[key]?.(value) ?? []),
      ...(others.length === 0 ? [] : [`or ${listed(others.map(controlWord), 3, "other things")} in its place`]),
      ...strange.map((key) => `under a condition that this tool does not know (${key})`),
    ],
    dark: strange.length > 0,
  };
};

/** By which of its words it takes in or leaves out the account; empty for everybody. */
const through = (side: PolicySettings["include"], { id, groups, roles, belongs }: About, names: Grounds["groupNames"]): string => {
  if (side.all) return "";
  if (side.users.includes(id)) return "the account itself";
  const group = side.groups.find((each) => groups.has(each));
  if (group !== undefined) {
    const name = names.get(group);
    return `the group ${name?.type === "present" ? name.value : group}`;
  }
  const role = side.roles.find((each) => roles.has(each));
  if (role !== undefined) return role === GLOBAL_ADMINISTRATOR ? "the role Global Administrator" : "a role that it holds";
  return belongs === "member" ? "" : "guests";
};

// ---- all together

const NONE: readonly string[] = [];
const MOST_KEPT = 20_000;

/** @returns of one account; the same value for accounts of which the same holds */
export const enforcementBy = (grounds: Grounds): ((somebody: Somebody) => Enforcement) => {
  const { policies, securityDefaults, groups, roles, heldRoles, groupNames } = grounds;
  const all = (policies.type === "present" ? policies.value : [])
    .flatMap((policy) => demandingOf(policy, grounds.locations) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const named = new Set(all.flatMap(({ settings }) => [...settings.include.users, ...settings.exclude.users]));
  const isHeld = heldRoles.type === "present" ? new Set(heldRoles.value) : undefined;

  /** A role that nobody holds is not among those that were read, and holds nobody. */
  const rolesOf = (id: ObjectId): Held => {
    const held = roles.of(id);
    return { has: held.has, unread: (role) => (isHeld !== undefined && !isHeld.has(role) ? undefined : held.unread(role)) };
  };

  const ofPolicies = (subject: About): Enforcement => {
    const by: string[] = [];
    const reportOnly: string[] = [];
    const leftOut: string[] = [];
    let whole = 0;
    let perhapsWhole = 0;
    let isCertain = false;
    for (const { settings, name, clients, limits, dark } of all) {
      const about = isAbout(settings, subject);
      const isOn = settings.state === "on";
      if (about === "no") {
        if (isOn && isAbout(withoutExclusions(settings), subject) === "yes") {
          const word = through(settings.exclude, subject, groupNames);
          leftOut.push(`${name}${word === "" ? "" : ` leaves out ${word}`}`);
        }
        continue;
      }
      const word = through(settings.include, subject, groupNames);
      const said = [...(word === "" ? [] : [`by ${word}`]), ...limits, ...(about === "unknown" ? ["perhaps: whom it is about could not be read"] : [])];
      (isOn ? by : reportOnly).push(said.length === 0 ? name : `${name} (${said.join(", ")})`);
      if (!isOn) continue;
      // What narrows it to some clients others may make up for.
      const isWhole = limits.length === (CLIENT_WORDS[clients] === undefined ? 0 : 1);
      if (isWhole) perhapsWhole |= clients;
      if (isWhole && about === "yes") whole |= clients;
      if (about === "yes" && !dark) isCertain = true;
    }
    const answer = (): Enforced => {
      if (whole === EVERYWHERE) return "yes";
      if (policies.type !== "present" || perhapsWhole === EVERYWHERE) return "unknown";
      // What nobody knows narrows it at least.
      return isCertain ? "partly" : by.length > 0 ? "unknown" : "no";
    };
    const enforced = answer();
    if (policies.type !== "present") by.push("policies, perhaps: they could not be read");
    return { enforced, by, reportOnly, leftOut };
  };

  const decide = ({ id, address, guest, perUser }: Somebody): Enforcement => {
    const subject: About = { id, belongs: belongsBy({ address, guest }), groups: groups.of(id), roles: rolesOf(id) };
    const own = ofPolicies(subject);
    const by = [...own.by];
    const answers: Enforced[] = [own.enforced];
    // All or nothing: nobody is left out but the account that synchronises the directory.
    if (!subject.roles.has(DIRECTORY_SYNCHRONIZATION_ACCOUNTS)) {
      if (securityDefaults.type === "present" && securityDefaults.value) {
        by.push("security defaults");
        answers.push("yes");
      } else if (securityDefaults.type === "unknown") {
        by.push("security defaults, perhaps: they could not be read");
        answers.push("unknown");
      }
    }
    if (perUser === undefined) answers.push("unknown");
    else if (perUser !== "disabled") {
      by.push(`per-user MFA (${perUser})`);
      answers.push("yes");
    }
    const enforced: Enforced = answers.includes("yes") ? "yes" : answers.includes("unknown") ? "unknown" : answers.includes("partly") ? "partly" : "no";
    return { enforced, by: by.length === 0 ? NONE : by, reportOnly: own.reportOnly.length === 0 ? NONE : own.reportOnly, leftOut: own.leftOut };
  };

  const kept = new Map<string, Enforcement>();
  return (somebody) => {
    const { id, address, guest, perUser } = somebody;
    // Named by itself in a policy, an account is like no other.
    if (named.has(id)) return decide(somebody);
    const key = `${groups.key(id)}/${roles.key(id)}/${belongsBy({ address, guest })}/${perUser ?? ""}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = decide(somebody);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, made);
    return made;
  };
};
