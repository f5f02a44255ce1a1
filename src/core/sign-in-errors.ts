/**
 * Why a sign-in failed, by the number that the log gives, in words that help whoever stands beside the person. Facts, section 7.11;
 * the page reference-error-codes gives the service's own sentences. The list is an open one.
 */

export type ErrorWords = { readonly words: string; readonly todo: string | null };

const REGISTER = "register a method at https://aka.ms/mysecurityinfo, with a Temporary Access Pass from an administrator where that asks for a method itself";
const TYPE_AGAIN = "type the password again slowly; reset it if that does not help";

const WORDS: ReadonlyMap<number, ErrorWords> = new Map([
  [50034, { words: "there is no such account in this tenant", todo: "look at how the address is spelt" }],
  [
    50053,
    {
      words: "locked for a while: too many wrong passwords, or an address that attacks come from",
      todo: "wait for it to end, or reset the password; look for a device that keeps the old one",
    },
  ],
  [50055, { words: "the password has expired", todo: "set a new password" }],
  [50056, { words: "the account has no password here, or not the one it was given", todo: "reset the password" }],
  [50057, { words: "the account is disabled", todo: "enable it, if it is meant to be used" }],
  [50072, { words: "MFA is asked for, and nothing is registered yet", todo: REGISTER }],
  [50074, { words: "MFA was asked for and not completed", todo: "complete the second step; if none appears, look at which method is registered" }],
  [50076, { words: "MFA was asked for and not completed", todo: "sign in again and complete the second step; a program that shows none is too old" }],
  [50078, { words: "the MFA of the last sign-in has run out, as a policy wants it", todo: "sign in again" }],
  [50079, { words: "MFA is asked for, and nothing is registered yet", todo: REGISTER }],
  [50097, { words: "a registered device is asked for", todo: "sign in from a device of the organisation" }],
  [50105, { words: "the application is only for people who were assigned to it", todo: "assign the account to the application" }],
  [50125, { words: "interrupted to set or register a password", todo: "finish what the page asks for" }],
  [50126, { words: "wrong password or address", todo: TYPE_AGAIN }],
  [50129, { words: "a registered device is asked for", todo: "sign in from a device of the organisation" }],
  [50131, { words: "refused by conditional access for the device or the place", todo: "look at the policies that are about this account" }],
  [50132, { words: "the session is no longer good, since the password changed or was reset", todo: "sign out everywhere, then sign in anew" }],
  [50133, { words: "the session is no longer good, since the password changed or expired", todo: "sign out, then sign in anew" }],
  [50135, { words: "a new password is asked for, since the account looks at risk", todo: "set a new password" }],
  [50144, { words: "the password in the local directory has expired", todo: "set a new password on a computer of the organisation" }],
  [50173, { words: "an administrator, or the person, ended all sessions", todo: "sign in again" }],
  [50158, { words: "a second step of another provider was asked for and not completed", todo: "complete the second step" }],
  [53000, { words: "a device that complies with the organisation's rules is asked for", todo: "sign in from such a device, or have this one enrolled" }],
  [53001, { words: "a device joined to the organisation's domain is asked for", todo: "sign in from such a device" }],
  [53002, { words: "the program is not one of those that are approved", todo: "use Outlook or another approved program" }],
  [53003, { words: "blocked by a policy of conditional access", todo: "look at the policies that are about this account" }],
  [
    53004,
    {
      words: "registering a method was blocked, since the sign-in looked risky",
      todo: "register from a usual place and device, or with a Temporary Access Pass",
    },
  ],
  [70043, { words: "the session ended, as a policy on how often to sign in wants it", todo: "sign in again" }],
  [
    500121,
    {
      words: "the second step was declined, timed out or went wrong",
      todo: "try again; if the request was not theirs, change the password; if the telephone is new, register the app anew",
    },
  ],
  [530032, { words: "blocked by a security policy of the tenant", todo: "look at the policies that are about this account, and at security defaults" }],
  [
    530035,
    {
      words: "blocked by security defaults: an old program, or a request that looked unsafe",
      todo: "use Outlook, another program with a modern sign-in, or a browser",
    },
  ],
  [530034, { words: "blocked by a policy on administrators from outside", todo: "look at the relationship with the partner" }],
]);

/** Ends of a sign-in that are no failure: a question on the way, or a session that was not used for long. */
const ON_THE_WAY: ReadonlySet<number> = new Set([50058, 50089, 50140, 50199, 65001, 70008, 700082]);

export const isFailure = (code: number): boolean => code !== 0 && !ON_THE_WAY.has(code);

/** @param reason the service's own sentence, for numbers that are not known here */
export const errorWords = (code: number, reason: string | undefined): ErrorWords =>
  WORDS.get(code) ?? {
    words: reason === undefined || reason.trim() === "" || /^other\.?$/i.test(reason.trim()) ? "the log gives no reason" : reason.trim().replace(/\.$/, ""),
    todo: `https://login.microsoftonline.com/error?code=${code} says more`,
  };
