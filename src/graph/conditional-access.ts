/** Conditional-access policies on the wire. Facts, section 7.2. */

import type { ConditionalAccessPolicy, SignInFrequencySessionControl } from "@microsoft/microsoft-graph-types";
import type { Step, StepOutcome } from "../core/changes.ts";
import { markOf } from "../core/mark.ts";
import { type ClientType, isRef, type Json, type ObjectId, type PolicySettings, type PolicyState, type PolicyUsers, type ResourceOf } from "../core/tenant.ts";
import { type MadeIds, ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import {
  createdFrom,
  deleted,
  isPolicySettings,
  type KindAdapter,
  mismatch,
  missing,
  onceReplicated,
  type Performing,
  performEach,
  restoredFrom,
} from "./kind.ts";
import { LOCATIONS } from "./named-location.ts";
import { listOf } from "./pager.ts";
import {
  idIn,
  isId,
  isJsonObject,
  joined,
  jsonIn,
  lowerId,
  objectIn,
  optionalFlag,
  optionalObject,
  optionalText,
  patchBetween,
  restOf,
  sortedOnce,
  stampsIn,
  textIn,
  textsIn,
  type WireObject,
  withoutEmpty,
} from "./wire.ts";

const POLICIES = "/identity/conditionalAccess/policies";
const DELETED_POLICIES = "/identity/conditionalAccess/deletedItems/policies";

/** Without it, values that are younger than the enumeration arrive as `unknownFutureValue`. Facts, section 1. */
const WHOLE_ENUMS = { Prefer: "include-unknown-enum-members" } as const;

type JsonObject = { readonly [key: string]: Json };
type WireState = NonNullable<ConditionalAccessPolicy["state"]>;
type WireClient = NonNullable<NonNullable<ConditionalAccessPolicy["conditions"]>["clientAppTypes"]>[number];

const STATES = { on: "enabled", "report-only": "enabledForReportingButNotEnforced", off: "disabled" } as const satisfies Record<PolicyState, WireState>;

const CLIENTS = {
  all: "all",
  browser: "browser",
  "mobile-and-desktop": "mobileAppsAndDesktopClients",
  activesync: "exchangeActiveSync",
  legacy: "other",
  "activesync-supported": "easSupported",
} as const satisfies Record<ClientType, WireClient>;

const APP_WORDS = { all: "All", none: "None", office365: "Office365", "admin-portals": "MicrosoftAdminPortals" } as const;
const LOCATION_WORDS = { all: "All", "all-trusted": "AllTrusted" } as const;
const USER_WORDS = { all: "All", none: "None", guests: "GuestsOrExternalUsers" } as const;

const toWord = (words: Readonly<Record<string, string>>, text: string): string => words[text] ?? text;
const fromWord = (words: Readonly<Record<string, string>>, wire: string): string =>
  Object.keys(words).find((word) => words[word]?.toLowerCase() === wire.toLowerCase()) ?? lowerId(wire);

const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] => Object.keys(table).filter((key): key is K => key in table);

// ---- to the wire

const usersTo = (users: PolicyUsers): string[] => [
  ...(users.all ? [USER_WORDS.all] : []),
  ...(users.none ? [USER_WORDS.none] : []),
  ...(users.guests ? [USER_WORDS.guests] : []),
  ...sortedOnce(users.users),
];

const frequencyTo = (frequency: PolicySettings["signInFrequency"]): (SignInFrequencySessionControl & { isEnabled: true }) | undefined => {
  if (frequency === null) return undefined;
  const common = { isEnabled: true, authenticationType: "primaryAndSecondaryAuthentication" } as const;
  if (frequency === "every-time") return { ...common, type: null, value: null, frequencyInterval: "everyTime" };
  return { ...common, type: frequency.unit, value: frequency.every, frequencyInterval: "timeBased" };
};

const controlsTo = (controls: readonly string[]): string[] => [...sortedOnce(controls)];

