/** `report unregistered`: the registration report packed, then all accounts past it, page by page, from the service to the rows. */

import { EVERYBODY } from "../core/cohorts.ts";
import { IdIndex } from "../core/ids.ts";
import { localOf } from "../core/plan/moments.ts";
import type { Cohort, Plan } from "../core/plan/plan.ts";
import { staleness } from "../core/registration-age.ts";
import type { Account } from "../core/reports/account.ts";
import { allowedBy } from "../core/reports/allowed.ts";
import { enforcementBy } from "../core/reports/enforcement.ts";
import { historyOf, type StampsOfTenant } from "../core/reports/last-sign-in.ts";
import { cohortsAskedBy, reachBy, type WhyOut } from "../core/reports/reach.ts";
import { MethodWords, type Registration, SAID } from "../core/reports/registration.ts";
import type { Gap, Row } from "../core/reports/shape.ts";
import { type Candidate, type Evidence, Unregistered, unregistered } from "../core/reports/unregistered.ts";
import { whyOutReader } from "../core/reports/why-out.ts";
import { type Known, type ObjectId, type PerUserState, present, unknown } from "../core/tenant.ts";
import type { GraphClient } from "../graph/client.ts";
import { saysNotPremium } from "../graph/people.ts";
import { accountPages } from "../graph/report-accounts.ts";
import { methodsOfEach, type Read, readRegistrationReport } from "../graph/report-registration.ts";
import { type StatesWay, statesOfEach, statesWay } from "../graph/report-states.ts";
import { LICENCE_TRIES, whileSaidUnlicensed } from "../read-people.ts";
import { ServiceError } from "../service.ts";
import { type Ground, gapOf, groundOf } from "./ground.ts";
import type { MakeReport, ReportAsk } from "./report.ts";

const NEEDS_P1 = "the service tells it only of tenants with Entra ID P1 or P2";
const counted = (count: number, one: string): string => `${count.toLocaleString("en-GB")} ${one}${count === 1 ? "" : "s"}`;

/** A licensed tenant is at times told that it has no licence, so that each page is asked for again before it is believed. Facts, section 6. */
const patient = (client: GraphClient): GraphClient => ({ ...client, send: (ask) => whileSaidUnlicensed(client, LICENCE_TRIES, () => client.send(ask)) });

const hasLicence = ({ licence }: Ground): boolean | undefined => (licence.type === "present" ? licence.value.p1 : undefined);

// ---- what is registered

/** `each`: there is no report to be had, and each account is asked for its methods. */
type Source =
  | { readonly type: "report"; readonly registration: Registration }
  | { readonly type: "each" }
  | { readonly type: "none"; readonly because: string };

const sourceOf = async ({ client, progress }: ReportAsk, ground: Ground, gaps: Gap[]): Promise<Source> => {
  const licensed = hasLicence(ground);
  if (licensed === false) return { type: "each" };
  try {
    const registration = await readRegistrationReport(licensed === true ? patient(client) : client, (done) => progress("registration", done));
    return { type: "report", registration };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (saysNotPremium(error) && licensed === undefined) return { type: "each" };
    gaps.push(gapOf("what is registered", error));
    return { type: "none", because: error.message };
  }
};

/** What could not be read of single accounts, told once for all of them. */
class Losses {
  readonly #found = new Map<string, { readonly gap: Gap; count: number }>();

  add(what: string, error: ServiceError): void {
    const gap = gapOf(what, error);
    const key = `${what} ${gap.sort}`;
    const known = this.#found.get(key) ?? { gap, count: 0 };
    known.count += 1;
    this.#found.set(key, known);
  }

