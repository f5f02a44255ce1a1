import { describe, expect, test } from "vitest";
import { z } from "zod";
import { deployed, manifests } from "./deployments.ts";

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

  test("runs as the user to whom the state belongs, in the folder of the plan, on a Node that is promised", () => {
    const [, user] = /^USER (\d+):\d+$/m.exec(container) ?? [];
    expect(Number(user)).toBe(cronJob?.jobTemplate.spec.template.spec.securityContext["runAsUser"]);
    expect(container).toMatch(/^WORKDIR \/plan$/m);
    expect(container).toMatch(/^ENTRYPOINT \["entra-rollout"\]$/m);
    expect(Number(/^FROM docker\.io\/library\/node:(\d+)-slim$/m.exec(container)?.[1])).toBeGreaterThanOrEqual(20);
  });
});
