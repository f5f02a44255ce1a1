/**
 * Whom changes begin to ask for MFA, or keep from signing in with old programs: those who are not asked, or kept out, already.
 * What is in force and stays so is nobody's news.
 */

import type { Change } from "./changes.ts";
import { layoutOf } from "./demands.ts";
import { type GuardInput, type Held, isOurs } from "./guards/guard.ts";
import { nameWithoutMark } from "./mark.ts";
import type { Observed } from "./observed.ts";
import type { Kind, NamedLocationSettings, ObjectId, PhaseId, PolicySettings, ResourceOf } from "./tenant.ts";

export type Switched = {
  readonly sort: "mfa" | "block";
  /** As people know it. */
  readonly words: string;
  readonly phase?: PhaseId;
  /** The changes that do it. */
  readonly holds: readonly Held[];
  /** In report-only: nobody notices yet. */
  readonly staged: boolean;
  /** It is switched on or asks for more, and not only of more people. */
  readonly grown: boolean;
  /** Programs are asked as well, and not the browser alone. */
  readonly programs: boolean;
  /** The plan's networks inside which nobody is asked, by name. */
  readonly outside: readonly string[];
  /** Whom it begins to ask or to keep out. */
  readonly reaches: (id: ObjectId) => boolean;
};

type Input = Pick<GuardInput, "plan" | "observed" | "diff" | "after">;
type Policy = ResourceOf<"conditional-access">;

const listed = (observed: Observed): readonly Policy[] => {
  const list = observed.resources["conditional-access"];
  return list.type === "present" ? list.value : [];
};

/** Who registers a method, or uses some application by name, signs in as before. */
const sortOf = ({ grant, apps }: PolicySettings): Switched["sort"] | undefined => {
  if (grant === null || apps.userActions.length > 0) return undefined;
  if (grant.controls.includes("block")) return "block";
  return grant.controls.includes("mfa") || grant.strength !== null ? "mfa" : undefined;
};

const groupsHold = ({ members }: Observed, groups: readonly string[], id: ObjectId): boolean =>
  groups.some((group) => {
    const known = members.get(group);
    return known?.type === "present" && known.value.has(id);
  });

/**
 * Of our own policies: they name groups that were read, and everybody but groups, guests and some accounts. The one role that
 * they leave out is that of the accounts that synchronise the directory, which are in no cohort.
 */
const takesIn = (observed: Observed, { include, exclude }: PolicySettings, cohort: string | undefined, id: ObjectId): boolean => {
  const inside = include.all || include.users.includes(id) || groupsHold(observed, include.groups, id);
  if (!inside || exclude.users.includes(id) || groupsHold(observed, exclude.groups, id)) return false;
  if (observed.roster.type !== "present") return true;
  const roster = observed.roster.value;
  if (exclude.guests && roster.flags(id)?.guest === true) return false;
  return exclude.roles.length === 0 || cohort === undefined || !roster.knows(cohort) || roster.standing(id, cohort) !== "out";
};

const isIn =
  <T>(list: readonly T[]) =>
  (each: T): boolean =>
    list.includes(each);

/** Networks that no longer spare anybody: taken out of the policy, or made narrower. */
const sparesLess = (before: PolicySettings, after: PolicySettings, narrowed: ReadonlySet<ObjectId>): boolean =>
  (before.locations?.exclude ?? []).some((id) => after.locations?.exclude.includes(id) !== true || narrowed.has(id)) ||
  !(after.locations?.include ?? ["all"]).every(isIn(before.locations?.include ?? ["all"]));

const asksMore = (before: PolicySettings, after: PolicySettings, narrowed: ReadonlySet<ObjectId>): boolean =>
  before.state !== "on" ||
  sortOf(before) !== sortOf(after) ||
  !after.clients.every(isIn(before.clients)) ||
  !after.apps.include.every(isIn(before.apps.include)) ||
  sparesLess(before, after, narrowed);

