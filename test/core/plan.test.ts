import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { filesNamedBy, parsePlan } from "../../src/core/plan/parse.ts";
import { decodeText, MAX_PLAN_BYTES } from "../../src/core/plan/text.ts";
import { filesOf, planOf, problemsOf, remarksOf, SMALLEST, spoilt, told } from "./plan-check.ts";

const PLANS = new URL("../../rollout-plans/", import.meta.url);
const published = (name: string): string => readFileSync(new URL(name, PLANS), "utf8");

const FIFTEEN = `# A plan in which fifteen things are wrong.
id: County 2018
name: County schools 2018
timeZone: Europe/Londn
mechanism: per-user
window: 2 hours
emergencyAccounts: [emergency-1@county.example, Emergency-1@county.example]

cohorts:
  heads: { accounts: [head] }
  everyone:
    all: true
    except:
      - { accounts: ["finance@*"], owner: bursar, until: 2019-02-30 }

networks:
  schools: { ranges: [10.0.0.0/16, 192.0.2.7/24] }

phases:
  - id: heads-web
    title: Head teachers, from Tuesday
    starts: 2018-11-19
    requireMfa: { for: haeds, on: [web], apps: all }
  - id: heads-clients
    weekCommencing: w/c 27/11/2018
    requireMfa: { for: heads, on: [clients], outside: scools, aps: all }
`;

describe("every problem at once", () => {
  test("fifteen different mistakes are fifteen problems, each at its place", () => {
    const problems = problemsOf(FIFTEEN);
    expect(problems).toHaveLength(15);
    expect(problems).toEqual([
      '2:5 "County 2018" is not an id: small letters a-z, digits and hyphens, 40 at most | did you mean county-2018?',
      '4:11 there is no time zone "Europe/Londn" | did you mean Europe/London?',
      '5:12 this version does not carry out the mechanism "per-user" | this version carries out conditional-access',
      '6:9 "2 hours" is not a length of time | write it as in window: 2h',
      '7:49 "Emergency-1@county.example" is already in line 7 | name two different accounts, so that one can fail',
      '10:23 "head" has no @, so it matches no address | did you mean "head@*"?',
      '14:9 exception 1 of cohort "everyone" has no because | for example because: shared by three people',
      '14:58 "2019-02-30" is no day of the calendar | until is a day, as 2019-04-01',
      '17:23 "10.0.0.0/16" is private (RFC 1918): no sign-in comes from there | write the public addresses that the network goes out with',
      '17:36 "192.0.2.7/24" has bits set behind its mask | did you mean 192.0.2.0/24?',
      '21:12 the title says "Tuesday", but the phase starts on a Monday | the phase starts on Mon 19 Nov 2018: correct the title or the moment',
      '23:24 there is no cohort "haeds" | did you mean "heads"?',
      '25:21 "w/c 27/11/2018": that day is a Tuesday, and a week commences on its Monday | did you mean 2018-11-26?',
      '26:55 there is no network "scools" | did you mean "schools"?',
      '26:63 unknown key "aps" in requireMfa of phase heads-clients | did you mean "apps"?',
    ]);
  });

  test("line ends of Windows and a byte order mark move nothing", () => {
    expect(problemsOf(`\ufeff${FIFTEEN.replaceAll("\n", "\r\n")}`)).toEqual(problemsOf(FIFTEEN));
  });
});

describe("the smallest plan", () => {
  test("is sound and takes what is not said from the defaults", () => {
    expect(problemsOf(SMALLEST)).toEqual([]);
    const plan = planOf(SMALLEST);
    expect(plan).toEqual({
      id: "county-2018",
      name: "County schools 2018",
      file: "plan.yaml",
      timeZone: "Europe/London",
      mechanism: "conditional-access",
      windowMs: 7_200_000,
      emergencyAccounts: ["emergency-1@county.example", "emergency-2@county.example"],
      cohorts: [
        {
          name: "heads",
          slug: "heads",
          source: { type: "accounts", patterns: ["head@*"] },
          except: [],
          guests: "out",
          place: { file: "plan.yaml", line: 7, column: 3 },
        },
      ],
      networks: [{ name: "schools", slug: "schools", ranges: ["192.0.2.0/24"], trusted: false, place: { file: "plan.yaml", line: 9, column: 3 } }],
      phases: [
        {
          id: "heads-web",
          title: "heads-web",
          starts: { local: "2018-11-19T00:00", instant: Date.UTC(2018, 10, 19) },
          requireMfa: { for: "heads", on: ["web"], apps: "all", outside: ["schools"] },
          place: { file: "plan.yaml", line: 11, column: 5 },
        },
      ],
    });
  });

  test.each([
    ["id", "id: county-2018\n", "2:1"],
    ["name", "name: County schools 2018\n", "1:1"],
    ["timeZone", "timeZone: Europe/London\n", "1:1"],
    ["mechanism", "mechanism: conditional-access\n", "1:1"],
    ["emergencyAccounts", "emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]\n", "1:1"],
  ])("without %s says so", (key, line) => {
    expect(problemsOf(spoilt(line, ""))).toEqual([expect.stringMatching(new RegExp(`^1:1 the plan has no ${key} \\| for example ${key}: `))]);
  });
});

