/**
 * Somebody can always get in to mend the tenant: in every state that it passes through two Global Administrators, one of them
 * an emergency account, reach the admin centre and Microsoft Graph from wherever they are. Who, and why it holds, is told with
 * every dry run. Design, "What must never happen", 1.
 */

import { applyChanges } from "../after.ts";
import type { Change, Finding } from "../changes.ts";
import { nameWithoutMark } from "../mark.ts";
import { GLOBAL_ADMINISTRATOR, type Known, type LiveAccount, type LookedUp } from "../tenant.ts";
import { type Guard, type GuardInput, listed } from "./guard.ts";
import { type Cause, causesOf, saidOf, whyUnknown, withMeans } from "./lock-out-words.ts";
import { type Answer, type Entry, entryOf, type Obstacle, type Passage, passageOf, worstOf } from "./passage.ts";

const GUARD = "lock-out";
const AT_LEAST = 2;

const finding = (verdict: Finding["verdict"], detail: string, more: Partial<Finding> = {}): Finding => ({
  guard: GUARD,
  verdict,
  detail,
  allowable: false,
  ...more,
});

/** An emergency account depends on nothing but this tenant. What is wrong with it is told by the guard of emergency accounts. */
const isSound = ({ enabled, synced, federated, roles }: LiveAccount): Answer =>
  worstOf([
    enabled && !synced ? "yes" : "no",
    federated.type === "present" ? (federated.value ? "no" : "yes") : "unknown",
    roles.type === "present" ? (roles.value.includes(GLOBAL_ADMINISTRATOR) ? "yes" : "no") : "unknown",
  ]);

type Seat = { readonly entry: Entry; readonly emergency: boolean /** With what is wrong with the account itself. */; readonly answer: Answer };

type Table = {
  readonly passage: Passage;
  readonly emergency: readonly Seat[];
  readonly others: readonly Seat[];
  readonly unlooked: number;
  /** Why nobody can say who else is an administrator. */
  readonly unread: string | undefined;
  readonly operator: Known<Entry>;
};

const entriesOf = (passage: Passage, accounts: readonly LookedUp[]): readonly Entry[] => {
  const byId = new Map(
    accounts.flatMap(({ address, account }) => (account.type === "present" ? [[account.value.id, { address, account: account.value }] as const] : [])),
  );
  return [...byId.values()].map(({ address, account }) => entryOf(passage, address, account));
};

const tableOf = (input: GuardInput): Table => {
  const { observed, plan } = input;
  const passage = passageOf(input);
  const named = new Set(plan.emergencyAccounts);
  const emergency = entriesOf(
    passage,
    observed.emergency.filter(({ address }) => named.has(address)),
  ).map((entry) => ({ entry, emergency: true, answer: worstOf([entry.answer, isSound(entry.account)]) }));
  const { access } = observed;
  const administrators = access?.type === "present" ? access.value.administrators : undefined;
  const looked = administrators?.type === "present" ? administrators.value : undefined;
  const others = entriesOf(passage, looked?.looked ?? [])
    .filter(({ account }) => !emergency.some(({ entry }) => entry.account.id === account.id))
    .map((entry) => ({ entry, emergency: false, answer: entry.account.enabled ? entry.answer : ("no" as const) }));
  const me: Known<LookedUp> = access?.type === "present" ? access.value.operator : { type: "unknown", because: whyNobodyLooked(input) };
  return {
    passage,
    emergency,
    others,
    unlooked: looked?.unlooked ?? 0,
    unread: looked === undefined ? (administrators === undefined ? whyNobodyLooked(input) : whyUnknown(administrators)) : undefined,
    operator: operatorIn(me, [...emergency, ...others], passage),
  };
};

const whyNobodyLooked = ({ observed: { access } }: GuardInput): string => (access?.type === "unknown" ? access.because : "nobody looked");

const operatorIn = (me: Known<LookedUp>, seats: readonly Seat[], passage: Passage): Known<Entry> => {
  if (me.type !== "present") return me;
  const { address, account } = me.value;
  if (account.type !== "present") return { type: "unknown", because: `${address} could not be looked up: ${whyUnknown(account)}` };
  const { value } = account;
  const seat = seats.find(({ entry }) => entry.account.id === value.id);
  return { type: "present", value: seat?.entry ?? entryOf(passage, address, value) };
};

