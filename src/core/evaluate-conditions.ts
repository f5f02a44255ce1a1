/** The conditions that are one question each: client, platform, risk, flow. "Conditional Access: Conditions". */

import { deviceVerdict } from "./evaluate-devices.ts";
import { allOf, anyOf, at, butNot, membersOf, no, strangersIn, textOf, unsure, type Verdict, wordsOf, yes } from "./evaluate-logic.ts";
import type { Program, SignIn } from "./sign-in.ts";
import type { ClientType, Json, PolicySettings } from "./tenant.ts";

/** "Administrators can apply policy only to supported platforms (such as iOS, Android, and Windows)": others nobody is told of. */
const ACTIVESYNC_PLATFORMS: readonly (string | null | undefined)[] = ["ios", "android", "windows"];

const CLIENTS = { browser: "browser", "mobile-and-desktop": "mobile-and-desktop", activesync: "activesync", legacy: "legacy" } as const satisfies Record<
  Program,
  ClientType
>;

export const clientVerdict = ({ clients, other }: PolicySettings, { program, platform }: SignIn): Verdict => {
  const strange = at(other, "conditions", "clientAppTypes");
  const all = yes("it is about every client");
  if (clients.includes("all")) return all;
  if (clients.length === 0 && membersOf({ strange: strange ?? null }).length === 0) {
    // Policies from before August 2020 may name no client and mean those with modern authentication only.
    return program === "browser" || program === "mobile-and-desktop" ? all : unsure("it names no client");
  }
  if (program === undefined) return unsure("nobody can say which kind of client asks");
  return anyOf(
    [
      ...(clients.includes(CLIENTS[program]) ? [yes("it is about that client")] : []),
      ...(program === "activesync" && clients.includes("activesync-supported")
        ? [
            ACTIVESYNC_PLATFORMS.includes(platform)
              ? yes("it is about that client")
              : unsure("nobody can say whether the platform supports what it wants of Exchange ActiveSync"),
          ]
        : []),
      ...(strange === undefined ? [] : [unsure("it names a kind of client that this tool does not know")]),
    ],
    "it is about other clients",
  );
};

const PLATFORMS = ["android", "ios", "windows", "windowsphone", "macos", "linux"];

const onPlatform = (words: readonly string[], platform: SignIn["platform"]): Verdict => {
  if (words.includes("all")) return yes("any platform");
  if (words.length === 0) return no("no platform");
  if (platform === undefined) return unsure("nobody can say on which platform the sign-in is");
  if (platform !== null && words.includes(platform)) return yes(`platform ${platform}`);
  // A word that is younger than we are cannot be one that we know, but it may be what the service calls the rest.
  const strange = words.some((word) => !PLATFORMS.includes(word));
  return strange && (platform === null || words.includes("unknownfuturevalue"))
    ? unsure("it names a platform that this tool does not know")
    : no("another platform");
};

const platformVerdict = (platforms: Json | undefined, { platform }: SignIn): Verdict => {
  if (membersOf(platforms).length === 0) return yes("it is about every platform");
  const [include, exclude] = ["includePlatforms", "excludePlatforms"].map((side) => wordsOf(at(platforms, side))?.map((word) => word.toLowerCase()));
  if (include === undefined || exclude === undefined) return unsure("the platforms that it names cannot be read");
  const included = include.length === 0 ? unsure("it names platforms to leave out and none to take in") : onPlatform(include, platform);
  const excluded = onPlatform(exclude, platform);
  return allOf(
    [
      butNot(
        included.applies === "no" ? no("it is about other platforms") : included,
        excluded.applies === "yes" ? yes(`it leaves out ${excluded.because}`) : excluded,
      ),
      ...strangersIn(platforms, ["includePlatforms", "excludePlatforms"], "platforms"),
    ],
    "it is about that platform",
  );
};

