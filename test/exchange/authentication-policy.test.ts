/** Both kinds of basic authentication against answers as the service gives them, or may give them: what is not confirmed is right either way. */

import { describe, expect, test } from "vitest";
import type { Step, StepOutcome, Write } from "../../src/core/changes.ts";
import { BASIC_WORDS } from "../../src/core/tenant.ts";
import { authenticationPolicy } from "../../src/exchange/authentication-policy.ts";
import { createExchangeClient } from "../../src/exchange/client.ts";
import { defaultAuthenticationPolicy } from "../../src/exchange/default-authentication-policy.ts";
import type { ExchangeAdapter } from "../../src/exchange/kind.ts";
import { ServiceError } from "../../src/service.ts";

const TENANT = "7c1d9a44-2f0e-4b5c-9d61-0e8a3f5b7712";
const OURS = "c55a2f10-7d3b-4e9a-8b66-f0e1d2c3b4a5";
const THEIRS = "1f0a6a1e-40d2-4d2f-9a55-6d3b8b3c0a01";
const NAME = "No basic authentication [county-2018/no-basic]";
const WIRE_NAME = "entra-rollout county-2018 no-basic";

type Call = { readonly name: string; readonly parameters: Readonly<Record<string, unknown>>; readonly url: string };
type Answer = { readonly status?: number; readonly value?: readonly unknown[]; readonly error?: string } | Error;

const refused = (text: string, status = 400): Answer => ({ status, error: text });

/** @param answer by cmdlet, one after the other; the last repeats */
const clientOf = (answers: Readonly<Record<string, readonly Answer[]>>, signal = new AbortController().signal) => {
  const calls: Call[] = [];
  let now = 0;
  const client = createExchangeClient({
    origin: "https://outlook.office365.com",
    tenant: TENANT,
    anchor: `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${TENANT}`,
    getToken: async () => "a-token-that-is-long-enough",
    fetch: async (request) => {
      const { CmdletInput } = JSON.parse(await request.text());
      const before = calls.filter(({ name }) => name === CmdletInput.CmdletName).length;
      calls.push({ name: CmdletInput.CmdletName, parameters: CmdletInput.Parameters, url: request.url });
      const own = answers[CmdletInput.CmdletName] ?? [{}];
      const given = own[before] ?? own.at(-1) ?? {};
      if (given instanceof Error) throw given;
      const { status = 200, value = [], error } = given;
      const body =
        error === undefined
          ? { "@adminapi.warnings": [], value }
          : {
              error: {
                code: status === 404 ? "NotFound" : "BadRequest",
                message: "Error executing cmdlet",
                details: [{ code: "Client", target: "", message: `Ex1|Microsoft.Exchange.SomeException|${error}` }],
              },
            };
      return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
    },
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
    uuid: () => "00000000-0000-4000-8000-000000000000",
    signal,
  });
  return { client, calls };
};

const row = (name: string, guid: string, allowed: readonly string[] = []) => ({
  Name: name,
  Identity: name,
  ...Object.fromEntries(
    [
      "ActiveSync",
      "Autodiscover",
      "Imap",
      "Mapi",
      "OfflineAddressBook",
      "OutlookService",
      "Pop",
      "Powershell",
      "ReportingWebServices",
      "Rpc",
      "Smtp",
      "WebServices",
    ].map((each) => [`AllowBasicAuth${each}`, allowed.includes(each)]),
  ),
  "Guid@odata.type": "#Guid",
  Guid: guid,
});

const stepOf = (kind: Step["kind"], write: Write): Step => ({ id: "0001", kind, key: "k", name: "it", write, undo: { type: "delete" }, after: [], phases: [] });

const performed = async (
  adapter: ExchangeAdapter<"authentication-policy"> | ExchangeAdapter<"default-authentication-policy">,
  { client }: ReturnType<typeof clientOf>,
  step: Step,
  made: ReadonlyMap<string, string> = new Map(),
): Promise<{ readonly outcome: StepOutcome | undefined; readonly sent: readonly string[] }> => {
  const sent: string[] = [];
  let outcome: StepOutcome | undefined;
  const settle = (_step: Step, told: StepOutcome): void => {
    outcome = told;
  };
  await adapter.perform({ client, made, settle, progress: () => undefined, beforeSend: async (id) => void sent.push(id) }, [step]);
  return { outcome, sent };
};

