/** Who comes and goes while a rollout runs: lists that grow, lists that are lost, schools that open and close. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readList } from "../../src/core/plan/lists.ts";
import { matchesGolden } from "../render/golden.ts";
import { checksOf, membersOf, ownGroup, ownPolicy, told, typed, wholeUser } from "./arranged.ts";
import { dumpOf } from "./dump.ts";
import type { Account } from "./reader.ts";
import { type Served, serveFill } from "./served.ts";

const SOAK = process.env["SOAK"] !== undefined;
const PLAN = "rollout-plans/county-schools-2018.yaml";
const ID = "county-2018";
/** Licences that only pupils have, by the service's own numbers. */
const STUDENTS = new Set([
  "7cfd9a2b-e110-4c39-bf20-c6a3f36a3121",
  "18250162-5d87-4436-a834-d795c15c80f3",
  "46c119d4-0379-4a9d-85e4-97c66d3f909e",
  "31d57bc7-3a05-4867-ab53-97a17835a411",
]);
const PUBLISHED = "account,action\nhead@alder.county.example,join\noffice@alder.county.example,join\nbirch.county.example,join\n";
/** One account as somebody typed it, and a school. */
const GROWN = `${PUBLISHED}FINANCE@Cedar.county.example,join\nelm.county.example,join\n`;

let served: Served;
const listOf = (of: Served): string => join(of.cwd, "rollout-plans/early-adopters.csv");
const write = (content: string | Uint8Array): void => writeFileSync(listOf(served), content);
const early = (): Promise<string> => ownGroup(served.reader, ID, "early-adopters");
const heads = (): Promise<string> => ownGroup(served.reader, ID, "heads");

const isPupil = ({ assignedLicenses = [] }: Account): boolean => assignedLicenses.length > 0 && assignedLicenses.every(({ skuId }) => STUDENTS.has(skuId));
const lower = ({ userPrincipalName }: Account): string => userPrincipalName.toLowerCase();

const whole = (name: string, result: { readonly exit: number; readonly stdout: string }): void =>
  matchesGolden(`scenarios/lists-${name}.txt`, `exit ${result.exit}\n${told(served, result.stdout)}`);
const golden = (name: string, result: Parameters<typeof checksOf>[1]): void => matchesGolden(`scenarios/lists-${name}.txt`, checksOf(served, result));
const unwrapped = (text: string): string => text.replaceAll(/\n +/g, " ");

/** The council has accounts of programs, which would stop its list; log.test.ts is about that. */
const NO_LOG = { signIns: "empty" };

beforeAll(async () => {
  served = await serveFill("county", { dials: NO_LOG });
  expect(await served.cli(["apply", PLAN, "--as-of", "2018-11-19", "--yes"])).toMatchObject({ exit: 0 });
});
afterAll(async () => {
  await served.close();
});

test("wherever a list is cut, nobody leaves who should not, and nobody joins who should leave", () => {
  const whole = `${GROWN}head@alder.county.example,leave\nelm.county.example,leave\n"office@alder.county.example",leave\nbirch.county.example,leave\n`;
  const leaving = (text: string): readonly string[] => {
    const list = readList("list.csv", text);
    return list.type === "read" ? list.rows.filter((row) => row.leaves).map((row) => `${row.line} ${row.entry}`) : [];
  };
  const joining = (text: string): readonly string[] => {
    const list = readList("list.csv", text);
    return list.type === "read" ? list.rows.filter((row) => !row.leaves).map((row) => `${row.line} ${row.entry}`) : [];
  };
  const [joins, leaves] = [new Set(joining(whole)), new Set(leaving(whole))];
  expect([joins.size, leaves.size]).toEqual([5, 4]);
  for (let end = 0; end < whole.length; end += 1) {
    const text = whole.slice(0, end);
    expect(
      leaving(text).filter((row) => !leaves.has(row)),
      text,
    ).toEqual([]);
    // What is left of an address is nobody's; of those that are somebody's none joins that did not.
    expect(
      joining(text).filter((row) => !joins.has(row) && row.endsWith(".county.example")),
      text,
    ).toEqual([]);
  }
});

