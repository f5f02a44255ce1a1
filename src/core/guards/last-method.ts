/**
 * Nobody loses the last method with which they can sign in. A setting of the whole tenant: whoever is left without is locked
 * out of everything that asks, in no cohort of the plan or in one, and the service says nothing of it when the switch is thrown.
 */

import type { Change, Finding } from "../changes.ts";
import { settingsOf } from "../kinds/index.ts";
import { METHOD_BITS } from "../methods.ts";
import { ALLOWABLE_METHODS, type AllowableMethod } from "../plan/plan.ts";
import { staleness } from "../registration-age.ts";
import { type AuthenticationMethodsSettings, type Known, type MethodSettings, type ObjectId, TENANT_KEY } from "../tenant.ts";
import { changesOf, counted, type Guard, type GuardInput, listed } from "./guard.ts";

const GUARD = "last-method";

/** Whether those who have registered a sort of method can sign in with it. `some`: only members of groups, or nobody can say. */
type Use = "all" | "some" | "none";
type Sort = keyof typeof METHOD_BITS;

/** By which settings people may use what they have registered; one of them is enough. */
const ALLOWED_BY = {
  app: ["app"],
  code: ["code"],
  mobile: ["text", "call"],
  telephone: ["call"],
  passkey: ["passkey"],
  certificate: ["certificate"],
  pass: ["temporaryAccessPass"],
} as const satisfies Partial<Record<Sort, readonly AllowableMethod[]>>;

const useOf = (method: MethodSettings | undefined): Use => {
  // What the service does not list, people may have by a setting that nobody here can read.
  if (method === undefined) return "some";
  if (method.state === "off") return "none";
  return method.include.all && method.exclude.length === 0 ? "all" : method.include.all || method.include.groups.length > 0 ? "some" : "none";
};

const best = (uses: readonly Use[]): Use => (uses.includes("all") ? "all" : uses.includes("some") ? "some" : "none");

/** Masks of the sorts that everybody, and that perhaps somebody, can use. */
type Usable = { readonly surely: number; readonly perhaps: number };

/** Windows Hello has no setting there; those of hardware tokens and of methods of others v1.0 does not tell. */
const usable = ({ methods }: AuthenticationMethodsSettings): Usable => {
  let surely: number = METHOD_BITS.hello;
  let perhaps: number = METHOD_BITS.token | METHOD_BITS.other;
  for (const [sort, words] of Object.entries(ALLOWED_BY)) {
    const bit = bitOf(sort);
    const use = best(words.map((word) => useOf(methods[word])));
    if (use === "all") surely |= bit;
    if (use === "some") perhaps |= bit;
  }
  return { surely, perhaps };
};

const isSort = (text: string): text is Sort => text in METHOD_BITS;
const bitOf = (sort: string): number => (isSort(sort) ? METHOD_BITS[sort] : 0);

const turnedOff = ({ before, after }: Change): readonly AllowableMethod[] => {
  if (before === undefined || after === undefined) return [];
  const [was, is] = [settingsOf("authentication-methods", before), settingsOf("authentication-methods", after)];
  return ALLOWABLE_METHODS.filter((method) => was.methods[method]?.state === "on" && is.methods[method]?.state === "off");
};

type People = { readonly lost: readonly string[]; readonly perhaps: readonly string[]; readonly unheard: readonly string[]; readonly looked: number };

/** Every enabled account of the tenant: a method that goes, goes for guests, pupils and emergency accounts as well. */
const peopleIn = (roster: Extract<GuardInput["observed"]["roster"], { readonly type: "present" }>["value"], before: Usable, after: Usable): People => {
  const [lost, perhaps, unheard]: [string[], string[], string[]] = [[], [], []];
  let looked = 0;
  const addressOf = (id: ObjectId): string => roster.address(id) ?? id;
  for (const id of roster.everybody()) {
    const flags = roster.flags(id);
    if (flags?.enabled !== true) continue;
    looked += 1;
    const has = roster.methods(id);
    if (flags.capable === "unknown") unheard.push(addressOf(id));
    else if ((has & (before.surely | before.perhaps)) === 0 || (has & after.surely) !== 0) continue;
    else if ((has & after.perhaps) === 0) lost.push(addressOf(id));
    // What only some may use is no loss where it was so before.
    else if ((has & before.surely) !== 0 || (has & before.perhaps & ~after.perhaps) !== 0) perhaps.push(addressOf(id));
  }
  return { lost: lost.sort(), perhaps: perhaps.sort(), unheard: unheard.sort(), looked };
};

