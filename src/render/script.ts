/** The Exchange part of a diff as two scripts for PowerShell: what does it, and what takes it back. */

import type { Script, ScriptPart, ScriptRow } from "../core/script/script.ts";
import { counted } from "./layout.ts";
import { comment, literal, literalLines, scriptText } from "./powershell.ts";
import { BACKWARD, FORWARD } from "./script-body.ts";

export type ScriptAbout = {
  readonly script: Script;
  readonly plan: { readonly id: string; readonly name: string };
  readonly tenant: { readonly id: string; readonly name: string };
  /** Of all changes, as `diff --out` gives it. */
  readonly hash: string;
  /** `2018-11-09 08:00 (Europe/London)` */
  readonly made: string;
  readonly version: string;
  /** Without folder. */
  readonly names: { readonly script: string; readonly rollback: string; readonly log: string };
};

/** The first line of both, by which a later run knows its own. */
export const SCRIPT_MARK = "# Written by entra-rollout";

const rowText = ({ moves, id, name }: ScriptRow): string => `${moves} | ${id} | ${name}`;

const block = (name: string, rows: readonly ScriptRow[]): readonly string[] => [`$${name} = ${literalLines(rows.map(rowText))}`, ""];

const partLine = (what: string, { seen, rows }: ScriptPart, one: string, many: string): readonly string[] =>
  rows.length === 0 ? [] : [seen ? `  ${what}: ${counted(rows.length, one, many)}` : `  ${what}: looked up when it runs`];

const header = ({ plan, tenant, hash, made, version }: ScriptAbout, what: string): readonly string[] => [
  `${SCRIPT_MARK} ${version}, ${made}`,
  "#Requires -Version 5.1",
  "#Requires -Modules ExchangeOnlineManagement",
  "",
  comment(what),
  comment(""),
  comment(`Plan:    ${plan.name} (${plan.id})`),
  comment(`Tenant:  ${tenant.name} (${tenant.id})`),
  comment(`Changes: ${hash}`),
];

const ROWS = [
  "A line each: which setting goes from what to what, what it is a setting of, and what people call that. The last is for people: ids decide.",
  "What has neither the value on the left of > nor the one on its right was changed by somebody since. It is left as it is, and told.",
] as const;

const settled = ({ tenant, script, names }: ScriptAbout): readonly string[] => [
  `$TenantId = ${literal(tenant.id)}`,
  `$Hash = ${literal(script.digest)}`,
  `$LogName = ${literal(names.log)}`,
];

const PARAMETERS = ["[CmdletBinding()]", "param(", "    # Without it nothing is written: it only says what would be.", "    [switch]$Apply", ")", ""] as const;

const how = (name: string): readonly string[] => [
  comment(""),
  comment("How to run it, as an Exchange Administrator, in Windows PowerShell 5.1 or PowerShell 7:"),
  comment(`  & ${literal(`./${name}`)}          says what it would do, and writes nothing`),
  comment(`  & ${literal(`./${name}`)} -Apply   does it`),
  comment("It signs in by itself unless the session is connected already (Connect-ExchangeOnline -Device where there is no browser)."),
  comment("Run it again as often as needed: what is as it is to be already is passed over."),
  comment("Exit codes: 0 nothing is left to do, 2 something would be set, 4 some of it was left or failed, 1 it did not begin."),
];

/** Not everything in it was seen, so that its rows are rules. */
const isBlind = ({ plans, mailboxes, tenant }: Script): boolean => [plans, mailboxes, tenant].some(({ seen, rows }) => !seen && rows.length > 0);

const forward = (about: ScriptAbout): string => {
  const { script, names } = about;
  const { plans, mailboxes, tenant } = script;
  return scriptText([
    ...header(about, "Turns old mail protocols off, as the plan wants it: first in the plans for new mailboxes, then in mailboxes, then for the tenant."),
    ...script.phases.map((title) => comment(`Phase:   ${title}`)),
    comment(""),
    comment("In it:"),
    ...[
      ...partLine("plans for new mailboxes", plans, "plan", "plans"),
      ...partLine("mailboxes", mailboxes, "mailbox", "mailboxes"),
      ...partLine("SMTP AUTH of the tenant", tenant, "setting", "settings"),
    ].map(comment),
    ...(isBlind(script)
      ? [
          comment(
            "Exchange Online could not be read when this was written. Whose mailbox has what, the script sees when it runs, and decides by the rows below;",
          ),
          comment("who used a protocol in the last 30 days was not checked: the first run, without -Apply, says whom it is about."),
        ]
      : []),
    ...how(names.script),
    comment(`Every write is in ${names.log}, beside this file; ${names.rollback} takes back what stands there. Keep both.`),
    "",
    ...PARAMETERS,
    ...settled(about),
    `$MailboxRowsBy = ${literal(mailboxes.seen ? "mailbox" : "account")}`,
    "",
    ...ROWS.map(comment),
    "",
    ...block("PlanRows", plans.rows),
    ...block("MailboxRows", mailboxes.rows),
    ...block("TenantRows", tenant.rows),
    FORWARD.trim(),
  ]);
};

const backward = (about: ScriptAbout): string => {
  const { script, names } = about;
  const { back } = script;
  return scriptText([
    ...header(about, `Takes back what ${names.script} did: each mailbox to what it had itself.`),
    comment(""),
    comment(`It goes by ${names.log}, which ${names.script} writes beside itself.`),
    comment(
      isBlind(script)
        ? "Without that file it can do nothing: what there was before stands nowhere else."
        : "Without that file it goes by what was seen when both were written, below.",
    ),
    ...how(names.rollback),
    "",
    ...PARAMETERS,
    ...settled(about),
    "",
    ...ROWS.map(comment),
    "",
    // Half of what was before is worse than none: the script would say that it is done.
    ...block("PlanRows", isBlind(script) ? [] : back.plans),
    ...block("MailboxRows", isBlind(script) ? [] : back.mailboxes),
    ...block("TenantRows", isBlind(script) ? [] : back.tenant),
    BACKWARD.trim(),
  ]);
};

export const scriptTexts = (about: ScriptAbout): { readonly script: string; readonly rollback: string } => ({
  script: forward(about),
  rollback: backward(about),
});
