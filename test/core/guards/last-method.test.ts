import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/core/changes.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { lastMethod } from "../../../src/core/guards/last-method.ts";
import { methodBits } from "../../../src/core/methods.ts";
import type { Observed } from "../../../src/core/observed.ts";
import { Roster } from "../../../src/core/roster.ts";
import { type AuthenticationMethodsSettings, type MethodSettings, present, unknown } from "../../../src/core/tenant.ts";
import { change, diff, id, input, MOMENT, observed, told } from "./world.ts";

const HOUR_MS = 3_600_000;
const method = (state: "on" | "off", fields: Partial<MethodSettings> = {}): MethodSettings => ({
  state,
  include: { all: true, groups: [] },
  exclude: [],
  other: {},
  ...fields,
});
const EVERY = ["app", "code", "call", "text", "passkey", "certificate", "temporaryAccessPass", "email"];
const allOn = (more: { readonly [name: string]: MethodSettings } = {}, migration: AuthenticationMethodsSettings["migration"] = "complete") => ({
  methods: { ...Object.fromEntries(EVERY.map((name) => [name, method("on")])), ...more },
  migration,
  other: {},
});

const turning = (states: { readonly [name: string]: "on" | "off" }, of: AuthenticationMethodsSettings): Change => {
  const named = Object.keys(states);
  return change({
    kind: "authentication-methods",
    key: "tenant",
    action: "update",
    id: "authenticationMethodsPolicy",
    before: { ...of, methods: Object.fromEntries(named.map((name) => [name, of.methods[name] ?? method("off")])) },
    after: { ...of, methods: Object.fromEntries(named.map((name) => [name, { ...(of.methods[name] ?? method("off")), state: states[name] ?? "off" }])) },
  });
};

/** One account a row: what it has registered, or null for one of whom the report says nothing. */
type Registered = { readonly [address: string]: readonly string[] | null };
const people = (registered: Registered, disabled: readonly string[] = []): Roster => {
  const roster = new Roster(["heads"]);
  Object.entries(registered).forEach(([address, methods], at) => {
    const person = id(0x2000 + at);
    roster.add(person, address, { enabled: !disabled.includes(address), guest: false, pupil: false }, ["out"]);
    if (methods !== null) roster.setCapable(person, methods.length > 0, methodBits(methods));
  });
  return roster;
};

const given = (
  registered: Registered,
  states: { readonly [name: string]: "on" | "off" } = { text: "off" },
  settings: AuthenticationMethodsSettings = allOn(),
  more: Partial<Observed> = {},
  disabled: readonly string[] = [],
): GuardInput => {
  const base = observed();
  return input({
    observed: observed({
      resources: {
        ...base.resources,
        "authentication-methods": present([{ kind: "authentication-methods", id: "authenticationMethodsPolicy", settings, managed: false }]),
      },
      roster: present(people(registered, disabled)),
      registration: present({ refreshed: MOMENT - 3 * HOUR_MS }),
      ...more,
    }),
    diff: diff([turning(states, settings)]),
  });
};

const ANN = "ann@county.example";
const BOB = "bob@county.example";

