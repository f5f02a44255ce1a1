/** One look at a tenant through a plan. `diff`, `status` and `apply` all come through here, so that a dry run is the run. */

import { connect } from "./connect.ts";
import { NOBODY_LISTED, toRead } from "./core/accounts/deciding.ts";
import { accountsTold } from "./core/accounts/told.ts";
import { unreadIn } from "./core/accounts/unread.ts";
import { isAccountWish, listPhases } from "./core/accounts/wishes.ts";
import { applyChanges } from "./core/after.ts";
import { ALLOWABLE, type Allowance, type Applicable, applicable, isStopping, type JudgedFinding, withAllowances } from "./core/allowances.ts";
import type { Change, Desired, Diff } from "./core/changes.ts";
import { NO_PROGRESS } from "./core/course.ts";
import { besideDefaults } from "./core/defaults-handover.ts";
import { desiredAt } from "./core/desired.ts";
import { diff } from "./core/diff.ts";
import type { DiffDocument, StatusDocument } from "./core/document.ts";
import { gatesOf } from "./core/gates.ts";
import { checkGuards } from "./core/guards/index.ts";
import { LISTED_ACCOUNTS } from "./core/guards/listed-accounts.ts";
import { SECURITY_DEFAULTS } from "./core/guards/security-defaults.ts";
import { historyOf } from "./core/history.ts";
import type { Run } from "./core/journal.ts";
import type { Observed } from "./core/observed.ts";
import { planWithOut } from "./core/out.ts";
import { parseAsOf } from "./core/plan/moments.ts";
import { documentationIn } from "./core/plan/networks.ts";
import type { Plan } from "./core/plan/plan.ts";
import { nearest } from "./core/plan/problems.ts";
import { progressOf } from "./core/progress.ts";
import { diffDocument, namesIn, statusDocument } from "./core/report.ts";
import { type LogQuestions, logQuestions } from "./core/switching.ts";
import { absent, type Instant, type Known, type ObjectId, type PolicySettings } from "./core/tenant.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { Failure, usage } from "./failure.ts";
import { createGateway, type PerformWith } from "./gateway.ts";
import { createClient, type GraphClient } from "./graph/client.ts";
import type { Standing, Standpoint } from "./render/diff.ts";
import { type Progress, progressOn } from "./render/progress.ts";
import { styleFor } from "./render/style.ts";
import type { View } from "./render/view.ts";
import type { Runtime } from "./runtime.ts";
import type { Gateway, Lookup, ReadProgress, ReadWish } from "./service.ts";
import { openState, type State } from "./state.ts";
import type { Tenant, Wish } from "./tenant.ts";
import { pathsOf } from "./text-file.ts";

export type SessionWish = {
  readonly tenant: string | undefined;
  /** How to sign in to a real tenant. */
  readonly signIn?: Wish["signIn"];
  readonly state: string | undefined;
  readonly quiet: boolean;
  readonly say: (line: string) => void;
  readonly log: ((line: string) => void) | undefined;
  /** Accounts that are gone for good, as the archive has them. */
  readonly archived?: PerformWith["archived"];
};

export type Session = {
  readonly tenant: Tenant;
  readonly gateway: Gateway & Lookup;
  /** For lists that no gateway keeps whole. */
  readonly client: GraphClient;
  readonly state: State;
  readonly progress: Progress;
  readonly close: () => Promise<void>;
};

/** @param addresses the plan's emergency accounts, by which a practice tenant is made when there is none; undefined: none is made. */
export const openSession = async (wish: SessionWish, addresses: readonly string[] | undefined, runtime: Runtime): Promise<Session> => {
  const tenant = await connect(
    { tenant: wish.tenant, addresses, say: wish.say, log: wish.log, ...(wish.signIn !== undefined && { signIn: wish.signIn }) },
    runtime,
  );
  const progress = await progressOn(runtime, wish.quiet);
  const client = createClient(tenant.connection);
  const folder = wish.state === undefined ? tenant.stateFolder : pathsOf(runtime).resolve(runtime.cwd, wish.state);
  return {
    tenant,
    gateway: createGateway(tenant.connection, tenant.exchange, client, wish.archived === undefined ? {} : { archived: wish.archived }),
    client,
    state: openState(folder, runtime),
    progress,
    close: async () => {
      progress.end();
      await tenant.close();
    },
  };
};

/** @throws Failure (usage) for a moment that is none. */
export const momentOf = (asOf: string, zone: string): Instant => {
  const found = parseAsOf(asOf, zone);
  if (found.type === "wrong") throw usage(`--as-of: ${found.message}`, ...(found.hint === undefined ? [] : [found.hint]));
  return found.instant;
};

