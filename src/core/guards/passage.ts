/**
 * Whether an account gets in, in every state that the tenant passes through while changes are made. States are not enumerated:
 * policies only ever add demands and know nothing of each other, so an account gets in in every state if each policy, as it is
 * and as it will be, in networks as they are and as they will be, lets it in or wants what it can do, whichever of the groups
 * that it joins or leaves it is in at that moment. Of methods those that come on come on first, so that the settings before
 * and those after are all there is.
 */

import { freshIds } from "../after.ts";
import { ENTRA_ADMIN_CENTER, MICROSOFT_GRAPH } from "../applications.ts";
import { type Ground, stanceOf } from "../evaluate.ts";
import { settingsOf } from "../kinds/index.ts";
import { nameWithoutMark } from "../mark.ts";
import { lasting, type Means, type Membership, meansOf, meets, PORTALS, type Strengths } from "../means.ts";
import type { Observed } from "../observed.ts";
import { NOTHING_SAID, type Program, type SignIn, type Stance, type Subject, type Wanted } from "../sign-in.ts";
import { subjectOf } from "../subject.ts";
import {
  type AuthenticationMethodsSettings,
  type Known,
  type LiveAccount,
  type NamedLocationSettings,
  type ObjectId,
  type PolicySettings,
  present,
  type ResourceOf,
  unknown,
} from "../tenant.ts";
import type { GuardInput } from "./guard.ts";

