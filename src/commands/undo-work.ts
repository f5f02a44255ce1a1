/** `undo`: the planned reverse of a run, shown, asked for and carried out as a run of its own. */

import { accountsIn } from "../account-states.ts";
import { listedIn } from "../account-waves.ts";
import { readArchives } from "../archive.ts";
import { carryOut, notBegun } from "../carry-out.ts";
import { commandLine } from "../command-line.ts";
import { type AccountLinks, linksIn } from "../core/accounts/facts.ts";
import { applyChanges } from "../core/after.ts";
import { isStopping, type JudgedFinding } from "../core/allowances.ts";
import type { Diff, Finding, Step } from "../core/changes.ts";
import { desiredAt } from "../core/desired.ts";
import { emergencyAccounts } from "../core/guards/emergency-accounts.ts";
import { madeWorse } from "../core/guards/lock-out.ts";
import { refOf } from "../core/history.ts";
import type { Run } from "../core/journal.ts";
import type { Observed } from "../core/observed.ts";
import { formatMoment } from "../core/plan/moments.ts";
import type { Plan } from "../core/plan/plan.ts";
import { nearest } from "../core/plan/problems.ts";
import { PROGRESS_KEY, progressOf } from "../core/progress.ts";
import { diffDocument } from "../core/report.ts";
import type { ApplyDocument, RunResult } from "../core/run-document.ts";
import { KINDS, type Kind, type ObjectId } from "../core/tenant.ts";
import { type UndoPlan, undoPlan } from "../core/undo.ts";
import { diffOfSteps, holdStep, isTighter, releaseStep } from "../core/undo-changes.ts";
import { exitCode } from "../exit-codes.ts";
import { Failure, usage } from "../failure.ts";
import { isMailboxes } from "../mailbox-states.ts";
import { readPlan } from "../plan-file.ts";
import { jsonText } from "../render/json.ts";
import { outcomeText } from "../render/outcome.ts";
import { safe } from "../render/text-safe.ts";
import { undoText } from "../render/undo.ts";
import type { Runtime } from "../runtime.ts";
import { openSession, readingTold, runsOf, type Session, viewOf } from "../session.ts";
import { type Settlement, settle } from "../settle.ts";
import { lookingFor, needsAnswer, unseenWords } from "./apply-work.ts";
import type { Options } from "./options.ts";
import { again } from "./see-work.ts";
import { speaker, tenantOf } from "./speak.ts";

const FRESH_MS = 60_000;

const runNamed = async (session: Session, id: string): Promise<Run> => {
  const { runs } = await session.state.runs();
  const own = runs.filter(({ start }) => start.tenant === session.tenant.tenantId);
  const run = own.find((each) => each.id.toLowerCase() === id.toLowerCase());
  if (run !== undefined) return run;
  const meant = nearest(
    id,
    own.map((each) => each.id),
  );
  throw usage(`there is no run ${id} of ${session.tenant.name}`, meant === undefined ? "entra-rollout runs lists them" : `did you mean ${meant}?`);
};

/** What is left of a plan that cannot be read any more: enough to find what it made. */
const nameOnly = ({ start }: Run): Plan => ({
  ...start.plan,
  timeZone: "UTC",
  mechanism: "conditional-access",
  windowMs: 0,
  emergencyAccounts: [],
  serviceAccounts: [],
  notOn: [],
  methods: { atLeast: 1, notCount: [] },
  cohorts: [],
  networks: [],
  phases: [],
});

/** A way back needs no sound plan: on a bad morning nobody shall have to mend a file first. */
const planOf = async (run: Run, runtime: Runtime): Promise<{ readonly plan: Plan; readonly isWhole: boolean }> => {
  // Halted where no plan was at hand.
  if (run.start.plan.file === "") return { plan: nameOnly(run), isWhole: false };
  const parsed = await readPlan(run.start.plan.file, runtime);
  return parsed.type === "sound" && parsed.plan.id === run.start.plan.id ? { plan: parsed.plan, isWhole: true } : { plan: nameOnly(run), isWhole: false };
};

type Way = {
  readonly run: Run;
  /** The run that took all of it back already. */
  readonly undoneBy: string | undefined;
  readonly plan: Plan;
  readonly observed: Observed;
  readonly settled: Settlement["settled"];
  /** What an earlier run may have made already, as `@kind/key`, and why it is not made again yet. */
  readonly leaveOut: ReadonlyMap<string, string>;
  readonly back: UndoPlan;
  readonly steps: readonly Step[];
  readonly diff: Diff;
  readonly findings: readonly JudgedFinding[];
  readonly document: Omit<ApplyDocument, "run">;
};

