/** How people are told which mailboxes are meant. */

import type { Observed } from "./observed.ts";
import type { ObjectId } from "./tenant.ts";

/** By address, where anybody knows it: a mailbox's own id says nothing to people. */
export const mailboxNames = ({ mailboxes, roster }: Pick<Observed, "mailboxes" | "roster">, ids: readonly ObjectId[]): readonly string[] =>
  ids.map((id) => {
    const owner = mailboxes?.type === "present" ? mailboxes.value.ownerOf(id) : undefined;
    const address = owner !== undefined && roster.type === "present" ? roster.value.address(owner) : undefined;
    return address === undefined ? id : `${address} (${id})`;
  });

export const MOST_NAMED = 20;

/** The first of them, and how many more there are. */
export const namesInShort = (names: readonly string[]): string => {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more.toLocaleString("en-GB")} more` : ""}`;
};
