/** What the plan stands in: the tenant itself, its licences, its domains, security defaults, the holders of a role. */

import type { Domain, Organization, SubscribedSku, VerifiedDomain } from "@microsoft/microsoft-graph-types";
import { IdIndex } from "../core/ids.ts";
import { absent, type Known, type Licence, type ObjectId, present } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { knownOr } from "./live-account.ts";
import { ExpiredPages, listOf, oneOf, pagesOf, readableOr, unreadableAnswer, withFreshStart } from "./pager.ts";
import { flagIn, idIn, listIn, objectIn, optionalText, sortedOnce, textIn } from "./wire.ts";

/** Service plans, by which a licence is told; never by the name of what was bought. Facts, section 6. */
const P1 = "41781fb2-bc02-4b7c-bd55-b576c07bb09d";
const P2 = "eec0eb4f-6444-4f95-aba0-50c24d67f998";

type Wanted<T> = { readonly [K in keyof T]?: unknown };

/** @throws ServiceError */
export const organizationOf = async (client: GraphClient): Promise<{ readonly id: ObjectId; readonly name: string }> => {
  const ask: Ask = { method: "GET", path: "/organization", query: { $select: "id,displayName" } };
  const [own, ...more] = await listOf(client, ask, (value) => {
    const wire: Wanted<Organization> = objectIn(value, "the organization");
    return { id: idIn(wire.id, "the organization's id"), name: textIn(wire.displayName, "the organization's name") };
  });
  if (own === undefined || more.length > 0) throw unreadableAnswer(ask, "there is not exactly one organization");
  return own;
};

/** Which tenant the connection leads to, with its verified domains in lower case. @throws ServiceError */
export const whichTenant = async (client: GraphClient): Promise<{ readonly id: ObjectId; readonly name: string; readonly domains: readonly string[] }> => {
  const ask: Ask = { method: "GET", path: "/organization", query: { $select: "id,displayName,verifiedDomains" } };
  const [own, ...more] = await listOf(client, ask, (value) => {
    const wire: Wanted<Organization> = objectIn(value, "the organization");
    const domains = listIn(wire.verifiedDomains ?? [], "the organization's domains").map((item) => {
      const domain: Wanted<VerifiedDomain> = objectIn(item, "a verified domain");
      return textIn(domain.name, "a verified domain's name").toLowerCase();
    });
    return { id: idIn(wire.id, "the organization's id"), name: textIn(wire.displayName, "the organization's name"), domains: sortedOnce(domains) };
  });
  if (own === undefined || more.length > 0) throw unreadableAnswer(ask, "there is not exactly one organization");
  return own;
};

/** Where the organization is at home: two letters, upper case; undefined where it does not say. @throws ServiceError */
export const countryOf = async (client: GraphClient): Promise<string | undefined> => {
  const ask: Ask = { method: "GET", path: "/organization", query: { $select: "id,countryLetterCode" } };
  const [own] = await listOf(client, ask, (value) => {
    const wire: Wanted<Organization> = objectIn(value, "the organization");
    return optionalText(wire.countryLetterCode, "the organization's country")?.trim().toUpperCase();
  });
  return own !== undefined && /^[A-Z]{2}$/.test(own) ? own : undefined;
};

type Sku = { readonly id: ObjectId; readonly part: string; readonly plans: readonly ServicePlan[] };
type ServicePlan = { readonly id: string /** `EXCHANGE_S_ENTERPRISE`, upper case. */; readonly name: string };

const skuIn = (value: unknown): Sku => {
  const wire: Wanted<SubscribedSku> = objectIn(value, "a licence");
  const inForce = ["Enabled", "Warning"].includes(optionalText(wire.capabilityStatus, "a licence's status") ?? "");
  const plans = listIn(wire.servicePlans ?? [], "a licence's plans").map((item) => objectIn(item, "a service plan"));
  return {
    id: idIn(wire.skuId, "a licence's id"),
    part: textIn(wire.skuPartNumber, "a licence's part number").toUpperCase(),
    plans: inForce
      ? plans
          .filter((plan) => plan.provisioningStatus === "Success")
          .map((plan) => ({
            id: idIn(plan.servicePlanId, "a service plan's id"),
            name: optionalText(plan.servicePlanName, "a service plan's name")?.toUpperCase() ?? "",
          }))
      : [],
  };
};

