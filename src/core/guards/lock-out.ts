/**
 * Somebody can always get in to mend the tenant: in every state that it passes through two Global Administrators, one of them
 * an emergency account, reach the admin centre and Microsoft Graph from wherever they are. Who, and why it holds, is told with
 * every dry run. Design, "What must never happen", 1.
 */

import type { Finding } from "../changes.ts";
import { type Strengths, strengthNamed, wordsOf } from "../means.ts";
import type { Wanted } from "../sign-in.ts";
import { GLOBAL_ADMINISTRATOR, type Known, type LiveAccount, type LookedUp } from "../tenant.ts";
import { type Guard, type GuardInput, listed } from "./guard.ts";
import { type Answer, type Entry, entryOf, type Obstacle, type Passage, passageOf, worstOf } from "./passage.ts";

const GUARD = "lock-out";
const AT_LEAST = 2;
const REGISTER = "https://aka.ms/mysecurityinfo";

const finding = (verdict: Finding["verdict"], detail: string, more: Partial<Finding> = {}): Finding => ({
  guard: GUARD,
  verdict,
  detail,
  allowable: false,
  ...more,
});

const whyUnknown = (known: Known<unknown>): string => (known.type === "unknown" ? known.because : "the service told nothing");

/** An emergency account depends on nothing but this tenant. What is wrong with it is told by the guard of emergency accounts. */
const isSound = ({ enabled, synced, federated, roles }: LiveAccount): Answer =>
  worstOf([
    enabled && !synced ? "yes" : "no",
    federated.type === "present" ? (federated.value ? "no" : "yes") : "unknown",
    roles.type === "present" ? (roles.value.includes(GLOBAL_ADMINISTRATOR) ? "yes" : "no") : "unknown",
  ]);

type Seat = { readonly entry: Entry; readonly emergency: boolean /** With what is wrong with the account itself. */; readonly answer: Answer };

type Table = {
  readonly passage: Passage;
  readonly emergency: readonly Seat[];
  readonly others: readonly Seat[];
  readonly unlooked: number;
  /** Why nobody can say who else is an administrator. */
  readonly unread: string | undefined;
  readonly operator: Known<Entry>;
};

const entriesOf = (passage: Passage, accounts: readonly LookedUp[]): readonly Entry[] => {
  const byId = new Map(
    accounts.flatMap(({ address, account }) => (account.type === "present" ? [[account.value.id, { address, account: account.value }] as const] : [])),
  );
  return [...byId.values()].map(({ address, account }) => entryOf(passage, address, account));
};

const tableOf = (input: GuardInput): Table => {
  const { observed, plan } = input;
  const passage = passageOf(input);
  const named = new Set(plan.emergencyAccounts);
  const emergency = entriesOf(
    passage,
    observed.emergency.filter(({ address }) => named.has(address)),
  ).map((entry) => ({ entry, emergency: true, answer: worstOf([entry.answer, isSound(entry.account)]) }));
  const { access } = observed;
  const administrators = access?.type === "present" ? access.value.administrators : undefined;
  const looked = administrators?.type === "present" ? administrators.value : undefined;
  const others = entriesOf(passage, looked?.looked ?? [])
    .filter(({ account }) => !emergency.some(({ entry }) => entry.account.id === account.id))
    .map((entry) => ({ entry, emergency: false, answer: entry.account.enabled ? entry.answer : ("no" as const) }));
  const me: Known<LookedUp> = access?.type === "present" ? access.value.operator : { type: "unknown", because: whyNobodyLooked(input) };
  return {
    passage,
    emergency,
    others,
    unlooked: looked?.unlooked ?? 0,
    unread: looked === undefined ? (administrators === undefined ? whyNobodyLooked(input) : whyUnknown(administrators)) : undefined,
    operator: operatorIn(me, [...emergency, ...others], passage),
  };
};

const whyNobodyLooked = ({ observed: { access } }: GuardInput): string => (access?.type === "unknown" ? access.because : "nobody looked");

const operatorIn = (me: Known<LookedUp>, seats: readonly Seat[], passage: Passage): Known<Entry> => {
  if (me.type !== "present") return me;
  const { address, account } = me.value;
  if (account.type !== "present") return { type: "unknown", because: `${address} could not be looked up: ${whyUnknown(account)}` };
  const { value } = account;
  const seat = seats.find(({ entry }) => entry.account.id === value.id);
  return { type: "present", value: seat?.entry ?? entryOf(passage, address, value) };
};

const isEnough = (seats: readonly Seat[]): boolean => seats.length >= AT_LEAST && seats.some(({ emergency }) => emergency);

