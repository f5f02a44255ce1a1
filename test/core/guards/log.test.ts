/** The guards that stand on the log of sign-ins. */

import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/core/changes.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { legacyClients } from "../../../src/core/guards/legacy-clients.ts";
import { networks } from "../../../src/core/guards/networks.ts";
import { serviceAccounts } from "../../../src/core/guards/service-accounts.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import type { Observed } from "../../../src/core/observed.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import type { Roster } from "../../../src/core/roster.ts";
import type { Crowd, Looked, ServiceUse, SignInDigest } from "../../../src/core/sign-in-digest.ts";
import { absent, type Known, type ObjectId, type PolicySettings, present, type ResourceOf, unknown } from "../../../src/core/tenant.ts";
import {
  blockChange,
  blockPolicy,
  check,
  DAY_MS,
  FIRST,
  given,
  joins,
  LOOKED,
  logOf,
  NEW_HEADS,
  only,
  SECOND,
  THIRD,
  uses,
  with_,
  YESTERDAY,
} from "./log-world.ts";
import { diff, HEADS_GROUP, heads, id, input, LOCATION, locationSettings, MOMENT, observed, PLAN_ID, plan, policy, policyChange, roster } from "./world.ts";

describe("legacy-clients", () => {
  const on = (log: Known<SignInDigest> | undefined, fields: Partial<Observed> = {}): GuardInput =>
    given([blockChange(undefined)], [policy()], { ...(log !== undefined && { log }), ...fields });
  const disabled = (): Roster => {
    const people = roster(40);
    people.add(FIRST, "head@school-0.county.example", { enabled: false, guest: false, pupil: false }, ["in"]);
    return people;
  };
  check(legacyClients, [
    ["nothing is blocked", given([], [policy(), blockPolicy()], { log: uses([[FIRST, "IMAP4"]]) }), []],
    ["nobody uses one", on(uses([])), []],
    ["one does", on(uses([[FIRST, "IMAP4"]])), [/^stop: 1 account used an old program in the last 30 days, and "No old clients: heads" would keep it out/]],
    [
      "three do",
      on(
        uses([
          [FIRST, "IMAP4"],
          [SECOND, "POP3"],
          [THIRD, "Authenticated SMTP"],
        ]),
      ),
      [/^stop: 3 accounts used an old program/],
    ],
    ["somebody else does", on(uses([[id(0x7777), "IMAP4"]])), []],
    ["a disabled account did", on(uses([[FIRST, "IMAP4"]]), { roster: present(disabled()) }), []],
    ["MFA blocks no program", given([policyChange({ state: "off" })], [policy({ state: "off" })], { log: uses([[FIRST, "IMAP4"]]) }), []],
    [
      "staged: who would lose it, and when",
      given([blockChange(undefined, { state: "report-only" })], [policy()], { log: uses([[FIRST, "IMAP4"]]) }),
      [/^go: 1 account used an old program in the last 30 days, which "No old clients: heads" would keep out on Mon 19 Nov 2018/],
    ],
    ["staged, and the log is not known: no danger yet", given([blockChange(undefined, { state: "report-only" })], [policy()], { log: unknown("503") }), []],
    ["not read", on(undefined), [/^unclear: who still uses an old program is not known: the log of sign-ins was not read$/]],
    ["nobody asks", on(absent), []],
    ["unreadable", on(unknown("403")), [/^unclear: who still uses an old program is not known: the log of sign-ins could not be read: 403$/]],
    ["that part was not asked for", on(logOf({})), [/^unclear: .*was not asked for it$/]],
    ["that part is unreadable", on(logOf({ legacy: unknown("504") })), [/^unclear: .*could not be read: 504$/]],
    [
      "no licence: nobody will ever know",
      on(logOf({ legacy: absent })),
      [/^go: who still uses an old program is not known: the service keeps a log .* P1 or P2$/],
    ],
    [
      "a practice tenant without a log",
      on(present({ ...uses([]), empty: true, ...(uses([]).type === "present" && { legacy: present({ ...LOOKED, uses: new Map() }) }) })),
      [/^go: .* this practice tenant has no log/],
    ],
    [
      "a real one with an empty log",
      on(present({ empty: true, legacy: present({ ...LOOKED, uses: new Map() }) }), { tenant: { ...observed().tenant, practice: false } }),
      [/^unclear: .*the log of sign-ins is empty/],
    ],
    [
      "half of it could not be read",
      on(uses([[FIRST, "IMAP4"]], { gaps: [{ words: "beta: 503", lasting: false }] })),
      [/^stop: 1 account/, /^unclear: who still uses an old program is known in part: beta: 503$/],
    ],
    [
      "half of it nobody tells",
      on(uses([], { gaps: [{ words: "beta: 400", lasting: true }] })),
      [/^go: who still uses an old program is known in part: beta: 400$/],
    ],
    [
      "the log is too long",
      on(uses([], { cut: true, since: MOMENT - 2 * DAY_MS })),
      [/^go: who still uses an old program is known back to Sat 17 Nov 2018.*: the log is longer than what is read of it$/],
    ],
  ]);

  test("who, with what and when, the newest first", () => {
    const { accounts, count, holds, phase } = only(
      legacyClients.check(
        on(
          uses([
            [FIRST, "IMAP4", MOMENT - 3 * DAY_MS],
            [SECOND, "POP3"],
            [THIRD, "Authenticated SMTP", MOMENT - 20 * DAY_MS],
          ]),
        ),
      ),
    );
    expect(accounts).toEqual([
      "head@school-1.county.example (POP, yesterday)",
      "head@school-0.county.example (IMAP, 3 days ago)",
      "head@school-2.county.example (SMTP, 20 days ago)",
    ]);
    expect({ count, holds, phase }).toEqual({ count: 3, holds: [{ kind: "conditional-access", key: "block-heads" }], phase: "heads-web" });
  });

  test("only those who join a block that is on already", () => {
    const log = uses([
      [FIRST, "IMAP4"],
      [NEW_HEADS[0] ?? "", "POP3"],
    ]);
    const finding = only(
      legacyClients.check(given([joins(NEW_HEADS)], [blockPolicy()], { log, members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(38)))]]) })),
    );
    expect([finding.count, finding.holds]).toEqual([1, [{ kind: "cohort-group", key: "heads" }]]);
  });

  test("what is not known takes as many to let pass as could be hit", () => {
    expect(only(legacyClients.check(on(unknown("503")))).count).toBe(40);
  });
});

