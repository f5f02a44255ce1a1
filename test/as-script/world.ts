/** Exchange Online as a session of PowerShell shows it: mailboxes, plans and the tenant's word, behind stand-ins for its cmdlets. */

import { type Cmdlet, type Host, runScript } from "./powershell.ts";
import { Fault, type Table, Thing, textOf, type Value } from "./values.ts";

export type Flags = { PopEnabled: boolean; ImapEnabled: boolean; ActiveSyncEnabled: boolean };
export type Box = Flags & {
  readonly Guid: string;
  /** Empty: the service's own. */
  readonly ExternalDirectoryObjectId: string;
  readonly PrimarySmtpAddress: string;
  SmtpClientAuthenticationDisabled: boolean | null;
};
export type BoxPlan = Flags & { readonly Name: string };

export type World = { readonly tenantId: string; readonly boxes: readonly Box[]; readonly plans: readonly BoxPlan[]; smtpOff: boolean | null };

export const copyOf = (world: World): World => structuredClone(world);

export type Session = {
  readonly host: Host;
  /** Every write as it was asked: `Set-CASMailbox 1111… PopEnabled=False`. */
  readonly writes: string[];
  /** Guids of mailboxes that cannot be written. */
  readonly broken: Set<string>;
  /** The tenant's word on SMTP AUTH cannot be written. */
  tenantIsStuck: boolean;
  /** Whose tenant the session is connected to; undefined: it is not connected. */
  connected: string | undefined;
  readonly disconnects: () => number;
  readonly run: (text: string, given?: { readonly apply?: boolean }) => Promise<{ readonly exit: number; readonly said: string }>;
};

const FLAGS = ["PopEnabled", "ImapEnabled", "ActiveSyncEnabled"] as const;
const SMTP = "SmtpClientAuthenticationDisabled";

const asFlag = (name: string, value: Value): boolean => {
  if (typeof value !== "boolean") throw new Fault(`Cannot process argument transformation on parameter '${name}'.`);
  return value;
};

const OWN = ["Identity", "ErrorAction", "Confirm"];

const check = (given: Table, allowed: readonly string[]): void => {
  for (const key of given.keys)
    if (![...OWN, ...allowed].some((each) => each.toLowerCase() === key.toLowerCase()))
      throw new Fault(`A parameter cannot be found that matches parameter name '${key}'.`);
};

/** @param signsInTo the tenant that whoever runs it belongs to */
export const sessionOn = (world: World, signsInTo = world.tenantId): Session => {
  const writes: string[] = [];
  const broken = new Set<string>();
  let disconnects = 0;
  const noted = (cmdlet: string, given: Table): void => {
    const values = given.keys.filter((key) => !OWN.includes(key)).sort();
    writes.push(
      [cmdlet, textOf(given.get("Identity")), ...values.map((key) => `${key}=${given.get(key) === null ? "Null" : textOf(given.get(key))}`)]
        .filter((word) => word !== "")
        .join(" "),
    );
  };
  const setFlags = (object: Flags, given: Table): void => {
    for (const flag of FLAGS) if (given.has(flag)) object[flag] = asFlag(flag, given.get(flag));
  };
  const must = (): void => {
    if (session.connected === undefined) throw new Fault("You must call the Connect-ExchangeOnline cmdlet before calling any other cmdlets.");
  };
  const all = (given: Table): void => {
    must();
    if (textOf(given.get("ResultSize")) !== "Unlimited") throw new Fault("only the first 1,000 are given out");
  };
  const cmdlets: Record<string, Cmdlet> = {
    "Get-ConnectionInformation": () =>
      session.connected === undefined ? [] : [new Thing({ Name: "ExchangeOnline_1", State: "Connected", TenantID: session.connected })],
    "Connect-ExchangeOnline": (given) => {
      if (given.has("Credential") || given.get("ShowBanner") !== false) throw new Fault("not like this");
      session.connected = signsInTo;
      return [];
    },
    "Disconnect-ExchangeOnline": (given) => {
      asFlag("Confirm", given.get("Confirm"));
      session.connected = undefined;
      disconnects += 1;
      return [];
    },
    "Get-CASMailboxPlan": (given) => {
      all(given);
      return world.plans.map((plan) => new Thing({ ...plan }));
    },
    "Get-CASMailbox": (given) => {
      all(given);
      return world.boxes.map(({ ExternalDirectoryObjectId: _, ...box }) => new Thing(box));
    },
    "Get-Mailbox": (given) => {
      all(given);
      return world.boxes.map(({ Guid, ExternalDirectoryObjectId }) => new Thing({ Guid, ExternalDirectoryObjectId }));
    },
    "Get-TransportConfig": () => {
      must();
      return [new Thing({ [SMTP]: world.smtpOff })];
    },
    "Set-CASMailboxPlan": (given) => {
      must();
      check(given, FLAGS);
      noted("Set-CASMailboxPlan", given);
      const plan = world.plans.find(({ Name }) => Name === given.get("Identity"));
      if (plan === undefined) throw new Fault("The operation couldn't be performed because the plan couldn't be found.");
      setFlags(plan, given);
      return [];
    },
    "Set-CASMailbox": (given) => {
      must();
      check(given, [...FLAGS, SMTP]);
      noted("Set-CASMailbox", given);
      const box = world.boxes.find(({ Guid }) => Guid === given.get("Identity"));
      if (box === undefined) throw new Fault("The operation couldn't be performed because object couldn't be found.");
      if (broken.has(box.Guid)) throw new Fault("The operation can't be performed: 'out of the current user''s write scope'.");
      setFlags(box, given);
      if (given.has(SMTP)) box.SmtpClientAuthenticationDisabled = given.get(SMTP) === null ? null : asFlag(SMTP, given.get(SMTP));
      return [];
    },
    "Set-TransportConfig": (given) => {
      must();
      check(given, [SMTP]);
      noted("Set-TransportConfig", given);
      if (session.tenantIsStuck) throw new Fault("Couldn't find the Enterprise Organization container.");
      world.smtpOff = asFlag(SMTP, given.get(SMTP));
      return [];
    },
  };
  const host: Host = { cmdlets, files: new Map(), folder: "C:/scripts", said: [], newLine: "\r\n" };
  const session: Session = {
    host,
    writes,
    broken,
    tenantIsStuck: false,
    connected: undefined,
    disconnects: () => disconnects,
    run: async (text, given) => {
      host.said.length = 0;
      const { exit, out } = await runScript(text, host, given);
      if (out.length > 0) throw new Error(`something fell out of the script: ${out.map(textOf).join(", ")}`);
      return { exit, said: host.said.join("\n") };
    },
  };
  return session;
};
