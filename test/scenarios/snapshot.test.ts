/** A tenant as a file: written, served as a practice tenant, rehearsed on, refused where it is not whole. */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliOptions, type CliResult, freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { stageOf } from "./stage.ts";

const folders: string[] = [];
const folder = (): string => {
  const cwd = freshFolder();
  folders.push(cwd);
  copyPlans(cwd);
  return cwd;
};
afterAll(() => {
  for (const cwd of folders) rmSync(cwd, { recursive: true, force: true });
});

type Typed = (...args: readonly string[]) => Promise<CliResult>;
const typedIn =
  (cwd: string, more: Partial<CliOptions> = {}): Typed =>
  (...args) =>
    runCli(args, { cwd, ...more });

/** Runs a command that must go well. */
const well = async (cli: Typed, ...args: readonly string[]): Promise<CliResult> => {
  const result = await cli(...args);
  expect(result, `${args.join(" ")}\n${result.stderr}${result.stdout}`).toMatchObject({ exit: 0 });
  return result;
};

const linesOf = (file: string): readonly string[] => readFileSync(file, "utf8").trimEnd().split("\n");

type Line = { readonly path: string; readonly value: Readonly<Record<string, unknown>> };
const isLine = (value: unknown): value is Line => typeof value === "object" && value !== null && "path" in value && "value" in value;
const resourcesIn = (file: string): readonly Line[] =>
  linesOf(file).flatMap((line) => {
    const value: unknown = JSON.parse(line);
    return isLine(value) ? [value] : [];
  });

const PLAN = "rollout-plans/academy-trust-2022.yaml";
const MOMENTS = ["2022-02-14T06:30", "2022-02-21", "2022-02-28T06:30"];

describe.each(["county", "trust"])("snapshot, load, snapshot: %s", (fill) => {
  let cwd: string;
  let cli: Typed;
  beforeAll(async () => {
    cwd = folder();
    cli = typedIn(cwd);
    await well(cli, "sandbox", "fill", fill);
    await well(cli, "snapshot", "first.jsonl", "--tenant", "sandbox");
  });

  test("is the same, byte for byte, and so once more", async () => {
    await well(cli, "snapshot", "second.jsonl", "--tenant", "first.jsonl");
    expect(readFileSync(join(cwd, "second.jsonl"), "utf8") === readFileSync(join(cwd, "first.jsonl"), "utf8")).toBe(true);
  });

  test("holds every account and no token, secret, telephone number or password", () => {
    const resources = resourcesIn(join(cwd, "first.jsonl"));
    const users = resources.filter(({ path }) => path === "/users");
    expect(users.length).toBeGreaterThan(fill === "county" ? 1_500 : 200);
    expect(users.every(({ value }) => typeof value["userPrincipalName"] === "string" && "assignedLicenses" in value)).toBe(true);
    const text = readFileSync(join(cwd, "first.jsonl"), "utf8");
    expect(text).not.toMatch(/bearer|"(?:secretKey|phoneNumber|emailAddress|mobilePhone|otherMails|temporaryAccessPass|passwordProfile|password)":/i);
    const methods = resources.filter(({ path }) => path.endsWith("/authentication/methods"));
    expect(new Set(methods.flatMap(({ value }) => Object.keys(value)))).toEqual(new Set(["@odata.type", "id", "createdDateTime", "aaGuid"]));
  });

  test.skipIf(process.platform === "win32")("is for its owner alone", () => {
    expect(statSync(join(cwd, "first.jsonl")).mode & 0o077).toBe(0);
  });

  test("leaves the tenant as it was, and replaces nothing", async () => {
    const again = await cli("snapshot", "first.jsonl", "--tenant", "sandbox");
    expect(again.exit).toBe(64);
    expect(again.stderr).toContain("first.jsonl is there already");
    expect(linesOf(join(cwd, "first.jsonl")).at(-1)).toContain('"end":true');
  });
});

/** Ids of what was made since differ from tenant to tenant: each becomes the number in which it came. */
const numbered = (text: string): string => {
  const seen = new Map<string, string>();
  return text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
    const known = seen.get(id) ?? `id-${seen.size + 1}`;
    seen.set(id, known);
    return known;
  });
};

