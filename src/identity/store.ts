/**
 * Somebody's sign-in, kept between commands where they asked for it: the tokens in the operating system's store, by a package of
 * Microsoft's that this tool does not bring; beside our own files only who it was, in which nothing is secret.
 */

import type { AuthenticationRecord, IdentityPlugin } from "@azure/identity";
import { usage } from "../failure.ts";
import type { Runtime } from "../runtime.ts";

/** Its native parts are fetched or built when it is installed, which nothing does that this tool brings by itself. */
export const STORE_PACKAGE = "@azure/identity-cache-persistence";

export type Store = {
  readonly plugin: IdentityPlugin;
  /** Who signed in last; undefined: nobody yet, or the file cannot be understood. */
  readonly known: AuthenticationRecord | undefined;
  readonly remember: (record: AuthenticationRecord) => Promise<void>;
};

const isRecord = (value: unknown): value is AuthenticationRecord =>
  typeof value === "object" &&
  value !== null &&
  ["authority", "homeAccountId", "clientId", "tenantId", "username"].every(
    (name) => typeof Object.entries(value).find(([key]) => key === name)?.[1] === "string",
  );

const readRecord = async (path: string, { files }: Pick<Runtime, "files">): Promise<AuthenticationRecord | undefined> => {
  if ((await files.size(path)) === undefined) return undefined;
  const text = new TextDecoder().decode(await files.read(path, 100_000));
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const property = (value: unknown, name: string): unknown => (typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined);

const call = (target: unknown, name: string, ...given: readonly unknown[]): unknown => {
  const method = property(target, name);
  return typeof method === "function" ? Reflect.apply(method, target, given) : undefined;
};

/**
 * The plugin, but that a store which cannot be opened (no session to unlock it, no libsecret) ends no command: the sign-in then stays in
 * memory. What a plugin gets and gives is what `useIdentityPlugin` hands it: a control that takes a provider of MSAL's cache plugins.
 */
const pluginIn = (found: unknown, told: (error: unknown) => void): IdentityPlugin | undefined => {
  const plugin = property(found, "cachePersistencePlugin");
  if (typeof plugin !== "function") return undefined;
  return (context: unknown) => {
    const control = property(context, "cachePluginControl");
    const setPersistence = (provider: unknown): void => {
      const guarded = async (...given: readonly unknown[]): Promise<unknown> => {
        let made = typeof provider === "function" ? await Promise.resolve(Reflect.apply(provider, undefined, given)).catch(told) : undefined;
        let memory = "{}";
        const tried = async (name: string, access: unknown): Promise<void> => {
          try {
            await call(made, name, access);
          } catch (error) {
            told(error);
            made = undefined;
          }
        };
        return {
          beforeCacheAccess: async (access: unknown): Promise<void> => {
            await tried("beforeCacheAccess", access);
            if (made === undefined) call(property(access, "tokenCache"), "deserialize", memory);
          },
          afterCacheAccess: async (access: unknown): Promise<void> => {
            memory = String(call(property(access, "tokenCache"), "serialize"));
            await tried("afterCacheAccess", access);
          },
        };
      };
      call(control, "setPersistence", guarded);
    };
    plugin({ ...(typeof context === "object" ? context : {}), cachePluginControl: { setPersistence } });
  };
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : "no reason was given").replace(/\s+/g, " ").slice(0, 200);

/**
 * @param path where it is kept who signed in; its folder is made when there is something to keep
 * @param tell a line for people
 * @throws Failure (usage) where the package is not there
 */
export const openStore = async (path: string, folder: string, runtime: Runtime, tell: (line: string) => void): Promise<Store> => {
  let isTold = false;
  const plugin = pluginIn(runtime.besides(STORE_PACKAGE), (error) => {
    if (!isTold) tell(`the operating system's store for sign-ins cannot be used, so this one stays in memory: ${reasonOf(error)}`);
    isTold = true;
  });
  if (plugin === undefined)
    throw usage(
      `--token-cache: the operating system's store is reached by the package ${STORE_PACKAGE}, and it is not installed`,
      `npm install --global ${STORE_PACKAGE}, or without --global beside this tool`,
      "without --token-cache tokens stay in memory, and each command signs in anew",
    );
  return {
    plugin,
    known: await readRecord(path, runtime),
    remember: async (record) => {
      await runtime.files.makeFolder(folder);
      await runtime.files.write(path, `${JSON.stringify(record)}\n`);
    },
  };
};
