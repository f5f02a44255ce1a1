/** What arrives, in shapes that nobody asked for. */

import { describe, expect, test } from "vitest";
import { IdIndex } from "../../src/core/ids.ts";
import type { Person } from "../../src/core/tenant.ts";
import { createClient } from "../../src/graph/client.ts";
import { fromWire as groupFrom } from "../../src/graph/cohort-group.ts";
import { fromWire as policyFrom, toWire as policyTo } from "../../src/graph/conditional-access.ts";
import { fromWire as locationFrom, toWire as locationTo } from "../../src/graph/named-location.ts";
import { type PeopleWish, readPeople } from "../../src/graph/people.ts";
import { Unreadable } from "../../src/graph/wire.ts";
import { scripted } from "./scripted.ts";

const ID = "AAAAAAAA-0000-4000-8000-000000000001";
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

const policy = (more: object = {}, conditions: object = {}): object => ({
  id: ID,
  displayName: "Block legacy",
  state: "enabled",
  conditions: { clientAppTypes: ["all"], applications: { includeApplications: ["All"] }, users: { includeUsers: ["All"] }, ...conditions },
  grantControls: null,
  sessionControls: null,
  ...more,
});

describe("policies of odd shape are read, and keep what they say", () => {
  const cases: readonly { name: string; wire: object; want: object }[] = [
    { name: "a state that is new", wire: policy({ state: "enabledForSome" }), want: { state: "on", other: { state: "enabledForSome" } } },
    {
      name: "a client that is new",
      wire: policy({}, { clientAppTypes: ["browser", "wearables"] }),
      want: { clients: ["browser"], other: { conditions: { clientAppTypes: ["wearables"] } } },
    },
    {
      name: "a control that is new",
      wire: policy({ grantControls: { operator: "OR", builtInControls: ["riskRemediation", "mfa"] } }),
      want: { grant: { operator: "or", controls: ["mfa", "riskRemediation"], strength: null } },
    },
    {
      name: "an operator that is new",
      wire: policy({ grantControls: { operator: "XOR", builtInControls: ["mfa"] } }),
      want: { grant: { operator: "or", controls: ["mfa"], strength: null }, other: { grantControls: { operator: "XOR" } } },
    },
    {
      name: "terms of use",
      wire: policy({ grantControls: { operator: "AND", builtInControls: [], termsOfUse: ["t"], customAuthenticationFactors: [] } }),
      want: { grant: { operator: "and", controls: [], strength: null }, other: { grantControls: { termsOfUse: ["t"] } } },
    },
    {
      name: "an expanded strength",
      wire: policy({
        grantControls: {
          operator: "OR",
          builtInControls: [],
          authenticationStrength: { id: id(4), displayName: "x", allowedCombinations: ["fido2"] },
          "authenticationStrength@odata.context": "x",
        },
      }),
      want: { grant: { operator: "or", controls: [], strength: id(4) }, other: {} },
    },
    {
      name: "workloads instead of users",
      wire: policy({}, { users: null, clientApplications: { includeServicePrincipals: ["ServicePrincipalsInMyTenant"] } }),
      want: {
        include: { all: false, users: [] },
        other: { conditions: { clientApplications: { includeServicePrincipals: ["ServicePrincipalsInMyTenant"] } } },
      },
    },
    {
      name: "guests by sort",
      wire: policy(
        {},
        {
          users: {
            includeGuestsOrExternalUsers: {
              guestOrExternalUserTypes: "internalGuest",
              externalTenants: { "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", membershipKind: "all" },
            },
          },
        },
      ),
      want: {
        other: {
          conditions: {
            users: { includeGuestsOrExternalUsers: { externalTenants: { "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants" } } },
          },
        },
      },
    },
    {
      name: "words in another case, ids in capitals",
      wire: policy({}, { users: { includeUsers: ["all"], excludeUsers: ["guestsOrExternalUsers", ID] }, applications: { includeApplications: ["office365"] } }),
      want: { include: { all: true }, exclude: { guests: true, users: [ID.toLowerCase()] }, apps: { include: ["office365"] } },
    },
    {
      name: "sign-in frequency switched off",
      wire: policy({ sessionControls: { signInFrequency: { isEnabled: false, type: "days", value: 3 } } }),
      want: { signInFrequency: null, other: { sessionControls: { signInFrequency: { isEnabled: false, type: "days", value: 3 } } } },
    },
    {
      name: "sign-in frequency of the second factor only",
      wire: policy({
        sessionControls: {
          signInFrequency: { isEnabled: true, type: "hours", value: 4, authenticationType: "secondaryAuthentication", frequencyInterval: "timeBased" },
        },
      }),
      want: {
        signInFrequency: { every: 4, unit: "hours" },
        other: { sessionControls: { signInFrequency: { authenticationType: "secondaryAuthentication" } } },
      },
    },
    {
      name: "sign-in frequency of a new interval",
      wire: policy({ sessionControls: { signInFrequency: { isEnabled: true, frequencyInterval: "weekly" } } }),
      want: { signInFrequency: null, other: { sessionControls: { signInFrequency: { isEnabled: true, frequencyInterval: "weekly" } } } },
    },
    {
      name: "empty locations are no condition",
      wire: policy({}, { locations: { includeLocations: [], excludeLocations: [] } }),
      want: { locations: null, other: {} },
    },
    {
      name: "the zero location",
      wire: policy({}, { locations: { includeLocations: ["All"], excludeLocations: ["AllTrusted", "00000000-0000-0000-0000-000000000000"] } }),
      want: { locations: { include: ["all"], exclude: ["00000000-0000-0000-0000-000000000000", "all-trusted"] } },
    },
    {
      name: "members that are new, at every level",
      wire: policy({ partialEnablementStrategy: "half", times: null, globalSecureAccess: {} }, { agents: { level: ["high"] }, insiderRiskLevels: null }),
      want: { other: { partialEnablementStrategy: "half", conditions: { agents: { level: ["high"] } } } },
    },
    {
      name: "no conditions to speak of",
      wire: { id: ID, displayName: "x", state: "disabled", conditions: {} },
      want: { state: "off", clients: [], grant: null, locations: null, other: {} },
    },
  ];
  test.each(cases)("$name", ({ wire, want }) => {
    const { settings } = policyFrom(wire);
    expect(settings).toMatchObject(want);
    expect(policyFrom({ id: ID, ...policyTo(settings) }).settings).toEqual(settings);
  });

  const marked = { displayName: "MFA: heads [county/mfa-heads]", description: "entra-rollout:county/mfa-heads. x" };
  test("one of Microsoft's is managed and never ours, whatever it says", () => {
    expect(policyFrom(policy({ ...marked, templateId: id(3) }))).toMatchObject({ managed: true });
    expect(policyFrom(policy({ ...marked, templateId: id(3) })).mark).toBeUndefined();
    expect(policyFrom(policy({ ...marked, templateId: null }))).toMatchObject({ managed: false, mark: { plan: "county", key: "mfa-heads" } });
  });

  test("either mark alone will do", () => {
    expect(policyFrom(policy({ ...marked, description: null })).mark).toEqual({ plan: "county", key: "mfa-heads" });
    expect(policyFrom(policy({ ...marked, displayName: "renamed" })).mark).toEqual({ plan: "county", key: "mfa-heads" });
  });

  test("when it was last changed, or else made", () => {
    const created = "2018-11-05T08:00:00.1234567Z";
    expect(policyFrom(policy({ createdDateTime: created, modifiedDateTime: null })).modified).toBe(Date.parse("2018-11-05T08:00:00.123Z"));
    expect(policyFrom(policy({ createdDateTime: "0001-01-01T00:00:00Z" })).modified).toBeUndefined();
  });
});

