/** What of listed accounts could not be read: each spares its account, and nobody shall take that for an account that was looked at. */

import { type Known, unknown } from "../tenant.ts";
import type { Listed } from "./facts.ts";

/** Everything of it that is unknown. */
export const unreadIn = ({ ground, accounts }: Listed): readonly Extract<Known<unknown>, { readonly type: "unknown" }>[] => {
  if (accounts.size === 0) return [];
  const { told, products, usage, self } = ground;
  const all: readonly Known<unknown>[] = [
    ...[told, products, usage.products, usage.programs, usage.mailboxes, self],
    ...[...accounts.values()].flatMap((read): readonly Known<unknown>[] => {
      if (read.type !== "found") return read.type === "unknown" ? [read] : [];
      const { roles, eligible, owns, mailbox, mail, archive } = read.listed;
      return [roles, eligible, owns, mail, archive, ...(mailbox === "unknown" ? [unknown("what its mailbox is for could not be read")] : [])];
    }),
  ];
  return all.flatMap((known) => (known.type === "unknown" ? [known] : []));
};
