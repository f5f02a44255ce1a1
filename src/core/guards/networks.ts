/**
 * A network that the plan spares has to be the one that people come from: an address that was mistyped, or an egress and an IPv6
 * prefix that nobody named, and a whole school is asked for MFA in the first lesson.
 */

import type { Finding } from "../changes.ts";
import { CROWD, type Crowd, PLACE_DAYS } from "../sign-in-digest.ts";
import { type Switched, switchedOn } from "../switching.ts";
import { counted, type Guard, type GuardInput, listed } from "./guard.ts";
import { firstPhase, gapsIn, heldBy, isEnabled, partOf, unread } from "./log-part.ts";

const GUARD = "networks";
const WHAT = "where people sign in from";
const SHOWN = 3;

type Places = Extract<ReturnType<typeof partOf<"places">>, { readonly type: "read" }>["value"];

const unseen = (input: GuardInput, { networks, cut }: Places, asking: readonly Switched[]): readonly Finding[] => {
  const grown = asking.filter((each) => each.grown);
  const silent = input.plan.networks.filter(({ name }) => !networks.has(name) && grown.some(({ outside }) => outside.includes(name)));
  return silent.map((network): Finding => {
    const about = grown.filter(({ outside }) => outside.includes(network.name));
    const ranges = network.sort === "ip" ? ` (${listed(network.ranges, SHOWN)})` : "";
    return {
      guard: GUARD,
      verdict: "stop",
      ...firstPhase(about),
      detail: `nobody signed in from the network ${network.name}${ranges} in the last ${PLACE_DAYS} days${cut ? ", as far as the log was read" : ""}: if its addresses are wrong, everybody in it would be asked for MFA`,
      hint: `look up, from inside, the address that the internet sees, and compare it with ${input.plan.file}`,
      count: 1,
      allowable: true,
      holds: heldBy(about),
    };
  });
};

type Asked = { readonly crowd: Crowd; readonly accounts: readonly string[] };

const askedIn = (input: GuardInput, { crowds }: Places, asking: readonly Switched[]): readonly Asked[] =>
  crowds.flatMap((crowd) => {
    const ids = crowd.accounts.filter((id) => isEnabled(input, id) && asking.some(({ reaches }) => reaches(id)));
    const roster = input.observed.roster.type === "present" ? input.observed.roster.value : undefined;
    return ids.length < CROWD ? [] : [{ crowd, accounts: ids.map((id) => roster?.address(id) ?? id).sort() }];
  });

const unlisted = (input: GuardInput, places: Places, asking: readonly Switched[]): readonly Finding[] => {
  const asked = askedIn(input, places, asking).toSorted((a, b) => b.accounts.length - a.accounts.length);
  if (asked.length === 0) return [];
  const accounts = [...new Set(asked.flatMap((each) => each.accounts))].sort();
  const told = asked.map(({ crowd, accounts: own }) => `${crowd.address} (${counted(own.length, "account")})`);
  const isV6 = asked.some(({ crowd }) => crowd.address.includes(":"));
  return [
    {
      guard: GUARD,
      verdict: "stop",
      ...firstPhase(asking),
      detail: `${counted(accounts.length, "account")} that would be asked for MFA ${accounts.length === 1 ? "signs" : "sign"} in from ${asked.length === 1 ? "an address" : `${asked.length} addresses`} outside every network of the plan, ten or more from each: ${listed(told, SHOWN)}`,
      hint: `${isV6 ? "a network has IPv6 addresses beside its IPv4 ones: " : ""}if that is a site of yours, add it under networks in ${input.plan.file}`,
      accounts,
      count: accounts.length,
      allowable: true,
      holds: heldBy(asking),
    },
  ];
};

export const networks: Guard = {
  name: GUARD,
  about: "people are seen in each network that is spared, and no crowd of them is seen outside all of them",
  allowable: true,
  check: (input) => {
    const asking = switchedOn(input).filter(({ sort, staged, outside }) => sort === "mfa" && !staged && outside.length > 0);
    if (asking.length === 0) return [];
    const part = partOf(input, "places");
    if (part.type !== "read") return unread(input, GUARD, WHAT, part, asking);
    return [...unseen(input, part.value, asking), ...unlisted(input, part.value, asking), ...gapsIn(input, GUARD, WHAT, part.value, asking)];
  },
};
