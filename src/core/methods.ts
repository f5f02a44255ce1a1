/** What of all that an account can register counts as ready, by the plan's words. Facts, section 7.10. */

import type { CountedMethods, MethodWord } from "./plan/plan.ts";

/** Sorts of methods, a bit each: a mobile telephone takes calls and texts, any other only calls. */
export const METHOD_BITS = { app: 1, code: 2, mobile: 4, telephone: 8, passkey: 16, hello: 32, token: 64, other: 128, certificate: 256, pass: 512 } as const;
type Sort = keyof typeof METHOD_BITS;

/** The words of the registration report, in lower case. It is an open set, in which e-mail and security questions are no MFA. */
const SORTS: Readonly<Record<string, Sort>> = {
  microsoftauthenticatorpush: "app",
  microsoftauthenticatorpasswordless: "app",
  softwareonetimepasscode: "code",
  mobilephone: "mobile",
  alternatemobilephone: "telephone",
  officephone: "telephone",
  fido2: "passkey",
  passkeydevicebound: "passkey",
  passkeydeviceboundauthenticator: "passkey",
  passkeysynced: "passkey",
  windowshelloforbusiness: "hello",
  hardwareonetimepasscode: "token",
  certificatebasedauthentication: "certificate",
  temporaryaccesspass: "pass",
  externalauthmethod: "other",
  macossecureenclavekey: "other",
};

/** @param registered as `methodsRegistered` of the report has it; what is no MFA, or new to us, is no bit. */
export const methodBits = (registered: readonly string[]): number => {
  let bits = 0;
  for (const word of registered) {
    const sort = SORTS[word.toLowerCase()];
    if (sort !== undefined) bits |= METHOD_BITS[sort];
  }
  return bits;
};

/** A sort counts as long as one of its words does. */
const WORDS = {
  app: ["app"],
  code: ["code"],
  mobile: ["call", "text"],
  telephone: ["call"],
  passkey: ["passkey"],
  hello: ["hello"],
  token: ["token"],
} as const satisfies Partial<Record<Sort, readonly MethodWord[]>>;

/** Sorts that the plan counts: each for which one of its words is not left out. */
const countedBits = (notCount: CountedMethods["notCount"]): readonly number[] =>
  Object.entries(WORDS)
    .filter(([, words]) => words.some((word) => !notCount.includes(word)))
    .flatMap(([sort]) => (isSort(sort) ? [METHOD_BITS[sort]] : []));

/** How many of the sorts of methods that the plan counts are among these, by bits. */
export const countIn = ({ notCount }: Pick<CountedMethods, "notCount">): ((bits: number) => number) => {
  const counted = countedBits(notCount);
  return (bits) => counted.filter((bit) => (bits & bit) !== 0).length;
};

/**
 * Whether an account is ready. `capable` is what the service says, which knows what the tenant's policies allow: without it
 * nobody is. Where the plan counts everything once that is all there is to know, certificates and the like included.
 */
export const readyBy = ({ atLeast, notCount }: CountedMethods): ((capable: boolean, bits: number) => boolean) => {
  if (atLeast <= 1 && notCount.length === 0) return (capable) => capable;
  const count = countIn({ notCount });
  return (capable, bits) => capable && count(bits) >= atLeast;
};

const isSort = (text: string): text is Sort => text in METHOD_BITS;
