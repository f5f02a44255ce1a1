/** What each account has registered, what of it counts, and what all of it adds up to. */

import type { Instant, Known } from "../tenant.ts";
import type { Account } from "./account.ts";
import { type Counting, PLAN_WORDS, planWordsOf, wordlessIn } from "./counting.ts";
import { domainOf } from "./log-row.ts";
import type { Cell, Column, Row, Shape, SumTable } from "./shape.ts";

const COLUMNS = [
  { name: "account", heading: "Account", sort: "text", about: "the account's user principal name, in the case in which the directory has it", shown: "wide" },
  { name: "name", heading: "Name", sort: "text", about: "its display name" },
  { name: "id", heading: "Object id", sort: "word", about: "its object id" },
  { name: "domain", heading: "Domain", sort: "text", about: "the domain of its address, in lower case" },
  { name: "enabled", heading: "Enabled", sort: "flag", about: "whether it may sign in; the registration report leaves out those that may not" },
  { name: "guest", heading: "Guest", sort: "flag", about: "whether it is a guest's, who may have registered methods at home that nobody here can see" },
  {
    name: "methods",
    heading: "Methods",
    sort: "list",
    about:
      "what is registered, in the plan's words: app, code, call, text, passkey, hello, token, certificate, temporaryAccessPass, email; a mobile number is call and text",
    shown: "wide",
  },
  { name: "registered", heading: "Registered", sort: "list", about: "the same in the service's own words, security questions and whatever is new among them" },
  {
    name: "counts",
    heading: "Counts",
    sort: "list",
    about:
      "which of them count for the plan: it does not leave them out, and the tenant's methods policy lets this account use them; e-mail and security questions never do",
    shown: "narrow",
  },
  {
    name: "uncertain",
    heading: "Perhaps counts",
    sort: "list",
    about:
      "which of them would count, but nobody can say whether this account may use them: tokens, settings of old before the migration of the methods policy is complete, and what could not be read",
  },
  {
    name: "capability",
    heading: "MFA",
    sort: "word",
    about: "by the service's registration report: capable (registered, and allowed to use it), registered only (no policy allows it), nothing, or unknown",
    shown: "narrow",
  },
  { name: "passwordless", heading: "Passwordless", sort: "flag", about: "whether the account can sign in without a password" },
  {
    name: "default",
    heading: "Default",
    sort: "text",
    about: "the method that the account chose to be asked for, in the service's words: push, oath, sms, voiceMobile, ...; empty: none",
    shown: "narrow",
  },
  {
    name: "systemPreferred",
    heading: "Service chooses",
    sort: "flag",
    about: "whether the service asks for the strongest registered method instead of the default",
  },
  { name: "resetRegistered", heading: "Reset registered", sort: "flag", about: "whether enough is registered to reset one's own password" },
  { name: "resetEnabled", heading: "Reset allowed", sort: "flag", about: "whether the tenant allows this account to reset its own password" },
  {
    name: "resetCapable",
    heading: "Can reset",
    sort: "flag",
    about: "whether the account can reset its own password: registered and allowed",
    shown: "narrow",
  },
  { name: "shared", heading: "Shared", sort: "flag", about: "whether the plan's `sharedAccounts` name it; empty without a plan" },
  {
    name: "handedOver",
    heading: "Changed hands",
    sort: "moment",
    about:
      "of a shared account: when its password was changed last (lastPasswordChangeDateTime), which is the only sign that the directory has of a change of hands; a password that was changed for another reason, or that stayed when people went, misleads",
  },
  {
    name: "newestMethod",
    heading: "Newest method",
    sort: "moment",
    about:
      "of a shared account: when the newest of its methods was registered, as far as anybody can say. The service dates passkeys and Windows Hello, the app only where it signs in without a password, telephones never; the directory's log tells of the last weeks",
  },
  {
    name: "olderThanHandover",
    heading: "Older than hands",
    sort: "word",
    about:
      "of a shared account: yes, when all its methods are older than its change of hands, so that whoever left may still answer for it; no; or unknown. Empty: not shared, or no method",
    shown: "narrow",
  },
  {
    name: "registeredAt",
    heading: "Last registered",
    sort: "moment",
    about: "when the directory's log last saw the account register a method itself; empty: not in the weeks that the log holds",
  },
  { name: "registeredFrom", heading: "Registered from", sort: "text", about: "the internet address from which it did" },
  {
    name: "registeredWhere",
    heading: "Registered where",
    sort: "text",
    about: "the plan's network in which that address is; `elsewhere`: in none of them. Empty where the plan names no ranges",
  },
] as const satisfies readonly Column[];

