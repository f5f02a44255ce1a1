/** The shape of a journal's lines, to be checked when they are read back: a file may have been cut, edited, or written by a later version. */

import { z } from "zod";
import type { Entry, Refusal, Relief, Step, StepOutcome, Undo, Write } from "./changes.ts";
import { BASIC_WORDS, KINDS, type Kind, type Settings, type SettingsOf } from "./tenant.ts";

const words = z.array(z.string()).readonly();
const kind = z.enum(KINDS);
const instant = z.int();
const id = z.string();

const policyUsers = z.strictObject({ all: z.boolean(), none: z.boolean(), guests: z.boolean(), users: words, groups: words, roles: words });

const method = z.strictObject({ state: z.enum(["on", "off"]), include: z.strictObject({ all: z.boolean(), groups: words }), exclude: words, other: z.json() });
const perUserState = z.enum(["disabled", "enabled", "enforced"]);

const mailboxFlags = { pop3: z.boolean().exactOptional(), imap: z.boolean().exactOptional(), activeSync: z.boolean().exactOptional() };
const mailboxFields = z.strictObject({ ...mailboxFlags, smtpAuth: z.enum(["on", "off", "inherit"]).exactOptional() });
const mailboxes = z.array(z.strictObject({ id, before: mailboxFields, after: mailboxFields })).readonly();

const SETTINGS = {
  "cohort-group": z.strictObject({
    name: z.string(),
    description: z.string(),
    dynamic: z.strictObject({ rule: z.string(), processing: z.enum(["on", "paused"]) }).exactOptional(),
  }),
  "named-location": z.strictObject({ name: z.string(), sort: z.enum(["ip", "country", "other"]), trusted: z.boolean(), ranges: words, other: z.json() }),
  "conditional-access": z.strictObject({
    name: z.string(),
    description: z.string(),
    state: z.enum(["on", "report-only", "off"]),
    include: policyUsers,
    exclude: policyUsers,
    apps: z.strictObject({ include: words, exclude: words, userActions: words }),
    clients: z.array(z.enum(["all", "browser", "mobile-and-desktop", "activesync", "legacy", "activesync-supported"])).readonly(),
    locations: z.strictObject({ include: words, exclude: words }).nullable(),
    grant: z.strictObject({ operator: z.enum(["and", "or"]), controls: words, strength: z.string().nullable() }).nullable(),
    signInFrequency: z.union([z.strictObject({ every: z.number(), unit: z.enum(["hours", "days"]) }), z.literal("every-time"), z.null()]),
    other: z.json(),
  }),
  "authentication-methods": z.strictObject({
    methods: z.record(z.string(), method),
    migration: z.enum(["pre", "in-progress", "complete"]).nullable(),
    other: z.json(),
  }),
  "registration-campaign": z.strictObject({
    campaign: z.enum(["on", "off", "default"]),
    method: z.enum(["app", "passkey"]),
    snoozeDays: z.number(),
    include: z.strictObject({ all: z.boolean(), users: words, groups: words }),
    exclude: z.strictObject({ users: words, groups: words }),
    other: z.json(),
  }),
  "security-defaults": z.strictObject({ enabled: z.boolean() }),
  "per-user-mfa": z.strictObject({ perUser: perUserState }),
  "mailbox-plan": z.strictObject({ plan: z.string(), flags: z.strictObject(mailboxFlags) }),
  "mailbox-protocols": z.strictObject({ off: words }),
  "authentication-policy": z.strictObject({ name: z.string(), allowBasic: z.array(z.enum(BASIC_WORDS)).readonly() }),
  "default-authentication-policy": z.strictObject({ defaultPolicy: id.nullable(), dehydrated: z.boolean() }),
  "smtp-auth": z.strictObject({ smtpAuth: z.enum(["on", "off"]) }),
  "account-block": z.strictObject({ signIn: z.literal("blocked") }),
  "account-deletion": z.strictObject({ accounts: z.literal("deleted") }),
} satisfies { readonly [K in Kind]: z.ZodType<SettingsOf[K]> };

const settings: z.ZodType<Settings> = z.union(Object.values(SETTINGS));
/** One shape a `type`: only the shape that is meant is tried. */
const oneOf = <T extends z.core.$ZodTypeDiscriminable>(shapes: Readonly<Record<string, T>>) => {
  const [first, ...others] = Object.values(shapes);
  if (first === undefined) throw new RangeError("a union of nothing");
  return z.discriminatedUnion("type", [first, ...others]);
};

const stateAccounts = z.array(z.strictObject({ id, before: perUserState })).readonly();
const members = { key: z.string(), group: z.string() };

const accountChanges = { to: z.enum(["blocked", "enabled", "deleted", "restored"]), ids: words };
const links = z.strictObject({
  id,
  groups: words,
  licences: z.array(z.strictObject({ sku: id, off: words })).readonly(),
  manager: id.exactOptional(),
});

