/**
 * Which phases began early and which are on hold, as the description of one empty, marked group says it: it lives in the
 * tenant, so that every machine sees it.
 */

import { sortedOnce } from "./canonical.ts";
import { markText } from "./mark.ts";
import type { Observed, Progress } from "./observed.ts";
import { absent, type Known, type PhaseId, present, unknown } from "./tenant.ts";

export const PROGRESS_KEY = "progress";

export const PROGRESS_NAME = "MFA rollout: progress";

const DEFAULTS_LEFT = "defaults=left";

/** `entra-rollout:county-2018/progress begun=early held=heads-web,offices-web`, and `defaults=left` behind it where it is so. */
export const progressText = (planId: string, { begun, held, defaults }: Progress): string =>
  `${markText({ plan: planId, key: PROGRESS_KEY })} begun=${sortedOnce(begun).join(",")} held=${sortedOnce(held).join(",")}${defaults === undefined ? "" : ` ${DEFAULTS_LEFT}`}`;

const idsOf = (list: string): readonly PhaseId[] => sortedOnce(list.split(",").filter((id) => id !== ""));

/** @returns undefined when the text does not say both: somebody edited it, and then nobody knows which phases are on hold. */
export const readProgress = (description: string): Progress | undefined => {
  const words = description.split(/\s+/);
  const [begun, moreBegun] = words.filter((word) => word.startsWith("begun="));
  const [held, moreHeld] = words.filter((word) => word.startsWith("held="));
  if (begun === undefined || held === undefined || moreBegun !== undefined || moreHeld !== undefined) return undefined;
  const left = words.includes(DEFAULTS_LEFT);
  return { begun: idsOf(begun.slice("begun=".length)), held: idsOf(held.slice("held=".length)), ...(left && { defaults: "left" }) };
};

/**
 * The plan's progress as the tenant holds it.
 *
 * @returns absent when there is no such group; of two, which is a stop anyway, everything that either says. Unknown when the
 * groups could not be read or the text is no longer to be understood.
 */
export const progressOf = (observed: Observed, planId: string): Known<Progress> => {
  const groups = observed.resources["cohort-group"];
  if (groups.type === "unknown") return groups;
  const found = groups.type === "absent" ? [] : groups.value.filter(({ managed, mark }) => !managed && mark?.plan === planId && mark.key === PROGRESS_KEY);
  if (found.length === 0) return absent;
  const said = found.flatMap(({ settings }) => readProgress(settings.description) ?? []);
  if (said.length < found.length) {
    return unknown(
      `the description of the group ${found.map(({ settings, id }) => `"${settings.name}" (${id})`).join(" and ")} no longer says which phases began early and which are on hold`,
    );
  }
  return present({
    begun: sortedOnce(said.flatMap(({ begun }) => begun)),
    held: sortedOnce(said.flatMap(({ held }) => held)),
    ...(said.some(({ defaults }) => defaults !== undefined) && { defaults: "left" }),
  });
};
