/** Every option of every command, once: its words, and the shape in which a command gets it. */

import { usage } from "../failure.ts";

export type Allowance = { readonly guard: string; readonly count: number };

export type Options = {
  readonly arguments: readonly string[];
  readonly tenant?: string;
  readonly auth?: string;
  readonly cloud?: string;
  readonly clientId?: string;
  readonly tokenCache: boolean;
  readonly state?: string;
  readonly asOf?: string;
  readonly phase?: string;
  readonly out?: string;
  readonly asScript?: string;
  readonly changes?: string;
  readonly reason?: string;
  readonly accounts?: number;
  readonly port?: number;
  readonly like?: string;
  readonly domain?: string;
  readonly backIn?: string;
  readonly plan?: string;
  readonly keyFile?: string;
  readonly because?: string;
  /** Milliseconds. */
  readonly forMs?: number;
  readonly from?: string;
  readonly app?: string;
  readonly client?: string;
  readonly cohort?: string;
  readonly split?: string;
  readonly forReview?: string;
  readonly waitUntil?: string;
  readonly summary?: string;
  readonly only?: string;
  readonly github?: string;
  readonly kubernetes?: string;
  readonly serviceAccount?: string;
  readonly allow: readonly Allowance[];
  readonly json: boolean;
  readonly exitCode: boolean;
  readonly stage: boolean;
  readonly yes: boolean;
  readonly prune: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly again: boolean;
  /** False after `--no-hold`. */
  readonly hold: boolean;
  readonly keepBlocked: boolean;
  readonly whatIf: boolean;
  readonly all: boolean;
  readonly offline: boolean;
  readonly csv: boolean;
  readonly excel: boolean;
  readonly permissions: boolean;
  readonly appRegistration: boolean;
  readonly readOnly: boolean;
  readonly signedIn: boolean;
  readonly pseudonymise: boolean;
};

