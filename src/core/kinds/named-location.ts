/** Networks by their address ranges. */

import ipaddr from "ipaddr.js";
import { sortedOnce } from "../canonical.ts";
import type { Json, NamedLocationSettings } from "../tenant.ts";
import { type KindRules, otherFields, settledOther } from "./rules.ts";

/** The same network in one spelling: `2001:DB8:10:0::/48` and `2001:db8:10::/48` are one. What is no range stays as it is. */
const canonicalRange = (range: string): string => {
  if (ipaddr.IPv4.isValidCIDR(range)) return `${ipaddr.IPv4.networkAddressFromCIDR(range).toString()}/${ipaddr.IPv4.parseCIDR(range)[1]}`;
  if (ipaddr.IPv6.isValidCIDR(range)) return `${ipaddr.IPv6.networkAddressFromCIDR(range).toString()}/${ipaddr.IPv6.parseCIDR(range)[1]}`;
  return range;
};

const isObject = (value: Json): value is { readonly [key: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);

/** What the service takes for said where nothing is said of a place by its countries. Facts, section 7.3. */
const DEFAULTS: { readonly [name: string]: Json } = { countryLookupMethod: "clientIpAddress", includeUnknownCountriesAndRegions: false };

const withoutDefaults = (other: Json): Json =>
  isObject(other) ? Object.fromEntries(Object.entries(other).filter(([name, value]) => DEFAULTS[name] !== value)) : other;

const normalise = (settings: NamedLocationSettings): NamedLocationSettings => ({
  name: settings.name,
  sort: settings.sort,
  trusted: settings.trusted,
  ranges: sortedOnce(settings.sort === "ip" ? settings.ranges.map(canonicalRange) : settings.ranges),
  other: settledOther(settings.sort === "country" ? withoutDefaults(settings.other) : settings.other),
});

export const namedLocation: KindRules<"named-location"> = {
  is: (settings) => "sort" in settings,
  name: ({ name }) => name,
  over: (_observed, wanted) => wanted,
  normalise,
  fields: ({ name, sort, trusted, ranges, other }) => [
    { path: "name", value: name },
    { path: "sort", value: sort },
    { path: "trusted", value: trusted },
    { path: "ranges", value: ranges },
    ...otherFields(other),
  ],
  lenient: () => [],
  ids: () => [],
  mapIds: (settings) => settings,
};
