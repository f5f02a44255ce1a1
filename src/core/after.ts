/** The tenant as it would be once changes are made: what the guards look at, and a model to hold the laws against. */

import type { Change, Diff } from "./changes.ts";
import { idFor } from "./hash.ts";
import { IdIndex } from "./ids.ts";
import { idsIn, laidOver, mapIds, settingsOf } from "./kinds/index.ts";
import type { Observed } from "./observed.ts";
import { KINDS, type Kind, type Known, type ObjectId, present, type Ref, type ResourceOf } from "./tenant.ts";

const refOf = ({ kind, key }: Pick<Change, "kind" | "key">): Ref => `@${kind}/${key}`;

const changedList = <K extends Kind>(
  kind: K,
  list: Known<readonly ResourceOf<K>[]>,
  changes: readonly Change[],
  idOf: (change: Change) => ObjectId,
  named: (id: string) => string,
): Known<readonly ResourceOf<K>[]> => {
  const own = changes.filter((change) => change.kind === kind);
  if (own.length === 0 || list.type === "unknown") return list;
  const byId = new Map((list.type === "present" ? list.value : []).map((resource) => [resource.id, resource]));
  for (const change of own) {
    const id = idOf(change);
    if (change.after === undefined) {
      byId.delete(id);
      continue;
    }
    const settings = laidOver(kind, byId.get(id)?.settings, mapIds(kind, settingsOf(kind, change.after), named));
    // What is tenant-wide, or of Microsoft's making, bears no mark, and is not given one.
    byId.set(id, { ...(byId.get(id) ?? { kind, id, managed: false, mark: change.mark }), settings });
  }
  return present([...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
};

const membersAfter = (observed: Observed, changes: readonly Change[], idOf: (change: Change) => ObjectId): Observed["members"] => {
  const members = new Map(observed.members);
  for (const change of changes) {
    if (change.kind !== "cohort-group") continue;
    const id = idOf(change);
    if (change.action === "delete") {
      members.delete(id);
      continue;
    }
    const old = change.action === "create" ? undefined : members.get(id);
    if (change.action === "create" || change.members !== undefined) {
      const removed = IdIndex.of(change.members?.removed ?? []);
      const now = new IdIndex();
      for (const member of old?.type === "present" ? old.value : []) if (!removed.has(member)) now.add(member);
      for (const member of change.members?.added ?? []) now.add(member);
      members.set(id, present(now));
    }
  }
  return members;
};

const statesAfter = ({ perUser }: Observed, changes: readonly Change[]): Pick<Observed, "perUser"> => {
  if (perUser?.type !== "present") return perUser === undefined ? {} : { perUser };
  const set = changes.flatMap(({ states }) => (states === undefined ? [] : states.accounts.map(({ id }) => [id, states.to] as const)));
  return { perUser: set.length === 0 ? perUser : present(perUser.value.with(set)) };
};

const mailboxesAfter = ({ mailboxes }: Observed, changes: readonly Change[]): Pick<Observed, "mailboxes"> => {
  if (mailboxes?.type !== "present") return mailboxes === undefined ? {} : { mailboxes };
  const set = changes.flatMap((change) => (change.mailboxes ?? []).map(({ id, after }) => [id, after] as const));
  return { mailboxes: set.length === 0 ? mailboxes : present(mailboxes.value.with(set)) };
};

const isOn = (list: Known<readonly ResourceOf<"security-defaults">[]>, otherwise: Known<boolean>): Known<boolean> => {
  const [only] = list.type === "present" ? list.value : [];
  return only === undefined ? otherwise : present(only.settings.enabled);
};

/** Every id that the tenant is seen to use, be it of something that is gone. */
const idsUsed = (observed: Observed): ReadonlySet<string> => {
  const used = new Set<string>(observed.members.keys());
  for (const kind of KINDS) {
    const list: Known<readonly ResourceOf<Kind>[]> = observed.resources[kind];
    for (const { id, settings } of list.type === "present" ? list.value : []) {
      used.add(id);
      for (const each of idsIn<Kind>(kind, settings)) used.add(each);
    }
  }
  return used;
};

/** The ids that what is created will have in the model, by reference: the same each time, and none that was there before. */
export const freshIds = (observed: Observed, diff: Diff): ReadonlyMap<string, ObjectId> => {
  const used = idsUsed(observed);
  return new Map(
    diff.changes
      .filter(({ action }) => action === "create")
      .map((change) => {
        const ref = refOf(change);
        let id = idFor(`${observed.tenant.id}/${diff.planId}/${ref}`);
        while (used.has(id)) id = idFor(id);
        return [ref, id];
      }),
  );
};

/**
 * Observed with the changes made. What is created gets an id that is the same each time, and references to it become that
 * id; a reference that nothing in the tenant or in the changes answers to stays.
 */
export const applyChanges = (observed: Observed, diff: Diff): Observed => {
  const made = freshIds(observed, diff);
  const named = (id: string): string => made.get(id) ?? id;
  const idOf = (change: Change): ObjectId => change.id ?? named(refOf(change));
  const { resources } = observed;
  const changed = <K extends Kind>(kind: K): Known<readonly ResourceOf<K>[]> => changedList<K>(kind, resources[kind], diff.changes, idOf, named);
  const defaults = changed("security-defaults");
  return {
    ...observed,
    resources: {
      "cohort-group": changed("cohort-group"),
      "named-location": changed("named-location"),
      "authentication-methods": changed("authentication-methods"),
      "registration-campaign": changed("registration-campaign"),
      "conditional-access": changed("conditional-access"),
      "security-defaults": defaults,
      // What accounts and mailboxes are is in no list.
      "per-user-mfa": resources["per-user-mfa"],
      "mailbox-plan": changed("mailbox-plan"),
      "mailbox-protocols": resources["mailbox-protocols"],
      "authentication-policy": changed("authentication-policy"),
      "default-authentication-policy": changed("default-authentication-policy"),
      "smtp-auth": changed("smtp-auth"),
      "account-block": resources["account-block"],
      "account-deletion": resources["account-deletion"],
    } satisfies { readonly [K in Kind]: Observed["resources"][K] },
    securityDefaults: isOn(defaults, observed.securityDefaults),
    ...statesAfter(observed, diff.changes),
    ...mailboxesAfter(observed, diff.changes),
    members: membersAfter(observed, diff.changes, idOf),
  };
};
