/** Groups that a tenant has before this tool comes to it. */

import type { FillGroup, Json } from "../fill.ts";

export type GroupTraits = {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly members: readonly string[];
  /** Nobody when missing. */
  readonly owners?: readonly string[];
  /** ISO 8601. */
  readonly created: string;
  readonly synced?: true;
  /** Makes it a dynamic group, whose members follow from it. */
  readonly rule?: string;
};

/** A security group as GET gives it (CSDL: `group`). */
export const securityGroup = (traits: GroupTraits): FillGroup => ({
  object: {
    classification: null,
    createdDateTime: traits.created,
    deletedDateTime: null,
    description: traits.description,
    displayName: traits.displayName,
    expirationDateTime: null,
    groupTypes: traits.rule === undefined ? [] : ["DynamicMembership"],
    id: traits.id,
    isAssignableToRole: null,
    mail: null,
    mailEnabled: false,
    mailNickname: traits.displayName.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-"),
    membershipRule: traits.rule ?? null,
    membershipRuleProcessingState: traits.rule === undefined ? null : "On",
    onPremisesLastSyncDateTime: traits.synced === undefined ? null : traits.created,
    onPremisesSyncEnabled: traits.synced ?? null,
    proxyAddresses: [] satisfies Json,
    renewedDateTime: traits.created,
    securityEnabled: true,
    visibility: null,
  },
  members: traits.members,
  ...(traits.owners === undefined ? {} : { owners: traits.owners }),
});
