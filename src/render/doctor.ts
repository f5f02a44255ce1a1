/** What the doctor found: what is wrong first in mind, every line with what to do. */

import type { DoctorDocument, DoctorLine, DoctorSection, DoctorVerdict } from "../core/doctor/document.ts";
import { DOCTOR_SECTIONS } from "../core/doctor/document.ts";
import { counted, hanging, padEnd } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { minuteMoment } from "./when.ts";

/** What only the shell knows. */
export type DoctorWords = {
  /** The words of a command as they are typed, with the tenant. */
  readonly command: (words: readonly string[]) => string;
  readonly zone: string;
};

const TITLES = {
  "sign-in": "Sign-in",
  permissions: "Permissions",
  licences: "Licences",
  tenant: "The tenant's own settings",
  emergency: "Who gets in when nothing else works",
  networks: "Networks",
  mail: "Mail",
  journals: "Earlier runs on this machine",
  "by-hand": "Microsoft Graph can neither read nor set these: look for yourself",
} as const satisfies Record<DoctorSection, string>;

const WORDS = { ok: "ok", warning: "warning", problem: "problem", unread: "not known", note: "note" } as const satisfies Record<DoctorVerdict, string>;
const PAINTS = { ok: "good", warning: "warning", problem: "bad", unread: "warning", note: "note" } as const satisfies Record<
  DoctorVerdict,
  keyof View["style"]
>;
const WIDTH = Math.max(...Object.values(WORDS).map((word) => word.length));

const linesOf = ({ verdict, detail, todo, command, names, section }: DoctorLine, view: View, words: DoctorWords): readonly string[] => {
  const columns = columnsOf(view);
  // In the last section every line is a note: the word would say nothing.
  const word = section === "by-hand" ? "-" : WORDS[verdict];
  const label = section === "by-hand" ? "  - " : `  ${padEnd(word, WIDTH)}  `;
  const under = " ".repeat(label.length);
  // What is told of each is told; what the sentence counts and cuts short stands in the document.
  const told = names?.filter((name) => name.includes(": ")) ?? [];
  return [
    hanging(label, safe(detail), columns).replace(word, view.style[PAINTS[verdict]](word)),
    ...told.map((each) => hanging(`${under}   `, safe(each), columns)),
    ...(todo === undefined ? [] : [hanging(`${under}-> `, safe(todo), columns)]),
    ...(command === undefined ? [] : [`${under}-> ${safe(words.command(command))}`]),
  ];
};

const summaryOf = ({ summary }: DoctorDocument): string => {
  const { problem, warning, unread } = summary;
  const parts = [
    ...(problem === 0 ? [] : [counted(problem, "problem")]),
    ...(warning === 0 ? [] : [counted(warning, "warning")]),
    ...(unread === 0 ? [] : [`${counted(unread, "thing")} not known`]),
  ];
  return problem + unread === 0 ? `no problem found${parts.length === 0 ? "" : `, ${parts.join(", ")}`}` : parts.join(", ");
};

export const doctorText = (document: DoctorDocument, view: View, words: DoctorWords): string => {
  const { tenant, plan, asOf, lines } = document;
  const columns = columnsOf(view);
  const sections = DOCTOR_SECTIONS.flatMap((section) => {
    const own = lines.filter((line) => line.section === section);
    return own.length === 0
      ? []
      : ["", ...hanging("", TITLES[section], columns).split("\n").map(view.style.strong), ...own.flatMap((line) => linesOf(line, view, words))];
  });
  const head = [
    hanging("", `${tenant.practice ? "practice tenant: " : ""}${safe(tenant.name)}, ${minuteMoment(asOf)} ${words.zone}`, columns),
    ...(plan === null ? [] : [hanging("", `plan: ${safe(plan.name)} (${safe(plan.file)})`, columns)]),
  ];
  return `${[...head, ...sections, "", summaryOf(document)].join("\n")}\n`;
};
