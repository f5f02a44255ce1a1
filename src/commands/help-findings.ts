/** `help findings`: the checks as the code has them. */

import { ALLOWABLE, UNANSWERED } from "../core/allowances.ts";
import { GUARDS } from "../core/guards/index.ts";
import { wrap } from "../render/wrap.ts";
import { termList } from "./help.ts";

const WIDTH = 96;
const paragraph = (text: string): string => wrap(text, WIDTH).join("\n");

export const findingsHelp = (): string =>
  `${[
    paragraph(
      "Before anything is written each of these is checked. go: all is well. stop: nothing, or nothing of what it is about, is applied. unclear: it could not be found out, which acts as stop.",
    ),
    termList(GUARDS.map(({ name, about }) => [name, about])),
    paragraph(
      `A person can let some of them pass, each up to a number, for one run and with a reason that is kept: ${ALLOWABLE.filter((name) => name !== UNANSWERED).join(", ")}. And ${UNANSWERED}: a create whose answer was lost is then made again at once, instead of an hour later.`,
    ),
    'example:\n  entra-rollout apply rollout-plans/county-schools-2018.yaml --allow size=1200 --reason "agreed with the heads"',
  ].join("\n\n")}\n`;
