/** What the service accepts as a named location (conditionalAccessRoot: Create namedLocations; concept-assignment-network). */

import ipaddr from "ipaddr.js";
import type { Json, WireObject } from "../fill.ts";
import { isObject, property } from "../odata.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store.ts";
import { checkLicence } from "./policy.ts";
import { conformSent, type Fields, flag, list, Misshapen, objectIn, record, text, textsIn, word } from "./shape.ts";

const LOCATIONS_MOST = 195;
const RANGES_MOST = 2_000;

const IP = "#microsoft.graph.ipNamedLocation";
const COUNTRY = "#microsoft.graph.countryNamedLocation";
const V4 = "#microsoft.graph.iPv4CidrRange";
const V6 = "#microsoft.graph.iPv6CidrRange";

const FIELDS: Readonly<Record<string, Fields>> = {
  [IP]: { displayName: text, isTrusted: flag, ipRanges: list(record({ cidrAddress: text })) },
  [COUNTRY]: {
    displayName: text,
    countriesAndRegions: list(text),
    includeUnknownCountriesAndRegions: flag,
    countryLookupMethod: word("clientIpAddress", "authenticatorAppGps"),
  },
};

/** The texts of this family of errors are unconfirmed; their status and code are not. */
const invalid = (detail: string): Refusal => new Refusal(400, "BadRequest", `Named location is invalid: ${detail}`);

const typeOf = (object: WireObject): string => {
  const type = object["@odata.type"];
  const wanted = typeof type === "string" ? type.toLowerCase() : "";
  return [IP, COUNTRY].find((known) => known.toLowerCase() === (wanted.startsWith("#") ? wanted : `#${wanted}`)) ?? "";
};

const rangeOf = (value: Json): WireObject => {
  const range = isObject(value) ? value : {};
  const type = property(range, "@odata.type");
  const address = property(range, "cidrAddress");
  if (typeof type !== "string" || typeof address !== "string" || !ipaddr.isValidCIDR(address))
    throw invalid("an ipRanges element needs its @odata.type and a cidrAddress.");
  const [ip, prefix] = ipaddr.parseCIDR(address);
  const isV4 = ip.kind() === "ipv4";
  if (type.toLowerCase().replace("#", "") !== (isV4 ? V4 : V6).toLowerCase().replace("#", "")) throw invalid(`${address} is not of type ${type}.`);
  if (prefix <= 8) throw invalid(`${address}: only masks longer than /8 are allowed.`);
  return { "@odata.type": isV4 ? V4 : V6, cidrAddress: address };
};

const sentOf = (body: WireObject, type: string): WireObject => {
  try {
    const sent = conformSent(body, FIELDS[type] ?? {});
    if (sent["ipRanges"] === undefined) return sent;
    const ranges = property(body, "ipRanges");
    return { ...sent, ipRanges: (Array.isArray(ranges) ? ranges : []).map(rangeOf) };
  } catch (error) {
    if (error instanceof Misshapen) throw invalid(`'${error.where}' is not known or holds the wrong sort of value.`);
    throw error;
  }
};

const check = (location: WireObject, type: string): void => {
  const { displayName, ipRanges, countriesAndRegions } = location;
  if (typeof displayName !== "string" || displayName.trim() === "") throw invalid("displayName is required.");
  if (type === IP) {
    const count = Array.isArray(ipRanges) ? ipRanges.length : 0;
    if (count === 0) throw invalid("ipRanges is required.");
    if (count > RANGES_MOST) throw invalid(`${RANGES_MOST} ranges are the limit.`);
    return;
  }
  const countries = textsIn(countriesAndRegions);
  if (countries.length === 0 && location["includeUnknownCountriesAndRegions"] !== true) throw invalid("countriesAndRegions is required.");
  for (const country of countries) if (!/^[A-Z]{2}$/i.test(country)) throw invalid(`'${country}' is no country.`);
};

/** @throws Refusal 400, 403 */
export const newLocation = (body: WireObject, store: Store, id: string, createdDateTime: string): WireObject => {
  checkLicence(store);
  const type = typeOf(body);
  if (type === "") throw invalid("@odata.type is required.");
  const sent = sentOf(body, type);
  const common = {
    "@odata.type": type,
    id,
    displayName: sent["displayName"] ?? null,
    modifiedDateTime: createdDateTime,
    createdDateTime,
    deletedDateTime: null,
  };
  const location: WireObject =
    type === IP
      ? { ...common, isTrusted: sent["isTrusted"] ?? false, ipRanges: sent["ipRanges"] ?? [] }
      : {
          ...common,
          countriesAndRegions: sent["countriesAndRegions"] ?? [],
          includeUnknownCountriesAndRegions: sent["includeUnknownCountriesAndRegions"] ?? false,
          countryLookupMethod: sent["countryLookupMethod"] ?? "clientIpAddress",
        };
  check(location, type);
  checkLocationRoom(store);
  return location;
};

/** What was sent replaces what was there; a list is replaced whole. @throws Refusal 400, 403 */
export const changedLocation = (current: WireObject, body: WireObject, store: Store, modifiedDateTime: string): WireObject => {
  checkLicence(store);
  const type = typeOf(body);
  if (type === "") throw invalid("@odata.type is required.");
  if (type !== typeOf(current)) throw invalid("its type cannot be changed.");
  const location: WireObject = { ...current, ...sentOf(body, type), modifiedDateTime };
  check(location, type);
  return location;
};

export const checkLocationRoom = (store: Store): void => {
  let count = 0;
  for (const _ of store.of("namedLocations").currentRows()) count += 1;
  if (count >= LOCATIONS_MOST) throw new Refusal(400, "BadRequest", `The tenant has ${LOCATIONS_MOST} named locations, which is the limit.`);
};

/** A trusted location, or one that a policy names, stays. The codes are unconfirmed. @throws Refusal 400 */
export const checkRemovable = (location: WireObject, store: Store): void => {
  if (location["isTrusted"] === true) throw invalid("a trusted location cannot be deleted; set isTrusted to false first.");
  const id = String(location["id"]).toLowerCase();
  for (const { object } of store.of("policies").currentRows()) {
    const locations = objectIn(objectIn(object, "conditions"), "locations");
    const named = [...textsIn(locations["includeLocations"]), ...textsIn(locations["excludeLocations"])];
    if (named.some((other) => other.toLowerCase() === id)) throw invalid(`policy ${String(object["id"])} names it.`);
  }
};
