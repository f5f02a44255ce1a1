/** `run`: what a scheduler calls. A short look where nothing can have become due, else a whole one, and the path of `apply` where anything is. */

import { lookToKeep } from "../core/looks.ts";
import type { Resources } from "../core/observed.ts";
import { progressOf } from "../core/progress.ts";
import type { RunResult } from "../core/run-document.ts";
import type { EndEvent } from "../core/run-events.ts";
import { exitCode } from "../exit-codes.ts";
import { explain } from "../explain.ts";
import { Failure } from "../failure.ts";
import { journalsOf, keepLook, keptLook, lookShortly } from "../looks.ts";
import { type SoundPlan, soundPlan } from "../plan-file.ts";
import { diffText } from "../render/diff.ts";
import { minuteMoment } from "../render/when.ts";
import type { Runtime } from "../runtime.ts";
import { documentOf, exitUnread, isKeptBack, openSession, type Session, type Survey, standpointOf, survey, viewOf } from "../session.ts";
import { VERSION } from "../version.ts";
import { carryThrough, nextLines } from "./apply-work.ts";
import type { Options } from "./options.ts";
import { type Recorder, recorderOn } from "./run-told.ts";
import { instantIn, waitUntil } from "./run-wait.ts";
import { nothingWords } from "./see-work.ts";
import { type Speaker, speaker, tenantOf } from "./speak.ts";

type Run = {
  /** Nobody is there to be asked, nor to say that a check may pass. */
  readonly options: Options;
  readonly runtime: Runtime;
  readonly speak: Speaker;
  readonly session: Session;
  readonly recorder: Recorder;
  readonly planFile: string;
  readonly sound: () => Promise<SoundPlan>;
};

/** Whom a plan is for is asked only where there is no practice tenant yet, which is filled by it. */
const openFor = async (options: Options, speak: Speaker, sound: Run["sound"], runtime: Runtime): Promise<Session> => {
  const said: string[] = [];
  const wish = { ...tenantOf(options), state: options.state, quiet: options.quiet, log: speak.log };
  try {
    const session = await openSession({ ...wish, say: (line) => said.push(line) }, undefined, runtime);
    for (const line of said) speak.say(line);
    return session;
  } catch (error) {
    const isOwn = options.tenant === undefined || options.tenant === "sandbox";
    if (!isOwn || !(error instanceof Failure) || error.exit !== exitCode("usage")) throw error;
    return openSession({ ...wish, say: speak.say }, (await sound()).plan.emergencyAccounts, runtime);
  }
};

const NOTHING: Pick<RunResult, "id" | "done" | "left"> = { id: null, done: 0, left: [] };

/** What a bare look can tell: the others are about what it did not ask. */
const TOLD_BARE: ReadonlySet<string> = new Set(["ready", "overdue", "lists"]);

/** Why a look is a whole one, and what is read already. */
type Whole = { readonly because: string; readonly lists: Partial<Resources> };

const tellShort = async ({ session, recorder, options, runtime, planFile }: Run): Promise<Whole | { readonly exit: number }> => {
  const look = await keptLook(session, planFile, runtime);
  const { because, lists = {} } = await lookShortly(session, look, runtime);
  if (because !== undefined || look === undefined) return { because: because ?? "nothing is known of an earlier look", lists };
  const { plan, tenant, phases, at } = look;
  recorder.begin(plan, tenant);
  recorder.looked("short", {});
  recorder.phases(phases, look.setAside);
  if (!options.json) {
    const since = minuteMoment(new Date(at).toISOString());
    runtime.stdout.write(
      `nothing to apply: nothing that decides has changed since ${since} UTC, when all of it was looked at\n${nextLines(phases, plan, options)}`,
    );
  }
  recorder.end(NOTHING, exitCode("done"), phases);
  return { exit: exitCode("done") };
};

/** Nothing to apply, nothing that would have to be told of it, and all of it read. */
const isQuiet = (seen: Survey): boolean =>
  seen.diff.changes.length === 0 &&
  seen.diff.doubles.length === 0 &&
  seen.desired.defaults === undefined &&
  !isKeptBack(seen) &&
  progressOf(seen.observed, seen.question.plan.id).type !== "unknown" &&
  exitUnread(seen.observed) === exitCode("done");

