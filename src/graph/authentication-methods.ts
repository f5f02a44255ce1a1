/** The policy of authentication methods on the wire: whether each method is on, one configuration a method. Facts, section 7.9. */

import type { AuthenticationMethodConfiguration, AuthenticationMethodsPolicy } from "@microsoft/microsoft-graph-types";
import type { Step, StepOutcome } from "../core/changes.ts";
import type { AllowableMethod } from "../core/plan/plan.ts";
import type { AuthenticationMethodsSettings, Json, MethodSettings, ResourceOf } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { isMethodsSettings, type KindAdapter, mismatch, type Performing, performEach } from "./kind.ts";
import { oneOf, unreadableAnswer } from "./pager.ts";
import { listIn, objectIn, optionalText, restOf, sortedOnce, textIn, Unreadable, type WireObject, withoutEmpty } from "./wire.ts";

export const METHODS_POLICY = "/policies/authenticationMethodsPolicy";
const CONFIGURATIONS = `${METHODS_POLICY}/authenticationMethodConfigurations`;

/** The policy itself; the campaign that is a part of it goes by another name, since ids are unique over all kinds. */
const ID = "authenticationMethodsPolicy";
export const ALL_USERS = "all_users";

/** As the service writes them. */
const CONFIGURATION_IDS = {
  app: "MicrosoftAuthenticator",
  code: "SoftwareOath",
  call: "Voice",
  text: "Sms",
  passkey: "Fido2",
  certificate: "X509Certificate",
  temporaryAccessPass: "TemporaryAccessPass",
  email: "Email",
} as const satisfies Record<AllowableMethod, string>;

const isWord = (text: string): text is AllowableMethod => Object.hasOwn(CONFIGURATION_IDS, text);
/** Ids compare without regard to case. */
const WORDS: ReadonlyMap<string, AllowableMethod> = new Map(
  Object.entries(CONFIGURATION_IDS).flatMap(([word, id]) => (isWord(word) ? [[id.toLowerCase(), word] as const] : [])),
);

type Wanted<T> = { readonly [K in keyof T]?: unknown };

/** Ids of targets, `all_users` among them. Such as are no groups (users, of old) are told by their id all the same. */
const targetsIn = (value: unknown, where: string): readonly string[] =>
  sortedOnce(
    (value === undefined || value === null ? [] : listIn(value, where)).map((item) => textIn(objectIn(item, where)["id"], `${where}.id`).toLowerCase()),
  );

const stateIn = (value: unknown, where: string): MethodSettings["state"] => {
  if (value === "enabled") return "on";
  if (value === "disabled") return "off";
  throw new Unreadable(where, "enabled or disabled");
};

const methodIn = (wire: WireObject, where: string): MethodSettings => {
  const { state, excludeTargets }: Wanted<AuthenticationMethodConfiguration> = wire;
  const include = targetsIn(wire["includeTargets"], `${where}.includeTargets`);
  return {
    state: stateIn(state, `${where}.state`),
    include: { all: include.includes(ALL_USERS), groups: include.filter((id) => id !== ALL_USERS) },
    exclude: targetsIn(excludeTargets, `${where}.excludeTargets`),
    other: withoutEmpty(restOf(wire, ["id", "state", "includeTargets", "excludeTargets", "@odata.type"], where)) ?? {},
  };
};

/** A word that is new to us is no proof that the migration is complete. */
const MIGRATIONS: ReadonlyMap<string | undefined, AuthenticationMethodsSettings["migration"]> = new Map([
  ["preMigration", "pre"],
  ["migrationInProgress", "in-progress"],
  ["migrationComplete", "complete"],
] as const);

/** Methods that v1.0 has no type for are passed over. @throws Unreadable */
export const fromWire = (value: unknown): ResourceOf<"authentication-methods"> => {
  const what = "the policy of authentication methods";
  const wire: Wanted<AuthenticationMethodsPolicy> = objectIn(value, what);
  const methods: Record<string, MethodSettings> = {};
  for (const item of listIn(wire.authenticationMethodConfigurations, `${what}: its configurations`)) {
    const configuration = objectIn(item, `${what}: a configuration`);
    const id = textIn(configuration["id"], `${what}: the id of a configuration`);
    const word = WORDS.get(id.toLowerCase());
    if (word !== undefined) methods[word] = methodIn(configuration, `${what}: ${id}`);
  }
  const migration = MIGRATIONS.get(optionalText(wire.policyMigrationState, `${what}: its migration`)) ?? null;
  return { kind: "authentication-methods", id: ID, settings: { methods, migration, other: {} }, managed: false };
};

/** The type is mandatory. Targets and all else are left out, so that they stay as they are. */
const patchOf = (word: AllowableMethod, state: MethodSettings["state"]): { readonly path: string; readonly body: { readonly [name: string]: Json } } => {
  const id = CONFIGURATION_IDS[word];
  const type = `#microsoft.graph.${id.slice(0, 1).toLowerCase()}${id.slice(1)}AuthenticationMethodConfiguration`;
  return { path: `${CONFIGURATIONS}/${id}`, body: { "@odata.type": type, state: state === "on" ? "enabled" : "disabled" } };
};

/** The one policy, read into what a kind makes of it. @throws ServiceError */
export const readPolicy = async <T>(client: GraphClient, read: (value: unknown) => T): Promise<T> => {
  const ask: Ask = { method: "GET", path: METHODS_POLICY };
  const found = await oneOf(client, ask, read);
  if (found === undefined) throw unreadableAnswer(ask, "there is no such policy");
  return found;
};

type Flip = { readonly word: AllowableMethod; readonly state: MethodSettings["state"] };

/** What comes on comes first, so that nobody is between two methods without any. */
const flipsOf = (before: AuthenticationMethodsSettings, after: AuthenticationMethodsSettings): readonly Flip[] => {
  const flips = Object.entries(after.methods)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([word, { state }]) => (isWord(word) && before.methods[word]?.state !== state ? [{ word, state }] : []));
  return [...flips.filter(({ state }) => state === "on"), ...flips.filter(({ state }) => state === "off")];
};

const perform = async ({ client }: Performing, step: Step): Promise<StepOutcome> => {
  const { write } = step;
  if (write.type !== "update" || !isMethodsSettings(write.before) || !isMethodsSettings(write.after)) return mismatch(step);
  const done: AllowableMethod[] = [];
  for (const { word, state } of flipsOf(write.before, write.after)) {
    try {
      await client.send({ method: "PATCH", ...patchOf(word, state) });
      done.push(word);
    } catch (error) {
      // Of several methods some are changed: that is neither done nor refused, and reading back tells what holds.
      if (!(error instanceof ServiceError) || done.length === 0) throw error;
      return { type: "unknown", because: `${done.join(", ")} was changed; ${word} was not: ${error.message}` };
    }
  }
  return { type: "done", id: write.id };
};

export const authenticationMethods: KindAdapter<"authentication-methods"> = {
  list: async (client) => [await readPolicy(client, fromWire)],
  perform: (context, steps) => performEach(context, steps, (step) => perform(context, step)),
};
