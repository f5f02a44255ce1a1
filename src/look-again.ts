/** Looking until something shows: the service's lists lag behind its answers. */

import type { Clock, Instant } from "./runtime.ts";

/** Past this, what does not show is not waited for any longer. Also the bound after which a lost create is given up for a run. */
export const LAG_BOUND_MS = 120_000;

/** Before the first look, then before each further one; the last repeats. */
const PAUSES_MS = [2_000, 2_000, 4_000, 8_000, 15_000, 30_000] as const;

/**
 * Waits and looks, by turns, until a look says that it has seen all, or the time is up. The last look is at `until`, or at
 * once when that has passed already.
 *
 * @param look resolves to true when nothing is left to look for.
 * @returns false when the signal ended it. Otherwise rejects with what `look` rejects with.
 */
export const lookAgain = async (clock: Clock, signal: AbortSignal, until: Instant, look: () => Promise<boolean>): Promise<boolean> => {
  for (let turn = 0; ; turn += 1) {
    const pause = PAUSES_MS[Math.min(turn, PAUSES_MS.length - 1)] ?? 0;
    try {
      await clock.sleep(Math.max(0, Math.min(pause, until - clock.now())), signal);
      if (signal.aborted) return false;
      if ((await look()) || clock.now() >= until) return true;
    } catch (error) {
      // Waits and reads end so when they are interrupted.
      if (signal.aborted) return false;
      throw error;
    }
  }
};
