/** From where a policy is about a sign-in. "Conditional Access: Network assignment". */

import ipaddr from "ipaddr.js";
import { type Answer, allOf, anyOf, at, butNot, membersOf, no, strangersIn, unsure, type Verdict, yes } from "./evaluate-logic.ts";
import type { SignIn } from "./sign-in.ts";
import type { Known, NamedLocationSettings, ObjectId, PolicySettings } from "./tenant.ts";

export type Places = Known<ReadonlyMap<ObjectId, NamedLocationSettings>>;

/** Stands in policies for the trusted addresses of per-user MFA; no request tells them. Facts, section 7.2. */
const MFA_TRUSTED_ADDRESSES: ObjectId = "00000000-0000-0000-0000-000000000000";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An IPv4 address in IPv6 clothes is that IPv4 address (RFC 4291, section 2.5.5); undefined: no address at all. */
const addressOf = (text: string): Address | undefined => (ipaddr.isValid(text) ? ipaddr.process(text) : undefined);

const inRange = (address: Address, text: string): Answer => {
  if (!ipaddr.isValidCIDR(text)) return "unknown";
  const [network, bits] = ipaddr.parseCIDR(text);
  if (!(network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96)) {
    const range: [Address, number] = [network, bits];
    return address.kind() === network.kind() && address.match(range) ? "yes" : "no";
  }
  // Whether the service takes a range in IPv6 clothes for the IPv4 range that it is no page says.
  const range: [Address, number] = [network.toIPv4Address(), bits - 96];
  return address.kind() === "ipv4" && address.match(range) ? "unknown" : "no";
};

const inNetwork = ({ name, ranges, other }: NamedLocationSettings, { address }: SignIn): Verdict => {
  if (address === null) return no(`outside ${name}`);
  const parsed = address === undefined ? undefined : addressOf(address);
  if (parsed === undefined) return unsure("nobody can say from which address the sign-in comes");
  const answers = ranges.map((range) => inRange(parsed, range));
  if (answers.includes("yes")) return yes(`in ${name}`);
  // Ranges of a sort that is new to us stand in `other`.
  return answers.includes("unknown") || membersOf(other).length > 0 ? unsure(`not all addresses of ${name} can be read`) : no(`outside ${name}`);
};

const inCountries = ({ name, ranges, other }: NamedLocationSettings, { country }: SignIn): Verdict => {
  const method = at(other, "countryLookupMethod");
  // By its position the authenticator app is asked where it is, which no address tells.
  if (method !== undefined && method !== "clientIpAddress") return unsure(`${name} goes by where a phone is`);
  const [stranger] = strangersIn(other, ["countryLookupMethod", "includeUnknownCountriesAndRegions"], name);
  if (country === undefined) return unsure("nobody can say from which country the sign-in comes");
  const isIn = country === null ? at(other, "includeUnknownCountriesAndRegions") === true : ranges.some((code) => code.toUpperCase() === country.toUpperCase());
  if (isIn) return yes(`in ${name}`);
  return stranger ?? no(`outside ${name}`);
};

const inLocation = (location: NamedLocationSettings, signIn: SignIn): Verdict => {
  switch (location.sort) {
    case "ip":
      return inNetwork(location, signIn);
    case "country":
      return inCountries(location, signIn);
    default:
      return unsure(`${location.name} is a location of a sort that this tool does not know`);
  }
};

/** "This control only accepts IPv4 addresses" (MFA trusted IPs); which ones nobody can read. */
const inMfaTrusted = ({ address }: SignIn): Verdict => {
  const outside = no("outside the trusted addresses of per-user MFA");
  if (address === null) return outside;
  const parsed = address === undefined ? undefined : addressOf(address);
  return parsed?.kind() === "ipv6" ? outside : unsure("the trusted addresses of per-user MFA cannot be read");
};

const inPlace = (place: string, signIn: SignIn, places: Places): Verdict => {
  if (place === "all") return yes("everywhere");
  if (place === MFA_TRUSTED_ADDRESSES) return inMfaTrusted(signIn);
  if (places.type === "unknown") return unsure(`the named locations could not be read: ${places.because}`);
  const locations: ReadonlyMap<ObjectId, NamedLocationSettings> = places.type === "present" ? places.value : new Map();
  if (place === "all-trusted") {
    // "All locations marked as trusted locations" and "multifactor authentication trusted IPs, if configured".
    const trusted = [...locations.values()].filter((location) => location.trusted);
    return anyOf([...trusted.map((location) => inLocation(location, signIn)), inMfaTrusted(signIn)], "outside all trusted locations");
  }
  const location = locations.get(place);
  // Not in the list: deleted, or one of those that the list leaves out, such as the compliant network.
  return location === undefined ? unsure(`location ${place} is not among the named locations`) : inLocation(location, signIn);
};

export const networkVerdict = ({ locations, other }: PolicySettings, signIn: SignIn, places: Places): Verdict => {
  const strangers = strangersIn(at(other, "conditions", "locations"), [], "locations");
  if (locations === null) return allOf(strangers, "it is about every network");
  const within = locations.include.map((place) => inPlace(place, signIn, places));
  // Whether leaving out without taking in means everywhere is unconfirmed. Facts, section 7.2.
  const included =
    locations.include.length === 0 ? unsure("it names networks to leave out and none to take in") : anyOf(within, "the sign-in comes from elsewhere");
  const excluded = anyOf(
    locations.exclude.map((place) => inPlace(place, signIn, places)),
    "",
  );
  const leftOut: Verdict = excluded.applies === "yes" ? yes(`it leaves out what comes from ${excluded.because.replace(/^in /, "")}`) : excluded;
  return allOf([butNot(included, leftOut), ...strangers], "it is about that network");
};
