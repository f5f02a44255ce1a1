import { describe, expect, test } from "vitest";
import { problemsOf, SMALLEST, spoilt } from "./plan-check.ts";

/** name, what of the smallest plan is replaced, by what, the problems */
type Row = readonly [name: string, piece: string, by: string, want: readonly string[]];

const SHAPE: readonly Row[] = [
  [
    "an unknown key",
    "timeZone:",
    "colour: red\ntimeZone:",
    [
      '3:1 unknown key "colour" in the plan | known here: id, name, timeZone, mechanism, window, contact, emergencyAccounts, serviceAccounts, sharedAccounts, notOn, methods, microsoftManaged, cohorts, networks, phases',
    ],
  ],
  ["a misspelt key is not missing as well", "timeZone:", "timezone:", ['3:1 unknown key "timezone" in the plan | did you mean "timeZone"?']],
  ["a misspelt source of a cohort", "accounts:", "account:", ['7:12 unknown key "account" in cohort "heads" | did you mean "accounts"?']],
  ["a misspelt start of a phase", "starts:", "start:", ['12:5 unknown key "start" in phase heads-web | did you mean "starts"?']],
  ["a misspelt demand", "requireMfa:", "requireMFA:", ['13:5 unknown key "requireMFA" in phase heads-web | did you mean "requireMfa"?']],
  ["what a later version takes", "networks:", "protocols: {}\nnetworks:", [expect.stringMatching(/^8:1 unknown key "protocols" in the plan/)]],
  ["a key that stands twice", "timeZone:", "name: Again\ntimeZone:", ['3:1 "name" stands here twice: it is already in line 2']],
  ["a cohort that stands twice", "networks:", '  heads: { accounts: ["deputy@*"] }\nnetworks:', ['8:3 "heads" stands here twice: it is already in line 7']],
  [
    "a number where text is needed",
    "name: County schools 2018",
    "name: 2018",
    ['2:7 name is 2018, which is not text | write it in quotes: "2018"; for example name: County schools 2018'],
  ],
  ["nothing where something is needed", "name: County schools 2018", "name:", ["2:6 name is empty | write it as in name: County schools 2018"]],
  [
    "a word where a list is needed",
    "on: [web]",
    "on: web",
    ["13:35 on of requireMfa of phase heads-web is text, where a list is needed | write it as in on: [web]"],
  ],
  [
    "a list where text is needed",
    "for: heads",
    "for: [heads]",
    ["13:24 for of requireMfa of phase heads-web is a list, where text is needed | write it as in for: heads"],
  ],
  [
    "a list of lists where names are needed",
    "outside: schools",
    "outside: [[schools]]",
    ["13:52 entry 1 of outside of requireMfa of phase heads-web is a list, where text is needed"],
  ],
  [
    "a number where names are needed",
    "outside: schools",
    "outside: 7",
    ['13:51 outside of requireMfa of phase heads-web is 7, which is not text | write it in quotes: "7"; for example outside: schools'],
  ],
  ["an empty list", 'accounts: ["head@*"]', "accounts: []", ['7:22 accounts of cohort "heads" is empty | write it as in accounts: ["head@*"]']],
  ["no phases", SMALLEST.slice(SMALLEST.indexOf("phases:")), "phases: []\n", ["10:9 phases is empty"]],
  ["phases as a map", "  - id: heads-web\n    starts", "    id: heads-web\n    starts", ["11:5 phases is a map of keys, where a list is needed"]],
  [
    "a word that on does not take",
    "on: [web]",
    "on: [web, outlook]",
    ['13:41 entry 2 of on of requireMfa of phase heads-web is "outlook", which means nothing there | it takes web or clients'],
  ],
  [
    "a word that is nearly right",
    "on: [web]",
    "on: [client]",
    ['13:36 entry 1 of on of requireMfa of phase heads-web is "client", which means nothing there | did you mean clients?'],
  ],
  ["a place that stands twice", "on: [web]", "on: [web, web]", ['13:41 "web" stands here twice']],
  ["all: false", '{ accounts: ["head@*"] }', "{ all: false }", ['7:17 all of cohort "heads" is "false", which means nothing there | it takes true']],
  [
    "a phase without demand",
    "    requireMfa: { for: heads, on: [web], outside: schools }\n",
    "",
    [
      "11:5 phase heads-web does nothing | give it one of requireMfa, blockLegacy, protectRegistration, allowMethods, campaign, retirePerUser, securityDefaults, turnOff, blockBasic, blockSignIn, deleteAccounts or external, as in requireMfa: { for: heads, on: [web] }",
    ],
  ],
  ["a phase without id", "  - id: heads-web\n    starts", "  - starts", ["11:5 phase number 1 has no id | for example id: heads-web"]],
  [
    "a phase that is text",
    "  - id: heads-web\n    starts: 2018-11-19\n    requireMfa: { for: heads, on: [web], outside: schools }",
    "  - heads-web",
    ["11:5 phase number 1 is text, where a map of keys is needed"],
  ],
  [
    "a plan id in capitals",
    "id: county-2018",
    "id: County_2018",
    ['1:5 "County_2018" is not an id: small letters a-z, digits and hyphens, 40 at most | did you mean county-2018?'],
  ],
  [
    "a plan id of 41 letters",
    "id: county-2018",
    `id: ${"a".repeat(41)}`,
    [`1:5 "${"a".repeat(41)}" is not an id: small letters a-z, digits and hyphens, 40 at most | did you mean ${"a".repeat(40)}?`],
  ],
  [
    "an unknown mechanism",
    "conditional-access",
    "security-default",
    ['4:12 mechanism is "security-default", which means nothing there | did you mean security-defaults?'],
  ],
];