const whyUnknown = (known: Known<unknown>): string => (known.type === "unknown" ? known.because : "it was not read");

const settingsNow = (list: GuardInput["observed"]["resources"]["authentication-methods"]): AuthenticationMethodsSettings | undefined =>
  list.type === "present" ? list.value[0]?.settings : undefined;

const isOff = (defaults: Known<boolean>): boolean => defaults.type === "present" && !defaults.value;

const check = (input: GuardInput): readonly Finding[] => {
  const { observed, after, diff } = input;
  const [change] = changesOf(diff, "authentication-methods");
  const off = change === undefined ? [] : turnedOff(change);
  if (change === undefined || off.length === 0) return [];
  const [phase] = change.phases;
  const found = (verdict: Finding["verdict"], detail: string, more: Partial<Finding> = {}): Finding => ({
    guard: GUARD,
    verdict,
    ...(phase !== undefined && { phase }),
    detail,
    ...more,
    allowable: false,
    ...(verdict !== "go" && { holds: [{ kind: "authentication-methods" as const, key: TENANT_KEY }] }),
  });
  const what = listed(off);
  const findings: Finding[] = [];
  const defaults = observed.securityDefaults;
  if (defaults.type !== "present") {
    findings.push(
      found("unclear", `whether security defaults are on is not known: ${whyUnknown(defaults)}; under them nobody may lose a method`, {
        hint: "run it again; if it stays so, check that this tool may read them",
      }),
    );
  } else if (!isOff(defaults) || !isOff(after.securityDefaults)) {
    findings.push(
      found("stop", `security defaults are on: they ask everybody, and leave nobody a way around a method that is turned off (${what})`, {
        hint: "turn methods off once conditional access asks in their place",
      }),
    );
  }
  const [now, then] = [settingsNow(observed.resources["authentication-methods"]), settingsNow(after.resources["authentication-methods"])];
  if (now === undefined || then === undefined) return findings;
  if (now.migration !== "complete") {
    findings.push(
      found(
        "unclear",
        `the methods policy's migration is not complete: older settings, which nobody can read, allow methods as well, so what turning ${what} off comes to is not known`,
        {
          hint: "complete the migration in the admin centre (Authentication methods, Manage migration), then run it again",
        },
      ),
    );
  }
  const { registration, roster } = observed;
  if (roster.type !== "present" || registration.type !== "present") {
    const why = roster.type === "present" ? whyUnknown(registration) : whyUnknown(roster);
    findings.push(
      found("unclear", `who has registered what is not known, so nobody can say who would lose their last method: ${why}`, { hint: "run it again" }),
    );
    return findings;
  }
  const old = staleness(registration.value.refreshed, observed.readAt);
  if (old !== undefined) {
    findings.push(
      found("unclear", `the registration report ${old}: who would lose their last method is only known from one of the last 48 hours`, {
        hint: "run it again later",
      }),
    );
  }
  const { lost, perhaps, unheard, looked } = peopleIn(roster.value, usable(now), usable(then));
  const who = (accounts: readonly string[]): Partial<Finding> => ({ accounts, count: accounts.length });
  if (lost.length > 0) {
    findings.push(
      found(
        "stop",
        `${counted(lost.length, "enabled account")} would lose the last method with which they can sign in, once ${what} ${off.length === 1 ? "is" : "are"} off`,
        {
          hint: "have them register another method first; the registration campaign asks those who sign in with MFA",
          ...who(lost),
        },
      ),
    );
  }
  if (perhaps.length > 0) {
    findings.push(
      found(
        "unclear",
        `${counted(perhaps.length, "enabled account")} would keep only methods of which nobody can say whether they may use them (allowed to groups, or told of nowhere)`,
        {
          hint: "have them register another method first, or allow one of theirs to everybody",
          ...who(perhaps),
        },
      ),
    );
  }
  if (unheard.length > 0) {
    findings.push(
      found("unclear", `of ${counted(unheard.length, "enabled account")} the registration report says nothing, so what they would lose is not known`, {
        hint: "run it again once the report has caught up, which takes some hours",
        ...who(unheard),
      }),
    );
  }
  return findings.length > 0 ? findings : [found("go", `none of ${counted(looked, "enabled account")} loses the last method with which they can sign in`)];
};

export const lastMethod: Guard = { name: GUARD, about: "nobody in the tenant loses the last method with which they can sign in", allowable: false, check };
