/** `report readiness`: the tenant read as `status` reads it, and counted by phase and domain. */

import type { IdIndex } from "../core/ids.ts";
import { asksNobody } from "../core/mailbox-changes.ts";
import { readyBy } from "../core/methods.ts";
import type { Observed } from "../core/observed.ts";
import { isListOnly, type Phase, type Plan } from "../core/plan/plan.ts";
import { allowedBy } from "../core/reports/allowed.ts";
import { readiness, readinessEnding, readinessRows } from "../core/reports/readiness.ts";
import { countReadiness, groupScopes, isInPhases, planToRead, withoutTwins } from "../core/reports/readiness-counts.ts";
import { standingBy } from "../core/reports/registered-standing.ts";
import { MethodWords } from "../core/reports/registration.ts";
import type { Filter, Gap } from "../core/reports/shape.ts";
import { absent, type ObjectId } from "../core/tenant.ts";
import { usage } from "../failure.ts";
import { methodsOfEach } from "../graph/report-registration.ts";
import { judge, statusOf } from "../session.ts";
import { gapOf, groundOf } from "./ground.ts";
import type { MakeReport, ReportAsk } from "./report.ts";

/** What `status` asks: who gets in, and what the log says, is proven where something would be written. */
const NO_PROOF = { access: false, log: false, whatIf: false } as const;

/** So many accounts are asked about before anybody is told how far it is. */
const CHUNK = 200;

/**
 * Without a licence there is no registration report: then the methods of everybody whom a phase is about are read one by one,
 * and say who is ready. Gates go on not knowing it, as everywhere.
 */
const readEachsMethods = async (ask: ReportAsk, plan: Plan, observed: Observed, scopes: ReadonlyMap<string, IdIndex | undefined>): Promise<readonly Gap[]> => {
  const { roster } = observed;
  if (roster.type !== "present") return [];
  const ground = await groundOf(ask);
  const words = new MethodWords();
  const allowed = allowedBy(ground.methods, ground.groups);
  const standing = standingBy(words, plan.methods);
  const isReady = readyBy(plan.methods);
  const asked = isInPhases(plan, roster.value, scopes);
  const ids = [...roster.value.everybody()].filter((id) => roster.value.flags(id)?.enabled === true && asked(id));
  const failed: { count: number; first?: Gap } = { count: 0 };
  const read = (id: ObjectId, methods: number): void => {
    const { capable } = standing({ capable: undefined, methods, preferred: undefined }, allowed(id), false);
    const sorts = words.sorts(methods);
    if (capable !== "unknown") roster.value.setCapable(id, isReady(capable === "yes", sorts), sorts);
  };
  for (let at = 0; at < ids.length; at += CHUNK) {
    const some = ids.slice(at, at + CHUNK);
    const answers = await methodsOfEach(ask.client, words, some);
    for (const [place, answer] of answers.entries()) {
      const id = some[place];
      if (answer.type === "read") {
        if (id !== undefined) read(id, answer.value);
        continue;
      }
      failed.count += 1;
      failed.first ??= gapOf("", answer.error);
    }
    ask.progress("registration", at + some.length);
  }
  const { count, first } = failed;
  return first === undefined ? [] : [{ ...first, what: `the methods of ${count.toLocaleString("en-GB")} account${count === 1 ? "" : "s"}` }];
};

/** Known to have no licence: of a licensed tenant the report is not to be had for another reason, which is told. */
const isUnlicensed = ({ registration, licence }: Observed): boolean =>
  registration.type === "unknown" && licence.type === "present" && !licence.value.p1 && !licence.value.p2;

/** What tells whom a phase is about that asks nobody for MFA. */
const elsewhere = (phase: Phase): string =>
  isListOnly(phase) ? "its list says whom it is about" : `report protocols --phase ${phase.id} tells whom it is about`;

const quietNotes = (phases: readonly Phase[], filter: Filter): readonly string[] =>
  phases
    .filter(({ id }) => filter.phase === undefined || filter.phase === id)
    .map((phase) => `${phase.id} asks nobody for MFA, so that nobody has to be ready for it: ${elsewhere(phase)}`);

export const makeReadiness: MakeReport = async (ask) => {
  const { filter, gateway, now, progress } = ask;
  if (ask.plan === undefined)
    throw usage(
      "report readiness needs a plan: readiness is what its phases ask of people",
      "entra-rollout report readiness PLAN",
      "report methods tells without one who has registered what",
    );
  const quiet = ask.plan.phases.filter(asksNobody);
  const plan = { ...ask.plan, phases: ask.plan.phases.filter((phase) => !asksNobody(phase)) };
  const observed = withoutTwins(await gateway.readTenant(planToRead(plan), progress, NO_PROOF));
  const question = { plan, moment: now, phase: undefined, stage: false, prune: false, allow: [], attended: true };
  const seen = judge(question, { ...observed, log: absent }, []);
  const states = new Map(statusOf(seen).phases.map(({ id, state }) => [id, state]));
  const scopes = groupScopes(plan, observed, seen.desired, seen.diff);
  const isEach = isUnlicensed(observed);
  const gaps = isEach ? await readEachsMethods(ask, plan, observed, scopes) : [];
  const counted = countReadiness(plan, observed, states, scopes, isEach ? "each" : "report");
  const chunks = readinessRows(counted, filter);
  return {
    shape: readiness,
    rows: (async function* () {
      yield* chunks;
    })(),
    finish: () => {
      const ending = readinessEnding(plan, observed, counted, filter);
      return { ...ending, gaps: [...ending.gaps, ...gaps], notes: [...quietNotes(quiet, filter), ...ending.notes] };
    },
  };
};
