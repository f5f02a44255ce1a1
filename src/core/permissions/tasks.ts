/** What commands do in a tenant, in the portions in which a plan or a command asks for it: the routes of each, and why it is done. */

import type { Route } from "./routes.ts";

export type Task = {
  /** A sentence's end, as it stands behind a permission: "to see ...". */
  readonly why: string;
  readonly routes: readonly Route[];
};

export const TASKS = {
  tenant: { why: "to know which tenant this is", routes: ["GET /organization"] },
  licences: { why: "to see which licences the tenant has, and who is a pupil", routes: ["GET /subscribedSkus"] },
  domains: { why: "to see which domains sign in elsewhere", routes: ["GET /domains"] },
  people: { why: "to see whom a plan is about", routes: ["GET /users", "GET /users/{id}"] },
  groups: {
    why: "to see the groups that plans made or name, and who is in them",
    routes: ["GET /groups", "GET /groups/{id}", "GET /groups/{id}/members", "GET /groups/{id}/transitiveMembers"],
  },
  roles: { why: "to see who is an administrator", routes: ["GET /directoryRoles", "GET /directoryRoles/{id}/members"] },
  policies: {
    why: "to see policies, named locations and security defaults",
    routes: [
      "GET /identity/conditionalAccess/policies",
      "GET /identity/conditionalAccess/namedLocations",
      "GET /policies/identitySecurityDefaultsEnforcementPolicy",
    ],
  },
  methods: {
    why: "to see which methods the tenant lets people use",
    routes: ["GET /policies/authenticationMethodsPolicy", "GET /policies/authenticationStrengthPolicies"],
  },
  access: {
    why: "to prove that administrators and emergency accounts still get in: with what they can sign in",
    routes: ["GET /users/{id}/authentication/methods"],
  },
  belonging: {
    why: "to see which groups and roles single accounts are in",
    routes: ["GET /users/{id}", "GET /users/{id}/transitiveMemberOf", "GET /directoryRoles", "GET /directoryRoles/{id}/members"],
  },
  operator: { why: "to know who is signed in", routes: ["GET /me"] },
  registration: { why: "to see who has registered what", routes: ["GET /reports/authenticationMethods/userRegistrationDetails"] },
  ownMethods: { why: "to see what accounts have registered where the report does not tell", routes: ["GET /users/{id}/authentication/methods"] },
  activity: { why: "to see when accounts last signed in", routes: ["GET /users signInActivity"] },
  log: { why: "to see in the log of sign-ins whom a change would stop", routes: ["GET /auditLogs/signIns"] },
  audits: { why: "to see how registration grew", routes: ["GET /auditLogs/directoryAudits"] },
  whatIf: { why: "to ask the service's What-If about policies in report-only", routes: ["POST /identity/conditionalAccess/evaluate"] },
  states: { why: "to see states of per-user MFA", routes: ["beta GET /users/{id}/authentication/requirements"] },
  usage: {
    why: "to see in the usage reports who still uses a mailbox or a file",
    routes: ["GET /reports/getOffice365ActiveUserDetail", "GET /reports/getEmailAppUsageUserDetail", "GET /reports/getMailboxUsageDetail"],
  },
  concealment: { why: "to see whether usage reports hide names", routes: ["GET /admin/reportSettings"] },
  purposes: { why: "to see which mailboxes are shared, or rooms", routes: ["GET /users/{id}/mailboxSettings/userPurpose"] },
  mailboxes: { why: "to see which protocols mailboxes have on", routes: ["Get-CASMailbox"] },
  mailboxTypes: { why: "to see what mailboxes are for", routes: ["Get-Mailbox"] },
  mailSettings: { why: "to see what new mailboxes get, and whether SMTP AUTH is on", routes: ["Get-CASMailboxPlan", "Get-TransportConfig"] },
  smtpAuth: { why: "to see whether SMTP AUTH is on", routes: ["Get-TransportConfig"] },
  basicSettings: { why: "to see which authentication policies there are", routes: ["Get-AuthenticationPolicy", "Get-OrganizationConfig"] },
  listed: {
    why: "to see all that may speak for an account on a review list: groups, roles, what it owns, when it was used",
    routes: [
      "GET /users/{id}",
      "GET /users/{id}/memberOf",
      "GET /users/{id}/ownedObjects",
      "GET /users/{id}/manager",
      "GET /roleManagement/directory/roleAssignments",
      "GET /roleManagement/directory/roleDefinitions",
      "GET /roleManagement/directory/roleEligibilityScheduleInstances",
      "GET /directoryRoles",
      "GET /directoryRoles/{id}/members",
    ],
  },
  listedMail: {
    why: "to see who may open or send from the mailbox of an account on a review list",
    routes: ["Get-Mailbox", "Get-MailboxPermission", "Get-RecipientPermission"],
  },
  standing: { why: "to see what became of an account: there, or among the deleted ones", routes: ["GET /users/{id}", "GET /directory/deletedItems/{id}"] },
  deletedThings: {
    why: "to export deleted accounts, groups, policies and locations",
    routes: [
      "GET /directory/deletedItems/microsoft.graph.user",
      "GET /directory/deletedItems/microsoft.graph.group",
      "GET /identity/conditionalAccess/deletedItems/policies",
      "GET /identity/conditionalAccess/deletedItems/namedLocations",
    ],
  },
  writeGroups: {
    why: "to make groups for cohorts and for the plan's progress, and to keep their members",
    routes: ["POST /groups", "PATCH /groups/{id}", "DELETE /groups/{id}", "POST /groups/{id}/members/$ref", "DELETE /groups/{id}/members/{id}/$ref"],
  },
  writePolicies: {
    why: "to make and change the plan's policies and named locations",
    routes: [
      "POST /identity/conditionalAccess/policies",
      "PATCH /identity/conditionalAccess/policies/{id}",
      "DELETE /identity/conditionalAccess/policies/{id}",
      "POST /identity/conditionalAccess/deletedItems/policies/{id}/restore",
      "GET /identity/conditionalAccess/namedLocations/{id}",
      "POST /identity/conditionalAccess/namedLocations",
      "PATCH /identity/conditionalAccess/namedLocations/{id}",
      "DELETE /identity/conditionalAccess/namedLocations/{id}",
      "POST /identity/conditionalAccess/deletedItems/namedLocations/{id}/restore",
    ],
  },
  writeDefaults: { why: "to turn security defaults on or off", routes: ["PATCH /policies/identitySecurityDefaultsEnforcementPolicy"] },
  writeMethods: {
    why: "to change which methods people may use",
    routes: ["PATCH /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}"],
  },
  writeCampaign: { why: "to start and end the registration campaign", routes: ["PATCH /policies/authenticationMethodsPolicy"] },
  writeStates: { why: "to change states of per-user MFA", routes: ["beta PATCH /users/{id}/authentication/requirements"] },
  writeMailboxes: { why: "to turn protocols of mailboxes off", routes: ["Set-CASMailbox"] },
  writeMailPlans: { why: "to turn protocols off for mailboxes made later", routes: ["Set-CASMailboxPlan"] },
  writeSmtpAuth: { why: "to turn SMTP AUTH off for the tenant", routes: ["Set-TransportConfig"] },
  writeBasic: {
    why: "to make an authentication policy, and the tenant's default of it",
    routes: ["New-AuthenticationPolicy", "Set-AuthenticationPolicy", "Remove-AuthenticationPolicy", "Set-OrganizationConfig"],
  },
  block: { why: "to block accounts on a review list, and to unblock them", routes: ["PATCH /users/{id} accountEnabled"] },
  remove: { why: "to delete accounts on a review list", routes: ["DELETE /users/{id}"] },
  bringBack: { why: "to bring deleted accounts back", routes: ["POST /directory/deletedItems/{id}/restore"] },
  links: {
    why: "to see what came back with an account",
    routes: ["GET /users/{id}/memberOf", "GET /users/{id}/manager", "GET /groups/{id}"],
  },
  writeLinks: {
    why: "to give accounts back their groups, licences and managers, and to make those again that are gone for good",
    routes: ["POST /users", "POST /users/{id}/assignLicense", "PUT /users/{id}/manager/$ref", "POST /groups/{id}/members/$ref"],
  },
} as const satisfies Record<string, Task>;

export type TaskName = keyof typeof TASKS;

export const taskOf = (name: TaskName): Task => TASKS[name];
