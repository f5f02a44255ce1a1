/**
 * Authentication policies, and which of them is everybody's who has none of their own (learn.microsoft.com:
 * New-AuthenticationPolicy, Set-AuthenticationPolicy, Remove-AuthenticationPolicy, Set-OrganizationConfig). The parameters that
 * belong to Exchange Server alone are not there. Nobody is given a policy of their own here.
 */

import { idOf } from "../collection.ts";
import type { Json, WireObject } from "../fill.ts";
import type { Store } from "../store.ts";
import { type Cmdlet, has, listed, NOTHING, type Output, type Parameters, parameter, textOf, unchanged } from "./cmdlet.ts";
import { ORGANIZATION } from "./defaults.ts";
import { notFound, thrown, wrongType } from "./trouble.ts";

const SWITCHES = [
  "AllowBasicAuthActiveSync",
  "AllowBasicAuthAutodiscover",
  "AllowBasicAuthImap",
  "AllowBasicAuthMapi",
  "AllowBasicAuthOfflineAddressBook",
  "AllowBasicAuthOutlookService",
  "AllowBasicAuthPop",
  "AllowBasicAuthPowershell",
  "AllowBasicAuthReportingWebServices",
  "AllowBasicAuthRpc",
  "AllowBasicAuthSmtp",
  "AllowBasicAuthWebServices",
] as const;

const LONGEST_NAME = 64;
const DEFAULT = "DefaultAuthenticationPolicy";

const organization = (store: Store, seen: "now" | "truly" = "truly"): WireObject =>
  (seen === "now" ? store.seen("organizationConfig", idOf(ORGANIZATION)) : store.of("organizationConfig").current(idOf(ORGANIZATION))) ?? ORGANIZATION;

const policies = (store: Store): readonly WireObject[] => [...store.of("authenticationPolicies").currentRows()].map(({ object }) => object);

const distinguished = (store: Store, name: string): string =>
  `CN=${name},CN=Auth Policies,CN=Configuration,CN=${String(store.fill.tenant.verifiedDomains[0]?.name)}`;

/** A name, a distinguished name or an id. */
const policyNamed = (store: Store, identity: string): WireObject | undefined =>
  policies(store).find((object) =>
    [object["Name"], object["id"], distinguished(store, String(object["Name"]))].some((each) => String(each).toLowerCase() === identity.toLowerCase()),
  );

const seenFrom = (store: Store): number => store.now + store.dials.lagMs.exchange;

const put = (store: Store, collection: "authenticationPolicies" | "organizationConfig", object: WireObject): void =>
  store.write([{ type: "put", collection, object, seenFrom: seenFrom(store) }]);

const row = ({ id, ...shown }: WireObject): WireObject => ({ ...shown, Identity: shown["Name"] ?? null, "Guid@odata.type": "#Guid", Guid: id ?? null });

/** A tenant that nobody customised keeps no settings of its own. The sample's text; what wraps it is not confirmed. */
const checkCustomised = (store: Store): void => {
  if (organization(store)["IsDehydrated"] !== true) return;
  throw thrown(
    400,
    "BadRequest",
    "ExFDC3D5",
    "Microsoft.Exchange.Configuration.Tasks.InvalidOperationInDehydratedContextException",
    "The command you tried to run isn't currently allowed in your organization. To run this command, you first need to run the command: Enable-OrganizationCustomization.",
  );
};

const mandatory = (parameters: Parameters, name: string): string => {
  const value = textOf(parameter(parameters, name), name);
  if (value === undefined || value === "")
    throw thrown(400, "BadRequest", "", "System.Management.Automation.ParameterBindingException", `${name} is mandatory.`);
  return value;
};

const switchesIn = (parameters: Parameters): { readonly [name: string]: Json } =>
  Object.fromEntries(
    SWITCHES.filter((name) => has(parameters, name)).map((name) => {
      const value = parameter(parameters, name);
      if (typeof value !== "boolean") throw wrongType(name, value);
      return [name, value];
    }),
  );

const listPolicies = (store: Store, parameters: Parameters): Output => {
  const identity = textOf(parameter(parameters, "Identity"), "Identity");
  // Where nobody has customised the organization, there is nothing yet in which they would lie (as Microsoft365DSC meets it).
  if (organization(store)["IsDehydrated"] === true) throw notFound("Auth Policies");
  const seen = [...store.of("authenticationPolicies").rows(store.now)].map(({ object }) => object);
  if (identity === undefined || identity === "") return listed(seen.map(row));
  const meant = policyNamed(store, identity);
  const found = seen.find((object) => object["id"] === meant?.["id"]);
  if (found === undefined) throw notFound(identity);
  return listed([row(found)]);
};

