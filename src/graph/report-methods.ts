/** What `report methods` reads besides the registration report: the log of registrations, and shared accounts one by one. Facts, sections 7.7, 7.10 and 7.12. */

import type { DirectoryAudit, User } from "@microsoft/microsoft-graph-types";
import type { SharedLook } from "../core/reports/methods.ts";
import type { RegistrationEvent } from "../core/reports/registrations.ts";
import { absent, type Instant, type Known, type ObjectId, present, unknown } from "../core/tenant.ts";
import type { Ask, GraphClient } from "./client.ts";
import { pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { type Read, readEach } from "./report-registration.ts";
import { instantIn, isId, isObject, listIn, objectIn, optionalText, textIn, Unreadable } from "./wire.ts";

type Wanted<T> = { readonly [K in keyof T]?: unknown };

// ---- the log of registrations

const AUDITS = "/auditLogs/directoryAudits";
const REGISTERED = "User registered security info";

const userIn = (value: unknown): { readonly id: ObjectId | undefined; readonly address: string | undefined } => {
  const user = isObject(value) && isObject(value.user) ? value.user : {};
  const id = optionalText(user.id, "whose doing it was");
  const address = optionalText(user.ipAddress, "an address");
  return { id: id !== undefined && isId(id) ? id.toLowerCase() : undefined, address: address === "" ? undefined : address };
};

/** Whose method it is stands under what was changed; where a row names none there, people register for themselves alone. */
const eventIn = (value: unknown): RegistrationEvent | undefined => {
  const wire: Wanted<DirectoryAudit> = objectIn(value, "a row of the directory's log");
  if (wire.activityDisplayName !== REGISTERED || wire.result !== "success") return undefined;
  const at = instantIn(wire.activityDateTime);
  if (at === undefined) throw new Unreadable("the moment of a row of the directory's log", "a moment");
  const { id, address } = userIn(wire.initiatedBy);
  const targets = listIn(wire.targetResources ?? [], "what a row of the directory's log is about").filter(isObject);
  const target = targets.map((each) => each.id).find((each) => typeof each === "string" && isId(each));
  const account = typeof target === "string" ? target.toLowerCase() : id;
  return account === undefined ? undefined : { account, at, from: address };
};

/**
 * Every registration of a method since then that succeeded, newest first as a rule.
 *
 * @param begin told before each start, since the pages may have to be read again from the beginning
 * @throws ServiceError
 */
export const readRegistrations = (
  client: GraphClient,
  since: Instant,
  begin: () => void,
  read: (event: RegistrationEvent) => void,
  progress: (done: number) => void,
): Promise<void> => {
  const from = `${new Date(since).toISOString().slice(0, 19)}Z`;
  const ask: Ask = { method: "GET", path: AUDITS, query: { $filter: `activityDateTime ge ${from} and activityDisplayName eq '${REGISTERED}'` } };
  return withFreshStart(async () => {
    begin();
    let done = 0;
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const value of page) {
          const event = eventIn(value);
          if (event !== undefined) read(event);
        }
      });
      done += page.length;
      progress(done);
    }
  });
};

// ---- shared accounts

const NO_FACTOR: readonly string[] = ["#microsoft.graph.passwordAuthenticationMethod", "#microsoft.graph.emailAuthenticationMethod"];

const methodIn = (value: unknown): readonly (Instant | null)[] => {
  const wire = objectIn(value, "a method");
  return NO_FACTOR.includes(textIn(wire["@odata.type"], "the type of a method")) ? [] : [instantIn(wire.createdDateTime) ?? null];
};

const methodsIn = (body: unknown): readonly (Instant | null)[] =>
  listIn(objectIn(body, "an account's methods").value, "an account's methods").flatMap(methodIn);

const passwordIn = (body: unknown): Instant | undefined => {
  const wire: Wanted<User> = objectIn(body, "an account");
  return instantIn(wire.lastPasswordChangeDateTime);
};

const knownIn = <T, U>(read: Read<T> | undefined, value: (value: T) => Known<U>): Known<U> =>
  read === undefined ? unknown("it was not asked for") : read.type === "failed" ? unknown(read.error.message) : value(read.value);

/** Twenty reads a request, two of them an account. Never rejects for an answer of the service: that part is unknown. */
export const readShared = async (client: GraphClient, ids: readonly ObjectId[]): Promise<ReadonlyMap<ObjectId, SharedLook>> => {
  const passwords = await readEach(
    client,
    ids.map((id) => `/users/${id}?$select=id,lastPasswordChangeDateTime`),
    "v1.0",
    passwordIn,
  );
  const methods = await readEach(
    client,
    ids.map((id) => `/users/${id}/authentication/methods`),
    "v1.0",
    methodsIn,
  );
  return new Map(
    ids.map((id, place) => [
      id,
      {
        password: knownIn(passwords[place], (at) => (at === undefined ? absent : present(at))),
        methods: knownIn(methods[place], present),
      },
    ]),
  );
};
