/** One sign-in of one account, to what is asked of it, by whom, and whether the account can do it. */

import { ENTRA_ADMIN_CENTER, MICROSOFT_365_ADMIN_CENTER } from "./applications.ts";
import { evaluate, type Ground } from "./evaluate.ts";
import { isBlock, shutsOut } from "./evaluate-controls.ts";
import { nameWithoutMark } from "./mark.ts";
import { lasting, type Means, meansOf, meets, PORTALS, strengthNamed } from "./means.ts";
import { NOTHING_SAID, type Program, type SignIn, type Subject, type Wanted } from "./sign-in.ts";
import {
  type AuthenticationMethodsSettings,
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  type Instant,
  type Known,
  type LiveAccount,
  type ObjectId,
  type PerUserState,
  present,
  type ResourceOf,
  type Strength,
  unknown,
} from "./tenant.ts";
import type { WhyOutcome, WhySignIn, WhySource } from "./why-document.ts";

/** An account and all that has a say in its sign-ins, as read from the tenant. */
export type Standing = {
  readonly account: LiveAccount;
  readonly subject: Subject;
  readonly policies: Known<readonly ResourceOf<"conditional-access">[]>;
  readonly ground: Ground;
  readonly defaults: Known<boolean>;
  readonly perUser: Known<PerUserState>;
  readonly methods: Known<AuthenticationMethodsSettings>;
  readonly strengths: Known<ReadonlyMap<ObjectId, Strength>>;
  readonly now: Instant;
};

export type Question = { readonly title: string; readonly application: ObjectId; readonly program: Program };
export type Place = Pick<SignIn, "address" | "country">;

export const signInOf = (subject: Subject, { application, program }: Question, place: Place): SignIn => ({
  subject,
  target: { type: "application", id: application },
  program,
  // Nobody here sees the device, nor what the service thinks of the risk.
  ...NOTHING_SAID,
  ...place,
  flow: "none",
});

const MFA: Wanted = { any: false, controls: ["mfa"] };

type Demand = { readonly source: WhySource; readonly wanted: Wanted };
/** Why somebody is kept out, or why nobody can say. */
type Reason = { readonly source: WhySource; readonly because: string };
type Asked = { readonly demands: readonly Demand[]; readonly walls: readonly Reason[]; readonly doubts: readonly (Reason & { readonly wanted?: Wanted })[] };

const NOTHING: Asked = { demands: [], walls: [], doubts: [] };
const DEFAULTS: WhySource = { type: "security-defaults" };
const PER_USER: WhySource = { type: "per-user-mfa" };

const isOld = (program: Program): boolean => program === "legacy" || program === "activesync";

const sourceOf = ({ id, mark, settings }: ResourceOf<"conditional-access">): WhySource => ({
  type: "policy",
  id,
  name: settings.name,
  plan: mark?.plan ?? null,
});

const sourceWords = (source: WhySource): string => {
  switch (source.type) {
    case "policy":
      return `the policy "${nameWithoutMark(source.name)}"`;
    case "security-defaults":
      return "security defaults";
    case "per-user-mfa":
      return "per-user MFA";
    case "portal":
      return "Microsoft itself, in its admin centres";
    case "account":
      return "the account";
  }
};

const CONTROLS: Readonly<Record<string, string>> = {
  mfa: "MFA",
  block: "a block",
  compliantdevice: "a compliant device",
  domainjoineddevice: "a device joined to the domain",
  approvedapplication: "an approved app",
  compliantapplication: "an app with a protection policy",
  passwordchange: "a new password",
  riskremediation: "a remedy for the risk",
};

/** One control as people call it. */
const controlWords = (control: string, strengths: Standing["strengths"]): string => {
  const [kind = "", ...rest] = control.split(":");
  const text = rest.join(":");
  if (kind === "strength") return `the strength "${strengthNamed(text, strengths)?.name ?? text}"`;
  if (kind === "terms-of-use") return "terms of use";
  if (kind === "custom") return `the control "${text}"`;
  if (kind === "unknown") return `something that this tool does not know (${text})`;
  return CONTROLS[control.toLowerCase()] ?? control;
};

export const wantedWords = ({ any, controls }: Wanted, strengths: Standing["strengths"]): string =>
  controls.map((control) => controlWords(control, strengths)).join(any ? " or " : " and ");

