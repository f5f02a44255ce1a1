/** `report methods`: the registration report first, packed; then every account past it, a page at a time. */

import { peopleOf } from "../core/cohorts.ts";
import { readyBy } from "../core/methods.ts";
import { patternMatches } from "../core/plan/patterns.ts";
import type { Account } from "../core/reports/account.ts";
import { type Allowed, allowedBy } from "../core/reports/allowed.ts";
import { type Counting, countingIn } from "../core/reports/counting.ts";
import { domainOf } from "../core/reports/log-row.ts";
import { type Capability, handoverOf, type LogReach, type MethodsOf, MethodsSums, methods, methodsRow, UNKNOWN } from "../core/reports/methods.ts";
import { MethodsDay, trendTable } from "../core/reports/methods-history.ts";
import { type Standing, standingBy } from "../core/reports/registered-standing.ts";
import { MethodWords, type Registration, SAID } from "../core/reports/registration.ts";
import { hasRanges, Registrations } from "../core/reports/registrations.ts";
import type { Ending, Gap, Row } from "../core/reports/shape.ts";
import type { Standing as Membership } from "../core/roster.ts";
import type { Instant, ObjectId } from "../core/tenant.ts";
import { accountPages } from "../graph/report-accounts.ts";
import { readRegistrations, readShared } from "../graph/report-methods.ts";
import { methodsOfEach, readRegistrationReport } from "../graph/report-registration.ts";
import { LICENCE_TRIES, whileSaidUnlicensed } from "../read-people.ts";
import { type Ground, groundOf, knownAs } from "./ground.ts";
import type { MakeReport, ReportAsk } from "./report.ts";

const DAY_MS = 86_400_000;
/** How long the directory keeps its log, with a premium licence and without. Facts, section 6. */
const LOG_DAYS = { premium: 30, free: 7 } as const;

/** How the methods of accounts are known: by the report; each by itself, where there is no licence for the report; not at all. */
type Source = { readonly type: "report"; readonly registration: Registration } | { readonly type: "each" } | { readonly type: "none" };

const isLicence = (gap: Gap | undefined): boolean => gap?.sort === "licence";

const sourceOf = async ({ client, progress }: ReportAsk, ground: Ground, gaps: Gap[]): Promise<Source> => {
  const isPremium = ground.licence.type === "present" && (ground.licence.value.p1 || ground.licence.value.p2);
  const own: Gap[] = [];
  const known = await knownAs(own, "the registration report", () =>
    whileSaidUnlicensed(client, isPremium ? LICENCE_TRIES : 1, () => readRegistrationReport(client, (done) => progress("registration", done))),
  );
  if (known.type === "present") return { type: "report", registration: known.value };
  const [gap] = own;
  const because = gap?.because ?? "it was not read";
  if (!isPremium && isLicence(gap)) {
    gaps.push({ sort: "licence", what: "defaults, passwordless and self-service reset, which the registration report alone tells", because });
    return { type: "each" };
  }
  gaps.push({
    sort: gap?.sort ?? "failed",
    what: "methods, and who can do MFA",
    because,
    todo: gap?.sort === "permission" ? "grant AuditLog.Read.All" : "run it again",
  });
  return { type: "none" };
};

const logOf = async (
  { client, plan, now, zone, progress }: ReportAsk,
  days: number,
  gaps: Gap[],
): Promise<{ readonly reach: LogReach; readonly log: Registrations }> => {
  const since = now - days * DAY_MS;
  let log = new Registrations(plan?.networks ?? [], zone);
  const begin = (): void => {
    log = new Registrations(plan?.networks ?? [], zone);
  };
  const known = await knownAs(
    gaps,
    `who registered during the last ${days} days, and from where`,
    () =>
      readRegistrations(
        client,
        since,
        begin,
        (event) => log.read(event),
        (done) => progress("registrations", done),
      ),
    "the log of the directory takes AuditLog.Read.All and Directory.Read.All",
  );
  // Half a log would pass for a quiet one.
  if (known.type !== "present") begin();
  return { reach: known.type === "present" ? { since } : undefined, log };
};

