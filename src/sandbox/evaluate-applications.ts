/**
 * Applications by their ids, and the suites that a policy can name in one word. The lists are those of the pages
 * reference-office-365-application-contents and concept-conditional-access-cloud-apps, which give names; the ids are general knowledge.
 */

const EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000";
const SHAREPOINT_ONLINE = "00000003-0000-0ff1-ce00-000000000000";
const TEAMS = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
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
  OFFICE_PORTAL,
  // Skype for Business Online, Viva Engage, Office home, Outlook on the web, Planner, Forms, OneNote, Sway, Stream
  "00000004-0000-0ff1-ce00-000000000000",
  "00000005-0000-0ff1-ce00-000000000000",
  "4765445b-32c6-49b0-83e6-1d93765276ca",
  "9199bf20-a13f-4107-85dc-02114787ef48",
  "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3",
  "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87",
  "2d4d3d8e-2be3-4bef-9f87-7875a61c29de",
  "905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba",
  "2634dd23-5e5a-431c-81ca-11710d9079f4",
]);

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
