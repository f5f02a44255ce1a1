/**
 * Policies of Microsoft's that are on, or switch themselves on, ask people before the plan does: then its phases, notices
 * and dates are void. Facts, sections 0 and 7.2.
 */

import type { Finding } from "../changes.ts";
import type { Observed } from "../observed.ts";
import { asksEverywhere, blocksOldPrograms, isFor, policiesOn } from "../replacement.ts";
import type { ObjectId, PolicySettings, ResourceOf } from "../tenant.ts";
import { addressesOf, counted, type Guard, type GuardInput, listed } from "./guard.ts";

const GUARD = "managed-policies";

type Policy = ResourceOf<"conditional-access">;

const nameOf = ({ settings, id }: Policy): string => `"${settings.name}" (${id})`;

const told = (policies: readonly Policy[]): string => listed(policies.map(nameOf).sort());

const isBlock = ({ grant }: PolicySettings): boolean => grant?.controls.includes("block") === true;

/** Enabled accounts that the policy is for and that none of the plan's own asks, or blocks, as much. */
const notYetReached = (after: Observed, policy: Policy, own: readonly PolicySettings[], outside: ReadonlySet<ObjectId>): readonly ObjectId[] => {
  const { roster } = after;
  if (roster.type !== "present") return [];
  const people = roster.value;
  const alike = own.filter(isBlock(policy.settings) ? blocksOldPrograms : asksEverywhere);
  return [...people.everybody()].filter((id) => {
    const flags = people.flags(id);
    if (flags?.enabled !== true || outside.has(id) || !isFor(after, policy.settings, id, flags.guest)) return false;
    return !alike.some((settings) => isFor(after, settings, id, flags.guest));
  });
};

/** One that is for an app or for administrators alone voids no phase over people. */
const isForPeople = ({ settings }: Policy): boolean => settings.apps.include.includes("all") && settings.grant !== null;

const check = (input: GuardInput): readonly Finding[] => {
  const { plan, after, diff } = input;
  const list = after.resources["conditional-access"];
  if (plan.mechanism === "security-defaults" || list.type !== "present") return [];
  const managed = list.value.filter((policy) => policy.managed);
  const on = managed.filter(({ settings }) => settings.state === "on");
  const own = policiesOn(after)
    .filter((policy) => !policy.managed && policy.mark?.plan === plan.id)
    .map(({ settings }) => settings);
  const outside = new Set(after.emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const found: Finding[] = [];
  for (const policy of on.filter(isForPeople)) {
    const people = notYetReached(after, policy, own, outside);
    if (people.length === 0) continue;
    const does = isBlock(policy.settings) ? "blocks old programs of" : "asks";
    const detail = `Microsoft's policy ${nameOf(policy)} is on and ${does} ${counted(people.length, "account")} whom the plan has not reached yet`;
    if (plan.microsoftManaged === "keep")
      found.push({ guard: GUARD, verdict: "go", detail: `${detail}; the plan keeps it`, accounts: addressesOf(input, people), allowable: false });
    else {
      found.push({
        guard: GUARD,
        verdict: "stop",
        detail,
        hint: `write microsoftManaged: off (or reportOnly) into ${plan.file}, and it is turned off with the rest; or keep, and it stays`,
        accounts: addressesOf(input, people),
        count: people.length,
        allowable: true,
      });
    }
  }
  const quiet = managed.filter(({ settings }) => settings.state === "report-only");
  if (quiet.length > 0 && plan.microsoftManaged === undefined) {
    found.push({
      guard: GUARD,
      verdict: "go",
      detail: `${counted(quiet.length, "policy", "policies")} of Microsoft's ${quiet.length === 1 ? "is" : "are"} in report-only and may switch ${quiet.length === 1 ? "itself" : "themselves"} on: ${told(quiet)}; microsoftManaged: off in the plan would prevent it`,
      allowable: false,
    });
  }
  const set = diff.changes.filter(({ kind, id }) => kind === "conditional-access" && managed.some((policy) => policy.id === id));
  if (set.length > 0) {
    found.push({
      guard: GUARD,
      verdict: "go",
      detail: `${counted(set.length, "policy", "policies")} of Microsoft's ${set.length === 1 ? "is" : "are"} set to ${plan.microsoftManaged === "off" ? "off" : "report-only"}, as the plan says: ${told(managed.filter(({ id }) => set.some((change) => change.id === id)))}`,
      allowable: false,
    });
  }
  return found;
};

export const managedPolicies: Guard = {
  name: GUARD,
  about: "no policy of Microsoft's asks people before the plan does",
  allowable: true,
  check,
};
