/**
 * What would make an account again once it is gone for good: its profile, what it belongs to, its licences, its manager. What is
 * not written by Graph, or comes back by itself, is told in words. Facts, section 7.7; CSDL: `user`.
 */

import type { ArchivedAccount } from "../core/accounts/facts.ts";
import type { Account } from "../core/reports/account.ts";
import type { Json, ObjectId } from "../core/tenant.ts";
import { flagIn, idIn, jsonIn, listIn, lowerId, objectIn, optionalFlag, optionalText, sortedOnce, textIn, type WireObject, withoutEmpty } from "./wire.ts";

/**
 * What the directory keeps of somebody and lets others write. Not among them: `mail` and `proxyAddresses`, which come from Exchange;
 * what SharePoint keeps (`aboutMe`, `skills`); what takes a permission of its own, without which the whole row is refused.
 */
export const PROFILE = [
  "ageGroup",
  "businessPhones",
  "city",
  "companyName",
  "consentProvidedForMinor",
  "country",
  "department",
  "displayName",
  "employeeHireDate",
  "employeeId",
  "employeeType",
  "faxNumber",
  "givenName",
  "jobTitle",
  "mailNickname",
  "mobilePhone",
  "officeLocation",
  "onPremisesExtensionAttributes",
  "otherMails",
  "passwordPolicies",
  "postalCode",
  "preferredLanguage",
  "state",
  "streetAddress",
  "surname",
  "usageLocation",
  "userType",
] as const;

/** What has to be selected of an account besides what says who it is. */
export const ARCHIVE_FIELDS: readonly string[] = [...PROFILE, "licenseAssignmentStates"];

/** What an account is in, directly. */
export type Membership =
  | {
      readonly type: "group";
      readonly id: ObjectId;
      readonly name: string;
      /** Whether somebody put it in, or a rule, a synchronisation or Exchange did. */
      readonly by: "hand" | "rule" | "sync" | "exchange";
      readonly mayHoldRoles: boolean;
    }
  | { readonly type: "role"; readonly template: ObjectId; readonly name: string }
  | { readonly type: "other"; readonly name: string; readonly word: string };

const byOf = (wire: WireObject): Extract<Membership, { readonly type: "group" }>["by"] => {
  // To whoever may not read groups it is null, and then nobody can say how somebody got in.
  const types = listIn(wire.groupTypes, "the types of a group").map((type) => textIn(type, "a type of a group").toLowerCase());
  if (optionalFlag(wire.onPremisesSyncEnabled, "whether a group is synced") === true) return "sync";
  if (types.includes("dynamicmembership")) return "rule";
  const isList = optionalFlag(wire.mailEnabled, "whether a group gets mail") === true && !types.includes("unified");
  return isList ? "exchange" : "hand";
};

