/** Why somebody cannot get in, or what they are asked for: one account, typical sign-ins, everything that has a say in them. */

import ipaddr from "ipaddr.js";
import { ENTRA_ADMIN_CENTER, EXCHANGE_ONLINE, MICROSOFT_GRAPH, SHAREPOINT_ONLINE, TEAMS_SERVICES } from "./applications.ts";
import { evaluate } from "./evaluate.ts";
import { nameWithoutMark } from "./mark.ts";
import { isLetIn, PROGRESS_KEY, readProgress } from "./progress.ts";
import type { Program, SignIn } from "./sign-in.ts";
import { errorWords, isFailure } from "./sign-in-errors.ts";
import { subjectOf } from "./subject.ts";
import type { Instant, Known, LiveAccount, NamedLocationSettings, ObjectId, ResourceOf } from "./tenant.ts";
import { type Place, type Question, registeredBy, type Standing, signInOf, wantedWords, whySignIn } from "./why-asks.ts";
import type { WhyDocument, WhyFailure, WhyPlace, WhyPolicy, WhySignIn } from "./why-document.ts";
import { todoOf } from "./why-todo.ts";

/** One row of the sign-in log that did not end well. */
export type FailedSignIn = {
  readonly at: Instant;
  readonly application: string;
  /** `clientAppUsed` as the log has it. */
  readonly program: string;
  readonly address: string | undefined;
  readonly code: number;
  readonly reason: string | undefined;
  /** Names of policies that the log says it failed by. */
  readonly policies: readonly string[];
};

export type AccountSeen = {
  readonly account: LiveAccount;
  readonly address: string;
  readonly name: string;
  readonly perUser: Standing["perUser"];
  readonly policies: Standing["policies"];
  readonly locations: Known<readonly ResourceOf<"named-location">[]>;
  readonly defaults: Standing["defaults"];
  readonly methods: Standing["methods"];
  readonly strengths: Standing["strengths"];
  /** Those that bear a mark of this tool: in one of them each plan notes whom it leaves out for now. */
  readonly groups: Known<readonly ResourceOf<"cohort-group">[]>;
  /** Newest first. Absent: the tenant has no licence for the log. */
  readonly failures: Known<readonly FailedSignIn[]>;
};

export const APPLICATION_WORDS = {
  exchange: EXCHANGE_ONLINE,
  sharepoint: SHAREPOINT_ONLINE,
  teams: TEAMS_SERVICES,
  admin: ENTRA_ADMIN_CENTER,
  graph: MICROSOFT_GRAPH,
} as const satisfies Readonly<Record<string, ObjectId>>;

const PROGRAMS = { browser: "browser", outlook: "mobile-and-desktop", old: "legacy" } as const satisfies Readonly<Record<string, Program>>;
type ProgramWord = keyof typeof PROGRAMS;

export const CLIENT_WORDS = Object.keys(PROGRAMS);
const isProgramWord = (text: string): text is ProgramWord => Object.hasOwn(PROGRAMS, text);
const isApplicationWord = (text: string): text is keyof typeof APPLICATION_WORDS => Object.hasOwn(APPLICATION_WORDS, text);

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isClientWord = isProgramWord;
/** @returns undefined for what is neither a word nor an id */
export const applicationOf = (word: string): ObjectId | undefined => {
  const small = word.toLowerCase();
  return isApplicationWord(small) ? APPLICATION_WORDS[small] : GUID.test(small) ? small : undefined;
};

/** One address, written as people write it. */
export const isAddress = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

export type WhyAsked = {
  /** Words that `applicationOf` and `isClientWord` take. */
  readonly app: string | undefined;
  readonly client: string | undefined;
  /** An address of the internet. */
  readonly from: string | undefined;
  readonly since: Instant;
  readonly now: Instant;
  readonly all: boolean;
  readonly tenant: WhyDocument["tenant"];
  /** ISO 8601 with an offset. */
  readonly asOf: string;
};

