/**
 * Microsoft's applications as policies name them: ids, and the suites that stand for several.
 *
 * @see "Verify first-party Microsoft applications in sign-in reports" (learn.microsoft.com): the ids
 * @see "Conditional Access: Target resources": what the suites stand for
 */

import type { Answer } from "./evaluate-logic.ts";
import type { ObjectId } from "./tenant.ts";

/** Azure portal, Microsoft Entra admin center and Microsoft Intune admin center: one application. "Mandatory multifactor authentication", table of applications. */
export const ENTRA_ADMIN_CENTER: ObjectId = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
/** Microsoft Office 365 Portal: the Microsoft 365 admin center. */
export const MICROSOFT_365_ADMIN_CENTER: ObjectId = "00000006-0000-0ff1-ce00-000000000000";
export const EXCHANGE_ADMIN_CENTER: ObjectId = "497effe9-df71-4043-a8bb-14cf78c4b63b";
/** Microsoft 365 Security and Compliance Center: Defender and Purview. */
export const SECURITY_PORTAL: ObjectId = "80ccca67-54bd-44ab-8625-4b79c4dc7775";
export const MICROSOFT_GRAPH: ObjectId = "00000003-0000-0000-c000-000000000000";
/** Windows Azure Service Management API, also called Azure Resource Manager. */
export const AZURE_MANAGEMENT: ObjectId = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/** Azure AD Graph: the directory itself. */
export const WINDOWS_AZURE_ACTIVE_DIRECTORY: ObjectId = "00000002-0000-0000-c000-000000000000";
export const EXCHANGE_ONLINE: ObjectId = "00000002-0000-0ff1-ce00-000000000000";
export const SHAREPOINT_ONLINE: ObjectId = "00000003-0000-0ff1-ce00-000000000000";
const SKYPE_FOR_BUSINESS: ObjectId = "00000004-0000-0ff1-ce00-000000000000";
export const TEAMS: ObjectId = "1fec8e78-bce4-4aaf-ab1b-5451cc387264";
export const TEAMS_SERVICES: ObjectId = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
export const FORMS: ObjectId = "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87";
export const AZURE_CLI: ObjectId = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const AZURE_POWERSHELL: ObjectId = "1950a258-227b-4e31-a9cf-717495945fc2";
export const INTUNE: ObjectId = "0000000a-0000-0000-c000-000000000000";
const AZURE_DATA_LAKE: ObjectId = "e9f49c6b-5ce5-44c8-925d-015017e9f7ad";
const APPLICATION_INSIGHTS: ObjectId = "f5c26e74-f226-4ae8-85f0-b4af0080ac9e";
const LOG_ANALYTICS: ObjectId = "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5";

/** "The following applications comprise the Microsoft Admin Portals"; what the portals call on is not in it. "Target resources", 2026. */
const ADMIN_PORTALS: ReadonlySet<ObjectId> = new Set([ENTRA_ADMIN_CENTER, MICROSOFT_365_ADMIN_CENTER, EXCHANGE_ADMIN_CENTER, SECURITY_PORTAL]);

/**
 * "Apps included in Conditional Access Office 365 app suite" lists names; these are the ones of them whose id Microsoft prints
 * in its list of first-party applications.
 */
const OFFICE_365: ReadonlySet<ObjectId> = new Set([
  EXCHANGE_ONLINE,
  SHAREPOINT_ONLINE,
  SKYPE_FOR_BUSINESS,
  TEAMS,
  TEAMS_SERVICES,
  FORMS,
  MICROSOFT_365_ADMIN_CENTER,
  // Viva Engage, Exchange Online Protection, Microsoft Office, Teams web client, Whiteboard, O365 Suite UX, Office 365 Search
  "00000005-0000-0ff1-ce00-000000000000",
  "00000007-0000-0ff1-ce00-000000000000",
  "d3590ed6-52b3-4102-aeff-aad2292ab01c",
  "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
  "95de633a-083e-42f5-b444-a4295d8e9314",
  "4345a7b9-9a63-4910-a426-35363201d503",
  "66a88757-258c-4c72-893c-3e8bed4d6899",
  // Office Delve, Office.com, OfficeHome, OneDrive SyncEngine, OneNote, Sway, Stream portal, OfficeClientService, Office365 Shell
  "94c63fef-13a3-47bc-8074-75af8c65887a",
  "4b233688-031c-404b-9a80-a4f3f2351f90",
  "4765445b-32c6-49b0-83e6-1d93765276ca",
  "ab9b8c07-8f02-4f72-87fa-80105867a763",
  "2d4d3d8e-2be3-4bef-9f87-7875a61c29de",
  "905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba",
  "cf53fce8-def6-4aeb-8d30-b158e7b1cf83",
  "0f698dd4-f011-4d23-a33e-b36416dcb1e6",
  "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7",
]);

