/** What needs a tenant, in one file of the bundle. */
export { runApply } from "./apply-work.ts";
export { findingsHelp } from "./help-findings.ts";
export { runRuns } from "./runs-work.ts";
export { clock, dial, fill, reset, serve } from "./sandbox-work.ts";
export { runDiff, runStatus } from "./see-work.ts";
export { runTour } from "./tour-work.ts";
export { runUndo } from "./undo-work.ts";