describe("service-accounts", () => {
  const PROGRAMS: Partial<PolicySettings> = { clients: ["browser", "mobile-and-desktop"] };
  const services = (entries: readonly (readonly [ObjectId, ServiceUse["way"]])[], looked: Partial<Looked> = {}): Known<SignInDigest> =>
    logOf({
      services: present({ ...LOOKED, ...looked, accounts: new Map(entries.map(([who, way]): [ObjectId, ServiceUse] => [who, { way, last: YESTERDAY }])) }),
    });
  const on = (log: Known<SignInDigest> | undefined): GuardInput =>
    given([policyChange({ state: "off", ...PROGRAMS }, PROGRAMS)], [policy({ state: "off", ...PROGRAMS })], log === undefined ? {} : { log });
  const web = (log: Known<SignInDigest> | undefined): GuardInput =>
    given([policyChange({ state: "off" })], [policy({ state: "off" })], log === undefined ? {} : { log });
  check(serviceAccounts, [
    ["nobody is asked", given([], [policy(PROGRAMS)], { log: services([[FIRST, "smtp"]]) }), []],
    ["none", on(services([])), []],
    [
      "one",
      on(services([[FIRST, "smtp"]])),
      [/^stop: 1 account looks like an account of programs: no person signed in with it in the last 30 days; asked for MFA, its program stops$/],
    ],
    [
      "two",
      on(
        services([
          [FIRST, "smtp"],
          [SECOND, "password"],
        ]),
      ),
      [/^stop: 2 accounts look like accounts of programs/],
    ],
    ["somebody whom nobody asks", on(services([[id(0x7777), "smtp"]])), []],
    [
      "in the browser no program is asked",
      web(services([[FIRST, "smtp"]])),
      [/^go: 1 account looks like .* in the browser nobody asks it, but once programs are asked as well it stops$/],
    ],
    ["in the browser, and nobody read the log", web(undefined), []],
    ["not read", on(undefined), [/^unclear: which accounts programs sign in as is not known: the log of sign-ins was not read$/]],
    ["nobody asks for the log", on(absent), []],
    ["no licence", on(logOf({ services: absent })), [/^go: which accounts programs sign in as is not known: the service keeps/]],
    ["unreadable", on(logOf({ services: unknown("when accounts were last signed in with: 503") })), [/^unclear: .*503$/]],
    ["half of it", on(services([], { gaps: [{ words: "ropc: 503", lasting: false }] })), [/^unclear: .* known in part: ropc: 503$/]],
  ]);

  test("who, how and when", () => {
    const { accounts, count, holds } = only(
      serviceAccounts.check(
        on(
          services([
            [SECOND, "refresh"],
            [FIRST, "smtp"],
            [THIRD, "password"],
          ]),
        ),
      ),
    );
    expect(accounts).toEqual([
      "head@school-0.county.example (hands in mail by SMTP, yesterday)",
      "head@school-1.county.example (signs in without a person, yesterday)",
      "head@school-2.county.example (a program sends its password, yesterday)",
    ]);
    expect([count, holds]).toEqual([3, [{ kind: "conditional-access", key: "mfa-heads" }]]);
  });

  test("two policies that ask the same account are let pass once", () => {
    const staff = policy({ ...PROGRAMS, state: "off" }, { id: id(0x202), mark: { plan: PLAN_ID, key: "mfa-staff" } });
    const second: Change = {
      ...policyChange({ ...PROGRAMS, state: "off" }, PROGRAMS),
      id: id(0x202),
      key: "mfa-staff",
      mark: { plan: PLAN_ID, key: "mfa-staff" },
    };
    const both = given([policyChange({ state: "off", ...PROGRAMS }, PROGRAMS), second], [policy({ state: "off", ...PROGRAMS }), staff], {
      log: services([[FIRST, "smtp"]]),
    });
    const { count, holds } = only(serviceAccounts.check(both));
    expect([count, holds?.map(({ key }) => key)]).toEqual([1, ["mfa-heads", "mfa-staff"]]);
  });
});

