/** The documents as schemas, from which the published JSON Schemas are written. Only tests and scripts load this. */

import { z } from "zod";
import type { RestoreDocument } from "./accounts/restore-document.ts";
import { doctorSchema } from "./doctor/schema.ts";
import type { CheckDocument, ReliefDocument, RunsDocument } from "./run-document.ts";
import { runEventSchema } from "./run-event-schema.ts";
import { KINDS } from "./tenant.ts";
import type { WhyDocument } from "./why-document.ts";

const id = z.string();
const text = z.string();
const moment = z.string().meta({ description: "ISO 8601 with an offset, or Z" });
const texts = z.array(text).readonly();
const kind = z.enum(KINDS);
const plan = z.strictObject({ id, name: text, file: text });
const tenant = z.strictObject({ id, name: text, practice: z.boolean() });
const count = z.int().min(0);

const accounts = z.strictObject({
  count,
  notReady: count.nullable().meta({ description: "null: nobody can say" }),
  sample: texts.meta({ description: "up to five addresses, those not ready first" }),
});

const list = z.strictObject({
  to: z.enum(["blocked", "deleted"]),
  file: text,
  rows: count.nullable().meta({ description: "accounts that people decided to delete; null: the list is not there" }),
  undecided: count.meta({ description: "rows that nobody decided on yet: nothing is done by them" }),
  now: z
    .strictObject({ toDo: count, done: count, spared: count, missing: count.meta({ description: "not in the directory, and not deleted by this tool" }) })
    .nullable()
    .meta({ description: "null: the phase is still ahead, or nobody can say" }),
});

const phase = z.strictObject({
  id,
  title: text,
  starts: moment,
  state: z.enum(["done", "live", "due", "waiting", "held", "later", "staged"]),
  accounts: accounts.exactOptional(),
  mailboxes: z
    .strictObject({ count, on: count })
    .nullable()
    .exactOptional()
    .meta({ description: "of a phase about mailboxes alone: how many it is about, and how many still have what it turns off; null: nobody can say" }),
  lists: z.array(list).readonly().exactOptional().meta({ description: "of a phase about reviewed lists alone: where each stands" }),
  external: z.strictObject({ what: text, checklist: texts }).exactOptional().meta({ description: "what happens elsewhere, by hand" }),
});

const perUserState = z.enum(["disabled", "enabled", "enforced"]);
const states = z.strictObject({
  to: perUserState,
  accounts: z.array(z.strictObject({ id, before: perUserState })).readonly(),
  jump: z.strictObject({ count: count.nullable(), sample: texts, accounts: texts }).meta({
    description: "who becomes enforced without a write, since they are registered; null: nobody can say",
  }),
  already: count.meta({ description: "accounts of the cohort for which nothing changes" }),
});

const mailboxFields = z.strictObject({
  pop3: z.boolean().exactOptional(),
  imap: z.boolean().exactOptional(),
  activeSync: z.boolean().exactOptional(),
  smtpAuth: z.enum(["on", "off", "inherit"]).exactOptional().meta({ description: "inherit: as the tenant has it" }),
});
const mailbox = z.strictObject({ id, before: mailboxFields, after: mailboxFields });

const reach = z
  .strictObject({
    count,
    unreached: count.nullable().meta({ description: "null: nobody can say" }),
    sample: texts.meta({ description: "up to five addresses of those who are not reached" }),
  })
  .meta({ description: "whom a registration campaign is for, and who of them never completes MFA, so that it never asks them" });

const accountState = z.enum(["blocked", "enabled", "deleted", "restored"]);
const listed = z
  .strictObject({
    to: accountState,
    count,
    accounts: texts.meta({ description: "all of them, by id" }),
    sample: texts.meta({ description: "up to twenty addresses" }),
    domains: z.array(z.strictObject({ domain: text, count })).readonly(),
    back: z.strictObject({ memberships: count, licences: count, managers: count }).exactOptional().meta({ description: "what comes back with them" }),
  })
  .meta({ description: "accounts of a reviewed list, or on their way back from one" });

const change = z.strictObject({
  phases: texts,
  kind,
  action: z.enum(["create", "update", "delete"]),
  key: text,
  name: text,
  id: id.exactOptional(),
  fields: z.array(z.strictObject({ path: text, before: z.json().optional(), after: z.json().optional() })).readonly(),
  members: z.strictObject({ added: texts, removed: texts }).exactOptional(),
  states: states.exactOptional(),
  mailboxes: z.array(mailbox).readonly().exactOptional().meta({ description: "mailboxes whose protocols change, by their own id, with what differs" }),
  listed: listed.exactOptional(),
  reach: reach.exactOptional(),
  accounts: accounts.exactOptional(),
});

const finding = z.strictObject({
  guard: text,
  verdict: z.enum(["go", "stop", "unclear"]),
  phase: id.exactOptional(),
  detail: text,
  hint: text.exactOptional(),
  accounts: texts.exactOptional(),
  count: count.exactOptional(),
  allowed: z.boolean().exactOptional(),
});