export type Answer = "yes" | "no" | "unknown";
export const worstOf = (answers: readonly Answer[]): Answer => (answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes");

/** What has to be reached to mend a tenant, each with the program that people reach it with. */
export const DOORS = [
  { id: ENTRA_ADMIN_CENTER, program: "browser", words: "the admin centre" },
  { id: MICROSOFT_GRAPH, program: "mobile-and-desktop", words: "Microsoft Graph" },
] as const satisfies readonly { readonly id: ObjectId; readonly program: Program; readonly words: string }[];

type From = Pick<SignIn, "address" | "country">;

/**
 * An ordinary computer that nobody registered, at no time of any risk that is known. Whoever mends a tenant chooses the
 * computer and the program, and cannot choose what the service makes of the risk.
 */
const signInAt = (subject: Subject, door: (typeof DOORS)[number], from: From): SignIn => ({
  subject,
  target: { type: "application", id: door.id },
  program: door.program,
  ...NOTHING_SAID,
  ...from,
  platform: "windows",
  device: null,
  flow: "none",
});

/** One policy on its way; only such as are on before or after. */
type Course = { readonly id: ObjectId; readonly before: PolicySettings | undefined; readonly after: PolicySettings | undefined };

export type Passage = {
  readonly courses: Known<readonly Course[]>;
  readonly now: Ground;
  readonly later: Ground;
  /** An address in no named network, from each sort of country that networks tell apart. */
  readonly outside: readonly From[];
  readonly inside: readonly { readonly name: string; readonly from: From }[];
  readonly methods: { readonly now: Known<AuthenticationMethodsSettings>; readonly later: Known<AuthenticationMethodsSettings> };
  readonly strengths: Strengths;
  /** Security defaults, on before and after; what nobody knows counts as on. */
  readonly defaults: { readonly now: boolean; readonly later: boolean };
  readonly groups: Changing;
  /** Accounts that are asked by their own state of per-user MFA from now on. */
  readonly newlyAsked: ReadonlySet<ObjectId>;
};

/** Groups on their way, by the ids that they have or will have. */
type Changing = {
  readonly joined: ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>;
  readonly left: ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>;
  /** Of these nobody can say who will be in. */
  readonly open: readonly ObjectId[];
  /** These will be gone. */
  readonly gone: readonly ObjectId[];
};

const onIn = (list: Known<readonly ResourceOf<"conditional-access">[]>): ReadonlyMap<ObjectId, PolicySettings> =>
  new Map((list.type === "present" ? list.value : []).flatMap(({ id, settings }) => (settings.state === "on" ? [[id, settings] as const] : [])));

/** The tenant as it is and as it will be, and what lies between. */
type Journey = Pick<GuardInput, "observed" | "after" | "diff">;

const coursesIn = ({ observed, after }: Journey): Passage["courses"] => {
  const [list, next] = [observed.resources["conditional-access"], after.resources["conditional-access"]];
  if (list.type === "unknown") return list;
  const [before, last] = [onIn(list), onIn(next)];
  const ids = [...new Set([...before.keys(), ...last.keys()])].sort();
  return present(ids.map((id) => ({ id, before: before.get(id), after: last.get(id) })));
};

type Places = ReadonlyMap<ObjectId, NamedLocationSettings>;

const placesIn = ({ resources }: Observed): Known<Places> => {
  const list = resources["named-location"];
  return list.type === "present" ? present(new Map(list.value.map(({ id, settings }) => [id, settings]))) : list;
};

/** What is made, and what is deleted, is there for policies on their way at either time. */
const withOthers = (own: Known<Places>, other: Known<Places>): Known<Places> =>
  own.type === "present" && other.type === "present" ? present(new Map([...other.value, ...own.value])) : own;

/** In no country that any network names. */
const ELSEWHERE = "ZZ";

/** A country of each sort: two that stand in the same networks are one. */
const countriesIn = (places: readonly NamedLocationSettings[]): readonly (string | null)[] => {
  const named = places.filter(({ sort }) => sort === "country");
  const sorts = new Map<string, string>();
  for (const country of [...new Set(named.flatMap(({ ranges }) => ranges))].sort())
    sorts.set(named.map(({ ranges }) => (ranges.includes(country) ? 1 : 0)).join(""), country);
  return [...sorts.values(), ELSEWHERE, null];
};

const insideOf = (places: readonly NamedLocationSettings[]): Passage["inside"] =>
  places.flatMap(({ sort, name, ranges: [range] }) =>
    sort === "ip" && range !== undefined ? [{ name: nameWithoutMark(name), from: { address: range.replace(/\/.*/, ""), country: undefined } }] : [],
  );

const changingIn = ({ observed, diff }: Journey): Changing => {
  const made = freshIds(observed, diff);
  const joined = new Map<ObjectId, ReadonlySet<ObjectId>>();
  const left = new Map<ObjectId, ReadonlySet<ObjectId>>();
  const [open, gone]: [ObjectId[], ObjectId[]] = [[], []];
  for (const { kind, key, id = made.get(`@${kind}/${key}`), action, before, after, members } of diff.changes) {
    if (kind !== "cohort-group" || id === undefined) continue;
    if (action === "delete") gone.push(id);
    if (members !== undefined) {
      joined.set(id, new Set(members.added));
      left.set(id, new Set(members.removed));
    }
    const [was, is] = [before, after].map((settings) => (settings === undefined ? undefined : settingsOf("cohort-group", settings).dynamic?.rule));
    if (action !== "delete" && is !== was) open.push(id);
  }
  return { joined, left, open, gone };
};

/** The groups that an account is in all the while, and those that it is in at some time. */
const membershipOf = ({ joined, left, open, gone }: Changing, { id, groups }: LiveAccount): Membership => {
  if (groups.type !== "present") return { surely: groups, perhaps: groups };
  const joins = [...joined].flatMap(([group, ids]) => (ids.has(id) ? [group] : []));
  const leaves = new Set([...[...left].flatMap(([group, ids]) => (ids.has(id) ? [group] : [])), ...open, ...gone]);
  return { surely: present(new Set(groups.value.filter((group) => !leaves.has(group)))), perhaps: present(new Set([...groups.value, ...joins, ...open])) };
};

const isOn = (known: Known<boolean>): boolean => known.type === "unknown" || (known.type === "present" && known.value);

const methodsIn = (observed: Observed): Known<AuthenticationMethodsSettings> => {
  const list = observed.resources["authentication-methods"];
  const [only] = list.type === "present" ? list.value : [];
  if (only !== undefined) return present(only.settings);
  const { access } = observed;
  if (access?.type === "present") return access.value.methods;
  return unknown(access?.type === "unknown" ? access.because : "nobody looked");
};

export const passageOf = (input: Journey): Passage => {
  const { observed, after, diff } = input;
  const [before, next] = [placesIn(observed), placesIn(after)];
  const now = { locations: withOthers(before, next) };
  // Mostly no network changes, and what is asked twice is asked once.
  const later = observed.resources["named-location"] === after.resources["named-location"] ? now : { locations: withOthers(next, before) };
  const places = [now, later].flatMap(({ locations }) => (locations.type === "present" ? [...locations.value.values()] : []));
  const { access } = observed;
  return {
    courses: coursesIn(input),
    now,
    later,
    outside: countriesIn(places).map((country) => ({ address: null, country })),
    inside: insideOf(next.type === "present" ? [...next.value.values()] : []),
    methods: { now: methodsIn(observed), later: methodsIn(after) },
    strengths: access?.type === "present" ? access.value.strengths : unknown("nobody looked"),
    defaults: { now: isOn(observed.securityDefaults), later: isOn(after.securityDefaults) },
    groups: changingIn(input),
    newlyAsked: new Set(
      diff.changes.flatMap(({ states }) =>
        states === undefined || states.to === "disabled" ? [] : states.accounts.flatMap(({ id, before: was }) => (was === "disabled" ? [id] : [])),
      ),
    ),
  };
};

// ---- one account

/** Why an account may not get in. */
export type Obstacle = {
  /** It was so before anything is changed. */
  readonly already: boolean;
  readonly answer: Exclude<Answer, "yes">;
} & (
  | {
      readonly type: "policy";
      readonly id: ObjectId;
      readonly name: string;
      readonly applies: Exclude<Stance["applies"], "no">;
      readonly because: string;
      readonly wanted: Wanted;
      readonly doors: readonly string[];
      /** From another country it would get in. */
      readonly byCountry: boolean;
      /** It goes by where a sign-in comes from. */
      readonly byNetwork: boolean;
    }
  | { readonly type: "policies"; readonly because: string }
  /** Nothing that lasts, is registered and may be used. */
  | { readonly type: "methods" }
  | { readonly type: "asked"; readonly by: "security defaults" | "per-user MFA" }
);

export type Entry = {
  readonly address: string;
  readonly account: LiveAccount;
  readonly answer: Answer;
  readonly obstacles: readonly Obstacle[];
  /** What it signs in with, before and after alike. */
  readonly means: { readonly now: Means; readonly later: Means };
  /** Where it is let in from, when it is not let in from everywhere. */
  readonly onlyInside: readonly string[];
};

type Tried = { readonly answer: Answer; readonly stance: Stance; readonly door: string; readonly from: From; readonly settings: PolicySettings };

type Trial = {
  readonly settings: PolicySettings;
  readonly groups: Known<ReadonlySet<ObjectId>>;
  readonly grounds: readonly Ground[];
  readonly means: readonly Means[];
  readonly from: readonly From[];
};

const answerTo = ({ applies, wants }: Stance, means: readonly Means[], strengths: Strengths): Answer => {
  if (applies === "no" || wants === null || wants === undefined) return "yes";
  const answer = worstOf(means.map((each) => meets(wants, each, strengths)));
  return answer === "yes" ? "yes" : applies === "yes" ? answer : "unknown";
};

const tried = (account: LiveAccount, id: ObjectId, { settings, groups, grounds, means, from }: Trial, strengths: Strengths): readonly Tried[] => {
  const subject = subjectOf(account, groups);
  return DOORS.flatMap((door) =>
    from.flatMap((place) =>
      grounds.map((ground) => {
        const stance = stanceOf({ id, settings }, signInAt(subject, door, place), ground);
        return { answer: answerTo(stance, means, strengths), stance, door: door.words, from: place, settings };
      }),
    ),
  );
};

/** A group that the account leaves or joins leaves nobody out all the while. */
const withoutChanging = (settings: PolicySettings, { surely, perhaps }: Membership): PolicySettings => {
  const { exclude } = settings;
  if (surely.type !== "present" || perhaps.type !== "present") return settings;
  const groups = exclude.groups.filter((group) => surely.value.has(group) || !perhaps.value.has(group));
  return groups.length === exclude.groups.length ? settings : { ...settings, exclude: { ...exclude, groups } };
};

const answerOf = (all: readonly Tried[]): Answer => worstOf(all.map(({ answer }) => answer));

/** With what an account gets in now, and with what it must get in on the way. */
type Held = { readonly account: LiveAccount; readonly membership: Membership; readonly now: Means; readonly all: readonly Means[] };

const obstacleOf = ({ id, before, after }: Course, held: Held, passage: Passage): readonly Obstacle[] => {
  const { account, membership, now, all } = held;
  const { outside: from, strengths } = passage;
  const { groups } = subjectOf(account);
  const atFirst = before === undefined ? [] : tried(account, id, { settings: before, groups, grounds: [passage.now], means: [now], from }, strengths);
  const onTheWay = (settings: PolicySettings | undefined): readonly Tried[] =>
    settings === undefined
      ? []
      : tried(
          account,
          id,
          {
            settings: withoutChanging(settings, membership),
            groups: membership.perhaps,
            grounds: [...new Set([passage.later, passage.now])],
            means: all,
            from,
          },
          strengths,
        );
  const first = answerOf(atFirst);
  // What keeps somebody out today and will not any more is no reason to leave it so.
  const bad = [...onTheWay(after), ...(first === "yes" ? onTheWay(before) : [])].filter(({ answer }) => answer !== "yes");
  const worst = bad.find(({ answer }) => answer === "no") ?? bad[0];
  if (worst === undefined) return [];
  const { stance } = worst;
  return [
    {
      type: "policy",
      id,
      name: nameWithoutMark(stance.name),
      already: first === "no" || first === worst.answer,
      answer: worst.answer === "no" ? "no" : "unknown",
      applies: stance.applies === "yes" ? "yes" : "unknown",
      because: stance.because,
      wanted: stance.wants ?? { any: false, controls: [] },
      doors: [...new Set(bad.map(({ door }) => door))],
      byCountry: from.some(({ country }) => bad.every((each) => each.from.country !== country)),
      byNetwork: worst.settings.locations !== null,
    },
  ];
};

const insideFor = ({ account, membership, all }: Held, { courses, inside, later, strengths }: Passage): readonly string[] => {
  if (courses.type !== "present") return [];
  const on = courses.value.flatMap(({ id, after }) => (after === undefined ? [] : [{ id, settings: withoutChanging(after, membership) }]));
  return inside
    .filter(({ from }) =>
      on.every(
        ({ id, settings }) =>
          answerOf(tried(account, id, { settings, groups: membership.perhaps, grounds: [later], means: all, from: [from] }, strengths)) === "yes",
      ),
    )
    .map(({ name }) => name);
};

/** How an account fares on the way. */
export const entryOf = (passage: Passage, address: string, account: LiveAccount): Entry => {
  const { courses, methods, defaults, strengths } = passage;
  const membership = membershipOf(passage.groups, account);
  const own = subjectOf(account).groups;
  const now = lasting(meansOf(account, { surely: own, perhaps: own }, methods.now));
  const later = lasting(meansOf(account, membership, methods.later));
  const couldNow = meets(PORTALS, now, strengths);
  // A change of methods that would mend it may be held back, and whatever is written before it finds nobody who gets in.
  const can = worstOf([couldNow, meets(PORTALS, later, strengths)]);
  const held = { account, membership, now, all: couldNow === "yes" ? [now, later] : [later] };
  const obstacles: Obstacle[] = [];
  if (can !== "yes") {
    obstacles.push({ type: "methods", answer: can, already: couldNow !== "yes" });
    if (defaults.later) obstacles.push({ type: "asked", by: "security defaults", answer: can, already: defaults.now });
    if (passage.newlyAsked.has(account.id)) obstacles.push({ type: "asked", by: "per-user MFA", answer: can, already: false });
  }
  if (courses.type === "unknown") obstacles.push({ type: "policies", answer: "unknown", already: true, because: courses.because });
  const policies = courses.type === "present" ? courses.value.flatMap((course) => obstacleOf(course, held, passage)) : [];
  const all = [...obstacles, ...policies];
  return {
    address,
    account,
    answer: worstOf(all.map(({ answer }) => answer)),
    obstacles: all,
    means: { now, later },
    onlyInside: policies.length > 0 && obstacles.length === 0 ? insideFor(held, passage) : [],
  };
};
