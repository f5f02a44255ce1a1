/** Who stands outside the plan, or outside a policy: a row an account and exclusion, with whoever answers for it and whether anything else asks. */

import { nameWithoutMark } from "../mark.ts";
import { type Exception, type LocalDate, type Phase, type Plan, PROTOCOL_NAMES, type ProtocolWord } from "../plan/plan.ts";
import { isLetIn } from "../progress.ts";
import type { Instant, ObjectId, Person, PerUserState, PolicyState } from "../tenant.ts";
import { belongsBy } from "./about.ts";
import type { Account } from "./account.ts";
import type { Held } from "./belonging.ts";
import type { Enforced, Enforcement, Somebody } from "./enforcement.ts";
import type { Demand, Kept, LeftOut, Someone, Watch, Way } from "./left-out.ts";
import type { Cell, Column, Filter, Row, Shape } from "./shape.ts";
import type { Kept as KeptOn } from "./turned-off.ts";
import { cohortsAsked, type Outside, type Reason } from "./why-out.ts";

/** A plan's own words first. */
const WAYS_OUT = [
  "exception",
  "emergency account",
  "let in",
  "domain is out",
  "leave row",
  "left out of a sum",
  "pupil",
  "guest",
  "service account",
  "directory synchronisation",
  "agent",
  "not named",
  "cohort not read",
  "kept on",
  "named by a policy",
  "in a group of a policy",
  "in a role of a policy",
  "guest of a policy",
  "policy not read",
] as const;
type WayOut = (typeof WAYS_OUT)[number];

const COLUMNS = [
  { name: "account", heading: "Account", sort: "text", about: "the account's address, as the directory writes it", shown: "wide" },
  { name: "name", heading: "Name", sort: "text", about: "its name in the directory" },
  { name: "domain", heading: "Domain", sort: "text", about: "the domain of its address, in lower case" },
  { name: "enabled", heading: "Enabled", sort: "flag", about: "no: nobody can sign in with it, so that it is no hole" },
  { name: "type", heading: "Type", sort: "word", about: "member, guest, pupil (students' licences and no other), agent, or directory synchronisation" },
  {
    name: "by",
    heading: "By",
    sort: "word",
    about: `what keeps it out. The plan: ${WAYS_OUT.slice(0, 14).join(", ")} (no cohort of a phase means it: not named; its mailbox keeps a protocol that goes off for others: kept on). Policies: ${WAYS_OUT.slice(14).join(", ")}`,
    shown: "narrow",
  },
  {
    name: "through",
    heading: "Through",
    sort: "text",
    about: "the pattern that matched, the row of a list, the cohort that a sum leaves out, the group (with those inside it) or the role that a policy names",
    shown: "wide",
  },
  { name: "cohorts", heading: "Cohorts", sort: "list", about: "the plan's cohorts that would hold it but for this" },
  { name: "because", heading: "Because", sort: "text", about: "the reason that the plan gives; where something was not read, why" },
  { name: "owner", heading: "Owner", sort: "text", about: "who answers for the exclusion, by the plan", shown: "narrow" },
  { name: "since", heading: "Since", sort: "moment", about: "from when on it counts: the start of the first phase that it is kept out of" },
  {
    name: "until",
    heading: "Until",
    sort: "moment",
    about: "the last day on which it holds, by the plan, or the moment at which who was let in is asked again",
    shown: "narrow",
  },
  { name: "overdue", heading: "Overdue", sort: "flag", about: "its end has passed, and it is there all the same; empty: it has none", shown: "narrow" },
  { name: "policy", heading: "Policy", sort: "text", about: "the policy that leaves it out and would else be about it; empty for the plan's own words" },
  { name: "ours", heading: "Ours", sort: "flag", about: "whether the policy is this plan's, or bears this tool's mark where no plan is named" },
  { name: "state", heading: "State", sort: "word", about: "of the policy: on, or report-only" },
  {
    name: "from",
    heading: "From",
    sort: "word",
    about: "what it is kept out of: MFA, or what keeps old programs out, which know nothing but a password",
  },
  { name: "phases", heading: "Phases", sort: "list", about: "phases of the plan that reach the account all the same; empty: it stands outside every phase" },
  {
    name: "askedBy",
    heading: "Asked by",
    sort: "list",
    about: "what is in force and asks it for MFA, or keeps its old programs out, all the same; in brackets where it is not for everything",
  },
  {
    name: "hole",
    heading: "Hole",
    sort: "word",
    about:
      "yes: it can sign in, and nothing asks it; partly: something asks it somewhere; no: something asks it everywhere, or nobody can sign in with it; unknown",
    shown: "narrow",
  },
  { name: "protocols", heading: "Protocols", sort: "list", about: "what its mailbox keeps, by keepOn of the plan, while it goes off for others" },
] as const satisfies readonly Column[];