// ---- in words

const CONTROLS: Readonly<Record<string, string>> = {
  mfa: "MFA",
  compliantDevice: "a compliant device",
  domainJoinedDevice: "a device joined to a domain",
  approvedApplication: "an approved app",
  compliantApplication: "a protected app",
  passwordChange: "a new password",
  riskRemediation: "their risk put right",
};

const controlIn = (control: string, strengths: Strengths): string => {
  if (control.startsWith("strength:")) {
    const id = control.slice("strength:".length);
    return `the strength ${JSON.stringify(strengthNamed(id, strengths)?.name ?? id)}`;
  }
  if (control.startsWith("terms-of-use:")) return "consent to terms of use";
  return CONTROLS[control] ?? JSON.stringify(control.replace(/^(custom|unknown):/, ""));
};

const wantedIn = ({ any, controls }: Wanted, strengths: Strengths): string => {
  const words = controls.map((control) => controlIn(control, strengths));
  return any ? words.join(" or ") : listed(words);
};

const isBlock = ({ controls }: Wanted): boolean => controls.includes("block");

/** `emergency-1@... (passkey)` */
const withMeans = ({ address, means }: Entry): string => {
  const words = wordsOf(means.later);
  const [both] = wordsOf(means.now).filter((word) => words.includes(word));
  const word = both ?? words[0];
  return word === undefined ? address : `${address} (${word})`;
};

/** One thing in the way, and everybody whom it keeps out. */
type Cause = { readonly obstacle: Obstacle; readonly entries: readonly Entry[] };

const keyOf = (obstacle: Obstacle): string => {
  if (obstacle.type === "policy") return `policy ${obstacle.id} ${obstacle.answer} ${obstacle.already} ${obstacle.applies} ${obstacle.because}`;
  return obstacle.type === "asked" ? `asked ${obstacle.by}` : `${obstacle.type} ${obstacle.answer} ${obstacle.already}`;
};

const causesOf = (entries: readonly Entry[], counts: (obstacle: Obstacle) => boolean): readonly Cause[] => {
  const causes = new Map<string, Cause>();
  for (const entry of entries) {
    const own = entry.obstacles.filter(counts);
    // Who can do nothing that lasts is told so once, and not once more for each policy that asks for MFA.
    const bare = own.some(({ type }) => type === "methods");
    for (const obstacle of own) {
      if (bare && ((obstacle.type === "policy" && obstacle.wanted.controls.every((control) => control === "mfa")) || obstacle.type === "asked")) continue;
      const key = keyOf(obstacle);
      const cause = causes.get(key);
      causes.set(key, { obstacle: cause?.obstacle ?? obstacle, entries: [...(cause?.entries ?? []), entry] });
    }
  }
  return [...causes.values()];
};

type Said = { readonly detail: string; readonly hint: string };

const namesOf = (entries: readonly Entry[]): string => listed(entries.map(({ address }) => address));

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Ids that somebody here has a name for. */
const withNames = (because: string, entries: readonly Entry[]): string =>
  because.replace(GUID, (id) => {
    if (id === GLOBAL_ADMINISTRATOR) return "Global Administrator";
    const name = entries.map(({ account }) => account.groupNames?.get(id)).find((each) => each !== undefined);
    return name === undefined ? id : `"${name}" (${id})`;
  });

type InTheWay = Extract<Obstacle, { readonly type: "policy" }>;

const ofPolicy = (obstacle: InTheWay, entries: readonly Entry[], toMend: readonly Entry[], strengths: Strengths): Said => {
  const { name, id, already, applies, wanted, doors, byCountry, byNetwork } = obstacle;
  const who = namesOf(entries);
  const because = withNames(obstacle.because, entries);
  const where = `${listed(doors)}${byCountry ? ", from some countries" : byNetwork ? ", from an address in no named network" : ""}`;
  const mend = namesOf(toMend);
  const hint = `exclude ${mend} from the policy "${name}"${toMend.length > 1 ? ", each" : ""} by naming the account itself`;
  const policy = `the policy "${name}" (${id})`;
  if (applies === "unknown") {
    const does = isBlock(wanted) ? "it blocks" : `it asks for ${wantedIn(wanted, strengths)}`;
    return { detail: `whether ${policy} keeps ${who} out of ${where} is not known: ${because}; ${does}`, hint };
  }
  if (isBlock(wanted)) return { detail: `${policy} ${already ? "blocks" : "would block"} ${who} in ${where}: ${because}`, hint };
  const asks = `${policy} ${already ? "asks" : "would ask"} ${who} for ${wantedIn(wanted, strengths)} in ${where} (${because})`;
  if (obstacle.answer === "unknown") return { detail: `${asks}, and nobody can say whether they can do that`, hint };
  const have = [...new Set(entries.flatMap(({ means }) => wordsOf(means.later)))];
  return {
    detail: `${asks}, and what they have registered and may use does not meet it${have.length === 0 ? "" : ` (${listed(have)})`}`,
    hint: `register a method for ${mend} that meets it, such as a passkey, or ${hint}`,
  };
};