const create = (allowBasic: readonly ("smtpAuth" | "imap")[] = []): Step =>
  stepOf("authentication-policy", { type: "create", kind: "authentication-policy", key: "no-basic", settings: { name: NAME, allowBasic } });
const remove = stepOf("authentication-policy", {
  type: "delete",
  kind: "authentication-policy",
  key: "no-basic",
  id: OURS,
  before: { name: NAME, allowBasic: [] },
});
const setDefault = (to: string | null): Step =>
  stepOf("default-authentication-policy", {
    type: "update",
    kind: "default-authentication-policy",
    key: "tenant",
    id: "tenant",
    before: { defaultPolicy: null, dehydrated: false },
    after: { defaultPolicy: to, dehydrated: false },
  });

describe("policies, read", () => {
  test("ours is what bears the mark in its name; every switch has its word", async () => {
    const { client, calls } = clientOf({
      "Get-AuthenticationPolicy": [{ value: [row(WIRE_NAME, OURS.toUpperCase(), ["Smtp"]), row("Old printers", THEIRS, ["Imap", "Pop"])] }],
    });
    expect(await authenticationPolicy.list?.(client)).toEqual([
      {
        kind: "authentication-policy",
        id: OURS,
        mark: { plan: "county-2018", key: "no-basic" },
        settings: { name: NAME, allowBasic: ["smtpAuth"] },
        managed: false,
      },
      { kind: "authentication-policy", id: THEIRS, settings: { name: "Old printers", allowBasic: ["imap", "pop3"] }, managed: false },
    ]);
    expect(calls.map(({ name, parameters }) => [name, parameters])).toEqual([["Get-AuthenticationPolicy", {}]]);
    const all = clientOf({
      "Get-AuthenticationPolicy": [
        {
          value: [
            {
              Name: "x",
              ...Object.fromEntries(
                Object.keys(row("x", OURS))
                  .filter((key) => key.startsWith("Allow"))
                  .map((key) => [key, true]),
              ),
            },
          ],
        },
      ],
    });
    expect((await authenticationPolicy.list?.(all.client))?.[0]?.settings.allowBasic).toEqual(BASIC_WORDS);
  });

  test.each([
    ["one without an id goes by its name", { Name: "Old Printers", AllowBasicAuthImap: true }, { id: "old printers", allowBasic: ["imap"] }],
    ["a switch in the other case is read", { Name: "x", AllowBasicAuthPowerShell: true }, { id: "x", allowBasic: ["powershell"] }],
    ["what is not said is blocked", { Name: "x", AllowBasicAuthSmtp: null }, { id: "x", allowBasic: [] }],
  ])("%s", async (_name, wire, { id, allowBasic }) => {
    const [only] = (await authenticationPolicy.list?.(clientOf({ "Get-AuthenticationPolicy": [{ value: [wire] }] }).client)) ?? [];
    expect([only?.id, only?.settings.allowBasic]).toEqual([id, allowBasic]);
  });

  test.each([
    ["an object that is none", ["x"]],
    ["a policy without a name", [{ Guid: OURS }]],
    ["a switch that is text", [{ Name: "x", AllowBasicAuthSmtp: "False" }]],
  ])("%s is no list", async (_name, value) => {
    await expect(authenticationPolicy.list?.(clientOf({ "Get-AuthenticationPolicy": [{ value }] }).client)).rejects.toThrow(ServiceError);
  });

  test("a tenant without a place for them has none; any other refusal is one", async () => {
    const nowhere = refused("The operation couldn't be performed because object 'Auth Policies' couldn't be found on 'DC'.", 404);
    expect(await authenticationPolicy.list?.(clientOf({ "Get-AuthenticationPolicy": [nowhere] }).client)).toEqual([]);
    await expect(authenticationPolicy.list?.(clientOf({ "Get-AuthenticationPolicy": [refused("no", 403)] }).client)).rejects.toThrow(ServiceError);
  });
});

