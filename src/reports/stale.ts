/** `report stale`: all accounts with their stamps, against what the usage reports say of them, page by page. */

import { attributesUsed, type CohortReader, peopleOf } from "../core/cohorts.ts";
import { IdIndex } from "../core/ids.ts";
import { asksNobody } from "../core/mailbox-changes.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Account } from "../core/reports/account.ts";
import { type AppUse, appUseOf, type UsageReports } from "../core/reports/app-use.ts";
import { type DeletionFacts, deletionOf, isCandidate, type Mailbox } from "../core/reports/deletable.ts";
import { historyOf, lastSignIn } from "../core/reports/last-sign-in.ts";
import type { Filter, Gap, Row } from "../core/reports/shape.ts";
import { domainOf, isInUse, STALE_DAYS, type StaleAccount, StaleSums, stale, staleRow } from "../core/reports/stale.ts";
import { DIRECTORY_SYNCHRONIZATION_ACCOUNTS, type Known, type Licence, type ObjectId, present } from "../core/tenant.ts";
import type { GraphClient } from "../graph/client.ts";
import { mailboxesOf } from "../graph/mailboxes.ts";
import { productsOf } from "../graph/products.ts";
import { type AccountsWish, accountPages } from "../graph/report-accounts.ts";
import { roleSets, rolesIn } from "../graph/role-sets.ts";
import { licenceOf } from "../graph/surroundings.ts";
import { STAMPS_NEED_PREMIUM, withStamps } from "../read-people.ts";
import type { ServiceError } from "../service.ts";
import { gapOf, knownAs, plannedOf } from "./ground.ts";
import { filterGap } from "./log-people.ts";
import type { Made, MakeReport, ReportAsk } from "./report.ts";
import { usageNotes, usageOf } from "./usage.ts";

const WHAT = "last sign-ins";

/** Accounts that are held back until somebody's success shows that the directory tells of any. Beyond them the first are unknown, which is safe. */
const MOST_HELD = 20_000;

type Pages = AsyncGenerator<readonly Account[], void, undefined>;
type Opened = { readonly told: Known<true>; readonly first: IteratorResult<readonly Account[], void>; readonly rest: Pages };

/** The first page says whether the directory tells of sign-ins; without them the accounts are read all the same. */
const openAccounts = async (client: GraphClient, licence: Known<Licence>, pages: (activity: boolean) => Pages, gaps: Gap[]): Promise<Opened> => {
  const open = async (activity: boolean): Promise<Omit<Opened, "told">> => {
    const rest = pages(activity);
    return { first: await rest.next(), rest };
  };
  const { told, value } = await withStamps(client, licence, open, (error) =>
    gaps.push(
      error === undefined
        ? {
            sort: "licence",
            what: WHAT,
            because: STAMPS_NEED_PREMIUM,
            todo: "what the usage reports tell of apps stands in the rows; whether somebody signed in cannot be known",
          }
        : gapOf(WHAT, error, "it takes AuditLog.Read.All beside User.Read.All, and Entra ID P1"),
    ),
  );
  return { told, ...value };
};

type Reach = NonNullable<StaleAccount["reach"]>;

/** In which cohorts of the plan an account is, and which phases are about them. Undefined: there is no plan. */
const reachOf = (plan: Plan, reader: CohortReader) => {
  const phases = plan.phases.filter((phase) => !asksNobody(phase)).map((phase) => ({ id: phase.id, cohorts: peopleOf(phase) }));
  const places = new Map(reader.names.map((name, place) => [name, place]));
  const named = new Set(plan.cohorts.map(({ name }) => name));
  return (account: Account): Reach & { readonly isIn: (cohorts: readonly string[]) => boolean } => {
    const { standings } = reader.read(account);
    const isIn = (cohorts: readonly string[]): boolean => cohorts.some((cohort) => standings[places.get(cohort) ?? -1] === "in");
    return {
      cohorts: reader.names.filter((name) => named.has(name) && isIn([name])),
      phases: phases.filter(({ cohorts }) => isIn(cohorts)).map(({ id }) => id),
      isIn,
    };
  };
};

