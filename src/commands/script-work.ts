/** `diff --as-script`: the part of the diff that Exchange Online would have to be told, as scripts for somebody who may tell it. */

import { isStopping } from "../core/allowances.ts";
import { isEmptyScript, SCRIPTED, type Script, scriptOf } from "../core/script/script.ts";
import type { Kind } from "../core/tenant.ts";
import { Failure } from "../failure.ts";
import { counted } from "../render/layout.ts";
import { scriptTexts } from "../render/script.ts";
import { minuteMoment } from "../render/when.ts";
import type { Runtime } from "../runtime.ts";
import { logName, type ScriptPaths, writeScripts } from "../script-files.ts";
import { documentOf, type Survey, toApply } from "../session.ts";
import { VERSION } from "../version.ts";

/** A check that only says that Exchange could not be read is no reason: that is what the script is for. */
const UNREAD = "unknown-reads";

/** What is wanted and no check holds back. */
const wantedIn = ({ desired, findings }: Survey): Survey["desired"]["resources"] => {
  const holding = findings.filter((finding) => isStopping(finding) && !(finding.guard === UNREAD && finding.holds !== undefined));
  if (holding.some(({ holds }) => holds === undefined)) return [];
  const held = new Set(holding.flatMap(({ holds = [] }) => holds.map(({ kind, key }) => `@${kind}/${key}`)));
  return desired.resources.filter(({ kind, key }) => !held.has(`@${kind}/${key}`));
};

const sizeOf = ({ plans, mailboxes, tenant }: Script): string =>
  [
    ...(plans.rows.length === 0
      ? []
      : [plans.seen ? counted(plans.rows.length, "plan for new mailboxes", "plans for new mailboxes") : "every plan for new mailboxes"]),
    ...(mailboxes.rows.length === 0
      ? []
      : [mailboxes.seen ? counted(mailboxes.rows.length, "mailbox", "mailboxes") : "the mailboxes, which it looks up itself"]),
    ...(tenant.rows.length === 0 ? [] : ["SMTP AUTH of the tenant"]),
  ].join(", ");

/** Few, and made once: whoever runs a script makes them by hand. */
const BY_HAND: readonly Kind[] = ["authentication-policy", "default-authentication-policy"];

/** Who reads this was not told by the script what else the plan would do. */
const elsewhereLines = ({ diff, desired, observed }: Survey): readonly string[] => {
  const others = diff.changes.filter(({ kind }) => !SCRIPTED.includes(kind) && !BY_HAND.includes(kind)).length;
  const isOpen = (kind: Kind): boolean => diff.changes.some((change) => change.kind === kind) || observed.resources[kind].type === "unknown";
  const byHand = desired.resources.some(({ kind }) => BY_HAND.includes(kind) && isOpen(kind));
  return [
    ...(others === 0 ? [] : [`not in it: ${counted(others, "other change", "other changes")} of this diff; apply makes them`]),
    ...(byHand ? ["not in it: authentication policies, which are made by hand"] : []),
  ];
};

const heldLines = (seen: Survey): readonly string[] => {
  const may = toApply(seen);
  const held = seen.diff.changes.filter((change) => SCRIPTED.includes(change.kind) && !may.includes(change)).length;
  return held === 0 ? [] : [`held back: ${counted(held, "change", "changes")} that a check stops; the script leaves them out`];
};

/** @returns lines for people: what was written and what to do with it. @throws Failure when a check stops all of it */
export const writeScript = async (seen: Survey, where: ScriptPaths, runtime: Runtime): Promise<readonly string[]> => {
  const { question, observed, diff } = seen;
  const script = scriptOf({ plan: question.plan, observed, changes: toApply(seen), wanted: wantedIn(seen) });
  if (script === undefined)
    throw new Failure("partly", `--as-script ${where.typed}: no script was written: whose mailbox is whose could not be read`, ["run it again"]);
  if (isEmptyScript(script)) {
    const held = heldLines(seen);
    if (
      held.length > 0 ||
      (seen.applicable.type === "nothing" && diff.changes.length + seen.desired.resources.filter(({ kind }) => SCRIPTED.includes(kind)).length > 0)
    )
      return ["no script:  a check stops what Exchange Online would be told; none was written", ...held];
    return ["no script:  Exchange Online is as the plan wants it by now; none was written"];
  }
  const log = logName(where, script.digest);
  const document = documentOf(seen);
  const texts = scriptTexts({
    script,
    plan: question.plan,
    tenant: observed.tenant,
    hash: diff.hash,
    made: minuteMoment(document.asOf),
    version: VERSION,
    names: { script: where.script, rollback: where.rollback, log },
  });
  await writeScripts(where, texts, runtime);
  const blind = !(script.plans.seen && script.mailboxes.seen && script.tenant.seen);
  return [
    `script:    ${where.typed}: ${sizeOf(script)}; ${where.rollback} takes it back`,
    ...heldLines(seen),
    ...elsewhereLines(seen),
    "next:      read it, run it in PowerShell as it is (it only says what it would do), then with -Apply",
    blind
      ? "           then run it once more without -Apply: nothing is left when it is done (Exchange Online cannot be read from here)"
      : `           then entra-rollout status ${question.plan.file} shows whether it is done`,
  ];
};
