import { describe, expect, test } from "vitest";
import { IdIndex } from "../../src/core/ids.ts";
import { asksEverywhere, blocksOldPrograms, isReplaced, uncoveredIn } from "../../src/core/replacement.ts";
import { Roster } from "../../src/core/roster.ts";
import { type PolicySettings, present, unknown } from "../../src/core/tenant.ts";
import { E1, E2, emergency, foreign, id, observed, policySettings, users } from "./guards/world.ts";

const EVERYWHERE: Partial<PolicySettings> = { clients: ["browser", "mobile-and-desktop"], include: users({ all: true }) };
const BLOCK: Partial<PolicySettings> = { ...EVERYWHERE, clients: ["activesync", "legacy"], grant: { operator: "or", controls: ["block"], strength: null } };

describe("asks everywhere", () => {
  test.each<readonly [string, Partial<PolicySettings>, boolean]>([
    ["both clients", {}, true],
    ["all clients", { clients: ["all"] }, true],
    ["a strength in place of MFA", { grant: { operator: "or", controls: [], strength: id(0x77) } }, true],
    ["MFA and more", { grant: { operator: "and", controls: ["compliantDevice", "mfa"], strength: null } }, true],
    ["on the web only", { clients: ["browser"] }, false],
    ["in clients only", { clients: ["mobile-and-desktop"] }, false],
    ["outside a network", { locations: { include: ["all"], exclude: [id(0x300)] } }, false],
    ["for one app", { apps: { include: ["office365"], exclude: [], userActions: [] } }, false],
    ["with an app left out", { apps: { include: ["all"], exclude: [id(5)], userActions: [] } }, false],
    ["MFA or a device", { grant: { operator: "or", controls: ["compliantDevice", "mfa"], strength: null } }, false],
    ["MFA or a strength", { grant: { operator: "or", controls: ["mfa"], strength: id(0x77) } }, false],
    ["another demand", { grant: { operator: "or", controls: ["compliantDevice"], strength: null } }, false],
    ["no demand", { grant: null }, false],
    ["a condition that has no word", { other: { conditions: { platforms: { includePlatforms: ["android"] } } } }, false],
  ])("%s", (_name, fields, want) => {
    expect(asksEverywhere(policySettings({ ...EVERYWHERE, ...fields }))).toBe(want);
  });
});

test.each<readonly [string, Partial<PolicySettings>, boolean]>([
  ["block in old programs", {}, true],
  ["ActiveSync only", { clients: ["activesync"] }, false],
  ["MFA is no block", { grant: { operator: "or", controls: ["mfa"], strength: null } }, false],
  ["outside a network", { locations: { include: ["all"], exclude: [id(0x300)] } }, false],
])("blocks old programs: %s", (_name, fields, want) => {
  expect(blocksOldPrograms(policySettings({ ...BLOCK, ...fields }))).toBe(want);
});

describe("whom the policies leave out", () => {
  const ENABLED = { enabled: true, guest: false, pupil: false };
  const people = new Roster([]);
  people.add(E1, "emergency-1@county.example", ENABLED, []);
  people.add(E2, "emergency-2@county.example", ENABLED, []);
  people.add(id(0x10), "a@county.example", ENABLED, []);
  people.add(id(0x11), "b@county.example", ENABLED, []);
  people.add(id(0x12), "guest@county.example", { ...ENABLED, guest: true }, []);
  people.add(id(0x13), "gone@county.example", { ...ENABLED, enabled: false }, []);
  const GROUP = id(0x100);
  const seen = (...policies: readonly Partial<PolicySettings>[]) =>
    observed({
      roster: present(people),
      members: new Map([[GROUP, present(IdIndex.of([id(0x10)]))]]),
      emergency: [emergency(1), emergency(2)],
      resources: { ...observed().resources, "conditional-access": present(policies.map((fields, number) => foreign(fields, 0x900 + number))) },
    });
  const [A, B, GUEST] = [id(0x10), id(0x11), id(0x12)];

  test.each<readonly [string, readonly Partial<PolicySettings>[], readonly string[], readonly string[]]>([
    ["nothing is on", [], [A, B, GUEST], [A, B, GUEST]],
    ["everybody", [EVERYWHERE, BLOCK], [], []],
    ["in report-only", [{ ...EVERYWHERE, state: "report-only" }, BLOCK], [A, B, GUEST], []],
    ["a group of one", [{ ...EVERYWHERE, include: users({ groups: [GROUP] }) }, BLOCK], [B, GUEST], []],
    ["a group left out", [{ ...EVERYWHERE, exclude: users({ groups: [GROUP] }) }, BLOCK], [A], []],
    ["a group that nobody read left out", [{ ...EVERYWHERE, exclude: users({ groups: [id(0x101)] }) }, BLOCK], [A, B, GUEST], []],
    ["guests left out", [{ ...EVERYWHERE, exclude: users({ guests: true }) }, BLOCK], [GUEST], []],
    ["one account left out", [EVERYWHERE, { ...BLOCK, exclude: users({ users: [B] }) }], [], [B]],
    [
      "two policies together",
      [{ ...EVERYWHERE, include: users({ groups: [GROUP] }) }, { ...EVERYWHERE, include: users({ users: [B], guests: true }) }, BLOCK],
      [],
      [],
    ],
  ])("%s", (_name, policies, mfa, oldPrograms) => {
    expect(uncoveredIn(seen(...policies))).toEqual(present({ mfa, oldPrograms }));
  });

  test("accounts that were not read are not nobody", () => {
    expect(uncoveredIn(observed({ roster: unknown("503") }))).toEqual(unknown("503"));
  });

  test("a tenant is bare when no policy that is on asks everywhere", () => {
    expect([isReplaced(seen()), isReplaced(seen({ ...EVERYWHERE, state: "report-only" })), isReplaced(seen(BLOCK)), isReplaced(seen(EVERYWHERE))]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});
