/** What somebody approved: the file that `diff --out` wrote. */

import { z } from "zod";
import { Failure } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import { pathsOf, readText } from "./text-file.ts";

/** A group of half a million members is some twenty million characters. */
const MAX_BYTES = 64_000_000;

const approvedSchema = z.object({
  schemaVersion: z.literal(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  plan: z.object({ id: z.string() }),
  tenant: z.object({ id: z.string(), name: z.string() }),
});
export type Approved = z.output<typeof approvedSchema>;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** @throws Failure (bad plan or list) for a file that is none of `diff --out`. */
export const readApproved = async (file: string, runtime: Runtime): Promise<Approved> => {
  const read = await readText(pathsOf(runtime).resolve(runtime.cwd, file), MAX_BYTES, runtime.files);
  if (read.type === "unusable") throw new Failure("bad-plan", `--changes ${file} cannot be read: ${read.because}`);
  const approved = approvedSchema.safeParse(parsed(read.text));
  if (!approved.success)
    throw new Failure("bad-plan", `--changes ${file}: these are no changes that diff --out wrote`, ["entra-rollout diff PLAN --out changes.json writes them"]);
  return approved.data;
};

/** @throws Failure (stale) unless exactly what was approved would be done. */
export const checkApproved = (approved: Approved, now: { readonly hash: string; readonly planId: string; readonly tenantId: string }, again: string): void => {
  if (approved.plan.id !== now.planId) throw new Failure("stale", `these changes were approved for the plan ${approved.plan.id}, not for ${now.planId}`);
  if (approved.tenant.id !== now.tenantId)
    throw new Failure("stale", `these changes were approved for the tenant ${approved.tenant.name} (${approved.tenant.id}), not for ${now.tenantId}`);
  if (approved.hash === now.hash) return;
  throw new Failure("stale", `what was approved is no longer what would be done; nothing was written\napproved  ${approved.hash}\nnow       ${now.hash}`, [
    `look again: ${again}`,
  ]);
};
