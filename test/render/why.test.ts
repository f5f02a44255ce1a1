import { describe, expect, test } from "vitest";
import { DOCUMENT_SCHEMAS } from "../../src/core/document-schema.ts";
import type { WhyDocument } from "../../src/core/why-document.ts";
import { whyText } from "../../src/render/why.ts";
import { widthOf } from "../../src/render/width.ts";
import { view } from "./fixture.ts";
import { matchesGolden } from "./golden.ts";

const OURS = "22222222-2222-4222-8222-222222222221";
const FOREIGN = "22222222-2222-4222-8222-222222222222";
const EXCHANGE = "00000002-0000-0ff1-ce00-000000000000";
const nasty = "\u001b[2Jred\n\u202eback";

const ours = { type: "policy", id: OURS, name: "MFA: everyone [county-2018/mfa-everyone]", plan: "county-2018" } as const;
const signIn = { application: EXCHANGE, by: [ours], asks: [{ any: false, controls: ["mfa"] }], can: [], missing: false } as const;

/** Everything that can stand in one. */
const document: WhyDocument = {
  schemaVersion: 1,
  tenant: { id: "55555555-5555-4555-8555-555555555555", name: "County schools", practice: true },
  asOf: "2018-12-13T08:05:00+00:00",
  account: {
    id: "44444444-4444-4444-8444-444444444444",
    address: "head@alder.county.example",
    name: `Head ${nasty}`,
    enabled: false,
    guest: true,
    synced: true,
    roles: ["62e90394-69f5-4237-9190-012177145e10"],
    perUser: "enforced",
    letIn: [
      { plan: "county-2018", until: "2018-12-14T08:00:00.000Z" },
      { plan: "other", until: null },
    ],
    methods: [
      { method: "app", allowed: "yes" },
      { method: "text", allowed: "no" },
      { method: "code", allowed: "unknown" },
    ],
  },
  securityDefaults: null,
  places: [
    {
      places: ["outside every named network", `inside ${nasty}`, "inside library", "inside the sports hall"],
      signIns: [
        {
          ...signIn,
          title: "web mail in a browser",
          program: "browser",
          outcome: "asked",
          can: ["app"],
          because: 'MFA by the policy "MFA: everyone"; can: app',
        },
        {
          ...signIn,
          title: "Outlook, and other apps",
          program: "mobile-and-desktop",
          outcome: "register",
          missing: true,
          because: "nothing is registered that meets it",
        },
        { ...signIn, title: "POP, IMAP, SMTP", program: "legacy", outcome: "blocked", because: `the policy "${nasty}": blocks` },
        { ...signIn, title: "the admin centre", program: "browser", outcome: "unknown", can: null, because: "the policies could not be read: 403 Forbidden" },
      ],
    },
    {
      places: ["inside schools"],
      signIns: [
        { ...signIn, title: "web mail in a browser", program: "browser", outcome: "let-in", by: [], asks: [], because: "nothing is asked but the password" },
      ],
    },
  ],
  policies: [
    { id: OURS, name: ours.name, plan: ours.plan, managed: false, state: "on", applies: "yes", because: "it takes in all users", wants: ["MFA"] },
    {
      id: FOREIGN,
      name: nasty,
      plan: null,
      managed: false,
      state: "on",
      applies: "unknown",
      because: "the risk of the sign-in is not known",
      wants: ["a block"],
    },
    {
      id: FOREIGN,
      name: "Microsoft-managed: block legacy",
      plan: null,
      managed: true,
      state: "on",
      applies: "yes",
      because: "it takes in all users",
      wants: ["a block"],
    },
    { id: FOREIGN, name: "Ask again", plan: null, managed: false, state: "report-only", applies: "yes", because: "it takes in all users", wants: [] },
    { id: FOREIGN, name: "Guests", plan: null, managed: false, state: "off", applies: "no", because: "it is off", wants: [] },
  ],
  failures: {
    since: "2018-12-06T08:05:00.000Z",
    list: [
      {
        at: "2018-12-13T07:55:00.000Z",
        application: "Office 365 Exchange Online",
        program: "Browser",
        address: "203.0.113.7",
        code: 53003,
        words: "blocked by a policy of conditional access",
        todo: "look at the policies that are about this account",
        policies: [nasty],
        times: 3,
      },
      {
        at: "2018-12-12T17:00:00.000Z",
        application: nasty,
        program: "IMAP4",
        address: null,
        code: 50126,
        words: "wrong password or address",
        todo: null,
        policies: [],
        times: 1,
      },
    ],
    because: null,
  },
  todo: [
    {
      text: "let this one person past the plan's policies for a day",
      command: ["let-in", "head@alder.county.example", "--for", "24h", "--because", "say why"],
    },
    { text: `look at the policy "${nasty}"` },
  ],
  unread: ["security defaults: 403 Forbidden"],
};

const words = {
  command: (parts: readonly string[]): string => `entra-rollout ${parts.join(" ")}`,
  local: (iso: string): string => iso.replace(".000Z", "+00:00"),
  zone: "London",
  all: "entra-rollout why head@alder.county.example --all",
};

describe("what is asked of one account, in words", () => {
  test("the document is as its schema says", () => {
    expect(DOCUMENT_SCHEMAS.why.parse(document)).toEqual(document);
  });

  test.each([60, 100])("at %s columns", (columns) => {
    const text = whyText(document, { ...view, columns }, words);
    const lines = text.slice(0, -1).split("\n");
    expect(lines.join("")).not.toMatch(/\p{Cc}|\u202e/u);
    // Commands are not broken, so that they can be copied.
    expect(lines.filter((line) => widthOf(line) > columns && !line.includes("entra-rollout "))).toEqual([]);
    matchesGolden(`render/why-${columns}.txt`, text);
  });

  test("no failure, and why there are none to be had", () => {
    const none = { ...document, failures: { ...document.failures, list: [] } };
    expect(whyText(none, view, words)).toContain("What failed\n  none in the last 7 days\n");
    expect(whyText({ ...none, failures: { ...none.failures, because: "403" } }, view, words)).toContain("What failed\n  not known: 403\n");
  });
});
