/**
 * The shape of a plan file, without its meaning: what `shape.ts` checks first, and what editors get as JSON Schema. Nothing
 * here transforms, so that both see the file as it is written.
 */

import * as v from "valibot";
import { ALLOWABLE_METHODS, ATTRIBUTES, BASIC_ALLOWABLE, MECHANISMS, METHODS, PROTOCOLS } from "./plan.ts";

type Schema = v.GenericSchema<unknown, unknown>;
/** What a part means; besides, JSON Schema's own words for what the shape leaves to the second pass. */
type Words = { readonly description: string; readonly examples?: readonly unknown[]; readonly [keyword: string]: unknown };

const meaning = <T extends Schema>(schema: T, words: Words) => v.pipe(schema, v.metadata<v.InferOutput<T>, Words>(words));

const described = <T extends Schema>(schema: T, description: string, ...examples: readonly unknown[]) =>
  meaning(schema, { description, ...(examples.length > 0 && { examples }) });

const list = (what: Schema, description: string, ...examples: readonly unknown[]) => described(v.pipe(v.array(what), v.minLength(1)), description, ...examples);

const filled = v.pipe(v.string(), v.minLength(1));

const text = (description: string, ...examples: readonly string[]) => described(filled, description, ...examples);

const formed = (form: RegExp, said: string, description: string, ...examples: readonly string[]) =>
  described(v.pipe(v.string(), v.regex(form, said)), description, ...examples);

const word = (words: readonly string[], description: string, ...examples: readonly string[]) => described(v.picklist(words), description, ...examples);

const pattern = text(
  "An address pattern, matched against the whole user principal name, in any case: * stands for any letters, ? for one.",
  "head@*",
  "*@*.county.example",
);

const ID = /^[a-z0-9-]{1,40}$/;
const NO_ID = "is not an id: small letters a-z, digits and hyphens, 40 at most";

const MOMENT = "A day (midnight) or a moment to the minute, by the clock of the plan's zone.";
const moment = (what: string) => text(`${what} ${MOMENT}`, "2018-11-19", "2022-02-28T06:30", "w/c 19/11/2018");

const inOrOut = (description: string) => word(["in", "out"], description);

const exception = described(
  v.strictObject({
    accounts: list(pattern, "Whose addresses are left out.", ["office@*"]),
    because: text("Why: an exclusion is a hole.", "shared by three people"),
    owner: text("Whose it is to close.", "bursar"),
    until: v.optional(text("The day on which it ends. Past it, the exclusion is reported as overdue.", "2019-04-01")),
  }),
  "Accounts that are left out of a cohort, with the reason and an owner.",
);

/** One text or several. */
const oneOrMore = (description: string, ...examples: readonly unknown[]) =>
  described(v.union([filled, v.pipe(v.array(filled), v.minLength(1))]), description, ...examples);

const each = (keys: readonly string[], schema: Schema) => Object.fromEntries(keys.map((key) => [key, v.optional(schema)]));

const where = described(
  v.strictObject(each(ATTRIBUTES, oneOrMore("What it has to be, in any case: * stands for any letters, ? for one. Of several one has to match.", "Staff*"))),
  "Accounts by what the directory says of them; all conditions have to hold.",
  { department: ["Staff*"], extensionAttribute3: "teacher" },
);

/** Who a cohort is, said in exactly one of these ways. */
export const SOURCES = ["accounts", "domains", "where", "dynamic", "cohorts", "file", "group", "all"] as const;

const cohort = meaning(
  v.strictObject({
    accounts: v.optional(list(pattern, "Accounts by address pattern, over all domains.", ["head@*"])),
    domains: v.optional(list(filled, "All accounts of these domains.", ["*.county.example"])),
    where: v.optional(where),
    dynamic: v.optional(
      text(
        "A rule in the service's own words: it finds the members itself, of accounts made tomorrow too. Needs a premium licence.",
        'user.department -eq "Staff"',
      ),
    ),
    cohorts: v.optional(list(filled, "A sum of other cohorts, by name: whoever is in one of them.", ["heads", "offices"])),
    without: v.optional(list(filled, "Beside cohorts: whoever is in one of these is left out of the sum.", ["early adopters"])),
    file: v.optional(
      text("A CSV list beside the plan: account[,join or leave]. A row is an account or a whole domain; the cohort grows with it.", "early-adopters.csv"),
    ),
    group: v.optional(text("A group of the tenant, by name; its members, nested ones too, are the cohort.", "IT Support")),
    all: v.optional(described(v.literal(true), "Everybody, an account made tomorrow too.")),
    pupils: v.optional(inOrOut("Accounts with student licences only. They are out unless the plan says in; a cohort that catches some has to say.")),
    guests: v.optional(inOrOut("Accounts of other organisations. They are out unless the plan says in.")),
    serviceAccounts: v.optional(inOrOut("The plan's serviceAccounts. They are out unless the cohort says in.")),
    except: v.optional(
      list(exception, "Who is left out, each with a reason and an owner.", [{ accounts: ["office@*"], because: "shared by three people", owner: "bursar" }]),
    ),
  }),
  {
    description: "A named set of accounts, by exactly one of accounts, domains, where, dynamic, cohorts, file, group or all.",
    oneOf: SOURCES.map((source) => ({ required: [source] })),
  },
);

