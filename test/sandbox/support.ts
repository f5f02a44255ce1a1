/** A small practice tenant for the tests of the service's routes, on files in memory, and a plain way to ask it. */

import type { Files, Runtime } from "../../src/runtime.ts";
import type { Dials } from "../../src/sandbox/dials.ts";
import type { Fill, Fills, Json, WireObject } from "../../src/sandbox/fill.ts";
import { fillSandbox, openSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";

export const FOLDER = "practice";
const STARTS_AT = Date.UTC(2018, 10, 5, 8);

export const userId = (index: number): string => `11111111-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
export const groupId = (index: number): string => `22222222-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
export const otherId = (index: number): string => `33333333-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;

export const STAFF = groupId(0);
/** Contains STAFF, and is contained in it. */
export const OUTER = groupId(1);
export const SYNCED = groupId(2);
export const DYNAMIC = groupId(3);
export const FOREIGN_POLICY = otherId(1);
export const MANAGED_POLICY = otherId(2);
export const TRUSTED_PLACE = otherId(3);
export const OFFICE = otherId(4);

const group = (id: string, displayName: string, more: Readonly<Record<string, Json>> = {}): WireObject => ({
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
  ...more,
});

const policy = (id: string, displayName: string, templateId: string | null): WireObject => ({
  id,
  templateId,
  displayName,
  createdDateTime: "2018-01-01T00:00:00.1234567Z",
  modifiedDateTime: null,
  state: "enabledForReportingButNotEnforced",
  partialEnablementStrategy: null,
  sessionControls: null,
  conditions: {
    clientAppTypes: ["all"],
    applications: { includeApplications: ["All"] },
    users: { includeUsers: ["All"], excludeUsers: [], excludeGroups: [] },
    locations: { includeLocations: ["All"], excludeLocations: [OFFICE] },
  },
  grantControls: { operator: "OR", builtInControls: ["mfa"] },
});

const place = (id: string, displayName: string, isTrusted: boolean): WireObject => ({
  "@odata.type": "#microsoft.graph.ipNamedLocation",
  id,
  displayName,
  modifiedDateTime: "2018-01-01T00:00:00Z",
  createdDateTime: "2018-01-01T00:00:00Z",
  isTrusted,
  ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "192.0.2.0/24" }],
});

const tiny = (accounts: number): Fill => ({
  name: "tiny",
  seed: "tiny",
  startsAt: STARTS_AT,
  tenant: {
    id: "99999999-0000-4000-8000-000000000000",
    displayName: "Tiny school",
    createdDateTime: "2015-01-01T00:00:00Z",
    countryLetterCode: "GB",
    verifiedDomains: [{ name: "tiny.example", isDefault: true, isInitial: true, authenticationType: "Managed" }],
  },
  accounts,
  user: (index) => ({
    id: userId(index),
    userPrincipalName: `user-${index}@tiny.example`,
    displayName: `User ${index}`,
    mail: `user-${index}@tiny.example`,
    accountEnabled: true,
    userType: "Member",
    onPremisesSyncEnabled: null,
    assignedLicenses: [],
    createdDateTime: "2016-01-01T00:00:00Z",
  }),
  indexOfId: (id) => {
    const index = id.startsWith("11111111-0000-4000-8000-") ? Number.parseInt(id.slice(24), 16) : -1;
    return index >= 0 && index < accounts ? index : undefined;
  },
  indexOfAddress: (address) => {
    const match = /^user-(\d+)@tiny\.example$/i.exec(address);
    const index = Number(match?.[1] ?? "-1");
    return index >= 0 && index < accounts ? index : undefined;
  },
  methods: () => [],
  registration: (index) => ({ id: userId(index), isMfaCapable: index % 2 === 0 }),
  groups: [
    { object: group(STAFF, "Staff", { description: "Everybody who works here" }), members: [userId(0), userId(1), userId(2), OUTER] },
    { object: group(OUTER, "Outer"), members: [STAFF, userId(3)] },
    { object: group(SYNCED, "Synced", { onPremisesSyncEnabled: true }), members: [userId(4)] },
    { object: group(DYNAMIC, "Dynamic", { groupTypes: ["DynamicMembership"], membershipRule: "(user.accountEnabled -eq true)" }), members: [userId(5)] },
  ],
  policies: [policy(FOREIGN_POLICY, "Theirs", null), policy(MANAGED_POLICY, "Microsoft-managed: everybody", "aaaaaaaa-0000-4000-8000-000000000001")],
  locations: [place(TRUSTED_PLACE, "Trusted", true), place(OFFICE, "Office", false)],
  roles: [
    {
      object: { id: otherId(9), roleTemplateId: "62e90394-69f5-4237-9190-012177145e10", displayName: "Global Administrator", description: null },
      members: [userId(6), OUTER],
    },
  ],
  subscribedSkus: [
    {
      id: "sku-1",
      skuId: "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
      skuPartNumber: "AAD_PREMIUM",
      capabilityStatus: "Enabled",
      servicePlans: [
        { servicePlanId: "41781fb2-bc02-4b7c-bd55-b576c07bb09d", servicePlanName: "AAD_PREMIUM", provisioningStatus: "Success", appliesTo: "User" },
      ],
    },
  ],
  securityDefaults: false,
});

export const tinyFills: Fills = { tiny: { about: "a tenant for tests", make: (accounts) => tiny(accounts ?? 30) } };

const fileError = (code: string): Error => Object.assign(new Error(code), { code });

export type MemoryFiles = Files & { readonly texts: Map<string, string> };

/** Files in memory, with Node's error codes. @param texts shared by those that open the same folder */
export const memoryFiles = (texts = new Map<string, string>()): MemoryFiles => {
  const asText = (content: string | Uint8Array): string => (typeof content === "string" ? content : Buffer.from(content).toString("utf8"));
  return {
    texts,
    read: async (path) => {
      const text = texts.get(path);
      if (text === undefined) throw fileError("ENOENT");
      return Buffer.from(text);
    },
    async *chunks(path) {
      const text = texts.get(path);
      if (text === undefined) throw fileError("ENOENT");
      yield Buffer.from(text);
    },
    size: async (path) => texts.get(path)?.length,
    list: async (folder) => [...texts.keys()].filter((path) => path.startsWith(`${folder}/`)),
    write: async (path, content) => void texts.set(path, asText(content)),
    append: async (path, content) => void texts.set(path, `${texts.get(path) ?? ""}${content}`),
    create: async (path, content) => {
      if (texts.has(path)) throw fileError("EEXIST");
      texts.set(path, content);
    },
    begin: async (path) => {
      if (texts.has(path)) throw fileError("EEXIST");
      texts.set(path, "");
      return { write: async (text) => void texts.set(path, `${texts.get(path) ?? ""}${text}`), end: async () => undefined, leave: async () => undefined };
    },
    extend: async (path, content) => void texts.set(path, `${texts.get(path) ?? ""}${content}`),
    flush: async () => undefined,
    rename: async (from, to) => {
      const text = texts.get(from);
      if (text === undefined) throw fileError("ENOENT");
      texts.set(to, text);
      texts.delete(from);
    },
    look: async (path) => (texts.has(path) ? { sort: "file", path } : undefined),
    makeFolder: async () => undefined,
    remove: async (path) => void texts.delete(path),
  };
};

export type TestRuntime = Runtime & { readonly files: MemoryFiles };

let uuids = 0;

/** One process. @param alive whether another process is */
export const testRuntime = (files = memoryFiles(), pid = 1, alive: (pid: number) => boolean = () => false): TestRuntime => {
  const output = { write: () => undefined, isTTY: false, columns: 80, drained: async () => undefined, isClosed: false };
  let machine = Date.UTC(2026, 0, 1);
  return {
    stdout: output,
    stderr: output,
    canAsk: false,
    ask: async () => false,
    env: {},
    cwd: ".",
    packageFolder: ".",
    platform: "linux",
    pid,
    isProcessAlive: alive,
    besides: () => undefined,
    clock: {
      now: () => machine,
      sleep: async (ms) => {
        machine += ms;
      },
    },
    fetch: async () => {
      throw new TypeError("fetch failed");
    },
    files,
    uuid: () => {
      uuids += 1;
      return `44444444-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
    },
    signal: new AbortController().signal,
  };
};