// ---- which sign-ins

const MAIL_TITLES = { browser: "web mail in a browser", outlook: "Outlook, and other apps", old: "POP, IMAP, SMTP" } as const satisfies Record<
  ProgramWord,
  string
>;
const PROGRAM_TITLES = { browser: "in a browser", outlook: "in an app", old: "in an old program" } as const satisfies Record<ProgramWord, string>;
const APPLICATION_TITLES: Readonly<Record<string, string>> = {
  [SHAREPOINT_ONLINE]: "SharePoint",
  [TEAMS_SERVICES]: "Teams",
  [ENTRA_ADMIN_CENTER]: "the admin centre",
  [MICROSOFT_GRAPH]: "Microsoft Graph",
};

const questionOf = (application: ObjectId, client: ProgramWord): Question => ({
  title: application === EXCHANGE_ONLINE ? MAIL_TITLES[client] : `${APPLICATION_TITLES[application] ?? application} ${PROGRAM_TITLES[client]}`,
  application,
  program: PROGRAMS[client],
});

const ADMIN: Question = { title: "the admin centre", application: ENTRA_ADMIN_CENTER, program: "browser" };

const questionsOf = ({ app, client }: WhyAsked, { roles }: LiveAccount): readonly Question[] => {
  const application = app === undefined ? EXCHANGE_ONLINE : (applicationOf(app) ?? app);
  if (client !== undefined && isProgramWord(client)) return [questionOf(application, client)];
  const usual = (["browser", "outlook", "old"] as const).map((word) => questionOf(application, word));
  if (app !== undefined) return application === EXCHANGE_ONLINE ? usual : usual.slice(0, 2);
  const mayAdminister = roles.type !== "present" || roles.value.length > 0;
  return mayAdminister ? [...usual, ADMIN] : usual;
};

// ---- from where

/** In no list of countries: of the codes that ISO 3166 leaves to whoever uses it. */
const NOWHERE = "XX";

type NamedPlace = { readonly name: string; readonly place: Place };

/** The first address of a range stands for all of it. */
const addressIn = (range: string): string => range.slice(0, range.lastIndexOf("/"));

const insideOf = ({ settings }: ResourceOf<"named-location">): readonly NamedPlace[] => {
  const [first] = settings.ranges;
  const name = nameWithoutMark(settings.name);
  if (first === undefined) return [];
  if (settings.sort === "ip") return [{ name: `inside ${name}`, place: { address: addressIn(first), country: undefined } }];
  return settings.sort === "country" ? [{ name: `in ${name}, at no named address`, place: { address: null, country: first } }] : [];
};

/** Networks and countries that some policy speaks of; of the others it does not matter where one is. */
const mattering = ({ policies, locations }: AccountSeen): readonly ResourceOf<"named-location">[] => {
  if (locations.type !== "present" || policies.type !== "present") return [];
  const named = new Set(policies.value.flatMap(({ settings }) => [...(settings.locations?.include ?? []), ...(settings.locations?.exclude ?? [])]));
  const byName = (one: ResourceOf<"named-location">, other: ResourceOf<"named-location">): number => (one.settings.name < other.settings.name ? -1 : 1);
  return locations.value.filter(({ id, settings }) => named.has(id) || (settings.trusted && named.has("all-trusted"))).toSorted(byName);
};

/** Names of the networks that an address is in. */
const networksAround = (from: string, locations: AccountSeen["locations"]): readonly string[] => {
  const address = ipaddr.process(from);
  const isIn = (range: string): boolean => {
    if (!ipaddr.isValidCIDR(range)) return false;
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === address.kind() && address.match(network, bits);
  };
  const found = locations.type === "present" ? locations.value.filter(({ settings }) => settings.sort === "ip" && settings.ranges.some(isIn)) : [];
  return found.map(({ settings }) => nameWithoutMark(settings.name)).toSorted();
};