/** @throws Failure (usage) when `--phase` or `--allow` name what is not there. */
export const checkNames = (plan: Plan | undefined, phase: string | undefined, allow: readonly Allowance[]): void => {
  if (plan !== undefined && phase !== undefined && !plan.phases.some(({ id }) => id === phase)) {
    const ids = plan.phases.map(({ id }) => id);
    const meant = nearest(phase, ids);
    throw usage(`--phase ${phase}: the plan has no such phase`, meant === undefined ? `its phases: ${ids.join(", ")}` : `did you mean ${meant}?`);
  }
  for (const { guard } of allow) {
    if (ALLOWABLE.includes(guard)) continue;
    const meant = nearest(guard, ALLOWABLE);
    throw usage(
      `--allow ${guard}: no check of that name can be let pass`,
      meant === undefined ? `these can: ${ALLOWABLE.join(", ")}` : `did you mean ${meant}?`,
      "entra-rollout help findings lists them",
    );
  }
};

/** The runs of one plan in one tenant, oldest first. A journal that cannot be read stops: it may tell of a write without an answer. */
export const runsOf = async (state: State, planId: string, tenant: ObjectId): Promise<readonly Run[]> => {
  const { runs, damaged } = await state.runs();
  const [first] = damaged;
  if (first !== undefined)
    throw new Failure("failed", `the journal of the run ${first.id} cannot be read: ${first.file}: ${first.because}`, [
      "look at the file, mend or move it: a write whose answer was lost may stand in it",
    ]);
  return runs.filter(({ start }) => start.plan.id === planId && start.tenant === tenant);
};

export type Question = {
  readonly plan: Plan;
  readonly moment: Instant;
  readonly phase: string | undefined;
  readonly stage: boolean;
  readonly prune: boolean;
  readonly allow: readonly Allowance[];
  readonly attended: boolean;
  /** A domain that is out, to be asked again. */
  readonly backIn?: string;
};

export type Survey = {
  readonly question: Question;
  readonly observed: Observed;
  readonly desired: Desired;
  readonly diff: Diff;
  readonly findings: readonly JudgedFinding[];
  readonly applicable: Applicable;
  readonly runs: readonly Run[];
};

/** What an observed tenant means for the question. Pure but for its input. */
export const judge = (question: Question, seenNow: Observed, runs: readonly Run[]): Survey => {
  const observed: Observed = listPhases(question.plan).length === 0 ? seenNow : { ...seenNow, told: accountsTold(runs) };
  const { moment, phase, stage, prune, allow, attended, backIn } = question;
  const progress = progressOf(observed, question.plan.id);
  const plan = planWithOut(question.plan, progress.type === "present" ? progress.value : undefined);
  const gates = gatesOf(plan, observed, moment, progress.type === "present" ? progress.value : NO_PROGRESS, phase);
  const wanted = desiredAt(plan, moment, {
    stage,
    gates,
    ...(progress.type === "present" && { progress: progress.value }),
    ...(phase !== undefined && { begin: phase }),
    ...(backIn !== undefined && { backIn }),
  });
  const plain = diff(plan, wanted, observed, { prune, moment });
  const history = historyOf(runs);
  const allowed = allow.find(({ guard }) => guard === SECURITY_DEFAULTS)?.count ?? 0;
  const look = (stopped: boolean): Survey => {
    const desired = besideDefaults({ plan, observed, desired: wanted, after: () => applyChanges(observed, plain), allowed, stopped });
    const changes = desired === wanted ? plain : diff(plan, desired, observed, { prune, moment });
    const found = checkGuards({ plan, moment, observed, desired, diff: changes, after: applyChanges(observed, changes), history, attended });
    const findings = withAllowances(found, allow);
    return { question, observed, desired, diff: changes, findings, applicable: withDefaultsBack(desired, changes, applicable(findings, changes)), runs };
  };
  const seen = look(false);
  const { defaults } = seen.desired;
  // Where a check keeps the policies off, the gap that an earlier run left is closed with the defaults.
  const isStopped = defaults?.type === "close" && defaults.by === "policies" && !toApply(seen).some(({ key }) => key === defaults.first);
  return isStopped ? look(true) : seen;
};

/** What an earlier run took from everybody is given back whatever the checks say of all else. */
const withDefaultsBack = (desired: Desired, changes: Diff, may: Applicable): Applicable => {
  if (desired.defaults?.type !== "close" || desired.defaults.by !== "defaults" || may.type === "everything") return may;
  const held = may.type === "nothing" ? changes.changes : may.held;
  return { type: "all-but", held: held.filter(({ kind }) => kind !== "security-defaults").map(({ kind, key }) => ({ kind, key })) };
};

