/** What an account had when it was kept in the archive, held against what it has now. */

import type { ObjectId } from "../tenant.ts";
import type { AccountLinks } from "./facts.ts";

type Licence = AccountLinks["licences"][number];

/** As the directory tells them; in any order. `licences`: those alone that were given to the account itself. */
export type LinksHeld = {
  readonly groups: readonly ObjectId[];
  readonly licences: readonly Licence[];
  readonly manager: ObjectId | undefined;
};

/** In the order of what is wanted. */
export type LinksMissing = LinksHeld;

const isSame = (one: Licence, other: Licence): boolean =>
  one.sku === other.sku && one.off.length === other.off.length && one.off.every((plan) => other.off.includes(plan));

/**
 * What is to be given back. A licence with other services off is missing, since people would find more or less in it than they had; a
 * manager whom somebody named since is one, so that nobody is put in their place.
 */
export const linksMissing = (want: AccountLinks, have: LinksHeld): LinksMissing => ({
  groups: want.groups.filter((group) => !have.groups.includes(group)),
  licences: want.licences.filter((licence) => !have.licences.some((each) => isSame(each, licence))),
  manager: have.manager === undefined ? want.manager : undefined,
});

export const isNothing = ({ groups, licences, manager }: LinksMissing): boolean => groups.length === 0 && licences.length === 0 && manager === undefined;
