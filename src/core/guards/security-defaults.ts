/**
 * Security defaults and policies that are on exclude each other: the service refuses the one beside the other. The defaults
 * go when the policies cover everybody whom they covered, and not before.
 */

import type { DefaultsCourse, Finding } from "../changes.ts";
import { policiesOn } from "../replacement.ts";
import { TENANT_KEY } from "../tenant.ts";
import { addressesOf, changesOf, counted, type Guard, type GuardInput, type Held, listed } from "./guard.ts";

export const SECURITY_DEFAULTS = "security-defaults";

const DEFAULTS: Held = { kind: "security-defaults", key: TENANT_KEY };

const finding = (verdict: Finding["verdict"], detail: string, more: Partial<Finding> = {}): Finding => ({
  guard: SECURITY_DEFAULTS,
  verdict,
  detail,
  allowable: false,
  ...more,
});

const switchedOn = ({ diff }: GuardInput): readonly Held[] =>
  changesOf(diff, "conditional-access")
    .filter(
      ({ before, after }) =>
        after !== undefined && "grant" in after && after.state === "on" && !(before !== undefined && "grant" in before && before.state === "on"),
    )
    .map(({ kind, key }) => ({ kind, key }));

const whoIsLeft = (mfa: number, oldPrograms: number): string =>
  listed([
    ...(mfa > 0 ? [`${counted(mfa, "account")} would not be asked for MFA in every program and place`] : []),
    ...(oldPrograms > 0 ? [`${counted(oldPrograms, "account")} could go on with old programs`] : []),
  ]);

/** Whether a phase that is still to come could cover more people. */
const hasMoreToCome = ({ plan, desired }: GuardInput): boolean =>
  desired.phases.some(({ id, course }) => {
    const phase = plan.phases.find((each) => each.id === id);
    return (
      course !== "started" &&
      desired.defaults?.type === "stay" &&
      !desired.defaults.phases.includes(id) &&
      phase !== undefined &&
      (phase.requireMfa !== undefined || phase.blockLegacy !== undefined)
    );
  });

const staying = (input: GuardInput, course: Extract<DefaultsCourse, { readonly type: "stay" }>): readonly Finding[] => {
  const names = listed(input.desired.phases.filter(({ id }) => course.phases.includes(id)).map(({ title }) => `"${title}"`));
  const kept = `security defaults are on and stay on, and what is due of ${names} stays in report-only, since the service lets no policy be switched on beside them`;
  const [phase] = course.phases;
  const about = phase === undefined ? {} : { phase };
  if ("because" in course) {
    return [
      finding("unclear", `${kept}: whom the policies would cover is not known: ${course.because}`, { hint: "run it again", holds: [DEFAULTS], ...about }),
    ];
  }
  const { mfa, oldPrograms, accounts, isWide } = course;
  const detail = `${kept}: without them ${whoIsLeft(mfa, oldPrograms)}`;
  if (hasMoreToCome(input)) return [finding("go", detail, about)];
  return [
    finding("stop", detail, {
      hint: "let a phase ask everybody (all: true, on: [web, clients], no networks) and block old programs for everybody, and the defaults go off with it",
      accounts: addressesOf(input, accounts),
      // A tenant with no policy that asks everywhere would be bare, whatever anybody allows.
      allowable: isWide,
      count: accounts.length,
      holds: [DEFAULTS],
      ...about,
    }),
  ];
};

const leaving = (input: GuardInput, course: Extract<DefaultsCourse, { readonly type: "leave" }>): readonly Finding[] => {
  const found: Finding[] = [];
  const holds = [DEFAULTS, ...switchedOn(input)];
  if (course.accounts.length > 0) {
    found.push(
      finding("stop", `security defaults would go off, and ${counted(course.accounts.length, "account")} that they cover would be left out of the policies`, {
        accounts: addressesOf(input, course.accounts),
        count: course.accounts.length,
        allowable: true,
        holds,
      }),
    );
  }
  if (input.plan.microsoftManaged === undefined) {
    found.push(
      finding(
        "stop",
        "when security defaults go off, Microsoft may add policies of its own that are on at once, for all users, and the plan does not say what is to be done about them",
        {
          hint: `write microsoftManaged: off (or reportOnly, or keep) into ${input.plan.file}`,
          holds,
        },
      ),
    );
  }
  if (found.length > 0) return found;
  const policies = counted(switchedOn(input).length, "policy", "policies");
  return [
    finding(
      "go",
      `security defaults go off and ${policies} on in their place, the policy that asks most people first; for some seconds in between the tenant has neither, and if the policy does not come on, the defaults do again`,
    ),
  ];
};

const closing = (course: Extract<DefaultsCourse, { readonly type: "close" }>): readonly Finding[] => {
  const what =
    course.by === "policies"
      ? "the policy that asks most people is switched on before anything else"
      : "they are turned on again before anything else, whatever the other checks say";
  return [finding("go", `an earlier run turned security defaults off and nothing stands in their place yet: ${what}`)];
};

/** Turned on beside policies that are on: the admin centre refuses it, and what the service itself does is not documented. */
const turnedOn = ({ diff, observed }: GuardInput): readonly Finding[] => {
  const isTurnedOn = changesOf(diff, "security-defaults").some(({ after }) => after !== undefined && "enabled" in after && after.enabled);
  const on = policiesOn(observed);
  if (!isTurnedOn || on.length === 0) return [];
  const names = listed(on.map(({ settings, id }) => `"${settings.name}" (${id})`).sort());
  return [
    finding("stop", `security defaults cannot be turned on beside policies that are on: ${names}`, {
      hint: "turn these policies off or into report-only, or plan the rollout with conditional access: mechanism: conditional-access",
      holds: [DEFAULTS],
    }),
  ];
};

const check = (input: GuardInput): readonly Finding[] => {
  const { observed, desired } = input;
  const course = desired.defaults;
  if (course?.type === "stay") return staying(input, course);
  if (course?.type === "leave") return leaving(input, course);
  if (course?.type === "close") return closing(course);
  const holds = switchedOn(input);
  const { securityDefaults: on } = observed;
  if (holds.length > 0 && on.type === "unknown") {
    return [
      finding("unclear", `whether security defaults are on is not known: ${on.because}`, {
        hint: "run it again; if it stays so, check that this tool may read the policies",
        holds,
      }),
    ];
  }
  if (holds.length > 0 && on.type === "present" && on.value) {
    return [
      finding(
        "stop",
        `security defaults are on, and as long as they are the service lets no policy be switched on; ${counted(holds.length, "policy", "policies")} would be`,
        {
          hint: "the plan's mechanism is security defaults: these policies are another plan's",
          holds,
        },
      ),
    ];
  }
  return turnedOn(input);
};

export const securityDefaults: Guard = {
  name: SECURITY_DEFAULTS,
  about: "security defaults go only when policies cover everybody whom they covered, and the tenant has the one or the other",
  allowable: true,
  check,
};
