/** Where secrets and assertions may go, besides the cloud's own sign-in: a short list for each way. */

import type { Cloud } from "../clouds.ts";
import type { Runtime } from "../runtime.ts";
import type { WayName } from "./ways.ts";

/** The instance metadata service of virtual machines. learn.microsoft.com, Azure Instance Metadata Service. */
const METADATA = "http://169.254.169.254";
/** Under which GitHub's runners ask for the token of their job. docs.github.com, OpenID Connect reference. */
export const GITHUB_SUFFIX = ".actions.githubusercontent.com";

const isOnThisMachine = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || /^169\.254\.\d{1,3}\.\d{1,3}$/.test(host);

/** What an Azure service names as its own endpoint; it lies on the machine, whatever a setting says. */
const endpointsIn = (env: Runtime["env"]): readonly string[] =>
  ["IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT"].flatMap((name) => {
    const value = env[name] ?? "";
    return URL.canParse(value) && isOnThisMachine(new URL(value).hostname) ? [new URL(value).origin] : [];
  });

export type Asking = { readonly cloud: Cloud; readonly way: WayName; readonly env: Runtime["env"] };

/** Whether signing in may send something to `address`. */
export const mayAsk = (address: string, { cloud, way, env }: Asking): boolean => {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return false;
  if (way === "managed-identity") return url.origin === METADATA || endpointsIn(env).includes(url.origin);
  if (url.origin === cloud.login || cloud.alsoLogin.includes(url.origin)) return true;
  return way === "github" && url.protocol === "https:" && url.port === "" && url.hostname.endsWith(GITHUB_SUFFIX);
};
