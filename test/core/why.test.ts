/** What `why` makes of one account: a row a situation, each with what is asked and what is to be done. */

import { describe, expect, test } from "vitest";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import { nameWithMark } from "../../src/core/mark.ts";
import { errorWords, isFailure } from "../../src/core/sign-in-errors.ts";
import {
  type AuthenticationMethodsSettings,
  absent,
  GLOBAL_ADMINISTRATOR,
  type LiveAccount,
  present,
  type ResourceOf,
  unknown,
} from "../../src/core/tenant.ts";
import { type AccountSeen, applicationOf, type FailedSignIn, isAddress, type WhyAsked, whyDocument } from "../../src/core/why.ts";
import type { WhyDocument } from "../../src/core/why-document.ts";
import { ACCESS, foreign, group, HEADS_GROUP, HEADS_POLICY, id, LOCATION, locationSettings, MOMENT, PLAN_ID, policy, users } from "./guards/world.ts";

const HEAD = id(0x1000);
const ADDRESS = "head@alder.county.example";

const account = (fields: Partial<LiveAccount> = {}): LiveAccount => ({
  id: HEAD,
  enabled: true,
  synced: false,
  guest: false,
  invited: false,
  federated: present(false),
  roles: present([]),
  groups: present([HEADS_GROUP]),
  methods: present(["password", "microsoftAuthenticator"]),
  keys: [],
  ...fields,
});

const everyClient = ["browser", "mobile-and-desktop"] as const;
const ours = policy({ clients: everyClient });
const blockOld = policy(
  {
    name: nameWithMark("No old clients: heads", { plan: PLAN_ID, key: "block-heads" }),
    clients: ["activesync", "legacy"],
    grant: { operator: "or", controls: ["block"], strength: null },
  },
  { id: id(0x201), mark: { plan: PLAN_ID, key: "block-heads" } },
);
const location = (fields: Parameters<typeof locationSettings>[0] = {}, about: Partial<ResourceOf<"named-location">> = {}): ResourceOf<"named-location"> => ({
  kind: "named-location",
  id: LOCATION,
  settings: locationSettings(fields),
  managed: false,
  ...about,
});
const outsideSchools = { include: ["all"], exclude: [LOCATION] };
const BLOCK = { operator: "or", controls: ["block"], strength: null } as const;

const seen = (fields: Partial<AccountSeen> = {}): AccountSeen => ({
  account: account(),
  address: ADDRESS,
  name: "Head teacher",
  perUser: present("disabled"),
  policies: present([ours]),
  locations: present([]),
  defaults: present(false),
  methods: ACCESS.methods,
  strengths: absent,
  groups: present([]),
  failures: present([]),
  ...fields,
});

const asked = (fields: Partial<WhyAsked> = {}): WhyAsked => ({
  app: undefined,
  client: undefined,
  from: undefined,
  since: MOMENT - 7 * 86_400_000,
  now: MOMENT,
  all: false,
  tenant: { id: id(0xfff), name: "County schools", practice: true },
  asOf: "2018-11-19T00:00:00+00:00",
  ...fields,
});

