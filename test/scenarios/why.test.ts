/** `why` and `card` as they are typed, on a trust of which some people cannot get in; held against the practice tenant's own evaluator. */

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import type { WhyDocument, WhySignIn } from "../../src/core/why-document.ts";
import { freshFolder, runCli } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { type Fields, foreignPolicy, wholeUser } from "./arranged.ts";
import { type Stage, stageOf } from "./stage.ts";

const NETWORK = "22222222-2222-4222-8222-222222222221";
const [OURS, BLOCK, OLD, TRIED] = [1, 2, 3, 4].map((number) => `33333333-3333-4333-8333-33333333333${number}`);

/** Nothing is registered for the first, the app for the second. */
const WITHOUT = "beatrix.bramstead@trust.example";
const WITH = "headteacher.assistant@meadow.trust.example";
const BLOCKED = "svc-print@trust.example";
const EMERGENCY = "emergency-1@trust.example";
const ADMIN = "admin.carys@trust.example";
/** Marks that turn the direction of text round. */
const UNSEEN = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u007f"];
const INSIDE = "192.0.2.7";
const OUTSIDE = "203.0.113.250";

let stage: Stage;
const idOf = async (address: string): Promise<string> => (await wholeUser(stage.reader, address)).id;

const put = async (id: string | undefined, users: Fields, conditions: Fields, more: Fields): Promise<void> => {
  const policy = foreignPolicy(users);
  await stage.reader.put("policies", { ...policy, id, ...more, conditions: { ...(policy["conditions"] as Fields), ...conditions } });
};

const arrange = async (): Promise<void> => {
  const { reader } = stage;
  const mark = { plan: "trust-2022", key: "mfa-everyone-outside-schools" };
  await reader.put("namedLocations", {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    id: NETWORK,
    displayName: `schools [${mark.plan}/schools]`,
    isTrusted: false,
    ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "192.0.2.0/26" }],
    createdDateTime: "2022-02-01T08:00:00Z",
    modifiedDateTime: "2022-02-01T08:00:00Z",
    deletedDateTime: null,
  });
  await put(
    OURS,
    { includeUsers: ["All"], excludeUsers: [await idOf(EMERGENCY), await idOf("emergency-2@trust.example")] },
    { clientAppTypes: ["browser", "mobileAppsAndDesktopClients"], locations: { includeLocations: ["All"], excludeLocations: [NETWORK] } },
    {
      displayName: `MFA: everyone, outside schools [${mark.plan}/${mark.key}]`,
      description: `entra-rollout:${mark.plan}/${mark.key}. Made and kept by entra-rollout`,
    },
  );
  const block: Fields = { authenticationStrength: null, builtInControls: ["block"], customAuthenticationFactors: [], operator: "OR", termsOfUse: [] };
  await put(BLOCK, { includeUsers: [await idOf(BLOCKED)] }, {}, { displayName: "Printers: nothing else", grantControls: block });
  await put(
    OLD,
    { includeUsers: ["All"], excludeUsers: [await idOf(EMERGENCY)] },
    { clientAppTypes: ["exchangeActiveSync", "other"] },
    { displayName: "No legacy", grantControls: block },
  );
  await put(TRIED, { includeUsers: ["All"] }, {}, { displayName: "Trial: \u202Eblock", grantControls: block, state: "enabledForReportingButNotEnforced" });
  const failure = (number: number, at: string, errorCode: number): Fields => ({
    id: `44444444-4444-4444-8444-44444444444${number}`,
    createdDateTime: at,
    appDisplayName: "Office 365 Exchange Online",
    appId: "00000002-0000-0ff1-ce00-000000000000",
    clientAppUsed: number === 3 ? "IMAP4" : "Browser",
    conditionalAccessStatus: "failure",
    ipAddress: OUTSIDE,
    isInteractive: number !== 3,
    signInEventTypes: [number === 3 ? "nonInteractiveUser" : "interactiveUser"],
    status: { errorCode, failureReason: "Other.", additionalDetails: null },
    appliedConditionalAccessPolicies: [],
  });
  const without = await wholeUser(reader, WITHOUT);
  const who = { userId: without.id, userPrincipalName: WITHOUT, userDisplayName: without["displayName"] };
  await reader.put("signIns", { ...failure(1, "2022-02-07T06:30:00Z", 50072), ...who });
  await reader.put("signIns", { ...failure(2, "2022-02-07T06:20:00Z", 50072), ...who });
  await reader.put("signIns", { ...failure(3, "2022-02-07T06:10:00Z", 53003), ...who });
};

