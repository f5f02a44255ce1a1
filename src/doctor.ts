/** What `doctor` reads of a tenant. It writes nothing, asks for nobody but administrators, and keeps what was refused apart from what failed. */

import type { Facts, Mail } from "./core/doctor/facts.ts";
import { isAboutMail } from "./core/doctor/licences.ts";
import { NOT_ASKED, type Observed } from "./core/observed.ts";
import type { Plan } from "./core/plan/plan.ts";
import { absent, type Known, present, unknown } from "./core/tenant.ts";
import { exitCode } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { createGateway } from "./gateway.ts";
import { accessOf } from "./graph/administrators.ts";
import type { GraphClient } from "./graph/client.ts";
import { concealmentOf, conditionOf } from "./graph/condition.ts";
import { accountNamed } from "./graph/emergency.ts";
import { begun, roleHoldersOf } from "./graph/live-account.ts";
import { boughtIn, domainsOf, organizationOf } from "./graph/surroundings.ts";
import { type Gateway, type Lookup, ServiceError } from "./service.ts";
import type { Session } from "./session.ts";
import { claimsOf } from "./token-claims.ts";

/** What the service did not answer as it was asked to: the status, 0 where nothing came. */
type Refusals = { readonly statuses: readonly number[] };

export type Examined = {
  readonly facts: Facts;
  /** Whatever could not be read was refused to this sign-in, and nothing failed besides. */
  readonly denied: boolean;
};

const isRefusal = (status: number): boolean => status === 401 || status === 403;

const knownOr = async <T>(read: () => Promise<T>): Promise<Known<T>> => {
  try {
    return present(await read());
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { type: "unknown", because: error.message, ...(isRefusal(error.status) && { denied: true }) };
  }
};

/** The same client, of which every read that went wrong is remembered; what is not there, and whose token it is, goes wrong as a rule. */
const watched = (client: GraphClient, statuses: number[]): GraphClient => ({
  ...client,
  send: async (ask) => {
    try {
      return await client.send(ask);
    } catch (error) {
      const isOrdinary = error instanceof ServiceError && (error.status === 404 || ask.path === "/me");
      if (error instanceof ServiceError && !isOrdinary) statuses.push(error.status);
      throw error;
    }
  },
});

type Door = {
  readonly claims: Facts["exchangeClaims"];
  /** Why there is no token for Exchange Online. */
  readonly shut?: Extract<Known<never>, { readonly type: "unknown" }>;
};

const doorOf = async ({ tenant }: Session): Promise<Door> => {
  try {
    const claims = claimsOf(await tenant.exchange.getToken({}));
    return { claims: claims === undefined ? absent : present(claims) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { claims: absent, shut: { type: "unknown", because: error.message, ...(error.exit === exitCode("not-permitted") && { denied: true }) } };
  }
};

const mailOf = async (gateway: Gateway & Lookup, { shut }: Door): Promise<Known<Mail>> => {
  if (shut !== undefined) return present({ offered: shut, smtpAuth: shut, organization: shut });
  const smtpAuth = await gateway.list("smtp-auth");
  const offered = await gateway.offered();
  const organization = await gateway.list("default-authentication-policy");
  // Of a cmdlet it is told which grant is missing, of the list of all cmdlets not.
  const isDenied = offered.type === "unknown" && offered.denied === true && smtpAuth.type === "unknown";
  return present({ smtpAuth, organization, offered: isDenied ? { ...offered, because: smtpAuth.because } : offered });
};

const map = <T, U>(known: Known<T>, then: (value: T) => U): Known<U> => (known.type === "present" ? present(then(known.value)) : known);

const UNASKED = unknown("nobody asked for people");

/** @throws ServiceError where not even the tenant's name can be read */
export const examine = async (session: Session, plan: Plan | undefined): Promise<Examined> => {
  const { tenant, progress, state } = session;
  const statuses: number[] = [];
  const client = watched(session.client, statuses);
  const gateway = createGateway(tenant.connection, tenant.exchange, client);
  progress.tell("reading the tenant");
  const claims = claimsOf(await tenant.connection.getToken({}));
  const readAt = client.clock.now();
  const organization = await organizationOf(client);
  const around = { domains: begun(knownOr(() => domainsOf(client))), holders: roleHoldersOf(client) };
  const policies = gateway.list("conditional-access");
  const looked = Promise.all((plan?.emergencyAccounts ?? []).map((address) => accountNamed(client, address, around)));
  const concealing = begun(knownOr(() => concealmentOf(session.client)));
  const [condition, bought, locations, groups, defaults, emergency, access, listed, domains] = await Promise.all([
    knownOr(() => conditionOf(client)),
    knownOr(() => boughtIn(client)),
    gateway.list("named-location"),
    gateway.list("cohort-group"),
    gateway.list("security-defaults"),
    looked,
    accessOf(client, { ...around, emergency: looked, policies, methods: undefined }),
    policies,
    around.domains,
  ]);
  progress.tell("asking Exchange Online");
  // A plan that is about no mail asks for no right to it.
  const door: Door | undefined = plan !== undefined && !isAboutMail(plan) ? undefined : await doorOf(session);
  const mail = door === undefined ? absent : await mailOf(gateway, door);
  const [only] = defaults.type === "present" ? defaults.value : [];
  const observed: Observed = {
    tenant: { ...organization, practice: tenant.connection.practice },
    readAt,
    resources: { ...NOT_ASKED, "cohort-group": groups, "named-location": locations, "conditional-access": listed, "security-defaults": defaults },
    members: new Map(),
    roster: UNASKED,
    registration: UNASKED,
    licence: map(bought, ({ licence }) => licence),
    securityDefaults: only === undefined ? (defaults.type === "present" ? absent : defaults) : present(only.settings.enabled),
    emergency,
    domains,
    access: present(access),
    remarks: [],
  };
  const concealed = await concealing;
  const facts: Facts = {
    plan,
    moment: readAt,
    observed,
    claims: claims === undefined ? absent : present(claims),
    exchangeClaims: door?.claims ?? absent,
    aheadMs:
      condition.type === "present" ? (condition.value.aheadMs === undefined ? unknown("the answer had no date") : present(condition.value.aheadMs)) : condition,
    servicePlans: map(bought, ({ plans }) => plans),
    concealed,
    synchronisation: map(condition, ({ synced, lastSync }) => ({ on: synced, ...(lastSync !== undefined && { last: lastSync }) })),
    mail,
    journals: await state.runs(),
  };
  progress.end();
  return { facts, denied: isDenied({ statuses }, mail, concealed) };
};

const isDenied = ({ statuses }: Refusals, mail: Known<Mail>, concealed: Known<boolean>): boolean => {
  const parts: readonly Known<unknown>[] = [concealed, ...(mail.type === "present" ? [mail.value.offered, mail.value.smtpAuth, mail.value.organization] : [])];
  return statuses.every(isRefusal) && parts.every((part) => part.type !== "unknown" || part.denied === true);
};
