/** A small practice tenant whose accounts are in groups, hold licences and have a manager, and a gateway to it. */

import { exchangeOf } from "../../src/connect.ts";
import type { AccountLinks, ArchivedAccount } from "../../src/core/accounts/facts.ts";
import type { Step, StepOutcome, Write } from "../../src/core/changes.ts";
import { type Connection, createGateway } from "../../src/gateway.ts";
import { createClient } from "../../src/graph/client.ts";
import { fillTiny, groupId, otherId, quietWith, type Tiny, userId, valueIn } from "../sandbox/support.ts";

export const ANN = userId(10);
export const BOB = userId(11);
export const CAT = userId(12);
export const HEAD = userId(20);
/** In a group that may hold roles. */
export const ADMIN = userId(6);
export const CHOIR = groupId(30);
export const BAND = groupId(31);
export const TEACHING = otherId(40);
export const MAIL = otherId(41);
const [BOARD, SHEETS, POST] = [otherId(50), otherId(51), otherId(52)];

const skuOf = (id: string, plans: readonly string[], enabled: number): object => ({
  id,
  skuId: id,
  skuPartNumber: `PRODUCT_${id.slice(-2)}`,
  capabilityStatus: "Enabled",
  consumedUnits: 0,
  prepaidUnits: { enabled, suspended: 0, warning: 0, lockedOut: 0 },
  servicePlans: plans.map((servicePlanId) => ({ servicePlanId, servicePlanName: "PLAN", provisioningStatus: "Success", appliesTo: "User" })),
});

const groupOf = (id: string, displayName: string): object => ({
  id,
  displayName,
  description: null,
  groupTypes: [],
  mailEnabled: false,
  mailNickname: displayName.toLowerCase(),
  onPremisesSyncEnabled: null,
  securityEnabled: true,
  membershipRule: null,
  deletedDateTime: null,
});

const personOf = (index: number, name: string): object => ({
  id: userId(index),
  userPrincipalName: `user-${index}@tiny.example`,
  displayName: name,
  givenName: name,
  department: "Music",
  businessPhones: ["020 7946 0000"],
  mail: `user-${index}@tiny.example`,
  mailNickname: `user-${index}`,
  proxyAddresses: [`SMTP:user-${index}@tiny.example`, `smtp:${name.toLowerCase()}@tiny.example`],
  usageLocation: "GB",
  accountEnabled: true,
  userType: "Member",
  onPremisesSyncEnabled: null,
  assignedLicenses: [],
  createdDateTime: "2016-01-01T00:00:00Z",
});

export const LINKS = (id: string): AccountLinks => ({
  id,
  groups: [CHOIR, BAND],
  licences: [
    { sku: TEACHING, off: [BOARD, SHEETS] },
    { sku: MAIL, off: [] },
  ],
  manager: HEAD,
});

export const archivedOf = (index: number, name: string, more: Partial<ArchivedAccount> = {}): ArchivedAccount => ({
  ...LINKS(userId(index)),
  upn: `user-${index}@tiny.example`,
  enabled: true,
  profile: {
    displayName: name,
    givenName: name,
    department: "Music",
    businessPhones: ["020 7946 0000"],
    mail: `user-${index}@tiny.example`,
    mailNickname: `user-${index}`,
    proxyAddresses: [`SMTP:user-${index}@tiny.example`],
    usageLocation: "GB",
    createdDateTime: "2016-01-01T00:00:00Z",
    onPremisesExtensionAttributes: { extensionAttribute3: "choir" },
  },
  groupNames: { [CHOIR]: "Choir", [BAND]: "Band" },
  besides: [],
  ...more,
});

type SetAccounts = Extract<Write, { readonly type: "set-accounts" }>;

export const stepOf = (to: SetAccounts["to"], ids: readonly string[], more: Partial<SetAccounts> = {}): Step => ({
  id: `${to}-1`,
  kind: "account-deletion",
  key: "new-year",
  name: "Listed accounts",
  write: { type: "set-accounts", kind: "account-deletion", key: "new-year", to, ids, ...more },
  undo: { type: "impossible", because: "a test" },
  after: [],
  phases: [],
});

type Sent = { readonly method: string; readonly path: string; readonly status: number; readonly body?: unknown };

export type World = {
  readonly tiny: Tiny;
  readonly perform: (step: Step) => Promise<StepOutcome>;
  readonly performWith: (step: Step, beforeSend: (step: string) => Promise<void>) => Promise<StepOutcome>;
  /** What was sent since the last time it was asked for, the items of a batch each by itself, without the version. */
  readonly sent: () => Promise<readonly string[]>;
  readonly linksOf: (id: string) => Promise<unknown>;
  readonly dials: (more: object) => Promise<void>;
  readonly put: (collection: string, object: object) => Promise<void>;
  /** Requests that left, with the bodies that they had. */
  readonly bodies: Sent[];
  readonly befores: string[];
  readonly controller: AbortController;
};

