/** The registration campaign on the wire, a part of the policy of authentication methods. Facts, section 7.9. */

import type { AuthenticationMethodsRegistrationCampaign } from "@microsoft/microsoft-graph-types";
import type { Step, StepOutcome } from "../core/changes.ts";
import { isRef, type Json, type RegistrationCampaignSettings, type ResourceOf } from "../core/tenant.ts";
import { ALL_USERS, METHODS_POLICY, readPolicy } from "./authentication-methods.ts";
import { isCampaignSettings, type KindAdapter, mismatch, missing, type Performing, performEach, resolved } from "./kind.ts";
import { isJsonObject, jsonIn, listIn, objectIn, optionalText, sortedOnce, textIn, Unreadable, type WireObject } from "./wire.ts";

/** It has no id of its own, and that of the policy is taken by the methods. */
const ID = "registrationCampaign";

const APP = "microsoftAuthenticator";
const PASSKEY = "fido2";
const METHODS: ReadonlyMap<string, RegistrationCampaignSettings["method"]> = new Map([
  [APP.toLowerCase(), "app"],
  [PASSKEY, "passkey"],
]);

const STATES: ReadonlyMap<string, RegistrationCampaignSettings["campaign"]> = new Map([
  ["enabled", "on"],
  ["disabled", "off"],
  ["default", "default"],
]);
const WIRE_STATES = { on: "enabled", off: "disabled", default: "default" } as const satisfies Record<RegistrationCampaignSettings["campaign"], string>;

type Target = { readonly id: string; readonly isUser: boolean; readonly method: string | undefined; readonly wire: WireObject };

const targetsIn = (value: unknown, where: string): readonly Target[] =>
  (value === undefined || value === null ? [] : listIn(value, where)).map((item) => {
    const wire = objectIn(item, where);
    return {
      id: textIn(wire["id"], `${where}.id`).toLowerCase(),
      isUser: optionalText(wire["targetType"], `${where}.targetType`) === "user",
      method: optionalText(wire["targetedAuthenticationMethod"], `${where}.targetedAuthenticationMethod`),
      wire,
    };
  });

const idsOf = (targets: readonly Target[]): RegistrationCampaignSettings["exclude"] => ({
  users: sortedOnce(targets.filter(({ isUser }) => isUser).map(({ id }) => id)),
  groups: sortedOnce(targets.filter(({ id, isUser }) => !isUser && id !== ALL_USERS).map(({ id }) => id)),
});

/** Members that beta alone has are neither read nor written (facts, 0.2). @throws Unreadable */
export const fromWire = (value: unknown): ResourceOf<"registration-campaign"> => {
  const what = "the registration campaign";
  const policy = objectIn(value, "the policy of authentication methods");
  const enforcement = objectIn(policy["registrationEnforcement"], "what the policy of authentication methods says of registering");
  const wire: { readonly [K in keyof AuthenticationMethodsRegistrationCampaign]?: unknown } = objectIn(
    enforcement["authenticationMethodsRegistrationCampaign"],
    what,
  );
  const campaign = STATES.get(textIn(wire.state, `${what}: its state`));
  if (campaign === undefined) throw new Unreadable(`${what}: its state`, "one that this tool knows");
  const snoozeDays = wire.snoozeDurationInDays;
  if (typeof snoozeDays !== "number") throw new Unreadable(`${what}: for how long it can be put off`, "a number");
  const include = targetsIn(wire.includeTargets, `${what}: whom it is for`);
  const methodOf = ({ method }: Target): RegistrationCampaignSettings["method"] | undefined => METHODS.get((method ?? APP).toLowerCase());
  // The service runs it for one method at a time. Targets of another one, or of one that is new to us, are kept as they came.
  const [method = "app"] = include.flatMap((target) => methodOf(target) ?? []).sort();
  const own = include.filter((target) => methodOf(target) === method);
  const others = include.filter((target) => !own.includes(target)).map((target) => jsonIn(target.wire, what));
  return {
    kind: "registration-campaign",
    id: ID,
    settings: {
      campaign,
      method,
      snoozeDays,
      include: { all: own.some(({ id }) => id === ALL_USERS), ...idsOf(own) },
      exclude: idsOf(targetsIn(wire.excludeTargets, `${what}: whom it leaves out`)),
      other: others.length === 0 ? {} : { includeTargets: others },
    },
    managed: false,
  };
};

const target = (targetType: "user" | "group", id: string): { readonly [name: string]: Json } => ({ targetType, id });

/**
 * The whole campaign, and of the policy nothing else: whether what is sent in part keeps the rest is unconfirmed. That users
 * can be left out is what the page of `excludeTarget` says; as targets of methods the service takes them no longer. Should it
 * refuse them here as well, nothing happens and it is told.
 */
export const toWire = ({ campaign, method, snoozeDays, include, exclude, other }: RegistrationCampaignSettings): { readonly [name: string]: Json } => {
  const included = [
    ...(include.all ? [target("group", ALL_USERS)] : []),
    ...include.groups.map((id) => target("group", id)),
    ...include.users.map((id) => target("user", id)),
  ].map((each) => ({ ...each, targetedAuthenticationMethod: method === "app" ? APP : PASSKEY }));
  const kept: Json = isJsonObject(other) ? (other["includeTargets"] ?? []) : [];
  return {
    registrationEnforcement: {
      authenticationMethodsRegistrationCampaign: {
        state: WIRE_STATES[campaign],
        snoozeDurationInDays: snoozeDays,
        includeTargets: [...included, ...(Array.isArray(kept) ? kept : [])],
        excludeTargets: [...exclude.groups.map((id) => target("group", id)), ...exclude.users.map((id) => target("user", id))],
      },
    },
  };
};

const perform = async ({ client, made }: Performing, step: Step): Promise<StepOutcome> => {
  const { write } = step;
  if (write.type !== "update" || !isCampaignSettings(write.after)) return mismatch(step);
  const put = (ids: readonly string[]): readonly string[] => ids.map((id) => resolved(id, made) ?? id);
  const { include, exclude } = write.after;
  const settings = {
    ...write.after,
    include: { ...include, users: put(include.users), groups: put(include.groups) },
    exclude: { users: put(exclude.users), groups: put(exclude.groups) },
  };
  const unmade = [settings.include, settings.exclude].flatMap(({ users, groups }) => [...users, ...groups]).filter(isRef);
  if (unmade.length > 0) return missing(unmade);
  await client.send({ method: "PATCH", path: METHODS_POLICY, body: toWire(settings) });
  return { type: "done", id: write.id };
};

export const registrationCampaign: KindAdapter<"registration-campaign"> = {
  list: async (client) => [await readPolicy(client, fromWire)],
  perform: (context, steps) => performEach(context, steps, (step) => perform(context, step)),
};
