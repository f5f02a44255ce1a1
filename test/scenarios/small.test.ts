/** The small organisation without a premium licence: security defaults, confirmed where they are on, turned on where they are not. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import { type Served, serveFill } from "./served.ts";

const PLAN = "rollout-plans/security-defaults.yaml";
const DEFAULTS = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";

const MOMENTS = [
  { moment: "2024-09-30T09:00", label: "notice" },
  { moment: "2024-10-02T09:00", label: "old-programs" },
  { moment: "2024-10-07", label: "defaults" },
];

describe.each([
  { fill: "small", before: true, writes: [] },
  { fill: "small-off", before: false, writes: ["PATCH /v1.0/policies/identitySecurityDefaultsEnforcementPolicy"] },
])("security defaults 2024 on $fill", ({ fill, before, writes }) => {
  let served: Served;
  /** The port is another one every time. */
  const told = (text: string): string => text.replaceAll(served.origin, "http://127.0.0.1:PORT");
  const isOn = async (): Promise<boolean> => (await served.reader.json<{ readonly isEnabled: boolean }>("GET", DEFAULTS)).isEnabled;
  beforeAll(async () => {
    served = await serveFill(fill);
  });
  afterAll(async () => {
    await served.close();
  });

  test.each(MOMENTS)("$label", { timeout: 60_000 }, async ({ moment, label }) => {
    expect(await isOn()).toBe(before);
    matchesGolden(`scenarios/${fill}-${label}.diff.txt`, told((await served.cli(["diff", PLAN, "--as-of", moment])).stdout));
    matchesGolden(`scenarios/${fill}-${label}.diff.json`, told((await served.cli(["diff", PLAN, "--as-of", moment, "--json"])).stdout));
    const sent = (await served.reader.requests()).length;
    // Nothing is let pass: the plan goes on a tenant without a licence as it is.
    expect(await served.cli(["apply", PLAN, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });
    expect(await served.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    const done = (await served.reader.requests()).slice(sent).filter(({ method, path }) => method !== "GET" && !path.includes("_practice"));
    expect(done.map(({ method, path }) => `${method} ${path}`)).toEqual(label === "defaults" ? writes : []);
    expect(await isOn()).toBe(label === "defaults" ? true : before);
  });
});
