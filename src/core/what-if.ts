/**
 * Which accounts the service's What-If is asked about, and how. Where policies of ours stand in report-only, its answers
 * say whether this tool reads policies as the service does, before they are switched on. Facts, section 7.5.
 */

import ipaddr from "ipaddr.js";
import { EXCHANGE_ONLINE } from "./applications.ts";
import type { Observed, WhatIfAccount } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import type { Belongs, SignIn, Subject } from "./sign-in.ts";
import { belongsOf, subjectOf } from "./subject.ts";
import type { LookedUp, ObjectId, PolicySettings, PolicyUsers, ResourceOf } from "./tenant.ts";

/** An account to ask about; with the subject where it was looked up already. */
export type Sampled = WhatIfAccount & { readonly id: ObjectId; readonly belongs: Belongs | undefined; readonly subject?: Subject };

type Seen = Pick<Observed, "resources" | "members" | "roster" | "emergency" | "access">;

/** Where no network of the tenant's is likely to be. RFC 5737, RFC 3849 */
const ADDRESSES = ["203.0.113.77", "198.51.100.77", "192.0.2.77", "2001:db8:ffff::77"];
/** Said to the service and to ourselves alike, so that it does not matter where such an address is. */
const COUNTRY = "GB";

const stagedOf = (plan: Plan, { resources }: Seen): readonly ResourceOf<"conditional-access">[] => {
  const list = resources["conditional-access"];
  const own = list.type === "present" ? list.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id) : [];
  return own.filter(({ settings }) => settings.state === "report-only").sort((a, b) => ((a.mark?.key ?? "") < (b.mark?.key ?? "") ? -1 : 1));
};

const isInvited = (address: string): boolean => address.toUpperCase().includes("#EXT#");

/** The first of the alphabet, so that the same tenant is asked about the same people. */
const first = (old: Sampled | undefined, next: Sampled): Sampled => (old === undefined || next.address < old.address ? next : old);

const names = (users: PolicyUsers, id: ObjectId, { members }: Seen): boolean =>
  users.all ||
  users.users.includes(id) ||
  users.groups.some((group) => {
    const known = members.get(group);
    return known?.type === "present" && known.value.has(id);
  });

/** Enabled accounts, by what they are to the first staged policy. */
const fromRoster = (seen: Seen, { include, exclude }: PolicySettings, besides: ReadonlySet<ObjectId>): readonly Sampled[] => {
  const found: { asked?: Sampled; excluded?: Sampled; outside?: Sampled; guest?: Sampled } = {};
  if (seen.roster.type !== "present") return [];
  const roster = seen.roster.value;
  for (const id of roster.everybody()) {
    const flags = roster.flags(id);
    const address = roster.address(id);
    if (flags?.enabled !== true || address === undefined || besides.has(id)) continue;
    const as = flags.guest ? "guest" : !names(include, id, seen) ? "outside" : names(exclude, id, seen) ? "excluded" : "asked";
    found[as] = first(found[as], { id, address, as, belongs: belongsOf({ guest: flags.guest, invited: isInvited(address) }) });
  }
  return [found.asked, found.excluded ?? found.outside, found.guest].flatMap((each) => (each === undefined ? [] : [each]));
};

const lookedUp = ({ address, account }: LookedUp, as: WhatIfAccount["as"]): readonly Sampled[] => {
  if (account.type !== "present") return [];
  const subject = subjectOf(account.value);
  return [{ id: subject.id, address: address.toLowerCase(), as, belongs: subject.belongs, subject }];
};

/**
 * At most five: one whom the first staged policy asks, one whom it does not, a guest, an emergency account, an administrator.
 *
 * @returns nobody when no policy of the plan stands in report-only.
 */
export const sampleOf = (plan: Plan, seen: Seen): readonly Sampled[] => {
  const [staged] = stagedOf(plan, seen);
  if (staged === undefined) return [];
  const administrators = seen.access?.type === "present" ? seen.access.value.administrators : undefined;
  const known = [
    ...seen.emergency.flatMap((each) => lookedUp(each, "emergency account")).slice(0, 1),
    ...(administrators?.type === "present" ? administrators.value.looked.flatMap((each) => lookedUp(each, "administrator")).slice(0, 1) : []),
  ];
  return [...fromRoster(seen, staged.settings, new Set(known.map(({ id }) => id))), ...known];
};

const isIn = (address: string, range: string): boolean => {
  try {
    const [own, [base, bits]] = [ipaddr.parse(address), ipaddr.parseCIDR(range)];
    return own.kind() === base.kind() && own.match([base, bits]);
  } catch {
    // A range that nobody can read may hold any address; another is tried.
    return true;
  }
};

/** In a browser, from outside every named network as far as one can be found: there most is asked. */
export const signInOf = (subject: Subject, { resources }: Pick<Seen, "resources">): SignIn => {
  const list = resources["named-location"];
  const ranges = list.type === "present" ? list.value.flatMap(({ settings }) => settings.ranges) : [];
  const address = ADDRESSES.find((each) => !ranges.some((range) => isIn(each, range))) ?? ADDRESSES[0];
  return {
    subject,
    target: { type: "application", id: EXCHANGE_ONLINE },
    program: "browser",
    address,
    country: COUNTRY,
    platform: "windows",
    // Not said to the service: what depends on it neither of the two can tell.
    device: undefined,
    signInRisk: "none",
    userRisk: "none",
    insiderRisk: "none",
    flow: "none",
  };
};
