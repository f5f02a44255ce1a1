/** Whoever still uses an old program loses it the moment that the block is on: mail that no longer comes, and nobody told them. */

import type { Finding } from "../changes.ts";
import { formatMoment } from "../plan/moments.ts";
import { type OldUse, oldUseWords, USE_DAYS } from "../sign-in-digest.ts";
import { type Switched, switchedOn } from "../switching.ts";
import type { ObjectId } from "../tenant.ts";
import { counted, type Guard, type GuardInput } from "./guard.ts";
import { gapsIn, isEnabled, partOf, unread } from "./log-part.ts";

const GUARD = "legacy-clients";
const WHAT = "who still uses an old program";

/** The newest first: they notice at once. */
const stillUsing = (input: GuardInput, uses: ReadonlyMap<ObjectId, OldUse>, { reaches }: Pick<Switched, "reaches">): readonly string[] => {
  const { observed, plan } = input;
  const addressOf = (id: ObjectId): string => (observed.roster.type === "present" ? observed.roster.value.address(id) : undefined) ?? id;
  return [...uses]
    .filter(([id]) => isEnabled(input, id) && reaches(id))
    .map(([id, use]) => ({ address: addressOf(id), use }))
    .sort((a, b) => b.use.last - a.use.last || (a.address < b.address ? -1 : 1))
    .map(({ address, use }) => `${address} (${oldUseWords(use, observed.readAt, plan.timeZone)})`);
};

const ofOne = (input: GuardInput, uses: ReadonlyMap<ObjectId, OldUse>, switched: Switched): readonly Finding[] => {
  const accounts = stillUsing(input, uses, switched);
  const { length: count } = accounts;
  if (count === 0) return [];
  const { phase, holds, words, staged } = switched;
  const common = { guard: GUARD, ...(phase !== undefined && { phase }), accounts, count };
  const who = `${counted(count, "account")} used an old program in the last ${USE_DAYS} days`;
  if (staged) {
    const starts = input.plan.phases.find(({ id }) => id === phase)?.starts.instant;
    const when = starts === undefined ? "" : ` on ${formatMoment(starts, input.plan.timeZone)}`;
    return [{ ...common, verdict: "go", detail: `${who}, which "${words}" would keep out${when}`, allowable: false }];
  }
  return [
    {
      ...common,
      verdict: "stop",
      detail: `${who}, and ${words === "security defaults" ? words : `"${words}"`} would keep ${count === 1 ? "it" : "them"} out: mail would stop in ${count === 1 ? "that program" : "those programs"}`,
      hint: "write to them first: today's Outlook and phone apps ask for MFA instead, and a scanner or printer can send through a relay; or leave them out of the cohort for a while (except, with an end)",
      allowable: true,
      holds,
    },
  ];
};

export const legacyClients: Guard = {
  name: GUARD,
  about: "nobody whom a block of old programs would hit has used one in the last 30 days",
  allowable: true,
  check: (input) => {
    const blocks = switchedOn(input).filter(({ sort }) => sort === "block");
    if (blocks.length === 0) return [];
    const part = partOf(input, "legacy");
    const live = blocks.filter(({ staged }) => !staged);
    if (part.type !== "read") return live.length === 0 ? [] : unread(input, GUARD, WHAT, part, live);
    return [...blocks.flatMap((each) => ofOne(input, part.value.uses, each)), ...(live.length === 0 ? [] : gapsIn(input, GUARD, WHAT, part.value, live))];
  },
};