beforeAll(async () => {
  stage = await stageOf("trust");
  await arrange();
});
afterAll(async () => {
  await stage.close();
});

const typed = async (args: readonly string[]): Promise<WhyDocument> => {
  const { exit, stdout, stderr } = await stage.cli(["why", ...args, "--json"]);
  expect(exit, stderr).toBe(0);
  const document: unknown = JSON.parse(stdout);
  expect(DOCUMENT_SCHEMAS.why.parse(document)).toEqual(document);
  return DOCUMENT_SCHEMAS.why.parse(document);
};

/** What was logged is the fill's own affair but for what was put there, and waiting moves the clock. */
const shown = (text: string): string =>
  text
    .replace(/\d\d:\d\d London/, "08:00 London")
    .replace(/\nWhat failed\n[\s\S]*?\n\n/, "\n")
    .replaceAll(stage.origin, "http://127.0.0.1:PORT");

describe("who stands in the office", () => {
  test.each([
    ["without a method", [WITHOUT]],
    ["blocked by others", [BLOCKED]],
    ["emergency, all", [EMERGENCY, "--all"]],
    ["old program inside", [WITH, "--client", "old", "--from", INSIDE]],
    ["able", [WITH, "--client", "browser"]],
    ["administrator", [ADMIN, "--from", OUTSIDE]],
    ["turns the letters round", ["backwards@summit.trust.example"]],
    ["two lines", ["two.lines@summit.trust.example", "--client", "outlook"]],
    ["colours", ["red@summit.trust.example", "--client", "outlook"]],
  ] as const)("%s", async (name, args) => {
    const { exit, stdout } = await stage.cli(["why", ...args], { columns: 96 });
    expect(exit).toBe(0);
    expect([...stdout].filter((letter) => (letter < " " && letter !== "\n") || UNSEEN.includes(letter))).toEqual([]);
    expect(stdout.split("\n").filter((line) => line.length > 96 && !line.includes("entra-rollout "))).toEqual([]);
    matchesGolden(`scenarios/why-${name.replaceAll(/[ ,]+/g, "-")}.txt`, shown(stdout));
  });

  test("what failed is told in words, that of old programs too, the same once", async () => {
    const { failures } = await typed([WITHOUT]);
    expect(failures.because).toBeNull();
    const put = failures.list.filter(({ address }) => address === OUTSIDE);
    expect(put.map(({ code, times, words }) => ({ code, times, words }))).toEqual([
      { code: 50_072, times: 2, words: "MFA is asked for, and nothing is registered yet" },
      { code: 53_003, times: 1, words: "blocked by a policy of conditional access" },
    ]);
  });

  test.each([
    ["a quote in the address", "maeve.o'dell@summit.trust.example", false, "register"],
    ["a guest", "headteacher_partner.example#EXT#@trust.onmicrosoft.example", true, "asked"],
    ["an address in other letters", "OLWEN.Thorncroft@harbour.trust.example", false, "asked"],
  ])("%s", async (_name, address, guest, want) => {
    const { account, places } = await typed([address, "--client", "browser", "--from", OUTSIDE]);
    expect({ address: account.address.toLowerCase(), guest: account.guest }).toEqual({ address: address.toLowerCase(), guest });
    expect(places.flatMap(({ signIns }) => signIns).map(({ outcome }) => outcome)).toEqual([want]);
  });

  test.each([
    ["offce@harbour.trust.example", "hint: did you mean office@harbour.trust.example?"],
    ["nobody@elsewhere.example", "hint: ACCOUNT is an address"],
    ["11111111-1111-4111-8111-111111111111", "hint: ACCOUNT is an address"],
  ])("there is no %s", async (key, said) => {
    const { exit, stdout, stderr } = await stage.cli(["why", key]);
    expect({ exit, stdout }).toEqual({ exit: 64, stdout: "" });
    expect(stderr).toContain(`${key}: there is no such account in the tenant`);
    expect(stderr).toContain(said);
  });

  test("another address of theirs is told to be one", async () => {
    const user = await wholeUser(stage.reader, WITH);
    await stage.reader.put("users", { ...user, proxyAddresses: [`SMTP:${WITH}`, "smtp:deputy@meadow.trust.example"] });
    expect((await stage.cli(["why", "deputy@meadow.trust.example"])).stderr).toContain(`hint: it is another address of ${WITH}: use that`);
    await stage.reader.put("users", user);
  });

  test.each([
    ["an address that is none", ["--from", "home"], "--from home: an address of the internet is needed"],
    ["a program that is none", ["--client", "phone"], "--client phone: no program goes by that word\nhint: these do: browser, outlook, old"],
    ["an application that is none", ["--app", "exchnge"], "--app exchnge: neither an application's id nor one of the words\nhint: did you mean exchange?"],
  ])("%s", async (_name, args, said) => {
    const { exit, stderr } = await stage.cli(["why", WITH, ...args]);
    expect(exit).toBe(64);
    expect(stderr).toContain(said);
  });

  test("part of the tenant cannot be read: what can be is shown, and the exit code says so", async () => {
    await stage.reader.dials({ permissions: ["User.Read.All", "Policy.Read.All", "Directory.Read.All", "Organization.Read.All"] });
    const { exit, stdout } = await stage.cli(["why", WITH, "--json"]);
    await stage.reader.dials({});
    expect(exit).toBe(4);
    const document = DOCUMENT_SCHEMAS.why.parse(JSON.parse(stdout));
    expect(document.unread.map((line) => line.split(":")[0])).toEqual(expect.arrayContaining(["registered methods", "the sign-in log"]));
    expect(document.account.methods).toBeNull();
    expect(document.places.flatMap(({ signIns }) => signIns).map(({ outcome }) => outcome)).not.toContain("register");
  });
});

