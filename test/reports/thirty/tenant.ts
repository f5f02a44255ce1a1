/** A practice tenant that holds the thirty accounts and what stands around them, and the command line in front of it. */

import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Fetch } from "../../../src/runtime.ts";
import type { Dials } from "../../../src/sandbox/dials.ts";
import type { Fill, Fills } from "../../../src/sandbox/fill.ts";
import { subscribedSkus } from "../../../src/sandbox/fills/licences.ts";
import { fillSandbox } from "../../../src/sandbox/sandbox.ts";
import { type CliOptions, type CliResult, fakeRuntime, freshFolder, runCli } from "../../cli/harness.ts";
import { INITIAL, NOW } from "./accounts.ts";
import { auditRows, signInRows } from "./log.ts";
import { groups, methodsPolicy, policies, roles } from "./surroundings.ts";
import { CASES, type Case } from "./wire.ts";

const TOKEN = "thirty-token";
const ORIGIN = "http://127.0.0.1:3030";
/** The plan's name in the folder from which commands are typed. */
export const PLAN = "plan.yaml";

const TENANT_ID = "30303030-ffff-4000-8000-000000000000";
const DOMAINS = ["thirty.example", "alder.thirty.example", "birch.thirty.example"];

const at = (place: number): Case => {
  const found = CASES[place];
  if (found === undefined) throw new RangeError(`no account ${place}`);
  return found;
};
const places = { id: new Map(CASES.map(({ id }, place) => [id, place])), address: new Map(CASES.map(({ address }, place) => [address.toLowerCase(), place])) };

export const thirty: Fill = {
  name: "thirty",
  seed: "thirty",
  startsAt: Date.parse(NOW),
  tenant: {
    id: TENANT_ID,
    displayName: "Thirty schools",
    createdDateTime: "2014-05-01T09:00:00Z",
    countryLetterCode: "GB",
    verifiedDomains: [
      { name: INITIAL, isDefault: false, isInitial: true, authenticationType: "Managed" },
      ...DOMAINS.map((name, place) => ({ name, isDefault: place === 0, isInitial: false, authenticationType: "Managed" as const })),
    ],
  },
  accounts: CASES.length,
  user: (place) => at(place).object,
  indexOfId: (id) => places.id.get(id),
  indexOfAddress: (address) => places.address.get(address.toLowerCase()),
  methods: (place) => at(place).methods,
  registration: (place) => at(place).row,
  withoutRegistration: CASES.filter(({ noRow }) => noRow === true).map(({ id }) => id),
  perUserMfa: (place) => at(place).perUser ?? "disabled",
  mailbox: (place) => at(place).mailbox,
  usage: (place) => at(place).usage,
  groups,
  policies,
  locations: [],
  roles,
  subscribedSkus: subscribedSkus(TENANT_ID, "Thirty schools", { faculty: 26, basic: 0, student: 0, studentBenefit: 0 }, ["faculty"]),
  securityDefaults: false,
  authenticationMethods: methodsPolicy,
};

const fills: Fills = { thirty: { about: "thirty accounts, each a known case", make: () => thirty } };

export type Thirty = {
  /** The working folder: the plan is in it. */
  readonly cwd: string;
  readonly origin: string;
  /** What the command line reads and writes through; it can be wrapped, to look at requests or to spoil them. */
  readonly fetch: Fetch;
  /** The whole command line in that folder, for this tenant: `cli(["report", "unregistered", PLAN])`. */
  readonly cli: (args: readonly string[], options?: Partial<CliOptions>) => Promise<CliResult>;
  /** A control route: `control("PUT", "/_practice/dials", {...})`. @throws when it is refused */
  readonly control: (method: string, path: string, body: unknown) => Promise<unknown>;
  /** Dials that differ from the usual ones and from those that it was opened with. */
  readonly dial: (dials: Partial<Dials>) => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * @param licence whether the tenant has Entra ID P1. Without it there are no sign-ins, no stamps and no registration report to be had
 * @param dials others that differ from the usual ones; the limits of the service are off unless they say otherwise
 */
export const openThirty = async (licence: "p1" | "free" = "p1", dials: Partial<Dials> = {}): Promise<Thirty> => {
  const cwd = freshFolder();
  cpSync("test/reports/thirty/plan.yaml", join(cwd, PLAN));
  const always: Partial<Dials> = { throttling: "off", ...dials, ...(licence === "free" && { licence }) };
  const sandbox = await fillSandbox({ folder: join(cwd, "served"), runtime: fakeRuntime({ cwd }), fill: thirty.name, fills, dials: always });
  const fetch = sandbox.fetchAs(TOKEN);
  const control: Thirty["control"] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const response = await fetch(new Request(`${ORIGIN}${path}`, { method, headers, body: JSON.stringify(body) }));
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const rows = [...signInRows.map((object) => ({ collection: "signIns", object })), ...auditRows.map((object) => ({ collection: "directoryAudits", object }))];
  await control("POST", "/_practice/objects", { put: rows });
  return {
    cwd,
    origin: ORIGIN,
    fetch,
    cli: (args, more) => runCli([...args, "--tenant", ORIGIN], { cwd, env: { ENTRA_ROLLOUT_TOKEN: TOKEN }, fetch, ...more }),
    control,
    dial: async (more) => void (await control("PUT", "/_practice/dials", { ...always, ...more })),
    close: async () => {
      await sandbox.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
};
