/** Tenants and plans on which every command is typed, and what each of them asked of the service. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandName } from "../../src/core/permissions/commands.ts";
import type { Needs } from "../../src/core/permissions/needs.ts";
import { isCmdlet, type Route, routeOf } from "../../src/core/permissions/routes.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { soundPlan } from "../../src/plan-file.ts";
import { type CliResult, fakeRuntime } from "../cli/harness.ts";
import { goTo, LIST, PLAN as NEW_YEAR, newYearPlan, SENT_OUT, sendBack, withUnused } from "../scenarios/accounts-world.ts";
import { type Stage, stageFrom, stageOf } from "../scenarios/stage.ts";

export type World = {
  readonly name: string;
  readonly fill: string;
  /** As the command line takes it. */
  readonly file: string;
  readonly asOf: string;
  /** The day on which what `run` does has just become due. */
  readonly due: string;
  readonly domain: string;
  readonly dials?: object;
  /** Writes the plan, where it is not one of the published ones, and arranges what it is about. */
  readonly prepare?: (stage: Stage) => Promise<void>;
};

const OWN = "own.yaml";

const write = (text: string) => (stage: Stage) => {
  writeFileSync(join(stage.cwd, OWN), text);
  return Promise.resolve();
};

const head = (domain: string, mechanism: string): string => `id: rights-2022
name: Rights
timeZone: Europe/London
mechanism: ${mechanism}
emergencyAccounts: [emergency-1@${domain}, emergency-2@${domain}]
cohorts:
  heads: { accounts: ["headteacher@*.${domain}"] }
`;

const MAIL = `${head("trust.example", "conditional-access")}phases:
  - id: mail
    title: Old ways to mail off
    starts: 2022-02-08
    turnOff: { protocols: [pop3, imap, smtpAuth], atMost: 90000 }
  - id: passwords
    title: Passwords alone refused
    starts: 2022-02-08
    blockBasic: { atMost: 90000 }
`;

const SOME_MAIL = `${head("trust.example", "conditional-access")}phases:
  - id: mail
    title: Old ways to mail off
    starts: 2022-02-08
    turnOff: { protocols: [pop3, imap], for: heads, atMost: 90000 }
`;

const PER_USER = `${head("trust.example", "per-user")}phases:
  - id: heads
    title: Head teachers
    starts: 2022-02-08
    requireMfa: { for: heads, on: [web] }
`;

export const WORLDS: readonly World[] = [
  {
    name: "policies, methods, a campaign",
    fill: "remote-desktop",
    file: "rollout-plans/remote-desktop-trust.yaml",
    asOf: "2021-09-27",
    due: "2021-09-06",
    domain: "desktop.example",
  },
  {
    name: "security defaults",
    fill: "small",
    file: "rollout-plans/security-defaults.yaml",
    asOf: "2024-10-07",
    due: "2024-10-07",
    domain: "small.example",
    prepare: async ({ reader }) => {
      await reader.send("PATCH", "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy", { isEnabled: false });
    },
  },
  { name: "mailboxes and passwords", fill: "trust", file: OWN, asOf: "2022-02-09", due: "2022-02-08", domain: "trust.example", prepare: write(MAIL) },
  { name: "some mailboxes", fill: "trust", file: OWN, asOf: "2022-02-09", due: "2022-02-08", domain: "trust.example", prepare: write(SOME_MAIL) },
  { name: "per-user MFA", fill: "trust", file: OWN, asOf: "2022-02-09", due: "2022-02-08", domain: "trust.example", prepare: write(PER_USER) },
  {
    name: "accounts on a list",
    fill: "trust",
    file: NEW_YEAR,
    asOf: "2022-04-02",
    due: "2022-04-01",
    domain: "trust.example",
    dials: { licence: "p2" },
    prepare: async (stage) => {
      writeFileSync(join(stage.cwd, NEW_YEAR), newYearPlan({ domain: "trust.example", deleted: "2022-04-01" }).replace(/^( {2}- id: unused-deleted)/m, "$1"));
      await withUnused(stage.reader, "headteacher@harbour.trust.example", "harbour.trust.example", 3, "2021-06-01T09:00:00Z");
      const listed = await stage.cli(["report", "stale", NEW_YEAR, "--for-review", SENT_OUT]);
      if (listed.exit !== 0) throw new Error(listed.stderr);
      sendBack(stage, ({ Account = "" }) =>
        Account.startsWith("unused-") ? { decision: "delete", reason: "never used", by: "head teacher" } : { decision: "keep" },
      );
      await goTo(stage.reader, "2022-04-01");
    },
  },
];

export type Asked = { readonly routes: ReadonlySet<Route>; readonly unknown: readonly string[]; readonly denied: readonly string[] };

export type Typed = CliResult & { readonly asked: Asked };

/** A stage on which each command line comes with what it asked. */
export type Ground = {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly type: (args: readonly string[]) => Promise<Typed>;
  /** From now on the caller holds just these; `without`: but for this one. */
  readonly hold: (needs: Needs | "all", without?: string) => Promise<void>;
  readonly operator: (address: string | undefined) => void;
};

const cmdletsIn = (body: string): readonly string[] => [...body.matchAll(/"CmdletName":\s*"([^"]+)"/g)].map((match) => match[1] ?? "");

const GRANTS = {
  "Exchange Administrator": "exchange-administrator",
  "Exchange Recipient Administrator": "recipient-administrator",
  "Global Reader": "global-reader",
} as const;

