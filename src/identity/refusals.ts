/**
 * Why the service gives no token, as sentences that say what to do. By the AADSTS number; those without a line of their own are told
 * in the service's words.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */

import type { CloudName } from "../clouds.ts";
import type { ExitName } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { WayName } from "./ways.ts";
import type { Refused } from "./wire.ts";

export type About = {
  readonly way: WayName;
  readonly tenant: string;
  readonly clientId: string | undefined;
  readonly cloud: CloudName;
};

type Told = { readonly exit: ExitName; readonly what: (about: About) => string; readonly hints: (about: About) => readonly string[] };

const app = ({ clientId }: About): string => (clientId === undefined ? "the application" : `application ${clientId}`);
const appPage = (about: About): string => `in Entra: App registrations, ${about.clientId ?? "the application"}`;
const ID_OR_DOMAIN = "--tenant takes the tenant's id or one of its domains; --cloud says in which cloud it is";
const SIGN_IN_LOG = "Entra's log of sign-ins shows which policy it was, under Conditional Access";

const refusal = (what: Told["what"], ...hints: readonly ((about: About) => string)[]): Told => ({
  exit: "not-permitted",
  what,
  hints: (about) => hints.map((hint) => hint(about)),
});
const wrongly = (what: Told["what"], ...hints: readonly ((about: About) => string)[]): Told => ({ ...refusal(what, ...hints), exit: "usage" });

const isApplication = ({ way }: About): boolean => !["browser", "device-code", "azure-cli"].includes(way);
const onceMore = ({ way }: About): string =>
  way === "azure-cli" ? "sign in with az login --tenant, then run the same command again" : "run the same command again and sign in once more";
const attended = (about: About): string =>
  isApplication(about)
    ? "a policy for workload identities asks it of the application: leave it out there, or run where the policy lets it"
    : "sign in with --auth browser, where a second step or a device can be proved; for unattended runs use an application, of which no second step is asked";

const MULTI_FACTOR = refusal(
  () => "could not sign in: conditional access asks this account for multi-factor authentication, which this way of signing in did not give",
  attended,
  () => SIGN_IN_LOG,
);
const ENROL = refusal(
  () => "could not sign in: this account has to set up multi-factor authentication first",
  () => "sign in at https://aka.ms/mfasetup with it, then run the same command again",
);
const DEVICE = refusal(
  () => "could not sign in: conditional access wants a device that is managed, and this one is not, or could not prove it",
  () => "sign in with --auth browser on a managed device; a code that is entered elsewhere proves no device",
  () => SIGN_IN_LOG,
);
const NO_MATCH = refusal(
  (about) => `could not sign in: no federated credential of ${app(about)} fits the token that was shown`,
  (about) =>
    `${appPage(about)}, Certificates & secrets, Federated credentials: issuer, subject and audience must be those that the service names, in the same case`,
);
const ENDED = refusal(
  () => "could not sign in: the earlier sign-in no longer counts; it was revoked, or its time was over",
  (about) => (isApplication(about) ? "run the same command again" : onceMore(about)),
);

