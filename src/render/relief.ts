/** The bad morning in words: what is set aside, what that leaves open, how long the service takes, and how to go on. */

import type { ReliefDocument, ReliefLine, ReliefPolicy } from "../core/run-document.ts";
import { headerLine, section } from "./diff.ts";
import { counted, hanging, padEnd } from "./layout.ts";
import { leftLines } from "./outcome.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View, zoneWord } from "./view.ts";
import { minuteMoment } from "./when.ts";
import { widthOf } from "./width.ts";
import { nameWithoutMark, POLICIES_BY_HAND } from "./words.ts";
import { wrap } from "./wrap.ts";

/** The service ends its sentences, and ours go on. */
const withoutStop = (text = ""): string => safe(text).replace(/[.\s]+$/, "");

const moment = (iso: string, view: View): string => `${minuteMoment(iso)} ${zoneWord(view.zone)}`;

const title = ({ name }: ReliefPolicy): string => `policy "${safe(nameWithoutMark(name))}"`;

const changes = (policy: ReliefPolicy, action: ReliefDocument["action"]): boolean => (action === "halt" ? policy.before !== policy.after : !policy.leftOut);

const what = (policy: ReliefPolicy, document: ReliefDocument): string => {
  const { action, account, domain } = document;
  if (action === "halt") return policy.before === policy.after ? `${policy.before} already` : `${policy.before}  ->  ${policy.after}`;
  const who = safe((action === "out" ? domain : account?.address) ?? "");
  return policy.leftOut ? "leaves them out already" : `not for ${who}`;
};

const policyLines = ({ policies }: ReliefLine, document: ReliefDocument, view: View): readonly string[] => {
  const width = Math.max(0, ...policies.map((policy) => widthOf(title(policy))));
  return policies.map((policy) => {
    const sign = changes(policy, document.action) ? view.style.warning("~") : " ";
    return `  ${sign} ${padEnd(title(policy), width)}  ${what(policy, document)}`;
  });
};

const planWords = ({ plan }: ReliefLine): string => (plan.name === plan.id ? safe(plan.id) : `${safe(plan.name)} (${safe(plan.id)})`);

const headline = (document: ReliefDocument, line: ReliefLine, view: View): string => {
  const { action, domain, accounts = 0, account, until } = document;
  if (action === "halt")
    return `halts ${planWords(line)}: ${line.policies.length === 0 ? "none of its phases goes on" : "its policies ask nobody any longer"}, until somebody goes on with it`;
  if (action === "out") return `takes ${safe(domain ?? "")} out of ${planWords(line)}: ${counted(accounts, "account")}, and those who join the domain`;
  return `leaves ${safe(account?.address ?? "")} out of ${planWords(line)} until ${until === undefined ? "-" : moment(until, view)}`;
};

const paragraph = (text: string, view: View): readonly string[] => wrap(text, columnsOf(view) - 2, widthOf).map((line) => `  ${line}`);

/** Whether the accounts that a policy was for get in with less from now on. */
const loses = (policy: ReliefPolicy, action: ReliefDocument["action"]): boolean =>
  action === "halt" ? policy.before === "on" && policy.after !== "on" : policy.before === "on";

const BARE =
  "security defaults went off when this plan began, and stay off: but for Microsoft's own portals nothing asks anybody for a second factor until a phase goes on.";
const OTHERS = "Policies that are not of this tool go on asking.";

const openLines = (document: ReliefDocument, view: View): readonly string[] => {
  const { action } = document;
  const asking = document.plans.flatMap(({ policies }) => policies.filter((policy) => loses(policy, action)));
  if (asking.length === 0) return [];
  const named = (blocks: boolean): string =>
    asking
      .filter((policy) => policy.blocks === blocks)
      .map((policy) => `"${safe(nameWithoutMark(policy.name))}"`)
      .join(", ");
  const [asks, blocks] = [named(false), named(true)];
  const who = action === "halt" ? "everybody whom" : action === "out" ? "the accounts of the domain, as far as" : "this account, as far as";
  return [
    ...(asks === "" ? [] : paragraph(`a password alone is enough again for ${who} these asked: ${asks}. Whoever has stolen it gets in with it.`, view)),
    ...(blocks === "" ? [] : paragraph(`old programs, which know only the password, get in again where these kept them out: ${blocks}.`, view)),
    ...(action === "halt" && document.plans.some(({ defaultsLeft }) => defaultsLeft === true) ? paragraph(BARE, view) : []),
    ...paragraph(OTHERS, view),
  ];
};

