/** The policy of authentication methods on the wire: one PATCH a method, one for the campaign, each with its own part and no more. */

import { describe, expect, test } from "vitest";
import type { Step, StepOutcome, Write } from "../../src/core/changes.ts";
import type { AuthenticationMethodsSettings, MethodSettings, RegistrationCampaignSettings } from "../../src/core/tenant.ts";
import { fromWire as methodsIn } from "../../src/graph/authentication-methods.ts";
import { fromWire as campaignIn, toWire } from "../../src/graph/registration-campaign.ts";
import { Unreadable } from "../../src/graph/wire.ts";
import type { MadeIds } from "../../src/service.ts";
import { gatewayOn } from "./gateway-on.ts";
import { inOrder, json, noAnswer, type Reply, refusal, type Script, type Seen, scripted } from "./scripted.ts";

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const POLICY = "/v1.0/policies/authenticationMethodsPolicy";
const CONFIGURATION = `${POLICY}/authenticationMethodConfigurations`;

const configuration = (name: string, state: string, more: object = {}): object => ({
  "@odata.type": `#microsoft.graph.${name.slice(0, 1).toLowerCase()}${name.slice(1)}AuthenticationMethodConfiguration`,
  id: name,
  state,
  excludeTargets: [],
  includeTargets: [{ targetType: "group", id: "all_users", isRegistrationRequired: false }],
  ...more,
});
const campaign = (more: object = {}): object => ({
  snoozeDurationInDays: 1,
  state: "default",
  excludeTargets: [],
  includeTargets: [{ id: "all_users", targetType: "group", targetedAuthenticationMethod: "microsoftAuthenticator" }],
  ...more,
});
const policy = (configurations: readonly object[], more: object = {}, of: object = campaign()): object => ({
  id: "authenticationMethodsPolicy",
  policyMigrationState: "migrationComplete",
  registrationEnforcement: { authenticationMethodsRegistrationCampaign: of },
  authenticationMethodConfigurations: configurations,
  ...more,
});

const ALL: MethodSettings["include"] = { all: true, groups: [] };
const method = (state: "on" | "off", fields: Partial<MethodSettings> = {}): MethodSettings => ({ state, include: ALL, exclude: [], other: {}, ...fields });
const settings = (methods: { readonly [name: string]: "on" | "off" }): AuthenticationMethodsSettings => ({
  methods: Object.fromEntries(Object.entries(methods).map(([name, state]) => [name, method(state)])),
  migration: "complete",
  other: {},
});
const nudging = (fields: Partial<RegistrationCampaignSettings> = {}): RegistrationCampaignSettings => ({
  campaign: "on",
  method: "app",
  snoozeDays: 3,
  include: { all: false, users: [], groups: [id(1)] },
  exclude: { users: [id(2)], groups: [id(3)] },
  other: {},
  ...fields,
});

const stepOf = (kind: Step["kind"], write: Write): Step => ({
  id: kind,
  kind,
  key: "tenant",
  name: kind,
  write,
  undo: { type: "impossible", because: "of no matter here" },
  after: [],
  phases: [],
});
const turning = (before: AuthenticationMethodsSettings, after: AuthenticationMethodsSettings): Step =>
  stepOf("authentication-methods", { type: "update", kind: "authentication-methods", key: "tenant", id: "authenticationMethodsPolicy", before, after });
const running = (after: RegistrationCampaignSettings): Step =>
  stepOf("registration-campaign", { type: "update", kind: "registration-campaign", key: "tenant", id: "registrationCampaign", before: nudging(), after });

const performed = async (
  steps: readonly Step[],
  script: Script,
  made: MadeIds = new Map(),
): Promise<{ readonly outcomes: readonly (StepOutcome | undefined)[]; readonly seen: readonly Seen[] }> => {
  const world = scripted(script);
  const outcomes = await gatewayOn(world.connection).perform(steps, made, async () => undefined);
  return { outcomes: steps.map((step) => outcomes.get(step.id)), seen: world.seen };
};
const none = (): Reply => new Response(null, { status: 204 });
const lines = (seen: readonly Seen[]): readonly string[] => seen.map(({ method: verb, path }) => `${verb} ${path}`);

