/** `accounts restore`: from a list to what the archives hold of it, shown, asked for, and carried out as a run of its own. */

import { archiveFolder, openArchive, readPast } from "../archive.ts";
import { carryOut, notBegun } from "../carry-out.ts";
import { commandLine } from "../command-line.ts";
import type { ArchiveLine, Past } from "../core/accounts/archive-lines.ts";
import type { AccountStanding, ArchivedAccount } from "../core/accounts/facts.ts";
import type { MissingLine, RestoreDocument, RestoreLine } from "../core/accounts/restore-document.ts";
import { accountNamed, readWanted, type Wanted } from "../core/accounts/restore-list.ts";
import { cameOf, type Deleted, foundIn, KEPT_MS, type Restoring, restoreSteps, restoringOf, withGroupNames } from "../core/accounts/restoring.ts";
import { NOT_ASKED, type Observed } from "../core/observed.ts";
import { isoIn } from "../core/plan/moments.ts";
import { MAX_LIST_BYTES } from "../core/plan/text.ts";
import type { PlanName, RunResult } from "../core/run-document.ts";
import { absent, type ObjectId, unknown } from "../core/tenant.ts";
import { exitCode } from "../exit-codes.ts";
import { Failure, usage } from "../failure.ts";
import { jsonText } from "../render/json.ts";
import { counted } from "../render/layout.ts";
import { restoreOutcome, restoreText } from "../render/restore.ts";
import { styleFor } from "../render/style.ts";
import { safe } from "../render/text-safe.ts";
import type { View } from "../render/view.ts";
import type { Runtime } from "../runtime.ts";
import { openSession, type Session } from "../session.ts";
import { pathsOf, readText } from "../text-file.ts";
import { needsAnswer } from "./apply-work.ts";
import type { Options } from "./options.ts";
import { again } from "./see-work.ts";
import { speaker, tenantOf } from "./speak.ts";

type Work = { readonly options: Options; readonly runtime: Runtime; readonly session: Session; readonly archived: Map<ObjectId, ArchivedAccount> };
type Read = Extract<Wanted, { readonly type: "read" }>;

const FRESH_MS = 60_000;
const MOST_NAMED = 20;

/** A file, or a single account that was typed instead of one. @throws Failure (bad plan) */
const wantedOf = async (typed: string, runtime: Runtime): Promise<Read> => {
  const path = pathsOf(runtime).resolve(runtime.cwd, typed);
  const file = await readText(path, MAX_LIST_BYTES, runtime.files);
  if (file.type === "unusable") {
    const named = file.missing === true ? accountNamed(typed) : undefined;
    if (named !== undefined) return { type: "read", rows: [{ text: typed.trim(), meant: true, ...named }], unreadable: [] };
    throw new Failure("bad-plan", `the list ${typed} cannot be read: ${file.because}`, ["LIST is a file, a single address or an object id"]);
  }
  const wanted = readWanted(file.text);
  if (wanted.type === "read") return wanted;
  throw new Failure("bad-plan", `${typed}: ${wanted.because}`, ["a review list, a CSV with a column Account or Id, or one address a line"]);
};

type Chosen = {
  readonly past: Past;
  readonly deleted: readonly Deleted[];
  readonly missing: readonly MissingLine[];
  readonly keptRows: number;
  readonly plan: PlanName;
};

const missingWords = (missing: readonly MissingLine[], typed: string): readonly string[] => {
  const named = missing.slice(0, MOST_NAMED).map(({ line, text, because }) => `${line === null ? "" : `${typed}:${line}: `}${text}: ${because}`);
  return missing.length > MOST_NAMED ? [...named, `and ${missing.length - MOST_NAMED} more`] : named;
};

const NEVER = "this tool did not delete it, or its archive is not in this folder";