const narrowedLocations = ({ diff }: Input): ReadonlyMap<ObjectId, Change> => {
  const rangesOf = (settings: Change["before"]): NamedLocationSettings["ranges"] => (settings !== undefined && "ranges" in settings ? settings.ranges : []);
  return new Map(
    diff.changes.flatMap((change): readonly (readonly [ObjectId, Change])[] => {
      if (change.kind !== "named-location" || change.id === undefined || change.after === undefined) return [];
      return rangesOf(change.before).every(isIn(rangesOf(change.after))) ? [] : [[change.id, change]];
    }),
  );
};

const namesOf = ({ plan, after }: Input, { locations }: PolicySettings): readonly string[] => {
  const list = after.resources["named-location"];
  const own = list.type === "present" ? list.value.filter(({ id, mark }) => locations?.exclude.includes(id) === true && mark?.plan === plan.id) : [];
  const titles = new Set(own.map(({ settings }) => nameWithoutMark(settings.name)));
  return plan.networks.flatMap(({ name }) => (titles.has(name) ? [name] : []));
};

const heldOf = ({ kind, key }: Change): Held => ({ kind, key });

/** Groups by whose change somebody joins what the policy is about. */
const joinings = ({ diff, after }: Input, { include, exclude }: PolicySettings): readonly Change[] => {
  const groups = after.resources["cohort-group"];
  const keys = new Set(
    (groups.type === "present" ? groups.value : []).flatMap(({ id, mark }) =>
      mark !== undefined && (include.groups.includes(id) || exclude.groups.includes(id)) ? [mark.key] : [],
    ),
  );
  return diff.changes.filter(({ kind, key, members }) => kind === "cohort-group" && members !== undefined && keys.has(key));
};

const cohortOf = ({ plan }: Input, { mark }: Policy): string | undefined =>
  layoutOf(plan).demands.find(({ key, stagedKey }) => key === mark?.key || stagedKey === mark?.key)?.cohort.name;

/** Whether whoever is asked, or kept out, by `settings` is so by `wider` in any case. */
const isWithin = (settings: PolicySettings, wider: PolicySettings): boolean =>
  sortOf(settings) === sortOf(wider) &&
  settings.clients.every(isIn(wider.clients)) &&
  (wider.apps.include.includes("all") || settings.apps.include.every(isIn(wider.apps.include))) &&
  wider.apps.exclude.every(isIn(settings.apps.exclude)) &&
  (wider.locations === null || (wider.locations.include.includes("all") && wider.locations.exclude.every(isIn(settings.locations?.exclude ?? []))));

/** Who is asked for as much already, by another policy of ours that stays on, notices nothing. */
const askedBefore = (input: Input, policy: Policy): ((id: ObjectId) => boolean) => {
  const stays = new Set(listed(input.after).flatMap(({ id, settings }) => (settings.state === "on" ? [id] : [])));
  const others = listed(input.observed).filter(
    (each) =>
      each.id !== policy.id && isOurs(input.plan, each) && each.settings.state === "on" && stays.has(each.id) && isWithin(policy.settings, each.settings),
  );
  const known = others.map((each) => ({ settings: each.settings, cohort: cohortOf(input, each) }));
  return (id) => known.some(({ settings, cohort }) => takesIn(input.observed, settings, cohort, id));
};

