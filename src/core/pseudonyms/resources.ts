/**
 * A resource of a snapshot under pseudonyms. What is left as it is stands here by name, because the service alone decides what can stand
 * there: everything else that is text becomes a pseudonym, a property too that nobody here has heard of.
 */

import type { Kind, ObjectId } from "../tenant.ts";
import type { Addresses } from "./addresses.ts";
import { capital, GUID, hexOf, type Keyed, spoken } from "./keyed.ts";
import type { Marks } from "./marks.ts";
import type { Ranges } from "./ranges.ts";
import type { Texts } from "./texts.ts";

/** As JSON gives them. */
type Fields = { readonly [name: string]: unknown };
export type Resource = { readonly path: string; readonly value: Fields };

export type Parts = {
  readonly keyed: Keyed;
  readonly addresses: Addresses;
  readonly texts: Texts;
  readonly marks: Marks;
  readonly guid: (id: ObjectId) => ObjectId;
  readonly range: Ranges;
  /** Told a pattern of the plan that an account would be in or out of by its pseudonyms alone. */
  readonly outOfStep: (pattern: string) => void;
};

const namesIn = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((name) => name !== ""));

/** Words, moments, versions and numbers of the service's own, and public ids of products, roles and authenticators. */
const KEPT = namesIn(`
  @odata.type aaGuid aaGuids allowExternalIdToUseEmailOtp allowedCombinations appliesTo authenticationMode authenticationType availabilityStatus
  builtInControls capabilityStatus clientAppTypes cloudAppSecurityType countriesAndRegions countryLetterCode countryLookupMethod createdDateTime creationType
  deletedDateTime disabledPlans enforcementType excludePlatforms excludeRoles externalUserState frequencyInterval groupTypes guestOrExternalUserTypes
  includePlatforms includeRoles includeUserActions insiderRiskLevels lastModifiedDateTime lastNonInteractiveSignInDateTime lastSignInDateTime
  lastSuccessfulSignInDateTime lastUpdatedDateTime membershipKind membershipRuleProcessingState methodsRegistered mode modifiedDateTime numberMatchingRequiredState
  onPremisesLastSyncDateTime onPremisesProvisioningErrors operator perUserMfaState phoneType policyMigrationState policyType policyVersion preferredDataLocation
  provisioningStatus renewedDateTime requirementsSatisfied roleTemplateId servicePlanId servicePlanName servicePrincipalRiskLevels signInRiskLevels skuId
  skuPartNumber state supportedServices systemPreferredAuthenticationMethods targetType targetedAuthenticationMethod templateId transferMethods type usageLocation
  userPreferredMethodForSecondaryAuthentication userRiskLevels userType visibility x509CertificateAuthenticationDefaultMode x509CertificateAuthenticationMode
  x509CertificateDefaultRequiredAffinityLevel x509CertificateField x509CertificateRequiredAffinityLevel
`);

/** Words that stand where ids do. */
const PLACEHOLDERS = namesIn(
  "All AllTrusted None GuestsOrExternalUsers Office365 MicrosoftAdminPortals ServicePrincipalsInMyTenant all all_users none unknown Unknown",
);

const ATTRIBUTES = namesIn("department jobTitle companyName employeeType officeLocation");
const EXTENSIONS = "onPremisesExtensionAttributes";
const RULES = namesIn("membershipRule rule");

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const textAt = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === "string" ? value : undefined;
};

const USERS: ReadonlySet<string> = new Set([
  "/users",
  "/directory/deletedItems/microsoft.graph.user",
  "/reports/authenticationMethods/userRegistrationDetails",
]);
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["/groups", "cohort-group"],
  ["/directory/deletedItems/microsoft.graph.group", "cohort-group"],
  ["/identity/conditionalAccess/namedLocations", "named-location"],
  ["/identity/conditionalAccess/deletedItems/namedLocations", "named-location"],
  ["/identity/conditionalAccess/policies", "conditional-access"],
  ["/identity/conditionalAccess/deletedItems/policies", "conditional-access"],
]);
/** What every tenant has, under names that Microsoft gave. */
const BUILT_IN: ReadonlySet<string> = new Set([
  "/directoryRoles",
  "/policies/identitySecurityDefaultsEnforcementPolicy",
  "/policies/authenticationMethodsPolicy",
]);

