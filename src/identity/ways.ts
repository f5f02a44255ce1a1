/** The ways to sign in, and which of them is taken. `help sign-in` prints these tables. */

import { Failure, usage } from "../failure.ts";
import type { Runtime } from "../runtime.ts";

export type WayName = "secret" | "certificate" | "workload" | "github" | "managed-identity" | "browser" | "device-code" | "azure-cli";

type Env = Runtime["env"];

export type Way = {
  readonly name: WayName;
  /** For help. */
  readonly about: string;
  /** Environment variables without which it cannot be taken. */
  readonly needs: readonly string[];
  /** Whether an application has to be named, by `--client-id` or AZURE_CLIENT_ID. */
  readonly application: "needed" | "may" | "none";
  /** Somebody signs in: it is not begun by itself where nobody is. */
  readonly asks: boolean;
  /** Whether the environment offers it, so that it is taken without `--auth`. */
  readonly offered: (env: Env, terminal: Terminal) => boolean;
};

export type Terminal = { readonly canAsk: boolean; readonly platform: Runtime["platform"]; readonly hasClientId: boolean };

const has = (env: Env, name: string): boolean => (env[name] ?? "") !== "";

/** A browser opens on the machine at which somebody sits. */
const hasBrowser = (env: Env, platform: Runtime["platform"]): boolean =>
  !has(env, "SSH_CONNECTION") && (platform === "win32" || platform === "darwin" || has(env, "DISPLAY") || has(env, "WAYLAND_DISPLAY"));

