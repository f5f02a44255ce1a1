/** A tenant that does not tell who signed in: nobody is blocked or deleted, and people are told why. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
  arrange,
  csvOf,
  frozenOf,
  idOf,
  markOf,
  PLAN_FILE,
  planText,
  rowFor,
  smallStage,
  tenantIdOf,
  unusedUser,
  watched,
  writeList,
  writePlan,
  writesIn,
} from "./accounts-law-world.ts";
import { wholeUser } from "./arranged.ts";
import { flat } from "./mailboxes-world.ts";
import type { Stage } from "./stage.ts";

const NUMBERS = [1, 2, 3];

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** Three accounts that were never used, on a list that somebody decided. */
const begun = async (dials: object, words: Parameters<typeof planText>[0] = {}): Promise<Stage> => {
  const made = await smallStage(dials);
  stage = made;
  await arrange(
    made,
    NUMBERS.map((number) => ({ collection: "users", object: unusedUser(number) })),
  );
  writePlan(made, planText(words));
  const mark = markOf(await tenantIdOf(made));
  writeList(made, csvOf(NUMBERS.map((number) => rowFor(frozenOf(number), mark))));
  return made;
};

/** As in a tenant whose licence was bought yesterday, or one in which the service leaves stamps out of all its answers. */
const withoutStamps = async (of: Stage): Promise<void> => {
  const put = await Promise.all(
    (await of.reader.users()).map(async ({ userPrincipalName }) => ({ collection: "users", object: await wholeUser(of.reader, userPrincipalName) })),
  );
  await arrange(of, put);
};

const enabled = async (of: Stage): Promise<readonly boolean[]> =>
  Promise.all(
    NUMBERS.map(
      async (number) =>
        (await of.reader.json<{ readonly accountEnabled: boolean }>("GET", `/v1.0/users/${idOf(number)}?$select=accountEnabled`)).accountEnabled,
    ),
  );

const typed = async (of: Stage, args: readonly string[]) => {
  const line = watched(of.fetch);
  const result = await of.cli(args, { fetch: line.fetch });
  return { ...result, writes: writesIn(line.asked), text: flat(`${result.stdout}${result.stderr}`) };
};

const WHY = {
  licence: "whether anybody of the list ever signed in is not told, so nobody is",
  stamps: "not one account of the tenant has a sign-in stamped, which is so in no tenant that is in use: nobody is",
};

describe.each([
  ["the licence is lost", { licence: "filled" }, false, WHY.licence],
  ["the licence is there, and nobody is stamped", {}, true, WHY.stamps],
] as const)("%s", (_, dials, isBlank, why) => {
  test.each([
    ["apply", ["apply", PLAN_FILE, "--yes"]],
    ["run", ["run", PLAN_FILE]],
  ])("%s takes nothing from anybody, and says why", async (_name, args) => {
    const of = await begun(dials);
    if (isBlank) await withoutStamps(of);
    const { exit, writes, text } = await typed(of, args);
    expect([exit, writes]).toEqual([3, []]);
    expect(text).toContain(`${why} blocked`);
    expect(text).toContain(`${why} deleted`);
    expect(await enabled(of)).toEqual([true, true, true]);
  });

  test("the list for review has no row, and says why", async () => {
    const of = await begun(dials);
    if (isBlank) await withoutStamps(of);
    const { exit, text, writes } = await typed(of, ["report", "stale", PLAN_FILE, "--for-review", "new.csv"]);
    expect(
      readFileSync(join(of.cwd, "new.csv"), "utf8")
        .split("\n")
        .filter((line) => line.trim() !== ""),
    ).toHaveLength(1);
    expect(text).toContain("no account is on the list");
    expect(text).toContain(
      isBlank
        ? "not known: last sign-ins: none of 40 accounts has a single sign-in stamped"
        : "not known: last sign-ins: the service tells sign-ins only of tenants with Entra ID P1 or P2",
    );
    expect([exit, writes]).toEqual([isBlank ? 4 : 77, []]);
  });
});

test("where it is told, the same accounts go", async () => {
  const of = await begun({}, { onlyDeletes: true });
  const { exit, text } = await typed(of, ["apply", PLAN_FILE, "--yes"]);
  expect(exit, text).toBe(0);
  expect((await of.reader.users()).filter(({ id }) => NUMBERS.map(idOf).includes(id))).toEqual([]);
});

test("the licence runs out between the diff and the write: nobody is deleted, and it says why", async () => {
  const of = await begun({}, { onlyDeletes: true });
  let rows = 0;
  const line = watched(of.fetch, async (_n, parts) => {
    if (!parts.some(({ path }) => path.startsWith(`/users/${idOf(1)}?`))) return;
    rows += 1;
    if (rows === 2) await of.reader.dials({ licence: "filled" });
  });
  const { exit, stdout } = await of.cli(["apply", PLAN_FILE, "--yes"], { fetch: line.fetch });
  expect(rows).toBeGreaterThan(1);
  expect([exit, writesIn(line.asked)]).toEqual([4, []]);
  expect(flat(stdout)).toContain("spared at the last look");
  expect(await enabled(of)).toEqual([true, true, true]);
});

/** By somebody who may not, which nobody tries twice. */
const refused = (path: string): object => ({
  path,
  effect: { type: "status", status: 403, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." },
});

describe("what could not be read spares them", () => {
  test.each([
    ["who they are", `^/users/7777[^/]*\\?`, "it could not be read"],
    ["what they are in", "^/users/7777.*/memberOf", "what would bring it back could not be read"],
    ["what they own", "^/users/7777.*/ownedObjects", "whether it owns groups or applications could not be read"],
    ["whose they are", "^/users/7777.*/manager", "what would bring it back could not be read"],
    ["their roles", "^/roleManagement/directory/roleAssignments", "whether it holds a role could not be read"],
    ["roles that they may activate", "^/roleManagement/directory/roleEligibility", "which roles it may activate could not be read"],
    ["what their mailboxes are for", "^/users/7777.*/mailboxSettings", "what its mailbox is for could not be read"],
    ["the usage reports", "^/reports/getMailboxUsageDetail", "whether an app was used could not be read"],
    ["their mailboxes", "InvokeCommand/Get-Mailbox/", "what its mailbox is used for could not be read"],
    ["who may open them", "InvokeCommand/Get-MailboxPermission", "what its mailbox is used for could not be read"],
    ["who may send as them", "InvokeCommand/Get-RecipientPermission", "what its mailbox is used for could not be read"],
  ])("%s", async (_, path, why) => {
    const of = await begun({}, { onlyDeletes: true });
    await of.reader.dials({ faults: [refused(path)] });
    const { exit, writes, text } = await typed(of, ["apply", PLAN_FILE, "--yes"]);
    // Whoever reads no further than the last line and the exit code is not to think that they were looked at.
    expect([4, 77], text).toContain(exit);
    expect(text).toContain("nothing to apply, as far as it could be read");
    expect(writes).toEqual([]);
    expect(text).toMatch(/3 accounts of \S+ are spared/);
    expect(text).toContain(why);
    await of.reader.dials({});
    expect(await enabled(of)).toEqual([true, true, true]);
  });
});