const lookWhole = async (run: Run, sound: SoundPlan, { because, lists }: Whole): Promise<{ readonly exit: number } | undefined> => {
  const { session, recorder, options, runtime, planFile } = run;
  const { plan, digests } = sound;
  const tenant = { id: session.tenant.tenantId, name: session.tenant.name, practice: session.tenant.connection.practice };
  const journals = await journalsOf(session, runtime);
  const moment = session.tenant.clock.now();
  const question = { plan, moment, phase: undefined, stage: false, prune: false, allow: [], attended: false };
  const seen = await survey(session, question, { bare: { tenant, lists } });
  recorder.looked("whole", { because, changes: seen.diff.changes.length });
  const { observed, runs } = seen;
  if (!isQuiet(seen)) {
    await keepLook(session, planFile, undefined, runtime);
    return undefined;
  }
  const document = documentOf(seen);
  const findings = document.findings.filter(({ guard }) => TOLD_BARE.has(guard));
  const { phases, setAside } = document;
  const looked = { plan, moment, observed, runs, phases, ...(setAside !== undefined && { setAside }) };
  await keepLook(session, planFile, lookToKeep(looked, { version: VERSION, files: digests, journals, tenant }), runtime);
  recorder.shown({ ...document, findings });
  if (!options.json) {
    const view = await viewOf(runtime, plan.timeZone, observed, []);
    const text = diffText({ ...document, findings }, view, standpointOf(seen));
    runtime.stdout.write(`${text}${nothingWords(document, observed)}\n${nextLines(document.phases, plan, options)}`);
  }
  recorder.end(NOTHING, exitCode("done"), document.phases);
  return { exit: exitCode("done") };
};

/** All of it, by the path of `apply`. */
const carry = async (run: Run, { plan }: SoundPlan, waited: Awaited<ReturnType<typeof waitUntil>>): Promise<number> => {
  const { options, runtime, speak, session, recorder } = run;
  return await carryThrough({
    way: {
      command: "run",
      attended: false,
      listener: {
        shown: (seen) => {
          recorder.looked("full", { changes: seen.diff.changes.length });
          recorder.shown(documentOf(seen));
        },
        stepped: recorder.stepped,
        ended: (seen, result) => recorder.end(result, result.exit, documentOf(seen).phases),
      },
      ...(waited !== undefined && { moment: waited }),
    },
    options,
    runtime,
    speak,
    session,
    plan,
    approved: undefined,
  });
};

const lookAndCarry = async (run: Run): Promise<number> => {
  const { options, session, recorder, runtime } = run;
  const until = options.waitUntil;
  const short = until === undefined ? await tellShort(run) : { because: "the moment was given", lists: {} };
  if ("exit" in short) return short.exit;
  const sound = await run.sound();
  const { plan } = sound;
  recorder.begin(
    { id: plan.id, name: plan.name, file: plan.file },
    { id: session.tenant.tenantId, name: session.tenant.name, practice: session.tenant.connection.practice },
  );
  if (until !== undefined) {
    const at = instantIn(until, plan, session.tenant.clock.now());
    return await carry(run, sound, await waitUntil({ at, plan, session, runtime, say: run.speak.say, onWait: recorder.waits }));
  }
  const quiet = await lookWhole(run, sound, short);
  return quiet?.exit ?? (await carry(run, sound, undefined));
};

/** How it ended that ended by an error, before that is told. */
const endOf = (error: unknown, interrupted: boolean): Pick<EndEvent, "exit" | "message"> => {
  if (error instanceof Failure && error.message === "") return { exit: error.exit };
  const { text, exit } = explain(error, interrupted);
  return { exit, message: (text.split("\n")[0] ?? "").trim() };
};

export const runUnattended = async (given: Options, runtime: Runtime): Promise<number> => {
  const options: Options = { ...given, yes: true };
  const [planFile = ""] = options.arguments;
  const plain = speaker(options, runtime);
  const recorder = recorderOn(options, runtime);
  const speak: Speaker = {
    say: plain.say,
    log: (line) => {
      recorder.requested();
      plain.log?.(line);
    },
  };
  let read: Promise<SoundPlan> | undefined;
  const sound = (): Promise<SoundPlan> => {
    read ??= soundPlan(planFile, runtime);
    return read;
  };
  let session: Session | undefined;
  try {
    session = await openFor(options, speak, sound, runtime);
    recorder.goBy(session.tenant.clock);
    return await lookAndCarry({ options, runtime, speak, session, recorder, planFile, sound });
  } catch (error) {
    recorder.failed(endOf(error, runtime.signal.aborted));
    throw error;
  } finally {
    await session?.close();
    await recorder.summarise((line) => runtime.stderr.write(`${line}\n`));
  }
};
