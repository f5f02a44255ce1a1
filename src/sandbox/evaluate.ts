/**
 * What a sign-in comes to at this moment: conditional access, security defaults and the per-user states together. The practice
 * tenant's own, written from the documentation: security-defaults, howto-mfa-userstates, concept-conditional-access-grant, -session,
 * -report-only, policy-all-users-security-info-registration. Every sign-in is a fresh one, in a browser or on a device that was not
 * seen before, so that whoever may be asked is asked.
 */

import { idOf } from "./collection.ts";
import { isMandatoryAt, isPrivilegedApplication } from "./evaluate-applications.ts";
import {
  type Ask,
  type Demand,
  type Device,
  demandOf,
  grantControlsShown,
  isLegacy,
  MFA,
  type Result,
  resultOf,
  type Session,
  sessionControlsShown,
  sessionOf,
} from "./evaluate-controls.ts";
import { meansOf, satisfiesPortals } from "./evaluate-methods.ts";
import { namesUserAction, type Places, reasonsAgainst, type SignInFacts } from "./evaluate-policy.ts";
import { type Subject, subjectOf } from "./evaluate-subject.ts";
import type { WireObject } from "./fill.ts";
import { perUserStateOf } from "./rules/per-user-mfa.ts";
import { SECURITY_DEFAULTS_ID, type Store } from "./store.ts";

export type SignIn = Omit<SignInFacts, "device"> & {
  readonly device: Device;
  /** An old program was given a password of its own, which stands in for what the per-user states ask for and for nothing else. */
  readonly appPassword: boolean;
};

/** appliedConditionalAccessPolicy (CSDL). */
export type AppliedPolicy = {
  readonly displayName: string;
  readonly enforcedGrantControls: readonly string[];
  readonly enforcedSessionControls: readonly string[];
  readonly id: string;
  readonly result: Result;
};

export type Verdict = {
  /** `register`: asked for more than a password, without a method for it, and led to registering one. */
  readonly outcome: "asked" | "register" | "blocked" | "let in";
  /** One sentence a reason, in the order in which they were found. */
  readonly why: readonly string[];
  /** What is asked for: `mfa`, `authenticationStrength`, `passwordChange`, `termsOfUse`, `custom`. */
  readonly controls: readonly string[];
  readonly session: Session;
  /** Every policy, those that do not apply and those in report-only as well. */
  readonly policies: readonly AppliedPolicy[];
};

type Source = { readonly who: string; readonly demand: Demand /** The policy is about registering itself. */; readonly ofRegistering: boolean };

const DIRECTORY_SYNCHRONIZATION_ACCOUNTS = "d29b2b05-8046-44ba-8758-1e26182fcf32";

export const placesOf = (store: Store): Places => new Map([...store.of("namedLocations").rows(store.now)].map(({ object }) => [idOf(object), object]));

const deviceProperties = (device: Device): WireObject | null =>
  device === undefined ? null : { isCompliant: device.isCompliant, trustType: device.trustType };

const ask: Demand = { type: "ask", asks: [MFA] };

/** All or nothing: nobody is left out but the account that synchronises the directory. */
const ofSecurityDefaults = (store: Store, subject: Subject, signIn: SignIn): readonly Source[] => {
  if (store.seen("securityDefaults", SECURITY_DEFAULTS_ID)?.["isEnabled"] !== true || subject.roles.has(DIRECTORY_SYNCHRONIZATION_ACCOUNTS)) return [];
  const source = (who: string, demand: Demand): readonly Source[] => [{ who, demand, ofRegistering: false }];
  if (isLegacy(signIn.clientAppType)) return source("security defaults block old programs", { type: "block" });
  if (subject.roles.size > 0) return source("security defaults ask administrators each time", ask);
  if (signIn.target.type === "application" && isPrivilegedApplication(signIn.target.id)) return source("security defaults ask everybody in this portal", ask);
  return source("security defaults have everybody register, and ask on a device that was not seen before", ask);
};

/** `enabled` leaves old programs alone; `enforced` takes no password from them but one of their own. */
const ofPerUserState = (store: Store, subject: Subject, signIn: SignIn): readonly Source[] => {
  const state = perUserStateOf(store, subject.id);
  if (state === "disabled") return [];
  const who = `the per-user state ${state}`;
  if (!isLegacy(signIn.clientAppType)) return [{ who: `${who} asks`, demand: ask, ofRegistering: false }];
  if (state === "enabled" || signIn.appPassword) return [];
  return [{ who, demand: { type: "impossible", because: "an old program needs an app password" }, ofRegistering: false }];
};

const ofPortals = (store: Store, signIn: SignIn): readonly Source[] =>
  signIn.target.type === "application" && !isLegacy(signIn.clientAppType) && isMandatoryAt(signIn.target.id, store.now)
    ? [{ who: "Microsoft asks everybody in this portal", demand: { type: "ask", asks: [{ ...MFA, control: "portal mfa" }] }, ofRegistering: false }]
    : [];

type Judged = { readonly policy: WireObject; readonly demand: Demand | undefined };

