/** Every command, in the order in which help lists them. */

import { accountsRestore } from "./accounts.ts";
import { apply } from "./apply.ts";
import { card } from "./card.ts";
import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { halt } from "./halt.ts";
import type { Group } from "./help.ts";
import { init } from "./init.ts";
import { letIn } from "./let-in.ts";
import { report } from "./report.ts";
import { run } from "./run.ts";
import { runs } from "./runs.ts";
import { sandboxClock, sandboxDial, sandboxFill, sandboxReset, sandboxServe } from "./sandbox.ts";
import { snapshot } from "./snapshot.ts";
import { status } from "./status.ts";
import { tour } from "./tour.ts";
import { undo } from "./undo.ts";
import { why } from "./why.ts";

export const GROUPS: readonly Group[] = [
  { title: "Begin", commands: [init] },
  { title: "See", commands: [check, doctor, status, diff, report] },
  { title: "Do", commands: [apply, run, runs, undo, accountsRestore] },
  { title: "Bad morning", commands: [halt, letIn, why, card] },
  { title: "Practise", commands: [tour, snapshot, sandboxFill, sandboxServe, sandboxClock, sandboxReset, sandboxDial] },
];

export const COMMANDS: readonly Command[] = GROUPS.flatMap((group) => group.commands);