/** Cohorts that the filter is about; undefined: everybody. */
const cohortsMeant = (plan: Plan | undefined, { phase, cohort }: Filter): readonly string[] | undefined => {
  if (plan === undefined) return undefined;
  if (cohort !== undefined) return [cohort];
  return phase === undefined ? undefined : plan.phases.filter(({ id }) => id === phase).flatMap(peopleOf);
};

const isUnread = (known: Known<unknown>): boolean => known.type !== "present";

/** Facts about one account, before its mailbox is asked for. */
type Judged = { readonly account: Account; readonly use: AppUse; readonly reach: Reach | undefined; readonly facts: Omit<DeletionFacts, "mailbox"> };

/** What the report of mailboxes told; a row without a word is a mailbox of which nobody says what for. */
const toldMailbox = ({ mailbox }: AppUse): Mailbox | undefined => (mailbox === "unknown" ? undefined : mailbox);

const notesOf = ({ plan }: ReportAsk, licence: Known<Licence>, usage: UsageReports, inUse: number, all: boolean): readonly string[] => [
  "a sign-in is stamped up to a day after it happened; a failed attempt is no sign-in",
  ...usageNotes(usage),
  ...(all || inUse === 0
    ? []
    : [`${inUse.toLocaleString("en-GB")} accounts signed in or used an app in the last ${STALE_DAYS} days and have no row; --all shows everybody`]),
  ...(plan === undefined ? ["without a plan, emergency accounts are known by their roles alone"] : []),
  ...(licence.type === "present" && licence.value.p2 ? ["roles that somebody may activate are not looked at, only those that are active"] : []),
];

