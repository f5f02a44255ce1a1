/** The mark that says that this tool made a resource, and for which plan. */

import type { Mark } from "./tenant.ts";

export const MARK_PREFIX = "entra-rollout:";

const IN_DESCRIPTION = /^entra-rollout:([A-Za-z0-9][A-Za-z0-9._-]*)\/([\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?)(?=$|[.\s])/u;
const IN_NAME = /^(.*?) ?\[([A-Za-z0-9][A-Za-z0-9._-]*)\/([\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?)\]$/su;

/** `entra-rollout:county-2018/heads` */
export const markText = (mark: Mark): string => `${MARK_PREFIX}${mark.plan}/${mark.key}`;

/** `MFA: heads [county-2018/mfa-heads]` */
export const nameWithMark = (name: string, mark: Mark): string => `${name} [${mark.plan}/${mark.key}]`;

/** The name as people are shown it; a name without a mark stays as it is. */
export const nameWithoutMark = (name: string): string => IN_NAME.exec(name)?.[1] ?? name;

/**
 * The mark that a description begins with or a name ends in. Either alone says whose a resource is, since the service
 * may keep only one of them; where both are there and disagree, the description counts, which nobody edits by habit.
 *
 * Whether a resource is managed is for the caller to ask first: a managed or synced one never has a mark.
 */
export const markOf = (description: string | undefined, name: string | undefined): Mark | undefined => {
  const told = description === undefined ? null : IN_DESCRIPTION.exec(description);
  if (told?.[1] !== undefined && told[2] !== undefined) return { plan: told[1], key: told[2] };
  const named = name === undefined ? null : IN_NAME.exec(name);
  if (named?.[2] !== undefined && named[3] !== undefined) return { plan: named[2], key: named[3] };
  return undefined;
};
