/**
 * Applications by their ids, and the suites that a policy can name in one word. The lists are those of the pages
 * reference-office-365-application-contents and concept-conditional-access-cloud-apps, which give names; the ids are general knowledge.
 */

const EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000";
const SHAREPOINT_ONLINE = "00000003-0000-0ff1-ce00-000000000000";
const TEAMS = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
const TEAMS_CLIENT = "1fec8e78-bce4-4aaf-ab1b-5451cc387264";
const SKYPE = "00000004-0000-0ff1-ce00-000000000000";
const FORMS = "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87";
/** Also the Microsoft 365 admin center. */
const OFFICE_PORTAL = "00000006-0000-0ff1-ce00-000000000000";
/** Also the Microsoft Entra admin center. */
const AZURE_PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
const AZURE_MANAGEMENT = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
const INTUNE_ADMIN = "5926fc8e-304e-4f59-8bed-58ca97cc39a4";

const OFFICE_365: ReadonlySet<string> = new Set([
  EXCHANGE_ONLINE,
  SHAREPOINT_ONLINE,
  TEAMS,
  TEAMS_CLIENT,
  OFFICE_PORTAL,
  SKYPE,
  FORMS,
  // Viva Engage, Office home, Outlook on the web, Planner, OneNote, Sway, Stream
  "00000005-0000-0ff1-ce00-000000000000",
  "4765445b-32c6-49b0-83e6-1d93765276ca",
  "9199bf20-a13f-4107-85dc-02114787ef48",
  "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3",
  "2d4d3d8e-2be3-4bef-9f87-7875a61c29de",
  "905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba",
  "2634dd23-5e5a-431c-81ca-11710d9079f4",
  // Exchange Online Protection, Microsoft Office, Teams on the web, Whiteboard, O365 Suite UX, Office 365 Search, Delve, Office.com
  "00000007-0000-0ff1-ce00-000000000000",
  "d3590ed6-52b3-4102-aeff-aad2292ab01c",
  "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
  "95de633a-083e-42f5-b444-a4295d8e9314",
  "4345a7b9-9a63-4910-a426-35363201d503",
  "66a88757-258c-4c72-893c-3e8bed4d6899",
  "94c63fef-13a3-47bc-8074-75af8c65887a",
  "4b233688-031c-404b-9a80-a4f3f2351f90",
  // OneDrive SyncEngine, Stream portal, OfficeClientService, Office365 Shell
  "ab9b8c07-8f02-4f72-87fa-80105867a763",
  "cf53fce8-def6-4aeb-8d30-b158e7b1cf83",
  "0f698dd4-f011-4d23-a33e-b36416dcb1e6",
  "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7",
]);

/** Services that are reached on the way into an application, so that their policies are met first (service-dependencies, early-bound). */
const ON_THE_WAY: ReadonlyMap<string, readonly string[]> = new Map([
  [TEAMS, [EXCHANGE_ONLINE, SHAREPOINT_ONLINE, SKYPE]],
  [TEAMS_CLIENT, [EXCHANGE_ONLINE, SHAREPOINT_ONLINE, SKYPE]],
  [SKYPE, [EXCHANGE_ONLINE]],
  [FORMS, [EXCHANGE_ONLINE, SHAREPOINT_ONLINE]],
]);

export const onTheWayTo = (application: string): readonly string[] => ON_THE_WAY.get(application.toLowerCase()) ?? [];

const ADMIN_PORTALS: ReadonlySet<string> = new Set([
  AZURE_PORTAL,
  OFFICE_PORTAL,
  INTUNE_ADMIN,
  // Exchange admin center, Defender and Purview, Teams admin center
  "497effe9-df71-4043-a8bb-14cf78c4b63b",
  "80ccca67-54bd-44ab-8625-4b79c4dc7775",
  "2ddfbe71-ed12-4123-b99b-d5fc8a062a79",
]);

/** What people call an application, for sign-ins that are practised. */
export const APPLICATIONS = {
  exchange: EXCHANGE_ONLINE,
  sharepoint: SHAREPOINT_ONLINE,
  teams: TEAMS,
  office: OFFICE_PORTAL,
  "entra admin": AZURE_PORTAL,
  azure: AZURE_MANAGEMENT,
} as const;

/** Whether an application is meant by an entry of a policy: an id or a suite; `All` and `None` are not for here. */
export const meansApplication = (entry: string, application: string): boolean => {
  const [word, id] = [entry.toLowerCase(), application.toLowerCase()];
  if (word === id) return true;
  if (word === "office365") return OFFICE_365.has(id);
  if (word === "microsoftadminportals") return ADMIN_PORTALS.has(id);
  // The management API stands for a set of services, the portals among them.
  return word === AZURE_MANAGEMENT && id === AZURE_PORTAL;
};

/** Under security defaults these ask everybody, administrator or not (security-defaults). */
export const isPrivilegedApplication = (application: string): boolean => application === AZURE_PORTAL || application === AZURE_MANAGEMENT;

/**
 * From when on Microsoft itself demands MFA of everybody in a portal, whatever the tenant says (concept-mandatory-multifactor-authentication);
 * the dates on which the roll-out was complete.
 */
const MANDATORY_FROM: ReadonlyMap<string, number> = new Map([
  [AZURE_PORTAL, Date.UTC(2025, 2, 31)],
  [INTUNE_ADMIN, Date.UTC(2025, 2, 31)],
  [OFFICE_PORTAL, Date.UTC(2026, 1, 9)],
]);

export const isMandatoryAt = (application: string, at: number): boolean => at >= (MANDATORY_FROM.get(application) ?? Number.POSITIVE_INFINITY);