/** In neither suite by the pages above, or in no suite but where it is listed. About any other id nobody here can say whether it is in one. */
const KNOWN: ReadonlySet<ObjectId> = new Set([
  ...ADMIN_PORTALS,
  ...OFFICE_365,
  MICROSOFT_GRAPH,
  AZURE_MANAGEMENT,
  WINDOWS_AZURE_ACTIVE_DIRECTORY,
  AZURE_CLI,
  AZURE_POWERSHELL,
  INTUNE,
  AZURE_DATA_LAKE,
  APPLICATION_INSIGHTS,
  LOG_ANALYTICS,
]);

/** Whether an id is Microsoft's own and the same in every tenant; of others nobody here knows. @param id lower case */
export const isKnownApplication = (id: ObjectId): boolean => KNOWN.has(id);

/** "When you target the Windows Azure Service Management API": the applications of that group, which is named whole. */
const AZURE_GROUP: ReadonlySet<ObjectId> = new Set([AZURE_MANAGEMENT, ENTRA_ADMIN_CENTER, AZURE_DATA_LAKE, APPLICATION_INSIGHTS, LOG_ANALYTICS]);

/** "Services or clients that depend on the Azure API can be indirectly affected": those of the page's list whose id is known. */
const CALLS_AZURE: ReadonlySet<ObjectId> = new Set([MICROSOFT_365_ADMIN_CENTER, AZURE_CLI, AZURE_POWERSHELL]);

/** "Conditional Access service dependencies": whose policies have to be met as well before one is let in here. */
const EARLY_BOUND: { readonly [id: ObjectId]: readonly ObjectId[] } = {
  [TEAMS]: [EXCHANGE_ONLINE, SHAREPOINT_ONLINE, SKYPE_FOR_BUSINESS],
  [TEAMS_SERVICES]: [EXCHANGE_ONLINE, SHAREPOINT_ONLINE, SKYPE_FOR_BUSINESS],
  [SKYPE_FOR_BUSINESS]: [EXCHANGE_ONLINE],
  [FORMS]: [EXCHANGE_ONLINE, SHAREPOINT_ONLINE],
  [AZURE_DATA_LAKE]: [AZURE_MANAGEMENT],
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const inSuite = (suite: ReadonlySet<ObjectId>, id: ObjectId): Answer => {
  if (suite.has(id)) return "yes";
  // `no` would be the unsafe answer where the suite is blocked, `yes` where it is left out.
  return KNOWN.has(id) ? "no" : "unknown";
};

/**
 * Whether what stands in a policy's list of applications means this one.
 *
 * @param entry `all`, `none`, `office365`, `admin-portals` or an application id, lower case; words of Graph that are younger than we are stay unknown
 * @param id an application id, lower case
 */
export const meansApplication = (entry: string, id: ObjectId): Answer => {
  switch (entry) {
    case "all":
      return "yes";
    case "none":
      return "no";
    case "office365":
      return inSuite(OFFICE_365, id);
    case "admin-portals":
      return inSuite(ADMIN_PORTALS, id);
    case AZURE_MANAGEMENT:
      if (AZURE_GROUP.has(id)) return "yes";
      return CALLS_AZURE.has(id) ? "unknown" : "no";
    case WINDOWS_AZURE_ACTIVE_DIRECTORY:
      if (id === entry) return "yes";
      // Graph is no resource of its own: what is asked of it is judged as the services below, the directory among them ("Target resources": umbrella).
      return id === MICROSOFT_GRAPH ? "unknown" : "no";
    default:
      if (!GUID.test(entry)) return "unknown";
      return entry === id ? "yes" : "no";
  }
};

/** The applications whose policies have to be met as well before a sign-in to this one succeeds. */
export const earlyBound = (id: ObjectId): readonly ObjectId[] => EARLY_BOUND[id] ?? [];