export const exclusions: Shape = {
  name: "exclusions",
  about: "every account that stands outside every phase of the plan, or outside a policy: by what, until when, who answers for it, and whether it is a hole",
  columns: COLUMNS,
  splitBy: "domain",
};

// ---- what keeps an account out

type Exclusion = {
  readonly by: WayOut;
  readonly from: Demand;
  readonly through: string | null;
  readonly cohorts: readonly string[];
  readonly because: string | null;
  readonly exception?: Exception;
  /** A day, or a moment. */
  readonly until: string | null;
  readonly overdue: boolean | null;
  readonly since: Instant | null;
  readonly protocols?: readonly ProtocolWord[];
  readonly policy?: { readonly name: string; readonly ours: boolean; readonly state: PolicyState };
};

/** What the report stands on, whoever passes. */
export type Grounds = {
  readonly filter: Filter;
  readonly now: Instant;
  /** By the plan's clock. */
  readonly today: LocalDate;
  readonly planned?: {
    readonly plan: Plan;
    readonly whyOut: (person: Person) => Outside;
    readonly kept: (person: Person) => readonly KeptOn[];
    /** Whole domains that are out, and who is let in until when. */
    readonly out: readonly string[];
    readonly letIn: ReadonlyMap<ObjectId, Instant>;
  };
  readonly watch: Watch;
  /** What asks somebody for MFA. */
  readonly enforcement: (somebody: Somebody) => Enforcement;
  readonly groups: (id: ObjectId) => Held;
  readonly roles: (id: ObjectId) => Held;
  /** The same for accounts that are in the same groups and roles. */
  readonly key: (id: ObjectId) => string;
  readonly groupName: (id: ObjectId) => string;
  readonly roleName: (id: ObjectId) => string;
  readonly synchronises: (id: ObjectId) => boolean;
};

/** An account that something keeps out. */
export type Found = {
  readonly account: Account;
  readonly domain: string;
  readonly exclusions: readonly Exclusion[];
  readonly phases: readonly string[];
  /** What asks it all the same. @param perUser its own state of per-user MFA; undefined: not known */
  readonly asked: (from: Demand, perUser: PerUserState | undefined) => Kept;
};

const momentText = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

const PLAIN = { from: "MFA", through: null, because: null, until: null, overdue: null } as const;

const throughOf = (reason: Reason): string | null => {
  switch (reason.type) {
    case "exception":
    case "service account":
      return reason.pattern;
    case "leave row":
      return `${reason.file}, line ${reason.row.line}`;
    case "left out of a sum":
      return reason.without;
    default:
      return null;
  }
};

/** The first moment at which others of these cohorts are asked. */
const sinceOf = ({ phases }: Plan, cohorts: readonly string[]): Instant | null => {
  const starts = phases.filter((phase) => cohortsAsked(phase).some((name) => cohorts.includes(name))).map(({ starts: { instant } }) => instant);
  return starts.length === 0 ? null : Math.min(...starts);
};

/** The day named is the last on which it holds. */
const isOverdue = ({ until }: Exception, today: LocalDate): boolean | null => (until === undefined ? null : until < today);

const ofReason = ({ reason, cohorts }: Outside["reasons"][number], { plan }: NonNullable<Grounds["planned"]>, today: LocalDate): Exclusion => {
  const common = { ...PLAIN, through: throughOf(reason), cohorts, since: sinceOf(plan, cohorts) };
  if (reason.type === "not read") return { ...common, by: "cohort not read", because: reason.because };
  if (reason.type !== "exception") return { ...common, by: reason.type };
  const { exception } = reason;
  const { because, until = null } = exception;
  return { ...common, by: "exception", exception, because, until, overdue: isOverdue(exception, today) };
};

const ofKept = ({ phase: { turnOff, starts }, exception, pattern }: KeptOn, today: LocalDate): Exclusion => ({
  by: "kept on",
  from: "old programs",
  through: pattern,
  cohorts: turnOff.for === undefined ? [] : [turnOff.for],
  because: exception.because,
  exception,
  until: exception.until ?? null,
  overdue: isOverdue(exception, today),
  since: starts.instant,
  protocols: turnOff.protocols,
});

