/** What commands say on the way: on stderr, and nothing after `--quiet`. And to whom they talk. */

import { safe } from "../render/text-safe.ts";
import type { Runtime } from "../runtime.ts";
import type { Wish } from "../tenant.ts";
import type { Options } from "./options.ts";

export type Speaker = {
  /** A line for people. */
  readonly say: (line: string) => void;
  /** A request for whoever asked with `--verbose`. */
  readonly log: ((line: string) => void) | undefined;
};

export const speaker = (options: Pick<Options, "quiet" | "verbose">, runtime: Pick<Runtime, "stderr">): Speaker => {
  const write = (line: string): void => runtime.stderr.write(`${safe(line)}\n`);
  return { say: options.quiet ? () => {} : write, log: options.verbose ? write : undefined };
};

/** Which tenant is meant, and how to sign in to it. */
export const tenantOf = ({
  tenant,
  auth,
  cloud,
  clientId,
  tokenCache,
}: Pick<Options, "tenant" | "auth" | "cloud" | "clientId" | "tokenCache">): Pick<Wish, "tenant" | "signIn"> => ({
  tenant,
  signIn: { auth, cloud, clientId, tokenCache },
});
