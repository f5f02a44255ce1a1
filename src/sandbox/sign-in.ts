/** A sign-in that is tried out on the practice tenant: `POST /_practice/sign-in`. */

import ipaddr from "ipaddr.js";
import { z } from "zod";
import { type AppliedPolicy, evaluate, type SignIn } from "./evaluate.ts";
import { APPLICATIONS } from "./evaluate-applications.ts";
import type { Json, WireObject } from "./fill.ts";
import { Refusal } from "./refusal.ts";
import type { Store } from "./store.ts";

/** Programs as people call them, and the client app type of conditional access that each is. */
const CLIENTS = {
  browser: "browser",
  "mobile-and-desktop": "mobileAppsAndDesktopClients",
  activesync: "exchangeActiveSync",
  imap: "other",
  pop: "other",
  smtp: "other",
  "old-outlook": "other",
  "other-legacy": "other",
} as const satisfies Readonly<Record<string, string>>;

type Client = keyof typeof CLIENTS;

const isClient = (word: string): word is Client => Object.hasOwn(CLIENTS, word);
const isNamed = (word: string): word is keyof typeof APPLICATIONS => Object.hasOwn(APPLICATIONS, word);

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const signInSchema = z.strictObject({
  /** User principal name or object id. */
  account: z.string().min(1),
  /** One of the names in `APPLICATIONS`, or an application id; Exchange Online when missing. */
  app: z
    .string()
    .refine((word) => isNamed(word) || GUID.test(word), `an application id, or one of ${Object.keys(APPLICATIONS).join(", ")}`)
    .default("exchange"),
  client: z.string().refine(isClient, `one of ${Object.keys(CLIENTS).join(", ")}`),
  /** In no network at all when missing. */
  address: z
    .string()
    .refine((text) => ipaddr.isValid(text), "an IP address")
    .optional(),
  /** Unknown when missing. */
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/)
    .optional(),
  platform: z.enum(["android", "iOS", "windows", "macOS", "linux"]).optional(),
  /** Not registered when missing. */
  device: z
    .strictObject({ isCompliant: z.boolean().default(false), trustType: z.string().nullable().default(null), isProtectedApp: z.boolean().default(false) })
    .optional(),
  userAction: z.enum(["registerSecurityInformation", "registerOrJoinDevices"]).optional(),
  /** The old program has a password of its own. */
  appPassword: z.boolean().default(false),
});

const policyJson = (policy: AppliedPolicy): WireObject => ({ ...policy });

/**
 * What it comes to: `{outcome: "asked" | "register" | "blocked" | "let in", why, controls, session, policies}`. Nothing is written.
 * @throws Refusal 400 for what is no sign-in, 404 for an account that is not there
 */
export const trySignIn = (store: Store, body: Json | undefined): WireObject => {
  const read = signInSchema.safeParse(body);
  if (!read.success) throw new Refusal(400, "BadRequest", z.prettifyError(read.error));
  const { account, app, client, address, country, platform, device, userAction, appPassword } = read.data;
  const user = store.seenUser(account);
  if (user === undefined) throw new Refusal(404, "Request_ResourceNotFound", `there is no account ${account}`);
  const signIn: SignIn = {
    target:
      userAction === undefined ? { type: "application", id: isNamed(app) ? APPLICATIONS[app] : app.toLowerCase() } : { type: "userAction", action: userAction },
    clientAppType: isClient(client) ? CLIENTS[client] : null,
    address: address ?? null,
    country: country ?? null,
    platform: platform ?? null,
    device,
    // Nothing here is risky, and nobody hands a sign-in on from one device to another.
    signInRisk: "none",
    userRisk: "none",
    insiderRisk: "none",
    transferMethod: "none",
    appPassword,
  };
  const { outcome, why, controls, session, policies } = evaluate(store, user, signIn);
  const { signInFrequency, persistentBrowser } = session;
  return {
    outcome,
    why,
    controls,
    session: {
      ...(signInFrequency !== undefined && { signInFrequency: { ...signInFrequency } }),
      ...(persistentBrowser !== undefined && { persistentBrowser }),
    },
    policies: policies.map(policyJson),
  };
};
