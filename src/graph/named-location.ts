/** Named locations on the wire. Facts, section 7.3. */

import type { CountryNamedLocation, IPv4CidrRange, IPv6CidrRange, IpNamedLocation } from "@microsoft/microsoft-graph-types";
import ipaddr from "ipaddr.js";
import type { Step, StepOutcome } from "../core/changes.ts";
import { markOf } from "../core/mark.ts";
import type { Json, NamedLocationSettings, ObjectId, ResourceOf } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import { createdFrom, deleted, isLocationSettings, type KindAdapter, mismatch, onceReplicated, type Performing, performEach, restoredFrom } from "./kind.ts";
import { listOf } from "./pager.ts";
import {
  idIn,
  isJsonObject,
  joined,
  jsonIn,
  listIn,
  objectIn,
  optionalFlag,
  optionalText,
  patchBetween,
  restOf,
  sortedOnce,
  stampsIn,
  textIn,
  textsIn,
  type WireObject,
  withoutEmpty,
} from "./wire.ts";

export const LOCATIONS = "/identity/conditionalAccess/namedLocations";
const DELETED_LOCATIONS = "/identity/conditionalAccess/deletedItems/namedLocations";

const IP = "#microsoft.graph.ipNamedLocation";
const COUNTRY = "#microsoft.graph.countryNamedLocation";

const READ_ONLY = ["id", "createdDateTime", "modifiedDateTime", "deletedDateTime"] as const;

type WireRange =
  | (IPv4CidrRange & { readonly "@odata.type": "#microsoft.graph.iPv4CidrRange" })
  | (IPv6CidrRange & { readonly "@odata.type": "#microsoft.graph.iPv6CidrRange" });
type WireLocation =
  | (IpNamedLocation & { readonly "@odata.type": typeof IP; readonly ipRanges: WireRange[] })
  | (CountryNamedLocation & { readonly "@odata.type": typeof COUNTRY })
  | { readonly displayName: string; readonly isTrusted: boolean };

/** The range with host bits off, as RFC 5952 writes it; what is no range stays as it is. */
const canonicalRange = (text: string): string => {
  try {
    const [address, bits] = ipaddr.parseCIDR(text);
    const network = address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
    return `${network instanceof ipaddr.IPv6 ? network.toRFC5952String() : network.toString()}/${bits}`;
  } catch {
    return text;
  }
};

