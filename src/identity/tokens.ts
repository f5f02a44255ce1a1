/** Tokens of one sign-in: kept in memory, renewed before their end, got anew for what a challenge asks. */

import { exitCode } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Clock, Instant } from "../runtime.ts";
import type { TokenWish } from "../service.ts";
import type { Credential } from "./credentials.ts";
import { type About, explained } from "./refusals.ts";
import type { Wire } from "./wire.ts";

export type Tokens = {
  /** @throws Failure */
  readonly get: (scope: string, wish?: TokenWish) => Promise<string>;
  /** Why the last one could not be got; undefined when it could. */
  readonly failure: () => Failure | undefined;
};

export type TokenOptions = {
  readonly credential: Credential;
  readonly wire: Wire;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly about: About;
  /** Whether somebody is there who could sign in once more. */
  readonly canAsk: boolean;
};

type Kept = { readonly token: string; readonly renewAt: Instant; readonly endsAt: Instant };

/** So long before its end a token is renewed; one that is short from half of its time on. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Nothing is begun with a token that ends sooner. */
const LEAST_LEFT_MS = 30_000;

/**
 * What every request of ours says anyway, that we can answer a challenge. Said as claims, it makes the library ask the service
 * instead of its own memory: whether a token is still good is decided here, on our clock.
 */
const ANEW = JSON.stringify({ access_token: { xms_cc: { values: ["cp1"] } } });

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "no reason was given");

/** What the library says without having asked anybody. */
const ofLibrary = (error: unknown, about: About): Failure => {
  const message = messageOf(error);
  // The library makes errors of its own of those of files, and keeps their words.
  const [code] = /\bE(?:NOENT|ACCES|PERM|ISDIR|NOTDIR)\b/.exec(message) ?? [];
  if (about.way === "certificate" && (code !== undefined || /certificate|PEM|DECODER|bad decrypt|pkcs/i.test(message)))
    return new Failure("usage", `could not sign in: the certificate cannot be read${code === "ENOENT" ? ": there is no such file" : ""}`, [
      "AZURE_CLIENT_CERTIFICATE_PATH takes a PEM file with the certificate and its private key; its password goes into AZURE_CLIENT_CERTIFICATE_PASSWORD",
    ]);
  if (about.way === "workload" && (code !== undefined || /No content on the file/i.test(message)))
    return new Failure(
      "usage",
      `could not sign in: the file of AZURE_FEDERATED_TOKEN_FILE ${code === "ENOENT" ? "is not there" : "cannot be read, or is empty"}`,
      ["the cluster puts it there for pods whose service account is labelled for workload identity"],
    );
  if (about.way === "azure-cli") {
    if (/could not be found/i.test(message))
      return new Failure("usage", "could not sign in: Azure CLI (az) is not installed, or not on the PATH", ["install it, or use another --auth"]);
    if (/claims/i.test(message))
      return new Failure("not-permitted", "could not sign in: conditional access asks for more than az login gave", [
        `az login --tenant ${about.tenant}, then run the same command again; --auth browser can answer it by itself`,
      ]);
    return new Failure("not-permitted", "could not sign in: Azure CLI has nobody signed in to this tenant", [
      `az login --tenant ${about.tenant}, then run the same command again`,
    ]);
  }
  if (about.way === "managed-identity")
    return new Failure("not-permitted", "could not sign in: this machine's managed identity gave no token", [
      "is it a machine or service of Azure, and does it have a managed identity?",
    ]);
  return new Failure("not-permitted", `could not sign in: ${message.replace(/\s+/g, " ").slice(0, 300)}`, [
    "entra-rollout help sign-in says what each way needs",
  ]);
};

export const createTokens = ({ credential, wire, clock, signal, about, canAsk }: TokenOptions): Tokens => {
  const kept = new Map<string, Kept>();
  let underway: Promise<unknown> = Promise.resolve();
  let asked = false;
  let last: Failure | undefined;

  // Azure CLI refuses any, and a machine's endpoint is not told.
  const takesClaims = about.way !== "azure-cli" && about.way !== "managed-identity";

  const failureOf = (error: unknown): unknown => {
    if (signal.aborted) return signal.reason;
    const { trouble, refused } = wire.heard();
    if (trouble !== undefined) return trouble;
    if (refused !== undefined) return explained(refused, about);
    if (error instanceof Failure) return error;
    if (isAbort(error)) return new Failure("not-permitted", "could not sign in: nobody signed in", ["run the same command again"]);
    return ofLibrary(error, about);
  };

  const somebody = async (scope: string, claims: string | undefined): Promise<void> => {
    if (credential.askSomebody === undefined) return;
    // A signal of their own for each: the library listens to it and does not stop. With a browser it does not even listen.
    const own = AbortSignal.any([signal]);
    const aborted = new Promise<never>((_, reject) => own.addEventListener("abort", () => reject(own.reason), { once: true }));
    await Promise.race([credential.askSomebody(scope, { enableCae: true, abortSignal: own, ...(claims !== undefined && { claims }) }), aborted]);
    asked = true;
  };

  const take = async (scope: string, { claims, fresh }: TokenWish): Promise<string> => {
    wire.listen();
    try {
      if (!asked) await somebody(scope, claims);
      const again = claims ?? (takesClaims && (fresh === true || kept.has(scope)) ? ANEW : undefined);
      const options = { enableCae: true, abortSignal: AbortSignal.any([signal]), ...(again !== undefined && { claims: again }) };
      const got = await credential.getToken(scope, options).catch(async (error: unknown) => {
        // Only a challenge brings somebody back to the browser in the middle of something, and only where somebody is.
        if (claims === undefined || credential.askSomebody === undefined || !canAsk) throw error;
        await somebody(scope, claims);
        return await credential.getToken(scope, options);
      });
      if (got === null) throw new Error("the service gave no token");
      const lifetimeMs = wire.heard().lifetimeMs ?? got.expiresOnTimestamp - clock.now();
      const now = clock.now();
      kept.set(scope, { token: got.token, renewAt: now + Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2), endsAt: now + lifetimeMs });
      last = undefined;
      return got.token;
    } catch (error) {
      const failure = failureOf(error);
      const own = kept.get(scope);
      // The service may be well again before the one that we have ends.
      const isEarly = claims === undefined && fresh !== true && own !== undefined && clock.now() < own.endsAt - LEAST_LEFT_MS;
      if (isEarly && failure instanceof Failure && failure.exit === exitCode("unavailable")) return own.token;
      if (failure instanceof Failure) last = failure;
      throw failure;
    }
  };

  return {
    get: async (scope, wish = {}) => {
      const own = kept.get(scope);
      const isAnew = (wish.claims !== undefined || wish.fresh === true) && (wish.refused === undefined || wish.refused === own?.token);
      if (!isAnew && own !== undefined && clock.now() < own.renewAt) return own.token;
      // One after the other, since the library is asked in one voice; whoever waits gets what was got meanwhile.
      const mine = underway.then(() => {
        const now = kept.get(scope);
        const isNew = now !== undefined && now !== own && clock.now() < now.renewAt;
        return isNew ? now.token : take(scope, wish);
      });
      underway = mine.catch(() => undefined);
      return await mine;
    },
    failure: () => last,
  };
};
