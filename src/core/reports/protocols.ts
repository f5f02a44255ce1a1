/** Which ways into each mailbox are open, who came by them last, and what the plan says of them: one row a mailbox. */

import type { PhaseCourse } from "../changes.ts";
import { effectiveSmtp } from "../mailbox-changes.ts";
import type { TurnOffPhase } from "../mailbox-wishes.ts";
import type { Mailbox } from "../mailboxes.ts";
import { PROTOCOL_NAMES, PROTOCOLS, type ProtocolWord } from "../plan/plan.ts";
import type { Instant, PhaseId, SmtpAuth } from "../tenant.ts";
import type { Account } from "./account.ts";
import { domainOf, momentText, UNKNOWN } from "./log-row.ts";
import type { Use } from "./protocol-uses.ts";
import type { Cell, Column, Row, Shape, SumTable } from "./shape.ts";
import type { Kept, Words, WordsOf } from "./turned-off.ts";

const STATES = ["drifted", "unknown", "goes off", "kept on", "as planned", "no word"] as const;
type State = (typeof STATES)[number];

const used = (protocol: string): string => `when somebody last signed in by ${protocol}, with success; empty: not in 30 days, or never`;

const COLUMNS = [
  { name: "account", heading: "Account", sort: "text", about: "the account whose mailbox it is, as the directory writes its address", shown: "wide" },
  { name: "name", heading: "Name", sort: "text", about: "its name in the directory" },
  { name: "domain", heading: "Domain", sort: "text", about: "the domain of its address, in lower case" },
  { name: "id", heading: "Object id", sort: "word", about: "the account's object id" },
  { name: "enabled", heading: "Enabled", sort: "flag", about: "whether anybody can sign in with the account; shared mailboxes are opened from other accounts" },
  {
    name: "state",
    heading: "State",
    sort: "word",
    about:
      "how it stands to the plan, the first that holds: `drifted`: a phase that has started turns off what is on: it came back, or the plan was not applied since; `unknown`; `goes off`: a phase to come turns off what is on; `kept on`: the plan keeps something on; `as planned`: what the plan turns off is off; `no word`: the plan says nothing of it",
    shown: "narrow",
  },
  {
    name: "stillOn",
    heading: "Still on",
    sort: "list",
    about: "what is on, or may be, and the plan turns off, now or later",
    shown: "narrow",
  },
  {
    name: "lastUsedBy",
    heading: "Last by",
    sort: "word",
    about: "by which of the four somebody signed in last; `unknown`: the log was not told",
    shown: "narrow",
  },
  { name: "lastUsed", heading: "Last used", sort: "moment", about: "when that was; empty: not in 30 days, as far back as the log goes", shown: "narrow" },
  { name: "lastAddress", heading: "From", sort: "word", about: "from which IP address", shown: "narrow" },
  {
    name: "mailbox",
    heading: "Mailbox",
    sort: "text",
    about: "what it is for: `user`, `shared`, `room`, `equipment`, else the service's own word",
    shown: "narrow",
  },
  { name: "pop3", heading: "POP3", sort: "word", about: "`on` or `off`", shown: "narrow" },
  { name: "imap", heading: "IMAP", sort: "word", about: "`on` or `off`", shown: "narrow" },
  {
    name: "smtpAuth",
    heading: "SMTP AUTH",
    sort: "word",
    about:
      "`on (own)`, `off (own)`: the mailbox says so itself, whatever the tenant says; `on (tenant)`, `off (tenant)`, `unknown (tenant)`: it says nothing, and goes by the tenant",
    shown: "narrow",
  },
  { name: "activeSync", heading: "ActiveSync", sort: "word", about: "`on` or `off`", shown: "narrow" },
  { name: "lastClient", heading: "Client", sort: "text", about: "what the log calls the program of the last sign-in" },
  { name: "lastApp", heading: "Application", sort: "text", about: "to what that signed in, or as which application" },
  { name: "lastAgent", heading: "User agent", sort: "text", about: "what that program says of itself; many say nothing" },
  { name: "signIns", heading: "Sign-ins", sort: "number", about: "how often anybody signed in by one of the four in 30 days, with success" },
  { name: "pop3Used", heading: "POP3 used", sort: "moment", about: used("POP3") },
  { name: "imapUsed", heading: "IMAP used", sort: "moment", about: used("IMAP") },
  { name: "smtpAuthUsed", heading: "SMTP AUTH used", sort: "moment", about: used("SMTP AUTH") },
  { name: "activeSyncUsed", heading: "ActiveSync used", sort: "moment", about: used("ActiveSync") },
  {
    name: "plan",
    heading: "Plan",
    sort: "list",
    about: "what the plan says of each of the four: off by which phase, since or from when; or kept on, until when, by whom and why",
  },
  { name: "phase", heading: "Phase", sort: "word", about: "the phase by which the state is so" },
  { name: "phaseState", heading: "Phase state", sort: "word", about: "where it stands: started, waiting, staged, held, later, unknown" },
  { name: "phaseStarts", heading: "Phase starts", sort: "moment", about: "its moment in the plan" },
  { name: "keptOn", heading: "Kept on", sort: "list", about: "what the plan keeps on for this mailbox, while it goes off for others" },
  { name: "because", heading: "Because", sort: "text", about: "why, by the plan" },
  { name: "owner", heading: "Owner", sort: "text", about: "who answers for that, by the plan" },
  { name: "until", heading: "Until", sort: "moment", about: "the last day on which it holds, by the plan" },
  { name: "overdue", heading: "Overdue", sort: "flag", about: "that day has passed, and it is kept on all the same; empty: it has none" },
] as const satisfies readonly Column[];