describe("what cannot be read is an error that says where", () => {
  const cases: readonly [string, () => unknown, RegExp][] = [
    ["a policy that is text", () => policyFrom("x"), /^a policy is not an object/],
    ["a policy without an id", () => policyFrom({ ...policy(), id: undefined }), /id is not text/],
    ["an id that is none", () => policyFrom({ ...policy(), id: "7" }), /not an object id/],
    ["a state that is a number", () => policyFrom(policy({ state: 3 })), /\.state is not text/],
    ["no conditions", () => policyFrom({ ...policy(), conditions: null }), /\.conditions is not an object/],
    ["a member without a bottom", () => policyFrom({ ...policy(), deep: JSON.parse("[".repeat(5_000) + "]".repeat(5_000)) }), /sane depth/],
    ["users that are a list", () => policyFrom(policy({}, { users: [] })), /\.users is not an object/],
    ["included users that are text", () => policyFrom(policy({}, { users: { includeUsers: "All" } })), /includeUsers is not a list/],
    ["a user that is a number", () => policyFrom(policy({}, { users: { excludeUsers: [5] } })), /excludeUsers is not text/],
    ["a strength without an id", () => policyFrom(policy({ grantControls: { operator: "OR", authenticationStrength: {} } })), /authenticationStrength\.id/],
    ["a location without a name", () => locationFrom({ id: ID }), /displayName is not text/],
    [
      "ranges that are text",
      () => locationFrom({ id: ID, displayName: "x", "@odata.type": "#microsoft.graph.ipNamedLocation", ipRanges: "192.0.2.0/24" }),
      /ipRanges is not a list/,
    ],
    ["a group without a name", () => groupFrom({ id: ID, displayName: null }), /displayName is not text/],
  ];
  test.each(cases)("%s", (_, read, want) => {
    expect(read).toThrow(Unreadable);
    expect(read).toThrow(want);
  });
});

