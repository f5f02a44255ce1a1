/** `apply`: the dry run, the question, the writes. */

import { type Approved, checkApproved, readApproved } from "../approved.ts";
import { openArchive } from "../archive.ts";
import { carryOut, notBegun, type Stepped } from "../carry-out.ts";
import { commandLine } from "../command-line.ts";
import { applyChanges } from "../core/after.ts";
import { UNANSWERED } from "../core/allowances.ts";
import type { PhaseLine } from "../core/document.ts";
import { startedLate } from "../core/guards/late.ts";
import { refOf } from "../core/history.ts";
import { appearedChanges } from "../core/managed-policies.ts";
import { nameWithoutMark } from "../core/mark.ts";
import { formatMoment } from "../core/plan/moments.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { ApplyDocument, PlanName, RunResult } from "../core/run-document.ts";
import { orderSteps } from "../core/steps.ts";
import type { Instant } from "../core/tenant.ts";
import { madeBy, type Twin, twinSteps, withoutTwins } from "../core/twins.ts";
import { EXIT_CODES, exitCode } from "../exit-codes.ts";
import { Failure, usage } from "../failure.ts";
import { lastLook } from "../last-look.ts";
import { LAG_BOUND_MS } from "../look-again.ts";
import { soundPlan } from "../plan-file.ts";
import { warningWords } from "../render/accounts.ts";
import { diffText } from "../render/diff.ts";
import { stopWords } from "../render/findings.ts";
import { jsonText } from "../render/json.ts";
import { counted } from "../render/layout.ts";
import { outcomeText } from "../render/outcome.ts";
import { safe } from "../render/text-safe.ts";
import { nextPhase } from "../render/timeline.ts";
import { typedMoment } from "../render/when.ts";
import type { Runtime } from "../runtime.ts";
import {
  checkNames,
  documentOf,
  exitUnread,
  isKeptBack,
  judge,
  momentOf,
  openSession,
  type Question,
  runsOf,
  type Session,
  type Survey,
  standpointOf,
  survey,
  toApply,
  viewOf,
} from "../session.ts";
import { type Settlement, settle } from "../settle.ts";
import type { Lock } from "../state.ts";
import type { Options } from "./options.ts";
import { again, checkBackIn, heldLine, nothingWords, sameWords, wishIn } from "./see-work.ts";
import { type Speaker, speaker, tenantOf } from "./speak.ts";

/** Longer than this with the question open, and the tenant is read again. */
const FRESH_MS = 60_000;

export const needsAnswer = (options: Options, runtime: Runtime): void => {
  if (!options.yes && !runtime.canAsk) throw usage("this asks before it writes, and there is no terminal to ask on", "--yes answers beforehand");
};

/** The first of these that the table of exit codes names. */
const firstExit = (...exits: readonly number[]): number => EXIT_CODES.find(({ code }) => exits.includes(code))?.code ?? exitCode("failed");

/** Told of a run as it goes on, where nobody looks at it. */
export type Listener = {
  readonly shown: (seen: Survey) => void;
  readonly stepped: Stepped;
  readonly ended: (seen: Survey, run: RunResult) => void;
};

/** `apply` has somebody who looks at it; `run` is for a scheduler. */
export type Way =
  | { readonly command: "apply"; readonly attended: true; readonly listener?: undefined; readonly moment?: undefined }
  | {
      readonly command: "run";
      readonly attended: false;
      readonly listener: Listener;
      /** What is due then is looked for, and written no sooner. */
      readonly moment?: { readonly at: Instant; readonly come: () => Promise<void> };
    };
const APPLY: Way = { command: "apply", attended: true };

export type Work = {
  readonly way: Way;
  readonly options: Options;
  readonly runtime: Runtime;
  readonly speak: Speaker;
  readonly session: Session;
  readonly plan: Plan;
  readonly approved: Approved | undefined;
};

const typedAgain = ({ options, plan, way }: Pick<Work, "options" | "plan" | "way">): string => {
  if (!way.attended) return commandLine(way.command, plan.file, ...again(options));
  // The moment has come by now: the practice tenant's clock stands there.
  const { asOf: _, ...rest } = options;
  return commandLine("apply", plan.file, ...sameWords(rest), options.yes ? "--yes" : undefined);
};