const ofMethods = ({ answer, already }: Extract<Obstacle, { readonly type: "methods" }>, entries: readonly Entry[], { methods }: Passage): Said => {
  const who = namesOf(entries);
  const hint = `register a passkey or an authenticator app for ${who}, at ${REGISTER}, and try it`;
  if (answer === "no") {
    const detail = already
      ? `${who} cannot get in: nothing that they have registered, and may use, is taken by the admin centres' own MFA`
      : `the change of methods would take from ${who} the last one with which they get in`;
    return { detail, hint: already ? hint : `${hint}, before it; or leave on what they use` };
  }
  const unread = entries.find(({ account }) => account.methods.type !== "present");
  if (unread !== undefined)
    return {
      detail: `with what ${who} could sign in is not known: ${whyUnknown(unread.account.methods)}`,
      hint: "run it again; if it stays so, check that this tool may read registered methods",
    };
  if (methods.later.type !== "present")
    return {
      detail: `which methods ${who} may use is not known: ${whyUnknown(methods.later)}`,
      hint: "run it again; if it stays so, check that this tool may read the policies",
    };
  const elsewhere = entries.find(({ account: { federated } }) => federated.type !== "present" || federated.value);
  if (elsewhere !== undefined) {
    const { federated } = elsewhere.account;
    const why =
      federated.type === "present"
        ? "their password is asked for by another server"
        : `whether their domain is federated is not known: ${whyUnknown(federated)}`;
    return { detail: `whether ${who} can use what they have registered is not known: ${why}`, hint };
  }
  const legacy =
    methods.later.value.migration === "complete" ? "" : ": older settings, which nobody can read, allow methods as well until the migration is complete";
  return { detail: `whether ${who} may use what they have registered is not known${legacy}`, hint };
};

/** @param first whose way in is to be mended first, where they are among those whom it is about */
const saidOf = ({ obstacle, entries }: Cause, passage: Passage, first: readonly Entry[]): Said => {
  switch (obstacle.type) {
    case "policy": {
      const own = entries.filter((entry) => first.includes(entry));
      return ofPolicy(obstacle, entries, own.length > 0 ? own : entries, passage.strengths);
    }
    case "methods":
      return ofMethods(obstacle, entries, passage);
    case "policies":
      return { detail: `whether a policy keeps ${namesOf(entries)} out is not known: ${obstacle.because}`, hint: "run it again" };
    case "asked":
      return {
        detail: `${obstacle.by} would ask ${namesOf(entries)} for MFA, and nothing that they have registered, and may use, meets it`,
        hint: `register an authenticator app first, at ${REGISTER}`,
      };
  }
};

const findingOf = (cause: Cause, passage: Passage, first: readonly Entry[], tail: string): Finding => {
  const { detail, hint } = saidOf(cause, passage, first);
  return finding(cause.obstacle.answer === "no" ? "stop" : "unclear", `${detail}${tail}`, { hint, accounts: cause.entries.map(({ address }) => address) });
};

const CONDITION = "two administrators must get in at any time, one of them an emergency account";

const onlyOf = (seats: readonly Seat[]): string =>
  seats.length === 0 ? "that is certain of nobody" : `that is certain only of ${listed(seats.map(({ entry }) => withMeans(entry)))}`;

// ---- judged

const tooFew = ({ passage, emergency, others, unread }: Table, isNew: (obstacle: Obstacle) => boolean): readonly Finding[] => {
  const seats = [...emergency, ...others];
  const tail = `; ${CONDITION}, and ${onlyOf(seats.filter(({ answer }) => answer === "yes"))}`;
  const all = causesOf(
    seats.filter(({ answer }) => answer !== "yes").map(({ entry }) => entry),
    isNew,
  );
  // Without any emergency account it is of no use what keeps the others out.
  const isLeft = emergency.some(({ answer }) => answer === "yes");
  const causes = all.filter(({ entries }) => isLeft || entries.some((each) => emergency.some(({ entry }) => entry === each)));
  if (causes.length > 0)
    return causes.map((cause) =>
      findingOf(
        cause,
        passage,
        emergency.map(({ entry }) => entry),
        tail,
      ),
    );
  const possible = isEnough(seats.filter(({ answer }) => answer !== "no")) || (unread !== undefined && emergency.some(({ answer }) => answer !== "no"));
  const more = unread === undefined ? "" : `; who else is an administrator could not be read: ${unread}`;
  return [
    finding(possible ? "unclear" : "stop", `${CONDITION}; ${onlyOf(seats.filter(({ answer }) => answer === "yes"))}${more}`, {
      hint: "put right what is said of the emergency accounts; make a second Global Administrator with a passkey where there is only one",
    }),
  ];
};

