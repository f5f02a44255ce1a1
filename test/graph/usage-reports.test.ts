import { describe, expect, test } from "vitest";
import { createClient } from "../../src/graph/client.ts";
import { NamesConcealed, readUsage, type UsageReport } from "../../src/graph/usage-reports.ts";
import type { Fetch } from "../../src/runtime.ts";
import { ServiceError } from "../../src/service.ts";
import { json, noAnswer, type Reply, refusal, type Script, scripted, TOKEN } from "./scripted.ts";

const CLOUD = "https://graph.microsoft.com";
const PLACE = "https://reports.example.com/data/download/JDFKdf2_eJXKS034dbc7e0t__XDe";
const KEY = "JDFKdf2_eJXKS034dbc7e0t__XDe";

const PRODUCTS =
  "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Has Exchange License,Exchange Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,Skype For Business Last Activity Date,Yammer Last Activity Date,Teams Last Activity Date,Assigned Products";
const product = (address: string, days: string, more = "False,"): string => `2026-02-28,${address},Somebody,${more},True,${days},OFFICE 365 A3`;
const PROGRAMS =
  "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Outlook For Windows,POP3 App,SMTP App,Report Period";
const MAILBOXES = "Report Refresh Date,User Principal Name,Is Deleted,Last Activity Date,Item Count,Report Period,Recipient Type";

const file = (...lines: readonly string[]): Response =>
  new Response(lines.map((line) => `${line}\r\n`).join(""), { status: 200, headers: { "content-type": "application/octet-stream" } });
const moved = (to: string, status = 302): Response => new Response(null, { status, headers: { location: to } });

/** A cloud's connection: the first request is the service's, whatever follows is `behind`. */
const world = (behind: Script, more: { readonly origin?: string | undefined; readonly to?: string | undefined } = {}) => {
  let redirects = 0;
  const script: Script = (seen, place) => {
    if (!seen.url.startsWith(more.origin ?? CLOUD) || !seen.url.includes("/v1.0/")) return behind(seen, place);
    redirects += 1;
    return moved(more.to ?? PLACE);
  };
  const one = scripted(script, { origin: more.origin ?? CLOUD });
  return { ...one, client: createClient(one.connection), redirects: () => redirects };
};

const failed = async (reading: Promise<unknown>): Promise<ServiceError> => {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServiceError)) throw new Error("it did not fail as it should", { cause: error });
  return error;
};

