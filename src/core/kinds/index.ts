/** The kinds side by side: a new one is a file here and a line in each table. */

import { byText, canonicalText } from "../canonical.ts";
import type { FieldChange } from "../changes.ts";
import { isRef, KINDS, type Kind, type Ref, type Settings, type SettingsOf } from "../tenant.ts";
import { accountBlock } from "./account-block.ts";
import { accountDeletion } from "./account-deletion.ts";
import { authenticationMethods } from "./authentication-methods.ts";
import { authenticationPolicy } from "./authentication-policy.ts";
import { cohortGroup } from "./cohort-group.ts";
import { conditionalAccess } from "./conditional-access.ts";
import { defaultAuthenticationPolicy } from "./default-authentication-policy.ts";
import { mailboxPlan } from "./mailbox-plan.ts";
import { mailboxProtocols } from "./mailbox-protocols.ts";
import { namedLocation } from "./named-location.ts";
import { perUserMfa } from "./per-user-mfa.ts";
import { registrationCampaign } from "./registration-campaign.ts";
import { type Field, type KindRules, settled } from "./rules.ts";
import { securityDefaults } from "./security-defaults.ts";
import { smtpAuth } from "./smtp-auth.ts";

type Rules = { readonly [K in Kind]: KindRules<K> };

const RULES = {
  "cohort-group": cohortGroup,
  "named-location": namedLocation,
  "authentication-methods": authenticationMethods,
  "registration-campaign": registrationCampaign,
  "conditional-access": conditionalAccess,
  "security-defaults": securityDefaults,
  "per-user-mfa": perUserMfa,
  "mailbox-plan": mailboxPlan,
  "mailbox-protocols": mailboxProtocols,
  "authentication-policy": authenticationPolicy,
  "default-authentication-policy": defaultAuthenticationPolicy,
  "smtp-auth": smtpAuth,
  "account-block": accountBlock,
  "account-deletion": accountDeletion,
} satisfies Rules;

/** Seen through the mapped type, the table gives a generic kind the rules of that kind. */
const rulesOf = <K extends Kind>(kind: K): KindRules<K> => {
  const rules: Rules = RULES;
  return rules[kind];
};

/** What stands on nothing comes first. Deletes of the first two come after everything else. */
export const kindOrder = (kind: Kind): number => KINDS.indexOf(kind);

export const byKindAndKey = (a: { readonly kind: Kind; readonly key: string }, b: { readonly kind: Kind; readonly key: string }): number =>
  kindOrder(a.kind) - kindOrder(b.kind) || byText(a.key, b.key);

/** @throws TypeError when the settings are another kind's. */
export const settingsOf = <K extends Kind>(kind: K, settings: Settings): SettingsOf[K] => {
  if (!rulesOf(kind).is(settings)) throw new TypeError(`not the settings of a ${kind}: ${JSON.stringify(settings)}`);
  return settings;
};

/** What people are shown a resource as, with the mark if it bears one. */
export const nameOf = <K extends Kind>(kind: K, settings: SettingsOf[K]): string => rulesOf(kind).name(settings);

/** What is wanted laid over what is there: of tenant-wide settings a plan names only some. */
export const laidOver = <K extends Kind>(kind: K, observed: SettingsOf[K] | undefined, wanted: SettingsOf[K]): SettingsOf[K] =>
  rulesOf(kind).over(observed, wanted);

/** Of what is there, the part that the wish speaks of. */
export const partOf = <K extends Kind>(kind: K, observed: SettingsOf[K], wanted: SettingsOf[K]): SettingsOf[K] =>
  rulesOf(kind).part?.(observed, wanted) ?? observed;

/** Equal settings become deeply equal: lists sorted, each entry once, nothing empty in `other`. */
export const normalise = <K extends Kind>(kind: K, settings: SettingsOf[K]): SettingsOf[K] => rulesOf(kind).normalise(settings);

/** All that settings say, in the form in which it is compared: what says nothing is null, lists are sorted. */
export const fieldsOf = <K extends Kind>(kind: K, settings: SettingsOf[K]): readonly Field[] => {
  const rules = rulesOf(kind);
  return rules.fields(rules.normalise(settings)).map(({ path, value }) => ({ path, value: settled(value) }));
};

/**
 * What differs, sorted by path. Order in lists does not count, and nothing is the same as empty.
 *
 * @param before what the tenant holds; undefined for a create: then every field that is not empty.
 * @param after undefined for a delete.
 */
export const fieldChanges = <K extends Kind>(kind: K, before: SettingsOf[K] | undefined, after: SettingsOf[K] | undefined): readonly FieldChange[] => {
  const rules = rulesOf(kind);
  const old = new Map((before === undefined ? [] : rules.fields(rules.normalise(before))).map(({ path, value }) => [path, value]));
  const now = new Map((after === undefined ? [] : rules.fields(rules.normalise(after))).map(({ path, value }) => [path, value]));
  const passedOver = before === undefined || after === undefined ? [] : rules.lenient(before, after);
  return [...new Set([...old.keys(), ...now.keys()])].sort(byText).flatMap((path) => {
    const from = old.get(path) ?? null;
    const to = now.get(path) ?? null;
    if (passedOver.includes(path) || canonicalText(settled(from)) === canonicalText(settled(to))) return [];
    return [{ path, before: before === undefined ? undefined : from, after: after === undefined ? undefined : to }];
  });
};

/** Whether a resource with the one has what the other asks for. */
export const sameSettings = <K extends Kind>(kind: K, observed: SettingsOf[K], wanted: SettingsOf[K]): boolean =>
  fieldChanges(kind, observed, wanted).length === 0;

/** Ids and references of other resources and of accounts, sorted. */
export const idsIn = <K extends Kind>(kind: K, settings: SettingsOf[K]): readonly string[] => [...rulesOf(kind).ids(settings)].sort(byText);

export const refsIn = <K extends Kind>(kind: K, settings: SettingsOf[K]): readonly Ref[] => idsIn(kind, settings).filter(isRef);

/** The settings with every id and reference of another resource or an account put through `change`. */
export const mapIds = <K extends Kind>(kind: K, settings: SettingsOf[K], change: (id: string) => string): SettingsOf[K] =>
  rulesOf(kind).mapIds(settings, change);