describe.sequential("a plan rehearsed on a snapshot", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = folder();
    await well(typedIn(cwd), "sandbox", "fill", "trust");
    await well(typedIn(cwd), "snapshot", "trust.jsonl", "--tenant", "sandbox");
  });

  /** A snapshot has no log of sign-ins, and the checks that would look into it say so. */
  const withoutLog = (text: string): string => {
    const { findings, ...rest }: { readonly findings: readonly { readonly detail: string }[] } = JSON.parse(text);
    return JSON.stringify(
      { ...rest, findings: findings.filter(({ detail }) => !detail.endsWith("this practice tenant has no log of sign-ins; on the real one it is looked at")) },
      null,
      2,
    );
  };

  const stepOn = async (tenant: string, moment: string): Promise<string> => {
    const cli = typedIn(cwd);
    const { stdout } = await cli("diff", PLAN, "--as-of", moment, "--tenant", tenant, "--json");
    await well(cli, "apply", PLAN, "--as-of", moment, "--yes", "--tenant", tenant);
    await well(cli, "diff", PLAN, "--exit-code", "--tenant", tenant);
    return numbered(withoutLog(stdout).replaceAll(/"hash": "[0-9a-f]+"/g, "hash"));
  };

  test.each(MOMENTS)("differs in nothing from the tenant itself at %s", async (moment) => {
    const [original, rehearsed] = [await stepOn("sandbox", moment), await stepOn("trust.jsonl", moment)];
    expect(original).toMatch(/"action": "(?:create|update)"/);
    expect(rehearsed).toBe(original);
  });

  test("the file stays as it was, and the runs of the two are kept apart", async () => {
    const snapshots = readdirSync(join(cwd, ".entra-rollout", "snapshots"));
    expect(snapshots).toHaveLength(1);
    expect(snapshots[0]).toMatch(/^trust-[0-9a-f]{16}$/);
    const runs = async (tenant: string): Promise<number> =>
      (await well(typedIn(cwd), "runs", "--tenant", tenant)).stdout.split("\n").filter((line) => /^\S*\d{8}T/.test(line.trim())).length;
    expect([await runs("sandbox"), await runs("trust.jsonl")]).toEqual([3, 3]);
    expect(linesOf(join(cwd, "trust.jsonl")).at(-1)).toContain('"end":true');
  });

  test("the same file with something else in it begins anew, on its own day; with other line ends it goes on", async () => {
    const clock = async (file: string): Promise<string> => (await well(typedIn(cwd), "sandbox", "clock", "--tenant", file)).stdout;
    const moved = await clock("trust.jsonl");
    expect(moved).toContain("28 Feb 2022");
    const text = readFileSync(join(cwd, "trust.jsonl"), "utf8");
    writeFileSync(join(cwd, "trust.jsonl"), text.replaceAll("\n", "\r\n"));
    expect(await clock("trust.jsonl")).toBe(moved);
    writeFileSync(join(cwd, "trust.jsonl"), text.replace('"displayName":"Academy trust"', '"displayName":"Other trust"'));
    expect(await clock("trust.jsonl")).toMatch(/Other trust.* 7 Feb 2022/);
  });
});

test("what was changed, deleted and set since comes along", async () => {
  const cwd = folder();
  const cli = typedIn(cwd);
  await well(cli, "sandbox", "fill", "trust");
  await well(cli, "apply", PLAN, "--as-of", "2022-02-14T06:30", "--yes");
  const [run = ""] = /\d{8}T\d{6}Z-[0-9a-f]{4}/.exec((await well(cli, "runs")).stdout) ?? [];
  await well(cli, "undo", run, "--yes");
  await well(cli, "snapshot", "one.jsonl", "--tenant", "sandbox");
  const paths = new Set(resourcesIn(join(cwd, "one.jsonl")).map(({ path }) => path));
  expect(paths).toContain("/identity/conditionalAccess/deletedItems/policies");
  expect(paths).toContain("/directory/deletedItems/microsoft.graph.group");
  await well(cli, "snapshot", "two.jsonl", "--tenant", "one.jsonl");
  expect(readFileSync(join(cwd, "two.jsonl"), "utf8")).toBe(readFileSync(join(cwd, "one.jsonl"), "utf8"));
});

