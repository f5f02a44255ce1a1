/**
 * What this tool wrote and somebody loosened since is not tightened again without a person who wants it. Only the journals
 * know what was written last: where they are gone, or were never on this machine, nothing can be compared and this guard
 * says nothing. What the tenant needs to be safe, the other guards read from the tenant itself.
 */

import type { Change, Finding } from "../changes.ts";
import { refOf, type Written } from "../history.ts";
import { GIVEN_UP_AFTER_MS } from "../journal.ts";
import { nameOf as nameOfSettings, normalise, settingsOf } from "../kinds/index.ts";
import { nameWithoutMark } from "../mark.ts";
import { isOutKey } from "../out.ts";
import { strengthOf } from "../per-user-states.ts";
import { formatMoment } from "../plan/moments.ts";
import { progressOf } from "../progress.ts";
import { KINDS, type Kind, type Known, type ObjectId, type ResourceOf, type Settings, type SettingsOf } from "../tenant.ts";
import { counted, type Guard, type GuardInput, isOurs, listed } from "./guard.ts";
import { LOOSER, type Looser } from "./looser.ts";

const GUARD = "loosened";

const WORDS = {
  "cohort-group": "group",
  "named-location": "named location",
  "authentication-methods": "setting",
  "registration-campaign": "setting",
  "conditional-access": "policy",
  "security-defaults": "setting",
  "per-user-mfa": "setting",
  "mailbox-plan": "setting",
  "mailbox-protocols": "setting",
  "authentication-policy": "authentication policy",
  "default-authentication-policy": "setting",
  "smtp-auth": "setting",
  "account-block": "accounts",
  "account-deletion": "accounts",
} as const satisfies Record<Kind, string>;

type Loosenings = { readonly [K in Kind]: (before: SettingsOf[K], now: SettingsOf[K]) => readonly Looser[] };

const looser = <K extends Kind>(kind: K, before: Settings, now: Settings): readonly Looser[] => {
  const table: Loosenings = LOOSER;
  return table[kind](normalise(kind, settingsOf(kind, before)), normalise(kind, settingsOf(kind, now)));
};

/**
 * A value without what halt and let-in did to it, on whichever machine: the plan's progress says so, and somebody wanted it.
 * Those whose time is over stand there too, so that the run that takes them back is not stopped.
 */
const withoutRelief = ({ observed, plan }: GuardInput, change: Change, value: Settings, written: Written): Settings => {
  const progress = progressOf(observed, plan.id);
  if (change.kind !== "conditional-access" || progress.type !== "present") return value;
  const settings = settingsOf("conditional-access", value);
  const { halted, letIn = [] } = progress.value;
  const groups = observed.resources["cohort-group"];
  const ofDomains = groups.type === "present" ? groups.value.filter((each) => isOurs(plan, each) && isOutKey(each.mark?.key ?? "")).map(({ id }) => id) : [];
  const exclude = {
    ...settings.exclude,
    users: settings.exclude.users.filter((id) => !letIn.some((each) => each.id === id)),
    groups: settings.exclude.groups.filter((id) => !ofDomains.includes(id)),
  };
  // Halted after it was written here last, it was not somebody else who set it to rest.
  return { ...settings, exclude, state: halted !== undefined && written.at < halted ? "on" : settings.state };
};

/** What is looser than each value that may have been written last, and what the change would tighten again. */
const loosenedBy = (input: GuardInput, change: Change, written: Written): readonly Looser[] => {
  const { before, after } = change;
  if (before === undefined || after === undefined || written.possible.length === 0) return [];
  const tightened = new Set(looser(change.kind, after, before).map(({ path }) => path));
  const now = withoutRelief(input, change, before, written);
  const [first = [], ...others] = written.possible.map((possible) => looser(change.kind, possible, now));
  return first.filter(({ path }) => tightened.has(path) && others.every((each) => each.some((other) => other.path === path)));
};

const resourceOf = ({ observed }: GuardInput, change: Change): ResourceOf<Kind> | undefined => {
  const list = observed.resources[change.kind];
  return list.type === "present" ? list.value.find(({ id }) => id === change.id) : undefined;
};

const nameOf = ({ observed }: GuardInput, id: ObjectId): string | undefined => {
  const address = observed.roster.type === "present" ? observed.roster.value.address(id) : undefined;
  if (address !== undefined) return address;
  for (const kind of KINDS) {
    const list: Known<readonly ResourceOf<Kind>[]> = observed.resources[kind];
    const found = list.type === "present" ? list.value.find((each) => each.id === id) : undefined;
    if (found !== undefined) return `"${nameWithoutMark(nameOfSettings<Kind>(kind, found.settings))}"`;
  }
  return undefined;
};

/** Ids in a sentence get the names that people know them by; where nobody knows one, the id stays alone. */
const withNames = (input: GuardInput, what: string): string =>
  what.replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => {
    const name = nameOf(input, id);
    return name === undefined ? id : `${name} (${id})`;
  });