const moveClock = async ({ options, session, plan }: Work): Promise<void> => {
  if (options.asOf === undefined) return;
  const { tenant } = session;
  const to = momentOf(options.asOf, plan.timeZone);
  const now = tenant.clock.now();
  if (to >= now) {
    await tenant.moveClockTo(to);
    return;
  }
  // The clock went on while an earlier command waited. As long as nothing starts in between, the same command typed again means the same.
  const between = plan.phases.some((phase) =>
    [phase.starts, phase.reportOnlyFrom].some((moment) => moment !== undefined && moment.instant > to && moment.instant <= now),
  );
  if (between) {
    throw usage(
      `--as-of ${options.asOf}: the practice tenant's clock moves forward only, and it is ${formatMoment(now, plan.timeZone)} there`,
      "without --as-of it is applied as of now; entra-rollout sandbox reset goes back to the first day",
    );
  }
};

const questionOf = ({ options, session, plan, way }: Work): Question => ({
  plan,
  // Reading takes time, also there; the moment that was asked for stays the moment.
  moment: options.asOf === undefined ? (way.moment?.at ?? session.tenant.clock.now()) : momentOf(options.asOf, plan.timeZone),
  phase: options.phase,
  stage: options.stage,
  prune: options.prune,
  allow: options.allow,
  attended: way.attended,
  ...(options.backIn !== undefined && { backIn: options.backIn }),
});

const lock = ({ session, plan, runtime, way }: Work): Promise<Lock> =>
  session.state.lock({ tenant: session.tenant.tenantId, plan: plan.id, command: way.command, now: runtime.clock.now() });

const checkHash = ({ approved, options, plan }: Work, seen: Survey): void => {
  if (approved === undefined) return;
  checkApproved(approved, { hash: seen.diff.hash, planId: plan.id, tenantId: seen.diff.tenantId }, commandLine("diff", plan.file, ...sameWords(options)));
};

/** With --json `run` prints what its listener makes of it, and no document. */
const isTold = ({ way, options }: Work): boolean => options.json && way.listener !== undefined;

const show = async (work: Work, seen: Survey): Promise<void> => {
  const { options, runtime, plan, way } = work;
  way.listener?.shown(seen);
  if (isTold(work)) return;
  const view = await viewOf(runtime, plan.timeZone, seen.observed, seen.diff.changes);
  const text = diffText(documentOf(seen), view, standpointOf(seen));
  // With --json standard output is the document's alone.
  if (!options.json) runtime.stdout.write(text);
  else if (!options.yes) runtime.stderr.write(text);
};

const print = async (work: Work, seen: Survey, run: RunResult): Promise<number> => {
  const { options, runtime, plan, way } = work;
  way.listener?.ended(seen, run);
  if (isTold(work)) return run.exit;
  const document: ApplyDocument = { ...documentOf(seen), run };
  if (options.json) runtime.stdout.write(jsonText(document));
  else {
    const view = await viewOf(runtime, plan.timeZone, seen.observed, seen.diff.changes);
    const text = outcomeText(document, view, { again: typedAgain({ options, plan, way }), undo: commandLine("undo", run.id ?? "", ...again(options)) });
    if (text !== "") runtime.stdout.write(`\n${text}`);
  }
  return run.exit;
};

const nothingSaid = (seen: Survey, exit: number): string => {
  const document = documentOf(seen);
  if (isKeptBack(seen)) return `nothing to apply: ${stopWords(document.findings)}\n`;
  return exit === 0 ? `${nothingWords(document, seen.observed)}\n` : "nothing to apply, as far as it could be read\n";
};

/** What comes next, and what stays on hold. */
export const nextLines = (phases: readonly Pick<PhaseLine, "id" | "starts" | "state">[], plan: PlanName, options: Options): string => {
  const next = nextPhase(phases);
  const line = next === undefined ? "" : `next:      ${commandLine("diff", plan.file, "--as-of", typedMoment(next.starts), ...again(options))}\n`;
  return line + heldLine({ phases, plan }, options);
};

export const nothingDue = async (work: Work, seen: Survey): Promise<number> => {
  const { options, runtime, plan } = work;
  const exit = isKeptBack(seen) ? exitCode("stopped") : exitUnread(seen.observed);
  if (!options.json) runtime.stdout.write(nothingSaid(seen, exit) + nextLines(documentOf(seen).phases, plan, options));
  return await print(work, seen, notBegun(exit));
};