const judgedPolicies = (store: Store, subject: Subject, signIn: SignIn): readonly Judged[] => {
  const places = placesOf(store);
  const facts: SignInFacts = { ...signIn, device: deviceProperties(signIn.device) };
  return [...store.of("policies").rows(store.now)].map(({ object: policy }) => {
    // A user action cannot be tried in report-only (concept-conditional-access-report-only).
    const isTried = policy["state"] !== "enabledForReportingButNotEnforced" || !namesUserAction(policy);
    const applies = isTried && reasonsAgainst(policy, subject, facts, places).length === 0;
    return { policy, demand: applies ? demandOf(policy, signIn.clientAppType, signIn.device) : undefined };
  });
};

const named = (policy: WireObject): string => `policy "${String(policy["displayName"] ?? "")}"`;

const isEnforced = ({ policy, demand }: Judged): boolean => policy["state"] === "enabled" && demand !== undefined;

const sourcesOf = (judged: readonly Judged[]): readonly Source[] =>
  judged.flatMap(({ policy, demand }) =>
    policy["state"] === "enabled" && demand !== undefined ? [{ who: named(policy), demand, ofRegistering: namesUserAction(policy) }] : [],
  );

const labelOf = (wanted: Ask): string => (wanted.name === undefined ? wanted.control : `${wanted.control} (${wanted.name})`);

/** @param account as readers see it now */
export const evaluate = (store: Store, account: WireObject, signIn: SignIn): Verdict => {
  const subject = subjectOf(store, account);
  const judged = judgedPolicies(store, subject, signIn);
  const { registered, onTheWay } = meansOf(store, subject);
  const isMet = (wanted: Ask): boolean =>
    wanted.allowed === undefined ||
    (wanted.control === "portal mfa" ? satisfiesPortals(registered) : [...registered].some((each) => wanted.allowed?.has(each)));
  const policies = judged.map(({ policy, demand }) => ({
    displayName: String(policy["displayName"] ?? ""),
    enforcedGrantControls: demand === undefined ? [] : grantControlsShown(policy),
    enforcedSessionControls: demand === undefined ? [] : sessionControlsShown(policy),
    id: idOf(policy),
    result: resultOf(String(policy["state"]), demand, isMet),
  }));
  const session = sessionOf(judged.filter(isEnforced).map(({ policy }) => policy));
  const sources = [...sourcesOf(judged), ...ofSecurityDefaults(store, subject, signIn), ...ofPerUserState(store, subject, signIn), ...ofPortals(store, signIn)];
  const asks = sources.flatMap(({ who, demand, ofRegistering }) =>
    demand.type === "ask" ? demand.asks.map((wanted) => ({ who, wanted, ofRegistering })) : [],
  );
  const controls = [...new Set(asks.map(({ wanted }) => (wanted.control === "portal mfa" ? "mfa" : wanted.control)))];
  const verdict = (outcome: Verdict["outcome"], why: readonly string[]): Verdict => ({ outcome, why, controls, session, policies });

  if (account["accountEnabled"] === false) return verdict("blocked", ["the account is disabled"]);
  const walls = sources.flatMap(({ who, demand }) =>
    demand.type === "block" ? [`${who}: blocked`] : demand.type === "impossible" ? [`${who}: ${demand.because}`] : [],
  );
  if (walls.length > 0) return verdict("blocked", walls);
  const said = asks.map(({ who, wanted }) => `${who}: ${labelOf(wanted)}`);
  const unmet = asks.filter(({ wanted }) => !isMet(wanted));
  if (unmet.length === 0) return verdict(asks.length === 0 ? "let in" : "asked", said);
  const against = [
    ...unmet
      .filter(({ wanted }) => ![...onTheWay].some((each) => wanted.allowed?.has(each)))
      .map(({ who, wanted }) => `${who}: ${labelOf(wanted)}, which no registered method meets and none that is registered on the way`),
    // Registering cannot be what lets somebody register.
    ...unmet.filter(({ ofRegistering }) => ofRegistering).map(({ who, wanted }) => `${who}: ${labelOf(wanted)}, before anything is registered`),
    ...(signIn.target.type === "userAction" ? [] : againstRegistering(store, subject, signIn, isMet)),
  ];
  if (against.length > 0) return verdict("blocked", [...said, ...against]);
  return verdict("register", [...said, "no registered method meets it"]);
};

/** Policies about registering that somebody without a method cannot get past. */
const againstRegistering = (store: Store, subject: Subject, signIn: SignIn, isMet: (wanted: Ask) => boolean): readonly string[] =>
  sourcesOf(judgedPolicies(store, subject, { ...signIn, target: { type: "userAction", action: "registerSecurityInformation" } }))
    .filter(({ ofRegistering }) => ofRegistering)
    .flatMap(({ who, demand }) => {
      if (demand.type === "block") return [`${who}: registering is blocked`];
      if (demand.type === "impossible") return [`${who}: registering: ${demand.because}`];
      const unmet = demand.type === "ask" ? demand.asks.filter((wanted) => !isMet(wanted)) : [];
      return unmet.map((wanted) => `${who}: registering asks for ${labelOf(wanted)}, before anything is registered`);
    });
