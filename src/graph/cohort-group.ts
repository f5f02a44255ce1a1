/** Cohort groups on the wire: security groups with assigned members. Facts, section 7.6. */

import type { Group } from "@microsoft/microsoft-graph-types";
import type { Step, StepOutcome } from "../core/changes.ts";
import { IdIndex } from "../core/ids.ts";
import { MARK_PREFIX, markOf } from "../core/mark.ts";
import type { CohortGroupSettings, ObjectId, ResourceOf } from "../core/tenant.ts";
import type { ServiceError } from "../service.ts";
import { BATCH_SIZE, type BatchAnswer, type BatchItem, sendBatches } from "./batch.ts";
import type { Ask, GraphClient } from "./client.ts";
import { outcomeOf } from "./errors.ts";
import {
  createdFrom,
  deleted,
  INTERRUPTED,
  isGroupSettings,
  type KindAdapter,
  mismatch,
  missing,
  onceReplicated,
  type Performing,
  performEach,
  REPLICATION_MS,
  resolved,
} from "./kind.ts";
import { listOf, oneOf, pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { idIn, instantIn, objectIn, optionalFlag, optionalText, textIn, textsIn, type WireObject } from "./wire.ts";

const GROUPS = "/groups";
const SELECT = "id,createdDateTime,displayName,description,onPremisesSyncEnabled,groupTypes,membershipRule,membershipRuleProcessingState";
const DYNAMIC = "DynamicMembership";
const PAGE = "999";

/** Required, without spaces, at most 64 characters; not unique, and nobody is shown it. */
const nicknameOf = (settings: CohortGroupSettings): string => {
  const mark = markOf(settings.description, undefined);
  const text = mark === undefined ? settings.name : `${mark.plan}-${mark.key}`;
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `mfa-rollout-${plain}`.slice(0, 64).replace(/-+$/, "");
};

const STATES = { on: "On", paused: "Paused" } as const;

const membershipTo = ({ dynamic }: CohortGroupSettings): Pick<Group, "groupTypes" | "membershipRule" | "membershipRuleProcessingState"> =>
  dynamic === undefined
    ? { groupTypes: [] }
    : { groupTypes: [DYNAMIC], membershipRule: dynamic.rule, membershipRuleProcessingState: STATES[dynamic.processing] };

/** The whole body of a POST. */
export const toWire = (settings: CohortGroupSettings) =>
  ({
    displayName: settings.name,
    description: settings.description,
    mailEnabled: false,
    mailNickname: nicknameOf(settings),
    securityEnabled: true,
    ...membershipTo(settings),
  }) satisfies Group;

/** @throws Unreadable */
export const fromWire = (value: unknown): ResourceOf<"cohort-group"> => {
  const wire: WireObject = objectIn(value, "a group");
  const id = idIn(wire.id, "a group's id");
  const name = textIn(wire.displayName, `group ${id}.displayName`);
  const description = optionalText(wire.description, `group ${id}.description`) ?? "";
  // The members of a synced group are kept on premises; whatever its text says, it is not ours.
  const managed = optionalFlag(wire.onPremisesSyncEnabled, `group ${id}.onPremisesSyncEnabled`) === true;
  const mark = managed ? undefined : markOf(description, undefined);
  const dynamic = membershipIn(wire, `group ${id}`);
  const settings = { name, description, ...(dynamic !== undefined && { dynamic }) };
  const created = instantIn(wire.createdDateTime);
  return { kind: "cohort-group", id, ...(mark === undefined ? {} : { mark }), settings, managed, ...(created === undefined ? {} : { created }) };
};

/** A state that is new to us is not the one in which the service follows the rule. */
const membershipIn = (wire: WireObject, where: string): CohortGroupSettings["dynamic"] => {
  if (!textsIn(wire.groupTypes, `${where}.groupTypes`).includes(DYNAMIC)) return undefined;
  const rule = optionalText(wire.membershipRule, `${where}.membershipRule`) ?? "";
  return { rule, processing: optionalText(wire.membershipRuleProcessingState, `${where}.membershipRuleProcessingState`) === STATES.on ? "on" : "paused" };
};

/** A group that no longer follows a rule keeps whoever is in it; its rule goes with that. */
const patchOf = (before: CohortGroupSettings, after: CohortGroupSettings): Partial<Group> => ({
  ...(before.name === after.name ? {} : { displayName: after.name }),
  ...(before.description === after.description ? {} : { description: after.description }),
  ...(before.dynamic?.rule === after.dynamic?.rule && before.dynamic?.processing === after.dynamic?.processing ? {} : membershipTo(after)),
  ...(before.dynamic !== undefined && after.dynamic === undefined ? { membershipRule: null, membershipRuleProcessingState: null } : {}),
});

/** Plain filter, without `ConsistencyLevel`: the index behind advanced queries lags more than the directory (facts, 5). */
const list = async (client: GraphClient): Promise<readonly ResourceOf<"cohort-group">[]> => {
  const rows = await listOf(
    client,
    { method: "GET", path: GROUPS, query: { $filter: `startsWith(description,'${MARK_PREFIX}')`, $select: SELECT, $top: PAGE } },
    fromWire,
  );
  return rows.filter((row) => row.mark !== undefined);
};

/**
 * Ids of everything that is in a group, people or not.
 * @throws ServiceError
 */
export const membersOf = (client: GraphClient, group: ObjectId, depth: "members" | "transitiveMembers" = "members"): Promise<IdIndex> => {
  const ask: Ask = { method: "GET", path: `${GROUPS}/${group}/${depth}`, query: { $select: "id", $top: PAGE } };
  return withFreshStart(async () => {
    const members = new IdIndex();
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const row of page) members.add(idIn(objectIn(row, "a member").id, "a member's id"));
      });
    }
    return members;
  });
};

