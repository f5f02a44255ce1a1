/** Other people's policies may spare, or name, every trusted location: a location of ours that is trusted changes them. */

import type { Change } from "../changes.ts";
import { nameWithoutMark } from "../mark.ts";
import type { ResourceOf } from "../tenant.ts";
import { changesOf, counted, type Guard, isOurs, listed } from "./guard.ts";

const GUARD = "all-trusted";

const isTrusted = (settings: Change["before"]): boolean => settings !== undefined && "trusted" in settings && settings.trusted;

const usesAllTrusted = ({ settings }: ResourceOf<"conditional-access">): boolean =>
  settings.state !== "off" && settings.locations !== null && [...settings.locations.include, ...settings.locations.exclude].includes("all-trusted");

export const allTrusted: Guard = {
  name: GUARD,
  about: "no trusted location of the plan's changes what other people's policies do",
  allowable: true,
  check: ({ plan, observed, diff }) => {
    // One that ceases to be trusted, or goes, changes those policies as much as one that comes.
    const locations = changesOf(diff, "named-location").filter(({ before, after }) => isTrusted(before) || isTrusted(after));
    if (locations.length === 0) return [];
    const holds = locations.map(({ kind, key }) => ({ kind, key }));
    const ends = locations.every(({ after }) => !isTrusted(after));
    const names = listed(locations.map(({ name }) => `"${nameWithoutMark(name)}"`));
    const sort = locations.length === 1 ? "location" : "locations";
    const what = ends ? `the ${sort} ${names}, no longer trusted,` : `the trusted ${sort} ${names}`;
    const list = observed.resources["conditional-access"];
    if (list.type === "unknown") {
      return [
        {
          guard: GUARD,
          verdict: "unclear",
          detail: `whether ${what} would change other people's policies is not known: ${list.because}`,
          hint: "run it again",
          allowable: false,
          holds,
        },
      ];
    }
    const foreign = list.type === "absent" ? [] : list.value.filter((policy) => !isOurs(plan, policy) && usesAllTrusted(policy));
    if (foreign.length === 0) return [];
    return [
      {
        guard: GUARD,
        verdict: "stop",
        detail: `${what} would change ${counted(foreign.length, "policy", "policies")} of others, since ${foreign.length === 1 ? "it speaks" : "they speak"} of all trusted locations: ${listed(foreign.map(({ id, settings }) => `"${nameWithoutMark(settings.name)}" (${id})`))}`,
        hint: ends
          ? "agree it with whoever keeps those policies: the addresses would no longer count as trusted there"
          : `leave out trusted: true in ${plan.file}, which the plan's own policies do not need, or agree it with whoever keeps those policies`,
        count: foreign.length,
        allowable: true,
        holds,
      },
    ];
  },
};
