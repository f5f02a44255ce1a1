import { describe, expect, test } from "vitest";
import { IdIndex } from "../../../src/core/ids.ts";
import type { CountedMethods } from "../../../src/core/plan/plan.ts";
import { type Allowed, type Answer, allowedBy, type Use } from "../../../src/core/reports/allowed.ts";
import { Belonging } from "../../../src/core/reports/belonging.ts";
import { defaultWord, standingBy } from "../../../src/core/reports/registered-standing.ts";
import { MethodWords, Registration, SAID } from "../../../src/core/reports/registration.ts";
import { type AuthenticationMethodsSettings, type MethodSettings, present, unknown } from "../../../src/core/tenant.ts";
import { id } from "../county.ts";

const ALL_YES: Allowed = {
  key: "y",
  app: "yes",
  code: "yes",
  call: "yes",
  text: "yes",
  passkey: "yes",
  certificate: "yes",
  temporaryAccessPass: "yes",
};
const but = (fields: Partial<Record<Use, Answer>>): Allowed => ({ ...ALL_YES, ...fields, key: JSON.stringify(fields) });

type Given = {
  readonly has: readonly string[];
  /** The service's word; null: there is no report. */
  readonly capable: boolean | null;
  readonly plan?: Partial<CountedMethods>;
  readonly allowed?: Allowed;
  readonly shared?: boolean;
  readonly prefers?: string;
};

const standing = ({ has, capable, plan = {}, allowed = ALL_YES, shared = false, prefers = "" }: Given) => {
  const words = new MethodWords();
  const methods = has.reduce((bits, word) => bits | words.bit(word), 0);
  const of = standingBy(words, { atLeast: 1, notCount: [], ...plan });
  return of({ capable: capable ?? undefined, methods, preferred: capable === null ? undefined : prefers }, allowed, shared);
};

const APP = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"];
const CALLS: Partial<CountedMethods> = { notCount: ["text"] };
const TWO: Partial<CountedMethods> = { atLeast: 2 };

