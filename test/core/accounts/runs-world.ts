/** Journals of runs that did something to accounts, written and read back as every journal is. */

import type { AccountLinks, AccountState } from "../../../src/core/accounts/facts.ts";
import type { Entry, Step, StepOutcome, Write } from "../../../src/core/changes.ts";
import { linesOf, type Run, readJournal, runOf } from "../../../src/core/journal.ts";
import type { Instant } from "../../../src/core/tenant.ts";
import { BLOCK, DELETE, id, PLAN, TENANT } from "./listed-world.ts";

type SetAccounts = Extract<Write, { readonly type: "set-accounts" }>;

/** `cut`: the run ended before anybody knew. */
export type Done = {
  readonly to: AccountState;
  readonly accounts: readonly number[];
  readonly outcome?: StepOutcome | "cut";
  readonly back?: readonly AccountLinks[];
  readonly key?: string;
};

const OPPOSITE: Readonly<Record<AccountState, AccountState>> = { blocked: "enabled", enabled: "blocked", deleted: "restored", restored: "deleted" };

const stepOf = ({ to, accounts, back, key }: Done, place: number): Step & { readonly write: SetAccounts } => {
  const kind = to === "deleted" || to === "restored" ? "account-deletion" : "account-block";
  const ids = accounts.map(id);
  const write: SetAccounts = {
    type: "set-accounts",
    kind,
    key: key ?? (kind === "account-deletion" ? DELETE : BLOCK),
    to,
    ids,
    ...(back !== undefined && { back }),
  };
  return {
    id: String(place + 1).padStart(4, "0"),
    kind,
    key: write.key,
    name: kind,
    write,
    undo: { type: "accounts", to: OPPOSITE[to], ids },
    after: [],
    phases: [write.key],
  };
};

export const run = (name: string, at: Instant, done: readonly Done[], undoes?: string): Run => {
  const entries: readonly Entry[] = [
    {
      type: "start",
      at,
      run: name,
      schema: 1,
      toolVersion: "0",
      plan: { id: PLAN, name: "x", file: "x.yaml" },
      tenant: TENANT,
      asOf: at,
      hash: "",
      phases: [],
      ...(undoes !== undefined && { undoes }),
      allowed: [],
    },
    ...done.flatMap((each, place): readonly Entry[] => {
      const step = stepOf(each, place);
      const { outcome = { type: "done" } } = each;
      const intent: Entry = { type: "intent", at, step };
      return outcome === "cut" ? [intent] : [intent, { type: "outcome", at: at + 1, step: step.id, outcome }];
    }),
  ];
  const text = readJournal(linesOf(entries));
  const read = text.type === "read" ? runOf(text.entries) : undefined;
  if (read === undefined) throw new Error(`the journal does not read back: ${JSON.stringify(text)}`);
  return read;
};

export const unknownFor = (lacking: readonly number[], refused = false): StepOutcome => ({
  type: "unknown",
  because: "no answer",
  lacking: lacking.map(id),
  ...(refused && { refused: true as const }),
});
