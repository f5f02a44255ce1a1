/**
 * The plan's emergency accounts are such as can mend a tenant, and no policy counts on anything of them. Whether they get in
 * is proven elsewhere (lock-out): here a policy that could ever be about their signing in to the admin centre or to Graph is
 * one too many, even where they can do what it asks for today.
 */

import type { Change, Diff, Finding } from "../changes.ts";
import { stanceOf } from "../evaluate.ts";
import { refOf } from "../history.ts";
import { nameWithoutMark } from "../mark.ts";
import { NOTHING_SAID } from "../sign-in.ts";
import { subjectOf } from "../subject.ts";
import {
  type EmergencyAccount,
  GLOBAL_ADMINISTRATOR,
  type Json,
  type Known,
  type LiveAccount,
  type ObjectId,
  type PolicySettings,
  type PolicyUsers,
  present,
  type ResourceOf,
} from "../tenant.ts";
import { type Guard, type GuardInput, isOurs, listed } from "./guard.ts";
import { DOORS } from "./passage.ts";

const GUARD = "emergency-accounts";
const AT_LEAST = 2;

/**
 * Registered methods that do not stand up to the portals' own demand for MFA: a password is the first factor, e-mail and
 * security questions reset passwords, and a Temporary Access Pass runs out. A method that we do not know counts as none.
 */
const ACCEPTED = new Set([
  "fido2",
  "microsoftAuthenticator",
  "passwordlessMicrosoftAuthenticator",
  "softwareOath",
  "hardwareOath",
  "phone",
  "officePhone",
  "windowsHelloForBusiness",
  "x509Certificate",
  "platformCredential",
]);

type Account = LiveAccount;

/** What is wrong with one account, or cannot be told. */
type Trouble = { readonly verdict: "stop" | "unclear"; readonly detail: string; readonly hint: string };
const stop = (detail: string, hint: string): Trouble => ({ verdict: "stop", detail, hint });
const unclear = (detail: string): Trouble => ({ verdict: "unclear", detail, hint: "run it again; if it stays so, check that this tool may read it" });

/** `absent` is never told of a part of an account that is there; should it be, nobody knows. */
const whyUnknown = (part: Known<unknown>): string => (part.type === "unknown" ? part.because : "the service told nothing");

const standing = (address: string, account: Account): readonly Trouble[] => {
  const found: Trouble[] = [];
  if (!account.enabled)
    found.push(stop(`the emergency account ${address} is disabled, so nobody could sign in with it`, `enable ${address} and try its password`));
  if (account.synced) {
    found.push(
      stop(
        `the emergency account ${address} is synced from on premises, so it fails when the local directory or the connection does`,
        `make a cloud-only account of its own for emergencies and name it in the plan instead of ${address}`,
      ),
    );
  }
  if (account.federated.type !== "present")
    found.push(unclear(`whether the domain of the emergency account ${address} is federated is not known: ${whyUnknown(account.federated)}`));
  else if (account.federated.value) {
    found.push(
      stop(
        `the domain of the emergency account ${address} is federated, so its sign-in depends on another server`,
        `use an account in the tenant's onmicrosoft.com domain and name it in the plan instead of ${address}`,
      ),
    );
  }
  if (account.roles.type !== "present")
    found.push(unclear(`whether the emergency account ${address} is a Global Administrator is not known: ${whyUnknown(account.roles)}`));
  else if (!account.roles.value.includes(GLOBAL_ADMINISTRATOR)) {
    found.push(
      stop(
        `the emergency account ${address} is not an active Global Administrator, so it could not mend anything`,
        `assign ${address} the role Global Administrator as active and permanent, not as eligible`,
      ),
    );
  }
  if (account.methods.type !== "present")
    found.push(unclear(`which sign-in methods the emergency account ${address} has registered is not known: ${whyUnknown(account.methods)}`));
  else if (!account.methods.value.some((method) => ACCEPTED.has(method))) {
    const others = account.methods.value.filter((method) => method !== "password");
    found.push(
      stop(
        `the emergency account ${address} has registered no method that the admin centres' own MFA accepts${others.length > 0 ? ` (only ${listed([...others].sort())})` : ""}, so it could not get in there`,
        `register a passkey (FIDO2 key) or an authenticator app for ${address}`,
      ),
    );
  }
  return found;
};

