/**
 * Authentication policies of the practice tenant, each cmdlet as its page has it (learn.microsoft.com: Get-, New-, Set- and
 * Remove-AuthenticationPolicy, Set-OrganizationConfig).
 */

import { describe, expect, test } from "vitest";
import { type Asked, fillTiny, quietWith } from "./support.ts";

type Row = Readonly<Record<string, unknown>>;
type Told = { readonly status: number; readonly rows: readonly Row[]; readonly warnings: unknown; readonly text: string };

const toldBy = (asked: Asked): Told => {
  const { value, "@adminapi.warnings": warnings } = asked.body;
  return { status: asked.status, rows: Array.isArray(value) ? value : [], warnings, text: asked.text };
};

const tenantWith = async (dials: Parameters<typeof quietWith>[0] = {}) => {
  const { ask, sandbox } = await fillTiny(quietWith(dials));
  const { body } = await ask("GET", "/_practice");
  const run = async (name: string, parameters: object = {}): Promise<Told> =>
    toldBy(
      await ask("POST", `http://127.0.0.1/adminapi/beta/${String(body["tenantId"])}/InvokeCommand`, {
        CmdletInput: { CmdletName: name, Parameters: parameters },
      }),
    );
  const customised = (is: boolean) =>
    ask("POST", "/_practice/objects", {
      put: [{ collection: "organizationConfig", object: { id: "organization", IsDehydrated: !is, DefaultAuthenticationPolicy: null } }],
    });
  return { run, sandbox, customised };
};

const standard = async ({ run }: Awaited<ReturnType<typeof tenantWith>>): Promise<unknown> =>
  (await run("Get-OrganizationConfig")).rows[0]?.["DefaultAuthenticationPolicy"];

describe("policies", () => {
  test("a new one blocks whatever it is not told to let in, and shows itself", async () => {
    const { run } = await tenantWith();
    const made = await run("New-AuthenticationPolicy", { Name: "Block basic", AllowBasicAuthSmtp: true });
    expect(made.status).toBe(200);
    const [row] = made.rows;
    expect([row?.["Name"], row?.["Identity"], row?.["AllowBasicAuthSmtp"], row?.["AllowBasicAuthImap"]]).toEqual(["Block basic", "Block basic", true, false]);
    expect(Object.keys(row ?? {}).filter((key) => key.startsWith("AllowBasicAuth")).length).toBe(12);
    expect((await run("Get-AuthenticationPolicy")).rows).toEqual([row]);
    for (const Identity of ["block BASIC", row?.["Guid"], `CN=Block basic,CN=Auth Policies,CN=Configuration,CN=tiny.example`])
      expect((await run("Get-AuthenticationPolicy", { Identity })).rows, String(Identity)).toEqual([row]);
  });

  test.each([
    ["a name that is taken, in any case", { Name: "BLOCK basic" }, /already exists/],
    ["a name of 65 characters", { Name: "n".repeat(65) }, /maximum length is 64/],
    ["no name", {}, /mandatory/],
    ["a switch that is text", { Name: "x", AllowBasicAuthSmtp: "True" }, /AllowBasicAuthSmtp/],
    ["what belongs to Exchange Server alone", { Name: "x", BlockLegacyAuthImap: true }, /BlockLegacyAuthImap/],
  ])("is refused: %s", async (_name, parameters, words) => {
    const { run } = await tenantWith();
    await run("New-AuthenticationPolicy", { Name: "Block basic" });
    const refused = await run("New-AuthenticationPolicy", parameters);
    expect([refused.status, refused.text]).toEqual([400, expect.stringMatching(words)]);
    expect((await run("Get-AuthenticationPolicy")).rows.length).toBe(1);
  });

  test("a name of 64 characters is one", async () => {
    const { run } = await tenantWith();
    expect((await run("New-AuthenticationPolicy", { Name: "n".repeat(64) })).status).toBe(200);
  });

  test("a switch is set and taken back; one that is so already is a warning; what is not there is not found", async () => {
    const { run } = await tenantWith();
    await run("New-AuthenticationPolicy", { Name: "Block basic" });
    expect((await run("Set-AuthenticationPolicy", { Identity: "Block basic", AllowBasicAuthImap: true })).rows).toEqual([]);
    expect((await run("Get-AuthenticationPolicy")).rows[0]?.["AllowBasicAuthImap"]).toBe(true);
    const again = await run("Set-AuthenticationPolicy", { Identity: "Block basic", AllowBasicAuthImap: true });
    expect(again.warnings).toEqual(["The command completed successfully but no settings of 'Block basic' have been modified."]);
    await run("Set-AuthenticationPolicy", { Identity: "Block basic", AllowBasicAuthImap: false });
    expect((await run("Get-AuthenticationPolicy")).rows[0]?.["AllowBasicAuthImap"]).toBe(false);
    for (const cmdlet of ["Get-AuthenticationPolicy", "Set-AuthenticationPolicy", "Remove-AuthenticationPolicy"])
      expect((await run(cmdlet, { Identity: "nobody" })).status, cmdlet).toBe(404);
  });

  test("removed, unless it is the default", async () => {
    const { run } = await tenantWith();
    await run("New-AuthenticationPolicy", { Name: "Block basic" });
    await run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: "Block basic" });
    expect((await run("Remove-AuthenticationPolicy", { Identity: "Block basic", Confirm: false })).status).toBe(400);
    await run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: null });
    expect((await run("Remove-AuthenticationPolicy", { Identity: "Block basic", Confirm: false })).status).toBe(200);
    expect((await run("Get-AuthenticationPolicy")).rows).toEqual([]);
  });
});

