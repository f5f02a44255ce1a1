/**
 * With what an account can meet what a policy wants: methods that it has registered and that the tenant lets it use, as the
 * combinations that authentication strengths speak of (authenticationMethodModes). Facts, sections 7.4 and 7.9.
 */

import type { AllowableMethod } from "./plan/plan.ts";
import type { Wanted } from "./sign-in.ts";
import type { AuthenticationMethodsSettings, Json, Known, LiveAccount, MethodSettings, ObjectId, Strength } from "./tenant.ts";

export type Way = {
  /** `fido2`, `password,sms`, ... */
  readonly combination: string;
  /** For people. */
  readonly word: string;
  /** Whether the tenant lets the account use it. Ways that it certainly may not use are left out. */
  readonly allowed: "yes" | "unknown";
  /** Not a pass that runs out by itself. */
  readonly lasts: boolean;
};

/** Strongest first. */
export type Means = {
  /** Registered methods were read. */
  readonly known: boolean;
  readonly ways: readonly Way[];
};

/** The groups that an account is in for certain, and those that it is, or may be, in. */
export type Membership = { readonly surely: Known<ReadonlySet<ObjectId>>; readonly perhaps: Known<ReadonlySet<ObjectId>> };

type Sort = {
  readonly method: string;
  readonly combination: string;
  readonly word: string;
  /** What lets people use it; undefined: the policy of methods has no setting for it, or v1.0 does not tell it. */
  readonly setting?: AllowableMethod;
  /** The older settings, which nobody can read, let people use it as well until the migration is complete. */
  readonly wasElsewhere?: true;
  /** Not every account that registered it can use it so, and nobody tells which. */
  readonly isUncertain?: true;
  readonly passes?: true;
};

/** A method that is not here is no second factor: e-mail and security questions reset passwords. Strongest first. */
const SORTS: readonly Sort[] = [
  { method: "fido2", combination: "fido2", word: "passkey", setting: "passkey" },
  { method: "windowsHelloForBusiness", combination: "windowsHelloForBusiness", word: "Windows Hello" },
  // Named together with Windows Hello wherever strengths are described.
  { method: "platformCredential", combination: "windowsHelloForBusiness", word: "platform credential" },
  { method: "x509Certificate", combination: "x509CertificateMultiFactor", word: "certificate", setting: "certificate", isUncertain: true },
  { method: "passwordlessMicrosoftAuthenticator", combination: "deviceBasedPush", word: "app", setting: "app" },
  { method: "passwordlessMicrosoftAuthenticator", combination: "password,microsoftAuthenticatorPush", word: "app", setting: "app", wasElsewhere: true },
  { method: "microsoftAuthenticator", combination: "password,microsoftAuthenticatorPush", word: "app", setting: "app", wasElsewhere: true },
  // Whether signing in without a password was set up on the telephone is not told, nor whether the app shows codes.
  { method: "microsoftAuthenticator", combination: "deviceBasedPush", word: "app", setting: "app", isUncertain: true },
  { method: "microsoftAuthenticator", combination: "password,softwareOath", word: "code", setting: "app", isUncertain: true },
  { method: "softwareOath", combination: "password,softwareOath", word: "code", setting: "code", wasElsewhere: true },
  { method: "hardwareOath", combination: "password,hardwareOath", word: "token", isUncertain: true },
  { method: "phone", combination: "password,sms", word: "text", setting: "text", wasElsewhere: true },
  { method: "phone", combination: "password,voice", word: "call", setting: "call", wasElsewhere: true },
  { method: "officePhone", combination: "password,voice", word: "call", setting: "call", wasElsewhere: true },
  { method: "temporaryAccessPass", combination: "temporaryAccessPassOneTime", word: "Temporary Access Pass", setting: "temporaryAccessPass", passes: true },
  { method: "temporaryAccessPass", combination: "temporaryAccessPassMultiUse", word: "Temporary Access Pass", setting: "temporaryAccessPass", passes: true },
  // Satisfies the demand for MFA, and no strength.
  { method: "externalAuthenticationMethod", combination: "external", word: "another provider's method", isUncertain: true },
];

