/** Asks What-If about a few accounts, one after the other: the service gives one answer a second. */

import type { Observed, WhatIfAnswer } from "./core/observed.ts";
import type { Plan } from "./core/plan/plan.ts";
import type { Subject } from "./core/sign-in.ts";
import { absent, type Known, present, unknown } from "./core/tenant.ts";
import { type Sampled, sampleOf, signInOf } from "./core/what-if.ts";
import type { GraphClient } from "./graph/client.ts";
import { knownOr, type RoleHolders, standingOf } from "./graph/live-account.ts";
import { askWhatIf } from "./graph/what-if.ts";

/** An account whose groups cannot be read is still asked about: of policies that do not depend on them there is something to compare. */
const subjectFor = async (client: GraphClient, { id, belongs, subject }: Sampled, holders: RoleHolders): Promise<Subject> => {
  if (subject !== undefined) return subject;
  const standing = await knownOr(() => standingOf(client, id, holders));
  const set = (of: "groups" | "roles"): Subject["groups"] =>
    standing.type === "present" ? present(new Set(standing.value[of])) : unknown(standing.type === "unknown" ? standing.because : "they were not read");
  return { id, groups: set("groups"), roles: set("roles"), belongs, homeTenant: undefined };
};

/** @returns absent when no policy of the plan stands in report-only, so that there was nothing to ask. Never rejects for a read that failed. */
export const whatIfOf = (
  client: GraphClient,
  plan: Plan,
  seen: Pick<Observed, "resources" | "members" | "roster" | "emergency" | "access">,
  holders: RoleHolders,
): Promise<Known<readonly WhatIfAnswer[]>> => {
  const sample = sampleOf(plan, seen);
  if (sample.length === 0) return Promise.resolve(absent);
  return knownOr(async () => {
    const answers: WhatIfAnswer[] = [];
    for (const each of sample) {
      const signIn = signInOf(await subjectFor(client, each, holders), seen);
      answers.push({ address: each.address, as: each.as, signIn, policies: await askWhatIf(client, signIn) });
    }
    return answers;
  });
};
