/** What a policy that is about a sign-in demands of it: grant and session controls (concept-conditional-access-grant, -session). */

import type { WireObject } from "./fill.ts";
import { isObject } from "./odata.ts";
import { objectIn, textsIn } from "./rules/shape.ts";
import { strengthWithId } from "./rules/strengths.ts";

/** What the device brings along. Undefined: it is not registered. */
export type Device =
  | {
      readonly isCompliant: boolean;
      /** `ServerAD`: joined to a domain on premises and to Entra. */
      readonly trustType: string | null;
      /** The program counts as approved and is under a protection policy. */
      readonly isProtectedApp: boolean;
    }
  | undefined;

/** One thing that a person is asked for. */
export type Ask = {
  /** `mfa`, `authenticationStrength`, `passwordChange`, `termsOfUse`, `custom`. */
  readonly control: string;
  /** With a strength: its name. */
  readonly name: string | undefined;
  /** Any one of these combinations of methods will do; undefined: no method is needed. */
  readonly allowed: ReadonlySet<string> | undefined;
};

export type Demand =
  | { readonly type: "nothing" }
  | { readonly type: "block" }
  /** Cannot be met by this program or on this device. */
  | { readonly type: "impossible"; readonly because: string }
  | { readonly type: "ask"; readonly asks: readonly Ask[] };

const MFA_STRENGTH = "00000000-0000-0000-0000-000000000002";

const combinationsIn = (strength: WireObject): ReadonlySet<string> => new Set(textsIn(strength["allowedCombinations"]));

/** What counts as multifactor authentication. */
const ANY_MFA: ReadonlySet<string> = combinationsIn(strengthWithId(MFA_STRENGTH) ?? {});

export const MFA: Ask = { control: "mfa", name: undefined, allowed: ANY_MFA };

/** Legacy authentication: no prompt can be shown and no device is known. */
export const isLegacy = (client: string | null | undefined): boolean => client === "exchangeActiveSync" || client === "other";

const DEVICE_CONTROLS: ReadonlySet<string> = new Set(["compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication"]);

const brings = (device: Device, control: string): boolean => {
  if (device === undefined) return false;
  if (control === "compliantDevice") return device.isCompliant;
  if (control === "domainJoinedDevice") return device.trustType === "ServerAD";
  return device.isProtectedApp;
};

const asksIn = (grant: WireObject): readonly Ask[] => {
  const strength = grant["authenticationStrength"];
  const plain = (control: string): Ask => ({ control, name: undefined, allowed: undefined });
  return [
    ...(isObject(strength) ? [{ control: "authenticationStrength", name: String(strength["displayName"] ?? ""), allowed: combinationsIn(strength) }] : []),
    ...textsIn(grant["builtInControls"]).flatMap((control) =>
      control === "mfa" ? [MFA] : DEVICE_CONTROLS.has(control) || control === "block" ? [] : [plain(control)],
    ),
    ...textsIn(grant["termsOfUse"]).map(() => plain("termsOfUse")),
    ...textsIn(grant["customAuthenticationFactors"]).map(() => plain("custom")),
  ];
};

/** What one policy demands, alone. */
export const demandOf = (policy: WireObject, client: string | null | undefined, device: Device): Demand => {
  const grant = policy["grantControls"];
  if (!isObject(grant)) return { type: "nothing" };
  const controls = textsIn(grant["builtInControls"]);
  if (controls.includes("block")) return { type: "block" };
  const onDevice = controls.filter((control) => DEVICE_CONTROLS.has(control));
  // Old programs tell nothing of the device they run on.
  const missing = onDevice.filter((control) => isLegacy(client) || !brings(device, control));
  const asks = asksIn(grant);
  const one = grant["operator"] === "OR";
  if (one && missing.length < onDevice.length) return { type: "nothing" };
  if (!one && missing.length > 0) return { type: "impossible", because: `the device does not meet ${missing.join(", ")}` };
  if (asks.length === 0) return missing.length === 0 ? { type: "nothing" } : { type: "impossible", because: `the device does not meet ${missing.join(", ")}` };
  if (isLegacy(client)) return { type: "impossible", because: `an old program cannot be asked for ${asks.map((ask) => ask.control).join(", ")}` };
  // Where one of several will do, the first is what people are shown.
  return { type: "ask", asks: one ? asks.slice(0, 1) : asks };
};

