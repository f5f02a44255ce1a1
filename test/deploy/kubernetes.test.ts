import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ValidationSeverity, validate } from "dockerfile-utils";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { ROOT } from "../../scripts/copy.js";
import { deployed, manifests } from "./deployments.ts";

/** Where Kubernetes' own description of its interface, as types, has each. */
const TYPES: Readonly<Record<string, readonly [module: string, name: string]>> = {
  "v1 Namespace": ["core/v1", "Namespace"],
  "v1 ServiceAccount": ["core/v1", "ServiceAccount"],
  "v1 PersistentVolumeClaim": ["core/v1", "PersistentVolumeClaim"],
  "batch/v1 CronJob": ["batch/v1", "CronJob"],
};

const Kind = z.object({ apiVersion: z.string(), kind: z.string() });

/**
 * Compiles each manifest as a value of its type: a field that there is not, of another sort, or missing, is an error of the compiler.
 * @returns what it says
 */
const faultsIn = (values: readonly unknown[]): string => {
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-manifests-"));
  try {
    const lines = values.map((value, at) => {
      const { apiVersion, kind } = Kind.parse(value);
      const [module, name] = TYPES[`${apiVersion} ${kind}`] ?? [];
      if (module === undefined) throw new Error(`${apiVersion} ${kind}: nobody knows its type`);
      return `import type { ${name} as Kind${at} } from "kubernetes-types/${module}.d.ts";\nexport const value${at}: Kind${at} = ${JSON.stringify(value)};`;
    });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(ROOT, "node_modules/kubernetes-types"), join(folder, "node_modules/kubernetes-types"), "junction");
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

const text = deployed("kubernetes/cronjob.yaml");
const manifestsOf = (changed: string): readonly unknown[] => parseAllDocuments(changed).map((document) => document.toJS());

const Container = z.object({
  name: z.string(),
  securityContext: z.record(z.string(), z.unknown()),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() })),
});
const CronJob = z.object({
  kind: z.literal("CronJob"),
  spec: z.object({
    schedule: z.string(),
    concurrencyPolicy: z.string(),
    startingDeadlineSeconds: z.number(),
    jobTemplate: z.object({
      spec: z.object({
        backoffLimit: z.number(),
        template: z.object({
          metadata: z.object({ labels: z.record(z.string(), z.string()) }),
          spec: z.object({
            serviceAccountName: z.string(),
            automountServiceAccountToken: z.boolean(),
            restartPolicy: z.string(),
            securityContext: z.record(z.string(), z.unknown()),
            containers: z.array(Container).length(1),
            volumes: z.array(z.object({ name: z.string() })),
          }),
        }),
      }),
    }),
  }),
});
const [cronJob] = manifests().flatMap((each) => {
  const read = CronJob.safeParse(each);
  return read.success ? [read.data.spec] : [];
});

describe("the manifests", () => {
  test("are what Kubernetes describes, each by its type", () => {
    expect(manifests()).toHaveLength(Object.keys(TYPES).length);
    expect(faultsIn(manifests())).toBe("");
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

  test("run one at a time, every quarter of an hour, once each", () => {
    expect(cronJob?.schedule).toBe("*/15 * * * *");
    expect(cronJob?.concurrencyPolicy).toBe("Forbid");
    // Below ten seconds the controller may never start one.
    expect(cronJob?.startingDeadlineSeconds).toBeGreaterThan(10);
    expect(cronJob?.jobTemplate.spec.backoffLimit).toBe(0);
    expect(cronJob?.jobTemplate.spec.template.spec.restartPolicy).toBe("Never");
  });

  test("sign in by the label and the account by which the cluster hands out its token, and may do nothing else", () => {
    const template = cronJob?.jobTemplate.spec.template;
    expect(template?.metadata.labels["azure.workload.identity/use"]).toBe("true");
    expect(template?.spec).toMatchObject({ serviceAccountName: "entra-rollout", automountServiceAccountToken: false });
    expect(template?.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001, fsGroup: 10001, seccompProfile: { type: "RuntimeDefault" } });
    const [container] = template?.spec.containers ?? [];
    expect(container?.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
    expect(container?.volumeMounts).toEqual([
      { name: "plan", mountPath: "/plan", readOnly: true },
      { name: "state", mountPath: "/state" },
    ]);
    expect(template?.spec.volumes.map(({ name }) => name)).toEqual(["plan", "state"]);
    const Account = z.object({ kind: z.literal("ServiceAccount"), metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()) }) });
    const [account] = manifests().flatMap((each) => Account.safeParse(each).data ?? []);
    expect(account?.metadata.name).toBe(template?.spec.serviceAccountName);
    expect(Object.keys(account?.metadata.annotations ?? {})).toContain("azure.workload.identity/client-id");
    const names = manifests().flatMap((each) => z.object({ metadata: z.object({ namespace: z.string() }) }).safeParse(each).data?.metadata.namespace ?? []);
    expect(new Set(names)).toEqual(new Set(["mfa-rollout"]));
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

  test("runs as the user to whom the state belongs, in the folder of the plan, on a Node that is promised", () => {
    const [, user] = /^USER (\d+):\d+$/m.exec(container) ?? [];
    expect(Number(user)).toBe(cronJob?.jobTemplate.spec.template.spec.securityContext["runAsUser"]);
    expect(container).toMatch(/^WORKDIR \/plan$/m);
    expect(container).toMatch(/^ENTRYPOINT \["entra-rollout"\]$/m);
    expect(Number(/^FROM docker\.io\/library\/node:(\d+)-slim$/m.exec(container)?.[1])).toBeGreaterThanOrEqual(20);
  });
});
