import { describe, expect, test } from "vitest";
import { evaluate, type Policy } from "../../src/core/evaluate.ts";
import type { Outcome, SignIn } from "../../src/core/sign-in.ts";
import { type PolicySettings, unknown } from "../../src/core/tenant.ts";
import {
  BUILDING,
  CONDITIONS,
  FACTS,
  GRANT,
  GROUP,
  guid,
  ISSUE,
  ME,
  PLACES,
  policy,
  REPORT_ONLY,
  SCHOOL,
  SESSION,
  signIn,
  some,
  subject,
} from "./evaluation/build.ts";

/** Policies by letter, in the order of the letters. */
const policies = (parts: { readonly [letter: string]: Partial<PolicySettings> }): readonly Policy[] =>
  Object.entries(parts).map(([letter, settings]) => ({ id: guid(letter.charCodeAt(0)), settings: policy({ name: letter, ...settings }) }));

const grant = (operator: "and" | "or", ...controls: string[]): Pick<PolicySettings, "grant"> => ({ grant: { operator, controls, strength: null } });
const BLOCK = grant("or", "block");
const DEVICE = grant("or", "compliantDevice");
const SESSION_ONLY: Pick<PolicySettings, "grant"> = { grant: null };
const NEVER: Pick<PolicySettings, "include"> = { include: some({}) };
const PERHAPS: Pick<PolicySettings, "other"> = { other: { conditions: { moonPhases: ["full"] } } };
const hours = (every: number): Pick<PolicySettings, "signInFrequency"> => ({ signInFrequency: { every, unit: "hours" } });

type Told = { readonly type: Outcome["type"]; readonly asks: string };
const told = ({ type, asks }: Outcome): Told => ({
  type,
  asks: asks.map(({ name, any, controls }) => `${name}: ${controls.join(any ? " or " : " and ")}`).join("; "),
});

type Row = {
  readonly name: string;
  readonly given: { readonly [letter: string]: Partial<PolicySettings> };
  readonly signIn?: Partial<SignIn>;
  readonly want: Told;
  readonly source: string;
  readonly reason: string;
};

