import { describe, expect, test } from "vitest";
import { lasting, type Means, type Membership, meansOf, meets, PORTALS, type Strengths, wordsOf } from "../../src/core/means.ts";
import type { Wanted } from "../../src/core/sign-in.ts";
import {
  type AuthenticationMethodsSettings,
  absent,
  type Json,
  type Known,
  type LiveAccount,
  type MethodSettings,
  present,
  unknown,
} from "../../src/core/tenant.ts";
import { id } from "./county.ts";

const ME = id(1);
const [STAFF, PUPILS] = [id(2), id(3)];
const KEY = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

const setting = (fields: Partial<MethodSettings> = {}): MethodSettings => ({
  state: "on",
  include: { all: true, groups: [] },
  exclude: [],
  other: {},
  ...fields,
});

const NAMES = ["app", "call", "certificate", "code", "email", "passkey", "temporaryAccessPass", "text"];
const policy = (methods: { readonly [method: string]: MethodSettings } = {}, migration: AuthenticationMethodsSettings["migration"] = "complete") =>
  present<AuthenticationMethodsSettings>({ methods: { ...Object.fromEntries(NAMES.map((name) => [name, setting()])), ...methods }, migration, other: {} });

const account = (methods: readonly string[], fields: Partial<LiveAccount> = {}): Pick<LiveAccount, "id" | "methods" | "federated" | "keys"> => ({
  id: ME,
  methods: present(methods),
  federated: present(false),
  ...fields,
});

const inGroups = (surely: readonly string[] = [], perhaps: readonly string[] = surely): Membership => ({
  surely: present(new Set(surely)),
  perhaps: present(new Set(perhaps)),
});

/** `fido2`, `password,sms?` where nobody can say whether it may be used. */
const shown = ({ ways }: Means): readonly string[] => ways.map(({ combination, allowed }) => `${combination}${allowed === "yes" ? "" : "?"}`);

describe("what registered methods come to", () => {
  test.each<readonly [method: string, want: readonly string[]]>([
    ["fido2", ["fido2"]],
    ["windowsHelloForBusiness", ["windowsHelloForBusiness"]],
    ["platformCredential", ["windowsHelloForBusiness"]],
    ["microsoftAuthenticator", ["password,microsoftAuthenticatorPush", "deviceBasedPush?", "password,softwareOath?"]],
    ["passwordlessMicrosoftAuthenticator", ["deviceBasedPush", "password,microsoftAuthenticatorPush"]],
    ["softwareOath", ["password,softwareOath"]],
    ["hardwareOath", ["password,hardwareOath?"]],
    ["phone", ["password,sms", "password,voice"]],
    ["officePhone", ["password,voice"]],
    ["x509Certificate", ["x509CertificateMultiFactor?"]],
    ["temporaryAccessPass", ["temporaryAccessPassOneTime", "temporaryAccessPassMultiUse"]],
    ["expiredPass", []],
    ["externalAuthenticationMethod", ["external?"]],
    ["password", []],
    ["email", []],
    ["securityQuestion", []],
    ["qrCodePin", []],
    ["telepathy", []],
  ])("%s", (method, want) => {
    const means = meansOf(account([method]), inGroups(), policy());
    expect(means.known).toBe(true);
    expect(shown(means)).toEqual(want);
  });

  test("methods that nobody could read are no means, and no lack of them", () => {
    expect(meansOf(account([], { methods: unknown("403") }), inGroups(), policy())).toEqual({ known: false, ways: [] });
  });
});

