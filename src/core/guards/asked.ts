/** Whom the changes would ask for MFA who are not asked yet, or less: those who have to be able to do it. */

import { switchedOn } from "../switching.ts";
import type { ObjectId, PhaseId } from "../tenant.ts";
import type { GuardInput, Held } from "./guard.ts";

export type NewlyAsked = {
  readonly phase?: PhaseId;
  /** The phase's, or what else people know it by. */
  readonly title: string;
  /** Enabled accounts, in the order in which the service listed them; as many as a tenant may have, so they are gone through and not kept. */
  readonly ids: () => Iterable<ObjectId>;
  /** What asks them. */
  readonly holds: readonly Held[];
};

/** By phase, each account once and each with somebody in it. Nobody where the accounts could not be read, which holds everything back by itself. */
export const newlyAsked = (input: GuardInput): readonly NewlyAsked[] => {
  const { plan, observed } = input;
  if (observed.roster.type !== "present") return [];
  const roster = observed.roster.value;
  const asking = switchedOn(input).filter(({ sort, staged }) => sort === "mfa" && !staged);
  const names = [...new Set(asking.map(({ phase, words }) => phase ?? words))];
  const by = names.map((name) => asking.filter(({ phase, words }) => (phase ?? words) === name));
  return by.flatMap((own, place): readonly NewlyAsked[] => {
    const earlier = by.slice(0, place).flat();
    const ids = function* (): Iterable<ObjectId> {
      for (const id of roster.everybody())
        if (roster.flags(id)?.enabled === true && own.some(({ reaches }) => reaches(id)) && !earlier.some(({ reaches }) => reaches(id))) yield id;
    };
    const [first] = own;
    if (first === undefined || ids()[Symbol.iterator]().next().done === true) return [];
    const { phase, words } = first;
    const title = plan.phases.find(({ id }) => id === phase)?.title ?? words;
    const holds = new Map(own.flatMap((each) => each.holds).map((held) => [`${held.kind}/${held.key}`, held]));
    return [{ ...(phase !== undefined && { phase }), title, ids, holds: [...holds.values()] }];
  });
};
