/** What `report` does, apart from its words. */

import { readPast } from "../archive.ts";
import { commandLine, option } from "../command-line.ts";
import { isoIn } from "../core/plan/moments.ts";
import type { Plan } from "../core/plan/plan.ts";
import { nearest } from "../core/plan/problems.ts";
import type { ReportAbout, ReportHead } from "../core/reports/document.ts";
import { type Filter, type Gap, REPORTS, type ReportName, type Shape } from "../core/reports/shape.ts";
import { staleReview } from "../core/review/shape.ts";
import { EXIT_CODES, type ExitName, exitCode } from "../exit-codes.ts";
import { DuringRun, Failure, usage } from "../failure.ts";
import { soundPlan } from "../plan-file.ts";
import { counted } from "../render/layout.ts";
import { csvForm } from "../render/report-csv.ts";
import type { ReportForm } from "../render/report-form.ts";
import { jsonForm } from "../render/report-json.ts";
import { type TableWords, tableForm } from "../render/report-table.ts";
import { styleFor } from "../render/style.ts";
import { safe } from "../render/text-safe.ts";
import type { View } from "../render/view.ts";
import { besideName, type Whole, writeReport } from "../report-files.ts";
import { pourOut } from "../report-out.ts";
import { writeSplit } from "../report-split.ts";
import { reportHistory } from "../reports/history.ts";
import { REPORT_MAKERS } from "../reports/index.ts";
import type { Made, Reports } from "../reports/report.ts";
import { makeStaleReview } from "../reports/stale-review.ts";
import type { Runtime } from "../runtime.ts";
import { openSession, readingTold, type Session } from "../session.ts";
import { VERSION } from "../version.ts";
import type { Options } from "./options.ts";
import { again } from "./see-work.ts";
import { type Speaker, speaker, tenantOf } from "./speak.ts";

type Maker = Reports[ReportName];

const isReport = (name: string): name is ReportName => REPORTS.some((each) => each === name);

/** @throws Failure (usage) */
const makerOf = (name: string): { readonly name: ReportName; readonly maker: Maker } => {
  if (isReport(name)) return { name, maker: REPORT_MAKERS[name] };
  const meant = nearest(name, REPORTS);
  const isPlan = /\.ya?ml$/i.test(name);
  throw usage(
    `report ${name}: there is no report of that name`,
    ...(isPlan
      ? [`the name comes first: ${commandLine("report", "unregistered", name)}`]
      : [meant === undefined ? `these are there: ${REPORTS.join(", ")}` : `did you mean ${meant}?`]),
  );
};

/** A review list is a CSV in a file of its own, for whoever fills it in. @throws Failure (usage) */
const checkReview = (name: ReportName, { arguments: [, file], forReview, out, json, all }: Options): void => {
  if (forReview === undefined) return;
  if (name !== "stale") throw usage("--for-review is for report stale", commandLine("report", "stale", file ?? "PLAN", "--for-review", forReview));
  if (file === undefined)
    throw usage("--for-review needs PLAN", `a review list belongs to a plan: ${commandLine("report", "stale", "PLAN", "--for-review", forReview)}`);
  if (out !== undefined) throw usage("--for-review and --out contradict each other", "--for-review names the file itself");
  if (json) throw usage("--for-review and --json contradict each other", "a review list is a CSV: leave --json out");
  if (all) throw usage("--for-review and --all contradict each other", "a review list holds the accounts that may be deleted, and no other");
  if (forReview.trim() === "") throw usage("--for-review is empty", "name a file");
};

/** @throws Failure (usage) for options that do not go together. */
const checkOptions = (name: ReportName, { arguments: [, file], phase, cohort, json, csv, excel, out, split }: Options): void => {
  const isCsv = excel ? "--excel" : "--csv";
  if (json && csv) throw usage(`--json and ${isCsv} contradict each other`, "leave one of them out");
  if (split !== undefined && split !== "domain") throw usage(`--split ${split}: a report is split by domain only`, "--split domain --out FOLDER");
  if (split !== undefined && out === undefined) throw usage("--split needs --out", "name the folder for the files: --split domain --out schools");
  if (split !== undefined && json) throw usage("--split and --json contradict each other", "the files of a split are CSV: leave --json out");
  if (out?.trim() === "") throw usage("--out is empty", "name a file");
  if (file !== undefined) return;
  if (phase !== undefined) throw usage("--phase needs PLAN", `phases are a plan's: ${commandLine("report", name, "PLAN", "--phase", phase)}`);
  if (cohort !== undefined) throw usage("--cohort needs PLAN", `cohorts are a plan's: ${commandLine("report", name, "PLAN", "--cohort", cohort)}`);
  if (name === "readiness") throw usage("report readiness needs PLAN", `readiness is for a plan's phases: ${commandLine("report", name, "PLAN")}`);
};

