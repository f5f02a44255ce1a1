/**
 * A small organisation with accounts that were asked for and never used: arranged in the practice tenant itself, listed, blocked and
 * deleted by the whole command line. What is true of each is worked out here from what was arranged, and from nothing of `src/`.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkOf, type Frozen, type ListMark, markText } from "../../src/core/review/frozen.ts";
import type { Fetch } from "../../src/runtime.ts";
import { type Stage, stageOf } from "./stage.ts";

export const DAY = 86_400_000;
/** Monday, 30 September 2024, 08:00 in London. */
export const START = Date.UTC(2024, 8, 30, 7);
export const DOMAIN = "small.example";
export const PLAN_FILE = "unused.yaml";
const LIST_FILE = "unused.csv";
const PLAN_ID = "unused-2024";
/** The one subscription that the organisation has. */
export const SKU = "b17653a4-2443-4e8c-a550-18249dda78bb";

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 }, signIns: "empty" } as const;
/** Entra ID P2, so that it is told who signed in and who may activate roles. */
const USUAL = { ...CALM, licence: "p2" } as const;

export const smallStage = async (dials: object = {}): Promise<Stage> => stageOf("small-off", undefined, { ...USUAL, ...dials });

// ---- accounts

export const idOf = (number: number): string => `77777777-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
export const addressOf = (number: number): string => `unused-${number}@${DOMAIN}`;

export type Wire = Readonly<Record<string, unknown>>;

/** Never used, made a year and a half ago, with a mailbox. */
export const unusedUser = (number: number, more: Wire = {}): Wire & { readonly id: string; readonly userPrincipalName: string } => ({
  accountEnabled: true,
  assignedLicenses: [{ skuId: SKU, disabledPlans: [] }],
  createdDateTime: new Date(START - 200 * DAY).toISOString().replace(".000", ""),
  department: "Volunteers",
  displayName: `Unused ${number}`,
  jobTitle: "Volunteer",
  mail: addressOf(number),
  mailNickname: `unused-${number}`,
  proxyAddresses: [`SMTP:${addressOf(number)}`],
  usageLocation: "GB",
  userPrincipalName: addressOf(number),
  userType: "Member",
  ...more,
  id: idOf(number),
});

export type Put = { readonly collection: string; readonly object: Wire & { readonly id: string } };
export const arrange = (
  stage: Pick<Stage, "reader">,
  put: readonly Put[],
  remove: readonly { readonly collection: string; readonly id: string }[] = [],
): Promise<unknown> => stage.reader.json("POST", "/_practice/objects", { put, remove });

// ---- the list

export const tenantIdOf = async ({ reader }: Pick<Stage, "reader">): Promise<string> =>
  (await reader.json<{ readonly tenantId: string }>("GET", "/_practice")).tenantId;

export const COLUMNS = ["Account", "Name", "Why", "Created", "Decision", "Reason", "Decided by", "Id", "List", "Check"] as const;
export type Column = (typeof COLUMNS)[number];
export type Cells = Readonly<Record<Column, string>>;

export const markOf = (tenant: string, plan = PLAN_ID): ListMark => ({ plan, tenant, asOf: START });

export const rowFor = (frozen: Frozen, mark: ListMark, decided: Partial<Cells> = {}): Cells => ({
  Account: frozen.account,
  Name: frozen.name,
  Why: frozen.why,
  Created: frozen.created,
  Decision: "delete",
  Reason: "nobody knows it",
  "Decided by": "office manager",
  Id: frozen.id,
  List: markText(mark),
  Check: checkOf(mark, frozen),
  ...decided,
});

export const frozenOf = (number: number): Frozen => ({
  account: addressOf(number),
  name: `Unused ${number}`,
  why: "it never signed in",
  created: "2024-03-14",
  id: idOf(number),
});

export const csvOf = (rows: readonly Cells[], columns: readonly Column[] = COLUMNS): string =>
  [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\r\n`)
    .join("");

export const writeList = ({ cwd }: Pick<Stage, "cwd">, text: string): void => writeFileSync(join(cwd, LIST_FILE), text);

// ---- the plan