const BY_CODE: ReadonlyMap<number, Told> = new Map<number, Told>([
  [
    7000215,
    refusal(
      (about) => `could not sign in: the client secret is not one of ${app(about)}`,
      () => "AZURE_CLIENT_SECRET takes the secret's Value, which is shown once when it is made, and not its Secret ID",
    ),
  ],
  [
    7000222,
    refusal(
      (about) => `could not sign in: the client secret of ${app(about)} has expired`,
      (about) => `make a new one ${appPage(about)}, Certificates & secrets; a certificate or workload identity spares that`,
    ),
  ],
  [
    700016,
    wrongly(
      (about) => `could not sign in: ${app(about)} is not known in the tenant ${about.tenant}`,
      () => "--client-id, or AZURE_CLIENT_ID, takes the Application (client) ID, not the Object ID",
      () => "is it the right tenant? An application of another tenant has to be consented to there first",
    ),
  ],
  [
    7000229,
    wrongly(
      (about) => `could not sign in: ${app(about)} has no service principal in the tenant ${about.tenant}`,
      (about) => `grant admin consent ${appPage(about)}, API permissions: that makes one`,
    ),
  ],
  [
    90002,
    wrongly(
      (about) => `could not sign in: there is no tenant ${about.tenant} in the ${about.cloud} cloud`,
      () => ID_OR_DOMAIN,
    ),
  ],
  [
    900023,
    wrongly(
      (about) => `could not sign in: ${about.tenant} is neither a tenant's id nor a domain`,
      () => ID_OR_DOMAIN,
    ),
  ],
  [
    900382,
    wrongly(
      (about) => `could not sign in: the tenant ${about.tenant} is in another cloud than ${about.cloud}`,
      () => "--cloud says in which: public, us-gov, us-dod or china",
    ),
  ],
  [
    65001,
    refusal(
      (about) => `could not sign in: nobody has consented to what ${app(about)} asks for`,
      (about) => `grant admin consent ${appPage(about)}, API permissions`,
      () => "entra-rollout help sign-in says what an app registration needs",
    ),
  ],
  [
    90094,
    refusal(
      (about) => `could not sign in: an administrator has to consent to ${app(about)} first`,
      (about) => `a Global Administrator or Privileged Role Administrator does it ${appPage(about)}, API permissions`,
    ),
  ],
  [
    500011,
    wrongly(
      (about) => `could not sign in: the service that is asked for is not known in the tenant ${about.tenant}`,
      () => "for Exchange the tenant needs Exchange Online; is it the right --cloud?",
    ),
  ],
  [50076, MULTI_FACTOR],
  [50074, MULTI_FACTOR],
  [50078, MULTI_FACTOR],
  [50158, MULTI_FACTOR],
  [50079, ENROL],
  [50072, ENROL],
  [53000, DEVICE],
  [53001, DEVICE],
  [530002, DEVICE],
  [530003, DEVICE],
  [50097, DEVICE],
  [
    53003,
    refusal(
      () => "could not sign in: conditional access blocks this sign-in",
      attended,
      () => SIGN_IN_LOG,
    ),
  ],
  [
    50105,
    refusal(
      (about) => `could not sign in: this account is not assigned to ${app(about)}`,
      () => "in Entra: Enterprise applications, Users and groups; or turn Assignment required off",
    ),
  ],
  [
    50057,
    refusal(
      () => "could not sign in: this account is disabled",
      () => "sign in with another, or have it enabled in Entra",
    ),
  ],
  [
    50055,
    refusal(
      () => "could not sign in: the password of this account has expired",
      () => "change it at https://passwordreset.microsoftonline.com, then run the same command again",
    ),
  ],
  [
    50020,
    refusal(
      (about) => `could not sign in: this account is none of the tenant ${about.tenant}`,
      () => "sign in with an account of that tenant",
    ),
  ],
  [
    50034,
    refusal(
      (about) => `could not sign in: there is no such account in the tenant ${about.tenant}`,
      () => "sign in with an account of that tenant",
    ),
  ],
  [
    7000112,
    refusal(
      (about) => `could not sign in: ${app(about)} is disabled`,
      () => "in Entra: Enterprise applications, Properties, Enabled for users to sign in",
    ),
  ],
  [
    7000218,
    refusal(
      (about) => `could not sign in: ${app(about)} takes no sign-in without a secret`,
      (about) => `${appPage(about)}, Authentication, set Allow public client flows to Yes`,
    ),
  ],
  [
    50011,
    refusal(
      (about) => `could not sign in: ${app(about)} does not know the address to which the browser returns`,
      (about) => `${appPage(about)}, Authentication, add the platform Mobile and desktop applications with http://localhost`,
    ),
  ],
  [
    700027,
    refusal(
      (about) => `could not sign in: the certificate is not one of ${app(about)}`,
      (about) => `upload its public part ${appPage(about)}, Certificates & secrets; AZURE_CLIENT_CERTIFICATE_PATH must be the same one`,
    ),
  ],
  [
    700024,
    refusal(
      () => "could not sign in: the assertion is not valid at this time",
      () => "is this machine's clock right? A federated token or a certificate may also be past its end",
    ),
  ],
  [70021, NO_MATCH],
  [700211, NO_MATCH],
  [700212, NO_MATCH],
  [700213, NO_MATCH],
  [7002138, NO_MATCH],
  [70016, refusal(() => "could not sign in: nobody entered the code", onceMore)],
  [70018, refusal(() => "could not sign in: the code was not taken, or the sign-in was declined", onceMore)],
  [70019, refusal(() => "could not sign in: the code has expired before anybody entered it", onceMore)],
  [70020, refusal(() => "could not sign in: the code has expired before anybody entered it", onceMore)],
  [50173, ENDED],
  [50132, ENDED],
  [50133, ENDED],
  [700082, ENDED],
  [700084, ENDED],
  [70008, ENDED],
  [70043, ENDED],
]);

/** Where the service gives no number. RFC 8628, 3.5, and RFC 6749, 5.2. */
const BY_WORD: ReadonlyMap<string, Told | undefined> = new Map([
  ["expired_token", BY_CODE.get(70020)],
  ["authorization_declined", BY_CODE.get(70018)],
  ["access_denied", BY_CODE.get(70018)],
  ["consent_required", BY_CODE.get(65001)],
]);

const NO_IDENTITY = refusal(
  ({ clientId }) =>
    clientId === undefined
      ? "could not sign in: this machine has no managed identity"
      : `could not sign in: this machine does not have the managed identity ${clientId}`,
  () => "assign it in Azure: Identity of the machine or the service; --client-id names one of several",
);

const isServerFault = ({ status, codes }: Refused): boolean => status >= 500 || codes.includes(90033) || codes.includes(50196);

/** One line, without the service's trace ids. */
const wordsOf = ({ description, error }: Refused): string => {
  const [first = ""] = description.split(/\r?\n|\s+Trace ID:/i);
  const words = first.replace(/\p{Cc}+/gu, " ").trim();
  return words === "" ? error : words.slice(0, 300);
};

const traceOf = ({ description }: Refused): readonly string[] => {
  const [, id] = /Trace ID:\s*([0-9a-f-]{36})/i.exec(description) ?? [];
  return id === undefined ? [] : [`trace id ${id}`];
};

/** What a refusal means for whoever signs in: exit 77, 64 where the question was wrong, 69 where the service is not well. */
export const explained = (refused: Refused, about: About): Failure => {
  const words = `the service says: ${wordsOf(refused)}`;
  if (isServerFault(refused))
    return new Failure("unavailable", "could not sign in: the service is not well, or busy", [words, "run the same command again later", ...traceOf(refused)]);
  const isMissing = about.way === "managed-identity" && (refused.status === 400 || refused.status === 404);
  const told =
    refused.codes.map((code) => BY_CODE.get(code)).find((each) => each !== undefined) ?? BY_WORD.get(refused.error) ?? (isMissing ? NO_IDENTITY : undefined);
  if (told === undefined)
    return new Failure("not-permitted", `could not sign in: ${wordsOf(refused)}`, [
      "https://login.microsoftonline.com/error says what an AADSTS number means",
      ...traceOf(refused),
    ]);
  return new Failure(told.exit, told.what(about), [...told.hints(about), words, ...traceOf(refused)]);
};