describe("reading", () => {
  test("a method: whether it is on, for whom, and the rest as it came; ids in any case", () => {
    const text = configuration("sms", "enabled", {
      includeTargets: [
        { targetType: "group", id: id(2).toUpperCase() },
        { targetType: "group", id: id(1) },
      ],
      excludeTargets: [{ targetType: "group", id: id(3) }],
    });
    const app = configuration("MicrosoftAuthenticator", "disabled", { isSoftwareOathEnabled: true });
    expect(methodsIn(policy([text, app, configuration("HardwareOath", "enabled")])).settings).toEqual({
      methods: {
        text: method("on", { include: { all: false, groups: [id(1), id(2)] }, exclude: [id(3)] }),
        app: method("off", { other: { isSoftwareOathEnabled: true } }),
      },
      migration: "complete",
      other: {},
    });
  });

  test.each([
    ["preMigration", "pre"],
    ["migrationInProgress", "in-progress"],
    ["migrationComplete", "complete"],
    ["someLaterWord", null],
    [undefined, null],
  ])("the migration: %s", (policyMigrationState, want) => {
    expect(methodsIn(policy([], { policyMigrationState })).settings.migration).toBe(want);
  });

  test("the campaign: of what beta alone has nothing is kept", () => {
    const found = campaignIn(policy([], {}, campaign({ enforceRegistrationAfterAllowedSnoozes: true, excludeTargets: [{ id: id(2), targetType: "user" }] })));
    expect(found.settings).toEqual(
      nudging({ campaign: "default", snoozeDays: 1, include: { all: true, users: [], groups: [] }, exclude: { users: [id(2)], groups: [] } }),
    );
    expect(found.id).not.toBe(methodsIn(policy([])).id);
  });

  test("targets that are asked for another method are kept, and go out again as they came", () => {
    const targets = [
      { id: id(1), targetType: "group", targetedAuthenticationMethod: "microsoftAuthenticator" },
      { id: id(9), targetType: "group", targetedAuthenticationMethod: "Fido2" },
    ];
    const found = campaignIn(policy([], {}, campaign({ includeTargets: targets }))).settings;
    expect(found).toMatchObject({ method: "app", include: { groups: [id(1)] }, other: { includeTargets: [targets[1]] } });
    expect(toWire(found)).toMatchObject({ registrationEnforcement: { authenticationMethodsRegistrationCampaign: { includeTargets: targets } } });
  });

  test.each<readonly [string, () => unknown]>([
    ["a state that is none", () => methodsIn(policy([configuration("Sms", "default")]))],
    ["no configurations", () => methodsIn(policy([], { authenticationMethodConfigurations: null }))],
    ["a campaign without a state", () => campaignIn(policy([], {}, campaign({ state: undefined })))],
    ["a state of a campaign that is new", () => campaignIn(policy([], {}, campaign({ state: "paused" })))],
    ["a campaign that is not there", () => campaignIn(policy([], { registrationEnforcement: null }))],
    ["a snooze that is no number", () => campaignIn(policy([], {}, campaign({ snoozeDurationInDays: "1" })))],
  ])("what cannot be believed is not: %s", (_name, read) => {
    expect(read).toThrow(Unreadable);
  });

  test("each kind is a list of one, by one GET of the policy; refused, it is unknown", async () => {
    const world = scripted(inOrder(() => json(200, policy([configuration("Voice", "enabled")]))));
    const gateway = gatewayOn(world.connection);
    expect(await gateway.list("authentication-methods")).toMatchObject({ type: "present", value: [{ settings: { methods: { call: { state: "on" } } } }] });
    expect(await gateway.list("registration-campaign")).toMatchObject({ type: "present", value: [{ settings: { campaign: "default" } }] });
    expect(lines(world.seen)).toEqual([`GET ${POLICY}`, `GET ${POLICY}`]);
    const refused = scripted(() => refusal(403, "Authorization_RequestDenied", "Insufficient privileges"));
    expect(await gatewayOn(refused.connection).list("authentication-methods")).toMatchObject({ type: "unknown" });
  });
});