describe("where the file is", () => {
  test("it is fetched with nothing of ours, and what it says is read", async () => {
    const { client, seen, lines } = world(() => file(PRODUCTS, product("head@alder.example", "2026-02-27,,2026-01-05,,,2026-02-26")));
    const { table, refreshed } = await readUsage(client, "active-users");
    expect(table.of("HEAD@Alder.example")).toEqual({
      days: [
        ["Exchange", Date.UTC(2026, 1, 27) / 86_400_000],
        ["SharePoint", Date.UTC(2026, 0, 5) / 86_400_000],
        ["Teams", Date.UTC(2026, 1, 26) / 86_400_000],
      ],
      words: [],
      mailbox: "unknown",
    });
    expect(refreshed).toBe(Date.UTC(2026, 1, 28));
    expect(seen.map(({ url }) => url)).toEqual([`${CLOUD}/v1.0/reports/getOffice365ActiveUserDetail(period='D180')`, PLACE]);
    expect(seen[0]?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
    expect([...(seen[1]?.headers ?? [])]).toEqual([]);
    // Neither is it in the log of requests, which knows one.
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(KEY);
  });

  test("a file that comes at once is as good", async () => {
    const { client, seen } = (() => {
      const one = scripted(() => file(PRODUCTS, product("head@alder.example", "2026-02-27,,,,,")), { origin: CLOUD });
      return { ...one, client: createClient(one.connection) };
    })();
    expect((await readUsage(client, "active-users")).table.size).toBe(1);
    expect(seen).toHaveLength(1);
  });

  test("it goes on to another address by the same rule, and not for ever", async () => {
    const { client, seen } = world((_, place) => (place < 3 ? moved(`/data/${place}/${KEY}`, 307) : file(PRODUCTS, product("a@example.com", ",,,,,"))));
    await readUsage(client, "active-users");
    expect(seen.slice(1).map(({ url }) => new URL(url).pathname)).toEqual([`/data/download/${KEY}`, `/data/1/${KEY}`, `/data/2/${KEY}`]);
    expect(seen.slice(1).every(({ headers }) => [...headers].length === 0)).toBe(true);
    const circle = world(() => moved(PLACE));
    expect((await failed(readUsage(circle.client, "active-users"))).message).toContain("too many redirects");
    expect(circle.redirects()).toBe(3);
  });

  const REFUSED: readonly (readonly [name: string, to: string, origin?: string])[] = [
    ["plain http", "http://reports.example.com/data/x"],
    ["this machine, from a cloud", "https://localhost/data/x"],
    ["this machine, from a cloud, by http", "http://127.0.0.1:8080/data/x"],
    ["a name and a password in it", "https://somebody:secret@reports.example.com/data/x"],
    ["no web address", "file:///data/x"],
    ["another machine, from a practice tenant", "https://reports.example.com/data/x", "http://127.0.0.1:3030"],
  ];
  test.each(REFUSED)("%s is not asked", async (_, to, origin) => {
    const { client, seen } = world(() => file(PRODUCTS), { to, origin });
    const error = await failed(readUsage(client, "active-users"));
    expect(error.message).toContain("an address from which no file is fetched");
    expect(error.message).not.toContain("data/x");
    expect(seen).toHaveLength(1);
  });

  test("the redirect of a file is held to the rule, too", async () => {
    const { client, seen } = world(() => moved("http://reports.example.com/data/x"));
    expect((await failed(readUsage(client, "active-users"))).message).toContain("no file is fetched");
    expect(seen).toHaveLength(2);
  });

  test("loopback by http is where practice tenants keep it", async () => {
    const { client } = world(() => file(PRODUCTS, product("a@example.com", ",,,,,")), { origin: "http://127.0.0.1:3030", to: "http://127.0.0.1:3030/data/x" });
    expect((await readUsage(client, "active-users")).table.size).toBe(1);
  });

  test("a redirect of anything but a file is still never followed", async () => {
    const { client, seen } = world(() => file(PRODUCTS));
    expect((await failed(client.send({ method: "GET", path: "/users" }))).message).toContain("a redirect, which is never followed");
    expect(seen).toHaveLength(1);
  });
});

describe("the token never travels", () => {
  /** Every host that is asked, and what each got to see. */
  const recording = (answers: (url: string, count: number) => Response): { readonly fetch: Fetch; readonly told: { url: string; text: string }[] } => {
    const told: { url: string; text: string }[] = [];
    return {
      told,
      fetch: async (request) => {
        told.push({ url: request.url, text: `${JSON.stringify([...request.headers])} ${await request.text()} ${request.referrer} ${request.credentials}` });
        return answers(request.url, told.length);
      },
    };
  };

  test.each<[string, (url: string, count: number) => Response]>([
    ["to the file", (url) => (url.startsWith(CLOUD) ? moved(PLACE) : file(PRODUCTS, product("a@example.com", ",,,,,")))],
    ["to a file that refuses", (url) => (url.startsWith(CLOUD) ? moved(PLACE) : new Response("who are you?", { status: 401 }))],
    ["to where a file leads", (url) => (url.startsWith(CLOUD) ? moved(PLACE) : moved(`${PLACE}/on`))],
    ["back to the service itself", (url, count) => (count === 1 ? moved(`${CLOUD}/v1.0/users`) : url.startsWith(CLOUD) ? moved(PLACE) : file(PRODUCTS))],
  ])("%s", async (_, answers) => {
    const { fetch, told } = recording(answers);
    const { connection, lines } = scripted(() => new Error("not this way"), { origin: CLOUD, fetch });
    const client = createClient(connection);
    const outcome = await readUsage(client, "active-users").catch((error: unknown) => error);
    const withToken = told.filter(({ text }) => text.includes(TOKEN) || /authorization|client-request-id/i.test(text));
    expect(withToken.every(({ url }) => url.startsWith(`${CLOUD}/v1.0/reports/`))).toBe(true);
    expect(told.length).toBeGreaterThan(withToken.length);
    const said = outcome instanceof Error ? `${outcome.message} ${outcome.stack ?? ""} ${JSON.stringify(outcome)}` : "";
    expect(`${said} ${JSON.stringify(lines)}`).not.toContain("data/download");
    expect(said).not.toContain(TOKEN);
  });
});

describe("what is in it", () => {
  const read = (report: UsageReport, text: string) => {
    const { client } = world(() => new Response(text));
    return readUsage(client, report);
  };

  test("a byte order mark, quotes, a comma in a name and a line break are no part of what is said", async () => {
    const text = `\uFEFF${PRODUCTS}\n2026-02-28,quote@example.com,"O'Neill, ""Shay""\nBSc",False,,True,2026-02-27,,,,,,A\n`;
    expect((await read("active-users", text)).table.of("quote@example.com")?.days).toHaveLength(1);
  });

  test("columns go by their headings: in any order, renamed products as they are, others passed over", async () => {
    const text =
      "Teams Last Activity Date,Something New,User Principal Name,Viva Engage Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,Exchange Last Activity Date\n2026-02-01,x,a@example.com,2026-02-03,,,2026-02-02\n";
    const { table, refreshed } = await read("active-users", text);
    expect(table.of("a@example.com")?.days.map(([name]) => name)).toEqual(["Teams", "Viva Engage", "Exchange"]);
    expect(refreshed).toBeUndefined();
  });

  test("programs that opened the mailbox", async () => {
    const text = `${PROGRAMS}\n2026-02-28,a@example.com,A,False,,2026-02-25,No,,Yes,180\n2026-02-28,b@example.com,B,False,,,false,0,,180\n2026-02-28,c@example.com,C,False,,2026-02-20,Undetermined,,,180\n`;
    const { table } = await read("mail-programs", text);
    expect(table.of("a@example.com")).toMatchObject({ words: ["SMTP App"], days: [["mail", Date.UTC(2026, 1, 25) / 86_400_000]] });
    expect(table.of("b@example.com")).toMatchObject({ words: [], days: [] });
    expect(table.of("c@example.com")).toMatchObject({ words: ["Outlook For Windows"] });
  });

  test("a program that was used on no day was used at the latest on the day of the report", async () => {
    const text = `${PROGRAMS}\n2026-02-28,a@example.com,A,False,,,,3,,180\n`;
    expect((await read("mail-programs", text)).table.of("a@example.com")).toMatchObject({
      words: ["POP3 App"],
      days: [["mail", Date.UTC(2026, 1, 28) / 86_400_000]],
    });
  });

  test("what mailboxes are for, where it is told", async () => {
    const row = (address: string, sort: string) => `2026-02-28,${address},False,,0,180,${sort}\n`;
    const { table } = await read(
      "mailboxes",
      `${MAILBOXES}\n${row("a@example.com", "User")}${row("b@example.com", "SharedMailbox")}${row("c@example.com", "Room")}${row("d@example.com", "something new")}`,
    );
    expect(["a", "b", "c", "d", "e"].map((each) => table.of(`${each}@example.com`)?.mailbox)).toEqual(["user", "shared", "room", "unknown", undefined]);
    const without = await read("mailboxes", `${MAILBOXES.replace(",Recipient Type", "")}\n2026-02-28,a@example.com,False,,0,180\n`);
    expect(without.table.of("a@example.com")?.mailbox).toBe("unknown");
  });

  test("nobody among the mailboxes is an answer, nobody among the products is none", async () => {
    expect((await read("mailboxes", `${MAILBOXES}\n`)).table.size).toBe(0);
    expect((await failed(read("active-users", `${PRODUCTS}\n`))).message).toContain("without a single row");
  });

  test.each([
    ["some", `${product("a@example.com", "2026-02-27,,,,,")}\n${product("0F1E2D3C4B5A69788796A5B4C3D2E1F0", ",,,,,")}`],
    ["all", product("0F1E2D3C4B5A69788796A5B4C3D2E1F0", "2026-02-27,,,,,")],
    ["empty ones", product("", "2026-02-27,,,,,")],
  ])("concealed names: %s of them, and nothing in it is said of anybody", async (_, rows) => {
    const { client, redirects } = world(() => new Response(`${PRODUCTS}\n${rows}\n`));
    const error = await failed(readUsage(client, "active-users"));
    expect(error).toBeInstanceOf(NamesConcealed);
    expect(error.message).toContain("conceal names");
    expect(redirects()).toBe(1);
  });

  test("the name of somebody deleted is no sign of that", async () => {
    const text = `${PRODUCTS}\n${product("0F1E2D3C", "2026-02-27,,,,,", "True,2026-02-01")}\n${product("a@example.com", ",,,,,")}\n`;
    expect((await read("active-users", text)).table.size).toBe(1);
  });
});

describe("what is no whole file is no answer", () => {
  const whole = `${PRODUCTS}\n${product("a@example.com", "2026-02-27,,,,,")}\n${product("b@example.com", "2026-02-26,,,,,")}\n`;
  const TROUBLES: readonly (readonly [name: string, reply: () => Reply, says: string])[] = [
    ["cut in a row", () => new Response(whole.slice(0, -70)), "broke off"],
    ["cut in the last cell", () => new Response(whole.slice(0, -4)), "broke off"],
    ["cut in a quoted name", () => new Response(whole.replace("Somebody", '"Somebody')), "no such table"],
    ["a day that is none", () => new Response(whole.replace("2026-02-27", "27 February")), "a day in it"],
    ["a web page", () => new Response("<html><title>Sign in</title></html>\n"), "no column for names"],
    ["a column missing", () => new Response(whole.replace("Teams Last", "Last")), "no column for days of Teams"],
    ["nothing", () => new Response(""), "empty"],
    ["an address that is out of date", () => new Response("gone", { status: 403 }), "the answer was 403"],
    ["trouble over there", () => new Response("", { status: 503 }), "the answer was 503"],
    ["no connection", () => noAnswer("ECONNRESET"), "ECONNRESET"],
    [
      "a connection that breaks",
      () =>
        new Response(
          new ReadableStream({
            start: (controller) => {
              controller.enqueue(new TextEncoder().encode(whole));
              controller.error(new TypeError("terminated"));
            },
          }),
        ),
      "broke off",
    ],
  ];
  test.each(TROUBLES)("%s: asked for anew each time, told in the end", async (_, reply, says) => {
    const { client, redirects } = world(reply);
    const error = await failed(readUsage(client, "active-users"));
    expect(error.message).toContain(says);
    expect(error.message).not.toContain("data/download");
    // Whoever takes it for a refusal of the service would say that a permission is missing.
    expect(error.status).toBe(0);
    expect(redirects()).toBe(3);
  });

  test("one that comes whole the second time is read once", async () => {
    let count = 0;
    const { client } = world(() => {
      count += 1;
      return new Response(count === 1 ? whole.slice(0, -70) : whole);
    });
    expect((await readUsage(client, "active-users")).table.size).toBe(2);
  });

  test("a file without a last line end is whole where its length was told", async () => {
    const { client } = world(() => new Response(whole.trimEnd(), { headers: { "content-length": String(whole.length - 1) } }));
    expect((await readUsage(client, "active-users")).table.size).toBe(2);
  });

  test("one without an end is not read to it", async () => {
    const row = new TextEncoder().encode(`${product("a@example.com", ",,,,,")}\n`.repeat(10));
    let given = 0;
    const { client, clock } = world(() => {
      let begun = false;
      return new Response(
        new ReadableStream({
          pull: async (controller) => {
            controller.enqueue(begun ? row : new TextEncoder().encode(`${PRODUCTS}\n`));
            begun = true;
            given += 1;
            await clock.sleep(60_000);
          },
        }),
      );
    });
    expect((await failed(readUsage(client, "active-users"))).message).toContain("longer than a quarter of an hour");
    expect(given).toBeLessThan(3 * 25);
  });

  test("a refusal of the service stays one", async () => {
    const { connection } = scripted(() => refusal(403, "Authentication_MSGraphPermissionMissing", "missing Reports.Read.All"), { origin: CLOUD });
    const error = await failed(readUsage(createClient(connection), "active-users"));
    expect(error.status).toBe(403);
    const other = scripted(() => json(200, { value: [] }), { origin: CLOUD });
    expect((await failed(readUsage(createClient(other.connection), "active-users"))).message).toContain("no such table");
  });

  test("an abort ends it with its own reason", async () => {
    const { client, controller } = world(() => {
      controller.abort(new Error("interrupted"));
      return new Response(whole);
    });
    await expect(readUsage(client, "active-users")).rejects.toThrow("interrupted");
  });
});
