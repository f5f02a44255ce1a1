/** What is worked out once for many accounts says of each what the evaluator of users says of it alone. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { at } from "../../src/core/evaluate-logic.ts";
import { usersVerdict } from "../../src/core/evaluate-users.ts";
import { IdIndex } from "../../src/core/ids.ts";
import { Belonging } from "../../src/core/reports/belonging.ts";
import { enforcementBy, type Somebody } from "../../src/core/reports/enforcement.ts";
import type { Belongs, SignIn } from "../../src/core/sign-in.ts";
import { absent, type Known, type ObjectId, type PolicySettings, present, type ResourceOf, unknown } from "../../src/core/tenant.ts";
import { fromWire } from "../../src/graph/conditional-access.ts";
import { ME, policies as wires } from "./sign-in-world.ts";

const RUNS = { numRuns: process.env["SOAK"] === undefined ? 100 : 10_000 };

const GROUPS = [0x10, 0x11, 0x12, 0x13].map((number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`);
const ROLES = ["62e90394-69f5-4237-9190-012177145e10", "194ae4cb-b126-40b2-bd5b-6091b380977d"];
const OTHERS = [2, 3, 4].map((number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`);

/** Asking for MFA everywhere, so that whom it is about is all that differs. */
const everywhere = (settings: PolicySettings, name: string): PolicySettings => ({
  ...settings,
  name,
  apps: { include: ["all"], exclude: [], userActions: [] },
  clients: ["all"],
  locations: null,
  grant: { operator: "or", controls: ["mfa"], strength: null },
  signInFrequency: null,
  other: { conditions: { users: at(settings.other, "conditions", "users") ?? {} } },
});
const policies = fc.array(wires, { minLength: 1, maxLength: 6 }).map((list) =>
  list.map((wire, number) => {
    const { settings } = fromWire(wire);
    const id = `00000000-0000-4000-8000-${(0x900 + number).toString(16).padStart(12, "0")}`;
    return { kind: "conditional-access", id, managed: false, settings: everywhere(settings, `policy ${number}`) } satisfies ResourceOf<"conditional-access">;
  }),
);

type Someone = { readonly somebody: Somebody; readonly groups: readonly ObjectId[]; readonly roles: readonly ObjectId[] };
const people: fc.Arbitrary<readonly Someone[]> = fc
  .array(
    fc.record({
      groups: fc.subarray(GROUPS),
      roles: fc.subarray(ROLES),
      guest: fc.boolean(),
      invited: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) =>
    list.map(({ groups, roles, guest, invited }, number) => ({
      // The first is the one whom policies name by itself.
      somebody: {
        id: [ME, ...OTHERS][number] ?? ME,
        address: invited ? `p${number}_home.example#ext#@x.example` : `p${number}@x.example`,
        guest,
        perUser: "disabled",
      },
      groups,
      roles,
    })),
  );

const sets = (ids: readonly ObjectId[], of: readonly Someone[], which: "groups" | "roles", unread: readonly ObjectId[]): Belonging =>
  new Belonging(
    new Map(
      ids.map((id): readonly [ObjectId, Known<IdIndex>] => [
        id,
        unread.includes(id) ? unknown("503") : present(IdIndex.of(of.filter((each) => each[which].includes(id)).map(({ somebody }) => somebody.id))),
      ]),
    ),
  );

const belongs = ({ address, guest }: Somebody): Belongs =>
  address.includes("#ext#") ? (guest ? "b2b-guest" : "b2b-member") : guest ? "internal-guest" : "member";

const signInOf = ({ somebody, groups, roles }: Someone): SignIn => ({
  subject: { id: somebody.id, groups: present(new Set(groups)), roles: present(new Set(roles)), belongs: belongs(somebody), homeTenant: undefined },
  target: { type: "application", id: "" },
  program: "browser",
  address: undefined,
  country: undefined,
  platform: undefined,
  device: undefined,
  signInRisk: undefined,
  userRisk: undefined,
  insiderRisk: undefined,
  flow: undefined,
});

const named = (words: readonly string[]): readonly string[] => words.map((word) => /^policy \d+/.exec(word)?.[0] ?? word).sort();

const groundsOf = (list: readonly ResourceOf<"conditional-access">[], of: readonly Someone[], unread: readonly ObjectId[] = []) => ({
  policies: present(list),
  locations: absent,
  securityDefaults: present(false),
  groups: sets(GROUPS, of, "groups", unread),
  groupNames: new Map(),
  roles: sets(ROLES, of, "roles", unread),
  heldRoles: present(ROLES),
});

test("one answer for all that are alike is the answer of each", () => {
  fc.assert(
    fc.property(policies, people, (list, of) => {
      const enforcementOf = enforcementBy(groundsOf(list, of));
      // Asked twice: what was kept says the same as what was worked out.
      const asked = [...of, ...of];
      const told = asked.map(({ somebody }) => {
        const { enforced, by, reportOnly } = enforcementOf(somebody);
        return { enforced, by: named(by), reportOnly: named(reportOnly) };
      });
      const wanted = asked.map((someone) => {
        const verdicts = list.map(({ settings }) => ({ settings, applies: usersVerdict(settings, signInOf(someone)).applies }));
        const about = (state: "on" | "report-only", answers: readonly string[]): readonly string[] =>
          verdicts.flatMap(({ settings, applies }) => (settings.state === state && answers.includes(applies) ? [settings.name] : [])).sort();
        const enforced = about("on", ["yes"]).length > 0 ? "yes" : about("on", ["unknown"]).length > 0 ? "unknown" : "no";
        return { enforced, by: about("on", ["yes", "unknown"]), reportOnly: about("report-only", ["yes", "unknown"]) };
      });
      expect(told).toEqual(wanted);
    }),
    RUNS,
  );
});

test("what could not be read never makes a certain answer another certain answer", () => {
  fc.assert(
    fc.property(policies, people, fc.subarray([...GROUPS, ...ROLES]), (list, of, unread) => {
      const [whole, dark] = [enforcementBy(groundsOf(list, of)), enforcementBy(groundsOf(list, of, unread))];
      const told = of.map(({ somebody }) => whole(somebody).enforced);
      const guessed = of.map(({ somebody }) => dark(somebody).enforced);
      expect(guessed.map((answer, place) => (answer === "unknown" ? told[place] : answer))).toEqual(told);
    }),
    RUNS,
  );
});
