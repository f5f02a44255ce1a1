import { describe, expect, test } from "vitest";
import { evaluate, type Policy } from "../../src/core/evaluate.ts";
import { shutsOut } from "../../src/core/evaluate-controls.ts";
import type { Outcome, Program } from "../../src/core/sign-in.ts";
import type { Json, PolicySettings } from "../../src/core/tenant.ts";
import { guid, PLACES, policy, signIn, some } from "./evaluation/build.ts";

const policies = (parts: { readonly [letter: string]: Partial<PolicySettings> }): readonly Policy[] =>
  Object.entries(parts).map(([letter, settings]) => ({ id: guid(letter.charCodeAt(0)), settings: policy({ name: letter, ...settings }) }));

const NEVER: Pick<PolicySettings, "include"> = { include: some({}) };
const PERHAPS: Pick<PolicySettings, "other"> = { other: { conditions: { moonPhases: ["full"] } } };
const session = (controls: Json): Pick<PolicySettings, "other"> => ({ other: { sessionControls: controls } });
const hours = (every: number): Pick<PolicySettings, "signInFrequency"> => ({ signInFrequency: { every, unit: "hours" } });

/** "Conditional Access: Session"; the time of several is the shortest, since all that apply must be satisfied. */
type SessionRow = readonly [name: string, given: { readonly [letter: string]: Partial<PolicySettings> }, want: Outcome["session"], reason: string];
const SESSIONS: readonly SessionRow[] = [
  ["nothing", { a: {} }, { others: [] }, "no session control"],
  ["hours", { a: hours(8) }, { signInFrequencyHours: 8, others: [] }, "a period of hours"],
  ["days", { a: { signInFrequency: { every: 7, unit: "days" } } }, { signInFrequencyHours: 168, others: [] }, "a period of days"],
  ["every time", { a: { signInFrequency: "every-time" } }, { signInFrequencyHours: 0, others: [] }, "reauthentication every time"],
  [
    "the shorter",
    { a: hours(8), b: hours(4), c: { signInFrequency: { every: 1, unit: "days" } } },
    { signInFrequencyHours: 4, others: [] },
    "each of them must be satisfied",
  ],
  ["of those that apply", { a: hours(8), b: { ...hours(4), ...NEVER } }, { signInFrequencyHours: 8, others: [] }, "the other is about others"],
  ["of those in force", { a: hours(8), b: { ...hours(4), state: "report-only" } }, { signInFrequencyHours: 8, others: [] }, "evaluated but not enforced"],
  ["of those that surely apply", { a: { ...hours(4), ...PERHAPS } }, { others: [] }, "what is sure is told"],
  [
    "a browser that stays",
    { a: session({ persistentBrowser: { isEnabled: true, mode: "always" } }) },
    { persistentBrowser: "always", others: [] },
    "persistent browser session",
  ],
  [
    "a browser that forgets",
    { a: session({ persistentBrowser: { isEnabled: true, mode: "never" } }) },
    { persistentBrowser: "never", others: [] },
    "persistent browser session",
  ],
  [
    "two browsers",
    { a: session({ persistentBrowser: { isEnabled: true, mode: "always" } }), b: session({ persistentBrowser: { isEnabled: true, mode: "never" } }) },
    { persistentBrowser: "never", others: [] },
    "what asks more counts",
  ],
  [
    "one that is switched off",
    { a: session({ persistentBrowser: { isEnabled: false, mode: "never" }, cloudAppSecurity: { isEnabled: false } }) },
    { others: [] },
    "isEnabled is false",
  ],
  [
    "a mode that is new",
    { a: session({ persistentBrowser: { isEnabled: true, mode: "sometimes" } }) },
    { others: ["persistentBrowser"] },
    "what it does is not known here",
  ],
  [
    "others, sorted",
    {
      a: session({ secureSignInSession: { isEnabled: true }, applicationEnforcedRestrictions: { isEnabled: true } }),
      b: session({ disableResilienceDefaults: true, cloudAppSecurity: { isEnabled: true, cloudAppSecurityType: "monitorOnly" } }),
    },
    { others: ["applicationEnforcedRestrictions", "cloudAppSecurity", "disableResilienceDefaults", "secureSignInSession"] },
    "names of session controls (CSDL)",
  ],
  ["one of them false", { a: session({ disableResilienceDefaults: false }) }, { others: [] }, "it is not disabled"],
  [
    "a frequency that cannot be read",
    { a: session({ signInFrequency: { isEnabled: true, type: "weeks", value: 2 } }) },
    { others: ["signInFrequency"] },
    "a unit that is new",
  ],
  [
    "a frequency for the second factor",
    { a: { ...hours(1), ...session({ signInFrequency: { authenticationType: "secondaryAuthentication" } }) } },
    { signInFrequencyHours: 1, others: [] },
    "the time is known",
  ],
];

describe("session controls together", () => {
  test.each(SESSIONS)("%s", (_name, given, want) => {
    expect(evaluate(policies(given), signIn(), { locations: PLACES }).session).toEqual(want);
  });
});

describe("what a client can never do", () => {
  const cases: readonly (readonly [program: Program | undefined, any: boolean, controls: readonly string[], want: boolean])[] = [
    ["browser", false, ["mfa"], false],
    ["mobile-and-desktop", false, ["mfa", "compliantDevice"], false],
    ["legacy", false, ["approvedApplication"], true],
    ["legacy", false, ["unknown:x", "mfa"], true],
    ["legacy", true, ["unknown:x", "mfa"], false],
    ["activesync", false, ["terms-of-use:t"], true],
    ["activesync", false, ["custom:Duo"], true],
    ["activesync", false, ["strength:s"], true],
    ["activesync", false, ["approvedApplication"], false],
    ["activesync", true, ["mfa", "compliantDevice"], false],
    [undefined, false, ["mfa"], false],
  ];
  test.each(cases)("%s, any %s: %j", (program, any, controls, want) => {
    expect(shutsOut({ any, controls }, program)).toBe(want);
  });
  test("nothing wanted shuts out nobody", () => {
    expect([null, undefined].map((wanted) => shutsOut(wanted, "legacy"))).toEqual([false, false]);
  });
});