/** What is about to be done. */
export const reliefText = (document: ReliefDocument, view: View): string => {
  const lines = [
    headerLine(document, view),
    ...document.plans.flatMap((line) => [
      "",
      hanging("", view.style.strong(headline(document, line, view)), columnsOf(view)),
      ...policyLines(line, document, view),
      ...(line.noted === "before" && document.action === "halt" ? paragraph("all of its phases are on hold already", view) : []),
      ...(line.policies.length === 0 ? noPolicies(line, view) : []),
      ...(line.noted === "not"
        ? paragraph(`no other machine will know of it (${withoutStop(line.because)}): there ${RUN_ON[document.action]}`, view).map(view.style.bad)
        : []),
    ]),
    ...section("What that leaves open", openLines(document, view), view),
  ];
  return `${lines.join("\n")}\n`;
};

const RUN_ON = {
  halt: "a run may switch these policies on again: stop it by hand",
  out: "a run may ask them again",
  "let-in": "a run may ask them again at once",
} as const satisfies Record<ReliefDocument["action"], string>;

/** Per-user MFA and security defaults bear no mark: what set them can only be told by its journal. */
const noPolicies = ({ plan, unread }: ReliefLine, view: View): readonly string[] =>
  paragraph(
    unread !== undefined
      ? `its policies could not be read (${withoutStop(unread)}): sign in as a Conditional Access Administrator and halt it again, or set them to report-only by hand: ${POLICIES_BY_HAND}`
      : `no policy bears the mark of ${safe(plan.id)}. What a plan does by per-user MFA or security defaults cannot be halted: undo RUN takes it back where it was applied (entra-rollout runs lists them), or by hand at entra.microsoft.com: Users, Per-user MFA; Overview, Properties, Manage security defaults`,
    view,
  );

/**
 * From Microsoft's page on continuous access evaluation (limitations, group membership and policy update effective time), and
 * on the lifetime of access tokens.
 */
const DELAY =
  "Who signs in from now on is usually asked by the new rules within minutes: whoever was turned away tries again. Programs go on with what they got for about an hour. Exchange, SharePoint and Teams may take up to two hours, by Microsoft's word in some cases a day; Revoke sessions, on the person's page in the Entra admin centre, makes it at once for one person.";

export type ReliefCommands = { readonly again: string; readonly goOn: readonly string[]; readonly undo: readonly string[] };

const resultLine = ({ plan, run }: ReliefLine, several: boolean, view: View): readonly string[] => {
  if (run.id === null) return [];
  const total = run.done + run.left.length;
  const sum =
    run.left.length === 0
      ? view.style.good(`${counted(run.done, "write")}, all read back`)
      : view.style.warning(`${run.done} of ${counted(total, "write")} done`);
  return [`${sum}   run ${run.id}${several ? `   ${safe(plan.id)}` : ""}`];
};

/** What came of it. */
export const reliefOutcome = (document: ReliefDocument, commands: ReliefCommands, view: View): string => {
  const { plans } = document;
  const left = plans.flatMap(({ run }) => run.left);
  const isMoved = plans.some(({ policies, run }) => run.id !== null && policies.some((policy) => changes(policy, document.action)));
  const lines = [
    ...plans.flatMap((line) => resultLine(line, plans.length > 1, view)),
    ...section("Not done", leftLines(left, view), view),
    ...(isMoved ? section("How long it takes", paragraph(DELAY, view), view) : []),
    "",
    ...(left.length > 0 || plans.some(({ noted, unread }) => noted === "not" || unread !== undefined) ? [`to do the rest:  ${commands.again}`] : []),
    ...commands.goOn.map((command) => `to go on:        ${command}`),
    ...commands.undo.map((command) => `to take back:    ${command}`),
  ];
  return `${lines.join("\n").trim()}\n`;
};