const why = (fields: Partial<AccountSeen> = {}, more: Partial<WhyAsked> = {}): WhyDocument => {
  const document = whyDocument(seen(fields), asked(more));
  expect(DOCUMENT_SCHEMAS.why.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  return document;
};

/** `browser asked app` */
const outcomes = ({ places }: WhyDocument): readonly string[] =>
  places.flatMap(({ places: names, signIns }) => [
    names.join(" = "),
    ...signIns.map(({ title, outcome, can }) => `  ${title}: ${outcome}${can === null ? " ?" : can.length === 0 ? "" : ` ${can.join(" ")}`}`),
  ]);
const only = (document: WhyDocument) => {
  const [signIn, ...more] = document.places.flatMap(({ signIns }) => signIns);
  if (signIn === undefined || more.length > 0) throw new Error(`${more.length + 1} sign-ins`);
  return signIn;
};

const switchedOff = (...off: readonly string[]): AccountSeen["methods"] => {
  if (ACCESS.methods.type !== "present") throw new Error("the world has no methods");
  const { methods, ...others } = ACCESS.methods.value;
  const settings: AuthenticationMethodsSettings = {
    ...others,
    methods: Object.fromEntries(Object.entries(methods).map(([word, setting]) => [word, off.includes(word) ? { ...setting, state: "off" as const } : setting])),
  };
  return present(settings);
};

describe("what a sign-in in a browser comes to", () => {
  const nothing = { account: account({ methods: present(["password"]) }) };
  const cases: readonly (readonly [name: string, fields: Partial<AccountSeen>, want: string, because: RegExp, todo: RegExp])[] = [
    ["no policy at all", { policies: present([]) }, "let-in", /nothing is asked/, /what they see on the screen/],
    ["asked, and able", {}, "asked", /^MFA by the policy "MFA: heads"; can: app$/, /they have what is asked for/],
    ["asked, and nothing registered", nothing, "register", /nothing is registered that meets it/, /register a method/],
    [
      "asked, and what is registered may not be used",
      { methods: switchedOff("app", "code") },
      "register",
      /nothing is registered that meets it/,
      /register a method/,
    ],
    [
      "nothing registered, and nothing that could be on the way",
      { ...nothing, methods: switchedOff("app", "code", "text", "call") },
      "blocked",
      /none that can be registered on the way/,
      /register a method/,
    ],
    [
      "a strength that the app does not meet",
      { policies: present([policy({ grant: { operator: "or", controls: [], strength: "00000000-0000-0000-0000-000000000004" } })]) },
      "blocked",
      /the strength "Phishing resistant MFA" by .*no registered method meets it/,
      /register a method/,
    ],
    [
      "blocked by somebody else",
      { policies: present([ours, foreign({ name: "Block all", grant: BLOCK })]) },
      "blocked",
      /^the policy "Block all": blocks$/,
      /look at the policy "Block all" \(00000000-0000-4000-8000-000000000900\): it is not this tool's/,
    ],
    [
      "registering is blocked where they are",
      {
        ...nothing,
        policies: present([
          ours,
          foreign({
            name: "Register inside",
            grant: BLOCK,
            apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] },
            clients: ["all"],
          }),
        ]),
      },
      "blocked",
      /nothing is registered that meets it, and the policy "Register inside": does not let anybody register here/,
      /Temporary Access Pass/,
    ],
    [
      "left out by its id",
      { policies: present([policy({ include: users({ all: true }), exclude: users({ users: [HEAD] }) })]) },
      "let-in",
      /nothing is asked/,
      /what they see/,
    ],
    ["in report-only", { policies: present([policy({ state: "report-only" })]), ...nothing }, "let-in", /nothing is asked/, /what they see/],
    ["disabled", { account: account({ enabled: false }) }, "blocked", /the account is disabled/, /enable head@alder.county.example/],
    [
      "security defaults, nothing registered",
      { ...nothing, policies: present([]), defaults: present(true) },
      "register",
      /MFA by security defaults/,
      /nobody can be left out of security defaults/,
    ],
    [
      "per-user MFA",
      { ...nothing, policies: present([]), perUser: present("enforced") },
      "register",
      /MFA by per-user MFA/,
      /per-user MFA asks whatever the policies say/,
    ],
    [
      "the policies could not be read",
      { policies: unknown("403 Forbidden") },
      "unknown",
      /the policies could not be read: 403 Forbidden/,
      /part of the tenant could not be read/,
    ],
    [
      "a condition that nobody can answer, and a block behind it",
      { policies: present([foreign({ name: "Risky", grant: BLOCK, other: { conditions: { signInRiskLevels: ["high"] } } })]) },
      "unknown",
      /^the policy "Risky": /,
      /What If/,
    ],
    [
      "a condition that nobody can answer, and MFA behind it, which they can",
      { policies: present([foreign({ name: "Risky", other: { conditions: { signInRiskLevels: ["high"] } } })]) },
      "asked",
      /^perhaps MFA by the policy "Risky"; can: app$/,
      /they have what is asked for/,
    ],
    [
      "a condition that nobody can answer, and MFA behind it, which they cannot",
      { ...nothing, policies: present([foreign({ name: "Risky", other: { conditions: { signInRiskLevels: ["high"] } } })]) },
      "unknown",
      /^the policy "Risky": /,
      /What If/,
    ],
    [
      "their methods could not be read",
      { account: account({ methods: unknown("no permission") }) },
      "asked",
      /whether they can is not known: no permission/,
      /could not be read/,
    ],
    [
      "a device beside MFA",
      { policies: present([policy({ grant: { operator: "and", controls: ["compliantDevice", "mfa"], strength: null } })]) },
      "asked",
      /a compliant device and MFA by the policy "MFA: heads"; whether they can is not known/,
      /what is asked for|What/,
    ],
    [
      "a guest, whose methods are at home",
      { account: account({ guest: true, invited: true, methods: present([]) }) },
      "asked",
      /what a guest has at home is not told/,
      /what is asked for|could not|they have/,
    ],
  ];
  test.each(cases)("%s", (_name, fields, want, because, todo) => {
    const document = why(fields, { client: "browser" });
    const signIn = only(document);
    expect(signIn.outcome).toBe(want);
    expect(signIn.because).toMatch(because);
    expect(document.todo.map(({ text }) => text).join("\n")).toMatch(todo);
  });
});