const ownWire = (settings: PolicySettings) => {
  const frequency = frequencyTo(settings.signInFrequency);
  const { grant, locations } = settings;
  const controls = grant === null ? [] : controlsTo(grant.controls);
  return {
    displayName: settings.name,
    description: settings.description === "" ? null : settings.description,
    state: STATES[settings.state],
    conditions: {
      clientAppTypes: sortedOnce(settings.clients.map((client) => CLIENTS[client])).filter(isWireClient),
      applications: {
        includeApplications: settings.apps.include.map((app) => toWord(APP_WORDS, app)).sort(),
        excludeApplications: settings.apps.exclude.map((app) => toWord(APP_WORDS, app)).sort(),
        includeUserActions: [...sortedOnce(settings.apps.userActions)],
      },
      users: {
        includeUsers: usersTo(settings.include),
        excludeUsers: usersTo(settings.exclude),
        includeGroups: [...sortedOnce(settings.include.groups)],
        excludeGroups: [...sortedOnce(settings.exclude.groups)],
        includeRoles: [...sortedOnce(settings.include.roles)],
        excludeRoles: [...sortedOnce(settings.exclude.roles)],
      },
      locations:
        locations === null
          ? null
          : {
              includeLocations: locations.include.map((place) => toWord(LOCATION_WORDS, place)).sort(),
              excludeLocations: locations.exclude.map((place) => toWord(LOCATION_WORDS, place)).sort(),
            },
    },
    grantControls:
      grant === null
        ? null
        : {
            operator: grant.operator === "and" ? "AND" : "OR",
            builtInControls: controls,
            ...(grant.strength === null ? {} : { authenticationStrength: { id: grant.strength } }),
          },
    sessionControls: frequency === undefined ? null : { signInFrequency: frequency },
  };
};

/** Built-in controls are an open set for us, and a closed one for the types of the wire. */
type OpenControls<T> = Omit<T, "grantControls"> & {
  grantControls?: { operator: string; builtInControls: string[]; authenticationStrength?: { id: string } } | null;
};

const isWireClient = (text: string): text is WireClient => Object.values<string>(CLIENTS).includes(text);

/** The whole body of a POST, what this tool has no word for included. */
export const toWire = (settings: PolicySettings): JsonObject => {
  const own = ownWire(settings) satisfies OpenControls<ConditionalAccessPolicy>;
  const wire = joined(jsonIn(own, "policy"), settings.other);
  return isJsonObject(wire) ? wire : {};
};

/** Only the top-level members that differ: a flip is `{"state":"enabled"}`; nested objects go whole. */
export const patchOf = (before: PolicySettings, after: PolicySettings): JsonObject => patchBetween(toWire(before), toWire(after));

// ---- from the wire

const usersIn = (users: WireObject | undefined, side: "include" | "exclude", where: string): PolicyUsers => {
  const listed = textsIn(users?.[`${side}Users`], `${where}.${side}Users`).map((text) => fromWord(USER_WORDS, text));
  return {
    all: listed.includes("all"),
    none: listed.includes("none"),
    guests: listed.includes("guests"),
    users: listed.filter((word) => !(word in USER_WORDS)),
    groups: textsIn(users?.[`${side}Groups`], `${where}.${side}Groups`),
    roles: textsIn(users?.[`${side}Roles`], `${where}.${side}Roles`),
  };
};

type Read<T> = { readonly value: T; readonly other: Json };

const wordsIn = (words: Readonly<Record<string, string>>, value: unknown, where: string): readonly string[] =>
  sortedOnce(textsIn(value, where).map((text) => fromWord(words, text)));

/** A state that nobody knows is taken for on: whoever asks is then asked to look. */
const stateIn = (value: unknown, where: string): Read<PolicyState> => {
  const text = textIn(value, where);
  const state = keysOf(STATES).find((word) => STATES[word] === text);
  return state === undefined ? { value: "on", other: text } : { value: state, other: null };
};

const clientsIn = (value: unknown, where: string): Read<readonly ClientType[]> => {
  const texts = textsIn(value, where);
  const known = keysOf(CLIENTS).filter((word) => texts.includes(CLIENTS[word]));
  return { value: [...known].sort(), other: texts.filter((text) => !isWireClient(text)) };
};

/** Empty lists on both sides are no condition. */
const locationsIn = (locations: WireObject | undefined, where: string): PolicySettings["locations"] => {
  const include = wordsIn(LOCATION_WORDS, locations?.includeLocations, `${where}.includeLocations`);
  const exclude = wordsIn(LOCATION_WORDS, locations?.excludeLocations, `${where}.excludeLocations`);
  return include.length === 0 && exclude.length === 0 ? null : { include, exclude };
};

const grantIn = (grant: WireObject | undefined, where: string): Read<PolicySettings["grant"]> => {
  if (grant === undefined) return { value: null, other: null };
  const operator = optionalText(grant.operator, `${where}.operator`);
  const known = operator === undefined || /^(and|or)$/i.test(operator);
  const strength = optionalObject(grant.authenticationStrength, `${where}.authenticationStrength`);
  return {
    value: {
      operator: operator?.toLowerCase() === "and" ? "and" : "or",
      controls: textsIn(grant.builtInControls, `${where}.builtInControls`),
      strength: strength === undefined ? null : idIn(strength.id, `${where}.authenticationStrength.id`),
    },
    other: {
      // The strength's own content is looked up by its id; an expanded copy of it is no part of the policy.
      ...restOf(grant, ["operator", "builtInControls", "authenticationStrength"], where),
      ...(known ? {} : { operator: operator ?? null }),
    },
  };
};

