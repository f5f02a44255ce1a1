/** Whether anything speaks against deleting an account that nobody uses, in plain words. What is not known speaks against it, too. */

import { absent, type Instant, type Known } from "../tenant.ts";
import type { Account } from "./account.ts";
import type { LastSignIn } from "./last-sign-in.ts";

const DAY_MS = 86_400_000;

/** Accounts are made weeks before somebody starts. */
const YOUNG_DAYS = 30;

/** What the account's mailbox is for; none: it has none in Exchange Online. */
export type Mailbox = "user" | "shared" | "room" | "equipment" | "none" | "unknown";

export type DeletionFacts = {
  readonly account: Pick<Account, "created" | "hired" | "pending" | "guest" | "synced" | "nobody">;
  readonly signIn: LastSignIn;
  /** Names of the roles that it holds; empty: none. */
  readonly roles: Known<readonly string[]>;
  /** The plan names it as an emergency account. */
  readonly emergency: boolean;
  /** Undefined: nobody asked yet. */
  readonly mailbox: Mailbox | undefined;
  /** The day of the last use of an app by the usage reports, as its end; absent: none. */
  readonly used: Known<Instant>;
  /** Part numbers of its products; without them nobody can say whether one of them is for a device. */
  readonly products: Known<readonly string[]>;
  readonly now: Instant;
};

export type Deletion = { readonly answer: "yes" | "no" | "unknown"; readonly reasons: readonly string[] };

const dayOf = (instant: Instant): string => new Date(instant).toISOString().slice(0, 10);

/** Licences of what stands in a room or answers a telephone. Going by a name spares at worst an account too many. */
const DEVICE = /TEAMS_ROOMS|MEETING_ROOM|MCOCAP|SHARED_DEVICE|VIRTUALUSER/i;

const MAILBOXES = {
  shared: "it is a shared mailbox: others read it, and it goes with the account",
  room: "it is the mailbox of a room, which is booked without a sign-in",
  equipment: "it is the mailbox of equipment, which is booked without a sign-in",
} as const;

/** What forbids it, whatever else is known. */
const objections = ({ account, signIn, roles, emergency, mailbox, used, products, now }: DeletionFacts): readonly string[] => {
  const { created, hired, pending, guest, synced, nobody } = account;
  const found: string[] = [];
  if (signIn.state === "last signed in") found.push(`it has signed in, last on ${dayOf(signIn.at)}`);
  if (emergency) found.push("it is an emergency account of the plan");
  if (roles.type === "present" && roles.value.length > 0) found.push(`it holds a role: ${roles.value.join(", ")}`);
  if (nobody) found.push("it belongs to a program, an agent or the synchronisation of the directory");
  if (synced) found.push("it is synced from on premises: deleted here it comes back, so delete it there");
  if (mailbox === "shared" || mailbox === "room" || mailbox === "equipment") found.push(MAILBOXES[mailbox]);
  const device = products.type === "present" ? products.value.find((product) => DEVICE.test(product)) : undefined;
  if (device !== undefined) found.push(`it has a licence for a device or a telephone line (${device})`);
  if (used.type === "present" && signIn.state !== "last signed in") found.push(`an app was used on ${dayOf(used.value)}`);
  if (created !== undefined && now - created < YOUNG_DAYS * DAY_MS) found.push(`it is younger than ${YOUNG_DAYS} days`);
  if (hired !== undefined && hired > now - DAY_MS) found.push(`its owner starts on ${dayOf(hired)}`);
  if (guest && pending) found.push("it is a guest whose invitation is pending");
  return found;
};

/** What nobody can say, and would have to be said first. */
const doubts = ({ signIn, roles, mailbox, used, products }: DeletionFacts): readonly string[] => {
  const found: string[] = [];
  if (signIn.state === "unknown") found.push(`whether it ever signed in is unknown: ${signIn.because}`);
  if (roles.type !== "present") found.push("whether it holds a role could not be read");
  // Said already where it is what leaves the sign-in unknown.
  if (used.type === "unknown" && !(signIn.state === "unknown" && signIn.reason === "use-unread"))
    found.push(`whether an app was used is unknown: ${used.because}`);
  if (products.type === "unknown") found.push("what its licences are for could not be read");
  if (mailbox === "unknown") found.push("what its mailbox is for could not be read");
  return found;
};

export const deletionOf = (facts: DeletionFacts): Deletion => {
  const against = objections(facts);
  const unsure = doubts(facts);
  if (against.length > 0) return { answer: "no", reasons: [...against, ...unsure] };
  if (unsure.length > 0) return { answer: "unknown", reasons: unsure };
  return {
    answer: "yes",
    reasons: ["it never signed in, no app was used, and it is old enough", "it holds no role, is not synced and has no mailbox that others use"],
  };
};

/**
 * Nothing speaks against it but what its mailbox may be for, so that is worth a question. Where an app was used without a sign-in it is,
 * too: in a shared mailbox that is what others do.
 */
export const isCandidate = ({ signIn, used, ...facts }: Omit<DeletionFacts, "mailbox">): boolean => {
  const isOthers = signIn.state === "unknown" && signIn.reason === "app-used";
  const asked: Pick<DeletionFacts, "signIn" | "used"> = isOthers ? { signIn: { state: "never signed in" }, used: absent } : { signIn, used };
  return deletionOf({ ...facts, ...asked, mailbox: undefined }).answer === "yes";
};
