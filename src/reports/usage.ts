/** The usage reports, each by itself: what could not be read is a gap, and unknown where it is used. */

import type { UsageReports } from "../core/reports/app-use.ts";
import type { Gap } from "../core/reports/shape.ts";
import type { GraphClient } from "../graph/client.ts";
import { NamesConcealed, type UsageReport, usageReportsOf } from "../graph/usage-reports.ts";
import { gapOf } from "./ground.ts";

const WHAT: Readonly<Record<UsageReport, string>> = {
  "active-users": "apps used, by product",
  "mail-programs": "apps used, by mail program",
  mailboxes: "mailboxes used",
};

const CONCEALED: Gap = {
  sort: "setting",
  what: "apps used",
  because: "the tenant conceals names in its usage reports, so that nobody can say whose row is whose",
  todo: 'switch it off for as long as it is needed: displayConcealedNames false in /admin/reportSettings, or "Display concealed user, group, and site names in all reports" in the Microsoft 365 admin centre under Settings, Org settings, Reports',
};

export const usageOf = (client: GraphClient, gaps: Gap[]): Promise<UsageReports> =>
  usageReportsOf(client, (report, error) => {
    if (error instanceof NamesConcealed) {
      // Said once: it is one setting for all of them.
      if (!gaps.includes(CONCEALED)) gaps.push(CONCEALED);
      return;
    }
    const gap = gapOf(WHAT[report], error);
    gaps.push(gap.sort === "permission" ? { ...gap, todo: "it takes Reports.Read.All, and for a person a role that may read reports as well" } : gap);
  });

const DAY_MS = 86_400_000;

/** How old they are. */
export const usageNotes = (reports: UsageReports): readonly string[] => {
  const refreshed = Object.values(reports).flatMap((known) => (known.type === "present" ? (known.value.refreshed ?? []) : []));
  if (refreshed.length === 0) return [];
  const day = new Date(Math.floor(Math.min(...refreshed) / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
  return [`apps used are those of the usage reports of 180 days up to ${day}: an app that was used is not a sign-in, and says nothing of basic authentication`];
};
