/** Who gets in when nothing else works. What is judged here is judged by the checks that `diff` tells of. */

import type { Desired, Diff } from "../changes.ts";
import { emergencyAccounts } from "../guards/emergency-accounts.ts";
import { counted, type GuardInput, listed } from "../guards/guard.ts";
import { lockOut } from "../guards/lock-out.ts";
import { entryOf, passageOf } from "../guards/passage.ts";
import type { Plan } from "../plan/plan.ts";
import type { DoctorLine } from "./document.ts";
import type { Facts } from "./facts.ts";
import { notRead, ofFinding, teller } from "./lines.ts";

const NOTHING_DESIRED: Desired = { phases: [], resources: [] };

/** The tenant as it is: nothing is going to be changed. */
const still = ({ observed }: Facts, planId: string): Pick<GuardInput, "observed" | "after" | "diff"> & { readonly diff: Diff } => ({
  observed,
  after: observed,
  diff: { planId, tenantId: observed.tenant.id, changes: [], leftOver: [], doubles: [], unchanged: 0, hash: "" },
});

const ofPlan = (facts: Facts, plan: Plan): readonly DoctorLine[] => {
  const input: GuardInput = { ...still(facts, plan.id), plan, moment: facts.moment, desired: NOTHING_DESIRED, history: undefined, attended: true };
  return [...emergencyAccounts.check(input), ...lockOut.check(input)].map((finding) => ofFinding("emergency", finding));
};

const AT_LEAST = 2;

const NAME_THEM = "make two cloud-only accounts for emergencies, Global Administrators with a passkey each, and name them under emergencyAccounts in a plan";

/** Without a plan nobody says which accounts are for emergencies. */
const ofTenant = (facts: Facts): readonly DoctorLine[] => {
  const tell = teller("emergency", "administrators");
  const { access } = facts.observed;
  const known = access?.type === "present" ? access.value.administrators : access;
  if (known?.type !== "present" || !("looked" in known.value)) return [notRead(tell, "who is a Global Administrator", known)];
  const passage = passageOf(still(facts, ""));
  const entries = known.value.looked.flatMap(({ address, account }) => (account.type === "present" ? [entryOf(passage, address, account.value)] : []));
  const [inside, unsure] = (["yes", "unknown"] as const).map((answer) => entries.filter((entry) => entry.answer === answer).map(({ address }) => address));
  const all = entries.length + known.value.unlooked;
  const detail = `${counted(inside?.length ?? 0, "Global Administrator gets", "Global Administrators get")} into the admin centre from any address${inside?.length === 0 ? "" : `: ${listed(inside ?? [])}`}`;
  const others = entries.filter(({ answer }) => answer !== "yes").map(({ address }) => address);
  const rest = others.length === 0 ? "" : `; of ${listed(others)} that is not certain`;
  if ((inside?.length ?? 0) >= AT_LEAST) return [tell.ok(`${detail}${rest}`)];
  const whole = `${detail}${rest}; two are needed, so that one failing does not lock everybody out`;
  return [(inside?.length ?? 0) + (unsure?.length ?? 0) >= AT_LEAST || all > entries.length ? tell.unread(whole, NAME_THEM) : tell.problem(whole, NAME_THEM)];
};

export const emergencyLines = (facts: Facts): readonly DoctorLine[] => (facts.plan === undefined ? ofTenant(facts) : ofPlan(facts, facts.plan));