const whyUnknown = (known: Known<unknown>): string => (known.type === "unknown" ? known.because : "the service told nothing");

// ---- who asks

const ofPolicies = ({ policies, ground, strengths }: Standing, signIn: SignIn): Asked => {
  if (policies.type !== "present")
    return { ...NOTHING, doubts: [{ source: { type: "account" }, because: `the policies could not be read: ${whyUnknown(policies)}` }] };
  const byId = new Map(policies.value.map((policy) => [policy.id, policy]));
  const asked: { demands: Demand[]; walls: Reason[]; doubts: (Reason & { wanted?: Wanted })[] } = { demands: [], walls: [], doubts: [] };
  for (const stance of evaluate(policies.value, signIn, ground).stances) {
    const policy = byId.get(stance.policy);
    if (policy === undefined || stance.state !== "on" || stance.applies === "no") continue;
    const source = sourceOf(policy);
    const { wants, because } = stance;
    if (stance.applies === "unknown") asked.doubts.push({ source, because, ...(wants !== undefined && wants !== null && { wanted: wants }) });
    else if (isBlock(wants)) asked.walls.push({ source, because: "blocks" });
    else if (wants !== undefined && wants !== null && shutsOut(wants, signIn.program))
      // What an old program is asked for it cannot show: the service then turns it away.
      asked.walls.push({ source, because: `asks for ${wantedWords(wants, strengths)}, which an old program cannot show` });
    else if (wants !== undefined && wants !== null && wants.controls.length > 0) asked.demands.push({ source, wanted: wants });
  }
  return asked;
};

/** All or nothing: nobody is left out but the account that synchronises the directory. */
const ofDefaults = ({ defaults, subject }: Standing, { program }: Question): Asked => {
  if (defaults.type !== "present")
    return { ...NOTHING, doubts: [{ source: DEFAULTS, because: `whether they are on could not be read: ${whyUnknown(defaults)}`, wanted: MFA }] };
  if (!defaults.value || (subject.roles.type === "present" && subject.roles.value.has(DIRECTORY_SYNCHRONIZATION_ACCOUNTS))) return NOTHING;
  if (isOld(program)) return { ...NOTHING, walls: [{ source: DEFAULTS, because: "block old programs" }] };
  // Of people without a role MFA is wanted on a device that was not seen before: nobody here sees the device.
  return { ...NOTHING, demands: [{ source: DEFAULTS, wanted: MFA }] };
};

/** `enabled` leaves old programs alone; `enforced` takes no password from them but one of their own. Facts, section 7.8. */
const ofPerUser = ({ perUser }: Standing, { program }: Question): Asked => {
  if (perUser.type !== "present")
    return {
      ...NOTHING,
      doubts: [{ source: PER_USER, because: `its state could not be read: ${whyUnknown(perUser)}`, ...(!isOld(program) && { wanted: MFA }) }],
    };
  if (perUser.value === "disabled") return NOTHING;
  if (!isOld(program)) return { ...NOTHING, demands: [{ source: PER_USER, wanted: MFA }] };
  return perUser.value === "enabled"
    ? NOTHING
    : { ...NOTHING, walls: [{ source: PER_USER, because: "takes an app password from an old program, not the account's own" }] };
};

/** From when on Microsoft asks by itself, whatever the tenant says: the first day of each roll-out. Facts, section 9. */
const MANDATORY_FROM: ReadonlyMap<ObjectId, Instant> = new Map([
  [ENTRA_ADMIN_CENTER, Date.UTC(2024, 9, 15)],
  [MICROSOFT_365_ADMIN_CENTER, Date.UTC(2025, 1, 3)],
]);

const isMandatory = ({ now }: Standing, { application, program }: Question): boolean =>
  !isOld(program) && now >= (MANDATORY_FROM.get(application) ?? Number.POSITIVE_INFINITY);

const ofPortals = (standing: Standing, question: Question): Asked =>
  isMandatory(standing, question) ? { ...NOTHING, demands: [{ source: { type: "portal" }, wanted: PORTALS }] } : NOTHING;

const together = (parts: readonly Asked[]): Asked => ({
  demands: parts.flatMap(({ demands }) => demands),
  walls: parts.flatMap(({ walls }) => walls),
  doubts: parts.flatMap(({ doubts }) => doubts),
});