const frequencyIn = (value: unknown, where: string): Read<PolicySettings["signInFrequency"]> => {
  const wire = optionalObject(value, where);
  if (wire === undefined) return { value: null, other: null };
  const asIs: Read<null> = { value: null, other: restOf(wire, [], where) };
  if (optionalFlag(wire.isEnabled, `${where}.isEnabled`) !== true) return asIs;
  const kind = wire.authenticationType;
  const authenticationType =
    kind === undefined || kind === null || kind === "primaryAndSecondaryAuthentication" ? {} : { authenticationType: jsonIn(kind, where) };
  const other = { ...restOf(wire, ["isEnabled", "authenticationType", "type", "value", "frequencyInterval"], where), ...authenticationType };
  if (wire.frequencyInterval === "everyTime") return { value: "every-time", other };
  if (wire.frequencyInterval !== undefined && wire.frequencyInterval !== null && wire.frequencyInterval !== "timeBased") return asIs;
  const unit = wire.type;
  if (typeof wire.value !== "number" || (unit !== "hours" && unit !== "days")) return asIs;
  return { value: { every: wire.value, unit }, other };
};

const TOP = [
  "id",
  "templateId",
  "createdDateTime",
  "modifiedDateTime",
  "deletedDateTime",
  "displayName",
  "description",
  "state",
  "conditions",
  "grantControls",
  "sessionControls",
] as const;
const USERS = ["includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles"] as const;

const settingsOf = (wire: WireObject, where: string): PolicySettings => {
  const conditions = objectIn(wire.conditions, `${where}.conditions`);
  const users = optionalObject(conditions.users, `${where}.users`);
  const apps = optionalObject(conditions.applications, `${where}.applications`);
  const places = optionalObject(conditions.locations, `${where}.locations`);
  const session = optionalObject(wire.sessionControls, `${where}.sessionControls`);
  const state = stateIn(wire.state, `${where}.state`);
  const clients = clientsIn(conditions.clientAppTypes, `${where}.clientAppTypes`);
  const grant = grantIn(optionalObject(wire.grantControls, `${where}.grantControls`), `${where}.grantControls`);
  const frequency = frequencyIn(session?.signInFrequency, `${where}.signInFrequency`);
  const other: Json = {
    ...restOf(wire, TOP, where),
    state: state.other,
    conditions: {
      ...restOf(conditions, ["users", "applications", "locations", "clientAppTypes"], where),
      clientAppTypes: clients.other,
      users: restOf(users, USERS, where),
      applications: restOf(apps, ["includeApplications", "excludeApplications", "includeUserActions"], where),
      locations: restOf(places, ["includeLocations", "excludeLocations"], where),
    },
    grantControls: grant.other,
    sessionControls: { ...restOf(session, ["signInFrequency"], where), signInFrequency: frequency.other },
  };
  return {
    name: textIn(wire.displayName, `${where}.displayName`),
    description: optionalText(wire.description, `${where}.description`) ?? "",
    state: state.value,
    include: usersIn(users, "include", where),
    exclude: usersIn(users, "exclude", where),
    apps: {
      include: wordsIn(APP_WORDS, apps?.includeApplications, `${where}.includeApplications`),
      exclude: wordsIn(APP_WORDS, apps?.excludeApplications, `${where}.excludeApplications`),
      userActions: textsIn(apps?.includeUserActions, `${where}.includeUserActions`),
    },
    clients: clients.value,
    locations: locationsIn(places, where),
    grant: grant.value,
    signInFrequency: frequency.value,
    other: withoutEmpty(other) ?? {},
  };
};

/**
 * A policy that Microsoft made names a template; whatever its text says, it is not ours.
 *
 * @throws Unreadable when the shape is not that of a policy. Values and members that are new to us are kept in `other`.
 */
export const fromWire = (value: unknown): ResourceOf<"conditional-access"> => {
  const wire = objectIn(value, "a policy");
  const id = idIn(wire.id, "a policy's id");
  const settings = settingsOf(wire, `policy ${id}`);
  const template = optionalText(wire.templateId, `policy ${id}.templateId`);
  const managed = template !== undefined && template !== "";
  const mark = managed ? undefined : markOf(settings.description, settings.name);
  return { kind: "conditional-access", id, ...(mark === undefined ? {} : { mark }), settings, managed, ...stampsIn(wire) };
};