const finding = (input: GuardInput, change: Change, written: Written, what: string, hint: string): Finding => {
  const { timeZone } = input.plan;
  const modified = resourceOf(input, change)?.modified;
  const when = modified === undefined ? "" : `, last changed ${formatMoment(modified, timeZone)}`;
  const [phase] = change.phases;
  return {
    guard: GUARD,
    verdict: "stop",
    ...(phase !== undefined && { phase }),
    detail: `the ${WORDS[change.kind]} "${nameWithoutMark(change.name)}"${change.id === undefined ? "" : ` (${change.id})`} ${withNames(input, what)} since the run of ${formatMoment(written.at, timeZone)}${when}: somebody may have had a reason`,
    hint,
    count: 1,
    allowable: true,
    holds: [{ kind: change.kind, key: change.key }],
  };
};

const ASK = "the tenant's audit log says who did it: ask, then change the plan, or let it be tightened again";

const deleted = (input: GuardInput, change: Change, written: Written): boolean => {
  if (change.action !== "create" || !written.sure || input.observed.readAt - written.at < GIVEN_UP_AFTER_MS) return false;
  // While one of two doubles is left, that is for the guard of doubles to say.
  return !input.diff.doubles.some(({ kind, mark }) => kind === change.kind && mark.key === change.key);
};

type Moved = { readonly gone: readonly ObjectId[]; readonly of: number; readonly added: readonly ObjectId[] };

/** Of those whom the runs put in and who still belong in: how many are out again; and whom others put in. */
const movedMembers = ({ observed, desired }: GuardInput, change: Change, written: Written): Moved | undefined => {
  const membership = desired.resources.find(({ kind, key }) => kind === change.kind && key === change.key)?.membership;
  if (membership === undefined || change.members === undefined || observed.roster.type !== "present") return undefined;
  const roster = observed.roster.value;
  const missing = new Set(change.members.added);
  let of = 0;
  const gone: ObjectId[] = [];
  for (const id of written.members) {
    if (roster.standing(id, membership.cohort) !== membership.standing) continue;
    of += 1;
    if (missing.has(id)) gone.push(id);
  }
  // More people in a group of exceptions means fewer who are asked; more in a cohort's group means more of them.
  const added = membership.standing === "excepted" && written.whole ? change.members.removed.filter((id) => !written.members.has(id)) : [];
  return { gone: membership.standing === "in" ? gone : [], of, added };
};

/** Accounts to which a run gave a state that asks for more than the one they have now, and that would get it again. */
const loweredAccounts = (input: GuardInput, change: Change): readonly Finding[] => {
  const { history, observed, plan } = input;
  const { states } = change;
  if (states === undefined || history?.states === undefined) return [];
  const lowered = states.accounts.flatMap(({ id, before }) => {
    const last = history.states?.get(id);
    return last !== undefined && strengthOf(before) < strengthOf(last.state) && strengthOf(before) < strengthOf(states.to) ? [{ id, at: last.at }] : [];
  });
  const [first, ...others] = lowered;
  if (first === undefined) return [];
  const [phase] = change.phases;
  const at = others.reduce((latest, each) => Math.max(latest, each.at), first.at);
  const roster = observed.roster.type === "present" ? observed.roster.value : undefined;
  return [
    {
      guard: GUARD,
      verdict: "stop",
      ...(phase !== undefined && { phase }),
      detail: `the per-user MFA of ${counted(lowered.length, "account")} of ${change.name} was lowered since the run of ${formatMoment(at, plan.timeZone)}: somebody may have had a reason`,
      hint: ASK,
      accounts: lowered.map(({ id }) => roster?.address(id) ?? id).sort(),
      count: lowered.length,
      allowable: true,
      holds: [{ kind: change.kind, key: change.key }],
    },
  ];
};

const ofChange = (input: GuardInput, change: Change): readonly Finding[] => {
  const written = input.history?.written.get(refOf(change.kind, change.key));
  if (written === undefined) return [];
  if (change.action === "create") return deleted(input, change, written) ? [finding(input, change, written, "was deleted", ASK)] : [];
  if (change.action !== "update" || (written.id !== undefined && written.id !== change.id)) return [];
  const found: Finding[] = [];
  const parts = loosenedBy(input, change, written);
  if (parts.length > 0) found.push(finding(input, change, written, `was ${listed(parts.map(({ what }) => what))}`, ASK));
  const moved = movedMembers(input, change, written);
  if (moved !== undefined && moved.gone.length * 2 > moved.of) {
    const what =
      moved.gone.length === moved.of ? `was emptied (${counted(moved.of, "member")})` : `lost ${counted(moved.gone.length, "member")} of ${moved.of}`;
    found.push(finding(input, change, written, what, ASK));
  }
  if (moved !== undefined && moved.added.length > 0) {
    found.push({
      ...finding(
        input,
        change,
        written,
        `was given ${counted(moved.added.length, "member")} more, who are not asked any longer`,
        "name them under except: in the plan, or let them be taken out again",
      ),
      accounts: moved.added,
    });
  }
  return found;
};

export const loosened: Guard = {
  name: GUARD,
  about: "nobody loosened what an earlier run wrote: turned a policy off, excluded somebody, emptied a group, lowered a state, deleted something",
  allowable: true,
  check: (input) => input.diff.changes.flatMap((change) => [...ofChange(input, change), ...loweredAccounts(input, change)]),
};