/** name, what of the smallest plan is replaced, by what, the problems */
type Row = readonly [name: string, piece: string, by: string, want: readonly string[]];

const SHAPE: readonly Row[] = [
  [
    "an unknown key",
    "timeZone:",
    "colour: red\ntimeZone:",
    [
      '3:1 unknown key "colour" in the plan | known here: "id", "name", "timeZone", "mechanism", "window", "contact", "emergencyAccounts", "cohorts", "networks", "phases"',
    ],
  ],
  ["a misspelt key is not missing as well", "timeZone:", "timezone:", ['3:1 unknown key "timezone" in the plan | did you mean "timeZone"?']],
  ["a misspelt source of a cohort", "accounts:", "account:", ['7:12 unknown key "account" in cohort "heads" | did you mean "accounts"?']],
  ["a misspelt start of a phase", "starts:", "start:", ['12:5 unknown key "start" in phase heads-web | did you mean "starts"?']],
  ["a misspelt demand", "requireMfa:", "requireMFA:", ['13:5 unknown key "requireMFA" in phase heads-web | did you mean "requireMfa"?']],
  ["what a later version takes", "networks:", "methods: { atLeast: 1 }\nnetworks:", [expect.stringMatching(/^8:1 unknown key "methods" in the plan/)]],
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
  ["a phase without demand", "    requireMfa: { for: heads, on: [web], outside: schools }\n", "", ["11:5 phase heads-web has no requireMfa"]],
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
    "a mechanism of another version",
    "conditional-access",
    "security-defaults",
    ['4:12 this version does not carry out the mechanism "security-defaults" | this version carries out conditional-access'],
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
    ['7:3 cohort "heads" does not say who is in it | give it one of accounts, file, group or all'],
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

const withPhases = (...demands: readonly string[]): string =>
  SMALLEST.slice(0, SMALLEST.indexOf("  - id:")).replace(
    "networks:",
    '  all staff: { all: true, pupils: out, except: [{ accounts: ["finance@*"], because: shared by three, owner: bursar }] }\n  finance: { accounts: ["finance@*"] }\n  oak: { accounts: ["*@oak.example"] }\nnetworks:',
  ) + demands.map((demand, at) => `  - id: p${at}\n    starts: 2018-11-${19 + at}\n    requireMfa: { ${demand} }\n`).join("");

describe("phases against each other", () => {
  test("a phase that adds something repeats nothing", () => {
    expect(problemsOf(withPhases("for: heads, on: [web], outside: schools", "for: heads, on: [web, clients], outside: schools"))).toEqual([]);
    expect(problemsOf(withPhases("for: heads, on: [web], outside: schools", "for: heads, on: [web]"))).toEqual([]);
    expect(problemsOf(withPhases("for: heads, on: [web], apps: office365", "for: heads, on: [web]"))).toEqual([]);
    expect(problemsOf(withPhases("for: heads, on: [web]", "for: heads, on: [web], askAgainAfter: 9 days"))).toEqual([]);
  });

  test("two phases together can do what a third one repeats", () => {
    expect(problemsOf(withPhases("for: heads, on: [web]", "for: heads, on: [clients]", "for: heads, on: [web, clients]"))).toEqual([
      "22:5 phase p2 asks nothing that phase p0 and phase p1 does not ask already | take the phase out, or say what it adds",
    ]);
  });

  test("a later phase may not void an earlier exception", () => {
    expect(problemsOf(withPhases("for: all staff, on: [web]", "for: finance, on: [web]"))).toEqual([
      '19:24 phase p1 asks finance@*, which cohort "all staff" leaves out (shared by three) | leave them out of cohort "finance" as well, or end the exception of "all staff"',
    ]);
  });

  test("an earlier phase, or one that asks elsewhere, voids nothing", () => {
    expect(problemsOf(withPhases("for: finance, on: [web]", "for: all staff, on: [web]"))).toEqual([]);
    expect(problemsOf(withPhases("for: all staff, on: [web]", "for: finance, on: [clients]"))).toEqual([]);
  });

  test("a phase that may ask some of those left out is worth a remark", () => {
    expect(told(remarksOf(withPhases("for: all staff, on: [web]", "for: oak, on: [web]"))).slice(-1)).toEqual([
      '19:24 phase p1 may ask some of finance@*, which cohort "all staff" leaves out | leave them out of cohort "oak" as well if they shall not be asked',
    ]);
  });

  test("phases that part over askAgainAfter are worth a remark", () => {
    expect(told(remarksOf(withPhases("for: heads, on: [web], askAgainAfter: 9 days", "for: heads, on: [clients]"))).slice(-1)).toEqual([
      "19:5 phase p1 does not say askAgainAfter, as phase p0 does, so it becomes a policy of its own | say it in both, and one policy grows",
    ]);
  });

  test("what no phase names is worth a remark", () => {
    expect(told(remarksOf(withPhases("for: heads, on: [web]")))).toEqual([
      '8:3 cohort "all staff" is named by no phase',
      '9:3 cohort "finance" is named by no phase',
      '10:3 cohort "oak" is named by no phase',
      '12:3 network "schools" is named by no phase',
    ]);
  });

  test("more phases than their progress can be kept of are refused at the first that does not fit", () => {
    const cohorts = Array.from({ length: 20 }, (_, at) => `  c${at}: { accounts: ["c${at}@*"] }\n`).join("");
    const phases = Array.from(
      { length: 20 },
      (_, at) => `  - { id: ${String(at).padStart(2, "0")}-${"x".repeat(37)}, starts: 2018-11-19, requireMfa: { for: c${at}, on: [web] } }\n`,
    ).join("");
    const text = `${SMALLEST.slice(0, SMALLEST.indexOf("  heads:"))}${cohorts}phases:\n${phases}`;
    expect(problemsOf(text)).toEqual([
      // 12 ids of 40 letters, twice, with what stands around them, are 1,024 characters and more.
      "39:11 from here on the phase ids are too long together: the tenant keeps them all in one description of 1,024 characters | shorten the ids of phases that have not begun",
    ]);
  });
});

describe("anchors and merge keys", () => {
  test("small use is fine", () => {
    const text = SMALLEST.replace("requireMfa: {", "requireMfa: &web {").concat(
      "  - id: heads-clients\n    starts: 2018-11-26\n    requireMfa: { <<: *web, on: [clients] }\n",
    );
    expect(planOf(text).phases[1]?.requireMfa).toEqual({ for: "heads", on: ["clients"], apps: "all", outside: ["schools"] });
  });

  test("what is wrong in a marked part is said once", () => {
    const text = SMALLEST.replace("requireMfa: {", "requireMfa: &web {")
      .replace("on: [web]", "on: [wep]")
      .concat("  - id: heads-clients\n    starts: 2018-11-26\n    requireMfa: *web\n");
    expect(problemsOf(text)).toHaveLength(2);
    expect(problemsOf(text).every((problem) => problem.startsWith("13:41 "))).toBe(true);
  });

  test("an alias of nothing, and of itself", () => {
    expect(problemsOf(spoilt("on: [web]", "on: *nothing"))).toContain("13:35 nothing above is marked &nothing");
    expect(problemsOf(spoilt("on: [web]", "on: &a [*a]"))).toContain("13:39 nothing above is marked &a");
  });
});

/** Milliseconds of work, not of waiting: the best of three, since other work on the machine can only add to it. */
const fastest = (work: () => void): number =>
  Math.min(
    ...[1, 2, 3].map(() => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    }),
  );