  get gaps(): readonly Gap[] {
    return [...this.#found.values()].map(({ gap, count }) => ({ ...gap, what: `${gap.what} of ${counted(count, "account")}` }));
  }
}

const isRefusal = (answer: Read<unknown>): boolean => answer.type === "failed" && (answer.error.status === 401 || answer.error.status === 403);

type Ask<T> = (ids: readonly ObjectId[]) => Promise<ReadonlyMap<ObjectId, Read<T>>>;

/** Once everybody was refused nobody else is asked: what is not permitted of twenty accounts is not permitted of the next. */
const asker = <T>(what: string, losses: Losses, read: (ids: readonly ObjectId[]) => Promise<readonly Read<T>[]>): Ask<T> => {
  let refused: Read<T> | undefined;
  return async (ids) => {
    const stop = refused;
    const answers = stop === undefined ? await read(ids) : ids.map(() => stop);
    if (answers.length > 0 && answers.every(isRefusal)) refused = answers[0];
    for (const answer of answers) if (answer.type === "failed" && answer.error.status !== 404) losses.add(what, answer.error);
    return new Map(answers.map((answer, place) => [ids[place] ?? "", answer] as const));
  };
};

const NO_ROW: Evidence = { type: "no-row" };
const NOT_ASKED: Evidence = { type: "not-asked" };

/** The bits of a row as `registered-standing.ts` wants them. */
const evidenceAt = (registration: Registration, place: number | undefined): Evidence => {
  if (place === undefined) return NO_ROW;
  const told = {
    capable: (registration.said(place) & SAID.capable) !== 0,
    methods: registration.methods(place),
    preferred: registration.preferred(place),
  };
  return { type: "told", told, updated: registration.updated(place) };
};

/** Who passed already, since one may come twice while pages shift: a bit for each row of the report, an id for whom it has none. */
class Passed {
  readonly #registration: Registration | undefined;
  readonly #bits: Uint8Array;
  readonly #others = new IdIndex();
  #known = 0;

  constructor(registration: Registration | undefined) {
    this.#registration = registration;
    this.#bits = new Uint8Array(Math.ceil((registration?.size ?? 0) / 8));
  }

  get size(): number {
    return this.#known + this.#others.size;
  }