export const methods: Shape = {
  name: "methods",
  about: "each account's methods: what is registered, what of it counts, since when and from where; self-service reset; the trend towards the phases",
  columns: COLUMNS,
  splitBy: "domain",
};

export const UNKNOWN = "unknown";

/** ISO 8601, UTC, to the second. */
export const isoOf = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;

// ---- one account

export type Capability = "capable" | "registered only" | "nothing" | "unknown";

/** What is known of one account's methods; undefined: the service has no row of it. `said` is missing where its own methods had to do. */
export type MethodsOf =
  | {
      /** In the service's words, sorted. */
      readonly registered: readonly string[];
      readonly counting: Counting;
      readonly capability: Capability;
      readonly said?: {
        readonly passwordless: boolean;
        /** Empty: none. */
        readonly preferred: string;
        readonly systemPreferred: boolean;
        readonly resetRegistered: boolean;
        readonly resetEnabled: boolean;
        readonly resetCapable: boolean;
      };
    }
  | undefined;

/** The last time that an account registered a method, as the log has it. */
export type Registering = { readonly at: Instant; readonly from: string | undefined; readonly where: string | undefined };

/** What was looked up of a shared account. */
export type SharedLook = {
  /** When its password was changed, or made, last; absent: the directory does not say. */
  readonly password: Known<Instant>;
  /** Its methods but for password and e-mail address, each with the moment of its registration; null: the service does not say. */
  readonly methods: Known<readonly (Instant | null)[]>;
};

/** The log of registrations; `since` how far back it was read. */
export type LogReach = { readonly since: Instant } | undefined;

type Handover = { readonly handedOver: Cell; readonly newest: Cell; readonly older: "yes" | "no" | "unknown" | null };

const momentOr = (instant: Instant | undefined): Cell => (instant === undefined ? UNKNOWN : isoOf(instant));

/** Whether all methods of a shared account are of the time before it changed hands. What is not dated is in the log, if it is young enough. */
export const handoverOf = ({ password, methods: known }: SharedLook, registering: Registering | undefined, log: LogReach): Handover => {
  const changed = password.type === "present" ? password.value : undefined;
  const handedOver = momentOr(changed);
  if (known.type !== "present") return { handedOver, newest: UNKNOWN, older: UNKNOWN };
  if (known.value.length === 0) return { handedOver, newest: null, older: null };
  const dated = known.value.filter((each) => each !== null);
  const moments = [...dated, ...(registering === undefined ? [] : [registering.at])];
  const newest = moments.length === 0 ? undefined : Math.max(...moments);
  const isAllDated = dated.length === known.value.length;
  if (changed === undefined) return { handedOver, newest: momentOr(newest), older: UNKNOWN };
  if (newest !== undefined && newest >= changed) return { handedOver, newest: isoOf(newest), older: "no" };
  // The log would tell of one that was registered since.
  const isLogged = log !== undefined && log.since <= changed;
  return { handedOver, newest: momentOr(newest), older: isAllDated || isLogged ? "yes" : UNKNOWN };
};

export type MethodsRowInput = {
  readonly account: Account;
  readonly found: MethodsOf;
  /** Undefined: there is no plan. */
  readonly isShared: boolean | undefined;
  /** Of a shared account that was looked up. */
  readonly handover: Handover | undefined;
  readonly registering: Registering | undefined;
  readonly log: LogReach;
  /** The plan has networks by which an address can be placed. */
  readonly hasNetworks: boolean;
};

const NO_HANDOVER: Handover = { handedOver: null, newest: null, older: null };

export const methodsRow = ({ account, found, isShared, handover, registering, log, hasNetworks }: MethodsRowInput): Row => {
  const { handedOver, newest, older } = handover ?? NO_HANDOVER;
  const logged = (value: (one: Registering) => Cell): Cell => (log === undefined ? UNKNOWN : registering === undefined ? null : value(registering));
  const said = found?.said;
  return [
    account.upn,
    account.name,
    account.id,
    domainOf(account.address),
    account.enabled,
    account.guest,
    found === undefined ? UNKNOWN : planWordsOf(found.registered),
    found?.registered ?? UNKNOWN,
    found?.counting.counted ?? UNKNOWN,
    found?.counting.uncertain ?? UNKNOWN,
    found?.capability ?? UNKNOWN,
    said?.passwordless ?? UNKNOWN,
    said === undefined ? UNKNOWN : said.preferred === "" ? null : said.preferred,
    said?.systemPreferred ?? UNKNOWN,
    said?.resetRegistered ?? UNKNOWN,
    said?.resetEnabled ?? UNKNOWN,
    said?.resetCapable ?? UNKNOWN,
    isShared ?? null,
    handedOver,
    newest,
    older,
    logged(({ at }) => isoOf(at)),
    logged(({ from }) => from ?? UNKNOWN),
    logged(({ where }) => (hasNetworks ? (where ?? UNKNOWN) : null)),
  ];
};

