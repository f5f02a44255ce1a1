/**
 * The shape of a plan file, without its meaning: what `shape.ts` checks first, and what editors get as JSON Schema. Nothing
 * here transforms, so that both see the file as it is written.
 */

import * as z from "zod";

const list = (what: z.ZodType, description: string, ...examples: readonly unknown[]) =>
  z
    .array(what)
    .min(1)
    .meta({ description, ...(examples.length > 0 && { examples }) });

const text = (description: string, ...examples: readonly string[]) => z.string().min(1).meta({ description, examples });

const pattern = z
  .string()
  .min(1)
  .meta({
    description: "An address pattern, matched against the whole user principal name, in any case: * stands for any letters, ? for one.",
    examples: ["head@*", "*@*.county.example"],
  });

const MOMENT = "A day (midnight) or a moment to the minute, by the clock of the plan's zone.";
const moment = (what: string) => text(`${what} ${MOMENT}`, "2018-11-19", "2022-02-28T06:30", "w/c 19/11/2018");

const inOrOut = (description: string) => z.enum(["in", "out"]).meta({ description });

const exception = z
  .strictObject({
    accounts: list(pattern, "Whose addresses are left out.", ["office@*"]),
    because: text("Why: an exclusion is a hole.", "shared by three people"),
    owner: text("Whose it is to close.", "bursar"),
    until: text("The day on which it ends. Past it, the exclusion is reported as overdue.", "2019-04-01").optional(),
  })
  .meta({ description: "Accounts that are left out of a cohort, with the reason and an owner." });

const cohort = z
  .strictObject({
    accounts: list(pattern, "Accounts by address pattern, over all domains.", ["head@*"]).optional(),
    file: text(
      "A CSV list beside the plan: account[,join or leave]. A row is an account or a whole domain; the cohort grows with it.",
      "early-adopters.csv",
    ).optional(),
    group: text("A group of the tenant, by name; its members, nested ones too, are the cohort.", "IT Support").optional(),
    all: z.literal(true).meta({ description: "Everybody, an account made tomorrow too." }).optional(),
    pupils: inOrOut("Accounts with student licences only. They are out unless the plan says in; a cohort that catches some has to say.").optional(),
    guests: inOrOut("Accounts of other organisations. They are out unless the plan says in.").optional(),
    except: list(exception, "Who is left out, each with a reason and an owner.", [
      { accounts: ["office@*"], because: "shared by three people", owner: "bursar" },
    ]).optional(),
  })
  .meta({
    description: "A named set of accounts, by exactly one of accounts, file, group or all.",
    oneOf: [{ required: ["accounts"] }, { required: ["file"] }, { required: ["group"] }, { required: ["all"] }],
  });

const network = z
  .strictObject({
    ranges: list(z.string().min(1), "Public address ranges in CIDR notation, v4 or v6, with masks longer than /8.", ["192.0.2.0/24", "2001:db8:10::/48"]),
    trusted: z
      .boolean()
      .meta({ description: 'Marks the location as trusted, which changes what other people\'s policies with "all trusted locations" do. Normally left out.' })
      .optional(),
  })
  .meta({ description: "A named network; it becomes a named location of the tenant." });

const requireMfa = z
  .strictObject({
    for: text("The cohort that is asked.", "heads"),
    on: list(z.enum(["web", "clients"]), "Where: web is the browser, clients are desktop and mobile apps.", ["web"], ["web", "clients"]),
    apps: z.enum(["all", "office365"]).meta({ description: "Which applications ask; all unless said otherwise." }).optional(),
    outside: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .meta({ description: "Networks inside which nobody is asked, one name or several.", examples: ["schools"] })
      .optional(),
    askAgainAfter: z
      .string()
      .regex(/^\d{1,3} days?$/, "is not a number of days")
      .meta({ description: "Sign-in frequency: after so many days everybody signs in anew, in every client.", examples: ["90 days"] })
      .optional(),
  })
  .meta({ description: "Multi-factor authentication is required." });

const phase = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "is not an id: small letters a-z, digits and hyphens, 40 at most")
      .meta({ description: "Never changes, since holds and reports name the phase by it.", examples: ["heads-web"] }),
    title: text("What people see.", "Head teachers, on the web").optional(),
    starts: moment("When the phase comes into force.").optional(),
    weekCommencing: text("In place of starts: the Monday of the week in which the phase comes into force.", "w/c 19/11/2018", "2018-11-19").optional(),
    reportOnlyFrom: moment("From when on the policy stands in report-only, at least a day before the phase starts.").optional(),
    requireMfa,
  })
  .meta({ description: "A dated part of the plan.", oneOf: [{ required: ["starts"] }, { required: ["weekCommencing"] }] });

export const planSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "is not an id: small letters a-z, digits and hyphens, 40 at most")
      .meta({ description: "Never changes: marks what the plan makes in the tenant.", examples: ["county-2018"] }),
    name: text("What people see.", "County schools 2018"),
    timeZone: text("The zone in which the plan's moments are read.", "Europe/London"),
    mechanism: z
      .enum(["conditional-access"])
      .meta({ description: "How the tenant is made to ask. This version carries out conditional-access.", examples: ["conditional-access"] }),
    window: z
      .string()
      .regex(/^\d{1,4}[mhd]$/, "is not a length of time")
      .meta({ description: "Later than this after a phase's moment nothing starts without a person there. 2h unless said otherwise.", examples: ["2h", "30m"] })
      .optional(),
    contact: z
      .strictObject({ name: text("Who answers questions.", "IT service desk"), email: text("Their address.", "servicedesk@county.example") })
      .meta({ description: "Whom people turn to." })
      .optional(),
    emergencyAccounts: z.array(z.string().min(1)).meta({
      description: "Two or more break-glass accounts, which no policy of this plan ever asks.",
      examples: [["emergency-1@county.example", "emergency-2@county.example"]],
      minItems: 2,
    }),
    cohorts: z.record(z.string(), cohort).meta({ description: "Named sets of accounts." }),
    networks: z.record(z.string(), network).meta({ description: "Named networks." }).optional(),
    phases: list(phase, "What happens when, in order of time."),
  })
  .meta({ title: "entra-rollout plan", description: "A dated rollout of multi-factor authentication in a Microsoft 365 tenant." });

/** The same as JSON Schema (draft 7, which editors know best): descriptions and examples included. */
export const planJsonSchema = (): object => z.toJSONSchema(planSchema, { target: "draft-7" });
