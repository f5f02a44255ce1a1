/**
 * Phases that wait for their people to be ready, and those that got through. Waiting is no danger, so nothing is held back
 * by it; beginning a phase by hand while its gate is shut is one.
 */

import type { CoursedPhase, Finding, Gate } from "../changes.ts";
import type { Guard, GuardInput } from "./guard.ts";

const GUARD = "ready";

const titleOf = ({ phases }: GuardInput["desired"], id: string): string => phases.find((phase) => phase.id === id)?.title ?? id;

const waiting = (input: GuardInput, { id, title, wait, gate }: CoursedPhase): readonly Finding[] => {
  const told = { guard: GUARD, verdict: "go", phase: id, allowable: false } as const;
  switch (wait?.for) {
    case undefined:
    // The guard of security defaults tells it.
    case "defaults":
      return [];
    case "phase":
      return [{ ...told, detail: `${title} waits behind ${titleOf(input.desired, wait.phase)}, since both are about some of the same people` }];
    case "day":
      return [{ ...told, detail: `${title} waits: the plan says that nothing starts today` }];
    case "gate":
      return [
        {
          ...told,
          detail: `${title} waits: ${gate?.detail ?? "nobody has looked who is ready"}`,
          hint: `it starts with the first apply after enough of them are ready; apply --phase ${id} begins it before`,
          ...(gate !== undefined && gate.missing.length > 0 && { accounts: gate.missing, count: gate.missing.length }),
        },
      ];
  }
};

const begun = ({ id, title }: CoursedPhase, { state, detail, missing }: Gate): readonly Finding[] => {
  if (state === "open") return [{ guard: GUARD, verdict: "go", phase: id, detail: `${title} starts: ${detail}`, allowable: false }];
  return [
    {
      guard: GUARD,
      verdict: state === "closed" ? "stop" : "unclear",
      phase: id,
      detail: `${title} would begin although it should wait: ${detail}`,
      hint: "without --phase it waits until enough of them are ready",
      ...(missing.length > 0 && { accounts: missing }),
      // Somebody has to be let pass, also where nobody could be counted. It holds back everything: what waits behind the phase would start with it.
      count: Math.max(1, missing.length),
      allowable: true,
    },
  ];
};

export const ready: Guard = {
  name: GUARD,
  about: "a phase that asks for readiness starts once enough of its people are ready; until then it waits",
  allowable: true,
  check: (input) =>
    input.desired.phases.flatMap((phase) => {
      if (phase.course === "waiting") return waiting(input, phase);
      return phase.course === "started" && phase.gate !== undefined ? begun(phase, phase.gate) : [];
    }),
};