const check = (plan: Plan, isWhole: boolean, observed: Observed, diff: Diff, moment: number): readonly Finding[] => {
  const isTightening = diff.changes.some(isTighter);
  if (!isWhole) {
    if (!isTightening) return [];
    return [
      {
        guard: emergencyAccounts.name,
        verdict: "stop",
        detail: "this would switch a policy on, and the plan that names the emergency accounts cannot be read",
        hint: `mend ${plan.file}: entra-rollout check says what is wrong with it`,
        allowable: false,
      },
    ];
  }
  const progress = progressOf(observed, plan.id);
  const desired = desiredAt(plan, moment, progress.type === "present" ? { progress: progress.value } : {});
  const input = { plan, moment, observed, desired, diff, after: applyChanges(observed, diff), history: undefined, attended: true };
  return [...(isTightening ? emergencyAccounts.check(input) : []), ...madeWorse(input)];
};

type Worked = { readonly back: UndoPlan; readonly steps: readonly Step[] };

const workedOut = (run: Run, plan: Plan, runs: readonly Run[], observed: Observed, links: ReadonlyMap<ObjectId, AccountLinks>, options: Options): Worked => {
  const back = undoPlan({ run, later: runs.slice(runs.findIndex(({ id }) => id === run.id) + 1), observed, planId: plan.id, links });
  const hold =
    run.start.relief !== undefined
      ? releaseStep(plan.id, run, observed)
      : options.hold && back.steps.length > 0
        ? holdStep(plan.id, back.phases, observed)
        : undefined;
  return { back, steps: hold === undefined ? back.steps : [hold, ...back.steps.map((step) => ({ ...step, after: [hold.id, ...step.after] }))] };
};

const refsMadeBy = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap(({ write }) => (write.type === "create" || write.type === "restore" ? [refOf(write.kind, write.key)] : []));

/**
 * What the run may have made without an answer is looked for first: what cannot be seen cannot be taken back. So is what
 * an earlier try to take it back may have made.
 */
const looked = async (
  run: Run,
  runs: readonly Run[],
  observed: Observed,
  steps: readonly Step[],
  options: Options,
  session: Session,
  runtime: Runtime,
): Promise<Settlement> => {
  const { gateway, tenant, progress } = session;
  const settlement = await settle({
    runs,
    observed,
    wanted: new Set([...refsMadeBy(run.steps.map(({ step }) => step)), ...refsMadeBy(steps)]),
    gateway,
    clock: tenant.clock,
    signal: runtime.signal,
    onWait: (names) => speaker(options, runtime).say(lookingFor(names, "that run")),
  });
  progress.end();
  return settlement;
};

const unseen = ({ waiting }: Settlement, run: Run, zone: string): UndoPlan["left"] =>
  waiting
    .filter((create) => create.run === run.id)
    .map(({ kind, key, name, from, id }) => ({
      kind,
      key,
      name,
      because: `${id === undefined ? "it was sent and not answered, and it is not to be seen" : `it is not to be seen, although the service made it (${id}); somebody may have deleted it`}: if it shows up before ${formatMoment(from, zone)}, undo the run again`,
    }));

/** A restore may be asked for twice, a create may not. */
const leaveOutOf = ({ waiting }: Settlement, run: Run, steps: readonly Step[], zone: string): ReadonlyMap<string, string> =>
  new Map(
    waiting
      .filter(({ run: by, kind, key }) => by !== run.id && steps.some(({ write }) => write.type === "create" && write.kind === kind && write.key === key))
      .map(({ kind, key, from, id, run: by }) => {
        const past = key === PROGRESS_KEY ? "; --no-hold goes on without it" : "";
        return [refOf(kind, key), `${unseenWords(by, id)}: if it still does not show, it is made again from ${formatMoment(from, zone)} on${past}`];
      }),
  );

/** What the run wrote and the plan, if it could be read, speaks of no more. The tenant's SMTP AUTH decides what becomes of mailboxes that go by it. */
const withLists = async (run: Run, observed: Observed, { gateway }: Session): Promise<Observed> => {
  const written = new Set(
    run.steps.flatMap(({ step: { write } }) =>
      write.type === "set-mailboxes" ? ["smtp-auth"] : write.type === "update" || write.type === "create" ? [write.kind] : [],
    ),
  );
  const put = async <K extends Kind>(seen: Observed, kind: K): Promise<Observed> => ({
    ...seen,
    resources: { ...seen.resources, [kind]: await gateway.list(kind) },
  });
  let seen = observed;
  for (const kind of KINDS) if (written.has(kind) && observed.resources[kind].type === "absent") seen = await put(seen, kind);
  return seen;
};