export type Result =
  | "success"
  | "failure"
  | "notApplied"
  | "notEnabled"
  | "reportOnlySuccess"
  | "reportOnlyFailure"
  | "reportOnlyInterrupted"
  | "reportOnlyNotApplied";

/** appliedConditionalAccessPolicyResult (CSDL). @param demand undefined: the policy is not about this sign-in */
export const resultOf = (state: string, demand: Demand | undefined, isMet: (ask: Ask) => boolean): Result => {
  if (state === "disabled") return "notEnabled";
  const isReport = state === "enabledForReportingButNotEnforced";
  if (demand === undefined) return isReport ? "reportOnlyNotApplied" : "notApplied";
  switch (demand.type) {
    case "nothing":
      return isReport ? "reportOnlySuccess" : "success";
    case "block":
    case "impossible":
      return isReport ? "reportOnlyFailure" : "failure";
    case "ask":
      if (isReport) return "reportOnlyInterrupted";
      return demand.asks.every(isMet) ? "success" : "failure";
  }
};

/** The names under which the sign-in log lists controls. */
const SHOWN: Readonly<Record<string, string>> = {
  block: "Block",
  mfa: "Mfa",
  compliantDevice: "RequireCompliantDevice",
  domainJoinedDevice: "RequireDomainJoinedDevice",
  approvedApplication: "RequireApprovedApp",
  compliantApplication: "RequireCompliantApp",
  passwordChange: "PasswordChange",
};

export const grantControlsShown = (policy: WireObject): readonly string[] => {
  const grant = objectIn(policy, "grantControls");
  const strength = grant["authenticationStrength"];
  return [
    ...textsIn(grant["builtInControls"]).map((control) => SHOWN[control] ?? control),
    ...(isObject(strength) ? [String(strength["displayName"] ?? "")] : []),
  ];
};

const isOn = (control: unknown): boolean => typeof control === "object" && control !== null && "isEnabled" in control && control.isEnabled === true;

export const sessionControlsShown = (policy: WireObject): readonly string[] =>
  Object.entries(objectIn(policy, "sessionControls"))
    .filter(([, control]) => isOn(control))
    .map(([name]) => name.slice(0, 1).toUpperCase() + name.slice(1));

export type Session = {
  /** The shortest of all; `everyTime` is shorter than any. */
  readonly signInFrequency?: { readonly frequencyInterval: string; readonly type: string | null; readonly value: number | null };
  readonly persistentBrowser?: string;
};

const HOURS: Readonly<Record<string, number>> = { hours: 1, days: 24 };

const hoursOf = (frequency: WireObject): number =>
  frequency["frequencyInterval"] === "everyTime" ? 0 : Number(frequency["value"]) * (HOURS[String(frequency["type"])] ?? Number.POSITIVE_INFINITY);

/** @param policies that are on and about the sign-in */
export const sessionOf = (policies: readonly WireObject[]): Session => {
  const controls = policies.map((policy) => objectIn(policy, "sessionControls"));
  const frequencies = controls.map((session) => objectIn(session, "signInFrequency")).filter(isOn);
  const shortest = frequencies.toSorted((left, right) => hoursOf(left) - hoursOf(right))[0];
  const modes = controls
    .map((session) => objectIn(session, "persistentBrowser"))
    .filter(isOn)
    .map((control) => String(control["mode"]));
  const { type, value } = shortest ?? {};
  return {
    ...(shortest === undefined
      ? {}
      : {
          signInFrequency: {
            frequencyInterval: String(shortest["frequencyInterval"] ?? "timeBased"),
            type: typeof type === "string" ? type : null,
            value: typeof value === "number" ? value : null,
          },
        }),
    ...(modes.length === 0 ? {} : { persistentBrowser: modes.includes("never") ? "never" : "always" }),
  };
};
