/**
 * Every right that this tool ever asks for, with the ids under which an app registration names it.
 *
 * Ids of Graph's permissions: microsoft-graph-devx-content, `permissions-descriptions.json` and `provisioningInfo.json` of August 2026,
 * which agree. Exchange Online's: learn.microsoft.com, app-only authentication in Exchange Online PowerShell; the delegated one as clients
 * of several hands name it. Roles: learn.microsoft.com, Microsoft Entra built-in roles.
 */

export const SCHEMES = ["application", "delegated"] as const;
/** An application by itself, as a scheduler's; or one that somebody signs in to. */
export type Scheme = (typeof SCHEMES)[number];

export type Service = "graph" | "exchange";

/** Applications of Microsoft's that are the same in every tenant. */
export const SERVICES = {
  graph: { appId: "00000003-0000-0000-c000-000000000000", name: "Microsoft Graph" },
  exchange: { appId: "00000002-0000-0ff1-ce00-000000000000", name: "Office 365 Exchange Online" },
} as const satisfies Record<Service, { readonly appId: string; readonly name: string }>;

type Facts = {
  readonly service: Service;
  /** Id of the app role; missing where an application by itself cannot have it. */
  readonly application?: string;
  /** Id of the scope; missing where nobody can give it in their own name. */
  readonly delegated?: string;
  /** What it lets its holder do, as a person would say it. */
  readonly lets: string;
};

const graph = (application: string, delegated: string, lets: string): Facts => ({ service: "graph", application, delegated, lets });

