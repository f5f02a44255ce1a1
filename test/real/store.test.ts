/**
 * Somebody's sign-in that is kept between commands. The operating system's store is a stand-in that does what the package's plugin does:
 * it gives the sign-in library a place to read from before it looks for a token, and to write to when there is another.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IdentityPlugin } from "@azure/identity";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeRuntime } from "../../src/node-runtime.ts";
import type { CliOptions, CliResult } from "../cli/harness.ts";
import { CLIENT, openWorld, PLAN, SECRET, type World } from "./world.ts";

let world: World;
let stored: Map<string, string>;
let isLocked: boolean;

type Cache = { readonly serialize: () => string; readonly deserialize: (text: string) => void };
type Access = { readonly tokenCache: Cache; readonly cacheHasChanged: boolean };

const cachePersistencePlugin: IdentityPlugin = (context: unknown) => {
  const control: unknown = typeof context === "object" && context !== null && "cachePluginControl" in context ? context.cachePluginControl : undefined;
  if (typeof control !== "object" || control === null || !("setPersistence" in control) || typeof control.setPersistence !== "function")
    throw new Error("the library gives no control over its memory");
  control.setPersistence(async ({ name }: { readonly name: string }) => ({
    beforeCacheAccess: async ({ tokenCache }: Access) => {
      if (isLocked) throw new Error("The name org.freedesktop.secrets was not provided by any .service files");
      tokenCache.deserialize(stored.get(name) ?? "{}");
    },
    afterCacheAccess: async ({ tokenCache, cacheHasChanged }: Access) => {
      if (cacheHasChanged) stored.set(name, tokenCache.serialize());
    },
  }));
};

const besides: CliOptions["besides"] = (name) => (name === "@azure/identity-cache-persistence" ? { cachePersistencePlugin } : undefined);

const status = (words: readonly string[] = ["--token-cache"], options: Partial<CliOptions> = {}): Promise<CliResult> =>
  world.cli(["status", PLAN, "--tenant", world.tenantId, "--auth", "device-code", "--client-id", CLIENT, ...words], { besides, ...options });

const codesShown = (): number => world.asked.filter(({ path }) => path.endsWith("/devicecode")).length;
const record = (): string => join(world.folder, ".local", "state", "entra-rollout", "sign-ins", `${world.tenantId}-${CLIENT}.json`);

beforeEach(async () => {
  world = await openWorld();
  stored = new Map();
  isLocked = false;
});
afterEach(() => world.close());

describe("a sign-in that is kept", () => {
  test("is asked for once: the next command goes on with it", async () => {
    const first = await status();
    expect([first.exit, codesShown()], first.stderr).toEqual([0, 1]);
    const second = await status();
    expect([second.exit, codesShown()], second.stderr).toEqual([0, 1]);
    expect(second.stderr).not.toContain("devicelogin");
  });

  test("by the environment, for every command", async () => {
    const env = { ENTRA_ROLLOUT_TOKEN_CACHE: "1" };
    expect((await status([], { env })).exit).toBe(0);
    expect((await status([], { env })).exit).toBe(0);
    expect(codesShown()).toBe(1);
  });

  test("is in the store alone; beside our files stands who it was, for their owner", async () => {
    await status();
    const held = [...stored.values()].join("");
    expect(world.given.some(({ token }) => held.includes(token))).toBe(true);
    expect(JSON.parse(readFileSync(record(), "utf8"))).toMatchObject({ username: "admin@small.example", tenantId: world.tenantId, clientId: CLIENT });
    if (process.platform !== "win32") expect(statSync(record()).mode & 0o077).toBe(0);
    const files = readdirSync(join(world.folder, ".local"), { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    for (const each of files) {
      const text = readFileSync(join(each.parentPath, each.name), "utf8");
      for (const { token } of world.given) expect(text).not.toContain(token);
      expect(text).not.toContain("refresh-");
    }
  });

  test("that somebody took out of the store is asked for again", async () => {
    await status();
    stored.clear();
    const again = await status();
    expect([again.exit, codesShown()], again.stderr).toEqual([0, 2]);
  });

  test("that the service no longer takes is asked for again", async () => {
    await status();
    for (const [name, text] of stored) {
      const cache: unknown = JSON.parse(text);
      stored.set(name, JSON.stringify({ ...(typeof cache === "object" ? cache : {}), AccessToken: {} }));
    }
    world.told.refuse = ({ form }) =>
      form.get("grant_type") === "refresh_token"
        ? {
            status: 400,
            body: { error: "invalid_grant", error_description: "AADSTS700082: The refresh token has expired due to inactivity.", error_codes: [700082] },
          }
        : undefined;
    const again = await status();
    expect([again.exit, codesShown()], again.stderr).toEqual([0, 2]);
  });

  test.each([
    ["no text at all", "\u0000"],
    ["of something else", '{"a":1}'],
    ["cut short", '{"username":'],
  ])("a record that is %s is as if there were none", async (_, text) => {
    await status();
    writeFileSync(record(), text);
    const again = await status();
    expect([again.exit, codesShown()], again.stderr).toEqual([0, 2]);
  });
});

describe("the package", () => {
  test("is found beside this tool, and where it is not there nothing is", () => {
    const folder = join(world.folder, "node_modules", "beside");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "index.js"), "exports.is = 'here';\n");
    const { besides: real } = nodeRuntime(world.folder);
    expect(real("beside")).toEqual({ is: "here" });
    expect(real("@azure/identity-cache-persistence-of-nobody")).toBeUndefined();
  });
});

describe("it is not kept", () => {
  test("unless somebody asks for it", async () => {
    await status([]);
    await status([]);
    expect([codesShown(), stored.size, existsSync(record())]).toEqual([2, 0, false]);
  });

  test("where the package is not there: how to get it is said, and nobody is asked", async () => {
    const { exit, stderr } = await status(undefined, { besides: () => undefined });
    expect(stderr).toContain(
      "--token-cache: the operating system's store is reached by the package @azure/identity-cache-persistence, and it is not installed",
    );
    expect([exit, world.asked]).toEqual([64, []]);
  });

  test("where the store cannot be opened: that is said once, and the sign-in stays in memory", async () => {
    isLocked = true;
    const { exit, stderr } = await status();
    const line = "the operating system's store for sign-ins cannot be used, so this one stays in memory: The name org.freedesktop.secrets was not provided";
    expect(stderr.split(line)).toHaveLength(2);
    expect([exit, stored.size], stderr).toEqual([0, 0]);
    expect([(await status()).exit, codesShown()]).toEqual([0, 2]);
  });

  test("where the store cannot even be made", async () => {
    const broken: IdentityPlugin = (context: unknown) => {
      const control: unknown = Reflect.get(Object(context), "cachePluginControl");
      Reflect.get(Object(control), "setPersistence")(() => Promise.reject(new Error("libsecret-1.so.0: cannot open shared object file")));
    };
    const { exit, stderr } = await status(undefined, { besides: () => ({ cachePersistencePlugin: broken }) });
    expect(stderr).toContain("so this one stays in memory: libsecret-1.so.0: cannot open shared object file");
    expect(exit, stderr).toBe(0);
  });

  test("for ways that ask nobody", async () => {
    const args = ["status", PLAN, "--tenant", world.tenantId, "--token-cache"];
    const { exit, stderr } = await world.cli(args, { besides, env: { AZURE_CLIENT_ID: CLIENT, AZURE_CLIENT_SECRET: SECRET } });
    expect(stderr).toContain("--token-cache keeps what somebody signed in, and secret asks nobody");
    expect([exit, world.asked]).toEqual([64, []]);
  });

  test("by a word in the environment that is for those who are asked", async () => {
    const env = { AZURE_CLIENT_ID: CLIENT, AZURE_CLIENT_SECRET: SECRET, ENTRA_ROLLOUT_TOKEN_CACHE: "1" };
    expect((await world.cli(["status", PLAN, "--tenant", world.tenantId], { besides, env })).exit).toBe(0);
    expect(stored.size).toBe(0);
  });
});
