/** In which of the plan's words methods are told, and which of what somebody has registered counts. */

import { METHOD_BITS, methodBits } from "../methods.ts";
import { type AllowableMethod, METHODS, type MethodWord } from "../plan/plan.ts";

/** All words that a plan has for methods, those that can count first. */
type PlanWord = MethodWord | AllowableMethod;
export const PLAN_WORDS: readonly PlanWord[] = [...METHODS, "certificate", "temporaryAccessPass", "email"];

const BITS_OF = {
  app: METHOD_BITS.app,
  code: METHOD_BITS.code,
  call: METHOD_BITS.mobile | METHOD_BITS.telephone,
  text: METHOD_BITS.mobile,
  passkey: METHOD_BITS.passkey,
  hello: METHOD_BITS.hello,
  token: METHOD_BITS.token,
  certificate: METHOD_BITS.certificate,
  temporaryAccessPass: METHOD_BITS.pass,
} as const satisfies Record<Exclude<PlanWord, "email">, number>;

/** The plan's words for what is registered; a mobile number is both a call and a text. */
export const planWordsOf = (registered: readonly string[]): readonly PlanWord[] => {
  const bits = methodBits(registered);
  const hasMail = registered.some((word) => word.toLowerCase() === "email");
  return PLAN_WORDS.filter((word) => (word === "email" ? hasMail : (bits & BITS_OF[word]) !== 0));
};

/** What of the service's words the plan has no word for: security questions, for one. */
export const wordlessIn = (registered: readonly string[]): readonly string[] => registered.filter((word) => planWordsOf([word]).length === 0);

export type Counting = {
  /** What counts for the plan, in its words. */
  readonly counted: readonly string[];
  /** What the plan counts, and of which nobody can say whether the tenant lets the account use it. */
  readonly uncertain: readonly string[];
};

const PERHAPS = "perhaps ";
const LABELS: Readonly<Record<string, string>> = { "Temporary Access Pass": "temporaryAccessPass" };
const wordFor = (label: string): string => LABELS[label] ?? label;

/** @param counts as `standingBy` tells it: `app`, `perhaps call` */
export const countingIn = (counts: readonly string[]): Counting => ({
  counted: counts.filter((label) => !label.startsWith(PERHAPS)).map(wordFor),
  uncertain: counts.filter((label) => label.startsWith(PERHAPS)).map((label) => wordFor(label.slice(PERHAPS.length))),
});
