/** `report exclusions`: every account past the plan's words and past the policies. */

import { IdIndex } from "../core/ids.ts";
import { localOf } from "../core/plan/moments.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Held } from "../core/reports/belonging.ts";
import { enforcementBy } from "../core/reports/enforcement.ts";
import { ExclusionSums } from "../core/reports/exclusion-sums.ts";
import { cohortsInQuestion, exclusionRow, exclusions, type Found, foundOf, type Grounds, needsState, toldOf } from "../core/reports/exclusions.ts";
import { watchOf } from "../core/reports/left-out.ts";
import type { Ending, Gap, Row } from "../core/reports/shape.ts";
import { keptReader } from "../core/reports/turned-off.ts";
import { whyOutReader } from "../core/reports/why-out.ts";
import { DIRECTORY_SYNCHRONIZATION_ACCOUNTS, GLOBAL_ADMINISTRATOR, type ObjectId, type PerUserState } from "../core/tenant.ts";
import type { GraphClient } from "../graph/client.ts";
import { accountPages } from "../graph/report-accounts.ts";
import { type StatesWay, statesOfEach, statesWay } from "../graph/report-states.ts";
import { type Ground, gapOf, groundOf } from "./ground.ts";
import type { MakeReport, ReportAsk } from "./report.ts";

// ---- states of per-user MFA

type StateOf = (found: Found) => PerUserState | undefined;

/** By the list of accounts where it is to be believed, else of those of whom it would say more, each the documented way. */
const statesBy = (client: GraphClient, way: StatesWay, gaps: Gap[]): ((some: readonly Found[]) => Promise<StateOf>) => {
  let lost = 0;
  return async (some) => {
    if (way.type === "none") return () => undefined;
    if (way.type === "listed") return ({ account }) => account.perUser;
    const wanted = some.filter(needsState).map(({ account }) => account.id);
    const answers = await statesOfEach(client, wanted);
    const failed = answers.flatMap((answer) => (answer.type === "failed" && answer.error.status !== 404 ? [answer.error] : []));
    const [first] = failed;
    if (first !== undefined && lost === 0) gaps.push(gapOf("states of per-user MFA of some accounts", first));
    lost += failed.length;
    const states = new Map(wanted.map((id, place) => [id, answers[place]] as const));
    return ({ account }) => {
      const answer = states.get(account.id);
      return answer?.type === "read" ? answer.value : undefined;
    };
  };
};

// ---- the ground

/** Roles that policies often leave out, for where no role can be read. */
const NAMED_HERE: ReadonlyMap<ObjectId, string> = new Map([
  [DIRECTORY_SYNCHRONIZATION_ACCOUNTS, "Directory Synchronization Accounts"],
  [GLOBAL_ADMINISTRATOR, "Global Administrator"],
]);

const groundsOf = ({ filter, now, zone }: ReportAsk, ground: Ground): Grounds => {
  const { planned, nobodies, roles, heldRoles, groupNames, roleNames } = ground;
  const held = heldRoles.type === "present" ? new Set(heldRoles.value) : undefined;
  return {
    filter,
    now,
    today: localOf(now, planned?.plan.timeZone ?? zone).slice(0, 10),
    ...(planned !== undefined && {
      planned: {
        plan: planned.plan,
        whyOut: whyOutReader(planned.plan, planned.words.groups, { ...planned.words.context, syncIds: nobodies }, cohortsInQuestion(planned.plan, filter)),
        kept: keptReader(planned.plan, planned.cohorts),
        out: planned.progress?.out ?? [],
        letIn: new Map((planned.progress?.letIn ?? []).map(({ id, until }) => [id, until])),
      },
    }),
    watch: watchOf(ground.policies, ground.securityDefaults),
    enforcement: enforcementBy(ground),
    groups: (id) => ground.groups.of(id),
    roles: (id): Held => {
      const own = roles.of(id);
      // A role that nobody holds is not among those that were read, and holds nobody.
      return { has: own.has, unread: (role) => (held !== undefined && !held.has(role) ? undefined : own.unread(role)) };
    },
    key: (id) => `${ground.groups.key(id)}/${roles.key(id)}`,
    groupName: (id) => {
      const name = groupNames.get(id);
      return name?.type === "present" ? name.value : id;
    },
    roleName: (id) => roleNames.get(id) ?? NAMED_HERE.get(id) ?? id,
    synchronises: (id) => nobodies.has(id),
  };
};

