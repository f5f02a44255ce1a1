/** One computed sign-in in the service's own JSON: beta's signIn, of which v1.0 shows a part. */

import type { WireObject } from "../fill.ts";
import { type Account, momentOf, type Program } from "./account.ts";
import { abroadAt, addressAt, homeOf, type Place, type Site } from "./networks.ts";
import { pick } from "./numbers.ts";
import type { Sort } from "./sign-in-times.ts";

export type Facts = {
  readonly account: Account;
  readonly number: number;
  readonly second: number;
  readonly sort: Sort;
  /** Undefined: a person with a program of today. */
  readonly program: Program | undefined;
  /** Undefined: at home. */
  readonly site: Site | undefined;
  readonly elsewhere: string;
  /** Whatever varies comes from it. */
  readonly draw: number;
  readonly id: string;
  readonly userId: string;
  readonly tenantId: string;
};

type App = { readonly id: string; readonly name: string };
const EXCHANGE: App = { id: "00000002-0000-0ff1-ce00-000000000000", name: "Office 365 Exchange Online" };
const GRAPH: App = { id: "00000003-0000-0000-c000-000000000000", name: "Microsoft Graph" };
const OFFICE_HOME: App = { id: "4765445b-32c6-49b0-83e6-1d93765276ca", name: "OfficeHome" };
const AZURE_PORTAL: App = { id: "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", name: "Azure Portal" };
const AZURE_MANAGEMENT: App = { id: "797f4846-ba00-4fd7-ba43-dac1f8f63013", name: "Windows Azure Service Management API" };
const OFFICE_PROGRAMS: App = { id: "d3590ed6-52b3-4102-aeff-aad2292ab01c", name: "Microsoft Office" };
const TEAMS_PROGRAM: App = { id: "1fec8e78-bce4-4aaf-ab1b-5451cc387264", name: "Microsoft Teams" };
const CONNECT: App = { id: "cb1056e2-e479-49de-ae31-7812af012ed8", name: "Microsoft Azure Active Directory Connect" };
const DIRECTORY: App = { id: "00000002-0000-0000-c000-000000000000", name: "Windows Azure Active Directory" };
const OWN_SCRIPT: App = { id: "5d0c7c1e-7b7e-4f0e-9a5b-1f6f3c1d2e40", name: "Scripts" };

/** What of a program the log says: `clientAppUsed`, which protocol or grant, what it signs in to. */
type Client = {
  readonly used: string;
  readonly app: App;
  readonly resource: App;
  readonly protocol: string;
  readonly browser: string;
  readonly system: string;
};

const BROWSER = "Browser";
const MODERN = "Mobile Apps and Desktop clients";
const WEB: readonly Client[] = [
  { used: BROWSER, app: OFFICE_HOME, resource: GRAPH, protocol: "oAuth2", browser: "Chrome 70.0.3538", system: "Windows 10" },
  { used: BROWSER, app: EXCHANGE, resource: EXCHANGE, protocol: "oAuth2", browser: "Edge 17.17134", system: "Windows 10" },
];
const PROGRAMS: readonly Client[] = [
  { used: MODERN, app: OFFICE_PROGRAMS, resource: EXCHANGE, protocol: "oAuth2", browser: "", system: "Windows 10" },
  { used: MODERN, app: TEAMS_PROGRAM, resource: GRAPH, protocol: "oAuth2", browser: "", system: "Ios 12.1" },
];
const PORTAL: Client = { used: BROWSER, app: AZURE_PORTAL, resource: AZURE_MANAGEMENT, protocol: "oAuth2", browser: "Edge 17.17134", system: "Windows 10" };
const mail = (used: string): Client => ({ used, app: EXCHANGE, resource: EXCHANGE, protocol: "none", browser: "", system: "" });
const OLD: Readonly<Record<Exclude<Program, "script">, Client>> = {
  smtp: mail("Authenticated SMTP"),
  imap: mail("IMAP4"),
  pop: mail("POP3"),
  activesync: mail("Exchange ActiveSync"),
  other: mail("Other clients"),
};
const SCRIPT: Client = { used: MODERN, app: OWN_SCRIPT, resource: GRAPH, protocol: "ropc", browser: "", system: "" };
const SYNCHRONISATION: Client = { ...SCRIPT, app: CONNECT, resource: DIRECTORY };

