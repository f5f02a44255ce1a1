/** Directory roles by their template ids, which are the same in every tenant. */

import type { FillRole } from "../fill.ts";
import { idSpace } from "./numbers.ts";

export const ROLES = {
  "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
  "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
  "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
  "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
  "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
  "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
  "Directory Synchronization Accounts": "d29b2b05-8046-44ba-8758-1e26182fcf32",
} as const;
export type RoleName = keyof typeof ROLES;

/** Activated roles and who has them. @param members object ids by role; a role that is missing is not activated */
export const rolesOf = (seed: string, members: Readonly<Partial<Record<RoleName, readonly string[]>>>): readonly FillRole[] => {
  const ids = idSpace(`${seed} roles`);
  const names = Object.keys(ROLES) as RoleName[];
  return names.flatMap((name, place) => {
    const holders = members[name];
    if (holders === undefined) return [];
    return [
      {
        object: { deletedDateTime: null, description: `Members hold the role ${name}.`, displayName: name, id: ids.idAt(place), roleTemplateId: ROLES[name] },
        members: holders,
      },
    ];
  });
};