  /** Whether it is the first time. */
  isNew(id: ObjectId): boolean {
    const place = this.#registration?.find(id);
    const before = this.size;
    if (place === undefined) this.#others.add(id);
    else if (((this.#bits[place >> 3] ?? 0) & (1 << (place & 7))) === 0) {
      this.#bits[place >> 3] = (this.#bits[place >> 3] ?? 0) | (1 << (place & 7));
      this.#known += 1;
    }
    return this.size > before;
  }
}

// ---- the plan

/** A name for everybody, as phases have it that name no cohort, so that it can be told why somebody is not among them. */
const everybodyIn = ({ file }: Plan): Cohort => ({
  name: EVERYBODY,
  slug: "",
  source: { type: "all" },
  except: [],
  pupils: "out",
  guests: "out",
  serviceAccounts: "out",
  place: { file, line: 1, column: 1 },
});

const whyOutOf = ({ planned, nobodies }: Ground): WhyOut | undefined => {
  if (planned === undefined) return undefined;
  const asked = [...new Set(planned.plan.phases.flatMap(cohortsAskedBy))];
  const plan = asked.includes(EVERYBODY) ? { ...planned.plan, cohorts: [...planned.plan.cohorts, everybodyIn(planned.plan)] } : planned.plan;
  return whyOutReader(plan, planned.words.groups, { ...planned.words.context, syncIds: nobodies }, asked);
};

/** Whose people nobody can tell, of the cohorts that a phase asks; groups that could not be read were told of where they were read. */
const cohortGaps = ({ planned }: Ground): readonly Gap[] => {
  const asked = new Set(planned?.plan.phases.flatMap(cohortsAskedBy) ?? []);
  return (planned?.plan.cohorts ?? []).flatMap(({ name, source }): readonly Gap[] => {
    if (!asked.has(name)) return [];
    const what = `who is in ${name}`;
    if (source.type === "file" && source.list.type === "unusable") return [{ sort: "setting", what, because: `${source.file}: ${source.list.because}` }];
    if (source.type === "group" && (planned?.words.groups.get(source.group)?.type ?? "absent") === "absent")
      return [{ sort: "setting", what, because: `the tenant has no security group "${source.group}"`, todo: "name another in the plan" }];
    const members = source.type === "dynamic" ? planned?.words.context.dynamic?.get(name) : undefined;
    return members?.type === "unknown" ? [{ sort: "failed", what, because: members.because }] : [];
  });
};

// ---- notes

const HOUR_MS = 3_600_000;

const sourceNotes = (source: Source, now: number, missing: Unregistered["missing"]): readonly string[] => {
  if (source.type === "none") return [];
  if (source.type === "each")
    return [
      "there is no registration report without Entra ID P1: what is registered was read from each account's own methods, which tell neither security questions nor hardware tokens nor which method is the default; whether an account is capable was worked out from them and the tenant's policy of methods",
    ];
  const { refreshed } = source.registration;
  const old = staleness(refreshed, now);
  const hours = refreshed === undefined ? 0 : Math.floor(Math.max(0, now - refreshed) / HOUR_MS);
  return [
    old === undefined
      ? `the service computed its registration report ${hours === 0 ? "within the last hour" : `${counted(hours, "hour")} ago`}; who registered since is not in it`
      : `the registration report ${old}: of one older than 48 hours nobody can say who is ready now`,
    ...(missing.noRow === 0
      ? []
      : [`the registration report has no row of ${counted(missing.noRow, "enabled account")}, so nobody can say what they have registered`]),
  ];
};

const statesNote = (way: StatesWay): readonly string[] => {
  if (way.type === "none") return [];
  if (way.type === "each") return [`states of per-user MFA were read account by account, since ${way.because}`];
  const unnamed = way.named ? "" : ", though on its first page it named nobody";
  return [
    `states of per-user MFA come from the list of accounts, which nobody documents; ${counted(way.looked, "account")} looked at one by one agreed with it${unnamed}`,
  ];
};

// ---- together

type Stamped = { readonly stamped: boolean; readonly succeeded: boolean };

const isStamped = ({ stamps }: Account): boolean => stamps !== "never" && stamps !== "unknown";
const isSucceeded = ({ stamps }: Account): boolean => stamps !== "never" && stamps !== "unknown" && stamps.succeeded !== undefined;

/** Accounts that the list gives a state, found only in the stream, and looked at in the end. */
const MOST_CHECKED = 20;

export const makeUnregistered: MakeReport = async (ask) => {
  const { client, filter, now, progress } = ask;
  const ground = await groundOf(ask);
  const gaps: Gap[] = [...ground.gaps, ...cohortGaps(ground)];
  const losses = new Losses();
  const [source, states] = await Promise.all([sourceOf(ask, ground, gaps), statesWay(client)]);
  if (states.type === "none") gaps.push(gapOf("states of per-user MFA", states.error));

  const { planned } = ground;
  const plan = planned?.plan;
  const reader = planned?.cohorts();
  const words = source.type === "report" ? source.registration.words : new MethodWords();
  let stampsTold: Known<true> = hasLicence(ground) === false ? unknown(NEEDS_P1) : present(true);
  let anybody: Stamped = { stamped: false, succeeded: false };
  const history = historyOf(now, ask.tenant.practice);
  const tally = new Unregistered({
    plan,
    filter,
    now,
    today: localOf(now, ask.zone).slice(0, 10),
    words,
    reader,
    reachOf:
      planned === undefined || reader === undefined
        ? undefined
        : reachBy({ plan: planned.plan, progress: planned.progress, now, policies: ground.policies, securityDefaults: ground.securityDefaults }, reader),
    whyOut: filter.all ? whyOutOf(ground) : undefined,
    allowedOf: allowedBy(ground.methods, ground.groups),
    enforcementOf: enforcementBy(ground),
    stamps: (): StampsOfTenant => ({ now, history, told: stampsTold, anybody }),
  });

  const methodsOf = asker("what is registered", losses, (ids) => methodsOfEach(client, words, ids));
  const statesOf = asker("the state of per-user MFA", losses, (ids) => statesOfEach(client, ids));
  const passed = new Passed(source.type === "report" ? source.registration : undefined);
  const check: { readonly id: ObjectId; readonly state: PerUserState }[] = [];

  const withStates = async (page: readonly Account[]): Promise<readonly Account[]> => {
    if (states.type !== "each") return page;
    const wanted = page.filter(({ enabled, address }) => enabled && (filter.domain === undefined || address.endsWith(`@${filter.domain}`)));
    const answers = await statesOf(wanted.map(({ id }) => id));
    return page.map((account) => {
      const answer = answers.get(account.id);
      return answer?.type === "read" ? { ...account, perUser: answer.value } : account;
    });
  };

  const askEach = async (candidates: readonly Candidate[]): Promise<(candidate: Candidate) => Evidence> => {
    const answers = await methodsOf(candidates.filter((each) => tally.isAsked(each)).map(({ account }) => account.id));
    return ({ account }) => {
      const answer = answers.get(account.id);
      if (answer === undefined) return NOT_ASKED;
      if (answer.type === "failed") return { type: "unread", because: answer.error.message };
      return { type: "told", told: { capable: undefined, methods: answer.value, preferred: undefined }, updated: now };
    };
  };

  const evidenceFor = (candidates: readonly Candidate[]): Promise<(candidate: Candidate) => Evidence> | ((candidate: Candidate) => Evidence) => {
    if (source.type === "each") return askEach(candidates);
    if (source.type === "none") return () => ({ type: "unread", because: source.because });
    // What nobody reads of the others need not be looked up.
    return (candidate) =>
      filter.all || tally.isAsked(candidate) ? evidenceAt(source.registration, source.registration.find(candidate.account.id)) : NOT_ASKED;
  };

  const rowsOf = async (page: readonly Account[]): Promise<readonly Row[]> => {
    anybody = { stamped: anybody.stamped || page.some(isStamped), succeeded: anybody.succeeded || page.some(isSucceeded) };
    const candidates: Candidate[] = [];
    for (const account of await withStates(page)) {
      if (!passed.isNew(account.id)) continue;
      if (states.type === "listed" && !states.named && account.perUser !== undefined && account.perUser !== "disabled" && check.length < MOST_CHECKED)
        check.push({ id: account.id, state: account.perUser });
      const candidate = tally.candidate(account);
      if (candidate !== undefined) candidates.push(candidate);
    }
    const evidenceOf = await evidenceFor(candidates);
    const found: Row[] = [];
    for (const candidate of candidates) {
      const row = tally.take(candidate, evidenceOf(candidate));
      if (row !== undefined) found.push(row);
    }
    return found;
  };

  const pagesWith = (activity: boolean): AsyncGenerator<readonly Account[], void, undefined> =>
    accountPages(activity && hasLicence(ground) === true ? patient(client) : client, ground.students, ground.nobodies, {
      attributes: ground.attributes,
      activity,
      perUser: states.type === "listed",
      story: true,
    });

  /** Where sign-ins are refused, the accounts are not. */
  async function* pages(): AsyncGenerator<readonly Account[], void, undefined> {
    if (stampsTold.type !== "present") return yield* pagesWith(false);
    const told = pagesWith(true);
    let first: IteratorResult<readonly Account[], void>;
    try {
      first = await told.next();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.status !== 403) throw error;
      gaps.push(gapOf("last sign-ins", error));
      stampsTold = unknown(error.message);
      return yield* pagesWith(false);
    }
    if (first.done !== true) yield first.value;
    yield* told;
  }

  async function* rows(): AsyncGenerator<readonly Row[], void, undefined> {
    for await (const page of pages()) {
      const chunk = await rowsOf(page);
      progress("accounts", passed.size);
      yield chunk;
    }
  }

  /** A list that named nobody at first and somebody later is held against the accounts themselves after all. */
  const checked = async (): Promise<readonly Gap[]> => {
    if (check.length === 0) return [];
    const answers = await statesOfEach(
      client,
      check.map(({ id }) => id),
    );
    const wrong = answers.filter((answer, place) => answer.type === "read" && answer.value !== check[place]?.state).length;
    if (wrong === 0) return [];
    return [
      {
        sort: "failed",
        what: "the states of per-user MFA",
        because: `the list of accounts tells another state than ${wrong} of ${counted(check.length, "account")} themselves`,
        todo: "trust the column only where the admin centre says the same",
      },
    ];
  };

  return {
    shape: unregistered,
    rows: rows(),
    finish: async () => {
      const { missing } = tally;
      const licence: readonly Gap[] =
        hasLicence(ground) === false
          ? [{ sort: "licence", what: "last sign-ins, default methods, security questions and hardware tokens", because: NEEDS_P1 }]
          : [];
      return {
        sums: tally.sums(),
        gaps: [...gaps, ...licence, ...losses.gaps, ...(await checked())],
        notes: [
          ...sourceNotes(source, now, missing),
          ...statesNote(states),
          ...(missing.reportOnly === 0 ? [] : [`${counted(missing.reportOnly, "account")} would be asked by policies in report-only, which ask nobody`]),
        ],
      };
    },
  };
};