const ask = async (work: Work, seen: Survey): Promise<boolean> => {
  const { runtime } = work;
  const count = toApply(seen).length;
  const held = seen.diff.changes.length - count;
  const late = startedLate({ plan: work.plan, moment: seen.question.moment, desired: seen.desired, diff: seen.diff, observed: seen.observed }).map(
    ({ title, starts }) => `${safe(title)} was to start on ${formatMoment(starts.instant, work.plan.timeZone)}, which is longer ago than the plan's window; `,
  );
  const accounts = warningWords(documentOf(seen).changes.filter(({ kind, key }) => toApply(seen).some((each) => each.kind === kind && each.key === key)));
  return await runtime.ask(
    `${late.join("")}${accounts === "" ? "" : `${accounts}; `}apply ${held === 0 ? "this" : `${counted(count, "change")}, without the ${held} that are held back,`} to ${safe(seen.observed.tenant.name)}?`,
  );
};

/** Looks again when time passed or another run came between, and refuses when it is no longer what was shown. */
const stillTrue = async (work: Work, shown: Survey, askedAt: number): Promise<Survey> => {
  const { runtime, session, plan, options } = work;
  const runs = await runsOf(session.state, plan.id, shown.observed.tenant.id);
  const isOld = runtime.clock.now() - askedAt > FRESH_MS || session.tenant.clock.now() - shown.observed.readAt > FRESH_MS;
  if (!isOld && runs.length === shown.runs.length) return shown;
  const now = await survey(session, shown.question, wishIn(options), shown.observed.log);
  if (now.diff.hash !== shown.diff.hash) {
    throw new Failure("stale", `what was shown is no longer what would be done; nothing was written\nshown  ${shown.diff.hash}\nnow    ${now.diff.hash}`, [
      `look again: ${commandLine("diff", plan.file, ...sameWords(options))}`,
    ]);
  }
  return now;
};

export const lookingFor = (names: readonly string[], by = "an earlier run"): string =>
  `looking for what ${by} may have made: ${names.map(nameWithoutMark).join(", ")} (for up to ${LAG_BOUND_MS / 60_000} minutes)`;

/** @param id of what was made, where the service answered. */
export const unseenWords = (run: string, id: string | undefined): string =>
  id === undefined
    ? `the run ${run} sent it and got no answer, and it is not there yet`
    : `the run ${run} made it (${id}), and it does not show, or somebody deleted it`;

/** What earlier runs may have made without an answer is looked for before anything is made. */
const settled = async ({ session, options, runtime, speak }: Work, seen: Survey): Promise<{ readonly seen: Survey; readonly settlement: Settlement }> => {
  const { gateway, tenant, progress } = session;
  const allow = options.allow.find(({ guard }) => guard === UNANSWERED)?.count;
  const settlement = await settle({
    runs: seen.runs,
    observed: seen.observed,
    wanted: new Set(toApply(seen).map(({ kind, key }) => refOf(kind, key))),
    gateway,
    clock: tenant.clock,
    signal: runtime.signal,
    ...(allow !== undefined && { allow }),
    onWait: (names) => speak.say(lookingFor(names)),
  });
  progress.end();
  return { settlement, seen: settlement.observed === seen.observed ? seen : judge(seen.question, settlement.observed, seen.runs) };
};

const leaveOutOf = ({ plan }: Work, { waiting }: Settlement): ReadonlyMap<string, string> =>
  new Map(
    waiting.map(({ kind, key, id, from, run }) => [
      refOf(kind, key),
      `${unseenWords(run, id)}: if it still does not show, it is made again from ${formatMoment(from, plan.timeZone)} on, or at once with --allow ${UNANSWERED}=${waiting.length} --reason "..."`,
    ]),
  );

/** A run by itself takes away what an earlier one of this machine made at the same moment as another machine, and judges the tenant without it. */
const apartFromTwins = ({ way, plan }: Work, seen: Survey): { readonly seen: Survey; readonly twins: readonly Twin[] } => {
  if (way.attended || seen.diff.doubles.length === 0) return { seen, twins: [] };
  const { observed, twins } = withoutTwins(seen.observed, plan.id, madeBy(seen.runs));
  return { seen: twins.length === 0 ? seen : judge(seen.question, observed, seen.runs), twins };
};

