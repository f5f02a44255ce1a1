/**
 * What of a diff Exchange Online would have to be told, as rows of a script that an administrator runs: whose settings, from what to what.
 * Where Exchange could be read a row holds what was seen; where it could not, every value that a setting may have and what becomes of it.
 */

import type { Change, DesiredResource, MailboxChange } from "../changes.ts";
import { shortDigest } from "../hash.ts";
import { mailboxWordsIn } from "../mailbox-changes.ts";
import { isFlag, type MailboxWish } from "../mailbox-wishes.ts";
import type { Observed } from "../observed.ts";
import { type Plan, PROTOCOLS, type ProtocolWord } from "../plan/plan.ts";
import { progressOf } from "../progress.ts";
import { type Kind, MAILBOX_FLAGS, type MailboxFlag, type ObjectId, type Settings, type SmtpAuth } from "../tenant.ts";

/** `moves`: `ImapEnabled=True>False PopEnabled=True>False`, in the service's words; `-` leaves all as it is. `id` may be `*`: every other one. */
export type ScriptRow = { readonly moves: string; readonly id: string; readonly name: string };

/** `unseen`: the service could not be read, so that the script has to look. */
export type ScriptPart = { readonly seen: boolean; readonly rows: readonly ScriptRow[] };

export type Script = {
  readonly plans: ScriptPart;
  /** By mailbox where they were seen, else by account. */
  readonly mailboxes: ScriptPart;
  readonly tenant: ScriptPart;
  /** The same the other way round; nothing for what was not seen. */
  readonly back: { readonly plans: readonly ScriptRow[]; readonly mailboxes: readonly ScriptRow[]; readonly tenant: readonly ScriptRow[] };
  /** Eight digits that stand for tenant, plan and rows. */
  readonly digest: string;
  /** Titles of the phases that want it. */
  readonly phases: readonly string[];
};

/** The kinds that a script tells of. */
export const SCRIPTED: readonly Kind[] = ["mailbox-plan", "mailbox-protocols", "smtp-auth"];
const EVERY_OTHER = "*";
const AS_IT_IS = "-";

const NAMES = {
  pop3: "PopEnabled",
  imap: "ImapEnabled",
  activeSync: "ActiveSyncEnabled",
  smtpAuth: "SmtpClientAuthenticationDisabled",
} as const satisfies Record<ProtocolWord, string>;

/** The service says whether it is off; nothing is: as the tenant has it. */
const SMTP_WORDS = { on: "False", off: "True", inherit: "Null" } as const satisfies Record<SmtpAuth, string>;

const wordOf = (value: boolean | SmtpAuth): string => (typeof value === "boolean" ? (value ? "True" : "False") : SMTP_WORDS[value]);

type Fields = MailboxChange["before"];

const movesOf = (before: Fields, after: Fields): string =>
  PROTOCOLS.flatMap((protocol): readonly string[] => {
    const [from, to] = [before[protocol], after[protocol]];
    return from === undefined || to === undefined || from === to ? [] : [`${NAMES[protocol]}=${wordOf(from)}>${wordOf(to)}`];
  }).join(" ");

/** Both ways. */
type Pair = { readonly there: ScriptRow; readonly back: ScriptRow };

const pairOf = (before: Fields, after: Fields, id: string, name: string): readonly Pair[] => {
  const moves = movesOf(before, after);
  return moves === "" ? [] : [{ there: { moves, id, name }, back: { moves: movesOf(after, before), id, name } }];
};

// ---- seen

const isPlan = (settings: Settings | undefined): settings is Extract<Settings, { readonly flags: unknown }> => settings !== undefined && "flags" in settings;
const isSmtp = (settings: Settings | undefined): settings is Extract<Settings, { readonly smtpAuth: unknown }> =>
  settings !== undefined && "smtpAuth" in settings;

const pairsOf = (change: Change, nameOf: (mailbox: ObjectId) => string): readonly Pair[] => {
  const { before, after, mailboxes = [] } = change;
  if (isPlan(before) && isPlan(after)) return pairOf(before.flags, after.flags, after.plan, change.name);
  if (isSmtp(before) && isSmtp(after)) return pairOf({ smtpAuth: before.smtpAuth }, { smtpAuth: after.smtpAuth }, "tenant", "SMTP AUTH of the tenant");
  return mailboxes.flatMap((each) => pairOf(each.before, each.after, each.id, nameOf(each.id)));
};

// ---- not seen

const isWish = (wanted: DesiredResource): wanted is MailboxWish =>
  wanted.kind === "mailbox-plan" || wanted.kind === "mailbox-protocols" || wanted.kind === "smtp-auth";

/** A setting that is to be off is set only where it is on. */
const offMove = (flag: MailboxFlag): string => `${NAMES[flag]}=True>False,False>False`;

/** As a diff decides it, value by value: who goes by the tenant's word needs one only where that is on. */
const smtpMove = (word: "off" | "keep", goes: boolean): string | undefined => {
  if (word === "keep") return goes ? `${NAMES.smtpAuth}=Null-while-on>False,Null-while-off>Null,False>False,True>True` : undefined;
  return goes ? `${NAMES.smtpAuth}=False>Null,Null>Null,True>True` : `${NAMES.smtpAuth}=False>True,Null-while-on>True,Null-while-off>Null,True>True`;
};