describe("what is no plan", () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[..."bcdefghij"].map((name, at) => `${name}: &${name} [${Array(10).fill(`*${"abcdefghij"[at]}`).join(",")}]`).join("\n")}\n`;
  const big = (piece: string): string => piece.repeat(Math.floor((MAX_PLAN_BYTES - 1) / piece.length));
  test.each([
    ["nothing", "", "1:1 the plan is empty"],
    ["comments only", "# later\n", "1:1 the plan is empty"],
    ["null", "null\n", "1:1 the plan is empty"],
    ["2 MB", "x".repeat(2_000_000), "1:1 the plan is larger than 1 MB"],
    ["a binary file", "PK\u0003\u0004\0\0\0", "1:1 the plan is not a text file"],
    ["a sentence", "not a plan at all", "1:1 the plan is text, where a map of keys is needed"],
    ["a list", "- a\n- b\n", "1:1 the plan is a list, where a map of keys is needed"],
    ["an alias bomb", bomb, "5:7 written out, the aliases here make far more than a plan can hold"],
    ["ten thousand brackets", "[".repeat(10_000), "1:41 the plan is nested too deeply"],
    ["a million brackets", big("["), "1:41 the plan is nested too deeply"],
    ["a deep list", big("- "), "1:80 the plan is nested too deeply"],
    ["deep maps", big("{a: "), "1:158 the plan is nested too deeply"],
    ["a long list", big("- a\n"), "6001:1 the plan is far longer than a plan can be"],
    ["closing brackets", big("}"), '1:1 not YAML: unexpected flow-map-end token in YAML document: "}"'],
    ["two plans", `${SMALLEST}---\n${SMALLEST}`, "14:1 a plan is one YAML document; another one starts here"],
    ["many documents", big("---\n"), "2:1 a plan is one YAML document; another one starts here"],
    ["a tab", "id: a\ncohorts:\n\theads: 1\n", "3:1 a tab indents this line"],
    ["a bracket that does not close", "id: a\nphases: [a, b\n", "3:1 a ] is missing here: what was opened above is not closed"],
    ["a quote that does not close", 'id: "a\n', '2:1 a " is missing here: what was opened above is not closed'],
    ["a broken indentation", "id: a\n  name: b\n", "1:5 not YAML: nested mappings are not allowed in compact mappings"],
    ["a list as a key", "? [a, b]\n: c\n", "1:3 a key is one word or name, not a list or map of its own"],
    ["an unknown tag", "id: !secret a\n", "1:5 not YAML: unresolved tag: !secret"],
    ["a date by its tag", "id: !!timestamp 2018-11-19\n", "1:5 not YAML: unresolved tag: tag:yaml.org,2002:timestamp"],
  ])("%s is one clear line", (_, text, want) => {
    const problems = problemsOf(text);
    expect(fastest(() => problemsOf(text))).toBeLessThan(500);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.split(" | ")[0]).toBe(want);
    expect(filesNamedBy(text)).toEqual([]);
  });

  test("a thousand mistakes are told up to a point, and the rest counted", () => {
    const problems = problemsOf(`${SMALLEST}${Array.from({ length: 1000 }, (_, at) => `k${at}: 1`).join("\n")}\n`);
    expect(problems).toHaveLength(201);
    expect(problems[200]).toBe("214:1 800 more problems from here on");
  });
});

describe("bytes to text", () => {
  const utf16 = (text: string, little: boolean): Uint8Array =>
    Uint8Array.from(
      [...`\ufeff${text}`].flatMap((letter) =>
        little ? [letter.charCodeAt(0) & 255, letter.charCodeAt(0) >> 8] : [letter.charCodeAt(0) >> 8, letter.charCodeAt(0) & 255],
      ),
    );
  test.each([
    ["UTF-8", new TextEncoder().encode("id: é\n"), { text: "id: é\n" }],
    ["UTF-8 with its mark", new TextEncoder().encode("\ufeffid: é\n"), { text: "id: é\n" }],
    ["UTF-16 of Windows Notepad", utf16("id: é\r\n", true), { text: "id: é\r\n" }],
    ["UTF-16, big end first", utf16("id: é\n", false), { text: "id: é\n" }],
    ["nothing", new Uint8Array(), { text: "" }],
    ["Windows-1252", Uint8Array.of(0x69, 0x64, 0x3a, 0x20, 0xe9), { problem: "it is not in UTF-8; save it as UTF-8 and try again" }],
    ["a zip file", Uint8Array.of(0x50, 0x4b, 0, 0xff, 0xfe), { problem: "it is not a text file" }],
    ["text with a zero in it", Uint8Array.of(0x69, 0), { problem: "it is not a text file" }],
    ["half a letter of UTF-16", Uint8Array.of(0xff, 0xfe, 0x69), { problem: "it is not in UTF-8; save it as UTF-8 and try again" }],
  ])("%s", (_, bytes, want) => expect(decodeText(bytes)).toEqual(want));
});

describe("the files that a plan names", () => {
  test("each once, sorted, of a plan that is not sound as well", () => {
    expect(filesNamedBy("cohorts:\n  b: { file: z.csv }\n  a: { file: a.csv, x: 1 }\n  c: { file: z.csv }\n  d: { file: 7 }\n")).toEqual(["a.csv", "z.csv"]);
    expect(filesNamedBy("phases: []\n")).toEqual([]);
  });

  const named = spoilt('{ accounts: ["head@*"] }', "{ file: lists/early.csv }");
  const parse = (files: Parameters<typeof filesOf>[0]) => parsePlan("plans/county.yaml", named, filesOf(files));
  test("a list is read, and remarks stand at its own lines", () => {
    const parsed = parse({ "lists/early.csv": "account\nhead@a.example\nheda\nemergency-1@county.example\n" });
    expect(parsed.type === "sound" && parsed.remarks).toEqual([
      {
        file: "plans/lists/early.csv",
        line: 3,
        column: 1,
        message: '"heda" is neither an address nor a domain: nobody joins or leaves by this row',
        hint: "write it as head@birch.county.example or birch.county.example",
      },
      { file: "plans/lists/early.csv", line: 4, column: 1, message: "emergency-1@county.example is an emergency account and never joins a cohort" },
    ]);
  });

  test("a list that cannot be used leaves the plan sound and is said", () => {
    expect(
      [parse({}), parse({ "lists/early.csv": "" })].map((parsed) =>
        parsed.type === "sound" ? [parsed.plan.cohorts[0]?.source, told(parsed.remarks)] : parsed,
      ),
    ).toEqual([
      [
        { type: "file", file: "lists/early.csv", list: { type: "unusable", because: "it was not read" } },
        ['7:18 the list "lists/early.csv" cannot be used, so nobody joins or leaves by it: it was not read'],
      ],
      [
        { type: "file", file: "lists/early.csv", list: { type: "unusable", because: "it holds no row" } },
        ['7:18 the list "lists/early.csv" cannot be used, so nobody joins or leaves by it: it holds no row'],
      ],
    ]);
  });
});

// Typed from the published notices, not from the files.
describe("the two plans that come with the tool", () => {
  const days = (name: string, files: Readonly<Record<string, string>> = {}) =>
    planOf(published(name), files).phases.map(({ id, starts, reportOnlyFrom, requireMfa }) => [
      id,
      starts.local,
      reportOnlyFrom?.local ?? "",
      requireMfa.for,
      requireMfa.on.join("+"),
    ]);

  test("county schools 2018", () => {
    const text = published("county-schools-2018.yaml");
    expect(filesNamedBy(text)).toEqual(["early-adopters.csv"]);
    const files = { "early-adopters.csv": published("early-adopters.csv") };
    expect(days("county-schools-2018.yaml", files)).toEqual([
      ["early-adopters", "2018-11-12T00:00", "", "early adopters", "web+clients"],
      ["heads-web", "2018-11-19T00:00", "2018-11-12T00:00", "heads", "web"],
      ["heads-clients", "2018-11-26T00:00", "", "heads", "clients"],
      ["offices-web", "2018-12-03T00:00", "2018-11-26T00:00", "offices", "web"],
      ["offices-clients", "2018-12-10T00:00", "", "offices", "clients"],
      ["everyone", "2018-12-13T00:00", "2018-12-06T00:00", "everyone", "web+clients"],
    ]);
    expect(remarksOf(text, files)).toEqual([]);
  });

  test("academy trust 2022", () => {
    expect(days("academy-trust-2022.yaml")).toEqual([
      ["it-staff", "2022-02-14T06:30", "", "it staff", "web+clients"],
      ["everyone", "2022-02-28T06:30", "2022-02-21T00:00", "everyone", "web+clients"],
    ]);
    const plan = planOf(published("academy-trust-2022.yaml"));
    expect(plan.phases[1]?.starts.instant).toBe(Date.UTC(2022, 1, 28, 6, 30));
    expect(plan.phases.map(({ requireMfa }) => [requireMfa.outside, requireMfa.askAgainAfterDays])).toEqual([
      [["schools"], 90],
      [["schools"], 90],
    ]);
    const everyone = plan.cohorts.find(({ name }) => name === "everyone");
    expect([everyone?.source, everyone?.pupils, everyone?.guests]).toEqual([{ type: "all" }, "out", "out"]);
    expect(everyone?.except.flatMap(({ accounts }) => accounts)).toEqual(["headteacher@*", "office@*", "finance@*"]);
    expect(everyone?.except.every(({ because, owner }) => because !== "" && owner !== "")).toBe(true);
    expect(plan.networks[0]?.ranges.length).toBeGreaterThanOrEqual(6);
    expect(remarksOf(published("academy-trust-2022.yaml"))).toEqual([]);
  });
});