const READING: Readonly<Record<string, string>> = {
  tenant: "reading the tenant",
  settings: "reading policies, networks and groups",
  accounts: "reading accounts",
  registration: "reading who has registered",
  states: "reading states of per-user MFA",
  mailboxes: "reading mailboxes",
  "what-if": "asking What-If about a few accounts",
  log: "reading the log of sign-ins",
  stamps: "reading when accounts were last signed in with",
};

/** Only people, and their sign-ins, are many enough to be counted. */
const COUNTED: ReadonlySet<string> = new Set(["accounts", "registration", "states", "mailboxes", "log", "stamps"]);

export const readingTold =
  (progress: Progress): ReadProgress =>
  (what, done) =>
    progress.tell(READING[what] ?? `reading ${what}`, COUNTED.has(what) ? done : undefined);

/** Whether a digest answers all that is asked. */
const answers = (log: Observed["log"], { legacy, places, services }: LogQuestions): boolean =>
  log?.type === "present" &&
  [legacy ? log.value.legacy : log, places ? log.value.places : log, services ? log.value.services : log].every((part) => part !== undefined);

/** Accounts of lists are looked up one by one, once a phase that is about them has begun. */
const withListed = async ({ gateway, progress }: Session, question: Question, observed: Observed, runs: readonly Run[]): Promise<Observed> => {
  const { plan } = question;
  if (listPhases(plan).length === 0) return observed;
  const seen = judge(question, { ...observed, log: absent }, runs);
  const rows = seen.desired.resources.filter(isAccountWish).flatMap(({ kind, key }) => {
    const phase = plan.phases.find(({ id }) => id === key);
    return phase === undefined ? [] : toRead({ phase, kind, observed, told: seen.observed.told ?? new Map() });
  });
  const ids = [...new Set(rows.map(({ id }) => id))].sort();
  const told = accountsTold(runs);
  if (ids.length === 0) return { ...observed, told, listed: NOBODY_LISTED };
  return { ...observed, told, listed: await gateway.listed(ids, (done) => progress.tell("looking at accounts of the list", done, ids.length)) };
};

/** Only what the changes switch on has to be looked up in the log of sign-ins, which is slow to read. */
const withLog = async (
  { gateway, progress }: Session,
  question: Question,
  observed: Observed,
  runs: readonly Run[],
  known: Observed["log"],
): Promise<Survey> => {
  const { plan } = question;
  // What the checks say of the log is asked once there is one.
  const seen = judge(question, { ...observed, log: absent }, runs);
  const asked = logQuestions({ plan, observed, diff: seen.diff, after: applyChanges(observed, seen.diff) });
  if (!asked.legacy && !asked.places && !asked.services) return { ...seen, observed };
  const log = answers(known, asked) && known !== undefined ? known : await gateway.signIns(plan, asked, observed, readingTold(progress));
  return judge(question, { ...observed, log }, runs);
};

/**
 * Whether What-If is asked: on a real tenant wherever something may come to be written, on a practice tenant where somebody
 * wants it. It costs seconds, by which a practice tenant's clock would go on.
 */
export const asksWhatIf = ({ whatIf, access, bare }: ReadWish, practice: boolean): boolean => whatIf ?? (!practice && access !== false && bare === undefined);

/** A plan that is still the example it was made from would keep out, or let in, nobody but readers of documentation. */
const refuseMadeUp = ({ networks }: Plan): void => {
  const lines = networks.flatMap(({ name, place, ...network }) =>
    "ranges" in network
      ? documentationIn(network.ranges).map(
          (range) =>
            `${place.file}:${place.line}:${place.column}: ${name}: ${range} is kept for documentation, and nobody signs in to a real tenant from there`,
        )
      : [],
  );
  if (lines.length > 0) throw new Failure("bad-plan", lines.join("\n"), ["write the public addresses that the network goes out with"]);
};

/**
 * Reads the tenant once, then judges it.
 *
 * @param known what the log said a moment ago, if it was read.
 */
export const survey = async (session: Session, question: Question, wish: ReadWish = {}, known?: Observed["log"]): Promise<Survey> => {
  const { gateway, progress, state } = session;
  if (!session.tenant.connection.practice) refuseMadeUp(question.plan);
  progress.tell("reading the tenant");
  try {
    const whatIf = asksWhatIf(wish, session.tenant.connection.practice);
    const read = await gateway.readTenant(question.plan, readingTold(progress), { ...wish, whatIf });
    const runs = await runsOf(state, question.plan.id, read.tenant.id);
    const observed = await withListed(session, question, read, runs);
    if (wish.log === false || wish.bare !== undefined) return judge(question, { ...observed, log: absent }, runs);
    return await withLog(session, question, observed, runs, known);
  } finally {
    progress.end();
  }
};

