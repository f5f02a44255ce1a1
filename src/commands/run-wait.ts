/** `run --wait-until`: all that can be read is read before the moment, so that the first write leaves when it comes. */

import { formatMoment, parseAsOf } from "../core/plan/moments.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Instant } from "../core/tenant.ts";
import { usage } from "../failure.ts";
import { counted } from "../render/layout.ts";
import type { Runtime } from "../runtime.ts";
import { type Session, survey, toApply } from "../session.ts";

const MINUTE_MS = 60_000;
const FARTHEST_MS = 48 * 60 * MINUTE_MS;

/** How long before the moment it is looked at a first time, which also shows how long a look takes. */
const FIRST_LOOK_MS = 10 * MINUTE_MS;
/** Below this it is not worth it. */
const SHORT_MS = 30_000;
/** What the last look may take longer than the first. */
const SPARE_MS = 10_000;
/** A machine that slept, or whose clock was set, notices within a minute. */
const NAP_MS = MINUTE_MS;

/** @throws Failure (usage) for what is no moment, one that is long past, and one that is days ahead. */
export const instantIn = (text: string, plan: Plan, now: Instant): Instant => {
  const found = parseAsOf(text, plan.timeZone);
  if (found.type === "wrong") throw usage(`--wait-until: ${found.message}`, ...(found.hint === undefined ? [] : [found.hint]));
  const { instant } = found;
  const it = `--wait-until ${text}: it is ${formatMoment(now, plan.timeZone)} now`;
  if (now - instant > plan.windowMs)
    throw usage(`${it}, and the moment is longer ago than the plan's window`, "without --wait-until, run does what is due and not too late");
  if (instant - now > FARTHEST_MS) throw usage(`${it}, and the moment is more than two days ahead`, "let a scheduler start it closer to the moment");
  return instant;
};

export type Wait = {
  readonly at: Instant;
  readonly plan: Plan;
  readonly session: Session;
  readonly runtime: Runtime;
  readonly say: (line: string) => void;
  readonly onWait: (until: Instant) => void;
};

const sleepUntil = async ({ session: { tenant }, runtime: { signal } }: Wait, until: Instant): Promise<void> => {
  for (let now = tenant.clock.now(); now < until; now = tenant.clock.now()) await tenant.clock.sleep(Math.min(NAP_MS, until - now), signal);
};

/** @returns undefined when the moment has come already; else when the last look may begin, it waits for the moment itself by `come`. */
export const waitUntil = async (wait: Wait): Promise<{ readonly at: Instant; readonly come: () => Promise<void> } | undefined> => {
  const { at, plan, session, say, onWait } = wait;
  const { clock } = session.tenant;
  const moment = formatMoment(at, plan.timeZone);
  if (clock.now() >= at) {
    say(`${moment} has come already`);
    return undefined;
  }
  onWait(at);
  say(`waiting until ${moment}, Ctrl-C ends it`);
  await sleepUntil(wait, at - FIRST_LOOK_MS);
  let takesMs = 0;
  if (at - clock.now() > SHORT_MS) {
    const before = clock.now();
    const seen = await survey(session, { plan, moment: at, phase: undefined, stage: false, prune: false, allow: [], attended: false });
    takesMs = clock.now() - before;
    const changes = toApply(seen).length;
    const kept = seen.diff.changes.length - changes;
    say(
      `at ${moment} ${changes === 0 ? "nothing" : counted(changes, "change")} will be applied as far as can be seen now${kept === 0 ? "" : `, ${counted(kept, "change")} held back by a check`}`,
    );
  }
  await sleepUntil(wait, at - takesMs - SPARE_MS);
  return { at, come: () => sleepUntil(wait, at) };
};