// ---- performing

const performOne = async (context: Performing, step: Step): Promise<StepOutcome> => {
  const { client, beforeSend, fresh } = context;
  const { write } = step;
  switch (write.type) {
    case "create":
      if (!isGroupSettings(write.settings)) return mismatch(step);
      return createdFrom(client, { method: "POST", path: GROUPS, body: toWire(write.settings), beforeSend: () => beforeSend(step.id) }, fromWire);
    case "update": {
      const { before, after, id } = write;
      if (!isGroupSettings(before) || !isGroupSettings(after)) return mismatch(step);
      const body = patchOf(before, after);
      if (Object.keys(body).length === 0) return { type: "done", id };
      const send = async (): Promise<StepOutcome> => {
        await client.send({ method: "PATCH", path: `${GROUPS}/${id}`, body });
        return { type: "done", id };
      };
      return onceReplicated(client, (error) => error.status === 404 && fresh.has(id), send);
    }
    case "delete":
      return deleted(client, `${GROUPS}/${write.id}`);
    default:
      // Soft delete of security groups is a preview that nobody may rely on (facts, 0.10): there is nothing to restore from.
      return mismatch(step);
  }
};

type Adding = { readonly step: Step; readonly group: ObjectId; readonly ids: readonly ObjectId[]; readonly isFresh: boolean };

const objectAddress = (client: GraphClient, id: ObjectId): string => `${client.origin}/v1.0/directoryObjects/${id}`;

const isAlreadyThere = (error: ServiceError): boolean => error.status === 400 && /already exist/i.test(error.message);

const outcomeFrom = (answer: BatchAnswer): StepOutcome =>
  answer.type === "done" ? { type: "done" } : answer.type === "unsent" ? INTERRUPTED : outcomeOf(answer.error);

/** Many at once is all or nothing: one who is a member already fails the lot. */
const addTogether = ({ group, ids }: Adding, client: GraphClient): BatchItem => ({
  method: "PATCH",
  path: `${GROUPS}/${group}`,
  body: { "members@odata.bind": ids.map((id) => objectAddress(client, id)) },
});

const performAdds = async (context: Performing, adds: readonly Adding[]): Promise<void> => {
  const { client } = context;
  const until = client.clock.now() + REPLICATION_MS;
  const singly: Adding[] = [];
  let waiting = adds;
  for (let pause = 1_000; waiting.length > 0; pause = Math.min(pause * 2, 15_000)) {
    const answers = await sendBatches(
      client,
      waiting.map((adding) => addTogether(adding, client)),
    );
    const early: Adding[] = [];
    waiting.forEach((adding, place) => {
      const answer = answers[place] ?? { type: "unsent" };
      if (answer.type === "failed" && isAlreadyThere(answer.error)) singly.push(adding);
      // The group was made a moment ago and is not known everywhere yet. Facts, section 5.
      else if (answer.type === "failed" && answer.error.status === 404 && adding.isFresh && client.clock.now() + pause <= until) early.push(adding);
      // Otherwise one of the accounts is gone; the others get in without it.
      else if (answer.type === "failed" && answer.error.status === 404 && adding.ids.length > 1) singly.push(adding);
      else context.settle(adding.step, outcomeFrom(answer));
    });
    waiting = early;
    if (waiting.length === 0) break;
    try {
      await client.clock.sleep(pause, client.signal);
    } catch (error) {
      if (!client.signal.aborted) throw error;
      for (const { step } of waiting) context.settle(step, INTERRUPTED);
      break;
    }
  }
  await performSingly(context, singly);
};

