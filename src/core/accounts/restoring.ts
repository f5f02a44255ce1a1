/** From accounts that somebody wants back to steps: what the archives and the journals tell of each, and what is to be done. */

import { byText } from "../canonical.ts";
import type { Step, StepOutcome } from "../changes.ts";
import { happened, inOrder, type Run } from "../journal.ts";
import type { Instant, ObjectId, PhaseId } from "../tenant.ts";
import type { AccountLine, ArchiveLine } from "./archive-lines.ts";
import type { AccountLinks, AccountStanding, ArchivedAccount } from "./facts.ts";
import type { WantedRow } from "./restore-list.ts";
import { accountsTold } from "./told.ts";

/** So long the service keeps who was deleted. */
export const KEPT_MS = 30 * 86_400_000;

/** An account that this tool deleted. */
export type Deleted = {
  /** The id by which the directory knows it now: another than the archive's where it was made anew. */
  readonly id: ObjectId;
  readonly plan: string;
  readonly phase: PhaseId;
  readonly at: Instant;
  readonly account: ArchivedAccount;
  readonly list: AccountLine["list"];
  /** This tool blocked it before, and did not let it sign in again. */
  readonly blocked: boolean;
  /** When this tool brought it back with all that belongs to it. */
  readonly back: Instant | undefined;
  /** This tool tried to make it anew, so that what has its address by now may be what it made. */
  readonly tried: boolean;
};

export type Found = {
  /** Each once, sorted by address. */
  readonly deleted: readonly Deleted[];
  readonly missing: readonly WantedRow[];
  /** How many rows of a review list are of accounts that were never deleted. */
  readonly kept: number;
};

type Told = {
  /** The id that an account got which was made anew. */
  readonly anew: ReadonlyMap<ObjectId, ObjectId>;
  /** When it was brought back whole, unless it was deleted since. */
  readonly back: ReadonlyMap<ObjectId, Instant>;
  readonly tried: ReadonlySet<ObjectId>;
  readonly blocked: (id: ObjectId) => boolean;
};

/** Of one that is not whole the words alone tell it: `made again as ID`. */
export const newIdIn = (outcome: StepOutcome | undefined): ObjectId | undefined => {
  if (outcome?.type === "done") return outcome.id;
  if (outcome?.type !== "unknown") return undefined;
  return /\bmade again as ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/.exec(outcome.each?.[0]?.because ?? "")?.[1];
};

/** Journals are the truth of what was done; where they are lost, the archives tell most of it. */
const toldBy = (lines: readonly ArchiveLine[], runs: readonly Run[]): Told => {
  const anew = new Map<ObjectId, ObjectId>();
  const back = new Map<ObjectId, Instant>();
  const tried = new Set<ObjectId>();
  const blockedLines = new Set<ObjectId>();
  for (const line of lines) {
    if (line.type === "blocked") blockedLines.add(line.id);
    else if (line.type === "restored" && line.newId !== undefined) anew.set(line.id, line.newId);
  }
  for (const run of inOrder(runs)) {
    for (const { step, outcome, intentAt } of run.steps) {
      const { write } = step;
      if (write.type !== "set-accounts") continue;
      const each = outcome?.type === "unknown" ? outcome.each : undefined;
      const lacking = outcome?.type === "unknown" ? outcome.lacking : undefined;
      for (const id of write.ids) {
        if (write.to === "deleted") back.delete(id);
        if (write.to !== "restored") continue;
        const isWhole = outcome?.type === "done" || (each !== undefined && !each.some((one) => one.id === id) && lacking?.includes(id) !== true);
        if (isWhole) back.set(id, intentAt);
        if (write.anew !== true) continue;
        tried.add(id);
        const newId = newIdIn(outcome);
        if (newId !== undefined) anew.set(id, newId);
      }
    }
  }
  const told = accountsTold(runs);
  return {
    anew,
    back,
    tried,
    blocked: (id) => {
      const own = told.get(id);
      return own === undefined ? blockedLines.has(id) : own.blocked !== undefined;
    },
  };
};

