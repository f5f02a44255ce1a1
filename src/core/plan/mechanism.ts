/** What each mechanism cannot do, and what would do instead. */

import type { Mechanism } from "./plan.ts";
import { type Fault, fault } from "./problems.ts";
import { childOf, entriesOf, entryOf, isSaid, type Sheet } from "./sheet.ts";
import type { Item } from "./tree.ts";

type Rules = Readonly<Record<string, (name: string) => Fault>>;
type Limits = {
  /** Keys of the plan itself. */
  readonly plan: Rules;
  readonly cohort: Rules;
  /** Keys of a phase, or of one of its parts: `requireMfa.outside`. */
  readonly phase: Rules;
};

const PREMIUM = "mechanism: conditional-access would do, and needs a premium licence (P1)";
const DEFAULTS = "mechanism: per-user would do without a premium licence, conditional-access with one";

const perUser =
  (what: string, hint: string = PREMIUM) =>
  (): Fault =>
    fault(`per-user MFA ${what}`, hint);
const defaults =
  (what: string, hint: string = DEFAULTS) =>
  (): Fault =>
    fault(`security defaults ${what}`, hint);

const LIMITS = {
  "conditional-access": {
    plan: {},
    cohort: {},
    phase: {
      securityDefaults: (name) =>
        fault(`${name} turns security defaults on, which conditional access excludes`, "take it out, or make it a plan with mechanism: security-defaults"),
    },
  },
  "per-user": {
    plan: {},
    cohort: { dynamic: perUser("is set account by account, and only the service knows the members of a dynamic group", "name the accounts by where: instead") },
    phase: {
      reportOnlyFrom: perUser("has no report-only", "take it out: entra-rollout diff shows beforehand whom the phase asks"),
      "requireMfa.outside": perUser("knows no networks and asks everywhere", `take outside out; ${PREMIUM}`),
      "requireMfa.askAgainAfter": perUser("knows no sign-in frequency", `take askAgainAfter out; ${PREMIUM}`),
      "requireMfa.strength": perUser(
        "takes every method that the tenant allows",
        "turn methods off for everybody by allowMethods:, or use mechanism: conditional-access (P1)",
      ),
      "requireMfa.apps": perUser("asks in every application", `take apps out; ${PREMIUM}`),
      blockLegacy: perUser("blocks no old clients: from enforced on they need an app password", PREMIUM),
      protectRegistration: perUser("does not protect registration", PREMIUM),
      retirePerUser: (name) => fault(`${name} would turn off what this plan turns on`, "retirePerUser: belongs in the conditional-access plan that follows"),
      securityDefaults: (name) => fault(`${name} turns security defaults on, which need a plan of their own`, "mechanism: security-defaults"),
    },
  },
  "security-defaults": {
    plan: {
      cohorts: defaults("ask everybody or nobody, so a plan under them has no cohorts", `take cohorts out; ${DEFAULTS}`),
      networks: defaults("know no networks and ask everywhere", "take networks out"),
      microsoftManaged: defaults("stay on under this plan, so that no policies of Microsoft's appear", "take microsoftManaged out"),
    },
    cohort: {},
    phase: {
      reportOnlyFrom: defaults("have no report-only", "take it out: entra-rollout diff shows beforehand whom the phase asks"),
      requireMfa: defaults("ask everybody or nobody", `write securityDefaults: on in place of requireMfa; ${DEFAULTS}`),
      blockLegacy: defaults("block old clients by themselves, of everybody", "write securityDefaults: on in place of blockLegacy"),
      protectRegistration: defaults("do not protect registration", PREMIUM),
      allowMethods: defaults(
        "take the Authenticator app and other code apps only, so that turning methods on or off changes nothing or locks people out",
        "take allowMethods out",
      ),
      retirePerUser: defaults("leave per-user MFA as it is", "retirePerUser: belongs in a conditional-access plan"),
      "campaign.for": defaults("know no cohorts", "take for out: the campaign is for everybody"),
      "turnOff.for": defaults("know no cohorts", "take for out: the protocols of every mailbox are turned off"),
      "external.for": defaults("know no cohorts", "take for out: the phase is for everybody"),
    },
  },
} as const satisfies Record<Mechanism, Limits>;

const limitsOf = (mechanism: Mechanism): Limits => LIMITS[mechanism];

const checkRules = (sheet: Sheet, rules: Rules, name: string, item: Item): void => {
  for (const [path, said] of Object.entries(rules)) {
    const [key = "", inner] = path.split(".");
    const entry = inner === undefined ? entryOf(item, key) : entryOf(childOf(item, key), inner);
    if (entry !== undefined) sheet.problems.add(entry.key, said(name));
  }
};

/** Says which parts of a phase its plan's mechanism cannot carry out. */
export const checkMechanism = (sheet: Sheet, mechanism: Mechanism | undefined, name: string, phase: Item): void => {
  if (mechanism !== undefined) checkRules(sheet, limitsOf(mechanism).phase, name, phase);
};

/** Says which parts of the plan itself, and of its cohorts, the mechanism cannot carry out, and what it needs. */
export const checkPlanMechanism = (sheet: Sheet, mechanism: Mechanism | undefined, root: Item): void => {
  if (mechanism !== "security-defaults" && root.type === "map" && !isSaid(sheet, root, "cohorts"))
    sheet.problems.add(root.home, fault("the plan has no cohorts", 'for example cohorts: { heads: { accounts: ["head@*"] } }'));
  if (mechanism === undefined) return;
  const limits = limitsOf(mechanism);
  checkRules(sheet, limits.plan, "the plan", root);
  for (const [name, { item }] of entriesOf(childOf(root, "cohorts"))) checkRules(sheet, limits.cohort, name, item);
};
