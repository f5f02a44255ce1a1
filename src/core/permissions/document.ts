/** What `doctor --permissions` prints: which rights, given to whom, for which commands, and why. */

import type { Plan } from "../plan/plan.ts";
import { type CommandName, READING } from "./commands.ts";
import { isPermissionName, isRoleName, permissionFacts, ROLES, SCHEMES, type Scheme, type Service } from "./names.ts";
import { type Needs, needsOf, type Use } from "./needs.ts";

export type PlanWords = { readonly id: string; readonly name: string; readonly file: string };

export type PermissionLine = {
  readonly name: string;
  readonly service: Service;
  /** What it lets its holder do. */
  readonly lets: string;
  /** Id of the app role, for an application by itself; null: that needs none, or cannot have it. */
  readonly application: string | null;
  /** Id of the scope, for somebody who signs in; null: likewise. */
  readonly delegated: string | null;
  /** They only read. */
  readonly reads: boolean;
  readonly uses: readonly Use[];
};

export type RoleLine = {
  readonly name: string;
  /** Of the role's template. */
  readonly id: string;
  /** Who is to hold it: the application, whoever signs in, or either. */
  readonly holders: readonly Scheme[];
  readonly uses: readonly Use[];
};

/** Names alone. */
export type CommandLine = {
  readonly command: CommandName;
  /** It writes nothing to a tenant. */
  readonly reads: boolean;
  readonly application: { readonly permissions: readonly string[]; readonly roles: readonly string[] };
  readonly delegated: { readonly permissions: readonly string[]; readonly roles: readonly string[] };
};

export type PermissionsDocument = {
  readonly schemaVersion: 1;
  /** Null: for whatever any plan may ask. */
  readonly plan: PlanWords | null;
  readonly permissions: readonly PermissionLine[];
  readonly roles: readonly RoleLine[];
  readonly commands: readonly CommandLine[];
};

export const planWords = (plan: Plan | undefined): PlanWords | null => (plan === undefined ? null : { id: plan.id, name: plan.name, file: plan.file });

/** The same work is told once, with every command that does it. */
const together = (uses: readonly Use[]): readonly Use[] => {
  const byWhy = new Map<string, Use>();
  for (const use of uses) byWhy.set(use.why, { ...use, commands: [...new Set([...(byWhy.get(use.why)?.commands ?? []), ...use.commands])] });
  return [...byWhy.values()];
};

const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);

const ofCommand = (command: CommandName, plan: Plan | undefined): CommandLine => {
  const [application, delegated] = [needsOf([command], plan, "application"), needsOf([command], plan, "delegated")];
  return {
    command,
    reads: READING.includes(command),
    application: { permissions: names(application.permissions), roles: names(application.roles) },
    delegated: { permissions: names(delegated.permissions), roles: names(delegated.roles) },
  };
};

type Given = { readonly name: string; readonly id: string; readonly uses: readonly Use[] };

/** By name, each with all who need it. */
const merged = (lists: readonly (readonly Given[])[]): ReadonlyMap<string, Given> => {
  const found = new Map<string, Given>();
  for (const { name, id, uses } of lists.flat()) found.set(name, { name, id, uses: together([...(found.get(name)?.uses ?? []), ...uses]) });
  return found;
};

/**
 * What each command needs by itself, and what that comes to. Who is to do several of them may need less than the sum: of two rights
 * that let the same through one is enough, which `registrationDocument` finds.
 */
export const permissionsDocument = (commands: readonly CommandName[], plan: Plan | undefined): PermissionsDocument => {
  const each = (scheme: Scheme): readonly Needs[] => commands.map((command) => needsOf([command], plan, scheme));
  const [byItself, inOnesName] = [each("application"), each("delegated")];
  const permissions = [byItself, inOnesName].map((all) => merged(all.map((needs) => needs.permissions)));
  const roles = [byItself, inOnesName].map((all) => merged(all.map((needs) => needs.roles)));
  const sortedNames = (maps: readonly ReadonlyMap<string, Given>[]): readonly string[] => [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
  const usesIn = (maps: readonly ReadonlyMap<string, Given>[], name: string): readonly Use[] => together(maps.flatMap((map) => map.get(name)?.uses ?? []));
  return {
    schemaVersion: 1,
    plan: planWords(plan),
    permissions: sortedNames(permissions)
      .filter(isPermissionName)
      .map((name) => {
        const { service, lets } = permissionFacts(name);
        const [application, delegated] = permissions.map((map) => map.get(name)?.id ?? null);
        return {
          name,
          service,
          lets,
          application: application ?? null,
          delegated: delegated ?? null,
          reads: /\.Read(?:\.|$)/.test(name),
          uses: usesIn(permissions, name),
        };
      }),
    roles: sortedNames(roles)
      .filter(isRoleName)
      .map((name) => ({ name, id: ROLES[name], holders: SCHEMES.filter((_, at) => roles[at]?.has(name) === true), uses: usesIn(roles, name) })),
    commands: commands.map((command) => ofCommand(command, plan)),
  };
};