/** @throws Failure (usage) for a phase or a cohort that the plan does not have. */
const filterOf = (plan: Plan | undefined, { phase, cohort, domain, all }: Options): Filter => {
  const named = (flag: string, what: string, wanted: string, known: readonly string[]): Failure => {
    const meant = nearest(wanted, known);
    return usage(`${flag} ${wanted}: the plan has no such ${what}`, meant === undefined ? `it has ${known.join(", ")}` : `did you mean ${meant}?`);
  };
  const phases = plan?.phases.map(({ id }) => id) ?? [];
  if (phase !== undefined && !phases.includes(phase)) throw named("--phase", "phase", phase, phases);
  const found = plan?.cohorts.find(({ name, slug }) => name === cohort || slug === cohort);
  const cohorts = plan?.cohorts.map(({ name }) => name) ?? [];
  if (cohort !== undefined && found === undefined) throw named("--cohort", "cohort", cohort, cohorts);
  return { ...(phase !== undefined && { phase }), ...(found !== undefined && { cohort: found.name }), ...(domain !== undefined && { domain }), all };
};

const filterWords = ({ phase, cohort, domain, all }: Filter): readonly string[] => [
  ...(phase === undefined ? [] : [`phase ${phase}`]),
  ...(cohort === undefined ? [] : [`cohort ${cohort}`]),
  ...(domain === undefined ? [] : [`domain ${domain}`]),
  ...(all ? ["all rows"] : []),
];

const GAP_EXITS = { failed: "partly", setting: "partly", permission: "not-permitted", licence: "not-permitted" } as const satisfies Record<
  Gap["sort"],
  ExitName
>;

/** The first that applies, in the order of all commands. */
export const exitOf = (gaps: readonly Gap[]): number => {
  const names = new Set<ExitName>(gaps.map(({ sort }) => GAP_EXITS[sort]));
  return EXIT_CODES.find(({ name }) => names.has(name))?.code ?? exitCode("done");
};

const typedAgain = (name: ReportName, options: Options, ...more: readonly string[]): string =>
  commandLine(
    "report",
    name,
    options.arguments[1],
    ...option("--phase", options.phase),
    ...option("--cohort", options.cohort),
    ...option("--domain", options.domain),
    options.all ? "--all" : undefined,
    ...again(options),
    ...more,
  );

const nextWords = (name: ReportName, shape: Shape, options: Options): TableWords["next"] => [
  ["every column", typedAgain(name, options, "--out", `${name}.csv`)],
  ...(shape.splitBy === undefined || options.domain !== undefined
    ? []
    : [["a file a domain", typedAgain(name, options, "--split", "domain", "--out", name)] as const]),
];

/** What a CSV has no room for: beside it, and on stderr for whoever waits for it. */
const tellEnding = ({ ending: { gaps, notes } }: Whole, { say }: Speaker, runtime: Pick<Runtime, "stderr">): void => {
  for (const note of notes) say(note);
  for (const { what, because, todo } of gaps) {
    runtime.stderr.write(`${safe(`not known: ${what}: ${because}`)}\n`);
    if (todo !== undefined) runtime.stderr.write(`${safe(`hint: ${todo}`)}\n`);
  }
};

type Job = {
  readonly name: ReportName;
  readonly shape: Shape;
  readonly make: () => Promise<Made>;
  readonly head: ReportHead;
  readonly options: Options;
  readonly session: Session;
  readonly speak: Speaker;
  readonly runtime: Runtime;
};

const aboutOf = ({ head }: Job, { shape, count, ending }: Whole, files?: readonly string[]): ReportAbout => ({
  ...head,
  tool: `entra-rollout ${VERSION}`,
  columns: shape.columns.map(({ name, heading, about }) => ({ name, heading, about })),
  rows: count,
  ...(files !== undefined && { files }),
  complete: true,
  ...ending,
});

/** Whatever ends it early, nothing was written under the final name. */
const orNothing = async <T>(out: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new DuringRun(error, [`nothing was written to ${out}; what was there is as it was`]);
  }
};

