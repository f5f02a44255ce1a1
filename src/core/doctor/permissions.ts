/** Which rights the sign-in has, which it lacks and which it could do without: its tokens against the table of what each command asks. */

import { counted, listed } from "../guards/guard.ts";
import { type CommandName, commandsFor, READING } from "../permissions/commands.ts";
import { type Held, needsOf, type PermissionNeed, type RoleNeed, standingOf } from "../permissions/needs.ts";
import type { Plan } from "../plan/plan.ts";
import type { DoctorLine } from "./document.ts";
import type { Claims, Facts } from "./facts.ts";
import { teller } from "./lines.ts";

const LOOKING = ["doctor", "status", "diff"] as const satisfies readonly CommandName[];
/** An application is a scheduler's; whoever signs in sits there. */
const DOING = { application: "run", delegated: "apply" } as const satisfies Record<Held["scheme"], CommandName>;

const heldBy = (graph: Claims, exchange: Claims | undefined): Held => ({
  scheme: graph.isApplication ? "application" : "delegated",
  graph: graph.isApplication ? graph.roles : graph.scopes,
  exchange: exchange === undefined ? undefined : exchange.isApplication ? exchange.roles : exchange.scopes,
  // A token that names no role at all tells nothing of them: there is always one of everybody's.
  roles: graph.wids.length === 0 && (exchange?.wids ?? []).length === 0 ? undefined : [...new Set([...graph.wids, ...(exchange?.wids ?? [])])].sort(),
});

type Need = PermissionNeed | RoleNeed;

const namesOf = (needs: readonly Need[]): readonly string[] => needs.map(({ name }) => name);
/** `Group.ReadWrite.All: to make groups ...` */
const reasonsOf = (needs: readonly Need[]): readonly string[] => needs.map(({ name, uses }) => `${name}: ${uses.map(({ why }) => why).join("; ")}`);

const GIVE = {
  application:
    "Entra admin centre: Identity, Applications, App registrations, this application, API permissions: add them as application permissions, and grant admin consent",
  delegated:
    "Entra admin centre: Identity, Applications, App registrations, this application, API permissions: add them as delegated permissions, grant admin consent, and sign in anew",
} as const satisfies Record<Held["scheme"], string>;

const asked = (plan: Plan | undefined): readonly string[] => (plan === undefined ? ["doctor", "--permissions"] : ["doctor", plan.file, "--permissions"]);

const reading = (plan: Plan | undefined, held: Held): DoctorLine => {
  const tell = teller("permissions", "reading");
  if (plan === undefined) {
    const { missing } = standingOf(READING, undefined, held);
    if (missing.length === 0) return tell.ok("this sign-in may read all that any command reads");
    return tell.note(`a plan may ask for less: for all that any command reads, this sign-in lacks ${listed(namesOf(missing))}`, undefined, {
      command: asked(plan),
      names: reasonsOf(missing),
    });
  }
  const { missing } = standingOf(LOOKING, plan, held);
  if (missing.length === 0) return tell.ok("this sign-in may read all that the plan asks for");
  return tell.problem(`this sign-in may not read all that the plan asks for: it lacks ${listed(namesOf(missing))}`, GIVE[held.scheme], {
    command: asked(plan),
    names: reasonsOf(missing),
  });
};

const writing = (plan: Plan, held: Held): DoctorLine => {
  const tell = teller("permissions", "writing");
  const command = DOING[held.scheme];
  const looked = new Set(namesOf(standingOf(LOOKING, plan, held).missing));
  const missing = standingOf([...LOOKING, command], plan, held).missing.filter(({ name }) => !looked.has(name));
  if (missing.length === 0) return tell.ok(`this sign-in may write what ${command} writes for the plan`);
  const toRead = new Set(namesOf(needsOf(LOOKING, plan, held.scheme).permissions));
  const toWrite = needsOf([...LOOKING, command], plan, held.scheme).permissions.filter(({ name }) => !toRead.has(name));
  const more = { command: asked(plan), names: reasonsOf(missing) };
  // Whoever signs in to read means it so.
  if (missing.length >= toWrite.length)
    return tell.warning(`this sign-in is for reading: ${command} would be refused, for want of ${listed(namesOf(missing))}`, GIVE[held.scheme], more);
  return tell.problem(`this sign-in may write some of what the plan asks for and not all of it: it lacks ${listed(namesOf(missing))}`, GIVE[held.scheme], more);
};

const roles = (plan: Plan | undefined, held: Held): readonly DoctorLine[] => {
  if (plan === undefined) return [];
  const tell = teller("permissions", "roles");
  const { missingRoles } = standingOf([...LOOKING, DOING[held.scheme]], plan, held);
  if (missingRoles.length === 0)
    return held.roles === undefined || needsOf([...LOOKING, DOING[held.scheme]], plan, held.scheme).roles.length === 0
      ? []
      : [tell.ok("this sign-in holds the directory roles that the plan asks for")];
  const who = held.scheme === "application" ? "the application" : "whoever signs in";
  return [
    tell.problem(
      `this sign-in lacks ${counted(missingRoles.length, "directory role")} that the plan asks for: ${listed(namesOf(missingRoles))}`,
      `Entra admin centre: Identity, Roles & admins: assign ${missingRoles.length === 1 ? "it" : "them"} to ${who} as active, wait for a quarter of an hour, and sign in anew`,
      { command: asked(plan), names: reasonsOf(missingRoles) },
    ),
  ];
};

const needless = (plan: Plan | undefined, held: Held): readonly DoctorLine[] => {
  if (plan === undefined) return [];
  const tell = teller("permissions", "needless");
  // What nobody has to have and some command for the plan may use is not needless.
  const standing = standingOf(commandsFor(plan), plan, held);
  const spare = [...standing.needless, ...standing.needlessRoles];
  if (spare.length === 0) return [tell.ok("this sign-in has no right that the plan could do without")];
  return [
    tell.warning(
      `this sign-in has ${counted(spare.length, "right")} that the plan does not need: ${listed(spare)}`,
      "take them away, unless another plan or somebody else's program goes by them: what is not there cannot be misused",
      { command: asked(plan), names: spare },
    ),
  ];
};

export const permissionLines = ({ plan, claims, exchangeClaims }: Facts): readonly DoctorLine[] => {
  if (claims.type !== "present") {
    const tell = teller("permissions", "reading");
    return [tell.note("the token does not tell what it permits: what is missing shows where something is refused", undefined, { command: asked(plan) })];
  }
  const held = heldBy(claims.value, exchangeClaims.type === "present" ? exchangeClaims.value : undefined);
  return [reading(plan, held), ...(plan === undefined ? [] : [writing(plan, held)]), ...roles(plan, held), ...needless(plan, held)];
};
