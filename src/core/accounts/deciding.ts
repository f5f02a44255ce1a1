/** Which accounts of a list something is done to, and why not to the others. The diff asks it for all of them, a run again for those it is about to write. */

import { byText } from "../canonical.ts";
import type { Observed } from "../observed.ts";
import { daysLater, localOf } from "../plan/moments.ts";
import { patternMatches } from "../plan/patterns.ts";
import type { Phase, Place, Plan, ReviewRow } from "../plan/plan.ts";
import { ofTenant } from "../review/of-tenant.ts";
import { absent, type Instant, type Known, type ObjectId, present } from "../tenant.ts";
import type { AccountTold, Listed, ListedAccount } from "./facts.ts";
import { type SpareRules, sparedBecause } from "./sparing.ts";
import { type AccountWish, decidedRows, listOf } from "./wishes.ts";

/** An account of the list, and why nothing is done to it. */
export type Spared = { readonly row: ReviewRow; readonly because: readonly string[] };

export type Decided = {
  /** Sorted by id. */
  readonly go: readonly { readonly row: ReviewRow; readonly listed: ListedAccount }[];
  readonly spared: readonly Spared[];
  /** It is so already: blocked, or deleted by this tool. */
  readonly done: readonly ReviewRow[];
  /** The directory has no such account, and this tool did not delete it. */
  readonly strange: readonly ReviewRow[];
};

export type DecidingInput = {
  readonly plan: Plan;
  readonly phase: Phase;
  readonly kind: AccountWish["kind"];
  readonly observed: Pick<Observed, "tenant" | "emergency">;
  readonly told: ReadonlyMap<ObjectId, AccountTold>;
  /** The moment for which it is asked. */
  readonly now: Instant;
};

/** Of whom something would have to be read: whoever is on the list, and was not deleted by this tool already. */
export const toRead = ({ phase, kind, observed, told }: Omit<DecidingInput, "plan" | "now">): readonly ReviewRow[] => {
  const list = listOf(phase, { kind });
  return list === undefined ? [] : decidedRows(ofTenant(list, observed.tenant.id)).filter(({ id }) => told.get(id)?.deleted === undefined);
};

const isEmergency = ({ plan, observed }: DecidingInput, id: ObjectId, addresses: readonly string[]): boolean =>
  plan.emergencyAccounts.some((each) => addresses.includes(each.toLowerCase())) ||
  observed.emergency.some(({ account }) => account.type === "present" && account.value.id === id);

const DAY_MS = 86_400_000;

/** Whole days by the plan's calendar: a run that takes some minutes to block accounts does not put their deletion off by a day. */
const coolingOf = ({ timeZone }: Plan, blocked: Instant | undefined, after: number, now: Instant): NonNullable<SpareRules["cooling"]> => {
  if (blocked === undefined) return { isOver: false };
  const from = daysLater(`${localOf(blocked, timeZone).slice(0, 10)}T00:00`, Math.ceil(after / DAY_MS)).slice(0, 10);
  return { from, isOver: localOf(now, timeZone).slice(0, 10) >= from };
};

/** Whom somebody wrote keep for on any list of the plan: a word on one list is heard on all of them. */
const keptIn = ({ plan, observed }: DecidingInput): ReadonlyMap<ObjectId, Place> =>
  new Map(
    plan.phases
      .flatMap(({ blockSignIn, deleteAccounts }) => [blockSignIn?.list, deleteAccounts?.list])
      .flatMap((list) => (list === undefined ? [] : ofTenant(list, observed.tenant.id).rows))
      .flatMap(({ id, decision, at }) => (decision === "keep" ? [[id, at] as const] : [])),
  );

const becauseOf = (input: DecidingInput, { ground }: Listed, row: ReviewRow, listed: ListedAccount): readonly string[] => {
  const { plan, phase, kind, told, now } = input;
  const own = kind === "account-deletion" ? phase.deleteAccounts : undefined;
  // Whom the plan would not delete, it does not keep from signing in either.
  const file = phase.blockSignIn?.list.file;
  const words =
    own === undefined
      ? plan.phases.flatMap(({ deleteAccounts }) => (deleteAccounts === undefined || deleteAccounts.list.file !== file ? [] : [deleteAccounts]))
      : [own];
  const days = words.flatMap(({ createdBefore }) => createdBefore ?? []);
  const addresses = [row.account, listed.account.address, ...listed.account.aliases].map((address) => address.toLowerCase());
  return sparedBecause(listed, ground, {
    listed: row.account,
    createdBefore: days.length === 0 ? undefined : Math.min(...days),
    cooling: own?.after === undefined ? undefined : coolingOf(plan, told.get(row.id)?.blocked, own.after, now),
    isKept: words.some(({ keep }) => keep.some((pattern) => addresses.some((address) => patternMatches(pattern, address)))),
    isEmergency: isEmergency(input, row.id, addresses),
    told: told.get(row.id),
    now,
  });
};

/** @param only whom it is asked for; absent: everybody on the list. */
export const decide = (input: DecidingInput, listed: Listed, only?: ReadonlySet<ObjectId>): Decided => {
  const { phase, kind, observed, told } = input;
  const list = listOf(phase, { kind });
  const rows = list === undefined ? [] : decidedRows(ofTenant(list, observed.tenant.id));
  const go: { readonly row: ReviewRow; readonly listed: ListedAccount }[] = [];
  const spared: Spared[] = [];
  const done: ReviewRow[] = [];
  const strange: ReviewRow[] = [];
  const kept = keptIn(input);
  for (const row of rows) {
    if (only !== undefined && !only.has(row.id)) continue;
    if (told.get(row.id)?.deleted !== undefined) {
      done.push(row);
      continue;
    }
    const read = listed.accounts.get(row.id) ?? { type: "unknown", because: "it was not looked up" };
    if (read.type === "gone") (told.get(row.id)?.deleting === undefined ? strange : done).push(row);
    else if (read.type === "unknown") spared.push({ row, because: [`it could not be read: ${read.because}`] });
    else if (kind === "account-block" && !read.listed.account.enabled) done.push(row);
    else {
      const keep = kept.get(row.id);
      const because = [
        ...becauseOf(input, listed, row, read.listed),
        ...(keep === undefined ? [] : [`somebody wrote keep for it in ${keep.file}, line ${keep.line}`]),
      ];
      if (because.length === 0) go.push({ row, listed: read.listed });
      else spared.push({ row, because });
    }
  }
  return { go: go.sort((a, b) => byText(a.row.id, b.row.id)), spared, done, strange };
};

/** Nobody had to be looked up. */
export const NOBODY_LISTED: Known<Listed> = present({
  ground: {
    told: present(true),
    anybody: { stamped: true, succeeded: true },
    products: present(new Map()),
    usage: { products: absent, programs: absent, mailboxes: absent },
    practice: false,
    self: absent,
  },
  accounts: new Map(),
});

/** Nothing where the accounts could not be read. */
export const decidedFor = (plan: Plan, wish: AccountWish, observed: Observed, now: Instant): Decided | undefined => {
  const phase = plan.phases.find(({ id }) => id === wish.key);
  const listed: Known<Listed> | undefined = observed.listed;
  if (phase === undefined || listed?.type !== "present") return undefined;
  return decide({ plan, phase, kind: wish.kind, observed, told: observed.told ?? new Map(), now }, listed.value);
};