const toFolder = async (job: Job, out: string): Promise<number> => {
  const { options, speak, runtime, session } = job;
  const wish = { out, csv: options, about: (whole: Whole, files: readonly string[]) => aboutOf(job, whole, files) };
  const split = await orNothing(out, () => writeSplit(wish, job.make, runtime));
  session.progress.end();
  speak.say(`written to ${out}: ${counted(split.count, "row")} in ${counted(split.files.length, "file")}, index.csv and about.json`);
  if (split.others.length > 0)
    speak.say(
      `not of this split, and left as they are: ${split.others.slice(0, 20).join(", ")}${split.others.length > 20 ? ` and ${split.others.length - 20} more` : ""}`,
    );
  tellEnding(split, speak, runtime);
  return exitOf(split.ending.gaps);
};

const toFile = async (job: Job, out: string): Promise<number> => {
  const { options, head, speak, runtime, session } = job;
  const wish = {
    out,
    formOf: (shape: Shape): ReportForm => (options.json ? jsonForm(shape, head) : csvForm(shape, options)),
    about: options.json ? undefined : (whole: Whole) => aboutOf(job, whole),
  };
  const whole = await orNothing(out, () => writeReport(wish, job.make, runtime));
  session.progress.end();
  speak.say(`written to ${out}: ${counted(whole.count, "row")}${options.json ? "" : `; ${besideName(out)} says of when and of what`}`);
  tellEnding(whole, speak, runtime);
  return exitOf(whole.ending.gaps);
};

const toReader = async (job: Job): Promise<number> => {
  const { options, head, name, speak, runtime, session } = job;
  const view: View = { columns: runtime.stdout.columns, style: await styleFor(runtime, "stdout"), zone: head.timeZone, nameOf: () => undefined };
  const words = { isTerminal: runtime.stdout.isTTY, filter: filterWords(head.filter), next: nextWords(name, job.shape, options) };
  const formOf = (shape: Shape): ReportForm =>
    options.json ? jsonForm(shape, head) : options.csv ? csvForm(shape, options) : tableForm(shape, head, view, words);
  const poured = await pourOut(formOf, job.make, runtime.stdout, session.progress);
  if (poured.type === "left") return exitCode("done");
  if (poured.type === "cut") {
    runtime.stderr.write(`${safe(`cut short after ${counted(poured.count, "row")}: ${poured.error.message}`)}\nhint: run the same command again\n`);
    return exitCode("partly");
  }
  if (options.csv) tellEnding(poured, speak, runtime);
  return exitOf(poured.ending.gaps);
};

export const runReport = async (given: Options, runtime: Runtime): Promise<number> => {
  const [typed = "", file] = given.arguments;
  const { name, maker: found } = makerOf(typed);
  checkReview(name, given);
  const options: Options = given.forReview === undefined ? given : { ...given, out: given.forReview, csv: true };
  const maker = given.forReview === undefined ? found : { shape: staleReview, make: makeStaleReview };
  checkOptions(name, options);
  const plan = file === undefined ? undefined : (await soundPlan(file, runtime)).plan;
  const filter = filterOf(plan, options);
  const speak = speaker(options, runtime);
  const session = await openSession({ ...tenantOf(options), state: options.state, quiet: options.quiet, ...speak }, plan?.emergencyAccounts, runtime);
  try {
    const { tenant, client, gateway, progress, state } = session;
    const now = tenant.clock.now();
    const zone = plan?.timeZone ?? tenant.zone;
    const about = { id: tenant.tenantId, name: tenant.name, practice: tenant.connection.practice };
    const head: ReportHead = {
      schemaVersion: 1,
      report: name,
      plan: plan === undefined ? null : { id: plan.id, name: plan.name, file: plan.file },
      tenant: about,
      asOf: isoIn(now, zone),
      timeZone: zone,
      filter,
    };
    const make = (): Promise<Made> =>
      maker.make({
        plan,
        filter,
        client,
        gateway,
        tenant: about,
        now,
        zone,
        progress: readingTold(progress),
        history: reportHistory(state.folder, name, tenant.tenantId, runtime),
        past: () => readPast(state, tenant.tenantId, runtime),
        signal: runtime.signal,
      });
    const job: Job = { name, shape: maker.shape, make, head, options, session, speak, runtime };
    if (options.out === undefined) return await toReader(job);
    return options.split === undefined ? await toFile(job, options.out) : await toFolder(job, options.out);
  } finally {
    await session.close();
  }
};