type Wanted = (account: Account, standings: readonly Membership[]) => boolean;

const NO_STANDINGS: readonly Membership[] = [];

/** @param names of the cohorts, in the order of standings */
const wantedBy = ({ plan, filter }: Pick<ReportAsk, "plan" | "filter">, names: readonly string[]): Wanted => {
  const { all, domain, phase, cohort } = filter;
  const planned = plan?.phases.find(({ id }) => id === phase);
  const reached = planned === undefined ? undefined : peopleOf(planned).map((name) => names.indexOf(name));
  const member = cohort === undefined ? undefined : names.indexOf(cohort);
  return (account, standings) =>
    (all || account.enabled) &&
    (domain === undefined || domainOf(account.address) === domain.toLowerCase()) &&
    (reached === undefined || reached.some((place) => standings[place] === "in")) &&
    (member === undefined || standings[member] === "in");
};

/** Cohorts of which nobody can say who is in. */
const unreadCohorts = (remarks: readonly { readonly cohort: string; readonly type: string; readonly detail: string }[]): ReadonlyMap<string, string> =>
  new Map(remarks.flatMap(({ cohort, type, detail }) => (type === "no-group" || type === "list-unusable" ? [[cohort, detail] as const] : [])));

const cohortsIn = ({ plan, filter }: Pick<ReportAsk, "plan" | "filter">): readonly string[] => {
  const planned = plan?.phases.find(({ id }) => id === filter.phase);
  return [...(filter.cohort === undefined ? [] : [filter.cohort]), ...(planned === undefined ? [] : peopleOf(planned))];
};

/** The trend is a convenience: a folder that cannot be read or written takes nothing else away. */
const trendOf = async ({ plan, history, now, zone }: ReportAsk, line: string | undefined): Promise<Pick<Ending, "sums" | "notes">> => {
  try {
    if (line !== undefined) await history.append(line);
    if (plan === undefined) return { sums: [], notes: [] };
    const table = trendTable(plan, await history.read(), now, zone);
    return { sums: table.rows.length === 0 ? [] : [table], notes: [] };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { sums: [], notes: [`the history of earlier runs could not be kept: ${error.message}`] };
  }
};

type Found = { readonly found: MethodsOf; readonly ready: boolean | undefined };
const NOT_FOUND: Found = { found: undefined, ready: undefined };

const CAPABILITY_OF = { yes: "capable", "registered only": "registered only", no: "nothing", unknown: "unknown" } as const satisfies Record<
  Standing["capable"],
  Capability
>;

/**
 * A tenant has few different accounts, as methods go: each is worked out once.
 *
 * @param words in which the methods were told
 */
const factsOf = (plan: ReportAsk["plan"], allowed: (id: ObjectId) => Allowed, words: MethodWords) => {
  const standing = standingBy(words, plan?.methods);
  const isReady = readyBy(plan?.methods ?? { atLeast: 1, notCount: [] });
  type Facts = { readonly registered: readonly string[]; readonly counting: Counting; readonly capability: Capability; readonly ready: boolean | undefined };
  const known = new Map<string, Facts>();
  /** @param said what the service's report says; undefined: there is none, and the policy of methods has to say */
  return (id: ObjectId, methods: number, said: Capability | undefined): Facts => {
    const may = allowed(id);
    const key = `${methods} ${said ?? ""} ${may.key}`;
    const same = known.get(key);
    if (same !== undefined) return same;
    const { counts, capable } = standing({ capable: said === undefined ? undefined : said === "capable", methods, preferred: undefined }, may, false);
    const capability = said ?? CAPABILITY_OF[capable];
    const made: Facts = {
      registered: [...words.of(methods)].sort(),
      counting: countingIn(counts),
      capability,
      // As gates count.
      ready: capability === UNKNOWN ? undefined : isReady(capability === "capable", words.sorts(methods)),
    };
    known.set(key, made);
    return made;
  };
};