type Reach = {
  readonly account: Account;
  readonly id: ObjectId;
  readonly address: string;
  readonly guest: boolean;
  readonly roles: Known<readonly ObjectId[]>;
  /** Every group that it is in now or afterwards, for what includes. */
  readonly inEither: Known<ReadonlySet<string>>;
  /** Those that it is in now and afterwards, for what excludes. */
  readonly inBoth: Known<ReadonlySet<string>>;
  readonly groupNames: ReadonlyMap<ObjectId, string>;
};

/** Ids and references of the groups whose members change so. */
const groupsThat = (diff: Diff, met: (change: Change) => boolean): readonly string[] =>
  diff.changes
    .filter((change) => change.kind === "cohort-group" && met(change))
    .flatMap(({ kind, key, id }) => (id === undefined ? [refOf(kind, key)] : [id, refOf(kind, key)]));

/** How a set of users meets the account: in words, `undefined` when not, or why nobody can tell. */
const metBy = (users: PolicyUsers, who: Reach, groups: Known<ReadonlySet<string>>): { readonly how: string } | { readonly unknown: string } | undefined => {
  if (users.all) return { how: "it is for all users" };
  if (users.users.includes(who.id) || users.users.includes(`@account/${who.address}`)) return { how: "it names the account itself" };
  if (users.guests && who.guest) return { how: "it is for guests" };
  if (groups.type === "present") {
    const { value } = groups;
    const group = users.groups.find((each) => value.has(each));
    const name = group === undefined ? undefined : who.groupNames.get(group);
    if (group !== undefined)
      return { how: `through the group ${name === undefined ? group : `"${name}" (${group})`}, which the account is in, directly or through another group` };
  }
  if (who.roles.type === "present") {
    const { value } = who.roles;
    const role = users.roles.find((each) => value.includes(each));
    if (role !== undefined) return { how: role === GLOBAL_ADMINISTRATOR ? "it is for Global Administrators" : `through the role ${role}` };
  }
  if (users.groups.length > 0 && groups.type !== "present") return { unknown: `its groups could not be read: ${whyUnknown(groups)}` };
  if (users.roles.length > 0 && who.roles.type !== "present") return { unknown: `its roles could not be read: ${whyUnknown(who.roles)}` };
  return undefined;
};

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);

/** Ways to include users that this tool has no word for, by the service's names for them. */
const otherIncludes = (other: Json): readonly string[] => {
  const conditions = isObject(other) ? other.conditions : undefined;
  const users = isObject(conditions) ? conditions.users : undefined;
  return isObject(users) ? Object.keys(users).filter((name) => name.startsWith("include")) : [];
};
const GUESTS = "includeGuestsOrExternalUsers";

const includes = (settings: PolicySettings, who: Reach): ReturnType<typeof metBy> => {
  const met = metBy(settings.include, who, who.inEither);
  if (met !== undefined) return met;
  const others = otherIncludes(settings.other);
  if (others.includes(GUESTS) && who.guest) return { how: "it is for guests" };
  const strange = others.filter((name) => name !== GUESTS);
  return strange.length === 0 ? undefined : { unknown: `it says whom it is for in words that this tool does not know (${listed(strange)})` };
};

/** Whether a policy can be about the account's way to the admin centre or to Graph at all; one for other apps or for old programs never is. */
const isInTheWay = ({ id }: ResourceOf<"conditional-access">, settings: PolicySettings, { account, inEither }: Reach): boolean =>
  DOORS.some(({ id: application, program }) => {
    // Whom it leaves out is asked elsewhere, and in words.
    const all = { ...settings, include: { ...settings.include, all: true }, exclude: NOBODY };
    const signIn = { ...NOTHING_SAID, subject: subjectOf(account, inEither), target: { type: "application" as const, id: application }, program };
    const { applies, wants } = stanceOf({ id, settings: all }, signIn, { locations: { type: "unknown", because: "it was not asked" } });
    // Session controls alone ask for the same sign-in again, and keep nobody out.
    return applies !== "no" && wants !== null;
  });

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };

