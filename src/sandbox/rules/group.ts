/** What the service accepts as a group and as members of one (group: Create, Update, Add members). */

import type { Json, WireObject } from "../fill.ts";
import { badRequest, denied, noSuchResource, notBuilt, Refusal } from "../refusal.ts";
import type { Store } from "../store.ts";
import { hasP1 } from "./licence.ts";
import { membershipTest, RuleInvalid, RuleUnknown } from "./membership-rule.ts";
import { conformSent, type Fields, flag, isGuid, list, Misshapen, text, textsIn, word } from "./shape.ts";

/** A request adds at most this many members. */
const MEMBERS_MOST = 20;

const WRITABLE: Fields = {
  displayName: text,
  description: text,
  mailEnabled: flag,
  mailNickname: text,
  securityEnabled: flag,
  groupTypes: list(word("Unified", "DynamicMembership")),
  isAssignableToRole: flag,
  membershipRule: text,
  membershipRuleProcessingState: word("On", "Paused"),
  visibility: word("Private", "Public", "HiddenMembership"),
  uniqueName: text,
  "members@odata.bind": list(text),
  "owners@odata.bind": list(text),
};

export type GroupWrite = { readonly properties: WireObject; readonly members: readonly string[] };

const required = (name: string): Refusal => badRequest(`A value is required for property '${name}' of resource 'Group'.`);
const invalidValue = (name: string): Refusal => badRequest(`Invalid value specified for property '${name}' of resource 'Group'.`);

const NOT_BUILT = ["uniqueName", "owners@odata.bind"];

/** What a body says, members apart. @throws Refusal 400, 501 */
export const groupWriteOf = (body: WireObject): GroupWrite => {
  try {
    const { "members@odata.bind": members, ...properties } = conformSent(body, WRITABLE);
    for (const name of NOT_BUILT) if (properties[name] !== undefined) throw notBuilt(`'${name}' of groups`);
    return { properties, members: memberIdsOf(textsIn(members)) };
  } catch (error) {
    if (error instanceof Misshapen) throw badRequest(`Invalid property '${error.where}'.`);
    throw error;
  }
};

