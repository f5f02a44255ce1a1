/** One account of a review list for which nothing speaks, and a plan that deletes it; a test changes one thing. */

import type { AccountTold, ArchivedAccount, Listed, ListedAccount, ListedGround, ListedRead } from "../../../src/core/accounts/facts.ts";
import type { DeleteAccounts, Phase, Plan, ReviewList, ReviewRow } from "../../../src/core/plan/plan.ts";
import type { Account } from "../../../src/core/reports/account.ts";
import type { UsageReports } from "../../../src/core/reports/app-use.ts";
import { type MailboxSort, UsageTable } from "../../../src/core/reports/usage-table.ts";
import { absent, type Instant, type Known, type ObjectId, present } from "../../../src/core/tenant.ts";
import { plan, id as worldId } from "../guards/world.ts";

export const DAY = 86_400_000;
export const NOW = Date.parse("2026-03-02T08:00:00Z");
export const TENANT = worldId(0xfff);
export const SKU = worldId(0x700);
/** Of accounts of the list: nobody else's of the tenant that guards look at. */
export const id = (number: number): ObjectId => worldId(0x5000 + number);
export const day = (text: string): Instant => Date.parse(`${text}T12:00:00Z`);

export const addressOf = (number: number): string => `unused-${number}@alder.county.example`;

export const account = (number = 1, fields: Partial<Account> = {}): Account => ({
  id: id(number),
  address: addressOf(number),
  upn: addressOf(number),
  name: `Unused ${number}`,
  enabled: true,
  guest: false,
  synced: false,
  pupil: false,
  aliases: [],
  nobody: false,
  created: day("2024-09-02"),
  licences: [SKU],
  stamps: "never",
  pending: false,
  ...fields,
});

const archived = (of: Account): ArchivedAccount => ({
  id: of.id,
  upn: of.upn,
  enabled: of.enabled,
  profile: {},
  groups: [],
  groupNames: {},
  licences: [],
  besides: [],
});

export const listed = (fields: Partial<ListedAccount> = {}): ListedAccount => {
  const of = fields.account ?? account();
  return {
    account: of,
    roles: present([]),
    eligible: present([]),
    owns: present(0),
    mailbox: "user",
    mail: present({ onHold: false, delegates: [], forwardsTo: undefined }),
    archive: present(archived(of)),
    ...fields,
  };
};

/** Rows of a usage report, by address: the last day of Exchange, in days since 1970; 0: none. */
export const usageOf = (rows: Readonly<Record<string, number>>, sort: MailboxSort = "user"): UsageReports["products"] => {
  const table = new UsageTable(["Exchange"], []);
  for (const [address, used] of Object.entries(rows)) table.add(address, [used], 0, sort);
  return present({ table, refreshed: NOW - 2 * DAY });
};

const unusedRows = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [addressOf(at), 0]));

export const ground = (fields: Partial<ListedGround> = {}): ListedGround => ({
  told: present(true),
  anybody: { stamped: true, succeeded: true },
  products: present(new Map([[SKU, "STANDARDWOFFPACK_FACULTY"]])),
  usage: { products: usageOf(unusedRows), programs: usageOf({}), mailboxes: usageOf(unusedRows) },
  practice: false,
  self: absent,
  ...fields,
});

export const FILE = "unused.csv";
export const PLAN = "county-2018";

export const row = (number = 1, fields: Partial<ReviewRow> = {}): ReviewRow => ({
  account: addressOf(number),
  name: `unused ${number}`,
  why: "never signed in",
  created: "2024-09-02",
  id: id(number),
  mark: { plan: PLAN, tenant: TENANT, asOf: day("2026-02-01") },
  decision: "delete",
  reason: "left in summer",
  decidedBy: "office manager",
  at: { file: FILE, line: number + 1, column: 1 },
  ...fields,
});

export const list = (rows: readonly ReviewRow[] = [row()], fields: Partial<ReviewList> = {}): ReviewList => ({ file: FILE, rows, problems: [], ...fields });

const PLACE = { file: "county.yaml", line: 1, column: 1 };
const phase = (name: string, parts: Pick<Phase, "blockSignIn" | "deleteAccounts">): Phase => ({
  id: name,
  title: name,
  starts: { local: "2026-03-01T00:00", instant: day("2026-03-01") },
  ...parts,
  place: PLACE,
});

export const BLOCK = "block-unused";
export const DELETE = "delete-unused";

export type Words = {
  readonly list?: ReviewList;
  readonly deletes?: Partial<DeleteAccounts>;
  readonly blocks?: Partial<NonNullable<Phase["blockSignIn"]>>;
  readonly emergencyAccounts?: readonly string[];
};

/** Blocks whom it deletes later, by one list. */
export const listPlan = ({ list: words = list(), deletes = {}, blocks = {}, emergencyAccounts = ["emergency-1@county.example"] }: Words = {}): Plan =>
  plan({
    emergencyAccounts,
    phases: [phase(BLOCK, { blockSignIn: { list: words, ...blocks } }), phase(DELETE, { deleteAccounts: { list: words, atMost: 25, keep: [], ...deletes } })],
  });

export const phaseOf = (of: Plan, name: string): Phase => {
  const found = of.phases.find((each) => each.id === name);
  if (found === undefined) throw new Error(`the plan has no phase ${name}`);
  return found;
};

export const found = (of: ListedAccount): ListedRead => ({ type: "found", listed: of });

export const listedOf = (reads: readonly (readonly [ObjectId, ListedRead])[] = [[id(1), found(listed())]], on: ListedGround = ground()): Listed => ({
  ground: on,
  accounts: new Map(reads),
});

export const many = (count: number): { readonly words: ReviewList; readonly reads: Listed } => {
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  return {
    words: list(numbers.map((number) => row(number))),
    reads: listedOf(numbers.map((number) => [id(number), found(listed({ account: account(number) }))])),
  };
};

export const tellings = (entries: Readonly<Record<number, AccountTold>>): ReadonlyMap<ObjectId, AccountTold> =>
  new Map(Object.entries(entries).map(([number, told]) => [id(Number(number)), told]));

export const mail = (
  fields: Partial<{ readonly onHold: boolean; readonly delegates: readonly string[]; readonly forwardsTo: string | undefined }>,
): Known<{
  readonly onHold: boolean;
  readonly delegates: readonly string[];
  readonly forwardsTo: string | undefined;
}> => present({ onHold: false, delegates: [], forwardsTo: undefined, ...fields });