const placesOf = (seen: AccountSeen, { from }: WhyAsked): readonly NamedPlace[] => {
  if (from !== undefined) {
    const inside = networksAround(from, seen.locations);
    return [{ name: `from ${from}${inside.length === 0 ? "" : `, inside ${inside.join(" and ")}`}`, place: { address: from, country: undefined } }];
  }
  const some = mattering(seen);
  const countries = some.some(({ settings }) => settings.sort === "country");
  const outside: NamedPlace = {
    name: some.length === 0 ? "from anywhere" : `outside every named network${countries ? " and country" : ""}`,
    place: { address: null, country: countries ? NOWHERE : undefined },
  };
  return [outside, ...some.flatMap(insideOf)];
};

/** Places at which all comes out the same are told together, under the first of them. */
const gathered = (found: readonly { readonly name: string; readonly signIns: readonly WhySignIn[] }[]): readonly WhyPlace[] => {
  const same = new Map<string, { places: string[]; signIns: readonly WhySignIn[] }>();
  for (const { name, signIns } of found) {
    const key = JSON.stringify(signIns);
    const known = same.get(key);
    if (known === undefined) same.set(key, { places: [name], signIns });
    else known.places.push(name);
  }
  return [...same.values()];
};

// ---- which policies

const RANK = { yes: 0, unknown: 1, no: 2 } as const satisfies Record<WhyPolicy["applies"], number>;
const STATES = { on: 0, "report-only": 1, off: 2 } as const satisfies Record<WhyPolicy["state"], number>;

/** Each policy as it stands to the sign-in that it is most about. */
const policiesOf = (standing: Standing, signIns: readonly SignIn[]): readonly WhyPolicy[] => {
  if (standing.policies.type !== "present") return [];
  const outcomes = signIns.map(
    (signIn) =>
      new Map(
        evaluate(standing.policies.type === "present" ? standing.policies.value : [], signIn, standing.ground).stances.map((stance) => [stance.policy, stance]),
      ),
  );
  const rows = standing.policies.value.map(({ id, mark, managed, settings }): WhyPolicy => {
    const [stance] = outcomes.flatMap((outcome) => outcome.get(id) ?? []).toSorted((a, b) => RANK[a.applies] - RANK[b.applies]);
    const wants = stance?.wants;
    return {
      id,
      name: settings.name,
      plan: mark?.plan ?? null,
      managed,
      state: settings.state,
      applies: stance?.applies ?? "unknown",
      because: stance?.because ?? "",
      wants: wants === undefined || wants === null || wants.controls.length === 0 ? [] : [wantedWords(wants, standing.strengths)],
    };
  });
  return rows.toSorted(
    (a, b) => STATES[a.state] - STATES[b.state] || RANK[a.applies] - RANK[b.applies] || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1),
  );
};

// ---- what failed

const MOST_FAILURES = 5;

/** The same failure again and again is told once, with when it was last. */
const failuresOf = (failures: AccountSeen["failures"], since: Instant): readonly WhyFailure[] => {
  if (failures.type !== "present") return [];
  const same = new Map<string, { failure: FailedSignIn; times: number }>();
  const newest = failures.value.filter(({ code, at }) => isFailure(code) && at >= since).toSorted((a, b) => b.at - a.at);
  for (const failure of newest) {
    const key = JSON.stringify([failure.code, failure.program, failure.application, failure.address ?? null]);
    const known = same.get(key);
    if (known === undefined) same.set(key, { failure, times: 1 });
    else known.times += 1;
  }
  return [...same.values()].slice(0, MOST_FAILURES).map(({ failure, times }) => ({
    at: new Date(failure.at).toISOString(),
    application: failure.application,
    program: failure.program,
    address: failure.address ?? null,
    code: failure.code,
    ...errorWords(failure.code, failure.reason),
    policies: failure.policies,
    times,
  }));
};

const whyNone = (failures: AccountSeen["failures"]): string | null => {
  if (failures.type === "present") return null;
  return failures.type === "absent" ? "the sign-in log needs a premium licence (P1), which this tenant does not have" : failures.because;
};

