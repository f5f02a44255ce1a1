/** What `card` does, apart from its words. */

import { sandboxFolder, tenantWord } from "../connect.ts";
import { type Card, type CardGround, cardOf } from "../core/card.ts";
import type { Plan } from "../core/plan/plan.ts";
import { exitCode } from "../exit-codes.ts";
import { Failure, usage } from "../failure.ts";
import { soundPlan } from "../plan-file.ts";
import { cardText } from "../render/card.ts";
import type { Runtime } from "../runtime.ts";
import { openSession } from "../session.ts";
import { pathsOf } from "../text-file.ts";
import type { Options } from "./options.ts";
import { speaker, tenantOf } from "./speak.ts";

/** Nobody fills a practice tenant for the sake of a page: where there is none, there is no tenant to ask. */
const hasTenant = async ({ tenant, offline }: Options, runtime: Runtime): Promise<boolean> => {
  if (offline) return false;
  if (tenantWord(tenant, runtime) !== undefined) return true;
  try {
    return (await runtime.files.list(sandboxFolder(runtime))).length > 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
};

const asked = async (plan: Plan, options: Options, runtime: Runtime): Promise<{ readonly ground: CardGround; readonly now: number }> => {
  const session = await openSession({ ...tenantOf(options), state: undefined, quiet: options.quiet, ...speaker(options, runtime) }, undefined, runtime);
  try {
    const { gateway, tenant, progress } = session;
    progress.tell("reading policies");
    const [policies, groups, looked] = await Promise.all([
      gateway.list("conditional-access"),
      gateway.list("cohort-group"),
      Promise.all(plan.emergencyAccounts.map((address) => gateway.lookUp(address))),
    ]);
    const missing = looked.flatMap(({ address, account }) => (account.type === "absent" ? [address] : []));
    return { ground: { tenant: { id: tenant.tenantId, name: tenant.name }, policies, groups, missing }, now: tenant.clock.now() };
  } finally {
    await session.close();
  }
};

const isPartial = ({ policies }: Card): boolean => policies.because !== undefined;

export const runCard = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file = ""] = options.arguments;
  if (options.offline && options.tenant !== undefined) throw usage("--offline and --tenant contradict each other", "leave one of them out");
  const { plan } = await soundPlan(file, runtime);
  const { ground, now } = (await hasTenant(options, runtime)) ? await asked(plan, options, runtime) : { ground: undefined, now: runtime.clock.now() };
  const card = cardOf(plan, ground, now);
  const text = cardText(card);
  const { say } = speaker(options, runtime);
  if (options.out === undefined) runtime.stdout.write(text);
  else {
    await runtime.files.write(pathsOf(runtime).resolve(runtime.cwd, options.out), text);
    say(`written to ${options.out}: print it, fill in the blanks by hand, and put it into the safe`);
  }
  // Worse than no page is one that sends people to accounts that are not there, or of another tenant.
  if (ground !== undefined && ground.missing.length > 0)
    throw new Failure("stopped", `${ground.missing.join(" and ")}: no such account in ${ground.tenant.name}`, [
      "is it the plan's own tenant? --tenant names another, --offline asks none",
    ]);
  if (!isPartial(card)) return exitCode("done");
  throw new Failure("partly", `the tenant's own policies could not be read: ${card.policies.because ?? ""}`, [
    "the page has the names that the plan will make; print it again once the tenant answers",
  ]);
};