export type Wish = {
  readonly archived?: readonly ArchivedAccount[];
  /** Called with every request that leaves. */
  readonly onRequest?: (world: World, request: Request) => void;
};

const NO_WAITING = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } } as const;

export const accountWorld = async (wish: Wish = {}): Promise<World> => {
  const tiny = await fillTiny(quietWith({}));
  const arranged = [
    { collection: "subscribedSkus", object: skuOf(TEACHING, [BOARD, SHEETS], 3) },
    { collection: "subscribedSkus", object: skuOf(MAIL, [POST], 3) },
    { collection: "groups", object: groupOf(CHOIR, "Choir") },
    { collection: "groups", object: groupOf(BAND, "Band") },
    ...["Ann", "Bob", "Cat"].map((name, place) => ({ collection: "users", object: personOf(10 + place, name) })),
    { collection: "users", object: personOf(20, "Hedda") },
  ];
  const must = async (method: string, path: string, body: unknown): Promise<void> => {
    const { status, text } = await tiny.ask(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  };
  await must("POST", "/_practice/objects", { put: arranged });
  for (const id of [ANN, BOB, CAT]) {
    for (const group of [CHOIR, BAND]) await must("POST", `/groups/${group}/members/$ref`, { "@odata.id": `http://127.0.0.1/v1.0/directoryObjects/${id}` });
    const addLicenses = LINKS(id).licences.map(({ sku, off }) => ({ skuId: sku, disabledPlans: off }));
    await must("POST", `/users/${id}/assignLicense`, { addLicenses, removeLicenses: [] });
    await must("PUT", `/users/${id}/manager/$ref`, { "@odata.id": `http://127.0.0.1/v1.0/users/${HEAD}` });
  }
  const befores: string[] = [];
  const bodies: Sent[] = [];
  const controller = new AbortController();
  let count = 0;
  let since = 0;
  const requests = async (): Promise<readonly Sent[]> => {
    const told = await tiny.ask("GET", `/_practice/requests?since=${since}`);
    const { next, requests: rows } = JSON.parse(told.text);
    since = next;
    return rows;
  };
  const connection: Connection = {
    origin: "http://127.0.0.1",
    getToken: async () => "practice",
    clock: tiny.sandbox.clock,
    uuid: () => {
      count += 1;
      return `55555555-0000-4000-8000-${String(count).padStart(12, "0")}`;
    },
    signal: controller.signal,
    practice: true,
    fetch: async (request) => {
      wish.onRequest?.(world, request);
      const text = await request.clone().text();
      const response = await tiny.sandbox.fetch(request);
      bodies.push({ method: request.method, path: new URL(request.url).pathname, status: response.status, ...(text !== "" && { body: JSON.parse(text) }) });
      return response;
    },
  };
  const archive = new Map((wish.archived ?? []).map((each) => [each.id, each]));
  const gateway = createGateway(connection, exchangeOf(connection, "tiny"), createClient(connection), { archived: (id) => archive.get(id) });
  const world: World = {
    tiny,
    perform: (step) => world.performWith(step, async (id) => void befores.push(`${id} after ${bodies.length}`)),
    performWith: async (step, beforeSend) => {
      const outcomes = await gateway.perform([step], new Map(), beforeSend);
      return outcomes.get(step.id) ?? { type: "unknown", because: "no outcome" };
    },
    sent: async () =>
      (await requests()).flatMap(({ method, path, status }) =>
        path.includes("/_practice") || path.includes("$batch") ? [] : [`${status} ${method} ${path.replace(/^\/v1\.0/, "")}`],
      ),
    linksOf: async (id) => {
      const account = await tiny.ask("GET", `/users/${id}?$select=assignedLicenses,licenseAssignmentStates`);
      const groups = valueIn(await tiny.ask("GET", `/users/${id}/memberOf?$select=id`)).map((row) => row["id"]);
      const manager = (await tiny.ask("GET", `/users/${id}/manager?$select=id`)).body["id"];
      const assigned = account.body["assignedLicenses"];
      const licences = Array.isArray(assigned) ? assigned.map((licence: unknown) => JSON.stringify(licence)).sort() : [];
      return { status: account.status, licences, groups: [...groups].sort(), manager };
    },
    dials: async (more) => must("PUT", "/_practice/dials", { ...NO_WAITING, ...more }),
    put: async (collection, object) => must("POST", "/_practice/objects", { put: [{ collection, object }] }),
    bodies,
    befores,
    controller,
  };
  await requests();
  return world;
};
