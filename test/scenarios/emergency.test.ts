/** Whatever is wrong with an emergency account stops everything, with a sentence that says what and how to mend it. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import { checksOf, type Fields, FOREIGN_ID, foreignPolicy, typed, wholeUser } from "./arranged.ts";
import { type Dump, dumpOf } from "./dump.ts";
import type { Reader } from "./reader.ts";
import { type Served, serveFill } from "./served.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";
const ADDRESSES = ["emergency-1@county.example", "emergency-2@county.example"] as const;

type Method = { readonly "@odata.type": string; readonly id: string };

/** Who and what is there before anybody spoils it. */
type Before = {
  readonly first: Fields & { readonly id: string };
  readonly second: string;
  readonly methods: readonly Method[];
  readonly admins: { readonly id: string; readonly template: string; readonly members: readonly string[] };
  readonly domain: Fields;
  readonly inner: string;
  readonly outer: string;
  readonly innerMembers: readonly string[];
  readonly outerMembers: readonly string[];
};

let served: Served;
let before: Before;

const look = async (reader: Reader): Promise<Before> => {
  const first = await wholeUser(reader, ADDRESSES[0]);
  const role = (await reader.all<{ id: string; displayName: string; roleTemplateId: string }>("/v1.0/directoryRoles")).find(
    ({ displayName }) => displayName === "Global Administrator",
  );
  const domain = (await reader.all<Fields>("/v1.0/domains")).find(({ id }) => id === "county.example");
  const groups = await reader.groups();
  const [inner, outer] = ["IT Support", "Everyone in IT"].map((name) => groups.find(({ displayName }) => displayName === name)?.id);
  if (role === undefined || domain === undefined || inner === undefined || outer === undefined) throw new Error("the county is not as this scenario knows it");
  const ids = async (path: string): Promise<readonly string[]> => (await reader.all<{ id: string }>(path)).map(({ id }) => id);
  return {
    first,
    second: (await wholeUser(reader, ADDRESSES[1])).id,
    methods: (await reader.json<{ value: readonly Method[] }>("GET", `/v1.0/users/${first.id}/authentication/methods`)).value,
    admins: { id: role.id, template: role.roleTemplateId, members: await ids(`/v1.0/directoryRoles/${role.id}/members`) },
    domain,
    inner,
    outer,
    innerMembers: await ids(`/v1.0/groups/${inner}/members`),
    outerMembers: await ids(`/v1.0/groups/${outer}/members`),
  };
};

/** As it was, whatever a scenario did to it. */
const mend = async (): Promise<void> => {
  const { reader } = served;
  const { first, methods, admins, domain, inner, outer, innerMembers, outerMembers } = before;
  await reader.dials({});
  await reader.put("users", first);
  await reader.put("authenticationMethods", { id: first.id, value: methods });
  await reader.put("members", { id: admins.id, members: admins.members });
  await reader.put("members", { id: inner, members: innerMembers });
  await reader.put("members", { id: outer, members: outerMembers });
  await reader.put("domains", domain);
  await reader.remove("policies", FOREIGN_ID);
};

beforeAll(async () => {
  served = await serveFill("county");
  // So that what is applied is due by now, and no scenario moves the clock.
  await served.reader.forward(Date.parse("2018-11-19T00:00:00Z") - Date.parse("2018-11-05T08:00:00Z"));
  before = await look(served.reader);
});
afterAll(async () => {
  await served.close();
});

const methodsLeft =
  (...types: readonly string[]) =>
  async (): Promise<void> => {
    const password = before.methods.filter((method) => method["@odata.type"].includes("password"));
    const others = types.map((type) => ({ "@odata.type": `#microsoft.graph.${type}AuthenticationMethod`, id: `00000000-${type}` }));
    await served.reader.put("authenticationMethods", { id: before.first.id, value: [...password, ...others] });
  };

const put = (collection: string, of: () => unknown) => async (): Promise<void> => {
  await served.reader.put(collection, of());
};

/** A policy of somebody else's, and what else has to be so. */
const caughtBy =
  (users: () => Fields, ...also: readonly (() => Promise<void>)[]) =>
  async (): Promise<void> => {
    await served.reader.put("policies", foreignPolicy(users()));
    for (const arrange of also) await arrange();
  };

const into = (group: () => string, members: () => readonly string[]) => put("members", () => ({ id: group(), members: members() }));

