/** What somebody holds against what commands need. */

import { describe, expect, test } from "vitest";
import { type CommandName, READING } from "../../src/core/permissions/commands.ts";
import { ROLES } from "../../src/core/permissions/names.ts";
import { type Held, needsOf, standingOf } from "../../src/core/permissions/needs.ts";

const DIFF: readonly CommandName[] = ["diff"];
const WHY: readonly CommandName[] = ["why"];

const exactly = (commands: readonly CommandName[], scheme: Held["scheme"]): Held => {
  const { permissions, roles } = needsOf(commands, undefined, scheme);
  const of = (wanted: string): readonly string[] => permissions.flatMap(({ service, name }) => (service === wanted ? [name] : []));
  return { scheme, graph: of("graph"), exchange: of("exchange"), roles: roles.map(({ id }) => id) };
};

const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);

describe.each(["application", "delegated"] as const)("%s", (scheme) => {
  test.each([DIFF, WHY, ["run"], ["undo"], READING] as const)("who holds just what is needed misses nothing and has nothing too much: %s", (...commands) => {
    expect(standingOf(commands, undefined, exactly(commands, scheme))).toEqual({ missing: [], missingRoles: [], needless: [], needlessRoles: [] });
  });

  test("each one that is taken away is missed, by name and with what it is for", () => {
    const whole = exactly(DIFF, scheme);
    for (const name of whole.graph) {
      const { missing, needless } = standingOf(DIFF, undefined, { ...whole, graph: whole.graph.filter((other) => other !== name) });
      expect(names(missing)).toContain(name);
      expect(missing.find((each) => each.name === name)?.uses.flatMap(({ commands }) => commands)).toContain("diff");
      expect(needless).toEqual([]);
    }
    const without = standingOf(DIFF, undefined, { ...whole, exchange: [] });
    expect(names(without.missing)).toEqual([scheme === "application" ? "Exchange.ManageAsApp" : "Exchange.Manage"]);
  });

  test("a wider one is enough, and not too much", () => {
    const whole = exactly(WHY, scheme);
    const wider = { ...whole, graph: [...whole.graph.filter((name) => name !== "GroupMember.Read.All"), "Group.Read.All"] };
    expect(standingOf(WHY, undefined, wider)).toMatchObject({ missing: [], needless: [] });
  });

  test("what writes is too much for what reads", () => {
    const whole = exactly(WHY, scheme);
    expect(standingOf(WHY, undefined, { ...whole, graph: [...whole.graph, "Group.ReadWrite.All", "Mail.Send"] }).needless).toEqual([
      "Group.ReadWrite.All",
      "Mail.Send",
    ]);
  });

  test("of a service without a token nothing is said", () => {
    const whole = exactly(DIFF, scheme);
    expect(names(standingOf(DIFF, undefined, { ...whole, exchange: undefined }).missing)).toEqual([]);
  });
});

describe("roles", () => {
  test("a person needs one that reads; a wider one is enough", () => {
    const whole = exactly(WHY, "delegated");
    expect(names(standingOf(WHY, undefined, { ...whole, roles: [] }).missingRoles)).toEqual(["Global Reader"]);
    expect(standingOf(WHY, undefined, { ...whole, roles: [ROLES["Global Administrator"].toUpperCase()] })).toMatchObject({
      missingRoles: [],
      needlessRoles: [],
    });
    expect(standingOf(WHY, undefined, { ...whole, roles: [ROLES["Global Reader"], ROLES["Exchange Administrator"]] }).needlessRoles).toEqual([
      "Exchange Administrator",
    ]);
  });

  test("a token that does not tell them leaves it open", () => {
    const whole = exactly(WHY, "delegated");
    expect(standingOf(WHY, undefined, { ...whole, roles: undefined })).toMatchObject({ missingRoles: [], needlessRoles: [] });
  });

  test("an application needs one for Exchange Online alone", () => {
    expect(names(needsOf(WHY, undefined, "application").roles)).toEqual([]);
    expect(names(needsOf(DIFF, undefined, "application").roles)).toEqual(["Global Reader"]);
    expect(names(needsOf(["run"], undefined, "application").roles)).toEqual(["Exchange Administrator"]);
  });
});

test("what every sign-in brings along is never too much", () => {
  const whole = exactly(WHY, "delegated");
  const held = { ...whole, graph: [...whole.graph, "User.Read", "openid", "profile", "email", "offline_access"] };
  expect(standingOf(WHY, undefined, held).needless).toEqual([]);
});
