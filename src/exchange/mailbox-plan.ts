/** What new mailboxes of a licence start with. An edit of it touches no mailbox that is there. Exchange facts, section 8. */

import type { Step } from "../core/changes.ts";
import { type Json, MAILBOX_FLAGS, type MailboxFlag, type MailboxPlanSettings, type ResourceOf, type Settings } from "../core/tenant.ts";
import { mismatch } from "../graph/kind.ts";
import { unreadableAnswer } from "../graph/pager.ts";
import { objectIn, optionalFlag, textIn, Unreadable } from "../graph/wire.ts";
import type { Cmdlet } from "./client.ts";
import { type ExchangeAdapter, outcomeFrom } from "./kind.ts";

const READ: Cmdlet = { name: "Get-CASMailboxPlan", parameters: { ResultSize: "Unlimited" } };

const NAMES = { pop3: "PopEnabled", imap: "ImapEnabled", activeSync: "ActiveSyncEnabled" } as const satisfies Record<MailboxFlag, string>;

const GUID_AT_END = /-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Rows are not seen to have an id but the one at the end of their name; a name without one stands for itself. */
const planIn = (value: unknown): ResourceOf<"mailbox-plan"> => {
  const wire = objectIn(value, "a plan for mailboxes");
  const plan = textIn(wire["Name"], "the name of a plan for mailboxes");
  const flags = Object.fromEntries(
    MAILBOX_FLAGS.flatMap((flag) => {
      const on = optionalFlag(wire[NAMES[flag]], "a protocol of a plan for mailboxes");
      return on === undefined ? [] : [[flag, on]];
    }),
  );
  return { kind: "mailbox-plan", id: (GUID_AT_END.exec(plan)?.[1] ?? plan).toLowerCase(), settings: { plan, flags }, managed: false };
};

const isPlan = (settings: Settings): settings is MailboxPlanSettings => "flags" in settings;

const cmdletFor = ({ write }: Step): Cmdlet | undefined => {
  if (write.type !== "update" || !isPlan(write.before) || !isPlan(write.after)) return undefined;
  const { before, after } = write;
  const differing = MAILBOX_FLAGS.flatMap((flag): readonly (readonly [string, Json])[] => {
    const to = after.flags[flag];
    return to === undefined || to === before.flags[flag] ? [] : [[NAMES[flag], to]];
  });
  return { name: "Set-CASMailboxPlan", parameters: { Identity: after.plan, ...Object.fromEntries(differing) } };
};

export const mailboxPlan: ExchangeAdapter<"mailbox-plan"> = {
  list: async (client) => {
    const values = await client.list(READ);
    try {
      return values.map(planIn);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw unreadableAnswer({ method: "POST", path: `/adminapi/beta/${READ.name}` }, error.message);
    }
  },
  perform: async ({ client, settle }, steps) => {
    const sent = steps.flatMap((step) => {
      const cmdlet = cmdletFor(step);
      if (cmdlet === undefined) settle(step, mismatch(step));
      return cmdlet === undefined ? [] : [{ step, cmdlet }];
    });
    const replies = await client.batch(sent.map(({ cmdlet }) => cmdlet));
    sent.forEach(({ step }, at) => {
      settle(step, outcomeFrom(replies[at] ?? { type: "unsent" }));
    });
  },
};
