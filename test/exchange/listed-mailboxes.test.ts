/** What speaks for many mailboxes, against answers as the service gives them. */

import { describe, expect, test } from "vitest";
import type { MailFacts } from "../../src/core/accounts/facts.ts";
import type { Known } from "../../src/core/tenant.ts";
import { createExchangeClient } from "../../src/exchange/client.ts";
import { type MailboxOwner, readMailFacts } from "../../src/exchange/listed-mailboxes.ts";

const TENANT = "7c1d9a44-2f0e-4b5c-9d61-0e8a3f5b7712";
const id = (number: number): string => `a0000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const owners = (count: number): readonly MailboxOwner[] =>
  Array.from({ length: count }, (_, at) => ({ id: id(at + 1), addresses: [`person-${at + 1}@county.example`] }));

type Reply = { readonly status: number; readonly body?: object };
const rows = (value: readonly object[]): Reply => ({ status: 200, body: { "@adminapi.warnings": [], value } });
const failing = (status: number, exception: string, text: string): Reply => ({
  status,
  body: {
    error: { code: "BadRequest", message: "Error executing cmdlet", details: [{ code: "Context", target: "", message: `|Microsoft.${exception}|${text}` }] },
  },
});

const MAILBOX = {
  LitigationHoldEnabled: false,
  ComplianceTagHoldApplied: false,
  DelayHoldApplied: false,
  DelayReleaseHoldApplied: false,
  InPlaceHolds: [],
  ForwardingAddress: null,
  ForwardingSmtpAddress: null,
  GrantSendOnBehalfTo: [],
};
const SELF = { User: "NT AUTHORITY\\SELF", Trustee: "NT AUTHORITY\\SELF", AccessRights: ["FullAccess"], IsInherited: false, Deny: false };
const asUsual = (name: string): Reply => rows([name === "Get-Mailbox" ? MAILBOX : SELF]);
const NOTHING: Known<MailFacts> = { type: "present", value: { onHold: false, delegates: [], forwardsTo: undefined } };

/** @param answer of each cmdlet; undefined: of the whole batch, which is then refused without a word */
const reading = async (count: number, answer: (name: string, identity: string) => Reply | undefined) => {
  const asked: string[] = [];
  let batches = 0;
  let now = 0;
  let uuids = 0;
  let told = 0;
  const client = createExchangeClient({
    origin: "https://outlook.office365.com",
    tenant: TENANT,
    anchor: `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${TENANT}`,
    getToken: async () => "a-token-that-is-long-enough",
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
    uuid: () => {
      uuids += 1;
      return `00000000-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
    },
    signal: new AbortController().signal,
    fetch: async (request) => {
      if (request.method === "GET") return new Response(null, { status: 403 });
      batches += 1;
      const { requests } = JSON.parse(await request.text());
      const responses: object[] = [];
      for (const item of requests) {
        const { CmdletName, Parameters } = item.body.CmdletInput;
        asked.push(`${CmdletName} ${Parameters.Identity}`);
        const own = answer(CmdletName, Parameters.Identity);
        if (own === undefined) return new Response(null, { status: 403 });
        responses.push({ id: item.id, headers: {}, ...own });
      }
      return new Response(JSON.stringify({ responses }), { status: 200, headers: { "content-type": "application/json" } });
    },
  });
  const { facts, denied } = await readMailFacts(client, owners(count), () => {
    told += 1;
  });
  return { facts, denied, asked, batches, told };
};

test("three cmdlets each, ten to a request, however many there are; told one by one", async () => {
  const { facts, asked, batches, told, denied } = await reading(305, asUsual);
  expect([...facts.keys()]).toEqual(owners(305).map((owner) => owner.id));
  expect(new Set([...facts.values()].map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(NOTHING)]));
  expect([asked.length, new Set(asked).size, batches, told, denied]).toEqual([915, 915, 92, 305, undefined]);
});

test("a grant that is missing: nobody is asked for whom it is missing as well, and everybody is told", async () => {
  const { facts, batches, told, denied } = await reading(305, () => undefined);
  expect(batches).toBeLessThanOrEqual(3);
  expect([told, facts.size]).toEqual([305, 305]);
  expect([denied, facts.get(id(305))]).toEqual([facts.get(id(1)), facts.get(id(1))]);
  expect(denied).toMatchObject({ type: "unknown", denied: true, because: expect.stringContaining("403") });
});

describe("one mailbox alone", () => {
  test.each<readonly [string, Reply, object]>([
    [
      "is out of the caller's scope: of the others it says nothing",
      failing(403, "Exchange.OutOfScopeException", "is out of the current user's write scope"),
      { type: "unknown", because: expect.stringContaining("scope") },
    ],
    [
      "is not there",
      failing(404, "Exchange.ManagementObjectNotFoundException", "couldn't be found"),
      { type: "unknown", because: expect.stringContaining("no such mailbox") },
    ],
    ["is answered with an error beside its rows", rows([]), { type: "unknown" }],
  ])("%s", async (_, reply, want) => {
    const { facts, denied } = await reading(3, (name, identity) => (name === "Get-Mailbox" && identity === id(1) ? reply : asUsual(name)));
    expect([facts.get(id(1)), facts.get(id(2)), facts.get(id(3)), denied]).toEqual([expect.objectContaining(want), NOTHING, NOTHING, undefined]);
  });

  test.each<readonly [string, object, readonly string[]]>([
    [
      "rows that say no more than who it is",
      { User: "opens@county.example", Trustee: "sends@county.example" },
      ["opens@county.example", "sends@county.example"],
    ],
    ["the owner by its own address", { User: "Person-1@county.example", Trustee: "PERSON-1@COUNTY.EXAMPLE" }, []],
    ["the owner as a number", { User: "S-1-5-10", Trustee: "S-1-5-10" }, []],
    ["somebody whom nobody knows any more", { User: "S-1-5-21-1-2-3-4", Trustee: "S-1-5-21-1-2-3-4" }, ["S-1-5-21-1-2-3-4"]],
    ["somebody called like the owner", { User: "HERSELF", Trustee: "HERSELF" }, ["HERSELF"]],
    ["who is kept out, in words", { User: "out@county.example", Deny: "True", Trustee: "out@county.example", AccessControlType: "Deny" }, []],
  ])("permissions: %s", async (_, row, delegates) => {
    const { facts } = await reading(1, (name) => (name === "Get-Mailbox" ? asUsual(name) : rows([row])));
    expect(facts.get(id(1))).toEqual({ type: "present", value: { onHold: false, delegates, forwardsTo: undefined } });
  });
});
