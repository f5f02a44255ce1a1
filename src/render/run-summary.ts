/** What one `run` came to, for people: Markdown, as a summary of a job shows it. */

import type { EndEvent, RunEvent } from "../core/run-events.ts";
import { counted } from "./layout.ts";
import { markdown } from "./markdown.ts";
import { fullMoment } from "./when.ts";
import { kindWord } from "./words.ts";

type Of<E extends RunEvent["event"]> = Extract<RunEvent, { readonly event: E }>;

const of = <E extends RunEvent["event"]>(events: readonly RunEvent[], event: E): readonly Of<E>[] =>
  events.filter((each): each is Of<E> => each.event === event);

const RESULTS = {
  "nothing-due": "Nothing was due",
  done: "Done",
  partly: "Partly done",
  stopped: "Stopped by a check",
  failed: "Failed",
  interrupted: "Interrupted",
} as const satisfies Record<EndEvent["result"], string>;

/** More names than people read are in the log. */
const MOST_NAMED = 50;

const named = (accounts: readonly string[]): readonly string[] => [
  ...accounts.slice(0, MOST_NAMED).map((account) => `  - ${markdown(account)}`),
  ...(accounts.length > MOST_NAMED ? [`  - and ${(accounts.length - MOST_NAMED).toLocaleString("en-GB")} more`] : []),
];

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines]);

const utc = (iso: string): string => `${fullMoment(iso)} UTC`;

const phaseTable = (phases: readonly Of<"phase">[]): readonly string[] =>
  phases.length === 0
    ? []
    : [
        "",
        "| Phase | Starts | State |",
        "| --- | --- | --- |",
        ...phases.map(({ title, starts, state }) => `| ${markdown(title)} | ${fullMoment(starts)} | ${state} |`),
      ];

const stepWords = ({ kind, name, write, because }: Of<"step">): string =>
  `- ${kindWord(kind)} ${markdown(name)}: ${write.replaceAll("-", " ")}${because === undefined ? "" : `: ${markdown(because)}`}`;

const endWords = ({ done, left, run, requests, exit }: EndEvent): string =>
  [
    ...(run === null
      ? []
      : [`${counted(done, "write")} read back${left === 0 ? "" : `, ${counted(left, "write")} not done or not quite as asked`}`, `run ${run}`]),
    `${counted(requests, "request")}`,
    `exit code ${exit}`,
  ].join(", ");

/** @returns the whole file, one line feed at the end. A run that was cut has no end, and no summary. */
export const runSummary = (events: readonly RunEvent[]): string => {
  const [begin] = of(events, "begin");
  const end = of(events, "end").at(-1);
  const steps = of(events, "step");
  const phases = new Map(of(events, "phase").map((phase) => [phase.id, phase]));
  const title = (id: string): string => markdown(phases.get(id)?.title ?? id);
  return `${[
    `# ${begin === undefined ? "entra-rollout" : markdown(begin.plan.name)}`,
    "",
    ...(begin === undefined ? [] : [`${begin.tenant.practice ? "Practice tenant" : "Tenant"} ${markdown(begin.tenant.name)}, ${utc(begin.at)}.`, ""]),
    ...(end === undefined ? [] : [`**${RESULTS[end.result]}.** ${end.message === undefined ? "" : `${markdown(end.message)}. `}${endWords(end)}.`]),
    ...phaseTable([...phases.values()]),
    ...section(
      "Stopped",
      of(events, "finding").flatMap(({ verdict, detail, hint, accounts = [] }) => [
        `- **${verdict}** ${markdown(detail)}${hint === undefined ? "" : ` (${markdown(hint)})`}`,
        ...named(accounts),
      ]),
    ),
    ...section(
      "Waiting",
      of(events, "waiting").flatMap(({ because, accounts }) => [`- ${markdown(because)}`, ...named(accounts)]),
    ),
    ...section("Done", steps.filter(({ result }) => result === "done").map(stepWords)),
    ...section("Not done", steps.filter(({ result }) => result !== "done").map(stepWords)),
    ...(end?.next === undefined ? [] : ["", `Next: ${end.next.phases.map(title).join(", ")}, ${fullMoment(end.next.starts)}.`]),
  ].join("\n")}\n`;
};