describe("what an old program comes to", () => {
  const cases: readonly (readonly [name: string, fields: Partial<AccountSeen>, want: string, because: RegExp])[] = [
    ["asked nothing", {}, "let-in", /nothing is asked/],
    ["blocked by the plan", { policies: present([ours, blockOld]) }, "blocked", /"No old clients: heads": blocks/],
    ["asked for what it cannot show", { policies: present([policy({ clients: ["all"] })]) }, "blocked", /asks for MFA, which an old program cannot show/],
    ["security defaults", { policies: present([]), defaults: present(true) }, "blocked", /security defaults: block old programs/],
    ["per-user MFA, enabled", { policies: present([]), perUser: present("enabled") }, "let-in", /nothing is asked/],
    ["per-user MFA, enforced", { policies: present([]), perUser: present("enforced") }, "blocked", /takes an app password/],
    ["per-user MFA, not known", { policies: present([]), perUser: unknown("404") }, "unknown", /its state could not be read: 404/],
  ];
  test.each(cases)("%s", (_name, fields, want, because) => {
    const signIn = only(why(fields, { client: "old" }));
    expect(signIn.outcome).toBe(want);
    expect(signIn.because).toMatch(because);
  });

  test("an old program alone is no reason to let anybody past a policy: there is another program", () => {
    const { todo } = why({ policies: present([ours, blockOld]) });
    expect(todo).toEqual([{ text: "old programs are kept out: set the mailbox up in Outlook, or in another program with a modern sign-in" }]);
  });
});

