/** What was done to accounts of reviewed lists: to whom, when, on whose word; told by journals, with the names from the archives. */

import { byText } from "../canonical.ts";
import { happened, inOrder, type RecordedStep, type Run } from "../journal.ts";
import type { Filter, Row, Shape, SumTable } from "../reports/shape.ts";
import type { Instant, ObjectId, PhaseId } from "../tenant.ts";
import type { AccountLine, ArchiveLine } from "./archive-lines.ts";
import { KEPT_MS, newIdIn, withGroupNames } from "./restoring.ts";

export const deletions: Shape = {
  name: "deletions",
  about: "what was done to accounts of review lists: who was blocked, deleted, spared and brought back, when, and on whose word",
  columns: [
    { name: "account", heading: "Account", sort: "text", about: "the user principal name that it had; `unknown`: no archive here tells it", shown: "wide" },
    { name: "domain", heading: "Domain", sort: "text", about: "the domain of the account, lower case" },
    { name: "name", heading: "Name", sort: "text", about: "the display name that it had, where an archive has the whole account" },
    {
      name: "what",
      heading: "What",
      sort: "word",
      about:
        "`blocked`, `deleted`, `spared` (something spoke for it just before it was written), `restored` out of the service's deleted items, `made anew`, `enabled` (let sign in again); `perhaps` before a word: the run was cut, or no answer came, and nobody can say",
      shown: "narrow",
    },
    { name: "when", heading: "When", sort: "moment", about: "when it was written, or looked at", shown: "narrow" },
    {
      name: "because",
      heading: "Because",
      sort: "list",
      about: "of who was blocked or deleted the reason on the list; of who was spared what spoke for it; of who came back what the service did not give",
      shown: "wide",
    },
    { name: "decidedBy", heading: "Decided by", sort: "text", about: "who stands on the list under Decided by" },
    {
      name: "until",
      heading: "Can come back until",
      sort: "moment",
      about: "30 days after it was deleted, when the service forgets it; empty where it is back already. After that it can only be made anew",
      shown: "narrow",
    },
    { name: "run", heading: "Run", sort: "word", about: "the run that did it" },
    { name: "id", heading: "Id", sort: "text", about: "its object id; of who was made anew the new one, where it is known" },
    { name: "plan", heading: "Plan", sort: "word", about: "the id of the plan" },
    { name: "phase", heading: "Phase", sort: "word", about: "the id of the phase" },
  ],
  splitBy: "domain",
};

const WHATS = ["blocked", "deleted", "spared", "restored", "made anew", "enabled"] as const;
type What = (typeof WHATS)[number];

type Event = {
  readonly what: What;
  readonly sure: boolean;
  readonly at: Instant;
  readonly run: string;
  readonly plan: string;
  readonly phase: PhaseId;
  readonly id: ObjectId;
  readonly newId?: ObjectId | undefined;
  readonly upn: string | undefined;
  readonly because: readonly string[];
  readonly decidedBy: string;
};

/** What the archives have of accounts, by id; of a run its own lines before those of others. */
class Names {
  readonly #accounts = new Map<ObjectId, AccountLine>();
  readonly #addresses = new Map<ObjectId, string>();
  readonly #said = new Map<string, { readonly decidedBy: string; readonly reason: string }>();

  constructor(lines: readonly ArchiveLine[]) {
    for (const line of lines) {
      if (line.type === "account") {
        this.#accounts.set(line.account.id, line);
        this.#addresses.set(line.account.id, line.account.upn);
        this.#said.set(`deleted ${line.run} ${line.account.id}`, line);
        continue;
      }
      this.#addresses.set(line.id, line.upn);
      if (line.type === "blocked") this.#said.set(`blocked ${line.run} ${line.id}`, line);
    }
  }

  address(id: ObjectId): string | undefined {
    return this.#addresses.get(id);
  }

  displayName(id: ObjectId): string | undefined {
    const name = this.#accounts.get(id)?.account.profile.displayName;
    return typeof name === "string" ? name : undefined;
  }

  named(because: string, id: ObjectId): string {
    const line = this.#accounts.get(id);
    return line === undefined ? because : withGroupNames(because, line.account);
  }

  said(what: What, run: string, id: ObjectId): { readonly because: readonly string[]; readonly decidedBy: string } {
    const said = this.#said.get(`${what} ${run} ${id}`);
    return { because: said === undefined || said.reason === "" ? [] : [said.reason], decidedBy: said?.decidedBy ?? "" };
  }
}

/** Whether a step was done to one of its accounts. */
const sureOf = (recorded: RecordedStep, id: ObjectId): "yes" | "no" | "perhaps" => {
  const { outcome } = recorded;
  if (outcome?.type !== "unknown") return happened(recorded);
  if (outcome.lacking !== undefined) return !outcome.lacking.includes(id) ? "yes" : outcome.refused === true ? "no" : "perhaps";
  // What came back without all that belonged to it did come back.
  return outcome.each === undefined ? "perhaps" : "yes";
};

