/** What of all that an account has registered counts for the plan, and whether that is enough. Facts, section 7.10. */

import { METHOD_BITS } from "../methods.ts";
import type { CountedMethods, MethodWord } from "../plan/plan.ts";
import type { Allowed, Answer, Use } from "./allowed.ts";
import { bitOf, type MethodName, type MethodWords } from "./registration.ts";

/** What was told of an account. `capable`: the service's own word; undefined: it is worked out from the methods. */
export type Told = {
  readonly capable: boolean | undefined;
  /** Bits of `MethodWords`. */
  readonly methods: number;
  /** The default method in the service's word; undefined: not told. */
  readonly preferred: string | undefined;
};

export type Standing = {
  readonly state: "ready" | "not ready" | "unknown";
  /** Why not, or what to know of it although; null: nothing. */
  readonly because: string | null;
  /** The plan's words for what counts; `perhaps call`: nobody can say whether they may use it. */
  readonly counts: readonly string[];
  readonly capable: "yes" | "registered only" | "no" | "unknown";
};

type Sort = keyof typeof METHOD_BITS;
/** One way to use what is registered. `word`: the plan's; not there: the plan has none for it. */
type Way = { readonly sort: Sort; readonly word?: MethodWord; readonly label: string; readonly answer: Answer };

const THINGS = {
  app: "the app",
  code: "a code",
  mobile: "a number",
  telephone: "a telephone number",
  passkey: "a passkey",
  hello: "Windows Hello",
  token: "a hardware token",
  certificate: "a certificate",
  pass: "a Temporary Access Pass",
  other: "another provider's method",
} as const satisfies Record<Sort, string>;

const LEFT_OUT = {
  app: "the app does not count",
  code: "codes do not count",
  call: "calls do not count",
  text: "texts do not count",
  passkey: "passkeys do not count",
  hello: "Windows Hello does not count",
  token: "tokens do not count",
} as const satisfies Record<MethodWord, string>;

/** As the admin centre calls what allows them. */
const SETTINGS = {
  app: "the Authenticator app",
  code: "a software code",
  call: "Voice",
  text: "SMS",
  passkey: "a passkey",
  certificate: "a certificate",
  temporaryAccessPass: "a Temporary Access Pass",
} as const satisfies Record<Use, string>;

const DEFAULTS: Readonly<Record<string, MethodWord>> = {
  push: "app",
  oath: "code",
  voicemobile: "call",
  voicealternatemobile: "call",
  voiceoffice: "call",
  sms: "text",
};

/** The plan's word for a default method; one that is new to us stays as the service has it. */
export const defaultWord = (preferred: string): string =>
  preferred === "" || preferred === "none" ? "none" : (DEFAULTS[preferred.toLowerCase()] ?? preferred);

const SORTS: readonly Sort[] = ["app", "code", "mobile", "telephone", "passkey", "hello", "token", "certificate", "pass", "other"];

const waysOf = (sort: Sort, sorts: number, allowed: Allowed): readonly Way[] => {
  switch (sort) {
    case "app":
      return [{ sort, word: "app", label: "app", answer: allowed.app }];
    case "code": {
      // The app shows codes as well, by a switch of its own.
      const byApp = allowed.code === "no" && (sorts & METHOD_BITS.app) !== 0 && allowed.app !== "no";
      return [{ sort, word: "code", label: "code", answer: byApp ? "unknown" : allowed.code }];
    }
    case "mobile":
      return [
        { sort, word: "call", label: "call", answer: allowed.call },
        { sort, word: "text", label: "text", answer: allowed.text },
      ];
    case "telephone":
      return [{ sort, word: "call", label: "call", answer: allowed.call }];
    case "passkey":
      return [{ sort, word: "passkey", label: "passkey", answer: allowed.passkey }];
    // The policy of methods has no setting for it.
    case "hello":
      return [{ sort, word: "hello", label: "hello", answer: "yes" }];
    // v1.0 does not tell theirs.
    case "token":
      return [{ sort, word: "token", label: "token", answer: "unknown" }];
    case "other":
      return [{ sort, label: "another provider's method", answer: "unknown" }];
    case "certificate":
      return [{ sort, label: "certificate", answer: allowed.certificate }];
    case "pass":
      return [{ sort, label: "Temporary Access Pass", answer: allowed.temporaryAccessPass }];
  }
};

