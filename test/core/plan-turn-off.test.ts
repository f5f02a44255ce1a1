/** The plan's words for protocols of mailboxes: what they read as, what is refused, and what is only remarked on. */

import { describe, expect, test } from "vitest";
import { cohortsOf, type TurnOff } from "../../src/core/plan/plan.ts";
import { planOf, problemsOf, remarksOf } from "./plan-check.ts";

const COHORTS = [
  'heads: { accounts: ["head@*"] }',
  'staff: { accounts: ["*@*.county.example"], except: [{ accounts: ["lab@*"], because: shared, owner: bursar }] }',
];

/** Phases from line 10 on, a week apart; the cohorts are used by a phase of their own, so that nobody remarks on them. */
const text = (phases: readonly string[], mechanism = "conditional-access", cohorts: readonly string[] = COHORTS): string =>
  [
    "id: county-2018",
    "name: County schools 2018",
    "timeZone: Europe/London",
    `mechanism: ${mechanism}`,
    "emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]",
    ...(cohorts.length > 0 ? ["cohorts:", ...cohorts.map((line) => `  ${line}`)] : ["", "", ""]),
    "phases:",
    ...phases.map(
      (words, place) => `  - { id: p${place}, starts: ${new Date(Date.UTC(2018, 10, 9 + 7 * place)).toISOString().slice(0, 10)}, turnOff: ${words} }`,
    ),
    ...(cohorts.length > 0
      ? ["  - { id: web, starts: 2019-02-01, requireMfa: { for: heads, on: [web] } }", "  - { id: all, starts: 2019-03-01, blockLegacy: { for: staff } }"]
      : []),
    "",
  ].join("\n");

const read = (words: string): TurnOff | undefined => planOf(text([words])).phases[0]?.turnOff;
const refused = (...phases: readonly string[]): readonly string[] => problemsOf(text(phases));
const remarked = (...phases: readonly string[]): readonly string[] =>
  remarksOf(text(phases)).map(({ line, message, hint }) => `${line} ${message}${hint === undefined ? "" : ` | ${hint}`}`);

const COPIER = '{ accounts: ["Copier@*"], because: scans to mail, owner: site manager }';

describe("what it reads as", () => {
  test.each<readonly [string, string, Partial<TurnOff>]>([
    ["every mailbox", "{ protocols: [pop3, imap] }", { protocols: ["pop3", "imap"], keepOn: [], atMost: 0 }],
    ["in one order, whatever the plan's", "{ protocols: [activeSync, imap, smtpAuth, pop3] }", { protocols: ["pop3", "imap", "smtpAuth", "activeSync"] }],
    ["a cohort's", "{ protocols: [pop3], for: heads }", { for: "heads" }],
    ["so many may be hit", "{ protocols: [pop3], atMost: 25 }", { atMost: 25 }],
    ["none may be hit", "{ protocols: [pop3], atMost: 0 }", { atMost: 0 }],
  ])("%s", (_, words, want) => expect(read(words)).toMatchObject(want));

  test("every mailbox is no cohort's", () => {
    expect(read("{ protocols: [pop3] }")).not.toHaveProperty("for");
    const [phase] = planOf(text(["{ protocols: [pop3], for: heads }"])).phases;
    expect(phase === undefined ? [] : cohortsOf(phase)).toEqual(["heads"]);
  });

  test("who keeps it, why, whose it is and until when; an end that has passed is no mistake of the plan's", () => {
    expect(read(`{ protocols: [smtpAuth], keepOn: [${COPIER}, { accounts: [a@b.example, "c@*"], because: x, owner: y, until: 2018-10-31 }] }`)?.keepOn).toEqual(
      [
        { accounts: ["copier@*"], because: "scans to mail", owner: "site manager", place: { file: "plan.yaml", line: 10, column: expect.any(Number) } },
        { accounts: ["a@b.example", "c@*"], because: "x", owner: "y", until: "2018-10-31", place: { file: "plan.yaml", line: 10, column: expect.any(Number) } },
      ],
    );
  });

  test.each(["conditional-access", "per-user"])("under %s", (mechanism) => {
    const phases =
      mechanism === "per-user"
        ? text(["{ protocols: [pop3], for: heads }"], mechanism).replace("blockLegacy: { for: staff }", "requireMfa: { for: staff, on: [web] }")
        : text(["{ protocols: [pop3], for: heads }"]);
    expect(planOf(phases).phases[0]?.turnOff?.for).toBe("heads");
  });

  test("under security defaults of every mailbox, and of no cohort's", () => {
    expect(planOf(text(["{ protocols: [pop3] }"], "security-defaults", [])).phases[0]?.turnOff).toMatchObject({ protocols: ["pop3"] });
    expect(problemsOf(text(["{ protocols: [pop3], for: heads }"], "security-defaults", []))).toEqual([
      expect.stringMatching(/^10:\d+ .*know no cohorts.* \| take for out: the protocols of every mailbox are turned off$/),
    ]);
  });
});