const isEnough = (seats: readonly Seat[]): boolean => seats.length >= AT_LEAST && seats.some(({ emergency }) => emergency);

const findingOf = (cause: Cause, passage: Passage, first: readonly Entry[], tail: string): Finding => {
  const { detail, hint } = saidOf(cause, passage, first);
  return finding(cause.obstacle.answer === "no" ? "stop" : "unclear", `${detail}${tail}`, { hint, accounts: cause.entries.map(({ address }) => address) });
};

const CONDITION = "two administrators must get in at any time, one of them an emergency account";

const onlyOf = (seats: readonly Seat[]): string =>
  seats.length === 0 ? "that is certain of nobody" : `that is certain only of ${listed(seats.map(({ entry }) => withMeans(entry)))}`;

// ---- judged

const tooFew = ({ passage, emergency, others, unread }: Table, isNew: (obstacle: Obstacle) => boolean): readonly Finding[] => {
  const seats = [...emergency, ...others];
  const tail = `; ${CONDITION}, and ${onlyOf(seats.filter(({ answer }) => answer === "yes"))}`;
  const all = causesOf(
    seats.filter(({ answer }) => answer !== "yes").map(({ entry }) => entry),
    isNew,
  );
  // Without any emergency account it is of no use what keeps the others out.
  const isLeft = emergency.some(({ answer }) => answer === "yes");
  const causes = all.filter(({ entries }) => isLeft || entries.some((each) => emergency.some(({ entry }) => entry === each)));
  if (causes.length > 0)
    return causes.map((cause) =>
      findingOf(
        cause,
        passage,
        emergency.map(({ entry }) => entry),
        tail,
      ),
    );
  const possible = isEnough(seats.filter(({ answer }) => answer !== "no")) || (unread !== undefined && emergency.some(({ answer }) => answer !== "no"));
  const more = unread === undefined ? "" : `; who else is an administrator could not be read: ${unread}`;
  return [
    finding(possible ? "unclear" : "stop", `${CONDITION}; ${onlyOf(seats.filter(({ answer }) => answer === "yes"))}${more}`, {
      hint: "put right what is said of the emergency accounts; make a second Global Administrator with a passkey where there is only one",
    }),
  ];
};

/** Whoever works with the tool would be shut out half-way, with nobody to go on. */
const shutOut = ({ operator, passage }: Table): readonly Finding[] => {
  if (operator.type === "absent") return [];
  if (operator.type === "unknown") {
    return [
      finding("unclear", `who is signed in to this tool, and whether they would be shut out, is not known: ${operator.because}`, {
        hint: "run it again; if it stays so, sign in anew",
      }),
    ];
  }
  const entry = operator.value;
  if (entry.onlyInside.length > 0) return [];
  return causesOf([entry], ({ already }) => !already).map((cause) => findingOf(cause, passage, [], ": this is the account that you are signed in with"));
};

const othersSaid = ({ others, unlooked, unread }: Table): string => {
  if (unread !== undefined) return `; who else is an administrator could not be read: ${unread}`;
  if (others.length === 0) return "";
  const inside = others.filter(({ answer }) => answer === "yes").length;
  const more = unlooked === 0 ? "" : ` (${unlooked.toLocaleString("en-GB")} more were not looked at)`;
  if (others.length === 1) return `; the other administrator does${inside === 1 ? " as well" : " not"}${more}`;
  return `; so do ${inside === others.length ? (inside === 2 ? "both" : `all ${inside}`) : `${inside === 0 ? "none" : inside} of ${others.length}`} other administrators${more}`;
};

const insideSaid = ({ others, operator }: Table): string => {
  const entries = [...others.map(({ entry }) => entry), ...(operator.type === "present" ? [operator.value] : [])];
  const inside = [
    ...new Map(entries.filter(({ answer, onlyInside }) => answer !== "yes" && onlyInside.length > 0).map((entry) => [entry.address, entry])).values(),
  ];
  return inside.map(({ address, onlyInside }) => `; ${address} only from inside ${listed(onlyInside.map((name) => `"${name}"`))}`).join("");
};