const setAside = z
  .strictObject({
    halted: moment.exactOptional().meta({ description: "since when phases are on hold by halt" }),
    out: texts.meta({ description: "domains whose accounts this plan asks nothing" }),
    letIn: z.array(z.strictObject({ id, address: text.exactOptional(), until: moment })).readonly(),
  })
  .exactOptional();

const diffFields = {
  schemaVersion: z.literal(1),
  plan,
  tenant,
  asOf: moment,
  hash: text.meta({ description: "SHA-256 of the changes, in hexadecimal" }),
  phases: z.array(phase).readonly(),
  setAside,
  changes: z.array(change).readonly(),
  leftOver: z.array(change).readonly(),
  findings: z.array(finding).readonly(),
  summary: z.strictObject({ create: count, update: count, delete: count, unchanged: count }),
};

const problem = z.strictObject({ file: text, line: z.int(), column: z.int(), message: text, hint: text.exactOptional() });
const exit = z.int().min(0).max(255);

const run = z.strictObject({
  id: id.nullable(),
  done: count,
  listed: z
    .array(z.strictObject({ to: accountState, count }))
    .readonly()
    .exactOptional()
    .meta({ description: "accounts of reviewed lists that were seen to have become so" }),
  left: z
    .array(
      z.strictObject({
        kind,
        key: text,
        name: text,
        result: z.enum(["refused", "unknown", "left-out", "differs"]),
        because: text,
        mailboxes: z.array(text).readonly().exactOptional(),
        accounts: z.array(text).readonly().exactOptional().meta({ description: "accounts of the step, each with what came of it" }),
      }),
    )
    .readonly(),
  exit,
});

/** As printed: `JSON.stringify` leaves out what is undefined, so `before` and `after` may be missing. */
export const diffSchema = z.strictObject(diffFields);
export const statusSchema = z.strictObject({
  schemaVersion: z.literal(1),
  plan,
  tenant,
  asOf: moment,
  phases: diffFields.phases,
  setAside,
  drift: diffFields.changes.meta({ description: "what live phases have lost since" }),
  pending: diffFields.changes.meta({ description: "what is waiting to be applied, without the drift" }),
  leftOver: diffFields.leftOver,
  findings: diffFields.findings,
  next: z.strictObject({ starts: moment, phases: texts }).nullable(),
});
export const applySchema = z.strictObject({ ...diffFields, undoes: id.exactOptional(), run });

export const checkSchema: z.ZodType<CheckDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  file: text,
  sound: z.boolean(),
  plan: z.strictObject({ ...plan.shape, timeZone: text, phases: z.array(z.strictObject({ id, title: text, starts: moment })).readonly() }).exactOptional(),
  problems: z.array(problem).readonly(),
  remarks: z.array(problem).readonly(),
});

export const runsSchema: z.ZodType<RunsDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  tenant,
  runs: z
    .array(
      z.strictObject({
        id,
        at: moment,
        plan,
        phases: texts,
        done: count,
        left: count,
        result: z.enum(["done", "partly", "cut", "failed"]),
        exit: exit.nullable(),
        undoes: id.exactOptional(),
        undoneBy: id.exactOptional(),
        did: z.enum(["halt", "out", "let-in", "restore"]).exactOptional().meta({ description: "what it was when it was no apply" }),
        about: text.exactOptional(),
        reason: text.exactOptional(),
      }),
    )
    .readonly(),
  damaged: z.array(z.strictObject({ id, file: text, because: text })).readonly(),
});

const policyState = z.enum(["on", "report-only", "off"]);
const reliefSchema: z.ZodType<ReliefDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  tenant,
  asOf: moment,
  action: z.enum(["halt", "out", "let-in"]),
  domain: text.exactOptional(),
  accounts: count.exactOptional(),
  account: z.strictObject({ id, address: text }).exactOptional(),
  until: moment.exactOptional(),
  reason: text.exactOptional(),
  plans: z
    .array(
      z.strictObject({
        plan,
        policies: z.array(z.strictObject({ id, name: text, before: policyState, after: policyState, leftOut: z.boolean(), blocks: z.boolean() })).readonly(),
        unread: text.exactOptional(),
        defaultsLeft: z.literal(true).exactOptional().meta({ description: "security defaults went off for this plan, and stay off" }),
        noted: z.enum(["now", "before", "not"]).meta({ description: "whether the tenant says so, for every machine to see" }),
        because: text.exactOptional(),
        run,
      }),
    )
    .readonly(),
  exit,
});

const program = z.enum(["browser", "mobile-and-desktop", "activesync", "legacy"]);
const ofPlan = text.nullable().meta({ description: "the plan for which this tool made it; null: it is somebody else's" });
const source = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("policy"), id, name: text, plan: ofPlan }),
  z.strictObject({ type: z.literal("security-defaults") }),
  z.strictObject({ type: z.literal("per-user-mfa") }),
  z.strictObject({ type: z.literal("portal") }).meta({ description: "Microsoft itself, in its admin centres" }),
  z.strictObject({ type: z.literal("account") }),
]);
const certain = z.enum(["yes", "no", "unknown"]);

