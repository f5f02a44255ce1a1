/** The authentication policy of every account that has none of its own. Exchange facts, section 8. */

import { type DefaultAuthenticationPolicySettings, type Settings, TENANT_KEY } from "../core/tenant.ts";
import { mismatch, missing, resolved } from "../graph/kind.ts";
import { optionalFlag, optionalText } from "../graph/wire.ts";
import { type PolicyRow, policiesOf } from "./authentication-policy.ts";
import type { Cmdlet, ExchangeClient } from "./client.ts";
import { type ExchangeAdapter, onlyOne, performOne } from "./kind.ts";

const READ: Cmdlet = { name: "Get-OrganizationConfig", parameters: {}, select: ["Name", "DefaultAuthenticationPolicy", "IsDehydrated"] };

/** What a row is called by; which of these the tenant's setting shows is not confirmed. */
const NAMES = ["Guid", "Name", "Identity", "Id", "DistinguishedName", "ExchangeObjectId"] as const;

/** The first part of a distinguished name, and what stands behind the tenant's own name. */
const shortName = (text: string): string =>
  (/^CN=((?:\\.|[^,\\])+)/i.exec(text)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? text.split("\\").at(-1) ?? text).toLowerCase();

const isCalled = (text: string, { wire }: PolicyRow): boolean => {
  const names = NAMES.flatMap((name) => (typeof wire[name] === "string" ? [wire[name].toLowerCase()] : []));
  return names.includes(text.toLowerCase()) || String(wire["Name"]).toLowerCase() === shortName(text);
};

/** @returns the text itself where no policy is called so: it is what has to be written to have it back. */
const idOf = async (client: ExchangeClient, text: string): Promise<string> =>
  (await policiesOf(client)).find((row) => isCalled(text, row))?.resource.id ?? text;

const isDefault = (settings: Settings): settings is DefaultAuthenticationPolicySettings => "defaultPolicy" in settings;

export const defaultAuthenticationPolicy: ExchangeAdapter<"default-authentication-policy"> = {
  list: (client) =>
    onlyOne(client, READ, "organization configuration", async (config) => {
      const text = optionalText(config["DefaultAuthenticationPolicy"], "the default authentication policy") ?? "";
      const dehydrated = optionalFlag(config["IsDehydrated"], "whether the organization is dehydrated") === true;
      const defaultPolicy = text === "" ? null : await idOf(client, text);
      return [{ kind: "default-authentication-policy", id: TENANT_KEY, settings: { defaultPolicy, dehydrated }, managed: false }];
    }),
  perform: async ({ client, made, settle }, steps) => {
    for (const step of steps) {
      const { write } = step;
      if (write.type !== "update" || !isDefault(write.after)) {
        settle(step, mismatch(step));
        continue;
      }
      const wanted = write.after.defaultPolicy;
      const policy = wanted === null ? null : resolved(wanted, made);
      // Null says something: that there is none.
      if (policy === undefined) settle(step, missing(wanted === null ? [] : [wanted]));
      else settle(step, await performOne(client, { name: "Set-OrganizationConfig", parameters: { DefaultAuthenticationPolicy: policy } }));
    }
  },
};
