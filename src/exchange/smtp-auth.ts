/** The tenant's own word on SMTP AUTH, which a mailbox's word overrides. Exchange facts, section 8. */

import { type Settings, type SmtpAuthSettings, TENANT_KEY } from "../core/tenant.ts";
import { mismatch } from "../graph/kind.ts";
import { optionalFlag } from "../graph/wire.ts";
import type { Cmdlet } from "./client.ts";
import { type ExchangeAdapter, onlyOne, performOne } from "./kind.ts";

const READ: Cmdlet = { name: "Get-TransportConfig", parameters: {}, select: ["Name", "SmtpClientAuthenticationDisabled"] };

const isSmtp = (settings: Settings): settings is SmtpAuthSettings => "smtpAuth" in settings;

export const smtpAuth: ExchangeAdapter<"smtp-auth"> = {
  list: async (client) => {
    const disabled = await onlyOne(client, READ, "transport configuration", (config) =>
      optionalFlag(config["SmtpClientAuthenticationDisabled"], "whether SMTP AUTH of the tenant is off"),
    );
    // Not said is on: it has to be turned off.
    return [{ kind: "smtp-auth", id: TENANT_KEY, settings: { smtpAuth: disabled === true ? "off" : "on" }, managed: false }];
  },
  perform: async ({ client, settle }, steps) => {
    for (const step of steps) {
      const { write } = step;
      if (write.type !== "update" || !isSmtp(write.after)) {
        settle(step, mismatch(step));
        continue;
      }
      const parameters = { SmtpClientAuthenticationDisabled: write.after.smtpAuth === "off" };
      settle(step, await performOne(client, { name: "Set-TransportConfig", parameters }));
    }
  },
};
