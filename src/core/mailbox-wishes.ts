/** What a plan wants of mailboxes: which protocols are off, in whose, and who keeps them. */

import type { DesiredOf, PhaseCourse } from "./changes.ts";
import { type Phase, type Plan, PROTOCOLS, type ProtocolWord, type TurnOff } from "./plan/plan.ts";
import { MAILBOX_FLAGS, type MailboxFlag, type PhaseId, TENANT_KEY } from "./tenant.ts";

/** The key of what is about every mailbox; no cohort has it, since a slug has no star. */
const EVERY_MAILBOX = "*";
/** One wish stands for all plans of the tenant, whatever they are called. */
const EVERY_MAILBOX_PLAN = "*";

export type MailboxWish = DesiredOf<"mailbox-plan"> | DesiredOf<"mailbox-protocols"> | DesiredOf<"smtp-auth">;

export type TurnOffPhase = Phase & { readonly turnOff: TurnOff };
const isTurnOff = (phase: Phase): phase is TurnOffPhase => phase.turnOff !== undefined;

export const turnOffPhases = ({ phases }: Pick<Plan, "phases">): readonly TurnOffPhase[] => phases.filter(isTurnOff);

/** Whether Exchange Online has to be asked for a plan. */
export const asksForMailboxes = (plan: Pick<Plan, "phases">): boolean => turnOffPhases(plan).length > 0;

export const isFlag = (word: string): word is MailboxFlag => MAILBOX_FLAGS.some((flag) => flag === word);

/** Of whom a part is. */
export const keyOf = (plan: Pick<Plan, "cohorts">, { for: name }: TurnOff): string =>
  name === undefined ? EVERY_MAILBOX : (plan.cohorts.find((cohort) => cohort.name === name)?.slug ?? name);

const idsOf = (phases: readonly Phase[]): readonly PhaseId[] => phases.map(({ id }) => id);

const protocolsIn = (phases: readonly TurnOffPhase[]): readonly ProtocolWord[] =>
  PROTOCOLS.filter((protocol) => phases.some(({ turnOff }) => turnOff.protocols.includes(protocol)));

/** A phase on hold, or still ahead, wants nothing. */
export const wishedMailboxes = (plan: Plan, courses: ReadonlyMap<PhaseId, PhaseCourse>): readonly MailboxWish[] => {
  const started = turnOffPhases(plan).filter(({ id }) => courses.get(id) === "started");
  const everywhere = started.filter(({ turnOff }) => turnOff.for === undefined);
  const flags = protocolsIn(everywhere).filter(isFlag);
  const keys = [...new Set(started.map(({ turnOff }) => keyOf(plan, turnOff)))];
  const ofFlags = everywhere.filter(({ turnOff }) => turnOff.protocols.some(isFlag));
  const ofSmtp = everywhere.filter(({ turnOff }) => turnOff.protocols.includes("smtpAuth"));
  return [
    ...(flags.length === 0
      ? []
      : [
          {
            kind: "mailbox-plan" as const,
            key: EVERY_MAILBOX_PLAN,
            settings: { plan: "", flags: Object.fromEntries(flags.map((flag) => [flag, false])) },
            phases: idsOf(ofFlags),
          },
        ]),
    ...keys.map((key) => {
      const own = started.filter(({ turnOff }) => keyOf(plan, turnOff) === key);
      return { kind: "mailbox-protocols" as const, key, settings: { off: protocolsIn(own) }, phases: idsOf(own) };
    }),
    ...(ofSmtp.length === 0 ? [] : [{ kind: "smtp-auth" as const, key: TENANT_KEY, settings: { smtpAuth: "off" as const }, phases: idsOf(ofSmtp) }]),
  ];
};
