/** A county whose plan begins with old mail protocols, and what its mailboxes show to somebody who imports nothing of `src/`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import type { CliOptions, CliResult } from "../cli/harness.ts";
import type { LoggedRequest, Reader } from "./reader.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";

export const PLAN = "mail.yaml";

/** Where it happens: the county of the reference plan, or a trust, which has half as many mailboxes. */
const WORLDS = {
  county: { day: "2018-11-09", later: "2018-11-19", domain: "county.example", kept: "office@alder.county.example" },
  trust: { day: "2022-02-08", later: "2022-02-28", domain: "trust.example", kept: "office@harbour.trust.example" },
} as const;
export type WorldName = keyof typeof WORLDS;

export const { kept: KEPT, day: MAIL_DAY } = WORLDS.county;
export const worldOf = (name: WorldName): (typeof WORLDS)[WorldName] => WORLDS[name];

export type TurnOffWords = {
  readonly world?: WorldName;
  readonly protocols?: readonly string[];
  readonly keepOn?: readonly string[];
  readonly for?: string;
  /** The phase that Graph knows begins on the same day. */
  readonly together?: true;
};

const keepOnOf = (addresses: readonly string[]): string =>
  addresses
    .map(
      (address) => `
        - accounts: ["${address}"]
          because: the copier in the corridor sends what it scans
          owner: helpdesk@county.example
          until: 2022-12-16`,
    )
    .join("");

/** A plan with its mail phase in front; `heads` is the part of it that Graph knows. */
export const planText = ({
  world = "county",
  protocols = ["pop3", "imap"],
  keepOn = [WORLDS[world].kept],
  for: cohort,
  together,
}: TurnOffWords = {}): string => {
  const { day, later, domain } = WORLDS[world];
  return `id: ${world}-mail
name: Mail first
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@${domain}, emergency-2@${domain}]
cohorts:
  heads: { accounts: ["head@*.${domain}", "headteacher@*.${domain}"] }
  offices: { accounts: ["office@*.${domain}"] }
phases:
  - id: pop-imap-off
    title: Old mail protocols off
    starts: ${day}
    turnOff:
      protocols: [${protocols.join(", ")}]
      atMost: 90000${cohort === undefined ? "" : `\n      for: ${cohort}`}${keepOn.length === 0 ? "" : `\n      keepOn:${keepOnOf(keepOn)}`}
  - id: heads
    title: Head teachers
    starts: ${together === true ? day : later}
    requireMfa: { for: heads, on: [web, clients] }
`;
};

export const writePlan = ({ cwd }: Pick<Stage, "cwd">, text: string): void => writeFileSync(join(cwd, PLAN), text);

// ---- what Exchange shows

export type Box = {
  readonly Guid: string;
  readonly ExternalDirectoryObjectId: string;
  readonly PrimarySmtpAddress: string;
  readonly PopEnabled: boolean;
  readonly ImapEnabled: boolean;
  readonly ActiveSyncEnabled: boolean;
  readonly SmtpClientAuthenticationDisabled: boolean | null;
};
export type BoxPlan = { readonly Name: string; readonly PopEnabled: boolean; readonly ImapEnabled: boolean; readonly ActiveSyncEnabled: boolean };

type Answer<T> = { readonly value: readonly T[]; readonly "@odata.nextLink"?: string };

const tenantOf = async ({ reader }: Pick<Stage, "reader">): Promise<string> => (await reader.json<{ readonly tenantId: string }>("GET", "/_practice")).tenantId;

/** A cmdlet by hand, page after page. */
export const byHand = async <T>(stage: Pick<Stage, "reader">, name: string, parameters: object = {}): Promise<readonly T[]> => {
  const rows: T[] = [];
  const body = { CmdletInput: { CmdletName: name, Parameters: parameters } };
  const tenant = await tenantOf(stage);
  // Pages stay on the server to which the first one led.
  const headers = { "X-AnchorMailbox": `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${tenant}` };
  let next: string | undefined = `/adminapi/beta/${tenant}/InvokeCommand`;
  while (next !== undefined) {
    const page: Answer<T> = await stage.reader.json<Answer<T>>("POST", next, body, headers);
    rows.push(...page.value);
    next = page["@odata.nextLink"];
  }
  return rows;
};

