/** Which mailboxes, and which plans for new ones, are not as a plan wants them. Half a million pass here: an object only for those that differ. */

import type { Change, DesiredOf, MailboxChange } from "./changes.ts";
import { findLocal, type LocalGlob, localsOf } from "./compiled-cohort.ts";
import { fieldChanges, laidOver, nameOf, normalise, partOf } from "./kinds/index.ts";
import { isFlag, keyOf, type MailboxWish, type TurnOffPhase, turnOffPhases } from "./mailbox-wishes.ts";
import type { Mailbox, Mailboxes, MailboxState } from "./mailboxes.ts";
import type { Observed } from "./observed.ts";
import { splitAddress } from "./plan/patterns.ts";
import { type Phase, type Plan, PROTOCOLS, type ProtocolWord } from "./plan/plan.ts";
import { progressOf } from "./progress.ts";
import type { Roster } from "./roster.ts";
import type { MailboxFields, ObjectId, PhaseId, SmtpAuth } from "./tenant.ts";

/** A phase with whom it keeps a protocol on for, and how to find them. */
type Compiled = { readonly phase: TurnOffPhase; readonly kept: (address: string) => boolean };

/** A tenant has hundreds of domains; this only keeps a strange one from filling the memory. */
const MOST_DOMAINS = 20_000;

const keeperOf = ({ turnOff }: TurnOffPhase): ((address: string) => boolean) => {
  const patterns = turnOff.keepOn.flatMap(({ accounts }) => accounts);
  if (patterns.length === 0) return () => false;
  const byDomain = new Map<string, readonly LocalGlob[]>();
  return (address) => {
    const { local, domain } = splitAddress(address);
    const globs = byDomain.get(domain) ?? localsOf(patterns, domain);
    if (byDomain.size >= MOST_DOMAINS) byDomain.clear();
    byDomain.set(domain, globs);
    return findLocal(globs, local) !== undefined;
  };
};

/** What one phase says of one account's protocol: nothing, off, or keep. */
type Word = "off" | "keep" | undefined;

const wordOf = ({ phase: { turnOff }, kept }: Compiled, owner: ObjectId, protocol: ProtocolWord, roster: Roster): Word => {
  if (!turnOff.protocols.includes(protocol)) return undefined;
  if (turnOff.for !== undefined && roster.standing(owner, turnOff.for) !== "in") return undefined;
  const address = roster.address(owner);
  // Whose mailbox it is nobody can say, so that it may be one that keeps it.
  if (address === undefined) return turnOff.keepOn.length > 0 ? "keep" : "off";
  return kept(address) ? "keep" : "off";
};

/** What the mailbox does in the end. */
export const effectiveSmtp = (own: SmtpAuth, tenant: "on" | "off"): "on" | "off" => (own === "inherit" ? tenant : own);

export type Tenant = {
  /** Whether programs may hand in mail where a mailbox does not say so. */
  readonly smtpAuth: "on" | "off";
  /** That this is being turned off. */
  readonly smtpAuthGoes: boolean;
};

/**
 * What SMTP AUTH of a mailbox is to be. Who keeps it needs a word of its own before the tenant's is turned off; who loses it goes
 * by the tenant's word where that is off for all, so that nothing is left behind.
 */
const smtpWish = (word: Word, own: SmtpAuth, tenant: Tenant | undefined): SmtpAuth => {
  if (word === undefined || tenant === undefined) return own;
  const { smtpAuth, smtpAuthGoes } = tenant;
  const now = effectiveSmtp(own, smtpAuth);
  if (word === "keep") return now === "on" && smtpAuthGoes ? "on" : own;
  if (smtpAuthGoes) return own === "on" ? "inherit" : own;
  return now === "off" ? own : "off";
};

const beforeOf = (state: MailboxState, after: MailboxFields): MailboxFields =>
  Object.fromEntries(Object.entries(state).filter(([name]) => Object.hasOwn(after, name)));

/** `by`: the phases that want it, in the plan's order. */
type Wished = { readonly after: MailboxFields; readonly by: readonly TurnOffPhase[] };

/** What the phases together say, and those of them that say it. Where one keeps and another does not, it is turned off. */
const wordOfAll = (phases: readonly Compiled[], owner: ObjectId, protocol: ProtocolWord, roster: Roster): readonly [Word, readonly TurnOffPhase[]] => {
  const said = phases.flatMap((each): readonly (readonly [Word, TurnOffPhase])[] => {
    const word = wordOf(each, owner, protocol, roster);
    return word === undefined ? [] : [[word, each.phase]];
  });
  const word = said.some(([own]) => own === "off") ? "off" : said[0]?.[0];
  return [word, said.flatMap(([own, phase]) => (own === word ? [phase] : []))];
};