describe("which sign-ins, from where", () => {
  test("an administrator is asked about the admin centre as well", () => {
    expect(outcomes(why({ account: account({ roles: present([GLOBAL_ADMINISTRATOR]) }), policies: present([]) }))).toEqual([
      "from anywhere",
      "  web mail in a browser: let-in",
      "  Outlook, and other apps: let-in",
      "  POP, IMAP, SMTP: let-in",
      "  the admin centre: let-in",
    ]);
  });

  test("the admin centre asks by itself since October 2024, and takes no pass", () => {
    const late = { now: Date.parse("2024-11-01T00:00:00Z"), app: "admin", client: "browser" };
    const roles = present([GLOBAL_ADMINISTRATOR]);
    expect(only(why({ account: account({ roles }), policies: present([]) }, late))).toMatchObject({ outcome: "asked", by: [{ type: "portal" }] });
    expect(only(why({ account: account({ roles, methods: present(["password", "temporaryAccessPass"]) }), policies: present([]) }, late)).outcome).toBe(
      "register",
    );
    expect(only(why({ account: account({ roles }), policies: present([]) }, { ...late, now: MOMENT })).outcome).toBe("let-in");
  });

  test("inside and outside a network that a policy names, and nothing of one that none does", () => {
    const other = location({ name: "Library", ranges: ["198.51.100.0/24"] }, { id: id(0x301) });
    const inside = policy({ clients: everyClient, locations: outsideSchools });
    expect(outcomes(why({ policies: present([inside]), locations: present([location(), other]) }, { client: "browser" }))).toEqual([
      "outside every named network",
      "  web mail in a browser: asked app",
      "inside schools",
      "  web mail in a browser: let-in",
    ]);
  });

  test("places at which all is the same are told once", () => {
    const other = location({ name: "Library", ranges: ["198.51.100.0/24"] }, { id: id(0x301) });
    const both = policy({ locations: { include: ["all"], exclude: [LOCATION, other.id] } });
    expect(outcomes(why({ policies: present([both]), locations: present([location(), other]) }, { client: "browser" }))).toEqual([
      "outside every named network",
      "  web mail in a browser: asked app",
      "inside Library = inside schools",
      "  web mail in a browser: let-in",
    ]);
  });

  test("a country is a place, and elsewhere is in none", () => {
    const britain = location({ name: "Great Britain", sort: "country", ranges: ["GB"] });
    const abroad = foreign({ name: "Block abroad", clients: ["all"], grant: BLOCK, locations: outsideSchools });
    expect(outcomes(why({ policies: present([abroad]), locations: present([britain]) }, { client: "browser" }))).toEqual([
      "outside every named network and country",
      "  web mail in a browser: blocked",
      "in Great Britain, at no named address",
      "  web mail in a browser: let-in",
    ]);
  });

  test("from one address, and in which network it is", () => {
    const fields = { policies: present([policy({ locations: outsideSchools })]), locations: present([location()]) };
    expect(outcomes(why(fields, { client: "browser", from: "192.0.2.77" }))).toEqual(["from 192.0.2.77, inside schools", "  web mail in a browser: let-in"]);
    expect(outcomes(why(fields, { client: "browser", from: "203.0.113.7" }))).toEqual(["from 203.0.113.7", "  web mail in a browser: asked app"]);
  });

  test("an application by its word or its id", () => {
    expect(applicationOf("Exchange")).toBe("00000002-0000-0ff1-ce00-000000000000");
    expect(applicationOf("0AAAAAAA-0000-4000-8000-000000000000")).toBe("0aaaaaaa-0000-4000-8000-000000000000");
    expect(applicationOf("exchnge")).toBeUndefined();
    expect(outcomes(why({}, { app: "sharepoint" }))).toEqual(["from anywhere", "  SharePoint in a browser: asked app", "  SharePoint in an app: asked app"]);
  });

  test.each([
    ["203.0.113.7", true],
    ["2001:db8::1", true],
    ["203.0.113", false],
    ["203.0.113.0/24", false],
    ["home", false],
  ])("%s is an address: %s", (text, want) => {
    expect(isAddress(text)).toBe(want);
  });
});

describe("which policies", () => {
  const others = [
    foreign({ name: "Off", state: "off" }),
    foreign({ name: "Guests", include: users({ guests: true }) }, 0x901),
    policy({ name: "Tried", state: "report-only" }, { id: id(0x202) }),
  ];
  const told = (all: boolean): readonly string[] =>
    why({ policies: present([ours, ...others]) }, { all }).policies.map(({ name, applies }) => `${name}: ${applies}`);

  test("those that are about them; with --all the others too", () => {
    expect(told(false)).toEqual(["MFA: heads [county-2018/mfa-heads]: yes", "Tried: yes"]);
    expect(told(true)).toEqual(["MFA: heads [county-2018/mfa-heads]: yes", "Guests: no", "Tried: yes", "Off: no"]);
  });

  test("whose they are", () => {
    expect(why({}).policies).toMatchObject([{ id: HEADS_POLICY, plan: PLAN_ID, managed: false, wants: ["MFA"] }]);
    expect(why({ policies: present([foreign()]) }).policies).toMatchObject([{ plan: null }]);
  });

  test("ours and somebody else's in the way: both are named", () => {
    const { todo } = why({ account: account({ methods: present(["password"]) }), policies: present([ours, foreign()]) }, { client: "browser" });
    expect(todo.map(({ text }) => text).join("\n")).toMatch(/not enough by itself[\s\S]*look at the policy "Old: MFA for all"/);
    expect(todo.flatMap(({ command }) => command?.[0] ?? [])).toEqual(["let-in", "halt"]);
  });
});

