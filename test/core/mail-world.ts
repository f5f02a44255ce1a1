/** Mailboxes and phases that turn their protocols off, in a few words. */

import type { Change } from "../../src/core/changes.ts";
import { Mailboxes, type MailboxState } from "../../src/core/mailboxes.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { Exception, Phase, Plan, ProtocolWord, TurnOff } from "../../src/core/plan/plan.ts";
import { type MailboxPlanSettings, type ObjectId, present, type ResourceOf, TENANT_KEY } from "../../src/core/tenant.ts";
import { id, moment, PLACE, plan, type Someone, tenant } from "./county.ts";

export const keep = (accounts: readonly string[], fields: Partial<Exception> = {}): Exception => ({
  accounts,
  because: "scans to mail",
  owner: "site manager",
  place: { ...PLACE, line: 30 },
  ...fields,
});

/** POP3 and IMAP of every mailbox, unless told otherwise. */
export const offPhase = (name: string, starts: string, words: Partial<TurnOff> = {}, fields: Partial<Phase> = {}): Phase => ({
  id: name,
  title: name,
  starts: moment(starts),
  turnOff: { protocols: ["pop3", "imap"], keepOn: [], atMost: 0, ...words },
  place: PLACE,
  ...fields,
});

export const mailPlan = (words: Partial<TurnOff> = {}, fields: Partial<Plan> = {}): Plan => plan({ phases: [offPhase("off", "2018-11-09", words)], ...fields });

export const ON: MailboxState = { pop3: true, imap: true, activeSync: true, smtpAuth: "inherit" };
export const OFF: MailboxState = { ...ON, pop3: false, imap: false };

/** The mailbox of the account with this number. */
export const box = (account: number): ObjectId => id(0x1000 + account);

export type States = Readonly<Record<number, Partial<MailboxState>>>;

export const boxesOf = (states: States): Mailboxes =>
  Mailboxes.of(Object.entries(states).map(([account, state]) => ({ id: box(Number(account)), owner: id(Number(account)), state: { ...ON, ...state } })));

export const mailboxPlan = (number: number, flags: MailboxPlanSettings["flags"], name = "ExchangeOnlineEnterprise"): ResourceOf<"mailbox-plan"> => ({
  kind: "mailbox-plan",
  id: id(0x500 + number),
  settings: { plan: `${name}-${id(0x600 + number)}`, flags },
  managed: false,
});

export const tenantsSmtp = (smtpAuth: "on" | "off"): ResourceOf<"smtp-auth"> => ({
  kind: "smtp-auth",
  id: TENANT_KEY,
  settings: { smtpAuth },
  managed: false,
});

export type MailWorld = {
  readonly smtpAuth?: "on" | "off";
  readonly plans?: readonly ResourceOf<"mailbox-plan">[];
  readonly people?: readonly Someone[];
  readonly fields?: Partial<Observed>;
};

export const mailTenant = (of: Plan, states: States, { smtpAuth = "on", plans = [], people, fields }: MailWorld = {}): Observed => {
  const base = tenant(of, {}, people);
  return {
    ...base,
    resources: { ...base.resources, "mailbox-plan": present(plans), "smtp-auth": present([tenantsSmtp(smtpAuth)]) },
    mailboxes: present(boxesOf(states)),
    ...fields,
  };
};

const shownAs = (value: boolean | string | undefined): string => (typeof value === "boolean" ? (value ? "on" : "off") : (value ?? "?"));

/** `*: 1010 pop3 on>off, imap on>off (off)`; `mailbox-plan 501: pop3 (off)`; `smtp-auth tenant: smtpAuth (off)` */
export const told = ({ changes }: { readonly changes: readonly Change[] }): readonly string[] =>
  changes.flatMap(({ kind, key, fields, mailboxes, phases }) => {
    const of = `(${phases.join(", ")})`;
    if (mailboxes === undefined) return [`${kind} ${kind === "mailbox-plan" ? key.slice(-3) : key}: ${fields.map(({ path }) => path).join(", ")} ${of}`];
    return mailboxes.map(({ id: mailbox, before, after }) => {
      const words = (["pop3", "imap", "smtpAuth", "activeSync"] as const satisfies readonly ProtocolWord[]).flatMap((protocol) =>
        Object.hasOwn(after, protocol) ? [`${protocol} ${shownAs(before[protocol])}>${shownAs(after[protocol])}`] : [],
      );
      return `${key}: ${mailbox.slice(-4)} ${words.join(", ")} ${of}`;
    });
  });
