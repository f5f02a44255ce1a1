/** The language of a plan beyond who, where and when: what it reads as, and what it refuses. */

import { describe, expect, test } from "vitest";
import { cohortsOf, networksOf } from "../../src/core/plan/plan.ts";
import { planOf, problemsOf, remarksOf, told } from "./plan-check.ts";

const HEAD = `id: county-2018
name: County schools 2018
timeZone: Europe/London
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
`;

type Words = {
  readonly mechanism?: string;
  readonly plan?: string;
  readonly cohorts?: string;
  readonly networks?: string;
  readonly phases?: readonly string[];
};

/** A plan of a few lines: phases are told without id and moment, and start a week apart from 19 November 2018. */
const text = ({ mechanism = "conditional-access", plan = "", cohorts = 'heads: { accounts: ["head@*"] }', networks = "", phases }: Words): string =>
  [
    `${HEAD}mechanism: ${mechanism}`,
    ...(plan === "" ? [] : [plan]),
    ...(cohorts === "" ? [] : ["cohorts:", ...cohorts.split("\n").map((line) => `  ${line}`)]),
    ...(networks === "" ? [] : ["networks:", ...networks.split("\n").map((line) => `  ${line}`)]),
    "phases:",
    ...(phases ?? ["requireMfa: { for: heads, on: [web] }"]).map(
      (words, at) => `  - { id: p${at}, starts: ${new Date(Date.UTC(2018, 10, 19 + 7 * at)).toISOString().slice(0, 10)}, ${words} }`,
    ),
    "",
  ].join("\n");

const read = (words: Words) => planOf(text(words));
const refused = (words: Words): readonly string[] => problemsOf(text(words));

describe("who", () => {
  test.each([
    ["domains", 'domains: ["*.County.example", trust.example]', { type: "domains", patterns: ["*.county.example", "trust.example"] }],
    [
      "where",
      "where: { jobTitle: Head*, department: [Staff*, Office] }",
      {
        type: "where",
        conditions: [
          { attribute: "department", patterns: ["staff*", "office"] },
          { attribute: "jobTitle", patterns: ["head*"] },
        ],
      },
    ],
    [
      "attributes from on premises",
      'where: { extensionAttribute15: "7" }',
      { type: "where", conditions: [{ attribute: "extensionAttribute15", patterns: ["7"] }] },
    ],
    ["a dynamic group", `dynamic: 'user.department -eq "Staff"'`, { type: "dynamic", rule: 'user.department -eq "Staff"' }],
  ])("%s", (_, words, source) => {
    expect(read({ cohorts: `heads: { ${words} }` }).cohorts[0]).toMatchObject({ source, guests: "out", serviceAccounts: "out" });
  });

  test("a sum takes its parts as they are, unless it says otherwise", () => {
    const { cohorts } = read({
      cohorts:
        'a: { accounts: ["a@*"] }\nb: { accounts: ["b@*"] }\nheads: { cohorts: [a, b], without: [c] }\nc: { domains: [x.example] }\nd: { cohorts: [a], guests: out, pupils: out }',
    });
    expect(cohorts[2]).toMatchObject({ source: { type: "sum", of: ["a", "b"], without: ["c"] }, pupils: "in", guests: "in", serviceAccounts: "in" });
    expect(cohorts[4]).toMatchObject({ pupils: "out", guests: "out", serviceAccounts: "in" });
  });

  test("the parts of a sum that is used are used", () => {
    const told = remarksOf(text({ cohorts: 'a: { accounts: ["a@*"] }\nb: { accounts: ["b@*"] }\nheads: { cohorts: [a] }' })).map(({ message }) => message);
    expect(told).toEqual(['cohort "b" is named by no phase']);
  });

  test.each([
    [
      "an address for a domain",
      'heads: { domains: ["head@county.example"] }',
      ['7:22 "head@county.example" is no domain | for addresses write accounts: in place of domains:'],
    ],
    [
      "half a domain",
      "heads: { domains: [county] }",
      ['7:22 "county" is no whole domain | write it as in county.county.example, or "*.county" for all that end so'],
    ],
    ["where nothing", "heads: { where: {} }", ["7:12 where names no attribute | for example where: { department: [Staff*] }"]],
    [
      "a rule about devices",
      "heads: { dynamic: device.displayName -eq 1 }",
      ['7:21 the rule speaks of devices, which nobody is | for example user.department -eq "Staff"'],
    ],
    [
      "an open quotation mark",
      "heads: { dynamic: 'user.city -eq \"B' }",
      ['7:21 a quotation mark of the rule is not closed | for example user.department -eq "Staff"'],
    ],
    [
      "a rule with exceptions",
      "heads: { dynamic: user.city -ne null, guests: in }",
      ["7:41 guests says nothing beside dynamic: the service finds the members by the rule alone | say it in the rule, or name the accounts by where: instead"],
    ],
    ["a sum of nothing known", "heads: { cohorts: [hads] }", ['7:22 there is no cohort "hads" | did you mean "heads"?']],
    ["a sum of itself", "heads: { cohorts: [heads] }", ['7:3 cohort "heads" is made of itself | one of them has to be said without the others']],
    [
      "a long circle, named once",
      "a: { cohorts: [b] }\nb: { cohorts: [a2], without: [heads] }\nheads: { all: true }\na2: { cohorts: [a] }",
      [expect.stringMatching(/^7:3 cohort "a" is made of itself: a, b, a2, a \|/)],
    ],
    [
      "what is added and taken away",
      'a: { accounts: ["a@*"] }\nheads: { cohorts: [a], without: [a] }',
      ['8:36 cohort "a" stands here twice | a cohort is added or taken away, once'],
    ],
    [
      "a difference from nothing",
      'heads: { accounts: ["head@*"], without: [heads] }',
      ["7:34 without takes away from a sum of cohorts, and there is none | name the sum by cohorts:, or use except:"],
    ],
    [
      "a sum with a dynamic cohort",
      "a: { dynamic: user.city -ne null }\nheads: { cohorts: [a] }",
      ['8:3 cohort "heads" counts with "a", whose members only the service knows | name the accounts of "a" by where: in place of dynamic:'],
    ],
  ])("%s", (_, cohorts, want) => expect(refused({ cohorts })).toEqual(want));
});