/** By address in lower case. */
export const boxesOf = async (stage: Pick<Stage, "reader">): Promise<ReadonlyMap<string, Box>> =>
  new Map((await byHand<Box>(stage, "Get-CASMailbox")).map((box) => [box.PrimarySmtpAddress.toLowerCase(), box]));

export const plansOf = (stage: Pick<Stage, "reader">): Promise<readonly BoxPlan[]> => byHand<BoxPlan>(stage, "Get-CASMailboxPlan");

export const tenantSmtpOf = async (stage: Pick<Stage, "reader">): Promise<boolean | null | undefined> =>
  (await byHand<{ readonly SmtpClientAuthenticationDisabled: boolean | null }>(stage, "Get-TransportConfig"))[0]?.SmtpClientAuthenticationDisabled;

/** How many have what, as `POP3 IMAP` or `none`. */
export const protocolsOf = (boxes: Iterable<Pick<Box, "PopEnabled" | "ImapEnabled">>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { PopEnabled, ImapEnabled } of boxes) {
    const words = [PopEnabled ? "POP3" : "", ImapEnabled ? "IMAP" : ""].filter((word) => word !== "").join(" ") || "none";
    counts[words] = (counts[words] ?? 0) + 1;
  }
  return counts;
};

/** All that a tenant's Exchange keeps of protocols, as text, to be compared as a whole. */
export const mailOf = async (stage: Pick<Stage, "reader">): Promise<readonly string[]> => [
  ...[...(await boxesOf(stage)).values()].map(
    (box) => `${box.PrimarySmtpAddress} ${box.PopEnabled} ${box.ImapEnabled} ${box.ActiveSyncEnabled} ${box.SmtpClientAuthenticationDisabled}`,
  ),
  ...(await plansOf(stage)).map((plan) => `${plan.Name} ${plan.PopEnabled} ${plan.ImapEnabled} ${plan.ActiveSyncEnabled}`),
  `tenant ${await tenantSmtpOf(stage)}`,
];

// ---- what was sent

export type Sent = { readonly cmdlet: string; readonly parameters: Readonly<Record<string, unknown>>; readonly batch: number | undefined };

type Wire = { readonly CmdletInput?: { readonly CmdletName: string; readonly Parameters: Readonly<Record<string, unknown>> } };
type WireBatch = { readonly requests?: readonly { readonly body: Wire }[] };

const isWrite = (cmdlet: string): boolean => !cmdlet.startsWith("Get-");

/** Looks at what leaves for Exchange, without a word to either side. */
export const watching = (fetch: Fetch): { readonly fetch: Fetch; readonly sent: readonly Sent[]; readonly writes: () => readonly Sent[] } => {
  const sent: Sent[] = [];
  let batches = 0;
  return {
    sent,
    writes: () => sent.filter(({ cmdlet }) => isWrite(cmdlet)),
    fetch: async (request) => {
      const path = new URL(request.url).pathname;
      if (!path.startsWith("/adminapi/") || request.method !== "POST") return fetch(request);
      const body = (await request.clone().json()) as Wire & WireBatch;
      if (path.endsWith("/$batch")) batches += 1;
      const items = path.endsWith("/$batch") ? (body.requests ?? []).map((item) => item.body) : [body];
      for (const { CmdletInput } of items)
        if (CmdletInput !== undefined)
          sent.push({ cmdlet: CmdletInput.CmdletName, parameters: CmdletInput.Parameters, batch: path.endsWith("/$batch") ? batches : undefined });
      return fetch(request);
    },
  };
};

export const countOf = (sent: readonly Sent[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { cmdlet } of sent) counts[cmdlet] = (counts[cmdlet] ?? 0) + 1;
  return counts;
};

/** Mailboxes that were written more than once. */
export const twiceIn = (sent: readonly Sent[]): readonly string[] => {
  const ids = sent.filter(({ cmdlet }) => cmdlet === "Set-CASMailbox").map(({ parameters }) => String(parameters["Identity"]));
  return ids.filter((id, at) => ids.indexOf(id) !== at);
};