export const protocols: Shape = {
  name: "protocols",
  about: "by which old protocols each mailbox can be reached, who came by them last, and what the plan says",
  columns: COLUMNS,
  splitBy: "domain",
};

// ---- one mailbox

export type Switch = "on" | "off" | "unknown";

/** What the tenant says for mailboxes that say nothing. */
export type TenantSmtp = Switch;

export type SeenMailbox = {
  readonly mailbox: Mailbox;
  /** Undefined: the directory lists no such account. */
  readonly account: Pick<Account, "upn" | "name" | "address" | "enabled"> | undefined;
  /** What it is for; undefined: not told. */
  readonly type: string | undefined;
  /** Undefined: not that the log knew of. */
  readonly use: Use | undefined;
  readonly words: WordsOf;
};

export type Context = {
  readonly now: Instant;
  /** By the plan's clock, or the tenant's: `2026-03-02`. */
  readonly today: string;
  readonly all: boolean;
  readonly tenantSmtp: TenantSmtp;
  readonly log: "whole" | "part" | "nothing";
  /** Undefined: there is no plan. Of a phase: undefined where nobody can say where it stands. */
  readonly courseOf: ((id: PhaseId) => PhaseCourse | undefined) | undefined;
};

const isOpen = ({ mailbox: { state } }: SeenMailbox, protocol: ProtocolWord, tenant: TenantSmtp): Switch => {
  if (protocol !== "smtpAuth") return state[protocol] ? "on" : "off";
  return state.smtpAuth === "inherit" && tenant === "unknown" ? "unknown" : effectiveSmtp(state.smtpAuth, tenant === "on" ? "on" : "off");
};

const smtpWords = (own: SmtpAuth, tenant: TenantSmtp): string => (own === "inherit" ? `${tenant} (tenant)` : `${own} (own)`);

const nameOf = (protocol: ProtocolWord, { mailbox: { state } }: SeenMailbox): string =>
  protocol === "smtpAuth" ? `${PROTOCOL_NAMES.smtpAuth} (${state.smtpAuth === "inherit" ? "tenant" : "own"})` : PROTOCOL_NAMES[protocol];

/** Of one protocol of one mailbox, against what the plan says of it. */
type Against = { readonly protocol: ProtocolWord; readonly open: Switch; readonly words: Words; readonly state: State };

const stateOf = (open: Switch, { off, later, kept, unsure }: Words): State => {
  if (off !== undefined) return open === "on" ? "drifted" : open === "unknown" ? "unknown" : "as planned";
  if (unsure) return open === "off" ? "as planned" : "unknown";
  if (later !== undefined && open !== "off") return open === "on" ? "goes off" : "unknown";
  if (kept !== undefined && open !== "off") return "kept on";
  return later === undefined && kept === undefined ? "no word" : "as planned";
};

const gravest = (states: readonly State[]): State => STATES.find((state) => states.includes(state)) ?? "no word";

export type Judged = { readonly seen: SeenMailbox; readonly each: readonly Against[]; readonly state: State };

export const judgedOf = (seen: SeenMailbox, { tenantSmtp }: Pick<Context, "tenantSmtp">): Judged => {
  const each = PROTOCOLS.map((protocol): Against => {
    const [open, words] = [isOpen(seen, protocol, tenantSmtp), seen.words[protocol]];
    return { protocol, open, words, state: stateOf(open, words) };
  });
  return { seen, each, state: gravest(each.map(({ state }) => state)) };
};

/** What the plan turns off and is on, or may be. */
const isToGo = ({ open, words: { off, later }, state }: Against): boolean =>
  state === "drifted" || state === "goes off" || (open !== "off" && state === "unknown" && (off ?? later) !== undefined);

/** Where nobody can say whether somebody came by it, somebody may have. */
const mayBeUsed = ({ seen: { use }, each }: Judged, log: Context["log"]): boolean =>
  use !== undefined || (log !== "whole" && each.some(({ open }) => open !== "off"));

