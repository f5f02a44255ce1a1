/** Where a token may go: a short list of Microsoft clouds, or loopback. */

import { CLOUDS } from "../clouds.ts";

const CLOUD_ORIGINS: readonly string[] = CLOUDS.map(({ graph }) => graph);

export const isLoopback = (host: string): boolean => host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);

/**
 * Whether a request may go to `address` over a connection to `origin`. Tokens of one cloud are worthless in another, so
 * only the connection's own origin will do, and that must be a cloud or loopback.
 */
export const mayGoTo = (address: string, origin: string): boolean => {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return false;
  if (!URL.canParse(origin) || url.origin !== new URL(origin).origin) return false;
  if (CLOUD_ORIGINS.includes(url.origin)) return true;
  return (url.protocol === "http:" || url.protocol === "https:") && isLoopback(url.hostname);
};

/**
 * Whether a file may be fetched from an address that an answer over a connection to `origin` named. It gets nothing of ours, so any
 * host will do that proves who it is; a practice tenant keeps its files on this machine, and nobody else has any there.
 */
export const mayDownloadFrom = (address: string, origin: string): boolean => {
  if (!URL.canParse(address) || !URL.canParse(origin)) return false;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") return false;
  if (isLoopback(new URL(origin).hostname)) return isLoopback(url.hostname) && (url.protocol === "http:" || url.protocol === "https:");
  return url.protocol === "https:" && !isLoopback(url.hostname);
};

/** Path and query as messages and logs show them: without the host, and without the page token, which is opaque and long. */
export const shownPath = (address: string): string => {
  const path = URL.canParse(address) ? address.replace(/^[a-z]+:\/\/[^/?#]*/i, "") : "(an address that is none)";
  return path.replace(/([?&](?:\$|%24)skiptoken=)[^&]*/gi, "$1...");
};
