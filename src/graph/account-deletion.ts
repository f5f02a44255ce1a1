/** Accounts deleted, and brought back. Facts, section 7.7. */

import { performAccounts } from "./account-changes.ts";
import type { KindAdapter } from "./kind.ts";

/** No resource: what it is about are accounts, which are read by themselves. */
export const accountDeletion: KindAdapter<"account-deletion"> = { perform: performAccounts };