describe("policies, written", () => {
  test("made with the switches that let something in, and no others, once the journal knows", async () => {
    const line = clientOf({ "New-AuthenticationPolicy": [{ value: [row(WIRE_NAME, OURS, ["Smtp"])] }] });
    const { outcome, sent } = await performed(authenticationPolicy, line, create(["smtpAuth"]));
    expect(line.calls.map(({ name, parameters }) => [name, parameters])).toEqual([["New-AuthenticationPolicy", { Name: WIRE_NAME, AllowBasicAuthSmtp: true }]]);
    expect([outcome, sent]).toEqual([{ type: "done", id: OURS, settings: { name: NAME, allowBasic: ["smtpAuth"] } }, ["0001"]]);
  });

  test("the longest plan id leaves room in the name", async () => {
    const line = clientOf({});
    const name = `No basic authentication [${"p".repeat(40)}/no-basic]`;
    await performed(
      authenticationPolicy,
      line,
      stepOf("authentication-policy", { type: "create", kind: "authentication-policy", key: "no-basic", settings: { name, allowBasic: [] } }),
    );
    expect(String(line.calls[0]?.parameters["Name"])).toMatch(/^entra-rollout p{40} no-basic$/);
    expect(String(line.calls[0]?.parameters["Name"]).length).toBeLessThanOrEqual(64);
  });

  test.each([
    ["an answer without the policy", {}, { type: "done" }],
    ["an answer that cannot be read", { value: [{ Name: 1 }] }, { type: "done" }],
    ["it is there already", refused("The object 'CN=x' already exists."), { type: "unknown" }],
    ["no answer", new Error("gone"), { type: "unknown" }],
    ["refused", refused("you first need to run the command: Enable-OrganizationCustomization."), { type: "refused" }],
  ] satisfies readonly (readonly [string, Answer, object])[])("made: %s", async (_name, answer, want) => {
    const line = clientOf({ "New-AuthenticationPolicy": [answer] });
    const { outcome } = await performed(authenticationPolicy, line, create());
    expect(outcome).toMatchObject(want);
    expect(outcome).not.toHaveProperty("id");
    // Whatever became of it, it is not sent twice.
    expect(line.calls.length).toBe(1);
  });

  test("changed by the switches that differ, off ones as well", async () => {
    const line = clientOf({});
    const write = {
      type: "update",
      kind: "authentication-policy",
      key: "no-basic",
      id: OURS,
      before: { name: NAME, allowBasic: ["imap", "smtpAuth"] },
      after: { name: NAME, allowBasic: ["smtpAuth"] },
    } as const;
    expect((await performed(authenticationPolicy, line, stepOf("authentication-policy", write))).outcome).toEqual({ type: "done" });
    expect(line.calls.map(({ name, parameters }) => [name, parameters])).toEqual([["Set-AuthenticationPolicy", { Identity: OURS, AllowBasicAuthImap: false }]]);
  });

  test.each([
    ["it goes", [{}], "done", 1],
    ["the answer is lost, and then it is not there", [new Error("gone"), refused("object couldn't be found on 'DC'.", 404)], "done", 2],
    ["it is in use", [refused("it is the default")], "refused", 1],
  ] satisfies readonly (readonly [string, readonly Answer[], string, number])[])("removed: %s", async (_name, answers, type, calls) => {
    const line = clientOf({ "Remove-AuthenticationPolicy": answers });
    expect((await performed(authenticationPolicy, line, remove)).outcome?.type).toBe(type);
    expect(line.calls.map(({ parameters }) => parameters)).toEqual(Array.from({ length: calls }, () => ({ Identity: OURS, Confirm: false })));
  });

  test("one that is changed and not there is no success", async () => {
    const write = {
      type: "update",
      kind: "authentication-policy",
      key: "no-basic",
      id: OURS,
      before: { name: NAME, allowBasic: [] },
      after: { name: NAME, allowBasic: ["smtpAuth"] },
    } as const;
    const line = clientOf({ "Set-AuthenticationPolicy": [refused("object couldn't be found on 'DC'.", 404)] });
    expect((await performed(authenticationPolicy, line, stepOf("authentication-policy", write))).outcome?.type).toBe("refused");
  });

  test("interrupted, nothing leaves", async () => {
    const line = clientOf({}, AbortSignal.abort());
    const { outcome, sent } = await performed(authenticationPolicy, line, create());
    expect([outcome?.type, sent, line.calls]).toEqual(["left-out", [], []]);
  });
});