const wishedOf = (phases: readonly Compiled[], { owner, state }: Mailbox, roster: Roster, tenant: Tenant | undefined): Wished | undefined => {
  const wanted: Record<string, boolean | SmtpAuth> = {};
  const by = new Set<TurnOffPhase>();
  for (const protocol of PROTOCOLS) {
    const [word, sayers] = wordOfAll(phases, owner, protocol, roster);
    const value = isFlag(protocol) ? (word === "off" ? false : state[protocol]) : smtpWish(word, state.smtpAuth, tenant);
    if (value === state[protocol]) continue;
    wanted[protocol] = value;
    for (const phase of sayers) by.add(phase);
  }
  return by.size === 0 ? undefined : { after: wanted, by: phases.flatMap(({ phase }) => (by.has(phase) ? [phase] : [])) };
};

/** Undefined when nobody can say. */
const tenantsSmtp = ({ resources }: Pick<Observed, "resources">): "on" | "off" | undefined => {
  const list = resources["smtp-auth"];
  const [only] = list.type === "present" ? list.value : [];
  return only?.settings.smtpAuth;
};

const tenantOf = (observed: Observed, smtpAuthGoes: boolean): Tenant | undefined => {
  const smtpAuth = tenantsSmtp(observed);
  return smtpAuth === undefined ? undefined : { smtpAuth, smtpAuthGoes };
};

type Seen = { readonly roster: Roster; readonly mailboxes: Mailboxes };

/** What a phase is worked out from; undefined where something of it could not be read. Of the tenant's word only those about SMTP AUTH need to know. */
const seenFor = (observed: Observed, phases: readonly TurnOffPhase[]): Seen | undefined => {
  const { roster, mailboxes } = observed;
  if (roster.type !== "present" || mailboxes?.type !== "present") return undefined;
  if (phases.some(({ turnOff }) => turnOff.for !== undefined && !roster.value.knows(turnOff.for))) return undefined;
  if (tenantsSmtp(observed) === undefined && phases.some(({ turnOff }) => turnOff.protocols.includes("smtpAuth"))) return undefined;
  return { roster: roster.value, mailboxes: mailboxes.value };
};

/** Whether it can be said of every mailbox what the phase means for it. */
export const isMailKnown = (observed: Observed, phase: TurnOffPhase): boolean => seenFor(observed, [phase]) !== undefined;

/** What would have to be set, by key; a mailbox of several cohorts stands under the first phase that is about it. */
const protocolChanges = (plan: Plan, wishes: readonly MailboxWish[], observed: Observed): ReadonlyMap<string, Change> | undefined => {
  const started = new Set(wishes.flatMap(({ kind, phases }) => (kind === "mailbox-protocols" ? phases : [])));
  const tenant = tenantOf(
    observed,
    wishes.some(({ kind }) => kind === "smtp-auth"),
  );
  const own = turnOffPhases(plan).filter(({ id }) => started.has(id));
  const seen = seenFor(observed, own);
  if (seen === undefined || progressOf(observed, plan.id).type === "unknown") return undefined;
  const phases = own.map((phase): Compiled => ({ phase, kept: keeperOf(phase) }));
  const found = new Map<string, { readonly mailboxes: MailboxChange[]; readonly phases: Set<PhaseId> }>();
  for (const mailbox of seen.mailboxes) {
    const wished = wishedOf(phases, mailbox, seen.roster, tenant);
    const [first] = wished?.by ?? [];
    if (wished === undefined || first === undefined) continue;
    const key = keyOf(plan, first.turnOff);
    const its = found.get(key) ?? { mailboxes: [], phases: new Set() };
    found.set(key, its);
    its.mailboxes.push({ id: mailbox.id, before: beforeOf(mailbox.state, wished.after), after: wished.after });
    for (const { id } of wished.by) its.phases.add(id);
  }
  return new Map(
    [...found].map(([key, its]): readonly [string, Change] => [
      key,
      {
        kind: "mailbox-protocols",
        key,
        action: "update",
        name: plan.cohorts.find(({ slug }) => slug === key)?.name ?? "every mailbox",
        phases: plan.phases.map(({ id }) => id).filter((id) => its.phases.has(id)),
        mark: { plan: plan.id, key },
        fields: [],
        mailboxes: its.mailboxes.sort((a, b) => (a.id < b.id ? -1 : 1)),
        needs: [],
      },
    ]),
  );
};

/** The plans for new mailboxes that differ from the one wish for all of them. */
const planChanges = (plan: Plan, wish: DesiredOf<"mailbox-plan">, observed: Observed): readonly Change[] | undefined => {
  const list = observed.resources["mailbox-plan"];
  if (list.type !== "present" || progressOf(observed, plan.id).type === "unknown") return undefined;
  return list.value.flatMap(({ id, settings }): readonly Change[] => {
    const before = normalise("mailbox-plan", partOf("mailbox-plan", settings, wish.settings));
    const after = normalise("mailbox-plan", laidOver("mailbox-plan", before, { ...wish.settings, plan: settings.plan }));
    const fields = fieldChanges("mailbox-plan", before, after);
    if (fields.length === 0) return [];
    const phases = wish.phases.filter((phase) =>
      fields.some(({ path }) => turnOffPhases(plan).some((each) => each.id === phase && each.turnOff.protocols.some((word) => word === path))),
    );
    return [
      {
        kind: "mailbox-plan",
        key: id,
        action: "update",
        name: nameOf("mailbox-plan", settings),
        id,
        phases,
        mark: { plan: plan.id, key: id },
        before,
        after,
        fields,
        needs: [],
      },
    ];
  });
};

