/** The campaign that nudges people to register: it reaches only those who have just completed MFA. */

import { sortedOnce } from "../canonical.ts";
import { type KindRules, otherFields, settledOther } from "./rules.ts";

export const registrationCampaign: KindRules<"registration-campaign"> = {
  is: (settings) => "snoozeDays" in settings,
  name: () => "Registration campaign",
  // A campaign that ends keeps its words, for whoever begins it again.
  over: (observed, wanted) => (observed !== undefined && wanted.campaign === "off" ? { ...observed, campaign: "off" } : wanted),
  normalise: ({ campaign, method, snoozeDays, include, exclude, other }) => ({
    campaign,
    method,
    snoozeDays,
    include: { all: include.all, users: sortedOnce(include.users), groups: sortedOnce(include.groups) },
    exclude: { users: sortedOnce(exclude.users), groups: sortedOnce(exclude.groups) },
    other: settledOther(other),
  }),
  fields: ({ campaign, method, snoozeDays, include, exclude, other }) => [
    { path: "campaign", value: campaign },
    { path: "method", value: method },
    { path: "snoozeDays", value: snoozeDays },
    { path: "include.all", value: include.all },
    { path: "include.users", value: include.users },
    { path: "include.groups", value: include.groups },
    { path: "exclude.users", value: exclude.users },
    { path: "exclude.groups", value: exclude.groups },
    ...otherFields(other),
  ],
  lenient: () => [],
  ids: ({ include, exclude }) => [...include.users, ...include.groups, ...exclude.users, ...exclude.groups],
  mapIds: (settings, change) => ({
    ...settings,
    include: { ...settings.include, users: sortedOnce(settings.include.users.map(change)), groups: sortedOnce(settings.include.groups.map(change)) },
    exclude: { users: sortedOnce(settings.exclude.users.map(change)), groups: sortedOnce(settings.exclude.groups.map(change)) },
  }),
};
