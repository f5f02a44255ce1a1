/** Settings of the whole tenant that decide whether a plan can be carried out, and what its reports can say. */

import { counted, listed } from "../guards/guard.ts";
import type { Phase, Plan } from "../plan/plan.ts";
import { asksEverywhere, policiesOn } from "../replacement.ts";
import type { Instant, Kind, Known, Mark, ResourceOf } from "../tenant.ts";
import type { DoctorLine } from "./document.ts";
import type { Facts } from "./facts.ts";
import { asksByPolicy } from "./licences.ts";
import { notRead, teller, whyUnknown } from "./lines.ts";

// ---- security defaults

/** A phase that asks everybody everywhere: with it security defaults go. */
const asksEverybody = (plan: Plan, { requireMfa }: Phase): boolean =>
  requireMfa !== undefined &&
  requireMfa.apps === "all" &&
  requireMfa.outside.length === 0 &&
  requireMfa.on.length === 2 &&
  plan.cohorts.some(({ name, source }) => name === requireMfa.for && source.type === "all");

const defaultsOn = (plan: Plan | undefined): DoctorLine => {
  const tell = teller("tenant", "security-defaults");
  if (plan === undefined) return tell.ok("security defaults are on: everybody is asked for MFA, and the service lets no policy be switched on beside them");
  if (plan.mechanism === "security-defaults") return tell.ok("security defaults are on, as the plan wants it");
  if (plan.mechanism === "per-user")
    return tell.problem(
      "security defaults are on and ask everybody, while the plan asks account by account",
      'turn them off before the first phase (Entra admin centre: Identity, Overview, Properties, "Manage security defaults"), or plan by mechanism: security-defaults',
    );
  if (!plan.phases.some(asksByPolicy)) return tell.ok("security defaults are on, and the plan switches no policy on beside them");
  const last = plan.phases.find((phase) => asksEverybody(plan, phase));
  if (last !== undefined)
    return tell.ok(
      `security defaults are on: the plan's policies stay in report-only beside them until "${last.title}" asks everybody, and the defaults go off with it`,
    );
  return tell.problem(
    "security defaults are on, the service lets no policy be switched on beside them, and no phase of the plan asks everybody, so that they could go",
    'let a phase ask everybody (all: true, on: [web, clients], no networks) and block old programs for everybody; or turn them off (Entra admin centre: Identity, Overview, Properties, "Manage security defaults") and know that nothing asks until a phase does',
  );
};

const securityDefaults = ({ plan, observed }: Facts): DoctorLine => {
  const tell = teller("tenant", "security-defaults");
  const { securityDefaults: known } = observed;
  if (known.type !== "present") return notRead(tell, "whether security defaults are on", known);
  if (known.value) return defaultsOn(plan);
  if (plan?.mechanism === "security-defaults") {
    const beside = policiesOn(observed);
    const phase = plan.phases.find((each) => each.securityDefaults === "on");
    if (beside.length > 0)
      return tell.problem(
        `security defaults are off, and ${counted(beside.length, "policy is", "policies are")} on, beside which the portal refuses to turn them on: ${listed(beside.map(({ settings }) => `"${settings.name}"`))}`,
        "plan by mechanism: conditional-access, or switch these policies off in the hour in which the plan turns the defaults on",
        { names: beside.map(({ settings, id }) => `${settings.name} (${id})`) },
      );
    return tell.ok(`security defaults are off${phase === undefined ? "" : `, and "${phase.title}" turns them on`}`);
  }
  if (
    plan === undefined &&
    observed.resources["conditional-access"].type === "present" &&
    !policiesOn(observed).some(({ settings }) => asksEverywhere(settings))
  )
    return tell.warning(
      "security defaults are off, and no policy that is on asks for MFA everywhere: for many a password is enough",
      "entra-rollout init mine.yaml begins a plan, which a practice tenant can be led through first",
    );
  return tell.ok("security defaults are off");
};

// ---- methods

const MIGRATE =
  'in the Entra admin centre under Protection, Authentication methods, Policies choose "Manage migration", compare the older settings with what stands there, and set it to Migration Complete';