/** A member of `memberOf`. @throws Unreadable */
export const membershipIn = (value: unknown): Membership => {
  const wire = objectIn(value, "a membership");
  const type = textIn(wire["@odata.type"], "the type of a membership");
  const name = optionalText(wire.displayName, "a name");
  if (type === "#microsoft.graph.directoryRole") {
    const template = idIn(wire.roleTemplateId, "a role's template");
    return { type: "role", template, name: name ?? template };
  }
  const id = idIn(wire.id, "the id of a membership");
  if (type !== "#microsoft.graph.group") return { type: "other", name: name ?? id, word: type.replace(/^#microsoft\.graph\./, "") };
  // Left out of an answer, it may be either, and is looked at.
  const assignable = wire.isAssignableToRole === undefined ? true : optionalFlag(wire.isAssignableToRole, "whether a group may hold roles");
  return { type: "group", id, name: name ?? id, by: byOf(wire), mayHoldRoles: assignable === true };
};

const BESIDES = {
  rule: (name) => `the group ${name}, whose members a rule decides`,
  sync: (name) => `the group ${name}, which is synced from on premises`,
  exchange: (name) => `the list ${name}, which Exchange keeps`,
} as const satisfies Readonly<Record<"rule" | "sync" | "exchange", (name: string) => string>>;

const besidesOf = (membership: Membership): readonly string[] => {
  switch (membership.type) {
    case "role":
      return [`the role ${membership.name}`];
    case "other":
      return [membership.word === "administrativeUnit" ? `the administrative unit ${membership.name}` : `${membership.name} (${membership.word})`];
    case "group":
      return membership.by === "hand" ? [] : [BESIDES[membership.by](membership.name)];
  }
};

type Licences = { readonly own: ArchivedAccount["licences"]; readonly byGroup: readonly ObjectId[] };

const idsIn = (value: unknown, where: string): readonly ObjectId[] => sortedOnce(listIn(value ?? [], where).map((id) => lowerId(textIn(id, where))));

/** A product may come by a group and by hand at once. One of which no assignment tells was given by hand, as all were before there were groups for it. */
const licencesIn = (wire: WireObject): Licences => {
  const states = listIn(wire.licenseAssignmentStates ?? [], "how licences were assigned").map((value) => {
    const state = objectIn(value, "how a licence was assigned");
    return {
      sku: lowerId(textIn(state.skuId, "a licence's id")),
      isByGroup: optionalText(state.assignedByGroup, "by which group a licence comes") !== undefined,
      off: idsIn(state.disabledPlans, "the services that are off"),
    };
  });
  const assigned = listIn(wire.assignedLicenses, "an account's licences").map((value) => {
    const licence = objectIn(value, "a licence");
    return { sku: lowerId(textIn(licence.skuId, "a licence's id")), off: idsIn(licence.disabledPlans, "the services that are off") };
  });
  const own = assigned.flatMap((licence) => {
    const told = states.filter(({ sku }) => sku === licence.sku);
    const direct = told.find(({ isByGroup }) => !isByGroup);
    // What is off of a product that comes twice stands in the assignment alone.
    return told.length === 0 ? [licence] : direct === undefined ? [] : [{ sku: licence.sku, off: direct.off }];
  });
  const skus = new Set(assigned.map(({ sku }) => sku));
  return {
    own: [...own].sort((one, other) => (one.sku < other.sku ? -1 : 1)),
    byGroup: sortedOnce(states.filter(({ sku, isByGroup }) => isByGroup && skus.has(sku)).map(({ sku }) => sku)),
  };
};

const profileIn = (wire: WireObject): ArchivedAccount["profile"] => {
  const found: Record<string, Json> = {};
  for (const property of PROFILE) {
    const value = withoutEmpty(jsonIn(wire[property] ?? null, `an account's ${property}`));
    if (value !== undefined && value !== "") found[property] = value;
  }
  return found;
};

/**
 * @param row an account, asked for with `ARCHIVE_FIELDS` and what says who it is
 * @param productName how a product is called
 * @throws Unreadable
 */
export const archiveOf = (
  account: Account,
  row: unknown,
  memberships: readonly Membership[],
  manager: ObjectId | undefined,
  productName: (id: ObjectId) => string,
): ArchivedAccount => {
  const wire = objectIn(row, "an account");
  const { own, byGroup } = licencesIn(wire);
  const groups = memberships.flatMap((each) => (each.type === "group" && each.by === "hand" ? [each] : [])).sort((one, other) => (one.id < other.id ? -1 : 1));
  return {
    id: account.id,
    upn: account.upn,
    enabled: flagIn(wire.accountEnabled, "whether an account is enabled"),
    profile: profileIn(wire),
    groups: groups.map(({ id }) => id),
    groupNames: Object.fromEntries(groups.map(({ id, name }) => [id, name])),
    licences: own,
    ...(manager !== undefined && { manager }),
    besides: [
      ...(account.guest ? ["the invitation: a guest that is made again is invited again"] : []),
      ...(account.aliases.length > 0 ? [`its other addresses: ${account.aliases.join(", ")}`] : []),
      ...sortedOnce(memberships.flatMap(besidesOf)),
      ...byGroup.map((id) => `the product ${productName(id)}, which comes by a group`),
    ],
  };
};
