/** Which methods the tenant lets an account use: once for all accounts that are in the same groups. */

import { isFor, keyRulesIn } from "../means.ts";
import type { AllowableMethod } from "../plan/plan.ts";
import { type AuthenticationMethodsSettings, type Known, type ObjectId, present } from "../tenant.ts";
import type { Belonging } from "./belonging.ts";

export type Answer = "yes" | "no" | "unknown";

const USES = ["app", "code", "call", "text", "passkey", "certificate", "temporaryAccessPass"] as const satisfies readonly AllowableMethod[];
export type Use = (typeof USES)[number];

/** One value for all accounts with the same answers, so that it can be a key. */
export type Allowed = { readonly [use in Use]: Answer } & { readonly key: string };

/** Until the migration is complete, older settings that nobody can read let people use these as well. */
const WAS_ELSEWHERE: readonly Use[] = ["app", "code", "call", "text"];

/** Accounts that a setting names one by one, as was possible once. */
const namedIn = ({ methods }: AuthenticationMethodsSettings): ReadonlySet<string> =>
  new Set(Object.values(methods).flatMap(({ include, exclude }) => [...include.groups, ...exclude]));

type Membership = { readonly surely: ReadonlySet<ObjectId>; readonly perhaps: ReadonlySet<ObjectId> };

/** @param groups those that the methods' settings name */
const answerFor = (id: ObjectId, use: Use, settings: Known<AuthenticationMethodsSettings>, { surely, perhaps }: Membership): Answer => {
  if (settings.type !== "present") return "unknown";
  const { methods, migration } = settings.value;
  const own = methods[use];
  // What the service does not list, people may have by a setting that nobody here can read.
  if (own === undefined) return "unknown";
  const answer = isFor(own, id, { surely: present(surely), perhaps: present(perhaps) });
  if (answer === "no") return migration !== "complete" && WAS_ELSEWHERE.includes(use) ? "unknown" : "no";
  // Which model of key somebody has the report does not tell.
  return use === "passkey" && keyRulesIn(own).length > 0 ? "unknown" : answer;
};

const MOST_KEPT = 20_000;

/**
 * @param groups of the groups that the methods' settings name
 * @returns the answers of one account
 */
export const allowedBy = (settings: Known<AuthenticationMethodsSettings>, groups: Belonging): ((id: ObjectId) => Allowed) => {
  const named = settings.type === "present" ? namedIn(settings.value) : new Set<string>();
  const ids = [...named];
  const found = new Map<string, Allowed>();
  const one = new Map<string, Allowed>();

  const answers = (id: ObjectId): Allowed => {
    const held = groups.of(id);
    const surely = new Set(ids.filter((group) => held.has(group)));
    const perhaps = new Set(ids.filter((group) => held.has(group) || held.unread(group) !== undefined));
    const said = USES.map((use) => answerFor(id, use, settings, { surely, perhaps }));
    const key = said.map((answer) => answer.charAt(0)).join("");
    const known = one.get(key);
    if (known !== undefined) return known;
    const [
      app = "unknown",
      code = "unknown",
      call = "unknown",
      text = "unknown",
      passkey = "unknown",
      certificate = "unknown",
      temporaryAccessPass = "unknown",
    ] = said;
    const made: Allowed = { key, app, code, call, text, passkey, certificate, temporaryAccessPass };
    one.set(key, made);
    return made;
  };

  // Without a name in the settings everybody is like anybody.
  let everybody: Allowed | undefined;
  return (id) => {
    if (ids.length === 0) {
      everybody ??= answers(id);
      return everybody;
    }
    if (named.has(id)) return answers(id);
    const key = groups.key(id);
    const known = found.get(key);
    if (known !== undefined) return known;
    const made = answers(id);
    if (found.size >= MOST_KEPT) found.clear();
    found.set(key, made);
    return made;
  };
};
