/**
 * Exchange Online wants two grants, neither of which works alone: a permission and a role. It says of neither that it is missing,
 * so that this is told from what it answers and what the token holds. Exchange facts, section 2.
 */

import type { TokenClaims } from "../token-claims.ts";
import type { Complaint } from "./errors.ts";

/** What a token says of the grants. */
export type Claims = Pick<TokenClaims, "roles" | "scopes" | "wids">;

const PERMISSION = "Exchange.ManageAsApp";
const DELEGATED = "Exchange.Manage";

/** The roles of the directory that the service takes for cmdlets. Their templates: learn.microsoft.com, Microsoft Entra built-in roles. */
const ROLES: ReadonlySet<string> = new Set([
  "29232cdf-9323-42fd-ade2-1d097af3e4de", // Exchange Administrator
  "31392ffb-586c-42d1-9346-e59415a2cc4e", // Exchange Recipient Administrator
  "62e90394-69f5-4237-9190-012177145e10", // Global Administrator
  "f2ef992c-3afb-46b9-b7cf-a126ee74c451", // Global Reader
  "17315797-102d-40b4-93e0-432062caca18", // Compliance Administrator
  "729827e3-9c14-49f7-bb1b-9608f156bbb8", // Helpdesk Administrator
  "194ae4cb-b126-40b2-bd5b-6091b380977d", // Security Administrator
  "5d6b6bb7-de71-4623-b4af-96380a352509", // Security Reader
]);

/** What the service offers the caller: the names, or that it refuses even to say. */
export type Offered = ReadonlySet<string> | "refused" | "unknown";

const NO_PERMISSION = [
  `the permission ${PERMISSION} is missing: in Entra add it to the app registration (APIs my organization uses, Office 365 Exchange Online, Application permissions)`,
  "grant admin consent; it needs a role as well, Exchange Administrator, assigned in Entra (Roles and administrators); then run the command again",
].join(", ");
const NO_ROLE = [
  "the permission is there, but no role for Exchange: in Entra (Roles and administrators) assign Exchange Administrator to the application",
  "or to whoever signs in, wait for up to two hours, and run the command again",
].join(", ");
const CHANGES_MAILBOXES = /^(Get|Set)-CASMailbox$/;

const roleLacks = (cmdlet: string): string =>
  `the role that is there does not offer ${cmdlet}: ${
    CHANGES_MAILBOXES.test(cmdlet) ? "Exchange Recipient Administrator or Exchange Administrator" : "Exchange Administrator"
  } does, assigned in Entra (Roles and administrators); wait for up to two hours, and run the command again`;

const UNSUPPORTED = /isn't supported in this scenario/i;

const hasPermission = ({ roles, scopes }: Claims): boolean => roles.includes(PERMISSION) || scopes.includes(DELEGATED);

/**
 * @param status 401 or 403
 * @returns which grant is missing and how it is given; undefined where that cannot be told
 */
export const missingGrant = (status: number, cmdlet: string, claims: Claims | undefined, offered: Offered): string | undefined => {
  if (claims !== undefined && !hasPermission(claims)) return NO_PERMISSION;
  if (status === 401) return claims === undefined ? NO_PERMISSION : undefined;
  if (typeof offered !== "string") return offered.has(cmdlet) ? undefined : roleLacks(cmdlet);
  // Not even what is offered is told: whatever role the token holds does not hold any longer, or not yet.
  if (offered === "refused") return NO_ROLE;
  return claims?.wids.some((role) => ROLES.has(role)) === true ? roleLacks(cmdlet) : undefined;
};

/** The item's refusal is that of all others as well: a grant is missing, and no mailbox has a part in it. */
export const isAboutGrants = (status: number, { message, exception }: Complaint): boolean =>
  status === 401 || UNSUPPORTED.test(message) || (status === 403 && (exception === undefined || exception === "CmdletAccessDeniedException"));
