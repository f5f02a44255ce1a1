/** Two resources with one mark: nobody knows which of them is the one, so neither is touched. */

import type { Kind } from "../tenant.ts";
import { type Guard, listed } from "./guard.ts";

const GUARD = "doubles";

const WORDS = {
  "cohort-group": "groups",
  "named-location": "named locations",
  "authentication-methods": "policies of authentication methods",
  "registration-campaign": "registration campaigns",
  "conditional-access": "policies",
  "security-defaults": "policies of security defaults",
  "per-user-mfa": "per-user states",
  "mailbox-plan": "plans for new mailboxes",
  "mailbox-protocols": "protocols of mailboxes",
  "authentication-policy": "authentication policies",
  "default-authentication-policy": "default authentication policies",
  "smtp-auth": "settings of SMTP AUTH",
  "account-block": "accounts",
  "account-deletion": "accounts",
} as const satisfies Record<Kind, string>;

export const doubles: Guard = {
  name: GUARD,
  about: "nothing of the plan's is in the tenant twice",
  allowable: false,
  check: ({ diff }) =>
    diff.doubles.map(({ kind, mark, ids }) => ({
      guard: GUARD,
      verdict: "stop",
      detail: `${ids.length === 2 ? "two" : ids.length} ${WORDS[kind]} bear the mark ${mark.plan}/${mark.key}: ${listed([...ids].sort(), ids.length)}; which of them counts is not for a tool to guess`,
      hint: "compare them in the Entra admin centre, keep the one that is right and delete the other",
      allowable: false,
      holds: [{ kind, key: mark.key }],
    })),
};