const network = meaning(
  v.strictObject({
    ranges: v.optional(list(filled, "Public address ranges in CIDR notation, v4 or v6, with masks longer than /8.", ["192.0.2.0/24", "2001:db8:10::/48"])),
    trusted: v.optional(
      described(v.boolean(), 'Marks the location as trusted, which changes what other people\'s policies with "all trusted locations" do. Normally left out.'),
    ),
    countries: v.optional(
      list(filled, "In place of ranges: countries, by their two letters (ISO 3166), in which the service places the address.", ["GB", "IE"]),
    ),
    unknownCountries: v.optional(inOrOut("Whether an address of no known country counts as inside. It is out unless the plan says in.")),
  }),
  {
    description: "A named network or set of countries; it becomes a named location of the tenant.",
    oneOf: [{ required: ["ranges"] }, { required: ["countries"] }],
  },
);

const outside = oneOrMore("Networks inside which nobody is asked, one name or several.", "schools");

const GUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

const requireMfa = described(
  v.strictObject({
    for: text("The cohort that is asked.", "heads"),
    on: list(v.picklist(["web", "clients"]), "Where: web is the browser, clients are desktop and mobile apps.", ["web"], ["web", "clients"]),
    apps: v.optional(
      described(
        v.union([v.picklist(["all", "office365"]), v.pipe(v.array(v.pipe(v.string(), v.regex(GUID, "is not the id of an application"))), v.minLength(1))]),
        "Which applications ask: all, office365, or a list of application ids; all unless said otherwise.",
        "all",
      ),
    ),
    outside: v.optional(outside),
    strength: v.optional(
      word(
        ["multifactor", "passwordless", "phishing-resistant"],
        "Which methods are enough, by the service's built-in authentication strengths. Whatever satisfies MFA unless said otherwise.",
      ),
    ),
    askAgainAfter: v.optional(
      formed(/^\d{1,3} days?$/, "is not a number of days", "Sign-in frequency: after so many days everybody signs in anew, in every client.", "90 days"),
    ),
  }),
  "Multi-factor authentication is required.",
);

const cohortAlone = (description: string, whose: string) => described(v.strictObject({ for: text(whose, "heads") }), description);

const protectRegistration = described(
  v.strictObject({
    for: text("Whose registration is protected.", "everyone"),
    outside: v.optional(oneOrMore("Networks inside which methods are registered without MFA, one name or several.", "schools")),
    temporaryAccessPass: v.optional(
      described(v.boolean(), "That whoever has no method yet is given a Temporary Access Pass: without it, nobody can register a first method from outside."),
    ),
  }),
  "Registering a method asks for MFA itself. A user action, which report-only cannot stage.",
);

const allowMethods = described(
  v.strictObject(each(ALLOWABLE_METHODS, word(["on", "off"], "Whether people may use it."))),
  "Which methods people may use, in the whole tenant. What is not named stays as it is.",
  { text: "off" },
);

const campaign = described(
  v.strictObject({
    state: v.optional(word(["on", "off"], "off ends the campaign; on unless said otherwise.")),
    for: v.optional(text("Who is asked; everybody unless said otherwise.", "everyone")),
    method: v.optional(word(["app", "passkey"], "What people are asked to register; app unless said otherwise.")),
    snooze: v.optional(
      formed(/^\d{1,2} days?$/, "is not a number of days", "How long it can be put off, 0 to 14 days; 1 day unless said otherwise.", "3 days"),
    ),
  }),
  "Registration campaign: asks people to register a better method, after they have completed MFA. It never reaches who has no method at all.",
);

