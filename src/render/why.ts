/** What is asked of one account, for whoever stands beside the person. */

import type { WhyDocument, WhyFailure, WhyOutcome, WhyPlace, WhyPolicy, WhySignIn } from "../core/why-document.ts";
import { counted, hanging, listed, padEnd } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { minuteMoment } from "./when.ts";
import { fit, widthOf } from "./width.ts";
import { nameWithoutMark } from "./words.ts";

/** What only the shell knows. */
export type WhyWords = {
  /** The words of a command as they are typed, with the tenant. */
  readonly command: (words: readonly string[]) => string;
  /** A moment of the log by the clock of the place. */
  readonly local: (iso: string) => string;
  readonly zone: string;
  /** What was typed, with `--all`; undefined where it was. */
  readonly all: string | undefined;
};

const OUTCOMES = {
  "let-in": "let in",
  asked: "asked",
  register: "must register",
  blocked: "blocked",
  unknown: "cannot tell",
} as const satisfies Record<WhyOutcome, string>;

const PAINTS = { "let-in": "good", asked: "good", register: "warning", blocked: "bad", unknown: "warning" } as const satisfies Record<
  WhyOutcome,
  keyof View["style"]
>;

/** Somebody who is asked for what nobody knows them to have may not get in. */
const paintOf = ({ outcome, can }: WhySignIn): keyof View["style"] => (outcome === "asked" && can === null ? "warning" : PAINTS[outcome]);

const OUTCOME_WIDTH = Math.max(...Object.values(OUTCOMES).map((word) => word.length));

/** A label of several parts before text that is wrapped under itself; below forty columns of text the text goes under the label. */
const under = (label: string, text: string, view: View): string => {
  const columns = columnsOf(view);
  return columns - widthOf(label) >= 28 ? hanging(label, text, columns) : `${label.trimEnd()}\n${hanging("      ", text, columns)}`;
};

const placeLines = ({ places, signIns }: WhyPlace, view: View): readonly string[] => {
  const [first = "", ...same] = places.map(safe);
  const width = Math.max(...signIns.map(({ title }) => widthOf(safe(title))));
  const head = same.length === 0 ? first : `${first}; the same ${listed(same, Math.max(20, columnsOf(view) - widthOf(first) - 11))}`;
  return [
    "",
    view.style.strong(fit(head.slice(0, 1).toUpperCase() + head.slice(1), columnsOf(view))),
    ...signIns.map((signIn) => {
      const word = padEnd(OUTCOMES[signIn.outcome], OUTCOME_WIDTH);
      return under(`  ${padEnd(safe(signIn.title), width)}  ${word}  `, safe(signIn.because), view).replace(word, view.style[paintOf(signIn)](word));
    }),
  ];
};

const STATES = { on: "on", "report-only": "report-only", off: "off" } as const satisfies Record<WhyPolicy["state"], string>;

/** As the document has it. */
const BLOCKS = "a block";

const whose = ({ plan, managed }: WhyPolicy): string => (plan !== null ? `of the plan ${safe(plan)}` : managed ? "Microsoft's" : "not this tool's");

const policyLines = (policies: readonly WhyPolicy[], view: View): readonly string[] =>
  policies.map((policy) => {
    const would = policy.state === "report-only";
    const [blocks, asksFor] = would ? ["would block", "would ask for"] : ["blocks", "asks for"];
    const asks = policy.wants[0] === BLOCKS ? blocks : `${asksFor} ${policy.wants.length === 0 ? "nothing but a fresh sign-in" : policy.wants.join(", ")}`;
    const about = policy.applies === "yes" ? asks : policy.applies === "unknown" ? "cannot tell" : "not about them";
    return under(
      `  ${padEnd(STATES[policy.state], 11)}  `,
      `"${safe(nameWithoutMark(policy.name))}" (${whose(policy)}): ${safe(about)}; ${safe(policy.because)}`,
      view,
    );
  });

