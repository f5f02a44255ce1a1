/** Who used what in Microsoft 365 (reportroot-get...Detail): where the report lies, not the report itself. No premium licence is needed. */

import { type Answer, bodyOf, type Call, noContent, Refusal, type Route } from "../context.ts";
import { downloadPath } from "../download.ts";
import { property } from "../odata.ts";
import { untold } from "../refusal.ts";
import { concealsNames, isPeriod, SETTINGS_ID, USAGE_REPORTS, type UsageReport } from "../rules/usage.ts";

const PERIOD = /^period='([^']*)'$/i;

const redirect =
  (report: UsageReport) =>
  (call: Call): Answer => {
    if (call.store.fill.untold?.includes("usage") === true) throw untold("who used what");
    const period = PERIOD.exec(call.parameter("period"))?.[1] ?? "";
    // Status and text are unconfirmed; the page names the four that there are.
    if (!isPeriod(period)) throw new Refusal(400, "InvalidArgument", `Invalid period value specified: ${period}. Valid periods are D7, D30, D90 and D180.`);
    const origin = call.root.slice(0, call.root.lastIndexOf("/"));
    return { status: 302, headers: { Location: `${origin}${downloadPath(call.store, report, period)}`, "Content-Type": "text/plain" } };
  };

const SETTINGS = "/admin/reportSettings";

const settings = (call: Call): Answer => ({
  status: 200,
  body: { "@odata.context": `${call.root}/$metadata#admin/reportSettings/$entity`, displayConcealedNames: concealsNames(call.store) },
});

const change = (call: Call): Answer => {
  const { store } = call;
  const body = bodyOf(call);
  const value = property(body, "displayConcealedNames");
  if (typeof value !== "boolean") throw new Refusal(400, "BadRequest", "The property 'displayConcealedNames' is required and has to be true or false.");
  store.put("reportSettings", { id: SETTINGS_ID, displayConcealedNames: value }, "directory");
  return noContent;
};

export const usageReportRoutes: readonly Route[] = [
  ...USAGE_REPORTS.map(
    (report): Route => ({
      method: "GET",
      path: `/reports/${report}/{period:key}`,
      permissions: ["Reports.Read.All"],
      bucket: "usageReports",
      handle: redirect(report),
    }),
  ),
  // Which limit they count against is not stated.
  { method: "GET", path: SETTINGS, permissions: ["ReportSettings.Read.All", "ReportSettings.ReadWrite.All"], bucket: "directory", handle: settings },
  { method: "PATCH", path: SETTINGS, permissions: ["ReportSettings.ReadWrite.All"], bucket: "directory", handle: change },
];