const WRITES = {
  create: z.strictObject({ type: z.literal("create"), kind, key: z.string(), settings }),
  update: z.strictObject({ type: z.literal("update"), kind, key: z.string(), id, before: settings, after: settings }),
  delete: z.strictObject({ type: z.literal("delete"), kind, key: z.string(), id, before: settings }),
  restore: z.strictObject({ type: z.literal("restore"), kind, key: z.string(), id, settings }),
  "add-members": z.strictObject({ type: z.literal("add-members"), ...members, ids: words }),
  "remove-member": z.strictObject({ type: z.literal("remove-member"), ...members, ids: z.tuple([id]).readonly() }),
  "set-states": z.strictObject({ type: z.literal("set-states"), kind: z.literal("per-user-mfa"), key: z.string(), to: perUserState, accounts: stateAccounts }),
  "set-mailboxes": z.strictObject({ type: z.literal("set-mailboxes"), kind: z.literal("mailbox-protocols"), key: z.string(), mailboxes }),
  "set-accounts": z.strictObject({
    type: z.literal("set-accounts"),
    kind: z.enum(["account-block", "account-deletion"]),
    key: z.string(),
    ...accountChanges,
    back: z.array(links).readonly().exactOptional(),
    anew: z.literal(true).exactOptional(),
  }),
} satisfies { readonly [T in Write["type"]]: z.ZodType<Extract<Write, { readonly type: T }>> };

const UNDOS = {
  restore: z.strictObject({ type: z.literal("restore"), before: settings }),
  delete: z.strictObject({ type: z.literal("delete") }),
  members: z.strictObject({ type: z.literal("members"), added: words, removed: words }),
  states: z.strictObject({ type: z.literal("states"), accounts: stateAccounts }),
  mailboxes: z.strictObject({ type: z.literal("mailboxes"), mailboxes }),
  accounts: z.strictObject({ type: z.literal("accounts"), ...accountChanges }),
  "restore-deleted": z.strictObject({ type: z.literal("restore-deleted"), id, before: settings }),
  recreate: z.strictObject({ type: z.literal("recreate"), before: settings, members: words }),
  impossible: z.strictObject({ type: z.literal("impossible"), because: z.string() }),
} satisfies { readonly [T in Undo["type"]]: z.ZodType<Extract<Undo, { readonly type: T }>> };

/** A resource's settings are those of its kind: what reads them later may rely on it. */
const fits = (write: Write): boolean => {
  switch (write.type) {
    case "create":
    case "restore":
      return SETTINGS[write.kind].safeParse(write.settings).success;
    case "update":
      return SETTINGS[write.kind].safeParse(write.before).success && SETTINGS[write.kind].safeParse(write.after).success;
    case "delete":
      return SETTINGS[write.kind].safeParse(write.before).success;
    case "add-members":
    case "remove-member":
    case "set-states":
    case "set-mailboxes":
    case "set-accounts":
      return true;
  }
};

const step: z.ZodType<Step> = z.strictObject({
  id: z.string(),
  kind,
  key: z.string(),
  name: z.string(),
  write: oneOf(WRITES).refine(fits),
  undo: oneOf(UNDOS),
  after: words,
  first: z.literal(true).exactOptional(),
  unless: words.exactOptional(),
  phases: words,
});

const refusal: z.ZodType<Refusal> = z.strictObject({ status: z.int(), code: z.string(), message: z.string(), requestId: z.string().exactOptional() });

const OUTCOMES = {
  done: z.strictObject({ type: z.literal("done"), id: id.exactOptional(), settings: settings.exactOptional() }),
  refused: z.strictObject({ type: z.literal("refused"), error: refusal }),
  unknown: z.strictObject({
    type: z.literal("unknown"),
    because: z.string(),
    lacking: z.array(id).readonly().exactOptional(),
    refused: z.literal(true).exactOptional(),
    each: z
      .array(z.strictObject({ id, because: z.string() }))
      .readonly()
      .exactOptional(),
  }),
  "left-out": z.strictObject({ type: z.literal("left-out"), because: z.string() }),
} satisfies { readonly [T in StepOutcome["type"]]: z.ZodType<Extract<StepOutcome, { readonly type: T }>> };

const relief: z.ZodType<Relief> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("halt") }),
  z.strictObject({ type: z.literal("out"), domain: z.string() }),
  z.strictObject({ type: z.literal("let-in"), account: id, until: instant, because: z.string() }),
]);

const ENTRIES = {
  start: z.strictObject({
    type: z.literal("start"),
    at: instant,
    run: z.string(),
    schema: z.literal(1),
    toolVersion: z.string(),
    plan: z.strictObject({ id: z.string(), name: z.string(), file: z.string() }),
    tenant: id,
    asOf: instant,
    hash: z.string(),
    phases: words,
    undoes: z.string().exactOptional(),
    relief: relief.exactOptional(),
    restores: z.literal(true).exactOptional(),
    allowed: z.array(z.strictObject({ guard: z.string(), count: z.number(), reason: z.string() })).readonly(),
    accounts: z.int().exactOptional(),
  }),
  intent: z.strictObject({ type: z.literal("intent"), at: instant, step }),
  sent: z.strictObject({ type: z.literal("sent"), at: instant, step: z.string() }),
  outcome: z.strictObject({ type: z.literal("outcome"), at: instant, step: z.string(), outcome: oneOf(OUTCOMES) }),
  settled: z.strictObject({ type: z.literal("settled"), at: instant, run: z.string(), step: z.string(), found: id.exactOptional() }),
  twin: z.strictObject({ type: z.literal("twin"), at: instant, step: z.string(), id, kept: id }),
  end: z.strictObject({ type: z.literal("end"), at: instant, exit: z.int() }),
} satisfies { readonly [T in Entry["type"]]: z.ZodType<Extract<Entry, { readonly type: T }>> };

export const entrySchema: z.ZodType<Entry> = oneOf(ENTRIES);