const whySchema: z.ZodType<WhyDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  tenant,
  asOf: moment,
  account: z.strictObject({
    id,
    address: text,
    name: text,
    enabled: z.boolean(),
    guest: z.boolean(),
    synced: z.boolean(),
    roles: texts.nullable().meta({ description: "template ids; null, here and below: not known" }),
    perUser: perUserState.nullable(),
    letIn: z
      .array(z.strictObject({ plan: text, until: moment.nullable() }))
      .readonly()
      .meta({ description: "plans that leave the account out for now: itself until then, or, with null, its whole domain" }),
    methods: z
      .array(z.strictObject({ method: text, allowed: certain }))
      .readonly()
      .nullable(),
  }),
  securityDefaults: z.boolean().nullable(),
  places: z
    .array(
      z.strictObject({
        places: texts.meta({ description: "places at which all of it comes out the same" }),
        signIns: z
          .array(
            z.strictObject({
              title: text,
              application: id,
              program,
              outcome: z.enum(["let-in", "asked", "register", "blocked", "unknown"]),
              by: z.array(source).readonly(),
              asks: z.array(z.strictObject({ any: z.boolean(), controls: texts })).readonly(),
              can: texts.nullable().meta({ description: "the registered, allowed methods that meet all of it; null: nobody can say" }),
              missing: z.boolean().meta({ description: "a method that they have not registered, or may not use, would let them in" }),
              because: text,
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  policies: z
    .array(
      z.strictObject({
        id,
        name: text,
        plan: ofPlan,
        managed: z.boolean(),
        state: z.enum(["on", "report-only", "off"]),
        applies: certain.meta({ description: "to one of the sign-ins at least, to none, or nobody can say" }),
        because: text,
        wants: texts,
      }),
    )
    .readonly()
    .meta({ description: "those that may be about the account; all of them with --all" }),
  failures: z.strictObject({
    since: moment,
    list: z
      .array(
        z.strictObject({
          at: moment,
          application: text,
          program: text,
          address: text.nullable(),
          code: z.int(),
          words: text,
          todo: text.nullable(),
          policies: texts,
          times: count,
        }),
      )
      .readonly(),
    because: text.nullable().meta({ description: "why there are none to be had" }),
  }),
  todo: z.array(z.strictObject({ text, command: texts.exactOptional() })).readonly(),
  unread: texts,
});

export const clockSchema = z.strictObject({ schemaVersion: z.literal(1), now: moment });
const serveSchema = z.strictObject({
  schemaVersion: z.literal(1),
  origin: z.string().meta({ description: "for --tenant" }),
  token: z.string().meta({ description: "for ENTRA_ROLLOUT_TOKEN" }),
  instance: id,
  name: text,
});

const restoreSchema: z.ZodType<RestoreDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  tenant,
  asOf: moment,
  plan,
  accounts: z
    .array(
      z.strictObject({
        id: id.meta({ description: "by which the directory knows it now" }),
        address: text,
        standing: z.enum(["enabled", "blocked", "deleted", "gone"]),
        way: z
          .enum(["restore", "anew", "rest", "nothing", "taken"])
          .meta({ description: "rest: it is there, and what is missing is put back; taken: gone for good, and somebody has its address" }),
        enable: z.boolean().meta({ description: "it is let sign in again" }),
        canSignIn: z.boolean().meta({ description: "whether anybody can sign in with it afterwards" }),
        deleted: moment,
        until: moment.meta({ description: "until when the service keeps it" }),
        groups: texts,
        licences: count,
        manager: z.boolean(),
        besides: texts.meta({ description: "what this tool does not put back" }),
        list: z.strictObject({ file: text, line: z.int() }).meta({ description: "where it was decided to delete it" }),
        result: z.enum(["back", "not"]).nullable().meta({ description: "null: nothing was tried" }),
        newId: id.exactOptional().meta({ description: "of who was made anew" }),
        left: texts.meta({ description: "what the service would not give back" }),
      }),
    )
    .readonly(),
  missing: z.array(z.strictObject({ line: z.int().nullable(), text, because: text })).readonly(),
  kept: count.meta({ description: "rows of a review list whose accounts were never deleted" }),
  unread: texts.meta({ description: "archives and journals of which something could not be read" }),
  run,
  exit,
});

/** What each command prints with `--json`, by the name of its published schema. */
export const DOCUMENT_SCHEMAS = {
  check: checkSchema,
  doctor: doctorSchema,
  status: statusSchema,
  diff: diffSchema,
  apply: applySchema,
  undo: applySchema,
  run: runEventSchema,
  halt: reliefSchema,
  "let-in": reliefSchema,
  "accounts-restore": restoreSchema,
  runs: runsSchema,
  why: whySchema,
  "sandbox-clock": clockSchema,
  "sandbox-serve": serveSchema,
} as const;
