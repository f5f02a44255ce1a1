/** What the plan needs that has to be bought. */

import { blockBasicPhases } from "../basic-wishes.ts";
import { listed } from "../guards/guard.ts";
import { asksForMailboxes } from "../mailbox-wishes.ts";
import type { Phase, Plan } from "../plan/plan.ts";
import type { DoctorLine } from "./document.ts";
import type { Facts } from "./facts.ts";
import { notRead, teller } from "./lines.ts";

const BUY = "buy or start a trial of a licence that holds it: Microsoft 365 A3, A5, E3, E5, Business Premium, or Microsoft Entra ID P1 alone";

/** A phase that becomes a policy where the plan's mechanism is conditional access. */
export const asksByPolicy = ({ requireMfa, blockLegacy, protectRegistration }: Phase): boolean =>
  requireMfa !== undefined || blockLegacy !== undefined || protectRegistration !== undefined;

/** Of a plan, what the service refuses without Entra ID P1. Facts, section 6. */
const needingP1 = (plan: Plan): readonly string[] => [
  ...(plan.mechanism === "conditional-access" && plan.phases.some(asksByPolicy) ? ["conditional access"] : []),
  ...(plan.cohorts.some(({ source }) => source.type === "dynamic") ? ["dynamic groups"] : []),
  ...(plan.phases.some(({ ready }) => ready !== undefined) ? ["the report of who has registered, by which its gates open"] : []),
  ...(plan.phases.some(({ blockSignIn, deleteAccounts }) => blockSignIn !== undefined || deleteAccounts !== undefined)
    ? ["the stamps of when accounts were last signed in with"]
    : []),
];

const p1 = ({ plan, observed: { licence } }: Facts): DoctorLine => {
  const tell = teller("licences", "entra-id-p1");
  if (licence.type !== "present") return notRead(tell, "which licences there are", licence);
  const name = licence.value.p2 ? "Entra ID P2, which holds P1," : "Entra ID P1";
  const needing = plan === undefined ? [] : needingP1(plan);
  if (licence.value.p1)
    return tell.ok(
      `the tenant has ${name}${plan === undefined ? "" : needing.length === 0 ? ", which the plan does not need" : `: the plan needs it for ${listed(needing)}`}`,
    );
  if (needing.length > 0) return tell.problem(`the tenant has no Entra ID P1, and the plan needs it for ${listed(needing)}`, BUY);
  const without = "who has registered and when accounts were last signed in with is not told, and reports say less";
  return plan === undefined
    ? tell.warning(
        `the tenant has no Entra ID P1: the service refuses conditional access, ${without}`,
        `${BUY}; or plan by mechanism: security-defaults or per-user`,
      )
    : tell.ok(`the tenant has no Entra ID P1, and the plan needs none; ${without}`);
};

/** `EXCHANGE_S_FOUNDATION` stands beside other services and gives nobody a mailbox. */
const isMailboxPlan = (name: string): boolean => name.startsWith("EXCHANGE_S_") && name !== "EXCHANGE_S_FOUNDATION";

export const isAboutMail = (plan: Plan): boolean => asksForMailboxes(plan) || blockBasicPhases(plan).length > 0;

const exchange = ({ plan, servicePlans }: Facts): readonly DoctorLine[] => {
  if (plan === undefined || !isAboutMail(plan)) return [];
  const tell = teller("licences", "exchange-online");
  if (servicePlans.type !== "present") return [notRead(tell, "whether the tenant has Exchange Online", servicePlans)];
  if ([...servicePlans.value].some(isMailboxPlan)) return [tell.ok("the tenant has Exchange Online, about whose mailboxes the plan is")];
  return [
    tell.problem(
      "the tenant has no licence with Exchange Online, and the plan is about its mailboxes",
      "look up in the Microsoft 365 admin centre under Billing, Licenses whether a subscription has ended; without mailboxes leave turnOff and blockBasic out of the plan",
    ),
  ];
};

export const licenceLines = (facts: Facts): readonly DoctorLine[] => [p1(facts), ...exchange(facts)];