/** An account is kept before it is deleted, so that of some whose delete never came the archive tells as well. */
const deletedBy = (runs: readonly Run[]): ((line: AccountLine) => boolean) => {
  const deleted = new Map(
    runs.map((run) => [
      run.id,
      new Set(
        run.steps.flatMap((recorded) => {
          const { step, outcome } = recorded;
          if (step.write.type !== "set-accounts" || step.write.to !== "deleted" || happened(recorded) === "no") return [];
          const refused = new Set(outcome?.type === "unknown" && outcome.refused === true ? outcome.lacking : []);
          return step.write.ids.filter((id) => !refused.has(id));
        }),
      ),
    ]),
  );
  // Without its journal an archive is all that anybody knows.
  return ({ run, account }) => deleted.get(run)?.has(account.id) ?? true;
};

/** @param runs of the tenant in question alone; lines of runs that are known to be of another are left out before */
export const foundIn = (rows: readonly WantedRow[], lines: readonly ArchiveLine[], runs: readonly Run[]): Found => {
  const told = toldBy(lines, runs);
  const byId = new Map<ObjectId, AccountLine>();
  const byAddress = new Map<string, AccountLine>();
  const isDeleted = deletedBy(runs);
  for (const line of lines) {
    if (line.type !== "account" || !isDeleted(line)) continue;
    byId.set(line.account.id, line);
    byAddress.set(line.account.upn.toLowerCase(), line);
  }
  // Whoever was made anew is found by the new id as well.
  for (const [old, id] of told.anew) {
    const line = byId.get(old);
    if (line !== undefined && !byId.has(id)) byId.set(id, line);
  }
  const found = new Map<ObjectId, Deleted>();
  const missing: WantedRow[] = [];
  let kept = 0;
  for (const row of rows) {
    const line = (row.id === undefined ? undefined : byId.get(row.id)) ?? (row.address === undefined ? undefined : byAddress.get(row.address));
    if (line === undefined) {
      if (row.meant) missing.push(row);
      else kept += 1;
      continue;
    }
    const { plan, phase, at, account, list } = line;
    const id = told.anew.get(account.id) ?? account.id;
    found.set(account.id, {
      id,
      plan,
      phase,
      at,
      account,
      list,
      blocked: told.blocked(account.id),
      back: told.back.get(account.id),
      tried: told.tried.has(account.id),
    });
  }
  return { deleted: [...found.values()].sort((a, b) => byText(a.account.upn, b.account.upn)), missing, kept };
};

/** `taken`: somebody else has its address by now. */
export type Way = "restore" | "anew" | "rest" | "nothing" | "taken";

export type Restoring = {
  readonly deleted: Deleted;
  readonly standing: AccountStanding;
  readonly way: Way;
  /** It is let sign in again, as it could before this tool blocked it. */
  readonly enable: boolean;
};

/** @param taken addresses that live accounts have, lower case */
export const restoringOf = (deleted: Deleted, standing: AccountStanding, keepBlocked: boolean, taken: ReadonlySet<string>): Restoring => {
  // Who was made anew has a password that nobody knows, and waits for somebody to give it one.
  const isAnew = deleted.id !== deleted.account.id;
  const mayEnable = !isAnew && deleted.blocked && !deleted.account.enabled && !keepBlocked;
  switch (standing) {
    case "deleted":
      return { deleted, standing, way: "restore", enable: mayEnable };
    case "gone":
      return { deleted, standing, way: !deleted.tried && taken.has(deleted.account.upn.toLowerCase()) ? "taken" : "anew", enable: false };
    case "blocked":
      return { deleted, standing, way: deleted.back === undefined ? "rest" : "nothing", enable: mayEnable };
    case "enabled":
      return { deleted, standing, way: deleted.back === undefined ? "rest" : "nothing", enable: false };
  }
};

const linksOf = ({ groups, licences, manager }: ArchivedAccount, id: ObjectId): AccountLinks => ({
  id,
  groups,
  licences,
  ...(manager !== undefined && { manager }),
});

/** The service takes no more in one batch. */
const ACCOUNTS_A_WRITE = 20;

const WAY_BACK = "who was brought back is not deleted again by an undo: decide on them anew, on a review list";