const wireRange = (range: string): WireRange =>
  range.includes(":")
    ? { "@odata.type": "#microsoft.graph.iPv6CidrRange", cidrAddress: range }
    : { "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: range };

const ownWire = (settings: NamedLocationSettings): WireLocation => {
  if (settings.sort === "ip")
    return { "@odata.type": IP, displayName: settings.name, isTrusted: settings.trusted, ipRanges: sortedOnce(settings.ranges).map(wireRange) };
  if (settings.sort === "country") {
    return {
      "@odata.type": COUNTRY,
      displayName: settings.name,
      countriesAndRegions: [...sortedOnce(settings.ranges)],
      // Said also where it is the default: what is left out of a PATCH stays as it was.
      countryLookupMethod: "clientIpAddress",
      includeUnknownCountriesAndRegions: false,
    };
  }
  return { displayName: settings.name, isTrusted: settings.trusted };
};

/** The whole body of a POST. `@odata.type` is mandatory. */
export const toWire = (settings: NamedLocationSettings): { readonly [key: string]: Json } => {
  const wire = joined(jsonIn(ownWire(settings), "named location"), settings.other);
  return isJsonObject(wire) ? wire : {};
};

const rangesIn = (value: unknown, where: string): { readonly ranges: readonly string[]; readonly odd: readonly Json[] } => {
  const ranges: string[] = [];
  const odd: Json[] = [];
  for (const item of value === undefined || value === null ? [] : listIn(value, where)) {
    const range = objectIn(item, where);
    const text = optionalText(range.cidrAddress, `${where}.cidrAddress`);
    const more = withoutEmpty(restOf(range, ["cidrAddress", "@odata.type"], where));
    // A range of a sort that is new to us (from one address to another, say) is kept as it came.
    if (text === undefined || more !== undefined) odd.push(jsonIn(range, where));
    else ranges.push(canonicalRange(text));
  }
  return { ranges: sortedOnce(ranges), odd };
};

const settingsOf = (wire: WireObject, where: string): NamedLocationSettings => {
  const type = optionalText(wire["@odata.type"], `${where}.@odata.type`);
  const name = textIn(wire.displayName, `${where}.displayName`);
  const known = [...READ_ONLY, "displayName", "@odata.type"];
  if (type === COUNTRY) {
    return {
      name,
      sort: "country",
      trusted: false,
      ranges: textsIn(wire.countriesAndRegions, `${where}.countriesAndRegions`),
      other: withoutEmpty(restOf(wire, [...known, "countriesAndRegions"], where)) ?? {},
    };
  }
  const trusted = optionalFlag(wire.isTrusted, `${where}.isTrusted`) ?? false;
  if (type === IP) {
    const { ranges, odd } = rangesIn(wire.ipRanges, `${where}.ipRanges`);
    return { name, sort: "ip", trusted, ranges, other: withoutEmpty({ ...restOf(wire, [...known, "isTrusted", "ipRanges"], where), ipRanges: odd }) ?? {} };
  }
  return { name, sort: "other", trusted, ranges: [], other: withoutEmpty(restOf(wire, [...READ_ONLY, "displayName", "isTrusted"], where)) ?? {} };
};

/** @throws Unreadable */
export const fromWire = (value: unknown): ResourceOf<"named-location"> => {
  const wire = objectIn(value, "a named location");
  const id = idIn(wire.id, "a named location's id");
  const settings = settingsOf(wire, `named location ${id}`);
  const mark = markOf(undefined, settings.name);
  return { kind: "named-location", id, ...(mark === undefined ? {} : { mark }), settings, managed: false, ...stampsIn(wire) };
};

/** `@odata.type` goes along in every PATCH; `ipRanges` replaces the list. */
export const patchOf = (before: NamedLocationSettings, after: NamedLocationSettings): { readonly [key: string]: Json } => {
  const wire = toWire(after);
  const type = wire["@odata.type"];
  const patch = patchBetween(toWire(before), wire);
  return type === undefined || Object.keys(patch).length === 0 ? patch : { ...patch, "@odata.type": type };
};

const perform = async (context: Performing, step: Step): Promise<StepOutcome> => {
  const { client, beforeSend, fresh } = context;
  const { write } = step;
  switch (write.type) {
    case "create":
      if (!isLocationSettings(write.settings)) return mismatch(step);
      return createdFrom(client, { method: "POST", path: LOCATIONS, body: toWire(write.settings), beforeSend: () => beforeSend(step.id) }, fromWire);
    case "update": {
      const { before, after, id } = write;
      if (!isLocationSettings(before) || !isLocationSettings(after)) return mismatch(step);
      const body = patchOf(before, after);
      if (Object.keys(body).length === 0) return { type: "done", id };
      const send = async (): Promise<StepOutcome> => {
        await client.send({ method: "PATCH", path: `${LOCATIONS}/${id}`, body });
        return { type: "done", id };
      };
      return onceReplicated(client, (error) => error.status === 404 && fresh.has(id), send);
    }
    case "delete":
      return remove(context, write.id, isLocationSettings(write.before) && write.before.trusted);
    case "restore":
      return restoredFrom(client, { method: "POST", path: `${DELETED_LOCATIONS}/${write.id}/restore`, beforeSend: () => beforeSend(step.id) }, fromWire);
    default:
      return mismatch(step);
  }
};

/** A trusted location cannot be deleted until it no longer is one. */
const remove = async ({ client }: Performing, id: ObjectId, trusted: boolean): Promise<StepOutcome> => {
  const path = `${LOCATIONS}/${id}`;
  if (!trusted) return deleted(client, path);
  try {
    await client.send({ method: "PATCH", path, body: { "@odata.type": IP, isTrusted: false } });
  } catch (error) {
    if (!(error instanceof ServiceError && error.status === 404)) throw error;
    return { type: "done" };
  }
  try {
    return await deleted(client, path);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { type: "unknown", because: `the location is no longer trusted, but was not deleted: ${error.message}` };
  }
};

export const namedLocations: KindAdapter<"named-location"> = {
  list: (client) => listOf(client, { method: "GET", path: LOCATIONS }, fromWire),
  perform: (context, steps) => performEach(context, steps, (step) => perform(context, step)),
};