/** What was bought, and the names of the service plans in it that are in force. */
export type Bought = { readonly licence: Licence; readonly plans: ReadonlySet<string> };

/** P2 holds everything that P1 does. Students' licences are told by their part number, the only thing that says so. @throws ServiceError */
export const boughtIn = async (client: GraphClient): Promise<Bought> => {
  const skus = await listOf(client, { method: "GET", path: "/subscribedSkus" }, skuIn);
  const plans = skus.flatMap((sku) => sku.plans);
  const ids = new Set(plans.map(({ id }) => id));
  const studentSkus = sortedOnce(skus.filter((sku) => /STUDENT|STUUSEBNFT/.test(sku.part)).map((sku) => sku.id));
  return { licence: { p1: ids.has(P1) || ids.has(P2), p2: ids.has(P2), studentSkus }, plans: new Set(plans.map(({ name }) => name)) };
};

/** @throws ServiceError */
export const licenceOf = async (client: GraphClient): Promise<Licence> => (await boughtIn(client)).licence;

/** Domains in lower case, and whether their authentication is done elsewhere. */
export const domainsOf = async (client: GraphClient): Promise<ReadonlyMap<string, boolean>> =>
  new Map(
    await listOf(client, { method: "GET", path: "/domains", query: { $select: "id,authenticationType" } }, (value) => {
      const wire: Wanted<Domain> = objectIn(value, "a domain");
      return [textIn(wire.id, "a domain's name").toLowerCase(), textIn(wire.authenticationType, "a domain's authentication") !== "Managed"] as const;
    }),
  );

/** Active holders of a role, people or not. A role that nobody ever had is not there at all, and is 404. Facts, section 7.13. */
export const holdersOf = async (client: GraphClient, roleTemplate: ObjectId): Promise<IdIndex> => {
  const ask: Ask = { method: "GET", path: `/directoryRoles(roleTemplateId='${roleTemplate}')/members`, query: { $select: "id" } };
  try {
    return await withFreshStart(async () => {
      const holders = new IdIndex();
      for await (const page of pagesOf(client, ask))
        for (const row of page) holders.add(readableOr(ask, () => idIn(objectIn(row, "a role's holder").id, "a role's holder's id")));
      return holders;
    });
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404 && !(error instanceof ExpiredPages)) return new IdIndex();
    throw error;
  }
};

/** Each group by its id, with its name; absent: the service has none of that id, or it was deleted. Never rejects for a read that failed. */
export const groupsLookedUp = async (client: GraphClient, ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, Known<string>>> =>
  new Map(
    await Promise.all(
      ids.map(async (id): Promise<readonly [ObjectId, Known<string>]> => {
        const ask: Ask = { method: "GET", path: `/groups/${id}`, query: { $select: "id,displayName" } };
        const found = await knownOr(() => oneOf(client, ask, (value) => textIn(objectIn(value, "a group").displayName, "a group's name")));
        if (found.type !== "present") return [id, found];
        return [id, found.value === undefined ? absent : present(found.value)];
      }),
    ),
  );

/**
 * Ids of the security groups of that name, which is not unique.
 * @throws ServiceError
 */
export const groupsNamed = (client: GraphClient, name: string): Promise<readonly ObjectId[]> =>
  listOf(
    client,
    {
      method: "GET",
      path: "/groups",
      query: { $filter: `displayName eq '${name.replaceAll("'", "''")}'`, $select: "id,displayName,securityEnabled", $top: "999" },
    },
    (value) => {
      const wire = objectIn(value, "a group");
      return {
        id: idIn(wire.id, "a group's id"),
        name: textIn(wire.displayName, "a group's name"),
        isSecurity: flagIn(wire.securityEnabled, "whether a group is a security group"),
      };
    },
  ).then((groups) => sortedOnce(groups.filter((group) => group.isSecurity && group.name.toLowerCase() === name.toLowerCase()).map((group) => group.id)));
