/** A read that failed never makes anybody an account that never signed in, nor one that may be deleted: each read of the report, spoilt in each way. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Dials } from "../../src/sandbox/dials.ts";
import { openThirty, PLAN, type Thirty } from "../reports/thirty/tenant.ts";

type Fault = Dials["faults"][number];
type Effect = Fault["effect"];

const Rows = z.object({
  rows: z.array(z.object({ id: z.string(), state: z.string(), deletable: z.string() })),
  gaps: z.array(z.unknown()),
  complete: z.boolean(),
});
type Told = {
  readonly exit: number;
  readonly never: ReadonlySet<string>;
  readonly deletable: ReadonlySet<string>;
  readonly rows: number;
  readonly gaps: number;
};

const NOTHING: Omit<Told, "exit"> = { never: new Set(), deletable: new Set(), rows: 0, gaps: 0 };

/** Every read that the report makes, by a pattern of its path. */
const READS: readonly (readonly [name: string, path: string])[] = [
  ["licences", "^/subscribedSkus"],
  ["roles", "^/directoryRoles(\\?|$)"],
  ["who holds a role", "^/directoryRoles/[^/]+/members"],
  ["the plan's groups", "^/groups\\?.*startsWith"],
  ["a group by its name", "^/groups\\?.*displayName"],
  ["who is in a group", "^/groups/[^/]+/(transitive)?members"],
  ["products used", "getOffice365ActiveUserDetail"],
  ["mail programs used", "getEmailAppUsageUserDetail"],
  ["mailboxes used", "getMailboxUsageDetail"],
  ["the files behind them", "^/data/download/"],
  ["accounts", "^/users\\?"],
  ["what mailboxes are for", "mailboxSettings"],
  ["all of a batch", "^/\\$batch"],
];

const EFFECTS: readonly (readonly [name: string, effect: Effect])[] = [
  ["403", { type: "status", status: 403 }],
  [
    "403 for want of a licence",
    {
      type: "status",
      status: 403,
      code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
      message: "Neither tenant is B2C or tenant doesn't have premium license",
    },
  ],
  ["404", { type: "status", status: 404 }],
  ["500", { type: "status", status: 500 }],
  ["half an answer", { type: "partial-page" }],
];

const read = async (tenant: Thirty, faults: readonly Fault[]): Promise<Told> => {
  await tenant.dial({ faults: [...faults] });
  const { exit, stdout } = await tenant.cli(["report", "stale", PLAN, "--all", "--json"]);
  if (stdout === "") return { exit, ...NOTHING };
  const { rows, gaps } = Rows.parse(JSON.parse(stdout));
  return {
    exit,
    never: new Set(rows.filter(({ state }) => state === "never signed in").map(({ id }) => id)),
    deletable: new Set(rows.filter(({ deletable }) => deletable === "yes").map(({ id }) => id)),
    rows: rows.length,
    gaps: gaps.length,
  };
};

const without = (found: ReadonlySet<string>, known: ReadonlySet<string>): readonly string[] => [...found].filter((id) => !known.has(id));

describe("a read that failed", () => {
  let tenant: Thirty;
  let whole: Told;
  beforeAll(async () => {
    tenant = await openThirty();
    whole = await read(tenant, []);
  });
  afterAll(() => tenant.close());

  test("there is somebody to tell wrongly of", () => {
    expect(whole).toMatchObject({ exit: 0, rows: 30, gaps: 0 });
    expect(whole.never.size).toBe(3);
    expect(whole.deletable.size).toBe(2);
  });

  test.each(READS.map(([name, path]) => ({ name, path })))("$name", async ({ name, path }) => {
    const told: string[] = [];
    for (const [how, effect] of EFFECTS) {
      const spoilt = await read(tenant, [{ path, skip: 0, effect }]);
      expect(without(spoilt.never, whole.never), `${name}: ${how}`).toEqual([]);
      expect(without(spoilt.deletable, whole.deletable), `${name}: ${how}`).toEqual([]);
      // Silence would be as bad: a list that is shorter, or says less, says that it is.
      if (spoilt.rows !== whole.rows || spoilt.never.size !== whole.never.size || spoilt.deletable.size !== whole.deletable.size)
        expect([4, 77, 69, 1], `${name}: ${how}`).toContain(spoilt.exit);
      if (spoilt.exit !== 0) told.push(how);
    }
    expect(told.length, `${name} was read at all`).toBeGreaterThan(3);
  });

  test("the first of two of a kind alone", async () => {
    for (const [name, path] of READS) {
      const spoilt = await read(tenant, [{ path, skip: 0, times: 1, effect: { type: "status", status: 403 } }]);
      expect([...without(spoilt.never, whole.never), ...without(spoilt.deletable, whole.deletable)], name).toEqual([]);
    }
  });

  test("all of them at once", async () => {
    const spoilt = await read(
      tenant,
      READS.filter(([name]) => name !== "accounts").map(([, path]) => ({ path, skip: 0, effect: { type: "status", status: 503 } })),
    );
    expect(spoilt.never.size + spoilt.deletable.size).toBe(0);
    expect(spoilt.exit).toBe(4);
  });
});