const PEOPLE: readonly Row[] = [
  [
    "one emergency account",
    ", emergency-2@county.example]",
    "]",
    ["5:1 emergencyAccounts names fewer than two accounts | two, so that one can fail: [emergency-1@county.example, emergency-2@county.example]"],
  ],
  [
    "an emergency account by pattern",
    "[emergency-1@county.example",
    '["emergency-*@county.example"',
    ['5:21 "emergency-*@county.example" is not an address | emergency accounts are named one by one, as emergency-1@county.example'],
  ],
  [
    "the same emergency account twice",
    "emergency-2@",
    "EMERGENCY-1@",
    ['5:49 "EMERGENCY-1@county.example" is already in line 5 | name two different accounts, so that one can fail'],
  ],
  [
    "an emergency account in a cohort",
    '["head@*"]',
    '["head@*", emergency-1@county.example]',
    ['7:33 "emergency-1@county.example" is an emergency account, which no policy of this plan asks | take it out of the cohort'],
  ],
  ["a pattern without @", '"head@*"', "head", ['7:23 "head" has no @, so it matches no address | did you mean "head@*"?']],
  [
    "a domain as a pattern",
    '"head@*"',
    "birch.county.example",
    ['7:23 "birch.county.example" has no @, so it matches no address | did you mean "*@birch.county.example"?'],
  ],
  [
    "a pattern with braces",
    '"head@*"',
    '"{head,office}@*"',
    ['7:23 "{head,office}@*" is no address pattern | only * (any letters) and ? (one letter) stand for others, as in head@*'],
  ],
  ["a pattern with two @", '"head@*"', '"head@@*"', ['7:23 "head@@*" is no address pattern | one @, with something on both sides, as in head@*']],
  ["a pattern with nothing behind @", '"head@*"', '"head@"', ['7:23 "head@" is no address pattern | one @, with something on both sides, as in head@*']],
  [
    "a cohort of nobody",
    '{ accounts: ["head@*"] }',
    "{ pupils: out }",
    ['7:3 cohort "heads" does not say who is in it | give it one of accounts, domains, where, dynamic, cohorts, file, group or all'],
  ],
  [
    "a cohort said twice",
    '{ accounts: ["head@*"] }',
    '{ accounts: ["head@*"], all: true }',
    ['7:34 cohort "heads" is said twice, by accounts and by all | make it two cohorts, or keep one of the two'],
  ],
  [
    "an exclusion without reason and owner",
    '["head@*"] }',
    '["head@*"], except: [{ accounts: ["head@a.example"] }] }',
    [
      '7:43 exception 1 of cohort "heads" has no because | for example because: shared by three people',
      '7:43 exception 1 of cohort "heads" has no owner | for example owner: bursar',
    ],
  ],
  [
    "an exclusion with an empty reason",
    '["head@*"] }',
    '["head@*"], except: [{ accounts: ["head@a.example"], because: " ", owner: bursar }] }',
    ["7:84 nothing is said here | an exclusion is a hole: say why it is there and whose it is"],
  ],
  [
    "an exclusion until a word",
    '["head@*"] }',
    '["head@*"], except: [{ accounts: ["head@a.example"], because: x, owner: y, until: Easter }] }',
    ['7:104 "Easter" is not a moment | until is a day, as 2019-04-01'],
  ],
  [
    "an exclusion until a time of day",
    '["head@*"] }',
    '["head@*"], except: [{ accounts: ["head@a.example"], because: x, owner: y, until: 2019-04-01T12:00 }] }',
    ['7:104 "2019-04-01T12:00" is not a day | did you mean 2019-04-01?'],
  ],
  [
    "names with one key",
    "networks:",
    '  Heads!: { accounts: ["deputy@*"] }\nnetworks:',
    ['8:3 "Heads!" and "heads" would be the same group in the tenant: both are "heads" there | tell them apart by letters or digits'],
  ],
  [
    "a name with the mark's brackets",
    "networks:",
    '  "[all]": { accounts: ["deputy@*"] }\nnetworks:',
    ['8:3 "[all]" holds [ or ], which mark what the plan makes in the tenant | use round brackets'],
  ],
  ["a name with an escape code", "networks:", '  "a\\e[31m": { accounts: ["deputy@*"] }\nnetworks:', [expect.stringMatching(/^8:3 "a\\u001b/)]],
  [
    "a name without any letter of a key",
    "networks:",
    '  "学校": { accounts: ["deputy@*"] }\nnetworks:',
    ['8:3 "学校" has no letter a-z and no digit, so it makes no key in the tenant'],
  ],
  [
    "a name that the tool gives itself",
    "networks:",
    '  progress: { accounts: ["deputy@*"] }\nnetworks:',
    ['8:3 "progress" reads like a name that the tool gives itself | choose another one'],
  ],
  [
    "a name beyond measure",
    "networks:",
    `  ${"x".repeat(61)}: { accounts: ["deputy@*"] }\nnetworks:`,
    [expect.stringMatching(/^8:3 "x+\.\.\." is longer than 60 characters$/)],
  ],
  ["a contact without a real address", "emergencyAccounts", "contact: { name: IT, email: nobody }\nemergencyAccounts", ['5:29 "nobody" is not an address']],
  ["a window of nothing", "emergencyAccounts", "window: 0h\nemergencyAccounts", ['5:9 "0h" is not from a minute to 31 days']],
];

const NETWORKS: readonly Row[] = [
  ...(
    [
      ["10.1.0.0/16", '"10.1.0.0/16" is private (RFC 1918): no sign-in comes from there | write the public addresses that the network goes out with'],
      ["172.31.0.0/16", '"172.31.0.0/16" is private (RFC 1918): no sign-in comes from there | write the public addresses that the network goes out with'],
      ["192.168.1.0/24", '"192.168.1.0/24" is private (RFC 1918): no sign-in comes from there | write the public addresses that the network goes out with'],
      [
        "100.64.0.0/12",
        `"100.64.0.0/12" is shared behind a provider's NAT (RFC 6598): no sign-in comes from there | write the public addresses that the network goes out with`,
      ],
      ["127.0.0.1/32", '"127.0.0.1/32" is loopback: no sign-in comes from there | write the public addresses that the network goes out with'],
      ["169.254.0.0/16", '"169.254.0.0/16" is link-local: no sign-in comes from there | write the public addresses that the network goes out with'],
      [
        "fd00:1::/48",
        '"fd00:1::/48" is private (unique local, RFC 4193): no sign-in comes from there | write the public addresses that the network goes out with',
      ],
      ["fe80::/64", '"fe80::/64" is link-local: no sign-in comes from there | write the public addresses that the network goes out with'],
      ["::1/128", '"::1/128" is loopback: no sign-in comes from there | write the public addresses that the network goes out with'],
      ["172.0.0.0/9", '"172.0.0.0/9" takes in 172.16.0.0/12, which is private (RFC 1918) | write the public addresses that the network goes out with'],
      ["8.0.0.0/8", '"8.0.0.0/8" is too wide: the service takes masks longer than /8 only'],
      ["0.0.0.0/0", '"0.0.0.0/0" is too wide: the service takes masks longer than /8 only'],
      ["2000::/8", '"2000::/8" is too wide: the service takes masks longer than /8 only'],
      ["192.0.2.7/24", '"192.0.2.7/24" has bits set behind its mask | did you mean 192.0.2.0/24?'],
      ["2001:db8::1/48", '"2001:db8::1/48" has bits set behind its mask | did you mean 2001:db8::/48?'],
      ["192.0.2.7", '"192.0.2.7" has no mask | write 192.0.2.7/32 for that one address'],
      ["2001:db8::7", '"2001:db8::7" has no mask | write 2001:db8::7/128 for that one address'],
      ['"::ffff:192.0.2.0/120"', '"::ffff:192.0.2.0/120" is a v4 range written as v6 | write 192.0.2.0/24'],
      ["192.0.2.0/33", '"192.0.2.0/33" is not an address range | write it as 192.0.2.0/24 or 2001:db8:10::/48'],
      ["010.0.2.0/24", '"010.0.2.0/24" is not an address range | write it as 192.0.2.0/24 or 2001:db8:10::/48'],
      ["school.county.example", '"school.county.example" is not an address range | write it as 192.0.2.0/24 or 2001:db8:10::/48'],
    ] as const
  ).map(([range, want]): Row => [`the range ${range}`, "192.0.2.0/24", range, [`9:23 ${want}`]]),
  ["a range twice", "[192.0.2.0/24]", "[192.0.2.0/24, 192.0.2.0/24]", ['9:37 "192.0.2.0/24" overlaps "192.0.2.0/24" in line 9 | keep the wider of the two']],
  [
    "a range inside a later one",
    "[192.0.2.0/24]",
    '["2001:DB8:1::/48", "2001:db8::/32"]',
    ['9:42 "2001:db8::/32" overlaps "2001:DB8:1::/48" in line 9 | keep the wider of the two'],
  ],
  ["an unknown network", "outside: schools", "outside: [school]", ['13:52 there is no network "school" | did you mean "schools"?']],
  ["a network named twice", "outside: schools", "outside: [schools, schools]", ['13:61 network "schools" stands here twice']],
];

const MORE = "    requireMfa: { for: heads, on: [web], outside: schools }\n";
const PHASES: readonly Row[] = [
  ["a start that is no day", "2018-11-19", "2018-11-31", ['12:13 "2018-11-31" is no day of the calendar']],
  [
    "a start with the wrong day of the week",
    "2018-11-19",
    "Tue 19 Nov 2018",
    ['12:13 "Tue 19 Nov 2018": that day is a Monday | write 2018-11-19, or the day that was meant'],
  ],
  [
    "a start that does not exist",
    "2018-11-19",
    "2022-03-27T01:30",
    [
      "12:13 2022-03-27T01:30 does not exist in Europe/London, where the clocks go forward: nearest are 2022-03-27T00:30+00:00 or 2022-03-27T02:30+01:00 | write 2022-03-27T02:30",
    ],
  ],
  [
    "a start that exists twice",
    "2018-11-19",
    "2018-10-28T01:30",
    [
      "12:13 2018-10-28T01:30 comes twice in Europe/London, where the clocks go back: 2018-10-28T01:30+01:00 or 2018-10-28T01:30+00:00 | choose a time outside that hour",
    ],
  ],
  ["no start", "    starts: 2018-11-19\n", "", ["11:5 phase heads-web does not say when it starts | for example starts: 2018-11-19"]],
  [
    "two starts",
    "2018-11-19\n",
    "2018-11-19\n    weekCommencing: w/c 19/11/2018\n",
    ["13:5 phase heads-web says when it starts twice, by starts and by weekCommencing | keep one of the two"],
  ],
  [
    "a week that commences on a Wednesday",
    "starts: 2018-11-19",
    "weekCommencing: 2018-11-21",
    ['12:21 "2018-11-21": that day is a Wednesday, and a week commences on its Monday | did you mean 2018-11-19?'],
  ],
  [
    "a week with a time of day",
    "starts: 2018-11-19",
    "weekCommencing: 2018-11-19T06:30",
    ['12:21 "2018-11-19T06:30" is not a day | for a time of day write starts: in place of weekCommencing:'],
  ],
  [
    "report-only on the day itself",
    "2018-11-19\n",
    "2018-11-19\n    reportOnlyFrom: 2018-11-19\n",
    ['13:21 "2018-11-19" is less than a day before the phase starts, on Mon 19 Nov 2018 | write 2018-11-18 or an earlier moment'],
  ],
  [
    "report-only half a day ahead",
    "2018-11-19\n",
    "2018-11-19T06:30\n    reportOnlyFrom: 2018-11-18T18:00\n",
    ['13:21 "2018-11-18T18:00" is less than a day before the phase starts, on Mon 19 Nov 2018 06:30 | write 2018-11-18T06:30 or an earlier moment'],
  ],
  ["asking again never", "outside: schools }", "outside: schools, askAgainAfter: 0 days }", ['13:75 "0 days" is not from 1 day to 365 days']],
  [
    "asking again by the hour",
    "outside: schools }",
    "outside: schools, askAgainAfter: 8 hours }",
    ['13:75 "8 hours" is not a number of days | write it as in askAgainAfter: 90 days'],
  ],
  ["an unknown cohort", "for: heads", "for: head", ['13:24 there is no cohort "head" | did you mean "heads"?']],
  [
    "an id that is taken",
    MORE,
    `${MORE}  - id: heads-web\n    starts: 2018-11-26\n    requireMfa: { for: heads, on: [clients] }\n`,
    ['14:9 the phase id "heads-web" is already taken in line 11 | every phase has an id of its own'],
  ],
  [
    "one phase out of order is one problem",
    MORE,
    `${MORE}  - id: b\n    starts: 2018-12-19\n    requireMfa: { for: heads, on: [clients] }\n  - id: c\n    starts: 2018-11-26\n    requireMfa: { for: heads, on: [web] }\n  - id: d\n    starts: 2018-11-27\n    requireMfa: { for: heads, on: [clients], askAgainAfter: 9 days }\n`,
    [
      "18:13 phase c starts before phase b, which stands above it and starts on Wed 19 Dec 2018 | put the phases in order of their moments, or correct the moment",
    ],
  ],
  [
    "a phase that repeats an earlier one",
    MORE,
    `${MORE}  - id: again\n    starts: 2018-11-26\n    requireMfa: { for: heads, on: [web], outside: schools, apps: office365 }\n`,
    ["16:5 phase again asks nothing that phase heads-web does not ask already | take the phase out, or say what it adds"],
  ],
  [
    "a name of a day in the title",
    "2018-11-19\n",
    "2018-11-19\n    title: Tuesday's heads\n",
    ['13:12 the title says "Tuesday", but the phase starts on a Monday | the phase starts on Mon 19 Nov 2018: correct the title or the moment'],
  ],
];

describe("what a plan can get wrong", () => {
  describe.each([
    ["its shape", SHAPE],
    ["people", PEOPLE],
    ["networks", NETWORKS],
    ["phases", PHASES],
  ])("%s", (_, rows) => {
    test.each(rows)("%s", (_name, piece, by, want) => expect(problemsOf(spoilt(piece, by))).toEqual(want));
  });
});
