/** Security defaults on the wire. Facts, section 7.1. */

import type { IdentitySecurityDefaultsEnforcementPolicy } from "@microsoft/microsoft-graph-types";
import type { Step, StepOutcome } from "../core/changes.ts";
import type { ResourceOf } from "../core/tenant.ts";
import type { Ask } from "./client.ts";
import { isDefaultsSettings, type KindAdapter, mismatch, type Performing, performEach } from "./kind.ts";
import { oneOf, unreadableAnswer } from "./pager.ts";
import { flagIn, objectIn, textIn } from "./wire.ts";

const SECURITY_DEFAULTS = "/policies/identitySecurityDefaultsEnforcementPolicy";

type Wanted<T> = { readonly [K in keyof T]?: unknown };

/** Which id it has is unconfirmed: whatever the service says is kept. @throws Unreadable */
const fromWire = (value: unknown): ResourceOf<"security-defaults"> => {
  const wire: Wanted<IdentitySecurityDefaultsEnforcementPolicy> = objectIn(value, "the policy of security defaults");
  return {
    kind: "security-defaults",
    id: textIn(wire.id, "the id of the policy of security defaults").toLowerCase(),
    settings: { enabled: flagIn(wire.isEnabled, "whether security defaults are on") },
    managed: false,
  };
};

const perform = async ({ client }: Performing, step: Step): Promise<StepOutcome> => {
  const { write } = step;
  if (write.type !== "update" || !isDefaultsSettings(write.after)) return mismatch(step);
  await client.send({ method: "PATCH", path: SECURITY_DEFAULTS, body: { isEnabled: write.after.enabled } });
  return { type: "done", id: write.id };
};

export const securityDefaults: KindAdapter<"security-defaults"> = {
  list: async (client) => {
    const ask: Ask = { method: "GET", path: SECURITY_DEFAULTS };
    const found = await oneOf(client, ask, fromWire);
    if (found === undefined) throw unreadableAnswer(ask, "there is no such policy");
    return [found];
  },
  perform: (context, steps) => performEach(context, steps, (step) => perform(context, step)),
};
