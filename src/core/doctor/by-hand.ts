/**
 * What Microsoft Graph can neither read nor set, so that somebody has to look: each with its page.
 *
 * @see "Configure Microsoft Entra multifactor authentication settings": service settings
 * @see "Enable Microsoft Entra self-service password reset"
 * @see "Integrate your existing NPS infrastructure with Microsoft Entra multifactor authentication"
 */

import type { DoctorLine } from "./document.ts";
import type { Facts } from "./facts.ts";
import { teller } from "./lines.ts";

const SERVICE_SETTINGS = "Entra admin centre: Identity, Users, Per-user MFA, Service settings";

const remembered = ({ plan }: Facts): DoctorLine => {
  const frequent = plan?.phases.find(({ requireMfa }) => requireMfa?.askAgainAfterDays !== undefined);
  const beside =
    frequent === undefined
      ? "askAgainAfter in a plan is a sign-in frequency and does not set it"
      : `the plan's askAgainAfter ("${frequent.title}") is a sign-in frequency, which does not go together with it`;
  return teller("by-hand", "remember-mfa").note(
    `the tick-box "Don't ask again for ... days", which lets a browser pass without MFA; ${beside}`,
    `${SERVICE_SETTINGS}, "remember multifactor authentication on trusted devices": ${frequent === undefined ? "know whether it is on, and for how many days" : "clear it"}`,
  );
};

const appPasswords = (): DoctorLine =>
  teller("by-hand", "app-passwords").note(
    "app passwords, with which old programs of people with per-user MFA get past it",
    `${SERVICE_SETTINGS}, "app passwords": do not allow users to create app passwords`,
  );

const trustedAddresses = (): DoctorLine =>
  teller("by-hand", "mfa-trusted-ips").note(
    "the trusted IPs of MFA itself, up to 50 ranges inside which per-user MFA does not ask, and which count as AllTrusted in other people's policies",
    `${SERVICE_SETTINGS}, "trusted ips": compare them with the networks of the plan`,
  );

const passwordReset = (): DoctorLine =>
  teller("by-hand", "self-service-reset").note(
    "self-service password reset: who may, with how many methods, and whether people are led to register at their next sign-in, which is what they meet first",
    "Entra admin centre: Protection, Password reset, Properties, Authentication methods and Registration",
  );

const gateway = ({ plan }: Facts): DoctorLine => {
  const own = plan?.phases.find(({ external }) => external !== undefined);
  return teller("by-hand", "nps-gateway").note(
    `remote desktop gateways and VPNs that ask for MFA through the NPS extension: they know no policy and no network, ask from everywhere, and refuse whoever has registered nothing${own?.external === undefined ? "" : `; the plan has "${own.title}" for that`}`,
    own?.external === undefined
      ? "on the NPS server look at REQUIRE_USER_MATCH under HKLM\\SOFTWARE\\Microsoft\\AzureMfa (FALSE lets them in without MFA), and plan an external phase with gate: ready"
      : "on the NPS server look at REQUIRE_USER_MATCH under HKLM\\SOFTWARE\\Microsoft\\AzureMfa (FALSE lets them in without MFA); status says who is not ready",
  );
};

export const byHandLines = (facts: Facts): readonly DoctorLine[] => [remembered(facts), appPasswords(), trustedAddresses(), passwordReset(), gateway(facts)];