const byPhase = (all: readonly Restoring[]): readonly (readonly [PhaseId, readonly Restoring[]])[] => {
  const phases = new Map<PhaseId, Restoring[]>();
  for (const each of all) phases.set(each.deleted.phase, [...(phases.get(each.deleted.phase) ?? []), each]);
  return [...phases].sort(([a], [b]) => byText(a, b)).map(([phase, some]) => [phase, some.sort((a, b) => byText(a.deleted.id, b.deleted.id))] as const);
};

const chunks = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

type Write = Extract<Step["write"], { readonly type: "set-accounts" }>;

/**
 * Those that come back first, then those that are made anew, each by itself, then who is let sign in again. All are of one kind, so
 * that they are done in this order, and none stands on another: one licence that is short keeps nobody else from signing in.
 */
export const restoreSteps = (all: readonly Restoring[]): readonly Step[] => {
  const steps: Step[] = [];
  const add = (write: Omit<Write, "type" | "kind">, name: string): void => {
    steps.push({
      id: `restore-${steps.length + 1}`,
      kind: "account-deletion",
      key: write.key,
      name,
      write: { type: "set-accounts", kind: "account-deletion", ...write },
      undo: { type: "impossible", because: WAY_BACK },
      after: [],
      phases: [write.key],
    });
  };
  const phases = byPhase(all);
  for (const [key, some] of phases) {
    const there = some.filter(({ way }) => way === "restore" || way === "rest");
    for (const part of chunks(there, ACCOUNTS_A_WRITE))
      add(
        { key, to: "restored", ids: part.map(({ deleted }) => deleted.id), back: part.map(({ deleted }) => linksOf(deleted.account, deleted.id)) },
        "Listed accounts, brought back",
      );
  }
  for (const [key, some] of phases)
    for (const { deleted, way } of some)
      if (way === "anew")
        add({ key, to: "restored", ids: [deleted.account.id], back: [linksOf(deleted.account, deleted.account.id)], anew: true }, "Listed account, made anew");
  for (const [key, some] of phases)
    for (const part of chunks(
      some.filter(({ enable }) => enable),
      ACCOUNTS_A_WRITE,
    ))
      add({ key, to: "enabled", ids: part.map(({ deleted }) => deleted.id) }, "Sign-in of listed accounts");
  return steps;
};

export type NotDone = { readonly id: ObjectId; readonly because: string };

export type Came = {
  /** Brought back, or found there; `newId`: made anew. */
  readonly back: readonly { readonly id: ObjectId; readonly newId?: ObjectId }[];
  /** By account, by the ids of the steps: what the service would not give, each once. */
  readonly left: readonly NotDone[];
};

/** What came of each account, by the journal of the run. */
export const cameOf = (run: Run): Came => {
  const back: { readonly id: ObjectId; readonly newId?: ObjectId }[] = [];
  const left = new Map<string, NotDone>();
  const add = (id: ObjectId, because: string): void => {
    left.set(`${id} ${because}`, { id, because });
  };
  for (const { step, outcome } of run.steps) {
    const { write } = step;
    if (write.type !== "set-accounts") continue;
    const lacking = new Set(outcome?.type === "unknown" ? (outcome.lacking ?? (outcome.each === undefined ? write.ids : [])) : []);
    for (const id of write.ids) {
      if (outcome?.type === "unknown") {
        const own = (outcome.each ?? []).filter((each) => each.id === id);
        for (const { because } of own) add(id, because);
        if (own.length === 0 && lacking.has(id)) add(id, outcome.because);
      } else if (outcome?.type === "refused") add(id, outcome.error.message);
      else if (outcome?.type === "left-out") add(id, outcome.because);
      else if (outcome === undefined) add(id, "it was not tried");
      const isBack = outcome?.type === "done" || (outcome?.type === "unknown" && !lacking.has(id));
      if (!isBack || write.to !== "restored") continue;
      const newId = write.anew === true ? newIdIn(outcome) : undefined;
      back.push({ id, ...(newId !== undefined && { newId }) });
    }
  }
  return { back, left: [...left.values()] };
};

/** A journal has ids alone; people know groups by their names, as far as the archive has them. */
export const withGroupNames = (because: string, { groupNames }: Pick<ArchivedAccount, "groupNames">): string =>
  because.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => groupNames[id] ?? id);
