/**
 * Per-user MFA asks an account whatever policies say of networks and exclusions, so it goes badly with everything else that
 * asks; and it is turned off only where something else asks in its place.
 */

import type { Change, Finding } from "../changes.ts";
import type { IdIndex } from "../ids.ts";
import { nameWithoutMark } from "../mark.ts";
import { asksForStates, stateWishOf } from "../per-user-wishes.ts";
import type { ClientType, Known, ObjectId, PolicySettings, ResourceOf } from "../tenant.ts";
import { changesOf, counted, type Guard, type GuardInput, listed } from "./guard.ts";

const GUARD = "per-user";
const LEFT = "per-user-left";
const SAMPLE = 200;

const addressesOf = ({ observed }: GuardInput, ids: readonly ObjectId[]): readonly string[] =>
  ids.map((id) => (observed.roster.type === "present" ? observed.roster.value.address(id) : undefined) ?? id).sort();

const isRaising = ({ states }: Change): boolean => states !== undefined && states.to !== "disabled";

const NEEDED: readonly ClientType[] = ["browser", "mobile-and-desktop"];

const isEmpty = (other: PolicySettings["other"]): boolean => typeof other === "object" && other !== null && Object.keys(other).length === 0;

/** Whether the policy asks for MFA and lets nothing else do in its place. */
const asksForMfa = ({ state, grant }: PolicySettings): boolean =>
  state === "on" &&
  grant !== null &&
  (grant.controls.includes("mfa") || grant.strength !== null) &&
  (grant.operator === "and" || grant.controls.every((control) => control === "mfa"));

const policiesIn = (list: Known<readonly ResourceOf<"conditional-access">[]>): readonly ResourceOf<"conditional-access">[] =>
  list.type === "present" ? list.value : [];

/** Policies that ask everybody whom they include in all of Microsoft 365, without conditions that this tool has no word for. */
const covering = ({ after }: GuardInput): readonly PolicySettings[] =>
  policiesIn(after.resources["conditional-access"])
    .map(({ settings }) => settings)
    .filter((settings) => asksForMfa(settings) && isEmpty(settings.other) && settings.apps.include.some((app) => app === "all" || app === "office365"));

const membersOf = ({ after }: GuardInput, groups: readonly string[]): readonly IdIndex[] =>
  groups.flatMap((group) => {
    const members = after.members.get(group);
    return members?.type === "present" ? [members.value] : [];
  });

type Asks = { readonly clients: readonly ClientType[]; readonly asks: (id: ObjectId) => boolean };

/** Who is in a group that was not read is not known to be asked; who may be left out by one is not either. */
const asksOf = (input: GuardInput, { include, exclude, clients }: PolicySettings): Asks => {
  const roster = input.observed.roster.type === "present" ? input.observed.roster.value : undefined;
  const [inside, outside] = [membersOf(input, include.groups), membersOf(input, exclude.groups)];
  const isSure = outside.length === exclude.groups.length;
  return {
    clients: clients.includes("all") ? NEEDED : clients,
    asks: (id) =>
      isSure &&
      (include.all || include.users.includes(id) || inside.some((members) => members.has(id))) &&
      !exclude.users.includes(id) &&
      !(exclude.guests && roster?.flags(id)?.guest === true) &&
      !outside.some((members) => members.has(id)),
  };
};

const uncovered = (input: GuardInput, change: Change): readonly Finding[] => {
  if (change.states === undefined || change.states.to !== "disabled") return [];
  const { securityDefaults } = input.after;
  if (securityDefaults.type === "present" && securityDefaults.value) return [];
  const policies = covering(input).map((settings) => asksOf(input, settings));
  const bare = change.states.accounts.filter(({ id }) => {
    const asked = policies.filter(({ asks }) => asks(id)).flatMap(({ clients }) => clients);
    return !NEEDED.every((client) => asked.includes(client));
  });
  if (bare.length === 0) return [];
  const [phase] = change.phases;
  return [
    {
      guard: GUARD,
      verdict: "stop",
      ...(phase !== undefined && { phase }),
      detail: `per-user MFA of ${counted(bare.length, "account")} would be turned off, and no policy that is on asks ${bare.length === 1 ? "it" : "them"} on the web and in programs`,
      hint: "let the phase that asks them start first, or take them out of the cohort",
      accounts: addressesOf(
        input,
        bare.map(({ id }) => id),
      ),
      count: bare.length,
      allowable: true,
      holds: [{ kind: change.kind, key: change.key }],
    },
  ];
};

const besideDefaults = ({ observed: { securityDefaults }, diff }: GuardInput): readonly Finding[] => {
  const raising = changesOf(diff, "per-user-mfa").filter(isRaising);
  if (securityDefaults.type !== "present" || !securityDefaults.value || raising.length === 0) return [];
  return [
    {
      guard: GUARD,
      verdict: "stop",
      detail: "security defaults are on: they ask everybody already, without cohorts and dates, and are not meant to stand beside per-user MFA",
      hint: "if this plan is to take their place, turn them off in the Entra admin centre (Overview, Properties) once its first states are set; else keep them and leave the plan",
      count: 1,
      allowable: true,
      holds: raising.map(({ kind, key }) => ({ kind, key })),
    },
  ];
};

