/** A snapshot as what a practice tenant is filled with: everything in it as it was, object ids too. */

import { createHash } from "node:crypto";
import type { Files } from "../runtime.ts";
import { idOf } from "./collection.ts";
import type { Fill, Fills, Json, PerUserMfaState, WireObject } from "./fill.ts";
import { isObject } from "./odata.ts";
import { type Resource, readResources, SnapshotUnusable } from "./snapshot-lines.ts";
import { methodsFrom, nothingRegistered } from "./snapshot-methods.ts";

export { SnapshotUnusable } from "./snapshot-lines.ts";

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Where Graph has one of its kind, and where it has a list; and whether ids there are object ids. */
const SINGLE = ["/organization", "/policies/identitySecurityDefaultsEnforcementPolicy", "/policies/authenticationMethodsPolicy"] as const;
const LISTS = {
  "/domains": "name",
  "/subscribedSkus": "name",
  "/directoryRoles": "guid",
  "/groups": "guid",
  "/users": "guid",
  "/identity/conditionalAccess/namedLocations": "guid",
  "/identity/conditionalAccess/policies": "guid",
  "/identity/conditionalAccess/deletedItems/namedLocations": "guid",
  "/identity/conditionalAccess/deletedItems/policies": "guid",
  "/directory/deletedItems/microsoft.graph.user": "guid",
  "/directory/deletedItems/microsoft.graph.group": "guid",
  "/reports/authenticationMethods/userRegistrationDetails": "guid",
} as const satisfies Readonly<Record<string, "guid" | "name">>;
type Single = (typeof SINGLE)[number];
type List = keyof typeof LISTS;

const isSingle = (path: string): path is Single => SINGLE.some((one) => one === path);
const isList = (path: string): path is List => Object.hasOwn(LISTS, path);
const BELOW = /^\/(groups|directoryRoles|users)\/([^/]+)\/(members|authentication\/methods)$/;

type Below = { readonly of: string; readonly what: "members" | "authentication/methods" };

class Contents {
  readonly #single = new Map<Single, WireObject>();
  readonly #lists = new Map<List, Map<string, WireObject>>();
  readonly #members = new Map<string, Set<string>>();
  readonly #methods = new Map<string, WireObject[]>();

