/** Archives and the runs beside them, of accounts 1, 2, 3... of one list. */

import type { AccountLine, ArchiveLine } from "../../../src/core/accounts/archive-lines.ts";
import type { AccountState, ArchivedAccount } from "../../../src/core/accounts/facts.ts";
import type { Step, StepOutcome } from "../../../src/core/changes.ts";
import { linesOf, type Run, readJournal, runOf } from "../../../src/core/journal.ts";
import { startEntry } from "../../apply/model.ts";
import { addressOf, BLOCK, DELETE, id, PLAN } from "./listed-world.ts";

export const GROUP = id(0x800);
export const DELETED_AT = Date.parse("2026-03-02T08:00:00Z");

export const archivedAccount = (number: number, more: Partial<ArchivedAccount> = {}): ArchivedAccount => ({
  id: id(number),
  upn: addressOf(number),
  enabled: false,
  profile: { displayName: `Unused ${number}`, department: "Office", businessPhones: ["1"] },
  groups: [GROUP],
  groupNames: { [GROUP]: "Office" },
  licences: [{ sku: id(0x900), off: [] }],
  besides: [],
  ...more,
});

export const accountLine = (
  number: number,
  run: string,
  more: Partial<Omit<AccountLine, "type" | "account">> & { readonly account?: Partial<ArchivedAccount> } = {},
): AccountLine => ({
  at: DELETED_AT,
  run,
  plan: PLAN,
  phase: DELETE,
  decidedBy: "Head of Office",
  reason: "left in 2019",
  list: { file: "unused.csv", line: number + 1 },
  ...more,
  type: "account",
  account: archivedAccount(number, more.account),
});

export const blockedLine = (number: number, run: string, at = DELETED_AT): ArchiveLine => ({
  type: "blocked",
  at,
  run,
  plan: PLAN,
  phase: BLOCK,
  id: id(number),
  upn: addressOf(number),
  decidedBy: "Head of Office",
  reason: "left in 2019",
});

export const sparedLine = (number: number, run: string, at = DELETED_AT, ...reasons: readonly string[]): ArchiveLine => ({
  type: "spared",
  at,
  run,
  plan: PLAN,
  phase: DELETE,
  id: id(number),
  upn: addressOf(number),
  reasons: reasons.length === 0 ? ["signed in on 2026-03-01"] : reasons,
});

/** `cut`: the run ended before anybody knew. */
export type Doing = {
  readonly to: AccountState;
  readonly accounts: readonly number[];
  readonly outcome?: StepOutcome | "cut";
  readonly anew?: true;
  readonly key?: string;
};

export const runName = (number: number): string => `20181119T000000Z-${number.toString(16).padStart(4, "0")}`;

/** Written and read back as every journal is. */
export const runOfDoings = (number: number, at: number, doings: readonly Doing[], more: Parameters<typeof startEntry>[2] = {}): Run => {
  const entries = doings.flatMap(({ to, accounts, outcome = { type: "done" }, anew, key }, place) => {
    const ids = accounts.map(id);
    const kind = to === "blocked" ? "account-block" : "account-deletion";
    const step: Step = {
      id: String(place),
      kind,
      key: key ?? (to === "blocked" ? BLOCK : DELETE),
      name: kind,
      write: { type: "set-accounts", kind, key: key ?? (to === "blocked" ? BLOCK : DELETE), to, ids, ...(anew !== undefined && { anew }) },
      undo: { type: "impossible", because: "no" },
      after: [],
      phases: [DELETE],
    };
    const intent = { type: "intent", at, step } as const;
    return outcome === "cut" ? [intent] : [intent, { type: "outcome", at: at + 1, step: step.id, outcome } as const];
  });
  const text = readJournal(linesOf([startEntry(number, at, { plan: { id: PLAN, name: "x", file: "x.yaml" }, ...more }), ...entries]));
  const run = text.type === "read" ? runOf(text.entries) : undefined;
  if (run === undefined) throw new Error(`the journal does not read back: ${JSON.stringify(text)}`);
  return run;
};