const migration = ({ plan, observed: { access } }: Facts): DoctorLine => {
  const tell = teller("tenant", "methods-migration");
  const methods = access?.type === "present" ? access.value.methods : undefined;
  if (methods?.type !== "present") return notRead(tell, "the policy of authentication methods", methods ?? access);
  const { migration: state } = methods.value;
  if (state === "complete") return tell.ok("methods are managed in the policy of authentication methods alone: the migration is complete");
  const how = state === "pre" ? "has not begun" : state === "in-progress" ? "is under way" : "stands nobody can say where";
  const detail = `the migration to the policy of authentication methods ${how}: a method also works where the older settings allow it, and nobody can read those but in the portal`;
  const closing = plan?.phases.find(({ allowMethods }) => Object.values(allowMethods ?? {}).includes("off"));
  return closing === undefined ? tell.warning(detail, MIGRATE) : tell.problem(`${detail}; "${closing.title}" waits for its end`, MIGRATE);
};

// ---- reports

const REPORT_SETTINGS = 'Microsoft 365 admin centre: Settings, Org settings, Services, Reports, "Display concealed user, group, and site names in all reports"';

const concealment = ({ concealed }: Facts): DoctorLine => {
  const tell = teller("tenant", "report-names");
  if (concealed.type === "unknown" && concealed.denied === true)
    return tell.note(
      "whether usage reports conceal names may not be read by this sign-in, and nothing but this line needs it",
      `look for yourself: ${REPORT_SETTINGS}`,
    );
  if (concealed.type !== "present") return notRead(tell, "whether usage reports conceal names", concealed);
  if (!concealed.value) return tell.ok("usage reports name people");
  return tell.warning(
    "usage reports conceal names: what is in them cannot be told of any account, so report stale and report protocols say less",
    `clear it for as long as it is needed: ${REPORT_SETTINGS}`,
  );
};

// ---- people from elsewhere

const federated = ({ observed: { domains } }: Facts): DoctorLine => {
  const tell = teller("tenant", "federated-domains");
  if (domains?.type !== "present") return notRead(tell, "the domains", domains);
  const elsewhere = [...domains.value].flatMap(([name, isFederated]) => (isFederated ? [name] : [])).sort();
  if (elsewhere.length === 0) return tell.ok(`all of the ${counted(domains.value.size, "domain")} sign in here: none is federated`);
  return tell.warning(
    `${counted(elsewhere.length, "domain is", "domains are")} federated (${listed(elsewhere)}): their accounts sign in at another identity provider, which may do the MFA or not, and what they have registered here may never be asked for`,
    "find out what that provider does (federatedIdpMfaBehavior of the domain's federation), and try one account of each before its phase",
    { names: elsewhere },
  );
};

const HOUR_MS = 3_600_000;
/** Microsoft Entra Connect comes round every 30 minutes. */
const STALE_MS = 3 * HOUR_MS;

const age = (ms: number): string => (ms < 48 * HOUR_MS ? counted(Math.floor(ms / HOUR_MS), "hour") : counted(Math.floor(ms / (24 * HOUR_MS)), "day"));

const lastSeen = (moment: Instant, last: Instant | undefined): { readonly stale: boolean; readonly words: string } => {
  if (last === undefined) return { stale: true, words: "and nobody says when it last was" };
  return moment - last > STALE_MS
    ? { stale: true, words: `and was not for ${age(moment - last)}` }
    : { stale: false, words: "and was within the last three hours" };
};

const synced = ({ synchronisation, moment, plan }: Facts): DoctorLine => {
  const tell = teller("tenant", "synced-directory");
  if (synchronisation.type !== "present") return notRead(tell, "whether the directory is synced", synchronisation);
  if (!synchronisation.value.on) return tell.ok("the directory lives in the cloud alone: nothing is synced from on premises");
  const { stale, words } = lastSeen(moment, synchronisation.value.last);
  const deletes = plan?.phases.some(({ blockSignIn, deleteAccounts }) => blockSignIn !== undefined || deleteAccounts !== undefined) === true;
  const detail = `the directory is synced from on premises ${words}; synced accounts are blocked and deleted there and not here, and the synchronisation's own account is never asked for MFA`;
  if (stale) return tell.warning(detail, "look at the synchronisation: Entra admin centre, Identity, Hybrid management, Microsoft Entra Connect");
  return deletes
    ? tell.note(detail, "accounts of the plan's lists that are synced are left as they are: block and delete them in the local directory")
    : tell.ok(detail);
};

// ---- other hands

const KINDS_THAT_BEAR = ["cohort-group", "named-location", "conditional-access"] as const satisfies readonly Kind[];
type Bearing = ResourceOf<(typeof KINDS_THAT_BEAR)[number]>;

const WORDS = {
  "cohort-group": ["group", "groups"],
  "named-location": ["named location", "named locations"],
  "conditional-access": ["policy", "policies"],
} as const;

