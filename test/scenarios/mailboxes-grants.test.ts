/** Exchange Online wants a permission and a role, and neither works alone: what is said when one is missing, and what goes on without. */

import { describe, expect, test } from "vitest";
import { boxesOf, byHand, countOf, flat, mailDays, mailOf, PLAN, plansOf, protocolsOf, since, told, typedWith } from "./mailboxes-world.ts";
import type { Stage } from "./stage.ts";

const { begun } = mailDays();

const BOTH = { exchangeGrants: "both", exchangeRole: "exchange-administrator" } as const;

const policiesOf = async (stage: Stage): Promise<readonly string[]> =>
  (await stage.reader.policies()).map(({ displayName }) => displayName).filter((name) => name.includes("trust-mail"));

const MISSING = [
  {
    name: "no permission",
    dials: { exchangeGrants: "none" },
    says: "the permission Exchange.ManageAsApp is missing",
    how: "Application permissions), grant admin consent",
  },
  {
    name: "the permission, but no role",
    dials: { exchangeGrants: "permission-only" },
    says: "the permission is there, but no role for Exchange",
    how: "assign Exchange Administrator to the application",
  },
] as const;

describe("a grant is missing", () => {
  test.each(MISSING)("$name: it is named, with how to give it; what Graph does is done; given, the rest is done", async ({ dials, says, how }) => {
    const stage = await begun({ world: "trust", together: true });
    const before = await mailOf(stage);
    await stage.reader.dials(dials);

    const diff = await stage.cli(["diff", PLAN]);
    expect(diff.exit, told(diff)).toBe(77);
    expect(flat(diff.stdout)).toContain(says);
    expect(flat(diff.stdout)).toContain(how);
    expect(flat(diff.stdout)).toContain("diff PLAN --as-script FILE");
    expect(diff.stdout).toContain('+ policy "MFA: heads"');
    const status = await stage.cli(["status", PLAN]);
    expect(status.exit, told(status)).toBe(77);
    expect(flat(status.stdout)).toContain(says);

    const first = await since(stage.reader);
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(77);
    expect(run.writes).toEqual([]);
    expect(flat(run.stdout)).toContain(says);
    expect(flat(run.stdout)).toContain(how);
    // Asked once for each thing, and once more with a fresh token, not again and again.
    expect((await stage.reader.requests(first)).filter(({ path }) => path.startsWith("/adminapi/")).length).toBeLessThanOrEqual(7);
    expect(await policiesOf(stage)).toEqual(["MFA: heads [trust-mail/mfa-heads]"]);
    const after = await stage.cli(["status", PLAN]);
    expect(flat(after.stdout)).toMatch(/due 8 Feb Old mail protocols off mailboxes not known live 8 Feb Head teachers/);
    // Nothing is left that Graph could do: a scheduler is told all the same that something is missing.
    const again = await typedWith(stage, ["run", PLAN]);
    expect([again.exit, again.writes], told(again)).toEqual([77, []]);

    await stage.reader.dials(BOTH);
    expect(await mailOf(stage)).toEqual(before);
    const given = await typedWith(stage, ["run", PLAN]);
    expect([given.exit, countOf(given.writes)], told(given)).toEqual([0, { "Set-CASMailboxPlan": 3, "Set-CASMailbox": 757 }]);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
  });

  test("a plan that is about mailboxes alone ends with 77, having written nothing", async () => {
    const stage = await begun({ world: "trust" });
    const before = await mailOf(stage);
    await stage.reader.dials({ exchangeGrants: "permission-only" });
    const first = await since(stage.reader);
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect([run.exit, run.writes], told(run)).toEqual([77, []]);
    expect(`${flat(run.stdout)}${run.stderr}`).toContain("no role for Exchange");
    expect(
      (await stage.reader.requests(first)).filter(({ method, path }) => method !== "GET" && !/^\/adminapi|^\/v1\.0\/\$batch|^\/beta\/\$batch/.test(path)),
    ).toEqual([]);
    await stage.reader.dials(BOTH);
    expect(await mailOf(stage)).toEqual(before);
  });

  test("the role is taken away in the middle: what was done is done, the rest is asked for once and not five hundred times", async () => {
    const stage = await begun({ world: "trust" });
    let batches = 0;
    const run = await typedWith(stage, ["apply", PLAN, "--yes"], {
      fetch: async (request) => {
        if (request.url.endsWith("/$batch")) batches += 1;
        if (batches === 30) await stage.reader.dials({ exchangeGrants: "permission-only" });
        return stage.fetch(request);
      },
    });
    expect(run.exit, told(run)).toBe(4);
    expect(flat(run.stdout)).toContain("no role for Exchange");
    expect(flat(run.stdout)).toMatch(/ and \d+ more /);
    expect(batches).toBeLessThanOrEqual(33);
    await stage.reader.dials(BOTH);
    await stage.reader.forward(10_000);
    const left = (protocolsOf((await boxesOf(stage)).values())["POP3 IMAP"] ?? 0) - 1;
    expect(left).toBeGreaterThan(400);
    expect(left).toBeLessThan(520);
    const rest = await typedWith(stage, ["run", PLAN]);
    expect([rest.exit, rest.writes.length], told(rest)).toEqual([0, left]);
  });
});

describe("a role that does not reach everything", () => {
  test("a recipient administrator's mailboxes are set; the plans are refused, with who may", async () => {
    const stage = await begun({ world: "trust" });
    await stage.reader.dials({ exchangeRole: "recipient-administrator" });
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(4);
    expect(flat(run.stdout)).toMatch(/the role that is there does not offer Set-CASMailboxPlan: Exchange Administrator does, assigned in Entra/);
    await stage.reader.dials(BOTH);
    await stage.reader.forward(10_000);
    expect(protocolsOf((await boxesOf(stage)).values())).toEqual({ none: 757, "POP3 IMAP": 1 });
    expect(protocolsOf(await plansOf(stage))).toEqual({ "POP3 IMAP": 2, POP3: 1 });
    const rest = await typedWith(stage, ["run", PLAN]);
    expect([rest.exit, countOf(rest.writes)], told(rest)).toEqual([0, { "Set-CASMailboxPlan": 3 }]);
  });

  test("a global reader's diff and status tell all; an apply changes nothing and says who may", async () => {
    const stage = await begun({ world: "trust" });
    const before = await mailOf(stage);
    await stage.reader.dials({ exchangeRole: "global-reader" });
    const diff = await stage.cli(["diff", PLAN, "--exit-code"]);
    expect(diff.exit, told(diff)).toBe(2);
    expect(diff.stdout).toContain("on  ->  off in 757 mailboxes");
    expect(await stage.cli(["status", PLAN])).toMatchObject({ exit: 0 });
    const first = await since(stage.reader);
    const run = await typedWith(stage, ["apply", PLAN, "--yes"]);
    expect(run.exit, told(run)).toBe(77);
    expect(flat(run.stdout)).toContain("the role that is there does not offer Set-CASMailbox");
    // A few are on their way until the first comes back; nobody asks 757 times for what is refused.
    const refused = (await stage.reader.requests(first)).filter(({ path }) => path.startsWith("/adminapi/") && path.includes("/$batch"));
    expect(refused.length).toBeLessThanOrEqual(4);
    await stage.reader.dials(BOTH);
    expect(await mailOf(stage)).toEqual(before);
    expect(await byHand(stage, "Get-TransportConfig")).toHaveLength(1);
  });
});
