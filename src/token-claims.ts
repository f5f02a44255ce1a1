/** What an access token says of whoever holds it. */

export type TokenClaims = {
  /** `tid`: the tenant that the token was made for. */
  readonly tenantId: string;
  /** `oid`: who signed in, or the application's service principal. */
  readonly objectId: string;
  /** The application by which the sign-in went. */
  readonly appId: string;
  /** Of a person. */
  readonly userPrincipalName?: string;
  /** A person's display name, or the application's. */
  readonly name?: string;
  /** Nobody signed in: the application acts for itself. */
  readonly isApplication: boolean;
  /** `scp`: what a person let the application do in their name. Sorted. */
  readonly scopes: readonly string[];
  /** What the application itself may do. Sorted. */
  readonly roles: readonly string[];
  /** Template ids of directory roles. Sorted, lower case. */
  readonly wids: readonly string[];
};

type Payload = { readonly [claim: string]: unknown };

const MOST_CHARACTERS = 100_000;

const payloadOf = (token: string): Payload | undefined => {
  if (token.length > MOST_CHARACTERS) return undefined;
  const parts = token.split(".");
  const [, payload = ""] = parts;
  if (parts.length !== 3) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

const textIn = (payload: Payload, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = payload[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
};

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? [...new Set(value.filter((each): each is string => typeof each === "string"))].sort() : [];

/**
 * Reads the payload of an access token. Its signature is the service's to check: nothing here may be decided by it that the
 * service would not refuse on its own.
 *
 * @returns undefined for a token that is none of Entra's JWTs, as a practice tenant's. Never throws.
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export const claimsOf = (token: string): TokenClaims | undefined => {
  const payload = payloadOf(token);
  if (payload === undefined) return undefined;
  const tenantId = textIn(payload, "tid");
  const objectId = textIn(payload, "oid");
  // Version 1 tokens, which Graph and Exchange get, say appid; version 2 azp.
  const appId = textIn(payload, "appid", "azp");
  if (tenantId === undefined || objectId === undefined || appId === undefined) return undefined;
  const scopes = textIn(payload, "scp")
    ?.split(" ")
    .filter((scope) => scope !== "");
  const type = textIn(payload, "idtyp");
  // idtyp is optional; where it is missing, scopes are what only a person's token has.
  const isApplication = type === undefined ? scopes === undefined : type === "app";
  const userPrincipalName = textIn(payload, "upn", "preferred_username", "unique_name");
  const name = textIn(payload, ...(isApplication ? ["app_displayname", "name"] : ["name"]));
  return {
    tenantId: tenantId.toLowerCase(),
    objectId: objectId.toLowerCase(),
    appId: appId.toLowerCase(),
    ...(!isApplication && userPrincipalName !== undefined && { userPrincipalName }),
    ...(name !== undefined && { name }),
    isApplication,
    scopes: textsIn(scopes),
    roles: textsIn(payload["roles"]),
    wids: textsIn(textsIn(payload["wids"]).map((wid) => wid.toLowerCase())),
  };
};