export const OPTIONS = {
  tenant: {
    flags: "--tenant <where>",
    about:
      "a real tenant by its id or domain; sandbox, the practice tenant in this folder; FILE, a snapshot to rehearse on; or http://127.0.0.1:PORT, a practice tenant that is served (its token in ENTRA_ROLLOUT_TOKEN)",
  },
  auth: { flags: "--auth <way>", about: "how to sign in to a real tenant; else by what the environment offers" },
  cloud: { flags: "--cloud <name>", about: "public, us-gov, us-dod or china; public when it is not given" },
  clientId: { flags: "--client-id <id>", about: "the application to sign in with, instead of AZURE_CLIENT_ID" },
  tokenCache: { flags: "--token-cache", about: "keep somebody's sign-in in the operating system's store, so that the next command does not ask again" },
  state: {
    flags: "--state <folder>",
    about: "where runs and locks are kept, instead of .entra-rollout in this folder, or of the user's state folder for a real tenant",
  },
  asOf: { flags: "--as-of <moment>", about: "as if it were then, in the plan's time zone: 2018-11-19, 2022-02-28T06:30" },
  phase: { flags: "--phase <id>", about: "begin this phase early, or release its hold" },
  json: { flags: "--json", about: "one JSON document instead of text" },
  jsonLines: { flags: "--json", about: "one line of JSON for each thing that happens, as it happens, instead of text" },
  waitUntil: {
    flags: "--wait-until <moment>",
    about: "wait for this moment, at most two days ahead, read before it what can be read, and begin on the second",
  },
  summary: { flags: "--summary <file>", about: "also write what was done, what stands and what waits to this file, in Markdown; it may name people" },
  out: { flags: "--out <file>", about: "also write the JSON document to this file, for apply --changes" },
  asScript: {
    flags: "--as-script <file.ps1>",
    about: "also write what Exchange Online would be told as a PowerShell script, and beside it one that takes it back",
  },
  exitCode: { flags: "--exit-code", about: "exit 2 when there is something to apply, 3 when a check would stop it" },
  changes: { flags: "--changes <file>", about: "what was approved, from diff --out: refuse anything else with exit 5" },
  stage: { flags: "--stage", about: "everything but the switch itself: the evening before" },
  yes: { flags: "--yes", about: "do not ask" },
  prune: { flags: "--prune", about: "also remove what this plan made and no longer names" },
  allow: { flags: "--allow <guard=number>", about: "let one check pass for up to this many, in this run; needs --reason" },
  reason: { flags: "--reason <text>", about: "why; it is kept with the run" },
  whatIf: { flags: "--what-if", about: "compare the policies in report-only with the service's What-If; on a real tenant that is done without asking" },
  quiet: { flags: "--quiet", about: "no progress" },
  verbose: { flags: "--verbose", about: "every request on stderr: method, path, status, milliseconds" },
  hold: { flags: "--no-hold", about: "do not hold the phases that were taken back: the next apply begins them again" },
  keepBlocked: { flags: "--keep-blocked", about: "do not let those sign in again whom this tool blocked before it deleted them" },
  accounts: { flags: "--accounts <number>", about: "how many accounts to fill it with" },
  port: { flags: "--port <number>", about: "where to listen on 127.0.0.1; any free port when it is not given" },
  like: { flags: "--like <plan>", about: "which plan to start from; county unless said otherwise" },
  again: { flags: "--again", about: "replace the practice tenant that is there" },
  domain: { flags: "--domain <domain>", about: "only this school or site: its accounts are left out, everybody else goes on being asked" },
  backIn: { flags: "--back-in <domain>", about: "ask a domain again that halt --domain took out" },
  plan: { flags: "--plan <plan-id>", about: "only out of this plan's policies; else out of those of every plan" },
  because: { flags: "--because <text>", about: "why; it is kept with the run, on this machine" },
  for: { flags: "--for <time>", about: "30m, 24h or 3d; 24h when it is not given, at most 72h" },
  from: { flags: "--from <address>", about: "the public address from which they sign in; without it, outside and inside each named network" },
  app: { flags: "--app <name>", about: "exchange, sharepoint, teams, admin, graph, or an application's id" },
  client: { flags: "--client <program>", about: "browser, outlook (any app with a modern sign-in), or old (POP, IMAP, SMTP and the like)" },
  all: { flags: "--all", about: "also the policies that are not about them, and why" },
  offline: { flags: "--offline", about: "ask no tenant" },
  page: { flags: "--out <file>", about: "write the page to this file" },
  ofPhase: { flags: "--phase <id>", about: "only whom this phase of the plan reaches" },
  cohort: { flags: "--cohort <name>", about: "only this cohort of the plan" },
  ofDomain: { flags: "--domain <domain>", about: "only this school or site" },
  everyRow: { flags: "--all", about: "every row, also of accounts with which nothing is to be done" },
  csv: { flags: "--csv", about: "CSV (RFC 4180, UTF-8) instead of a table; its columns are told in docs/reports.md" },
  excel: { flags: "--excel", about: "CSV as Excel opens it by a double click: with a byte order mark" },
  toFile: { flags: "--out <file>", about: "to this file, as CSV unless --json is given; with --split, to this folder" },
  forReview: {
    flags: "--for-review <file>",
    about: "of stale: the accounts that may be deleted, as a CSV on which people write what is to become of each; with --split, a folder of them",
  },
  permissions: { flags: "--permissions", about: "which permissions and roles are needed, by which commands, and why" },
  appRegistration: { flags: "--app-registration", about: "how an application gets just these: in the portal, as a manifest, by the Azure CLI" },
  readOnly: { flags: "--read-only", about: "only what reads: no apply, run, undo, halt, let-in, accounts restore" },
  only: { flags: "--only <commands>", about: 'only for these commands, set apart by commas: run, or "diff,report stale"' },
  signedIn: { flags: "--signed-in", about: "an application that somebody signs in to, instead of one that acts by itself" },
  github: { flags: "--github <repository>", about: "GitHub Actions of owner/repository sign in, of its branch main; or owner/repository:environment:NAME" },
  kubernetes: { flags: "--kubernetes <issuer>", about: "a service account of the cluster whose tokens this address issues signs in" },
  serviceAccount: { flags: "--service-account <name>", about: "which one, as namespace:name; entra-rollout:entra-rollout when it is not given" },
  rightsOut: { flags: "--out <file>", about: "also write the JSON to this file: the table, or the body of the request that makes the application" },
  pseudonymise: { flags: "--pseudonymise", about: "made-up names, addresses and ids; who has the key can tell which is which" },
  keyFile: { flags: "--key-file <file>", about: "the key for --pseudonymise, made there if there is none; the same key gives the same names" },
  planToo: { flags: "--plan <plan>", about: "with --pseudonymise: also write this plan and its lists under the same names, beside the snapshot" },
  split: { flags: "--split <domain>", about: "the word domain: one CSV a domain, and an index of them, in the folder of --out" },
} as const satisfies Record<string, { readonly flags: string; readonly about: string }>;

export type OptionName = keyof typeof OPTIONS;

/** What every command takes that may talk to a real tenant. */
export const SIGN_IN: readonly OptionName[] = ["auth", "cloud", "clientId", "tokenCache"];

/** What the parser hands over: option names as keys. */
export type Parsed = { readonly arguments: readonly string[]; readonly values: ReadonlyMap<string, unknown> };

const allowance = (text: string): Allowance => {
  const found = /^([a-z][a-z0-9-]*)=(\d{1,9})$/.exec(text);
  if (found?.[1] === undefined)
    throw usage(
      `--allow ${text}: a guard and a number are needed`,
      'for example --allow size=40 --reason "agreed with the head"',
      "entra-rollout help findings lists the guards",
    );
  return { guard: found[1], count: Number(found[2]) };
};

const numberOf = (flag: string, text: string, atMost: number): number => {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 0 && number <= atMost)) throw usage(`${flag} ${text}: a whole number up to ${atMost} is needed`);
  return number;
};

