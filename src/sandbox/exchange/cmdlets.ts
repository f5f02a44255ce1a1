/** The cmdlets that this tenant's Exchange answers, each as its page has it; any other is refused as one that nobody offered. */

import { z } from "zod";
import { idOf } from "../collection.ts";
import type { Json, WireObject } from "../fill.ts";
import type { Store } from "../store.ts";
import { type Cmdlet, has, listed, NOTHING, type Output, type Parameters, parameter, switchOf, textOf, unchanged } from "./cmdlet.ts";
import { SMTP, TRANSPORT_ID } from "./defaults.ts";
import {
  CAS_FLAGS,
  casOf,
  casRow,
  isJsonFlag,
  mailboxRow,
  ownerNamed,
  PLAN_FLAGS,
  RECIPIENT_TYPES,
  recipientTypeOf,
  softDeleted,
  userNamed,
} from "./mailbox.ts";
import { PERMISSION_CMDLETS } from "./permissions.ts";
import { POLICY_CMDLETS } from "./policies.ts";
import { invalid, noRole, notFound, unknownParameter, wrongType } from "./trouble.ts";

// ---- reading

/** `ImapEnabled -eq 'True' -or PopEnabled -eq 'True'`, the form in which clients filter; these three properties alone can be filtered by. */
const FILTERED = ["ActiveSyncEnabled", "ImapEnabled", "PopEnabled"] as const;

const filterOf = (text: string | undefined): ((cas: WireObject) => boolean) => {
  if (text === undefined) return () => true;
  const parts = text.split(/\s+-(or|and)\s+/i);
  const words = parts.filter((_, at) => at % 2 === 1).map((word) => word.toLowerCase());
  const tests = parts
    .filter((_, at) => at % 2 === 0)
    .map((part) => {
      const found = /^\s*\(?\s*(\w+)\s+-(eq|ne)\s+'(True|False)'\s*\)?\s*$/i.exec(part);
      const name = FILTERED.find((each) => each.toLowerCase() === found?.[1]?.toLowerCase());
      if (found === null || name === undefined) throw invalid(`The filter '${text}' is not understood.`, "Microsoft.Exchange.Data.ParsingException");
      const wanted = (found[3]?.toLowerCase() === "true") === (found[2]?.toLowerCase() === "eq");
      return (cas: WireObject): boolean => cas[name] === wanted;
    });
  if (new Set(words).size > 1)
    throw invalid(`The filter '${text}' mixes -and with -or, which this tenant does not read.`, "Microsoft.Exchange.Data.ParsingException");
  return words[0] === "and" ? (cas) => tests.every((holds) => holds(cas)) : (cas) => tests.some((holds) => holds(cas));
};

/** Which sorts of mailboxes are asked for; every sort when none is named. */
const sortsOf = (value: Json | undefined): readonly string[] | undefined => {
  if (value === undefined || value === null) return undefined;
  const sorts = Array.isArray(value) ? value : [value];
  if (!sorts.every((sort) => typeof sort === "string" && RECIPIENT_TYPES.some((type) => type.toLowerCase() === sort.toLowerCase())))
    throw wrongType("RecipientTypeDetails", value, "Microsoft.Exchange.Data.Directory.Recipient.RecipientTypeDetails[]");
  return sorts.map((sort) => String(sort).toLowerCase());
};

/** Every account that has a mailbox, or the one that is meant. An identity of nothing means every one, as it does there. */
const mailboxes = (
  store: Store,
  parameters: Parameters,
  show: (user: WireObject) => WireObject | undefined,
  among: "there" | "soft-deleted" = "there",
): Output => {
  const identity = textOf(parameter(parameters, "Identity"), "Identity");
  const sorts = sortsOf(parameter(parameters, "RecipientTypeDetails"));
  if (identity === undefined || identity === "") {
    return {
      warnings: [],
      rows: function* (after) {
        for (const { place, object } of among === "there" ? store.of("users").rows(store.now, after, true) : softDeleted(store, after)) {
          const type = recipientTypeOf(store, object);
          const row = type === undefined || sorts?.includes(type.toLowerCase()) === false ? undefined : show(object);
          if (row !== undefined) yield { place, row };
        }
      },
    };
  }
  const row = show(ownerNamed(store, identity, among));
  return listed(row === undefined ? [] : [row]);
};

