/**
 * Which phases began early and which are on hold, and what somebody did on a bad morning, as the description of one empty,
 * marked group says it: it lives in the tenant, so that every machine sees it.
 */

import { sortedOnce } from "./canonical.ts";
import { markText } from "./mark.ts";
import type { LetIn, Observed, Progress } from "./observed.ts";
import { absent, type Instant, type Known, type ObjectId, type PhaseId, present, unknown } from "./tenant.ts";

export const PROGRESS_KEY = "progress";

export const PROGRESS_NAME = "MFA rollout: progress";

/** On hold are all phases of the plan, those too that it will get: whoever wrote it had no plan at hand. */
export const EVERY_PHASE = "*";

/** The service keeps no more of a group's description (facts, 7.6). */
export const LONGEST_PROGRESS = 1024;

export const isHeld = ({ held }: Progress, id: PhaseId): boolean => held.includes(id) || held.includes(EVERY_PHASE);

export const isLetIn = ({ until }: LetIn, at: Instant): boolean => until > at;

const momentText = (at: Instant): string => new Date(at).toISOString().replace(/\.000Z$/, "Z");

const byId = (a: LetIn, b: LetIn): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Of one account the later end counts. */
const onceEach = (letIn: readonly LetIn[]): readonly LetIn[] => {
  const ends = new Map<ObjectId, Instant>();
  for (const { id, until } of letIn) ends.set(id, Math.max(until, ends.get(id) ?? until));
  return [...ends].map(([id, until]) => ({ id, until })).sort(byId);
};

/**
 * `entra-rollout:county-2018/progress begun=early held=heads-web,offices-web`, and behind it, where it is so, `defaults=left`,
 * `halted=2018-12-13T08:05:00Z`, `out=alder.county.example` and `let=<object id>~2018-12-14T08:00:00Z`.
 */
export const progressText = (planId: string, { begun, held, defaults, halted, out = [], letIn = [] }: Progress): string =>
  [
    markText({ plan: planId, key: PROGRESS_KEY }),
    `begun=${sortedOnce(begun).join(",")}`,
    `held=${held.includes(EVERY_PHASE) ? EVERY_PHASE : sortedOnce(held).join(",")}`,
    ...(defaults === undefined ? [] : [`defaults=${defaults}`]),
    ...(halted === undefined ? [] : [`halted=${momentText(halted)}`]),
    ...(out.length === 0 ? [] : [`out=${sortedOnce(out).join(",")}`]),
    ...(letIn.length === 0
      ? []
      : [
          `let=${onceEach(letIn)
            .map(({ id, until }) => `${id}~${momentText(until)}`)
            .join(",")}`,
        ]),
  ].join(" ");

const WORDS = ["begun", "held", "defaults", "halted", "out", "let"] as const;
type Word = (typeof WORDS)[number];
const isWord = (text: string): text is Word => WORDS.some((word) => word === text);

/** @returns undefined when a word stands there twice, or is one of a version that knows more than this one. */
const wordsIn = (description: string): ReadonlyMap<Word, string> | undefined => {
  const found = new Map<Word, string>();
  for (const text of description.split(/\s+/)) {
    const at = text.indexOf("=");
    // What people write behind it is theirs.
    if (at < 0) continue;
    const word = text.slice(0, at);
    if (!isWord(word) || found.has(word)) return undefined;
    found.set(word, text.slice(at + 1));
  }
  return found;
};

const idsOf = (list: string): readonly string[] => sortedOnce(list.split(",").filter((id) => id !== ""));

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const momentIn = (text: string): Instant | undefined => {
  const at = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
};

const LET_IN = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})~(.+)$/;
const letInOf = (list: string): readonly LetIn[] | undefined => {
  const found = idsOf(list).map((text) => {
    const [, id, end] = LET_IN.exec(text) ?? [];
    const until = end === undefined ? undefined : momentIn(end);
    return id === undefined || until === undefined ? undefined : { id, until };
  });
  const known = found.flatMap((each) => each ?? []);
  return known.length < found.length ? undefined : onceEach(known);
};

/** @returns undefined when the text does not say all of it: somebody edited it, or a later version did, and then nobody knows which phases are on hold. */
export const readProgress = (description: string): Progress | undefined => {
  const words = wordsIn(description);
  const [begun, held, defaults] = [words?.get("begun"), words?.get("held"), words?.get("defaults")];
  if (words === undefined || begun === undefined || held === undefined || (defaults !== undefined && defaults !== "left")) return undefined;
  const halted = momentIn(words.get("halted") ?? "");
  const letIn = letInOf(words.get("let") ?? "");
  if (letIn === undefined || (words.has("halted") && halted === undefined)) return undefined;
  const out = idsOf(words.get("out") ?? "");
  return {
    begun: idsOf(begun),
    held: idsOf(held),
    ...(defaults !== undefined && { defaults }),
    ...(halted !== undefined && { halted }),
    ...(out.length > 0 && { out }),
    ...(letIn.length > 0 && { letIn }),
  };
};

/** Everything that any of them says. */
const together = (said: readonly Progress[]): Progress => {
  const halted = said.flatMap((each) => each.halted ?? []);
  const out = sortedOnce(said.flatMap((each) => each.out ?? []));
  const letIn = onceEach(said.flatMap((each) => each.letIn ?? []));
  return {
    begun: sortedOnce(said.flatMap(({ begun }) => begun)),
    held: sortedOnce(said.flatMap(({ held }) => held)),
    ...(said.some(({ defaults }) => defaults !== undefined) && { defaults: "left" }),
    ...(halted.length > 0 && { halted: Math.max(...halted) }),
    ...(out.length > 0 && { out }),
    ...(letIn.length > 0 && { letIn }),
  };
};

/** The groups that keep a plan's progress: there is one, or none, unless somebody meddled. */
export const progressGroupsOf = (groups: Observed["resources"]["cohort-group"], planId: string) =>
  groups.type === "present" ? groups.value.filter(({ managed, mark }) => !managed && mark?.plan === planId && mark.key === PROGRESS_KEY) : [];

export const progressIn = (groups: Observed["resources"]["cohort-group"], planId: string): Known<Progress> => {
  if (groups.type === "unknown") return groups;
  const found = progressGroupsOf(groups, planId);
  if (found.length === 0) return absent;
  const said = found.flatMap(({ settings }) => readProgress(settings.description) ?? []);
  if (said.length < found.length) {
    return unknown(
      `the description of the group ${found.map(({ settings, id }) => `"${settings.name}" (${id})`).join(" and ")} no longer says which phases began early and which are on hold`,
    );
  }
  return present(together(said));
};

/**
 * The plan's progress as the tenant holds it.
 *
 * @returns absent when there is no such group; of two, which is a stop anyway, everything that either says. Unknown when the
 * groups could not be read or the text is no longer to be understood.
 */
export const progressOf = ({ resources }: Observed, planId: string): Known<Progress> => progressIn(resources["cohort-group"], planId);
