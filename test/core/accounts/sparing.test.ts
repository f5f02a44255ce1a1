/** Every reason for which an account of a list is spared, each by itself: an account for which nothing speaks, and one fact that is otherwise. */

import { describe, expect, test } from "vitest";
import type { AccountTold, ListedAccount, ListedGround } from "../../../src/core/accounts/facts.ts";
import { type SpareRules, sparedBecause } from "../../../src/core/accounts/sparing.ts";
import type { Account } from "../../../src/core/reports/account.ts";
import { absent, present, unknown } from "../../../src/core/tenant.ts";
import { account, addressOf, DAY, day, ground, id, listed, mail, NOW, SKU, usageOf } from "./listed-world.ts";

const RULES: SpareRules = { listed: addressOf(1), isKept: false, isEmergency: false, told: undefined, now: NOW };

type Given = {
  readonly account?: Partial<Account>;
  readonly without?: "created";
  readonly listed?: Partial<ListedAccount>;
  readonly ground?: Partial<ListedGround>;
  readonly rules?: Partial<SpareRules>;
};

const because = ({ account: fields = {}, without, listed: more = {}, ground: on = {}, rules = {} }: Given): readonly string[] => {
  const { created, ...rest } = account(1, fields);
  const whole: Account = created === undefined || without === "created" ? rest : { ...rest, created };
  return sparedBecause(listed({ account: whole, ...more }), ground(on), { ...RULES, ...rules });
};

/** Blocked 40 days ago by this tool, and to be deleted from the day on that its caller worked out. */
const BLOCKED_AT = NOW - 40 * DAY;
const OVER = { from: "2026-02-18", isOver: true };
const NEVER = { isOver: false };
const cooled = (told: AccountTold | undefined, more: Partial<Account> = {}, cooling: SpareRules["cooling"] = OVER): Given => ({
  account: { enabled: false, ...more },
  rules: { cooling, told },
});
const COOLED = cooled({ blocked: BLOCKED_AT });

type Line = readonly [name: string, given: Given, ...because: readonly string[]];

const APP = Math.floor(day("2026-01-20") / DAY);

const told = (lines: readonly Line[]) => lines.map(([name, given, ...want]) => ({ name, given, want }));