// ---- whether it can be done

type Answer = "yes" | "no" | "unknown";

const groupsOf = ({ subject }: Standing) => ({ surely: subject.groups, perhaps: subject.groups });

const meansFor = (standing: Standing): Means => meansOf(standing.account, groupsOf(standing), standing.methods);

export type Registered = { readonly method: string; readonly allowed: "yes" | "no" | "unknown" };

/** What is registered and could be a second step, those too that the tenant does not let them use; undefined: nobody can say. */
export const registeredBy = (standing: Standing): readonly Registered[] | undefined => {
  const { account, methods } = standing;
  if (account.methods.type !== "present") return undefined;
  const waysOf = (method: string, settings: Standing["methods"]): Means["ways"] =>
    meansOf({ ...account, methods: present([method]) }, groupsOf(standing), settings).ways;
  return account.methods.value.flatMap((method): readonly Registered[] => {
    const [first] = waysOf(method, unknown("whatever they are"));
    if (first === undefined) return [];
    const ways = waysOf(method, methods);
    return [{ method: first.word, allowed: ways.some(({ allowed }) => allowed === "yes") ? "yes" : ways.length > 0 ? "unknown" : "no" }];
  });
};

/** What can be registered while a sign-in waits for it: keys, certificates and Windows Hello are not among it. */
const ON_THE_WAY = ["microsoftAuthenticator", "softwareOath", "phone"] as const;

const onTheWay = (standing: Standing): Means => meansOf({ ...standing.account, methods: present(ON_THE_WAY), keys: [] }, groupsOf(standing), standing.methods);

/** A guest may do at home what is asked here; whether this tenant takes that nobody told. */
const isFromElsewhere = ({ account, subject }: Standing): boolean => account.invited === true || subject.belongs?.startsWith("b2b") === true;

const answerTo = (standing: Standing, { source, wanted }: Demand, means: Means): Answer => {
  const found = meets(wanted, source.type === "portal" ? lasting(means) : means, standing.strengths);
  return found === "no" && isFromElsewhere(standing) ? "unknown" : found;
};

/** The methods that meet every demand by themselves, else those that meet one of them. */
const canWith = (standing: Standing, demands: readonly Demand[], means: Means): readonly string[] => {
  const met = (met: "every" | "some"): readonly string[] =>
    means.ways.flatMap((way) => (demands[met]((demand) => answerTo(standing, demand, { known: true, ways: [way] }) === "yes") ? [way.word] : []));
  const all = met("every");
  return [...new Set(all.length > 0 ? all : met("some"))].sort();
};

/** Why nothing can be registered at this place, if so. */
const againstRegistering = (standing: Standing, place: Place, means: Means): { readonly walls: readonly Reason[]; readonly doubts: readonly Reason[] } => {
  const question: Question = { title: "", application: "", program: "browser" };
  const signIn: SignIn = { ...signInOf(standing.subject, question, place), target: { type: "user-action", action: "register-security-info" } };
  // One for all applications is about registering too, and is the very one that leads there: it is met by registering.
  const policies =
    standing.policies.type === "present" ? present(standing.policies.value.filter(({ settings }) => settings.apps.userActions.length > 0)) : standing.policies;
  const { walls, demands, doubts } = ofPolicies({ ...standing, policies }, signIn);
  const unmet = demands.filter((demand) => answerTo(standing, demand, means) === "no");
  return {
    walls: [
      ...walls.map(({ source }) => ({ source, because: "does not let anybody register here" })),
      ...unmet.map(({ source, wanted }) => ({ source, because: `wants ${wantedWords(wanted, standing.strengths)} before anything is registered` })),
    ],
    doubts,
  };
};

// ---- in words

const told = (reasons: readonly Reason[]): string => reasons.map(({ source, because }) => `${sourceWords(source)}: ${because}`).join("; ");

const askedBy = (demands: readonly Demand[], strengths: Standing["strengths"]): string => {
  const byWords = new Map<string, string[]>();
  for (const { source, wanted } of demands) {
    const words = wantedWords(wanted, strengths);
    byWords.set(words, [...(byWords.get(words) ?? []), sourceWords(source)]);
  }
  return [...byWords].map(([words, sources]) => `${words} by ${[...new Set(sources)].join(" and ")}`).join("; ");
};