const besidePolicies = ({ observed, desired }: GuardInput): readonly Finding[] => {
  const wishes = desired.resources.filter((each) => each.kind === "per-user-mfa" && each.settings.perUser !== "disabled");
  const on = policiesIn(observed.resources["conditional-access"]).filter(({ settings }) => settings.state === "on" && settings.grant !== null);
  const asking = on.filter(({ settings: { grant } }) => grant?.controls.includes("mfa") === true || (grant?.strength ?? null) !== null);
  if (wishes.length === 0 || asking.length === 0) return [];
  const names = asking.map(({ settings }) => `"${nameWithoutMark(settings.name)}"`).sort();
  return [
    {
      guard: GUARD,
      verdict: "go",
      detail: `${asking.length === 1 ? "the policy" : "the policies"} ${listed(names)} ${asking.length === 1 ? "asks" : "ask"} for MFA as well: whoever has per-user MFA is asked whatever these say of networks and of who is left out`,
      allowable: false,
    },
  ];
};

const unproven = ({ observed: { perUser }, desired }: GuardInput): readonly Finding[] =>
  perUser?.type !== "present" || perUser.value.basis !== "unnamed" || !desired.resources.some(({ kind }) => kind === "per-user-mfa")
    ? []
    : [
        {
          guard: GUARD,
          verdict: "go",
          detail:
            "the list of accounts names nobody who has per-user MFA, and those who were looked at one by one have none; each account is looked at again before it is written",
          allowable: false,
        },
      ];

/** This tool sets no state of an emergency account; somebody else may have. */
const ofEmergency = (input: GuardInput): readonly Finding[] => {
  const { perUser, emergency } = input.observed;
  if (perUser?.type !== "present") return [];
  const asked = emergency.flatMap(({ address, account }) => {
    const state = account.type === "present" ? perUser.value.get(account.value.id) : undefined;
    return state === undefined || state === "disabled" ? [] : [{ address, state }];
  });
  return asked.map(({ address, state }) => ({
    guard: GUARD,
    verdict: "go",
    detail: `somebody set the per-user MFA of the emergency account ${address} to ${state}: it is asked like everybody else, and this tool leaves it so`,
    accounts: [address],
    allowable: false,
  }));
};

/** Nobody's state is lowered because a list says that they leave: nothing on an account says who gave it its state. */
const leavers = (input: GuardInput): readonly Finding[] => {
  const { plan, observed, desired } = input;
  const { perUser, roster } = observed;
  const keys = new Set(desired.resources.flatMap(({ kind, key }) => (kind === "per-user-mfa" ? [key] : [])));
  const wished = plan.cohorts.filter(({ slug }) => keys.has(slug));
  const rows = wished.flatMap(({ source }) => (source.type === "file" && source.list.type === "read" ? source.list.rows : []));
  const leave = new Set(rows.flatMap(({ entry, leaves }) => (leaves ? [entry] : [])));
  if (plan.mechanism !== "per-user" || leave.size === 0 || perUser?.type !== "present" || roster.type !== "present") return [];
  const people = roster.value;
  const kept: ObjectId[] = [];
  for (const [id] of perUser.value.asked()) {
    const address = people.address(id) ?? "";
    const isNamed = leave.has(address) || leave.has(address.slice(address.indexOf("@") + 1));
    if (isNamed && !wished.some(({ name }) => people.standing(id, name) === "in")) kept.push(id);
  }
  if (kept.length === 0) return [];
  return [
    {
      guard: GUARD,
      verdict: "go",
      detail: `${counted(kept.length, "account")} left a list, and ${kept.length === 1 ? "keeps" : "keep"} the per-user MFA that ${kept.length === 1 ? "it has" : "they have"}`,
      hint: "where they shall not be asked any longer, turn it off in the Entra admin centre (Users, Per-user MFA)",
      accounts: addressesOf(input, kept).slice(0, SAMPLE),
      count: kept.length,
      allowable: false,
    },
  ];
};

export const perUser: Guard = {
  name: GUARD,
  about: "per-user MFA stands beside nothing that makes it useless, and is turned off only where something else asks",
  allowable: true,
  check: (input) =>
    asksForStates(input.plan)
      ? [
          ...unproven(input),
          ...ofEmergency(input),
          ...besideDefaults(input),
          ...besidePolicies(input),
          ...leavers(input),
          ...changesOf(input.diff, "per-user-mfa").flatMap((change) => uncovered(input, change)),
        ]
      : [],
};

/** Told where states are read at all: for a plan that retires some of them. */
const left = (input: GuardInput): readonly Finding[] => {
  const { plan, observed } = input;
  const { roster, perUser: states } = observed;
  if (plan.mechanism === "per-user" || states?.type !== "present" || roster.type !== "present") return [];
  const cohorts = new Set(plan.phases.flatMap((phase) => stateWishOf(plan, phase)?.cohort ?? []));
  const spared = new Set(observed.emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const others: ObjectId[] = [];
  for (const [id] of states.value.asked()) {
    if (!spared.has(id) && ![...cohorts].some((cohort) => roster.value.standing(id, cohort) === "in")) others.push(id);
  }
  if (others.length === 0) return [];
  return [
    {
      guard: LEFT,
      verdict: "go",
      detail: `${counted(others.length, "account")} that no phase of the plan is about ${others.length === 1 ? "has" : "have"} per-user MFA: asked everywhere, whatever the policies say`,
      hint: "name them in a cohort of a phase with retirePerUser, once a policy asks them",
      accounts: addressesOf(input, others).slice(0, SAMPLE),
      count: others.length,
      allowable: false,
    },
  ];
};

export const perUserLeft: Guard = {
  name: LEFT,
  about: "whose per-user MFA would stay on beside the plan's policies",
  allowable: false,
  check: (input) => left(input),
};