type Row = {
  readonly name: string;
  readonly arrange: () => Promise<void>;
  /** How many checks stop, and what the first says. */
  readonly stops: number;
  readonly says: RegExp;
};

const ROWS: readonly Row[] = [
  { name: "disabled", arrange: put("users", () => ({ ...before.first, accountEnabled: false })), stops: 1, says: /emergency-1@county\.example is disabled/ },
  {
    name: "deleted",
    arrange: async () => void (await served.reader.remove("users", before.first.id)),
    stops: 1,
    says: /emergency-1@county\.example is not in the tenant/,
  },
  { name: "synced", arrange: put("users", () => ({ ...before.first, onPremisesSyncEnabled: true })), stops: 1, says: /is synced from on premises/ },
  {
    name: "no Global Administrator",
    arrange: put("members", () => ({ id: before.admins.id, members: before.admins.members.filter((id) => id !== before.first.id) })),
    stops: 1,
    says: /is not an active Global Administrator/,
  },
  { name: "a password and nothing else", arrange: methodsLeft(), stops: 1, says: /has registered no method that the admin centres' own MFA accepts, so/ },
  {
    name: "a Temporary Access Pass and an e-mail address",
    arrange: methodsLeft("temporaryAccessPass", "email"),
    stops: 1,
    says: /accepts \(only email and temporaryAccessPass\)/,
  },
  {
    name: "a federated domain",
    arrange: put("domains", () => ({ ...before.domain, authenticationType: "Federated" })),
    // Each of them, and that no emergency account is left.
    stops: 3,
    says: /is federated, so its sign-in/,
  },
  {
    name: "caught through a nested group",
    arrange: caughtBy(
      () => ({ includeGroups: [before.outer] }),
      into(
        () => before.inner,
        () => [...before.innerMembers, before.first.id],
      ),
    ),
    stops: 1,
    says: /"IT: MFA everywhere" \(1{8}-.*\) is on and catches .*emergency-1@county\.example: through the group "Everyone in IT" /,
  },
  {
    name: "caught through groups that are in each other",
    arrange: caughtBy(
      () => ({ includeGroups: [before.outer] }),
      into(
        () => before.inner,
        () => [...before.innerMembers, before.outer, before.first.id],
      ),
    ),
    stops: 1,
    says: /through the group "Everyone in IT" /,
  },
  { name: "caught through its role", arrange: caughtBy(() => ({ includeRoles: [before.admins.template] })), stops: 1, says: /it is for Global Administrators/ },
  { name: "caught by a policy for all", arrange: caughtBy(() => ({ includeUsers: ["All"] })), stops: 1, says: /it is for all users/ },
  {
    name: "only the other is left out",
    arrange: caughtBy(() => ({ includeUsers: ["All"], excludeUsers: [before.first.id] })),
    stops: 1,
    says: /catches .*emergency-2@/,
  },
];

/** The sentence as one line, however wide the terminal is. */
const unwrapped = (text: string): string => text.replaceAll(/\n +/g, " ");

const fails = (path: string, status: number, more: Fields = {}) => ({ method: "GET", path, effect: { type: "status", status, ...more } });

const UNREAD: readonly { readonly name: string; readonly fault: Fields; readonly unclear: number; readonly says: RegExp }[] = [
  {
    name: "methods, not permitted",
    fault: fails("authentication/methods", 403, { code: "accessDenied", message: "Request Authorization failed" }),
    unclear: 3,
    says: /which sign-in methods the emergency account emergency-1@county\.example has registered is not known: the service answered 403 accessDenied to GET /,
  },
  {
    name: "methods of one of them",
    fault: fails(`ID/authentication/methods`, 500),
    unclear: 1,
    says: /emergency-1@county\.example has registered is not known/,
  },
  { name: "roles and groups", fault: fails("transitiveMemberOf", 500), unclear: 3, says: /is a Global Administrator is not known/ },
  { name: "domains", fault: fails("^/domains", 503), unclear: 5, says: /is federated is not known/ },
  {
    name: "the account itself",
    fault: fails("^/users/emergency-1", 500),
    unclear: 1,
    says: /emergency-1@county\.example could not be read: the service answered 500/,
  },
];

describe.sequential("an emergency account that would not do", () => {
  let untouched: Dump;
  beforeAll(async () => {
    untouched = await dumpOf(served.reader);
  });

  test.each(ROWS)("$name", async ({ name, arrange, stops, says }) => {
    try {
      await arrange();
      const applied = await typed(served, ["apply", PLAN, "--yes"]);
      matchesGolden(`scenarios/emergency-${name.replaceAll(/[^a-z]+/gi, "-")}.txt`, checksOf(served, applied));
      expect([applied.exit, applied.writes]).toEqual([3, []]);
      expect(unwrapped(applied.stdout)).toMatch(says);
      expect(applied.stdout.match(/^ {2}stop /gm)).toHaveLength(stops);
      // Whoever reads it is told what to do, each time, and no way past it is offered.
      expect(applied.stdout.match(/^ {11}-> /gm)).toHaveLength(stops);
      expect(applied.stdout).not.toMatch(/--allow/);
      expect(applied.stderr).toMatch(/^nothing was written: /m);
    } finally {
      await mend();
    }
  });

  test("misspelt in the plan", async () => {
    const misspelt = "rollout-plans/misspelt.yaml";
    writeFileSync(join(served.cwd, misspelt), readFileSync(join(served.cwd, PLAN), "utf8").replace("emergency-1@", "emergncy-1@"));
    const applied = await typed(served, ["apply", misspelt, "--yes"]);
    matchesGolden("scenarios/emergency-misspelt.txt", checksOf(served, applied));
    expect([applied.exit, applied.writes]).toEqual([3, []]);
    expect(unwrapped(applied.stdout)).toMatch(/emergncy-1@county\.example is not in the tenant: it was deleted, or is misspelt in the plan/);
  });

  test.each(UNREAD)("unclear, and that stops as well: $name", async ({ name, fault, unclear, says }) => {
    try {
      await served.reader.dials({ faults: [{ ...fault, path: String(fault["path"]).replace("ID", before.first.id) }] });
      const applied = await typed(served, ["apply", PLAN, "--yes"]);
      matchesGolden(`scenarios/emergency-unread-${name.replaceAll(/[^a-z]+/gi, "-")}.txt`, checksOf(served, applied));
      expect([applied.exit, applied.writes]).toEqual([3, []]);
      expect(unwrapped(applied.stdout)).toMatch(says);
      expect(applied.stdout.match(/^ {2}unclear /gm)).toHaveLength(unclear);
      expect(applied.stdout).not.toMatch(/--allow (?:emergency-accounts|lock-out)/);
    } finally {
      await mend();
    }
  });

  test("the dry run and the status say so as well, and nothing lets it pass", async () => {
    try {
      await served.reader.put("users", { ...before.first, accountEnabled: false });
      const shown = await typed(served, ["diff", PLAN, "--exit-code"]);
      expect([shown.exit, shown.writes]).toEqual([3, []]);
      expect(unwrapped(shown.stdout)).toMatch(/not to be applied: one check says stop/);
      const standing = await typed(served, ["status", PLAN]);
      expect(unwrapped(standing.stdout)).toMatch(/What needs a look .*emergency-1@county\.example is disabled/);
      const lenient = await typed(served, ["apply", PLAN, "--yes", "--allow", "emergency-accounts=9", "--reason", "in a hurry"]);
      expect([lenient.exit, lenient.writes]).toEqual([64, []]);
      expect(lenient.stderr).toMatch(/no check of that name can be let pass/);
    } finally {
      await mend();
    }
  });

  test("a policy that spares it through a group, is in report-only, or is off, is no danger; then everything is applied", async () => {
    expect(await dumpOf(served.reader)).toEqual(untouched);
    try {
      await served.reader.put("members", { id: before.inner, members: [...before.innerMembers, before.first.id] });
      await served.reader.put("policies", foreignPolicy({ includeUsers: ["All"], excludeGroups: [before.outer], excludeUsers: [before.second] }));
      expect((await typed(served, ["diff", PLAN, "--exit-code"])).exit).toBe(2);
      for (const state of ["enabledForReportingButNotEnforced", "disabled"]) {
        await served.reader.put("policies", foreignPolicy({ includeUsers: ["All"] }, { state }));
        expect((await typed(served, ["diff", PLAN, "--exit-code"])).exit).toBe(2);
      }
      expect(await typed(served, ["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    } finally {
      await mend();
    }
  });
});