const turnOff = described(
  v.strictObject({
    protocols: list(v.picklist(PROTOCOLS), "Which: pop3, imap, smtpAuth (programs and copiers that send), activeSync (the mail program of a telephone).", [
      "pop3",
      "imap",
    ]),
    for: v.optional(text("Whose mailboxes. Left out: every mailbox, those that are made tomorrow too.", "everyone")),
    keepOn: v.optional(
      described(v.array(exception), "Accounts whose mailboxes keep them, each with a reason and an owner; [] says that nobody does.", [
        { accounts: ["copier@*"], because: "scans to mail", owner: "site manager" },
      ]),
    ),
    atMost: v.optional(described(v.number(), "How many accounts that used them in the last 30 days may lose them; none unless said otherwise.", 25)),
  }),
  "Protocols of mailboxes are turned off, and kept off. Exchange Online does it, not Microsoft Graph.",
);

const blockBasic = described(
  v.strictObject({
    allow: v.optional(
      list(v.picklist(BASIC_ALLOWABLE), "What goes on with a password alone: smtpAuth (programs and copiers that send). Nothing unless said otherwise.", [
        "smtpAuth",
      ]),
    ),
    atMost: v.optional(described(v.number(), "How many accounts that sent mail so in the last 30 days may lose it; none unless said otherwise.", 25)),
  }),
  "The tenant's default authentication policy lets nothing in with a password alone. Accounts that have a policy of their own go by that.",
  { allow: ["smtpAuth"] },
);

const share = (description: string, example: string) => v.optional(formed(/^\d{1,3}%$/, "is not a share in percent", description, example));

const reviewList = oneOrMore(
  "The review list beside the plan, as report stale --for-review wrote it and people filled it in: one file, or each file of one that was split.",
  "unused.csv",
  ["schools/alder.csv", "schools/birch.csv"],
);

const blockSignIn = described(
  v.strictObject({
    list: reviewList,
    atMost: v.optional(described(v.number(), "More accounts than this stop a run before its first write.", 25)),
    atMostShare: share("The same, as a share of all accounts of the tenant.", "5%"),
  }),
  "Accounts that people decided to delete cannot sign in any more: each that nothing speaks for.",
  { list: "unused.csv" },
);

const deleteAccounts = described(
  v.strictObject({
    list: reviewList,
    createdBefore: v.optional(moment("Only accounts that were made before it.")),
    after: v.optional(
      formed(/^\d{1,3} days?$/, "is not a number of days", "Only accounts that blockSignIn of an earlier phase blocked at least so long before.", "28 days"),
    ),
    atMost: described(v.number(), "More accounts than this stop a run before its first write.", 25),
    atMostShare: share("The same, as a share of all accounts of the tenant.", "5%"),
    keep: v.optional(list(pattern, "Accounts that are spared whatever the list says.", ["head@*"])),
  }),
  "Accounts that people decided to delete are deleted: each that nothing speaks for. The service keeps them for 30 days, and accounts restore brings them back.",
  { list: "unused.csv", after: "28 days", atMost: 25 },
);

const external = described(
  v.strictObject({
    what: text("What happens, elsewhere and by hand.", "remote desktop gateway asks for MFA"),
    for: v.optional(text("Whom it hits; everybody unless said otherwise.", "everyone")),
    gate: v.optional(word(["ready"], "Waits until people are ready: as ready: says, or else all of them.", "ready")),
    checklist: v.optional(list(filled, "What to do, step by step, as it is printed when the moment comes.", ["Install the NPS extension"])),
  }),
  "Something that happens elsewhere: the tool waits for its gate, lists who is not ready and prints the checklist.",
);

const ready = described(
  v.strictObject({
    atLeast: share("Of all active people that the phase is about.", "90%"),
    perDomain: share("Of those of each domain.", "70%"),
  }),
  "A gate: the phase waits until so many people are ready. Once it has started it stays started.",
  { atLeast: "90%", perDomain: "70%" },
);

/** What a phase can do; it does at least one of these. */
export const PARTS = [
  "requireMfa",
  "blockLegacy",
  "protectRegistration",
  "allowMethods",
  "campaign",
  "retirePerUser",
  "securityDefaults",
  "turnOff",
  "blockBasic",
  "blockSignIn",
  "deleteAccounts",
  "external",
] as const;

