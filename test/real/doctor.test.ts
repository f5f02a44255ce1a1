/** `doctor` on a real tenant: its tokens' claims, this machine's clock, and nothing but reading. */

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { z } from "zod";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import { UNATTENDED } from "../../src/core/permissions/commands.ts";
import { needsOf } from "../../src/core/permissions/needs.ts";
import { openPlan } from "../../src/core/plan/parse.ts";
import type { CliOptions } from "../cli/harness.ts";
import { BY_SECRET, CLIENT, openWorld, PLAN, refusal, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const parsed = openPlan(PLAN, readFileSync(PLAN, "utf8")).parse(new Map());
const NEEDED = parsed.type === "sound" ? needsOf(UNATTENDED, parsed.plan, "application").permissions.map(({ name }) => name) : [];

type Line = z.output<typeof DOCUMENT_SCHEMAS.doctor>["lines"][number];

const doctor = async (words: readonly string[], options: Partial<CliOptions> = {}) => {
  const { exit, stdout, stderr } = await world.cli(["doctor", ...words, "--tenant", world.tenantId, "--json"], { env: BY_SECRET, ...options });
  return { exit, stderr, stdout, lines: DOCUMENT_SCHEMAS.doctor.parse(JSON.parse(stdout)).lines };
};
const notWell = (lines: readonly Line[]): readonly string[] =>
  lines.filter(({ verdict }) => verdict !== "ok" && verdict !== "note").map(({ check, verdict }) => `${check} ${verdict}`);

test("with just the rights that the plan needs: no problem, nothing needless, nothing but reads, and no token in sight", async () => {
  world.told.claims = { roles: NEEDED, wids: [], app_displayname: "Rollout" };
  const { exit, lines, stdout, stderr } = await doctor([PLAN, "--verbose"]);
  expect(notWell(lines)).toEqual([]);
  expect(exit).toBe(0);
  expect(lines.find(({ check }) => check === "sign-in")?.detail).toBe(`signed in as the application Rollout (${CLIENT}), for itself`);
  expect(lines.find(({ check }) => check === "needless")?.verdict).toBe("ok");
  expect(world.left.filter(({ host }) => host.startsWith("graph.")).filter(({ method }) => method !== "GET")).toEqual([]);
  // The plan is about no mail: no token for Exchange Online was asked for.
  expect(world.left.filter(({ host }) => host.startsWith("outlook."))).toEqual([]);
  expect(world.given.map(({ audience }) => audience).filter((audience) => audience.includes("outlook"))).toEqual([]);
  for (const { token } of world.given) expect(`${stdout}${stderr}`).not.toContain(token);
});

test("a right that the token lacks, and one too many", async () => {
  world.told.claims = { roles: [...NEEDED.filter((name) => name !== "AuditLog.Read.All"), "Mail.Send"], wids: [] };
  const { exit, lines } = await doctor([PLAN]);
  expect(notWell(lines)).toEqual(["reading problem", "needless warning"]);
  expect(lines.find(({ check }) => check === "reading")?.detail).toContain("AuditLog.Read.All");
  expect(lines.find(({ check }) => check === "needless")?.names).toEqual(["Mail.Send"]);
  expect(exit).toBe(3);
});

test("a clock that is two minutes ahead: a warning, and the tenant is looked at all the same", async () => {
  world.told.claims = { roles: NEEDED, wids: [] };
  const { exit, lines, stderr } = await doctor([PLAN], { clock: { ...world.clock, now: () => world.clock.now() + 120_000 } });
  expect(notWell(lines)).toEqual(["clock warning"]);
  expect(lines.find(({ check }) => check === "clock")?.detail).toMatch(/1(19|20) seconds ahead of the service's/);
  expect(stderr).toContain("ahead of the service's");
  expect(exit).toBe(0);
});

test("without a plan, and without consent for Exchange Online: that is said, and is no problem", async () => {
  world.told.claims = { roles: NEEDED, wids: [] };
  world.told.refuse = ({ form }) =>
    (form.get("scope") ?? "").includes("outlook")
      ? refusal(400, "invalid_grant", 65001, "The user or administrator has not consented to use the application.")
      : undefined;
  const { exit, lines } = await doctor([]);
  expect(lines.filter(({ verdict }) => verdict === "problem" || verdict === "unread")).toEqual([]);
  expect(lines.find(({ check }) => check === "protocols")).toMatchObject({ verdict: "note", detail: expect.stringContaining("only a plan with turnOff") });
  expect(exit).toBe(0);
});

test("as somebody who signed in: who, and by their own roles", async () => {
  world.told.claims = {
    idtyp: "user",
    upn: "emergency-1@small.example",
    roles: undefined,
    scp: NEEDED.join(" "),
    wids: ["62e90394-69f5-4237-9190-012177145e10"],
  };
  const { lines } = await doctor([PLAN]);
  expect(lines.find(({ check }) => check === "sign-in")?.detail).toContain("signed in as emergency-1@small.example, through the application");
  expect(lines.find(({ check }) => check === "roles")?.verdict).toBe("ok");
});
