/**
 * States of per-user MFA for a report that streams. The list of accounts tells them, which nobody documents: it is believed as far as
 * the documented request agrees, looked at before the stream begins. Facts, section 7.8; docs/decisions/per-user-mfa.md.
 */

import type { ObjectId, PerUserState } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { unreadableAnswer } from "./pager.ts";
import { stateIn } from "./per-user-mfa.ts";
import { type Read, readEach } from "./report-registration.ts";
import { idIn, isObject, objectIn, Unreadable } from "./wire.ts";

/** How states can be had: with the list of accounts, each the documented way, or not at all. */
export type StatesWay =
  | {
      readonly type: "listed" /** Whether the page that was looked at named anybody: one that names nobody proves little. */;
      readonly named: boolean;
      readonly looked: number;
    }
  | { readonly type: "each"; readonly because: string }
  | { readonly type: "none"; readonly error: ServiceError };

const PAGE = "999";
/** How many accounts are looked at the documented way before the list is believed. */
const SAMPLE = 40;

const isUndocumented = (error: ServiceError): boolean => error.status === 400 || error.status === 501;

/** The documented way, twenty to a request; undefined for an account that is not there. */
export const statesOfEach = (client: GraphClient, ids: readonly ObjectId[]): Promise<readonly Read<PerUserState>[]> =>
  readEach(
    client,
    ids.map((id) => `/users/${id}/authentication/requirements`),
    "beta",
    (body) => stateIn(objectIn(body, "the requirements of an account").perUserMfaState),
  );

type Listed = { readonly id: ObjectId; readonly state: PerUserState };

/** One page is enough to see whether the list tells anything. @throws ServiceError */
const firstPage = async (client: GraphClient): Promise<readonly Listed[]> => {
  const ask: Ask = { method: "GET", path: "/users", query: { $select: "id,perUserMfaState", $top: PAGE } };
  const { body } = await client.send(ask);
  try {
    if (!isObject(body) || !Array.isArray(body.value)) throw unreadableAnswer(ask, "a page has no list of values");
    return body.value.map((row) => {
      const account = objectIn(row, "an account");
      return { id: idIn(account.id, "an account's id"), state: stateIn(account.perUserMfaState ?? "disabled") };
    });
  } catch (error) {
    if (error instanceof Unreadable) throw unreadableAnswer(ask, error.message);
    throw error;
  }
};

/** Half of those whom the list gives a state, half of those to whom it gives none. */
const sampleOf = (rows: readonly Listed[]): readonly Listed[] => {
  const asked = rows.filter(({ state }) => state !== "disabled").slice(0, SAMPLE / 2);
  return [...asked, ...rows.filter(({ state }) => state === "disabled").slice(0, SAMPLE - asked.length)];
};

/** Looked at once, before the accounts stream past. Never rejects for an answer of the service. */
export const statesWay = async (client: GraphClient): Promise<StatesWay> => {
  try {
    const rows = await firstPage(client);
    const sample = sampleOf(rows);
    const looked = await statesOfEach(
      client,
      sample.map(({ id }) => id),
    );
    for (const [place, answer] of looked.entries()) {
      // One that is gone, or was made meanwhile, says nothing about the list.
      if (answer.type === "failed" && answer.error.status === 404) continue;
      if (answer.type === "failed") return { type: "none", error: answer.error };
      if (answer.value !== sample[place]?.state) return { type: "each", because: "the list of accounts tells other states than the accounts themselves" };
    }
    return { type: "listed", named: rows.some(({ state }) => state !== "disabled"), looked: sample.length };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    // A service that does not know the property may also say so.
    return isUndocumented(error) ? { type: "each", because: "the list of accounts does not tell states here" } : { type: "none", error };
  }
};
