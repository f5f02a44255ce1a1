/** A tenant's default authentication policy: whether the tenant takes one, whose it was, and from when on it counts. */

import type { Finding } from "../changes.ts";
import { refOf } from "../history.ts";
import { nameWithoutMark } from "../mark.ts";
import { formatMoment } from "../plan/moments.ts";
import { BASIC_TITLES, type DefaultAuthenticationPolicySettings, type Instant, type Kind, type Known, type ResourceOf, TENANT_KEY } from "../tenant.ts";
import { type Guard, type GuardInput, type Held, isOurs, listed } from "./guard.ts";

const GUARD = "basic-authentication";

/** Until then, what is blocked may still get in. Exchange facts, section 9. */
const TAKES_MS = 24 * 3_600_000;
const OWN_POLICIES = "accounts that have an authentication policy of their own go by that";

const KINDS_OF_IT: readonly Kind[] = ["authentication-policy", "default-authentication-policy"];

const valuesOf = <K extends Kind>(known: Known<readonly ResourceOf<K>[]>): readonly ResourceOf<K>[] => (known.type === "present" ? known.value : []);

const titles = (policy: ResourceOf<"authentication-policy">): readonly string[] => policy.settings.allowBasic.map((word) => BASIC_TITLES[word]);

const phaseIn = (phases: readonly string[]): Pick<Finding, "phase"> => (phases[0] === undefined ? {} : { phase: phases[0] });

/** What the policy that was the default lets in, against ours. */
const replacing = (input: GuardInput, before: DefaultAuthenticationPolicySettings, common: Pick<Finding, "guard" | "phase">): readonly Finding[] => {
  const { observed, after, plan } = input;
  const policy = valuesOf(observed.resources["authentication-policy"]).find(({ id }) => id === before.defaultPolicy);
  if (before.defaultPolicy === null || (policy !== undefined && isOurs(plan, policy))) return [];
  if (policy?.mark !== undefined)
    return [
      {
        ...common,
        verdict: "stop",
        detail: `the default authentication policy is that of the plan ${policy.mark.plan}: the two plans would take it from each other run by run`,
        hint: "let one of the two plans say blockBasic",
        allowable: false,
        holds: [{ kind: "default-authentication-policy", key: TENANT_KEY }],
      },
    ];
  const name = policy === undefined ? before.defaultPolicy : nameWithoutMark(policy.settings.name);
  const [standard] = valuesOf(after.resources["default-authentication-policy"]);
  const next = valuesOf(after.resources["authentication-policy"]).find(({ id }) => id === standard?.settings.defaultPolicy);
  const lost = policy === undefined ? [] : titles(policy).filter((title) => next === undefined || !titles(next).includes(title));
  const allowed =
    policy === undefined
      ? "what it lets in with a password alone is not known"
      : lost.length === 0
        ? "it lets in nothing more with a password alone"
        : `it lets ${listed(lost, 12)} in with a password alone, which the plan's does not`;
  return [
    { ...common, verdict: "go", detail: `the default authentication policy "${name}" is replaced, and stays in the tenant: ${allowed}`, allowable: false },
  ];
};

/** When this machine wrote it last. */
const lastWrite = ({ history }: GuardInput, keys: readonly Held[]): Instant | undefined => {
  const all = keys.flatMap(({ kind, key }) => history?.written.get(refOf(kind, key))?.at ?? []);
  return all.length === 0 ? undefined : Math.max(...all);
};

const check = (input: GuardInput): readonly Finding[] => {
  const { desired, observed, diff, plan } = input;
  const wanted = desired.resources.filter(({ kind }) => KINDS_OF_IT.includes(kind));
  const [standard] = valuesOf(observed.resources["default-authentication-policy"]);
  if (wanted.length === 0 || standard === undefined) return [];
  const keys = wanted.map(({ kind, key }) => ({ kind, key }));
  const changes = diff.changes.filter(({ kind }) => KINDS_OF_IT.includes(kind));
  const common = { guard: GUARD, ...phaseIn(changes.flatMap(({ phases }) => phases)) };
  if (changes.length === 0) {
    const at = lastWrite(input, keys);
    if (at === undefined || observed.readAt - at >= TAKES_MS) return [];
    const until = formatMoment(at + TAKES_MS, plan.timeZone);
    return [
      {
        guard: GUARD,
        ...phaseIn(wanted[0]?.phases ?? []),
        verdict: "go",
        detail: `passwords alone are blocked since ${formatMoment(at, plan.timeZone)}, and the service takes up to 24 hours: some may get in until ${until}`,
        hint: "whoever still sends with a password after that has an authentication policy of their own: the log of sign-ins says who",
        allowable: false,
      },
    ];
  }
  if (standard.settings.dehydrated)
    return [
      {
        ...common,
        verdict: "stop",
        detail: "this tenant's Exchange Online takes no authentication policy: nobody has customised it yet, and until then it keeps none",
        hint: "once, as an administrator in Exchange Online PowerShell: Enable-OrganizationCustomization; it may take an hour until it counts, then run this again",
        allowable: false,
        holds: keys,
      },
    ];
  const change = changes.find(({ kind }) => kind === "default-authentication-policy");
  return [
    ...(change === undefined ? [] : replacing(input, standard.settings, common)),
    { ...common, verdict: "go", detail: `the service takes up to 24 hours until passwords alone are refused everywhere; ${OWN_POLICIES}`, allowable: false },
  ];
};

export const basicAuthentication: Guard = {
  name: GUARD,
  about: "the tenant takes an authentication policy, and no other plan's is its default",
  allowable: false,
  check,
};
