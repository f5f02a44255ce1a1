/** Digests: of changes, so that what was approved can be told from what would be done, and of texts that are too long for a key. */

import { createHash } from "node:crypto";
import { canonicalText } from "./canonical.ts";
import type { Change } from "./changes.ts";
import { byKindAndKey, fieldsOf, mapIds, nameOf, settingsOf } from "./kinds/index.ts";
import type { Json, Kind, ObjectId, Settings } from "./tenant.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** SHA-256 of a text, in hexadecimal. */
export const digestOf = sha256;

/** Eight hexadecimal digits that stand for a text. */
export const shortDigest = (text: string): string => sha256(text).slice(0, 8);

/** An id in the shape of a GUID, the same for the same text. It stands for a resource that is not made yet. */
export const idFor = (text: string): ObjectId => {
  const digits = sha256(text);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
};

const jsonOf = <K extends Kind>(kind: K, settings: Settings | undefined, refOf: (id: string) => string, withName: boolean): Json => {
  if (settings === undefined) return null;
  const said = fieldsOf(kind, mapIds(kind, settingsOf(kind, settings), refOf)).filter(({ path }) => withName || path !== "name");
  return Object.fromEntries(said.flatMap(({ path, value }) => (value === null ? [] : [[path, value]])));
};

/** The canonical JSON of a list of ids, which may be half a million long: the serialiser would build it piece by piece. */
const idsText = (ids: readonly ObjectId[]): string => JSON.stringify([...ids].sort());

const statesText = (states: Change["states"]): string =>
  states === undefined ? "" : `,"states":{"accounts":${canonicalText(states.accounts)},"to":${canonicalText(states.to)}}`;

const mailboxesText = (mailboxes: Change["mailboxes"]): string => (mailboxes === undefined ? "" : `,"mailboxes":${canonicalText(mailboxes)}`);

const accountsText = (accounts: Change["accounts"]): string =>
  accounts === undefined ? "" : `"accounts":{"ids":${idsText(accounts.ids)},"to":${canonicalText(accounts.to)}},`;

/** Written out by key, in order, so that the long lists need not pass through the serialiser. */
const changeText = (change: Change, refOf: (id: string) => string): string => {
  const { action, key, kind, members, states, mailboxes, accounts, before, after } = change;
  const renamed = before !== undefined && after !== undefined && nameOf(kind, settingsOf(kind, before)) !== nameOf(kind, settingsOf(kind, after));
  return [
    `{${accountsText(accounts)}"action":${canonicalText(action)}`,
    `"after":${canonicalText(jsonOf(kind, after, refOf, renamed))}`,
    `"before":${canonicalText(jsonOf(kind, before, refOf, renamed))}`,
    `"key":${canonicalText(key)}`,
    `"kind":${canonicalText(kind)}${mailboxesText(mailboxes)}`,
    `"members":${members === undefined ? "null" : `{"added":${idsText(members.added)},"removed":${idsText(members.removed)}}`}${statesText(states)}}`,
  ].join(",");
};

/**
 * What somebody approves: SHA-256, in hexadecimal, of the canonical JSON of tenant, plan and changes. Not of the moment, of
 * counts, findings or names for people; the name of a resource counts where it is what changes, and only there.
 *
 * @param refOf the reference of an id that is one of ours or an emergency account, any other id unchanged. Thus a reference
 * and the id it stands for give one hash.
 */
export const hashOf = (tenantId: ObjectId, planId: string, changes: readonly Change[], refOf: (id: string) => string): string =>
  sha256(
    `{"changes":[${[...changes]
      .sort(byKindAndKey)
      .map((change) => changeText(change, refOf))
      .join(",")}],"plan":${canonicalText(planId)},"tenant":${canonicalText(tenantId)}}`,
  );