/** What is wrong with one policy, for those of whom the same is to be said. */
type Caught = {
  readonly policy: string;
  readonly verdict: Trouble["verdict"];
  readonly why: string;
  readonly detail: (who: string, many: boolean) => string;
} & {
  readonly hint: (who: string) => string;
};

const catches = (policy: ResourceOf<"conditional-access">, settings: PolicySettings, who: Reach, ours: boolean): Caught | undefined => {
  const plain = nameWithoutMark(settings.name);
  const name = `"${plain}" (${policy.id})`;
  const excludedById = settings.exclude.users.includes(who.id);
  if (ours) {
    if (excludedById) return undefined;
    return {
      policy: policy.id,
      verdict: "stop",
      why: "ours",
      detail: (accounts) =>
        `the plan's own policy ${name} would not leave out ${accounts} by ${accounts.startsWith("the emergency accounts") ? "their object ids" : "its object id"}`,
      hint: () => "run diff again; if it stays so, this is a fault of the tool: do not apply",
    };
  }
  if (settings.include.none) return undefined;
  const included = includes(settings, who);
  if (included === undefined) return undefined;
  // The service knows no exclusion of all users; should one be told of, it proves nothing.
  const excluded = metBy({ ...settings.exclude, all: false }, who, who.inBoth);
  if (excluded !== undefined && "how" in excluded) return undefined;
  if (!isInTheWay(policy, settings, who)) return undefined;
  const unclear = "unknown" in included ? included.unknown : excluded?.unknown;
  if (unclear !== undefined) {
    return {
      policy: policy.id,
      verdict: "unclear",
      why: unclear,
      detail: (accounts) => `whether the policy ${name} catches ${accounts} is not known: ${unclear}`,
      hint: () => "run it again; if it stays so, check that this tool may read it",
    };
  }
  const how = "how" in included ? included.how : "";
  return {
    policy: policy.id,
    verdict: "stop",
    why: how,
    detail: (accounts, many) =>
      `the policy ${name} is on and catches ${accounts}: ${how}; if that policy or what it asks for fails, ${many ? "they are" : "the account is"} locked out with everybody else`,
    hint: (accounts) => `exclude ${accounts} from the policy "${plain}", best by naming the account${accounts.includes(" and ") ? "s themselves" : " itself"}`,
  };
};

const NO_NAMES: ReadonlyMap<ObjectId, string> = new Map();

const reachOf = ({ observed, diff }: GuardInput, address: string, account: Account): Reach => {
  const joins = groupsThat(diff, ({ members }) => members?.added.includes(account.id) === true);
  // It may stay in one of these through a nested group; that it does is not proven.
  const leaves = groupsThat(diff, ({ action, members }) => action === "delete" || members?.removed.includes(account.id) === true);
  const { groups } = account;
  return {
    account,
    id: account.id,
    address,
    guest: account.guest === true || (observed.roster.type === "present" && observed.roster.value.flags(account.id)?.guest === true),
    roles: account.roles,
    inEither: groups.type === "present" ? present(new Set([...groups.value, ...joins])) : groups,
    groupNames: account.groupNames ?? NO_NAMES,
    inBoth: groups.type === "present" ? present(new Set(groups.value.filter((group) => !leaves.includes(group)))) : groups,
  };
};

