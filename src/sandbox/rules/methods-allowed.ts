/** Whether what somebody has registered may be used, as the authentication methods policy has it now (userRegistrationDetails: isMfaCapable). */

import { idOf } from "../collection.ts";
import type { Json, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import { METHODS_POLICY_ID, type Store } from "../store.ts";
import { textsIn } from "./shape.ts";

const ALL_USERS = "all_users";

const isTarget = (targets: Json | undefined, groups: () => ReadonlySet<string>): boolean =>
  Array.isArray(targets) &&
  targets.some((target: Json) => {
    const id = isObject(target) ? target["id"] : undefined;
    return typeof id === "string" && (id.toLowerCase() === ALL_USERS || groups().has(id.toLowerCase()));
  });

/** The configurations that stand behind a registered method, each with what more it must say. Email never answers a demand for MFA. */
const BEHIND: Readonly<Record<string, readonly { readonly id: string; readonly flag?: string }[]>> = {
  microsoftAuthenticatorPush: [{ id: "microsoftauthenticator" }],
  softwareOneTimePasscode: [{ id: "softwareoath" }, { id: "microsoftauthenticator", flag: "isSoftwareOathEnabled" }],
  mobilePhone: [{ id: "sms" }, { id: "voice" }],
  officePhone: [{ id: "voice", flag: "isOfficePhoneAllowed" }],
  fido2: [{ id: "fido2" }],
};
const ALWAYS = new Set(["windowsHelloForBusiness"]);

/**
 * @returns a test of one account: its id, what it has registered, and whether that sufficed before anybody changed the policy.
 *   Until the migration to the policy is complete, what an older setting allowed stays allowed.
 */
export const mfaCapability = (store: Store): ((id: string, registered: readonly string[], before: boolean) => boolean) => {
  const configurations = new Map([...store.of("authenticationMethodConfigurations").rows(store.now)].map(({ object }) => [idOf(object), object]));
  const migrated = store.seen("authenticationMethodsPolicy", METHODS_POLICY_ID)?.["policyMigrationState"] === "migrationComplete";
  const allows = (configuration: WireObject | undefined, flag: string | undefined, groups: () => ReadonlySet<string>): boolean =>
    configuration?.["state"] === "enabled" &&
    (flag === undefined || configuration[flag] === true) &&
    isTarget(configuration["includeTargets"], groups) &&
    !isTarget(configuration["excludeTargets"], groups);
  return (id, registered, before) => {
    if (before && !migrated) return true;
    let known: ReadonlySet<string> | undefined;
    const groups = (): ReadonlySet<string> => {
      known ??= new Set(store.groupsOf(id, true).map(idOf));
      return known;
    };
    return registered.some((method) => ALWAYS.has(method) || (BEHIND[method] ?? []).some((way) => allows(configurations.get(way.id), way.flag, groups)));
  };
};

/** The same of a row of the report. */
export const withCapability = (row: WireObject, capable: ReturnType<typeof mfaCapability>): WireObject => ({
  ...row,
  isMfaCapable: capable(idOf(row), textsIn(row["methodsRegistered"]), row["isMfaCapable"] === true),
});
