/** What a scenario arranges behind the service's back, and what it watches while a command runs. */

import type { CliOptions, CliResult } from "../cli/harness.ts";
import type { LoggedRequest, Policy, Reader } from "./reader.ts";
import type { Served } from "./served.ts";

export type Fields = { readonly [name: string]: unknown };

/** Every property of an account that the practice tenant keeps, so that what is put back is what was there. */
const PROPERTIES = (
  "accountEnabled assignedLicenses businessPhones companyName createdDateTime creationType deletedDateTime department displayName employeeType " +
  "externalUserState givenName id identityParentId jobTitle mail mailNickname mobilePhone officeLocation onPremisesDomainName onPremisesImmutableId " +
  "onPremisesLastSyncDateTime onPremisesSyncEnabled otherMails preferredLanguage proxyAddresses surname usageLocation userPrincipalName userType"
).split(" ");

export const wholeUser = async (reader: Reader, address: string): Promise<Fields & { readonly id: string }> => {
  const { "@odata.context": _, ...user } = await reader.json<Fields & { readonly id: string }>(
    "GET",
    `/v1.0/users/${encodeURIComponent(address)}?$select=${PROPERTIES.join(",")}`,
  );
  return { ...user, id: user.id };
};

const EVERYBODY_OUT = {
  includeUsers: [],
  excludeUsers: [],
  includeGroups: [],
  excludeGroups: [],
  includeRoles: [],
  excludeRoles: [],
  includeGuestsOrExternalUsers: null,
  excludeGuestsOrExternalUsers: null,
};

export const FOREIGN_ID = "11111111-1111-4111-8111-111111111111";

/** Somebody else's policy that asks for MFA everywhere, for whom `users` says. */
export const foreignPolicy = (users: Fields, more: Fields = {}): Fields => ({
  conditions: {
    applications: {
      applicationFilter: null,
      excludeApplications: [],
      includeApplications: ["All"],
      includeAuthenticationContextClassReferences: [],
      includeUserActions: [],
    },
    authenticationFlows: null,
    clientAppTypes: ["all"],
    clientApplications: null,
    devices: null,
    insiderRiskLevels: null,
    locations: null,
    platforms: null,
    servicePrincipalRiskLevels: [],
    signInRiskLevels: [],
    userRiskLevels: [],
    users: { ...EVERYBODY_OUT, ...users },
  },
  createdDateTime: "2018-03-01T09:00:00Z",
  deletedDateTime: null,
  description: null,
  displayName: "IT: MFA everywhere",
  grantControls: { authenticationStrength: null, builtInControls: ["mfa"], customAuthenticationFactors: [], operator: "OR", termsOfUse: [] },
  id: FOREIGN_ID,
  modifiedDateTime: null,
  sessionControls: null,
  state: "enabled",
  templateId: null,
  ...more,
});

export type Watched = CliResult & {
  /** Every request that was not a read, the parts of batches by themselves. */
  readonly writes: readonly string[];
  readonly requests: readonly LoggedRequest[];
};

const isWrite = ({ method, path }: LoggedRequest): boolean => method !== "GET" && !path.endsWith("/$batch");

/** Types a command and looks into the tenant's request log. */
export const typed = async (served: Served, args: readonly string[], options?: Partial<CliOptions>): Promise<Watched> => {
  const before = (await served.reader.requests()).length;
  const result = await served.cli(args, options);
  const requests = (await served.reader.requests()).slice(before);
  return { ...result, requests, writes: requests.filter(isWrite).map(({ method, path, status }) => `${method} ${path} ${status}`) };
};

/** Output without what differs from one machine, or one run, to the next. */
export const told = (served: Served, text: string): string =>
  text.replaceAll(served.origin, "http://127.0.0.1:PORT").replace(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, "RUN");

/** From the checks on: the sentences that people read, without the changes above them. */
export const checksOf = (served: Served, { exit, stdout, stderr }: CliResult): string => {
  const from = stdout.indexOf("\nChecks\n");
  const said = stderr
    .split("\n")
    .filter((line) => !/^(?:reading|writing) /.test(line))
    .join("\n");
  return `exit ${exit}\n${told(served, stdout.slice(from < 0 ? 0 : from + 1))}${said === "" ? "" : `-- stderr\n${told(served, said)}`}`;
};

/** The group of the plan with this key. */
export const ownGroup = async (reader: Reader, plan: string, key: string): Promise<string> => {
  const found = (await reader.groups()).filter((group) => group.description?.startsWith(`entra-rollout:${plan}/${key}.`) === true);
  const [group] = found;
  if (group === undefined || found.length > 1) throw new Error(`${found.length} groups bear the mark ${plan}/${key}`);
  return group.id;
};

export const ownPolicy = async (reader: Reader, plan: string, key: string): Promise<Policy> => {
  const found = (await reader.policies()).filter((policy) => policy.description?.startsWith(`entra-rollout:${plan}/${key}.`) === true);
  const [policy] = found;
  if (policy === undefined || found.length > 1) throw new Error(`${found.length} policies bear the mark ${plan}/${key}`);
  return policy;
};

export const membersOf = async (reader: Reader, group: string): Promise<readonly string[]> =>
  (await reader.members(group)).map((member) => member.userPrincipalName.toLowerCase()).toSorted();