describe("what counts, and whether it is enough", () => {
  test.each<readonly [string, Given, string, string, string | null]>([
    ["nothing", { has: [], capable: false }, "not ready", "", "nothing is registered"],
    ["only security questions", { has: ["securityQuestion"], capable: false }, "not ready", "", "only security questions"],
    ["only e-mail", { has: ["email"], capable: false }, "not ready", "", "only e-mail"],
    ["both", { has: ["email", "securityQuestion"], capable: false }, "not ready", "", "only e-mail and security questions"],
    ["the app", { has: APP, capable: true }, "ready", "app, code", null],
    ["a passkey", { has: ["fido2"], capable: true }, "ready", "passkey", null],
    ["a passkey of tomorrow's kind", { has: ["passKeySynced"], capable: true, plan: CALLS }, "ready", "passkey", null],
    ["Windows Hello", { has: ["windowsHelloForBusiness"], capable: true, plan: CALLS }, "ready", "hello", null],
    ["a token, by the service's word", { has: ["hardwareOneTimePasscode"], capable: true, plan: CALLS }, "ready", "token", null],
    [
      "a token that nobody allows",
      { has: ["hardwareOneTimePasscode"], capable: false, plan: CALLS },
      "not ready",
      "",
      "a hardware token, which the service says they may not use",
    ],
    ["a number, for calls", { has: ["mobilePhone"], capable: true, plan: CALLS }, "ready", "call", null],
    [
      "a number, and Voice is not allowed",
      { has: ["mobilePhone"], capable: true, plan: CALLS, allowed: but({ call: "no" }) },
      "not ready",
      "",
      "a number, but Voice is not allowed to them and texts do not count",
    ],
    [
      "a number, and who may be called is not known",
      { has: ["mobilePhone"], capable: true, plan: CALLS, allowed: but({ call: "unknown" }) },
      "unknown",
      "perhaps call",
      "whether Voice is allowed to them is not known",
    ],
    [
      "a number by which only calls are left",
      { has: ["mobilePhone"], capable: true, plan: CALLS, allowed: but({ call: "unknown", text: "no" }) },
      "ready",
      "call",
      null,
    ],
    [
      "an office number takes no texts",
      { has: ["officePhone"], capable: true, plan: { notCount: ["call"] } },
      "not ready",
      "",
      "a telephone number, but calls do not count",
    ],
    [
      "neither calls nor texts",
      { has: ["mobilePhone"], capable: false, allowed: but({ call: "no", text: "no" }) },
      "not ready",
      "",
      "a number, but neither Voice nor SMS is allowed to them",
    ],
    [
      "text as the default where call is wanted",
      { has: ["mobilePhone"], capable: true, plan: CALLS, prefers: "sms" },
      "ready",
      "call",
      "text is their default where call is wanted",
    ],
    ["text as the default where it counts", { has: ["mobilePhone"], capable: true, prefers: "sms" }, "ready", "call, text", null],
    ["a certificate, where everything counts", { has: ["certificateBasedAuthentication"], capable: true }, "ready", "certificate", null],
    [
      "a certificate, where only the plan's words do",
      { has: ["certificateBasedAuthentication"], capable: true, plan: CALLS },
      "not ready",
      "",
      "a certificate, which this plan does not count",
    ],
    ["a pass that runs out", { has: ["temporaryAccessPass"], capable: null }, "not ready", "", "a Temporary Access Pass, which runs out"],
    ["two, where two are wanted", { has: ["fido2", "mobilePhone"], capable: true, plan: TWO }, "ready", "call, text, passkey", null],
    ["one, where two are wanted", { has: ["fido2"], capable: true, plan: TWO }, "not ready", "passkey", "one method (passkey), the plan asks for two"],
    ["the app and its code, where two are wanted", { has: APP, capable: true, plan: TWO }, "ready", "app, code", "the app and its code may be one telephone"],
    [
      "the app and its code, where several share it",
      { has: APP, capable: true, shared: true },
      "not ready",
      "app, code",
      "the app and its code on one telephone, a shared account needs two",
    ],
    ["the app and a key, where several share it", { has: [...APP, "fido2"], capable: true, shared: true }, "ready", "app, code, passkey", null],
    ["a method of tomorrow, where everything counts", { has: ["faceOfTomorrow"], capable: true }, "ready", "", null],
    [
      "a method of tomorrow, where only the plan's words do",
      { has: ["faceOfTomorrow"], capable: true, plan: CALLS },
      "unknown",
      "",
      "this tool does not know the method faceOfTomorrow",
    ],
    [
      "capable, by nothing that the policy allows",
      { has: ["fido2"], capable: true, allowed: but({ passkey: "no" }) },
      "unknown",
      "",
      "the service calls them capable, but a passkey is not allowed to them",
    ],
    ["no report, and nothing told", { has: [], capable: null }, "not ready", "", "no method is told; a hardware token would not be"],
    [
      "no report, and an app that is not allowed",
      { has: ["microsoftAuthenticatorPush"], capable: null, allowed: but({ app: "no" }) },
      "not ready",
      "",
      "the app, but the Authenticator app is not allowed to them",
    ],
    [
      "no report, and nobody knows what is allowed",
      { has: ["fido2"], capable: null, allowed: but({ passkey: "unknown" }) },
      "unknown",
      "perhaps passkey",
      "whether a passkey is allowed to them is not known",
    ],
  ])("%s", (_name, given, state, counts, because) => {
    const said = standing(given);
    expect([said.state, said.counts.join(", "), said.because]).toEqual([state, counts, because]);
  });

  test.each<readonly [string, Given, string]>([
    ["capable", { has: ["fido2"], capable: true }, "yes"],
    ["registered, and none of it allowed", { has: ["fido2"], capable: false }, "registered only"],
    ["only e-mail", { has: ["email"], capable: false }, "no"],
    ["worked out: allowed", { has: ["fido2"], capable: null }, "yes"],
    ["worked out: not allowed", { has: ["fido2"], capable: null, allowed: but({ passkey: "no" }) }, "registered only"],
    ["worked out: not known", { has: ["fido2"], capable: null, allowed: but({ passkey: "unknown" }) }, "unknown"],
  ])("tells capable from registered: %s", (_name, given, want) => {
    expect(standing(given).capable).toBe(want);
  });

  test("one answer is not lent to another question", () => {
    const words = new MethodWords();
    const of = standingBy(words, { atLeast: 1, notCount: ["text"] });
    const told = { capable: true, methods: words.bit("mobilePhone"), preferred: "" };
    const asked = [
      of(told, ALL_YES, false),
      of(told, but({ call: "no" }), false),
      of(told, ALL_YES, true),
      of({ ...told, preferred: "sms" }, ALL_YES, false),
      of({ ...told, capable: false }, ALL_YES, false),
      of(told, ALL_YES, false),
    ];
    expect(asked.map(({ state, because }) => `${state}${because === null ? "" : "*"}`)).toEqual([
      "ready",
      "not ready*",
      "not ready*",
      "ready*",
      "not ready*",
      "ready",
    ]);
    expect(asked[5]).toBe(asked[0]);
  });

  test.each([
    ["push", "app"],
    ["voiceMobile", "call"],
    ["", "none"],
    ["none", "none"],
    ["telepathy", "telepathy"],
  ])("the default %j is %s", (preferred, want) => {
    expect(defaultWord(preferred)).toBe(want);
  });
});

