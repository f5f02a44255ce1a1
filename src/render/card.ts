/** The page for the safe: at most 66 lines of 80 columns, without colour, so that it is one sheet on any printer. */

import type { ByHand, Card, CardPolicy } from "../core/card.ts";
import { formatLocal } from "../core/plan/moments.ts";
import { counted } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { zoneWord } from "./view.ts";
import { fullMoment } from "./when.ts";
import { fit, widthOf } from "./width.ts";
import { wrap } from "./wrap.ts";

export const CARD_LINES = 66;
export const CARD_COLUMNS = 80;

const INDENT = "   ";
const ITEM = "       ";
/** Where people write by hand. */
const blank = (label: string, to = CARD_COLUMNS): string => `${label} ${"_".repeat(Math.max(4, to - label.length - 1))}`;

const wrapped = (text: string, indent = INDENT): readonly string[] =>
  wrap(text, CARD_COLUMNS - indent.length, widthOf).map((line) => indent + fit(line, CARD_COLUMNS - indent.length));

/**
 * A name as the portal shows it, so that it can be looked for, mark and all; what is longer than two lines is cut.
 * @param first what stands before its first line
 */
const nameLines = (name: string, first: string): readonly string[] => {
  const room = CARD_COLUMNS - first.length;
  const [head = "", ...rest] = wrap(name, room, widthOf);
  return [first + fit(head, room), ...(rest.length === 0 ? [] : [" ".repeat(first.length) + fit(rest.join(" "), room)])];
};

const STATES = { on: "on", "report-only": "report-only", off: "off" } as const satisfies Record<NonNullable<CardPolicy["state"]>, string>;

const policyLines = ({ name, id, state }: CardPolicy, whole: boolean): readonly string[] => [
  ...nameLines(safe(name), `${INDENT}[ ] `),
  ...(whole && id !== undefined ? [`${ITEM}${state === undefined ? "" : `${STATES[state]}, `}id ${safe(id)}`] : []),
];

const CLICKS = {
  "per-user": ["per-user MFA:  Entra ID > Users > Per-user MFA", "> (tick the accounts) > Disable MFA"],
  "defaults-off": ["security defaults off:  Entra ID > Overview > Properties", "> Manage security defaults > Disabled > Save"],
  "defaults-on": ["once the policies are off, security defaults on:  Entra ID > Overview", "> Properties > Manage security defaults > Enabled > Save"],
  methods: ["a method that was turned off:  Entra ID > Authentication methods", "> Policies > (method) > Enable > Save"],
} as const satisfies Record<ByHand, readonly string[]>;

const head = (card: Card): readonly string[] => {
  const { plan, tenant, contact } = card;
  const title = "WHEN PEOPLE CANNOT SIGN IN";
  const aside = "to be kept in the safe, on paper";
  const line = (label: string, text: string): string => fit(`${label.padEnd(9)}${text}`, CARD_COLUMNS);
  return [
    title + " ".repeat(CARD_COLUMNS - title.length - aside.length) + aside,
    line("Plan", `${safe(plan.name)} (${safe(plan.id)})`),
    tenant === undefined ? blank("Tenant  ") : line("Tenant", `${safe(tenant.name)}, ${safe(tenant.id)}`),
    line("Printed", `${fullMoment(card.printed.slice(0, 16))} ${zoneWord(plan.zone)}; print it again after each phase`),
    contact === undefined ? blank("Call    ") : line("Call", `${safe(contact.name)}, ${safe(contact.email)}`),
    blank("         telephone"),
  ];
};

/** What bears no mark of the plan nothing but its runs can tell: then the last of them is taken back. */
const withTool = ({ plan, policies }: Card): readonly string[] => {
  const row = (what: string, command: string): string => `${INDENT}${what.padEnd(23)}entra-rollout ${command}`;
  return [
    "1  With this tool, where an administrator is signed in; it needs no plan",
    row("why can they not?", "why ACCOUNT"),
    ...(policies.list.length === 0
      ? [row("what was done?", "runs"), row("take a run back", "undo RUN")]
      : [
          row("let one person in", 'let-in ACCOUNT --for 24h --because "..."'),
          row("stop asking everybody", `halt ${safe(plan.id)}`),
          row("stop asking one school", `halt ${safe(plan.id)} --domain DOMAIN`),
        ]),
  ].map((line) => fit(line, CARD_COLUMNS));
};