describe.sequential("a list that grows", () => {
  test("an account and a whole school are in after the next apply, and nothing else changed", async () => {
    write(GROWN);
    const group = await early();
    const first = await dumpOf(served.reader);
    const everybody = await served.reader.users();
    const joins = everybody.filter((user) => lower(user) === "finance@cedar.county.example" || (lower(user).endsWith("@elm.county.example") && !isPupil(user)));
    expect(joins.length).toBeGreaterThan(20);
    expect(everybody.some((user) => lower(user).endsWith("@elm.county.example") && isPupil(user))).toBe(true);

    const shown = await typed(served, ["diff", PLAN]);
    whole("grown", shown);
    expect(unwrapped(shown.stdout)).toMatch(/Who will notice Schools that volunteered, asked today: 28 accounts, \d+ of them ready; not yet: /);
    const applied = await typed(served, ["apply", PLAN, "--yes"]);
    expect(applied.exit).toBe(0);
    expect(new Set(applied.writes)).toEqual(new Set([`PATCH /v1.0/groups/${group} 204`]));
    expect(applied.writes).toHaveLength(Math.ceil(joins.length / 20));

    const wanted = (row: unknown): unknown => {
      const { id, members } = row as { readonly id: string; readonly members: readonly string[] };
      return id === group ? { ...(row as object), members: [...members, ...joins.map((user) => user.id)].toSorted() } : row;
    };
    expect(await dumpOf(served.reader)).toEqual({ ...first, groups: first.groups.map(wanted) });
    expect(await typed(served, ["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
  });

  /** A list that is nothing, one that is no list, and one of which a part is good: to `status` all others are like one of these. */
  const STATUS_OF = ["missing", "in another encoding", "cut short before its leave"];

  /** What is left of the list, and what is said of it. */
  const spoilt: readonly (readonly [name: string, content: string | Uint8Array | "missing" | "a folder", says: RegExp])[] = [
    ["missing", "missing", /early adopters: early-adopters\.csv: there is no such file; nobody joins or leaves by it -> mend the list/],
    ["a folder", "a folder", /early-adopters\.csv: it is a folder; nobody joins or leaves by it/],
    ["empty", "", /early-adopters\.csv: it holds no row; nobody joins or leaves by it/],
    ["a heading alone", "account,action\r\n", /early-adopters\.csv: it holds no row/],
    ["binary", Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 8, 0xff]), /early-adopters\.csv: it is not a text file/],
    ["in another encoding", Buffer.from("account,action\nm\xfcller@elm.county.example,join\n", "latin1"), /it is not in UTF-8; save it as UTF-8/],
    ["too large", "a".repeat(8_000_001), /it is 8\.0 MB long; at most 8\.0 MB are read/],
    [
      "a web page",
      "<html><body>Sign in to continue</body></html>\n",
      /line 1: "<html><body>.*" is neither an address nor a domain: nobody joins or leaves by this row -> correct the list/,
    ],
    [
      "cut short in an address",
      GROWN.slice(0, GROWN.indexOf("Cedar") + 3),
      /line 5: the file ends in the middle of this row, so it may be cut short: nobody joins or leaves/,
    ],
    ["cut short in an action", PUBLISHED.slice(0, -3), /line 4: "jo" is no action: nobody joins or leaves by this row/],
    [
      "cut short in quotes",
      'account,action\n"head@alder',
      /a quotation mark is opened in line 2 and not closed, so it may be cut short; nobody joins or leaves/,
    ],
    ["cut short before its leave", `${GROWN}head@alder.county.example,leave\nbirch.county.example,`, /line 8: the file ends in the middle of this row/],
  ];
  test.each(spoilt)("%s: removes nobody and says so", async (name, content, says) => {
    const group = await early();
    const before = await membersOf(served.reader, group);
    rmSync(listOf(served), { recursive: true, force: true });
    if (content === "a folder") mkdirSync(listOf(served));
    else if (content !== "missing") write(content);
    // A row that can still be read holds, and one of these says leave.
    const leaves = name === "cut short before its leave" ? ["head@alder.county.example"] : [];
    if (SOAK || STATUS_OF.includes(name)) {
      const standing = await served.cli(["status", PLAN]);
      expect(unwrapped(standing.stdout)).toMatch(says);
      expect(unwrapped(standing.stdout)).toMatch(/live +12 Nov +Schools that volunteered +\d+ of 60 ready|due +12 Nov/);
    }
    const applied = await typed(served, ["apply", PLAN, "--yes"]);
    golden(name.replaceAll(" ", "-"), applied);
    expect(applied.exit).toBe(0);
    expect(unwrapped(applied.stdout)).toMatch(says);
    expect(applied.writes).toHaveLength(leaves.length);
    expect(await membersOf(served.reader, group)).toEqual(before.filter((member) => !leaves.includes(member)));
    rmSync(listOf(served), { recursive: true, force: true });
    write(GROWN);
  });

  test("the other phases go on while the list is missing", async () => {
    rmSync(listOf(served));
    const group = await early();
    const before = await membersOf(served.reader, group);
    const applied = await typed(served, ["apply", PLAN, "--as-of", "2018-11-26", "--yes"]);
    expect(applied.exit).toBe(0);
    expect((await ownPolicy(served.reader, ID, "mfa-heads")).conditions.clientAppTypes).toHaveLength(2);
    expect(await membersOf(served.reader, group)).toEqual(before);
  });

  test("a row that says leave removes that one, and nobody else", async () => {
    const group = await early();
    write(`${GROWN}Head@Alder.county.example,join\n`);
    expect(await typed(served, ["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    const before = await membersOf(served.reader, group);
    expect(before).toContain("head@alder.county.example");
    write(`${GROWN}Head@Alder.county.example,LEAVE\n`);
    const applied = await typed(served, ["apply", PLAN, "--yes"]);
    whole("leave", applied);
    expect(applied.exit).toBe(0);
    expect(applied.writes.map((line) => line.replace(/members\/[0-9a-f-]{36}/, "members/ID"))).toEqual([`DELETE /v1.0/groups/${group}/members/ID/$ref 204`]);
    expect(await membersOf(served.reader, group)).toEqual(before.filter((member) => member !== "head@alder.county.example"));
    // The row may stay where it is.
    expect(await typed(served, ["apply", PLAN, "--yes"])).toMatchObject({ exit: 0, writes: [] });
  });

  test("an emergency account never joins, whatever the list says", async () => {
    write(`${GROWN}Head@Alder.county.example,LEAVE\nEmergency-1@county.example,join\ncounty.example,join\n`);
    const shown = await typed(served, ["diff", PLAN, "--json"]);
    const { changes } = JSON.parse(shown.stdout) as { readonly changes: readonly { readonly members?: { readonly added: readonly string[] } }[] };
    const emergency = await wholeUser(served.reader, "emergency-1@county.example");
    const added = changes.flatMap(({ members }) => members?.added ?? []);
    expect(added.length).toBeGreaterThan(10);
    expect(added).not.toContain(emergency.id);
    expect((await served.cli(["apply", PLAN, "--yes"], {})).exit).toBe(0);
    expect((await membersOf(served.reader, await early())).filter((member) => member.startsWith("emergency-"))).toEqual([]);
  });
});

describe.sequential("schools that close and open", () => {
  test("the head@ of a closed school is out: the account deleted, or renamed into another domain", async () => {
    const { reader } = served;
    const before = await membersOf(reader, await heads());
    expect(before).toHaveLength(40);
    const deleted = await wholeUser(reader, "head@hazel.county.example");
    const renamed = await wholeUser(reader, "head@lime.county.example");
    expect((await reader.send("DELETE", `/v1.0/users/${deleted.id}`)).status).toBe(204);
    expect((await reader.send("PATCH", `/v1.0/users/${renamed.id}`, { userPrincipalName: "head@county.onmicrosoft.example" })).status).toBe(204);
    await reader.forward(5_000);
    const applied = await typed(served, ["apply", PLAN, "--yes"]);
    whole("closed", applied);
    expect(applied.exit).toBe(0);
    expect(applied.writes).toEqual([`DELETE /v1.0/groups/${await heads()}/members/${renamed.id}/$ref 204`]);
    expect(await membersOf(reader, await heads())).toEqual(
      before.filter((member) => !["head@hazel.county.example", "head@lime.county.example"].includes(member)),
    );
    expect(await typed(served, ["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
  });

  test("the head@ of a new school's new domain is in, whatever the case it was typed in; its pupils are not", async () => {
    const { reader } = served;
    const domain = (await reader.all<{ readonly id: string }>("/v1.0/domains")).find(({ id }) => id === "alder.county.example");
    await reader.put("domains", { ...domain, id: "zelkova.county.example" });
    for (const local of ["HEAD", "office", "a.teacher"]) {
      const address = `${local}@Zelkova.County.example`;
      const made = await reader.send("POST", "/v1.0/users", {
        accountEnabled: true,
        displayName: `${local}, Zelkova Primary School`,
        mailNickname: `${local}.zelkova`,
        userPrincipalName: address,
        passwordProfile: { password: "Zelkova-opens-2018", forceChangePasswordNextSignIn: true },
      });
      expect(made.status).toBe(201);
    }
    const pupil = await wholeUser(reader, "pupil0001@alder.county.example");
    await reader.put("users", {
      ...pupil,
      id: "22222222-2222-4222-8222-222222222222",
      userPrincipalName: "head@yarrow.zelkova.county.example",
      mail: null,
      proxyAddresses: [],
    });
    await reader.forward(5_000);
    const before = await membersOf(reader, await heads());
    const applied = await typed(served, ["apply", PLAN, "--yes"]);
    whole("opened", applied);
    expect(applied.exit).toBe(0);
    const after = await membersOf(reader, await heads());
    expect(after.filter((member) => !before.includes(member))).toEqual(["head@zelkova.county.example"]);
  });

  test("whom only an alias matches is listed and not used", async () => {
    const shown = await typed(served, ["diff", PLAN]);
    expect(unwrapped(shown.stdout)).toMatch(
      /heads: \d+ accounts? match(?:es)? by another of (?:its|their) addresses only, and (?:is|are) not in .*former\.head@birch\.county\.example/,
    );
    expect(await membersOf(served.reader, await heads())).not.toContain("former.head@birch.county.example");
  });

  test("pupils are in no group, to the last phase", async () => {
    expect(await typed(served, ["apply", PLAN, "--as-of", "2018-12-13", "--yes"])).toMatchObject({ exit: 0 });
    const pupils = new Set((await served.reader.users()).filter(isPupil).map(lower));
    expect(pupils.size).toBeGreaterThan(100);
    const ours = (await served.reader.groups()).filter(({ description }) => description?.startsWith(`entra-rollout:${ID}/`) === true);
    expect(ours.length).toBeGreaterThanOrEqual(4);
    for (const { id } of ours) expect((await membersOf(served.reader, id)).filter((member) => pupils.has(member))).toEqual([]);
  });
});

describe.sequential("from the start", () => {
  let fresh: Served;
  beforeAll(async () => {
    fresh = await serveFill("county", { dials: NO_LOG });
  });
  afterAll(async () => {
    await fresh.close();
  });

  test("a list that is missing holds its own phase back, and no other", async () => {
    rmSync(listOf(fresh));
    const applied = await typed(fresh, ["apply", PLAN, "--as-of", "2018-11-19", "--yes"]);
    matchesGolden("scenarios/lists-missing-from-the-start.txt", checksOf(fresh, applied));
    expect(applied.exit).toBe(3);
    expect((await ownPolicy(fresh.reader, ID, "mfa-heads")).state).toBe("enabled");
    expect((await fresh.reader.policies()).filter(({ displayName }) => displayName.includes("early-adopters"))).toEqual([]);
  });

  test("a plan that does not say whether pupils are meant is held back where it would take them in", async () => {
    writeFileSync(listOf(fresh), PUBLISHED);
    const unsaid = "rollout-plans/unsaid.yaml";
    writeFileSync(join(fresh.cwd, unsaid), readFileSync(join(fresh.cwd, PLAN), "utf8").replaceAll(/, pupils: out/g, ""));
    const stopped = await typed(fresh, ["apply", unsaid, "--as-of", "2018-12-13", "--yes"]);
    matchesGolden("scenarios/lists-pupils-unsaid.txt", checksOf(fresh, stopped));
    expect(stopped.exit).toBe(3);
    expect(unwrapped(stopped.stdout)).toMatch(
      /early adopters: \d+ pupils would be in, and the plan does not say whether they shall: pupils: in or pupils: out/,
    );
    expect(unwrapped(stopped.stdout)).toMatch(/everyone: \d+ pupils would be in, .* -> say in rollout-plans\/unsaid\.yaml whether pupils are meant/);
    const keys = (await fresh.reader.policies()).flatMap(({ description }) => /^entra-rollout:county-2018\/([^.]*)/.exec(description ?? "")?.[1] ?? []);
    expect(keys.toSorted()).toEqual(["mfa-heads", "mfa-offices"]);
  });
});
