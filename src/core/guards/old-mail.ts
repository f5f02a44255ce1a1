/** Whoever gets mail by a protocol that goes off calls on Monday: they are told of beforehand, as far as the log knows them. */

import type { Change, Finding } from "../changes.ts";
import { effectiveSmtp } from "../mailbox-changes.ts";
import { PROTOCOL_NAMES, PROTOCOLS, type ProtocolWord } from "../plan/plan.ts";
import { agoWords, type MailUse, USE_DAYS } from "../sign-in-digest.ts";
import type { Switched } from "../switching.ts";
import type { Instant, MailboxFields, ObjectId, PhaseId } from "../tenant.ts";
import { counted, type Guard, type GuardInput } from "./guard.ts";
import { gapsIn, partOf, unread } from "./log-part.ts";

const GUARD = "old-mail";
const WHAT = "who still gets or sends mail by a protocol that goes off";

/** Accounts that lose protocols, by the change that takes them. */
type Losing = { readonly change: Change; readonly owners: ReadonlyMap<ObjectId, readonly ProtocolWord[]> };

const smtpOf = ({ observed }: GuardInput): "on" | "off" => {
  const list = observed.resources["smtp-auth"];
  const [only] = list.type === "present" ? list.value : [];
  return only?.settings.smtpAuth ?? "on";
};

const lostIn = (before: MailboxFields, after: MailboxFields, tenant: "on" | "off"): readonly ProtocolWord[] =>
  PROTOCOLS.filter((protocol) => {
    if (protocol !== "smtpAuth") return before[protocol] === true && after[protocol] === false;
    const [from, to] = [before.smtpAuth, after.smtpAuth];
    return from !== undefined && to !== undefined && effectiveSmtp(from, tenant) === "on" && effectiveSmtp(to, tenant) === "off";
  });

const ofMailboxes = (input: GuardInput, change: Change): Losing => {
  const { mailboxes } = input.observed;
  const owners = new Map<ObjectId, readonly ProtocolWord[]>();
  for (const { id, before, after } of change.mailboxes ?? []) {
    const owner = mailboxes?.type === "present" ? mailboxes.value.ownerOf(id) : undefined;
    const lost = lostIn(before, after, smtpOf(input));
    if (owner !== undefined && lost.length > 0) owners.set(owner, lost);
  }
  return { change, owners };
};

/** The tenant's own word goes for every mailbox that has none. */
const ofTenant = (input: GuardInput, change: Change): Losing => {
  const mailboxes = input.after.mailboxes;
  const owners = new Map<ObjectId, readonly ProtocolWord[]>();
  const goes = change.after !== undefined && "smtpAuth" in change.after && change.after.smtpAuth === "off" && smtpOf(input) === "on";
  if (!goes || mailboxes?.type !== "present") return { change, owners };
  for (const { owner, state } of mailboxes.value) if (state.smtpAuth === "inherit") owners.set(owner, ["smtpAuth"]);
  return { change, owners };
};

/** Whether something is sent with a password alone, where a mailbox has no say in it; where nobody can say, it is. */
const sendsBasic = ({ resources }: GuardInput["observed"]): boolean => {
  const [standard] = resources["default-authentication-policy"].type === "present" ? resources["default-authentication-policy"].value : [];
  const policies = resources["authentication-policy"].type === "present" ? resources["authentication-policy"].value : [];
  const inForce = policies.find(({ id }) => id === standard?.settings.defaultPolicy);
  return inForce === undefined || inForce.settings.allowBasic.includes("smtpAuth");
};

/** Of every account that can send, since which of them have a policy of their own nobody looked at. What a mailbox loses anyway is told of it there. */
const ofBasic = (input: GuardInput, change: Change): Losing => {
  const { observed, after, diff } = input;
  const owners = new Map<ObjectId, readonly ProtocolWord[]>();
  const isDoing = change.kind === "default-authentication-policy" || !diff.changes.some(({ kind }) => kind === "default-authentication-policy");
  if (!isDoing || !sendsBasic(observed) || sendsBasic(after)) return { change, owners };
  const [tenant] = after.resources["smtp-auth"].type === "present" ? after.resources["smtp-auth"].value : [];
  if (after.mailboxes?.type === "present") {
    for (const { owner, state } of after.mailboxes.value)
      if (effectiveSmtp(state.smtpAuth, tenant?.settings.smtpAuth ?? "on") === "on") owners.set(owner, ["smtpAuth"]);
  } else if (observed.roster.type === "present") for (const id of observed.roster.value.everybody()) owners.set(id, ["smtpAuth"]);
  return { change, owners };
};

const isBasic = ({ kind }: Change): boolean => kind === "authentication-policy" || kind === "default-authentication-policy";

const losingOf = (input: GuardInput, change: Change): readonly Losing[] => {
  if (change.mailboxes !== undefined) return [ofMailboxes(input, change)];
  if (change.kind === "smtp-auth") return [ofTenant(input, change)];
  return isBasic(change) ? [ofBasic(input, change)] : [];
};

const losingIn = (input: GuardInput): readonly Losing[] =>
  input.diff.changes.flatMap((change) => losingOf(input, change)).filter(({ owners }) => owners.size > 0);

