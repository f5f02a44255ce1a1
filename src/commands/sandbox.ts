/** The practice tenant: filled, served, moved in time, set back, made difficult. */

import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const runFill = async (options: Options, runtime: Runtime): Promise<number> => (await import("./sandbox-work.ts")).fill(options, runtime);
const runServe = async (options: Options, runtime: Runtime): Promise<number> => (await import("./sandbox-work.ts")).serve(options, runtime);
const runClock = async (options: Options, runtime: Runtime): Promise<number> => (await import("./sandbox-work.ts")).clock(options, runtime);
const runReset = async (options: Options, runtime: Runtime): Promise<number> => (await import("./sandbox-work.ts")).reset(options, runtime);
const runDial = async (options: Options, runtime: Runtime): Promise<number> => (await import("./sandbox-work.ts")).dial(options, runtime);

export const sandboxFill: Command = {
  name: "sandbox fill",
  takes: ["[FILL]"],
  summary: "make a practice tenant in this folder",
  about: [
    "A tenant in a box, in .entra-rollout/sandbox: the same every time. county has 40 schools and some 1,500 accounts and starts on 5 Nov 2018; trust has 6 schools and starts on 7 Feb 2022; remote-desktop is a trust of 4 schools, 30 Aug 2021; college has staff and students, 11 Sep 2023; small has no premium licence and security defaults on, 30 Sep 2024, and small-off the same with them off. Without FILL it is county.",
    "A command that finds no practice tenant fills one itself: the one whose domain the plan's emergency accounts have, otherwise county.",
  ],
  options: ["accounts", "again", "quiet"],
  examples: ["entra-rollout sandbox fill county", "entra-rollout sandbox fill college --again"],
  run: runFill,
};

export const sandboxServe: Command = {
  name: "sandbox serve",
  takes: [],
  summary: "serve it on 127.0.0.1 for other programs, until Ctrl-C",
  about: ["Answers like Microsoft Graph under /v1.0 and /beta. The token is in ENTRA_ROLLOUT_TOKEN, or it is made and printed."],
  options: ["port", "json", "quiet"],
  examples: ["entra-rollout sandbox serve --port 8080"],
  run: runServe,
};

export const sandboxClock: Command = {
  name: "sandbox clock",
  takes: ["[MOMENT]"],
  summary: "what time it is there, or move it forward to a moment",
  about: [
    "Its clock stands still between commands and moves forward only. MOMENT is a time in London, 2018-11-19 or 2018-11-19T06:30, or one with its offset.",
  ],
  options: ["tenant", "json", "quiet"],
  examples: ["entra-rollout sandbox clock 2018-11-19"],
  run: runClock,
};

export const sandboxReset: Command = {
  name: "sandbox reset",
  takes: [],
  summary: "back to the day it was filled; its runs are forgotten",
  about: [],
  options: ["quiet"],
  examples: ["entra-rollout sandbox reset"],
  run: runReset,
};

export const sandboxDial: Command = {
  name: "sandbox dial",
  takes: ["[NAME=VALUE...]"],
  summary: "show its dials, or set some: lag, throttling, licence, permissions, faults",
  about: [
    "Makes a good or a bad day of it. Values are words or JSON; a dot names a part: lagMs.directory=0.",
    'Dials: permissions (all, or a list), throttling (off, real), lagMs.directory and lagMs.conditionalAccess (milliseconds), licence (filled, free), clock (stored, running), exchangeGrants (both, permission-only, none), exchangeRole (exchange-administrator, recipient-administrator, global-reader, recipient-administrator-and-global-reader), faults (a list, as in \'faults=[{"path":"^/groups","effect":{"type":"drop-after"},"times":1}]\').',
  ],
  options: ["tenant", "quiet"],
  examples: ["entra-rollout sandbox dial throttling=off lagMs.directory=0"],
  run: runDial,
};
