/** In which ways one value of a resource's settings asks for less than another. */

import {
  type AuthenticationMethodsSettings,
  type AuthenticationPolicySettings,
  BASIC_TITLES,
  type ClientType,
  type DefaultAuthenticationPolicySettings,
  type Json,
  type Kind,
  type NamedLocationSettings,
  type PolicySettings,
  type PolicyUsers,
  type RegistrationCampaignSettings,
  type SecurityDefaultsSettings,
  type SettingsOf,
} from "../tenant.ts";

/** `path` as in a change's fields; `what` completes "it was ...". */
export type Looser = { readonly path: string; readonly what: string };

const STATES = { on: 2, "report-only": 1, off: 0 } as const satisfies Record<PolicySettings["state"], number>;

const missing = (of: readonly string[], from: readonly string[]): readonly string[] => of.filter((each) => !from.includes(each));

const usersLooser = (path: "include" | "exclude", more: PolicyUsers, less: PolicyUsers): readonly Looser[] => {
  const words = path === "include" ? "taken off" : "given an exclusion of";
  const found: Looser[] = [];
  if (more.all && !less.all) found.push({ path: `${path}.all`, what: `${words} all users` });
  if (more.guests && !less.guests && !less.all) found.push({ path: `${path}.guests`, what: `${words} guests` });
  for (const list of ["users", "groups", "roles"] as const) {
    // Where everybody is meant, single names add nothing.
    const gone = less.all ? [] : missing(more[list], less[list]);
    if (gone.length > 0) found.push({ path: `${path}.${list}`, what: `${words} the ${gone.length === 1 ? list.slice(0, -1) : list} ${gone.join(", ")}` });
  }
  return found;
};

const appsLooser = (before: PolicySettings["apps"], now: PolicySettings["apps"]): readonly Looser[] => {
  const found: Looser[] = [];
  if (!now.include.includes("all") && missing(before.include, now.include).length > 0) found.push({ path: "apps.include", what: "taken off some apps" });
  if (missing(now.exclude, before.exclude).length > 0) found.push({ path: "apps.exclude", what: "given an exclusion of apps" });
  if (missing(before.userActions, now.userActions).length > 0) found.push({ path: "apps.userActions", what: "taken off some user actions" });
  return found;
};

const clientsLooser = (before: readonly ClientType[], now: readonly ClientType[]): readonly Looser[] => {
  const gone = now.includes("all") ? [] : missing(before, now);
  return gone.length === 0 ? [] : [{ path: "clients", what: `taken off some programs (${gone.join(", ")})` }];
};

/** A policy without the condition is for every place. */
const places = (locations: PolicySettings["locations"]): NonNullable<PolicySettings["locations"]> => locations ?? { include: ["all"], exclude: [] };

const locationsLooser = (before: PolicySettings["locations"], now: PolicySettings["locations"]): readonly Looser[] => {
  const [was, is] = [places(before), places(now)];
  const found: Looser[] = [];
  if (missing(is.exclude, was.exclude).length > 0) found.push({ path: "locations.exclude", what: "told to spare another place" });
  if (!is.include.includes("all") && missing(was.include, is.include).length > 0) found.push({ path: "locations.include", what: "taken off some places" });
  return found;
};

const grantLooser = (before: PolicySettings["grant"], now: PolicySettings["grant"]): readonly Looser[] => {
  if (before === null) return [];
  if (now === null) return [{ path: "grant", what: "rid of what it asks for" }];
  const found: Looser[] = [];
  const gone = missing(before.controls, now.controls);
  const more = missing(now.controls, before.controls);
  // With "or" every further control is another way in; with "and" it is one more to pass.
  const offers = now.operator === "or" && (more.length > 0 || (before.operator === "and" && before.controls.length > 1));
  if (gone.length > 0 || offers) found.push({ path: "grant.controls", what: gone.length > 0 ? `rid of ${gone.join(", ")}` : "given an easier way in" });
  if (before.strength !== null && now.strength !== before.strength) found.push({ path: "grant.strength", what: "given another authentication strength" });
  return found;
};

const hours = (every: PolicySettings["signInFrequency"]): number =>
  every === null ? Number.POSITIVE_INFINITY : every === "every-time" ? 0 : every.every * (every.unit === "days" ? 24 : 1);

const isEmpty = (value: Json): boolean => value === null || (typeof value === "object" && Object.keys(value).length === 0);

