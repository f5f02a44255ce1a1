/** The sign-in library keeps, for the whole process, where a managed identity was first asked for: here that is another test's. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const KEEPER = join("node_modules", "@azure", "msal-node", "dist", "client", "ManagedIdentityClient.mjs");

export const forgetMachine = async (): Promise<void> => {
  const module: object = await import(pathToFileURL(KEEPER).href);
  Reflect.set(Reflect.get(module, "ManagedIdentityClient"), "identitySource", undefined);
};
