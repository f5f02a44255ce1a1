/**
 * Accounts whose domain signs in elsewhere. What they have registered here may never be asked for: the other provider does
 * the MFA, or not, as a setting of the federation says that is not read. So nobody can say that they are ready.
 */

import type { Finding } from "../changes.ts";
import { splitAddress } from "../plan/patterns.ts";
import type { Known, ObjectId } from "../tenant.ts";
import { type NewlyAsked, newlyAsked } from "./asked.ts";
import { addressesOf, counted, type Guard, type GuardInput, listed } from "./guard.ts";

const GUARD = "federated";

const whyUnknown = (domains: Known<unknown> | undefined): string => (domains?.type === "unknown" ? domains.because : "they were not read");

const unclear = (input: GuardInput, { phase, holds }: NewlyAsked, ids: readonly ObjectId[], detail: string, hint: string): Finding => ({
  guard: GUARD,
  verdict: "unclear",
  ...(phase !== undefined && { phase }),
  detail,
  hint,
  accounts: addressesOf(input, ids),
  count: ids.length,
  allowable: true,
  holds,
});

/** `12 of alder.example, 3 of birch.example` */
const perDomain = (ids: ReadonlyMap<string, readonly ObjectId[]>): string => listed([...ids].sort().map(([domain, own]) => `${own.length} of ${domain}`));

const ofPhase = (input: GuardInput, asked: NewlyAsked, domains: ReadonlyMap<string, boolean>): readonly Finding[] => {
  const roster = input.observed.roster.type === "present" ? input.observed.roster.value : undefined;
  const federated = new Map<string, ObjectId[]>();
  const strange = new Map<string, ObjectId[]>();
  for (const id of asked.ids()) {
    const { domain } = splitAddress(roster?.address(id) ?? "");
    const isFederated = domains.get(domain);
    if (isFederated === false) continue;
    const into = isFederated === undefined ? strange : federated;
    const own = into.get(domain);
    if (own === undefined) into.set(domain, [id]);
    else own.push(id);
  }
  const [elsewhere, unlisted] = [[...federated.values()].flat(), [...strange.values()].flat()];
  return [
    ...(elsewhere.length === 0
      ? []
      : [
          unclear(
            input,
            asked,
            elsewhere,
            `${counted(elsewhere.length, "account")} of ${asked.title} sign${elsewhere.length === 1 ? "s" : ""} in at another identity provider (${perDomain(federated)}): MFA may be asked for there, so whether they are ready is not known`,
            "find out whether that provider does MFA (federatedIdpMfaBehavior of the domain's federation), and try one account",
          ),
        ]),
    ...(unlisted.length === 0
      ? []
      : [
          unclear(
            input,
            asked,
            unlisted,
            `the domains of ${counted(unlisted.length, "account")} of ${asked.title} are not among the tenant's (${perDomain(strange)}), so where they sign in is not known`,
            "look at these accounts' user principal names",
          ),
        ]),
  ];
};

export const federated: Guard = {
  name: GUARD,
  about: "whoever is asked signs in here, and not at another identity provider of which nobody can say whether it asks for MFA",
  allowable: true,
  check: (input) => {
    const { domains } = input.observed;
    return newlyAsked(input).flatMap((asked) => {
      if (domains?.type === "present") return ofPhase(input, asked, domains.value);
      const ids = [...asked.ids()];
      const detail = `whether the ${counted(ids.length, "account")} of ${asked.title} sign in at another identity provider is not known, since the domains could not be read: ${whyUnknown(domains)}`;
      return [unclear(input, asked, ids, detail, "run it again; if it stays so, check that this tool may read the domains")];
    });
  },
};