/** Microsoft's id of the password itself as a method. */
const PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490";
const METHODS = /^\/users\/[^/]+\/authentication\/methods$/;

/** A person is called after its id, and not after its name: how often a name is met would tell it. */
const personBy =
  (keyed: Keyed) =>
  (id: ObjectId): { readonly given: string; readonly family: string } => {
    const bytes = keyed("person", id.toLowerCase());
    return { given: capital(spoken(bytes, 3)), family: capital(spoken(bytes, 3, 8)) };
  };

/** The display name of the account with an id. */
export const personNameBy =
  (keyed: Keyed) =>
  (id: ObjectId): string => {
    const { given, family } = personBy(keyed)(id);
    return `${given} ${family}`;
  };

export type Renamed = (resource: Resource) => Resource;

export const resourcesBy = ({ keyed, addresses, texts, marks, guid, range, outOfStep }: Parts): Renamed => {
  const idOrWord = (value: string): string =>
    PLACEHOLDERS.has(value) || /^c\d{1,2}$/.test(value) ? value : GUID.test(value) ? guid(value) : texts.foreign(value);

  const checked = (original: string, pseudonym: string): string => {
    const pattern = addresses.outOfStep(original, pseudonym);
    if (pattern !== undefined) outOfStep(pattern);
    return pseudonym;
  };

  /** Of a deleted account the id stands in front of its address. */
  const userName = (written: string, id: string): string => {
    const prefix = id.toLowerCase().replaceAll("-", "");
    if (prefix !== "" && written.toLowerCase().startsWith(prefix)) return `${guid(id).replaceAll("-", "")}${addresses.address(written.slice(prefix.length))}`;
    return checked(written, addresses.address(written));
  };

  const proxy = (written: string): string => {
    const [, sort = "", rest = ""] = /^([^:]*:)(.*)$/s.exec(written) ?? [];
    return /^(?:smtp|sip):$/i.test(sort) && rest.includes("@") ? `${sort}${addresses.address(rest)}` : `${sort}${spoken(keyed("proxy", written), 8)}`;
  };

  const attribute = (name: string, value: string): string => {
    const made = texts.attribute(name, value);
    const pattern = texts.outOfStep(name, value, made);
    if (pattern !== undefined) outOfStep(pattern);
    return made;
  };

  const unknownText = (value: string): string => {
    if (PLACEHOLDERS.has(value) || value === "") return value;
    if (GUID.test(value)) return guid(value);
    if (value.startsWith("#microsoft.graph.") || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value)) return value;
    return value.includes("@") ? addresses.address(value) : (range(value) ?? texts.foreign(value));
  };

  const inner = (name: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((each: unknown) => inner(name, each));
    if (isFields(value)) {
      // A strength of Microsoft's own is the same everywhere.
      const isBuiltIn = name === "authenticationStrength" && textAt(value, "policyType") === "builtIn";
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, isBuiltIn && (key === "displayName" || key === "description") ? each : inner(key, each)]),
      );
    }
    if (typeof value !== "string" || KEPT.has(name) || value === "") return value;
    if (RULES.has(name)) return texts.rule(value);
    if (name === "cidrAddress") return range(value) ?? texts.foreign(value);
    return unknownText(value);
  };

  const userFields = (value: Fields, id: string, path: string): Fields => {
    const { given, family } = personBy(keyed)(id);
    const field = (name: string, each: unknown): unknown => {
      if (name === EXTENSIONS && isFields(each))
        return Object.fromEntries(Object.entries(each).map(([key, text]) => [key, typeof text === "string" ? attribute(key, text) : text]));
      if (name === "proxyAddresses" && Array.isArray(each)) return each.map((address: unknown) => (typeof address === "string" ? proxy(address) : address));
      if (typeof each !== "string" || each === "") return inner(name, each);
      if (ATTRIBUTES.has(name)) return attribute(name, each);
      switch (name) {
        case "displayName":
        case "userDisplayName":
          return `${given} ${family}`;
        case "givenName":
          return given;
        case "surname":
          return family;
        case "userPrincipalName":
          return path.startsWith("/reports/") ? addresses.address(each) : userName(each, id);
        case "mail":
          return addresses.address(each);
        case "mailNickname":
          return addresses.local(each);
        case "onPremisesDomainName":
          return addresses.domain(each);
        case "onPremisesImmutableId":
          return hexOf(keyed("immutable", each), 0, 16);
        default:
          return inner(name, each);
      }
    };
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, field(name, each)]));
  };

  /** Names and descriptions of what is neither a person nor built in. */
  const named = (path: string, value: Fields): Fields => {
    const kind = KINDS.get(path);
    const [name, description] = [textAt(value, "displayName"), value["description"]];
    const said = typeof description === "string" || description === null ? description : undefined;
    const ours = kind === undefined || name === undefined ? undefined : marks.ours(kind, { name, description: said });
    return {
      ...(name !== undefined && { displayName: ours?.name ?? texts.foreign(name) }),
      ...(typeof said === "string" && {
        description: ours?.description ?? (said === "" ? "" : `${capital(spoken(keyed("description", said), 4))}, as somebody wrote`),
      }),
    };
  };

  const group = (value: Fields): Fields => ({
    ...(textAt(value, "mail") !== undefined && { mail: addresses.address(textAt(value, "mail") ?? "") }),
    ...(textAt(value, "mailNickname") !== undefined && { mailNickname: texts.foreign(textAt(value, "mailNickname") ?? "") }),
    ...(Array.isArray(value["proxyAddresses"]) && {
      proxyAddresses: value["proxyAddresses"].map((each: unknown) => (typeof each === "string" ? proxy(each) : each)),
    }),
  });

  const others = (value: Fields): Fields => Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner(name, each)]));

  const ownId = (path: string, id: string): string => {
    if (path === "/domains") return addresses.domain(id);
    if (path === "/subscribedSkus") return id.replace(/^[^_]*/, (tenant) => guid(tenant));
    if (METHODS.test(path)) return id === PASSWORD_METHOD ? id : GUID.test(id) ? guid(id) : hexOf(keyed("method", id), 0, 12);
    return BUILT_IN.has(path) && !GUID.test(id) ? id : idOrWord(id);
  };

  /** Microsoft's methods are called by name, those of others by an id. */
  const methodIds = (value: Fields): Fields => {
    const configurations = value["authenticationMethodConfigurations"];
    if (!Array.isArray(configurations)) return {};
    const renamed = (each: unknown): unknown => {
      if (!isFields(each)) return each;
      const id = textAt(each, "id") ?? "";
      return { ...others(each), id: GUID.test(id) ? guid(id) : id };
    };
    return { authenticationMethodConfigurations: configurations.map(renamed) };
  };

  /** `/groups/<id>/members`: of whom it is. */
  const pathOf = (path: string): string =>
    path
      .split("/")
      .map((part) => (GUID.test(part) ? guid(part) : part))
      .join("/");

  return ({ path, value }) => {
    const id = textAt(value, "id") ?? "";
    const own: Fields = id === "" ? {} : { id: ownId(path, id) };
    if (USERS.has(path)) return { path, value: { ...userFields(value, id, path), ...own } };
    if (BUILT_IN.has(path)) {
      const { displayName, description } = value;
      return {
        path,
        value: {
          ...others(value),
          ...(displayName !== undefined && { displayName }),
          ...(description !== undefined && { description }),
          ...methodIds(value),
          ...own,
        },
      };
    }
    return { path: pathOf(path), value: { ...others(value), ...named(path, value), ...(KINDS.get(path) === "cohort-group" && group(value)), ...own } };
  };
};