const clientOf = ({ account, program, sort, draw }: Facts): Client => {
  if (program === "script") return /^sync_/iu.test(account.address) ? SYNCHRONISATION : SCRIPT;
  if (program !== undefined) return OLD[program];
  // Strangers try where no second question is asked.
  if (sort === "spray") return draw % 3 === 0 ? OLD.imap : pick(WEB, 0);
  if (sort === "renewal") return pick(PROGRAMS, draw >>> 3);
  if (/^(?:admin\.|emergency-)/u.test(account.address)) return PORTAL;
  return pick(sort === "evening" || draw % 4 !== 0 ? WEB : PROGRAMS, draw >>> 3);
};

const placeOf = ({ sort, site, elsewhere, number, draw }: Facts): Place => {
  if (sort === "spray") return abroadAt(elsewhere, draw >>> 5);
  if (sort === "abroad") return abroadAt(elsewhere, number);
  return site === undefined ? homeOf(elsewhere, number) : { address: addressAt(site, number, draw >>> 7), city: site.city, country: "GB" };
};

/** The texts of the pages of signIn and of its status; an error code says the rest. */
const BAD_PASSWORD = "Error validating credentials due to invalid username or password.";

export const rowOf = (facts: Facts): WireObject => {
  const { account, sort, second, id, userId, tenantId, draw } = facts;
  const client = clientOf(facts);
  const place = placeOf(facts);
  const failed = sort === "spray" || sort === "mistake";
  const isInteractive = sort !== "renewal" && !(sort === "daily" && (facts.program === "script" || facts.program === "smtp"));
  return {
    id,
    createdDateTime: momentOf(second * 1000),
    userDisplayName: account.displayName,
    userPrincipalName: account.address.toLowerCase(),
    userId,
    appId: client.app.id,
    appDisplayName: client.app.name,
    ipAddress: place.address,
    clientAppUsed: client.used,
    userAgent: client.browser === "" ? "" : `Mozilla/5.0 (${client.system}) ${client.browser.replace(" ", "/")}`,
    correlationId: id,
    conditionalAccessStatus: "notApplied",
    isInteractive,
    homeTenantId: tenantId,
    resourceDisplayName: client.resource.name,
    resourceId: client.resource.id,
    resourceTenantId: tenantId,
    servicePrincipalId: "",
    servicePrincipalName: "",
    status: failed
      ? { errorCode: 50126, failureReason: BAD_PASSWORD, additionalDetails: null }
      : { errorCode: 0, failureReason: "Other.", additionalDetails: null },
    deviceDetail: {
      deviceId: "",
      displayName: "",
      operatingSystem: client.system,
      browser: client.browser,
      isCompliant: false,
      isManaged: false,
      trustType: "",
    },
    location: { city: place.city, state: "", countryOrRegion: place.country, geoCoordinates: {} },
    riskEventTypes: [],
    riskEventTypes_v2: [],
    riskState: "none",
    appliedConditionalAccessPolicies: [],
    authenticationRequirement: "singleFactorAuthentication",
    authenticationProtocol: client.protocol,
    incomingTokenType: isInteractive ? "none" : "primaryRefreshToken",
    signInEventTypes: [isInteractive ? "interactiveUser" : "nonInteractiveUser"],
    signInIdentifier: account.address.toLowerCase(),
    userType: account.guest === undefined ? "member" : "guest",
    crossTenantAccessType: account.guest === undefined ? "none" : "b2bCollaboration",
    processingTimeInMilliseconds: 80 + (draw % 400),
  };
};