/** A name as the service knows it; an address, or an @ in front, is understood. */
const domainOf = (flag: string, text: string): string => {
  const domain = text.slice(text.lastIndexOf("@") + 1).toLowerCase();
  if (!/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(domain))
    throw usage(`${flag} ${text}: a domain is needed, such as alder.county.example`);
  return domain;
};

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST_LET_IN_MS = 72 * UNITS.h;

const durationOf = (text: string): number => {
  const [, number, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const ms = unit === "m" || unit === "h" || unit === "d" ? Number(number) * UNITS[unit] : Number.NaN;
  if (!(ms > 0)) throw usage(`--for ${text}: 30m, 24h or 3d`, "minutes, hours or days");
  if (ms > LONGEST_LET_IN_MS)
    throw usage(`--for ${text}: at most 72h`, "who has to be left out for longer belongs under except: in the plan, with a reason and an owner");
  return ms;
};

/** @throws Failure (usage) for a value that is none, and for `--allow` without `--reason` or the other way round. */
export const optionsOf = ({ arguments: words, values }: Parsed): Options => {
  const text = (name: OptionName): string | undefined => {
    const value = values.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const flag = (name: OptionName): boolean => values.get(name) === true;
  const given = values.get("allow");
  const allow = (Array.isArray(given) ? given : []).filter((each) => typeof each === "string").map(allowance);
  const reason = text("reason");
  if (allow.length > 0 && (reason === undefined || reason.trim() === ""))
    throw usage("--allow needs --reason", "say why in a few words: they are kept with the run");
  if (reason !== undefined && allow.length === 0) throw usage("--reason is only for --allow");
  const twice = allow.find((each, at) => allow.findIndex((other) => other.guard === each.guard) !== at);
  if (twice !== undefined) throw usage(`--allow ${twice.guard}: given twice`);
  const tenant = text("tenant");
  const auth = text("auth");
  const cloud = text("cloud");
  const clientId = text("clientId");
  const state = text("state");
  const asOf = text("asOf");
  const phase = text("phase");
  const out = text("out");
  const asScript = text("asScript");
  const changes = text("changes");
  const accounts = text("accounts");
  const port = text("port");
  const like = text("like");
  const domain = text("domain");
  const backIn = text("backIn");
  const plan = text("plan");
  const keyFile = text("keyFile");
  const because = text("because");
  const period = text("for");
  const from = text("from");
  const app = text("app");
  const client = text("client");
  const cohort = text("cohort");
  const split = text("split");
  const forReview = text("forReview");
  const waitUntil = text("waitUntil");
  const summary = text("summary");
  const only = text("only");
  const github = text("github");
  const kubernetes = text("kubernetes");
  const serviceAccount = text("serviceAccount");
  return {
    arguments: words,
    ...(tenant !== undefined && { tenant }),
    ...(auth !== undefined && { auth }),
    ...(cloud !== undefined && { cloud }),
    ...(clientId !== undefined && { clientId }),
    ...(state !== undefined && { state }),
    ...(asOf !== undefined && { asOf }),
    ...(phase !== undefined && { phase }),
    ...(out !== undefined && { out }),
    ...(asScript !== undefined && { asScript }),
    ...(changes !== undefined && { changes }),
    ...(reason !== undefined && { reason }),
    ...(accounts !== undefined && { accounts: numberOf("--accounts", accounts, 5_000_000) }),
    ...(port !== undefined && { port: numberOf("--port", port, 65_535) }),
    ...(like !== undefined && { like }),
    ...(domain !== undefined && { domain: domainOf("--domain", domain) }),
    ...(backIn !== undefined && { backIn: domainOf("--back-in", backIn) }),
    ...(plan !== undefined && { plan }),
    ...(keyFile !== undefined && { keyFile }),
    ...(because !== undefined && { because }),
    ...(period !== undefined && { forMs: durationOf(period) }),
    ...(from !== undefined && { from }),
    ...(app !== undefined && { app }),
    ...(client !== undefined && { client }),
    ...(cohort !== undefined && { cohort }),
    ...(split !== undefined && { split }),
    ...(forReview !== undefined && { forReview }),
    ...(waitUntil !== undefined && { waitUntil }),
    ...(summary !== undefined && { summary }),
    ...(only !== undefined && { only }),
    ...(github !== undefined && { github }),
    ...(kubernetes !== undefined && { kubernetes }),
    ...(serviceAccount !== undefined && { serviceAccount }),
    allow,
    json: flag("json"),
    exitCode: flag("exitCode"),
    stage: flag("stage"),
    yes: flag("yes"),
    prune: flag("prune"),
    quiet: flag("quiet"),
    verbose: flag("verbose"),
    again: flag("again"),
    hold: values.get("hold") !== false,
    keepBlocked: flag("keepBlocked"),
    whatIf: flag("whatIf"),
    all: flag("all"),
    offline: flag("offline"),
    csv: flag("csv") || flag("excel"),
    excel: flag("excel"),
    permissions: flag("permissions"),
    appRegistration: flag("appRegistration"),
    readOnly: flag("readOnly"),
    signedIn: flag("signedIn"),
    pseudonymise: flag("pseudonymise"),
    tokenCache: flag("tokenCache"),
  };
};