describe("what the tenant lets an account use", () => {
  const KEYS = (aaGuids: readonly string[], enforcementType: string, isEnforced = true): Json => ({
    keyRestrictions: { isEnforced, enforcementType, aaGuids },
  });
  const rows: readonly (readonly [
    name: string,
    method: string,
    settings: Known<AuthenticationMethodsSettings>,
    groups: Membership,
    want: readonly string[],
    fields?: Partial<LiveAccount>,
  ])[] = [
    ["off", "fido2", policy({ passkey: setting({ state: "off" }) }), inGroups(), []],
    ["off before the migration, which knew no keys", "fido2", policy({ passkey: setting({ state: "off" }) }, "pre"), inGroups(), []],
    ["off before the migration, which knew texts", "officePhone", policy({ call: setting({ state: "off" }) }, "pre"), inGroups(), ["password,voice?"]],
    [
      "off, and nobody says how far the migration is",
      "softwareOath",
      policy({ code: setting({ state: "off" }) }, null),
      inGroups(),
      ["password,softwareOath?"],
    ],
    ["on before the migration", "softwareOath", policy({}, "in-progress"), inGroups(), ["password,softwareOath"]],
    ["for a group that it is in", "fido2", policy({ passkey: setting({ include: { all: false, groups: [STAFF] } }) }), inGroups([STAFF]), ["fido2"]],
    ["for a group that it is not in", "fido2", policy({ passkey: setting({ include: { all: false, groups: [STAFF] } }) }), inGroups([PUPILS]), []],
    ["for a group that it will be in", "fido2", policy({ passkey: setting({ include: { all: false, groups: [STAFF] } }) }), inGroups([], [STAFF]), ["fido2?"]],
    ["for the account itself, as of old", "fido2", policy({ passkey: setting({ include: { all: false, groups: [ME] } }) }), inGroups(), ["fido2"]],
    ["not for a group that it is in", "fido2", policy({ passkey: setting({ exclude: [PUPILS] }) }), inGroups([PUPILS]), []],
    ["not for a group that it will be in", "fido2", policy({ passkey: setting({ exclude: [PUPILS] }) }), inGroups([], [PUPILS]), ["fido2?"]],
    ["not for a group that it is not in", "fido2", policy({ passkey: setting({ exclude: [PUPILS] }) }), inGroups([STAFF]), ["fido2"]],
    ["not for the account itself", "fido2", policy({ passkey: setting({ exclude: [ME] }) }), inGroups(), []],
    [
      "for groups that nobody could read",
      "fido2",
      policy({ passkey: setting({ include: { all: false, groups: [STAFF] } }) }),
      { surely: unknown("403"), perhaps: unknown("403") },
      ["fido2?"],
    ],
    [
      "not for groups that nobody could read",
      "fido2",
      policy({ passkey: setting({ exclude: [STAFF] }) }),
      { surely: unknown("403"), perhaps: unknown("403") },
      ["fido2?"],
    ],
    ["settings that nobody could read", "fido2", unknown("403"), inGroups(), ["fido2?"]],
    ["settings that nobody could read, of what has none", "windowsHelloForBusiness", unknown("403"), inGroups(), ["windowsHelloForBusiness"]],
    ["a setting that is not listed", "fido2", present({ methods: {}, migration: "complete", other: {} }), inGroups(), ["fido2?"]],
    [
      "only certain keys, and it has one",
      "fido2",
      policy({ passkey: setting({ other: KEYS([KEY.toUpperCase()], "allow") }) }),
      inGroups(),
      ["fido2"],
      { keys: [null, KEY] },
    ],
    [
      "only certain keys, and it has another",
      "fido2",
      policy({ passkey: setting({ other: KEYS([KEY], "allow") }) }),
      inGroups(),
      ["fido2?"],
      { keys: [id(9)] },
    ],
    ["only certain keys, and nobody says which it has", "fido2", policy({ passkey: setting({ other: KEYS([KEY], "allow") }) }), inGroups(), ["fido2?"]],
    [
      "all keys but some, and it has one of them",
      "fido2",
      policy({ passkey: setting({ other: KEYS([KEY], "block") }) }),
      inGroups(),
      ["fido2?"],
      { keys: [KEY] },
    ],
    ["all keys but some, and it has another", "fido2", policy({ passkey: setting({ other: KEYS([KEY], "block") }) }), inGroups(), ["fido2"], { keys: [id(9)] }],
    [
      "a rule for keys in words that are new to us",
      "fido2",
      policy({ passkey: setting({ other: KEYS([KEY], "prefer") }) }),
      inGroups(),
      ["fido2?"],
      { keys: [KEY] },
    ],
    ["a rule for keys that is not in force", "fido2", policy({ passkey: setting({ other: KEYS([KEY], "allow", false) }) }), inGroups(), ["fido2"]],
    ["a rule for keys in a profile", "fido2", policy({ passkey: setting({ other: { passkeyProfiles: [KEYS([KEY], "allow")] } }) }), inGroups(), ["fido2?"]],
    ["a password that another server is asked for", "softwareOath", policy(), inGroups(), ["password,softwareOath?"], { federated: present(true) }],
    ["nobody says which server is asked for the password", "softwareOath", policy(), inGroups(), ["password,softwareOath?"], { federated: unknown("403") }],
    ["a key needs no password", "fido2", policy(), inGroups(), ["fido2"], { federated: present(true) }],
  ];
  test.each(rows.map(([name, method, settings, groups, want, fields = {}]) => ({ name, method, settings, groups, want, fields })))(
    "$name",
    ({ method, settings, groups, want, fields }) => {
      expect(shown(meansOf(account([method], fields), groups, settings))).toEqual(want);
    },
  );
});