describe("writing methods", () => {
  test("one PATCH a method that differs: its type, its state, and no targets; what comes on comes first", async () => {
    const done = await performed(
      [turning(settings({ app: "on", call: "on", text: "on", passkey: "off" }), settings({ call: "off", passkey: "on", app: "on" }))],
      none,
    );
    expect(done.outcomes).toEqual([{ type: "done", id: "authenticationMethodsPolicy" }]);
    expect(done.seen.map(({ path, body }) => [path, body])).toEqual([
      [`${CONFIGURATION}/Fido2`, { "@odata.type": "#microsoft.graph.fido2AuthenticationMethodConfiguration", state: "enabled" }],
      [`${CONFIGURATION}/Voice`, { "@odata.type": "#microsoft.graph.voiceAuthenticationMethodConfiguration", state: "disabled" }],
    ]);
    expect(lines(done.seen)).toEqual([`PATCH ${CONFIGURATION}/Fido2`, `PATCH ${CONFIGURATION}/Voice`]);
  });

  test.each([
    ["app", "MicrosoftAuthenticator", "#microsoft.graph.microsoftAuthenticatorAuthenticationMethodConfiguration"],
    ["code", "SoftwareOath", "#microsoft.graph.softwareOathAuthenticationMethodConfiguration"],
    ["text", "Sms", "#microsoft.graph.smsAuthenticationMethodConfiguration"],
    ["certificate", "X509Certificate", "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration"],
    ["temporaryAccessPass", "TemporaryAccessPass", "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration"],
    ["email", "Email", "#microsoft.graph.emailAuthenticationMethodConfiguration"],
  ])("%s is %s", async (word, name, type) => {
    const done = await performed([turning(settings({ [word]: "off" }), settings({ [word]: "on" }))], none);
    expect(done.seen.map(({ path, body }) => [path, body])).toEqual([[`${CONFIGURATION}/${name}`, { "@odata.type": type, state: "enabled" }]]);
  });

  test("refused at once, nothing happened; refused after another was changed, nobody can say before it was read back", async () => {
    const both = turning(settings({ call: "off", text: "on" }), settings({ call: "on", text: "off" }));
    const no = (): Reply => refusal(400, "BadRequest", "The policy is larger than 20 KB");
    const atOnce = await performed([both], no);
    expect(atOnce.outcomes[0]).toMatchObject({ type: "refused", error: { status: 400 } });
    expect(atOnce.seen).toHaveLength(1);
    const later = await performed([both], inOrder(none, no));
    expect(later.outcomes[0]).toMatchObject({ type: "unknown", because: expect.stringMatching(/^call was changed; text was not: .*20 KB/) });
  });

  test("a lost answer is unknown, and is not sent again", async () => {
    const lost = await performed([turning(settings({ text: "on" }), settings({ text: "off" }))], () => noAnswer("ECONNRESET"));
    expect(lost.outcomes[0]).toMatchObject({ type: "unknown" });
    expect(lost.seen).toHaveLength(1);
  });
});

describe("writing the campaign", () => {
  test("the whole campaign and nothing else of the policy; groups of this run by their new ids", async () => {
    const step = running(nudging({ include: { all: false, users: [], groups: ["@cohort-group/everyone"] } }));
    const done = await performed([step], () => json(200, policy([])), new Map([["@cohort-group/everyone", id(7)]]));
    expect(done.outcomes).toEqual([{ type: "done", id: "registrationCampaign" }]);
    expect(lines(done.seen)).toEqual([`PATCH ${POLICY}`]);
    expect(done.seen[0]?.body).toEqual({
      registrationEnforcement: {
        authenticationMethodsRegistrationCampaign: {
          state: "enabled",
          snoozeDurationInDays: 3,
          includeTargets: [{ targetType: "group", id: id(7), targetedAuthenticationMethod: "microsoftAuthenticator" }],
          excludeTargets: [
            { targetType: "group", id: id(3) },
            { targetType: "user", id: id(2) },
          ],
        },
      },
    });
  });

  test("everybody, and passkeys", () => {
    expect(toWire(nudging({ method: "passkey", include: { all: true, users: [], groups: [] }, campaign: "default" }))).toMatchObject({
      registrationEnforcement: {
        authenticationMethodsRegistrationCampaign: {
          state: "default",
          includeTargets: [{ targetType: "group", id: "all_users", targetedAuthenticationMethod: "fido2" }],
        },
      },
    });
  });

  test("what it names is not there: it is never sent", async () => {
    const done = await performed([running(nudging({ exclude: { users: ["@account/emergency-1@trust.example"], groups: [] } }))], none);
    expect(done.outcomes[0]).toMatchObject({ type: "left-out", because: expect.stringContaining("account/emergency-1@trust.example") });
    expect(done.seen).toEqual([]);
  });

  test("both kinds at once: the methods have been answered before the campaign leaves", async () => {
    const done = await performed([running(nudging()), turning(settings({ text: "on" }), settings({ text: "off" }))].toReversed(), none);
    expect(lines(done.seen)).toEqual([`PATCH ${CONFIGURATION}/Sms`, `PATCH ${POLICY}`]);
    expect(done.outcomes.map((outcome) => outcome?.type)).toEqual(["done", "done"]);
  });
});
