/** Random accounts that somebody wants deleted: what is true of each, how the practice tenant is told of it, and whether anything speaks for it. */

import fc from "fast-check";
import { addressOf, arrange, DAY, DOMAIN, idOf, type Put, SKU, START, unusedUser, type Wire } from "./accounts-law-world.ts";
import type { Stage } from "./stage.ts";

export type Facts = {
  readonly stamps: "never" | "success" | "attempt" | "program" | "attempt-now";
  /** Days before the start; null: nobody tells. */
  readonly made: number | null;
  readonly synced: boolean;
  readonly role: "none" | "direct" | "group" | "part";
  readonly eligible: "none" | "direct" | "group";
  readonly owns: "none" | "group" | "application";
  readonly guest: "no" | "pending" | "accepted";
  /** Days from the start. */
  readonly hired: number | null;
  readonly mailbox: "user" | "shared" | "room" | "equipment";
  readonly hold: "none" | "litigation" | "case" | "delay" | "left-out";
  readonly delegate: "none" | "full" | "send" | "behalf" | "inherited" | "denied";
  readonly forward: "none" | "inside" | "outside";
  readonly licence: "usual" | "none" | "device";
  readonly kept: boolean;
  readonly enabled: boolean;
  readonly renamed: boolean;
  readonly gone: boolean;
};

export const PLAIN: Facts = {
  stamps: "never",
  made: 200,
  synced: false,
  role: "none",
  eligible: "none",
  owns: "none",
  guest: "no",
  hired: null,
  mailbox: "user",
  hold: "none",
  delegate: "none",
  forward: "none",
  licence: "usual",
  kept: false,
  enabled: true,
  renamed: false,
  gone: false,
};

const rarely = <T>(usual: T, ...others: readonly [T, ...T[]]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 24, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

export const facts: fc.Arbitrary<Facts> = fc
  .record({
    stamps: fc.oneof({ weight: 10, arbitrary: fc.constant("never" as const) }, { weight: 2, arbitrary: fc.constantFrom("success", "attempt", "program") }),
    made: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(200, 200, 400, 120) }, { weight: 1, arbitrary: fc.constantFrom(5, 25, 2000, null) }),
    synced: rarely(false, true),
    role: rarely<Facts["role"]>("none", "direct", "group", "part"),
    eligible: rarely<Facts["eligible"]>("none", "direct", "group"),
    owns: rarely<Facts["owns"]>("none", "group", "application"),
    guest: rarely<Facts["guest"]>("no", "pending", "accepted"),
    hired: rarely<number | null>(null, 60, -10),
    mailbox: rarely<Facts["mailbox"]>("user", "shared", "room", "equipment"),
    hold: rarely<Facts["hold"]>("none", "litigation", "case", "delay", "left-out"),
    delegate: rarely<Facts["delegate"]>("none", "full", "send", "behalf", "inherited", "denied"),
    forward: rarely<Facts["forward"]>("none", "inside", "outside"),
    licence: rarely<Facts["licence"]>("usual", "none", "device"),
    kept: rarely(false, true),
    enabled: rarely(true, false),
  })
  .map((given): Facts => ({ ...PLAIN, ...given, ...(given.guest !== "no" && { licence: "none", mailbox: "user" }) }));

/** What happens to an account meanwhile. */
export const CHANGES = {
  "signs in": { stamps: "success" },
  "is tried": { stamps: "attempt-now" },
  "is synced": { synced: true },
  "gets a role": { role: "direct" },
  "gets a role through a group": { role: "group" },
  "gets a role for a part": { role: "part" },
  "may activate a role": { eligible: "direct" },
  "may activate a role through a group": { eligible: "group" },
  "owns a group": { owns: "group" },
  "owns an application": { owns: "application" },
  "becomes a shared mailbox": { mailbox: "shared" },
  "goes on hold": { hold: "case" },
  "gets a delegate": { delegate: "full" },
  "gets a sender": { delegate: "send" },
  "forwards its mail": { forward: "outside" },
  "is to start": { hired: 60 },
  "gets a telephone": { licence: "device" },
  "is called otherwise": { renamed: true },
  "may sign in again": { enabled: true },
  "is deleted by hand": { gone: true },
} as const satisfies Readonly<Record<string, Partial<Facts>>>;
export type ChangeName = keyof typeof CHANGES;
export const CHANGE_NAMES = Object.keys(CHANGES) as readonly ChangeName[];

// ---- the tenant is told

