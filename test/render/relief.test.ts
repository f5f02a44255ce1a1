import { describe, expect, test } from "vitest";
import type { ReliefDocument, ReliefLine, ReliefPolicy } from "../../src/core/run-document.ts";
import { reliefOutcome, reliefText } from "../../src/render/relief.ts";
import { setAsideLines } from "../../src/render/set-aside.ts";
import { view } from "./fixture.ts";

const policy = (fields: Partial<ReliefPolicy> = {}): ReliefPolicy => ({
  id: "00000000-0000-4000-8000-000000000001",
  name: "MFA: heads [county-2018/mfa-heads]",
  before: "on",
  after: "report-only",
  leftOut: false,
  blocks: false,
  ...fields,
});
const line = (fields: Partial<ReliefLine> = {}): ReliefLine => ({
  plan: { id: "county-2018", name: "county-2018", file: "" },
  policies: [policy()],
  noted: "now",
  run: { id: null, done: 0, left: [], exit: 0 },
  ...fields,
});
const document = (fields: Partial<ReliefDocument> = {}): ReliefDocument => ({
  schemaVersion: 1,
  tenant: { id: "00000000-0000-4000-8000-0000000000ff", name: "County schools", practice: true },
  asOf: "2018-12-13T08:00:00+00:00",
  action: "halt",
  plans: [line()],
  exit: 0,
  ...fields,
});

const flat = (text: string): string => text.replace(/\s+/g, " ");
const said = (of: ReliefDocument): string => flat(reliefText(of, view));

describe("what is about to be done", () => {
  const cases: readonly (readonly [name: string, of: ReliefDocument, says: string, not: string | null])[] = [
    ["a policy that asks", document(), 'a password alone is enough again for everybody whom these asked: "MFA: heads"', "old programs"],
    [
      "a policy that keeps old programs out",
      document({ plans: [line({ policies: [policy({ blocks: true })] })] }),
      "old programs, which know only the password, get in again",
      "a password alone",
    ],
    ["one that asked nobody", document({ plans: [line({ policies: [policy({ before: "report-only" })] })] }), "report-only already", "What that leaves open"],
    [
      "security defaults that stay off",
      document({ plans: [line({ defaultsLeft: true })] }),
      "security defaults went off when this plan began, and stay off",
      null,
    ],
    ["no policies", document({ plans: [line({ policies: [] })] }), "cannot be halted: undo RUN takes it back", "could not be read"],
    [
      "policies that were not read",
      document({ plans: [line({ policies: [], unread: "not permitted." })] }),
      "could not be read (not permitted):",
      "bears the mark",
    ],
    [
      "nothing noted",
      document({ plans: [line({ noted: "not", because: "not permitted" })] }),
      "no other machine will know of it (not permitted): there a run may switch these policies on again",
      null,
    ],
    ["on hold already", document({ plans: [line({ noted: "before" })] }), "all of its phases are on hold already", null],
    ["a domain", document({ action: "out", domain: "alder.county.example", accounts: 27 }), "takes alder.county.example out of county-2018: 27 accounts", null],
    [
      "a person whose name would be more than a name",
      document({ action: "let-in", account: { id: "x", address: "jo\u001b[2J@alder.county.example" }, until: "2018-12-14T08:00:00+00:00" }),
      "until Fri 14 Dec 2018 08:00 London",
      "\u001b",
    ],
  ];
  test.each(cases)("%s", (_name, of, says, not) => {
    expect(said(of)).toContain(says);
    if (not !== null) expect(said(of)).not.toContain(not);
  });
});

describe("what came of it", () => {
  const commands = { again: "AGAIN", goOn: ["ON"], undo: ["BACK"] };
  test("done", () => {
    const text = flat(reliefOutcome(document({ plans: [line({ run: { id: "RUN", done: 2, left: [], exit: 0 } })] }), commands, view));
    expect(text).toContain("2 writes, all read back run RUN How long it takes");
    expect(text).toContain("to go on: ON to take back: BACK");
    expect(text).not.toContain("AGAIN");
  });
  test("in part", () => {
    const left = [{ kind: "conditional-access", key: "mfa-heads", name: "MFA: heads", result: "refused", because: "no rights" }] as const;
    const text = flat(reliefOutcome(document({ plans: [line({ run: { id: "RUN", done: 1, left, exit: 4 } })] }), commands, view));
    expect(text).toMatch(/1 of 2 writes done .* Not done refused policy "MFA: heads" no rights .* to do the rest: AGAIN/);
  });
});

test("what is set aside is told with its end", () => {
  const lines = setAsideLines(
    { halted: "2018-12-13T08:05:00+00:00", out: ["alder.county.example"], letIn: [{ id: "an-id", until: "2018-12-14T08:00:00+00:00" }] },
    view,
  ).map(flat);
  expect(lines).toEqual([
    expect.stringContaining("on hold since Thu 13 Dec 2018 08:05 London: somebody halted the plan"),
    expect.stringContaining("alder.county.example is out: this plan asks its accounts nothing until apply --back-in alder.county.example"),
    expect.stringContaining("an-id is let in until Fri 14 Dec 2018 08:00 London; the first run or apply after that ends it"),
  ]);
  expect(setAsideLines(undefined, view)).toEqual([]);
});
