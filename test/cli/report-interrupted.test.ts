/** Ctrl-C at each request of a report: one sentence and 130, and nothing that went on alone fails unheard. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { openThirty, PLAN } from "../reports/thirty/tenant.ts";

let tenant: Awaited<ReturnType<typeof openThirty>>;
const unheard: unknown[] = [];
const hear = (reason: unknown): void => {
  unheard.push(reason);
};

beforeAll(async () => {
  tenant = await openThirty();
  process.on("unhandledRejection", hear);
});
afterAll(async () => {
  process.off("unhandledRejection", hear);
  await tenant.close();
});

test.each(["unregistered", "exclusions"])("report %s", { timeout: 60_000 }, async (name) => {
  let interrupted = 0;
  for (let at = 1; at <= 40; at += 1) {
    const controller = new AbortController();
    let requests = 0;
    const fetch: typeof tenant.fetch = (request) => {
      requests += 1;
      if (requests === at) controller.abort(new Error("interrupted"));
      return tenant.fetch(request);
    };
    const { exit, stderr } = await tenant.cli(["report", name, PLAN, "--quiet"], { fetch, signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    if (requests < at) break;
    interrupted += 1;
    expect([at, exit]).toEqual([at, 130]);
    expect(stderr).toMatch(/^interrupted/);
  }
  expect(interrupted).toBeGreaterThan(10);
  expect(unheard).toEqual([]);
});