const WAYS = {
  itself: "named by a policy",
  group: "in a group of a policy",
  role: "in a role of a policy",
  guests: "guest of a policy",
  "not read": "policy not read",
} as const satisfies Record<Way["by"], WayOut>;

const ofPolicy = ({ policy: { settings, mark, managed }, from, way }: LeftOut, grounds: Grounds): Exclusion => {
  const id = way.through;
  const named =
    id === undefined
      ? null
      : way.by === "role" || (way.by === "not read" && settings.exclude.roles.includes(id))
        ? grounds.roleName(id)
        : grounds.groupName(id);
  const ours = !managed && mark !== undefined && (grounds.planned === undefined || mark.plan === grounds.planned.plan.id);
  return {
    ...PLAIN,
    by: WAYS[way.by],
    from,
    through: named,
    cohorts: [],
    because: way.because ?? null,
    since: null,
    policy: { name: nameWithoutMark(settings.name), ours, state: settings.state },
  };
};

/** Security defaults ask everybody, whatever cohorts a plan names, but for the account that synchronises the directory. */
const asksEverybody = ({ securityDefaults }: Phase): boolean => securityDefaults === "on";

const ofPlan = (account: Account, domain: string, outside: Outside, grounds: Grounds, stillNamed: boolean): readonly Exclusion[] => {
  const { planned, now, today } = grounds;
  if (planned === undefined) return [];
  const { plan, out, letIn } = planned;
  const wide = { ...PLAIN, cohorts: outside.held, since: sinceOf(plan, outside.held) };
  const until = letIn.get(account.id);
  const isPast = until !== undefined && !isLetIn({ id: account.id, until }, now);
  const own: Exclusion[] = outside.reasons.map((each) => ofReason(each, planned, today));
  if (plan.phases.some(asksEverybody) && grounds.synchronises(account.id) && own.length === 0) own.push({ ...wide, by: "directory synchronisation" });
  // Whose time is over is asked again by the next run, and not before.
  if (until !== undefined && (!isPast || stillNamed)) own.push({ ...wide, by: "let in", until: momentText(until), overdue: isPast });
  if (out.includes(domain)) own.push({ ...wide, by: "domain is out", through: domain });
  return own;
};

const phasesOf = ({ planned, synchronises }: Grounds, { held }: Outside, id: ObjectId, isLeftOut: boolean): readonly string[] => {
  if (planned === undefined || isLeftOut) return [];
  return planned.plan.phases
    .filter((phase) => cohortsAsked(phase).some((name) => held.includes(name)) || (asksEverybody(phase) && !synchronises(id)))
    .map((phase) => phase.id);
};

const NOWHERE: Outside = { held: [], reasons: [] };

/** Cohorts to which the filter keeps; undefined: all. */
const cohortsFiltered = (plan: Plan | undefined, { phase, cohort }: Filter): readonly string[] | undefined => {
  if (cohort !== undefined) return [cohort];
  return phase === undefined ? undefined : (plan?.phases.filter(({ id }) => id === phase).flatMap(cohortsAsked) ?? []);
};

/** Which cohorts the plan's words are asked about: those of its phases, and one that the filter names. */
export const cohortsInQuestion = (plan: Plan, { cohort }: Filter): readonly string[] => [
  ...new Set([...plan.phases.flatMap(cohortsAsked), ...(cohort === undefined ? [] : [cohort])]),
];