const inPortal = (card: Card): readonly string[] => {
  const { list, from, because } = card.policies;
  const clicks =
    list.length === 0
      ? []
      : [
          `${INDENT}policies:  Entra ID > Conditional Access > Policies > (name)`,
          `${ITEM}> Enable policy: Report-only > Save${card.registering ? "   (registering methods: Off)" : ""}`,
          ...(from === "tenant" ? [] : [`${INDENT}the names that the plan will make${because === undefined ? "" : ", since the tenant's could not be read"}:`]),
        ];
  return ["2  Without it: sign in at https://entra.microsoft.com as an emergency account", ...clicks];
};

const byHand = (card: Card): readonly string[] => card.byHand.flatMap((each) => CLICKS[each].map((line, at) => (at === 0 ? INDENT : ITEM) + line));

const EMERGENCIES = 4;

const emergency = ({ emergencyAccounts, policies }: Card): readonly string[] => {
  const shown = emergencyAccounts.slice(0, EMERGENCIES);
  const more = emergencyAccounts.length - shown.length;
  return [
    `3  Emergency accounts${policies.list.length > 0 ? ": no policy of the plan asks them" : ""}`,
    ...shown.flatMap(({ address, missing }) => [
      INDENT + fit(`${safe(address)}${missing ? "   NOT IN THIS TENANT" : ""}`, CARD_COLUMNS - INDENT.length),
      `${blank(`${ITEM}password is kept`, 43)} ${blank("key is kept", 36)}`,
    ]),
    ...(more > 0 ? [`${INDENT}and ${counted(more, "more", "more")}`] : []),
  ];
};

const lastResort = ({ tenant }: Card): readonly string[] => [
  "5  If not even an emergency account gets in: only Microsoft can help",
  ...wrapped(
    `Call Microsoft support for business. Say "tenant lockout: every administrator is locked out", ask for the Data Protection team. Have ready: the tenant's id${tenant === undefined ? "" : " (above)"}, its domain, an administrator's name, a bill.`,
  ),
  blank(`${INDENT}support telephone`, 44) + blank("  contract or partner", CARD_COLUMNS - 44),
];

/** As many of `items` as fit into `room` lines, and a line that says how many more there are. */
const within = (items: readonly (readonly string[])[], room: number, more: (count: number) => string): readonly string[] => {
  if (items.flat().length <= room) return items.flat();
  const shown: string[] = [];
  let count = 0;
  for (const item of items) {
    if (shown.length + item.length > room - 1) break;
    shown.push(...item);
    count += 1;
  }
  return [...shown, fit(more(items.length - count), CARD_COLUMNS)].slice(0, Math.max(0, room));
};

const phaseLine = (phase: Card["phases"][number]): string =>
  fit(`${INDENT}${formatLocal(phase.starts).padEnd(23)}${safe(phase.title)}${phase.note === undefined ? "" : ` (${phase.note})`}`, CARD_COLUMNS);

/** Phases are the first to be shortened, since they stand in the plan; what undoes them stands nowhere else. */
const FEWEST_PHASES = 4;

export const cardText = (card: Card): string => {
  const [first, tool, portal, hands, accounts, last] = [head(card), withTool(card), inPortal(card), byHand(card), emergency(card), lastResort(card)];
  const phases = card.phases.map((phase) => [phaseLine(phase)]);
  // A heading and an empty line before each of the five parts.
  const fixed = [first, tool, portal, hands, accounts, last].flat().length + 1 + 5;
  const room = CARD_LINES - fixed;
  const fewest = Math.min(phases.length, FEWEST_PHASES);
  const { list } = card.policies;
  const whole = list.map((policy) => policyLines(policy, true));
  const short = list.map((policy) => policyLines(policy, false));
  const policies = within(
    whole.flat().length + phases.length <= room ? whole : short,
    room - fewest,
    (count) => `${INDENT}and ${count} more: every policy whose name ends in [${safe(card.plan.id)}/...]`,
  );
  const dates = within(phases, room - policies.length, (count) => `${INDENT}and ${count} more: ${safe(card.plan.file)}`);
  const lines = [
    ...first,
    "",
    ...tool,
    "",
    ...portal,
    ...policies,
    ...hands,
    "",
    ...accounts,
    "",
    `4  What the plan does, and when (${zoneWord(card.plan.zone)})`,
    ...dates,
    "",
    ...last,
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
};
