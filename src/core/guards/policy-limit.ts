/** The service takes so many policies, named locations and ranges, and no more: better said before the first write than by a refusal half way. Facts, sections 7.2 and 7.3. */

import type { Change, Finding } from "../changes.ts";
import { settingsOf } from "../kinds/index.ts";
import { nameWithoutMark } from "../mark.ts";
import { changesOf, counted, type Guard, type GuardInput } from "./guard.ts";

const GUARD = "policy-limit";
/** Those that are off or in report-only count as well. */
const POLICIES = 195;
const LOCATIONS = 195;
const RANGES = 2_000;
/** So few left are worth a word. */
const CLOSE = 5;

type Limit = { readonly limit: number; readonly of: string; readonly hint: string };

/** @param one,many what is counted */
const finding = (count: number, { limit, of, hint }: Limit, [one, many]: readonly [string, string]): readonly Finding[] => {
  const there = `${of} ${counted(count, one, many)}`;
  const told = limit.toLocaleString("en-GB");
  // Without keys: a set of policies of which a part was refused would be worse than none.
  if (count > limit) return [{ guard: GUARD, verdict: "stop", detail: `${there}, and the service takes ${told}`, hint, count: count - limit, allowable: true }];
  if (count < limit - CLOSE) return [];
  const left = limit - count;
  return [{ guard: GUARD, verdict: "go", detail: `${there}: ${left === 0 ? "no more can be made" : `${left} more can be made`}`, hint, allowable: false }];
};

/** The most there is at one time: what goes, goes when what comes is there. */
const mostOf = ({ observed, diff }: GuardInput, kind: "conditional-access" | "named-location"): number | undefined => {
  const list = observed.resources[kind];
  const made = changesOf(diff, kind).filter(({ action }) => action === "create").length;
  // A list that was not read holds everything back by itself.
  return made === 0 || list.type === "unknown" ? undefined : made + (list.type === "present" ? list.value.length : 0);
};

const ranges = ({ name, before, after }: Change): readonly Finding[] => {
  if (after === undefined) return [];
  const now = settingsOf("named-location", after).ranges.length;
  if (before !== undefined && settingsOf("named-location", before).ranges.length >= now) return [];
  return finding(
    now,
    { limit: RANGES, of: `the named location "${nameWithoutMark(name)}" would have`, hint: "join ranges that lie side by side, or make two networks of it" },
    ["range", "ranges"],
  );
};

export const policyLimit: Guard = {
  name: GUARD,
  about: "the tenant has room for the policies, named locations and ranges that the plan makes",
  allowable: true,
  check: (input) => {
    const [policies, locations] = [mostOf(input, "conditional-access"), mostOf(input, "named-location")];
    const of = "the tenant would have";
    return [
      ...(policies === undefined
        ? []
        : finding(policies, { limit: POLICIES, of, hint: "delete policies that nobody needs; those that are off or in report-only count as well" }, [
            "policy",
            "policies",
          ])),
      ...(locations === undefined
        ? []
        : finding(locations, { limit: LOCATIONS, of, hint: "delete named locations that no policy uses" }, ["named location", "named locations"])),
      ...changesOf(input.diff, "named-location").flatMap(ranges),
    ];
  },
};
