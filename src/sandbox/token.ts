/**
 * Access tokens as the service gives them out, with the claims by which clients see what they were granted. Access token claims reference
 * (learn.microsoft.com); version 1, which Graph and Exchange Online get.
 */

import { createHmac } from "node:crypto";
import { idOf } from "./collection.ts";
import type { WireObject } from "./fill.ts";
import { routes } from "./routes/index.ts";
import { userNamed } from "./rules/user.ts";
import { guidFrom, type Store } from "./store.ts";

/** Whom a token is for; one for another is refused. */
export const AUDIENCES = { graph: "https://graph.microsoft.com", exchange: "https://outlook.office365.com" } as const;
export type Audience = keyof typeof AUDIENCES;

const HOUR_S = 3_600;

/** Every name that a route asks for. */
const ALL: readonly string[] = [...new Set(routes.flatMap(({ permissions }) => permissions.flatMap((each) => each.split("+"))))].sort();

/** Templates: learn.microsoft.com, Microsoft Entra built-in roles. */
const RECIPIENT_ADMINISTRATOR = "31392ffb-586c-42d1-9346-e59415a2cc4e";
const GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
const EXCHANGE_ROLES = {
  "exchange-administrator": ["29232cdf-9323-42fd-ade2-1d097af3e4de"],
  "recipient-administrator": [RECIPIENT_ADMINISTRATOR],
  "global-reader": [GLOBAL_READER],
  "recipient-administrator-and-global-reader": [RECIPIENT_ADMINISTRATOR, GLOBAL_READER],
} as const satisfies Record<Store["dials"]["exchangeRole"], readonly string[]>;
const PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13";

/** Stand beside whatever roles there are, in every token of a person and of an application; neither is one that can be assigned. */
const EVERY_PERSON = "b79fbf4d-3ef9-4689-8143-76b194e85509";
const EVERY_APPLICATION = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

/** Of an application: what its dials say that it was given. */
const rolesOfApplication = ({ dials }: Store): readonly string[] => {
  const { permissions, exchangeGrants, exchangeRole, reachesAdministrators } = dials;
  return [
    EVERY_APPLICATION,
    ...(exchangeGrants === "both" ? EXCHANGE_ROLES[exchangeRole] : []),
    ...((reachesAdministrators ?? permissions === "all") ? [PRIVILEGED_AUTHENTICATION_ADMINISTRATOR] : []),
  ].sort();
};

/** Of somebody who signed in: the roles that they hold, directly or through a group, and what the dial gives them for Exchange. */
const rolesOfPerson = (store: Store, id: string): readonly string[] => {
  const { exchangeGrants, exchangeRole } = store.dials;
  const holders = [id, ...store.groupsOf(id, true).map(idOf)];
  const held = holders.flatMap((holder) => store.rolesOf(holder)).map((role) => String(role["roleTemplateId"]));
  return [...new Set([EVERY_PERSON, ...held, ...(exchangeGrants === "both" ? EXCHANGE_ROLES[exchangeRole] : [])])].sort();
};

const grantedIn = ({ dials }: Store, audience: Audience, isApplication: boolean): readonly string[] => {
  if (audience === "exchange") return dials.exchangeGrants === "none" ? [] : [isApplication ? "Exchange.ManageAsApp" : "Exchange.Manage"];
  return dials.permissions === "all" ? ALL : [...dials.permissions].sort();
};

const claimsIn = (store: Store, audience: Audience): WireObject => {
  const { seed, tenant } = store.fill;
  const issued = Math.floor(store.now / 1000);
  const appId = guidFrom(`${seed} application`);
  const common = {
    aud: AUDIENCES[audience],
    iss: `https://sts.windows.net/${tenant.id}/`,
    iat: issued,
    nbf: issued,
    // Nobody here refuses a token for its age: the clock of a practice tenant leaps for months.
    exp: issued + HOUR_S,
    app_displayname: "entra-rollout",
    appid: appId,
    tid: tenant.id,
    ver: "1.0",
  };
  const { operator } = store.dials;
  const granted = grantedIn(store, audience, operator === undefined);
  if (operator === undefined)
    return {
      ...common,
      appidacr: "2",
      idtyp: "app",
      oid: guidFrom(`${seed} service principal`),
      // A claim without a value is not there.
      ...(granted.length > 0 && { roles: granted }),
      wids: rolesOfApplication(store),
    };
  const user = userNamed(store, operator);
  return {
    ...common,
    appidacr: "0",
    idtyp: "user",
    name: String(user["displayName"]),
    oid: idOf(user),
    scp: granted.join(" "),
    unique_name: String(user["userPrincipalName"]),
    upn: String(user["userPrincipalName"]),
    wids: rolesOfPerson(store, idOf(user)),
  };
};

const encoded = (object: WireObject): string => Buffer.from(JSON.stringify(object)).toString("base64url");

const signed = (text: string, key: string): string => createHmac("sha256", key).update(text).digest("base64url");

/**
 * @param key the token by which the practice tenant is opened: whoever has it can be given this one
 * @throws Refusal where the dial names somebody whom nobody knows
 */
export const tokenFor = (store: Store, audience: Audience, key: string): string => {
  const text = `${encoded({ typ: "JWT", alg: "HS256" })}.${encoded(claimsIn(store, audience))}`;
  return `${text}.${signed(text, key)}`;
};

/** Whether a token was given out here, and for whom. */
export const isIssued = (token: string, audience: Audience, key: string): boolean => {
  const [header = "", payload = "", signature = ""] = token.split(".");
  if (signature === "" || signed(`${header}.${payload}`, key) !== signature) return false;
  const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  return typeof claims === "object" && claims !== null && "aud" in claims && claims.aud === AUDIENCES[audience];
};
