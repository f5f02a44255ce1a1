/**
 * Policies and one sign-in, to what they make of it together. Written from the service's documentation, apart from the practice
 * tenant's evaluator, and held against it in test/laws/evaluators.test.ts.
 *
 * @see "Building a Conditional Access policy": all policies that apply must be satisfied, all assignments are ANDed, block stops
 */

import { clientVerdict, furtherVerdicts } from "./evaluate-conditions.ts";
import { asksNothing, isBlock, sessionOf, shutsOut, wantedBy } from "./evaluate-controls.ts";
import { type Answer, allOf, no, type Verdict } from "./evaluate-logic.ts";
import { networkVerdict } from "./evaluate-network.ts";
import { targetVerdict } from "./evaluate-target.ts";
import { usersVerdict } from "./evaluate-users.ts";
import type { Outcome, SignIn, Stance } from "./sign-in.ts";
import type { Known, NamedLocationSettings, ObjectId, PolicySettings } from "./tenant.ts";

export type Policy = { readonly id: ObjectId; readonly settings: PolicySettings };

/** What policies refer to, as read from the tenant. */
export type Ground = { readonly locations: Known<ReadonlyMap<ObjectId, NamedLocationSettings>> };

const verdictOf = (settings: PolicySettings, signIn: SignIn, ground: Ground): Verdict => {
  if (settings.state === "off") return no("it is off");
  // What-If has a reason of its own for it: `emptyPolicy` (CSDL, whatIfAnalysisReasons).
  if (asksNothing(settings)) return no("it asks for nothing at all");
  const users = usersVerdict(settings, signIn);
  // One no decides, so that nothing further need be asked; it is the same no that asking everything would find first.
  if (users.applies === "no") return users;
  const target = targetVerdict(settings, signIn);
  if (target.applies === "no") return target;
  const conditions = [clientVerdict(settings, signIn), networkVerdict(settings, signIn, ground.locations), ...furtherVerdicts(settings, signIn)];
  return allOf([users, target, ...conditions], users.because);
};

/**
 * How one policy stands to a sign-in, told alike for one that is on and one in report-only; one that is off applies to nothing.
 * `applies` is unknown when a condition that nobody can answer, or that this tool does not know, would decide, and no other says no.
 */
export const stanceOf = ({ id, settings }: Policy, signIn: SignIn, ground: Ground): Stance => {
  const { applies, because } = verdictOf(settings, signIn, ground);
  const stance = { policy: id, name: settings.name, state: settings.state, applies, because };
  return applies === "no" ? stance : { ...stance, wants: wantedBy(settings) };
};

/** Whether a sign-in like this one can never do what a policy wants that is about it: it blocks, or the client cannot answer what it asks. */
const blocks = ({ applies, wants }: Stance, { program }: SignIn): Answer => {
  if (applies === "no") return "no";
  if (isBlock(wants) || shutsOut(wants, program)) return applies;
  return program === undefined && shutsOut(wants, "legacy") ? "unknown" : "no";
};

const byId = (a: Policy, b: Policy): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * What all policies that are on make of a sign-in together. Nothing but conditional access: neither security defaults, per-user
 * MFA nor the portals' own demands are looked at, and whether somebody can do what is wanted is asked elsewhere.
 */
export const evaluate = (policies: readonly Policy[], signIn: SignIn, ground: Ground): Outcome => {
  const judged = [...policies].sort(byId).map(({ id, settings }) => ({ settings, stance: stanceOf({ id, settings }, signIn, ground) }));
  // "During sign-in, policies in report-only mode are evaluated but not enforced" ("Report-only").
  const inForce = judged.filter(({ stance }) => stance.state === "on");
  const applied = inForce.filter(({ stance }) => stance.applies === "yes");
  const blocked = inForce.map(({ stance }) => blocks(stance, signIn));
  const unclear = blocked.includes("unknown") || inForce.some(({ stance }) => stance.applies === "unknown");
  return {
    type: blocked.includes("yes") ? "blocked" : unclear ? "unknown" : applied.length > 0 ? "granted" : "not-applied",
    asks: applied.flatMap(({ stance: { policy, name, wants } }) =>
      wants === null || wants === undefined || isBlock(wants) ? [] : [{ policy, name, ...wants }],
    ),
    session: sessionOf(applied.map(({ settings }) => settings)),
    stances: judged.map(({ stance }) => stance),
  };
};
