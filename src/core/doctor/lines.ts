/** How a line of the doctor is made. */

import type { Finding } from "../changes.ts";
import type { Known } from "../tenant.ts";
import type { DoctorLine, DoctorSection, DoctorVerdict } from "./document.ts";

type More = Pick<DoctorLine, "todo" | "command" | "names">;

/** Lines of one section about one thing. */
export type Teller = { readonly [verdict in DoctorVerdict]: (detail: string, todo?: string, more?: More) => DoctorLine };

export const teller = (section: DoctorSection, check: string): Teller => {
  const line =
    (verdict: DoctorVerdict) =>
    (detail: string, todo?: string, more: More = {}): DoctorLine => ({ section, check, verdict, detail, ...(todo !== undefined && { todo }), ...more });
  return { ok: line("ok"), warning: line("warning"), problem: line("problem"), unread: line("unread"), note: line("note") };
};

export const whyUnknown = (known: Known<unknown> | undefined): string => (known?.type === "unknown" ? known.because : "nobody looked");

/** What could not be read is said in the same words everywhere. */
export const notRead = (tell: Teller, what: string, known: Known<unknown> | undefined): DoctorLine =>
  tell.unread(`${what} could not be read: ${whyUnknown(known)}`, "give the sign-in what the message names, or run it again where the service had a bad moment");

const VERDICTS = { go: "ok", stop: "problem", unclear: "unread" } as const satisfies Record<Finding["verdict"], DoctorVerdict>;

/** What a check of `diff` says, as it stands: there is one truth about it. */
export const ofFinding = (section: DoctorSection, { guard, verdict, detail, hint, accounts }: Finding): DoctorLine => ({
  section,
  check: guard,
  verdict: VERDICTS[verdict],
  detail,
  ...(hint !== undefined && { todo: hint }),
  ...(accounts?.some((account) => !detail.includes(account)) && { names: accounts }),
});
