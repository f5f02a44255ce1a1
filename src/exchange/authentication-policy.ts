/**
 * Policies that say what may sign in with a password alone. They have no description and are never renamed, so that the mark
 * stands in the name, in letters that no part of the service reads as a path. Exchange facts, section 8.
 */

import type { Step, StepOutcome } from "../core/changes.ts";
import { markOf, nameWithMark } from "../core/mark.ts";
import { type AuthenticationPolicySettings, BASIC_WORDS, type BasicWord, type Json, type Mark, type ResourceOf, type Settings } from "../core/tenant.ts";
import { mismatch } from "../graph/kind.ts";
import { unreadableAnswer } from "../graph/pager.ts";
import { optionalFlag, optionalText, textIn, Unreadable, type WireObject } from "../graph/wire.ts";
import { ServiceError } from "../service.ts";
import type { Cmdlet, ExchangeClient } from "./client.ts";
import { type ExchangeAdapter, type ExchangePerforming, outcomeFrom } from "./kind.ts";
import { isObject } from "./sending.ts";

const READ: Cmdlet = { name: "Get-AuthenticationPolicy", parameters: {} };

const FLAGS = {
  activeSync: "AllowBasicAuthActiveSync",
  autodiscover: "AllowBasicAuthAutodiscover",
  imap: "AllowBasicAuthImap",
  mapi: "AllowBasicAuthMapi",
  offlineAddressBook: "AllowBasicAuthOfflineAddressBook",
  outlookService: "AllowBasicAuthOutlookService",
  pop3: "AllowBasicAuthPop",
  powershell: "AllowBasicAuthPowershell",
  reportingWebServices: "AllowBasicAuthReportingWebServices",
  rpc: "AllowBasicAuthRpc",
  smtpAuth: "AllowBasicAuthSmtp",
  webServices: "AllowBasicAuthWebServices",
} as const satisfies Record<BasicWord, string>;

const TITLE = "No basic authentication";
/** 64 characters at most, of which a plan's id takes 40. */
const MARKED = /^entra-rollout ([a-z0-9-]{1,40}) ([a-z-]+)$/;

const wireName = (name: string): string => {
  const mark = markOf(undefined, name);
  return mark === undefined ? name : `entra-rollout ${mark.plan} ${mark.key}`;
};

const markIn = (name: string): Mark | undefined => {
  const [, plan, key] = MARKED.exec(name) ?? [];
  return plan === undefined || key === undefined ? undefined : { plan, key };
};

/** One property is seen in two cases. */
const propertyOf = (wire: WireObject, name: string): unknown => {
  const key = Object.keys(wire).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : wire[key];
};

const policyIn = (wire: WireObject): ResourceOf<"authentication-policy"> => {
  const name = textIn(propertyOf(wire, "Name"), "the name of an authentication policy");
  const mark = markIn(name);
  const id = optionalText(propertyOf(wire, "Guid"), "the id of an authentication policy") ?? name;
  return {
    kind: "authentication-policy",
    id: id.toLowerCase(),
    ...(mark !== undefined && { mark }),
    settings: {
      name: mark === undefined ? name : nameWithMark(TITLE, mark),
      // What the service says nothing of is blocked: that is what a policy starts with.
      allowBasic: BASIC_WORDS.filter((word) => optionalFlag(propertyOf(wire, FLAGS[word]), "a switch of an authentication policy") === true),
    },
    managed: false,
  };
};

/** The words are known of other cmdlets, and not confirmed of these. */
const EXISTS = /already exists/i;
const NOT_THERE = /couldn't be found/i;

const unreadable = (why: string): ServiceError => unreadableAnswer({ method: "POST", path: `/adminapi/beta/${READ.name}` }, why);

export type PolicyRow = { readonly resource: ResourceOf<"authentication-policy">; readonly wire: WireObject };

