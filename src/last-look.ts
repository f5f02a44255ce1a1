/** The last look at accounts before something is taken from them: what holds by then decides, and who is deleted goes into the archive first. */

import type { LookOnceMore } from "./account-waves.ts";
import type { ArchiveWriter } from "./archive.ts";
import type { ArchiveLine } from "./core/accounts/archive-lines.ts";
import { type Decided, type DecidingInput, decide, decidedFor, type Spared } from "./core/accounts/deciding.ts";
import type { Observed } from "./core/observed.ts";
import type { Plan } from "./core/plan/plan.ts";
import { type Instant, present } from "./core/tenant.ts";
import type { Clock } from "./runtime.ts";
import type { Gateway } from "./service.ts";

export type LastLookInput = {
  readonly plan: Plan;
  readonly observed: Observed;
  /** The moment for which the changes were worked out. */
  readonly moment: Instant;
  readonly gateway: Pick<Gateway, "listed">;
  readonly archive: ArchiveWriter;
  readonly clock: Clock;
  readonly run: string;
};

type About = { readonly at: number; readonly run: string; readonly plan: string; readonly phase: string };

/** Whoever is not written to any more, and why: what was shown is all accounted for. */
const sparedBy = (kind: DecidingInput["kind"], { spared, strange, done }: Decided): readonly Spared[] => [
  ...spared,
  ...strange.map((row) => ({ row, because: ["somebody deleted it since it was read"] })),
  ...done.map((row) => ({ row, because: [`it was ${kind === "account-block" ? "blocked" : "deleted"} since it was read`] })),
];

const linesOf = (about: About, kind: DecidingInput["kind"], go: Decided["go"], spared: readonly Spared[]): readonly ArchiveLine[] => [
  ...spared.map(({ row, because }): ArchiveLine => ({ type: "spared", ...about, id: row.id, upn: row.account, reasons: because })),
  ...go.flatMap(({ row, listed: { archive } }): readonly ArchiveLine[] => {
    const { decidedBy, reason } = row;
    if (kind === "account-block") return [{ type: "blocked", ...about, decidedBy, reason, id: row.id, upn: row.account }];
    if (archive.type !== "present") return [];
    return [{ type: "account", ...about, decidedBy, reason, account: archive.value, list: { file: row.at.file, line: row.at.line } }];
  }),
];

/** Whom the diff spared already: schools ask about them as well. */
const sparedBefore = ({ plan, observed, moment }: LastLookInput, kind: DecidingInput["kind"], key: string): readonly Spared[] => {
  const about = { key, phases: [key] };
  const wish =
    kind === "account-block" ? { kind, ...about, settings: { signIn: "blocked" as const } } : { kind, ...about, settings: { accounts: "deleted" as const } };
  return decidedFor(plan, wish, observed, moment)?.spared ?? [];
};

export const lastLook = (given: LastLookInput): LookOnceMore => {
  const { plan, observed, gateway, archive, clock, run } = given;
  const begun = new Set<string>();
  return async ({ write, key }) => {
    const phase = plan.phases.find(({ id }) => id === key);
    if (write.type !== "set-accounts" || phase === undefined) return { type: "unknown", because: "the plan has no such phase" };
    const listed = await gateway.listed(write.ids);
    if (listed.type !== "present") return listed.type === "unknown" ? listed : { type: "unknown", because: "they were not looked up" };
    const now = clock.now();
    const input: DecidingInput = { plan, phase, kind: write.kind, observed, told: observed.told ?? new Map(), now };
    const decided = decide(input, listed.value, new Set(write.ids));
    const { go } = decided;
    const spared = sparedBy(write.kind, decided);
    const before = begun.has(`${write.kind}/${key}`) ? [] : sparedBefore(given, write.kind, key);
    begun.add(`${write.kind}/${key}`);
    await archive.append(linesOf({ at: now, run, plan: plan.id, phase: phase.id }, write.kind, go, [...before, ...spared]));
    return present({ ids: go.map(({ row }) => row.id), spared: spared.map(({ row, because }) => `${row.account}: ${because.join("; ")}`) });
  };
};
