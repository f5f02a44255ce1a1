/**
 * References to what is not there. A policy keeps the id of a group that somebody deleted, and then matches nobody by it:
 * nothing looks wrong, and nobody is asked, or somebody is who was to be left out.
 */

import type { Change, Finding } from "../changes.ts";
import { idsIn } from "../kinds/index.ts";
import { nameWithoutMark } from "../mark.ts";
import { groupsShown } from "../named-groups.ts";
import type { Observed } from "../observed.ts";
import { isRef, type Known, type ObjectId, type PolicySettings, type ResourceOf } from "../tenant.ts";
import { type Guard, type GuardInput, isOurs, listed } from "./guard.ts";

const GUARD = "dangling";

/** It stands for the trusted addresses of per-user MFA, which are in no list. Facts, section 7.2. */
const MFA_TRUSTED = "00000000-0000-0000-0000-000000000000";
const WORDS: readonly string[] = ["all", "all-trusted", MFA_TRUSTED];
/** The service's own strengths are there in every tenant. Facts, section 7.4. */
const BUILT_IN = /^00000000-0000-0000-0000-00000000000[234]$/;

type There = "yes" | "no" | "unknown";
type Thing = { readonly sort: "group" | "user" | "location" | "strength"; readonly side: "include" | "exclude"; readonly id: ObjectId };

/** Without the accounts that are left out: accounts come and go, and one that is gone leaves nobody out. */
const thingsOf = ({ include, exclude, locations, grant }: PolicySettings): readonly Thing[] => {
  const of = (sort: Thing["sort"], side: Thing["side"], ids: readonly ObjectId[]): readonly Thing[] =>
    ids.filter((id) => !WORDS.includes(id) && !isRef(id)).map((id) => ({ sort, side, id }));
  const strength = grant?.strength ?? null;
  return [
    ...of("group", "include", include.groups),
    ...of("group", "exclude", exclude.groups),
    ...of("user", "include", include.users),
    ...of("location", "include", locations?.include ?? []),
    ...of("location", "exclude", locations?.exclude ?? []),
    ...(strength === null || BUILT_IN.test(strength) ? [] : of("strength", "include", [strength])),
  ];
};

const inList = <T>(list: Known<T> | undefined, has: (value: T) => boolean): There => (list?.type !== "present" ? "unknown" : has(list.value) ? "yes" : "no");

/** Whether it is in the tenant, as far as the reads tell. */
const thereIn = (observed: Observed, after: Observed): ((thing: Thing) => There) => {
  const shown = groupsShown(after);
  return ({ sort, id }) => {
    switch (sort) {
      case "group": {
        if (shown.has(id)) return "yes";
        const looked = observed.namedGroups?.get(id);
        return looked === undefined || looked.type === "unknown" ? "unknown" : looked.type === "present" ? "yes" : "no";
      }
      case "user":
        return inList(observed.roster, (roster) => roster.has(id));
      case "location":
        return inList(after.resources["named-location"], (locations) => locations.some((location) => location.id === id));
      case "strength":
        return inList(observed.access?.type === "present" ? observed.access.value.strengths : undefined, (strengths) => strengths.has(id));
    }
  };
};

const SORTS = { group: "the group", user: "the account", location: "the named location", strength: "the authentication strength" } as const;
const SIDES = { include: "", exclude: " among those that it leaves out" } as const;
const said = (things: readonly Thing[]): string => listed(things.map(({ sort, side, id }) => `${SORTS[sort]} ${id}${SIDES[side]}`));
const nameOf = ({ id, settings }: ResourceOf<"conditional-access">): string => `the policy "${nameWithoutMark(settings.name)}" (${id})`;

/** References that neither the tenant nor the changes answer to. Emergency accounts that are not there have a guard of their own. */
const unanswered = ({ diff, after }: GuardInput, change: Change): readonly Finding[] => {
  if (change.after === undefined) return [];
  const made = (ref: string): boolean =>
    diff.changes.some(({ kind, key, action }) => action !== "delete" && ref === `@${kind}/${key}`) ||
    (["cohort-group", "named-location"] as const).some((kind) => {
      const list = after.resources[kind];
      return list.type === "present" && list.value.some(({ mark }) => mark?.plan === diff.planId && ref === `@${kind}/${mark.key}`);
    });
  const lost = idsIn(change.kind, change.after).filter((id) => isRef(id) && !id.startsWith("@account/") && !made(id));
  if (lost.length === 0) return [];
  const [phase] = change.phases;
  return [
    {
      guard: GUARD,
      verdict: "stop",
      ...(phase !== undefined && { phase }),
      detail: `"${nameWithoutMark(change.name)}" would name ${listed(lost.map((ref) => ref.slice(1)))}, which is not there and is not made`,
      hint: "run it again; if it stays so, look whether another check holds back what it names",
      allowable: false,
      holds: [{ kind: change.kind, key: change.key }],
    },
  ];
};

