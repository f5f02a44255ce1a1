/** Conditional-access policies: whom they ask, where, in which clients, for what. */

import { sortedOnce } from "../canonical.ts";
import type { PolicySettings, PolicyUsers } from "../tenant.ts";
import { type Field, type KindRules, otherFields, settledOther } from "./rules.ts";

const users = (each: PolicyUsers): PolicyUsers => ({
  all: each.all,
  none: each.none,
  guests: each.guests,
  users: sortedOnce(each.users),
  groups: sortedOnce(each.groups),
  roles: sortedOnce(each.roles),
});

const normaliseLocations = (locations: PolicySettings["locations"]): PolicySettings["locations"] =>
  locations === null || locations.include.length + locations.exclude.length === 0
    ? null
    : { include: sortedOnce(locations.include), exclude: sortedOnce(locations.exclude) };

const normaliseGrant = (grant: PolicySettings["grant"]): PolicySettings["grant"] =>
  grant === null ? null : { operator: grant.operator, controls: sortedOnce(grant.controls), strength: grant.strength };

const normalise = (settings: PolicySettings): PolicySettings => ({
  name: settings.name,
  description: settings.description,
  state: settings.state,
  include: users(settings.include),
  exclude: users(settings.exclude),
  apps: { include: sortedOnce(settings.apps.include), exclude: sortedOnce(settings.apps.exclude), userActions: sortedOnce(settings.apps.userActions) },
  clients: sortedOnce(settings.clients),
  locations: normaliseLocations(settings.locations),
  grant: normaliseGrant(settings.grant),
  signInFrequency: settings.signInFrequency,
  other: settledOther(settings.other),
});

const userFields = (path: string, each: PolicyUsers): readonly Field[] => [
  { path: `${path}.all`, value: each.all },
  { path: `${path}.none`, value: each.none },
  { path: `${path}.guests`, value: each.guests },
  { path: `${path}.users`, value: each.users },
  { path: `${path}.groups`, value: each.groups },
  { path: `${path}.roles`, value: each.roles },
];

const fields = ({ name, description, state, include, exclude, apps, clients, locations, grant, signInFrequency, other }: PolicySettings): readonly Field[] => [
  { path: "name", value: name },
  { path: "description", value: description },
  { path: "state", value: state },
  ...userFields("include", include),
  ...userFields("exclude", exclude),
  { path: "apps.include", value: apps.include },
  { path: "apps.exclude", value: apps.exclude },
  { path: "apps.userActions", value: apps.userActions },
  { path: "clients", value: clients },
  { path: "locations.include", value: locations?.include ?? [] },
  { path: "locations.exclude", value: locations?.exclude ?? [] },
  { path: "grant.operator", value: grant?.operator ?? null },
  { path: "grant.controls", value: grant?.controls ?? [] },
  { path: "grant.strength", value: grant?.strength ?? null },
  { path: "signInFrequency", value: signInFrequency },
  ...otherFields(other),
];

const mapUsers = (each: PolicyUsers, change: (id: string) => string): PolicyUsers => ({
  ...each,
  users: sortedOnce(each.users.map(change)),
  groups: sortedOnce(each.groups.map(change)),
});

export const conditionalAccess: KindRules<"conditional-access"> = {
  is: (settings) => "grant" in settings,
  name: ({ name }) => name,
  over: (_observed, wanted) => wanted,
  normalise,
  fields,
  // v1.0 lists `description`, but whether the service keeps what is written there is unconfirmed: none at all is no difference.
  lenient: ({ description }) => (description === "" ? ["description"] : []),
  ids: ({ include, exclude, locations }) => [
    ...include.users,
    ...include.groups,
    ...exclude.users,
    ...exclude.groups,
    ...(locations?.include ?? []),
    ...(locations?.exclude ?? []),
  ],
  mapIds: (settings, change) => ({
    ...settings,
    include: mapUsers(settings.include, change),
    exclude: mapUsers(settings.exclude, change),
    locations:
      settings.locations === null
        ? null
        : { include: sortedOnce(settings.locations.include.map(change)), exclude: sortedOnce(settings.locations.exclude.map(change)) },
  }),
};
