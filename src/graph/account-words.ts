/** Why something was not done with an account, in our own words: a journal holds no names, and what the service writes may hold some. */

import type { ServiceError } from "../service.ts";

const OUT_OF_REACH = "this sign-in may not do that; an account that holds a role, or is in a group that may, is only for those above it";

/** What to do about a refusal for want of rights. */
export const RIGHTS_HINT =
  "whoever signs in needs User.DeleteRestore.All or User.ReadWrite.All, and for an account that holds a role, or is in a group that may, a role above it";

/** Status and code, without a text. */
export const whyNot = ({ outcome, status, code }: ServiceError): string => {
  if (outcome === "unknown") return `nobody can say whether it was done (${status === 0 ? code : status})`;
  if (status === 0) return `it could not be sent (${code})`;
  if (status === 401 || status === 403) return OUT_OF_REACH;
  return `the service said ${code === String(status) || code === "" ? status : `${status} ${code}`}`;
};
