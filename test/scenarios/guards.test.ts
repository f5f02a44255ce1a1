/** The other checks, seen from the command line: reads that fail, what others loosened, trusted networks, changes that are too large. */

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import { checksOf, type Fields, FOREIGN_ID, foreignPolicy, membersOf, ownGroup, ownPolicy, typed } from "./arranged.ts";
import { type Dump, dumpOf } from "./dump.ts";
import { type Served, serveFill } from "./served.ts";

const COUNTY = "rollout-plans/county-schools-2018.yaml";
const TRUST = "rollout-plans/academy-trust-2022.yaml";
const POLICIES = "/v1.0/identity/conditionalAccess/policies";

const open: Served[] = [];
const serve = async (fill: string, options: Parameters<typeof serveFill>[1] = {}): Promise<Served> => {
  const served = await serveFill(fill, options);
  open.push(served);
  return served;
};
afterAll(async () => {
  for (const served of open) await served.close();
});

/** All that is kept of the runs in this tenant. */
const journalOf = ({ cwd }: Served): string => {
  const state = join(cwd, ".entra-rollout");
  const files = readdirSync(state, { recursive: true, encoding: "utf8" }).map((name) => join(state, name));
  return files.map((file) => (statSync(file).isFile() ? readFileSync(file, "utf8") : "")).join("");
};

const unwrapped = (text: string): string => text.replaceAll(/\n +/g, " ");
const golden = (served: Served, name: string, result: Parameters<typeof checksOf>[1]): void =>
  matchesGolden(`scenarios/guards-${name}.txt`, checksOf(served, result));

const fails = (path: string, status: number, more: Fields = {}): Fields => ({ method: "GET", path, effect: { type: "status", status, ...more } });

type Unread = { readonly name: string; readonly fault: Fields; readonly exit: number; readonly says: RegExp };

