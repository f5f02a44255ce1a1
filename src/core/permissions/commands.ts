/** What each command does in a tenant, and what of it depends on the plan. */

import { isGated } from "../cohorts.ts";
import type { Plan } from "../plan/plan.ts";
import { REPORTS, type ReportName } from "../reports/shape.ts";
import { kindsUsed } from "../uses.ts";
import type { TaskName } from "./tasks.ts";

export type CommandName =
  | "status"
  | "diff"
  | "apply"
  | "run"
  | "undo"
  | "runs"
  | "accounts restore"
  | "halt"
  | "let-in"
  | "why"
  | "card"
  | "snapshot"
  | "doctor"
  | `report ${ReportName}`;

const reportNames: readonly `report ${ReportName}`[] = REPORTS.map((name): `report ${ReportName}` => `report ${name}`);

/** In the order in which help lists them. */
export const COMMAND_NAMES: readonly CommandName[] = [
  "doctor",
  "status",
  "diff",
  ...reportNames,
  "apply",
  "run",
  "runs",
  "undo",
  "accounts restore",
  "halt",
  "let-in",
  "why",
  "card",
  "snapshot",
];

/** They write nothing to a tenant: rights to read are all that they are ever given. */
export const READING: readonly CommandName[] = ["doctor", "status", "diff", ...reportNames, "runs", "why", "card", "snapshot"];

/** What somebody's machine does by itself, again and again. */
export const UNATTENDED: readonly CommandName[] = ["doctor", "status", "diff", "run"];

/** What a plan may come to ask for besides what every plan does. */
export type Features = {
  /** Policies, or groups for them, or Microsoft's own policies switched off. */
  readonly policies: boolean;
  readonly groups: boolean;
  /** Phases that wait until enough people are ready. */
  readonly gates: boolean;
  readonly defaults: boolean;
  readonly methods: boolean;
  readonly campaign: boolean;
  readonly states: boolean;
  readonly mailboxes: boolean;
  readonly mailPlans: boolean;
  readonly smtpAuth: boolean;
  readonly basic: boolean;
  readonly lists: boolean;
  readonly block: boolean;
  readonly remove: boolean;
};

const EVERYTHING: Features = {
  policies: true,
  groups: true,
  gates: true,
  defaults: true,
  methods: true,
  campaign: true,
  states: true,
  mailboxes: true,
  mailPlans: true,
  smtpAuth: true,
  basic: true,
  lists: true,
  block: true,
  remove: true,
};

/** @param plan undefined: whatever any plan may ask for. */
export const featuresOf = (plan: Plan | undefined): Features => {
  if (plan === undefined) return EVERYTHING;
  const { phases, mechanism } = plan;
  const kinds = kindsUsed(plan);
  const policies =
    mechanism === "conditional-access" &&
    phases.some(({ requireMfa, blockLegacy, protectRegistration }) => [requireMfa, blockLegacy, protectRegistration].some((part) => part !== undefined));
  const block = phases.some(({ blockSignIn }) => blockSignIn !== undefined);
  const remove = phases.some(({ deleteAccounts }) => deleteAccounts !== undefined);
  return {
    policies: policies || plan.microsoftManaged === "off" || plan.microsoftManaged === "report-only",
    gates: phases.some(isGated),
    groups: policies || phases.some(isGated) || phases.some(({ campaign }) => campaign?.state === "on" && campaign.for !== undefined),
    // A plan that says what becomes of Microsoft's own policies is one under which the defaults may go off.
    defaults: plan.microsoftManaged !== undefined || phases.some(({ securityDefaults }) => securityDefaults !== undefined),
    methods: kinds.has("authentication-methods"),
    campaign: kinds.has("registration-campaign"),
    states: kinds.has("per-user-mfa"),
    mailboxes: kinds.has("mailbox-protocols"),
    mailPlans: phases.some(({ turnOff }) => turnOff !== undefined && turnOff.for === undefined && turnOff.protocols.some((word) => word !== "smtpAuth")),
    smtpAuth: phases.some(({ turnOff }) => turnOff !== undefined && turnOff.for === undefined && turnOff.protocols.includes("smtpAuth")),
    basic: kinds.has("authentication-policy"),
    lists: block || remove,
    block,
    remove,
  };
};

/** Those that have something to do for a plan; accounts are brought back where a plan let them go. */
export const commandsFor = (plan: Plan | undefined): readonly CommandName[] =>
  featuresOf(plan).lists ? COMMAND_NAMES : COMMAND_NAMES.filter((name) => name !== "accounts restore");

/** What every look through a plan reads. */
const LOOK: readonly TaskName[] = [
  "tenant",
  "licences",
  "domains",
  "people",
  "groups",
  "roles",
  "policies",
  "methods",
  "belonging",
  "access",
  "registration",
  "activity",
];

const OF_MAIL: readonly TaskName[] = ["mailboxes", "mailSettings"];
const OF_LISTS: readonly TaskName[] = ["operator", "listed", "listedMail", "standing", "activity", "usage", "purposes"];