const TOGETHER: readonly Row[] = [
  { name: "no policy", given: {}, want: { type: "not-applied", asks: "" }, source: BUILDING, reason: "nothing is asked by nobody" },
  { name: "one that is about others", given: { a: NEVER }, want: { type: "not-applied", asks: "" }, source: BUILDING, reason: "its assignments are not met" },
  { name: "one", given: { a: {} }, want: { type: "granted", asks: "a: mfa" }, source: GRANT, reason: "grant access under the control" },
  {
    name: "two add up",
    given: { a: {}, b: DEVICE },
    want: { type: "granted", asks: "a: mfa; b: compliantDevice" },
    source: BUILDING,
    reason: "you must complete MFA, and use a compliant device",
  },
  {
    name: "one of two is about others",
    given: { a: {}, b: { ...DEVICE, ...NEVER } },
    want: { type: "granted", asks: "a: mfa" },
    source: BUILDING,
    reason: "only those that apply must be satisfied",
  },
  {
    name: "AND",
    given: { a: grant("and", "compliantDevice", "mfa") },
    want: { type: "granted", asks: "a: compliantDevice and mfa" },
    source: GRANT,
    reason: "control and control",
  },
  {
    name: "OR",
    given: { a: grant("or", "compliantDevice", "mfa") },
    want: { type: "granted", asks: "a: compliantDevice or mfa" },
    source: GRANT,
    reason: "control or control",
  },
  { name: "block", given: { a: BLOCK }, want: { type: "blocked", asks: "" }, source: GRANT, reason: "block access prevents access" },
  {
    name: "block and MFA",
    given: { a: {}, b: BLOCK },
    want: { type: "blocked", asks: "a: mfa" },
    source: BUILDING,
    reason: "with the block control enforcement stops and the user is blocked",
  },
  {
    name: "a block that is about others",
    given: { a: {}, b: { ...BLOCK, ...NEVER } },
    want: { type: "granted", asks: "a: mfa" },
    source: BUILDING,
    reason: "its assignments are not met",
  },
  {
    name: "a block beside other controls",
    given: { a: grant("or", "block", "mfa") },
    want: { type: "blocked", asks: "" },
    source: BUILDING,
    reason: "block is never one of several",
  },
  {
    name: "a block that lets one out by id",
    given: { a: { ...BLOCK, exclude: some({ users: [ME] }) } },
    want: { type: "not-applied", asks: "" },
    source: BUILDING,
    reason: "it is left out",
  },
  {
    name: "a block in report-only",
    given: { a: {}, b: { ...BLOCK, state: "report-only" } },
    want: { type: "granted", asks: "a: mfa" },
    source: REPORT_ONLY,
    reason: "evaluated but not enforced",
  },
  {
    name: "all in report-only",
    given: { a: { state: "report-only" } },
    want: { type: "not-applied", asks: "" },
    source: REPORT_ONLY,
    reason: "evaluated but not enforced",
  },
  {
    name: "a block that is off",
    given: { a: { ...BLOCK, state: "off" } },
    want: { type: "not-applied", asks: "" },
    source: FACTS("7.5"),
    reason: "policyNotEnabled",
  },
  { name: "perhaps MFA", given: { a: PERHAPS }, want: { type: "unknown", asks: "" }, source: ISSUE, reason: "unknown lets nobody in" },
  { name: "perhaps a block", given: { a: { ...BLOCK, ...PERHAPS } }, want: { type: "unknown", asks: "" }, source: ISSUE, reason: "unknown lets nobody in" },
  {
    name: "perhaps MFA, and a device",
    given: { a: PERHAPS, b: DEVICE },
    want: { type: "unknown", asks: "b: compliantDevice" },
    source: ISSUE,
    reason: "what is sure is told",
  },
  {
    name: "perhaps MFA, and a block",
    given: { a: PERHAPS, b: BLOCK },
    want: { type: "blocked", asks: "" },
    source: BUILDING,
    reason: "one block is enough, whatever else is unknown",
  },
  {
    name: "perhaps a block in report-only",
    given: { a: { ...BLOCK, ...PERHAPS, state: "report-only" } },
    want: { type: "not-applied", asks: "" },
    source: REPORT_ONLY,
    reason: "evaluated but not enforced",
  },
  {
    name: "a state that is new",
    given: { a: { ...BLOCK, other: { state: "sometimes" } } },
    want: { type: "unknown", asks: "" },
    source: ISSUE,
    reason: "whether it is in force nobody can say",
  },
  {
    name: "session controls alone",
    given: { a: { ...SESSION_ONLY, ...hours(1) } },
    want: { type: "granted", asks: "" },
    source: SESSION,
    reason: "nothing is asked of the sign-in itself",
  },
  {
    name: "a strength beside MFA",
    given: { a: { grant: { operator: "or", controls: [], strength: guid(4) } }, b: {} },
    want: { type: "granted", asks: `a: strength:${guid(4)}; b: mfa` },
    source: BUILDING,
    reason: "all policies that apply must be satisfied",
  },
  {
    name: "a control that is new",
    given: { a: grant("and", "mfa", "retinaScan") },
    want: { type: "granted", asks: "a: mfa and unknown:retinaScan" },
    source: ISSUE,
    reason: "whoever asks sees that nobody knows it",
  },
  {
    name: "all but the school, from the school",
    given: { a: { ...BLOCK, locations: { include: ["all"], exclude: [SCHOOL] } } },
    want: { type: "not-applied", asks: "" },
    source: BUILDING,
    reason: "the network assignment is not met",
  },
  {
    name: "all but the school, from an unlisted IPv6 egress",
    given: { a: { ...BLOCK, locations: { include: ["all"], exclude: [SCHOOL] } } },
    signIn: { address: "2001:db8:99::1" },
    want: { type: "blocked", asks: "" },
    source: BUILDING,
    reason: "the whole school is elsewhere",
  },
  {
    name: "left out by a group that nobody could read",
    given: { a: { ...BLOCK, exclude: some({ groups: [GROUP] }) } },
    signIn: { subject: subject({ groups: unknown("403") }) },
    want: { type: "unknown", asks: "" },
    source: ISSUE,
    reason: "unknown lets nobody in",
  },

  {
    name: "legacy, MFA",
    given: { a: {} },
    signIn: { program: "legacy" },
    want: { type: "blocked", asks: "a: mfa" },
    source: CONDITIONS,
    reason: "legacy clients don't support MFA, so they are blocked by grant controls",
  },
  {
    name: "legacy, a compliant device",
    given: { a: DEVICE },
    signIn: { program: "legacy" },
    want: { type: "blocked", asks: "a: compliantDevice" },
    source: CONDITIONS,
    reason: "they don't pass device state information",
  },
  {
    name: "legacy, either",
    given: { a: grant("or", "compliantDevice", "mfa") },
    signIn: { program: "legacy" },
    want: { type: "blocked", asks: "a: compliantDevice or mfa" },
    source: CONDITIONS,
    reason: "neither can be met",
  },
  {
    name: "legacy, a control that is new",
    given: { a: grant("or", "retinaScan") },
    signIn: { program: "legacy" },
    want: { type: "granted", asks: "a: unknown:retinaScan" },
    source: ISSUE,
    reason: "whether it can be met is not known here",
  },
  {
    name: "legacy, modern clients asked",
    given: { a: { clients: ["browser", "mobile-and-desktop"] } },
    signIn: { program: "legacy" },
    want: { type: "not-applied", asks: "" },
    source: CONDITIONS,
    reason: "configured for modern clients only",
  },
  {
    name: "legacy, perhaps MFA",
    given: { a: PERHAPS },
    signIn: { program: "legacy" },
    want: { type: "unknown", asks: "" },
    source: ISSUE,
    reason: "unknown lets nobody in",
  },
  {
    name: "legacy, session controls alone",
    given: { a: { ...SESSION_ONLY, ...hours(1) } },
    signIn: { program: "legacy" },
    want: { type: "granted", asks: "" },
    source: CONDITIONS,
    reason: "grant controls are what blocks",
  },
  {
    name: "Exchange ActiveSync, MFA",
    given: { a: {} },
    signIn: { program: "activesync" },
    want: { type: "blocked", asks: "a: mfa" },
    source: CONDITIONS,
    reason: "basic authentication doesn't support these controls",
  },
  {
    name: "Exchange ActiveSync, a compliant device",
    given: { a: DEVICE },
    signIn: { program: "activesync" },
    want: { type: "granted", asks: "a: compliantDevice" },
    source: CONDITIONS,
    reason: "MFA, terms of use and custom controls are what is not supported",
  },
  {
    name: "a client nobody knows, MFA",
    given: { a: {} },
    signIn: { program: undefined },
    want: { type: "unknown", asks: "a: mfa" },
    source: ISSUE,
    reason: "it may be a legacy one, which is blocked",
  },
];

describe("policies together", () => {
  test.each(TOGETHER)("$name", ({ given, signIn: parts, want, source, reason }) => {
    const outcome = evaluate(policies(given), signIn(parts), { locations: PLACES });
    expect(told(outcome)).toEqual(want);
    expect(outcome.stances.map(({ name }) => name)).toEqual(Object.keys(given));
    expect(source.length * reason.length).toBeGreaterThan(0);
  });
});

test("stances come by id, whatever order the policies stand in", () => {
  const given = policies({ a: {}, b: BLOCK, c: DEVICE });
  expect(evaluate([...given].reverse(), signIn(), { locations: PLACES })).toEqual(evaluate(given, signIn(), { locations: PLACES }));
});
