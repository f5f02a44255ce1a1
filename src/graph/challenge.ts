/** A claims challenge: the service takes no token but one that holds what it names. Facts, section 8. */

/** The code of a refusal that a new token did not help against. */
export const CHALLENGE = "ClaimsChallenge";

type WireObject = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What a challenge asks for, as JSON; undefined where there is none. Several challenges may stand in one header, and their parts in
 * any order. Never throws.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export const claimsIn = (headers: Headers): string | undefined => {
  const [, found] = /\bclaims="([A-Za-z0-9+/_=-]+)"/.exec(headers.get("www-authenticate") ?? "") ?? [];
  return found === undefined ? undefined : Buffer.from(found, "base64").toString("utf8");
};

const valuesOf = (claim: unknown): readonly string[] => {
  if (!isObject(claim)) return [];
  const values = Array.isArray(claim["values"]) ? claim["values"] : [claim["value"]];
  return values.filter((value): value is string => typeof value === "string" && /^[\w.:/-]{1,60}$/.test(value));
};

const momentIn = (seconds: string | undefined): string => {
  const at = new Date(Number(seconds) * 1_000);
  return Number.isNaN(at.getTime()) ? "now" : at.toISOString();
};

/** In words, what a sign-in lacks that was challenged a second time. Undefined for no challenge. */
export const wantedBy = (claims: string | undefined): string | undefined => {
  if (claims === undefined) return undefined;
  let wanted: unknown;
  try {
    const parsed: unknown = JSON.parse(claims);
    wanted = isObject(parsed) ? parsed["access_token"] : undefined;
  } catch {
    wanted = undefined;
  }
  const parts = isObject(wanted) ? wanted : {};
  const [context] = valuesOf(parts["acrs"]);
  const [since] = valuesOf(parts["nbf"]);
  const what = [
    ...(context === undefined ? [] : [`conditional access wants the authentication context ${context} for this`]),
    ...(since === undefined ? [] : [`a sign-in since ${momentIn(since)}`]),
    ...(isObject(parts["xms_rp_ipaddr"]) ? ["an address that conditional access allows"] : []),
  ];
  return `it asks for more than this sign-in gives, and a new token changed nothing: ${what.length === 0 ? "conditional access wants something else of it" : what.join(", and ")}`;
};