/** Which of the plan's words the tenant, or a file, did not answer. */
const wordGaps = (plan: Plan, ground: Ground): readonly Gap[] => {
  const { groups = new Map() } = ground.planned?.words ?? {};
  return plan.cohorts.flatMap(({ name, source }): readonly Gap[] => {
    if (source.type === "file" && source.list.type === "unusable")
      return [{ sort: "failed", what: `who is in ${name}`, because: `${source.file}: ${source.list.because}`, todo: "put the list back, and run it again" }];
    if (source.type === "group" && (groups.get(source.group) ?? groups.get(source.group.toLowerCase()))?.type === "absent")
      return [
        { sort: "setting", what: `who is in ${name}`, because: `the tenant has no group "${source.group}"`, todo: `make it, or name another in ${plan.file}` },
      ];
    return [];
  });
};

/** What other reports read and this one does not use. */
const OF_OTHERS: ReadonlySet<string> = new Set(["which methods are allowed"]);

const HOW_TO_READ =
  "hole says whether anything in force asks the account for MFA all the same: policies that are on, security defaults, its own state of per-user MFA; a policy in report-only asks nobody";

const notesOf = ({ plan, filter }: ReportAsk, hidden: number): readonly string[] => [
  ...(plan === undefined ? ["without a plan only what policies leave out is told: name one, and everybody outside its phases is"] : []),
  HOW_TO_READ,
  ...(filter.phase !== undefined || filter.cohort !== undefined
    ? ["told are the accounts that the cohorts hold, or would hold but for an exclusion; whom no word of theirs means is left out"]
    : []),
  ...(hidden === 0
    ? []
    : [
        `${hidden === 1 ? "1 more row" : `${hidden} more rows`} with --all: accounts that something else asks everywhere, and the plan's own policies, which leave out whom the plan excludes`,
      ]),
];

/** Every page is judged as it comes; of the accounts in it only ids and numbers are kept. */
export const makeExclusions: MakeReport = async (ask) => {
  const { client, filter, plan, progress } = ask;
  const [ground, way] = await Promise.all([groundOf(ask), statesWay(client)]);
  const grounds = groundsOf(ask, ground);
  const sums = new ExclusionSums();
  const gaps: Gap[] = way.type === "none" ? [gapOf("states of per-user MFA", way.error)] : [];
  const statesOf = statesBy(client, way, gaps);
  async function* rows(): AsyncGenerator<readonly Row[], void, undefined> {
    const seen = new IdIndex();
    const { students, nobodies, attributes } = ground;
    for await (const page of accountPages(client, students, nobodies, { attributes, activity: false, perUser: way.type === "listed", story: false })) {
      const found = page.flatMap((account): readonly Found[] => {
        // While pages shift an account may come twice.
        if (seen.has(account.id)) return [];
        seen.add(account.id);
        const one = foundOf(account, grounds);
        return one === undefined ? [] : [one];
      });
      const stateOf = await statesOf(found);
      const chunk: Row[] = [];
      for (const each of found) {
        const told = toldOf(each, stateOf(each), filter.all);
        const shown = told.filter((one) => one.shown);
        sums.hidden += told.length - shown.length;
        sums.account(shown);
        for (const one of shown) chunk.push(exclusionRow(one, grounds));
      }
      progress("accounts", seen.size);
      yield chunk;
    }
  }
  return {
    shape: exclusions,
    rows: rows(),
    finish: (): Ending => ({
      sums: sums.tables(),
      gaps: [...ground.gaps.filter(({ what }) => !OF_OTHERS.has(what)), ...(plan === undefined ? [] : wordGaps(plan, ground)), ...gaps],
      notes: notesOf(ask, sums.hidden),
    }),
  };
};
