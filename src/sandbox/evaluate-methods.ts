/** With what an account can meet a demand for more than a password: registered methods that may be used, as combinations that strengths speak of. */

import type { Subject } from "./evaluate-subject.ts";
import type { Json, WireObject } from "./fill.ts";
import { isObject, property } from "./odata.ts";
import type { Store } from "./store.ts";

const PUSH = "password,microsoftAuthenticatorPush";
const CODE = "password,softwareOath";
const TEXT = "password,sms";
const CALL = "password,voice";

/** A combination of methods (authenticationMethodModes), and the configuration of the methods policy that lets people use it. */
type Way = { readonly combination: string; readonly setting: string | undefined };

const way = (combination: string, setting?: string): Way => ({ combination, setting });

/** By the type of a registered method. What is not here is no second factor: e-mail addresses, security questions, passwords. */
const WAYS: Readonly<Record<string, readonly Way[]>> = {
  microsoftauthenticator: [way(PUSH, "MicrosoftAuthenticator"), way(CODE, "MicrosoftAuthenticator")],
  passwordlessmicrosoftauthenticator: [way("deviceBasedPush", "MicrosoftAuthenticator"), way(PUSH, "MicrosoftAuthenticator")],
  softwareoath: [way(CODE, "SoftwareOath")],
  hardwareoath: [way("password,hardwareOath")],
  fido2: [way("fido2", "Fido2")],
  windowshelloforbusiness: [way("windowsHelloForBusiness")],
  x509certificate: [way("x509CertificateMultiFactor", "X509Certificate")],
  temporaryaccesspass: [way("temporaryAccessPassOneTime", "TemporaryAccessPass"), way("temporaryAccessPassMultiUse", "TemporaryAccessPass")],
};

/**
 * What somebody can register on the way, when a sign-in interrupts them for it (concept-registration-mfa-sspr-combined): keys,
 * certificates and Windows Hello are not among it.
 */
const ON_THE_WAY: readonly Way[] = [way(PUSH, "MicrosoftAuthenticator"), way(CODE, "SoftwareOath"), way(TEXT, "Sms"), way(CALL, "Voice")];

const waysOf = (method: WireObject): readonly Way[] => {
  const type = String(method["@odata.type"] ?? "")
    .toLowerCase()
    .replace(/^#?microsoft\.graph\./, "")
    .replace(/authenticationmethod$/, "");
  // An office phone and an alternate one ring; only a mobile one gets texts.
  const isMobile = String(property(method, "phoneType") ?? "").toLowerCase() === "mobile";
  if (type === "phone") return isMobile ? [way(TEXT, "Sms"), way(CALL, "Voice")] : [way(CALL, "Voice")];
  if (type === "temporaryaccesspass" && property(method, "isUsable") === false) return [];
  return WAYS[type] ?? [];
};

const names = (targets: Json | undefined, subject: Subject): boolean =>
  Array.isArray(targets) &&
  targets.some((target: Json) => {
    const id = isObject(target) ? String(target["id"] ?? "").toLowerCase() : "";
    return id === "all_users" || subject.groups.has(id) || id === subject.id;
  });

/** Until the migration is complete the older settings allow methods as well, and nobody can read them: then everything counts. */
const mayUse = (store: Store, subject: Subject): ((way: Way) => boolean) => {
  const [policy] = [...store.of("authenticationMethodsPolicy").rows(store.now)];
  if (policy?.object["policyMigrationState"] !== "migrationComplete") return () => true;
  return ({ setting }) => {
    if (setting === undefined) return true;
    const found = store.seen("authenticationMethodConfigurations", setting);
    return found?.["state"] === "enabled" && names(found["includeTargets"], subject) && !names(found["excludeTargets"], subject);
  };
};

export type Means = {
  /** What the registered methods come to now. */
  readonly registered: ReadonlySet<string>;
  /** What can be registered while a sign-in waits for it. */
  readonly onTheWay: ReadonlySet<string>;
};

export const meansOf = (store: Store, subject: Subject): Means => {
  const allowed = mayUse(store, subject);
  const value = store.seen("authenticationMethods", subject.id)?.["value"];
  const methods: readonly Json[] = Array.isArray(value) ? value : [];
  const combinations = (ways: readonly Way[]): ReadonlySet<string> => new Set(ways.filter(allowed).map(({ combination }) => combination));
  return { registered: combinations(methods.flatMap((method) => (isObject(method) ? waysOf(method) : []))), onTheWay: combinations(ON_THE_WAY) };
};

/** What satisfies Microsoft's own demand in its portals; a pass that is given out for a while does not. */
export const satisfiesPortals = (combinations: ReadonlySet<string>): boolean => [...combinations].some((each) => !each.startsWith("temporaryAccessPass"));