describe("one thing speaks for it", () => {
  test.each(
    told([
      // Signed in, or nobody can say.
      ["it signed in", { account: { stamps: { succeeded: day("2026-02-27") } } }, "it has signed in, last on 2026-02-27"],
      ["it signed in long ago", { account: { stamps: { succeeded: day("2024-10-01") } } }, "it has signed in, last on 2024-10-01"],
      ["sign-ins are not told", { ground: { told: unknown("403 Forbidden") } }, "whether it ever signed in is unknown: 403 Forbidden"],
      [
        "sign-ins were not asked for",
        { ground: { told: absent } },
        "whether it ever signed in is unknown: the directory does not tell sign-ins of this tenant",
      ],
      [
        "the directory was not told of this one",
        { account: { stamps: "unknown" } },
        "whether it ever signed in is unknown: the directory answered for this account, and left the answer empty",
      ],
      [
        "nobody of the tenant is stamped",
        { ground: { anybody: { stamped: false, succeeded: false } } },
        "whether it ever signed in is unknown: no account that was read has a single sign-in stamped, which is so in no tenant that is in use",
      ],
      [
        "when it was made is not told",
        { without: "created" },
        "whether it ever signed in is unknown: nothing is stamped, and when the account was made is not told",
      ],
      [
        "older than the stamps",
        { account: { created: day("2015-09-01") } },
        "whether it ever signed in is unknown: nothing is stamped, and the account is older than the stamps, which begin in April 2020: never, or not since then",
      ],
      [
        "attempts before successes were stamped",
        { account: { created: day("2022-09-01"), stamps: { attempted: day("2023-01-10") } } },
        "whether it ever signed in is unknown: there are attempts, and successes are stamped only since 1 December 2023: an earlier one may have succeeded",
      ],
      [
        "attempts, and nobody's success is told",
        { account: { stamps: { attempted: day("2025-01-10") } }, ground: { anybody: { stamped: true, succeeded: false } } },
        "whether it ever signed in is unknown: there are attempts, and the directory tells no success of anybody",
      ],
      // What apps say of it.
      [
        "an app was used",
        { ground: { usage: { products: usageOf({ [addressOf(1)]: APP }), programs: usageOf({}), mailboxes: usageOf({}) } } },
        "an app was used on 2026-01-20",
        "whether it ever signed in is unknown: no sign-in is stamped, but the usage reports have an app used on 2026-01-20: by it, by something in its place, or by others in its mailbox",
      ],
      [
        "a program opened its mailbox, on a licence of nobody's",
        { account: { licences: [] }, ground: { usage: { products: usageOf({}), programs: usageOf({ [addressOf(1)]: APP }), mailboxes: usageOf({}) } } },
        "an app was used on 2026-01-20",
        "whether it ever signed in is unknown: no sign-in is stamped, but the usage reports have an app used on 2026-01-20: by it, by something in its place, or by others in its mailbox",
      ],
      [
        "its mail was read",
        { ground: { usage: { products: usageOf({ [addressOf(1)]: 0 }), programs: usageOf({}), mailboxes: usageOf({ [addressOf(1)]: APP }) } } },
        "an app was used on 2026-01-20",
        "whether it ever signed in is unknown: no sign-in is stamped, but the usage reports have an app used on 2026-01-20: by it, by something in its place, or by others in its mailbox",
      ],
      [
        "the report of mailboxes could not be read",
        { ground: { usage: { ...ground().usage, mailboxes: unknown("names are concealed") } } },
        "whether it ever signed in is unknown: no sign-in is stamped, but whether an app was used could not be read: names are concealed",
      ],
      [
        "the report of programs was not read",
        { ground: { usage: { ...ground().usage, programs: absent } } },
        "whether it ever signed in is unknown: no sign-in is stamped, but whether an app was used could not be read: they were not read",
      ],
      [
        "it has a licence, and the report of products no row of it",
        { ground: { usage: { ...ground().usage, products: usageOf({}) } } },
        "whether it ever signed in is unknown: no sign-in is stamped, but whether an app was used could not be read: the usage report of products has no row of it, though it has a licence",
      ],
      // What it is.
      ["it is an emergency account", { rules: { isEmergency: true } }, "it is an emergency account of the plan"],
      ["it holds a role", { listed: { roles: present(["User Administrator"]) } }, "it holds a role: User Administrator"],
      ["it is a program's", { account: { nobody: true } }, "it belongs to a program, an agent or the synchronisation of the directory"],
      ["it is synced", { account: { synced: true } }, "it is synced from on premises: deleted here it comes back, so delete it there"],
      ["it is younger than 30 days", { account: { created: NOW - 30 * DAY + 1 } }, "it is younger than 30 days"],
      ["its owner starts in April", { account: { hired: day("2026-04-01") } }, "its owner starts on 2026-04-01"],
      ["its owner starts today", { account: { hired: NOW - DAY + 1 } }, "its owner starts on 2026-03-01"],
      ["a guest who has not answered", { account: { guest: true, pending: true } }, "it is a guest whose invitation is pending"],
      ["a shared mailbox", { listed: { mailbox: "shared" } }, "it is a shared mailbox: others read it, and it goes with the account"],
      ["a room", { listed: { mailbox: "room" } }, "it is the mailbox of a room, which is booked without a sign-in"],
      ["equipment", { listed: { mailbox: "equipment" } }, "it is the mailbox of equipment, which is booked without a sign-in"],
      [
        "the licence of a room for meetings",
        { ground: { products: present(new Map([[SKU, "Microsoft_Teams_Rooms_Basic".toUpperCase()]])) } },
        "it has a licence for a device or a telephone line (MICROSOFT_TEAMS_ROOMS_BASIC)",
      ],
      [
        "a telephone that answers by itself",
        { ground: { products: present(new Map([[SKU, "PHONESYSTEM_VIRTUALUSER"]])) } },
        "it has a licence for a device or a telephone line (PHONESYSTEM_VIRTUALUSER)",
      ],
      [
        "it is called otherwise now",
        { account: { address: "unused-2@alder.county.example" } },
        "it is called unused-2@alder.county.example now, and stands on the list as unused-1@alder.county.example",
      ],
      ["the plan keeps it", { rules: { isKept: true } }, "the plan keeps it"],
      ["this tool works by it", { ground: { self: present(id(1)) } }, "this tool works by it"],
      // Its age, as the plan has it.
      ["made on the plan's day", { rules: { createdBefore: day("2024-09-02") } }, "it was made on 2024-09-02, and the plan says before 2024-09-02"],
      [
        "when it was made is not told, and the plan has a day",
        { without: "created", account: { stamps: { succeeded: day("2025-02-03") } }, rules: { createdBefore: day("2024-09-03") } },
        "it has signed in, last on 2025-02-03",
        "when it was made is not known",
      ],
      ["made after it", { rules: { createdBefore: day("2024-09-01") } }, "it was made on 2024-09-02, and the plan says before 2024-09-01"],
      // What it has.
      ["it owns a group", { listed: { owns: present(1) } }, "it owns a group or an application"],
      ["it owns two", { listed: { owns: present(2) } }, "it owns 2 groups or applications"],
      ["it may activate a role", { listed: { eligible: present(["Helpdesk Administrator"]) } }, "it may activate a role: Helpdesk Administrator"],
      ["its mailbox is on hold", { listed: { mail: mail({ onHold: true }) } }, "its mailbox is on hold, which the account's deletion would work around"],
      [
        "others use its mailbox",
        { listed: { mail: mail({ delegates: ["office@alder.county.example"] }) } },
        "others use its mailbox: office@alder.county.example",
      ],
      ["many others do", { listed: { mail: mail({ delegates: ["a", "b", "c", "d", "e", "f", "g"] }) } }, "others use its mailbox: a, b, c, d, e and 2 more"],
      ["its mail goes on", { listed: { mail: mail({ forwardsTo: "office@alder.county.example" }) } }, "its mail goes on to office@alder.county.example"],
      // What could not be read.
      ["its roles could not be read", { listed: { roles: unknown("503") } }, "whether it holds a role could not be read"],
      ["its roles were not read", { listed: { roles: absent } }, "whether it holds a role could not be read"],
      ["what its licences are", { ground: { products: unknown("503") } }, "what its licences are for could not be read"],
      ["what its mailbox is for", { listed: { mailbox: "unknown" } }, "what its mailbox is for could not be read"],
      ["what it owns", { listed: { owns: unknown("503") } }, "whether it owns groups or applications could not be read: 503"],
      ["what it may activate", { listed: { eligible: unknown("503") } }, "which roles it may activate could not be read: 503"],
      ["what its mailbox is used for", { listed: { mail: unknown("403") } }, "what its mailbox is used for could not be read: 403"],
      ["what would bring it back", { listed: { archive: unknown("503") } }, "what would bring it back could not be read: 503"],
      ["what would bring it back was not read", { listed: { archive: absent } }, "what would bring it back could not be read"],
      ["by which account this tool works", { ground: { self: unknown("503") } }, "by which account this tool works could not be read: 503"],
      // What this tool did, and whether it cooled off.
      ["not blocked yet, and the plan wants it to cool off", { rules: { cooling: NEVER } }, "it can still sign in: it has to be blocked first"],
      ["blocked by somebody else", cooled(undefined, {}, NEVER), "it cannot sign in, but this tool did not block it, so nobody knows since when"],
      [
        "blocked too short a time ago",
        cooled({ blocked: NOW - DAY }, {}, { from: "2026-03-29", isOver: false }),
        "it was blocked by this tool too short a time ago, and can be deleted from 2026-03-29 on",
      ],
      ["blocked, and let in again by somebody else", { ...COOLED, account: {} }, "this tool blocked it on 2026-01-21, and somebody let it sign in again since"],
      [
        "the same where the plan does not wait",
        { rules: { told: { blocked: BLOCKED_AT } } },
        "this tool blocked it on 2026-01-21, and somebody let it sign in again since",
      ],
      [
        "brought back by this tool, where the plan does not wait",
        { rules: { told: { back: day("2026-02-10") } } },
        "this tool brought it back, or let it sign in again, on 2026-02-10: take it off the list, or write keep",
      ],
      [
        "brought back, and blocked again by hand",
        cooled({ blocked: BLOCKED_AT, back: day("2026-02-10") }),
        "this tool brought it back, or let it sign in again, on 2026-02-10: take it off the list, or write keep",
      ],
      [
        "somebody tried to sign in after it was blocked",
        cooled({ blocked: BLOCKED_AT }, { stamps: { attempted: BLOCKED_AT + 1 } }),
        "somebody tried to sign in with it on 2026-01-21, after it was blocked",
      ],
      [
        "a program did",
        cooled({ blocked: BLOCKED_AT }, { stamps: { attempted: BLOCKED_AT - DAY, other: day("2026-02-20") } }),
        "somebody tried to sign in with it on 2026-02-20, after it was blocked",
      ],
    ]),
  )("$name", ({ given, want }) => {
    expect(because(given)).toEqual(want);
  });
});