/** @returns undefined for an account that nothing keeps out of anything, or that the filter does not mean. */
export const foundOf = (account: Account, grounds: Grounds): Found | undefined => {
  const { filter, planned, watch } = grounds;
  const domain = domainOf(account.address);
  if (filter.domain !== undefined && domain !== filter.domain.toLowerCase()) return undefined;
  const outside = planned?.whyOut(account) ?? NOWHERE;
  const wanted = cohortsFiltered(planned?.plan, filter);
  const meant = (names: readonly string[]): boolean => wanted === undefined || names.some((name) => wanted.includes(name));
  // Whom the cohorts hold, and whom they mean and do not hold: of nobody else is anything asked.
  const isMeant = meant(outside.held) || outside.reasons.some(({ cohorts }) => meant(cohorts));
  // A phase that turns off protocols asks no cohort for anything.
  const kept = (planned?.kept(account) ?? []).filter(({ phase: { id, turnOff } }) =>
    filter.cohort !== undefined ? turnOff.for === filter.cohort || outside.held.includes(filter.cohort) : filter.phase === undefined || filter.phase === id,
  );
  if (!isMeant && kept.length === 0) return undefined;
  const someone: Someone = {
    id: account.id,
    belongs: belongsBy(account),
    groups: grounds.groups(account.id),
    roles: grounds.roles(account.id),
    key: grounds.key(account.id),
  };
  const policies = isMeant ? watch.leftOut(someone).map((each) => ofPolicy(each, grounds)) : [];
  const stillNamed = policies.some(({ by, policy }) => by === "named by a policy" && policy?.ours === true);
  const own = isMeant ? ofPlan(account, domain, outside, grounds, stillNamed).filter(({ cohorts }) => meant(cohorts)) : [];
  if (own.length + kept.length + policies.length === 0) return undefined;
  const isLeftOut = own.some(({ by }) => by === "domain is out" || by === "let in");
  const { id, address, guest } = account;
  return {
    account,
    domain,
    exclusions: [...own, ...kept.map((each) => ofKept(each, grounds.today)), ...policies],
    phases: phasesOf(grounds, outside, id, isLeftOut),
    asked: (from, perUser) => (from === "MFA" ? grounds.enforcement({ id, address, guest, perUser }) : watch.oldPrograms(someone, perUser)),
  };
};

/** Whether its state of per-user MFA would say more: it can sign in, and nothing else surely asks it everywhere. */
export const needsState = ({ account, exclusions: all, asked }: Found): boolean =>
  account.enabled && all.some(({ from }) => asked(from, "disabled").enforced !== "yes");

// ---- rows

type Hole = "yes" | "partly" | "no" | "unknown";

/** One exclusion as rows and sums tell it. */
export type Told = {
  readonly found: Found;
  readonly exclusion: Exclusion;
  readonly askedBy: readonly string[];
  readonly hole: Hole;
  readonly shown: boolean;
};

const PLANS_WORDS: ReadonlySet<WayOut> = new Set(WAYS_OUT.slice(0, WAYS_OUT.indexOf("not named")));

/**
 * Always told is what the plan itself excludes. Of the rest only what nothing else surely asks for everywhere, and a policy of the
 * plan's own not once more where the plan's words say why it leaves the account out.
 */
const isShown = ({ exclusions: all }: Found, { by, policy }: Exclusion, enforced: Enforced): boolean => {
  if (PLANS_WORDS.has(by) || by === "kept on") return true;
  const isExplained = policy?.ours === true && all.some((each) => PLANS_WORDS.has(each.by));
  return enforced !== "yes" && !isExplained;
};

const HOLES = { yes: "no", partly: "partly", no: "yes", unknown: "unknown" } as const satisfies Record<Enforced, Hole>;

/** @param perUser the account's own state; undefined: not known */
export const toldOf = (found: Found, perUser: PerUserState | undefined, all: boolean): readonly Told[] =>
  found.exclusions.map((exclusion): Told => {
    const { enforced, by } = found.asked(exclusion.from, perUser);
    const hole = found.account.enabled ? HOLES[enforced] : "no";
    return { found, exclusion, askedBy: by, hole, shown: all || isShown(found, exclusion, enforced) };
  });

const typeOf = ({ guest, pupil, nobody }: Account, synchronises: boolean): string => {
  if (nobody) return synchronises ? "directory synchronisation" : "agent";
  return guest ? "guest" : pupil ? "pupil" : "member";
};

export const exclusionRow = ({ found, exclusion, askedBy, hole }: Told, grounds: Pick<Grounds, "synchronises">): Row => {
  const { account, domain, phases } = found;
  const { by, from, through, cohorts, because, exception, until, overdue, since, policy, protocols } = exclusion;
  const cells: { readonly [name in (typeof COLUMNS)[number]["name"]]: Cell } = {
    account: account.upn,
    name: account.name,
    domain,
    enabled: account.enabled,
    type: typeOf(account, grounds.synchronises(account.id)),
    by,
    through,
    cohorts,
    because,
    owner: exception?.owner ?? null,
    since: since === null ? null : momentText(since),
    until,
    overdue,
    policy: policy?.name ?? null,
    ours: policy?.ours ?? null,
    state: policy?.state ?? null,
    from,
    phases,
    askedBy,
    hole,
    protocols: protocols?.map((each) => PROTOCOL_NAMES[each]) ?? [],
  };
  return COLUMNS.map(({ name }) => cells[name]);
};