const failureLines = (failures: WhyDocument["failures"], view: View, words: WhyWords): readonly string[] => {
  if (failures.because !== null) return [hanging("  ", `not known: ${safe(failures.because)}`, columnsOf(view))];
  if (failures.list.length === 0) return ["  none in the last 7 days"];
  const where = ({ application, program, address }: WhyFailure): string =>
    [application, program, address ?? ""]
      .filter((part) => part !== "")
      .map(safe)
      .join(", ");
  return failures.list.flatMap((failure) => {
    const times = failure.times > 1 ? ` (${failure.times} times, this the last)` : "";
    const by = failure.policies.length === 0 ? "" : `, by ${failure.policies.map((name) => `"${safe(nameWithoutMark(name))}"`).join(", ")}`;
    return [
      under(
        `  ${minuteMoment(words.local(failure.at)).replace(/ \d{4} /, " ")}  `,
        `${safe(failure.words)}${by} (${failure.code})${times}; ${where(failure)}`,
        view,
      ),
      ...(failure.todo === null ? [] : [hanging("     -> ", safe(failure.todo), columnsOf(view))]),
    ];
  });
};

const METHOD_NOTES = { yes: "", no: " (not allowed here)", unknown: " (whether it is allowed is not known)" } as const;

const accountLines = ({ account, securityDefaults }: WhyDocument, view: View, words: WhyWords): readonly string[] => {
  const { methods, perUser, roles } = account;
  const sorts = [
    ...(account.enabled ? [] : ["disabled"]),
    ...(account.guest ? ["a guest"] : []),
    ...(account.synced ? ["synced from on premises"] : []),
    ...(roles === null ? ["roles not known"] : roles.length > 0 ? [`holds ${counted(roles.length, "role")}`] : []),
  ];
  const registered =
    methods === null
      ? "not known"
      : methods.length === 0
        ? "nothing but the password"
        : methods.map(({ method, allowed }) => `${method}${METHOD_NOTES[allowed]}`).join(", ");
  return [
    // The address whole, so that it can be copied; a name may be as long as anything.
    view.style.strong(safe(account.address)) +
      (account.name === "" ? "" : `   ${fit(safe(account.name), Math.max(12, columnsOf(view) - widthOf(safe(account.address)) - 3))}`),
    ...(sorts.length === 0 ? [] : [`  ${sorts.join("; ")}`]),
    hanging("  registered  ", registered, columnsOf(view)),
    ...account.letIn.map(({ plan, until }) =>
      hanging(
        "  let in      ",
        until === null
          ? `past the plan ${safe(plan)}, as their whole domain is, until apply --back-in`
          : `past the plan ${safe(plan)}, until ${minuteMoment(words.local(until))}`,
        columnsOf(view),
      ),
    ),
    ...(perUser === "disabled" ? [] : [`  per-user MFA  ${perUser ?? "not known"}`]),
    ...(securityDefaults === false ? [] : [`  security defaults  ${securityDefaults === null ? "not known" : "on"}`]),
  ];
};

const section = (title: string, lines: readonly string[], view: View): readonly string[] =>
  lines.length === 0 ? [] : ["", view.style.strong(title), ...lines];

export const whyText = (document: WhyDocument, view: View, words: WhyWords): string => {
  const { tenant, policies, todo, unread } = document;
  const [on, rest] = [
    policies.filter(({ state, applies }) => state === "on" && applies !== "no"),
    policies.filter(({ state, applies }) => state === "report-only" && applies !== "no"),
  ];
  const others = policies.filter((policy) => !on.includes(policy) && !rest.includes(policy));
  const lines = [
    hanging("", `${tenant.practice ? "practice tenant: " : ""}${safe(tenant.name)}, ${minuteMoment(document.asOf)} ${words.zone}`, columnsOf(view)),
    "",
    ...accountLines(document, view, words),
    ...document.places.flatMap((place) => placeLines(place, view)),
    ...section("Policies about them", on.length === 0 ? ["  none that is on"] : policyLines(on, view), view),
    ...section("In report-only, asking nobody yet", policyLines(rest, view), view),
    ...section("Not about them, or off", policyLines(others, view), view),
    ...section("What failed", failureLines(document.failures, view, words), view),
    ...section(
      "Could not be read",
      unread.map((line) => hanging("  ", safe(line), columnsOf(view))),
      view,
    ),
    ...section(
      "What to do",
      todo.flatMap(({ text, command }) => [
        hanging("  - ", safe(text), columnsOf(view)),
        ...(command === undefined ? [] : [`    ${safe(words.command(command))}`]),
      ]),
      view,
    ),
    ...(words.all === undefined ? [] : ["", `the other policies, and why they are not about them: ${safe(words.all)}`]),
  ];
  return `${lines.join("\n")}\n`;
};
