/** Moments as people write them. Documents carry the plan's own offset, so the wall clock can be read off the text. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?/;

type Wall = { readonly year: number; readonly month: number; readonly day: number; readonly hour: string; readonly minute: string; readonly second: string };

const wallOf = (iso: string): Wall | undefined => {
  const found = ISO.exec(iso);
  if (found === null) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00"] = found;
  return { year: Number(year), month: Number(month), day: Number(day), hour, minute, second };
};

const dayNumber = (wall: Wall): number => Math.round(Date.UTC(wall.year, wall.month - 1, wall.day) / 86_400_000);
const weekday = (wall: Wall): string => DAYS[(dayNumber(wall) + 4) % 7] ?? "";
const date = (wall: Wall): string => `${wall.day} ${MONTHS[wall.month - 1] ?? ""}`;
const time = (wall: Wall): string => `${wall.hour}:${wall.minute}${wall.second === "00" ? "" : `:${wall.second}`}`;

/** `Mon 26 Nov 2018 00:00`; text that is no moment comes back as it is. */
export const fullMoment = (iso: string): string => {
  const wall = wallOf(iso);
  return wall === undefined ? iso : `${weekday(wall)} ${date(wall)} ${wall.year} ${time(wall)}`;
};

/** The same to the minute that had begun. */
export const minuteMoment = (iso: string): string => fullMoment(iso.replace(/^(.{16}):\d{2}/, "$1"));

/** `26 Nov`, with the year when it is another than `year`. */
export const shortDay = (iso: string, year: number | undefined): string => {
  const wall = wallOf(iso);
  return wall === undefined ? iso : `${date(wall)}${wall.year === year ? "" : ` ${wall.year}`}`;
};

/** `06:30`, and nothing at midnight, when days begin. */
export const shortTime = (iso: string): string => {
  const wall = wallOf(iso);
  return wall === undefined || time(wall) === "00:00" ? "" : time(wall);
};

export const yearOf = (iso: string): number | undefined => wallOf(iso)?.year;

/** How far off, by the calendar: `in 7 days`, `tomorrow`, `in 3 hours`, `4 days ago`. */
export const distance = (from: string, to: string): string => {
  const a = wallOf(from);
  const b = wallOf(to);
  if (a === undefined || b === undefined) return "";
  const days = dayNumber(b) - dayNumber(a);
  if (days === 1) return "tomorrow";
  if (days === -1) return "yesterday";
  if (days > 1) return `in ${days.toLocaleString("en-GB")} days`;
  if (days < -1) return `${(-days).toLocaleString("en-GB")} days ago`;
  const minutes = Math.round((Date.parse(to) - Date.parse(from)) / 60_000);
  if (minutes === 0) return "now";
  const amount = Math.abs(minutes) < 60 ? `${Math.abs(minutes)} min` : `${Math.round(Math.abs(minutes) / 60)} h`;
  return minutes > 0 ? `in ${amount}` : `${amount} ago`;
};

/** As it is typed behind `--as-of`: the day alone when it is midnight. */
export const typedMoment = (iso: string): string => {
  const wall = wallOf(iso);
  if (wall === undefined) return iso;
  const day = iso.slice(0, 10);
  return time(wall) === "00:00" ? day : `${day}T${time(wall)}`;
};
