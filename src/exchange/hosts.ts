/** Where a token for Exchange Online may go: its clouds, their regional hosts below them, or loopback. Exchange facts, sections 2 and 3. */

import { CLOUDS } from "../clouds.ts";
import { isLoopback } from "../graph/hosts.ts";

const CLOUD_ORIGINS: readonly string[] = CLOUDS.map(({ exchange }) => exchange);

/**
 * Whether a request may go to `address` over a connection to `origin`. The service sends callers on to regional hosts below
 * its own name and puts them into the addresses of pages, so those of the connection's own cloud will do, over https alone.
 */
export const mayGoTo = (address: string, origin: string): boolean => {
  if (!URL.canParse(address) || !URL.canParse(origin)) return false;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return false;
  const own = new URL(origin);
  if (CLOUD_ORIGINS.includes(own.origin)) {
    return url.protocol === "https:" && url.port === "" && (url.hostname === own.hostname || url.hostname.endsWith(`.${own.hostname}`));
  }
  return url.origin === own.origin && (url.protocol === "http:" || url.protocol === "https:") && isLoopback(url.hostname);
};