/** Whoever works with the tool would be shut out half-way, with nobody to go on. */
const shutOut = ({ operator, passage }: Table): readonly Finding[] => {
  if (operator.type === "absent") return [];
  if (operator.type === "unknown") {
    return [
      finding("unclear", `who is signed in to this tool, and whether they would be shut out, is not known: ${operator.because}`, {
        hint: "run it again; if it stays so, sign in anew",
      }),
    ];
  }
  const entry = operator.value;
  if (entry.onlyInside.length > 0) return [];
  return causesOf([entry], ({ already }) => !already).map((cause) => findingOf(cause, passage, [], ": this is the account that you are signed in with"));
};

const othersSaid = ({ others, unlooked, unread }: Table): string => {
  if (unread !== undefined) return `; who else is an administrator could not be read: ${unread}`;
  if (others.length === 0) return "";
  const inside = others.filter(({ answer }) => answer === "yes").length;
  const more = unlooked === 0 ? "" : ` (${unlooked.toLocaleString("en-GB")} more were not looked at)`;
  if (others.length === 1) return `; the other administrator does${inside === 1 ? " as well" : " not"}${more}`;
  return `; so do ${inside === others.length ? (inside === 2 ? "both" : `all ${inside}`) : `${inside === 0 ? "none" : inside} of ${others.length}`} other administrators${more}`;
};

const insideSaid = ({ others, operator }: Table): string => {
  const entries = [...others.map(({ entry }) => entry), ...(operator.type === "present" ? [operator.value] : [])];
  const inside = [
    ...new Map(entries.filter(({ answer, onlyInside }) => answer !== "yes" && onlyInside.length > 0).map((entry) => [entry.address, entry])).values(),
  ];
  return inside.map(({ address, onlyInside }) => `; ${address} only from inside ${listed(onlyInside.map((name) => `"${name}"`))}`).join("");
};

const holds = (input: GuardInput, table: Table): Finding => {
  const safe = table.emergency.filter(({ answer }) => answer === "yes");
  const backed = safe.length >= AT_LEAST ? [] : table.others.filter(({ answer }) => answer === "yes").slice(0, 1);
  const who = [...safe, ...backed];
  const when = input.diff.changes.length === 0 ? "" : " before, during and after";
  const rest = { ...table, others: table.others.filter((seat) => !backed.includes(seat)) };
  return finding(
    "go",
    `${listed(who.map(({ entry }) => withMeans(entry)))} get into the admin centre and Microsoft Graph${when}, from any address${othersSaid(rest)}${insideSaid(table)}`,
    {
      accounts: who.map(({ entry }) => entry.address),
    },
  );
};

const check = (input: GuardInput): readonly Finding[] => {
  // Nothing is going to be written, so nobody asked.
  if (input.observed.access?.type === "absent") return [];
  const table = tableOf(input);
  const safe = [...table.emergency, ...table.others].filter(({ answer }) => answer === "yes");
  return [...(isEnough(safe) ? [holds(input, table)] : tooFew(table, () => true)), ...shutOut(table)];
};

/** Of a way back only what it would make worse: it must not be refused for what was so before it. */
export const madeWorse = (input: GuardInput): readonly Finding[] => {
  if (input.observed.access?.type === "absent") return [];
  const table = tableOf(input);
  const isNew = ({ already }: Obstacle): boolean => !already;
  const seats = [...table.emergency, ...table.others];
  if (isEnough(seats.filter(({ answer }) => answer === "yes"))) return [holds(input, table), ...shutOut(table)];
  const worse = seats.some(({ entry }) => entry.obstacles.some(isNew));
  return [...(worse ? tooFew(table, isNew) : []), ...shutOut(table)];
};

export const lockOut: Guard = {
  name: GUARD,
  about: "in every state that the tenant passes through, two administrators get into the admin centre and Graph, one of them an emergency account",
  allowable: false,
  check,
};
