/** What a policy wants of a sign-in that it is about. "Conditional Access: Grant", "Session". */

import { at, membersOf, textOf, wordsOf } from "./evaluate-logic.ts";
import type { Program, SessionAsked, Wanted } from "./sign-in.ts";
import type { Json, PolicySettings } from "./tenant.ts";

/** conditionalAccessGrantControl (CSDL). */
const BUILT_IN = ["block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication", "passwordChange", "riskRemediation"];

const listed = (value: Json | undefined, prefix: string): readonly string[] => wordsOf(value)?.map((word) => `${prefix}:${word}`) ?? [`unknown:${prefix}`];

/** Null: no grant control at all. Of an operator that nobody knows all controls are taken as needed. */
export const wantedBy = ({ grant, other }: PolicySettings): Wanted | null => {
  const more = at(other, "grantControls");
  const operator = textOf(at(more, "operator"));
  const controls = [
    ...(grant?.controls ?? []).map((control) => (BUILT_IN.includes(control) ? control : `unknown:${control}`)),
    ...(grant === null || grant.strength === null ? [] : [`strength:${grant.strength}`]),
    ...listed(at(more, "termsOfUse"), "terms-of-use"),
    ...listed(at(more, "customAuthenticationFactors"), "custom"),
    ...membersOf(more)
      .filter(([key]) => !["operator", "termsOfUse", "customAuthenticationFactors"].includes(key))
      .map(([key]) => `unknown:${key}`),
    ...(operator === undefined ? [] : [`unknown:operator ${operator}`]),
  ];
  if (controls.length === 0) return null;
  return { any: grant?.operator === "or" && operator === undefined, controls: [...new Set(controls)].sort() };
};

/** Neither a grant nor a session control. A grant with nothing in it is a grant. */
export const asksNothing = ({ grant, signInFrequency, other }: PolicySettings): boolean =>
  grant === null &&
  signInFrequency === null &&
  [at(other, "grantControls"), at(other, "sessionControls")].every((controls) => membersOf(controls).length === 0);

/** "If there's a policy that is configured to block access, enforcement will stop here": whatever else it names beside it. */
export const isBlock = (wanted: Wanted | null | undefined): boolean => wanted?.controls.includes("block") === true;

/**
 * Basic authentication answers no question: "Sign-ins from legacy authentication clients don't support MFA and don't pass
 * device state information, so they are blocked by Conditional Access grant controls". Over Exchange ActiveSync the page
 * names MFA, terms of use and custom controls; a device can be known there.
 */
const isBeyond = (program: Program | undefined, control: string): boolean => {
  const asksSomebody = control === "mfa" || /^(?:strength|terms-of-use|custom):/.test(control) || control === "passwordChange";
  if (program === "activesync") return asksSomebody;
  return program === "legacy" && !control.startsWith("unknown:");
};

/** Whether a client of that kind can never do what is wanted, so that the policy is as good as one that blocks. */
export const shutsOut = (wanted: Wanted | null | undefined, program: Program | undefined): boolean => {
  if (wanted === null || wanted === undefined || wanted.controls.length === 0) return false;
  const beyond = wanted.controls.map((control) => isBeyond(program, control));
  return wanted.any ? !beyond.includes(false) : beyond.includes(true);
};

const frequencyOf = (frequency: PolicySettings["signInFrequency"]): number | undefined => {
  if (frequency === null) return undefined;
  if (frequency === "every-time") return 0;
  return frequency.unit === "days" ? frequency.every * 24 : frequency.every;
};

const isOn = (control: Json): boolean => control !== false && at(control, "isEnabled") !== false;

/** Of several policies the one that asks more counts: the shorter time, the browser that forgets. */
export const sessionOf = (policies: readonly PolicySettings[]): SessionAsked => {
  const hours = policies.flatMap(({ signInFrequency }) => frequencyOf(signInFrequency) ?? []);
  const modes = policies.flatMap(({ other }) => {
    const browser = at(other, "sessionControls", "persistentBrowser");
    return browser !== undefined && isOn(browser) ? (textOf(at(browser, "mode")) ?? "unread") : [];
  });
  const others = policies.flatMap(({ other, signInFrequency }) =>
    membersOf(at(other, "sessionControls")).flatMap(([name, control]) => {
      const mode = textOf(at(control, "mode"));
      if (name === "persistentBrowser" && (mode === "always" || mode === "never")) return [];
      if (name === "signInFrequency" && signInFrequency !== null) return [];
      return isOn(control) ? [name] : [];
    }),
  );
  return {
    ...(hours.length === 0 ? {} : { signInFrequencyHours: Math.min(...hours) }),
    ...(modes.includes("never") ? { persistentBrowser: "never" as const } : modes.includes("always") ? { persistentBrowser: "always" as const } : {}),
    others: [...new Set(others)].sort(),
  };
};