const caughtBy = (input: GuardInput, address: string, account: Account): readonly Caught[] => {
  const { after, desired, diff, plan } = input;
  const wanted = new Set(desired.resources.flatMap(({ kind, key }) => (kind === "conditional-access" ? [key] : [])));
  const leftOver = new Set(diff.leftOver.flatMap(({ id }) => id ?? []));
  const all = after.resources["conditional-access"];
  if (all.type === "unknown") {
    return [
      {
        policy: "",
        verdict: "unclear",
        why: "",
        detail: (accounts) => `whether a policy catches ${accounts} is not known: ${all.because}`,
        hint: () => "run it again; if it stays so, check that this tool may read it",
      },
    ];
  }
  if (all.type === "absent") return [];
  const who = reachOf(input, address, account);
  return all.value.flatMap((policy) => {
    const { settings } = policy;
    // What the plan no longer asks for is not kept up to date either: then it counts like anybody else's.
    const ours = isOurs(plan, policy) && policy.mark !== undefined && wanted.has(policy.mark.key);
    // One of ours that is only being staged, or waits, will be switched on by its state alone, so it is looked at as if it were on.
    if (settings.state !== "on" && !ours) return [];
    const trouble = catches(policy, settings, who, ours);
    if (trouble === undefined) return [];
    return [leftOver.has(policy.id) ? { ...trouble, hint: () => "the plan made it and no longer names it: apply --prune removes it" } : trouble];
  });
};

/** One finding a policy and reason, for all whom it catches. */
const policies = (input: GuardInput, accounts: readonly EmergencyAccount[]): readonly Finding[] => {
  const groups = new Map<string, { readonly caught: Caught; readonly addresses: readonly string[] }>();
  for (const { address, account } of accounts) {
    if (account.type !== "present") continue;
    for (const caught of caughtBy(input, address, account.value)) {
      const key = `${caught.policy} ${caught.verdict} ${caught.why}`;
      const group = groups.get(key);
      groups.set(key, { caught: group?.caught ?? caught, addresses: [...(group?.addresses ?? []), address] });
    }
  }
  return [...groups.values()].map(({ caught: { verdict, detail, hint }, addresses }): Finding => {
    const many = addresses.length > 1;
    const names = listed(addresses);
    return {
      guard: GUARD,
      verdict,
      detail: detail(`the emergency account${many ? "s" : ""} ${names}`, many),
      hint: hint(names),
      accounts: addresses,
      allowable: false,
    };
  });
};

const troubles = (input: GuardInput, { address, account }: EmergencyAccount): readonly Trouble[] => {
  if (account.type === "unknown") return [unclear(`the emergency account ${address} could not be read: ${account.because}`)];
  if (account.type === "absent") {
    return [
      stop(
        `the emergency account ${address} is not in the tenant: it was deleted, or is misspelt in the plan`,
        `restore or make ${address}, or correct emergencyAccounts in ${input.plan.file}`,
      ),
    ];
  }
  return standing(address, account.value);
};

const check = (input: GuardInput): readonly Finding[] => {
  const { plan, observed } = input;
  const looked = new Map(observed.emergency.map((each) => [each.address, each]));
  const accounts = [...new Set(plan.emergencyAccounts)].map(
    (address): EmergencyAccount => looked.get(address) ?? { address, account: { type: "unknown", because: "it was not looked up" } },
  );
  const found: Finding[] = accounts.flatMap((each) =>
    troubles(input, each).map(({ verdict, detail, hint }): Finding => ({ guard: GUARD, verdict, detail, hint, accounts: [each.address], allowable: false })),
  );
  found.push(...policies(input, accounts));
  const ids = new Set(accounts.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const twice = accounts.every(({ account }) => account.type === "present") && ids.size < accounts.length;
  if (accounts.length < AT_LEAST || twice) {
    found.push({
      guard: GUARD,
      verdict: "stop",
      detail: `the plan names ${accounts.length === 0 ? "no emergency account" : "one emergency account only"}; ${AT_LEAST} are needed, so that one failing does not lock everybody out`,
      hint: `make a second cloud-only Global Administrator and name it under emergencyAccounts in ${plan.file}`,
      allowable: false,
    });
  }
  if (found.length > 0) return found;
  return [
    {
      guard: GUARD,
      verdict: "go",
      detail: `${listed(plan.emergencyAccounts)} stand ready: enabled, cloud-only, Global Administrators, with a method that counts, and outside every policy that could be in their way`,
      accounts: plan.emergencyAccounts,
      allowable: false,
    },
  ];
};

export const emergencyAccounts: Guard = {
  name: GUARD,
  about: "the emergency accounts exist, can sign in, are Global Administrators, and no policy that is on catches them",
  allowable: false,
  check,
};
