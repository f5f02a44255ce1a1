/** A service that does at once what it is told: steps, and what their undo says. */

import type { MailboxChange, Step, Write } from "../../src/core/changes.ts";
import { IdIndex } from "../../src/core/ids.ts";
import { laidOver, mapIds, settingsOf } from "../../src/core/kinds/index.ts";
import { markOf } from "../../src/core/mark.ts";
import type { Observed } from "../../src/core/observed.ts";
import { type Kind, type Known, type ObjectId, present, type ResourceOf, type Settings } from "../../src/core/tenant.ts";

export type Model = {
  readonly observed: Observed;
  readonly made: ReadonlyMap<string, ObjectId>;
  /** The ids that what is created will have, by reference. */
  readonly ids: ReadonlyMap<string, ObjectId>;
};

const listIn = <K extends Kind>(observed: Observed, kind: K): readonly ResourceOf<K>[] => {
  const list: Known<readonly ResourceOf<K>[]> = observed.resources[kind];
  return list.type === "present" ? list.value : [];
};

const withList = <K extends Kind>(observed: Observed, kind: K, resources: readonly ResourceOf<K>[]): Observed => ({
  ...observed,
  resources: { ...observed.resources, [kind]: present(resources.toSorted((a, b) => (a.id < b.id ? -1 : 1))) },
});

const put = <K extends Kind>(observed: Observed, kind: K, id: ObjectId, settings: Settings): Observed => {
  const old = listIn(observed, kind).find((each) => each.id === id);
  const mark = ("name" in settings ? markOf("description" in settings ? settings.description : undefined, settings.name) : undefined) ?? old?.mark;
  const base = { id, managed: false, ...(mark !== undefined && { mark }) };
  // Of tenant-wide settings, and of plans for new mailboxes, a write names only some.
  const made: ResourceOf<K> = { ...base, kind, settings: laidOver(kind, old?.settings, settingsOf(kind, settings)) };
  return withList(observed, kind, [...listIn(observed, kind).filter((each) => each.id !== id), made]);
};

const drop = (observed: Observed, kind: Kind, id: ObjectId): Observed => {
  const members = new Map(observed.members);
  members.delete(id);
  return {
    ...withList(
      observed,
      kind,
      listIn(observed, kind).filter((each) => each.id !== id),
    ),
    members,
  };
};

const withMembers = (observed: Observed, group: ObjectId, added: readonly ObjectId[], removed: readonly ObjectId[]): Observed => {
  const old = observed.members.get(group);
  const now = new Set(old?.type === "present" ? old.value : []);
  for (const each of added) now.add(each);
  for (const each of removed) now.delete(each);
  return { ...observed, members: new Map([...observed.members, [group, present(IdIndex.of(now))]]) };
};

const withMailboxes = (observed: Observed, changes: readonly MailboxChange[], to: "before" | "after"): Observed => {
  if (observed.mailboxes?.type !== "present") throw new Error("nobody here has a mailbox");
  return { ...observed, mailboxes: present(observed.mailboxes.value.with(changes.map((each) => [each.id, each[to]] as const))) };
};

/** @throws Error for a reference that nothing made answers to, but for an account's. */
const resolved = ({ made }: Model, text: string): string => {
  const found = made.get(text);
  if (found === undefined && text.startsWith("@") && !text.startsWith("@account/")) throw new Error(`nothing made answers to ${text}`);
  return found ?? text;
};

const performWrite = (model: Model, write: Write): Omit<Model, "ids"> => {
  const { observed, made, ids } = model;
  const name = (text: string): string => resolved(model, text);
  switch (write.type) {
    case "create": {
      const ref = `@${write.kind}/${write.key}`;
      const id = ids.get(ref);
      if (id === undefined) throw new Error(`${ref} was not to be made`);
      const there = put(observed, write.kind, id, mapIds(write.kind, settingsOf(write.kind, write.settings), name));
      return { observed: write.kind === "cohort-group" ? withMembers(there, id, [], []) : there, made: new Map([...made, [ref, id]]) };
    }
    case "update":
      return { observed: put(observed, write.kind, write.id, mapIds(write.kind, settingsOf(write.kind, write.after), name)), made };
    case "restore":
      return { observed: put(observed, write.kind, write.id, write.settings), made };
    case "delete":
      return { observed: drop(observed, write.kind, write.id), made };
    case "add-members":
      return { observed: withMembers(observed, name(write.group), write.ids, []), made };
    case "remove-member":
      return { observed: withMembers(observed, name(write.group), [], write.ids), made };
    case "set-mailboxes":
      return { observed: withMailboxes(observed, write.mailboxes, "after"), made };
    case "set-states":
    case "set-accounts":
      throw new Error("nobody here has a state, or is on a list");
  }
};

export const performStep = (model: Model, step: Step): Model => ({ ...model, ...performWrite(model, step.write) });

const undone = (model: Model, { write, undo, kind, key }: Step): Observed => {
  const { observed } = model;
  const group = "group" in write ? resolved(model, write.group) : "";
  switch (undo.type) {
    case "delete":
      return drop(observed, kind, resolved(model, `@${kind}/${key}`));
    case "restore":
      return "id" in write ? put(observed, kind, write.id, undo.before) : observed;
    case "members":
      return withMembers(observed, group, undo.removed, undo.added);
    case "mailboxes":
      return withMailboxes(observed, undo.mailboxes, "before");
    case "states":
    case "accounts":
      throw new Error("nobody here has a state, or is on a list");
    case "restore-deleted":
      return put(observed, kind, undo.id, undo.before);
    case "recreate":
      return "id" in write ? withMembers(put(observed, kind, write.id, undo.before), write.id, undo.members, []) : observed;
    case "impossible":
      throw new Error(undo.because);
  }
};

/** Takes one step back. A group that is made anew has its old id here, which the service would not give it. */
export const undoStep = (model: Model, step: Step): Model => ({ ...model, observed: undone(model, step) });
