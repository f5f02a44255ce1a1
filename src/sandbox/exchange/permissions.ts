/**
 * Who may open a mailbox or send as it (learn.microsoft.com: Get-MailboxPermission, Get-RecipientPermission; rows as graph2otel met them in
 * July 2026): everybody their own, and whoever else was let in.
 */

import type { WireObject } from "../fill.ts";
import type { Store } from "../store.ts";
import { type Cmdlet, listed, type Output, type Parameters, parameter, switchOf, textOf } from "./cmdlet.ts";
import { aliasOf, keepingOf, principalOf, SELF } from "./keeping.ts";
import { ownerNamed, recipientTypeOf } from "./mailbox.ts";
import { invalid } from "./trouble.ts";

const rights = (texts: readonly string[]): WireObject => ({ "AccessRights@odata.type": "#Collection(String)", AccessRights: texts });

// ---- opening

/** Two rights in one element, with a comma between: so they were met. Others stand as they were arranged. */
const OWN = ["FullAccess, ReadPermission"];

type Opening = { readonly shown: string; readonly sid: string; readonly texts: readonly string[]; readonly isDenied: boolean; readonly isInherited: boolean };

/** The address is empty even of those who have one. */
const openingRow = (user: WireObject, { shown, sid, texts, isDenied, isInherited }: Opening): WireObject => ({
  ...rights(texts),
  Deny: isDenied,
  InheritanceType: "All",
  User: shown,
  UserSid: sid,
  PrimarySmtpAddress: "",
  Identity: aliasOf(user),
  IsInherited: isInherited,
  IsValid: true,
});

const mailboxPermissions = (store: Store, parameters: Parameters): Output => {
  const identity = textOf(parameter(parameters, "Identity"), "Identity");
  // Of all mailboxes at once it tells nothing.
  if (identity === undefined || identity === "") throw invalid("Identity is mandatory.", "System.Management.Automation.ParameterBindingException");
  const user = ownerNamed(store, identity, switchOf(parameters, "SoftDeletedMailbox") ? "soft-deleted" : "there");
  const isTold = {
    there: true,
    "soft-deleted": switchOf(parameters, "IncludeSoftDeletedUserPermissions"),
    gone: switchOf(parameters, "IncludeUnresolvedPermissions"),
  };
  const others = keepingOf(store, user).MailboxPermission.flatMap(({ User, AccessRights, Deny, IsInherited }): readonly Opening[] => {
    const { shown, sid, state } = principalOf(store, User);
    return isTold[state] ? [{ shown: shown ?? sid, sid, texts: AccessRights, isDenied: Deny, isInherited: IsInherited }] : [];
  });
  return listed([{ ...SELF, texts: OWN, isDenied: false, isInherited: false }, ...others].map((one) => openingRow(user, one)));
};

// ---- sending

type Sending = { readonly shown: string; readonly sid: string; readonly type: "Allow" | "Deny"; readonly isInherited: boolean };

const sendingRow = (store: Store, user: WireObject, { shown, sid, type, isInherited }: Sending): WireObject => ({
  Identity: aliasOf(user),
  Trustee: shown,
  AccessControlType: type,
  ...rights(["SendAs"]),
  ...(store.dials.sendAsRows === "whole" && { IsInherited: isInherited, InheritanceType: "None" }),
  TrusteeSidString: sid,
  TrusteeWithPrimarySmtpAddress: "",
  IsValid: true,
});

/** Whom the directory does not have any more is shown by the number that stands for them, which scripts have filtered out for years. */
const sendersOf = (store: Store, user: WireObject): readonly WireObject[] => {
  const others = keepingOf(store, user).RecipientPermission.map(({ Trustee, AccessControlType, IsInherited }): Sending => {
    const { shown, sid } = principalOf(store, Trustee);
    return { shown: shown ?? sid, sid, type: AccessControlType, isInherited: IsInherited };
  });
  const own: Sending = { ...SELF, type: "Allow", isInherited: false };
  return [own, ...others].map((one) => sendingRow(store, user, one));
};

/** A mailbox has several rows: each has a place within its mailbox's. */
const PLACES = 1000;

/** An identity of nothing means every recipient, as the cmdlet's page warns. */
const recipientPermissions = (store: Store, parameters: Parameters): Output => {
  const identity = textOf(parameter(parameters, "Identity"), "Identity");
  if (identity !== undefined && identity !== "") return listed(sendersOf(store, ownerNamed(store, identity)));
  return {
    warnings: [],
    rows: function* (after) {
      const from = Math.floor(Math.max(0, after) / PLACES);
      for (const { place, object } of store.of("users").rows(store.now, from - 1)) {
        if (recipientTypeOf(store, object) === undefined) continue;
        for (const [at, row] of sendersOf(store, object).entries()) if (place * PLACES + at > after) yield { place: place * PLACES + at, row };
      }
    },
  };
};

export const PERMISSION_CMDLETS: Readonly<Record<string, Cmdlet>> = {
  "Get-MailboxPermission": {
    parameters: ["Identity", "IncludeSoftDeletedUserPermissions", "IncludeUnresolvedPermissions", "ResultSize", "SoftDeletedMailbox"],
    run: mailboxPermissions,
  },
  "Get-RecipientPermission": { parameters: ["Identity", "ResultSize"], run: recipientPermissions },
};
