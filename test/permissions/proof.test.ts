/**
 * That what the table of permissions says is so: every command is typed on practice tenants whose caller holds just what it asks for,
 * and then one of them less. SOAK=1 does it for each command in each of the worlds, for an application and for a person.
 */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMAND_NAMES, type CommandName, featuresOf, READING, tasksOf } from "../../src/core/permissions/commands.ts";
import { SCHEMES, type Scheme } from "../../src/core/permissions/names.ts";
import { type Needs, needsOf } from "../../src/core/permissions/needs.ts";
import type { Route } from "../../src/core/permissions/routes.ts";
import { taskOf } from "../../src/core/permissions/tasks.ts";
import { goTo, told } from "../scenarios/accounts-world.ts";
import { copyOf, type Ground, LAST_RUN, type Line, lineFor, type Moment, openWorld, runIn, type Typed, WORLDS, type World } from "./world.ts";

const SOAK = process.env["SOAK"] !== undefined;

const FIRST = "policies, methods, a campaign";
/** What is typed where nobody has an hour. */
const TYPED: Readonly<Record<string, readonly CommandName[]>> = {
  [FIRST]: ["doctor", "diff", "report unregistered", "report stale", "apply", "undo", "halt", "let-in", "snapshot"],
  "security defaults": ["run"],
  "mailboxes and passwords": ["run", "undo"],
  "some mailboxes": ["apply"],
  "per-user MFA": ["run"],
  "accounts on a list": ["run", "accounts restore"],
};
const LESS: readonly CommandName[] = ["doctor", "let-in"];

/** How a command ends where all is there that it needs; 0 when it is not said. */
const EXITS: readonly { readonly command: string; readonly world?: string; readonly exit: number; readonly because: string }[] = [
  { command: "doctor", exit: 3, because: "whoever holds no more than doctor needs is told what other commands would miss" },
  { command: "undo", world: FIRST, exit: 4, because: "a group stays that the campaign goes on naming" },
  ...["unregistered", "stale", "readiness", "methods", "sign-ins", "networks", "protocols"].map((name) => ({
    command: `report ${name}`,
    world: "security defaults",
    exit: 77,
    because: "a tenant without P1 does not tell it",
  })),
];

/** What was taken away and is not missed, and why it is asked for all the same. */
const UNMISSED: readonly { readonly name: string; readonly commands?: readonly string[]; readonly world?: string; readonly because: string }[] = [
  { name: "User.Read.All", commands: ["runs", "report deletions"], because: "a practice tenant says itself which it is; a real one is asked" },
  { name: "User.Read", commands: ["runs", "report deletions"], because: "the same" },
  {
    name: "RoleManagement.Read.Directory",
    commands: ["why", "card", "let-in", "accounts restore"],
    because: "asked for where somebody is in a group that may hold roles",
  },
  { name: "AuditLog.Read.All", world: "security defaults", because: "a tenant without P1 has neither the report nor the log" },
  { name: "MailboxSettings.Read", world: "security defaults", because: "nobody can be said to be stale there" },
  { name: "Group.ReadWrite.All", commands: ["apply"], world: "accounts on a list", because: "it is for a phase that is begun early or held" },
  ...["Exchange.ManageAsApp", "Exchange.Manage"].map((name) => ({ name, world: "accounts on a list", because: "these accounts have no mailbox" })),
  { name: "Group.ReadWrite.All", commands: ["accounts restore"], because: "groups are put back where they did not come back by themselves" },
  { name: "GroupMember.Read.All", world: "accounts on a list", because: "the practice tenant shows what somebody is in to whoever may read accounts" },
];

const isExcused = (name: string, command: string, world: World): boolean =>
  UNMISSED.some((each) => each.name === name && (each.commands ?? [command]).includes(command) && (each.world ?? world.name) === world.name);

/** Of a person the practice tenant knows no roles, and of an application those for Exchange Online alone. */
const takenAway = (needs: Needs, world: World): readonly string[] => [
  ...needs.permissions.map(({ name }) => name),
  ...needs.roles.flatMap(({ name, uses }) => (world.name !== "accounts on a list" && needs.scheme === "application" && uses.length > 0 ? [name] : [])),
];