const counted = (count: number, one: string): string => `${count.toLocaleString("en-GB")} ${one}${count === 1 ? "" : "s"}`;
const HOUR_MS = 3_600_000;

const ageNote = (refreshed: Instant | undefined, now: Instant): string => {
  if (refreshed === undefined) return "the registration report does not say when it was computed";
  const hours = Math.max(0, Math.floor((now - refreshed) / HOUR_MS));
  return `the service computed its registration report ${hours === 0 ? "within the last hour" : `${counted(hours, "hour")} ago`}`;
};

export const makeMethods: MakeReport = async (ask) => {
  const { client, plan, now, progress } = ask;
  const ground = await groundOf(ask);
  const gaps: Gap[] = [...ground.gaps];
  const isPremium = ground.licence.type === "present" && (ground.licence.value.p1 || ground.licence.value.p2);
  const source = await sourceOf(ask, ground, gaps);
  const { reach, log } = await logOf(ask, isPremium ? LOG_DAYS.premium : LOG_DAYS.free, gaps);
  const cohorts = ground.planned?.cohorts();
  const names = cohorts?.names ?? [];
  const wanted = wantedBy(ask, names);
  const meant = wantedBy({ plan, filter: { ...ask.filter, all: true } }, names);
  const ownWords = new MethodWords();
  const facts = factsOf(plan, allowedBy(ground.methods, ground.groups), source.type === "report" ? source.registration.words : ownWords);
  const sums = new MethodsSums();
  const day = new MethodsDay(plan, names);
  const missing = { blocked: 0, rowless: 0, methods: 0, shared: 0 };
  let because = "";
  let sharedBecause = "";
  const patterns = plan?.sharedAccounts ?? [];
  const isShared = ({ address }: Account): boolean => patterns.some((pattern) => patternMatches(pattern, address));

  const byReport = (id: ObjectId, registration: Registration): Found => {
    const place = registration.find(id);
    if (place === undefined) return NOT_FOUND;
    const said = registration.said(place);
    const capability = (said & SAID.capable) !== 0 ? "capable" : (said & SAID.registered) !== 0 ? "registered only" : "nothing";
    const { ready, ...found } = facts(id, registration.methods(place), capability);
    return {
      ready,
      found: {
        ...found,
        said: {
          passwordless: (said & SAID.passwordless) !== 0,
          preferred: registration.preferred(place),
          systemPreferred: (said & SAID.systemPreferred) !== 0,
          resetRegistered: (said & SAID.resetRegistered) !== 0,
          resetEnabled: (said & SAID.resetEnabled) !== 0,
          resetCapable: (said & SAID.resetCapable) !== 0,
        },
      },
    };
  };

  const eachOf = async (accounts: readonly Account[]): Promise<ReadonlyMap<ObjectId, Found>> => {
    const ids = accounts.map(({ id }) => id);
    const answers = await methodsOfEach(client, ownWords, ids);
    return new Map(
      answers.map((answer, place): readonly [ObjectId, Found] => {
        const id = ids[place] ?? "";
        if (answer.type === "failed") {
          missing.methods += 1;
          because = answer.error.message;
          return [id, NOT_FOUND];
        }
        const { ready, ...found } = facts(id, answer.value, undefined);
        return [id, { found, ready }];
      }),
    );
  };

  const rowsOf = async (page: readonly Account[]): Promise<readonly Row[]> => {
    const seen = page.map((account) => ({ account, standings: cohorts?.read(account).standings ?? NO_STANDINGS }));
    const rows = seen.filter(({ account, standings }) => wanted(account, standings));
    const shown = new Set(rows.map(({ account }) => account.id));
    // A line of the history counts everybody who may sign in.
    const asked = page.filter(({ id, enabled }) => enabled || shown.has(id));
    const each = source.type === "each" ? await eachOf(asked) : undefined;
    const methodsIn = (id: ObjectId): Found => each?.get(id) ?? (source.type === "report" ? byReport(id, source.registration) : NOT_FOUND);
    const looks =
      patterns.length === 0
        ? undefined
        : await readShared(
            client,
            rows.flatMap(({ account }) => (isShared(account) ? [account.id] : [])),
          );
    for (const { account, standings } of seen) {
      if (!account.enabled) {
        if (!shown.has(account.id) && meant(account, standings)) missing.blocked += 1;
        continue;
      }
      const { found, ready } = methodsIn(account.id);
      day.add(standings, found?.capability ?? UNKNOWN, ready);
      if (found === undefined && source.type === "report" && shown.has(account.id)) missing.rowless += 1;
    }
    return rows.map(({ account }): Row => {
      const { found } = methodsIn(account.id);
      const look = looks?.get(account.id);
      if (look !== undefined && (look.password.type === "unknown" || look.methods.type === "unknown")) {
        missing.shared += 1;
        sharedBecause = look.methods.type === "unknown" ? look.methods.because : look.password.type === "unknown" ? look.password.because : "";
      }
      const registering = log.last(account.id);
      const handover = look === undefined ? undefined : handoverOf(look, registering, reach);
      const shared = plan === undefined ? undefined : look !== undefined;
      sums.add(domainOf(account.address), found, shared === true, handover);
      return methodsRow({ account, found, isShared: shared, handover, registering, log: reach, hasNetworks: hasRanges(plan?.networks ?? []) });
    });
  };

  const wish = { attributes: ground.attributes, activity: false, perUser: false, story: false };
  return {
    shape: methods,
    rows: (async function* () {
      let done = 0;
      for await (const page of accountPages(client, ground.students, ground.nobodies, wish)) {
        yield await rowsOf(page);
        done += page.length;
        progress("accounts", done);
      }
    })(),
    finish: async () => {
      const unread = unreadCohorts(cohorts?.finish() ?? []);
      for (const cohort of cohortsIn(ask)) {
        const detail = unread.get(cohort);
        if (detail !== undefined) gaps.push({ sort: detail.includes("cannot be read") ? "failed" : "setting", what: `who is in ${cohort}`, because: detail });
      }
      if (missing.methods > 0) gaps.push(saidGap(`the methods of ${counted(missing.methods, "account")}`, because));
      if (missing.shared > 0) gaps.push(saidGap(`whether ${counted(missing.shared, "shared account")} changed hands after the last method`, sharedBecause));
      const isWhole = source.type !== "none" && missing.methods === 0 && ground.licence.type === "present";
      const trend = await trendOf(ask, isWhole ? day.text(now, new Set(unread.keys())) : undefined);
      return {
        sums: [...sums.tables(), ...(reach === undefined ? [] : [log.byDay(reach.since)]), ...trend.sums],
        gaps,
        notes: [
          ...(source.type === "report" ? [ageNote(source.registration.refreshed, now)] : []),
          ...(source.type === "each" ? ["each account's own methods were read, where security questions and hardware tokens are not told"] : []),
          ...(missing.rowless === 0
            ? []
            : [`the registration report has no row of ${counted(missing.rowless, "account")} that may sign in: what they have registered is not known`]),
          ...(missing.blocked === 0 || ask.filter.all
            ? []
            : [`${counted(missing.blocked, "account")} that may not sign in ${missing.blocked === 1 ? "is" : "are"} left out; --all shows them`]),
          ...trend.notes,
        ],
      };
    },
  };
};

/** A reason in the service's words. */
const saidGap = (what: string, because: string): Gap =>
  /\b40[13]\b/.test(because)
    ? { sort: "permission", what, because, todo: "grant UserAuthenticationMethod.Read.All" }
    : { sort: "failed", what, because, todo: "run it again" };