/** Each account by itself; one that is a member already is where it should be. */
const performSingly = async (context: Performing, adds: readonly Adding[]): Promise<void> => {
  const { client } = context;
  const each = adds.flatMap((adding) => adding.ids.map((id) => ({ adding, id })));
  const answers = await sendBatches(
    client,
    each.map(({ adding, id }) => ({ method: "POST", path: `${GROUPS}/${adding.group}/members/$ref`, body: { "@odata.id": objectAddress(client, id) } })),
  );
  for (const adding of adds) {
    const own = each.flatMap(({ adding: of, id }, place) => (of === adding ? [{ id, answer: answers[place] ?? ({ type: "unsent" } as const) }] : []));
    context.settle(adding.step, together(own));
  }
};

const isIn = (answer: BatchAnswer): boolean => answer.type === "done" || (answer.type === "failed" && isAlreadyThere(answer.error));

/** A step that was done in part is neither done nor refused: reading back tells what arrived. */
const together = (own: readonly { readonly id: ObjectId; readonly answer: BatchAnswer }[]): StepOutcome => {
  const out = own.filter(({ answer }) => !isIn(answer));
  const [first] = out;
  if (first === undefined) return { type: "done" };
  const outcome = outcomeFrom(first.answer);
  if (out.length === own.length && out.every(({ answer }) => outcomeFrom(answer).type === outcome.type)) return outcome;
  const why = outcome.type === "refused" ? outcome.error.message : "because" in outcome ? outcome.because : outcome.type;
  return { type: "unknown", because: `${own.length - out.length} of ${own.length} accounts were added; account ${first.id} was not: ${why}` };
};

/** Without `/$ref` the same call would delete the account itself. */
const removal = (group: ObjectId, id: ObjectId): BatchItem => ({ method: "DELETE", path: `${GROUPS}/${group}/members/${id}/$ref` });

/** One request's worth at a time, so that outcomes are known as they come. */
const inBatches = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH_SIZE) }, (_, at) => items.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE));

const perform = async (context: Performing, steps: readonly Step[]): Promise<void> => {
  const { client, made, fresh } = context;
  const adds: Adding[] = [];
  const removals: { readonly step: Step; readonly item: BatchItem }[] = [];
  const others: Step[] = [];
  for (const step of steps) {
    const { write } = step;
    if (write.type !== "add-members" && write.type !== "remove-member") {
      others.push(step);
      continue;
    }
    const group = resolved(write.group, made);
    if (group === undefined) context.settle(step, missing([write.group]));
    else if (write.type === "remove-member") removals.push({ step, item: removal(group, write.ids[0]) });
    else if (write.ids.length === 0) context.settle(step, { type: "done" });
    else if (write.ids.length > BATCH_SIZE)
      context.settle(step, {
        type: "refused",
        error: { status: 0, code: "WrongStep", message: `${step.name}: ${write.ids.length} members in one step, more than the service takes at once` },
      });
    else adds.push({ step, group, ids: write.ids, isFresh: fresh.has(group) || group !== write.group });
  }
  await performEach(context, others, (step) => performOne(context, step));
  for (const some of inBatches(adds)) await performAdds(context, some);
  for (const some of inBatches(removals)) {
    const answers = await sendBatches(
      client,
      some.map(({ item }) => item),
    );
    some.forEach(({ step }, place) => {
      const answer = answers[place] ?? { type: "unsent" };
      // Not a member, or no such group: there is nothing left to take away.
      context.settle(step, answer.type === "failed" && answer.error.status === 404 ? { type: "done" } : outcomeFrom(answer));
    });
  }
};

export const cohortGroups: KindAdapter<"cohort-group"> = {
  list,
  get: async (client, id) => {
    const group = await oneOf(client, { method: "GET", path: `${GROUPS}/${id}`, query: { $select: SELECT } }, fromWire);
    return group?.mark === undefined ? undefined : group;
  },
  perform,
};
