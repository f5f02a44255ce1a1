/** What earlier runs left on this machine. */

import { counted, listed } from "../guards/guard.ts";
import { happened } from "../journal.ts";
import type { DoctorLine } from "./document.ts";
import type { Facts } from "./facts.ts";
import { teller } from "./lines.ts";

export const journalLines = ({ plan, observed: { tenant }, journals: { runs, damaged } }: Facts): readonly DoctorLine[] => {
  const tell = teller("journals", "journals");
  const broken = damaged.map(({ id, file, because }) =>
    tell.problem(
      `the journal of the run ${id} cannot be read: ${file}: ${because}`,
      "look at the file, mend or move it: a write whose answer was lost may stand in it, and nothing is applied meanwhile",
    ),
  );
  const own = runs.filter(({ start }) => start.tenant === tenant.id && (plan === undefined || start.plan.id === plan.id));
  const cut = own.filter(({ end }) => end === undefined);
  const open = cut.reduce((sum, { steps }) => sum + steps.filter((step) => happened(step) === "perhaps").length, 0);
  const again = plan?.file ?? cut.at(-1)?.start.plan.file;
  const torn =
    cut.length === 0
      ? []
      : [
          tell.warning(
            `${counted(cut.length, "run")} (${listed(cut.map(({ id }) => id))}) ${cut.length === 1 ? "has" : "have"} no end: cut, or still under way${open === 0 ? "" : `; of ${counted(open, "write")} nobody knows whether it happened`}`,
            "if no other machine or window is at it, run it again: it looks first and goes on from there",
            again === undefined ? {} : { command: ["apply", again] },
          ),
        ];
  if (broken.length + torn.length > 0) return [...broken, ...torn];
  const last = own.at(-1);
  return [
    tell.ok(
      last === undefined
        ? `no run ${plan === undefined ? "in this tenant" : "of this plan"} is known on this machine`
        : `${counted(own.length, "run")} known on this machine, each with its end; the last is ${last.id}`,
    ),
  ];
};
