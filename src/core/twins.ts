/**
 * Two machines that look at the same moment may both make what is missing. Of such twins the elder stays, by the service's own stamps and,
 * where these are one, by id: every machine that sees both comes to the same. Each takes away what it made itself, and nothing else.
 */

import { byText } from "./canonical.ts";
import type { Step } from "./changes.ts";
import { GIVEN_UP_AFTER_MS, type Run } from "./journal.ts";
import { idsIn, nameOf } from "./kinds/index.ts";
import type { Observed } from "./observed.ts";
import { KINDS, type Kind, type Known, type ObjectId, type ResourceOf } from "./tenant.ts";

export type Twin = { readonly kept: ResourceOf<Kind>; readonly younger: ResourceOf<Kind> };

const byAge = (a: ResourceOf<Kind>, b: ResourceOf<Kind>): number => (a.created ?? 0) - (b.created ?? 0) || byText(a.id, b.id);

/** Somebody copied it, or made it by hand, where so long lies between. */
const areTwins = (elder: ResourceOf<Kind>, younger: ResourceOf<Kind>): boolean =>
  elder.created !== undefined && younger.created !== undefined && younger.created - elder.created < GIVEN_UP_AFTER_MS;

/** What asks people, and asks them otherwise than its twin, is not taken away unlooked at. */
const areAlike = ({ settings: a }: ResourceOf<Kind>, { settings: b }: ResourceOf<Kind>): boolean => !("state" in a) || !("state" in b) || a.state === b.state;

/**
 * @param list of one kind
 * @param own what this machine made
 * @returns those of its own that an elder with the same mark makes one too many
 */
export const twinsIn = (list: readonly ResourceOf<Kind>[], planId: string, own: ReadonlySet<ObjectId>): readonly Twin[] => {
  const families = new Map<string, ResourceOf<Kind>[]>();
  for (const resource of list) {
    const { managed, mark } = resource;
    if (managed || mark?.plan !== planId) continue;
    families.set(mark.key, [...(families.get(mark.key) ?? []), resource]);
  }
  return [...families.values()].flatMap((family) => {
    const [kept, ...others] = family.sort(byAge);
    if (kept === undefined) return [];
    return others.filter((younger) => own.has(younger.id) && areTwins(kept, younger) && areAlike(kept, younger)).map((younger) => ({ kept, younger }));
  });
};

/** What this machine's runs made, without what they left to a twin. */
export const madeBy = (runs: readonly Run[]): ReadonlySet<ObjectId> =>
  new Set(
    runs.flatMap(({ steps, twins = [] }) => [
      ...steps.flatMap(({ step, outcome }) => {
        if (step.write.type !== "create" || outcome?.type !== "done" || outcome.id === undefined) return [];
        return twins.some(({ step: id, kept }) => id === step.id && kept === outcome.id) ? [] : [outcome.id];
      }),
      ...twins.map(({ id }) => id),
    ]),
  );

const without = <K extends Kind>(list: Known<readonly ResourceOf<K>[]>, ids: ReadonlySet<ObjectId>): Known<readonly ResourceOf<K>[]> =>
  list.type === "present" ? { type: "present", value: list.value.filter(({ id }) => !ids.has(id)) } : list;

/** The tenant without the twins that are this machine's to take away, as it is to be judged. */
export const withoutTwins = (
  observed: Observed,
  planId: string,
  own: ReadonlySet<ObjectId>,
): { readonly observed: Observed; readonly twins: readonly Twin[] } => {
  const twins = KINDS.flatMap((kind) => {
    const list: Known<readonly ResourceOf<Kind>[]> = observed.resources[kind];
    return list.type === "present" ? twinsIn(list.value, planId, own) : [];
  });
  if (twins.length === 0) return { observed, twins };
  const gone = new Set(twins.map(({ younger }) => younger.id));
  const { resources } = observed;
  return {
    twins,
    observed: {
      ...observed,
      members: new Map([...observed.members].filter(([id]) => !gone.has(id))),
      resources: {
        ...resources,
        "cohort-group": without(resources["cohort-group"], gone),
        "named-location": without(resources["named-location"], gone),
        "conditional-access": without(resources["conditional-access"], gone),
      },
    },
  };
};

/** Takes twins away once all else was done. One that a policy would still name stays: a policy for a group that is gone is for nobody. */
export const twinSteps = (twins: readonly Twin[], after: Observed, steps: readonly Step[]): readonly Step[] => {
  const policies = after.resources["conditional-access"];
  const named = new Set(policies.type === "present" ? policies.value.flatMap(({ settings }) => idsIn("conditional-access", settings)) : []);
  return twins
    .filter(({ younger }) => policies.type === "present" && !named.has(younger.id))
    .map(({ younger }, at) => ({
      id: `twin-${at + 1}`,
      kind: younger.kind,
      // By its own key the journals would take the one that stays for deleted.
      key: `twin-${younger.id}`,
      name: nameOf(younger.kind, younger.settings),
      write: { type: "delete", kind: younger.kind, key: `twin-${younger.id}`, id: younger.id, before: younger.settings },
      undo: { type: "impossible", because: "two machines had made it, and the other one stays" },
      after: steps.map(({ id }) => id),
      phases: [],
    }));
};
