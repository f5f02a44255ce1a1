/** Who would go on naming what is deleted, were all else undone as drafted: nothing that is named may go. */

import type { Write } from "./changes.ts";
import { idsIn, laidOver, nameOf, settingsOf } from "./kinds/index.ts";
import { nameWithoutMark } from "./mark.ts";
import type { Observed } from "./observed.ts";
import type { Kind, Known, ObjectId, ResourceOf } from "./tenant.ts";

/** The kinds that name others, or accounts. */
const NAMING: readonly Kind[] = ["conditional-access", "registration-campaign", "authentication-methods", "default-authentication-policy"];

/** What cannot be read may name it: an authentication policy in force is not removed on a guess. */
const unreadUsers = ({ resources }: Observed, id: ObjectId): readonly string[] => {
  const policies = resources["authentication-policy"];
  const isPolicy = policies.type === "present" && policies.value.some((policy) => policy.id === id);
  return isPolicy && resources["default-authentication-policy"].type !== "present" ? ["the default authentication policy, as far as anybody can say,"] : [];
};

/** @returns as people are shown them: `"MFA: heads" (id)`. */
export const usersOf = (observed: Observed, writes: readonly Write[], id: ObjectId): readonly string[] => [
  ...unreadUsers(observed, id),
  ...NAMING.flatMap((kind) => {
    const list: Known<readonly ResourceOf<Kind>[]> = observed.resources[kind];
    return (list.type === "present" ? list.value : []).flatMap((resource): readonly string[] => {
      const last = writes.findLast((write) => "id" in write && write.id === resource.id);
      if (last?.type === "delete") return [];
      const now = settingsOf(kind, resource.settings);
      const then = last?.type === "update" ? laidOver(kind, now, settingsOf(kind, last.after)) : now;
      return idsIn(kind, then).includes(id) ? [`"${nameWithoutMark(nameOf(kind, then))}" (${resource.id})`] : [];
    });
  }),
];