/** Changes that share a phase share what it lets be hit, and whom: the same account may lose one protocol by its mailbox and another by the tenant. */
type Group = { readonly changes: readonly Change[]; readonly phases: readonly PhaseId[]; readonly owners: ReadonlyMap<ObjectId, readonly ProtocolWord[]> };

const joined = (group: Group, { changes, phases, owners }: Group): Group => {
  const all = new Map(group.owners);
  for (const [owner, lost] of owners) all.set(owner, [...new Set([...(all.get(owner) ?? []), ...lost])]);
  return { changes: [...group.changes, ...changes], phases: [...new Set([...group.phases, ...phases])], owners: all };
};

const groupsIn = (losing: readonly Losing[]): readonly Group[] =>
  losing.reduce<readonly Group[]>((groups, { change, owners }) => {
    const shares = ({ phases }: Group): boolean => phases.some((phase) => change.phases.includes(phase));
    const own: Group = { changes: [change], phases: change.phases, owners };
    return [...groups.filter((group) => !shares(group)), groups.filter(shares).reduceRight((one, other) => joined(other, one), own)];
  }, []);

/** The phases say together how many may be hit. */
const limitOf = ({ plan }: GuardInput, { phases }: Group): number =>
  plan.phases.reduce((sum, { id, turnOff, blockBasic }) => (phases.includes(id) ? sum + (turnOff?.atMost ?? 0) + (blockBasic?.atMost ?? 0) : sum), 0);

type Hit = { readonly address: string; readonly words: string; readonly last: Instant };

const hitIn = ({ observed, plan }: GuardInput, { owners }: Group, mail: ReadonlyMap<ObjectId, MailUse>): readonly Hit[] =>
  [...owners]
    .flatMap(([owner, protocols]): readonly Hit[] => {
      const use = mail.get(owner);
      const used = PROTOCOLS.flatMap((protocol) => {
        const own = protocols.includes(protocol) ? use?.[protocol] : undefined;
        return own === undefined ? [] : [{ protocol, last: own.last }];
      });
      if (used.length === 0) return [];
      const address = (observed.roster.type === "present" ? observed.roster.value.address(owner) : undefined) ?? owner;
      const words = used.map(({ protocol, last }) => `${PROTOCOL_NAMES[protocol]}, ${agoWords(last, observed.readAt, plan.timeZone)}`).join("; ");
      return [{ address, words, last: Math.max(...used.map(({ last }) => last)) }];
    })
    .sort((a, b) => b.last - a.last || (a.address < b.address ? -1 : 1));

/** How those who use it can go on. */
const waysOn = ({ changes }: Group): readonly string[] => [
  ...(changes.every(isBasic) ? [] : ["name those that shall go on under keepOn, with a reason"]),
  ...(changes.some(isBasic) ? ["say allow: [smtpAuth] under blockBasic"] : []),
];

const ofOne = (input: GuardInput, group: Group, mail: ReadonlyMap<ObjectId, MailUse>): readonly Finding[] => {
  const hit = hitIn(input, group, mail);
  const { length: count } = hit;
  if (count === 0) return [];
  const phase = input.plan.phases.map(({ id }) => id).find((id) => group.phases.includes(id));
  const atMost = limitOf(input, group);
  const common = { guard: GUARD, ...(phase !== undefined && { phase }), accounts: hit.map(({ address, words }) => `${address} (${words})`), count };
  const detail = `${counted(count, "account")} used what goes off in the last ${USE_DAYS} days: mail stops in ${count === 1 ? "that program" : "those programs"}`;
  const names = phase === undefined || count === 1 ? [] : [`report protocols --phase ${phase} names them`];
  if (count <= atMost) {
    const told = [detail, `the plan lets up to ${atMost.toLocaleString("en-GB")} be hit`, ...names].join("; ");
    return [{ ...common, verdict: "go", detail: told, allowable: false }];
  }
  return [
    {
      ...common,
      verdict: "stop",
      detail,
      hint: [...names, `write to them first, or ${waysOn(group).join(", or ")}`, "atMost: says how many may be hit"].join("; "),
      allowable: true,
      holds: group.changes.map(({ kind, key }) => ({ kind, key })),
    },
  ];
};

/** What the guards on the log know of other changes, for whom nobody can say who used what. */
const asSwitched = ({ change, owners }: Losing): Switched => {
  const [phase] = change.phases;
  return {
    sort: "block",
    words: change.name,
    ...(phase !== undefined && { phase }),
    holds: [{ kind: change.kind, key: change.key }],
    staged: false,
    grown: true,
    programs: true,
    outside: [],
    reaches: (id) => owners.has(id),
  };
};

export const oldMail: Guard = {
  name: GUARD,
  about:
    "nobody, or no more than the plan lets be hit, has used a protocol in the last 30 days that is turned off for their mailbox, or sent mail in a way that is blocked",
  allowable: true,
  check: (input) => {
    const losing = losingIn(input);
    if (losing.length === 0) return [];
    const part = partOf(input, "legacy");
    const switched = losing.map(asSwitched);
    if (part.type !== "read") return unread(input, GUARD, WHAT, part, switched);
    const { mail = new Map() } = part.value;
    return [...groupsIn(losing).flatMap((each) => ofOne(input, each, mail)), ...gapsIn(input, GUARD, WHAT, part.value, switched)];
  },
};