describe("the default, read", () => {
  const POLICIES: Answer = {
    value: [{ ...row("Old, printers", THEIRS), DistinguishedName: "CN=Old\\, printers,CN=Auth Policies,DC=x" }, row(WIRE_NAME, OURS)],
  };

  test.each([
    ["none", null, null],
    ["none, as an empty text", "", null],
    ["by its name, in any case", "OLD, printers", THEIRS],
    ["by its id", OURS.toUpperCase(), OURS],
    ["by its distinguished name", "CN=Old\\, printers,CN=Auth Policies,DC=x", THEIRS],
    ["by a distinguished name that the list does not show", `CN=${WIRE_NAME},CN=Auth Policies,DC=y`, OURS],
    ["with the tenant before it", `county.onmicrosoft.example\\${WIRE_NAME}`, OURS],
    ["one that nobody lists stays as it is called", "Gone", "Gone"],
  ])("%s", async (_name, shown, want) => {
    const line = clientOf({
      "Get-OrganizationConfig": [{ value: [{ Name: "x", DefaultAuthenticationPolicy: shown, IsDehydrated: false }] }],
      "Get-AuthenticationPolicy": [POLICIES],
    });
    expect(await defaultAuthenticationPolicy.list?.(line.client)).toEqual([
      { kind: "default-authentication-policy", id: "tenant", settings: { defaultPolicy: want, dehydrated: false }, managed: false },
    ]);
    expect(line.calls[0]?.url).toContain("$select=Name,DefaultAuthenticationPolicy,IsDehydrated");
    // Where there is none, nothing has to be looked up.
    expect(line.calls.length).toBe(want === null ? 1 : 2);
  });

  test.each([
    [true, true],
    [false, false],
    [null, false],
  ])("dehydrated: %s", async (shown, want) => {
    const line = clientOf({ "Get-OrganizationConfig": [{ value: [{ IsDehydrated: shown }] }] });
    expect((await defaultAuthenticationPolicy.list?.(line.client))?.[0]?.settings.dehydrated).toBe(want);
  });

  test.each([
    ["none", []],
    ["two", [{}, {}]],
    ["a number", [{ DefaultAuthenticationPolicy: 1 }]],
  ])("%s cannot be read", async (_name, value) => {
    await expect(defaultAuthenticationPolicy.list?.(clientOf({ "Get-OrganizationConfig": [{ value }] }).client)).rejects.toThrow(ServiceError);
  });
});

describe("the default, written", () => {
  test.each([
    ["an id", OURS, OURS],
    ["none, which says something", null, null],
    ["what this run made", "@authentication-policy/no-basic", OURS],
  ])("%s", async (_name, to, want) => {
    const line = clientOf({});
    const { outcome } = await performed(defaultAuthenticationPolicy, line, setDefault(to), new Map([["@authentication-policy/no-basic", OURS]]));
    expect(outcome).toEqual({ type: "done" });
    expect(line.calls.map(({ name, parameters }) => [name, parameters])).toEqual([["Set-OrganizationConfig", { DefaultAuthenticationPolicy: want }]]);
  });

  test("what was not made is never sent", async () => {
    const line = clientOf({});
    const { outcome } = await performed(defaultAuthenticationPolicy, line, setDefault("@authentication-policy/no-basic"));
    expect([outcome?.type, line.calls]).toEqual(["left-out", []]);
  });

  test.each([
    ["refused", [refused("no")], "refused", 1],
    ["no answer: it is the same when done twice", [new Error("gone"), {}], "done", 2],
  ] satisfies readonly (readonly [string, readonly Answer[], string, number])[])("%s", async (_name, answers, type, calls) => {
    const line = clientOf({ "Set-OrganizationConfig": answers });
    expect((await performed(defaultAuthenticationPolicy, line, setDefault(OURS))).outcome?.type).toBe(type);
    expect(line.calls.length).toBe(calls);
  });
});