describe("nothing speaks for it", () => {
  test.each<readonly [string, Given]>([
    ["never used, known in all respects", {}],
    ["blocked long enough by this tool", COOLED],
    ["blocked by somebody else, where the plan does not wait", { account: { enabled: false } }],
    ["tried before it was blocked, in vain", cooled({ blocked: BLOCKED_AT }, { stamps: { attempted: BLOCKED_AT, other: BLOCKED_AT - DAY } })],
    ["made before the plan's day", { rules: { createdBefore: day("2024-09-02") + 1 } }],
    ["30 days old", { account: { created: NOW - 30 * DAY } }],
    ["its owner has started, and never came", { account: { hired: NOW - DAY } }],
    ["a guest who accepted", { account: { guest: true, pending: false } }],
    ["nobody's invitation", { account: { guest: false, pending: true } }],
    [
      "no licence, and no row in the usage reports",
      { account: { licences: [] }, ground: { usage: { products: usageOf({}), programs: usageOf({}), mailboxes: usageOf({}) } } },
    ],
    ["no licence, and products could not be read", { account: { licences: [] }, ground: { products: unknown("503") } }],
    ["no mailbox, and nothing to say of it", { listed: { mailbox: "none", mail: absent } }],
    ["a tenant in which no role can be activated", { listed: { eligible: absent } }],
    ["it stands on the list in other capitals", { rules: { listed: "Unused-1@Alder.county.example" } }],
    ["somebody else works with this tool", { ground: { self: present(id(2)) } }],
  ])("%s", (_, given) => {
    expect(because(given)).toEqual([]);
  });
});

test("whoever has several reasons is told all of them", () => {
  const all = because({
    account: { synced: true, enabled: false, stamps: { succeeded: day("2025-02-03") } },
    listed: { roles: present(["User Administrator"]), owns: present(1), mail: unknown("503"), archive: unknown("503") },
    rules: { isEmergency: true, isKept: true, cooling: NEVER },
  });
  expect(all).toHaveLength(9);
});
