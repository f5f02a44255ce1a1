/**
 * Shared accounts before MFA is asked of them: with one method, whoever holds that telephone gets in and the others do not.
 * The registration report tells sorts of methods and not whose they are, so two are the least that can be seen.
 */

import type { Finding } from "../changes.ts";
import { countIn, METHOD_BITS } from "../methods.ts";
import { patternMatches } from "../plan/patterns.ts";
import { staleness } from "../registration-age.ts";
import type { ObjectId } from "../tenant.ts";
import { type NewlyAsked, newlyAsked } from "./asked.ts";
import { addressesOf, counted, type Guard, type GuardInput } from "./guard.ts";

const GUARD = "second-method";
const AT_LEAST = 2;

type Sharing = { readonly few: readonly ObjectId[]; readonly unclear: readonly ObjectId[] };

const APP_ALONE = METHOD_BITS.app | METHOD_BITS.code;

const sharingOf = ({ plan, observed }: GuardInput, ids: readonly ObjectId[]): Sharing => {
  const roster = observed.roster.type === "present" ? observed.roster.value : undefined;
  const count = countIn(plan.methods);
  const wanted = Math.max(AT_LEAST, plan.methods.atLeast);
  const [few, unclear]: [ObjectId[], ObjectId[]] = [[], []];
  for (const id of ids) {
    const bits = roster?.methods(id) ?? 0;
    if (roster?.flags(id)?.capable === "unknown") unclear.push(id);
    else if (count(bits) < wanted) few.push(id);
    // The Authenticator app registers both by itself: it may be one telephone.
    else if (count(bits) === AT_LEAST && (bits & APP_ALONE) === APP_ALONE && count(bits & ~APP_ALONE) === 0) unclear.push(id);
  }
  return { few, unclear };
};

const ofPhase = (input: GuardInput, asked: NewlyAsked): readonly Finding[] => {
  const { plan, observed } = input;
  const { registration, roster } = observed;
  const isShared = (id: ObjectId): boolean => {
    const address = roster.type === "present" ? roster.value.address(id) : undefined;
    return address !== undefined && plan.sharedAccounts?.some((pattern) => patternMatches(pattern, address)) === true;
  };
  const shared = [...asked.ids()].filter(isShared);
  if (shared.length === 0) return [];
  const found = (verdict: Finding["verdict"], ids: readonly ObjectId[], detail: string, hint: string): Finding => ({
    guard: GUARD,
    verdict,
    ...(asked.phase !== undefined && { phase: asked.phase }),
    detail,
    hint,
    accounts: addressesOf(input, ids),
    count: ids.length,
    allowable: true,
    holds: asked.holds,
  });
  const old = registration.type === "present" ? staleness(registration.value.refreshed, observed.readAt) : undefined;
  const unread = registration.type === "unknown" ? `is not known: ${registration.because}` : registration.type === "absent" ? "was not read" : undefined;
  const why = unread ?? (old === undefined ? undefined : `is not known, since the registration report ${old}`);
  if (why !== undefined) {
    const detail = `whether ${counted(shared.length, "shared account")} of ${asked.title} ${shared.length === 1 ? "has" : "have"} a second method ${why}`;
    return [found("unclear", shared, detail, "run it again; if it stays so, look at their methods in the admin centre")];
  }
  const { few, unclear } = sharingOf(input, shared);
  const hint = "let a second of those who use it register a method of their own, or take the account out under except: with a reason";
  return [
    ...(few.length === 0
      ? []
      : [
          found(
            "stop",
            few,
            `${counted(few.length, "shared account")} of ${asked.title} ${few.length === 1 ? "has" : "have"} fewer than ${Math.max(AT_LEAST, plan.methods.atLeast)} registered methods: whoever does not hold the one could not sign in`,
            hint,
          ),
        ]),
    ...(unclear.length === 0
      ? []
      : [
          found(
            "unclear",
            unclear,
            `of ${counted(unclear.length, "shared account")} of ${asked.title} nobody can say whether more than one telephone is registered: the report has them with the Authenticator app alone, or not at all`,
            hint,
          ),
        ]),
  ];
};

export const secondMethod: Guard = {
  name: GUARD,
  about: "accounts that several people use (sharedAccounts) have more than one registered method before they are asked for MFA",
  allowable: true,
  check: (input) => ((input.plan.sharedAccounts?.length ?? 0) === 0 ? [] : newlyAsked(input).flatMap((asked) => ofPhase(input, asked))),
};
