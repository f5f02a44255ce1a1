/** `doctor --permissions` and `doctor --app-registration`: which rights are needed, and how they are given. No tenant is asked. */

import { commandLine } from "../command-line.ts";
import { COMMAND_NAMES, type CommandName, commandsFor, READING, UNATTENDED } from "../core/permissions/commands.ts";
import { permissionsDocument } from "../core/permissions/document.ts";
import { type FederatedCredential, githubCredential, kubernetesCredential, registrationDocument } from "../core/permissions/registration.ts";
import type { Plan } from "../core/plan/plan.ts";
import { nearest } from "../core/plan/problems.ts";
import { exitCode } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { soundPlan } from "../plan-file.ts";
import { jsonText } from "../render/json.ts";
import { permissionsText, registrationText } from "../render/permissions.ts";
import { styleFor } from "../render/style.ts";
import type { Runtime } from "../runtime.ts";
import { pathsOf } from "../text-file.ts";
import type { Options } from "./options.ts";
import { speaker } from "./speak.ts";

const named = (word: string): readonly CommandName[] => {
  const found = COMMAND_NAMES.filter((name) => name === word || (word === "report" && name.startsWith("report ")));
  if (found.length > 0) return found;
  const meant = nearest(word, COMMAND_NAMES);
  throw usage(
    `--only ${word}: no command of that name asks a tenant`,
    meant === undefined ? `these do: ${COMMAND_NAMES.join(", ")}` : `did you mean ${meant}?`,
    'several are set apart by commas: --only "diff,report stale"',
  );
};

const commandsOf = ({ only, readOnly }: Options, otherwise: readonly CommandName[]): readonly CommandName[] => {
  if (only === undefined) return readOnly ? READING : otherwise;
  if (readOnly) throw usage("--only and --read-only contradict each other", "leave one of them out");
  const wanted = new Set(only.split(",").flatMap((word) => named(word.trim())));
  return COMMAND_NAMES.filter((name) => wanted.has(name));
};

/** A repository as GitHub names it, and what of it may sign in. */
const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}(?::(?:environment:[^\s]+|ref:refs\/(?:heads|tags)\/[^\s]+|pull_request))?$/;
const ACCOUNT = /^[a-z0-9-]{1,63}:[a-z0-9.-]{1,253}$/;
const OWN_ACCOUNT = "entra-rollout:entra-rollout";

const federatedOf = ({ github, kubernetes, serviceAccount, signedIn }: Options): readonly FederatedCredential[] => {
  if (signedIn && (github !== undefined || kubernetes !== undefined))
    throw usage("--signed-in is for people, --github and --kubernetes are for what runs by itself", "leave one of them out");
  if (github !== undefined && !REPOSITORY.test(github))
    throw usage(`--github ${github}: a repository is needed`, "for example --github example/rollout, or example/rollout:environment:production");
  if (kubernetes !== undefined && !(URL.canParse(kubernetes) && new URL(kubernetes).protocol === "https:"))
    throw usage(`--kubernetes ${kubernetes}: the address of the cluster's issuer of tokens is needed`, "for example --kubernetes https://oidc.cluster.example");
  if (serviceAccount !== undefined && kubernetes === undefined) throw usage("--service-account is only for --kubernetes");
  if (serviceAccount !== undefined && !ACCOUNT.test(serviceAccount))
    throw usage(`--service-account ${serviceAccount}: NAMESPACE:NAME is needed`, `without it ${OWN_ACCOUNT} is meant`);
  return [
    ...(github === undefined ? [] : [githubCredential(github)]),
    ...(kubernetes === undefined ? [] : [kubernetesCredential(kubernetes, serviceAccount ?? OWN_ACCOUNT)]),
  ];
};

const FILE = "entra-rollout-app.json";

const FOR_REGISTRATION = ["signedIn", "github", "kubernetes", "serviceAccount"] as const satisfies readonly (keyof Options)[];
const FLAGS = { signedIn: "--signed-in", github: "--github", kubernetes: "--kubernetes", serviceAccount: "--service-account" } as const;

const again = (plan: Plan | undefined, { readOnly, only }: Options): readonly (string | undefined)[] => [
  plan?.file,
  "--app-registration",
  ...(readOnly ? ["--read-only"] : []),
  ...(only === undefined ? [] : ["--only", only]),
];

/** To a file goes what programs take: the body of the request that makes the application, or the table. */
const put = async (document: object, { out }: Options, runtime: Runtime, say: (line: string) => void): Promise<void> => {
  if (out === undefined) return;
  await runtime.files.write(pathsOf(runtime).resolve(runtime.cwd, out), jsonText(document), 0o644);
  say(`written to ${out}`);
};

const tellPermissions = async (options: Options, plan: Plan | undefined, runtime: Runtime): Promise<void> => {
  const wrong = FOR_REGISTRATION.find((name) => options[name] !== undefined && options[name] !== false);
  if (wrong !== undefined) throw usage(`${FLAGS[wrong]} is only for --app-registration`);
  const document = permissionsDocument(commandsOf(options, commandsFor(plan)), plan);
  await put(document, options, runtime, speaker(options, runtime).say);
  runtime.stdout.write(
    options.json
      ? jsonText(document)
      : permissionsText(
          document,
          `${commandLine("doctor", ...again(plan, options))} tells how they are given`,
          await styleFor(runtime, "stdout"),
          runtime.stdout.columns,
        ),
  );
};

const tellRegistration = async (options: Options, plan: Plan | undefined, runtime: Runtime): Promise<void> => {
  const document = registrationDocument({
    scheme: options.signedIn ? "delegated" : "application",
    // Whoever sits in front of it does the rest in their own name.
    commands: commandsOf(options, options.signedIn ? commandsFor(plan) : UNATTENDED),
    plan,
    federated: federatedOf(options),
    file: options.out === undefined ? FILE : pathsOf(runtime).basename(options.out),
  });
  await put(document.application, options, runtime, speaker(options, runtime).say);
  const next = [
    ...(options.out === undefined ? [`${commandLine("doctor", ...again(plan, options), "--out", FILE)} writes ${FILE}`] : []),
    "entra-rollout help sign-in tells how the application's ids, and its proof, are handed over",
  ];
  runtime.stdout.write(options.json ? jsonText(document) : registrationText(document, next, await styleFor(runtime, "stdout"), runtime.stdout.columns));
};

export const runRights = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file] = options.arguments;
  const plan = file === undefined ? undefined : (await soundPlan(file, runtime)).plan;
  await (options.permissions ? tellPermissions : tellRegistration)(options, plan, runtime);
  return exitCode("done");
};