export const makeStale: MakeReport = async (ask): Promise<Made> => {
  const { client, filter, now, tenant, progress } = ask;
  const gaps: Gap[] = [];
  progress("settings", 0);
  const [licence, products, roles, planned, usage] = await Promise.all([
    knownAs(gaps, "licences", () => licenceOf(client)),
    knownAs(gaps, "names of products", () => productsOf(client)),
    knownAs(gaps, "roles", () => roleSets(client)),
    plannedOf(ask, [], gaps),
    usageOf(client, gaps),
  ]);
  progress("settings", 1);
  if (roles.type === "present")
    for (const [template, known] of roles.value.sets)
      if (known.type === "unknown")
        gaps.push({
          sort: /\b40[13]\b/.test(known.because) ? "permission" : "failed",
          what: `who holds the role ${roles.value.names.get(template) ?? template}`,
          because: known.because,
        });
  const sync = roles.type === "present" ? roles.value.sets.get(DIRECTORY_SYNCHRONIZATION_ACCOUNTS) : undefined;
  const wish: Omit<AccountsWish, "activity"> = { attributes: planned === undefined ? [] : attributesUsed(planned.plan), perUser: false, story: true };
  const students = new Set(licence.type === "present" ? licence.value.studentSkus : []);
  const nobodies = sync?.type === "present" ? sync.value : new IdIndex();
  const { told, first, rest } = await openAccounts(client, licence, (activity) => accountPages(client, students, nobodies, { ...wish, activity }), gaps);

  const reader = planned?.cohorts();
  // Who is a pupil, and which account is nobody's, decides who is in a cohort at all.
  const isSure = licence.type === "present" && roles.type === "present" && (sync === undefined || sync.type !== "unknown");
  const reach = planned === undefined || reader === undefined ? undefined : reachOf(planned.plan, reader);
  const meant = cohortsMeant(planned?.plan, filter);
  const unsure = new Set(reader?.unreadable.map(({ cohort }) => cohort));
  const isFilterUnknown = meant?.some((name) => !isSure || unsure.has(name)) === true;
  if (isFilterUnknown) gaps.push(filterGap(filter));

  const emergency = new Set(ask.plan?.emergencyAccounts);
  const rolesOf = rolesIn(roles);
  const history = historyOf(now, tenant.practice);
  const names = products.type === "present" ? products.value : new Map<ObjectId, string>();
  const productsIn = ({ licences }: Account): readonly string[] => licences.map((id) => names.get(id) ?? id).sort();
  const useUnread = {
    apps: Object.values(usage).some(isUnread),
    programs: isUnread(usage.programs),
  };
  const anybody = { stamped: false, succeeded: false };
  const sums = new StaleSums();
  let read = 0;

  const judge = (account: Account): Judged | undefined => {
    if (filter.domain !== undefined && domainOf(account.address) !== filter.domain.toLowerCase()) return undefined;
    const own = reach?.(account);
    if (meant !== undefined && own?.isIn(meant) !== true) return undefined;
    const use = appUseOf(usage, account.address, account.licences.length > 0);
    const signIn = lastSignIn(
      { stamps: account.stamps, used: use.used, ...(account.created !== undefined && { created: account.created }) },
      { now, history, told, anybody },
    );
    const unclear = [...unsure].sort().map((cohort) => `unknown: ${cohort}`);
    return {
      account,
      use,
      reach:
        own === undefined ? undefined : isSure ? { cohorts: [...own.cohorts, ...unclear], phases: own.phases } : { cohorts: ["unknown"], phases: ["unknown"] },
      facts: {
        account,
        signIn,
        roles: rolesOf(account.id),
        emergency: emergency.has(account.address),
        used: use.used,
        products: account.licences.length > 0 && products.type === "unknown" ? products : present(productsIn(account)),
        now,
      },
    };
  };

  let mailboxGap: { readonly error: ServiceError; count: number } | undefined;
  const rowsOf = async (page: readonly Account[]): Promise<readonly Row[]> => {
    const judged = page.flatMap((account) => judge(account) ?? []);
    const asked = judged.filter(({ use, facts }) => toldMailbox(use) === undefined && isCandidate(facts));
    const { mailboxes, error } =
      asked.length === 0
        ? { mailboxes: [], error: undefined }
        : await mailboxesOf(
            client,
            asked.map(({ account }) => account.id),
          );
    if (error !== undefined)
      mailboxGap = { error: mailboxGap?.error ?? error, count: (mailboxGap?.count ?? 0) + mailboxes.filter((each) => each === "unknown").length };
    const found = new Map(asked.map(({ account }, place) => [account.id, mailboxes[place] ?? "unknown"] as const));
    return judged.flatMap(({ account, use, reach: own, facts }) => {
      const mailbox = toldMailbox(use) ?? found.get(account.id);
      const one: StaleAccount = {
        account,
        signIn: facts.signIn,
        use,
        useUnread,
        products: productsIn(account),
        roles: facts.roles,
        mailbox,
        deletion: deletionOf({ ...facts, mailbox }),
        reach: own,
      };
      sums.add(one, now);
      return filter.all || !isInUse(one, now) ? [staleRow(one, now)] : [];
    });
  };

  const rows = async function* (): AsyncIterable<readonly Row[]> {
    let held: (readonly Account[])[] = [];
    let holding = 0;
    const note = (page: readonly Account[]): void => {
      for (const { stamps } of page) {
        if (stamps === "never" || stamps === "unknown") continue;
        anybody.stamped = true;
        if (stamps.succeeded !== undefined) anybody.succeeded = true;
      }
    };
    try {
      for (let next = first; next.done !== true && !isFilterUnknown; next = await rest.next()) {
        const page = next.value;
        read += page.length;
        progress("accounts", read);
        note(page);
        held.push(page);
        holding += page.length;
        if (told.type === "present" && !anybody.succeeded && holding < MOST_HELD) continue;
        for (const one of held) yield await rowsOf(one);
        held = [];
        holding = 0;
      }
      for (const one of held) yield await rowsOf(one);
    } finally {
      await rest.return();
    }
  };

  return {
    shape: stale,
    rows: rows(),
    finish: () => ({
      sums: sums.tables(),
      gaps: [
        ...gaps,
        ...(told.type === "present" && !anybody.stamped && read > 0 && !isFilterUnknown
          ? [
              {
                sort: "failed",
                what: WHAT,
                because: `none of ${read} accounts has a single sign-in stamped, which is so in no tenant that is in use: the licence may have run out, or the service left them out`,
                todo: "run it again later; until then nobody can be said never to have signed in",
              } as const,
            ]
          : []),
        ...(mailboxGap === undefined
          ? []
          : [gapOf(`what the mailboxes of ${mailboxGap.count} accounts are for`, mailboxGap.error, "it takes MailboxSettings.Read")]),
      ],
      notes: notesOf(ask, licence, usage, sums.inUse, filter.all),
    }),
  };
};
