/** What a `run` tells programs, line by line, and people, in one file at its end. */

import type { Stepped } from "../carry-out.ts";
import type { StepOutcome } from "../core/changes.ts";
import type { DiffDocument, PhaseLine, SetAside } from "../core/document.ts";
import type { PlanName, RunResult } from "../core/run-document.ts";
import type { EndEvent, RunEvent } from "../core/run-events.ts";
import type { Instant } from "../core/tenant.ts";
import { exitCode } from "../exit-codes.ts";
import { runSummary } from "../render/run-summary.ts";
import { safe, safeJson } from "../render/text-safe.ts";
import { nextPhase } from "../render/timeline.ts";
import type { Clock, Runtime } from "../runtime.ts";
import { pathsOf } from "../text-file.ts";
import type { Options } from "./options.ts";

type Line = Pick<PhaseLine, "id" | "title" | "starts" | "state">;
type Look = Extract<RunEvent, { readonly event: "look" }>;

export type Recorder = {
  /** By which clock it is told from now on; by the machine's before there is a tenant. */
  readonly goBy: (clock: Clock) => void;
  /** A request left. */
  readonly requested: () => void;
  readonly begin: (plan: PlanName, tenant: DiffDocument["tenant"]) => void;
  readonly waits: (until: Instant) => void;
  readonly looked: (look: Look["look"], more: Pick<Look, "because" | "changes">) => void;
  readonly phases: (phases: readonly Line[], setAside: SetAside | undefined) => void;
  /** Where phases stand, who is waited for, and what a check stops. */
  readonly shown: (document: Pick<DiffDocument, "phases" | "findings" | "setAside">) => void;
  readonly stepped: Stepped;
  readonly end: (run: Pick<RunResult, "id" | "done" | "left">, exit: number, phases: readonly Line[]) => void;
  /** Only where it did not end otherwise. */
  readonly failed: (how: Pick<EndEvent, "exit" | "message">) => void;
  /** Never rejects. */
  readonly summarise: (say: (line: string) => void) => Promise<void>;
};

const reasonOf = (outcome: StepOutcome): string | undefined => {
  if (outcome.type === "done") return undefined;
  return outcome.type === "refused" ? outcome.error.message : outcome.because;
};

const resultOf = (run: Pick<RunResult, "id" | "left">, exit: number): EndEvent["result"] => {
  if (exit === exitCode("interrupted")) return "interrupted";
  if (exit === exitCode("stopped")) return "stopped";
  if (exit === exitCode("done")) return run.id === null ? "nothing-due" : "done";
  return exit === exitCode("partly") ? "partly" : "failed";
};

export const recorderOn = ({ json, summary }: Pick<Options, "json" | "summary">, runtime: Runtime): Recorder => {
  const events: RunEvent[] = [];
  let { clock } = runtime;
  let requests = 0;
  const at = (instant: Instant = clock.now()): string => new Date(instant).toISOString();
  const tell = (event: RunEvent): void => {
    events.push(event);
    if (json) runtime.stdout.write(`${safeJson(JSON.stringify(event))}\n`);
  };
  const phases: Recorder["phases"] = (lines, setAside) => {
    for (const { id, title, starts, state } of lines) tell({ event: "phase", at: at(), id, title, starts, state });
    if (setAside !== undefined) tell({ event: "set-aside", at: at(), ...setAside });
  };
  const isEnded = (): boolean => events.some(({ event }) => event === "end");
  return {
    goBy: (given) => {
      clock = given;
    },
    requested: () => {
      requests += 1;
    },
    begin: (plan, tenant) => {
      const { id, name, file } = plan;
      tell({ event: "begin", schemaVersion: 1, at: at(), plan: { id, name, file }, tenant });
    },
    waits: (until) => tell({ event: "wait", at: at(), until: at(until) }),
    looked: (look, more) => tell({ event: "look", at: at(), look, requests, ...more }),
    phases,
    shown: (document) => {
      phases(document.phases, document.setAside);
      for (const finding of document.findings) {
        const { guard, verdict, phase, detail, accounts = [] } = finding;
        const isWaiting = guard === "ready" && verdict === "go" && document.phases.some(({ id, state }) => id === phase && state === "waiting");
        if (isWaiting && phase !== undefined) tell({ event: "waiting", at: at(), phase, because: detail, accounts });
        else if (verdict !== "go") tell({ event: "finding", at: at(), ...finding });
      }
    },
    stepped: ({ id, kind, key, name, write }, outcome, when) => {
      const because = reasonOf(outcome);
      tell({ event: "step", at: at(when), step: id, kind, key, name, write: write.type, result: outcome.type, ...(because !== undefined && { because }) });
    },
    end: (run, exit, lines) => {
      const next = nextPhase(lines);
      const beside = lines.filter((each) => each.starts === next?.starts && (each.state === "later" || each.state === "staged")).map(({ id }) => id);
      tell({
        event: "end",
        at: at(),
        result: resultOf(run, exit),
        exit,
        run: run.id,
        done: run.done,
        left: run.left.length,
        requests,
        ...(next !== undefined && { next: { starts: next.starts, phases: beside } }),
      });
    },
    failed: ({ exit, message }) => {
      if (isEnded()) return;
      const result = resultOf({ id: null, left: [] }, exit);
      const text = message === undefined ? {} : { message: safe(message) };
      tell({ event: "end", at: at(), result: result === "nothing-due" ? "failed" : result, exit, run: null, done: 0, left: 0, requests, ...text });
    },
    summarise: async (say) => {
      if (summary === undefined) return;
      const path = pathsOf(runtime).resolve(runtime.cwd, summary);
      try {
        await runtime.files.write(path, runSummary(events));
      } catch (error) {
        // What was done in the tenant is done: the exit code says that.
        say(`the summary could not be written to ${summary}: ${error instanceof Error ? error.message : "it cannot be written"}`);
      }
    },
  };
};
