/** Which of the two grants is missing, as far as the answers and the token tell. */

import { expect, test } from "vitest";
import { complaintOf } from "../../src/exchange/errors.ts";
import { type Claims, isAboutGrants, missingGrant, type Offered } from "../../src/exchange/grants.ts";

const EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de";
const OTHER = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
const app = (roles: readonly string[], wids: readonly string[]): Claims => ({ roles, scopes: [], wids });

const ALL: Offered = new Set(["Get-CASMailbox", "Set-CASMailbox"]);

const cases: readonly {
  readonly name: string;
  readonly status: number;
  readonly cmdlet?: string;
  readonly claims?: Claims;
  readonly offered: Offered;
  readonly want: RegExp | undefined;
}[] = [
  { name: "401 says: no permission", status: 401, offered: "unknown", want: /permission Exchange\.ManageAsApp is missing/ },
  { name: "401 with the permission is about something else", status: 401, claims: app(["Exchange.ManageAsApp"], []), offered: "unknown", want: undefined },
  {
    name: "403, and even the list of cmdlets is refused: no role",
    status: 403,
    offered: "refused",
    want: /no role for Exchange.*assign Exchange Administrator/,
  },
  {
    name: "403, with another permission of the same service",
    status: 403,
    claims: app(["Exchange.ManageAsAppV2"], [EXCHANGE_ADMINISTRATOR]),
    offered: "refused",
    want: /Exchange\.ManageAsApp is missing/,
  },
  {
    name: "403, the token holds a role of another kind only",
    status: 403,
    claims: app(["Exchange.ManageAsApp"], [OTHER]),
    offered: "refused",
    want: /no role for Exchange/,
  },
  {
    name: "403 for a cmdlet that is not offered",
    status: 403,
    cmdlet: "Set-CASMailboxPlan",
    offered: ALL,
    want: /does not offer Set-CASMailboxPlan: Exchange Administrator does/,
  },
  {
    name: "403 for mailboxes that a reader may only see",
    status: 403,
    offered: new Set(["Get-CASMailbox"]),
    want: /Exchange Recipient Administrator or Exchange Administrator/,
  },
  { name: "403 for a cmdlet that is offered: it is about something else", status: 403, offered: ALL, want: undefined },
  {
    name: "403 where nobody can say what is offered, and the token holds a role",
    status: 403,
    claims: app(["Exchange.ManageAsApp"], [EXCHANGE_ADMINISTRATOR]),
    offered: "unknown",
    want: /does not offer Set-CASMailbox/,
  },
  { name: "403 where nobody can say anything", status: 403, offered: "unknown", want: undefined },
  {
    name: "403 of somebody who signed in without a role",
    status: 403,
    claims: { roles: [], scopes: ["Exchange.Manage"], wids: [] },
    offered: "refused",
    want: /no role for Exchange/,
  },
];

test.each(cases)("$name", ({ status, cmdlet = "Set-CASMailbox", claims, offered, want }) => {
  const told = missingGrant(status, cmdlet, claims, offered);
  if (want === undefined) expect(told).toBeUndefined();
  else expect(told).toMatch(want);
});

const SCOPE = {
  error: {
    code: "Forbidden",
    message: "Error executing cmdlet",
    details: [
      {
        code: "Client",
        target: "",
        message: "Ex1|Microsoft.Exchange.Configuration.Tasks.InvalidOperationException|It is out of the current user's write scope.",
      },
    ],
  },
};
const ACCESS = {
  error: { code: "Forbidden", message: "x", details: [{ message: "|Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException|no" }] },
};
const UNSUPPORTED = { error: { code: "Forbidden", message: "The role assigned to application 5e1f7b20 isn't supported in this scenario." } };

test.each([
  ["401", 401, undefined, true],
  ["403 that nobody can read", 403, undefined, true],
  ["403 for want of access to the cmdlet", 403, ACCESS, true],
  ["a role that the service does not take", 403, UNSUPPORTED, true],
  ["403 for one mailbox outside the caller's scope", 403, SCOPE, false],
  ["404", 404, undefined, false],
  ["429", 429, undefined, false],
] as const)("%s", (_, status, body, want) => {
  expect(isAboutGrants(status, complaintOf(status, new Headers(), body === undefined ? undefined : JSON.stringify(body)))).toBe(want);
});
