/**
 * Whether a policy is about an account, wherever it signs in and with whatever. Three answers: who is in a group or role that could
 * not be read is nobody's to say, unless both come to the same.
 */

import { type Answer, at, membersOf } from "../evaluate-logic.ts";
import { usersVerdict } from "../evaluate-users.ts";
import { type Belongs, NOTHING_SAID, type SignIn } from "../sign-in.ts";
import { belongsAs } from "../subject.ts";
import { type ObjectId, type Person, type PolicySettings, type PolicyUsers, present } from "../tenant.ts";
import type { Held } from "./belonging.ts";

/** An account as policies see it. */
export type Somebody = { readonly id: ObjectId; readonly belongs: Belongs; readonly groups: Held; readonly roles: Held };

/** What tells an invited account is its address. Facts, section 7.7. */
export const belongsBy = ({ address, guest }: Pick<Person, "address" | "guest">): Belongs => belongsAs(guest, address.includes("#ext#"));

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };
const EVERYBODY: PolicyUsers = { ...NOBODY, all: true };

const withoutSide = (settings: PolicySettings, side: "include" | "exclude"): PolicySettings["other"] => {
  const conditions = at(settings.other, "conditions");
  const users = Object.fromEntries(membersOf(at(conditions, "users")).filter(([key]) => !key.startsWith(side)));
  return { conditions: { ...Object.fromEntries(membersOf(conditions)), users } };
};

/** As if it left nobody out. */
export const withoutExclusions = (settings: PolicySettings): PolicySettings => ({ ...settings, exclude: NOBODY, other: withoutSide(settings, "exclude") });

/** As if it took in everybody. */
export const withoutInclusions = (settings: PolicySettings): PolicySettings => ({ ...settings, include: EVERYBODY, other: withoutSide(settings, "include") });

type Membership = { readonly groups: readonly ObjectId[]; readonly roles: readonly ObjectId[] };

const answerFor = (settings: PolicySettings, { id, belongs }: Somebody, { groups, roles }: Membership): Answer => {
  const signIn: SignIn = {
    subject: { id, belongs, homeTenant: undefined, groups: present(new Set(groups)), roles: present(new Set(roles)) },
    target: { type: "application", id: "" },
    program: "browser",
    ...NOTHING_SAID,
  };
  return usersVerdict(settings, signIn).applies;
};

const without = (ids: readonly ObjectId[], left: readonly ObjectId[]): readonly ObjectId[] => ids.filter((id) => !left.includes(id));

export const isAbout = (settings: PolicySettings, somebody: Somebody): Answer => {
  const { include, exclude } = settings;
  const within = (held: Held, ids: readonly ObjectId[]): readonly ObjectId[] => ids.filter((id) => held.has(id));
  const unread = (held: Held, ids: readonly ObjectId[]): readonly ObjectId[] => ids.filter((id) => held.unread(id) !== undefined);
  const sure: Membership = {
    groups: within(somebody.groups, [...include.groups, ...exclude.groups]),
    roles: within(somebody.roles, [...include.roles, ...exclude.roles]),
  };
  const taking: Membership = { groups: unread(somebody.groups, include.groups), roles: unread(somebody.roles, include.roles) };
  const sparing: Membership = { groups: unread(somebody.groups, exclude.groups), roles: unread(somebody.roles, exclude.roles) };
  if ([taking, sparing].every(({ groups, roles }) => groups.length + roles.length === 0)) return answerFor(settings, somebody, sure);
  const most = answerFor(settings, somebody, {
    groups: [...sure.groups, ...without(taking.groups, sparing.groups)],
    roles: [...sure.roles, ...without(taking.roles, sparing.roles)],
  });
  const least = answerFor(settings, somebody, {
    groups: [...sure.groups, ...sparing.groups],
    roles: [...sure.roles, ...sparing.roles],
  });
  return most === least ? most : "unknown";
};