type Answer = "yes" | "no" | "unknown";

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);
const objectsIn = (value: Json | undefined): readonly { readonly [key: string]: Json }[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** By which models of keys a tenant narrows passkeys, in its one setting or in profiles of it. */
export const keyRulesIn = ({ other }: MethodSettings): readonly { readonly [key: string]: Json }[] =>
  isObject(other)
    ? [other, ...objectsIn(other.passkeyProfiles)].flatMap(({ keyRestrictions: rule }) => (isObject(rule) && rule.isEnforced === true ? [rule] : []))
    : [];

const takes = (rule: { readonly [key: string]: Json }, key: string): boolean => {
  const models = Array.isArray(rule.aaGuids) ? rule.aaGuids.map((model) => String(model).toLowerCase()) : [];
  return rule.enforcementType === "block" ? !models.includes(key) : rule.enforcementType === "allow" && models.includes(key);
};

/** Not said which key is whose: one that every rule takes is enough, and nothing less proves it. */
const keysMet = (settings: MethodSettings, keys: LiveAccount["keys"]): boolean => {
  const rules = keyRulesIn(settings);
  return rules.length === 0 || (keys ?? []).some((key) => key !== null && rules.every((rule) => takes(rule, key)));
};

const meetsGroup = (known: Known<ReadonlySet<ObjectId>>, ids: readonly string[]): Answer => {
  if (ids.length === 0) return "no";
  return known.type === "present" ? (ids.some((each) => known.value.has(each)) ? "yes" : "no") : "unknown";
};

/** Whether the tenant's policy of methods lets an account use one. */
export const isFor = ({ state, include, exclude }: MethodSettings, id: ObjectId, { surely, perhaps }: Membership): Answer => {
  if (state === "off") return "no";
  // Targets that are accounts are from of old, and no longer accepted; those that are there count.
  const included = include.all || include.groups.includes(id) ? "yes" : meetsGroup(surely, include.groups);
  if (exclude.includes(id) || meetsGroup(surely, exclude) === "yes") return "no";
  if (included === "no" && meetsGroup(perhaps, include.groups) === "no") return "no";
  return included === "yes" && meetsGroup(perhaps, exclude) === "no" ? "yes" : "unknown";
};

type Account = Pick<LiveAccount, "id" | "methods" | "federated" | "keys">;

const allowedBy = (sort: Sort, account: Account, groups: Membership, known: Known<AuthenticationMethodsSettings>): Answer => {
  const { setting } = sort;
  if (setting === undefined) return sort.isUncertain === true ? "unknown" : "yes";
  if (known.type !== "present") return "unknown";
  const { methods, migration } = known.value;
  const own = methods[setting];
  // What the service does not list, people may have by a setting that nobody here can read.
  if (own === undefined) return "unknown";
  const answer = isFor(own, account.id, groups);
  if (answer === "no") return migration !== "complete" && sort.wasElsewhere === true ? "unknown" : "no";
  if (setting === "passkey" && !keysMet(own, account.keys)) return "unknown";
  return sort.isUncertain === true ? "unknown" : answer;
};

/** A password that another server is asked for proves nothing here. */
const isElsewhere = ({ combination }: Sort, { federated }: Account): boolean =>
  combination.startsWith("password,") && !(federated.type === "present" && !federated.value);

/** @param groups the same twice, unless memberships are about to change */
export const meansOf = (account: Account, groups: Membership, settings: Known<AuthenticationMethodsSettings>): Means => {
  const { methods } = account;
  if (methods.type !== "present") return { known: false, ways: [] };
  const ways = SORTS.filter(({ method }) => methods.value.includes(method)).flatMap((sort): readonly Way[] => {
    const allowed = allowedBy(sort, account, groups, settings);
    if (allowed === "no") return [];
    return [{ combination: sort.combination, word: sort.word, allowed: isElsewhere(sort, account) ? "unknown" : allowed, lasts: sort.passes !== true }];
  });
  return { known: true, ways };
};

/** Without Temporary Access Passes: they run out, and the portals' own demand for MFA does not take them. */
export const lasting = ({ known, ways }: Means): Means => ({ known, ways: ways.filter(({ lasts }) => lasts) });

/** What people are told that an account signs in with, strongest first. */
export const wordsOf = ({ ways }: Means): readonly string[] => [...new Set(ways.filter(({ allowed }) => allowed === "yes").map(({ word }) => word))];

/** What Microsoft's portals ask of everybody, whatever the tenant says. */
export const PORTALS: Wanted = { any: false, controls: ["mfa"] };

// ---- strengths

const PHISHING_RESISTANT = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];
const PASSWORDLESS = [...PHISHING_RESISTANT, "deviceBasedPush"];
const ANY_MFA = [
  ...PASSWORDLESS,
  "temporaryAccessPassOneTime",
  "temporaryAccessPassMultiUse",
  "password,microsoftAuthenticatorPush",
  "password,softwareOath",
  "password,hardwareOath",
  "password,sms",
  "password,voice",
];