/** The practice tenant's own words, written apart from ours. */
const THEIRS = { "let-in": "let in", asked: "asked", register: "register", blocked: "blocked", unknown: "unknown" } as const satisfies Record<
  WhySignIn["outcome"],
  string
>;

test("the practice tenant comes to the same, sign-in by sign-in", async () => {
  const clients = ["browser", "mobile-and-desktop", "imap"];
  const all: string[] = [];
  for (const account of [WITHOUT, WITH, BLOCKED, EMERGENCY, ADMIN, "cover-7@trust.example"]) {
    const { places } = await typed([account]);
    const own = places.flatMap(({ places: names, signIns }) => names.map((name) => ({ name, signIns })));
    expect(own.map(({ name }) => name)).toEqual(["outside every named network", "inside schools"]);
    for (const [at, address] of [OUTSIDE, INSIDE].entries())
      for (const [which, client] of clients.entries()) {
        const { outcome } = await stage.reader.json<{ readonly outcome: string }>("POST", "/_practice/sign-in", { account, app: "exchange", client, address });
        const ours = own[at]?.signIns[which]?.outcome;
        expect(ours === undefined ? undefined : THEIRS[ours], `${account} ${client} ${address}`).toBe(outcome);
        all.push(outcome);
      }
  }
  expect(new Set(all)).toEqual(new Set(["let in", "asked", "register", "blocked"]));
});

test("a card of the tenant as it stands", async () => {
  const { exit, stdout } = await stage.cli(["card", "rollout-plans/academy-trust-2022.yaml"]);
  expect(exit).toBe(0);
  matchesGolden("scenarios/why-card-trust.txt", shown(stdout));
});

test("a card of another tenant's plan is no card", async () => {
  const { exit, stdout, stderr } = await stage.cli(["card", "rollout-plans/county-schools-2018.yaml"]);
  expect(exit).toBe(3);
  expect(stdout).toContain("emergency-1@county.example   NOT IN THIS TENANT");
  expect(stderr).toContain("emergency-1@county.example and emergency-2@county.example: no such account in Academy trust\nhint: is it the plan's own tenant?");
});

describe("a card without a tenant", () => {
  const PLAN = `${process.cwd()}/rollout-plans/county-schools-2018.yaml`;

  test("into a file, and nothing is filled for its sake", async () => {
    const cwd = freshFolder();
    const { exit, stdout, stderr } = await runCli(["card", PLAN, "--out", "card.txt"], { cwd });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "" });
    expect(stderr).toBe("written to card.txt: print it, fill in the blanks by hand, and put it into the safe\n");
    expect(readdirSync(cwd)).toEqual(["card.txt"]);
  });

  test("with a tenant and without one at once", async () => {
    const { exit, stderr } = await runCli(["card", PLAN, "--offline", "--tenant", "sandbox"], { cwd: freshFolder() });
    expect(exit).toBe(64);
    expect(stderr).toContain("--offline and --tenant contradict each other");
  });
});

test("without a licence: security defaults ask, and there is no log", async () => {
  const small = await stageOf("small");
  try {
    const { exit, stdout } = await small.cli(["why", "volunteer-2@small.example"], { columns: 96 });
    expect(exit).toBe(0);
    matchesGolden("scenarios/why-small.txt", stdout.replaceAll(small.origin, "http://127.0.0.1:PORT"));
  } finally {
    await small.close();
  }
});