describe("where", () => {
  const outside = ["requireMfa: { for: heads, on: [web], outside: home }"];
  test("countries, in any case", () => {
    expect(read({ networks: "home: { countries: [nz, GB], unknownCountries: in }", phases: outside }).networks).toMatchObject([
      { sort: "country", countries: ["GB", "NZ"], unknownCountries: "in" },
    ]);
    expect(read({ networks: "home: { countries: [NO] }", phases: outside }).networks).toMatchObject([{ countries: ["NO"], unknownCountries: "out" }]);
  });
  test.each([
    ["a country by its name", "home: { countries: [Ireland] }", ['9:23 "Ireland" is not the code of a country | did you mean IE?']],
    ["a country twice", "home: { countries: [GB, gb] }", ["9:27 GB stands here twice"]],
    [
      "ranges and countries",
      "home: { ranges: [192.0.2.0/24], countries: [GB] }",
      ['9:11 network "home" has ranges and countries | make it two networks: outside: takes several'],
    ],
    ["neither", "home: { trusted: false }", [expect.stringMatching(/^9:3 network "home" has no ranges \|/)]],
    ["no unknown country", "home: { ranges: [192.0.2.0/24], unknownCountries: in }", [expect.stringMatching(/^9:35 network "home" names no countries/)]],
  ])("%s", (_, networks, want) => expect(refused({ networks, phases: outside })).toEqual(want));
});