export const PERMISSIONS = {
  "AuditLog.Read.All": graph(
    "b0afded3-3588-46d8-8b3d-9842eff778da",
    "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20",
    "read the logs of sign-ins and audits, and who has registered what",
  ),
  "Directory.Read.All": graph("7ab1d382-f21e-4acd-a863-ba3e13f7da61", "06da0dbc-49e2-44d2-8312-53f166ab848a", "read the directory: accounts, groups, roles"),
  "Domain.Read.All": graph("dbb9058a-0e50-45d7-ae91-66909b5d4664", "2f9ee017-59c1-4f1d-9472-bd5529a7b311", "read the domains"),
  "Group.Read.All": graph("5b567255-7703-4780-807c-7be8301ae99b", "5f8c59db-677d-491f-a6b8-5f174b11ec1d", "read groups, deleted ones too"),
  "Group.ReadWrite.All": graph("62a82d76-70ea-41e2-9197-370581804d09", "4e46008b-f24c-477d-8fff-7bb4ec7aafe0", "read and write groups and their members"),
  "GroupMember.Read.All": graph("98830695-27a2-44f7-8c18-0c3ebc9698f6", "bc024368-1153-4739-b217-4326f2e966d0", "read groups and who is in them"),
  "LicenseAssignment.Read.All": graph("e2f98668-2877-4f38-a2f4-8202e0717aa1", "f395577a-0960-456b-979f-7228de0c5996", "read licences"),
  "MailboxSettings.Read": graph("40f97065-369a-49f4-947c-6a255697ae91", "87f447af-9fa4-4c32-9dfa-4a57a73d18ce", "read the settings of mailboxes"),
  "Policy.Read.All": graph("246dd0d5-5bd0-4def-940b-0421030a5b68", "572fea84-0151-49b2-9301-11cb16974376", "read policies"),
  "Policy.ReadWrite.AuthenticationMethod": graph(
    "29c18626-4985-4dcd-85c0-193eef327366",
    "7e823077-d88e-468f-a337-e18f1f0e6c7c",
    "write which methods people may use, the campaign, and states of per-user MFA",
  ),
  "Policy.ReadWrite.ConditionalAccess": graph(
    "01c0a623-fc9b-48e9-b794-0756f8e8f067",
    "ad902697-1014-4ef5-81ef-2b4301988e8c",
    "write conditional access policies and named locations",
  ),
  "Policy.ReadWrite.SecurityDefaults": graph(
    "1c6e93a6-28e2-4cbb-9f64-1a46a821124d",
    "0b2a744c-2abf-4f1e-ad7e-17a087e2be99",
    "turn security defaults on and off",
  ),
  "ReportSettings.Read.All": graph("ee353f83-55ef-4b78-82da-555bfa2b4b95", "84fac5f4-33a9-4100-aa38-a20c6d29e5e7", "read whether usage reports hide names"),
  "Reports.Read.All": graph("230c1aed-a721-4c5d-9cb4-a90514e508ef", "02e97553-ed7b-43d0-ab3c-f8bace0d040c", "read usage reports"),
  "RoleEligibilitySchedule.Read.Directory": graph(
    "ff278e11-4a33-4d0c-83d2-d01dc58929a5",
    "eb0788c2-6d4e-4658-8c9e-c0fb8053f03d",
    "read who may activate which role",
  ),
  "RoleManagement.Read.Directory": graph("483bed4a-2ad3-4361-a73b-c83ccdbdc53c", "741c54c3-0c1e-44a1-818b-3f97ab4e8c83", "read roles and who holds them"),
  "User.DeleteRestore.All": graph("eccc023d-eccf-4e7b-9683-8813ab36cecc", "4bb440cd-2cf2-4f90-8004-aa2acd2537c5", "delete accounts and bring them back"),
  "User.EnableDisableAccount.All": graph("3011c876-62b7-4ada-afa2-506cbbecc68c", "f92e74e7-2563-467f-9dd0-902688cb5863", "block accounts and let them sign in"),
  "User.Read": { service: "graph", delegated: "e1fe6dd8-ba31-4d61-89e7-88639da4683d", lets: "sign in, and read who signed in" },
  "User.Read.All": graph("df021288-bdef-4463-88db-98f22de89214", "a154be20-db9c-4678-8ab7-66f6cc099a59", "read accounts"),
  "User.ReadWrite.All": graph("741f803b-c850-494e-b5df-cde7c675a1ca", "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4", "read and write accounts"),
  "UserAuthenticationMethod.Read.All": graph(
    "38d9df27-64da-44fd-b7c5-a6fbac20248f",
    "aec28ec7-4d02-4e8c-b864-50163aea77eb",
    "read which methods accounts have registered",
  ),
  "Exchange.Manage": { service: "exchange", delegated: "ab4f2b77-0b06-4fc1-a9de-02113fc2ab7c", lets: "run cmdlets of Exchange Online for whoever signed in" },
  "Exchange.ManageAsApp": { service: "exchange", application: "dc50a0fb-09a3-484d-be87-e023b12c6440", lets: "run cmdlets of Exchange Online" },
} as const satisfies Record<string, Facts>;

/** One that this tool may come to ask for. */
export type PermissionName = keyof typeof PERMISSIONS;

export const PERMISSION_NAMES: readonly PermissionName[] = Object.keys(PERMISSIONS).filter((name): name is PermissionName => name in PERMISSIONS);

export const isPermissionName = (name: string): name is PermissionName => Object.hasOwn(PERMISSIONS, name);

export const permissionFacts = (name: PermissionName): Facts => PERMISSIONS[name];

/** Roles of the directory, by the ids of their templates, which are the same in every tenant. */
export const ROLES = {
  "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
  "Authentication Policy Administrator": "0526716b-113d-4c15-b2c8-68e3c22b9f80",
  "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
  "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
  "Exchange Recipient Administrator": "31392ffb-586c-42d1-9346-e59415a2cc4e",
  "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
  "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
  "Groups Administrator": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
  "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
  "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
} as const;

export type RoleName = keyof typeof ROLES;

export const ROLE_NAMES: readonly RoleName[] = Object.keys(ROLES).filter((name): name is RoleName => name in ROLES);
export const isRoleName = (name: string): name is RoleName => Object.hasOwn(ROLES, name);