const reportOf = ({ question, observed, desired, diff: changes, findings }: Survey) => ({
  plan: question.plan,
  observed,
  desired,
  diff: changes,
  findings,
  moment: question.moment,
});

export const documentOf = (seen: Survey): DiffDocument => diffDocument(reportOf(seen));
export const statusOf = (seen: Survey): StatusDocument => statusDocument(reportOf(seen));

/** How the end is told when something that the diff stands on could not be read; for want of a right alone, that is said. */
export const exitUnread = ({ resources, members, roster, perUser, mailboxes, listed }: Observed): ExitCode => {
  const all: readonly (Known<unknown> | undefined)[] = [roster, mailboxes, perUser, listed, ...Object.values(resources), ...members.values()];
  const unread = [...all.flatMap((known) => (known?.type === "unknown" ? [known] : [])), ...(listed?.type === "present" ? unreadIn(listed.value) : [])];
  if (unread.length === 0) return exitCode("done");
  return exitCode(unread.every(({ denied }) => denied === true) ? "not-permitted" : "partly");
};

/** The changes that no finding holds back. */
export const toApply = (seen: Pick<Survey, "applicable" | "diff">): readonly Change[] => {
  const { applicable: may, diff: changes } = seen;
  if (may.type === "everything") return changes.changes;
  if (may.type === "nothing") return [];
  return changes.changes.filter((change) => !may.held.some(({ kind, key }) => kind === change.kind && key === change.key));
};

/**
 * Something is kept back, although nothing of the diff is: what was to stand in the place of security defaults, or accounts of a list
 * of whom nobody can say who is to go, or what is there twice.
 */
export const isKeptBack = ({ desired, diff: { doubles }, findings }: Survey): boolean =>
  doubles.length > 0 ||
  (desired.defaults !== undefined && desired.defaults.type !== "leave" && findings.some(isStopping)) ||
  findings.some((finding) => finding.guard === LISTED_ACCOUNTS && isStopping(finding));

/** How much of it may be applied. */
export const standingOf = (seen: Survey): Standing => {
  if (seen.diff.changes.length === 0 || seen.applicable.type === "everything") return "open";
  return toApply(seen).length === 0 ? "stopped" : "partly";
};

/** Groups by the policies that are to be on: whom they name is asked by joining, whom they leave out by leaving. */
const askedWho = ({ desired }: Survey): Standpoint["askedWho"] => {
  const on = desired.resources.flatMap((each) => (each.kind === "conditional-access" && each.settings.state === "on" ? [each.settings] : []));
  const named = (refs: readonly string[], by: "join" | "leave") => refs.map((ref) => [ref.replace("@cohort-group/", ""), by] as const);
  return new Map(on.flatMap(({ include, exclude }) => [...named(exclude.groups, "leave"), ...named(include.groups, "join")]));
};

/** Keys of the policies of which something holds. */
const keysOf = ({ desired }: Survey, holds: (settings: PolicySettings) => boolean): ReadonlySet<string> =>
  new Set(desired.resources.flatMap((each) => (each.kind === "conditional-access" && holds(each.settings) ? [each.key] : [])));

/** What a text of the diff says beyond its document. */
export const standpointOf = (seen: Survey): Standpoint => ({
  standing: standingOf(seen),
  askedWho: askedWho(seen),
  browserOnly: new Set(
    seen.desired.resources.flatMap((each) =>
      each.kind === "conditional-access" && each.settings.state === "on" && each.settings.clients.every((client) => client === "browser") ? [each.key] : [],
    ),
  ),
  blocking: keysOf(seen, ({ grant }) => grant?.controls.includes("block") === true),
  registering: keysOf(seen, ({ apps }) => apps.userActions.length > 0),
});

/** What is made in the same run has no id yet and goes by its reference; what is restored is not in any list yet. */
const naming = (nameOf: View["nameOf"], changes: readonly Change[]): View["nameOf"] => {
  const made = new Map(changes.flatMap(({ kind, key, id, name }) => [`@${kind}/${key}`, ...(id === undefined ? [] : [id])].map((each) => [each, name])));
  return (id) => nameOf(id) ?? made.get(id);
};

export const viewOf = async (runtime: Runtime, zone: string, observed: Observed, changes: readonly Change[]): Promise<View> => ({
  columns: runtime.stdout.columns,
  style: await styleFor(runtime, "stdout"),
  zone,
  nameOf: naming(namesIn(observed), changes),
});
