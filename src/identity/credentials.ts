/** The ways to sign in as credentials of the sign-in library, each with our way out and none of its own surprises. */

import type { GetTokenOptions, TokenCredential } from "@azure/identity";
import type { Cloud } from "../clouds.ts";
import { Failure, usage } from "../failure.ts";
import type { Runtime } from "../runtime.ts";
import type { Store } from "./store.ts";
import type { Chosen } from "./ways.ts";
import type { Wire } from "./wire.ts";

export type Setting = {
  readonly chosen: Chosen;
  readonly cloud: Cloud;
  /** The tenant's id or a domain of it. */
  readonly tenant: string;
  readonly wire: Wire;
  readonly runtime: Runtime;
  /** Something that somebody has to see. */
  readonly tell: (line: string) => void;
  /** Where somebody's sign-in is kept between commands; undefined: nowhere. */
  readonly store: Store | undefined;
};

export type Credential = {
  /** A token without anybody being asked; of a person, from an earlier sign-in. */
  readonly getToken: TokenCredential["getToken"];
  /** Asks somebody to sign in, unless what was kept of an earlier command is still good. Undefined where nobody is asked. */
  readonly askSomebody: ((scopes: string, options: GetTokenOptions) => Promise<unknown>) | undefined;
};

/** Under which the operating system's store lists it. */
const STORE_NAME = "entra-rollout";

const isOn = (value: string | undefined): boolean => value === "1" || value?.toLowerCase() === "true";

/** GitHub's token of a job is good for some minutes. */
const SAME_ASSERTION_MS = 60_000;

const HINT = "GitHub gives one to jobs that have permissions: id-token: write";

/**
 * The token of a GitHub job, made out for the exchange.
 * @see https://docs.github.com/actions/reference/security/oidc
 */
const gitHubToken = async ({ runtime: { env }, wire, cloud }: Setting): Promise<string> => {
  const address = env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "";
  if (!URL.canParse(address)) throw wire.blame(usage("ACTIONS_ID_TOKEN_REQUEST_URL is no address", HINT));
  const url = new URL(address);
  url.searchParams.set("audience", cloud.exchangeAudience);
  const { status, body } = await wire.getJson(url.href, { authorization: `Bearer ${env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] ?? ""}` });
  const value = typeof body === "object" && body !== null && "value" in body ? body.value : undefined;
  if (typeof value === "string") return value;
  throw wire.blame(new Failure("not-permitted", `could not sign in: GitHub answered ${status} and gave no token for this job`, [HINT]));
};

/**
 * What opens a browser comes with Windows, macOS and Windows' own Linux; elsewhere it is a program that may be missing, and the library
 * would bring the whole process down with it.
 */
const checkBrowser = async ({ platform, env, files }: Runtime): Promise<void> => {
  if (platform === "win32" || platform === "darwin" || (env["WSL_DISTRO_NAME"] ?? "") !== "") return;
  for (const folder of (env["PATH"] ?? "").split(":")) if (folder !== "" && (await files.size(`${folder}/xdg-open`)) !== undefined) return;
  throw usage("no browser can be opened on this machine: there is no xdg-open on the PATH", "--auth device-code shows a code to enter in a browser anywhere");
};

/** @throws Failure; whatever the library says of what it is given */
export const createCredential = async (setting: Setting): Promise<Credential> => {
  const { chosen, cloud, tenant, wire, runtime, tell, store } = setting;
  const { env } = runtime;
  const library = await import("@azure/identity");
  const plain = (credential: TokenCredential): Credential => ({ getToken: credential.getToken.bind(credential), askSomebody: undefined });
  const common = {
    authorityHost: cloud.login,
    httpClient: wire.httpClient,
    // The way out repeats what may be repeated, on our clock; and follows nothing.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    // The clouds are known here: asking one which others there are would tell it of each sign-in.
    disableInstanceDiscovery: true,
  };
  const clientId = chosen.clientId ?? "";
  if (store !== undefined) library.useIdentityPlugin(store.plugin);
  const kept = {
    ...(store !== undefined && { tokenCachePersistenceOptions: { enabled: true, name: STORE_NAME } }),
    ...(store?.known !== undefined && { authenticationRecord: store.known }),
  };
  type Somebody = InstanceType<typeof library.DeviceCodeCredential | typeof library.InteractiveBrowserCredential>;
  const ofSomebody = (credential: Somebody): Credential => ({
    getToken: credential.getToken.bind(credential),
    askSomebody: async (scopes, options) => {
      const record = await credential.authenticate(scopes, options);
      if (record !== undefined) await store?.remember(record);
    },
  });
  switch (chosen.way.name) {
    case "secret":
      return plain(new library.ClientSecretCredential(tenant, clientId, env["AZURE_CLIENT_SECRET"] ?? "", common));
    case "certificate": {
      const password = env["AZURE_CLIENT_CERTIFICATE_PASSWORD"];
      const certificate = {
        certificatePath: env["AZURE_CLIENT_CERTIFICATE_PATH"] ?? "",
        ...(password !== undefined && password !== "" && { certificatePassword: password }),
      };
      return plain(
        new library.ClientCertificateCredential(tenant, clientId, certificate, {
          ...common,
          sendCertificateChain: isOn(env["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"]),
        }),
      );
    }
    case "workload":
      return plain(new library.WorkloadIdentityCredential({ ...common, tenantId: tenant, clientId, tokenFilePath: env["AZURE_FEDERATED_TOKEN_FILE"] ?? "" }));
    case "github": {
      let last: { readonly token: Promise<string>; readonly at: number } | undefined;
      // The library asks for it more than once for one token of ours.
      const assertion = (): Promise<string> => {
        const now = runtime.clock.now();
        if (last === undefined || now >= last.at + SAME_ASSERTION_MS) last = { token: gitHubToken(setting), at: now };
        return last.token.catch((error: unknown) => {
          last = undefined;
          throw error;
        });
      };
      return plain(new library.ClientAssertionCredential(tenant, clientId, assertion, common));
    }
    case "managed-identity":
      return plain(new library.ManagedIdentityCredential({ ...common, ...(chosen.clientId !== undefined && { clientId }) }));
    case "azure-cli":
      return plain(new library.AzureCliCredential({ tenantId: tenant }));
    case "device-code": {
      const credential = new library.DeviceCodeCredential({
        ...common,
        ...kept,
        tenantId: tenant,
        clientId,
        disableAutomaticAuthentication: true,
        userPromptCallback: ({ message }) => tell(message),
      });
      return ofSomebody(credential);
    }
    case "browser": {
      await checkBrowser(runtime);
      return ofSomebody(new library.InteractiveBrowserCredential({ ...common, ...kept, tenantId: tenant, clientId, disableAutomaticAuthentication: true }));
    }
  }
};