// ---- who is left out for now

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

const letInOf = ({ account, address, groups }: AccountSeen, now: Instant): WhyDocument["account"]["letIn"] => {
  if (groups.type !== "present") return [];
  return groups.value.flatMap(({ mark, managed, settings }) => {
    const progress = managed || mark?.key !== PROGRESS_KEY ? undefined : readProgress(settings.description);
    if (mark === undefined || progress === undefined) return [];
    const { letIn = [], out = [] } = progress;
    return [
      ...letIn.flatMap((each) => (each.id === account.id && isLetIn(each, now) ? [{ plan: mark.plan, until: new Date(each.until).toISOString() }] : [])),
      ...(out.includes(domainOf(address)) ? [{ plan: mark.plan, until: null }] : []),
    ];
  });
};

// ---- all together

const unreadOf = (seen: AccountSeen): readonly string[] => {
  const { account, perUser, policies, locations, defaults, methods, strengths, groups, failures } = seen;
  const parts: readonly (readonly [string, Known<unknown>])[] = [
    ["groups", account.groups],
    ["roles", account.roles],
    ["registered methods", account.methods],
    ["the state of per-user MFA", perUser],
    ["policies", policies],
    ["named networks", locations],
    ["security defaults", defaults],
    ["the methods that may be used", methods],
    ["authentication strengths", strengths],
    ["whom plans leave out for now", groups],
    ["the sign-in log", failures],
  ];
  return parts.flatMap(([what, part]) => (part.type === "unknown" ? [`${what}: ${part.because}`] : []));
};

const locationsById = (locations: AccountSeen["locations"]): Known<ReadonlyMap<ObjectId, NamedLocationSettings>> =>
  locations.type === "present" ? { type: "present", value: new Map(locations.value.map(({ id, settings }) => [id, settings])) } : locations;

const standingOf = (seen: AccountSeen, now: Instant): Standing => ({
  account: seen.account,
  subject: subjectOf(seen.account),
  policies: seen.policies,
  ground: { locations: locationsById(seen.locations) },
  defaults: seen.defaults,
  perUser: seen.perUser,
  methods: seen.methods,
  strengths: seen.strengths,
  now,
});

const orNull = <T>(known: Known<T>): T | null => (known.type === "present" ? known.value : null);

/** What `why` prints. */
export const whyDocument = (seen: AccountSeen, asked: WhyAsked): WhyDocument => {
  const { account, address, name, perUser, defaults, failures } = seen;
  const standing = standingOf(seen, asked.now);
  const [questions, places] = [questionsOf(asked, account), placesOf(seen, asked)];
  const found = places.map(({ name: place, place: at }) => ({ name: place, signIns: questions.map((question) => whySignIn(standing, question, at)) }));
  const signIns = places.flatMap(({ place }) => questions.map((question) => signInOf(standing.subject, question, place)));
  const policies = policiesOf(standing, signIns);
  const list = failuresOf(failures, asked.since);
  const gatheredPlaces = gathered(found);
  const document: Omit<WhyDocument, "todo"> = {
    schemaVersion: 1,
    tenant: asked.tenant,
    asOf: asked.asOf,
    account: {
      id: account.id,
      address,
      name,
      enabled: account.enabled,
      guest: account.guest === true || account.invited === true,
      synced: account.synced,
      roles: orNull(account.roles),
      perUser: orNull(perUser),
      letIn: letInOf(seen, asked.now),
      methods: registeredBy(standing) ?? null,
    },
    securityDefaults: orNull(defaults),
    places: gatheredPlaces,
    policies: policies.filter(({ applies, state }) => asked.all || (applies !== "no" && state !== "off")),
    failures: { since: new Date(asked.since).toISOString(), list, because: whyNone(failures) },
    unread: unreadOf(seen),
  };
  return { ...document, todo: todoOf(document) };
};
