/** The condition that a tenant is in, as far as no plan asks for it: how its clock goes, whether it is synced, what its reports conceal. */

import type { AdminReportSettings, Organization } from "@microsoft/microsoft-graph-types";
import type { Instant } from "../core/tenant.ts";
import type { Ask, GraphClient } from "./client.ts";
import { oneOf, unreadableAnswer } from "./pager.ts";
import { flagIn, isObject, listIn, objectIn, optionalFlag, optionalText } from "./wire.ts";

type Wanted<T> = { readonly [K in keyof T]?: unknown };

const ORGANIZATION: Ask = { method: "GET", path: "/organization", query: { $select: "id,onPremisesLastSyncDateTime,onPremisesSyncEnabled" } };

export type Condition = {
  readonly synced: boolean;
  /** When the directory on premises was last here; missing where the service does not tell. */
  readonly lastSync?: Instant;
  /** How far this tool's clock is ahead of the service's, which tells whole seconds; missing where the answer had no date. */
  readonly aheadMs?: number;
};

const momentIn = (text: string | undefined): Instant | undefined => {
  const moment = Date.parse(text ?? "");
  return Number.isNaN(moment) ? undefined : moment;
};

/** The service's clock is told by whole seconds, at some moment between request and answer: what lies within is no difference. */
const aheadOf = (date: Instant, started: Instant, ended: Instant): number => {
  if (started > date + 999) return started - (date + 999);
  return ended < date ? ended - date : 0;
};

/** @throws ServiceError */
export const conditionOf = async (client: GraphClient): Promise<Condition> => {
  const { started, headers, body } = await client.send(ORGANIZATION);
  const ended = client.clock.now();
  if (!isObject(body)) throw unreadableAnswer(ORGANIZATION, "it is no list");
  const [own] = listIn(body.value, "organizations");
  const wire: Wanted<Organization> = objectIn(own, "the organization");
  const date = momentIn(headers.get("date") ?? undefined);
  const lastSync = momentIn(optionalText(wire.onPremisesLastSyncDateTime, "when the directory was last synced"));
  return {
    synced: optionalFlag(wire.onPremisesSyncEnabled, "whether the directory is synced") === true,
    ...(lastSync !== undefined && { lastSync }),
    ...(date !== undefined && { aheadMs: aheadOf(date, started, ended) }),
  };
};

/** Whether usage reports hide who it was. @throws ServiceError */
export const concealmentOf = async (client: GraphClient): Promise<boolean> => {
  const ask: Ask = { method: "GET", path: "/admin/reportSettings" };
  const found = await oneOf(client, ask, (value) => {
    const wire: Wanted<AdminReportSettings> = objectIn(value, "the settings of reports");
    return flagIn(wire.displayConcealedNames, "whether names are concealed");
  });
  if (found === undefined) throw unreadableAnswer(ask, "there are no such settings");
  return found;
};
