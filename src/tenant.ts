/** A tenant that can be talked to, whichever it is, and what somebody says of it. */

import type { ExchangeConnection } from "./exchange/client.ts";
import type { Failure } from "./failure.ts";
import type { Connection } from "./graph/client.ts";
import type { SignInWish } from "./identity/ways.ts";
import type { Clock, Instant } from "./runtime.ts";

export type Tenant = {
  readonly connection: Connection;
  /** The same tenant's mail. */
  readonly exchange: ExchangeConnection;
  readonly clock: Clock;
  readonly name: string;
  /** Of a practice tenant, what it was filled with. */
  readonly fill: string | undefined;
  readonly tenantId: string;
  /** In which people there read the clock. */
  readonly zone: string;
  /** Where runs and locks of this tenant are kept unless `--state` says otherwise. */
  readonly stateFolder: string;
  /** One of the practice tenant's own routes; a body makes it a POST unless `method` says otherwise. A real tenant has none and rejects with a Failure. */
  readonly control: (path: string, body?: unknown, method?: "PUT") => Promise<unknown>;
  /** Moves the practice tenant's clock forward. A real tenant's cannot be moved: rejects with a Failure. */
  readonly moveClockTo: (to: Instant) => Promise<void>;
  /** Of a real tenant: how somebody signed in, for people; and why the last token could not be got, undefined when it could. */
  readonly signIn?: { readonly source: string; readonly failure: () => Failure | undefined };
  /** How far this machine's clock is ahead of the service's; undefined where nobody knows, or both are one. */
  readonly clockAheadMs: () => number | undefined;
  /** @throws Failure where that is too far for anything to be written. */
  readonly mayWrite: () => void;
  readonly close: () => Promise<void>;
};

export type Wish = {
  /** `--tenant`. */
  readonly tenant: string | undefined;
  /** The plan's emergency accounts: their domain says which practice tenant fits, and whether a real one does. Undefined: none is made. */
  readonly addresses: readonly string[] | undefined;
  /** Lines for people: on stderr unless they asked for quiet. */
  readonly say: (line: string) => void;
  readonly log: ((line: string) => void) | undefined;
  /** Of a real tenant: `--auth`, `--cloud`, `--client-id`. */
  readonly signIn?: SignInWish;
};