const DEVICE_SKU = "88888888-0000-4000-8000-000000000001";
const [ROLE, ROLE_GROUP, OWNED_GROUP, APPLICATION] = [2, 3, 4, 5].map((last) => `88888888-0000-4000-8000-00000000000${last}`) as [
  string,
  string,
  string,
  string,
];
const HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
/** The organisation's own director, who is somebody else. */
const OTHER = `director@${DOMAIN}`;
const OUTSIDE = "smtp:somebody@home.example";

const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
/** Long ago for what was, a moment ago for what happens now. */
const LONG_AGO = START - 50 * DAY;

const activityOf = ({ stamps }: Facts, now: number): Wire => {
  switch (stamps) {
    case "never":
      return {};
    case "success":
      return { signInActivity: { lastSignInDateTime: iso(LONG_AGO), lastSuccessfulSignInDateTime: iso(LONG_AGO) } };
    case "attempt":
      return { signInActivity: { lastSignInDateTime: iso(LONG_AGO) } };
    case "program":
      return { signInActivity: { lastNonInteractiveSignInDateTime: iso(LONG_AGO) } };
    case "attempt-now":
      return { signInActivity: { lastSignInDateTime: iso(now) } };
  }
};

export const addressNow = (number: number, { renamed, kept }: Pick<Facts, "renamed" | "kept">): string =>
  renamed ? `renamed-${number}@${DOMAIN}` : kept ? `kept-${number}@${DOMAIN}` : addressOf(number);

const userOf = (number: number, of: Facts, now: number): Put => {
  const address = addressNow(number, of);
  const licences = { usual: [SKU], none: [], device: [SKU, DEVICE_SKU] }[of.licence];
  return {
    collection: "users",
    object: {
      ...unusedUser(number, {
        accountEnabled: of.enabled,
        userPrincipalName: address,
        mail: address,
        proxyAddresses: [`SMTP:${address}`],
        createdDateTime: of.made === null ? null : iso(START - of.made * DAY),
        assignedLicenses: licences.map((skuId) => ({ skuId, disabledPlans: [] })),
        ...(of.synced && { onPremisesSyncEnabled: true, onPremisesImmutableId: `immutable-${number}` }),
        ...(of.guest !== "no" && {
          userType: "Guest",
          externalUserState: of.guest === "pending" ? "PendingAcceptance" : "Accepted",
          creationType: "Invitation",
        }),
        ...(of.hired !== null && { employeeHireDate: iso(START + of.hired * DAY) }),
        ...activityOf(of, now),
      }),
    },
  };
};

/** Whether Exchange has a mailbox of it. */
const hasMailbox = ({ guest, licence, mailbox }: Facts): boolean => guest === "no" && (licence !== "none" || mailbox !== "user");

const HOLDS: Readonly<Record<Facts["hold"], Wire>> = {
  none: {},
  litigation: { LitigationHoldEnabled: true },
  case: { InPlaceHolds: ["UniH7d895d48-7e23-4a8d-8346-533c3beac15d"] },
  delay: { DelayHoldApplied: true },
  "left-out": { InPlaceHolds: ["-mbxf0ae836199254c2ab4d4b84b3d1fbfa8:1"] },
};
const DELEGATES: Readonly<Record<Facts["delegate"], Wire>> = {
  none: {},
  full: { MailboxPermission: [{ User: OTHER, AccessRights: ["FullAccess"] }] },
  send: { RecipientPermission: [{ Trustee: OTHER }] },
  behalf: { GrantSendOnBehalfTo: [OTHER] },
  inherited: { MailboxPermission: [{ User: "Discovery Management", AccessRights: ["FullAccess"], IsInherited: true }] },
  denied: { MailboxPermission: [{ User: OTHER, AccessRights: ["FullAccess"], Deny: true }] },
};
const FORWARDS: Readonly<Record<Facts["forward"], Wire>> = { none: {}, inside: { ForwardingAddress: OTHER }, outside: { ForwardingSmtpAddress: OUTSIDE } };

const mailOf = (number: number, of: Facts): readonly Put[] => [
  { collection: "mailboxes", object: { id: idOf(number), userPurpose: hasMailbox(of) ? of.mailbox : null } },
  { collection: "exchangeMailboxes", object: { id: idOf(number), ...HOLDS[of.hold], ...DELEGATES[of.delegate], ...FORWARDS[of.forward] } },
];

const GROUP: Wire = { createdDateTime: iso(LONG_AGO), description: null, groupTypes: [], mailEnabled: false, securityEnabled: true };