const write = async (work: Work, before: Survey): Promise<number> => {
  await work.way.moment?.come();
  const { options, runtime, plan, session } = work;
  const { seen: settledSeen, settlement } = await settled(work, before);
  const { seen, twins } = apartFromTwins(work, settledSeen);
  const changes = toApply(seen);
  const heldBack = seen.diff.changes.length > changes.length || isKeptBack(seen) ? exitCode("stopped") : exitCode("done");
  // What could not be read yields no change, so that nothing of it is held back: it is missing all the same.
  const missing = exitUnread(seen.observed);
  if (seen.diff.changes.length === 0 && twins.length === 0) return await nothingDue(work, seen);
  const ordered = orderSteps({ ...seen.diff, changes }, seen.desired.defaults);
  const steps = [...ordered, ...twinSteps(twins, applyChanges(seen.observed, { ...seen.diff, changes }), ordered)];
  if (steps.length === 0) return await stopped(work, seen);
  const touched = new Set(changes.flatMap(({ phases }) => phases));
  const run = await carryOut(
    {
      plan: { id: plan.id, name: plan.name, file: plan.file },
      moment: seen.question.moment,
      hash: seen.diff.hash,
      phases: plan.phases.map(({ id }) => id).filter((id) => touched.has(id)),
      allowed: options.allow.map((each) => ({ ...each, reason: options.reason ?? "" })),
      steps,
      observed: seen.observed,
      settled: settlement.settled,
      leaveOut: leaveOutOf(work, settlement),
      ...(work.way.listener !== undefined && { stepped: work.way.listener.stepped, mindsTwins: true }),
      lookOnceMore: (run) =>
        lastLook({
          plan,
          observed: seen.observed,
          moment: seen.question.moment,
          gateway: session.gateway,
          archive: openArchive(session.state.folder, run, runtime),
          clock: session.tenant.clock,
          run,
        }),
      appeared: (policies) =>
        orderSteps({ ...seen.diff, changes: appearedChanges(plan, policies).filter(({ key }) => !changes.some((each) => each.key === key)) }).map((step) => ({
          ...step,
          id: `appeared-${step.id}`,
          // Put back on, it would keep the defaults off.
          undo: { type: "impossible", because: "it appeared as security defaults went off, and stays as it is" },
        })),
    },
    session,
    runtime,
    typedAgain(work),
  );
  return await print(work, seen, { ...run, exit: firstExit(run.exit, heldBack, missing) });
};

const stopped = async (work: Work, seen: Survey): Promise<number> => {
  const exit = exitCode("stopped");
  if (!work.options.quiet) work.runtime.stderr.write(`nothing was written: ${stopWords(documentOf(seen).findings)}\n`);
  return await print(work, seen, notBegun(exit));
};

const proceed = async (work: Work, keep: (lock: Lock) => void): Promise<number> => {
  const { options, runtime } = work;
  await moveClock(work);
  // Nobody is kept waiting by a question: then the look itself is under the lock.
  if (options.yes) keep(await lock(work));
  const shown = await survey(work.session, questionOf(work), wishIn(work.options));
  checkBackIn(shown);
  checkHash(work, shown);
  await show(work, shown);
  if (apartFromTwins(work, shown).twins.length > 0) return await write(work, shown);
  if (shown.diff.changes.length === 0) return await nothingDue(work, shown);
  if (toApply(shown).length === 0) return await stopped(work, shown);
  if (options.yes) return await write(work, shown);
  const askedAt = runtime.clock.now();
  if (!(await ask(work, shown))) {
    runtime.stderr.write("nothing was written\n");
    return await print(work, shown, notBegun(exitCode("interrupted")));
  }
  keep(await lock(work));
  return await write(work, await stillTrue(work, shown, askedAt));
};

/** From the look to the end, the lock given back whatever happens. */
export const carryThrough = async (work: Work): Promise<number> => {
  let held: Lock | undefined;
  try {
    return await proceed(work, (taken) => {
      held = taken;
    });
  } finally {
    await held?.release();
  }
};

export const runApply = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file = ""] = options.arguments;
  needsAnswer(options, runtime);
  const { plan } = await soundPlan(file, runtime);
  checkNames(plan, options.phase, options.allow);
  const approved = options.changes === undefined ? undefined : await readApproved(options.changes, runtime);
  const speak = speaker(options, runtime);
  const session = await openSession({ ...tenantOf(options), state: options.state, quiet: options.quiet, ...speak }, plan.emergencyAccounts, runtime);
  try {
    return await carryThrough({ way: APPLY, options, runtime, speak, session, plan, approved });
  } finally {
    await session.close();
  }
};