const exchangeDials = ({ permissions, roles }: Needs, without: string | undefined): object => {
  const names = [...permissions, ...roles].map(({ name }) => name).filter((name) => name !== without);
  if (!names.some((name) => name.startsWith("Exchange.Manage"))) return { exchangeGrants: "none" };
  const held = (["Exchange Administrator", "Exchange Recipient Administrator", "Global Reader"] as const).filter((name) => names.includes(name));
  const [first, second] = held;
  if (first === "Exchange Recipient Administrator" && second !== undefined)
    return { exchangeGrants: "both", exchangeRole: "recipient-administrator-and-global-reader" };
  return first === undefined ? { exchangeGrants: "permission-only" } : { exchangeGrants: "both", exchangeRole: GRANTS[first] };
};

/** A snapshot replaces none: each is given a name of its own. */
const SNAPSHOT = "tenant.jsonl";
let snapshots = 0;
const anew = (word: string): string => {
  if (word !== SNAPSHOT) return word;
  snapshots += 1;
  return `tenant-${snapshots}.jsonl`;
};

const OURS = /^\/_practice\/|\/data\/download\//;
const BATCH = /\/\$batch$/;

const groundOf = async (world: World, stage: Stage): Promise<Ground> => {
  const { plan } = await soundPlan(world.file, fakeRuntime({ cwd: stage.cwd }));
  let since = 1;
  let operator: string | undefined;
  const requests = async () => {
    const rows = await stage.reader.requests(since);
    since = (rows.at(-1)?.n ?? since - 1) + 1;
    return rows;
  };
  return {
    stage,
    plan,
    operator: (address) => {
      operator = address;
    },
    hold: async (needs, without) => {
      const names = needs === "all" ? [] : needs.permissions.flatMap(({ service, name }) => (service === "graph" && name !== without ? [name] : []));
      await stage.reader.dials({
        ...world.dials,
        ...(operator !== undefined && { operator }),
        ...(needs !== "all" && { permissions: names, ...exchangeDials(needs, without) }),
      });
    },
    type: async (args) => {
      await requests();
      const cmdlets: string[] = [];
      const done = await stage.cli(args.map(anew), {
        fetch: async (request) => {
          if (new URL(request.url).pathname.startsWith("/adminapi/") && request.method === "POST") cmdlets.push(...cmdletsIn(await request.clone().text()));
          return await stage.fetch(request);
        },
      });
      const answered = await requests();
      const rows = answered.filter(({ path }) => !OURS.test(path) && !BATCH.test(path.replace(/\?.*/, "")) && !path.startsWith("/adminapi/"));
      const found = rows.map(({ method, path }) => ({ text: `${method} ${path}`, route: routeOf(method, path) }));
      const known = [...new Set(cmdlets)].map((name) => ({ text: name, route: isCmdlet(name) ? name : undefined }));
      const all = [...found, ...known];
      return {
        ...done,
        asked: {
          routes: new Set(all.flatMap(({ route }) => route ?? [])),
          unknown: all.flatMap(({ text, route }) => (route === undefined ? [text] : [])),
          denied: answered.flatMap(({ status, method, path }) => (status === 401 || status === 403 ? [`${method} ${path}`] : [])),
        },
      };
    },
  };
};

export const openWorld = async (world: World): Promise<Ground> => {
  const stage = await stageOf(world.fill);
  if (world.dials !== undefined) await stage.reader.dials(world.dials);
  await world.prepare?.(stage);
  return groundOf(world, stage);
};

export const copyOf = async (world: World, copied: string): Promise<Ground> => groundOf(world, await stageFrom(copied));

export type Moment = "before" | "due" | "applied";

export type Line = { readonly args: readonly string[]; readonly at: Moment };

/** What is typed for each command, and when; undefined: it is nothing for this world. */
export const lineFor = (command: CommandName, world: World, plan: Plan, someone: string): Line | undefined => {
  const { file, asOf, domain } = world;
  const hasPolicies = plan.phases.some(({ requireMfa }) => requireMfa !== undefined) && plan.mechanism === "conditional-access";
  const hasLists = file === NEW_YEAR;
  switch (command) {
    case "status":
    case "doctor":
    case "card":
      return { args: [command, file], at: "before" };
    case "diff":
      return { args: ["diff", file, "--as-of", asOf, "--what-if"], at: "before" };
    case "runs":
      return { args: ["runs"], at: "before" };
    case "why":
      return { args: ["why", someone], at: "before" };
    case "snapshot":
      return { args: ["snapshot", SNAPSHOT], at: "before" };
    case "apply":
      return { args: ["apply", file, "--as-of", asOf, "--yes"], at: "before" };
    case "run":
      return { args: ["run", file], at: "due" };
    case "undo":
      return { args: ["undo", LAST_RUN, "--yes"], at: "applied" };
    case "accounts restore":
      return hasLists ? { args: ["accounts", "restore", LIST, "--yes"], at: "applied" } : undefined;
    case "halt":
      return hasPolicies ? { args: ["halt", plan.id, "--domain", domain, "--yes"], at: "applied" } : undefined;
    case "let-in":
      return hasPolicies ? { args: ["let-in", someone, "--because", "a new telephone", "--yes"], at: "applied" } : undefined;
    default:
      return { args: [...command.split(" "), file], at: "before" };
  }
};

export const LAST_RUN = "RUN";
export const runIn = ({ stdout, stderr }: Pick<CliResult, "stdout" | "stderr">): string =>
  /\d{8}T\d{6}Z-[0-9a-f]{4}/.exec(`${stdout}${stderr}`)?.[0] ?? "no run";
