/** Accounts for a review list, each with what may speak for it. */

import { account, id, type World } from "./listed-world.ts";

export const TEACHERS = "b0000000-0000-4000-8000-000000000001";
const RULE = "b0000000-0000-4000-8000-000000000002";
const SYNCED = "b0000000-0000-4000-8000-000000000003";
const POST = "b0000000-0000-4000-8000-000000000004";
export const TEAM = "b0000000-0000-4000-8000-000000000005";
export const KEEPERS = "b0000000-0000-4000-8000-000000000006";
const HELPDESK = "c0000000-0000-4000-8000-000000000001";
const HELPDESK_TEMPLATE = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
const PASSWORD_TEMPLATE = "966707d0-3269-4727-9be2-8c3a10f19b9d";
export const OWN_ROLE = "d0000000-0000-4000-8000-000000000001";
export const OWN_PRODUCT = "e0000000-0000-4000-8000-000000000001";
export const GROUP_PRODUCT = "e0000000-0000-4000-8000-000000000002";
export const BOTH_PRODUCT = "e0000000-0000-4000-8000-000000000003";
export const SERVICE = "e0000000-0000-4000-8000-00000000000a";
export const NOWHERE = "99999999-1111-4222-8333-444444444444";

const group = (which: string, displayName: string, more: object = {}): object => ({
  id: which,
  displayName,
  description: null,
  groupTypes: [],
  mailEnabled: false,
  mailNickname: displayName.toLowerCase(),
  securityEnabled: true,
  onPremisesSyncEnabled: null,
  isAssignableToRole: null,
  membershipRule: null,
  ...more,
});

export const ACCOUNTS: readonly (readonly [number, string, object?])[] = [
  [1, "plain"],
  [
    2,
    "whole",
    {
      accountEnabled: false,
      givenName: "Whole",
      surname: "",
      jobTitle: "Teacher",
      department: "Maths",
      companyName: "Small",
      employeeId: "0042",
      employeeType: "Supply",
      employeeHireDate: "2018-09-01T00:00:00Z",
      officeLocation: "Room 3",
      streetAddress: "1 High Street",
      city: "Whitby",
      state: "North Yorkshire",
      postalCode: "YO21",
      country: "GB",
      businessPhones: ["+44 1632 960001"],
      mobilePhone: "+44 7700 900001",
      faxNumber: "+44 1632 960002",
      preferredLanguage: "en-GB",
      usageLocation: "GB",
      ageGroup: "Adult",
      consentProvidedForMinor: "NotRequired",
      passwordPolicies: "DisablePasswordExpiration",
      otherMails: ["whole@home.example"],
      mail: "whole@small.example",
      proxyAddresses: ["SMTP:whole@small.example", "smtp:w@small.example"],
      onPremisesExtensionAttributes: { extensionAttribute1: null, extensionAttribute3: "bursar" },
      assignedLicenses: [
        { skuId: BOTH_PRODUCT, disabledPlans: [] },
        { skuId: OWN_PRODUCT, disabledPlans: [SERVICE] },
        { skuId: GROUP_PRODUCT, disabledPlans: [] },
      ],
      licenseAssignmentStates: [
        { skuId: OWN_PRODUCT, assignedByGroup: null, disabledPlans: [SERVICE], state: "Active", error: "None" },
        { skuId: GROUP_PRODUCT, assignedByGroup: TEACHERS, disabledPlans: [], state: "Active", error: "None" },
        { skuId: BOTH_PRODUCT, assignedByGroup: null, disabledPlans: [SERVICE], state: "Active", error: "None" },
        { skuId: BOTH_PRODUCT, assignedByGroup: TEACHERS, disabledPlans: [], state: "Active", error: "None" },
      ],
    },
  ],
  [3, "helper"],
  [4, "keeper"],
  [5, "partly"],
  [6, "own-role"],
  [7, "may-help"],
  [8, "owner"],
  [9, "room", { mail: "room@small.example" }],
  [10, "held", { mail: "held@small.example" }],
  [11, "read-by-others", { mail: "read-by-others@small.example", proxyAddresses: ["SMTP:read-by-others@small.example", "smtp:rbo@small.example"] }],
  [12, "forwarded", { mail: "forwarded@small.example" }],
  [13, "left-out", { mail: "left-out@small.example" }],
  [14, "starter", { employeeHireDate: "2025-01-06T00:00:00Z" }],
  [15, "invited", { userType: "Guest", externalUserState: "PendingAcceptance" }],
  [16, "signed-in", { signInActivity: { lastSignInDateTime: "2024-09-01T08:00:00Z", lastSuccessfulSignInDateTime: "2024-09-01T08:00:00Z" } }],
  [17, "deleted"],
];