const phase = meaning(
  v.strictObject({
    id: formed(ID, NO_ID, "Never changes, since holds and reports name the phase by it.", "heads-web"),
    title: v.optional(text("What people see.", "Head teachers, on the web")),
    starts: v.optional(moment("When the phase comes into force.")),
    weekCommencing: v.optional(text("In place of starts: the Monday of the week in which the phase comes into force.", "w/c 19/11/2018", "2018-11-19")),
    reportOnlyFrom: v.optional(moment("From when on the policy stands in report-only, at least a day before the phase starts.")),
    ready: v.optional(ready),
    requireMfa: v.optional(requireMfa),
    blockLegacy: v.optional(
      cohortAlone("Clients that know a password only (POP, IMAP, ActiveSync, old Office) are blocked.", "The cohort whose old clients are blocked."),
    ),
    protectRegistration: v.optional(protectRegistration),
    allowMethods: v.optional(allowMethods),
    campaign: v.optional(campaign),
    retirePerUser: v.optional(cohortAlone("Per-user MFA is turned off, once conditional access asks these people.", "The cohort whose per-user MFA ends.")),
    securityDefaults: v.optional(
      described(v.literal("on"), "Security defaults are turned on, or confirmed to be on; with the mechanism security-defaults only.", "on"),
    ),
    turnOff: v.optional(turnOff),
    blockBasic: v.optional(blockBasic),
    blockSignIn: v.optional(blockSignIn),
    deleteAccounts: v.optional(deleteAccounts),
    external: v.optional(external),
  }),
  {
    description: "A dated part of the plan.",
    oneOf: [{ required: ["starts"] }, { required: ["weekCommencing"] }],
    anyOf: PARTS.map((part) => ({ required: [part] })),
  },
);

const methods = described(
  v.strictObject({
    atLeast: v.optional(described(v.number(), "How many methods somebody needs to be ready; 1 unless said otherwise.", 1)),
    notCount: v.optional(list(v.picklist(METHODS), "Methods that do not count, though they satisfy MFA.", ["text"])),
  }),
  "Who counts as ready: whoever has registered so many methods.",
  { atLeast: 2, notCount: ["text"] },
);

export const planSchema = meaning(
  v.strictObject({
    id: formed(ID, NO_ID, "Never changes: marks what the plan makes in the tenant.", "county-2018"),
    name: text("What people see.", "County schools 2018"),
    timeZone: text("The zone in which the plan's moments are read.", "Europe/London"),
    mechanism: word(
      MECHANISMS,
      "How the tenant is made to ask: conditional-access needs a premium licence (P1); per-user and security-defaults need none.",
      "conditional-access",
    ),
    window: v.optional(
      formed(
        /^\d{1,4}[mhd]$/,
        "is not a length of time",
        "Later than this after a phase's moment nothing starts without a person there. 2h unless said otherwise.",
        "2h",
        "30m",
      ),
    ),
    contact: v.optional(
      described(
        v.strictObject({ name: text("Who answers questions.", "IT service desk"), email: text("Their address.", "servicedesk@county.example") }),
        "Whom people turn to.",
      ),
    ),
    emergencyAccounts: meaning(v.array(filled), {
      description: "Two or more break-glass accounts, which no policy of this plan ever asks.",
      examples: [["emergency-1@county.example", "emergency-2@county.example"]],
      minItems: 2,
    }),
    serviceAccounts: v.optional(
      list(pattern, "Accounts of programs and devices, by address pattern. They are in no cohort that does not say serviceAccounts: in.", ["svc-*@*"]),
    ),
    sharedAccounts: v.optional(
      list(pattern, "Accounts that several people use, by address pattern. Each needs two registered methods before a phase asks it for MFA.", ["office@*"]),
    ),
    notOn: v.optional(list(filled, "Days on which no phase starts: a day, or a span as 2018-12-21 to 2019-01-04.", ["2018-12-25", "2018-12-21 to 2019-01-04"])),
    methods: v.optional(methods),
    microsoftManaged: v.optional(
      word(
        ["keep", "reportOnly", "off"],
        "What is done about policies that Microsoft adds by itself when security defaults go off. It has to be said where the tenant leaves them.",
      ),
    ),
    cohorts: v.optional(described(v.record(v.string(), cohort), "Named sets of accounts; needed unless the mechanism is security-defaults.")),
    networks: v.optional(described(v.record(v.string(), network), "Named networks.")),
    phases: list(phase, "What happens when, in order of time."),
  }),
  { title: "entra-rollout plan", description: "A dated rollout of multi-factor authentication in a Microsoft 365 tenant." },
);