/** Those that every tenant has. Facts, section 7.4. */
const BUILT_IN: ReadonlyMap<ObjectId, Strength> = new Map(
  (
    [
      ["00000000-0000-0000-0000-000000000002", "Multifactor authentication", ANY_MFA],
      ["00000000-0000-0000-0000-000000000003", "Passwordless MFA", PASSWORDLESS],
      ["00000000-0000-0000-0000-000000000004", "Phishing resistant MFA", PHISHING_RESISTANT],
    ] as const
  ).map(([id, name, combinations]) => [id, { name, combinations, narrowed: [] }]),
);

export type Strengths = Known<ReadonlyMap<ObjectId, Strength>>;

/** What the tenant says of a strength; of those that every tenant has, what is documented. */
export const strengthNamed = (id: ObjectId, strengths: Strengths): Strength | undefined =>
  (strengths.type === "present" ? strengths.value.get(id) : undefined) ?? BUILT_IN.get(id);

const best = (answers: readonly Answer[]): Answer => (answers.includes("yes") ? "yes" : answers.includes("unknown") ? "unknown" : "no");
const worst = (answers: readonly Answer[]): Answer => (answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes");

const withOneOf = ({ known, ways }: Means, fits: (way: Way) => Answer): Answer => {
  if (!known) return "unknown";
  return best(ways.map((way) => worst([fits(way), way.allowed])));
};

const meetsStrength = (strength: Strength | undefined, means: Means): Answer => {
  if (strength === undefined) return "unknown";
  return withOneOf(means, ({ combination }) =>
    strength.combinations.includes(combination) ? (strength.narrowed.includes(combination) ? "unknown" : "yes") : "no",
  );
};

const STRENGTH = "strength:";

const meetsControl = (control: string, means: Means, strengths: Strengths): Answer => {
  if (control === "mfa") return withOneOf(means, () => "yes");
  if (control.startsWith(STRENGTH)) return meetsStrength(strengthNamed(control.slice(STRENGTH.length), strengths), means);
  // What a device, a program or another provider answers for, nobody here can vouch for.
  return "unknown";
};

/** Whether an account with these means can do what a policy wants. Wanting nothing is met. */
export const meets = ({ any, controls }: Wanted, means: Means, strengths: Strengths): Answer => {
  // A block stands whatever else is named beside it.
  if (controls.includes("block")) return "no";
  const answers = controls.map((control) => meetsControl(control, means, strengths));
  if (answers.length === 0) return "yes";
  return any ? best(answers) : worst(answers);
};
