/** What a mailbox is for: user-get-mailboxsettings (example 4), user-list for what no list tells, rest-api-is-not-yet-supported-for-this-mailbox-error. */

import { describe, expect, test } from "vitest";
import { memoryTenant } from "./memory-tenant.ts";

const small = await memoryTenant("small");
const DENIED = { throttling: "off", permissions: ["User.Read.All"] };

const idOf = async (address: string): Promise<string> => String((await small.get(`/users/${encodeURIComponent(address)}?$select=id`)).body["id"]);

describe("mailboxSettings/userPurpose", () => {
  test.each([
    ["admin.delphine@small.example", undefined],
    ["info@small.example", "shared"],
    ["room-1@small.example", "room"],
    ["scanner@small.example", "user"],
    ["emergency-1@small.example", undefined],
  ])("%s: %s", async (address, purpose) => {
    const id = await idOf(address);
    for (const key of [id, address]) {
      const { status, body } = await small.get(`/users/${key}/mailboxSettings/userPurpose`);
      if (purpose === undefined) expect([status, body.error.code]).toEqual([404, "MailboxNotEnabledForRESTAPI"]);
      else
        expect([status, body]).toEqual([
          200,
          { "@odata.context": `http://127.0.0.1/v1.0/$metadata#users('${id}')/mailboxSettings/userPurpose`, value: purpose },
        ]);
    }
  });

  test("an account that is not there is another answer", async () => {
    const { status, body } = await small.get("/users/nobody@small.example/mailboxSettings/userPurpose");
    expect([status, body.error.code]).toEqual([404, "Request_ResourceNotFound"]);
  });

  test("twenty at a time", async () => {
    const addresses = ["info@small.example", "scanner@small.example", "emergency-1@small.example"];
    const requests = addresses.map((address, place) => ({ id: String(place), method: "GET", url: `/users/${address}/mailboxSettings/userPurpose` }));
    const { body } = await small.ask("POST", "/$batch", { requests });
    const responses = body["responses"] as readonly { readonly id: string; readonly status: number; readonly body: { readonly value?: string } }[];
    expect(responses.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ status, body: part }) => [status, part.value])).toEqual([
      [200, "shared"],
      [200, "user"],
      [404, undefined],
    ]);
  });

  test("with the permission for it and no other", async () => {
    const tenant = await memoryTenant("small", DENIED);
    const purpose = await tenant.get("/users/info@small.example/mailboxSettings/userPurpose");
    expect([purpose.status, purpose.body.error.code]).toEqual([403, "ErrorAccessDenied"]);
    const selected = await tenant.get("/users/info@small.example?$select=id,mailboxSettings");
    expect([selected.status, selected.body.error.code]).toEqual([403, "ErrorAccessDenied"]);
  });

  test("what a test says of a mailbox counts", async () => {
    const tenant = await memoryTenant("small");
    const id = String((await tenant.get("/users/info@small.example?$select=id")).body["id"]);
    await tenant.put("mailboxes", { id, userPurpose: "equipment" });
    expect((await tenant.get(`/users/${id}/mailboxSettings/userPurpose`)).body.value).toBe("equipment");
    await tenant.put("mailboxes", { id, userPurpose: null });
    expect((await tenant.get(`/users/${id}/mailboxSettings/userPurpose`)).status).toBe(404);
  });
});

describe("$select=mailboxSettings", () => {
  test("of one account, and of no list", async () => {
    const one = await small.get("/users/info@small.example?$select=id,mailboxSettings");
    expect(Object.keys(one.body).sort()).toEqual(["@odata.context", "id", "mailboxSettings"]);
    expect(one.body["mailboxSettings"]).toMatchObject({ userPurpose: "shared" });
    expect((await small.get("/users?$select=id,mailboxSettings")).status).toBe(501);
  });

  test("the settings as a whole", async () => {
    const whole = await small.get("/users/info@small.example/mailboxSettings");
    expect([whole.status, whole.body["userPurpose"]]).toEqual([200, "shared"]);
  });
});