const routesFor = (command: CommandName, { plan }: Ground): ReadonlySet<Route> =>
  new Set(tasksOf(command, featuresOf(plan)).flatMap((task) => taskOf(task).routes));

describe.each(WORLDS.map((world) => [world.name, world] as const))("%s", (name, world) => {
  const copies = new Map<Moment, string>();
  let ground: Ground;
  let someone = "";
  let operator = "";
  let run = "";
  const grounds = new Set<Ground>();

  beforeAll(async () => {
    ground = await openWorld(world);
    const users = (await ground.stage.reader.users()).map(({ userPrincipalName }) => userPrincipalName);
    operator = users.find((address) => address.startsWith("emergency-1@")) ?? "";
    someone = users.find((address) => /^(headteacher|head|office|staff|ann)/.test(address)) ?? users.at(-1) ?? "";
    copies.set("before", ground.stage.copy());
  }, 60_000);
  afterAll(async () => {
    for (const each of [ground, ...grounds]) await each.stage.close();
    for (const folder of copies.values()) rmSync(folder, { recursive: true, force: true });
  });

  /** The tenant as it is at a moment, reached once. */
  const folderAt = async (at: Moment): Promise<string> => {
    const known = copies.get(at);
    if (known !== undefined) return known;
    const moved = await copyOf(world, copies.get("before") ?? "");
    await goTo(moved.stage.reader, at === "due" ? world.due : world.asOf);
    if (at === "applied") {
      const applied = await moved.type(["apply", world.file, "--as-of", world.asOf, "--yes"]);
      expect(applied.exit, told(applied)).toBe(0);
      run = runIn(applied);
    }
    const folder = moved.stage.copy();
    await moved.stage.close();
    copies.set(at, folder);
    return folder;
  };

  const typedWith = async ({ args, at }: Line, command: CommandName, scheme: Scheme, needs: Needs | "all", without?: string): Promise<Typed> => {
    const reads = READING.includes(command);
    const own = reads ? ground : await copyOf(world, await folderAt(at));
    own.operator(scheme === "delegated" ? operator : undefined);
    await own.hold(needs, without);
    const done = await own.type(args.map((word) => (word === LAST_RUN ? run : word)));
    if (!reads) await own.stage.close();
    return done;
  };

  const schemes: readonly Scheme[] = SOAK ? SCHEMES : name === FIRST ? ["application", "delegated"] : ["application"];
  const commands = SOAK ? COMMAND_NAMES : (TYPED[name] ?? []);
  const cases = schemes.flatMap((scheme) => (scheme === "delegated" && !SOAK ? (["apply"] as const) : commands).map((command) => [command, scheme] as const));

  test.each(cases)("%s asks for what it is let do, and that is enough (%s)", { timeout: 300_000 }, async (command, scheme) => {
    const line = lineFor(command, world, ground.plan, someone);
    if (line === undefined) return;
    if (line.at === "applied") await folderAt("applied");
    const needs = needsOf([command], ground.plan, scheme);
    const done = await typedWith(line, command, scheme, needs);
    const want = EXITS.find((each) => each.command === command && (each.world ?? name) === name)?.exit ?? 0;
    expect(done.exit, told(done)).toBe(want);
    expect(done.asked.unknown).toEqual([]);
    const may = routesFor(command, ground);
    expect([...done.asked.routes].filter((route) => !may.has(route))).toEqual([]);
    // What a licence refuses is refused whoever asks.
    if (name !== "security defaults") expect(done.asked.denied).toEqual([]);
    if (!SOAK && !(name === FIRST && LESS.includes(command) && scheme === "application")) return;

    // Where a licence refuses most of a report, a right the less makes no difference.
    if (want === 77) return;
    for (const taken of takenAway(needs, world)) {
      const less = await typedWith(line, command, scheme, needs, taken);
      const isMissed = less.exit !== done.exit || less.asked.denied.some((each) => !done.asked.denied.includes(each));
      expect(isMissed || isExcused(taken, command, world), `without ${taken} ${command} does all the same: ${told(less)}`).toBe(true);
    }
  });
});