describe("locations", () => {
  const IP = { "@odata.type": "#microsoft.graph.ipNamedLocation", id: ID, displayName: "Schools [trust/schools]", isTrusted: false };
  const range = (cidrAddress: string): object => ({ "@odata.type": `#microsoft.graph.iPv${cidrAddress.includes(":") ? 6 : 4}CidrRange`, cidrAddress });
  const cases: readonly { name: string; wire: object; want: object }[] = [
    {
      name: "ranges come canonical and sorted",
      wire: { ...IP, ipRanges: [range("203.0.113.77/24"), range("2001:DB8:0:0::/48"), range("192.0.2.0/24")] },
      want: { sort: "ip", ranges: ["192.0.2.0/24", "2001:db8::/48", "203.0.113.0/24"] },
    },
    { name: "a range that is none stays as it is", wire: { ...IP, ipRanges: [range("somewhere")] }, want: { ranges: ["somewhere"] } },
    {
      name: "a range of a new sort is kept",
      wire: { ...IP, ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4Range", lowerAddress: "192.0.2.1", upperAddress: "192.0.2.9" }] },
      want: { ranges: [], other: { ipRanges: [{ lowerAddress: "192.0.2.1" }] } },
    },
    {
      name: "countries",
      wire: {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        id: ID,
        displayName: "Home",
        countriesAndRegions: ["NZ", "GB"],
        includeUnknownCountriesAndRegions: false,
        countryLookupMethod: "clientIpAddress",
      },
      want: {
        sort: "country",
        trusted: false,
        ranges: ["GB", "NZ"],
        other: { includeUnknownCountriesAndRegions: false, countryLookupMethod: "clientIpAddress" },
      },
    },
    {
      name: "a sort that is new",
      wire: {
        "@odata.type": "#microsoft.graph.compliantNetworkNamedLocation",
        id: ID,
        displayName: "Compliant",
        compliantNetworkType: "allTenantCompliantNetworks",
        isTrusted: true,
      },
      want: { sort: "other", trusted: true, ranges: [], other: { "@odata.type": "#microsoft.graph.compliantNetworkNamedLocation" } },
    },
  ];
  test.each(cases)("$name", ({ wire, want }) => {
    const { settings } = locationFrom(wire);
    expect(settings).toMatchObject(want);
    expect(locationFrom({ id: ID, ...locationTo(settings) }).settings).toEqual(settings);
  });

  test("the name bears the mark", () => {
    expect(locationFrom({ ...IP, ipRanges: [] }).mark).toEqual({ plan: "trust", key: "schools" });
  });
});

describe("groups", () => {
  const wire = { id: ID, displayName: "heads", description: "entra-rollout:county/heads. x" };
  test("a synced one is never ours", () => {
    expect(groupFrom({ ...wire, onPremisesSyncEnabled: null })).toMatchObject({ managed: false, mark: { plan: "county", key: "heads" } });
    expect(groupFrom({ ...wire, onPremisesSyncEnabled: true })).toMatchObject({ managed: true });
    expect(groupFrom({ ...wire, onPremisesSyncEnabled: true }).mark).toBeUndefined();
  });
});

describe("accounts", () => {
  const STUDENT = id(50);
  const STAFF = id(51);
  const row = (more: object = {}): object => ({
    id: ID,
    userPrincipalName: "Head@Birch.county.example",
    displayName: "Head",
    accountEnabled: true,
    userType: "Member",
    onPremisesSyncEnabled: null,
    assignedLicenses: [],
    mail: null,
    proxyAddresses: [],
    ...more,
  });
  const read = async (wire: object, nobodies = new IdIndex(), wish: PeopleWish = { attributes: [] }): Promise<Person | undefined> => {
    const people: Person[] = [];
    const world = scripted(() => ({ value: [wire] }));
    await readPeople(
      createClient(world.connection),
      new Set([STUDENT]),
      nobodies,
      wish,
      () => ({ read: (person) => void people.push(person), finish: () => undefined }),
      () => undefined,
    );
    return people[0];
  };
  const cases: readonly { name: string; wire: object; want: Partial<Person> }[] = [
    {
      name: "ids and addresses in lower case",
      wire: row(),
      want: {
        id: ID.toLowerCase(),
        address: "head@birch.county.example",
        name: "Head",
        enabled: true,
        guest: false,
        synced: false,
        pupil: false,
        nobody: false,
        aliases: [],
      },
    },
    { name: "a pupil holds students' licences", wire: row({ assignedLicenses: [{ skuId: STUDENT }] }), want: { pupil: true } },
    { name: "and no other", wire: row({ assignedLicenses: [{ skuId: STUDENT }, { skuId: STAFF }] }), want: { pupil: false } },
    { name: "no licence is no pupil", wire: row(), want: { pupil: false } },
    { name: "a guest", wire: row({ userType: "guest" }), want: { guest: true } },
    { name: "a type that is not said", wire: row({ userType: null }), want: { guest: false } },
    { name: "disabled", wire: row({ accountEnabled: false }), want: { enabled: false } },
    { name: "synced", wire: row({ onPremisesSyncEnabled: true }), want: { synced: true } },
    { name: "was synced once", wire: row({ onPremisesSyncEnabled: false }), want: { synced: false } },
    { name: "an agent by type", wire: row({ "@odata.type": "#microsoft.graph.agentUser" }), want: { nobody: true } },
    { name: "an agent by its parent", wire: row({ identityParentId: id(9) }), want: { nobody: true } },
    {
      name: "aliases, without its own address and what is no mail",
      wire: row({
        mail: "h.smith@county.example",
        proxyAddresses: ["SMTP:head@birch.county.example", "smtp:Old@county.example", "smtp:h.smith@county.example", "sip:x@county.example", "X500:/o=x"],
      }),
      want: { aliases: ["h.smith@county.example", "old@county.example"] },
    },
    { name: "without a name", wire: row({ displayName: null }), want: { name: "head@birch.county.example" } },
  ];
  test.each(cases)("$name", async ({ wire, want }) => {
    expect(await read(wire)).toMatchObject(want);
  });

  test("the directory synchronisation account is nobody's", async () => {
    expect(await read(row(), IdIndex.of([ID]))).toMatchObject({ nobody: true });
  });

  const unreadable: readonly [string, object, RegExp][] = [
    ["without an address", row({ userPrincipalName: null }), /an account's address is not text/],
    ["without licences, which says who is a pupil", row({ assignedLicenses: undefined }), /an account's licences is not a list/],
    ["with an id that is none", row({ id: "x" }), /not an object id/],
    ["that is no object", [], /an account is not an object/],
  ];
  test.each(unreadable)("an account %s spoils the list", async (_, wire, want) => {
    await expect(read(wire)).rejects.toThrow(want);
  });
});
