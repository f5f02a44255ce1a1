/** A report of one column of each sort, for tests of the formats, and what makes it up. */

import type { ReportEnd, ReportHead } from "../../src/core/reports/document.ts";
import type { Ending, Row, Shape } from "../../src/core/reports/shape.ts";
import type { Made } from "../../src/reports/report.ts";

export const SHAPE: Shape = {
  name: "unregistered",
  about: "accounts, each a known case",
  columns: [
    { name: "address", heading: "Address", sort: "text", about: "as people sign in with it", shown: "wide" },
    { name: "domain", heading: "Domain", sort: "text", about: "the part behind the @" },
    { name: "capable", heading: "Capable", sort: "word", about: "yes, no or unknown", shown: "narrow" },
    { name: "methods", heading: "Registered methods", sort: "list", about: "what is registered", shown: "narrow" },
    { name: "enabled", heading: "Enabled", sort: "flag", about: "whether it can sign in", shown: "narrow" },
    { name: "lastSignIn", heading: "Last sign-in", sort: "moment", about: "never, unknown, or when", shown: "narrow" },
    { name: "age", heading: "Age of data", sort: "number", about: "hours", shown: "narrow" },
  ],
  splitBy: "domain",
};

export const HEAD: ReportHead = {
  schemaVersion: 1,
  report: "unregistered",
  plan: { id: "county-2018", name: "County schools 2018", file: "plan.yaml" },
  tenant: { id: "00000000-0000-4000-8000-000000000000", name: "County schools", practice: true },
  asOf: "2018-11-05T08:00:00+00:00",
  timeZone: "Europe/London",
  filter: { phase: "heads-web", all: false },
};

export const row = (address: string, domain: string, more: Partial<Record<"methods" | "lastSignIn" | "age", Row[number]>> = {}): Row => [
  address,
  domain,
  "yes",
  more.methods === undefined ? ["app", "text"] : more.methods,
  true,
  more.lastSignIn === undefined ? "2018-07-05T08:00:00Z" : more.lastSignIn,
  more.age === undefined ? 1512 : more.age,
];

export const ENDING: Ending = {
  sums: [
    {
      title: "By domain",
      columns: ["Domain", "Accounts", "Not ready"],
      rows: [
        ["alder.county.example", 2, 1],
        ["birch.county.example", 1512, null],
      ],
    },
  ],
  gaps: [{ sort: "licence", what: "last sign-ins", because: "the tenant has no P1 licence", todo: "the usage reports say which app was used" }],
  notes: ["the service computed its registration report 3 hours ago"],
};

export const END: ReportEnd = { complete: true, ...ENDING };

export const made = (chunks: readonly (readonly Row[])[], ending: Ending | Error = ENDING, shape = SHAPE): Made => ({
  shape,
  rows: (async function* () {
    yield* chunks;
  })(),
  finish: () => {
    if (ending instanceof Error) throw ending;
    return ending;
  },
});