test("deleted accounts and per-user states come along", async () => {
  const stage = await stageOf("trust");
  const cli: Typed = (...args) => stage.cli(args);
  const users = await stage.reader.users();
  const [gone, enforced] = users.filter(({ userPrincipalName }) => userPrincipalName.toLowerCase().startsWith("office@"));
  expect((await stage.reader.send("DELETE", `/v1.0/users/${gone?.id}`)).status).toBe(204);
  const body = { perUserMfaState: "enforced" };
  expect((await stage.reader.send("PATCH", `/beta/users/${enforced?.id}/authentication/requirements`, body)).status).toBe(204);
  await stage.reader.forward(60_000);
  await well(cli, "snapshot", "one.jsonl");
  const here = typedIn(stage.cwd);
  await well(here, "snapshot", "two.jsonl", "--tenant", "one.jsonl");
  expect(readFileSync(join(stage.cwd, "two.jsonl"), "utf8")).toBe(readFileSync(join(stage.cwd, "one.jsonl"), "utf8"));
  const resources = resourcesIn(join(stage.cwd, "two.jsonl"));
  const deleted = resources.filter(({ path }) => path === "/directory/deletedItems/microsoft.graph.user").map(({ value }) => value);
  expect(deleted).toMatchObject([{ id: gone?.id, userPrincipalName: `${gone?.id.replaceAll("-", "")}${gone?.userPrincipalName}` }]);
  expect(resources.filter(({ value }) => "perUserMfaState" in value).map(({ value }) => [value["id"], value["perUserMfaState"]])).toEqual([
    [enforced?.id, "enforced"],
  ]);
  await stage.close();
});

test("of an administrator's methods it holds what they are, and neither a pass nor a number", async () => {
  const stage = await stageOf("trust");
  const user = (await stage.reader.users()).find(({ userPrincipalName }) => userPrincipalName === "emergency-1@trust.example");
  const methods = [
    { "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethod", id: "1", isUsable: true, temporaryAccessPass: "hush-hush" },
    { "@odata.type": "#microsoft.graph.phoneAuthenticationMethod", id: "2", phoneType: "mobile", phoneNumber: "+44 7700900123" },
  ];
  await stage.reader.put("authenticationMethods", { id: user?.id, value: methods });
  await well((...args) => stage.cli(args), "snapshot", "served.jsonl");
  const text = readFileSync(join(stage.cwd, "served.jsonl"), "utf8");
  expect(text).toContain('"phoneType":"mobile"');
  expect(text).toContain('"isUsable":true');
  expect(text).not.toMatch(/hush-hush|7700900123/);
  expect(text).not.toContain("scenario-token");
  await stage.close();
});