const movesFor = (wordFor: (protocol: ProtocolWord) => "off" | "keep" | undefined, goes: boolean): string => {
  const moves = PROTOCOLS.flatMap((protocol): readonly string[] => {
    const word = wordFor(protocol);
    if (word === undefined) return [];
    const move = isFlag(protocol) ? (word === "off" ? offMove(protocol) : undefined) : smtpMove(word, goes);
    return move === undefined ? [] : [move];
  });
  return moves.length === 0 ? AS_IT_IS : moves.join(" ");
};

/** Nobody has this id. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** A row for every account whose mailbox would not do as all others; guests have none. */
const unseenMailboxes = (plan: Plan, wishes: readonly MailboxWish[], observed: Observed): readonly ScriptRow[] | undefined => {
  const { roster } = observed;
  if (roster.type !== "present" || progressOf(observed, plan.id).type === "unknown") return undefined;
  const words = mailboxWordsIn(plan, wishes, roster.value);
  if (words === undefined) return undefined;
  const goes = wishes.some(({ kind }) => kind === "smtp-auth");
  const others = movesFor((protocol) => words(NOBODY, protocol), goes);
  const rows: ScriptRow[] = [];
  for (const id of roster.value.everybody()) {
    if (roster.value.flags(id)?.guest === true) continue;
    const moves = movesFor((protocol) => words(id, protocol), goes);
    if (moves !== others) rows.push({ moves, id, name: roster.value.address(id) ?? id });
  }
  rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  return others === AS_IT_IS ? rows : [...rows, { moves: others, id: EVERY_OTHER, name: "every other mailbox of an account" }];
};

const unseenPlans = (wishes: readonly MailboxWish[]): readonly ScriptRow[] =>
  wishes.flatMap((wish): readonly ScriptRow[] => {
    if (wish.kind !== "mailbox-plan") return [];
    const moves = MAILBOX_FLAGS.flatMap((flag) => (wish.settings.flags[flag] === false ? [offMove(flag)] : []));
    return moves.length === 0 ? [] : [{ moves: moves.join(" "), id: EVERY_OTHER, name: "every plan for new mailboxes" }];
  });

const unseenTenant = (wishes: readonly MailboxWish[]): readonly ScriptRow[] =>
  wishes.some(({ kind }) => kind === "smtp-auth") ? [{ moves: `${NAMES.smtpAuth}=False>True,True>True`, id: "tenant", name: "SMTP AUTH of the tenant" }] : [];

// ---- both

export type ScriptInput = {
  readonly plan: Plan;
  readonly observed: Observed;
  /** Of the diff, those that no check holds back. */
  readonly changes: readonly Change[];
  /** What is wanted, without what a check holds back for another reason than that it could not be read. */
  readonly wanted: readonly DesiredResource[];
};

type Halves = { readonly part: ScriptPart; readonly back: readonly ScriptRow[] };

/** @returns undefined where accounts could not be read, without which nobody knows whose mailbox is whose. */
export const scriptOf = ({ plan, observed, changes, wanted }: ScriptInput): Script | undefined => {
  const { mailboxes, roster, resources } = observed;
  const wishes = wanted.filter(isWish);
  const nameOf = (id: ObjectId): string => {
    const owner = mailboxes?.type === "present" ? mailboxes.value.ownerOf(id) : undefined;
    return (owner === undefined || roster.type !== "present" ? undefined : roster.value.address(owner)) ?? owner ?? id;
  };
  const ofKind = (kind: Kind): Halves => {
    const pairs = changes.filter((change) => change.kind === kind).flatMap((change) => pairsOf(change, nameOf));
    return { part: { seen: true, rows: pairs.map(({ there }) => there) }, back: pairs.map(({ back }) => back) };
  };
  const looked = (rows: readonly ScriptRow[]): Halves => ({ part: { seen: false, rows }, back: [] });
  const aboutSmtp = wishes.some((wish) => wish.kind === "mailbox-protocols" && wish.settings.off.includes("smtpAuth"));
  // Whether a mailbox needs a word of its own depends on the tenant's.
  const seesMailboxes = mailboxes?.type === "present" && (!aboutSmtp || resources["smtp-auth"].type === "present");
  const boxes = seesMailboxes || wishes.length === 0 ? ofKind("mailbox-protocols") : undefined;
  const unseen = boxes === undefined ? unseenMailboxes(plan, wishes, observed) : [];
  if (unseen === undefined) return undefined;
  const parts = {
    plans: resources["mailbox-plan"].type === "present" || wishes.length === 0 ? ofKind("mailbox-plan") : looked(unseenPlans(wishes)),
    mailboxes: boxes ?? looked(unseen),
    tenant: resources["smtp-auth"].type === "present" || wishes.length === 0 ? ofKind("smtp-auth") : looked(unseenTenant(wishes)),
  };
  const { plans, tenant } = parts;
  const all = [plans, parts.mailboxes, tenant];
  const about = new Set([
    ...changes.filter(({ kind }) => SCRIPTED.includes(kind)).flatMap(({ phases }) => phases),
    ...(all.every(({ part }) => part.seen) ? [] : wishes.flatMap(({ phases }) => phases)),
  ]);
  return {
    plans: plans.part,
    mailboxes: parts.mailboxes.part,
    tenant: tenant.part,
    back: { plans: plans.back, mailboxes: parts.mailboxes.back, tenant: tenant.back },
    digest: shortDigest(JSON.stringify([observed.tenant.id, plan.id, all.map(({ part }) => part)])),
    phases: plan.phases.filter(({ id }) => about.has(id)).map(({ title }) => title),
  };
};

/** Whether there is anything in it. */
export const isEmptyScript = ({ plans, mailboxes, tenant }: Script): boolean => [plans, mailboxes, tenant].every(({ rows }) => rows.length === 0);