/** Levels as a list or as Graph's flags; the condition is met by the level that is named, by no higher one besides. */
const riskVerdict = (levels: Json | undefined, level: string | undefined, known: readonly string[], what: string): Verdict => {
  const words = wordsOf(levels)?.map((word) => word.toLowerCase());
  if (words === undefined) return unsure(`the levels of ${what} that it names cannot be read`);
  if (words.length === 0) return yes(`it is about every ${what}`);
  if (level === undefined) return unsure(`nobody can say what the ${what} is`);
  if (words.includes(level)) return yes(`it is about that ${what}`);
  return words.some((word) => !known.includes(word)) ? unsure(`it names a level of ${what} that this tool does not know`) : no(`it is about another ${what}`);
};

const RISKS = ["none", "low", "medium", "high"];
const FLOWS: { readonly [flow: string]: string } = { "device-code": "devicecodeflow", transfer: "authenticationtransfer" };

/** A session that began by such a flow stays one, whatever comes later ("Authentication flows", protocol tracking): `none` is said of those only that did not. */
const flowVerdict = (condition: Json | undefined, { flow }: SignIn): Verdict => {
  if (membersOf(condition).length === 0) return yes("it is about every flow");
  const strangers = strangersIn(condition, ["transferMethods"], "authenticationFlows");
  const words = wordsOf(at(condition, "transferMethods"))?.map((word) => word.toLowerCase());
  if (words === undefined) return unsure("the authentication flows that it names cannot be read");
  const named = words.filter((word) => word !== "none");
  // Naming none is either no condition or one for the ordinary flow.
  if (named.length === 0) return flow === "none" ? allOf(strangers, "it is about that flow") : unsure("it names no authentication flow");
  if (flow === undefined) return unsure("nobody can say by which flow the sign-in came");
  const strange = named.some((word) => !Object.values(FLOWS).includes(word));
  const isNamed = named.includes(FLOWS[flow] ?? "");
  const own = isNamed
    ? yes("it is about that flow")
    : strange
      ? unsure("it names an authentication flow that this tool does not know")
      : no("it is about other authentication flows");
  return allOf([own, ...strangers], own.because);
};

/** A policy with workload identities is about these ("Users, groups, and workload identities"); one with both nobody describes. */
const workloadVerdict = (conditions: Json | undefined): Verdict =>
  membersOf(at(conditions, "clientApplications")).length > 0 || membersOf({ levels: at(conditions, "servicePrincipalRiskLevels") ?? null }).length > 0
    ? unsure("it is about workload identities")
    : yes("it is about people");

const KNOWN = [
  "users",
  "applications",
  "locations",
  "clientAppTypes",
  "platforms",
  "devices",
  "signInRiskLevels",
  "userRiskLevels",
  "insiderRiskLevels",
  "authenticationFlows",
  "clientApplications",
  "servicePrincipalRiskLevels",
];

export const furtherVerdicts = ({ other }: PolicySettings, signIn: SignIn): readonly Verdict[] => {
  const conditions = at(other, "conditions");
  return [
    platformVerdict(at(conditions, "platforms"), signIn),
    deviceVerdict(at(conditions, "devices"), signIn),
    riskVerdict(at(conditions, "signInRiskLevels"), signIn.signInRisk, RISKS, "sign-in risk"),
    riskVerdict(at(conditions, "userRiskLevels"), signIn.userRisk, RISKS, "user risk"),
    riskVerdict(at(conditions, "insiderRiskLevels"), signIn.insiderRisk, ["none", "minor", "moderate", "elevated"], "insider risk"),
    flowVerdict(at(conditions, "authenticationFlows"), signIn),
    workloadVerdict(conditions),
    ...strangersIn(conditions, KNOWN, ""),
    // Beside the conditions stands what may switch a policy on for a part of the people only.
    ...strangersIn(other, ["state", "conditions", "grantControls", "sessionControls"], ""),
    ...(textOf(at(other, "state")) === undefined ? [] : [unsure("its state is one that this tool does not know")]),
  ];
};