/** What stands in the tenant for all of them. */
const FURNITURE: readonly Put[] = [
  {
    collection: "directoryRoles",
    object: { id: ROLE, displayName: "Helpdesk Administrator", description: "", roleTemplateId: HELPDESK, deletedDateTime: null },
  },
  { collection: "groups", object: { ...GROUP, id: ROLE_GROUP, displayName: "Helpdesk", mailNickname: "helpdesk", isAssignableToRole: true } },
  { collection: "groups", object: { ...GROUP, id: OWNED_GROUP, displayName: "Owned", mailNickname: "owned" } },
  { collection: "applications", object: { id: APPLICATION, displayName: "Owned application", appId: "88888888-0000-4000-8000-000000000009" } },
  { collection: "roleEligibilities", object: { id: "eligible-group", principalId: ROLE_GROUP, roleDefinitionId: HELPDESK } },
];

export type World = ReadonlyMap<number, Facts>;

const numbersOf = (world: World, is: (of: Facts) => boolean): readonly string[] =>
  [...world].filter(([, of]) => !of.gone && is(of)).map(([number]) => idOf(number));

/** Everybody's memberships, and one account or all of them. */
const putsOf = (world: World, numbers: Iterable<number>, now: number): readonly Put[] => [
  ...[...numbers].flatMap((number): readonly Put[] => {
    const of = world.get(number);
    if (of === undefined || of.gone) return [];
    return [
      userOf(number, of, now),
      ...mailOf(number, of),
      ...(of.eligible === "direct"
        ? [{ collection: "roleEligibilities", object: { id: `eligible-${number}`, principalId: idOf(number), roleDefinitionId: HELPDESK } }]
        : []),
      ...(of.role === "part"
        ? [
            {
              collection: "roleAssignments",
              object: { id: `part-${number}`, principalId: idOf(number), roleDefinitionId: HELPDESK, directoryScopeId: "/administrativeUnits/x" },
            },
          ]
        : []),
    ];
  }),
  { collection: "members", object: { id: ROLE, members: [...numbersOf(world, ({ role }) => role === "direct"), ROLE_GROUP] } },
  { collection: "members", object: { id: ROLE_GROUP, members: numbersOf(world, ({ role, eligible }) => role === "group" || eligible === "group") } },
  { collection: "owners", object: { id: OWNED_GROUP, owners: numbersOf(world, ({ owns }) => owns === "group") } },
  { collection: "owners", object: { id: APPLICATION, owners: numbersOf(world, ({ owns }) => owns === "application") } },
];

export const furnish = async (stage: Stage, world: World): Promise<void> => {
  const [sku] = (await stage.reader.json<{ readonly value: readonly Wire[] }>("GET", "/v1.0/subscribedSkus")).value;
  const device = { ...sku, id: `x_${DEVICE_SKU}`, skuId: DEVICE_SKU, skuPartNumber: "Microsoft_Teams_Rooms_Basic", servicePlans: [] };
  await arrange(stage, [...FURNITURE, { collection: "subscribedSkus", object: device }, ...putsOf(world, world.keys(), START)]);
};

/** One of them is otherwise from now on. */
export const befall = (stage: Pick<Stage, "reader">, world: World, number: number, now: number): Promise<unknown> =>
  arrange(stage, putsOf(world, [number], now), world.get(number)?.gone === true ? [{ collection: "users", id: idOf(number) }] : []);

// ---- what is true

export type Rules = {
  /** The day before which it has to be made; undefined: any. */
  readonly createdBefore?: number;
  /** Whether the tenant tells who may activate a role. */
  readonly tellsEligible: boolean;
};

/** Whether anything forbids that it is taken away. */
export const isSpokenFor = (of: Facts, { createdBefore, tellsEligible }: Rules, now: number): boolean => {
  const made = of.made === null ? undefined : START - of.made * DAY;
  const isTried = of.stamps === "attempt" || of.stamps === "program" || of.stamps === "attempt-now";
  return (
    of.gone ||
    of.renamed ||
    of.stamps === "success" ||
    made === undefined ||
    now - made < 30 * DAY ||
    // Attempts are stamped since 2020, successes since December 2023.
    made < Date.UTC(2020, 5, 1) ||
    (isTried && made < Date.UTC(2023, 11, 1)) ||
    (createdBefore !== undefined && made >= createdBefore) ||
    of.synced ||
    of.role !== "none" ||
    // In a group that holds a role, one holds it as well.
    of.eligible === "group" ||
    (of.eligible === "direct" && tellsEligible) ||
    of.owns !== "none" ||
    of.guest === "pending" ||
    (of.hired !== null && START + of.hired * DAY > now) ||
    (hasMailbox(of) &&
      (of.mailbox !== "user" ||
        of.hold === "litigation" ||
        of.hold === "case" ||
        of.hold === "delay" ||
        of.delegate === "full" ||
        of.delegate === "send" ||
        of.delegate === "behalf" ||
        of.forward !== "none")) ||
    of.licence === "device" ||
    of.kept
  );
};
