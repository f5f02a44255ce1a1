/** Files that another program holds for a moment: on Windows a scanner or an indexer opens what has just been written, and until it has looked nobody may replace it. */

const HELD = ["EPERM", "EACCES", "EBUSY"];
const FIRST_WAIT_MS = 10;
/** Together 2.55 s: longer than a scanner looks at a small file, and short enough for somebody who really may not. */
const WAITS = 8;

/**
 * Does what may be refused for a moment only, again and again for at most 2.55 s on Windows; elsewhere once, since there the same codes say that it is not allowed.
 *
 * @param act leaves nothing behind when it rejects
 * @throws what `act` rejected with the last time; at once what is no such code
 * @see https://learn.microsoft.com/windows/win32/fileio/creating-and-opening-files sharing violations
 */
export const unlessHeld = async <T>(act: () => Promise<T>, platform: NodeJS.Platform, sleep: (ms: number) => Promise<void>): Promise<T> => {
  for (let wait = 0; ; wait += 1) {
    try {
      return await act();
    } catch (error) {
      const isHeld = error instanceof Error && "code" in error && HELD.some((code) => code === error.code);
      if (platform !== "win32" || !isHeld || wait === WAITS) throw error;
    }
    await sleep(FIRST_WAIT_MS * 2 ** wait);
  }
};