const fromRun = (run: Run, names: Names): readonly Event[] =>
  run.steps.flatMap((recorded) => {
    const { step, outcome, intentAt } = recorded;
    const { write } = step;
    if (write.type !== "set-accounts") return [];
    const what: What = write.to === "restored" && write.anew === true ? "made anew" : write.to;
    return write.ids.flatMap((id): readonly Event[] => {
      const sure = sureOf(recorded, id);
      if (sure === "no") return [];
      const lost = outcome?.type === "unknown" ? (outcome.each ?? []).filter((each) => each.id === id).map(({ because }) => names.named(because, id)) : [];
      const said = names.said(what, run.id, id);
      return [
        {
          what,
          sure: sure === "yes",
          at: intentAt,
          run: run.id,
          plan: run.start.plan.id,
          phase: write.key,
          id,
          newId: what === "made anew" ? newIdIn(outcome) : undefined,
          upn: names.address(id),
          because: [...said.because, ...lost],
          decidedBy: said.decidedBy,
        },
      ];
    });
  });

/** Of a run whose journal is lost only the archive tells, which is written before anything is done. */
const fromArchive = (lines: readonly ArchiveLine[], known: ReadonlySet<string>, names: Names): readonly Event[] =>
  lines.flatMap((line): readonly Event[] => {
    if (line.type === "spared") return [{ ...line, what: "spared", sure: true, because: line.reasons, decidedBy: "" }];
    if (known.has(line.run)) return [];
    if (line.type === "restored")
      return [{ ...line, what: line.newId === undefined ? "restored" : "made anew", sure: true, plan: "", phase: "", because: [], decidedBy: "" }];
    const what = line.type === "account" ? "deleted" : "blocked";
    const { at, run, plan, phase } = line;
    const [id, upn] = line.type === "account" ? [line.account.id, line.account.upn] : [line.id, line.upn];
    return [{ what, sure: false, at, run, plan, phase, id, upn, ...names.said(what, run, id) }];
  });

/** A run a day spares the same account a day: the last of them tells it. */
const withoutRepeats = (events: readonly Event[]): readonly Event[] => {
  const last = new Map<string, Event>();
  const keyOf = ({ id, plan, phase }: Event): string => `${id} ${plan} ${phase}`;
  for (const event of events) if (event.what === "spared") last.set(keyOf(event), event);
  return events.filter((event) => event.what !== "spared" || last.get(keyOf(event)) === event);
};

const domainOf = (upn: string | undefined): string => (upn === undefined ? "unknown" : upn.slice(upn.lastIndexOf("@") + 1).toLowerCase());

const momentText = (at: Instant): string => new Date(at).toISOString().replace(".000Z", "Z");

const rowOf = (event: Event, names: Names, isBack: boolean): Row => [
  event.upn ?? "unknown",
  domainOf(event.upn),
  names.displayName(event.id) ?? null,
  event.sure ? event.what : `perhaps ${event.what}`,
  momentText(event.at),
  event.because,
  event.decidedBy,
  event.what === "deleted" && !isBack ? momentText(event.at + KEPT_MS) : null,
  event.run,
  event.newId ?? event.id,
  event.plan,
  event.phase,
];

/** How many rows, not how many accounts: one that was blocked and deleted is in both. */
const sumsOf = (events: readonly Event[]): readonly SumTable[] => {
  const byDomain = new Map<string, Map<What, number>>();
  const add = (key: string, what: What): void => {
    const counts = byDomain.get(key) ?? new Map<What, number>();
    counts.set(what, (counts.get(what) ?? 0) + 1);
    byDomain.set(key, counts);
  };
  for (const { upn, what } of events) add(domainOf(upn), what);
  const rows = [...byDomain].sort(([a], [b]) => byText(a, b)).map(([domain, counts]) => [domain, ...WHATS.map((what) => counts.get(what) ?? 0)]);
  return rows.length === 0 ? [] : [{ title: "By domain", columns: ["domain", ...WHATS], rows }];
};

export type Deletions = {
  /** Oldest first. */
  readonly rows: readonly Row[];
  readonly sums: readonly SumTable[];
  /** How often an account was spared besides the last time. */
  readonly hidden: number;
};

/** @param lines oldest first @param plan its id; undefined: of every plan */
export const deletionsOf = (lines: readonly ArchiveLine[], runs: readonly Run[], plan: string | undefined, filter: Filter): Deletions => {
  const names = new Names(lines);
  const all = [...inOrder(runs).flatMap((run) => fromRun(run, names)), ...fromArchive(lines, new Set(runs.map(({ id }) => id)), names)];
  const asked = all
    .filter((event) => (plan === undefined || event.plan === plan) && (filter.phase === undefined || event.phase === filter.phase))
    .filter((event) => filter.domain === undefined || domainOf(event.upn) === filter.domain)
    .sort((a, b) => a.at - b.at || byText(a.run, b.run) || byText(a.upn ?? a.id, b.upn ?? b.id));
  const shown = filter.all ? asked : withoutRepeats(asked);
  // Whoever came back, or was deleted again since, does not wait in the deleted items by this row.
  const last = new Map<ObjectId, Event>();
  for (const event of asked) if (["deleted", "restored", "made anew"].includes(event.what)) last.set(event.id, event);
  return { rows: shown.map((event) => rowOf(event, names, last.get(event.id) !== event)), sums: sumsOf(shown), hidden: asked.length - shown.length };
};
