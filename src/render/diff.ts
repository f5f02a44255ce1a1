/** A dry run as text: the timeline, what would change, who will notice, what the checks say, and the sum. */

import type { AccountCount, ChangeLine, DiffDocument, PhaseLine } from "../core/document.ts";
import { changesSum } from "./accounts.ts";
import { changeLines, headings } from "./changes.ts";
import { findingLines, stopWords } from "./findings.ts";
import { counted, hanging, listed } from "./layout.ts";
import { SET_ASIDE, setAsideLines } from "./set-aside.ts";
import { safe } from "./text-safe.ts";
import { nextPhase, timeline } from "./timeline.ts";
import { columnsOf, type View, zoneWord } from "./view.ts";
import { fullMoment } from "./when.ts";
import { widthOf } from "./width.ts";
import { kindWord, nameWithoutMark } from "./words.ts";
import { wrap } from "./wrap.ts";

const shortHash = (hash: string): string => hash.slice(0, 8);

/** `practice tenant: County schools, as of Mon 26 Nov 2018 00:00 London` */
export const headerLine = (document: Pick<DiffDocument, "tenant" | "asOf">, view: View): string =>
  hanging(
    `${document.tenant.practice ? "practice tenant" : "tenant"}: `,
    `${safe(document.tenant.name)}, as of ${fullMoment(document.asOf)} ${zoneWord(view.zone)}`,
    columnsOf(view),
  );

/** A policy, or a state of accounts that makes the service ask them. */
const isAsking = ({ kind, action, states }: ChangeLine): boolean =>
  (kind === "conditional-access" && action !== "delete") || (states !== undefined && states.to !== "disabled");

/** Those whose sign-in changes with these changes: the largest group that one of the policies asks, or whose state is set. */
const asked = (changes: readonly ChangeLine[]): AccountCount | undefined =>
  changes
    .filter(isAsking)
    .flatMap((change) => (change.accounts === undefined ? [] : [change.accounts]))
    .toSorted((a, b) => b.count - a.count)[0];

const noticeLines = (title: string, accounts: AccountCount, view: View): readonly string[] => {
  const columns = columnsOf(view);
  const people = counted(accounts.count, "account");
  if (accounts.count === 0) return [hanging("  ", `${title}: nobody`, columns)];
  if (accounts.notReady === null) return [hanging("  ", `${title}: ${people}; who is ready is not known`, columns)];
  if (accounts.notReady === 0) return [hanging("  ", `${title}: ${people}, ${accounts.count === 1 ? "ready" : "all of them ready"}`, columns)];
  const ready = accounts.notReady === accounts.count ? "none" : (accounts.count - accounts.notReady).toLocaleString("en-GB");
  const first = hanging("  ", `${title}: ${people}, ${accounts.count === 1 ? "not ready yet:" : `${ready} of them ready; not yet:`}`, columns);
  return [first, `    ${listed(accounts.sample.map(safe).slice(0, accounts.notReady), columns - 4, accounts.notReady)}`];
};

/** How much of the changes the checks let pass. */
export type Standing = "open" | "partly" | "stopped";

/** What a text says beyond its document. */
export type Standpoint = {
  readonly standing: Standing;
  /** Keys of the policies that are to be on and ask in the browser alone. */
  readonly browserOnly: ReadonlySet<string>;
  /** Keys of the policies that keep old clients out, and of those that protect how methods are registered: they ask nobody for MFA at a sign-in. */
  readonly blocking: ReadonlySet<string>;
  readonly registering: ReadonlySet<string>;
  /** Keys of the groups that a policy which is to be on goes by, and whom it asks: those who join, or those who leave. */
  readonly askedWho: ReadonlyMap<string, "join" | "leave">;
};

const OLD = "their old programs, which know only the password, can no longer sign in";
const REGISTER = "they register methods only with MFA or, where they have none yet, where the plan lets them";
/** Of who is enabled and has not registered yet. */
const OLD_PROGRAMS = "Outlook and phone apps of today ask as well; an old program goes on with the password alone until the account is registered";
const HALF = "a stolen password still works in mobile and desktop apps, until these ask too";

/** Those who come to a policy that is on already, or is switched on elsewhere among these changes. */
const newcomers = (changes: readonly ChangeLine[], { askedWho }: Standpoint): AccountCount | undefined =>
  changes.find(({ kind, action, key, members }) => {
    const by = askedWho.get(key);
    if (kind !== "cohort-group" || action !== "update" || members === undefined || by === undefined) return false;
    return (by === "join" ? members.added : members.removed).length > 0;
  })?.accounts;

/** Those of them who will look for their mail, as the check of old programs names them. */
const oldProgramLines = ({ findings }: DiffDocument, phase: PhaseLine | undefined, view: View): readonly string[] =>
  findings
    .filter((finding) => finding.guard === "legacy-clients" && finding.phase === phase?.id)
    .flatMap(({ accounts = [], count = accounts.length }) => {
      const words = "    still used by ";
      return accounts.length === 0 ? [] : [words + listed(accounts.map(safe), columnsOf(view) - words.length, count)];
    });

