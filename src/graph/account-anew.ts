/** Accounts that are gone for good, made again from the archive: another id, the same person. user-post-users; facts, sections 2 and 7.7. */

import type { AccountLinks, ArchivedAccount } from "../core/accounts/facts.ts";
import { canonicalText } from "../core/canonical.ts";
import type { Step, StepOutcome } from "../core/changes.ts";
import type { Json, ObjectId } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import { PROFILE } from "./account-archive.ts";
import { giveBack } from "./account-links.ts";
import { isTaken } from "./account-restore.ts";
import { RIGHTS_HINT, whyNot } from "./account-words.ts";
import type { GraphClient } from "./client.ts";
import { INTERRUPTED, type Performing, REPLICATION_MS } from "./kind.ts";
import { oneOf } from "./pager.ts";
import { idIn, jsonIn, objectIn, Unreadable, withoutEmpty } from "./wire.ts";

type Profile = { readonly [property: string]: Json };

const NICKNAME_NEVER = /[^\x21-\x7e]|[@()\\[\]";:<>,]/g;

const textOr = (value: Json | undefined, otherwise: string): string => (typeof value === "string" && value !== "" ? value : otherwise);

/**
 * What can be seen of an account that was made so; of what stands in an archive only what a create may say (user-post-users). Blocked: who
 * comes back is let in by people, not by a list.
 */
const profileOf = ({ upn, profile }: ArchivedAccount): Profile => {
  const local = upn.slice(0, Math.max(upn.lastIndexOf("@"), 0));
  const kept = PROFILE.flatMap((name) => {
    const value = withoutEmpty(profile[name] ?? null);
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    accountEnabled: false,
    displayName: textOr(profile.displayName, local),
    mailNickname: textOr(profile.mailNickname, local.replace(NICKNAME_NEVER, "").slice(0, 64)),
    userPrincipalName: upn,
  };
};

/** Nobody gets to know it, and nothing keeps it: whoever lets the account in sets one. Four sorts of characters, as any rule wants. */
const passwordProfile = (uuid: () => string) => ({ forceChangePasswordNextSignIn: true, password: `Aa1-${uuid()}${uuid()}` });

type Found = { readonly id: ObjectId; readonly isOurs: boolean };

const sameText = (one: Json | undefined, other: Json): boolean => canonicalText(withoutEmpty(one ?? null) ?? null) === canonicalText(other);

/**
 * A create that was cut short leaves no mark that could be looked for, so that its account is known by everything that it was made with:
 * blocked, and each property as the archive has it. Whoever made such a one by hand wanted the same account. One that differs in
 * anything, or that can sign in, is somebody else's, and stays as it is.
 */
const foundIn =
  (archived: ArchivedAccount, made: Profile) =>
  (value: unknown): Found => {
    const wire = objectIn(value, "an account");
    const id = idIn(wire.id, "an account's id");
    const isAlike = Object.entries(made).every(
      ([name, wanted]) => name === "userPrincipalName" || sameText(jsonIn(wire[name] ?? null, `an account's ${name}`), wanted),
    );
    // The one that was deleted is its own, however it looks by now.
    return { id, isOurs: id === archived.id || isAlike };
  };

/** By its address, of which there is one in the directory. @throws ServiceError */
const lookFor = (client: GraphClient, archived: ArchivedAccount, made: Profile): Promise<Found | undefined> =>
  oneOf(
    client,
    {
      method: "GET",
      path: `/users/${encodeURIComponent(archived.upn)}`,
      query: { $select: ["id", ...Object.keys(made)].join(",") },
    },
    foundIn(archived, made),
  );

type Made = { readonly type: "made"; readonly id: ObjectId } | { readonly type: "not"; readonly outcome: StepOutcome };

const notMade = (id: ObjectId, because: string, isNo: boolean): Made => ({
  type: "not",
  outcome: { type: "unknown", because, lacking: [id], ...(isNo && { refused: true }), each: [{ id, because }] },
});

const ADDRESS_THERE = "an account of that address is there; rename or delete that one, then run it again";

const takenOver = (archived: ArchivedAccount, found: Found): Made =>
  found.isOurs ? { type: "made", id: found.id } : notMade(archived.id, ADDRESS_THERE, true);

/**
 * After a create that was not answered, or was said to be there already: it may be there and not be seen yet.
 * @returns undefined as well where the connection was aborted meanwhile. @throws ServiceError
 */
const lookLong = async (client: GraphClient, archived: ArchivedAccount, made: Profile): Promise<Found | undefined> => {
  const until = client.clock.now() + REPLICATION_MS;
  try {
    for (let pause = 1_000; ; pause = Math.min(pause * 2, 15_000)) {
      const found = await lookFor(client, archived, made);
      if (found !== undefined || client.clock.now() + pause > until) return found;
      await client.clock.sleep(pause, client.signal);
    }
  } catch (error) {
    if (!client.signal.aborted) throw error;
    return undefined;
  }
};

const isClash = ({ outcome, status }: ServiceError): boolean => outcome === "refused" && (status === 400 || status === 409);

/** What a create that gave no id left behind. */
const afterCreate = async (client: GraphClient, archived: ArchivedAccount, made: Profile, error: ServiceError | Unreadable): Promise<Made> => {
  const isAnswered = error instanceof ServiceError && error.outcome === "refused";
  if (isAnswered && !isClash(error)) {
    const message = `the account could not be made again: ${whyNot(error)}${error.status === 403 ? `; ${RIGHTS_HINT}` : ""}`;
    return { type: "not", outcome: { type: "refused", error: { status: error.status, code: error.code, message } } };
  }
  const why = error instanceof ServiceError ? whyNot(error) : "the answer could not be read";
  const look = isAnswered && !isTaken(error) ? lookFor : lookLong;
  const found = await look(client, archived, made).catch((failed: unknown) => {
    if (failed instanceof ServiceError || client.signal.aborted) return undefined;
    throw failed;
  });
  if (found !== undefined) return takenOver(archived, found);
  return notMade(archived.id, isAnswered ? `it could not be made again: ${why}` : `it was to be made again, and is not seen: ${why}`, isAnswered);
};

/** @throws whatever `beforeSend` threw, or aborted the connection before it left */
const create = async ({ client, beforeSend, uuid }: Performing, step: Step, archived: ArchivedAccount, made: Profile): Promise<Made> => {
  try {
    const body = { ...made, passwordProfile: passwordProfile(uuid) };
    const answer = await client.send({ method: "POST", path: "/users", body, beforeSend: () => beforeSend(step.id) });
    return { type: "made", id: idIn(objectIn(answer.body, "an account").id, "an account's id") };
  } catch (error) {
    if (error instanceof ServiceError || error instanceof Unreadable) return afterCreate(client, archived, made, error);
    throw error;
  }
};

/** A guest signs in at home, by an invitation; what would be made here is another account. */
const isInvited = ({ upn }: ArchivedAccount): boolean => /#ext#/i.test(upn);

const remade = async (context: Performing, step: Step, archived: ArchivedAccount): Promise<Made> => {
  const { client } = context;
  if (isInvited(archived)) return notMade(archived.id, "it is a guest, who has to be invited again", true);
  const made = profileOf(archived);
  const found = await lookFor(client, archived, made).catch((error: unknown): Made => {
    if (!(error instanceof ServiceError)) throw error;
    return { type: "not", outcome: { type: "left-out", because: `nobody could look first whether it is there: ${whyNot(error)}` } };
  });
  if (found === undefined) return create(context, step, archived, made);
  return "type" in found ? found : takenOver(archived, found);
};

/**
 * Makes one account again and gives it what it had.
 *
 * @returns done with the new id; with what it lacks besides, if anything, where `each` tells the new id.
 * @throws what `beforeSend` threw
 */
export const makeAnew = async (context: Performing, step: Step, archived: ArchivedAccount, links: AccountLinks): Promise<StepOutcome> => {
  const { client } = context;
  try {
    const made = await remade(context, step, archived);
    if (made.type === "not") return made.outcome;
    const lacks = (await giveBack(client, [{ id: made.id, links }])).get(made.id) ?? [];
    if (lacks.length === 0) return { type: "done", id: made.id };
    const because = `it was made again as ${made.id}; ${lacks.join("; ")}`;
    return { type: "unknown", because, each: [{ id: archived.id, because }] };
  } catch (error) {
    // Only what comes before the create is cut short by an abort.
    if (client.signal.aborted) return INTERRUPTED;
    throw error;
  }
};
