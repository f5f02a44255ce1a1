import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { filesNamedBy, parsePlan } from "../../src/core/plan/parse.ts";
import { filesOf, planOf, problemsOf, remarksOf, SMALLEST, spoilt, told } from "./plan-check.ts";

const PLANS = new URL("../../rollout-plans/", import.meta.url);
const published = (name: string): string => readFileSync(new URL(name, PLANS), "utf8");

const FIFTEEN = `# A plan in which fifteen things are wrong.
id: County 2018
name: County schools 2018
timeZone: Europe/Londn
mechanism: peruser
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
      '5:12 mechanism is "peruser", which means nothing there | did you mean per-user?',
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
      serviceAccounts: [],
      notOn: [],
      methods: { atLeast: 1, notCount: [] },
      cohorts: [
        {
          name: "heads",
          slug: "heads",
          source: { type: "accounts", patterns: ["head@*"] },
          except: [],
          guests: "out",
          serviceAccounts: "out",
          place: { file: "plan.yaml", line: 7, column: 3 },
        },
      ],
      networks: [{ name: "schools", slug: "schools", sort: "ip", ranges: ["192.0.2.0/24"], trusted: false, place: { file: "plan.yaml", line: 9, column: 3 } }],
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
      requireMfa?.for,
      requireMfa?.on.join("+"),
    ]);

  test("county schools 2018", () => {
    const text = published("county-schools-2018.yaml");
    expect(filesNamedBy(text)).toEqual(["early-adopters.csv", "unused-reviewed.csv"]);
    const files = { "early-adopters.csv": published("early-adopters.csv") };
    expect(days("county-schools-2018.yaml", files)).toEqual([
      ["pop-imap-off", "2018-11-09T00:00", "", undefined, undefined],
      ["early-adopters", "2018-11-12T00:00", "", "early adopters", "web+clients"],
      ["heads-web", "2018-11-19T00:00", "2018-11-12T00:00", "heads", "web"],
      ["heads-clients", "2018-11-26T00:00", "", "heads", "clients"],
      ["offices-web", "2018-12-03T00:00", "2018-11-26T00:00", "offices", "web"],
      ["offices-clients", "2018-12-10T00:00", "", "offices", "clients"],
      ["everyone", "2018-12-13T00:00", "2018-12-06T00:00", "everyone", "web+clients"],
      ["unused-blocked", "2018-12-17T00:00", "", undefined, undefined],
      ["unused-deleted", "2019-01-07T00:00", "", undefined, undefined],
    ]);
    // It is made in November, and comes back from the schools.
    expect(remarksOf(text, files)).toEqual([expect.objectContaining({ message: expect.stringContaining("unused-reviewed.csv") })]);
    const [mail] = planOf(text, files).phases;
    expect(mail?.turnOff).toMatchObject({
      protocols: ["pop3", "imap"],
      keepOn: [{ accounts: ["office@alder.county.example"], until: "2019-03-29" }],
      atMost: 5,
    });
    expect(mail?.turnOff).not.toHaveProperty("for");
  });

  test("academy trust 2022", () => {
    expect(days("academy-trust-2022.yaml")).toEqual([
      ["it-staff", "2022-02-14T06:30", "", "it staff", "web+clients"],
      ["everyone", "2022-02-28T06:30", "2022-02-21T00:00", "everyone", "web+clients"],
    ]);
    const plan = planOf(published("academy-trust-2022.yaml"));
    expect(plan.phases[1]?.starts.instant).toBe(Date.UTC(2022, 1, 28, 6, 30));
    expect(plan.phases.map(({ requireMfa }) => [requireMfa?.outside, requireMfa?.askAgainAfterDays])).toEqual([
      [["schools"], 90],
      [["schools"], 90],
    ]);
    const everyone = plan.cohorts.find(({ name }) => name === "everyone");
    expect([everyone?.source, everyone?.pupils, everyone?.guests]).toEqual([{ type: "all" }, "out", "out"]);
    expect(everyone?.except.flatMap(({ accounts }) => accounts)).toEqual(["headteacher@*", "office@*", "finance@*"]);
    expect(everyone?.except.every(({ because, owner }) => because !== "" && owner !== "")).toBe(true);
    const [schools] = plan.networks;
    expect(schools?.sort === "ip" ? schools.ranges.length : 0).toBeGreaterThanOrEqual(6);
    expect(remarksOf(published("academy-trust-2022.yaml"))).toEqual([]);
  });
});