const ofPolicy = (input: Input, policy: Policy): readonly Switched[] => {
  const { observed, after, diff } = input;
  const { settings, mark } = policy;
  const sort = sortOf(settings);
  if (sort === undefined || settings.state === "off" || mark === undefined) return [];
  // Security defaults let no old program in as it is.
  if (sort === "block" && observed.securityDefaults.type === "present" && observed.securityDefaults.value) return [];
  const change = diff.changes.find(({ kind, key }) => kind === "conditional-access" && key === mark.key);
  const before = listed(observed).find(({ id }) => id === policy.id)?.settings;
  const staged = settings.state === "report-only";
  // What goes back into report-only is no news to those who were asked.
  if (staged && (change === undefined || before?.state === "on")) return [];
  const narrowed = narrowedLocations(input);
  const grown = staged || before === undefined || asksMore(before, settings, new Set(narrowed.keys()));
  const joined = joinings(input, settings);
  const locations = [...narrowed].flatMap(([id, each]) => (settings.locations?.exclude.includes(id) === true ? [each] : []));
  // A policy that is changed in its name alone asks nobody anew.
  const doing = grown ? [...(change === undefined ? [] : [change]), ...locations] : joined;
  if (doing.length === 0) return [];
  const phase = doing[0]?.phases[0];
  const cohort = cohortOf(input, policy);
  const isAsked = askedBefore(input, policy);
  return [
    {
      sort,
      words: nameWithoutMark(settings.name),
      ...(phase !== undefined && { phase }),
      holds: doing.map(heldOf),
      staged,
      grown,
      programs: settings.clients.some((client) => client === "mobile-and-desktop" || client === "all"),
      outside: namesOf(input, settings),
      reaches: (id) => takesIn(after, settings, cohort, id) && (grown || before === undefined || !takesIn(observed, before, cohort, id)) && !isAsked(id),
    },
  ];
};

/** What asks in every place and of every program, from no staging on. */
const everywhere = (change: Change, words: string, reaches: Switched["reaches"]): Omit<Switched, "sort"> => {
  const [phase] = change.phases;
  return { words, ...(phase !== undefined && { phase }), holds: [heldOf(change)], staged: false, grown: true, programs: true, outside: [], reaches };
};

/** Who is enforced signs in with an old program no longer, but for an app password. */
const ofStates = ({ diff }: Input): readonly Switched[] =>
  diff.changes.flatMap((change): readonly Switched[] => {
    const { states } = change;
    if (states === undefined || states.to === "disabled") return [];
    const ids = new Set(states.accounts.map(({ id }) => id));
    const both = everywhere(change, nameWithoutMark(change.name), (id) => ids.has(id));
    return [{ sort: "mfa", ...both }, ...(states.to === "enforced" ? [{ sort: "block" as const, ...both }] : [])];
  });

/** Security defaults ask everybody, and let no old program in. */
const ofDefaults = ({ diff, observed }: Input): readonly Switched[] => {
  const change = diff.changes.find(({ kind, after }) => kind === "security-defaults" && after !== undefined && "enabled" in after && after.enabled);
  if (change === undefined) return [];
  const both = everywhere(change, "security defaults", (id) => observed.roster.type === "present" && observed.roster.value.has(id));
  return [
    { sort: "mfa", ...both },
    { sort: "block", ...both },
  ];
};

/** In the order of the changes. Who leaves nothing new behind is not there. */
export const switchedOn = (input: Input): readonly Switched[] => [
  ...listed(input.after)
    .filter((policy) => isOurs(input.plan, policy))
    .sort((a, b) => ((a.mark?.key ?? "") < (b.mark?.key ?? "") ? -1 : 1))
    .flatMap((policy) => ofPolicy(input, policy)),
  ...ofStates(input),
  ...ofDefaults(input),
];

/** Settings of the whole tenant that keep mail programs out. */
const MAIL_SETTINGS: readonly Kind[] = ["authentication-policy", "default-authentication-policy", "smtp-auth"];

/** What the log of sign-ins is asked. */
export type LogQuestions = { readonly legacy: boolean; readonly places: boolean; readonly services: boolean };

/** Nothing, where the changes ask and keep out nobody anew: then the log costs no request. */
export const logQuestions = (input: Input): LogQuestions => {
  const all = switchedOn(input);
  const isMail = input.diff.changes.some(({ kind, mailboxes, after }) => (MAIL_SETTINGS.includes(kind) ? after !== undefined : mailboxes !== undefined));
  const asking = all.filter(({ sort, staged }) => sort === "mfa" && !staged);
  return {
    legacy: isMail || all.some(({ sort }) => sort === "block"),
    places: asking.some(({ outside }) => outside.length > 0),
    services: asking.some(({ programs }) => programs),
  };
};