const newPolicy = (store: Store, parameters: Parameters): Output => {
  checkCustomised(store);
  const name = mandatory(parameters, "Name");
  if (name.length > LONGEST_NAME)
    throw thrown(
      400,
      "BadRequest",
      "Ex2F0A77",
      "Microsoft.Exchange.Data.DataValidationException",
      `The length of the property is too long. The maximum length is ${LONGEST_NAME} and the length of the value provided is ${name.length}.`,
    );
  const policy = { id: store.newId(), Name: name, ...Object.fromEntries(SWITCHES.map((each) => [each, false])) };
  // The words are those of other objects of the directory; nobody has written down what this cmdlet says.
  if (policyNamed(store, name) !== undefined)
    throw thrown(
      400,
      "BadRequest",
      "Ex4D5F01",
      "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException",
      `Active Directory operation failed. The object '${distinguished(store, name)}' already exists.`,
    );
  const made = { ...policy, ...switchesIn(parameters) };
  store.write([{ type: "put", collection: "authenticationPolicies", object: made, seenFrom: seenFrom(store), made: true }]);
  return listed([row(made)]);
};

const setPolicy = (store: Store, parameters: Parameters): Output => {
  checkCustomised(store);
  const identity = mandatory(parameters, "Identity");
  const policy = policyNamed(store, identity);
  if (policy === undefined) throw notFound(identity);
  const wanted = switchesIn(parameters);
  if (Object.entries(wanted).every(([name, value]) => policy[name] === value)) return unchanged(String(policy["Name"]));
  put(store, "authenticationPolicies", { ...policy, ...wanted });
  return NOTHING;
};

const removePolicy = (store: Store, parameters: Parameters): Output => {
  checkCustomised(store);
  const identity = mandatory(parameters, "Identity");
  const policy = policyNamed(store, identity);
  if (policy === undefined) throw notFound(identity);
  // Whether the service refuses to remove the one that is in force nobody says; here it does, so that whoever does so too early notices.
  if (organization(store)[DEFAULT] === policy["id"])
    throw thrown(
      400,
      "BadRequest",
      "Ex70A1B2",
      "System.InvalidOperationException",
      `The authentication policy '${String(policy["Name"])}' is the default of the organization.`,
    );
  store.write([{ type: "remove", collection: "authenticationPolicies", id: idOf(policy), seenFrom: seenFrom(store) }]);
  return NOTHING;
};

const showOrganization = (store: Store): Output => {
  const { IsDehydrated = false, [DEFAULT]: id = null } = organization(store, "now");
  const policy = policies(store).find((object) => object["id"] === id);
  return listed([
    {
      Name: store.fill.tenant.verifiedDomains.find(({ isInitial }) => isInitial)?.name ?? "",
      DisplayName: store.fill.tenant.displayName,
      IsDehydrated,
      [DEFAULT]: policy?.["Name"] ?? null,
      EwsEnabled: null,
      OAuth2ClientProfileEnabled: true,
      "Guid@odata.type": "#Guid",
      Guid: store.fill.tenant.id,
    },
  ]);
};

const setOrganization = (store: Store, parameters: Parameters): Output => {
  checkCustomised(store);
  const own = organization(store);
  if (!has(parameters, DEFAULT)) return unchanged(store.fill.tenant.displayName);
  const identity = textOf(parameter(parameters, DEFAULT), DEFAULT);
  const policy = identity === undefined ? undefined : policyNamed(store, identity);
  if (identity !== undefined && policy === undefined) throw notFound(identity);
  const id = policy?.["id"] ?? null;
  if (own[DEFAULT] === id) return unchanged(store.fill.tenant.displayName);
  put(store, "organizationConfig", { ...own, [DEFAULT]: id });
  return NOTHING;
};

export const POLICY_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  "Get-AuthenticationPolicy": { parameters: ["Identity"], run: listPolicies },
  "New-AuthenticationPolicy": { parameters: ["Name", ...SWITCHES, "Confirm"], run: newPolicy },
  "Set-AuthenticationPolicy": { parameters: ["Identity", ...SWITCHES, "Confirm"], run: setPolicy },
  "Remove-AuthenticationPolicy": { parameters: ["Identity", "Confirm"], run: removePolicy },
  "Get-OrganizationConfig": { parameters: [], run: showOrganization },
  "Set-OrganizationConfig": { parameters: [DEFAULT, "Confirm"], run: setOrganization },
};
