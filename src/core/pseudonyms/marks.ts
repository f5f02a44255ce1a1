/** What this tool made in a tenant: marks, keys and names as it would give them to the plan's pseudonyms. */

import { makingsOf } from "../desired.ts";
import { MARK_PREFIX, markOf, markText, nameWithMark, nameWithoutMark } from "../mark.ts";
import { isOutKey, outGroupName, outKey } from "../out.ts";
import type { Plan } from "../plan/plan.ts";
import { EVERY_PHASE, PROGRESS_KEY, progressText, readProgress } from "../progress.ts";
import type { Kind, Mark } from "../tenant.ts";
import { capital, type Keyed, spoken } from "./keyed.ts";
import type { Texts } from "./texts.ts";

/** The longest id of a plan or phase. */
const LONGEST_ID = 40;
/** The longest name of a cohort, a network or a plan. */
const LONGEST_NAME = 60;

export type Ids = {
  /** Of a plan or a phase. */
  readonly id: (id: string) => string;
  /** Of a cohort, a network or a plan. */
  readonly name: (name: string) => string;
};

/** Where the pseudonyms of all its words would be too long, a few that are made of the whole. */
export const idsBy = (keyed: Keyed, { text }: Texts): Ids => ({
  id: (id) => {
    const made = text(id);
    return made.length <= LONGEST_ID ? made : `id-${spoken(keyed("id", id), 5)}`;
  },
  name: (name) => {
    const made = text(name);
    if (made.length <= LONGEST_NAME) return made;
    const bytes = keyed("name", name);
    return `${capital(spoken(bytes, 4))} ${spoken(bytes, 4, 8)}`;
  },
});

/** A plan and its pseudonym, so that what the one made is called as the other would call it. */
export type Pair = { readonly original: Plan; readonly pseudonym: Plan };

type Called = { readonly key: string; readonly name: string; readonly pseudonymKey: string; readonly pseudonymName: string };

const byKey = (kind: Kind, key: string): string => `${kind} ${key}`;

/** Both plans make the same things, of which each says what it is for. */
const calledIn = ({ original, pseudonym }: Pair, { id, name }: Ids): ReadonlyMap<string, Called> => {
  const found = new Map<string, Called>();
  const others = new Map(makingsOf(pseudonym, { id: (own) => own, name: (own) => own }).map((made) => [made.purpose, made]));
  for (const { kind, key, name: called, purpose } of makingsOf(original, { id, name })) {
    const other = others.get(purpose);
    if (other !== undefined) found.set(byKey(kind, key), { key, name: called, pseudonymKey: other.key, pseudonymName: other.name });
  }
  return found;
};

export type Named = { readonly name: string; readonly description: string | null | undefined };

export type Marks = {
  /** A marked resource's name and description; of one that is not ours undefined. */
  readonly ours: (kind: Kind, named: Named) => Named | undefined;
};

export type MarkParts = {
  readonly texts: Texts;
  readonly ids: Ids;
  readonly domain: (domain: string) => string;
  readonly guid: (id: string) => string;
  readonly pair: Pair | undefined;
};

export const marksBy = ({ texts, ids, domain, guid, pair }: MarkParts): Marks => {
  const called = pair === undefined ? new Map<string, Called>() : calledIn(pair, ids);

  const domainOf = (key: string): string => key.slice(key.indexOf("-") + 1).replaceAll("_", ".");
  const markFor = (kind: Kind, mark: Mark): Mark => {
    const plan = ids.id(mark.plan);
    if (isOutKey(mark.key)) return { plan, key: outKey(domain(domainOf(mark.key))) };
    const known = mark.plan === pair?.original.id ? called.get(byKey(kind, mark.key)) : undefined;
    return { plan, key: known?.pseudonymKey ?? texts.text(mark.key) };
  };

  const nameFor = (kind: Kind, mark: Mark, name: string): string => {
    const bare = nameWithoutMark(name);
    const known = mark.plan === pair?.original.id ? called.get(byKey(kind, mark.key)) : undefined;
    const made =
      isOutKey(mark.key) && bare === outGroupName(domainOf(mark.key))
        ? outGroupName(domain(domainOf(mark.key)))
        : known !== undefined && name === known.name
          ? nameWithoutMark(known.pseudonymName)
          : texts.text(bare);
    return bare === name ? made : nameWithMark(made, markFor(kind, mark));
  };

  const descriptionFor = (kind: Kind, mark: Mark, description: string): string => {
    const own = markText(mark);
    if (!description.startsWith(MARK_PREFIX)) return texts.text(description);
    const progress = mark.key === PROGRESS_KEY ? readProgress(description) : undefined;
    if (progress === undefined) return `${markText(markFor(kind, mark))}${texts.text(description.slice(own.length))}`;
    return progressText(ids.id(mark.plan), {
      ...progress,
      begun: progress.begun.map(ids.id),
      held: progress.held.map((each) => (each === EVERY_PHASE ? each : ids.id(each))),
      ...(progress.out !== undefined && { out: progress.out.map(domain) }),
      ...(progress.letIn !== undefined && { letIn: progress.letIn.map((each) => ({ ...each, id: guid(each.id) })) }),
    });
  };

  return {
    ours: (kind, { name, description }) => {
      const mark = markOf(description ?? undefined, name);
      if (mark === undefined) return undefined;
      return { name: nameFor(kind, mark, name), description: typeof description === "string" ? descriptionFor(kind, mark, description) : description };
    },
  };
};