const ofMail = ({ mailboxes, basic }: Pick<Features, "basic" | "mailboxes">): readonly TaskName[] => [
  ...(mailboxes ? OF_MAIL : []),
  ...(basic ? (["basicSettings"] as const) : []),
];

const looked = (plan: Features): readonly TaskName[] => [
  ...LOOK,
  ...(plan.states ? (["states"] as const) : []),
  ...ofMail(plan),
  ...(plan.lists ? OF_LISTS : []),
];

/** Who is signed in, and what the log and What-If say, is asked wherever something may come to be written. */
const JUDGED: readonly TaskName[] = ["operator", "log", "whatIf"];

const written = ({
  policies,
  groups,
  defaults,
  methods,
  campaign,
  states,
  mailboxes,
  mailPlans,
  smtpAuth,
  basic,
  block,
  remove,
}: Features): readonly TaskName[] => [
  ...(groups ? (["writeGroups"] as const) : []),
  ...(policies ? (["writePolicies"] as const) : []),
  ...(defaults ? (["writeDefaults"] as const) : []),
  ...(methods ? (["writeMethods"] as const) : []),
  ...(campaign ? (["writeCampaign"] as const) : []),
  ...(states ? (["writeStates"] as const) : []),
  ...(mailboxes ? (["writeMailboxes"] as const) : []),
  ...(mailPlans ? (["writeMailPlans"] as const) : []),
  ...(smtpAuth ? (["writeSmtpAuth"] as const) : []),
  ...(basic ? (["writeBasic"] as const) : []),
  ...(block ? (["block"] as const) : []),
  ...(remove ? (["remove"] as const) : []),
];

/** A report's ground: people and who they are. */
const OF_PEOPLE: readonly TaskName[] = ["tenant", "licences", "people", "groups", "roles"];
const OF_POLICIES: readonly TaskName[] = ["domains", "policies", "methods", "belonging", "access"];

const RELIEF: readonly TaskName[] = ["tenant", "groups", "policies", "people"];

const TASKS_OF: Readonly<Record<CommandName, (plan: Features) => readonly TaskName[]>> = {
  doctor: (plan) => [
    "tenant",
    "licences",
    "domains",
    "groups",
    "policies",
    "methods",
    "belonging",
    "access",
    "operator",
    "concealment",
    ...ofMail({ mailboxes: plan.mailboxes, basic: plan.mailboxes || plan.basic }),
  ],
  status: looked,
  diff: (plan) => [...looked(plan), ...JUDGED],
  "report unregistered": () => [...OF_PEOPLE, ...OF_POLICIES, "activity", "registration", "ownMethods", "states"],
  "report stale": () => [...OF_PEOPLE, "activity", "usage", "purposes"],
  // Of a plan it reads what asks people for MFA, and nothing of mailboxes and lists.
  "report readiness": ({ states }) => [...LOOK, ...(states ? (["states"] as const) : []), "ownMethods"],
  "report methods": () => [...OF_PEOPLE, ...OF_POLICIES, "registration", "ownMethods", "audits"],
  "report sign-ins": () => [...OF_PEOPLE, "registration", "log"],
  "report networks": () => [...OF_PEOPLE, "log"],
  "report exclusions": () => [...OF_PEOPLE, ...OF_POLICIES, "states"],
  // Whether a gate opened shows in the policies behind it.
  "report protocols": ({ gates }) => [...OF_PEOPLE, ...(gates ? (["policies"] as const) : []), "log", "mailboxes", "mailboxTypes", "smtpAuth"],
  "report deletions": () => ["tenant"],
  // Beginning a phase early, and releasing its hold, is noted in a group, whatever the plan is about.
  apply: (plan) => [...looked(plan), ...JUDGED, ...written(plan), "writeGroups"],
  run: (plan) => [...looked(plan), ...JUDGED, ...written(plan)],
  runs: () => ["tenant"],
  // Lists are not read again: what became of each account is.
  undo: (plan) => [
    ...LOOK,
    ...(plan.states ? (["states"] as const) : []),
    ...ofMail(plan),
    ...JUDGED,
    ...written(plan),
    // What was taken back is held, which is noted in a group.
    "writeGroups",
    ...(plan.lists ? (["block", "standing"] as const) : []),
    ...(plan.remove ? (["bringBack", "links", "writeLinks"] as const) : []),
  ],
  "accounts restore": () => ["tenant", "belonging", "groups", "standing", "links", "bringBack", "block", "writeLinks"],
  halt: ({ policies }) => [...RELIEF, "writeGroups", ...(policies ? (["writePolicies"] as const) : [])],
  "let-in": () => [...RELIEF, "belonging", "writeGroups", "writePolicies"],
  why: () => ["tenant", "people", "groups", "domains", "policies", "methods", "belonging", "access", "states", "log"],
  card: () => ["tenant", "groups", "policies", "belonging"],
  snapshot: () => [...OF_PEOPLE, "domains", "policies", "methods", "registration", "activity", "ownMethods", "deletedThings"],
};

/** Each once, in the order in which the command names them. */
export const tasksOf = (command: CommandName, plan: Features): readonly TaskName[] => [...new Set(TASKS_OF[command](plan))];
