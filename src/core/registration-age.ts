/** How old the registration report is. It lags by some hours; what is older than two days says little of who can do what. */

import type { Instant } from "./tenant.ts";

const HOUR_MS = 3_600_000;
const OLDEST_REPORT_MS = 48 * HOUR_MS;

/**
 * What keeps the report from saying who is ready now.
 *
 * @param refreshed when the service computed it; undefined: it does not say
 * @param readAt when it was read
 * @returns words that follow "the registration report"; undefined when it is of the last 48 hours.
 */
export const staleness = (refreshed: Instant | undefined, readAt: Instant): string | undefined => {
  if (refreshed === undefined) return "does not say how old it is";
  const age = readAt - refreshed;
  return age > OLDEST_REPORT_MS ? `is ${Math.floor(age / HOUR_MS).toLocaleString("en-GB")} hours old` : undefined;
};
