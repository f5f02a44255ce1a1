/** Whom a policy is about. "Conditional Access: Users, groups, and workload identities"; "Authentication and Conditional Access for External ID". */

import { allOf, anyOf, at, butNot, membersOf, no, strangersIn, textOf, unsure, type Verdict, wordsOf, yes } from "./evaluate-logic.ts";
import type { Belongs, SignIn, Subject } from "./sign-in.ts";
import type { Json, Known, ObjectId, PolicySettings, PolicyUsers } from "./tenant.ts";

/** conditionalAccessGuestOrExternalUserTypes (CSDL), lower case. */
const TYPES: { readonly [word: string]: Belongs } = {
  internalguest: "internal-guest",
  b2bcollaborationguest: "b2b-guest",
  b2bcollaborationmember: "b2b-member",
  b2bdirectconnectuser: "b2b-direct",
  otherexternaluser: "other-external",
  serviceprovider: "service-provider",
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_GUEST = "the account is no guest";
const NOT_SAID = "nobody can say whether the account is a guest";

/** What was never settled, a reference or a word of Graph's that is younger than this tool, may mean anybody. */
const strangers = (entries: readonly string[]): readonly Verdict[] =>
  entries.filter((entry) => !GUID.test(entry)).map((entry) => unsure(`nobody can say whom ${entry} means`));

const listed = (kind: "group" | "role", ids: readonly string[], held: Known<ReadonlySet<ObjectId>>): readonly Verdict[] => {
  if (ids.length === 0) return [];
  if (held.type === "unknown") return [unsure(`nobody can say which ${kind}s the account is in: ${held.because}`)];
  if (held.type === "absent") return strangers(ids);
  const found = ids.find((id) => held.value.has(id));
  return found === undefined ? strangers(ids) : [yes(`${kind} ${found}`)];
};

/** A policy for "all guest and external users" of before is one for every type now, with the same effect (External ID page, note). */
const anyGuest = ({ belongs }: Subject): Verdict => {
  if (belongs === undefined) return unsure(NOT_SAID);
  return belongs === "member" ? no(NO_GUEST) : yes("guests and external users");
};

const ofType = ({ belongs }: Subject, words: readonly string[]): Verdict => {
  if (words.length === 0) return unsure("it names no type of guest");
  const types = words.map((word) => TYPES[word.toLowerCase()]);
  if (belongs === undefined) return unsure(NOT_SAID);
  if (belongs === "member") return no(NO_GUEST);
  if (types.includes(belongs)) return yes(`guests of the type ${belongs}`);
  return types.includes(undefined) ? unsure("it names a type of guest that this tool does not know") : no("the account is a guest of another type");
};

const ofTenants = ({ belongs, homeTenant }: Subject, tenants: Json | undefined): Verdict => {
  const everywhere = yes("guests of every tenant");
  if (tenants === undefined || tenants === null) return everywhere;
  const kind = textOf(at(tenants, "membershipKind"))?.toLowerCase() ?? textOf(at(tenants, "@odata.type"))?.toLowerCase();
  if (kind === "all" || kind === "#microsoft.graph.conditionalaccessallexternaltenants") return everywhere;
  const members = wordsOf(at(tenants, "members"));
  if (kind === undefined || !/enumerated/.test(kind) || members === undefined || members.length === 0)
    return unsure("the tenants that it names cannot be read");
  // An internal guest has no tenant of its own; whether such a list is about it no page says.
  if (belongs === undefined || belongs === "internal-guest" || homeTenant === undefined) return unsure("nobody can say from which tenant the account comes");
  return members.some((member) => member.toLowerCase() === homeTenant) ? yes("guests of its tenant") : no("the account comes from another tenant");
};

const guestTypes = (subject: Subject, value: Json | undefined): readonly Verdict[] => {
  if (value === undefined || value === null) return [];
  const words = wordsOf(at(value, "guestOrExternalUserTypes"));
  if (words === undefined) return [unsure("the types of guests that it names cannot be read")];
  const type = ofType(subject, words);
  return [
    allOf(
      [type, ofTenants(subject, at(value, "externalTenants")), ...strangersIn(value, ["guestOrExternalUserTypes", "externalTenants"], "guests")],
      type.because,
    ),
  ];
};

const claims = (side: PolicyUsers, subject: Subject, guests: Json | undefined): readonly Verdict[] => [
  ...(side.all ? [yes("all users")] : []),
  ...(side.users.includes(subject.id) ? [yes("the account itself")] : strangers(side.users)),
  ...listed("group", side.groups, subject.groups),
  ...listed("role", side.roles, subject.roles),
  ...(side.guests ? [anyGuest(subject)] : []),
  ...guestTypes(subject, guests),
];

/**
 * "Selecting All users, All guest and external users, or Directory roles causes all users to be subject of the policy"
 * ("Conditions", Exchange ActiveSync clients): whether that is meant literally nobody but the service knows.
 */
const caughtByActiveSync = ({ include, clients }: PolicySettings, guests: Json | undefined, program: SignIn["program"]): readonly Verdict[] =>
  (program === undefined || program === "activesync") && clients.includes("activesync") && (include.guests || include.roles.length > 0 || guests !== undefined)
    ? [unsure("a policy for guests or roles may take in everybody who uses Exchange ActiveSync")]
    : [];

const KNOWN = ["includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"];

/** Members that are new to us: a name that begins like the other side's says that they do nothing on this one. */
const newMembers = (users: Json | undefined, otherSide: "include" | "exclude"): readonly Verdict[] =>
  strangersIn(users, [...KNOWN, ...membersOf(users).flatMap(([key]) => (key.startsWith(otherSide) ? [key] : []))], "users");

export const usersVerdict = (settings: PolicySettings, { subject, program }: SignIn): Verdict => {
  const users = at(settings.other, "conditions", "users");
  const guests = at(users, "includeGuestsOrExternalUsers");
  const included = anyOf(
    [...claims(settings.include, subject, guests), ...caughtByActiveSync(settings, guests, program), ...newMembers(users, "exclude")],
    "it does not take in the account",
  );
  const excluded = anyOf([...claims(settings.exclude, subject, at(users, "excludeGuestsOrExternalUsers")), ...newMembers(users, "include")], "");
  const leftOut: Verdict =
    excluded.applies === "yes"
      ? yes(`it leaves out ${excluded.because}`)
      : excluded.applies === "unknown"
        ? unsure(`it may leave out the account: ${excluded.because}`)
        : excluded;
  return butNot(included.applies === "yes" ? yes(`it takes in ${included.because}`) : included, leftOut);
};