const isShown = (judged: Judged, { all, log }: Context): boolean =>
  all || judged.state === "drifted" || judged.state === "unknown" || judged.state === "goes off" || mayBeUsed(judged, log);

// ---- what the plan says, in words

const offWords = (phase: TurnOffPhase, course: PhaseCourse | undefined, now: Instant): string => {
  const { id, starts } = phase;
  const moment = momentText(starts.instant);
  if (course === "started") return starts.instant > now ? `off by ${id}, begun before ${moment}` : `off by ${id} since ${moment}`;
  return `off by ${id} from ${moment}${course === "held" ? ", on hold" : course === "waiting" ? ", waiting" : course === undefined ? ", if it is not on hold" : ""}`;
};

const keptWords = ({ phase, exception: { because, owner, until } }: Kept): string =>
  `kept on by ${phase.id}${until === undefined ? "" : ` until ${until}`}, ${owner}: ${because}`;

const planWords = ({ protocol, words: { off, later, kept, unsure } }: Against, courseOf: NonNullable<Context["courseOf"]>, now: Instant): readonly string[] => {
  const said = [
    ...(off === undefined ? [] : [offWords(off, courseOf(off.id), now)]),
    ...(kept === undefined ? [] : [keptWords(kept)]),
    ...(later === undefined ? [] : [offWords(later, courseOf(later.id), now)]),
  ];
  const all = said.length === 0 && unsure ? [UNKNOWN] : said;
  return all.map((words) => `${PROTOCOL_NAMES[protocol]}: ${words}`);
};

/** The phase by which the state is so. */
const phaseOf = ({ each, state }: Judged): TurnOffPhase | undefined => {
  const own = each.find((one) => one.state === state && (one.words.off ?? one.words.later ?? one.words.kept?.phase) !== undefined)?.words;
  return own?.off ?? own?.later ?? own?.kept?.phase;
};

// ---- rows

const usedCell = (at: Instant | undefined, log: Context["log"]): string | null => (at !== undefined ? momentText(at) : log === "whole" ? null : UNKNOWN);

const switchOf = ({ each }: Judged, protocol: ProtocolWord): Switch => each.find((one) => one.protocol === protocol)?.open ?? "unknown";

const rowOf = (judged: Judged, { now, today, tenantSmtp, log, courseOf }: Context): Row => {
  const { seen, each, state } = judged;
  const { mailbox, account, type, use } = seen;
  const { last, lasts } = use ?? {};
  const phase = phaseOf(judged);
  const keeping = each.filter(({ words: { kept } }) => kept !== undefined);
  const exception = keeping[0]?.words.kept?.exception;
  const untold = log === "whole" ? null : UNKNOWN;
  const cells: { readonly [name in (typeof COLUMNS)[number]["name"]]: Cell } = {
    account: account?.upn ?? mailbox.owner,
    name: account?.name ?? null,
    domain: account === undefined ? null : domainOf(account.address),
    id: mailbox.owner,
    enabled: account?.enabled ?? null,
    state: courseOf === undefined ? null : state,
    stillOn: each.filter(isToGo).map(({ protocol }) => PROTOCOL_NAMES[protocol]),
    lastUsedBy: last === undefined ? untold : PROTOCOL_NAMES[last.protocol],
    lastUsed: usedCell(last?.at, log),
    lastAddress: last === undefined ? untold : (last.address ?? null),
    mailbox: type ?? UNKNOWN,
    pop3: switchOf(judged, "pop3"),
    imap: switchOf(judged, "imap"),
    smtpAuth: smtpWords(mailbox.state.smtpAuth, tenantSmtp),
    activeSync: switchOf(judged, "activeSync"),
    lastClient: last === undefined ? untold : last.client,
    lastApp: last === undefined ? untold : (last.app ?? null),
    lastAgent: last === undefined ? untold : (last.agent ?? null),
    signIns: use?.count ?? (log === "whole" ? 0 : UNKNOWN),
    pop3Used: usedCell(lasts?.pop3, log),
    imapUsed: usedCell(lasts?.imap, log),
    smtpAuthUsed: usedCell(lasts?.smtpAuth, log),
    activeSyncUsed: usedCell(lasts?.activeSync, log),
    plan: courseOf === undefined ? [] : each.flatMap((one) => planWords(one, courseOf, now)),
    phase: phase?.id ?? null,
    phaseState: phase === undefined || courseOf === undefined ? null : (courseOf(phase.id) ?? UNKNOWN),
    phaseStarts: phase === undefined ? null : momentText(phase.starts.instant),
    keptOn: keeping.map(({ protocol }) => PROTOCOL_NAMES[protocol]),
    because: exception?.because ?? null,
    owner: exception?.owner ?? null,
    until: exception?.until ?? null,
    overdue: exception?.until === undefined ? null : exception.until < today,
  };
  return COLUMNS.map(({ name }) => cells[name]);
};