/** @throws ServiceError */
export const policiesOf = async (client: ExchangeClient): Promise<readonly PolicyRow[]> => {
  const { objects } = await client.run(READ).catch((error: unknown) => {
    // A tenant whose Exchange nobody has customised has no place for them yet, and is seen to say so in these words.
    if (error instanceof ServiceError && error.outcome === "refused" && NOT_THERE.test(error.message)) return { objects: [] };
    throw error;
  });
  try {
    return objects.map((wire): PolicyRow => {
      if (!isObject(wire)) throw unreadable("an authentication policy is not an object");
      return { resource: policyIn(wire), wire };
    });
  } catch (error) {
    throw error instanceof Unreadable ? unreadable(error.message) : error;
  }
};

const isPolicy = (settings: Settings): settings is AuthenticationPolicySettings => "allowBasic" in settings;

/** Switches that differ, as plain values: that is what a switch is on the wire. */
const switches = (before: readonly BasicWord[], after: readonly BasicWord[]): { readonly [name: string]: Json } =>
  Object.fromEntries(BASIC_WORDS.flatMap((word) => (before.includes(word) === after.includes(word) ? [] : [[FLAGS[word], after.includes(word)]])));

const failed = (error: unknown): ServiceError => {
  if (error instanceof ServiceError) return error;
  throw error;
};

const created = async ({ client, beforeSend }: ExchangePerforming, step: Step, { name, allowBasic }: AuthenticationPolicySettings): Promise<StepOutcome> => {
  await beforeSend(step.id);
  const cmdlet: Cmdlet = { name: "New-AuthenticationPolicy", parameters: { Name: wireName(name), ...switches([], allowBasic) } };
  const reply = await client.run(cmdlet).catch(failed);
  if (reply instanceof ServiceError) {
    // Whoever made it, an earlier try of ours or somebody else: it is looked for by its mark before anything is said of it.
    if (EXISTS.test(reply.message)) return { type: "unknown", because: "Exchange Online says that it is there already" };
    return outcomeFrom({ type: "failed", error: reply, exception: undefined });
  }
  const [made] = reply.objects;
  try {
    const resource = isObject(made) ? policyIn(made) : undefined;
    return resource === undefined ? { type: "done" } : { type: "done", id: resource.id, settings: resource.settings };
  } catch (error) {
    // It was made, whatever the answer shows of it: the list will tell.
    if (error instanceof Unreadable) return { type: "done" };
    throw error;
  }
};

const changed = async (client: ExchangeClient, cmdlet: Cmdlet, isGone: boolean): Promise<StepOutcome> => {
  const reply = await client.run(cmdlet).catch(failed);
  if (!(reply instanceof ServiceError)) return { type: "done" };
  // A first try of which the answer was lost may have removed it.
  if (isGone && reply.outcome === "refused" && NOT_THERE.test(reply.message)) return { type: "done" };
  return outcomeFrom({ type: "failed", error: reply, exception: undefined });
};

const performed = (context: ExchangePerforming, step: Step): Promise<StepOutcome> | StepOutcome => {
  const { client } = context;
  const { write } = step;
  if (write.type === "create" && isPolicy(write.settings)) return created(context, step, write.settings);
  if (write.type === "update" && isPolicy(write.before) && isPolicy(write.after)) {
    const parameters = { Identity: write.id, ...switches(write.before.allowBasic, write.after.allowBasic) };
    return changed(client, { name: "Set-AuthenticationPolicy", parameters }, false);
  }
  if (write.type === "delete") return changed(client, { name: "Remove-AuthenticationPolicy", parameters: { Identity: write.id, Confirm: false } }, true);
  return mismatch(step);
};

export const authenticationPolicy: ExchangeAdapter<"authentication-policy"> = {
  list: async (client) => (await policiesOf(client)).map(({ resource }) => resource),
  perform: async (context, steps) => {
    for (const step of steps) {
      if (context.client.signal.aborted) context.settle(step, outcomeFrom({ type: "unsent" }));
      else context.settle(step, await performed(context, step));
    }
  },
};
