/** Accounts on reviewed lists: whether the list can be believed, whether it can be known who signed in, how many would go, and who is spared. */

import { type Decided, decidedFor } from "../accounts/deciding.ts";
import { type AccountWish, decidedRows, isAccountWish, listOf } from "../accounts/wishes.ts";
import type { Finding } from "../changes.ts";
import type { Phase } from "../plan/plan.ts";
import { ofTenant } from "../review/of-tenant.ts";
import { counted, type Guard, type GuardInput, type Held } from "./guard.ts";

export const LISTED_ACCOUNTS = "listed-accounts";

const MOST_LINES = 10;

type About = { readonly wish: AccountWish; readonly phase: Phase; readonly holds: readonly Held[] };

const finding = ({ phase, holds }: About, verdict: Finding["verdict"], detail: string, more: Partial<Finding> = {}): Finding => ({
  guard: LISTED_ACCOUNTS,
  verdict,
  phase: phase.id,
  detail,
  allowable: false,
  ...(verdict !== "go" && { holds }),
  ...more,
});

/** Several phases may go by lists of their own. */
const fileOf = ({ wish, phase }: About): string => listOf(phase, wish)?.file ?? "the list";

const done = ({ wish }: About): string => (wish.kind === "account-deletion" ? "deleted" : "blocked");

/** A list of which a part cannot be believed may have slipped by a row: nothing of it is. */
const ofList = (about: About, { observed }: GuardInput): readonly Finding[] => {
  const list = listOf(about.phase, about.wish);
  if (list === undefined) return [];
  if (list.missing === true)
    return [
      finding(about, "stop", `the list ${list.file} is not there, so nobody is ${done(about)}`, {
        hint: "entra-rollout report stale PLAN --for-review FILE writes one to be filled in; or take the phase out of the plan",
      }),
    ];
  const { problems } = ofTenant(list, observed.tenant.id);
  if (problems.length === 0) return [];
  const lines = problems.slice(0, MOST_LINES).map(({ file, line, message }) => `${file}:${line}: ${message}`);
  const more = problems.length > MOST_LINES ? [`${problems.length - MOST_LINES} more`] : [];
  return [
    finding(
      about,
      "stop",
      `${counted(problems.length, "row")} of ${list.file} cannot be believed, so nobody is ${done(about)}: ${[...lines, ...more].join("; ")}`,
      {
        hint: "mend these rows, or take them out: who is on no row is not touched",
        count: problems.length,
      },
    ),
  ];
};

/** Where nobody's sign-ins are told, everybody looks as if they had never signed in. */
const ofStamps = (about: About, { observed }: GuardInput): readonly Finding[] => {
  if (observed.listed?.type !== "present") {
    const why = observed.listed?.type === "unknown" ? observed.listed.because : "they were not looked up";
    return [finding(about, "unclear", `the accounts of the list could not be read, so nobody is ${done(about)}: ${why}`, { hint: "run it again later" })];
  }
  const { told, anybody } = observed.listed.value.ground;
  if (observed.listed.value.accounts.size === 0) return [];
  const hint = "it takes Entra ID P1 or P2 and AuditLog.Read.All; until then nobody can be said never to have signed in";
  if (told.type !== "present")
    return [
      finding(
        about,
        "unclear",
        `whether anybody of the list ever signed in is not told, so nobody is ${done(about)}${told.type === "unknown" ? `: ${told.because}` : ""}`,
        {
          hint,
        },
      ),
    ];
  if (!anybody.stamped)
    return [
      finding(about, "unclear", `not one account of the tenant has a sign-in stamped, which is so in no tenant that is in use: nobody is ${done(about)}`, {
        hint,
      }),
    ];
  return [];
};

const limitOf = ({ wish, phase }: About): { readonly atMost?: number | undefined; readonly atMostShare?: number | undefined } =>
  (wish.kind === "account-deletion" ? phase.deleteAccounts : phase.blockSignIn) ?? {};