/** What the service says of them all together decides what nobody could say of each. */
const withTheServicesWord = (ways: readonly Way[], capable: boolean | undefined, isWhole: boolean): readonly Way[] => {
  if (capable === false) return ways.map((way) => ({ ...way, answer: "no" }));
  const possible = ways.filter(({ answer }) => answer !== "no");
  return capable === true && isWhole && possible.length === 1 ? ways.map((way) => (way.answer === "no" ? way : { ...way, answer: "yes" })) : ways;
};

const listed = (words: readonly string[]): string => (words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
const NUMBERS = ["no", "one", "two", "three", "four"];
const numberWord = (count: number): string => NUMBERS[count] ?? String(count);

const WEAK: readonly (readonly [MethodName, string])[] = [
  ["email", "e-mail"],
  ["securityQuestion", "security questions"],
  ["qrCodePin", "a QR code and PIN"],
];

const settingOf = ({ sort, word }: Way): string => {
  if (word !== undefined && word !== "hello" && word !== "token") return SETTINGS[word];
  return sort === "certificate" ? SETTINGS.certificate : sort === "pass" ? SETTINGS.temporaryAccessPass : THINGS[sort];
};

const notAllowed = (ways: readonly Way[]): string => {
  const names = [...new Set(ways.map(settingOf))];
  return names.length === 2 ? `neither ${names[0]} nor ${names[1]} is allowed to them` : `${names.join(", ")} is not allowed to them`;
};

/** Which of the sorts count, for certain or perhaps. */
type Counted = { readonly found: readonly Sort[]; readonly certain: number; readonly perhaps: number; readonly isOneTelephone: boolean };

const countedIn = (counted: readonly Way[], shared: boolean): Counted => {
  const isCertain = (sort: Sort): boolean => counted.some((way) => way.sort === sort && way.answer === "yes");
  const found = SORTS.filter((sort) => counted.some((way) => way.sort === sort));
  // The app registers its code by itself, and shows both on one telephone in one hand.
  const isOneTelephone = shared && found.includes("app") && found.includes("code");
  const certain = found.filter(isCertain).length - (isOneTelephone && isCertain("app") && isCertain("code") ? 1 : 0);
  return { found, certain, perhaps: found.length - (isOneTelephone ? 1 : 0) - certain, isOneTelephone };
};

/**
 * Compiles what the plan counts.
 *
 * @param words in which the rows were told
 * @param plan undefined: whatever the service takes for MFA counts, once
 * @returns of one account; the same value for the same question. `shared`: several people use it
 */
export const standingBy = (words: MethodWords, plan: CountedMethods | undefined): ((told: Told, allowed: Allowed, shared: boolean) => Standing) => {
  const { atLeast, notCount } = plan ?? { atLeast: 1, notCount: [] };

  const decide = ({ capable, methods, preferred }: Told, allowed: Allowed, shared: boolean): Standing => {
    const sorts = words.sorts(methods);
    const strange = words.strange(methods);
    const isNothing = sorts === 0 && strange.length === 0;
    const wanted = shared ? Math.max(2, atLeast) : Math.max(1, atLeast);
    // Then the plan counts everything that satisfies MFA, whatever it is called.
    const anything = wanted === 1 && notCount.length === 0;
    const isRegistered = (sort: Sort): boolean => (sorts & METHOD_BITS[sort]) !== 0;
    const bare = SORTS.filter(isRegistered).flatMap((sort) => waysOf(sort, sorts, allowed));
    const ways = withTheServicesWord(bare, capable, strange.length === 0);
    // A pass runs out, so it counts only where the service itself takes it for enough.
    const isCounted = ({ word, sort }: Way): boolean => (word === undefined ? anything && (sort !== "pass" || capable === true) : !notCount.includes(word));
    const possible = ways.filter(({ answer }) => answer !== "no");
    const counted = possible.filter(isCounted);
    const { found, certain, perhaps, isOneTelephone } = countedIn(counted, shared);
    const able = capable ?? (ways.some(({ answer }) => answer === "yes") ? true : possible.length > 0 || strange.length > 0 ? undefined : false);
    const counts = [...new Set(counted.filter(({ answer }) => answer === "yes").map(({ label }) => label))];
    const maybe = [...new Set(counted.filter(({ label }) => !counts.includes(label)).map(({ label }) => `perhaps ${label}`))];
    const standing = (state: Standing["state"], because: string | null): Standing => ({
      state,
      because,
      counts: [...counts, ...maybe],
      capable: able === undefined ? "unknown" : able ? "yes" : isNothing ? "no" : "registered only",
    });

    const whyNotOne = (sort: Sort): string => {
      const isIt = (way: Way): boolean => way.sort === sort;
      const refused = bare.filter((way) => isIt(way) && way.answer === "no" && (isCounted(way) || capable === false));
      const out = capable === false ? [] : ways.filter(isIt).flatMap(({ word }) => (word !== undefined && notCount.includes(word) ? [LEFT_OUT[word]] : []));
      if (refused.length + out.length > 0) return `${THINGS[sort]}, but ${[...(refused.length === 0 ? [] : [notAllowed(refused)]), ...out].join(" and ")}`;
      if (capable === false) return `${THINGS[sort]}, which the service says they may not use`;
      return sort === "pass" ? `${THINGS[sort]}, which runs out` : `${THINGS[sort]}, which this plan does not count`;
    };

    const whyNot = (): string => {
      if (isNothing) {
        const weak = WEAK.filter(([name]) => (methods & bitOf(name)) !== 0).map(([, text]) => text);
        if (weak.length > 0) return `only ${listed(weak)}`;
        // Account by account neither questions nor hardware tokens are told.
        return capable === undefined ? "no method is told; a hardware token would not be" : "nothing is registered";
      }
      if (certain > 0) {
        const has = isOneTelephone ? "the app and its code on one telephone" : `${numberWord(certain)} method${certain === 1 ? "" : "s"} (${listed(counts)})`;
        return `${has}, ${shared ? "a shared account needs" : "the plan asks for"} ${numberWord(wanted)}`;
      }
      return [...SORTS.filter(isRegistered).map(whyNotOne), ...strange.map((word) => `${word}, which the service says they may not use`)].join("; ");
    };

    const remark = (): string | null => {
      const usual = preferred === undefined ? undefined : DEFAULTS[preferred.toLowerCase()];
      if (usual !== undefined && notCount.includes(usual) && counts.length > 0) return `${usual} is their default where ${listed(counts)} is wanted`;
      const others = found.filter((sort) => sort !== "app" && sort !== "code").length;
      return wanted > 1 && found.includes("app") && found.includes("code") && others + 1 < wanted ? "the app and its code may be one telephone" : null;
    };

    const whyUnknown = (): string => {
      const [first] = strange;
      if (first !== undefined) return `this tool does not know the method ${first}`;
      const open = [...new Set(counted.filter(({ answer }) => answer === "unknown").map(settingOf))];
      return `whether ${listed(open)} is allowed to them is not known`;
    };

    if (capable === false) return standing("not ready", whyNot());
    if (capable === true && possible.length === 0 && strange.length === 0)
      return standing(
        "unknown",
        sorts === 0 ? "the service calls them capable and names no method" : `the service calls them capable, but ${notAllowed(bare)}`,
      );
    // One of those that may be allowed is, and all of them count.
    const isOneOfThem = capable === true && wanted === 1 && strange.length === 0 && possible.every(isCounted);
    if (certain >= wanted || isOneOfThem || (capable === true && anything)) return standing("ready", remark());
    if (certain + perhaps >= wanted || strange.length > 0) return standing("unknown", whyUnknown());
    return standing("not ready", whyNot());
  };

  // No text is made for a key: a million accounts pass.
  const kept = new Map<Allowed, Map<string | undefined, Map<number, Standing>>>();
  const keptFor = (allowed: Allowed, preferred: string | undefined): Map<number, Standing> => {
    const byDefault = kept.get(allowed) ?? new Map<string | undefined, Map<number, Standing>>();
    if (byDefault.size === 0) kept.set(allowed, byDefault);
    const own = byDefault.get(preferred) ?? new Map<number, Standing>();
    if (own.size === 0) byDefault.set(preferred, own);
    return own;
  };
  return (told, allowed, shared) => {
    const own = keptFor(allowed, told.preferred);
    const key = told.methods * 6 + (told.capable === undefined ? 0 : told.capable ? 1 : 2) * 2 + (shared ? 1 : 0);
    const known = own.get(key);
    if (known !== undefined) return known;
    const made = decide(told, allowed, shared);
    own.set(key, made);
    return made;
  };
};