const withMailboxes = async (run: Run, observed: Observed, { gateway, progress }: Session): Promise<Observed> => {
  if (!run.steps.some(({ step }) => isMailboxes(step)) || observed.mailboxes?.type === "present") return observed;
  return { ...observed, mailboxes: await gateway.mailboxes((done) => progress.tell("reading mailboxes", done)) };
};

/** The states of those accounts that the run set, whatever the plan says by now: each is looked at. */
const withStates = async (run: Run, observed: Observed, { gateway, progress }: Session): Promise<Observed> => {
  const accounts = accountsIn(run.steps.map(({ step }) => step));
  if (accounts.length === 0) return observed;
  return { ...observed, perUser: await gateway.states(accounts, (done) => progress.tell("reading states of per-user MFA", done, accounts.length)) };
};

/** What became of the accounts that the run blocked or deleted. */
const withStanding = async (run: Run, observed: Observed, { gateway, progress }: Session): Promise<Observed> => {
  const accounts = listedIn(run.steps.map(({ step }) => step));
  if (accounts.length === 0) return observed;
  return { ...observed, standing: await gateway.standing(accounts, (done) => progress.tell("looking for the accounts", done, accounts.length)) };
};

type Archived = { readonly links: ReadonlyMap<ObjectId, AccountLinks>; readonly former: ReadonlyMap<ObjectId, string> };

/** What belonged to the accounts that the run deleted: ids alone, since the journal of the way back holds them. */
const archivedBy = async (run: Run, session: Session, runtime: Runtime): Promise<Archived> => {
  if (!run.steps.some(({ step: { write } }) => write.type === "set-accounts" && write.to === "deleted")) return { links: new Map(), former: new Map() };
  const { lines } = await readArchives(session.state.folder, runtime);
  const accounts = lines.flatMap((line) => (line.type === "account" && line.run === run.id ? [line.account] : []));
  return { links: new Map(accounts.map((each) => [each.id, linksIn(each)])), former: new Map(accounts.map(({ id, upn }) => [id, upn])) };
};

const wayBack = async (run: Run, options: Options, session: Session, runtime: Runtime): Promise<Way> => {
  const { gateway, state, tenant, progress } = session;
  const { plan, isWhole } = await planOf(run, runtime);
  progress.tell("reading the tenant");
  const lists = await withLists(run, await gateway.readTenant(plan, readingTold(progress)), session);
  const standing = await withStanding(run, await withMailboxes(run, await withStates(run, lists, session), session), session);
  const { links, former } = await archivedBy(run, session, runtime);
  const read = former.size === 0 ? standing : { ...standing, former };
  progress.end();
  const runs = await runsOf(state, run.start.plan.id, run.start.tenant);
  const first = workedOut(run, plan, runs, read, links, options);
  const settlement = await looked(run, runs, read, first.steps, options, session, runtime);
  const { observed } = settlement;
  const { back: reverse, steps } = observed === read ? first : workedOut(run, plan, runs, observed, links, options);
  const back = { ...reverse, left: [...reverse.left, ...unseen(settlement, run, tenant.zone)] };
  const diff = diffOfSteps(plan.id, steps, observed);
  const moment = tenant.clock.now();
  const findings = check(plan, isWhole, observed, diff, moment).map((finding) => ({ ...finding, allowed: false }));
  // The timeline is that of the plan; this is about one run, so the phases are left out of the document.
  const document = diffDocument({
    plan: isWhole ? plan : { ...plan, timeZone: tenant.zone },
    observed,
    desired: { phases: [], resources: [] },
    diff,
    findings,
    moment,
  });
  return {
    run,
    undoneBy: runs.findLast(({ start, end }) => start.undoes === run.id && end?.exit === exitCode("done"))?.id,
    plan,
    observed,
    settled: settlement.settled,
    leaveOut: leaveOutOf(settlement, run, steps, tenant.zone),
    back,
    steps,
    diff,
    findings,
    document: { ...document, undoes: run.id },
  };
};