const policyLooser = (before: PolicySettings, now: PolicySettings): readonly Looser[] => [
  ...(STATES[now.state] < STATES[before.state] ? [{ path: "state", what: now.state === "off" ? "turned off" : "set to report-only" }] : []),
  ...usersLooser("include", before.include, now.include),
  ...usersLooser("exclude", now.exclude, before.exclude),
  ...appsLooser(before.apps, now.apps),
  ...clientsLooser(before.clients, now.clients),
  ...locationsLooser(before.locations, now.locations),
  ...grantLooser(before.grant, now.grant),
  ...(hours(now.signInFrequency) > hours(before.signInFrequency) ? [{ path: "signInFrequency", what: "told to ask again later or not at all" }] : []),
  // What this tool has no word for may narrow a policy in any way.
  ...(!isEmpty(now.other) && JSON.stringify(now.other) !== JSON.stringify(before.other) ? [{ path: "other", what: "given further conditions" }] : []),
];

const UNKNOWN = "includeUnknownCountriesAndRegions";
const takesUnknown = ({ other }: NamedLocationSettings): boolean =>
  typeof other === "object" && other !== null && Object.entries(other).some(([name, value]) => name === UNKNOWN && value === true);

const locationLooser = (before: NamedLocationSettings, now: NamedLocationSettings): readonly Looser[] => {
  const added = missing(now.ranges, before.ranges);
  return [
    ...(added.length > 0 ? [{ path: "ranges", what: `widened by ${added.join(", ")}` }] : []),
    ...(now.sort !== before.sort ? [{ path: "sort", what: "made another sort of place" }] : []),
    ...(now.trusted && !before.trusted ? [{ path: "trusted", what: "marked as trusted" }] : []),
    ...(takesUnknown(now) && !takesUnknown(before) ? [{ path: `other.${UNKNOWN}`, what: "widened by addresses of no known country" }] : []),
  ];
};

const methodsLooser = (before: AuthenticationMethodsSettings, now: AuthenticationMethodsSettings): readonly Looser[] =>
  Object.entries(now.methods).flatMap(([method, { state }]) =>
    state === "on" && before.methods[method]?.state === "off" ? [{ path: `${method}.state`, what: `told to allow ${method}` }] : [],
  );

const campaignLooser = (before: RegistrationCampaignSettings, now: RegistrationCampaignSettings): readonly Looser[] =>
  before.campaign === "on" && now.campaign !== "on" ? [{ path: "campaign", what: now.campaign === "off" ? "turned off" : "left to Microsoft" }] : [];

const defaultsLooser = (before: SecurityDefaultsSettings, now: SecurityDefaultsSettings): readonly Looser[] =>
  before.enabled && !now.enabled ? [{ path: "enabled", what: "turned off" }] : [];

const basicLooser = (before: AuthenticationPolicySettings, now: AuthenticationPolicySettings): readonly Looser[] => {
  const added = now.allowBasic.filter((word) => !before.allowBasic.includes(word));
  return added.length === 0 ? [] : [{ path: "allowBasic", what: `told to let ${added.map((word) => BASIC_TITLES[word]).join(", ")} in with a password alone` }];
};

/** What another policy blocks is not looked at here: in the place of ours it is somebody's wish all the same. */
const defaultPolicyLooser = (before: DefaultAuthenticationPolicySettings, now: DefaultAuthenticationPolicySettings): readonly Looser[] =>
  before.defaultPolicy === null || now.defaultPolicy === before.defaultPolicy
    ? []
    : [{ path: "defaultPolicy", what: now.defaultPolicy === null ? "taken away" : "given to another policy" }];

/** In which ways `now` asks for less than `before`, by kind. A group asks for nothing; its members are counted elsewhere. */
export const LOOSER = {
  "cohort-group": () => [],
  "named-location": locationLooser,
  "authentication-methods": methodsLooser,
  "registration-campaign": campaignLooser,
  "conditional-access": policyLooser,
  "security-defaults": defaultsLooser,
  "per-user-mfa": () => [],
  // Mailboxes lose what was set when their licence changes, without anybody's wish: that is mended.
  "mailbox-plan": () => [],
  "mailbox-protocols": () => [],
  "authentication-policy": basicLooser,
  "default-authentication-policy": defaultPolicyLooser,
  "smtp-auth": () => [],
  "account-block": () => [],
  "account-deletion": () => [],
} satisfies { readonly [K in Kind]: (before: SettingsOf[K], now: SettingsOf[K]) => readonly Looser[] };
