/** Who is not registered: per account what counts for the plan, what enforces MFA today, and which phase reaches it when. */

import type { CohortReader } from "../cohorts.ts";
import { isOutCohort } from "../out.ts";
import { patternMatches, splitAddress } from "../plan/patterns.ts";
import type { Plan } from "../plan/plan.ts";
import type { Instant, ObjectId, PerUserState } from "../tenant.ts";
import type { Account } from "./account.ts";
import type { Allowed } from "./allowed.ts";
import type { Enforcement, Somebody } from "./enforcement.ts";
import { lastSignIn, type StampsOfTenant } from "./last-sign-in.ts";
import { cohortsAskedBy, isMeant, type Reach, type WhyOut, whyOutWords } from "./reach.ts";
import { defaultWord, type Standing, standingBy, type Told } from "./registered-standing.ts";
import { registeredWords } from "./registered-words.ts";
import type { MethodWords } from "./registration.ts";
import type { Column, Filter, Row, Shape, SumTable } from "./shape.ts";

const COLUMNS = [
  { name: "account", heading: "Account", sort: "text", about: "user principal name, as the directory writes it", shown: "wide" },
  { name: "name", heading: "Name", sort: "text", about: "display name" },
  { name: "domain", heading: "Domain", sort: "text", about: "domain of the user principal name, lower case" },
  { name: "enabled", heading: "Enabled", sort: "flag", about: "whether anybody can sign in with it" },
  { name: "type", heading: "Type", sort: "word", about: "`member` or `guest`" },
  {
    name: "shared",
    heading: "Shared",
    sort: "word",
    about: "`yes` or `no` by the plan's `sharedAccounts`, since nothing in the directory says it; `not said`: there is no plan, or it names none",
  },
  { name: "synced", heading: "Synced", sort: "flag", about: "whether it comes from a directory on premises" },
  {
    name: "state",
    heading: "State",
    sort: "word",
    about:
      "`ready`: could meet the plan's demand today; `not ready`; `unknown`: nobody can say; `exempt`: no phase asks it for MFA, or it is disabled. Without a plan one method that satisfies MFA is enough",
    shown: "narrow",
  },
  { name: "because", heading: "Because", sort: "text", about: "why it is so, or what to know of an account that is ready", shown: "wide" },
  { name: "registered", heading: "Registered", sort: "list", about: "everything that is registered, what is no MFA too; `unknown`: it was not told" },
  {
    name: "counts",
    heading: "Counts",
    sort: "list",
    about:
      "the plan's words for what of it counts: a telephone counts for calls where Voice is allowed to that account and for texts where SMS is; security questions and e-mail never. `perhaps` before a word: whether it is allowed is not known",
  },
  {
    name: "capable",
    heading: "Capable",
    sort: "word",
    about:
      "as the service says: `yes`: has a method that the tenant's policy allows; `registered only`: none of its methods is allowed; `no`: has none that satisfies MFA; `unknown`. Without Entra ID P1 worked out from the account's methods and the policy",
    shown: "narrow",
  },
  {
    name: "defaultMethod",
    heading: "Default method",
    sort: "word",
    about: "with what the account is asked first, unless the service chooses something stronger: `app`, `code`, `call`, `text`, `none`, `unknown`",
  },
  {
    name: "enforced",
    heading: "Enforced",
    sort: "word",
    about:
      "whether MFA is enforced today, by policies in force, security defaults or per-user MFA: `yes`: on the web and in programs, everywhere; `partly`: only somewhere, or something else will do in its place; `no`; `unknown`. What old programs that know only a password may do is another matter",
    shown: "narrow",
  },
  { name: "enforcedBy", heading: "Enforced by", sort: "list", about: "what enforces it, with how it is narrowed" },
  { name: "reportOnlyBy", heading: "Report-only", sort: "list", about: "policies in report-only that would ask it: they ask nobody" },
  {
    name: "leftOutBy",
    heading: "Left out by",
    sort: "list",
    about: "policies in force that would ask it but leave it out, with the group, role or name by which",
  },
  { name: "perUser", heading: "Per-user MFA", sort: "word", about: "`disabled`, `enabled`, `enforced`, `unknown`" },
  { name: "cohorts", heading: "Cohorts", sort: "list", about: "cohorts of the plan that it is in" },
  {
    name: "phase",
    heading: "Phase",
    sort: "word",
    about: "the phase that asks it for MFA already, else the next that will, else one on hold; empty: none; `unknown`: who is in a cohort could not be read",
    shown: "narrow",
  },
  {
    name: "phaseState",
    heading: "Phase state",
    sort: "word",
    about: "where that phase stands, as `status` has it: done, live, due, waiting, held, staged, later, unknown. One with a gate is waiting until it has begun",
  },
  {
    name: "phaseStarts",
    heading: "Phase starts",
    sort: "moment",
    about: "that phase's moment in the plan; a gate that is closed makes it wait longer",
    shown: "narrow",
  },
  {
    name: "lastSignIn",
    heading: "Last sign-in",
    sort: "word",
    about: "`last signed in`: a success is stamped; `never signed in`; `unknown`: not told, or nobody can say, as in `report stale`",
  },
  { name: "lastSucceeded", heading: "Last succeeded", sort: "moment", about: "the last success, stamped since 2023-12-01" },
  { name: "lastAttempted", heading: "Last attempted", sort: "moment", about: "the last attempt, whether it succeeded or not" },
  {
    name: "dataAsOf",
    heading: "Data as of",
    sort: "moment",
    about: "when the service computed the account's registration data; without Entra ID P1 when it was read",
  },
  { name: "dataAge", heading: "Data age", sort: "text", about: "how old that is, in words; `unknown`: there is none" },
] as const satisfies readonly Column[];