// ---- sums

type DomainSum = { accounts: number; capable: number; registeredOnly: number; nothing: number; unknown: number; canReset: number };

type MethodSum = { accounts: number; counts: number; uncertain: number };

/** As a key. */
export const CAPABILITIES = {
  capable: "capable",
  "registered only": "registeredOnly",
  nothing: "nothing",
  unknown: "unknown",
} as const satisfies Record<Capability, string>;

/** Adds up the rows as they pass. */
export class MethodsSums {
  readonly #methods = new Map<string, MethodSum>();
  readonly #capability = { capable: 0, "registered only": 0, nothing: 0, unknown: 0 } satisfies Record<Capability, number>;
  readonly #reset = { can: 0, notAllowed: 0, notRegistered: 0, neither: 0, unknown: 0 };
  readonly #older = { yes: 0, no: 0, unknown: 0 };
  readonly #domains = new Map<string, DomainSum>();
  #shared = 0;

  add(domain: string, found: MethodsOf, isShared: boolean, handover: Handover | undefined): void {
    this.#capability[found?.capability ?? UNKNOWN] += 1;
    const school = this.#domains.get(domain) ?? { accounts: 0, capable: 0, registeredOnly: 0, nothing: 0, unknown: 0, canReset: 0 };
    this.#domains.set(domain, school);
    school.accounts += 1;
    school[CAPABILITIES[found?.capability ?? UNKNOWN]] += 1;
    if (found?.said?.resetCapable === true) school.canReset += 1;
    this.#reset[resetOf(found)] += 1;
    if (isShared) this.#shared += 1;
    if (isShared && handover !== undefined && handover.older !== null) this.#older[handover.older] += 1;
    if (found === undefined) return;
    const { counted, uncertain } = found.counting;
    const has = (list: readonly string[], word: string): number => (list.includes(word) ? 1 : 0);
    for (const word of [...planWordsOf(found.registered), ...wordlessIn(found.registered)]) {
      const sum = this.#methods.get(word) ?? { accounts: 0, counts: 0, uncertain: 0 };
      this.#methods.set(word, sum);
      sum.accounts += 1;
      sum.counts += has(counted, word);
      sum.uncertain += has(uncertain, word);
    }
  }

  tables(): readonly SumTable[] {
    const others = [...this.#methods.keys()].filter((word) => !PLAN_WORDS.some((each) => each === word)).sort();
    const { capable, "registered only": only, nothing, unknown } = this.#capability;
    const { can, notAllowed, notRegistered, neither, unknown: unsure } = this.#reset;
    return [
      {
        title: "By domain",
        columns: ["domain", "accounts", "capable", "registered only", "nothing", "unknown", "can reset"],
        rows: [...this.#domains]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([domain, one]) => [domain, one.accounts, one.capable, one.registeredOnly, one.nothing, one.unknown, one.canReset]),
      },
      {
        title: "By method",
        columns: ["method", "accounts", "counts for", "perhaps for"],
        rows: [...PLAN_WORDS, ...others].flatMap((word) => {
          const sum = this.#methods.get(word);
          return sum === undefined ? [] : [[word, sum.accounts, sum.counts, sum.uncertain] as const];
        }),
      },
      {
        title: "Who can do MFA",
        columns: ["", "accounts"],
        rows: [["capable", capable], ["registered only", only], ["nothing", nothing], ...(unknown === 0 ? [] : ([["unknown", unknown]] as const))],
      },
      {
        title: "Self-service reset",
        columns: ["", "accounts"],
        rows: [
          ["can reset", can],
          ["registered, not allowed", notAllowed],
          ["allowed, not registered", notRegistered],
          ["neither", neither],
          ...(unsure === 0 ? [] : ([["unknown", unsure]] as const)),
        ],
      },
      ...(this.#shared === 0
        ? []
        : [
            {
              title: "Shared accounts: methods older than the change of hands",
              columns: ["", "accounts"],
              rows: [
                ["yes", this.#older.yes],
                ["no", this.#older.no],
                ["unknown", this.#older.unknown],
                ["no method", this.#shared - this.#older.yes - this.#older.no - this.#older.unknown],
              ],
            } as const,
          ]),
    ];
  }
}

const resetOf = (found: MethodsOf): "can" | "notAllowed" | "notRegistered" | "neither" | "unknown" => {
  const said = found?.said;
  if (said === undefined) return UNKNOWN;
  if (said.resetCapable) return "can";
  if (said.resetRegistered) return "notAllowed";
  return said.resetEnabled ? "notRegistered" : "neither";
};
