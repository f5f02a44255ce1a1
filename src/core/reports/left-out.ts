/**
 * Which policies leave an account out that would else be about it, without a sign-in at hand; and what keeps its old programs out
 * all the same. What asks it for MFA `enforcement.ts` says. Three answers: who is in a group that could not be read is nobody's to say.
 */

import { isBlock, shutsOut, wantedBy } from "../evaluate-controls.ts";
import { type Answer, at, membersOf } from "../evaluate-logic.ts";
import { nameWithoutMark } from "../mark.ts";
import {
  type ClientType,
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  type Known,
  type ObjectId,
  type PerUserState,
  type PolicySettings,
  type ResourceOf,
} from "../tenant.ts";
import { isAbout, type Somebody, withoutExclusions, withoutInclusions } from "./about.ts";
import type { Enforced } from "./enforcement.ts";

/** From what an account is left out: MFA, or what keeps programs out that know nothing but a password. */
export type Demand = "MFA" | "old programs";

export type Way = {
  /** `not read`: it may be in a group or role of which nobody could read who is in. */
  readonly by: "itself" | "group" | "role" | "guests" | "not read";
  /** The group or role that the policy names. */
  readonly through?: ObjectId;
  readonly because?: string;
};

export type Policy = ResourceOf<"conditional-access">;

/** Of a policy that both asks and blocks, the blocking counts. */
export type LeftOut = { readonly policy: Policy; readonly from: Demand; readonly way: Way };

/** What is in force for an account, and whether it is all that there could be. */
export type Kept = { readonly enforced: Enforced; readonly by: readonly string[] };

/** `key`: the same for accounts that are in the same groups and roles. */
export type Someone = Somebody & { readonly key: string };

const OLD: readonly ClientType[] = ["activesync", "legacy"];

// ---- what a policy wants

const isMfa = (control: string): boolean => control === "mfa" || control.startsWith("strength:") || control.startsWith("custom:");

/** One policy, read once for everybody. */
type Watched = {
  readonly policy: Policy;
  /** As if it left nobody out, and as if it took in everybody. */
  readonly taking: PolicySettings;
  readonly sparing: PolicySettings;
  /** Undefined: it is about something else, and may keep old programs out all the same. */
  readonly from: Demand | undefined;
  readonly old: { readonly clients: readonly ClientType[]; readonly isEverywhere: boolean } | undefined;
};

/** No application, place or condition is left open but whom it is about. */
const isEverywhere = ({ apps, locations, other }: PolicySettings): boolean =>
  apps.include.includes("all") &&
  apps.exclude.length === 0 &&
  locations === null &&
  membersOf(at(other, "conditions")).every(([key]) => key === "users") &&
  membersOf(other).every(([key]) => ["conditions", "grantControls", "sessionControls"].includes(key));

const watched = (policy: Policy): Watched => {
  const { settings } = policy;
  const wanted = wantedBy(settings);
  const blocks = isBlock(wanted);
  const named = settings.clients.filter((client) => OLD.includes(client));
  // An old program can answer no question, so that one that is asked is shut out.
  const clients = (settings.clients.includes("all") ? OLD : named).filter(
    (client) => blocks || shutsOut(wanted, client === "activesync" ? "activesync" : "legacy"),
  );
  const isAboutSignIns = settings.apps.include.some((app) => app !== "none");
  return {
    policy,
    taking: withoutExclusions(settings),
    sparing: withoutInclusions(settings),
    from: !blocks && wanted?.controls.some(isMfa) === true ? "MFA" : blocks && named.length > 0 ? "old programs" : undefined,
    old: clients.length > 0 && isAboutSignIns ? { clients, isEverywhere: isEverywhere(settings) } : undefined,
  };
};

// ---- whom it leaves out