/** Over the whole list, before the first of them: a run that stops in the middle would have done the harm. */
const ofCount = (about: About, { observed }: GuardInput, { go }: Decided): readonly Finding[] => {
  const { atMost, atMostShare } = limitOf(about);
  const { length: count } = go;
  const size = observed.roster.type === "present" ? observed.roster.value.size : undefined;
  if (atMost !== undefined && count > atMost)
    return [
      finding(
        about,
        "stop",
        `${counted(count, "account")} would be ${done(about)}, and the plan lets it be ${atMost.toLocaleString("en-GB")} at most: nobody is`,
        {
          hint: "look whether the list is the right one; then raise atMost in the plan",
          count,
        },
      ),
    ];
  if (atMostShare === undefined || count === 0) return [];
  const share = `${(atMostShare * 100).toLocaleString("en-GB", { maximumFractionDigits: 2 })} %`;
  if (size === undefined)
    return [
      finding(
        about,
        "unclear",
        `how many accounts there are could not be read, so that nobody knows whether ${counted(count, "account")} ${count === 1 ? "is" : "are"} more than ${share}`,
      ),
    ];
  // 29 of 100 are 29 %, whatever a binary fraction makes of it.
  if (count <= size * atMostShare + 1e-6) return [];
  return [
    finding(
      about,
      "stop",
      `${counted(count, "account")} of ${size.toLocaleString("en-GB")} would be ${done(about)}, and the plan lets it be ${share} at most: nobody is`,
      { hint: "look whether the list is the right one; then raise atMostShare in the plan", count },
    ),
  ];
};

const ofSpared = (about: About, { spared, strange }: Decided): readonly Finding[] => [
  ...(spared.length === 0
    ? []
    : [
        finding(about, "go", `${counted(spared.length, "account")} of ${fileOf(about)} ${spared.length === 1 ? "is" : "are"} spared, and not ${done(about)}`, {
          accounts: spared.map(({ row, because }) => `${row.account} (line ${row.at.line}): ${because.join("; ")}`),
          count: spared.length,
        }),
      ]),
  ...(strange.length === 0
    ? []
    : [
        finding(
          about,
          "go",
          `${counted(strange.length, "account")} of ${fileOf(about)} ${strange.length === 1 ? "is" : "are"} not in the directory, and ${strange.length === 1 ? "was" : "were"} not deleted by this tool`,
          { accounts: strange.map(({ account, at }) => `${account} (${at.file}:${at.line})`), count: strange.length },
        ),
      ]),
];

/** What a deletion takes for good, told beforehand. */
const ofLoss = (about: About, { go }: Decided): readonly Finding[] => {
  if (about.wish.kind !== "account-deletion" || go.length === 0) return [];
  const besides = go.flatMap(({ row, listed: { archive } }) =>
    archive.type === "present" && archive.value.besides.length > 0 ? [`${row.account}: ${archive.value.besides.join("; ")}`] : [],
  );
  return [
    finding(
      about,
      "go",
      `for 30 days ${counted(go.length, "account")} can be brought back with licences, groups and mailbox; after that only made anew from the archive, without mail and files`,
    ),
    ...(besides.length === 0
      ? []
      : [
          finding(about, "go", `not everything of ${counted(besides.length, "account")} is this tool's to bring back`, {
            accounts: besides,
            count: besides.length,
          }),
        ]),
  ];
};

const ofOne = (about: About, input: GuardInput): readonly Finding[] => {
  const { plan, observed, moment } = input;
  const list = ofList(about, input);
  const words = listOf(about.phase, about.wish);
  if (words?.missing === true || decidedRows(words).length === 0) return list;
  const stamps = ofStamps(about, input);
  // Everybody is spared for the one reason that was just told.
  if (stamps.length > 0) return [...list, ...stamps];
  const decided = decidedFor(plan, about.wish, observed, moment);
  return decided === undefined ? list : [...list, ...ofCount(about, input, decided), ...ofSpared(about, decided), ...ofLoss(about, decided)];
};

export const listedAccounts: Guard = {
  name: LISTED_ACCOUNTS,
  about:
    "accounts of a reviewed list: stops for a list that is missing or has rows that cannot be believed, and for more accounts than the plan lets go; unclear where it is not told who signed in; names who is spared, and why",
  allowable: false,
  check: (input) =>
    input.desired.resources.filter(isAccountWish).flatMap((wish) => {
      const phase = input.plan.phases.find(({ id }) => id === wish.key);
      return phase === undefined ? [] : ofOne({ wish, phase, holds: [{ kind: wish.kind, key: wish.key }] }, input);
    }),
};