const meansWith = (...methods: readonly string[]): Means => meansOf(account(methods), inGroups(), policy());
const UNREAD: Means = { known: false, ways: [] };
const CUSTOM = id(7);
const CUSTOMS: Strengths = present(new Map([[CUSTOM, { name: "Ours", combinations: ["fido2", "password,sms"], narrowed: ["fido2"] }]]));
const all = (...controls: readonly string[]): Wanted => ({ any: false, controls });
const any = (...controls: readonly string[]): Wanted => ({ any: true, controls });
const RESISTANT = "strength:00000000-0000-0000-0000-000000000004";

describe("whether means meet what is wanted", () => {
  test.each<readonly [name: string, wanted: Wanted, means: Means, want: "yes" | "no" | "unknown"]>([
    ["nothing", all(), meansWith(), "yes"],
    ["MFA with an app", all("mfa"), meansWith("microsoftAuthenticator"), "yes"],
    ["MFA with a password alone", all("mfa"), meansWith("password"), "no"],
    ["MFA with e-mail and security questions", all("mfa"), meansWith("email", "securityQuestion"), "no"],
    ["MFA with a pass", all("mfa"), meansWith("temporaryAccessPass"), "yes"],
    ["MFA with a token, of which nobody says whether it may be used", all("mfa"), meansWith("hardwareOath"), "unknown"],
    ["MFA with what nobody could read", all("mfa"), UNREAD, "unknown"],
    ["a block", all("block"), meansWith("fido2"), "no"],
    ["a block, or MFA", any("block", "mfa"), meansWith("fido2"), "no"],
    ["any MFA, as a strength", all("strength:00000000-0000-0000-0000-000000000002"), meansWith("phone"), "yes"],
    ["no password, with a text", all("strength:00000000-0000-0000-0000-000000000003"), meansWith("phone"), "no"],
    [
      "no password, with an app that may be set up for it",
      all("strength:00000000-0000-0000-0000-000000000003"),
      meansWith("microsoftAuthenticator"),
      "unknown",
    ],
    ["what cannot be phished, with a passkey", all(RESISTANT), meansWith("fido2"), "yes"],
    ["what cannot be phished, with an app", all(RESISTANT), meansWith("microsoftAuthenticator"), "no"],
    ["what cannot be phished, with a certificate that may be no two factors", all(RESISTANT), meansWith("x509Certificate"), "unknown"],
    ["the tenant's own strength, with a text", all(`strength:${CUSTOM}`), meansWith("phone"), "yes"],
    ["the tenant's own strength, with a key that may be none of those", all(`strength:${CUSTOM}`), meansWith("fido2"), "unknown"],
    ["the tenant's own strength, with an app", all(`strength:${CUSTOM}`), meansWith("microsoftAuthenticator"), "no"],
    ["a strength that is not there", all(`strength:${id(8)}`), meansWith("fido2"), "unknown"],
    ["a compliant device", all("compliantDevice"), meansWith("fido2"), "unknown"],
    ["a compliant device or MFA", any("compliantDevice", "mfa"), meansWith("fido2"), "yes"],
    ["a compliant device or MFA, with a password alone", any("compliantDevice", "mfa"), meansWith("password"), "unknown"],
    ["a compliant device and MFA, with a password alone", all("compliantDevice", "mfa"), meansWith("password"), "no"],
    ["terms of use", all("terms-of-use:x"), meansWith("fido2"), "unknown"],
    ["another provider's control", all("custom:x"), meansWith("fido2"), "unknown"],
    ["a new password", all("passwordChange", "mfa"), meansWith("fido2"), "unknown"],
    ["a word that is new to us", all("unknown:x"), meansWith("fido2"), "unknown"],
  ])("%s", (_name, wanted, means, want) => {
    expect(meets(wanted, means, CUSTOMS)).toBe(want);
  });

  test("what every tenant has needs no reading; what the tenant says of it counts first", () => {
    expect(meets(all(RESISTANT), meansWith("fido2"), absent)).toBe("yes");
    expect(meets(all(RESISTANT), meansWith("fido2"), unknown("503"))).toBe("yes");
    const other: Strengths = present(new Map([[RESISTANT.replace("strength:", ""), { name: "", combinations: ["x509CertificateMultiFactor"], narrowed: [] }]]));
    expect(meets(all(RESISTANT), meansWith("fido2"), other)).toBe("no");
  });

  test("the portals take no pass that runs out", () => {
    expect(meets(PORTALS, lasting(meansWith("temporaryAccessPass")), absent)).toBe("no");
    expect(meets(PORTALS, lasting(meansWith("temporaryAccessPass", "phone")), absent)).toBe("yes");
    expect(meets(PORTALS, lasting(UNREAD), absent)).toBe("unknown");
  });

  test("people are told the strongest first, each once, and nothing that is uncertain", () => {
    expect(wordsOf(meansWith("phone", "fido2", "microsoftAuthenticator", "hardwareOath"))).toEqual(["passkey", "app", "text", "call"]);
  });
});