/** @throws Failure when there is nobody to bring back, or several plans deleted them */
const chosenBy = async (work: Work, wanted: Read): Promise<Chosen> => {
  const { options, session, runtime } = work;
  const [typed = ""] = options.arguments;
  const past = await readPast(session.state, session.tenant.tenantId, runtime);
  const found = foundIn(wanted.rows, past.lines, past.runs);
  const missing: readonly MissingLine[] = [
    ...wanted.unreadable.map(({ line, text }) => ({ line, text, because: "neither an address nor an object id" })),
    ...found.missing.map(({ line = null, text }) => ({ line, text, because: NEVER })),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const plans = [...new Set(found.deleted.map(({ plan }) => plan))].sort();
  const [id] = plans;
  if (id === undefined)
    throw new Failure("bad-plan", [`nobody in ${typed} was deleted by this tool from ${session.tenant.name}`, ...missingWords(missing, typed)].join("\n"), [
      `archives are looked for in ${archiveFolder(session.state.folder, runtime)}: --state names another folder`,
      ...past.unread.map(({ file, because }) => `could not be read: ${file}: ${because}`),
    ]);
  if (plans.length > 1)
    throw usage(
      `${typed}: these accounts were deleted by ${counted(plans.length, "plan")}: ${plans.map((plan) => `${plan} (${found.deleted.filter((each) => each.plan === plan).length})`).join(", ")}`,
      "bring them back one plan after the other, each by a list of its own",
    );
  const known = past.runs.findLast(({ start }) => start.plan.id === id && start.plan.file !== "");
  return { past, deleted: found.deleted, missing, keptRows: found.kept, plan: known?.start.plan ?? { id, name: id, file: "" } };
};

const standingOf = async ({ session }: Work, ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, AccountStanding>> => {
  const { gateway, progress } = session;
  const known = await gateway.standing(ids, (done) => progress.tell("looking at accounts", done, ids.length));
  progress.end();
  if (known.type === "present") return known.value;
  throw new Failure("unavailable", `what became of the accounts could not be read${known.type === "unknown" ? `: ${known.because}` : ""}`, [
    "run the same command again",
  ]);
};

/** Who is gone can only come back under an address that nobody has by now. */
const takenAmong = async ({ session }: Work, deleted: readonly Deleted[]): Promise<ReadonlySet<string>> => {
  const taken = new Set<string>();
  for (const [at, { account }] of deleted.entries()) {
    session.progress.tell("looking for addresses", at, deleted.length);
    const found = await session.gateway.lookUp(account.upn);
    if (found.account.type === "unknown")
      throw new Failure("unavailable", `whether somebody has the address ${account.upn} could not be read: ${found.account.because}`);
    if (found.account.type === "present") taken.add(account.upn.toLowerCase());
  }
  session.progress.end();
  return taken;
};

const looked = async (work: Work, deleted: readonly Deleted[]): Promise<readonly Restoring[]> => {
  const standing = await standingOf(
    work,
    deleted.map(({ id }) => id),
  );
  const gone = deleted.filter(({ id, tried }) => !tried && (standing.get(id) ?? "gone") === "gone");
  const taken = await takenAmong(work, gone);
  return deleted.map((each) => restoringOf(each, standing.get(each.id) ?? "gone", work.options.keepBlocked, taken));
};

const lineOf = ({ deleted, standing, way, enable }: Restoring, zone: string): RestoreLine => ({
  id: deleted.id,
  address: deleted.account.upn,
  standing,
  way,
  enable,
  canSignIn: enable || (way === "restore" ? deleted.account.enabled : standing === "enabled"),
  deleted: isoIn(deleted.at, zone),
  until: isoIn(deleted.at + KEPT_MS, zone),
  groups: deleted.account.groups.map((id) => deleted.account.groupNames[id] ?? id),
  licences: deleted.account.licences.length,
  manager: deleted.account.manager !== undefined,
  besides: deleted.account.besides,
  list: deleted.list,
  result: null,
  left: [],
});

const documentOf = ({ session }: Work, chosen: Chosen, all: readonly Restoring[], run: RunResult, exit: number): RestoreDocument => {
  const { tenant } = session;
  return {
    schemaVersion: 1,
    tenant: { id: tenant.tenantId, name: tenant.name, practice: tenant.connection.practice },
    asOf: isoIn(tenant.clock.now(), tenant.zone),
    plan: chosen.plan,
    accounts: all.map((each) => lineOf(each, tenant.zone)),
    missing: chosen.missing,
    kept: chosen.keptRows,
    unread: chosen.past.unread.map(({ file, because }) => `${file}: ${because}`),
    run,
    exit,
  };
};

const viewOf = async ({ runtime, session }: Work): Promise<View> => ({
  columns: runtime.stdout.columns,
  style: await styleFor(runtime, "stdout"),
  zone: session.tenant.zone,
  nameOf: () => undefined,
});

/** Nothing of a tenant but its name has a say in this. */
const observedOf = ({ session }: Work): Observed => {
  const unread = unknown("it was not asked for");
  return {
    tenant: { id: session.tenant.tenantId, name: session.tenant.name, practice: session.tenant.connection.practice },
    readAt: session.tenant.clock.now(),
    resources: { ...NOT_ASKED, "cohort-group": absent, "conditional-access": absent, "named-location": absent },
    members: new Map(),
    roster: unread,
    registration: unread,
    licence: unread,
    securityDefaults: unread,
    emergency: [],
    remarks: [],
  };
};

/** The reads are old: what was shown must still be what would be done. */
const stillTrue = async (work: Work, chosen: Chosen, shown: readonly Restoring[], askedAt: number): Promise<void> => {
  if (work.runtime.clock.now() - askedAt <= FRESH_MS) return;
  const now = await looked(work, chosen.deleted);
  if (now.every(({ way, enable }, at) => way === shown[at]?.way && enable === shown[at]?.enable)) return;
  throw new Failure("stale", "what was shown is no longer what would be done; nothing was written", ["run the same command again"]);
};

type Ended = { readonly accounts: readonly RestoreLine[]; readonly run: RunResult };

/** The journal has ids alone, and people know addresses. What came back is noted in the archive, beside what was kept. */
const endOf = async (work: Work, all: readonly Restoring[], run: RunResult): Promise<Ended> => {
  const { session, runtime } = work;
  const { zone, clock } = session.tenant;
  const { runs } = await session.state.runs();
  const recorded = runs.find(({ id }) => id === run.id);
  const came = recorded === undefined ? { back: [], left: [] } : cameOf(recorded);
  const names = new Map(all.flatMap(({ deleted }) => [deleted.id, deleted.account.id].map((id) => [id, deleted.account.upn] as const)));
  const back = new Map(came.back.map((each) => [each.id, each]));
  const left = new Map<ObjectId, string[]>();
  for (const { id, because } of came.left) left.set(id, [...(left.get(id) ?? []), because]);
  // Who is made anew goes by its old id, all others by the one that they have now.
  const ofOne = <T>(all: ReadonlyMap<ObjectId, T>, { deleted }: Restoring): T | undefined => all.get(deleted.id) ?? all.get(deleted.account.id);
  const noted = all.flatMap((each): readonly ArchiveLine[] => {
    const one = ofOne(back, each);
    if (one === undefined || run.id === null) return [];
    const { account } = each.deleted;
    return [{ type: "restored", at: clock.now(), run: run.id, id: account.id, ...(one.newId !== undefined && { newId: one.newId }), upn: account.upn }];
  });
  if (run.id !== null) await openArchive(session.state.folder, run.id, runtime).append(noted);
  const accounts = all.map((each): RestoreLine => {
    const line = lineOf(each, zone);
    if (each.way === "taken" || (each.way === "nothing" && !each.enable)) return line;
    const one = ofOne(back, each);
    const lost = (ofOne(left, each) ?? []).map((because) => withGroupNames(because, each.deleted.account));
    const isBack = one !== undefined || (each.way === "nothing" && lost.length === 0);
    return { ...line, result: isBack ? "back" : "not", left: lost, ...(one?.newId !== undefined && { newId: one.newId }) };
  });
  const steps = run.left.map((step) =>
    step.accounts === undefined ? step : { ...step, accounts: step.accounts.map((told) => told.replace(/^[0-9a-f-]{36}/, (id) => names.get(id) ?? id)) },
  );
  return { accounts, run: { ...run, left: steps } };
};

/** Whoever could not even be tried was asked for all the same. */
const exitOf = (run: RunResult, chosen: Chosen, all: readonly Restoring[]): number => {
  if (run.exit !== exitCode("done")) return run.exit;
  return chosen.missing.length > 0 || all.some(({ way }) => way === "taken") ? exitCode("partly") : exitCode("done");
};

const restore = async (work: Work, wanted: Read): Promise<number> => {
  const { options, runtime, session } = work;
  const chosen = await chosenBy(work, wanted);
  const lock = await session.state.lock({ tenant: session.tenant.tenantId, plan: chosen.plan.id, command: "accounts restore", now: runtime.clock.now() });
  try {
    const all = await looked(work, chosen.deleted);
    const steps = restoreSteps(all);
    const none = notBegun(exitCode("done"));
    const shown = documentOf(work, chosen, all, none, exitOf(none, chosen, all));
    const text = restoreText(shown, await viewOf(work));
    // With --json standard output is the document's alone.
    if (!options.json) runtime.stdout.write(text);
    else if (!options.yes) runtime.stderr.write(text);
    const end = (document: RestoreDocument): number => {
      if (options.json) runtime.stdout.write(jsonText(document));
      return document.exit;
    };
    if (steps.length === 0) return end(shown);
    const askedAt = runtime.clock.now();
    if (!options.yes && !(await runtime.ask(`bring ${counted(all.length, "account")} back in ${safe(session.tenant.name)}?`))) {
      runtime.stderr.write("nothing was written\n");
      const exit = exitCode("interrupted");
      return end({ ...shown, run: notBegun(exit), exit });
    }
    await stillTrue(work, chosen, all, askedAt);
    for (const { deleted } of all) work.archived.set(deleted.account.id, deleted.account);
    const [typed = ""] = options.arguments;
    const typedAgain = commandLine("accounts", "restore", typed, options.keepBlocked ? "--keep-blocked" : undefined, ...again(options));
    const result = await carryOut(
      {
        plan: chosen.plan,
        moment: session.tenant.clock.now(),
        hash: "",
        phases: [],
        restores: true,
        allowed: [],
        steps,
        observed: observedOf(work),
        settled: [],
        leaveOut: new Map(),
      },
      session,
      runtime,
      typedAgain,
    );
    const done = await endOf(work, all, result);
    const document = { ...documentOf(work, chosen, all, done.run, exitOf(result, chosen, all)), accounts: done.accounts };
    if (!options.json) runtime.stdout.write(`\n${restoreOutcome(document, typedAgain, await viewOf(work))}`);
    return end(document);
  } finally {
    await lock.release();
  }
};

export const runAccountsRestore = async (options: Options, runtime: Runtime): Promise<number> => {
  const [typed = ""] = options.arguments;
  needsAnswer(options, runtime);
  const wanted = await wantedOf(typed, runtime);
  const archived = new Map<ObjectId, ArchivedAccount>();
  const wish = {
    ...tenantOf(options),
    state: options.state,
    quiet: options.quiet,
    ...speaker(options, runtime),
    archived: (id: ObjectId) => archived.get(id),
  };
  const session = await openSession(wish, undefined, runtime);
  try {
    return await restore({ options, runtime, session, archived }, wanted);
  } finally {
    await session.close();
  }
};