describe("networks", () => {
  const OUTSIDE: Partial<PolicySettings> = { locations: { include: ["all"], exclude: [LOCATION] } };
  const SCHOOLS: Plan["networks"][number] = {
    name: "schools",
    slug: "schools",
    sort: "ip",
    ranges: ["192.0.2.0/24"],
    trusted: false,
    place: { file: "p", line: 1, column: 1 },
  };
  const HALL: Plan["networks"][number] = { ...SCHOOLS, name: "hall", slug: "hall" };
  const of = plan({ networks: [SCHOOLS, HALL] });
  const location: ResourceOf<"named-location"> = {
    kind: "named-location",
    id: LOCATION,
    mark: { plan: PLAN_ID, key: "schools" },
    settings: locationSettings(),
    managed: false,
  };
  const crowd = (size: number, address = "198.51.100.7", from = 0): Crowd => ({ address, accounts: heads(size, from) });
  const places = (seen: readonly string[], crowds: readonly Crowd[] = [], looked: Partial<Looked> = {}): Known<SignInDigest> =>
    logOf({ places: present({ ...LOOKED, ...looked, networks: new Map(seen.map((name) => [name, { last: YESTERDAY, count: 7 }])), crowds }) });
  const at = (
    changes: readonly Change[],
    policies: readonly ResourceOf<"conditional-access">[],
    log: Known<SignInDigest> | undefined,
    fields: Partial<Observed> = {},
  ): GuardInput => {
    const base = with_(policies, fields);
    const seen = { ...base, resources: { ...base.resources, "named-location": present([location]) }, ...(log !== undefined && { log }) };
    return input({ plan: of, observed: seen, diff: diff(changes) });
  };
  const on = (log: Known<SignInDigest> | undefined): GuardInput =>
    at([policyChange({ ...OUTSIDE, state: "off" }, OUTSIDE)], [policy({ ...OUTSIDE, state: "off" })], log);

  check(networks, [
    ["nothing is switched on", at([], [policy(OUTSIDE)], places([])), []],
    ["MFA everywhere spares no network", at([policyChange({ state: "off" })], [policy({ state: "off" })], places([], [crowd(20)])), []],
    ["people are in it", on(places(["schools"])), []],
    [
      "nobody is in it",
      on(places([])),
      [/^stop: nobody signed in from the network schools \(192\.0\.2\.0\/24\) in the last 14 days: if its addresses are wrong/],
    ],
    ["nobody is in a network that this policy does not spare", on(places(["schools"])), []],
    [
      "ten outside",
      on(places(["schools"], [crowd(10)])),
      [
        /^stop: 10 accounts that would be asked for MFA sign in from an address outside every network of the plan, ten or more from each: 198\.51\.100\.7 \(10 accounts\)$/,
      ],
    ],
    ["nine of ten are asked", on(places(["schools"], [{ address: "198.51.100.7", accounts: [...heads(9), id(0x7777)] }])), []],
    [
      "two addresses",
      on(places(["schools"], [crowd(12), crowd(15, "2001:db8:99:1::/64", 12)])),
      [/^stop: 27 accounts .* from 2 addresses .*: 2001:db8:99:1::\/64 \(15 accounts\) and 198\.51\.100\.7 \(12 accounts\)$/],
    ],
    ["both mistakes", on(places([], [crowd(10)])), [/^stop: nobody signed in/, /^stop: 10 accounts/]],
    [
      "staged",
      at([policyChange({ ...OUTSIDE, state: "off" }, { ...OUTSIDE, state: "report-only" })], [policy({ ...OUTSIDE, state: "off" })], places([], [crowd(20)])),
      [],
    ],
    ["not read", on(undefined), [/^unclear: where people sign in from is not known: the log of sign-ins was not read$/]],
    ["nobody asks", on(absent), []],
    ["unreadable", on(logOf({ places: unknown("503") })), [/^unclear: where people sign in from is not known: .*503$/]],
    ["no licence", on(logOf({ places: absent })), [/^go: /]],
    [
      "an empty log in a practice tenant",
      on(present({ empty: true, places: present({ ...LOOKED, networks: new Map(), crowds: [] }) })),
      [/^go: where people sign in from is not known: this practice tenant has no log/],
    ],
    [
      "the log was cut",
      on(places([], [], { cut: true, since: YESTERDAY })),
      [/^stop: nobody signed in .* in the last 14 days, as far as the log was read/, /^go: where people sign in from is known back to Sun 18 Nov 2018 12:00/],
    ],
    [
      "those who join an asking policy: their crowd alone",
      at([joins(heads(12, 28))], [policy(OUTSIDE)], places([], [crowd(20, "198.51.100.9"), crowd(12, "198.51.100.7", 28)]), {
        members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(28)))]]),
      }),
      [/^stop: 12 accounts .*: 198\.51\.100\.7 \(12 accounts\)$/],
    ],
  ]);

  test("who, and what waits for it", () => {
    const { accounts, count, holds, hint } = only(networks.check(on(places(["schools"], [crowd(11, "2001:db8:99:1::/64")]))));
    expect([accounts?.length, accounts?.[0], count, holds]).toEqual([
      11,
      "head@school-0.county.example",
      11,
      [{ kind: "conditional-access", key: "mfa-heads" }],
    ]);
    expect(hint).toMatch(/IPv6/);
  });
});
