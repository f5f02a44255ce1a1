/** The way out of networks that have no other: the proxy that the environment names. Node itself looks for one only from version 24 on, and only when told to. */

import type { Fetch, Runtime } from "./runtime.ts";

export type ProxySettings = { readonly httpProxy?: string; readonly httpsProxy?: string; readonly noProxy: string };

/** Practice tenants, and what a managed identity is asked at, are on this machine, and no proxy knows the way there. */
const ALWAYS_DIRECT = ["localhost", "127.0.0.1", "::1", "169.254.169.254"];

/**
 * As other programs read them: lower case before upper case, and what is empty is not set.
 * @returns undefined when there is no proxy
 */
export const proxySettings = (env: Runtime["env"]): ProxySettings | undefined => {
  const read = (name: string): string | undefined => [env[name], env[name.toUpperCase()]].find((value) => value !== undefined && value.trim() !== "")?.trim();
  const [httpProxy, httpsProxy] = [read("http_proxy"), read("https_proxy")];
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  const direct = read("no_proxy");
  return {
    ...(httpProxy !== undefined && { httpProxy }),
    ...(httpsProxy !== undefined && { httpsProxy }),
    noProxy: [...(direct === undefined ? [] : [direct]), ...ALWAYS_DIRECT].join(","),
  };
};

/** A proxy that wants to know who is asking, or lets nobody through, says so by a status: nothing was sent then. */
const named = (error: unknown): unknown => {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const status = /^Proxy response \((\d{3})\)/.exec(at.message)?.[1];
    if (status !== undefined) return Object.assign(new Error(`the proxy answered ${status}`), { code: `PROXY_${status}` });
  }
  return error;
};

/** Neither has a body, whatever stands behind it: RFC 9110, 15.3.5 and 15.4.5. */
const BODILESS: readonly number[] = [204, 205, 304];

/** @returns a `fetch` that goes through the proxy, where there is one; addresses on this machine are asked directly. */
export const proxiedFetch = (settings: ProxySettings): Fetch => {
  const load = async () => {
    const { EnvHttpProxyAgent, fetch } = await import("undici");
    return { agent: new EnvHttpProxyAgent(settings), fetch };
  };
  let loaded: ReturnType<typeof load> | undefined;
  return async (request) => {
    loaded ??= load();
    const { agent, fetch } = await loaded;
    // Both are the same standard in two versions, which do not take each other's requests for their own.
    const { method, redirect, signal, url } = request;
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    try {
      const answer = await fetch(url, { method, headers: [...request.headers], body, redirect, signal, dispatcher: agent });
      return new Response(BODILESS.includes(answer.status) ? null : answer.body, {
        status: answer.status,
        statusText: answer.statusText,
        headers: [...answer.headers],
      });
    } catch (error) {
      throw named(error);
    }
  };
};
