/** The settings of a resource in words that an administrator would use. */

import type { FieldChange } from "../core/changes.ts";
import type { ChangeLine } from "../core/document.ts";
import type { Progress } from "../core/observed.ts";
import { PROTOCOL_NAMES } from "../core/plan/plan.ts";
import { EVERY_PHASE, PROGRESS_KEY, readProgress } from "../core/progress.ts";
import { BASIC_TITLES, type Json, type Kind } from "../core/tenant.ts";
import { listedWords } from "./accounts.ts";
import { counted } from "./layout.ts";
import { safe } from "./text-safe.ts";
import type { View } from "./view.ts";
import { fit } from "./width.ts";

/** Where policies are changed by hand, as the portal's menus are called. */
export const POLICIES_BY_HAND = "entra.microsoft.com, Entra ID, Conditional Access, Policies";

const KIND_WORDS = {
  "cohort-group": "group",
  "named-location": "network",
  "authentication-methods": "setting",
  "registration-campaign": "setting",
  "conditional-access": "policy",
  "security-defaults": "setting",
  "per-user-mfa": "per-user MFA",
  "mailbox-plan": "plan",
  "mailbox-protocols": "mailboxes",
  "authentication-policy": "authentication policy",
  "default-authentication-policy": "setting",
  "smtp-auth": "setting",
  "account-block": "accounts",
  "account-deletion": "accounts",
} as const satisfies Record<Kind, string>;

export const kindWord = (kind: Kind): string => KIND_WORDS[kind];

/** The mark at the end of a name is for machines. */
export const nameWithoutMark = (name: string): string => name.replace(/ \[[a-z0-9-]+\/[a-z0-9-]+\]$/, "");

/** A list that was split may be forty files. */
const LONGEST_LIST = 40;

/** `policy "MFA: heads"`, `accounts "unused.csv"`. */
export const titleWords = (kind: Kind, name: string): string => {
  const plain = safe(nameWithoutMark(name));
  return `${kindWord(kind)} "${KIND_WORDS[kind] === "accounts" ? fit(plain, LONGEST_LIST) : plain}"`;
};

const LABELS: Readonly<Record<string, string>> = {
  state: "state",
  clients: "asks in",
  include: "for",
  "include.all": "for everybody",
  "include.none": "for nobody",
  "include.guests": "for guests",
  "include.users": "for",
  "include.groups": "for",
  "include.roles": "for roles",
  exclude: "not for",
  "exclude.all": "not for everybody",
  "exclude.none": "not for nobody",
  "exclude.guests": "not for guests",
  "exclude.users": "not for",
  "exclude.groups": "not for",
  "exclude.roles": "not for roles",
  apps: "apps",
  "apps.include": "apps",
  "apps.exclude": "apps left out",
  "apps.userActions": "actions",
  locations: "where",
  "locations.include": "where",
  "locations.exclude": "not inside",
  grant: "asks for",
  "grant.controls": "asks for",
  "grant.operator": "all or any",
  "grant.strength": "strength",
  signInFrequency: "asks again",
  ...PROTOCOL_NAMES,
  allowBasic: "password alone",
  defaultPolicy: "policy",
  ranges: "addresses",
  trusted: "trusted",
  enabled: "on",
  sort: "sort",
  campaign: "campaign",
  method: "asks for",
  snoozeDays: "days put off",
  "methods.app": "Authenticator app",
  "methods.code": "codes of an app",
  "methods.call": "calls",
  "methods.text": "text messages",
  "methods.passkey": "passkeys",
  "methods.certificate": "certificates",
  "methods.temporaryAccessPass": "Temporary Access Pass",
  "methods.email": "e-mail codes",
  rule: "members by",
  processing: "rule is",
  "other.includeUnknownCountriesAndRegions": "unknown countries",
  name: "name",
  description: "description",
  other: "other",
};