test("1,500 accounts take less than three seconds to write, and less to read", async () => {
  const cwd = folder();
  const cli = typedIn(cwd);
  await well(cli, "sandbox", "fill", "county");
  const timed = async (...args: readonly string[]): Promise<number> => {
    // Of the processor and not of the wall: other tests run at the same time.
    const before = process.cpuUsage();
    await well(cli, ...args);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  expect(await timed("snapshot", "county.jsonl", "--tenant", "sandbox")).toBeLessThan(3_000);
  expect(await timed("sandbox", "clock", "--tenant", "county.jsonl")).toBeLessThan(2_000);
});

describe("a file that is no whole snapshot is refused, with its line", () => {
  let cwd: string;
  let whole: readonly string[];
  beforeAll(async () => {
    cwd = folder();
    await well(typedIn(cwd), "sandbox", "fill", "trust");
    await well(typedIn(cwd), "snapshot", "whole.jsonl", "--tenant", "sandbox");
    whole = linesOf(join(cwd, "whole.jsonl"));
  });

  const header = '{"format":"entra-rollout snapshot 2","takenAt":"2022-02-07T08:00:00.000Z"}';
  const user = (line: string): boolean => line.startsWith('{"path":"/users"');
  const cases: readonly (readonly [name: string, spoil: (lines: readonly string[]) => string, said: string])[] = [
    ["cut in the middle of a line", (lines) => lines.join("\n").slice(0, 5_000), "cut short"],
    ["cut between two lines", (lines) => `${lines.slice(0, 40).join("\n")}\n`, ":40: it ends here without its last line"],
    ["a line missing", (lines) => lines.toSpliced(lines.findLastIndex(user), 1).join("\n"), "lines are missing or were added"],
    [
      "a newer version",
      (lines) => ['{"format":"entra-rollout snapshot 3","takenAt":"2022-02-07T08:00:00.000Z"}', ...lines.slice(1)].join("\n"),
      ":1: a newer version wrote it, in format 3, and this one reads up to 2: read it with that one, or write it anew with this one",
    ],
    [
      "no version at all",
      (lines) => ['{"format":"entra-rollout snapshot 1.5","takenAt":"2022-02-07T08:00:00.000Z"}', ...lines.slice(1)].join("\n"),
      ":1: it is no snapshot",
    ],
    ["something else altogether", () => "date,accounts,action\n", ":1: it is no snapshot"],
    ["nothing", () => "", "it is empty"],
    ["an unknown resource", (lines) => lines.toSpliced(2, 0, '{"path":"/devices","value":{"id":"1"}}').join("\n"), ":3: an unknown resource: /devices"],
    ["a resource without an id", (lines) => lines.toSpliced(2, 0, '{"path":"/domains","value":{}}').join("\n"), ":3: a resource of /domains without an id"],
    ["an account twice", (lines) => lines.toSpliced(lines.findIndex(user), 0, lines.find(user) ?? "").join("\n"), "a second resource of /users"],
    [
      "members of nothing",
      (lines) => lines.toSpliced(1, 0, '{"path":"/groups/1/members","value":{"id":"2"}}').join("\n"),
      ":2: /groups/1/members belongs to nothing",
    ],
    ["more after its end", (lines) => [...lines, lines[1]].join("\n"), "it goes on after its end"],
    ["not even a tenant", () => `${header}\n{"end":true,"resources":0}\n`, "it does not say whose tenant it is"],
    ["another encoding", (lines) => `\uFFFE${Buffer.from(lines.join("\n"), "utf8").toString("utf16le")}`, "it is no snapshot"],
  ];
  test.each(cases)("%s", async (name, spoil, said) => {
    const file = `${name.replaceAll(/[^a-z]+/g, "-")}.jsonl`;
    writeFileSync(join(cwd, file), spoil(whole));
    const { exit, stderr } = await runCli(["status", PLAN, "--tenant", file], { cwd });
    expect({ exit, stderr }).toMatchObject({ exit: 64, stderr: expect.stringContaining(said) });
    expect(readdirSync(join(cwd, ".entra-rollout"))).not.toContain("snapshots");
  });

  test("no such file, and a folder", async () => {
    const gone = await runCli(["status", PLAN, "--tenant", "gone.jsonl"], { cwd });
    expect(gone).toMatchObject({ exit: 64, stderr: expect.stringContaining("there is no such file") });
    mkdirSync(join(cwd, "a folder"));
    const isFolder = await runCli(["status", PLAN, "--tenant", "a folder"], { cwd });
    expect(isFolder).toMatchObject({ exit: 64, stderr: expect.stringContaining("it is a folder") });
  });
});

describe("where a snapshot is written", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = folder();
    await well(typedIn(cwd), "sandbox", "fill", "trust");
  });

  const names: readonly (readonly [name: string, said: string])[] = [
    ["con", "Windows takes it for a device"],
    ["NUL.jsonl", "Windows takes it for a device"],
    ["com1.txt", "Windows takes it for a device"],
    ["tenant:5.jsonl", "Windows allows none of"],
    ["what?.jsonl", "Windows allows none of"],
    ["tenant. ", "no name ends with a dot or a space"],
  ];
  test.each(names)("on Windows not as %s", async (name, said) => {
    const { exit, stderr } = await runCli(["snapshot", name, "--tenant", "sandbox"], { cwd, platform: "win32" });
    expect({ exit, stderr }).toMatchObject({ exit: 64, stderr: expect.stringContaining(said) });
  });

  test("not in a folder that is not there, nor as one", async () => {
    expect(await runCli(["snapshot", "no/where.jsonl", "--tenant", "sandbox"], { cwd })).toMatchObject({
      exit: 64,
      stderr: expect.stringContaining("no such folder"),
    });
    expect(await runCli(["snapshot", "./", "--tenant", "sandbox"], { cwd })).toMatchObject({ exit: 64, stderr: expect.stringContaining("not a folder") });
  });

  test("nothing is left of one that failed", async () => {
    const cli = typedIn(cwd);
    await well(cli, "sandbox", "dial", 'faults=[{"path":"^/users\\\\?","skip":1,"effect":{"type":"status","status":403}}]');
    const failed = await cli("snapshot", "half.jsonl", "--tenant", "sandbox");
    expect(failed.exit).toBe(77);
    expect(readdirSync(cwd)).not.toContain("half.jsonl");
    await well(cli, "sandbox", "dial", "faults=[]");
    await well(cli, "snapshot", "half.jsonl", "--tenant", "sandbox");
  });

  test("a tenant without a licence is written without what needs one", async () => {
    const cli = typedIn(cwd);
    await well(cli, "sandbox", "dial", "licence=free");
    await well(cli, "snapshot", "free.jsonl", "--tenant", "sandbox");
    const resources = resourcesIn(join(cwd, "free.jsonl"));
    expect(resources.some(({ path }) => path.startsWith("/reports/"))).toBe(false);
    expect(resources.some(({ value }) => "signInActivity" in value)).toBe(false);
    await well(cli, "snapshot", "free-2.jsonl", "--tenant", "free.jsonl");
    expect(readFileSync(join(cwd, "free-2.jsonl"), "utf8")).toBe(readFileSync(join(cwd, "free.jsonl"), "utf8"));
    await well(cli, "sandbox", "dial", "licence=filled");
  });
});