describe("what is refused", () => {
  test.each<readonly [string, string, readonly string[]]>([
    [
      "no protocol known by that name",
      "{ protocols: [pop] }",
      ['10:58 entry 1 of protocols of turnOff of phase p0 is "pop", which means nothing there | did you mean pop3?'],
    ],
    ["one twice", "{ protocols: [pop3, imap, pop3] }", ['10:70 "pop3" stands here twice']],
    ["none", "{ protocols: [] }", ["10:57 protocols of turnOff of phase p0 is empty | write it as in protocols: [pop3, imap]"]],
    ["nothing said", "{ for: heads }", ["10:35 turnOff of phase p0 has no protocols | for example protocols: [pop3, imap]"]],
    [
      "a word for a list",
      "{ protocols: pop3 }",
      ["10:57 protocols of turnOff of phase p0 is text, where a list is needed | write it as in protocols: [pop3, imap]"],
    ],
    ["a cohort that is not there", "{ protocols: [pop3], for: hads }", ['10:70 there is no cohort "hads" | did you mean "heads"?']],
    ["a key that means nothing", "{ protocols: [pop3], keepsOn: [] }", ['10:65 unknown key "keepsOn" in turnOff of phase p0 | did you mean "keepOn"?']],
    [
      "kept without a reason",
      '{ protocols: [pop3], keepOn: [{ accounts: ["copier@*"], owner: me }] }',
      ["10:74 entry 1 of keepOn of turnOff of phase p0 has no because | for example because: shared by three people"],
    ],
    [
      "kept without an owner",
      '{ protocols: [pop3], keepOn: [{ accounts: ["copier@*"], because: x }] }',
      ["10:74 entry 1 of keepOn of turnOff of phase p0 has no owner | for example owner: bursar"],
    ],
    [
      "kept for no reason",
      '{ protocols: [pop3], keepOn: [{ accounts: ["copier@*"], because: " ", owner: me }] }',
      ["10:109 nothing is said here | an exclusion is a hole: say why it is there and whose it is"],
    ],
    [
      "kept until a word",
      '{ protocols: [pop3], keepOn: [{ accounts: ["copier@*"], because: x, owner: me, until: Easter }] }',
      ['10:130 "Easter" is not a moment | until is a day, as 2019-04-01'],
    ],
    [
      "kept by what is no pattern",
      "{ protocols: [pop3], keepOn: [{ accounts: [copier], because: x, owner: me }] }",
      ['10:87 "copier" has no @, so it matches no address | did you mean "copier@*"?'],
    ],
    ["fewer than none", "{ protocols: [pop3], atMost: -1 }", ["10:73 -1 is not a number of accounts | write a whole number, as in atMost: 25"]],
    ["half a person", "{ protocols: [pop3], atMost: 2.5 }", ["10:73 2.5 is not a number of accounts | write a whole number, as in atMost: 25"]],
    ["more than there are", "{ protocols: [pop3], atMost: 1000001 }", ["10:73 1000001 is not a number of accounts | write a whole number, as in atMost: 25"]],
    [
      "so many in words",
      "{ protocols: [pop3], atMost: many }",
      ["10:73 atMost of turnOff of phase p0 is text, where a number is needed | write it as in atMost: 25"],
    ],
  ])("%s", (_, words, want) => expect(refused(words)).toEqual(want));

  test("a phase that only turns off has nothing that could stand in report-only", () => {
    const staged = text(["{ protocols: [pop3] }"]).replace("starts: 2018-11-09,", "starts: 2018-11-09, reportOnlyFrom: 2018-11-01,");
    expect(problemsOf(staged)).toEqual([expect.stringMatching(/^10:\d+ nothing in phase p0 can stand in report-only \| take reportOnlyFrom out$/)]);
  });
});

