/** `help findings`: the checks as the code has them. */

import { ALLOWABLE, UNANSWERED } from "../core/allowances.ts";
import { GUARDS } from "../core/guards/index.ts";
import { termList } from "./help.ts";

export const findingsHelp = (): string =>
  `${[
    "Before anything is written each of these is checked. go: all is well. stop: nothing, or nothing of what\nit is about, is applied. unclear: it could not be found out, which acts as stop.",
    termList(GUARDS.map(({ name, about }) => [name, about])),
    `These a person can let pass, one at a time, up to a number, for one run and with a reason that is kept:\n${termList(
      ALLOWABLE.map((name) => [name, name === UNANSWERED ? "a create whose answer was lost is made again at once, instead of an hour later" : (GUARDS.find((guard) => guard.name === name)?.about ?? "")]),
    )}`,
    'example:\n  entra-rollout apply rollout-plans/county-schools-2018.yaml --allow size=1200 --reason "agreed with the heads"',
  ].join("\n\n")}\n`;