/** The object id at the end of a reference to a user or group. @throws Refusal 400 */
export const memberIdOf = (reference: Json | undefined): string => {
  const match = typeof reference === "string" ? /(?:^|\/)(?:directoryObjects|users|groups)(?:\/([^/('?]+)|\('([^']+)'\))$/i.exec(reference) : null;
  const id = match?.[1] ?? match?.[2] ?? "";
  if (!isGuid(id)) throw badRequest("Invalid URL format specified in payload.");
  return id.toLowerCase();
};

const memberIdsOf = (references: readonly string[]): readonly string[] => {
  // The limit is documented, the text of the error is not.
  if (references.length > MEMBERS_MOST) throw badRequest(`At most ${MEMBERS_MOST} members can be added in one request.`);
  return references.map(memberIdOf);
};

// ASCII without @ ( ) \ [ ] " ; : < > , and space.
const NICKNAME = /^[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]{1,64}$/;

const isDynamic = (group: WireObject): boolean => textsIn(group["groupTypes"]).includes("DynamicMembership");

const checkProperties = (group: WireObject, store: Store): void => {
  const { displayName, description, mailNickname } = group;
  if (typeof displayName !== "string" || displayName.trim() === "") throw required("displayName");
  if (displayName.length > 256) throw invalidValue("displayName");
  if (typeof description === "string" && description.length > 1024) throw invalidValue("description");
  if (typeof group["mailEnabled"] !== "boolean") throw required("mailEnabled");
  if (typeof mailNickname !== "string" || mailNickname === "") throw required("mailNickname");
  if (!NICKNAME.test(mailNickname)) throw invalidValue("mailNickname");
  if (typeof group["securityEnabled"] !== "boolean") throw required("securityEnabled");
  if (textsIn(group["groupTypes"]).includes("Unified")) throw notBuilt("Microsoft 365 groups but those it was filled with");
  if (group["mailEnabled"] || !group["securityEnabled"]) {
    throw badRequest(
      "The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.",
    );
  }
  if (!isDynamic(group)) {
    if (typeof group["membershipRule"] === "string") throw invalidValue("membershipRule");
    return;
  }
  if (!hasP1(store)) {
    throw new Refusal(
      403,
      "DynamicGroupLicenseError_NoProperLicense",
      "Tenant does not have proper license to create/update dynamic group membership properties.",
    );
  }
  const rule = group["membershipRule"];
  if (typeof rule !== "string" || rule === "") throw required("membershipRule");
  if (typeof group["membershipRuleProcessingState"] !== "string") throw required("membershipRuleProcessingState");
  checkRule(rule);
};

/** @throws Refusal 400, 501 for what the service may know and this practice tenant does not */
const checkRule = (rule: string): void => {
  try {
    membershipTest(rule);
  } catch (error) {
    if (error instanceof RuleUnknown) throw notBuilt(error.message);
    // The text of the service is unconfirmed.
    if (error instanceof RuleInvalid) throw badRequest(`Invalid value specified for property 'membershipRule' of resource 'Group': ${error.message}.`);
    throw error;
  }
};

/** A security identifier is the object id in another spelling: four little-endian words. */
const securityIdentifierOf = (id: string): string => {
  const hex = id.replaceAll("-", "");
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const bytes = Buffer.from(order.map((at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16)));
  return `S-1-12-1-${[0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)).join("-")}`;
};

/** A new group in full. @throws Refusal */
export const newGroup = (write: GroupWrite, store: Store, id: string, createdDateTime: string): WireObject => {
  const { properties } = write;
  const group: WireObject = {
    id,
    deletedDateTime: null,
    classification: null,
    createdDateTime,
    creationOptions: [],
    description: properties["description"] ?? null,
    displayName: properties["displayName"] ?? null,
    expirationDateTime: null,
    groupTypes: properties["groupTypes"] ?? [],
    isAssignableToRole: properties["isAssignableToRole"] ?? null,
    mail: null,
    mailEnabled: properties["mailEnabled"] ?? null,
    mailNickname: properties["mailNickname"] ?? null,
    membershipRule: properties["membershipRule"] ?? null,
    membershipRuleProcessingState: properties["membershipRuleProcessingState"] ?? null,
    onPremisesDomainName: null,
    onPremisesLastSyncDateTime: null,
    onPremisesNetBiosName: null,
    onPremisesSamAccountName: null,
    onPremisesSecurityIdentifier: null,
    onPremisesSyncEnabled: null,
    preferredDataLocation: null,
    preferredLanguage: null,
    proxyAddresses: [],
    renewedDateTime: createdDateTime,
    resourceBehaviorOptions: [],
    resourceProvisioningOptions: [],
    securityEnabled: properties["securityEnabled"] ?? null,
    securityIdentifier: securityIdentifierOf(id),
    theme: null,
    uniqueName: null,
    visibility: properties["visibility"] ?? null,
    onPremisesProvisioningErrors: [],
    serviceProvisioningErrors: [],
  };
  checkProperties(group, store);
  checkMembers(group, write.members, store);
  return group;
};

/** A group after a change. @throws Refusal */
export const changedGroup = (current: WireObject, write: GroupWrite, store: Store): WireObject => {
  checkCloud(current);
  if (write.properties["isAssignableToRole"] !== undefined) throw invalidValue("isAssignableToRole");
  const group = { ...current, ...write.properties };
  // A group that was filled in with mail of its own keeps it; only what is sent is looked at.
  if (Object.keys(write.properties).length > 0) checkProperties(group, store);
  checkMembers(group, write.members, store);
  return group;
};

/** Groups that come from on premises are changed there. @throws Refusal 400 */
export const checkCloud = (object: WireObject): void => {
  if (object["onPremisesSyncEnabled"] === true) {
    throw badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.");
  }
};

/** Members of a dynamic group come from its rule; whether the service says 400 or 403 is unconfirmed. */
export const checkAssigned = (group: WireObject): void => {
  if (isDynamic(group)) throw denied();
};

/** All of them can be added, or none is. @throws Refusal 400, 403, 404 */
export const checkMembers = (group: WireObject, members: readonly string[], store: Store): void => {
  if (members.length === 0) return;
  checkAssigned(group);
  const groupId = String(group["id"]);
  for (const id of members) {
    if (!store.canBeNamed(id)) throw noSuchResource(id);
    if (id === groupId.toLowerCase()) throw badRequest("A group cannot be added as a member of itself.");
  }
  if (new Set(members).size < members.length || members.some((id) => store.members.has(groupId, id))) {
    throw badRequest("One or more added object references already exist for the following modified properties: 'members'.");
  }
};
