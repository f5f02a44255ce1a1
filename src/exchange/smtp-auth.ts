/** The tenant's own word on SMTP AUTH, which a mailbox's word overrides. Exchange facts, section 8. */

import type { Settings, SmtpAuthSettings } from "../core/tenant.ts";
import { TENANT_KEY } from "../core/tenant.ts";
import { mismatch } from "../graph/kind.ts";
import { unreadableAnswer } from "../graph/pager.ts";
import { optionalFlag, Unreadable } from "../graph/wire.ts";
import { ServiceError } from "../service.ts";
import type { Cmdlet } from "./client.ts";
import { type ExchangeAdapter, outcomeFrom } from "./kind.ts";
import { isObject } from "./sending.ts";

const READ: Cmdlet = { name: "Get-TransportConfig", parameters: {}, select: ["Name", "SmtpClientAuthenticationDisabled"] };

const isSmtp = (settings: Settings): settings is SmtpAuthSettings => "smtpAuth" in settings;

export const smtpAuth: ExchangeAdapter<"smtp-auth"> = {
  list: async (client) => {
    const { objects } = await client.run(READ);
    const [only, ...more] = objects;
    const unreadable = (why: string): ServiceError => unreadableAnswer({ method: "POST", path: `/adminapi/beta/${READ.name}` }, why);
    if (!isObject(only) || more.length > 0) throw unreadable("there is not exactly one transport configuration");
    try {
      const disabled = optionalFlag(only["SmtpClientAuthenticationDisabled"], "whether SMTP AUTH of the tenant is off");
      // Not said is on: it has to be turned off.
      return [{ kind: "smtp-auth", id: TENANT_KEY, settings: { smtpAuth: disabled === true ? "off" : "on" }, managed: false }];
    } catch (error) {
      throw error instanceof Unreadable ? unreadable(error.message) : error;
    }
  },
  perform: async ({ client, settle }, steps) => {
    for (const step of steps) {
      const { write } = step;
      if (write.type !== "update" || !isSmtp(write.after)) {
        settle(step, mismatch(step));
        continue;
      }
      if (client.signal.aborted) {
        settle(step, { type: "left-out", because: "interrupted before it was sent" });
        continue;
      }
      const cmdlet: Cmdlet = { name: "Set-TransportConfig", parameters: { SmtpClientAuthenticationDisabled: write.after.smtpAuth === "off" } };
      const reply = await client.run(cmdlet).then(
        () => ({ type: "done" }) as const,
        (error: unknown) => {
          if (error instanceof ServiceError) return { type: "failed", error, exception: undefined } as const;
          throw error;
        },
      );
      settle(step, reply.type === "done" ? { type: "done" } : outcomeFrom(reply));
    }
  },
};
