/** Which rights commands need for a plan: the fewest that let through all that they do, each with who needs it and what for. */

import type { Plan } from "../plan/plan.ts";
import { type CommandName, featuresOf, tasksOf } from "./commands.ts";
import { cover, type Demand, needless } from "./cover.ts";
import { isPermissionName, isRoleName, type PermissionName, permissionFacts, ROLES, type RoleName, type Scheme, type Service } from "./names.ts";
import { alternatives, isCmdlet, isWrite, type Rights, type Route, rightsFor } from "./routes.ts";
import { type TaskName, taskOf } from "./tasks.ts";

/** By whom a right is needed, and what for. */
export type Use = { readonly commands: readonly CommandName[]; readonly why: string; readonly writes: boolean };

export type PermissionNeed = {
  readonly name: PermissionName;
  readonly service: Service;
  /** Of the app role, or of the scope. */
  readonly id: string;
  readonly uses: readonly Use[];
};

export type RoleNeed = {
  readonly name: RoleName;
  /** Of its template, the same in every tenant. */
  readonly id: string;
  readonly uses: readonly Use[];
};

export type Needs = {
  readonly scheme: Scheme;
  readonly commands: readonly CommandName[];
  /** By name; those of Exchange Online among them. */
  readonly permissions: readonly PermissionNeed[];
  /** Directory roles: of whoever signs in, or, for Exchange Online alone, of the application. */
  readonly roles: readonly RoleNeed[];
};

type Asked = { readonly command: CommandName; readonly task: TaskName; readonly route: Route };

const askedBy = (commands: readonly CommandName[], plan: Plan | undefined): readonly Asked[] => {
  const features = featuresOf(plan);
  return commands.flatMap((command) => tasksOf(command, features).flatMap((task) => taskOf(task).routes.map((route): Asked => ({ command, task, route }))));
};

const waysOf = (names: readonly string[]): Demand => names.map((each) => each.split("+"));

const rolesWanted = ({ roles, rolesOf }: Rights, scheme: Scheme): Demand => (scheme === "delegated" || rolesOf === "everybody" ? waysOf(roles) : []);

const roleDemand = (route: Route, scheme: Scheme): Demand => rolesWanted(rightsFor(route), scheme);

/** The names of the first way that is open. */
const wayTaken = (demand: Demand, held: ReadonlySet<string>): readonly string[] => demand.find((names) => names.every((name) => held.has(name))) ?? [];

/** Grouped by what for, so that several commands that do the same stand together. */
const usesOf = (name: string, asked: readonly Asked[], demandOf: (route: Route) => Demand, held: ReadonlySet<string>): readonly Use[] => {
  const byTask = new Map<TaskName, Set<CommandName>>();
  for (const { command, task, route } of asked) {
    if (!wayTaken(demandOf(route), held).includes(name)) continue;
    byTask.set(task, (byTask.get(task) ?? new Set()).add(command));
  }
  return [...byTask].map(([task, commands]) => ({ commands: [...commands], why: taskOf(task).why, writes: taskOf(task).routes.some(isWrite) }));
};

const demandsOf = (asked: readonly Asked[], demandOf: (route: Route) => Demand): readonly Demand[] =>
  [...new Set(asked.map(({ route }) => route))].map(demandOf);

const permissionNeed = (name: PermissionName, scheme: Scheme, uses: readonly Use[]): PermissionNeed => {
  const facts = permissionFacts(name);
  const id = facts[scheme];
  if (id === undefined) throw new RangeError(`${name} is nothing that can be given as ${scheme}`);
  return { name, service: facts.service, id, uses };
};

const known = <T extends string>(names: readonly string[], is: (name: string) => name is T): readonly T[] =>
  names.map((name) => {
    if (!is(name)) throw new RangeError(`${name} is in no table`);
    return name;
  });

/**
 * The fewest permissions and directory roles with which these commands do all that they may come to do for this plan.
 *
 * @param plan undefined: for whatever any plan may ask
 */
export const needsOf = (commands: readonly CommandName[], plan: Plan | undefined, scheme: Scheme): Needs => {
  const asked = askedBy(commands, plan);
  const ofPermissions = (route: Route): Demand => alternatives(route, scheme);
  const ofRoles = (route: Route): Demand => roleDemand(route, scheme);
  const permissions = known(cover(demandsOf(asked, ofPermissions)), isPermissionName);
  const roles = known(cover(demandsOf(asked, ofRoles)), isRoleName);
  const [heldPermissions, heldRoles] = [new Set<string>(permissions), new Set<string>(roles)];
  return {
    scheme,
    commands,
    permissions: permissions.map((name) => permissionNeed(name, scheme, usesOf(name, asked, ofPermissions, heldPermissions))),
    roles: roles.map((name) => ({ name, id: ROLES[name], uses: usesOf(name, asked, ofRoles, heldRoles) })),
  };
};

/** What somebody holds, as their token says it. */
export type Held = {
  readonly scheme: Scheme;
  /** Graph's and Exchange Online's, which come in tokens of their own; undefined: of that service there was no token. */
  readonly graph: readonly string[];
  readonly exchange: readonly string[] | undefined;
  /** Template ids of directory roles, lower case; undefined: the token does not say. */
  readonly roles: readonly string[] | undefined;
};

export type Standing = {
  /** What would have to be given, least first asked for; with what for. */
  readonly missing: readonly PermissionNeed[];
  readonly missingRoles: readonly RoleNeed[];
  /** Held, and not needed for these commands and this plan. */
  readonly needless: readonly string[];
  readonly needlessRoles: readonly string[];
};

/** Scopes that every sign-in of a person brings along. */
const WITH_EVERY_SIGN_IN: readonly string[] = ["User.Read", "email", "offline_access", "openid", "profile"];

/** Compares what is held with what these commands need: wider permissions than asked for are enough. */
export const standingOf = (commands: readonly CommandName[], plan: Plan | undefined, held: Held): Standing => {
  const { scheme } = held;
  const toExchange = ({ route }: Asked): boolean => isCmdlet(route);
  // Of a service that gave out no token nothing can be said.
  const asked = askedBy(commands, plan).filter((each) => held.exchange !== undefined || !toExchange(each));
  const ofPermissions = (route: Route): Demand => alternatives(route, scheme);
  const ofRoles = (route: Route): Demand => roleDemand(route, scheme);
  const names = [...held.graph, ...(held.exchange ?? [])];
  const demands = demandsOf(asked, ofPermissions);
  const best = cover(demands);
  const missing = known(cover(demands, new Set(names)), isPermissionName);
  const all = new Set<string>([...names, ...missing]);

  const heldRoles = known(
    (held.roles ?? []).flatMap((id) => Object.entries(ROLES).flatMap(([name, template]) => (template === id.toLowerCase() ? [name] : []))),
    isRoleName,
  );
  const roleDemands = demandsOf(asked, ofRoles);
  const missingRoles = held.roles === undefined ? [] : known(cover(roleDemands, new Set(heldRoles)), isRoleName);
  const allRoles = new Set<string>([...heldRoles, ...missingRoles]);
  return {
    missing: missing.map((name) => permissionNeed(name, scheme, usesOf(name, asked, ofPermissions, all))),
    missingRoles: missingRoles.map((name) => ({ name, id: ROLES[name], uses: usesOf(name, asked, ofRoles, allRoles) })),
    needless: needless(
      demands,
      names.filter((name) => scheme === "application" || !WITH_EVERY_SIGN_IN.includes(name)),
      [...best, ...missing],
    ),
    needlessRoles: held.roles === undefined ? [] : needless(roleDemands, heldRoles, cover(roleDemands)),
  };
};