  /** @returns why it cannot be used; undefined when it can */
  readonly take = ({ path, value }: Resource): string | undefined => {
    if (isSingle(path)) {
      if (this.#single.has(path)) return `a second ${path}`;
      this.#single.set(path, value);
      return undefined;
    }
    const id = value["id"];
    if (typeof id !== "string" || id === "") return `a resource of ${path} without an id`;
    if (isList(path)) return this.#listed(path, id.toLowerCase(), value);
    const below = this.#belowOf(path);
    if (typeof below === "string") return below;
    return this.#add(below, id.toLowerCase(), value);
  };

  one(path: Single): WireObject | undefined {
    return this.#single.get(path);
  }

  all(path: List): readonly WireObject[] {
    return [...(this.#lists.get(path)?.values() ?? [])];
  }

  find(path: List, id: string): WireObject | undefined {
    return this.#lists.get(path)?.get(id);
  }

  membersOf(object: WireObject): readonly string[] {
    return [...(this.#members.get(idOf(object)) ?? [])];
  }

  methodsOf(id: string): readonly WireObject[] | undefined {
    return this.#methods.get(id);
  }

  #listed(path: List, id: string, value: WireObject): string | undefined {
    if (LISTS[path] === "guid" && !GUID.test(id)) return `the id ${id} is no object id`;
    if (path === "/users" && typeof value["userPrincipalName"] !== "string") return `the account ${id} has no userPrincipalName`;
    const rows = this.#lists.get(path) ?? new Map<string, WireObject>();
    if (rows.has(id)) return `a second resource of ${path} with the id ${id}`;
    this.#lists.set(path, rows.set(id, value));
    return undefined;
  }

  #belowOf(path: string): Below | string {
    const [, list = "", key = "", what] = BELOW.exec(path) ?? [];
    const id = key.toLowerCase();
    const fits = what === "authentication/methods" ? list === "users" : list !== "users";
    if ((what !== "members" && what !== "authentication/methods") || !fits) return `an unknown resource: ${path}`;
    const parent = `/${list}`;
    if (!isList(parent) || this.find(parent, id) === undefined) return `${path} belongs to nothing that stands before it`;
    return { of: id, what };
  }

  #add({ of, what }: Below, id: string, value: WireObject): string | undefined {
    if (what === "members") {
      const members = this.#members.get(of) ?? new Set<string>();
      if (!GUID.test(id)) return `the member ${id} has no object id`;
      if (members.has(id)) return `the member ${id} stands there twice`;
      this.#members.set(of, members.add(id));
      return undefined;
    }
    this.#methods.set(of, [...(this.#methods.get(of) ?? []), value]);
    return undefined;
  }
}

const textOf = (object: WireObject, name: string, otherwise: string): string => {
  const value = object[name];
  return typeof value === "string" ? value : otherwise;
};

const perUserStateOf = (user: WireObject): PerUserMfaState => {
  const state = user["perUserMfaState"];
  return state === "enabled" || state === "enforced" ? state : "disabled";
};

/** Deleted accounts are listed with their id before their address; they get it back when they are restored. */
const underOwnAddress = (user: WireObject): WireObject => {
  const address = textOf(user, "userPrincipalName", "");
  const prefix = idOf(user).replaceAll("-", "");
  return address.toLowerCase().startsWith(prefix) ? { ...user, userPrincipalName: address.slice(prefix.length) } : user;
};

const without = (object: WireObject, name: string): WireObject => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

const objectsIn = (value: Json | undefined): readonly WireObject[] =>
  Array.isArray(value) ? value.filter((each: Json): each is WireObject => isObject(each)) : [];

/** What the fill of every practice tenant is called that comes from a snapshot. */
const SNAPSHOT_FILL = "snapshot";

const fillFrom = (contents: Contents, organization: WireObject, securityDefaults: WireObject, takenAt: number): Fill => {
  const users = contents.all("/users");
  const places = new Map(users.map((user, place) => [idOf(user), place]));
  const addresses = new Map(users.map((user, place) => [textOf(user, "userPrincipalName", "").toLowerCase(), place]));
  const at = (place: number): WireObject => {
    const user = users[place];
    if (user === undefined) throw new RangeError(`no account ${place}`);
    return user;
  };
  // The state has a route of its own, and would not follow a change of it here.
  const shown = users.map((user) => without(user, "perUserMfaState"));
  const registrationAt = (place: number): WireObject =>
    contents.find("/reports/authenticationMethods/userRegistrationDetails", idOf(at(place))) ?? nothingRegistered(at(place), takenAt);
  const methodsPolicy = contents.one("/policies/authenticationMethodsPolicy");
  const tenantId = textOf(organization, "id", "");
  return {
    name: SNAPSHOT_FILL,
    seed: `snapshot ${tenantId} ${new Date(takenAt).toISOString()}`,
    startsAt: takenAt,
    tenant: {
      id: tenantId,
      displayName: textOf(organization, "displayName", tenantId),
      createdDateTime: textOf(organization, "createdDateTime", new Date(takenAt).toISOString()),
      countryLetterCode: textOf(organization, "countryLetterCode", ""),
      verifiedDomains: [],
    },
    accounts: users.length,
    user: (place) => shown[place] ?? at(place),
    indexOfId: (id) => places.get(id),
    indexOfAddress: (address) => addresses.get(address.toLowerCase()),
    methods: (place) => contents.methodsOf(idOf(at(place))) ?? methodsFrom(registrationAt(place)),
    registration: registrationAt,
    groups: contents.all("/groups").map((object) => ({ object, members: contents.membersOf(object) })),
    policies: contents.all("/identity/conditionalAccess/policies"),
    locations: contents.all("/identity/conditionalAccess/namedLocations"),
    roles: contents.all("/directoryRoles").map((object) => ({ object, members: contents.membersOf(object) })),
    subscribedSkus: contents.all("/subscribedSkus"),
    securityDefaults: securityDefaults["isEnabled"] === true,
    perUserMfa: (place) => perUserStateOf(at(place)),
    ...(methodsPolicy !== undefined && {
      authenticationMethods: {
        policy: without(methodsPolicy, "authenticationMethodConfigurations"),
        configurations: objectsIn(methodsPolicy["authenticationMethodConfigurations"]),
      },
    }),
    // Their absence would tell that nobody used or owned anything, and accounts would be let go by it.
    untold: ["usage", "owned"],
    domains: contents.all("/domains"),
    securityDefaultsPolicy: securityDefaults,
    deleted: {
      users: contents.all("/directory/deletedItems/microsoft.graph.user").map(underOwnAddress),
      groups: contents.all("/directory/deletedItems/microsoft.graph.group"),
      policies: contents.all("/identity/conditionalAccess/deletedItems/policies"),
      locations: contents.all("/identity/conditionalAccess/deletedItems/namedLocations"),
    },
  };
};

export type Snapshot = {
  readonly fill: Fill;
  /** SHA-256 of what it says, the same whatever ends its lines. */
  readonly digest: string;
};

/** @throws SnapshotUnusable with the line; Node's errors when the file cannot be read */
export const readSnapshot = async (files: Pick<Files, "chunks">, path: string): Promise<Snapshot> => {
  const contents = new Contents();
  const { takenAt, digest } = await readResources(files, path, contents.take);
  const [organization, securityDefaults] = [contents.one("/organization"), contents.one("/policies/identitySecurityDefaultsEnforcementPolicy")];
  if (organization === undefined || typeof organization["id"] !== "string") throw new SnapshotUnusable(path, undefined, "it does not say whose tenant it is");
  if (securityDefaults === undefined) throw new SnapshotUnusable(path, undefined, "it does not say whether security defaults are on");
  return { fill: fillFrom(contents, organization, securityDefaults, takenAt), digest };
};

export const fillsOf = ({ fill }: Snapshot): Fills => ({ [SNAPSHOT_FILL]: { about: "a snapshot", make: () => fill } });

/**
 * A folder's name for the rehearsals on a snapshot: of its file and of what it says, so that another file, or the same with something
 * else in it, begins anew. Letters, digits and hyphens, which no system takes for anything else.
 * @param path absolute
 */
export const rehearsalName = (path: string, { digest }: Snapshot): string => {
  const plain = path.replaceAll("\\", "/").toLowerCase();
  const base = plain.slice(plain.lastIndexOf("/") + 1).replace(/(?:\.[^.]*?)?(?:\.gz)?$/, "");
  const slug = base
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  return `${slug === "" ? "tenant" : slug}-${createHash("sha256").update(`${plain}\n${digest}`).digest("hex").slice(0, 16)}`;
};