describe("who would lose the last method", () => {
  test.each<readonly [name: string, input: GuardInput, want: readonly RegExp[]]>([
    ["everybody keeps one", given({ [ANN]: ["mobilePhone"], [BOB]: ["microsoftAuthenticatorPush"] }), [/^go: none of 2 enabled accounts loses/]],
    ["a mobile telephone rings still", given({ [ANN]: ["mobilePhone"] }), [/^go/]],
    [
      "unless calls are off as well",
      given({ [ANN]: ["mobilePhone"] }, { text: "off" }, allOn({ call: method("off") })),
      [/^stop: 1 enabled account would lose/],
    ],
    [
      "both go at once",
      given({ [ANN]: ["mobilePhone"], [BOB]: ["officePhone"] }, { text: "off", call: "off" }),
      [/^stop: 2 enabled accounts .* text and call are off|^stop: 2 enabled accounts .* call and text are off/],
    ],
    ["one goes and another comes", given({ [ANN]: ["mobilePhone"] }, { text: "off", call: "on" }, allOn({ call: method("off") })), [/^go/]],
    ["an office telephone gets no texts", given({ [ANN]: ["officePhone"] }, { text: "off" }), [/^go/]],
    ["codes", given({ [ANN]: ["softwareOneTimePasscode"] }, { code: "off" }), [/^stop: 1/]],
    ["passkeys", given({ [ANN]: ["fido2"] }, { passkey: "off" }), [/^stop: 1/]],
    ["certificates", given({ [ANN]: ["certificateBasedAuthentication"] }, { certificate: "off" }), [/^stop: 1/]],
    ["a pass that somebody lives on", given({ [ANN]: ["temporaryAccessPass"] }, { temporaryAccessPass: "off" }), [/^stop: 1/]],
    ["Windows Hello stays", given({ [ANN]: ["microsoftAuthenticatorPush", "windowsHelloForBusiness"] }, { app: "off" }), [/^go/]],
    [
      "a hardware token proves nothing",
      given({ [ANN]: ["microsoftAuthenticatorPush", "hardwareOneTimePasscode"] }, { app: "off" }),
      [/^unclear: 1 enabled account would keep only/],
    ],
    ["who has none has none to lose", given({ [ANN]: ["email"], [BOB]: [] }, { text: "off", call: "off" }), [/^go/]],
    ["e-mail is no method of MFA", given({ [ANN]: ["email"] }, { email: "off" }), [/^go/]],
    ["disabled accounts sign in with nothing", given({ [ANN]: ["fido2"] }, { passkey: "off" }, allOn(), {}, [ANN]), [/^go: none of 0/]],
    ["one of whom the report says nothing", given({ [ANN]: ["fido2"], [BOB]: null }), [/^unclear: of 1 enabled account the registration report says nothing/]],
    [
      "what is left is for a group only",
      given(
        { [ANN]: ["mobilePhone", "fido2"] },
        { text: "off" },
        allOn({ call: method("off"), passkey: method("on", { include: { all: false, groups: [id(9)] } }) }),
      ),
      [/^unclear: 1 enabled account would keep only/],
    ],
    [
      "what is left is not for everybody",
      given({ [ANN]: ["mobilePhone", "fido2"] }, { text: "off" }, allOn({ call: method("off"), passkey: method("on", { exclude: [id(9)] }) })),
      [/^unclear: 1 enabled account would keep only/],
    ],
    [
      "what is left is for nobody",
      given(
        { [ANN]: ["mobilePhone", "fido2"] },
        { text: "off" },
        allOn({ call: method("off"), passkey: method("on", { include: { all: false, groups: [] } }) }),
      ),
      [/^stop: 1/],
    ],
    [
      "what was for a group before, and stays so, is no loss",
      given({ [ANN]: ["fido2"] }, { text: "off" }, allOn({ passkey: method("on", { exclude: [id(9)] }) })),
      [/^go/],
    ],
  ])("%s", (_name, world, want) => {
    const findings = lastMethod.check(world);
    expect(told(findings)).toHaveLength(want.length);
    for (const [at, each] of want.entries()) expect(told(findings)[at]).toMatch(each);
    for (const finding of findings) {
      expect(finding).toMatchObject({ guard: "last-method", allowable: false, phase: "heads-web" });
      if (finding.verdict === "go") continue;
      expect(finding.hint).toBeDefined();
      expect(finding.holds).toEqual([{ kind: "authentication-methods", key: "tenant" }]);
    }
  });

  test("they are named", () => {
    const [finding] = lastMethod.check(given({ [BOB]: ["fido2"], [ANN]: ["fido2"], "cleo@county.example": ["mobilePhone"] }, { passkey: "off" }));
    expect(finding).toMatchObject({ accounts: [ANN, BOB], count: 2 });
  });
});

describe("what has to be known", () => {
  const fine: Registered = { [ANN]: ["microsoftAuthenticatorPush"] };
  const off = { text: "off" } as const;
  test.each<readonly [name: string, input: GuardInput, want: RegExp]>([
    ["security defaults are on", given(fine, off, allOn(), { securityDefaults: present(true) }), /^stop: security defaults are on/],
    [
      "nobody knows whether they are",
      given(fine, off, allOn(), { securityDefaults: unknown("403") }),
      /^unclear: whether security defaults are on is not known: 403/,
    ],
    ["the migration has not begun", given(fine, off, allOn({}, "pre")), /^unclear: the methods policy's migration is not complete/],
    ["the migration is under way", given(fine, off, allOn({}, "in-progress")), /^unclear: the methods policy's migration/],
    ["the service says nothing of a migration", given(fine, off, allOn({}, null)), /^unclear: the methods policy's migration/],
    [
      "registration could not be read",
      given(fine, off, allOn(), { registration: unknown("no licence") }),
      /^unclear: who has registered what is not known.*no licence/,
    ],
    ["the accounts could not be read", given(fine, off, allOn(), { roster: unknown("502") }), /^unclear: who has registered what is not known.*502/],
    [
      "the report does not say how old it is",
      given(fine, off, allOn(), { registration: present({}) }),
      /^unclear: the registration report does not say how old/,
    ],
    [
      "the report is old",
      given(fine, off, allOn(), { registration: present({ refreshed: MOMENT - 48 * HOUR_MS - 1 }) }),
      /^unclear: the registration report is 48 hours old/,
    ],
    ["the report is just young enough", given(fine, off, allOn(), { registration: present({ refreshed: MOMENT - 48 * HOUR_MS }) }), /^go/],
  ])("%s", (_name, world, want) => {
    const lines = told(lastMethod.check(world));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(want);
  });

  test.each<readonly [string, GuardInput]>([
    ["nothing of it changes", input()],
    ["a method comes on", given(fine, { call: "on" }, allOn({ call: method("off") }, "pre"), { securityDefaults: present(true) })],
  ])("nothing to say: %s", (_name, world) => {
    expect(lastMethod.check(world)).toEqual([]);
  });
});
