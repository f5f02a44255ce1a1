/** Every guard, in the order in which their findings are told. */

import type { Finding } from "../changes.ts";
import { allTrusted } from "./all-trusted.ts";
import { basicAuthentication } from "./basic-authentication.ts";
import { dangling } from "./dangling.ts";
import { doubles } from "./doubles.ts";
import { emergencyAccounts } from "./emergency-accounts.ts";
import { federated } from "./federated.ts";
import type { Guard, GuardInput } from "./guard.ts";
import { lastMethod } from "./last-method.ts";
import { late } from "./late.ts";
import { legacyClients } from "./legacy-clients.ts";
import { licence } from "./licence.ts";
import { listedAccounts } from "./listed-accounts.ts";
import { lists } from "./lists.ts";
import { lockOut } from "./lock-out.ts";
import { loosened } from "./loosened.ts";
import { managedPolicies } from "./managed-policies.ts";
import { networks } from "./networks.ts";
import { oldMail } from "./old-mail.ts";
import { overdue } from "./overdue.ts";
import { perUser, perUserLeft } from "./per-user.ts";
import { policyLimit } from "./policy-limit.ts";
import { ready } from "./ready.ts";
import { secondMethod } from "./second-method.ts";
import { securityDefaults } from "./security-defaults.ts";
import { serviceAccounts } from "./service-accounts.ts";
import { size } from "./size.ts";
import { unknownReads } from "./unknown-reads.ts";
import { whatIf } from "./what-if.ts";

export const GUARDS: readonly Guard[] = [
  emergencyAccounts,
  lockOut,
  unknownReads,
  doubles,
  dangling,
  lists,
  licence,
  policyLimit,
  securityDefaults,
  managedPolicies,
  perUser,
  perUserLeft,
  lastMethod,
  loosened,
  allTrusted,
  legacyClients,
  oldMail,
  basicAuthentication,
  listedAccounts,
  networks,
  serviceAccounts,
  size,
  ready,
  secondMethod,
  federated,
  whatIf,
  late,
  overdue,
];

/** How many a guard's findings that may be let pass are about, all of them together: the number that `--allow` must reach. */
export const allowableCount = (findings: readonly Finding[], guard: string): number =>
  findings.reduce((sum, each) => (each.guard === guard && each.allowable && each.verdict !== "go" ? sum + (each.count ?? 1) : sum), 0);

const withWayPast = (findings: readonly Finding[], attended: boolean): readonly Finding[] =>
  findings.map((finding) => {
    if (!finding.allowable || finding.verdict === "go") return finding;
    const allow = `--allow ${finding.guard}=${allowableCount(findings, finding.guard)} --reason "..."`;
    const wayPast = attended ? `to let it pass: ${allow}` : `somebody can let it pass with apply ${allow}`;
    return { ...finding, hint: finding.hint === undefined ? wayPast : `${finding.hint}; ${wayPast}` };
  });

/** Every guard's findings, in the order of `GUARDS`. Pure: the same input gives the same findings. */
export const checkGuards = (input: GuardInput): readonly Finding[] =>
  withWayPast(
    GUARDS.flatMap((guard) => guard.check(input)),
    input.attended,
  );
