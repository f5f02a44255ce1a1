/** Accounts of reviewed lists as a reader sees them: how many, to what, of which domains, and how far a phase has come. */

import { byText } from "../canonical.ts";
import type { Change, Desired } from "../changes.ts";
import type { ListedLine, ListLine } from "../document.ts";
import type { Observed } from "../observed.ts";
import { splitAddress } from "../plan/patterns.ts";
import type { Phase, Plan } from "../plan/plan.ts";
import { ofTenant } from "../review/of-tenant.ts";
import type { Instant, ObjectId } from "../tenant.ts";
import { decidedFor } from "./deciding.ts";
import { type AccountWish, decidedRows, isAccountWish, listOf, undecidedRows } from "./wishes.ts";

/** How many addresses a document names. */
const SAMPLE = 20;

/** By whatever still knows it; undefined: nobody does. */
export const addressIn = ({ listed, roster, former }: Pick<Observed, "listed" | "roster" | "former">, id: ObjectId): string | undefined => {
  const read = listed?.type === "present" ? listed.value.accounts.get(id) : undefined;
  if (read?.type === "found") return read.listed.account.address;
  return (roster.type === "present" ? roster.value.address(id) : undefined) ?? former?.get(id);
};

const domainOf = (address: string): string => splitAddress(address).domain.toLowerCase();

/** The accounts of one school stand together, in whatever case they were typed. */
const byDomain = (a: string, b: string): number => byText(domainOf(a), domainOf(b)) || byText(a.toLowerCase(), b.toLowerCase()) || byText(a, b);

const domainsOf = (addresses: readonly string[]): ListedLine["domains"] => {
  const counts = new Map<string, number>();
  for (const address of addresses) counts.set(domainOf(address), (counts.get(domainOf(address)) ?? 0) + 1);
  return [...counts].map(([domain, count]) => ({ domain, count })).sort((a, b) => b.count - a.count || byText(a.domain, b.domain));
};

/** What comes back with accounts, counted. */
const backOf = (back: NonNullable<Change["accounts"]>["back"]): Pick<ListedLine, "back"> =>
  back === undefined
    ? {}
    : {
        back: {
          memberships: back.reduce((sum, { groups }) => sum + groups.length, 0),
          licences: back.reduce((sum, { licences }) => sum + licences.length, 0),
          managers: back.filter(({ manager }) => manager !== undefined).length,
        },
      };

/** @returns undefined for a change that is about no accounts of a list. */
export const listedLineOf = (observed: Observed, { accounts }: Change): ListedLine | undefined => {
  if (accounts === undefined) return undefined;
  const { to, ids, back } = accounts;
  const addresses = ids.flatMap((id) => addressIn(observed, id) ?? []).sort(byDomain);
  return { to, count: ids.length, accounts: ids, sample: addresses.slice(0, SAMPLE), domains: domainsOf(addresses), ...backOf(back) };
};

const KINDS = ["account-block", "account-deletion"] as const satisfies readonly AccountWish["kind"][];

/** Nobody looks before the phase begins; and where nobody's sign-ins are told, everybody would be spared for that alone. */
const nowOf = (plan: Plan, desired: Desired, observed: Observed, moment: Instant, kind: AccountWish["kind"], key: string): ListLine["now"] => {
  const wish = desired.resources.filter(isAccountWish).find((each) => each.kind === kind && each.key === key);
  if (wish === undefined || observed.listed?.type !== "present") return null;
  const { ground, accounts } = observed.listed.value;
  if (accounts.size > 0 && (ground.told.type !== "present" || !ground.anybody.stamped)) return null;
  const decided = decidedFor(plan, wish, observed, moment);
  if (decided === undefined) return null;
  const { go, done, spared, strange } = decided;
  return { toDo: go.length, done: done.length, spared: spared.length, missing: strange.length };
};

/** Where a phase that is about reviewed lists alone stands: one line each for blocking and deleting. */
export const listLinesOf = (plan: Plan, desired: Desired, observed: Observed, moment: Instant, phase: Phase): readonly ListLine[] =>
  KINDS.flatMap((kind): readonly ListLine[] => {
    const list = listOf(phase, { kind });
    if (list === undefined) return [];
    const own = ofTenant(list, observed.tenant.id);
    const rows = list.missing === true ? null : decidedRows(own).length;
    return [
      {
        to: kind === "account-deletion" ? "deleted" : "blocked",
        file: list.file,
        rows,
        undecided: undecidedRows(own).length,
        now: rows === null ? null : nowOf(plan, desired, observed, moment, kind, phase.id),
      },
    ];
  });