// ---- sums

type Tally = { on: number; off: number; unknown: number; used: number; drifted: number; goes: number; kept: number };
const tally = (): Tally => ({ on: 0, off: 0, unknown: 0, used: 0, drifted: 0, goes: 0, kept: 0 });

type DomainTally = { mailboxes: number; used: number } & { readonly on: Record<ProtocolWord, number>; readonly states: Record<State, number> };
const domainTally = (): DomainTally => ({
  mailboxes: 0,
  used: 0,
  on: { pop3: 0, imap: 0, smtpAuth: 0, activeSync: 0 },
  states: { drifted: 0, unknown: 0, "goes off": 0, "kept on": 0, "as planned": 0, "no word": 0 },
});

const NO_DOMAIN = "not in the directory";

/** Rows as mailboxes pass, and what all of them add up to, shown or not. */
export class Protocols {
  readonly #context: Context;
  readonly #byProtocol = new Map<string, Tally>();
  readonly #byDomain = new Map<string, DomainTally>();
  #hidden = 0;
  #inherit = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Counts it. @returns undefined for one that stands in no row. */
  take(seen: SeenMailbox): Row | undefined {
    const judged = judgedOf(seen, this.#context);
    this.#count(judged);
    if (isShown(judged, this.#context)) return rowOf(judged, this.#context);
    this.#hidden += 1;
    return undefined;
  }

  #count({ seen, each, state }: Judged): void {
    const domain = seen.account === undefined ? NO_DOMAIN : domainOf(seen.account.address);
    const own = this.#byDomain.get(domain) ?? domainTally();
    this.#byDomain.set(domain, own);
    own.mailboxes += 1;
    own.states[state] += 1;
    if (seen.use !== undefined) own.used += 1;
    if (seen.mailbox.state.smtpAuth === "inherit") this.#inherit += 1;
    for (const { protocol, open, state: its } of each) {
      if (open === "on") own.on[protocol] += 1;
      const name = nameOf(protocol, seen);
      const sum = this.#byProtocol.get(name) ?? tally();
      this.#byProtocol.set(name, sum);
      sum[open] += 1;
      if (seen.use?.lasts[protocol] !== undefined) sum.used += 1;
      if (its === "drifted") sum.drifted += 1;
      if (its === "goes off") sum.goes += 1;
      if (its === "kept on") sum.kept += 1;
    }
  }

  /** `hidden`: mailboxes without a row; `inherit`: those that go by the tenant's word on SMTP AUTH. */
  get counts(): { readonly hidden: number; readonly inherit: number } {
    return { hidden: this.#hidden, inherit: this.#inherit };
  }

  sums(): readonly SumTable[] {
    const { courseOf, log } = this.#context;
    const isPlanned = courseOf !== undefined;
    const used = (count: number): number | string => (log === "nothing" ? UNKNOWN : count);
    const names = PROTOCOLS.flatMap((protocol) =>
      protocol === "smtpAuth" ? [`${PROTOCOL_NAMES.smtpAuth} (own)`, `${PROTOCOL_NAMES.smtpAuth} (tenant)`] : [PROTOCOL_NAMES[protocol]],
    );
    const domains = [...this.#byDomain].sort(([a], [b]) => (a < b ? -1 : 1));
    const ofState = (state: State): number => domains.reduce((sum, [, { states }]) => sum + states[state], 0);
    const tables: readonly SumTable[] = [
      {
        title: "By protocol",
        columns: ["Protocol", "On", "Off", "Unknown", "Used", ...(isPlanned ? ["Drifted", "Goes off", "Kept on"] : [])],
        rows: names.flatMap((name) => {
          const sum = this.#byProtocol.get(name);
          if (sum === undefined) return [];
          return [[name, sum.on, sum.off, sum.unknown, used(sum.used), ...(isPlanned ? [sum.drifted, sum.goes, sum.kept] : [])]];
        }),
      },
      {
        title: "By state",
        columns: ["State", "Mailboxes"],
        rows: isPlanned ? STATES.flatMap((state) => (ofState(state) === 0 ? [] : [[state, ofState(state)]])) : [],
      },
      {
        title: "By domain",
        columns: [
          "Domain",
          "Mailboxes",
          ...PROTOCOLS.map((protocol) => `${PROTOCOL_NAMES[protocol]} on`),
          "Used",
          ...(isPlanned ? ["Drifted", "Goes off", "Kept on"] : []),
        ],
        rows: domains.map(([domain, { mailboxes, on, used: count, states }]) => [
          domain,
          mailboxes,
          ...PROTOCOLS.map((protocol) => on[protocol]),
          used(count),
          ...(isPlanned ? [states.drifted, states["goes off"], states["kept on"]] : []),
        ]),
      },
    ];
    return tables.filter(({ rows }) => rows.length > 0);
  }
}