export const MAIL = [9, 10, 11, 12, 13];

/** Everything that a table of accounts on a review list needs, one of them deleted. */
export const arrange = async (world: World): Promise<void> => {
  const put: object[] = [];
  const add = (collection: string, object: object): void => void put.push({ collection, object });
  for (const [number, name, more] of ACCOUNTS) {
    add("users", account(number, name, more));
    add("mailboxes", { id: id(number), userPurpose: number === 9 ? "room" : MAIL.includes(number) ? "user" : null });
  }
  add("groups", group(TEACHERS, "Teachers"));
  add(
    "groups",
    group(RULE, "Everybody", { groupTypes: ["DynamicMembership"], membershipRule: '(user.department -eq "Maths")', membershipRuleProcessingState: "On" }),
  );
  add("groups", group(SYNCED, "From the school", { onPremisesSyncEnabled: true }));
  add("groups", group(POST, "Post", { mailEnabled: true, securityEnabled: false }));
  add("groups", group(TEAM, "Team", { groupTypes: ["Unified"], mailEnabled: true, securityEnabled: false }));
  add("groups", group(KEEPERS, "Keepers", { isAssignableToRole: true }));
  for (const each of [TEACHERS, SYNCED, POST, TEAM]) add("members", { id: each, members: [id(2)] });
  add("members", { id: KEEPERS, members: [id(4)] });
  add("directoryRoles", { id: HELPDESK, roleTemplateId: HELPDESK_TEMPLATE, displayName: "Helpdesk Administrator", description: null });
  add("members", { id: HELPDESK, members: [id(3), KEEPERS] });
  add("roleAssignments", { id: "part", principalId: id(5), roleDefinitionId: PASSWORD_TEMPLATE, directoryScopeId: "/administrativeUnits/unit" });
  add("roleAssignments", { id: "own", principalId: id(6), roleDefinitionId: OWN_ROLE, directoryScopeId: "/" });
  add("roleEligibilities", { id: "may", principalId: id(7), roleDefinitionId: HELPDESK_TEMPLATE });
  add("roleEligibilities", { id: "may-by-group", principalId: KEEPERS, roleDefinitionId: PASSWORD_TEMPLATE });
  add("owners", { id: TEACHERS, owners: [id(8)] });
  add("owners", { id: TEAM, owners: [id(8)] });
  add("managers", { id: id(2), manager: id(1) });
  add("exchangeMailboxes", { id: id(10), LitigationHoldEnabled: true });
  add("exchangeMailboxes", {
    id: id(11),
    GrantSendOnBehalfTo: [id(12)],
    MailboxPermission: [
      { User: id(8), AccessRights: ["FullAccess"] },
      { User: id(3), AccessRights: ["FullAccess"], Deny: true },
      { User: "Administrators of the service", AccessRights: ["FullAccess"], IsInherited: true },
      { User: "rbo@small.example", AccessRights: ["FullAccess"] },
    ],
    RecipientPermission: [{ Trustee: id(1) }, { Trustee: id(4), AccessControlType: "Deny" }],
  });
  add("exchangeMailboxes", { id: id(12), ForwardingAddress: id(1), ForwardingSmtpAddress: "smtp:somebody@partner.example" });
  add("exchangeMailboxes", { id: id(13), InPlaceHolds: ["-mbxe0000000000040008000000000000001:1"] });
  const reply = await world.tenant.control("POST", "/_practice/objects", { put });
  if (reply.status !== 200) throw new Error(reply.text);
  await world.tenant.ask("DELETE", `/users/${id(17)}`);
};