describe("what a phase does", () => {
  test("every part", () => {
    const { phases } = read({
      cohorts: 'heads: { accounts: ["head@*"] }\nall: { all: true, pupils: out }',
      networks: "schools: { ranges: [192.0.2.0/24] }",
      phases: [
        "requireMfa: { for: heads, on: [web], strength: phishing-resistant, apps: [AAAAAAAA-0000-4000-8000-000000000001] }, blockLegacy: { for: heads }",
        "protectRegistration: { for: all, outside: schools, temporaryAccessPass: true }",
        "allowMethods: { text: off, passkey: on }, ready: { atLeast: 90%, perDomain: 70% }",
        "campaign: { for: heads, method: passkey, snooze: 0 days }",
        "campaign: { state: off }",
        "retirePerUser: { for: heads }",
        "external: { what: remote desktop, gate: ready, checklist: [one, two] }",
      ],
    });
    expect(phases.map(({ id: _id, title: _title, starts: _starts, place: _place, ...parts }) => parts)).toEqual([
      {
        requireMfa: { for: "heads", on: ["web"], outside: [], strength: "phishing-resistant", apps: { ids: ["aaaaaaaa-0000-4000-8000-000000000001"] } },
        blockLegacy: { for: "heads" },
      },
      { protectRegistration: { for: "all", outside: ["schools"], temporaryAccessPass: true } },
      { allowMethods: { text: "off", passkey: "on" }, ready: { atLeast: 90, perDomain: 70 } },
      { campaign: { state: "on", for: "heads", method: "passkey", snoozeDays: 0 } },
      { campaign: { state: "off" } },
      { retirePerUser: { for: "heads" } },
      { external: { what: "remote desktop", gate: "ready", checklist: ["one", "two"] }, ready: { atLeast: 100 } },
    ]);
    expect(phases.map((phase) => [cohortsOf(phase), networksOf(phase)])).toEqual([
      [["heads"], []],
      [["all"], ["schools"]],
      [[], []],
      [["heads"], []],
      [[], []],
      [["heads"], []],
      [[], []],
    ]);
  });

  test("what holds for the whole plan", () => {
    const plan =
      'serviceAccounts: ["SVC-*@*"]\nsharedAccounts: ["Office@*"]\nnotOn: [2018-12-31 to 2019-01-01, 25 Dec 2018]\nmethods: { atLeast: 2, notCount: [text, code] }\nmicrosoftManaged: reportOnly';
    expect(read({ plan })).toMatchObject({
      serviceAccounts: ["svc-*@*"],
      sharedAccounts: ["office@*"],
      notOn: ["2018-12-25", "2018-12-31", "2019-01-01"],
      methods: { atLeast: 2, notCount: ["code", "text"] },
      microsoftManaged: "report-only",
    });
  });

  const web = "requireMfa: { for: heads, on: [web] }";
  const SCHOOLS = "schools: { ranges: [192.0.2.0/24] }";
  const CASES: readonly (readonly [name: string, words: Words, want: readonly unknown[]])[] = [
    [
      "an application by its name",
      { phases: ["requireMfa: { for: heads, on: [web], apps: [Outlook] }"] },
      [expect.stringMatching(/^9:79 "Outlook" is not the id of an application/)],
    ],
    [
      "an unknown word for applications",
      { phases: ["requireMfa: { for: heads, on: [web], apps: office }"] },
      [expect.stringMatching(/^9:78 apps of .* is "office", which means nothing there/)],
    ],
    [
      "a demand that gets weaker",
      { phases: ["requireMfa: { for: heads, on: [web], strength: passwordless }", web] },
      [expect.stringMatching(/^10:35 phase p1 asks nothing that phase p0/)],
    ],
    ["a demand that gets stronger", { phases: [web, "requireMfa: { for: heads, on: [web], strength: passwordless }"] }, []],
    [
      "a block twice",
      { phases: ["blockLegacy: { for: heads }", `blockLegacy: { for: heads }, ${web}`] },
      [expect.stringMatching(/^10:35 blockLegacy of phase p1 says nothing that phase p0/)],
    ],
    [
      "no method that counts",
      { plan: "methods: { notCount: [app, code, call, text, passkey, hello, token] }" },
      [expect.stringMatching(/^6:22 no method is left that counts/)],
    ],
    [
      "more methods than count",
      { plan: "methods: { atLeast: 3, notCount: [code, call, text, hello, token] }" },
      [expect.stringMatching(/^6:21 only app and passkey are left to count/)],
    ],
    ["half a method", { plan: "methods: { atLeast: 1.5 }" }, [expect.stringMatching(/^6:21 1.5 is not a number of methods/)]],
    ["a method as text", { plan: 'methods: { atLeast: "2" }' }, ["6:21 atLeast of methods is text, where a number is needed | write it as in atLeast: 1"]],
    [
      "a share without its sign",
      { phases: [`${web}, ready: { atLeast: 90 }`] },
      [expect.stringMatching(/^9:92 atLeast of ready of phase p0 is 90, which is not text \| write it as in atLeast: 90%$/)],
    ],
    ["a gate of nothing", { phases: [`${web}, ready: {}`] }, ["9:74 ready says no share | for example ready: { atLeast: 90% }"]],
    ["a long snooze", { phases: ["campaign: { snooze: 15 days }"] }, ['9:55 "15 days" is not from 0 days to 14 days']],
    ["a campaign that ends for some", { phases: ["campaign: { state: off, for: heads }"] }, ["9:59 for says nothing where the campaign ends | take it out"]],
    [
      "methods that every object has",
      { phases: ["allowMethods: { constructor: off, __proto__: off }"] },
      [expect.stringMatching(/unknown key "constructor"/), expect.stringMatching(/unknown key "__proto__"/)],
    ],
    ["methods without a word", { phases: ["allowMethods: {}"] }, ["9:35 allowMethods names no method | for example allowMethods: { text: off }"]],
    [
      "security defaults in between",
      { phases: ["securityDefaults: on"] },
      [expect.stringMatching(/^9:35 phase p0 turns security defaults on, which conditional access excludes/)],
    ],
    [
      "a holiday that ends before it begins",
      { plan: "notOn: [2019-01-04 to 2018-12-21]" },
      ['6:9 "2019-01-04 to 2018-12-21" ends before it begins | did you mean 2018-12-21 to 2019-01-04?'],
    ],
    ["a holiday of years", { plan: "notOn: [2018-12-21 to 2020-01-04]" }, [expect.stringMatching(/^6:9 .* is longer than 120 days/)]],
    ["a day of two meanings", { plan: "notOn: [03/04/2019]" }, [expect.stringMatching(/^6:9 "03\/04\/2019" can be read in two ways/)]],
    [
      "a start on a holiday, to the minute",
      { plan: "notOn: [2018-11-19 to 2018-11-20, 2018-11-21]", phases: [web] },
      ["10:23 phase p0 starts on Mon 19 Nov 2018, on which notOn lets nothing start | the next free day is Thu 22 Nov 2018: 2018-11-22"],
    ],
    [
      "registration in report-only",
      { phases: ["reportOnlyFrom: 2018-11-01, protectRegistration: { for: heads, temporaryAccessPass: true }"] },
      [expect.stringMatching(/^9:35 protectRegistration of phase p0 cannot stand in report-only: registering is a user action/)],
    ],
    [
      "settings in report-only",
      { phases: ["reportOnlyFrom: 2018-11-01, allowMethods: { text: off }"] },
      ["9:35 nothing in phase p0 can stand in report-only | take reportOnlyFrom out"],
    ],
    [
      "registration that nobody can begin",
      { phases: ["protectRegistration: { for: heads }"] },
      [expect.stringMatching(/^9:35 protectRegistration of phase p0 lets nobody register a first method/)],
    ],
    [
      "registration inside, asked outside",
      { networks: SCHOOLS, phases: ["protectRegistration: { for: heads, outside: schools }", "requireMfa: { for: heads, on: [web], outside: schools }"] },
      [expect.stringMatching(/^11:35 protectRegistration of phase p0 shuts out whoever is asked outside \(by phase p1\)/)],
    ],
    [
      "registration inside, others asked outside",
      {
        cohorts: 'heads: { accounts: ["head@*"] }\noffices: { accounts: ["office@*"] }',
        networks: SCHOOLS,
        phases: ["protectRegistration: { for: heads, outside: schools }", "requireMfa: { for: offices, on: [web], outside: schools }"],
      },
      [],
    ],
    [
      "an end of per-user MFA before its replacement",
      { phases: ["retirePerUser: { for: heads }", web] },
      [expect.stringMatching(/^9:35 phase p0 ends per-user MFA of cohort "heads", and no phase up to it asks/)],
    ],
    [
      "an exception that a domain voids",
      {
        cohorts:
          'a: { accounts: ["*@x.example"], except: [{ accounts: ["office@x.example"], because: shared, owner: bursar }] }\nheads: { domains: [x.example] }',
        phases: ["requireMfa: { for: a, on: [web] }, blockLegacy: { for: a }", `${web}, blockLegacy: { for: heads }`],
      },
      [
        expect.stringMatching(/^11:54 phase p1 asks office@x.example, which cohort "a" leaves out \(shared\)/),
        expect.stringMatching(/^11:94 phase p1 blocks office@x.example, which cohort "a" leaves out \(shared\)/),
      ],
    ],
    [
      "an exception that a sum voids",
      {
        cohorts:
          'a: { all: true, except: [{ accounts: ["office@*"], because: shared, owner: bursar }] }\nb: { accounts: ["office@*"] }\nheads: { cohorts: [b] }',
        phases: ["requireMfa: { for: a, on: [web] }", web],
      },
      [expect.stringMatching(/^12:54 phase p1 asks office@\*, which cohort "a" leaves out/)],
    ],
    [
      "an exception that a difference keeps",
      {
        cohorts:
          'a: { all: true, except: [{ accounts: ["office@*"], because: shared, owner: bursar }] }\nb: { accounts: ["office@*"] }\nc: { all: true }\nheads: { cohorts: [c], without: [b] }',
        phases: ["requireMfa: { for: a, on: [web] }", web],
      },
      [],
    ],
  ];
  test.each(CASES)("%s", (_, words, want) => expect(refused(words)).toEqual(want));

  test("registration beside a demand is staged without it, which is said", () => {
    const words = "reportOnlyFrom: 2018-11-01, requireMfa: { for: heads, on: [web] }, protectRegistration: { for: heads, temporaryAccessPass: true }";
    expect(told(remarksOf(text({ phases: [words] })))).toEqual([
      expect.stringMatching(/^9:102 protectRegistration of phase p0 cannot stand in report-only, so it comes with the phase itself/),
    ]);
  });
});