export type Asked = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: Readonly<Record<string, unknown>> };

export type Tiny = {
  readonly sandbox: Sandbox;
  readonly runtime: TestRuntime;
  /** @param path below `/v1.0`, or from the origin when it begins with `/_practice` or `/beta` */
  readonly ask: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Asked>;
  /** Moves the clock past every lag and limit. */
  readonly settle: () => Promise<void>;
};

const QUIET: Partial<Dials> = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };

const askedBy =
  (sandbox: Sandbox): Tiny["ask"] =>
  async (method, path, body, headers = {}) => {
    const url = path.startsWith("http") ? path : `http://127.0.0.1${/^\/(?:_practice|beta)/.test(path) ? "" : "/v1.0"}${path}`;
    const request = new Request(url, {
      method,
      headers: { Authorization: "Bearer practice", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const response = await sandbox.fetch(request);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    const parsed = (): Readonly<Record<string, unknown>> => {
      try {
        return JSON.parse(text);
      } catch {
        return {};
      }
    };
    return { status: response.status, headers: response.headers, text, body: isJson && text !== "" ? parsed() : {} };
  };

const tinyOf = (sandbox: Sandbox, runtime: TestRuntime): Tiny => ({
  sandbox,
  runtime,
  ask: askedBy(sandbox),
  settle: () => sandbox.clock.sleep(200_000),
});

/** Without lag and limits unless the dials say otherwise. */
export const fillTiny = async (dials: Partial<Dials> = QUIET, accounts?: number): Promise<Tiny> => {
  const runtime = testRuntime();
  const sandbox = await fillSandbox({ folder: FOLDER, fill: "tiny", runtime, fills: tinyFills, dials, ...(accounts === undefined ? {} : { accounts }) });
  return tinyOf(sandbox, runtime);
};

export const quietWith = (dials: Partial<Dials>): Partial<Dials> => ({ ...QUIET, ...dials });

/** Opens what is on disk, as another process would. */
export const reopen = async (files: MemoryFiles, pid = 2): Promise<Tiny> => {
  const runtime = testRuntime(files, pid);
  return tinyOf(await openSandbox({ folder: FOLDER, runtime, fills: tinyFills }), runtime);
};

/** Code and message of an answer in Graph's envelope. */
export const errorIn = (asked: Asked): { readonly code: unknown; readonly message: unknown } => {
  const error: unknown = asked.body["error"];
  return typeof error === "object" && error !== null
    ? { code: Reflect.get(error, "code"), message: Reflect.get(error, "message") }
    : { code: undefined, message: undefined };
};

/** The objects of a list. */
export const valueIn = (asked: Asked): readonly Readonly<Record<string, unknown>>[] => {
  const value: unknown = asked.body["value"];
  return Array.isArray(value) ? value : [];
};

export const namesIn = (asked: Asked, property = "displayName"): readonly unknown[] => valueIn(asked).map((object) => object[property]);

export const policyBody = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  displayName: "MFA: heads",
  state: "enabledForReportingButNotEnforced",
  conditions: { clientAppTypes: ["browser"], applications: { includeApplications: ["All"] }, users: { includeGroups: [STAFF] } },
  grantControls: { operator: "OR", builtInControls: ["mfa"] },
  ...more,
});

export const locationBody = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  "@odata.type": "#microsoft.graph.ipNamedLocation",
  displayName: "Schools",
  isTrusted: false,
  ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "198.51.100.0/24" }],
  ...more,
});

export const groupBody = (more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  displayName: "MFA rollout: heads",
  mailEnabled: false,
  mailNickname: "mfa-heads",
  securityEnabled: true,
  ...more,
});