const who = (document: DiffDocument, standpoint: Standpoint, view: View): readonly string[] =>
  headings(document.changes, document.phases).flatMap(({ phase, changes }) => {
    const { browserOnly, blocking, registering } = standpoint;
    // In report-only nobody is asked anything.
    const isRest = phase?.state === "staged" || phase?.state === "waiting";
    const policies = changes.filter((change) => !isRest && isAsking(change));
    const accounts = asked(policies.filter(({ key }) => !blocking.has(key) && !registering.has(key)));
    const touched = accounts ?? asked(policies);
    const title = phase === undefined ? "for no phase" : safe(phase.title);
    const joining = touched === undefined ? newcomers(changes, standpoint) : undefined;
    if (joining !== undefined) return noticeLines(`${title}, asked today`, joining, view);
    if (touched === undefined) return [];
    const remarks = [
      ...(policies.some(({ key }) => browserOnly.has(key)) ? [HALF] : []),
      ...(policies.some(({ key }) => blocking.has(key)) ? [OLD] : []),
      ...(policies.some(({ key }) => registering.has(key)) ? [REGISTER] : []),
      ...(policies.some(({ states }) => states?.to === "enabled") ? [OLD_PROGRAMS] : []),
    ];
    return [
      // Where nobody is asked for anything, who is ready does not matter.
      ...(accounts === undefined ? [hanging("  ", `${title}: ${counted(touched.count, "account")}`, columnsOf(view))] : noticeLines(title, accounts, view)),
      ...remarks.map((remark) => hanging("    ", remark, columnsOf(view))),
      ...(policies.some(({ key }) => blocking.has(key)) ? oldProgramLines(document, phase, view) : []),
    ];
  });

export const section = (title: string, lines: readonly string[], view: View): readonly string[] =>
  lines.length === 0 ? [] : ["", ...wrap(safe(title), columnsOf(view), widthOf).map(view.style.strong), ...lines];

const phaseTitle = (phase: PhaseLine | undefined): string => {
  if (phase === undefined) return "For no phase alone";
  if (phase.state === "waiting") return `${phase.title} (in report-only, waiting)`;
  return phase.state === "staged" ? `${phase.title} (in report-only, ahead of its day)` : phase.title;
};

/** What is to be done by hand: of phases that are due, wait or come next, and of those whose day is today. */
export const byHandLines = (phases: readonly PhaseLine[], asOf: string, view: View): readonly string[] => {
  const next = nextPhase(phases);
  return phases.flatMap(({ state, starts, title, external }) => {
    const isNow = state === "due" || state === "waiting" || starts === next?.starts || starts.slice(0, 10) === asOf.slice(0, 10);
    if (external === undefined || !isNow) return [];
    const columns = columnsOf(view);
    return [hanging("  ", `${safe(title)}: ${safe(external.what)}`, columns), ...external.checklist.map((item) => hanging("    - ", safe(item), columns))];
  });
};

const leftOverLines = (document: DiffDocument): readonly string[] =>
  document.leftOver.map((change) => `  ${kindWord(change.kind)} "${safe(nameWithoutMark(change.name))}"`);

export const summaryLine = (document: Pick<DiffDocument, "hash" | "changes">, view: View): string => {
  const sum = changesSum(document.changes);
  const hash = `hash ${shortHash(document.hash)}`;
  const isLong = widthOf(sum) + 3 + widthOf(hash) > columnsOf(view);
  if (isLong && document.changes.some(({ listed }) => listed !== undefined)) return `${view.style.strong(sum)}\n${view.style.quiet(hash)}`;
  const gap = Math.max(3, Math.min(columnsOf(view), 88) - widthOf(sum) - widthOf(hash));
  return `${view.style.strong(sum)}${" ".repeat(gap)}${view.style.quiet(hash)}`;
};

const standingLine = (document: DiffDocument, standing: Standing, view: View): readonly string[] => {
  if (standing === "open") return [];
  const words = stopWords(document.findings);
  const said = standing === "stopped" ? `not to be applied: ${words}` : `what that is about is held back, the rest can be applied: ${words}`;
  return wrap(said, columnsOf(view), widthOf).map(view.style.bad);
};

/** Everything but the last lines, which say what to type. */
export const diffText = (document: DiffDocument, view: View, standpoint: Standpoint): string => {
  const changes = headings(document.changes, document.phases).flatMap(({ phase, changes: under }) =>
    section(phaseTitle(phase), changeLines(under, view, document.changes), view),
  );
  const lines = [
    headerLine(document, view),
    "",
    ...timeline(document.phases, document.asOf, view),
    ...section(SET_ASIDE, setAsideLines(document.setAside, view), view),
    ...changes,
    ...section("Who will notice", who(document, standpoint, view), view),
    ...section("To do by hand", byHandLines(document.phases, document.asOf, view), view),
    ...section("Made by this plan, no longer named in it (they stay; apply --prune removes them)", leftOverLines(document), view),
    ...section("Checks", findingLines(document.findings, view), view),
    "",
    summaryLine(document, view),
    ...standingLine(document, standpoint.standing, view),
  ];
  return `${lines.join("\n")}\n`;
};
