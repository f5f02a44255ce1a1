/** What another machine made at the same moment as this one: looked for once more after one's own shows, and one of the two taken away. */

import type { Step, StepOutcome } from "./core/changes.ts";
import { refOf } from "./core/history.ts";
import type { Kind, Known, ObjectId, ResourceOf } from "./core/tenant.ts";
import { type Twin, twinsIn } from "./core/twins.ts";
import { differing, freshList, withMade } from "./read-back.ts";
import { ServiceError } from "./service.ts";
import type { Work } from "./working.ts";

/**
 * How long after one's own shows it is looked once more. The service stamps groups by the second: what is made later than a second after
 * one's own is younger by its stamp, and its maker, who sees both, takes it away. Lists lag besides; what comes late to both is mended by the
 * next run.
 */
const LOOK_AFTER_MS = 2_000;

const createdIn = (work: Work, wave: readonly Step[]): ReadonlyMap<ObjectId, Step> =>
  new Map(
    wave.flatMap((step) => {
      const outcome = work.outcomes.get(step.id);
      return step.write.type === "create" && outcome?.type === "done" && outcome.id !== undefined ? [[outcome.id, step] as const] : [];
    }),
  );

const deletionOf = ({ younger }: Twin, step: Step): Step => ({
  id: `${step.id}-twin`,
  kind: step.kind,
  key: step.key,
  name: step.name,
  write: { type: "delete", kind: step.kind, key: step.key, id: younger.id, before: younger.settings },
  undo: { type: "impossible", because: "another machine's stays" },
  after: [],
  phases: step.phases,
});

/** Takes its own away and goes on with the other machine's; where that does not come about, the next run does it. */
const giveWay = async (work: Work, twin: Twin, step: Step): Promise<void> => {
  const { input, gateway, clock, made, ids, outcomes, remarks, own } = work;
  const { kept, younger } = twin;
  const { kind, key, write } = step;
  await input.journal.append([{ type: "twin", at: clock.now(), step: step.id, id: younger.id, kept: kept.id }]);
  const deletion = deletionOf(twin, step);
  const told = await gateway.perform([deletion], made, async () => {});
  if (told.get(deletion.id)?.type !== "done") return;
  const outcome: StepOutcome = { type: "done", id: kept.id, settings: kept.settings };
  ids.set(refOf(kind, key), kept.id);
  own.add(kept.id);
  outcomes.set(step.id, outcome);
  const differs = write.type === "create" ? differing(kind, kept.settings, withMade(kind, write.settings, made)) : "";
  if (differs !== "") remarks.set(step.id, `another machine made it at the same moment, with another ${differs}; that one stays`);
  await input.journal.append([{ type: "outcome", at: clock.now(), step: step.id, outcome }]);
};

/** Once the wave was read back. Nothing stands on what it made yet. */
export const lookForTwins = async (work: Work, kind: Kind, wave: readonly Step[]): Promise<void> => {
  const { input, clock, signal, lists } = work;
  const created = createdIn(work, wave);
  if (input.twinsOf === undefined || created.size === 0 || signal.aborted) return;
  try {
    await clock.sleep(LOOK_AFTER_MS, signal);
    const list: Known<readonly ResourceOf<Kind>[]> = await freshList(work, kind);
    if (list.type !== "present") return;
    const twins = twinsIn(list.value, input.twinsOf, new Set(created.keys()));
    for (const twin of twins) {
      const step = created.get(twin.younger.id);
      if (step !== undefined) await giveWay(work, twin, step);
    }
    const gone = new Set(twins.map(({ younger }) => younger.id));
    lists.set(kind, { at: clock.now(), list: { type: "present", value: list.value.filter(({ id }) => !gone.has(id)) } });
  } catch (error) {
    // What was made stands in the journal, and the next run finds both.
    if (!signal.aborted && !(error instanceof ServiceError)) throw error;
  }
};