const bearing = ({ observed: { resources } }: Facts): { readonly marked: readonly Bearing[]; readonly unread: Known<unknown> | undefined } => {
  const lists: readonly Known<readonly Bearing[]>[] = KINDS_THAT_BEAR.map((kind) => resources[kind]);
  return {
    marked: lists.flatMap((list) => (list.type === "present" ? list.value.filter(({ mark, managed }) => mark !== undefined && !managed) : [])),
    unread: lists.find(({ type }) => type === "unknown"),
  };
};

const kindsIn = (own: readonly Bearing[]): string =>
  listed(
    KINDS_THAT_BEAR.flatMap((kind) => {
      const count = own.filter((each) => each.kind === kind).length;
      return count === 0 ? [] : [counted(count, WORDS[kind][0], WORDS[kind][1])];
    }),
  );

const byPlan = (marked: readonly Bearing[]): readonly (readonly [plan: string, own: readonly Bearing[]])[] =>
  [...new Set(marked.flatMap(({ mark }) => mark?.plan ?? []))].sort().map((id) => [id, marked.filter(({ mark }) => mark?.plan === id)]);

const otherPlans = (facts: Facts): DoctorLine => {
  const tell = teller("tenant", "marks");
  const { marked, unread } = bearing(facts);
  if (unread !== undefined) return notRead(tell, "what this tool made here", unread);
  const { plan } = facts;
  const plans = byPlan(marked);
  const own = plans.find(([id]) => id === plan?.id)?.[1] ?? [];
  const others = plans.filter(([id]) => id !== plan?.id);
  const said = others.map(([id, list]) => `${id} (${kindsIn(list)})`);
  if (plan === undefined)
    return tell.ok(plans.length === 0 ? "nothing here bears a mark of this tool" : `plans of this tool are at work here: ${listed(said)}`);
  if (others.length > 0)
    return tell.warning(
      `other plans are at work here as well: ${listed(said)}; whom two plans reach is asked by both`,
      `carry one plan at a time through a tenant; what another one left behind is removed by its own file, with apply --prune or undo`,
    );
  return tell.ok(own.length === 0 ? "nothing here bears a mark of this tool yet" : `what bears a mark of this tool is this plan's: ${kindsIn(own)}`);
};

const markWords = ({ plan, key }: Mark): string => `${plan}/${key}`;

const doubles = (facts: Facts): readonly DoctorLine[] => {
  const seen = new Map<string, Bearing[]>();
  for (const each of bearing(facts).marked) {
    if (each.mark === undefined) continue;
    const key = `${each.kind} ${markWords(each.mark)}`;
    seen.set(key, [...(seen.get(key) ?? []), each]);
  }
  return [...seen.values()].flatMap((alike) => {
    const [first] = alike;
    if (first?.mark === undefined || alike.length < 2) return [];
    return [
      teller("tenant", "doubles").problem(
        `${alike.length === 2 ? "two" : alike.length} ${WORDS[first.kind][1]} bear the mark ${markWords(first.mark)}: ${listed(alike.map(({ id }) => id).sort())}; which of them counts is not for a tool to guess`,
        "compare them in the Entra admin centre, keep the one that is right and delete the other",
      ),
    ];
  });
};

// ---- Microsoft's own policies

const managed = ({ plan, observed: { resources } }: Facts): readonly DoctorLine[] => {
  const tell = teller("tenant", "managed-policies");
  const list = resources["conditional-access"];
  if (list.type !== "present")
    return [tell.unread(`whether there are policies of Microsoft's could not be read: ${whyUnknown(list)}`, "give the sign-in the right to read policies")];
  const own = list.value.filter((policy) => policy.managed && policy.settings.state !== "off");
  if (own.length === 0) return [];
  const waiting = own.filter(({ settings }) => settings.state === "report-only");
  const names = own.map(({ settings }) => `"${settings.name}"`);
  const detail = `${counted(own.length, "policy", "policies")} of Microsoft's own: ${listed(names)}${waiting.length === 0 ? "" : `; ${waiting.length === own.length ? "in report-only" : `${waiting.length} of them in report-only`}, from which they switch themselves on`}`;
  if (plan?.microsoftManaged === "keep") return [tell.ok(`${detail}; the plan keeps them`)];
  return [tell.warning(detail, "decide on them: microsoftManaged: keep, reportOnly or off in the plan; diff says whom each asks before the plan does")];
};

export const tenantLines = (facts: Facts): readonly DoctorLine[] => [
  securityDefaults(facts),
  migration(facts),
  ...managed(facts),
  concealment(facts),
  federated(facts),
  synced(facts),
  otherPlans(facts),
  ...doubles(facts),
];