const VALUES: Readonly<Record<string, string>> = {
  ...BASIC_TITLES,
  all: "all",
  browser: "browser",
  "mobile-and-desktop": "mobile and desktop apps",
  activesync: "ActiveSync",
  "activesync-supported": "ActiveSync",
  legacy: "old programs",
  office365: "Microsoft 365",
  "admin-portals": "admin portals",
  "all-trusted": "all trusted networks",
  mfa: "MFA",
  app: "Authenticator app",
  passkey: "passkey",
  default: "left to Microsoft",
  block: "block",
  "every-time": "every time",
  "urn:user:registersecurityinfo": "registering methods",
  "00000000-0000-0000-0000-000000000002": "multifactor strength",
  "00000000-0000-0000-0000-000000000003": "passwordless strength",
  "00000000-0000-0000-0000-000000000004": "phishing-resistant strength",
};

const REFERENCE = /^@[a-z-]+\/(.+)$/;

const word = (value: string, view: View): string => {
  const known = VALUES[value];
  if (known !== undefined) return known;
  const name = view.nameOf(value);
  if (name !== undefined) return safe(nameWithoutMark(name));
  return safe(REFERENCE.exec(value)?.[1] ?? value);
};

/** Names in the order of the alphabet, since ids have none that says anything; words keep their order. */
const wordsOf = (values: readonly Json[], view: View): readonly string[] => {
  const words = values.map((each) => valueWords(each, view));
  return values.some((each) => typeof each === "string" && view.nameOf(each) !== undefined) ? words.toSorted() : words;
};

