/** What is wanted. */

import type { Wanted } from "../../../src/core/sign-in.ts";
import type { Json, PolicySettings } from "../../../src/core/tenant.ts";
import { type Case, CSDL, FACTS, GRANT, ISSUE, row, SESSION } from "./build.ts";

const STRENGTH = "00000000-0000-0000-0000-000000000004";
const grant = (operator: "and" | "or", controls: readonly string[], more: Json = {}, strength: string | null = null): Partial<PolicySettings> => ({
  grant: { operator, controls, strength },
  other: { grantControls: more },
});
const wants = (any: boolean, ...controls: string[]): { readonly wants: Wanted } => ({ wants: { any, controls } });

export const CONTROLS: readonly Case[] = [
  row("MFA", grant("or", ["mfa"]), {}, "yes", GRANT, "require multifactor authentication", wants(true, "mfa")),
  row("all of two", grant("and", ["compliantDevice", "mfa"]), {}, "yes", GRANT, "require all the selected controls", wants(false, "compliantDevice", "mfa")),
  row("one of two", grant("or", ["compliantDevice", "mfa"]), {}, "yes", GRANT, "require one of the selected controls", wants(true, "compliantDevice", "mfa")),
  row("a strength", grant("or", [], {}, STRENGTH), {}, "yes", GRANT, "require authentication strength", wants(true, `strength:${STRENGTH}`)),
  row(
    "a strength and a device",
    grant("and", ["compliantDevice"], {}, STRENGTH),
    {},
    "yes",
    GRANT,
    "controls combine",
    wants(false, "compliantDevice", `strength:${STRENGTH}`),
  ),
  row("block", grant("or", ["block"]), {}, "yes", GRANT, "block access", wants(true, "block")),
  row("terms of use", grant("and", ["mfa"], { termsOfUse: ["t1"] }), {}, "yes", CSDL, "termsOfUse are grant controls", wants(false, "mfa", "terms-of-use:t1")),
  row(
    "a custom control",
    grant("or", [], { customAuthenticationFactors: ["Duo"] }),
    {},
    "yes",
    CSDL,
    "customAuthenticationFactors are grant controls",
    wants(true, "custom:Duo"),
  ),
  row("risk remediation", grant("or", ["riskRemediation"]), {}, "yes", CSDL, "conditionalAccessGrantControl", wants(true, "riskRemediation")),
  row(
    "a control that is not told",
    grant("or", ["unknownFutureValue"]),
    {},
    "yes",
    ISSUE,
    "what it wants is not known here",
    wants(true, "unknown:unknownFutureValue"),
  ),
  row(
    "a control that is new",
    grant("and", ["mfa", "retinaScan"]),
    {},
    "yes",
    ISSUE,
    "what it wants is not known here",
    wants(false, "mfa", "unknown:retinaScan"),
  ),
  row(
    "a member of the controls that is new",
    grant("or", ["mfa"], { approvals: ["x"] }),
    {},
    "yes",
    ISSUE,
    "what it wants is not known here",
    wants(true, "mfa", "unknown:approvals"),
  ),
  row(
    "an operator that is new",
    grant("or", ["mfa"], { operator: "XOR" }),
    {},
    "yes",
    ISSUE,
    "all are taken as needed",
    wants(false, "mfa", "unknown:operator XOR"),
  ),
  row("session controls alone", { grant: null, signInFrequency: "every-time" }, {}, "yes", SESSION, "a policy may want nothing of the sign-in itself", {
    wants: null,
  }),
  row("nothing at all", { grant: null }, {}, "no", CSDL, "emptyPolicy", { because: "nothing at all" }),
  row("a grant without controls", grant("or", []), {}, "yes", FACTS("7.2"), "empty lists say nothing", { wants: null }),
  row(
    "wanted though it may not apply",
    { ...grant("or", ["mfa"]), locations: { include: ["00000000-0000-0000-0000-000000000000"], exclude: [] } },
    {},
    "unknown",
    ISSUE,
    "who can meet it need not know",
    wants(true, "mfa"),
  ),
];