const asksOf = (demands: readonly Demand[]): WhySignIn["asks"] => {
  const seen = new Map(demands.map(({ wanted }) => [JSON.stringify(wanted), { any: wanted.any, controls: wanted.controls }]));
  return [...seen].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, wanted]) => wanted);
};

const sourcesOnce = (reasons: readonly { readonly source: WhySource }[]): readonly WhySource[] => [
  ...new Map(reasons.map(({ source }) => [JSON.stringify(source), source])).values(),
];

/** What one sign-in comes to. Whatever nobody can say is never let in. */
export const whySignIn = (standing: Standing, question: Question, place: Place): WhySignIn => {
  const { title, application, program } = question;
  const asked = together([
    ofPolicies(standing, signInOf(standing.subject, question, place)),
    ofDefaults(standing, question),
    ofPerUser(standing, question),
    ofPortals(standing, question),
  ]);
  const means = meansFor(standing);
  type Ended = { readonly can?: readonly string[] | null; readonly missing?: boolean };
  const end = (outcome: WhyOutcome, by: readonly { readonly source: WhySource }[], because: string, { can = [], missing = false }: Ended = {}): WhySignIn => ({
    title,
    application,
    program,
    outcome,
    by: sourcesOnce(by),
    asks: asksOf(asked.demands),
    can,
    missing,
    because,
  });

  if (!standing.account.enabled) return end("blocked", [{ source: { type: "account" } }], "the account is disabled");
  const { walls } = asked;
  if (walls.length > 0) return end("blocked", walls, told(walls));

  // What somebody may be asked for, and can do, keeps nobody out.
  const perhaps = asked.doubts.flatMap(({ source, wanted }) =>
    wanted !== undefined && !isBlock(wanted) && !shutsOut(wanted, program) ? [{ source, wanted }] : [],
  );
  const harmless = new Set(perhaps.filter((demand) => answerTo(standing, demand, means) === "yes").map(({ source }) => JSON.stringify(source)));
  const doubts = asked.doubts.filter(({ source }) => !harmless.has(JSON.stringify(source)));
  const certain = asked.demands.length === 0 ? "" : `for certain ${askedBy(asked.demands, standing.strengths)}; `;
  if (doubts.length > 0) return end("unknown", doubts, `${certain}${told(doubts)}`, { can: null });

  const demands = [...asked.demands, ...perhaps];
  if (demands.length === 0) return end("let-in", [], "nothing is asked but the password");
  const answers = demands.map((demand) => ({ demand, answer: answerTo(standing, demand, means) }));
  const by = askedBy(demands, standing.strengths);
  const maybe = asked.demands.length === 0 ? "perhaps " : "";
  const unmet = answers.filter(({ answer }) => answer === "no").map(({ demand }) => demand);
  if (unmet.length === 0) {
    const open = answers.filter(({ answer }) => answer === "unknown").map(({ demand }) => demand);
    if (open.length === 0) {
      const can = canWith(standing, demands, means);
      return end("asked", demands, `${maybe}${by}${can.length === 0 ? "" : `; can: ${can.join(", ")}`}`, { can });
    }
    const why = means.known
      ? isFromElsewhere(standing)
        ? "what a guest has at home is not told"
        : askedBy(open, standing.strengths)
      : whyUnknown(standing.account.methods.type === "present" ? standing.methods : standing.account.methods);
    return end("asked", demands, `${by}; whether they can is not known: ${why}`, { can: null });
  }
  const way = onTheWay(standing);
  const lost = unmet.filter((demand) => answerTo(standing, demand, way) === "no");
  if (lost.length > 0)
    return end("blocked", lost, `${askedBy(lost, standing.strengths)}: no registered method meets it, and none that can be registered on the way`, {
      missing: true,
    });
  const registering = againstRegistering(standing, place, means);
  if (registering.walls.length > 0)
    return end("blocked", [...unmet, ...registering.walls], `${by}; nothing is registered that meets it, and ${told(registering.walls)}`, { missing: true });
  const caveat = registering.doubts.length === 0 ? "" : `; whether they may register here is not known: ${told(registering.doubts)}`;
  return end("register", demands, `${by}; nothing is registered that meets it${caveat}`, { missing: true });
};