// ---- performing

/** @returns the settings with ids in place of references, or the references that have none. */
const withIds = (settings: PolicySettings, made: MadeIds): PolicySettings | readonly string[] => {
  const lost: string[] = [];
  const ids = (texts: readonly string[]): readonly string[] =>
    sortedOnce(
      texts.map((text) => {
        const id = isRef(text) ? made.get(text) : text;
        if (id === undefined) lost.push(text);
        return id ?? text;
      }),
    );
  const users = (from: PolicyUsers): PolicyUsers => ({ ...from, users: ids(from.users), groups: ids(from.groups) });
  const { locations } = settings;
  const result = {
    ...settings,
    include: users(settings.include),
    exclude: users(settings.exclude),
    locations: locations === null ? null : { include: ids(locations.include), exclude: ids(locations.exclude) },
  };
  return lost.length === 0 ? result : sortedOnce(lost);
};

const isLost = (value: PolicySettings | readonly string[]): value is readonly string[] => Array.isArray(value);

/**
 * "1040" is what a policy gets that names a location which is not known everywhere yet; other things just made are
 * answered with 404. The number stands in the text, its wording is not known (facts, 5 and 7.2); an id that happens to
 * hold these digits is not meant.
 */
const namesSomethingTooNew = (error: ServiceError): boolean => error.code === "1040" || /(?<![\w-])1040(?![\w-])/.test(error.message);

/** The look is for its effect on the service; what it finds decides nothing. */
const passOver = (error: unknown): void => {
  if (!(error instanceof ServiceError)) throw error;
};

/** Looking at the location is what seems to help it along. Facts, section 5. */
const lookAt = async (client: GraphClient, settings: PolicySettings): Promise<void> => {
  for (const id of [...(settings.locations?.include ?? []), ...(settings.locations?.exclude ?? [])]) {
    // The zero id stands for the trusted addresses of per-user MFA and cannot be got.
    if (isId(id) && !/^[0-]+$/.test(id)) await client.send({ method: "GET", path: `${LOCATIONS}/${id}` }).catch(passOver);
  }
};

const perform = async (context: Performing, step: Step): Promise<StepOutcome> => {
  const { client, beforeSend, fresh, made } = context;
  const { write } = step;
  switch (write.type) {
    case "create": {
      if (!isPolicySettings(write.settings)) return mismatch(step);
      const settings = withIds(write.settings, made);
      if (isLost(settings)) return missing(settings);
      const ask: Ask = { method: "POST", path: POLICIES, headers: WHOLE_ENUMS, body: toWire(settings), beforeSend: () => beforeSend(step.id) };
      return onceReplicated(
        client,
        (error) => error.status === 404 || namesSomethingTooNew(error),
        () => createdFrom(client, ask, fromWire),
        () => lookAt(client, settings),
      );
    }
    case "update": {
      const { before, after, id } = write;
      if (!isPolicySettings(before) || !isPolicySettings(after)) return mismatch(step);
      const settings = withIds(after, made);
      if (isLost(settings)) return missing(settings);
      return update(client, id, before, settings, fresh.has(id));
    }
    case "delete":
      return deleted(client, `${POLICIES}/${write.id}`);
    case "restore":
      return restoredFrom(
        client,
        { method: "POST", path: `${DELETED_POLICIES}/${write.id}/restore`, headers: WHOLE_ENUMS, beforeSend: () => beforeSend(step.id) },
        fromWire,
      );
    default:
      return mismatch(step);
  }
};

const update = (client: GraphClient, id: ObjectId, before: PolicySettings, after: PolicySettings, isFresh: boolean): Promise<StepOutcome> => {
  const body = patchOf(before, after);
  if (Object.keys(body).length === 0) return Promise.resolve({ type: "done", id });
  const send = async (): Promise<StepOutcome> => {
    await client.send({ method: "PATCH", path: `${POLICIES}/${id}`, body });
    return { type: "done", id };
  };
  return onceReplicated(
    client,
    (error) => namesSomethingTooNew(error) || (isFresh && error.status === 404),
    send,
    () => lookAt(client, after),
  );
};

export const conditionalAccess: KindAdapter<"conditional-access"> = {
  list: (client) => listOf(client, { method: "GET", path: POLICIES, headers: WHOLE_ENUMS }, fromWire),
  perform: (context, steps) => performEach(context, steps, (step) => perform(context, step)),
};