describe("the default", () => {
  test("is none at first, a policy by its name, and none again", async () => {
    const tenant = await tenantWith();
    expect(await standard(tenant)).toBe(null);
    const [made] = (await tenant.run("New-AuthenticationPolicy", { Name: "Block basic" })).rows;
    await tenant.run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: made?.["Guid"] });
    expect(await standard(tenant)).toBe("Block basic");
    expect((await tenant.run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: "block basic" })).warnings).toEqual([
      expect.stringMatching(/no settings of/),
    ]);
    await tenant.run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: null });
    expect(await standard(tenant)).toBe(null);
    expect((await tenant.run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: "nobody" })).status).toBe(404);
  });

  test("is seen after the lag, and so is a policy", async () => {
    const tenant = await tenantWith({ lagMs: { directory: 0, conditionalAccess: 0, exchange: 5_000 } });
    await tenant.run("New-AuthenticationPolicy", { Name: "Block basic" });
    expect((await tenant.run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: "Block basic" })).status).toBe(200);
    expect([(await tenant.run("Get-AuthenticationPolicy")).rows, await standard(tenant)]).toEqual([[], null]);
    await tenant.sandbox.clock.sleep(5_000);
    expect([(await tenant.run("Get-AuthenticationPolicy")).rows.length, await standard(tenant)]).toEqual([1, "Block basic"]);
  });
});

describe("who may, and where", () => {
  test("an organization that nobody customised says so, and takes nothing", async () => {
    const tenant = await tenantWith();
    await tenant.customised(false);
    expect((await tenant.run("Get-OrganizationConfig")).rows[0]?.["IsDehydrated"]).toBe(true);
    expect((await tenant.run("Get-AuthenticationPolicy")).status).toBe(404);
    for (const [cmdlet, parameters] of [
      ["New-AuthenticationPolicy", { Name: "x" }],
      ["Set-AuthenticationPolicy", { Identity: "x" }],
      ["Remove-AuthenticationPolicy", { Identity: "x" }],
      ["Set-OrganizationConfig", { DefaultAuthenticationPolicy: null }],
    ] as const)
      expect(await tenant.run(cmdlet, parameters), cmdlet).toMatchObject({ status: 400, text: expect.stringContaining("Enable-OrganizationCustomization") });
    await tenant.customised(true);
    expect((await tenant.run("New-AuthenticationPolicy", { Name: "x" })).status).toBe(200);
  });

  test.each([
    ["exchange-administrator", 200, 200],
    ["global-reader", 200, 403],
    ["recipient-administrator", 403, 403],
  ] as const)("%s: read %i, write %i", async (exchangeRole, read, write) => {
    const { run } = await tenantWith({ exchangeRole });
    expect((await run("Get-AuthenticationPolicy")).status).toBe(read);
    expect((await run("New-AuthenticationPolicy", { Name: "x" })).status).toBe(write);
    expect((await run("Set-OrganizationConfig", { DefaultAuthenticationPolicy: null })).status).toBe(write);
  });
});