// ---- writing

const setCasMailbox = (store: Store, parameters: Parameters): Output => {
  const identity = textOf(parameter(parameters, "Identity"), "Identity");
  if (identity === undefined || identity === "") throw invalid("Identity is mandatory.", "System.Management.Automation.ParameterBindingException");
  const user = userNamed(store, identity);
  const cas = user === undefined ? undefined : casOf(store, user, "truly");
  if (user === undefined || cas === undefined) throw notFound(identity);
  const wanted: Record<string, Json> = {};
  for (const [key, value] of Object.entries(parameters)) {
    const name = Object.keys(cas).find((each) => each.toLowerCase() === key.toLowerCase());
    if (name === undefined) continue;
    // Null says something of SMTP alone: then the tenant's word holds.
    if (!isJsonFlag(value) && !(name === SMTP && value === null)) throw wrongType(key, value);
    wanted[name] = value;
  }
  const name = String(user["userPrincipalName"]).split("@")[0] ?? "";
  if (Object.entries(wanted).every(([key, value]) => cas[key] === value)) return unchanged(name);
  store.write([{ type: "put", collection: "casMailboxes", object: { id: idOf(user), ...cas, ...wanted }, seenFrom: store.now + store.dials.lagMs.exchange }]);
  return NOTHING;
};

const isPlanNamed = (plan: WireObject, identity: string): boolean =>
  [plan["Name"], plan["id"], plan["DisplayName"]].some((each) => String(each).toLowerCase() === identity.toLowerCase());

const setCasMailboxPlan = (store: Store, parameters: Parameters): Output => {
  const identity = textOf(parameter(parameters, "Identity"), "Identity") ?? "";
  const plans = [...store.of("casMailboxPlans").currentRows()].map(({ object }) => object);
  const plan = plans.find((object) => isPlanNamed(object, identity));
  if (plan === undefined) throw notFound(identity);
  const wanted: Record<string, Json> = {};
  for (const [key, value] of Object.entries(parameters)) {
    const name = PLAN_FLAGS.find((each) => each.toLowerCase() === key.toLowerCase());
    if (name === undefined) continue;
    if (!isJsonFlag(value)) throw wrongType(key, value);
    wanted[name] = value;
  }
  if (Object.entries(wanted).every(([key, value]) => plan[key] === value)) return unchanged(String(plan["Name"]));
  store.write([{ type: "put", collection: "casMailboxPlans", object: { ...plan, ...wanted }, seenFrom: store.now + store.dials.lagMs.exchange }]);
  return NOTHING;
};

const setTransportConfig = (store: Store, parameters: Parameters): Output => {
  const config = store.of("transportConfig").current(TRANSPORT_ID) ?? {};
  const value = parameter(parameters, SMTP);
  if (value !== undefined && !isJsonFlag(value)) throw wrongType(SMTP, value);
  if (value === undefined || config[SMTP] === value) return unchanged("Transport Settings");
  store.write([
    { type: "put", collection: "transportConfig", object: { ...config, id: TRANSPORT_ID, [SMTP]: value }, seenFrom: store.now + store.dials.lagMs.exchange },
  ]);
  return NOTHING;
};

const withoutId = ({ id: _, ...rest }: WireObject): WireObject => rest;

