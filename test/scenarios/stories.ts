/** Rollouts as acts: what an administrator types, in order, with every kind of write in it. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "./stage.ts";

export const COUNTY = "rollout-plans/county-schools-2018.yaml";
export const TRUST = "rollout-plans/academy-trust-2022.yaml";

export type Act = {
  readonly name: string;
  /** What is edited before it is typed. */
  readonly prepare?: (stage: Stage) => void;
  readonly words: (stage: Stage) => Promise<readonly string[]>;
};

export type Story = { readonly name: string; readonly fill: string; readonly acts: readonly Act[] };

const edited =
  (plan: string, change: (text: string) => string): NonNullable<Act["prepare"]> =>
  ({ cwd }) => {
    const file = join(cwd, plan);
    const before = readFileSync(file, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`nothing was edited in ${plan}`);
    writeFileSync(file, after);
  };

const applied = (
  plan: string,
  moment: string,
  more: { readonly name?: string; readonly args?: readonly string[]; readonly prepare?: Act["prepare"] } = {},
): Act => ({
  name: more.name ?? moment,
  ...(more.prepare !== undefined && { prepare: more.prepare }),
  words: async () => ["apply", plan, "--as-of", moment, "--yes", ...(more.args ?? [])],
});

type RunLines = { readonly runs: readonly { readonly id: string; readonly done: number; readonly undoes?: string; readonly undoneBy?: string }[] };

export const runsOf = async (stage: Stage): Promise<RunLines["runs"]> => (JSON.parse((await stage.cli(["runs", "--json"])).stdout) as RunLines).runs;

/** Takes the last run back that wrote something and was not taken back. */
const takenBack = (name: string, ...more: readonly string[]): Act => ({
  name,
  words: async (stage) => {
    const last = (await runsOf(stage)).findLast((run) => run.done > 0 && run.undoes === undefined && run.undoneBy === undefined);
    if (last === undefined) throw new Error("no run to take back");
    return ["undo", last.id, "--yes", ...more];
  },
});

const without =
  (from: RegExp): ((text: string) => string) =>
  (text) =>
    text.replace(from, "");

export const COUNTY_MOMENTS = ["2018-11-12", "2018-11-19", "2018-11-26", "2018-12-03", "2018-12-06", "2018-12-10", "2018-12-13"] as const;
export const TRUST_MOMENTS = ["2022-02-14T06:30", "2022-02-21", "2022-02-28T06:30"] as const;

export const STORIES: readonly Story[] = [
  { name: "county", fill: "county", acts: COUNTY_MOMENTS.map((moment) => applied(COUNTY, moment)) },
  { name: "trust", fill: "trust", acts: TRUST_MOMENTS.map((moment) => applied(TRUST, moment)) },
  {
    name: "a policy staged beside one that is on, then everything of the head teachers removed, then all of it back",
    fill: "county",
    acts: [
      applied(COUNTY, "2018-11-20", {
        name: "staged beside",
        prepare: edited(COUNTY, (text) => text.replace("weekCommencing: w/c 26/11/2018\n", "weekCommencing: w/c 26/11/2018\n    reportOnlyFrom: 2018-11-20\n")),
      }),
      applied(COUNTY, "2018-11-26", { name: "grown, and the staged one deleted" }),
      applied(COUNTY, "2018-11-27", {
        name: "pruned",
        args: ["--prune", "--allow", "size=40", "--reason", "the phases moved to another plan"],
        prepare: edited(COUNTY, without(/ {2}- id: heads-web[\s\S]*?(?= {2}- id: offices-web)/)),
      }),
      takenBack("the pruning taken back"),
      takenBack("the growing taken back, held"),
    ],
  },
  {
    name: "networks that the plan no longer knows",
    fill: "trust",
    acts: [
      applied(TRUST, "2022-02-14T06:30"),
      applied(TRUST, "2022-02-15", { name: "everywhere", args: ["--prune"], prepare: edited(TRUST, (text) => text.replaceAll("outside: schools, ", "")) }),
      takenBack("taken back", "--no-hold"),
      takenBack("all taken back", "--no-hold"),
    ],
  },
];