/** Whether some mailbox is given a word of its own, so that it goes on when the tenant's is turned off. */
const keepsSmtp = ({ mailboxes = [] }: Change): boolean => mailboxes.some(({ after }) => after.smtpAuth === "on");

const has = (state: MailboxState, protocol: ProtocolWord, tenant: "on" | "off" | undefined): boolean =>
  isFlag(protocol) ? state[protocol] : tenant !== undefined && effectiveSmtp(state.smtpAuth, tenant) === "on";

/** A phase that is about mailboxes and about nothing else. */
export const isMailOnly = (phase: Phase): phase is TurnOffPhase => {
  const { id: _id, title: _title, starts: _starts, reportOnlyFrom: _from, ready: _ready, place: _place, turnOff, ...others } = phase;
  return turnOff !== undefined && Object.keys(others).length === 0;
};

/** A phase about mail programs, or accounts of review lists, that asks nobody for anything and waits for nobody. */
export const asksNobody = (phase: Phase): boolean => {
  const { id: _id, title: _title, starts: _starts, reportOnlyFrom: _from, place: _place, ...parts } = phase;
  const { turnOff: _mailboxes, blockBasic: _basic, blockSignIn: _blocked, deleteAccounts: _deleted, ...others } = parts;
  return Object.keys(others).length === 0 && Object.keys(parts).length > 0;
};

/** How many mailboxes a phase is about, those that keep a protocol left out, and how many still have what it turns off; null when nobody can say. */
export const mailboxCount = (observed: Observed, phase: TurnOffPhase): { readonly count: number; readonly on: number } | null => {
  const seen = seenFor(observed, [phase]);
  if (seen === undefined) return null;
  const smtp = tenantsSmtp(observed);
  const one: Compiled = { phase, kept: keeperOf(phase) };
  let [count, on] = [0, 0];
  for (const { owner, state } of seen.mailboxes) {
    const off = PROTOCOLS.filter((protocol) => wordOf(one, owner, protocol, seen.roster) === "off");
    if (off.length === 0) continue;
    count += 1;
    if (off.some((protocol) => has(state, protocol, smtp))) on += 1;
  }
  return { count, on };
};

/** What the phases that have begun say of an account's protocol, for whoever looks at its mailbox later. Undefined where nobody knows a cohort. */
export const mailboxWordsIn = (
  plan: Plan,
  wishes: readonly MailboxWish[],
  roster: Roster,
): ((owner: ObjectId, protocol: ProtocolWord) => "off" | "keep" | undefined) | undefined => {
  const begun = new Set(wishes.flatMap(({ kind, phases }) => (kind === "mailbox-protocols" ? phases : [])));
  const own = turnOffPhases(plan).filter(({ id }) => begun.has(id));
  if (own.some(({ turnOff }) => turnOff.for !== undefined && !roster.knows(turnOff.for))) return undefined;
  const phases = own.map((phase): Compiled => ({ phase, kept: keeperOf(phase) }));
  return (owner, protocol) => wordOfAll(phases, owner, protocol, roster)[0];
};

export type MailboxChanges = {
  /** The changes of one wish, none where all is as wanted; undefined where nobody can say, since something could not be read. */
  readonly of: (wish: DesiredOf<"mailbox-plan"> | DesiredOf<"mailbox-protocols">) => readonly Change[] | undefined;
  /**
   * What the tenant's word may not be turned off without: the changes that give those who keep SMTP AUTH a word of their own.
   * Undefined where nobody can say who these are.
   */
  readonly beforeSmtpAuth: () => Change["needs"] | undefined;
};

export const mailboxChangesIn = (plan: Plan, wishes: readonly MailboxWish[], observed: Observed): MailboxChanges => {
  let known: { readonly changes: ReadonlyMap<string, Change> | undefined } | undefined;
  const protocols = (): ReadonlyMap<string, Change> | undefined => {
    known ??= { changes: protocolChanges(plan, wishes, observed) };
    return known.changes;
  };
  return {
    of: (wish) => {
      if (wish.kind === "mailbox-plan") return planChanges(plan, wish, observed);
      const change = protocols()?.get(wish.key);
      return protocols() === undefined ? undefined : change === undefined ? [] : [change];
    },
    beforeSmtpAuth: () => {
      const changes = protocols();
      return changes === undefined ? undefined : [...changes.values()].filter(keepsSmtp).map(({ kind, key }) => ({ kind, key }));
    },
  };
};
