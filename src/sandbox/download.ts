/**
 * Where a usage report lies ready: an address of its own for each, good for a few minutes, and for whoever knows it. At the service that is
 * another host, which takes no token of Graph; here it is another path of the same one, which takes none either.
 */

import { createHash } from "node:crypto";
import { isPeriod, type Period, USAGE_REPORTS, type UsageReport, usageLines } from "./rules/usage.ts";
import type { Store } from "./store.ts";

/** Below the origin; the token stands behind it. */
export const DOWNLOADS = "/data/download/";

/** "A few minutes". */
const GOOD_MS = 5 * 60_000;

const sealOf = (store: Store, text: string): string => createHash("sha256").update(`${store.fill.seed} download ${text}`).digest("base64url").slice(0, 22);

/** The path of a report as it is now. */
export const downloadPath = (store: Store, report: UsageReport, period: Period): string => {
  const text = `${USAGE_REPORTS.indexOf(report)}-${period}-${store.now}`;
  return `${DOWNLOADS}${Buffer.from(text).toString("base64url")}__${sealOf(store, text)}`;
};

export type Download =
  | { readonly type: "lines"; readonly lines: Iterable<string> }
  /** Plain text: it is no part of Graph, so it knows nothing of Graph's errors. */
  | { readonly type: "refused"; readonly status: 400 | 403 | 404; readonly text: string };

/** @param withToken whether the request carried an `Authorization` header: whoever sends one there gives it away */
export const downloadOf = (store: Store, key: string, withToken: boolean): Download => {
  const [coded = "", seal] = key.split("__");
  const text = Buffer.from(coded, "base64url").toString("utf8");
  const [place = "", period = "", at = ""] = text.split("-");
  const report = USAGE_REPORTS[Number(place)];
  if (withToken)
    return { type: "refused", status: 400, text: "Only one way to authenticate may be used: the address is one, the header Authorization another.\n" };
  if (seal !== sealOf(store, text) || report === undefined || !isPeriod(period)) return { type: "refused", status: 404, text: "Nothing lies there.\n" };
  if (store.now - Number(at) > GOOD_MS) return { type: "refused", status: 403, text: "The address is out of date.\n" };
  return { type: "lines", lines: usageLines(store, report, period, Number(at)) };
};