export const unregistered: Shape = {
  name: "unregistered",
  about: "who is not registered for MFA as the plan counts, what enforces it today, and which phase reaches them when",
  columns: COLUMNS,
  splitBy: "domain",
};

// ---- words

const UNKNOWN = "unknown";
const UNKNOWN_LIST: readonly string[] = [UNKNOWN];

const isoOf = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

/** Texts of moments; rows of one refresh share theirs. */
const isoWriter = (): ((instant: Instant | undefined) => string | null) => {
  let last: Instant | undefined;
  let text = "";
  return (instant) => {
    if (instant === undefined) return null;
    if (instant !== last) {
      last = instant;
      text = isoOf(instant);
    }
    return text;
  };
};

const HOUR_MS = 3_600_000;

const ageWords = (updated: Instant | undefined, now: Instant): string => {
  if (updated === undefined) return UNKNOWN;
  const hours = Math.floor(Math.max(0, now - updated) / HOUR_MS);
  if (hours === 0) return "within the last hour";
  if (hours < 48) return `${hours} hour${hours === 1 ? "" : "s"}`;
  return `${Math.floor(hours / 24)} days`;
};

// ---- one account

/** What is known of what an account has registered. */
export type Evidence =
  | { readonly type: "told"; readonly told: Told; readonly updated: Instant | undefined }
  /** The report has no row of it, which proves nothing. */
  | { readonly type: "no-row" }
  /** It was to be read, and was not. */
  | { readonly type: "unread"; readonly because: string }
  /** Nobody asked, since no phase waits for it. */
  | { readonly type: "not-asked" };

/** Of which everything below is made; the functions answer for one account each. */
export type Context = {
  readonly plan: Plan | undefined;
  readonly filter: Filter;
  readonly now: Instant;
  /** In the plan's zone: `2026-03-02`. */
  readonly today: string;
  readonly words: MethodWords;
  readonly reader: Pick<CohortReader, "read"> | undefined;
  readonly reachOf: ((standings: ReturnType<CohortReader["read"]>["standings"], perUser: PerUserState | undefined) => Reach) | undefined;
  readonly whyOut: WhyOut | undefined;
  readonly allowedOf: (id: ObjectId) => Allowed;
  readonly enforcementOf: (somebody: Somebody) => Enforcement;
  /** Of what was read so far. */
  readonly stamps: () => StampsOfTenant;
};

/** An account before anything is asked of it alone. */
export type Candidate = { readonly account: Account; readonly domain: string; readonly reach: Reach; readonly shared: boolean | undefined };

const STATES = ["ready", "not ready", "unknown", "exempt"] as const;
export type State = (typeof STATES)[number];
type Judged = { readonly state: State; readonly because: string | null };
/** How many accounts are in each of `STATES`. */
type Counts = [number, number, number, number];
const noCounts = (): Counts => [0, 0, 0, 0];

