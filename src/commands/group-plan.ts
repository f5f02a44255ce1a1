/** What needs a plan and no tenant, in one file of the bundle: many small ones would cost more to open than to run. */
export { runCheck } from "./check-work.ts";
export { planHelp } from "./help-plan.ts";
