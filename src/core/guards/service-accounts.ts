/** A program that signs in as an account has nobody at hand who answers when it is asked for MFA: it stops, at night. */

import type { Finding } from "../changes.ts";
import { agoWords, type ServiceUse, type ServiceWay, USE_DAYS } from "../sign-in-digest.ts";
import { type Switched, switchedOn } from "../switching.ts";
import type { ObjectId } from "../tenant.ts";
import { counted, type Guard, type GuardInput } from "./guard.ts";
import { firstPhase, gapsIn, heldBy, isEnabled, partOf, unread } from "./log-part.ts";

const GUARD = "service-accounts";
const WHAT = "which accounts programs sign in as";

const WAYS = {
  smtp: "hands in mail by SMTP",
  password: "a program sends its password",
  refresh: "signs in without a person",
} as const satisfies Record<ServiceWay, string>;

const found = (input: GuardInput, accounts: ReadonlyMap<ObjectId, ServiceUse>, asking: readonly Switched[]): readonly string[] => {
  const { observed, plan } = input;
  const roster = observed.roster.type === "present" ? observed.roster.value : undefined;
  return [...accounts]
    .filter(([id]) => isEnabled(input, id) && asking.some(({ reaches }) => reaches(id)))
    .map(([id, { way, last }]) => `${roster?.address(id) ?? id} (${WAYS[way]}, ${agoWords(last, observed.readAt, plan.timeZone)})`)
    .sort();
};

const finding = (input: GuardInput, accounts: readonly string[], asking: readonly Switched[], now: boolean): readonly Finding[] => {
  const { length: count } = accounts;
  if (count === 0) return [];
  const [looks, each] = count === 1 ? ["looks like an account", "it"] : ["look like accounts", "them"];
  const who = `${counted(count, "account")} ${looks} of programs: no person signed in with ${each} in the last ${USE_DAYS} days`;
  const common = { guard: GUARD, ...firstPhase(asking), accounts, count };
  if (!now) {
    return [
      {
        ...common,
        verdict: "go",
        detail: `${who}; in the browser nobody asks ${each}, but once programs are asked as well ${count === 1 ? "it stops" : "they stop"}`,
        allowable: false,
      },
    ];
  }
  return [
    {
      ...common,
      verdict: "stop",
      detail: `${who}; asked for MFA, ${count === 1 ? "its program stops" : "their programs stop"}`,
      hint: `name ${each} under serviceAccounts in ${input.plan.file}, or move the program to an application of its own`,
      allowable: true,
      holds: heldBy(asking),
    },
  ];
};

export const serviceAccounts: Guard = {
  name: GUARD,
  about: "no account that only programs sign in as would be asked for MFA",
  allowable: true,
  check: (input) => {
    const asking = switchedOn(input).filter(({ sort, staged }) => sort === "mfa" && !staged);
    if (asking.length === 0) return [];
    const part = partOf(input, "services");
    const programs = asking.filter((each) => each.programs);
    // Nothing that a program does is asked in the browser.
    if (part.type !== "read") return programs.length === 0 ? [] : unread(input, GUARD, WHAT, part, programs);
    const hit = found(input, part.value.accounts, programs);
    const later = found(input, part.value.accounts, asking).filter((account) => !hit.includes(account));
    return [
      ...finding(input, hit, programs, true),
      ...finding(
        input,
        later,
        asking.filter((each) => !each.programs),
        false,
      ),
      ...(programs.length === 0 ? [] : gapsIn(input, GUARD, WHAT, part.value, programs)),
    ];
  },
};