describe("what a mechanism cannot do", () => {
  const messages = (words: Words): readonly string[] => refused(words).map((line) => line.replace(/ \|.*/, ""));

  test("per-user MFA", () => {
    expect(
      messages({
        mechanism: "per-user",
        networks: "schools: { ranges: [192.0.2.0/24] }",
        phases: [
          "reportOnlyFrom: 2018-11-01, requireMfa: { for: heads, on: [web], outside: schools, askAgainAfter: 9 days, strength: passwordless, apps: office365 }",
          "protectRegistration: { for: heads, temporaryAccessPass: true }, retirePerUser: { for: heads }, securityDefaults: on",
        ],
      }),
    ).toEqual([
      "11:35 per-user MFA has no report-only",
      "11:100 per-user MFA knows no networks and asks everywhere",
      "11:118 per-user MFA knows no sign-in frequency",
      "11:141 per-user MFA takes every method that the tenant allows",
      "11:165 per-user MFA asks in every application",
      "12:35 per-user MFA does not protect registration",
      "12:99 phase p1 would turn off what this plan turns on",
      "12:130 phase p1 turns security defaults on, which need a plan of their own",
    ]);
  });

  test("enforced asks on the web as well", () => {
    const phases = ["requireMfa: { for: heads, on: [clients] }", "requireMfa: { for: heads, on: [web] }"];
    expect(messages({ mechanism: "per-user", phases })).toEqual(["10:35 phase p1 asks nothing that phase p0 does not ask already"]);
    expect(messages({ phases })).toEqual([]);
  });

  const small = { mechanism: "security-defaults", cohorts: "" };
  test("security defaults: all or nothing", () => {
    expect(read({ ...small, phases: ["securityDefaults: on", "campaign: {}", "external: { what: a talk }"] }).phases).toMatchObject([
      { securityDefaults: "on" },
      { campaign: { state: "on", method: "app", snoozeDays: 1 } },
      { external: { what: "a talk", checklist: [] } },
    ]);
    expect(
      messages({
        mechanism: "security-defaults",
        plan: "microsoftManaged: keep",
        networks: "schools: { ranges: [192.0.2.0/24] }",
        phases: [
          "requireMfa: { for: heads, on: [web] }, blockLegacy: { for: heads }, allowMethods: { text: off }",
          "campaign: { for: heads }, external: { what: a, for: heads }, reportOnlyFrom: 2018-11-01",
        ],
      }),
    ).toEqual([
      "6:1 security defaults stay on under this plan, so that no policies of Microsoft's appear",
      "7:1 security defaults ask everybody or nobody, so a plan under them has no cohorts",
      "9:1 security defaults know no networks and ask everywhere",
      "12:35 security defaults ask everybody or nobody",
      "12:74 security defaults block old clients by themselves, of everybody",
      expect.stringMatching(/^12:103 security defaults take the Authenticator app/),
      "13:47 security defaults know no cohorts",
      "13:82 security defaults know no cohorts",
      "13:96 security defaults have no report-only",
    ]);
  });

  test("a cohort that there cannot be is not missing as well", () => {
    expect(messages({ ...small, phases: ["campaign: { for: everyone }"] })).toEqual(["7:47 security defaults know no cohorts"]);
    expect(messages({ cohorts: "", phases: ["campaign: {}"] })).toEqual(["1:1 the plan has no cohorts"]);
  });
});

test("sums of sums cost no more than the plan is long", () => {
  const lines = ['x0: { accounts: ["a@*"] }', 'y0: { accounts: ["b@*"] }'];
  for (let at = 1; at < 60; at += 1)
    for (const name of ["x", "y"]) {
      const except = `except: [{ accounts: ["${name}${at}@*"], because: no, owner: me }]`;
      lines.push(`${name}${at}: { cohorts: [x${at - 1}, y${at - 1}], ${except} }`);
    }
  const before = process.cpuUsage();
  expect(refused({ cohorts: lines.join("\n"), phases: ["requireMfa: { for: x59, on: [web] }", "requireMfa: { for: y59, on: [web] }"] })).toEqual([]);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
});
