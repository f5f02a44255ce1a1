/** The watch notices: a law that was never seen to fail proves nothing. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { fakeRuntime, freshFolder } from "./harness.ts";
import { createWatch, takenFaults } from "./watch.ts";
import { closingOf } from "./watch-reporter.ts";

const TOKEN = "a-token-of-the-service-0123456789";

/** What a watch finds in this, and takes it from the worker's list: it was meant. */
const found = async (
  act: (runtime: ReturnType<typeof fakeRuntime>, watch: ReturnType<typeof createWatch>) => unknown,
  env = {},
): Promise<readonly string[]> => {
  const cwd = freshFolder();
  try {
    const watch = createWatch(env);
    await act(fakeRuntime({ cwd, env, fetch: async (request) => answerTo(request) }, [], watch), watch);
    return watch.faults();
  } finally {
    takenFaults();
    rmSync(cwd, { recursive: true, force: true });
  }
};

const answerTo = (request: Request): Response =>
  request.url.endsWith("/token") ? Response.json({ access_token: TOKEN, expires_in: 3600 }) : Response.json({ value: [] });

const asked = (url: string, token = TOKEN): Request => new Request(url, { headers: { authorization: `Bearer ${token}` } });

describe("a token is known", () => {
  test("as soon as it left", async () => {
    expect(
      await found(async ({ fetch }, watch) => {
        await fetch(asked("https://graph.microsoft.com/v1.0/me"));
        watch.search(`GET /me ${TOKEN}`, "standard error");
      }),
    ).toEqual(["a secret reached standard error: GET /me ..."]);
  });

  test("as soon as it was given out, and so is what was given for it", async () => {
    expect(
      await found(async ({ fetch }, watch) => {
        const body = new URLSearchParams({ grant_type: "client_credentials", client_secret: "the secret of the application" });
        await fetch(new Request("https://login.microsoftonline.com/common/oauth2/v2.0/token", { method: "POST", body }));
        watch.search(`got ${TOKEN}`, "standard output");
        watch.search("with the secret of the application", "a question");
      }),
    ).toEqual(["a secret reached standard output: got ...", "a secret reached a question: with ..."]);
  });

  test("from the environment, by its name", async () => {
    const env = { AZURE_CLIENT_SECRET: "a secret in the environment", AZURE_CLIENT_ID: "an id in the environment" };
    expect(await found((_, watch) => watch.search("an id in the environment, a secret in the environment", "standard output"), env)).toHaveLength(1);
  });
});

describe("whatever is written to a file is searched", () => {
  const env = { ENTRA_ROLLOUT_TOKEN: TOKEN };
  test.each<readonly [string, (runtime: ReturnType<typeof fakeRuntime>, path: string) => Promise<unknown>]>([
    ["whole", ({ files }, path) => files.write(path, `a ${TOKEN}`)],
    ["bytes", ({ files }, path) => files.write(path, Buffer.from(`a ${TOKEN}`))],
    ["packed", ({ files }, path) => files.write(path, gzipSync(`a ${TOKEN}`))],
    ["a line more", ({ files }, path) => files.append(path, `a ${TOKEN}`)],
    ["a line more, not yet on disk", ({ files }, path) => files.extend(path, `a ${TOKEN}`)],
    ["a new one", ({ files }, path) => files.create(path, `a ${TOKEN}`)],
    [
      "piece by piece, cut within it",
      async ({ files }, path) => {
        const file = await files.begin(path);
        await file.write(`a ${TOKEN.slice(0, 12)}`);
        await file.write(TOKEN.slice(12));
        await file.end();
      },
    ],
  ])("%s", async (_name, write) => {
    const [first, ...others] = await found((runtime) => write(runtime, join(runtime.cwd, "written")), env);
    expect([first, others]).toEqual([expect.stringMatching(/^a secret reached .*written: a \.\.\.$/), []]);
  });
});

describe("what looks like one is one, whoever's it is", () => {
  test.each([
    ["a JSON web token", "x eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ."],
    ["an authorization header", "authorization: Bearer abcdefgh"],
    ["a form with a secret", "grant_type=client_credentials&client_secret=abcdefgh"],
    ["a private key", "-----BEGIN PRIVATE KEY-----"],
  ])("%s", async (shape, text) => {
    expect(await found((_, watch) => watch.search(text, "a log"))).toEqual([expect.stringMatching(`^${shape} reached a log: `)]);
  });

  test("words about them are none", async () => {
    expect(await found((_, watch) => watch.search("set AZURE_CLIENT_SECRET; a bearer token never goes elsewhere; Bearer realm=x", "a log"))).toEqual([]);
  });
});

describe("where a token may go", () => {
  test.each(["https://graph.microsoft.com/v1.0/users", "https://outlook.office365.com/adminapi/beta/x/InvokeCommand", "http://127.0.0.1:8080/v1.0/users"])(
    "%s",
    async (url) => {
      expect(await found(({ fetch }) => fetch(asked(url)))).toEqual([]);
    },
  );

  test.each([
    "https://graph.microsoft.com.example/v1.0/users",
    "http://graph.microsoft.com/v1.0/users",
    "https://graph.microsoft.com:8443/",
    "https://192.0.2.7/",
  ])("and not: %s", async (url) => {
    expect(await found(({ fetch }) => fetch(asked(url)))).toEqual([`a token went to ${new URL(url).origin}`]);
  });
});

describe("the line at the end", () => {
  test("says what was done", () => {
    const counts = { texts: 2, secrets: 1, tokensSent: 3 };
    expect(closingOf([counts, counts], true)).toEqual({ line: "watch: 4 texts searched for 2 secrets, 6 tokens followed", isBad: false });
  });

  test.each([{ texts: 0 }, { secrets: 0 }, { tokensSent: 0 }])("a whole run that watched nothing is a bad one: %o", (none) => {
    const counts = { texts: 2, secrets: 1, tokensSent: 3, ...none };
    expect([closingOf([counts], true).isBad, closingOf([counts], false).isBad]).toEqual([true, false]);
  });
});
