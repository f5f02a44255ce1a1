/** What is compared of a diff, and what is looked for in a snapshot under pseudonyms. */

import { gunzipSync } from "node:zlib";
import { parse } from "yaml";

type Fields = { readonly [name: string]: unknown };
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const listIn = (value: Fields, name: string): readonly Fields[] => {
  const found = value[name];
  return Array.isArray(found) ? found.filter(isFields) : [];
};

const countOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.length
    : isFields(value)
      ? Object.entries(value).map(([key, each]) => [key, countOf(each)])
      : typeof value === "number"
        ? value
        : undefined;

const sorted = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

/** Kinds and numbers, and no name, id or order. */
export const shapeOf = (diff: string): unknown => {
  const value: unknown = JSON.parse(diff);
  if (!isFields(value)) throw new Error("no diff");
  return {
    phases: listIn(value, "phases").map(({ starts, state, title }) => [starts, state, typeof title]),
    changes: sorted(
      listIn(value, "changes").map((change) => [
        change["kind"],
        change["action"],
        listIn(change, "fields").map(({ path }) => path),
        countOf(change["members"]),
        countOf(change["accounts"]),
        countOf(change["phases"]),
      ]),
    ),
    findings: sorted(listIn(value, "findings").map(({ guard, verdict, accounts, phase }) => [guard, verdict, countOf(accounts), typeof phase])),
    summary: value["summary"],
  };
};

/** Of a file as it is on disk: packed or not. */
export const textOf = (bytes: Buffer): string => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Where the service alone decides what can stand. Written from its reference, not from the code that is tested. */
const SERVICE_WORDS = new Set(
  (
    "@odata.type aaGuid appliesTo authenticationMode authenticationType builtInControls capabilityStatus clientAppTypes countriesAndRegions countryLetterCode " +
    "countryLookupMethod createdDateTime creationType deletedDateTime enforcementType externalUserState groupTypes includeRoles excludeRoles lastModifiedDateTime " +
    "lastNonInteractiveSignInDateTime lastSignInDateTime lastSuccessfulSignInDateTime lastUpdatedDateTime membershipRuleProcessingState methodsRegistered " +
    "modifiedDateTime onPremisesLastSyncDateTime operator perUserMfaState phoneType policyMigrationState policyVersion provisioningStatus renewedDateTime " +
    "roleTemplateId servicePlanId servicePlanName skuId skuPartNumber state supportedServices systemPreferredAuthenticationMethods targetType " +
    "targetedAuthenticationMethod usageLocation userPreferredMethodForSecondaryAuthentication userType visibility type frequencyInterval authenticationType " +
    "includeUserActions allowExternalIdToUseEmailOtp x509CertificateAuthenticationDefaultMode x509CertificateDefaultRequiredAffinityLevel"
  ).split(" "),
);

/** Built in, the same in every tenant. */
const BUILT_IN = ["/directoryRoles", "/policies/"];
const isBuiltIn = (path: string, name: string): boolean =>
  BUILT_IN.some((start) => path.startsWith(start)) && !path.endsWith("/members") && ["displayName", "description"].includes(name);

const walk = (value: unknown, name: string, take: (name: string, text: string) => void): void => {
  if (typeof value === "string") take(name, value);
  else if (Array.isArray(value)) for (const each of value) walk(each, name, take);
  else if (isFields(value)) for (const [key, each] of Object.entries(value)) walk(each, key, take);
};

/** Every text of a snapshot that could tell whose it is. */
export const tellingTexts = (snapshot: string): ReadonlySet<string> => {
  const found = new Set<string>();
  for (const line of snapshot.trimEnd().split("\n").slice(1, -1)) {
    const { path, value }: { readonly path: string; readonly value: unknown } = JSON.parse(line);
    for (const part of path.split("/")) if (GUID.test(part)) found.add(part);
    walk(value, "", (name, text) => {
      // Behind the tenant's id stands that of a product.
      if (path === "/subscribedSkus" && name === "id") found.add(text.replace(/_.*$/, ""));
      else if (text !== "" && !SERVICE_WORDS.has(name) && !isBuiltIn(path, name)) found.add(text);
    });
  }
  return found;
};

/** Letters and digits of a text, in lower case. */
const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** What stands in every snapshot and every plan, or before the `@` of an address that is nobody's. */
const EVERYWHERE = new Set(
  [
    "example onmicrosoft smtp ext all alltrusted none guestsorexternalusers office365 users authenticationmethodspolicy",
    // Before the @, and so kept.
    "emergency head office headteacher finance admin admissions it svc service services scan scanner room cover newsletter servicedesk support",
    "except two teacher student trainer nurse remote access training print exams library reception whiteboards info payroll supply backup",
    // What the plans at hand call their cohorts, and what this tool calls what it makes.
    "mfa rollout everyone staff heads offices early adopters left out outside progress made and kept by entra members are synced from the plan change not this",
    "policy web clients staged old again asked after days of is in for a",
    // Microsoft's methods by their ids, and rules by their words.
    "fido2 microsoftauthenticator sms temporaryaccesspass softwareoath voice email x509certificate user department eq accountenabled true",
  ].flatMap((words) => words.split(" ")),
);
const isEverywhere = (word: string): boolean => EVERYWHERE.has(word) || /^\d{1,2}$/.test(word);

/** Built-in things have ids that begin with zeros; the password is a method with an id of Microsoft's. */
const isPublicId = (text: string): boolean => /^0{8}-/.test(text) || text === "28c10230-6103-485e-b985-444c60001490";

/** Words of letters alone: of ids and ranges the whole is looked for. */
const lettersOf = (text: string): readonly string[] =>
  GUID.test(text) ? [] : wordsOf(text).filter((word) => /^\p{L}{3,}$/u.test(word) && !isEverywhere(word));

/** Words of the original that are in what was made of it. */
export const wordsLeft = (original: ReadonlySet<string>, made: readonly string[]): readonly string[] => {
  const there = new Set(made.flatMap(lettersOf));
  return [...new Set([...original].flatMap(lettersOf))].filter((word) => there.has(word)).sort();
};

/** Where the plans at hand name people and places. */
const PLACES =
  /[a-z-]+\.(?:county|desktop|college|trust|small)?\.?example|\b(?:alder|birch|harbour|meadow|quarry|riverside|summit|woodlands|castle|ferry|mill|priory)\b/gi;

/** Names of places in a plan, its comments and lists too. */
export const ownWords = (text: string): readonly string[] => [...text.matchAll(PLACES)].map(([found]) => found);

/** What stands behind the keys of a plan, and in the rows of a list. */
export const planTexts = (text: string): readonly string[] => {
  const found: string[] = [];
  walk(parse(text), "", (_, each) => found.push(each));
  return found;
};

/** Whole texts of the original that are in what was made of it: ids, addresses, ranges, names. */
export const textsLeft = (original: ReadonlySet<string>, made: ReadonlySet<string>): readonly string[] => {
  const there = new Set([...made].map((text) => text.toLowerCase()));
  return [...original].filter((text) => there.has(text.toLowerCase()) && !isPublicId(text) && !wordsOf(text).every(isEverywhere)).sort();
};