describe("what failed", () => {
  const failure = (fields: Partial<FailedSignIn> = {}): FailedSignIn => ({
    at: MOMENT - 3_600_000,
    application: "Office 365 Exchange Online",
    program: "Browser",
    address: "203.0.113.7",
    code: 50126,
    reason: "Invalid username or password.",
    policies: [],
    ...fields,
  });
  const list = (failures: readonly FailedSignIn[]) => why({ failures: present(failures) }).failures.list;

  test("newest first, the same told once, five at most, nothing older and no questions on the way", () => {
    const found = list([
      ...Array.from({ length: 8 }, (_, at) => failure({ at: MOMENT - at * 1000, code: 50053 + at * 1000 })),
      failure({ at: MOMENT - 5000 }),
      failure({ at: MOMENT - 500, code: 50053 }),
      failure({ at: MOMENT - 8 * 86_400_000, code: 53003 }),
      failure({ at: MOMENT, code: 50140 }),
    ]);
    expect(found.map(({ code, times }) => `${code} ${times}`)).toEqual(["50053 2", "51053 1", "52053 1", "53053 1", "54053 1"]);
  });

  test("a code that nobody here knows is told in the service's own words", () => {
    expect(list([failure({ code: 99_999, reason: "Something new happened." })])).toMatchObject([
      { words: "Something new happened", todo: "https://login.microsoftonline.com/error?code=99999 says more" },
    ]);
    expect(errorWords(99_999, "Other.").words).toBe("the log gives no reason");
    expect([0, 50_140, 50_126].map(isFailure)).toEqual([false, false, true]);
  });

  test("why there are none to be had", () => {
    expect(why({ failures: absent })).toMatchObject({ failures: { because: expect.stringMatching(/premium licence/) }, unread: [] });
    expect(why({ failures: unknown("403") })).toMatchObject({ failures: { because: "403" }, unread: ["the sign-in log: 403"] });
  });

  test("somebody who is asked nothing is told of their last failure", () => {
    expect(
      why({ policies: present([]), failures: present([failure()]) })
        .todo.map(({ text }) => text)
        .join(),
    ).toMatch(/^their last failure: wrong password or address; type the password/);
  });
});

describe("who is left out for now", () => {
  const told = (words: string): AccountSeen["groups"] =>
    present([
      group({
        id: id(0x101),
        mark: { plan: PLAN_ID, key: "progress" },
        settings: { name: "MFA rollout: progress", description: `entra-rollout:${PLAN_ID}/progress begun= held=${words}` },
      }),
    ]);
  const cases: readonly (readonly [name: string, words: string, want: WhyDocument["account"]["letIn"]])[] = [
    ["themselves", ` let=${HEAD}~2018-11-19T08:00:00Z`, [{ plan: PLAN_ID, until: "2018-11-19T08:00:00.000Z" }]],
    ["themselves, but the time is over", ` let=${HEAD}~2018-11-18T08:00:00Z`, []],
    ["somebody else", ` let=${id(0x1001)}~2018-11-19T08:00:00Z`, []],
    ["their whole domain", " out=alder.county.example", [{ plan: PLAN_ID, until: null }]],
    ["another domain", " out=birch.county.example", []],
  ];
  test.each(cases)("%s", (_name, words, want) => {
    expect(why({ groups: told(words) }).account.letIn).toEqual(want);
  });
});

test("somebody stuck by a plan of ours is let in for a day, by a command that can be typed", () => {
  const { todo } = why({ account: account({ methods: present(["password"]) }) }, { client: "browser" });
  expect(todo.flatMap(({ command }) => command?.join(" ") ?? [])).toEqual([`let-in ${ADDRESS} --for 24h --because say why`, `halt ${PLAN_ID}`]);
});

test("where a method would not help, none is asked for", () => {
  const document = why(
    { account: account({ methods: present(["password"]) }), policies: present([ours, foreign({ name: "Block all", grant: BLOCK })]) },
    { client: "browser" },
  );
  expect(only(document)).toMatchObject({ outcome: "blocked", missing: false });
  expect(document.todo.map(({ text }) => text).join("\n")).not.toMatch(/register/);
});

test("methods that are registered are told with whether they may be used", () => {
  expect(
    why({ account: account({ methods: present(["fido2", "password", "phone", "email"]) }), methods: switchedOff("text", "call") }).account.methods,
  ).toEqual([
    { method: "passkey", allowed: "yes" },
    { method: "text", allowed: "no" },
  ]);
});
