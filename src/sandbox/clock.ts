/**
 * The tenant's own clock. It is kept with the tenant, stands still between commands and moves by what is waited: a sleep
 * moves it forward and ends at once.
 */

import type { Clock, Instant } from "../runtime.ts";

export type TenantClock = Clock & {
  /** Forward only; an earlier moment changes nothing. Resolves when the move is kept. */
  readonly moveTo: (to: Instant) => Promise<void>;
  /** Sets what was kept, without keeping it again. */
  readonly restore: (at: Instant) => void;
  /** Whether it goes on with the machine's clock, too. */
  readonly run: (running: boolean) => void;
};

type Sleeper = { readonly until: Instant; readonly wake: () => void };

/** @param keep called after every move; what it returns is waited for before sleepers wake */
export const tenantClock = (startsAt: Instant, machine: Pick<Clock, "now">, keep: () => Promise<void>): TenantClock => {
  let at = startsAt;
  let runningSince: Instant | undefined;
  let sleepers: readonly Sleeper[] = [];
  let turning = false;

  const now = (): Instant => at + (runningSince === undefined ? 0 : Math.max(0, machine.now() - runningSince));
  const set = (to: Instant): void => {
    at = Math.max(now(), to);
    if (runningSince !== undefined) runningSince = machine.now();
  };
  const moveTo = async (to: Instant): Promise<void> => {
    if (to <= now()) return;
    set(to);
    await keep();
  };
  // Who sleeps side by side wakes side by side: the clock moves to the earliest moment that somebody waits for.
  const turn = async (): Promise<void> => {
    while (sleepers.length > 0) {
      const earliest = Math.min(...sleepers.map((sleeper) => sleeper.until));
      await moveTo(earliest);
      const due = sleepers.filter((sleeper) => sleeper.until <= now());
      sleepers = sleepers.filter((sleeper) => sleeper.until > now());
      for (const sleeper of due) sleeper.wake();
      await nextTurn();
    }
    turning = false;
  };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const reason = (): unknown => signal?.reason ?? new DOMException("aborted", "AbortError");
      if (signal?.aborted) {
        reject(reason());
        return;
      }
      const leave = (): void => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(reason());
      };
      const sleeper: Sleeper = {
        until: now() + (ms > 0 ? ms : 0),
        wake: () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      sleepers = [...sleepers, sleeper];
      if (turning) return;
      turning = true;
      void nextTurn()
        .then(turn)
        .catch((error: unknown) => {
          turning = false;
          reject(error);
        });
    });

  return {
    now,
    sleep,
    moveTo,
    restore: set,
    run: (running) => {
      if (running === (runningSince !== undefined)) return;
      at = now();
      runningSince = running ? machine.now() : undefined;
    },
  };
};

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