/** Before anything is there: whatever cannot be read, nothing is written. */
const NOTHING_YET: readonly Unread[] = [
  {
    name: "accounts",
    fault: fails("^/users\\?", 503),
    exit: 3,
    says: /the accounts could not be read, so nobody knows who belongs to whom: the service answered 503/,
  },
  {
    name: "the second page of the accounts cut off",
    fault: { method: "GET", path: "^/users\\?", skip: 1, effect: { type: "partial-page" } },
    exit: 3,
    says: /the accounts could not be read, .*the answer broke off/,
  },
  { name: "policies", fault: fails("conditionalAccess/policies", 500), exit: 3, says: /the policies could not be read: the service answered 500/ },
  {
    name: "networks, a proxy's page instead",
    fault: { method: "GET", path: "namedLocations", effect: { type: "html" } },
    exit: 3,
    says: /the named locations could not be read: .*a proxy may stand/,
  },
  {
    name: "groups cut off",
    fault: { method: "GET", path: "^/groups\\?", effect: { type: "partial-page" } },
    exit: 4,
    says: /the groups could not be read: .*broke off/,
  },
  { name: "licences", fault: fails("subscribedSkus", 500), exit: 3, says: /who is a pupil is not known, since the licences could not be read/ },
  {
    name: "the tenant itself, not permitted",
    fault: fails("^/organization", 403, { code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." }),
    exit: 77,
    says: /^could not read \/v1\.0\/organization\S*: 403 Authorization_RequestDenied: Insufficient privileges to complete the operation; it takes User\.Read\.All\n/m,
  },
];

describe.sequential("reads that fail", () => {
  let served: Served;
  let untouched: Dump;

  beforeAll(async () => {
    served = await serve("county");
    await served.reader.forward(Date.parse("2018-11-19T00:00:00Z") - Date.parse("2018-11-05T08:00:00Z"));
    untouched = await dumpOf(served.reader);
  });

  test.each(NOTHING_YET)("$name: nothing is written", async ({ name, fault, exit, says }) => {
    await served.reader.dials({ faults: [fault] });
    const applied = await typed(served, ["apply", COUNTY, "--yes"]);
    await served.reader.dials({});
    golden(served, `unread-${name.replaceAll(/[^a-z]+/gi, "-")}`, { ...applied, stderr: applied.stderr.replace(/request id \S+/, "request id ID") });
    expect([applied.exit, applied.writes]).toEqual([exit, []]);
    expect(unwrapped(applied.stdout) + applied.stderr).toMatch(says);
    expect(applied.stdout).not.toMatch(/as the plan wants it|--allow/);
  });

  test("who has registered may be unknown: that only leaves the readers without a number", async () => {
    expect(await dumpOf(served.reader)).toEqual(untouched);
    await served.reader.dials({ faults: [fails("userRegistrationDetails", 500)] });
    const applied = await typed(served, ["apply", COUNTY, "--yes"]);
    await served.reader.dials({});
    expect(applied.exit).toBe(0);
    expect(applied.stdout).toMatch(/32 accounts; who is ready is not known/);
  });

  test("the members of one group: its cohort is left alone, the others go on, and the end says that something is missing", async () => {
    const heads = await ownGroup(served.reader, "county-2018", "heads");
    const first = await membersOf(served.reader, heads);
    await served.reader.dials({ faults: [fails(`${heads}/members`, 500)] });
    const applied = await typed(served, ["apply", COUNTY, "--as-of", "2018-11-26", "--yes"]);
    await served.reader.dials({});
    golden(served, "unread-members", applied);
    expect(applied.exit).toBe(4);
    expect(applied.writes.filter((write) => write.includes(heads))).toEqual([]);
    expect((await ownPolicy(served.reader, "county-2018", "mfa-heads")).conditions.clientAppTypes).toEqual(["browser"]);
    expect(await membersOf(served.reader, heads)).toEqual(first);
    expect((await ownPolicy(served.reader, "county-2018", "mfa-offices")).state).toBe("enabledForReportingButNotEnforced");
    expect(await typed(served, ["apply", COUNTY, "--yes"])).toMatchObject({ exit: 0 });
    expect((await ownPolicy(served.reader, "county-2018", "mfa-heads")).conditions.clientAppTypes).toHaveLength(2);
  });
});

describe.sequential("what others loosened since the last run", () => {
  let served: Served;
  const plan = "county-2018";
  const patch = async (key: string, body: Fields): Promise<void> => {
    const { id } = await ownPolicy(served.reader, plan, key);
    await served.reader.forward(2_000);
    expect((await served.reader.send("PATCH", `${POLICIES}/${id}`, body)).status).toBe(204);
    await served.reader.forward(10_000);
  };

  test("a policy in report-only stays so, the other phases go on, and it says which one and since when", async () => {
    // What is told has seconds in it, and waits fall differently without the socket.
    served = await serve("county", { overHttp: true });
    expect(await served.cli(["apply", COUNTY, "--as-of", "2018-11-19", "--yes"])).toMatchObject({ exit: 0 });
    await served.reader.forward(86_400_000);
    await patch("mfa-early-adopters", { state: "enabledForReportingButNotEnforced" });
    const applied = await typed(served, ["apply", COUNTY, "--as-of", "2018-11-26", "--yes"]);
    golden(served, "loosened-report-only", applied);
    expect(applied.exit).toBe(3);
    expect(unwrapped(applied.stdout)).toMatch(
      /the policy "MFA: early adopters" \(\S+\) was set to report-only since the run of Mon 19 Nov 2018 00:00\S*, last changed Tue 20 Nov 2018 00:00/,
    );
    const early = await ownPolicy(served.reader, plan, "mfa-early-adopters");
    expect(early.state).toBe("enabledForReportingButNotEnforced");
    expect(applied.writes.filter((write) => write.includes(early.id))).toEqual([]);
    expect((await ownPolicy(served.reader, plan, "mfa-heads")).conditions.clientAppTypes).toHaveLength(2);
  });

  test("an emergency exclusion that was taken off is put back, without a question", async () => {
    const { conditions } = await ownPolicy(served.reader, plan, "mfa-heads");
    const users = conditions.users;
    const [first] = users.excludeUsers;
    await patch("mfa-heads", { conditions: { ...conditions, users: { ...users, excludeUsers: [first] } } });
    const shown = await typed(served, ["diff", COUNTY]);
    golden(served, "loosened-emergency-exclusion", shown);
    expect(shown.stdout).toMatch(/~ policy "MFA: heads" +not for/);
    // The one that is in report-only still stops for itself.
    expect(shown.stdout.match(/^ {2}stop /gm)).toHaveLength(1);
    const applied = await typed(served, ["apply", COUNTY, "--yes"]);
    expect(applied.exit).toBe(3);
    expect(applied.writes.map((write) => write.replaceAll(/[0-9a-f-]{36}/g, "ID"))).toEqual([`PATCH ${POLICIES}/ID 204`]);
    expect((await ownPolicy(served.reader, plan, "mfa-heads")).conditions.users.excludeUsers.toSorted()).toEqual(users.excludeUsers.toSorted());
  });

  test("an exclusion that was added and a group that was emptied are named, with the people's names", async () => {
    const { conditions } = await ownPolicy(served.reader, plan, "mfa-heads");
    const cedar = (await served.reader.users()).find((user) => user.userPrincipalName.toLowerCase() === "head@cedar.county.example");
    await patch("mfa-heads", { conditions: { ...conditions, users: { ...conditions.users, excludeUsers: [...conditions.users.excludeUsers, cedar?.id] } } });
    const heads = await ownGroup(served.reader, plan, "heads");
    await served.reader.put("members", { id: heads, members: [] });
    const first = await dumpOf(served.reader);
    const applied = await typed(served, ["apply", COUNTY, "--yes"]);
    golden(served, "loosened-three", applied);
    expect([applied.exit, applied.writes]).toEqual([3, []]);
    const said = unwrapped(applied.stdout);
    expect(said).toMatch(/the group "MFA rollout: heads" \(\S+\) was emptied \(40 members\) since/);
    expect(said).toMatch(/the policy "MFA: heads" \(\S+\) was given an exclusion of the user head@cedar\.county\.example \(\S+\) since/);
    expect(said.match(/--allow loosened=3 --reason/g)).toHaveLength(3);
    expect(await dumpOf(served.reader)).toEqual(first);
  });

  test("a number that is too small lets nothing pass, the right one all of it, and the reason is kept", async () => {
    const few = await typed(served, ["apply", COUNTY, "--yes", "--allow", "loosened=2", "--reason", "the head of Cedar is back"]);
    expect([few.exit, few.writes]).toEqual([3, []]);
    const all = await typed(served, ["apply", COUNTY, "--yes", "--allow", "loosened=3", "--reason", "the head of Cedar is back"]);
    golden(served, "loosened-allowed", all);
    expect(all.exit).toBe(0);
    expect(await membersOf(served.reader, await ownGroup(served.reader, plan, "heads"))).toHaveLength(40);
    expect((await ownPolicy(served.reader, plan, "mfa-early-adopters")).state).toBe("enabled");
    expect((await ownPolicy(served.reader, plan, "mfa-heads")).conditions.users.excludeUsers).toHaveLength(2);
    expect(await typed(served, ["diff", COUNTY, "--exit-code"])).toMatchObject({ exit: 0 });
    expect(journalOf(served)).toContain('"reason":"the head of Cedar is back"');
  });
});

describe.sequential("trusted networks", () => {
  test("one of the plan's that is trusted would change another's policy: a stop until somebody accepts it", async () => {
    const served = await serve("trust");
    const plan = "rollout-plans/trusted.yaml";
    writeFileSync(join(served.cwd, plan), readFileSync(TRUST, "utf8").replace("  schools:\n", "  schools:\n    trusted: true\n"));
    const emergency = (await served.reader.users()).filter(({ userPrincipalName }) => userPrincipalName.startsWith("emergency-")).map(({ id }) => id);
    const conditions = foreignPolicy({ includeUsers: ["All"], excludeUsers: emergency })["conditions"] as Fields;
    const locations = { includeLocations: ["All"], excludeLocations: ["AllTrusted"] };
    await served.reader.put("policies", foreignPolicy({}, { displayName: "Old: MFA outside", conditions: { ...conditions, locations } }));

    const plain = await typed(served, ["diff", TRUST, "--as-of", "2022-02-14T06:30", "--exit-code"]);
    expect(plain.exit).toBe(2);
    expect(plain.stdout).not.toContain("Old: MFA outside");

    const stopped = await typed(served, ["apply", plan, "--as-of", "2022-02-14T06:30", "--yes"]);
    golden(served, "trusted", stopped);
    expect(stopped.exit).toBe(3);
    expect(unwrapped(stopped.stdout)).toMatch(
      /the trusted location "schools" would change 1 policy of others, since it speaks of all trusted locations: "Old: MFA outside" \(/,
    );
    expect(stopped.writes.filter((write) => write.includes("conditionalAccess"))).toEqual([]);

    const accepted = await typed(served, ["apply", plan, "--yes", "--allow", "all-trusted=1", "--reason", "agreed with the trust's office"]);
    expect(accepted.exit).toBe(0);
    const ours = (await served.reader.locations()).filter(({ displayName }) => displayName.endsWith("[trust-2022/schools]"));
    expect(ours.map(({ isTrusted }) => isTrusted)).toEqual([true]);
    expect((await served.reader.policies()).find(({ id }) => id === FOREIGN_ID)).toMatchObject({ displayName: "Old: MFA outside", state: "enabled" });

    // Back to a plan that does not trust it: that changes the other's policy as much.
    const back = await typed(served, ["diff", TRUST, "--exit-code"]);
    golden(served, "trusted-no-longer", back);
    expect(back.exit).toBe(3);
  });
});

describe.sequential("changes that are too large", () => {
  test("many who would leave at once are a stop, with their number and names", async () => {
    const served = await serve("county");
    expect(await served.cli(["apply", COUNTY, "--as-of", "2018-11-19", "--yes"])).toMatchObject({ exit: 0 });
    const narrower = "rollout-plans/narrower.yaml";
    writeFileSync(
      join(served.cwd, narrower),
      readFileSync(join(served.cwd, COUNTY), "utf8").replace('["head@*.county.example"]', '["head@b*.county.example"]'),
    );
    const stopped = await typed(served, ["apply", narrower, "--yes"]);
    golden(served, "size-leavers", stopped);
    expect([stopped.exit, stopped.writes]).toEqual([3, []]);
    expect(unwrapped(stopped.stdout)).toMatch(
      /39 accounts of 40 would leave the group "MFA rollout: heads" head@alder\.county\.example, .* and \d+ more -> .*--allow size=39/,
    );

    const nobody = "rollout-plans/nobody.yaml";
    writeFileSync(join(served.cwd, nobody), readFileSync(join(served.cwd, COUNTY), "utf8").replace('["head@*.county.example"]', '["hd@*.county.example"]'));
    const empty = await typed(served, ["apply", nobody, "--yes"]);
    golden(served, "size-nobody", empty);
    expect([empty.exit, empty.writes]).toEqual([3, []]);
    expect(unwrapped(empty.stdout)).toMatch(/the cohort heads is nobody at all/);

    const allowed = await typed(served, ["apply", narrower, "--yes", "--allow", "size=39", "--reason", "heads in B only, for a week"]);
    expect(allowed.exit).toBe(0);
    expect(await membersOf(served.reader, await ownGroup(served.reader, "county-2018", "heads"))).toEqual(["head@birch.county.example"]);
  });
});
