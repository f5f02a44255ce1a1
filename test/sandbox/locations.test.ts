/** Named locations (facts 7.3; conditionalaccessroot-post-namedlocations, concept-assignment-network). */

import { describe, expect, test } from "vitest";
import { errorIn, fillTiny, locationBody, namesIn, OFFICE, policyBody, TRUSTED_PLACE } from "./support.ts";

const PATH = "/identity/conditionalAccess/policies";

const outside = (...places: readonly unknown[]) =>
  policyBody({
    conditions: {
      clientAppTypes: ["all"],
      applications: { includeApplications: ["All"] },
      users: { includeUsers: ["All"] },
      locations: { includeLocations: ["All"], excludeLocations: places },
    },
  });

describe("named locations (facts 7.3; conditionalaccessroot-post-namedlocations, concept-assignment-network)", () => {
  const PLACES = "/identity/conditionalAccess/namedLocations";
  const range = (cidrAddress: string, type = "iPv4CidrRange"): unknown => ({ "@odata.type": `#microsoft.graph.${type}`, cidrAddress });
  const country = (more: Readonly<Record<string, unknown>> = {}): unknown => ({
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    displayName: "Home",
    countriesAndRegions: ["GB"],
    ...more,
  });

  test("201 with the whole object; a place that a policy can name", async () => {
    const { ask } = await fillTiny();
    const made = await ask("POST", PLACES, locationBody({ ipRanges: [range("198.51.100.0/24"), range("2001:db8:10::/48", "iPv6CidrRange")] }));
    expect(made.status).toBe(201);
    const { id, "@odata.context": _, ...place } = made.body;
    expect(place).toEqual({
      "@odata.type": "#microsoft.graph.ipNamedLocation",
      displayName: "Schools",
      modifiedDateTime: "2018-11-05T08:00:00Z",
      createdDateTime: "2018-11-05T08:00:00Z",
      deletedDateTime: null,
      isTrusted: false,
      ipRanges: [range("198.51.100.0/24"), range("2001:db8:10::/48", "iPv6CidrRange")],
    });
    expect((await ask("POST", PATH, outside(id))).status).toBe(201);
    expect((await ask("POST", PLACES, country())).body).toMatchObject({ includeUnknownCountriesAndRegions: false, countryLookupMethod: "clientIpAddress" });
  });

  const refused: readonly (readonly [name: string, body: unknown])[] = [
    ["no type", locationBody({ "@odata.type": undefined })],
    ["a type that is none", locationBody({ "@odata.type": "#microsoft.graph.planet" })],
    ["no name", locationBody({ displayName: undefined })],
    ["no range", locationBody({ ipRanges: [] })],
    ["2,001 ranges", locationBody({ ipRanges: Array.from({ length: 2001 }, (_, index) => range(`203.0.${index >> 8}.${index & 255}/32`)) })],
    ["a range without its type", locationBody({ ipRanges: [{ cidrAddress: "198.51.100.0/24" }] })],
    ["a range of the other type", locationBody({ ipRanges: [range("2001:db8::/48")] })],
    ["a range that is none", locationBody({ ipRanges: [range("198.51.100.0")] })],
    ["a range too wide", locationBody({ ipRanges: [range("10.0.0.0/8")] })],
    ["countries for addresses", locationBody({ countriesAndRegions: ["GB"] })],
    ["no country", country({ countriesAndRegions: [] })],
    ["a country by name", country({ countriesAndRegions: ["Britain"] })],
  ];
  test.each(refused)("refuses %s", async (_name, body) => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", PLACES, body);
    expect([asked.status, errorIn(asked).code]).toEqual([400, "BadRequest"]);
  });

  test("a list of ranges is replaced whole, with the type said again", async () => {
    const { ask } = await fillTiny();
    const type = "#microsoft.graph.ipNamedLocation";
    expect((await ask("PATCH", `${PLACES}/${OFFICE}`, { ipRanges: [range("203.0.113.0/24")] })).status).toBe(400);
    expect((await ask("PATCH", `${PLACES}/${OFFICE}`, { "@odata.type": type, ipRanges: [range("203.0.113.0/24")] })).status).toBe(204);
    expect((await ask("GET", `${PLACES}/${OFFICE}`)).body).toMatchObject({ displayName: "Office", isTrusted: false, ipRanges: [range("203.0.113.0/24")] });
    expect((await ask("PATCH", `${PLACES}/${OFFICE}`, { "@odata.type": "#microsoft.graph.countryNamedLocation", displayName: "x" })).status).toBe(400);
  });

  test("a trusted place stays, and so does one that a policy names", async () => {
    const { ask } = await fillTiny();
    expect((await ask("DELETE", `${PLACES}/${TRUSTED_PLACE}`)).status).toBe(400);
    expect((await ask("PATCH", `${PLACES}/${TRUSTED_PLACE}`, { "@odata.type": "#microsoft.graph.ipNamedLocation", isTrusted: false })).status).toBe(204);
    expect((await ask("DELETE", `${PLACES}/${TRUSTED_PLACE}`)).status).toBe(204);
    expect((await ask("DELETE", `${PLACES}/${OFFICE}`)).status).toBe(400);
  });

  test("deleted softly and restored", async () => {
    const { ask } = await fillTiny();
    const id = String((await ask("POST", PLACES, locationBody())).body["id"]);
    const before = (await ask("GET", `${PLACES}/${id}`)).body;
    await ask("DELETE", `${PLACES}/${id}`);
    const missing = errorIn(await ask("GET", `${PLACES}/${id}`));
    expect(missing).toEqual({ code: "ResourceNotFound", message: `NamedLocation with id ${id} does not exist in the directory.` });
    expect(namesIn(await ask("GET", "/identity/conditionalAccess/deletedItems/namedLocations"))).toEqual(["Schools"]);
    expect((await ask("POST", `/identity/conditionalAccess/deletedItems/namedLocations/${id}/restore`)).status).toBe(200);
    expect((await ask("GET", `${PLACES}/${id}`)).body).toEqual(before);
  });

  test("the pseudo id of the trusted addresses is no place", async () => {
    const { ask } = await fillTiny();
    expect((await ask("GET", `${PLACES}/00000000-0000-0000-0000-000000000000`)).status).toBe(404);
  });
});