export const since = async (reader: Reader): Promise<number> => ((await reader.requests()).at(-1)?.n ?? -1) + 1;

export const exchangeOnly = (requests: readonly LoggedRequest[]): readonly LoggedRequest[] => requests.filter(({ path }) => path.startsWith("/adminapi/"));

export const goTo = (stage: Pick<Stage, "reader">, moment: string): Promise<unknown> =>
  stage.reader.json("POST", "/_practice/clock", { to: moment.includes("T") ? moment : `${moment}T00:00:00Z` });

export const told = (...results: readonly CliResult[]): string =>
  results.map(({ exit, stdout, stderr }) => `exit ${exit}\n${stdout}${stderr}`).join("\n----\n");

export const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

/** Types it, and looks at what left for Exchange meanwhile. */
export const typedWith = async (
  stage: Stage,
  args: readonly string[],
  options: Partial<CliOptions> = {},
): Promise<CliResult & { readonly sent: readonly Sent[]; readonly writes: readonly Sent[] }> => {
  const line = watching(options.fetch ?? stage.fetch);
  const result = await stage.cli(args, { ...options, fetch: line.fetch });
  return { ...result, sent: line.sent, writes: line.writes() };
};

const stagedOn = async (stage: Stage, words: TurnOffWords): Promise<Stage> => {
  const { day } = worldOf(words.world ?? "county");
  writePlan(stage, planText(words));
  await goTo(stage, day);
  return stage;
};

/** A tenant at midnight of its mail day, with the plan beside it. */
const mailDay = async (words: TurnOffWords = {}, accounts?: number): Promise<Stage> =>
  stagedOn(await stageOf(words.world ?? "county", accounts, NO_LOG), words);

/** Such tenants for a file of tests, each closed when it says so, and at its end whatever is left open. */
export const mailDays = (): { readonly begun: typeof mailDay; readonly closed: (stage: Stage) => Promise<void> } => {
  const stages = new Set<Stage>();
  afterAll(async () => {
    for (const stage of stages) await stage.close();
  });
  return {
    begun: async (...words) => {
      const stage = await mailDay(...words);
      stages.add(stage);
      return stage;
    },
    closed: async (stage) => {
      stages.delete(stage);
      await stage.close();
    },
  };
};

/** Many mailboxes by the service's own ids. */
export const idsAt = (boxes: ReadonlyMap<string, Box>, every: number, from = 0): readonly Box[] => [...boxes.values()].filter((_, at) => at % every === from);

/** A fault for the mailboxes with these ids. */
export const faultFor = (ids: readonly string[], effect: object, more: object = {}): object => ({
  method: "POST",
  path: `/adminapi/InvokeCommand/Set-CASMailbox/(${ids.join("|")})$`,
  effect,
  ...more,
});

/** Out of what a custom role may write: whoever asks is told so of this mailbox each time. */
export const LOCKED = {
  type: "status",
  status: 400,
  code: "Microsoft.Exchange.Configuration.Tasks.InvalidOperationException",
  message: "The operation can't be performed because the object is out of the current user's write scope.",
} as const;
export const LOCKED_WORDS = `Exchange Online answered 400 BadRequest to Set-CASMailbox: ${LOCKED.message}`;

/**
 * Mailboxes as years leave them behind: with one protocol or the other, off already, phones without ActiveSync, SMTP AUTH on or off
 * by a word of their own. Every combination is there.
 */
export const mixed = async (stage: Pick<Stage, "reader">): Promise<void> => {
  const boxes = [...(await boxesOf(stage)).values()];
  const put = boxes.map(({ ExternalDirectoryObjectId: id }, at) => ({
    collection: "casMailboxes",
    object: {
      id,
      PopEnabled: at % 2 === 0,
      ImapEnabled: at % 3 !== 0,
      ActiveSyncEnabled: at % 5 !== 0,
      SmtpClientAuthenticationDisabled: [null, false, true][Math.floor(at / 2) % 3] ?? null,
    },
  }));
  await stage.reader.json("POST", "/_practice/objects", { put, remove: [] });
};
