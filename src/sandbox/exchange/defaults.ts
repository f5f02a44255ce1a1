/** What a tenant's Exchange starts with. */

import type { WireObject } from "../fill.ts";
import { guidFrom } from "../ids.ts";

/** Where all mailboxes lie, as answers name it. */
export const SERVER = "LO2P265MB0099.GBRP265.PROD.OUTLOOK.COM";

export const TRANSPORT_ID = "transport";
/** Customised, and without a policy of who may sign in with a password alone. `DefaultAuthenticationPolicy` is kept as a policy's id. */
export const ORGANIZATION: WireObject = { id: "organization", IsDehydrated: false, DefaultAuthenticationPolicy: null };
/** True: off; false: on whatever the tenant says; null: as the tenant has it. */
export const SMTP = "SmtpClientAuthenticationDisabled";

/** The plans that a tenant starts with; the service puts an id of its own behind each name. */
export const plansOf = (seed: string): readonly WireObject[] =>
  [
    { name: "ExchangeOnlineEnterprise", imap: true },
    { name: "ExchangeOnline", imap: true },
    { name: "ExchangeOnlineDeskless", imap: false },
  ].map(({ name, imap }): WireObject => {
    const id = guidFrom(`${seed} ${name}`);
    const full = `${name}-${id}`;
    return {
      id,
      DisplayName: name,
      Name: full,
      Identity: full,
      ActiveSyncEnabled: true,
      ImapEnabled: imap,
      PopEnabled: true,
      MAPIEnabled: imap,
      OWAEnabled: true,
      ECPEnabled: true,
      EwsEnabled: null,
      OwaMailboxPolicy: "OwaMailboxPolicy-Default",
    };
  });

export const transportOf = (disabled: boolean): WireObject => ({
  id: TRANSPORT_ID,
  Name: "Transport Settings",
  [SMTP]: disabled,
  AllowLegacyTLSClients: false,
});
