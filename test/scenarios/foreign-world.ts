/** What other people keep in a tenant, in odd shapes: nothing of it is ours, whatever its names and texts say. */

import { readdirSync, readFileSync } from "node:fs";
import type { Reader } from "./reader.ts";

export type Wire = { readonly id: string; readonly [member: string]: unknown };

export type ForeignWorld = {
  readonly policies: readonly Wire[];
  readonly locations: readonly Wire[];
  readonly groups: readonly Wire[];
  /** Members by the group's id. */
  readonly members: Readonly<Record<string, readonly string[]>>;
};

const id = (sort: string, number: number): string => `f0${sort}00000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const many = (sort: string, count: number): readonly string[] => Array.from({ length: count }, (_, at) => id(sort, at + 1));

const conditions = (users: object, more: object = {}): object => ({
  userRiskLevels: [],
  signInRiskLevels: [],
  clientAppTypes: ["all"],
  platforms: null,
  locations: null,
  applications: { includeApplications: ["All"], excludeApplications: [], includeUserActions: [] },
  users: { includeUsers: [], excludeUsers: [], includeGroups: [], excludeGroups: [], includeRoles: [], excludeRoles: [], ...users },
  ...more,
});
const MFA = { operator: "OR", builtInControls: ["mfa"], customAuthenticationFactors: [], termsOfUse: [] };

const policy = (number: number, displayName: string, more: object): Wire => ({
  id: id("a", number),
  templateId: null,
  displayName,
  createdDateTime: "2017-05-04T08:00:00.1234567Z",
  modifiedDateTime: null,
  state: "enabled",
  conditions: conditions({ includeUsers: ["All"] }),
  grantControls: MFA,
  sessionControls: null,
  ...more,
});

const country = id("b", 1);
const trusted = id("b", 2);

/** Each is a policy that the service could give, some of them years from now. */
export const oddPolicies = (emergency: readonly string[]): readonly Wire[] => [
  policy(1, "Words that nobody knows yet", {
    state: "enabledForTheBrave",
    conditions: conditions(
      { includeUsers: ["All"], excludeUsers: emergency },
      { clientAppTypes: ["browser", "wearables"], userRiskLevels: ["unheardOf"], authenticationFlows: { transferMethods: "telepathy" } },
    ),
    grantControls: { operator: "XOR", builtInControls: ["riskRemediation", "palmReading"], customAuthenticationFactors: [], termsOfUse: [] },
  }),
  policy(2, "Null wherever it may be", {
    state: "disabled",
    description: null,
    createdDateTime: null,
    deletedDateTime: null,
    conditions: {
      userRiskLevels: null,
      signInRiskLevels: null,
      clientAppTypes: null,
      platforms: null,
      locations: null,
      devices: null,
      applications: null,
      users: null,
      clientApplications: null,
    },
    grantControls: null,
  }),
  policy(3, "", {
    state: "disabled",
    description: "",
    conditions: conditions({ includeUsers: [""], excludeGroups: [""] }, { clientAppTypes: [] }),
    grantControls: { operator: "", builtInControls: [] },
  }),
  policy(4, "More members than there are", {
    "@odata.etag": "W/1",
    "conditions@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x",
    priority: 7,
    nested: { a: [{ b: null }] },
    conditions: conditions({ includeUsers: ["All"], excludeUsers: emergency, includeRobots: { kinds: ["all"] } }, { weather: { include: ["rain"] } }),
    sessionControls: {
      coffeeBreak: { isEnabled: true, everyHours: 4 },
      signInFrequency: { isEnabled: false, value: null, type: null, frequencyInterval: null },
    },
  }),
  policy(5, "Everybody by name", {
    state: "enabledForReportingButNotEnforced",
    conditions: conditions({ includeUsers: many("c", 3_000), excludeUsers: many("d", 2_000), includeGroups: many("e", 200) }),
  }),
  policy(6, "MFA: heads [county-2018/mfa-heads]", {
    templateId: "a3d0a415-b068-4326-9251-f9cdf9feeb64",
    description: "entra-rollout:county-2018/mfa-heads. Made by Microsoft",
    state: "disabled",
  }),
  policy(7, "MFA: heads [county-2017/mfa-heads]", {
    description: "entra-rollout:county-2017/mfa-heads. Made and kept by entra-rollout; change the plan, not this policy",
    conditions: conditions({ includeGroups: [id("9", 5)], excludeUsers: emergency }),
  }),
  policy(8, "About [county-2018/mfa-heads], trust-2022 and others", {
    description: "replaces entra-rollout:county-2018/mfa-heads and entra-rollout:trust-2022/mfa-everyone-outside-schools from March",
    state: "disabled",
  }),
  policy(9, "Strong methods for the finance app", {
    conditions: conditions(
      { includeUsers: ["All"], excludeUsers: emergency },
      {
        applications: {
          includeApplications: ["c44b4083-3bb0-49c1-b47d-974e53cbdf3c"],
          excludeApplications: [],
          includeUserActions: [],
          applicationFilter: { mode: "exclude", rule: 'CustomSecurityAttribute.A_B -eq "c"' },
        },
      },
    ),
    grantControls: {
      ...MFA,
      builtInControls: [],
      "authenticationStrength@odata.context": "https://graph.microsoft.com/v1.0/$metadata#policies/authenticationStrengthPolicies/$entity",
      authenticationStrength: {
        id: "00000000-0000-0000-0000-000000000004",
        displayName: "Phishing-resistant MFA",
        allowedCombinations: ["windowsHelloForBusiness", "fido2"],
        requirementsSatisfied: "mfa",
      },
    },
  }),
  policy(10, "Registering needs the school's network", {
    conditions: conditions(
      { includeUsers: ["All"], excludeUsers: emergency },
      {
        applications: {
          includeApplications: [],
          excludeApplications: [],
          includeUserActions: ["urn:user:registersecurityinfo"],
          includeAuthenticationContextClassReferences: ["c1"],
        },
        locations: { includeLocations: ["All"], excludeLocations: ["AllTrusted", "00000000-0000-0000-0000-000000000000"] },
      },
    ),
    grantControls: {
      operator: "AND",
      builtInControls: ["block"],
      customAuthenticationFactors: ["RequireDuoMfa"],
      termsOfUse: ["b3e1c1a0-0000-4000-8000-000000000001"],
    },
  }),
  policy(11, "Guests of the council", {
    conditions: conditions({
      includeUsers: [],
      includeGuestsOrExternalUsers: {
        guestOrExternalUserTypes: "internalGuest,b2bCollaborationGuest",
        externalTenants: { "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants", membershipKind: "enumerated", members: [id("c", 9)] },
      },
      excludeGuestsOrExternalUsers: null,
    }),
  }),
  policy(12, "Only machines that are kept", {
    conditions: conditions(
      { includeUsers: ["All"], excludeUsers: emergency },
      {
        devices: { includeDevices: [], deviceFilter: { mode: "exclude", rule: 'device.isCompliant -eq True -and device.displayName -startsWith "\\"LAB\\""' } },
        platforms: { includePlatforms: ["all"], excludePlatforms: ["linux"] },
      },
    ),
    sessionControls: {
      persistentBrowser: { mode: "never", isEnabled: true },
      signInFrequency: { value: 12, type: "hours", isEnabled: true, authenticationType: "secondaryAuthentication", frequencyInterval: "timeBased" },
    },
  }),
  policy(13, "Überall für alle: ‮gnp.exe‬ 学校 👩‍🏫 \t[county-2018/mfa-heads]\u00a0", { state: "disabled", description: "zwei\nZeilen \u001b[31m" }),
  policy(14, "Away from home", {
    conditions: conditions({ includeUsers: ["All"], excludeUsers: emergency }, { locations: { includeLocations: [country], excludeLocations: [trusted] } }),
  }),
];

const group = (number: number, displayName: string, more: object = {}): Wire => ({
  id: id("9", number),
  displayName,
  description: null,
  createdDateTime: "2016-09-01T08:00:00Z",
  groupTypes: [],
  mailEnabled: false,
  mailNickname: `foreign-${number}`,
  membershipRule: null,
  onPremisesSyncEnabled: null,
  securityEnabled: true,
  ...more,
});

/** @param some accounts to be in them. */
export const foreignWorld = (emergency: readonly string[], some: readonly string[]): ForeignWorld => {
  const groups = [
    group(1, "MFA rollout: heads"),
    group(2, "All staff", { groupTypes: ["DynamicMembership"], membershipRule: '(user.department -eq "Staff")', membershipRuleProcessingState: "On" }),
    group(3, "MFA rollout: everyone", { onPremisesSyncEnabled: true, description: "entra-rollout:county-2018/everyone. From on premises" }),
    group(4, "Governors", { groupTypes: ["Unified"], mailEnabled: true, mail: "governors@county.example", securityEnabled: false, description: "" }),
    group(5, "MFA rollout: heads", { description: "entra-rollout:county-2017/heads. Made and kept by entra-rollout; members are synced from the plan" }),
    group(6, "In a circle, one"),
    group(7, "In a circle, two", { description: "once entra-rollout:county-2018/heads" }),
    group(8, "MFA rollout: progress", { description: "begun=heads-web held=everyone" }),
    group(9, "空 ‮group‬"),
  ];
  return {
    policies: oddPolicies(emergency),
    locations: [
      {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        id: country,
        displayName: "schools",
        countriesAndRegions: ["IN", "RU"],
        includeUnknownCountriesAndRegions: true,
        countryLookupMethod: "authenticatorAppGps",
        createdDateTime: "2017-01-01T00:00:00Z",
        modifiedDateTime: null,
      },
      {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        id: trusted,
        displayName: "Council",
        isTrusted: true,
        ipRanges: [
          { "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "192.0.2.0/24" },
          { "@odata.type": "#microsoft.graph.iPv6CidrRange", cidrAddress: "2001:0DB8:00FF::/48" },
        ],
      },
      {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        id: id("b", 3),
        displayName: "schools [trust-2021/schools]",
        isTrusted: false,
        ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4Range", lowerAddress: "198.51.100.1", upperAddress: "198.51.100.9" }],
      },
      {
        "@odata.type": "#microsoft.graph.compliantNetworkNamedLocation",
        id: id("b", 4),
        displayName: "All Compliant Network locations",
        compliantNetworkType: "allTenantCompliantNetworks",
        isTrusted: true,
      },
      {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        id: id("b", 5),
        displayName: "[trust-2022/schools] is ours",
        isTrusted: null,
        ipRanges: null,
        note: { odd: true },
      },
    ],
    groups,
    members: { [id("9", 1)]: some, [id("9", 6)]: [id("9", 7), ...some.slice(0, 1)], [id("9", 7)]: [id("9", 6)], [id("9", 4)]: some.slice(1) },
  };
};

/** The published policies of other people, brought up beside this project; empty where they are not. */
export const publishedPolicies = (): readonly Wire[] => {
  const folder = "../shared/tenants/ca-policies";
  try {
    return readdirSync(folder)
      .toSorted()
      .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as Wire);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
};

type Users = { readonly excludeUsers?: readonly string[] | null };

/** The policy as somebody careful would keep it: the emergency accounts are out. */
export const sparing = (policy: Wire, emergency: readonly string[]): Wire => {
  const { conditions: told } = policy as { readonly conditions?: { readonly users?: Users | null } };
  return { ...policy, conditions: { ...told, users: { ...told?.users, excludeUsers: [...(told?.users?.excludeUsers ?? []), ...emergency] } } };
};

export const fillWith = async (reader: Reader, world: ForeignWorld): Promise<void> => {
  const put = [
    ...world.policies.map((object) => ({ collection: "policies", object })),
    ...world.locations.map((object) => ({ collection: "namedLocations", object })),
    ...world.groups.map((object) => ({ collection: "groups", object })),
    ...Object.entries(world.members).map(([group, members]) => ({ collection: "members", object: { id: group, members } })),
  ];
  await reader.json("POST", "/_practice/objects", { put });
};
