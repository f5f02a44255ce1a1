/** When a call may start: everything waits out a 429, and the narrow services get their calls spaced. */

import type { Clock, Instant } from "../runtime.ts";

/** Services that share a limit. `directory` has one wide enough that only a 429 tells. */
export type Lane = "directory" | "conditional-access" | "reports";

/**
 * Conditional access and named locations: one request a second for all applications of a tenant together, and a 429
 * that does not say how long to wait. Reports, authentication methods and the log of sign-ins: five in ten seconds. Facts, section 3.
 */
const LIMITS = {
  directory: undefined,
  "conditional-access": { calls: 1, perMs: 1_000 },
  reports: { calls: 5, perMs: 10_000 },
} as const satisfies Record<Lane, { readonly calls: number; readonly perMs: number } | undefined>;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** @param path below the version, or a whole address. */
export const laneOf = (path: string): Lane => {
  const plain = path.split("?", 1)[0] ?? "";
  if (/\/identity\/conditionalAccess(\/|$)/i.test(plain)) return "conditional-access";
  if (/\/reports\/|\/auditLogs\/|\/authentication\/methods(\/|$)|\/policies\/authenticationMethodsPolicy(\/|$)/i.test(plain)) return "reports";
  return "directory";
};

export type Pass = {
  /** The request leaves now. Its lane counts from this moment, since the token and the journal may take a while before it. */
  readonly depart: () => void;
  /** When it left, or was let in if it has not left. */
  readonly started: () => Instant;
  /** The answer is there, or there is none: the lane's next may enter. */
  readonly release: () => void;
};

export type Gate = {
  /** Waits until a call of that lane may start. In a narrow lane calls go one after another. */
  readonly enter: (lane: Lane) => Promise<Pass>;
  /**
   * The service said 429 to a call that started at `started`. Without `retryAfterMs` the wait doubles with each round;
   * calls that were under way together count as one round.
   */
  readonly throttled: (started: Instant, retryAfterMs: number | undefined) => void;
  /** A call that started at `started` was let through. */
  readonly passed: (started: Instant) => void;
  /** How long the slow-down still lasts; 0 when there is none. */
  readonly closedForMs: () => number;
};

export const createGate = (clock: Clock, signal: AbortSignal): Gate => {
  let opensAt: Instant = Number.NEGATIVE_INFINITY;
  let closedAt: Instant = Number.NEGATIVE_INFINITY;
  let round = 0;
  const turns = new Map<Lane, Promise<void>>();
  const starts = new Map<Lane, Instant[]>();

  const untilOpen = async (): Promise<void> => {
    for (let now = clock.now(); now < opensAt; now = clock.now()) await clock.sleep(opensAt - now, signal);
  };

  const passFor = (lane: Lane, calls: number, release: () => void): Pass => {
    let started = clock.now();
    return {
      depart: () => {
        started = clock.now();
        if (calls > 0) starts.set(lane, [...(starts.get(lane) ?? []), started].slice(-calls));
      },
      started: () => started,
      release,
    };
  };

  const enter = async (lane: Lane): Promise<Pass> => {
    signal.throwIfAborted();
    const limit = LIMITS[lane];
    if (limit === undefined) {
      await untilOpen();
      return passFor(lane, 0, () => undefined);
    }
    const before = turns.get(lane);
    let release = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      release = resolve;
    });
    turns.set(lane, turn);
    try {
      await before;
      for (;;) {
        await untilOpen();
        const now = clock.now();
        const recent = starts.get(lane) ?? [];
        const earliest = recent.length < limit.calls ? now : (recent[0] ?? now) + limit.perMs;
        if (now >= earliest) return passFor(lane, limit.calls, release);
        await clock.sleep(earliest - now, signal);
      }
    } catch (error) {
      release();
      throw error;
    }
  };

  return {
    enter,
    throttled: (started, retryAfterMs) => {
      const now = clock.now();
      if (retryAfterMs === undefined) {
        if (round === 0 || started > closedAt) round += 1;
        opensAt = Math.max(opensAt, now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (round - 1)));
      } else {
        opensAt = Math.max(opensAt, now + retryAfterMs);
      }
      closedAt = now;
    },
    passed: (started) => {
      if (started > closedAt) round = 0;
    },
    closedForMs: () => Math.max(0, opensAt - clock.now()),
  };
};
