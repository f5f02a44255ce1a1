/** What the guards that stand on the log of sign-ins have in common: a part of it, or why there is none. */

import type { Finding } from "../changes.ts";
import { formatMoment } from "../plan/moments.ts";
import type { Looked, SignInDigest } from "../sign-in-digest.ts";
import type { Switched } from "../switching.ts";
import type { ObjectId } from "../tenant.ts";
import type { GuardInput, Held } from "./guard.ts";

type PartName = "legacy" | "places" | "services";

type Read<N extends PartName> = Extract<NonNullable<SignInDigest[N]>, { readonly type: "present" }>["value"];

type Part<N extends PartName> =
  | { readonly type: "read"; readonly value: Read<N> }
  /** Nobody asks, or nobody ever can: no danger that a second try would show. `because`: what people are told; not there: nothing. */
  | { readonly type: "none"; readonly because?: string }
  | { readonly type: "unknown"; readonly because: string };

const NO_LICENCE = "the service keeps a log that can be read only for tenants with Entra ID P1 or P2";

export const partOf = <N extends PartName>({ observed }: GuardInput, name: N): Part<N> => {
  const { log, tenant } = observed;
  if (log === undefined) return { type: "unknown", because: "the log of sign-ins was not read" };
  if (log.type === "absent") return { type: "none" };
  if (log.type === "unknown") return { type: "unknown", because: `the log of sign-ins could not be read: ${log.because}` };
  const part: SignInDigest[N] = log.value[name];
  if (part === undefined) return { type: "unknown", because: "the log of sign-ins was not asked for it" };
  if (part.type === "absent") return { type: "none", because: NO_LICENCE };
  if (part.type === "unknown") return { type: "unknown", because: `the log of sign-ins could not be read: ${part.because}` };
  if (log.value.empty) {
    // A snapshot has no log, and a rehearsal on one goes on.
    return tenant.practice
      ? { type: "none", because: "this practice tenant has no log of sign-ins; on the real one it is looked at" }
      : { type: "unknown", because: "the log of sign-ins is empty; it fills within three days after a licence was bought" };
  }
  return { type: "read", value: part.value };
};

/** How many enabled accounts are reached, each once. */
const reachedCount = ({ observed }: GuardInput, switched: readonly Switched[]): number => {
  if (observed.roster.type !== "present") return 1;
  let count = 0;
  for (const id of observed.roster.value.everybody()) {
    if (observed.roster.value.flags(id)?.enabled === true && switched.some(({ reaches }) => reaches(id))) count += 1;
  }
  return Math.max(1, count);
};

export const isEnabled = ({ observed }: GuardInput, id: ObjectId): boolean =>
  observed.roster.type === "present" && observed.roster.value.flags(id)?.enabled === true;

export const heldBy = (switched: readonly Switched[]): readonly Held[] => [
  ...new Map(switched.flatMap(({ holds }) => holds).map((held) => [`${held.kind}/${held.key}`, held])).values(),
];

export const firstPhase = (switched: readonly Switched[]): Pick<Finding, "phase"> => {
  const phase = switched.find((each) => each.phase !== undefined)?.phase;
  return phase === undefined ? {} : { phase };
};

/** Where nothing can be said of anybody. `what`: `whether anybody still uses an old program` */
export const unread = (
  input: GuardInput,
  guard: string,
  what: string,
  part: Exclude<Part<PartName>, { readonly type: "read" }>,
  switched: readonly Switched[],
): readonly Finding[] => {
  if (part.type === "none")
    return part.because === undefined
      ? []
      : [{ guard, verdict: "go", ...firstPhase(switched), detail: `${what} is not known: ${part.because}`, allowable: false }];
  return [unclear(input, guard, `${what} is not known: ${part.because}`, switched)];
};

/** As many as could be hit have to be let pass: fewer were counted by nobody. */
const unclear = (input: GuardInput, guard: string, detail: string, switched: readonly Switched[]): Finding => ({
  guard,
  verdict: "unclear",
  ...firstPhase(switched),
  detail,
  hint: "run it again; if it stays so, check that this tool may read the log of sign-ins (AuditLog.Read.All)",
  count: reachedCount(input, switched),
  allowable: true,
  holds: heldBy(switched),
});

/** What of the part is missing: told, and unclear where it may be there the next time. */
export const gapsIn = (input: GuardInput, guard: string, what: string, { gaps, cut, since }: Looked, switched: readonly Switched[]): readonly Finding[] => [
  ...gaps.map(({ words, lasting }): Finding => {
    const detail = `${what} is known in part: ${words}`;
    return lasting ? { guard, verdict: "go", ...firstPhase(switched), detail, allowable: false } : unclear(input, guard, detail, switched);
  }),
  ...(cut
    ? [
        {
          guard,
          verdict: "go" as const,
          ...firstPhase(switched),
          detail: `${what} is known back to ${formatMoment(since, input.plan.timeZone)}: the log is longer than what is read of it`,
          allowable: false,
        },
      ]
    : []),
];
