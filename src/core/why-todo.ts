/** What to do about it: the way out that leaves least unprotected comes first. */

import { EXCHANGE_ONLINE } from "./applications.ts";
import { nameWithoutMark } from "./mark.ts";
import type { WhyDocument, WhySignIn, WhySource, WhyTodo } from "./why-document.ts";

type Told = Omit<WhyDocument, "todo">;
type PolicySource = Extract<WhySource, { readonly type: "policy" }>;

const REGISTER = "have them register a method, at https://aka.ms/mysecurityinfo or on the way in; where that is blocked, give them a Temporary Access Pass";

const isOld = ({ program }: WhySignIn): boolean => program === "legacy" || program === "activesync";

const policiesIn = (signIns: readonly WhySignIn[]): readonly PolicySource[] => [
  ...new Map(signIns.flatMap(({ by }) => by.flatMap((source) => (source.type === "policy" ? [[source.id, source] as const] : [])))).values(),
];

const has = (signIns: readonly WhySignIn[], type: WhySource["type"]): boolean => signIns.some(({ by }) => by.some((source) => source.type === type));

const letIn = (address: string): readonly string[] => ["let-in", address, "--for", "24h", "--because", "say why"];

/** Nobody need be let past a policy that keeps an old program out: there is another program. */
const oldPrograms = (old: readonly WhySignIn[], modern: readonly WhySignIn[]): readonly WhyTodo[] => {
  const shut = old.filter(({ outcome }) => outcome === "blocked");
  if (shut.length === 0 || (modern.length > 0 && modern.every(({ outcome }) => outcome === "blocked" || outcome === "unknown"))) return [];
  const mail = shut.some(({ application }) => application === EXCHANGE_ONLINE);
  return [
    {
      text: mail
        ? "old programs are kept out: set the mailbox up in Outlook, or in another program with a modern sign-in"
        : "old programs are kept out: use a browser, or an app with a modern sign-in",
    },
  ];
};

const ofPolicies = (stuck: readonly WhySignIn[], { account }: Told): readonly WhyTodo[] => {
  const policies = policiesIn(stuck);
  const plans = [...new Set(policies.flatMap(({ plan }) => plan ?? []))].sort();
  const foreign = policies.filter(({ plan }) => plan === null);
  return [
    ...(plans.length > 0 && foreign.length === 0 ? [{ text: "let this one person past the plan's policies for a day", command: letIn(account.address) }] : []),
    ...(plans.length > 0 && foreign.length > 0
      ? [
          {
            text: "let this one person past the plan's policies for a day, which is not enough by itself: other people's policies stand in the way too",
            command: letIn(account.address),
          },
        ]
      : []),
    ...plans.map((plan) => ({ text: "if many are stuck: put the plan's policies into report-only, for everybody", command: ["halt", plan] })),
    ...foreign.map(({ name, id }) => ({
      text: `look at the policy "${nameWithoutMark(name)}" (${id}): it is not this tool's, which never changes it; entra.microsoft.com, Entra ID > Conditional Access > Policies`,
    })),
  ];
};

export const todoOf = (told: Told): readonly WhyTodo[] => {
  const { account, places, failures } = told;
  if (!account.enabled) return [{ text: `the account is disabled: enable ${account.address}, if it is meant to be used` }];
  const signIns = places.flatMap((place) => place.signIns);
  const [old, modern] = [signIns.filter(isOld), signIns.filter((signIn) => !isOld(signIn))];
  const counted = modern.length === 0 ? old : modern;
  const stuck = counted.filter(({ outcome }) => outcome === "blocked" || outcome === "register");
  const dark = signIns.filter(({ outcome }) => outcome === "unknown");
  const todo: WhyTodo[] = [
    ...(modern.length === 0 ? oldPrograms(old, modern) : []),
    ...(stuck.some(({ missing }) => missing) ? [{ text: REGISTER }] : []),
    ...ofPolicies(stuck, told),
    ...(has(stuck, "security-defaults") ? [{ text: "nobody can be left out of security defaults: registering a method is the only way in" }] : []),
    ...(has(stuck, "per-user-mfa")
      ? [{ text: "per-user MFA asks whatever the policies say: Entra ID > Users > Per-user MFA, the account, Disable MFA, takes them out" }]
      : []),
    ...(modern.length === 0 ? [] : oldPrograms(old, modern)),
    ...(has(
      old.filter(({ outcome }) => outcome === "blocked"),
      "per-user-mfa",
    )
      ? [{ text: "a program that cannot do without takes an app password, which they make at https://aka.ms/mysecurityinfo" }]
      : []),
    ...policiesIn(dark).map(({ name, id }) => ({
      text: `whether the policy "${nameWithoutMark(name)}" (${id}) is about them has to be looked up: What If, in Entra ID > Conditional Access > Policies, tells it for a device and a place`,
    })),
    ...(told.unread.length > 0 ? [{ text: "part of the tenant could not be read: run it again, or look at what this tool is permitted to" }] : []),
  ];
  const [last] = failures.list;
  if (todo.length === 0 && last?.todo !== null && last !== undefined) todo.push({ text: `their last failure: ${last.words}; ${last.todo}` });
  if (todo.length === 0 && modern.some(({ outcome }) => outcome === "asked"))
    todo.push({ text: "they have what is asked for: ask whether the second step appears, on which telephone or key, and what stands on the screen" });
  if (todo.length === 0) todo.push({ text: "nothing here keeps them out: ask what they see on the screen, and whether the password is right" });
  return todo;
};