describe("which methods an account may use", () => {
  const method = (fields: Partial<MethodSettings>): MethodSettings => ({ state: "on", include: { all: true, groups: [] }, exclude: [], other: {}, ...fields });
  const settings = (methods: AuthenticationMethodsSettings["methods"], migration: AuthenticationMethodsSettings["migration"] = "complete") =>
    present<AuthenticationMethodsSettings>({ methods, migration, other: {} });
  const [STAFF, DARK] = [id(0x21), id(0x22)];
  const groups = new Belonging(
    new Map([
      [STAFF, present(IdIndex.of([id(1)]))],
      [DARK, unknown("503")],
    ]),
  );
  const callOf = (call: MethodSettings | undefined, of = id(1), migration: AuthenticationMethodsSettings["migration"] = "complete"): Answer =>
    allowedBy(settings(call === undefined ? {} : { call }, migration), groups)(of).call;

  test.each<readonly [string, Answer, Answer]>([
    ["on for all", callOf(method({})), "yes"],
    ["off", callOf(method({ state: "off" })), "no"],
    ["off, while older settings count", callOf(method({ state: "off" }), id(1), "in-progress"), "unknown"],
    ["not told", callOf(undefined), "unknown"],
    ["for a group, one who is in it", callOf(method({ include: { all: false, groups: [STAFF] } })), "yes"],
    ["for a group, one who is not", callOf(method({ include: { all: false, groups: [STAFF] } }), id(2)), "no"],
    ["not for a group, one who is in it", callOf(method({ exclude: [STAFF] })), "no"],
    ["not for a group, one who is not", callOf(method({ exclude: [STAFF] }), id(2)), "yes"],
    ["for a group that could not be read", callOf(method({ include: { all: false, groups: [DARK] } })), "unknown"],
    ["not for a group that could not be read", callOf(method({ exclude: [DARK] })), "unknown"],
  ])("%s: %s", (_name, told, want) => {
    expect(told).toBe(want);
  });

  test("one answer for all who are alike, and not for others", () => {
    const of = allowedBy(settings({ call: method({ exclude: [STAFF] }) }), groups);
    expect([of(id(2)), of(id(3)), of(id(1)), of(id(2))].map(({ call }) => call)).toEqual(["yes", "yes", "no", "yes"]);
    expect(of(id(2))).toBe(of(id(3)));
    expect(allowedBy(unknown("403"), groups)(id(1)).passkey).toBe("unknown");
  });
});

describe("the registration report, packed", () => {
  test("gives back what was put in, in any case, and of two rows the later", () => {
    const registration = new Registration();
    const { words } = registration;
    const thousand = Array.from({ length: 3_000 }, (_, number) => id(number + 1));
    for (const [number, each] of thousand.entries())
      registration.set(each, number % 2 === 0 ? SAID.capable : SAID.registered, words.bit("fido2"), "push", 1_541_404_800 + number);
    registration.set(id(7), SAID.admin, words.bit("EMAIL") | words.bit("somethingNew"), "sms", 0);
    const place = registration.find(id(7)) ?? -1;
    expect([
      registration.size,
      registration.said(place),
      words.of(registration.methods(place)),
      registration.preferred(place),
      registration.updated(place),
    ]).toEqual([3_000, SAID.admin, ["email", "somethingNew"], "sms", undefined]);
    // One that was there before the table grew.
    const early = registration.find(id(8)) ?? -1;
    expect([registration.said(early), words.of(registration.methods(early)), registration.preferred(early), registration.updated(early)]).toEqual([
      SAID.registered,
      ["fido2"],
      "push",
      (1_541_404_800 + 7) * 1000,
    ]);
    const last = registration.find(id(3_000)) ?? -1;
    expect([registration.updated(last), registration.refreshed, words.of(registration.methods(last)), registration.find(id(0x9999))]).toEqual([
      (1_541_404_800 + 2_999) * 1000,
      (1_541_404_800 + 2_999) * 1000,
      ["fido2"],
      undefined,
    ]);
  });

  test("words beyond those that fit share the last bit, and take none from the others", () => {
    const words = new MethodWords();
    const known = words.bit("fido2");
    const bits = Array.from({ length: 40 }, (_, number) => words.bit(`new${number}`));
    expect(new Set(bits.slice(0, 11)).size).toBe(11);
    expect(bits.every((bit) => bit !== known && bit !== 0)).toBe(true);
    expect(words.bit("FIDO2")).toBe(known);
  });
});
