/** What deploy/ would start: the commands in its files, read as the program reads them that starts them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, parse as parseYaml } from "yaml";
import { z } from "zod";
import { ROOT } from "../../scripts/copy.js";

export const deployed = (name: string): string => readFileSync(join(ROOT, "deploy", name), "utf8");

/** What stands in place of what only the machine knows. */
const TENANT = "11111111-1111-4111-8111-111111111111";
const CLIENT = "22222222-2222-4222-8222-222222222222";
const KNOWN: Readonly<Record<string, string>> = {
  AZURE_TENANT_ID: TENANT,
  AZURE_CLIENT_ID: CLIENT,
  GITHUB_STEP_SUMMARY: "github-summary.md",
  WAIT_UNTIL: "2027-02-26T06:30",
};

export type Deployment = {
  readonly name: string;
  /** After the program's name. */
  readonly words: readonly string[];
  /** What the tool finds in its environment: what the file sets, and what its platform does. */
  readonly env: Readonly<Record<string, string>>;
  readonly platform: NodeJS.Platform;
};

const filled = (word: string, pattern: RegExp, known: Readonly<Record<string, string>>): string =>
  word.replace(pattern, (whole, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`${whole} is set nowhere`);
    return value;
  });

/** Words of a plain line of a shell: with variables in double quotes and nothing else that a shell would do. */
const shellWords = (line: string): readonly string[] =>
  line.split(/ +/).map((word) => {
    const [, quoted] = /^"(\$[A-Z_]+)"$/.exec(word) ?? [];
    if (quoted === undefined && !/^[\w./:@-]+$/.test(word)) throw new Error(`${line}: ${word} is nothing that every shell takes as it stands`);
    return quoted === undefined ? word : filled(quoted, /\$([A-Z_]+)/g, KNOWN);
  });

const Workflow = z.object({
  jobs: z.object({
    run: z.object({
      env: z.record(z.string(), z.string()),
      steps: z.array(z.object({ run: z.string().optional(), name: z.string().optional() })),
    }),
  }),
});

const github = (): readonly Deployment[] => {
  const { env, steps } = Workflow.parse(parseYaml(deployed("github/entra-rollout.yml"))).jobs.run;
  const set = Object.fromEntries(Object.keys(env).map((name) => [name, filled(`$${name}`, /\$([A-Z_]+)/g, KNOWN)]));
  return steps.flatMap(({ run = "", name = "" }) =>
    run.startsWith("entra-rollout ")
      ? [
          {
            name: `GitHub Actions: ${name}`,
            words: shellWords(run).slice(1),
            env: { ...set, ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.actions.githubusercontent.com/x", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "token" },
            platform: "linux",
          },
        ]
      : [],
  );
};

/** The settings of a unit, in order: [section, key, value]. */
export const unitLines = (text: string): readonly (readonly [section: string, key: string, value: string])[] => {
  let section = "";
  return text.split("\n").flatMap((line, at): readonly (readonly [string, string, string])[] => {
    if (line === "" || line.startsWith("#")) return [];
    const [, head] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (head !== undefined) {
      section = head;
      return [];
    }
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined || section === "") throw new Error(`line ${at + 1} is no setting: ${line}`);
    return [[section, key, value]];
  });
};

const systemd = (): readonly Deployment[] => {
  const settings = unitLines(deployed("systemd/entra-rollout.service"));
  const specified = (text: string): string => filled(text, /%([a-zA-Z])/g, { S: "state-folder", d: "credentials" });
  const file = Object.fromEntries(
    deployed("systemd/entra-rollout.env")
      .split("\n")
      .flatMap((line) => {
        const [, name] = /^([A-Z_]+)=\S+$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, KNOWN[name] ?? ""]];
      }),
  );
  const set = settings.flatMap(([, key, value]) => (key === "Environment" ? [value.split("=", 2).map(specified)] : []));
  return settings.flatMap(([, key, value]) =>
    key === "ExecStart"
      ? [
          {
            name: "systemd",
            words: value
              .split(" ")
              .slice(1)
              .map((word) => specified(filled(word, /\$\{([A-Z_]+)\}/g, file))),
            env: { ...file, ...Object.fromEntries(set) },
            platform: "linux",
          },
        ]
      : [],
  );
};

const windows = (): readonly Deployment[] => {
  const script = deployed("windows/entra-rollout.ps1");
  const root = "C:\\ProgramData\\entra-rollout";
  const env: Record<string, string> = {};
  const variables: Record<string, string> = { PSScriptRoot: root };
  for (const [, scope = "", name = "", value = ""] of script.matchAll(/^\$(env:)?(\w+) = (.+)$/gm)) {
    const [, folder = "", rest = ""] = /^Join-Path \$(\w+) (?:'(.+)'|\(.+\))$/.exec(value) ?? [];
    const found = folder === "" ? (KNOWN[name] ?? value) : `${filled(`$${folder}`, /\$(\w+)/g, variables)}\\${rest}`;
    if (scope === "") variables[name] = found;
    else env[name] = found;
  }
  return [...script.matchAll(/^& \$tool (.+?) 2>&1/gm)].map(([, line = ""]) => ({
    name: "Windows",
    words: line.split(" ").map((word) => filled(filled(word, /\$env:(\w+)/g, env), /\$(\w+)/g, variables)),
    env,
    platform: "win32",
  }));
};

export const manifests = (): readonly unknown[] => parseAllDocuments(deployed("kubernetes/cronjob.yaml")).map((document) => document.toJS());

const CronJob = z.object({
  kind: z.literal("CronJob"),
  spec: z.object({
    jobTemplate: z.object({ spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(z.object({ args: z.array(z.string()) })) }) }) }) }),
  }),
});

const kubernetes = (): readonly Deployment[] =>
  manifests().flatMap((manifest) => {
    const read = CronJob.safeParse(manifest);
    if (!read.success) return [];
    return read.data.spec.jobTemplate.spec.template.spec.containers.map(({ args }) => ({
      name: "Kubernetes",
      words: args.map((arg) => filled(arg, /\$\((\w+)\)/g, KNOWN)),
      // As the cluster's webhook gives them to a pod with the label azure.workload.identity/use.
      env: { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT, AZURE_FEDERATED_TOKEN_FILE: "/var/run/secrets/azure/tokens/azure-identity-token" },
      platform: "linux" as const,
    }));
  });

export const deployments = (): readonly Deployment[] => [...github(), ...systemd(), ...windows(), ...kubernetes()];
