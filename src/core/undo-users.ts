/** Who would go on naming what is deleted, were all else undone as drafted: nothing that is named may go. */

import type { Write } from "./changes.ts";
import { idsIn, laidOver, nameOf, settingsOf } from "./kinds/index.ts";
import { nameWithoutMark } from "./mark.ts";
import type { Observed } from "./observed.ts";
import type { Kind, Known, ObjectId, ResourceOf } from "./tenant.ts";

/** The kinds that name groups, networks or accounts. */
const NAMING: readonly Kind[] = ["conditional-access", "registration-campaign", "authentication-methods"];

/** @returns as people are shown them: `"MFA: heads" (id)`. */
export const usersOf = ({ resources }: Observed, writes: readonly Write[], id: ObjectId): readonly string[] =>
  NAMING.flatMap((kind) => {
    const list: Known<readonly ResourceOf<Kind>[]> = resources[kind];
    return (list.type === "present" ? list.value : []).flatMap((resource): readonly string[] => {
      const last = writes.findLast((write) => "id" in write && write.id === resource.id);
      if (last?.type === "delete") return [];
      const now = settingsOf(kind, resource.settings);
      const then = last?.type === "update" ? laidOver(kind, now, settingsOf(kind, last.after)) : now;
      return idsIn(kind, then).includes(id) ? [`"${nameWithoutMark(nameOf(kind, then))}" (${resource.id})`] : [];
    });
  });
