/** `report`: the lists that a rollout is worked by. */

import type { ReportName } from "../core/reports/shape.ts";
import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./report-work.ts")).runReport(options, runtime);

const LINES = {
  unregistered: "who has not registered what the plan counts, what asks them for MFA today, and which phase reaches them when",
  stale: "accounts never signed in to, not for long, or of which nobody can say; and why each may be deleted or not",
  readiness: "each phase by domain: in scope, ready, not ready, exempt, unknown; needs PLAN",
  methods: "which methods are registered, and how that grows towards the phases",
  "sign-ins": "sign-ins from other countries than the plan's and by old programs, success apart from failure",
  networks: "addresses from which a cohort signed in during school hours: inside the plan's networks, or outside",
  exclusions: "every account outside every phase: by which exclusion, until when, whose",
  protocols: "by which of POP3, IMAP, SMTP AUTH and ActiveSync each mailbox is reached: who came last, and what the plan says",
  deletions: "what was done to accounts of review lists: blocked, deleted, spared, brought back; when, and on whose word",
} as const satisfies Record<ReportName, string>;

export const report: Command = {
  name: "report",
  takes: ["NAME", "[PLAN]"],
  summary: "lists to act on: unregistered, stale, readiness, methods, sign-ins, networks, exclusions, protocols, deletions",
  words: Object.entries(LINES),
  about: [
    "Without PLAN a report says what it can without one. It is of now, by the tenant's clock, and writes nothing to the tenant. A table is for reading; --csv and --json have every column. Beside FILE stands FILE.about.json: as of when, of which tenant, which rows, what is missing. FILE is replaced once all of it is there.",
    "Where something could not be read the cells say unknown, and what is missing is told at the end: exit 4, or 77 where a permission or a licence is missing.",
  ],
  options: ["ofPhase", "cohort", "ofDomain", "everyRow", "csv", "excel", "json", "toFile", "split", "forReview", "tenant", "state", "quiet", "verbose"],
  examples: [
    "entra-rollout report unregistered rollout-plans/county-schools-2018.yaml",
    "entra-rollout report unregistered rollout-plans/county-schools-2018.yaml --excel --split domain --out schools",
    "entra-rollout report stale rollout-plans/county-schools-2018.yaml --excel --for-review unused.csv",
  ],
  run,
};