/** In the order in which the environment is asked. */
export const WAYS: readonly Way[] = [
  {
    name: "secret",
    about: "an application with a client secret",
    needs: ["AZURE_CLIENT_SECRET"],
    application: "needed",
    asks: false,
    offered: (env) => has(env, "AZURE_CLIENT_SECRET"),
  },
  {
    name: "certificate",
    about: "an application with a certificate: a PEM file with its private key; its password, if it has one, in AZURE_CLIENT_CERTIFICATE_PASSWORD",
    needs: ["AZURE_CLIENT_CERTIFICATE_PATH"],
    application: "needed",
    asks: false,
    offered: (env) => has(env, "AZURE_CLIENT_CERTIFICATE_PATH"),
  },
  {
    name: "workload",
    about: "workload identity in Kubernetes: the cluster's token in a file, exchanged for one of the application",
    needs: ["AZURE_FEDERATED_TOKEN_FILE"],
    application: "needed",
    asks: false,
    offered: (env) => has(env, "AZURE_FEDERATED_TOKEN_FILE"),
  },
  {
    name: "github",
    about: "workload identity in GitHub Actions: the job's token, exchanged for one of the application; the job needs permissions: id-token: write",
    needs: ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
    application: "needed",
    asks: false,
    offered: (env) => has(env, "ACTIONS_ID_TOKEN_REQUEST_URL") && has(env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
  },
  {
    name: "managed-identity",
    about:
      "the managed identity of an Azure service; of a virtual machine only by --auth, since nothing there says that it has one. --client-id for one of several",
    needs: [],
    application: "may",
    asks: false,
    offered: (env) => has(env, "IDENTITY_ENDPOINT") || has(env, "MSI_ENDPOINT"),
  },
  {
    name: "browser",
    about: "somebody, in a browser window on this machine",
    needs: [],
    application: "needed",
    asks: true,
    offered: (env, { canAsk, platform, hasClientId }) => canAsk && hasClientId && hasBrowser(env, platform),
  },
  {
    name: "device-code",
    about: "somebody, in a browser on another machine, with a code that is shown here",
    needs: [],
    application: "needed",
    asks: true,
    offered: (_, { canAsk, hasClientId }) => canAsk && hasClientId,
  },
  {
    name: "azure-cli",
    about: "whoever az login signed in; only by --auth, because Azure CLI is an application of Microsoft's that may do little in Graph for a person",
    needs: [],
    application: "none",
    asks: false,
    offered: () => false,
  },
];

export type SignInWish = {
  /** `--auth` */
  readonly auth?: string | undefined;
  /** `--cloud` */
  readonly cloud?: string | undefined;
  /** `--client-id` */
  readonly clientId?: string | undefined;
  /** `--token-cache` */
  readonly tokenCache?: boolean | undefined;
};

export type Chosen = { readonly way: Way; readonly clientId: string | undefined; readonly isKept: boolean };

const CLIENT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HELP = "entra-rollout help sign-in lists the ways and what each needs";

/** @throws Failure (usage) for an id that is none. */
const clientIdIn = ({ clientId }: SignInWish, env: Env): string | undefined => {
  const [from, id] = clientId === undefined ? ["AZURE_CLIENT_ID", env["AZURE_CLIENT_ID"]] : ["--client-id", clientId];
  if (id === undefined || id === "") return undefined;
  if (!CLIENT_ID.test(id)) throw usage(`${from}: an application's id is needed, as 00000000-0000-0000-0000-000000000000`, HELP);
  return id.toLowerCase();
};

/** @throws Failure (usage) for a way that there is not, or that lacks something; and where nothing is offered. */
export const chooseWay = (wish: SignInWish, { env, canAsk, platform }: Pick<Runtime, "env" | "canAsk" | "platform">): Chosen => {
  const clientId = clientIdIn(wish, env);
  const named = wish.auth === undefined ? undefined : WAYS.find(({ name }) => name === wish.auth);
  if (wish.auth !== undefined && named === undefined)
    throw usage(`--auth ${wish.auth}: there is no such way to sign in`, `there are ${WAYS.map(({ name }) => name).join(", ")}`);
  const way = named ?? WAYS.find(({ offered }) => offered(env, { canAsk, platform, hasClientId: clientId !== undefined }));
  if (way === undefined) {
    throw usage(
      "nothing here says how to sign in",
      canAsk
        ? "--client-id ID signs you in with an application of your own in a browser; for an application set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or one of the others"
        : "there is no terminal, so nobody is asked: set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or one of the others; --auth device-code shows a code nevertheless",
      HELP,
    );
  }
  const missing = way.needs.filter((name) => !has(env, name));
  if (missing.length > 0) throw usage(`--auth ${way.name}: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set`, HELP);
  if (way.application === "needed" && clientId === undefined) {
    throw usage(
      `${way.name}: which application signs in is not said`,
      "--client-id ID, or AZURE_CLIENT_ID: the Application (client) ID of an app registration of your own",
      HELP,
    );
  }
  // Said for all commands by the environment it does nothing where nobody is asked.
  if (wish.tokenCache === true && !way.asks)
    throw usage(`--token-cache keeps what somebody signed in, and ${way.name} asks nobody`, "leave it out: there is nothing to keep");
  const isKept = way.asks && (wish.tokenCache === true || env["ENTRA_ROLLOUT_TOKEN_CACHE"] === "1");
  return { way, clientId: way.application === "none" ? undefined : clientId, isKept };
};

/** What a way takes from the environment, as people are told. */
export const sourceOf = ({ way, clientId }: Chosen): string => {
  const application = clientId === undefined ? "" : ` of application ${clientId}`;
  switch (way.name) {
    case "secret":
      return `the client secret${application} (AZURE_CLIENT_SECRET)`;
    case "certificate":
      return `the certificate${application} (AZURE_CLIENT_CERTIFICATE_PATH)`;
    case "workload":
      return `the federated token${application} (AZURE_FEDERATED_TOKEN_FILE)`;
    case "github":
      return `the GitHub job's identity${application}`;
    case "managed-identity":
      return clientId === undefined ? "this machine's managed identity" : `the managed identity ${clientId}`;
    case "browser":
      return `a browser window${application}`;
    case "device-code":
      return `a device code${application}`;
    case "azure-cli":
      return "whoever az login signed in";
  }
};

/** What no way helps against: an answer that never came. */
export const noAnswer = (host: string, code: string): Failure =>
  new Failure("unavailable", `could not sign in: no answer came from ${host} (${code})`, [
    "is there a connection, and does a firewall let it through? Then run the same command again",
    "where a proxy is the only way out, name it in HTTPS_PROXY",
  ]);