const proof = (input: GuardInput, table: Table): Finding => {
  const safe = table.emergency.filter(({ answer }) => answer === "yes");
  const backed = safe.length >= AT_LEAST ? [] : table.others.filter(({ answer }) => answer === "yes").slice(0, 1);
  const who = [...safe, ...backed];
  const when = input.diff.changes.length === 0 ? "" : " before, during and after";
  const rest = { ...table, others: table.others.filter((seat) => !backed.includes(seat)) };
  return finding(
    "go",
    `${listed(who.map(({ entry }) => withMeans(entry)))} get into the admin centre and Microsoft Graph${when}, from any address${othersSaid(rest)}${insideSaid(table)}`,
    {
      accounts: who.map(({ entry }) => entry.address),
    },
  );
};

const withOnly = (input: GuardInput, changes: readonly Change[]): GuardInput => {
  const diff = { ...input.diff, changes };
  return { ...input, diff, after: applyChanges(input.observed, diff) };
};

const safeIn = ({ emergency, others }: Table): readonly Seat[] => [...emergency, ...others].filter(({ answer }) => answer === "yes");
const isSafe = (input: GuardInput): boolean => isEnough(safeIn(tableOf(input)));

/** What a change cannot be made without. */
const standsOn = (change: Change, other: Change): boolean =>
  change.needs.some(({ kind, key }) => kind === other.kind && key === other.key) ||
  (other.id !== undefined && other.kind !== change.kind && JSON.stringify(change.after ?? null).includes(other.id));

/**
 * Today nobody gets in, and afterwards somebody would: what mends it is made first and alone, so that nothing else is written
 * while nobody could mend that.
 */
const mendedFirst = (input: GuardInput, today: Table, table: Table): readonly Finding[] => {
  const { changes } = input.diff;
  const mending = changes.filter(
    (change) =>
      (change.kind === "conditional-access" || change.kind === "authentication-methods") &&
      !isSafe(
        withOnly(
          input,
          changes.filter((each) => each !== change),
        ),
      ),
  );
  const first = changes.filter((change) => mending.includes(change) || mending.some((each) => standsOn(each, change)));
  if (mending.length === 0 || !isSafe(withOnly(input, first))) return tooFew(today, () => true);
  const holds = changes.filter((change) => !first.includes(change)).map(({ kind, key }) => ({ kind, key }));
  const [cause] = causesOf(
    today.emergency.map(({ entry }) => entry),
    () => true,
  );
  const why = cause === undefined ? "today too few administrators get in" : saidOf(cause, today.passage, []).detail;
  const names = listed(mending.map(({ name }) => `"${nameWithoutMark(name)}"`));
  const detail = `${why}; the change of ${names} mends that`;
  if (holds.length === 0) return [finding("go", `${detail}: afterwards ${listed(safeIn(table).map(({ entry }) => withMeans(entry)))} get in`)];
  return [finding("stop", `${detail}, and is made first and alone`, { hint: "apply it, then run this again for the rest", holds })];
};

const check = (input: GuardInput): readonly Finding[] => {
  // Nothing is going to be written, so nobody asked.
  if (input.observed.access?.type === "absent") return [];
  const table = tableOf(input);
  if (!isEnough(safeIn(table))) return [...tooFew(table, () => true), ...shutOut(table)];
  const today = tableOf(withOnly(input, []));
  return [...(isEnough(safeIn(today)) ? [proof(input, table)] : mendedFirst(input, today, table)), ...shutOut(table)];
};

/** Of a way back only what it would make worse: it must not be refused for what was so before it. */
export const madeWorse = (input: GuardInput): readonly Finding[] => {
  if (input.observed.access?.type === "absent") return [];
  const table = tableOf(input);
  const isNew = ({ already }: Obstacle): boolean => !already;
  const seats = [...table.emergency, ...table.others];
  if (isEnough(seats.filter(({ answer }) => answer === "yes"))) return [proof(input, table), ...shutOut(table)];
  const worse = seats.some(({ entry }) => entry.obstacles.some(isNew));
  return [...(worse ? tooFew(table, isNew) : []), ...shutOut(table)];
};

export const lockOut: Guard = {
  name: GUARD,
  about: "in every state that the tenant passes through, two administrators get into the admin centre and Graph, one of them an emergency account",
  allowable: false,
  check,
};
