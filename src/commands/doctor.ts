/** `doctor`: what works, what does not, what to do. */

import { usage } from "../failure.ts";
import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

/** They shape a table or a registration, and nothing that is looked at in a tenant. */
const OF_RIGHTS = [
  ["readOnly", "--read-only"],
  ["only", "--only"],
  ["signedIn", "--signed-in"],
  ["github", "--github"],
  ["kubernetes", "--kubernetes"],
  ["serviceAccount", "--service-account"],
  ["out", "--out"],
] as const satisfies readonly (readonly [keyof Options, string])[];

const run = async (options: Options, runtime: Runtime): Promise<number> => {
  const { permissions, appRegistration } = options;
  if (permissions && appRegistration) throw usage("--permissions and --app-registration are two questions", "leave one of them out");
  if (permissions || appRegistration) return (await import("./rights-work.ts")).runRights(options, runtime);
  const wrong = OF_RIGHTS.find(([name]) => options[name] !== undefined && options[name] !== false);
  if (wrong !== undefined) throw usage(`${wrong[1]} is only for --permissions and --app-registration`);
  return (await import("./doctor-work.ts")).runDoctor(options, runtime);
};

export const doctor: Command = {
  name: "doctor",
  takes: ["[PLAN]"],
  summary: "what works and what does not: sign-in, permissions, licences, emergency accounts",
  about: [
    "Reads the tenant and writes nothing: who is signed in, what the plan needs and the tenant has, the settings that decide whether it can be carried out, whether the emergency accounts get in, the plan's networks against the tenant's, whether protocols of mailboxes can be switched, and what Microsoft Graph can neither read nor set. Each line says ok, warning or problem, and what to do. Without a plan it says what can be said of the tenant.",
    "Exit 3 when there is a problem, 4 when something could not be read, 77 when that is for want of a permission alone.",
    "--permissions and --app-registration ask no tenant. The one tells each permission and directory role, which commands need it, and why; for PLAN, or without one for whatever any plan may ask. The other tells how an application gets just what a scheduler needs (doctor, status, diff, run), or --read-only, or --only what is named: step by step in the portal, as the body of a request, and by the Azure CLI.",
  ],
  options: [
    "permissions",
    "appRegistration",
    "readOnly",
    "only",
    "signedIn",
    "github",
    "kubernetes",
    "serviceAccount",
    "rightsOut",
    "tenant",
    "state",
    "json",
    "quiet",
    "verbose",
  ],
  examples: [
    "entra-rollout doctor rollout-plans/county-schools-2018.yaml",
    "entra-rollout doctor",
    "entra-rollout doctor rollout-plans/county-schools-2018.yaml --permissions",
    "entra-rollout doctor rollout-plans/county-schools-2018.yaml --app-registration --read-only",
    "entra-rollout doctor rollout-plans/county-schools-2018.yaml --app-registration --github example/rollout",
  ],
  run,
};
