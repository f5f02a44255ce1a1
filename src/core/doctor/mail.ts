/** Whether protocols of mailboxes can be switched, and what becomes of SMTP AUTH whoever does what. */

import { blockBasicPhases } from "../basic-wishes.ts";
import { listed } from "../guards/guard.ts";
import { asksForMailboxes } from "../mailbox-wishes.ts";
import type { Plan } from "../plan/plan.ts";
import type { DoctorLine } from "./document.ts";
import type { Facts, Mail } from "./facts.ts";
import { isAboutMail } from "./licences.ts";
import { notRead, teller, whyUnknown } from "./lines.ts";

const MAILBOXES = ["Get-CASMailbox", "Get-CASMailboxPlan", "Get-TransportConfig", "Set-CASMailbox", "Set-CASMailboxPlan"];
const POLICIES = ["Get-AuthenticationPolicy", "Get-OrganizationConfig", "New-AuthenticationPolicy", "Set-AuthenticationPolicy", "Set-OrganizationConfig"];

const turnsSmtpOff = (plan: Plan): boolean => plan.phases.some(({ turnOff }) => turnOff?.protocols.includes("smtpAuth") === true && turnOff.for === undefined);

/** What the plan asks Exchange Online to do, by the names of its cmdlets. */
const neededBy = (plan: Plan): readonly string[] => [
  ...(asksForMailboxes(plan) ? MAILBOXES : []),
  ...(turnsSmtpOff(plan) ? ["Set-TransportConfig"] : []),
  ...(blockBasicPhases(plan).length > 0 ? POLICIES : []),
];

const ROLE =
  "assign the role Exchange Administrator to whoever signs in, or to the application (Entra admin centre: Identity, Roles & admins), and wait for up to two hours";

const switchable = (plan: Plan | undefined, { offered }: Mail): DoctorLine => {
  const tell = teller("mail", "protocols");
  if (offered.type !== "present") {
    const denied = offered.type === "unknown" && offered.denied === true;
    const refused = `Exchange Online refuses this sign-in: ${whyUnknown(offered)}`;
    if (plan === undefined && denied) return tell.note(`${refused}; only a plan with turnOff or blockBasic needs it`);
    if (denied) return tell.problem(`the plan is about mailboxes, and ${refused}`);
    return notRead(tell, "what Exchange Online offers", offered);
  }
  const missing = plan === undefined ? [] : neededBy(plan).filter((cmdlet) => !offered.value.has(cmdlet));
  if (missing.length === 0)
    return tell.ok(
      plan === undefined ? "Exchange Online answers this sign-in" : "protocols of mailboxes can be switched: Exchange Online offers what the plan needs",
    );
  return tell.problem(`protocols of mailboxes cannot be switched as the plan wants it: Exchange Online does not offer ${listed(missing, 6)}`, ROLE, {
    names: missing,
  });
};

const customised = (plan: Plan | undefined, { offered, organization }: Mail): readonly DoctorLine[] => {
  // Where nothing is answered at all, that is said already.
  if (plan === undefined || blockBasicPhases(plan).length === 0 || offered.type !== "present") return [];
  const tell = teller("mail", "organization");
  if (organization.type !== "present") return [notRead(tell, "whether Exchange Online takes policies of authentication", organization)];
  if (!organization.value.some(({ settings }) => settings.dehydrated)) return [];
  return [
    tell.problem(
      "nobody has customised the tenant's Exchange Online yet, so it takes no policies of authentication, as which blockBasic is made",
      "run Enable-OrganizationCustomization once in Exchange Online PowerShell, and wait for some hours",
    ),
  ];
};

/** Microsoft's announcement of 27 January 2026. Exchange facts, section 10. */
const DATES =
  "Microsoft turns SMTP AUTH with a password off by default at the end of December 2026, from when an administrator can turn it on again, and names the last day of all in the second half of 2027";
const INSTEAD =
  "move copiers and scripts to OAuth, to a connector, or to High Volume Email or Azure Communication Services; who still uses it: report protocols, and in the Exchange admin centre Reports, Mail flow, SMTP AUTH clients";

const smtp = (mail: Mail | undefined): DoctorLine => {
  const tell = teller("mail", "smtp-auth");
  const known = mail?.smtpAuth;
  const [only] = known?.type === "present" ? known.value : [];
  if (only === undefined) return tell.note(`${DATES}; whether it is on here was not read`, INSTEAD);
  if (only.settings.smtpAuth === "off") return tell.ok(`SMTP AUTH of the tenant is off, but for mailboxes that say otherwise; ${DATES}`);
  return tell.warning(`SMTP AUTH of the tenant is on: programs hand in mail with a password alone; ${DATES}`, INSTEAD);
};

export const mailLines = ({ plan, mail }: Facts): readonly DoctorLine[] => {
  if (mail.type === "present") return [switchable(plan, mail.value), ...customised(plan, mail.value), smtp(mail.value)];
  const unread = plan !== undefined && !isAboutMail(plan) ? [] : [notRead(teller("mail", "protocols"), "what Exchange Online offers", mail)];
  return [...unread, smtp(undefined)];
};