const print = async (way: Way, result: RunResult, options: Options, runtime: Runtime, zone: string): Promise<number> => {
  const document: ApplyDocument = { ...way.document, run: result };
  if (options.json) runtime.stdout.write(jsonText(document));
  else {
    const { id, phases } = { id: way.run.id, phases: options.hold ? way.back.phases : [] };
    const text = outcomeText(document, await viewOf(runtime, zone, way.observed, way.diff.changes), {
      again: commandLine("undo", id, ...again(options)),
      undo: undefined,
    });
    const [first] = phases;
    const release =
      first === undefined || result.id === null ? "" : `to begin it again:  ${commandLine("apply", way.plan.file, "--phase", first, ...again(options))}\n`;
    if (text !== "") runtime.stdout.write(`\n${text}${release}`);
  }
  return result.exit;
};

/** The reads are old, or a run came between: what was shown must still be what would be done. */
const stillTrue = async (way: Way, askedAt: number, options: Options, session: Session, runtime: Runtime): Promise<Way> => {
  if (runtime.clock.now() - askedAt <= FRESH_MS) return way;
  const now = await wayBack(way.run, options, session, runtime);
  if (now.diff.hash === way.diff.hash) return now;
  throw new Failure("stale", `what was shown is no longer what would be done; nothing was written\nshown  ${way.diff.hash}\nnow    ${now.diff.hash}`, [
    `look again: ${commandLine("undo", way.run.id, ...again(options))}`,
  ]);
};

const undone = async (run: Run, options: Options, session: Session, runtime: Runtime): Promise<number> => {
  const { zone } = session.tenant;
  const shown = await wayBack(run, options, session, runtime);
  const left = shown.back.left.length === 0 ? exitCode("done") : exitCode("partly");
  if (shown.steps.length === 0 && left === 0 && shown.undoneBy !== undefined) {
    throw usage(`the run ${run.id} was taken back already, by the run ${shown.undoneBy}`, "entra-rollout runs lists what can be taken back");
  }
  const text = undoText(
    shown.document,
    shown.run,
    shown.back,
    options.hold ? shown.back.phases : [],
    await viewOf(runtime, zone, shown.observed, shown.diff.changes),
  );
  if (!options.json) runtime.stdout.write(text);
  else if (!options.yes) runtime.stderr.write(text);
  if (shown.steps.length === 0) return await print(shown, notBegun(left), options, runtime, zone);
  if (shown.findings.some(isStopping)) return await print(shown, notBegun(exitCode("stopped")), options, runtime, zone);
  const askedAt = runtime.clock.now();
  if (!options.yes && !(await runtime.ask(`take this back in ${safe(shown.observed.tenant.name)}?`))) {
    runtime.stderr.write("nothing was written\n");
    return await print(shown, notBegun(exitCode("interrupted")), options, runtime, zone);
  }
  const way = await stillTrue(shown, askedAt, options, session, runtime);
  const result = await carryOut(
    {
      plan: run.start.plan,
      moment: session.tenant.clock.now(),
      hash: way.diff.hash,
      phases: way.back.phases,
      undoes: run.id,
      allowed: [],
      steps: way.steps,
      observed: way.observed,
      settled: way.settled,
      leaveOut: way.leaveOut,
    },
    session,
    runtime,
    commandLine("undo", run.id, ...again(options)),
  );
  return await print(way, result.exit === 0 ? { ...result, exit: left } : result, options, runtime, zone);
};

export const runUndo = async (options: Options, runtime: Runtime): Promise<number> => {
  const [id = ""] = options.arguments;
  needsAnswer(options, runtime);
  const session = await openSession({ ...tenantOf(options), state: options.state, quiet: options.quiet, ...speaker(options, runtime) }, undefined, runtime);
  try {
    const run = await runNamed(session, id);
    if (run.start.undoes !== undefined) {
      const [phase] = run.start.phases;
      throw usage(
        `the run ${run.id} took ${run.start.undoes} back; there is no way back from that but to begin its phases again`,
        commandLine("apply", run.start.plan.file, "--phase", phase ?? "ID", ...again(options)),
      );
    }
    if (run.start.restores === true)
      throw usage(
        `the run ${run.id} brought accounts back: nobody is deleted again by an undo`,
        "decide on them anew: entra-rollout report stale PLAN --for-review FILE writes a list",
      );
    const lock = await session.state.lock({ tenant: session.tenant.tenantId, plan: run.start.plan.id, command: "undo", now: runtime.clock.now() });
    try {
      return await undone(run, options, session, runtime);
    } finally {
      await lock.release();
    }
  } finally {
    await session.close();
  }
};