/** What one of ours names that is gone: put right by the changes, or not. */
const ofOurs = (input: GuardInput, policy: ResourceOf<"conditional-access">, there: (thing: Thing) => There): readonly Finding[] => {
  const { observed, desired } = input;
  const key = policy.mark?.key ?? "";
  const wanted = desired.resources.find((each) => each.kind === "conditional-access" && each.key === key);
  const [phase] = wanted?.phases ?? [];
  const common = { guard: GUARD, ...(phase !== undefined && { phase }), allowable: false } as const;
  const holds = [{ kind: "conditional-access", key }] as const;
  const things = thingsOf(policy.settings);
  const gone = things.filter((thing) => there(thing) === "no");
  const open = things.filter((thing) => there(thing) === "unknown");
  const before = observed.resources["conditional-access"];
  const old = before.type === "present" ? before.value.find(({ id }) => id === policy.id) : undefined;
  const mended = old === undefined ? [] : thingsOf(old.settings).filter((thing) => there(thing) === "no" && !gone.some(({ id }) => id === thing.id));
  const isLive = policy.settings.state !== "off" && wanted !== undefined;
  return [
    ...(mended.length === 0
      ? []
      : [{ ...common, verdict: "go", detail: `${nameOf(policy)} names ${said(mended)}, which is gone and matches nobody; the changes put it right` } as const]),
    ...(gone.length === 0
      ? []
      : isLive
        ? [
            {
              ...common,
              verdict: "stop",
              detail: `${nameOf(policy)} would name ${said(gone)}, which is gone: it would match nobody by it`,
              hint: "look who deleted it: a deleted group can be restored for 30 days, with its id",
              holds,
            } as const,
          ]
        : [
            {
              ...common,
              verdict: "go",
              detail: `${nameOf(policy)} names ${said(gone)}, which is gone and matches nobody`,
              hint: "no phase that is on asks for this policy; --prune removes what the plan names no longer",
            } as const,
          ]),
    ...(open.length === 0 || !isLive
      ? []
      : [
          {
            ...common,
            verdict: "unclear",
            detail: `whether ${said(open)}, named by ${nameOf(policy)}, ${open.length === 1 ? "is" : "are"} there could not be read`,
            hint: "run it again; if it stays so, check that this tool may read it",
            holds,
          } as const,
        ]),
  ];
};

/** What other people's policies leave out and is gone, told once: whoever was left out by it is asked or blocked now. */
const ofOthers = (policies: readonly ResourceOf<"conditional-access">[], there: (thing: Thing) => There): readonly Finding[] => {
  const holed = policies.flatMap((policy) => {
    if (policy.settings.state === "off") return [];
    const gone = thingsOf(policy.settings).filter((thing) => thing.side === "exclude" && there(thing) === "no");
    return gone.length === 0 ? [] : [{ policy, gone }];
  });
  const [first, ...more] = holed;
  if (first === undefined) return [];
  const detail =
    more.length === 0
      ? `${nameOf(first.policy)}, which is not this plan's, names ${said(first.gone)}, which is gone: whoever was left out by it no longer is`
      : `${holed.length} policies that are not this plan's leave out groups or networks that are gone, so whoever was left out by these no longer is: ${listed(
          holed.map(({ policy }) => `"${nameWithoutMark(policy.settings.name)}"`),
          3,
        )}`;
  return [{ guard: GUARD, verdict: "go", detail, hint: "tell whoever keeps them", allowable: false }];
};

const check = (input: GuardInput): readonly Finding[] => {
  const { plan, observed, after, diff } = input;
  const list = after.resources["conditional-access"];
  const there = thereIn(observed, after);
  const policies = list.type === "present" ? list.value : [];
  return [
    ...diff.changes.flatMap((change) => unanswered(input, change)),
    ...policies.flatMap((policy) => (isOurs(plan, policy) ? ofOurs(input, policy, there) : [])),
    ...ofOthers(
      policies.filter((policy) => !isOurs(plan, policy)),
      there,
    ),
  ];
};

export const dangling: Guard = {
  name: GUARD,
  about: "policies name groups, accounts, networks and strengths that are there",
  allowable: false,
  check,
};