export type PlanWords = {
  readonly atMost?: number;
  readonly atMostShare?: number;
  readonly createdBefore?: string;
  /** Days. */
  readonly after?: number;
  readonly keep?: readonly string[];
  /** No phase that blocks. */
  readonly onlyDeletes?: true;
  readonly deleteFrom?: string;
};

export const planText = ({ atMost = 100, atMostShare, createdBefore, after, keep = [], onlyDeletes, deleteFrom = "2024-09-30" }: PlanWords = {}): string =>
  [
    `id: ${PLAN_ID}`,
    "name: Accounts that nobody uses",
    "timeZone: Europe/London",
    "mechanism: conditional-access",
    `emergencyAccounts: [emergency-1@${DOMAIN}, emergency-2@${DOMAIN}]`,
    'cohorts: { staff: { accounts: ["director@*"] } }',
    "phases:",
    ...(onlyDeletes === true ? [] : [`  - { id: block, starts: 2024-09-30, blockSignIn: { list: ${LIST_FILE} } }`]),
    `  - { id: delete, starts: ${deleteFrom}, deleteAccounts: { list: ${LIST_FILE}, atMost: ${atMost}${atMostShare === undefined ? "" : `, atMostShare: ${atMostShare}%`}${
      createdBefore === undefined ? "" : `, createdBefore: ${createdBefore}`
    }${after === undefined ? "" : `, after: ${after} days`}${keep.length === 0 ? "" : `, keep: [${keep.map((pattern) => JSON.stringify(pattern)).join(", ")}]`} } }`,
    "  - { id: last, starts: 2025-12-01, requireMfa: { for: staff, on: [web] } }",
    "",
  ].join("\n");

export const writePlan = ({ cwd }: Pick<Stage, "cwd">, text: string): void => writeFileSync(join(cwd, PLAN_FILE), text);

// ---- what was sent

export type Asked = { readonly n: number; readonly method: string; readonly path: string; readonly body: unknown };

type Batch = { readonly requests: readonly { readonly method: string; readonly url: string; readonly body?: unknown }[] };

const partsOf = async (request: Request): Promise<readonly Omit<Asked, "n">[]> => {
  const { pathname, search } = new URL(request.url);
  const path = decodeURIComponent(`${pathname.replace(/^\/(?:v1\.0|beta)/, "")}${search}`);
  const text = request.method === "GET" ? "" : await request.clone().text();
  if (pathname.endsWith("/$batch") && !pathname.startsWith("/adminapi"))
    return (JSON.parse(text) as Batch).requests.map(({ method, url, body }) => ({ method, path: decodeURIComponent(url), body }));
  return [{ method: request.method, path, body: text === "" ? undefined : text }];
};

/** One request at a time, each looked at before it leaves; `before` may arrange something first. */
export const watched = (
  fetch: Fetch,
  before: (n: number, parts: readonly Omit<Asked, "n">[]) => Promise<void> | void = () => undefined,
): { readonly fetch: Fetch; readonly asked: readonly Asked[] } => {
  const asked: Asked[] = [];
  let n = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    asked,
    fetch: (request) => {
      const own = last.then(async () => {
        const parts = await partsOf(request);
        n += 1;
        await before(n, parts);
        for (const part of parts) asked.push({ n, ...part });
        return fetch(request);
      });
      last = own.catch(() => undefined);
      return own;
    },
  };
};

export const writesIn = (asked: readonly Asked[]): readonly Asked[] =>
  asked.filter(({ method, path }) => method !== "GET" && !path.startsWith("/_practice") && !path.startsWith("/adminapi"));

/** Lines of all archives, as whoever finds the files reads them. */
export const archiveLines = (stage: Stage): readonly Wire[] =>
  stage
    .stateFolders()
    .map((folder) => join(folder, "archive"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1)))
    .map((line) => JSON.parse(line) as Wire);

/** Ids of accounts that stand in an archive in full. */
export const archivedIn = (stage: Stage): ReadonlySet<string> =>
  new Set(archiveLines(stage).flatMap(({ type, account }) => (type === "account" ? [(account as { readonly id: string }).id] : [])));
