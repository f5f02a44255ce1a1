/**
 * What takes the place of security defaults: policies that ask everybody for MFA, in every app, client and place, and that
 * block the programs that know nothing but a password. Facts, section 7.1.
 */

import type { Observed } from "./observed.ts";
import type { ClientType, Known, ObjectId, PolicySettings, ResourceOf } from "./tenant.ts";

const isEmpty = (value: PolicySettings["other"]): boolean => value === null || (typeof value === "object" && Object.keys(value).length === 0);

/** How a policy stands ready: what people do, such as registering, knows no report-only. */
export const restingState = ({ apps }: PolicySettings): "report-only" | "off" => (apps.userActions.length > 0 ? "off" : "report-only");

/** Every app, every place, and no condition that this tool has no word for. */
const isEverywhere = ({ apps, locations, other }: PolicySettings): boolean =>
  apps.include.includes("all") && apps.exclude.length === 0 && locations === null && isEmpty(other);

const isIn = (settings: PolicySettings, clients: readonly ClientType[]): boolean =>
  settings.clients.includes("all") || clients.every((client) => settings.clients.includes(client));

/** Whom it is for is asked for MFA wherever and with whatever they sign in. */
export const asksEverywhere = (settings: PolicySettings): boolean => {
  const { grant } = settings;
  if (grant === null || !isEverywhere(settings) || !isIn(settings, ["browser", "mobile-and-desktop"])) return false;
  const demands = grant.controls.length + (grant.strength === null ? 0 : 1);
  const hasMfa = grant.controls.includes("mfa") || grant.strength !== null;
  // With "or", any other control is a way past MFA.
  return hasMfa && (grant.operator === "and" || demands === 1);
};

/** Whom it is for cannot use a program that knows nothing but a password. */
export const blocksOldPrograms = (settings: PolicySettings): boolean =>
  settings.grant?.controls.includes("block") === true && isEverywhere(settings) && isIn(settings, ["activesync", "legacy"]);

export const policiesOn = (observed: Observed): readonly ResourceOf<"conditional-access">[] => {
  const list = observed.resources["conditional-access"];
  return list.type === "present" ? list.value.filter(({ settings }) => settings.state === "on") : [];
};

/** Whether a policy stands in for the defaults as far as one can: of several, the first to be switched on. */
export const isReplaced = (observed: Observed): boolean => policiesOn(observed).some(({ settings }) => asksEverywhere(settings));

/** Whether a policy is for an account; a group whose members were not read holds nobody for an inclusion, and perhaps this one for an exclusion. */
export const isFor = (observed: Observed, { include, exclude }: PolicySettings, id: ObjectId, guest: boolean): boolean => {
  const holds = (group: string, otherwise: boolean): boolean => {
    const members = observed.members.get(group);
    return members?.type === "present" ? members.value.has(id) : otherwise;
  };
  const included = include.all || include.users.includes(id) || (include.guests && guest) || include.groups.some((group) => holds(group, false));
  if (!included || include.none) return false;
  return !exclude.users.includes(id) && !(exclude.guests && guest) && !exclude.groups.some((group) => holds(group, true));
};

export type Uncovered = {
  /** Enabled accounts whom no policy asks for MFA everywhere, in the order in which the service listed them. */
  readonly mfa: readonly ObjectId[];
  /** Enabled accounts that may go on with old programs. */
  readonly oldPrograms: readonly ObjectId[];
};

/**
 * Whom security defaults cover and the policies that are on do not. Emergency accounts are left out of each of our policies
 * on purpose, and do not count.
 *
 * @returns unknown when the accounts could not be read.
 */
export const uncoveredIn = (observed: Observed): Known<Uncovered> => {
  const { roster, emergency } = observed;
  if (roster.type !== "present") return roster;
  const people = roster.value;
  const outside = new Set(emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const on = policiesOn(observed).map(({ settings }) => settings);
  const [asking, blocking] = [on.filter(asksEverywhere), on.filter(blocksOldPrograms)];
  const mfa: ObjectId[] = [];
  const oldPrograms: ObjectId[] = [];
  for (const id of people.everybody()) {
    const flags = people.flags(id);
    if (flags?.enabled !== true || outside.has(id)) continue;
    if (!asking.some((settings) => isFor(observed, settings, id, flags.guest))) mfa.push(id);
    if (!blocking.some((settings) => isFor(observed, settings, id, flags.guest))) oldPrograms.push(id);
  }
  return { type: "present", value: { mfa, oldPrograms } };
};
