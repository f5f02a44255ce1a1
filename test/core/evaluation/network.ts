/** From where. */

import type { PolicySettings } from "../../../src/core/tenant.ts";
import { unknown } from "../../../src/core/tenant.ts";
import { ABROAD, BY_PHONE, type Case, FACTS, GONE, ISSUE, NETWORK, NEW_SORT, NO_PLACES, ODD, OFFICES, row, SCHOOL } from "./build.ts";

const MFA_TRUSTED = "00000000-0000-0000-0000-000000000000";
const within = (...include: string[]): Pick<PolicySettings, "locations"> => ({ locations: { include, exclude: [] } });
const outside = (...exclude: string[]): Pick<PolicySettings, "locations"> => ({ locations: { include: ["all"], exclude } });
const from = (address: string | null | undefined) => ({ address });
const country = (code: string | null | undefined) => ({ country: code });
const MAPPED = "RFC 4291, section 2.5.5";

export const WHERE: readonly Case[] = [
  row("no condition", {}, {}, "yes", NETWORK, "policies apply to all locations by default"),
  row("no condition, from nobody knows where", {}, from(undefined), "yes", NETWORK, "policies apply to all locations by default"),
  row("any location", within("all"), {}, "yes", NETWORK, "any address on the internet"),
  row("any location, from nobody knows where", within("all"), from(undefined), "yes", NETWORK, "any address on the internet"),
  row("inside a range", within(SCHOOL), {}, "yes", NETWORK, "connects from a selected location"),
  row("the last address of a range", within(SCHOOL), from("203.0.113.127"), "yes", NETWORK, "the range is CIDR"),
  row("the address after it", within(SCHOOL), from("203.0.113.128"), "no", NETWORK, "connects from elsewhere"),
  row("outside every range", within(SCHOOL), from("198.51.100.1"), "no", NETWORK, "connects from elsewhere", { because: "elsewhere" }),
  row("one of two locations", within(OFFICES, SCHOOL), {}, "yes", NETWORK, "any of the selected locations"),
  row("IPv6 inside", within(SCHOOL), from("2001:db8:10:1::9"), "yes", NETWORK, "public IPv6 ranges are ranges"),
  row("IPv6 in other letters", within(SCHOOL), from("2001:0DB8:0010::1"), "yes", NETWORK, "public IPv6 ranges are ranges"),
  row("IPv6 outside", within(SCHOOL), from("2001:db8:11::1"), "no", NETWORK, "an unlisted IPv6 egress is elsewhere"),
  row("IPv4 written as IPv6", within(SCHOOL), from("::ffff:203.0.113.7"), "yes", MAPPED, "it is that IPv4 address"),
  row("IPv4 written as IPv6, outside", within(SCHOOL), from("::ffff:198.51.100.7"), "no", MAPPED, "it is that IPv4 address"),
  row("a range written as IPv6", within(OFFICES), from("192.0.2.9"), "unknown", ISSUE, "no page says whether the service takes it for the IPv4 range"),
  row("a range written as IPv6, outside", within(OFFICES), from("192.0.2.200"), "no", NETWORK, "outside in either reading"),
  row("from an address nobody knows", within(SCHOOL), from(undefined), "unknown", ISSUE, "it may be inside"),
  row("from no address at all", within(SCHOOL), from("the office"), "unknown", ISSUE, "that is no address"),
  row("from outside whatever is named", within(SCHOOL), from(null), "no", NETWORK, "connects from elsewhere"),
  row("left out", outside(SCHOOL), {}, "no", NETWORK, "you can still exclude specific locations", { because: "leaves out what comes from school" }),
  row("outside what is left out", outside(SCHOOL), from("198.51.100.1"), "yes", NETWORK, "all locations except those"),
  row("perhaps left out", outside(SCHOOL), from(undefined), "unknown", ISSUE, "unproven exclusion lets nobody off"),
  row("outside whatever is named, left out", outside(SCHOOL), from(null), "yes", NETWORK, "all locations except those"),
  row("in and left out", { locations: { include: [SCHOOL], exclude: [SCHOOL] } }, {}, "no", NETWORK, "exclusion beats inclusion"),
  row(
    "not taken in, perhaps left out",
    { locations: { include: [SCHOOL], exclude: [GONE] } },
    from("198.51.100.1"),
    "no",
    NETWORK,
    "what is not included need not be excluded",
  ),
  row("left out without taking in, inside", { locations: { include: [], exclude: [SCHOOL] } }, {}, "no", NETWORK, "left out in either reading"),
  row(
    "left out without taking in, outside",
    { locations: { include: [], exclude: [SCHOOL] } },
    from("198.51.100.1"),
    "unknown",
    FACTS("7.2"),
    "whether that is everywhere is unconfirmed",
  ),
  row("a range of a sort that is new", within(ODD), from("198.51.100.5"), "unknown", ISSUE, "ranges that cannot be read may hold it"),
  row("a range of a sort that is new, in another", within(ODD), from("192.0.2.5"), "yes", NETWORK, "a range that can be read holds it"),
  row("a location of a sort that is new", within(NEW_SORT), {}, "unknown", ISSUE, "what it holds is not known here"),
  row("a location that is gone", within(GONE), {}, "unknown", ISSUE, "what it was nobody can say", { because: "not among the named locations" }),
  row("a location that is gone left out", outside(GONE), {}, "unknown", ISSUE, "unproven exclusion lets nobody off"),
  row("locations that could not be read", within(SCHOOL), {}, "unknown", ISSUE, "a failed read is not an empty one", {
    places: unknown("503"),
    because: "503",
  }),
  row("locations that could not be read, any location", within("all"), {}, "yes", NETWORK, "any address on the internet", { places: unknown("503") }),
  row("no location at all", within(SCHOOL), {}, "unknown", ISSUE, "the location is not among them", { places: NO_PLACES }),

  row("a country", within(ABROAD), country("FR"), "yes", NETWORK, "the address resolves to the country"),
  row("another country", within(ABROAD), country("GB"), "no", NETWORK, "the address resolves to another country"),
  row("a country in small letters", within(ABROAD), country("fr"), "yes", NETWORK, "country codes compare without regard to case"),
  row("no country, unknown ones included", within(ABROAD), country(null), "yes", NETWORK, "include unknown countries/regions"),
  row("a country nobody knows", within(ABROAD), country(undefined), "unknown", ISSUE, "it may be that one"),
  row("by the phone's position", within(BY_PHONE), country("GB"), "unknown", NETWORK, "GPS coordinates, which no address tells"),
  row("a country left out", outside(ABROAD), country("DE"), "no", NETWORK, "countries can be excluded"),
  row("a country left out, from home", outside(ABROAD), country("GB"), "yes", NETWORK, "all locations except those"),

  row("all trusted, inside one", within("all-trusted"), {}, "yes", NETWORK, "all locations marked as trusted"),
  row(
    "all trusted, inside one that is not",
    within("all-trusted"),
    from("198.51.100.1"),
    "unknown",
    NETWORK,
    "multifactor authentication trusted IPs count, and cannot be read",
  ),
  row("all trusted, IPv6 outside", within("all-trusted"), from("2001:db8:11::1"), "no", NETWORK, "trusted IPs accept IPv4 only"),
  row("all trusted, outside whatever is named", within("all-trusted"), from(null), "no", NETWORK, "it is in none"),
  row("all trusted left out, inside", outside("all-trusted"), {}, "no", NETWORK, "all locations except trusted locations"),
  row("all trusted left out, IPv4 outside", outside("all-trusted"), from("198.51.100.1"), "unknown", NETWORK, "unproven exclusion lets nobody off"),
  row("all trusted left out, IPv6 outside", outside("all-trusted"), from("2001:db8:11::1"), "yes", NETWORK, "it is in none"),
  row("all trusted left out, unread", outside("all-trusted"), {}, "unknown", ISSUE, "a failed read is not an empty one", { places: unknown("503") }),
  row("trusted addresses of MFA, IPv4", within(MFA_TRUSTED), {}, "unknown", FACTS("7.2"), "legal in a policy, and no request tells them"),
  row("trusted addresses of MFA, IPv6", within(MFA_TRUSTED), from("2001:db8:10::1"), "no", NETWORK, "trusted IPs accept IPv4 only"),
  row("trusted addresses of MFA left out", outside(MFA_TRUSTED), {}, "unknown", ISSUE, "unproven exclusion lets nobody off"),
  row("trusted addresses of MFA and the school left out", outside(MFA_TRUSTED, SCHOOL), {}, "no", NETWORK, "one exclusion is enough"),
  row(
    "a member of locations that is new",
    { ...within(SCHOOL), other: { conditions: { locations: { includeOrbit: "low" } } } },
    {},
    "unknown",
    ISSUE,
    "it may narrow",
  ),
  row(
    "a member of locations that is new, elsewhere",
    { ...within(SCHOOL), other: { conditions: { locations: { includeOrbit: "low" } } } },
    from("198.51.100.1"),
    "no",
    NETWORK,
    "connects from elsewhere",
  ),
];
