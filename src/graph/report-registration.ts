/**
 * Who has registered what: the service's report, packed as its pages stream past; where a tenant has no licence for it, each
 * account's own methods, twenty to a request. Facts, section 7.10.
 */

import type { UserRegistrationDetails } from "@microsoft/microsoft-graph-types";
import { bitOf, type MethodName, Registration, SAID } from "../core/reports/registration.ts";
import type { ObjectId } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import { BATCH_SIZE, type BatchAnswer, type BatchItem, sendBatches } from "./batch.ts";
import type { Ask, GraphClient } from "./client.ts";
import { pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { flagIn, idIn, listIn, objectIn, optionalFlag, optionalText, textIn } from "./wire.ts";

// ---- the report

const REPORT = "/reports/authenticationMethods/userRegistrationDetails";

type WireRow = { readonly [K in keyof UserRegistrationDetails]?: unknown };

const FLAG_BITS = [
  ["isPasswordlessCapable", SAID.passwordless],
  ["isSsprRegistered", SAID.resetRegistered],
  ["isSsprEnabled", SAID.resetEnabled],
  ["isSsprCapable", SAID.resetCapable],
  ["isAdmin", SAID.admin],
  ["isSystemPreferredAuthenticationMethodEnabled", SAID.systemPreferred],
] as const satisfies readonly (readonly [keyof UserRegistrationDetails, number])[];
const FLAGS = FLAG_BITS.map(([name, bit]) => ({ name, bit, where: `${name} of an account` }));

const NONE: readonly unknown[] = [];

/** All rows of one refresh bear one moment, so that it is read once. */
const secondsReader = (): ((text: unknown) => number) => {
  let last: unknown;
  let seconds = 0;
  return (text) => {
    if (text === last) return seconds;
    last = text;
    const at = typeof text === "string" ? Math.floor(Date.parse(text) / 1000) : 0;
    seconds = at > 0 ? at : 0;
    return seconds;
  };
};

/**
 * The whole report. Neither a page size nor a choice of columns is documented for it (facts, section 5), so none is asked for.
 * @throws ServiceError
 */
export const readRegistrationReport = (client: GraphClient, progress: (done: number) => void): Promise<Registration> => {
  const ask: Ask = { method: "GET", path: REPORT };
  return withFreshStart(async () => {
    const registration = new Registration();
    const secondsOf = secondsReader();
    let done = 0;
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const value of page) {
          const wire: WireRow = objectIn(value, "a row of the registration report");
          let said = flagIn(wire.isMfaCapable, "whether an account can do MFA") ? SAID.capable : 0;
          if (flagIn(wire.isMfaRegistered, "whether an account is registered for MFA")) said |= SAID.registered;
          for (const { name, bit, where } of FLAGS) if (optionalFlag(wire[name], where) === true) said |= bit;
          let methods = 0;
          for (const method of listIn(wire.methodsRegistered ?? NONE, "an account's methods")) methods |= registration.words.bit(textIn(method, "a method"));
          const preferred = optionalText(wire.userPreferredMethodForSecondaryAuthentication, "an account's default method") ?? "";
          registration.set(idIn(wire.id, "the account of a row"), said, methods, preferred, secondsOf(wire.lastUpdatedDateTime));
        }
      });
      done += page.length;
      progress(done);
    }
    return registration;
  });
};

// ---- account by account

/** Tries of a batch of reads, the first one included; the client repeats no POST by itself. */
const TRIES = 4;
const FIRST_PAUSE_MS = 1_000;

const isOpen = (answer: BatchAnswer | undefined): boolean => answer?.type === "failed" && answer.error.outcome === "unknown";

/** One small read: what came, or why it did not. */
export type Read<T> = { readonly type: "read"; readonly value: T } | { readonly type: "failed"; readonly error: ServiceError };

/**
 * Small reads, twenty to a request, sent again where nobody can say what came of them. One answer a path, in their order; one
 * that failed stands for its path alone.
 */
export const readEach = async <T>(
  client: GraphClient,
  paths: readonly string[],
  version: "v1.0" | "beta",
  read: (body: unknown) => T,
): Promise<readonly Read<T>[]> => {
  const answers = new Map<number, BatchAnswer>();
  let left = paths.map((_, place) => place);
  for (let tries = 1, pause = FIRST_PAUSE_MS; ; tries += 1, pause *= 2) {
    for (let at = 0; at < left.length; at += BATCH_SIZE) {
      client.signal.throwIfAborted();
      const some = left.slice(at, at + BATCH_SIZE);
      const items = some.map((place): BatchItem => ({ method: "GET", path: paths[place] ?? "" }));
      const got = await sendBatches(client, items, version);
      for (const [number, place] of some.entries()) answers.set(place, got[number] ?? { type: "unsent" });
      client.signal.throwIfAborted();
    }
    left = left.filter((place) => isOpen(answers.get(place)));
    if (left.length === 0 || tries >= TRIES) break;
    await client.clock.sleep(pause, client.signal);
  }
  return paths.map((path, place): Read<T> => {
    const answer = answers.get(place);
    if (answer?.type === "failed") return { type: "failed", error: answer.error };
    if (answer?.type !== "done") throw new Error(`${path} was not asked for, and nobody interrupted`);
    try {
      return { type: "read", value: readableOr({ method: "GET", path }, () => read(answer.body)) };
    } catch (error) {
      if (error instanceof ServiceError) return { type: "failed", error };
      throw error;
    }
  });
};

/** By `@odata.type`; a telephone goes by its own type. Questions and hardware tokens are not told here. */
const LIVE: Readonly<Record<string, MethodName>> = {
  microsoftAuthenticator: "microsoftAuthenticatorPush",
  passwordlessMicrosoftAuthenticator: "microsoftAuthenticatorPasswordless",
  softwareOath: "softwareOneTimePasscode",
  hardwareOath: "hardwareOneTimePasscode",
  fido2: "fido2",
  windowsHelloForBusiness: "windowsHelloForBusiness",
  platformCredential: "macOsSecureEnclaveKey",
  temporaryAccessPass: "temporaryAccessPass",
  external: "externalAuthMethod",
  x509Certificate: "certificateBasedAuthentication",
  email: "email",
  qrCodePin: "qrCodePin",
};
const PHONES: Readonly<Record<string, MethodName>> = { mobile: "mobilePhone", alternatemobile: "alternateMobilePhone", office: "officePhone" };

const liveBit = (words: Registration["words"], value: unknown): number => {
  const wire = objectIn(value, "a method");
  const word = textIn(wire["@odata.type"], "the type of a method")
    .replace(/^#microsoft\.graph\./, "")
    .replace(/AuthenticationMethod$/, "");
  if (word === "password") return 0;
  if (word === "phone") return bitOf(PHONES[(optionalText(wire.phoneType, "the type of a telephone") ?? "").toLowerCase()] ?? "officePhone");
  // One that has run out lets nobody in.
  if (word === "temporaryAccessPass" && optionalFlag(wire.isUsable, "whether a pass can be used") === false) return 0;
  const known = LIVE[word];
  return known === undefined ? words.bit(word) : bitOf(known);
};

/** Bits of `MethodWords`, one answer an account. */
export const methodsOfEach = (client: GraphClient, words: Registration["words"], ids: readonly ObjectId[]): Promise<readonly Read<number>[]> =>
  readEach(
    client,
    ids.map((id) => `/users/${id}/authentication/methods`),
    "v1.0",
    (body) => {
      let bits = 0;
      for (const value of listIn(objectIn(body, "an account's methods").value, "an account's methods")) bits |= liveBit(words, value);
      return bits;
    },
  );
