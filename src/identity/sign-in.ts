/** Signing in to a real tenant: which cloud, which way, and tokens for what is asked there. */

import { CLOUDS, type Cloud, cloudNamed, cloudsAt } from "../clouds.ts";
import { Failure, usage } from "../failure.ts";
import type { Runtime } from "../runtime.ts";
import type { TokenWish } from "../service.ts";
import { pathsOf } from "../text-file.ts";
import { createCredential } from "./credentials.ts";
import { type About, explained } from "./refusals.ts";
import { openStore } from "./store.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import { type Chosen, chooseWay, type SignInWish, sourceOf } from "./ways.ts";
import { createWire, type WireOptions } from "./wire.ts";

export type SignIn = {
  readonly cloud: Cloud;
  readonly way: Chosen["way"]["name"];
  /** What is taken from the environment, for people. */
  readonly source: string;
  /** The tenant's id; of a domain, as the service says. @throws Failure */
  readonly tenantId: () => Promise<string>;
  /** A token for Graph. @throws Failure */
  readonly graphToken: (wish?: TokenWish) => Promise<string>;
  /** A token for Exchange. @throws Failure */
  readonly exchangeToken: (wish?: TokenWish) => Promise<string>;
  /** Why the last token could not be got; undefined when it could. */
  readonly failure: () => Failure | undefined;
};

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

export const isTenantId = (tenant: string): boolean => GUID.test(tenant);

/** @throws Failure (usage) for a cloud that there is not, and where settings name two. */
const cloudOf = ({ cloud: name }: SignInWish, env: Runtime["env"]): Cloud => {
  const named = name === undefined ? undefined : cloudNamed(name);
  if (name !== undefined && named === undefined)
    throw usage(`--cloud ${name}: there is no such cloud`, `there are ${CLOUDS.map((cloud) => `${cloud.name} (${cloud.about})`).join(", ")}`);
  const host = env["AZURE_AUTHORITY_HOST"] ?? "";
  if (host === "") return named ?? CLOUDS[0] ?? unreachable();
  const there = cloudsAt(/^[a-z]+:/i.test(host) ? host : `https://${host}`);
  const [first] = there;
  if (first === undefined)
    throw usage(
      `AZURE_AUTHORITY_HOST names ${host}, which signs in for none of Microsoft's clouds, so nothing is sent there`,
      `unset it, or set it to one of ${[...new Set(CLOUDS.map(({ login }) => login))].join(", ")}`,
    );
  if (named !== undefined && !there.includes(named)) throw usage(`--cloud ${named.name} and AZURE_AUTHORITY_HOST=${host} are two clouds`, "unset one of them");
  return named ?? first;
};

const unreachable = (): never => {
  throw new TypeError("there is no cloud");
};

/** @throws Failure (usage) for words that are neither an id nor a domain, and for another tenant in the environment. */
const tenantOf = (tenant: string, env: Runtime["env"]): string => {
  const wanted = tenant.toLowerCase();
  if (!GUID.test(wanted) && !DOMAIN.test(wanted)) throw usage(`--tenant ${tenant}: neither a tenant's id nor a domain, nor a file that is there`);
  const other = (env["AZURE_TENANT_ID"] ?? "").toLowerCase();
  if (other !== "" && other !== wanted && GUID.test(other) === GUID.test(wanted))
    throw usage(`--tenant ${tenant} and AZURE_TENANT_ID=${other} are two tenants`, "nothing was sent: say which one is meant, and unset the other");
  return wanted;
};

const tenantIdIn = (body: unknown): string | undefined => {
  const issuer = typeof body === "object" && body !== null && "issuer" in body ? body.issuer : undefined;
  const [id] = typeof issuer === "string" ? (/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(issuer) ?? []) : [];
  return id?.toLowerCase();
};

export type SignInOptions = {
  readonly tenant: string;
  readonly wish: SignInWish;
  readonly runtime: Runtime;
  readonly onRequest: WireOptions["onRequest"];
  /** The user's own folder, for who signed in. @throws Failure (usage) where there is none */
  readonly home: () => string;
};

/**
 * Nothing is sent before the first token, or the tenant's id, is asked for.
 *
 * @throws Failure (usage) for what cannot be meant
 */
export const signIn = ({ tenant, wish, runtime, onRequest, home }: SignInOptions): SignIn => {
  const { env, clock, signal } = runtime;
  const cloud = cloudOf(wish, env);
  const wanted = tenantOf(tenant, env);
  const chosen = chooseWay(wish, runtime);
  const about: About = { way: chosen.way.name, tenant: wanted, clientId: chosen.clientId, cloud: cloud.name };
  const wire = createWire({ cloud, way: about.way, env, fetch: runtime.fetch, clock, signal, onRequest });

  let tokens: Promise<Tokens> | undefined;
  let failure: () => Failure | undefined = () => undefined;
  const created = async (): Promise<Tokens> => {
    const tell = (line: string): void => runtime.stderr.write(`${line.replace(/\p{Cc}+/gu, " ")}\n`);
    const folder = chosen.isKept ? pathsOf(runtime).join(home(), "sign-ins") : undefined;
    const store = folder === undefined ? undefined : await openStore(pathsOf(runtime).join(folder, `${wanted}-${chosen.clientId}.json`), folder, runtime, tell);
    const credential = await createCredential({ chosen, cloud, tenant: wanted, wire, runtime, tell, store });
    const made = createTokens({ credential, wire, clock, signal, about, canAsk: runtime.canAsk });
    failure = made.failure;
    return made;
  };
  const get = async (scope: string, asked?: TokenWish): Promise<string> => {
    tokens ??= created();
    return await (await tokens).get(scope, asked);
  };

  const tenantId = async (): Promise<string> => {
    if (GUID.test(wanted)) return wanted;
    // A managed identity asks nobody but its own machine; its token says which tenant it is of.
    const open = createWire({ cloud, way: "secret", env, fetch: runtime.fetch, clock, signal, onRequest });
    const { ok, body } = await open.getJson(`${cloud.login}/${wanted}/v2.0/.well-known/openid-configuration`, {});
    const { refused } = open.heard();
    if (!ok && refused !== undefined) throw explained(refused, about);
    const id = tenantIdIn(body);
    if (id === undefined)
      throw new Failure("unavailable", `could not sign in: ${new URL(cloud.login).host} does not say which tenant ${wanted} is`, [
        "--tenant also takes the tenant's id",
      ]);
    return id;
  };

  return {
    cloud,
    way: about.way,
    source: sourceOf(chosen),
    tenantId,
    graphToken: (asked) => get(`${cloud.graph}/.default`, asked),
    exchangeToken: (asked) => get(`${cloud.exchange}/.default`, asked),
    failure: () => failure(),
  };
};
