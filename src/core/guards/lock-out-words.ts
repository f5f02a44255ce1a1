/** What keeps accounts out, in words: what it is, whom it is about, and the way out. */

import { type Strengths, strengthNamed, wordsOf } from "../means.ts";
import type { Wanted } from "../sign-in.ts";
import { GLOBAL_ADMINISTRATOR, type Known } from "../tenant.ts";
import { listed } from "./guard.ts";
import type { Entry, Obstacle, Passage } from "./passage.ts";

const REGISTER = "https://aka.ms/mysecurityinfo";

export const whyUnknown = (known: Known<unknown>): string => (known.type === "unknown" ? known.because : "the service told nothing");

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
export const withMeans = ({ address, means }: Entry): string => {
  const words = wordsOf(means.later);
  const [both] = wordsOf(means.now).filter((word) => words.includes(word));
  const word = both ?? words[0];
  return word === undefined ? address : `${address} (${word})`;
};

/** One thing in the way, and everybody whom it keeps out. */
export type Cause = { readonly obstacle: Obstacle; readonly entries: readonly Entry[] };

const keyOf = (obstacle: Obstacle): string => {
  if (obstacle.type === "policy") return `policy ${obstacle.id} ${obstacle.answer} ${obstacle.already} ${obstacle.applies} ${obstacle.because}`;
  return obstacle.type === "asked" ? `asked ${obstacle.by}` : `${obstacle.type} ${obstacle.answer} ${obstacle.already}`;
};

export const causesOf = (entries: readonly Entry[], counts: (obstacle: Obstacle) => boolean): readonly Cause[] => {
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
    return { detail, hint: already ? `${hint}; or let them use what they have, in the admin centre` : `${hint}, before it; or leave on what they use` };
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
export const saidOf = ({ obstacle, entries }: Cause, passage: Passage, first: readonly Entry[]): Said => {
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