/** The first that does it, in the order in which people look. */
const wayOf = ({ exclude }: PolicySettings, { id: account, groups, roles }: Someone, isCertain: boolean): Way => {
  if (exclude.users.includes(account)) return { by: "itself" };
  const group = exclude.groups.find((id) => groups.has(id));
  if (group !== undefined) return { by: "group", through: group };
  const role = exclude.roles.find((id) => roles.has(id));
  if (role !== undefined) return { by: "role", through: role };
  if (isCertain) return { by: "guests" };
  const sets = [...exclude.groups.map((id) => ({ id, held: groups })), ...exclude.roles.map((id) => ({ id, held: roles }))];
  for (const { id, held } of sets) {
    const because = held.unread(id);
    if (because !== undefined) return { by: "not read", through: id, because };
  }
  return { by: "not read", because: "nobody can say whether those whom it leaves out are this account" };
};

export type Watch = {
  /** Policies that are on, or in report-only, and would be about this account but for whom they leave out. */
  readonly leftOut: (someone: Someone) => readonly LeftOut[];
  /** What keeps its old programs out. @param perUser undefined: not known */
  readonly oldPrograms: (someone: Someone, perUser: PerUserState | undefined) => Kept;
};

/** There are few sorts of people to a tenant; this only keeps a strange one from filling the memory. */
const MOST_KEPT = 20_000;

const byId = (a: Policy, b: Policy): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Compiles the policies of a tenant. */
export const watchOf = (policies: Known<readonly Policy[]>, securityDefaults: Known<boolean>): Watch => {
  const all = (policies.type === "present" ? policies.value : [])
    .filter(({ settings }) => settings.state !== "off")
    .sort(byId)
    .map(watched);
  /** Security defaults leave nobody out but the account that synchronises the directory. */
  const areDefaultsOn = ({ roles }: Someone): Answer => {
    if (roles.has(DIRECTORY_SYNCHRONIZATION_ACCOUNTS) || securityDefaults.type === "absent") return "no";
    return securityDefaults.type === "unknown" ? "unknown" : securityDefaults.value ? "yes" : "no";
  };
  const leftOutOf = (someone: Someone): readonly LeftOut[] =>
    all.flatMap(({ policy, taking, sparing, from }): readonly LeftOut[] => {
      if (from === undefined) return [];
      const about = isAbout(sparing, someone);
      if (about === "yes" || isAbout(taking, someone) === "no") return [];
      return [{ policy, from, way: wayOf(policy.settings, someone, about === "no") }];
    });
  const named = new Set(all.flatMap(({ policy: { settings } }) => [...settings.include.users, ...settings.exclude.users]));
  const kept = new Map<string, readonly LeftOut[]>();
  return {
    leftOut: (someone) => {
      // Named by itself in a policy, an account is like no other.
      if (named.has(someone.id)) return leftOutOf(someone);
      const key = `${someone.belongs}/${someone.key}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const made = leftOutOf(someone);
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(key, made);
      return made;
    },
    oldPrograms: (someone, perUser) => {
      const by: string[] = [];
      const surely = new Set<ClientType>();
      const perhaps = new Set<ClientType>();
      const add = (word: string, is: Answer, clients: readonly ClientType[] = OLD): void => {
        if (is === "no") return;
        by.push(is === "yes" ? word : `${word}, perhaps`);
        for (const client of clients) (is === "yes" ? surely : perhaps).add(client);
      };
      for (const { policy, taking, sparing, old } of all) {
        if (policy.settings.state !== "on" || old === undefined) continue;
        const sides = [isAbout(taking, someone), isAbout(sparing, someone)];
        if (sides.includes("no")) continue;
        const name = nameWithoutMark(policy.settings.name);
        const is = sides.includes("unknown") ? "unknown" : "yes";
        add(old.isEverywhere ? name : `${name} (not everywhere)`, is, old.isEverywhere ? old.clients : []);
      }
      if (policies.type === "unknown") add("policies that could not be read", "unknown");
      add("security defaults", areDefaultsOn(someone));
      // Enabled leaves old programs alone; enforced takes no password from them but one of their own. Facts, section 7.8.
      add("per-user MFA (enforced)", perUser === "enforced" ? "yes" : perUser === undefined ? "unknown" : "no");
      if (OLD.every((client) => surely.has(client))) return { enforced: "yes", by };
      if (OLD.every((client) => surely.has(client) || perhaps.has(client))) return { enforced: "unknown", by };
      return { enforced: by.length > 0 ? "partly" : "no", by };
    },
  };
};