const isRecord = (value: Json): value is { readonly [key: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === "" ||
  (typeof value === "object" && (isList(value) ? value.length === 0 : Object.values(value).every(isEmpty)));

const grantWords = (controls: readonly Json[], { operator, strength }: { readonly [key: string]: Json }, view: View): string =>
  [...controls, ...(strength === undefined || strength === null ? [] : [strength])]
    .map((each) => valueWords(each, view))
    .join(operator === "and" ? " and " : " or ");

/** One value in words; nothing is said as `-`. */
const valueWords = (value: Json | undefined, view: View): string => {
  if (value === undefined || value === null) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return value === "" ? "-" : word(value, view);
  if (isList(value)) return value.length === 0 ? "-" : wordsOf(value, view).join(", ");
  if (isRecord(value)) {
    const { every, unit } = value;
    const { controls } = value;
    if (controls !== undefined && isList(controls)) return grantWords(controls, value, view);
    if (typeof every === "number" && typeof unit === "string") return `after ${counted(every, unit.replace(/s$/, ""))}`;
    const parts = Object.entries(value)
      .filter(([, each]) => !isEmpty(each))
      .map(([key, each]) => `${safe(key)} ${valueWords(each, view)}`);
    return parts.length === 0 ? "-" : parts.join("; ");
  }
  return "-";
};

/** How many of a list are written out before the rest becomes a number. */
const LISTED = 4;

const strings = (value: Json | undefined): readonly string[] | undefined => {
  if (value === undefined || value === null) return [];
  return isList(value) && value.every((each) => typeof each === "string") ? value.map(String) : undefined;
};

const some = (values: readonly string[], view: View): string => {
  const shown = wordsOf(values, view).slice(0, LISTED).join(", ");
  return values.length > LISTED ? `${shown} and ${(values.length - LISTED).toLocaleString("en-GB")} more` : shown;
};

/** A long list is told by what joins it and what leaves it. */
const listChange = (before: readonly string[], after: readonly string[], view: View): string => {
  const added = after.filter((each) => !before.includes(each));
  const removed = before.filter((each) => !after.includes(each));
  if (before.length + after.length <= LISTED) return `${valueWords(before, view)}  ->  ${valueWords(after, view)}`;
  return (
    [...(added.length > 0 ? [`added ${some(added, view)}`] : []), ...(removed.length > 0 ? [`taken out ${some(removed, view)}`] : [])].join("; ") ||
    "same in another order"
  );
};

export type Told = { readonly label: string; readonly text: string };

const COUNTRY = /^[A-Z]{2}$/;
/** Clients that know the password only are never asked, but kept out. */
const OLD_CLIENTS: readonly string[] = ["activesync", "legacy"];

/** What is told of a network are its addresses, or its countries. */
const labelOf = ({ path, before, after }: FieldChange): string => {
  const values = [...(strings(before) ?? []), ...(strings(after) ?? [])];
  if (path === "ranges" && values.length > 0 && values.every((value) => COUNTRY.test(value))) return "countries";
  if (path === "clients" && values.length > 0 && values.every((value) => OLD_CLIENTS.includes(value))) return "blocks";
  return LABELS[path] ?? safe(path);
};

const fieldWords = (field: FieldChange, action: ChangeLine["action"], view: View): Told => {
  const label = labelOf(field);
  const before = strings(field.before);
  const after = strings(field.after);
  const asLists = isListed(field) && before !== undefined && after !== undefined;
  if (action === "create") return { label, text: asLists ? some(after, view) : valueWords(field.after, view) };
  if (action === "delete") return { label, text: asLists ? some(before, view) : valueWords(field.before, view) };
  return { label, text: asLists ? listChange(before, after, view) : `${valueWords(field.before, view)}  ->  ${valueWords(field.after, view)}` };
};

const isListed = (field: FieldChange): boolean => Array.isArray(field.before) || Array.isArray(field.after);

/** What says nothing to a reader of a resource that is new or goes: the line above it tells the name. */
const UNSAID = new Set(["name", "description", "sort", "processing", "grant.operator", "other"]);

/** The order in which a reader asks: is it on, what for, for whom, where. */
const ORDER = [
  "state",
  "clients",
  "include",
  "exclude",
  "apps",
  "locations",
  "grant",
  "signInFrequency",
  "trusted",
  "ranges",
  "campaign",
  "method",
  "snoozeDays",
];
const rank = (path: string): number => {
  const at = ORDER.indexOf(path.split(".")[0] ?? path);
  return at < 0 ? ORDER.length : at;
};

const membersWords = (members: NonNullable<ChangeLine["members"]>): string =>
  [
    ...(members.added.length > 0 ? [`${members.added.length.toLocaleString("en-GB")} ${members.added.length === 1 ? "joins" : "join"}`] : []),
    ...(members.removed.length > 0 ? [`${members.removed.length.toLocaleString("en-GB")} ${members.removed.length === 1 ? "leaves" : "leave"}`] : []),
  ].join(", ");

const listedIds = (ids: readonly string[] | undefined): string => (ids === undefined || ids.length === 0 ? "-" : safe(ids.join(", ")));

const phaseWord = (id: string): string => (id === EVERY_PHASE ? "every phase" : id);

/** The group that remembers which phases are on hold says so in its description; a reader wants it in words. */
const progressWords = (change: ChangeLine, view: View): readonly Told[] | undefined => {
  const description = change.fields.find(({ path }) => path === "description");
  if (change.kind !== "cohort-group" || change.key !== PROGRESS_KEY || description === undefined || change.action === "delete") return undefined;
  const [before, after] = [description.before, description.after].map((text) => (typeof text === "string" ? readProgress(text) : undefined));
  if (after === undefined) return undefined;
  const told = (label: string, was: readonly string[] | undefined, is: readonly string[]): readonly Told[] =>
    listedIds(was) === listedIds(is) ? [] : [{ label, text: change.action === "create" ? listedIds(is) : `${listedIds(was)}  ->  ${listedIds(is)}` }];
  const people = ({ letIn = [] }: Progress): readonly string[] =>
    letIn.map(({ id, until }) => `${view.nameOf(id) ?? id} until ${new Date(until).toISOString().slice(0, 16)}Z`);
  const left = ({ defaults }: Progress): readonly string[] => (defaults === undefined ? [] : [defaults]);
  return [
    ...told("begun", before?.begun, after.begun),
    ...told("on hold", before?.held.map(phaseWord), after.held.map(phaseWord)),
    ...(before?.out === undefined && after.out === undefined ? [] : told("out", before?.out, after.out ?? [])),
    ...(before?.letIn === undefined && after.letIn === undefined ? [] : told("let in", before && people(before), people(after))),
    ...(left(after).length > 0 || (before !== undefined && left(before).length > 0) ? told("security defaults", before && left(before), left(after)) : []),
  ];
};

const jumpWords = ({ count, sample }: NonNullable<ChangeLine["states"]>["jump"]): readonly Told[] => {
  if (count === 0) return [];
  if (count === null) return [{ label: "jump", text: "whoever has registered becomes enforced at the next sign-in; who has is not known" }];
  const names = [...sample.map(safe), ...(count > sample.length ? [`${(count - sample.length).toLocaleString("en-GB")} more`] : [])];
  const verb = count === 1 ? "is registered and becomes" : "are registered and become";
  return [{ label: "jump", text: `${count.toLocaleString("en-GB")} ${verb} enforced at the next sign-in: ${names.join(", ")}` }];
};

/** Who jumps further and who stays as they are is told beside what is set: both surprise whoever reads the state alone. */
const statesWords = ({ to, accounts, jump, already }: NonNullable<ChangeLine["states"]>): readonly Told[] => {
  const from = (["disabled", "enabled", "enforced"] as const).flatMap((state) => {
    const count = accounts.filter(({ before }) => before === state).length;
    return count === 0 ? [] : [`${count.toLocaleString("en-GB")} ${state}`];
  });
  return [
    { label: "state", text: `${from.join(", ")}  ->  ${to}` },
    ...jumpWords(jump),
    ...(already === 0 ? [] : [{ label: "no change", text: `for ${already.toLocaleString("en-GB")}, ${to}${to === "enabled" ? " or enforced" : ""} already` }]),
  ];
};

const SMTP_WORDS = { on: "on", off: "off", inherit: "as the tenant has it" } as const;

/** One protocol of all the mailboxes that change: how many go from what to what. */
const mailboxWords = (mailboxes: NonNullable<ChangeLine["mailboxes"]>): readonly Told[] =>
  (["pop3", "imap", "activeSync", "smtpAuth"] as const).flatMap((protocol): readonly Told[] => {
    const word = (value: boolean | "on" | "off" | "inherit" | undefined): string =>
      value === undefined ? "-" : typeof value === "boolean" ? (value ? "on" : "off") : SMTP_WORDS[value];
    const counts = new Map<string, number>();
    for (const { before, after } of mailboxes) {
      if (after[protocol] === undefined) continue;
      const way = `${word(before[protocol])}  ->  ${word(after[protocol])}`;
      counts.set(way, (counts.get(way) ?? 0) + 1);
    }
    return [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([way, count]) => ({ label: PROTOCOL_NAMES[protocol], text: `${way} in ${counted(count, "mailbox", "mailboxes")}` }));
  });

/** A nudge comes after MFA was completed: whoever expects it to bring everybody to register is told who it leaves out. */
const reachWords = ({ count, unreached, sample }: NonNullable<ChangeLine["reach"]>): Told => {
  const only = "only people who have just completed MFA";
  if (unreached === null) return { label: "reaches", text: `${only}; how many have no method to complete it with is not known` };
  if (unreached === 0) return { label: "reaches", text: `${only}; all ${count.toLocaleString("en-GB")} have a method to complete it with` };
  const more = unreached - sample.length;
  const names = [...sample.map(safe), ...(more > 0 ? [`${more.toLocaleString("en-GB")} more`] : [])].join(", ");
  const who = `${unreached.toLocaleString("en-GB")} of ${count.toLocaleString("en-GB")} ${unreached === 1 ? "has" : "have"} no method and ${unreached === 1 ? "is" : "are"} never asked`;
  return { label: "reaches", text: `${only}: ${who} (${names})` };
};

/** What changes in one resource, a line each, in plain words. */
export const changeWords = (change: ChangeLine, view: View): readonly Told[] => {
  const progress = progressWords(change, view);
  if (progress !== undefined) return progress;
  if (change.states !== undefined) return statesWords(change.states);
  if (change.mailboxes !== undefined) return mailboxWords(change.mailboxes);
  if (change.listed !== undefined) return listedWords(change.listed);
  const fields = change.fields
    .filter((field) => change.action === "update" || (!UNSAID.has(field.path) && !isEmpty(change.action === "create" ? field.after : field.before)))
    .toSorted((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const members =
    change.members === undefined || change.members.added.length + change.members.removed.length === 0
      ? []
      : [{ label: "members", text: membersWords(change.members) }];
  const reach = change.reach === undefined ? [] : [reachWords(change.reach)];
  return [...(change.action === "delete" ? [] : fields.map((field) => fieldWords(field, change.action, view))), ...members, ...reach];
};