const NO_PLAN: Reach = { scope: "in", isDomainOut: false, cohorts: [], phase: undefined, phases: [], meant: [] };

const isNew = ({ created }: Account, now: Instant): boolean => created !== undefined && now - created < 48 * HOUR_MS;

export class Unregistered {
  readonly #context: Context;
  readonly #standingOf: ReturnType<typeof standingBy>;
  readonly #registered: (bits: number) => readonly string[];
  readonly #iso = isoWriter();
  readonly #dataIso = isoWriter();
  /** Accounts that stand alike to the plan share one value, so that phases and cohorts need be added up only once. */
  readonly #byReach = new Map<Reach, Counts>();
  readonly #byDomain = new Map<string, Counts>();
  #noRow = 0;
  #reportOnly = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#standingOf = standingBy(context.words, context.plan?.methods);
    this.#registered = registeredWords(context.words);
  }

  /** @returns undefined for an account that nobody asked for. */
  candidate(account: Account): Candidate | undefined {
    const { plan, filter, reader, reachOf } = this.#context;
    const { domain } = splitAddress(account.address);
    if (filter.domain !== undefined && filter.domain !== domain) return undefined;
    const reach = reachOf === undefined || reader === undefined ? NO_PLAN : reachOf(reader.read(account).standings, account.perUser);
    if (plan !== undefined && !isMeant(plan, reach, filter)) return undefined;
    const patterns = plan?.sharedAccounts;
    const shared = patterns === undefined || patterns.length === 0 ? undefined : patterns.some((pattern) => patternMatches(pattern, account.address));
    return { account, domain, reach, shared };
  }

  /** Whether its registration decides anything. */
  isAsked({ account, reach }: Candidate): boolean {
    return account.enabled && !account.nobody && !reach.isDomainOut && reach.scope !== "out";
  }

  /** Counts it. @returns undefined for one that stands in no row. */
  take(candidate: Candidate, evidence: Evidence): Row | undefined {
    const { filter } = this.#context;
    const standing =
      evidence.type === "told" ? this.#standingOf(evidence.told, this.#context.allowedOf(candidate.account.id), candidate.shared === true) : undefined;
    const { state, because } = this.#judge(candidate, evidence, standing);
    this.#count(candidate, state);
    if (evidence.type === "no-row" && state === "unknown") this.#noRow += 1;
    if (!filter.all && (state === "ready" || state === "exempt")) return undefined;
    return this.#row(candidate, evidence, standing, state, because);
  }

  #judge(candidate: Candidate, evidence: Evidence, standing: Standing | undefined): Judged {
    const { account, reach } = candidate;
    if (!this.isAsked(candidate)) return { state: "exempt", because: this.#whyExempt(candidate) };
    if (reach.scope === "unknown") return { state: "unknown", because: "whether a phase asks it is not known: who is in a cohort could not be read" };
    if (standing === undefined) {
      const because =
        evidence.type === "unread"
          ? `what is registered could not be read: ${evidence.because}`
          : isNew(account, this.#context.now)
            ? "new: the registration report has no row of it yet"
            : "the registration report has no row of it, which proves nothing";
      return { state: "unknown", because };
    }
    // What a guest has registered at home may be taken for it, and is not told here.
    if (account.guest && standing.state === "not ready") return { state: "unknown", because: "a guest: what is registered at home is not told here" };
    return standing;
  }

  #whyExempt({ account, reach }: Candidate): string {
    const { filter, whyOut, today, plan } = this.#context;
    // Nobody reads it of the others.
    if (!filter.all) return "";
    if (plan !== undefined && reach.isDomainOut) return "its domain is out of the plan for now (apply --back-in brings it back)";
    const why = plan === undefined || reach.scope !== "out" ? "" : whyOut === undefined ? "no phase asks it for MFA" : whyOutWords(whyOut(account), today);
    const own = account.enabled ? (account.nobody && why === "" ? "nobody's account" : "") : "disabled";
    return [own, why].filter((text) => text !== "").join("; ");
  }

  #count({ domain, reach }: Candidate, state: State): void {
    const place = STATES.indexOf(state);
    const byReach = this.#byReach.get(reach) ?? noCounts();
    const byDomain = this.#byDomain.get(domain) ?? noCounts();
    byReach[place] = (byReach[place] ?? 0) + 1;
    byDomain[place] = (byDomain[place] ?? 0) + 1;
    this.#byReach.set(reach, byReach);
    this.#byDomain.set(domain, byDomain);
  }

  #row({ account, domain, reach, shared }: Candidate, evidence: Evidence, standing: Standing | undefined, state: State, because: string | null): Row {
    const told = evidence.type === "told" ? evidence.told : undefined;
    const updated = evidence.type === "told" ? evidence.updated : undefined;
    const { now, stamps } = this.#context;
    const enforcement = this.#context.enforcementOf({ id: account.id, address: account.address, guest: account.guest, perUser: account.perUser });
    if (enforcement.reportOnly.length > 0) this.#reportOnly += 1;
    const last = lastSignIn({ stamps: account.stamps, ...(account.created !== undefined && { created: account.created }), used: { type: "absent" } }, stamps());
    const known = account.stamps === "never" || account.stamps === "unknown" ? undefined : account.stamps;
    const { attempted, other } = known ?? {};
    return [
      account.upn,
      account.name,
      domain,
      account.enabled,
      account.guest ? "guest" : "member",
      shared === undefined ? "not said" : shared ? "yes" : "no",
      account.synced,
      state,
      because,
      told === undefined ? UNKNOWN_LIST : this.#registered(told.methods),
      standing === undefined ? UNKNOWN_LIST : standing.counts,
      standing === undefined ? UNKNOWN : standing.capable,
      told?.preferred === undefined ? UNKNOWN : defaultWord(told.preferred),
      enforcement.enforced,
      enforcement.by,
      enforcement.reportOnly,
      enforcement.leftOut,
      account.perUser ?? UNKNOWN,
      reach.cohorts,
      reach.scope === "unknown" ? UNKNOWN : (reach.phase?.id ?? null),
      reach.scope === "unknown" ? UNKNOWN : (reach.phase?.state ?? null),
      reach.phase?.starts ?? null,
      last.state,
      this.#iso(known?.succeeded),
      this.#iso(attempted === undefined || (other !== undefined && other > attempted) ? other : attempted),
      this.#dataIso(updated),
      ageWords(updated, now),
    ];
  }

  /** Enabled accounts of which the report has no row, and rows that only a policy in report-only would ask. */
  get missing(): { readonly noRow: number; readonly reportOnly: number } {
    return { noRow: this.#noRow, reportOnly: this.#reportOnly };
  }

  #sumOf(isOne: (reach: Reach) => boolean): Counts {
    const sum = noCounts();
    for (const [reach, counts] of this.#byReach) if (isOne(reach)) for (const [place, count] of counts.entries()) sum[place] = (sum[place] ?? 0) + count;
    return sum;
  }

  sums(): readonly SumTable[] {
    const { plan, filter } = this.#context;
    const table = (title: string, first: readonly string[], rows: SumTable["rows"]): SumTable => ({ title, columns: [...first, ...STATES], rows });
    const phases = plan?.phases.filter((phase) => cohortsAskedBy(phase).length > 0 && (filter.phase === undefined || filter.phase === phase.id)) ?? [];
    const cohorts = plan?.cohorts.filter(({ name }) => !isOutCohort(name) && (filter.cohort === undefined || filter.cohort === name)) ?? [];
    return [
      ...(phases.length === 0
        ? []
        : [
            table(
              "By phase",
              ["Phase", "Starts"],
              phases.map(({ id, starts }) => [id, isoOf(starts.instant), ...this.#sumOf((reach) => reach.phases.includes(id))]),
            ),
          ]),
      ...(cohorts.length === 0
        ? []
        : [
            table(
              "By cohort",
              ["Cohort"],
              cohorts.map(({ name }) => [name, ...this.#sumOf((reach) => reach.meant.includes(name))]),
            ),
          ]),
      table(
        "By domain",
        ["Domain"],
        [...this.#byDomain].sort(([a], [b]) => (a < b ? -1 : 1)).map(([domain, counts]) => [domain, ...counts]),
      ),
      table("All together", [], [this.#sumOf(() => true)]),
    ];
  }
}