const CMDLETS: Readonly<Record<string, Cmdlet>> = {
  "Get-CASMailbox": {
    parameters: ["Identity", "Filter", "RecipientTypeDetails", "ResultSize"],
    run: (store, parameters) => {
      const passes = filterOf(textOf(parameter(parameters, "Filter"), "Filter"));
      return mailboxes(store, parameters, (user) => {
        const cas = casOf(store, user);
        return cas === undefined || !passes(cas) ? undefined : casRow(store, user, cas);
      });
    },
  },
  "Get-Mailbox": {
    parameters: ["Identity", "RecipientTypeDetails", "ResultSize", "SoftDeletedMailbox"],
    run: (store, parameters) =>
      mailboxes(store, parameters, (user) => mailboxRow(store, user), switchOf(parameters, "SoftDeletedMailbox") ? "soft-deleted" : "there"),
  },
  "Get-CASMailboxPlan": {
    parameters: ["Identity", "Filter", "ResultSize"],
    run: (store, parameters) => {
      const passes = filterOf(textOf(parameter(parameters, "Filter"), "Filter"));
      const identity = textOf(parameter(parameters, "Identity"), "Identity") ?? "";
      const plans = [...store.of("casMailboxPlans").rows(store.now)].map(({ object }) => object);
      const meant = identity === "" ? plans : plans.filter((plan) => isPlanNamed(plan, identity));
      if (meant.length === 0) throw notFound(identity);
      return listed(meant.filter(passes).map(withoutId));
    },
  },
  "Get-TransportConfig": { parameters: [], run: (store) => listed([...store.of("transportConfig").rows(store.now)].map(({ object }) => withoutId(object))) },
  ...PERMISSION_CMDLETS,
  ...POLICY_CMDLETS,
  "Set-CASMailbox": {
    parameters: ["Identity", ...CAS_FLAGS, SMTP, "Confirm"],
    run: setCasMailbox,
  },
  "Set-CASMailboxPlan": { parameters: ["Identity", ...PLAN_FLAGS, "Confirm"], run: setCasMailboxPlan },
  "Set-TransportConfig": { parameters: [SMTP, "Confirm"], run: setTransportConfig },
};

const READING = Object.keys(CMDLETS).filter((name) => name.startsWith("Get-"));
const OF_RECIPIENTS = ["Get-CASMailbox", "Get-CASMailboxPlan", "Get-Mailbox", "Get-MailboxPermission", "Get-RecipientPermission", "Set-CASMailbox"];

/** Which role offers which cmdlets: a recipient administrator works on mailboxes and on nothing that is the tenant's. Who holds two has both. */
const OFFERED = {
  "exchange-administrator": Object.keys(CMDLETS),
  "recipient-administrator": OF_RECIPIENTS,
  "global-reader": READING,
  "recipient-administrator-and-global-reader": [...new Set([...OF_RECIPIENTS, ...READING])],
} as const satisfies Record<Store["dials"]["exchangeRole"], readonly string[]>;

export const offered = (store: Store): readonly string[] => [...OFFERED[store.dials.exchangeRole]].sort();

const inputSchema = z.object({
  CmdletInput: z.object({
    CmdletName: z.string(),
    Parameters: z.record(
      z.string(),
      z.custom<Json>(() => true),
    ),
  }),
});

export type Input = { readonly name: string; readonly parameters: Parameters };

/** @throws Trouble 400 */
export const inputOf = (body: unknown): Input => {
  const read = inputSchema.safeParse(body);
  if (!read.success) throw invalid("The cmdlet input is not readable: Parameters must be an object.");
  const { CmdletName, Parameters } = read.data.CmdletInput;
  return { name: CmdletName, parameters: Parameters };
};

/** @throws Trouble */
export const run = (store: Store, { name, parameters }: Input): Output => {
  const cmdlet = CMDLETS[name];
  if (cmdlet === undefined || !offered(store).includes(name)) throw noRole();
  for (const key of Object.keys(parameters)) if (!cmdlet.parameters.some((each) => each.toLowerCase() === key.toLowerCase())) throw unknownParameter(key);
  if (has(parameters, "ResultSize")) {
    const size = parameter(parameters, "ResultSize");
    const isSize = Number.isInteger(size) || (typeof size === "string" && /^(?:unlimited|\d+)$/i.test(size));
    if (!isSize) throw wrongType("ResultSize", size, "Microsoft.Exchange.Data.Unlimited`1[System.UInt32]");
  }
  return cmdlet.run(store, parameters);
};