describe("phases against each other", () => {
  const nothing = (first: string): string =>
    `turns off nothing that ${first} does not turn off already | take it out; who shall keep a protocol is named under keepOn where it is turned off first`;
  test.each<readonly [string, readonly string[], readonly (string | RegExp)[]]>([
    ["one more protocol", ["{ protocols: [pop3] }", "{ protocols: [pop3, imap] }"], []],
    ["the same again", ["{ protocols: [pop3, imap] }", "{ protocols: [imap] }"], [`11:26 phase p1 ${nothing("phase p0")}`]],
    ["of a cohort after all of them", ["{ protocols: [pop3] }", "{ protocols: [pop3], for: heads }"], [`11:26 phase p1 ${nothing("phase p0")}`]],
    ["of all after a cohort", ["{ protocols: [pop3], for: heads }", "{ protocols: [pop3] }"], []],
    ["of one cohort twice", ["{ protocols: [pop3], for: heads }", "{ protocols: [pop3], for: heads }"], [`11:26 phase p1 ${nothing("phase p0")}`]],
    ["of two cohorts", ["{ protocols: [pop3], for: heads }", "{ protocols: [pop3], for: staff, keepOn: [] }"], []],
    [
      "covered by two together",
      ["{ protocols: [pop3] }", "{ protocols: [imap] }", "{ protocols: [pop3, imap] }"],
      [`12:26 phase p2 ${nothing("phase p0 and phase p1")}`],
    ],
    [
      "a later phase turns off whom an earlier one keeps on",
      [`{ protocols: [pop3, imap], keepOn: [${COPIER}] }`, "{ protocols: [imap] }"],
      [
        "11:26 phase p1 turns off IMAP of copier@*, which phase p0 keeps on (scans to mail) | name them under keepOn of phase p1 as well, or take them out of keepOn of phase p0",
      ],
    ],
    ["another protocol", [`{ protocols: [imap], keepOn: [${COPIER}] }`, "{ protocols: [pop3] }"], []],
    [
      "of a cohort they are in",
      [`{ protocols: [imap], for: heads, keepOn: [{ accounts: [head@a.county.example], because: x, owner: y }] }`, "{ protocols: [imap], for: staff }"],
      [/^11:\d+ phase p1 turns off IMAP of head@a\.county\.example, which phase p0 keeps on \(x\)/],
    ],
    [
      "of a cohort they are excepted from",
      [`{ protocols: [imap], for: heads, keepOn: [{ accounts: [lab@a.county.example], because: x, owner: y }] }`, "{ protocols: [imap], for: staff }"],
      [],
    ],
    ["kept in both", [`{ protocols: [imap], for: heads, keepOn: [${COPIER}] }`, `{ protocols: [imap], keepOn: [${COPIER}] }`], []],
    [
      "whom an earlier phase's cohort leaves out",
      ["{ protocols: [imap], for: staff }", "{ protocols: [imap] }"],
      [
        /^11:\d+ phase p1 turns off IMAP of lab@\*, which cohort "staff" leaves out \(shared\) \| name them under keepOn of phase p1 as well, or end the exception of "staff"$/,
      ],
    ],
    [
      "kept on when it was turned off before",
      [
        "{ protocols: [pop3, smtpAuth], for: heads, keepOn: [{ accounts: [x@y.example], because: x, owner: y }] }",
        "{ protocols: [pop3], keepOn: [{ accounts: [head@a.example], because: x, owner: y }] }",
      ],
      [/^11:\d+ phase p1 turns off POP3 of x@y\.example/],
    ],
    [
      "kept on in vain",
      ["{ protocols: [pop3], for: heads }", "{ protocols: [pop3], keepOn: [{ accounts: [head@a.example], because: x, owner: y }] }"],
      [
        /^11:\d+ phase p1 keeps POP3 on for head@a\.example, of whom phase p0 turns it off before \| name them under keepOn of phase p0; what is off is never turned on again$/,
      ],
    ],
    ["kept on for somebody else", ["{ protocols: [pop3], for: heads }", `{ protocols: [pop3], keepOn: [${COPIER}] }`], []],
  ])("%s", (_, phases, want) => {
    const found = refused(...phases);
    expect(found).toHaveLength(want.length);
    for (const [place, one] of want.entries())
      if (typeof one === "string") expect(found[place]?.replace(/^(\d+):\d+/, "$1")).toBe(one.replace(/^(\d+):\d+/, "$1"));
      else expect(found[place]).toMatch(one);
  });
});

describe("what is only remarked on", () => {
  const ACTIVESYNC = "10 phase p0 turns off ActiveSync, by which the built-in mail programs of many telephones get their mail, with MFA too";
  const SMTP =
    "10 phase p0 turns off SMTP AUTH for everybody it is about: copiers and programs that send mail stop | name those that shall go on under keepOn:";
  test.each<readonly [string, readonly string[], readonly (string | RegExp)[]]>([
    ["POP3 and IMAP", ["{ protocols: [pop3, imap] }"], []],
    ["nobody kept, in so many words", ["{ protocols: [pop3, imap], for: staff, keepOn: [] }"], []],
    ["ActiveSync", ["{ protocols: [activeSync] }"], [ACTIVESYNC]],
    ["SMTP AUTH of everybody", ["{ protocols: [smtpAuth] }"], [SMTP]],
    ["but for copiers", [`{ protocols: [smtpAuth], keepOn: [${COPIER}] }`], []],
    ["both", ["{ protocols: [smtpAuth, activeSync] }"], [SMTP, ACTIVESYNC]],
    [
      "a later phase that may turn off some whom an earlier one keeps on",
      [`{ protocols: [imap], for: heads, keepOn: [${COPIER}] }`, "{ protocols: [imap], for: staff }"],
      [/^11 phase p1 may turn off IMAP of some of copier@\*, which phase p0 keeps on \| name them under keepOn of phase p1 as well/],
    ],
  ])("%s", (_, phases, want) => {
    const found = remarked(...phases);
    expect(found).toHaveLength(want.length);
    for (const one of want) expect(found).toContainEqual(typeof one === "string" ? one : expect.stringMatching(one));
  });
});
