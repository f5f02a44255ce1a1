/** A starter plan from one that comes with the tool: its dates ahead of today, its id and its file's name of its own. */

import { Temporal } from "temporal-polyfill";
import type { Instant } from "../tenant.ts";
import { formatDay } from "./moments.ts";
import { slugOf } from "./names.ts";
import type { Moment } from "./plan.ts";

/** Enough to read, edit, rehearse and tell people; report-only may begin a week before a phase. */
const WEEKS_AHEAD = 4;
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

const ISO = /(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)/g;
const SLASHES = /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/g;
const IN_WORDS = new RegExp(`\\b(\\d{1,2}) (${MONTHS.join("|")})\\b(?: (\\d{4})\\b)?`, "g");

type Model = { readonly text: string; readonly firstStart: Moment };
type Wanted = { readonly file: string; readonly modelFile: string; readonly id: string; readonly name: string; readonly schema: string; readonly now: Instant };

/** Whole weeks, so that a Monday stays one. */
const weeksTo = (firstStart: Instant, now: Instant): number => {
  const days = (now - firstStart) / 86_400_000;
  return Math.max(0, Math.ceil(days / 7) + WEEKS_AHEAD);
};

/** A plan's id and name, from the name of its file. */
export const namesFrom = (file: string): { readonly id: string; readonly name: string } => {
  const stem = (file.split(/[\\/]/).at(-1) ?? "").replace(/\.[^.]*$/, "");
  const id = slugOf(stem).slice(0, 40).replace(/-+$/, "");
  const words = id.replaceAll("-", " ");
  return { id, name: `${words.charAt(0).toUpperCase()}${words.slice(1)}` };
};

/**
 * @param firstStart of the model's first phase
 * @returns the text of the starter plan, and the day of its first phase in words
 */
export const starterOf = (
  { text, firstStart }: Model,
  { file, modelFile, id, name, schema, now }: Wanted,
): { readonly text: string; readonly starts: string } => {
  const weeks = weeksTo(firstStart.instant, now);
  const moved = (year: number, month: number, day: number): Temporal.PlainDate => Temporal.PlainDate.from({ year, month, day }).add({ weeks });
  const modelYear = Number(firstStart.local.slice(0, 4));
  const shifted = text
    .replace(ISO, (_, year: string, month: string, day: string) => moved(Number(year), Number(month), Number(day)).toString())
    .replace(SLASHES, (_, day: string, month: string, year: string) => {
      const date = moved(Number(year), Number(month), Number(day));
      return `${String(date.day).padStart(2, "0")}/${String(date.month).padStart(2, "0")}/${date.year}`;
    })
    .replace(IN_WORDS, (_, day: string, month: string, year: string | undefined) => {
      const date = moved(year === undefined ? modelYear : Number(year), MONTHS.indexOf(month) + 1, Number(day));
      return `${date.day} ${MONTHS[date.month - 1]}${year === undefined ? "" : ` ${date.year}`}`;
    });
  return {
    text: shifted
      .replaceAll(modelFile, file)
      .replace(/^(id(?:: ?|,)).*$/m, `$1${id}`)
      .replace(/^(name(?:: ?|,)).*$/m, `$1${name}`)
      .replace("$schema=../schema/rollout-plan.schema.json", () => `$schema=${schema}`),
    starts: formatDay(Temporal.PlainDate.from(firstStart.local.slice(0, 10)).add({ weeks }).toString()),
  };
};
