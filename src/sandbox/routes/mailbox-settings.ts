/** What a mailbox is for (user-get-mailboxsettings): of one account at a time, no list tells it. */

import { idOf } from "../collection.ts";
import type { Answer, Call, Route } from "../context.ts";
import { mailboxPurpose, mailboxSettings, noAccess } from "../rules/mailbox.ts";
import { userNamed } from "../rules/user.ts";

const MAILBOX_PERMISSIONS = ["MailboxSettings.Read", "MailboxSettings.ReadWrite"];

const contextOf = (call: Call, id: string, rest = ""): string => `${call.root}/$metadata#users('${id}')/mailboxSettings${rest}`;

const whole = (call: Call): Answer => {
  const user = userNamed(call.store, call.parameter("id"));
  return { status: 200, body: { "@odata.context": contextOf(call, idOf(user)), ...mailboxSettings(call.store, user) } };
};

const purpose = (call: Call): Answer => {
  const user = userNamed(call.store, call.parameter("id"));
  return { status: 200, body: { "@odata.context": contextOf(call, idOf(user), "/userPurpose"), value: mailboxPurpose(call.store, user) } };
};

const of = (path: string, handle: Route["handle"]): Route => ({
  method: "GET",
  path: `/users/{id}/mailboxSettings${path}`,
  permissions: MAILBOX_PERMISSIONS,
  denied: noAccess,
  bucket: "outlook",
  handle,
});

export const mailboxRoutes: readonly Route[] = [of("", whole), of("/userPurpose", purpose)];
